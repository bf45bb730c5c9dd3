"""The final report on a class and the class teacher's own report (R24; documents.md, 3 h2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.attendance import summary_counts
from docgen.documents.kinds import Ask, Document, Format, Kind, Need
from docgen.documents.report_figures import (
    cell,
    figure_table,
    missed_figures,
    moved_figures,
    note_table,
    result_figures,
    result_table,
)
from docgen.documents.report_lists import attestation_lists
from docgen.documents.report_notes import formulas_of, notes_of
from docgen.documents.report_parts import (
    Bar,
    ClassView,
    Figure,
    Named,
    ResultRow,
    length,
    mean,
    name_in_list,
    percent,
    result_row,
    views,
)
from docgen.journal.statistics import (
    Formulas,
    MarkCounts,
    PupilResult,
)
from docgen.rendering.tables import Column, Table

_FINAL = "Итоговый отчёт об успеваемости и посещаемости класса"
_OWN = "Отчёт классного руководителя"


@dataclass(frozen=True, slots=True)
class PupilRow:
    """A pupil: marks by value, their mean now and before, days and lessons missed."""

    number: int
    name: str
    fives: int
    fours: int
    threes: int
    twos: int
    not_attested: int
    average: str
    average_before: str
    days: int
    lessons: int
    ill: int
    unexcused: int
    late: int


@dataclass(frozen=True, slots=True)
class ClassReport:
    """Results and attendance of a class; context of `report-final`, `report-class-teacher`.

    school: the school's name
    class_name: «7 «А»»
    period: «1 четверть»
    year: «2025/2026 учебный год»
    made: the day of the report, «24 октября 2025 г.»
    before: name of the period before, "" for none
    marked: whether the class is marked in numbers; grade 1 is not
    pupils: how many pupils at the end, who came and went
    figures: results with their value in the period before
    bars: качество знаний by subject
    lists: who has which marks; a list of nobody has no lines
    subjects: marks by subject and teacher
    missed: days and lessons missed by reason, late comings, attendance
    rows: a line a pupil
    notes: definitions of the figures, in the order of their numbers
    class_teacher: «И.О. Фамилия», "" for a line to write on
    deputy_position, deputy: to whom the report goes, «И.О. Фамилия»
    """

    school: str
    class_name: str
    period: str
    year: str
    made: str
    before: str
    marked: bool
    pupils: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...]
    lists: tuple[Named, ...]
    subjects: tuple[ResultRow, ...]
    missed: tuple[Figure, ...]
    rows: tuple[PupilRow, ...]
    notes: tuple[str, ...]
    class_teacher: str
    deputy_position: str
    deputy: str


def class_report(ask: Ask, view: ClassView) -> ClassReport:
    """Put the results of a class together."""
    formulas = formulas_of(ask.house)
    notes = notes_of(formulas)
    marked = view.unit.grade >= ask.house.norms.first_marked_grade
    previous = view.previous
    deputy = ask.house.officials["deputy"]
    # The order of these lines is the order of the notes on paper.
    pupils = moved_figures([view], notes)
    figures = result_figures([view], formulas, notes) if marked else ()
    missed = missed_figures([view], notes)
    return ClassReport(
        school=ask.house.organisation.name,
        class_name=view.title,
        period=view.journal.period.name,
        year=f"{view.journal.period.year} учебный год",
        made=russian.date_long(ask.house.today),
        before=previous.journal.period.name if previous else "",
        marked=marked,
        pupils=pupils,
        figures=figures,
        bars=_bars(view, previous, formulas) if marked else (),
        lists=tuple(attestation_lists(view, view.results.pupils, formulas)) if marked else (),
        subjects=subject_rows(view, formulas) if marked else (),
        missed=missed,
        rows=tuple(_rows(view, previous)),
        notes=notes.lines,
        class_teacher=ask.house.signature(view.unit.class_teacher_id),
        deputy_position=deputy.position,
        deputy=deputy.signature,
    )


def _bars(view: ClassView, previous: ClassView | None, formulas: Formulas) -> tuple[Bar, ...]:
    bars = []
    for subject_id, marks in _by_subject(view):
        now = marks.quality(formulas)
        old = previous.results.by_subject.get(subject_id) if previous else None
        before = old.quality(formulas) if old else None
        bars.append(
            Bar(
                view.journal.subjects[subject_id].name,
                length(now),
                percent(now),
                length(before) if before is not None else -1,
                percent(before) if before is not None else "",
            )
        )
    return tuple(bars)


def _by_subject(view: ClassView) -> list[tuple[str, MarkCounts]]:
    subjects = view.journal.subjects
    return sorted(
        view.results.by_subject.items(),
        key=lambda item: (subjects[item[0]].order, subjects[item[0]].name),
    )


def subject_rows(view: ClassView, formulas: Formulas) -> tuple[ResultRow, ...]:
    """A line a group: subject, subgroup, who teaches it, marks, shares; the whole class last."""
    rows = []
    for group in view.journal.groups:
        marks = view.results.by_group.get(group.group_id)
        if marks:
            name = group.subject.name + (f" ({group.subgroup})" if group.subgroup else "")
            rows.append(result_row(name, marks, formulas, teacher=view.teachers(group)))
    return (*rows, result_row("Всего", view.results.marks, formulas))


def _rows(view: ClassView, previous: ClassView | None) -> Iterator[PupilRow]:
    old = {row.pupil.student_id: row for row in previous.results.pupils} if previous else {}
    for number, row in enumerate(view.results.pupils, start=1):
        marks = Counter(row.marks.values())
        days, _, _, _, lessons, ill, _, unexcused, late = summary_counts(
            view.missed[row.pupil.student_id]
        )
        yield PupilRow(
            number=number,
            name=name_in_list(row.pupil.student),
            fives=marks[5],
            fours=marks[4],
            threes=marks[3],
            twos=marks[2] + marks[1],
            not_attested=len(row.not_attested),
            average=_average(row),
            average_before=_average(old.get(row.pupil.student_id)),
            days=days,
            lessons=lessons,
            ill=ill,
            unexcused=unexcused,
            late=late,
        )


def _average(row: PupilResult | None) -> str:
    return mean(MarkCounts(Counter(row.marks.values())).average) if row and row.marks else ""


def report_tables(report: ClassReport) -> tuple[Table, ...]:
    """The same for a spreadsheet, with a chart of качество знаний."""
    caption = f"{report.school}. {report.class_name} класс, {report.period}, {report.year}"
    pupils = Table(
        "Учащиеся",
        (
            Column("№", 5),
            Column("Учащийся", 28),
            Column("«5»", 7),
            Column("«4»", 7),
            Column("«3»", 7),
            Column("«2»", 7),
            Column("н/а", 7),
            Column("Средний балл", 10, "0.00"),
            Column("Период до него", 10, "0.00"),
            Column("Пропущено дней", 11),
            Column("Пропущено уроков", 11),
            Column("по болезни", 11),
            Column("без уважит. причины", 11),
            Column("Опозданий", 11),
        ),
        [
            (
                row.number, row.name, row.fives, row.fours, row.threes, row.twos,
                row.not_attested, cell(row.average), cell(row.average_before), row.days,
                row.lessons, row.ill, row.unexcused, row.late,
            )
            for row in report.rows
        ],
        caption=caption,
    )  # fmt: skip
    results = result_table("Предметы", "Предмет", report.subjects, caption)
    return (
        figure_table((*report.pupils, *report.figures, *report.missed), caption),
        *((results,) if report.marked else ()),
        pupils,
        note_table(report.notes, caption),
    )


def _reports(ask: Ask, title: str) -> Iterator[Document | Finding]:
    for view in views(ask):
        report = class_report(ask, view)
        yield Document("report", title, report, view.unit.class_id, tables=report_tables(report))


def _final(ask: Ask) -> Iterator[Document | Finding]:
    return _reports(ask, _FINAL)


def _own(ask: Ask) -> Iterator[Document | Finding]:
    return _reports(ask, _OWN)


KINDS = tuple(
    Kind(
        name=name,
        title=title,
        ground=ground,
        make=make,
        formats=(Format.PDF, Format.DOCX, Format.XLSX),
        needs=frozenset({Need.PERIOD}),
    )
    for name, title, ground, make in (
        ("report-final", _FINAL, "R24", _final),
        ("report-class-teacher", _OWN, "R24", _own),
    )
)
