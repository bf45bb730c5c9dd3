"""The default backend: a key in a password-protected file, signing in this process.

It makes valid signatures, not qualified ones: the tool is not certified (63-ФЗ, ст. 5), and its
results say so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from docgen.core.errors import SigningFault
from signing import algorithms
from signing.backends import Availability, KeySource, SelfTest
from signing.detached import sign_detached
from signing.holder import (
    MAXIMAL_KEY_FILE_BYTES,
    CertificateHolder,
    read_certificates,
    read_private,
    require_fit,
    require_in_time,
)
from signing.interfaces import Certification, Hash, SignResult, Timestamper
from signing.trust import issuers_of, load_certificate

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


TOOL = "docgen, программный ключ"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class SoftwareSigner(CertificateHolder):
    """A private key with its certificate; made by `load_signer`, which checks that they fit.

    The key is RSA (2048 bits and more) or ECDSA P-256; the digest is SHA-256.
    """

    key: PrivateKey = field(repr=False)

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

    def new_hash(self) -> Hash:
        """Start a running SHA-256."""
        return hashlib.sha256()

    def sign_raw(self, signed_attributes: bytes) -> bytes:
        """Make the signature value over the bytes."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(signed_attributes, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(signed_attributes, ec.ECDSA(hashes.SHA256()))

    def sign_file(
        self,
        source: Path,
        out: Path,
        *,
        signed_at: dt.datetime,
        timestamper: Timestamper | None = None,
    ) -> SignResult:
        """Write a detached CAdES signature (DER) of `source` to `out`: `detached.sign_detached`.

        Raises, besides, SigningFault when the certificate is out of its term at `signed_at`.
        """
        require_in_time(self.holder, signed_at, self.where)
        return sign_detached(
            self,
            source,
            out,
            signed_at=signed_at,
            tool=TOOL,
            certified=Certification.NO,
            timestamper=timestamper,
        )


# --- loading -----------------------------------------------------------------------------------


def load_signer(
    path: Path, passphrase: str, at: dt.datetime, *, certificate: Path | None = None
) -> SoftwareSigner:
    """Open a key: PKCS#12, or encrypted PKCS#8 in PEM with its certificate in a second file.

    Checks that others cannot read the file, that key and certificate belong together, the kind of
    key, key usage, and validity at `at`. Raises SigningFault with a remedy when any of it fails.
    """
    data = read_private(path, MAXIMAL_KEY_FILE_BYTES)
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
    require_fit(holder, at, where)
    return SoftwareSigner(where, holder, issuers_of(holder, others), key)


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
    holder, *others = read_certificates(certificate)
    return key, holder, others  # type: ignore[return-value]


def _is_supported(key: PrivateKey) -> bool:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.key_size >= algorithms.MINIMAL_RSA_BITS
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)


def _public_bytes(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


# --- the backend -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SoftwareBackend:
    """Keys in files, RSA and ECDSA; always there."""

    name: str = "software"
    title: str = "ключ в файле: RSA, ECDSA"
    certified: Certification = Certification.NO

    def availability(self) -> Availability:
        """Nothing besides this program is needed."""
        return Availability(ok=True)

    def self_test(self) -> SelfTest:
        """Sign and verify with a throwaway key of ECDSA P-256."""
        key, text = ec.generate_private_key(ec.SECP256R1()), b"docgen"
        value = key.sign(text, ec.ECDSA(hashes.SHA256()))
        ok = algorithms.signature_is_right(
            key.public_key(),
            algorithms.ECDSA_SHA256,
            algorithms.SHA256,
            hashlib.sha256(text).digest(),
            value,
        )
        told = "пробная подпись верна" if ok else "пробная подпись не сошлась"
        return SelfTest(ok, told)

    def open(self, source: KeySource, at: dt.datetime) -> SoftwareSigner:
        """Open a key file; raises SigningFault as `load_signer` does, or when none is named."""
        if source.path is None:
            raise SigningFault(
                "Файл ключа не назван.",
                remedy="Укажите его: --key ФАЙЛ или [signing] key в school.toml.",
            )
        return load_signer(source.path, source.passphrase, at, certificate=source.certificate)


BACKEND = SoftwareBackend()
