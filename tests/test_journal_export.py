from __future__ import annotations

import datetime as dt
import stat
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from journal_samples import DATA, MOMENT, Tables, bring, folder, replaced, tables

from docgen.core.errors import InputFault, UsageFault
from docgen.journal.model import (
    ENTITIES,
    Attendance,
    Enrollment,
    Lesson,
    Mark,
    RegistryRecord,
    Staff,
    Student,
)
from docgen.journal.store import Journal
from docgen.pipeline.initialise import initialise
from docgen.pipeline.journal_export import export_journal
from docgen.pipeline.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMATS = DATA / "formats"
SCHOOL = DATA.parent.parent.parent / "shared" / "data" / "school-2025-2026.zip"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    place = tmp_path / "school"
    initialise(place, MOMENT)
    return open_workspace(place)


@pytest.fixture
def again(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "again.sqlite") as journal:
        yield journal


def load(workspace: Workspace, *paths: Path) -> None:
    with Journal.open(workspace.journal_file) as journal:
        bring(journal, *paths)


def entities(journal: Journal) -> dict[str, list[tuple[Any, ...]]]:
    """Every column of every entity but where it came from."""
    return {
        entity.__name__: [
            tuple(
                getattr(row, name)
                for name in entity.__dataclass_fields__
                if name not in {"source", "cell", "exported_at"}
            )
            for row in journal.select(entity)
        ]
        for entity in ENTITIES
    }


def loses_nothing(workspace: Workspace, again: Journal, target: Path) -> None:
    export_journal(workspace, target, ())
    report = bring(again, target)
    with workspace.open_journal() as journal:
        assert entities(again) == entities(journal)
    assert report.choices[0].source.name == "package"
    assert [note.code for note in report.notes] == []


# What comes back


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("defects-q1.zip", "out"),
        ("class-7a.xlsx", "out.zip"),
        pytest.param("defects-q1.zip", "out.xlsx", marks=pytest.mark.long),
        pytest.param("class-7a.xlsx", "out.xlsx", marks=pytest.mark.long),
    ],
)
def test_a_journal_comes_back_as_it_went_out(
    workspace: Workspace, again: Journal, tmp_path: Path, name: str, target: str
) -> None:
    load(workspace, DATA / name)
    loses_nothing(workspace, again, tmp_path / target)


@pytest.mark.parametrize(
    "path",
    [
        "bars",
        "dnevnik",
        "eljur",
        "fgis",
        "layout-a.xlsx",
        "layout-b.zip",
        "oneroster-1.1.zip",
        "oneroster-1.2.zip",
        "sgo",
    ],
)
def test_what_a_foreign_journal_could_not_tell_stays_untold(
    workspace: Workspace, again: Journal, tmp_path: Path, path: str
) -> None:
    load(workspace, FORMATS / path)
    loses_nothing(workspace, again, tmp_path / "out.zip")


@pytest.mark.long
@pytest.mark.skipif(not SCHOOL.is_file(), reason="the full school lies beside the project")
def test_a_whole_school_comes_back_as_it_went_out(
    workspace: Workspace, again: Journal, tmp_path: Path
) -> None:
    load(workspace, SCHOOL)
    loses_nothing(workspace, again, tmp_path / "out.zip")


def test_an_unknown_substitute_stays_unknown(
    workspace: Workspace, again: Journal, tmp_path: Path
) -> None:
    load(
        workspace, folder(tmp_path / "in", replaced(tables(), "lessons", "T3;12-к", "нет данных;"))
    )
    loses_nothing(workspace, again, tmp_path / "out")
    unknown = [row for row in again.select(Lesson) if not row.teacher_id]
    assert [(row.planned_teacher_id, row.date.day) for row in unknown] == [("T2", 8)]


def test_lessons_of_one_day_without_numbers_keep_their_order_and_their_marks(
    workspace: Workspace, again: Journal, tmp_path: Path
) -> None:
    source = replaced(tables(), "lessons", "15.09.2025;1", "08.09.2025;нет данных")
    source = replaced(source, "lessons", "08.09.2025;1", "08.09.2025;нет данных 2")
    source = replaced(source, "marks", "08.09.2025;1", "08.09.2025;нет данных 2")
    load(workspace, folder(tmp_path / "in", source))
    loses_nothing(workspace, again, tmp_path / "out")
    day = [row for row in again.select(Lesson) if row.date.day == 8]
    assert [(row.number, row.topic) for row in day] == [(-1, "Доли"), (0, "Проценты")]
    assert {mark.number for mark in again.select(Mark) if mark.date.day == 8} == {-1}


def test_a_pupil_who_is_in_no_class_is_not_lost(
    workspace: Workspace, again: Journal, tmp_path: Path
) -> None:
    load(workspace, folder(tmp_path / "in", replaced(tables(), "students", ";7А;", ";нет данных;")))
    loses_nothing(workspace, again, tmp_path / "out")
    assert len(again.select(Student)) == 5


@pytest.mark.parametrize("target", ["out", "out.xlsx"])
def test_signs_and_formulas_come_back_as_the_text_they_were(
    workspace: Workspace, again: Journal, tmp_path: Path, target: str
) -> None:
    load(workspace, folder(tmp_path / "in", _with_formulas()))
    loses_nothing(workspace, again, tmp_path / target)
    assert "=HYPERLINK(A1)" in {row.topic for row in again.select(Lesson)}
    assert {"-", "+", "-3"} <= {mark.raw for mark in again.select(Mark)}


def _with_formulas() -> Tables:
    source = replaced(tables(), "lessons", "Дроби", "=HYPERLINK(A1)")
    source = replaced(source, "lessons", "№ 6", "+7 (900) 000-00-01")
    source = replaced(source, "lessons", "№ 7", "@упр. 5")
    for old, new in (("1;1;5;", "1;1;-;"), ("1;1;4;", "1;1;+;"), ("1;3;3;", "1;3;-3;")):
        source = replaced(source, "marks", old, new)
    return source


def test_no_spreadsheet_takes_a_value_for_a_formula(workspace: Workspace, tmp_path: Path) -> None:
    load(workspace, folder(tmp_path / "in", _with_formulas()))
    export_journal(workspace, tmp_path / "out", ())
    export_journal(workspace, tmp_path / "out.xlsx", ())
    text = (tmp_path / "out" / "lessons.csv").read_text(encoding="utf-8-sig")
    for value in ("=HYPERLINK(A1)", "+7 (900) 000-00-01", "@упр. 5"):
        assert f"; {value};" in text
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Уроки"]
    kinds = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row}
    assert kinds["=HYPERLINK(A1)"] == "s"
    assert kinds["+7 (900) 000-00-01"] == "s"


def test_what_a_workbook_cannot_hold_is_refused_and_nothing_is_left(
    workspace: Workspace, tmp_path: Path
) -> None:
    load(workspace, folder(tmp_path / "in", replaced(tables(), "lessons", "Дроби", "Дро\x07би")))
    with pytest.raises(InputFault, match="служебные знаки"):
        export_journal(workspace, tmp_path / "out.xlsx", ())
    assert not (tmp_path / "out.xlsx").exists()


# Files


@pytest.mark.parametrize("name", ["out.zip", "out.xlsx"])
def test_the_same_journal_gives_the_same_bytes(
    workspace: Workspace, tmp_path: Path, name: str
) -> None:
    load(workspace, folder(tmp_path / "in", tables()))
    export_journal(workspace, tmp_path / "one" / name, ())
    export_journal(workspace, tmp_path / "two" / name, ())
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_workbook_does_not_tell_when_it_was_written(workspace: Workspace, tmp_path: Path) -> None:
    load(workspace, folder(tmp_path / "in", tables()))
    export_journal(workspace, tmp_path / "out.xlsx", ())
    told = openpyxl.load_workbook(tmp_path / "out.xlsx").properties
    assert {told.created, told.modified} == {dt.datetime.fromisoformat("1980-01-01")}
    with zipfile.ZipFile(tmp_path / "out.xlsx") as packed:
        assert {item.date_time[0] for item in packed.infolist()} == {1980}


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_only_the_owner_may_read_the_package(
    workspace: Workspace, tmp_path: Path, name: str
) -> None:
    load(workspace, folder(tmp_path / "in", tables()))
    target = tmp_path / name
    export_journal(workspace, target, ())
    files = [target, *target.iterdir()] if target.is_dir() else [target]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files} == {0}


@pytest.mark.parametrize("name", ["out", "out.zip", "out.xlsx"])
def test_the_same_package_is_left_alone_and_another_is_never_overwritten(
    workspace: Workspace, tmp_path: Path, name: str
) -> None:
    target = tmp_path / name
    load(workspace, folder(tmp_path / "in", tables()))
    assert export_journal(workspace, target, ()).made
    assert not export_journal(workspace, target, ()).made
    load(workspace, folder(tmp_path / "in", replaced(tables(), "lessons", "Дроби", "Доли")))
    before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("out*"))
    with pytest.raises(UsageFault) as caught:
        export_journal(workspace, target, ())
    assert caught.value.remedy
    assert sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("out*")) == before


def test_a_package_of_another_kind_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    load(workspace, folder(tmp_path / "in", tables()))
    with pytest.raises(UsageFault, match=r"\.xls"):
        export_journal(workspace, tmp_path / "out.xls", ())


# Some classes


def test_one_class_takes_along_what_it_names_and_no_other_pupils(
    workspace: Workspace, again: Journal, tmp_path: Path
) -> None:
    load(workspace, DATA / "defects-q1.zip")
    export_journal(workspace, tmp_path / "out.zip", ["9а"])
    bring(again, tmp_path / "out.zip")
    with workspace.open_journal() as journal:
        first, second = journal.class_journal("9А", "Q1"), again.class_journal("9А", "Q1")
        others = {pupil.student_id for pupil in journal.class_journal("5А", "Q1").pupils}
        pupils = {row.student_id for row in journal.select(Enrollment, "class_id = '9А'")}
        assert again.digest("9А", "Q1") == journal.digest("9А", "Q1")
        assert len(again.select(Staff)) < len(journal.select(Staff))
    assert {row.student_id for row in again.select(Student)} == pupils
    assert first.pupils != ()
    assert len(first.strays) == len(second.strays)
    assert others.isdisjoint(row.subject for row in again.select(RegistryRecord))
    for entity in (Mark, Attendance):
        assert others.isdisjoint(row.student_id for row in again.select(entity))
