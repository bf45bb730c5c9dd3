"""Defects planted at random places of invented schools of several seeds: each found, no other."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from spoilt_journals import SPOILERS, Planted, a_lesson, place_of, with_lesson

from docgen.core.findings import Finding, Severity
from docgen.core.progress import Silent
from docgen.journal.demo import write_demo_package
from docgen.journal.model import FinalMark, Mark
from docgen.journal.preflight import CODES, CheckNorms, check_class, check_school
from docgen.journal.sources import import_files
from docgen.journal.store import Journal
from docgen.journal.view import digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docgen.journal.model import ClassJournal

NORMS = CheckNorms()
SEEDS = (1, 2, 3)
DRAWS = 2
UNHELD = {"AT-05", "DC-01", "DC-02", "DC-05", "FM-08"}
"""What a journal cannot hold: the rules say so, see below."""
ELSEWHERE = {"BD-02", "FM-05", "FM-06", "LS-07", "MK-02"}
"""Planted in the school, the year, a first class or by a print: a test each."""


def read(folder: Path) -> Journal:
    journal = Journal.open(folder / "journal.sqlite")
    import_files(
        journal,
        [folder / "package"],
        source_name=None,
        imported_at=dt.datetime(2025, 10, 27, 9, tzinfo=dt.UTC),
        progress=Silent(),
    )
    return journal


@pytest.fixture(scope="module", params=SEEDS)
def school(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Journal]:
    folder = tmp_path_factory.mktemp("seeds")
    write_demo_package(folder / "package", seed=request.param)
    with read(folder) as journal:
        yield journal


@pytest.fixture(scope="module")
def quarter(school: Journal) -> ClassJournal:
    return school.class_journal("7А", "Q1")


def assert_only_the_planted(code: str, planted: Planted, findings: tuple[Finding, ...]) -> None:
    """One finding of the code, at the place; besides it nothing blocks and nothing surprises."""
    here = [item for item in findings if item.code == code]
    assert len(here) == 1, [(item.where, item.message) for item in here]
    assert planted.place.items() <= here[0].refs.items()
    others = [item for item in findings if item.code != code]
    assert {item.code for item in others} <= planted.also, [(i.where, i.message) for i in others]
    assert all(item.severity is not Severity.BLOCKING for item in others)


@pytest.mark.parametrize("code", SPOILERS)
def test_a_defect_planted_anywhere_is_found_there_and_nothing_besides(
    quarter: ClassJournal, code: str
) -> None:
    for draw in range(DRAWS):
        planted = SPOILERS[code](quarter, random.Random(f"{code} {draw}"))
        assert_only_the_planted(code, planted, check_class(planted.journal, NORMS).findings)


def test_good_schools_have_nothing_to_find(school: Journal) -> None:
    for name in ("1А", "7А"):
        assert check_class(school.class_journal(name, "Q1"), NORMS).findings == ()
    assert check_school(school, NORMS).findings == ()


def test_every_rule_is_planted_or_says_what_it_lacks(quarter: ClassJournal) -> None:
    assert len(CODES) == 46
    assert set(CODES) == SPOILERS.keys() | ELSEWHERE | UNHELD
    said = {item.code for item in check_class(quarter, NORMS).skipped}
    assert said == UNHELD | {"BD-02"}


def test_a_number_in_the_first_grade_is_found(school: Journal) -> None:
    first = school.class_journal("1А", "Q1")
    lesson = a_lesson(first, random.Random(0))
    student = first.pupils[3].student_id
    cell = (lesson.group_id, lesson.date, lesson.number, student)
    mark = Mark(*cell, seq=1, raw="5", set_at=lesson.date.isoformat())
    attendance = {key: row for key, row in first.attendance.items() if key != cell}
    planted = Planted(
        replace(first, marks={**first.marks, cell: (mark,)}, attendance=attendance),
        place_of(first, mark),
    )
    assert_only_the_planted("MK-02", planted, check_class(planted.journal, NORMS).findings)


def test_a_change_after_the_print_is_found(quarter: ClassJournal) -> None:
    printed = digest(quarter)
    assert check_class(quarter, NORMS, printed=printed).findings == ()
    for draw in range(DRAWS):
        lesson = a_lesson(quarter, random.Random(draw))
        changed = with_lesson(quarter, lesson, topic="Другая тема")
        found = check_class(changed, NORMS, printed=printed).findings
        assert_only_the_planted("BD-02", Planted(changed, {"period": "Q1"}), found)


# The year: marks that follow from each other, then one that does not


def closed_year(school: Journal, grade: int, dice: random.Random) -> ClassJournal:
    year = school.class_journal("7А", "Y")
    finals = {}
    for student in (row.student_id for row in year.pupils if row.covers(year.period.end)):
        for subject in {group.subject.subject_id for group in year.groups}:
            marks = [dice.randint(3, 5) for _ in range(4)]
            whole = int(sum(marks) / 4 + 0.5)
            exam = dice.randint(3, 5)
            codes = {"Q1": marks[0], "Q2": marks[1], "Q3": marks[2], "Q4": marks[3], "Y": whole}
            if grade == 9:
                codes |= {"EXAM": exam, "FINAL": int((whole + exam) / 2 + 0.5)}
            for code, mark in codes.items():
                key = (student, subject, code)
                finals[key] = FinalMark(*key, raw=str(mark), set_at="2026-05-20")
    groups = tuple(replace(row, plan={}) for row in year.groups)
    return replace(year, unit=replace(year.unit, grade=grade), finals=finals, groups=groups)


@pytest.mark.parametrize(("code", "mark", "grade"), [("FM-05", "Y", 7), ("FM-06", "FINAL", 9)])
def test_a_mark_that_does_not_follow_is_found(
    school: Journal, code: str, mark: str, grade: int
) -> None:
    for draw in range(DRAWS):
        dice = random.Random(draw)
        year = closed_year(school, grade, dice)
        assert check_class(year, NORMS).findings == ()
        final = dice.choice([row for row in year.finals.values() if row.period == mark])
        other = replace(final, raw=str(int(final.raw) + (1 if final.raw == "3" else -1)))
        key = (final.student_id, final.subject_id, mark)
        spoilt = replace(year, finals={**year.finals, key: other})
        place = {"student": final.student_id, "subject": final.subject_id}
        found = check_class(spoilt, NORMS).findings
        assert_only_the_planted(code, Planted(spoilt, place), found)


# The school: two lessons at one time


@pytest.mark.parametrize("seed", SEEDS)
def test_a_teacher_in_two_classes_at_once_is_found_on_both_sides(tmp_path: Path, seed: int) -> None:
    write_demo_package(tmp_path / "package", seed=seed)
    file = tmp_path / "package" / "lessons.csv"
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    rows = [line.split(";") for line in lines]
    dice = random.Random(seed)
    one, other = dice.choice(
        [
            (one, other)
            for one in rows
            for other in rows
            if one[0].startswith("1А") and other[0].startswith("7А") and one[1:3] == other[1:3]
        ]
    )
    one[6] = other[7] or other[6]
    one[7] = ""
    file.write_text("\n".join([header, *map(";".join, rows)]), encoding="utf-8")
    with read(tmp_path) as journal:
        found = check_school(journal, NORMS).findings
    day = "-".join(reversed(one[1].split(".")))
    assert {item.code for item in found} == {"LS-07"}
    assert {(item.refs["class"], item.refs["date"], item.refs["number"]) for item in found} == {
        ("1А", day, one[2]),
        ("7А", day, one[2]),
    }
