"""Verify anything a person may point at: a signed file, a signature, a bag, a medium.

The verdict is always one of TOTAL_PASSED, INDETERMINATE, TOTAL_FAILED with the reason
(ETSI EN 319 102-1).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from archive.audit import audit_media
from archive.manifest import TAG_MANIFEST
from archive.medium import VOLUME_FILE, VOLUME_LIST, open_medium
from archive.validation import Level, validate
from docgen.core.errors import InputFault
from docgen.core.findings import Finding, blocks
from docgen.core.progress import Progress
from docgen.pipeline.sign import SUFFIX, signature_of
from signing.report import Conclusion, as_json, report_findings, report_lines
from signing.trust import TrustStore
from signing.verify import verify_file


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one path: the conclusion, the lines that explain it, findings, JSON."""

    path: Path
    conclusion: Conclusion
    lines: tuple[str, ...]
    findings: tuple[Finding, ...]
    details: dict[str, object]

    @property
    def passed(self) -> bool:
        """Whether nothing at all speaks against it."""
        return self.conclusion is Conclusion.TOTAL_PASSED


def verify_path(path: Path, *, trust: TrustStore, at: dt.datetime, progress: Progress) -> Verdict:
    """Judge one path by what it is; raises InputFault when there is nothing to judge."""
    if not path.exists():
        raise InputFault(
            "такого файла нет", where=str(path), remedy="Проверьте имя и путь к файлу."
        )
    if path.is_dir():
        return _folder(path, trust, at, progress)
    if path.suffix == SUFFIX:
        return _file(path.with_name(path.name.removesuffix(SUFFIX)), path, trust, at)
    return _file(path, signature_of(path), trust, at)


def _file(source: Path, signature: Path, trust: TrustStore, at: dt.datetime) -> Verdict:
    if not signature.is_file():
        return Verdict(
            source,
            Conclusion.INDETERMINATE,
            (
                f"Документ: {source.name}",
                f"Подписи рядом нет: ожидался файл {signature.name}.",
                "Положите файл подписи в ту же папку и проверьте снова.",
            ),
            (),
            {"source": str(source), "conclusion": Conclusion.INDETERMINATE.value},
        )
    report = verify_file(source, signature, trust=trust, at=at)
    return Verdict(
        source,
        report.conclusion,
        tuple(report_lines(report)),
        tuple(report_findings(report)),
        as_json(report),
    )


def _folder(path: Path, trust: TrustStore, at: dt.datetime, progress: Progress) -> Verdict:
    if (path / VOLUME_FILE).is_file():
        audit = audit_media([open_medium(path)], level=Level.FULL, progress=progress, now=at)
        findings = tuple(audit.all_findings)
        title, listed = f"Носитель: {path.name}", path / VOLUME_LIST
    elif (path / "bagit.txt").is_file():
        findings = tuple(validate(path, level=Level.FULL))
        title, listed = f"Дело: {path.name}", path / TAG_MANIFEST
    else:
        raise InputFault(
            "в папке нет ни носителя архива, ни дела",
            where=str(path),
            remedy="Укажите файл с подписью, папку дела (в ней bagit.txt) или носитель.",
        )
    seal = _file(listed, signature_of(listed), trust, at)
    conclusion = Conclusion.TOTAL_FAILED if blocks(findings) else seal.conclusion
    damage = (
        ["Содержимое: расхождения найдены, они перечислены ниже."]
        if findings
        else ["Содержимое: все файлы на месте, контрольные суммы совпали."]
    )
    return Verdict(
        path,
        conclusion,
        (title, *damage, *seal.lines),
        (*findings, *seal.findings),
        {"path": str(path), "conclusion": conclusion.value, "seal": seal.details},
    )
