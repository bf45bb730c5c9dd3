"""Audit: whether media still are what was written, and whether copies and register agree."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from archive import manifest, parity
from archive.compare import compare_lists
from archive.durable import digest_or_none, files_below
from archive.finish import Broken, list_fault, listed_files, never_broken
from archive.medium import VOLUME_LIST, VOLUME_SEALS
from archive.paper import Paper, match_paper
from archive.span import missing_discs
from archive.validation import Level, Profile, validate
from docgen.core.findings import Finding, blocks, finding
from docgen.core.reasons import reason

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from archive.medium import Medium
    from archive.register import Register
    from archive.volume import Volume
    from docgen.core.progress import Progress


@dataclass(frozen=True, slots=True)
class MediumAudit:
    """What was found on one medium; `files` and `size` (bytes) count its bags."""

    volume: str
    inventory_number: str
    role: str
    folder: str
    organisation: str
    bags: tuple[str, ...]
    files: int
    size: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """One audit, as the act prints it.

    `findings` concern the media together: copies against each other and against the register.
    `check_number` and `check_digest` name the row in the journal of checks; 0 and empty without it.
    """

    level: Level
    at: dt.datetime
    media: tuple[MediumAudit, ...]
    findings: tuple[Finding, ...]
    who: str = ""
    check_number: int = 0
    check_digest: str = ""

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Everything found, medium by medium, then what concerns them together."""
        return (*(row for medium in self.media for row in medium.findings), *self.findings)

    @property
    def passed(self) -> bool:
        """Whether nothing found would stop the chain."""
        return not blocks(self.all_findings)

    def as_json(self) -> dict[str, object]:
        """Plain values for `--json` answers; sizes are bytes."""
        return {
            "level": self.level.value,
            "at": self.at.isoformat(),
            "who": self.who,
            "passed": self.passed,
            "media": [
                {
                    "volume": medium.volume,
                    "inventory_number": medium.inventory_number,
                    "role": medium.role,
                    "folder": medium.folder,
                    "bags": list(medium.bags),
                    "files": medium.files,
                    "bytes": medium.size,
                    "findings": [row.as_json() for row in medium.findings],
                }
                for medium in self.media
            ],
            "findings": [row.as_json() for row in self.findings],
            "check_number": self.check_number,
            "check_digest": self.check_digest,
        }


def audit_media(
    media: Sequence[Medium],
    *,
    level: Level,
    register: Register | None = None,
    paper: Paper | None = None,
    known: Sequence[Finding] = (),
    broken: Broken = never_broken,
    progress: Progress,
    now: dt.datetime,
    who: str = "",
) -> AuditReport:
    """Check one medium or several copies; every bad file is a finding, nothing is changed.

    Media of one pair are compared with each other and all with the digests on paper; discs of one
    set are parts of one copy. `known` is what was found while the media were opened, `who` the
    person who audits; `broken` looks at the seals of lists and bags. With a register they are
    compared with its rows, its journal is verified, and the audit is appended to it. Raises
    MediumFault for a medium that is gone, swapped or has no readable card.
    """
    names = sorted({name for medium in media for name in _all_names(medium)})
    found: dict[Medium, list[Finding]] = {medium: _outside_bags(medium, broken) for medium in media}
    with ThreadPoolExecutor(max_workers=len(media)) as pool:

        def check(name: str) -> list[list[Finding]]:
            return list(pool.map(lambda medium: _check_bag(medium, name, level, broken), media))

        for name in progress.track(names, title="Проверка дел на носителях", total=len(names)):
            for medium, rows in zip(media, check(name), strict=True):
                found[medium] += rows
    common = list(known)
    volumes = [medium.read() for medium in media]
    for (first, here), (second, there) in combinations(zip(media, volumes, strict=True), 2):
        if here.pair == there.pair:
            common += compare_lists(first, second)
    common += missing_discs(volumes)
    common += _shown_twice(media)
    common += parity.lacking(media)
    common += _compare_paper(media, paper or Paper())
    if register is not None:
        common += register.verify_checks()
        for medium in media:
            common += _compare_register(medium, register)
    report = AuditReport(
        level, now, tuple(summary(medium, found[medium]) for medium in media), tuple(common), who
    )
    if register is None:
        return report
    row = register.record_check(
        at=now,
        level=level.value,
        volumes=[str(medium.identifier) for medium in media],
        passed=report.passed,
        findings=report.all_findings,
        who=who,
    )
    return replace(report, check_number=row.number, check_digest=row.digest)


def _shown_twice(media: Sequence[Medium]) -> Iterator[Finding]:
    """One medium under two paths, or its clone, is no second copy."""
    for first, second in combinations(media, 2):
        if first.identifier == second.identifier:
            where = f"{first.place} и {second.place}"
            yield finding("AR-47", where, number=first.inventory_number)


def _all_names(medium: Medium) -> set[str]:
    return {record.name for record in medium.read().bags} | set(medium.bag_names())


def summary(medium: Medium, found: Sequence[Finding] = ()) -> MediumAudit:
    """Count what lies on a medium, with what was found there. Raises MediumFault."""
    names = medium.bag_names()
    with medium.faults():
        sizes = [status.st_size for name in names for _, status in files_below(medium.bags / name)]
    return MediumAudit(
        volume=str(medium.identifier),
        inventory_number=medium.inventory_number,
        role=medium.role.value,
        folder=str(medium.place),
        organisation=medium.read().organisation,
        bags=tuple(names),
        files=len(sizes),
        size=sum(sizes),
        findings=tuple(replace(row, where=f"{medium.label} / {row.where}") for row in found),
    )


def _outside_bags(medium: Medium, broken: Broken) -> list[Finding]:
    """Check volume-sha512.txt in both directions, and look for traces of interrupted work."""
    read = manifest.read_list(
        medium.folder / VOLUME_LIST, digits=manifest.SHA512_DIGITS, where=VOLUME_LIST
    )
    found = list(read.findings)
    with medium.faults():
        present = listed_files(medium)
    leftovers = [path.relative_to(medium.folder).as_posix() for path in medium.leftovers()]
    found += [finding("AR-33", path, path=path) for path in leftovers]
    for path in sorted({*present, *read.digests} - set(leftovers)):
        reason = list_fault(medium.folder, path, read.digests.get(path), present=path in present)
        if reason:
            found.append(finding("AR-34", path, refs={"file": path}, path=path, reason=reason))
    if read.digests and not (medium.folder / VOLUME_SEALS[0]).exists():
        found.append(finding("AR-35", VOLUME_LIST, path=VOLUME_LIST))
    return found + _broken_seal(medium.folder / VOLUME_LIST, VOLUME_LIST, broken)


def _broken_seal(path: Path, shown: str, broken: Broken) -> list[Finding]:
    why = broken(path)
    return [finding("AR-36", shown, refs={"file": shown}, path=shown, reason=why)] if why else []


def _check_bag(medium: Medium, name: str, level: Level, broken: Broken) -> list[Finding]:
    volume: Volume = medium.read()
    bag = medium.bags / name
    record = volume.bag(name)
    if bag.is_symlink():
        return [finding("AR-21", name, refs={"file": name}, path=name)]
    if not bag.is_dir():
        return [finding("AR-30", name, bag=name)] if record is not None else []
    try:
        found = validate(bag, level=level, profile=Profile.OURS)
    except OSError as fault:
        return [finding("AR-14", name, refs={"file": name}, reason=reason(fault))]
    if level is Level.FULL:
        found += parity.check(medium, name)
        sealed = bag / manifest.TAG_MANIFEST
        found += _broken_seal(sealed, f"{name}/{manifest.TAG_MANIFEST}", broken)
    if record is None:
        found.append(finding("AR-31", name, bag=name))
    elif digest_or_none(bag / manifest.TAG_MANIFEST) != record.tagmanifest_sha512:
        found.append(finding("AR-32", name, bag=name))
    return found


def _compare_paper(media: Sequence[Medium], paper: Paper) -> Iterator[Finding]:
    """Compare tag manifests with the digests a person read from the act or the label."""
    right, found = match_paper(paper, media)
    yield from found
    for name, digest in sorted(right.items()):
        for medium in media:
            standing = digest_or_none(medium.bags / name / manifest.TAG_MANIFEST)
            if standing != digest:
                yield finding("AR-91", f"{medium.label} / {name}", bag=name)


def _compare_register(medium: Medium, register: Register) -> Iterator[Finding]:
    if reason := register.lost_seal(medium):
        yield finding("AR-36", medium.label, path=VOLUME_LIST, reason=reason)
    known = {row.name: row for row in register.bags() if row.volume == str(medium.identifier)}
    present = set(medium.bag_names())
    for name in sorted(known.keys() | present):
        where = f"{medium.label} / {name}"
        if name not in known:
            yield finding("AR-52", where, bag=name)
        elif name not in present:
            yield finding("AR-50", where, bag=name)
        elif (
            digest_or_none(medium.bags / name / manifest.TAG_MANIFEST)
            != known[name].tagmanifest_sha512
        ):
            yield finding("AR-51", where, bag=name)
    for row, act in register.still_to_dispose():
        if row.volume == str(medium.identifier) and row.name in present:
            yield finding("AR-55", f"{medium.label} / {row.name}", bag=row.name, act=act)
