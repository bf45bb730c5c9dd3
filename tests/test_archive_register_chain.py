"""The register loses nothing: old files, damaged files, two programs, tampered rows."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from test_archive_samples import NOW, finished_media

from archive.register import Register
from archive.register_rows import CheckRow
from archive.tombstones import Tombstone, add_tombstones, read_tombstones
from docgen.core.errors import MediumFault

if TYPE_CHECKING:
    from pathlib import Path

    from archive.medium import Medium

COLUMNS = ("at", "level", "volumes", "passed", "findings", "previous", "digest", "who", "number")


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register(tmp_path / "register.sqlite", wait=0.1)


@pytest.fixture
def media(tmp_path: Path) -> tuple[Medium, Medium]:
    return finished_media(tmp_path, 1)


def check(register: Register, level: str = "full", who: str = "Сычёва М.Ф.") -> CheckRow:
    return register.record_check(
        at=NOW, level=level, volumes=["v"], passed=True, findings=[], who=who
    )


def stone(medium: Medium) -> Tombstone:
    record = medium.read().bags[0]
    return Tombstone(
        name=record.name,
        identifier=record.identifier,
        tagmanifest_sha512=record.tagmanifest_sha512,
        title="Журнал; «9А»",
        retention_until="2031-12-31",
        retention_article="ст. 605",
        act="1",
        signed="2032-01-12",
        disposed="2032-01-13",
    )


@pytest.mark.parametrize("column", COLUMNS)
def test_a_change_in_any_column_of_the_journal_is_found(register: Register, column: str) -> None:
    for level in ("quick", "full", "full"):
        check(register, level)
    assert register.verify_checks() == []
    value = 7 if column in {"number", "passed"} else "другое"
    with closing(sqlite3.connect(register.path)) as database, database:
        database.execute("DROP TRIGGER checks_are_not_changed")
        database.execute(
            f"UPDATE checks SET {column} = ? WHERE number = 2",  # noqa: S608 - our own names
            (value,),
        )
    (found,) = register.verify_checks()
    assert found.code == "AR-53"
    assert found.params["number"] == "2"


def test_a_name_put_into_a_row_without_one_is_found(register: Register) -> None:
    check(register, who="")
    with closing(sqlite3.connect(register.path)) as database, database:
        database.execute("DROP TRIGGER checks_are_not_changed")
        database.execute("UPDATE checks SET who = 'Иванов'")
    assert [row.code for row in register.verify_checks()] == ["AR-53"]


def older(path: Path) -> str:
    """Write a register as it was made before its schema had a number; the digest of its check."""
    content = {
        "number": 1, "at": NOW.isoformat(), "level": "full", "volumes": '["v"]', "passed": 1,
        "findings": "[]", "previous": "0" * 64,
    }  # fmt: skip
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE checks (number INTEGER PRIMARY KEY, at TEXT NOT NULL,"
            " level TEXT NOT NULL, volumes TEXT NOT NULL, passed INTEGER NOT NULL,"
            " findings TEXT NOT NULL, previous TEXT NOT NULL, digest TEXT NOT NULL) STRICT"
        )
        database.execute("INSERT INTO checks VALUES (?,?,?,?,?,?,?,?)", (*content.values(), digest))
    return digest


def test_a_register_of_an_older_program_keeps_its_journal_and_goes_on(register: Register) -> None:
    digest = older(register.path)
    assert check(register).previous == digest
    assert [row.who for row in register.checks()] == ["", "Сычёва М.Ф."]
    assert register.verify_checks() == []


def test_a_register_of_a_newer_program_is_not_touched(register: Register) -> None:
    with closing(sqlite3.connect(register.path)) as database, database:
        database.execute("PRAGMA user_version = 99")
        database.execute("CREATE TABLE theirs (row TEXT)")
    for refused in (register.checks, lambda: check(register), lambda: register.rebuild([])):
        with pytest.raises(MediumFault, match="более новой программой"):
            refused()
    with closing(sqlite3.connect(register.path)) as database:
        tables = database.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("theirs",)]


def test_a_register_that_another_program_holds_is_told_so(register: Register) -> None:
    check(register)
    with closing(sqlite3.connect(register.path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        with pytest.raises(MediumFault, match="занят"):
            check(register)
        database.execute("ROLLBACK")
    check(register)
    assert len(register.checks()) == 2


def _record(path: Path) -> None:
    for _ in range(10):
        Register(path).record_check(
            at=NOW, level="quick", volumes=["v"], passed=True, findings=[], who=""
        )


def test_two_programs_at_once_make_one_unbroken_chain(register: Register) -> None:
    check(register)
    context = multiprocessing.get_context("spawn")
    programs = [context.Process(target=_record, args=(register.path,)) for _ in range(2)]
    for program in programs:
        program.start()
    for program in programs:
        program.join()
    assert [row.number for row in register.checks()] == list(range(1, 22))
    assert register.verify_checks() == []


def test_a_damaged_register_is_set_aside_and_made_again(
    register: Register, media: tuple[Medium, Medium]
) -> None:
    register.path.write_bytes(b"no database" * 500)
    (found,) = register.rebuild(media)
    assert (found.code, found.params["kept"]) == ("AR-54", "register.sqlite.damaged-1")
    assert register.path.with_name(found.params["kept"]).read_bytes().startswith(b"no database")
    assert len(register.bags()) == 2
    register.path.write_bytes(b"again" * 500)
    assert register.rebuild(media)[0].params["kept"] == "register.sqlite.damaged-2"


def test_a_deleted_register_is_made_again_with_the_tombstones(
    register: Register, media: tuple[Medium, Medium]
) -> None:
    add_tombstones(media[0], [stone(media[0])])
    for medium in media:
        register.take_in(medium)
    before = (register.volumes(), register.bags(), register.disposed())
    assert [row.volume for row in before[2]] == [str(media[0].identifier)]
    for path in register.path.parent.glob("register.sqlite*"):
        path.unlink()
    assert register.rebuild(media) == []
    assert (register.volumes(), register.bags(), register.disposed()) == before
    assert {row.volume for row, _ in register.still_to_dispose()} == {
        str(medium.identifier) for medium in media
    }


def test_a_tombstone_stays_as_it_was_written_first(media: tuple[Medium, Medium]) -> None:
    first = stone(media[0])
    add_tombstones(media[0], [first])
    add_tombstones(media[0], [replace(first, disposed="2040-01-01")])
    assert read_tombstones(media[0]) == (first,)


def test_a_damaged_list_of_tombstones_is_told_and_not_taken_for_an_empty_one(
    media: tuple[Medium, Medium],
) -> None:
    path = media[0].folder / "docs" / "disposed.csv"
    for content in (b"", b"\xff\xfe", "Имя;Акт\r\n".encode()):
        path.write_bytes(content)
        with pytest.raises(MediumFault, match="Список уничтоженных дел"):
            add_tombstones(media[0], [stone(media[0])])
        assert path.read_bytes() == content
