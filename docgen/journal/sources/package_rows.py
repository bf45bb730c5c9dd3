"""How the rows of the package's tables become entities (`journal.md` 2.1)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from docgen.journal.model import (
    Enrollment,
    Lesson,
    Mark,
    RegistryRecord,
    School,
    Student,
    TeachingGroup,
)
from docgen.journal.sources.rows import Row
from docgen.journal.sources.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAN_PERIODS = ("Q1", "Q2", "Q3", "Q4", "T1", "T2", "T3", "H1", "H2")


@dataclass(slots=True)
class Reading:
    """What the rows of one package have to know of each other."""

    manifest: Mapping[str, str]
    students: dict[str, Student] = field(default_factory=dict)
    marks: Counter[tuple[Any, ...]] = field(default_factory=Counter)


Values = dict[str, Any]
Build = Callable[[Values, str, Reading], Iterator[Row]]


def entity(kind: Callable[..., Row]) -> Build:
    """Build one entity whose fields are the columns."""

    def build(row: Values, cell: str, _: Reading) -> Iterator[Row]:
        yield kind(**row, cell=cell)

    return build


def school(row: Values, cell: str, reading: Reading) -> Iterator[Row]:
    """Build the school, completed from the manifest."""
    manifest = reading.manifest
    yield School(
        school_id=manifest.get("school_id", "") or row["ogrn"] or row["inn"] or "school",
        year=manifest.get("year", ""),
        system=manifest.get("system", ""),
        exported_at=manifest.get("exported_at", ""),
        **row,
        cell=cell,
    )


def student(row: Values, cell: str, reading: Reading) -> Iterator[Row]:
    """One row is one enrolment; the pupil of several rows is told once (`journal.md` 2.1).

    A pupil who is in no class has none.
    """
    stay = {key: row.pop(key) for key in STAY}
    student = Student(**row)
    if reading.students.setdefault(student.student_id, student) != student:
        yield Student(**row, cell=cell)  # the import finds the contradiction and tells both places
    elif reading.students[student.student_id] is student:
        yield Student(**row, cell=cell)
    if stay["class_id"]:
        yield Enrollment(student_id=student.student_id, **stay, cell=cell)


STAY = ("class_id", "start", "start_order", "end", "end_order", "list_no")


def group(row: Values, cell: str, _: Reading) -> Iterator[Row]:
    """Build a group; the columns of the plan become one field."""
    plan = {code: row.pop(f"plan_{code.lower()}") for code in PLAN_PERIODS}
    told = {code: hours for code, hours in plan.items() if hours is not None}
    yield TeachingGroup(**row, plan=json.dumps(told), cell=cell)


def lesson(row: Values, cell: str, _: Reading) -> Iterator[Row]:
    """`Замена` is who really taught, `Учитель` who should have (`journal.md` 2.1, R33).

    «нет данных» says that somebody else taught and the source does not tell who.
    """
    planned, substitute = row.pop("teacher_id"), row.pop("substitute")
    taught = "" if substitute.casefold() == UNKNOWN else substitute or planned
    yield Lesson(**row, planned_teacher_id=planned, teacher_id=taught, cell=cell)


def mark(row: Values, cell: str, reading: Reading) -> Iterator[Row]:
    """Two rows of one lesson and pupil are two marks, in their order (`journal.md` 2.1)."""
    place = (row["group_id"], row["date"], row["number"], row["student_id"])
    reading.marks[place] += 1
    yield Mark(**row, seq=reading.marks[place], cell=cell)


def record(registry: str) -> Build:
    """Make the builder of a registry's records."""

    def build(row: Values, cell: str, _: Reading) -> Iterator[Row]:
        yield RegistryRecord(registry=registry, **row, cell=cell)

    return build
