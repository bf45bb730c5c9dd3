"""Burning an image on a disc, and reading the disc back: what lies on it is what was burnt."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from archive.durable import CHUNK, forget
from archive.faults import told_as_medium_fault
from archive.image import not_an_image
from archive.joliet import SECTOR, NotAnImageError, read_view
from archive.xorriso import run_xorriso
from docgen.core.errors import MediumFault
from docgen.core.findings import Finding, finding
from docgen.core.shown import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

_OPTICAL = "5"  # the SCSI type of CD, DVD and BD drives (sysfs, device/type)
_SHOWN = 8  # sectors named in a finding
_CATALOGUE = "оглавление диска"


class Burner(Protocol):
    """What can put an image on a disc."""

    def burn(self, image: Path, drive: Path) -> None:
        """Write the whole image on an empty disc; raises MediumFault. Nothing is erased for it."""
        ...


@dataclass(frozen=True, slots=True)
class XorrisoBurner:
    """Burns by `xorriso -as cdrecord`; where `sysfs` tells what kind of device a drive is."""

    sysfs: Path = Path("/sys")

    def burn(self, image: Path, drive: Path) -> None:
        """Write the image on an empty disc.

        An existing plain file stands for a disc, so that the way can be tried without a drive.
        Raises MediumFault for a device that is no optical drive: hard disks must not be burnt over.
        """
        label = f"привод {drive}"
        with told_as_medium_fault(label):
            status = drive.stat()
        if not stat.S_ISREG(status.st_mode) and not self._is_optical(status):
            raise MediumFault(
                "Это не привод оптических дисков.",
                where=str(drive),
                remedy="Укажите привод, например --drive /dev/sr0. На жёсткий диск и флешку"
                " образы не записывают: то, что на них было, пропадёт.",
            )
        address = f"stdio:{drive.absolute()}" if stat.S_ISREG(status.st_mode) else str(drive)
        run_xorriso(["-as", "cdrecord", f"dev={address}", str(image.absolute())], label=label)

    def _is_optical(self, status: os.stat_result) -> bool:
        if not stat.S_ISBLK(status.st_mode):
            return False
        number = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
        kind = self.sysfs / "dev" / "block" / number / "device" / "type"
        try:
            return kind.read_text(encoding="ascii").strip() == _OPTICAL
        except (OSError, ValueError):
            return False


def check_disc(image: Path, drive: Path) -> list[Finding]:
    """Compare the first sectors of a disc with the image, past the cache; every bad file is AR-45.

    A disc longer than the image is right: burning pads it. Works on any readable device or file.
    Raises MediumFault when the image or the drive cannot be opened.
    """
    with told_as_medium_fault(f"образ диска {image}"):
        source = image.open("rb", buffering=0)
    with source:
        with told_as_medium_fault(f"привод {drive}"):
            disc = drive.open("rb", buffering=0)
        with disc:
            _read_past_the_cache(disc)
            with told_as_medium_fault(f"образ диска {image}"):
                bad = list(_bad_sectors(source, disc))
                return _told(source, bad, image) if bad else []


def _read_past_the_cache(stream: BinaryIO) -> None:
    """Read from the disc itself; a drive that knows no flushing has nothing to flush."""
    try:
        forget(stream.fileno())
    except OSError:
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _bad_sectors(source: BinaryIO, disc: BinaryIO) -> Iterator[int]:
    """Sectors that differ or cannot be read; a bad chunk is read again sector by sector."""
    offset = 0
    while chunk := _read(source, offset, CHUNK):
        if _read_or_none(disc, offset, len(chunk)) != chunk:
            for place in range(0, len(chunk), SECTOR):
                wanted = chunk[place : place + SECTOR]
                if _read_or_none(disc, offset + place, len(wanted)) != wanted:
                    yield (offset + place) // SECTOR
        offset += len(chunk)


def _read(stream: BinaryIO, offset: int, length: int) -> bytes:
    stream.seek(offset)
    parts = []
    while length and (part := stream.read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _read_or_none(stream: BinaryIO, offset: int, length: int) -> bytes | None:
    try:
        return _read(stream, offset, length)
    except OSError:
        return None


def _told(source: BinaryIO, bad: Sequence[int], image: Path) -> list[Finding]:
    """Name the files that lie in bad sectors; what is no file's is the catalogue's."""
    try:
        files = read_view(source).files
    except NotAnImageError as fault:
        raise not_an_image(fault, f"образ диска {image}") from fault
    owner = {
        sector: path
        for path, file in files.items()
        for offset, length in file.pieces
        for sector in range(offset // SECTOR, -(-(offset + length) // SECTOR))
    }
    wrong: dict[str, list[str]] = {}
    for sector in bad:
        wrong.setdefault(owner.get(sector, _CATALOGUE), []).append(str(sector))
    return [
        finding("AR-45", path, refs={"file": path}, path=path, sectors=some_of(numbers, _SHOWN))
        for path, numbers in sorted(wrong.items())
    ]
