"""Rows of the register, and what a medium says of itself as such rows."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from archive.durable import digest_or_none
from archive.medium import VOLUME_LIST, VOLUME_SEALS
from archive.tombstones import Tombstone, read_tombstones
from archive.validation import payload_oxum, read_bag_info
from docgen.core.findings import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.medium import Medium
    from archive.volume import BagRecord


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """One medium; dates are ISO 8601.

    The last two are digests of `volume-sha512.txt` and of its seal, which no list holds; "" for
    a medium that has none yet, or whose row is of an older program.
    """

    volume: str
    pair: str
    inventory_number: str
    role: str
    organisation: str
    prepared: str
    list_sha512: str = ""
    seal_sha512: str = ""


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
    """One audit or disposal; `volumes` and `findings` are JSON, digests SHA-256 in lower-case hex.

    `level` is "quick", "full" or "disposal"; `who` is "" where nobody was named.
    """

    number: int
    at: str
    level: str
    volumes: str
    passed: int
    findings: str
    previous: str
    digest: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class DisposedRow:
    """One case that was removed from one medium, as its tombstone there says."""

    volume: str
    name: str
    identifier: str
    tagmanifest_sha512: str
    title: str
    retention_until: str
    retention_article: str
    act: str
    signed: str
    disposed: str


@dataclass(frozen=True, slots=True)
class MediumRows:
    """All rows one medium gives, and what could not be read on it."""

    volume: VolumeRow
    bags: tuple[BagRow, ...]
    disposed: tuple[DisposedRow, ...]
    findings: tuple[Finding, ...]


def chain_digest(row: CheckRow) -> str:
    """SHA-256 of everything in a row of the journal but its own digest.

    A row without `who` has the digest it had before there was that column.
    """
    names = [item.name for item in fields(CheckRow) if item.name != "digest"]
    content = {name: getattr(row, name) for name in names if name != "who" or row.who}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read_rows(medium: Medium) -> MediumRows:
    """Read the rows of a medium from it alone.

    Bags that cannot be described are findings (AR-14, AR-30) and keep what volume.json says.
    Raises MediumFault when the medium is gone, swapped, or its lists cannot be read.
    """
    volume = medium.read()
    found: list[Finding] = []
    return MediumRows(
        volume=VolumeRow(
            volume=str(volume.identifier),
            pair=str(volume.pair),
            inventory_number=volume.inventory_number,
            role=volume.role.value,
            organisation=volume.organisation,
            prepared=volume.prepared.isoformat(),
            list_sha512=digest_or_none(medium.folder / VOLUME_LIST) or "",
            seal_sha512=digest_or_none(medium.folder / VOLUME_SEALS[0]) or "",
        ),
        bags=tuple(_bag_row(medium, record, found) for record in volume.bags),
        disposed=_disposed(medium, read_tombstones(medium)),
        findings=tuple(found),
    )


def _disposed(medium: Medium, stones: Sequence[Tombstone]) -> tuple[DisposedRow, ...]:
    names = [item.name for item in fields(Tombstone)]
    return tuple(
        DisposedRow(str(medium.identifier), **{name: getattr(stone, name) for name in names})
        for stone in stones
    )


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
