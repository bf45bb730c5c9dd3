"""The lessons of a class put together from what its pupils' answers show.

A *cell* is what one answer shows of one pupil at one lesson: a diary does; or on one day: a report
does. Answers are ranked; the best that has marks for a pupil, subject and day is taken, the others
fill what it lacks (absences, the date a mark was set), and a difference is told.

Where numbers of lessons are not known they are below 1 (`values.unknown_numbers`): 0 for the only
lesson of a subject on a day, -1 and 0 for two. Two are made only where the answers tell two apart:
by their times, by their columns, by two absence codes of one pupil on one day.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from docgen.journal.model import Attendance, GroupMember, Lesson, Mark, TeachingGroup
from docgen.journal.sources.saved_answers_cells import Cell, Days, Slot, merged, width
from docgen.journal.sources.saved_answers_subgroups import subgroups
from docgen.journal.sources.values import unknown_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from docgen.journal.sources.saved_answers_book import Book, Place

_NOWHERE: Slot = (None, "")
_EVERYDAY = {"", "ОТ", "ДЗ"}
"""Kinds of work that do not make a lesson a special one."""


@dataclass(slots=True)
class Evidence:
    """The cells of all pupils by class, subject, pupil and day, and by the rank of the answer."""

    book: Book
    cells: dict[tuple[str, str], dict[str, Days]] = field(default_factory=dict)
    homework: dict[tuple[str, str, dt.date], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    days: dict[str, set[dt.date]] = field(default_factory=lambda: defaultdict(set))

    def add(
        self,
        course: tuple[str, str],
        student_id: str,
        day: dt.date,
        cells: list[Cell],
        *,
        rank: int = 0,
    ) -> None:
        """Take what one answer shows of a day; a second answer has to show the same."""
        ranked = self.cells.setdefault(course, {}).setdefault(student_id, {}).setdefault(day, {})
        known = ranked.setdefault(rank, cells)
        if rank == 0:
            self.days[student_id].add(day)
        if known is not cells and known != cells:
            key = f"{course[0]}, {course[1]}, {day:%d.%m.%Y}"
            self.book.contradiction(key, known[0].place, cells[0].place)

    def settle(self) -> None:
        """Put groups, lessons, marks and absences into the book."""
        for (class_id, subject_id), pupils in self.cells.items():
            people = self.book.people
            order = sorted(pupils, key=lambda key: (people[key].last, people[key].first, key))
            groups = subgroups({key: pupils[key] for key in order}, self.days)
            for number, members in enumerate(groups, start=1):
                subgroup = str(number) if len(groups) > 1 else ""
                _Group(self, class_id, subject_id, subgroup, members).settle()
            if len(groups) > 1:
                place = _first(next(iter(groups[0].values())))
                self.book.note(
                    "SV-02",
                    place[0],
                    self.book.address(place),
                    subject=subject_id,
                    unit=class_id,
                    count=len(groups),
                )


def _first(days: Days) -> Place:
    return next(iter(next(iter(days.values())).values()))[0].place


# One group


@dataclass(slots=True)
class _Group:
    """A class or subgroup learning a subject, day by day."""

    evidence: Evidence
    class_id: str
    subject_id: str
    subgroup: str
    pupils: dict[str, Days]
    teachers: Counter[str] = field(default_factory=Counter)
    told: dict[str, tuple[int, Place, dt.date]] = field(default_factory=dict)

    @property
    def group_id(self) -> str:
        return "-".join(filter(None, (self.class_id, self.subject_id, self.subgroup)))

    def settle(self) -> None:
        """Put the group, its members and its days into the book."""
        days = sorted({day for own in self.pupils.values() for day in own})
        for day in days:
            self._settle_day(day)
        book = self.evidence.book
        for code, (count, place, day) in self.told.items():
            book.note(code, place[0], book.address(place), subject=self.subject_id,
                      unit=self.class_id, day=f"{day:%d.%m.%Y}", count=count)  # fmt: skip
        place = _first(next(iter(self.pupils.values())))
        teacher = max(self.teachers, key=lambda key: (self.teachers[key], key), default="")
        book.put(
            TeachingGroup(
                self.group_id, self.class_id, self.subject_id, self.subgroup, teacher,
                cell=place[1],
            ), place,
        )  # fmt: skip
        if self.subgroup:
            for student_id, own in self.pupils.items():
                place = _first(own)
                book.put(GroupMember(self.group_id, student_id, cell=place[1]), place)

    def _settle_day(self, day: dt.date) -> None:
        shown = {key: own[day] for key, own in self.pupils.items() if day in own}
        best = min(min(ranked) for ranked in shown.values())
        fixed: set[Slot] = set()
        spread: list[tuple[str, list[Cell], list[Cell]]] = []
        lessons: list[tuple[str, Slot, Cell]] = []
        for student_id, ranked in shown.items():
            own = [cell for cell in ranked.get(best, ()) if cell.slot is not None]
            for cell in own:
                fixed.add(cell.slot or _NOWHERE)
            whole = [cells for rank, cells in sorted(ranked.items()) if rank != best or not own]
            day_of = merged(own, whole)
            if day_of.differs:
                self._tell("SV-04", day_of.differs, day)
            lessons += [(student_id, cell.slot or _NOWHERE, cell) for cell in day_of.own]
            if day_of.columns:
                spread.append((student_id, day_of.own, day_of.columns))
        slots = sorted(fixed, key=lambda slot: (slot[0] is None, slot[0] or 0, slot[1]))
        wanted = max((width(columns) for _, _, columns in spread), default=0)
        # Lessons no diary shows come last, under an order no answer has.
        slots += [(None, f"\uffff{extra}") for extra in range(wanted - len(slots))]
        for student_id, own, columns in spread:
            lessons += [
                (student_id, slot, cell)
                for slot, cell in self._spread(columns, _open_slots(own, columns, slots), day)
            ]
        self._write(day, slots, lessons)

    def _spread(
        self, columns: list[Cell], slots: Sequence[Slot], day: dt.date
    ) -> Iterable[tuple[Slot, Cell]]:
        """Put what is told of a whole day to the lessons of that day, absences first."""
        if len(columns) > 1 or len(slots) == 1:
            return zip(slots, columns, strict=False)
        cell = columns[0]
        absent = [replace(cell, grades=(), absences=(item,)) for item in cell.absences]
        if len(absent) < len(slots):
            self._tell("SV-06", cell.place, day)
        found = list(zip(slots, absent, strict=False))
        if cell.grades:
            free = slots[len(absent)] if len(absent) < len(slots) else slots[0]
            found.append((free, replace(cell, absences=())))
        return found

    def _tell(self, code: str, place: Place, day: dt.date) -> None:
        count, first_place, first_day = self.told.get(code, (0, place, day))
        self.told[code] = (count + 1, first_place, first_day)

    def _write(self, day: dt.date, slots: list[Slot], found: list[tuple[str, Slot, Cell]]) -> None:
        unknown = [slot for slot in slots if slot[0] is None]
        numbers = dict(zip(unknown, unknown_numbers(len(unknown)), strict=True))
        by_slot: dict[Slot, list[tuple[str, Cell]]] = defaultdict(list)
        for student_id, slot, cell in found:
            by_slot[slot].append((student_id, cell))
        for slot in slots:
            cells = by_slot.get(slot, [])
            if cells:
                number = numbers[slot] if slot[0] is None else slot[0]
                self._lesson(day, number, [cell for _, cell in cells], alone=len(slots) == 1)
                self._pupils(day, number, cells)

    def _lesson(self, day: dt.date, number: int, cells: list[Cell], *, alone: bool) -> None:
        homework = _joined(cell.homework for cell in cells)
        listed = self.evidence.homework.get((self.class_id, self.subject_id, day), set())
        if not homework and alone and not self.subgroup and len(listed) == 1:
            homework = next(iter(listed))
        teachers = Counter(cell.teacher for cell in cells if cell.teacher)
        teacher = max(teachers, key=lambda key: (teachers[key], key), default="")
        planned = next((cell.planned for cell in cells if cell.planned), teacher)
        if planned:
            self.teachers[planned] += 1
        kinds = Counter(grade.kind for cell in cells for grade in cell.grades)
        special = [kind for kind, _ in kinds.most_common() if kind not in _EVERYDAY]
        place = cells[0].place
        self.evidence.book.put(
            Lesson(
                self.group_id, day, number, _joined(cell.topic for cell in cells), homework,
                special[0] if special else "", planned, teacher, cell=place[1],
            ), place,
        )  # fmt: skip

    def _pupils(self, day: dt.date, number: int, cells: list[tuple[str, Cell]]) -> None:
        book = self.evidence.book
        counts: Counter[str] = Counter()
        absent: set[str] = set()
        for student_id, cell in cells:
            for grade in cell.grades:
                counts[student_id] += 1
                book.put(
                    Mark(
                        self.group_id, day, number, student_id, counts[student_id], grade.raw,
                        grade.kind, grade.weight, grade.set_at, cell=grade.place[1],
                    ), grade.place,
                )  # fmt: skip
            for absence in cell.absences:
                if student_id in absent:
                    self._tell("SV-04", absence.place, day)
                    continue
                absent.add(student_id)
                book.put(
                    Attendance(
                        self.group_id, day, number, student_id, absence.code,
                        cell=absence.place[1],
                    ), absence.place,
                )  # fmt: skip


def _open_slots(own: list[Cell], columns: list[Cell], slots: list[Slot]) -> list[Slot]:
    """Choose the lessons of a day a pupil's day can be put to: unmarked ones, own ones, any."""
    mine = [cell.slot for cell in own if cell.slot]
    unmarked = [cell.slot for cell in own if cell.slot and not cell.grades]
    for choice in (unmarked, mine):
        if choice and len(choice) >= width(columns):
            return choice
    return [*mine, *(slot for slot in slots if slot not in mine)]


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
