"""Certificates of authorities as a person sees them before trusting them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from docgen.core.errors import SigningFault
from signing.holder import read_certificates
from signing.trust import extension, in_time, issued_by, subject_text, thumbprint

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority: its name, thumbprint (SHA-256), last day, and the certificate as PEM."""

    name: str
    thumbprint: str
    until: dt.datetime
    own_root: bool
    pem: bytes


def read_authorities(path: Path, at: dt.datetime) -> tuple[Authority, ...]:
    """Read the certificates of a file; raises SigningFault for one that may not be trusted.

    That is a certificate which may not issue others and is no stamp service's, or which has ended.
    """
    return tuple(_authority(item, path, at) for item in read_certificates(path))


def _authority(certificate: x509.Certificate, path: Path, at: dt.datetime) -> Authority:
    constraints = extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise SigningFault(
            f"Это не сертификат удостоверяющего центра: {subject_text(certificate)}.",
            where=str(path),
            remedy="Доверяют центру, а не каждому подписавшему: возьмите корневой сертификат того, "
            "кто выдал этот.",
        )
    if not in_time(certificate, at):
        raise SigningFault(
            f"Сертификат сейчас не действует: {subject_text(certificate)}.",
            where=str(path),
            remedy="Проверьте часы компьютера и возьмите действующий сертификат центра.",
        )
    return Authority(
        subject_text(certificate),
        thumbprint(certificate),
        certificate.not_valid_after_utc,
        issued_by(certificate, certificate),
        certificate.public_bytes(Encoding.PEM),
    )
