"""Killed programs, failing calls and power cuts: a bag is complete or absent, never half."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_archive_samples import (
    CONFIRMED,
    NOW,
    copy,
    finish,
    mounted,
    need,
    root_only,
    sample_bags,
    sample_media,
    sample_medium,
    tree,
)

from archive.audit import audit_media
from archive.medium import Medium, open_medium
from archive.validation import Level, validate
from archive.volume import Role
from docgen.core.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent

# The whole way from two empty folders to two finished media; says aloud which bags are done.
DRIVER = """
import sys
from pathlib import Path
from archive.copy import copy_bags
from docgen.core.errors import DocgenError
from test_archive_faults import media_of
from test_archive_samples import CONFIRMED, NOW, finish

class Aloud:
    def track(self, items, *, title, total=None):
        for item in items:
            yield item
            print(item.name, flush=True)

folder = Path(sys.argv[1])
try:
    media = media_of(folder)
    bags = sorted((folder / "bundles").iterdir())
    copy_bags(bags, media, confirm_same_device=CONFIRMED, progress=Aloud(), now=NOW)
    finish(media)
except DocgenError as fault:
    print(fault.message, fault.where, file=sys.stderr)
    sys.exit(fault.exit_code)
"""
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}",
    "PYTHONDONTWRITEBYTECODE": "1",
}
CALLS = ("mkdir", "write", "fsync", "fadvise64", "rename", "unlink")


def media_of(folder: Path) -> tuple[Medium, Medium]:
    """Open two media, or prepare them when a run ended before they were."""
    media = []
    for number, (name, role) in enumerate(zip("ab", Role, strict=True), start=1):
        place = folder / name
        prepared = (place / "volume.json").exists()
        media.append(open_medium(place) if prepared else sample_medium(place, number, role))
    return media[0], media[1]


def run_with(
    folder: Path, injection: str, *, only: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the driver while the kernel misbehaves at one chosen call, or at one file `only`."""
    strace = need("strace")
    command = [strace, "-f", "-qqq", "-o", "/dev/null", "-e", f"inject={injection}"]
    command += ["-P", str(only)] if only else []
    return subprocess.run(
        [*command, sys.executable, "-c", DRIVER, str(folder)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def check_after_the_fault(folder: Path, acknowledged: Sequence[str]) -> None:
    """What stands is whole, what was acknowledged stands, and a second run completes the rest."""
    for name in "ab":
        for bag in sorted((folder / name / "bags").glob("[!.]*")):
            assert validate(bag, level=Level.FULL) == []
        for bag in acknowledged:
            assert (folder / name / "bags" / bag).is_dir()
    media = media_of(folder)
    bags = sorted((folder / "bundles").iterdir())
    copy(bags, media)
    finish(media)
    for medium in media:
        assert medium.bag_names() == [bag.name for bag in bags]
        for bag in bags:
            assert tree(medium.bags / bag.name) == tree(bag)
    report = audit_media(media, level=Level.FULL, progress=Silent(), now=NOW)
    assert report.all_findings == ()


def two_empty_folders(folder: Path) -> None:
    """Lay out what a run starts from: built bags and two empty places for media."""
    sample_bags(folder / "bundles")
    (folder / "a").mkdir()
    (folder / "b").mkdir()


def kill_points(count: int, seed: int) -> list[tuple[str, int]]:
    chance = random.Random(seed)
    return [(CALLS[n % len(CALLS)], chance.randint(1, 24)) for n in range(count)]


@pytest.mark.parametrize(("call", "number"), kill_points(6, seed=20260630))
def test_a_run_killed_at_any_call_is_completed_by_the_next(
    tmp_path: Path, call: str, number: int
) -> None:
    two_empty_folders(tmp_path)
    done = run_with(tmp_path, f"{call}:signal=KILL:when={number}")
    assert done.returncode in {0, -signal.SIGKILL, 128 + signal.SIGKILL}, done.stderr
    check_after_the_fault(tmp_path, done.stdout.split())


def test_a_kill_really_kills(tmp_path: Path) -> None:
    two_empty_folders(tmp_path)
    done = run_with(tmp_path, "fsync:signal=KILL:when=1")
    assert done.returncode in {-signal.SIGKILL, 128 + signal.SIGKILL}
    assert done.stdout == ""


@pytest.mark.long
@pytest.mark.parametrize(("call", "number"), sorted(set(kill_points(90, seed=7))))
def test_a_run_killed_at_many_calls_is_completed_by_the_next(
    tmp_path: Path, call: str, number: int
) -> None:
    two_empty_folders(tmp_path)
    done = run_with(tmp_path, f"{call}:signal=KILL:when={number}")
    check_after_the_fault(tmp_path, done.stdout.split())


def fail_at(folder: Path, call: str, error: str, number: int) -> None:
    done = run_with(folder, f"{call}:error={error}:when={number}")
    assert done.returncode in {0, 3, 4}, done.stderr  # 3: the built bag could not be read
    assert "Traceback" not in done.stderr
    check_after_the_fault(folder, done.stdout.split())


@pytest.mark.parametrize(
    ("call", "error", "number"), [("fsync", "EIO", 9), ("fsync", "EIO", 2), ("rename", "EIO", 4)]
)
def test_a_failing_call_is_told_and_the_next_run_completes(
    tmp_path: Path, call: str, error: str, number: int
) -> None:
    two_empty_folders(tmp_path)
    fail_at(tmp_path, call, error, number)


def test_a_failed_fsync_names_the_medium_and_acknowledges_nothing(tmp_path: Path) -> None:
    bag = sample_bags(tmp_path / "bundles", 1)[0]
    media = sample_media(tmp_path)
    target = media[1].incoming / bag.name / "data/tom-1.pdf"
    done = run_with(tmp_path, "fsync:error=EIO", only=target)
    assert (done.returncode, done.stdout) == (4, "")
    assert "Носитель не справился" in done.stderr
    assert "Э-2" in done.stderr
    assert [medium.bag_names() + medium.leftovers() for medium in media] == [[], []]


def test_a_medium_that_reads_back_something_else_is_not_believed(tmp_path: Path) -> None:
    bag = sample_bags(tmp_path / "bundles", 1)[0]
    media = sample_media(tmp_path)
    target = media[1].incoming / bag.name / "data/tom-1.pdf"
    done = run_with(tmp_path, "read:poke_exit=@arg2=00ff00ff", only=target)
    assert (done.returncode, done.stdout) == (4, "")
    assert "Носитель вернул не то" in done.stderr
    assert "Э-2" in done.stderr
    assert [medium.bag_names() + medium.leftovers() for medium in media] == [[], []]


@pytest.mark.long
@pytest.mark.parametrize("number", range(1, 30, 3))
@pytest.mark.parametrize(
    ("call", "error"),
    [("fsync", "EIO"), ("rename", "EIO"), ("mkdir", "ENOSPC"), ("fadvise64", "EIO")],
)
def test_many_failing_calls_are_told_and_the_next_run_completes(
    tmp_path: Path, call: str, error: str, number: int
) -> None:
    two_empty_folders(tmp_path)
    fail_at(tmp_path, call, error, number)


FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
WITHOUT_LOG_FLUSH = (2).to_bytes(4, "little")


@pytest.mark.long
@root_only
@pytest.mark.parametrize("seed", range(6))
def test_what_was_acknowledged_outlives_a_power_cut(tmp_path: Path, seed: int) -> None:
    need("mkfs.ext4")
    chance = random.Random(seed)
    bags = sample_bags(tmp_path / "bundles", 4)
    image = tmp_path / "b.img"
    with image.open("wb") as stream:
        stream.truncate(64 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    (tmp_path / "a").mkdir()
    place = tmp_path / "b"
    acknowledged: list[str] = []
    with ExitStack() as mounts:
        mounts.enter_context(mounted(place, "-o", "loop", str(image)))
        run = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(tmp_path)],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with run:
            assert run.stdout is not None
            awaited = range(chance.randint(1, len(bags)))
            acknowledged += [run.stdout.readline().strip() for _ in awaited]
            handle = os.open(place, os.O_RDONLY)
            fcntl.ioctl(handle, FS_IOC_SHUTDOWN, WITHOUT_LOG_FLUSH)
            os.close(handle)
            acknowledged += run.stdout.read().split()
        assert run.returncode in {0, 4}
    with mounted(place, "-o", "loop", str(image)):
        check_after_the_fault(tmp_path, acknowledged)


def test_the_driver_itself_runs_to_the_end(tmp_path: Path) -> None:
    two_empty_folders(tmp_path)
    bags = sorted((tmp_path / "bundles").iterdir())
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(tmp_path)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == [bag.name for bag in bags]
    assert CONFIRMED in (tmp_path / "a/volume.json").read_text(encoding="utf-8")
