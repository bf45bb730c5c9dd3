"""A small certificate authority: for the demo, for tests, and for the key of a new workplace.

Its certificates prove that a file has not changed since it was signed at this workplace. They are
no qualified certificates (63-ФЗ, ст. 5), and their subjects should say so.
"""

from __future__ import annotations

import datetime as dt
import secrets
import warnings
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from docgen.core.errors import SigningFault
from docgen.core.files import write_atomic
from docgen.core.reasons import reason
from signing.trust import thumbprint

if TYPE_CHECKING:
    from pathlib import Path

_KEY_FILE = "workplace.p12"
_RSA_BITS = 3072
_NAME_LENGTH = 64  # RFC 5280, appendix A.1: ub-common-name, ub-organization-name
_PASSPHRASE_BYTES = 24
_DEFAULT_USAGE = ("digital_signature", "content_commitment")
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class KeyKind(StrEnum):
    """Kinds of keys we make: RSA of 3072 bits, ECDSA on P-256."""

    RSA = "rsa"
    EC = "ec"


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its private key; `issuer` is None for an authority of its own."""

    name: x509.Name = field(repr=False)
    certificate: x509.Certificate = field(repr=False)
    key: PrivateKey = field(repr=False)
    issuer: x509.Certificate | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class WorkplaceKey:
    """The files of a workplace key; `thumbprint` is the SHA-256 of its certificate, hexadecimal."""

    key: Path
    passphrase: Path
    authority: Path
    thumbprint: str
    valid_until: dt.datetime


def create_authority(
    common_name: str,
    organisation: str,
    *,
    valid_from: dt.datetime,
    valid_until: dt.datetime,
    kind: KeyKind = KeyKind.EC,
) -> Issued:
    """Make a self-signed authority that issues certificates for people, not for authorities."""
    key = _new_key(kind)
    name = _name(common_name, organisation)
    builder = (
        _builder(name, name, key, valid_from, valid_until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    )
    return Issued(name, builder.sign(key, hashes.SHA256()), key)


def issue(
    authority: Issued,
    common_name: str,
    organisation: str,
    *,
    valid_from: dt.datetime,
    valid_until: dt.datetime,
    kind: KeyKind = KeyKind.EC,
    usage: tuple[str, ...] = _DEFAULT_USAGE,
) -> Issued:
    """Make a new key with a certificate for signing documents, issued by `authority`.

    `usage` holds names of RFC 5280 4.2.1.3 in snake case. Names longer than 64 characters are
    shortened in the middle.
    """
    key = _new_key(kind)
    name = _name(common_name, organisation)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        _builder(name, authority.name, key, valid_from, valid_until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(*usage), critical=True)
        .add_extension(identifier, critical=False)
    )
    return Issued(name, builder.sign(authority.key, hashes.SHA256()), key, authority.certificate)


def write_pkcs12(path: Path, issued: Issued, passphrase: str) -> None:
    """Write key, certificate and issuer as encrypted PKCS#12 that only the owner can read (0600).

    Raises OSError when the file system refuses.
    """
    data = pkcs12.serialize_key_and_certificates(
        name=None,
        key=issued.key,
        cert=issued.certificate,
        cas=[issued.issuer] if issued.issuer else None,
        encryption_algorithm=serialization.BestAvailableEncryption(passphrase.encode("utf-8")),
    )
    write_atomic(path, data, mode=0o600)


def write_certificate(path: Path, certificate: x509.Certificate) -> None:
    """Write a certificate as PEM; it is public. Raises OSError when the file system refuses."""
    write_atomic(path, certificate.public_bytes(serialization.Encoding.PEM))


def new_passphrase() -> str:
    """Make a random pass phrase of 192 bits."""
    return secrets.token_urlsafe(_PASSPHRASE_BYTES)


def has_workplace_key(folder: Path) -> bool:
    """Whether `create_workplace_key` has finished there: the key file is written last."""
    return (folder / _KEY_FILE).is_file()


def create_workplace_key(
    folder: Path, *, organisation: str, common_name: str, now: dt.datetime, years: int
) -> WorkplaceKey:
    """Make a key for this workplace: `workplace.p12`, `workplace.pass` and `ca.pem`.

    The folder is made private (0700). The authority's own key is thrown away, so
    nobody can issue a second certificate in its name.
    Raises SigningFault when a key is there already or the folder cannot be written.
    """
    key_file = folder / _KEY_FILE
    passphrase_file = folder / "workplace.pass"
    authority_file = folder / "ca.pem"
    if key_file.exists():
        raise SigningFault(
            "Ключ рабочего места уже есть; новый на его место не записан.",
            where=str(key_file),
            remedy="Пользуйтесь прежним ключом или переложите его в другую папку.",
        )
    valid_until = _years_later(now, years)
    authority = create_authority(
        f"Выдано программой docgen: {common_name}",
        organisation,
        valid_from=now,
        valid_until=valid_until,
    )
    issued = issue(authority, common_name, organisation, valid_from=now, valid_until=valid_until)
    passphrase = new_passphrase()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        write_certificate(authority_file, authority.certificate)
        write_atomic(passphrase_file, passphrase + "\n", mode=0o600)
        # Last, because a key file means that the workplace has its key.
        write_pkcs12(key_file, issued, passphrase)
    except OSError as fault:
        raise SigningFault(
            f"Не удалось записать ключ рабочего места: {reason(fault)}.",
            where=str(folder),
            remedy="Проверьте права на папку и свободное место.",
        ) from fault
    return WorkplaceKey(
        key=key_file,
        passphrase=passphrase_file,
        authority=authority_file,
        thumbprint=thumbprint(issued.certificate),
        valid_until=issued.certificate.not_valid_after_utc,
    )


def _new_key(kind: KeyKind) -> PrivateKey:
    if kind is KeyKind.RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: PrivateKey,
    valid_from: dt.datetime,
    valid_until: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from.astimezone(dt.UTC))
        .not_valid_after(valid_until.astimezone(dt.UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*granted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in granted for name in _USAGES})


def _name(common_name: str, organisation: str) -> x509.Name:
    values = {
        NameOID.COUNTRY_NAME: "RU",
        NameOID.ORGANIZATION_NAME: _shortened(organisation),
        NameOID.COMMON_NAME: _shortened(common_name),
    }
    # The library counts bytes where RFC 5280 counts characters, so 33 Russian letters are too many
    # for it; without its check it still warns.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        attributes = [
            x509.NameAttribute(oid, value, _validate=False)
            for oid, value in values.items()
            if value
        ]
    return x509.Name(attributes)


def _shortened(text: str) -> str:
    """Cut to 64 characters; the middle gives way, since names of schools differ at the end."""
    if len(text) <= _NAME_LENGTH:
        return text
    half = (_NAME_LENGTH - 1) // 2
    return f"{text[:half].rstrip()}…{text[-half:].lstrip()}"


def _years_later(moment: dt.datetime, years: int) -> dt.datetime:
    """Find the same day `years` later; 29 February becomes the 28th."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)
