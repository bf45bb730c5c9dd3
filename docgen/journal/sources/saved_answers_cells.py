"""What answers show of one pupil at one lesson or on one day, and how several answers agree."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field, replace

from docgen.journal.codes import AttendanceCode, mark_value
from docgen.journal.sources.saved_answers_book import Place

Slot = tuple[int | None, str]
"""What tells a lesson of a day: its number, else the time or other order it has."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A mark as written, with what is known of it."""

    raw: str
    place: Place = field(compare=False)
    kind: str = ""
    weight: float | None = None
    set_at: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """An attendance code, canonical, or as written when the system's list does not have it."""

    code: str
    place: Place = field(compare=False)

    @property
    def missed(self) -> bool:
        """Whether the pupil was not there."""
        return self.code in _MISSED


_MISSED = {code.value for code in AttendanceCode if code.missed}


@dataclass(frozen=True, slots=True)
class Cell:
    """What an answer shows of a pupil at one lesson (`number` or `order` told) or on one day.

    `identity` are the things that differ between subgroups at one hour: teacher, topic, an id.
    """

    place: Place = field(compare=False)
    number: int | None = None
    order: str = ""
    identity: tuple[str, ...] = ()
    topic: str = ""
    homework: str = ""
    teacher: str = ""
    planned: str = ""
    grades: tuple[Grade, ...] = ()
    absences: tuple[Absence, ...] = ()

    @property
    def slot(self) -> Slot | None:
        """Which lesson of the day this is, None when not told."""
        if self.number is not None:
            return self.number, ""
        return (None, self.order) if self.order else None


Ranked = dict[int, list[Cell]]
Days = dict[dt.date, Ranked]


# Several answers on one pupil, subject and day


@dataclass(slots=True)
class Merged:
    """Cells of lessons, cells of the day to be put to lessons, and where answers differ."""

    own: list[Cell]
    columns: list[Cell]
    differs: Place | None = None


def merged(own: list[Cell], others: list[list[Cell]]) -> Merged:
    """Complete the best answer by the others, best first.

    Marks come from the first answer that has any, absences likewise.
    """
    marks = own if any(cell.grades for cell in own) else []
    absences = own if any(cell.absences for cell in own) else []
    has_marks, has_absences = bool(marks), bool(absences)
    differs = None
    for cells in others:
        if any(cell.grades for cell in cells):
            if marks and _values(marks) != _values(cells):
                differs = cells[0].place
            marks = _enriched(marks, cells) if marks else cells
        if any(cell.absences for cell in cells):
            if absences and _codes(absences) != _codes(cells):
                differs = cells[0].place
            absences = absences or cells
    result = Merged(marks if has_marks else own, [], differs)
    foreign_marks = [] if has_marks else marks
    foreign_absences = [] if has_absences else absences
    if foreign_marks and foreign_absences and not _same(marks, absences):
        result.columns = [_day(marks, absences)]
    elif foreign_marks or foreign_absences:
        result.columns = [
            replace(
                cell,
                grades=cell.grades if foreign_marks else (),
                absences=cell.absences if foreign_absences else (),
            )
            for cell in foreign_marks or foreign_absences
        ]
    return result


def _same(one: list[Cell], other: list[Cell]) -> bool:
    """Whether two lists are of one answer."""
    return [cell.place for cell in one] == [cell.place for cell in other]


def _day(marks: list[Cell], absences: list[Cell]) -> Cell:
    """Make one cell of a day out of the marks of one answer and the absences of another."""
    first = (marks or absences)[0]
    return replace(
        first,
        grades=tuple(grade for cell in marks for grade in cell.grades),
        absences=tuple(item for cell in absences for item in cell.absences),
    )


def _values(cells: list[Cell]) -> Counter[object]:
    """Count the values of marks; a pair is two, a sign does not count."""
    found: Counter[object] = Counter()
    for cell in cells:
        for grade in cell.grades:
            value = mark_value(grade.raw)
            found.update(value.values or [value.raw] if value else [grade.raw])
    return found


def _codes(cells: list[Cell]) -> Counter[str]:
    return Counter(item.code for cell in cells for item in cell.absences)


def _enriched(cells: list[Cell], other: list[Cell]) -> list[Cell]:
    """Fill in what another answer knows of the same marks: kind, weight, when they were set."""
    spare = [grade for cell in other for grade in cell.grades]

    def completed(grade: Grade) -> Grade:
        twin = next((item for item in spare if _twins(grade, item)), None)
        if twin is None:
            return grade
        spare.remove(twin)
        return replace(
            grade,
            kind=grade.kind or twin.kind,
            weight=twin.weight if grade.weight is None else grade.weight,
            set_at=grade.set_at or twin.set_at,
        )

    return [replace(cell, grades=tuple(map(completed, cell.grades))) for cell in cells]


def _twins(one: Grade, other: Grade) -> bool:
    same_kind = not one.kind or not other.kind or one.kind == other.kind
    return same_kind and one.raw.rstrip("+-") == other.raw.rstrip("+-")


def width(columns: list[Cell]) -> int:
    """How many lessons the cells of a day need."""
    if len(columns) > 1:
        return len(columns)
    return max(1, len(columns[0].absences))
