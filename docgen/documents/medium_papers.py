"""Papers of a medium: the label with its code, the passport (R10, R11; documents.md, 3 i)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from docgen import russian
from docgen.documents.handover import CaseLine, cases_in_words


@dataclass(frozen=True, slots=True)
class MediumFacts:
    """A medium as it stands: whose, which of the two, what is on it.

    `digest` is the SHA-512, hex, of the inventory of cases on it (`docs/opis.csv`), which holds the
    digest of every case; `size` counts the bytes of all cases.
    """

    school: str
    number: str
    role: str
    identifier: str
    pair: str
    place: str
    prepared: dt.date
    written: dt.date
    cases: Sequence[CaseLine]
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class MediumLabel:
    """The labels of a medium, insert and sticker; context of `medium-label`.

    school: the school's name
    number: the inventory number
    role: «основной экземпляр» or «рабочий экземпляр»
    identifier: the UUID of the medium
    years: «2025/2026», several divided by commas
    cases: «24 (двадцать четыре) дела»
    written: the day of the last writing, «24 ноября 2026 г.»
    until: until when the last of the cases is kept, «31.12.2051»
    digest: SHA-512 of the inventory of cases on the medium, hex
    code: the text of the QR code: identity, contents, the same digest
    """

    school: str
    number: str
    role: str
    identifier: str
    years: str
    cases: str
    written: str
    until: str
    digest: str
    code: str


@dataclass(frozen=True, slots=True)
class MediumPassport:
    """The passport of a medium; context of `medium-passport`.

    school: the school's name
    number: the inventory number
    role: «основной экземпляр» or «рабочий экземпляр»
    identifier, pair: the UUIDs of the medium and of the pair of media
    place: where it is kept, or ""
    prepared, written: days of the first and of the last writing
    size: «1,2 ГБ»
    cases: the cases on it: index, title, dates, volumes, sheets, until
    cases_in_words: «24 (двадцать четыре) дела»
    digest: SHA-512 of the inventory of cases on the medium, hex
    rule: how often the medium is to be checked
    secretary: who keeps it, «Фамилия И.О.»
    """

    school: str
    number: str
    role: str
    identifier: str
    pair: str
    place: str
    prepared: str
    written: str
    size: str
    cases: tuple[CaseLine, ...]
    cases_in_words: str
    digest: str
    rule: str
    secretary: str


def medium_label(facts: MediumFacts) -> MediumLabel:
    """The label of a medium."""
    written = russian.date_numeric(facts.written)
    return MediumLabel(
        school=facts.school,
        number=facts.number,
        role=facts.role,
        identifier=facts.identifier,
        years=", ".join(_years(facts.cases)),
        cases=cases_in_words(len(facts.cases)),
        written=russian.date_long(facts.written),
        until=max((case.until for case in facts.cases), key=_sortable, default=""),
        digest=facts.digest,
        code="\n".join(
            (
                f"urn:uuid:{facts.identifier}",
                f"носитель № {facts.number}, {facts.role}",
                f"дел {len(facts.cases)}, записан {written}",
                f"SHA-512 файла docs/opis.csv {facts.digest}",
            )
        ),
    )


def medium_passport(facts: MediumFacts, rule: str, secretary: str) -> MediumPassport:
    """The passport of a medium; `rule` says how often it is checked."""
    return MediumPassport(
        school=facts.school,
        number=facts.number,
        role=facts.role,
        identifier=facts.identifier,
        pair=facts.pair,
        place=facts.place,
        prepared=russian.date_long(facts.prepared),
        written=russian.date_long(facts.written),
        size=size_text(facts.size),
        cases=tuple(facts.cases),
        cases_in_words=cases_in_words(len(facts.cases)),
        digest=facts.digest,
        rule=rule,
        secretary=secretary,
    )


def size_text(size: int) -> str:
    """Bytes as people read them: «12,4 МБ», «1,2 ГБ»; a thousand bytes are a КБ."""
    unit, names = float(size), ["байт", "КБ", "МБ", "ГБ", "ТБ"]
    place = 0
    while unit >= 1000 and place < len(names) - 1:  # noqa: PLR2004 - decimal units, as on discs
        unit, place = unit / 1000, place + 1
    number = f"{unit:.1f}".replace(".", ",") if place else str(size)
    return f"{number}\u00a0{names[place]}"


def _years(cases: Sequence[CaseLine]) -> list[str]:
    """The school years of the cases, which begin their names (on-disk.md, Bag)."""
    return sorted({case.name.partition("_")[0].replace("-", "/") for case in cases})


def _sortable(day: str) -> str:
    """«31.12.2031» as a text that sorts by time."""
    return "".join(reversed(day.split(".")))
