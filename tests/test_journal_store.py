from __future__ import annotations

import dataclasses
import datetime as dt
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from journal_samples import DATA, bring, folder, replaced, truth
from journal_samples import tables as sample

from docgen.core.errors import InputFault, MediumFault, UsageFault
from docgen.journal.model import ENTITIES, Lesson, Mark
from docgen.journal.store import Journal, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docgen.journal.model import ClassJournal

DAY = dt.date(2025, 9, 1)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite") as opened:
        yield opened


@pytest.fixture(scope="module")
def defects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    with Journal.open(tmp_path_factory.mktemp("defects") / "journal.sqlite") as opened:
        bring(opened, DATA / "defects-q1.zip")
        yield opened


@pytest.fixture(scope="module")
def class_7a(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    with Journal.open(tmp_path_factory.mktemp("class") / "journal.sqlite") as opened:
        bring(opened, DATA / "class-7a.xlsx")
        yield opened


def test_every_entity_has_a_table_with_its_fields(journal: Journal) -> None:
    for entity in ENTITIES:
        rows = journal.connection.execute(f"PRAGMA table_info({entity.TABLE})").fetchall()
        assert [row[1] for row in rows] == [field.name for field in dataclasses.fields(entity)]
        key = sorted((row[5], row[1]) for row in rows if row[5])
        assert tuple(name for _, name in key) == entity.KEY
    assert len(tables()) == len(ENTITIES)


def test_a_new_journal_is_readable_by_its_owner_only(journal: Journal) -> None:
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


def test_an_empty_journal_says_so(journal: Journal) -> None:
    assert journal.school() is None
    assert journal.classes() == journal.periods() == ()
    with pytest.raises(UsageFault) as caught:
        journal.class_journal("7А", "Q1")
    assert "docgen import" in caught.value.remedy


@pytest.mark.parametrize(
    "data", [b"not a data base at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_file_that_is_no_journal_is_told_in_russian(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(data)
    with pytest.raises(InputFault) as caught:
        Journal.open(path)
    assert str(path) in caught.value.where
    assert path.read_bytes() == data


def test_a_journal_another_program_holds_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same is said on a share, where nothing can be locked; nobody is told to remove it."""
    path = tmp_path / "journal.sqlite"
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **more: connect(*args, **more, timeout=0))
    with closing(connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(InputFault, match="занят") as caught:
            Journal.open(path)
    assert "сетевой папке" in caught.value.remedy
    assert "уберите" not in caught.value.remedy


def test_a_data_base_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(InputFault, match="не журнал"):
        Journal.open(path)
    assert path.read_bytes() == before


def test_a_folder_that_does_not_exist_is_told_in_russian(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="нельзя открыть"):
        Journal.open(tmp_path / "nowhere" / "journal.sqlite")


def test_a_locked_journal_is_a_fault_of_the_medium(journal: Journal, tmp_path: Path) -> None:
    package = folder(tmp_path / "package", sample())
    journal.connection.execute("PRAGMA busy_timeout = 50")
    with Journal.open(journal.path) as other, other.transaction(), pytest.raises(MediumFault):
        bring(journal, package)
    assert journal.school() is None
    assert bring(journal, package).changes > 0


def test_classes_stand_by_grade_and_periods_by_kind(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "package", sample()))
    assert [unit.class_id for unit in journal.classes()] == ["7А", "10А", "10Б"]
    assert [period.code for period in journal.periods()] == ["Q1", "H1", "Y"]


def test_a_period_has_the_classes_of_its_scheme_and_grades(
    journal: Journal, tmp_path: Path
) -> None:
    bring(journal, folder(tmp_path / "package", sample()))
    assert [unit.class_id for unit in journal.classes_of("Q1")] == ["7А"]
    assert [unit.class_id for unit in journal.classes_of("H1")] == ["10А", "10Б"]
    assert len(journal.classes_of("Y")) == 3
    with pytest.raises(UsageFault, match="Q9"):
        journal.classes_of("Q9")


@pytest.mark.parametrize("name", ["7А", "7а", "7A", " 7a "])
def test_a_class_is_found_as_people_type_it(journal: Journal, tmp_path: Path, name: str) -> None:
    bring(journal, folder(tmp_path / "package", sample()))
    assert journal.class_journal(name, "Q1").unit.class_id == "7А"


def test_pupils_without_numbers_stand_by_name_and_yo_is_ye(
    journal: Journal, tmp_path: Path
) -> None:
    bring(journal, folder(tmp_path / "package", sample()))
    pupils = journal.class_journal("7А", "Q1").pupils
    assert [pupil.student.last for pupil in pupils] == ["Ежов", "Ёлкин", "Жуков"]


def test_pupils_with_numbers_stand_by_number(journal: Journal, tmp_path: Path) -> None:
    source = sample()
    for name, number in (("Ежов", "3"), ("Ёлкин", "1"), ("Жуков", "2")):
        source["students"] = [
            line + number if name in line else line for line in source["students"]
        ]
    bring(journal, folder(tmp_path / "package", source))
    pupils = journal.class_journal("7А", "Q1").pupils
    assert [pupil.student.last for pupil in pupils] == ["Ёлкин", "Жуков", "Ежов"]


def test_a_pupil_who_left_and_came_back_stands_in_the_list_once(
    journal: Journal, tmp_path: Path
) -> None:
    source = replaced(sample(), "students", "7А;01.09.2025;;", "7А;01.09.2025;10.09.2025;")
    source["students"].append("1;Ежов;Пётр;;м;01.02.2012;7А;20.09.2025;;")
    bring(journal, folder(tmp_path / "package", source))
    pupil = journal.class_journal("7А", "Q1").pupils[0]
    assert len(journal.class_journal("7А", "Q1").pupils) == 3
    assert [stay.end for stay in pupil.stays] == [dt.date(2025, 9, 10), None]
    assert pupil.covers(DAY)
    assert not pupil.covers(dt.date(2025, 9, 15))
    assert pupil.covers(dt.date(2025, 9, 25))


def test_a_pupil_who_left_before_the_period_is_not_in_it(journal: Journal, tmp_path: Path) -> None:
    source = replaced(sample(), "students", "10А;01.09.2025;;", "10А;01.09.2024;25.05.2025;")
    bring(journal, folder(tmp_path / "package", source))
    seen = journal.class_journal("10А", "H1")
    assert seen.pupils == ()
    assert [row.student_id for row in seen.strays] == ["4"]


def test_a_group_of_two_classes_shows_each_its_own_pupils(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "package", sample()))
    for class_id, student in (("10А", "4"), ("10Б", "5")):
        seen = journal.class_journal(class_id, "H1")
        assert [group.group_id for group in seen.groups] == ["10-МАТ"]
        assert seen.groups[0].class_ids == ("10А", "10Б")
        assert {cell[3] for cell in seen.marks} == {student}
        assert seen.strays == ()


def test_groups_stand_in_the_order_of_the_curriculum(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "package", sample()))
    groups = journal.class_journal("7А", "Q1").groups
    assert [group.subject.name for group in groups] == ["Русский язык", "Математика"]
    assert groups[1].plan == {"Q1": 40}
    assert groups[1].members == ()
    assert [member.student_id for member in groups[0].members] == ["1", "2"]


def test_who_taught_and_who_should_have_are_told_apart(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "package", sample()))
    first, second, _ = journal.class_journal("7А", "Q1").lessons["7А-МАТ"]
    assert (first.planned_teacher_id, first.teacher_id, first.substituted) == ("T2", "T2", False)
    assert (second.planned_teacher_id, second.teacher_id, second.substituted) == ("T2", "T3", True)
    assert second.substitution_order == "12-к"


def test_a_mark_without_its_lesson_is_a_stray(journal: Journal, tmp_path: Path) -> None:
    source = replaced(sample(), "marks", "7А-МАТ;15.09.2025;1;3", "7А-МАТ;15.09.2025;2;3")
    bring(journal, folder(tmp_path / "package", source))
    assert [row.number for row in journal.class_journal("7А", "Q1").strays] == [2]
    (stray,) = journal.strays()
    assert (stray.field, stray.value) == ("lesson", "15.09.2025, урок 2")


def test_rows_know_their_address(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "package", sample()))
    seen = journal.class_journal("7А", "Q1")
    lesson = seen.lessons["7А-МАТ"][1]
    assert seen.address(lesson) == journal.address(lesson) == "package/lessons.csv, строка 3"


def test_the_digest_follows_the_content_and_not_the_address(
    journal: Journal, tmp_path: Path
) -> None:
    source = sample()
    bring(journal, folder(tmp_path / "one", source))
    first = journal.digest("7А", "Q1")
    source["marks"][1:] = reversed(source["marks"][1:])
    source["marks"][5:7] = reversed(source["marks"][5:7])  # two marks of one cell keep their order
    source = replaced(source, "manifest", "2025-10-25", "2025-10-26")
    bring(journal, folder(tmp_path / "two", source))
    assert journal.digest("7А", "Q1") == first


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("marks", "1;3;3;ОТ", "1;3;4;ОТ"),
        ("lessons", "Проценты", "Проценты и доли"),
        ("attendance", ";Б;", ";Н;"),
        ("final_marks", "2;МАТ;Q1;4", "2;МАТ;Q1;3"),
        ("students", "Жуков", "Жуков-Лесной"),
        ("staff", "Кленов", "Клёнов"),
        ("school", "Ольховская", "Новоольховская"),
        ("groups", ";5;40", ";5;41"),
    ],
)
def test_the_digest_changes_with_what_stands_on_paper(
    journal: Journal, tmp_path: Path, name: str, old: str, new: str
) -> None:
    bring(journal, folder(tmp_path / "one", sample()))
    first, other = journal.digest("7А", "Q1"), journal.digest("10А", "H1")
    bring(journal, folder(tmp_path / "two", replaced(sample(), name, old, new)))
    assert journal.digest("7А", "Q1") != first
    if name in {"marks", "lessons", "attendance", "final_marks"}:
        assert journal.digest("10А", "H1") == other


def test_a_later_final_mark_leaves_the_quarter_as_it_was(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "one", sample()))
    quarter, year = journal.digest("7А", "Q1"), journal.digest("7А", "Y")
    source = sample()
    source["final_marks"].append("1;МАТ;Y;5;26.05.2026")
    bring(journal, folder(tmp_path / "two", source))
    assert journal.digest("7А", "Q1") == quarter
    assert journal.digest("7А", "Y") != year


def test_stray_references_are_exactly_the_planted_ones(defects: Journal) -> None:
    planted = [
        item for item in truth("defects-q1.truth.json")["planted"] if item["rule"] == "ST-01"
    ]
    found = sorted((type(item.row).__name__, item.value) for item in defects.strays())
    assert len(found) == len(planted) == 7
    assert found == [
        ("Attendance", "99Я-РУС"),
        ("FinalMark", "ЧЕР"),
        ("Lesson", "T999"),
        ("Lesson", "T999"),
        ("Mark", "990000"),
        ("Mark", "990001"),
        ("Mark", "990002"),
    ]
    assert all(defects.address(item.row) for item in defects.strays())


def test_the_journal_of_a_class_names_its_own_strays(defects: Journal) -> None:
    strays = {
        class_id: sorted(type(row).__name__ for row in defects.class_journal(class_id, code).strays)
        for class_id, code in (("1А", "Q1"), ("5А", "Q1"), ("9А", "Q1"), ("10А", "H1"))
    }
    assert strays == {
        "1А": [],
        "5А": ["FinalMark", "Mark"],
        "9А": ["Attendance"],
        "10А": ["Mark", "Mark"],
    }


@pytest.mark.parametrize("sheet", ["class-7a", "defects-q1"])
def test_counts_and_averages_are_those_of_the_truth(
    sheet: str, class_7a: Journal, defects: Journal
) -> None:
    journal = class_7a if sheet == "class-7a" else defects
    truths = truth(f"{sheet}.truth.json")
    for unit in journal.classes():
        code = "H1" if unit.grade >= 10 else "Q1"
        seen = journal.class_journal(unit.class_id, code)
        told = truths["classes"][unit.class_id]
        assert sum(map(len, seen.lessons.values())) == told["lessons"]
        unknown = sum(isinstance(row, Mark) for row in seen.strays)  # the truth counts them here
        assert sum(map(len, seen.marks.values())) + unknown == told["marks"]
        assert len(seen.attendance) == told["attendance"]
        _check_marks(seen, truths, code)


def _check_marks(seen: ClassJournal, truths: dict[str, dict], code: str) -> None:
    subjects = {group.group_id: group.subject.subject_id for group in seen.groups}
    values: dict[tuple[str, str], list[int]] = {}
    for (group_id, _, _, student), marks in seen.marks.items():
        row = values.setdefault((student, subjects[group_id]), [])
        for mark in marks:
            row.extend(mark.value.values if mark.value else ())
    checked = 0
    for (student, subject), row in values.items():
        told = truths["marks"][student][subject][code]
        assert len(row) == told["values"]
        if row:
            assert round(sum(row) / len(row), 4) == told["avg"]
            checked += 1
    assert checked or seen.unit.grade == 1


def test_dirt_reads_as_what_it_means(defects: Journal) -> None:
    for item in truth("defects-q1.truth.json")["dirt"]:
        if item["file"] == "lessons":
            where = ("group_id = ? AND date = ?", (item["group"], item["date"]))
            for lesson in defects.select(Lesson, *where):
                assert "\xa0" not in lesson.topic
                assert "\n" not in lesson.topic
        if item["file"] == "attendance":
            unit = item["group"].split("-")[0]
            seen = defects.class_journal(unit, "H1" if unit == "10А" else "Q1")
            kinds = [
                row.kind
                for (group, day, _, student), row in seen.attendance.items()
                if (group, day.isoformat(), student)
                == (item["group"], item["date"], item["student"])
            ]
            assert kinds
            assert None not in kinds
