"""Tables as people keep them, CSV files and sheets of a workbook, read into text with addresses.

Whatever a cell holds becomes the text a person would have typed: 5 is "5", a date is ISO,
TRUE is "да". Rows without any text are left out.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import warnings
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.journal.codes import cyrillic, tidy
from docgen.journal.sources import charset
from docgen.journal.sources.containers import Member, file_digest, inspect, member_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_SEPARATORS = ";,\t"
_SHARED_STRINGS_LIMIT = 96 << 20
"""Bytes of the text table of a workbook, which openpyxl holds in memory."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: where it stands, its header, its rows as (line, cells), what is to be told of it."""

    file: str
    sheet: str
    sha256: str
    header: tuple[str, ...]
    header_line: int
    rows: Iterator[tuple[int, list[str]]]
    notes: tuple[Finding, ...] = ()

    def cell(self, line: int, column: int) -> str:
        """Address a cell within the file: "15" in a CSV file, "C15" on a sheet."""
        return f"{get_column_letter(column + 1)}{line}" if self.sheet else str(line)

    def where(self, line: int | None = None, column: int | None = None) -> str:
        """Address a table, a row or a cell for people."""
        parts = [self.file]
        if self.sheet:
            parts.append(f"лист «{self.sheet}»")
        if line is not None and self.sheet and column is not None:
            parts.append(f"ячейка {self.cell(line, column)}")
        elif line is not None:
            parts.append(f"строка {line}")
        if column is not None and column < len(self.header):
            parts.append(f"столбец «{self.header[column]}»")
        return ", ".join(parts)


def heading(text: str) -> str:
    """Reduce a header, or the name of a file or sheet, to what counts: «№ Урока*» is «№урока»."""
    return re.sub(r"[^\w№]|_", "", tidy(text).casefold().replace("ё", "е"))


def find_column(header: Sequence[str], names: Iterable[str]) -> list[int]:
    """Find the places of a column by any of its names; Latin look-alikes count as Cyrillic."""
    wanted = {heading(name) for name in names}
    return [
        place
        for place, text in enumerate(header)
        if heading(text) in wanted or heading(cyrillic(text)) in wanted
    ]


# CSV


@contextmanager
def csv_table(member: Member) -> Iterator[Table]:
    """Open a CSV file in any encoding of `charset`, separated by `;`, by `,` or by tabs.

    Raises InputFault for what is no CSV; the rows raise it too, while they are read.
    """
    seen = inspect(member)
    notes: list[Finding] = []
    if name := charset.NAMES.get(seen.encoding):
        notes.append(finding("IM-13", member.address, encoding=name))
    with member.open() as raw, io.TextIOWrapper(raw, seen.encoding, newline="") as text:
        first = _first_line(text)
        separator = max(_SEPARATORS, key=first.count)
        if separator != ";" and separator in first:
            notes.append(
                finding(
                    "IM-14",
                    member.address,
                    separator={",": "запятая", "\t": "табуляция"}[separator],
                )
            )
        text.seek(0)
        rows = _csv_rows(text, separator, member.address)
        line, header = next(rows, (0, []))
        if not header:
            raise InputFault(
                "Файл пуст: в нём нет даже заголовков.",
                where=member.address,
                remedy="Выгрузите его ещё раз или уберите из папки, если данных нет.",
            )
        yield Table(
            file=member.address,
            sheet="",
            sha256=seen.sha256,
            header=tuple(tidy(cell) for cell in header),
            header_line=line,
            rows=rows,
            notes=tuple(notes),
        )


def _first_line(text: TextIO) -> str:
    for line in text:
        if line.strip():
            return line
    return ""


def _csv_rows(text: TextIO, separator: str, address: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text, delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell and not cell.isspace() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as fault:
        raise InputFault(
            "Строку таблицы нельзя разобрать: кавычки не закрыты или стоят посреди значения.",
            where=f"{address}, строка {line}",
            remedy="Откройте файл, исправьте кавычки в этой строке (внутри значения они "
            "удваиваются) или выгрузите таблицу ещё раз.",
        ) from fault


# XLSX


@contextmanager
def workbook(path: Path) -> Iterator[Mapping[str, Table]]:
    """Open an XLSX workbook: its tables by sheet name, hidden sheets included.

    Raises InputFault for what is no workbook; the rows raise it too, while they are read.
    """
    _check_shared_strings(path)
    sha256 = file_digest(path)
    with path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of styles and extensions nobody needs here
        try:
            book = load_workbook(stream, read_only=True, data_only=True)
        except _NO_WORKBOOK as fault:
            raise _unreadable(str(path)) from fault
        try:
            tables = {}
            sheets: list[Any] = list(book.worksheets)
            for sheet in sheets:
                sheet.reset_dimensions()  # some exports name wrong ones
                where = f"{path.name}, лист «{sheet.title}»"
                rows = _sheet_rows(sheet.iter_rows(values_only=True), where)
                line, header = next(rows, (0, []))
                if header:
                    tables[sheet.title] = Table(
                        file=path.name,
                        sheet=sheet.title,
                        sha256=sha256,
                        header=tuple(tidy(cell) for cell in header),
                        header_line=line,
                        rows=rows,
                    )
            yield tables
        finally:
            book.close()


_NO_WORKBOOK = (
    InvalidFileException,
    zipfile.BadZipFile,
    SyntaxError,  # XML errors of both parsers openpyxl may use
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    zlib.error,
)
"""What openpyxl raises for a file that is no workbook or a damaged one."""


def _unreadable(where: str) -> InputFault:
    return InputFault(
        "Книга XLSX не открывается: файл повреждён или это не книга Excel.",
        where=where,
        remedy="Откройте её в Excel или LibreOffice и сохраните как «Книга Excel (.xlsx)».",
    )


def _check_shared_strings(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            texts = [item for item in archive.infolist() if "sharedStrings" in member_name(item)]
    except (zipfile.BadZipFile, OSError) as fault:
        raise _unreadable(str(path)) from fault
    if any(item.file_size > _SHARED_STRINGS_LIMIT for item in texts):
        raise InputFault(
            f"В книге больше {_SHARED_STRINGS_LIMIT >> 20} МБ текста: это не журнал.",
            where=str(path),
            remedy="Разделите книгу по классам или загрузите журнал в виде CSV.",
        )


def _sheet_rows(rows: Iterable[Sequence[object]], where: str) -> Iterator[tuple[int, list[str]]]:
    try:
        for line, values in enumerate(rows, start=1):
            cells = [_text(value) for value in values]
            if any(cells):
                yield line, cells
    except _NO_WORKBOOK as fault:
        raise _unreadable(where) from fault


def _text(value: object) -> str:
    """Write the value of a worksheet cell as a person would have typed it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return (
            value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
        )
    return str(value)
