"""LS-07: nobody teaches, and no class learns, in two places at one time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from docgen import russian
from docgen.core.findings import Finding, finding
from docgen.journal.model import GroupMember, Lesson, Staff, Subject, TeachingGroup
from docgen.journal.preflight.places import Skipped, source_refs
from docgen.journal.preflight.roster import unnumbered

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from docgen.journal.model import Period, SourceRef
    from docgen.journal.preflight.places import Outcome
    from docgen.journal.store import Journal


@dataclass(frozen=True, slots=True)
class _Given:
    """A lesson with its group and those who are listed there; nobody listed is the whole class."""

    lesson: Lesson
    group: TeachingGroup
    members: Sequence[GroupMember]

    @property
    def classes(self) -> set[str]:
        return set(self.group.class_ids.split(","))

    @property
    def pupils(self) -> set[str]:
        return {item.student_id for item in self.members if item.covers(self.lesson.date)}


def double_bookings(journal: Journal, periods: Sequence[Period]) -> Iterator[Outcome]:
    """LS-07: two lessons of one teacher, or of pupils of one class, on one date and number.

    Both sides are told. Lessons outside `periods`, if any are named, are left out.
    """
    told = _Teller(
        subjects={item.subject_id: item.name for item in journal.listed(Subject)},
        staff={item.staff_id: item for item in journal.listed(Staff)},
        sources=journal.source_files(),
    )
    lessons = _lessons(journal, periods)
    if reason := unnumbered(lessons):
        yield Skipped("LS-07", reason)
    for slot in _slots(journal, lessons):
        for one, other in _clashes(slot, lambda given: [given.lesson.teacher_id]):
            if not _taught_together(one, other):
                name = told.teacher(one)
                yield from told.both(one, other, f"{name} в это время ведёт и другой урок")
        for one, other in _clashes(slot, lambda given: given.classes):
            if _share_pupils(one, other):
                yield from told.both(one, other, "у класса в это время и другой урок")


def _lessons(journal: Journal, periods: Sequence[Period]) -> list[Lesson]:
    dates = " OR ".join(["date BETWEEN ? AND ?"] * len(periods))
    bounds = [day.isoformat() for period in periods for day in (period.start, period.end)]
    return journal.select(Lesson, dates, bounds)


def _slots(journal: Journal, lessons: Iterable[Lesson]) -> Iterable[Sequence[_Given]]:
    """Gather the lessons of known groups (others are ST-01) by date and number."""
    groups = {group.group_id: group for group in journal.listed(TeachingGroup)}
    members: defaultdict[str, list[GroupMember]] = defaultdict(list)
    for member in journal.select(GroupMember):
        members[member.group_id].append(member)
    slots: defaultdict[tuple[dt.date, int], list[_Given]] = defaultdict(list)
    for lesson in lessons:
        if lesson.number >= 1 and lesson.group_id in groups:
            given = _Given(lesson, groups[lesson.group_id], members[lesson.group_id])
            slots[lesson.date, lesson.number].append(given)
    return slots.values()


def _clashes(
    slot: Sequence[_Given], keys: Callable[[_Given], Iterable[str]]
) -> Iterator[tuple[_Given, _Given]]:
    """Pair the lessons that share a key; a pair that shares several comes once."""
    holders: defaultdict[str, list[_Given]] = defaultdict(list)
    for given in slot:
        for key in filter(None, keys(given)):
            holders[key].append(given)
    pairs = {
        (one.group.group_id, other.group.group_id): (one, other)
        for same in holders.values()
        for one, other in combinations(same, 2)
    }
    yield from pairs.values()


def _taught_together(one: _Given, other: _Given) -> bool:
    """Whether a substitute took both subgroups of a class at once, as is done in an illness."""
    return (
        one.group.subject_id == other.group.subject_id
        and bool(one.classes & other.classes)
        and (one.lesson.substituted or other.lesson.substituted)
    )


def _share_pupils(one: _Given, other: _Given) -> bool:
    """Whether some pupil would have to be at both lessons.

    Two subgroups of a subject are ST-05's business; a subgroup nobody is listed in says nothing.
    """
    if one.group.subject_id == other.group.subject_id:
        return False
    if any(given.group.subgroup and not given.members for given in (one, other)):
        return False
    if one.members and other.members:
        return bool(one.pupils & other.pupils)
    return True


@dataclass(frozen=True, slots=True)
class _Teller:
    """Makes the findings, with the names people know."""

    subjects: Mapping[str, str]
    staff: Mapping[str, Staff]
    sources: Mapping[int, SourceRef]

    def teacher(self, given: _Given) -> str:
        person = self.staff.get(given.lesson.teacher_id)
        if person is None:
            return f"учитель {given.lesson.teacher_id}"
        name = russian.initials_after(person.last, person.first, person.middle)
        return f"учитель {name.replace(russian.NBSP, ' ')}"

    def both(self, one: _Given, other: _Given, what: str) -> Iterator[Finding]:
        yield self._finding(one, other, what)
        yield self._finding(other, one, what)

    def _finding(self, given: _Given, other: _Given, what: str) -> Finding:
        lesson, group = given.lesson, given.group
        class_id = group.class_ids.split(",")[0]
        subject = self.subjects.get(group.subject_id, group.subject_id)
        also = self.subjects.get(other.group.subject_id, other.group.subject_id)
        return finding(
            "LS-07",
            " / ".join((class_id, subject, russian.date_numeric(lesson.date))),
            refs={
                "class": class_id,
                "subject": group.subject_id,
                "date": lesson.date.isoformat(),
                "number": str(lesson.number),
                **source_refs(self.sources, lesson),
            },
            number=lesson.number,
            what=f"{what}: {other.group.class_ids.replace(',', ', ')}, {also}",
        )
