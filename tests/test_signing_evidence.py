"""Evidence records: many documents under one stamp, one provable alone, renewed for 25 years."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stamp_authority import StampAuthority, stamp_authority
from test_signing_authority import NOW, authority

from signing.cms import Malformed
from signing.evidence_record import (
    EvidenceRecord,
    digests_of,
    make_records,
    parse_record,
    renew_digests,
    renew_stamps,
    verify_record,
)
from signing.hash_tree import node, reduced_trees, root_of
from signing.report import Conclusion, VerificationReport
from signing.trust import TrustStore

SHA256 = "2.16.840.1.101.3.4.2.1"
SHA512 = "2.16.840.1.101.3.4.2.3"
YEAR = dt.timedelta(days=365)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def roots(*authorities: StampAuthority) -> TrustStore:
    return TrustStore((authority().certificate, *(item.root for item in authorities)))


def files(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"document{number}.pdf" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(f"документ {number}".encode())
    return paths


def recorded(paths: Sequence[Path], by: StampAuthority, oid: str = SHA256) -> list[EvidenceRecord]:
    return list(make_records([digests_of([path], oid) for path in paths], oid, by))


def judged(
    path: Path | Sequence[Path],
    record: EvidenceRecord | bytes,
    folder: Path,
    *by: StampAuthority,
    at: dt.datetime = NOW,
) -> VerificationReport:
    file = folder / "record.ers"
    file.write_bytes(record if isinstance(record, bytes) else record.encoded)
    documents = [path] if isinstance(path, Path) else list(path)
    return verify_record(documents, file, trust=roots(*(by or (stamp_authority(),))), at=at)


# The tree


def test_the_tree_of_the_standard_example() -> None:
    first, second, third = (sha256(bytes([value])) for value in (1, 2, 3))
    group = [sha256(bytes([value])) for value in (4, 5)]
    root, trees = reduced_trees([[first], group, [third]], sha256)
    of_group = sha256(b"".join(sorted(group)))
    pair = sha256(b"".join(sorted((first, of_group))))
    assert root == sha256(b"".join(sorted((pair, third))))
    assert trees[0] == (tuple(sorted((first, of_group))), (third,))
    assert trees[1] == (tuple(sorted(group)), (first,), (third,))
    assert trees[2] == (tuple(sorted((third, pair))),)
    assert root_of([second], trees[0], sha256) is None


@given(st.lists(st.integers(1, 4), min_size=1, max_size=40))
def test_every_group_leads_to_the_root_and_to_no_other(sizes: list[int]) -> None:
    values = iter(range(sum(sizes)))
    groups = [[sha256(b"%d" % next(values)) for _ in range(size)] for size in sizes]
    root, trees = reduced_trees(groups, sha256)
    for group, tree in zip(groups, trees, strict=True):
        assert root_of(group, tree, sha256) == root
        assert root_of([*group, sha256(b"more")], tree, sha256) is None
        assert root_of([sha256(b"other")], tree, sha256) != root


def test_equal_documents_share_a_leaf() -> None:
    same = sha256(b"same")
    root, trees = reduced_trees([[same], [same], [sha256(b"other")]], sha256)
    assert all(root_of([same], tree, sha256) == root for tree in trees[:2])
    assert node([same], sha256) == same


# A record


def test_one_stamp_serves_five_hundred_documents_and_each_is_proven_alone(tmp_path: Path) -> None:
    by = dataclasses.replace(stamp_authority(), asked=[])
    paths = files(tmp_path, 500)
    records = recorded(paths, by)
    assert len(by.asked) == 1
    for number in (0, 1, 255, 499):
        report = judged(paths[number], records[number], tmp_path)
        assert report.conclusion is Conclusion.TOTAL_PASSED
        assert report.signatures[0].claimed_at == NOW
        assert judged(paths[number - 7], records[number], tmp_path).conclusion is (
            Conclusion.TOTAL_FAILED
        )
    assert max(len(record.encoded) for record in records) < 3000


def test_a_document_and_its_signatures_are_proven_together(tmp_path: Path) -> None:
    paths = files(tmp_path, 5)
    groups = [digests_of(paths[:3], SHA256), digests_of(paths[3:], SHA256)]
    first, _ = make_records(groups, SHA256, stamp_authority())
    assert judged(paths[:3], first, tmp_path).conclusion is Conclusion.TOTAL_PASSED
    for part in (paths[:2], [*paths[:3], paths[4]]):
        assert judged(part, first, tmp_path).conclusion is Conclusion.TOTAL_FAILED


def test_a_changed_document_is_seen(tmp_path: Path) -> None:
    (path,) = files(tmp_path, 1)
    (record,) = recorded([path], stamp_authority())
    assert judged(path, record, tmp_path).conclusion is Conclusion.TOTAL_PASSED
    path.write_bytes(path.read_bytes() + b" ")
    assert judged(path, record, tmp_path).conclusion is Conclusion.TOTAL_FAILED


def test_a_record_of_an_authority_nobody_trusts_is_in_doubt(tmp_path: Path) -> None:
    paths = files(tmp_path, 3)
    records = recorded(paths, stamp_authority(number=2))
    assert judged(paths[0], records[0], tmp_path).conclusion is Conclusion.INDETERMINATE


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    folder = tmp_path_factory.mktemp("record")
    paths = files(folder, 3)
    records = recorded(paths, stamp_authority())
    renewed = renew_stamps([records[1]], later(1, NOW + YEAR))
    return paths[1], renewed[0].encoded


@given(data=st.data())
def test_no_bit_of_a_record_can_change(whole: tuple[Path, bytes], data: st.DataObject) -> None:
    path, encoded = whole
    place = data.draw(st.integers(0, 8 * len(encoded) - 1))
    changed = bytearray(encoded)
    changed[place // 8] ^= 1 << place % 8
    report = judged(path, bytes(changed), path.parent, at=NOW + 2 * YEAR)
    assert report.conclusion is not Conclusion.TOTAL_PASSED


@pytest.mark.long
def test_not_one_bit_of_a_record_can_change(whole: tuple[Path, bytes]) -> None:
    path, encoded = whole
    good = judged(path, encoded, path.parent, at=NOW + 2 * YEAR)
    assert good.conclusion is Conclusion.TOTAL_PASSED
    for place in range(8 * len(encoded)):
        changed = bytearray(encoded)
        changed[place // 8] ^= 1 << place % 8
        report = judged(path, bytes(changed), path.parent, at=NOW + 2 * YEAR)
        assert report.conclusion is not Conclusion.TOTAL_PASSED, place


@pytest.mark.parametrize("data", [b"", b"rubbish", b"\x30\x00", b"\x30\x80\x00\x00"])
def test_what_is_no_record_is_told(tmp_path: Path, data: bytes) -> None:
    (path,) = files(tmp_path, 1)
    with pytest.raises(Malformed):
        parse_record(data)
    report = judged(path, data, tmp_path)
    assert report.conclusion is Conclusion.TOTAL_FAILED


# Renewal


def later(number: int, at: dt.datetime) -> StampAuthority:
    by = stamp_authority(number=number) if number > 1 else stamp_authority()
    return dataclasses.replace(by, at=at)


def short(number: int, at: dt.datetime, until: dt.datetime) -> StampAuthority:
    return dataclasses.replace(stamp_authority(until=until, number=number), at=at)


def test_a_record_renewed_in_time_outlives_stamps_and_digests(tmp_path: Path) -> None:
    paths = files(tmp_path, 4)
    first = short(11, NOW, NOW + 3 * YEAR)
    second = short(12, NOW + 2 * YEAR, NOW + 6 * YEAR)
    third = short(13, NOW + 5 * YEAR, NOW + 9 * YEAR)
    by = (first, second, third)
    records = recorded(paths, first)
    records = list(renew_stamps(records, second))
    assert len(second.asked) == 1
    digests = [digests_of([path], SHA512) for path in paths]
    renewed = renew_digests(list(zip(records, digests, strict=True)), SHA512, third)
    at = NOW + 8 * YEAR
    for path, record in zip(paths, renewed, strict=True):
        parsed = parse_record(record.encoded)
        assert parsed.digest_oids == (SHA256, SHA512)
        assert [len(chain) for chain in parsed.chains] == [2, 1]
        report = judged(path, record, tmp_path, *by, at=at)
        assert report.conclusion is Conclusion.TOTAL_PASSED
        assert len(report.signatures) == 3
    # Neighbours in the tree have one way to the root; further documents have another.
    assert judged(paths[3], renewed[1], tmp_path, *by, at=at).conclusion is Conclusion.TOTAL_FAILED
    # What was not renewed is lost with the certificate of its stamp.
    old = judged(paths[0], records[0], tmp_path, *by, at=at)
    assert old.conclusion is Conclusion.INDETERMINATE


def test_a_renewal_that_comes_too_late_proves_nothing(tmp_path: Path) -> None:
    (path,) = files(tmp_path, 1)
    first = short(11, NOW, NOW + 3 * YEAR)
    late = later(14, NOW + 4 * YEAR)
    (record,) = renew_stamps(recorded([path], first), late)
    report = judged(path, record, tmp_path, first, late, at=NOW + 5 * YEAR)
    assert report.conclusion is Conclusion.INDETERMINATE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: dataclasses.replace(record, chains=record.chains[1:]),
        lambda record: dataclasses.replace(record, chains=(record.chains[0][1:], record.chains[1])),
        lambda record: dataclasses.replace(record, chains=record.chains[::-1]),
        lambda record: dataclasses.replace(
            record, chains=(record.chains[0][::-1], record.chains[1])
        ),
    ],
)
def test_a_link_left_out_or_moved_breaks_the_chain(
    tmp_path: Path, spoil: Callable[[EvidenceRecord], EvidenceRecord]
) -> None:
    (path,) = files(tmp_path, 1)
    (record,) = renew_stamps(recorded([path], stamp_authority()), later(1, NOW + YEAR))
    digests = digests_of([path], SHA512)
    (record,) = renew_digests([(record, digests)], SHA512, later(1, NOW + 2 * YEAR))
    at = NOW + 3 * YEAR
    assert judged(path, record, tmp_path, at=at).conclusion is Conclusion.TOTAL_PASSED
    spoilt = spoil(record)
    used = dict.fromkeys(stamp.digest_oid for chain in spoilt.chains for stamp in chain)
    spoilt = EvidenceRecord(tuple(used), spoilt.chains)
    assert judged(path, spoilt, tmp_path, at=at).conclusion is Conclusion.TOTAL_FAILED
