"""The tables of the package as files: CSV by name, or one workbook; the same tables, same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from docgen import workbooks
from docgen.core.errors import InputFault
from docgen.journal.export import Sheet, csv_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from docgen.journal.export import Value

_WIDTH = 18


def csv_files(sheets: Iterable[Sheet]) -> Mapping[str, bytes]:
    """Write every table as a CSV file: bytes by file name."""
    return {f"{sheet.name}.csv": csv_bytes(sheet.header, sheet.rows) for sheet in sheets}


def workbook_bytes(sheets: Sequence[Sheet]) -> bytes:
    """Write the tables as the sheets of an XLSX workbook.

    Text is text whatever it begins with, dates are dates. Raises InputFault for what a sheet
    cannot hold: too many rows, a cell that is too long, control characters.
    """
    for sheet in sheets:
        _check(sheet)
    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        page.freeze_panes = "A2"
        for place in range(1, len(sheet.header) + 1):
            page.column_dimensions[get_column_letter(place)].width = _WIDTH
        page.append([_head(page, title) for title in sheet.header])
        for row in sheet.rows:
            page.append([_cell(page, value) for value in row])
    return workbooks.workbook_bytes(book)


def _head(page: WriteOnlyWorksheet, title: str) -> Cell:
    cell = WriteOnlyCell(page, value=title)
    cell.font = Font(bold=True)
    return cell


def _cell(page: WriteOnlyWorksheet, value: Value) -> Cell | Value | None:
    """Write a value: nothing for "", text that looks like a formula as text."""
    if not isinstance(value, str) or not value.startswith("="):
        return value if value != "" else None
    cell = WriteOnlyCell(page, value=value)
    cell.data_type = "s"
    return cell


def _check(sheet: Sheet) -> None:
    """Refuse what a sheet cannot hold before the first one is begun."""
    if len(sheet.rows) >= workbooks.ROWS_LIMIT:
        raise _too_much(sheet, f"больше {workbooks.ROWS_LIMIT} строк")
    for row in sheet.rows:
        for value in row:
            if isinstance(value, str) and (why := workbooks.cannot_hold(value)):
                raise _too_much(sheet, why)


def _too_much(sheet: Sheet, what: str) -> InputFault:
    return InputFault(
        f"Книга XLSX не вместит таблицу «{sheet.title}»: {what}.",
        remedy="Выгрузите журнал в ZIP или в папку: docgen journal export ФАЙЛ.zip.",
    )
