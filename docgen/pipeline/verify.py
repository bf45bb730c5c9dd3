"""Verify anything a person may point at: a signed file, a signature, a bag, a medium.

The verdict on a signature is one of TOTAL_PASSED, INDETERMINATE, TOTAL_FAILED with the reason
(ETSI EN 319 102-1). A bag by others may have none at all: then only its integrity is judged.
"""

from __future__ import annotations

import datetime as dt
import importlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from archive.audit import audit_media
from archive.durable import open_plain, read_plain
from archive.manifest import LIST_LIMIT, MANIFEST, TAG_MANIFEST
from archive.medium import VOLUME_FILE, VOLUME_LIST, open_medium, read_volume
from archive.unpacked import unpacked
from archive.validation import Level, Profile, profile_of, validate
from docgen.core.digests import digest_file
from docgen.core.errors import InputFault, UsageFault
from docgen.core.files import write_atomic
from docgen.core.findings import Finding, blocks, finding
from docgen.core.progress import Progress
from docgen.core.reasons import reason
from docgen.documents.house import Official
from docgen.pipeline.sign import SUFFIX, signature_of
from docgen.pipeline.workspace import Workspace
from signing.evidence_record import SUFFIX as RECORD_SUFFIX
from signing.evidence_record import verify_record
from signing.report import (
    Conclusion,
    Status,
    VerificationReport,
    as_json,
    report_findings,
    report_lines,
)
from signing.revocation import Evidence
from signing.trust import TrustStore
from signing.verify import verify_file


class NoSignature(StrEnum):
    """The conclusion where there is no signature to judge; ETSI has no word for it."""

    UNSIGNED = "UNSIGNED"

    @property
    def label(self) -> str:
        """Russian words for reports."""
        return "подписи нет, проверена только целостность"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one path: the conclusion, the lines that explain it, findings, JSON."""

    path: Path
    conclusion: Conclusion | NoSignature
    lines: tuple[str, ...]
    findings: tuple[Finding, ...]
    details: dict[str, object]
    report: VerificationReport | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing at all speaks against it; what has no signature can only be whole."""
        if self.conclusion is NoSignature.UNSIGNED:
            return not blocks(self.findings)
        return self.conclusion is Conclusion.TOTAL_PASSED


@dataclass(frozen=True, slots=True)
class Judge:
    """What signatures are judged by: trusted certificates, words on revocation, the moment."""

    trust: TrustStore
    evidence: Evidence
    at: dt.datetime


def verify_path(path: Path, judge: Judge, *, progress: Progress) -> Verdict:
    """Judge one path by what it is; raises InputFault when there is nothing to judge."""
    if not path.exists():
        raise InputFault(
            "такого файла нет", where=str(path), remedy="Проверьте имя и путь к файлу."
        )
    if path.is_dir():
        return _folder(path, judge, progress)
    if path.is_block_device() or path.suffix.casefold() == ".iso":
        with unpacked(path) as disc:
            verdict = _folder(disc.medium.folder, judge, progress)
        return replace(verdict, path=path, lines=(f"Образ диска: {path.name}", *verdict.lines))
    if path.suffix == SUFFIX:
        return _file(path.with_name(path.name.removesuffix(SUFFIX)), path, judge)
    return _file(path, signature_of(path), judge)


def prove_file(path: Path, evidence: Path, judge: Judge) -> Verdict:
    """Prove one file alone: by a record (.ers), a signed list of digests, or the bag it is from.

    Raises InputFault when the file or the evidence cannot be read.
    """
    if evidence.suffix == RECORD_SUFFIX:
        documents = [path, *(item for item in (signature_of(path),) if item.is_file())]
        report = verify_record(documents, evidence, trust=judge.trust, at=judge.at)
        if report.conclusion is Conclusion.TOTAL_FAILED and len(documents) > 1:
            report = verify_record([path], evidence, trust=judge.trust, at=judge.at)
        return _told(path, report)
    listed = evidence / MANIFEST if evidence.is_dir() else evidence
    steps = [(path, listed)]
    if listed.name == MANIFEST:
        steps.append((listed, listed.with_name(TAG_MANIFEST)))
    lines, sealed = [f"Документ: {path.name}"], steps[-1][1]
    for document, manifest in steps:
        if not _stands_in(document, manifest):
            lines.append(f"В списке {manifest.name} нет файла {document.name} с такой суммой.")
            failed = Conclusion.TOTAL_FAILED
            told: dict[str, object] = {"path": str(path), "conclusion": failed.value}
            return Verdict(path, failed, tuple(lines), (), told)
        lines.append(f"Сумма SHA-512 файла {document.name} стоит в списке {manifest.name}.")
    seal = _seal(sealed, judge)
    details: dict[str, object]
    details = {"path": str(path), "conclusion": seal.conclusion.value, "seal": seal.details}
    lines += seal.lines
    return Verdict(path, seal.conclusion, tuple(lines), seal.findings, details, seal.report)


def _stands_in(document: Path, manifest: Path) -> bool:
    """Whether a list of SHA-512 has a line with this file's name and digest."""
    try:
        digest = digest_file(document).sha512
        lines = read_plain(manifest, limit=LIST_LIMIT).decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise InputFault(
            "файл или список сумм не читается",
            where=f"{document}, {manifest}",
            remedy="Укажите файл документа и папку дела, из которого он взят.",
        ) from fault
    rows = (line.split(maxsplit=1) for line in lines if line.strip())
    return any(
        row[0].lower() == digest and row[-1].lstrip("*").rpartition("/")[2] == document.name
        for row in rows
    )


def _file(source: Path, signature: Path, judge: Judge) -> Verdict:
    if not signature.is_file():
        inside = _inside(source, judge)
        if inside is not None:
            return _told(source, inside)
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
    report = verify_file(source, signature, trust=judge.trust, at=judge.at, evidence=judge.evidence)
    return _told(source, report)


def _inside(source: Path, judge: Judge) -> VerificationReport | None:
    """The report on signatures inside a PDF; None when it has none or is something else."""
    if source.suffix.casefold() != ".pdf" or not source.is_file():
        return None
    # Loaded here: the library of PDF signatures takes half a second, and few files need it.
    verify_pdf = importlib.import_module("signing.pdf_verify").verify_pdf
    report: VerificationReport = verify_pdf(
        source, trust=judge.trust, at=judge.at, evidence=judge.evidence
    )
    return report if report.signatures else None


def _told(source: Path, report: VerificationReport) -> Verdict:
    return Verdict(
        source,
        report.conclusion,
        tuple(report_lines(report)),
        tuple(report_findings(report)),
        as_json(report),
        report,
    )


def _folder(path: Path, judge: Judge, progress: Progress) -> Verdict:
    ours = True
    if _is_medium(path):
        audit = audit_media([open_medium(path)], level=Level.FULL, progress=progress, now=judge.at)
        findings = tuple(audit.all_findings)
        title, listed = f"Носитель: {path.name}", path / VOLUME_LIST
    elif _is_bag(path):
        profile = profile_of(path)
        ours = profile is Profile.OURS
        findings = tuple(validate(path, level=Level.FULL, profile=profile))
        title, listed = f"Дело: {path.name}", path / TAG_MANIFEST
    else:
        raise InputFault(
            "в папке нет ни носителя архива, ни дела",
            where=str(path),
            remedy="Укажите файл с подписью, папку дела (в ней bagit.txt) или носитель.",
        )
    seal = _seal(listed, judge) if ours else _foreign_seal(listed, judge)
    valid = not blocks(findings)
    conclusion = seal.conclusion
    if not valid and conclusion is not NoSignature.UNSIGNED:
        conclusion = Conclusion.TOTAL_FAILED
    if not valid:
        content = "расхождения найдены, они перечислены ниже."
    elif findings:
        content = "все файлы на месте, контрольные суммы совпали; замечания перечислены ниже."
    else:
        content = "все файлы на месте, контрольные суммы совпали."
    return Verdict(
        path,
        conclusion,
        (title, f"Содержимое: {content}", *seal.lines),
        (*findings, *seal.findings),
        {
            "path": str(path),
            "conclusion": conclusion.value,
            "valid": valid,
            "seal": seal.details,
        },
        seal.report,
    )


def _is_medium(path: Path) -> bool:
    """Whether it is a medium, told by its card: a bag by others may hold a volume.json of its own.

    A card of ours outweighs a bagit.txt beside it, else a stranger's files laid on a medium would
    have it judged as a bag by others. A spoilt card is for the medium to tell, but not in a bag.
    """
    try:
        read_volume(path)
    except (OSError, ValueError):
        return (path / VOLUME_FILE).is_file() and not _is_bag(path)
    return True


def _is_bag(path: Path) -> bool:
    """Whether it looks like a bag; one without a sound bagit.txt is a bag with that fault."""
    names = {entry.name for entry in path.iterdir()}
    return bool(names & {"bagit.txt", "data"}) or any(
        name.startswith("manifest-") and name.endswith(".txt") for name in names
    )


def _seal(listed: Path, judge: Judge) -> Verdict:
    """Judge the signature over the list of a bag or a medium; one that cannot be is a finding.

    No link is followed and no pipe waited for: who made the folder chose what lies in it.
    """
    signature = signature_of(listed)
    file = listed
    try:
        if os.path.lexists(signature):
            for file in (listed, signature):
                open_plain(file, limit=LIST_LIMIT).close()
        return _file(listed, signature, judge)
    except OSError as fault:
        told = reason(fault)
    except InputFault as fault:
        told = fault.message
    found = finding(
        "AR-87", signature.name, refs={"file": str(signature)}, path=file.name, reason=told
    )
    return _plain_verdict(listed, Conclusion.INDETERMINATE, found)


def _foreign_seal(listed: Path, judge: Judge) -> Verdict:
    """Judge the signature of a bag by others as we sign ours; there need not be one.

    A file of the signature's name that is no signature is an opaque tag file (RFC 8493 2.2.4),
    worth a warning and no more: who could spoil a signature could take it away as well, so being
    strict here would protect nobody, and either way nothing is said to be signed.
    """
    signature = signature_of(listed)
    if not os.path.lexists(signature):
        return _plain_verdict(listed, NoSignature.UNSIGNED)
    seal = _seal(listed, judge)
    report = seal.report
    if report is None or report.signatures or report.structure.status is not Status.FAILED:
        return seal
    found = finding("AR-88", signature.name, refs={"file": str(signature)}, path=signature.name)
    return _plain_verdict(listed, NoSignature.UNSIGNED, found)


def _plain_verdict(
    source: Path, conclusion: Conclusion | NoSignature, *findings: Finding
) -> Verdict:
    """Conclude without a report on signatures."""
    line = f"Итог: {conclusion.value}, {conclusion.label}"
    told: dict[str, object] = {"source": str(source), "conclusion": conclusion.value}
    return Verdict(source, conclusion, (line,), findings, told)


def write_report(
    workspace: Workspace | None, verdicts: Sequence[Verdict], out: Path, at: dt.datetime
) -> None:
    """Write what was found as a page to print (PDF/A).

    Raises UsageFault when nothing that was checked had a signature.
    """
    checked = [
        (digest_file(verdict.report.source).sha512, verdict.report)
        for verdict in verdicts
        if verdict.report is not None
    ]
    if not checked:
        raise UsageFault("подписей нет, печатать нечего", remedy="Укажите подписанный файл.")
    school = workspace.profile.school.full_name if workspace else ""
    # Loaded here: the page engine takes half a second, and few checks are printed.
    acts = importlib.import_module("docgen.pipeline.signature_acts")
    act = acts.signature_act(checked, at, "", school, Official("Проверил(а)"))
    write_atomic(out, acts.act_pdf(workspace, act))
