"""The report of the check as files: a page for the browser, PDF, a workbook."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from docgen import russian
from docgen.core.files import write_atomic
from docgen.documents.check_report import CheckReport, check_report, report_tables
from docgen.pipeline.check import PeriodCheck
from docgen.pipeline.workspace import Workspace
from docgen.profile import CheckSettings
from docgen.rendering import templates
from docgen.rendering.blank import lay_out_document
from docgen.rendering.workbook import workbook


def write_report(
    workspace: Workspace, check: PeriodCheck, style: str, day: dt.date, target: Path | None = None
) -> Path:
    """Write the report as html, pdf or xlsx; without a target among the period's documents."""
    report = _report(workspace, check, day)
    period = check.period
    path = target or workspace.out(period.year, period.code) / f"check.{style}"
    own = workspace.templates if workspace.templates.is_dir() else None
    if style == "xlsx":
        content: bytes | str = workbook(report_tables(report, check.tasks))
    elif style == "pdf":
        content = lay_out_document("check-report", {"report": report}, own)
    else:
        content = templates.render("check-report/screen.html", {"report": report}, own)
    write_atomic(path, content, mode=0o600)
    return path


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
    return [
        f"{name} = {_said(value)} (обычно {_said(usual)})"
        for name, value in settings
        for usual in (getattr(CheckSettings(), name),)
        if value != usual
    ]


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "да" if value else "нет"
    return str(value)
