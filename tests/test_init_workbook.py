from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from journal_samples import MOMENT, bring

from docgen.core.errors import InputFault, UsageFault
from docgen.core.progress import Silent
from docgen.journal.demo import write_demo_package
from docgen.journal.forms import form_books, rules, school_year_at
from docgen.journal.model import (
    Attendance,
    FinalMark,
    Lesson,
    Mark,
    Student,
    Subject,
    TeachingGroup,
)
from docgen.journal.sources.package_tables import TABLES
from docgen.journal.store import Journal
from docgen.pipeline.bind import bind_period
from docgen.pipeline.check import check_period
from docgen.pipeline.initialise import initialise
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from docgen.pipeline.check import Check

FORM, SAMPLE = "журнал-пустой.xlsx", "журнал-образец.xlsx"
CLASS_FORM, CLASS_SAMPLE = "классный-журнал-пустой.xlsx", "классный-журнал-образец.xlsx"
YEAR = "2025/2026"
ALGEBRA = "7А Алгебра"


@pytest.fixture(scope="module")
def books() -> Mapping[str, bytes]:
    return form_books(YEAR)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    place = tmp_path / "school"
    initialise(place, MOMENT)
    return open_workspace(place)


def opened(books: Mapping[str, bytes], name: str) -> Any:
    return openpyxl.load_workbook(io.BytesIO(books[name]))


@pytest.fixture
def load(workspace: Workspace, books: Mapping[str, bytes]) -> Callable[..., Any]:
    """Imports books, each changed by a function where one is given."""

    def load(**changes: Any) -> Any:
        paths = []
        for name, change in changes.items():
            file = {"package": SAMPLE, "form": FORM}.get(name, CLASS_SAMPLE)
            file = CLASS_FORM if name == "class_form" else file
            path = workspace.folder / file
            path.write_bytes(books[file])
            if change:
                book = opened(books, file)
                change(book)
                book.save(path)
            paths.append(path)
        with Journal.open(workspace.journal_file) as journal:
            return bring(journal, *paths)

    return load


def checked(workspace: Workspace) -> Check:
    with workspace.open_journal() as journal:
        period = chosen_period(journal, "Q1")
        units = chosen_classes(journal, period, ())
    return check_period(workspace, period, units, Silent())


def column(book: Any, title: str, head: str) -> int:
    return next(cell.column for cell in book[title][1] if cell.value.rstrip("*") == head)


def type_in(title: str, head: str, row: int, value: object) -> Callable[[Any], None]:
    """Type a value into a sheet of the package."""

    def change(book: Any) -> None:
        book[title].cell(row, column(book, title, head)).value = value

    return change


def type_at(title: str, cell: str, value: object) -> Callable[[Any], None]:
    """Type a value into a cell of any sheet."""

    def change(book: Any) -> None:
        book[title][cell].value = value

    return change


def without_lessons(book: Any) -> None:
    for title in ("Уроки", "Отметки", "Посещаемость", "Итоговые"):
        book[title].delete_rows(2, book[title].max_row)


# The command


def test_init_leaves_the_forms_and_the_samples(tmp_path: Path) -> None:
    made = initialise(tmp_path / "w", MOMENT, forms=True)
    assert [path.name for path in made.forms] == [FORM, SAMPLE, CLASS_FORM, CLASS_SAMPLE]
    assert all(path.parent == tmp_path / "w" and path.is_file() for path in made.forms)


def test_init_without_the_option_leaves_no_workbook(tmp_path: Path) -> None:
    initialise(tmp_path / "w", MOMENT)
    assert list((tmp_path / "w").glob("*.xlsx")) == []


def test_a_standing_workspace_gets_the_missing_forms_and_keeps_what_was_filled(
    workspace: Workspace,
) -> None:
    settings = (workspace.folder / "school.toml").read_bytes()
    (workspace.folder / FORM).write_bytes(b"filled")
    made = initialise(workspace.folder, MOMENT, forms=True)
    assert [path.name for path in made.forms] == [SAMPLE, CLASS_FORM, CLASS_SAMPLE]
    assert (workspace.folder / FORM).read_bytes() == b"filled"
    assert (workspace.folder / "school.toml").read_bytes() == settings
    with pytest.raises(UsageFault):
        initialise(workspace.folder, MOMENT)


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (dt.date(2025, 9, 1), "2025/2026"),
        (dt.date(2026, 5, 31), "2025/2026"),
        (dt.date(2026, 6, 1), "2026/2027"),
    ],
)
def test_forms_are_made_for_the_year_that_is_or_comes(today: dt.date, year: str) -> None:
    assert school_year_at(today) == year


# The files


def test_the_same_year_gives_the_same_bytes(books: Mapping[str, bytes]) -> None:
    assert form_books(YEAR) == books


@pytest.mark.parametrize("name", [FORM, SAMPLE, CLASS_FORM, CLASS_SAMPLE])
def test_excel_takes_every_title_message_and_list(books: Mapping[str, bytes], name: str) -> None:
    book = opened(books, name)
    assert all(len(title) <= 31 and not set(title) & set("[]:*?/\\") for title in book.sheetnames)
    seen = 0
    for sheet in book.worksheets:
        for rule in sheet.data_validations.dataValidation:
            seen += 1
            assert len(rule.errorTitle or "") <= 32
            assert len(rule.promptTitle or "") <= 32
            assert len(rule.error or "") <= 225
            assert len(rule.prompt or "") <= 255
            if (rule.formula1 or "").startswith('"'):
                assert len(rule.formula1) <= 257
    assert seen > 20


@pytest.mark.parametrize("name", [SAMPLE, CLASS_SAMPLE, FORM])
def test_no_cell_of_these_needs_to_be_computed(books: Mapping[str, bytes], name: str) -> None:
    cells = [cell for sheet in opened(books, name) for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []


@pytest.mark.parametrize("name", [FORM, SAMPLE])
def test_the_book_has_every_table_of_the_package_with_required_columns_starred(
    books: Mapping[str, bytes], name: str
) -> None:
    book = opened(books, name)
    for spec in TABLES:
        sheet = book[spec.sheet]
        assert sheet.freeze_panes == "A2"
        heads = [cell.value for cell in sheet[1]]
        assert heads == [item.names[0] + "*" * item.required for item in spec.columns]


def test_dates_are_dates_and_marks_are_text(books: Mapping[str, bytes]) -> None:
    sheet = opened(books, SAMPLE)["Отметки"]
    column = {cell.value.rstrip("*"): cell.column - 1 for cell in sheet[1]}
    rows = list(sheet.iter_rows(min_row=2))
    assert all(row[column["Дата"]].is_date for row in rows)
    marks = [row[column["Отметка"]] for row in rows]
    assert {cell.data_type for cell in marks} == {"s"}
    assert {cell.number_format for cell in marks} == {"@"}
    assert any("/" in cell.value for cell in marks)
    form = opened(books, FORM)["Отметки"]
    formats = {
        name: form.column_dimensions["ABCDEFGHI"[at]].number_format for name, at in column.items()
    }
    assert (formats["Дата"], formats["Отметка"], formats["Учащийся"]) == ("DD.MM.YYYY", "@", "@")


def test_every_word_of_a_list_is_read_by_its_column() -> None:
    lists = 0
    for spec in TABLES:
        for column in spec.columns:
            rule = rules.rule_of(spec, column, YEAR, 100)
            if rule.kind == "list" and rule.first and rule.first.startswith('"'):
                lists += 1
                for word in rule.first.strip('"').split(","):
                    assert column.read(word) not in {None, ""}
    assert lists > 15


def test_the_sample_keeps_the_rules_of_the_form(books: Mapping[str, bytes]) -> None:
    book = opened(books, SAMPLE)
    for spec in TABLES:
        sheet = book[spec.sheet]
        for place, column in enumerate(spec.columns, start=1):
            rule = rules.rule_of(spec, column, YEAR, 100)
            told = {sheet.cell(row, place).value for row in range(2, sheet.max_row + 1)} - {None}
            if column.required and not column.blank and sheet.max_row > 1:
                assert all(sheet.cell(row, place).value for row in range(2, sheet.max_row + 1))
            if rule.kind == "list" and rule.strict and rule.first:
                if rule.first.startswith('"'):
                    allowed = set(rule.first.strip('"').split(","))
                else:
                    target = rule.first.split("'")[1]
                    allowed = {cell.value for cell in book[target]["A"][1:]}
                assert told <= allowed, (spec.name, column.key)


# The samples as data


def rows_of(journal: Journal, entity: type[Any]) -> list[Any]:
    return list(journal.select(entity))


def named(journal: Journal) -> dict[str, set[tuple[Any, ...]]]:
    """What was taught and marked, with names in place of the ids a system gives."""
    subjects = {row.subject_id: row.name for row in rows_of(journal, Subject)}
    groups = {
        row.group_id: (subjects[row.subject_id], row.subgroup)
        for row in rows_of(journal, TeachingGroup)
        if row.class_ids == "7А"
    }
    pupils = {
        row.student_id: f"{row.last} {row.first} {row.middle}".strip()
        for row in rows_of(journal, Student)
    }
    return {
        "lessons": {
            (groups[row.group_id], row.date, row.number, row.topic, row.homework, row.work_kind)
            for row in rows_of(journal, Lesson)
            if row.group_id in groups
        },
        "marks": {
            (groups[row.group_id], row.date, row.number, pupils[row.student_id], row.seq, row.raw)
            for row in rows_of(journal, Mark)
            if row.group_id in groups
        },
        "attendance": {
            (groups[row.group_id], row.date, row.number, pupils[row.student_id], row.code)
            for row in rows_of(journal, Attendance)
            if row.group_id in groups
        },
        "finals": {
            (subjects[row.subject_id], pupils[row.student_id], row.period, row.raw)
            for row in rows_of(journal, FinalMark)
        },
    }


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[Journal]:
    write_demo_package(tmp_path / "demo")
    with Journal.open(tmp_path / "demo.sqlite") as journal:
        bring(journal, tmp_path / "demo")
        yield journal


def test_the_sample_holds_what_happened_in_the_class(
    workspace: Workspace, load: Callable[..., Any], truth: Journal
) -> None:
    assert load(package=None).notes == ()
    with workspace.open_journal() as journal:
        assert named(journal) == named(truth)
        groups = {row.group_id for row in rows_of(journal, TeachingGroup)}
        for entity in (Mark, Lesson, Attendance):
            expected = [row for row in rows_of(truth, entity) if row.group_id in groups]
            told = rows_of(journal, entity)
            assert [bare(row) for row in told] == [bare(row) for row in expected]
            assert told


def bare(row: Any) -> dict[str, Any]:
    names = set(type(row).__dataclass_fields__) - {"source", "cell"}
    return {name: getattr(row, name) for name in names}


def test_the_sheets_of_subjects_hold_the_same(
    workspace: Workspace, load: Callable[..., Any], truth: Journal
) -> None:
    assert load(pages=None).notes == ()
    with workspace.open_journal() as journal:
        assert named(journal) == named(truth)


def test_the_sample_passes_the_check_without_a_word(
    workspace: Workspace, load: Callable[..., Any]
) -> None:
    load(package=None)
    assert checked(workspace).findings == ()


def test_the_school_of_one_book_and_the_lessons_of_the_other_pass_the_check(
    workspace: Workspace, load: Callable[..., Any], truth: Journal
) -> None:
    load(package=without_lessons, pages=None)
    check = checked(workspace)
    assert not check.blocked
    assert {finding.code for finding in check.findings} == {"AT-02"}
    with workspace.open_journal() as journal:
        assert named(journal) == named(truth)


@pytest.mark.long
def test_a_volume_is_bound_from_both_books(workspace: Workspace, load: Callable[..., Any]) -> None:
    load(package=without_lessons, pages=None)
    with workspace.open_journal() as journal:
        period = chosen_period(journal, "Q1")
        units = chosen_classes(journal, period, ())
    bind_period(workspace, period, units, Silent())
    assert len(list(workspace.volumes(YEAR, "Q1").glob("07a_*.pdf"))) == 1


# Empty forms


@pytest.mark.parametrize(
    ("name", "words"), [("form", "таблицы пусты"), ("class_form", "Книга пуста")]
)
def test_an_empty_form_is_told_to_be_empty(
    workspace: Workspace, load: Callable[..., Any], name: str, words: str
) -> None:
    load(package=None)
    with workspace.open_journal() as journal:
        before = named(journal)
    with pytest.raises(InputFault, match=words):
        load(**{name: None})
    with workspace.open_journal() as journal:
        assert named(journal) == before


# What people do


def paste_header(book: Any) -> None:
    sheet = book["Сотрудники"]
    sheet.insert_rows(5)
    for cell in sheet[1]:
        sheet.cell(5, cell.column).value = cell.value


@pytest.mark.parametrize(
    ("change", "code", "sheet", "cell"),
    [
        (type_in("Уроки", "Дата", 4, "01.сен"), "IM-01", "Уроки", "B4"),
        (type_in("Уроки", "№ урока", 4, "первый"), "IM-02", "Уроки", "C4"),
        (type_in("Учащиеся", "Пол", 3, "да"), "IM-03", "Учащиеся", "E3"),
        (type_in("Отметки", "Учащийся", 9, None), "IM-04", "Отметки", "D9"),
        (paste_header, "IM-07", "Сотрудники", "A5"),
    ],
)
def test_a_slip_in_the_tables_is_refused_with_sheet_and_cell(
    workspace: Workspace, load: Callable[..., Any], change: Any, code: str, sheet: str, cell: str
) -> None:
    with pytest.raises(InputFault) as refused:
        load(package=change)
    assert [item.code for item in refused.value.findings] == [code]
    place = refused.value.findings[0].where
    assert SAMPLE in place
    assert sheet in place
    assert f"ячейка {cell}" in place
    with Journal.open(workspace.journal_file) as journal:
        assert rows_of(journal, Lesson) == []


@pytest.mark.parametrize(
    ("change", "code", "sheet", "cell"),
    [
        (type_in("Учащиеся", "Класс", 3, "7Я"), "ST-01", "Учащиеся", "A3"),
        (type_in("Отметки", "Отметка", 9, "6"), "MK-01", "Отметки", "E9"),
        (type_in("Уроки", "Тема", 9, None), "LS-02", "Уроки", "D9"),
    ],
)
def test_a_wrong_word_in_the_tables_is_found_by_the_check_with_its_cell(
    workspace: Workspace, load: Callable[..., Any], change: Any, code: str, sheet: str, cell: str
) -> None:
    load(package=change)
    found = [item for item in checked(workspace).findings if item.code == code]
    assert {(item.refs["file"], item.refs["sheet"]) for item in found} >= {(SAMPLE, sheet)}
    assert cell in {item.refs["cell"] for item in found if item.refs["sheet"] == sheet}


def test_empty_rows_between_and_below_do_no_harm(
    workspace: Workspace, load: Callable[..., Any], truth: Journal
) -> None:
    def change(book: Any) -> None:
        for title in ("Уроки", "Отметки", "Сотрудники"):
            book[title].insert_rows(3, 2)
            book[title].cell(book[title].max_row + 5, 1).value = " "

    assert load(package=change).notes == ()
    with workspace.open_journal() as journal:
        assert named(journal) == named(truth)


def paste_list_header(book: Any) -> None:
    book[ALGEBRA]["A9"].value, book[ALGEBRA]["B9"].value = "№", "Фамилия, имя, отчество"


@pytest.mark.parametrize(
    ("change", "code", "cell"),
    [
        (type_at(ALGEBRA, "BD6", "первое"), "WS-06", "BD6"),
        (type_at(ALGEBRA, "BD6", dt.date(2024, 9, 2)), "WS-01", "BD6"),
        (type_at(ALGEBRA, "D8", dt.date(2025, 4, 5)), "WS-02", "D8"),
        (type_at(ALGEBRA, "AY8", "5"), "WS-05", "AY8"),
        (type_at(ALGEBRA, "D40", "5"), "WS-04", "D40"),
        (type_at(ALGEBRA, "B8", "Аблязов Решат Ленурович"), "WS-03", "B8"),
        (paste_list_header, "WS-12", "A9"),
        (type_at(ALGEBRA, "C1", "8Б"), "WS-14", "C1"),
    ],
)
def test_a_slip_on_a_subjects_sheet_is_refused_with_its_cell(
    load: Callable[..., Any], change: Any, code: str, cell: str
) -> None:
    with pytest.raises(InputFault) as refused:
        load(package=without_lessons, pages=change)
    assert [item.code for item in refused.value.findings] == [code]
    place = refused.value.findings[0].where
    assert place == f"{CLASS_SAMPLE}, лист «{ALGEBRA}», ячейка {cell}"


@pytest.mark.parametrize(
    ("change", "code", "cell"),
    [
        (type_at(ALGEBRA, "D8", "6"), "MK-01", "D8"),
        (type_at(ALGEBRA, "BF6", None), "LS-02", "BF6"),
    ],
)
def test_a_wrong_mark_on_a_subjects_sheet_is_found_by_the_check_with_its_cell(
    workspace: Workspace, load: Callable[..., Any], change: Any, code: str, cell: str
) -> None:
    load(package=without_lessons, pages=change)
    found = [item for item in checked(workspace).findings if item.code == code]
    refs = {name: found[0].refs[name] for name in ("file", "sheet", "cell")}
    assert refs == {"file": CLASS_SAMPLE, "sheet": ALGEBRA, "cell": cell}
    assert len(found) == 1


def test_a_date_as_text_over_marks_is_read_as_the_day_it_is(
    workspace: Workspace, load: Callable[..., Any], truth: Journal
) -> None:
    def change(book: Any) -> None:
        for cell in ("C4", "BD5"):
            book[ALGEBRA][cell].value = f"{book[ALGEBRA][cell].value:%d}.сен"

    load(pages=change)
    with workspace.open_journal() as journal:
        assert named(journal) == named(truth)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_a_form_filled_once_by_hand_holds_the_names_and_dates_everywhere(
    tmp_path: Path, books: Mapping[str, bytes]
) -> None:
    book = opened(books, CLASS_FORM)
    pupils, algebra = book["Список класса"], book["Алгебра"]
    pupils["C1"], pupils["C3"] = "7А", "1 четверть"
    pupils["B6"], pupils["B7"] = "Ежов Пётр Ильич", "Ёлкина Ада Олеговна"
    algebra["K2"] = "Кленов Олег Петрович"
    for row, day, number, topic in ((5, 1, 2, "Дроби"), (6, 3, 1, "Доли")):
        algebra.cell(row, 56).value = dt.date(2025, 9, day)
        algebra.cell(row, 57).value, algebra.cell(row, 58).value = number, topic
    algebra["C7"], algebra["D7"], algebra["D8"], algebra["BA7"] = "5", "Б", "О 4", "5"
    book.save(tmp_path / "filled.xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    target = tmp_path / "saved"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(target)]
    subprocess.run([*command, str(tmp_path / "filled.xlsx")], check=True, capture_output=True)
    with Journal.open(tmp_path / "journal.sqlite") as journal:
        report = bring(journal, target / "filled.xlsx")
        told = named(journal)
    assert [note.code for note in report.notes] == ["WS-13"]
    assert {(*row[1:3], row[3]) for row in told["lessons"]} == {
        (dt.date(2025, 9, 1), 2, "Дроби"),
        (dt.date(2025, 9, 3), 1, "Доли"),
    }
    assert {(row[1].day, row[3], row[5]) for row in told["marks"]} == {
        (1, "Ежов Пётр Ильич", "5"),
        (3, "Ёлкина Ада Олеговна", "4"),
    }
    assert {(row[3], row[4]) for row in told["attendance"]} == {
        ("Ежов Пётр Ильич", "Б"),
        ("Ёлкина Ада Олеговна", "О"),
    }
    assert told["finals"] == {("Алгебра", "Ежов Пётр Ильич", "Q1", "5")}
