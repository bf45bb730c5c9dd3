"""Images of discs: made of a finished medium, burnt, and read back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from archive.audit import audit_media
from archive.disc import Burner, XorrisoBurner, check_disc
from archive.image import Image, check_sum, standing_image, volume_of, write_image
from archive.medium import VOLUME_LIST, open_medium
from archive.register import Register
from archive.validation import Level
from docgen.core.errors import Blocked, MediumFault
from docgen.core.progress import Progress
from docgen.pipeline.workspace import Workspace

__all__ = ["Image", "burn_image", "make_image", "note_image", "verify_disc"]

BURNER: Burner = XorrisoBurner()

IMAGE = "image"
BURN = "burn"
"""What the register's journal calls an image made, and a disc burnt and read back."""


def make_image(
    folder: Path, out: Path, *, capacity: int | None, now: dt.datetime, progress: Progress
) -> Image:
    """Make the image of a finished medium; a damaged one is not put on discs.

    Raises MediumFault for a medium that is none or not finished, Blocked with what its check found.
    """
    medium = open_medium(folder)
    if not (folder / VOLUME_LIST).is_file():
        raise MediumFault(
            "носитель ещё не закончен: на нём нет списка контрольных сумм",
            where=medium.label,
            remedy="Сначала запишите на него дела: docgen close ПЕРИОД или docgen archive copy.",
        )
    audit = audit_media([medium], level=Level.FULL, progress=progress, now=now)
    if not audit.passed:
        raise Blocked(
            "носитель повреждён, образ с него не сделан",
            where=medium.label,
            remedy="Исправьте его по второму экземпляру: docgen archive repair.",
            findings=audit.all_findings,
        )
    return write_image(medium, out, capacity=capacity)


def burn_image(image: Path, drive: Path, *, burner: Burner = BURNER) -> Image:
    """Burn an image on an empty disc and read the disc back.

    Raises Blocked for an image that is not what its sum says, or a disc that is not the image;
    MediumFault for a drive that fails.
    """
    require_true(image)
    burner.burn(image, drive)
    return verify_disc(image, drive)


def note_image(
    workspace: Workspace, image: Image, level: str, *, at: dt.datetime, who: str
) -> None:
    """Write into the journal of checks that an image was made, or that its disc was read back."""
    Register(workspace.register_file).record_check(
        at=at,
        level=level,
        volumes=[str(volume_of(image.path).identifier)],
        passed=True,
        findings=[],
        who=who,
    )


def verify_disc(image: Path, drive: Path) -> Image:
    """Compare a burnt disc with its image; raises Blocked with every bad file."""
    found = check_disc(image, drive)
    if found:
        raise Blocked(
            "на диске не то, что в образе",
            where=str(drive),
            remedy="Отложите этот диск как брак и запишите образ на другой.",
            findings=found,
        )
    return standing_image(image)


def require_true(image: Path) -> None:
    """Refuse an image that changed since it was made; raises Blocked, MediumFault."""
    if not image.is_file():
        raise MediumFault(
            "файла образа нет",
            where=str(image),
            remedy="Сделайте образ: docgen archive image НОСИТЕЛЬ --out ФАЙЛ.iso.",
        )
    found = check_sum(image)
    if found:
        raise Blocked(
            "образ изменился с тех пор, как был сделан",
            where=str(image),
            remedy="Сделайте образ заново.",
            findings=found,
        )
