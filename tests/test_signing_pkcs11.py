"""Keys on tokens, with SoftHSM as the token: the PIN is tried once, faults are sentences."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from test_signing_authority import NOW, UNTIL, Signed, authority, teacher, trust

from docgen.core.errors import SigningFault
from signing.authority import Issued, KeyKind, write_certificate
from signing.backends import KeySource, backend
from signing.report import Conclusion

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, OTHER_PIN = "12345678", "87654321"

pytestmark = pytest.mark.skipif(not MODULE.is_file(), reason="SoftHSM is not installed")
pkcs11 = pytest.importorskip("pkcs11")
ec_util, rsa_util, x509_util = (
    pytest.importorskip(f"pkcs11.util.{name}") for name in ("ec", "rsa", "x509")
)


@pytest.fixture(scope="module", autouse=True)
def tokens(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The library reads its settings once a process, so all tokens of a run share a folder."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    patch = pytest.MonkeyPatch()
    patch.setenv("SOFTHSM2_CONF", str(config))


def token(label: str, *held: Issued, certificates: bool = True) -> str:
    """A token with keys of these people."""
    subprocess.run(
        [
            *("softhsm2-util", "--init-token", "--free", "--label", label),
            *("--pin", PIN, "--so-pin", OTHER_PIN),
        ],
        check=True,
        capture_output=True,
    )
    library = pkcs11.lib(str(MODULE))
    library.reinitialize()
    with library.get_token(token_label=label).open(user_pin=PIN, rw=True) as session:
        for number, one in enumerate(held, start=1):
            _store(session, one, bytes([number]), certificates=certificates)
    return label


def _store(session: object, one: Issued, identifier: bytes, *, certificates: bool) -> None:
    der = one.key.private_bytes(
        Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    is_rsa = isinstance(one.key, rsa.RSAPrivateKey)
    decode = rsa_util.decode_rsa_private_key if is_rsa else ec_util.decode_ec_private_key
    rows = [{**decode(der), pkcs11.Attribute.ID: identifier, pkcs11.Attribute.TOKEN: True}]
    if certificates:
        told = x509_util.decode_x509_certificate(one.certificate.public_bytes(Encoding.DER))
        rows.append({**told, pkcs11.Attribute.ID: identifier, pkcs11.Attribute.TOKEN: True})
    for row in rows:
        session.create_object(row)  # type: ignore[attr-defined]


def source(label: str, **other: object) -> KeySource:
    return KeySource(**{"label": label, "passphrase": PIN, "module": MODULE, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_key_on_a_token_signs(tmp_path: Path, kind: KeyKind) -> None:
    label = token(f"teacher {kind}", teacher(kind))
    signer = backend("pkcs11").open(source(label), NOW)
    made = Signed(tmp_path / "volume.pdf", tmp_path / "volume.pdf.p7s")
    made.source.write_bytes(b"%PDF-1.7 content")
    result = signer.sign_file(made.source, made.signature, signed_at=NOW)
    assert made.report(NOW, trust()).conclusion is Conclusion.TOTAL_PASSED
    assert result.thumbprint == signer.thumbprint
    assert PIN not in repr(signer) + repr(source(label))


def test_a_wrong_pin_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    label = token("pin", teacher())
    tried = []
    real = pkcs11.lib

    class Counting:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def open(self, **options: str) -> object:
            tried.append(options)
            return self.inner.open(**options)

    class Library:
        def get_token(self, **options: str) -> Counting:
            return Counting(real(str(MODULE)).get_token(**options))

    monkeypatch.setattr("signing.pkcs11.pkcs11.lib", lambda _: Library())
    with pytest.raises(SigningFault, match="ПИН-код токена неверен") as caught:
        backend("pkcs11").open(source(label, passphrase=OTHER_PIN), NOW)
    assert len(tried) == 1
    assert OTHER_PIN not in str(caught.value)


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    opened = backend("pkcs11").open
    with pytest.raises(SigningFault, match="Токена нет"):
        opened(source("нет такого"), NOW)
    with pytest.raises(SigningFault, match="не работает"):
        opened(source("x", module=tmp_path / "absent.so"), NOW)
    with pytest.raises(SigningFault, match="нет сертификата"):
        opened(source(token("bare", teacher(), certificates=False)), NOW)
    with pytest.raises(SigningFault, match="несколько ключей"):
        opened(source(token("two", teacher(), teacher(name="Иванов Иван Иванович"))), NOW)
    file = tmp_path / "other.pem"
    write_certificate(file, teacher(name="Иванов Иван Иванович").certificate)
    with pytest.raises(SigningFault, match="не подходят"):
        opened(source(token("mixed", teacher(), certificates=False), certificate=file), NOW)
    with pytest.raises(SigningFault, match="истёк"):
        opened(source(token("old", teacher())), UNTIL.replace(year=UNTIL.year + 1))


def test_the_backend_tells_of_itself() -> None:
    found = backend("pkcs11")
    assert found.availability().ok
    assert "токенов" in found.self_test().sentence
    assert authority().certificate
