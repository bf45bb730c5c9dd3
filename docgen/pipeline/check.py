"""Check a period before printing: every class by every rule, and what no class shows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from docgen.core.findings import Finding, Severity, blocks
from docgen.core.progress import Progress
from docgen.journal.model import ClassUnit, Period
from docgen.journal.preflight import (
    OF_THE_SCHOOL,
    Acceptance,
    CheckResult,
    Desk,
    Task,
    check_class,
    check_school,
    desk_of,
    merge,
)
from docgen.pipeline.acknowledgements import acceptances
from docgen.pipeline.check_norms import norms_of
from docgen.pipeline.printed import printed_digest
from docgen.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PeriodCheck:
    """The outcome for a period: classes, tasks in reading order, what was not checked.

    `strict` when the school wants a word on every warning (`[check] acknowledge`).
    """

    period: Period
    classes: tuple[str, ...]
    tasks: tuple[Task, ...]
    skipped: tuple[tuple[str, str], ...]
    strict: bool = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that was found."""
        return tuple(task.finding for task in self.tasks)

    @property
    def unexplained(self) -> tuple[Finding, ...]:
        """The warnings nobody has said anything to."""
        return tuple(task.finding for task in self.tasks if task.unexplained)

    @property
    def blocked(self) -> bool:
        """Whether something stops the printing."""
        return blocks(self.findings) or (self.strict and bool(self.unexplained))

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What stops the printing."""
        found = tuple(item for item in self.findings if item.severity is Severity.BLOCKING)
        return found + self.unexplained if self.strict else found

    def as_json(self) -> dict[str, object]:
        """The `result` of the JSON answer (cli.md)."""
        return {
            "period": self.period.code,
            "classes": list(self.classes),
            "skipped": [{"code": code, "reason": reason} for code, reason in self.skipped],
            "acknowledged": [
                {
                    "code": task.finding.code,
                    "where": task.finding.where,
                    "reason": task.accepted.reason,
                    "who": task.accepted.who,
                    "day": task.accepted.day,
                }
                for task in self.tasks
                if task.accepted
            ],
        }


def check_period(
    workspace: Workspace,
    period: Period,
    units: Sequence[ClassUnit],
    progress: Progress,
    *,
    with_print: bool = False,
) -> PeriodCheck:
    """Run all rules over the classes.

    `with_print` also compares them with what their volumes were printed from (BD-02): whoever is
    about to print does not ask, for printing again is what to do about it.
    """
    norms = norms_of(workspace.profile)
    chosen = {unit.class_id for unit in units}
    desks: dict[str, Desk] = {}
    with workspace.open_journal() as journal:
        others = {unit.class_id for unit in journal.classes_of(period.code)} - chosen
        results: list[CheckResult] = [
            _without(check_school(journal, norms, periods=(period,)), others)
        ]
        for unit in progress.track(units, title="Проверка журнала", total=len(units)):
            view = journal.class_journal(unit.class_id, period.code)
            printed = (
                printed_digest(workspace, period.year, period.code, unit.class_id)
                if with_print
                else ""
            )
            results.append(check_class(view, norms, printed=printed))
            desks[unit.class_id] = desk_of(view)
    result = merge(results)
    found = PeriodCheck(
        period=period,
        classes=tuple(unit.class_id for unit in units),
        tasks=tuple(_task(item, desks) for item in result.findings),
        skipped=tuple((item.code, item.reason) for item in result.skipped),
        strict=workspace.profile.check.acknowledge,
    )
    return with_words(workspace, found)


def with_words(workspace: Workspace, check: PeriodCheck) -> PeriodCheck:
    """The same outcome with what has been said to its warnings by now."""
    known = acceptances(workspace, check.period)
    tasks = (replace(task, accepted=_word(task.finding, known)) for task in check.tasks)
    return replace(check, tasks=tuple(tasks))


def _without(result: CheckResult, classes: set[str]) -> CheckResult:
    """Leave out what concerns none but classes that were not asked for."""
    found = tuple(item for item in result.findings if item.refs.get("class") not in classes)
    return replace(result, findings=found)


def _task(item: Finding, desks: dict[str, Desk]) -> Task:
    desk = desks.get(item.refs.get("class", ""))
    return desk.task(item) if desk else Task(item, OF_THE_SCHOOL, "", "")


def _word(item: Finding, known: Mapping[str, Acceptance]) -> Acceptance | None:
    """What was said to a finding; what blocks cannot be talked away."""
    return known.get(item.identity) if item.severity is Severity.WARNING else None
