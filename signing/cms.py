"""Detached CAdES-BES signatures as bytes: building them, and taking them apart strictly.

Sources: RFC 5652 (CMS), RFC 5035 (signing-certificate-v2), ETSI EN 319 122-1 (CAdES baseline).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asn1crypto import cms, core, tsp, x509

from signing.algorithms import RSA, hash_file
from signing.der import (
    NotDer,
    encoded,
    integer,
    octets,
    oid,
    require_der,
    sequence,
    set_of,
    tagged,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from signing.interfaces import RawSigner

_DATA = "1.2.840.113549.1.7.1"
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
SIGNATURE_TIME_STAMP = "1.2.840.113549.1.9.16.2.14"
_FIRST_GENERALIZED_YEAR = 2050  # RFC 5652 11.3: UTCTime up to 2049


class Malformed(ValueError):
    """The bytes are not a detached signature; the message is a Russian sentence."""


class Unsupported(Malformed):
    """The bytes may be a signature, in a form we do not check."""


# --- building ----------------------------------------------------------------------------------


def build_detached(source: Path, signer: RawSigner, *, signed_at: dt.datetime) -> bytes:
    """Sign a file as detached CAdES-BES in DER; the file is streamed, never held whole.

    `signed_at` is the signer's claim, with its zone. Raises OSError when the file cannot be read.
    """
    return build_over(hash_file(source, signer.new_hash()), signer, signed_at=signed_at)


def build_over(content_digest: bytes, signer: RawSigner, *, signed_at: dt.datetime | None) -> bytes:
    """Sign content by its digest, made with `digest_oid` of the signer.

    Without `signed_at` there is no attribute signing-time, as a PDF wants it (EN 319 142-1 6.3).
    """
    certificate = x509.Certificate.load(signer.certificate, strict=True)["tbs_certificate"]
    issuer, serial = encoded(certificate["issuer"]), encoded(certificate["serial_number"])
    # RFC 5035 4: SHA-256 is the default, so it is not named; the directory name carries a tag [4].
    reference = sequence(
        octets(hashlib.sha256(signer.certificate).digest()),
        sequence(sequence(tagged(0xA4, issuer)), serial),
    )
    attributes = [
        _attribute(_CONTENT_TYPE, oid(_DATA)),
        _attribute(_MESSAGE_DIGEST, octets(content_digest)),
        _attribute(_SIGNING_CERTIFICATE_V2, sequence(sequence(reference))),
    ]
    if signed_at is not None:
        attributes.append(_attribute(_SIGNING_TIME, _time(signed_at)))
    # RFC 5652 5.4: signed is the SET OF with its own tag, stored is the same with the tag [0].
    signature = signer.sign_raw(set_of(*attributes))
    version = integer(1)
    digest_algorithm = sequence(oid(signer.digest_oid))  # RFC 5754 2: without parameters
    signer_info = sequence(
        version,
        sequence(issuer, serial),
        digest_algorithm,
        set_of(*attributes, identifier=0xA0),
        _signature_algorithm(signer.signature_oid),
        octets(signature),
    )
    signed_data = sequence(
        version,
        set_of(digest_algorithm),
        sequence(oid(_DATA)),
        set_of(signer.certificate, *signer.chain, identifier=0xA0),
        set_of(signer_info),
    )
    return sequence(oid(_SIGNED_DATA), tagged(0xA0, signed_data))


def _attribute(name: str, value: bytes) -> bytes:
    return sequence(oid(name), set_of(value))


def _signature_algorithm(name: str) -> bytes:
    """RFC 3370 3.2: RSA has the parameter NULL; RFC 5754 3.3: ECDSA has none."""
    return sequence(oid(name), tagged(0x05)) if name == RSA else sequence(oid(name))


def _time(moment: dt.datetime) -> bytes:
    utc = moment.astimezone(dt.UTC).replace(microsecond=0)
    kind = core.UTCTime if utc.year < _FIRST_GENERALIZED_YEAR else core.GeneralizedTime
    encoded: bytes = kind(utc).dump()
    return encoded


# --- taking apart ------------------------------------------------------------------------------

MAXIMAL_BYTES = 10 * 1000 * 1000
_MAXIMAL_CERTIFICATES = 100
_INDEFINITE_SEQUENCE = b"\x30\x80"  # X.690 8.1.3.6: the mark of BER written as a stream
_PEM = re.compile(
    rb"\s*-----BEGIN (PKCS7|CMS)-----\s(?P<body>[A-Za-z0-9+/=\s]+)-----END \1-----\s*", re.ASCII
)


@dataclass(frozen=True, slots=True)
class CertificateReference:
    """What the attribute signing-certificate-v2 says of the signer's certificate.

    `issuer` (DER of the name) and `serial` may be left out by the signer.
    """

    digest_oid: str
    digest: bytes
    issuer: bytes | None
    serial: int | None


@dataclass(frozen=True, slots=True)
class SignerInfo:
    """One signature of a file, as it stands in the container; nothing is checked yet.

    The signer is named by `issuer` (DER) and `serial`, or by `key_identifier`.
    `signed_attributes` is the DER that was signed, None when the content was signed directly.
    `unsigned_attributes` are OIDs; `stamps` the tokens of those that are signature time stamps.
    `faults` are Russian sentences on attributes that are missing, doubled or unreadable.
    """

    issuer: bytes | None
    serial: int | None
    key_identifier: bytes | None
    digest_oid: str
    signature_oid: str
    signature: bytes
    signed_attributes: bytes | None
    has_content_type: bool
    message_digest: bytes | None
    signing_time: dt.datetime | None
    reference: CertificateReference | None
    unsigned_attributes: tuple[str, ...]
    stamps: tuple[bytes, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DetachedSignature:
    """A signature file taken apart; `oddities` are Russian sentences on breaches of RFC 5652."""

    certificates: tuple[bytes, ...]
    signers: tuple[SignerInfo, ...]
    oddities: tuple[str, ...]


def parse_detached(data: bytes) -> DetachedSignature:
    """Take a detached signature apart, DER or PEM.

    Raises Malformed with a Russian sentence when the bytes are anything else, Unsupported when
    they are BER.
    """
    der = plain_der(data)
    with _schema_faults():
        signed_data = _content_info(der)
        if not isinstance(signed_data["encap_content_info"]["content"], core.Void):
            raise Malformed(
                "Подпись присоединённая: документ лежит внутри неё, а нужна отсоединённая, "
                "отдельным файлом рядом с документом."
            )
        return _signed_data(signed_data)


def plain_der(data: bytes) -> bytes:
    """Take a signature file out of its PEM, and make sure that it is strict DER.

    Raises Malformed, Unsupported for BER.
    """
    if not data:
        raise Malformed("Файл подписи пуст.")
    der = _without_pem(data)
    if der[:2] == _INDEFINITE_SEQUENCE:
        raise Unsupported(
            "Файл подписи в кодировке BER, а программа проверяет только DER; сама подпись не "
            "проверялась."
        )
    try:
        require_der(der)
    except NotDer as fault:
        raise Malformed(
            "Файл подписи повреждён или это не подпись: его содержимое не в кодировке DER."
        ) from fault
    return der


def parse_enveloping(der: bytes, content_type: str) -> tuple[DetachedSignature, bytes]:
    """Take apart a signature with its content inside, of the type given by its OID.

    Raises Malformed, as `parse_detached` does; the second value is the content.
    """
    try:
        require_der(der)
    except NotDer as fault:
        raise Malformed("Это не подпись: содержимое не в кодировке DER.") from fault
    with _schema_faults():
        signed_data = _content_info(der)
        encapsulated = signed_data["encap_content_info"]
        if encapsulated["content_type"].dotted != content_type or isinstance(
            encapsulated["content"], core.Void
        ):
            raise Malformed("Подписано не то содержимое, которое здесь должно быть.")
        return _signed_data(signed_data, content_type), bytes(encapsulated["content"])


@contextmanager
def _schema_faults() -> Iterator[None]:
    """Put what asn1crypto raises on values that do not fit its schema into a sentence."""
    try:
        yield
    except Malformed:
        raise
    except (ValueError, TypeError, KeyError, OverflowError) as fault:
        raise Malformed("Файл подписи повреждён: его строение не разбирается.") from fault


def _content_info(der: bytes) -> cms.SignedData:
    content_info = cms.ContentInfo.load(der, strict=True)
    if content_info["content_type"].native != "signed_data":
        raise Malformed("Файл в формате CMS, но это не подпись.")
    require_known_fields(content_info)
    return content_info["content"]


def _without_pem(data: bytes) -> bytes:
    if b"-----BEGIN" not in data[:1000]:
        return data
    match = _PEM.fullmatch(data)
    if match is None:
        raise Malformed("Файл подписи в текстовом виде (PEM) повреждён или содержит лишнее.")
    try:
        return base64.b64decode(b"".join(match["body"].split()), validate=True)
    except binascii.Error as fault:
        raise Malformed("Файл подписи в текстовом виде (PEM) повреждён.") from fault


def require_known_fields(value: core.Sequence) -> None:
    """Raise Malformed when a SEQUENCE holds more than its schema names: asn1crypto passes it by."""
    known = b"".join(encoded(value[name]) for name, *_ in value._fields)
    if known != value.contents:
        raise Malformed("В файле подписи есть части, которых там быть не должно.")


def _signed_data(signed_data: cms.SignedData, content_type: str = _DATA) -> DetachedSignature:
    for part in (signed_data, signed_data["encap_content_info"], *signed_data["signer_infos"]):
        require_known_fields(part)
    signers = tuple(_signer_info(item, content_type) for item in signed_data["signer_infos"])
    if not signers:
        raise Malformed("В файле подписи нет ни одной подписи.")
    # A field left out is Void and has no items.
    certificates = tuple(encoded(item.chosen) for item in signed_data["certificates"] or ())
    if len(certificates) > _MAXIMAL_CERTIFICATES:
        raise Malformed("В файле подписи больше ста сертификатов.")
    return DetachedSignature(certificates, signers, tuple(_oddities(signed_data, content_type)))


def _oddities(signed_data: cms.SignedData, content_type: str) -> Iterator[str]:
    """Look at what no signature covers: it must at least be as RFC 5652 5.1 and 5.3 say."""
    by_key = [item["sid"].name == "subject_key_identifier" for item in signed_data["signer_infos"]]
    versions = [item["version"].native for item in signed_data["signer_infos"]]
    expected = ["v3" if flag else "v1" for flag in by_key]
    version = max(expected) if content_type == _DATA else "v3"
    if versions != expected or signed_data["version"].native != version:
        yield "Номера версий внутри файла подписи не соответствуют стандарту."
    if signed_data["encap_content_info"]["content_type"].dotted != content_type:
        yield "Вид подписанного содержимого указан не так, как у подписи документа."
    if any(item.name != "certificate" for item in signed_data["certificates"] or ()):
        yield "В файле подписи есть сертификаты неизвестного вида."
    if not isinstance(signed_data["crls"], core.Void):
        yield "В файле подписи лежат списки отозванных сертификатов: они не проверялись."
    named = {item["algorithm"].dotted for item in signed_data["digest_algorithms"]}
    used = {item["digest_algorithm"]["algorithm"].dotted for item in signed_data["signer_infos"]}
    if named != used or len(signed_data["digest_algorithms"]) != len(named):
        yield "Перечень алгоритмов хеширования не совпадает с теми, что применены."
    algorithms = [
        *signed_data["digest_algorithms"],
        *(item["digest_algorithm"] for item in signed_data["signer_infos"]),
        *(item["signature_algorithm"] for item in signed_data["signer_infos"]),
    ]
    if any(item["parameters"].dump() not in {b"", b"\x05\x00"} for item in algorithms):
        yield "У алгоритма подписи или хеширования указаны параметры, которых быть не должно."


def _signer_info(item: cms.SignerInfo, content_type: str) -> SignerInfo:
    issuer, serial, key_identifier = None, None, None
    if item["sid"].name == "issuer_and_serial_number":
        issuer = item["sid"].chosen["issuer"].dump()
        serial = item["sid"].chosen["serial_number"].native
    else:
        key_identifier = item["sid"].chosen.native
    attributes = item["signed_attrs"]
    signed = None if isinstance(attributes, core.Void) else b"\x31" + attributes.dump()[1:]
    values, faults = _attribute_values(attributes if signed else ())
    unsigned = list(item["unsigned_attrs"] or ())
    if "content_type" in values and values["content_type"].dotted != content_type:
        faults.append("Подписанный вид содержимого не тот, что у подписи документа.")
    digest = values.get("message_digest")
    time = values.get("signing_time")
    reference = values.get("signing_certificate_v2")
    return SignerInfo(
        issuer=issuer,
        serial=serial,
        key_identifier=key_identifier,
        digest_oid=item["digest_algorithm"]["algorithm"].dotted,
        signature_oid=item["signature_algorithm"]["algorithm"].dotted,
        signature=item["signature"].native,
        signed_attributes=signed,
        has_content_type="content_type" in values,
        message_digest=None if digest is None else digest.native,
        signing_time=None if time is None else time.native,
        reference=None if reference is None else _reference(reference),
        unsigned_attributes=tuple(attribute["type"].dotted for attribute in unsigned),
        stamps=tuple(
            encoded(value)
            for attribute in unsigned
            if attribute["type"].dotted == SIGNATURE_TIME_STAMP
            for value in attribute["values"]
        ),
        faults=tuple(faults),
    )


def _attribute_values(
    attributes: Iterable[cms.CMSAttribute],
) -> tuple[dict[str, Any], list[str]]:
    """Take the single value of each attribute by name, and what is wrong (RFC 5652 11)."""
    values: dict[str, Any] = {}
    faults = []
    for attribute in attributes:
        name = attribute["type"].native
        if name in values or len(attribute["values"]) != 1:
            faults.append(f"Подписанный атрибут {attribute['type'].dotted} указан не один раз.")
            continue
        values[name] = attribute["values"][0]
    return values, faults


def _reference(value: tsp.SigningCertificateV2) -> CertificateReference:
    first = value["certs"][0]
    issuer, serial = None, None
    if not isinstance(first["issuer_serial"], core.Void):
        names = first["issuer_serial"]["issuer"]
        serial = first["issuer_serial"]["serial_number"].native
        issuer = _directory_name(names)
    return CertificateReference(
        digest_oid=first["hash_algorithm"]["algorithm"].dotted,
        digest=first["cert_hash"].native,
        issuer=issuer,
        serial=serial,
    )


def _directory_name(names: x509.GeneralNames) -> bytes:
    """DER of the one directory name, without its tag [4]; empty when it is anything else."""
    if len(names) != 1 or names[0].name != "directory_name":
        return b""
    name: bytes = names[0].chosen.untag().dump()
    return name
