"""Who stands on a sheet, in which row, and on which days the row may be filled in.

A pupil has one row however often the pupil left and came back; days outside the stays are
crossed, and after the last stay the row says by which order the pupil left (documents.md, 3 b).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docgen.documents.copy import order_text
from docgen.journal.model import ClassJournal, Enrollment, Group, GroupMember, Student
from docgen.rendering.sheet import Cross, Entry, Span


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A pupil's row: stays in the class and, for a subgroup, in the group."""

    student: Student
    stays: tuple[Enrollment, ...]
    memberships: tuple[GroupMember, ...] | None

    @property
    def short_name(self) -> str:
        """«Фамилия Имя», as on the sheets of a subject."""
        return f"{self.student.last} {self.student.first}".strip()

    @property
    def full_name(self) -> str:
        """«Фамилия Имя Отчество», as on summary sheets."""
        return f"{self.student.last} {self.student.first} {self.student.middle}".strip()

    @property
    def female(self) -> bool:
        """Whether words about the pupil take the feminine form."""
        return self.student.gender.casefold().startswith(("ж", "f"))

    def present(self, day: dt.date) -> bool:
        """Whether the pupil belongs here on that day."""
        if not any(stay.covers(day) for stay in self.stays):
            return False
        return self.memberships is None or any(member.covers(day) for member in self.memberships)

    def arrived_by(self, day: dt.date) -> bool:
        """Whether the pupil has come by that day, gone again or not."""
        return any(stay.start is None or stay.start <= day for stay in self.stays)

    def left_by(self, day: dt.date) -> str:
        """«выбыл, пр. № 8-у от 22.09.2025» of a pupil who is gone on that day, else "".

        A later return does not count: on that day nobody knew of it.
        """
        begun = [stay for stay in self.stays if stay.start is None or stay.start <= day]
        ends = [(stay.end, stay.end_order) for stay in begun if stay.end and stay.end < day]
        if not ends or len(ends) < len(begun):
            return ""
        end, order = max(ends)
        word = "выбыла" if self.female else "выбыл"
        if order:
            return f"{word}, {order_text(order)}"
        return f"{word} {end:%d.%m.%Y}"


def class_roster(journal: ClassJournal) -> tuple[RosterRow, ...]:
    """All pupils of the class in the period, in list order, one row each."""
    return _roster(journal, None)


def group_roster(journal: ClassJournal, group: Group) -> tuple[RosterRow, ...]:
    """The class's pupils who belong to the group on any day of the period."""
    rows = _roster(journal, group if group.members else None)
    return tuple(
        row
        for row in rows
        if row.memberships is None or any(_meets(member, journal) for member in row.memberships)
    )


def _roster(journal: ClassJournal, group: Group | None) -> tuple[RosterRow, ...]:
    memberships: dict[str, list[GroupMember]] = {}
    for member in group.members if group else ():
        memberships.setdefault(member.student_id, []).append(member)
    return tuple(
        RosterRow(
            student=pupil.student,
            stays=pupil.stays or (pupil.enrollment,),
            memberships=tuple(memberships.get(pupil.student_id, ())) if group else None,
        )
        for pupil in journal.pupils
    )


def _meets(member: GroupMember, journal: ClassJournal) -> bool:
    period = journal.period
    return (member.start is None or member.start <= period.end) and (
        member.end is None or member.end >= period.start
    )


_NOTE_COLUMNS = 7
"""Columns a note of leaving needs to be read with ease; in fewer it stands behind the name."""


def closed_cells(
    slot: str, row: int, pupil: RosterRow, days: Sequence[dt.date], texts: Sequence[str]
) -> Iterable[Entry]:
    """Crosses and the note of leaving for the columns on whose days the pupil is not here.

    `texts` are the row's cells: one that is filled in all the same stays readable.
    """
    closed = [not text and not pupil.present(day) for day, text in zip(days, texts, strict=True)]
    column = 0
    for shut, same in itertools.groupby(closed):
        first, column = column, column + len(list(same))
        if not shut:
            continue
        if column == len(days) and column - first >= _NOTE_COLUMNS and pupil.left_by(days[first]):
            yield Span(slot, row, first, column - 1, pupil.left_by(days[first]))
        else:
            yield Cross(slot, row, first, column - 1)


def name_with_note(pupil: RosterRow, days: Sequence[dt.date], closed: Iterable[Entry]) -> str:
    """The short name, with the note of leaving where the cells have no room for it."""
    note = pupil.left_by(days[-1]) if days else ""
    if not note or any(isinstance(entry, Span) for entry in closed):
        return pupil.short_name
    return f"{pupil.short_name}, {note}"
