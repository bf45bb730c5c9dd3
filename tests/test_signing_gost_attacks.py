"""ГОСТ signatures under attack: forged certificates, keys and values, and a lying openssl."""

from __future__ import annotations

import base64
import datetime as dt
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from gost_forger import A512, NOW, TCA, XA, Forger, key_info, point_of, signature_value
from hypothesis import given, settings
from hypothesis import strategies as st
from stamp_authority import stamp_authority
from test_signing_authority import authority, signer_of, teacher
from test_signing_gost import PASSPHRASE, made_key, needs_engine, opened, openssl

from docgen.core.errors import SigningFault
from signing import gost
from signing.algorithms import STREEBOG256, STREEBOG512, file_digest, new_hash
from signing.backends import KeySource
from signing.cms import Malformed, build_detached, parse_detached
from signing.der import integer, octets, oid, sequence, tagged
from signing.extend import with_signer, with_stamps
from signing.gost import BACKEND
from signing.gost_curves import CURVES, GostPublicKey
from signing.gost_keys import KEY_256, KEY_512, gost_public_key
from signing.report import CheckName, Conclusion, Status, VerificationReport, report_lines
from signing.revocation import NO_EVIDENCE, Evidence
from signing.trust import TrustStore, load_certificate, public_key, subject_text
from signing.verify import verify_bytes

PASSED, FAILED, DOUBT = (
    Conclusion.TOTAL_PASSED,
    Conclusion.TOTAL_FAILED,
    Conclusion.INDETERMINATE,
)
CHAIN = Path(__file__).parent / "data" / "gost" / "chain"
"""Made by `make.sh` there: openssl with the engine, a root, an issuing authority, signers."""

AFTER = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
DOCUMENT = CHAIN / "document.txt"
CURVE_NAMES = [
    *("256-A", "256-B", "256-C", "256-XA", "256-XB"),
    *("256-TCA", "256-TCB", "256-TCC", "256-TCD", "512-A", "512-B", "512-C"),
]


@cache
def roots(*names: str) -> TrustStore:
    return TrustStore.from_paths(*(CHAIN / f"{name}.pem" for name in names or ("root",)))


@cache
def signature(name: str) -> bytes:
    return (CHAIN / f"{name}.p7s").read_bytes()


def judged(
    data: bytes,
    source: Path = DOCUMENT,
    store: TrustStore | None = None,
    evidence: Evidence = NO_EVIDENCE,
    at: dt.datetime = AFTER,
) -> VerificationReport:
    name = Path("document.p7s")
    store = roots() if store is None else store
    return verify_bytes(source, data, name=name, trust=store, at=at, evidence=evidence)


def conclusion(data: bytes, source: Path = DOCUMENT) -> Conclusion:
    return judged(data, source).conclusion


def status(report: VerificationReport, name: CheckName) -> Status:
    return next(check.status for check in report.signatures[0].checks if check.name is name)


def indications(report: VerificationReport) -> set[str]:
    return {check.indication for item in report.signatures for check in item.checks} - {""}


# Foreign chains of certificates, with nothing installed


@pytest.mark.parametrize("name", CURVE_NAMES)
def test_a_foreign_signature_on_every_curve_is_led_to_its_root(name: str, tmp_path: Path) -> None:
    report = judged(signature(name))
    assert report.conclusion is PASSED
    chain = next(item for item in report.signatures[0].checks if item.name is CheckName.CHAIN)
    assert "Учебный корневой центр" in chain.sentence

    assert judged(signature(name), store=roots("foreign")).conclusion is DOUBT
    (tmp_path / "other").write_bytes(DOCUMENT.read_bytes() + b"\n")
    assert conclusion(signature(name), tmp_path / "other") is FAILED


def test_two_signers_of_one_file_are_told_apart() -> None:
    report = judged(signature("two"))
    assert [item.conclusion for item in report.signatures] == [PASSED, PASSED]
    names = {item.certificate.thumbprint for item in report.signatures if item.certificate}
    assert len(names) == 2


def test_the_standard_of_2001_is_no_longer_believed() -> None:
    report = judged(signature("2001"))
    assert report.conclusion is DOUBT
    assert indications(report) == {"CRYPTO_CONSTRAINTS_FAILURE"}
    assert report.signatures[0].algorithm == "ГОСТ Р 34.10-2001, ГОСТ Р 34.11-94"


@pytest.mark.parametrize(("name", "root"), [("under-foreign", "foreign"), ("p256", "root")])
def test_authority_and_signer_may_have_different_kinds_of_keys(name: str, root: str) -> None:
    other = {"foreign": "root", "root": "foreign"}[root]
    assert judged(signature(name), store=roots(root)).conclusion is PASSED
    assert judged(signature(name), store=roots(other)).conclusion is DOUBT


def test_a_list_signed_by_gost_revokes_and_clears() -> None:
    evidence = Evidence.from_folder(CHAIN)
    revoked = judged(signature("256-XB"), evidence=evidence)
    assert revoked.conclusion is DOUBT
    assert indications(revoked) == {"REVOKED_NO_POE"}
    cleared = judged(signature("256-XA"), evidence=evidence)
    assert cleared.conclusion is PASSED
    told = next(item for item in cleared.signatures[0].checks if item.name is CheckName.REVOCATION)
    assert "Не отозваны: Волкова" in told.sentence


def test_a_list_whose_gost_signature_is_broken_tells_nothing() -> None:
    (whole,) = Evidence.from_folder(CHAIN).lists
    data = bytearray(whole.public_bytes(Encoding.DER))
    data[-1] ^= 1
    evidence = Evidence(lists=(x509.load_der_x509_crl(bytes(data)),))
    told = [
        next(c.sentence for c in report.signatures[0].checks if c.name is CheckName.REVOCATION)
        for report in (judged(signature("256-XB")), judged(signature("256-XB"), evidence=evidence))
    ]
    assert told[0] == told[1]
    assert "не проверялось" in told[1]


# Flipped bits


@settings(max_examples=150, deadline=None)
@given(data=st.data(), name=st.sampled_from([*CURVE_NAMES, "two", "under-foreign", "p256"]))
def test_no_flipped_bit_of_a_foreign_file_passes(data: st.DataObject, name: str) -> None:
    whole = bytearray(signature(name))
    place = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[place // 8] ^= 1 << place % 8
    store = roots("root", "foreign")
    assert judged(bytes(whole), store=store).conclusion is not PASSED


def parts(name: str) -> dict[str, bytes]:
    """The parts of a file that a signature of somebody covers, as they stand in it."""
    signed_data = cms.ContentInfo.load(signature(name), strict=True)["content"]
    (info,) = signed_data["signer_infos"]
    return {
        "value": info["signature"].native,
        "attributes": info["signed_attrs"].contents,
        "digest": info["digest_algorithm"].dump(),
        "signer": info["sid"].dump(),
        **{
            f"certificate {number}": item.dump()
            for number, item in enumerate(signed_data["certificates"])
        },
    }


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(),
    name=st.sampled_from(["256-XA", "256-A", "256-TCA", "512-A"]),
    part=st.sampled_from(["value", "attributes", "digest", "signer"] + ["certificate 0"] * 2),
)
def test_no_changed_bytes_of_a_signed_part_pass(data: st.DataObject, name: str, part: str) -> None:
    whole, content = signature(name), parts(name)[part]
    assert whole.count(content) >= 1
    begin = data.draw(st.integers(0, len(content) - 1))
    old = content[begin : begin + data.draw(st.integers(1, 8))]
    new = data.draw(st.binary(min_size=len(old), max_size=len(old)).filter(lambda it: it != old))
    changed = content[:begin] + new + content[begin + len(old) :]
    assert conclusion(whole.replace(content, changed)) is not PASSED


@settings(max_examples=60, deadline=None)
@given(data=st.data(), name=st.sampled_from(["256-B", "512-C"]))
def test_no_changed_document_passes(
    data: st.DataObject, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.getbasetemp() / "changed.txt"
    whole = bytearray(DOCUMENT.read_bytes())
    place = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[place // 8] ^= 1 << place % 8
    other.write_bytes(whole)
    assert conclusion(signature(name), other) is FAILED


# Values of a signature


@pytest.mark.parametrize("name", CURVE_NAMES)
def test_each_signature_has_one_way_to_be_written(name: str) -> None:
    """Not r ∥ s, not its negatives, not r or s with the order added where there is room for it."""
    whole, value = signature(name), parts(name)["value"]
    size = len(value) // 2
    s, r = (int.from_bytes(half, "big") for half in (value[:size], value[size:]))
    q = key_of(name).curve.q
    forms = [(r, s), (q - s, r), (s, q - r), (q - s, q - r), (0, r), (s, 0)]
    forms += [(s + q, r), (s, r + q), (s + q, r + q)]
    for one, other in forms:
        if max(one, other).bit_length() > 8 * size:
            continue
        written = one.to_bytes(size, "big") + other.to_bytes(size, "big")
        report = judged(whole.replace(value, written))
        assert status(report, CheckName.SIGNATURE) is Status.FAILED
        assert report.conclusion is FAILED


def key_of(name: str) -> GostPublicKey:
    """The key of the one who signed, not that of the authority."""
    signed_data = cms.ContentInfo.load(signature(name), strict=True)["content"]
    found = [load_certificate(item.dump()) for item in signed_data["certificates"]]
    signer = next(item for item in found if "центр" not in subject_text(item))
    key = public_key(signer)
    assert isinstance(key, GostPublicKey)
    return key


@given(value=st.binary(max_size=130) | st.binary(min_size=64, max_size=64))
def test_no_random_value_is_a_signature_and_none_is_a_crash(value: bytes) -> None:
    for name in ("256-XA", "512-A"):
        key = key_of(name)
        assert not key.verifies(bytes(key.curve.size), value)


def test_the_digest_of_another_length_does_not_fit_the_key() -> None:
    """A 512-bit digest named beside a 256-bit key, and the other way round."""
    for name, own, other in (
        ("256-XA", STREEBOG256, STREEBOG512),
        ("512-A", STREEBOG512, STREEBOG256),
    ):
        assert conclusion(signature(name).replace(oid(own), oid(other))) is not PASSED


def test_a_signature_of_another_signer_does_not_fit() -> None:
    for name, other in (("256-XA", "256-A"), ("256-XA", "256-TCA"), ("512-A", "512-B")):
        mixed = signature(name).replace(parts(name)["value"], parts(other)["value"])
        assert judged(mixed).conclusion is FAILED


# Forged certificates and keys


@cache
def root() -> Forger:
    return Forger(7, A512, "Учебный корневой центр").rooted()


def forged(folder: Path, signer: Forger, *trusted: Forger) -> VerificationReport:
    """A document signed by `signer`, judged with `trusted` (or the root) as roots."""
    source = folder / "volume.txt"
    source.write_bytes(b"text")
    store = TrustStore(tuple(load_certificate(item.certificate) for item in trusted or (root(),)))
    data = build_detached(source, signer, signed_at=NOW)
    return judged(data, source, store, at=NOW)


@pytest.mark.parametrize("curve", dict.fromkeys(CURVES))
def test_what_the_forger_signs_by_right_is_confirmed(curve: str, tmp_path: Path) -> None:
    """Else the refusals below would prove nothing."""
    assert forged(tmp_path, root().issue(Forger(11, curve))).conclusion is PASSED
    issuing = root().issue(Forger(5, curve, "Учебный издающий центр"), authority=True)
    signer = issuing.issue(Forger(11), above=[issuing.certificate])
    assert forged(tmp_path, signer).conclusion is PASSED


def test_a_key_may_name_its_digest_beside_the_curve(tmp_path: Path) -> None:
    signer = Forger(11, XA)
    info = key_info(sequence(oid(XA), oid(STREEBOG256)), signer.point)
    assert forged(tmp_path, root().issue(signer, info=info)).conclusion is PASSED


def test_a_root_of_the_same_name_with_another_key_is_not_trusted(tmp_path: Path) -> None:
    double = Forger(8, A512, root().name).rooted()
    report = forged(tmp_path, double.issue(Forger(11), above=[double.certificate]))
    assert report.conclusion is DOUBT
    assert indications(report) == {"NO_CERTIFICATE_CHAIN_FOUND"}


def test_a_signer_cannot_issue_certificates(tmp_path: Path) -> None:
    teacher_of_others = root().issue(Forger(5, name="Учитель"))
    signer = teacher_of_others.issue(Forger(11), above=[teacher_of_others.certificate])
    report = forged(tmp_path, signer)
    assert report.conclusion is DOUBT
    assert indications(report) == {"CHAIN_CONSTRAINTS_FAILURE"}


@pytest.mark.parametrize(
    "algorithm",
    ["1.2.643.7.1.1.3.2", "1.2.643.2.2.3", "1.2.840.10045.4.3.2", "1.2.643.7.1.1.1.2", "1.2.3"],
)
def test_a_certificate_that_names_another_algorithm_is_not_led_to_the_root(
    algorithm: str, tmp_path: Path
) -> None:
    signer = root().issue(Forger(11), algorithm=algorithm)
    # A key's own OID names the same arithmetic; the rest does not.
    expected = PASSED if algorithm == KEY_512 else DOUBT
    assert forged(tmp_path, signer).conclusion is expected


def test_another_secret_under_a_good_certificate_is_seen(tmp_path: Path) -> None:
    report = forged(tmp_path, replace(root().issue(Forger(11)), secret=12))
    assert report.conclusion is FAILED
    assert indications(report) == {"SIG_CRYPTO_FAILURE"}


POINT = Forger(11, XA).point
NO_KEYS = {
    "no parameters": key_info(b"", POINT),
    "NULL": key_info(tagged(0x05), POINT),
    "a number for the curve": key_info(sequence(integer(1)), POINT),
    "an unknown curve": key_info(sequence(oid("1.2.643.7.1.2.1.1.9")), POINT),
    "a curve of the other length": key_info(sequence(oid(A512)), POINT),
    "parameters twice": key_info(sequence(oid(XA)) * 2, POINT),
    "the other kind of key": key_info(sequence(oid(XA)), POINT, KEY_512),
    "the point of another curve": key_info(sequence(oid(TCA)), POINT),
    "the point at infinity": key_info(sequence(oid(XA)), bytes(64)),
    "a short point": key_info(sequence(oid(XA)), POINT[:-1]),
    "a long point": key_info(sequence(oid(XA)), POINT + b"\0"),
    "coordinates beyond the field": key_info(sequence(oid(XA)), b"\xff" * 64),
    "big-endian coordinates": key_info(sequence(oid(XA)), POINT[31::-1] + POINT[:31:-1]),
    "no point": key_info(sequence(oid(XA)), b""),
    "no octet string": sequence(
        sequence(oid(KEY_256), sequence(oid(XA))), tagged(0x03, b"\0" + POINT)
    ),
    "loose bits": sequence(
        sequence(oid(KEY_256), sequence(oid(XA))), tagged(0x03, b"\1" + octets(POINT[:-1] + b"\0"))
    ),
    "an empty bit string": sequence(sequence(oid(KEY_256), sequence(oid(XA))), tagged(0x03, b"\0")),
}


def test_empty_parameters_are_no_key_and_never_a_crash(tmp_path: Path) -> None:
    info = key_info(sequence(), POINT)
    assert forged(tmp_path, root().issue(Forger(11), info=info)).conclusion is not PASSED


def test_a_key_of_128_bytes_is_no_crash(tmp_path: Path) -> None:
    info = key_info(sequence(oid(XA), octets(bytes(34))), POINT)
    assert info.startswith(b"\x30\x81\x80")
    assert report_lines(forged(tmp_path, root().issue(Forger(11), info=info)))


def test_a_good_file_of_any_length_can_be_read(tmp_path: Path) -> None:
    """The name grows byte by byte, so the length of each structure takes all 256 endings."""
    source = tmp_path / "volume.txt"
    source.write_bytes(b"text")
    above = Forger(7, XA, "Учебный корневой центр").rooted()
    unread = []
    for letters in range(1, 258):
        signer = above.issue(Forger(11, name="a" * letters))
        try:
            parse_detached(build_detached(source, signer, signed_at=NOW))
        except Malformed:
            unread.append(letters)
    assert unread == []


@pytest.mark.parametrize("what", NO_KEYS)
def test_what_is_no_key_is_in_doubt_and_never_a_crash(what: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r".+"):
        gost_public_key(NO_KEYS[what])
    report = forged(tmp_path, root().issue(Forger(11), info=NO_KEYS[what]))
    assert report.conclusion is not PASSED
    assert report_lines(report)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_spoilt_key_raises_nothing_but_valueerror(data: st.DataObject) -> None:
    whole = Forger(11, data.draw(st.sampled_from([XA, TCA]))).key_info
    begin = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(begin, min(begin + 4, len(whole))))
    spoilt = whole[:begin] + data.draw(st.binary(max_size=4)) + whole[end:]
    try:
        found = gost_public_key(spoilt)
    except ValueError:
        return
    assert found is None or found.curve.holds(found.x, found.y)


@given(st.sampled_from([XA, TCA, A512]), st.integers(1, 2**256), st.integers(1, 2**256))
@settings(max_examples=30, deadline=None)
def test_any_key_confirms_its_signature_and_no_other_key_does(
    oid_of_curve: str, secret: int, nonce: int
) -> None:
    curve = CURVES[oid_of_curve]
    running = new_hash(STREEBOG512 if curve.size == 64 else STREEBOG256)
    running.update(secret.to_bytes(33, "big"))
    value = signature_value(curve, secret, running.digest(), nonce)
    key, other = (GostPublicKey(curve, *point_of(curve, item)) for item in (secret, secret + 1))
    assert key.verifies(running.digest(), value)
    assert not other.verifies(running.digest(), value)


# With stamps and with other signers


def test_a_stamped_gost_signature_outlives_its_certificate(tmp_path: Path) -> None:
    source = tmp_path / "volume.txt"
    source.write_bytes(b"text")
    signer, stamping = root().issue(Forger(11)), stamp_authority()
    data = build_detached(source, signer, signed_at=NOW)
    stamped = with_stamps(data, stamping)
    store = TrustStore((load_certificate(root().certificate), stamping.root))
    late = NOW + dt.timedelta(days=420)
    assert judged(data, source, store, at=late).conclusion is DOUBT
    report = judged(stamped, source, store, at=late)
    assert report.conclusion is PASSED
    assert report.signatures[0].proven_at == NOW


def test_signers_of_gost_and_of_other_keys_stand_in_one_file(tmp_path: Path) -> None:
    source = tmp_path / "volume.txt"
    source.write_bytes(b"text")
    first, second = root().issue(Forger(11)), root().issue(Forger(12, TCA, "Ёлкин Пётр"))
    one, two = (build_detached(source, item, signed_at=NOW) for item in (first, second))
    store = TrustStore((load_certificate(root().certificate), authority().certificate))

    def digest_of(oid: str) -> bytes:
        return file_digest(source, oid)

    both = with_signer(one, two, digest_of)
    report = judged(both, source, store, at=NOW)
    assert [item.conclusion for item in report.signatures] == [PASSED, PASSED]
    signer_of(teacher()).sign_file(source, tmp_path / "ec.p7s", signed_at=NOW)
    mixed = with_signer(both, (tmp_path / "ec.p7s").read_bytes(), digest_of)
    report = judged(mixed, source, store, at=NOW)
    assert [item.conclusion for item in report.signatures] == [PASSED] * 3
    assert report.conclusion is PASSED


# An openssl that lies


def fake_openssl(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Only this program is on the path; a library is found for it."""
    place = folder / "bin"
    place.mkdir()
    program = place / "openssl"
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(0o700)
    (place / "gost.so").touch()
    monkeypatch.setattr(gost, "_PLACES", (str(place / "gost.so"),))
    monkeypatch.setenv("PATH", str(place))
    return program


def key_source(folder: Path, signer: Forger) -> KeySource:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    key.write_bytes(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    key.chmod(0o600)
    certificate.write_bytes(pem(signer))
    return KeySource(key, SECRET_WORDS, certificate)


def pem(*signers: Forger) -> bytes:
    loaded = (load_certificate(item.certificate) for item in signers)
    return b"".join(item.public_bytes(Encoding.PEM) for item in loaded)


SECRET_WORDS = "слова только для своих"  # noqa: S105 - opens nothing
NO_TEXT = r"printf '\377\376'"
KNOWN_ANSWER = f"printf '%s' '{gost._KNOWN_DIGEST} *stdin'"


@pytest.mark.parametrize("says", ["", "printf 'no'", "exit 1", NO_TEXT])
def test_an_openssl_that_digests_wrongly_is_not_taken(
    says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_openssl(tmp_path, monkeypatch, says)
    found = BACKEND.availability()
    assert not found.ok
    assert found.why == "Движок ГОСТ не загружается или считает неверно."
    assert found.remedy
    assert not BACKEND.self_test().ok


def test_an_openssl_that_digests_rightly_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_openssl(tmp_path, monkeypatch, KNOWN_ANSWER)
    assert BACKEND.availability().ok
    assert not BACKEND.self_test().ok


def test_an_openssl_that_never_ends_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_openssl(tmp_path, monkeypatch, "while :; do :; done")
    monkeypatch.setattr(gost, "_SECONDS", 0.2)
    assert "не ответила" in BACKEND.availability().why
    with pytest.raises(SigningFault, match="не ответила") as caught:
        BACKEND.open(key_source(tmp_path, root().issue(Forger(11))), NOW)
    assert caught.value.remedy


@pytest.mark.parametrize("answer", ["", "printf '%064d' 7"])
def test_a_value_that_is_no_signature_does_not_open_the_key(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_openssl(tmp_path, monkeypatch, answer)
    with pytest.raises(SigningFault, match="не подходят друг к другу"):
        BACKEND.open(key_source(tmp_path, root().issue(Forger(11))), NOW)


def test_a_value_over_other_bytes_is_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is right when it is tried, and gives the same value again for the document."""
    signer = root().issue(Forger(11))
    (tmp_path / "value").write_bytes(signer.sign_raw(gost._KNOWN_TEXT))
    cat = shutil.which("cat")
    fake_openssl(tmp_path, monkeypatch, f"exec {cat} '{tmp_path / 'value'}'")
    opened_key = BACKEND.open(key_source(tmp_path, signer), NOW)
    (tmp_path / "volume.txt").write_bytes(b"text")
    with pytest.raises(SigningFault, match="собственную проверку не прошла"):
        opened_key.sign_file(tmp_path / "volume.txt", tmp_path / "volume.p7s", signed_at=NOW)
    assert not (tmp_path / "volume.p7s").exists()


def test_the_child_sees_only_its_own_settings_and_reads_the_pass_phrase_by_a_descriptor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    cat = shutil.which("cat")
    script = f"""{{ export -p; printf '%s\\n' "$@"; {cat} "$OPENSSL_CONF"; }} > '{seen}'
for last in "$@"; do :; done
{cat} "${{last#file:}}" > '{seen}.words'
exit 1"""
    fake_openssl(tmp_path, monkeypatch, script)
    monkeypatch.setenv("OPENSSL_CONF", "/evil.cnf")
    monkeypatch.setenv("LD_PRELOAD", "")
    monkeypatch.setenv("DOCGEN_TEST_SECRET", "must not be inherited")
    with pytest.raises(SigningFault, match="Ключ не открылся") as caught:
        BACKEND.open(key_source(tmp_path, root().issue(Forger(11))), NOW)
    told = seen.read_text("utf-8")
    assert (tmp_path / "seen.words").read_text("utf-8") == f"{SECRET_WORDS}\n"
    assert SECRET_WORDS not in f"{told}{caught.value!r}{caught.value.remedy}"
    assert "dynamic_path" in told
    for word in ("/evil.cnf", "LD_PRELOAD", "DOCGEN_TEST_SECRET"):
        assert word not in told


# The engine itself


@needs_engine
def test_settings_of_others_do_not_reach_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.cnf").write_text("openssl_conf = nowhere\n[", "utf-8")
    monkeypatch.setenv("OPENSSL_CONF", str(tmp_path / "broken.cnf"))
    monkeypatch.setenv("OPENSSL_ENGINES", str(tmp_path))
    monkeypatch.setenv("OPENSSL_MODULES", str(tmp_path))
    assert BACKEND.availability().ok
    assert BACKEND.self_test().ok


@needs_engine
def test_a_key_of_another_length_or_kind_or_a_spoilt_one_is_refused(tmp_path: Path) -> None:
    key, longer = made_key(tmp_path), made_key(tmp_path, "512A", name="longer")
    for one, other in ((key, longer), (longer, key)):
        with pytest.raises(SigningFault, match=r"не подходят друг к другу|не открылся"):
            opened(one, certificate=other.with_suffix(".pem"))

    rsa = tmp_path / "rsa.key"
    made = openssl(
        *("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-aes256"),
        *("-pass", f"pass:{PASSPHRASE}", "-out", rsa),
    )
    assert made.returncode == 0, made.stderr
    rsa.chmod(0o600)
    with pytest.raises(SigningFault, match=r"не подходят друг к другу|не открылся"):
        opened(rsa, certificate=key.with_suffix(".pem"))

    whole = key.read_bytes()
    for spoilt in (whole[:100], whole[: len(whole) // 2], whole.replace(b"M", b"N", 3)):
        key.write_bytes(spoilt)
        with pytest.raises(SigningFault, match="Ключ не открылся"):
            opened(key)


@needs_engine
def test_a_certificate_of_a_chain_is_signed_with_the_whole_chain(tmp_path: Path) -> None:
    key = made_key(tmp_path)
    public = openssl("x509", "-in", key.with_suffix(".pem"), "-noout", "-pubkey").stdout
    der = base64.b64decode(b"".join(public.splitlines()[1:-1]))
    issuing = root().issue(Forger(5, name="Учебный издающий центр"), authority=True)
    certificate = tmp_path / "chain.pem"
    certificate.write_bytes(pem(issuing.issue(Forger(11), info=der), root(), issuing))
    signer = BACKEND.open(KeySource(key, PASSPHRASE, certificate), NOW)
    assert list(signer.chain) == [issuing.certificate, root().certificate]

    source, out = tmp_path / "volume.txt", tmp_path / "volume.p7s"
    source.write_bytes(b"text")
    signer.sign_file(source, out, signed_at=NOW)
    store = TrustStore((load_certificate(root().certificate),))
    assert judged(out.read_bytes(), source, store, at=NOW).conclusion is PASSED
    (tmp_path / "root.pem").write_bytes(pem(root()))
    judge = openssl(
        *("cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", out),
        *("-content", source, "-CAfile", tmp_path / "root.pem", "-purpose", "any"),
        *("-attime", str(int(NOW.timestamp())), "-out", tmp_path / "out"),
    )
    assert judge.returncode == 0, judge.stderr


@needs_engine
@pytest.mark.parametrize("curve", dict.fromkeys(CURVES))
def test_openssl_confirms_what_the_forger_signs_by_right(curve: str, tmp_path: Path) -> None:
    """So the forgeries above differ from good signatures in nothing but the forgery."""
    signer = root().issue(Forger(11, curve))
    source, out = tmp_path / "volume.txt", tmp_path / "volume.p7s"
    source.write_bytes(b"text")
    out.write_bytes(build_detached(source, signer, signed_at=NOW))
    (tmp_path / "root.pem").write_bytes(pem(root()))
    judge = openssl(
        *("cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", out),
        *("-content", source, "-CAfile", tmp_path / "root.pem", "-purpose", "any"),
        *("-attime", str(int(NOW.timestamp())), "-out", tmp_path / "out"),
    )
    assert judge.returncode == 0, judge.stderr


@needs_engine
def test_one_signer_serves_several_threads(tmp_path: Path) -> None:
    signer = opened(made_key(tmp_path))
    at = load_certificate(signer.certificate).not_valid_before_utc + dt.timedelta(hours=1)
    store = TrustStore((load_certificate(signer.certificate),))

    def sign(number: int) -> Conclusion:
        source, out = tmp_path / f"{number}.txt", tmp_path / f"{number}.p7s"
        source.write_bytes(b"text" * number)
        signer.sign_file(source, out, signed_at=at)
        return judged(out.read_bytes(), source, store, at=at).conclusion

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(sign, range(24))) == {PASSED}
