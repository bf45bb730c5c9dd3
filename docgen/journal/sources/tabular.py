"""Tables as people keep them, CSV files and sheets of a workbook, read into text with addresses.

Whatever a cell holds becomes the text a person would have typed: 5 is "5", a date is ISO,
TRUE is "да". Rows without any text are left out.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from openpyxl.utils import get_column_letter

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.journal.codes import cyrillic, tidy
from docgen.journal.sources import charset, xlsx
from docgen.journal.sources.containers import Member, file_digest, inspect
from docgen.journal.sources.xlsx_cells import Lost, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_SEPARATORS = ";,\t"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: where it stands, its header, its rows as (line, cells), what is to be told of it.

    `unsaved` are the cells with formulas whose results the workbook does not hold; it grows while
    the rows are read.
    """

    file: str
    sheet: str
    sha256: str
    header: tuple[str, ...]
    header_line: int
    rows: Iterator[tuple[int, list[str]]]
    notes: tuple[Finding, ...] = ()
    unsaved: Sequence[str] = ()

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
    sha256 = file_digest(path)
    with path.open("rb") as stream, xlsx.worksheets(stream, str(path)) as sheets:
        tables = {}
        for sheet in sheets:
            unsaved: list[str] = []
            rows = _sheet_rows(sheet, unsaved)
            line, header = next(rows, (0, []))
            if header:
                tables[sheet.title] = Table(
                    file=path.name,
                    sheet=sheet.title,
                    sha256=sha256,
                    header=tuple(tidy(cell) for cell in header),
                    header_line=line,
                    rows=rows,
                    unsaved=unsaved,
                )
        yield tables


def _sheet_rows(sheet: xlsx.Worksheet, unsaved: list[str]) -> Iterator[tuple[int, list[str]]]:
    for line, values in sheet.rows():
        if Lost.RESULT in values:
            places = [place for place, value in enumerate(values) if value is Lost.RESULT]
            unsaved.extend(f"{get_column_letter(place + 1)}{line}" for place in places)
        cells = [_text(value) for value in values]
        if any(cell and not cell.isspace() for cell in cells):
            yield line, cells


def _text(value: Value) -> str:
    """Write the value of a worksheet cell as a person would have typed it."""
    if isinstance(value, str):
        return value
    if value is None or value is Lost.RESULT:
        return ""
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
