"""Audit media and rebuild the register: the archive's own use cases, as commands need them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from archive.audit import AuditReport, audit_media
from archive.medium import Medium, open_medium
from archive.register import Register
from archive.validation import Level
from docgen.core.findings import Finding
from docgen.core.progress import Progress
from docgen.pipeline.workspace import open_workspace


def audit_folders(
    folders: Sequence[Path],
    workspace: Path,
    *,
    full: bool,
    now: dt.datetime,
    progress: Progress,
) -> tuple[tuple[Medium, ...], AuditReport]:
    """Check media and compare copies, with the register where `workspace` is one.

    Without a workspace a medium is judged by itself: an archive outlives its school.
    Raises MediumFault for a folder that is no medium.
    """
    media = tuple(open_medium(folder) for folder in folders)
    register = None
    if (workspace / "school.toml").is_file():
        register = Register(open_workspace(workspace).register_file)
    level = Level.FULL if full else Level.QUICK
    report = audit_media(media, level=level, register=register, progress=progress, now=now)
    return media, report


def rebuild_register(
    folders: Sequence[Path], workspace: Path
) -> tuple[Register, tuple[Finding, ...]]:
    """Read the register again from the media alone; its journal of checks stays."""
    register = Register(open_workspace(workspace).register_file)
    return register, tuple(register.rebuild([open_medium(folder) for folder in folders]))
