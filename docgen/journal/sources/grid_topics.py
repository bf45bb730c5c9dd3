"""The table of topics of a journal page: beside the list of pupils or below it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from docgen.journal.codes import tidy
from docgen.journal.sources.grid_values import anchor, day_month, in_year, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docgen.core.findings import Severity
    from docgen.journal.sources.grid_books import Sheet
    from docgen.journal.sources.grid_layouts import Layout

_GAP = 2
"""Empty rows a table of topics may have within."""
_REACH = 8
"""How far to the right of the date the other columns of a table of topics stand."""


class Refuse(Protocol):
    """Takes a finding about a cell: its code, row, column and parameters."""

    def __call__(
        self, code: str, row: int, place: int, *, severity: Severity | None = None, **params: str
    ) -> None:
        """Note the finding."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A row of the table of topics."""

    row: int
    place: int
    date: dt.date
    topic: str
    homework: str
    kind: str


@dataclass(frozen=True, slots=True)
class TopicsHeading:
    """The heading of a table of topics: its row and its columns, -1 for one that is not there."""

    row: int
    date: int
    topic: int
    homework: int
    kind: int


def topics_heading(sheet: Sheet, layout: Layout, rows: range) -> TopicsHeading | None:
    """Find the heading of a table of topics within rows, None when there is none."""
    dates, topics = set(map(anchor, layout.topic_date)), set(map(anchor, layout.topic))
    for row in rows:
        for place in range(len(sheet.rows[row]) if row < len(sheet.rows) else 0):
            if not says(sheet, row, place, dates):
                continue
            beside = range(place + 1, place + _REACH)
            found = [at for at in beside if says(sheet, row, at, topics)]
            if found:
                return TopicsHeading(
                    row,
                    place,
                    found[0],
                    _beside(sheet, row, beside, layout.homework),
                    _beside(sheet, row, beside, layout.work_kind),
                )
    return None


def _beside(sheet: Sheet, row: int, places: range, names: Iterable[str]) -> int:
    wanted = set(map(anchor, names))
    return next((at for at in places if says(sheet, row, at, wanted)), -1)


def says(sheet: Sheet, row: int, place: int, names: set[str]) -> bool:
    """Whether a cell holds one of the names, which are reduced by `anchor`."""
    value = sheet.at(row, place)
    return isinstance(value, str) and anchor(value) in names


def read_topics(
    sheet: Sheet, heading: TopicsHeading, end: int, year: str, refuse: Refuse
) -> list[Topic]:
    """Read the table down to `end`, a title or several empty rows.

    A row without a date continues the row above (homework of layout A). What cannot be read goes
    to `refuse`.
    """
    topics: list[Topic] = []
    empty = 0
    for row in range(heading.row + 1, end):
        value = sheet.at(row, heading.date)
        texts = [
            tidy(text_of(sheet.at(row, place))) if place >= 0 else ""
            for place in (heading.topic, heading.homework, heading.kind)
        ]
        empty = 0 if value or any(texts) else empty + 1
        if empty > _GAP:
            break
        if not value:
            if topics:
                topics[-1] = _continued(topics[-1], texts)
            continue
        told = day_month(value)
        if told is None and not any(texts):
            break  # the title of the next table
        date = in_year(*told, year) if told else None
        if told is None:
            refuse("WS-06", row, heading.date, value=tidy(text_of(value))[:60])
        elif date is None:
            shown = ".".join(f"{part:02}" for part in told if part)
            refuse("WS-01", row, heading.date, date=shown, year=year)
        else:
            topics.append(Topic(row, heading.topic, date, *texts))
    return topics


def _continued(topic: Topic, texts: list[str]) -> Topic:
    topic_text, homework, kind = (
        " ".join(filter(None, pair))
        for pair in zip((topic.topic, topic.homework, topic.kind), texts, strict=True)
    )
    return replace(topic, topic=topic_text, homework=homework, kind=kind)
