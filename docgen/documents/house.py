"""The school as its free documents name it: organisation, people, settings, norms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from docgen import russian
from docgen.journal.model import Guardian, Staff, Student
from docgen.journal.preflight import CheckNorms
from docgen.russian import Case
from docgen.russian.names import NO_TABLE, Declined, Named, NameTable, decline

_SEXES = {"мать": "ж", "мачеха": "ж", "бабушка": "ж", "сестра": "ж", "тётя": "ж"}
_SEXES |= {"отец": "м", "отчим": "м", "дедушка": "м", "дед": "м", "брат": "м", "дядя": "м"}


def sex_told(person: Named) -> str:
    """«м» or «ж» as the journal tells it: the sex itself, a parent's relation; else empty."""
    if isinstance(person, Student | Staff):
        return person.gender
    if isinstance(person, Guardian):
        return _SEXES.get(person.relation.strip().casefold(), "")
    return ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """The school; "" for what nobody has told."""

    full_name: str
    short_name: str = ""
    founder: str = ""
    city: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    inn: str = ""
    ogrn: str = ""

    @property
    def name(self) -> str:
        """The short name, the full one without it."""
        return self.short_name or self.full_name


@dataclass(frozen=True, slots=True)
class Official:
    """Who holds an office and under which title; without a person a hand writes the name."""

    position: str
    person: Staff | None = None

    @property
    def office(self) -> str:
        """The position within a sentence: «заместитель директора по УВР»."""
        return self.position[:1].lower() + self.position[1:]

    @property
    def short(self) -> str:
        """«Фамилия И.О.», for lists and addressees."""
        person = self.person
        return russian.initials_after(person.last, person.first, person.middle) if person else ""

    @property
    def signature(self) -> str:
        """«И.О. Фамилия», as under orders."""
        person = self.person
        return russian.initials_before(person.last, person.first, person.middle) if person else ""


@dataclass(frozen=True, slots=True)
class Ground:
    """A legal wording with its source; `confirmed` is false while nobody has checked the text."""

    text: str
    act: str
    clause: str
    edition: str
    confirmed: bool

    @property
    def reference(self) -> str:
        """Act, clause and edition in one line."""
        return ", ".join(filter(None, (self.act, self.clause, self.edition)))


@dataclass(frozen=True, slots=True)
class House:
    """What every free document may need besides the journal.

    `officials` are director, deputy, secretary, administrator, print_responsible; `details` the
    sections of documents.toml, `grounds` the wordings of norms.toml; `year` reads «2025/2026»;
    `staff` is keyed by id, `norms` are the school's parameters of marks.
    """

    organisation: Organisation
    year: str
    today: dt.date
    officials: Mapping[str, Official]
    details: Mapping[str, Mapping[str, Any]]
    grounds: Mapping[str, Ground]
    names: NameTable = NO_TABLE
    staff: Mapping[str, Staff] = field(default_factory=dict)
    norms: CheckNorms = field(default_factory=CheckNorms)

    def declined(self, person: Named, case: Case) -> Declined:
        """A person's full name in a case; the sex as the journal tells it."""
        return decline(person, case, sex=sex_told(person), table=self.names)

    def signature(self, staff_id: str) -> str:
        """«И.О. Фамилия» of one of the staff; "" when the list does not hold the person."""
        return Official("", self.staff.get(staff_id)).signature

    @property
    def year_title(self) -> str:
        """«2025/2026 учебный год»."""
        return f"{self.year} учебный год"
