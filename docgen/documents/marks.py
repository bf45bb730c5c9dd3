"""The left page of a subject: marks and attendance (R1, R2; documents.md, 3 b)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from docgen import russian
from docgen.documents.copy import CopyContext, blank, hours, list_parts, parts, rows_for
from docgen.documents.roster import RosterRow, closed_cells, group_roster, name_with_note
from docgen.journal.model import ClassJournal, FinalMark, Group, Lesson
from docgen.rendering.sheet import Entry, Grid, Line, Sheet, Span

Cells = tuple[tuple[str, ...], ...]

_RESULTS = {"Y": "Год", "EXAM": "Экзамен", "FINAL": "Итог"}


def marks_sheets(
    journal: ClassJournal, group: Group, copy: CopyContext, teacher: str
) -> Iterator[Sheet]:
    """The sheets of one group: at most `copy.columns` lessons and 40 pupils each.

    The columns of results stand on the last sheet of each list of pupils: the period's mark, and
    at the year's end the year, the exam and the final one.
    """
    lessons = journal.lessons.get(group.group_id, ())
    roster = group_roster(journal, group)
    rows = rows_for(len(journal.pupils))
    chunks = parts(lessons, copy.columns)
    for first, pupils in list_parts(roster, rows):
        for number, chunk in enumerate(chunks, start=1):
            results = result_periods(journal) if number == len(chunks) else ()
            order, names, cells = _lines(journal, chunk, first, pupils)
            yield Sheet(
                blank=blank("marks-sheet", rows=rows, columns=copy.columns, results=len(results)),
                entries=(
                    *copy.heading(subject_title(group), f"Учитель: {teacher}", teacher),
                    *_months(chunk),
                    Grid("days", (tuple(str(lesson.date.day) for lesson in chunk),)),
                    Grid("numbers", (tuple(_number(lesson) for lesson in chunk),)),
                    Grid("kinds", (tuple(lesson.work_kind for lesson in chunk),)),
                    Grid("order", order),
                    Grid("names", names),
                    *cells,
                    *_results(journal, group, pupils, results),
                    Line("totals", _given(journal, group, len(lessons))),
                ),
                bookmark="Отметки и посещаемость",
            )


def _lines(
    journal: ClassJournal, lessons: tuple[Lesson, ...], first: int, pupils: tuple[RosterRow, ...]
) -> tuple[Cells, Cells, tuple[Entry, ...]]:
    """Numbers, names and the cells of one sheet's pupils; closed cells come before the marks."""
    days = [lesson.date for lesson in lessons]
    names: list[tuple[str]] = []
    marks: list[tuple[str, ...]] = []
    closed: list[Entry] = []
    for row, pupil in enumerate(pupils):
        texts = tuple(cell_text(journal, lesson, pupil.student.student_id) for lesson in lessons)
        shut = tuple(closed_cells("marks", row, pupil, days, texts))
        names.append((name_with_note(pupil, days, shut),))
        marks.append(texts)
        closed.extend(shut)
    order = tuple((str(first + row),) for row in range(len(pupils)))
    return order, tuple(names), (*closed, Grid("marks", tuple(marks)))


def _results(
    journal: ClassJournal,
    group: Group,
    pupils: tuple[RosterRow, ...],
    results: tuple[tuple[str, str], ...],
) -> tuple[Entry, ...]:
    """The columns of results, where the sheet has them."""
    if not results:
        return ()
    subject = group.subject.subject_id
    rows = tuple(
        tuple(
            final_text(journal.finals.get((pupil.student.student_id, subject, code)))
            for code, _title in results
        )
        for pupil in pupils
    )
    return (
        Grid("result_heads", (tuple(title for _code, title in results),)),
        Grid("results", rows),
    )


def _given(journal: ClassJournal, group: Group, given: int) -> str:
    plan = group.plan.get(journal.period.code)
    planned = f"по плану {hours(plan)}, " if plan is not None else ""
    return f"Дано уроков за период: {planned}фактически {given}."


def subject_title(group: Group) -> str:
    """«Иностранный язык (английский), группа 1»."""
    return (
        f"{group.subject.name}, группа {group.subgroup}" if group.subgroup else group.subject.name
    )


def result_periods(journal: ClassJournal) -> tuple[tuple[str, str], ...]:
    """Codes and titles of the result columns: the period, and at the year's end what follows it."""
    period = journal.period
    titles = [(period.code, period.name)]
    same = [item for item in journal.periods if item.kind is period.kind]
    if same and period == max(same, key=lambda item: item.end):
        codes = {code for _student, _subject, code in journal.finals}
        titles += [
            (code, title)
            for code, title in _RESULTS.items()
            if code in codes and code != period.code
        ]
    return tuple(titles)


def final_text(mark: FinalMark | None) -> str:
    """What a result cell shows: the mark as read, or as written when it cannot be read."""
    if mark is None:
        return ""
    return mark.value.raw if mark.value is not None else mark.raw


def _months(lessons: tuple[Lesson, ...]) -> Iterator[Span]:
    column = 0
    for _key, same in itertools.groupby(
        lessons, key=lambda item: (item.date.year, item.date.month)
    ):
        days = list(same)
        month = days[0].date.month
        narrow = len(days) < 2  # noqa: PLR2004 - one column is too narrow for a month's name
        name = russian.MONTHS_SHORT[month - 1] if narrow else russian.MONTHS[month - 1]
        yield Span("months", 0, column, column + len(days) - 1, name)
        column += len(days)


def cell_text(journal: ClassJournal, lesson: Lesson, student_id: str) -> str:
    """Marks of the cell, then the attendance letter; "" is present without a mark."""
    key = (lesson.group_id, lesson.date, lesson.number, student_id)
    texts = [
        mark.value.raw if mark.value is not None else mark.raw
        for mark in journal.marks.get(key, ())
    ]
    absence = journal.attendance.get(key)
    if absence is not None:
        texts.append(absence.kind.letter if absence.kind is not None else absence.code)
    return " ".join(filter(None, texts))


def _number(lesson: Lesson) -> str:
    """«3 ур.»; nothing where the source could not know the number (below 1)."""
    return f"{lesson.number} ур." if lesson.number > 0 else ""
