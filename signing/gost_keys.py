"""Public keys of ГОСТ Р 34.10-2012 out of certificates (RFC 9215), which libraries cannot read."""

from __future__ import annotations

from functools import lru_cache

from asn1crypto import core

from signing.gost_curves import CURVES, GostPublicKey

KEY_256 = "1.2.643.7.1.1.1.1"
KEY_512 = "1.2.643.7.1.1.1.2"

_BYTES = {KEY_256: 32, KEY_512: 64}
"""Size of a coordinate."""


class _Parts(core.SequenceOf):  # type: ignore[misc]
    _child_spec = core.Any


@lru_cache(maxsize=1000)
def gost_public_key(public_key_info: bytes) -> GostPublicKey | None:
    """Read a SubjectPublicKeyInfo; None when it is of another algorithm.

    Raises ValueError for an unknown parameter set or a point that is none.
    """
    algorithm, key = _Parts.load(public_key_info, strict=True)
    name, *parameters = _Parts.load(algorithm.dump(), strict=True)
    kind = core.ObjectIdentifier.load(name.dump(), strict=True).dotted
    if kind not in _BYTES:
        return None
    if len(parameters) != 1:
        raise ValueError("the parameters of the key are missing")
    sets = _Parts.load(parameters[0].dump(), strict=True)
    if not len(sets):
        raise ValueError("the curve is not named")
    curve = CURVES.get(core.ObjectIdentifier.load(sets[0].dump(), strict=True).dotted)
    if curve is None or curve.size != _BYTES[kind]:
        raise ValueError("the curve is unknown, or not of this kind of key")
    bits = core.BitString.load(key.dump(), strict=True).contents
    if bits[:1] != b"\0":
        raise ValueError("the key has loose bits")
    point = core.OctetString.load(bits[1:], strict=True).native
    return GostPublicKey.from_bytes(curve, point)
