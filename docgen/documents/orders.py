"""Orders of the school: who is charged with what, who controls it, who is acquainted (R19-R23).

The wording stands in the templates, where a school changes it; here are the people in their cases
and the tables. Requisites are those of ГОСТ Р 7.0.97 (norm `order.layout`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docgen import russian
from docgen.core.findings import Finding, finding
from docgen.documents.families import doubt
from docgen.documents.house import sex_told
from docgen.documents.kinds import Ask, Document, Kind, Need
from docgen.journal.model import Staff
from docgen.russian.names import decline_position, decline_short

EDITIONS = ("2016", "2025")
NEW_EDITION = dt.date(2025, 8, 18)
"""Since when ГОСТ Р 7.0.97-2025 is in force (norms `order.layout`, `order.layout.2016`)."""

ROLES: Mapping[str, str] = {
    "director": "директор",
    "deputy": "заместитель директора",
    "secretary": "секретарь",
    "administrator": "администратор электронного журнала",
    "print_responsible": "ответственный за печать и архив",
}
"""What people call the offices an order may charge, when nobody holds them."""


@dataclass(frozen=True, slots=True)
class Charged:
    """A person an order names, each form with the position before the name.

    who: «заместитель директора по УВР Иванова И.И.»
    to: the dative, «заместителю директора по УВР Ивановой И.И.»
    whom: the accusative, «заместителя директора по УВР Иванову И.И.»
    name: «Иванова И.И.»
    position: «заместитель директора по УВР»
    """

    who: str
    to: str
    whom: str
    name: str
    position: str


@dataclass(frozen=True, slots=True)
class Requisites:
    """What every order has.

    founder: the founder, or ""
    organisation, short_name: the school in full and in short
    city: where the order is made
    number, date: of the register, «12-од», «28 августа 2026 г.»
    short_date: «28.08.2026», for the headings of appendices
    position, signatory: who signs, «Директор», «И.О. Фамилия»
    control: «Контроль за исполнением приказа …», the last point
    executor: who made the draft, «Фамилия И.О.», or ""
    standard: year of the edition of ГОСТ Р 7.0.97, «2025» or «2016»
    code: what the QR code says before the heading of the order; "" where there is none
    """

    founder: str
    organisation: str
    short_name: str
    city: str
    number: str
    date: str
    short_date: str
    position: str
    signatory: str
    control: str
    executor: str
    standard: str
    code: str


@dataclass(frozen=True, slots=True)
class Acquainted:
    """A line of the list of acquaintance: «Иванова И.И.», position."""

    name: str
    position: str


class Doubts(list[Finding]):
    """What keeps an order from being printed: gathered while its people are declined."""


def requisites(ask: Ask, title: str, doubts: Doubts) -> Requisites:
    """Head and foot of an order; what is missing goes to the doubts (DC-01)."""
    organisation, officials = ask.house.organisation, ask.house.officials
    director = officials["director"]
    for value, what in (
        (organisation.full_name, "полное наименование школы (school.toml, [school] full_name)"),
        (organisation.city, "место издания (school.toml, [school] city)"),
        (director.person, "директор (school.toml, [people] director)"),
    ):
        if not value:
            doubts.append(finding("DC-01", title, what=what))
    role = str(ask.house.details["orders"]["control"])
    control = "Контроль за исполнением приказа оставляю за собой."
    if role and role != "director":
        whom = charged(ask, role, title, doubts).whom
        control = f"Контроль за исполнением приказа возложить на {whom}."
    standard = _standard(ask, title, doubts)
    name = organisation.name
    day = russian.date_numeric(ask.signed) if ask.signed else ""
    executor = officials[str(ask.house.details["orders"]["executor"]) or "secretary"]
    return Requisites(
        founder=organisation.founder,
        organisation=organisation.full_name,
        short_name=organisation.short_name,
        city=organisation.city,
        number=ask.number,
        date=russian.date_long(ask.signed) if ask.signed else "",
        short_date=day,
        position=director.position,
        signatory=director.signature,
        control=control,
        executor=executor.short,
        standard=standard,
        code=f"{name}. Приказ от {day} № {ask.number}" if standard == EDITIONS[-1] and day else "",
    )


def _standard(ask: Ask, title: str, doubts: Doubts) -> str:
    """The edition the school names, else the one in force on the day of the order."""
    named = str(ask.house.details["orders"]["standard"])
    if named and named not in EDITIONS:
        what = (
            f"редакция ГОСТ Р 7.0.97: {' или '.join(EDITIONS)} (documents.toml, [orders] standard)"
        )
        doubts.append(finding("DC-01", title, what=what))
    return named or EDITIONS[(ask.signed or ask.house.today) >= NEW_EDITION]


def charged(ask: Ask, role: str, title: str, doubts: Doubts) -> Charged:
    """Who holds an office, in the cases orders want; what is unclear goes to the doubts."""
    official = ask.house.officials.get(role)
    if official is None or official.person is None:
        name = ROLES.get(role, role)
        doubts.append(finding("DC-01", title, what=f"{name} (school.toml, [people])"))
        return Charged(name, name, name, "", name)
    return _charged(ask, official.person, official.office, title, doubts)


def _charged(ask: Ask, person: Staff, position: str, title: str, doubts: Doubts) -> Charged:
    forms = {}
    for case in ("d", "a"):
        office = decline_position(position, case, ask.house.names)
        if not office.certain:
            doubts.append(finding("RU-02", title, title=title, name=position))
        name = decline_short(person, case, sex=sex_told(person), table=ask.house.names)
        if not name.certain:
            doubts.append(doubt(name, person, title, where=title))
        forms[case] = f"{office.text} {name.text}"
    short = russian.initials_after(person.last, person.first, person.middle)
    return Charged(f"{position} {short}", forms["d"], forms["a"], short, position)


def working(ask: Ask) -> list[Staff]:
    """The staff of today in the order of their names."""
    people = [
        person
        for person in ask.house.staff.values()
        if person.end is None or person.end >= ask.house.today
    ]
    return sorted(people, key=lambda one: russian.sort_key(one.last, one.first, one.middle))


def acquainted(people: Sequence[Staff]) -> tuple[Acquainted, ...]:
    """The list of acquaintance (R22)."""
    return tuple(
        Acquainted(russian.initials_after(one.last, one.first, one.middle), one.position)
        for one in people
    )


def told(ask: Ask, section: str, keys: Mapping[str, str], title: str, doubts: Doubts) -> None:
    """Note what documents.toml does not tell: `keys` are Russian names by key."""
    for key, name in keys.items():
        if not ask.house.details[section][key]:
            doubts.append(
                finding("DC-01", title, what=f"{name} (documents.toml, [{section}] {key})")
            )


def order_stem(number: str, day: dt.date | None) -> str:
    """What the file of an order is named by: order-2025-09-05-12-од; a draft has no number yet."""
    if not number or day is None:
        return "order"
    return f"order-{day}-" + re.sub(r"[^\w-]+", "-", number).strip("-")


Maker = Callable[[Ask, str, Doubts], Any]


def order(name: str, title: str, ground: str, make: Maker, *needs: Need) -> Kind:
    """A kind of orders: one document for the school; `make` gives its context and the doubts."""

    def made(ask: Ask) -> Iterator[Document | Finding]:
        doubts = Doubts()
        context = make(ask, title, doubts)
        if doubts:
            yield from {(item.code, item.message): item for item in doubts}.values()
        else:
            yield Document(order_stem(ask.number, ask.signed), title, context)

    return Kind(name, title, ground, made, needs=frozenset({Need.NUMBER, *needs}))
