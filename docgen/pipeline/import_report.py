"""The report of an import as a file: for whoever has to mend the export."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.import_report import import_paper, import_tables
from docgen.journal.sources import Choice, ImportRefused, ImportReport, choose
from docgen.pipeline.report_files import write_as
from docgen.pipeline.workspace import Workspace


def write_report(
    workspace: Workspace,
    outcome: ImportReport | ImportRefused,
    paths: Sequence[Path],
    source_name: str | None,
    style: str,
    day: dt.date,
    target: Path | None = None,
) -> Path:
    """Write what an import did, or why it was refused, as html, pdf or xlsx."""
    if isinstance(outcome, ImportRefused):
        findings: Sequence[Finding] = outcome.findings
        choices: Sequence[Choice] = [choose(path, source_name) for path in paths]
        repeated = False
    else:
        findings, choices, repeated = outcome.notes, outcome.choices, outcome.repeated
    paper = import_paper(
        choices,
        outcome.files,
        findings,
        made=russian.date_long(day),
        refused=isinstance(outcome, ImportRefused),
        repeated=repeated,
    )
    path = target or workspace.folder / "out" / f"import.{style}"
    tables = import_tables(paper, findings)
    return write_as(style, path, workspace, "import-report", {"paper": paper}, tables)
