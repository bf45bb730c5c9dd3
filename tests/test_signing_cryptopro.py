"""КриптоПро by its command line, with a stand-in for cryptcp: nothing it says is believed alone."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import pytest
from test_signing_authority import SCHOOL, Signed, key_files

from docgen.core.errors import InputFault, SigningFault
from signing import cryptopro
from signing.authority import Issued, create_authority, issue
from signing.backends import KeySource, backend
from signing.cryptopro import CryptoproSigner
from signing.report import Conclusion
from signing.trust import TrustStore

# openssl signs by the computer's clock, so the certificate is of today.
TODAY = dt.datetime.now(dt.UTC)
FAKE = Path(__file__).parent / "fake_cryptcp.py"


@pytest.fixture(scope="module")
def people() -> tuple[Issued, Issued]:
    dates = {"valid_from": TODAY - dt.timedelta(days=1), "valid_until": TODAY + dt.timedelta(99)}
    center = create_authority("Учебный центр", SCHOOL, **dates)
    return center, issue(center, "Мазуренко Ирина Павловна", SCHOOL, **dates)


@pytest.fixture
def opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, people: tuple[Issued, Issued]
) -> CryptoproSigner:
    program = tmp_path / "bin" / "cryptcp"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" "$@"\n', "utf-8")
    program.chmod(0o755)
    _center, director = people
    _, certificate, _, key = key_files(tmp_path, director)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setenv("FAKE_CERTIFICATE", certificate)
    monkeypatch.setenv("FAKE_KEY", key)
    source = KeySource(certificate=Path(certificate))
    signer = backend("cryptopro").open(source, dt.datetime.now(dt.UTC))
    assert isinstance(signer, CryptoproSigner)
    return signer


def sign(folder: Path, signer: CryptoproSigner) -> Signed:
    made = Signed(folder / "Том 1.pdf", folder / "Том 1.pdf.p7s")
    made.source.write_bytes(b"%PDF-1.7 content")
    signer.sign_file(made.source, made.signature, signed_at=dt.datetime.now(dt.UTC))
    return made


def test_what_cryptcp_signed_is_confirmed(
    tmp_path: Path, opened: CryptoproSigner, people: tuple[Issued, Issued]
) -> None:
    made = sign(tmp_path, opened)
    center, _ = people
    report = made.report(dt.datetime.now(dt.UTC), TrustStore((center.certificate,)))
    assert report.conclusion is Conclusion.TOTAL_PASSED
    assert backend("cryptopro").self_test().ok


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("code:8010006e", "ввод ПИН-кода отменён"),
        ("code:2000012D", "не найден в хранилище"),
        ("code:8010006B", "ПИН-код неверен"),
        ("code:12345678", "код 0x12345678"),
        ("nothing", "подпись не записана"),
        ("other", "не прошла нашу проверку"),
        ("liar", "без кода ошибки"),
    ],
)
def test_every_way_to_fail_is_a_sentence_and_leaves_no_signature(
    tmp_path: Path,
    opened: CryptoproSigner,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    said: str,
) -> None:
    monkeypatch.setenv("FAKE_MODE", mode)
    with pytest.raises(SigningFault, match=said) as caught:
        sign(tmp_path, opened)
    assert caught.value.remedy
    assert not (tmp_path / "Том 1.pdf.p7s").exists()


def test_a_program_that_hangs_is_given_up(
    tmp_path: Path, opened: CryptoproSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_MODE", "hang")
    monkeypatch.setattr(cryptopro, "_SECONDS", 1)
    with pytest.raises(SigningFault, match="не ответила"):
        sign(tmp_path, opened)


def test_what_is_missing_is_told(
    tmp_path: Path, opened: CryptoproSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SigningFault, match="нужен файл сертификата"):
        backend("cryptopro").open(KeySource(), TODAY)
    with pytest.raises(InputFault, match="прочитать документ"):
        opened.sign_file(tmp_path / "absent", tmp_path / "x.p7s", signed_at=TODAY)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = backend("cryptopro").availability()
    assert not found.ok
    assert "КриптоПро" in found.why
    with pytest.raises(SigningFault, match="cryptcp"):
        backend("cryptopro").open(KeySource(), TODAY)
