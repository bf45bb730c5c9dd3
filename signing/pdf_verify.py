"""Checks the signatures inside a PDF, each apart (ETSI EN 319 142-1, ISO 32000-2 12.8).

A PDF can be changed after it was signed without touching the signed bytes. So besides each
signature itself it is asked what bytes it covers, what was added after it, and whether the last
one covers the whole file. A file cut back to an earlier signature is sound in itself: only who
knows what to expect (signers, digest) can tell.
"""

# The library has types for a part of its functions only.
# mypy: allow-untyped-calls

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from docgen.core.errors import InputFault
from docgen.core.reasons import reason
from signing import algorithms
from signing.cms import MAXIMAL_BYTES, Malformed, Unsupported, parse_detached
from signing.der import sequence_length
from signing.pdf_reading import (
    BrokenPdf,
    Coverage,
    UncheckablePdf,
    coverage,
    filled_fields,
    open_pdf,
    telling,
)
from signing.report import Check, CheckName, SignatureReport, Status, VerificationReport
from signing.revocation import NO_EVIDENCE, Evidence
from signing.timestamps import check_stamp
from signing.verify import judge_parsed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pyhanko.pdf_utils.reader import PdfFileReader

    from signing.pdf_reading import Field
    from signing.trust import TrustStore

_FORMS = {"ETSI.CAdES.detached", "adbe.pkcs7.detached"}
_DOCUMENT_TIME_STAMP = "ETSI.RFC3161"


def verify_pdf(
    source: Path,
    *,
    trust: TrustStore,
    at: dt.datetime,
    evidence: Evidence = NO_EVIDENCE,
    expected: Sequence[str] = (),
    expected_sha512: str = "",
) -> VerificationReport:
    """Check all signatures of a PDF as of `at`, a time with its zone.

    `evidence` are the certificates and words on revocation that were frozen with the file;
    `expected` are the thumbprints (SHA-256, hexadecimal) of all who must have signed;
    `expected_sha512` is the digest of the file as it was filed. Whatever is wrong is told in the
    report. Raises InputFault when the file cannot be read.
    """
    try:
        data = source.read_bytes()
    except OSError as fault:
        raise InputFault(
            f"Не удалось прочитать документ: {reason(fault)}.",
            where=str(source),
            remedy="Проверьте путь и права на файл.",
        ) from fault
    return verify_pdf_bytes(
        data,
        name=source,
        trust=trust,
        at=at,
        evidence=evidence,
        expected=expected,
        expected_sha512=expected_sha512,
    )


def verify_pdf_bytes(
    data: bytes,
    *,
    name: Path,
    trust: TrustStore,
    at: dt.datetime,
    evidence: Evidence = NO_EVIDENCE,
    expected: Sequence[str] = (),
    expected_sha512: str = "",
) -> VerificationReport:
    """Check a PDF held in memory; `name` is the file it stands in or will stand in.

    Raises ValueError when `at` has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("the time of checking needs its zone")
    try:
        reader = open_pdf(data)
        found = _in_order(data, filled_fields(reader))
    except BrokenPdf as fault:
        unknown = isinstance(fault, UncheckablePdf)
        return VerificationReport(name, name, at, _unread(str(fault), unknown=unknown), ())
    judge = _Judge(data, reader, trust, at, evidence)
    signatures = tuple(
        judge.signature(number, item, last=number == len(found))
        for number, item in enumerate(found, 1)
    )
    structure = _whole(data, signatures, expected, expected_sha512)
    return VerificationReport(name, name, at, structure, signatures)


# --- the file as a whole -----------------------------------------------------------------------


def _unread(sentence: str, *, unknown: bool) -> Check:
    """Say why something was not read: it is broken, or of a kind we do not know."""
    if unknown:
        return Check(CheckName.STRUCTURE, Status.INDETERMINATE, sentence, "SIG_CONSTRAINTS_FAILURE")
    return Check(CheckName.STRUCTURE, Status.FAILED, sentence, "FORMAT_FAILURE")


@dataclass(frozen=True, slots=True)
class _Found:
    field: Field
    coverage: Coverage


def _in_order(data: bytes, fields: list[Field]) -> list[_Found]:
    """Read what each signature covers, and put them in the order they were made."""
    if not fields:
        raise BrokenPdf("В файле PDF нет ни одной подписи.")
    if len({field.reference for field in fields}) != len(fields):
        raise BrokenPdf("Одна и та же подпись названа в файле PDF дважды.")
    found = [_Found(field, coverage(data, field)) for field in fields]
    return sorted(found, key=lambda item: (item.coverage.end, item.field.name))


def _whole(
    data: bytes,
    signatures: tuple[SignatureReport, ...],
    expected: Sequence[str],
    expected_sha512: str,
) -> Check:
    """Compare the file with what the caller knows of it."""
    if expected_sha512 and hashlib.sha512(data).hexdigest() != expected_sha512.lower():
        sentence = (
            "Файл не тот, что был принят: его хеш другой, хотя подписи в нём могут быть верны."
        )
        return Check(CheckName.STRUCTURE, Status.FAILED, sentence, "HASH_FAILURE")
    present = Counter(item.certificate.thumbprint for item in signatures if item.certificate)
    wanted = Counter(thumbprint.lower() for thumbprint in expected)
    if missing := wanted - present:
        sentence = (
            f"Не хватает подписей: {missing.total()} из {wanted.total()}. Файл не подписан до "
            "конца или обрезан до более ранней подписи."
        )
        return Check(CheckName.STRUCTURE, Status.FAILED, sentence, "FORMAT_FAILURE")
    if wanted and present - wanted:
        sentence = "В файле есть подпись, которой в нём быть не должно."
        return Check(CheckName.STRUCTURE, Status.INDETERMINATE, sentence, "SIG_CONSTRAINTS_FAILURE")
    sentence = f"Файл PDF, подписей в нём: {len(signatures)}."
    return Check(CheckName.STRUCTURE, Status.PASSED, sentence)


# --- one signature -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Judge:
    data: bytes
    reader: PdfFileReader
    trust: TrustStore
    at: dt.datetime
    evidence: Evidence

    def signature(self, number: int, found: _Found, *, last: bool) -> SignatureReport:
        """Ask what is covered and what came after, then check the signature itself."""
        covered = self._coverage(found.coverage, last=last)
        checks = [covered]
        if covered.status is Status.PASSED and not last:
            checks.append(self._changes(found))
        try:
            report = self._inside(found)
        except Malformed as fault:
            inside = _unread(str(fault), unknown=isinstance(fault, Unsupported))
            report = SignatureReport(number, (inside,), None, found.field.claimed_at, "")
        container, *others = report.checks
        return replace(report, number=number, checks=(container, *checks, *others))

    def _coverage(self, covered: Coverage, *, last: bool) -> Check:
        added = len(self.data) - covered.end
        if covered.fault or (last and added):
            sentence = covered.fault or (
                f"После последней подписи в файл дописано байтов: {added}; под ними никто не "
                "подписался."
            )
            return Check(CheckName.COVERAGE, Status.FAILED, sentence, "FORMAT_FAILURE")
        if last:
            return Check(CheckName.COVERAGE, Status.PASSED, "Подпись охватывает весь файл.")
        sentence = "Подпись охватывает весь файл, каким он был тогда; после неё он дополнен."
        return Check(CheckName.COVERAGE, Status.PASSED, sentence)

    def _changes(self, found: _Found) -> Check:
        """Whether nothing but signatures came after this one (pyHanko's difference analysis)."""
        try:
            with telling(
                "Что изменено в файле после этой подписи, установить нельзя: он повреждён."
            ):
                fault = self._fault_of_changes(found.field)
        except BrokenPdf as broken:
            fault = str(broken)
        if fault:
            return Check(CheckName.CHANGES, Status.FAILED, fault, "HASH_FAILURE")
        sentence = "После этой подписи в файл добавлены только подписи."
        return Check(CheckName.CHANGES, Status.PASSED, sentence)

    def _fault_of_changes(self, field: Field) -> str:
        embedded = EmbeddedPdfSignature(self.reader, field.dictionary, field.name)
        # What does not cover its whole version of the file counts as changed, too.
        embedded.coverage = embedded.evaluate_signature_coverage()  # type: ignore[assignment]
        changes = embedded.evaluate_modifications(_only_signatures())
        if not isinstance(changes, DiffResult):
            return "После этой подписи в файле изменено не только то, что нужно для новых подписей."
        level, allowed = changes.modification_level, embedded.docmdp_level
        if level > ModificationLevel.FORM_FILLING or (allowed and level.value > allowed.value):
            return "Подписавший запретил менять файл после своей подписи, а он изменён."
        return ""

    def _inside(self, found: _Found) -> SignatureReport:
        """Check what stands in /Contents, the container first. Raises Malformed."""
        field, covered = found.field, found.coverage
        contents = _without_padding(covered.contents)

        def digest_of(oid: str) -> bytes:
            running = algorithms.new_hash(oid)
            running.update(self.data[: covered.hole[0]])
            running.update(self.data[covered.hole[1] : covered.end])
            return running.digest()

        if field.form == _DOCUMENT_TIME_STAMP:
            return self._stamp(contents, digest_of)
        if field.form not in _FORMS:
            raise Unsupported(f"Подпись вида «{field.form}» программа не проверяет.")
        parsed = parse_detached(contents)
        if len(parsed.signers) != 1:
            raise Malformed("В одном поле PDF стоит не одна подпись.")
        signer = parsed.signers[0]
        if signer.signing_time is None:  # in a PDF the signer's clock stands beside the signature
            signer = replace(signer, signing_time=field.claimed_at)
        container, reports = judge_parsed(
            replace(parsed, signers=(signer,)),
            digest_of,
            trust=self.trust,
            at=self.at,
            evidence=self.evidence,
        )
        if not reports:
            raise Malformed(container.sentence)
        return replace(reports[0], checks=(container, *reports[0].checks))

    def _stamp(self, token: bytes, digest_of: Callable[[str], bytes]) -> SignatureReport:
        """Check a time stamp over the whole file: nobody's signature, so it names no signer."""
        verdict = check_stamp(token, digest_of, trust=self.trust, at=self.at)
        kind = Check(CheckName.STRUCTURE, Status.STATED, "Штамп времени на весь файл.")
        time = Check(CheckName.TIME, verdict.status, verdict.sentence, verdict.indication)
        return SignatureReport(1, (kind, time), None, None, "", proven_at=verdict.time)


def _without_padding(contents: bytes) -> bytes:
    """Cut off the zeros that fill the place kept for a signature. Raises Malformed for others."""
    if not contents.strip(b"\0"):
        raise Malformed("Место для подписи в файле PDF есть, а самой подписи нет.")
    if len(contents) > MAXIMAL_BYTES:
        raise Malformed("Подпись в файле PDF больше 10 МБ.")
    length = sequence_length(contents)
    if length is None:  # BER or no signature at all: told by who takes it apart
        return contents
    if contents[length:].strip(b"\0"):
        raise Malformed("После подписи в отведённом ей месте файла PDF стоит что-то ещё.")
    return contents[:length]


def _only_signatures() -> StandardDiffPolicy:
    """Allow signatures, what proves them (DSS), and metadata, which other tools put up to date."""
    files = (DocInfoRule, XrefStreamRule, ObjectStreamRule, DSSCompareRule, MetadataUpdateRule)
    return StandardDiffPolicy(
        global_rules=[
            CatalogModificationRule(),
            *(rule().as_qualified(ModificationLevel.LTA_UPDATES) for rule in files),
        ],
        form_rule=FormUpdatingRule(
            field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]
        ),
    )
