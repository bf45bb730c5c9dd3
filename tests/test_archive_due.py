"""What is due: the right day of everything, its state, and a calendar other programs read."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from test_archive_disposal import JOURNAL, SECOND, bag, stored
from test_archive_samples import CONFIRMED, sign

from archive.copy import copy_bags
from archive.finish import finish_medium
from archive.medium import open_medium
from archive.register import Register
from cli import cli
from docgen.core.progress import Silent
from docgen.journal.demo import write_demo_package
from docgen.pipeline.calendar_file import Event, calendar_bytes
from docgen.pipeline.due import (
    State,
    due_calendar,
    due_items,
    ending_proofs,
    is_pressing,
    next_due,
)
from docgen.pipeline.holds import place_hold
from docgen.pipeline.images import BURN, IMAGE
from docgen.pipeline.imports import import_paths
from docgen.pipeline.initialise import initialise
from docgen.pipeline.school_years import note_closed
from docgen.pipeline.workspace import Workspace, class_slug, open_workspace

if TYPE_CHECKING:
    from pathlib import Path

STORED = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
DAY = STORED.date()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("due")
    initialise(place / "school", STORED)
    stored(place, place / "school" / "bundles")
    return place


@pytest.fixture
def workspace(prepared: Path, tmp_path: Path) -> Workspace:
    place = tmp_path / "place"
    shutil.copytree(prepared, place)
    register = Register(place / "school" / "register.sqlite")
    for name in "ab":
        register.take_in(open_medium(place / name))
    return open_workspace(place / "school")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("journal") / "school"
    initialise(place, STORED)
    write_demo_package(place / "journal", seed=5)
    import_paths(
        open_workspace(place), [place / "journal"], source_name=None, now=STORED, progress=Silent()
    )
    return place


def days(workspace: Workspace, on: dt.date = DAY) -> dict[str, dt.date]:
    return {item.key: item.day for item in due_items(workspace, on)}


def audited(workspace: Workspace, day: dt.date, level: str = "full", passed: bool = True) -> None:
    volume = Register(workspace.register_file).volumes()[0].volume
    Register(workspace.register_file).record_check(
        at=dt.datetime.combine(day, dt.time(9), dt.UTC),
        level=level,
        volumes=[volume],
        passed=passed,
        findings=[],
    )


def test_audits_and_new_media_are_counted_from_what_was_done(workspace: Workspace) -> None:
    first, second = Register(workspace.register_file).volumes()
    assert days(workspace) == {
        f"audit {first.volume}": dt.date(2027, 6, 20),
        f"audit {second.volume}": dt.date(2027, 6, 20),
        f"migration {first.volume}": dt.date(2031, 6, 20),
        f"migration {second.volume}": dt.date(2031, 6, 20),
        "term 2031-12-31": dt.date(2032, 1, 1),
        "term 2051-12-31": dt.date(2052, 1, 1),
    }
    audited(workspace, dt.date(2027, 2, 1), level="quick")
    audited(workspace, dt.date(2027, 2, 1), passed=False)
    assert days(workspace)[f"audit {first.volume}"] == dt.date(2027, 6, 20)
    audited(workspace, dt.date(2027, 2, 28))
    assert days(workspace)[f"audit {first.volume}"] == dt.date(2028, 2, 28)
    assert days(workspace)[f"audit {second.volume}"] == dt.date(2027, 6, 20)


def test_intervals_are_the_schools(workspace: Workspace) -> None:
    path = workspace.folder / "school.toml"
    path.write_text("[archive.calendar]\naudit_months = 8\nmigration_years = 3\n", "utf-8")
    first = Register(workspace.register_file).volumes()[0]
    found = days(open_workspace(workspace.folder))
    assert found[f"audit {first.volume}"] == dt.date(2027, 2, 20)
    assert found[f"migration {first.volume}"] == dt.date(2029, 6, 20)


def test_held_cases_are_not_due(workspace: Workspace) -> None:
    for name in (JOURNAL, SECOND):
        place_hold(workspace, name, reason="запрос суда", who="Ю", today=DAY)
    assert "term 2031-12-31" not in days(workspace)


def test_states_turn_with_the_days(workspace: Workspace) -> None:
    item = due_items(workspace, DAY)[0]
    assert item.day == dt.date(2027, 6, 20)
    states = {
        before: item.state(item.day - dt.timedelta(days=before), 30) for before in (31, 30, 0, -1)
    }
    assert states == {
        31: State.LATER, 30: State.SOON, 0: State.SOON, -1: State.OVERDUE,
    }  # fmt: skip
    assert not is_pressing([item], dt.date(2027, 5, 20), 30)
    assert is_pressing([item], dt.date(2027, 5, 21), 30)


def test_the_nearest_come_first_and_ends_of_proofs_are_among_them(workspace: Workspace) -> None:
    ends, unknown = ending_proofs(workspace, STORED)
    ((what, day),) = ends
    assert (what, unknown) == ("сертификат рабочего места", "")
    assert day > DAY
    nearest, *_ = next_due(workspace, DAY, [("x", dt.date(2026, 7, 1))])
    assert nearest.what == "кончается: x"
    assert len(next_due(workspace, DAY)) == 3
    (workspace.folder / "keys" / "workplace.pass").unlink()
    ends, unknown = ending_proofs(workspace, STORED)
    assert ends == ()
    assert unknown


def test_every_ended_period_wants_two_copies_of_every_class(imported: Path, tmp_path: Path) -> None:
    place = tmp_path / "school"
    shutil.copytree(imported, place)
    workspace = open_workspace(place)
    with workspace.open_journal() as journal:
        quarter = next(item for item in journal.periods() if item.code == "Q1")
        units = journal.classes_of("Q1")
    assert [key for key in days(workspace, quarter.end) if key.startswith("copy")] == []
    on = quarter.end + dt.timedelta(days=1)
    found = days(workspace, on)
    assert found["copy 2025/2026 Q1"] == quarter.end + dt.timedelta(days=10)
    assert found["year 2025/2026"] == dt.date(2026, 6, 30)
    media = stored(tmp_path, tmp_path / "others")
    names = [f"2025-2026_02-15_{class_slug(unit.class_id)}_q1_t5" for unit in units]
    bags = [bag(tmp_path / "own", name, dt.date(2031, 12, 31)) for name in names if name != JOURNAL]
    copy_bags(bags, media, confirm_same_device=CONFIRMED, progress=Silent(), now=STORED)
    register = Register(workspace.register_file)
    for medium in media:
        finish_medium(medium, {}, seal=sign)
        assert "copy 2025/2026 Q1" in days(workspace, on)
        register.take_in(medium)
    assert "copy 2025/2026 Q1" not in days(workspace, on)
    note_closed(workspace, "2025/2026", dict.fromkeys(names, ""), STORED)
    assert "year 2025/2026" not in days(workspace, on)
    note_closed(workspace, "2025/2026", {"2025-2026_02-15_99z_q4_t5": ""}, STORED)
    assert "year 2025/2026" in days(workspace, on)


# --- the calendar file


def unfolded(content: bytes) -> list[str]:
    """The lines of a calendar as a reader sees them (RFC 5545 3.1)."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    raw = content[:-2].split(b"\r\n")
    assert max(map(len, raw)) <= 75
    for line in raw:
        line.decode()  # no letter in two pieces
    return content[:-2].decode().replace("\r\n ", "").split("\r\n")


def value(lines: list[str], name: str) -> str:
    (text,) = [line.partition(":")[2] for line in lines if line.startswith(f"{name}:")][:1]
    pairs = {"\\\\": "\\", "\\;": ";", "\\,": ",", "\\n": "\n"}
    return re.sub(r"\\[\\;,n]", lambda found: pairs[found[0]], text)


def one(title: str, text: str = "", key: str = "k") -> list[str]:
    event = Event(key, dt.date(2028, 2, 29), title, text)
    return unfolded(calendar_bytes([event], made=STORED, warn_days=30))


LETTERS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=200)


@given(title=LETTERS, text=LETTERS)
def test_any_text_comes_out_of_the_calendar_as_it_went_in(title: str, text: str) -> None:
    lines = one(title, text)
    assert value(lines, "SUMMARY") == title
    assert value(lines, "DESCRIPTION") == text


def test_an_event_is_a_whole_day_with_an_alarm_and_a_lasting_identity() -> None:
    lines = one("Полная проверка; носитель № 1, сейф", "Что сделать\nОснование")
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//docgen//archive//RU"]
    for wanted in (
        "DTSTAMP:20260620T120000Z",
        "DTSTART;VALUE=DATE:20280229",
        "DTEND;VALUE=DATE:20280301",
        r"SUMMARY:Полная проверка\; носитель № 1\, сейф",
        r"DESCRIPTION:Что сделать\nОснование",
        "TRIGGER:-P30D",
    ):
        assert wanted in lines
    begun = [line[6:] for line in lines if line.startswith("BEGIN:")]
    ended = [line[4:] for line in lines if line.startswith("END:")]
    assert begun == ["VCALENDAR", "VEVENT", "VALARM"] == ended[::-1]
    identity = [line for line in lines if line.startswith("UID:")]
    assert identity == [line for line in one("другое") if line.startswith("UID:")]
    assert identity != [line for line in one("другое", key="q") if line.startswith("UID:")]


def test_the_calendar_holds_every_item_once(workspace: Workspace) -> None:
    items = due_items(workspace, DAY)
    lines = unfolded(due_calendar(items, STORED, 30))
    assert sum(line == "BEGIN:VEVENT" for line in lines) == len(items)
    assert len({line for line in lines if line.startswith("UID:")}) == len(items)


# --- the command line


def run(workspace: Workspace, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        cli, ["-w", str(workspace.folder), "archive", "due", *words], catch_exceptions=False
    )
    return done.exit_code, click.unstyle(done.output).replace("\u00a0", " ")


def test_the_command_answers_by_its_exit_code(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(STORED.timestamp())))
    assert run(workspace, "--on", "2027-05-01")[0] == 0
    ics = workspace.folder / "due.ics"
    code, said = run(workspace, "--on", "21.06.2027", "--ics", str(ics))
    assert code == 1
    assert "просрочено" in said
    assert "полная проверка" in " ".join(said.split())
    assert "Дальше: начните с верхней строки" in said
    unfolded(ics.read_bytes())
    code, said = run(workspace, "--on", "2027-05-21", "--json")
    told: dict[str, Any] = json.loads(said)
    assert (code, told["ok"]) == (1, False)
    first = told["result"]["items"][0]
    assert (first["day"], first["state"]) == ("2027-06-20", "soon")


def test_a_disc_is_due_until_it_is_burnt_and_read_back(workspace: Workspace) -> None:
    register = Register(workspace.register_file)
    volume = register.volumes()[1].volume

    def note(level: str) -> None:
        register.record_check(at=STORED, level=level, volumes=[volume], passed=True, findings=[])

    assert f"burn {volume}" not in days(workspace)
    note(IMAGE)
    assert days(workspace)[f"burn {volume}"] == DAY + dt.timedelta(days=10)
    note(BURN)
    assert f"burn {volume}" not in days(workspace)
