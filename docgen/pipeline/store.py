"""Store cases: two verified copies, the papers that go with them, the register (R6, R10-R12)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Self

from archive.copy import CopyReport, copy_bags
from archive.finish import finish_medium
from archive.medium import Medium
from archive.parity import make_parity
from archive.register import Register
from docgen import russian
from docgen.core.files import write_atomic
from docgen.core.findings import Finding
from docgen.core.progress import Progress
from docgen.documents.handover import (
    CaseInventory,
    CaseLine,
    HandoverAct,
    MediumLine,
    accepted_lines,
    cases_in_words,
    commission_signatures,
    inventory_csv,
)
from docgen.documents.house import House
from docgen.journal.model import Period
from docgen.journal.preflight import Task
from docgen.pipeline.bundle import read_case
from docgen.pipeline.case_files import json_bytes
from docgen.pipeline.medium_papers import medium_papers
from docgen.pipeline.sign import Seal
from docgen.pipeline.workspace import Workspace
from docgen.rendering.blank import lay_out_document

_ACT = "handover-"


@dataclass(frozen=True, slots=True)
class People:
    """Who stands in the papers of the archive: school, place, people as «Фамилия И.О.»."""

    school: str
    city: str
    deputy: str
    secretary: str
    director: str

    @classmethod
    def of(cls, house: House) -> Self:
        """The people of the school, where no class is concerned."""
        offices = house.officials
        return cls(
            school=house.organisation.full_name,
            city=house.organisation.city,
            deputy=offices["deputy"].short,
            secretary=offices["secretary"].short,
            director=offices["director"].short,
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """What the storing left: the media, the report of the copying, the act (None: nothing new)."""

    media: tuple[Medium, Medium]
    copies: CopyReport
    act: Path | None
    findings: tuple[Finding, ...]


def store_cases(
    workspace: Workspace,
    period: Period,
    bags: Sequence[Path],
    media: tuple[Medium, Medium],
    seal: Seal,
    people: People,
    tasks: Sequence[Task] | None,
    *,
    confirmation: str | None,
    parity: int,
    image: Path | None = None,
    progress: Progress,
) -> Stored:
    """Copy the bags to both media, then the act, the inventories and the register.

    The act tells of `tasks`, what the check of the journal found; None for cases of papers, which
    no journal stands behind and whose act names the year alone. `parity` is the percentage of
    recovery data to lay beside the bags, 0 for none; `image` that of the disc the second medium
    becomes. A run that finds everything copied and the act written changes nothing.
    """
    copies = copy_bags(
        bags,
        media,
        confirm_same_device=confirmation,
        image=image,
        progress=progress,
        now=seal.at,
    )
    if parity:
        _add_parity(bags, media, parity, progress)
    papers = _papers(media)
    told = _told_digests(papers)
    lines = (read_case(bag) for bag in bags)
    new = tuple(line for line in lines if line.digest not in told)
    act = None
    if new:
        day = seal.at.date()
        for number in count(len(_told_acts(papers)) + 1):
            file = workspace.out(period.year, period.code) / f"{_ACT}{number:03d}.pdf"
            paper = _act(number, new, workspace, period, media, copies, people, tasks, day)
            pdf = lay_out_document("handover-act", {"act": paper}, workspace.templates)
            if not file.exists() or file.read_bytes() == pdf:
                break  # an act of other media keeps its file
        write_atomic(file, pdf)
        papers[file.name] = pdf
        papers[file.with_suffix(".json").name] = _act_record(paper, day)
        act = file
    for medium in media:
        own = {**papers, **inventory_papers(workspace, medium, people, seal.at)}
        finish_medium(medium, own, seal=lambda path: _sign(seal, path))
    register = Register(workspace.register_file)
    found = [row for medium in media for row in register.take_in(medium)]
    return Stored(media, copies, act, tuple(found))


def _add_parity(
    bags: Sequence[Path], media: Sequence[Medium], percent: int, progress: Progress
) -> None:
    """Recovery data from the bags themselves: both media were just compared with them."""
    with ExitStack() as locks:
        for medium in media:
            locks.enter_context(medium.lock())
        for bag in progress.track(bags, title="Данные восстановления", total=len(bags)):
            make_parity(bag, media, percent)


def _act(
    number: int,
    cases: tuple[CaseLine, ...],
    workspace: Workspace,
    period: Period,
    media: Sequence[Medium],
    copies: CopyReport,
    people: People,
    tasks: Sequence[Task] | None,
    day: dt.date,
) -> HandoverAct:
    year = f"{period.year} учебный год"
    told = workspace.profile.documents["handover-act"]
    return HandoverAct(
        number=str(number),
        school=people.school,
        place=people.city,
        date=russian.date_long(day),
        basis=workspace.profile.norm("media.two_copies").text,
        period=year if tasks is None else f"{period.name}, {year}",
        media=tuple(_medium_line(medium, workspace) for medium in media),
        devices=copies.devices.explanation,
        confirmation=copies.confirmation.text if copies.confirmation else "",
        cases=cases,
        cases_in_words=cases_in_words(len(cases)),
        sheets_in_words=russian.sheets_in_words(sum(case.sheets for case in cases)),
        checked=tasks is not None,
        accepted=accepted_lines(tasks or ()),
        unexplained=sum(task.unexplained for task in tasks or ()),
        chairman=told["chairman"],
        members=tuple(told["members"]),
        signatures=(
            ("Сдал(а)", people.deputy),
            ("Принял(а)", people.secretary),
            *commission_signatures(told["chairman"], told["members"]),
        ),
    )


def _act_record(paper: HandoverAct, day: dt.date) -> bytes:
    """The act for programs: which cases it handed over."""
    cases = [{"name": line.name, "tagmanifest_sha512": line.digest} for line in paper.cases]
    return json_bytes({"act": paper.number, "date": day.isoformat(), "cases": cases})


def _sign(seal: Seal, path: Path) -> None:
    seal.sign(path)


def _papers(media: Sequence[Medium]) -> dict[str, bytes]:
    """Acts that stand on either medium: a stopped run may have reached one of them only."""
    return {
        path.name: path.read_bytes()
        for medium in media
        for path in sorted((medium.folder / "docs").glob(f"{_ACT}*"))
    }


def _told_acts(papers: Mapping[str, bytes]) -> list[str]:
    """Records of acts whose paper stands beside them: a record alone is a stopped run's."""
    return [name for name in papers if name.endswith(".json") and f"{name[:-5]}.pdf" in papers]


def _told_digests(papers: Mapping[str, bytes]) -> set[str]:
    """Digests of all cases that were handed over by an act."""
    return {
        row["tagmanifest_sha512"]
        for name in _told_acts(papers)
        for row in json.loads(papers[name])["cases"]
    }


def _medium_line(medium: Medium, workspace: Workspace) -> MediumLine:
    settings = workspace.profile.media
    places = {settings.a.inventory: settings.a.place, settings.b.inventory: settings.b.place}
    return MediumLine(
        inventory=medium.inventory_number,
        role=medium.role.label,
        identifier=str(medium.identifier),
        place=places.get(medium.inventory_number, ""),
    )


def inventory_papers(
    workspace: Workspace, medium: Medium, people: People, now: dt.datetime
) -> dict[str, bytes]:
    """The inventory of all cases of the medium, with label and passport; kept while it is true."""
    lines = tuple(read_case(medium.bags / name) for name in medium.bag_names())
    table = b"\xef\xbb\xbf" + inventory_csv(lines).encode()
    standing = medium.folder / "docs" / "opis.csv"
    if standing.is_file() and standing.read_bytes() == table:
        return {}
    paper = CaseInventory(
        school=people.school,
        number=medium.inventory_number,
        role=medium.role.label,
        date=russian.date_long(now.date()),
        cases=lines,
        cases_in_words=cases_in_words(len(lines)),
        secretary=people.secretary,
    )
    pdf = lay_out_document("case-inventory", {"inventory": paper}, workspace.templates)
    papers = medium_papers(
        workspace,
        medium,
        lines,
        table,
        place=_medium_line(medium, workspace).place,
        secretary=people.secretary,
        now=now,
    )
    return {"opis.csv": table, "opis.pdf": pdf, **papers}
