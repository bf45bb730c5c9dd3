"""Every layout of worksheets against classes of all sorts, to the last mark, absence and topic."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from journal_samples import bring
from worksheets_samples import KINDS, ClassBook, Dress, expected, from_package, invent

from docgen.core.findings import Finding
from docgen.journal.codes import Scheme
from docgen.journal.model import (
    Attendance,
    ClassUnit,
    Enrollment,
    FinalMark,
    GroupMember,
    Lesson,
    Mark,
    Staff,
    Student,
    Subject,
    TeachingGroup,
)
from docgen.journal.sources import choose
from docgen.journal.sources.grid_values import norm
from docgen.journal.sources.worksheets import SOURCE
from docgen.journal.store import Journal

SCHOOL = Path(__file__).parent.parent.parent / "shared" / "data" / "school-2025-2026.zip"
USUAL = {"WS-10"}


def read(path: Path) -> tuple[dict[type, list[Any]], list[Finding]]:
    """What the source yields: rows by their kind, and findings."""
    assert choose(path).source is SOURCE
    rows: dict[type, list[Any]] = defaultdict(list)
    findings = []
    for item in SOURCE.read(path):
        if isinstance(item, Finding):
            findings.append(item)
        else:
            rows[type(item)].append(item)
    return rows, findings


def seen(rows: dict[type, list[Any]]) -> dict[str, Counter[tuple[Any, ...]]]:
    """What was read, by names and by the order of lessons within a day."""
    pupils = {row.student_id: norm(f"{row.last} {row.first} {row.middle}") for row in rows[Student]}
    subjects = {row.subject_id: norm(row.name) for row in rows[Subject]}
    groups = {row.group_id: (subjects[row.subject_id], row.subgroup) for row in rows[TeachingGroup]}
    days: dict[tuple[str, dt.date], list[int]] = defaultdict(list)
    for row in rows[Lesson]:
        days[row.group_id, row.date].append(row.number)

    def lesson(row: Any) -> tuple[Any, ...]:
        place = sorted(days[row.group_id, row.date]).index(row.number) + 1
        return *groups[row.group_id], row.date, place

    return {
        "marks": Counter((*lesson(x), pupils[x.student_id], x.raw) for x in rows[Mark]),
        "absences": Counter((*lesson(x), pupils[x.student_id], x.code) for x in rows[Attendance]),
        "topics": Counter((*lesson(x), x.topic) for x in rows[Lesson]),
        "homework": Counter((*lesson(x), x.homework) for x in rows[Lesson]),
        "finals": Counter(
            (subjects[x.subject_id], pupils[x.student_id], x.period, x.raw) for x in rows[FinalMark]
        ),
    }


def compare(book: ClassBook, tmp_path: Path, kind: str, dress: Dress) -> dict[type, list[Any]]:
    """Write the class in a layout, read it, and find everything the layout can carry."""
    layout = KINDS[kind]
    book = carried(book, kind)
    rows, findings = read(layout.write(book, tmp_path, dress))
    assert {item.code for item in findings} <= USUAL, [
        item.where + item.message for item in findings
    ]
    found, wanted = seen(rows), expected(book, layout.letters)
    for what in found.keys() - set(layout.lacks):
        assert found[what] == wanted[what], what
    for what in layout.lacks:
        assert {entry[-1] for entry in found[what]} <= {""}, what
    assert {norm(f"{x.last} {x.first} {x.middle}") for x in rows[Student]} == set(
        map(norm, book.pupils)
    )
    assert {x.class_id for x in rows[ClassUnit]} == {book.name}
    return rows


def carried(book: ClassBook, kind: str) -> ClassBook:
    """Where a slash parts values, two marks cannot be told from a pair: take three instead."""
    if kind in {"A", "E"}:
        return book
    groups = [
        replace(
            group,
            slots=tuple(
                replace(
                    slot,
                    cells={
                        pupil: ((*marks, "3"), code) if len(marks) == 2 else (marks, code)
                        for pupil, (marks, code) in slot.cells.items()
                    },
                )
                for slot in group.slots
            ),
        )
        for group in book.groups
    ]
    return replace(book, groups=tuple(groups))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "dress",
    [
        Dress(),
        Dress(dates="short", numbers_as_text=True),
        Dress(dates="date", spaces=True),
        Dress(dates="words", lookalikes=True),
        Dress(dates="full", gaps=True, junk_above=3),
    ],
    ids=["plain", "text", "dates", "lookalikes", "gaps"],
)
def test_a_class_is_read_whole_however_it_is_written(
    tmp_path: Path, kind: str, dress: Dress
) -> None:
    compare(invent(1, split=True), tmp_path, kind, dress)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pupils", [1, 2, 45])
def test_classes_of_any_size_are_read(tmp_path: Path, kind: str, pupils: int) -> None:
    rows = compare(invent(2, pupils=pupils, days=50), tmp_path, kind, Dress())
    assert [row.list_no for row in rows[Enrollment]] == list(range(1, pupils + 1))
    assert rows[GroupMember] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_grade_without_marks_is_read(tmp_path: Path, kind: str) -> None:
    rows = compare(invent(3, name="1Б", marks=False), tmp_path, kind, Dress())
    assert rows[Mark] == rows[FinalMark] == []
    assert rows[Attendance]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("period", ["{number} {word}", "{word} {number}", "{number}-е {word}"])
def test_half_years_of_a_tenth_grade_go_over_new_year(
    tmp_path: Path, kind: str, period: str
) -> None:
    book = invent(4, name="10Б", scheme="H", start=dt.date(2025, 11, 10), days=90, split=True)
    rows = compare(book, tmp_path, kind, Dress(period=period))
    assert rows[ClassUnit][0].scheme is Scheme.HALF_YEARS
    assert {row.date.year for row in rows[Lesson]} == {2025, 2026}


@pytest.mark.parametrize(
    ("scheme", "period", "expected_scheme"),
    [
        ("T", "{number} ТР", Scheme.TRIMESTERS),
        ("T", "ТР {number}", Scheme.TRIMESTERS),
        ("H", "{number} СЕМ", Scheme.HALF_YEARS),
        ("H", "{number} семестр", Scheme.HALF_YEARS),
        ("Q", "{number} четверть (ТР/СЕМ)", Scheme.QUARTERS),
    ],
)
def test_layout_b_calls_its_periods_in_its_own_way(
    tmp_path: Path, scheme: str, period: str, expected_scheme: Scheme
) -> None:
    rows = compare(invent(5, scheme=scheme), tmp_path, "B", Dress(period=period))
    assert rows[ClassUnit][0].scheme is expected_scheme


@pytest.mark.parametrize("kind", KINDS)
def test_pupils_who_came_or_left_stand_on_some_pages_only(tmp_path: Path, kind: str) -> None:
    book = invent(6)
    first, second = book.groups
    gone = second.pupils[3]
    slots = tuple(
        replace(slot, cells={k: v for k, v in slot.cells.items() if k != gone})
        for slot in second.slots
    )
    finals = {
        code: {k: v for k, v in marks.items() if k != gone} for code, marks in second.finals.items()
    }
    short = tuple(pupil for pupil in second.pupils if pupil != gone)
    second = replace(second, pupils=short, slots=slots, finals=finals)
    rows = compare(replace(book, groups=(first, second)), tmp_path, kind, Dress())
    assert len(rows[GroupMember]) == len(short)


@pytest.mark.parametrize("kind", KINDS)
def test_teachers_are_told_apart_by_page(tmp_path: Path, kind: str) -> None:
    book = invent(7, subjects=("История", "Физика", "Труд"), split=True)
    rows = compare(book, tmp_path, kind, Dress())
    names = {row.staff_id: (row.last, row.first, row.middle) for row in rows[Staff]}
    assert [names[row.teacher_ids] for row in rows[TeachingGroup]] == [
        group.teacher for group in book.groups
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_books_of_any_layout_leave_no_reference_open(tmp_path: Path, kind: str) -> None:
    path = KINDS[kind].write(carried(invent(8, split=True), kind), tmp_path, Dress())
    with Journal.open(tmp_path / "journal.sqlite") as journal:
        bring(journal, path)
        assert list(journal.strays()) == []


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(100, 112))
def test_many_classes_are_read_whole(tmp_path: Path, kind: str, seed: int) -> None:
    book = invent(
        seed,
        name=f"{seed % 11 + 1}{'АБВГДЕЖК'[seed % 8]}",
        pupils=seed % 37 + 1,
        scheme="QTH"[seed % 3],
        subjects=("Алгебра", "Труд (технология)", "Музыка")[: seed % 3 + 1],
        split=bool(seed % 2),
        marks=bool(seed % 11),
        start=dt.date(2025, 9, 1) + dt.timedelta(days=seed % 90),
        days=30 + seed % 120,
    )
    dress = Dress(
        dates=("dd.mm", "date", "short", "words", "full")[seed % 5],
        numbers_as_text=bool(seed % 2),
        lookalikes=bool(seed % 3),
        spaces=bool(seed % 4),
        gaps=bool(seed % 5),
        junk_above=seed % 4,
    )
    compare(book, tmp_path, kind, dress)


@pytest.mark.long
@pytest.mark.skipif(not SCHOOL.exists(), reason="the full-size school is not beside the project")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["1А", "5Б", "9А", "11А"])
def test_a_year_of_a_full_class_is_read_whole(tmp_path: Path, kind: str, name: str) -> None:
    compare(from_package(SCHOOL, name), tmp_path, kind, Dress())
