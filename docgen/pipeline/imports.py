"""Import journal files into the workspace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from docgen.core.progress import Progress
from docgen.journal.sources import ImportRefused, ImportReport, Source, import_files, sources
from docgen.journal.store import Journal
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
    """Read files into the journal, all of them or none; raises InputFault with every address."""
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
