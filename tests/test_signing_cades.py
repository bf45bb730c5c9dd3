from __future__ import annotations

import datetime as dt
import hashlib
import tracemalloc
from functools import cache
from typing import TYPE_CHECKING

import pytest
from asn1crypto import cms
from test_signing_authority import (
    NOW,
    SCHOOL,
    Signed,
    authority,
    key_files,
    openssl,
    signed,
    signer_of,
    teacher,
)

from docgen.core.errors import InputFault
from signing.authority import Issued, KeyKind, issue, write_certificate
from signing.cms import build_detached, parse_detached
from signing.report import Conclusion
from signing.trust import TrustStore

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = str(int(NOW.timestamp()) + 60)


@pytest.mark.parametrize("kind", list(KeyKind))
def test_openssl_verifies_what_we_sign(tmp_path: Path, kind: KeyKind) -> None:
    made = signed(tmp_path, teacher(kind))
    write_certificate(tmp_path / "ca.pem", authority().certificate)
    command = (
        *("cms", "-verify", "-binary", "-cades", "-content", made.source, "-inform", "DER"),
        *("-in", made.signature, "-CAfile", tmp_path / "ca.pem", "-purpose", "any"),
        *("-attime", MOMENT, "-out", tmp_path / "out"),
    )
    judge = openssl(*command)
    assert judge.returncode == 0, judge.stderr
    assert "CAdES Verification successful" in judge.stderr

    made.source.write_bytes(made.source.read_bytes() + b" ")
    assert openssl(*command).returncode == 4


@pytest.mark.parametrize("kind", list(KeyKind))
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("name", ["issuer and serial", "key identifier"])
def test_we_verify_what_openssl_signs(
    tmp_path: Path, kind: KeyKind, digest: str, name: str
) -> None:
    source, signature = tmp_path / "volume.pdf", tmp_path / "volume.p7s"
    source.write_bytes(b"\r\nline\n\x00")
    holder = ever_valid(kind)
    judge = openssl(
        *("cms", "-sign", "-binary", "-nosmimecap", "-cades", "-md", digest, "-outform", "DER"),
        *("-in", source, "-out", signature, *key_files(tmp_path, holder)),
        *(["-keyid"] if name == "key identifier" else []),
    )
    assert judge.returncode == 0, judge.stderr
    # openssl takes the time of signing from the system clock.
    at = parse_detached(signature.read_bytes()).signers[0].signing_time
    assert at is not None
    store = TrustStore((holder.certificate,))
    made = Signed(source, signature)
    assert made.report(at, store).conclusion is Conclusion.TOTAL_PASSED, made.report(at, store)
    source.write_bytes(b"\r\nline\n\x01")
    assert made.report(at, store).conclusion is Conclusion.TOTAL_FAILED


@cache
def ever_valid(kind: KeyKind) -> Issued:
    return issue(
        authority(),
        "Волков Пётр Ильич",
        SCHOOL,
        valid_from=dt.datetime(2000, 1, 1, tzinfo=dt.UTC),
        valid_until=dt.datetime(2200, 1, 1, tzinfo=dt.UTC),
        kind=kind,
    )


def test_the_signature_is_cades_bes_by_its_attributes(tmp_path: Path) -> None:
    made = signed(tmp_path)
    parsed = cms.ContentInfo.load(made.signature.read_bytes(), strict=True)["content"]
    (info,) = parsed["signer_infos"]
    assert [item["type"].native for item in info["signed_attrs"]] == [
        "content_type",
        "signing_time",
        "message_digest",
        "signing_certificate_v2",
    ]
    (own,) = parse_detached(made.signature.read_bytes()).signers
    assert own.signing_time == NOW
    assert own.message_digest == hashlib.sha256(made.source.read_bytes()).digest()
    assert own.reference is not None
    assert own.reference.digest == hashlib.sha256(signer_of(teacher()).certificate).digest()
    assert own.reference.serial == own.serial == teacher().certificate.serial_number
    assert own.reference.issuer == own.issuer
    assert len(parsed["certificates"]) == 2


def test_times_after_2049_are_written_as_generalized_time(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    late = NOW.replace(year=2050)
    data = build_detached(tmp_path / "f", signer_of(teacher()), signed_at=late)
    assert b"20500520100000Z" in data
    assert parse_detached(data).signers[0].signing_time == late


def test_a_big_file_is_streamed(tmp_path: Path) -> None:
    source = tmp_path / "big.bin"
    block = bytes(range(256)) * 4096
    with source.open("wb") as stream:
        for _ in range(40):
            stream.write(block)
    signer = signer_of(teacher())
    tracemalloc.start()
    try:
        signer.sign_file(source, tmp_path / "big.p7s", signed_at=NOW)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20
    assert Signed(source, tmp_path / "big.p7s").report().conclusion is Conclusion.TOTAL_PASSED


def test_an_empty_document_can_be_signed(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    signer_of(teacher()).sign_file(tmp_path / "f", tmp_path / "f.p7s", signed_at=NOW)
    made = Signed(tmp_path / "f", tmp_path / "f.p7s")
    assert made.report().conclusion is Conclusion.TOTAL_PASSED


def test_a_missing_document_is_told_in_words_and_leaves_nothing(tmp_path: Path) -> None:
    signer = signer_of(teacher())
    with pytest.raises(InputFault, match="документ"):
        signer.sign_file(tmp_path / "нет.pdf", tmp_path / "нет.p7s", signed_at=NOW)
    assert list(tmp_path.iterdir()) == []


def test_the_result_names_signer_tool_and_certification(tmp_path: Path) -> None:
    source = tmp_path / "f"
    source.write_bytes(b"x")
    result = signer_of(teacher()).sign_file(source, tmp_path / "f.p7s", signed_at=NOW)
    assert result.signer == f"Петрова Анна Ивановна, {SCHOOL}"
    assert result.thumbprint == signer_of(teacher()).thumbprint
    assert result.certified.label == "не сертифицировано"
    assert TrustStore((teacher().certificate,)).holds(teacher().certificate)
