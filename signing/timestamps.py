"""Time stamps: that something existed at a time, by the word of an authority (RFC 3161).

A token is taken apart strictly and judged like any signature; its time is worth what its chain to
a trusted certificate is worth.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asn1crypto import core, tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing import algorithms
from signing.basic import Content, certificate_of, check_content, check_value
from signing.checks import check_attributes, check_chain
from signing.cms import (
    DetachedSignature,
    Malformed,
    SignerInfo,
    parse_enveloping,
)
from signing.report import Check, CheckName, Status
from signing.trust import (
    Chain,
    TrustStore,
    build_chain,
    has_unknown_critical_extension,
    in_time,
    load_certificate,
    subject_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TST_INFO = "1.2.840.113549.1.9.16.1.4"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A token taken apart; nothing is checked yet.

    `imprint` is the digest of what was stamped, `time` the authority's, in UTC.
    """

    token: bytes
    imprint_oid: str
    imprint: bytes
    time: dt.datetime
    serial: int
    policy: str
    nonce: int | None
    signature: DetachedSignature
    content: bytes
    oddities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StampVerdict:
    """What a token is worth: passed, failed or indeterminate, in a Russian sentence.

    `indication` is the sub-indication of ETSI EN 319 102-1; `certificate` the authority's.
    """

    status: Status
    sentence: str
    indication: str = ""
    stamp: Stamp | None = None
    certificate: x509.Certificate | None = None
    chain: Chain = field(default_factory=lambda: Chain(()))

    @property
    def time(self) -> dt.datetime | None:
        """The proven time; None unless the stamp passed."""
        return self.stamp.time if self.stamp and self.status is Status.PASSED else None


def parse_stamp(token: bytes) -> Stamp:
    """Take a token apart; raises Malformed with a Russian sentence when it is none."""
    try:
        signature, content = parse_enveloping(token, _TST_INFO)
        info = tsp.TSTInfo.load(content, strict=True)
        return _stamp(token, signature, content, info)
    except Malformed as fault:
        raise Malformed(f"Штамп времени не читается. {fault}") from fault
    except (ValueError, TypeError, KeyError, OverflowError) as fault:
        raise Malformed("Штамп времени повреждён: его строение не разбирается.") from fault


def _stamp(token: bytes, signature: DetachedSignature, content: bytes, info: tsp.TSTInfo) -> Stamp:
    if len(signature.signers) != 1:
        raise Malformed("В штампе времени должна быть ровно одна подпись.")
    imprint = info["message_imprint"]
    nonce = info["nonce"]
    oddities = list(signature.oddities)
    if info["version"].native != "v1" or not isinstance(info["extensions"], core.Void):
        oddities.append("В штампе времени есть части, которых программа не понимает.")
    if imprint["hash_algorithm"]["parameters"].dump() not in {b"", b"\x05\x00"}:
        oddities.append("У алгоритма хеширования в штампе времени указаны лишние параметры.")
    return Stamp(
        token=token,
        imprint_oid=imprint["hash_algorithm"]["algorithm"].dotted,
        imprint=imprint["hashed_message"].native,
        time=info["gen_time"].native.astimezone(dt.UTC),
        serial=info["serial_number"].native,
        policy=info["policy"].dotted,
        nonce=None if isinstance(nonce, core.Void) else nonce.native,
        signature=signature,
        content=content,
        oddities=tuple(oddities),
    )


def check_stamp(
    token: bytes, imprint_of: Callable[[str], bytes], *, trust: TrustStore, at: dt.datetime
) -> StampVerdict:
    """Judge a token as of `at`: is it over this, by an authority that leads to a trusted one.

    `imprint_of` gives the digest of what should be stamped, by the OID of a known algorithm.
    """
    try:
        stamp = parse_stamp(token)
        embedded = tuple(load_certificate(der) for der in stamp.signature.certificates)
    except Malformed as fault:
        return StampVerdict(Status.FAILED, str(fault), "FORMAT_FAILURE")
    except ValueError:
        sentence = "Сертификат внутри штампа времени повреждён."
        return StampVerdict(Status.FAILED, sentence, "FORMAT_FAILURE")
    (info,) = stamp.signature.signers
    certificate = certificate_of(info, (*embedded, *trust.certificates))
    chain = build_chain(certificate, embedded, trust, at) if certificate else Chain(())
    checks = list(_checks(stamp, info, certificate, chain, imprint_of, at))
    if chain.path and not {*chain.path, *trust.certificates}.issuperset(embedded):
        sentence = "В штампе есть сертификат, который не относится к службе штампов."
        checks.append(_doubt(CheckName.STRUCTURE, sentence, "SIG_CONSTRAINTS_FAILURE"))
    worst = _worst(checks)
    if worst is not None:
        sentence = f"Штамп времени не подтверждён. {worst.sentence}"
        return StampVerdict(worst.status, sentence, worst.indication, stamp, certificate, chain)
    moment = f"{stamp.time.astimezone(at.tzinfo):%d.%m.%Y %H:%M:%S}"
    who = subject_text(certificate) if certificate else ""
    sentence = f"Время {moment} доказано штампом времени ({who})."
    return StampVerdict(Status.PASSED, sentence, "", stamp, certificate, chain)


def _checks(
    stamp: Stamp,
    info: SignerInfo,
    certificate: x509.Certificate | None,
    chain: Chain,
    imprint_of: Callable[[str], bytes],
    at: dt.datetime,
) -> Iterator[Check]:
    yield _check_imprint(stamp, imprint_of)

    def digest_of(oid: str) -> bytes:
        running = algorithms.new_hash(oid)
        running.update(stamp.content)
        return running.digest()

    content = Content(digest_of)
    yield check_content(info, content)
    yield check_value(info, certificate, content)
    yield check_attributes(info, certificate)
    if info.unsigned_attributes:
        sentence = "К штампу добавлены атрибуты, которых программа не проверяет."
        yield _doubt(CheckName.ADDITIONS, sentence, "SIG_CONSTRAINTS_FAILURE")
    for oddity in stamp.oddities:
        yield _doubt(CheckName.STRUCTURE, oddity, "SIG_CONSTRAINTS_FAILURE")
    if certificate is not None:
        yield from _check_authority(stamp, certificate, at)
        yield check_chain(chain)


def _check_imprint(stamp: Stamp, imprint_of: Callable[[str], bytes]) -> Check:
    name = CheckName.CONTENT
    if not algorithms.knows_digest(stamp.imprint_oid):
        sentence = f"Алгоритм {algorithms.title(stamp.imprint_oid)} программа не проверяет."
        return _doubt(name, sentence, "CRYPTO_CONSTRAINTS_FAILURE")
    if stamp.imprint != imprint_of(stamp.imprint_oid):
        return Check(name, Status.FAILED, "Он поставлен на другое.", "HASH_FAILURE")
    return Check(name, Status.PASSED, "")


def _check_authority(
    stamp: Stamp, certificate: x509.Certificate, at: dt.datetime
) -> Iterator[Check]:
    """RFC 3161 2.3: the key stamps and does nothing else; its term covers the stamp and `at`."""
    name = CheckName.CERTIFICATE
    if not stamps_only(certificate):
        sentence = "Сертификат выдан не службе штампов времени."
        yield _doubt(name, sentence, "CHAIN_CONSTRAINTS_FAILURE")
    if has_unknown_critical_extension(certificate):
        sentence = "В сертификате службы есть ограничения, которых программа не понимает."
        yield _doubt(name, sentence, "CHAIN_CONSTRAINTS_FAILURE")
    if not in_time(certificate, stamp.time):
        sentence = "Время штампа вне срока действия сертификата службы."
        yield _doubt(name, sentence, "OUT_OF_BOUNDS_NO_POE")
    elif not in_time(certificate, at):
        day = f"{certificate.not_valid_after_utc:%d.%m.%Y}"
        sentence = f"Срок действия сертификата службы истёк {day}, а штамп не продлён."
        yield _doubt(name, sentence, "OUT_OF_BOUNDS_NO_POE")


def stamps_only(certificate: x509.Certificate) -> bool:
    """Whether the certificate is for time stamps alone, and critically so (RFC 3161 2.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _doubt(name: CheckName, sentence: str, indication: str) -> Check:
    return Check(name, Status.INDETERMINATE, sentence, indication)


def _worst(checks: Sequence[Check]) -> Check | None:
    for status in (Status.FAILED, Status.INDETERMINATE):
        for check in checks:
            if check.status is status:
                return check
    return None
