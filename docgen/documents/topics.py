"""The right page of a subject: topics, homework, substitutions (R2, R33; documents.md, 3 c)."""

from __future__ import annotations

from docgen import russian
from docgen.documents.copy import CopyContext, blank, hours, order_text
from docgen.documents.marks import subject_title
from docgen.journal.model import ClassJournal, Group, Lesson, Staff
from docgen.rendering.sheet import Flow, Line, Sheet

_SLOTS = ("number", "date", "topic", "kind", "homework", "hours", "substitution")


def topics_sheet(journal: ClassJournal, group: Group, copy: CopyContext, teacher: str) -> Sheet:
    """The lessons of one group in rows; runs on over as many pages as the texts need."""
    lessons = journal.lessons.get(group.group_id, ())
    return Sheet(
        blank=blank("topics-sheet"),
        entries=copy.heading(subject_title(group), f"Учитель: {teacher}", teacher),
        flow=Flow(
            slots=_SLOTS,
            rows=tuple(
                _row(number, lesson, journal) for number, lesson in enumerate(lessons, start=1)
            ),
            last=(Line("totals", _programme(journal, group, len(lessons))),),
        ),
        bookmark="Темы и домашние задания",
    )


def _row(number: int, lesson: Lesson, journal: ClassJournal) -> tuple[str, ...]:
    return (
        str(number),
        f"{lesson.date:%d.%m.%Y}",
        russian.nbsp_text(lesson.topic),
        lesson.work_kind,
        russian.nbsp_text(lesson.homework),
        "1",
        _substitution(lesson, journal),
    )


def _substitution(lesson: Lesson, journal: ClassJournal) -> str:
    """«Иванова И.И., пр. № 5-к от 03.10.2025»: who taught instead, and by which order (R33)."""
    if not lesson.substituted:
        return ""
    who = staff_name(journal.staff.get(lesson.teacher_id)) or lesson.teacher_id
    order = lesson.substitution_order
    return f"{who}, {order_text(order)}" if order else who


def staff_name(person: Staff | None) -> str:
    """«Фамилия И.О.», "" for nobody."""
    return russian.initials_after(person.last, person.first, person.middle) if person else ""


def _programme(journal: ClassJournal, group: Group, given: int) -> str:
    plan = group.plan.get(journal.period.code)
    if plan is None:
        return f"Дано уроков: фактически {given}."
    behind = plan - given
    state = (
        "программа выполнена"
        if behind <= 0
        else f"отставание {hours(behind)} {russian.plural(int(behind), 'час', 'часа', 'часов')}"
    )
    return f"Дано уроков: по плану {hours(plan)}, фактически {given}, {state}."
