"""The journal of a year that was closed makes room for the next year's (R13)."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from docgen.core.errors import MediumFault, UsageFault
from docgen.core.files import move_durably, write_atomic
from docgen.journal.codes import PeriodKind
from docgen.journal.model import Period
from docgen.journal.promotion import NextYear
from docgen.journal.sources.years import OtherYear
from docgen.journal.store import Journal
from docgen.pipeline.journal_export import write_package
from docgen.pipeline.workspace import Workspace

_CLOSED = "closed.json"
_START = "start"


def whole_year(year: str) -> Period:
    """The school year «2025/2026» from 1 September to 31 August, whatever a journal says of it.

    Raises UsageFault for what is no school year.
    """
    told = re.fullmatch(r"(\d{4})[/-](\d{4})", year.strip())
    if told is None or int(told[2]) != int(told[1]) + 1:
        raise UsageFault(
            f"«{year}» – не учебный год", remedy="Напишите два года подряд, например 2025/2026."
        )
    first, last = int(told[1]), int(told[2])
    return Period(
        year=f"{first}/{last}",
        code="Y",
        kind=PeriodKind.YEAR,
        name="Учебный год",
        start=dt.date(first, 9, 1),
        end=dt.date(last, 8, 31),
    )


def school_year_of(day: dt.date) -> str:
    """The school year a day lies in, «2025/2026»; it begins on 1 September."""
    first = day.year - (day.month < 9)  # noqa: PLR2004 - September
    return f"{first}/{first + 1}"


def journal_of(workspace: Workspace, year: str) -> Journal:
    """The journal of a school year: the running one, or the one put aside when it was closed.

    Raises UsageFault when there is none of that year.
    """
    journal = workspace.open_journal()
    if any(period.year == year for period in journal.periods()):
        return journal
    journal.close()
    path = workspace.year(year) / workspace.journal_file.name
    if not path.is_file():
        raise UsageFault(
            f"журнала за {year} учебный год в рабочей папке нет",
            where=str(path),
            remedy="Назовите год журнала: --year ГОД, или загрузите его файлы: docgen import.",
        )
    return Journal.open(path)


def note_closed(
    workspace: Workspace, year: str, cases: Mapping[str, str], now: dt.datetime
) -> None:
    """Note that a year is closed: `cases` maps names of bags to digests of their tag manifests."""
    row = {"year": year, "closed": now.isoformat(), "cases": dict(sorted(cases.items()))}
    path = workspace.year(year) / _CLOSED
    if path.is_file() and json.loads(path.read_bytes())["cases"] == row["cases"]:
        return
    write_atomic(path, json.dumps(row, ensure_ascii=False, indent=1) + "\n")


def is_closed(workspace: Workspace, year: str) -> bool:
    """Whether `docgen close-year` ended for this year."""
    return (workspace.year(year) / _CLOSED).is_file()


def write_start(workspace: Workspace, found: NextYear) -> Path:
    """Write the tables the next year begins with; returns their folder.

    A start of another content that stands there is replaced: it is made of the journal alone.
    """
    folder = workspace.year(found.year) / _START
    write_package(folder, found.sheets, replace=True)
    return folder


def set_aside(workspace: Workspace, fault: OtherYear) -> Path:
    """Put the journal of the closed year into `years/`, so that the next one can begin.

    Raises the fault itself when the journal's year is not closed, or is not the earlier one;
    MediumFault when the file cannot be moved.
    """
    with workspace.open_journal() as journal:
        years: Sequence[str] = [period.year for period in journal.periods()]
    own = years[0] if years else ""
    if not own or own != fault.years[0] or not is_closed(workspace, own):
        raise fault
    target = workspace.year(own) / workspace.journal_file.name
    if target.exists():
        raise MediumFault(
            "Журнал закрытого года уже лежит на своём месте, и есть ещё один.",
            where=str(target),
            remedy="Сравните оба файла и лишний переименуйте, затем повторите загрузку.",
        )
    move_durably(workspace.journal_file, target)
    return target


def bring_back(workspace: Workspace, earlier: Path) -> None:
    """Put a journal back that was set aside for files that could not be imported after all."""
    workspace.journal_file.unlink(missing_ok=True)
    move_durably(earlier, workspace.journal_file)
