"""LS and DC-04: what was taught, by whom, and what was set for home."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docgen.journal.codes import tidy
from docgen.journal.preflight.norms import listed
from docgen.journal.preflight.places import Skipped, report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.core.findings import Finding
    from docgen.journal.model import ClassJournal, Lesson
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Outcome

_EMPTY = re.compile(r"[\W_]*")
_ORDER = re.compile(r"(?:№\s*)?(?P<number>\S+?)[,;]?(?:\s+от\s+(?P<date>\S+?)(?:\s*г\.)?)?")


def missing_topic(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """LS-02: a lesson without a topic: nothing, a dash, or fewer letters than the norm."""
    for lesson in _lessons(journal):
        topic = tidy(lesson.topic)
        if len(topic) < norms.topic_length or _EMPTY.fullmatch(topic):
            yield report(journal, "LS-02", lesson, topic=topic)


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


def unregistered_orders(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Outcome]:
    """DC-04: an order of a substitution or of a pupil's move that the registry does not hold."""
    if not journal.orders:
        yield Skipped("DC-04", "в журнале нет реестра приказов")
        return
    known = {_number(order.number) for order in journal.orders}
    references = [(lesson, lesson.substitution_order) for lesson in _lessons(journal)]
    stays = {stay for pupil in journal.pupils for stay in pupil.stays or (pupil.enrollment,)}
    for row, text in [
        *references,
        *((stay, stay.start_order) for stay in stays),
        *((stay, stay.end_order) for stay in stays),
    ]:
        if tidy(text) and _number(text) not in known:
            yield report(journal, "DC-04", row, order=tidy(text))


def _number(order: str) -> str:
    """Cut «№ 12-к от 24.09.2025» down to the number."""
    text = tidy(order)
    parts = _ORDER.fullmatch(text)
    return (parts["number"] if parts else text).casefold()


def _lessons(journal: ClassJournal) -> Iterator[Lesson]:
    for group in journal.groups:
        yield from journal.lessons.get(group.group_id, ())
