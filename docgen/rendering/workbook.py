"""Tables as an XLSX workbook: filters, frozen headings, real dates and numbers, native charts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import cast

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from docgen.rendering.tables import Chart, Table, Value
from docgen.workbooks import holdable, workbook_bytes

_HEAD = PatternFill("solid", fgColor="E7E6E1")
_LINE = Border(bottom=Side("thin", color="BFBFBF"))
_GREYS = ("1A1A1A", "8C8C8C", "D9D9D9", "F2F2F2")
"""Bars that are told apart on a black and white printer."""

_TITLE_LIMIT = 31
"""Characters the title of a sheet can have."""


def workbook(tables: Sequence[Table]) -> bytes:
    """Write tables as the sheets of a workbook; the same tables give the same bytes.

    Text is never a formula, whatever it begins with; what a cell cannot hold is cut.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in tables:
        _write(book.create_sheet(table.title[:_TITLE_LIMIT]), table)
    return workbook_bytes(book)


def _write(page: Worksheet, table: Table) -> None:
    top = 1
    if table.caption:
        caption = _cell(page, 1, 1)
        _put(caption, table.caption)
        caption.font = Font(bold=True, size=12)
        top = 3
    for place, column in enumerate(table.columns, start=1):
        head = page.cell(top, place, column.title)
        head.font, head.fill = Font(bold=True), _HEAD
        head.alignment = Alignment(wrap_text=True, vertical="center")
        page.column_dimensions[get_column_letter(place)].width = column.width
    for at, row in enumerate(table.rows, start=top + 1):
        for place, (value, column) in enumerate(zip(row, table.columns, strict=True), start=1):
            cell = _cell(page, at, place)
            _put(cell, value)
            cell.border = _LINE
            cell.alignment = Alignment(wrap_text=isinstance(value, str), vertical="top")
            if column.shown and not isinstance(value, str):
                cell.number_format = column.shown
    last = get_column_letter(len(table.columns))
    page.freeze_panes = f"A{top + 1}"
    page.auto_filter.ref = f"A{top}:{last}{top + len(table.rows)}"
    _set_for_print(page, top)
    if table.chart and table.rows:
        page.add_chart(_chart(page, table, table.chart, top), f"{_after(table)}{top}")


def _cell(page: Worksheet, row: int, column: int) -> Cell:
    """A cell of a page none of whose cells are merged."""
    return cast("Cell", page.cell(row, column))


def _put(cell: Cell, value: Value) -> None:
    if isinstance(value, str):
        cell.value = holdable(value) or None
        cell.data_type = "s"
    elif isinstance(value, dt.date):
        cell.value = value
        cell.number_format = "DD.MM.YYYY"
    else:
        cell.value = value


def _set_for_print(page: Worksheet, top: int) -> None:
    """A landscape page as wide as the table, the heading on every page."""
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9  # A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = f"{top}:{top}"


def _after(table: Table) -> str:
    return get_column_letter(len(table.columns) + 2)


def _chart(page: Worksheet, table: Table, chart: Chart, top: int) -> BarChart:
    bars = BarChart()
    bars.type = "bar"
    bars.title = chart.title
    bars.grouping = "stacked" if chart.stacked else "clustered"
    bars.overlap = 100 if chart.stacked else 0
    bars.gapWidth = 40
    bottom = top + len(table.rows)
    for number, place in enumerate(chart.values):
        bars.add_data(
            Reference(page, min_col=place + 1, min_row=top, max_row=bottom), titles_from_data=True
        )
        bars.series[number].graphicalProperties.solidFill = _GREYS[number % len(_GREYS)]
        bars.series[number].graphicalProperties.line.solidFill = _GREYS[0]
    bars.set_categories(Reference(page, min_col=chart.names + 1, min_row=top + 1, max_row=bottom))
    # Without these Excel hides the axes of charts that openpyxl makes.
    bars.x_axis.delete = bars.y_axis.delete = False
    bars.x_axis.scaling.orientation = "maxMin"
    bars.y_axis.majorGridlines = None
    bars.legend.position = "b"
    bars.height = max(6.0, 1.2 + 0.7 * len(table.rows))
    bars.width = 18
    return bars
