"""The single checks of a signature that need neither the document nor cryptography.

Each takes what was parsed and hands back one `Check` with its Russian sentence.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signing import algorithms
from signing.cms import SIGNATURE_TIME_STAMP
from signing.report import Check, CheckName, Status
from signing.revocation import Evidence, standing
from signing.trust import (
    Chain,
    extension,
    has_unknown_critical_extension,
    in_time,
    issuer_name,
    may_sign_documents,
    subject_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from signing.cms import SignerInfo
    from signing.timestamps import StampVerdict

_CLOCK_TOLERANCE = dt.timedelta(minutes=10)


def unknown_algorithm(name: CheckName, oid: str) -> Check:
    """Say that an algorithm cannot be checked, or is no longer trusted."""
    return Check(
        name,
        Status.INDETERMINATE,
        f"Алгоритм {algorithms.title(oid)} программа не проверяет.",
        "CRYPTO_CONSTRAINTS_FAILURE",
    )


def check_attributes(info: SignerInfo, certificate: x509.Certificate | None) -> Check:
    """Whether the signer vouched for this very certificate (RFC 5035 5, EN 319 102-1 5.2.3)."""
    fault = _attribute_fault(info) or _reference_fault(info, certificate)
    if fault:
        sentence, indication = fault
        return Check(CheckName.ATTRIBUTES, Status.INDETERMINATE, sentence, indication)
    sentence = "Сертификат закреплён подписью (CAdES-BES)."
    return Check(CheckName.ATTRIBUTES, Status.PASSED, sentence)


def _attribute_fault(info: SignerInfo) -> tuple[str, str] | None:
    """Sentence and indication when an attribute that CAdES demands is missing or doubled."""
    if info.signed_attributes is None:
        sentence = "Подписанных атрибутов нет: это не CAdES, сертификат подписью не закреплён."
    elif info.faults:
        sentence = " ".join(info.faults)
    elif not info.has_content_type:
        sentence = "Нет подписанного атрибута «вид содержимого»."
    elif info.reference is None:
        sentence = "Нет атрибута со ссылкой на сертификат: сертификат подписью не закреплён."
    else:
        return None
    return sentence, "SIG_CONSTRAINTS_FAILURE"


def _reference_fault(
    info: SignerInfo, certificate: x509.Certificate | None
) -> tuple[str, str] | None:
    """Sentence and indication when the attribute does not speak of this certificate."""
    reference = info.reference
    if certificate is None or reference is None:
        sentence = "Сверить ссылку на сертификат не с чем: сертификата подписавшего нет."
        return sentence, "NO_SIGNING_CERTIFICATE_FOUND"
    if not algorithms.knows_digest(reference.digest_oid):
        sentence = f"Алгоритм {algorithms.title(reference.digest_oid)} программа не проверяет."
        return sentence, "CRYPTO_CONSTRAINTS_FAILURE"
    running = algorithms.new_hash(reference.digest_oid)
    running.update(certificate.public_bytes(Encoding.DER))
    named = (reference.issuer, reference.serial)
    actual = (issuer_name(certificate), certificate.serial_number)
    if reference.digest != running.digest() or named not in {actual, (None, None)}:
        sentence = "Подписавший сослался на другой сертификат: вложенный сертификат подменён."
        return sentence, "NO_SIGNING_CERTIFICATE_FOUND"
    return None


def check_certificate(
    certificate: x509.Certificate | None, at: dt.datetime, *, proven: bool = False
) -> Check:
    """Whether the certificate is in its term and meant for signing (EN 319 102-1 5.2.6).

    `proven`: a time stamp says that the signature was made by `at`.
    """
    name = CheckName.CERTIFICATE
    if certificate is None:
        return Check(
            name,
            Status.INDETERMINATE,
            "В файле подписи нет сертификата подписавшего.",
            "NO_SIGNING_CERTIFICATE_FOUND",
        )
    if not may_sign_documents(certificate):
        sentence = "Сертификат выдан не для подписания документов."
        return Check(name, Status.INDETERMINATE, sentence, "CHAIN_CONSTRAINTS_FAILURE")
    if has_unknown_critical_extension(certificate):
        sentence = "В сертификате есть ограничения, которых программа не понимает."
        return Check(name, Status.INDETERMINATE, sentence, "CHAIN_CONSTRAINTS_FAILURE")
    if not in_time(certificate, at):
        after = at > certificate.not_valid_after_utc
        day = certificate.not_valid_after_utc if after else certificate.not_valid_before_utc
        if proven:
            state, indication = (
                ("истёк", "EXPIRED") if after else ("начал действовать", "NOT_YET_VALID")
            )
            sentence = f"Подписано вне срока действия сертификата: он {state} {day:%d.%m.%Y}."
            return Check(name, Status.FAILED, sentence, indication)
        state = "истёк" if after else "начнёт действовать"
        return Check(
            name,
            Status.INDETERMINATE,
            f"Сертификат {state} {day:%d.%m.%Y}, а штампа времени, который доказал бы время "
            "подписания, нет.",
            "OUT_OF_BOUNDS_NO_POE",
        )
    return Check(name, Status.PASSED, "Сертификат действует и годен для подписания документов.")


def check_chain(chain: Chain) -> Check:
    """Whether the way up to a trusted certificate was found (EN 319 102-1 5.2.6)."""
    if chain.problem:
        return Check(CheckName.CHAIN, Status.INDETERMINATE, chain.problem, chain.indication)
    root = subject_text(chain.path[-1])
    sentence = f"Цепочка ведёт к доверенному сертификату: {root}."
    return Check(CheckName.CHAIN, Status.PASSED, sentence)


def check_additions(info: SignerInfo) -> Iterator[Check]:
    """Unsigned attributes but time stamps: anyone could have added them, and nobody checks them."""
    others = [name for name in info.unsigned_attributes if name != SIGNATURE_TIME_STAMP]
    if others:
        names = ", ".join(others)
        sentence = f"К подписи добавлены атрибуты, которые программа не проверяет: {names}."
        yield Check(CheckName.ADDITIONS, Status.INDETERMINATE, sentence, "SIG_CONSTRAINTS_FAILURE")


def check_revocation(
    chain: Chain, moment: dt.datetime, evidence: Evidence, *, proven: bool
) -> Check:
    """Whether anyone on the way to the trusted certificate was revoked (EN 319 102-1 5.2.6).

    Who was revoked after a proven `moment` signed in good time; without proof the signature may
    have been made after the revocation. Where the evidence is silent, that is told.
    """
    told = []
    for certificate, issuer in pairwise(chain.path):
        word = standing(certificate, issuer, moment, evidence)
        name = subject_text(certificate)
        if word is None:
            continue
        told.append(name)
        if word.revoked is None:
            continue
        day = f"{word.revoked:%d.%m.%Y}"
        if word.revoked > moment:
            told[-1] = f"{name} (отозван позже, {day})"
        elif proven:
            sentence = f"Сертификат отозван {day}, раньше, чем сделана подпись: {name}."
            return Check(CheckName.REVOCATION, Status.FAILED, sentence, "REVOKED")
        else:
            sentence = f"Сертификат отозван {day}, а штампа времени, который доказал бы, что "
            sentence += f"подпись сделана раньше, нет: {name}."
            return Check(CheckName.REVOCATION, Status.INDETERMINATE, sentence, "REVOKED_NO_POE")
    if chain.path and len(told) == len(chain.path) - 1:
        sentence = (
            f"Сертификаты не отозваны: {', '.join(told)}."
            if told
            else ("Сертификат подписавшего сам назван доверенным: отзывать его некому.")
        )
        return Check(CheckName.REVOCATION, Status.PASSED, sentence)
    return _revocation_unknown(chain.path[0] if chain.path else None, told)


def _revocation_unknown(certificate: x509.Certificate | None, told: Sequence[str]) -> Check:
    """Say of whom it was not looked up, and whether it could be."""
    published = certificate is not None and (
        extension(certificate, x509.CRLDistributionPoints) is not None
        or extension(certificate, x509.AuthorityInformationAccess) is not None
    )
    sentence = "Не отозван ли сертификат, не проверялось" + (
        ": узнайте об этом у того, кто его выдал."
        if published
        else "; в сертификате не указано, где об этом узнать."
    )
    if told:
        sentence += f" Не отозваны: {', '.join(told)}."
    return Check(CheckName.REVOCATION, Status.STATED, sentence)


def check_stamps(verdicts: Sequence[StampVerdict]) -> Check:
    """The source of time when there are time stamps: all of them have to hold."""
    worst = next(
        (
            verdict
            for status in (Status.FAILED, Status.INDETERMINATE)
            for verdict in verdicts
            if verdict.status is status
        ),
        verdicts[0],
    )
    return Check(CheckName.TIME, worst.status, worst.sentence, worst.indication)


def check_time(info: SignerInfo, at: dt.datetime) -> Check:
    """Whether the claimed time has come; it is a claim, and no proof."""
    if info.signing_time is None:
        sentence = "Времени подписания в подписи нет; сертификат проверен на время проверки."
        return Check(CheckName.TIME, Status.STATED, sentence)
    claimed = f"{info.signing_time.astimezone(at.tzinfo):%d.%m.%Y %H:%M:%S}"
    if info.signing_time > at + _CLOCK_TOLERANCE:
        return Check(
            CheckName.TIME,
            Status.INDETERMINATE,
            f"Время подписания {claimed} ещё не наступило.",
            "SIG_CONSTRAINTS_FAILURE",
        )
    return Check(
        CheckName.TIME,
        Status.STATED,
        f"Время {claimed} указал сам подписавший, штампа времени нет; сертификат проверен на "
        "время проверки.",
    )


def state_tool() -> Check:
    """Say that the tool is unknown: a signature file does not name it (63-ФЗ, ст. 5)."""
    return Check(
        CheckName.TOOL,
        Status.STATED,
        "По файлу подписи нельзя узнать, каким средством она создана и сертифицировано ли оно.",
    )
