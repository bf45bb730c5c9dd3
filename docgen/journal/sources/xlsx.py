"""XLSX workbooks read as a stream: rows of values with their places, within limits of work.

A library is not used on purpose: `openpyxl` takes ten times as long, and `python-calamine` lays a
sheet out as a full rectangle, so that one far cell ends the process; it also reads error cells and
formulas without values as empty. Memory here does not grow with the sheet: a row is gone when the
next one is read. Parts and elements: ECMA-376 part 1, 18.2-18.4; names of parts: part 2, 6.2.
"""

from __future__ import annotations

import posixpath
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

from docgen.core.errors import InputFault
from docgen.journal.sources.containers import BROKEN, member_name
from docgen.journal.sources.xlsx_cells import Cells, Row
from docgen.journal.sources.xlsx_parts import (
    Reader,
    Relations,
    Styles,
    Texts,
    TooLarge,
    WorkbookPart,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator
    from pathlib import Path

UNPACKED_LIMIT = 96 << 20
"""Bytes a workbook may hold unpacked, besides `UNPACKED_RATIO` times what it holds packed."""
UNPACKED_RATIO = 20
TAGS_LIMIT = 2_000_000
"""Tags of a workbook, besides `TAGS_RATIO` for each packed byte; a row of ten cells has some 60.

Real workbooks have 0.5 to 1.5 tags and 5 to 16 unpacked bytes for each packed byte.
"""
TAGS_RATIO = 2
DEPTH_LIMIT = 1000
"""Elements within each other; a sheet has some ten."""
TOKEN_LIMIT = 1 << 20
"""Bytes between two tags; a cell holds 32,767 characters at most."""

_CHUNK = 1 << 16

_FAULTS = (*BROKEN, expat.ExpatError, LookupError, ValueError, OverflowError)
"""What a workbook that is damaged or none raises."""


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A sheet: its title and a way to read its rows, as (line from 1, values).

    Rows without any value are left out; a row ends with its last filled cell, None is an empty
    one. The rows raise InputFault while they are read.
    """

    title: str
    rows: Callable[[], Iterator[Row]]


@contextmanager
def worksheets(stream: IO[bytes], where: str) -> Iterator[tuple[Worksheet, ...]]:
    """Open a workbook: its worksheets in their order, hidden ones and hidden rows included.

    Raises InputFault for what is no workbook, is damaged or larger than any journal.
    """
    with _told(where):
        archive = zipfile.ZipFile(stream)
    with archive:
        with _told(where):
            found = _Package(archive, where).open_sheets()
        yield found


def examine(path: Path) -> None:
    """Read a workbook from end to end. Raises InputFault for what is wrong with it."""
    with path.open("rb") as stream, worksheets(stream, str(path)) as sheets:
        for sheet in sheets:
            for _ in sheet.rows():
                pass


def is_workbook(names: Container[str]) -> bool:
    """Tell an XLSX from other ZIPs by the names of its files."""
    return "[Content_Types].xml" in names or "xl/workbook.xml" in names


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn whatever a bad file raises into the one fault people understand."""
    try:
        yield
    except TooLarge as fault:
        raise _too_large(where) from fault
    except _FAULTS as fault:
        raise damaged(where) from fault


def damaged(where: str) -> InputFault:
    """Make the fault of a workbook that does not open."""
    return InputFault(
        "Книга Excel не открывается: файл повреждён, скачан не до конца или это не книга.",
        where=where,
        remedy="Откройте её в Excel или LibreOffice и сохраните как «Книга Excel (.xlsx)».",
    )


def _too_large(where: str) -> InputFault:
    return InputFault(
        "Книга Excel слишком велика: внутри её файла много больше, чем бывает в журнале.",
        where=where,
        remedy="Удалите в ней пустые строки и столбцы за таблицами, разделите её по классам или "
        "загрузите журнал в виде CSV.",
    )


class _Package:
    """The parts of a workbook by their names, and what of the limits is left."""

    def __init__(self, archive: zipfile.ZipFile, where: str) -> None:
        self.archive = archive
        self.where = where
        self.parts = {member_name(info).casefold().lstrip("/"): info for info in archive.infolist()}
        packed = sum(info.compress_size for info in archive.infolist())
        unpacked = sum(info.file_size for info in archive.infolist())
        if unpacked > UNPACKED_LIMIT + UNPACKED_RATIO * packed:
            raise TooLarge
        self.tags = TAGS_LIMIT + TAGS_RATIO * packed

    def open_sheets(self) -> tuple[Worksheet, ...]:
        """Read all parts but the sheets themselves."""
        root = self._relations("")
        (main,) = (target for kind, target in root.values() if kind == "officeDocument")
        book = WorkbookPart()
        self._read(main, book)
        related = self._relations(main)
        texts, styles = Texts(), Styles(since_1904=book.since_1904)
        for kind, target in related.values():
            if kind == "sharedStrings":
                self._read(target, texts)
            elif kind == "styles":
                self._read(target, styles)
        return tuple(
            self._sheet(title, related[link][1], texts, styles)
            for title, link in book.sheets
            if related[link][0] == "worksheet"  # charts and macros have sheets too
        )

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Find where a part leads to: kinds and names of other parts by their ids."""
        folder, name = posixpath.split(part)
        relations = Relations()
        self._read(posixpath.join(folder, "_rels", f"{name}.rels"), relations)
        return {
            link: (kind, posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/"))
            for link, (kind, target) in relations.found.items()
        }

    def _sheet(self, title: str, part: str, texts: Texts, styles: Styles) -> Worksheet:
        def rows() -> Iterator[Row]:
            cells = Cells(texts.found, styles)
            with _told(f"{self.where}, лист «{title}»"):
                for _ in self._steps(part, cells):
                    yield from cells.take()

        return Worksheet(title, rows)

    def _read(self, part: str, reader: Reader) -> None:
        for _ in self._steps(part, reader):
            pass

    def _steps(self, part: str, reader: Reader) -> Iterator[None]:
        """Feed a part to its reader piece by piece. Raises TooLarge beyond the limits."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _no_doctype
        reader.attach(parser)
        gap = 0
        with self.archive.open(self.parts[part.casefold()]) as stream:
            while chunk := stream.read(_CHUNK):
                tags = chunk.count(b"<")
                gap = len(chunk) - chunk.rindex(b"<") if tags else gap + len(chunk)
                self.tags -= tags
                if self.tags < 0 or gap > TOKEN_LIMIT:
                    raise TooLarge
                parser.Parse(chunk)
                if reader.depth > DEPTH_LIMIT or reader.held > TOKEN_LIMIT:
                    raise TooLarge
                yield
            parser.Parse(b"", True)
            yield


def _no_doctype(name: str, *_: object) -> None:
    """Refuse entities of a file's own: they may swell to any size, and no workbook has them."""
    raise ValueError(name)
