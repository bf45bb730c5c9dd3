"""Families as documents name them: pupil, signing parent, names in the case needed (R14)."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from docgen import russian
from docgen.core.errors import UsageFault
from docgen.core.findings import Finding, finding
from docgen.documents.kinds import Ask
from docgen.journal.model import ClassUnit, Enrollment, Guardian, Staff, Student
from docgen.russian import Case
from docgen.russian.names import Declined, plain, sex_of

_LONGEST = 60
"""Letters of a name that a file's name takes."""

Person = Student | Guardian | Staff

_PARENTS = frozenset({"мать", "отец", "мачеха", "отчим"})
_CHILD = {
    ("g", "ж"): "моей дочери",
    ("g", "м"): "моего сына",
    ("g", ""): "моего ребёнка",
    ("d", "ж"): "моей дочери",
    ("d", "м"): "моему сыну",
    ("d", ""): "моему ребёнку",
}
_PUPIL = {
    ("g", "ж"): "обучающейся",
    ("g", "м"): "обучающегося",
    ("g", ""): "обучающегося",
    ("d", "ж"): "обучающейся",
    ("d", "м"): "обучающемуся",
    ("d", ""): "обучающемуся",
}
"""How a parent and how anybody else calls the pupil, by case and sex."""


@dataclass(frozen=True, slots=True)
class Family:
    """A pupil of a class with the parents the journal knows; the first of them signs."""

    number: int
    pupil: Student
    unit: ClassUnit
    guardians: tuple[Guardian, ...]

    @property
    def where(self) -> str:
        """«7А / Арутюнян Нелли», the place of findings."""
        return f"{self.unit.class_id} / {self.pupil.last} {self.pupil.first}"

    @property
    def stem(self) -> str:
        """What files of this family are named by; the place in the list tells namesakes apart."""
        return f"{self.number:02d}-{pupil_slug(self.pupil)}"

    @property
    def signer(self) -> Guardian:
        """The parent who signs: the first the journal names."""
        return self.guardians[0]

    @property
    def signer_short(self) -> str:
        """«Фамилия И.О.» of the parent who signs; "" when the journal knows no parent."""
        if not self.guardians:
            return ""
        parent = self.signer
        return russian.initials_after(parent.last, parent.first, parent.middle)

    @property
    def signer_name(self) -> str:
        """The full name of the parent who signs; "" when the journal knows no parent."""
        return full_name(self.signer) if self.guardians else ""

    def child(self, case: Case) -> str:
        """«моей дочери» from a parent, «обучающейся» from anybody else."""
        parent = self.guardians and self.signer.relation.strip().casefold() in _PARENTS
        words = _CHILD if parent else _PUPIL
        return words[case, sex_of(self.pupil, self.pupil.gender)]

    def studies(self, case: Case) -> str:
        """«обучающейся» or «обучающегося»."""
        return _PUPIL[case, sex_of(self.pupil, self.pupil.gender)]


@dataclass(frozen=True, slots=True)
class ClassFamilies:
    """A class and its families in the order of the list."""

    unit: ClassUnit
    families: tuple[Family, ...]


def classes(ask: Ask) -> Iterator[ClassFamilies]:
    """The families asked for, class by class: of pupils who have not left.

    Raises UsageFault when a pupil was named whom no class has.
    """
    people = {item.student_id: item for item in ask.journal.select(Student)}
    guardians = defaultdict(list)
    for guardian in ask.journal.select(Guardian):
        guardians[guardian.student_id].append(guardian)
    found = False
    for unit in ask.units:
        families = tuple(
            Family(number, people[stay.student_id], unit, tuple(guardians[stay.student_id]))
            for number, stay in enumerate(_stays(ask, unit, people), start=1)
            if not ask.pupil or named(people[stay.student_id], ask.pupil)
        )
        found = found or bool(families)
        if families:
            yield ClassFamilies(unit, families)
    if not found and ask.pupil:
        raise nobody(ask.pupil)


def pupil_slug(pupil: Student) -> str:
    """«Иванова-Мария», a pupil in the name of a file."""
    name = re.sub(r"[^\w-]+", "-", f"{pupil.last}-{pupil.first}").strip("-")
    return name[:_LONGEST]


def nobody(text: str) -> UsageFault:
    """The fault that nobody in the classes asked for is named so."""
    return UsageFault(
        f"учащегося «{text}» в выбранных классах нет",
        remedy="Напишите фамилию, как в журнале, или начало фамилии и имени.",
    )


def _stays(ask: Ask, unit: ClassUnit, people: dict[str, Student]) -> list[Enrollment]:
    day = ask.period.end if ask.period else ask.house.today
    stays = {
        stay.student_id: stay
        for stay in ask.journal.select(Enrollment, "class_id = ?", (unit.class_id,))
        if stay.student_id in people and (stay.end is None or stay.end >= day)
    }

    def place(stay: Enrollment) -> tuple[object, ...]:
        person = people[stay.student_id]
        numbered = stay.list_no is not None
        return (
            not numbered,
            stay.list_no or 0,
            russian.sort_key(person.last, person.first, person.middle),
        )

    return sorted(stays.values(), key=place)


def named(person: Student, text: str) -> bool:
    """Whether a person is meant by an id or by the beginning of the full name, ё or е."""
    return text == person.student_id or plain(full_name(person)).startswith(plain(text))


def full_name(person: Person) -> str:
    """«Арутюнян Нелли Левоновна»."""
    return " ".join(filter(None, (person.last, person.first, person.middle)))


def long_date(day: dt.date | None) -> str:
    """«17 января 2013 г.»; empty for no day."""
    return russian.date_long(day) if day else ""


def missing(family: Family, what: str) -> Finding:
    """DC-01 about a family."""
    return finding("DC-01", family.where, refs=refs(family), what=what)


def unsure(ask: Ask, family: Family, title: str, case: Case, *people: Person) -> Iterator[Finding]:
    """RU-01 for those of the people whose name nobody knows how to decline."""
    for person in people:
        form = ask.house.declined(person, case)
        if not form.certain:
            yield doubt(form, person, title, where=family.where, refs=refs(family))


def doubt(
    form: Declined, person: Person, title: str, *, where: str, refs: Mapping[str, str] | None = None
) -> Finding:
    """RU-01: a form of a person's name is not certain, and the document `title` wants it."""
    name = full_name(person)
    return finding("RU-01", where, refs=refs, title=title, name=name, why=form.why)


def refs(family: Family) -> dict[str, str]:
    """Class and pupil, as findings refer to them."""
    return {"class": family.unit.class_id, "student": family.pupil.student_id}
