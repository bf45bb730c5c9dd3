"""The left page of a subject: marks and attendance (R1, R2; documents.md, 3 b)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from docgen import russian
from docgen.documents.copy import ROW_COUNTS, CopyContext, blank, hours, parts, rows_for
from docgen.documents.roster import RosterRow, closed_cells, group_roster
from docgen.journal.model import ClassJournal, FinalMark, Group, Lesson
from docgen.rendering.sheet import Entry, Grid, Line, Sheet, Span

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
    chunks = parts(lessons, copy.columns)
    for pupils in parts(roster, ROW_COUNTS[-1]):
        for number, chunk in enumerate(chunks, start=1):
            last = number == len(chunks)
            yield _sheet(journal, group, copy, teacher, chunk, pupils, roster, last=last)


def _sheet(
    journal: ClassJournal,
    group: Group,
    copy: CopyContext,
    teacher: str,
    lessons: tuple[Lesson, ...],
    pupils: tuple[RosterRow, ...],
    roster: tuple[RosterRow, ...],
    *,
    last: bool,
) -> Sheet:
    results = result_periods(journal) if last else ()
    given, plan = len(journal.lessons.get(group.group_id, ())), group.plan.get(journal.period.code)
    first_number = roster.index(pupils[0]) + 1 if pupils else 1
    entries: list[Entry] = [
        *copy.heading(subject_title(group), f"Учитель: {teacher}", teacher),
        *_months(lessons),
        Grid("days", (tuple(str(lesson.date.day) for lesson in lessons),)),
        Grid("numbers", (tuple(f"{lesson.number} ур." for lesson in lessons),)),
        Grid("kinds", (tuple(lesson.work_kind for lesson in lessons),)),
        Grid("order", tuple((str(first_number + row),) for row in range(len(pupils)))),
        Grid("names", tuple((pupil.short_name,) for pupil in pupils)),
    ]
    days = [lesson.date for lesson in lessons]
    for row, pupil in enumerate(pupils):
        entries.extend(closed_cells("marks", row, pupil, days))
    entries.append(
        Grid(
            "marks",
            tuple(
                tuple(_cell(journal, lesson, pupil.student.student_id) for lesson in lessons)
                for pupil in pupils
            ),
        )
    )
    if results:
        entries.append(Grid("result_heads", (tuple(title for _code, title in results),)))
        entries.append(
            Grid(
                "results",
                tuple(
                    tuple(
                        final_text(
                            journal.finals.get(
                                (pupil.student.student_id, group.subject.subject_id, code)
                            )
                        )
                        for code, _title in results
                    )
                    for pupil in pupils
                ),
            )
        )
    planned = f"по плану {hours(plan)}, " if plan is not None else ""
    entries.append(Line("totals", f"Дано уроков за период: {planned}фактически {given}."))
    return Sheet(
        blank=blank(
            "marks-sheet",
            rows=rows_for(min(len(journal.pupils), ROW_COUNTS[-1])),
            columns=copy.columns,
            results=len(results),
        ),
        entries=tuple(entries),
        bookmark="Отметки и посещаемость",
    )


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
        titles += [(code, title) for code, title in _RESULTS.items() if code in codes]
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


def _cell(journal: ClassJournal, lesson: Lesson, student_id: str) -> str:
    """Marks of the cell joined by spaces, then the attendance letter; "" is present without a mark."""
    key = (lesson.group_id, lesson.date, lesson.number, student_id)
    texts = [
        mark.value.raw if mark.value is not None else mark.raw
        for mark in journal.marks.get(key, ())
    ]
    absence = journal.attendance.get(key)
    if absence is not None:
        texts.append(absence.kind.letter if absence.kind is not None else absence.code)
    return " ".join(filter(None, texts))
