"""The invented school: lawful, plausible, the same for the same seed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from docgen.core.progress import Silent
from docgen.journal.codes import AttendanceCode
from docgen.journal.demo import write_demo_package
from docgen.journal.preflight import CheckNorms, check_class, check_school, merge
from docgen.journal.sources import import_files
from docgen.journal.store import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docgen.journal.sources import ImportReport


def import_demo(folder: Path, seed: int) -> tuple[Journal, ImportReport]:
    write_demo_package(folder / "package", seed=seed)
    journal = Journal.open(folder / "journal.sqlite")
    report = import_files(
        journal,
        [folder / "package"],
        source_name=None,
        imported_at=dt.datetime(2025, 10, 27, 9, tzinfo=dt.UTC),
        progress=Silent(),
    )
    return journal, report


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    opened, _report = import_demo(tmp_path_factory.mktemp("demo"), 1)
    with opened:
        yield opened


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        write_demo_package(tmp_path / name, seed=seed)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(tmp_path / "one") != contents(tmp_path / "three")


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_it_imports_without_a_remark_and_passes_every_check(tmp_path: Path, seed: int) -> None:
    opened, report = import_demo(tmp_path, seed)
    with opened:
        assert [note.message for note in report.notes] == []
        assert {file.rejected for file in report.files} == {0}
        results = [check_school(opened, CheckNorms())] + [
            check_class(opened.class_journal(unit.class_id, period.code), CheckNorms())
            for period in opened.periods()[:4]
            for unit in opened.classes_of(period.code)
        ]
        assert [(item.where, item.message) for item in merge(results).findings] == []


def test_it_has_the_people_a_real_school_has(journal: Journal) -> None:
    marked, first = (journal.class_journal(name, "Q1") for name in ("7А", "1А"))
    names = [item.student for unit in (marked, first) for item in unit.pupils]
    assert 18 <= len(first.pupils) <= 24
    assert 18 <= len(marked.pupils) <= 24
    assert any("ё" in student.last.lower() for student in names)
    assert any("-" in student.last for student in names)
    assert any(student.middle.endswith(("оглы", "кызы")) for student in names)
    assert any(student.middle == "" for student in names)
    assert all(item.student_id in marked.guardians for item in marked.pupils)


def test_one_pupil_came_one_left_and_one_is_exempt_each_by_an_order(journal: Journal) -> None:
    marked = journal.class_journal("7А", "Q1")
    start, end = marked.period.start, marked.period.end
    (newcomer,) = (item for item in marked.pupils if not item.covers(start))
    (leaver,) = (item for item in marked.pupils if not item.covers(end))
    exempt = {final.student_id for final in marked.finals.values() if final.raw == "осв"}
    orders = {order.subject: order for order in marked.orders if order.subject}
    assert len(exempt) == 1
    for student in (newcomer.student_id, leaver.student_id, *exempt):
        assert orders[student].number
    assert leaver.student_id not in {key[0] for key in marked.finals}


def test_subjects_lessons_and_subgroups_fill_the_quarter(journal: Journal) -> None:
    marked, first = (journal.class_journal(name, "Q1") for name in ("7А", "1А"))
    assert len({group.subject.subject_id for group in marked.groups}) == 14
    assert len({group.subject.subject_id for group in first.groups}) == 8
    split = {group.subject.subject_id for group in marked.groups if group.members}
    assert split == {"АНГ", "ТРУ"}
    for unit in (marked, first):
        for group in unit.groups:
            lessons = unit.lessons[group.group_id]
            assert len(lessons) == group.plan["Q1"] == 8 * (group.hours_week or 0)
            assert len({lesson.topic for lesson in lessons}) == len(lessons)
    substituted = [
        lesson
        for unit in (marked, first)
        for lessons in unit.lessons.values()
        for lesson in lessons
        if lesson.substituted
    ]
    assert len(substituted) == 5
    assert all(lesson.substitution_order for lesson in substituted)


def test_nobody_teaches_in_two_places_at_once(journal: Journal) -> None:
    taken: set[tuple[str, dt.date, int]] = set()
    for unit in journal.classes():
        for lessons in journal.class_journal(unit.class_id, "Q1").lessons.values():
            for lesson in lessons:
                place = (lesson.teacher_id, lesson.date, lesson.number)
                assert place not in taken
                taken.add(place)


def test_the_first_grade_has_absences_and_no_marks(journal: Journal) -> None:
    first = journal.class_journal("1А", "Q1")
    assert first.marks == {}
    assert first.finals == {}
    kinds = {row.kind for row in first.attendance.values()}
    assert AttendanceCode.ABSENT_ILL in kinds


def test_contacts_cannot_belong_to_anybody(tmp_path: Path) -> None:
    write_demo_package(tmp_path)
    lines = (tmp_path / "guardians.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    for line in lines:
        cells = line.split(";")
        assert cells[12].startswith("+7 (900) 000-")
        assert cells[13].endswith("@example.com")
    assert len({line.split(";")[12] for line in lines}) == len(lines)
