"""What parents write to the school: the application for access, the refusal (R14, R17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.families import Family, classes, long_date, missing, unsure
from docgen.documents.kinds import Ask, Document, Kind

_BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Application:
    """A parent's application; context of `access` and `refusal`. In a blank form all is "".

    school: the school in short, «МОУ «Школа № 1»»
    director: the director in the dative, «Петровой Анне Ивановне»
    parent: the parent in the genitive, «Ивановой Марии Петровны»
    parent_short: the parent for the signature, «Иванова М.П.»
    relation: «мать», «отец» …
    address, phone, email: the parent's
    child: the pupil in the genitive
    child_role: «моей дочери», «моего сына» or «обучающегося»
    studies: «обучающейся» or «обучающегося»
    born: «17 января 2013 г.»
    class_name: «7 «А»»
    year: «2025/2026»
    system: the journal's name, «Сетевой город. Образование»
    help: where help is given
    interval: how often paper is wanted, «один раз в неделю»
    """

    school: str
    director: str
    parent: str
    parent_short: str
    relation: str
    address: str
    phone: str
    email: str
    child: str
    child_role: str
    studies: str
    born: str
    class_name: str
    year: str
    system: str
    help: str
    interval: str


def _make(ask: Ask, *, paper_only: bool) -> Iterator[Document | Finding]:
    title = "Отказ от электронной формы" if paper_only else "Заявление о доступе"
    if ask.blank:
        yield Document(_BLANK, title, _application(ask, None))
        return
    for group in classes(ask):
        for family in group.families:
            if paper_only and not (ask.pupil or _wants_paper(family)):
                continue
            found = [*_gaps(ask, family, title)]
            yield from found
            if not found:
                context = _application(ask, family)
                yield Document(family.stem, title, context, group.unit.class_id)


def _wants_paper(family: Family) -> bool:
    return any(guardian.paper_delivery for guardian in family.guardians)


def _gaps(ask: Ask, family: Family, title: str) -> Iterator[Finding]:
    """What the journal does not tell and the form cannot do without."""
    if not family.guardians:
        yield missing(family, "законный представитель (таблица «Представители»)")
        return
    yield from unsure(ask, family, title, "g", family.pupil, family.signer)
    director = ask.house.officials["director"].person
    if director is not None:
        yield from unsure(ask, family, title, "d", director)


def _application(ask: Ask, family: Family | None) -> Application:
    house = ask.house
    director = house.officials["director"].person
    parent = family.signer if family else None
    pupil = family.pupil if family else None
    system = house.details["system"]
    return Application(
        school=house.organisation.name,
        director=house.declined(director, "d").text if director else "",
        parent=house.declined(parent, "g").text if parent else "",
        parent_short=family.signer_short if family else "",
        relation=parent.relation if parent else "",
        address=russian.nbsp_text(parent.address) if parent else "",
        phone=parent.phone if parent else "",
        email=parent.email if parent else "",
        child=house.declined(pupil, "g").text if pupil else "",
        child_role=family.child("g") if family else "",
        studies=family.studies("g") if family else "",
        born=long_date(pupil.birth_date) if pupil else "",
        class_name=russian.class_in_text(family.unit.class_id) if family else "",
        year=house.year,
        system=str(system["name"]),
        help=str(system["help"]),
        interval=_interval(ask, parent.interval if parent else ""),
    )


def _interval(ask: Ask, told: str) -> str:
    if not told:
        return str(ask.house.details["refusal"]["interval"])
    return told if "раз" in told.casefold() else f"один раз в {told}"


KINDS = (
    Kind(
        name="access",
        title="Заявление о доступе к электронному журналу",
        ground="R14",
        make=lambda ask: _make(ask, paper_only=False),
    ),
    Kind(
        name="refusal",
        title="Заявление об отказе от электронной формы",
        ground="R17",
        make=lambda ask: _make(ask, paper_only=True),
    ),
)
