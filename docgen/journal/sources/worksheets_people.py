"""Who is meant on journal pages: pupils and teachers, who have names there and no ids.

An id is made from the name: a short digest of the class and the name, so that the same spelling
gives the same id in every import, and another spelling another one. Merging people of several
sources by their names is the business of a later step.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docgen.journal.codes import tidy
from docgen.journal.model import Guardian, Staff, Student
from docgen.journal.sources import values
from docgen.journal.sources.grid_books import Sheet, a1
from docgen.journal.sources.grid_topics import says
from docgen.journal.sources.grid_values import anchor, day_month, norm, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from docgen.journal.sources.grid_layouts import Layout

_INITIALS = re.compile(r"(?<=\w)\.(?=\w)")
_APOSTROPHE = re.compile("['’ʼ`]")
_DIGITS = 12


def name_key(name: str) -> str:
    """Reduce a name to what makes an id: case, ё, dots, spaces and apostrophes do not count."""
    return norm(_APOSTROPHE.sub("", _INITIALS.sub(". ", name)))


def digest(prefix: str, *parts: str) -> str:
    """Make an id from texts: the prefix and 12 hex digits of their SHA-256."""
    text = "\0".join(parts).encode()
    return f"{prefix}-{hashlib.sha256(text).hexdigest()[:_DIGITS]}"


def split_name(name: str, *, first_name_first: bool = False) -> tuple[str, str, str]:
    """Split a full name into last, first and middle; "" for what is not told.

    «Ильхам кызы» is one middle name. With `first_name_first` the last word is the last name.
    """
    words = tidy(_INITIALS.sub(". ", name)).split(" ")
    if first_name_first and len(words) > 1 and not words[-1].endswith("."):
        words = [words[-1], *words[:-1]]
    last, first = words[0], words[1] if len(words) > 1 else ""
    return last, first, " ".join(words[2:])


@dataclass(frozen=True, slots=True)
class Person:
    """A pupil of a class: the id and the fullest spelling of the name that was found."""

    student_id: str
    name: str

    def student(self, cell: str) -> Student:
        """Make the pupil, of whom nothing but the name is known."""
        last, first, middle = split_name(self.name)
        return Student(self.student_id, last, first, middle, cell=cell)


@dataclass(slots=True)
class ClassList:
    """The pupils of one class by the spellings of their names; the fullest one makes the id.

    «Ильин Н.» is «Ильин Никита» when he alone fits and no page lists them both.
    """

    class_id: str
    people: dict[str, Person] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)

    def settle(self, pages: Iterable[Iterable[str]]) -> None:
        """Tell who is meant by every spelling on the class's pages."""
        names: dict[str, str] = {}
        beside: dict[str, set[str]] = defaultdict(set)
        for page in pages:
            listed = {name_key(name): tidy(name) for name in page}
            names |= listed
            for key in listed:
                beside[key] |= listed.keys()
        namesakes: dict[str, list[str]] = defaultdict(list)
        for key, name in sorted(names.items(), key=lambda item: -len(item[0])):
            last = key.partition(" ")[0]
            fuller = {
                self.people[other].student_id: self.people[other]
                for other in namesakes[last]
                if _abbreviates(key, other)
            }
            strangers = {
                self.people[other].student_id for other in beside[key] & self.people.keys()
            }
            fuller = {known: person for known, person in fuller.items() if known not in strangers}
            namesakes[last].append(key)
            if len(fuller) == 1:
                self.people[key] = next(iter(fuller.values()))
                continue
            if fuller or any(len(word) == 1 for word in key.split()):
                self.doubtful.add(key)
            self.people[key] = Person(digest("s", self.class_id, key), name)

    def find(self, name: str) -> Person:
        """Tell who is meant by a spelling that was settled. Raises KeyError for another one."""
        return self.people[name_key(name)]


def _abbreviates(short: str, full: str) -> bool:
    """Whether one name may be the other: the same last name, words or initials in their order."""
    shorter, longer = short.split(), full.split()
    if short == full or len(shorter) > len(longer) or not shorter or shorter[0] != longer[0]:
        return False
    return all(
        longer[at] == word or (len(word) == 1 and longer[at].startswith(word))
        for at, word in enumerate(shorter)
    )


def teachers(text: str, layout: Layout, cell: str) -> list[Staff]:
    """Read the teachers of a page, separated by commas; ids are digests of their names."""
    found = []
    for name in filter(None, map(tidy, re.split("[,;]", text))):
        last, first, middle = split_name(
            name, first_name_first=layout.teacher_order == "first-last"
        )
        staff_id = digest("t", name_key(f"{last} {first} {middle}"))
        found.append(Staff(staff_id, last, first, middle, position="учитель", cell=cell))
    return found


# The list of a class as a sheet of its own


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the list of a class: number, name, and what else stands there by field."""

    row: int
    number: int | None
    name: str
    told: dict[str, object]


def roster_entries(sheet: Sheet, layout: Layout) -> list[Entry]:
    """Read the list of a class by the headings of its layout, [] for a sheet that is none."""
    if not layout.roster_sheet or not anchor(layout.roster_sheet).startswith(anchor(sheet.title)):
        return []
    name_of = {anchor(layout.roster.get("name", "ФИО"))}
    for row, cells in enumerate(sheet.rows):
        if any(says(sheet, row, place, name_of) for place in range(len(cells))):
            places = {
                field_name: place
                for field_name, head in layout.roster.items()
                for place in range(len(cells))
                if says(sheet, row, place, {anchor(head)})
            }
            return list(_entries(sheet, row, places))
    return []


def _entries(sheet: Sheet, heading: int, places: dict[str, int]) -> Iterator[Entry]:
    for row in range(heading + 1, len(sheet.rows)):
        told = {name: sheet.at(row, place) for name, place in places.items()}
        number = tidy(text_of(told.pop("number", "")))
        name = tidy(text_of(told.pop("name", "")))
        if not name or ("number" in places and not number.rstrip(".").isdigit()):
            return
        digits = number.rstrip(".")
        yield Entry(row, int(digits) if digits.isdecimal() else None, name, dict(told))


def roster_rows(entry: Entry, person: Person) -> Iterator[Student | Guardian]:
    """Make the pupil of a row of the list, and the guardians that are named in it.

    A relation is not told; a telephone is a guardian's only when there is one guardian.
    """
    last, first, middle = split_name(person.name)
    cell = a1(entry.row, 0)
    yield Student(
        person.student_id,
        last,
        first,
        middle,
        gender=_gender(entry.told.get("gender", "")),
        birth_date=_date(entry.told.get("birth_date", "")),
        personal_file_no=tidy(str(entry.told.get("personal_file_no", ""))),
        cell=cell,
    )
    names = list(filter(None, map(tidy, re.split(";|\n", str(entry.told.get("guardians", ""))))))
    phone = tidy(str(entry.told.get("phone", "")))
    for name in dict.fromkeys(names):
        yield Guardian(
            digest("g", person.student_id, name_key(name)),
            person.student_id,
            *split_name(name),
            address=tidy(str(entry.told.get("address", ""))),
            phone=phone if len(names) == 1 else "",
            cell=cell,
        )


def _gender(value: object) -> str:
    try:
        return values.gender(str(value)) if value else ""
    except values.Unreadable:
        return ""


def _date(value: object) -> dt.date | None:
    told = day_month(value) if isinstance(value, dt.date | str) and value else None
    if not told or not told[2]:
        return None
    try:
        return dt.date(told[2], told[1], told[0])
    except ValueError:
        return None


def twins(names: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """Find pairs of rows with one and the same name: the earlier and the later row."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, name in names:
        rows[name_key(name)].append(row)
    for places in rows.values():
        for later in places[1:]:
            yield places[0], later
