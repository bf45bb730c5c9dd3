"""How the journal is filled in, by teacher and class (R25, R26, R28; documents.md, 3 h4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.kinds import Ask, Document, Format, Kind, Need
from docgen.documents.report_figures import cell
from docgen.documents.report_notes import Notes, formulas_of, notes_of
from docgen.documents.report_parts import (
    NO_DATA,
    Bar,
    ClassView,
    Figure,
    length,
    percent,
    periods_title,
    school_stem,
    school_views,
    staff_name,
)
from docgen.journal.accumulation import marks_of_pupils
from docgen.journal.filling import Filling, SchoolFilling, filling, reasons
from docgen.rendering.tables import Chart, Column, Table

_TITLE = "Отчёт о заполнении журнала"
_NOT_CHECKED = "не проверялось"


@dataclass(frozen=True, slots=True)
class TeacherRow:
    """A teacher: lessons, without topic, without homework, late, marks, marks late."""

    name: str
    lessons: int
    without_topic: str
    without_homework: str
    late_lessons: str
    marks: int
    late_marks: str


@dataclass(frozen=True, slots=True)
class ClassFilling:
    """A class: pupils, how many have no mark or one, absences, those without a reason."""

    name: str
    teacher: str
    pupils: int
    without_marks: str
    with_one: str
    absences: int
    unexplained: int


@dataclass(frozen=True, slots=True)
class FillingReport:
    """How the journal is filled in; context of `report-filling`.

    school: the school's name
    period: «1 четверть»
    year: «2025/2026 учебный год»
    made: the day of the report
    figures: shares of the whole school with the numbers of their notes
    bars: the share of lessons with homework by teacher, those below 100 % only
    teachers: a line a teacher
    classes: a line a class
    teacher_note, reason_note: numbers of the notes on teachers and on reasons
    notes: definitions, in the order of their numbers
    deputy_position, deputy: who signs, «И.О. Фамилия»
    """

    school: str
    period: str
    year: str
    made: str
    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...]
    teachers: tuple[TeacherRow, ...]
    classes: tuple[ClassFilling, ...]
    teacher_note: str
    reason_note: str
    notes: tuple[str, ...]
    deputy_position: str
    deputy: str


def filling_report(ask: Ask, found: Sequence[ClassView]) -> FillingReport:
    """Put what teachers entered together."""
    norms = ask.house.norms
    made = filling([view.journal for view in found], norms)
    names = {name: staff_name(ask, name) for name in made.teachers}
    order = sorted(names, key=lambda name: (not name, russian.sort_key(names[name])))
    deputy = ask.house.officials["deputy"]
    # The order of these lines is the order of the notes on paper.
    notes = notes_of(formulas_of(ask.house))
    figures = filling_figures(made, notes)
    return FillingReport(
        school=ask.house.organisation.name,
        period=periods_title(found),
        year=ask.house.year_title,
        made=russian.date_long(ask.house.today),
        figures=figures,
        bars=tuple(_bars(names, made, order)),
        teachers=tuple(_teacher(names[name], made.teachers[name], made) for name in order),
        classes=tuple(_class(ask, view) for view in found),
        teacher_note=notes.number("teacher"),
        reason_note=notes.number("unexplained"),
        notes=notes.lines,
        deputy_position=deputy.position,
        deputy=deputy.signature,
    )


def filling_figures(made: SchoolFilling, notes: Notes) -> tuple[Figure, ...]:
    """Shares of the whole school: topics, homework, what came in time, use of the journal."""
    rows = made.teachers.values()
    lessons, marks = sum(row.lessons for row in rows), sum(row.marks for row in rows)
    dated = sum(row.dated_lessons for row in rows)
    dated_marks = sum(row.dated_marks for row in rows)
    topics = lessons - sum(row.without_topic for row in rows)
    homework = lessons - sum(row.without_homework for row in rows)
    in_time = dated - sum(row.late_lessons for row in rows)
    marked_in_time = dated_marks - sum(row.late_marks for row in rows)
    return (
        Figure("Уроков", str(lessons)),
        Figure("Отметок", str(marks)),
        Figure(
            "Уроков с темой",
            _part(topics, lessons, known=made.topics_known),
            note=notes.number("topic"),
        ),
        Figure(
            "Уроков с домашним заданием или не требующих его",
            _part(homework, lessons, known=made.homework_known),
            note=notes.number("homework"),
        ),
        Figure(
            "Уроков, внесённых в срок",
            _part(in_time, dated, known=bool(dated)),
            note=notes.number("late"),
        ),
        Figure(
            "Отметок, выставленных в срок",
            _part(marked_in_time, dated_marks, known=bool(dated_marks)),
            note=notes.number("late"),
        ),
        Figure("Доля активных пользователей", NO_DATA, note=notes.number("visits")),
        Figure("Доля родителей, просматривающих журнал", NO_DATA, note=notes.number("visits")),
    )


def _part(part: int, total: int, *, known: bool) -> str:
    return percent(100 * part / total if total else None) if known else NO_DATA


def _teacher(name: str, row: Filling, made: SchoolFilling) -> TeacherRow:
    return TeacherRow(
        name=name,
        lessons=row.lessons,
        without_topic=str(row.without_topic) if made.topics_known else NO_DATA,
        without_homework=str(row.without_homework) if made.homework_known else NO_DATA,
        late_lessons=str(row.late_lessons) if row.dated_lessons else _NOT_CHECKED,
        marks=row.marks,
        late_marks=str(row.late_marks) if row.dated_marks or not row.marks else _NOT_CHECKED,
    )


def _bars(names: Mapping[str, str], made: SchoolFilling, order: Sequence[str]) -> Iterator[Bar]:
    for name in order if made.homework_known else ():
        row = made.teachers[name]
        if row.without_homework:
            share = 100 * (1 - row.without_homework / row.lessons)
            yield Bar(names[name], length(share), percent(share))


def _class(ask: Ask, view: ClassView) -> ClassFilling:
    marked = view.unit.grade >= ask.house.norms.first_marked_grade
    counts = marks_of_pupils(view.journal)
    missed = reasons(view.journal, ask.house.norms)
    return ClassFilling(
        name=view.unit.class_id,
        teacher=staff_name(ask, view.unit.class_teacher_id) if view.unit.class_teacher_id else "",
        pupils=len(counts),
        without_marks=str(sum(not count for count in counts.values())) if marked else "–",
        with_one=str(sum(count == 1 for count in counts.values())) if marked else "–",
        absences=missed.absences,
        unexplained=missed.unexplained,
    )


def filling_tables(report: FillingReport) -> tuple[Table, ...]:
    """The same for a spreadsheet."""
    caption = f"{report.school}. {report.period}, {report.year}"
    teachers = Table(
        "Учителя",
        (
            Column("Учитель", 26),
            Column("Уроков", 9),
            Column("Без темы", 12),
            Column("Без домашнего задания", 14),
            Column("Внесены поздно", 16),
            Column("Отметок", 10),
            Column("Выставлены поздно", 16),
        ),
        [
            (
                row.name, row.lessons, cell(row.without_topic), cell(row.without_homework),
                cell(row.late_lessons), row.marks, cell(row.late_marks),
            )
            for row in report.teachers
        ],
        caption=caption,
        chart=Chart("Чего не хватает, уроков", names=0, values=(2, 3, 4)),
    )  # fmt: skip
    classes = Table(
        "Классы",
        (
            Column("Класс", 9),
            Column("Классный руководитель", 26),
            Column("Учащихся", 10),
            Column("Без отметок", 12),
            Column("С одной отметкой", 12),
            Column("Пропущено уроков", 12),
            Column("из них без причины", 12),
        ),
        [
            (
                row.name, row.teacher, row.pupils, cell(row.without_marks), cell(row.with_one),
                row.absences, row.unexplained,
            )
            for row in report.classes
        ],
        caption=caption,
    )  # fmt: skip
    return teachers, classes


def _make(ask: Ask) -> Iterator[Document | Finding]:
    found = school_views(ask)
    report = filling_report(ask, found)
    yield Document(school_stem(ask, found), _TITLE, report, tables=filling_tables(report))


KINDS = (
    Kind(
        name="report-filling",
        title=_TITLE,
        ground="R25, R26, R28",
        make=_make,
        formats=(Format.PDF, Format.DOCX, Format.XLSX),
        needs=frozenset({Need.PERIOD}),
    ),
)
