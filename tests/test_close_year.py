"""The year's end: every period, both media, the next year's classes (R11, R13)."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from docgen.core.errors import Blocked, UsageFault
from docgen.core.progress import Silent
from docgen.journal.demo import write_demo_package
from docgen.journal.promotion import NextYear, next_year
from docgen.journal.sources import ImportRefused
from docgen.journal.sources.years import OtherYear
from docgen.pipeline.close_year import ClosedYear, close_year
from docgen.pipeline.imports import import_paths
from docgen.pipeline.initialise import initialise
from docgen.pipeline.order_register import register
from docgen.pipeline.school_years import note_closed, write_start
from docgen.pipeline.workspace import Workspace, open_workspace

JUNE = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
LENIENT = '[check.severity]\nFM-01 = "warning"\n'
"""The invented school has marks of the first quarter alone."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("year") / "school"
    initialise(place, JUNE)
    write_demo_package(place / "journal", seed=5)
    settings = place / "school.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("[check.severity]\n", LENIENT, 1), "utf-8"
    )
    bring(open_workspace(place), place / "journal")
    return place


@pytest.fixture
def workspace(imported: Path, tmp_path: Path) -> Workspace:
    place = tmp_path / "school"
    shutil.copytree(imported, place)
    return open_workspace(place)


def bring(workspace: Workspace, package: Path) -> list[str]:
    report = import_paths(workspace, [package], source_name=None, now=JUNE, progress=Silent())
    return [note.code for note in report.notes]


def decide(workspace: Workspace, result: str = "переведён", target: str = "") -> list[str]:
    """Let the council decide the same on every pupil who is there; their keys."""
    with workspace.open_journal() as journal, journal.transaction():
        rows = journal.connection.execute(
            "SELECT student_id FROM enrollments WHERE end IS NULL OR end = ''"
        ).fetchall()
        journal.connection.executemany(
            "INSERT OR REPLACE INTO decisions (student_id, result, protocol_no, protocol_date,"
            " order_no, order_date, target_class, source, cell)"
            " VALUES (?, ?, '5', '2026-05-27', '12-у', '2026-05-28', ?, 1, '')",
            [(student, result, target) for (student,) in rows],
        )
    return [student for (student,) in rows]


def close(workspace: Workspace, now: dt.datetime = JUNE) -> ClosedYear:
    media = [workspace.folder.parent / name for name in ("a", "b")]
    return close_year(
        workspace, media, confirmation="проверка программы", now=now, who="", progress=Silent()
    )


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    text = (folder / f"{name}.csv").read_text("utf-8-sig")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


def following(workspace: Workspace) -> NextYear:
    with workspace.open_journal() as journal:
        return next_year(journal)


def begin(workspace: Workspace) -> Path:
    """The start of the next year, as `close_year` leaves it."""
    decide(workspace)
    note_closed(workspace, "2025/2026", {}, JUNE)
    return write_start(workspace, following(workspace))


def test_a_closed_year_stands_on_both_media_and_closing_it_again_changes_nothing(
    workspace: Workspace,
) -> None:
    pupils = decide(workspace)
    day = dt.date(2025, 9, 5)
    register(workspace, "order-acts", "2025/2026", "Приказ об актах", foreign=(), today=day)
    closed = close(workspace)
    assert [order.number for order in closed.unfiled] == ["1-од"]
    assert [kept.check.period.code for kept in closed.periods] == ["Q1", "Q2", "Q3", "Q4", "Y"]
    names = {case.bag.path.name for kept in closed.periods for case in kept.cases}
    for medium in ("a", "b"):
        bags = {path.name for path in (workspace.folder.parent / medium / "bags").iterdir()}
        assert bags - {".incoming"} == names
    assert closed.audit.passed
    assert {name.split("_")[3] for name in names} >= {"q1", "q4", "y"}
    assert closed.start == workspace.folder / "years" / "2026-2027" / "start"
    moved = rows(closed.start, "students")
    assert {row["ID"] for row in moved} == set(pupils)
    assert {row["Приказ о зачислении"] for row in moved} == {"№ 12-у от 28.05.2026"}
    told = json.loads((workspace.folder / "years/2025-2026/closed.json").read_bytes())
    assert set(told["cases"]) == names

    before = {
        path: path.read_bytes()
        for path in workspace.folder.parent.rglob("*")
        if path.is_file() and "register" not in path.name
    }
    again = close(workspace, JUNE + dt.timedelta(days=2))
    assert not any(volume.made for kept in again.periods for volume in kept.volumes)
    assert {path for path, data in before.items() if path.read_bytes() != data} == set()


def test_pupils_nobody_decided_on_are_named(workspace: Workspace) -> None:
    decide(workspace)
    with workspace.open_journal() as journal, journal.transaction():
        lost = journal.connection.execute("SELECT min(student_id) FROM decisions").fetchone()[0]
        journal.connection.execute("DELETE FROM decisions WHERE student_id = ?", (lost,))
    assert [item.code for item in following(workspace).findings] == ["YR-01"]


@pytest.mark.parametrize(
    ("result", "target", "classes"),
    [
        ("переведён", "", {"2А", "8А"}),
        ("переведён условно", "", {"2А", "8А"}),
        ("переведён", "9Б", {"9Б"}),
        ("оставлен на повторное обучение", "", {"1А", "7А"}),
        ("выпущен", "", set()),
    ],
)
def test_pupils_go_where_the_council_sends_them(
    workspace: Workspace, result: str, target: str, classes: set[str]
) -> None:
    decide(workspace, result, target)
    found = following(workspace)
    assert found.findings == ()
    assert set(found.classes) == classes
    sheets = {sheet.name: sheet for sheet in found.sheets}
    place = sheets["students"].header.index("Класс")
    assert {row[place] for row in sheets["students"].rows} == classes


def test_the_next_years_files_begin_a_new_journal_and_the_old_one_is_kept(
    workspace: Workspace,
) -> None:
    start = begin(workspace)
    before = workspace.journal_file.read_bytes()
    assert "IM-31" in bring(workspace, start)
    assert (workspace.folder / "years/2025-2026/journal.sqlite").read_bytes() == before
    with workspace.open_journal() as journal:
        assert {unit.class_id for unit in journal.classes()} == {"2А", "8А"}


def test_the_old_journal_stays_when_the_new_files_are_refused(workspace: Workspace) -> None:
    path = begin(workspace) / "students.csv"
    before = workspace.journal_file.read_bytes()
    path.write_text(path.read_text("utf-8-sig").replace("01.09.2026", "31.02.2026"), "utf-8-sig")
    with pytest.raises(ImportRefused):
        bring(workspace, path.parent)
    assert workspace.journal_file.read_bytes() == before
    assert not (workspace.folder / "years/2025-2026/journal.sqlite").exists()


def test_files_of_another_year_wait_for_the_end_of_this_one(
    workspace: Workspace, tmp_path: Path
) -> None:
    other = shutil.copytree(workspace.folder / "journal", tmp_path / "other")
    for file in other.glob("*.csv"):
        text = file.read_text("utf-8-sig").replace("2026", "2027").replace("2025", "2026")
        file.write_text(text, "utf-8-sig")
    with pytest.raises(OtherYear, match="разных учебных лет") as caught:
        bring(workspace, other)
    assert "close-year" in caught.value.remedy


def test_a_year_that_goes_on_is_not_closed(workspace: Workspace) -> None:
    with pytest.raises(UsageFault, match="ещё идёт"):
        close(workspace, dt.datetime(2026, 5, 1, tzinfo=dt.UTC))


def test_a_check_that_blocks_leaves_no_trace(workspace: Workspace) -> None:
    settings = workspace.folder / "school.toml"
    settings.write_text(settings.read_text("utf-8").replace(LENIENT, "[check.severity]\n"), "utf-8")
    with pytest.raises(Blocked, match="год не закрыть") as caught:
        close(open_workspace(workspace.folder))
    assert {item.code for item in caught.value.findings} == {"FM-01"}
    assert not (workspace.folder / "volumes").exists()
    assert not (workspace.folder.parent / "a").exists()
