"""Evidence records: one time stamp for many documents, renewed for as long as they are kept.

RFC 4998: a record proves that its documents existed at a time. It grows by renewal: a stamp about
to lose its worth is stamped again (5.2), a digest about to lose its worth is replaced (5.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from asn1crypto import core, tsp

from docgen.core.errors import InputFault
from docgen.core.reasons import reason
from signing import algorithms
from signing.basic import certificate_of
from signing.checks import unknown_algorithm
from signing.cms import Malformed, require_known_fields
from signing.der import NotDer, encoded, integer, octets, oid, require_der, sequence, tagged
from signing.hash_tree import Digest, ReducedTree, reduced_trees, root_of
from signing.report import Check, CheckName, SignatureReport, Status, VerificationReport
from signing.timestamps import check_stamp, parse_stamp
from signing.trust import load_certificate

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from signing.interfaces import Timestamper
    from signing.trust import TrustStore

SUFFIX = ".ers"
MAXIMAL_BYTES = 10 * 1000 * 1000

_VERSION = 1
_DIGEST, _TREE = 0xA0, 0xA2


@dataclass(frozen=True, slots=True)
class ArchiveTimeStamp:
    """One stamp (4.1): the tree that leads to it, and the token; `encoded` is its DER."""

    digest_oid: str
    reduced: ReducedTree
    token: bytes
    encoded: bytes


Stamped = tuple[ArchiveTimeStamp, ...]
"""A chain (5.1): each stamp covers the one before it; all of one digest."""


@dataclass(frozen=True)
class EvidenceRecord:
    """A record taken apart: chains of stamps, the oldest first; nothing is checked yet."""

    digest_oids: tuple[str, ...]
    chains: tuple[Stamped, ...]

    @property
    def last(self) -> ArchiveTimeStamp:
        """The stamp that holds everything before it."""
        return self.chains[-1][-1]

    @cached_property
    def encoded(self) -> bytes:
        """The record as DER; the parts keep the bytes they came with."""
        return sequence(
            integer(_VERSION),
            sequence(*(sequence(oid(item)) for item in self.digest_oids)),
            encoded_chains(self.chains),
        )


def encoded_chains(chains: Sequence[Stamped]) -> bytes:
    """Encode an ArchiveTimeStampSequence: what a renewal of the digest covers (5.3)."""
    return sequence(*(sequence(*(stamp.encoded for stamp in chain)) for chain in chains))


def hasher(digest_oid: str) -> Callable[[bytes], Digest]:
    """Digest bytes by an algorithm; KeyError for one unknown."""

    def digest(data: bytes) -> Digest:
        running = algorithms.new_hash(digest_oid)
        running.update(data)
        return running.digest()

    return digest


def digests_of(paths: Iterable[Path], digest_oid: str) -> tuple[Digest, ...]:
    """Digest files one after another, never holding one whole; raises OSError."""
    return tuple(algorithms.hash_file(path, algorithms.new_hash(digest_oid)) for path in paths)


# --- making ------------------------------------------------------------------------------------


def make_records(
    groups: Sequence[Sequence[Digest]], digest_oid: str, timestamper: Timestamper
) -> tuple[EvidenceRecord, ...]:
    """Stamp many groups of documents at once, by their digests; a record for each group (4.2).

    A group is what is proven together: a document with its signatures. Equal digests in a group
    count once. Raises SigningFault when the authority gives no stamp.
    """
    stamps = _stamped([tuple(dict.fromkeys(group)) for group in groups], digest_oid, timestamper)
    return tuple(EvidenceRecord((digest_oid,), ((stamp,),)) for stamp in stamps)


def renew_stamps(
    records: Sequence[EvidenceRecord], timestamper: Timestamper
) -> tuple[EvidenceRecord, ...]:
    """Stamp the last stamps of many records again, all at once (5.2).

    All records must end with stamps of one digest algorithm, else ValueError: renew them apart.
    """
    (digest_oid,) = {record.last.digest_oid for record in records}
    digest = hasher(digest_oid)
    stamps = _stamped([(digest(record.last.token),) for record in records], digest_oid, timestamper)
    return tuple(
        replace(record, chains=(*record.chains[:-1], (*record.chains[-1], stamp)))
        for record, stamp in zip(records, stamps, strict=True)
    )


def renew_digests(
    records: Sequence[tuple[EvidenceRecord, Sequence[Digest]]],
    digest_oid: str,
    timestamper: Timestamper,
) -> tuple[EvidenceRecord, ...]:
    """Begin new chains with another digest over documents and all chains so far (5.3).

    Each record comes with its documents' digests by the new algorithm.
    """
    groups = [covered(record.chains, group, digest_oid) for record, group in records]
    stamps = _stamped(groups, digest_oid, timestamper)
    return tuple(
        EvidenceRecord(
            tuple(dict.fromkeys((*record.digest_oids, digest_oid))), (*record.chains, (stamp,))
        )
        for (record, _group), stamp in zip(records, stamps, strict=True)
    )


def covered(
    chains: Sequence[Stamped], group: Sequence[Digest], digest_oid: str
) -> tuple[Digest, ...]:
    """What a new chain stamps: each document's digest put before that of the chains (5.3)."""
    digest = hasher(digest_oid)
    earlier = digest(encoded_chains(chains))
    return tuple(dict.fromkeys(digest(item + earlier) for item in group))


def _stamped(
    groups: Sequence[Sequence[Digest]], digest_oid: str, timestamper: Timestamper
) -> list[ArchiveTimeStamp]:
    root, trees = reduced_trees(groups, hasher(digest_oid))
    token = timestamper.stamp(root, digest_oid)
    return [_archive_time_stamp(digest_oid, tree, token) for tree in trees]


def _archive_time_stamp(digest_oid: str, reduced: ReducedTree, token: bytes) -> ArchiveTimeStamp:
    parts = [tagged(_DIGEST, oid(digest_oid))]
    if reduced:
        parts.append(tagged(_TREE, *(sequence(*(octets(item) for item in row)) for row in reduced)))
    return ArchiveTimeStamp(digest_oid, reduced, token, sequence(*parts, token))


# --- taking apart ------------------------------------------------------------------------------


class _Chain(core.SequenceOf):  # type: ignore[misc]
    _child_spec = tsp.ArchiveTimeStamp


class _Chains(core.SequenceOf):  # type: ignore[misc]
    _child_spec = _Chain


class _Record(core.Sequence):  # type: ignore[misc]
    """EvidenceRecord as RFC 4998 4 has it: asn1crypto's own knows no chains."""

    _fields: ClassVar = [
        *tsp.EvidenceRecord._fields[:-1],
        ("archive_time_stamp_sequence", _Chains),
    ]


def parse_record(data: bytes) -> EvidenceRecord:
    """Take a record apart; raises Malformed with a Russian sentence when it is none."""
    if not data:
        raise Malformed("Файл свидетельства пуст.")
    try:
        require_der(data)
        return _record(_Record.load(data, strict=True))
    except Malformed:
        raise
    # What asn1crypto raises on values that do not fit its schema.
    except (NotDer, ValueError, TypeError, KeyError, OverflowError) as fault:
        raise Malformed(
            "Файл свидетельства повреждён или это не свидетельство (RFC 4998)."
        ) from fault


def _record(record: _Record) -> EvidenceRecord:
    require_known_fields(record)
    if record["version"].native != "v1":
        raise Malformed("Свидетельство неизвестной версии.")
    if not all(isinstance(record[name], core.Void) for name in ("crypto_infos", "encryption_info")):
        raise Malformed("В свидетельстве есть части, которых программа не проверяет.")
    chains = tuple(
        tuple(_stamp(item) for item in chain) for chain in record["archive_time_stamp_sequence"]
    )
    if not chains or not all(chains):
        raise Malformed("В свидетельстве нет ни одного штампа времени.")
    found = EvidenceRecord(
        tuple(item["algorithm"].dotted for item in record["digest_algorithms"]), chains
    )
    used = tuple(dict.fromkeys(stamp.digest_oid for chain in chains for stamp in chain))
    if found.digest_oids != used:
        raise Malformed("Перечень алгоритмов свидетельства не отвечает его штампам.")
    if any(len({stamp.digest_oid for stamp in chain}) > 1 for chain in chains):
        raise Malformed("В одной цепочке штампов разные алгоритмы хеша.")
    return found


def _stamp(item: tsp.ArchiveTimeStamp) -> ArchiveTimeStamp:
    require_known_fields(item)
    if not isinstance(item["attributes"], core.Void):
        raise Malformed("В свидетельстве есть атрибуты, которых программа не проверяет.")
    token = encoded(item["time_stamp"])
    named = item["digest_algorithm"]
    reduced = item["reduced_hashtree"]
    return ArchiveTimeStamp(
        digest_oid=parse_stamp(token).imprint_oid
        if isinstance(named, core.Void)
        else named["algorithm"].dotted,
        reduced=()
        if isinstance(reduced, core.Void)
        else tuple(tuple(value.native for value in row) for row in reduced),
        token=token,
        encoded=encoded(item),
    )


# --- checking ----------------------------------------------------------------------------------


def verify_record(
    documents: Sequence[Path], record: Path, *, trust: TrustStore, at: dt.datetime
) -> VerificationReport:
    """Check that the record proves the documents: its one document, or the whole group.

    Each stamp is judged at the moment of the next one, which covers it; the last one at `at`.
    The report has an entry for each stamp. Raises InputFault when a file cannot be read.
    """
    source = documents[0]
    try:
        data = record.read_bytes() if record.stat().st_size <= MAXIMAL_BYTES else b""
        parsed = parse_record(data)
        times = [parse_stamp(stamp.token).time for chain in parsed.chains for stamp in chain]
    except OSError as fault:
        raise _unreadable(record, fault) from fault
    except Malformed as fault:
        structure = Check(CheckName.STRUCTURE, Status.FAILED, str(fault), "FORMAT_FAILURE")
        return VerificationReport(source, record, at, structure, ())
    structure = Check(CheckName.STRUCTURE, Status.PASSED, "Свидетельство в формате RFC 4998.")
    places = [
        (chain, place) for chain, row in enumerate(parsed.chains) for place in range(len(row))
    ]
    reports = tuple(
        _judge(documents, parsed, chain, place, number, moment, trust)
        for number, ((chain, place), moment) in enumerate(
            zip(places, [*times[1:], at], strict=True), start=1
        )
    )
    return VerificationReport(source, record, at, structure, reports)


def stamp_ends(record: Path) -> dt.datetime:
    """When the certificate of the last stamp ends: by then it has to be stamped again.

    Raises InputFault for a file that is no record or holds no such certificate.
    """
    try:
        stamp = parse_stamp(parse_record(record.read_bytes()).last.token)
        embedded = [load_certificate(der) for der in stamp.signature.certificates]
    except OSError as fault:
        raise _unreadable(record, fault) from fault
    except ValueError as fault:
        raise InputFault(
            str(fault), where=str(record), remedy="Восстановите файл из второго экземпляра."
        ) from fault
    own = certificate_of(stamp.signature.signers[0], embedded)
    return own.not_valid_after_utc if own else stamp.time


def _judge(
    documents: Sequence[Path],
    record: EvidenceRecord,
    chain: int,
    place: int,
    number: int,
    at: dt.datetime,
    trust: TrustStore,
) -> SignatureReport:
    stamp = record.chains[chain][place]
    content, root = _content(documents, record, chain, place)
    checks = [content]
    told = None
    if root is not None:

        def imprint_of(oid: str) -> bytes:
            return root if oid == stamp.digest_oid else b""

        verdict = check_stamp(stamp.token, imprint_of, trust=trust, at=at)
        told = verdict.stamp
        checks.append(Check(CheckName.TIME, verdict.status, verdict.sentence, verdict.indication))
    return SignatureReport(
        number=number,
        checks=tuple(checks),
        certificate=None,
        claimed_at=told.time if told else None,
        algorithm=algorithms.title(stamp.digest_oid),
    )


def _content(
    documents: Sequence[Path], record: EvidenceRecord, chain: int, place: int
) -> tuple[Check, Digest | None]:
    """Whether a stamp's tree begins with what it has to cover; the root it leads to."""
    stamp = record.chains[chain][place]
    if not algorithms.knows_digest(stamp.digest_oid):
        return unknown_algorithm(CheckName.CONTENT, stamp.digest_oid), None
    digest = hasher(stamp.digest_oid)
    if place:
        group: tuple[Digest, ...] = (digest(record.chains[chain][place - 1].token),)
        what = "предыдущий штамп времени"
    else:
        try:
            group = tuple(dict.fromkeys(digests_of(documents, stamp.digest_oid)))
        except OSError as fault:
            raise _unreadable(documents[0], fault) from fault
        if chain:
            group = covered(record.chains[:chain], group, stamp.digest_oid)
        what = "документ и прежние штампы" if chain else "документ"
    root = root_of(group, stamp.reduced, digest)
    if root is None:
        sentence = f"Штамп времени не охватывает {what}: он изменён или свидетельство от другого."
        return Check(CheckName.CONTENT, Status.FAILED, sentence, "HASH_FAILURE"), None
    return Check(CheckName.CONTENT, Status.PASSED, f"Штамп времени охватывает {what}."), root


def _unreadable(path: Path, fault: OSError) -> InputFault:
    return InputFault(
        f"Файл не читается: {reason(fault)}.",
        where=str(fault.filename or path),
        remedy="Проверьте путь и права на файл.",
    )
