"""DER, written plainly and read strictly.

One value has one encoding, so that no byte of a signature file can drift unseen.
Source: X.690 8 and 10 (DER), as RFC 5652 wants it for signed attributes and certificates.
"""

from __future__ import annotations

from asn1crypto import core, parser

_MAXIMAL_DEPTH = 40
_BOOLEAN, _INTEGER, _BIT_STRING, _NULL = 1, 2, 3, 5
_SEQUENCE, _SET = 16, 17
_CONSTRUCTED = 0x20
_UNIVERSAL_CLASS_MASK = 0xC0
_HIGH_TAG = 0x1F
_LONG_FORM = 0x80


# --- writing -----------------------------------------------------------------------------------
# asn1crypto reads for us, but it encodes nested built values anew at each level: up to 50 ms a
# signature against 0.2 ms here.


def tagged(identifier: int, *parts: bytes) -> bytes:
    """Put encoded parts under an identifier octet."""
    contents = b"".join(parts)
    length = len(contents)
    if length < _LONG_FORM:
        return bytes([identifier, length]) + contents
    octets_of_length = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([identifier, _LONG_FORM | len(octets_of_length)]) + octets_of_length + contents


def sequence(*parts: bytes) -> bytes:
    """Encode a SEQUENCE of encoded parts."""
    return tagged(0x30, *parts)


def set_of(*parts: bytes, identifier: int = 0x31) -> bytes:
    """Encode a SET OF encoded parts, sorted as X.690 11.6 demands."""
    return tagged(identifier, *sorted(parts))


def octets(value: bytes) -> bytes:
    """Encode an OCTET STRING."""
    return tagged(0x04, value)


def integer(value: int) -> bytes:
    """Encode an INTEGER."""
    encoded: bytes = core.Integer(value).dump()
    return encoded


def oid(dotted: str) -> bytes:
    """Encode an OBJECT IDENTIFIER."""
    encoded: bytes = core.ObjectIdentifier(dotted).dump()
    return encoded


def encoded(value: core.Asn1Value) -> bytes:
    """Take a parsed value as it stands in the file.

    asn1crypto's own `dump` takes a length that ends in 80 for BER, writes the value anew and
    stumbles over the kinds of keys it does not know.
    """
    if isinstance(value, core.Choice):
        value = value.chosen
    if isinstance(value, core.Void):
        return b""
    whole: bytes = parser.emit(value.class_, value.method, value.tag, value.contents)
    for identifier_class, tag in value.explicit or ():
        whole = parser.emit(identifier_class, 1, tag, whole)
    return whole


# --- reading -----------------------------------------------------------------------------------


class NotDer(ValueError):
    """The bytes are not one DER value; the message is for developers."""


def sequence_length(data: bytes) -> int | None:
    """Length in bytes, head included, of the SEQUENCE that `data` begins with; None for others."""
    if data[:1] != b"\x30" or not data[1:]:
        return None
    try:
        begin, length = _length(data, 1, len(data))
    except NotDer:
        return None
    return begin + length


def require_der(data: bytes) -> None:
    """Raise NotDer unless `data` is exactly one DER value with nothing after it."""
    end = _value(data, 0, len(data), 0)
    if end != len(data):
        raise NotDer(f"{len(data) - end} bytes follow the value")


def _value(data: bytes, at: int, limit: int, depth: int) -> int:
    """Check the value that begins at `at`; hand back where it ends."""
    if depth > _MAXIMAL_DEPTH:
        raise NotDer("nested too deep")
    if at + 2 > limit:
        raise NotDer("a value is cut short")
    identifier = data[at]
    if identifier & _HIGH_TAG == _HIGH_TAG:
        raise NotDer("tag numbers above 30 stand in no signature")
    begin, length = _length(data, at + 1, limit)
    end = begin + length
    if end > limit:
        raise NotDer("a value is longer than what holds it")
    universal = not identifier & _UNIVERSAL_CLASS_MASK
    constructed = bool(identifier & _CONSTRUCTED)
    number = identifier & _HIGH_TAG
    if universal and constructed != (number in {_SEQUENCE, _SET}):
        raise NotDer(f"the type {number} is built the wrong way")
    if constructed:
        place = begin
        while place < end:
            place = _value(data, place, end, depth + 1)
    elif universal:
        _primitive(number, data[begin:end])
    return end


def _length(data: bytes, at: int, limit: int) -> tuple[int, int]:
    """Where the contents begin, and how many bytes they are; the shortest form only."""
    first = data[at]
    if first < _LONG_FORM:
        return at + 1, first
    count = first - _LONG_FORM
    octets = data[at + 1 : min(at + 1 + count, limit)]
    length = int.from_bytes(octets, "big")
    if count == 0 or len(octets) != count or octets[0] == 0 or length < _LONG_FORM:
        raise NotDer("a length is not written in its one shortest form")
    return at + 1 + count, length


def _primitive(number: int, contents: bytes) -> None:
    if number == _BOOLEAN and contents not in {b"\x00", b"\xff"}:
        raise NotDer("a truth value is neither 00 nor FF")
    if number == _INTEGER and (
        not contents
        or (contents[:1] == b"\x00" and contents[1:2] and contents[1] < _LONG_FORM)
        or (contents[:1] == b"\xff" and contents[1:2] and contents[1] >= _LONG_FORM)
    ):
        raise NotDer("an integer is not written in its shortest form")
    if number == _NULL and contents:
        raise NotDer("NULL has contents")
    if number == _BIT_STRING and not _bits_are_clean(contents):
        raise NotDer("unused bits of a bit string are not zero")


def _bits_are_clean(contents: bytes) -> bool:
    unused = contents[0] if contents else 8
    if unused == 0:
        return True
    return unused < 8 and len(contents) > 1 and not contents[-1] & ((1 << unused) - 1)  # noqa: PLR2004 - bits in a byte
