"""Reports saved as HTML, often named .xls: their titles, their parameters, their tables as grids.

Tolerant of the order of attributes, of tags within cells and of cells and rows nobody closed.
Tags are found by one pattern: the standard library's parser needs quadratic time on torn files and
raises AssertionError on some, and reports come from strangers' computers.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

from docgen.core.errors import InputFault
from docgen.journal.codes import tidy
from docgen.journal.sources import saved_answers
from docgen.journal.sources.rows import Part

if TYPE_CHECKING:
    from docgen.journal.sources.containers import Member

HTML_LIMIT = 8 << 20
"""Bytes of one report; a year of one pupil takes 200 KB."""
_CELLS = 500_000
"""Cells one report may have, spans unfolded."""
_SPAN = 400
"""Columns or rows one cell may span: a school year has fewer days with lessons."""

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
_TOKEN = re.compile(
    r"<(?P<end>/?)(?P<tag>[A-Za-z][A-Za-z0-9]{0,20})"
    r"(?P<attributes>\s(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*|[^<>]*)>|[^<]+|<"
)
"""A tag, a text, or a sign «less». No part reaches over the next «<», so time stays linear."""
_ATTRIBUTE = re.compile(r"([\w-]{1,40})\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)")
_ATTRIBUTES_LIMIT = 2000
_TITLES = {"h1", "h2", "h3", "h4", "h5", "h6", "title"}


@dataclass(slots=True)
class Grid:
    """A table with its spans unfolded; `number` counts the tables of the file from 1."""

    number: int
    rows: list[list[str]] = field(default_factory=list)

    @property
    def sheet(self) -> str:
        """What the table is called in addresses."""
        return f"таблица {self.number}"


@dataclass(slots=True)
class Report:
    """An HTML report: titles in their order, parameters («Класс» → «7а»), data tables."""

    file: str
    sha256: str
    titles: list[str] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    grids: list[Grid] = field(default_factory=list)

    def part(self, grid: Grid) -> Part:
        """Make the part of a table."""
        return Part(self.file, grid.sheet, self.sha256)

    def where(self, grid: Grid, row: int, column: int) -> str:
        """Address a cell for people; rows and columns count from 0."""
        return f"{self.file}, {grid.sheet}, ячейка {cell_name(row, column)}"


def cell_name(row: int, column: int) -> str:
    """Name a cell as a spreadsheet does: row 4 of column 2, from 0, is "C5"."""
    return f"{get_column_letter(column + 1)}{row + 1}"


def report(member: Member) -> Report:
    """Read an HTML report; charset from its meta tag, else UTF-8, else windows-1251.

    Raises InputFault for what cannot be decoded, is too large, or has no end of cells.
    """
    data, sha256 = saved_answers.content(member)
    declared = _CHARSET.search(data[:4096])
    text = saved_answers.decoded(data, declared[1].decode("ascii") if declared else "")
    if text is None or len(data) > HTML_LIMIT:
        why = "слишком велик" if text is not None else "кодировка не та, которая в нём названа"
        raise InputFault(
            f"Отчёт не читается: {why}.",
            where=member.address,
            remedy="Сохраните отчёт из журнала ещё раз, за меньший срок.",
        )
    reader = _Reader(Report(member.address, sha256))
    for found in _TOKEN.finditer(_without_comments(text)):
        tag = (found["tag"] or "").lower()
        if not tag:
            reader.text(html.unescape(found[0]))
        elif found["end"]:
            reader.closes(tag)
        else:
            reader.opens(tag, found["attributes"] or "")
    reader.finish()
    return reader.report


def _without_comments(text: str) -> str:
    first, *rest = text.split("<!--")
    return first + "".join(piece.partition("-->")[2] for piece in rest)


def _attributes(text: str) -> dict[str, str]:
    return {
        name.lower(): value.strip("\"'")
        for name, value in _ATTRIBUTE.findall(text[:_ATTRIBUTES_LIMIT])
    }


class _Open:
    """A table that is being read."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.text: list[str] | None = None
        self.spans = (1, 1)
        self.reserved: dict[tuple[int, int], str] = {}


class _Reader:
    """Takes tags and texts in their order and builds the report."""

    def __init__(self, found: Report) -> None:
        self.report = found
        self._tables: list[_Open] = []
        self._title: list[str] | None = None
        self._param: list[str] | None = None
        self._spans: list[bool] = []
        self._count = 0
        self._cells = 0

    def opens(self, tag: str, attributes: str) -> None:
        """Take an opening tag."""
        table = self._tables[-1] if self._tables else None
        if tag == "table":
            self._count += 1
            self._tables.append(_Open(Grid(self._count)))
        elif tag in {"td", "th", "tr"} and table:
            self._end_cell(table)
            if tag == "tr":
                table.grid.rows.append([])
            else:
                known = _attributes(attributes)
                table.text = []
                table.spans = (_span(known.get("rowspan")), _span(known.get("colspan")))
        elif tag in _TITLES:
            self._title = []
        elif tag == "span":
            own = "select" in _attributes(attributes).get("class", "").split()
            self._spans.append(own)
            if own:
                self._end_param()
                self._param = []
        elif tag in {"br", "p", "div"}:
            self.text(" ")

    def closes(self, tag: str) -> None:
        """Take a closing tag."""
        if tag == "table" and self._tables:
            self._end_table()
        elif tag in {"td", "th", "tr"} and self._tables:
            self._end_cell(self._tables[-1])
        elif tag in _TITLES and self._title is not None:
            self.report.titles.append(tidy("".join(self._title)))
            self._title = None
        elif tag == "span" and self._spans and self._spans.pop():
            self._end_param()

    def text(self, text: str) -> None:
        """Take text between tags; outside of cells, titles and parameters it does not matter."""
        if self._tables and self._tables[-1].text is not None:
            self._tables[-1].text.append(text)
        if self._title is not None:
            self._title.append(text)
        if self._param is not None:
            self._param.append(text)

    def finish(self) -> None:
        """Close what nobody closed."""
        while self._tables:
            self._end_table()
        self._end_param()

    def _end_param(self) -> None:
        if self._param is not None:
            key, _, value = tidy("".join(self._param)).partition(":")
            self.report.params.setdefault(tidy(key), tidy(value))
            self._param = None

    def _end_table(self) -> None:
        table = self._tables.pop()
        self._end_cell(table)
        if table.grid.rows:
            self.report.grids.append(table.grid)

    def _end_cell(self, table: _Open) -> None:
        """Put the open cell, with its spans, into the grid."""
        if table.text is None:
            return
        text, (down, across) = tidy("".join(table.text)), table.spans
        table.text = None
        if not table.grid.rows:
            table.grid.rows.append([])
        row, line = table.grid.rows[-1], len(table.grid.rows) - 1
        _take_reserved(table, row, line)
        self._cells += down * across
        if self._cells > _CELLS:
            raise InputFault(
                f"В таблице больше {_CELLS} ячеек: это не отчёт журнала.",
                where=self.report.file,
                remedy="Сохраните отчёт из журнала ещё раз.",
            )
        for lower in range(1, down):
            for place in range(across):
                table.reserved[line + lower, len(row) + place] = text
        row.extend([text] * across)
        _take_reserved(table, row, line)


def _take_reserved(table: _Open, row: list[str], line: int) -> None:
    """Fill in the cells that reach down from the rows above."""
    while (line, len(row)) in table.reserved:
        row.append(table.reserved.pop((line, len(row))))


def _span(text: str | None) -> int:
    return min(int(text), _SPAN) if text and text.isascii() and text.isdigit() and int(text) else 1
