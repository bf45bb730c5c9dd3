"""The register: which bag lies on which medium, what was disposed of, and the journal of checks.

Volumes, bags and disposals are derived: `rebuild` makes the same rows from the media alone. The
journal of checks is append-only; each row holds the digest of the one before, and the last digest
is printed in the act, so that neither a changed nor a lost row goes unnoticed.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import astuple, replace
from typing import TYPE_CHECKING

from archive.durable import digest_or_none
from archive.medium import VOLUME_LIST, VOLUME_SEALS
from archive.register_rows import (
    BagRow,
    CheckRow,
    DisposedRow,
    MediumRows,
    VolumeRow,
    chain_digest,
    read_rows,
)
from docgen.core.errors import MediumFault
from docgen.core.findings import Finding, finding
from docgen.core.reasons import NO_SHARES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archive.medium import Medium

VERSION = 3
"""Of the schema, kept in `user_version`; files made before there was one say 0."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS volumes (
    volume TEXT PRIMARY KEY, pair TEXT NOT NULL, inventory_number TEXT NOT NULL,
    role TEXT NOT NULL, organisation TEXT NOT NULL, prepared TEXT NOT NULL,
    list_sha512 TEXT NOT NULL DEFAULT '', seal_sha512 TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS bags (
    volume TEXT NOT NULL REFERENCES volumes, name TEXT NOT NULL, identifier TEXT NOT NULL,
    tagmanifest_sha512 TEXT NOT NULL, title TEXT NOT NULL, retention_until TEXT NOT NULL,
    retention_article TEXT NOT NULL, replaces TEXT NOT NULL, payload_bytes INTEGER NOT NULL,
    payload_files INTEGER NOT NULL, verified TEXT NOT NULL, PRIMARY KEY (volume, name)
) STRICT;
CREATE TABLE IF NOT EXISTS disposed (
    volume TEXT NOT NULL REFERENCES volumes, name TEXT NOT NULL, identifier TEXT NOT NULL,
    tagmanifest_sha512 TEXT NOT NULL, title TEXT NOT NULL, retention_until TEXT NOT NULL,
    retention_article TEXT NOT NULL, act TEXT NOT NULL, signed TEXT NOT NULL,
    disposed TEXT NOT NULL, PRIMARY KEY (volume, name, identifier)
) STRICT;
CREATE TABLE IF NOT EXISTS checks (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, level TEXT NOT NULL, volumes TEXT NOT NULL,
    passed INTEGER NOT NULL, findings TEXT NOT NULL, previous TEXT NOT NULL, digest TEXT NOT NULL,
    who TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TRIGGER IF NOT EXISTS checks_are_not_changed BEFORE UPDATE ON checks
BEGIN SELECT RAISE(ABORT, 'the journal of checks is append-only'); END;
CREATE TRIGGER IF NOT EXISTS checks_are_not_removed BEFORE DELETE ON checks
BEGIN SELECT RAISE(ABORT, 'the journal of checks is append-only'); END;
"""
_ADDED = {"checks": ("who",), "volumes": ("list_sha512", "seal_sha512")}
"""Columns that came after the first version."""

_LAST_CHECK = "SELECT number, digest FROM checks ORDER BY number DESC LIMIT 1"
_BEFORE_THE_FIRST = "0" * 64


class Register:
    """The register in one SQLite file; every call opens and closes it.

    Every method raises MediumFault when the file is no register, belongs to a newer program, is
    held by another one, or cannot be written.
    """

    def __init__(self, path: Path, *, wait: float = 30) -> None:
        """Name the file; `wait` is how long another program is waited for, in seconds."""
        self.path = path
        self._wait = wait

    def rebuild(self, media: Sequence[Medium]) -> list[Finding]:
        """Forget all volumes, bags and disposals and read them again from the media alone.

        The journal of checks stays. A damaged file is set aside, told as AR-54, and a new one
        begun. Bags that cannot be described are findings (AR-14, AR-30); they keep the row of
        volume.json.
        """
        read = [read_rows(medium) for medium in media]
        found = self._set_aside_damaged()
        with self._open() as database:
            for table in ("bags", "disposed", "volumes"):
                database.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            for rows in read:
                _insert(database, rows)
        return found + [row for rows in read for row in rows.findings]

    def take_in(self, medium: Medium) -> list[Finding]:
        """Renew the rows of one medium after it was written to; findings as in `rebuild`."""
        rows = read_rows(medium)
        with self._open() as database:
            for table in ("bags", "disposed", "volumes"):
                database.execute(
                    f"DELETE FROM {table} WHERE volume = ?",  # noqa: S608 - our own names
                    (rows.volume.volume,),
                )
            _insert(database, rows)
        return list(rows.findings)

    def volumes(self) -> list[VolumeRow]:
        """All media, by inventory number."""
        with self._open() as database:
            rows = database.execute("SELECT * FROM volumes ORDER BY inventory_number, volume")
            return [VolumeRow(*row) for row in rows]

    def volume(self, medium: Medium) -> VolumeRow | None:
        """What is known of a medium, None when it was never taken in."""
        wanted = str(medium.identifier)
        return next((row for row in self.volumes() if row.volume == wanted), None)

    def lost_seal(self, medium: Medium) -> str:
        """Why the seal of a medium is not the one that was taken in with its list; "" if it is.

        A list that has changed since is of a run that was stopped before the register heard of it.
        """
        row = self.volume(medium) if self.path.is_file() else None
        if row is None or not row.list_sha512:
            return ""
        listed = digest_or_none(medium.folder / VOLUME_LIST)
        if listed is None:
            return "списка больше нет"
        if listed != row.list_sha512 or not row.seal_sha512:
            return ""
        same = digest_or_none(medium.folder / VOLUME_SEALS[0]) == row.seal_sha512
        return "" if same else "она не та, что записана в реестре"

    def bags(self) -> list[BagRow]:
        """All bags on all media, by name and volume."""
        with self._open() as database:
            rows = database.execute("SELECT * FROM bags ORDER BY name, volume")
            return [BagRow(*row) for row in rows]

    def disposed(self) -> list[DisposedRow]:
        """All cases that were disposed of, one row a medium, by name and volume."""
        with self._open() as database:
            rows = database.execute("SELECT * FROM disposed ORDER BY name, volume, identifier")
            return [DisposedRow(*row) for row in rows]

    def still_to_dispose(self) -> list[tuple[BagRow, str]]:
        """Bags with a tombstone on any medium that still lie on one, with the number of the act."""
        acts = {row.identifier: row.act for row in self.disposed()}
        return [(row, acts[row.identifier]) for row in self.bags() if row.identifier in acts]

    def checks(self) -> list[CheckRow]:
        """Give the journal of checks from the first on."""
        with self._open() as database:
            rows = database.execute("SELECT * FROM checks ORDER BY number")
            return [CheckRow(*row) for row in rows]

    def record_check(
        self,
        *,
        at: dt.datetime,
        level: str,
        volumes: Sequence[str],
        passed: bool,
        findings: Sequence[Finding],
        who: str = "",
    ) -> CheckRow:
        """Append one check to the journal; the row comes back with its number and digest."""
        places = [{"code": row.code, "where": row.where} for row in findings]
        with self._open() as database:
            number, previous = database.execute(_LAST_CHECK).fetchone() or (0, _BEFORE_THE_FIRST)
            row = CheckRow(
                number=number + 1,
                at=at.isoformat(),
                level=level,
                volumes=json.dumps(sorted(volumes)),
                passed=int(passed),
                findings=json.dumps(places, ensure_ascii=False),
                previous=previous,
                digest="",
                who=who,
            )
            row = replace(row, digest=chain_digest(row))
            database.execute("INSERT INTO checks VALUES (?,?,?,?,?,?,?,?,?)", astuple(row))
        return row

    def verify_checks(self) -> list[Finding]:
        """Report the first row of the journal that was changed or that a lost row preceded."""
        previous = _BEFORE_THE_FIRST
        for number, row in enumerate(self.checks(), start=1):
            broken = row.number != number or row.previous != previous
            if broken or row.digest != chain_digest(row):
                return [finding("AR-53", str(self.path), number=number)]
            previous = row.digest
        return []

    def _set_aside_damaged(self) -> list[Finding]:
        """Keep a file that is no register under another name, whatever may still be in it."""
        if not self.path.exists():
            return []
        if self.path.is_dir():
            return self._set_aside()
        try:
            with closing(sqlite3.connect(self.path, timeout=self._wait)) as database:
                (told,) = database.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as fault:
            raise self._refused(fault) from fault
        except sqlite3.DatabaseError:
            told = ""
        if told == "ok" and self._has_all_tables():
            return []
        return self._set_aside()

    def _has_all_tables(self) -> bool:
        """Whether a register of this version has its tables; an older one is brought up."""
        with closing(sqlite3.connect(self.path, timeout=self._wait)) as database:
            (version,) = database.execute("PRAGMA user_version").fetchone()
            names = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
        return version != VERSION or {"volumes", "bags", "disposed", "checks"} <= names

    def _set_aside(self) -> list[Finding]:
        number = 1
        while (kept := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        for tail in ("-wal", "-shm", ""):
            part = self.path.with_name(self.path.name + tail)
            if part.exists():
                part.rename(kept.with_name(kept.name + tail))
        return [finding("AR-54", str(self.path), kept=kept.name)]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction that starts with the right to write, so that numbers cannot collide."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(
                sqlite3.connect(self.path, isolation_level=None, timeout=self._wait)
            ) as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = FULL")
                self._bring_up(database)
                database.execute("BEGIN IMMEDIATE")
                with database:  # commits, or rolls back when the body raises
                    yield database
        except (sqlite3.Error, OSError) as fault:
            raise self._refused(fault) from fault

    def _bring_up(self, database: sqlite3.Connection) -> None:
        """Make the tables, or make those of an older program ours; nothing is lost."""
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version == VERSION:
            return
        if version > VERSION:
            raise MediumFault(
                "Реестр сделан более новой программой.",
                where=str(self.path),
                remedy="Обновите docgen: прежняя версия могла бы испортить новые записи.",
            )
        database.execute("BEGIN IMMEDIATE")
        with database:
            for table, added in _ADDED.items():
                rows = database.execute(f"PRAGMA table_info({table})")
                columns = {row[1] for row in rows}
                for name in added:
                    if columns and name not in columns:
                        database.execute(
                            f"ALTER TABLE {table} ADD COLUMN {name} TEXT NOT NULL DEFAULT ''"
                        )
            for statement in _statements(_SCHEMA):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {VERSION}")

    def _refused(self, fault: Exception) -> MediumFault:
        if isinstance(fault, sqlite3.OperationalError) and "locked" in str(fault):
            return MediumFault(
                "Реестр занят: с ним работает другой запуск программы.",
                where=str(self.path),
                remedy=f"Дождитесь конца той работы и повторите команду. {NO_SHARES}",
            )
        return MediumFault(
            f"Реестр не открывается или не записывается ({fault}).",
            where=str(self.path),
            remedy="Проверьте место на диске и права на файл. Если файл испорчен, соберите реестр"
            " заново: docgen archive register rebuild НОСИТЕЛЬ…; испорченный файл сохранится.",
        )


def _statements(script: str) -> Iterator[str]:
    """Take a script apart, so that it can run within one transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _insert(database: sqlite3.Connection, rows: MediumRows) -> None:
    database.execute("INSERT INTO volumes VALUES (?,?,?,?,?,?,?,?)", astuple(rows.volume))
    database.executemany(
        "INSERT INTO bags VALUES (?,?,?,?,?,?,?,?,?,?,?)", [astuple(bag) for bag in rows.bags]
    )
    database.executemany(
        "INSERT INTO disposed VALUES (?,?,?,?,?,?,?,?,?,?)",
        [astuple(row) for row in rows.disposed],
    )
