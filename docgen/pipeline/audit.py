"""Look at media and change nothing: audit and comparison; the register made anew from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from archive.audit import AuditReport, audit_media
from archive.compare import Comparison, compare_media
from archive.paper import read_paper
from archive.register import Register
from archive.validation import Level
from docgen.core.findings import Finding
from docgen.core.progress import Progress
from docgen.pipeline.media import opened_media
from docgen.pipeline.sign import broken_seal, trust_store
from docgen.pipeline.workspace import known_workspace, open_workspace

COMPARISON = "compare"
"""What the register's journal calls a comparison, beside the levels of checks."""


def audit_folders(
    folders: Sequence[Path],
    workspace: Path,
    *,
    full: bool,
    paper: Sequence[str] = (),
    now: dt.datetime,
    who: str,
    progress: Progress,
) -> AuditReport:
    """Check media and compare copies, with the register where `workspace` is one.

    `paper` are digests from the act or the label, or files of them. Without a workspace a medium is
    judged by itself: an archive outlives its school. Raises MediumFault for a folder that is no
    medium, UsageFault and InputFault for what is no digest.
    """
    told = read_paper(paper)
    trust = trust_store(known_workspace(workspace))
    with opened_media(folders) as (media, known):
        return audit_media(
            media,
            level=Level.FULL if full else Level.QUICK,
            register=register_of(workspace),
            paper=told,
            known=known,
            broken=lambda path: broken_seal(path, trust, now),
            progress=progress,
            now=now,
            who=who,
        )


def compare_folders(
    first: Path, second: Path, workspace: Path, *, now: dt.datetime, who: str, progress: Progress
) -> Comparison:
    """Compare two copies file by file and write it down where there is a register.

    Raises MediumFault for a folder that is no medium.
    """
    with opened_media((first, second)) as (media, known):
        comparison = compare_media(media[0], media[1], progress=progress)
        comparison = replace(comparison, findings=(*known, *comparison.findings))
        if (register := register_of(workspace)) is not None:
            register.record_check(
                at=now,
                level=COMPARISON,
                volumes=[str(medium.identifier) for medium in media],
                passed=comparison.same,
                findings=comparison.findings,
                who=who,
            )
    return comparison


def register_of(workspace: Path) -> Register | None:
    """Give the register of a school's folder; None for any other folder."""
    known = known_workspace(workspace)
    return Register(known.register_file) if known else None


def rebuild_register(
    folders: Sequence[Path], workspace: Path
) -> tuple[Register, tuple[Finding, ...]]:
    """Read the register again from the media alone; its journal of checks stays."""
    register = Register(open_workspace(workspace).register_file)
    with opened_media(folders) as (media, known):
        return register, (*known, *register.rebuild(media))
