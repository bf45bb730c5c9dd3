"""What no class's journal shows: references that lead nowhere, lessons outside every period."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from docgen.core.findings import Finding, finding
from docgen.journal.model import Lesson, TeachingGroup
from docgen.journal.preflight.places import source_refs
from docgen.journal.preflight.structure import dangling
from docgen.russian import date_numeric, plural

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from docgen.journal.model import Period, SourceRef
    from docgen.journal.references import Stray
    from docgen.journal.store import Journal


def unknown_keys(journal: Journal, periods: Sequence[Period]) -> Iterator[Finding]:
    """ST-01 for every row of the school; dated rows outside `periods`, if any are named, are left.

    A pupil, a class, a subject, a group, a lesson or a person of the staff nobody has listed.
    """
    sources = journal.source_files()
    groups = {group.group_id: group for group in journal.select(TeachingGroup)}
    for stray in journal.strays():
        if not periods or _concerns(stray.row, periods):
            yield _stray(stray, sources, groups.get(getattr(stray.row, "group_id", "")))


def _concerns(row: object, periods: Sequence[Period]) -> bool:
    day = getattr(row, "date", None)
    code = getattr(row, "period", "")
    if day is not None:
        return any(period.covers(day) for period in periods)
    return not code or any(period.code == code for period in periods)


def _stray(stray: Stray, sources: Mapping[int, SourceRef], group: TeachingGroup | None) -> Finding:
    row = stray.row
    subject = group.subject_id if group else getattr(row, "subject_id", "")
    class_id = group.class_ids if group else getattr(row, "class_id", "")
    source = sources.get(row.source)
    day = getattr(row, "date", None)
    refs = {
        "class": "" if "," in class_id else class_id,
        "subject": subject,
        "date": day.isoformat() if day else "",
        "number": str(getattr(row, "number", "")),
        "student": getattr(row, "student_id", ""),
        "period": getattr(row, "period", ""),
    }
    names = (
        refs["class"],
        date_numeric(day) if day else "",
        source.address(row.cell) if source else "",
    )
    return finding(
        "ST-01",
        " / ".join(filter(None, names)),
        refs={key: value for key, value in refs.items() if value} | source_refs(sources, row),
        value=stray.value,
        what=dangling(row, stray.field, stray.value),
    )


def lessons_outside_periods(journal: Journal) -> Iterator[Finding]:
    """PD-01: lessons on days in none of their class's periods: no volume would hold them."""
    periods = journal.periods()
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for group in journal.select(TeachingGroup):
        for class_id in filter(None, group.class_ids.split(",")):
            groups[class_id].append(group.group_id)
    for unit in journal.classes():
        mine = [
            period
            for period in periods
            if period.kind is unit.scheme.kind and period.includes(unit.grade)
        ]
        days = _days_outside(journal, groups[unit.class_id], mine)
        if days:
            noun = plural(len(days), "урок", "урока", "уроков")
            first = min(days)
            yield finding(
                "PD-01",
                f"{unit.class_id} / Периоды",
                refs={"class": unit.class_id, "date": first.isoformat()},
                what=f"{len(days)} {noun} класса вне учебных периодов, "
                f"первый {date_numeric(first)}",
            )


def _days_outside(
    journal: Journal, groups: Sequence[str], periods: Sequence[Period]
) -> list[dt.date]:
    """List the days of the groups' lessons that no period covers."""
    among = ", ".join("?" * len(groups))
    inside = " OR ".join(["date BETWEEN ? AND ?"] * len(periods)) or "FALSE"
    bounds = [day.isoformat() for period in periods for day in (period.start, period.end)]
    rows = journal.select(Lesson, f"group_id IN ({among}) AND NOT ({inside})", [*groups, *bounds])
    return [lesson.date for lesson in rows]
