"""Files of signed papers: which will do for an archive, how many sheets each has, what is wrong."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from docgen.binding.writer import is_encrypted, page_count
from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.pipeline.sign import SUFFIX, signature_of

_LITTER = frozenset({"thumbs.db", "desktop.ini"})
"""What Windows leaves in folders of pictures; names that begin with a dot are passed over too."""
_MAGIC: Mapping[str, tuple[bytes, ...]] = {
    ".pdf": (b"%PDF-",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".tif": (b"II*\0", b"MM\0*"),
    ".tiff": (b"II*\0", b"MM\0*"),
}
_FORMS = {".pdf": "PDF", ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
_HEADER = 1024
"""Bytes within which a PDF says that it is one (ISO 32000-1, annex H)."""
_MOST_PAGES = 10_000
"""Pages of a TIFF; a file that has more goes round in a circle."""


def form_of(path: Path) -> str:
    """The name of a document's format: PDF, JPEG, PNG, TIFF."""
    return _FORMS.get(path.suffix.casefold(), "TIFF")


def found_papers(places: Sequence[Path]) -> tuple[Path, ...]:
    """The documents among the files named and below the folders named, each once.

    Raises InputFault that names every file that will not do (AR-62 to AR-66) and what to do.
    """
    files = list({path.resolve(): path.absolute() for path in _files(places)}.values())
    found = [fault for path in files for fault in _faults(path)]
    if found:
        raise InputFault(
            "не все файлы годятся для архива; ничего не сделано",
            remedy="Исправьте названное выше и повторите команду.",
            findings=found,
        )
    return tuple(path for path in files if not _is_signature(path))


def sheet_count(path: Path) -> int | None:
    """Count the sheets of a document: pages of a PDF or TIFF, one of a picture.

    None when it does not open.
    """
    try:
        suffix = path.suffix.casefold()
        if suffix == ".pdf":
            return page_count(path)
        data = path.read_bytes()
        if not data.startswith(_MAGIC[suffix]):
            return None
        if suffix == ".png":
            return 1 if b"IEND" in data[-64:] else None
        if suffix in {".jpg", ".jpeg"}:
            return 1 if b"\xff\xd9" in data else None
        return _tiff_pages(data)
    except (OSError, KeyError, struct.error):
        return None


def _files(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from (
                path
                for path in sorted(place.rglob("*"))
                if path.is_file()
                and not any(part.startswith(".") for part in path.relative_to(place).parts)
                and path.name.casefold() not in _LITTER
            )
        elif place.is_file():
            yield place
        else:
            raise InputFault(
                "такого файла или папки нет",
                where=str(place),
                remedy="Проверьте имя: его можно перетащить в окно команды мышью.",
            )


def _is_signature(path: Path) -> bool:
    return path.suffix.casefold() == SUFFIX


def _faults(path: Path) -> Iterator[Finding]:
    """What is wrong with one file."""
    where, name, suffix = str(path), path.name, path.suffix.casefold()
    head = _head(path)
    if _is_signature(path):
        document = path.with_suffix("")
        if not document.is_file() or signature_of(document) != path:
            yield finding("AR-66", where, file=name)
    elif suffix not in _MAGIC:
        yield finding("AR-62", where, file=name)
    elif head is None:
        yield finding("AR-64", where, file=name, reason="чтение запрещено или диск отказал")
    elif not head:
        yield finding("AR-63", where, file=name)
    elif not _says_so(head, suffix):
        yield finding("AR-64", where, file=name, reason=f"внутри не {form_of(path)}")
    elif suffix == ".pdf" and is_encrypted(path):
        yield finding("AR-65", where, file=name)
    elif not sheet_count(path):
        yield finding("AR-64", where, file=name, reason="он повреждён или обрезан")


def _head(path: Path) -> bytes | None:
    """The first bytes of a file; None when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(_HEADER)
    except OSError:
        return None


def _says_so(head: bytes, suffix: str) -> bool:
    """Whether a file begins as its name says."""
    if suffix == ".pdf":
        return _MAGIC[suffix][0] in head
    return head.startswith(_MAGIC[suffix])


def _tiff_pages(data: bytes) -> int | None:
    """Walk the directories of a TIFF, one a page (TIFF 6.0, section 2)."""
    order = "<" if data.startswith(b"II") else ">"
    pages, place = 0, struct.unpack_from(f"{order}I", data, 4)[0]
    while place and pages < _MOST_PAGES:
        entries = struct.unpack_from(f"{order}H", data, place)[0]
        place = struct.unpack_from(f"{order}I", data, place + 2 + 12 * entries)[0]
        pages += 1
    return pages if pages and not place else None
