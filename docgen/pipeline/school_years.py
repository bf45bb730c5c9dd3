"""The journal of a year that was closed makes room for the next year's (R13)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from docgen.core.errors import MediumFault
from docgen.core.files import fsync_folder, write_atomic
from docgen.journal.promotion import NextYear
from docgen.journal.sources.years import OtherYear
from docgen.pipeline.journal_export import write_package
from docgen.pipeline.workspace import Workspace

_CLOSED = "closed.json"
_START = "start"


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
    workspace.journal_file.rename(target)
    fsync_folder(target.parent)
    fsync_folder(workspace.folder)
    return target


def bring_back(workspace: Workspace, earlier: Path) -> None:
    """Put a journal back that was set aside for files that could not be imported after all."""
    workspace.journal_file.unlink(missing_ok=True)
    earlier.rename(workspace.journal_file)
    fsync_folder(workspace.folder)
