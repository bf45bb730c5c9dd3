"""A time stamping authority made by the tests: its clock is ours, and it lies when told to."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from dataclasses import dataclass, field
from functools import cache

from asn1crypto import core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from test_signing_authority import NOW, UNTIL

from signing.der import integer, octets, oid, sequence, set_of, tagged

SHA256 = "2.16.840.1.101.3.4.2.1"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
SIGNED_DATA = "1.2.840.113549.1.7.2"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"
POLICY = "1.3.6.1.4.1.99999.1"

_SERIALS = itertools.count(1)


@dataclass(frozen=True)
class StampAuthority:
    """Gives tokens over what it is asked, at the time it is set to."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: x509.Certificate
    at: dt.datetime = NOW
    chain: tuple[x509.Certificate, ...] = ()
    asked: list[bytes] = field(default_factory=list)

    def stamp(self, digest: bytes, digest_oid: str) -> bytes:
        self.asked.append(digest)
        return self.token(digest, digest_oid)

    def reply(self, request: bytes, *, status: int = 0) -> bytes:
        """A TimeStampResp to a TimeStampReq."""
        asked = tsp.TimeStampReq.load(request, strict=True)
        imprint = asked["message_imprint"]
        token = self.token(
            imprint["hashed_message"].native,
            imprint["hash_algorithm"]["algorithm"].dotted,
            nonce=asked["nonce"].native,
        )
        return sequence(sequence(integer(status)), *([token] if status < 2 else []))

    def token(self, digest: bytes, digest_oid: str = SHA256, *, nonce: int | None = None) -> bytes:
        time = core.GeneralizedTime(self.at.astimezone(dt.UTC).replace(microsecond=0)).dump()
        info = sequence(
            integer(1),
            oid(POLICY),
            sequence(sequence(oid(digest_oid)), octets(digest)),
            integer(next(_SERIALS)),
            time,
            *([integer(nonce)] if nonce is not None else []),
        )
        der = self.certificate.public_bytes(Encoding.DER)
        fields = asn1_x509.Certificate.load(der)["tbs_certificate"]
        issuer, serial = fields["issuer"].dump(), fields["serial_number"].dump()
        reference = sequence(
            octets(hashlib.sha256(der).digest()),
            sequence(sequence(tagged(0xA4, issuer)), serial),
        )
        attributes = [
            sequence(oid(CONTENT_TYPE), set_of(oid(TST_INFO))),
            sequence(oid(MESSAGE_DIGEST), set_of(octets(hashlib.sha256(info).digest()))),
            sequence(oid(SIGNING_CERTIFICATE), set_of(sequence(sequence(reference)))),
        ]
        value = self.key.sign(set_of(*attributes), ec.ECDSA(hashes.SHA256()))
        signer = sequence(
            integer(1),
            sequence(issuer, serial),
            sequence(oid(SHA256)),
            set_of(*attributes, identifier=0xA0),
            sequence(oid(ECDSA_SHA256)),
            octets(value),
        )
        chain = [item.public_bytes(Encoding.DER) for item in self.chain]
        signed = sequence(
            integer(3),
            set_of(sequence(oid(SHA256))),
            sequence(oid(TST_INFO), tagged(0xA0, octets(info))),
            set_of(der, *chain, identifier=0xA0),
            set_of(signer),
        )
        return sequence(oid(SIGNED_DATA), tagged(0xA0, signed))


@cache
def stamp_authority(
    at: dt.datetime = NOW,
    *,
    until: dt.datetime = UNTIL + dt.timedelta(days=3650),
    usage: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.TIME_STAMPING,),
    critical: bool = True,
    number: int = 1,
) -> StampAuthority:
    """An authority under a root of its own; `number` makes several."""
    begin = NOW - dt.timedelta(days=1)
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{text} {number}")])
        for text in ("Учебный корень времени", "Учебная служба штампов")
    )
    root = (
        _builder(root_name, root_name, root_key, begin, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    builder = _builder(name, root_name, key, begin, until)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=critical)
    return StampAuthority(key, builder.sign(root_key, hashes.SHA256()), root, at)


def _builder(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begin: dt.datetime,
    until: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(until)
    )
