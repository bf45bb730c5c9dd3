"""The default backend: a key in a password-protected file, signing in this process.

It makes valid signatures, not qualified ones: the tool is not certified (63-ФЗ, ст. 5), and its
results say so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from docgen.core.errors import InputFault, SigningFault
from docgen.core.files import write_atomic
from docgen.core.findings import Finding, finding
from signing import algorithms
from signing.cms import build_detached
from signing.interfaces import Certification, Hash, SignResult
from signing.reasons import reason
from signing.report import Conclusion
from signing.trust import (
    TrustStore,
    certificates_in,
    in_time,
    issuers_of,
    load_certificate,
    may_sign_documents,
    subject_text,
    thumbprint,
)
from signing.verify import verify_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

TOOL = "docgen, программный ключ"
EXPIRY_WARNING_DAYS = 30

_MAXIMAL_KEY_FILE_BYTES = 1_000_000
_MAXIMAL_PASSPHRASE_BYTES = 1_000
_READABLE_BY_OTHERS = 0o077

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class SoftwareSigner:
    """A private key with its certificate; made by `load_signer`, which checks that they fit.

    The key is RSA (2048 bits and more) or ECDSA P-256; the digest is SHA-256.
    """

    where: str
    holder: x509.Certificate = field(repr=False)
    issuers: tuple[x509.Certificate, ...] = field(repr=False)
    key: PrivateKey = field(repr=False)

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        return self.holder.public_bytes(serialization.Encoding.DER)

    @property
    def chain(self) -> Sequence[bytes]:
        """The certificates above it, DER, the nearest first."""
        return [item.public_bytes(serialization.Encoding.DER) for item in self.issuers]

    @property
    def digest_oid(self) -> str:
        """SHA-256."""
        return algorithms.SHA256

    @property
    def signature_oid(self) -> str:
        """RSA with PKCS#1 v1.5 padding (RFC 3370 3.2) or ECDSA (RFC 5754 3.3)."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return algorithms.RSA
        return algorithms.ECDSA_SHA256

    @property
    def thumbprint(self) -> str:
        """SHA-256 of the certificate, lower-case hexadecimal: the key of the role map."""
        return thumbprint(self.holder)

    def new_hash(self) -> Hash:
        """Start a running SHA-256."""
        return hashlib.sha256()

    def sign_raw(self, signed_attributes: bytes) -> bytes:
        """Make the signature value over the bytes."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(signed_attributes, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(signed_attributes, ec.ECDSA(hashes.SHA256()))

    def warnings(self, at: dt.datetime) -> list[Finding]:
        """Warn with a finding when fewer than 30 days of the certificate are left at `at`."""
        left = self.holder.not_valid_after_utc - at
        if left >= dt.timedelta(days=EXPIRY_WARNING_DAYS):
            return []
        return [
            finding(
                "SG-09",
                self.where,
                subject=subject_text(self.holder),
                until=f"{self.holder.not_valid_after_utc:%d.%m.%Y}",
                days=max(left.days, 0),
            )
        ]

    def sign_file(self, source: Path, out: Path, *, signed_at: dt.datetime) -> SignResult:
        """Write a detached CAdES-BES signature (DER) of `source` to `out`, whole or not at all.

        The signature is checked by our verifier before it is written, and what was written is
        read back; a file at `out` is replaced. Raises InputFault when `source` cannot be read,
        SigningFault when `out` is the document itself, when the certificate is out of its term at
        `signed_at`, or when the result cannot be written or does not verify.
        """
        if out.exists() and source.exists() and out.samefile(source):
            raise SigningFault(
                "Подпись нельзя записать на место самого документа.",
                where=str(out),
                remedy="Укажите для подписи другое имя, например с .p7s на конце.",
            )
        _require_in_time(self.holder, signed_at, self.where)
        try:
            data = build_detached(source, self, signed_at=signed_at)
        except OSError as fault:
            raise InputFault(
                f"Не удалось прочитать документ для подписания: {reason(fault)}.",
                where=str(source),
                remedy="Проверьте путь и права на файл.",
            ) from fault
        own = TrustStore((self.holder, *self.issuers))
        report = verify_bytes(source, data, name=out, trust=own, at=signed_at)
        if report.conclusion is not Conclusion.TOTAL_PASSED:
            raise SigningFault(
                "Подпись создана, но собственную проверку не прошла; она не записана.",
                where=str(source),
                remedy="Документ изменился во время подписания? Подпишите его ещё раз.",
            )
        try:
            write_atomic(out, data)
            written = out.read_bytes()
        except OSError as fault:
            raise SigningFault(
                f"Не удалось записать подпись: {reason(fault)}.",
                where=str(out),
                remedy="Проверьте, что папка существует, в неё можно писать и место есть.",
            ) from fault
        if written != data:
            out.unlink(missing_ok=True)
            raise SigningFault(
                "Подпись записана с ошибкой: прочитано не то, что записано. Файл удалён.",
                where=str(out),
                remedy="Проверьте диск и подпишите документ ещё раз.",
            )
        return SignResult(
            source=source,
            signature=out,
            signer=subject_text(self.holder),
            thumbprint=self.thumbprint,
            signed_at=signed_at,
            tool=TOOL,
            certified=Certification.NO,
        )


# --- loading -----------------------------------------------------------------------------------


def load_signer(
    path: Path, passphrase: str, at: dt.datetime, *, certificate: Path | None = None
) -> SoftwareSigner:
    """Open a key: PKCS#12, or encrypted PKCS#8 in PEM with its certificate in a second file.

    Checks that others cannot read the file, that key and certificate belong together, the kind of
    key, key usage, and validity at `at`. Raises SigningFault with a remedy when any of it fails.
    """
    data = _read_private(path, _MAXIMAL_KEY_FILE_BYTES)
    where = str(path)
    if not passphrase:
        raise SigningFault(
            "Парольная фраза ключа пуста.",
            where=where,
            remedy="Укажите парольную фразу: ключ без неё программа не принимает.",
        )
    if data.lstrip().startswith(b"-----BEGIN"):
        key, holder, others = _open_pkcs8(data, passphrase, path, certificate)
    else:
        key, holder, others = _open_pkcs12(data, passphrase, where)
    if not _is_supported(key):
        raise SigningFault(
            "Ключ такого вида программа не поддерживает.",
            where=where,
            remedy="Нужен ключ RSA не короче 2048 бит или ECDSA P-256.",
        )
    if _public_bytes(key.public_key()) != _public_bytes(holder.public_key()):
        raise SigningFault(
            "Закрытый ключ и сертификат не подходят друг к другу.",
            where=where,
            remedy="Возьмите сертификат, который выдан на этот ключ.",
        )
    _require_in_time(holder, at, where)
    if not may_sign_documents(holder):
        raise SigningFault(
            f"Сертификат выдан не для подписания документов ({subject_text(holder)}).",
            where=where,
            remedy="Нужен сертификат с назначением ключа «цифровая подпись» или «неотказуемость».",
        )
    return SoftwareSigner(where, holder, issuers_of(holder, others), key)


def read_passphrase(path: Path) -> str:
    """Read the pass phrase from a file that only its owner can read; the line end is cut off.

    Raises SigningFault when the file is open to others, missing, empty or not text.
    """
    try:
        text = _read_private(path, _MAXIMAL_PASSPHRASE_BYTES).decode("utf-8").rstrip("\r\n")
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


def _read_private(path: Path, maximal_bytes: int) -> bytes:
    """Contents of a file that only its owner may read; judged on the opened file, not its name."""
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


def _open_pkcs12(
    data: bytes, passphrase: str, where: str
) -> tuple[PrivateKey, x509.Certificate, list[x509.Certificate]]:
    try:
        store = pkcs12.load_pkcs12(data, passphrase.encode("utf-8"))
        certificates = [
            load_certificate(item.certificate.public_bytes(serialization.Encoding.DER))
            for item in (store.cert, *store.additional_certs)
            if item is not None
        ]
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise SigningFault(
            "Файл ключа не открылся: парольная фраза не подходит либо файл повреждён.",
            where=where,
            remedy="Проверьте парольную фразу. Ключ ГОСТ этим способом не открывается: он лежит в "
            "хранилище своего средства подписи.",
        ) from fault
    if store.key is None or store.cert is None:
        raise SigningFault(
            "В файле ключа нет закрытого ключа или его сертификата.",
            where=where,
            remedy="Выгрузите ключ заново вместе с сертификатом (PKCS#12, .p12 или .pfx).",
        )
    # The kind is checked by the caller, who has the words for it.
    return store.key, certificates[0], certificates[1:]  # type: ignore[return-value]


def _open_pkcs8(
    data: bytes, passphrase: str, path: Path, certificate: Path | None
) -> tuple[PrivateKey, x509.Certificate, list[x509.Certificate]]:
    if certificate is None:
        raise SigningFault(
            "К ключу PKCS#8 нужен файл сертификата, он не указан.",
            where=str(path),
            remedy="Укажите файл сертификата или возьмите ключ в виде PKCS#12 (.p12, .pfx).",
        )
    try:
        key = serialization.load_pem_private_key(data, passphrase.encode("utf-8"))
    except TypeError as fault:  # the library's word for a key without encryption
        raise SigningFault(
            "Ключ лежит в файле открыто, без парольной фразы.",
            where=str(path),
            remedy="Закройте его парольной фразой: openssl pkcs8 -topk8 -in КЛЮЧ -out НОВЫЙ.",
        ) from fault
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise SigningFault(
            "Файл ключа не открылся: парольная фраза не подходит либо файл повреждён.",
            where=str(path),
            remedy="Проверьте парольную фразу и файл.",
        ) from fault
    try:
        holder, *others = certificates_in(certificate.read_bytes(), where=str(certificate))
    except OSError as fault:
        raise SigningFault(
            f"Не удалось прочитать сертификат: {reason(fault)}.",
            where=str(certificate),
            remedy="Проверьте путь и права на файл.",
        ) from fault
    return key, holder, others  # type: ignore[return-value]


def _is_supported(key: PrivateKey) -> bool:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.key_size >= algorithms.MINIMAL_RSA_BITS
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)


def _public_bytes(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _require_in_time(holder: x509.Certificate, at: dt.datetime, where: str) -> None:
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
