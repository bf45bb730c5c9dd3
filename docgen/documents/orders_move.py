"""Orders around the move to the electronic journal: move, acts, responsible, printing (R19-R23)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import finding
from docgen.documents.kinds import Ask
from docgen.documents.orders import (
    Acquainted,
    Charged,
    Doubts,
    Requisites,
    acquainted,
    charged,
    order,
    requisites,
    told,
    working,
)
from docgen.journal.model import Staff

_SYSTEM = {"name": "название системы", "site": "адрес, по которому входят в систему"}


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A line of the roll-out plan: what, by when, who (R23)."""

    what: str
    until: str
    who: str


@dataclass(frozen=True, slots=True)
class HelpRow:
    """A line of the schedule of help: day, time, kind, who (R23)."""

    day: str
    time: str
    kind: str
    who: str


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of the local acts, as the school set them (R1, R11, R14, R17, R27-R29).

    homework: after the last lesson homework is entered not later than, «2 часов»
    written: marks of written works are set not later than, «7 рабочих дней»
    lock: marks may still be entered for, «3 дня»
    printing: paper copies are printed not later than, «5 рабочих дней»
    inform: parents are told at least once in, «2 недели»
    preliminary: the preliminary report comes before a period's end by, «14 дней»
    collect_until: by when applications are collected
    """

    homework: str
    written: str
    lock: str
    printing: str
    inform: str
    preliminary: str
    collect_until: str


@dataclass(frozen=True, slots=True)
class TransitionOrder:
    """The order on the move, with its appendices; context of `order-transition`.

    head: requisites of the order
    start: from which day, «1 сентября 2026 г.»
    system, site: the journal's name and address
    help: where help is given
    deputy, administrator, print_responsible: who is charged
    plan: the roll-out plan
    schedule: the schedule of help
    terms: terms of the local acts
    acquainted: the list of acquaintance
    """

    head: Requisites
    start: str
    system: str
    site: str
    help: str
    deputy: Charged
    administrator: Charged
    print_responsible: Charged
    plan: tuple[PlanRow, ...]
    schedule: tuple[HelpRow, ...]
    terms: Terms
    acquainted: tuple[Acquainted, ...]


def _transition(ask: Ask, title: str, doubts: Doubts) -> TransitionOrder:
    told(ask, "system", _SYSTEM, title, doubts)
    told(ask, "notice", {"start": "день перехода"}, title, doubts)
    details, system = ask.house.details["order-transition"], ask.house.details["system"]
    return TransitionOrder(
        head=requisites(ask, title, doubts),
        start=ask.house.details["notice"]["start"],
        system=system["name"],
        site=system["site"],
        help=system["help"],
        deputy=charged(ask, "deputy", title, doubts),
        administrator=charged(ask, "administrator", title, doubts),
        print_responsible=charged(ask, "print_responsible", title, doubts),
        plan=tuple(PlanRow(row["what"], row["until"], row["who"]) for row in details["plan"]),
        schedule=tuple(
            HelpRow(row["day"], row["time"], row["kind"], row["who"]) for row in details["help"]
        ),
        terms=_terms(ask),
        acquainted=acquainted(working(ask)),
    )


def _terms(ask: Ask) -> Terms:
    details, norms = ask.house.details["orders"], ask.house.norms
    return Terms(
        homework=_not_later(details["homework_hours"], "часа", "часов"),
        written=_not_later(norms.work_days, "рабочего дня", "рабочих дней"),
        lock=_counted(norms.lock_days, "день", "дня", "дней"),
        printing=_not_later(details["print_days"], "рабочего дня", "рабочих дней"),
        inform=_counted(details["inform_weeks"], "неделю", "недели", "недель"),
        preliminary=_counted(
            ask.house.details["reports"]["preliminary_days"], "день", "дня", "дней"
        ),
        collect_until=details["collect_until"],
    )


def _counted(number: int, one: str, few: str, many: str) -> str:
    return f"{number}{russian.NBSP}{russian.plural(number, one, few, many)}"


def _not_later(number: int, one: str, many: str) -> str:
    """In the genitive, after «не позднее»: «1 часа», «2 часов»."""
    return _counted(number, one, many, many)


@dataclass(frozen=True, slots=True)
class ActsOrder:
    """The order approving local acts; context of `order-acts`.

    head: requisites of the order
    acts: what is approved, one act a line
    start: from which day the acts are in force
    deputy, administrator: who is charged
    acquainted: the list of acquaintance
    """

    head: Requisites
    acts: tuple[str, ...]
    start: str
    deputy: Charged
    administrator: Charged
    acquainted: tuple[Acquainted, ...]


def _acts(ask: Ask, title: str, doubts: Doubts) -> ActsOrder:
    told(ask, "notice", {"start": "день, с которого акты действуют"}, title, doubts)
    told(ask, "order-acts", {"acts": "перечень локальных актов"}, title, doubts)
    return ActsOrder(
        head=requisites(ask, title, doubts),
        acts=tuple(ask.house.details["order-acts"]["acts"]),
        start=ask.house.details["notice"]["start"],
        deputy=charged(ask, "deputy", title, doubts),
        administrator=charged(ask, "administrator", title, doubts),
        acquainted=acquainted(working(ask)),
    )


@dataclass(frozen=True, slots=True)
class Duty:
    """Who answers for what: the person in the accusative, the function."""

    person: Charged
    function: str


@dataclass(frozen=True, slots=True)
class ResponsibleOrder:
    """The order naming those responsible; context of `order-responsible`.

    head: requisites of the order
    system: the journal's name
    duties: persons and functions
    acquainted: the list of acquaintance
    """

    head: Requisites
    system: str
    duties: tuple[Duty, ...]
    acquainted: tuple[Acquainted, ...]


def _responsible(ask: Ask, title: str, doubts: Doubts) -> ResponsibleOrder:
    told(ask, "system", {"name": _SYSTEM["name"]}, title, doubts)
    functions: Mapping[str, str] = ask.house.details["order-responsible"]
    duties = tuple(
        Duty(charged(ask, role, title, doubts), function)
        for role, function in functions.items()
        if function
    )
    if not duties:
        doubts.append(finding("DC-01", title, what="функции (documents.toml, [order-responsible])"))
    return ResponsibleOrder(
        head=requisites(ask, title, doubts),
        system=ask.house.details["system"]["name"],
        duties=duties,
        acquainted=acquainted(_holders(ask, functions)),
    )


def _holders(ask: Ask, roles: Mapping[str, str]) -> list[Staff]:
    people = [ask.house.officials[role].person for role in roles if role in ask.house.officials]
    return list(dict.fromkeys(person for person in people if person is not None))


@dataclass(frozen=True, slots=True)
class PrintingOrder:
    """The order on printing and archiving paper copies; context of `order-printing`.

    head: requisites of the order
    year: «2025/2026»
    deputy, secretary, administrator, print_responsible: who is charged
    terms: terms of the local acts
    media_until: by when the year's two media are handed over, «30 июня»
    retention: «не менее 5 лет»
    acquainted: the list of acquaintance
    """

    head: Requisites
    year: str
    deputy: Charged
    secretary: Charged
    administrator: Charged
    print_responsible: Charged
    terms: Terms
    media_until: str
    retention: str
    acquainted: tuple[Acquainted, ...]


def _printing(ask: Ask, title: str, doubts: Doubts) -> PrintingOrder:
    details = ask.house.details["order-printing"]
    return PrintingOrder(
        head=requisites(ask, title, doubts),
        year=ask.house.year,
        deputy=charged(ask, "deputy", title, doubts),
        secretary=charged(ask, "secretary", title, doubts),
        administrator=charged(ask, "administrator", title, doubts),
        print_responsible=charged(ask, "print_responsible", title, doubts),
        terms=_terms(ask),
        media_until=details["media_until"],
        retention=details["retention"],
        acquainted=acquainted(working(ask)),
    )


KINDS = (
    order(
        "order-transition",
        "Приказ о переходе на ведение журналов в электронном виде",
        "R19, R22, R23",
        _transition,
    ),
    order("order-acts", "Приказ об утверждении локальных актов", "R20, R22", _acts),
    order("order-responsible", "Приказ о назначении ответственных", "R21, R22", _responsible),
    order(
        "order-printing",
        "Приказ о печати и архивировании твёрдых копий",
        "R1-R12, R22",
        _printing,
    ),
)
