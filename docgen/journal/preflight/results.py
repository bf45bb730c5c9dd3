"""What a pupil got in a subject over the period: numbers, their average, the final marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from docgen.journal.codes import PeriodKind, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from docgen.journal.model import ClassJournal, FinalMark, Mark


@dataclass(slots=True)
class Tally:
    """The numeric marks of one pupil in one subject over the period, added up.

    `marks` counts a pair «5/4» once, `values` twice (`journal.md` 2.1); `total` and `weight` are
    sums for the average.
    """

    marks: int = 0
    values: int = 0
    total: float = 0
    weight: float = 0

    @property
    def average(self) -> float | None:
        """The mean of the values, weighted if so tallied; None without any."""
        # Sums of weights are not exact in binary: 4.999999999 is a five.
        return round(self.total / self.weight, 9) if self.weight else None


NOTHING = Tally()


def tallies(journal: ClassJournal, *, weighted: bool = False) -> Mapping[tuple[str, str], Tally]:
    """Add up the numeric marks of the period by (student, subject).

    A mark without a weight of its own has that of its kind of work, else 1.
    """
    subjects = {group.group_id: group.subject.subject_id for group in journal.groups}
    table: dict[tuple[str, str], Tally] = {}
    for (group, _date, _number, student), marks in journal.marks.items():
        for mark in marks:
            value = mark.value
            if value is None or not value.values:
                continue
            key = (student, subjects[group])
            tally = table.get(key)
            if tally is None:
                tally = table[key] = Tally()
            weight = _weight(journal, mark) if weighted else 1
            tally.marks += 1
            tally.values += len(value.values)
            tally.total += weight * sum(value.values)
            tally.weight += weight * len(value.values)
    return table


def _weight(journal: ClassJournal, mark: Mark) -> float:
    kind = journal.work_kinds.get(tidy(mark.work_kind))
    of_the_kind = kind.weight if kind and kind.weight is not None else 1
    return of_the_kind if mark.weight is None else mark.weight


def period_finals(journal: ClassJournal) -> Iterator[FinalMark]:
    """Walk the final marks that close the journal's period; the year has exams and results too."""
    period = journal.period
    codes = {period.code}
    if period.kind is PeriodKind.YEAR:
        codes |= {"EXAM", "FINAL"}
    for (_student, _subject, code), final in journal.finals.items():
        if code in codes:
            yield final
