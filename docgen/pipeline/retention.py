"""Which terms have ended, and the act over those cases (R12): a proposal, nothing is removed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archive.disposal import DisposableCase
from archive.register import Register
from archive.register_rows import BagRow, VolumeRow
from archive.retention import disposable_from
from archive.volume import Role
from docgen import russian
from docgen.core.errors import InputFault, UsageFault
from docgen.core.files import write_atomic
from docgen.core.findings import Finding, finding
from docgen.documents.disposal import DisposalLine, DisposalPeople, disposal_act
from docgen.documents.medium_papers import size_text
from docgen.pipeline.case_files import json_bytes
from docgen.pipeline.holds import Hold, hold_on, holds
from docgen.pipeline.people import offices_of
from docgen.pipeline.terms import case_indexes, last_day_of, term_text
from docgen.pipeline.workspace import Workspace, index_slug
from docgen.profile import Profile, retention_until
from docgen.rendering.blank import lay_out_document

_NAME = re.compile(
    r"(?P<start>\d{4})-(?P<end>\d{4})_(?P<index>[^_]+)_(?:(?P<grade>\d{2})[^_]*|[^_]+)"
    r"_[^_]+_t(?P<years>\d+|perm)(?:_r\d+)?"
)
"""2025-2026_02-15_09a_q1_t5: year, index, class, period, term (archive.md, Layout)."""
_FORMAT = "docgen-disposal/1"


class ActCase(BaseModel):
    """A case of an act, as its record keeps it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # The name is a folder's that will be removed, so it must not lead anywhere else.
    name: str = Field(pattern=r"^[a-z0-9_][a-z0-9._-]{0,59}$")
    identifier: str
    tagmanifest_sha512: str
    title: str
    retention_until: str
    retention_article: str


class Act(BaseModel):
    """The record of an act, beside its paper; written once, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str = Field(default=_FORMAT, pattern=f"^{_FORMAT}$")
    number: str
    date: dt.date
    cases: tuple[ActCase, ...]

    @property
    def disposable(self) -> tuple[DisposableCase, ...]:
        """The cases as the archive takes them."""
        return tuple(DisposableCase(**case.model_dump()) for case in self.cases)


@dataclass(frozen=True, slots=True)
class EndedCase:
    """A case whose term is over: its row in the register, its last day, and the media it is on."""

    row: BagRow
    until: dt.date
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What may be disposed of on a day, and what may not though one might think so (AR-56, 57)."""

    on: dt.date
    cases: tuple[EndedCase, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class WrittenAct:
    """An act with its paper; `made` tells whether this run made it."""

    act: Act
    paper: Path
    made: bool


def propose(workspace: Workspace, on: dt.date) -> Proposal:
    """Find the cases whose term is over on a day and that nobody holds.

    The term is the longer of the one the case was stored with and the one the school has now.
    """
    register = Register(workspace.register_file)
    media: dict[str, list[str]] = {}
    for row in register.bags():
        media.setdefault(row.identifier, []).append(row.volume)
    rows = {row.identifier: row for row in register.bags()}
    held, ended, found = holds(workspace), [], []
    for row in sorted(rows.values(), key=lambda item: item.name):
        until = last_day(row, workspace.profile)
        if not _is_readable(row.retention_until):
            found.append(finding("AR-57", row.name, bag=row.name))
        elif until is None:
            continue
        elif on.year > until.year:
            hold = hold_on(held, row.name)
            if hold is not None:
                found.append(_held(row, hold))
            else:
                ended.append(EndedCase(row, until, tuple(media[row.identifier])))
    return Proposal(on, tuple(ended), tuple(found))


def last_day(row: BagRow | DisposableCase, profile: Profile) -> dt.date | None:
    """The last day a case is kept; None when it is kept for ever or nobody can read its term.

    A nomenclature that names a longer term today than on the day of storing wins.
    """
    first = disposable_from(row.retention_until) if _is_readable(row.retention_until) else None
    if first is None:
        return None
    until = first - dt.timedelta(days=1)
    told = _NAME.fullmatch(row.name)
    days = [until, *_days_today(told, until, profile)] if told else [until]
    return None if None in days else max(day for day in days if day)


def _days_today(told: re.Match[str], until: dt.date, profile: Profile) -> Iterator[dt.date | None]:
    """The last days by every term the nomenclature has for such a case now."""
    grade = int(told["grade"]) if told["grade"] else None
    # A case may have been closed later than its school year; what was stored tells when.
    years = 0 if told["years"] == "perm" else int(told["years"])
    closed = dt.date(until.year - years, 12, 31)
    for name, index in case_indexes(profile).items():
        if index and index_slug(index) == told["index"]:
            term = profile.retention[name]
            yield retention_until(closed, term.years)
            yield last_day_of(term, int(told["end"]), grade)


def _is_readable(until: str) -> bool:
    """Whether a stored term is one: a day, or for ever."""
    try:
        disposable_from(until)
    except ValueError:
        return False
    return True


def write_act(workspace: Workspace, proposal: Proposal) -> WrittenAct:
    """Write the act over a proposal; the last act stands where it names the very same cases.

    An act is never changed: it may have been signed on paper. Raises UsageFault without cases.
    """
    if not proposal.cases:
        raise UsageFault(
            "дел, сроки хранения которых истекли, нет",
            remedy="Когда истекает ближайший срок, показывает docgen archive due.",
        )
    cases = tuple(
        ActCase(
            name=case.row.name,
            identifier=case.row.identifier,
            tagmanifest_sha512=case.row.tagmanifest_sha512,
            title=case.row.title,
            retention_until=case.row.retention_until,
            retention_article=case.row.retention_article,
        )
        for case in proposal.cases
    )
    numbers = act_numbers(workspace)
    if numbers:
        last = read_act(workspace, numbers[-1])
        if last.cases == cases and act_paper(workspace, last.number).is_file():
            return WrittenAct(last, act_paper(workspace, last.number), made=False)
    act = Act(number=str(len(numbers) + 1), date=proposal.on, cases=cases)
    paper = act_paper(workspace, act.number)
    write_atomic(paper, _paper(workspace, act, proposal))
    write_atomic(paper.with_suffix(".json"), json_bytes(act.model_dump(mode="json")))
    return WrittenAct(act, paper, made=True)


def act_numbers(workspace: Workspace) -> list[str]:
    """Numbers of the acts there are, the first one first."""
    found = workspace.disposals.glob("disposal-[0-9][0-9][0-9].json")
    return [str(int(path.stem.rpartition("-")[2])) for path in sorted(found)]


def act_paper(workspace: Workspace, number: str) -> Path:
    """Where the paper of an act lies; its record is beside it."""
    return workspace.disposals / f"disposal-{int(number):03d}.pdf"


def read_act(workspace: Workspace, number: str) -> Act:
    """The record of an act; raises UsageFault when there is none, InputFault when it is damaged."""
    numbers = act_numbers(workspace)
    if number not in numbers:
        raise UsageFault(
            f"акта № {number} о выделении к уничтожению нет",
            remedy=f"Есть: {', '.join(numbers)}."
            if numbers
            else "Сначала составьте акт: docgen archive dispose.",
        )
    path = act_paper(workspace, number).with_suffix(".json")
    try:
        return Act.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as fault:
        raise InputFault(
            "запись об акте повреждена",
            where=str(path),
            remedy="Верните файл из резервной копии или составьте новый акт.",
        ) from fault


def _held(row: BagRow, hold: Hold) -> Finding:
    return finding("AR-56", row.name, bag=row.name, reason=hold.reason)


def _paper(workspace: Workspace, act: Act, proposal: Proposal) -> bytes:
    profile = workspace.profile
    told = profile.documents["disposal-act"]
    volumes = Register(workspace.register_file).volumes()
    lying = {volume for case in proposal.cases for volume in case.media}
    paper = disposal_act(
        act.number,
        profile.school.full_name or next((row.organisation for row in volumes), ""),
        profile.school.city,
        act.date,
        [_line(case) for case in proposal.cases],
        size=sum(case.row.payload_bytes for case in proposal.cases),
        media=[_medium(row) for row in volumes if row.volume in lying],
        basis=profile.norm("archive.disposal").text,
        protocol=told["protocol"],
        treatment=told["treatment"],
        people=_people(workspace, told["chairman"], told["members"]),
    )
    return lay_out_document("disposal-act", {"act": paper}, workspace.templates)


def _people(workspace: Workspace, chairman: str, members: Sequence[str]) -> DisposalPeople:
    offices = offices_of(workspace)
    return DisposalPeople(offices["director"].short, offices["secretary"].short, chairman, members)


def _line(case: EndedCase) -> DisposalLine:
    told = _NAME.fullmatch(case.row.name)
    term = term_text(int(told["years"])) if told and told["years"].isdigit() else ""
    return DisposalLine(
        name=case.row.name,
        index=told["index"] if told else "",
        title=case.row.title,
        year=f"{told['start']}/{told['end']}" if told else "",
        term=", ".join(filter(None, (term, case.row.retention_article))),
        until=russian.date_numeric(case.until),
        size=size_text(case.row.payload_bytes),
        digest=case.row.tagmanifest_sha512,
    )


def _medium(row: VolumeRow) -> str:
    return f"носитель № {row.inventory_number} ({Role(row.role).label})"
