"""MK-08, MK-11: the marks of one lesson seen together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from docgen.journal.codes import tidy
from docgen.journal.preflight.places import Skipped, report
from docgen.journal.preflight.roster import learns, marked_groups, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.core.findings import Finding
    from docgen.journal.model import ClassJournal, Group, Lesson
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Outcome

_EXCELLENT = 5
_FEWEST = 5
"""Marks of a lesson that say something of the teacher; three fives of oral answers do not."""
_MOST_OF_THE_CLASS = 2 / 3


def control_work_without_mark(journal: ClassJournal, norms: CheckNorms) -> Iterator[Outcome]:
    """MK-08: a pupil wrote a control work and has no mark for it; «•» tells that it is owed.

    Who stands in two subgroups is ST-05's business.
    """
    groups = list(marked_groups(journal, norms))
    for group in groups:
        works = [
            (lesson, kind)
            for lesson in journal.lessons.get(group.group_id, ())
            if (kind := journal.work_kinds.get(tidy(lesson.work_kind))) and kind.is_control
        ]
        if works and group.subgroup and not group.members:
            name = f"{journal.unit.class_id}, {group.subject.name}"
            yield Skipped("MK-08", f"{name}: нет состава подгруппы «{group.subgroup}»")
            continue
        twins = [other for other in groups if other.subject == group.subject and other != group]
        for lesson, kind in works:
            for pupil in journal.pupils:
                cell = (group.group_id, lesson.date, lesson.number, pupil.student_id)
                marks = journal.marks.get(cell, ())
                # A mark that cannot be read is MK-01's business.
                if (
                    all(mark.value and mark.value.empty for mark in marks)
                    and present(journal, group, lesson, pupil)
                    and not any(learns(twin, pupil, lesson.date) for twin in twins)
                ):
                    yield report(journal, "MK-08", lesson, student=pupil.student_id, work=kind.name)


def all_the_same(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """MK-11: nearly the whole class has one mark at a lesson, or nearly all marks are «5»."""
    values: defaultdict[tuple[object, ...], list[tuple[int, ...]]] = defaultdict(list)
    for cell, marks in journal.marks.items():
        for mark in marks:
            if mark.value and mark.value.values:
                values[cell[:3]].append(mark.value.values)
    for group in marked_groups(journal, norms):
        for lesson in journal.lessons.get(group.group_id, ()):
            marks_given = values.get((group.group_id, lesson.date, lesson.number), [])
            if len(marks_given) < _FEWEST:
                continue
            numbers = [number for pair in marks_given for number in pair]
            fives = numbers.count(_EXCELLENT) / len(numbers)
            same = len(set(numbers)) == 1
            if (same or fives > norms.fives_share) and len(
                marks_given
            ) >= _MOST_OF_THE_CLASS * _present(journal, group, lesson):
                what = f"у всех «{numbers[0]}»" if same else f"«5» – {fives:.0%} отметок"
                yield report(journal, "MK-11", lesson, what=what, count=len(marks_given))


def _present(journal: ClassJournal, group: Group, lesson: Lesson) -> int:
    return sum(present(journal, group, lesson, pupil) for pupil in journal.pupils)
