from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import zipfile
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal_samples import DATA, bring, contents
from openpyxl import Workbook, load_workbook

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, Severity
from docgen.journal.codes import Scheme
from docgen.journal.model import (
    Attendance,
    ClassUnit,
    Enrollment,
    FinalMark,
    GroupMember,
    Guardian,
    Lesson,
    Mark,
    Staff,
    Student,
    Subject,
    TeachingGroup,
)
from docgen.journal.sources import ImportRefused, choose, package, sources
from docgen.journal.sources.grid_layouts import read_layout, shipped
from docgen.journal.sources.grid_values import (
    day_month,
    find_class,
    find_school_year,
    in_year,
    month_of,
    norm,
    period_of,
    tokens,
)
from docgen.journal.sources.rows import Part
from docgen.journal.sources.worksheets import SOURCE
from docgen.journal.sources.worksheets_people import ClassList, split_name
from docgen.journal.store import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FORMATS = DATA / "formats"


def read(path: Path) -> tuple[dict[type, list[Any]], list[Finding]]:
    """What the source yields: rows by their kind, and findings."""
    rows: dict[type, list[Any]] = defaultdict(list)
    findings = []
    for item in SOURCE.read(path):
        if isinstance(item, Finding):
            findings.append(item)
        else:
            rows[type(item)].append(item)
    return rows, findings


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite") as opened:
        yield opened


@pytest.fixture
def layout_e(tmp_path: Path) -> Path:
    """Layout E tells neither class nor year: its file's name does."""
    return shutil.copy(FORMATS / "layout-e.xlsx", tmp_path / "7А 2025-2026.xlsx")


# Fidelity: the same class as «Школьный пакет» and as worksheets


class Truth:
    """The class as the package tells it, by names instead of ids and by order instead of number."""

    def __init__(self, rows: dict[type, list[Any]]) -> None:
        self.rows = rows
        self.pupils = {row.student_id: norm(f"{row.last} {row.first}") for row in rows[Student]}
        subjects = {row.subject_id: norm(row.name) for row in rows[Subject]}
        self.subjects = subjects
        self.groups = {
            row.group_id: (subjects[row.subject_id], norm(row.subgroup))
            for row in rows[TeachingGroup]
        }
        days: dict[tuple[Any, dt.date], list[int]] = defaultdict(list)
        for row in rows[Lesson]:
            days[self.groups[row.group_id], row.date].append(row.number)
        self.order = {
            (*day, number): place
            for day, numbers in days.items()
            for place, number in enumerate(sorted(numbers))
        }

    def lesson(self, row: Any) -> tuple[Any, ...]:
        """A lesson's place: group, day and its order within the day."""
        group = self.groups[row.group_id]
        return group, row.date, self.order[group, row.date, row.number]

    def told(self, entity: type, *fields: str) -> Counter[tuple[Any, ...]]:
        """Rows of lessons, marks or absences by their places and some fields."""
        return Counter(
            (
                *self.lesson(row),
                self.pupils.get(getattr(row, "student_id", ""), ""),
                *(getattr(row, field) for field in fields),
            )
            for row in self.rows[entity]
        )

    def finals(self) -> set[tuple[str, ...]]:
        """The final marks by names."""
        return {
            (self.pupils[row.student_id], self.subjects[row.subject_id], row.period, row.raw)
            for row in self.rows[FinalMark]
        }


@pytest.fixture(scope="module")
def truth() -> Truth:
    rows: dict[type, list[Any]] = defaultdict(list)
    for item in package.SOURCE.read(FORMATS / "package"):
        rows[type(item)].append(item)
    return Truth(rows)


@pytest.mark.parametrize(
    ("name", "letters", "topics", "homework"),
    [
        ("layout-a.xlsx", {"Б": "Н", "У": "Н"}, True, True),
        ("layout-b.zip", {}, False, False),
        ("7А 2025-2026.xlsx", {}, True, False),
    ],
)
def test_a_layout_carries_all_it_holds(
    truth: Truth,
    layout_e: Path,
    name: str,
    letters: dict[str, str],
    topics: bool,
    homework: bool,
) -> None:
    path = layout_e if name == layout_e.name else FORMATS / name
    assert choose(path).source is SOURCE
    rows, findings = read(path)
    seen = Truth(rows)
    assert [item.code for item in findings] == ["WS-10"]
    assert seen.told(Mark, "raw") == truth.told(Mark, "raw")
    assert sum(seen.told(Mark).values()) == 2583
    want: Counter[tuple[Any, ...]] = Counter()
    for (*place, code), count in truth.told(Attendance, "code").items():
        want[*place, letters.get(code, code)] += count
    assert seen.told(Attendance, "code") == want
    assert seen.finals() == truth.finals()
    if topics:
        assert seen.told(Lesson, "topic") == truth.told(Lesson, "topic")
    else:
        assert {row.topic for row in rows[Lesson]} == {""}
    if homework:
        assert seen.told(Lesson, "homework") == truth.told(Lesson, "homework")
    else:
        assert {row.homework for row in rows[Lesson]} == {""}
    assert all(row.number < 1 for row in rows[Lesson])
    assert sorted(seen.pupils.values()) == sorted(truth.pupils.values())
    assert set(seen.groups.values()) == set(truth.groups.values())
    assert len(rows[GroupMember]) == len(truth.rows[GroupMember])
    assert [row.list_no for row in rows[Enrollment]] == list(range(1, 23))
    (unit,) = rows[ClassUnit]
    assert (unit.class_id, unit.grade, unit.scheme) == ("7А", 7, Scheme.QUARTERS)
    staff = {row.staff_id: row for row in rows[Staff]}
    named = {norm(f"{row.last} {row.first} {row.middle}") for row in truth.rows[Staff]}
    assert {norm(f"{row.last} {row.first} {row.middle}") for row in staff.values()} <= named
    assert all(row.teacher_ids in staff for row in rows[TeachingGroup])


def test_the_list_of_layout_e_tells_more_of_people(truth: Truth, layout_e: Path) -> None:
    rows, _ = read(layout_e)
    fields = ("last", "first", "middle", "gender", "birth_date", "personal_file_no")
    assert [tuple(getattr(row, name) for name in fields) for row in rows[Student]] == [
        tuple(getattr(row, name) for name in fields) for row in truth.rows[Student]
    ]
    assert len(rows[Guardian]) == len(truth.rows[Guardian])
    phones = Counter(row.student_id for row in rows[Guardian])
    assert all(bool(row.phone) == (phones[row.student_id] == 1) for row in rows[Guardian])


@pytest.mark.parametrize("name", ["layout-a.xlsx", "layout-b.zip", "7А 2025-2026.xlsx"])
def test_an_import_leaves_no_reference_open_and_is_idempotent(
    journal: Journal, layout_e: Path, name: str, tmp_path: Path
) -> None:
    path = layout_e if name == layout_e.name else FORMATS / name
    bring(journal, path)
    assert list(journal.strays()) == []
    copied = tmp_path / "copy"
    copied.mkdir()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(copied)
    else:
        shutil.copy(path, copied / ("7А.xlsx" if name == "layout-a.xlsx" else name))
    again = bring(journal, copied)
    assert (again.repeated, again.changes) == (False, 0)
    mark = journal.select(Mark)[0]
    assert "лист «" in journal.address(mark)
    assert "ячейка " in journal.address(mark)


@pytest.mark.parametrize("name", ["layout-a.xlsx", "layout-b.zip", "layout-e.xlsx"])
def test_no_two_sources_claim_a_book(name: str) -> None:
    assert [item.name for item in sources() if item.recognises(FORMATS / name)] == ["worksheets"]


def test_other_books_are_not_claimed(tmp_path: Path) -> None:
    assert not SOURCE.recognises(DATA / "class-7a.xlsx")
    assert not SOURCE.recognises(FORMATS / "package")
    assert not SOURCE.recognises(FORMATS / "oneroster-1.2.zip")
    page = tmp_path / "отчёт.xls"
    page.write_text("<html><table><tr><td>№<td>ФИО</table></html>", encoding="utf-8")
    assert not SOURCE.recognises(page)


def test_a_book_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(FORMATS / "layout-b.zip") as archive:
        (tmp_path / "7А.xlsx").write_bytes(archive.read("7А.xls"))
    shutil.copy(FORMATS / "layout-a.xlsx", tmp_path / "a.xls")
    for name in ("7А.xlsx", "a.xls"):
        assert SOURCE.recognises(tmp_path / name)
        rows, _ = read(tmp_path / name)
        assert len(rows[Mark]) == 2583


# The wide sheet


Rows = list[list[Any]]


def wide(**changed: Any) -> Rows:
    """An invented wide sheet: its header, its grid, the table of topics to the right."""
    head: dict[str, Any] = {
        "Класс": "9-а",
        "Предмет": "Алгебра",
        "Группа": "",
        "Учитель": "Ивова Вера Олеговна",
        "Год": "2025/2026",
        **changed,
    }
    rows: Rows = [[name, value] for name, value in head.items()]
    rows.append([])
    topics = [
        [dt.date(2025, 9, 29), "Дроби", "№ 5", ""],
        ["01.окт", "Доли", "", "КР"],
        ["01.10.2025", "Проценты", "№ 7", ""],
        ["12.01", "Синус", "№ 8", ""],
    ]
    grid = [
        ["№ п/п", "Ф.И.О.", "Сентябрь", "Октябрь", None, "Январь", "Ср. балл", "1  четверть"],
        [None, None, 29, 1, "1", 12, None, None],
        [1, "Ежов П.", "5", "4/5", "Н", "", "4,67", 5],
        [2, "Ёлкин Иван Ильич", 4, "H", "5 О", 3, "4", "4"],
        ["3.", "Жуков Лев", "н/а", ".", "-", "ОСВ", "", "осв"],
        [4, "", None, None, None, None, None, None],
        [None, "Итого", 3, 3, 3],
    ]
    right = [["Дата", "Тема", "ДЗ", "Вид работы"], ["", "", "", ""], *topics]
    for number, left in enumerate(grid):
        beside = right[number] if number < len(right) else []
        rows.append([*left, *[None] * (9 - len(left)), *beside])
    return rows


def book(path: Path, *sheets: tuple[str, Rows]) -> Path:
    """Write a workbook of these sheets."""
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def test_a_wide_sheet_is_read_whole(tmp_path: Path, journal: Journal) -> None:
    path = book(tmp_path / "журнал.xlsx", ("9А Алгебра", wide()))
    rows, findings = read(path)
    assert {item.code for item in findings} == {"WS-09", "WS-10"}
    assert [(row.date.isoformat(), row.number) for row in rows[Lesson]] == [
        ("2025-09-29", 0),
        ("2025-10-01", -1),
        ("2025-10-01", 0),
        ("2026-01-12", 0),
    ]
    assert [(row.topic, row.homework, row.work_kind) for row in rows[Lesson]] == [
        ("Дроби", "№ 5", ""),
        ("Доли", "", "КР"),
        ("Проценты", "№ 7", ""),
        ("Синус", "№ 8", ""),
    ]
    names = {row.student_id: row.last for row in rows[Student]}
    assert list(names.values()) == ["Ежов", "Ёлкин", "Жуков"]
    assert [(names[row.student_id], row.number, row.raw) for row in rows[Mark]] == [
        ("Ежов", 0, "5"),
        ("Ежов", -1, "4/5"),
        ("Ёлкин", 0, "4"),
        ("Ёлкин", 0, "5"),
        ("Ёлкин", 0, "3"),
        ("Жуков", 0, "н/а"),
        ("Жуков", -1, "."),
    ]
    assert [(names[row.student_id], row.code) for row in rows[Attendance]] == [
        ("Ежов", "Н"),
        ("Ёлкин", "Н"),
        ("Ёлкин", "О"),
        ("Жуков", "ОСВ"),
    ]
    assert [(names[row.student_id], row.period, row.raw) for row in rows[FinalMark]] == [
        ("Ежов", "Q1", "5"),
        ("Ёлкин", "Q1", "4"),
        ("Жуков", "Q1", "осв"),
    ]
    assert rows[ClassUnit][0].class_id == "9А"
    bring(journal, path)
    assert list(journal.strays()) == []


def test_pages_of_one_group_and_of_its_parts_fit_together(tmp_path: Path) -> None:
    first, second = (
        wide(Предмет="Труд (подгруппа девочки)"),
        wide(Предмет="Труд", Группа="Мальчики"),
    )
    del second[-4:]
    path = book(tmp_path / "7.xlsx", ("1", first), ("2", second), ("3", wide()))
    rows, _ = read(path)
    assert [(row.group_id, row.subgroup) for row in rows[TeachingGroup]] == [
        ("9А-труд-девочки", "девочки"),
        ("9А-труд-мальчики", "Мальчики"),
        ("9А-алгебра", ""),
    ]
    assert [row.name for row in rows[Subject]] == ["Труд", "Алгебра"]
    assert len(rows[Student]) == len(rows[Enrollment]) == 3


def test_a_lesson_of_one_day_on_two_pages_keeps_its_order(tmp_path: Path) -> None:
    first, second = wide(), wide()
    for row in second[8:11]:
        row[2:9] = ["2", *[None] * 6]
    rows, _ = read(book(tmp_path / "7.xlsx", ("1", first), ("2", second)))
    day = [row.number for row in rows[Lesson] if row.date == dt.date(2025, 9, 29)]
    assert day == [-1, 0]


def test_rows_of_kinds_and_numbers_above_the_pupils_are_used(tmp_path: Path) -> None:
    rows = wide()
    rows.insert(8, ["", "Вид работы", "КР", "СР", "", ""])
    rows.insert(9, ["", "№ урока", 2, 3, 4, 5])
    told, _ = read(book(tmp_path / "7.xlsx", ("9А", rows)))
    assert [row.number for row in told[Lesson]] == [2, 3, 4, 5]
    assert told[Mark][0].work_kind == "КР"


# One thing wrong at a time


def _at(sheet: Rows, text: Any) -> tuple[int, int]:
    return next(
        (row, place)
        for row, cells in enumerate(sheet)
        for place, value in enumerate(cells)
        if value == text and type(value) is type(text)
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "cell"),
    [
        ("4/5", dt.date(2025, 5, 4), "WS-02", "D9"),
        (29, 31, "WS-01", "C7"),
        ("01.окт", "01.окт 2024", "WS-01", "J10"),
        ("01.окт", "вчера", "WS-06", "J10"),
        ("Сентябрь", None, "WS-05", "C9"),
        (29, None, "WS-05", "C9"),
        ("Ёлкин Иван Ильич", "", "WS-04", "C10"),
        ("Ёлкин Иван Ильич", "Ежов  П", "WS-03", "B10"),
    ],
)
def test_a_wrong_cell_stops_the_import_and_is_named(
    journal: Journal, tmp_path: Path, old: Any, new: Any, code: str, cell: str
) -> None:
    rows = wide()
    row, place = _at(rows, old)
    rows[row][place] = new
    before = contents(journal)
    with pytest.raises(ImportRefused) as caught:
        bring(journal, book(tmp_path / "x.xlsx", ("9А", rows)))
    assert {item.code for item in caught.value.findings} == {code}
    told = caught.value.findings[0]
    assert f"лист «9А», ячейка {cell}" in told.where
    assert told.message.endswith(".")
    assert told.remedy
    assert contents(journal) == before


def test_a_column_with_a_strange_heading_is_told_and_left_out(tmp_path: Path) -> None:
    rows = wide()
    row, place = _at(rows, "Ср. балл")
    rows[row][place] = "Поведение"
    told, findings = read(book(tmp_path / "x.xlsx", ("9А", rows)))
    (note,) = [item for item in findings if item.code == "WS-05"]
    assert note.severity is Severity.WARNING
    assert "Поведение" in note.message
    assert len(told[Mark]) == 7


def test_formulas_without_saved_values_are_told(tmp_path: Path) -> None:
    rows = wide()
    row, place = _at(rows, "4/5")
    rows[row][place] = "=C9"
    told, findings = read(book(tmp_path / "x.xlsx", ("9А", rows)))
    (note,) = [item for item in findings if item.code == "WS-08"]
    assert (note.params["count"], note.params["cell"]) == ("1", "D9")
    assert len(told[Mark]) == 6


def test_a_month_that_excel_keeps_as_a_date_is_a_month(tmp_path: Path) -> None:
    rows = wide()
    row, place = _at(rows, "Сентябрь")
    rows[row][place] = dt.date(2025, 9, 1)
    told, _ = read(book(tmp_path / "x.xlsx", ("9А", rows)))
    assert [row.date.day for row in told[Lesson]] == [29, 1, 1, 12]


def test_an_empty_row_within_the_list_loses_nobody(tmp_path: Path) -> None:
    rows = wide()
    rows[9][8:] = [*[None] * 5]
    rows.insert(9, [None] * 9 + rows[9][9:])
    told, _ = read(book(tmp_path / "x.xlsx", ("9А", rows)))
    assert [row.last for row in told[Student]] == ["Ежов", "Ёлкин", "Жуков"]


def test_saved_values_of_formulas_are_entries(tmp_path: Path) -> None:
    rows = wide()
    row, place = _at(rows, "4/5")
    rows[row][place] = 3
    path = book(tmp_path / "x.xlsx", ("9А", rows))
    told, findings = read(
        _edited(path, rb'<c r="D9"[^>]*><v>3</v>', b'<c r="D9"><f>1+4</f><v>5</v>')
    )
    assert "WS-08" not in {item.code for item in findings}
    assert [row.raw for row in told[Mark]][:2] == ["5", "5"]


@pytest.mark.parametrize("code_page", ["cp866", "cp1251", "utf-8"])
def test_old_books_in_a_zip_of_an_old_program_are_addressed_by_their_names(
    tmp_path: Path, code_page: str
) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("XX 2025.xls", "XY 2025.xls"):
            archive.writestr(f"Zzzzzz/{name}", _old_book())
    data = path.read_bytes()
    for old, new in (("Zzzzzz", "Журнал"), ("XX", "7А"), ("XY", "8Б")):
        data = data.replace(
            old.encode(), new.encode("cp1251" if code_page == "utf-8" else code_page)
        )
    if code_page == "utf-8":
        with zipfile.ZipFile(path, "w") as archive:
            for name in ("7А 2025.xls", "8Б 2025.xls"):
                archive.writestr(f"Журнал/{name}", _old_book())
    else:
        path.write_bytes(data)
    rows, _ = read(path)
    assert {row.file for row in rows[Part]} == {
        "x.zip/Журнал/7А 2025.xls",
        "x.zip/Журнал/8Б 2025.xls",
    }
    assert {row.class_id for row in rows[ClassUnit]} == {"7А"}


def test_hidden_rows_and_sheets_and_wrong_dimensions_do_not_matter(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", ("9А", wide()), ("9А2", wide(Предмет="Физика")))
    opened = load_workbook(path)
    opened["9А"].row_dimensions[9].hidden = True
    opened["9А2"].sheet_state = "hidden"
    opened.save(path)
    rows, _ = read(_edited(path, rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"'))
    assert len(rows[Mark]) == 14


def _edited(path: Path, old: bytes, new: bytes) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert any(re.search(old, content) for content in parts.values())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, re.sub(old, new, content))
    return path


def test_class_and_year_come_from_the_name_of_the_file_or_not_at_all(tmp_path: Path) -> None:
    rows = wide(Класс="", Год="")
    for row in rows:
        for place, value in enumerate(row):
            if isinstance(value, dt.date) or value == "01.10.2025":
                row[place] = "29.09" if isinstance(value, dt.date) else "01.10"
    told, _ = read(book(tmp_path / "9А алгебра 2024-25.xlsx", ("Алгебра", rows)))
    assert told[Lesson][0].date == dt.date(2024, 9, 29)
    for name, what in (("9А.xlsx", "Учебный год"), ("2024-2025.xlsx", "Класс")):
        with pytest.raises(InputFault, match=what) as caught:
            read(book(tmp_path / name, ("Алгебра", rows)))
        assert "7А 2025-2026.xlsx" in caught.value.remedy


def test_layout_e_without_class_and_year_is_refused_in_words() -> None:
    with pytest.raises(InputFault, match="не указан"):
        read(FORMATS / "layout-e.xlsx")


# Layouts of a school


def _folder(path: Path, layout: str, name: str = "layout-e.xlsx") -> Path:
    path.mkdir()
    shutil.copy(FORMATS / name, path)
    (path / "моя.toml").write_text(layout, encoding="utf-8")
    return path


def _shipped_text(name: str) -> str:
    from importlib.resources import files  # noqa: PLC0415 - only here

    return (files("docgen.journal.sources") / "layouts" / name).read_text(encoding="utf-8")


def test_a_layout_beside_the_books_is_tried_first(tmp_path: Path) -> None:
    text = (
        _shipped_text("30-layout-e.toml")
        .replace("# fixed", "fixed")
        .replace('"о" = "О"', '"о" = "Н"')
    )
    rows, _ = read(_folder(tmp_path / "x", text))
    assert rows[ClassUnit][0].class_id == "7А"
    assert Counter(row.code for row in rows[Attendance]) == {"Б": 41, "У": 39, "ОСВ": 16, "Н": 12}


def test_pairs_become_two_marks_where_a_layout_says_so(tmp_path: Path) -> None:
    text = _shipped_text("10-layout-b.toml").replace("pairs = true", "pairs = false")
    path = tmp_path / "x"
    path.mkdir()
    with zipfile.ZipFile(FORMATS / "layout-b.zip") as archive:
        archive.extractall(path)
    (path / "b.toml").write_text(text, encoding="utf-8")
    rows, _ = read(path)
    assert len(rows[Mark]) == 2583 + 87
    assert not any("/" in row.raw for row in rows[Mark])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "TOML"),
        ('name = "x"', "нет ключей"),
        ('name = "x"\ntitle = "x"\nsigns = []', "signs"),
        ('name = "x"\ntitle = "x"\nsigns = ["№"]\ncolour = 1', "colour"),
        ('name = "x"\ntitle = "x"\nsigns = "№"', "не список"),
        ('name = "x"\ntitle = 5\nsigns = ["№"]', "не строка"),
        ('name = "x"\ntitle = "x"\nsigns = ["№"]\nletters = ["Н"]', "не таблица"),
        ('name = "x"\ntitle = "x"\nsigns = ["№"]\npairs = "да"', "да или нет"),
        ('name = "x"\ntitle = "x"\nsigns = ["№"]\nletters = {"Н" = "Ъ"}', "Ъ"),
        ('name = "x"\ntitle = "x"\nsigns = ["№"]\nsubject_place = "там"', "subject_place"),
        ('name = "x"\ntitle = "x"\nsigns = ["№"]\nteacher_order = "там"', "teacher_order"),
        ('name = "x"\ntitle = "x"\nsigns = ["№"]\nroster = {"x" = "y"}', "roster"),
        ('name = "x"\ntitle = "x"\nsigns = ["№"]\nfixed_class = "все"', "fixed_class"),
        ('name = "x"\ntitle = "x"\nsigns = ["№"]\nfixed_year = "2025"', "fixed_year"),
    ],
)
def test_a_wrong_layout_is_told(tmp_path: Path, text: str, said: str) -> None:
    path = _folder(tmp_path / "x", text)
    assert not SOURCE.recognises(path)
    with pytest.raises(InputFault, match=said) as caught:
        read(path)
    assert "моя.toml" in caught.value.where


def test_the_layouts_of_the_program_are_right_and_distinct() -> None:
    assert [layout.name for layout in shipped()] == ["B", "wide", "E", "bars-excel", "A"]
    assert all(
        read_layout(_shipped_text("40-bars.toml"), "x").letters[norm(letter)] for letter in "НБУО"
    )


def test_the_expected_class_journal_of_bars_is_read(tmp_path: Path) -> None:
    rows: Rows = [
        ["Классный журнал"],
        ["Класс:", "5Б", "Учебный год:", "2025/2026"],
        ["Предмет:", "История"],
        [],
        ["№", "ФИО", "02.09", "09.09", "Средний балл", "1 четверть", "Год"],
        [1, "Ежов Пётр", "5", "Н", "5", "5", ""],
        [2, "Ёлкин Иван", "У", "4/3", "3,5", "4", ""],
    ]
    told, findings = read(book(tmp_path / "x.xlsx", ("Лист1", rows)))
    assert [item.code for item in findings] == ["WS-10"]
    assert [row.raw for row in told[Mark]] == ["5", "4/3"]
    assert [row.code for row in told[Attendance]] == ["Н", "У"]
    assert [row.period for row in told[FinalMark]] == ["Q1", "Q1"]
    assert told[Lesson][0].topic == ""


# The grammar


@pytest.mark.parametrize(
    ("text", "separators", "pairs", "marks", "codes"),
    [
        ("5", "", True, ("5",), ()),
        ("5 4", "", True, ("5", "4"), ()),
        ("5,4;3\n2", "", True, ("5", "4", "3", "2"), ()),
        ("4/5", "/", True, ("4/5",), ()),
        ("4/5", "/", False, ("4", "5"), ()),
        ("4/5/3", "/", True, ("4", "5", "3"), ()),
        ("4/О", "/", True, ("4",), ("О",)),
        ("4/5/О", "/", True, ("4/5",), ("О",)),
        ("4/5/О", "/", False, ("4", "5"), ("О",)),
        ("н/а/О", "/", True, ("н/а",), ("О",)),
        ("О/н/усв", "/", True, ("н/усв",), ("О",)),
        ("5/Н/А", "/", True, ("5", "Н/А"), ()),
        ("O", "/", True, (), ("О",)),
        ("н/а", "/", False, ("н/а",), ()),
        ("П", "/", True, (), ("У",)),
        ("5-", "/", True, ("5-",), ()),
        (".", "/", True, (".",), ()),
        ("-", "/", True, (), ()),
        ("7", "/", True, ("7",), ()),
        ("?!", "/", True, ("?!",), ()),
        ("освП", "/", True, ("освП",), ()),
    ],
)
def test_cells_are_split_by_the_grammar(
    text: str,
    separators: str,
    pairs: bool,
    marks: tuple[str, ...],
    codes: tuple[str, ...],
) -> None:
    letters = {"н": "Н", "о": "О", "п": "У", "осв": "ОСВ"}
    found = tokens(text, letters, separators=separators, pairs=pairs)
    assert (found.marks, found.codes) == (marks, codes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("01.09", (1, 9, None)),
        ("1/9", (1, 9, None)),
        ("01.сен", (1, 9, None)),
        ("1 мая", (1, 5, None)),
        ("01.мар.2026", (1, 3, 2026)),
        ("1 сентября 2025 г.", (1, 9, 2025)),
        ("01.09.25", (1, 9, 2025)),
        ("2025-09-01", (1, 9, 2025)),
        ("5/4", (5, 4, None)),
        ("9", None),
        ("33.15", None),
        ("1 урок", None),
    ],
)
def test_dates_are_read_as_people_write_them(
    text: str, expected: tuple[int, int, int | None] | None
) -> None:
    assert day_month(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Итог. 1 четв.", "Q1"),
        ("1 четверть (ТР/СЕМ)", "Q1"),
        ("IV четверть", "Q4"),
        ("2-е полугодие", "H2"),
        ("2 полугодие", "H2"),
        ("Итог. 3 трим.", "T3"),
        ("4 триместр", ""),
        ("1 ТР", "T1"),
        ("ТР2", "T2"),
        ("2 СЕМ", "H2"),
        ("Четверть 3", "Q3"),
        ("Полугодие II", "H2"),
        ("3 трудовых", ""),
        ("Семья 2", ""),
        ("Годовая", "Y"),
        ("Экзамен", "EXAM"),
        ("Итоговая", "FINAL"),
        ("Тема", ""),
    ],
)
def test_periods_are_known_by_their_headings(text: str, expected: str) -> None:
    assert period_of(text) == expected


def test_small_readings() -> None:
    assert [month_of(text) for text in ("Сентябрь", "мая", "Март 2026", "маркер", "Ма")] == [
        9,
        5,
        3,
        None,
        None,
    ]
    assert [
        find_class(text) for text in ("9А Алгебра", "9-«б»", "7B", "10 Z", "13А", "Тема 5")
    ] == [
        "9А",
        "9Б",
        "7В",
        "",
        "",
        "",
    ]
    assert find_school_year("7А 2025-26") == find_school_year("Год: 2025/2026") == "2025/2026"
    assert find_school_year("2025-2027") == ""
    assert in_year(29, 2, None, "2025/2026") is None
    assert in_year(1, 9, 2026, "2025/2026") is None
    assert in_year(26, 5, None, "2025/2026") == dt.date(2026, 5, 26)
    assert norm("№  п/п:") == "№ п п"


def test_names_are_split_with_their_parts_in_place() -> None:
    assert split_name("Гусейнова Нигяр Ильхам кызы") == ("Гусейнова", "Нигяр", "Ильхам кызы")
    assert split_name("Нигяр Ильхам кызы Гусейнова", first_name_first=True) == (
        "Гусейнова",
        "Нигяр",
        "Ильхам кызы",
    )
    assert split_name("Иванов И.П.") == ("Иванов", "И.", "П.")
    assert split_name("Иванов И.П.", first_name_first=True) == ("Иванов", "И.", "П.")


def test_a_short_name_is_the_only_person_it_fits() -> None:
    known = ClassList("7А")
    known.settle(
        [
            ["Ильин Никита", "Ежов Пётр Ильич", "Ежова П."],
            ["Ильин Н.", "Ежов Пётр", "Лис А."],
        ]
    )
    assert known.find("Ильин Н.") == known.find("Ильин  никита")
    assert known.find("Ежов Петр").name == "Ежов Пётр Ильич"
    assert known.doubtful == {"ежова п", "лис а"}
    both = ClassList("7А")
    both.settle([["Ильин Никита", "Ильин Назар"], ["Ильин Н."]])
    assert len({both.find(name).student_id for name in ("Ильин Н.", "Ильин Назар")}) == 2
    assert both.doubtful == {"ильин н"}


def test_two_names_of_one_page_are_two_people() -> None:
    known = ClassList("7А")
    known.settle([["Ильин Никита", "Ильин Н."], ["Ильин Никита Олегович", "Ильин Н."]])
    assert known.find("Ильин Никита") == known.find("Ильин Никита Олегович")
    assert known.find("Ильин Н.") != known.find("Ильин Никита")
    assert known.doubtful == {"ильин н"}


def test_an_apostrophe_makes_no_initial() -> None:
    known = ClassList("7А")
    known.settle([["О'Нил Оскар"], ["О’Нил Оскар"]])
    assert known.doubtful == set()
    assert known.find("О'Нил Оскар") == known.find("О’Нил Оскар")


# Hostile input


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000,
        b"\xff" * 100,
    ],
)
@pytest.mark.parametrize("name", ["x.xlsx", "x.xls", "x.zip"])
def test_a_file_that_is_no_book_is_a_fault(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert not SOURCE.recognises(path)
    with pytest.raises(InputFault) as caught:
        read(path)
    assert caught.value.remedy


def test_a_book_beside_strange_files_is_read_and_they_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.mkdir()
    book(path / "журнал.xlsx", ("9А", wide()), ("Справка", [["Просто текст"]]))
    book(path / "другая.xlsx", ("Лист", [["Ничего"]]))
    (path / "readme.txt").write_text("x", encoding="utf-8")
    rows, findings = read(path)
    assert len(rows[Mark]) == 7
    assert Counter(item.code for item in findings) == {
        "WS-07": 2,
        "WS-09": 1,
        "WS-10": 1,
        "WS-11": 1,
    }


@pytest.mark.parametrize(
    "rows",
    [
        wide()[:6],
        wide()[:7],
        [row[:1] for row in wide()],
        [[None] * 30 for _ in wide()],
    ],
)
def test_an_empty_journal_is_a_fault(tmp_path: Path, rows: Rows) -> None:
    with pytest.raises(InputFault, match=r"ни одной страницы|Книга пуста"):
        read(book(tmp_path / "x.xlsx", ("9А", rows)))


def test_a_list_longer_than_any_class_is_a_fault(tmp_path: Path) -> None:
    rows = wide()
    rows[11:] = [[number, f"Ежов {number}", "5"] for number in range(3, 400)]
    with pytest.raises(InputFault, match="не список класса"):
        read(book(tmp_path / "x.xlsx", ("9А", rows)))


def test_a_sheet_too_wide_and_a_book_too_large_are_faults(tmp_path: Path) -> None:
    rows = wide()
    rows[0] = [*rows[0], *[None] * 2000, "x"]
    with pytest.raises(InputFault, match="слишком велик"):
        read(book(tmp_path / "x.xlsx", ("9А", rows)))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * (8 << 20))
        for number in range(25):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b" " * (8 << 20))
    path = tmp_path / "y"
    path.mkdir()
    (path / "bomb.xlsx").write_bytes(bomb.getvalue())
    with pytest.raises(InputFault, match="больше"):
        read(path)


def _survives(path: Path) -> None:
    """Whatever a file holds: a fault with a remedy, or parts, rows and whole sentences."""
    SOURCE.recognises(path)
    try:
        items = list(SOURCE.read(path))
    except InputFault as fault:
        assert fault.remedy  # noqa: PT017 - either outcome is right
    else:
        assert any(isinstance(item, Part) for item in items)
        assert all(item.message and item.remedy for item in items if isinstance(item, Finding))


_VALUES = st.one_of(
    st.none(),
    st.text(max_size=12).filter(lambda text: all(sign.isprintable() for sign in text)),
    st.integers(-5, 50_000),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)),
    st.sampled_from(["№", "ФИО", "Дата", "Тема", "Класс: 9А", "Сентябрь", "31.02", "4/5", "н/а"]),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(st.tuples(st.integers(0, 14), st.integers(0, 13), _VALUES), max_size=6))
def test_any_cell_may_hold_anything(tmp_path: Path, changes: list[tuple[int, int, object]]) -> None:
    rows = wide()
    for row, place, value in changes:
        cells = rows[row % len(rows)]
        cells += [None] * (place + 1 - len(cells))
        cells[place] = value
    _survives(book(tmp_path / "x.xlsx", ("9А", rows)))


def _old_book() -> bytes:
    with zipfile.ZipFile(FORMATS / "layout-b.zip") as archive:
        return archive.read("7А.xls")


def _new_book() -> bytes:
    content = io.BytesIO()
    made = Workbook()
    for row in wide():
        made.active.append(row)
    made.save(content)
    return content.getvalue()


@pytest.mark.parametrize("make", [_old_book, _new_book])
def test_any_byte_of_a_book_may_be_wrong(tmp_path: Path, make: Callable[[], bytes]) -> None:
    content = make()
    path = tmp_path / "x.xls"

    @settings(max_examples=60, deadline=None)
    @given(
        place=st.integers(0, len(content)),
        junk=st.binary(max_size=16),
        cut=st.booleans(),
    )
    def spoil(place: int, junk: bytes, *, cut: bool) -> None:
        rest = b"" if cut else content[place + len(junk) :]
        path.write_bytes(content[:place] + junk + rest)
        _survives(path)

    spoil()
