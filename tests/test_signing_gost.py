"""ГОСТ Р 34.10-2012: known answers, foreign signatures, and ours before foreign judges."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docgen.core.errors import SigningFault
from signing import gost
from signing.algorithms import STREEBOG256, new_hash
from signing.backends import KeySource, backend
from signing.gost import BACKEND, GostSigner
from signing.gost_curves import CURVES, Curve, GostPublicKey
from signing.report import Conclusion, VerificationReport
from signing.trust import TrustStore, load_certificate, public_key
from signing.verify import verify_bytes, verify_file

FOREIGN = Path(__file__).parent / "data" / "gost"
"""Signed by `openssl cms` with the engine; the people are invented."""

needs_engine = pytest.mark.skipif(
    not BACKEND.availability().ok, reason="the engine of ГОСТ is not installed"
)

# RFC 7091 7.1
EXAMPLE = Curve(
    "RFC 7091",
    0x8000000000000000000000000000000000000000000000000000000000000431,
    7,
    0x5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E,
    0x8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3,
    2,
    0x8E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8,
)
KEY = GostPublicKey(
    EXAMPLE,
    0x7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B,
    0x26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA,
)
DIGEST = 0x2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5.to_bytes(32, "little")
S = 0x1456C64BA4642A1653C235A98A60249BCD6D3F746B631DF928014F6C5BF9C40
R = 0x41AA28D2F1AB148280CD9ED56FEDA41974053554A42767B83AD043FD39DC0493


def value(s: int = S, r: int = R) -> bytes:
    return s.to_bytes(32, "big") + r.to_bytes(32, "big")


# The arithmetic


def test_the_example_of_the_standard_is_right() -> None:
    assert EXAMPLE.holds(KEY.x, KEY.y)
    assert KEY.verifies(DIGEST, value())


@given(st.integers(0, 511), st.integers(0, 255))
def test_no_bit_of_value_or_digest_can_change(of_value: int, of_digest: int) -> None:
    changed = bytearray(value())
    changed[of_value // 8] ^= 1 << of_value % 8
    assert not KEY.verifies(DIGEST, bytes(changed))
    digest = bytearray(DIGEST)
    digest[of_digest // 8] ^= 1 << of_digest % 8
    assert not KEY.verifies(bytes(digest), value())


@pytest.mark.parametrize(
    "signature",
    [value(0), value(S, 0), value(S + EXAMPLE.q), value(EXAMPLE.q - S), value()[:-1], b""],
)
def test_values_out_of_range_are_refused(signature: bytes) -> None:
    assert not KEY.verifies(DIGEST, signature)


@pytest.mark.parametrize("oid", CURVES)
def test_every_curve_has_its_point_of_its_order(oid: str) -> None:
    curve = CURVES[oid]
    assert curve.holds(curve.x, curve.y)
    assert not curve.holds(curve.x, curve.y + 1)
    assert not curve.holds(curve.x + curve.p, curve.y)


def test_a_point_off_the_curve_or_of_a_small_order_is_no_key() -> None:
    curve = CURVES["1.2.643.7.1.2.1.1.1"]
    with pytest.raises(ValueError, match="not on the curve"):
        GostPublicKey.from_bytes(curve, bytes(64))
    with pytest.raises(ValueError, match="length"):
        GostPublicKey.from_bytes(curve, bytes(63))
    # The twisted Edwards curve has a point (x, 0) of order two: x is a root of x³ + ax + b.
    small = _root(curve)
    assert (small**3 + curve.a * small + curve.b) % curve.p == 0
    assert not curve.holds(small, 0)


def _root(curve: Curve) -> int:
    """A root of x³ + ax + b mod p, by the factor gcd(xᵖ − x, f): f has one root here or three."""

    def times(one: list[int], other: list[int]) -> list[int]:
        product = [0] * 5
        for i, left in enumerate(one):
            for j, right in enumerate(other):
                product[i + j] = (product[i + j] + left * right) % curve.p
        for place in (4, 3):
            top, product[place] = product[place], 0
            product[place - 2] = (product[place - 2] - top * curve.a) % curve.p
            product[place - 3] = (product[place - 3] - top * curve.b) % curve.p
        return product[:3]

    power, base, exponent = [1, 0, 0], [0, 1, 0], curve.p
    while exponent:
        if exponent & 1:
            power = times(power, base)
        base, exponent = times(base, base), exponent >> 1
    rest = [power[0], (power[1] - 1) % curve.p, power[2]]
    if not rest[2]:
        return -rest[0] * pow(rest[1], -1, curve.p) % curve.p
    # f mod rest is linear: its root is the common one.
    inverse = pow(rest[2], -1, curve.p)
    c0, c1 = rest[0] * inverse % curve.p, rest[1] * inverse % curve.p
    # x³ + ax + b by x² + c1 x + c0
    linear1 = (curve.a - c0 + c1 * c1) % curve.p
    linear0 = (curve.b + c1 * c0) % curve.p
    return -linear0 * pow(linear1, -1, curve.p) % curve.p


# Foreign signatures, with nothing installed


def judged(name: str, data: bytes | None = None, source: Path | None = None) -> VerificationReport:
    certificate = load_certificate((FOREIGN / f"{name}.pem").read_bytes())
    at = certificate.not_valid_before_utc + dt.timedelta(days=1)
    signature = FOREIGN / f"{name}.p7s"
    return verify_bytes(
        source or FOREIGN / "document.txt",
        signature.read_bytes() if data is None else data,
        name=signature,
        trust=TrustStore((certificate,)),
        at=at,
    )


@pytest.mark.parametrize("name", ["xa", "tca", "a"])
def test_signatures_made_by_openssl_are_confirmed(name: str) -> None:
    report = judged(name)
    assert report.conclusion is Conclusion.TOTAL_PASSED
    assert "ГОСТ Р 34.10-2012" in report.signatures[0].algorithm


def test_without_its_root_a_signature_is_in_doubt() -> None:
    report = verify_file(
        FOREIGN / "document.txt",
        FOREIGN / "xa.p7s",
        trust=TrustStore(),
        at=dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
    )
    assert report.conclusion is Conclusion.INDETERMINATE


@given(data=st.data())
def test_no_bit_of_a_foreign_signature_can_change(data: st.DataObject) -> None:
    whole = (FOREIGN / "xa.p7s").read_bytes()
    place = data.draw(st.integers(0, 8 * len(whole) - 1))
    changed = bytearray(whole)
    changed[place // 8] ^= 1 << place % 8
    assert judged("xa", bytes(changed)).conclusion is not Conclusion.TOTAL_PASSED


@pytest.mark.long
@pytest.mark.parametrize("name", ["xa", "tca", "a"])
def test_not_one_bit_of_a_foreign_signature_can_change(name: str) -> None:
    whole = (FOREIGN / f"{name}.p7s").read_bytes()
    for place in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        assert judged(name, bytes(changed)).conclusion is not Conclusion.TOTAL_PASSED, place


def test_a_changed_document_is_seen(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_bytes((FOREIGN / "document.txt").read_bytes() + b"\n")
    assert judged("xa", source=other).conclusion is Conclusion.TOTAL_FAILED


# The engine

PASSPHRASE = "тайна ключа"  # noqa: S105 - opens invented keys only
OTHER_PASSPHRASE = "фраза другого ключа"  # noqa: S105 - opens nothing


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    engine = gost._find()
    assert isinstance(engine, gost._Engine)
    return engine.run(*map(str, arguments))


def made_key(folder: Path, parameters: str = "XA", name: str = "key", days: str = "100") -> Path:
    """An encrypted key; its certificate lies beside it as .pem."""
    bits = "512" if parameters.startswith("512") else "256"
    key, plain = folder / f"{name}.key", folder / f"{name}.plain"
    for arguments in (
        (
            *("genpkey", "-algorithm", f"gost2012_{bits}", "-out", plain),
            *("-pkeyopt", f"paramset:{parameters.removeprefix('512')}"),
        ),
        (
            *("pkcs8", "-topk8", "-v2", "aes256", "-in", plain, "-out", key),
            *("-passout", f"pass:{PASSPHRASE}"),
        ),
        (
            *("req", "-x509", "-utf8", "-new", "-key", plain, f"-md_gost12_{bits}"),
            *("-subj", "/CN=Учебный Директор", "-days", days, "-out", folder / f"{name}.pem"),
            *("-config", _request(folder)),
        ),
    ):
        done = openssl(*arguments)
        assert done.returncode == 0, done.stderr
    plain.unlink()
    key.chmod(0o600)
    return key


def _request(folder: Path) -> Path:
    path = folder / "request.cnf"
    path.write_text("[req]\ndistinguished_name = name\n[name]\n", "utf-8")
    return path


def opened(key: Path, **other: object) -> GostSigner:
    told = {"passphrase": PASSPHRASE, "certificate": key.with_suffix(".pem"), **other}
    return BACKEND.open(KeySource(key, **told), _now(told["certificate"]))  # type: ignore[arg-type]


def _now(certificate: object) -> dt.datetime:
    loaded = load_certificate(Path(str(certificate)).read_bytes())
    return loaded.not_valid_before_utc + dt.timedelta(hours=1)


@needs_engine
@pytest.mark.parametrize("parameters", ["A", "XA", "TCA", "TCB", "512A", "512B"])
def test_our_signature_is_confirmed_by_openssl_and_by_us(tmp_path: Path, parameters: str) -> None:
    key = made_key(tmp_path, parameters)
    certificate = key.with_suffix(".pem")
    source, signature = tmp_path / "volume.pdf", tmp_path / "volume.pdf.p7s"
    source.write_bytes(b"%PDF-1.7 " + bytes(range(256)))
    at = _now(certificate)
    result = opened(key).sign_file(source, signature, signed_at=at)
    assert result.certified.value == "no"
    store = TrustStore.from_paths(certificate)
    assert verify_file(source, signature, trust=store, at=at).conclusion is Conclusion.TOTAL_PASSED
    verify = ("cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", signature)
    verify += ("-content", source, "-CAfile", certificate, "-purpose", "any")
    verify += ("-out", tmp_path / "out")
    assert openssl(*verify).returncode == 0
    source.write_bytes(b"%PDF-1.7 other")
    assert openssl(*verify).returncode != 0


@needs_engine
def test_a_wrong_pass_phrase_a_foreign_certificate_and_an_open_key_are_told(
    tmp_path: Path,
) -> None:
    key, other = made_key(tmp_path), made_key(tmp_path, name="other")
    with pytest.raises(SigningFault, match="не подходит") as caught:
        opened(key, passphrase=OTHER_PASSPHRASE)
    assert OTHER_PASSPHRASE not in repr(caught.value)
    with pytest.raises(SigningFault, match="не подходят друг к другу"):
        opened(key, certificate=other.with_suffix(".pem"))
    with pytest.raises(SigningFault, match="два файла"):
        BACKEND.open(KeySource(key, PASSPHRASE), dt.datetime.now(dt.UTC))
    with pytest.raises(SigningFault, match="пуста"):
        opened(key, passphrase="")
    key.chmod(0o644)
    with pytest.raises(SigningFault, match="открыт для других"):
        opened(key)


@needs_engine
def test_a_certificate_out_of_its_term_does_not_sign(tmp_path: Path) -> None:
    key = made_key(tmp_path)
    at = _now(key.with_suffix(".pem"))
    source = KeySource(key, PASSPHRASE, key.with_suffix(".pem"))
    with pytest.raises(SigningFault, match="истёк"):
        BACKEND.open(source, at + dt.timedelta(days=200))
    with pytest.raises(SigningFault, match="начнёт действовать"):
        BACKEND.open(source, at - dt.timedelta(days=2))


@needs_engine
def test_the_pass_phrase_stands_in_no_argument_and_no_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    run = subprocess.run

    def spied(command: list[str], **options: object) -> object:
        seen.append(repr(command) + repr(options.get("env")))
        return run(command, **options)  # type: ignore[call-overload]

    key = made_key(tmp_path)
    monkeypatch.setattr(subprocess, "run", spied)
    signer = opened(key)
    assert seen
    assert PASSPHRASE not in "".join(seen)
    assert PASSPHRASE not in repr(signer)
    assert os.environ.get("OPENSSL_CONF") is None


@needs_engine
def test_the_backend_tries_itself() -> None:
    assert backend("gost").self_test().ok


def test_without_engine_or_openssl_the_backend_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gost, "_PLACES", ("/no/such/engine.so",))
    found = BACKEND.availability()
    assert not found.ok
    assert "libengine-gost-openssl" in found.remedy
    with pytest.raises(SigningFault, match="Движка ГОСТ"):
        BACKEND.open(KeySource(tmp_path / "key", "x", tmp_path / "pem"), dt.datetime.now(dt.UTC))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("openssl") is None
    assert "openssl" in BACKEND.availability().why


def test_keys_of_other_parameters_are_in_doubt_not_a_crash() -> None:
    loaded = load_certificate((FOREIGN / "xa.pem").read_bytes())
    key = public_key(loaded)
    assert isinstance(key, GostPublicKey)
    assert key.curve.name == "CryptoPro-A"
    digest = new_hash(STREEBOG256)
    digest.update(b"")
    assert not key.verifies(digest.digest(), bytes(64))
