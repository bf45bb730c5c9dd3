"""Check a period before printing: every class by every rule, and what no class shows alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from docgen.core.findings import Finding, blocks
from docgen.core.progress import Progress
from docgen.journal.model import ClassUnit, Period
from docgen.journal.preflight import CheckResult, check_class, check_school, merge
from docgen.pipeline.check_norms import norms_of
from docgen.pipeline.workspace import Workspace
from docgen.rendering import templates


@dataclass(frozen=True, slots=True)
class PeriodCheck:
    """The outcome for a period: classes, findings in reading order, what was not checked."""

    period: Period
    classes: tuple[str, ...]
    findings: tuple[Finding, ...]
    skipped: tuple[tuple[str, str], ...]

    @property
    def blocked(self) -> bool:
        """Whether a finding stops the printing."""
        return blocks(self.findings)

    def by_class(self) -> list[tuple[str, tuple[Finding, ...]]]:
        """Findings by class, those of the whole school first."""
        rows: dict[str, list[Finding]] = {}
        for item in self.findings:
            rows.setdefault(item.refs.get("class", "") or "Школа", []).append(item)
        order = {name: place for place, name in enumerate(("Школа", *self.classes))}
        return [
            (name, tuple(rows[name])) for name in sorted(rows, key=lambda name: order.get(name, -1))
        ]

    def counts(self) -> list[tuple[str, Counter[str]]]:
        """How many findings of each severity a class has, for the chart."""
        return [
            (name, Counter(item.severity.value for item in rows)) for name, rows in self.by_class()
        ]

    @property
    def most(self) -> int:
        """The longest bar of the chart."""
        return max((counter.total() for _name, counter in self.counts()), default=1)

    def as_json(self) -> dict[str, object]:
        """The `result` of the JSON answer (cli.md)."""
        return {
            "period": self.period.code,
            "classes": list(self.classes),
            "skipped": [{"code": code, "reason": reason} for code, reason in self.skipped],
        }


def check_period(
    workspace: Workspace, period: Period, units: Sequence[ClassUnit], progress: Progress
) -> PeriodCheck:
    """Run all rules over the classes."""
    norms = norms_of(workspace.profile)
    with workspace.open_journal() as journal:
        results: list[CheckResult] = [check_school(journal, norms, periods=(period,))]
        for unit in progress.track(units, title="Проверка журнала", total=len(units)):
            view = journal.class_journal(unit.class_id, period.code)
            results.append(check_class(view, norms))
    result = merge(results)
    return PeriodCheck(
        period=period,
        classes=tuple(unit.class_id for unit in units),
        findings=result.findings,
        skipped=tuple((item.code, item.reason) for item in result.skipped),
    )


def report_html(check: PeriodCheck, workspace: Workspace) -> str:
    """The report as one page for a browser: counts as a chart, then tasks by class."""
    own = workspace.templates if workspace.templates.is_dir() else None
    return templates.render("check-report/template.html", {"check": check}, own)
