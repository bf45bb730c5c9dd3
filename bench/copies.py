"""Two verified copies: bagit-python with cp and sync against our bag and writing protocol.

`python bench/copies.py [--files 250] [--megabytes 100] [--folder DIR] [--rounds 3]
[--sha512-only]`. What is measured is wall time of one process a step, rounds taken in turns; the
folder should lie on the disk in question. Ours reads back past the cache and computes GOST digests
too, bagit does neither.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.bag import BagSpec, write_bag
from archive.copy import copy_bags
from archive.medium import prepare_medium
from archive.volume import Role
from docgen.core.progress import Silent

NOW = dt.datetime(2026, 6, 20, 12, 0, tzinfo=dt.UTC)


def make_files(folder: Path, count: int, total: int) -> None:
    """Files of many sizes, from a few kilobytes to some megabytes, as in real cases."""
    noise = random.Random(1)
    weights = [noise.lognormvariate(0, 1.2) for _ in range(count)]
    block = noise.randbytes(1 << 20)
    for number, weight in enumerate(weights):
        path = folder / f"{number // 100:03d}" / f"{number:05d}.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        size = max(1, int(total * weight / sum(weights)))
        start = number.to_bytes(8, "big")
        path.write_bytes((start + block * (size // len(block) + 1))[:size])


def theirs(source: Path, work: Path, *options: str) -> None:
    """Bag a copy of the files, copy the bag twice, sync, validate both.

    bagit digests by SHA-256 and SHA-512 unless `options` say otherwise.
    """
    bag = work / "bag"
    tool = str(Path(sys.executable).parent / "bagit.py")
    subprocess.run(["cp", "-a", source, bag], check=True)
    started = time.perf_counter()
    subprocess.run([sys.executable, tool, "--quiet", *options, bag], check=True)
    for name in ("a", "b"):
        subprocess.run(["cp", "-a", bag, work / name], check=True)
    subprocess.run(["sync"], check=True)
    for name in ("a", "b"):
        subprocess.run([sys.executable, tool, "--quiet", "--validate", work / name], check=True)
    report("bagit make, cp x2, sync, validate x2", started)


def ours(source: Path, work: Path) -> None:
    """Build our bag and write it to two media by the protocol."""
    files = {
        f"data/{path.relative_to(source).as_posix()}": path
        for path in sorted(source.rglob("*"))
        if path.is_file()
    }
    spec = BagSpec(
        name="2025-2026_02-15_09a_q1_t5",
        title="Журнал",
        organisation="Школа",
        bagging_date=NOW.date(),
        retention_until=None,
        retention_article="ст. 605",
        files=files,
    )
    media = []
    for number, role in enumerate(Role, start=1):
        folder = work / role.value
        folder.mkdir()
        media.append(
            prepare_medium(
                folder,
                inventory_number=str(number),
                role=role,
                pair=uuid.UUID(int=9),
                organisation="Школа",
                contact="Архив",
                now=NOW,
            )
        )
    started = time.perf_counter()
    bag = write_bag(spec, work / "bundles").path
    report("our bag", started)
    copied = time.perf_counter()
    copy_bags([bag], (media[0], media[1]), confirm_same_device="замер", progress=Silent(), now=NOW)
    report("our two copies", copied)
    report("our bag and two copies", started)


TIMES: dict[str, list[float]] = {}


def report(step: str, started: float) -> None:
    """Keep the seconds of a step."""
    TIMES.setdefault(step, []).append(time.perf_counter() - started)


def main() -> None:
    """Measure in turns and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=250)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sha512-only", action="store_true", help="bagit digests by it alone")
    parser.add_argument("--folder", type=Path, default=None)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=wanted.folder) as scratch:
        source = Path(scratch) / "source"
        make_files(source, wanted.files, wanted.megabytes * 10**6)
        options = ["--sha512"] if wanted.sha512_only else []
        runs: list[Callable[[Path, Path], None]] = [
            lambda source, work: theirs(source, work, *options),
            ours,
        ]
        for _ in range(wanted.rounds):
            for run in runs:
                work = Path(scratch) / "work"
                work.mkdir()
                os.sync()
                run(source, work)
                shutil.rmtree(work)
    yardstick = statistics.median(TIMES["bagit make, cp x2, sync, validate x2"])
    for step, seconds in TIMES.items():
        middle = statistics.median(seconds)
        print(f"{step:40} {middle:7.2f} s   {middle / yardstick:5.2f}")


if __name__ == "__main__":
    main()
