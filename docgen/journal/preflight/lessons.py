"""LS: what was taught, when, by whom, and what was set for home."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from docgen.journal.codes import PeriodKind, tidy
from docgen.journal.preflight.days import calendar_of, day_off
from docgen.journal.preflight.norms import listed
from docgen.journal.preflight.places import Skipped, report
from docgen.journal.preflight.roster import marked_groups
from docgen.russian import plural

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from docgen.core.findings import Finding
    from docgen.journal.model import ClassJournal, Lesson
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Outcome

_EMPTY = re.compile(r"[\W_]*")
_SHORTEST_TOPIC = 3
"""Letters of the shortest topic that says something: «Имя»."""


def missing_topic(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Finding]:
    """LS-02: a lesson without a topic: nothing, a dash, or fewer than three letters.

    A class none of whose lessons has one comes from a system that gives no topics: told once.
    """
    lacking = [lesson for lesson in _lessons(journal) if _lacks_topic(lesson)]
    if lacking and not any(tidy(lesson.topic) for lesson in _lessons(journal)):
        what = f"Не записана тема ни одного урока (всего уроков: {len(lacking)})"
        yield report(journal, "LS-02", period=journal.period, what=what)
        return
    for lesson in lacking:
        topic = tidy(lesson.topic)
        what = f"Вместо темы урока стоит «{topic}»" if topic else "Не записана тема урока"
        yield report(journal, "LS-02", lesson, what=what)


def _lacks_topic(lesson: Lesson) -> bool:
    topic = tidy(lesson.topic)
    return len(topic) < _SHORTEST_TOPIC or bool(_EMPTY.fullmatch(topic))


def missing_homework(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """LS-03: an empty homework field; «не задано» is an answer.

    Grade 1, control works, the last lesson of the year and exempt subjects need none.
    """
    if journal.unit.grade < norms.first_marked_grade:
        return
    year_end = max((period.end for period in journal.periods), default=journal.period.end)
    for group in journal.groups:
        if listed(group.subject, norms.homework_exempt):
            continue
        lessons = journal.lessons.get(group.group_id, ())
        if journal.period.end >= year_end:
            lessons = lessons[:-1]
        for lesson in lessons:
            kind = journal.work_kinds.get(tidy(lesson.work_kind))
            control = kind is not None and kind.is_control
            if not control and not tidy(lesson.homework):
                yield report(journal, "LS-03", lesson)


def missing_teacher(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Finding]:
    """LS-06: a lesson nobody taught, or a substitution without an order (R33)."""
    for lesson in _lessons(journal):
        if not lesson.teacher_id:
            yield report(journal, "LS-06", lesson, what="не указан учитель")
        elif lesson.substituted and not tidy(lesson.substitution_order):
            yield report(journal, "LS-06", lesson, what="замена без приказа")


def on_a_day_off(journal: ClassJournal, norms: CheckNorms) -> Iterator[Outcome]:
    """LS-01: a lesson on a holiday, in a vacation, on a weekend; the school may allow days."""
    calendar = calendar_of(journal)
    if not calendar:
        yield Skipped("LS-01", "в журнале нет учебного календаря, видны только воскресенья")
    reasons: dict[dt.date, str] = {}
    for lesson in _lessons(journal):
        if lesson.date not in reasons:
            reasons[lesson.date] = day_off(journal, calendar, lesson.date)
        what = reasons[lesson.date]
        if what and lesson.date not in norms.lesson_days_allowed:
            yield report(journal, "LS-01", lesson, what=what)


def repeated_topic(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """LS-04: one topic at more lessons in a row than the norm; the first of them is told."""
    for same in _runs(journal, lambda lesson: tidy(lesson.topic).casefold()):
        if len(same) > norms.same_topic_lessons:
            count = f"{len(same)} {plural(len(same), 'урок', 'урока', 'уроков')}"
            yield report(journal, "LS-04", same[0], topic=tidy(same[0].topic), count=count)


def unmarked_lessons(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """LS-08: more lessons in a row than the norm without any mark or absence; the first is told.

    Groups of several classes are left out: the others' marks stand in their own journals.
    """
    touched = {cell[:3] for cell in (*journal.marks, *journal.attendance)}
    whole = {group.group_id for group in marked_groups(journal, norms) if len(group.class_ids) == 1}

    def silent(lesson: Lesson) -> str:
        key = (lesson.group_id, lesson.date, lesson.number)
        return "silent" if lesson.group_id in whole and key not in touched else ""

    for same in _runs(journal, silent):
        if len(same) > norms.silent_lessons:
            count = f"{len(same)} {plural(len(same), 'урок', 'урока', 'уроков')}"
            yield report(journal, "LS-08", same[0], count=count)


def _runs(journal: ClassJournal, key: Callable[[Lesson], str]) -> Iterator[list[Lesson]]:
    """Cut every group's lessons into runs of one key; lessons whose key is "" belong to none."""
    for group in journal.groups:
        for name, lessons in groupby(journal.lessons.get(group.group_id, ()), key):
            if name:
                yield list(lessons)


def lessons_against_plan(journal: ClassJournal, norms: CheckNorms) -> Iterator[Outcome]:
    """LS-05: lessons given against the plan: more than the tolerance off, or a share missing.

    The year's plan is the sum of its periods', its tolerance that of all of them.
    """
    codes = _planned_periods(journal)
    if codes and not any(journal.lessons.values()):
        yield Skipped("LS-05", f"{journal.unit.class_id}: за период в журнале нет ни одного урока")
        return
    unplanned = []
    for group in journal.groups if codes else ():
        fact = len(journal.lessons.get(group.group_id, ()))
        hours = [group.plan[code] for code in codes if code in group.plan]
        if len(hours) < len(codes):
            unplanned.append(group.subject.name)
            continue
        plan = sum(hours)
        far = abs(fact - plan) > norms.plan_tolerance * len(codes)
        if far or fact < norms.plan_share * plan:
            yield report(
                journal,
                "LS-05",
                subject=group.subject.subject_id,
                period=journal.period,
                group=f" ({group.subgroup})" if group.subgroup else "",
                plan=f"{plan:g}".replace(".", ","),
                fact=fact,
            )
    if len(unplanned) == len(journal.groups):
        unplanned = ["ни у одного предмета"] if codes and unplanned else []
    for name in dict.fromkeys(unplanned):
        yield Skipped("LS-05", f"{journal.unit.class_id}, {name}: нет плана часов")


def _planned_periods(journal: ClassJournal) -> list[str]:
    """Name the periods whose plan the journal is held against; a quarter of half-years has none."""
    own = journal.unit.scheme.kind
    if journal.period.kind is PeriodKind.YEAR:
        return [
            item.code
            for item in journal.periods
            if item.kind is own and item.includes(journal.unit.grade)
        ]
    return [journal.period.code] if journal.period.kind is own else []


def _lessons(journal: ClassJournal) -> Iterator[Lesson]:
    for group in journal.groups:
        yield from journal.lessons.get(group.group_id, ())
