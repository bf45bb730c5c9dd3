"""The deputy's report on the school: by class, subject and teacher, with the period before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.kinds import Ask, Document, Format, Kind, Need
from docgen.documents.report_figures import (
    all_before,
    cell,
    figure_table,
    missed_figures,
    moved_figures,
    note_table,
    result_figures,
    result_table,
)
from docgen.documents.report_lists import failing_lists
from docgen.documents.report_notes import formulas_of, notes_of
from docgen.documents.report_parts import (
    NOBODY,
    Bar,
    ClassView,
    Figure,
    Named,
    ResultRow,
    grades_title,
    length,
    mean,
    percent,
    periods_title,
    result_row,
    school_stem,
    school_views,
    share,
)
from docgen.journal.statistics import Formulas, MarkCounts, added, movement
from docgen.rendering.tables import Chart, Column, Table

_BEFORE = "период до этого"
_TITLE = "Отчёт заместителя директора об успеваемости и посещаемости"


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class: pupils by what they are, shares on the level of pupils, mean, attendance.

    `quality_before` is that of the period before, "–" for none; a class without marks has dashes.
    """

    name: str
    teacher: str
    pupils: int
    excellent: str
    good: str
    one_three: str
    failing: str
    success: str
    quality: str
    quality_before: str
    average: str
    attendance: str


@dataclass(frozen=True, slots=True)
class SchoolReport:
    """Results and attendance of the school; context of `report-deputy`.

    school: the school's name
    period: «2 четверть; 10–11 классы: 1 полугодие»
    year: «2025/2026 учебный год»
    made: the day of the report, «30 декабря 2025 г.»
    before: «период до этого» where every class has one, else ""
    legend: «период до этого» where some class has one, else ""
    pupils: how many pupils at the end, who came and went
    figures: results with their value in the period before
    compared_grades: «2–9 классы», which alone can be compared, else ""
    compared: their results with those of the period before
    classes: a line a class
    bars: качество знаний by class, on the level of pupils
    subjects: marks by subject
    teachers: marks by teacher and subject
    failing: pupils who fail, by class
    missed: days and lessons missed by reason, late comings, attendance
    notes: definitions of the figures, in the order of their numbers
    deputy_position, deputy: who signs, «И.О. Фамилия»
    """

    school: str
    period: str
    year: str
    made: str
    before: str
    legend: str
    pupils: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    compared_grades: str
    compared: tuple[Figure, ...]
    classes: tuple[ClassRow, ...]
    bars: tuple[Bar, ...]
    subjects: tuple[ResultRow, ...]
    teachers: tuple[ResultRow, ...]
    failing: tuple[Named, ...]
    missed: tuple[Figure, ...]
    notes: tuple[str, ...]
    deputy_position: str
    deputy: str


def school_report(ask: Ask, found: Sequence[ClassView]) -> SchoolReport:
    """Put the results of classes together."""
    formulas = formulas_of(ask.house)
    notes = notes_of(formulas)
    first = ask.house.norms.first_marked_grade
    marked = [view for view in found if view.unit.grade >= first]
    comparable = [view for view in marked if view.previous]
    some = 0 < len(comparable) < len(marked)
    deputy = ask.house.officials["deputy"]
    # The order of these lines is the order of the notes on paper.
    pupils = (Figure("Классов", str(len(found))), *moved_figures(found, notes))
    figures = result_figures(marked, formulas, notes)
    return SchoolReport(
        school=ask.house.organisation.name,
        period=periods_title(found),
        year=ask.house.year_title,
        made=russian.date_long(ask.house.today),
        before=_BEFORE if all_before(found) else "",
        legend=_BEFORE if comparable else "",
        pupils=pupils,
        figures=figures,
        compared_grades=grades_title(comparable) if some else "",
        compared=result_figures(comparable, formulas, notes) if some else (),
        classes=tuple(_class_row(view, formulas, marked=view in marked) for view in found),
        bars=tuple(_bar(view, formulas) for view in marked),
        subjects=_by_subject(marked, formulas),
        teachers=_by_teacher(marked, formulas),
        failing=tuple(_failing(marked, formulas)),
        missed=missed_figures(found, notes),
        notes=notes.lines,
        deputy_position=deputy.position,
        deputy=deputy.signature,
    )


def _class_row(view: ClassView, formulas: Formulas, *, marked: bool) -> ClassRow:
    counts = view.results.counts(formulas)
    teacher = view.journal.staff.get(view.unit.class_teacher_id)
    previous = view.previous
    before = previous.results.counts(formulas).quality if previous and marked else None

    def number(count: int) -> str:
        return str(count) if marked else "–"

    return ClassRow(
        name=view.unit.class_id,
        teacher=russian.initials_after(teacher.last, teacher.first, teacher.middle)
        if teacher
        else "",
        pupils=movement(view.journal).end,
        excellent=number(counts.excellent),
        good=number(counts.good),
        one_three=number(counts.one_three),
        failing=number(counts.failing),
        success=share(counts.success if marked else None),
        quality=share(counts.quality if marked else None),
        quality_before=share(before),
        average=mean(view.results.marks.average) if view.results.marks.numbers else "–",
        attendance=share(view.attendance),
    )


def _bar(view: ClassView, formulas: Formulas) -> Bar:
    now = view.results.counts(formulas).quality
    previous = view.previous
    before = previous.results.counts(formulas).quality if previous else None
    return Bar(
        view.unit.class_id,
        length(now),
        percent(now),
        length(before) if before is not None else -1,
        percent(before) if before is not None else "",
    )


def _by_subject(found: Sequence[ClassView], formulas: Formulas) -> tuple[ResultRow, ...]:
    marks: defaultdict[str, MarkCounts] = defaultdict(MarkCounts)
    places = {}
    for view in found:
        for subject_id, counts in view.results.by_subject.items():
            marks[subject_id] += counts
            places[subject_id] = view.journal.subjects[subject_id]
    rows = sorted(places.values(), key=lambda item: (item.order, item.name))
    return (
        *(result_row(item.name, marks[item.subject_id], formulas) for item in rows),
        result_row("Всего", added(marks.values()), formulas),
    )


def _by_teacher(found: Sequence[ClassView], formulas: Formulas) -> tuple[ResultRow, ...]:
    """A line a teacher and subject, with the classes; who is not named comes last."""
    marks: defaultdict[tuple[str, str], MarkCounts] = defaultdict(MarkCounts)
    classes: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for view in found:
        for group in view.journal.groups:
            counts = view.results.by_group.get(group.group_id)
            if counts:
                key = (view.teachers(group), group.subject.name)
                marks[key] += counts
                classes[key][view.unit.class_id] = None
    order = sorted(marks, key=lambda key: (not key[0], russian.sort_key(*key)))
    return tuple(
        result_row(
            f"{subject}: {', '.join(classes[teacher, subject])}",
            marks[teacher, subject],
            formulas,
            teacher=teacher or NOBODY,
        )
        for teacher, subject in order
    )


def _failing(found: Sequence[ClassView], formulas: Formulas) -> Iterator[Named]:
    for view in found:
        lines = tuple(
            line for row in failing_lists(view, view.results.pupils, formulas) for line in row.lines
        )
        if lines:
            yield Named(f"{view.title} класс", lines)


def report_tables(report: SchoolReport) -> tuple[Table, ...]:
    """The same for a spreadsheet, with charts."""
    caption = f"{report.school}. {report.period}, {report.year}"
    classes = Table(
        "Классы",
        (
            Column("Класс", 9),
            Column("Классный руководитель", 24),
            Column("Учащихся", 10),
            Column("Все «5»", 9),
            Column("На «4» и «5»", 9),
            Column("С одной «3»", 9),
            Column("Не успевают", 10),
            Column("Успеваемость, %", 14, "0.0"),
            Column("Качество, %", 12, "0.0"),
            Column("Качество в периоде до этого, %", 16, "0.0"),
            Column("Средний балл", 10, "0.00"),
            Column("Посещаемость, %", 14, "0.0"),
        ),
        [
            (
                row.name, row.teacher, row.pupils, cell(row.excellent), cell(row.good),
                cell(row.one_three), cell(row.failing), cell(row.success), cell(row.quality),
                cell(row.quality_before), cell(row.average), cell(row.attendance),
            )
            for row in report.classes
        ],
        caption=caption,
        chart=Chart("Качество знаний по учащимся, %", names=0, values=(8, 9), stacked=False),
    )  # fmt: skip
    return (
        classes,
        figure_table((*report.pupils, *report.figures, *report.compared, *report.missed), caption),
        result_table("Предметы", "Предмет", report.subjects, caption),
        result_table("Учителя", "Предмет и классы", report.teachers, caption, chart=False),
        note_table(report.notes, caption),
    )


def _make(ask: Ask) -> Iterator[Document | Finding]:
    found = school_views(ask)
    report = school_report(ask, found)
    yield Document(school_stem(ask, found), _TITLE, report, tables=report_tables(report))


KINDS = (
    Kind(
        name="report-deputy",
        title=_TITLE,
        ground="R24, R26",
        make=_make,
        formats=(Format.PDF, Format.DOCX, Format.XLSX),
        needs=frozenset({Need.PERIOD}),
    ),
)
