"""Other classes in the formats of other systems: read back to the last mark (`journal.md` 4)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from foreign_writers import WRITERS, Page, name_of
from journal_samples import MOMENT

from docgen.core.progress import Silent
from docgen.journal.codes import tidy
from docgen.journal.demo import write_demo_package
from docgen.journal.model import (
    Attendance,
    ClassJournal,
    ClassUnit,
    FinalMark,
    Lesson,
    Mark,
    Student,
    Subject,
    TeachingGroup,
)
from docgen.journal.sources import import_files
from docgen.journal.store import Journal

FULL = Path(__file__).parent.parent.parent / "shared" / "data" / "school-2025-2026.zip"
TOPICS = {"bars", "dnevnik", "eljur", "fgis"}
SIGNS = {"bars", "dnevnik", "eljur", "fgis"}
ABSENCES = {"sgo-reports", "bars", "eljur", "fgis"}
FINALS = {"sgo-reports", "bars", "dnevnik", "eljur"}


def imported(path: Path, source: Path) -> Journal:
    journal = Journal.open(path)
    import_files(journal, [source], source_name=None, imported_at=MOMENT, progress=Silent())
    return journal


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    folder = tmp_path_factory.mktemp("demo")
    write_demo_package(folder / "package", seed=5)
    with imported(folder / "journal.sqlite", folder / "package") as journal:
        yield journal


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    with imported(tmp_path_factory.mktemp("school") / "journal.sqlite", FULL) as journal:
        yield journal


def subject(name: str) -> str:
    return re.sub(r"\W+", "", name.casefold().replace("ё", "е"))


def told(page: Page, name: str) -> dict[str, Any]:
    """What the format could carry of a class."""
    marks: Counter[Any] = Counter()
    absent: Counter[Any] = Counter()
    for pupil in page.pupils:
        for group, lesson in page.lessons(pupil.student_id):
            place = (name_of(pupil), subject(group.subject.name), lesson.date)
            for mark in page.marks(lesson, pupil.student_id):
                marks.update(values(place, mark.raw, signs=name in SIGNS))
            code = page.code(lesson, pupil.student_id)
            if code and code.missed:
                absent[place] += 1
    lessons = [one for rows in page.view.lessons.values() for one in rows]
    finals = Counter(
        (pupil, subject(group.subject.name), final)
        for person in page.pupils
        for pupil in (name_of(person),)
        for group in {g.subject.subject_id: g for g in page.view.groups}.values()
        if (final := page.final(person.student_id, group.subject.subject_id))
    )
    return {
        "marks": marks,
        "absent": absent if name in ABSENCES else None,
        "topics": {(one.date, tidy(one.topic)) for one in lessons} if name in TOPICS else None,
        "finals": finals if name in FINALS else None,
    }


def values(place: tuple[Any, ...], raw: str, *, signs: bool) -> list[tuple[Any, ...]]:
    parts = re.findall(r"\d[+-]?" if signs else r"\d", raw)
    return [(*place, part) for part in parts]


def read(journal: Journal, name: str) -> dict[str, Any]:
    people = {one.student_id: name_of(one) for one in journal.select(Student)}
    subjects = {one.subject_id: subject(one.name) for one in journal.select(Subject)}
    groups = {one.group_id: subjects[one.subject_id] for one in journal.select(TeachingGroup)}
    marks: Counter[Any] = Counter()
    for mark in journal.select(Mark):
        place = (people[mark.student_id], groups[mark.group_id], mark.date)
        marks.update(values(place, mark.raw, signs=name in SIGNS))
    absent = Counter(
        (people[row.student_id], groups[row.group_id], row.date)
        for row in journal.select(Attendance)
        if row.kind and row.kind.missed
    )
    finals = Counter(
        (people[row.student_id], subjects[row.subject_id], row.raw)
        for row in journal.select(FinalMark)
    )
    topics = {(one.date, tidy(one.topic)) for one in journal.select(Lesson)}
    return {
        "marks": marks,
        "absent": absent if name in ABSENCES else None,
        "topics": topics if name in TOPICS else None,
        "finals": finals if name in FINALS else None,
    }


def agree(view: ClassJournal, name: str, folder: Path) -> None:
    page = Page(view)
    WRITERS[name](page, folder / "answers")
    with imported(folder / "journal.sqlite", folder / "answers") as journal:
        expected, found = told(page, name), read(journal, name)
        for kind, truth in expected.items():
            if truth is not None:
                assert (kind, found[kind] - truth, truth - found[kind]) == (
                    kind,
                    type(truth)(),
                    type(truth)(),
                )
        (unit,) = journal.select(ClassUnit)
        assert (unit.class_id, unit.grade) == (view.unit.class_id, view.unit.grade)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("unit", ["1А", "7А"])
def test_a_class_of_the_invented_school_is_read_as_it_was_written(
    demo: Journal, tmp_path: Path, name: str, unit: str
) -> None:
    agree(demo.class_journal(unit, "Q1"), name, tmp_path)


@pytest.mark.long
@pytest.mark.skipif(not FULL.is_file(), reason="the whole school is not beside the project")
@pytest.mark.parametrize("name", WRITERS)
def test_every_class_and_period_of_a_school_is_read_as_it_was_written(
    school: Journal, tmp_path: Path, name: str
) -> None:
    for unit in school.classes():
        for period in school.periods():
            if period.kind is unit.scheme.kind and period.includes(unit.grade):
                folder = tmp_path / f"{unit.class_id}-{period.code}"
                folder.mkdir()
                agree(school.class_journal(unit.class_id, period.code), name, folder)
