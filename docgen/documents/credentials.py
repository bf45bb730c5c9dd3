"""Slips with the access to the electronic diary, and the list of their receipt (R32).

Logins and passwords come from a file that is named on the command line, stand on the slips, and
are kept nowhere else: not in the journal, not in logs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from docgen import russian
from docgen.core.errors import UsageFault
from docgen.core.findings import Finding, finding
from docgen.documents.families import Family, classes, full_name
from docgen.documents.kinds import Ask, Document, Kind, Need
from docgen.journal.sources.details import Detail
from docgen.russian.names import plain

_SLIP = "Памятка с доступом к электронному дневнику"
_RECEIPT = "Список выдачи доступа к электронному дневнику"

COLUMNS: Mapping[str, Sequence[str]] = {
    "pupil": ("ФИО", "Учащийся", "Обучающийся", "Ученик"),
    "login": ("Логин", "login", "Имя пользователя"),
    "password": ("Пароль", "Первый пароль", "password"),
}
"""What the file of access details holds; «Для кого» may tell parent and pupil apart."""


@dataclass(frozen=True, slots=True)
class Slip:
    """Access of one person; context of `credentials`.

    school: the school's name
    child: the pupil's full name
    class_name: «7 «А»»
    system, site, help: the journal's name, its address, where help is given
    login, password: as the file tells them
    """

    school: str
    child: str
    class_name: str
    system: str
    site: str
    help: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Received:
    """A line of the list: pupil, parent who signs, login."""

    child: str
    parent: str
    login: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The list of receipt of a class; context of `credentials-receipt`. Passwords stand not in it.

    school: the school's name
    class_name: «7 «А»»
    system: the journal's name
    rows: in the order of the class's list
    class_teacher: «И.О. Фамилия»
    """

    school: str
    class_name: str
    system: str
    rows: tuple[Received, ...]
    class_teacher: str


@dataclass(frozen=True, slots=True)
class _Access:
    family: Family
    number: int
    detail: Detail


def _given(ask: Ask) -> Iterator[_Access | Finding]:
    """Find whose the rows of the file are; who is not found, or twice, is told."""
    if not ask.details:
        raise UsageFault(
            "не назван файл с логинами и паролями",
            remedy="Добавьте --details ФАЙЛ: таблица со столбцами ФИО, Логин, Пароль.",
        )
    families = [family for group in classes(ask) for family in group.families]
    by_name: dict[str, list[Family]] = {}
    for family in families:
        for name in {full_name(family.pupil), f"{family.pupil.last} {family.pupil.first}"}:
            by_name.setdefault(plain(name), []).append(family)
    seen: Counter[str] = Counter()
    for detail in ask.details:
        found = by_name.get(plain(detail.cells["pupil"]), [])
        if len(found) != 1:
            if found or not (ask.pupil or len(ask.units) < len(ask.journal.classes())):
                what = "таких учащихся несколько" if found else "такого учащегося в классах нет"
                yield finding("DT-01", detail.where, what=what)
            continue
        empty = [name for name in ("login", "password") if not detail.cells[name]]
        if empty:
            words = {"login": "логин", "password": "пароль"}
            yield finding("DC-01", detail.where, what=", ".join(words[name] for name in empty))
            continue
        seen[found[0].pupil.student_id] += 1
        yield _Access(found[0], seen[found[0].pupil.student_id], detail)


def _slips(ask: Ask) -> Iterator[Document | Finding]:
    system = ask.house.details["system"]
    found = list(_given(ask))
    yield from (item for item in found if isinstance(item, Finding))
    access = [item for item in found if isinstance(item, _Access)]
    order = {unit.class_id: place for place, unit in enumerate(ask.units)}
    for item in sorted(access, key=lambda one: (order[one.family.unit.class_id], one.family.stem)):
        family = item.family
        context = Slip(
            school=ask.house.organisation.name,
            child=full_name(family.pupil),
            class_name=russian.class_in_text(family.unit.class_id),
            system=system["name"],
            site=system["site"],
            help=system["help"],
            login=item.detail.cells["login"],
            password=item.detail.cells["password"],
        )
        stem = family.stem if item.number == 1 else f"{family.stem}-{item.number}"
        yield Document(stem, _SLIP, context, family.unit.class_id)


def _receipts(ask: Ask) -> Iterator[Document | Finding]:
    found = list(_given(ask))
    yield from (item for item in found if isinstance(item, Finding))
    for unit in ask.units:
        rows = tuple(
            Received(
                full_name(item.family.pupil),
                item.family.signer_name,
                item.detail.cells["login"],
            )
            for item in found
            if isinstance(item, _Access) and item.family.unit == unit
        )
        if rows:
            context = Receipt(
                school=ask.house.organisation.name,
                class_name=russian.class_in_text(unit.class_id),
                system=ask.house.details["system"]["name"],
                rows=tuple(sorted(rows, key=lambda row: russian.sort_key(row.child))),
                class_teacher=ask.house.signature(unit.class_teacher_id),
            )
            yield Document("receipt", _RECEIPT, context, unit.class_id)


KINDS = (
    Kind("credentials", _SLIP, "R32", _slips, needs=frozenset({Need.DETAILS}), columns=COLUMNS),
    Kind(
        "credentials-receipt",
        _RECEIPT,
        "R32",
        _receipts,
        needs=frozenset({Need.DETAILS}),
        columns=COLUMNS,
    ),
)
