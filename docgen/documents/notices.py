"""What the school tells parents: the notice of the move, the list of acquaintance (R16)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding, finding
from docgen.documents.families import classes, full_name, missing, unsure
from docgen.documents.kinds import Ask, Document, Kind

_NOTICE = "Уведомление о переходе на электронный журнал"
_LIST = "Лист ознакомления родителей"


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice of the move; context of `notice`. In a blank form what concerns people is "".

    school: the school's name
    parent: the parent's full name
    parent_short: the parent for the signature
    child: the pupil's full name in the genitive
    child_name: the pupil's full name
    class_name: «7 «А»»
    start: from which day, «1 сентября 2026 г.»
    basis: the school's order
    system, site, help: the journal's name, its address, where help is given
    answer_until: until when the slip is to come back, or ""
    position, signatory: who signs: «Директор», «И.О. Фамилия»
    """

    school: str
    parent: str
    parent_short: str
    child: str
    child_name: str
    class_name: str
    start: str
    basis: str
    system: str
    site: str
    help: str
    answer_until: str
    position: str
    signatory: str


@dataclass(frozen=True, slots=True)
class Acquainted:
    """A line of the list: parent and child, by their full names."""

    parent: str
    child: str


@dataclass(frozen=True, slots=True)
class AcquaintanceList:
    """The list of parents who were acquainted; context of `parents-acquaintance`.

    school: the school's name
    class_name: «7 «А»»
    year: «2025/2026»
    subject: what they are acquainted with
    rows: parents and children, in the order of the class's list
    class_teacher: «И.О. Фамилия»
    """

    school: str
    class_name: str
    year: str
    subject: str
    rows: tuple[Acquainted, ...]
    class_teacher: str


def _notices(ask: Ask) -> Iterator[Document | Finding]:
    told = ask.house.details["notice"]
    lacking = [
        f"{name} (documents.toml, [{section}] {key})"
        for section, key, name in (
            ("notice", "start", "дата перехода"),
            ("notice", "basis", "приказ школы"),
            ("system", "name", "название системы"),
            ("system", "site", "адрес, по которому входят родители"),
        )
        if not ask.house.details[section][key]
    ]
    if lacking:
        for what in lacking:
            yield finding("DC-01", _NOTICE, what=what)
        return
    system, director = ask.house.details["system"], ask.house.officials["director"]
    common = {
        "school": ask.house.organisation.name,
        "start": told["start"],
        "basis": russian.nbsp_text(told["basis"]),
        "system": system["name"],
        "site": system["site"],
        "help": system["help"],
        "answer_until": told["answer_until"],
        "position": director.position,
        "signatory": director.signature,
    }
    if ask.blank:
        nobody = dict.fromkeys(("parent", "parent_short", "child", "child_name", "class_name"), "")
        yield Document("blank", _NOTICE, Notice(**nobody, **common))
        return
    for group in classes(ask):
        for family in group.families:
            if not family.guardians:
                yield missing(family, "законный представитель (таблица «Представители»)")
                continue
            doubts = [*unsure(ask, family, _NOTICE, "g", family.pupil)]
            yield from doubts
            if not doubts:
                context = Notice(
                    parent=family.signer_name,
                    parent_short=family.signer_short,
                    child=ask.house.declined(family.pupil, "g").text,
                    child_name=full_name(family.pupil),
                    class_name=russian.class_in_text(group.unit.class_id),
                    **common,
                )
                yield Document(family.stem, _NOTICE, context, group.unit.class_id)


def _lists(ask: Ask) -> Iterator[Document | Finding]:
    for group in classes(ask):
        rows = tuple(
            Acquainted(family.signer_name, full_name(family.pupil)) for family in group.families
        )
        context = AcquaintanceList(
            school=ask.house.organisation.name,
            class_name=russian.class_in_text(group.unit.class_id),
            year=ask.house.year,
            subject=ask.house.details["parents-acquaintance"]["subject"],
            rows=rows,
            class_teacher=ask.house.signature(group.unit.class_teacher_id),
        )
        yield Document("list", _LIST, context, group.unit.class_id)


KINDS = (
    Kind(name="notice", title=_NOTICE, ground="R16", make=_notices),
    Kind(name="parents-acquaintance", title=_LIST, ground="R16", make=_lists),
)
