"""AT: absences, late comings, exemptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docgen.journal.codes import AttendanceCode
from docgen.journal.preflight.places import Skipped, report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.core.findings import Finding
    from docgen.journal.model import ClassJournal
    from docgen.journal.preflight.norms import CheckNorms


def unknown_code(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Finding]:
    """AT-01: an attendance code that is not in the list (R30)."""
    for row in journal.attendance.values():
        if row.kind is None:
            yield report(journal, "AT-01", row, value=row.code.strip())


def absence_without_reason(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Finding]:
    """AT-02: «Н» whose reason nobody has found out by the end of the period (R30)."""
    for row in journal.attendance.values():
        if row.kind is AttendanceCode.ABSENT_UNSPECIFIED:
            yield report(journal, "AT-02", row)


def foreign_totals(_journal: ClassJournal, _norms: CheckNorms) -> Iterator[Skipped]:
    """AT-05: totals printed by another system against our own; no journal row holds such totals."""
    yield Skipped("AT-05", "в журнале нет итогов посещаемости из другой системы")
