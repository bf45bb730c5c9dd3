from __future__ import annotations

import datetime as dt
import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import pkcs12
from test_signing_authority import (
    NOW,
    PASSPHRASE,
    SCHOOL,
    UNTIL,
    authority,
    openssl,
    signed,
    signer_of,
    teacher,
)

from docgen.core.errors import SigningFault
from signing.authority import Issued, KeyKind, issue, write_certificate, write_pkcs12
from signing.holder import read_passphrase
from signing.software import load_signer

if TYPE_CHECKING:
    from pathlib import Path

    from signing.interfaces import DetachedSigner, RawSigner

WRONG_PASSPHRASE = "другая фраза"  # noqa: S105 - opens nothing


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "teacher.p12"
    write_pkcs12(path, teacher(), PASSPHRASE)
    return path


def refused(path: Path, words: str, passphrase: str = PASSPHRASE, at: dt.datetime = NOW) -> None:
    with pytest.raises(SigningFault, match=words) as fault:
        load_signer(path, passphrase, at)
    assert fault.value.exit_code == 5
    assert fault.value.where == str(path)
    assert fault.value.remedy
    assert passphrase not in f"{fault.value.message} {fault.value.remedy}" or not passphrase


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_pkcs12_opens_with_its_pass_phrase(tmp_path: Path, kind: KeyKind) -> None:
    write_pkcs12(tmp_path / "key.p12", teacher(kind), PASSPHRASE)
    signer = load_signer(tmp_path / "key.p12", PASSPHRASE, NOW)
    raw: RawSigner = signer
    detached: DetachedSigner = signer
    assert raw.certificate == signer_of(teacher(kind)).certificate
    assert raw.chain == [authority().certificate.public_bytes(serialization.Encoding.DER)]
    assert detached is signer
    assert signer.key.private_numbers() == teacher(kind).key.private_numbers()


def test_a_pkcs12_made_by_openssl_opens(tmp_path: Path) -> None:
    write_pkcs12(tmp_path / "ours.p12", teacher(), PASSPHRASE)
    words = ("-passin", f"pass:{PASSPHRASE}", "-passout", f"pass:{PASSPHRASE}")
    openssl("pkcs12", "-in", tmp_path / "ours.p12", "-out", tmp_path / "all.pem", *words)
    judge = openssl(
        *("pkcs12", "-export", "-in", tmp_path / "all.pem", "-out", tmp_path / "theirs.p12", *words)
    )
    assert judge.returncode == 0, judge.stderr
    (tmp_path / "theirs.p12").chmod(0o600)
    signer = load_signer(tmp_path / "theirs.p12", PASSPHRASE, NOW)
    assert signer.thumbprint == signer_of(teacher()).thumbprint


def test_a_wrong_pass_phrase_is_told(key_file: Path) -> None:
    refused(key_file, "парольная фраза не подходит", passphrase=WRONG_PASSPHRASE)


def test_an_empty_pass_phrase_is_refused(key_file: Path) -> None:
    refused(key_file, "пуста", passphrase="")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644, 0o777])
def test_a_key_that_others_may_touch_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    refused(key_file, "открыт для других")
    key_file.chmod(0o400)
    load_signer(key_file, PASSPHRASE, NOW)


def test_a_missing_key_is_told(tmp_path: Path) -> None:
    refused(tmp_path / "нет.p12", "файла нет")


@pytest.mark.parametrize("data", [b"", b"junk", b"\x30\x03\x02\x01\x03", b"\x30\x82\xff\xff"])
def test_a_damaged_key_file_is_told(key_file: Path, data: bytes) -> None:
    key_file.write_bytes(data)
    refused(key_file, "не открылся")


def test_a_cut_key_file_is_told(key_file: Path) -> None:
    whole = key_file.read_bytes()
    for size in range(1, len(whole), 97):
        key_file.write_bytes(whole[:size])
        refused(key_file, "не открылся")


def test_a_huge_file_is_no_key(key_file: Path) -> None:
    with key_file.open("wb") as stream:
        stream.truncate(2_000_000)
    refused(key_file, "слишком велик")


def test_a_key_file_without_a_key_is_told(tmp_path: Path) -> None:
    path = tmp_path / "certificates.p12"
    encryption = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    data = pkcs12.serialize_key_and_certificates(
        None, None, None, [authority().certificate], encryption
    )
    path.write_bytes(data)
    path.chmod(0o600)
    refused(path, "нет закрытого ключа")


def test_a_key_that_does_not_fit_its_certificate_is_told(tmp_path: Path) -> None:
    # PKCS#12 writers refuse such a pair, so the two stand in files of their own.
    key, certificate = tmp_path / "key.pem", tmp_path / "signer.pem"
    write_pkcs8(key, teacher().key)
    write_certificate(certificate, authority().certificate)
    with pytest.raises(SigningFault, match="не подходят друг к другу"):
        load_signer(key, PASSPHRASE, NOW, certificate=certificate)


def test_an_expired_certificate_is_told_with_its_day(key_file: Path) -> None:
    refused(key_file, "истёк 23.08.2027", at=UNTIL + dt.timedelta(seconds=1))
    load_signer(key_file, PASSPHRASE, UNTIL)


def test_a_certificate_not_yet_valid_is_told_with_its_day(key_file: Path) -> None:
    refused(key_file, "только 20.05.2026", at=NOW - dt.timedelta(seconds=1))


def test_a_certificate_for_another_use_is_told(tmp_path: Path) -> None:
    issued = issue(
        authority(), "Ключ", SCHOOL, valid_from=NOW, valid_until=UNTIL, usage=("key_agreement",)
    )
    write_pkcs12(tmp_path / "key.p12", issued, PASSPHRASE)
    refused(tmp_path / "key.p12", "не для подписания")


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()]
)
def test_a_key_of_another_kind_is_told(
    tmp_path: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
) -> None:
    write_pkcs8(tmp_path / "key.pem", key)
    write_certificate(tmp_path / "signer.pem", teacher().certificate)
    with pytest.raises(SigningFault, match="не поддерживает"):
        load_signer(tmp_path / "key.pem", PASSPHRASE, NOW, certificate=tmp_path / "signer.pem")


# --- PKCS#8 --------------------------------------------------------------------------------------


def write_pkcs8(
    path: Path,
    key: serialization.PrivateFormat | object,
    encryption: serialization.KeySerializationEncryption | None = None,
) -> None:
    path.write_bytes(
        key.private_bytes(  # type: ignore[attr-defined]
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            encryption or serialization.BestAvailableEncryption(PASSPHRASE.encode()),
        )
    )
    path.chmod(0o600)


def test_an_encrypted_pkcs8_opens_with_its_certificate(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "signer.pem"
    write_pkcs8(key, teacher().key)
    pair = (teacher().certificate, authority().certificate)
    certificate.write_bytes(
        b"".join(item.public_bytes(serialization.Encoding.PEM) for item in pair)
    )
    signer = load_signer(key, PASSPHRASE, NOW, certificate=certificate)
    assert signer.issuers == (authority().certificate,)
    refused(key, "нужен файл сертификата")
    with pytest.raises(SigningFault, match="не подходит либо файл повреждён"):
        load_signer(key, WRONG_PASSPHRASE, NOW, certificate=certificate)
    with pytest.raises(SigningFault, match="Не удалось прочитать сертификат"):
        load_signer(key, PASSPHRASE, NOW, certificate=tmp_path / "нет.pem")


def test_a_key_without_encryption_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    write_pkcs8(key, teacher().key, serialization.NoEncryption())
    write_certificate(tmp_path / "signer.pem", teacher().certificate)
    with pytest.raises(SigningFault, match="открыто, без парольной фразы"):
        load_signer(key, PASSPHRASE, NOW, certificate=tmp_path / "signer.pem")


# --- pass phrases --------------------------------------------------------------------------------


def test_a_pass_phrase_file_is_private_and_loses_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "key.pass"
    path.write_text("две части \r\n")
    path.chmod(0o600)
    assert read_passphrase(path) == "две части "
    path.chmod(0o640)
    with pytest.raises(SigningFault, match="открыт для других"):
        read_passphrase(path)


@pytest.mark.parametrize(("data", "words"), [(b"\n", "пуст"), (b"\xff\xfe\x00", "как текст")])
def test_a_bad_pass_phrase_file_is_told(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "key.pass"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(SigningFault, match=words):
        read_passphrase(path)


# --- signing -------------------------------------------------------------------------------------


def test_thirty_days_before_the_end_a_warning_comes() -> None:
    signer = signer_of(teacher())
    assert signer.warnings(UNTIL - dt.timedelta(days=30)) == []
    (warning,) = signer.warnings(UNTIL - dt.timedelta(days=29, hours=1))
    assert warning.code == "SG-09"
    assert warning.severity == "warning"
    assert "заканчивается 23.08.2027, осталось дней: 29" in warning.message


def test_signing_with_a_certificate_that_ran_out_meanwhile_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    with pytest.raises(SigningFault, match="истёк"):
        signer_of(teacher()).sign_file(
            tmp_path / "f", tmp_path / "f.p7s", signed_at=UNTIL + dt.timedelta(days=1)
        )
    assert not (tmp_path / "f.p7s").exists()


def test_a_signature_that_does_not_verify_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    wrong_key = replace(signer_of(teacher()), key=ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(SigningFault, match="не записана"):
        wrong_key.sign_file(tmp_path / "f", tmp_path / "f.p7s", signed_at=NOW)
    assert [item.name for item in tmp_path.iterdir()] == ["f"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_right_to_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(SigningFault, match="Не удалось записать"):
        signer_of(teacher()).sign_file(tmp_path / "f", closed / "f.p7s", signed_at=NOW)


def test_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    with pytest.raises(SigningFault, match="Не удалось записать"):
        signer_of(teacher()).sign_file(tmp_path / "f", tmp_path / "f" / "f.p7s", signed_at=NOW)


def test_a_signature_never_takes_the_place_of_its_document(tmp_path: Path) -> None:
    source = tmp_path / "f"
    source.write_bytes(b"x")
    with pytest.raises(SigningFault, match="на место самого документа"):
        signer_of(teacher()).sign_file(source, source, signed_at=NOW)
    assert source.read_bytes() == b"x"


def test_a_signature_may_be_read_by_all(tmp_path: Path) -> None:
    made = signed(tmp_path)
    assert stat.S_IMODE(made.signature.stat().st_mode) == 0o644


def test_only_issuers_of_the_signer_go_into_the_signature(tmp_path: Path) -> None:
    path = tmp_path / "key.p12"
    other = teacher(name="Орлов Илья Петрович").certificate
    write_pkcs12(path, Issued(teacher().name, teacher().certificate, teacher().key, other), "слово")
    signer = load_signer(path, "слово", NOW)
    assert signer.chain == []
