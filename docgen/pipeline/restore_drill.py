"""The restore drill: one case is taken back from a medium and proven whole, now and then (R12).

A copy nobody ever restored is a hope. Everything happens in a private folder that is removed.
"""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.durable import files_below
from archive.medium import VOLUME_FILE, open_medium
from archive.register import Register
from archive.scratch import private_folder
from archive.validation import Level, validate
from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.core.progress import Progress
from docgen.pipeline.archived import ArchivedCase, archived_cases
from docgen.pipeline.paper_files import sheet_count
from docgen.pipeline.sign import signature_of
from docgen.pipeline.workspace import Workspace
from signing.report import report_findings
from signing.revocation import Evidence
from signing.trust import TrustStore
from signing.verify import verify_file

DRILL = "drill"
"""What the register's journal calls a drill, beside the levels of checks."""


@dataclass(frozen=True, slots=True)
class Drill:
    """What a drill found: the case, where from, files and documents looked at, findings."""

    case: str
    source: Path
    files: int
    documents: int
    compared_with: tuple[Path, ...]
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether the case came back whole."""
        return not self.findings

    def as_json(self) -> dict[str, object]:
        """Plain values for `--json` answers."""
        return {
            "case": self.case,
            "source": str(self.source),
            "files": self.files,
            "documents": self.documents,
            "compared_with": [str(path) for path in self.compared_with],
            "passed": self.passed,
        }


def restore_drill(
    media: Sequence[Path],
    *,
    seed: int,
    trust: TrustStore,
    evidence: Evidence,
    at: dt.datetime,
    progress: Progress,
) -> Drill:
    """Restore the case that `seed` chooses from the first medium, and prove every file of it.

    Raises InputFault when there is no case, MediumFault or OSError when it cannot be read.
    """
    cases = list(archived_cases(None, media[:1]))
    if not cases:
        raise InputFault("на носителе нет ни одного дела", where=str(media[0]))
    case = random.Random(seed).choice(cases)  # noqa: S311 - which case, no secret
    others = (
        [one.bag for one in archived_cases(None, media[1:]) if one.name == case.name]
        if len(media) > 1
        else []
    )
    with private_folder() as folder:
        restored = folder / case.name
        shutil.copytree(case.bag, restored)
        own = ArchivedCase(restored, case.card)
        findings = [
            *validate(restored, level=Level.FULL),
            *_compared(restored, others),
            *_documents(own, trust, evidence, at, progress),
        ]
        count = sum(1 for _ in files_below(restored))
    return Drill(case.name, case.bag, count, len(case.files), tuple(others), tuple(findings))


def note_drill(
    workspace: Workspace, drill: Drill, media: Sequence[Path], *, at: dt.datetime, who: str
) -> None:
    """Write a drill into the journal of checks; folders of bags that are no media have no number.

    Raises MediumFault when the register cannot be written.
    """
    Register(workspace.register_file).record_check(
        at=at,
        level=DRILL,
        volumes=[
            str(open_medium(folder).identifier)
            for folder in media
            if (folder / VOLUME_FILE).is_file()
        ],
        passed=drill.passed,
        findings=drill.findings,
        who=who,
    )


def _compared(restored: Path, others: Sequence[Path]) -> list[Finding]:
    """Whether the other copies hold the same bytes."""
    found = []
    for other in others:
        here = {path for path, _ in files_below(restored)}
        there = {path for path, _ in files_below(other)}
        different = sorted(here ^ there)
        different += [
            path
            for path in sorted(here & there)
            if (restored / path).read_bytes() != (other / path).read_bytes()
        ]
        found += [finding("AR-60", f"{other} / {path}", path=path) for path in different]
    return found


def _documents(
    case: ArchivedCase,
    trust: TrustStore,
    evidence: Evidence,
    at: dt.datetime,
    progress: Progress,
) -> list[Finding]:
    """Whether the documents open with as many pages as they had, and their signatures hold."""
    found: list[Finding] = []
    volumes = case.card["volumes"]
    wanted = {row["file"]: row["sheets"] + row["inventory_sheets"] for row in volumes}
    wanted |= {row["file"]: row["pages"] for row in case.documents}
    files = wanted.items()
    for name, least in progress.track(files, title="Учебное восстановление", total=len(files)):
        path = case.bag / "data" / name
        pages = sheet_count(path)
        if pages is None or pages < least:
            found.append(finding("AR-61", f"{case.name} / {name}", pages=pages or "–"))
        signature = signature_of(path)
        if signature.is_file():
            report = verify_file(path, signature, trust=trust, at=at, evidence=evidence)
            found += report_findings(report)
    return found
