"""The samples: one class of the invented school in its first quarter, in both forms."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from docgen.journal.demo.school import DemoSchool
from docgen.journal.demo.tables import tables
from docgen.journal.demo.year import MARKED, PERIODS, YEAR
from docgen.journal.forms.class_form import ClassBook, Subject, Taught

if TYPE_CHECKING:
    from docgen.journal.demo.lessons import DemoGroup
    from docgen.journal.demo.people import Child
    from docgen.journal.demo.school import DemoClass


def sample_school() -> DemoSchool:
    """Make the invented school with one of its classes."""
    school = DemoSchool(random.Random(1))  # noqa: S311 - invented marks are no secret
    school.classes = [item for item in school.classes if item.class_id == MARKED]
    return school


def package_tables(school: DemoSchool) -> dict[str, Any]:
    """Write the school down as the tables of the package: by name, header and rows."""
    return {
        name: (header.split(";"), rows)
        for name, (header, rows) in tables(school).items()
        if name != "manifest"
    }


def sample_book(school: DemoSchool) -> ClassBook:
    """Write the class down as its journal of the first quarter."""
    item = school.classes[0]
    names = {code: name for code, name, *_ in school.data["subjects"]["rows"]}
    _header, missed = package_tables(school)["attendance"]
    staff = {row[0]: " ".join(row[1:4]) for row in school.data["staff"]["rows"]}
    return ClassBook(
        year=YEAR,
        class_id=item.class_id,
        period=PERIODS[0][2],
        pupils=[_name(child) for child in item.children],
        subjects=[
            Subject(
                name=names[group.subject_id],
                subgroup=group.subgroup,
                teacher=staff[group.teacher_id],
                pupils=[_name(child) for child in group.children],
                lessons=[
                    Taught(lesson.date, lesson.number, lesson.topic, lesson.homework, lesson.kind)
                    for lesson in item.lessons[group.group_id]
                ],
                cells=_cells(item, group, missed),
                finals=_finals(item, group),
            )
            for group in item.groups
        ],
    )


def _name(child: Child) -> str:
    return " ".join(filter(None, (child.last, child.first, child.middle)))


def _cells(
    item: DemoClass, group: DemoGroup, missed: list[tuple[Any, ...]]
) -> dict[tuple[int, int], str]:
    """Tell what stands by pupil and lesson: the code of an absence, then the marks."""
    lines = {child.student_id: line for line, child in enumerate(group.children)}
    places = {
        (lesson.date, lesson.number): place
        for place, lesson in enumerate(item.lessons[group.group_id])
    }
    cells: dict[tuple[int, int], list[str]] = defaultdict(list)
    for group_id, date, number, student, code, _reason in missed:
        if group_id == group.group_id:
            cells[lines[student], places[date, number]].append(code)
    for mark in item.marks:
        lesson = mark.lesson
        if lesson.group_id == group.group_id:
            place = places[lesson.date, lesson.number]
            cells[lines[mark.child.student_id], place].append(mark.raw)
    return {place: " ".join(texts) for place, texts in cells.items()}


def _finals(item: DemoClass, group: DemoGroup) -> dict[int, str]:
    lines = {child.student_id: line for line, child in enumerate(group.children)}
    return {
        lines[student]: raw
        for student, subject, raw, _day in item.finals
        if subject == group.subject_id and student in lines
    }
