"""Who learns what and when: groups, their hours, the lessons a pupil attended.

A journal has many cells and few doubtful ones, so rules walk the marks and absences that exist
and ask here only about what looks wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docgen.journal.codes import AttendanceCode, Grading

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from docgen.journal.model import ClassJournal, Group, Lesson, Pupil
    from docgen.journal.preflight.norms import CheckNorms


def learns(group: Group, pupil: Pupil, day: dt.date) -> bool:
    """Whether the pupil is in the class and in the group on that day."""
    return pupil.covers(day) and (
        not group.members
        or any(
            member.student_id == pupil.student_id and member.covers(day) for member in group.members
        )
    )


def present(journal: ClassJournal, group: Group, lesson: Lesson, pupil: Pupil) -> bool:
    """Whether the pupil took part in the lesson: neither absent nor exempt."""
    if not learns(group, pupil, lesson.date):
        return False
    row = journal.attendance.get((group.group_id, lesson.date, lesson.number, pupil.student_id))
    kind = row.kind if row else None
    return kind is None or not (kind.missed or kind is AttendanceCode.EXEMPT)


def attended(journal: ClassJournal, group: Group, pupil: Pupil) -> Iterator[Lesson]:
    """Walk the group's lessons of the period the pupil took part in, by date."""
    for lesson in journal.lessons.get(group.group_id, ()):
        if present(journal, group, lesson, pupil):
            yield lesson


def marked_groups(journal: ClassJournal, norms: CheckNorms) -> Iterator[Group]:
    """Walk the groups whose lessons are marked in numbers; grade 1 has none."""
    if journal.unit.grade >= norms.first_marked_grade:
        for group in journal.groups:
            if group.subject.grading is Grading.MARKS:
                yield group


def weekly_hours(journal: ClassJournal) -> Mapping[str, float | None]:
    """Tell the hours a week of every subject, None where no group names them.

    Subgroups of a subject may differ; the smaller number makes the milder norm for everybody.
    """
    hours: dict[str, float | None] = {}
    for group in journal.groups:
        name = group.subject.subject_id
        known = [value for value in (hours.get(name), group.hours_week) if value is not None]
        hours[name] = min(known, default=None)
    return hours


def unnumbered(lessons: Iterable[Lesson]) -> str:
    """Say in Russian that lessons lack their number in the day; "" when none does.

    Sources that do not know the numbers count below 1, which tells nothing of the timetable.
    """
    known = {lesson.number >= 1 for lesson in lessons}
    if False not in known:
        return ""
    return "не у всех уроков указан номер" if True in known else "номера уроков не указаны"
