"""Legal holds: cases that must not be disposed of, whatever their term (R12).

`holds.json` in the workspace, readable and small. A lifted hold stays in it with who lifted it and
why. The file stands outside the register, so that a register made anew forgets no hold.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from archive.register import Register
from docgen.core.errors import UsageFault
from docgen.pipeline.kept_records import locked, read_book, stated_reason, write_book
from docgen.pipeline.workspace import Workspace

_EDITION = re.compile(r"_r\d+$")


class Hold(BaseModel):
    """A hold on all editions of a case; `lifted` is None while it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: str
    reason: str
    who: str
    placed: dt.date
    lifted: dt.date | None = None
    lifted_by: str = ""
    lifted_reason: str = ""

    def covers(self, name: str) -> bool:
        """Whether a bag is held: any edition of the case is."""
        return self.lifted is None and _case_of(name) == self.case


class _Book(BaseModel):
    """The file as it lies in the workspace."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(default=1, ge=1, le=1)
    holds: tuple[Hold, ...] = ()


def holds(workspace: Workspace) -> tuple[Hold, ...]:
    """All holds, those that were lifted too; raises InputFault when the file is damaged."""
    return _read(workspace).holds


def holds_kept(workspace: Workspace) -> AbstractContextManager[None]:
    """Keep the holds as they are while cases go; raises MediumFault when somebody else does."""
    return locked(
        workspace.folder / "holds.lock",
        busy="Запреты сейчас меняет или по ним уничтожает дела другая команда docgen.",
    )


def place_hold(workspace: Workspace, name: str, *, reason: str, who: str, today: dt.date) -> Hold:
    """Hold a case; raises UsageFault for an unknown case, a held one, or no reason.

    MediumFault while cases are being disposed of: the hold might come too late.
    """
    with holds_kept(workspace):
        return _placed(workspace, name, reason, who, today)


def _placed(workspace: Workspace, name: str, reason: str, who: str, today: dt.date) -> Hold:
    case = _known_case(workspace, name)
    book = _read(workspace)
    if any(hold.covers(case) for hold in book.holds):
        raise UsageFault(
            f"дело «{case}» уже удержано",
            remedy="Причину и день показывает docgen archive hold list.",
        )
    hold = Hold(case=case, reason=_told(reason), who=who, placed=today)
    write_book(_path(workspace), book.model_copy(update={"holds": (*book.holds, hold)}))
    return hold


def lift_hold(workspace: Workspace, name: str, *, reason: str, who: str, today: dt.date) -> Hold:
    """Lift the hold of a case; raises UsageFault when it has none, or without a reason."""
    with holds_kept(workspace):
        return _lifted(workspace, name, reason, who, today)


def _lifted(workspace: Workspace, name: str, reason: str, who: str, today: dt.date) -> Hold:
    book = _read(workspace)
    standing = next((hold for hold in book.holds if hold.covers(name)), None)
    if standing is None:
        held = [hold.case for hold in book.holds if hold.lifted is None]
        raise UsageFault(
            f"дело «{name}» не удержано",
            remedy=f"Удержаны: {', '.join(held)}." if held else "Удержанных дел нет.",
        )
    lifted = standing.model_copy(
        update={"lifted": today, "lifted_by": who, "lifted_reason": _told(reason)}
    )
    rows = tuple(lifted if hold is standing else hold for hold in book.holds)
    write_book(_path(workspace), book.model_copy(update={"holds": rows}))
    return lifted


def hold_on(rows: Iterable[Hold], name: str) -> Hold | None:
    """The hold that covers a bag, None where nothing does."""
    return next((hold for hold in rows if hold.covers(name)), None)


def _known_case(workspace: Workspace, name: str) -> str:
    """A hold on a name nobody knows would hold nothing."""
    case = _case_of(name.strip())
    known = {_case_of(row.name) for row in Register(workspace.register_file).bags()}
    if workspace.bundles.is_dir():
        known |= {
            _case_of(path.name)
            for path in workspace.bundles.iterdir()
            if path.is_dir() and not path.name.startswith(".")
        }
    if case not in known:
        near = get_close_matches(case, known, n=3)
        raise UsageFault(
            f"дела «{name}» нет ни в реестре, ни среди собранных",
            remedy=f"Возможно: {', '.join(near)}."
            if near
            else "Имена дел показывает опись на носителе (docs/opis.csv). Если реестр пуст,"
            " соберите его: docgen archive register rebuild НОСИТЕЛЬ…",
        )
    return case


def _case_of(name: str) -> str:
    return _EDITION.sub("", name)


def _told(reason: str) -> str:
    return stated_reason(
        reason,
        told="не сказано, почему",
        remedy="Назовите причину словами: --reason «запрос суда».",
    )


def _path(workspace: Workspace) -> Path:
    return workspace.folder / "holds.json"


def _read(workspace: Workspace) -> _Book:
    return read_book(
        _path(workspace),
        _Book,
        fault="список удержанных дел повреждён",
        remedy="Верните holds.json из резервной копии: без него ничего не уничтожается.",
    )
