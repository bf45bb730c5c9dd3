"""Time stamps of cases: one for all, renewed before they end, proven file by file (RFC 4998)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from stamp_authority import StampAuthority, stamp_authority
from test_archive_samples import sample_bags
from test_signing_authority import NOW, authority, signer_of, teacher, trust
from test_signing_timestamps import served

from archive.manifest import TAG_MANIFEST
from docgen.core.errors import InputFault, SigningFault
from docgen.core.progress import Silent
from docgen.pipeline.initialise import initialise
from docgen.pipeline.renewal import Renewed, kept_records, renew
from docgen.pipeline.sign import Seal, sign_files, signature_of
from docgen.pipeline.verify import Judge, prove_file
from docgen.pipeline.workspace import Workspace, open_workspace
from signing.evidence_record import parse_record
from signing.report import Conclusion
from signing.revocation import NO_EVIDENCE
from signing.trust import TrustStore

YEAR = dt.timedelta(days=365)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A workspace with three sealed cases."""
    folder = tmp_path / "school"
    initialise(folder, NOW)
    bags = sample_bags(folder / "bundles", 3)
    for bag in bags:
        signature_of(bag / TAG_MANIFEST).unlink()
    seal = Seal(signer_of(teacher()), trust(), NOW)
    sign_files([bag / TAG_MANIFEST for bag in bags], seal, Silent())
    return folder


def asked(place: Path, url: str) -> Workspace:
    """The workspace with this stamp service in its settings."""
    file = place / "school.toml"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    told = [f'stamps = "{url}"\n' if line.startswith("stamps =") else line for line in lines]
    file.write_text("".join(told), "utf-8")
    return open_workspace(place)


def renewed(
    place: Path, by: StampAuthority, now: dt.datetime, *, digest: str = "sha512", due: bool = True
) -> tuple[Renewed, int]:
    """Renew with this authority; how often it was asked."""
    requests: list[bytes] = []

    def answer(request: bytes) -> tuple[int, bytes]:
        requests.append(request)
        return 200, by.reply(request)

    with served(answer) as url:
        done = renew(asked(place, url), digest=digest, only_due=due, now=now)
    return done, len(requests)


def proven(place: Path, now: dt.datetime, *authorities: StampAuthority) -> list[Conclusion]:
    store = TrustStore((authority().certificate, *(item.root for item in authorities)))
    judge = Judge(store, NO_EVIDENCE, now)
    return [
        prove_file(item.documents[0], item.record, judge).conclusion
        for item in kept_records(open_workspace(place))
    ]


def test_one_stamp_serves_all_cases_and_is_made_once(place: Path) -> None:
    by = stamp_authority()
    done, requests = renewed(place, by, NOW)
    assert (len(done.made), done.renewed, requests) == (3, (), 1)
    assert proven(place, NOW, by) == [Conclusion.TOTAL_PASSED] * 3
    before = [item.record.read_bytes() for item in kept_records(open_workspace(place))]
    done, requests = renewed(place, by, NOW + YEAR)
    assert (done.made, done.renewed, requests) == ((), (), 0)
    assert [item.record.read_bytes() for item in done.standing] == before


def test_stamps_are_renewed_before_they_end_and_digests_replaced(place: Path) -> None:
    first = stamp_authority(until=NOW + 2 * YEAR, number=21)
    renewed(place, first, NOW)
    second = dataclasses.replace(stamp_authority(number=22), at=NOW + 2 * YEAR - dt.timedelta(30))
    done, requests = renewed(place, second, second.at)
    assert (len(done.renewed), requests) == (3, 1)
    third = dataclasses.replace(stamp_authority(number=22), at=NOW + 4 * YEAR)
    done, requests = renewed(place, third, third.at, digest="streebog512", due=False)
    assert (len(done.renewed), requests) == (3, 1)
    record = parse_record(done.standing[0].record.read_bytes())
    assert [len(chain) for chain in record.chains] == [2, 1]
    assert proven(place, NOW + 5 * YEAR, first, second) == [Conclusion.TOTAL_PASSED] * 3
    assert set(proven(place, NOW + 5 * YEAR, second)) == {Conclusion.INDETERMINATE}


def test_a_changed_case_is_not_proven(place: Path) -> None:
    by = stamp_authority()
    renewed(place, by, NOW)
    item = kept_records(open_workspace(place))[0]
    item.documents[0].write_bytes(item.documents[0].read_bytes() + b"\n")
    found = proven(place, NOW, by)
    assert found[0] is Conclusion.TOTAL_FAILED
    assert found[1:] == [Conclusion.TOTAL_PASSED] * 2


def test_a_service_that_fails_leaves_the_records_as_they_were(place: Path) -> None:
    with served(lambda _: (500, b"")) as url, pytest.raises(SigningFault, match="не штампом"):
        renew(asked(place, url), digest="sha512", only_due=True, now=NOW)
    assert {item.until for item in kept_records(open_workspace(place))} == {None}
    assert not (place / "evidence").exists()


def test_a_damaged_record_is_told(place: Path) -> None:
    renewed(place, stamp_authority(), NOW)
    item = kept_records(open_workspace(place))[0]
    item.record.write_bytes(b"rubbish")
    with pytest.raises(InputFault, match="не свидетельство"):
        kept_records(open_workspace(place))
