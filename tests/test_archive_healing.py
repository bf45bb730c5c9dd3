"""What a run must not make worse: damage beside the bags, stopped runs, two runs at once."""

from __future__ import annotations

import fcntl
import json
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from test_archive_samples import (
    NOW,
    finished_media,
    flip,
    need,
    sample_medium,
    tree,
)
from test_whole_way import ROOT, docgen

from archive.image import SUM_SUFFIX, write_image
from archive.parity import make_parity
from archive.register import Register
from archive.scratch import private_folder
from archive.volume import Role
from docgen.core.errors import MediumFault
from docgen.core.files import sweep_unfinished, write_atomic
from docgen.pipeline.holds import holds, place_hold
from docgen.pipeline.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def long(*values: object) -> object:
    """A further case of the same, for the long run."""
    return pytest.param(*values, marks=pytest.mark.long)


WORD = ("--confirm-same-device", "Проба, отвечает Петров")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented school with its first quarter on two media; not to be changed."""
    folder = tmp_path_factory.mktemp("healing") / "demo"
    assert docgen("demo", folder).returncode == 0
    return folder


@pytest.fixture
def school(shown: Path, tmp_path: Path) -> Path:
    shutil.copytree(shown, tmp_path / "demo")
    return tmp_path / "demo"


def close(school: Path, *words: object) -> subprocess.CompletedProcess[str]:
    media = ("--media", school / "media-a", "--media", school / "media-b")
    return docgen("-w", school, "close", "Q1", *media, *WORD, *words)


def audit(school: Path) -> int:
    media = (school / "media-a", school / "media-b")
    return docgen("-w", school, "archive", "audit", *media).returncode


def repair(school: Path, name: str, other: str) -> subprocess.CompletedProcess[str]:
    return docgen("-w", school, "archive", "repair", school / name, "--from", school / other)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another program holds a lock."""
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize("name", ["handover-001.pdf", long("handover-001.json")])
@pytest.mark.parametrize("medium", ["media-b", long("media-a")])
def test_a_damaged_act_is_never_taken_for_the_right_one(
    school: Path, medium: str, name: str
) -> None:
    act = school / medium / "docs" / name
    right = act.read_bytes()
    flip(act, len(right) // 2)
    assert audit(school) == 1
    done = close(school)
    assert done.returncode == 0, done.stderr
    for folder in ("media-a", "media-b"):
        assert (school / folder / "docs" / name).read_bytes() == right
    assert audit(school) == 0


def test_an_act_damaged_on_both_media_stops_the_run(school: Path) -> None:
    for medium in ("media-a", "media-b"):
        (school / medium / "docs/handover-001.json").write_text("{}")
    before = tree(school / "media-a")
    done = close(school)
    assert (done.returncode, "Акты на носителях" in done.stderr) == (1, True)
    assert tree(school / "media-a") == before


def test_a_stranger_s_file_is_not_signed_for(school: Path) -> None:
    (school / "media-a/docs/evil.exe").write_bytes(b"MZ")
    before = tree(school / "media-a")
    done = close(school)
    assert (done.returncode, "AR-34" in done.stderr) == (1, True)
    assert tree(school / "media-a") == before


def test_a_damaged_seal_of_a_bag_is_not_signed_for_and_comes_back(school: Path) -> None:
    name = next(path.name for path in (school / "bundles").iterdir() if "_07a_" in path.name)
    seal = school / "media-a/bags" / name / "tagmanifest-sha512.txt.p7s"
    right = seal.read_bytes()
    flip(seal, 40)
    listed = (school / "media-a/volume-sha512.txt").read_bytes()
    assert close(school, "--class", "1А").returncode == 1
    assert (school / "media-a/volume-sha512.txt").read_bytes() == listed
    done = repair(school, "media-a", "media-b")
    assert done.returncode == 0, done.stdout
    assert seal.read_bytes() == right
    assert audit(school) == 0


@pytest.mark.parametrize(
    "how",
    ["cut", "seal", *(long(how) for how in ("flipped path", "flipped sum", "gone", "no seal"))],
)
def test_a_lost_list_of_a_medium_or_its_seal_is_made_again(school: Path, how: str) -> None:
    listed = school / "media-a/volume-sha512.txt"
    seal = school / "media-a/volume-sha512.txt.p7s"
    text = listed.read_bytes()
    match how:
        case "cut":
            listed.write_bytes(text[: len(text) // 2])
        case "flipped path":
            flip(listed, text.index(b"bags/") + 7)
        case "flipped sum":
            flip(listed, text.index(b"  bags/") - 5)
        case "gone":
            listed.unlink()
        case "seal":
            flip(seal, 60)
        case "no seal":
            seal.unlink()
    assert audit(school) == 1
    done = repair(school, "media-a", "media-b")
    assert done.returncode == 0, done.stdout
    assert "подписаны заново" in done.stdout
    assert audit(school) == 0
    assert close(school).returncode == 0


@pytest.mark.parametrize(
    "path",
    ["docs/label.pdf", *map(long, ("index.html", "docs/passport.pdf", "tools/verify.sh"))],
)
def test_papers_only_one_medium_has_are_made_again(school: Path, path: str) -> None:
    flip(school / "media-a" / path, 30)
    done = repair(school, "media-a", "media-b")
    assert done.returncode == 0, done.stdout
    assert audit(school) == 0


def test_without_the_key_of_the_workplace_a_lost_list_is_told(tmp_path: Path) -> None:
    media = finished_media(tmp_path)
    (media[0].folder / "volume-sha512.txt").write_text("?\n")
    done = docgen("archive", "repair", media[0].folder, "--from", media[1].folder)
    assert (done.returncode, "AR-93" in done.stderr + done.stdout) == (1, True)


def test_a_damaged_built_case_makes_no_second_edition(school: Path) -> None:
    case = next(path for path in (school / "bundles").iterdir() if "_07a_" in path.name)
    for path in ("index.html", "metadata/delo.json"):
        right = (case / path).read_bytes()
        flip(case / path, len(right) // 2)
        done = close(school)
        assert (done.returncode, path in done.stderr) == (3, True)
        (case / path).write_bytes(right)
    assert not list((school / "bundles").glob("*_r2"))
    assert close(school).returncode == 0


def test_of_many_runs_that_prepare_one_folder_one_does(tmp_path: Path) -> None:
    def prepare(number: int) -> bool:
        try:
            sample_medium(tmp_path, number, Role.PRIMARY)
        except MediumFault:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(prepare, range(1, 9)))
    assert made.count(True) == 1
    assert json.loads((tmp_path / "volume.json").read_bytes())["inventory_number"] == (
        f"Э-{made.index(True) + 1}"
    )


def test_a_stop_between_the_papers_of_a_medium_leaves_none_of_them_stale(
    shown: Path, tmp_path: Path
) -> None:
    need("strace")
    school = tmp_path / "demo"
    shutil.copytree(shown, school)
    for medium in ("media-a", "media-b"):
        shutil.rmtree(school / medium)
    assert close(school, "--class", "1А").returncode == 0
    stopped = subprocess.run(
        [
            *("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=rename:signal=KILL"),
            *("-P", school / "media-a/docs/.opis.pdf.part", sys.executable, ROOT / "cli.py"),
            *("-w", school, "close", "Q1", *WORD),
            *("--media", school / "media-a", "--media", school / "media-b"),
        ],
        capture_output=True,
        check=False,
        env={"SOURCE_DATE_EPOCH": "1762000000", "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert stopped.returncode != 0
    assert close(school).returncode == 0
    papers = [
        subprocess.run(
            ["pdftotext", school / medium / "docs/opis.pdf", "-"], capture_output=True, check=True
        ).stdout
        for medium in ("media-a", "media-b")
    ]
    for paper in papers:
        assert b"01a_q1" in paper.replace(b"\n", b"")
        assert b"07a_q1" in paper.replace(b"\n", b"")
    assert audit(school) == 0


def test_recovery_data_of_a_stopped_run_are_begun_anew(tmp_path: Path) -> None:
    need("par2")
    media = finished_media(tmp_path, 1)
    (name,) = media[0].bag_names()
    (media[0].incoming / f"parity-{name}").mkdir()
    (media[0].incoming / f"parity-{name}" / "half").write_bytes(b"half")
    assert make_parity(media[0].bags / name, media, 10) == list(media)
    assert not list(media[0].incoming.iterdir())


def test_the_sum_of_an_image_that_was_never_finished_is_in_nobody_s_way(tmp_path: Path) -> None:
    need("xorriso")
    media = finished_media(tmp_path, 1)
    out = tmp_path / "a.iso"
    out.with_name(out.name + SUM_SUFFIX).write_text("0" * 128 + "  a.iso\n")
    assert write_image(media[0], out).sha512 in out.with_name(out.name + SUM_SUFFIX).read_text()


def test_the_folder_of_a_finished_image_is_removed_after_all(school: Path, tmp_path: Path) -> None:
    need("xorriso")
    out = tmp_path / "disc.iso"
    copy = ("archive", "copy", "Q1", "--media", tmp_path / "a", "--image", out)
    (tmp_path / "a").mkdir()
    assert docgen(*copy, "--inventory", "Д", *WORD, cwd=school).returncode == 0
    (tmp_path / ".disc.iso.medium/bags").mkdir(parents=True)
    (tmp_path / ".disc.iso.medium/bags/students.csv").write_text("личные данные")
    assert docgen(*copy, "--inventory", "Д", *WORD, cwd=school).returncode == 0
    assert not (tmp_path / ".disc.iso.medium").exists()


def test_a_hold_is_neither_lost_nor_placed_while_cases_go(school: Path) -> None:
    workspace = open_workspace(school)
    names = sorted({path.name for path in workspace.bundles.iterdir()})

    def hold(name: str) -> None:
        while True:
            try:
                place_hold(workspace, name, reason="запрос суда", who="Ким", today=NOW.date())
            except MediumFault:
                continue
            return

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(hold, names))
    assert {row.case for row in holds(workspace)} == set(names)
    with held(school / "holds.lock"):
        add = ("archive", "hold", "add", names[0], "--reason", "запрос")
        assert docgen(*add, cwd=school).returncode == 4


def test_two_commands_do_not_tread_on_each_other_in_one_workspace(school: Path) -> None:
    before = tree(school / "bundles")
    with held(school / "runs/work.lock"):
        done = close(school)
    assert (done.returncode, "другая команда docgen" in done.stderr) == (4, True)
    assert tree(school / "bundles") == before
    assert close(school).returncode == 0


def test_a_journal_that_cannot_be_read_is_told_without_a_fault_of_the_program(
    school: Path,
) -> None:
    journal = school / "journal.sqlite"
    data = bytearray(journal.read_bytes())
    data[4096 : 4096 * 12] = b"\xff" * (4096 * 11)
    journal.write_bytes(data)
    done = close(school)
    assert done.returncode in {3, 4}
    assert "journal.sqlite" in done.stderr


def test_what_a_killed_write_left_is_removed_and_what_is_written_stays(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    left = tmp_path / "deep/.holds.json.abc123.part"
    left.write_text("Иванова")
    write_atomic(tmp_path / "deep/holds.json", "{}")
    with (tmp_path / "deep/.other.json.x.part").open("w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        sweep_unfinished(tmp_path)
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {
        "holds.json",
        ".other.json.x.part",
    }


def test_where_nobody_can_be_told_the_exit_code_still_tells(school: Path) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [sys.executable, ROOT / "cli.py", "-w", school, "close", "Q9"],
            stdout=subprocess.PIPE,
            stderr=full,
            check=False,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        )
    assert done.returncode == 2


def test_a_register_that_is_a_folder_is_set_aside(tmp_path: Path) -> None:
    media = finished_media(tmp_path)
    register = Register(tmp_path / "register.sqlite")
    register.path.mkdir()
    assert [row.code for row in register.rebuild(media)] == ["AR-54"]
    assert len(register.bags()) == 4


@pytest.mark.parametrize("place", [511, *map(long, (230, 595, 1068))])
def test_every_bit_of_the_seal_of_a_list_is_watched_by_the_register(
    school: Path, place: int
) -> None:
    flip(school / "media-a/volume-sha512.txt.p7s", place)
    assert audit(school) == 1
    assert close(school).returncode == 1
    assert repair(school, "media-a", "media-b").returncode == 0
    assert audit(school) == 0


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("Учебный показ", "Учёбный показ"),
        long('"inventory_number": "1"', '"inventory_number": "3"'),
        long('"prepared": "20', '"prepared": "19'),
    ],
)
def test_a_changed_card_is_neither_signed_for_nor_taken_for_a_later_one(
    school: Path, word: str, other: str
) -> None:
    card = school / "media-a/volume.json"
    right = card.read_text("utf-8")
    assert word in right
    card.write_text(right.replace(word, other), "utf-8")
    assert audit(school) == 1
    told = ("--confirm-same-device", "Учебный показ: обе папки на одном диске")
    media = ("--media", school / "media-a", "--media", school / "media-b")
    done = docgen("-w", school, "close", "Q1", *media, *told)
    assert (done.returncode, "volume.json" in done.stderr + done.stdout) == (1, True)
    assert repair(school, "media-a", "media-b").returncode == 0
    assert card.read_text("utf-8") == right
    assert audit(school) == 0


def test_a_finished_medium_without_its_list_is_no_new_one(school: Path) -> None:
    act = school / "media-a/docs/handover-001.pdf"
    right = act.read_bytes()
    (school / "media-a/volume-sha512.txt").unlink()
    (school / "media-a/volume-sha512.txt.p7s").unlink()
    flip(act, 200)
    done = close(school)
    assert (done.returncode, "AR-36" in done.stderr) == (1, True)
    assert repair(school, "media-a", "media-b").returncode == 0
    assert act.read_bytes() == right
    assert audit(school) == 0


def test_a_good_act_does_not_give_way_to_a_damaged_one_of_the_other_medium(school: Path) -> None:
    act = school / "media-a/docs/handover-001.pdf"
    right = act.read_bytes()
    flip(school / "media-a/volume-sha512.txt.p7s", 600)
    (school / "media-b/volume-sha512.txt").unlink()
    flip(school / "media-b/docs/handover-001.pdf", 200)
    repair(school, "media-a", "media-b")
    assert act.read_bytes() == right


def test_a_file_in_the_place_of_a_folder_is_told_and_the_rest_repaired(school: Path) -> None:
    bags = sorted((school / "media-a/bags").glob("2*"))
    shutil.rmtree(bags[0] / "data")
    (bags[0] / "data").write_bytes(b"x")
    pdf = next((bags[1] / "data").glob("*.pdf"))
    right = pdf.read_bytes()
    flip(pdf, 900)
    done = repair(school, "media-a", "media-b")
    assert (done.returncode, "лежит файл" in done.stdout) == (1, True)
    assert pdf.read_bytes() == right
    assert not list((school / "media-a/bags/.incoming").iterdir())
    (bags[0] / "data").unlink()
    assert repair(school, "media-a", "media-b").returncode == 0
    assert audit(school) == 0


def test_a_damaged_row_of_the_register_does_not_stop_the_repair_of_a_card(school: Path) -> None:
    card = school / "media-a/volume.json"
    right = card.read_bytes()
    card.unlink()
    with closing(sqlite3.connect(school / "register.sqlite")) as database, database:
        database.execute("UPDATE volumes SET role = 'zzz'")
    assert repair(school, "media-a", "media-b").returncode == 0
    assert card.read_bytes() == right


def test_a_register_without_a_table_is_made_anew(school: Path) -> None:
    with closing(sqlite3.connect(school / "register.sqlite")) as database, database:
        database.execute("DROP TABLE bags")
    media = (school / "media-a", school / "media-b")
    assert docgen("-w", school, "archive", "register", "rebuild", *media).returncode == 0
    assert audit(school) == 0


def test_damaged_recovery_data_are_made_anew(school: Path) -> None:
    need("par2")
    media = (school / "media-a", school / "media-b")
    assert docgen("archive", "parity", *media).returncode == 0
    flip(next((school / "media-a/parity").rglob("recovery.par2")), 50)
    assert audit(school) == 1
    assert docgen("archive", "parity", *media).returncode == 0
    assert audit(school) == 0


def test_private_folders_of_killed_runs_are_removed_by_the_next(tmp_path: Path) -> None:
    with private_folder(tmp_path) as first:
        left = first.parent / "killed"
        left.mkdir()
        (left / "students.csv").write_text("личные данные")
        with private_folder(tmp_path):
            assert not left.exists()
            assert first.exists()
