"""Whether a certificate was revoked: only words of who may say it, about this one, in date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from stamp_authority import stamp_authority
from test_signing_authority import NOW, SCHOOL, UNTIL, Signed, authority, signed, teacher

from docgen.core.errors import SigningFault
from signing.authority import Issued, create_authority, issue
from signing.extend import with_stamps
from signing.report import CheckName, Conclusion, Status, VerificationReport
from signing.revocation import NO_EVIDENCE, Evidence, standing
from signing.trust import TrustStore
from signing.verify import verify_file

DAY = dt.timedelta(days=1)
STRANGER = create_authority("Чужой центр", SCHOOL, valid_from=NOW, valid_until=UNTIL)


def listed(
    *revoked: tuple[Issued, dt.datetime],
    by: Issued | None = None,
    name: x509.Name | None = None,
    since: dt.datetime = NOW,
    until: dt.datetime = NOW + 7 * DAY,
    extensions: Iterable[x509.ExtensionType] = (),
) -> x509.CertificateRevocationList:
    """A list of revoked certificates."""
    by = by or authority()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name or by.certificate.subject)
        .last_update(since)
        .next_update(until)
    )
    for item, moment in revoked:
        row = x509.RevokedCertificateBuilder().serial_number(item.certificate.serial_number)
        builder = builder.add_revoked_certificate(row.revocation_date(moment).build())
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(by.key, hashes.SHA256())


def answered(
    about: Issued,
    *,
    revoked: dt.datetime | None = None,
    by: Issued | None = None,
    issuer: Issued | None = None,
    until: dt.datetime | None = NOW + 7 * DAY,
    status: ocsp.OCSPCertStatus | None = None,
) -> ocsp.OCSPResponse:
    """An answer about one certificate; `by` signs it, the issuer unless told otherwise."""
    by, issuer = by or authority(), issuer or authority()
    told = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=about.certificate,
        issuer=issuer.certificate,
        algorithm=hashes.SHA1(),  # noqa: S303 - what the certificates are named by
        cert_status=status or told,
        this_update=NOW,
        next_update=until,
        revocation_time=revoked,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
    if by is not authority():
        builder = builder.certificates([by.certificate])
    return builder.sign(by.key, hashes.SHA256())


@cache
def responder(*usages: x509.ObjectIdentifier, by: Issued | None = None) -> Issued:
    """A service that answers, with a certificate of the authority."""
    by = by or authority()
    made = issue(by, "Служба проверки", SCHOOL, valid_from=NOW - DAY, valid_until=UNTIL)
    builder = (
        x509.CertificateBuilder()
        .subject_name(made.name)
        .issuer_name(by.name)
        .public_key(made.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(UNTIL)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return Issued(made.name, builder.sign(by.key, hashes.SHA256()), made.key)


def report(made: Signed, evidence: Evidence, at: dt.datetime = NOW) -> VerificationReport:
    store = TrustStore((authority().certificate, stamp_authority().root))
    return verify_file(made.source, made.signature, trust=store, at=at, evidence=evidence)


def told(found: VerificationReport) -> tuple[Status, str]:
    check = next(item for item in found.signatures[0].checks if item.name is CheckName.REVOCATION)
    return check.status, check.indication


def word(*, lists: tuple = (), answers: tuple = (), at: dt.datetime = NOW) -> object:
    evidence = Evidence(lists=lists, answers=answers)
    return standing(teacher().certificate, authority().certificate, at, evidence)


# What it changes


def test_without_evidence_revocation_is_told_to_be_unknown(tmp_path: Path) -> None:
    found = report(signed(tmp_path), NO_EVIDENCE)
    assert found.conclusion is Conclusion.TOTAL_PASSED
    assert told(found) == (Status.STATED, "")


@pytest.mark.parametrize("form", ["list", "answer"])
def test_a_good_word_passes_and_a_revocation_puts_in_doubt(tmp_path: Path, form: str) -> None:
    made = signed(tmp_path)
    good = {"list": {"lists": (listed(),)}, "answer": {"answers": (answered(teacher()),)}}
    assert told(report(made, Evidence(**good[form]))) == (Status.PASSED, "")
    gone = {
        "list": {"lists": (listed((teacher(), NOW - DAY)),)},
        "answer": {"answers": (answered(teacher(), revoked=NOW - DAY),)},
    }
    found = report(made, Evidence(**gone[form]))
    assert told(found) == (Status.INDETERMINATE, "REVOKED_NO_POE")
    assert found.conclusion is Conclusion.INDETERMINATE


def test_a_time_stamp_tells_before_from_after(tmp_path: Path) -> None:
    made = signed(tmp_path)
    made.signature.write_bytes(with_stamps(made.signature.read_bytes(), stamp_authority()))
    later = Evidence(lists=(listed((teacher(), NOW + DAY), until=NOW + 30 * DAY),))
    found = report(made, later, NOW + 2 * DAY)
    assert found.conclusion is Conclusion.TOTAL_PASSED
    assert told(found) == (Status.PASSED, "")
    earlier = Evidence(lists=(listed((teacher(), NOW - DAY), until=NOW + 30 * DAY),))
    found = report(made, earlier, NOW + 2 * DAY)
    assert found.conclusion is Conclusion.TOTAL_FAILED
    assert told(found) == (Status.FAILED, "REVOKED")


# Who may say it


@pytest.mark.parametrize(
    "item",
    [
        listed((teacher(), NOW - DAY), by=STRANGER),
        listed((teacher(), NOW - DAY), by=STRANGER, name=authority().certificate.subject),
        listed((teacher(), NOW - DAY), until=NOW - DAY, since=NOW - 9 * DAY),
        listed((teacher(), NOW - DAY), extensions=[x509.DeltaCRLIndicator(1)]),
        listed(
            (teacher(), NOW - DAY),
            extensions=[
                x509.IssuingDistributionPoint(
                    full_name=None,
                    relative_name=None,
                    only_contains_user_certs=True,
                    only_contains_ca_certs=False,
                    only_some_reasons=None,
                    indirect_crl=False,
                    only_contains_attribute_certs=False,
                )
            ],
        ),
    ],
    ids=["stranger", "in the name of the issuer", "stale", "delta", "partial"],
)
def test_lists_that_may_not_speak_are_passed_over(
    item: x509.CertificateRevocationList,
) -> None:
    assert word(lists=(item,)) is None


def test_a_damaged_list_is_passed_over() -> None:
    data = bytearray(listed((teacher(), NOW - DAY)).public_bytes(Encoding.DER))
    data[-1] ^= 1
    assert word(lists=(x509.load_der_x509_crl(bytes(data)),)) is None


def test_answers_are_taken_from_the_issuer_and_from_whom_it_charged() -> None:
    charged = responder(ExtendedKeyUsageOID.OCSP_SIGNING)
    assert word(answers=(answered(teacher(), by=charged),)) is not None
    for by in (
        responder(),
        responder(ExtendedKeyUsageOID.SERVER_AUTH),
        responder(ExtendedKeyUsageOID.OCSP_SIGNING, by=STRANGER),
        STRANGER,
    ):
        assert word(answers=(answered(teacher(), by=by),)) is None


def test_answers_about_others_or_out_of_date_or_unknown_are_passed_over() -> None:
    other = teacher(name="Иванов Иван Иванович")
    assert word(answers=(answered(other),)) is None
    assert word(answers=(answered(teacher(), issuer=STRANGER),)) is None
    assert word(answers=(answered(teacher()),), at=NOW + 30 * DAY) is None
    assert word(answers=(answered(teacher(), until=None),), at=NOW + DAY) is None
    unknown = answered(teacher(), status=ocsp.OCSPCertStatus.UNKNOWN)
    assert word(answers=(unknown,)) is None
    refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    assert word(answers=(refused,)) is None


def test_the_latest_word_counts() -> None:
    old = listed(since=NOW - 2 * DAY)
    new = listed((teacher(), NOW - DAY), since=NOW)
    found = word(lists=(new, old))
    assert found is not None
    assert found == word(lists=(old, new))
    assert getattr(found, "revoked", None) == NOW - DAY


# Files


def test_evidence_is_read_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "center.crl").write_bytes(listed().public_bytes(Encoding.PEM))
    (tmp_path / "teacher.ocsp").write_bytes(answered(teacher()).public_bytes(Encoding.DER))
    (tmp_path / "teacher.cer").write_bytes(teacher().certificate.public_bytes(Encoding.DER))
    (tmp_path / "signatures.txt").write_text("ничего", "utf-8")
    found = Evidence.from_folder(tmp_path)
    assert (len(found.lists), len(found.answers), len(found.certificates)) == (1, 1, 1)
    (tmp_path / "broken.crl").write_bytes(b"rubbish")
    with pytest.raises(SigningFault, match="повреждено"):
        Evidence.from_folder(tmp_path)
    with pytest.raises(SigningFault, match="не читается"):
        Evidence.from_folder(tmp_path / "absent")
