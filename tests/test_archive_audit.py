"""Audits name every bad file; the register can be made again from the media."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from test_archive_samples import (
    NOW,
    copy,
    finish,
    finished_media,
    flip,
    mounted,
    need,
    root_only,
    sample_bags,
    sample_media,
)

from archive.audit import AuditReport, audit_media
from archive.medium import open_medium
from archive.register import Register
from archive.validation import Level
from docgen.core.errors import MediumFault
from docgen.core.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archive.medium import Medium


@pytest.fixture
def media(tmp_path: Path) -> tuple[Medium, Medium]:
    return finished_media(tmp_path)


@pytest.fixture
def register(tmp_path: Path, media: tuple[Medium, Medium]) -> Register:
    register = Register(tmp_path / "register.sqlite")
    for medium in media:
        assert register.take_in(medium) == []
    return register


def audit(
    media: Sequence[Medium], level: Level = Level.FULL, register: Register | None = None
) -> AuditReport:
    return audit_media(media, level=level, register=register, progress=Silent(), now=NOW)


def codes(report: AuditReport) -> set[str]:
    return {row.code for row in report.all_findings}


@pytest.mark.parametrize("level", Level)
def test_whole_media_pass(media: tuple[Medium, Medium], register: Register, level: Level) -> None:
    report = audit(media, level, register)
    assert report.all_findings == ()
    assert report.passed
    assert [len(medium.bags) for medium in report.media] == [2, 2]
    assert report.media[0].files == 26
    assert report.media[0].size == report.media[1].size > 2_600_000
    assert json.loads(json.dumps(report.as_json()))["check_number"] == 1


def test_a_flipped_bit_in_any_file_of_a_bag_is_found_and_named(tmp_path: Path) -> None:
    media = finished_media(tmp_path, 1)
    bag = media[0].bags / media[0].bag_names()[0]
    files = [path for path in sorted(bag.rglob("*")) if path.is_file()]
    assert len(files) == 13
    for path in files:
        if path.stat().st_size:
            flip(path, path.stat().st_size // 2)
            report = audit(media)
            assert not report.passed
            named = [row.where for row in report.media[0].findings]
            name = path.relative_to(bag).as_posix()
            assert any(where.endswith(f"{bag.name}/{name}") for where in named), name
            assert report.media[1].findings == ()
            flip(path, path.stat().st_size // 2)
    assert audit(media).passed


def test_the_quick_level_sees_what_is_missing_and_what_has_another_size(
    media: tuple[Medium, Medium],
) -> None:
    bag = media[1].bags / media[1].bag_names()[0]
    (bag / "data/tom-1.pdf.p7s").unlink()
    (bag / "data/tom-1.pdf").write_bytes(b"short")
    report = audit(media, Level.QUICK)
    found = {(row.code, row.where.rpartition(" / ")[2]) for row in report.all_findings}
    assert ("AR-10", f"{bag.name}/data/tom-1.pdf.p7s") in found
    assert ("AR-23", f"{bag.name}/data/tom-1.pdf") in found
    assert ("AR-41", f"{bag.name}/data/tom-1.pdf") in found
    assert all("Э-2" in row.where for row in report.media[1].findings)
    assert report.media[0].findings == ()


def test_a_bag_replaced_by_another_valid_one_is_found(
    tmp_path: Path, media: tuple[Medium, Medium], register: Register
) -> None:
    name = media[0].bag_names()[0]
    other = sample_bags(tmp_path / "forged", 2)[1]
    shutil.rmtree(media[0].bags / name)
    shutil.copytree(other, media[0].bags / name)
    assert codes(audit(media, register=register)) >= {"AR-32", "AR-34", "AR-41", "AR-51"}


def test_a_lost_bag_is_found_from_every_side(
    media: tuple[Medium, Medium], register: Register
) -> None:
    shutil.rmtree(media[0].bags / media[0].bag_names()[0])
    assert codes(audit(media, Level.QUICK, register)) >= {"AR-30", "AR-34", "AR-40", "AR-50"}


def test_a_bag_smuggled_in_is_found(
    tmp_path: Path, media: tuple[Medium, Medium], register: Register
) -> None:
    shutil.copytree(sample_bags(tmp_path / "more", 3)[2], media[0].bags / "smuggled")
    report = audit(media, Level.QUICK, register)
    assert codes(report) >= {"AR-31", "AR-34", "AR-40", "AR-52"}


@pytest.mark.parametrize(
    "path", ["docs/act.pdf", "tools/verify.sh", "index.html", "ОПИСАНИЕ.txt", "volume.json"]
)
def test_a_flipped_bit_outside_the_bags_is_found_at_the_quick_level(
    media: tuple[Medium, Medium], path: str
) -> None:
    content = (media[0].folder / path).read_text(encoding="utf-8")
    (media[0].folder / path).write_text(content[:-1] + "\n\n", encoding="utf-8")
    report = audit(media, Level.QUICK)
    assert [(row.code, row.params["path"]) for row in report.media[0].findings] == [("AR-34", path)]


def test_a_medium_that_was_not_finished_is_told(tmp_path: Path) -> None:
    media = sample_media(tmp_path)
    copy(sample_bags(tmp_path / "bundles"), media)
    assert "AR-15" in codes(audit(media, Level.QUICK))
    finish(media)
    (media[0].folder / "volume-sha512.txt.p7s").unlink()
    (media[0].incoming / "half").mkdir()
    report = audit(media, Level.QUICK)
    assert codes(report) == {"AR-33", "AR-35"}
    assert not report.passed  # a finished medium is sealed


def test_one_medium_alone_can_be_audited(media: tuple[Medium, Medium]) -> None:
    assert audit(media[:1]).all_findings == ()


def test_a_medium_that_is_gone_stops_the_audit_with_its_name(
    media: tuple[Medium, Medium],
) -> None:
    shutil.rmtree(media[1].folder)
    with pytest.raises(MediumFault) as caught:
        audit(media)
    assert "Э-2" in caught.value.where


@root_only
def test_an_audit_writes_nothing_to_the_media(tmp_path: Path) -> None:
    with mounted(tmp_path / "b", "-t", "tmpfs", "-o", "size=20m", "none"):
        media = finished_media(tmp_path)
        with mounted(tmp_path / "ro", "--bind", str(tmp_path / "b")) as readonly:
            subprocess.run(["mount", "-o", "remount,ro,bind", str(readonly)], check=True)
            assert audit([media[0], open_medium(readonly)]).all_findings == ()


@root_only
def test_a_bit_that_rots_under_a_mounted_file_system_is_seen_past_the_cache(
    tmp_path: Path,
) -> None:
    need("mkfs.ext4")
    image = tmp_path / "b.img"
    with image.open("wb") as stream:
        stream.truncate(24 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    with mounted(tmp_path / "b", "-o", "loop", str(image)):
        media = finished_media(tmp_path, 1)
        document = media[1].bags / media[1].bag_names()[0] / "data/tom-1.pdf"
        content = document.read_bytes()
        place = image.read_bytes().index(content[:4096])
        with image.open("r+b") as disk:
            disk.seek(place)
            disk.write(bytes([content[0] ^ 1]))
        assert document.read_bytes() == content  # memory still shows the old byte
        report = audit(media)
        assert {row.code for row in report.media[1].findings} == {"AR-23"}
        assert report.media[0].findings == ()


# --- register ---------------------------------------------------------------------------------


def test_the_register_is_the_same_when_made_from_the_media_alone(
    tmp_path: Path, media: tuple[Medium, Medium], register: Register
) -> None:
    other = Register(tmp_path / "rebuilt.sqlite")
    assert other.rebuild(media) == []
    assert other.volumes() == register.volumes()
    assert other.bags() == register.bags()
    assert len(other.bags()) == 4
    row = other.bags()[0]
    assert (row.retention_until, row.payload_bytes, row.payload_files) == (
        "2031-12-31",
        1_302_000,
        3,
    )


def test_rebuilding_keeps_the_journal_of_checks_and_forgets_media_not_given(
    media: tuple[Medium, Medium], register: Register
) -> None:
    audit(media, Level.QUICK, register)
    register.rebuild(media[:1])
    assert [row.inventory_number for row in register.volumes()] == ["Э-1"]
    assert len(register.checks()) == 1


def test_a_damaged_bag_keeps_its_row_when_the_register_is_rebuilt(
    media: tuple[Medium, Medium], register: Register
) -> None:
    one, other = media[0].bag_names()
    shutil.rmtree(media[0].bags / one)
    (media[0].bags / other / "bag-info.txt").write_bytes(b"\xff")
    assert [row.code for row in register.rebuild(media)] == ["AR-30", "AR-14"]
    assert [row.name for row in register.bags()] == [one, one, other, other]


def test_every_audit_is_a_link_of_the_journal(
    media: tuple[Medium, Medium], register: Register
) -> None:
    first = audit(media, Level.QUICK, register)
    flip(media[0].bags / media[0].bag_names()[0] / "data/tom-1.pdf")
    second = audit(media, Level.FULL, register)
    rows = register.checks()
    assert [row.number for row in rows] == [1, 2]
    assert [row.passed for row in rows] == [1, 0]
    assert rows[1].previous == rows[0].digest == first.check_digest
    assert rows[1].digest == second.check_digest
    assert json.loads(rows[1].findings)[0]["code"] == "AR-23"
    assert register.verify_checks() == []


@pytest.mark.parametrize(
    "statement", ["UPDATE checks SET passed = 1", "DELETE FROM checks WHERE number = 2"]
)
def test_the_journal_refuses_changes_and_shows_forced_ones(
    media: tuple[Medium, Medium], register: Register, statement: str
) -> None:
    flip(media[0].bags / media[0].bag_names()[0] / "data/tom-1.pdf")
    for _ in range(3):
        audit(media, Level.FULL, register)
    with closing(sqlite3.connect(register.path)) as database, database:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(statement)
        for trigger in ("checks_are_not_changed", "checks_are_not_removed"):
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute(statement)
    assert [row.code for row in register.verify_checks()] == ["AR-53"]
    assert "AR-53" in codes(audit(media, Level.QUICK, register))


def test_a_register_that_is_no_database_is_told_in_russian(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    path.write_text("это не реестр, а просто текст" * 100, encoding="utf-8")
    with pytest.raises(MediumFault, match="Реестр не открывается"):
        Register(path).bags()
