"""Import journal files into the workspace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from docgen.core.findings import finding
from docgen.core.progress import Progress
from docgen.journal.sources import ImportRefused, ImportReport, Source, import_files, sources
from docgen.journal.sources.years import OtherYear
from docgen.journal.store import Journal
from docgen.pipeline.school_years import bring_back, set_aside
from docgen.pipeline.workspace import Workspace

__all__ = ["ImportRefused", "ImportReport", "import_paths", "known_sources"]


def known_sources() -> tuple[Source, ...]:
    """The formats that can be read, the default package first."""
    return sources()


def import_paths(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    source_name: str | None,
    now: dt.datetime,
    progress: Progress,
    prefer: str | None = None,
    pupil: str = "",
) -> ImportReport:
    """Read files into the journal, all of them or none; raises InputFault with every address.

    Files of the next year begin a new journal when the year of the standing one is closed (R13).
    """

    def read() -> ImportReport:
        with Journal.open(workspace.journal_file) as journal:
            return import_files(
                journal,
                paths,
                source_name=source_name,
                imported_at=now,
                progress=progress,
                prefer=prefer,
                pupil=pupil,
            )

    try:
        return read()
    except OtherYear as fault:
        earlier = set_aside(workspace, fault)
    try:
        report = read()
    except BaseException:
        bring_back(workspace, earlier)
        raise
    note = finding("IM-31", str(earlier), earlier=earlier.parent.name)
    return replace(report, merged=(note, *report.merged))
