"""What every backend asks of a key: who may read it, and what its certificate allows."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from docgen.core.errors import SigningFault
from docgen.core.findings import Finding, finding
from docgen.core.reasons import reason
from signing.trust import certificates_in, in_time, may_sign_documents, subject_text, thumbprint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EXPIRY_WARNING_DAYS = 30
MAXIMAL_KEY_FILE_BYTES = 1_000_000

_MAXIMAL_PASSPHRASE_BYTES = 1_000
_READABLE_BY_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class CertificateHolder:
    """Whose key it is: the certificate and those above it, the nearest first.

    `where` names the key for people: its file, its token.
    """

    where: str
    holder: x509.Certificate = field(repr=False)
    issuers: tuple[x509.Certificate, ...] = field(repr=False)

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        return self.holder.public_bytes(Encoding.DER)

    @property
    def chain(self) -> Sequence[bytes]:
        """The certificates above it, DER, the nearest first."""
        return [item.public_bytes(Encoding.DER) for item in self.issuers]

    @property
    def thumbprint(self) -> str:
        """SHA-256 of the certificate, lower-case hexadecimal: the key of the role map."""
        return thumbprint(self.holder)

    def warnings(self, at: dt.datetime) -> list[Finding]:
        """Warn with a finding when fewer than 30 days of the certificate are left at `at`."""
        return expiry_warnings(self.holder, at, self.where)


def require_fit(holder: x509.Certificate, at: dt.datetime, where: str) -> None:
    """Refuse a certificate out of its term at `at`, or not meant for documents: SigningFault."""
    require_in_time(holder, at, where)
    if not may_sign_documents(holder):
        raise SigningFault(
            f"Сертификат выдан не для подписания документов ({subject_text(holder)}).",
            where=where,
            remedy="Нужен сертификат с назначением ключа «цифровая подпись» или «неотказуемость».",
        )


def require_in_time(holder: x509.Certificate, at: dt.datetime, where: str) -> None:
    """Refuse a certificate out of its term at `at`: SigningFault."""
    if in_time(holder, at):
        return
    subject = subject_text(holder)
    if at > holder.not_valid_after_utc:
        raise SigningFault(
            f"Срок действия сертификата истёк {holder.not_valid_after_utc:%d.%m.%Y} ({subject}).",
            where=where,
            remedy="Получите новый сертификат: подпись с истёкшим никто не примет.",
        )
    raise SigningFault(
        f"Сертификат начнёт действовать только {holder.not_valid_before_utc:%d.%m.%Y} ({subject}).",
        where=where,
        remedy="Проверьте часы компьютера или дождитесь этого дня.",
    )


def expiry_warnings(holder: x509.Certificate, at: dt.datetime, where: str) -> list[Finding]:
    """Warn with a finding when fewer than 30 days of the certificate are left at `at`."""
    left = holder.not_valid_after_utc - at
    if left >= dt.timedelta(days=EXPIRY_WARNING_DAYS):
        return []
    return [
        finding(
            "SG-09",
            where,
            subject=subject_text(holder),
            until=f"{holder.not_valid_after_utc:%d.%m.%Y}",
            days=max(left.days, 0),
        )
    ]


def read_passphrase(path: Path) -> str:
    """Read the pass phrase from a file that only its owner can read; the line end is cut off.

    Raises SigningFault when the file is open to others, missing, empty or not text.
    """
    try:
        text = read_private(path, _MAXIMAL_PASSPHRASE_BYTES).decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as fault:
        raise SigningFault(
            "Файл с парольной фразой не читается как текст.",
            where=str(path),
            remedy="В файле должна быть одна строка текста в кодировке UTF-8.",
        ) from fault
    if not text:
        raise SigningFault(
            "Файл с парольной фразой пуст.",
            where=str(path),
            remedy="Запишите в файл парольную фразу одной строкой.",
        )
    return text


def read_private(path: Path, maximal_bytes: int) -> bytes:
    """Contents of a file that only its owner may read; judged on the opened file, not its name.

    Raises SigningFault when others may read it, when it is bigger than `maximal_bytes`, or missing.
    """
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            if os.name == "posix" and mode & _READABLE_BY_OTHERS:
                raise SigningFault(
                    "Файл открыт для других пользователей компьютера.",
                    where=str(path),
                    remedy=f"Закройте его: chmod 600 '{path}'. Если его могли прочитать, "
                    "замените ключ.",
                )
            data = stream.read(maximal_bytes + 1)
    except OSError as fault:
        raise SigningFault(
            f"Не удалось прочитать файл ключа: {reason(fault)}.",
            where=str(path),
            remedy="Проверьте путь и права на файл.",
        ) from fault
    if len(data) > maximal_bytes:
        raise SigningFault(
            "Файл слишком велик для ключа или парольной фразы.",
            where=str(path),
            remedy="Укажите файл ключа: PKCS#12 (.p12, .pfx) или PKCS#8 (.pem).",
        )
    return data


def read_certificates(path: Path) -> list[x509.Certificate]:
    """Read the file of a certificate, with those above it if it holds them: SigningFault."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise SigningFault(
            f"Не удалось прочитать сертификат: {reason(fault)}.",
            where=str(path),
            remedy="Проверьте путь и права на файл.",
        ) from fault
    return certificates_in(data, where=str(path))


def valid_until(certificate: bytes) -> dt.datetime:
    """When a certificate ends, in UTC; raises SigningFault for what is none."""
    return certificates_in(certificate, where="")[0].not_valid_after_utc
