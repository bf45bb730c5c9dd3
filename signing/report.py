"""What a check of a signature found, for people and for programs.

Conclusions and indications are those of ETSI EN 319 102-1; a report is never a bare yes or no.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from docgen.core.findings import Finding, finding

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path


class Conclusion(StrEnum):
    """The verdict on a signature (ETSI EN 319 102-1 5.1.3)."""

    TOTAL_PASSED = "TOTAL_PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL_FAILED"

    @property
    def label(self) -> str:
        """Russian words for reports."""
        return {
            "TOTAL_PASSED": "подпись подтверждена",
            "INDETERMINATE": "подтвердить подпись не удалось: данных недостаточно",
            "TOTAL_FAILED": "подпись недействительна",
        }[self]


class Status(StrEnum):
    """The outcome of one check; `stated` marks what was only noted and weighs nothing."""

    PASSED = "passed"
    FAILED = "failed"
    INDETERMINATE = "indeterminate"
    STATED = "stated"


class CheckName(StrEnum):
    """What is looked at, in the order of the report."""

    STRUCTURE = "structure"
    COVERAGE = "coverage"
    CHANGES = "changes"
    CONTENT = "content"
    SIGNATURE = "signature"
    ATTRIBUTES = "attributes"
    CERTIFICATE = "certificate"
    CHAIN = "chain"
    ADDITIONS = "additions"
    REVOCATION = "revocation"
    TIME = "time"
    TOOL = "tool"

    @property
    def label(self) -> str:
        """Russian name for reports."""
        return _TITLES[self]


_TITLES = {
    CheckName.STRUCTURE: "Файл подписи",
    CheckName.COVERAGE: "Что охвачено подписью",
    CheckName.CHANGES: "Изменения после подписи",
    CheckName.CONTENT: "Содержимое",
    CheckName.SIGNATURE: "Значение подписи",
    CheckName.ATTRIBUTES: "Подписанные атрибуты",
    CheckName.CERTIFICATE: "Сертификат подписавшего",
    CheckName.CHAIN: "Цепочка сертификатов",
    CheckName.ADDITIONS: "Неподписанные добавления",
    CheckName.REVOCATION: "Отзыв сертификата",
    CheckName.TIME: "Источник времени",
    CheckName.TOOL: "Средство подписи",
}
_MARKS = {
    Status.PASSED: "верно",
    Status.FAILED: "НЕВЕРНО",
    Status.INDETERMINATE: "не установлено",
    Status.STATED: "к сведению",
}
_FINDING_CODES = {
    CheckName.STRUCTURE: "SG-01",
    CheckName.COVERAGE: "SG-50",
    CheckName.CHANGES: "SG-51",
    CheckName.CONTENT: "SG-02",
    CheckName.SIGNATURE: "SG-03",
    CheckName.ATTRIBUTES: "SG-04",
    CheckName.CERTIFICATE: "SG-05",
    CheckName.CHAIN: "SG-06",
    CheckName.ADDITIONS: "SG-07",
    CheckName.REVOCATION: "SG-30",
    CheckName.TIME: "SG-08",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: how it came out, in a Russian sentence.

    `indication` is the sub-indication of ETSI EN 319 102-1, empty unless failed or indeterminate.
    """

    name: CheckName
    status: Status
    sentence: str
    indication: str = ""


@dataclass(frozen=True, slots=True)
class CertificateDetails:
    """Who signed, by the certificate.

    `serial` and `thumbprint` (SHA-256) are lower-case hexadecimal; times are UTC; `holder` is the
    person's name.
    """

    subject: str
    issuer: str
    serial: str
    valid_from: dt.datetime
    valid_until: dt.datetime
    thumbprint: str
    holder: str = ""


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """One signature of the file; `number` counts from 1.

    `claimed_at` is the signer's own clock, `proven_at` that of a time stamp that holds.
    """

    number: int
    checks: tuple[Check, ...]
    certificate: CertificateDetails | None
    claimed_at: dt.datetime | None
    algorithm: str
    proven_at: dt.datetime | None = None

    @property
    def conclusion(self) -> Conclusion:
        """The worst of the checks."""
        return _conclude(self.checks)


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """A signature file checked against its document at a given time.

    `structure` is the check of the container as a whole.
    """

    source: Path
    signature: Path
    judged_at: dt.datetime
    structure: Check
    signatures: tuple[SignatureReport, ...]

    @property
    def conclusion(self) -> Conclusion:
        """TOTAL_PASSED only when the container is sound and every signature in it passed."""
        checks = [check for item in self.signatures for check in item.checks]
        verdict = _conclude((self.structure, *checks))
        if verdict is Conclusion.TOTAL_PASSED and not self.signatures:
            return Conclusion.INDETERMINATE
        return verdict


def _conclude(checks: tuple[Check, ...]) -> Conclusion:
    statuses = {check.status for check in checks}
    if Status.FAILED in statuses:
        return Conclusion.TOTAL_FAILED
    if Status.INDETERMINATE in statuses or Status.PASSED not in statuses:
        return Conclusion.INDETERMINATE
    return Conclusion.TOTAL_PASSED


def report_lines(report: VerificationReport) -> list[str]:
    """Put the report into Russian text, line by line."""
    lines = [
        f"Документ: {report.source.name}",
        f"Подпись: {report.signature.name}",
        f"Проверено на {_moment(report.judged_at)}",
        f"Итог: {report.conclusion.value}, {report.conclusion.label}",
        _check_line(report.structure),
    ]
    for item in report.signatures:
        lines += ["", f"Подпись № {item.number}: {item.conclusion.value}, {item.conclusion.label}"]
        if item.certificate is not None:
            lines += _certificate_lines(item.certificate)
        lines.append(f"  Алгоритм: {item.algorithm}")
        lines += [_check_line(check) for check in item.checks]
    return lines


def _certificate_lines(details: CertificateDetails) -> list[str]:
    return [
        f"  Подписал: {details.subject}",
        f"  Сертификат: {details.serial}, выдан: {details.issuer}",
        f"  Действует с {_day(details.valid_from)} по {_day(details.valid_until)}",
        f"  Отпечаток SHA-256: {details.thumbprint}",
    ]


def _check_line(check: Check) -> str:
    note = f" [{check.indication}]" if check.indication else ""
    return f"  {check.name.label} ({_MARKS[check.status]}): {check.sentence}{note}"


def _moment(moment: dt.datetime) -> str:
    return f"{moment:%d.%m.%Y %H:%M:%S} ({moment.tzname()})"


def _day(moment: dt.datetime) -> str:
    return f"{moment:%d.%m.%Y}"


def as_json(report: VerificationReport) -> dict[str, object]:
    """Put the report into plain data for `--json`; times are ISO 8601."""
    return {
        "source": str(report.source),
        "signature": str(report.signature),
        "judged_at": report.judged_at.isoformat(),
        "conclusion": report.conclusion.value,
        "structure": _check_json(report.structure),
        "signatures": [
            {
                "number": item.number,
                "conclusion": item.conclusion.value,
                "algorithm": item.algorithm,
                "claimed_at": item.claimed_at.isoformat() if item.claimed_at else None,
                "proven_at": item.proven_at.isoformat() if item.proven_at else None,
                "certificate": _certificate_json(item.certificate),
                "checks": [_check_json(check) for check in item.checks],
            }
            for item in report.signatures
        ],
    }


def _check_json(check: Check) -> dict[str, str]:
    return {
        "name": check.name.value,
        "status": check.status.value,
        "indication": check.indication,
        "sentence": check.sentence,
    }


def _certificate_json(details: CertificateDetails | None) -> dict[str, str] | None:
    if details is None:
        return None
    return {
        "subject": details.subject,
        "issuer": details.issuer,
        "serial": details.serial,
        "valid_from": details.valid_from.isoformat(),
        "valid_until": details.valid_until.isoformat(),
        "thumbprint": details.thumbprint,
    }


def report_findings(report: VerificationReport) -> list[Finding]:
    """Make a finding of every check that did not pass; all of them block."""
    numbered: list[tuple[str, Check]] = [(report.signature.name, report.structure)]
    for item in report.signatures:
        where = f"{report.signature.name} / подпись № {item.number}"
        numbered += [(where, check) for check in item.checks]
    return [
        finding(
            _FINDING_CODES[check.name],
            where,
            refs={"file": str(report.signature)},
            sentence=check.sentence,
        )
        for where, check in numbered
        if check.status in {Status.FAILED, Status.INDETERMINATE}
    ]
