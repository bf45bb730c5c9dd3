"""A page of the journal for the terminal: columns cut into bands that fit its width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docgen.pipeline.journal_show import LessonLine, Page

_GAP = 2
"""Characters between two columns."""

_NAME_WIDTH = 24
"""Characters of a pupil's name at most, so that marks have room."""

_Column = tuple[str, tuple[str, ...]]
"""Title and cells, top down."""


@dataclass(frozen=True, slots=True)
class Band:
    """A part of the grid that fits the width: titles, rows, and which columns are numbers."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int]


def bands(page: Page, results: tuple[str, str], width: int) -> Iterator[Band]:
    """Cut the grid of a page: the names stand in every band, the results in the last one.

    A column is a lesson: day over month over the lesson's number, «?» where that is not known.
    `results` are the titles of the average and of the period's mark; `width` counts characters.
    """
    names = tuple(_shortened(pupil.name) for pupil in page.pupils)
    columns = [
        (_title(lesson), tuple(pupil.cells[place] for pupil in page.pupils))
        for place, lesson in enumerate(page.lessons)
    ]
    columns += [
        (results[0], tuple(_number(pupil.average) for pupil in page.pupils)),
        (results[1], tuple(pupil.final for pupil in page.pupils)),
    ]
    room = width - max(map(len, (*names, "Ученик")))
    for part in _cut(columns, room):
        yield Band(
            titles=("Ученик", *(title for title, _cells in part)),
            rows=tuple(zip(names, *(cells for _title, cells in part), strict=True)),
            numbers=frozenset(range(1, len(part) + 1)),
        )


def lesson_rows(page: Page) -> Iterator[tuple[str, ...]]:
    """The lessons with topics and homework, as the right page of the journal has them."""
    for lesson in page.lessons:
        yield (
            f"{lesson.date:%d.%m.%Y}",
            "?" if lesson.number is None else str(lesson.number),
            lesson.topic or "нет данных",
            lesson.homework,
            lesson.kind,
        )


def _cut(columns: Sequence[_Column], room: int) -> Iterator[Sequence[_Column]]:
    """Fill one band after the other; a column that is wider than all the room stands alone."""
    start, used = 0, 0
    for place, column in enumerate(columns):
        needed = _GAP + _width(column)
        if place > start and used + needed > room:
            yield columns[start:place]
            start, used = place, 0
        used += needed
    yield columns[start:]


def _width(column: _Column) -> int:
    title, cells = column
    return max(map(len, (*title.split("\n"), *cells)))


def _title(lesson: LessonLine) -> str:
    number = "?" if lesson.number is None else str(lesson.number)
    return f"{lesson.date:%d}\n{lesson.date:%m}\n{number}"


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 1]}…"


def _number(average: float | None) -> str:
    return "" if average is None else f"{average:.2f}".replace(".", ",")
