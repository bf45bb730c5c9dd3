"""A book gathers what many answers say of one school and hands it on, every row once.

Answers of one class repeat each other: every pupil's diary tells the same lessons. The book keeps
the first place of everything, fills gaps from later answers, and yields rows file by file.
People and subjects without ids get ids from their names, so that they are the same in every file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.journal.codes import PeriodKind, Scheme, mark_value, tidy
from docgen.journal.model import (
    ClassUnit,
    Enrollment,
    FinalMark,
    Period,
    School,
    Staff,
    Student,
    Subject,
)
from docgen.journal.sources import values
from docgen.journal.sources.rows import Part, Row
from docgen.journal.sources.values import Unreadable
from docgen.journal.view import DEFAULT_WORK_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[int, str]
"""Where a row stands: the number of its part in the book, and its address there."""

_KINDS = {"Q": PeriodKind.QUARTER, "T": PeriodKind.TRIMESTER, "H": PeriodKind.HALF_YEAR}
_SCHEMES = {"Q": Scheme.QUARTERS, "T": Scheme.TRIMESTERS, "H": Scheme.HALF_YEARS}
_GRADE = re.compile(r"(\d{1,2})(?!\d)")
_LAST_GRADE = 12
_AUGUST = 8

_WORK_KINDS = {
    name.casefold(): code for code, kind in DEFAULT_WORK_KINDS.items() for name in (code, kind.name)
} | {
    "тестирование": "Т",
    "ответ": "ОТ",
    "устный ответ": "ОТ",
    "работа на уроке": "ОТ",
    "домашняя работа": "ДЗ",
    "контрольный диктант": "Д",
}


def work_kind(name: str) -> str:
    """Tell the code of a kind of work, «КР»; a kind nobody knows is its own name."""
    return _WORK_KINDS.get(tidy(name).casefold()) or values.identifier(name)


def plain(name: str) -> str:
    """Normalise a name for comparison: case, ё, spaces."""
    return tidy(name).casefold().replace("ё", "е")


def name_id(prefix: str, *parts: str) -> str:
    """Make an id out of names: stable from file to file, and no name in it."""
    text = "|".join(plain(part) for part in parts)
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def school_year(day: dt.date) -> str:
    """Tell the school year of a day, "2025/2026"."""
    first = day.year if day.month >= _AUGUST else day.year - 1
    return f"{first}/{first + 1}"


@dataclass(slots=True)
class _Span:
    """A period as days with lessons show it: no bounds are told, only what lies within."""

    name: str
    place: Place
    first: dt.date
    last: dt.date


@dataclass(slots=True)
class Book:
    """What answers say, by key; `year` is "2025/2026" once it is known."""

    year: str = ""
    parts: list[Part] = field(default_factory=list)
    people: dict[str, Student] = field(default_factory=dict)
    _rows: dict[int, list[Row | Finding]] = field(default_factory=lambda: defaultdict(list))
    _keyed: dict[tuple[Any, ...], tuple[Any, Place]] = field(default_factory=dict)
    _places: dict[str, Place] = field(default_factory=dict)
    _units: dict[str, tuple[ClassUnit, Place]] = field(default_factory=dict)
    _staff: dict[str, tuple[Staff, Place]] = field(default_factory=dict)
    _subjects: dict[str, str] = field(default_factory=dict)
    _families: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _spans: dict[str, _Span] = field(default_factory=dict)

    def begin(self, part: Part) -> int:
        """Take a part in; its number goes into the places of its rows."""
        self.parts.append(part)
        return len(self.parts) - 1

    def put(self, row: Row, place: Place) -> None:
        """Add a row that nothing repeats."""
        self._rows[place[0]].append(row)

    def note(self, code: str, part: int = 0, where: str = "", **params: str | int) -> None:
        """Add a finding to a part."""
        words: dict[str, Any] = dict(params)
        self._rows[part].append(finding(code, where or self.parts[part].file, **words))

    def lacks(self, system: str, what: str) -> None:
        """Tell once what the answers of a system do not hold."""
        if self.parts:
            self.note("SV-03", system=system, what=what)

    def address(self, place: Place) -> str:
        """Tell a place to people."""
        part = self.parts[place[0]]
        inner = f", {part.sheet}, ячейка {place[1]}" if part.sheet else f": {place[1] or '/'}"
        return f"{part.file}{inner}"

    def once(self, key: tuple[Any, ...], content: object, place: Place) -> bool:
        """Whether this is the first word on the key; another content than before is rejected."""
        known = self._keyed.setdefault(key, (content, place))
        if known[1] is place:
            return True
        if known[0] != content:
            self.contradiction(" / ".join(str(item) for item in key[1:] if item), known[1], place)
        return False

    def contradiction(self, key: str, first: Place, second: Place) -> None:
        """Reject a row that says otherwise than an earlier one."""
        file = self.parts[second[0]].file
        self._rows[second[0]].append(
            finding(
                "IM-05",
                self.address(second),
                refs={"file": file, "cell": second[1], "row": second[1]},
                key=key,
                first=self.address(first),
                second=self.address(second),
            )
        )

    # People and subjects

    def school(self, name: str, place: Place, school_id: str = "", **told: str) -> None:
        """Take the school; the first full name stays."""
        if name and self.once(("school",), name, place):
            words: dict[str, Any] = dict(told)
            row = School(school_id or name_id("school", name), name, **words, cell=place[1])
            self.put(row, place)

    def unit(self, name: str, place: Place, grade: int | None = None, head: str = "") -> str:
        """Take a class, return its id «7А». Raises InputFault when its grade cannot be told."""
        class_id = values.class_name(name)
        found = _GRADE.match(class_id)
        number = grade if grade is not None else int(found[1]) if found else 0
        if not 1 <= number <= _LAST_GRADE:
            raise InputFault(
                f"По названию класса «{class_id[:20]}» не видно параллели.",
                where=self.address(place),
                remedy="Класс должен называться так: 7А.",
            )
        letter = class_id[found.end() :] if found else ""
        known = self._units.get(class_id)
        if known is None or (head and not known[0].class_teacher_id):
            unit = ClassUnit(class_id, number, letter, class_teacher_id=head, cell=place[1])
            self._units[class_id] = (unit, place)
        return class_id

    @property
    def classes(self) -> list[str]:
        """The classes known so far."""
        return list(self._units)

    def pupil(
        self, name: str, class_id: str, place: Place, *, gender: str = "", student_id: str = ""
    ) -> str:
        """Take a pupil by full name, surname first; return the id."""
        last, _, rest = tidy(name).partition(" ")
        first, _, middle = rest.partition(" ")
        key = student_id or name_id("pupil", class_id, name)
        known = self.people.get(key)
        if known is None or (gender and not known.gender):
            self.people[key] = Student(key, last, first, middle, gender, cell=place[1])
            self._places.setdefault(key, place)
        if class_id and self.once(("в классе", key, class_id), None, place):
            self.put(Enrollment(key, class_id, cell=place[1]), place)
        return key

    def staff(self, name: str, place: Place, position: str = "") -> str:
        """Take a member of the staff by full name; return the id, "" for no name."""
        if not tidy(name):
            return ""
        last, _, rest = tidy(name).partition(" ")
        first, _, middle = rest.partition(" ")
        key = name_id("staff", name)
        known = self._staff.get(key)
        if known is None or (position and not known[0].position):
            self._staff[key] = (
                Staff(key, last, first, middle, position=position, cell=place[1]), place
            )  # fmt: skip
        return key

    def subject(self, name: str, place: Place) -> str:
        """Take a subject; its name is its id, as first written."""
        key = plain(name)
        if key not in self._subjects:
            self._subjects[key] = values.identifier(name)
            self.put(Subject(self._subjects[key], tidy(name), cell=place[1]), place)
        return self._subjects[key]

    # Periods and final marks

    def period_code(self, name: str, place: Place) -> str:
        """Tell the code of a period, "" with a finding when the name is not one."""
        try:
            return values.period_code(name)
        except Unreadable:
            if self.once(("период", plain(name)), None, place):
                self.note("SV-07", place[0], self.address(place), name=name[:60])
            return ""

    def period(self, name: str, start: dt.date, end: dt.date, place: Place) -> None:
        """Take a period whose bounds are told."""
        code = self.period_code(name, place)
        if code and self.once(("period", code), (start, end), place):
            self._put_period(code, name, (start, end), place)

    def seen_in(self, name: str, day: dt.date, place: Place) -> None:
        """Take a day with lessons within a period whose bounds are not told."""
        code = self.period_code(name, place)
        if code:
            span = self._spans.setdefault(code, _Span(name, place, day, day))
            span.first, span.last = min(span.first, day), max(span.last, day)

    def _put_period(
        self, code: str, name: str, bounds: tuple[dt.date, dt.date], place: Place
    ) -> None:
        kind = _KINDS.get(code[0], PeriodKind.YEAR)
        year = school_year(bounds[0])
        self.put(Period(year, code, kind, tidy(name), *bounds, cell=place[1]), place)
        self.year = self.year or year

    def scheme(self, class_id: str, code: str) -> None:
        """Learn how the year of a class is cut from a period it has."""
        self._families[class_id].add(code[:1])

    def final(
        self, student_id: str, class_id: str, subject_id: str, code: str, raw: str, place: Place
    ) -> None:
        """Take a final mark; an empty one is none."""
        self.scheme(class_id, code)
        value = mark_value(raw)
        if (value is None or not value.empty) and self.once(
            ("final", student_id, subject_id, code), raw, place
        ):
            self.put(FinalMark(student_id, subject_id, code, raw, cell=place[1]), place)

    # Handing on

    def rows(self) -> Iterator[Part | Row | Finding]:
        """Yield every part with its rows and findings."""
        self._finish()
        for number, part in enumerate(self.parts):
            yield part
            yield from self._rows.pop(number, ())

    def _finish(self) -> None:
        for key, student in self.people.items():
            place = self._places[key]
            self.put(student, (place[0], student.cell))
        for staff, place in self._staff.values():
            self.put(staff, place)
        for unit, place in self._units.values():
            families = self._families.get(unit.class_id, set()) & set(_SCHEMES)
            known = families or {
                row.code[0] for rows in self._rows.values() for row in rows
                if isinstance(row, Period)
            } & set(_SCHEMES)  # fmt: skip
            scheme = _SCHEMES[min(known)] if len(known) == 1 else Scheme.QUARTERS
            self.put(
                ClassUnit(
                    unit.class_id, unit.grade, unit.letter, unit.class_teacher_id,
                    scheme=scheme, cell=unit.cell,
                ), place,
            )  # fmt: skip
        for code, span in self._spans.items():
            if ("period", code) not in self._keyed:
                self._put_period(code, span.name, (span.first, span.last), span.place)
                self.note(
                    "SV-05", span.place[0], self.address(span.place), name=span.name,
                    first=f"{span.first:%d.%m.%Y}", last=f"{span.last:%d.%m.%Y}",
                )  # fmt: skip
