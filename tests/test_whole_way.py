"""The whole way on the invented school, judged by programs of other people."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pdfa import breaches

from docgen.core.files import write_atomic
from docgen.core.progress import Silent
from docgen.pipeline.demo import run_demo

ROOT = Path(__file__).resolve().parent.parent
CONFIRMED = "Учебный показ, отвечает Петров"


def docgen(
    *arguments: object, at: int = 1_762_000_000, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, at a fixed moment."""
    return subprocess.run(
        [sys.executable, ROOT / "cli.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(at), "PYTHONPATH": str(ROOT)},
    )


def state(*folders: Path) -> dict[str, str]:
    """Digest of every file below the folders."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("school") / "demo"
    done = docgen("demo", folder)
    assert done.returncode == 0, done.stderr
    assert "Что сделать людям:" in done.stdout
    return folder


def signatures(demo: Path) -> list[Path]:
    found = sorted(demo.rglob("*.p7s"))
    assert len(found) > 10
    return found


def test_openssl_accepts_every_signature(demo: Path) -> None:
    for signature in signatures(demo):
        subprocess.run(
            [
                *("openssl", "cms", "-verify", "-binary", "-cades", "-inform", "DER"),
                *("-in", signature, "-content", signature.with_suffix("")),
                *("-CAfile", demo / "keys" / "ca.pem", "-purpose", "any", "-out", os.devnull),
            ],
            check=True,
            capture_output=True,
        )


def test_every_bag_of_both_copies_satisfies_bagit_sha512sum_and_rhash(demo: Path) -> None:
    bags = [*sorted((demo / "media-a" / "bags").iterdir())]
    bags += sorted((demo / "media-b" / "bags").iterdir())
    bags = [bag for bag in bags if not bag.name.startswith(".")]
    assert len(bags) == 4
    for bag in bags:
        subprocess.run([sys.executable, "-m", "bagit", "--validate", "--quiet", bag], check=True)
        for manifest in ("manifest-sha512.txt", "tagmanifest-sha512.txt"):
            subprocess.run(["sha512sum", "--check", "--quiet", manifest], cwd=bag, check=True)
        subprocess.run(
            ["rhash", "--check", "gost/streebog256.txt"], cwd=bag, check=True, capture_output=True
        )


def test_both_copies_hold_the_same_bags(demo: Path) -> None:
    first, second = (state(demo / name / "bags") for name in ("media-a", "media-b"))
    assert {path.replace("media-a", "") for path in first} == {
        path.replace("media-b", "") for path in second
    }
    assert list(first.values()) == list(second.values())


@pytest.mark.parametrize("tool", [["sh", "tools/verify.sh"], [sys.executable, "tools/verify.py"]])
def test_a_stranger_checks_the_medium_without_our_program(demo: Path, tool: list[str]) -> None:
    subprocess.run(tool, cwd=demo / "media-a", check=True, capture_output=True)


def test_every_pdf_keeps_to_pdfa(demo: Path) -> None:
    papers = sorted(demo.rglob("*.pdf"))
    assert len(papers) > 6
    assert not {path.name: found for path in papers if (found := breaches(path))}


def test_the_register_is_rebuilt_from_the_media_alone(demo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "w"
    shutil.copytree(demo, copy, ignore=shutil.ignore_patterns("media-*", "register.sqlite*"))
    done = docgen(
        *("-w", copy, "archive", "register", "rebuild"),
        *(demo / "media-a", demo / "media-b", "--json"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["bags"] == 4


def close_again(folder: Path, at: int) -> subprocess.CompletedProcess[str]:
    return docgen(
        *("-w", folder, "close", "Q1", "--confirm-same-device", CONFIRMED),
        *("--media", folder / "media-a", "--media", folder / "media-b"),
        at=at,
    )


def test_closing_again_repeats_nothing(demo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "w"
    shutil.copytree(demo, copy)
    kept = [copy / name for name in ("volumes", "bundles")]
    kept += [copy / medium / name for medium in ("media-a", "media-b") for name in ("bags", "docs")]
    before = state(*kept)
    done = close_again(copy, at=1_762_500_000)
    assert done.returncode == 0, done.stderr
    assert state(*kept) == before


def test_the_same_journal_gives_the_same_volumes(demo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert docgen("demo", other, at=1_762_700_000).returncode == 0
    ours, theirs = (sorted(folder.glob("volumes/*/*/*.pdf")) for folder in (demo, other))
    assert [path.read_bytes() for path in ours] == [path.read_bytes() for path in theirs]


def killed_after(folder: Path, seconds: float, number: signal.Signals) -> int:
    """Start the demo and stop it by a signal; gives the exit code."""
    with subprocess.Popen(
        [sys.executable, ROOT / "cli.py", "demo", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as child:
        time.sleep(seconds)
        child.send_signal(number)
        return child.wait()


def assert_complete(folder: Path) -> None:
    done = docgen("archive", "audit", folder / "media-a", folder / "media-b", "--full", "--json")
    assert done.returncode == 0, done.stdout
    result = json.loads(done.stdout)
    assert not result["findings"]
    for medium in ("media-a", "media-b"):
        names = [path.name for path in (folder / medium / "bags").iterdir()]
        assert len([name for name in names if not name.startswith(".")]) == 2
        assert not list((folder / medium / "bags" / ".incoming").glob("*"))


@pytest.mark.parametrize("seconds", [1.5, 3.0, 4.5])
def test_a_killed_run_is_finished_by_the_next_one(tmp_path: Path, seconds: float) -> None:
    folder = tmp_path / "demo"
    killed_after(folder, seconds, signal.SIGKILL)
    done = docgen("demo", folder, at=int(time.time()))
    assert done.returncode == 0, done.stderr
    assert_complete(folder)


def test_a_demo_stopped_while_its_journal_is_written_has_all_of_it_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It went on with the tables that there were, and its own check refused them."""
    now = dt.datetime(2025, 11, 1, 9, tzinfo=dt.UTC)
    written: list[str] = []

    def stopped_at_the_fourth(path: Path, data: bytes | str) -> None:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(path.name)
        write_atomic(path, data)

    with monkeypatch.context() as patched:
        patched.setattr("docgen.journal.demo.write_atomic", stopped_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            run_demo(tmp_path / "demo", now=now, progress=Silent())
    done = run_demo(tmp_path / "demo", now=now, progress=Silent())
    assert len(done.imported.files) > len(written) == 3
    assert_complete(tmp_path / "demo")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_runs_killed_twice_at_random_are_finished_by_the_third(tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "demo"
    rng = random.Random(seed)
    for _ in range(2):
        killed_after(folder, rng.uniform(0.3, 7), rng.choice([signal.SIGKILL, signal.SIGINT]))
    done = docgen("demo", folder, at=int(time.time()))
    assert done.returncode == 0, done.stderr
    assert_complete(folder)


def test_a_planted_school_is_not_bound(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    assert docgen("init", folder).returncode == 0
    package = ROOT / "tests" / "data" / "defects-q1.zip"
    assert docgen("-w", folder, "import", package).returncode == 0
    done = docgen(
        *("-w", folder, "close", "Q1", "--confirm-same-device", CONFIRMED),
        *("--media", tmp_path / "a", "--media", tmp_path / "b"),
    )
    assert done.returncode == 1
    assert "MK-01" in done.stderr
    assert "defects-q1.zip/marks.csv" in done.stderr
    assert not (folder / "volumes").exists()
    assert not (tmp_path / "a").exists()


def test_one_flipped_bit_is_never_passed(demo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "media-a"
    shutil.copytree(demo / "media-a", copy)
    volume = next(copy.glob("bags/*/data/*.pdf"))
    data = bytearray(volume.read_bytes())
    data[len(data) // 2] ^= 1
    volume.write_bytes(data)
    done = docgen("-w", demo, "verify", volume)
    assert done.returncode == 1
    assert "TOTAL_FAILED" in done.stdout
    done = docgen("-w", demo, "archive", "audit", copy, "--full")
    assert done.returncode == 1
    assert volume.name in done.stdout


def test_verifying_a_good_volume_passes(demo: Path) -> None:
    volume = next(demo.glob("volumes/*/*/*.pdf"))
    done = docgen("-w", demo, "verify", volume, demo / "media-a", demo / "media-b")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("TOTAL_PASSED") >= 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("check", "--period", "Q1"), 2, "docgen init"),
        (("-w", "{w}", "check", "--period", "Q9"), 2, "Q9"),
        (("-w", "{w}", "check", "--period", "Q1", "--class", "77Я"), 2, "77Я"),
        (("-w", "{w}", "import", "nothing.zip"), 3, "nothing.zip"),
        (("-w", "{w}", "verify", "nothing.pdf"), 3, "nothing.pdf"),
        (("-w", "{w}", "close", "Q1", "--media", "a"), 2, "--media"),
        (("-w", "{w}", "close", "Q1", "--media", "a", "--media", "./a"), 4, "одна и та же"),
        (("-w", "{w}", "close", "Q1", "--media", "a", "--media", "b"), 4, "--confirm-same-device"),
        (("-w", "{w}", "close", "Q1", "--media", "x/y", "--media", "b"), 4, "x/y"),
        (("prnt",), 2, "prnt"),
        (("close", "--medai", "a"), 2, "--medai"),
    ],
)
def test_a_wrong_call_is_told_in_one_russian_message(
    demo: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = docgen(*(item.replace("{w}", str(demo)) for item in arguments), cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "Что сделать" in done.stderr


def test_a_json_answer_is_one_object_even_for_a_fault(demo: Path) -> None:
    done = docgen("-w", demo, "import", "nothing.zip", "--json")
    answer = json.loads(done.stdout)
    assert answer["ok"] is False
    assert "nothing.zip" in answer["result"]["where"]


def test_logs_hold_no_pupil(demo: Path) -> None:
    table = (demo / "journal" / "students.csv").read_text(encoding="utf-8-sig").splitlines()
    names = {line.split(";")[1] for line in table[1:]}
    logs = "".join(path.read_text() for path in (demo / "runs").glob("*.json"))
    assert not {name for name in names if name in logs}
