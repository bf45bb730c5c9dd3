from __future__ import annotations

import datetime as dt
import gzip
import json
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from journal_samples import DATA, bring, contents, folder, replaced, tables, zipped

from docgen.core.errors import InputFault, UsageFault
from docgen.core.findings import Severity, catalogue
from docgen.journal.model import (
    Attendance,
    Enrollment,
    FinalMark,
    GroupMember,
    Lesson,
    Mark,
    Student,
)
from docgen.journal.sources import FileReport, ImportRefused, ImportReport
from docgen.journal.store import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHOOL = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite") as opened:
        yield opened


def of(report: ImportReport, name: str) -> FileReport:
    """The report of one table of a package."""
    return next(item for item in report.files if item.file.endswith(f"{name}.csv"))


def refused(journal: Journal, package: Path) -> ImportRefused:
    """The refusal of an import that must leave the journal as it was."""
    before = contents(journal)
    with pytest.raises(ImportRefused) as caught:
        bring(journal, package)
    assert contents(journal) == before
    assert caught.value.exit_code == 3
    assert all(item.severity is Severity.BLOCKING for item in caught.value.findings)
    return caught.value


# A snapshot


def test_the_same_bytes_again_change_nothing(journal: Journal, tmp_path: Path) -> None:
    path = zipped(tmp_path / "school.zip", tables())
    first = bring(journal, path)
    before = contents(journal)
    again = bring(journal, path)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.changes == 0
    assert [item.unchanged for item in again.files] == [item.rows for item in first.files]
    assert contents(journal) == before


def test_equal_data_in_another_file_changes_no_row(journal: Journal, tmp_path: Path) -> None:
    bring(journal, zipped(tmp_path / "school.zip", tables()))
    report = bring(journal, folder(tmp_path / "package", tables()))
    assert (report.repeated, report.changes) == (False, 0)
    assert journal.address(journal.select(Mark)[0]).startswith("package/marks.csv")


def test_an_older_package_takes_the_journal_back(journal: Journal, tmp_path: Path) -> None:
    old = zipped(tmp_path / "old.zip", tables())
    new = zipped(tmp_path / "new.zip", replaced(tables(), "lessons", "Доли", "Отношения"))
    for path in (old, new, old):
        assert not bring(journal, path).repeated
    assert journal.select(Lesson)[2].topic == "Доли"


def test_new_changed_and_gone_rows_are_counted(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "one", tables()))
    source = replaced(tables(), "marks", "1;3;3;ОТ", "1;3;4;ОТ")
    del source["marks"][3]
    source["marks"].append("7А-РУС;02.09.2025;2;2;5;ОТ;1;;T3")
    report = of(bring(journal, folder(tmp_path / "two", source)), "marks")
    assert (report.accepted, report.changed, report.unchanged, report.removed) == (1, 1, 4, 1)
    assert len(journal.select(Mark)) == 6


def test_lessons_and_marks_go_only_between_the_first_and_last_lesson_of_their_group(
    journal: Journal, tmp_path: Path
) -> None:
    bring(journal, folder(tmp_path / "one", tables()))
    source = tables()
    source["lessons"] = [line for line in source["lessons"] if "15.09" not in line]
    source["lessons"] = [line for line in source["lessons"] if "10-МАТ" not in line]
    source["marks"] = source["marks"][:1]
    report = bring(journal, folder(tmp_path / "two", source))
    assert of(report, "lessons").removed == 0
    assert of(report, "marks").removed == 3
    assert [(mark.group_id, mark.date.day) for mark in journal.select(Mark)] == [
        ("10-МАТ", 3),
        ("10-МАТ", 3),
        ("7А-МАТ", 15),
    ]
    source["lessons"] = [line for line in source["lessons"] if "Доли" not in line]
    source["lessons"].append(tables()["lessons"][3])
    assert of(bring(journal, folder(tmp_path / "three", source)), "lessons").removed == 1
    assert [lesson.topic for lesson in journal.select(Lesson, "group_id = '7А-МАТ'")] == [
        "Дроби",
        "Проценты",
    ]


def test_a_package_without_a_table_says_nothing_about_it(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "one", tables()))
    source = tables()
    for name in ("marks", "attendance", "final_marks", "group_members"):
        del source[name]
    bring(journal, folder(tmp_path / "two", source))
    assert len(journal.select(Mark)) == 6
    assert len(journal.select(Attendance)) == 1
    assert len(journal.select(FinalMark)) == 2
    assert len(journal.select(GroupMember)) == 2


def test_final_marks_go_only_in_the_periods_the_package_speaks_of(
    journal: Journal, tmp_path: Path
) -> None:
    source = tables()
    source["final_marks"].append("1;МАТ;Y;5;26.05.2026")
    bring(journal, folder(tmp_path / "one", source))
    quarter = tables()
    del quarter["final_marks"][2]
    assert of(bring(journal, folder(tmp_path / "two", quarter)), "final_marks").removed == 1
    kept = [(final.student_id, final.period) for final in journal.select(FinalMark)]
    assert kept == [("1", "Q1"), ("1", "Y")]


def test_a_corrected_enrolment_replaces_the_old_one(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "one", tables()))
    source = replaced(tables(), "students", "7А;01.09.2025;;", "7А;02.09.2025;;")
    report = of(bring(journal, folder(tmp_path / "two", source)), "students")
    assert (report.accepted, report.removed, report.unchanged) == (3, 3, 2)
    assert len(journal.select(Enrollment)) == 5


def test_members_who_left_a_group_go_and_pupils_stay(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "one", tables()))
    source = tables()
    del source["group_members"][2], source["students"][3]
    source["marks"] = [line for line in source["marks"] if ";1;3;3" not in line]
    report = bring(journal, folder(tmp_path / "two", source))
    assert of(report, "group_members").removed == 1
    assert len(journal.select(Student)) == 5


def test_two_classes_brought_one_after_the_other_do_not_touch_each_other(
    journal: Journal, tmp_path: Path
) -> None:
    everything = tables()
    halves = []
    for mine in ("7А", "10"):
        half = dict(everything)
        for name in ("lessons", "marks", "attendance", "groups", "classes", "group_members"):
            head, *rows = everything[name]
            half[name] = [head, *(row for row in rows if row.startswith(mine))]
        head, *rows = everything["students"]
        half["students"] = [head, *(row for row in rows if f";{mine}" in row)]
        head, *rows = everything["final_marks"]
        half["final_marks"] = [head, *(row for row in rows if mine == "7А")]
        halves.append(half)
    for number, half in enumerate(halves):
        report = bring(journal, folder(tmp_path / f"half{number}", half))
        assert sum(item.removed for item in report.files) == 0
    assert bring(journal, folder(tmp_path / "whole", everything)).changes == 0


def test_several_paths_are_one_set(journal: Journal, tmp_path: Path) -> None:
    first = folder(tmp_path / "one", tables())
    second = folder(tmp_path / "two", tables())
    report = bring(journal, first, second)
    assert {note.code for note in report.notes} == {"IM-11"}
    assert len(journal.select(Mark)) == 6
    third = folder(tmp_path / "three", replaced(tables(), "lessons", "Доли", "Отношения"))
    with pytest.raises(ImportRefused) as caught:
        bring(journal, first, third)
    (found,) = caught.value.findings
    assert (found.code, found.params["key"]) == ("IM-05", "7А-МАТ / 2025-09-08 / 1")
    assert "one/lessons.csv, строка 3" in found.message
    assert "three/lessons.csv, строка 3" in found.message


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_packages_ends_in_the_state_of_the_last(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    states = []
    for number in range(4):
        source = tables()
        for name in ("marks", "attendance", "final_marks", "group_members", "orders"):
            head, *rows = source[name]
            source[name] = [head, *(row for row in rows if chance.random() < 0.7)]
        source = replaced(source, "lessons", "Проценты", f"Тема {number}")
        states.append(zipped(tmp_path / f"{number}.zip", source))
    chance.shuffle(states)
    with (
        Journal.open(tmp_path / "all.sqlite") as walked,
        Journal.open(tmp_path / "one.sqlite") as direct,
    ):
        for path in states:
            bring(walked, path)
        bring(direct, states[-1])
        for entity in (Lesson, Mark, Attendance, GroupMember):
            assert _plain(walked, entity) == _plain(direct, entity)


def _plain(journal: Journal, entity: type) -> list[tuple[object, ...]]:
    rows = journal.select(entity)
    return [
        tuple(getattr(row, name) for name in row.__slots__ if name not in {"source", "cell"})
        for row in rows
    ]


# All or nothing


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "said"),
    [
        ("marks", "15.09.2025;1;3", "31.02.2025;1;3", "IM-01", "31.02.2025"),
        ("marks", "15.09.2025;1;3", "15 сентября;1;3", "IM-01", "15 сентября"),
        ("students", "01.02.2012", "01.02.0212", "IM-01", "года быть не может"),
        ("marks", "КР;1,5", "КР;полтора", "IM-02", "полтора"),
        ("lessons", "15.09.2025;1;", "15.09.2025;первый;", "IM-02", "первый"),
        ("lessons", "15.09.2025;1;", "15.09.2025;1.5;", "IM-02", "целое"),
        ("periods", "полугодие;1", "пятилетка;1", "IM-03", "пятилетка"),
        ("final_marks", "2;МАТ;Q1", "2;МАТ;Q7", "IM-03", "Q7"),
        ("subjects", "NONE", "ЖЕТОНЫ", "IM-03", "ЖЕТОНЫ"),
        ("students", "Зимина;Ада;;ж", "Зимина;Ада;;?", "IM-03", "м, ж"),
        ("periods", ";1-9", ";все", "IM-03", "2-9"),
        ("marks", "15.09.2025;1;3;3", "15.09.2025;1;;3", "IM-04", "не заполнена"),
        ("students", "Зимина;Ада", ";Ада", "IM-04", "не заполнена"),
        ("marks", "15.09.2025;T2", "15.09.2025;T2;лишнее", "IM-06", "10 ячеек"),
        ("attendance", "болезни", "болезни\n7А-МАТ;08.09.2025;1;1;Н;", "IM-05", "дважды"),
        (
            "students",
            "№ по списку",
            "№ по списку\n1;Ежов;Глеб;;м;01.02.2012;7А;01.10.2025;;",
            "IM-05",
            "дважды",
        ),
    ],
)
def test_a_row_that_cannot_be_read_stops_the_whole_set(
    journal: Journal, tmp_path: Path, name: str, old: str, new: str, code: str, said: str
) -> None:
    bring(journal, folder(tmp_path / "before", tables()))
    source = replaced(tables(), name, old, new)
    refusal = refused(journal, folder(tmp_path / "package", source))
    assert {item.code for item in refusal.findings} == {code}
    found = refusal.findings[0]
    assert said in found.message
    assert found.remedy
    assert f"package/{name}.csv, строка" in found.where
    assert sum(item.rejected for item in refusal.files) == len(refusal.findings)
    assert f"{name}.csv – {len(refusal.findings)}" in refusal.message


def test_every_bad_cell_of_a_row_is_told_and_the_row_counts_once(
    journal: Journal, tmp_path: Path
) -> None:
    source = replaced(tables(), "marks", "15.09.2025;1;3;3;ОТ;1;", "32.09.2025;x;;3;ОТ;y;")
    refusal = refused(journal, folder(tmp_path / "package", source))
    assert [item.code for item in refusal.findings] == ["IM-01", "IM-02", "IM-04", "IM-02"]
    assert [item.rejected for item in refusal.files] == [1]
    columns = [item.where.split("столбец ")[1] for item in refusal.findings]
    assert columns == ["«Дата»", "«№ урока»", "«Учащийся»", "«Вес»"]


def test_thousands_of_bad_rows_are_counted_and_only_the_first_are_kept(
    journal: Journal, tmp_path: Path
) -> None:
    source = tables()
    source["marks"].extend(["7А-МАТ;99.99.2025;1;1;5;;;;"] * 5000)
    refusal = refused(journal, folder(tmp_path / "package", source))
    assert refusal.files[0].rejected == 5000
    assert len(refusal.findings) == 1000


def test_many_equal_rows_take_no_longer_than_many_rows(journal: Journal, tmp_path: Path) -> None:
    source = tables()
    source["attendance"].extend([source["attendance"][1]] * 20_000)
    began = time.process_time()
    report = of(bring(journal, folder(tmp_path / "package", source)), "attendance")
    assert time.process_time() - began < 5
    assert report.accepted == 1
    assert [note.params["count"] for note in report.notes] == ["20000"]


def test_references_that_lead_nowhere_are_no_fault_of_the_import(
    journal: Journal, tmp_path: Path
) -> None:
    source = tables()
    source["marks"].append("99Я-РУС;01.09.2025;1;777;55;ОТ;1;;T999")
    source["attendance"].append("7А-МАТ;01.09.2025;1;2;Х;")
    source["final_marks"].append("1;ЧЕР;Q1;5;")
    bring(journal, folder(tmp_path / "package", source))
    assert {item.value for item in journal.strays()} == {"99Я-РУС", "777", "T999", "ЧЕР"}


def test_an_interrupted_import_leaves_the_journal_as_it_was(
    journal: Journal, tmp_path: Path
) -> None:
    bring(journal, folder(tmp_path / "before", tables()))
    before = contents(journal)

    class Stopping:
        def track(self, items: object, *, title: str, total: int | None = None) -> Iterator[object]:
            del title, total
            for number, item in enumerate(items):
                if number == 2:
                    raise KeyboardInterrupt
                yield item

    from docgen.journal.sources import import_files  # noqa: PLC0415 - named where it is interrupted

    with pytest.raises(KeyboardInterrupt):
        import_files(
            journal,
            [DATA / "formats" / "package"],
            source_name=None,
            imported_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            progress=Stopping(),
        )
    assert contents(journal) == before
    assert bring(journal, folder(tmp_path / "again", tables())).changes == 0


# Who is meant


def test_a_teacher_named_by_a_full_name_is_found_and_told(journal: Journal, tmp_path: Path) -> None:
    source = replaced(tables(), "classes", "7;А;T2", "7;А;Клёнов Олег Петрович")
    source = replaced(source, "lessons", "T2;T3;12-к", "T2;Ивова  вера Олеговна;12-к")
    source = replaced(source, "groups", ";T2;5", ";Кленов Олег Петрович,T3;5")
    report = bring(journal, folder(tmp_path / "package", source))
    assert {note.code for note in report.notes} == {"IM-16"}
    assert journal.class_journal("7А", "Q1").unit.class_teacher_id == "T2"
    assert journal.class_journal("7А", "Q1").groups[1].teacher_ids == ("T2", "T3")
    (stray,) = journal.strays()  # two people bear this name: nobody is guessed
    assert (stray.field, stray.value) == ("teacher_id", "Ивова вера Олеговна")


@pytest.mark.parametrize("director", ["T1", "Берёзова Анна Ильинична"])
def test_the_director_is_told_by_a_full_name(
    journal: Journal, tmp_path: Path, director: str
) -> None:
    bring(
        journal, folder(tmp_path / "package", replaced(tables(), "school", ";T1", f";{director}"))
    )
    school = journal.school()
    assert school is not None
    assert school.director == "Берёзова Анна Ильинична"


# Which journal is meant


def test_another_school_or_year_is_refused(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "before", tables()))
    before = contents(journal)
    other = replaced(tables(), "school", "Ольховская", "Осиновская")
    other = replaced(other, "manifest", "SCH1", "SCH2")
    later = tables()
    for name in ("manifest", "periods"):
        later[name] = [line.replace("2025/2026", "2026/2027") for line in later[name]]
    for source, said in ((other, "разных школ"), (later, "разных учебных лет")):
        with pytest.raises(InputFault, match=said):
            bring(journal, folder(tmp_path / "package", source))
        assert contents(journal) == before


def test_a_school_that_was_renamed_is_the_same_school(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "one", tables()))
    renamed = replaced(tables(), "school", "Ольховская", "Новоольховская")
    assert bring(journal, folder(tmp_path / "two", renamed)).changes == 1


def test_a_source_nobody_has_is_a_wrong_use(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="нет"):
        bring(journal, folder(tmp_path / "package", tables()), source_name="telepathy")
    with pytest.raises(UsageFault):
        bring(journal)


def test_every_finding_of_the_import_speaks_whole_sentences() -> None:
    entries = [entry for code, entry in catalogue().items() if code.startswith("IM-")]
    assert len(entries) > 10
    for entry in entries:
        assert entry.message.endswith(".")
        assert entry.remedy.endswith(".")


# The whole school (the data stand beside the project, not in it)


@pytest.mark.skipif(not SCHOOL.is_dir(), reason="the data of the whole school are not here")
def test_a_whole_school_year_is_imported_to_the_last_row(journal: Journal) -> None:
    report = bring(journal, SCHOOL / "school-2025-2026.zip")
    truths = json.loads(gzip.decompress((SCHOOL / "school-2025-2026.truth.json.gz").read_bytes()))
    del truths["files"]["manifest"]
    rows = {item.file.split("/")[1].removesuffix(".csv"): item.accepted for item in report.files}
    assert rows == truths["files"]
    assert list(journal.strays()) == []
    _check_classes(journal, truths["classes"])
    assert bring(journal, SCHOOL / "school-2025-2026.zip").repeated


def _check_classes(journal: Journal, told: dict[str, dict[str, int]]) -> None:
    for unit in journal.classes():
        seen = journal.class_journal(unit.class_id, "Y")
        assert sum(map(len, seen.lessons.values())) == told[unit.class_id]["lessons"]
        assert sum(map(len, seen.marks.values())) == told[unit.class_id]["marks"]
        assert len(seen.attendance) == told[unit.class_id]["attendance"]
