"""Subgroups told from lessons, because answers about pupils do not name them.

Pupils whose lessons of a subject contradict each other are in different subgroups: another teacher
or topic at one hour, or each has lessons the other has not on days both are seen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from docgen.journal.sources.saved_answers_cells import Cell, Days, Ranked, Slot

Slots = Mapping[tuple[dt.date, Slot], tuple[str, ...]]
"""What identifies the lesson at each day and slot: teacher, topic, homework, as far as told."""


@dataclass(slots=True)
class _Subgroup:
    """Pupils who fit together, the lessons they show, the days they are seen on."""

    members: dict[str, Days] = field(default_factory=dict)
    slots: dict[tuple[dt.date, Slot], tuple[str, ...]] = field(default_factory=dict)
    seen: set[dt.date] = field(default_factory=set)

    def fits(self, slots: Slots, seen: set[dt.date]) -> bool:
        """Whether a pupil with these lessons, seen on these days, may be one of them."""
        if any(_contradict(self.slots.get(key, ()), slots[key]) for key in slots):
            return False
        more = any(key not in self.slots and key[0] in self.seen for key in slots)
        return not (more and any(key not in slots and key[0] in seen for key in self.slots))

    def take(self, student_id: str, days: Days, slots: Slots, seen: set[dt.date]) -> None:
        """Take a pupil in, and what the pupil's lessons tell."""
        self.members[student_id] = days
        for key, identity in slots.items():
            known = self.slots.get(key, ("",) * len(identity))
            self.slots[key] = tuple(old or new for old, new in zip(known, identity, strict=True))
        self.seen |= seen


def subgroups(
    pupils: Mapping[str, Days], seen: Mapping[str, set[dt.date]]
) -> list[dict[str, Days]]:
    """Split the pupils of a subject into subgroups, most often into one; their order stays.

    `seen` are the days a pupil's answers are about, with any lesson. A pupil with two different
    lessons at one hour is in several subgroups, with the lessons of each.
    """
    slots = {key: _slots(days) for key, days in pupils.items()}
    torn = [key for key, days in pupils.items() if _two_at_once(days)]
    found: list[_Subgroup] = []
    for key in sorted(set(pupils) - set(torn), key=lambda item: (-len(slots[item]), item)):
        if slots[key]:
            fitting = [item for item in found if item.fits(slots[key], seen.get(key, set()))]
            if not fitting:
                found.append(_Subgroup())
                fitting = found[-1:]
            best = max(fitting, key=lambda item: len(item.slots.keys() & slots[key].keys()))
            best.take(key, pupils[key], slots[key], seen.get(key, set()))
    loose = {key: pupils[key] for key in pupils if not slots[key]}
    if not found:
        return [dict(pupils)]
    for key in torn:
        _tear(key, pupils[key], found)
    order = {key: place for place, key in enumerate(pupils)}
    groups = [item.members for item in found]
    if loose and len(groups) == 1:
        groups[0].update(loose)
    groups = [dict(sorted(group.items(), key=lambda item: order[item[0]])) for group in groups]
    groups.sort(key=lambda group: [order[key] for key in group])
    return [*groups, loose] if loose and len(groups) > 1 else groups


def _slots(days: Days) -> dict[tuple[dt.date, Slot], tuple[str, ...]]:
    return {
        (day, slot): cell.identity
        for day, ranked in days.items()
        for cell in ranked[min(ranked)]
        if (slot := cell.slot) is not None
    }


def _contradict(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return any(a and b and a != b for a, b in zip(one, other, strict=False))


def _two_at_once(days: Days) -> bool:
    """Whether a pupil has two different lessons at one hour."""
    for ranked in days.values():
        known: dict[Slot, tuple[str, ...]] = {}
        for cell in ranked[min(ranked)]:
            if cell.slot and _contradict(known.setdefault(cell.slot, cell.identity), cell.identity):
                return True
    return False


def _tear(student_id: str, days: Days, found: list[_Subgroup]) -> None:
    """Put every lesson of a pupil to the subgroup that has it; the rest to the first of them."""
    shares: list[Days] = [{} for _ in found]
    for day, ranked in days.items():
        for rank, cells in ranked.items():
            for cell in cells:
                place = _home(day, cell, found)
                own: Ranked = shares[place].setdefault(day, {})
                own.setdefault(rank, []).append(cell)
    for group, share in zip(found, shares, strict=True):
        if share:
            group.members[student_id] = share


def _home(day: dt.date, cell: Cell, found: list[_Subgroup]) -> int:
    """Find the subgroup that has a lesson: nothing told contradicts, most of it agrees."""
    agreeing: dict[int, int] = {}
    for place, group in enumerate(found):
        known = group.slots.get((day, cell.slot)) if cell.slot else None
        if known is not None and not _contradict(known, cell.identity):
            agreeing[place] = sum(
                bool(own) and own == told for own, told in zip(known, cell.identity, strict=True)
            )
    return max(agreeing, key=lambda place: agreeing[place], default=0)
