"""An image of an optical disc: a whole medium in one file, made by xorriso, read back by us.

The image *is* the medium it was made of, with the same volume.json, so it is no second copy of it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive import manifest
from archive.durable import CHUNK, files_below, forget, part_of, sha512_of, write_durable
from archive.faults import not_what_was_written, told_as_medium_fault
from archive.joliet import SECTOR, File, NotAnImageError, chunks, read_view
from archive.medium import BAGS, INCOMING, VOLUME_FILE, VOLUME_LIST, Medium, is_foreign
from archive.names import DESCRIPTION_NAME, check_paths, safe_name
from archive.pages import russian_size
from archive.volume import Volume, parse_volume
from archive.xorriso import run_xorriso
from docgen.core.errors import Blocked, MediumFault
from docgen.core.files import fsync_file, move_durably
from docgen.core.findings import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

SUM_SUFFIX = ".sha512"
"""What is added to the name of an image for the file that holds its digest."""

SYSTEM_AREA = 400 * SECTOR
"""Bytes of descriptors, path tables and padding; measured 185 sectors."""

_LBA_LINE = "File data lba:"
_CATALOGUE_ENTRY = 800  # bytes of one file in both catalogues; measured 600
_FIRST = (DESCRIPTION_NAME, "index.html", "volume.json", VOLUME_LIST, "tools/", "docs/")
_NAME_SIGNS = 16  # of a disc's name that Joliet can hold; ISO 9660 itself holds 32


@dataclass(frozen=True, slots=True)
class Image:
    """A finished image; `size` is bytes of the whole image, `sha512` its digest."""

    path: Path
    sha512: str
    size: int


def write_image(medium: Medium, out: Path, *, capacity: int | None = None) -> Image:
    """Make the image of a medium and `OUT.sha512`; the same medium always gives the same bytes.

    `capacity` is what the disc can hold in bytes. Every file is read back out of the image in the
    view of Windows (Joliet) and of Linux (Rock Ridge). Raises Blocked for names that no disc keeps,
    MediumFault for an image that stands already, does not fit, or is not what the medium holds.
    """
    label = f"образ диска {out}"
    _refuse_standing(out)
    with medium.lock():
        volume = medium.read()
        with medium.faults():
            sizes = dict(_files(medium))
            wanted = {path: sha512_of(medium.folder / path) for path in sizes}
        _check_names(wanted, medium)
        needed = SYSTEM_AREA + space_on_disc(sizes.values())
        with told_as_medium_fault(label):
            require_space(out.parent, needed, label)
        part = part_of(out)
        moment = max([volume.prepared, *(bag.verified for bag in volume.bags)]).astimezone(dt.UTC)
        try:
            with told_as_medium_fault(label):
                part.unlink(missing_ok=True)
            run_xorriso(
                [
                    *("-as", "mkisofs", "-quiet", "-iso-level", "3", "-r", "-J"),
                    *("-V", _volume_name(medium.inventory_number), "-graft-points"),
                    *("--set_all_file_dates", f"{moment:%Y%m%d%H%M%S}00"),
                    *_weights(wanted),
                    *("-o", str(part.absolute()), "-path-list", "-"),
                ],
                label=label,
                folder=medium.folder,
                stdin="".join(f"{path}={path}\n" for path in sorted(wanted)),
                epoch=int(moment.timestamp()),
            )
            with told_as_medium_fault(label):
                fsync_file(part)
                size = part.stat().st_size
            _check_fits(size, capacity, label)
            found = check_image(part, wanted)
            if found:
                raise not_what_was_written(label, found)
            medium.read()
            with told_as_medium_fault(label):
                digest = sha512_of(part)
                write_durable(sum_file(out), manifest.write_list({out.name: digest}))
                move_durably(part, out)
        finally:
            with told_as_medium_fault(label):
                part.unlink(missing_ok=True)
    return Image(out, digest, size)


def standing_image(path: Path) -> Image:
    """Describe an image that stands already. Raises MediumFault when it cannot be read."""
    with told_as_medium_fault(f"образ диска {path}"):
        return Image(path, sha512_of(path), path.stat().st_size)


def volume_of(image: Path) -> Volume:
    """Read the card of the medium in an image or on a disc. Raises MediumFault."""
    label = f"диск {image}"
    with told_as_medium_fault(label), image.open("rb", buffering=0) as stream:
        try:
            card = read_view(stream).files.get(VOLUME_FILE)
            return parse_volume(b"".join(chunks(stream, card, CHUNK)) if card else b"")
        except NotAnImageError as fault:
            raise not_an_image(fault, label) from fault
        except ValueError as fault:
            raise not_an_image(NotAnImageError("на диске нет карточки архива"), label) from fault


def sum_file(image: Path) -> Path:
    """Name the file beside an image that holds its digest, as `sha512sum -c` reads it."""
    return image.with_name(image.name + SUM_SUFFIX)


def check_sum(image: Path) -> list[Finding]:
    """Compare an image with the digest beside it; nothing to say where there is none (a disc)."""
    beside = sum_file(image)
    if not beside.is_file():
        return []
    read = manifest.read_list(beside, digits=manifest.SHA512_DIGITS, where=beside.name)
    if read.digests.get(image.name) == sha512_of(image):
        return []
    return [finding("AR-42", str(image), refs={"file": str(image)}, path=image.name)]


def check_image(image: Path, wanted: Mapping[str, str]) -> list[Finding]:
    """Compare both views of an image with SHA-512 digests by path; every wrong file is AR-43."""
    label = f"образ диска {image}"
    with told_as_medium_fault(label), image.open("rb", buffering=0) as stream:
        forget(stream.fileno())
        try:
            windows = read_view(stream).files
        except NotAnImageError as fault:
            raise not_an_image(fault, label) from fault
        digests = {path: _digest(stream, file) for path, file in windows.items()}
    places = {path: file.pieces[0][0] // SECTOR for path, file in windows.items() if file.size}
    linux = _rock_ridge(image, label)
    found = [
        _wrong(path, "имена для Windows (Joliet)")
        for path in sorted(wanted.keys() | digests.keys())
        if wanted.get(path) != digests.get(path)
    ]
    found += [
        _wrong(path, "имена для Linux (Rock Ridge)")
        for path in sorted(wanted.keys() | linux.keys())
        if path not in wanted
        or path not in linux
        or (path in places and linux[path] != places[path])
    ]
    return found


def space_on_disc(sizes: Iterable[int]) -> int:
    """Estimate from above the bytes files of these sizes take on a disc, without `SYSTEM_AREA`."""
    return sum(-(-size // SECTOR) * SECTOR + _CATALOGUE_ENTRY for size in sizes)


def require_space(folder: Path, needed: int, label: str) -> None:
    """Refuse before anything is written. Raises MediumFault, OSError for a folder that is none."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise MediumFault(
            f"Не хватит места: нужно {russian_size(needed)}, свободно {russian_size(free)}.",
            where=label,
            remedy=f"Освободите место в папке {folder} или укажите другую. Ничего не записано.",
        )


def not_an_image(fault: NotAnImageError, label: str) -> MediumFault:
    """Make the fault of a file or disc that holds no medium of ours."""
    return MediumFault(
        f"Диск не читается: {fault}.",
        where=label,
        remedy="Проверьте, тот ли это файл или диск. Если тот, возьмите второй экземпляр"
        " и сделайте диск заново.",
    )


def _refuse_standing(out: Path) -> None:
    """A sum without its image is a stopped run's, and is written anew."""
    if out.exists():
        raise MediumFault(
            "Такой файл уже есть: готовый образ не переписывается.",
            where=str(out),
            remedy="Дайте новому образу другое имя или уберите прежний вместе с его суммой.",
        )


def _files(medium: Medium) -> Iterator[tuple[str, int]]:
    """Everything of a medium that goes on a disc, with sizes; raises OSError."""
    leftovers = set(medium.leftovers())
    for path, status in files_below(medium.folder):
        place = medium.folder / path
        top = medium.folder / path.partition("/")[0]
        ours = not is_foreign(top) and place not in leftovers
        if ours and not path.startswith(f"{BAGS}/{INCOMING}/"):
            yield path, status.st_size


def _check_names(paths: Iterable[str], medium: Medium) -> None:
    found = check_paths(paths)
    if found:
        raise Blocked(
            "На диск не записать: имена файлов на носителе не годятся.",
            where=medium.label,
            remedy="Готовый носитель docgen таких имён не содержит: проверьте его, "
            "docgen archive audit.",
            findings=found,
        )


def _weights(paths: Iterable[str]) -> Iterator[str]:
    """Put what explains a disc at its beginning, the inner edge: the outer one decays first."""
    for path in sorted(paths):
        place = next((n for n, start in enumerate(_FIRST) if path.startswith(start)), None)
        if place is not None:
            yield from ("--sort-weight", str(len(_FIRST) - place), f"/{path}")


def _volume_name(number: str) -> str:
    """Name a disc by its inventory number: «Э-2» gives ARCHIVE_E_2."""
    plain = re.sub(r"[^A-Z0-9]+", "_", safe_name(number).upper()).strip("_")
    return f"ARCHIVE_{plain}"[:_NAME_SIGNS]


def _check_fits(size: int, capacity: int | None, label: str) -> None:
    if capacity is not None and size > capacity:
        raise MediumFault(
            f"Образ не поместится на диск: в нём {russian_size(size)},"
            f" на диске {russian_size(capacity)}.",
            where=label,
            remedy="Возьмите диск больше (--disc dvd, --disc bd).",
        )


def _digest(stream: BinaryIO, file: File) -> str:
    digest = hashlib.sha512()
    for chunk in chunks(stream, file, CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _rock_ridge(image: Path, label: str) -> dict[str, int]:
    """First sectors of all files by the names Linux sees."""
    told = run_xorriso(
        [
            *("-read_fs", "nojoliet", "-indev", f"stdio:{image.absolute()}"),
            *("-find", "/", "-type", "f", "-exec", "report_lba"),
        ],
        label=label,
    )
    rows = (line.split(",", 4) for line in told.splitlines() if line.startswith(_LBA_LINE))
    return {
        row[4].strip().strip("'").removeprefix("/"): int(row[1])
        for row in rows
        if row[0].removeprefix(_LBA_LINE).strip() == "0"  # the first piece of a file
    }


def _wrong(path: str, view: str) -> Finding:
    return finding("AR-43", path, refs={"file": path}, path=path, view=view)
