"""The commands that make media, as a secretary calls them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from test_archive_samples import flip, need, tree
from test_whole_way import docgen

from archive.joliet import read_view

WORD = ("--confirm-same-device", "Проба, отвечает Петров")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented school with its cases built, not to be changed."""
    need("xorriso")
    folder = tmp_path_factory.mktemp("school")
    assert docgen("demo", folder / "demo").returncode == 0
    return folder / "demo"


@pytest.fixture
def own(school: Path, tmp_path: Path) -> Path:
    """A copy of the school beside which media may be made."""
    shutil.copytree(school, tmp_path / "demo")
    return tmp_path / "demo"


def good(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.splitlines()[-1].startswith("Дальше:")
    return done.stdout


@pytest.mark.long
def test_a_folder_and_a_disc_hold_the_same_cases_and_the_disc_is_burnt(own: Path) -> None:
    away = own.parent
    told = good(
        docgen("archive", "prepare", away / "a", "--role", "primary", "--inventory", "А-1", cwd=own)
    )
    assert "А-1" in told
    copy = (
        *("archive", "copy", "Q1", "--media", away / "a"),
        *("--image", away / "disc.iso", "--inventory", "Д-1", *WORD),
    )
    told = good(docgen(*copy, cwd=own))
    assert "Акт передачи" in told
    assert sorted(path.name for path in away.iterdir()) == [
        *("a", "demo", "disc.iso", "disc.iso.sha512"),
    ]
    with (away / "disc.iso").open("rb") as stream:
        files = set(read_view(stream).files)
    assert {"docs/label.pdf", "docs/passport.pdf", "docs/opis.csv", "volume.json"} <= files
    before = tree(away / "a")
    assert "Акт передачи" not in good(docgen(*copy, cwd=own))  # again: nothing is left to do
    assert tree(away / "a") == before
    (away / "blank").touch()
    burn = ("archive", "burn", away / "disc.iso", "--drive", away / "blank")
    assert "ещё не записан" in docgen("archive", "due", cwd=own).stdout
    assert "совпадает" in good(docgen(*burn, cwd=own))
    assert "ещё не записан" not in docgen("archive", "due", cwd=own).stdout
    told = good(docgen("archive", "audit", away / "a", away / "blank", cwd=own))
    assert "Расхождений нет" in told
    flip(away / "blank", 17 * 2048 + 2000)
    spoilt = docgen(*burn, "--check", cwd=own)
    assert (spoilt.returncode, "AR-45" in spoilt.stderr) == (1, True)
    flip(away / "disc.iso", 17 * 2048 + 2000)
    spoilt = docgen(*burn, cwd=own)
    assert (spoilt.returncode, "AR-42" in spoilt.stderr) == (1, True)


@pytest.mark.long
def test_acts_of_other_media_keep_their_files(own: Path) -> None:
    acts = own / "out/2025-2026/Q1"
    before = (acts / "handover-001.pdf").read_bytes()
    for name in ("c", "d"):
        (own.parent / name).mkdir()
    media = ("--media", own.parent / "c", "--media", own.parent / "d")
    good(docgen("archive", "copy", *media, *WORD, cwd=own))
    assert (acts / "handover-001.pdf").read_bytes() == before
    assert (acts / "handover-002.pdf").is_file()


@pytest.mark.long
def test_cases_that_do_not_fit_one_disc_go_whole_on_two(own: Path) -> None:
    away = own.parent
    for case in (own / "bundles").iterdir():  # so that each needs a disc of its own
        assert sum(map(len, tree(case).values())) < 900_000
    done = docgen(
        *("archive", "copy", "--media", away / "a", "--image", away / "d.iso"),
        *("--disc", "16600000", "--inventory", "Д-1", "--json", *WORD),
        cwd=own,
    )
    assert done.returncode == 0, done.stdout
    images = [row["file"] for row in json.loads(done.stdout)["result"]["images"]]
    assert [Path(name).name for name in images] == ["d-1.iso", "d-2.iso"]
    told = good(docgen("archive", "audit", away / "a", *images, cwd=own))
    assert "AR-" not in told
    assert "AR-46" in good(docgen("archive", "audit", away / "a", images[0], cwd=own))


def test_an_image_of_a_medium_is_that_medium(own: Path) -> None:
    media = own / "media-a"
    out = own.parent / "a.iso"
    good(docgen("archive", "image", media, "--out", out))
    alone = docgen("archive", "audit", out, "--json")
    (told,) = json.loads(alone.stdout)["result"]["media"]
    assert told["volume"] == json.loads((media / "volume.json").read_bytes())["volume"]
    assert told["folder"] == str(out)
    again = docgen("archive", "image", media, "--out", out)
    assert (again.returncode, "не переписывается" in again.stderr) == (4, True)


@pytest.mark.long
def test_a_damaged_or_unfinished_medium_is_not_put_on_a_disc(own: Path) -> None:
    out = own.parent / "a.iso"
    flip(next((own / "media-a").rglob("*_v1.pdf")), 500)
    damaged = docgen("archive", "image", own / "media-a", "--out", out)
    assert (damaged.returncode, "AR-23" in damaged.stderr) == (1, True)
    prepare = ("archive", "prepare", own.parent / "n", "--role", "working", "--inventory", "9")
    good(docgen(*prepare, "--pair", own / "media-a", cwd=own))
    unfinished = docgen("archive", "image", own.parent / "n", "--out", out)
    assert (unfinished.returncode, "не закончен" in unfinished.stderr) == (4, True)
    twice = docgen(*prepare, cwd=own)
    assert (twice.returncode, "уже подготовлен" in twice.stderr) == (4, True)
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--image", "x.iso"), 2, "инвентарный номер"),
        (("--image", "x.iso", "--inventory", "1", "--disc", "floppy"), 2, "размер диска"),
        (("--disc", "dvd"), 2, "только вместе с --image"),
        (("Q9", "--media", "a", "--media", "b", *WORD), 2, "Q9"),
        (("--media", "a"), 2, "нужны два носителя"),
        (("--media", "a", "--image", "a/x.iso", "--inventory", "1", *WORD), 4, "в одной и той же"),
        (("--media", "a", "--image", "none/x.iso", "--inventory", "1", *WORD), 4, "папки над ней"),
        (("--media", "a", "--image", "x.iso", "--inventory", "1"), 4, "разные устройства"),
    ],
)
def test_words_that_cannot_be_right_are_told_before_any_work(
    school: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    before = tree(school)
    done = docgen("archive", "copy", *words, cwd=school)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
    assert {path for path in tree(school) if not path.startswith("runs/")} == {
        path for path in before if not path.startswith("runs/")
    }


def test_the_pair_of_a_medium_needs_another_role(school: Path, tmp_path: Path) -> None:
    role = json.loads((school / "media-a/volume.json").read_bytes())["role"]
    done = docgen(
        *("archive", "prepare", tmp_path / "x", "--role", role, "--inventory", "9"),
        *("--pair", school / "media-a"),
        cwd=school,
    )
    assert (done.returncode, "та же роль" in done.stderr) == (4, True)
    assert not (tmp_path / "x/volume.json").exists()


def test_recovery_data_are_laid_beside_the_cases_when_they_are_written(own: Path) -> None:
    need("par2")
    (own / "school.toml").write_text("[archive]\nparity = 5\n", "utf-8")
    bags = {path.name for path in (own / "bundles").iterdir()}
    media = [("--media", own.parent / name) for name in ("c", "d")]
    copy = ("archive", "copy", "Q1", *media[0], *media[1], *WORD)
    good(docgen(*copy, cwd=own))
    for _, medium in media:
        assert {path.name for path in (medium / "parity").iterdir()} == bags
        assert not list((medium / "bags/.incoming").iterdir())
    before = tree(own.parent / "c")
    good(docgen(*copy, cwd=own))
    assert tree(own.parent / "c") == before
    good(docgen("archive", "audit", own.parent / "c", own.parent / "d", cwd=own))
