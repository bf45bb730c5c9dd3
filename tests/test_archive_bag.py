"""Bags, judged by foreign programs too."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import uuid
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from test_archive_samples import flip, need, sample_bags, sample_spec, sign, tree

from archive import manifest
from archive.bag import write_bag
from archive.validation import Level, read_bag_info, validate
from docgen.core.errors import Blocked, DocgenError, InputFault, MediumFault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    return sample_bags(tmp_path, 1)[0]


def judge(command: list[str], folder: Path) -> int:
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


JUDGES = {
    "bagit.py": [sys.executable, "-m", "bagit", "--quiet", "--validate", "."],
    "sha512sum payload": ["sha512sum", "-c", "--strict", "manifest-sha512.txt"],
    "sha512sum tags": ["sha512sum", "-c", "--strict", "tagmanifest-sha512.txt"],
    "rhash": ["rhash", "-c", "gost/streebog256.txt"],
}


@pytest.mark.parametrize("name", JUDGES)
def test_foreign_judges_accept_the_bag(bag: Path, name: str) -> None:
    need(JUDGES[name][0])
    assert judge(JUDGES[name], bag) == 0


@pytest.mark.parametrize("name", ["bagit.py", "sha512sum payload", "rhash"])
def test_foreign_judges_see_a_flipped_bit(bag: Path, name: str) -> None:
    need(JUDGES[name][0])
    flip(bag / "data/tom-1.pdf", 700_000)
    assert judge(JUDGES[name], bag) != 0


def test_the_gost_list_is_one_digest_one_space_and_a_path(bag: Path) -> None:
    lines = (bag / "gost/streebog256.txt").read_text().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        "data/source/marks.csv",
        "data/tom-1.pdf",
        "data/tom-1.pdf.p7s",
    ]
    # Streebog-256 of the empty message, as `openssl dgst -md_gost12_256` prints it
    empty = "3f539a213e97c802cc229d474c6aa32a825a360b2a933a949fd925208d9ce1bb"
    assert lines[0] == f"{empty} data/source/marks.csv"


def test_the_description_of_the_bag_holds_what_disposal_needs(bag: Path) -> None:
    info = read_bag_info(bag)
    assert info["Retention-Until"] == "2031-12-31"
    assert info["Retention-Article"] == "Перечень, ст. 605"
    assert info["Bagging-Date"] == "2026-06-20"
    assert info["Payload-Oxum"] == "1302000.3"
    assert uuid.UUID(info["External-Identifier"])
    assert "Replaces" not in info


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_bag(sample_spec(), tmp_path / "one")
    second = write_bag(sample_spec(), tmp_path / "two")
    assert tree(first.path) == tree(second.path)
    assert first.tagmanifest_sha512 == second.tagmanifest_sha512


def test_a_file_and_its_bytes_make_the_same_bag(tmp_path: Path) -> None:
    spec = sample_spec()
    files: dict[str, Path | bytes] = dict(spec.files)
    source = tmp_path / "Том первый.pdf"
    source.write_bytes(bytes(files["data/tom-1.pdf"]))
    files["data/tom-1.pdf"] = source
    one = write_bag(spec, tmp_path / "one")
    other = write_bag(dataclasses.replace(spec, files=files), tmp_path / "two")
    assert one.tagmanifest_sha512 == other.tagmanifest_sha512


def test_writing_the_same_bag_again_changes_nothing(bag: Path) -> None:
    before = tree(bag)
    result = write_bag(sample_spec(bag.name, seed=1), bag.parent, seal=sign)
    assert not result.created
    assert tree(bag) == before


def test_a_bag_that_was_left_unsigned_is_signed_the_next_time(tmp_path: Path) -> None:
    result = write_bag(sample_spec(), tmp_path)
    seal = result.path / manifest.SEALS[0]
    assert not seal.exists()
    write_bag(sample_spec(), tmp_path, seal=sign)
    assert seal.exists()


def test_another_content_under_a_taken_name_is_refused_and_nothing_is_touched(bag: Path) -> None:
    before = tree(bag)
    with pytest.raises(Blocked) as caught:
        write_bag(sample_spec(bag.name, seed=99), bag.parent)
    assert [row.code for row in caught.value.findings] == ["AR-20"]
    assert tree(bag) == before
    assert [path.name for path in bag.parent.iterdir()] == [bag.name]


def test_a_correcting_bag_names_the_one_it_replaces(tmp_path: Path) -> None:
    spec = dataclasses.replace(sample_spec(), name="new", replaces="urn:uuid:0")
    assert read_bag_info(write_bag(spec, tmp_path).path)["Replaces"] == "urn:uuid:0"


def test_a_permanent_case_has_no_last_day(tmp_path: Path) -> None:
    spec = dataclasses.replace(sample_spec(), retention_until=None)
    result = write_bag(spec, tmp_path)
    assert read_bag_info(result.path)["Retention-Until"] == "permanent"
    assert "постоянно" in (result.path / "ОПИСАНИЕ.txt").read_text(encoding="utf-8")


def test_a_source_that_cannot_be_read_leaves_no_half_of_a_bag(tmp_path: Path) -> None:
    spec = sample_spec()
    files = {**spec.files, "data/z.pdf": tmp_path / "нет.pdf"}
    with pytest.raises(InputFault) as caught:
        write_bag(dataclasses.replace(spec, files=files), tmp_path / "out")
    assert "нет.pdf" in caught.value.where
    assert list((tmp_path / "out").iterdir()) == []


def test_a_failing_signature_leaves_no_half_of_a_bag(tmp_path: Path) -> None:
    def fail(_: Path) -> None:
        raise RuntimeError("token was pulled out")

    with pytest.raises(RuntimeError):
        write_bag(sample_spec(), tmp_path, seal=fail)
    assert list(tmp_path.iterdir()) == []


def test_a_signature_may_not_change_what_it_signs(tmp_path: Path) -> None:
    def meddle(path: Path) -> None:
        (path.parent / "note.txt").write_text("x")

    with pytest.raises(DocgenError, match="изменила само дело"):
        write_bag(sample_spec(), tmp_path, seal=meddle)


@pytest.mark.parametrize(
    "path", ["data/../x", "data//x", "/etc/x", "tom.pdf", "other/x", "data/Том.pdf", "data/a b"]
)
def test_paths_that_do_not_suit_are_refused_by_name(tmp_path: Path, path: str) -> None:
    spec = dataclasses.replace(sample_spec(), files={"data/a": b"", path: b""})
    with pytest.raises(InputFault) as caught:
        write_bag(spec, tmp_path / "out")
    assert any(path in row.where for row in caught.value.findings)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"title": "a\nPayload-Oxum: 1.1"},
        {"organisation": " "},
        {"info": {"Replaces": "x"}},
        {"info": {"A": "b\r"}},
        {"info": {"A: b": "c"}},
        {"files": {"metadata/x": b""}},
    ],
)
def test_descriptions_that_would_forge_bag_info_are_refused(
    tmp_path: Path, change: dict[str, str]
) -> None:
    with pytest.raises(InputFault):
        write_bag(dataclasses.replace(sample_spec(), **change), tmp_path)


def test_a_full_disk_is_told_in_russian(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("not a folder")
    with pytest.raises(MediumFault) as caught:
        write_bag(sample_spec(), target)
    assert "папка дел" in caught.value.where


def test_the_page_links_only_to_files_that_are_there(bag: Path) -> None:
    links: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
            links.extend(value or "" for name, value in attrs if name in {"href", "src"})

    page = (bag / "index.html").read_text(encoding="utf-8")
    Links().feed(page)
    assert sorted(links) == sorted([*sample_spec().files, "ОПИСАНИЕ.txt"])
    assert all((bag / link).is_file() for link in links)
    assert "Том 1 &amp; последний" in page


def test_the_signs_in_the_tables_are_explained_where_the_caller_can(tmp_path: Path) -> None:
    legend = {"Отметки": {"н/а": "не аттестован <а>", "5": "отлично"}}
    path = write_bag(dataclasses.replace(sample_spec(), legend=legend), tmp_path).path
    guide = (path / "ОПИСАНИЕ.txt").read_text(encoding="utf-8")
    assert "ОТМЕТКИ\n  н/а  не аттестован <а>\n  5    отлично\n" in guide
    assert "лист-заверитель\n              стоят в конце самого тома" in guide
    page = (path / "index.html").read_text(encoding="utf-8")
    assert "<dt>н/а</dt><dd>не аттестован &lt;а&gt;</dd>" in page


# --- validation -------------------------------------------------------------------------------


def add_line(name: str, line: str) -> Callable[[Path], None]:
    def change(bag: Path) -> None:
        with (bag / name).open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")

    return change


def link_out(bag: Path) -> None:
    (bag / "data/tom-1.pdf").unlink()
    (bag / "data/tom-1.pdf").symlink_to("/etc/hostname")


ZERO = "0" * 128
BROKEN: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a lost document": (
        lambda bag: (bag / "data/tom-1.pdf").unlink(),
        "AR-10",
        "data/tom-1.pdf",
    ),
    "a lost tag file": (
        lambda bag: (bag / "metadata/delo.json").unlink(),
        "AR-10",
        "metadata/delo.json",
    ),
    "a stranger": (lambda bag: (bag / "data/x.exe").write_bytes(b"x"), "AR-11", "data/x.exe"),
    "a stranger in the root": (lambda bag: (bag / "thumbs.db").touch(), "AR-11", "thumbs.db"),
    "a shorter document": (
        lambda bag: (bag / "data/tom-1.pdf").write_bytes(b"short"),
        "AR-23",
        "data/tom-1.pdf",
    ),
    "a changed description": (lambda bag: flip(bag / "ОПИСАНИЕ.txt"), "AR-23", "ОПИСАНИЕ.txt"),
    "no manifest": (
        lambda bag: (bag / "manifest-sha512.txt").unlink(),
        "AR-15",
        "manifest-sha512.txt",
    ),
    "no tag manifest": (
        lambda bag: (bag / "tagmanifest-sha512.txt").unlink(),
        "AR-15",
        "tagmanifest-sha512.txt",
    ),
    "fetch": (
        lambda bag: (bag / "fetch.txt").write_text("http://x 1 data/x\n"),
        "AR-16",
        "fetch.txt",
    ),
    "a way up": (
        add_line("manifest-sha512.txt", f"{ZERO}  data/../../x"),
        "AR-17",
        "manifest-sha512.txt",
    ),
    "an absolute path": (
        add_line("tagmanifest-sha512.txt", f"{ZERO}  /etc/passwd"),
        "AR-17",
        "tagmanifest-sha512.txt",
    ),
    "a Windows path": (
        add_line("manifest-sha512.txt", f"{ZERO}  c:/x"),
        "AR-17",
        "manifest-sha512.txt",
    ),
    "a backslash": (
        add_line("manifest-sha512.txt", f"{ZERO}  data\\..\\x"),
        "AR-17",
        "manifest-sha512.txt",
    ),
    "payload outside data": (
        add_line("manifest-sha512.txt", f"{ZERO}  bagit.txt"),
        "AR-17",
        "bagit.txt",
    ),
    "a bare percent sign": (
        add_line("manifest-sha512.txt", f"{ZERO}  data/100%.pdf"),
        "AR-18",
        "manifest-sha512.txt",
    ),
    "a torn line": (add_line("manifest-sha512.txt", "abc"), "AR-15", "manifest-sha512.txt"),
    "a doubled file": (
        add_line("manifest-sha512.txt", f"{ZERO}  data/tom-1.pdf"),
        "AR-15",
        "manifest-sha512.txt",
    ),
    "a link": (link_out, "AR-21", "data/tom-1.pdf"),
    "another version": (
        lambda bag: (bag / "bagit.txt").write_text("BagIt-Version: 2.0\n"),
        "AR-22",
        "bagit.txt",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_found_and_named_even_at_the_quick_level(bag: Path, what: str) -> None:
    breaking, code, path = BROKEN[what]
    breaking(bag)
    for level in Level:
        found = validate(bag, level=level)
        assert (code, f"{bag.name}/{path}") in [(row.code, row.where) for row in found]
        assert all(row.message and row.remedy for row in found)


def test_every_bad_file_is_named_at_once(bag: Path) -> None:
    (bag / "data/tom-1.pdf").unlink()
    flip(bag / "data/tom-1.pdf.p7s")
    flip(bag / "evidence/signer.cer")
    named = {row.where.partition("/")[2] for row in validate(bag, level=Level.FULL)}
    assert {"data/tom-1.pdf", "data/tom-1.pdf.p7s", "evidence/signer.cer"} <= named


def test_a_flipped_bit_of_a_document_fails_both_digests_at_the_full_level(bag: Path) -> None:
    flip(bag / "data/tom-1.pdf", 1_299_999)
    assert validate(bag, level=Level.QUICK) == []
    found = validate(bag, level=Level.FULL)
    assert [row.params["kind"] for row in found] == ["SHA-512", "ГОСТ Р 34.11-2012"]
    assert {row.where for row in found} == {f"{bag.name}/data/tom-1.pdf"}


def test_a_document_missing_from_the_gost_list_is_found(bag: Path) -> None:
    path = bag / manifest.GOST_LIST
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    assert "AR-12" in [row.code for row in validate(bag, level=Level.QUICK)]


def test_a_folder_that_is_no_bag_is_told_not_thrown(tmp_path: Path) -> None:
    assert {row.code for row in validate(tmp_path, level=Level.FULL)} >= {"AR-22", "AR-15"}


def test_only_line_ends_and_percent_signs_are_encoded_in_lists() -> None:
    path = "data/a\nb\r%0A №.txt"
    encoded = manifest.encode_path(path)
    assert encoded == "data/a%0Ab%0D%250A №.txt"
    assert manifest.decode_path(encoded) == path


def test_a_foreign_list_with_an_encoded_name_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(manifest.write_list({"data/100%.pdf": ZERO}))
    read = manifest.read_list(path, digits=128, where="list")
    assert (dict(read.digests), read.findings) == ({"data/100%.pdf": ZERO}, ())
