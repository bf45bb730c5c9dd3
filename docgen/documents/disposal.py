"""The act of selecting documents for disposal (R12; Росархив № 77 of 31.07.2023)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from docgen import russian
from docgen.documents.handover import cases_in_words, commission_signatures
from docgen.documents.medium_papers import size_text


@dataclass(frozen=True, slots=True)
class DisposalLine:
    """A case the act names; `digest` is that of the bag's tag manifest.

    `term` reads «5 лет, номенклатура дел школы»; `until` is the day its keeping ended.
    """

    name: str
    index: str
    title: str
    year: str
    term: str
    until: str
    size: str
    digest: str


@dataclass(frozen=True, slots=True)
class DisposalPeople:
    """Who decides: director and secretary as «Фамилия И.О.», the commission with positions."""

    director: str
    secretary: str
    chairman: str
    members: Sequence[str]


@dataclass(frozen=True, slots=True)
class DisposalAct:
    """The act of selecting cases for disposal; context of `disposal-act`.

    number: number of the act
    school, place, date: the school, its town or "", the day in words
    basis: the wording of the norm it rests on
    protocol: the minutes of the expert commission, or "" to be written by hand
    cases: what is disposed of, whole electronic cases
    cases_in_words: «19 (девятнадцать) дел»
    years: «2019/2020, 2020/2021»
    size: how much all of them take, «1,2 ГБ»
    media: the media they lie on, «носитель № 1 (основной экземпляр)»
    treatment: what removal from a medium is worth, and what is done with the medium
    director: who confirms the act
    chairman, members: the commission, «Фамилия И.О., должность»; "" and none without one
    signatures: pairs of role and name
    """

    number: str
    school: str
    place: str
    date: str
    basis: str
    protocol: str
    cases: tuple[DisposalLine, ...]
    cases_in_words: str
    years: str
    size: str
    media: tuple[str, ...]
    treatment: str
    director: str
    chairman: str
    members: tuple[str, ...]
    signatures: tuple[tuple[str, str], ...]


def disposal_act(
    number: str,
    school: str,
    place: str,
    day: dt.date,
    cases: Sequence[DisposalLine],
    *,
    size: int,
    media: Sequence[str],
    basis: str,
    protocol: str,
    treatment: str,
    people: DisposalPeople,
) -> DisposalAct:
    """The act over these cases; `size` counts the bytes of all of them."""
    return DisposalAct(
        number=number,
        school=school,
        place=place,
        date=russian.date_long(day),
        basis=basis,
        protocol=protocol,
        cases=tuple(cases),
        cases_in_words=cases_in_words(len(cases)),
        years=", ".join(sorted({case.year for case in cases if case.year})),
        size=size_text(size),
        media=tuple(media),
        treatment=treatment,
        director=people.director,
        chairman=people.chairman,
        members=tuple(people.members),
        signatures=(
            ("Отобрал(а)", people.secretary),
            *commission_signatures(people.chairman, people.members),
        ),
    )
