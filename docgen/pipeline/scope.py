"""What a command is about: the period and the classes a person named."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from docgen.core.errors import UsageFault
from docgen.journal.codes import PeriodKind
from docgen.journal.model import ClassUnit, Period, TeachingGroup
from docgen.journal.store import Journal


def chosen_period(journal: Journal, code: str = "") -> Period:
    """The journal's period of that code, or the last one with lessons.

    Raises UsageFault naming the codes there are, or when there is no lesson yet.
    """
    if not code:
        return _latest_period(journal)
    periods = {period.code.casefold(): period for period in journal.periods()}
    period = periods.get(code.strip().casefold())
    if period is None:
        raise UsageFault(
            f"периода «{code}» в журнале нет",
            remedy="Есть: " + ", ".join(item.code for item in periods.values()) + ".",
        )
    return period


def _latest_period(journal: Journal) -> Period:
    """The last period in which many classes had lessons: a slip of a date makes no period."""
    days: defaultdict[str, set[dt.date]] = defaultdict(set)
    taught = defaultdict(set)
    for group_id, day in journal.connection.execute("SELECT DISTINCT group_id, date FROM lessons"):
        taught[group_id].add(dt.date.fromisoformat(day))
    for group in journal.select(TeachingGroup):
        for class_id in group.class_ids.split(","):
            days[class_id] |= taught[group.group_id]
    lively = {
        period.code: sum(
            any(map(period.covers, days[unit.class_id])) for unit in journal.classes_of(period.code)
        )
        for period in journal.periods()
        if period.kind is not PeriodKind.YEAR
    }
    most = max(lively.values(), default=0)
    if not most:
        raise UsageFault(
            "в журнале нет ни одного урока",
            remedy="Загрузите файлы журнала или укажите период: --period Q1.",
        )
    busy = [item for item in journal.periods() if 2 * lively.get(item.code, 0) >= most]
    return max(busy, key=lambda item: (item.start, lively[item.code]))


def chosen_classes(journal: Journal, period: Period, names: Sequence[str]) -> tuple[ClassUnit, ...]:
    """Classes whose scheme has the period, all or the named ones; raises UsageFault."""
    units = journal.classes_of(period.code)
    if not units:
        raise UsageFault(
            f"нет ни одного класса, у которого есть период «{period.name}»",
            remedy="Проверьте схему периодов классов и классы в файле периодов.",
        )
    if not names:
        return units
    known = {_class_key(unit.class_id): unit for unit in units}
    missing = [name for name in names if _class_key(name) not in known]
    if missing:
        raise UsageFault(
            f"класса «{missing[0]}» с периодом «{period.name}» в журнале нет",
            remedy="Есть: " + ", ".join(unit.class_id for unit in units) + ".",
        )
    wanted = {_class_key(name) for name in names}
    return tuple(unit for unit in units if _class_key(unit.class_id) in wanted)


def _class_key(name: str) -> str:
    return name.replace(" ", "").replace("«", "").replace("»", "").casefold()
