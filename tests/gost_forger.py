"""People who hold ГОСТ keys by plain arithmetic, and certificates with whatever is put into them.

With known keys of no value any forgery can be built where no engine is installed.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from asn1crypto import core
from asn1crypto import x509 as asn1_x509

from signing import algorithms
from signing.algorithms import STREEBOG256, STREEBOG512
from signing.der import integer, octets, oid, sequence, tagged
from signing.gost_curves import CURVES, Curve, _sum_of_products
from signing.gost_keys import KEY_256, KEY_512
from signing.interfaces import Hash

NOW = dt.datetime(2026, 5, 20, 10, 0, tzinfo=dt.UTC)
XA, TCA, A512 = "1.2.643.2.2.36.0", "1.2.643.7.1.2.1.1.1", "1.2.643.7.1.2.1.2.1"
SIGNED_256, SIGNED_512 = "1.2.643.7.1.1.3.2", "1.2.643.7.1.1.3.3"
BASIC_CONSTRAINTS, KEY_USAGE = "2.5.29.19", "2.5.29.15"

_SERIALS = itertools.count(100_000)
_DAY = dt.timedelta(days=1)


def point_of(curve: Curve, factor: int) -> tuple[int, int]:
    """`factor` times the generator, in affine coordinates."""
    base = (curve.x, curve.y, 1)
    x, y, z = _sum_of_products(curve, factor % curve.q, base, 0, base)
    inverse = pow(z, -1, curve.p)
    return x * inverse**2 % curve.p, y * inverse**3 % curve.p


def signature_value(curve: Curve, secret: int, digest: bytes, nonce: int = 0xC0FFEE) -> bytes:
    """s ∥ r over the digest (RFC 7091 6.1)."""
    e = int.from_bytes(digest, "little") % curve.q or 1
    r = point_of(curve, nonce)[0] % curve.q
    s = (r * secret + nonce * e) % curve.q
    return s.to_bytes(curve.size, "big") + r.to_bytes(curve.size, "big")


def key_info(parameters: bytes, point: bytes, kind: str = KEY_256) -> bytes:
    """A SubjectPublicKeyInfo (RFC 9215 4)."""
    bits = b"\0" + octets(point)
    return sequence(sequence(oid(kind), parameters), tagged(0x03, bits))


@dataclass(frozen=True)
class Forger:
    """Signs files (a RawSigner) and certificates, with a key everybody may know."""

    secret: int
    curve_oid: str = XA
    name: str = "Волкова Анна Ильинична"
    certificate: bytes = b""
    chain: Sequence[bytes] = ()
    digest_oid: str = field(default="")
    signature_oid: str = field(default="")

    @property
    def curve(self) -> Curve:
        return CURVES[self.curve_oid]

    @property
    def long(self) -> bool:
        return self.curve.size == 64

    @property
    def point(self) -> bytes:
        x, y = point_of(self.curve, self.secret)
        return x.to_bytes(self.curve.size, "little") + y.to_bytes(self.curve.size, "little")

    @property
    def key_info(self) -> bytes:
        kind = KEY_512 if self.long else KEY_256
        return key_info(sequence(oid(self.curve_oid)), self.point, kind)

    def new_hash(self) -> Hash:
        return algorithms.new_hash(self.digest_oid)

    def sign_raw(self, signed_attributes: bytes) -> bytes:
        running = algorithms.new_hash(STREEBOG512 if self.long else STREEBOG256)
        running.update(signed_attributes)
        return signature_value(self.curve, self.secret, running.digest())

    def issue(
        self,
        holder: Forger,
        *,
        authority: bool = False,
        info: bytes | None = None,
        algorithm: str | None = None,
        above: Sequence[bytes] = (),
    ) -> Forger:
        """`holder` with a certificate signed by this key; `info` replaces the holder's own key."""
        named = oid(algorithm or (SIGNED_512 if self.long else SIGNED_256))
        constraints = sequence(tagged(0x01, b"\xff")) if authority else sequence()
        usage = b"\x01\x06" if authority else b"\x06\xc0"
        body = sequence(
            tagged(0xA0, integer(2)),
            integer(next(_SERIALS)),
            sequence(named),
            _name(self.name),
            sequence(_time(NOW - _DAY), _time(NOW + 400 * _DAY)),
            _name(holder.name),
            info or holder.key_info,
            tagged(
                0xA3,
                sequence(
                    _critical(BASIC_CONSTRAINTS, constraints),
                    _critical(KEY_USAGE, tagged(0x03, usage)),
                ),
            ),
        )
        value = b"\0" + self.sign_raw(body)
        return replace(
            holder,
            certificate=sequence(body, sequence(named), tagged(0x03, value)),
            chain=tuple(above),
            digest_oid=STREEBOG512 if holder.long else STREEBOG256,
            signature_oid=KEY_512 if holder.long else KEY_256,
        )

    def rooted(self) -> Forger:
        """Itself with a certificate that it signed itself."""
        return self.issue(self, authority=True)


def _critical(name: str, value: bytes) -> bytes:
    return sequence(oid(name), tagged(0x01, b"\xff"), octets(value))


def _name(common_name: str) -> bytes:
    encoded: bytes = asn1_x509.Name.build({"common_name": common_name}).dump()
    return encoded


def _time(moment: dt.datetime) -> bytes:
    encoded: bytes = core.UTCTime(moment).dump()
    return encoded
