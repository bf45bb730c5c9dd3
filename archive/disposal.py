"""Disposal: whole bags leave a medium by a signed act, and a tombstone stays.

A medium is taken in small steps, each of which can be repeated: the tombstones are written, the
card of the medium forgets the bags, each bag leaves `bags/` by one rename, and only then its files
are removed. So `bags/` never holds a part of a bag, and the same call goes on after a stop.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.medium import Medium
from archive.parity import PARITY
from archive.retention import has_ended
from archive.tombstones import Tombstone, add_tombstones, read_tombstones
from archive.validation import bag_digest, read_bag_info
from docgen.core.files import fsync_folder, move_durably
from docgen.core.findings import Finding, finding

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class DisposableCase:
    """A case of an act; `identifier` and the digest are those the act was signed with."""

    name: str
    identifier: str
    tagmanifest_sha512: str
    title: str
    retention_until: str
    retention_article: str


@dataclass(frozen=True, slots=True)
class SignedAct:
    """A signed act: its number, the day it was signed, and the cases it names."""

    number: str
    signed: dt.date
    cases: tuple[DisposableCase, ...]


def refusals(act: SignedAct, folder: Path, on: dt.date) -> list[Finding]:
    """Say why cases of an act that stand in a folder of bags may not be removed on a day (AR-58).

    A bag must be the very one the act names, and its own term must be over. Raises OSError.
    """
    found = []
    for case in act.cases:
        bag = folder / case.name
        if bag.is_dir() and (reason := _why_not(case, bag, on)):
            found.append(finding("AR-58", str(bag), bag=case.name, reason=reason))
    return found


def dispose_from_medium(act: SignedAct, medium: Medium, on: dt.date) -> tuple[str, ...]:
    """Remove the cases of an act from a medium; returns those that were still there.

    The caller has asked `refusals`. The lists of the medium are made anew by `finish_medium`
    afterwards. Raises MediumFault; the same call goes on then.
    """
    with medium.lock():
        listed = {record.name: record.identifier for record in medium.read().bags}
        marked = {(stone.name, stone.identifier) for stone in read_tombstones(medium)}
        going = [
            case
            for case in act.cases
            if listed.get(case.name) == case.identifier or (medium.bags / case.name).is_dir()
        ]
        add_tombstones(
            medium,
            [_stone(act, case, on) for case in going if (case.name, case.identifier) not in marked],
        )
        medium.strike([case.name for case in going])
        for case in going:
            with medium.faults():
                _put_away(medium, medium.bags / case.name, case.name)
                _put_away(medium, medium.folder / PARITY / case.name, f"{case.name}.{PARITY}")
        medium.sweep()
        with medium.faults():
            fsync_folder(medium.incoming)
    return tuple(case.name for case in going)


def dispose_from_folder(act: SignedAct, folder: Path) -> tuple[str, ...]:
    """Remove the built bags of an act from a folder of bags; raises OSError."""
    gone = []
    for case in act.cases:
        bag, away = folder / case.name, folder / f".{case.name}.disposed"
        if bag.is_dir():
            if away.exists():
                shutil.rmtree(away)
            move_durably(bag, away)
            gone.append(case.name)
        if away.exists():
            shutil.rmtree(away)
    return tuple(gone)


def _why_not(case: DisposableCase, bag: Path, on: dt.date) -> str:
    try:
        info = read_bag_info(bag)
        same = info["External-Identifier"] == case.identifier
        same = same and bag_digest(bag) == case.tagmanifest_sha512
    except (OSError, KeyError, ValueError):
        return "его описание не читается; сначала восстановите дело"
    if not same:
        return "это не то дело, которое названо в акте: его контрольная сумма другая"
    until = info.get("Retention-Until", "")
    if not has_ended(until, on):
        return f"его срок хранения не истёк ({until or 'срок не указан'})"
    return ""


def _put_away(medium: Medium, folder: Path, name: str) -> None:
    """Take a folder out of its place by one rename; what lies in `.incoming` is then swept."""
    if not folder.is_dir():
        return
    medium.incoming.mkdir(exist_ok=True)
    away = medium.incoming / name
    if away.exists():
        shutil.rmtree(away)
    move_durably(folder, away)


def _stone(act: SignedAct, case: DisposableCase, on: dt.date) -> Tombstone:
    return Tombstone(
        name=case.name,
        identifier=case.identifier,
        tagmanifest_sha512=case.tagmanifest_sha512,
        title=case.title,
        retention_until=case.retention_until,
        retention_article=case.retention_article,
        act=act.number,
        signed=act.signed.isoformat(),
        disposed=on.isoformat(),
    )
