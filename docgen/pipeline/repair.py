"""Repair a medium from its other copy, and make the recovery data a repair may need."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

from archive.medium import open_medium
from archive.paper import read_paper
from archive.parity import make_parity
from archive.repair import RepairReport, repair_medium
from archive.validation import Level, Profile, validate
from docgen.core.errors import Blocked
from docgen.core.files import write_atomic
from docgen.core.progress import Progress
from docgen.pipeline.audit import register_of
from docgen.pipeline.sign import signature_of, trust_store
from docgen.pipeline.workspace import open_workspace
from signing.report import Conclusion
from signing.trust import TrustStore
from signing.verify import verify_file


def repair_folder(
    folder: Path,
    other: Path,
    workspace: Path,
    *,
    paper: Sequence[str],
    trusted: Sequence[Path],
    now: dt.datetime,
    progress: Progress,
) -> RepairReport:
    """Bring back damaged files of the medium in `folder` from the one in `other`.

    What speaks for a case are the digests of `paper` and signatures that pass by the certificates
    of the workspace and of `trusted`. Raises MediumFault for media that are no pair or fail,
    UsageFault and InputFault for what is no digest, SigningFault for no certificate.
    """
    told = read_paper(paper)
    known = open_workspace(workspace) if (workspace / "school.toml").is_file() else None
    trust = trust_store(known, *trusted)
    return repair_medium(
        open_medium(folder),
        open_medium(other),
        paper=told,
        passes=lambda path: _passes(path, trust, now),
        register=register_of(workspace),
        progress=progress,
        now=now,
    )


def _passes(path: Path, trust: TrustStore, at: dt.datetime) -> bool:
    signature = signature_of(path)
    if not signature.is_file():
        return False
    return verify_file(path, signature, trust=trust, at=at).conclusion is Conclusion.TOTAL_PASSED


def report_lines(report: RepairReport) -> list[str]:
    """Tell a repair as the lines of an act."""
    lines = [
        f"Восстановление от {report.at:%d.%m.%Y %H:%M}",
        f"Носитель: {report.medium}",
        f"Второй экземпляр (только читался): {report.other}",
        f"Дел просмотрено: {len(report.bags)}",
        f"Файлов восстановлено: {len(report.mended)}",
        *(f"  {row.where}: {row.params['reason']}" for row in report.mended),
        f"Файлов не восстановить: {len(report.lost)}",
        *(f"  {row.where}: {row.params['reason']}" for row in report.lost),
    ]
    told = (*report.mended, *report.lost)
    lines += [f"{row.where}: {row.message}" for row in report.findings if row not in told]
    if report.check_number:
        lines.append(f"Запись в журнале проверок № {report.check_number}: {report.check_digest}")
    return lines


def write_report(report: RepairReport, path: Path) -> None:
    """Keep the report of a repair: JSON for a name that ends so, else text. Raises OSError."""
    if path.suffix == ".json":
        text = json.dumps(report.as_json(), ensure_ascii=False, indent=1)
    else:
        text = "\n".join(report_lines(report))
    write_atomic(path, text + "\n")


def add_parity(folders: Sequence[Path], *, percent: int, progress: Progress) -> int:
    """Make recovery data for every case of the media that has none; returns for how many.

    Raises Blocked for a damaged case: its damage would be kept for ever; UsageFault without par2
    or for a percentage that is none, MediumFault for a medium that fails.
    """
    media = [open_medium(folder) for folder in folders]
    work = [(medium, name) for medium in media for name in medium.bag_names()]
    made = 0
    for medium, name in progress.track(work, title="Данные восстановления", total=len(work)):
        bag = medium.bags / name
        found = validate(bag, level=Level.FULL, profile=Profile.OURS)
        if found:
            raise Blocked(
                "дело повреждено, данные восстановления для него не сделаны",
                where=f"{medium.label} / {name}",
                remedy="Сначала восстановите его: docgen archive repair НОСИТЕЛЬ --from ДРУГОЙ.",
                findings=found,
            )
        with medium.lock():
            made += len(make_parity(bag, [medium], percent))
    return made
