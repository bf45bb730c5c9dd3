"""Whether a certificate was revoked: lists (RFC 5280 5) and answers (RFC 6960) kept as evidence.

Nothing is fetched here: what the caller hands over is judged. What is not of this certificate, not
signed by who may say it, or out of date is passed over, so no evidence is never taken for good.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from docgen.core.errors import SigningFault
from docgen.core.reasons import reason
from signing import algorithms
from signing.trust import (
    extension,
    in_time,
    issued_by,
    issuer_name,
    load_certificate,
    name_and_key,
    public_key,
    subject_name,
    subject_text,
)

if TYPE_CHECKING:
    from pathlib import Path

Loaded = TypeVar("Loaded")

_MAXIMAL_BYTES = 50 * 1000 * 1000
_CRL_SUFFIXES = {".crl"}
_OCSP_SUFFIXES = {".ocsp", ".ors"}
_CERTIFICATE_SUFFIXES = {".cer", ".crt"}
_ONLY_THESE = (x509.IssuingDistributionPoint, x509.DeltaCRLIndicator)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was frozen beside a signature: certificates, revocation lists, answers."""

    certificates: tuple[x509.Certificate, ...] = ()
    lists: tuple[x509.CertificateRevocationList, ...] = ()
    answers: tuple[ocsp.OCSPResponse, ...] = ()

    @classmethod
    def from_folder(cls, folder: Path) -> Evidence:
        """Read *.cer, *.crt, *.crl, *.ocsp, *.ors of a folder, DER or PEM; others are passed over.

        Raises SigningFault for a file of these names that cannot be read or is something else.
        """
        try:
            files = sorted(path for path in folder.iterdir() if path.is_file())
        except OSError as fault:
            raise SigningFault(
                f"Папка со свидетельствами не читается: {reason(fault)}.",
                where=str(folder),
                remedy="Проверьте путь: это папка evidence дела.",
            ) from fault
        return cls(
            tuple(_read(files, _CERTIFICATE_SUFFIXES, load_certificate)),
            tuple(_read(files, _CRL_SUFFIXES, _load_list)),
            tuple(_read(files, _OCSP_SUFFIXES, ocsp.load_der_ocsp_response)),
        )


NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the evidence says of a certificate: since when revoked (None: not), by whose word.

    `told` is the moment the word was given.
    """

    revoked: dt.datetime | None
    told: dt.datetime
    source: str


def standing(
    certificate: x509.Certificate, issuer: x509.Certificate, moment: dt.datetime, evidence: Evidence
) -> Standing | None:
    """Find the latest word on a certificate that still holds at `moment`; None without any."""
    words = [
        *_by_lists(certificate, issuer, moment, evidence.lists),
        *_by_answers(certificate, issuer, moment, evidence.answers),
    ]
    return max(words, key=lambda word: word.told, default=None)


# --- lists -------------------------------------------------------------------------------------


def _by_lists(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    moment: dt.datetime,
    lists: Iterable[x509.CertificateRevocationList],
) -> Iterator[Standing]:
    for item in lists:
        if item.issuer.public_bytes() != issuer_name(certificate) or not _speaks(item, issuer):
            continue
        if item.next_update_utc is not None and item.next_update_utc < moment:
            continue
        row = item.get_revoked_certificate_by_serial_number(certificate.serial_number)
        yield Standing(
            revoked=row.revocation_date_utc if row else None,
            told=item.last_update_utc,
            source=f"список отозванных ({subject_text(issuer)})",
        )


def _speaks(item: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether a list is whole and signed by the issuer itself; delta and indirect ones are not."""
    if any(isinstance(part.value, _ONLY_THESE) or part.critical for part in item.extensions):
        return False
    usage = extension(issuer, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        return False
    return _signed(issuer, item.signature_algorithm_oid, item.tbs_certlist_bytes, item.signature)


# --- answers -----------------------------------------------------------------------------------


def _by_answers(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    moment: dt.datetime,
    answers: Iterable[ocsp.OCSPResponse],
) -> Iterator[Standing]:
    for item in answers:
        if item.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            continue
        if not _is_about(item, certificate, issuer) or not _authorised(item, issuer):
            continue
        if item.next_update_utc is not None and item.next_update_utc < moment:
            continue
        if item.next_update_utc is None and item.this_update_utc < moment:
            continue
        if item.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
            continue
        yield Standing(
            revoked=item.revocation_time_utc
            if item.certificate_status is ocsp.OCSPCertStatus.REVOKED
            else None,
            told=item.this_update_utc,
            source=f"ответ службы проверки ({subject_text(issuer)})",
        )


def _is_about(
    item: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> bool:
    if item.serial_number != certificate.serial_number:
        return False
    name, key = name_and_key(issuer)
    digest = hashlib.new(item.hash_algorithm.name, usedforsecurity=False)
    of_name, of_key = digest.copy(), digest.copy()
    of_name.update(name)
    of_key.update(key)
    return (item.issuer_name_hash, item.issuer_key_hash) == (of_name.digest(), of_key.digest())


def _authorised(item: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """Whether the issuer, or one it charged with answering, signed (RFC 6960 4.2.2.2)."""
    for responder in (issuer, *item.certificates):
        if responder != issuer:
            usage = extension(responder, x509.ExtendedKeyUsage)
            if usage is None or ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
                continue
            if not issued_by(responder, issuer) or not in_time(responder, item.produced_at_utc):
                continue
        if _is_responder(item, responder) and _signed(
            responder, item.signature_algorithm_oid, item.tbs_response_bytes, item.signature
        ):
            return True
    return False


def _is_responder(item: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    if item.responder_name is not None:
        return item.responder_name.public_bytes() == subject_name(responder)
    _name, key = name_and_key(responder)
    # RFC 6960 4.2.1: keys are named by their SHA-1, which proves nothing here.
    return item.responder_key_hash == hashlib.sha1(key, usedforsecurity=False).digest()


# --- both --------------------------------------------------------------------------------------


def _signed(
    by: x509.Certificate, algorithm: x509.ObjectIdentifier, content: bytes, signature: bytes
) -> bool:
    key = public_key(by)
    return key is not None and algorithms.is_signed(
        key, algorithm.dotted_string, content, signature
    )


def _load_list(data: bytes) -> x509.CertificateRevocationList:
    pem = data.lstrip().startswith(b"-----BEGIN")
    loaded = x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
    # To the last field, so that later look-ups cannot fail.
    _ = (loaded.extensions, loaded.last_update_utc, loaded.public_bytes(Encoding.DER))
    return loaded


def _read(
    files: Iterable[Path], suffixes: set[str], load: Callable[[bytes], Loaded]
) -> Iterator[Loaded]:
    for path in files:
        if path.suffix.lower() not in suffixes:
            continue
        try:
            with path.open("rb") as stream:
                yield load(stream.read(_MAXIMAL_BYTES))
        except OSError as fault:
            raise SigningFault(
                f"Свидетельство не читается: {reason(fault)}.",
                where=str(path),
                remedy="Проверьте права на файл.",
            ) from fault
        except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
            raise SigningFault(
                "Свидетельство повреждено или это файл другого вида.",
                where=str(path),
                remedy="Возьмите этот файл заново из второго экземпляра или у того, кто его выдал.",
            ) from fault
