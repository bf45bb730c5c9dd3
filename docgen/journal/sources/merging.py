"""Several systems' holdings become one journal; a contradiction is told, never overwritten.

What one system does not know the other tells. Where both know and differ in what is printed, it is
a finding with both addresses (IM-25), settled by `--prefer`; in the rest the first system's word
stands and is counted (IM-28).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from typing import Any

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.journal.codes import AttendanceCode, mark_value, tidy
from docgen.journal.model import (
    ENTITIES,
    Attendance,
    Decision,
    Enrollment,
    FinalMark,
    GroupMember,
    Lesson,
    Mark,
    Period,
    School,
    Student,
)
from docgen.journal.sources.holdings import Holding
from docgen.journal.sources.matching import Address, match_keys, plain
from docgen.journal.sources.matching_lessons import match_groups, match_lessons, meaning
from docgen.journal.sources.years import OtherYear

_PRINTED: Mapping[type, frozenset[str]] = {
    Period: frozenset({"start", "end"}),
    Student: frozenset({"birth_date"}),
    Enrollment: frozenset({"end"}),
    Lesson: frozenset({"topic", "homework"}),
    FinalMark: frozenset({"raw"}),
    Decision: frozenset({"result", "target_class"}),
}
"""What is printed and signed: systems that differ here contradict each other."""

_TOLD = 1000


@dataclass(slots=True)
class Merged:
    """One journal out of several holdings, with what is to be known of it."""

    holding: Holding
    notes: list[Finding] = field(default_factory=list)
    conflicts: list[Finding] = field(default_factory=list)


def merge_holdings(
    holdings: Sequence[Holding],
    preferred: Iterable[str],
    system_of: Callable[[Any], str],
    address: Address,
) -> Merged:
    """Merge holdings into the first, one after another; raises InputFault for different schools."""
    merger = _Merger(frozenset(preferred), system_of, address)
    base = holdings[0]
    for other in holdings[1:]:
        _same_year(base, other, address)
        merger.take(base, other)
    return Merged(base, [*merger.notes, *merger.counted(base)], merger.conflicts)


def _same_year(base: Holding, other: Holding, address: Address) -> None:
    years = {period.year for holding in (base, other) for period in holding.of(Period)}
    if len(years) > 1:
        raise OtherYear(years, where=address(other.of(Period)[0]))


def _year_start(base: Holding, other: Holding) -> dt.date:
    """The first of September of the year, when everybody who was there before is there."""
    years = [period.year for holding in (base, other) for period in holding.of(Period)]
    return dt.date(int(years[0][:4]), 9, 1) if years else dt.date.min


def _same_school(base: Holding, other: Holding, address: Address) -> bool:
    """Give the school one key; tell whether its names agree.

    A name is known in full or in short. Names that differ are one school's still when most of the
    pupils are the same; otherwise it is another school (InputFault).
    """
    if not base.of(School) or not other.of(School):
        return True
    school, named = base.of(School)[0], other.of(School)[0]
    names = [{plain(item.full_name), plain(item.short_name)} - {""} for item in (school, named)]
    agree = bool(names[0] & names[1]) or not all(names) or school.school_id == named.school_id
    ours = {pupil.student_id for pupil in base.of(Student)}
    theirs = {pupil.student_id for pupil in other.of(Student)}
    if not agree and 2 * len(ours & theirs) <= min(len(ours), len(theirs)):
        raise InputFault(
            f"Файлы и журнал – разных школ: «{school.full_name}» и «{named.full_name}».",
            where=address(named),
            remedy="Для каждой школы заведите свою рабочую папку: docgen init.",
        )
    other.rows[School] = [replace(named, school_id=school.school_id)]
    return agree


class _Merger:
    """Takes holdings into one, row by row."""

    def __init__(
        self, preferred: frozenset[str], system_of: Callable[[Any], str], address: Address
    ) -> None:
        self.notes: list[Finding] = []
        self.conflicts: list[Finding] = []
        self._preferred = preferred
        self._system_of = system_of
        self._address = address
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, tuple[str, str]] = {}
        self._year_start = dt.date.min

    def counted(self, base: Holding) -> list[Finding]:
        """What was settled without asking, counted with an example."""
        return [
            finding(code, base.system, count=count, first=first, second=second)
            for code, count in sorted(self._counts.items())
            for first, second in (self._examples[code],)
        ]

    def take(self, base: Holding, other: Holding) -> None:
        """Merge another holding into the base."""
        told = match_keys(base, other, self._address)
        if not _same_school(base, other, self._address):
            self._count("IM-30", base.of(School)[0], other.of(School)[0])
        self._told(told)
        match_groups(base, other)
        first = {name: name in self._preferred for name in (base.system, other.system)}
        self._told(match_lessons(base, other, self._address, first))
        self._year_start = _year_start(base, other)
        guesses = {Period} if "periods" in other.guesses else set()
        self._guessed_periods(base, other)
        for entity in ENTITIES:
            if entity is Mark:
                base.rows[Mark] = self._marks(base.of(Mark), other.of(Mark))
            elif entity in (Enrollment, GroupMember):
                base.rows[entity] = self._stays(entity, base.rows[entity], other.rows[entity])
            elif entity not in guesses:
                base.rows[entity] = self._rows(entity, base.rows[entity], other.rows[entity])

    def _told(self, findings: Iterable[Finding]) -> None:
        for item in findings:
            (self.conflicts if item.severity == "blocking" else self.notes).append(item)

    @staticmethod
    def _guessed_periods(base: Holding, other: Holding) -> None:
        """Bounds taken from the days of lessons give way to bounds that were read."""
        if "periods" in base.guesses and "periods" not in other.guesses:
            stated = {period.code for period in other.of(Period)}
            base.rows[Period] = [row for row in base.of(Period) if row.code not in stated]
            base.guesses -= {"periods"}
        elif "periods" in other.guesses:
            known = {period.code for period in base.of(Period)}
            base.rows[Period] += [row for row in other.of(Period) if row.code not in known]

    # Rows of one key

    def _rows(self, entity: type, ours: Sequence[Any], theirs: Sequence[Any]) -> list[Any]:
        key = _key(entity)
        rows = {key(row): row for row in ours}
        for row in theirs:
            name = key(row)
            standing = rows.get(name)
            rows[name] = row if standing is None else self._joined(entity, standing, row)
        return list(rows.values())

    def _joined(self, entity: type, one: Any, other: Any) -> Any:
        """One row out of two of the same key."""
        if entity is Attendance:
            return self._absence(one, other)
        winner, loser = (other, one) if self._wins(other, one) else (one, other)
        changes: dict[str, Any] = {}
        for name, default in _fields(entity):
            mine, its = getattr(winner, name), getattr(loser, name)
            if mine == its or its in (default, None, ""):
                continue
            if mine in (default, None, ""):
                changes[name] = its
            elif not _alike(entity, name, mine, its):
                self._differ(entity, name, one, other)
        return replace(winner, **changes) if changes else winner

    def _wins(self, one: Any, other: Any) -> bool:
        """Whether the first row's system is preferred and the second's is not."""
        return (
            bool(self._preferred)
            and self._system_of(one) in self._preferred
            and self._system_of(other) not in self._preferred
        )

    def _differ(self, entity: type, name: str, one: Any, other: Any) -> None:
        if name not in _PRINTED.get(entity, ()):
            self._count("IM-28", one, other)
            return
        self._contradict(one, other, tidy(str(getattr(one, name))), tidy(str(getattr(other, name))))

    def _contradict(self, one: Any, other: Any, first: str, second: str) -> None:
        """Two systems differ in what is printed: settled by the preferred one, else told."""
        if self._wins(one, other) or self._wins(other, one):
            self._count("IM-27", one, other)
            return
        if len(self.conflicts) < _TOLD:
            self.conflicts.append(
                finding(
                    "IM-25",
                    self._address(other),
                    refs={"row": self._address(other)},
                    first=f"«{first}» ({self._address(one)})",
                    second=f"«{second}» ({self._address(other)})",
                    systems=f"{self._system_of(one)} или {self._system_of(other)}",
                )
            )

    def _count(self, code: str, one: Any, other: Any) -> None:
        self._counts[code] += 1
        if code not in self._examples:
            self._examples[code] = (self._address(one), self._address(other))

    def _absence(self, one: Attendance, other: Attendance) -> Attendance:
        kinds = one.kind, other.kind
        winner, loser = (other, one) if self._wins(other, one) else (one, other)
        if kinds[0] is kinds[1]:
            return winner if winner.reason or not loser.reason else loser
        vague = AttendanceCode.ABSENT_UNSPECIFIED
        if vague in kinds and all(kind is not None and kind.missed for kind in kinds):
            self._count("IM-29", one, other)
            return other if one.kind is vague else one
        self._contradict(one, other, one.code, other.code)
        return winner

    # Marks: several of a pupil at a lesson, counted as a bag

    def _marks(self, ours: Sequence[Mark], theirs: Sequence[Mark]) -> list[Mark]:
        cells: dict[tuple[Any, ...], list[Mark]] = defaultdict(list)
        for mark in ours:
            cells[mark.group_id, mark.date, mark.number, mark.student_id].append(mark)
        coming: dict[tuple[Any, ...], list[Mark]] = defaultdict(list)
        for mark in theirs:
            coming[mark.group_id, mark.date, mark.number, mark.student_id].append(mark)
        for place, marks in coming.items():
            standing = cells.get(place)
            cells[place] = marks if standing is None else self._same_marks(standing, marks)
        return [mark for marks in cells.values() for mark in marks]

    def _same_marks(self, ours: list[Mark], theirs: list[Mark]) -> list[Mark]:
        """The marks of one cell that both systems hold."""
        if _bag(ours) != _bag(theirs):
            shown = [", ".join(mark.raw for mark in marks) for marks in (ours, theirs)]
            self._contradict(ours[0], theirs[0], *shown)
            return theirs if self._wins(theirs[0], ours[0]) else ours
        if len(ours) != len(theirs):  # one writes a pair as a pair, the other as two marks
            return ours if len(ours) < len(theirs) else theirs
        twins = sorted(theirs, key=lambda mark: meaning(mark.raw))
        pairs = zip(sorted(ours, key=lambda mark: meaning(mark.raw)), twins, strict=True)
        return [self._one_mark(one, other) for one, other in pairs]

    def _one_mark(self, one: Mark, other: Mark) -> Mark:
        """One mark out of two that mean the same; a plus or minus is what one system leaves out."""
        raw = max(one.raw, other.raw, key=lambda text: len(tidy(text)))
        joined: Mark = self._joined(
            Mark, replace(one, raw=raw), replace(other, raw=raw, seq=one.seq)
        )
        return joined

    # Stays: a system that does not tell since when fits every stay in that class or group

    def _stays(self, entity: type, ours: Sequence[Any], theirs: Sequence[Any]) -> list[Any]:
        place = _key(entity)
        known: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
        for row in ours:
            known[place(row)[:-1]].append(row)
        for row in theirs:
            stays = known[place(row)[:-1]]
            same = next((at for at, stay in enumerate(stays) if _overlap(stay, row)), None)
            if same is None:
                stays.append(row)
            else:
                stays[same] = self._one_stay(entity, stays[same], row)
        return [row for rows in known.values() for row in rows]

    def _one_stay(self, entity: type, one: Any, other: Any) -> Any:
        """One stay out of two that overlap: since when matters to paper only within the year."""
        joined = self._joined(entity, one, other)
        starts = sorted({one.start, other.start} - {None})
        if len(starts) > 1 and entity is Enrollment and starts[-1] > self._year_start:
            self._contradict(one, other, *(f"с {row.start:%d.%m.%Y}" for row in (one, other)))
        winner, loser = (other, one) if self._wins(other, one) else (one, other)
        return replace(joined, start=winner.start or loser.start)


def _overlap(one: Any, other: Any) -> bool:
    """Whether two stays of one pupil in one place have a day in common; no date is no bound."""
    return (one.start or dt.date.min) <= (other.end or dt.date.max) and (
        other.start or dt.date.min
    ) <= (one.end or dt.date.max)


def _bag(marks: Iterable[Mark]) -> Counter[str]:
    """Marks as a bag of what they mean; a pair counts as its two numbers."""
    return Counter(part for mark in marks for part in meaning(mark.raw))


def _alike(entity: type, name: str, one: Any, other: Any) -> bool:
    """Whether two values mean the same."""
    if entity is FinalMark and name == "raw":
        return mark_value(one) == mark_value(other) is not None
    if isinstance(one, str) and isinstance(other, str):
        return plain(one) == plain(other)
    return bool(one == other)


@cache
def _key(entity: type) -> Callable[[Any], tuple[Any, ...]]:
    names: tuple[str, ...] = vars(entity)["KEY"]
    return lambda row: tuple(getattr(row, name) for name in names)


@cache
def _fields(entity: type) -> tuple[tuple[str, Any], ...]:
    """The fields that may differ, each with the value that says nothing."""
    skipped = {*vars(entity)["KEY"], "source", "cell", "exported_at", "system"}
    return tuple(
        (item.name, None if item.default is MISSING else item.default)
        for item in fields(entity)
        if item.name not in skipped
    )
