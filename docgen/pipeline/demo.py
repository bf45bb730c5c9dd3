"""The demo: an invented school goes the whole way, ending on two media."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from docgen.core.errors import UsageFault
from docgen.core.progress import Progress
from docgen.journal.demo import write_demo_package
from docgen.journal.sources import ImportReport
from docgen.pipeline.close_period import Closed, close_period
from docgen.pipeline.imports import import_paths
from docgen.pipeline.initialise import initialise, is_unfinished
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.workspace import Workspace, open_workspace

PERIOD = "Q1"
CONFIRMATION = "Учебный показ: обе папки на одном диске, настоящий архив так не хранят"

WHO = "docgen demo"


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo left."""

    workspace: Workspace
    imported: ImportReport
    closed: Closed
    media: tuple[Path, Path]


def run_demo(folder: Path, *, now: dt.datetime, progress: Progress) -> Demo:
    """Make the invented school in `folder` and close its first quarter; goes on where it stopped.

    Raises UsageFault when the folder holds something else.
    """
    package = folder / "journal"
    if not (folder / "school.toml").exists():
        if folder.exists() and not is_unfinished(folder):
            raise UsageFault(
                "папка для показа не пуста",
                where=str(folder),
                remedy="Укажите новую папку: docgen demo ПАПКА.",
            )
        initialise(folder, now, organisation="Учебная школа")
    if not package.exists():
        part = folder / "journal.part"  # a run stopped here leaves no half of a journal
        write_demo_package(part)
        part.rename(package)
    workspace = open_workspace(folder)
    imported = import_paths(workspace, [package], source_name=None, now=now, progress=progress)
    with workspace.open_journal() as journal:
        period = chosen_period(journal, PERIOD)
        units = chosen_classes(journal, period, ())
    media = (folder / "media-a", folder / "media-b")
    closed = close_period(
        workspace,
        period,
        units,
        media,
        confirmation=CONFIRMATION,
        now=now,
        who=WHO,
        progress=progress,
    )
    return Demo(workspace, imported, closed, media)
