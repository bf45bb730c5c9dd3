"""Certificates one trusts, and the way from a signer's certificate up to one of them.

The path check is the part of RFC 5280 6.1 that signatures of documents need: names, signatures,
validity, the right to issue, path length, no critical extension we do not understand.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtensionOID

from docgen.core.errors import SigningFault
from docgen.core.reasons import reason
from signing.algorithms import is_signed, knows_key
from signing.der import encoded
from signing.gost_curves import GostPublicKey
from signing.gost_keys import gost_public_key

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_SUFFIXES = {".pem", ".crt", ".cer", ".der"}
_MAXIMAL_FILE_BYTES = 10 * 1000 * 1000
_MAXIMAL_PATH = 8
_MAXIMAL_TRIALS = 500
_PEM_CERTIFICATE = re.compile(
    rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)
_UNDERSTOOD = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    ExtensionOID.CERTIFICATE_POLICIES,
}

E = TypeVar("E", bound=x509.ExtensionType)


# --- one certificate ---------------------------------------------------------------------------


def load_certificate(data: bytes) -> x509.Certificate:
    """Read a certificate, DER or PEM, to the last field, so that later look-ups cannot fail.

    Raises ValueError when anything in it cannot be read.
    """
    with warnings.catch_warnings():
        # The library warns of long Russian names, which is nothing to a person, and only warns of
        # breaches of RFC 5280, which we do not take.
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        try:
            if data.lstrip().startswith(b"-----BEGIN"):
                certificate = x509.load_pem_x509_certificate(data)
            else:
                certificate = x509.load_der_x509_certificate(data)
            _ = (subject_text(certificate), issuer_text(certificate), certificate.serial_number)
            _ = holder_name(certificate)
            _ = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
            _ = (certificate.extensions, certificate.version, certificate.signature)
        except (x509.DuplicateExtension, x509.InvalidVersion, Warning) as fault:
            raise ValueError(str(fault)) from fault
    return certificate


def extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    """Find the extension of this class, or None."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def public_key(certificate: x509.Certificate) -> PublicKeyTypes | GostPublicKey | None:
    """Take the public key when it is of a kind and a strength we accept."""
    try:
        gost = gost_public_key(encoded(_fields(certificate)["subject_public_key_info"]))
        key = gost or certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return None
    return key if knows_key(key) else None


def thumbprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, lower-case hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


# Names are taken from the bytes: the cryptography library warns of every Russian name longer than
# 32 letters, because it counts bytes where RFC 5280 counts characters.


def subject_name(certificate: x509.Certificate) -> bytes:
    """Take the holder's name as DER."""
    name: bytes = encoded(_fields(certificate)["subject"])
    return name


def issuer_name(certificate: x509.Certificate) -> bytes:
    """Take the issuer's name as DER."""
    name: bytes = encoded(_fields(certificate)["issuer"])
    return name


def name_and_key(certificate: x509.Certificate) -> tuple[bytes, bytes]:
    """The holder's name as DER, and the bytes of the public key alone: what OCSP hashes."""
    fields = _fields(certificate)
    key: bytes = fields["subject_public_key_info"]["public_key"].contents[1:]
    return subject_name(certificate), key


def subject_text(certificate: x509.Certificate) -> str:
    """Name the holder for people: common name and organisation, or all when it has neither."""
    return _name_text(_fields(certificate)["subject"])


def holder_name(certificate: x509.Certificate) -> str:
    """The person a certificate is for: surname and given names, else the common name."""
    names = {
        pair["type"].native: str(pair["value"].native)
        for part in _fields(certificate)["subject"].chosen
        for pair in part
    }
    if "surname" in names and "given_name" in names:
        return f"{names['surname']} {names['given_name']}"
    return names.get("common_name", "")


def issuer_text(certificate: x509.Certificate) -> str:
    """Name the issuer for people, as `subject_text` names the holder."""
    return _name_text(_fields(certificate)["issuer"])


def _fields(certificate: x509.Certificate) -> asn1_x509.TbsCertificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))["tbs_certificate"]


def _name_text(name: asn1_x509.Name) -> str:
    parts = [
        str(pair["value"].native)
        for relative_name in name.chosen
        for pair in relative_name
        if pair["type"].native in {"common_name", "organization_name"}
    ]
    # Most names begin with the widest part; people look for the nearest.
    return ", ".join(dict.fromkeys(reversed(parts))) or str(name.human_friendly)


def in_time(certificate: x509.Certificate, at: dt.datetime) -> bool:
    """Whether the certificate is in its term of validity."""
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def may_sign_documents(certificate: x509.Certificate) -> bool:
    """Whether key usage, when given, allows signatures of documents (RFC 5280 4.2.1.3)."""
    usage = extension(certificate, x509.KeyUsage)
    return usage is None or usage.digital_signature or usage.content_commitment


def has_unknown_critical_extension(certificate: x509.Certificate) -> bool:
    """Whether the certificate demands what we do not understand (RFC 5280 4.2)."""
    return any(item.critical and item.oid not in _UNDERSTOOD for item in certificate.extensions)


# --- the trust store ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Certificates taken as trusted: roots as a rule, but any certificate may be one."""

    certificates: tuple[x509.Certificate, ...] = ()

    @classmethod
    def from_paths(cls, *paths: Path) -> Self:
        """Read files (PEM with any number of certificates, or DER) and folders of such files.

        In folders only *.pem, *.crt, *.cer and *.der are read.
        Raises SigningFault when a path cannot be read or a file holds no certificate.
        """
        found: dict[bytes, x509.Certificate] = {}
        for path in paths:
            for certificate in _certificates_at(path):
                found[certificate.public_bytes(Encoding.DER)] = certificate
        return cls(tuple(found.values()))

    def holds(self, certificate: x509.Certificate) -> bool:
        """Whether exactly this certificate is trusted."""
        return certificate in self.certificates


def _certificates_at(path: Path) -> Iterator[x509.Certificate]:
    try:
        files = (
            sorted(item for item in path.iterdir() if item.suffix.lower() in _SUFFIXES)
            if path.is_dir()
            else [path]
        )
        for file in files:
            if file.stat().st_size > _MAXIMAL_FILE_BYTES:
                raise SigningFault(
                    "Файл с доверенными сертификатами слишком велик.",
                    where=str(file),
                    remedy="Укажите файл сертификата удостоверяющего центра (.pem, .crt, .cer).",
                )
            yield from certificates_in(file.read_bytes(), where=str(file))
    except OSError as fault:
        raise SigningFault(
            f"Не удалось прочитать доверенные сертификаты: {reason(fault)}.",
            where=str(path),
            remedy="Проверьте путь и права на файл.",
        ) from fault


def certificates_in(data: bytes, *, where: str) -> list[x509.Certificate]:
    """Read all certificates of a PEM file, or the one of a DER file.

    Raises SigningFault, naming `where`, when there is none or one cannot be read.
    """
    blocks = _PEM_CERTIFICATE.findall(data) or [data]
    try:
        return [load_certificate(block) for block in blocks]
    except ValueError as fault:
        raise SigningFault(
            "Сертификат не читается: файл повреждён или это не сертификат.",
            where=where,
            remedy="Возьмите файл сертификата заново у того, кто его выдал (.pem, .crt, .cer).",
        ) from fault


# --- the path ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chain:
    """A way from the signer's certificate (first) up to a trusted one (last).

    `path` is empty when there is none. `problem` is a Russian sentence and `indication` its name in
    ETSI EN 319 102-1; both empty when the path is good.
    """

    path: tuple[x509.Certificate, ...]
    problem: str = ""
    indication: str = ""


def build_chain(
    leaf: x509.Certificate,
    candidates: Iterable[x509.Certificate],
    trust: TrustStore,
    at: dt.datetime,
) -> Chain:
    """Find the first good way from `leaf` to a trusted certificate, else the first faulty one."""
    pool = tuple(dict.fromkeys((*trust.certificates, *candidates)))
    faulty = Chain(
        (),
        problem="Нет цепочки до доверенного корневого сертификата: кто выдал сертификат, "
        "программе неизвестно.",
        indication="NO_CERTIFICATE_CHAIN_FOUND",
    )
    for path in _paths(leaf, pool, trust):
        chain = _judge(path, at)
        if not chain.problem:
            return chain
        if not faulty.path:
            faulty = chain
    return faulty


def issuers_of(
    leaf: x509.Certificate, candidates: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Pick those of `candidates` that lead up from `leaf`, the nearest first."""
    path = [leaf]
    while len(path) < _MAXIMAL_PATH:
        issuer = next(
            (item for item in candidates if item not in path and issued_by(path[-1], item)), None
        )
        if issuer is None:
            break
        path.append(issuer)
    return tuple(path[1:])


def _paths(
    leaf: x509.Certificate, pool: Sequence[x509.Certificate], trust: TrustStore
) -> Iterator[tuple[x509.Certificate, ...]]:
    """Walk all ways up, the shortest first; the number of trials is bounded."""
    trials = 0
    waiting: list[tuple[x509.Certificate, ...]] = [(leaf,)]
    while waiting:
        path = waiting.pop(0)
        if trust.holds(path[-1]):
            yield path
            continue
        for candidate in pool:
            if candidate in path or len(path) >= _MAXIMAL_PATH:
                continue
            if issuer_name(path[-1]) != subject_name(candidate):
                continue
            trials += 1
            if trials > _MAXIMAL_TRIALS:
                return
            if issued_by(path[-1], candidate):
                waiting.append((*path, candidate))


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether name and signature of `certificate` are those of `issuer`, with a sound digest."""
    key = public_key(issuer)
    if key is None:
        return False
    if isinstance(key, GostPublicKey):
        return subject_name(issuer) == issuer_name(certificate) and is_signed(
            key,
            certificate.signature_algorithm_oid.dotted_string,
            certificate.tbs_certificate_bytes,
            certificate.signature,
        )
    try:
        if isinstance(certificate.signature_hash_algorithm, hashes.MD5 | hashes.SHA1):
            return False
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _judge(path: tuple[x509.Certificate, ...], at: dt.datetime) -> Chain:
    """Find the first fault of the issuers; the signer's own certificate is judged elsewhere."""
    for below, issuer in enumerate(path[1:]):
        name = subject_text(issuer)
        constraints = extension(issuer, x509.BasicConstraints)
        usage = extension(issuer, x509.KeyUsage)
        if constraints is None or not constraints.ca or (usage and not usage.key_cert_sign):
            problem = f"Сертификат в цепочке не имеет права выдавать сертификаты: {name}."
            return Chain(path, problem, "CHAIN_CONSTRAINTS_FAILURE")
        if constraints.path_length is not None and below > constraints.path_length:
            problem = f"Цепочка длиннее, чем разрешает сертификат в ней: {name}."
            return Chain(path, problem, "CHAIN_CONSTRAINTS_FAILURE")
        if has_unknown_critical_extension(issuer):
            problem = (
                f"В сертификате цепочки есть ограничения, которых программа не понимает: {name}."
            )
            return Chain(path, problem, "CHAIN_CONSTRAINTS_FAILURE")
        if not in_time(issuer, at):
            problem = f"Сертификат в цепочке не действует на время проверки: {name}."
            return Chain(path, problem, "OUT_OF_BOUNDS_NO_POE")
    return Chain(path)
