"""Time stamps: asked for, believed only as far as proven, and what they change (RFC 3161)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from stamp_authority import SHA256, StampAuthority, stamp_authority
from test_signing_authority import (
    NOW,
    UNTIL,
    Signed,
    authority,
    openssl,
    signed,
    signer_of,
    teacher,
)

from docgen.core.errors import SigningFault
from signing import algorithms
from signing.der import integer, sequence
from signing.extend import OtherContent, with_signer, with_stamps
from signing.report import CheckName, Conclusion, Status, VerificationReport
from signing.timestampers import HttpTimestamper, LocalTimestamper
from signing.timestamps import check_stamp, parse_stamp
from signing.trust import TrustStore
from signing.verify import verify_bytes

TEXT = b"text"
DIGEST = hashlib.sha256(TEXT).digest()
YEAR = dt.timedelta(days=365)


def judged(token: bytes, store: TrustStore, at: dt.datetime = NOW) -> tuple[Status, str]:
    def imprint_of(_oid: str) -> bytes:
        return DIGEST

    verdict = check_stamp(token, imprint_of, trust=store, at=at)
    return verdict.status, verdict.indication


def roots(*authorities: StampAuthority) -> TrustStore:
    return TrustStore((authority().certificate, *(item.root for item in authorities)))


def stamped(folder: Path, by: StampAuthority) -> Signed:
    made = signed(folder)
    made.signature.write_bytes(with_stamps(made.signature.read_bytes(), by))
    return made


def told(report: VerificationReport, name: CheckName) -> tuple[Status, str]:
    found = next(item for item in report.signatures[0].checks if item.name is name)
    return found.status, found.indication


# The token


def test_a_stamp_of_a_trusted_authority_proves_its_time() -> None:
    by = stamp_authority()
    verdict = check_stamp(by.token(DIGEST), lambda _oid: DIGEST, trust=roots(by), at=NOW)
    assert (verdict.status, verdict.time) == (Status.PASSED, NOW)
    assert "20.05.2026 10:00:00" in verdict.sentence


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: (stamp_authority().token(b"0" * 32), NOW), (Status.FAILED, "HASH_FAILURE")),
        (lambda: (b"", NOW), (Status.FAILED, "FORMAT_FAILURE")),
        (lambda: (stamp_authority().token(DIGEST)[:-1], NOW), (Status.FAILED, "FORMAT_FAILURE")),
        (
            lambda: (stamp_authority(number=2).token(DIGEST), NOW),
            (Status.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND"),
        ),
        (
            lambda: (stamp_authority().token(DIGEST), NOW + 20 * YEAR),
            (Status.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE"),
        ),
    ],
)
def test_another_stamp_is_not_believed(
    make: Callable[[], tuple[bytes, dt.datetime]], expected: tuple[Status, str]
) -> None:
    token, at = make()
    assert judged(token, roots(stamp_authority()), at) == expected


@pytest.mark.parametrize(
    ("usage", "critical"),
    [
        ((), True),
        ((ExtendedKeyUsageOID.CODE_SIGNING,), True),
        ((ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING), True),
        ((ExtendedKeyUsageOID.TIME_STAMPING,), False),
    ],
)
def test_only_a_key_for_time_stamps_alone_stamps(
    usage: tuple[x509.ObjectIdentifier, ...], critical: bool
) -> None:
    by = stamp_authority(usage=usage, critical=critical, number=3)
    expected = (Status.INDETERMINATE, "CHAIN_CONSTRAINTS_FAILURE")
    assert judged(by.token(DIGEST), roots(by)) == expected


def test_no_byte_of_a_token_can_change() -> None:
    by = stamp_authority()
    token = by.token(DIGEST)
    assert judged(token, roots(by))[0] is Status.PASSED
    for at in range(len(token)):
        changed = bytearray(token)
        changed[at] ^= 1 << at % 8
        assert judged(bytes(changed), roots(by))[0] is not Status.PASSED, at


# CAdES-T


def test_openssl_accepts_what_we_stamped_and_its_token(tmp_path: Path) -> None:
    by = stamp_authority()
    made = stamped(tmp_path, by)
    (tmp_path / "ca.pem").write_bytes(_pem(authority().certificate))
    judge = openssl(
        *("cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", made.signature),
        *("-content", made.source, "-CAfile", tmp_path / "ca.pem", "-purpose", "any"),
        *("-attime", str(int(NOW.timestamp())), "-out", tmp_path / "out"),
    )
    assert judge.returncode == 0, judge.stderr
    (tmp_path / "token").write_bytes(by.token(DIGEST))
    (tmp_path / "data").write_bytes(TEXT)
    (tmp_path / "root.pem").write_bytes(_pem(by.root))
    judge = openssl(
        *("ts", "-verify", "-token_in", "-in", tmp_path / "token", "-data", tmp_path / "data"),
        *("-CAfile", tmp_path / "root.pem", "-attime", str(int(NOW.timestamp()))),
    )
    assert judge.returncode == 0, judge.stderr


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def test_a_stamped_signature_outlives_its_certificate(tmp_path: Path) -> None:
    later = UNTIL + YEAR
    by = stamp_authority()
    plain = signed(tmp_path)
    assert plain.report(later).conclusion is Conclusion.INDETERMINATE
    made = stamped(tmp_path, by)
    report = made.report(later, roots(by))
    assert report.conclusion is Conclusion.TOTAL_PASSED
    assert report.signatures[0].proven_at == NOW
    assert told(report, CheckName.TIME)[0] is Status.PASSED


def test_a_stamp_nobody_vouches_for_leaves_the_signature_in_doubt(tmp_path: Path) -> None:
    made = stamped(tmp_path, stamp_authority())
    report = made.report()
    assert report.conclusion is Conclusion.INDETERMINATE
    assert told(report, CheckName.TIME) == (Status.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")


@pytest.mark.parametrize(
    ("at", "indication"),
    [(UNTIL + YEAR, "EXPIRED"), (NOW - dt.timedelta(hours=1), "NOT_YET_VALID")],
)
def test_a_signature_stamped_out_of_the_certificates_term_fails(
    tmp_path: Path, at: dt.datetime, indication: str
) -> None:
    by = dataclasses.replace(stamp_authority(), at=at)
    report = stamped(tmp_path, by).report(UNTIL + 2 * YEAR, roots(by))
    assert report.conclusion is Conclusion.TOTAL_FAILED
    assert told(report, CheckName.CERTIFICATE) == (Status.FAILED, indication)


def test_a_stamp_of_another_signature_fails(tmp_path: Path) -> None:
    class Liar:
        def stamp(self, digest: bytes, digest_oid: str) -> bytes:
            return stamp_authority().token(hashlib.sha256(digest).digest(), digest_oid)

    made = signed(tmp_path)
    made.signature.write_bytes(with_stamps(made.signature.read_bytes(), Liar()))
    report = made.report(NOW, roots(stamp_authority()))
    assert report.conclusion is Conclusion.TOTAL_FAILED
    assert told(report, CheckName.TIME) == (Status.FAILED, "HASH_FAILURE")


@pytest.fixture(scope="module")
def stamped_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Signed, bytes]:
    made = stamped(tmp_path_factory.mktemp("stamped"), stamp_authority())
    return made, made.signature.read_bytes()


@given(data=st.data())
def test_no_bit_of_a_stamped_signature_can_change(
    stamped_once: tuple[Signed, bytes], data: st.DataObject
) -> None:
    made, whole = stamped_once
    place = data.draw(st.integers(0, 8 * len(whole) - 1))
    changed = bytearray(whole)
    changed[place // 8] ^= 1 << place % 8
    assert not passes(made, bytes(changed))


@pytest.mark.long
def test_not_one_bit_of_a_stamped_signature_can_change(
    stamped_once: tuple[Signed, bytes],
) -> None:
    made, whole = stamped_once
    assert passes(made, whole)
    survivors = []
    for place in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        if passes(made, bytes(changed)):
            survivors.append(place)
    assert survivors == []


def passes(made: Signed, data: bytes) -> bool:
    report = verify_bytes(
        made.source, data, name=made.signature, trust=roots(stamp_authority()), at=NOW
    )
    return report.conclusion is Conclusion.TOTAL_PASSED


# Several signers


def test_a_second_signer_stands_beside_the_first(tmp_path: Path) -> None:
    made = signed(tmp_path)
    other = tmp_path / "other.p7s"
    head = teacher(name="Мазуренко Ирина Павловна")
    signer_of(head).sign_file(made.source, other, signed_at=NOW)
    both = with_signer(
        made.signature.read_bytes(),
        other.read_bytes(),
        lambda oid: algorithms.file_digest(made.source, oid),
    )
    made.signature.write_bytes(both)
    report = made.report()
    assert report.conclusion is Conclusion.TOTAL_PASSED
    names = {item.certificate.subject for item in report.signatures if item.certificate}
    assert len(names) == 2
    (tmp_path / "ca.pem").write_bytes(_pem(authority().certificate))
    judge = openssl(
        *("cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", made.signature),
        *("-content", made.source, "-CAfile", tmp_path / "ca.pem", "-purpose", "any"),
        *("-attime", str(int(NOW.timestamp())), "-out", tmp_path / "out"),
    )
    assert judge.returncode == 0, judge.stderr


def test_nobody_signs_twice_nor_beside_a_signature_of_something_else(tmp_path: Path) -> None:
    made = signed(tmp_path)
    data = made.signature.read_bytes()

    def digest_of(oid: str) -> bytes:
        return algorithms.file_digest(made.source, oid)

    with pytest.raises(OtherContent):
        with_signer(data, data, digest_of)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = elsewhere / "other.p7s"
    (elsewhere / "text").write_bytes(b"another text")
    head = signer_of(teacher(name="Мазуренко Ирина Павловна"))
    head.sign_file(elsewhere / "text", other, signed_at=NOW)
    with pytest.raises(OtherContent):
        with_signer(data, other.read_bytes(), digest_of)


# Asking for stamps


@contextmanager
def served(answer: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            status, body = answer(request)
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_authority_on_the_network_stamps() -> None:
    by = stamp_authority()
    with served(lambda request: (200, by.reply(request))) as url:
        token = HttpTimestamper(url).stamp(DIGEST, SHA256)
    assert judged(token, roots(by)) == (Status.PASSED, "")
    assert parse_stamp(token).nonce is not None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda _: (200, b"rubbish"), "не читается"),
        (lambda _: (500, b""), "не штампом"),
        (lambda _: (302, b""), "не штампом"),
        (lambda request: (200, stamp_authority().reply(request, status=2)), "отказала"),
        (lambda _: (200, _response(stamp_authority().token(DIGEST, nonce=5))), "другой запрос"),
        (lambda request: (200, _lying(request)), "на другое"),
        (
            lambda request: (200, stamp_authority(usage=(), number=4).reply(request)),
            "не службе штампов",
        ),
        (lambda _: (200, b"x" * 1_000_002), "не штампом"),
    ],
)
def test_an_authority_that_lies_is_not_believed(
    answer: Callable[[bytes], tuple[int, bytes]], said: str
) -> None:
    with served(answer) as url, pytest.raises(SigningFault, match=said) as caught:
        HttpTimestamper(url).stamp(DIGEST, SHA256)
    assert caught.value.remedy


def _response(token: bytes) -> bytes:
    return sequence(sequence(integer(0)), token)


def _lying(request: bytes) -> bytes:
    nonce = tsp.TimeStampReq.load(request)["nonce"].native
    return _response(stamp_authority().token(hashlib.sha256(b"other").digest(), nonce=nonce))


def test_a_silent_authority_is_told(tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        port = deaf.getsockname()[1]
        with pytest.raises(SigningFault, match="не отвечает"):
            HttpTimestamper(f"http://127.0.0.1:{port}/", seconds=0.2).stamp(DIGEST, SHA256)
    for wrong in ("ftp://example.test/", "tsa.example.test", "http:///x"):
        with pytest.raises(SigningFault, match="записан неверно"):
            HttpTimestamper(wrong).stamp(DIGEST, SHA256)
    with pytest.raises(SigningFault, match="не сработала"):
        LocalTimestamper(tmp_path / "absent.cnf").stamp(DIGEST, SHA256)


def test_openssl_stamps_in_the_house(tmp_path: Path) -> None:
    (tmp_path / "serial").write_text("01\n")
    config = tmp_path / "tsa.cnf"
    config.write_text(
        f"""[tsa]
dir = {tmp_path}
signer_cert = $dir/tsa.pem
signer_key = $dir/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha512
serial = $dir/serial
ess_cert_id_alg = sha256
ess_cert_id_chain = no
[req]
distinguished_name = name
prompt = no
x509_extensions = extensions
[name]
CN = Учебная служба openssl
[extensions]
extendedKeyUsage = critical,timeStamping
basicConstraints = critical,CA:true
""",
        "utf-8",
    )
    made = openssl(
        *("req", "-x509", "-utf8", "-newkey", "rsa:3072", "-nodes", "-days", "2"),
        *("-keyout", tmp_path / "tsa.key", "-out", tmp_path / "tsa.pem", "-config", config),
    )
    assert made.returncode == 0, made.stderr
    token = LocalTimestamper(config).stamp(DIGEST, SHA256)
    store = TrustStore.from_paths(tmp_path / "tsa.pem")
    stamp = parse_stamp(token)
    assert judged(token, store, stamp.time) == (Status.PASSED, "")
