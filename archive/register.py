"""The register: which bag lies on which medium, and the journal of checks.

Volumes and bags are derived: `rebuild` makes the same rows from the media alone. The journal of
checks is append-only; each row holds the digest of the one before, and the last digest is printed
in the act, so that neither a changed nor a lost row goes unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

from archive.validation import payload_oxum, read_bag_info
from docgen.core.errors import MediumFault
from docgen.core.findings import Finding, finding

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archive.medium import Medium
    from archive.volume import BagRecord

_SCHEMA = """
CREATE TABLE IF NOT EXISTS volumes (
    volume TEXT PRIMARY KEY, pair TEXT NOT NULL, inventory_number TEXT NOT NULL,
    role TEXT NOT NULL, organisation TEXT NOT NULL, prepared TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS bags (
    volume TEXT NOT NULL REFERENCES volumes, name TEXT NOT NULL, identifier TEXT NOT NULL,
    tagmanifest_sha512 TEXT NOT NULL, title TEXT NOT NULL, retention_until TEXT NOT NULL,
    retention_article TEXT NOT NULL, replaces TEXT NOT NULL, payload_bytes INTEGER NOT NULL,
    payload_files INTEGER NOT NULL, verified TEXT NOT NULL, PRIMARY KEY (volume, name)
) STRICT;
CREATE TABLE IF NOT EXISTS checks (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, level TEXT NOT NULL, volumes TEXT NOT NULL,
    passed INTEGER NOT NULL, findings TEXT NOT NULL, previous TEXT NOT NULL, digest TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS checks_are_not_changed BEFORE UPDATE ON checks
BEGIN SELECT RAISE(ABORT, 'the journal of checks is append-only'); END;
CREATE TRIGGER IF NOT EXISTS checks_are_not_removed BEFORE DELETE ON checks
BEGIN SELECT RAISE(ABORT, 'the journal of checks is append-only'); END;
"""
_BEFORE_THE_FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """One medium; dates are ISO 8601."""

    volume: str
    pair: str
    inventory_number: str
    role: str
    organisation: str
    prepared: str


@dataclass(frozen=True, slots=True)
class BagRow:
    """One bag on one medium.

    `retention_until` is an ISO date or "permanent". What bag-info.txt did not give is empty or 0.
    """

    volume: str
    name: str
    identifier: str
    tagmanifest_sha512: str
    title: str
    retention_until: str
    retention_article: str
    replaces: str
    payload_bytes: int
    payload_files: int
    verified: str


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One audit; `volumes` and `findings` are JSON, digests are SHA-256 in lower-case hex."""

    number: int
    at: str
    level: str
    volumes: str
    passed: int
    findings: str
    previous: str
    digest: str


class Register:
    """The register in one SQLite file; every call opens and closes it.

    Every method raises MediumFault when the file is no register or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def rebuild(self, media: Sequence[Medium]) -> list[Finding]:
        """Forget all volumes and bags and read them again from the media alone.

        The journal of checks stays. Bags that cannot be described are findings (AR-14, AR-30); they
        keep the row of volume.json.
        """
        read = [_read(medium) for medium in media]
        with self._open() as database:
            database.execute("DELETE FROM bags")
            database.execute("DELETE FROM volumes")
            for volume, bags, _ in read:
                _insert(database, volume, bags)
        return [row for _, _, found in read for row in found]

    def take_in(self, medium: Medium) -> list[Finding]:
        """Renew the rows of one medium after bags were written to it; findings as in `rebuild`."""
        volume, bags, found = _read(medium)
        with self._open() as database:
            database.execute("DELETE FROM bags WHERE volume = ?", (volume.volume,))
            database.execute("DELETE FROM volumes WHERE volume = ?", (volume.volume,))
            _insert(database, volume, bags)
        return found

    def volumes(self) -> list[VolumeRow]:
        """All media, by inventory number."""
        with self._open() as database:
            rows = database.execute("SELECT * FROM volumes ORDER BY inventory_number, volume")
            return [VolumeRow(*row) for row in rows]

    def bags(self) -> list[BagRow]:
        """All bags on all media, by name and volume."""
        with self._open() as database:
            return [
                BagRow(*row) for row in database.execute("SELECT * FROM bags ORDER BY name, volume")
            ]

    def checks(self) -> list[CheckRow]:
        """Give the journal of checks from the first on."""
        with self._open() as database:
            return [CheckRow(*row) for row in database.execute(_ALL_CHECKS)]

    def record_check(
        self,
        *,
        at: dt.datetime,
        level: str,
        volumes: Sequence[str],
        passed: bool,
        findings: Sequence[Finding],
    ) -> CheckRow:
        """Append one check to the journal; the row comes back with its number and digest."""
        with self._open() as database:
            last = database.execute(
                "SELECT number, digest FROM checks ORDER BY number DESC LIMIT 1"
            ).fetchone()
            number, previous = last or (0, _BEFORE_THE_FIRST)
            places = [{"code": row.code, "where": row.where} for row in findings]
            content = (
                number + 1,
                at.isoformat(),
                level,
                json.dumps(sorted(volumes)),
                int(passed),
                json.dumps(places, ensure_ascii=False),
                previous,
            )
            row = CheckRow(*content, digest=_chain(content))
            database.execute("INSERT INTO checks VALUES (?,?,?,?,?,?,?,?)", astuple(row))
        return row

    def verify_checks(self) -> list[Finding]:
        """Report the first row of the journal that was changed or that a lost row preceded."""
        previous = _BEFORE_THE_FIRST
        for number, row in enumerate(self.checks(), start=1):
            broken = row.number != number or row.previous != previous
            if broken or row.digest != _chain(astuple(row)[:-1]):
                return [finding("AR-53", str(self.path), number=number)]
            previous = row.digest
        return []

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction that starts with the right to write, so that numbers cannot collide."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, isolation_level=None, timeout=30)) as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = FULL")
                database.executescript(_SCHEMA)
                database.execute("BEGIN IMMEDIATE")
                with database:  # commits, or rolls back when the body raises
                    yield database
        except (sqlite3.Error, OSError) as fault:
            raise MediumFault(
                f"Реестр не открывается или не записывается ({fault}).",
                where=str(self.path),
                remedy="Закройте другие программы, которые его держат. Если файл испорчен,"
                " уберите его и соберите реестр заново по носителям.",
            ) from fault


_ALL_CHECKS = "SELECT * FROM checks ORDER BY number"


def _chain(content: Sequence[object]) -> str:
    names = [field.name for field in fields(CheckRow)]
    text = json.dumps(dict(zip(names, content, strict=False)), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _insert(database: sqlite3.Connection, volume: VolumeRow, bags: Sequence[BagRow]) -> None:
    database.execute("INSERT INTO volumes VALUES (?,?,?,?,?,?)", astuple(volume))
    database.executemany(
        "INSERT INTO bags VALUES (?,?,?,?,?,?,?,?,?,?,?)", [astuple(bag) for bag in bags]
    )


def _read(medium: Medium) -> tuple[VolumeRow, list[BagRow], list[Finding]]:
    volume = medium.read()
    row = VolumeRow(
        volume=str(volume.identifier),
        pair=str(volume.pair),
        inventory_number=volume.inventory_number,
        role=volume.role.value,
        organisation=volume.organisation,
        prepared=volume.prepared.isoformat(),
    )
    found: list[Finding] = []
    bags = [_bag_row(medium, record, found) for record in volume.bags]
    return row, bags, found


def _bag_row(medium: Medium, record: BagRecord, found: list[Finding]) -> BagRow:
    bag = medium.bags / record.name
    where = f"{medium.label} / {record.name}"
    info: dict[str, str] = {}
    size = count = 0
    try:
        info = read_bag_info(bag)
        size, count = payload_oxum(bag)
    except FileNotFoundError:
        found.append(finding("AR-30", where, bag=record.name))
    except (OSError, KeyError, ValueError):
        found.append(finding("AR-14", where, reason="bag-info.txt испорчен"))
    return BagRow(
        volume=str(medium.identifier),
        name=record.name,
        identifier=record.identifier,
        tagmanifest_sha512=record.tagmanifest_sha512,
        title=info.get("External-Description", ""),
        retention_until=info.get("Retention-Until", ""),
        retention_article=info.get("Retention-Article", ""),
        replaces=info.get("Replaces", ""),
        payload_bytes=size,
        payload_files=count,
        verified=record.verified.isoformat(),
    )
