"""What a command is about: the period and the classes a person named."""

from __future__ import annotations

from collections.abc import Sequence

from docgen.core.errors import UsageFault
from docgen.journal.model import ClassUnit, Period
from docgen.journal.store import Journal


def chosen_period(journal: Journal, code: str) -> Period:
    """The journal's period of that code; raises UsageFault naming the codes there are."""
    periods = {period.code.casefold(): period for period in journal.periods()}
    period = periods.get(code.strip().casefold())
    if period is None:
        raise UsageFault(
            f"периода «{code}» в журнале нет",
            remedy="Есть: " + ", ".join(item.code for item in periods.values()) + ".",
        )
    return period


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
