"""References of the journal's rows to each other, and those that lead nowhere (ST-01)."""

from __future__ import annotations

from dataclasses import dataclass
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
    Staff,
    Student,
    Subject,
    TeachingGroup,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.journal.store import Journal


@dataclass(frozen=True, slots=True)
class Stray:
    """A reference that leads nowhere: in `row`, the field `field` names `value` (ST-01).

    `field` is "lesson" when group, date and number of a mark or an absence meet no lesson.
    """

    row: Any
    field: str
    value: str


_REFERENCES: tuple[tuple[type[Any], str, type[Any], str], ...] = (
    (Enrollment, "student_id", Student, "student_id"),
    (Enrollment, "class_id", ClassUnit, "class_id"),
    (Guardian, "student_id", Student, "student_id"),
    (ClassUnit, "class_teacher_id", Staff, "staff_id"),
    (TeachingGroup, "subject_id", Subject, "subject_id"),
    (TeachingGroup, "class_ids", ClassUnit, "class_id"),
    (TeachingGroup, "teacher_ids", Staff, "staff_id"),
    (GroupMember, "group_id", TeachingGroup, "group_id"),
    (GroupMember, "student_id", Student, "student_id"),
    (Lesson, "group_id", TeachingGroup, "group_id"),
    (Lesson, "planned_teacher_id", Staff, "staff_id"),
    (Lesson, "teacher_id", Staff, "staff_id"),
    (Mark, "group_id", TeachingGroup, "group_id"),
    (Mark, "student_id", Student, "student_id"),
    (Mark, "set_by", Staff, "staff_id"),
    (Attendance, "group_id", TeachingGroup, "group_id"),
    (Attendance, "student_id", Student, "student_id"),
    (FinalMark, "student_id", Student, "student_id"),
    (FinalMark, "subject_id", Subject, "subject_id"),
    (Decision, "student_id", Student, "student_id"),
)


_LISTS = {"class_ids", "teacher_ids"}
"""Fields that hold several ids, separated by commas."""

_WITHOUT_LESSON = """
    group_id IN (SELECT group_id FROM groups) AND NOT EXISTS (
        SELECT 1 FROM lessons WHERE lessons.group_id = {table}.group_id
        AND lessons.date = {table}.date AND lessons.number = {table}.number)
"""


def strays(journal: Journal) -> Iterator[Stray]:
    """Find references of the journal that lead nowhere; a row tells a missing value once."""
    seen: set[tuple[Any, str]] = set()
    for entity, field, target, key in _REFERENCES:
        missing = _missing_in_lists if field in _LISTS else _missing
        for row, value in missing(journal, entity, field, target, key):
            if (row, value) not in seen:
                seen.add((row, value))
                yield Stray(row, field, value)
    for entity in (Mark, Attendance):
        for row in journal.select(entity, _WITHOUT_LESSON.format(table=entity.TABLE)):
            yield Stray(row, "lesson", f"{row.date:%d.%m.%Y}, урок {row.number}")


def _missing(
    journal: Journal, entity: type[Any], field: str, target: type[Any], key: str
) -> Iterator[tuple[Any, str]]:
    nowhere = f"{field} <> '' AND {field} NOT IN (SELECT {key} FROM {target.TABLE})"  # noqa: S608 - own names
    for row in journal.select(entity, nowhere):
        yield row, getattr(row, field)


def _missing_in_lists(
    journal: Journal, entity: type[Any], field: str, target: type[Any], key: str
) -> Iterator[tuple[Any, str]]:
    known = {getattr(row, key) for row in journal.select(target)}
    for row in journal.select(entity):
        for value in getattr(row, field).split(","):
            if value and value not in known:
                yield row, value
