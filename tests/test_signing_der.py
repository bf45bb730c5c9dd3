from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.der import NotDer, integer, octets, oid, require_der, sequence, set_of


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=6), st.integers(-(2**70), 2**70))
def test_what_we_write_is_der(values: list[bytes], number: int) -> None:
    parts = [octets(value) for value in values]
    require_der(sequence(integer(number), set_of(*parts), oid("1.2.643.7.1.1.2.2")))


def test_lengths_take_the_shortest_form() -> None:
    assert octets(b"x" * 127)[:2] == b"\x04\x7f"
    assert octets(b"x" * 128)[:3] == b"\x04\x81\x80"
    assert octets(b"x" * 256)[:4] == b"\x04\x82\x01\x00"


def test_a_set_is_sorted() -> None:
    assert set_of(octets(b"b"), octets(b"a")) == set_of(octets(b"a"), octets(b"b"))


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "05",
        "0500ff",  # something follows
        "0501ff",  # NULL with contents
        "010101",  # a truth value that is neither 00 nor FF
        "0200",  # an integer of no bytes
        "02020001",  # a leading zero too many
        "0202ff80",  # a leading FF too many
        "0300",  # a bit string without its first octet
        "03020101",  # an unused bit that is set
        "030108",  # eight unused bits
        "04810100",  # the long form of a short length
        "0482000100",  # a length with a leading zero
        "0480",  # no length at all
        "0402ff",  # cut short
        "2400",  # a constructed octet string
        "1000",  # a primitive sequence
        "3003040200",  # a part longer than the whole
        "1f8001ff",  # a high tag number
        "30800000",  # BER
    ],
)
def test_what_is_not_der_is_refused(encoded: str) -> None:
    with pytest.raises(NotDer):
        require_der(bytes.fromhex(encoded))


@pytest.mark.parametrize("encoded", ["0101ff", "020100", "02020080", "0201ff", "0302 0780", "a000"])
def test_der_is_accepted(encoded: str) -> None:
    require_der(bytes.fromhex(encoded))
