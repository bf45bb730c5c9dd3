"""How many marks pupils have: the report on накопляемость of a class (R25-R27; h3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.kinds import Ask, Document, Format, Kind, Need
from docgen.documents.report_figures import cell
from docgen.documents.report_parts import (
    NO_DATA,
    Bar,
    ClassView,
    Named,
    length,
    mean,
    name_in_list,
    percent,
    share,
    views,
)
from docgen.journal.accumulation import Accumulation, accumulation, marks_of_pupils
from docgen.journal.preflight import CheckNorms
from docgen.rendering.tables import Chart, Column, Table

_TITLE = "Отчёт о накопляемости отметок"


@dataclass(frozen=True, slots=True)
class AccumulationRow:
    """A subject: teacher, hours a week, lessons given, norm, marks, shares; "–" for none."""

    subject: str
    teacher: str
    hours: str
    lessons: int
    wanted: str
    pupils: int
    below: int
    within: str
    marks: int
    per_lesson: str
    gap: str


@dataclass(frozen=True, slots=True)
class AccumulationReport:
    """How many marks the pupils of a class have; context of `report-accumulation`.

    school: the school's name
    class_name: «7 «А»»
    period: «1 четверть»
    year: «2025/2026 учебный год»
    made: the day of the report
    ended: whether the period was over on that day
    marked: whether the class is marked in numbers
    pupils: pupils of the class at the end of the period
    without: names of pupils without a single mark in any subject
    with_one: names of pupils with one mark in all subjects together
    rows: a line a subject and group
    bars: the share of pupils within the norm by subject
    below: for each subject who has fewer marks than the norm, «Ежов Пётр – 2»
    notes: how the norm is counted
    deputy_position, deputy: who signs, «И.О. Фамилия»
    """

    school: str
    class_name: str
    period: str
    year: str
    made: str
    ended: bool
    marked: bool
    pupils: int
    without: tuple[str, ...]
    with_one: tuple[str, ...]
    rows: tuple[AccumulationRow, ...]
    bars: tuple[Bar, ...]
    below: tuple[Named, ...]
    notes: tuple[str, ...]
    deputy_position: str
    deputy: str


def accumulation_report(ask: Ask, view: ClassView) -> AccumulationReport:
    """Put the counts of marks of a class together."""
    norms, journal = ask.house.norms, view.journal
    found = tuple(accumulation(journal, norms))
    names = {pupil.student_id: name_in_list(pupil.student) for pupil in journal.pupils}
    totals = marks_of_pupils(journal)
    deputy = ask.house.officials["deputy"]
    return AccumulationReport(
        school=ask.house.organisation.name,
        class_name=view.title,
        period=journal.period.name,
        year=ask.house.year_title,
        made=russian.date_long(ask.house.today),
        ended=ask.house.today > journal.period.end,
        marked=view.unit.grade >= norms.first_marked_grade,
        pupils=len(totals),
        without=tuple(names[student] for student, count in totals.items() if not count),
        with_one=tuple(names[student] for student, count in totals.items() if count == 1),
        rows=tuple(_row(view, item) for item in found),
        bars=tuple(
            Bar(_name(item), length(item.within), percent(item.within))
            for item in found
            if item.within is not None
        ),
        below=tuple(
            Named(
                _name(item),
                tuple(
                    f"{names[student]}{russian.NBSP}– {count}"
                    for student, count in item.below.items()
                ),
            )
            for item in found
            if item.below
        ),
        notes=tuple(_notes(norms)),
        deputy_position=deputy.position,
        deputy=deputy.signature,
    )


def _name(item: Accumulation) -> str:
    subgroup = f" ({item.group.subgroup})" if item.group.subgroup else ""
    return item.group.subject.name + subgroup


def _row(view: ClassView, item: Accumulation) -> AccumulationRow:
    hours = item.group.hours_week
    return AccumulationRow(
        subject=_name(item),
        teacher=view.teachers(item.group),
        hours=f"{hours:g}".replace(".", ",") if hours is not None else NO_DATA,
        lessons=item.lessons,
        wanted=str(item.wanted) if item.wanted is not None else "–",
        pupils=len(item.counts),
        below=len(item.below),
        within=share(item.within),
        marks=item.marks,
        per_lesson=mean(item.per_lesson) if item.per_lesson is not None else "–",
        gap=str(item.gap_weeks) if item.gap_weeks is not None else "–",
    )


def _notes(norms: CheckNorms) -> Iterator[str]:
    steps = "; ".join(
        f"от {hours:g} ч в неделю – {marks}".replace(".", ",")
        if hours
        else f"при меньшем числе уроков – {marks}"
        for hours, marks in reversed(norms.marks_wanted)
    )
    longer = "; ".join(
        f"за {kind.label} – в {factor:g} раза больше".replace(".", ",")
        for kind, factor in norms.period_factors.items()
    )
    quarter = f"Норма – сколько отметок нужно одному учащемуся за всю четверть: {steps}"
    yield "; ".join(filter(None, (quarter, longer))) + "."
    yield (
        "Считаются отметки, выраженные числом; парная отметка («5/4») – одна. Учащиеся, "
        "выбывшие до конца периода, не учитываются."
    )
    yield "Промежуток – наибольшее время между двумя отметками одного учащегося, полных недель."
    yield "«–» – нормы нет: предмет освобождён от неё или не указаны часы в неделю."


def report_tables(report: AccumulationReport) -> tuple[Table, ...]:
    """The same for a spreadsheet."""
    caption = f"{report.school}. {report.class_name} класс, {report.period}, {report.year}"
    rows = Table(
        "Накопляемость",
        (
            Column("Предмет", 30),
            Column("Учитель", 24),
            Column("Часов в неделю", 10),
            Column("Дано уроков", 9),
            Column("Норма", 8),
            Column("Учащихся", 10),
            Column("Меньше нормы", 10),
            Column("В норме, %", 10, "0.0"),
            Column("Отметок", 10),
            Column("Отметок на урок", 10, "0.00"),
            Column("Промежуток, недель", 12),
        ),
        [
            (
                row.subject, row.teacher, cell(row.hours), row.lessons, cell(row.wanted),
                row.pupils, row.below, cell(row.within), row.marks, cell(row.per_lesson),
                cell(row.gap),
            )
            for row in report.rows
        ],
        caption=caption,
        chart=Chart("Учащиеся в пределах нормы, %", names=0, values=(7,), stacked=False),
    )  # fmt: skip
    below = Table(
        "Меньше нормы",
        (Column("Предмет", 30), Column("Учащийся и число отметок", 40)),
        [(item.title, line) for item in report.below for line in item.lines],
        caption=caption,
    )
    return rows, below


def _make(ask: Ask) -> Iterator[Document | Finding]:
    for view in views(ask):
        report = accumulation_report(ask, view)
        yield Document("report", _TITLE, report, view.unit.class_id, tables=report_tables(report))


KINDS = (
    Kind(
        name="report-accumulation",
        title=_TITLE,
        ground="R26, R27",
        make=_make,
        formats=(Format.PDF, Format.DOCX, Format.XLSX),
        needs=frozenset({Need.PERIOD}),
    ),
)
