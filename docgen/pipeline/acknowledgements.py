"""Warnings that may stand: kept with reason, name and day, and shown in every report and the act.

`acknowledged.json` names the very findings that were looked at, by `Finding.identity`: a new one
of the same code after the next import wants a new word. It holds no personal data of pupils.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from docgen.core.errors import UsageFault
from docgen.core.findings import Severity, catalogue
from docgen.journal.model import Period
from docgen.journal.preflight import Acceptance, Task
from docgen.pipeline.kept_records import read_book, stated_reason, write_book
from docgen.pipeline.workspace import Workspace


class _Entry(BaseModel):
    """One word on findings of one code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    year: str
    period: str
    reason: str
    who: str
    day: dt.date
    findings: tuple[str, ...]


class _Book(BaseModel):
    """The file as it lies in the workspace."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(default=1, ge=1, le=1)
    accepted: tuple[_Entry, ...] = ()


def acceptances(workspace: Workspace, period: Period) -> Mapping[str, Acceptance]:
    """What was accepted in a period, by identity of the finding; raises InputFault when damaged."""
    return {
        identity: Acceptance(entry.code, entry.reason, entry.who, entry.day.isoformat())
        for entry in _read(_path(workspace)).accepted
        if (entry.year, entry.period) == (period.year, period.code)
        for identity in entry.findings
    }


def accept(
    workspace: Workspace,
    period: Period,
    tasks: Sequence[Task],
    codes: Sequence[str],
    *,
    reason: str,
    who: str,
    day: dt.date,
) -> int:
    """Accept all warnings of the codes among the tasks; returns how many are newly accepted.

    Raises UsageFault for an unknown code, one that blocks, one nothing was found by, and a reason
    that says nothing; InputFault when the file is damaged. All codes are accepted or none.
    """
    reason = stated_reason(
        reason,
        told="Принять замечание без причины нельзя: она печатается в акте.",
        remedy="Напишите её: --reason «учитель болел, уроки вела замена».",
    )
    book = _read(_path(workspace))
    entries = []
    for code in dict.fromkeys(code.strip().upper() for code in codes):
        found = _acceptable(code, tasks)
        new = sorted({item.finding.identity for item in found if item.accepted is None})
        if new:
            entries.append(
                _Entry(
                    code=code,
                    year=period.year,
                    period=period.code,
                    reason=reason,
                    who=who,
                    day=day,
                    findings=tuple(new),
                )
            )
    if entries:
        write_book(_path(workspace), _Book(accepted=(*book.accepted, *entries)))
    return sum(len(entry.findings) for entry in entries)


def _acceptable(code: str, tasks: Sequence[Task]) -> list[Task]:
    """The warnings of a code; raises UsageFault when there are none to accept."""
    if code not in catalogue():
        known = sorted({item.finding.code for item in tasks if item.unexplained})
        raise UsageFault(
            f"Правила «{code}» нет.",
            remedy=f"Принять можно: {', '.join(known)}." if known else "Принимать нечего.",
        )
    found = [item for item in tasks if item.finding.code == code]
    if any(item.finding.severity is Severity.BLOCKING for item in found):
        raise UsageFault(
            f"{code} блокирует печать: принять это нельзя, можно только исправить.",
            where=found[0].finding.where,
            remedy=found[0].finding.remedy,
        )
    warnings = [item for item in found if item.finding.severity is Severity.WARNING]
    if not warnings:
        raise UsageFault(
            f"Предупреждений {code} в этой проверке нет.",
            remedy="Проверьте код, период и класс: docgen check.",
        )
    return warnings


def _path(workspace: Workspace) -> Path:
    return workspace.folder / "acknowledged.json"


def _read(path: Path) -> _Book:
    return read_book(
        path,
        _Book,
        fault="Файл принятых замечаний повреждён или изменён от руки с ошибкой.",
        remedy="Верните его из резервной копии. Если копии нет, уберите файл и примите "
        "замечания заново.",
    )
