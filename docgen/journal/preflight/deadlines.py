"""MK-09, BD-01, BD-02: marks and lessons entered too late, a journal changed after its print."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING

from docgen.journal.codes import tidy
from docgen.journal.preflight.places import Skipped, report
from docgen.journal.preflight.results import period_finals
from docgen.journal.view import DEFAULT_WORK_KINDS, digest
from docgen.russian import date_numeric, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.journal.model import ClassJournal, Mark, Period, WorkKind
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Outcome

_UNDATED = "нет даты выставления"


def late_control_marks(journal: ClassJournal, norms: CheckNorms) -> Iterator[Outcome]:
    """MK-09: a control work marked after more days than its kind allows (R29)."""
    works = [(mark, kind) for mark, kind in _marks_with_kinds(journal) if kind and kind.is_control]
    for mark, kind in works:
        if not mark.set_at:
            continue
        taken, allowed = (_day(mark.set_at) - mark.date).days, _days(kind, norms)
        if taken > allowed:
            yield report(
                journal, "MK-09", mark, work=kind.name, taken=taken, allowed=allowed, mark=mark.raw
            )
    yield from _undated(journal, "MK-09", [mark.set_at for mark, _kind in works], "")


def backdated(journal: ClassJournal, norms: CheckNorms) -> Iterator[Outcome]:
    """BD-01: a lesson, a mark or a final mark entered after its deadline (2.1; R28, R29).

    Lessons, oral answers and homework have the same day, works the days of their kind; nothing is
    entered later than `lock_days` after the end of the period. Marks of exams and final marks
    come after the year and have no deadline here.
    """
    yield from _late_lessons(journal)
    yield from _late_marks(journal, norms)
    yield from _late_finals(journal, norms)


def _late_lessons(journal: ClassJournal) -> Iterator[Outcome]:
    lessons = [lesson for given in journal.lessons.values() for lesson in given]
    for lesson in lessons:
        if lesson.entered_at and _day(lesson.entered_at) > lesson.date:
            yield _late(journal, lesson, "урок внесён", lesson.entered_at, lesson.date)
    if lessons and not all(lesson.entered_at for lesson in lessons):
        yield Skipped("BD-01", f"{journal.unit.class_id}: нет даты внесения уроков")


def _late_marks(journal: ClassJournal, norms: CheckNorms) -> Iterator[Outcome]:
    parts = [item for item in journal.periods if item.kind is journal.unit.scheme.kind]
    lock = dt.timedelta(days=norms.lock_days)
    locks: dict[dt.date, dt.date] = {}
    moments = []
    for mark, kind in _marks_with_kinds(journal):
        moments.append(mark.set_at)
        if not mark.set_at:
            continue
        if mark.date not in locks:
            locks[mark.date] = _period_of(mark.date, parts, journal.period).end + lock
        allowed = dt.timedelta(days=_days(kind, norms) if kind else 0)
        deadline = min(mark.date + allowed, locks[mark.date])
        if _day(mark.set_at) > deadline:
            yield _late(journal, mark, f"отметка «{mark.raw}» выставлена", mark.set_at, deadline)
    yield from _undated(journal, "BD-01", moments, "")


def _late_finals(journal: ClassJournal, norms: CheckNorms) -> Iterator[Outcome]:
    deadline = journal.period.end + dt.timedelta(days=norms.lock_days)
    finals = [final for final in period_finals(journal) if final.period == journal.period.code]
    for final in finals:
        if final.set_at and _day(final.set_at) > deadline:
            what = f"итоговая отметка «{final.raw}» выставлена"
            yield _late(journal, final, what, final.set_at, deadline)
    yield from _undated(journal, "BD-01", [final.set_at for final in finals], "итоговых ")


def _late(journal: ClassJournal, row: object, what: str, moment: str, deadline: dt.date) -> Outcome:
    done, due = date_numeric(_day(moment)), date_numeric(deadline)
    return report(journal, "BD-01", row, what=f"{what} {done}", deadline=due)


def _undated(journal: ClassJournal, code: str, moments: list[str], sort: str) -> Iterator[Skipped]:
    """Say how many marks have no date of setting; `sort` is an adjective of theirs or ""."""
    without = moments.count("")
    if without:
        marks = plural(without, "отметки", "отметок", "отметок")
        adjective = sort.replace("ых", "ой") if marks == "отметки" else sort
        all_of_them = f"{_UNDATED} {sort}отметок" if sort else _UNDATED
        some = f"{_UNDATED} у {without} {adjective}{marks} из {len(moments)}"
        yield Skipped(
            code,
            all_of_them if without == len(moments) else f"{journal.unit.class_id}: {some}",
        )


def changed_after_print(
    journal: ClassJournal, _norms: CheckNorms, *, printed: str
) -> Iterator[Outcome]:
    """BD-02: the class's volume of the period was printed from other data than stand here now.

    `printed` is the digest registered at the last print, hex; "" when there was none.
    """
    if not printed:
        yield Skipped("BD-02", "прежней печати за этот период нет")
    elif digest(journal) != printed:
        yield report(journal, "BD-02", period=journal.period)


def _marks_with_kinds(journal: ClassJournal) -> Iterator[tuple[Mark, WorkKind | None]]:
    """Walk the marks with the kind of work: their own or the lesson's."""
    kinds = {
        (lesson.group_id, lesson.date, lesson.number): lesson.work_kind
        for lessons in journal.lessons.values()
        for lesson in lessons
    }
    named: dict[str, WorkKind | None] = {}
    for cell, marks in journal.marks.items():
        for mark in marks:
            value = mark.value
            if value is not None and value.empty:
                continue
            code = mark.work_kind.strip() or kinds.get(cell[:3], "")
            if code not in named:
                named[code] = journal.work_kinds.get(tidy(code))
            yield mark, named[code]


def _days(kind: WorkKind, norms: CheckNorms) -> int:
    """Tell how many days a kind of work gives for marking it."""
    if kind.days is not None:
        return kind.days
    usual = DEFAULT_WORK_KINDS.get(kind.code)
    return norms.work_days if usual is None or usual.days is None else usual.days


def _period_of(day: dt.date, parts: list[Period], otherwise: Period) -> Period:
    return next((item for item in parts if item.covers(day)), otherwise)


@lru_cache(maxsize=4096)
def _day(moment: str) -> dt.date:
    """Cut an ISO moment down to its day."""
    return dt.date.fromisoformat(moment[:10])
