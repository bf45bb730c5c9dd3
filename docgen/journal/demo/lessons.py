"""The lessons of the invented school's first quarter: what, when, by whom; who was there; marks."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from docgen.journal.demo.people import read_data

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from docgen.journal.demo.people import Child

CONTROL = {"КР", "Д", "СОЧ", "ИЗЛ"}
"""Works that everybody present gets a mark for."""

PAIRED = {"Д", "СОЧ", "ИЗЛ"}
"""Works marked twice: for content and for literacy."""

_WRITTEN = {"ПР", "СР", "Т", "ЛР"}
_QUIET_DAYS = 12
"""No pupil stays without a mark for longer, in days (MK-05 allows 21)."""


@dataclass(slots=True)
class DemoLesson:
    """A lesson of one group; `present` are the pupils who may get a mark."""

    group_id: str
    date: dt.date
    number: int
    topic: str
    homework: str
    kind: str
    planned: str
    taught: str
    order: str = ""
    present: list[Child] = field(default_factory=list)

    @property
    def entered_at(self) -> str:
        """The moment the lesson was entered: soon after it ended, the same day (R28)."""
        begin = dt.datetime.combine(self.date, dt.time(9, 20))
        return (begin + dt.timedelta(minutes=55 * (self.number - 1))).isoformat()


@dataclass(frozen=True, slots=True)
class DemoGroup:
    """A class or its part learning a subject from one teacher."""

    group_id: str
    class_id: str
    subject_id: str
    subgroup: str
    teacher_id: str
    hours: int
    children: Sequence[Child]
    whole_class: bool


@dataclass(frozen=True, slots=True)
class DemoMark:
    """A mark as the package writes it."""

    lesson: DemoLesson
    child: Child
    raw: str
    kind: str
    set_at: dt.date

    @property
    def values(self) -> list[int]:
        """The numbers of the mark: two of a pair."""
        return [int(part) for part in self.raw.split("/")]


Missed = dict[tuple[str, dt.date, int], tuple[str, str]]
"""By pupil, date and lesson number: code and reason."""


def lay_out(
    group: DemoGroup, timetable: Sequence[Sequence[str]], days: Sequence[dt.date]
) -> list[DemoLesson]:
    """Put the topics of a subject into the timetable's places of the days, in order.

    Raises ValueError when the topics and the places do not match: the data file is wrong then.
    """
    places = [
        (day, number)
        for day in days
        for number, subject in enumerate(timetable[day.weekday()], start=1)
        if subject == group.subject_id
    ]
    topics = _topics(group.class_id, group.subject_id)
    return [
        DemoLesson(group.group_id, day, number, *topic, group.teacher_id, group.teacher_id)
        for (day, number), topic in zip(places, topics, strict=True)
    ]


def _topics(class_id: str, subject_id: str) -> list[tuple[str, str, str]]:
    """Unfold the data file: a topic of two lessons becomes two with their numbers."""
    unfolded = []
    for line in read_data("topics.toml")[class_id][subject_id].strip().splitlines():
        topic, homework, kind, count = ([part.strip() for part in line.split("|")] + [""] * 3)[:4]
        for number in range(1, int(count or 1) + 1):
            title = topic if number == 1 else f"{topic} (урок {number})"
            unfolded.append((title, homework, kind))
    return unfolded


def absences(
    random_source: random.Random,
    children: Sequence[Child],
    timetable: Sequence[Sequence[str]],
    days: Sequence[dt.date],
) -> Missed:
    """Invent who was ill, excused, absent or late: every «Н» with its reason (R30)."""
    missed: Missed = {}
    for child in children:
        mine = [day for day in days if child.attends(day)]
        for _ in range(random_source.choice((0, 0, 0, 1, 1, 2))):
            first = random_source.randrange(len(mine))
            for day in mine[first : first + random_source.randint(2, 6)]:
                _whole_day(missed, child, day, timetable, ("Б", "болезнь"))
        if random_source.random() < 0.25:  # noqa: PLR2004 - every fourth pupil
            reason = random_source.choice(("заявление родителей", "участие в олимпиаде"))
            _whole_day(missed, child, random_source.choice(mine), timetable, ("У", reason))
        for code, reason, share in (
            ("О", "опоздание на 5 минут", 0.3),
            ("Н", "без уважительной причины", 0.15),
        ):
            if random_source.random() < share:
                day = random_source.choice(mine)
                number = 1 if code == "О" else len(timetable[day.weekday()])
                missed.setdefault((child.student_id, day, number), (code, reason))
    return missed


def _whole_day(
    missed: Missed,
    child: Child,
    day: dt.date,
    timetable: Sequence[Sequence[str]],
    record: tuple[str, str],
) -> None:
    for number in range(1, len(timetable[day.weekday()]) + 1):
        missed.setdefault((child.student_id, day, number), record)


def give_marks(
    random_source: random.Random,
    group: DemoGroup,
    lessons: Sequence[DemoLesson],
    abilities: dict[str, float],
    period_end: dt.date,
) -> list[DemoMark]:
    """Give marks as a careful teacher does: control works to all, answers to everybody in turn."""
    marks = []
    for child in group.children:
        level = abilities[child.student_id] + random_source.gauss(0, 0.2)
        attended = [lesson for lesson in lessons if child in lesson.present]
        for lesson, kind in _occasions(random_source, attended, group.hours):
            raw = _mark(random_source, level)
            if kind in PAIRED:
                raw = f"{raw}/{_mark(random_source, level)}"
            delay = random_source.randint(1, 4) if kind in CONTROL | _WRITTEN else 0
            set_at = min(lesson.date + dt.timedelta(days=delay), period_end)
            marks.append(DemoMark(lesson, child, raw, kind, set_at))
    return marks


def _occasions(
    random_source: random.Random, attended: Sequence[DemoLesson], hours: int
) -> list[tuple[DemoLesson, str]]:
    """Choose the lessons at which one pupil gets a mark, and for what kind of work."""
    chosen: dict[int, str] = {}
    last = attended[0].date if attended else None
    for place, lesson in enumerate(attended):
        if lesson.kind in CONTROL or (
            lesson.kind in _WRITTEN and random_source.random() < 0.9  # noqa: PLR2004 - some forget
        ):
            chosen[place] = lesson.kind
        elif random_source.random() < (0.3 if hours == 1 else 0.22):
            chosen[place] = random_source.choice(("ОТ", "ОТ", "ДЗ"))
        elif last is not None and (lesson.date - last).days > _QUIET_DAYS:
            chosen[place] = "ОТ"
        if place in chosen:
            last = lesson.date
    wanted = min(len(attended), 3 if hours == 1 else 6)
    free = [place for place in range(len(attended)) if place not in chosen]
    for place in random_source.sample(free, max(0, wanted - len(chosen))):
        chosen[place] = "ОТ"
    return [(attended[place], kind) for place, kind in sorted(chosen.items())]


def _mark(random_source: random.Random, level: float) -> str:
    return str(min(5, max(3, round(random_source.gauss(level, 0.6)))))


def final_marks(marks: Sequence[DemoMark]) -> dict[str, int]:
    """Round each pupil's average half up (FM-03), both values of a pair counted."""
    values: defaultdict[str, list[int]] = defaultdict(list)
    for mark in marks:
        values[mark.child.student_id] += mark.values
    return {
        student: int(Fraction(sum(numbers), len(numbers)) + Fraction(1, 2))
        for student, numbers in values.items()
    }
