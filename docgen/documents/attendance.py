"""Missed days and lessons: by day for each month, and the period's summary (documents.md, 3 d)."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from docgen import russian
from docgen.documents.copy import CopyContext, blank, list_parts, parts, rows_for
from docgen.documents.roster import (
    RosterRow,
    class_roster,
    closed_cells,
    group_roster,
    name_with_note,
)
from docgen.journal.codes import AttendanceCode
from docgen.journal.model import ClassJournal
from docgen.rendering.sheet import Entry, Grid, Line, Sheet

_DAYS_PER_SHEET = 27
_REASONS = (
    AttendanceCode.ABSENT_ILL,
    AttendanceCode.ABSENT_EXCUSED,
    AttendanceCode.ABSENT_UNEXCUSED,
)


@dataclass(frozen=True, slots=True)
class Absences:
    """What one pupil missed in the period.

    `by_day` counts missed lessons by day and code; `scheduled` the pupil's own lessons by day;
    a day is missed when all of them are, and has a reason when all have the same one
    (journal.md, 4.3). Unspecified absences count as unexcused on paper until clarified (R30).
    """

    by_day: Mapping[dt.date, Counter[AttendanceCode]]
    scheduled: Mapping[dt.date, int]
    late: int

    def lessons(self, reason: AttendanceCode | None = None) -> int:
        """Missed lessons, of one reason or of all."""
        return sum(
            count
            for codes in self.by_day.values()
            for code, count in codes.items()
            if reason is None or code is reason
        )

    def days(self, reason: AttendanceCode | None = None) -> int:
        """Wholly missed days, of one reason or of all."""
        return sum(
            1
            for day, codes in self.by_day.items()
            if sum(codes.values()) == self.scheduled.get(day)
            and (reason is None or set(codes) == {reason})
        )


def absences(journal: ClassJournal) -> Mapping[str, Absences]:
    """What every pupil of the class missed in the period, by student id."""
    by_day: dict[str, dict[dt.date, Counter[AttendanceCode]]] = {}
    scheduled: dict[str, Counter[dt.date]] = {}
    late: Counter[str] = Counter()
    for group in journal.groups:
        given = Counter(lesson.date for lesson in journal.lessons.get(group.group_id, ()))
        for row in group_roster(journal, group):
            own = scheduled.setdefault(row.student.student_id, Counter())
            own.update({day: count for day, count in given.items() if row.present(day)})
    for (_group, day, _number, student_id), absence in journal.attendance.items():
        if absence.kind is AttendanceCode.LATE:
            late[student_id] += 1
        elif absence.kind is not None and absence.kind.missed:
            code = absence.kind
            if code is AttendanceCode.ABSENT_UNSPECIFIED:
                code = AttendanceCode.ABSENT_UNEXCUSED
            by_day.setdefault(student_id, {}).setdefault(day, Counter())[code] += 1
    return {
        row.student.student_id: Absences(
            by_day=by_day.get(row.student.student_id, {}),
            scheduled=scheduled.get(row.student.student_id, {}),
            late=late[row.student.student_id],
        )
        for row in class_roster(journal)
    }


def daily_sheets(journal: ClassJournal, copy: CopyContext) -> Iterator[Sheet]:
    """A sheet per month: lessons missed on each school day with the letters of their reasons."""
    missed = absences(journal)
    rows = rows_for(len(journal.pupils))
    lists = list_parts(class_roster(journal), rows)
    days = sorted({lesson.date for lessons in journal.lessons.values() for lesson in lessons})
    for _month, same in itertools.groupby(days, key=lambda day: (day.year, day.month)):
        for chunk in parts(tuple(same), _DAYS_PER_SHEET):
            for first, pupils in lists:
                yield _daily_sheet(copy, missed, chunk, first, pupils, rows)


def _daily_sheet(
    copy: CopyContext,
    missed: Mapping[str, Absences],
    days: tuple[dt.date, ...],
    first: int,
    pupils: tuple[RosterRow, ...],
    ruled: int,
) -> Sheet:
    month = f"{russian.MONTHS[days[0].month - 1]} {days[0].year}\u00a0г."
    rows = [missed[pupil.student.student_id] for pupil in pupils]
    cells = tuple(tuple(_day_cell(row.by_day.get(day)) for day in days) for row in rows)
    closed = [
        tuple(closed_cells("missed", number, pupil, days, cells[number]))
        for number, pupil in enumerate(pupils)
    ]
    names = tuple(
        (name_with_note(pupil, days, shut),) for pupil, shut in zip(pupils, closed, strict=True)
    )
    entries: tuple[Entry, ...] = (
        *copy.heading(
            f"Сведения о пропущенных уроках, {month}",
            f"Классный руководитель: {copy.class_teacher_full}",
            copy.class_teacher,
        ),
        Grid("days", (tuple(str(day.day) for day in days),)),
        Grid("order", tuple((str(first + row),) for row in range(len(pupils)))),
        Grid("names", names),
        *itertools.chain.from_iterable(closed),
        Grid("missed", cells),
        Grid("sums", tuple(_month_sums(row, days) for row in rows)),
    )
    return Sheet(
        blank=blank("attendance-daily", rows=ruled, columns=_DAYS_PER_SHEET),
        entries=entries,
        bookmark=month,
    )


def _day_cell(codes: Counter[AttendanceCode] | None) -> str:
    if not codes:
        return ""
    return " ".join(f"{count}{code.letter}" for code, count in sorted(codes.items()))


def _month_sums(row: Absences, days: tuple[dt.date, ...]) -> tuple[str, ...]:
    total: Counter[AttendanceCode] = Counter()
    for day in days:
        total.update(row.by_day.get(day, {}))
    return tuple(
        str(count) if count else ""
        for count in (total.total(), *(total[reason] for reason in _REASONS))
    )


def summary_sheets(journal: ClassJournal, copy: CopyContext) -> Iterator[Sheet]:
    """The period's summary: missed days and lessons by reason, late comings, attendance."""
    missed = absences(journal)
    roster = class_roster(journal)
    counts = {key: summary_counts(row) for key, row in missed.items()}
    sums = [sum(column) for column in zip(*counts.values(), strict=True)] or [0] * 9
    scheduled = sum(sum(row.scheduled.values()) for row in missed.values())
    lessons = sum(row.lessons() for row in missed.values())
    share = f"{100 * (1 - lessons / scheduled):.1f}".replace(".", ",") if scheduled else "–"
    rows = rows_for(len(roster))
    for first, pupils in list_parts(roster, rows):
        entries: list[Entry] = [
            *copy.heading(
                "Сводная ведомость учёта посещаемости",
                f"Классный руководитель: {copy.class_teacher_full}",
                copy.class_teacher,
            ),
            Grid("order", tuple((str(first + row),) for row in range(len(pupils)))),
            Grid("names", tuple((pupil.full_name,) for pupil in pupils)),
            Grid(
                "counts",
                tuple(
                    tuple(str(count) if count else "–" for count in counts[row.student.student_id])
                    for row in pupils
                ),
            ),
        ]
        # The whole class's totals stand on every sheet of a long list: each is signed as it is.
        entries.append(Grid("sums", (tuple(str(count) for count in sums),)))
        entries.append(
            Line(
                "totals",
                f"Посещаемость класса: {share}\u00a0% (пропущено {lessons} из {scheduled}).",
            )
        )
        yield Sheet(
            blank=blank("attendance-summary", rows=rows),
            entries=tuple(entries),
        )


def summary_counts(row: Absences) -> tuple[int, ...]:
    """Days: all, ill, excused, unexcused; lessons: the same; late comings."""
    return (
        row.days(),
        *(row.days(reason) for reason in _REASONS),
        row.lessons(),
        *(row.lessons(reason) for reason in _REASONS),
        row.late,
    )
