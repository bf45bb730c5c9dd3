"""What changed between two contents of one class's journal, row by row, in words (BD-02)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docgen import russian
from docgen.journal.codes import Grading, PeriodKind, Scheme
from docgen.journal.content import PRINTED, Rows, read_content
from docgen.journal.model import (
    Attendance,
    ClassUnit,
    Enrollment,
    FinalMark,
    Lesson,
    Mark,
    Period,
    School,
    Staff,
    Student,
    Subject,
    TeachingGroup,
)
from docgen.journal.sources.package_tables import TABLES
from docgen.journal.sources.values import number_text

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what it concerns, the place in the journal, and what was and is there.

    `code` is for programs («marks.raw», «lessons.added»), `title` for people; a place that does
    not apply and a value that is absent are "". `date` is ISO text.
    """

    code: str
    title: str
    subject: str = ""
    date: str = ""
    number: str = ""
    student: str = ""
    was: str = ""
    now: str = ""

    def __str__(self) -> str:
        """«Алгебра / 12.10.2025, урок 3 / Иванов Иван: отметка: было 4, стало 5»."""
        date = ".".join(reversed(self.date.split("-")))
        lesson = f"{date}, урок {self.number}" if self.number.isdecimal() else date
        place = " / ".join(filter(None, (self.subject, lesson, self.student)))
        told = f"{place}: {self.title}" if place else self.title
        if not self.was and not self.now:
            return told
        return f"{told}: было {self.was or 'пусто'}, стало {self.now or 'пусто'}"


def changes(printed: bytes, now: bytes) -> tuple[Change, ...]:
    """Compare two contents; equal ones have no changes. Raises ValueError for what is none."""
    old, new = read_content(printed), read_content(now)
    words = _Words(old, new)
    return tuple(change for entity in PRINTED for change in _compare(entity, old, new, words))


Contents = Mapping[type[Any], Rows]


def _compare(entity: type[Any], old: Contents, new: Contents, words: _Words) -> Iterator[Change]:
    before, after = old[entity], new[entity]
    if entity is Mark:
        before, after = _cells(before), _cells(after)
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was is None and now is not None:
            yield from words.whole(entity, now, added=True)
        elif now is None and was is not None:
            yield from words.whole(entity, was, added=False)
        elif was is not None and now is not None:
            for name in {**was, **now} if was != now else ():
                if was.get(name, "") != now.get(name, ""):
                    yield words.field(entity, name, was, now)


def _cells(marks: Rows) -> Rows:
    """Put the marks of one pupil at one lesson together: people see a cell."""
    cells: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for (*place, _seq), row in marks.items():
        cells[tuple(place)].append(row)
    return {
        place: {name: ", ".join(row[name] for row in rows) for name in rows[0] if name != "seq"}
        | {name: rows[0][name] for name in ("group_id", "date", "number", "student_id")}
        for place, rows in cells.items()
    }


_MAIN = {Lesson: "topic", Mark: "raw", Attendance: "code", FinalMark: "raw", Enrollment: "start"}
"""The field that stands for a row that came or went."""

_NAMES: Mapping[tuple[type[Any], str], str] = {
    (Lesson, "added"): "урок добавлен",
    (Lesson, "removed"): "урок удалён",
    (Lesson, "planned_teacher_id"): "учитель урока",
    (Lesson, "teacher_id"): "кто вёл урок",
    (Lesson, "substitution_order"): "приказ о замене",
    (Lesson, "entered_at"): "когда внесён урок",
    (Mark, "raw"): "отметка",
    (Mark, "added"): "отметка",
    (Mark, "removed"): "отметка",
    (Attendance, "code"): "пропуск",
    (Attendance, "added"): "пропуск",
    (Attendance, "removed"): "пропуск",
    (Attendance, "reason"): "причина пропуска",
    (FinalMark, "raw"): "итоговая отметка",
    (FinalMark, "added"): "итоговая отметка",
    (FinalMark, "removed"): "итоговая отметка",
    (Enrollment, "added"): "ученик появился в списке",
    (Enrollment, "removed"): "ученика больше нет в списке",
    (Enrollment, "end"): "ученик выбыл",
    (TeachingGroup, "plan"): "план часов",
    (School, "year"): "учебный год",
    (School, "system"): "электронный журнал",
    (School, "school_id"): "код школы",
}

_SHEETS = {
    "enrollments" if spec.name == "students" else spec.name: spec.sheet for spec in TABLES
} | {"students": "Учащиеся", "enrollments": "Учащиеся"}
_HEADERS = {
    (name, column.key): column.names[0]
    for spec in TABLES
    for name in ((spec.name, "enrollments") if spec.name == "students" else (spec.name,))
    for column in spec.columns
}
_LABELS = {item.value: item.label for kind in (PeriodKind, Scheme, Grading) for item in kind} | {
    "True": "да",
    "False": "нет",
}


class _Words:
    """Puts rows into words: names for ids, dates as people write them."""

    def __init__(self, old: Contents, new: Contents) -> None:
        def known(entity: type[Any]) -> Rows:
            return {**old[entity], **new[entity]}

        self._people = {
            key: russian.initials_after(row["last"], row["first"], row["middle"])
            for (key,), row in known(Staff).items()
        }
        self._pupils = {
            key: f"{row['last']} {row['first']}".strip() for (key,), row in known(Student).items()
        }
        self._subjects = {key: row["name"] for (key,), row in known(Subject).items()}
        self._groups = {
            key: ", группа ".join(
                filter(None, (self._subjects.get(row["subject_id"], ""), row["subgroup"]))
            )
            for (key,), row in known(TeachingGroup).items()
        }
        self._periods = {row["code"]: row["name"] for row in known(Period).values()}

    def whole(self, entity: type[Any], row: Row, *, added: bool) -> Iterator[Change]:
        """Tell a row that came or went; of a pupil the list of the class tells it."""
        if entity is Student:
            return
        what = "added" if added else "removed"
        title = _NAMES.get((entity, what))
        if title is None:
            title = f"{_SHEETS[entity.TABLE]}: {'добавлено' if added else 'убрано'}"
        value = self._value(_MAIN.get(entity, ""), row) or self._name(entity, row)
        yield self._change(entity, what, title, row, *(("", value) if added else (value, "")))

    def field(self, entity: type[Any], name: str, was: Row, now: Row) -> Change:
        """Tell one field of a row that is in both."""
        title = _NAMES.get((entity, name))
        if title is None:
            header = _HEADERS.get((entity.TABLE, name), name).lower()
            title = header if entity is Lesson else f"{_SHEETS[entity.TABLE]}: {header}"
        return self._change(
            entity, name, title, now, self._value(name, was), self._value(name, now)
        )

    def _change(
        self, entity: type[Any], what: str, title: str, row: Row, was: str, now: str
    ) -> Change:
        group, subject = row.get("group_id", ""), row.get("subject_id", "")
        student = row.get("student_id", "")
        number = row.get("number", "")
        place = self._groups.get(group, group) or self._subjects.get(subject, subject)
        if entity is FinalMark:
            title = f"{title} ({self._periods.get(row['period'], row['period'])})"
        elif entity in {Staff, ClassUnit, Subject} and what not in {"added", "removed"}:
            title = f"{title} ({self._name(entity, row)})"
        return Change(
            code=f"{entity.TABLE}.{what}",
            title=title,
            subject=place,
            date=row.get("date", ""),
            number=str(number_text(int(number))) if number else "",
            student=self._pupils.get(student, student),
            was=was,
            now=now,
        )

    def _name(self, entity: type[Any], row: Row) -> str:
        """What people call a row of a list: a person, a subject, a class."""
        if entity is Staff:
            return self._people[row["staff_id"]]
        return row.get("name", "") or row.get("class_id", "")

    def _value(self, name: str, row: Row) -> str:
        text = row.get(name, "")
        if name.endswith(("teacher_id", "teacher_ids", "set_by")):
            return ", ".join(
                self._people.get(part.strip(), part.strip()) for part in text.split(",")
            )
        if name in {"hours_week", "weight"}:
            return text.removesuffix(".0").replace(".", ",")
        if name in {"start", "end", "birth_date", "protocol_date", "order_date"} and text:
            return f"{dt.date.fromisoformat(text):%d.%m.%Y}"
        return _LABELS.get(text, text)
