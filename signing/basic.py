"""One signature over content known by its digests: the basic checks (ETSI EN 319 102-1 5.3)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509

from signing import algorithms
from signing.checks import unknown_algorithm
from signing.report import CertificateDetails, Check, CheckName, Status
from signing.trust import (
    extension,
    holder_name,
    issuer_name,
    issuer_text,
    public_key,
    subject_text,
    thumbprint,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from signing.cms import SignerInfo


@dataclass(slots=True)
class Content:
    """What was signed, known by its digests; each algorithm is asked for once.

    `digest_of` takes the OID of an algorithm that `algorithms.knows_digest`.
    """

    digest_of: Callable[[str], bytes]
    _digests: dict[str, bytes] = field(default_factory=dict)

    def digest(self, oid: str) -> bytes:
        """The digest of the content."""
        if oid not in self._digests:
            self._digests[oid] = self.digest_of(oid)
        return self._digests[oid]


def certificate_of(
    info: SignerInfo, candidates: Iterable[x509.Certificate]
) -> x509.Certificate | None:
    """Find the signer's certificate by what the signature names."""
    for certificate in candidates:
        if info.key_identifier is not None:
            identifier = extension(certificate, x509.SubjectKeyIdentifier)
            if identifier is not None and identifier.digest == info.key_identifier:
                return certificate
        elif certificate.serial_number == info.serial and issuer_name(certificate) == info.issuer:
            return certificate
    return None


def check_content(info: SignerInfo, content: Content) -> Check:
    """Whether the signed digest is that of the content (RFC 5652 5.6)."""
    if not algorithms.knows_digest(info.digest_oid):
        return unknown_algorithm(CheckName.CONTENT, info.digest_oid)
    digest = content.digest(info.digest_oid)
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


def check_value(info: SignerInfo, certificate: x509.Certificate | None, content: Content) -> Check:
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
        digest = content.digest(info.digest_oid)
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


def certificate_details(certificate: x509.Certificate | None) -> CertificateDetails | None:
    """What a report says of a certificate."""
    if certificate is None:
        return None
    return CertificateDetails(
        subject=subject_text(certificate),
        issuer=issuer_text(certificate),
        serial=f"{certificate.serial_number:x}",
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        thumbprint=thumbprint(certificate),
        holder=holder_name(certificate),
    )
