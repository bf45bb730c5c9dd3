"""Answers that are no answers: refused by size before they take memory (journal.md 4)."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from docgen.journal.model import SourceRef

ROOT = Path(__file__).resolve().parent.parent
HEAD = '{"weekDays": [], "weekStart": "2025-09-01", "x": '
MEMORY = 1 << 30
"""Bytes of addresses; the interpreter and its libraries take half of it before a file is read."""

HOSTILE = {
    "lists": HEAD + "[" + "[]," * 9_000_000 + "[]]}",
    "objects": HEAD + "[" + '{"a":1},' * 990_000 + "{}]}",
    "deep": HEAD + "[" * 100_000 + "]" * 100_000 + "}",
    "number": HEAD + "1" + "0" * 5_000_000 + "}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_refused_within_its_memory(tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{name}.json"
    file.write_text(HOSTILE[name], "utf-8")
    workspace = tmp_path / "school"
    run(tmp_path, "init", workspace)
    done = run(tmp_path, "-w", workspace, "import", file, "--source", "sgo", "--student", "А Б; 7А")
    assert done.returncode == 3, done.stderr
    assert file.name in done.stderr
    assert "Что сделать" in done.stderr


def run(cwd: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "cli.py", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )


@pytest.mark.parametrize(
    ("sheet", "cell", "told"),
    [
        ("", "15", "x.json, строка 15"),
        ("", "/days/0/date", "x.json, место /days/0/date"),
        ("", "", "x.json"),
        ("Уроки", "C15", "x.json, лист «Уроки», ячейка C15"),
    ],
)
def test_an_address_names_what_it_points_to(sheet: str, cell: str, told: str) -> None:
    assert SourceRef("sgo", "x.json", sheet, "", "").address(cell) == told
