from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from typing import TYPE_CHECKING

import pytest
from asn1crypto import cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from test_signing_authority import (
    NOW,
    SCHOOL,
    UNTIL,
    Signed,
    authority,
    key_files,
    openssl,
    signed,
    signer_of,
    teacher,
)

from docgen.core.errors import InputFault, SigningFault
from signing import verify
from signing.authority import Issued, create_authority, issue, write_certificate
from signing.cms import Malformed, build_detached, parse_detached
from signing.report import (
    CheckName,
    Conclusion,
    Status,
    VerificationReport,
    as_json,
    report_findings,
    report_lines,
)
from signing.trust import TrustStore, load_certificate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from signing.interfaces import Verifier

GOST_94 = "1.2.643.2.2.9"
GOST_LIKE = "2a850302021300"  # an OID under the Russian root, as long as that of elliptic curves


def indication(report: VerificationReport, name: CheckName) -> str:
    checks = [report.structure, *(check for item in report.signatures for check in item.checks)]
    return next(check.indication for check in checks if check.name is name)


def rebuilt(made: Signed, change: Callable[[cms.SignedData], None]) -> Signed:
    """The signature file taken apart, changed and put together as valid DER."""
    content_info = cms.ContentInfo.load(made.signature.read_bytes(), strict=True)
    change(content_info["content"])
    made.signature.write_bytes(content_info.dump(force=True))
    return made


def signed_by_openssl(folder: Path, *options: str) -> Signed:
    made = Signed(folder / "volume.pdf", folder / "volume.p7s")
    made.source.write_bytes(b"content")
    judge = openssl(
        *("cms", "-sign", "-binary", "-nosmimecap", "-outform", "DER", "-in", made.source),
        *("-out", made.signature, *key_files(folder, teacher()), *options),
    )
    assert judge.returncode == 0, judge.stderr
    return made


def claimed(made: Signed) -> dt.datetime:
    """The time openssl took from the system clock; NOW where it took none."""
    return parse_detached(made.signature.read_bytes()).signers[0].signing_time or NOW


# --- what passes ---------------------------------------------------------------------------------


def test_a_good_signature_passes_and_every_check_is_told(tmp_path: Path) -> None:
    report = signed(tmp_path).report()
    assert report.conclusion is Conclusion.TOTAL_PASSED
    (only,) = report.signatures
    assert {check.name: check.status for check in only.checks} == {
        CheckName.CONTENT: Status.PASSED,
        CheckName.SIGNATURE: Status.PASSED,
        CheckName.ATTRIBUTES: Status.PASSED,
        CheckName.CERTIFICATE: Status.PASSED,
        CheckName.CHAIN: Status.PASSED,
        CheckName.REVOCATION: Status.STATED,
        CheckName.TIME: Status.STATED,
        CheckName.TOOL: Status.STATED,
    }
    assert report_findings(report) == []
    assert only.claimed_at == NOW
    assert only.certificate is not None
    assert only.certificate.thumbprint == signer_of(teacher()).thumbprint

    text = "\n".join(report_lines(report))
    assert "Итог: TOTAL_PASSED, подпись подтверждена" in text
    assert f"Подписал: Петрова Анна Ивановна, {SCHOOL}" in text
    assert "Отзыв сертификата (к сведению): Не отозван ли сертификат, не проверялось" in text
    assert as_json(report)["conclusion"] == "TOTAL_PASSED"


def test_the_module_is_a_verifier(tmp_path: Path) -> None:
    verifier: Verifier = verify
    made = signed(tmp_path)
    report = verifier.verify_file(made.source, made.signature, trust=TrustStore(), at=NOW)
    assert report.conclusion is Conclusion.INDETERMINATE


def test_two_good_signers_pass(tmp_path: Path) -> None:
    report = two_signers(tmp_path).report()
    assert [item.conclusion for item in report.signatures] == [Conclusion.TOTAL_PASSED] * 2
    assert report.conclusion is Conclusion.TOTAL_PASSED


def test_a_certificate_left_out_of_the_file_is_found_in_the_store(tmp_path: Path) -> None:
    made = rebuilt(signed(tmp_path), lambda data: data.__delitem__("certificates"))
    report = made.report()
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.CERTIFICATE) == "NO_SIGNING_CERTIFICATE_FOUND"
    store = TrustStore((authority().certificate, teacher().certificate))
    assert made.report(store=store).conclusion is Conclusion.TOTAL_PASSED


# --- the container -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "пуст"),
        (b"\x00", "DER"),
        (b"\x30", "DER"),
        (b"%PDF-1.7 not a signature", "DER"),
        ("просто текст".encode(), "DER"),
        (b"\x30\x84\xff\xff\xff\xff", "DER"),
        (b"\x30\x00", "не разбирается"),
        (b"\x05\x00", "не разбирается"),
        (b"-----BEGIN PKCS7-----\nAAAA\n", "PEM"),
        (b"-----BEGIN PKCS7-----\nA\n-----END PKCS7-----\n", "PEM"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "PEM"),
    ],
)
def test_what_is_no_signature_file_fails_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    made = signed(tmp_path)
    made.signature.write_bytes(data)
    report = made.report()
    assert report.conclusion is Conclusion.TOTAL_FAILED
    assert report.structure.indication == "FORMAT_FAILURE"
    assert words in report.structure.sentence
    (finding,) = report_findings(report)
    assert finding.code == "SG-01"
    assert finding.message == report.structure.sentence


def test_a_signature_in_ber_is_not_called_invalid(tmp_path: Path) -> None:
    made = signed(tmp_path)
    made.signature.write_bytes(b"\x30\x80" + made.signature.read_bytes()[4:] + b"\x00\x00")
    report = made.report()
    assert report.conclusion is Conclusion.INDETERMINATE
    assert "BER" in report.structure.sentence


def test_values_nested_too_deep_are_refused() -> None:
    data = b""
    for _ in range(60):
        length = bytes([len(data)]) if len(data) < 128 else bytes([0x81, len(data)])
        data = b"\x30" + length + data
    with pytest.raises(Malformed, match="DER"):
        parse_detached(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_random_bytes_are_malformed_and_nothing_worse(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_detached(data)


def test_a_signature_file_above_10_mb_is_refused_unread(tmp_path: Path) -> None:
    made = signed(tmp_path)
    with made.signature.open("wb") as stream:
        stream.truncate(10_000_001)
    report = made.report()
    assert report.conclusion is Conclusion.TOTAL_FAILED
    assert "больше 10 МБ" in report.structure.sentence


def test_an_attached_signature_is_not_taken_for_a_detached_one(tmp_path: Path) -> None:
    made = signed_by_openssl(tmp_path, "-nodetach", "-cades")
    report = made.report()
    assert report.conclusion is Conclusion.TOTAL_FAILED
    assert "присоединённая" in report.structure.sentence


def test_cms_that_is_no_signature_is_named(tmp_path: Path) -> None:
    made = signed(tmp_path)
    content_info = cms.ContentInfo({"content_type": "data", "content": core.OctetString(b"x")})
    made.signature.write_bytes(content_info.dump())
    assert "это не подпись" in made.report().structure.sentence


def test_a_container_without_signers_fails(tmp_path: Path) -> None:
    def drop(data: cms.SignedData) -> None:
        data["signer_infos"] = []

    report = rebuilt(signed(tmp_path), drop).report()
    assert report.conclusion is Conclusion.TOTAL_FAILED
    assert "нет ни одной подписи" in report.structure.sentence


def test_a_foreign_certificate_in_the_file_is_not_passed_over(tmp_path: Path) -> None:
    def add(data: cms.SignedData) -> None:
        foreign = stranger().certificate.public_bytes(Encoding.DER)
        data["certificates"].append(
            cms.CertificateChoices("certificate", asn1_x509.Certificate.load(foreign))
        )

    report = rebuilt(signed(tmp_path), add).report()
    assert report.conclusion is Conclusion.INDETERMINATE
    assert "не относится к подписавшим" in report.structure.sentence


def test_unsigned_attributes_are_not_passed_over(tmp_path: Path) -> None:
    def add(data: cms.SignedData) -> None:
        data["signer_infos"][0]["unsigned_attrs"] = [
            {"type": "1.2.3.4", "values": [core.OctetString(b"added later")]}
        ]

    report = rebuilt(signed(tmp_path), add).report()
    assert report.conclusion is Conclusion.INDETERMINATE
    assert "1.2.3.4" in "\n".join(report_lines(report))


@pytest.mark.parametrize("file", ["source", "signature"])
def test_a_missing_file_is_an_input_fault(tmp_path: Path, file: str) -> None:
    made = signed(tmp_path)
    getattr(made, file).unlink()
    with pytest.raises(InputFault, match="файла нет") as fault:
        made.report()
    assert fault.value.exit_code == 3


def test_a_time_without_zone_is_a_fault_of_the_program(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="zone"):
        signed(tmp_path).report(at=dt.datetime(2026, 5, 20))  # noqa: DTZ001 - the point


# --- content, signature, attributes --------------------------------------------------------------


def two_signers(folder: Path) -> Signed:
    """Two people's signatures in one file, as `openssl cms -resign` makes them."""
    made = signed(folder)
    second = signed_infos(folder, teacher(name="Орлов Илья Петрович"), made.source)

    def add(data: cms.SignedData) -> None:
        data["signer_infos"].append(second["signer_infos"][0])
        own = cms.CertificateChoices.load(
            teacher(name="Орлов Илья Петрович").certificate.public_bytes(Encoding.DER)
        )
        data["certificates"].append(own)

    return rebuilt(made, add)


def signed_infos(folder: Path, issued: Issued, source: Path) -> cms.SignedData:
    data = build_detached(source, signer_of(issued), signed_at=NOW)
    (folder / "second.p7s").write_bytes(data)
    return cms.ContentInfo.load(data, strict=True)["content"]


def test_one_bad_signer_of_two_spoils_the_file(tmp_path: Path) -> None:
    made = two_signers(tmp_path)

    def spoil(data: cms.SignedData) -> None:
        info = data["signer_infos"][1]
        value = bytearray(info["signature"].native)
        value[-1] ^= 1
        info["signature"] = bytes(value)

    report = rebuilt(made, spoil).report()
    assert sorted(item.conclusion for item in report.signatures) == [
        Conclusion.TOTAL_FAILED,
        Conclusion.TOTAL_PASSED,
    ]
    assert report.conclusion is Conclusion.TOTAL_FAILED
    (finding,) = report_findings(report)
    assert finding.code == "SG-03"


def test_a_signature_of_another_file_fails_by_content(tmp_path: Path) -> None:
    made = signed(tmp_path)
    made.source.write_bytes(b"another volume")
    report = made.report()
    assert report.conclusion is Conclusion.TOTAL_FAILED
    assert indication(report, CheckName.CONTENT) == "HASH_FAILURE"
    assert indication(report, CheckName.SIGNATURE) == ""


def test_without_signing_certificate_attribute_nothing_passes(tmp_path: Path) -> None:
    made = signed_by_openssl(tmp_path)
    report = made.report(at=claimed(made))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.ATTRIBUTES) == "SIG_CONSTRAINTS_FAILURE"


def test_a_signature_without_attributes_never_passes(tmp_path: Path) -> None:
    made = signed_by_openssl(tmp_path, "-noattr")
    assert made.report().conclusion is Conclusion.INDETERMINATE
    made.source.write_bytes(b"changed")
    assert made.report().conclusion is Conclusion.TOTAL_FAILED


def test_a_substituted_certificate_of_the_same_key_is_noticed(tmp_path: Path) -> None:
    made = signed(tmp_path)
    twin = (
        x509.CertificateBuilder()
        .subject_name(authority().name)
        .issuer_name(authority().name)
        .public_key(teacher().key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(UNTIL)
        .sign(authority().key, hashes.SHA256())
    )

    def substitute(data: cms.SignedData) -> None:
        other = asn1_x509.Certificate.load(twin.public_bytes(Encoding.DER))
        data["certificates"] = [cms.CertificateChoices("certificate", other)]
        data["signer_infos"][0]["sid"].chosen["serial_number"] = 7

    report = rebuilt(made, substitute).report()
    assert indication(report, CheckName.SIGNATURE) == ""
    assert indication(report, CheckName.ATTRIBUTES) == "NO_SIGNING_CERTIFICATE_FOUND"
    assert report.conclusion is Conclusion.INDETERMINATE


def test_a_doubled_attribute_is_noticed(tmp_path: Path) -> None:
    source = tmp_path / "f"
    source.write_bytes(b"x")
    data = build_detached(source, signer_of(teacher()), signed_at=NOW)
    content_info = cms.ContentInfo.load(data, strict=True)
    attributes = content_info["content"]["signer_infos"][0]["signed_attrs"]
    attributes.append(
        cms.CMSAttribute(
            {
                "type": "message_digest",
                "values": [core.OctetString(hashlib.sha256(b"y").digest())],
            }
        )
    )
    (info,) = parse_detached(content_info.dump(force=True)).signers
    assert "указан не один раз" in info.faults[0]


@pytest.mark.parametrize("oid", [GOST_94, "1.3.14.3.2.26", "1.2.3.4.5"])
def test_an_unknown_or_weak_digest_is_indeterminate(tmp_path: Path, oid: str) -> None:
    def rename(data: cms.SignedData) -> None:
        data["digest_algorithms"] = [{"algorithm": oid}]
        data["signer_infos"][0]["digest_algorithm"] = {"algorithm": oid}

    report = rebuilt(signed(tmp_path), rename).report()
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.CONTENT) == "CRYPTO_CONSTRAINTS_FAILURE"
    if oid == GOST_94:
        assert "ГОСТ Р 34.11-94" in "\n".join(report_lines(report))


def test_an_unknown_signature_algorithm_is_indeterminate(tmp_path: Path) -> None:
    def rename(data: cms.SignedData) -> None:
        data["signer_infos"][0]["signature_algorithm"] = {"algorithm": "1.2.643.7.1.1.1.1"}

    report = rebuilt(signed(tmp_path), rename).report()
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.SIGNATURE) == "CRYPTO_CONSTRAINTS_FAILURE"


def test_certificates_with_keys_of_an_unknown_kind_are_indeterminate(tmp_path: Path) -> None:
    made = signed(tmp_path)
    elliptic, unknown = (b"\x06\x07" + bytes.fromhex(oid) for oid in ("2a8648ce3d0201", GOST_LIKE))
    made.signature.write_bytes(made.signature.read_bytes().replace(elliptic, unknown))
    report = made.report()
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.SIGNATURE) == "CRYPTO_CONSTRAINTS_FAILURE"


def test_a_time_of_signing_in_the_future_is_noticed(tmp_path: Path) -> None:
    made = signed(tmp_path)
    early = made.report(at=NOW - dt.timedelta(minutes=5))
    assert indication(early, CheckName.TIME) == ""
    report = made.report(at=NOW - dt.timedelta(hours=1))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.TIME) == "SIG_CONSTRAINTS_FAILURE"


# --- certificates --------------------------------------------------------------------------------


@cache
def stranger() -> Issued:
    return create_authority("Чужой центр", "Неизвестно кто", valid_from=NOW, valid_until=UNTIL)


def test_without_a_trusted_root_the_verdict_is_indeterminate(tmp_path: Path) -> None:
    made = signed(tmp_path)
    for store in (TrustStore(), TrustStore((stranger().certificate,))):
        report = made.report(store=store)
        assert report.conclusion is Conclusion.INDETERMINATE
        assert indication(report, CheckName.CHAIN) == "NO_CERTIFICATE_CHAIN_FOUND"


def test_a_root_of_the_same_name_with_another_key_is_no_root(tmp_path: Path) -> None:
    namesake = create_authority(
        "Учебный центр сертификации", SCHOOL, valid_from=NOW, valid_until=UNTIL
    )
    report = signed(tmp_path).report(store=TrustStore((namesake.certificate,)))
    assert report.conclusion is Conclusion.INDETERMINATE


def test_an_expired_certificate_without_time_stamp_is_indeterminate(tmp_path: Path) -> None:
    made = signed(tmp_path)
    last = made.report(at=teacher().certificate.not_valid_after_utc)
    assert last.conclusion is Conclusion.TOTAL_PASSED
    report = made.report(at=UNTIL + dt.timedelta(seconds=1))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.CERTIFICATE) == "OUT_OF_BOUNDS_NO_POE"
    assert "Сертификат истёк 23.08.2027" in "\n".join(report_lines(report))


def test_a_certificate_not_yet_valid_is_indeterminate(tmp_path: Path) -> None:
    report = signed(tmp_path).report(at=NOW - dt.timedelta(seconds=1))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert "начнёт действовать 20.05.2026" in "\n".join(report_lines(report))


def forced(folder: Path, issued: Issued) -> Signed:
    """A signature by a certificate that our signer itself would refuse."""
    made = Signed(folder / "f", folder / "f.p7s")
    made.source.write_bytes(b"x")
    data = build_detached(made.source, signer_of(issued), signed_at=NOW)
    made.signature.write_bytes(data)
    return made


def test_a_certificate_for_encryption_only_is_indeterminate(tmp_path: Path) -> None:
    issued = issue(
        authority(),
        "Шифрование",
        SCHOOL,
        valid_from=NOW,
        valid_until=UNTIL,
        usage=("key_encipherment",),
    )
    report = forced(tmp_path, issued).report()
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.CERTIFICATE) == "CHAIN_CONSTRAINTS_FAILURE"


def test_a_leaf_cannot_issue_certificates(tmp_path: Path) -> None:
    issued = issue(teacher(), "Самозванец", SCHOOL, valid_from=NOW, valid_until=UNTIL)
    made = forced(tmp_path, issued)
    store = TrustStore((teacher().certificate,))
    report = made.report(store=store)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.CHAIN) == "CHAIN_CONSTRAINTS_FAILURE"


def intermediate(path_length: int, until: dt.datetime = UNTIL, *, critical: bool = False) -> Issued:
    """A second authority under one that allows `path_length` authorities below it."""
    root_key = authority().key
    builder = (
        x509.CertificateBuilder()
        .subject_name(stranger().name)
        .issuer_name(authority().name)
        .public_key(stranger().key.public_key())
        .serial_number(11)
        .not_valid_before(NOW)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    )
    if critical:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=True)
    certificate = builder.sign(root_key, hashes.SHA256())
    return Issued(stranger().name, certificate, stranger().key, authority().certificate)


def long_rooted() -> x509.Certificate:
    """The shared authority's key and name under a certificate that allows one authority below."""
    return (
        x509.CertificateBuilder()
        .subject_name(authority().name)
        .issuer_name(authority().name)
        .public_key(authority().key.public_key())
        .serial_number(12)
        .not_valid_before(NOW)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .sign(authority().key, hashes.SHA256())
    )


def test_a_chain_through_an_intermediate_authority_passes(tmp_path: Path) -> None:
    middle = intermediate(0)
    issued = issue(middle, "Лист", SCHOOL, valid_from=NOW, valid_until=UNTIL)
    store = TrustStore((long_rooted(),))
    assert forced(tmp_path, issued).report(store=store).conclusion is Conclusion.TOTAL_PASSED


def test_the_allowed_length_of_the_path_is_kept(tmp_path: Path) -> None:
    middle = intermediate(0)
    issued = issue(middle, "Лист", SCHOOL, valid_from=NOW, valid_until=UNTIL)
    report = forced(tmp_path, issued).report()
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.CHAIN) == "CHAIN_CONSTRAINTS_FAILURE"


@pytest.mark.parametrize(
    ("middle", "expected"),
    [
        (intermediate(0, NOW + dt.timedelta(days=1)), "OUT_OF_BOUNDS_NO_POE"),
        (intermediate(0, critical=True), "CHAIN_CONSTRAINTS_FAILURE"),
    ],
)
def test_faults_of_the_authority_in_between_are_told(
    tmp_path: Path, middle: Issued, expected: str
) -> None:
    issued = issue(middle, "Лист", SCHOOL, valid_from=NOW, valid_until=UNTIL)
    report = forced(tmp_path, issued).report(
        at=NOW + dt.timedelta(days=2), store=TrustStore((long_rooted(),))
    )
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.CHAIN) == expected


def test_a_short_rsa_key_is_indeterminate(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the point
    certificate = (
        x509.CertificateBuilder()
        .subject_name(teacher().name)
        .issuer_name(authority().name)
        .public_key(key.public_key())
        .serial_number(13)
        .not_valid_before(NOW)
        .not_valid_after(UNTIL)
        .sign(authority().key, hashes.SHA256())
    )
    report = forced(tmp_path, Issued(teacher().name, certificate, key)).report()
    assert report.conclusion is Conclusion.INDETERMINATE
    assert indication(report, CheckName.SIGNATURE) == "CRYPTO_CONSTRAINTS_FAILURE"


# --- the trust store -----------------------------------------------------------------------------


def test_a_trust_store_reads_files_and_folders(tmp_path: Path) -> None:
    folder = tmp_path / "trust"
    folder.mkdir()
    both = b"".join(
        item.certificate.public_bytes(Encoding.PEM) for item in (authority(), stranger())
    )
    (folder / "both.pem").write_bytes(both)
    (folder / "one.CER").write_bytes(authority().certificate.public_bytes(Encoding.DER))
    (folder / "README.md").write_text("не сертификат")
    write_certificate(tmp_path / "ca.pem", authority().certificate)
    store = TrustStore.from_paths(folder, tmp_path / "ca.pem")
    assert set(store.certificates) == {authority().certificate, stranger().certificate}
    assert signed(tmp_path).report(store=store).conclusion is Conclusion.TOTAL_PASSED


@pytest.mark.parametrize("data", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_trusted_file_that_is_no_certificate_is_told_with_its_name(
    tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(data)
    with pytest.raises(SigningFault, match="не читается") as fault:
        TrustStore.from_paths(path)
    assert fault.value.where == str(path)
    assert fault.value.remedy


def test_a_missing_trusted_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SigningFault, match="Не удалось прочитать"):
        TrustStore.from_paths(tmp_path / "нет.pem")


def test_a_certificate_is_read_to_the_last_field() -> None:
    good = authority().certificate.public_bytes(Encoding.DER)
    assert load_certificate(good) == authority().certificate
    with pytest.raises(ValueError, match=r".+"):
        load_certificate(good[:-1])
