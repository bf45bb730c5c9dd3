"""A travelling copy of a bag or a medium: encrypted for its recipients, checked when opened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.audit import audit_media
from archive.medium import VOLUME_FILE, open_medium
from archive.travel import TravelCopy, decrypt_copy, encrypt_copy, new_identity
from archive.validation import Level, read_bag_info, validate
from docgen.core.errors import Blocked
from docgen.core.findings import Finding
from docgen.core.progress import Progress

__all__ = ["Opened", "TravelCopy", "new_identity", "open_copy", "seal_copy"]


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened copy: where it lies, how many files, and what a full check of it found."""

    folder: Path
    files: int
    findings: tuple[Finding, ...]


def seal_copy(
    folder: Path, out: Path, recipients: Sequence[str], *, now: dt.datetime, progress: Progress
) -> TravelCopy:
    """Encrypt a whole bag or medium; a damaged one does not travel.

    Raises Blocked with what the check found, else what `archive.travel.encrypt_copy` raises.
    """
    found = _check(folder, now, progress)
    if found:
        raise Blocked(
            "копия повреждена, поэтому не зашифрована",
            where=str(folder),
            remedy="Исправьте её по второму экземпляру: docgen archive repair.",
            findings=found,
        )
    return encrypt_copy(folder, out, recipients, title=_title(folder), now=now)


def open_copy(
    source: Path, identity: Path, folder: Path, *, now: dt.datetime, progress: Progress
) -> Opened:
    """Decrypt a copy into a new folder and check every digest of it."""
    count = decrypt_copy(source, identity, folder)
    return Opened(folder, count, tuple(_check(folder, now, progress)))


def _check(folder: Path, now: dt.datetime, progress: Progress) -> list[Finding]:
    if (folder / VOLUME_FILE).is_file():
        audit = audit_media([open_medium(folder)], level=Level.FULL, progress=progress, now=now)
        return list(audit.all_findings)
    if (folder / "bagit.txt").is_file():
        return validate(folder, level=Level.FULL)
    return []


def _title(folder: Path) -> str:
    if (folder / VOLUME_FILE).is_file():
        volume = open_medium(folder).read()
        return f"носитель № {volume.inventory_number}, {volume.role.label}, дел {len(volume.bags)}"
    if (folder / "bagit.txt").is_file():
        return read_bag_info(folder).get("External-Description", folder.name)
    return folder.name
