"""The authority that all signing tests share, and tests of it."""

from __future__ import annotations

import datetime as dt
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from docgen.core.errors import SigningFault
from signing.authority import (
    Issued,
    KeyKind,
    create_authority,
    create_workplace_key,
    issue,
    write_certificate,
    write_pkcs12,
)
from signing.holder import read_passphrase
from signing.software import SoftwareSigner, load_signer
from signing.trust import TrustStore, extension, issued_by, subject_text
from signing.verify import verify_file

if TYPE_CHECKING:
    from pathlib import Path

    from signing.report import VerificationReport

NOW = dt.datetime(2026, 5, 20, 10, 0, tzinfo=dt.UTC)
UNTIL = NOW + dt.timedelta(days=460)
SCHOOL = "МБОУ «Средняя школа № 5» г. Примерска"
PASSPHRASE = "тестовая фраза"  # noqa: S105 - opens invented keys only


@cache
def authority(kind: KeyKind = KeyKind.EC) -> Issued:
    return create_authority(
        "Учебный центр сертификации", SCHOOL, valid_from=NOW, valid_until=UNTIL, kind=kind
    )


@cache
def teacher(kind: KeyKind = KeyKind.EC, name: str = "Петрова Анна Ивановна") -> Issued:
    return issue(authority(), name, SCHOOL, valid_from=NOW, valid_until=UNTIL, kind=kind)


def signer_of(issued: Issued) -> SoftwareSigner:
    issuers = (issued.issuer,) if issued.issuer else ()
    return SoftwareSigner("teacher.p12", issued.certificate, issuers, issued.key)


def trust() -> TrustStore:
    return TrustStore((authority().certificate,))


@dataclass(frozen=True)
class Signed:
    source: Path
    signature: Path

    def report(self, at: dt.datetime = NOW, store: TrustStore | None = None) -> VerificationReport:
        store = trust() if store is None else store
        return verify_file(self.source, self.signature, trust=store, at=at)


def signed(folder: Path, issued: Issued | None = None) -> Signed:
    """A small document with a good signature beside it."""
    source = folder / "volume.pdf"
    source.write_bytes(b"%PDF-1.7 " + bytes(range(256)) * 4)
    result = Signed(source, folder / "volume.pdf.p7s")
    signer_of(issued or teacher()).sign_file(source, result.signature, signed_at=NOW)
    return result


def key_files(folder: Path, issued: Issued) -> list[str]:
    """Key and certificate of `issued` as openssl options."""
    key = folder / "key.pem"
    key.write_bytes(
        issued.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    write_certificate(folder / "signer.pem", issued.certificate)
    return ["-signer", str(folder / "signer.pem"), "-inkey", str(key)]


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["openssl", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_workplace_key_signs_and_its_authority_confirms(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    made = create_workplace_key(
        folder,
        organisation=SCHOOL,
        common_name="Рабочее место секретаря (неквалифицированная подпись)",
        now=NOW,
        years=5,
    )
    assert sorted(item.name for item in folder.iterdir()) == [
        "ca.pem",
        "workplace.p12",
        "workplace.pass",
    ]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert made.passphrase.stat().st_mode & 0o777 == 0o600
    assert made.valid_until == dt.datetime(2031, 5, 20, 10, 0, tzinfo=dt.UTC)

    signer = load_signer(made.key, read_passphrase(made.passphrase), NOW)
    assert signer.thumbprint == made.thumbprint
    source = tmp_path / "опись.txt"
    source.write_text("лист 1")
    signer.sign_file(source, tmp_path / "опись.txt.p7s", signed_at=NOW)
    store = TrustStore.from_paths(made.authority)
    report = verify_file(source, tmp_path / "опись.txt.p7s", trust=store, at=NOW)
    assert report.conclusion == "TOTAL_PASSED"


def test_a_workplace_key_is_never_overwritten(tmp_path: Path) -> None:
    def make() -> None:
        create_workplace_key(tmp_path, organisation=SCHOOL, common_name="Место", now=NOW, years=1)

    make()
    before = (tmp_path / "workplace.p12").read_bytes()
    with pytest.raises(SigningFault, match="уже есть"):
        make()
    assert (tmp_path / "workplace.p12").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SigningFault, match="Не удалось записать ключ"):
        create_workplace_key(
            tmp_path / "file" / "keys", organisation=SCHOOL, common_name="М", now=NOW, years=1
        )


def test_a_key_made_on_29_february_ends_on_the_28th(tmp_path: Path) -> None:
    leap = dt.datetime(2028, 2, 29, 12, 0, tzinfo=dt.UTC)
    made = create_workplace_key(
        tmp_path, organisation=SCHOOL, common_name="Место", now=leap, years=1
    )
    assert made.valid_until == dt.datetime(2029, 2, 28, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize("kind", list(KeyKind))
def test_openssl_accepts_the_certificates_of_the_authority(tmp_path: Path, kind: KeyKind) -> None:
    write_certificate(tmp_path / "ca.pem", authority().certificate)
    write_certificate(tmp_path / "leaf.pem", teacher(kind).certificate)
    moment = str(int(NOW.timestamp()) + 60)
    judge = openssl(
        *("verify", "-x509_strict", "-attime", moment),
        *("-CAfile", tmp_path / "ca.pem", tmp_path / "leaf.pem"),
    )
    assert judge.returncode == 0, judge.stderr


def test_a_leaf_may_sign_but_not_issue() -> None:
    leaf = teacher().certificate
    constraints = extension(leaf, x509.BasicConstraints)
    usage = extension(leaf, x509.KeyUsage)
    assert constraints is not None
    assert not constraints.ca
    assert usage is not None
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign
    assert issued_by(leaf, authority().certificate)
    assert not issued_by(authority().certificate, leaf)


def test_openssl_opens_the_pkcs12(tmp_path: Path) -> None:
    write_pkcs12(tmp_path / "key.p12", teacher(), "ascii words")
    judge = openssl(
        *("pkcs12", "-in", tmp_path / "key.p12", "-passin", "pass:ascii words", "-nokeys")
    )
    assert judge.returncode == 0, judge.stderr
    assert judge.stdout.count("BEGIN CERTIFICATE") == 2


def test_a_long_name_of_a_school_is_shortened_in_the_middle() -> None:
    long = (
        "Муниципальное бюджетное общеобразовательное учреждение «Гимназия № 123» города Примерска"
    )
    issued = issue(authority(), "Место", long, valid_from=NOW, valid_until=UNTIL)
    text = subject_text(issued.certificate)
    assert text.startswith("Место, Муниципальное бюджетное")
    assert text.endswith("№ 123» города Примерска")
    assert len(text.removeprefix("Место, ")) <= 64


def test_keys_do_not_show_in_what_is_printed() -> None:
    assert "key" not in repr(teacher())
    assert "Петрова" not in repr(teacher())
    assert "Петрова" not in repr(signer_of(teacher()))
