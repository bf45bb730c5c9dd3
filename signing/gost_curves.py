"""ГОСТ Р 34.10-2012: checking signatures, with nothing installed (RFC 7091, RFC 7836, RFC 4357).

Only checking: it needs no secrets. Python's arithmetic takes a time that depends on its numbers,
so keys are never used here; signing is the business of an engine or a token.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[int, int, int]
"""Jacobian coordinates; z = 0 is the point at infinity."""

_INFINITY: Point = (1, 1, 0)


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ + ax + b over the field of p; (x, y) generates a subgroup of order q."""

    name: str
    p: int
    a: int
    b: int
    q: int
    x: int
    y: int

    @property
    def size(self) -> int:
        """Bytes of a coordinate and of a half of the signature."""
        return (self.p.bit_length() + 7) // 8

    def holds(self, x: int, y: int) -> bool:
        """Whether a point lies on the curve and in the subgroup."""
        if not (0 <= x < self.p and 0 <= y < self.p):
            return False
        if (y * y - (x * x * x + self.a * x + self.b)) % self.p:
            return False
        return _sum_of_products(self, self.q, (x, y, 1), 0, (x, y, 1))[2] == 0


@dataclass(frozen=True, slots=True)
class GostPublicKey:
    """A point of a curve: the key that signatures are checked with."""

    curve: Curve
    x: int
    y: int

    @classmethod
    def from_bytes(cls, curve: Curve, data: bytes) -> GostPublicKey:
        """Read X ∥ Y, each little-endian (RFC 9215 4.3). Raises ValueError for no such point."""
        if len(data) != 2 * curve.size:
            raise ValueError("the length is not that of the curve")
        x, y = (int.from_bytes(half, "little") for half in (data[: curve.size], data[curve.size :]))
        if not curve.holds(x, y):
            raise ValueError("the point is not on the curve")
        return cls(curve, x, y)

    def verifies(self, digest: bytes, signature: bytes) -> bool:
        """Whether `signature` (s ∥ r, big-endian) was made over `digest` as the hash gives it."""
        curve, size = self.curve, self.curve.size
        if len(signature) != 2 * size or len(digest) != size:
            return False
        s, r = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
        if not (0 < r < curve.q and 0 < s < curve.q):
            return False
        e = int.from_bytes(digest, "little") % curve.q or 1
        v = pow(e, -1, curve.q)
        point = _sum_of_products(
            curve,
            s * v % curve.q,
            (curve.x, curve.y, 1),
            -r * v % curve.q,
            (self.x, self.y, 1),
        )
        if point[2] == 0:
            return False
        return point[0] * pow(point[2], -2, curve.p) % curve.p % curve.q == r


def _sum_of_products(curve: Curve, m: int, first: Point, n: int, second: Point) -> Point:
    """m·first + n·second, both walked at once (Shamir's trick)."""
    both = _add(curve, first, second)
    found = _INFINITY
    for place in range(max(m.bit_length(), n.bit_length()) - 1, -1, -1):
        found = _double(curve, found)
        bits = (m >> place & 1, n >> place & 1)
        if bits == (1, 1):
            found = _add(curve, found, both)
        elif bits == (1, 0):
            found = _add(curve, found, first)
        elif bits == (0, 1):
            found = _add(curve, found, second)
    return found


def _double(curve: Curve, point: Point) -> Point:
    x, y, z = point
    p = curve.p
    if not z or not y:
        return _INFINITY
    yy = y * y % p
    s = 4 * x * yy % p
    m = (3 * x * x + curve.a * pow(z, 4, p)) % p
    x3 = (m * m - 2 * s) % p
    return x3, (m * (s - x3) - 8 * yy * yy) % p, 2 * y * z % p


def _add(curve: Curve, one: Point, other: Point) -> Point:
    if not one[2]:
        return other
    if not other[2]:
        return one
    p = curve.p
    (x1, y1, z1), (x2, y2, z2) = one, other
    zz1, zz2 = z1 * z1 % p, z2 * z2 % p
    u1, u2 = x1 * zz2 % p, x2 * zz1 % p
    s1, s2 = y1 * z2 * zz2 % p, y2 * z1 * zz1 % p
    h, r = (u2 - u1) % p, (s2 - s1) % p
    if not h:
        return _INFINITY if r else _double(curve, one)
    hh = h * h % p
    hhh, v = h * hh % p, u1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    return x3, (r * (v - x3) - s1 * hhh) % p, z1 * z2 * h % p


# --- the curves ----------------------------------------------------------------------------------

_P256 = 2**256 - 617
_P512 = 2**512 - 569

_CRYPTOPRO_A = Curve(
    "CryptoPro-A",
    _P256,
    _P256 - 3,
    166,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893,
    1,
    0x8D91E471E0989CDA27DF505A453F2B7635294F2DDF23E3B122ACC99C9E9F1E14,
)
_CRYPTOPRO_B = Curve(
    "CryptoPro-B",
    2**255 + 0xC99,
    2**255 + 0xC96,
    0x3E1AF419A269A5F866A7D3C25C3DF80AE979259373FF2B182F49D4CE7E1BBC8B,
    0x800000000000000000000000000000015F700CFFF1A624E5E497161BCC8A198F,
    1,
    0x3FA8124359F96680B83D1C3EB2C070E5C545C9858D03ECFB744BF8D717717EFC,
)
_CRYPTOPRO_C = Curve(
    "CryptoPro-C",
    0x9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D759B,
    0x9B9F605F5A858107AB1EC85E6B41C8AACF846E86789051D37998F7B9022D7598,
    32858,
    0x9B9F605F5A858107AB1EC85E6B41C8AA582CA3511EDDFB74F02F3A6598980BB9,
    0,
    0x41ECE55743711A8C3CBF3783CD08C0EE4D4DC440D4641A8F366E550DFDB3BB67,
)
_TC26_256_A = Curve(
    "tc26-256-A",
    _P256,
    0xC2173F1513981673AF4892C23035A27CE25E2013BF95AA33B22C656F277E7335,
    0x295F9BAE7428ED9CCC20E7C359A9D41A22FCCD9108E17BF7BA9337A6F8AE9513,
    0x400000000000000000000000000000000FD8CDDFC87B6635C115AF556C360C67,
    0x91E38443A5E82C0D880923425712B2BB658B9196932E02C78B2582FE742DAA28,
    0x32879423AB1A0375895786C4BB46E9565FDE0B5344766740AF268ADB32322E5C,
)
_TC26_512_A = Curve(
    "tc26-512-A",
    _P512,
    _P512 - 3,
    0xE8C2505DEDFC86DDC1BD0B2B6667F1DA34B82574761CB0E879BD081CFD0B6265EE3CB090F30D27614CB4574010DA90DD862EF9D4EBEE4761503190785A71C760,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF27E69532F48D89116FF22B8D4E0560609B4B38ABFAD2B85DCACDB1411F10B275,
    3,
    0x7503CFE87A836AE3A61B8816E25450E6CE5E1C93ACF1ABC1778064FDCBEFA921DF1626BE4FD036E93D75E6A50E3A41E98028FE5FC235F5B889A589CB5215F2A4,
)
_TC26_512_B = Curve(
    "tc26-512-B",
    2**511 + 0x6F,
    2**511 + 0x6C,
    0x687D1B459DC841457E3E06CF6F5E2517B97C7D614AF138BCBF85DC806C4B289F3E965D2DB1416D217F8B276FAD1AB69C50F78BEE1FA3106EFB8CCBC7C5140116,
    0x800000000000000000000000000000000000000000000000000000000000000149A1EC142565A545ACFDB77BD9D40CFA8B996712101BEA0EC6346C54374F25BD,
    2,
    0x1A8F7EDA389B094C2C071E3647A8940F3C123B697578C213BE6DD9E6C8EC7335DCB228FD1EDF4A39152CBCAAF8C0398828041055F94CEEEC7E21340780FE41BD,
)
_TC26_512_C = Curve(
    "tc26-512-C",
    _P512,
    0xDC9203E514A721875485A529D2C722FB187BC8980EB866644DE41C68E143064546E861C0E2C9EDD92ADE71F46FCF50FF2AD97F951FDA9F2A2EB6546F39689BD3,
    0xB4C4EE28CEBC6C2C8AC12952CF37F16AC7EFB6A9F69F4B57FFDA2E4F0DE5ADE038CBC2FFF719D2C18DE0284B8BFEF3B52B8CC7A5F5BF0A3C8D2319A5312557E1,
    0x3FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC98CDBA46506AB004C33A9FF5147502CC8EDA9E7A769A12694623CEF47F023ED,
    0xE2E31EDFC23DE7BDEBE241CE593EF5DE2295B7A9CBAEF021D385F7074CEA043AA27272A7AE602BF2A7B9033DB9ED3610C6FB85487EAE97AAC5BC7928C1950148,
    0xF5CE40D95B5EB899ABBCCFF5911CB8577939804D6527378B8C108C3D2090FF9BE18E2D33E3021ED2EF32D85822423B6304F726AA854BAE07D0396E9A9ADDC40F,
)

CURVES = {
    "1.2.643.2.2.35.1": _CRYPTOPRO_A,
    "1.2.643.2.2.35.2": _CRYPTOPRO_B,
    "1.2.643.2.2.35.3": _CRYPTOPRO_C,
    "1.2.643.2.2.36.0": _CRYPTOPRO_A,
    "1.2.643.2.2.36.1": _CRYPTOPRO_C,
    "1.2.643.7.1.2.1.1.1": _TC26_256_A,
    "1.2.643.7.1.2.1.1.2": _CRYPTOPRO_A,
    "1.2.643.7.1.2.1.1.3": _CRYPTOPRO_B,
    "1.2.643.7.1.2.1.1.4": _CRYPTOPRO_C,
    "1.2.643.7.1.2.1.2.1": _TC26_512_A,
    "1.2.643.7.1.2.1.2.2": _TC26_512_B,
    "1.2.643.7.1.2.1.2.3": _TC26_512_C,
}
"""By the OID of the parameter set in a key: RFC 4357 8.4, RFC 7836 appendix A."""
