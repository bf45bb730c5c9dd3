"""The register of substituted lessons (R33)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.kinds import Ask, Document, Format, Kind, Need
from docgen.documents.report_figures import cell
from docgen.documents.report_parts import (
    ClassView,
    periods_title,
    school_stem,
    school_views,
    staff_name,
)
from docgen.journal.model import Lesson
from docgen.rendering.tables import Column, Table

_TITLE = "Журнал учёта замещённых уроков"


@dataclass(frozen=True, slots=True)
class Substitution:
    """A substituted lesson: day, number, class, subject, who was away, who taught, topic, order."""

    date: str
    number: str
    class_name: str
    subject: str
    planned: str
    taught: str
    topic: str
    order: str


@dataclass(frozen=True, slots=True)
class SubstitutionRegister:
    """The register of substituted lessons; context of `register-substitutions`.

    school: the school's name
    period: «1 четверть»
    year: «2025/2026 учебный год»
    made: the day it was printed
    rows: a line a lesson, by day
    total: «Всего замещено уроков: 12, из них без приказа: 1»
    deputy_position, deputy: who keeps it, «И.О. Фамилия»
    """

    school: str
    period: str
    year: str
    made: str
    rows: tuple[Substitution, ...]
    total: str
    deputy_position: str
    deputy: str


def substituted(found: Sequence[ClassView]) -> list[tuple[ClassView, Lesson]]:
    """The lessons somebody else taught than planned, by day; one of several classes stands once."""
    lessons: dict[tuple[str, dt.date, int], tuple[ClassView, Lesson]] = {}
    for view in found:
        for given in view.journal.lessons.values():
            for lesson in given:
                if lesson.substituted:
                    key = (lesson.group_id, lesson.date, lesson.number)
                    lessons.setdefault(key, (view, lesson))
    return [lessons[key] for key in sorted(lessons, key=lambda item: (item[1], item[2], item[0]))]


def substitution_register(ask: Ask, found: Sequence[ClassView]) -> SubstitutionRegister:
    """Put the register of the period together."""
    order = substituted(found)
    without = sum(not lesson.substitution_order.strip() for _view, lesson in order)
    deputy = ask.house.officials["deputy"]
    return SubstitutionRegister(
        school=ask.house.organisation.name,
        period=periods_title(found),
        year=ask.house.year_title,
        made=russian.date_long(ask.house.today),
        rows=tuple(_substitution(ask, view, lesson) for view, lesson in order),
        total=f"Всего замещено уроков: {len(order)}, из них без приказа: {without}.",
        deputy_position=deputy.position,
        deputy=deputy.signature,
    )


def _substitution(ask: Ask, view: ClassView, lesson: Lesson) -> Substitution:
    group = next(item for item in view.journal.groups if item.group_id == lesson.group_id)
    subgroup = f" ({group.subgroup})" if group.subgroup else ""
    return Substitution(
        date=russian.date_numeric(lesson.date),
        number=str(lesson.number) if lesson.number > 0 else "",
        class_name=", ".join(group.class_ids),
        subject=group.subject.name + subgroup,
        planned=staff_name(ask, lesson.planned_teacher_id),
        taught=staff_name(ask, lesson.teacher_id),
        topic=russian.nbsp_text(lesson.topic.strip()),
        order=lesson.substitution_order.strip() or "приказа нет",
    )


def substitution_tables(register: SubstitutionRegister) -> tuple[Table, ...]:
    """The same for a spreadsheet."""
    return (
        Table(
            "Замещённые уроки",
            (
                Column("№", 6),
                Column("Дата", 12),
                Column("Урок", 7),
                Column("Класс", 10),
                Column("Предмет", 26),
                Column("Кого замещали", 24),
                Column("Кто провёл", 24),
                Column("Тема", 40),
                Column("Приказ", 20),
            ),
            [
                (
                    place, row.date, cell(row.number), row.class_name, row.subject, row.planned,
                    row.taught, row.topic, row.order,
                )
                for place, row in enumerate(register.rows, start=1)
            ],
            caption=f"{register.school}. {register.period}, {register.year}",
        ),
    )  # fmt: skip


def _make(ask: Ask) -> Iterator[Document | Finding]:
    found = school_views(ask)
    register = substitution_register(ask, found)
    tables = substitution_tables(register)
    yield Document(school_stem(ask, found), _TITLE, register, tables=tables)


KINDS = (
    Kind(
        name="register-substitutions",
        title=_TITLE,
        ground="R33",
        make=_make,
        formats=(Format.PDF, Format.DOCX, Format.XLSX),
        needs=frozenset({Need.PERIOD}),
    ),
)
