"""How the journal is filled in: topics, homework, what came late, absences without a reason.

What counts as missing or late is decided by the rules of the check (LS-02, LS-03, BD-01, AT-02),
so a report and the check never tell different numbers (R25, R26, R28).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docgen.core.findings import Finding
from docgen.journal.codes import tidy
from docgen.journal.preflight.attendance import absence_without_reason
from docgen.journal.preflight.deadlines import backdated
from docgen.journal.preflight.lessons import missing_homework, missing_topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from docgen.journal.model import ClassJournal, Lesson
    from docgen.journal.preflight.norms import CheckNorms

_Key = tuple[str, str, str]


@dataclass(slots=True)
class Filling:
    """What one teacher has entered: lessons, those that lack something, lessons and marks late.

    `dated_lessons` and `dated_marks` are those whose moment of entry the journal knows: lateness
    can be told of them alone.
    """

    lessons: int = 0
    without_topic: int = 0
    without_homework: int = 0
    dated_lessons: int = 0
    late_lessons: int = 0
    marks: int = 0
    dated_marks: int = 0
    late_marks: int = 0


@dataclass(frozen=True, slots=True)
class SchoolFilling:
    """By teacher id ("" where the journal names nobody), and what no lesson of the journal has."""

    teachers: Mapping[str, Filling]
    topics_known: bool
    homework_known: bool


def filling(journals: Iterable[ClassJournal], norms: CheckNorms) -> SchoolFilling:
    """Count what teachers entered in classes; a lesson of several classes counts once."""
    table: defaultdict[str, Filling] = defaultdict(Filling)
    seen: dict[_Key, Lesson] = {}
    told: set[tuple[str, _Key]] = set()
    for journal in journals:
        own = {_key(item): item for given in journal.lessons.values() for item in given}
        for key, lesson in own.items():
            if key not in seen:
                row = table[_teacher(lesson)]
                row.lessons += 1
                row.dated_lessons += bool(lesson.entered_at)
        seen |= own
        for (group, day, number, _student), marks in journal.marks.items():
            row = table[_teacher(own[group, day.isoformat(), str(number)])]
            row.marks += len(marks)
            row.dated_marks += sum(bool(mark.set_at) for mark in marks)
        for name, key in _lacks(journal, norms):
            if key not in own or (name != "late_marks" and (name, key) in told):
                continue
            told.add((name, key))
            row = table[_teacher(own[key])]
            setattr(row, name, getattr(row, name) + 1)
    return SchoolFilling(
        table,
        topics_known=any(tidy(lesson.topic) for lesson in seen.values()),
        homework_known=any(tidy(lesson.homework) for lesson in seen.values()),
    )


def _lacks(journal: ClassJournal, norms: CheckNorms) -> Iterable[tuple[str, _Key]]:
    """Walk what the rules find: the counter it belongs to and the lesson."""
    for name, outcomes in (
        ("without_topic", missing_topic(journal, norms)),
        ("without_homework", missing_homework(journal, norms)),
        ("late", backdated(journal, norms)),
    ):
        for item in outcomes:
            if isinstance(item, Finding) and "group" in item.refs:
                refs = item.refs
                late = "late_marks" if "student" in refs else "late_lessons"
                counter = late if name == "late" else name
                yield counter, (refs["group"], refs["date"], refs["number"])


def _key(lesson: Lesson) -> _Key:
    return lesson.group_id, lesson.date.isoformat(), str(lesson.number)


def _teacher(lesson: Lesson) -> str:
    return lesson.teacher_id or lesson.planned_teacher_id


@dataclass(frozen=True, slots=True)
class Reasons:
    """Absences of a class and those among them whose reason nobody has told (R30)."""

    absences: int
    unexplained: int


def reasons(journal: ClassJournal, norms: CheckNorms) -> Reasons:
    """Count missed lessons and those without a reason."""
    missed = [row for row in journal.attendance.values() if row.kind and row.kind.missed]
    return Reasons(len(missed), len(list(absence_without_reason(journal, norms))))
