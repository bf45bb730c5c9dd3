"""Papers that go with bound volumes: the cover of a case, the register of handing over (R4, R6).

Росархив № 77 of 31.07.2023; documents.md, 3 i.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from docgen import russian
from docgen.core.findings import Finding, finding
from docgen.documents.house import House
from docgen.documents.kinds import Ask, BoundCase, Document, Format, Kind, Need

_COVER = "Обложка дела"
_REGISTER = "Журнал сдачи документов строгой отчётности"


@dataclass(frozen=True, slots=True)
class CaseCover:
    """The cover of a case; context of `case-cover`. A blank form names the school alone.

    school: the school's full name
    founder: the founder, or ""
    unit: the structural unit by the nomenclature, or ""
    index: the index of the case by the nomenclature
    volume: «1», or «1 из 2»
    title: «Классный журнал 7 «А» класса за 1 четверть 2025/2026 учебного года»
    copy: «твёрдая копия электронного журнала»
    dates: «1 сентября 2025 г. – 24 октября 2025 г.»
    sheets: «147 (сто сорок семь) листов», or "" to be written by hand
    inventory_sheets: sheets of the inner inventory, «1»
    retention: «5 лет»
    article: the ground of the term
    fund, list_number, case_number: the archive's cipher, "" until the archive gives it
    """

    school: str
    founder: str
    unit: str
    index: str
    volume: str
    title: str
    copy: str
    dates: str
    sheets: str
    inventory_sheets: str
    retention: str
    article: str
    fund: str
    list_number: str
    case_number: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A line of the register: what is handed over, of which class and period, how many sheets."""

    title: str
    index: str
    class_name: str
    period: str
    volume: str
    sheets: str


@dataclass(frozen=True, slots=True)
class HandoverRegister:
    """The register of handed over documents; context of `register-handover`.

    school: the school's name
    year: «2025/2026 учебный год»
    rows: a line a volume; in a blank form as many empty ones as a page takes
    total: «Всего сдано: 24 (двадцать четыре) тома, 1053 (…) листа», or ""
    place: where the volumes are kept, or ""
    giver_position, giver: who hands over, «заместитель директора по УВР», «Фамилия И.О.»
    taker_position, taker: who takes over
    """

    school: str
    year: str
    rows: tuple[HandedOver, ...]
    total: str
    place: str
    giver_position: str
    giver: str
    taker_position: str
    taker: str


def _title(case: BoundCase, year: str) -> str:
    """«Классный журнал 7 «А» класса за 1 четверть 2025/2026 учебного года»."""
    when = f"{case.period} {year} учебного года" if case.period else f"{year} учебный год"
    return f"{case.title} {russian.class_in_text(case.class_id)}\u00a0класса за {when}"


def _covers(ask: Ask) -> Iterator[Document | Finding]:
    if ask.blank:
        yield Document("blank", _COVER, blank_cover(ask.house))
        return
    yield from _unbound(ask, _COVER)
    for case in ask.volumes:
        stem = f"{case.index.replace('/', '-')}-v{case.volume}"
        yield Document(stem, _COVER, case_cover(ask.house, case), case.class_id)


def case_cover(house: House, case: BoundCase) -> CaseCover:
    """Put the cover of a volume together."""
    return replace(
        blank_cover(house),
        index=case.index,
        volume=_volume(case),
        title=_title(case, house.year),
        copy="твёрдая копия электронного журнала",
        dates=cover_dates(case.start, case.end),
        sheets=russian.sheets_in_words(case.sheets),
        inventory_sheets=str(case.inventory_sheets),
        retention=case.retention,
        article=case.article,
    )


def cover_dates(start: dt.date, end: dt.date) -> str:
    """The first and the last date of a case."""
    return f"{russian.date_long(start)}\u00a0– {russian.date_long(end)}"


def blank_cover(house: House) -> CaseCover:
    """A cover that names the school alone."""
    told = house.details["case-cover"]
    organisation = house.organisation
    return CaseCover(
        school=organisation.full_name,
        founder=organisation.founder,
        unit=told["unit"],
        index="",
        volume="",
        title="",
        copy="",
        dates="",
        sheets="",
        inventory_sheets="",
        retention="",
        article="",
        fund=told["fund"],
        list_number=told["list_number"],
        case_number="",
    )


def _volume(case: BoundCase) -> str:
    return f"{case.volume} из {case.volumes}" if case.volumes > 1 else str(case.volume)


def _unbound(ask: Ask, title: str) -> Iterator[Finding]:
    """A finding for every class whose volumes nobody has bound: nothing can be said of it."""
    bound = {case.class_id for case in ask.volumes}
    period = ask.period.code if ask.period else ""
    for unit in ask.units:
        if unit.class_id not in bound:
            what = f"число листов – тома класса не собраны (docgen bind {period})"
            yield finding("DC-01", f"{unit.class_id} / {title}", what=what)


def _registers(ask: Ask) -> Iterator[Document | Finding]:
    if ask.blank:
        empty = HandedOver("", "", "", "", "", "")
        yield Document("blank", _REGISTER, _register(ask, (empty,) * 12, ""))
        return
    yield from _unbound(ask, _REGISTER)
    if ask.volumes:
        rows = tuple(_handed_over(case) for case in ask.volumes)
        yield Document("register", _REGISTER, _register(ask, rows, _total(ask.volumes)))


def _handed_over(case: BoundCase) -> HandedOver:
    return HandedOver(
        title=f"{case.title} (твёрдая копия)",
        index=case.index,
        class_name=case.class_id,
        period=case.period or "год",
        volume=_volume(case),
        sheets=str(case.sheets),
    )


def _total(cases: Sequence[BoundCase]) -> str:
    count = len(cases)
    volumes = russian.plural(count, "том", "тома", "томов")
    return (
        f"Всего сдано: {count}\u00a0({russian.number_in_words(count)}) {volumes}, "
        f"{russian.sheets_in_words(sum(case.sheets for case in cases))}."
    )


def _register(ask: Ask, rows: tuple[HandedOver, ...], total: str) -> HandoverRegister:
    house = ask.house
    giver, taker = house.officials["deputy"], house.officials["secretary"]
    return HandoverRegister(
        school=house.organisation.name,
        year=house.year_title,
        rows=rows,
        total=total,
        place=house.details["register-handover"]["place"],
        giver_position=giver.office,
        giver=giver.short,
        taker_position=taker.office,
        taker=taker.short,
    )


KINDS = (
    Kind(
        name="case-cover",
        title=_COVER,
        ground="R6, приказ Росархива от 31.07.2023 № 77",
        make=_covers,
        formats=(Format.PDF,),
        needs=frozenset({Need.PERIOD, Need.VOLUMES}),
    ),
    Kind(
        name="register-handover",
        title=_REGISTER,
        ground="R4",
        make=_registers,
        needs=frozenset({Need.PERIOD, Need.VOLUMES}),
    ),
)
