"""Disposal: never early, never a part, never under a hold, and stopped anywhere it goes on."""

from __future__ import annotations

import datetime as dt
import json
import os
import pty
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from test_archive_samples import CONFIRMED, sample_media, sample_spec, sign

from archive.audit import audit_media
from archive.bag import write_bag
from archive.copy import copy_bags
from archive.disposal import (
    DisposableCase,
    SignedAct,
    dispose_from_folder,
    dispose_from_medium,
    refusals,
)
from archive.finish import finish_medium
from archive.medium import open_medium
from archive.paper import Paper
from archive.register import Register
from archive.repair import repair_medium
from archive.retention import disposable_from, has_ended
from archive.tombstones import read_tombstones
from archive.validation import Level, bag_digest, read_bag_info, validate
from cli import cli
from docgen.core.errors import Blocked, InputFault, MediumFault, UsageFault
from docgen.core.progress import Silent
from docgen.pipeline import disposal
from docgen.pipeline.disposal import carry_out, signing_of
from docgen.pipeline.due import due_items
from docgen.pipeline.holds import holds, lift_hold, place_hold
from docgen.pipeline.initialise import initialise
from docgen.pipeline.retention import act_numbers, last_day, propose, write_act
from docgen.pipeline.sign import open_seal
from docgen.pipeline.workspace import Workspace, open_workspace
from docgen.profile import retention_until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from archive.medium import Medium

STORED = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
LATER = dt.datetime(2032, 1, 12, 12, tzinfo=dt.UTC)
FIRST = dt.date(2032, 1, 1)
SIGNED = LATER.date()
JOURNAL, SECOND, SUMMARY = (
    "2025-2026_02-15_09a_q1_t5",
    "2025-2026_02-15_09a_q2_t5",
    "2025-2026_02-16_09a_y_t25",
)


def bag(folder: Path, name: str, until: dt.date | None) -> Path:
    delo = {
        "index": name.split("_")[1], "title": "Журнал 9А", "start": "2025-09-01",
        "end": "2025-10-24", "volumes": [{"sheets": 4}], "retention_until": "2031-12-31",
    }  # fmt: skip
    files = {
        "data/tom-1.pdf": name.encode() * 100,
        "metadata/delo.json": json.dumps(delo).encode(),
    }
    spec = replace(sample_spec(name), files=files, captions={}, retention_until=until)
    return write_bag(spec, folder, seal=sign).path


def stored(folder: Path, bundles: Path) -> tuple[Medium, Medium]:
    """Two journals of 5 years and a summary of 25 on two media."""
    cases = {name: dt.date(2031, 12, 31) for name in (JOURNAL, SECOND)}
    cases[SUMMARY] = dt.date(2051, 12, 31)
    media = sample_media(folder)
    bags = [bag(bundles, name, until) for name, until in cases.items()]
    copy_bags(bags, media, confirm_same_device=CONFIRMED, progress=Silent(), now=STORED)
    for medium in media:
        finish_medium(medium, {}, seal=sign, touched=["docs/disposed.csv"])
    return media


def order(bundles: Path, *names: str) -> SignedAct:
    cases = []
    for name in names:
        info = read_bag_info(bundles / name)
        cases.append(
            DisposableCase(
                name=name,
                identifier=info["External-Identifier"],
                tagmanifest_sha512=bag_digest(bundles / name),
                title=info["External-Description"],
                retention_until=info["Retention-Until"],
                retention_article=info["Retention-Article"],
            )
        )
    return SignedAct("1", SIGNED, tuple(cases))


# --- terms


@given(closed=st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)), years=st.integers(1, 100),
       after=st.integers(-400, 400))  # fmt: skip
def test_no_term_ends_before_the_first_of_january_after_its_last_year(
    closed: dt.date, years: int, after: int
) -> None:
    until = retention_until(closed, years)
    on = dt.date(closed.year + years + 1, 1, 1) + dt.timedelta(days=after)
    assert has_ended(until.isoformat(), on) == (on.year > closed.year + years)


@given(until=st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)))
def test_a_term_that_ends_within_a_year_ends_with_the_year(until: dt.date) -> None:
    first = disposable_from(until.isoformat())
    assert first == dt.date(until.year + 1, 1, 1)
    assert not has_ended(until.isoformat(), first - dt.timedelta(days=1))
    assert has_ended(until.isoformat(), first)


@pytest.mark.parametrize("until", ["permanent", "", "скоро", "2031", "31.12.2031"])
def test_a_case_without_a_day_never_goes(until: str) -> None:
    assert not has_ended(until, dt.date.max)


# --- one medium


def test_a_bag_goes_whole_and_the_rest_stays_byte_for_byte(tmp_path: Path) -> None:
    media = stored(tmp_path, tmp_path / "bundles")
    act = order(tmp_path / "bundles", JOURNAL)
    parity = media[0].folder / "parity" / JOURNAL
    parity.mkdir(parents=True)
    (parity / "x.par2").write_bytes(b"recovery")
    assert refusals(act, media[0].bags, FIRST) == []
    assert dispose_from_medium(act, media[0], SIGNED) == (JOURNAL,)
    left = b"".join(path.read_bytes() for path in media[0].folder.rglob("*") if path.is_file())
    assert JOURNAL.encode() * 100 not in left
    finish_medium(media[0], {}, seal=sign, touched=["docs/disposed.csv"])
    assert media[0].bag_names() == [SECOND, SUMMARY]
    assert not parity.exists()
    for name in (SECOND, SUMMARY):
        assert validate(media[0].bags / name, level=Level.FULL) == []
    (stone,) = read_tombstones(media[0])
    assert (stone.name, stone.act, stone.disposed) == (JOURNAL, "1", "2032-01-12")
    report = audit_media([media[0]], level=Level.FULL, progress=Silent(), now=LATER)
    assert report.all_findings == ()
    assert dispose_from_medium(act, media[0], SIGNED) == ()


def test_a_bag_is_refused_a_day_early_or_when_it_is_not_the_one_of_the_act(
    tmp_path: Path,
) -> None:
    bundles = tmp_path / "bundles"
    media = stored(tmp_path, bundles)
    act = order(bundles, JOURNAL, SUMMARY)
    early = refusals(act, media[0].bags, FIRST - dt.timedelta(days=1))
    assert [row.params["bag"] for row in early] == [JOURNAL, SUMMARY]
    assert [row.params["bag"] for row in refusals(act, media[0].bags, FIRST)] == [SUMMARY]
    for change in ({"identifier": "urn:uuid:0"}, {"tagmanifest_sha512": "0" * 128}):
        other = replace(act, cases=(replace(act.cases[0], **change),))
        (found,) = refusals(other, media[0].bags, FIRST)
        assert "не то дело" in found.params["reason"]
    (media[0].bags / JOURNAL / "bag-info.txt").unlink()
    (found,) = refusals(replace(act, cases=act.cases[:1]), media[0].bags, FIRST)
    assert "не читается" in found.params["reason"]


STEPS = ("rename", "replace", "unlink", "mkdir")


def stop_at(monkeypatch: pytest.MonkeyPatch, number: int) -> Callable[[], bool]:
    """Let the n-th change of the file system kill the run; tells whether it came to that."""
    done, remove, unlink = 0, shutil.rmtree, Path.unlink

    def stopping(change: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **kwargs: object) -> object:
            nonlocal done
            done += 1
            if done == number:
                if change is remove:  # a removal is stopped in its middle
                    unlink(next(Path(str(args[0])).rglob("*.txt")))
                raise KeyboardInterrupt
            return change(*args, **kwargs)

        return step

    for name in STEPS:
        monkeypatch.setattr(Path, name, stopping(getattr(Path, name)))
    monkeypatch.setattr(shutil, "rmtree", stopping(remove))
    return lambda: done >= number


def test_killed_at_any_step_no_bag_is_in_part_and_the_same_call_goes_on(tmp_path: Path) -> None:
    media = stored(tmp_path / "whole", tmp_path / "bundles")
    act = order(tmp_path / "bundles", JOURNAL, SECOND)
    stopped = 0
    for number in range(1, 60):
        place = tmp_path / f"run-{number}"
        shutil.copytree(media[0].folder, place)
        medium = open_medium(place)
        with pytest.MonkeyPatch.context() as patch:
            reached = stop_at(patch, number)
            try:
                dispose_from_medium(act, medium, SIGNED)
            except KeyboardInterrupt:
                stopped += 1
            if not reached():
                break
        for name in medium.bag_names():
            assert validate(medium.bags / name, level=Level.FULL) == [], (number, name)
        assert validate(medium.bags / SUMMARY, level=Level.FULL) == []
        gone = {JOURNAL, SECOND} - set(medium.bag_names())
        assert gone <= {stone.name for stone in read_tombstones(medium)}, number
        dispose_from_medium(act, medium, SIGNED)
        finish_medium(medium, {}, seal=sign, touched=["docs/disposed.csv"])
        assert medium.bag_names() == [SUMMARY]
        assert [stone.name for stone in read_tombstones(medium)] == [JOURNAL, SECOND]
        report = audit_media([medium], level=Level.FULL, progress=Silent(), now=LATER)
        assert report.all_findings == (), number
        shutil.rmtree(place)
    assert stopped > 8
    assert number < 59


def test_built_bags_go_whole_though_the_removal_was_stopped(tmp_path: Path) -> None:
    bundles = tmp_path / "bundles"
    stored(tmp_path, bundles)
    act = order(bundles, JOURNAL, SECOND)
    for number in (2, 1):
        with pytest.MonkeyPatch.context() as patch:
            stop_at(patch, number)
            with pytest.raises(KeyboardInterrupt):
                dispose_from_folder(act, bundles)
        for name in (JOURNAL, SECOND):
            if (bundles / name).exists():
                assert validate(bundles / name, level=Level.FULL) == []
    dispose_from_folder(act, bundles)
    assert [path.name for path in bundles.iterdir()] == [SUMMARY]


# --- the whole way


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("disposal")
    initialise(place / "school", LATER)
    stored(place, place / "school" / "bundles")
    return place


@pytest.fixture
def place(prepared: Path, tmp_path: Path) -> Path:
    place = tmp_path / "place"
    shutil.copytree(prepared, place)
    register = Register(place / "school" / "register.sqlite")
    for name in "ab":
        register.take_in(open_medium(place / name))
    return place


@pytest.fixture
def workspace(place: Path) -> Workspace:
    return open_workspace(place / "school")


def dispose(
    workspace: Workspace,
    media: Sequence[str] = "ab",
    *,
    signed: dt.date = SIGNED,
    now: dt.datetime = LATER,
    number: str = "1",
) -> list[str]:
    """Carry out an act; codes of what is left."""
    done = carry_out(
        workspace,
        number,
        signed=signed,
        who="Сычёва М.Ф.",
        folders=[workspace.folder.parent / name for name in media],
        seal=open_seal(workspace, now),
        progress=Silent(),
    )
    return [row.code for row in done.left]


def standing(workspace: Workspace) -> list[list[str]]:
    folders = [workspace.folder.parent / name / "bags" for name in "ab"]
    return [
        sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
        for folder in (*folders, workspace.bundles)
    ]


def test_only_cases_whose_term_is_over_are_proposed_and_the_act_stands(
    workspace: Workspace,
) -> None:
    assert propose(workspace, FIRST - dt.timedelta(days=1)).cases == ()
    proposal = propose(workspace, SIGNED)
    assert [case.row.name for case in proposal.cases] == [JOURNAL, SECOND]
    written = write_act(workspace, proposal)
    assert written.made
    assert written.paper.read_bytes().startswith(b"%PDF")
    again = write_act(workspace, propose(workspace, SIGNED + dt.timedelta(days=3)))
    assert (again.made, again.act) == (False, written.act)
    place_hold(workspace, SECOND, reason="запрос суда", who="Юдин М.А.", today=SIGNED)
    other = propose(workspace, SIGNED)
    assert [row.code for row in other.findings] == ["AR-56"]
    assert [case.name for case in write_act(workspace, other).act.cases] == [JOURNAL]
    assert act_numbers(workspace) == ["1", "2"]


def test_a_longer_term_of_todays_nomenclature_wins_and_a_shorter_one_does_not(
    workspace: Workspace,
) -> None:
    (row, *_) = Register(workspace.register_file).bags()
    for years, last in ((10, 2036), (3, 2031)):
        own = workspace.folder / "retention.toml"
        own.write_text(f"[journal]\ntitle = 'Журналы'\nyears = {years}\n", "utf-8")
        profile = open_workspace(workspace.folder).profile
        assert last_day(row, profile) == dt.date(last, 12, 31)


def test_both_media_and_the_built_bags_lose_the_cases_and_keep_tombstones(
    workspace: Workspace,
) -> None:
    write_act(workspace, propose(workspace, SIGNED))
    assert dispose(workspace) == []
    assert standing(workspace) == [[SUMMARY]] * 3
    register = Register(workspace.register_file)
    assert len(register.disposed()) == 4
    assert [(row.level, row.who) for row in register.checks()] == [("disposal", "Сычёва М.Ф.")] * 2
    assert register.verify_checks() == []
    media = [open_medium(workspace.folder.parent / name) for name in "ab"]
    report = audit_media(media, level=Level.FULL, register=register, progress=Silent(), now=LATER)
    assert report.all_findings == ()
    for medium in media:
        assert (medium.folder / "docs" / "disposal-001.pdf").is_file()
        assert JOURNAL not in (medium.folder / "docs" / "opis.csv").read_text("utf-8-sig")
    assert dispose(workspace) == []
    assert len(register.checks()) == 3


def test_what_a_stopped_disposal_removed_is_written_down_by_the_next_one(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_act(workspace, propose(workspace, SIGNED))
    register = Register(workspace.register_file)
    with monkeypatch.context() as stopped:
        stopped.setattr(disposal, "finish_medium", stop)
        with pytest.raises(KeyboardInterrupt):
            dispose(workspace)
    assert register.checks() == []
    assert dispose(workspace) == []
    rows = [json.loads(row.findings) for row in register.checks() if row.level == "disposal"]
    assert [len(row) for row in rows] == [2, 2]
    assert dispose(workspace) == []
    assert len([row for row in register.checks() if row.level == "disposal"]) == 2


def test_damaged_lines_of_disposed_cases_come_back_and_are_not_signed_for(
    workspace: Workspace,
) -> None:
    write_act(workspace, propose(workspace, SIGNED))
    dispose(workspace)
    lines = workspace.folder.parent / "a/docs/disposed.csv"
    right = lines.read_bytes()
    for spoilt in (right.replace(b"2031-12-31", b"2030-12-31", 1), b"?" + right):
        lines.write_bytes(spoilt)
        with pytest.raises((Blocked, MediumFault)):
            dispose(workspace)
        media = [open_medium(workspace.folder.parent / name) for name in "ab"]
        report = repair_medium(
            *media, paper=Paper(), passes=lambda _: True, progress=Silent(), now=LATER
        )
        assert "AR-94" in {row.code for row in report.findings}
        assert lines.read_bytes() == right
    assert dispose(workspace) == []


def stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_an_absent_medium_gets_its_turn_later_and_until_then_it_is_told(
    workspace: Workspace,
) -> None:
    write_act(workspace, propose(workspace, SIGNED))
    assert dispose(workspace, "a") == ["AR-55", "AR-55"]
    assert standing(workspace) == [[SUMMARY], [JOURNAL, SECOND, SUMMARY], [SUMMARY]]
    due = {item.key: item.day for item in due_items(workspace, LATER.date())}
    assert due["disposal 1"] == SIGNED
    for path in workspace.folder.glob("register.sqlite*"):
        path.unlink()
    register = Register(workspace.register_file)
    media = [open_medium(workspace.folder.parent / name) for name in "ab"]
    register.rebuild(media)
    assert [act for _, act in register.still_to_dispose()] == ["1", "1"]
    report = audit_media(
        media[1:], level=Level.QUICK, register=register, progress=Silent(), now=LATER
    )
    assert [row.code for row in report.all_findings] == ["AR-55", "AR-55"]
    assert dispose(workspace, "b", now=LATER + dt.timedelta(days=9)) == []
    assert standing(workspace) == [[SUMMARY]] * 3
    assert "disposal 1" not in {item.key for item in due_items(workspace, LATER.date())}


def test_nothing_goes_under_a_hold_early_or_with_a_wrong_day(workspace: Workspace) -> None:
    write_act(workspace, propose(workspace, SIGNED))
    before = standing(workspace)
    place_hold(workspace, SECOND, reason="запрос суда", who="Юдин М.А.", today=SIGNED)
    with pytest.raises(Blocked) as blocked:
        dispose(workspace)
    assert [row.params["bag"] for row in blocked.value.findings] == [SECOND]
    lift_hold(workspace, SECOND, reason="дело закрыто", who="Юдин М.А.", today=SIGNED)
    for signed in (SIGNED - dt.timedelta(days=1), SIGNED + dt.timedelta(days=1)):
        with pytest.raises(UsageFault, match="подписанным"):
            dispose(workspace, signed=signed)
    with pytest.raises(UsageFault, match="акта № 2"):
        dispose(workspace, number="2")
    assert standing(workspace) == before
    assert signing_of(workspace, "1") is None
    assert dispose(workspace, "a") != []
    with pytest.raises(UsageFault, match="подписан 12"):
        dispose(workspace, "b", signed=SIGNED + dt.timedelta(days=1), now=LATER.replace(day=20))


def test_a_record_of_an_act_that_leads_elsewhere_is_refused(workspace: Workspace) -> None:
    path = write_act(workspace, propose(workspace, SIGNED)).paper.with_suffix(".json")
    told = path.read_text("utf-8")
    for name in ("../../school", "/etc", ".incoming", ""):
        path.write_text(told.replace(f'"name": "{JOURNAL}"', f'"name": "{name}"'), "utf-8")
        with pytest.raises(InputFault, match="запись об акте"):
            dispose(workspace)
    early = told.replace("2031-12-31", "2020-12-31").replace(JOURNAL, SUMMARY)
    path.write_text(early, "utf-8")
    with pytest.raises(Blocked):
        dispose(workspace)
    assert [len(names) for names in standing(workspace)] == [3, 3, 3]


def test_a_hold_covers_all_editions_and_stays_in_the_list_when_lifted(
    workspace: Workspace,
) -> None:
    with pytest.raises(UsageFault, match="нет ни в реестре"):
        place_hold(workspace, "2025-2026_02-15_09b_q1_t5", reason="суд идёт", who="", today=SIGNED)
    with pytest.raises(UsageFault, match="почему"):
        place_hold(workspace, JOURNAL, reason="—", who="", today=SIGNED)
    hold = place_hold(workspace, f"{JOURNAL}_r2", reason="запрос суда", who="Ю", today=SIGNED)
    assert hold.covers(JOURNAL)
    assert hold.covers(f"{JOURNAL}_r3")
    assert not hold.covers(SECOND)
    with pytest.raises(UsageFault, match="уже удержано"):
        place_hold(workspace, JOURNAL, reason="ещё раз", who="", today=SIGNED)
    lifted = lift_hold(workspace, JOURNAL, reason="снято", who="Ю", today=SIGNED)
    assert not lifted.covers(JOURNAL)
    assert holds(workspace) == (lifted,)
    (workspace.folder / "holds.json").write_text("{", "utf-8")
    with pytest.raises(InputFault, match="удержанных дел"):
        propose(workspace, SIGNED)


# --- the command line


def run(workspace: Workspace, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        cli, ["-w", str(workspace.folder), "archive", *words], catch_exceptions=False
    )
    return done.exit_code, " ".join(click.unstyle(done.output).replace("\u00a0", " ").split())


def test_the_commands_lead_from_the_proposal_to_the_tombstones(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(LATER.timestamp())))
    code, said = run(workspace, "hold", "add", SECOND, "--reason", "запрос суда", "--who", "Юдин")
    assert code == 0
    assert "удержано: запрос суда" in said
    assert "Удержано дел: 1" in run(workspace, "hold", "list")[1]
    code, said = run(workspace, "dispose")
    assert code == 0
    assert JOURNAL in said
    assert "AR-56" in said
    assert "Акт № 1" in said
    with pytest.raises(UsageFault, match="подтверждение"):
        run(workspace, "dispose", "--act", "1", "--signed", "2032-01-12", "--media", "a")
    media = [word for name in "ab" for word in ("--media", str(workspace.folder.parent / name))]
    act = ("dispose", "--act", "1", "--signed", "12.01.2032", *media, "--confirm")
    code, said = run(workspace, *act)
    assert code == 0
    assert said.count("удалено дел 1") == 2
    assert standing(workspace) == [[SECOND, SUMMARY]] * 3
    assert "Журнал проверок цел" in run(workspace, "register", "verify")[1]
    out = workspace.folder / "выгрузка"
    assert run(workspace, "register", "export", str(out))[0] == 0
    disposed = (out / "disposed.csv").read_text("utf-8-sig").splitlines()
    assert disposed[0].startswith("Имя;Заголовок;Носитель;Хранить до")
    assert [line.split(";")[0] for line in disposed[1:]] == [JOURNAL, JOURNAL]
    assert "уничтожение дел;" in (out / "checks.csv").read_text("utf-8-sig")
    book = workspace.folder / "реестр.xlsx"
    assert run(workspace, "register", "export", str(book))[0] == 0
    assert book.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(("typed", "left"), [("2", 3), ("", 3), ("1", 1)])
def test_at_a_terminal_the_number_of_the_act_is_typed(
    workspace: Workspace, typed: str, left: int
) -> None:
    write_act(workspace, propose(workspace, SIGNED))
    ours, theirs = pty.openpty()
    os.write(ours, f"{typed}\n".encode())
    words = ["archive", "dispose", "--act", "1", "--signed", "2032-01-12", "--confirm"]
    words += ["--media", str(workspace.folder.parent / "a")]
    done = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).parent.parent / "cli.py"),
            "-w",
            str(workspace.folder),
            *words,
        ],
        env=os.environ | {"SOURCE_DATE_EPOCH": str(int(LATER.timestamp()))},
        stdin=theirs,
        capture_output=True,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == (0 if left == 1 else 2)
    assert "безвозвратно удалено дел: 2" in done.stdout.decode()
    assert ("ничего не удалено" in done.stderr.decode()) == (left != 1)
    assert len(standing(workspace)[0]) == left
