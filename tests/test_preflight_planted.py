"""The checks against a journal with planted defects whose places are known."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docgen.core.findings import Severity
from docgen.core.progress import Silent
from docgen.journal.preflight import (
    CODES,
    CheckNorms,
    CheckResult,
    check_class,
    check_school,
    merge,
)
from docgen.journal.sources import import_files
from docgen.journal.store import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data"
PLACE = ("class", "subject", "date", "number", "student", "period")

Place = tuple[str, ...]


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    with Journal.open(tmp_path_factory.mktemp("planted") / "journal.sqlite") as opened:
        import_files(
            opened,
            [DATA / "defects-q1.zip"],
            source_name=None,
            imported_at=dt.datetime(2025, 10, 27, 9, tzinfo=dt.UTC),
            progress=Silent(),
        )
        yield opened


@pytest.fixture(scope="module")
def result(journal: Journal) -> CheckResult:
    """The first quarter of the quarter classes, the first half-year of the others, the school."""
    norms = CheckNorms()
    classes = [
        check_class(journal.class_journal(unit.class_id, code), norms)
        for code in ("Q1", "H1")
        for unit in journal.classes_of(code)
    ]
    return merge([*classes, check_school(journal, norms)])


def planted(code: str) -> Counter[Place]:
    truth = json.loads((DATA / "defects-q1.truth.json").read_text(encoding="utf-8"))
    rows = [row for row in truth["planted"] if row["rule"] == code]
    return Counter(tuple(str(row.get(key) or "") for key in PLACE) for row in rows)


def found(result: CheckResult, code: str) -> Counter[Place]:
    findings = [item for item in result.findings if item.code == code]
    return Counter(tuple(item.refs.get(key, "") for key in PLACE) for item in findings)


# No total of another system can be planted in a package, so AT-05 has nothing to find here.
@pytest.mark.parametrize("code", [code for code in CODES if code != "AT-05"])
def test_every_planted_defect_is_found_and_nothing_else(result: CheckResult, code: str) -> None:
    expected = planted(code)
    assert expected, f"nothing is planted for {code}"
    assert found(result, code) == expected


def test_every_blocking_finding_was_planted(result: CheckResult) -> None:
    blocking = [item for item in result.findings if item.severity is Severity.BLOCKING]
    assert len(blocking) == 41
    assert result.blocked
    for item in blocking:
        assert tuple(item.refs.get(key, "") for key in PLACE) in planted(item.code), item


def test_a_place_is_told_in_words_and_by_the_address_in_the_file(result: CheckResult) -> None:
    item = next(
        item
        for item in result.findings
        if item.code == "MK-03" and item.refs["date"] == "2025-11-10"
    )
    assert item.where.startswith("10А / География / 10.11.2025 / ")
    assert item.message == "В одной клетке «Б» и отметка «4-»."
    assert item.refs["file"].endswith("marks.csv")
    assert item.refs["cell"].isdigit()


def test_findings_go_by_class_subject_date_and_pupil(journal: Journal, result: CheckResult) -> None:
    classes = [item.refs["class"] for item in result.findings if "class" in item.refs]
    assert list(dict.fromkeys(classes)) == ["1А", "5А", "9А", "10А"]
    order = {
        item.subject_id: item.order for item in journal.class_journal("9А", "Q1").subjects.values()
    }
    keys = [
        (order.get(item.refs.get("subject", ""), 0), item.refs.get("date", ""))
        for item in result.findings
        if item.refs.get("class") == "9А"
    ]
    assert keys == sorted(keys)


def test_what_a_class_and_the_school_both_see_is_told_once(journal: Journal) -> None:
    norms = CheckNorms()
    of_the_class = check_class(journal.class_journal("10А", "H1"), norms)
    of_the_school = check_school(journal, norms)
    merged = merge([of_the_class, of_the_school, of_the_class])
    stray = [item for item in merged.findings if item.refs.get("student") == "990000"]
    assert [item.refs.get("class") for item in stray] == ["10А"]
    assert sum(item.refs.get("student") == "990000" for item in of_the_school.findings) == 1


def test_the_school_check_keeps_to_the_periods_it_is_asked_about(journal: Journal) -> None:
    quarters = {item.code: item for item in journal.periods()}
    first = check_school(journal, CheckNorms(), periods=[quarters["Q1"]])
    dates = {item.refs["date"] for item in first.findings if item.refs.get("student") in STRANGERS}
    assert dates == {"2025-09-01", "2025-10-08"}


STRANGERS = {"990000", "990001", "990002"}


def test_messages_and_remedies_are_whole_sentences(result: CheckResult) -> None:
    for item in result.findings:
        for text in (item.message, item.remedy):
            assert text.endswith("."), text
            assert "{" not in text
            assert text[0].isupper() or text[0] in "«№", text
