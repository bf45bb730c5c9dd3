"""Store cases: two verified copies, the papers that go with them, the register (R6, R10-R12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Self

from archive.card import require_true_card
from archive.copy import CopyReport, copy_bags
from archive.finish import finish_medium, refuse_damage
from archive.medium import Medium
from archive.parity import make_parity
from archive.register import Register
from docgen import russian
from docgen.core.files import write_atomic
from docgen.core.findings import Finding
from docgen.core.progress import Progress
from docgen.documents.handover import (
    CaseLine,
    HandoverAct,
    accepted_lines,
    cases_in_words,
    commission_signatures,
)
from docgen.documents.house import House
from docgen.journal.model import Period
from docgen.journal.preflight import Task
from docgen.pipeline.bundle import read_case
from docgen.pipeline.case_files import json_bytes
from docgen.pipeline.media_papers import (
    ACT,
    list_judge,
    medium_line,
    own_papers,
    remade,
    standing_acts,
    told_acts,
    told_digests,
)
from docgen.pipeline.medium_papers import SEARCH_HINT
from docgen.pipeline.sign import Seal
from docgen.pipeline.workspace import Workspace
from docgen.rendering.blank import lay_out_document


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
    register = Register(workspace.register_file)
    broken = list_judge(register, media, seal.trust, seal.at)
    for medium, other in (media, media[::-1]):
        with medium.faults():
            refuse_damage(medium, remade, broken)
        require_true_card(medium, other, register, confirmation or "")
    papers = standing_acts(media)
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
    told = told_digests(papers)
    lines = (read_case(bag) for bag in bags)
    new = tuple(line for line in lines if line.digest not in told)
    act = None
    if new:
        day = seal.at.date()
        for number in count(len(told_acts(papers)) + 1):
            file = workspace.out(period.year, period.code) / f"{ACT}{number:03d}.pdf"
            paper = _act(number, new, workspace, period, media, copies, people, tasks, day)
            pdf = lay_out_document("handover-act", {"act": paper}, workspace.templates)
            if not file.exists() or file.read_bytes() == pdf:
                break  # an act of other media keeps its file
        write_atomic(file, pdf)
        papers[file.name] = pdf
        papers[file.with_suffix(".json").name] = _act_record(paper, day)
        act = file
    for medium in media:
        own = own_papers(workspace, medium, seal.at)
        finish_medium(
            medium,
            {**papers, **own},
            seal=seal.apply,
            broken=broken,
            hint=SEARCH_HINT,
        )
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
        period=year if tasks is None else period.in_year,
        media=tuple(medium_line(medium, workspace) for medium in media),
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
