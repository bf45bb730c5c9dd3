"""Checks a detached CAdES-BES signature against its file (ETSI EN 319 102-1 5.3).

Without a time stamp a signature is judged on the day of checking (63-ФЗ, ст. 11); that day is
passed in. What cannot be established is said to be so, never passed over.
"""

from __future__ import annotations

import errno
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docgen.core.errors import InputFault
from docgen.core.reasons import reason
from signing import algorithms
from signing.basic import (
    Content,
    certificate_details,
    certificate_of,
    check_content,
    check_value,
)
from signing.checks import (
    check_additions,
    check_attributes,
    check_certificate,
    check_chain,
    check_revocation,
    check_stamps,
    check_time,
    state_tool,
)
from signing.cms import (
    MAXIMAL_BYTES,
    DetachedSignature,
    Malformed,
    SignerInfo,
    Unsupported,
    parse_detached,
)
from signing.report import Check, CheckName, SignatureReport, Status, VerificationReport
from signing.revocation import NO_EVIDENCE, Evidence
from signing.timestamps import check_stamp
from signing.trust import Chain, TrustStore, build_chain, load_certificate

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cryptography import x509


def verify_file(
    source: Path,
    signature: Path,
    *,
    trust: TrustStore,
    at: dt.datetime,
    evidence: Evidence = NO_EVIDENCE,
) -> VerificationReport:
    """Check the signature file (DER or PEM) of `source` as of `at`, a time with its zone.

    `evidence` are the certificates and words on revocation that were frozen with it.
    Whatever is wrong with the signature is told in the report.
    Raises InputFault when one of the two files cannot be read.
    """
    try:
        too_big = signature.stat().st_size > MAXIMAL_BYTES
        data = b"" if too_big else signature.read_bytes()
    except OSError as fault:
        raise _unreadable("Не удалось прочитать файл подписи", signature, fault) from fault
    if too_big:
        structure = _malformed("Файл подписи больше 10 МБ: это не отсоединённая подпись.")
        _require_readable(source)
        return VerificationReport(source, signature, at, structure, ())
    return verify_bytes(source, data, name=signature, trust=trust, at=at, evidence=evidence)


def verify_bytes(
    source: Path,
    data: bytes,
    *,
    name: Path,
    trust: TrustStore,
    at: dt.datetime,
    evidence: Evidence = NO_EVIDENCE,
) -> VerificationReport:
    """Check a signature held in memory; `name` is the file it stands in or will stand in.

    Raises InputFault when `source` cannot be read, ValueError when `at` has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("the time of checking needs its zone")
    _require_readable(source)
    try:
        parsed = parse_detached(data)
    except Unsupported as fault:
        structure = Check(
            CheckName.STRUCTURE, Status.INDETERMINATE, str(fault), "SIG_CONSTRAINTS_FAILURE"
        )
        return VerificationReport(source, name, at, structure, ())
    except Malformed as fault:
        return VerificationReport(source, name, at, _malformed(str(fault)), ())

    def digest_of(oid: str) -> bytes:
        try:
            return algorithms.hash_file(source, algorithms.new_hash(oid))
        except OSError as fault:
            raise _unreadable("Не удалось прочитать документ", source, fault) from fault

    structure, signatures = judge_parsed(parsed, digest_of, trust=trust, at=at, evidence=evidence)
    return VerificationReport(source, name, at, structure, signatures)


def judge_parsed(
    parsed: DetachedSignature,
    digest_of: Callable[[str], bytes],
    *,
    trust: TrustStore,
    at: dt.datetime,
    evidence: Evidence = NO_EVIDENCE,
) -> tuple[Check, tuple[SignatureReport, ...]]:
    """Check signatures over content known by its digests: of the container, and of each.

    `digest_of` is asked for the OID of a known algorithm, once for each.
    """
    try:
        embedded = tuple(load_certificate(der) for der in parsed.certificates)
    except ValueError:
        return _malformed("Сертификат внутри файла подписи повреждён."), ()
    content = Content(digest_of)
    judged = [_judge(item, content, embedded, trust, at, evidence) for item in parsed.signers]
    signatures = tuple(
        SignatureReport(
            number=number,
            checks=verdict.checks,
            certificate=certificate_details(verdict.certificate),
            claimed_at=info.signing_time,
            algorithm=", ".join(map(algorithms.title, (info.signature_oid, info.digest_oid))),
            proven_at=verdict.proven_at,
        )
        for number, (info, verdict) in enumerate(zip(parsed.signers, judged, strict=True), 1)
    )
    return _structure(parsed, embedded, trust, [item.chain for item in judged]), signatures


@dataclass(frozen=True, slots=True)
class _Judged:
    checks: tuple[Check, ...]
    certificate: x509.Certificate | None
    chain: Chain
    proven_at: dt.datetime | None


def _judge(
    info: SignerInfo,
    content: Content,
    embedded: tuple[x509.Certificate, ...],
    trust: TrustStore,
    at: dt.datetime,
    evidence: Evidence,
) -> _Judged:
    """Run all checks of one signature in the order of the report.

    A time stamp that holds moves the judgement to its time (63-ФЗ, ст. 11; EN 319 102-1 5.5).
    """
    known = (*embedded, *evidence.certificates)
    certificate = certificate_of(info, (*known, *trust.certificates))

    def signature_digest(oid: str) -> bytes:
        running = algorithms.new_hash(oid)
        running.update(info.signature)
        return running.digest()

    stamps = [check_stamp(item, signature_digest, trust=trust, at=at) for item in info.stamps]
    times = [verdict.time for verdict in stamps if verdict.time is not None]
    proven_at = min(times) if times and len(times) == len(stamps) else None
    moment, proven = proven_at or at, proven_at is not None
    checks = [
        check_content(info, content),
        check_value(info, certificate, content),
        check_attributes(info, certificate),
        check_certificate(certificate, moment, proven=proven),
    ]
    chain = Chain(())
    if certificate is not None:
        chain = build_chain(certificate, known, trust, moment)
        checks.append(check_chain(chain))
    checks += check_additions(info)
    checks.append(check_revocation(chain, moment, evidence, proven=proven))
    checks.append(check_stamps(stamps) if stamps else check_time(info, at))
    checks.append(state_tool())
    return _Judged(tuple(checks), certificate, chain, proven_at)


# --- the container ---------------------------------------------------------------------------


def _malformed(sentence: str) -> Check:
    return Check(CheckName.STRUCTURE, Status.FAILED, sentence, "FORMAT_FAILURE")


def _structure(
    parsed: DetachedSignature,
    embedded: Sequence[x509.Certificate],
    trust: TrustStore,
    chains: Sequence[Chain],
) -> Check:
    """Judge the container as a whole: nothing in it may stand outside of what was checked."""
    oddities = list(parsed.oddities)
    needed = {item for chain in chains for item in chain.path} | set(trust.certificates)
    if all(chain.path for chain in chains) and not needed.issuperset(embedded):
        oddities.append("В файле подписи есть сертификат, который не относится к подписавшим.")
    if len(set(embedded)) != len(embedded):
        oddities.append("Один и тот же сертификат вложен в файл подписи дважды.")
    if oddities:
        return Check(
            CheckName.STRUCTURE, Status.INDETERMINATE, " ".join(oddities), "SIG_CONSTRAINTS_FAILURE"
        )
    return Check(CheckName.STRUCTURE, Status.PASSED, "Отсоединённая подпись в формате CMS.")


# --- reading -----------------------------------------------------------------------------------


def _require_readable(source: Path) -> None:
    try:
        mode = source.stat().st_mode
        waits = not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))  # a pipe, a device
        if not waits:
            source.open("rb").close()
    except OSError as fault:
        raise _unreadable("Не удалось прочитать документ", source, fault) from fault
    if waits:
        refused = OSError(errno.EINVAL, "no plain file")
        raise _unreadable("Не удалось прочитать документ", source, refused)


def _unreadable(what: str, path: Path, fault: OSError) -> InputFault:
    return InputFault(
        f"{what}: {reason(fault)}.",
        where=str(path),
        remedy="Проверьте путь и права на файл.",
    )
