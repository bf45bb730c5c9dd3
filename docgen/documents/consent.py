"""Consent to the processing of personal data: nine items, a document of its own (R15).

Federal law 152-ФЗ, article 9, part 4. What only the parent knows (the child's document, the paper
of a guardian) is written by hand on lines; what the school owes is never empty (DC-02).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding, finding
from docgen.documents.families import (
    Family,
    classes,
    full_name,
    long_date,
    missing,
    refs,
    unsure,
)
from docgen.documents.house import sex_told
from docgen.documents.kinds import Ask, Document, Kind
from docgen.journal.model import Guardian
from docgen.russian.names import sex_of

_LIVING = {"ж": "проживающая", "м": "проживающий", "": "проживающий(ая)"}
_TITLE = "Согласие на обработку персональных данных"


@dataclass(frozen=True, slots=True)
class Consent:
    """A parent's consent; context of `consent`. In a blank form what concerns people is "".

    parent: the parent's full name
    parent_short: the parent for the signature, «Иванова М.П.»
    relation: «мать», «отец» …
    living: «проживающая» or «проживающий»
    address: where the parent lives
    document: kind, series and number of the parent's document
    issued: by whom and when it was issued
    child: the pupil's full name in the genitive
    child_role: «моей дочери», «моего сына» or «обучающегося»
    born: «17 января 2013 г.»
    class_name: «7 «А»»
    operator: the school's full name, who processes the data
    operator_address: the school's address
    purposes: what for
    child_data, parent_data: which data
    processor: who processes them on the school's behalf, with the address; "" when nobody
    actions, methods: what is done with the data and how
    term: for how long
    withdrawal: how the consent is withdrawn
    """

    parent: str
    parent_short: str
    relation: str
    living: str
    address: str
    document: str
    issued: str
    child: str
    child_role: str
    born: str
    class_name: str
    operator: str
    operator_address: str
    purposes: tuple[str, ...]
    child_data: tuple[str, ...]
    parent_data: tuple[str, ...]
    processor: str
    actions: str
    methods: str
    term: str
    withdrawal: str


def _make(ask: Ask) -> Iterator[Document | Finding]:
    if owed := tuple(_owed(ask)):
        for what in owed:
            yield finding("DC-02", "documents.toml", what=what)
        return
    if ask.blank:
        yield Document("blank", _TITLE, _consent(ask, None))
        return
    for group in classes(ask):
        for family in group.families:
            found = [*_gaps(ask, family)]
            yield from found
            if not found:
                yield Document(family.stem, _TITLE, _consent(ask, family), group.unit.class_id)


def _owed(ask: Ask) -> Iterator[str]:
    """Which of the items 3-8 the school has not filled in, and where it does that."""
    told, system = ask.house.details["consent"], ask.house.details["system"]
    organisation = ask.house.organisation
    if not organisation.full_name:
        yield "наименование оператора (school.toml, [school] full_name)"
    if not organisation.address:
        yield "адрес оператора (school.toml, [school] address)"
    names = {
        "purposes": "цель обработки",
        "child_data": "перечень данных ребёнка",
        "parent_data": "перечень данных родителя",
        "actions": "перечень действий",
        "methods": "способы обработки",
        "term": "срок согласия",
        "withdrawal": "способ отзыва",
    }
    for key, name in names.items():
        if not told[key]:
            yield f"{name} (documents.toml, [consent] {key})"
    if not told["no_operator"] and not (system["operator"] and system["operator_address"]):
        yield (
            "кто обрабатывает данные по поручению школы и его адрес (documents.toml, [system] "
            "operator, operator_address; если никто – [consent] no_operator = true)"
        )


def _gaps(ask: Ask, family: Family) -> Iterator[Finding]:
    if not family.guardians:
        yield missing(family, "законный представитель (таблица «Представители»)")
        return
    parent = family.signer
    lacking = [
        name
        for name, value in (
            ("адрес представителя", parent.address),
            ("документ представителя", parent.document and parent.number),
            ("кем выдан документ представителя", parent.issued_by),
            ("дата выдачи документа представителя", parent.issued_on),
        )
        if not value
    ]
    for name in lacking:
        yield finding("DC-02", family.where, refs=refs(family), what=f"{name} (в журнале)")
    yield from unsure(ask, family, _TITLE, "g", family.pupil)


def _consent(ask: Ask, family: Family | None) -> Consent:
    house = ask.house
    told, system = house.details["consent"], house.details["system"]
    parent = family.signer if family else None
    pupil = family.pupil if family else None
    return Consent(
        parent=full_name(parent) if parent else "",
        parent_short=family.signer_short if family else "",
        relation=parent.relation if parent else "",
        living=_LIVING[sex_of(parent, sex_told(parent))] if parent else "",
        address=russian.nbsp_text(parent.address) if parent else "",
        document=_document(parent) if parent else "",
        issued=_issued(parent) if parent else "",
        child=house.declined(pupil, "g").text if pupil else "",
        child_role=family.child("g") if family else "",
        born=long_date(pupil.birth_date) if pupil else "",
        class_name=russian.class_in_text(family.unit.class_id) if family else "",
        operator=house.organisation.full_name,
        operator_address=russian.nbsp_text(house.organisation.address),
        purposes=tuple(told["purposes"]),
        child_data=tuple(told["child_data"]),
        parent_data=tuple(told["parent_data"]),
        processor=(
            "" if told["no_operator"] else f"{system['operator']}, {system['operator_address']}"
        ),
        actions=told["actions"],
        methods=told["methods"],
        term=told["term"],
        withdrawal=told["withdrawal"],
    )


def _document(parent: Guardian) -> str:
    series = f"серия {parent.series} " if parent.series else ""
    return russian.nbsp_text(f"{parent.document}, {series}№ {parent.number}")


def _issued(parent: Guardian) -> str:
    return f"{parent.issued_by}, {long_date(parent.issued_on)}"


KINDS = (Kind(name="consent", title=_TITLE, ground="R15", make=_make),)
