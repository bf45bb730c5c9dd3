"""School days and days off, by the calendar and the week of a class (`journal.md` 2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docgen.journal.codes import DayKind, grade_numbers, tidy

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from docgen.journal.model import CalendarDay, ClassJournal

_SATURDAY, _SUNDAY = 6, 7
_KINDS = {
    DayKind.HOLIDAY: "праздник",
    DayKind.VACATION: "каникулы",
    DayKind.WEEKEND: "выходной",
}


def calendar_of(journal: ClassJournal) -> Mapping[dt.date, CalendarDay]:
    """Read the calendar of the class's grade; a row for some grades beats the row for all."""
    grade = journal.unit.grade
    rows = [row for row in journal.calendar if not row.grades or grade in grade_numbers(row.grades)]
    return {row.date: row for row in sorted(rows, key=lambda row: bool(row.grades))}


def day_off(journal: ClassJournal, calendar: Mapping[dt.date, CalendarDay], day: dt.date) -> str:
    """Say in Russian why no lessons are held on the day; "" for a school day.

    A day the calendar does not list follows the week: five days, or six in some classes. Without
    any calendar nobody knows about Saturdays, so only Sundays are off.
    """
    row = calendar.get(day)
    if row:
        kind = _KINDS.get(row.kind, "")
        note = tidy(row.note)
        return f"{kind} ({note})" if kind and note and note != kind else kind
    if day.isoweekday() == _SUNDAY:
        return "воскресенье"
    five_days = bool(calendar) and not journal.unit.six_day
    return "суббота" if day.isoweekday() == _SATURDAY and five_days else ""


def vacation_between(
    calendar: Mapping[dt.date, CalendarDay], before: dt.date, after: dt.date
) -> bool:
    """Whether a vacation lies between two days, neither of them counted."""
    return any(
        row.kind is DayKind.VACATION and before < day < after for day, row in calendar.items()
    )
