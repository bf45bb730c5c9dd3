"""The register of orders: no number is given twice, the same order keeps its number (R19-R22).

`orders.json` in the workspace, readable and small. Two programs at once wait for each other; the
file is replaced whole, so a crash loses no number and gives none twice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from docgen.core.errors import UsageFault
from docgen.journal.model import RegistryRecord
from docgen.pipeline.kept_records import locked, read_book, write_book
from docgen.pipeline.school_years import school_year_of
from docgen.pipeline.workspace import Workspace

_PLACE = "{n}"


class Registered(BaseModel):
    """An order that has its number; `key` tells what it is about (year, period)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str
    date: dt.date
    kind: str
    key: str
    title: str


class _Book(BaseModel):
    """The file as it lies in the workspace."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(default=1, ge=1, le=1)
    orders: tuple[Registered, ...] = ()


def orders_of_year(workspace: Workspace, year: str) -> tuple[Registered, ...]:
    """Orders of a school year by their dates, 1 September to 31 August; the earliest first.

    Raises InputFault for a damaged register.
    """
    orders = [item for item in all_orders(workspace) if school_year_of(item.date) == year]
    return tuple(sorted(orders, key=lambda item: (item.date, natural(item.number))))


def all_orders(workspace: Workspace) -> tuple[Registered, ...]:
    """Every order that has its number; raises InputFault for a damaged register."""
    return _read(workspace.folder / "orders.json").orders


def natural(number: str) -> str:
    """A number as a text that sorts as people do: 2-од before 12-од."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(9), number)


def register(
    workspace: Workspace,
    kind: str,
    key: str,
    title: str,
    *,
    foreign: Sequence[RegistryRecord],
    today: dt.date,
    number: str = "",
    date: dt.date | None = None,
    new: bool = False,
) -> Registered:
    """Give an order its number and date; the same kind and key keep what they have.

    `foreign` are the orders the journal's registry holds: their numbers are taken too. `new` asks
    for another order of the kind. Raises UsageFault for a number that is taken and for a format
    without «{n}», InputFault for a damaged register.
    """
    path = workspace.folder / "orders.json"
    with locked(workspace.folder / "orders.lock"):
        book = _read(path)
        same = [item for item in book.orders if (item.kind, item.key) == (kind, key)]
        if same and not new and not number and date is None:
            return same[-1]
        day = date or today
        others = [item for item in book.orders if new or item not in same]
        taken = {(_plain(item.number), item.date.year) for item in others}
        taken |= {(_plain(item.number), item.date.year) for item in foreign if item.date}
        if number and (_plain(number), day.year) in taken:
            raise UsageFault(
                f"приказ № {number} в {day.year} году уже есть",
                remedy="Назовите другой номер или уберите --number: номер найдётся сам.",
            )
        chosen = number or (same[-1].number if same and not new else "")
        given = Registered(
            number=chosen or _free(workspace, taken, day.year),
            date=day,
            kind=kind,
            key=key,
            title=title,
        )
        kept = book.orders if new else tuple(item for item in book.orders if item not in same)
        write_book(path, _Book(orders=(*kept, given)))
    return given


def _free(workspace: Workspace, taken: set[tuple[str, int]], year: int) -> str:
    """The next number of the year in the school's format."""
    settings = workspace.profile.documents["orders"]
    form = str(settings["number"])
    if _PLACE not in form:
        raise UsageFault(
            f"в виде номера приказа «{form}» нет места для числа",
            where="documents.toml, [orders] number",
            remedy="Напишите, например: number = «{n}-од».",
        )
    pattern = re.compile(re.escape(_plain(form)).replace(re.escape(_PLACE), r"(\d+)"))
    used = [
        int(match[1]) for name, of in taken if of == year and (match := pattern.fullmatch(name))
    ]
    return form.replace(_PLACE, str(max([int(settings["first"]) - 1, *used]) + 1))


def _plain(number: str) -> str:
    return re.sub(r"[\s№]+", "", number).casefold()


def _read(path: Path) -> _Book:
    return read_book(
        path,
        _Book,
        fault="Реестр приказов повреждён или изменён от руки с ошибкой.",
        remedy="Верните его из резервной копии: по нему видно, какие номера уже даны.",
    )
