"""What the archive wants and when: copies, audits, new media, ends of terms (R10-R12)."""

from __future__ import annotations

import calendar
import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from archive.register import Register
from archive.register_rows import BagRow
from archive.volume import Role
from docgen.core.errors import SigningFault
from docgen.journal.codes import PeriodKind
from docgen.journal.model import ClassUnit, Period
from docgen.pipeline.calendar_file import Event, calendar_bytes
from docgen.pipeline.disposal import signing_of, still_lying
from docgen.pipeline.filed_orders import ended_years, unkept_orders
from docgen.pipeline.holds import hold_on, holds
from docgen.pipeline.images import BURN, IMAGE
from docgen.pipeline.renewal import kept_records
from docgen.pipeline.retention import act_numbers, last_day, read_act
from docgen.pipeline.school_years import is_closed, whole_year
from docgen.pipeline.sign import open_seal
from docgen.pipeline.workspace import Workspace, class_slug, year_folder
from signing.holder import valid_until

_COPIES = 2
"""Media a case lies on (R11)."""


class State(StrEnum):
    """How near a day is."""

    OVERDUE = "overdue"
    SOON = "soon"
    LATER = "later"

    @property
    def label(self) -> str:
        """Russian words for people."""
        return {"overdue": "просрочено", "soon": "скоро", "later": "позже"}[self]


@dataclass(frozen=True, slots=True)
class DueItem:
    """One thing to do: its last day, what it is, the command or the hand that does it.

    `key` tells items apart and stays the same from day to day; `basis` is the rule it rests on.
    """

    key: str
    day: dt.date
    what: str
    remedy: str
    basis: str

    def state(self, on: dt.date, warn_days: int) -> State:
        """How near it is on a day."""
        if self.day < on:
            return State.OVERDUE
        return State.SOON if (self.day - on).days <= warn_days else State.LATER


def due_items(
    workspace: Workspace, on: dt.date, until: Iterable[tuple[str, dt.date]] = ()
) -> tuple[DueItem, ...]:
    """Everything due, the nearest first; what is done is not named.

    `until` holds what else ends and when: certificates, time stamps. Raises MediumFault when the
    register cannot be read.
    """
    register = Register(workspace.register_file)
    bags = register.bags()
    items = [
        *_copies(workspace, bags, on),
        *_orders(workspace, bags, on),
        *_care(workspace, register),
        *_discs(workspace, register),
        *_terms(workspace, bags),
        *_unfinished(workspace, register),
        *(
            DueItem(
                key=f"until {what}",
                day=day,
                what=f"кончается: {what}",
                remedy="получите новый сертификат или продлите штамп: docgen signatures renew",
                basis="срок сертификата",
            )
            for what, day in until
        ),
    ]
    return tuple(sorted(items, key=lambda item: (item.day, item.key)))


def ending_proofs(
    workspace: Workspace, now: dt.datetime
) -> tuple[tuple[tuple[str, dt.date], ...], str]:
    """When the workplace certificate and stamps of cases end, and why one is not known, or ""."""
    ends = [
        (f"штамп времени дела {item.name}", item.until.date())
        for item in kept_records(workspace)
        if item.until is not None
    ]
    try:
        certificate = open_seal(workspace, now).signer.certificate
    except SigningFault as fault:
        return tuple(ends), fault.message
    ends.append(("сертификат рабочего места", valid_until(certificate).date()))
    return tuple(ends), ""


def next_due(
    workspace: Workspace, on: dt.date, until: Iterable[tuple[str, dt.date]] = (), *, count: int = 3
) -> tuple[DueItem, ...]:
    """The nearest items, for the last lines of other commands."""
    return due_items(workspace, on, until)[:count]


def is_pressing(items: Sequence[DueItem], on: dt.date, warn_days: int) -> bool:
    """Whether anything is overdue or due within the days of warning."""
    return any(item.state(on, warn_days) is not State.LATER for item in items)


def due_calendar(items: Sequence[DueItem], made: dt.datetime, warn_days: int) -> bytes:
    """The items as a calendar file (RFC 5545)."""
    events = [
        Event(
            item.key,
            item.day,
            f"Архив: {item.what}",
            f"Что сделать: {item.remedy}\nОснование: {item.basis}",
        )
        for item in items
    ]
    return calendar_bytes(events, made=made, warn_days=warn_days)


def _copies(workspace: Workspace, bags: Sequence[BagRow], on: dt.date) -> Iterator[DueItem]:
    """Copies of ended periods and of the year of the running journal (R10, R11)."""
    if not workspace.journal_file.is_file():
        return
    with workspace.open_journal() as journal:
        periods = journal.periods()
        classes = {period.code: journal.classes_of(period.code) for period in periods}
    settings, profile = workspace.profile.archive.calendar, workspace.profile
    kept = _kept_on_two(bags)
    for period in periods:
        if period.kind is PeriodKind.YEAR or period.end >= on:
            continue
        missing = [unit for unit in classes[period.code] if not _is_kept(kept, period, unit)]
        if missing:
            names = ", ".join(unit.class_id for unit in missing)
            yield DueItem(
                key=f"copy {period.year} {period.code}",
                day=period.end + dt.timedelta(days=settings.period_copy_days),
                what=f"копии за {period.name} на двух носителях, классы: {names}",
                remedy=f"docgen close {period.code}",
                basis=profile.norm("media.period_copy").text,
            )
    for year in sorted({period.year for period in periods}):
        if not is_closed(workspace, year) or not _year_is_kept(workspace, year, bags):
            last = max(period.end for period in periods if period.year == year)
            yield DueItem(
                key=f"year {year}",
                day=dt.date.fromisoformat(f"{last.year}-{settings.year_end}"),
                what=f"{year} учебный год на двух носителях",
                remedy="docgen close-year",
                basis=profile.norm("media.year_end").text,
            )


def _orders(workspace: Workspace, bags: Sequence[BagRow], on: dt.date) -> Iterator[DueItem]:
    """Orders of ended school years that lie in no case on two media (R10-R12)."""
    settings, profile = workspace.profile.archive.calendar, workspace.profile
    media = _media_of(bags)
    kept = [identifier for identifier, volumes in media.items() if len(volumes) >= _COPIES]
    for year in ended_years(workspace, on):
        left = unkept_orders(workspace, year, kept, bags)
        if left:
            end = whole_year(year).end
            yield DueItem(
                key=f"orders {year}",
                day=end + dt.timedelta(days=settings.period_copy_days),
                what=f"приказы за {year} учебный год в деле на двух носителях, не хватает: "
                f"{len(left)}",
                remedy=f"docgen archive papers orders --year {year}, затем docgen archive copy",
                basis=profile.norm("media.two_copies").text,
            )


def _media_of(bags: Sequence[BagRow]) -> dict[str, set[str]]:
    """The media a bag lies verified on, by its identifier."""
    media: dict[str, set[str]] = {}
    for row in bags:
        media.setdefault(row.identifier, set()).add(row.volume)
    return media


def _kept_on_two(bags: Sequence[BagRow]) -> set[tuple[str, str, str]]:
    """Year, class and period of the names of bags that lie verified on two media."""
    media = _media_of(bags)
    names = set()
    for row in bags:
        year, _, told = row.name.partition("_")
        _, unit, period, *_ = [*told.split("_"), "", "", ""]
        if len(media[row.identifier]) >= _COPIES:
            names.add((year, unit, period))
    return names


def _is_kept(kept: set[tuple[str, str, str]], period: Period, unit: ClassUnit) -> bool:
    return (year_folder(period.year), class_slug(unit.class_id), period.code.lower()) in kept


def _year_is_kept(workspace: Workspace, year: str, bags: Sequence[BagRow]) -> bool:
    """Whether every case the closing of the year named lies on two media."""
    told = json.loads((workspace.year(year) / "closed.json").read_bytes())["cases"]
    media: dict[str, set[str]] = {}
    for row in bags:
        media.setdefault(row.name, set()).add(row.volume)
    return all(len(media.get(name, ())) >= _COPIES for name in told)


def _care(workspace: Workspace, register: Register) -> Iterator[DueItem]:
    """Audits of media and their replacement; counted from the last sound full audit."""
    settings, profile = workspace.profile.archive.calendar, workspace.profile
    audited: dict[str, dt.date] = {}
    for row in register.checks():
        if row.level == "full" and row.passed:
            day = dt.datetime.fromisoformat(row.at).date()
            audited |= dict.fromkeys(json.loads(row.volumes), day)
    for volume in register.volumes():
        label = f"носитель № {volume.inventory_number} ({Role(volume.role).label})"
        prepared = dt.datetime.fromisoformat(volume.prepared).date()
        yield DueItem(
            key=f"audit {volume.volume}",
            day=_months_after(audited.get(volume.volume, prepared), settings.audit_months),
            what=f"полная проверка, {label}",
            remedy="docgen archive audit НОСИТЕЛЬ --full",
            basis=profile.norm("media.audit").text,
        )
        yield DueItem(
            key=f"migration {volume.volume}",
            day=_months_after(prepared, 12 * settings.migration_years),
            what=f"перезапись на новый носитель, {label}",
            remedy="подготовьте новый носитель и запишите на него дела",
            basis=profile.norm("media.migration").text,
        )


def _discs(workspace: Workspace, register: Register) -> Iterator[DueItem]:
    """Discs that are images still: a copy on the same computer is none (R10)."""
    made: dict[str, dt.date] = {}
    for row in register.checks():
        for volume in json.loads(row.volumes):
            if row.level == IMAGE:
                made[volume] = dt.datetime.fromisoformat(row.at).date()
            elif row.level == BURN:
                made.pop(volume, None)
    for volume in register.volumes():
        if (day := made.get(volume.volume)) is not None:
            yield DueItem(
                key=f"burn {volume.volume}",
                day=day + dt.timedelta(days=workspace.profile.archive.calendar.period_copy_days),
                what=f"диск № {volume.inventory_number} ещё не записан, есть только его образ",
                remedy="docgen archive burn ФАЙЛ.iso --drive /dev/sr0",
                basis=workspace.profile.norm("media.period_copy").text,
            )


def _terms(workspace: Workspace, bags: Sequence[BagRow]) -> Iterator[DueItem]:
    """Ends of terms, one item a year; held cases wait for nobody."""
    held, ends = holds(workspace), dict[dt.date, set[str]]()
    for row in bags:
        until = last_day(row, workspace.profile)
        if until is not None and hold_on(held, row.name) is None:
            ends.setdefault(until, set()).add(row.identifier)
    for until, cases in ends.items():
        yield DueItem(
            key=f"term {until}",
            day=dt.date(until.year + 1, 1, 1),
            what=f"истекает срок хранения, дел: {len(cases)}",
            remedy="docgen archive dispose",
            basis=workspace.profile.norm("archive.disposal").text,
        )


def _unfinished(workspace: Workspace, register: Register) -> Iterator[DueItem]:
    """Disposals that were begun and are not over: a medium was absent, or a run was stopped."""
    waiting = {row.params["act"] for row in still_lying(register)}
    lying = {row.identifier for row in register.bags()}
    for number in act_numbers(workspace):
        told = signing_of(workspace, number)
        if told is None:
            continue
        cases = {case.identifier for case in read_act(workspace, number).cases}
        if number in waiting or cases & lying:
            yield DueItem(
                key=f"disposal {number}",
                day=told.signed,
                what=f"уничтожение по акту № {number} не закончено",
                remedy=f"docgen archive dispose --act {number} --signed {told.signed}"
                " --media НОСИТЕЛЬ --confirm",
                basis=workspace.profile.norm("archive.disposal").text,
            )


def _months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months on, or the last day of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
