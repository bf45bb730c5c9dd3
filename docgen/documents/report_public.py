"""Results for the school's site: no person, no group in which one could be found (R35)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from docgen import russian
from docgen.core.errors import UsageFault
from docgen.core.findings import Finding
from docgen.documents.kinds import Ask, Document, Format, Kind, Need
from docgen.documents.report_figures import cell, note_table
from docgen.documents.report_notes import formulas_of, notes_of
from docgen.documents.report_parts import (
    ClassView,
    period_of,
    periods_title,
    school_views,
)
from docgen.journal.model import Subject
from docgen.journal.statistics import Formulas, MarkCounts, PupilCounts
from docgen.journal.suppression import Node, publishable
from docgen.rendering.tables import Chart, Column, Table

_TITLE = "Результаты освоения образовательных программ (для сайта школы)"
_SCHOOL = "Школа"
_LEVELS = (
    ("Начальное общее образование", range(1, 5)),
    ("Основное общее образование", range(5, 10)),
    ("Среднее общее образование", range(10, 12)),
)
_HIDDEN = "*"


@dataclass(frozen=True, slots=True)
class PublicRow:
    """A group: how many pupils (or marks), успеваемость, качество in whole per cent; «*» hidden.

    `depth` is 0 for the school, 1 for a level, 2 for a grade.
    """

    name: str
    depth: int
    count: str
    success: str
    quality: str


@dataclass(frozen=True, slots=True)
class PublicReport:
    """Results for the public; context of `report-public`.

    school: the full name of the school
    period: «2 четверть; 10–11 классы: 1 полугодие»
    year: «2025/2026 учебный год»
    made: the day of the report
    unmarked: «1 классы учатся без отметок.», "" where there are none
    grades: pupils by grade, level, school
    subjects: marks by subject
    hidden: whether something is hidden
    smallest: the smallest group that is shown
    notes: definitions, in the order of their numbers
    """

    school: str
    period: str
    year: str
    made: str
    unmarked: str
    grades: tuple[PublicRow, ...]
    subjects: tuple[PublicRow, ...]
    hidden: bool
    smallest: int
    notes: tuple[str, ...]


def public_report(ask: Ask, found: Sequence[ClassView]) -> PublicReport:
    """Put together what may be published of classes."""
    formulas = formulas_of(ask.house)
    smallest = int(ask.house.details["reports"]["smallest_group"])
    first = ask.house.norms.first_marked_grade
    marked = [view for view in found if view.unit.grade >= first]
    notes = notes_of(formulas)
    for name in ("pupil_success", "pupil_quality", "mark_success", "mark_quality"):
        notes.number(name)
    grades = tuple(_grades(marked, formulas, smallest))
    subjects = tuple(_subjects(marked, formulas, smallest))
    return PublicReport(
        school=ask.house.organisation.full_name or ask.house.organisation.name,
        period=periods_title(found),
        year=ask.house.year_title,
        made=russian.date_long(ask.house.today),
        unmarked=_unmarked(found, first),
        grades=grades,
        subjects=subjects,
        hidden=any(row.success == _HIDDEN for row in (*grades, *subjects)),
        smallest=smallest,
        notes=notes.lines,
    )


def _unmarked(found: Sequence[ClassView], first: int) -> str:
    if all(view.unit.grade >= first for view in found):
        return ""
    grades = "1\u00a0классы" if first == 2 else f"1–{first - 1}\u00a0классы"  # noqa: PLR2004
    return f"{grades} учатся без отметок."


def _grades(marked: Sequence[ClassView], formulas: Formulas, smallest: int) -> Iterator[PublicRow]:
    by_grade: defaultdict[int, PupilCounts] = defaultdict(PupilCounts)
    for view in marked:
        by_grade[view.unit.grade] += view.results.counts(formulas)
    levels = []
    for title, grades in _LEVELS:
        leaves = tuple(
            Node(f"{grade}\u00a0классы", own=_sorts(by_grade[grade]))
            for grade in grades
            if grade in by_grade
        )
        if leaves:
            levels.append(Node(title, leaves))
    if not levels:
        return
    tree = Node(_SCHOOL, tuple(levels))
    shown = _Shown.of(tree, smallest)
    yield shown.row(tree, 0)
    for level in tree.parts:
        yield shown.row(level, 1)
        for leaf in level.parts:
            yield shown.row(leaf, 2)


@dataclass(frozen=True, slots=True)
class _Shown:
    """Groups whose качество is told and those among them whose успеваемость is told as well.

    Good marks against all others are rarely few, failing ones often are, so the first is told of
    more groups; both together tell three sorts apart.
    """

    quality: frozenset[str]
    success: frozenset[str]

    @classmethod
    def of(cls, tree: Node, smallest: int) -> Self:
        """What may be told of a tree whose sorts are good, passed, failed."""
        quality = publishable(tree.merged(), smallest)
        return cls(quality, publishable(tree, smallest, quality))

    def row(self, node: Node, depth: int) -> PublicRow:
        """The line of a group."""
        if node.name not in self.quality:
            return PublicRow(node.name, depth, _HIDDEN, _HIDDEN, _HIDDEN)
        good, passed, _failed = node.counts
        success = _share(good + passed, node.size) if node.name in self.success else _HIDDEN
        return PublicRow(node.name, depth, str(node.size), success, _share(good, node.size))


def _sorts(counts: PupilCounts) -> tuple[int, ...]:
    """Sorts of pupils that the two shares tell apart."""
    return counts.excellent + counts.good, counts.with_threes, counts.failing


def _share(part: int, whole: int) -> str:
    return str(round(100 * part / whole)) if whole else "–"


def _subjects(
    marked: Sequence[ClassView], formulas: Formulas, smallest: int
) -> Iterator[PublicRow]:
    """Marks by subject over the whole school; a subject stands for itself, no sum is shown."""
    marks: defaultdict[str, MarkCounts] = defaultdict(MarkCounts)
    names: dict[str, Subject] = {}
    for view in marked:
        for subject_id, counts in view.results.by_subject.items():
            marks[subject_id] += counts
            names[subject_id] = view.journal.subjects[subject_id]
    for subject in sorted(names.values(), key=lambda item: (item.order, item.name)):
        node = Node(subject.name, own=_mark_sorts(marks[subject.subject_id].counts, formulas))
        yield _Shown.of(node, smallest).row(node, 2)


def _mark_sorts(counts: Mapping[int, int], formulas: Formulas) -> tuple[int, ...]:
    failed = [2, 1, 0] if formulas.not_attested_counts else [2, 1]
    return (
        counts.get(5, 0) + counts.get(4, 0),
        counts.get(3, 0),
        sum(counts.get(mark, 0) for mark in failed),
    )


def report_tables(report: PublicReport) -> tuple[Table, ...]:
    """The same for a spreadsheet."""
    caption = f"{report.school}. {report.period}, {report.year}"

    def table(title: str, name: str, count: str, rows: Sequence[PublicRow]) -> Table:
        return Table(
            title,
            (Column(name, 36), Column(count, 12), Column("Успеваемость, %", 14),
             Column("Качество, %", 14)),
            [(row.name, cell(row.count), cell(row.success), cell(row.quality)) for row in rows],
            caption=caption,
            chart=Chart("Качество знаний, %", names=0, values=(3,), stacked=False),
        )  # fmt: skip

    return (
        table("Классы", "Параллель", "Учащихся", report.grades),
        table("Предметы", "Предмет", "Отметок", report.subjects),
        note_table(report.notes, caption),
    )


def _make(ask: Ask) -> Iterator[Document | Finding]:
    found = school_views(ask)
    if len(ask.units) < len(ask.journal.classes_of(period_of(ask).code)):
        raise UsageFault(
            "показатели для сайта считают только по всей школе: по разности двух отчётов можно "
            "узнать об отдельных учащихся",
            remedy="Уберите --class.",
        )
    report = public_report(ask, found)
    yield Document("report", _TITLE, report, tables=report_tables(report))


KINDS = (
    Kind(
        name="report-public",
        title=_TITLE,
        ground="R35",
        make=_make,
        formats=(Format.PDF, Format.DOCX, Format.XLSX),
        needs=frozenset({Need.PERIOD}),
    ),
)
