"""Checks a detached CAdES-BES signature against its file (ETSI EN 319 102-1 5.3).

Without a time stamp a signature is judged on the day of checking (63-ФЗ, ст. 11); that day is
passed in. What cannot be established is said to be so, never passed over.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509

from docgen.core.errors import InputFault
from signing import algorithms
from signing.checks import (
    check_additions,
    check_attributes,
    check_certificate,
    check_chain,
    check_revocation,
    check_time,
    state_tool,
    unknown_algorithm,
)
from signing.cms import (
    MAXIMAL_BYTES,
    DetachedSignature,
    Malformed,
    SignerInfo,
    Unsupported,
    parse_detached,
)
from signing.reasons import reason
from signing.report import (
    CertificateDetails,
    Check,
    CheckName,
    SignatureReport,
    Status,
    VerificationReport,
)
from signing.trust import (
    Chain,
    TrustStore,
    build_chain,
    extension,
    issuer_name,
    issuer_text,
    load_certificate,
    public_key,
    subject_text,
    thumbprint,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path


def verify_file(
    source: Path, signature: Path, *, trust: TrustStore, at: dt.datetime
) -> VerificationReport:
    """Check the signature file (DER or PEM) of `source` as of `at`, a time with its zone.

    Whatever is wrong with the signature is told in the report.
    Raises InputFault when one of the two files cannot be read.
    """
    try:
        too_big = signature.stat().st_size > MAXIMAL_BYTES
        data = b"" if too_big else signature.read_bytes()
    except OSError as fault:
        raise _unreadable("Не удалось прочитать файл подписи", signature, fault) from fault
    if too_big:
        structure = _malformed("Файл подписи больше 10 МБ: это не отсоединённая подпись.")
        _require_readable(source)
        return VerificationReport(source, signature, at, structure, ())
    return verify_bytes(source, data, name=signature, trust=trust, at=at)


def verify_bytes(
    source: Path, data: bytes, *, name: Path, trust: TrustStore, at: dt.datetime
) -> VerificationReport:
    """Check a signature held in memory; `name` is the file it stands in or will stand in.

    Raises InputFault when `source` cannot be read, ValueError when `at` has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("the time of checking needs its zone")
    _require_readable(source)
    try:
        parsed = parse_detached(data)
    except Unsupported as fault:
        structure = Check(
            CheckName.STRUCTURE, Status.INDETERMINATE, str(fault), "SIG_CONSTRAINTS_FAILURE"
        )
        return VerificationReport(source, name, at, structure, ())
    except Malformed as fault:
        return VerificationReport(source, name, at, _malformed(str(fault)), ())
    try:
        embedded = tuple(load_certificate(der) for der in parsed.certificates)
    except ValueError:
        structure = _malformed("Сертификат внутри файла подписи повреждён.")
        return VerificationReport(source, name, at, structure, ())
    judge = _Judge(source, trust, at, embedded)
    verdicts = [judge.signature(item) for item in parsed.signers]
    signatures = tuple(
        SignatureReport(
            number=number,
            checks=tuple(verdict.checks),
            certificate=_details(verdict.certificate),
            claimed_at=info.signing_time,
            algorithm=", ".join(map(algorithms.title, (info.signature_oid, info.digest_oid))),
        )
        for number, (info, verdict) in enumerate(zip(parsed.signers, verdicts, strict=True), 1)
    )
    structure = _structure(parsed, embedded, trust, [item.chain for item in verdicts])
    return VerificationReport(source, name, at, structure, signatures)


# --- the container ---------------------------------------------------------------------------


def _malformed(sentence: str) -> Check:
    return Check(CheckName.STRUCTURE, Status.FAILED, sentence, "FORMAT_FAILURE")


def _structure(
    parsed: DetachedSignature,
    embedded: Sequence[x509.Certificate],
    trust: TrustStore,
    chains: Sequence[Chain],
) -> Check:
    """Judge the container as a whole: nothing in it may stand outside of what was checked."""
    oddities = list(parsed.oddities)
    needed = {item for chain in chains for item in chain.path} | set(trust.certificates)
    if all(chain.path for chain in chains) and not needed.issuperset(embedded):
        oddities.append("В файле подписи есть сертификат, который не относится к подписавшим.")
    if len(set(embedded)) != len(embedded):
        oddities.append("Один и тот же сертификат вложен в файл подписи дважды.")
    if oddities:
        return Check(
            CheckName.STRUCTURE, Status.INDETERMINATE, " ".join(oddities), "SIG_CONSTRAINTS_FAILURE"
        )
    return Check(CheckName.STRUCTURE, Status.PASSED, "Отсоединённая подпись в формате CMS.")


# --- one signature -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Verdict:
    checks: list[Check]
    certificate: x509.Certificate | None
    chain: Chain


@dataclass(slots=True)
class _Judge:
    """Judges the signatures of one file; the file is read once for each digest algorithm."""

    source: Path
    trust: TrustStore
    at: dt.datetime
    embedded: tuple[x509.Certificate, ...]
    _digests: dict[str, bytes] = field(default_factory=dict)

    def signature(self, info: SignerInfo) -> _Verdict:
        """Run all checks of one signature in the order of the report."""
        certificate = self._certificate_of(info)
        checks = [
            self._content(info),
            self._value(info, certificate),
            check_attributes(info, certificate),
            check_certificate(certificate, self.at),
        ]
        chain = Chain(())
        if certificate is not None:
            chain = build_chain(certificate, self.embedded, self.trust, self.at)
            checks.append(check_chain(chain))
        checks += check_additions(info)
        checks.append(check_revocation(certificate))
        checks.append(check_time(info, self.at))
        checks.append(state_tool())
        return _Verdict(checks, certificate, chain)

    def _certificate_of(self, info: SignerInfo) -> x509.Certificate | None:
        """Find the signer's certificate by what the signature names, from the file or the store."""
        for certificate in (*self.embedded, *self.trust.certificates):
            if info.key_identifier is not None:
                identifier = extension(certificate, x509.SubjectKeyIdentifier)
                if identifier is not None and identifier.digest == info.key_identifier:
                    return certificate
            elif (
                certificate.serial_number == info.serial and issuer_name(certificate) == info.issuer
            ):
                return certificate
        return None

    def _content_digest(self, oid: str) -> bytes:
        if oid not in self._digests:
            try:
                self._digests[oid] = algorithms.hash_file(self.source, algorithms.new_hash(oid))
            except OSError as fault:
                raise _unreadable("Не удалось прочитать документ", self.source, fault) from fault
        return self._digests[oid]

    def _content(self, info: SignerInfo) -> Check:
        """Whether the signed digest is that of the file (RFC 5652 5.6)."""
        if not algorithms.knows_digest(info.digest_oid):
            return unknown_algorithm(CheckName.CONTENT, info.digest_oid)
        digest = self._content_digest(info.digest_oid)
        if info.signed_attributes is None:
            sentence = "Подписан сам документ, без атрибутов; он проверен вместе с подписью."
            return Check(CheckName.CONTENT, Status.STATED, sentence)
        if info.message_digest is None or not hmac.compare_digest(info.message_digest, digest):
            return Check(
                CheckName.CONTENT,
                Status.FAILED,
                "Документ не тот, что был подписан: он изменён или подпись от другого файла.",
                "HASH_FAILURE",
            )
        sentence = "Документ тот самый, что был подписан: хеш совпал."
        return Check(CheckName.CONTENT, Status.PASSED, sentence)

    def _value(self, info: SignerInfo, certificate: x509.Certificate | None) -> Check:
        """Whether the signature was made with the key of the certificate (RFC 5652 5.6)."""
        if not algorithms.knows_signature(info.signature_oid, info.digest_oid):
            return unknown_algorithm(CheckName.SIGNATURE, info.signature_oid)
        if certificate is None:
            return Check(
                CheckName.SIGNATURE,
                Status.INDETERMINATE,
                "Проверить нечем: сертификата подписавшего нет.",
                "NO_SIGNING_CERTIFICATE_FOUND",
            )
        key = public_key(certificate)
        if key is None:
            return Check(
                CheckName.SIGNATURE,
                Status.INDETERMINATE,
                "Ключ в сертификате подписавшего такого вида или такой длины, каких программа не "
                "принимает.",
                "CRYPTO_CONSTRAINTS_FAILURE",
            )
        if info.signed_attributes is None:
            digest = self._content_digest(info.digest_oid)
        else:
            running = algorithms.new_hash(info.digest_oid)
            running.update(info.signed_attributes)
            digest = running.digest()
        if not algorithms.signature_is_right(
            key, info.signature_oid, info.digest_oid, digest, info.signature
        ):
            return Check(
                CheckName.SIGNATURE,
                Status.FAILED,
                "Подпись неверна: она повреждена или сделана не тем ключом, который назван в "
                "сертификате.",
                "SIG_CRYPTO_FAILURE",
            )
        sentence = "Подпись сделана ключом, который назван в сертификате."
        return Check(CheckName.SIGNATURE, Status.PASSED, sentence)


def _details(certificate: x509.Certificate | None) -> CertificateDetails | None:
    if certificate is None:
        return None
    return CertificateDetails(
        subject=subject_text(certificate),
        issuer=issuer_text(certificate),
        serial=f"{certificate.serial_number:x}",
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        thumbprint=thumbprint(certificate),
    )


# --- reading -----------------------------------------------------------------------------------


def _require_readable(source: Path) -> None:
    try:
        source.open("rb").close()
    except OSError as fault:
        raise _unreadable("Не удалось прочитать документ", source, fault) from fault


def _unreadable(what: str, path: Path, fault: OSError) -> InputFault:
    return InputFault(
        f"{what}: {reason(fault)}.",
        where=str(path),
        remedy="Проверьте путь и права на файл.",
    )
