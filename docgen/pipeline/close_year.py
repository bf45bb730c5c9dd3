"""Close the school year: every period, both media; then open the next year (R11, R13).

Stopped anywhere, it goes on, as `close_period` does: what stands is found again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.audit import AuditReport
from archive.parity import require_parity
from docgen.core.errors import Blocked, UsageFault
from docgen.core.findings import Finding
from docgen.core.progress import Progress
from docgen.journal.codes import PeriodKind
from docgen.journal.model import ClassUnit, Period
from docgen.journal.promotion import NextYear, next_year
from docgen.journal.store import Journal
from docgen.pipeline.check import PeriodCheck, check_period
from docgen.pipeline.close_period import Kept, sound_audit, store_period
from docgen.pipeline.filed_orders import unfiled_orders
from docgen.pipeline.media import require_two_places
from docgen.pipeline.order_register import Registered
from docgen.pipeline.school_years import note_closed, write_start
from docgen.pipeline.sign import open_seal
from docgen.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ClosedYear:
    """A closed year: its periods in their order, the audit of both media, the next year.

    `start` is the folder of the next year's tables; None while `following.findings` name pupils of
    whom nobody can say where they go. `unfiled` are the year's orders that no case holds yet.
    """

    year: str
    periods: tuple[Kept, ...]
    audit: AuditReport
    following: NextYear
    start: Path | None
    unfiled: tuple[Registered, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the checks let pass, and what keeps the next year from being opened."""
        checked = (item for kept in self.periods for item in kept.check.findings)
        return (*checked, *self.following.findings)


def close_year(
    workspace: Workspace,
    media_folders: Sequence[Path],
    *,
    confirmation: str | None,
    parity: int = 0,
    now: dt.datetime,
    who: str,
    progress: Progress,
) -> ClosedYear:
    """Run the whole chain for every period of the journal's year, and audit both media once.

    Nothing is written before the checks of all periods let them pass. Raises UsageFault while the
    year goes on, Blocked when a check or the audit does.
    """
    if parity:
        require_parity(parity)
    with workspace.open_journal() as journal:
        work = tuple(_work(journal, now.date()))
        following = next_year(journal)
    year = work[-1][0].year
    seal = open_seal(workspace, now)
    require_two_places(media_folders, confirmation)
    checks = [check_period(workspace, period, units, progress) for period, units in work]
    _refuse_blocked(checks)
    kept = tuple(
        store_period(
            workspace,
            check,
            units,
            media_folders,
            seal,
            confirmation=confirmation,
            parity=parity,
            progress=progress,
        )
        for check, (_period, units) in zip(checks, work, strict=True)
    )
    audit = sound_audit(workspace, kept[-1].stored.media, now, who, progress)
    cases = {
        case.bag.path.name: case.bag.tagmanifest_sha512 for item in kept for case in item.cases
    }
    note_closed(workspace, year, cases, now)
    start = None if following.findings else write_start(workspace, following)
    return ClosedYear(year, kept, audit, following, start, unfiled_orders(workspace, year))


def _work(journal: Journal, today: dt.date) -> list[tuple[Period, tuple[ClassUnit, ...]]]:
    """Periods that classes have, with those classes; the year itself last."""
    periods = sorted(journal.periods(), key=lambda item: (item.kind is PeriodKind.YEAR, item.end))
    work = [(period, journal.classes_of(period.code)) for period in periods]
    work = [(period, units) for period, units in work if units]
    if not work or work[-1][0].kind is not PeriodKind.YEAR:
        raise UsageFault(
            "в журнале нет периода «учебный год»",
            remedy="Внесите его в периоды журнала с кодом Y, датами начала и конца.",
        )
    end = work[-1][0].end
    if today <= end:
        raise UsageFault(
            f"учебный год ещё идёт: он кончается {end:%d.%m.%Y}",
            remedy="Закройте период, который кончился: docgen close ПЕРИОД.",
        )
    return work


def _refuse_blocked(checks: Sequence[PeriodCheck]) -> None:
    blocked = [check for check in checks if check.blocked]
    if blocked:
        raise Blocked(
            "проверка нашла то, с чем год не закрыть; ничего не напечатано и не записано",
            where=", ".join(check.period.name for check in blocked),
            remedy="Исправьте в электронном журнале, выгрузите и загрузите снова: docgen import. "
            "Предупреждение можно принять: docgen check --acknowledge КОД --reason «…».",
            findings=[item for check in blocked for item in check.blocking],
        )
