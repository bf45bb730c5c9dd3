"""Rows of the journal out of the pages of worksheets, sheet by sheet."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from docgen.core.findings import Finding, finding
from docgen.journal.codes import Scheme, mark_value, tidy
from docgen.journal.model import (
    Attendance,
    ClassUnit,
    Enrollment,
    FinalMark,
    GroupMember,
    Lesson,
    Mark,
    Subject,
    TeachingGroup,
)
from docgen.journal.sources.grid_books import Sheet, a1
from docgen.journal.sources.grid_layouts import Layout
from docgen.journal.sources.grid_page import Cell, Page
from docgen.journal.sources.grid_values import norm
from docgen.journal.sources.rows import Part, Row
from docgen.journal.sources.values import unknown_numbers
from docgen.journal.sources.worksheets_people import (
    ClassList,
    Entry,
    name_key,
    roster_entries,
    roster_rows,
    teachers,
    twins,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SUBGROUP = re.compile(r"\s*\((?:под)?группа ([^)]+)\)", re.IGNORECASE)
_SCHEMES = {"Q": Scheme.QUARTERS, "T": Scheme.TRIMESTERS, "H": Scheme.HALF_YEARS}


@dataclass(slots=True)
class Bound:
    """A page with its class; subject and subgroup are told apart, «Труд (подгруппа 1)»."""

    page: Page
    class_id: str
    subject: str = ""
    subgroup: str = ""

    def __post_init__(self) -> None:
        part = _SUBGROUP.search(self.page.subject)
        self.subject = tidy(_SUBGROUP.sub("", self.page.subject))
        self.subgroup = tidy(part[1]) if part else tidy(self.page.group)
        if norm(self.subgroup) in {"весь класс", "класс", norm(self.class_id)}:
            self.subgroup = ""

    @property
    def subject_id(self) -> str:
        """The id of the subject: its name, case and ё aside."""
        return norm(self.subject)

    @property
    def group_id(self) -> str:
        """The id of the group: class, subject and subgroup."""
        parts = (self.class_id, self.subject_id, norm(self.subgroup))
        return "-".join(part for part in parts if part)


@dataclass(slots=True)
class _Group:
    """What the pages of one group tell together: its pupils and the numbers of its lessons."""

    pupils: set[str] = field(default_factory=set)
    teachers: dict[str, None] = field(default_factory=dict)
    lessons: Counter[dt.date] = field(default_factory=Counter)
    taken: Counter[dt.date] = field(default_factory=Counter)


class Rows:
    """Makes rows of all pages of one import: people and groups are told once."""

    def __init__(self, bound: list[Bound], rosters: list[tuple[str, Sheet, Layout]]) -> None:
        self._bound = bound
        self._rosters = [
            (class_id, sheet, entries)
            for class_id, sheet, layout in rosters
            if (entries := roster_entries(sheet, layout))
        ]
        self._lists: dict[str, ClassList] = {}
        self._groups: dict[str, _Group] = defaultdict(_Group)
        self._told: set[tuple[object, ...]] = set()
        self._seqs: Counter[tuple[str, dt.date, int, str]] = Counter()
        self._schemes: dict[str, Scheme] = {}
        self._settle()

    def _settle(self) -> None:
        spellings: dict[str, list[list[str]]] = defaultdict(list)
        for item in self._bound:
            spellings[item.class_id].append([line.name for line in item.page.lines])
            for column in item.page.columns:
                if column.period[:1] in _SCHEMES:
                    self._schemes.setdefault(item.class_id, _SCHEMES[column.period[0]])
        for class_id, _, entries in self._rosters:
            spellings[class_id].append([entry.name for entry in entries])
        for class_id, names in spellings.items():
            self._lists[class_id] = ClassList(class_id)
            self._lists[class_id].settle(names)
        for item in self._bound:
            group = self._groups[item.group_id]
            known = self._lists[item.class_id]
            group.pupils.update(known.find(line.name).student_id for line in item.page.lines)
            staff = teachers(item.page.teacher, item.page.layout, "")
            group.teachers.update(dict.fromkeys(person.staff_id for person in staff))
            columns = Counter(column.date for column in item.page.columns if column.date)
            topics = Counter(topic.date for topic in item.page.topics)
            for date in columns.keys() | topics.keys():
                group.lessons[date] += max(columns[date], topics[date])

    def parts(self, notes: Iterable[Finding]) -> Iterator[Part | Row | Finding]:
        """Yield the sheets as parts: lists of classes first, then the pages in their order."""
        waiting = list(notes)
        for class_id, sheet, entries in self._rosters:
            yield Part(sheet.file, sheet.title, sheet.sha256)
            yield from self._list(class_id, sheet, entries)
        current: Sheet | None = None
        for item in self._bound:
            sheet = item.page.sheet
            if current is not sheet:
                yield Part(sheet.file, sheet.title, sheet.sha256)
                yield from sheet.notes
                current = sheet
            yield from waiting
            waiting = []
            yield from self._page(item)

    def _once(self, *rows: Row) -> Iterator[Row]:
        """Yield rows whose key was not told yet: of people and groups the first page counts."""
        for row in rows:
            key = (type(row), *(getattr(row, name) for name in row.KEY))
            if key not in self._told:
                self._told.add(key)
                yield row

    def _list(self, class_id: str, sheet: Sheet, entries: list[Entry]) -> Iterator[Row | Finding]:
        yield from self._twins(class_id, sheet, ((entry.row, entry.name) for entry in entries))
        for entry in entries:
            person = self._lists[class_id].find(entry.name)
            yield from self._once(*roster_rows(entry, person))
            stay = Enrollment(person.student_id, class_id, list_no=entry.number)
            yield from self._once(replace(stay, cell=a1(entry.row, 0)))

    def _twins(
        self, class_id: str, sheet: Sheet, names: Iterable[tuple[int, str]]
    ) -> Iterator[Finding]:
        for first, second in twins(names):
            where = sheet.where(second, 1)
            refs = {
                "file": sheet.file,
                "sheet": sheet.title,
                "cell": a1(second, 1),
                "row": str(second + 1),
            }
            yield finding(
                "WS-03", where, refs=refs, unit=class_id, first=first + 1, second=second + 1
            )

    def _page(self, item: Bound) -> Iterator[Row | Finding]:
        page, head = item.page, a1(item.page.row, 0)
        found = list(self._twins(item.class_id, page.sheet, ((x.row, x.name) for x in page.lines)))
        if found:
            yield from found
            return
        yield from self._once(
            self._class(item, head), Subject(item.subject_id, item.subject, cell=head)
        )
        staff = teachers(page.teacher, page.layout, head)
        yield from self._once(*staff)
        teacher_ids = ",".join(self._groups[item.group_id].teachers)
        yield from self._once(
            TeachingGroup(
                item.group_id, item.class_id, item.subject_id, item.subgroup, teacher_ids, cell=head
            )
        )
        yield from self._people(item)
        numbers, lessons = self._lessons(item, staff[0].staff_id if len(staff) == 1 else "")
        yield from lessons
        for cell in page.cells():
            yield from self._cell(item, cell, numbers)
        yield from page.findings

    def _class(self, item: Bound, cell: str) -> ClassUnit:
        return ClassUnit(
            item.class_id,
            int(item.class_id[:-1]),
            item.class_id[-1],
            scheme=self._schemes.get(item.class_id, Scheme.QUARTERS),
            cell=cell,
        )

    def _people(self, item: Bound) -> Iterator[Row | Finding]:
        page, known = item.page, self._lists[item.class_id]
        everybody = {person.student_id for person in known.people.values()}
        group = self._groups[item.group_id]
        listed = {known.find(line.name).student_id for line in page.lines} == everybody
        for line in page.lines:
            person, cell = known.find(line.name), a1(line.row, 0)
            if name_key(line.name) in known.doubtful:
                refs = {"file": page.sheet.file, "cell": cell, "row": str(line.row + 1)}
                yield finding("WS-09", page.sheet.where(line.row, 1), refs=refs, unit=item.class_id)
            yield from self._once(person.student(cell))
            number = line.number if listed else None
            stay = Enrollment(person.student_id, item.class_id, list_no=number, cell=cell)
            yield from self._once(stay)
            if group.pupils != everybody:
                yield from self._once(GroupMember(item.group_id, person.student_id, cell=cell))

    def _lessons(self, item: Bound, teacher_id: str) -> tuple[dict[int, int], list[Lesson]]:
        """Make the lessons of a page: columns and topics of one day meet in their order.

        Returns the numbers of the lessons by column and the lessons.
        """
        page, group = item.page, self._groups[item.group_id]
        columns, topics = defaultdict(list), defaultdict(list)
        for place in page.columns:
            if place.date:
                columns[place.date].append(place)
        for row in page.topics:
            topics[row.date].append(row)
        numbers: dict[int, int] = {}
        lessons = []
        for date in sorted(columns.keys() | topics.keys()):
            free = list(unknown_numbers(group.lessons[date]))[group.taken[date] :]
            pairs = list(zip_longest(columns[date], topics[date]))
            group.taken[date] += len(pairs)
            for unknown, (column, topic) in zip(free, pairs, strict=False):
                number = unknown
                if column:
                    number = unknown if column.number is None else column.number
                    numbers[column.place] = number
                at = a1(topic.row, topic.place) if topic else a1(page.row, column.place)
                lessons.append(
                    Lesson(
                        group_id=item.group_id,
                        date=date,
                        number=number,
                        topic=topic.topic if topic else "",
                        homework=topic.homework if topic else "",
                        work_kind=(topic.kind if topic else "") or (column.kind if column else ""),
                        planned_teacher_id=teacher_id,
                        teacher_id=teacher_id,
                        cell=at,
                    )
                )
        return numbers, lessons

    def _cell(self, item: Bound, cell: Cell, numbers: dict[int, int]) -> Iterator[Row]:
        student = self._lists[item.class_id].find(cell.line.name).student_id
        column = cell.column
        if column.period:
            value = mark_value(cell.raw)
            if not (value and value.empty):
                yield FinalMark(
                    student, item.subject_id, column.period, cell.raw, cell=cell.address
                )
            return
        if column.date is None:
            return
        place = (item.group_id, column.date, numbers[column.place], student)
        for code in cell.tokens.codes:
            yield Attendance(*place, code=code, cell=cell.address)
        for mark in cell.tokens.marks:
            self._seqs[place] += 1
            yield Mark(
                *place, seq=self._seqs[place], raw=mark, work_kind=column.kind, cell=cell.address
            )
