"""Two copies against each other, and the commands that look after media."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_archive_samples import finished_media, flip, need, tree

import archive
from archive import manifest
from archive.compare import compare_media
from archive.durable import sha512_of
from archive.manifest import TAG_MANIFEST
from archive.parity import make_parity
from archive.validation import bag_digest
from docgen.core.progress import Silent

if TYPE_CHECKING:
    from archive.medium import Medium

ROOT = Path(__file__).resolve().parent.parent

Pair = tuple["Medium", "Medium"]


@pytest.fixture
def media(tmp_path: Path) -> Pair:
    return finished_media(tmp_path)


def bag(medium: Medium, number: int = 0) -> Path:
    return medium.bags / medium.bag_names()[number]


def test_whole_copies_are_the_same(media: Pair) -> None:
    result = compare_media(*media, progress=Silent())
    assert (result.same, result.bags, result.files) == (True, 2, 26)
    assert result.size > 2_600_000


def test_a_difference_is_named_with_the_copy_the_list_speaks_for(media: Pair) -> None:
    flip(bag(media[0]) / "data/tom-1.pdf", 1_000_000)
    (row,) = compare_media(*media, progress=Silent()).findings
    assert (row.code, row.where) == ("AR-84", f"{bag(media[0]).name}/data/tom-1.pdf")
    assert "Э-2" in row.params["right"]
    assert "Э-1" not in row.params["right"]


def test_copies_that_are_both_wrong_are_told_so(media: Pair) -> None:
    flip(bag(media[0]) / "data/tom-1.pdf", 1)
    flip(bag(media[1]) / "data/tom-1.pdf", 2)
    (row,) = compare_media(*media, progress=Silent()).findings
    assert row.params["right"] == "ни один"


def test_what_only_one_copy_holds_and_lists_that_differ_are_named(media: Pair) -> None:
    shutil.rmtree(bag(media[0], 1))
    (bag(media[1]) / "data/tom-1.pdf.p7s").unlink()
    flip(bag(media[1]) / TAG_MANIFEST)
    found = compare_media(*media, progress=Silent()).findings
    name = bag(media[0]).name
    assert {(row.code, row.where) for row in found} == {
        ("AR-41", f"{name}/data/tom-1.pdf.p7s"),
        ("AR-41", f"{name}/{TAG_MANIFEST}"),
        ("AR-40", media[1].bag_names()[1]),
    }


# --- commands ---------------------------------------------------------------------------------


def docgen(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "cli.py", "archive", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_a_damaged_medium_goes_from_audit_to_repair_without_a_school(
    tmp_path: Path, media: Pair
) -> None:
    """An archive outlives its school: two media, the act, and no workspace."""
    whole = tree(media[0].folder)
    digest = bag_digest(bag(media[0]))
    flip(bag(media[0]) / "data/tom-1.pdf")
    folders = [medium.folder for medium in media]
    found = docgen("audit", folders[0], "--paper", digest, "--json", cwd=tmp_path)
    assert found.returncode == 1
    assert {row["code"] for row in json.loads(found.stdout)["findings"]} == {"AR-23"}
    compared = docgen("compare", *folders, cwd=tmp_path)
    assert (compared.returncode, "Экземпляры различаются." in compared.stdout) == (1, True)
    unproved = docgen("repair", folders[0], "--from", folders[1], cwd=tmp_path)
    assert (unproved.returncode, "--paper" in unproved.stdout) == (1, True)
    report = tmp_path / "report.txt"
    done = docgen(
        *("repair", folders[0], "--from", folders[1], "--paper", digest, "--report", report),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Восстановлен 2025-2026_02-15_09a_q1_t5/data/tom-1.pdf" in report.read_text(
        encoding="utf-8"
    )
    assert tree(media[0].folder) == whole
    assert docgen("audit", *folders, cwd=tmp_path).returncode == 0


def test_recovery_data_are_not_made_of_a_damaged_case(tmp_path: Path, media: Pair) -> None:
    need("par2")
    flip(bag(media[0], 1) / "data/tom-1.pdf")
    refused = docgen("parity", media[0].folder, cwd=tmp_path)
    assert refused.returncode == 1
    assert not (media[0].folder / "parity" / bag(media[0], 1).name).exists()
    assert docgen("parity", media[1].folder, "--json", cwd=tmp_path).returncode == 0


# --- tools on the medium ----------------------------------------------------------------------

TOOLS = {"verify.sh": ["sh", "verify.sh"], "verify.py": [sys.executable, "-I", "verify.py"]}


def run_tool(medium: Medium, *command: str) -> tuple[int, str]:
    done = subprocess.run(
        command, cwd=medium.folder / "tools", capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def relist(bag: Path, path: str) -> None:
    """Bring the tag manifest in step with a changed tag file, as a forger would."""
    lists = bag / TAG_MANIFEST
    read = manifest.read_list(lists, digits=128, where="")
    lists.write_bytes(manifest.write_list({**read.digests, path: sha512_of(bag / path)}))


@pytest.mark.parametrize("tool", TOOLS)
def test_one_case_can_be_checked_alone(media: Pair, tool: str) -> None:
    one, other = (f"bags/{name}" for name in media[0].bag_names())
    flip(media[0].folder / other / "data/tom-1.pdf")
    assert run_tool(media[0], *TOOLS[tool], one)[0] == 0
    code, said = run_tool(media[0], *TOOLS[tool], other)
    assert (code, "data/tom-1.pdf" in said) == (1, True)
    code, said = run_tool(media[0], *TOOLS[tool], "docs")
    assert (code, "ЭТО НЕ ДЕЛО" in said) == (1, True)


@pytest.mark.parametrize("tool", TOOLS)
def test_gost_digests_are_checked_where_rhash_is(media: Pair, tool: str) -> None:
    need("rhash")
    path = bag(media[0]) / manifest.GOST_LIST
    text = path.read_text()
    path.write_text(("1" if text[0] == "0" else "0") + text[1:])
    relist(bag(media[0]), manifest.GOST_LIST)
    code, said = run_tool(media[0], *TOOLS[tool], f"bags/{bag(media[0]).name}")
    assert (code, "СУММЫ ПО ГОСТ НЕ СХОДЯТСЯ" in said) == (1, True)
    assert "ИЗМЕНЁН" not in said


@pytest.mark.parametrize("tool", TOOLS)
def test_a_link_is_no_document(tmp_path: Path, media: Pair, tool: str) -> None:
    document = bag(media[0]) / "data/tom-1.pdf"
    shutil.move(document, tmp_path / "tom-1.pdf")
    document.symlink_to(tmp_path / "tom-1.pdf")
    code, said = run_tool(media[0], *TOOLS[tool])
    assert (code, "ный файл" in said.lower(), "tom-1.pdf" in said) == (1, True, True)


@pytest.mark.parametrize("tool", TOOLS)
def test_recovery_data_are_no_strangers_and_their_damage_is_named(media: Pair, tool: str) -> None:
    need("par2")
    make_parity(bag(media[0]), media[:1], 10)
    assert run_tool(media[0], *TOOLS[tool])[0] == 0
    flip(media[0].folder / "parity" / bag(media[0]).name / "recovery.par2")
    code, said = run_tool(media[0], *TOOLS[tool])
    assert (code, "recovery.par2" in said) == (1, True)


def test_the_python_tool_is_written_for_old_pythons_and_needs_no_library() -> None:
    source = (Path(archive.__file__).parent / "tools/verify.py").read_text(encoding="utf-8")
    module = ast.parse(source, feature_version=(3, 6))
    imported = {
        name.split(".")[0]
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        + [alias.name for alias in node.names if isinstance(node, ast.Import)]
    }
    assert imported <= set(sys.stdlib_module_names) - {"__future__", "dataclasses"}
