"""What a class's volume is made from: the journal's rows as one CSV text, and its digest (BD-02).

The text is kept beside the volume, so that a later journal can be compared row by row with what
was printed. Every entity has a section: a line of field names, then its rows; the first cell of
each line names the table.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from docgen.journal.codes import PeriodKind
from docgen.journal.model import (
    Attendance,
    ClassUnit,
    Decision,
    Enrollment,
    FinalMark,
    GroupMember,
    Lesson,
    Mark,
    Period,
    School,
    Staff,
    Student,
    Subject,
    TeachingGroup,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from docgen.journal.model import ClassJournal, Group

PRINTED: tuple[type[Any], ...] = (
    School, Period, ClassUnit, Staff, Student, Enrollment, Subject, TeachingGroup, GroupMember,
    Lesson, Mark, Attendance, FinalMark, Decision,
)  # fmt: skip
"""The entities of a volume, in the order of their sections."""

Rows = dict[tuple[str, ...], dict[str, str]]
"""Rows of one table by their keys: values by field names, all as text."""

_UNPRINTED = {"source", "cell", "exported_at"}
"""Addresses and the moment of export: importing equal data again keeps the content."""


def columns(entity: type[Any]) -> tuple[str, ...]:
    """Name the fields of an entity that count as its content."""
    return tuple(item.name for item in fields(entity) if item.name not in _UNPRINTED)


def content(journal: ClassJournal) -> bytes:
    """Write down what the volume of a class and period is made from, whatever file it came from.

    Final marks count up to the journal's period, so that a later quarter changes no earlier
    volume; guardians, orders and the calendar stand in no volume.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    sections = _sections(journal)
    for entity in PRINTED:
        names = columns(entity)
        values = attrgetter(*names)
        writer.writerow((entity.TABLE, *names))
        writer.writerows((entity.TABLE, *values(row)) for row in sections[entity])
    return out.getvalue().encode()


def digest(text: bytes) -> str:
    """SHA-256, hex, of a content."""
    return hashlib.sha256(text).hexdigest()


def read_content(text: bytes) -> Mapping[type[Any], Rows]:
    """Read a content back, entity by entity; raises ValueError for what is none."""
    lines = csv.reader(io.StringIO(text.decode(), newline=""), delimiter=";", strict=True)
    found: dict[type[Any], Rows] = {entity: {} for entity in PRINTED}
    entities = {entity.TABLE: entity for entity in PRINTED}
    headers: dict[str, list[str]] = {}
    try:
        for table, *values in lines:
            if table not in headers:
                headers[table] = values
                continue
            row = dict(zip(headers[table], values, strict=True))
            found[entities[table]][tuple(row[name] for name in entities[table].KEY)] = row
    except (csv.Error, KeyError) as fault:
        raise ValueError(text[:40]) from fault
    return found


def _sections(journal: ClassJournal) -> Mapping[type[Any], Iterable[Any]]:
    ended = {item.code for item in journal.periods if item.end <= journal.period.end}
    closing = journal.period.kind is PeriodKind.YEAR
    lessons = [row for rows in journal.lessons.values() for row in rows]
    subjects = {group.subject.subject_id: group.subject for group in journal.groups}
    return {
        School: [journal.school],
        Period: [journal.period],
        ClassUnit: [journal.unit],
        Staff: _teachers(journal, lessons),
        Student: [pupil.student for pupil in journal.pupils],
        Enrollment: [stay for pupil in journal.pupils for stay in pupil.stays],
        Subject: subjects.values(),
        TeachingGroup: [_folded(group) for group in journal.groups],
        GroupMember: [member for group in journal.groups for member in group.members],
        Lesson: lessons,
        Mark: [mark for cell in sorted(journal.marks) for mark in journal.marks[cell]],
        Attendance: [journal.attendance[cell] for cell in sorted(journal.attendance)],
        FinalMark: [
            journal.finals[key]
            for key in sorted(journal.finals)
            if closing or journal.finals[key].period in ended
        ],
        Decision: [journal.decisions[name] for name in sorted(journal.decisions) if closing],
    }


def _teachers(journal: ClassJournal, lessons: Sequence[Lesson]) -> list[Staff]:
    """The people whose names stand in the volume."""
    named = {journal.unit.class_teacher_id}
    for group in journal.groups:
        named.update(group.teacher_ids)
    for lesson in lessons:
        named.update((lesson.teacher_id, lesson.planned_teacher_id))
    return [journal.staff[name] for name in sorted(named) if name in journal.staff]


def _folded(group: Group) -> TeachingGroup:
    """The group as the store holds it, its lists as text."""
    return TeachingGroup(
        group_id=group.group_id,
        class_ids=",".join(group.class_ids),
        subject_id=group.subject.subject_id,
        subgroup=group.subgroup,
        teacher_ids=",".join(group.teacher_ids),
        hours_week=group.hours_week,
        plan=json.dumps(group.plan),
    )
