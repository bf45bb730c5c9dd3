"""Workbooks of both kinds, XLSX and the old binary XLS, as plain grids of values.

What a file is tells its beginning, not its name. A book may stand alone, in a folder or in a ZIP.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import struct
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

import xlrd
from openpyxl.utils import get_column_letter
from xlrd.biffh import (
    XL_CELL_BLANK,
    XL_CELL_BOOLEAN,
    XL_CELL_DATE,
    XL_CELL_EMPTY,
    XL_CELL_ERROR,
    XL_CELL_NUMBER,
    XLRDError,
)
from xlrd.compdoc import CompDocError

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.journal.sources import containers, xlsx
from docgen.journal.sources.xlsx_cells import Lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from docgen.journal.sources.grid_values import Value

BOOK_LIMIT = 32 << 20
"""Bytes of one book; a class's year takes less than one megabyte."""
COLUMNS_LIMIT = 1024
"""Columns of a sheet that are looked at; a journal page has some dozens."""
CELLS_LIMIT = 1_000_000
"""Filled cells of one sheet."""

_BIFF = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as a grid: `rows[i][j]` is the value of a cell, "" when empty; rows may be short."""

    file: str
    title: str
    sha256: str
    rows: Sequence[Sequence[Value]]
    notes: tuple[Finding, ...] = ()

    def at(self, row: int, column: int) -> Value:
        """Take a cell by its place counted from zero, "" beyond the edges."""
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return ""

    def where(self, row: int, column: int) -> str:
        """Address a cell for people."""
        return f"{self.file}, лист «{self.title}», ячейка {a1(row, column)}"


def a1(row: int, column: int) -> str:
    """Address a cell by its place counted from zero: (2, 0) is "A3"."""
    return f"{get_column_letter(column + 1)}{row + 1}"


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook that was found: its name, its address for people, its bytes on demand."""

    name: str
    address: str
    content: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What stands at a path: workbooks, texts of layouts (`.toml`) and files of other kinds."""

    books: tuple[Book, ...] = ()
    layouts: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = field(default=())


@contextmanager
def shelf(path: Path) -> Iterator[Shelf]:
    """Open a workbook, a folder or a ZIP of workbooks.

    Raises InputFault for a container that is damaged or hostile.
    """
    if path.is_file() and _kind(containers.beginning(path, 4)) == "xls":
        yield Shelf((Book(path.name, path.name, lambda: _limited(path.open("rb"), path.name)),))
        return
    if not (path.is_dir() or containers.is_zip(path)):
        yield Shelf()
        return
    with containers.opened(path) as members:
        if xlsx.is_workbook(members):
            own = Book(path.name, path.name, lambda: _limited(path.open("rb"), path.name))
            yield Shelf((own,))
            return
        books, layouts, others = [], [], []
        for member in members.values():
            if PurePosixPath(member.name).suffix.lower() == ".toml":
                content = b"".join(containers.chunks(member))
                layouts.append((member.address, content.decode("utf-8-sig", errors="replace")))
            elif _kind(_head(member)):
                books.append(Book(member.name, member.address, _reader(member)))
            else:
                others.append(member.address)
        yield Shelf(tuple(books), tuple(layouts), tuple(others))


def _reader(member: containers.Member) -> Callable[[], bytes]:
    def read() -> bytes:
        content = bytearray()
        for chunk in containers.chunks(member):
            content += chunk
            if len(content) > BOOK_LIMIT:
                raise _too_large(member.address)
        return bytes(content)

    return read


def _limited(stream: Any, address: str) -> bytes:
    with stream:
        content: bytes = stream.read(BOOK_LIMIT + 1)
    if len(content) > BOOK_LIMIT:
        raise _too_large(address)
    return content


def _head(member: containers.Member) -> bytes:
    for chunk in containers.chunks(member):
        return chunk[:4]
    return b""


def _kind(beginning: bytes) -> str:
    return {_BIFF: "xls", _ZIP: "xlsx"}.get(beginning, "")


def _too_large(address: str) -> InputFault:
    return InputFault(
        f"Книга больше {BOOK_LIMIT >> 20} МБ или не помещается в память: это не журнал.",
        where=address,
        remedy="Разделите книгу по классам; картинки из неё уберите.",
    )


def sheets(book: Book, *, rows: int | None = None) -> Iterator[Sheet]:
    """Read the sheets of a book one by one, hidden ones and hidden rows included.

    `rows` limits how many rows of each are read, to look at a book cheaply. Raises InputFault
    for a book that is damaged, locked with a password or too large.
    """
    content = book.content()
    if containers.is_locked(content):
        raise containers.locked(book.address)
    if _kind(content[:4]) == "xls":
        yield from _old_sheets(book, content, rows)
    else:
        yield from _new_sheets(book, content, rows)


# XLSX


def _new_sheets(book: Book, content: bytes, limit: int | None) -> Iterator[Sheet]:
    sha256 = hashlib.sha256(content).hexdigest()
    with xlsx.worksheets(io.BytesIO(content), book.address) as opened:
        for sheet in opened:
            unsaved: list[str] = []
            rows = _trimmed(_lines(sheet, limit, unsaved), book.address)
            notes: tuple[Finding, ...] = ()
            if unsaved and limit is None:
                where = f"{book.address}, лист «{sheet.title}»"
                notes = (finding("WS-08", where, count=len(unsaved), cell=unsaved[0]),)
            yield Sheet(book.address, sheet.title, sha256, rows, notes)


def _lines(
    sheet: xlsx.Worksheet, limit: int | None, unsaved: list[str]
) -> Iterator[Sequence[object]]:
    """Read the rows of a sheet, empty ones included, and note formulas without results."""
    last = 0
    for line, values in sheet.rows():
        if limit is not None and line > limit:
            return
        yield from ((),) * (line - last - 1)
        unsaved.extend(
            a1(line - 1, place) for place, value in enumerate(values) if value is Lost.RESULT
        )
        yield [None if value is Lost.RESULT else value for value in values]
        last = line


# XLS

_NO_XLS = (
    XLRDError,
    CompDocError,
    struct.error,
    AssertionError,
    IndexError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    NotImplementedError,
    OverflowError,
    UnboundLocalError,
    MemoryError,
)
"""What xlrd raises for a damaged book."""


def _old_sheets(book: Book, content: bytes, limit: int | None) -> Iterator[Sheet]:
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        opened = xlrd.open_workbook(
            file_contents=content, on_demand=True, ragged_rows=True, logfile=io.StringIO()
        )
        titles = opened.sheet_names()
    except _NO_XLS as fault:
        raise xlsx.damaged(book.address) from fault
    for number, title in enumerate(titles):
        try:
            sheet = opened.sheet_by_index(number)
            count = sheet.nrows if limit is None else min(limit, sheet.nrows)
            lines = (
                [_old_value(cell, opened.datemode) for cell in sheet.row(line)]
                for line in range(count)
            )
            rows = _trimmed(lines, book.address)
            opened.unload_sheet(number)
        except _NO_XLS as fault:
            raise xlsx.damaged(book.address) from fault
        yield Sheet(book.address, title, sha256, rows)


def _old_value(cell: Any, datemode: Literal[0, 1]) -> object:
    if cell.ctype in {XL_CELL_EMPTY, XL_CELL_BLANK, XL_CELL_ERROR}:
        return None
    if cell.ctype == XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, datemode)
    if cell.ctype == XL_CELL_BOOLEAN:
        return bool(cell.value)
    return float(cell.value) if cell.ctype == XL_CELL_NUMBER else str(cell.value)


# Both


def _trimmed(lines: Iterable[Sequence[object]], address: str) -> list[list[Value]]:
    """Write the values of cells, leave out empty ends. Raises InputFault for a sheet too large."""
    rows: list[list[Value]] = []
    filled, last = 0, 0
    for line in lines:
        width = len(line)
        while width and line[width - 1] in {None, ""}:
            width -= 1
        filled += width
        if width > COLUMNS_LIMIT or filled > CELLS_LIMIT:
            raise InputFault(
                f"Лист слишком велик для страницы журнала: больше {COLUMNS_LIMIT} столбцов или "
                f"{CELLS_LIMIT} клеток.",
                where=address,
                remedy="Уберите из книги лишние листы и столбцы.",
            )
        rows.append([_value(cell) for cell in line[:width]])
        last = len(rows) if width else last
    del rows[last:]
    return rows


def _value(cell: object) -> Value:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, bool):
        return "да" if cell else "нет"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return "" if cell is None else str(cell)
