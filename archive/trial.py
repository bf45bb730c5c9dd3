"""A trial of a new medium: filled to the end and read back, for sticks that lie about their size.

A counterfeit stick says it holds 64 GB and keeps 8: what is written beyond is dropped, or lands on
what was written before. A bag read back at once may be right and gone a minute later, so nothing
less than the whole medium tells.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from archive.durable import CHUNK, forget, open_plain
from archive.faults import NO_ROOM, told_as_medium_fault
from archive.medium import is_foreign
from archive.pages import russian_size
from docgen.core.errors import MediumFault, UsageFault
from docgen.core.files import fsync_folder

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from docgen.core.progress import Progress

_CHUNKS = 1024  # in a file: FAT takes no file of 4 GiB


@dataclass(frozen=True, slots=True)
class Trial:
    """A medium that gave back all it took: bytes."""

    folder: Path
    size: int

    @property
    def told(self) -> str:
        """Its size for people."""
        return russian_size(self.size)

    def as_json(self) -> dict[str, object]:
        """Plain values for `--json` answers."""
        return {"folder": str(self.folder), "bytes": self.size}


def try_medium(folder: Path, *, progress: Progress) -> Trial:
    """Fill an empty medium with noise, read all of it back past the cache, and remove it.

    Raises UsageFault for a folder that is not empty or lies on the disk of the system, MediumFault
    when something does not come back as it was written, or does not come back.
    """
    label = f"папка {folder}"
    with told_as_medium_fault(label):
        _require_fit(folder)
        trial = _Trial(folder, os.urandom(16))
        try:
            written = trial.fill(progress)
            trial.read(written, progress, label)
        finally:
            trial.remove()
    return Trial(folder, written * CHUNK)


def _require_fit(folder: Path) -> None:
    present = [
        entry.name
        for entry in folder.iterdir()
        if not is_foreign(entry) and not _is_ours(entry.name)
    ]
    if present:
        raise UsageFault(
            f"папка не пуста: в ней лежит «{min(present)}»",
            where=str(folder),
            remedy="Испытывают новый, пустой носитель: он заполняется целиком.",
        )
    if folder.stat().st_dev == Path("/").stat().st_dev:
        raise UsageFault(
            "это диск самого компьютера: если заполнить его целиком, другие программы встанут",
            where=str(folder),
            remedy="Укажите папку флешки или отдельного диска.",
        )


def _is_ours(name: str) -> bool:
    """What a killed trial left."""
    return name.startswith(".trial-") and name.endswith(".part")


class _Trial:
    """Noise that is known by its place alone, so that what comes from another place is told."""

    def __init__(self, folder: Path, seed: bytes) -> None:
        self.folder = folder
        self.seed = seed

    def fill(self, progress: Progress) -> int:
        """Write until nothing more fits; gives the number of chunks. Raises OSError."""
        self.remove()
        free = os.statvfs(self.folder)
        expected = free.f_bavail * free.f_frsize // CHUNK
        title = "Испытание: запись"
        numbers = iter(progress.track(range(expected), title=title, total=expected))
        written = 0
        while written < expected:
            with self._file(written).open("xb", buffering=0) as stream:
                fitting = takewhile(partial(self._put, stream), islice(numbers, _CHUNKS))
                taken = sum(1 for _ in fitting)
                os.fsync(stream.fileno())
            written += taken
            if taken < _CHUNKS:
                break
        fsync_folder(self.folder)
        return written

    def read(self, chunks: int, progress: Progress, label: str) -> None:
        """Compare what comes back. Raises MediumFault for any difference, and OSError."""
        right = sum(progress.track(self._right(chunks), title="Испытание: чтение", total=chunks))
        if right < chunks or not chunks:
            raise MediumFault(
                "Носитель вернул не то, что на него записали:"
                f" уцелело {russian_size(right * CHUNK)} из {russian_size(chunks * CHUNK)}.",
                where=label,
                remedy="Не пользуйтесь им: у поддельных флешек объём меньше названного, и"
                " записанное на них пропадает. Верните его продавцу.",
            )

    def remove(self) -> None:
        """Take away what was written, also by a trial that was killed."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                if _is_ours(path.name):
                    path.unlink()
            fsync_folder(self.folder)

    def _put(self, stream: io.FileIO, number: int) -> bool:
        """Write a chunk; False when it does not fit."""
        try:
            return stream.write(self._noise(number)) == CHUNK
        except OSError as fault:
            if fault.errno not in NO_ROOM:
                raise
            return False

    def _right(self, chunks: int) -> Iterator[bool]:
        """Whether each chunk came back as it was written; so many hold as the medium is large."""
        for first in range(0, chunks, _CHUNKS):
            with open_plain(self._file(first)) as stream:
                forget(stream.fileno())
                for number in range(first, min(first + _CHUNKS, chunks)):
                    yield stream.read(CHUNK) == self._noise(number)

    def _file(self, number: int) -> Path:
        return self.folder / f".trial-{number // _CHUNKS:04d}.part"

    def _noise(self, number: int) -> bytes:
        return hashlib.shake_128(self.seed + number.to_bytes(8, "big")).digest(CHUNK)
