"""The journal's rows as tables of the default package (`journal.md` 2), read back as they are.

The columns are those the package is read by (`sources/package_tables.py`); what the journal does
not know stays an empty cell, or «нет данных» where the package wants the cell filled.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from docgen.journal.codes import DayKind, Grading, PeriodKind, Scheme
from docgen.journal.model import (
    Attendance,
    CalendarDay,
    ClassJournal,
    ClassUnit,
    Decision,
    Enrollment,
    FinalMark,
    GroupMember,
    Guardian,
    Lesson,
    Mark,
    Period,
    RegistryRecord,
    School,
    Staff,
    Student,
    Subject,
    TeachingGroup,
    WorkKind,
)
from docgen.journal.sources.package_rows import PLAN_PERIODS, STAY
from docgen.journal.sources.package_tables import TABLES, Column, TableSpec
from docgen.journal.sources.values import UNKNOWN, number_text

Value = str | int | float | dt.date
"""A cell: text as it stands, or a number or a date that a workbook keeps as one."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the package: file name without its end, title of the sheet, header, rows."""

    name: str
    title: str
    header: tuple[str, ...]
    rows: Sequence[tuple[Value, ...]]


Select = Callable[[type[Any]], Iterable[Any]]
"""Tells the rows of an entity that are to be written."""


def package(school: School | None, select: Select) -> Iterator[Sheet]:
    """Write a journal down as the tables of the package; empty ones only where it wants them."""
    yield _manifest(school)
    for spec in TABLES:
        rows = _sources(spec, select)
        if rows or spec.required:
            yield _sheet(spec, rows)


def period_rows(view: ClassJournal) -> Iterator[tuple[str, bytes, str]]:
    """File name, content and Russian caption of the rows behind one class's sheets of a period."""
    behind: Mapping[str, Sequence[Any]] = {
        "students": [_Stay(pupil.student, pupil.enrollment) for pupil in view.pupils],
        "lessons": [lesson for rows in view.lessons.values() for lesson in rows],
        "marks": [mark for marks in view.marks.values() for mark in marks],
        "attendance": list(view.attendance.values()),
        "final_marks": [row for row in view.finals.values() if row.period == view.period.code],
    }
    yield from _on_paper(behind, _CAPTIONS | {"final_marks": "Отметки за период"})
    yield _results(view, behind["final_marks"])


def summary_rows(view: ClassJournal) -> Iterator[tuple[str, bytes, str]]:
    """The same behind a class's summary sheet of the year: results and decisions, no lessons."""
    behind: Mapping[str, Sequence[Any]] = {
        "students": [_Stay(pupil.student, pupil.enrollment) for pupil in view.pupils],
        "final_marks": list(view.finals.values()),
        "decisions": list(view.decisions.values()),
    }
    yield from _on_paper(behind, _CAPTIONS)
    yield _results(view, behind["final_marks"])


_CAPTIONS = {
    "students": "Учащиеся класса",
    "lessons": "Уроки: дата, тема, домашнее задание",
    "marks": "Отметки за уроки",
    "attendance": "Посещаемость: кто какие уроки пропустил и почему",
    "final_marks": "Отметки за периоды и год",
    "decisions": "Решения педагогического совета",
}

RESULTS = "results.csv"
"""The table for a stranger: who got which mark, in words, nothing to be looked up elsewhere."""
RESULTS_HEADER = ("Фамилия", "Имя", "Отчество", "Предмет", "Период", "Отметка", "ID")


def _results(view: ClassJournal, finals: Sequence[FinalMark]) -> tuple[str, bytes, str]:
    people = {pupil.student_id: pupil.student for pupil in view.pupils}
    subjects = {key: subject.name for key, subject in view.subjects.items()}
    periods = {period.code: period.name for period in view.periods}
    periods |= {"EXAM": "Экзамен", "FINAL": "Итоговая"}
    rows = []
    places = [list(order) for order in (people, view.subjects, periods)]

    def order(mark: FinalMark) -> tuple[int, ...]:
        keys = (mark.student_id, mark.subject_id, mark.period)
        return tuple(
            known.index(key) if key in known else len(known)
            for known, key in zip(places, keys, strict=True)
        )

    for mark in sorted(finals, key=order):
        pupil = people.get(mark.student_id)
        if pupil is None:
            continue
        rows.append(
            (
                pupil.last,
                pupil.first,
                pupil.middle,
                subjects.get(mark.subject_id, mark.subject_id),
                periods.get(mark.period, mark.period),
                mark.raw,
                pupil.student_id,
            )
        )
    caption = "Кто какие отметки получил: фамилия, предмет, период, отметка"
    return RESULTS, csv_bytes(RESULTS_HEADER, rows), caption


def _on_paper(
    behind: Mapping[str, Sequence[Any]], captions: Mapping[str, str]
) -> Iterator[tuple[str, bytes, str]]:
    """Write the tables of rows that stand on paper, with what the paper shows of them."""
    for spec in TABLES:
        if spec.name in behind:
            sheet = _sheet(spec, behind[spec.name], hidden=_NOT_ON_PAPER)
            caption = captions.get(spec.name, spec.sheet)
            yield f"{spec.name}.csv", csv_bytes(sheet.header, sheet.rows), caption


_NOT_ON_PAPER = {"gender", "birth_date", "personal_file_no", "start_order", "list_no"}
"""Columns of pupils that the sheets of a class journal do not show."""


def _manifest(school: School | None) -> Sheet:
    told = {
        "version": "1.0",
        "school_id": school.school_id if school else "",
        "year": school.year if school else "",
        "system": school.system if school else "",
        "exported_at": school.exported_at if school else "",
        "encoding": "UTF-8",
    }
    rows = [("format", "school-package"), *told.items()]
    return Sheet("manifest", "Манифест", ("key", "value"), [row for row in rows if row[1]])


_ENTITIES: Mapping[str, type[Any]] = {
    "school": School,
    "periods": Period,
    "calendar": CalendarDay,
    "staff": Staff,
    "classes": ClassUnit,
    "guardians": Guardian,
    "subjects": Subject,
    "groups": TeachingGroup,
    "group_members": GroupMember,
    "work_kinds": WorkKind,
    "lessons": Lesson,
    "marks": Mark,
    "attendance": Attendance,
    "final_marks": FinalMark,
    "decisions": Decision,
}


def _sources(spec: TableSpec, select: Select) -> Sequence[Any]:
    """Find what stands behind the rows of a table."""
    if spec.name == "students":
        return list(_stays(select))
    if spec.name in _ENTITIES:
        return list(select(_ENTITIES[spec.name]))
    return [row for row in select(RegistryRecord) if row.registry == spec.name]


@dataclass(frozen=True, slots=True)
class _Stay:
    """What stands behind a row of pupils."""

    student: Student
    stay: Enrollment


def _stays(select: Select) -> Iterator[_Stay]:
    """One row is one stay of a pupil; a pupil in no class has a row without a class."""
    stays: dict[str, list[Enrollment]] = defaultdict(list)
    for stay in select(Enrollment):
        stays[stay.student_id].append(stay)
    for student in select(Student):
        for stay in stays.get(student.student_id) or [Enrollment(student.student_id, "")]:
            yield _Stay(student, stay)


def _sheet(spec: TableSpec, rows: Iterable[Any], hidden: Iterable[str] = ()) -> Sheet:
    shown = [column for column in spec.columns if column.key not in hidden]
    writers = [_writer(spec, column) for column in shown]
    return Sheet(
        name=spec.name,
        title=spec.sheet,
        header=tuple(column.names[0] for column in shown),
        rows=[tuple(write(row) for write in writers) for row in rows],
    )


def _writer(spec: TableSpec, column: Column) -> Callable[[Any], Value]:
    """Choose how a column's cell is written from an entity."""
    tell = _SPECIAL.get((spec.name, column.key)) or attrgetter(column.key)
    if spec.name == "students":
        tell = attrgetter(f"{'stay' if column.key in STAY else 'student'}.{column.key}")
    empty = UNKNOWN if column.unknown else ""

    def write(row: Any) -> Value:
        value = tell(row)
        if type(value) is str:
            return value or empty
        return empty if value is None else _cell(value)

    return write


def _cell(value: Any) -> Value:
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, Scheme | PeriodKind | Grading | DayKind):
        return value.label
    if isinstance(value, float) and value.is_integer():
        return int(value)
    cell: Value = value
    return cell


def _substitute(lesson: Lesson) -> str:
    """Who really taught; «нет данных» when it was not the teacher and nobody knows who."""
    if lesson.teacher_id == lesson.planned_teacher_id:
        return ""
    return lesson.teacher_id or UNKNOWN


def _plan(code: str) -> Callable[[TeachingGroup], float | None]:
    return lambda group: json.loads(group.plan).get(code)


_SPECIAL: Mapping[tuple[str, str], Callable[[Any], Any]] = {
    ("lessons", "teacher_id"): attrgetter("planned_teacher_id"),
    ("lessons", "substitute"): _substitute,
    **{
        (name, "number"): lambda row: number_text(row.number)
        for name in ("lessons", "marks", "attendance")
    },
    **{("groups", f"plan_{code.lower()}"): _plan(code) for code in PLAN_PERIODS},
}
"""Columns that are not simply a field of the row's entity."""


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file with a header, as every table of ours is written: `;`, BOM, ДД.ММ.ГГГГ."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_text(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


_FORMULA = re.compile(r"[=@](?!$)|[+-](?!\d*([.,]\d+)?$)")


def _text(value: object) -> object:
    """Write a cell of a CSV; what a spreadsheet would take for a formula gets a space before it.

    The space is lost again when the package is read; signs and numbers stay as they are.
    """
    if isinstance(value, dt.date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, float):
        return str(value).replace(".", ",")
    if isinstance(value, str) and _FORMULA.match(value):
        return f" {value}"
    return value
