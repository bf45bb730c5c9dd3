"""Results of a class in a period: успеваемость, качество знаний, СОУ, averages, movement.

Two levels are told apart everywhere: that of marks (every final mark counts once) and that of
pupils (every pupil counts once, judged by all of the pupil's marks); documents.md, 3 h2.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from docgen.journal.codes import Grading, PeriodKind, SpecialMark
from docgen.journal.preflight.roster import learns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from docgen.journal.model import ClassJournal, Group, Period, Pupil

MARKS = (5, 4, 3, 2, 1)
"""The marks there are, best first."""

NOT_ATTESTED = 0
"""Stands for «н/а» where marks are counted."""

_GOOD, _PASSED = 4, 3


@dataclass(frozen=True, slots=True)
class Formulas:
    """How a school counts; tools differ, so every coefficient is a setting.

    `weights` are those of СОУ for a mark, `not_attested_weight` that of «н/а», which belongs to
    the marks counted only with `not_attested_counts`. With `not_attested_fails` a pupil who has
    «н/а» is one who fails.
    """

    weights: Mapping[int, float] = field(
        default_factory=lambda: {5: 100.0, 4: 64.0, 3: 36.0, 2: 16.0, 1: 7.0}
    )
    not_attested_weight: float = 7
    not_attested_counts: bool = False
    not_attested_fails: bool = True


USUAL = Formulas()


@dataclass(frozen=True, slots=True)
class MarkCounts:
    """Final marks counted by value; `NOT_ATTESTED` is the key of «н/а». The level of marks."""

    counts: Mapping[int, int] = field(default_factory=dict)

    def __getitem__(self, mark: int) -> int:
        """How many there are of a mark."""
        return self.counts.get(mark, 0)

    def __add__(self, other: MarkCounts) -> MarkCounts:
        """Marks of both."""
        return MarkCounts(Counter(self.counts) + Counter(other.counts))

    @property
    def numbers(self) -> int:
        """Marks that are numbers."""
        return sum(self[mark] for mark in MARKS)

    def total(self, formulas: Formulas = USUAL) -> int:
        """N of the formulas."""
        return self.numbers + (self[NOT_ATTESTED] if formulas.not_attested_counts else 0)

    def success(self, formulas: Formulas = USUAL) -> float | None:
        """Успеваемость: the share of 5, 4 and 3, per cent; None without marks."""
        return _percent(sum(self[mark] for mark in (5, 4, 3)), self.total(formulas))

    def quality(self, formulas: Formulas = USUAL) -> float | None:
        """Качество знаний: the share of 5 and 4, per cent; None without marks."""
        return _percent(self[5] + self[4], self.total(formulas))

    def mastery(self, formulas: Formulas = USUAL) -> float | None:
        """СОУ, степень обученности учащихся, per cent; None without marks."""
        total = self.total(formulas)
        if not total:
            return None
        weighed = sum(formulas.weights[mark] * self[mark] for mark in MARKS)
        if formulas.not_attested_counts:
            weighed += formulas.not_attested_weight * self[NOT_ATTESTED]
        return weighed / total

    @property
    def average(self) -> float | None:
        """The mean of the marks that are numbers; None without any."""
        return sum(mark * self[mark] for mark in MARKS) / self.numbers if self.numbers else None


class Standing(StrEnum):
    """What a pupil is by all of the pupil's final marks."""

    EXCELLENT = "EXCELLENT"
    GOOD = "GOOD"
    WITH_THREES = "WITH_THREES"
    FAILING = "FAILING"


@dataclass(frozen=True, slots=True)
class PupilResult:
    """A pupil's final marks of the period by subject id; `not_attested` lists subjects of «н/а»."""

    pupil: Pupil
    marks: Mapping[str, int]
    not_attested: tuple[str, ...] = ()

    @property
    def judged(self) -> bool:
        """Whether there is anything to judge the pupil by."""
        return bool(self.marks or self.not_attested)

    @property
    def failed(self) -> tuple[str, ...]:
        """Subjects with a 2 or a 1."""
        return tuple(subject for subject, mark in self.marks.items() if mark < _PASSED)

    def lone(self, value: int) -> str:
        """The one subject with this mark when all others are better, else ""."""
        found = [subject for subject, mark in self.marks.items() if mark <= value]
        lone = len(found) == 1 and self.marks[found[0]] == value and not self.not_attested
        return found[0] if lone else ""

    def standing(self, formulas: Formulas = USUAL) -> Standing:
        """Excellent with fives only, good with fives and fours, failing with a 2 or «н/а»."""
        lowest = min(self.marks.values(), default=_PASSED)
        if lowest < _PASSED or (self.not_attested and formulas.not_attested_fails):
            return Standing.FAILING
        if self.not_attested or lowest == _PASSED:
            return Standing.WITH_THREES
        return Standing.GOOD if lowest == _GOOD else Standing.EXCELLENT


@dataclass(frozen=True, slots=True)
class PupilCounts:
    """Pupils counted by what they are. The level of pupils; only pupils with marks count."""

    excellent: int = 0
    good: int = 0
    with_threes: int = 0
    failing: int = 0
    one_four: int = 0
    one_three: int = 0

    @property
    def pupils(self) -> int:
        """All that were judged."""
        return self.excellent + self.good + self.with_threes + self.failing

    @property
    def success(self) -> float | None:
        """Успеваемость: the share of pupils who do not fail, per cent."""
        return _percent(self.pupils - self.failing, self.pupils)

    @property
    def quality(self) -> float | None:
        """Качество знаний: the share of pupils with no mark below 4, per cent."""
        return _percent(self.excellent + self.good, self.pupils)

    def __add__(self, other: PupilCounts) -> PupilCounts:
        """Pupils of both."""
        return PupilCounts(
            self.excellent + other.excellent,
            self.good + other.good,
            self.with_threes + other.with_threes,
            self.failing + other.failing,
            self.one_four + other.one_four,
            self.one_three + other.one_three,
        )


@dataclass(frozen=True, slots=True)
class ClassResults:
    """Final marks of one class in one period: by pupil in list order, by subject, by group.

    A pupil who learns in a subgroup counts there; `by_group` is keyed by group id.
    """

    pupils: tuple[PupilResult, ...]
    by_subject: Mapping[str, MarkCounts]
    by_group: Mapping[str, MarkCounts]

    @property
    def marks(self) -> MarkCounts:
        """The whole class on the level of marks."""
        return added(self.by_subject.values())

    def counts(self, formulas: Formulas = USUAL) -> PupilCounts:
        """The whole class on the level of pupils."""
        judged = [row for row in self.pupils if row.judged]
        found = Counter(row.standing(formulas) for row in judged)
        return PupilCounts(
            found[Standing.EXCELLENT],
            found[Standing.GOOD],
            found[Standing.WITH_THREES],
            found[Standing.FAILING],
            sum(bool(row.lone(_GOOD)) for row in judged),
            sum(bool(row.lone(_PASSED)) for row in judged),
        )


def class_results(journal: ClassJournal) -> ClassResults:
    """Count the final marks that close the journal's period, in subjects marked in numbers."""
    places = learning_groups(journal)
    by_subject: defaultdict[str, Counter[int]] = defaultdict(Counter)
    by_group: defaultdict[str, Counter[int]] = defaultdict(Counter)
    rows = []
    for pupil in journal.pupils:
        found = dict(_finals(journal, pupil.student_id))
        for subject, mark in found.items():
            by_subject[subject][mark] += 1
            if group := places.get((pupil.student_id, subject)):
                by_group[group.group_id][mark] += 1
        rows.append(
            PupilResult(
                pupil,
                {subject: mark for subject, mark in found.items() if mark},
                tuple(subject for subject, mark in found.items() if not mark),
            )
        )
    return ClassResults(
        tuple(rows),
        {subject: MarkCounts(counts) for subject, counts in by_subject.items()},
        {group: MarkCounts(counts) for group, counts in by_group.items()},
    )


def _finals(journal: ClassJournal, student_id: str) -> Iterator[tuple[str, int]]:
    """Walk a pupil's final marks in the order of the curriculum; «н/а» is NOT_ATTESTED."""
    for subject in sorted(journal.subjects.values(), key=lambda item: (item.order, item.name)):
        final = journal.finals.get((student_id, subject.subject_id, journal.period.code))
        value = final.value if final else None
        if value is None or subject.grading is not Grading.MARKS:
            continue
        if value.values:
            yield subject.subject_id, value.values[0]
        elif value.special is SpecialMark.NOT_ATTESTED:
            yield subject.subject_id, NOT_ATTESTED


def learning_groups(journal: ClassJournal) -> Mapping[tuple[str, str], Group]:
    """Find the group each pupil learned a subject in, by (student, subject): the last one."""
    places: dict[tuple[str, str], Group] = {}
    for pupil in journal.pupils:
        day = last_day(pupil, journal.period)
        for group in journal.groups:
            if learns(group, pupil, day):
                places[pupil.student_id, group.subject.subject_id] = group
    return places


def last_day(pupil: Pupil, period: Period) -> dt.date:
    """The last day of the period the pupil was in the class."""
    end = pupil.enrollment.end
    return min(end, period.end) if end else period.end


@dataclass(frozen=True, slots=True)
class Movement:
    """Pupils at the start of the period, who came, who went, pupils at its end."""

    start: int
    arrived: int
    left: int
    end: int

    def __add__(self, other: Movement) -> Movement:
        """Pupils of both; who went from one class to another has left and arrived."""
        return Movement(
            self.start + other.start,
            self.arrived + other.arrived,
            self.left + other.left,
            self.end + other.end,
        )


def movement(journal: ClassJournal) -> Movement:
    """Count who was there and who came and went: the day of coming is the first day in class."""
    first, last = journal.period.start, journal.period.end
    stays = [stay for pupil in journal.pupils for stay in pupil.stays or (pupil.enrollment,)]
    return Movement(
        start=sum(pupil.covers(first) for pupil in journal.pupils),
        arrived=sum(bool(stay.start and first < stay.start <= last) for stay in stays),
        left=sum(bool(stay.end and first <= stay.end < last) for stay in stays),
        end=sum(pupil.covers(last) for pupil in journal.pupils),
    )


def previous_period(journal: ClassJournal) -> Period | None:
    """The period of the same kind before this one; the year has none, nor has the first."""
    period = journal.period
    earlier = [
        item
        for item in journal.periods
        if item.kind is period.kind is not PeriodKind.YEAR
        and item.start < period.start
        and item.includes(journal.unit.grade)
    ]
    return max(earlier, key=lambda item: item.start, default=None)


def added(counts: Iterable[MarkCounts]) -> MarkCounts:
    """Marks of all of them."""
    total: Counter[int] = Counter()
    for item in counts:
        total.update(item.counts)
    return MarkCounts(total)


def _percent(part: int, total: int) -> float | None:
    return 100 * part / total if total else None
