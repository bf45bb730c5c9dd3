"""The preliminary report on a class, two weeks before the period ends (R24; documents.md, 3 h1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.kinds import Ask, Document, Format, Kind, Need
from docgen.documents.report_figures import cell, missed_figures, note_table
from docgen.documents.report_lists import attestation_lists
from docgen.documents.report_notes import formulas_of, notes_of
from docgen.documents.report_parts import (
    ClassView,
    Figure,
    Named,
    mean,
    name_in_list,
    views,
)
from docgen.journal.accumulation import accumulation, exempt, wanted
from docgen.journal.codes import Grading
from docgen.journal.model import Group, Pupil, Subject
from docgen.journal.preflight import CheckNorms
from docgen.journal.preflight.results import NOTHING, Tally, tallies
from docgen.journal.preflight.roster import weekly_hours
from docgen.journal.statistics import PupilResult, learning_groups
from docgen.rendering.tables import Column, Table

_TITLE = "Предварительный отчёт об успеваемости и посещаемости класса"


@dataclass(frozen=True, slots=True)
class Outlook:
    """A pupil in a subject: the mark the mean leads to, the mean, how many marks, signs.

    `mark` is "" where the pupil does not learn the subject, «н/а» without marks,
    «осв» of who is exempt. Signs: «?» the mean is near the limit of two marks, «!» fewer marks
    than the norm.
    """

    mark: str
    average: str = ""
    count: str = ""
    signs: str = ""


@dataclass(frozen=True, slots=True)
class OutlookRow:
    """A pupil: outlooks in the order of the subjects, lessons missed so far."""

    number: int
    name: str
    outlooks: tuple[Outlook, ...]
    missed: int


@dataclass(frozen=True, slots=True)
class PreliminaryReport:
    """What the marks so far lead to; context of `report-preliminary`.

    school: the school's name
    class_name: «7 «А»»
    period: «1 четверть»
    year: «2025/2026 учебный год»
    made: the day of the report
    due: when the report is due, «10 октября 2025 г.»
    ended: whether the period was over on the day of the report
    marked: whether the class is marked in numbers
    subjects: short names, heads of the columns
    rows: a line a pupil
    lists: what pupils the outlook makes
    sparse: subjects with too few marks, «Алгебра: Ежов Пётр – 2 из 5»
    missed: days and lessons missed so far
    notes: definitions, in the order of their numbers
    class_teacher: «И.О. Фамилия»
    deputy_position, deputy: to whom the report goes
    """

    school: str
    class_name: str
    period: str
    year: str
    made: str
    due: str
    ended: bool
    marked: bool
    subjects: tuple[str, ...]
    rows: tuple[OutlookRow, ...]
    lists: tuple[Named, ...]
    sparse: tuple[Named, ...]
    missed: tuple[Figure, ...]
    notes: tuple[str, ...]
    class_teacher: str
    deputy_position: str
    deputy: str


@dataclass(frozen=True, slots=True)
class _Outlooks:
    """What the marks of a class lead to, pupil by pupil."""

    view: ClassView
    norms: CheckNorms
    dispute: float
    subjects: tuple[Subject, ...]
    places: Mapping[tuple[str, str], Group]
    table: Mapping[tuple[str, str], Tally]
    hours: Mapping[str, float | None]

    def tally(self, pupil: Pupil, subject: Subject) -> Tally | None:
        """The marks of a pupil in a subject, None where the pupil owes none."""
        key = (pupil.student_id, subject.subject_id)
        group = self.places.get(key)
        if group is None or exempt(self.view.journal, group, pupil):
            return None
        return self.table.get(key, NOTHING)

    def disputed(self, tally: Tally) -> bool:
        """Whether the mean is near the limit of two marks."""
        return tally.average is not None and self.norms.disputed(tally.average, self.dispute)

    def outlook(self, pupil: Pupil, subject: Subject) -> Outlook:
        """One cell of the table."""
        tally = self.tally(pupil, subject)
        if tally is None:
            learns = (pupil.student_id, subject.subject_id) in self.places
            return Outlook("осв" if learns else "")
        weekly, period = self.hours.get(subject.subject_id), self.view.journal.period
        few = "!" if tally.marks < (wanted(subject, weekly, period, self.norms) or 0) else ""
        if tally.average is None:
            return Outlook("н/а", signs=few)
        return Outlook(
            str(self.norms.round_up(tally.average)),
            mean(tally.average),
            str(tally.marks),
            ("?" if self.disputed(tally) else "") + few,
        )

    def result(self, pupil: Pupil) -> PupilResult:
        """The pupil as if the period ended now."""
        found = [(subject, self.tally(pupil, subject)) for subject in self.subjects]
        return PupilResult(
            pupil,
            {
                subject.subject_id: self.norms.round_up(tally.average)
                for subject, tally in found
                if tally and tally.average is not None
            },
            tuple(
                subject.subject_id for subject, tally in found if tally and tally.average is None
            ),
        )


def preliminary_report(ask: Ask, view: ClassView) -> PreliminaryReport:
    """Put the outlook of a class together."""
    norms, journal, settings = ask.house.norms, view.journal, ask.house.details["reports"]
    formulas = formulas_of(ask.house)
    marked = view.unit.grade >= norms.first_marked_grade
    subjects = {
        group.subject.subject_id: group.subject
        for group in journal.groups
        if group.subject.grading is Grading.MARKS and journal.lessons.get(group.group_id)
    }
    made = _Outlooks(
        view=view,
        norms=norms,
        dispute=float(settings["dispute"]),
        subjects=tuple(subjects.values()) if marked else (),
        places=learning_groups(journal),
        table=tallies(journal, weighted=norms.weighted),
        hours=weekly_hours(journal),
    )
    here = [pupil for pupil in journal.pupils if pupil.covers(journal.period.end)]
    notes = notes_of(formulas)
    missed = missed_figures([view], notes)
    deputy = ask.house.officials["deputy"]
    due = journal.period.end - dt.timedelta(days=int(settings["preliminary_days"]))
    return PreliminaryReport(
        school=ask.house.organisation.name,
        class_name=view.title,
        period=journal.period.name,
        year=ask.house.year_title,
        made=russian.date_long(ask.house.today),
        due=russian.date_long(due),
        ended=ask.house.today > journal.period.end,
        marked=marked,
        subjects=tuple(item.short or item.name for item in made.subjects),
        rows=tuple(_row(made, number, pupil) for number, pupil in enumerate(here, start=1)),
        lists=tuple(attestation_lists(view, [made.result(item) for item in here], formulas))
        if marked
        else (),
        sparse=tuple(_sparse(view, norms)),
        missed=missed,
        notes=(*notes.lines, *_notes(norms, made.dispute)),
        class_teacher=ask.house.signature(view.unit.class_teacher_id),
        deputy_position=deputy.position,
        deputy=deputy.signature,
    )


def _row(made: _Outlooks, number: int, pupil: Pupil) -> OutlookRow:
    return OutlookRow(
        number=number,
        name=name_in_list(pupil.student),
        outlooks=tuple(made.outlook(pupil, subject) for subject in made.subjects),
        missed=made.view.missed[pupil.student_id].lessons(),
    )


def _sparse(view: ClassView, norms: CheckNorms) -> Iterator[Named]:
    names = {item.student_id: name_in_list(item.student) for item in view.journal.pupils}
    for item in accumulation(view.journal, norms):
        if item.below:
            lines = (
                f"{names[student]}{russian.NBSP}– {count} из {item.wanted}"
                for student, count in item.below.items()
            )
            subgroup = f" ({item.group.subgroup})" if item.group.subgroup else ""
            yield Named(item.group.subject.name + subgroup, tuple(lines))


def _notes(norms: CheckNorms, dispute: float) -> Iterator[str]:
    average = "средневзвешенный балл" if norms.weighted else "средний балл"
    threshold = f"{norms.rounding_threshold:g}".replace(".", ",")
    near = f"{dispute:g}".replace(".", ",")
    yield (
        f"Прогноз – {average}, округлённый вверх, если дробная часть не меньше {threshold}. "
        "Итоговую отметку выставляет учитель."
    )
    yield f"«?» – отметка спорная: средний балл отстоит от границы не больше чем на {near}."
    yield "«!» – отметок меньше нормы за весь период; «н/а» – отметок ещё нет."


def report_tables(report: PreliminaryReport) -> tuple[Table, ...]:
    """The same for a spreadsheet: means and marks, each on a sheet."""
    caption = f"{report.school}. {report.class_name} класс, {report.period}, {report.year}"
    heads = tuple(Column(name, 11, "0.00") for name in report.subjects)
    sheets = [
        Table(
            title,
            (Column("№", 5), Column("Учащийся", 28), *heads, Column("Пропущено уроков", 11, "0")),
            [
                (
                    row.number,
                    row.name,
                    *(cell(getattr(item, field)) for item in row.outlooks),
                    row.missed,
                )
                for row in report.rows
            ],
            caption=caption,
        )
        for title, field in (("Средний балл", "average"), ("Прогноз", "mark"), ("Отметок", "count"))
    ]
    return (*sheets, note_table(report.notes, caption))


def _make(ask: Ask) -> Iterator[Document | Finding]:
    for view in views(ask):
        report = preliminary_report(ask, view)
        yield Document("report", _TITLE, report, view.unit.class_id, tables=report_tables(report))


KINDS = (
    Kind(
        name="report-preliminary",
        title=_TITLE,
        ground="R24",
        make=_make,
        formats=(Format.PDF, Format.DOCX, Format.XLSX),
        needs=frozenset({Need.PERIOD}),
    ),
)
