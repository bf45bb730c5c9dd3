"""Накопляемость: how many marks pupils have, against the norm of the hours a week (R25-R27)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from docgen.journal.codes import AttendanceCode
from docgen.journal.preflight.norms import listed
from docgen.journal.preflight.roster import learns, marked_groups
from docgen.journal.statistics import last_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from docgen.journal.model import ClassJournal, Group, Period, Pupil, Subject
    from docgen.journal.preflight.norms import CheckNorms

_DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Accumulation:
    """The marks of one group in a class: of whom, how many lessons, how many marks a pupil.

    `wanted` is the norm of the whole period, None where nobody names the hours a week or the
    subject is exempt. `counts` has a number a pupil, a pair «5/4» counts once; `gap_days` is the
    longest time between two marks of one pupil, None where nobody has two.
    """

    group: Group
    lessons: int
    wanted: int | None
    counts: Mapping[str, int]
    gap_days: int | None

    @property
    def marks(self) -> int:
        """Marks of all pupils."""
        return sum(self.counts.values())

    @property
    def below(self) -> Mapping[str, int]:
        """Pupils with fewer marks than the norm, by student id."""
        wanted = self.wanted or 0
        return {student: count for student, count in self.counts.items() if count < wanted}

    @property
    def within(self) -> float | None:
        """The share of pupils who have as many as the norm, per cent; None without a norm."""
        if self.wanted is None or not self.counts:
            return None
        return 100 * (1 - len(self.below) / len(self.counts))

    @property
    def per_lesson(self) -> float | None:
        """Marks a lesson; None without lessons."""
        return self.marks / self.lessons if self.lessons else None

    @property
    def gap_weeks(self) -> int | None:
        """The longest time without a mark in whole weeks."""
        return None if self.gap_days is None else self.gap_days // _DAYS_OF_A_WEEK


def accumulation(journal: ClassJournal, norms: CheckNorms) -> Iterator[Accumulation]:
    """Count the numeric marks of every group marked in numbers, for pupils who are still there.

    Who is exempt from all lessons of a group owes no marks and is not counted.
    """
    days: defaultdict[tuple[str, str], list[dt.date]] = defaultdict(list)
    for (group_id, day, _number, student), marks in journal.marks.items():
        count = sum(bool(mark.value and mark.value.values) for mark in marks)
        days[group_id, student] += [day] * count
    for group in marked_groups(journal, norms):
        own = {
            pupil.student_id: sorted(days[group.group_id, pupil.student_id])
            for pupil in journal.pupils
            if _stays(journal, group, pupil) and not exempt(journal, group, pupil)
        }
        gaps = [
            (second - first).days for dates in own.values() for first, second in pairwise(dates)
        ]
        yield Accumulation(
            group=group,
            lessons=len(journal.lessons.get(group.group_id, ())),
            wanted=wanted(group.subject, group.hours_week, journal.period, norms),
            counts={student: len(dates) for student, dates in own.items()},
            gap_days=max(gaps, default=None),
        )


def _stays(journal: ClassJournal, group: Group, pupil: Pupil) -> bool:
    return last_day(pupil, journal.period) == journal.period.end and learns(
        group, pupil, journal.period.end
    )


def exempt(journal: ClassJournal, group: Group, pupil: Pupil) -> bool:
    """Whether the pupil is exempt from all lessons of the group, and so from its marks."""
    codes = [
        row.kind if row else None
        for lesson in journal.lessons.get(group.group_id, ())
        if learns(group, pupil, lesson.date)
        for row in [
            journal.attendance.get((group.group_id, lesson.date, lesson.number, pupil.student_id))
        ]
    ]
    return bool(codes) and set(codes) == {AttendanceCode.EXEMPT}


def wanted(
    subject: Subject, hours_week: float | None, period: Period, norms: CheckNorms
) -> int | None:
    """Marks a period of a subject with so many hours a week; None where there is no norm (R27)."""
    if hours_week is None or listed(subject, norms.marks_wanted_exempt):
        return None
    return norms.marks_for(hours_week, period.kind)


def marks_of_pupils(journal: ClassJournal) -> Mapping[str, int]:
    """Count the marks of every pupil who is in the class at the end of the period (R25)."""
    counts = {pupil.student_id: 0 for pupil in journal.pupils if pupil.covers(journal.period.end)}
    for (_group, _day, _number, student), marks in journal.marks.items():
        if student in counts:
            counts[student] += sum(bool(mark.value and mark.value.values) for mark in marks)
    return counts
