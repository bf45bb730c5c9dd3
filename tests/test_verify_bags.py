"""`docgen verify` over bags that somebody else made, sound, broken and hostile."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from foreign_bags import (
    Spec,
    deep,
    pipe,
    remove,
    replace_by_link,
    write,
    write_file,
)
from test_archive_samples import NOW, need, sample_bags, sample_medium
from test_whole_way import ROOT, docgen

from archive.volume import Role
from docgen.core.errors import InputFault
from docgen.core.progress import Silent
from docgen.pipeline.verify import Judge, NoSignature, Verdict, verify_path
from signing.report import Conclusion
from signing.revocation import NO_EVIDENCE
from signing.trust import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIST = "tagmanifest-sha512.txt"
SEAL = f"{LIST}.p7s"


def judged(path: Path) -> Verdict:
    return verify_path(path, Judge(TrustStore(), NO_EVIDENCE, NOW), progress=Silent())


def codes(verdict: Verdict) -> set[str]:
    return {row.code for row in verdict.findings}


def all_of(*steps: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda bag: [step(bag) for step in steps]


def answered(*arguments: object) -> tuple[int, Any]:
    done = docgen("verify", "--json", *arguments)
    return done.returncode, json.loads(done.stdout)


def test_a_sound_bag_by_others_passes_without_a_signature(tmp_path: Path) -> None:
    code, answer = answered(write(tmp_path / "bag", Spec(manifests=("md5",))))
    assert (code, answer["ok"]) == (0, True)
    assert [row["severity"] for row in answer["findings"]] == ["warning"]
    assert answer["result"][0]["conclusion"] == "UNSIGNED"
    assert answer["result"][0]["valid"] is True
    told = docgen("verify", tmp_path / "bag").stdout
    assert "подписи нет, проверена только целостность" in told


def test_a_broken_bag_by_others_does_not_pass(tmp_path: Path) -> None:
    bag = write(tmp_path / "bag", Spec(after=write_file("data/one.txt", b"onE\n")))
    code, answer = answered(bag)
    assert (code, answer["ok"]) == (1, False)
    assert answer["result"][0]["conclusion"] == "UNSIGNED"
    assert answer["result"][0]["valid"] is False


def test_a_bag_of_ours_without_its_signature_does_not_pass(tmp_path: Path) -> None:
    bag = sample_bags(tmp_path, 1)[0]
    (bag / SEAL).unlink()
    verdict = judged(bag)
    assert (verdict.conclusion, verdict.passed) == (Conclusion.INDETERMINATE, False)
    assert verdict.details["valid"] is True


@pytest.mark.parametrize(
    "after",
    [
        remove("bagit.txt"),
        all_of(remove("bagit.txt"), lambda bag: (bag / "bagit.txt").mkdir()),
        pipe("bagit.txt"),
        replace_by_link("bagit.txt", "nowhere"),
        lambda bag: (bag / "bagit.txt").rename(bag / "BAGIT.TXT"),
    ],
    ids=["none", "folder", "pipe", "dangling link", "capitals"],
)
def test_a_bag_without_a_declaration_is_told_of_all_its_faults(
    tmp_path: Path, after: Callable[[Path], object]
) -> None:
    spoil = write_file("data/one.txt", b"onE\n")
    verdict = judged(write(tmp_path / "bag", Spec(after=all_of(after, spoil))))
    assert codes(verdict) >= {"AR-22", "AR-23"}
    assert not verdict.passed


def test_a_folder_of_anything_else_is_no_bag(tmp_path: Path) -> None:
    (tmp_path / "manifest.txt").touch()
    with pytest.raises(InputFault):
        judged(tmp_path)


def test_a_tag_file_may_be_called_as_a_card_of_ours(tmp_path: Path) -> None:
    spec = Spec(tags={"volume.json": b'{"my": "own"}', "gost/streebog256.txt": b"a note\n"})
    assert judged(write(tmp_path / "bag", spec)).passed
    nested = Spec(tags={"volume.json": b"[" * 100_000})
    assert judged(write(tmp_path / "nested", nested)).passed


def test_a_medium_stays_a_medium_when_a_bag_is_laid_over_it(tmp_path: Path) -> None:
    """Else a stranger's empty bag would be judged in its place, and mildly."""
    (tmp_path / "m").mkdir()
    medium = sample_medium(tmp_path / "m", 1, Role.PRIMARY)
    for path, data in (("bagit.txt", b""), ("manifest-sha512.txt", b"")):
        (medium.folder / path).write_bytes(data)
    for name in ("data", "bags"):
        (medium.folder / name).mkdir(exist_ok=True)
    verdict = judged(medium.folder)
    assert verdict.lines[0].startswith("Носитель")
    assert not verdict.passed


def test_a_file_called_as_a_signature_is_a_warning_in_a_bag_by_others(tmp_path: Path) -> None:
    verdict = judged(write(tmp_path / "bag", Spec(after=write_file(SEAL, b"no signature"))))
    assert (verdict.conclusion, codes(verdict)) == (NoSignature.UNSIGNED, {"AR-88"})
    assert verdict.passed
    (bag,) = sample_bags(tmp_path, 1)
    (bag / SEAL).write_bytes(b"no signature")
    ours = judged(bag)
    assert (ours.conclusion, ours.passed) == (Conclusion.TOTAL_FAILED, False)


@pytest.mark.parametrize("ours", [False, True])
def test_a_bag_that_lost_its_signed_list_is_told_of_all_its_faults(
    tmp_path: Path, *, ours: bool
) -> None:
    bag = (
        sample_bags(tmp_path, 1)[0]
        if ours
        else write(tmp_path / "bag", Spec(after=write_file(SEAL, b"signature")))
    )
    (bag / LIST).unlink()
    (bag / "data/more").touch()
    verdict = judged(bag)
    assert codes(verdict) >= {"AR-11", "AR-87"}
    assert verdict.conclusion is Conclusion.TOTAL_FAILED
    assert docgen("verify", bag).returncode == 1


@pytest.mark.parametrize("made", [pipe, lambda path: replace_by_link(path, "/etc/passwd")])
@pytest.mark.parametrize("path", [LIST, SEAL])
def test_a_signature_is_not_looked_for_in_pipes_and_links(
    tmp_path: Path, path: str, made: Callable[[str], Callable[[Path], object]]
) -> None:
    bag = write(tmp_path / "bag", Spec(after=all_of(write_file(SEAL, b"x"), made(path))))
    verdict = judged(bag)
    assert codes(verdict) >= {"AR-21", "AR-87"}
    assert verdict.conclusion is Conclusion.TOTAL_FAILED


def test_nothing_outside_a_bag_is_opened_and_no_other_program_is_called(tmp_path: Path) -> None:
    strace = need("strace")
    secret = tmp_path / "secret"
    secret.mkdir()
    for name in ("file", "streebog256.txt", "delo.json"):
        (secret / name).write_bytes(b"secret")
    lure = [
        *("bagit.txt", "bag-info.txt", "fetch.txt", "manifest-sha512.txt", LIST, SEAL),
        *("volume.json", "data/one.txt", "manifest-md5.txt", "tagmanifest-md5.txt"),
    ]
    for ours in (False, True):
        for number, path in enumerate([*lure, ""]):
            folder = tmp_path / f"{ours}{number}"
            bag = sample_bags(folder, 1)[0] if ours else write(folder / "bag", Spec())
            chosen = [path] if path else lure
            for one in chosen:
                replace_by_link(one, str(secret / "file"))(bag)
            for name in ("gost", "metadata", "data/linked"):
                shutil.rmtree(bag / name, ignore_errors=True)
                (bag / name).symlink_to(secret)
    bags = sorted(path for path in tmp_path.glob("*/*") if path.is_dir())
    log = tmp_path / "log"
    done = subprocess.run(
        [
            *(strace, "-f", "-qqq", "-o", log, "-e", "trace=open,openat,execve"),
            *(sys.executable, ROOT / "cli.py", "verify", *bags),
        ],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    calls = log.read_text("utf-8", "replace").splitlines()
    assert done.returncode == 1, done.stderr
    assert any(str(bags[0]) in line for line in calls)
    assert [line for line in calls if str(secret) in line] == []
    assert sum("execve(" in line for line in calls) == 1


def test_hostile_names_reach_neither_the_terminal_nor_the_json(tmp_path: Path) -> None:
    name = "\x1b[31mbag\nTOTAL_PASSED: fake\u202e"
    bag = write(tmp_path / name, Spec(info=None, after=write_file(f"data/{name}", b"")))
    told = docgen("verify", bag).stdout
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\nTOTAL_PASSED" not in told
    assert r"bag\nTOTAL_PASSED: fake\u202e" in told


def test_the_answer_is_utf_8_whatever_a_folder_is_called(tmp_path: Path) -> None:
    bag = write(tmp_path / "bag", Spec(after=write_file("data/one.txt", b"onE\n")))
    odd = bag.rename(tmp_path / b"bag\xff".decode("utf-8", "surrogateescape"))
    code, answer = answered(odd)
    assert code == 1
    assert json.dumps(answer, ensure_ascii=False).encode()
    assert answer["result"][0]["path"].endswith(r"bag\udcff")
    assert r"bag\udcff" in docgen("verify", odd).stdout


def test_a_folder_deeper_than_the_stack_is_no_fault_of_the_program(tmp_path: Path) -> None:
    bag = write(tmp_path / "bag", Spec(info=None))
    with deep(bag / "data", 1_500):
        code, answer = answered(bag)
    assert code == 1
    assert {row["code"] for row in answer["findings"]} == {"AR-11"}
