"""MK-05, MK-06, MK-07, MK-10: how marks follow each other over a period."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from docgen.journal.codes import Grading, SpecialMark
from docgen.journal.preflight.days import calendar_of, vacation_between
from docgen.journal.preflight.places import Skipped, report, subject_name
from docgen.journal.preflight.results import period_finals
from docgen.journal.preflight.roster import (
    attended,
    learns,
    marked_groups,
    weekly_hours,
)
from docgen.russian import date_numeric, plural

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from docgen.core.findings import Finding
    from docgen.journal.model import ClassJournal, Group, Mark, Pupil
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Outcome

_WEEK = 7
_FULL_CLASS = 25
"""Pupils of a full class (sanitary rules); a smaller group owes proportionally fewer marks."""
_BAD = 2


def long_gaps(journal: ClassJournal, norms: CheckNorms) -> Iterator[Outcome]:
    """MK-05: weeks between two marks of a pupil, with that many weeks of lessons attended.

    More days than the norm's weeks and at least as many attended lessons as the weeks' hours
    (`journal.md` 2.1, R27); the longest gap of a subject is told. Pupils who are exempt or not
    attested are left out.
    """
    groups: defaultdict[str, list[Group]] = defaultdict(list)
    for group in marked_groups(journal, norms):
        groups[group.subject.subject_id].append(group)
    pupils = {pupil.student_id: pupil for pupil in journal.pupils}
    hours = weekly_hours(journal)
    excused = {
        (final.student_id, final.subject_id)
        for final in period_finals(journal)
        if final.value and final.value.special in {SpecialMark.EXEMPT, SpecialMark.NOT_ATTESTED}
    }
    nameless = set()
    for (student, subject), days in _days_with_marks(journal).items():
        if subject not in groups or (student, subject) in excused:
            continue
        first, second = _longest_gap(days)
        if (second - first).days <= norms.gap_weeks * _WEEK:
            continue
        weekly = hours[subject]
        if weekly is None:
            nameless.add(subject)
            continue
        lessons = sum(
            first < lesson.date < second
            for group in groups[subject]
            for lesson in attended(journal, group, pupils[student])
        )
        if lessons >= norms.gap_weeks * weekly:
            yield report(
                journal,
                "MK-05",
                subject=subject,
                student=student,
                period=journal.period,
                first=date_numeric(first),
                second=date_numeric(second),
                lessons=_at_lessons(lessons),
            )
    for subject in sorted(nameless):
        name = subject_name(journal, subject)
        yield Skipped("MK-05", f"{journal.unit.class_id}, {name}: не указаны часы в неделю")


def _at_lessons(count: int) -> str:
    """Write «3 уроках», as it stands after «на»."""
    return f"{count} {plural(count, 'уроке', 'уроках', 'уроках')}"


def _days_with_marks(journal: ClassJournal) -> dict[tuple[str, str], list[dt.date]]:
    """List the days of numeric marks by (student, subject), in order."""
    subjects = {group.group_id: group.subject.subject_id for group in journal.groups}
    table: defaultdict[tuple[str, str], list[dt.date]] = defaultdict(list)
    for (group, day, _number, student), marks in journal.marks.items():
        if any(mark.value and mark.value.values for mark in marks):
            table[student, subjects[group]].append(day)
    for days in table.values():
        days.sort()
    return table


def _longest_gap(days: list[dt.date]) -> tuple[dt.date, dt.date]:
    return max(pairwise(days), key=lambda pair: pair[1] - pair[0], default=(days[0], days[0]))


def bad_mark_on_return(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """MK-06: a «2» at the first lesson after several missed ones or after a vacation."""
    calendar = calendar_of(journal)
    earlier = [item.end for item in journal.periods if item.end < journal.period.start]
    for mark in _bad_marks(journal):
        missed, last = 0, max(earlier, default=journal.period.start)
        for lesson in reversed(journal.lessons[mark.group_id]):
            if (lesson.date, lesson.number) >= (mark.date, mark.number):
                continue
            cell = (lesson.group_id, lesson.date, lesson.number, mark.student_id)
            row = journal.attendance.get(cell)
            if row is None or row.kind is None or not row.kind.missed:
                last = max(last, lesson.date)
                break
            missed += 1
        lessons = plural(missed, "пропущенного урока", "пропущенных уроков", "пропущенных уроков")
        if missed >= norms.missed_lessons:
            yield report(journal, "MK-06", mark, mark=mark.raw, what=f"{missed} {lessons}")
        elif not missed and vacation_between(calendar, last, mark.date):
            yield report(journal, "MK-06", mark, mark=mark.raw, what="каникул")


def bad_mark_not_corrected(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """MK-07: after a «2» the pupil came to several lessons and got no better mark at any."""
    groups = {group.group_id: group for group in journal.groups}
    pupils = {pupil.student_id: pupil for pupil in journal.pupils}
    for mark in _bad_marks(journal):
        pupil = pupils[mark.student_id]
        later = [
            lesson
            for lesson in attended(journal, groups[mark.group_id], pupil)
            if (lesson.date, lesson.number) > (mark.date, mark.number)
        ][: norms.lessons_to_correct]
        at = {(mark.date, mark.number), *((lesson.date, lesson.number) for lesson in later)}
        if len(later) == norms.lessons_to_correct and not any(
            max(other.value.values) > _BAD
            for when in at
            for other in journal.marks.get((mark.group_id, *when, mark.student_id), ())
            if other.value and other.value.values
        ):
            yield report(journal, "MK-07", mark, mark=mark.raw, lessons=_at_lessons(len(later)))


def _bad_marks(journal: ClassJournal) -> Iterator[Mark]:
    """Walk the marks whose numbers are all «2» or «1», in subjects with marks."""
    marked = {g.group_id for g in journal.groups if g.subject.grading is Grading.MARKS}
    for cell, marks in journal.marks.items():
        for mark in marks:
            value = mark.value
            if value and value.values and max(value.values) <= _BAD and cell[0] in marked:
                yield mark


def sparse_marks(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """MK-10: a group gets fewer marks a lesson than the norm, on the average of the period.

    The norm is that of a full class; a smaller group owes proportionally fewer.
    """
    counts: defaultdict[str, int] = defaultdict(int)
    for (group_id, *_cell), marks in journal.marks.items():
        counts[group_id] += len(marks)
    for group in marked_groups(journal, norms):
        lessons = journal.lessons.get(group.group_id, ())
        if not lessons:
            continue
        pupils = _learners(journal, group, lessons[-1].date)
        wanted = norms.marks_per_lesson * min(1, len(pupils) / _FULL_CLASS)
        density = counts[group.group_id] / len(lessons)
        if density < wanted:
            yield report(
                journal,
                "MK-10",
                subject=group.subject.subject_id,
                period=journal.period,
                group=f" ({group.subgroup})" if group.subgroup else "",
                density=f"{density:.1f}".replace(".", ","),
                wanted=f"{wanted:.1f}".replace(".", ","),
            )


def _learners(journal: ClassJournal, group: Group, day: dt.date) -> list[Pupil]:
    return [pupil for pupil in journal.pupils if learns(group, pupil, day)]
