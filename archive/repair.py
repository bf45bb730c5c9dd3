"""Repair: file by file from the other copy, then by recovery data; never by majority.

Right is what the digest on paper or a signature that passes speaks for: it names the tag manifest,
the tag manifest names the manifest, and both name every file. So two copies that are both damaged,
each in other files, still give one whole case (archive.md, Writing).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive import manifest
from archive.audit import MediumAudit, summary
from archive.finish import Broken, listed_files, never_broken
from archive.medium import (
    BAGS,
    VOLUME_LIST,
    VOLUME_SEALS,
    Medium,
    check_pair,
    listed_outside,
)
from archive.mending import FROM_OTHER, Mending, Passes
from archive.paper import Paper, match_paper
from archive.placing import clear, digest_below, put, stage
from archive.tombstones import DISPOSED, lines_damaged, read_tombstones
from docgen.core.errors import MediumFault
from docgen.core.findings import Finding, blocks, finding

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from archive.register import Register
    from archive.tombstones import Tombstone
    from docgen.core.progress import Progress

TOMBSTONES = f"docs/{DISPOSED}"

Relist = Callable[[Medium], Sequence[Finding]]
"""Makes the papers and the list of a medium anew; what was made, or why not."""

REPAIR = "repair"
"""What the register's journal calls a repair, beside the levels of checks."""


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was repaired on one medium and what could not be; the act of damage prints it.

    `media` are the repaired one and the other copy, which was only read, as they stand afterwards.
    """

    at: dt.datetime
    media: tuple[MediumAudit, MediumAudit]
    bags: tuple[str, ...]
    findings: tuple[Finding, ...]
    who: str = ""
    check_number: int = 0
    check_digest: str = ""

    @property
    def passed(self) -> bool:
        """Whether every case of the medium is whole now."""
        return not blocks(self.findings)

    @property
    def mended(self) -> tuple[Finding, ...]:
        """Files that were damaged and are right again."""
        return tuple(row for row in self.findings if row.code == "AR-94")

    @property
    def lost(self) -> tuple[Finding, ...]:
        """Files nothing could bring back."""
        return tuple(row for row in self.findings if row.code == "AR-93")

    def as_json(self) -> dict[str, object]:
        """Plain values for `--json` answers and for the act."""
        return {
            "at": self.at.isoformat(),
            "who": self.who,
            "passed": self.passed,
            "medium": self.media[0].folder,
            "other": self.media[1].folder,
            "bags": list(self.bags),
            "mended": [row.where for row in self.mended],
            "lost": [row.where for row in self.lost],
            "findings": [row.as_json() for row in self.findings],
            "check_number": self.check_number,
            "check_digest": self.check_digest,
        }


def repair_medium(
    medium: Medium,
    other: Medium,
    *,
    paper: Paper,
    passes: Passes,
    register: Register | None = None,
    mended: Sequence[Finding] = (),
    broken: Broken = never_broken,
    relist: Relist | None = None,
    progress: Progress,
    now: dt.datetime,
    who: str = "",
) -> RepairReport:
    """Bring damaged and missing files of `medium` back; `other` is only read.

    Every file is written aside, made durable, read back past the cache and then put in its place,
    so a repair that is stopped leaves each file as it was or right. Files that belong to no case
    are named and left; a case that was disposed of by an act on either medium stays gone. `mended`
    is what was brought back before the medium could be opened. Where the list of the medium or its
    seal (`broken`) is lost, or a paper only this medium had, `relist` may make them anew, once all
    cases are whole. Raises MediumFault for media that are no pair, gone or failing.
    """
    check_pair((medium, other))
    with ExitStack() as locks:
        for held in (medium, other):
            locks.enter_context(held.lock())
        with medium.faults():
            medium.bags.mkdir(exist_ok=True)
        medium.sweep()
        mended = [*mended, *_tombstones(medium, other)]
        right, unknown = match_paper(paper, (medium, other))
        found = [*mended, *unknown]
        graves = _graves((medium, other))
        known = {name for side in (medium, other) for name in _names(side)} | right.keys()
        found += [
            finding("AR-97", name, bag=name, act=graves[name].act) for name in known & graves.keys()
        ]
        names = sorted(known - graves.keys())
        for name in progress.track(names, title="Восстановление дел", total=len(names)):
            found += Mending(medium, other, name, right.get(name, ""), passes, now).run()
        outside = list(_outside(medium, other, broken))
    if relist is not None and blocks(outside) and not blocks(found):
        outside = [*(row for row in outside if row.code == "AR-94"), *relist(medium)]
    found += outside
    stand = (summary(medium), summary(other))
    report = RepairReport(now, stand, tuple(names), tuple(found), who)
    if register is None:
        return report
    row = register.record_check(
        at=now,
        level=REPAIR,
        volumes=[str(medium.identifier), str(other.identifier)],
        passed=report.passed,
        findings=report.findings,
        who=who,
    )
    return replace(report, check_number=row.number, check_digest=row.digest)


def _graves(media: Sequence[Medium]) -> dict[str, Tombstone]:
    """Cases that were disposed of, by name; another case may have got the name since."""
    records = [record for medium in media for record in medium.read().bags]
    living = {record.name for record in records}
    known = {(record.name, record.identifier) for record in records}
    return {
        row.name: row
        for medium in media
        for row in read_tombstones(medium)
        if (row.name, row.identifier) in known or row.name not in living
    }


def _names(medium: Medium) -> set[str]:
    return {record.name for record in medium.read().bags} | set(medium.bag_names())


def _outside(medium: Medium, other: Medium, broken: Broken) -> Iterator[Finding]:
    """Bring back what the list of the medium names outside of bags, where the other has it too."""
    yield from _list_itself(medium, broken)
    for path, digest in listed_outside(medium.folder).items():
        if path.startswith(f"{BAGS}/") or digest_below(medium.folder, path) == digest:
            continue
        if path == TOMBSTONES and digest_below(medium.folder, path):  # sound: it was looked at
            reason = "уничтожение остановлено на середине: повторите docgen archive dispose"
            yield finding("AR-93", path, refs={"file": path}, path=path, reason=reason)
            continue
        if digest_below(other.folder, path) == digest:
            yield _brought_back(medium, other, path, digest)
            continue
        reason = "у другого экземпляра такого файла нет: бумаги носителя печатаются заново"
        yield finding("AR-93", path, refs={"file": path}, path=path, reason=reason)


def _tombstones(medium: Medium, other: Medium) -> Iterator[Finding]:
    """Bring damaged lines of disposed cases back first: they say which cases stay gone.

    Lines a stopped disposal has added are no damage. Raises MediumFault where nothing is sound.
    """
    right = listed_outside(medium.folder).get(TOMBSTONES)
    there = right is not None and digest_below(other.folder, TOMBSTONES) == right
    try:
        damaged = lines_damaged(medium)
    except MediumFault:
        if not there:
            raise
        damaged = True
    if damaged and there and right is not None:
        yield _brought_back(medium, other, TOMBSTONES, right)


def _brought_back(medium: Medium, other: Medium, path: str, digest: str) -> Finding:
    """Put a file outside of bags back from the other medium, which has it as the list says."""
    staged = stage(medium, REPAIR, {path: other.folder / path}, {path: digest})
    reason = put(medium, staged / path, medium.folder, path)
    clear(staged)
    code = "AR-93" if reason else "AR-94"
    return finding(code, path, refs={"file": path}, path=path, reason=reason or FROM_OTHER)


def _list_itself(medium: Medium, broken: Broken) -> Iterator[Finding]:
    """Say what is wrong with the list of a medium whose cases were just looked at, and its seal."""
    path = medium.folder / VOLUME_LIST
    read = manifest.read_list(path, digits=manifest.SHA512_DIGITS, where=VOLUME_LIST)
    present = listed_files(medium)
    reason = broken(path)
    if read.findings or not path.is_file():
        reason = "он испорчен"
    elif not reason and not (medium.folder / VOLUME_SEALS[0]).exists():
        reason = "он не подписан"
    elif not reason and {row for row in present if _of_a_bag(row)} != {
        row for row in read.digests if _of_a_bag(row)
    }:
        reason = "дела в нём названы не те"
    elif not reason and any(
        digest_below(medium.folder, row) != digest
        for row, digest in read.digests.items()
        if _of_a_bag(row)
    ):
        reason = "суммы дел в нём не те"
    if reason:
        told = f"{reason}, а у другого экземпляра свой"
        refs = {"file": VOLUME_LIST}
        yield finding("AR-93", VOLUME_LIST, refs=refs, path=VOLUME_LIST, reason=told)
        return
    for row in sorted(set(present) - read.digests.keys()):
        yield finding("AR-95", row, refs={"file": row}, path=row)


def _of_a_bag(path: str) -> bool:
    return path.startswith(f"{BAGS}/")
