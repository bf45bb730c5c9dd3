"""The one reader of journal pages in worksheets: finds the tables by their headings.

A page is a table of pupils and days, wherever it stands on its sheet, with what is written
around it: subject, class, teacher, topics. Nothing is looked for by address. Months are carried
to the right until the next one, days get their year from the school year, the list of pupils ends
at the first row without a number. Source of the contract: `journal.md` 4.6.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from docgen.core.errors import InputFault
from docgen.core.findings import Severity
from docgen.journal.codes import tidy
from docgen.journal.sources.grid_page import Column, Line, Page
from docgen.journal.sources.grid_topics import read_topics, says, topics_heading
from docgen.journal.sources.grid_values import (
    anchor,
    day_month,
    day_number,
    find_school_year,
    in_year,
    month_of,
    period_of,
    school_year_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from docgen.journal.sources.grid_books import Sheet
    from docgen.journal.sources.grid_layouts import Layout
    from docgen.journal.sources.grid_values import Value

LINES_LIMIT = 200
"""Pupils of one page; a class has some thirty."""
_HEADER_ROWS = 6
"""How far below the heading the first pupil may stand."""
_NEAR = 5
"""How far below its end a list is looked for to go on."""
_KIND_ROW = {"видработы", "видыработ", "вид"}
_LESSON_ROW = {"№урока", "номерурока", "урок"}


# Where things are


def fits(sheet: Sheet, layout: Layout) -> bool:
    """Whether a sheet shows all signs of a layout and has the heading of a list of pupils."""
    if not has_list(sheet, layout):
        return False
    texts = {anchor(value) for row in sheet.rows for value in row if isinstance(value, str)}
    return all(any(text.startswith(anchor(sign)) for text in texts) for sign in layout.signs)


def has_list(sheet: Sheet, layout: Layout) -> bool:
    """Whether a sheet has the heading of a list of pupils, however it goes on."""
    return bool(_headings(sheet, layout))


def untouched(sheet: Sheet, layout: Layout) -> bool:
    """Whether a sheet is a form nobody has begun: a list, perhaps of names, and no day or entry."""
    headings = _headings(sheet, layout)
    return bool(headings) and not any(_begun(sheet, row, name) for row, _, name in headings)


def _begun(sheet: Sheet, heading: int, name: int) -> bool:
    dated = any(day_month(value) for value in sheet.rows[heading] if value)
    return dated or any(any(cells[name + 1 :]) for cells in sheet.rows[heading + 1 :])


def _headings(sheet: Sheet, layout: Layout) -> list[tuple[int, int, int]]:
    """Find the headings of lists of pupils: row, column of numbers, column of names."""
    numbers, names = set(map(anchor, layout.number)), set(map(anchor, layout.pupil))
    found = []
    for row, cells in enumerate(sheet.rows):
        for place, value in enumerate(cells):
            if isinstance(value, str) and anchor(value) in numbers:
                beside = [at for at in (place + 1, place + 2) if says(sheet, row, at, names)]
                if beside:
                    found.append((row, place, beside[0]))
    return found


def labelled(sheet: Sheet, names: Iterable[str], rows: range) -> str:
    """Find what stands behind a label, «Класс: 9А» in one cell or «Класс» and «9А» in two."""
    return _labelled(sheet, names, rows)[0]


def label_place(sheet: Sheet, names: Iterable[str], rows: range) -> tuple[int, int]:
    """Tell row and column of what stands behind a label, (0, 0) when nothing does."""
    return _labelled(sheet, names, rows)[1]


def _labelled(sheet: Sheet, names: Iterable[str], rows: range) -> tuple[str, tuple[int, int]]:
    wanted = set(map(anchor, names))
    for row in rows:
        for place, value in enumerate(sheet.rows[row] if row < len(sheet.rows) else ()):
            if not isinstance(value, str) or not value:
                continue
            label, colon, rest = value.partition(":")
            if anchor(label) not in wanted or (anchor(value) != anchor(label) and not colon):
                continue
            if tidy(rest):
                return tidy(rest), (row, place)
            for beside in range(place + 1, place + 4):
                if text := tidy(text_of(sheet.at(row, beside))):
                    return text, (row, beside)
    return "", (0, 0)


# Reading


def school_year(sheet: Sheet, layout: Layout) -> str:
    """Tell the school year of a sheet: by its label, the layout, or dates written with a year.

    Returns "" when nothing tells it. Of dates the year most of them belong to counts.
    """
    told = find_school_year(labelled(sheet, layout.year, range(len(sheet.rows))))
    if told or layout.fixed_year:
        return told or find_school_year(layout.fixed_year)
    years: Counter[str] = Counter()
    ends = [*(row for row, _, _ in _headings(sheet, layout)), len(sheet.rows)]
    for row, end in pairwise(ends):
        values = list(sheet.rows[row])
        if heading := topics_heading(sheet, layout, range(max(row - 2, 0), end)):
            values += [sheet.at(line, heading.date) for line in range(heading.row + 1, end)]
        for value in values:
            day = day_month(value) if value else None
            if day and day[2] and day[1]:
                years[school_year_of(dt.date(day[2], day[1], 1))] += 1
    return years.most_common(1)[0][0] if years else ""


def pages(sheet: Sheet, layout: Layout, year: str) -> list[Page]:
    """Read the pages of a sheet; a table without subject, days or pupils is no page.

    Raises InputFault for a list that is longer than any class.
    """
    found, top, width = [], 0, max(map(len, sheet.rows), default=0)
    headings = _headings(sheet, layout)
    ends = [row for row, _, _ in headings[1:]] + [len(sheet.rows)]
    for (row, number, name), end in zip(headings, ends, strict=True):
        page = Page(sheet, layout, row)
        around = range(top, row + 1)
        page.class_name = labelled(sheet, layout.class_name, around)
        page.group = labelled(sheet, layout.group, around)
        page.teacher = labelled(sheet, layout.teacher, around)
        page.subject = _subject(page, top, number)
        if not page.subject:
            continue
        first = _first_line(sheet, row, number)
        top = _read_lines(page, first, number, name)
        topics = topics_heading(sheet, layout, range(max(row - 2, 0), end))
        beside = topics is not None and topics.row < first
        edge = width
        if topics and beside:
            numbered = says(sheet, topics.row, topics.date - 1, set(map(anchor, layout.number)))
            edge = topics.date - int(numbered)
        _read_columns(page, range(name + 1, edge), first, (number, name), year)
        if layout.teacher_below:
            below = range(top, min(topics.row if topics else end, top + 4))
            texts = (tidy(text_of(sheet.at(at, number))) for at in below)
            page.teacher = next(filter(None, texts), "")
        if topics:
            last = len(sheet.rows) if beside and row == headings[-1][0] else end
            page.topics = read_topics(sheet, topics, last, year, page.refuse)
        dated = any(column.date or column.period for column in page.columns)
        if page.findings or (dated and page.lines):
            found.append(page)
    return found


def _subject(page: Page, top: int, place: int) -> str:
    layout, sheet = page.layout, page.sheet
    if layout.subject_place == "sheet":
        return tidy(sheet.title)
    if layout.subject_place == "above":
        texts = (tidy(text_of(sheet.at(row, place))) for row in range(page.row - 1, top - 1, -1))
        return next(filter(None, texts), "")
    return labelled(sheet, layout.subject, range(top, page.row + 1))


def _first_line(sheet: Sheet, row: int, number: int) -> int:
    for below in range(row + 1, row + _HEADER_ROWS):
        if _whole(sheet.at(below, number)) is not None:
            return below
    return row + 1


def _whole(value: object) -> int | None:
    text = tidy(value).rstrip(".") if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None  # noqa: PLR2004


def _read_lines(page: Page, first: int, number: int, name: int) -> int:
    """Read the list down to the first row without a number; numbered empty rows are forms.

    An empty row does not end a list that goes on below it with the next number. Returns the row
    behind the list.
    """
    behind = first
    for row in range(first, len(page.sheet.rows)):
        listed = _whole(page.sheet.at(row, number))
        if listed is None:
            below = _whole(page.sheet.at(row + 1, number))
            if page.lines and below == page.lines[-1].number + 1 and not _at_all(page, row, name):
                continue
            _tell_broken_list(page, row, number, name)
            break
        if len(page.lines) == LINES_LIMIT:
            raise InputFault(
                f"В списке больше {LINES_LIMIT} строк: это не список класса.",
                where=page.sheet.where(row, number),
                remedy="Проверьте, тот ли это файл; на одной странице бывает один класс.",
            )
        page.lines.append(Line(row, listed, tidy(text_of(page.sheet.at(row, name)))))
        behind = row + 1
    return behind


def _tell_broken_list(page: Page, row: int, number: int, name: int) -> None:
    """Tell of pupils below the row that ends the list: nobody may be lost in silence."""
    if not page.lines:
        return
    wanted = range(page.lines[-1].number + 1, page.lines[-1].number + 3)
    for below in range(row, row + _NEAR):
        if _whole(page.sheet.at(below, number)) in wanted and page.sheet.at(below, name):
            page.refuse("WS-12", row, number, line=str(below + 1))
            return


def _at_all(page: Page, row: int, name: int) -> bool:
    """Whether a row of the list holds anything, left of the tables beside it."""
    return any(page.sheet.at(row, place) for place in range(name + 1))


def _read_columns(page: Page, places: range, first: int, edges: tuple[int, int], year: str) -> None:
    sheet = page.sheet
    below = range(page.row + 1, first)
    labels = {row: {anchor(text_of(sheet.at(row, at))) for at in edges} for row in below}
    kinds = [row for row in below if labels[row] & _KIND_ROW]
    numbers = [row for row in below if labels[row] & _LESSON_ROW]
    days = [row for row in below if row not in kinds and row not in numbers]
    ignored = [anchor(text) for text in page.layout.ignored]
    month: int | None = None
    for place in places:
        texts = [sheet.at(row, place) for row in (page.row, *days)]
        head = tidy(" ".join(text_of(text) for text in texts if text))
        typed = _typed_month(texts)
        own = next((found for text in texts if (found := month_of(text_of(text)))), typed)
        month = own or month
        if any(anchor(head).startswith(word) for word in ignored):
            continue
        period = period_of(head) if not own else ""
        dates = (text for text in texts if text and not (typed and isinstance(text, dt.date)))
        full = next(filter(None, map(day_month, dates)), None)
        day = next(filter(None, map(day_number, texts)), None)
        if full is None and day and month and not period:
            full = (day, month, None)
        if period or full is None:
            page.columns.append(Column(place, head, period=period))
            continue
        date = in_year(*full, year)
        if date is None:
            shown = ".".join(f"{part:02}" for part in full if part)
            page.refuse("WS-01", page.row, place, date=shown, year=year)
            continue
        kind = next((tidy(text_of(sheet.at(row, place))) for row in kinds), "")
        lesson = next((_whole(sheet.at(row, place)) for row in numbers), None)
        page.columns.append(Column(place, head, date, lesson, kind))
    _tell_strange(page)
    _tell_nameless(page)


def _typed_month(texts: Sequence[Value]) -> int | None:
    """Read a month that Excel keeps as a date: the first of «сентябрь 2025» over a day's number."""
    dated = next((text for text in texts if isinstance(text, dt.date)), None)
    return dated.month if dated and dated.day == 1 and any(map(day_number, texts)) else None


def _tell_strange(page: Page) -> None:
    """Tell of columns with entries that nobody understands; a lost day is no mere warning."""
    for column in page.columns:
        if column.date or column.period:
            continue
        filled = [line for line in page.lines if page.sheet.at(line.row, column.place)]
        if filled:
            lost_day = not column.head or day_number(column.head) or month_of(column.head)
            page.refuse(
                "WS-05",
                filled[0].row,
                column.place,
                severity=Severity.BLOCKING if lost_day else None,
                head=column.head or "пусто",
            )


def _tell_nameless(page: Page) -> None:
    """Leave out numbered rows without a name, and tell of those that hold entries."""
    named = [line for line in page.lines if line.name]
    for line in page.lines:
        if line.name:
            continue
        entry = next((item for item in page.columns if page.sheet.at(line.row, item.place)), None)
        if entry:
            page.refuse("WS-04", line.row, entry.place)
    page.lines = named
