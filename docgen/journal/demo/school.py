"""The invented school's first quarter: who came and left, who taught, what was marked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from docgen.journal.demo.lessons import DemoGroup, absences, final_marks, give_marks, lay_out
from docgen.journal.demo.people import invent_classes, read_data
from docgen.journal.demo.year import (
    ADMISSION,
    ARRIVED,
    EXEMPT,
    FIRST_DAY,
    LAST_DAY,
    LEFT,
    LOCAL_ACTS,
    MARKED,
    order_text,
    school_days,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from docgen.journal.demo.lessons import DemoLesson, DemoMark, Missed
    from docgen.journal.demo.people import Child

    Row: TypeAlias = Sequence[object]


@dataclass(slots=True)
class DemoClass:
    """What happened in one class in the first quarter."""

    class_id: str
    children: list[Child]
    timetable: list[list[str]]
    groups: list[DemoGroup]
    lessons: dict[str, list[DemoLesson]] = field(default_factory=dict)
    missed: Missed = field(default_factory=dict)
    marks: list[DemoMark] = field(default_factory=list)
    finals: list[tuple[str, str, str, dt.date]] = field(default_factory=list)

    @property
    def grade(self) -> int:
        """The number of «7А»."""
        return int(self.class_id[:-1])


class DemoSchool:
    """Lives through the first quarter; `classes` and `orders` are what came of it."""

    def __init__(self, random_source: random.Random) -> None:
        self.random = random_source
        self.data = read_data("school.toml")
        self.orders: list[Row] = [
            (number, dt.date(2025, 8, 29), kind, "", "подписан", "") for number, kind in LOCAL_ACTS
        ]
        self.classes = [
            self._class(class_id, children)
            for class_id, children in invent_classes(random_source).items()
        ]
        self._substitute()
        for item in self.classes:
            self._teach(item)

    def _class(self, class_id: str, children: list[Child]) -> DemoClass:
        number, date = ADMISSION[class_id]
        self.orders.append((number, date, "о зачислении", "", "подписан", ""))
        for child in children:
            child.start = dt.date(date.year, 9, 1)
            child.start_order = order_text(number, date)
        if class_id == MARKED:
            self._move(children)
        timetable = self.data["timetable"][class_id]
        groups = [
            group
            for subject, teachers in self.data["teachers"][class_id].items()
            for group in _groups(class_id, subject, teachers, timetable, children)
        ]
        return DemoClass(class_id, children, timetable, groups)

    def _move(self, children: list[Child]) -> None:
        """One pupil comes, one leaves, one is exempt from physical education, each by an order."""
        newcomer, leaver, exempt = self.random.sample(children, 3)
        newcomer.start, number, date = ARRIVED
        newcomer.start_order = order_text(number, date)
        self._sign(number, date, "о зачислении в порядке перевода", newcomer)
        children.remove(newcomer)
        children.append(newcomer)
        for place, child in enumerate(children, start=1):
            child.list_no = place
        leaver.end, number, date = LEFT
        leaver.end_order = order_text(number, date)
        self._sign(number, date, "об отчислении в порядке перевода", leaver)
        subject, number, date = EXEMPT
        exempt.exempt = frozenset({subject})
        kind = "об освобождении от занятий физической культурой (освобождение на год)"
        self._sign(number, date, kind, exempt)

    def _sign(self, number: str, date: dt.date, kind: str, child: Child) -> None:
        self.orders.append((number, date, kind, child.student_id, "подписан", ""))

    def _substitute(self) -> None:
        """Lay out the lessons and give those of teachers who were away to their substitutes."""
        for item in self.classes:
            days = school_days(FIRST_DAY, LAST_DAY, item.grade)
            for group in item.groups:
                item.lessons[group.group_id] = lay_out(group, item.timetable, days)
        for place, row in enumerate(self.data["substitutions"]["rows"], start=1):
            day, class_id, subject, away, substitute = row
            date = dt.datetime.strptime(day, "%d.%m.%Y").date()  # noqa: DTZ007 - a date
            number = f"{70 + place}-к"
            self.orders.append((number, date, "о замене уроков", substitute, "подписан", ""))
            for item in self.classes:
                for group in item.groups:
                    if (item.class_id, group.subject_id, group.teacher_id) == (
                        class_id,
                        subject,
                        away,
                    ):
                        for lesson in item.lessons[group.group_id]:
                            if lesson.date == date:
                                lesson.taught = substitute
                                lesson.order = order_text(number, date)

    def _teach(self, item: DemoClass) -> None:
        """Note who was there, give the marks, close the quarter."""
        days = school_days(FIRST_DAY, LAST_DAY, item.grade)
        item.missed = absences(self.random, item.children, item.timetable, days)
        levels = {
            child.student_id: min(4.9, max(3.2, self.random.gauss(4.1, 0.5)))
            for child in item.children
        }
        for group in item.groups:
            lessons = item.lessons[group.group_id]
            for lesson in lessons:
                lesson.present = [
                    child
                    for child in group.children
                    if child.attends(lesson.date)
                    and group.subject_id not in child.exempt
                    and item.missed.get((child.student_id, lesson.date, lesson.number), ("О",))[0]
                    == "О"
                ]
            if item.class_id == MARKED:
                marks = give_marks(self.random, group, lessons, levels, LAST_DAY)
                item.marks += marks
                self._close(item, group, final_marks(marks))

    def _close(self, item: DemoClass, group: DemoGroup, finals: dict[str, int]) -> None:
        for child in group.children:
            if child.attends(LAST_DAY):
                exempt = group.subject_id in child.exempt
                raw = "осв" if exempt else str(finals.get(child.student_id, "н/а"))
                item.finals.append((child.student_id, group.subject_id, raw, LAST_DAY))


def _groups(
    class_id: str,
    subject: str,
    teachers: list[str],
    timetable: list[list[str]],
    children: list[Child],
) -> list[DemoGroup]:
    """One group for the class, or two: boys and girls at work, halves of the list elsewhere."""
    hours = sum(day.count(subject) for day in timetable)
    if len(teachers) == 1:
        name = f"{class_id}-{subject}"
        return [DemoGroup(name, class_id, subject, "", teachers[0], hours, children, True)]
    boys = [child for child in children if child.gender == "м"]
    girls = [child for child in children if child.gender == "ж"]
    half = (len(children) + 1) // 2
    parts = {
        "ТРУ": (("мальчики", boys), ("девочки", girls)),
    }.get(subject, (("1", children[:half]), ("2", children[half:])))
    return [
        DemoGroup(
            f"{class_id}-{subject}-{place}",
            class_id,
            subject,
            label,
            teacher,
            hours,
            part,
            whole_class=False,
        )
        for place, (teacher, (label, part)) in enumerate(zip(teachers, parts, strict=True), start=1)
    ]
