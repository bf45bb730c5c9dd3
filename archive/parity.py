"""Recovery data by par2: a damaged file is computed again when no copy of it is left.

It lies in `parity/CASE/` of the medium, outside of the bag and of all of its lists, so a bag is the
same with and without it. Off by default (archive.md, Writing).
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from archive import manifest
from archive.durable import files_below, is_regular, read_plain, sha512_of, write_durable
from archive.faults import not_what_was_written
from archive.scratch import private_folder
from docgen.core.errors import MediumFault, UsageFault
from docgen.core.files import fsync_folder, move_durably
from docgen.core.findings import Finding, finding
from docgen.core.shown import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.medium import Medium

PARITY = "parity"
SUMS = "sha512.txt"
PERCENTS = range(1, 101)

_SET = "recovery.par2"
_BLOCKS = 2000  # par2's own choice; a file takes one at least
_NAMED = 5  # cases a finding names before it counts the rest
_SECTOR = 4096  # bytes a disk loses at once
_MOST_BLOCKS = 32768  # of the format


def require_parity(percent: int) -> None:
    """Refuse before any work what could not be made. Raises UsageFault as `make_parity` does."""
    if percent not in PERCENTS:
        raise UsageFault(
            "доля данных восстановления – от 1 до 100 процентов", remedy="Обычно берут 10."
        )
    _program()


def make_parity(bag: Path, media: Sequence[Medium], percent: int) -> list[Medium]:
    """Write recovery data of a sound bag to the media that have none; returns those media.

    `percent` of the bag's size may be lost and computed again. Raises UsageFault for a percentage
    that is none or without the program par2, MediumFault for a medium that fails.
    """
    require_parity(percent)
    lacking = [medium for medium in media if not _folder(medium, bag.name).is_dir()]
    if not lacking:
        return []
    with private_folder() as folder:
        sizes = {path: row.st_size for path, row in files_below(bag) if is_regular(row)}
        files = [path for path, size in sizes.items() if size]
        blocks = max(min(_BLOCKS, sum(sizes.values()) // _SECTOR), 2 * len(files))
        made = _par2(
            [
                "create",
                "-q",
                "-q",
                f"-r{percent}",
                f"-b{min(blocks, _MOST_BLOCKS)}",
                "-n1",
                f"-B{bag}",
            ],
            folder / _SET,
            [bag / path for path in files],
        )
        if made:
            raise MediumFault(
                "Программа par2 не сделала данных восстановления.",
                where=str(bag),
                remedy="Проверьте, есть ли место на диске компьютера, и повторите команду.",
            )
        for medium in lacking:
            _store(folder, medium, bag.name)
    return lacking


def check(medium: Medium, name: str) -> list[Finding]:
    """Check the recovery data of a bag, where there are any; damage is AR-96."""
    folder = _folder(medium, name)
    if not folder.is_dir():
        return []
    where = f"{PARITY}/{name}"
    read = manifest.read_list(folder / SUMS, digits=manifest.SHA512_DIGITS, where=where)
    found = [_damaged(name, SUMS)] if read.findings else []
    for path, digest in read.digests.items():
        try:
            right = sha512_of(folder / path) == digest
        except OSError:
            right = False
        if not right:
            found.append(_damaged(name, path))
    return found


def lacking(media: Sequence[Medium]) -> Iterator[Finding]:
    """Name the cases without recovery data when other cases or another copy have them (AR-98)."""
    present = {medium: medium.bag_names() for medium in media}
    bare = {
        medium: [name for name in names if not _folder(medium, name).is_dir()]
        for medium, names in present.items()
    }
    if bare == present:
        return
    for medium, names in bare.items():
        if names:
            bags = some_of([f"«{name}»" for name in names], _NAMED)
            yield finding("AR-98", medium.label, number=len(names), bags=bags)


def drop_damaged(medium: Medium, name: str) -> None:
    """Remove the recovery data of a bag if they are damaged, so that they can be made anew."""
    if check(medium, name):
        with medium.faults():
            shutil.rmtree(_folder(medium, name))


def rebuild(media: Sequence[Medium], name: str, scratch: Path) -> Path | None:
    """Compute a bag again from what the media still hold; None when no medium has recovery data.

    Copies what is left of the bag into `scratch` and repairs it there, with the other copy's files
    as a further source of sound blocks. What comes out is to be checked by the caller.
    """
    places = [folder for folder in (_folder(medium, name) for medium in media) if folder.is_dir()]
    if not places or shutil.which("par2") is None:
        return None
    copies = [scratch / str(number) for number in range(len(media))]
    for medium, copy in zip(media, copies, strict=True):
        _save_what_reads(medium.bags / name, copy)
    sets = scratch / "sets"
    sets.mkdir()
    for number, folder in enumerate(places):
        for path, row in files_below(folder):
            if is_regular(row) and path.endswith(".par2"):
                shutil.copyfile(folder / path, sets / f"{number}-{path}")
    rest = [path for copy in copies[1:] for path in copy.rglob("*") if path.is_file()]
    for start in sorted(sets.iterdir()):
        _par2(["repair", "-q", "-q", f"-B{copies[0]}"], start, rest)
    return copies[0]


def _folder(medium: Medium, name: str) -> Path:
    return medium.folder / PARITY / name


def _damaged(name: str, path: str) -> Finding:
    where = f"{PARITY}/{name}/{path}"
    return finding("AR-96", where, refs={"file": where}, bag=name, reason=f"файл {path}")


def _par2(command: Sequence[str], start: Path, files: Sequence[Path]) -> int:
    """Run par2; it answers 0 when all is well."""
    arguments = [_program(), *command, "--", str(start), *map(str, files)]
    return subprocess.run(arguments, check=False, capture_output=True).returncode  # noqa: S603


def _program() -> str:
    program = shutil.which("par2")
    if program is None:
        raise UsageFault(
            "программы par2 на этом компьютере нет",
            remedy="Установите пакет par2 или работайте без данных восстановления.",
        )
    return program


def _store(folder: Path, medium: Medium, name: str) -> None:
    """Bring the finished data to a medium: whole or absent."""
    contents = {path: (folder / path).read_bytes() for path, _ in files_below(folder)}
    place = medium.incoming / f"{PARITY}-{name}"
    with medium.faults():
        if place.exists():  # what a stopped run left; the medium is locked for us
            shutil.rmtree(place)
        place.mkdir(parents=True)
        digests = {path: hashlib.sha512(data).hexdigest() for path, data in contents.items()}
        for path, data in contents.items():
            write_durable(place / path, data)
            if sha512_of(place / path) != digests[path]:
                raise not_what_was_written(medium.label)
        write_durable(place / SUMS, manifest.write_list(digests))
        (medium.folder / PARITY).mkdir(exist_ok=True)
        move_durably(place, _folder(medium, name))
        fsync_folder(medium.folder)


def _save_what_reads(bag: Path, copy: Path) -> None:
    """Copy what the medium still gives of a bag; what it refuses is left for par2."""
    copy.mkdir()
    if not bag.is_dir():
        return
    for path, row in files_below(bag):
        if is_regular(row):
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):
                (copy / path).write_bytes(read_plain(bag / path))
