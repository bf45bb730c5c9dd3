"""A page of the journal as it was found on a sheet: its columns, pupils and filled cells."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docgen.core.findings import Finding, Severity, finding
from docgen.journal.codes import tidy
from docgen.journal.sources.grid_books import Sheet, a1
from docgen.journal.sources.grid_topics import Topic
from docgen.journal.sources.grid_values import Tokens, text_of, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.journal.sources.grid_layouts import Layout


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a page: a lesson's (`date`), a period's (`period`) or one nobody understands."""

    place: int
    head: str
    date: dt.date | None = None
    number: int | None = None
    kind: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A pupil's row of a page."""

    row: int
    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled cell of a page."""

    line: Line
    column: Column
    raw: str
    tokens: Tokens
    address: str


@dataclass(slots=True)
class Page:
    """A page of the journal as it stands on a sheet; texts are as written, "" when not there."""

    sheet: Sheet
    layout: Layout
    row: int
    subject: str = ""
    group: str = ""
    teacher: str = ""
    class_name: str = ""
    columns: list[Column] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def refuse(
        self, code: str, row: int, place: int, *, severity: Severity | None = None, **params: str
    ) -> None:
        """Note a finding about a cell; a blocking one rejects its row."""
        refs = {
            "file": self.sheet.file,
            "sheet": self.sheet.title,
            "cell": a1(row, place),
            "row": str(row + 1),
        }
        where = self.sheet.where(row, place)
        self.findings.append(finding(code, where, severity=severity, refs=refs, **params))

    def cells(self) -> Iterator[Cell]:
        """Read the filled cells of lessons and periods; dates in place of marks are findings."""
        for line in self.lines:
            for column in self.columns:
                value = self.sheet.at(line.row, column.place)
                raw = tidy(text_of(value))
                if not raw or not (column.date or column.period):
                    continue
                if isinstance(value, dt.date):
                    shown = f"{value:%d.%m.%Y}"
                    self.refuse("WS-02", line.row, column.place, date=shown)
                    continue
                if column.date:
                    found = tokens(
                        raw,
                        self.layout.letters,
                        separators=self.layout.separators,
                        pairs=self.layout.pairs,
                    )
                else:
                    found = Tokens(marks=(raw,))
                yield Cell(line, column, raw, found, a1(line.row, column.place))
