"""The Joliet view of an optical disc: the names Windows sees, and where each file's bytes lie.

A reader of our own, so that an image is checked by something that did not make it, straight from
the image or the disc, and no file of it has to be unpacked (ECMA-119; Joliet 1.0).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

SECTOR = 2048  # bytes

_FIRST_DESCRIPTOR = 16  # sector; ECMA-119 6.2.1
_MOST_DESCRIPTORS = 64
_SUPPLEMENTARY, _TERMINATOR = 2, 255  # ECMA-119 8.1.1
_ESCAPES = (b"%/@", b"%/C", b"%/E")  # UCS-2 levels 1 to 3
_ROOT = slice(156, 190)
_FOLDER, _CONTINUED = 0x02, 0x80  # ECMA-119 9.1.6
_SHORTEST = 34  # bytes of a directory record with a name of one
_DEPTH = 32
_LARGEST_FOLDER = 64 << 20  # bytes; more is damage


class NotAnImageError(ValueError):
    """What was read is no disc with Joliet names, or its catalogue is damaged; Russian text."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the disc: pieces as pairs of offset and length in bytes."""

    path: str
    pieces: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(length for _, length in self.pieces)


@dataclass(frozen=True, slots=True)
class View:
    """All files of a disc by POSIX path; `sectors` is how long the file system says it is."""

    sectors: int
    files: dict[str, File]


def read_view(stream: BinaryIO) -> View:
    """Read the names of a disc. Raises NotAnImageError for what is none, OSError."""
    descriptor = _joliet_descriptor(stream)
    sectors = struct.unpack_from("<I", descriptor, 80)[0]
    files: dict[str, File] = {}
    root = descriptor[_ROOT]
    start, length = _extent(root)
    for file in _walk(stream, "", start, length, _DEPTH):
        if file.path in files:
            raise NotAnImageError("в оглавлении диска имя повторяется")
        files[file.path] = file
    return View(sectors, files)


def chunks(stream: BinaryIO, file: File, size: int) -> Iterator[bytes]:
    """Read the bytes of one file in chunks of at most `size` bytes. Raises OSError.

    Ends early where the image does.
    """
    for offset, length in file.pieces:
        stream.seek(offset)
        rest = length
        while rest and (chunk := stream.read(min(size, rest))):
            rest -= len(chunk)
            yield chunk


def _joliet_descriptor(stream: BinaryIO) -> bytes:
    for number in range(_FIRST_DESCRIPTOR, _FIRST_DESCRIPTOR + _MOST_DESCRIPTORS):
        sector = _read(stream, number * SECTOR, SECTOR)
        if sector[1:6] != b"CD001":
            raise NotAnImageError("это не образ диска ISO 9660")
        if sector[0] == _SUPPLEMENTARY and sector[88:91] in _ESCAPES:
            return sector
        if sector[0] == _TERMINATOR:
            break
    raise NotAnImageError("на диске нет имён для Windows (Joliet)")


def _walk(stream: BinaryIO, prefix: str, start: int, length: int, depth: int) -> Iterator[File]:
    if not depth or length > _LARGEST_FOLDER:
        raise NotAnImageError("оглавление диска испорчено")
    pieces: list[tuple[int, int]] = []
    for record in _records(_read(stream, start, length)):
        raw = record[33 : 33 + record[32]]
        if raw in {b"\0", b"\1"}:  # the folder itself and the one above
            continue
        path = prefix + _name(raw)
        place = _extent(record)
        if record[25] & _FOLDER:
            yield from _walk(stream, f"{path}/", *place, depth - 1)
            continue
        pieces.append(place)
        if not record[25] & _CONTINUED:
            yield File(path, tuple(pieces))
            pieces = []


def _records(data: bytes) -> Iterator[bytes]:
    """Cut a folder into its records; none crosses the end of a sector (ECMA-119 6.8.1.1)."""
    for sector in range(0, len(data), SECTOR):
        block = data[sector : sector + SECTOR]
        place = 0
        while place < len(block) and block[place]:
            record = block[place : place + block[place]]
            if len(record) < max(_SHORTEST, block[place]) or 33 + record[32] > len(record):
                raise NotAnImageError("оглавление диска испорчено")
            yield record
            place += len(record)


def _name(raw: bytes) -> str:
    """Decode a name; a path in place of a name would lead out of the folder it is unpacked to."""
    try:
        name = raw.decode("utf-16-be").removesuffix(";1")
    except UnicodeDecodeError as fault:
        raise NotAnImageError("оглавление диска испорчено") from fault
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise NotAnImageError("в оглавлении диска негодное имя")
    return name


def _extent(record: bytes) -> tuple[int, int]:
    """Offset and length of a record's data in bytes."""
    sector, length = struct.unpack_from("<I4xI", record, 2)
    return sector * SECTOR, length


def _read(stream: BinaryIO, offset: int, length: int) -> bytes:
    stream.seek(offset)
    data = stream.read(length)
    if len(data) != length:
        raise NotAnImageError("образ обрывается: записан не целиком")
    return data
