"""The default package as a workbook to be filled: all its sheets with rules, empty or a sample."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from docgen.journal.forms import dress, rules
from docgen.journal.sources import values
from docgen.journal.sources.package_tables import TABLES
from docgen.journal.sources.tabular import find_column
from docgen.workbooks import workbook_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from docgen.journal.sources.package_tables import Column, TableSpec

    Cells = Mapping[str, tuple[Sequence[str], Sequence[Sequence[object]]]]
    """By name of a table: its header and its rows."""

_MANIFEST = "Манифест"
_MANY = {"lessons": 20_000, "marks": 20_000, "attendance": 20_000, "final_marks": 20_000}
_FEW = 2_000
"""Rows a form has rules for; what is typed below them is read all the same."""
_WIDTHS = {
    key: width
    for width, keys in (
        (18, ("relation",)),
        (22, ("phone", "interval", "city", "profile")),
        (26, ("roles", "start_order", "end_order", "substitution_order", "document", "email")),
        (30, ("short_name", "note", "reason", "motive", "file", "result")),
        (34, ("director", "name", "area", "issued_by", "homework")),
        (44, ("full_name", "address", "founder", "position", "topic")),
    )
    for key in keys
}
"""By key of a column, in letters."""
_REGISTRIES = {"consents", "applications", "orders"}


def package_book(year: str, words: Mapping[str, Any], filled: Cells) -> bytes:
    """Write the workbook for a school year "2025/2026": `filled` tells the rows, {} none.

    `words` are the texts of the guide and the hints. Raises KeyError for a table nobody knows.
    """
    book = Workbook()
    dress.write_guide(book, words["title"], words["guide"])
    for spec in TABLES:
        sheet = book.create_sheet(spec.sheet)
        last = _MANY.get(spec.name, _FEW)
        _head(sheet, spec)
        for place, column in enumerate(spec.columns, start=1):
            _dress_column(sheet, spec, column, place, last)
            rule = rules.rule_of(spec, column, year, last)
            hint = words["hints"].get(f"{spec.name}.{column.key}", "")
            letter = get_column_letter(place)
            if rule.kind or hint:
                told = dress.with_hint(rule, hint)
                dress.set_rule(sheet, told, f"{letter}2:{letter}{last}", column.names[0])
        _fill(sheet, spec, *filled.get(spec.name, ((), ())))
    _write_manifest(book.create_sheet(_MANIFEST), year)
    return workbook_bytes(book)


def _head(sheet: Any, spec: TableSpec) -> None:
    sheet.freeze_panes = "A2"
    sheet.row_dimensions[1].height = 34
    sheet.sheet_properties.tabColor = "5B8DB8" if spec.required else "BBBBBB"
    dress.fit_pages(sheet)
    sheet.print_title_rows = "1:1"
    for place, column in enumerate(spec.columns, start=1):
        cell = dress.put(sheet, 1, place, column.names[0] + ("*" if column.required else ""))
        cell.font, cell.alignment, cell.border = dress.BOLD, dress.HEADING, dress.GRID
        cell.fill = dress.REQUIRED if column.required else dress.OPTIONAL


def _dress_column(sheet: Any, spec: TableSpec, column: Column, place: int, last: int) -> None:
    """Give a column its width and its kind of cells; what must be filled is coloured until it is.

    A row counts as begun when anything stands in it.
    """
    letter = get_column_letter(place)
    usual = 44 if spec.name in _REGISTRIES and column.key == "kind" else 0
    headed = min(max(12, len(column.names[0]) + 4), 18)
    sheet.column_dimensions[letter].width = usual or _WIDTHS.get(column.key, headed)
    sheet.column_dimensions[letter].number_format = rules.number_format(column)
    if column.required:
        end = get_column_letter(len(spec.columns))
        begun = f"AND(COUNTA($A2:${end}2)>0,LEN(TRIM({letter}2))=0)"
        dress.highlight(sheet, f"{letter}2:{letter}{last}", begun)


def _fill(
    sheet: Any, spec: TableSpec, header: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Write rows whose header names the columns of the table in any order."""
    for place, column in enumerate(spec.columns, start=1):
        found = find_column(header, (column.key, *column.names))
        if not found:
            continue
        for line, row in enumerate(rows, start=2):
            cell = dress.put(sheet, line, place, _value(column, row[found[0]]))
            cell.number_format = rules.number_format(column)


def _value(column: Column, value: object) -> object:
    """Keep a value as its column does: days as days, marks as text, codes as Russian words."""
    if value in {None, ""} or isinstance(value, dt.date):
        return value
    if column.read is values.day:
        return values.day(str(value))
    if column.read is values.moment:
        return dt.datetime.fromisoformat(values.moment(str(value)))
    if label := getattr(column.read(str(value)), "label", ""):
        return label
    number = column.read in {values.whole, values.number, values.lesson_number}
    return value if number else str(value)


def _write_manifest(sheet: Any, year: str) -> None:
    rows = (
        ("key", "value", "Пояснение"),
        ("format", "school-package", "не менять"),
        ("version", "1.0", "не менять"),
        ("year", year, "учебный год этой книги"),
    )
    for line, row in enumerate(rows, start=1):
        for place, text in enumerate(row, start=1):
            dress.put(sheet, line, place, text).number_format = dress.TEXT
    for letter, width in (("A", 14), ("B", 20), ("C", 30)):
        sheet.column_dimensions[letter].width = width
