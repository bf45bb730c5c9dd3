"""A part of the journal: some classes with all their rows refer to, and nothing of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docgen.journal.model import (
    Attendance,
    ClassUnit,
    Decision,
    Enrollment,
    FinalMark,
    GroupMember,
    Guardian,
    Lesson,
    Mark,
    RegistryRecord,
    Staff,
    Student,
    TeachingGroup,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from docgen.journal.export import Select
    from docgen.journal.store import Journal


def whole(journal: Journal) -> Select:
    """Take all rows of the journal."""
    return journal.select


def classes_only(journal: Journal, class_ids: Sequence[str]) -> Select:
    """Take the rows of some classes: pupils, groups, lessons and what they name.

    Pupils of other classes who learn in the same groups stay out; rows of pupils or groups nobody
    knows (ST-01) stay in. The school, calendar, periods, subjects, kinds of work are for all.
    """
    wanted = set(class_ids)
    stays = journal.select(Enrollment)
    pupils = {stay.student_id for stay in stays if stay.class_id in wanted}
    others = {stay.student_id for stay in stays} - pupils
    all_groups = journal.select(TeachingGroup)
    groups = {
        row.group_id: row for row in all_groups if not wanted.isdisjoint(row.class_ids.split(","))
    }
    foreign = {row.group_id for row in all_groups} - groups.keys()

    def ours(row: Mark | Attendance | GroupMember) -> bool:
        if row.group_id in groups:
            return row.student_id not in others
        return row.group_id not in foreign and row.student_id in pupils

    named_classes = (
        wanted
        | {name for row in groups.values() for name in row.class_ids.split(",")}
        | {stay.class_id for stay in stays if stay.student_id in pupils}
    )
    units = [unit for unit in journal.select(ClassUnit) if unit.class_id in named_classes]
    lessons = [row for row in journal.select(Lesson) if row.group_id in groups]
    marks = [row for row in journal.select(Mark) if ours(row)]
    teachers = {
        *(unit.class_teacher_id for unit in units),
        *(name for row in groups.values() for name in row.teacher_ids.split(",")),
        *(name for row in lessons for name in (row.teacher_id, row.planned_teacher_id)),
        *(mark.set_by for mark in marks),
    }
    found: Mapping[type[Any], Iterable[Any]] = {
        ClassUnit: units,
        TeachingGroup: groups.values(),
        Lesson: lessons,
        Mark: marks,
    }
    kept: Mapping[type[Any], Callable[[Any], bool]] = {
        Staff: lambda row: row.staff_id in teachers,
        GroupMember: ours,
        Attendance: ours,
        RegistryRecord: lambda row: row.subject not in others,
        **dict.fromkeys(
            (Student, Enrollment, Guardian, FinalMark, Decision),
            lambda row: row.student_id in pupils,
        ),
    }

    def select(entity: type[Any]) -> Iterable[Any]:
        if entity in found:
            return found[entity]
        keep = kept.get(entity)
        rows = journal.select(entity)
        return [row for row in rows if keep(row)] if keep else rows

    return select
