"""Evidence that cases were sealed in time: made once, renewed before it loses its worth (RFC 4998).

One record a case, `evidence/NAME.ers` of the workspace: it holds the tag manifest and its seal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.manifest import TAG_MANIFEST
from docgen.core.errors import UsageFault
from docgen.core.files import write_atomic
from docgen.pipeline.sign import signature_of
from docgen.pipeline.workspace import Workspace
from signing.algorithms import SHA512, STREEBOG512
from signing.evidence_record import (
    SUFFIX,
    EvidenceRecord,
    digests_of,
    make_records,
    parse_record,
    renew_digests,
    renew_stamps,
    stamp_ends,
)
from signing.interfaces import Timestamper
from signing.timestampers import HttpTimestamper

DIGESTS = {"sha512": SHA512, "streebog512": STREEBOG512}


@dataclass(frozen=True, slots=True)
class Kept:
    """A sealed case and its record: `until` is when the last stamp's certificate ends."""

    name: str
    documents: tuple[Path, ...]
    record: Path
    until: dt.datetime | None

    def due(self, at: dt.datetime, days: int) -> bool:
        """Whether there is no record, or its stamp ends within so many days."""
        return self.until is None or self.until < at + dt.timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a run did: cases that got their first record, and whose record was renewed."""

    made: tuple[str, ...]
    renewed: tuple[str, ...]
    standing: tuple[Kept, ...]


def kept_records(workspace: Workspace) -> tuple[Kept, ...]:
    """Every sealed case of the workspace with its record, by name; InputFault for a bad record."""
    folder = workspace.folder / "evidence"
    found = []
    for bag in sorted(workspace.bundles.iterdir()) if workspace.bundles.is_dir() else ():
        manifest = bag / TAG_MANIFEST
        if not signature_of(manifest).is_file():
            continue
        record = folder / f"{bag.name}{SUFFIX}"
        until = stamp_ends(record) if record.is_file() else None
        found.append(Kept(bag.name, (manifest, signature_of(manifest)), record, until))
    return tuple(found)


def renew(workspace: Workspace, *, digest: str, only_due: bool, now: dt.datetime) -> Renewed:
    """Make missing records and renew those that are due, all with one stamp or two.

    With another `digest` than a record ends with, a new chain begins (5.3). Raises UsageFault
    without a stamp service in the settings, SigningFault when it gives no stamp; nothing is half
    done.
    """
    settings = workspace.profile.signing
    if not settings.stamps:
        raise UsageFault(
            "служба штампов времени не названа",
            where="school.toml",
            remedy='Впишите её адрес: [signing] stamps = "http://…".',
        )
    timestamper = HttpTimestamper(settings.stamps)
    kept = kept_records(workspace)
    due = [item for item in kept if not only_due or item.due(now, settings.renew_days)]
    fresh = [item for item in due if item.until is None]
    old = [(item, parse_record(item.record.read_bytes())) for item in due if item.until]
    oid = DIGESTS[digest]
    _make(fresh, oid, timestamper)
    _renew(old, oid, timestamper)
    return Renewed(
        tuple(item.name for item in fresh),
        tuple(item.name for item, _ in old),
        kept_records(workspace),
    )


def _make(fresh: Sequence[Kept], oid: str, timestamper: Timestamper) -> None:
    if not fresh:
        return
    groups = [digests_of(item.documents, oid) for item in fresh]
    for item, record in zip(fresh, make_records(groups, oid, timestamper), strict=True):
        write_atomic(item.record, record.encoded)


def _renew(old: Sequence[tuple[Kept, EvidenceRecord]], oid: str, timestamper: Timestamper) -> None:
    same = [(item, record) for item, record in old if record.last.digest_oid == oid]
    other = [(item, record) for item, record in old if record.last.digest_oid != oid]
    if same:
        renewed = renew_stamps([record for _, record in same], timestamper)
        for (item, _), record in zip(same, renewed, strict=True):
            write_atomic(item.record, record.encoded)
    if other:
        work = [(record, digests_of(item.documents, oid)) for item, record in other]
        for (item, _), record in zip(other, renew_digests(work, oid, timestamper), strict=True):
            write_atomic(item.record, record.encoded)
