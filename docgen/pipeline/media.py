"""The two media of a run: looked at before any work, opened when there is something to write.

A check that blocks leaves no trace on them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from pathlib import Path

from archive.devices import Verdict, compare_devices
from archive.medium import VOLUME_FILE, Medium, open_medium, prepare_medium
from archive.volume import Role
from docgen.core.errors import MediumFault, UsageFault
from docgen.pipeline.workspace import Workspace

_ROLES = (Role.PRIMARY, Role.WORKING)


def require_two_places(folders: Sequence[Path], confirmation: str | None) -> None:
    """Refuse before any long work what the copying would refuse at its end; nothing is written.

    Raises UsageFault when there are not two folders; MediumFault for one folder given twice, for
    a folder whose parent is not there (R11), and for one device without words of confirmation.
    """
    if len(folders) != 2:  # noqa: PLR2004 - two copies, R11
        raise UsageFault(
            f"нужны два носителя, а указано: {len(folders)}",
            remedy="Повторите команду с двумя папками: --media ПЕРВАЯ --media ВТОРАЯ.",
        )
    first, second = (folder.resolve() for folder in folders)
    if first == second or first in second.parents or second in first.parents:
        raise MediumFault(
            "одна и та же папка указана двумя носителями",
            where=f"{folders[0]} и {folders[1]}",
            remedy="Два экземпляра хранятся на разных носителях: укажите вторую папку.",
        )
    # A new medium's folder is made later; its device is that of the folder above.
    devices = compare_devices(*(_standing(folder) for folder in folders))
    if devices.verdict is Verdict.PROVEN_DIFFERENT or (confirmation or "").strip():
        return
    raise MediumFault(
        f"не доказано, что носители – разные устройства: {devices.explanation}",
        where=f"{folders[0]} и {folders[1]}",
        remedy="Подключите второй носитель. Если уверены, повторите команду с ключом "
        '--confirm-same-device "причина и фамилия": эти слова напечатаются в акте.',
    )


def _standing(folder: Path) -> Path:
    """The folder, or the one above it when it is to be made; further up it is a slip."""
    place = folder if folder.exists() else folder.absolute().parent
    if not place.is_dir():
        raise MediumFault(
            "папки носителя нет, и папки над ней тоже",
            where=str(folder),
            remedy="Проверьте, что носитель подключён, и исправьте путь.",
        )
    return place


def open_pair(
    folders: Sequence[Path], workspace: Workspace, school: str, now: dt.datetime
) -> tuple[Medium, Medium]:
    """Open the two media, or prepare empty folders as a pair; raises MediumFault."""
    for folder in folders:
        _make(folder)
    known = [
        open_medium(folder) if (folder / VOLUME_FILE).is_file() else None for folder in folders
    ]
    volumes = [medium.read() if medium else None for medium in known]
    pair = next((volume.pair for volume in volumes if volume), None) or uuid.uuid4()
    taken = {volume.role for volume in volumes if volume}
    free = [role for role in _ROLES if role not in taken]
    settings = workspace.profile.media
    media = [
        medium
        or prepare_medium(
            folder,
            inventory_number=place.inventory,
            role=free.pop(0),
            pair=pair,
            organisation=school,
            contact=workspace.profile.people.secretary or school,
            now=now,
        )
        for medium, folder, place in zip(known, folders, (settings.a, settings.b), strict=True)
    ]
    return media[0], media[1]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as fault:
        raise MediumFault(
            "папку носителя нельзя создать",
            where=str(folder),
            remedy="Проверьте, что носитель подключён и открыт для записи.",
        ) from fault
