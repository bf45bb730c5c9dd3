"""A disc or its image opened as a medium: unpacked into a private folder that does not outlive it.

What a stopped run left there is removed by the next one: cases hold personal data.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive.durable import CHUNK, forget
from archive.faults import medium_fault, told_as_medium_fault
from archive.image import not_an_image, require_space
from archive.joliet import File, NotAnImageError, View, chunks, read_view
from archive.medium import BAGS, Medium, open_medium
from archive.scratch import private_folder
from docgen.core.findings import Finding, finding
from docgen.core.reasons import reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A medium as Windows sees its disc; `findings` name the files the disc did not give (AR-44).

    Such a file is there as far as it was read, so the lists of the medium tell of it too.
    """

    medium: Medium
    findings: tuple[Finding, ...]


def is_disc(path: Path) -> bool:
    """Whether it is an image or a drive and no folder."""
    return path.is_file() or path.is_block_device()


@contextmanager
def unpacked(disc: Path, *, scratch: Path | None = None) -> Iterator[Unpacked]:
    """Open an image or a drive as a medium for the length of a block; nothing is written to it.

    The files lie below `scratch`, by default the system's folder for temporary files. Raises
    MediumFault for what is no medium of ours, or when there is no room to unpack it.
    """
    label = f"диск {disc}"
    with private_folder(scratch) as folder:
        try:
            stream = disc.open("rb", buffering=0)
        except OSError as fault:
            raise medium_fault(fault, label) from fault
        with stream:
            found = _unpack(stream, _view(stream, label), folder, label)
        with told_as_medium_fault(label):
            (folder / BAGS).mkdir(exist_ok=True)
        yield Unpacked(open_medium(folder, image=disc), tuple(found))


def _view(stream: BinaryIO, label: str) -> View:
    try:
        with told_as_medium_fault(label):
            forget(stream.fileno())
            return read_view(stream)
    except NotAnImageError as fault:
        raise not_an_image(fault, label) from fault


def _unpack(stream: BinaryIO, view: View, folder: Path, label: str) -> list[Finding]:
    with told_as_medium_fault(label):
        require_space(folder, sum(file.size for file in view.files.values()), label)
    found: list[Finding] = []
    for path, file in view.files.items():
        reason = _unpack_file(stream, file, folder / path)
        if reason:
            found.append(finding("AR-44", path, refs={"file": path}, path=path, reason=reason))
    return found


def _unpack_file(stream: BinaryIO, file: File, target: Path) -> str:
    """Write what the disc gives of one file; the Russian reason when that is not all of it."""
    count = 0
    with _told_of_scratch(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        output = target.open("xb")
    with output:
        try:
            for chunk in chunks(stream, file, CHUNK):
                with _told_of_scratch(target):
                    output.write(chunk)
                count += len(chunk)
        except OSError as fault:
            return reason(fault)
    return "" if count == file.size else "диск обрывается раньше"


@contextmanager
def _told_of_scratch(target: Path) -> Iterator[None]:
    with told_as_medium_fault(f"временная папка {target.parent}"):
        yield
