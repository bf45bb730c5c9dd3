"""File signed papers as cases of their own: orders, consents, applications (issue 6, point 1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from archive.bag import BagResult
from archive.register import Register
from docgen.core.errors import Blocked, UsageFault
from docgen.core.findings import Finding, Severity
from docgen.core.progress import Progress
from docgen.documents.families import Family, classes
from docgen.documents.house import House
from docgen.documents.kinds import Ask
from docgen.journal.model import ClassUnit, Enrollment, Student
from docgen.journal.store import Journal
from docgen.pipeline.case_files import CaseFacts, CaseObject, check_signatures
from docgen.pipeline.editions import case_name, write_edition
from docgen.pipeline.house import house
from docgen.pipeline.order_register import all_orders, natural, orders_of_year
from docgen.pipeline.paper_case import PaperCase, describe
from docgen.pipeline.paper_files import found_papers
from docgen.pipeline.paper_gaps import missing_orders, missing_pupils, strangers
from docgen.pipeline.paper_kinds import PaperKind, chosen_paper_kind
from docgen.pipeline.paper_names import Names, order_names, pupil_names
from docgen.pipeline.papers import Paper, gathered, left_out, printed_papers, standing_case
from docgen.pipeline.school_years import journal_of, school_year_of, whole_year
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.sign import Seal, open_seal
from docgen.pipeline.terms import last_day_of
from docgen.pipeline.withdrawn import Wish, passed_over, require_known, sift, wish
from docgen.pipeline.workspace import Workspace, class_slug
from signing.report import Conclusion, VerificationReport, report_findings

_YEAR = "Y"
_Checked = tuple[tuple[CaseObject, VerificationReport], ...]
_Missing = Callable[[Sequence[Paper]], Iterable[Finding]]
"""Tells what a case of these papers lacks."""


@dataclass(frozen=True, slots=True)
class FiledCase:
    """A case that stands: its bag, the number of its documents and of their sheets."""

    bag: BagResult
    title: str
    documents: int
    sheets: int


@dataclass(frozen=True, slots=True)
class Filed:
    """What was filed, how many printed forms nobody has signed, what a person should look at."""

    cases: tuple[FiledCase, ...]
    unsigned: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Work:
    """A case to be written: its papers, the edition it follows, what was found of it."""

    case: PaperCase
    last: Path | None
    unsigned: int
    findings: tuple[Finding, ...]


def archive_papers(
    workspace: Workspace,
    name: str,
    places: Sequence[Path],
    *,
    class_names: Sequence[str] = (),
    year: str = "",
    without: Wish | None = None,
    now: dt.datetime,
    progress: Progress,
) -> Filed:
    """File the signed papers of a kind: for the school, or for every class that has some.

    `places` are scans and folders of scans; documents `without` are left out. Nothing is written
    before all papers and signatures were looked at. Raises UsageFault when there is nothing to
    file or no such document to leave out, InputFault for files that will not do, Blocked for a
    signature that does not hold or a damaged edition.
    """
    kind = chosen_paper_kind(name)
    scans = found_papers(places)
    seal = open_seal(workspace, now)
    year = whole_year(year or _running_year(workspace)).year
    without = without or wish((), reason="", who="", day=seal.at.date())
    named = frozenset(path.absolute() for path in places)
    filing = _Filing(workspace, kind, year, seal, without, named)
    work = tuple(filing.work(scans, class_names))
    if not work:
        raise UsageFault(
            f"складывать нечего: подписанных бумаг за {year} учебный год нет",
            where=str(workspace.folder / "out"),
            remedy="Подпишите напечатанное (docgen sign) или назовите сканы: "
            f"docgen archive papers {kind.name} ПАПКА.",
        )
    checked = [_checked(one.case, seal) for one in work]
    cases = tuple(
        filing.write(one, reports)
        for one, reports in progress.track(
            list(zip(work, checked, strict=True)), title="Сборка дел", total=len(work)
        )
    )
    return Filed(
        cases,
        sum(one.unsigned for one in work),
        tuple(
            row
            for one, reports in zip(work, checked, strict=True)
            for row in (*_doubts(reports), *one.findings)
        ),
    )


def _running_year(workspace: Workspace) -> str:
    with workspace.open_journal() as journal:
        return chosen_period(journal, _YEAR).year


def _checked(case: PaperCase, seal: Seal) -> _Checked:
    """Check the signatures of a case; raises Blocked when one is not of its document."""
    checked = check_signatures(case.objects, seal)
    failed = [report for _, report in checked if report.conclusion is Conclusion.TOTAL_FAILED]
    if failed:
        raise Blocked(
            "подпись документа недействительна; ничего не сделано",
            where=", ".join(str(report.source) for report in failed),
            remedy="Положите документ, который подписывали, или подпишите этот заново.",
            findings=[row for report in failed for row in report_findings(report)],
        )
    return checked


def _doubts(checked: _Checked) -> Iterator[Finding]:
    """What could not be established of signatures; it is told and stands in the act."""
    for _, report in checked:
        for row in report_findings(report):
            yield replace(row, severity=Severity.WARNING)


@dataclass(frozen=True, slots=True)
class _Filing:
    """The filing of one kind of papers of one year."""

    workspace: Workspace
    kind: PaperKind
    year: str
    seal: Seal
    without: Wish
    named: frozenset[Path]

    def work(self, scans: Sequence[Path], class_names: Sequence[str]) -> Iterator[_Work]:
        """The cases there is something for; raises UsageFault when it is unclear of whom."""
        if self.kind.by_class:
            yield from self._of_classes(scans, class_names)
        elif class_names:
            raise UsageFault("это дело одно на всю школу", remedy="Уберите --class.")
        else:
            yield from self._of_school(scans)

    def write(self, work: _Work, checked: _Checked) -> FiledCase:
        """Write the case, or find it written."""
        case = work.case
        with self.workspace.open_journal() as journal:
            school = self._house(journal)
        bag = write_edition(
            self.workspace.bundles,
            self._base(case),
            work.last,
            case.is_held_by,
            lambda name: describe(self.workspace, case, checked, school, self.seal, name),
            self.seal,
        )
        return FiledCase(bag, case.facts.title, len(case.papers), case.sheets)

    def _base(self, case: PaperCase) -> str:
        facts = case.facts
        unit = class_slug(facts.class_id) if facts.class_id else self.kind.name
        return case_name(self.year, facts.index, unit, facts.period, case.term.years)

    def _of_school(self, scans: Sequence[Path]) -> Iterator[_Work]:
        names = order_names(all_orders(self.workspace))
        for path in scans:
            day = names(path.stem, "").date
            if day and school_year_of(day) != self.year:
                raise UsageFault(
                    f"приказ от {day:%d.%m.%Y} – другого учебного года, а не {self.year}",
                    where=str(path),
                    remedy=f"Сложите его отдельно: --year {school_year_of(day)}.",
                )
        orders = orders_of_year(self.workspace, self.year)
        yield from self._work(names, scans, None, partial(missing_orders, orders))

    def _of_classes(self, scans: Sequence[Path], class_names: Sequence[str]) -> Iterator[_Work]:
        if scans and len(class_names) != 1:
            raise UsageFault(
                "не сказано, какого класса эти сканы",
                remedy="Назовите один класс: --class 7А, и сканы каждого класса отдельно.",
            )
        if self.without.names and len(class_names) != 1:
            raise UsageFault(
                "не сказано, из дела какого класса исключить документ",
                remedy="Назовите один класс: --class 7А.",
            )
        with journal_of(self.workspace, self.year) as journal:
            units = chosen_classes(journal, chosen_period(journal, _YEAR), class_names)
            for unit in units:
                families = self._families(journal, unit)
                names = pupil_names(families, _pupils(journal, unit))
                owing = families if self.kind.owed else ()
                missing = partial(missing_pupils, self.workspace, self.kind, names, owing)
                yield from self._work(names, scans, unit, missing)

    def _work(
        self, names: Names, scans: Sequence[Path], unit: ClassUnit | None, missing: _Missing
    ) -> Iterator[_Work]:
        class_id = unit.class_id if unit else ""
        printed = printed_papers(self.workspace, self.kind, names, self.year, class_id)
        last = standing_case(self.workspace, self.kind, self.year, class_id)
        found = gathered(self.kind, names, printed.signed, scans, last)
        require_known(self.without, found)
        sifted = sift(found, last, self.without, self.named)
        papers = sifted.papers
        if not papers and sifted.withdrawn and last:
            raise UsageFault(
                "в деле не осталось бы ни одного документа",
                where=last.name,
                remedy="Сложите сначала верные документы: назовите их в той же команде.",
            )
        if not papers:
            return
        case = replace(self._case(papers, unit), withdrawn=sifted.withdrawn)
        self._refuse_lost(case)
        yield _Work(
            case,
            last.bag if last else None,
            left_out(printed.unsigned, papers),
            (*strangers(papers), *missing(papers), *passed_over(sifted.passed_over)),
        )

    def _refuse_lost(self, case: PaperCase) -> None:
        """An edition that lies on the media alone must not be followed without its documents."""
        stem = self._base(case).rpartition("_")[0]
        known = {row.name for row in Register(self.workspace.register_file).bags()}
        stored = sorted((name for name in known if name.startswith(f"{stem}_")), key=natural)
        if stored and not (self.workspace.bundles / stored[-1]).is_dir():
            raise Blocked(
                "это дело уже есть на носителях, а среди собранных его нет; ничего не сделано",
                where=stored[-1],
                remedy=f"Скопируйте папку bags/{stored[-1]} с носителя в {self.workspace.bundles}"
                " и повторите команду: новое дело продолжит прежнее.",
            )

    def _case(self, papers: tuple[Paper, ...], unit: ClassUnit | None) -> PaperCase:
        term = self.kind.term(self.workspace.profile)
        period = whole_year(self.year)
        days = [paper.told.date for paper in papers if paper.told.date]
        class_text = f", {unit.class_id} класс" if unit else ""
        facts = CaseFacts(
            index=term.index,
            title=f"{term.title}{class_text}, {self.year} учебный год",
            class_id=unit.class_id if unit else "",
            year=self.year,
            period=period.code,
            start=min(days, default=period.start),
            end=max(days, default=period.end),
            until=last_day_of(term, period.end.year, unit.grade if unit else None),
        )
        return PaperCase(self.kind.name, facts, term, papers)

    def _house(self, journal: Journal) -> House:
        day = min(self.seal.at.date(), whole_year(self.year).end)
        return house(self.workspace.profile, journal, day)

    def _families(self, journal: Journal, unit: ClassUnit) -> tuple[Family, ...]:
        ask = Ask(journal=journal, house=self._house(journal), units=(unit,))
        return tuple(family for own in classes(ask) for family in own.families)


def _pupils(journal: Journal, unit: ClassUnit) -> list[Student]:
    """Everybody who ever was in the class this year."""
    stays = journal.select(Enrollment, "class_id = ?", (unit.class_id,))
    own = {stay.student_id for stay in stays}
    return [pupil for pupil in journal.select(Student) if pupil.student_id in own]
