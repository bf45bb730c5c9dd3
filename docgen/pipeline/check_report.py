"""The report of the check as files: a page for the browser, PDF, a workbook."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from docgen import russian
from docgen.documents.check_report import CheckReport, check_report, report_tables
from docgen.pipeline.check import PeriodCheck
from docgen.pipeline.report_files import write_as
from docgen.pipeline.workspace import Workspace
from docgen.profile import CheckSettings


def write_report(
    workspace: Workspace, check: PeriodCheck, style: str, day: dt.date, target: Path | None = None
) -> Path:
    """Write the report as html, pdf or xlsx; without a target among the period's documents."""
    report = _report(workspace, check, day)
    period = check.period
    path = target or workspace.out(period.year, period.code) / f"check.{style}"
    tables = report_tables(report, check.tasks)
    return write_as(style, path, workspace, "check-report", {"report": report}, tables)


def _report(workspace: Workspace, check: PeriodCheck, day: dt.date) -> CheckReport:
    school = workspace.profile.school
    return check_report(
        check.tasks,
        school=school.short_name or school.full_name,
        period=check.period.name,
        year=check.period.year,
        made=russian.date_long(day),
        classes=check.classes,
        blocked=check.blocked,
        skipped=check.skipped,
        settings=_own_settings(workspace.profile.check),
    )


def _own_settings(settings: CheckSettings) -> list[str]:
    """What the school set otherwise than shipped: whoever reads the report has to know it."""
    shipped = dict(CheckSettings())
    return [
        f"{name} = {_said(value)} (обычно {_said(shipped[name])})"
        for name, value in settings
        if value != shipped[name]
    ]


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "да" if value else "нет"
    return str(value)
