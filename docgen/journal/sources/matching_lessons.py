"""Which group and which lesson of one system is which of another.

Groups of one class and subject meet by their pupils, their teacher, their name. A system that knows
no subgroups has its marks shared out by who learns where. A system that knows no lesson numbers
(they stand below 1) has its lessons placed by what both systems
hold of them, else by their order.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations, product
from typing import Any

from docgen.core.findings import Finding, finding
from docgen.journal.codes import mark_value, tidy
from docgen.journal.model import Attendance, GroupMember, Lesson, Mark, TeachingGroup
from docgen.journal.sources.holdings import Holding
from docgen.journal.sources.matching import GROUP, Address, free_key, plain, rename

Day = tuple[str, dt.date]
_CELLS = (Mark, Attendance)


def match_groups(base: Holding, other: Holding) -> None:
    """Give the groups of both one set of keys; the finer division of a class is kept."""
    known = _by_subject(base)
    keys: dict[str, str] = {}
    taken = {group.group_id for group in base.of(TeachingGroup)}
    for subject, others in _by_subject(other).items():
        ours = known.get(subject, [])
        if len(ours) == 1 and len(others) > 1 and not ours[0].subgroup:
            keys |= {one.group_id: free_key(one.group_id, taken, other.system) for one in others}
            fine = [replace(one, group_id=keys[one.group_id]) for one in others]
            _share_out(base, ours[0], fine, _members(other, keys))
        elif len(others) == 1 and len(ours) > 1 and not others[0].subgroup:
            _share_out(other, others[0], ours, _members(base, {}))
        else:
            keys |= _pair(ours, others, _members(base, {}), _members(other, {}))
    for group in other.of(TeachingGroup):
        keys.setdefault(group.group_id, free_key(group.group_id, taken, other.system))
    rename(other, GROUP, keys)


def _by_subject(holding: Holding) -> dict[tuple[frozenset[str], str], list[TeachingGroup]]:
    groups = defaultdict(list)
    for group in holding.of(TeachingGroup):
        groups[frozenset(group.class_ids.split(",")), group.subject_id].append(group)
    return groups


def _members(holding: Holding, keys: Mapping[str, str]) -> dict[str, set[str]]:
    members: dict[str, set[str]] = defaultdict(set)
    for member in holding.of(GroupMember):
        members[keys.get(member.group_id, member.group_id)].add(member.student_id)
    return members


def _pair(
    ours: Sequence[TeachingGroup],
    others: Sequence[TeachingGroup],
    our_members: Mapping[str, set[str]],
    their_members: Mapping[str, set[str]],
) -> dict[str, str]:
    """Pair the groups that are most alike; a class that is one group on both sides is alike."""

    def likeness(one: TeachingGroup, other: TeachingGroup) -> tuple[float, bool, bool]:
        mine = our_members.get(one.group_id, set())
        theirs = their_members.get(other.group_id, set())
        shared = len(mine & theirs) / (min(len(mine), len(theirs)) or 1)
        teachers = set(one.teacher_ids.split(",")) & set(other.teacher_ids.split(",")) - {""}
        return (shared, bool(teachers), plain(one.subgroup) == plain(other.subgroup))

    keys: dict[str, str] = {}
    pairs = sorted(
        ((likeness(one, other), one, other) for one, other in product(ours, others)),
        key=lambda pair: pair[0],
        reverse=True,
    )
    alone = len(ours) == len(others) == 1
    for alike, one, other in pairs:
        used = one.group_id in keys.values() or other.group_id in keys
        if not used and (alone or any(alike)):
            keys[other.group_id] = one.group_id
    return keys


def _share_out(
    holding: Holding,
    coarse: TeachingGroup,
    fine: Sequence[TeachingGroup],
    members: Mapping[str, set[str]],
) -> None:
    """Put what a system holds of a whole class into the subgroups its pupils learn in.

    The lessons of the whole class follow the marks: which subgroup had which topic it cannot know.
    """
    group_of = {pupil: one.group_id for one in fine for pupil in members.get(one.group_id, ())}
    slots: set[tuple[str, dt.date, int]] = set()
    left = False
    for entity in _CELLS:
        rows = holding.rows[entity]
        for place, row in enumerate(rows):
            if row.group_id != coarse.group_id:
                continue
            target = group_of.get(row.student_id)
            left = left or target is None
            if target is not None:
                rows[place] = replace(row, group_id=target)
                slots.add((target, row.date, row.number))
    lessons: list[Lesson] = []
    for lesson in holding.of(Lesson):
        if lesson.group_id != coarse.group_id:
            lessons.append(lesson)
            continue
        lessons += [
            replace(lesson, group_id=group, topic="", homework="")
            for group, date, number in slots
            if (date, number) == (lesson.date, lesson.number)
        ]
        if left:
            lessons.append(lesson)
    holding.rows[Lesson] = lessons
    if not left:
        for owner in (TeachingGroup, GroupMember):
            holding.rows[owner] = [
                row for row in holding.rows[owner] if row.group_id != coarse.group_id
            ]


def match_lessons(
    base: Holding, other: Holding, address: Address, preferred: Mapping[str, bool]
) -> list[Finding]:
    """Give the lessons of one day in both systems the same numbers.

    `preferred` tells whose word counts where lessons cannot be placed: the other's rows of that
    day are left out then. Without a preferred system it is a finding (IM-26).
    """
    findings = []
    ours, theirs = _days(base), _days(other)
    unplaced = {
        day for day in theirs.keys() & ours.keys() if min(ours[day]) < 1 or min(theirs[day]) < 1
    }
    our_lessons, their_lessons = _lessons(base, unplaced), _lessons(other, unplaced)
    renumber: tuple[dict[tuple[str, dt.date, int], int], ...] = ({}, {})
    dropped: dict[str, set[Day]] = {base.system: set(), other.system: set()}
    coarse: dict[str, set[Day]] = {base.system: set(), other.system: set()}
    for day in sorted(unplaced):
        mine, their = sorted(ours[day], key=_order), sorted(theirs[day], key=_order)
        pairs = _placed(day, mine, their, our_lessons, their_lessons)
        if pairs is None:
            winner = next((name for name in dropped if preferred.get(name)), "")
            if winner:
                dropped[next(name for name in dropped if name != winner)].add(day)
            else:
                findings.append(_unplaced(day, base, other, address))
            continue
        if len(mine) != len(their):
            coarse[base.system if len(mine) < len(their) else other.system].add(day)
        for one, two in pairs:
            if one > 0 or (two < 1 and len(mine) >= len(their)):
                renumber[1][*day, two] = one
            else:
                renumber[0][*day, one] = two
    for holding, numbers in zip((base, other), renumber, strict=True):
        _renumber(holding, numbers, dropped[holding.system])
    _follow(base, other, coarse[base.system])
    _follow(other, base, coarse[other.system])
    return findings


def _order(number: int) -> int:
    """Lessons without a number are 0, -1, -2 … in the order of the day."""
    return number if number > 0 else -number


def _days(holding: Holding) -> dict[Day, set[int]]:
    days: dict[Day, set[int]] = defaultdict(set)
    for entity in (Lesson, *_CELLS):
        for row in holding.rows[entity]:
            days[row.group_id, row.date].add(row.number)
    return days


@dataclass(slots=True)
class _Lesson:
    """What tells a lesson from others of its day: its topic, homework, and who got what."""

    topic: str = ""
    homework: str = ""
    cells: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def agreement(self, other: _Lesson) -> int:
        """How much speaks for the two being one lesson; below 0 where more speaks against it."""
        shared = self.cells.keys() & other.cells.keys()
        score = sum(2 if self.cells[key] & other.cells[key] else -4 for key in shared)
        if self.topic and other.topic:
            score += _TOPIC if self.topic == other.topic else -_TOPIC
        return score + bool(self.homework and self.homework == other.homework)


_TOPIC = 10
_MOST = 6
"""So many lessons of one subject on one day are compared in every order."""

Lessons = Mapping[tuple[str, dt.date, int], _Lesson]


def _lessons(holding: Holding, days: set[Day]) -> Lessons:
    """What tells the lessons of these days apart."""
    lessons: dict[tuple[str, dt.date, int], _Lesson] = defaultdict(_Lesson)
    for lesson in holding.of(Lesson):
        if (lesson.group_id, lesson.date) not in days:
            continue
        told = lessons[lesson.group_id, lesson.date, lesson.number]
        told.topic, told.homework = plain(lesson.topic), plain(lesson.homework)
    for entity in _CELLS:
        for row in holding.rows[entity]:
            if (row.group_id, row.date) in days:
                lessons[row.group_id, row.date, row.number].cells[row.student_id].add(_worth(row))
    return lessons


def _placed(
    day: Day, mine: Sequence[int], their: Sequence[int], ours: Lessons, theirs: Lessons
) -> list[tuple[int, int]] | None:
    """Pairs of numbers of one day's lessons; None when it cannot be told which is which."""
    if len(mine) == len(their) == 1:
        return [(mine[0], their[0])]
    if max(len(mine), len(their)) > _MOST:
        return None
    few, many = (mine, their) if len(mine) <= len(their) else (their, mine)
    turned = few is their
    empty = _Lesson()
    ways: list[tuple[int, list[tuple[int, int]]]] = []
    for order in permutations(many, len(few)):
        pairs = [(two, one) if turned else (one, two) for one, two in zip(few, order, strict=True)]
        score = sum(
            ours.get((*day, one), empty).agreement(theirs.get((*day, two), empty))
            for one, two in pairs
        )
        ways.append((score, pairs))
    # Of equals the first is the one that keeps the order of the day.
    score, pairs = max(ways, key=lambda way: way[0])
    certain = sum(way[0] == score for way in ways) == 1 or len(few) == len(many)
    return pairs if certain and score >= 0 else None


def _unplaced(day: Day, base: Holding, other: Holding, address: Address) -> Finding:
    first, second = (
        next(
            row
            for entity in (Lesson, *_CELLS)
            for row in holding.rows[entity]
            if (row.group_id, row.date) == day
        )
        for holding in (base, other)
    )
    return finding(
        "IM-26",
        address(second),
        refs={"date": day[1].isoformat()},
        date=f"{day[1]:%d.%m.%Y}",
        first=address(first),
        second=address(second),
        system=other.system,
    )


def _renumber(
    holding: Holding,
    numbers: Mapping[tuple[str, dt.date, int], int],
    dropped: Iterable[Day],
) -> None:
    dropped = set(dropped)
    if not numbers and not dropped:
        return
    for entity in (Lesson, *_CELLS):
        kept: list[Any] = []
        for row in holding.rows[entity]:
            if (row.group_id, row.date) in dropped:
                continue
            number = numbers.get((row.group_id, row.date, row.number))
            kept.append(row if number is None else replace(row, number=number))
        holding.rows[entity] = kept


def _follow(coarse: Holding, fine: Holding, days: Iterable[Day]) -> None:
    """Put a pupil's marks and the homework of a day where the other system has the same ones.

    A system that sees one lesson where there were two cannot tell to which of them these belong.
    """
    days = set(days)
    if not days:
        return
    given = {((row.group_id, row.date), row.homework) for row in fine.of(Lesson)}
    coarse.rows[Lesson] = [
        replace(row, homework="") if (day, row.homework) in given and day in days else row
        for row in coarse.of(Lesson)
        for day in ((row.group_id, row.date),)
    ]
    for entity in _CELLS:
        rows = coarse.rows[entity]
        places = _pupils_days(rows, days)
        twins = fine.rows[entity]
        for key, there in _pupils_days(twins, days).items():
            here = places.get(key, [])
            if [_worth(rows[at]) for at in here] == [_worth(twins[at]) for at in there]:
                for at, twin in zip(here, there, strict=True):
                    rows[at] = replace(rows[at], number=twins[twin].number)


def _pupils_days(rows: Sequence[Any], days: set[Day]) -> dict[tuple[str, Day], list[int]]:
    """Where the rows of each pupil and day stand, sorted by what they say."""
    places: dict[tuple[str, Day], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        if (row.group_id, row.date) in days:
            places[row.student_id, (row.group_id, row.date)].append(at)
    for found in places.values():
        found.sort(key=lambda at: _worth(rows[at]))
    return places


def meaning(raw: str) -> tuple[str, ...]:
    """What a mark says in any system: its numbers, without the plus or minus some leave out."""
    value = mark_value(raw)
    if value is None:
        return (tidy(raw),)
    return tuple(map(str, value.values)) or (value.raw,)


def _worth(row: Mark | Attendance) -> str:
    """What a mark or an absence says, as far as any system tells it."""
    if isinstance(row, Mark):
        return "/".join(meaning(row.raw))
    return "missed" if row.kind and row.kind.missed else str(row.kind)
