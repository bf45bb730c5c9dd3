"""No changed bit of a document or of its signature file may pass, nor may it raise."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from test_signing_authority import NOW, Signed, signed, teacher, trust

from signing.authority import KeyKind
from signing.report import Conclusion, as_json, report_findings, report_lines
from signing.verify import verify_bytes

if TYPE_CHECKING:
    from pathlib import Path


def passes(made: Signed, data: bytes) -> bool:
    report = verify_bytes(made.source, data, name=made.signature, trust=trust(), at=NOW)
    report_lines(report)
    as_json(report)
    blocked = bool(report_findings(report))
    passed = report.conclusion is Conclusion.TOTAL_PASSED
    assert blocked != passed
    return passed


@pytest.mark.parametrize("kind", list(KeyKind))
def test_no_byte_of_the_signature_file_can_change(tmp_path: Path, kind: KeyKind) -> None:
    made = signed(tmp_path, teacher(kind))
    data = made.signature.read_bytes()
    assert passes(made, data)
    survivors = []
    for at in range(len(data)):
        # One bit of every byte is flipped, and every fourth byte is inverted.
        for mask in [1 << at % 8, 0xFF][: 1 + (at % 4 == 0)]:
            changed = bytearray(data)
            changed[at] ^= mask
            if passes(made, bytes(changed)):
                survivors.append((at, mask))
    assert survivors == []


@pytest.mark.long
@pytest.mark.parametrize("kind", list(KeyKind))
def test_no_bit_of_the_signature_file_can_change(tmp_path: Path, kind: KeyKind) -> None:
    made = signed(tmp_path, teacher(kind))
    data = made.signature.read_bytes()
    survivors = []
    for place in range(8 * len(data)):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        if passes(made, bytes(changed)):
            survivors.append(place)
    assert survivors == []


def test_no_part_of_the_signature_file_can_be_missing_or_doubled(tmp_path: Path) -> None:
    made = signed(tmp_path)
    data = made.signature.read_bytes()
    for at in range(0, len(data), 7):
        assert not passes(made, data[:at])
        assert not passes(made, data[:at] + data[at + 1 :])
        assert not passes(made, data[:at] + data[at : at + 1] + data[at:])


def test_nothing_may_follow_the_signature(tmp_path: Path) -> None:
    made = signed(tmp_path)
    data = made.signature.read_bytes()
    for tail in (b"\x00", b"\n", b"\x00\x00", b"garbage", data):
        assert not passes(made, data + tail)


def test_no_byte_of_the_document_can_change(tmp_path: Path) -> None:
    made = signed(tmp_path)
    data, signature = made.source.read_bytes(), made.signature.read_bytes()
    for at in range(0, len(data), 3):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        made.source.write_bytes(changed)
        assert not passes(made, signature)
    for changed_length in (data[:-1], data + b"\x00", b""):
        made.source.write_bytes(changed_length)
        assert not passes(made, signature)


def test_changes_under_pem_are_seen_too(tmp_path: Path) -> None:
    made = signed(tmp_path)
    data = made.signature.read_bytes()

    def pem(body: bytes) -> bytes:
        lines = base64.encodebytes(body)
        return b"-----BEGIN PKCS7-----\n" + lines + b"-----END PKCS7-----\n"

    assert passes(made, pem(data))
    for at in range(0, len(data), 11):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        assert not passes(made, pem(bytes(changed)))
    assert not passes(made, pem(data) + b"garbage")
    assert not passes(made, pem(data) + pem(data))
    assert not passes(made, b"garbage" + pem(data))
    assert not passes(made, pem(data).replace(b"A", b"*", 1))
