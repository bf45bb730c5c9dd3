"""What the columns of the package take, as rules of a form."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from docgen.journal.codes import DayKind, Grading, PeriodKind, Scheme
from docgen.journal.forms.dress import DATE, MOMENT, TEXT, Rule, choice
from docgen.journal.sources import values
from docgen.journal.sources.package_tables import TABLES
from docgen.journal.view import DEFAULT_WORK_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docgen.journal.sources.package_tables import Column, TableSpec

MARKS = (
    *("5", "4", "3", "2", "н/а", "осв", "зач", "незач"),
    *(f"{first}/{second}" for first in "5432" for second in "5432"),
)
FINALS = MARKS[:8]
LETTERS = ("Н", "Б", "У", "О", "ОСВ")
PERIODS = ("Q1", "Q2", "Q3", "Q4", "T1", "T2", "T3", "H1", "H2", "Y", "EXAM", "FINAL")
MOST_LESSONS = 14
"""Lessons a day, two shifts counted on."""

_SHEETS = {spec.name: spec.sheet for spec in TABLES}
_REFERENCES = {
    "class_id": "classes",
    "class_ids": "classes",
    "target_class": "classes",
    "class_teacher_id": "staff",
    "teacher_id": "staff",
    "teacher_ids": "staff",
    "substitute": "staff",
    "set_by": "staff",
    "student_id": "students",
    "subject_id": "subjects",
    "group_id": "groups",
    "subject": "students",
}
"""Columns that name a row of another sheet by what stands in its first column."""
_LOOSE = {"class_ids", "teacher_ids", "substitute", "subject", "class_id", "target_class"}
"""Columns where other words are lawful too: several names, «нет данных», a class of next year."""
_UNIQUE = {("staff", "staff_id"), ("classes", "class_id"), ("subjects", "subject_id")} | {
    ("groups", "group_id"),
    ("guardians", "guardian_id"),
}
_FAR = (dt.date(1950, 1, 1), dt.date(2099, 12, 31))
_ANY_DAY = {"staff", "guardians", "students", "group_members", "consents", "orders"}
"""Sheets whose days lie in other years too: birth, hiring, a passport, an old order."""


def labels(kind: type[DayKind | Grading | PeriodKind | Scheme]) -> tuple[str, ...]:
    """List the Russian words of an enumeration."""
    return tuple(item.label for item in kind)


_LISTS: Mapping[object, tuple[str, ...]] = {
    values.yes_no: ("да", "нет"),
    values.gender: ("м", "ж"),
    values.period_kind: labels(PeriodKind),
    values.scheme: labels(Scheme),
    values.grading: labels(Grading),
    values.day_kind: labels(DayKind),
    values.period_code: PERIODS,
}
_OPEN_LISTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("guardians", "relation"): ("мать", "отец", "опекун", "попечитель", "усыновитель", "иной"),
    ("guardians", "document"): ("паспорт гражданина РФ",),
    ("decisions", "result"): (
        *("переведён", "переведён условно", "оставлен на повторное обучение"),
        *("выпущен", "отчислен"),
    ),
    ("marks", "raw"): MARKS,
    ("final_marks", "raw"): FINALS,
    ("attendance", "code"): LETTERS,
    ("lessons", "work_kind"): tuple(DEFAULT_WORK_KINDS),
    ("marks", "work_kind"): tuple(DEFAULT_WORK_KINDS),
}
"""Columns with usual words, where a school may have others."""


def number_format(column: Column) -> str:
    """Tell how the cells of a column are kept: dates as dates, numbers as numbers, else as text."""
    if column.read is values.day:
        return DATE
    if column.read is values.moment:
        return MOMENT
    return "General" if column.read in {values.whole, values.number} else TEXT


def rule_of(spec: TableSpec, column: Column, year: str, rows: int) -> Rule:
    """Tell what a column takes in a form of a school year "2025/2026" of so many rows."""
    rule = _rule(spec, column, year, rows)
    if column.unknown and rule.kind in {"list", "whole", "decimal", "date"}:
        return replace(rule, strict=False, error=f"{rule.error} Если не знаете: «нет данных».")
    return rule


def _rule(spec: TableSpec, column: Column, year: str, rows: int) -> Rule:
    place = (spec.name, column.key)
    target = _REFERENCES.get(column.key)
    if place in _UNIQUE:
        return _unique(rows)
    if words := _LISTS.get(column.read):
        return choice(words)
    if words := _OPEN_LISTS.get(place):
        return choice(words, strict=False)
    if target and target != spec.name:
        return _reference(target, strict=column.key not in _LOOSE)
    return _values(spec, column, year)


def _values(spec: TableSpec, column: Column, year: str) -> Rule:
    """Tell what a column of days or numbers takes; any text where it is none."""
    far = spec.name in _ANY_DAY
    days = _between(*_FAR, "Нужна дата вида 31.12.2012.") if far else dates_of(year)
    rules: Mapping[object, Rule] = {
        values.day: days,
        values.moment: days,
        values.lesson_number: whole(1, MOST_LESSONS),
        values.whole: whole(0, 9999),
        values.number: Rule("decimal", "0", "9999", error="Нужно число."),
        values.school_year: choice([year]),
    }
    return rules.get(column.read, Rule())


def _unique(rows: int) -> Rule:
    return Rule(
        "custom",
        f"COUNTIF($A$2:$A${rows},$A2)=1",
        error="Такое значение в этом столбце уже есть, а оно не должно повторяться.",
    )


def _reference(target: str, *, strict: bool) -> Rule:
    sheet = f"'{_SHEETS[target]}'"
    # As long as what is filled: a list that names empty cells shows them, too.
    filled = f"OFFSET({sheet}!$A$2,0,0,MAX(1,COUNTA({sheet}!$A$2:$A$5000)),1)"
    error = f"Этого нет на листе «{_SHEETS[target]}». Впишите туда или выберите из списка."
    return Rule("list", filled, strict=strict, error=error)


def whole(first: int, last: int) -> Rule:
    """Let whole numbers in, both bounds included."""
    return Rule("whole", str(first), str(last), error=f"Нужно целое число от {first} до {last}.")


def dates_of(year: str) -> Rule:
    """Let the days of a school year "2025/2026" in."""
    first, last = school_year_days(year)
    told = f"Нужна дата вида 01.09.{first.year}, от {first:%d.%m.%Y} до {last:%d.%m.%Y}."
    return _between(first, last, told)


def _between(first: dt.date, last: dt.date, told: str) -> Rule:
    # The last day may carry a time.
    return Rule("date", _formula(first), _formula(last + dt.timedelta(days=1)), error=told)


def school_year_days(year: str) -> tuple[dt.date, dt.date]:
    """Tell the first and the last day of a school year "2025/2026", papers of August included."""
    first = int(year[:4])
    return dt.date(first, 8, 1), dt.date(first + 1, 8, 31)


def _formula(date: dt.date) -> str:
    return f"DATE({date.year},{date.month},{date.day})"
