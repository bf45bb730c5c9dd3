"""The same package in other clothes, and with the dirt people leave in it, says the same."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
import re
from collections import Counter
from typing import TYPE_CHECKING

import openpyxl
import pytest
from journal_samples import DATA, bring

from docgen.core.findings import Finding
from docgen.journal.codes import attendance_code, mark_value
from docgen.journal.demo import write_demo_package
from docgen.journal.model import Attendance, FinalMark, Lesson, Mark
from docgen.journal.sources.package import SOURCE
from docgen.journal.sources.package_tables import TABLES
from docgen.journal.sources.rows import Part
from docgen.journal.store import Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Table = list[list[str]]

_ENGLISH = {
    "четверть": "QUARTER",
    "год": "year",
    "четверти": "quarters",
    "м": "m",
    "ж": "female",
    "мать": "mother",
    "отец": "father",
    "да": "yes",
    "нет": "FALSE",
}
_DAY = re.compile(r"^(\d\d)\.(\d\d)\.(\d{4})$")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo_package(folder, seed=5)
    return folder


def tables(folder: Path) -> dict[str, Table]:
    """The CSV files of a package as cells."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found[path.stem] = list(csv.reader(stream, delimiter=";"))
    return found


def saved(folder: Path, source: dict[str, Table], separator: str = ";") -> Path:
    """Write tables as CSV files."""
    folder.mkdir()
    for name, table in source.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=separator).writerows(table)
    return folder


def told(path: Path) -> tuple[Counter[str], set[str]]:
    """All rows of a package without their addresses, and the codes of its findings."""
    rows: Counter[str] = Counter()
    codes = set()
    for item in SOURCE.read(path):
        if isinstance(item, Finding):
            codes.add(item.code)
        elif not isinstance(item, Part):
            rows[re.sub(r"cell='[^']*'", "", str(item))] += 1
    return rows, codes


def _english(source: dict[str, Table]) -> dict[str, Table]:
    """English headers, codes and ISO dates, as an exporter of another country writes."""
    result = {"manifest": source["manifest"]}
    for spec in TABLES:
        if spec.name not in source:
            continue
        keys = {name: column.key for column in spec.columns for name in column.names}
        header, *rows = source[spec.name]
        heads = [keys.get(name, name) for name in header]
        cells = [
            [
                cell if head == "name" else _ENGLISH.get(cell.lower(), _DAY.sub(r"\3-\2-\1", cell))
                for head, cell in zip(heads, row, strict=True)
            ]
            for row in rows
        ]
        result[spec.name] = [heads, *cells]
    return result


def _shuffled(source: dict[str, Table]) -> dict[str, Table]:
    dice = random.Random(3)
    result = {"manifest": source["manifest"]}
    for name, table in source.items():
        places = list(range(len(table[0])))
        dice.shuffle(places)
        if name != "manifest":
            result[name] = [[row[place] for place in places] for row in table]
    return result


def _untidy(source: dict[str, Table]) -> dict[str, Table]:
    """White space around values, empty rows and columns, other letters and cases in headers."""
    result = {"manifest": source["manifest"]}
    for name, (header, *rows) in source.items():
        if name != "manifest":
            heads = [f" {text.upper().replace('О', 'O')}*\u200b " for text in header]
            cells = [[f"\xa0{cell}  " if cell else " " for cell in row] + [""] for row in rows]
            empty = [[""] * (len(header) + 1), []]
            result[name] = [*empty, [*heads, ""], *cells[:1], *empty, *cells[1:], *empty]
    return result


def _points(source: dict[str, Table]) -> dict[str, Table]:
    header, *rows = source["marks"]
    place = header.index("Вес")
    weights = ["1", "1.5", "0,5", " 2,0 "]
    for number, row in enumerate(rows):
        row[place] = weights[number % len(weights)]
    return {**source, "marks": [header, *rows]}


@pytest.mark.parametrize("dress", [_english, _shuffled, _untidy])
def test_the_same_package_in_other_clothes_says_the_same(
    package: Path, tmp_path: Path, dress: Callable[[dict[str, Table]], dict[str, Table]]
) -> None:
    expected, codes = told(package)
    rows, seen = told(saved(tmp_path / "x", dress(tables(package))))
    assert sum(rows.values()) > 1500
    assert rows == expected
    assert seen == codes


@pytest.mark.parametrize(
    ("separator", "codes"), [(";", set()), (",", {"IM-14"}), ("\t", {"IM-14"})]
)
def test_quoted_values_stay_whole_whatever_parts_them(
    package: Path, tmp_path: Path, separator: str, codes: set[str]
) -> None:
    rows, seen = told(saved(tmp_path / "x", tables(package), separator))
    assert (rows, seen) == (told(package)[0], codes)


def test_numbers_with_a_comma_and_with_a_point_are_the_same(package: Path, tmp_path: Path) -> None:
    path = saved(tmp_path / "x", _points(tables(package)))
    weights = [item.weight for item in SOURCE.read(path) if isinstance(item, Mark)]
    assert weights[:5] == [1.0, 1.5, 0.5, 2.0, 1.0]


def test_a_workbook_of_the_same_tables_says_the_same(package: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    titles = {spec.name: spec.sheet for spec in TABLES}
    for name, table in tables(package).items():
        sheet = book.create_sheet(titles.get(name, name))
        for row in table:
            sheet.append([_typed(cell) for cell in row])
    book.save(tmp_path / "школа.xlsx")
    assert told(tmp_path / "школа.xlsx")[0] == told(package)[0]


def _typed(cell: str) -> object:
    """Write a cell as Excel keeps what people type: dates, numbers, text."""
    day = _DAY.fullmatch(cell)
    if day:
        return dt.date(int(day[3]), int(day[2]), int(day[1]))
    if cell.isdecimal() and not cell.startswith("0") and len(cell) < 10:
        return int(cell)
    return cell or None


def test_the_dirt_of_the_sample_is_read_as_what_it_means(tmp_path: Path) -> None:
    dirt = json.loads((DATA / "defects-q1.truth.json").read_text(encoding="utf-8"))["dirt"]
    with Journal.open(tmp_path / "journal.sqlite") as journal:
        bring(journal, DATA / "defects-q1.zip")
        absences = {(x.group_id, str(x.date), x.student_id): x for x in journal.select(Attendance)}
        marks: dict[tuple[str, str, str], list[Mark]] = {}
        for mark in journal.select(Mark):
            marks.setdefault((mark.group_id, str(mark.date), mark.student_id), []).append(mark)
        topics = {(x.group_id, str(x.date)): x.topic for x in journal.select(Lesson)}
        subjects = {(x.student_id, x.subject_id) for x in journal.select(FinalMark)}
    assert len(dirt) == 21
    assert not any(subject != subject.strip() for _, subject in subjects)
    for item in dirt:
        place = (item["group"], item["date"], item["student"])
        if item["file"] == "attendance":
            assert attendance_code(absences[place].code)
        elif item["key"] == "raw":
            assert all(mark.raw == mark.raw.strip() for mark in marks[place])
            assert all(mark_value(mark.raw) for mark in marks[place])
        elif item["key"] == "set_at":
            assert all(re.match(r"\d{4}-\d\d-\d\d", mark.set_at) for mark in marks[place])
        elif item["key"] == "topic":
            assert not set(topics[place[:2]]) & {"\xa0", "\n"}


def test_a_second_import_of_the_other_clothes_changes_nothing(
    package: Path, tmp_path: Path
) -> None:
    with Journal.open(tmp_path / "journal.sqlite") as journal:
        bring(journal, package)
        report = bring(journal, saved(tmp_path / "x", _untidy(tables(package))))
        assert (report.repeated, report.changes) == (False, 0)
