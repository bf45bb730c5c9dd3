"""Speed as ratios in one run: CPU time, medians, engines interleaved (speed.md, The benchmark).

python bench/run.py [--rounds 5] [--units 28]. Engines that are not installed are named and left
out: `pip install reportlab typst` brings them. With ../shared/data beside the project a whole
school's quarter is measured end to end as well.
"""

from __future__ import annotations

import argparse
import io
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pypdf import PdfReader

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from data import PAGES, Unit, units  # noqa: E402 - the path is set above
from engines import ENGINES  # noqa: E402

SCHOOL = ROOT.parent / "shared" / "data" / "school-2025-2026.zip"
_FEW = {"weasyprint tables": 1}
"""Engines too slow for all units get fewer; their cost a page is the same."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--units", type=int, default=28)
    chosen = parser.parse_args()
    work = units(chosen.units)
    times: dict[str, list[float]] = {}
    sizes: dict[str, float] = {}
    pages: dict[str, int] = {}
    for round_number in range(chosen.rounds + 1):
        for name, engine in ENGINES.items():
            part = work[: _FEW.get(name, len(work))]
            try:
                started = time.process_time()
                pdf = engine(part)
                spent = time.process_time() - started
            except ImportError as absent:
                if not round_number:
                    print(f"{name}: not installed ({absent.name})")
                continue
            if not round_number:  # the first round warms caches and is checked
                pages[name] = _checked(name, pdf, part)
                continue
            times.setdefault(name, []).append(1000 * spent / pages[name])
            sizes[name] = len(pdf) / pages[name] / 1024
    base = statistics.median(times["docgen"])
    print(f"\n{chosen.units} units, {PAGES * chosen.units} pages, median of {chosen.rounds} rounds")
    print(f"{'engine':20} {'CPU ms/page':>12} {'KB/page':>9} {'docgen is':>12}")
    for name, values in times.items():
        own = statistics.median(values)
        print(f"{name:20} {own:12.2f} {sizes[name]:9.1f} {base / own:10.2f} ×")
    _growth()
    _school()


def _checked(name: str, pdf: bytes, part: list[Unit]) -> int:
    """Pages of a file that holds every page and every name."""
    reader = PdfReader(io.BytesIO(pdf))
    count, expected = len(reader.pages), PAGES * len(part)
    # Ours binds as well (contents, inventory), tables of others may run over: never fewer.
    if count < expected:
        raise SystemExit(f"{name}: {count} pages instead of {expected}")
    text = "".join(page.extract_text() for page in reader.pages)
    missing = [pupil for pupil in part[-1].names if pupil.split()[0] not in text]
    if missing:
        raise SystemExit(f"{name}: names are missing from the text")
    return count


def _growth() -> None:
    """The cost of a page in a short volume and in a long one."""
    for count in (2, 40, 400):
        work = units(count)
        started = time.process_time()
        ENGINES["docgen"](work)
        spent = 1000 * (time.process_time() - started) / (PAGES * count)
        print(f"docgen, {PAGES * count:5} pages in one volume: {spent:.2f} ms/page")


def _school() -> None:
    """A whole school's first quarter, each command a process of its own."""
    if not SCHOOL.is_file():
        print("whole school: ../shared/data is not beside the project")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps = {
            "init": ["init", str(folder / "w")],
            "import": ["-w", str(folder / "w"), "import", str(SCHOOL)],
            "import again": ["-w", str(folder / "w"), "import", str(SCHOOL)],
            "check": ["-w", str(folder / "w"), "check", "--period", "Q1"],
            "bind": ["-w", str(folder / "w"), "bind", "Q1"],
            "close": [
                *("-w", str(folder / "w"), "close", "Q1"),
                *("--media", str(folder / "a"), "--media", str(folder / "b")),
                *("--confirm-same-device", "замер скорости"),
            ],
        }
        print(f"\n{'whole school, Q1':20} {'CPU s':>8} {'peak MB':>9}")
        for title, arguments in steps.items():
            cpu, peak = _measured([sys.executable, str(ROOT / "cli.py"), *arguments])
            print(f"{title:20} {cpu:8.2f} {peak:9.0f}")
        pages = sum(len(PdfReader(path).pages) for path in folder.glob("w/volumes/*/*/*.pdf"))
        print(f"pages: {pages}")


_PROBE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
sys.exit(code)
"""


def _measured(command: list[str]) -> tuple[float, float]:
    """CPU seconds and peak memory (MB) of a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *command], check=True, capture_output=True, text=True
    )
    cpu, peak = done.stdout.split()
    return float(cpu), float(peak)


if __name__ == "__main__":
    main()
