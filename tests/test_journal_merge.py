"""Several systems tell of one class: `journal.md` 3, `cli.md` (import --prefer)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from docgen.core.errors import InputFault, UsageFault
from docgen.core.findings import Finding, Severity
from docgen.core.progress import Silent
from docgen.journal.model import (
    Attendance,
    ClassUnit,
    Enrollment,
    FinalMark,
    Lesson,
    Mark,
    Student,
    Subject,
    TeachingGroup,
)
from docgen.journal.sources import ImportRefused, ImportReport, import_files
from docgen.journal.store import Journal

SAMPLES = Path(__file__).parent / "data" / "formats"
SYSTEMS = {
    "package": SAMPLES / "package",
    "oneroster-1.1": SAMPLES / "oneroster-1.1.zip",
    "oneroster-1.2": SAMPLES / "oneroster-1.2.zip",
    "layout-a": SAMPLES / "layout-a.xlsx",
    "layout-b": SAMPLES / "layout-b.zip",
    "sgo": SAMPLES / "sgo",
    "bars": SAMPLES / "bars",
    "dnevnik": SAMPLES / "dnevnik",
    "eljur": SAMPLES / "eljur",
    "fgis": SAMPLES / "fgis",
}
NOW = dt.datetime(2026, 1, 12, 9, tzinfo=dt.UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite") as found:
        yield found


def load(journal: Journal, *paths: Path, prefer: str | None = None) -> ImportReport:
    return import_files(
        journal, paths, source_name=None, imported_at=NOW, progress=Silent(), prefer=prefer
    )


def codes(findings: Iterable[Finding]) -> set[str]:
    return {item.code for item in findings}


def plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalpha())


def marks(journal: Journal) -> Counter[tuple[str, str, dt.date, str]]:
    """Who got what, when, in which subject: what the journal is kept for, keys left out."""
    names = {item.student_id: f"{item.last} {item.first}" for item in journal.select(Student)}
    subjects = {item.subject_id: plain(item.name) for item in journal.select(Subject)}
    groups = {item.group_id: subjects[item.subject_id] for item in journal.select(TeachingGroup)}
    return Counter(
        (names[item.student_id], groups[item.group_id], item.date, item.raw)
        for item in journal.select(Mark)
    )


def content(journal: Journal) -> list[list[Any]]:
    """All rows that people read, without where they were read."""
    return [
        [replace(row, source=0, cell="") for row in journal.select(kind)]
        for kind in (Student, Lesson, Mark, Attendance)
    ]


def counts(journal: Journal) -> dict[str, int]:
    kinds = (ClassUnit, Student, Enrollment, Subject, TeachingGroup, Lesson, Attendance, FinalMark)
    found = {kind.__name__: len(journal.select(kind)) for kind in kinds}
    return found | {"unnumbered": sum(item.number < 1 for item in journal.select(Lesson))}


# The same class in two systems


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, dict[str, int]]:
    with Journal.open(tmp_path_factory.mktemp("truth") / "journal.sqlite") as journal:
        load(journal, SYSTEMS["package"])
        return marks(journal), counts(journal)


@pytest.mark.parametrize("second", [name for name in SYSTEMS if name != "package"])
@pytest.mark.parametrize("turned", [False, True], ids=["after", "before"])
def test_a_class_told_of_by_two_systems_is_one_class(
    journal: Journal, truth: tuple[Any, dict[str, int]], second: str, turned: bool
) -> None:
    pair = (second, "package") if turned else ("package", second)
    reports = [load(journal, SYSTEMS[name]) for name in pair]
    assert (marks(journal), counts(journal)) == truth
    assert all(item.severity is not Severity.BLOCKING for item in reports[1].notes)


FULL = Path(__file__).parent.parent.parent / "shared" / "data" / "formats"
"""The same class whole in every format; the samples hold a few of its pupils."""


@pytest.mark.long
@pytest.mark.skipif(not FULL.is_dir(), reason="the whole class is not beside the project")
@pytest.mark.parametrize(("first", "second"), [*itertools.permutations(SYSTEMS, 2)])
def test_every_pair_of_systems_agrees_to_the_last_mark(
    journal: Journal, truth: tuple[Any, dict[str, int]], first: str, second: str
) -> None:
    for name in (first, second):
        load(journal, FULL / SYSTEMS[name].name)
    assert marks(journal) == truth[0]
    unknown = {"unnumbered": 0, "Attendance": 0}
    assert counts(journal) | unknown == truth[1] | unknown


def test_three_systems_make_one_journal_in_one_import_or_one_by_one(
    journal: Journal, truth: tuple[Any, dict[str, int]], tmp_path: Path
) -> None:
    names = ("fgis", "oneroster-1.1", "package")
    load(journal, *(SYSTEMS[name] for name in names))
    assert (marks(journal), counts(journal)) == truth
    with Journal.open(tmp_path / "other.sqlite") as other:
        for name in reversed(names):
            load(other, SYSTEMS[name])
        assert (marks(other), counts(other)) == truth


def test_what_none_of_the_systems_knows_stays_unknown(journal: Journal) -> None:
    load(journal, SYSTEMS["layout-a"])
    load(journal, SYSTEMS["layout-b"])
    assert {item.number < 1 for item in journal.select(Lesson)} == {True}
    assert {item.set_at for item in journal.select(Mark)} == {""}


def test_a_sheet_without_topics_takes_no_topics_away(journal: Journal) -> None:
    load(journal, SYSTEMS["layout-a"])
    before = Counter(item.topic for item in journal.select(Lesson))
    load(journal, SYSTEMS["layout-b"])
    assert Counter(item.topic for item in journal.select(Lesson)) == before


def test_the_same_files_again_change_nothing(journal: Journal) -> None:
    load(journal, SYSTEMS["package"])
    load(journal, SYSTEMS["eljur"])
    before = content(journal)
    again = load(journal, SYSTEMS["package"])
    assert (again.repeated, again.changes) == (False, 0)
    assert content(journal) == before


# One of the two differs


def rewrite(file: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Change every row of a table below its header."""
    head, *rows = csv.reader(io.StringIO(file.read_text("utf-8-sig")), delimiter=";")
    output = io.StringIO()
    table = [head, *map(change, rows)]
    csv.writer(output, delimiter=";", lineterminator="\n").writerows(table)
    file.write_text(output.getvalue(), "utf-8-sig")


def edited(tmp_path: Path, table: str, change: Mapping[str, str], **where: str) -> Path:
    """A copy of the package with some cells of the first fitting row changed; "" removes it."""
    target = shutil.copytree(SAMPLES / "package", Path(tempfile.mkdtemp(dir=tmp_path)) / "package")
    file = target / f"{table}.csv"
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig")), delimiter=";"))
    head = rows[0]
    row = next(
        row for row in rows[1:] if all(row[head.index(key)] == text for key, text in where.items())
    )
    for key, text in change.items():
        row[head.index(key)] = text
    if not change:
        rows.remove(row)
    output = io.StringIO()
    csv.writer(output, delimiter=";", lineterminator="\n").writerows(rows)
    file.write_text(output.getvalue(), "utf-8-sig")
    return target


MARK = {"Группа": "7А-РУС", "Дата": "11.09.2025", "Учащийся": "250005"}
LESSON = {"Группа": "7А-РУС", "Дата": "11.09.2025"}


def the_mark(journal: Journal) -> str:
    found = [
        raw
        for name, subject, date, raw in marks(journal).elements()
        if (name, subject, date) == ("Звягинцева Алёна", "русскийязык", dt.date(2025, 9, 11))
    ]
    assert len(found) == 1
    return found[0]


def test_another_mark_is_told_with_both_addresses_and_nothing_changes(
    journal: Journal, tmp_path: Path
) -> None:
    load(journal, SYSTEMS["eljur"])
    before = marks(journal)
    with pytest.raises(ImportRefused) as caught:
        load(journal, edited(tmp_path, "marks", {"Отметка": "3"}, **MARK))
    (conflict,) = caught.value.findings
    assert conflict.code == "IM-25"
    assert "«5» (eljur" in conflict.message
    assert "«3» (package" in conflict.message
    assert "marks.csv, строка " in conflict.message
    assert marks(journal) == before


@pytest.mark.parametrize(("preferred", "mark"), [("package", "3"), ("eljur", "5")])
def test_the_preferred_system_settles_it_now_and_later(
    journal: Journal, tmp_path: Path, preferred: str, mark: str
) -> None:
    other = edited(tmp_path, "marks", {"Отметка": "3"}, **MARK)
    load(journal, SYSTEMS["eljur"])
    report = load(journal, other, prefer=preferred)
    assert "IM-27" in codes(report.notes)
    assert the_mark(journal) == mark
    load(journal, SYSTEMS["eljur"])
    assert the_mark(journal) == mark


def test_a_system_can_be_preferred_when_both_are_in_already(
    journal: Journal, tmp_path: Path
) -> None:
    load(journal, SYSTEMS["eljur"])
    other = edited(tmp_path, "marks", {"Отметка": "3"}, **MARK)
    load(journal, other, prefer="package")
    load(journal, other, prefer="eljur")
    assert the_mark(journal) == "5"


def test_a_system_the_journal_does_not_have_cannot_be_preferred(journal: Journal) -> None:
    load(journal, SYSTEMS["eljur"])
    with pytest.raises(UsageFault, match="предпочитать нечего"):
        load(journal, SYSTEMS["package"], prefer="bars")


@pytest.mark.parametrize(
    ("system", "table", "change", "where"),
    [
        ("eljur", "lessons", {"Тема": "Другая тема"}, LESSON),
        ("eljur", "lessons", {"Домашнее задание": "§ 99"}, LESSON),
        ("bars", "final_marks", {"Отметка": "2"}, {"Учащийся": "250005", "Предмет": "РУС"}),
        ("eljur", "attendance", {"Код": "О"}, {"Дата": "03.09.2025", "Учащийся": "250005"}),
    ],
    ids=["topic", "homework", "final mark", "absence"],
)
def test_what_is_printed_and_differs_is_a_contradiction(
    journal: Journal,
    tmp_path: Path,
    system: str,
    table: str,
    change: Mapping[str, str],
    where: Mapping[str, str],
) -> None:
    load(journal, SYSTEMS[system])
    with pytest.raises(ImportRefused) as caught:
        load(journal, edited(tmp_path, table, change, **where))
    assert codes(caught.value.findings) == {"IM-25"}


def test_a_mark_only_one_system_has_is_kept_until_that_system_drops_it(
    journal: Journal, tmp_path: Path
) -> None:
    load(journal, SYSTEMS["eljur"])
    less = edited(tmp_path, "marks", {}, **MARK, Отметка="5")
    load(journal, SYSTEMS["package"])
    total = marks(journal).total()
    load(journal, less)
    assert marks(journal).total() == total, "eljur has it still"
    only = {"Группа": "7А-РУС", "Дата": "06.10.2025", "Учащийся": "250005"}
    load(journal, edited(tmp_path, "marks", {}, **only))
    assert marks(journal).total() == total - 1, "no week of eljur's holds it"


# Who is who


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Фамилия": "Apутюнян"}, {"IM-23"}),  # the first two letters are Latin
        ({"Имя": "Нeлли"}, {"IM-23"}),  # so is one of these
        ({"Фамилия": "АРУТЮНЯН"}, {"IM-23"}),
        ({"Отчество": ""}, set()),
        ({"Имя": "Н.", "Отчество": "Л.", "Дата рождения": ""}, {"IM-22"}),
    ],
)
def test_a_pupil_is_known_by_the_name_however_it_is_written(
    journal: Journal, tmp_path: Path, change: Mapping[str, str], told: set[str]
) -> None:
    load(journal, SYSTEMS["oneroster-1.2"])
    people = len(journal.select(Student))
    report = load(journal, edited(tmp_path, "students", change, ID="250001"))
    assert codes(report.merged) & {"IM-21", "IM-22", "IM-23", "IM-24"} == told
    assert len(journal.select(Student)) == people
    pupil = next(item for item in journal.select(Student) if item.last == "Арутюнян")
    assert (pupil.first, pupil.middle) == ("Нелли", "Левоновна")


@pytest.mark.parametrize(
    "change",
    [
        {"Фамилия": "Звягинцова"},  # another girl, or a slip of the hand?
        {"Фамилия": "Полищук", "Имя": "Яна", "Отчество": ""},  # now there are two
    ],
    ids=["one letter", "namesakes"],
)
def test_who_cannot_be_told_for_certain_is_never_guessed(
    journal: Journal, tmp_path: Path, change: Mapping[str, str]
) -> None:
    load(journal, SYSTEMS["bars"])
    with pytest.raises(ImportRefused) as caught:
        load(journal, edited(tmp_path, "students", change | {"Дата рождения": ""}, ID="250005"))
    assert "IM-21" in codes(caught.value.findings)


def test_a_pupil_of_one_system_only_is_kept_and_told(journal: Journal, tmp_path: Path) -> None:
    load(journal, SYSTEMS["bars"])
    report = load(journal, edited(tmp_path, "students", {"Фамилия": "Зимородкова"}, ID="250005"))
    assert "IM-24" in codes(report.merged)
    names = {item.last for item in journal.select(Student)}
    assert {"Зимородкова", "Звягинцева"} <= names


def test_another_school_year_does_not_enter_the_journal(journal: Journal, tmp_path: Path) -> None:
    load(journal, SYSTEMS["sgo"])
    other = shutil.copytree(SAMPLES / "package", tmp_path / "other")
    for file in other.glob("*.csv"):
        text = file.read_text("utf-8-sig").replace("2026", "2027").replace("2025", "2026")
        file.write_text(text, "utf-8-sig")
    with pytest.raises(InputFault, match="разных учебных лет") as caught:
        load(journal, other)
    assert "periods.csv" in caught.value.where


def test_another_school_does_not_enter_the_journal(journal: Journal, tmp_path: Path) -> None:
    load(journal, SYSTEMS["sgo"])
    other = shutil.copytree(SAMPLES / "package", tmp_path / "other")
    rewrite(other / "school.csv", lambda row: ["Гимназия № 5", "Гимназия", *row[2:]])
    rewrite(other / "students.csv", lambda row: [row[0], f"Ив-{row[1]}-ин", *row[2:]])
    with pytest.raises(InputFault, match="разных школ") as caught:
        load(journal, other)
    assert "school.csv" in caught.value.where


def test_one_school_may_be_named_in_full_and_in_short(journal: Journal, tmp_path: Path) -> None:
    load(journal, SYSTEMS["sgo"])
    other = shutil.copytree(SAMPLES / "package", tmp_path / "other")
    rewrite(other / "school.csv", lambda row: ["СШГ, Виноградово", "СШГ", *row[2:]])
    assert "IM-30" in codes(load(journal, other).merged)
