from __future__ import annotations

import datetime as dt
import io
import stat
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest
from journal_samples import DATA, bring, contents, folder, replaced, tables, truth, zipped

from docgen.core.errors import DocgenError, InputFault
from docgen.journal.model import (
    Attendance,
    CalendarDay,
    ClassUnit,
    Decision,
    Lesson,
    Mark,
    Period,
    School,
    Student,
    WorkKind,
)
from docgen.journal.sources import containers, sources
from docgen.journal.sources.package import SOURCE
from docgen.journal.store import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite") as opened:
        yield opened


def refused(journal: Journal, *paths: Path) -> DocgenError:
    """The fault of an import that must be refused and leave the journal as it was."""
    before = contents(journal)
    with pytest.raises(InputFault) as caught:
        bring(journal, *paths)
    assert contents(journal) == before
    fault = caught.value
    assert fault.exit_code == 3
    assert fault.message
    assert fault.where or fault.remedy
    assert fault.remedy
    return fault


# What is read


def test_the_package_is_among_the_sources() -> None:
    assert sources()[0] is SOURCE
    assert len({source.name for source in sources()}) == len(sources())


@pytest.mark.parametrize("name", ["class-7a", "defects-q1"])
def test_rows_of_every_file_are_counted_as_the_truth_counts_them(
    journal: Journal, name: str
) -> None:
    path = DATA / f"{name}{'.xlsx' if name == 'class-7a' else '.zip'}"
    told = dict(truth(f"{name}.truth.json")["files"])
    del told["manifest"]
    report = bring(journal, path)
    assert report.notes == ()
    assert sorted(item.accepted for item in report.files) == sorted(told.values())
    if name == "defects-q1":
        stems = {item.file.split("/")[1].removesuffix(".csv"): item.rows for item in report.files}
        assert stems == told


def test_the_workbook_and_the_folder_of_one_class_say_the_same(journal: Journal) -> None:
    bring(journal, DATA / "class-7a.xlsx")
    report = bring(journal, DATA / "formats" / "package")
    assert report.changes == 0
    assert sum(item.unchanged for item in report.files) > 3000


def test_a_zip_with_one_folder_around_everything_is_read(journal: Journal, tmp_path: Path) -> None:
    path = zipped(tmp_path / "school.zip", tables(), inside="Журнал/2025/")
    assert bring(journal, path).changes > 0
    assert len(journal.select(Lesson)) == 5


def test_junk_of_operating_systems_does_not_matter(journal: Journal, tmp_path: Path) -> None:
    path = zipped(tmp_path / "school.zip", tables(), inside="journal/")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/journal/._marks.csv", b"\0\1")
        archive.writestr("journal/.DS_Store", b"\0")
    assert bring(journal, path).notes == ()


def test_russian_names_of_files_are_read_even_in_code_page_866(
    journal: Journal, tmp_path: Path
) -> None:
    source = tables()
    for name, title in (("lessons", "Уроки"), ("students", "Учащиеся"), ("marks", "ОТМЕТКИ")):
        source[name[0].upper() * len(title)] = source.pop(name)
    path = zipped(tmp_path / "school.zip", source)
    data = path.read_bytes()
    for title, letter in (("Уроки", b"L"), ("Учащиеся", b"S"), ("ОТМЕТКИ", b"M")):
        data = data.replace(letter * len(title) + b".csv", title.encode("cp866") + b".csv")
    path.write_bytes(data)
    assert bring(journal, path).notes == ()
    assert len(journal.select(Mark)) == 6


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_encodings_are_told_apart(journal: Journal, tmp_path: Path, encoding: str) -> None:
    report = bring(journal, folder(tmp_path / "package", tables(), encoding=encoding))
    assert journal.select(School)[0].full_name == "МОУ «Ольховская школа»"
    codes = {note.code for note in report.notes}
    assert codes == ({"IM-13"} if encoding == "cp1251" else set())


@pytest.mark.parametrize("separator", [",", "\t"])
def test_other_separators_are_read_and_told(
    journal: Journal, tmp_path: Path, separator: str
) -> None:
    source = tables()
    source["marks"] = [line.replace(",", ".") for line in source["marks"]]
    source["school"] = [line.replace(",", "") for line in source["school"]]
    source["groups"] = [line.replace("10А,10Б", "10А") for line in source["groups"]]
    report = bring(journal, folder(tmp_path / "package", source, separator=separator))
    assert {note.code for note in report.notes} == {"IM-14"}
    assert len(journal.select(Mark)) == 6


def test_headers_are_found_in_any_order_and_spelling(journal: Journal, tmp_path: Path) -> None:
    source = tables()
    source["marks"] = [
        " отметка * ;УЧАЩИЙСЯ;№  Урока;group_id;Дата",
        "5;1;1;7А-МАТ;01.09.2025",
    ]
    source["school"][0] = "full_name;short_name;address;населенный пункт;director"
    bring(journal, folder(tmp_path / "package", source))
    (mark,) = journal.select(Mark)
    assert (mark.raw, mark.number, mark.student_id) == ("5", 1, "1")
    assert journal.select(School)[0].city == "с. Ольховка"


def test_unknown_columns_and_files_are_told_and_left_out(journal: Journal, tmp_path: Path) -> None:
    source = tables()
    source["attendance"] = [line + ";x" for line in source["attendance"]]
    source["attendance"][0] = source["attendance"][0].replace(";x", ";Погода")
    source["recipes"] = ["a;b", "1;2"]
    report = bring(journal, folder(tmp_path / "package", source))
    told = {note.code: note for note in report.notes}
    assert set(told) == {"IM-12", "IM-15"}
    assert "«Погода»" in told["IM-12"].message
    assert told["IM-15"].where == "package/recipes.csv"


def test_english_codes_and_russian_words_mean_the_same(journal: Journal, tmp_path: Path) -> None:
    source = replaced(tables(), "periods", "четверть;1 четверть", "QUARTER;1 четверть")
    source = replaced(source, "periods", ";Q1;", ";1 Четверть;")
    source = replaced(source, "classes", "полугодия", "half_years")
    source["calendar"] = ["Дата;Вид", "01.11.2025;Каникулы", "02.11.2025;VACATION"]
    bring(journal, folder(tmp_path / "package", source))
    assert [period.code for period in journal.periods()] == ["Q1", "H1", "Y"]
    assert {unit.scheme for unit in journal.select(ClassUnit)} == {"QUARTERS", "HALF_YEARS"}
    assert {day.kind for day in journal.select(CalendarDay)} == {"vacation"}
    assert {period.kind for period in journal.select(Period)} == {"QUARTER", "HALF_YEAR", "YEAR"}


def test_values_are_tidied_and_what_people_wrote_stays(journal: Journal, tmp_path: Path) -> None:
    source = replaced(tables(), "lessons", "Проценты", '"Про\xa0центы\nи доли "')
    source = replaced(source, "marks", "1;3;3;ОТ", "1;3; 6 ;ОТ")
    source = replaced(source, "attendance", ";Б;", "; H ;")
    source = replaced(source, "marks", "7А-МАТ;15", "7A-МАТ;15")  # a Latin A
    bring(journal, folder(tmp_path / "package", source))
    seen = journal.class_journal("7А", "Q1")
    assert seen.lessons["7А-МАТ"][2].topic == "Про центы и доли"
    mark = seen.marks["7А-МАТ", dt.date(2025, 9, 15), 1, "3"][0]
    assert (mark.raw, mark.value) == ("6", None)
    assert [row.code for row in journal.select(Attendance)] == ["H"]


def test_ids_in_latin_letters_stay_latin(journal: Journal, tmp_path: Path) -> None:
    bring(journal, folder(tmp_path / "package", tables()))
    assert journal.select(ClassUnit)[-1].class_teacher_id == "T2"
    assert all(ord(item.class_teacher_id[0]) < 128 for item in journal.select(ClassUnit))


def test_cells_without_a_mark_are_skipped_and_counted(journal: Journal, tmp_path: Path) -> None:
    source = replaced(tables(), "marks", "1;3;3;ОТ", "1;3;;ОТ")
    report = bring(journal, folder(tmp_path / "package", source))
    assert [(note.code, note.params["count"]) for note in report.notes] == [("IM-17", "1")]
    assert len(journal.select(Mark)) == 5


def test_moments_become_iso_text(journal: Journal, tmp_path: Path) -> None:
    source = replaced(tables(), "marks", "15.09.2025;T2", "15.09.2025 14:05;T2")
    bring(journal, folder(tmp_path / "package", source))
    assert {mark.set_at for mark in journal.select(Mark)} == {
        "2025-09-01",
        "2025-09-03",
        "2025-09-09",
        "2025-09-15T14:05:00",
    }


@pytest.mark.parametrize(
    "header",
    [
        "Учащийся;Результат;Протокол №;Дата;Приказ №;Дата;Класс назначения",
        "Учащийся;Результат;Протокол №;Дата протокола;Приказ №;Дата приказа;Класс назначения",
    ],
)
def test_twin_dates_of_decisions_go_by_their_place(
    journal: Journal, tmp_path: Path, header: str
) -> None:
    source = tables()
    source["decisions"] = [header, "1;переведён;8;28.05.2026;56-у;29.05.2026;8A"]
    report = bring(journal, folder(tmp_path / "package", source))
    (decision,) = journal.select(Decision)
    assert decision.protocol_date == dt.date(2026, 5, 28)
    assert decision.order_date == dt.date(2026, 5, 29)
    assert decision.target_class == "8А"
    assert report.notes == ()


def test_kinds_of_work_of_the_school_replace_the_usual_ones(
    journal: Journal, tmp_path: Path
) -> None:
    bring(journal, folder(tmp_path / "one", tables()))
    usual = journal.class_journal("7А", "Q1").work_kinds
    assert [code for code, kind in usual.items() if kind.is_control] == ["КР", "Д", "СОЧ", "ИЗЛ"]
    source = tables()
    source["work_kinds"] = [
        "Код;Название;Вес;Контрольная;Срок проверки, дней",
        "КР;контрольная;1,5;да;10",
    ]
    bring(journal, folder(tmp_path / "two", source))
    kinds = journal.class_journal("7А", "Q1").work_kinds
    assert kinds == {"КР": WorkKind("КР", "контрольная", 1.5, True, 10, kinds["КР"].source, "2")}


def test_cells_of_a_workbook_become_what_a_person_would_type(
    journal: Journal, tmp_path: Path
) -> None:
    book = workbook(tables())
    sheet = book["marks"]
    sheet["E2"] = 5
    sheet["D2"] = 1.0
    sheet["G2"] = 0.5
    sheet["B2"] = dt.datetime(2025, 9, 1)  # noqa: DTZ001 - a worksheet knows no zones
    book.save(tmp_path / "school.xlsx")
    bring(journal, tmp_path / "school.xlsx")
    mark = next(mark for mark in journal.select(Mark) if mark.cell == "E2")
    assert (mark.raw, mark.weight, mark.date) == ("5", 0.5, dt.date(2025, 9, 1))
    assert journal.address(mark) == "school.xlsx, лист «marks», ячейка E2"


def workbook(source: dict[str, list[str]]) -> openpyxl.Workbook:
    """The package as a workbook of text cells."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in source.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append([cell or None for cell in line.split(";")])
    return book


# What is refused


@pytest.mark.parametrize(
    "name", ["school", "periods", "classes", "students", "subjects", "groups", "lessons"]
)
def test_a_missing_table_is_named(journal: Journal, tmp_path: Path, name: str) -> None:
    source = tables()
    del source[name]
    fault = refused(journal, folder(tmp_path / "package", source))
    assert f"({name})" in fault.message


@pytest.mark.parametrize(
    "name", ["calendar", "staff", "group_members", "marks", "final_marks", "orders"]
)
def test_other_tables_may_be_missing(journal: Journal, tmp_path: Path, name: str) -> None:
    source = tables()
    source.pop(name, None)
    assert bring(journal, folder(tmp_path / "package", source)).changes > 0


def test_a_missing_column_is_named_with_its_file(journal: Journal, tmp_path: Path) -> None:
    source = replaced(tables(), "marks", "№ урока", "№ парты")
    fault = refused(journal, folder(tmp_path / "package", source))
    assert "«№ урока»" in fault.message
    assert "marks.csv" in fault.where


def test_a_doubled_column_is_named(journal: Journal, tmp_path: Path) -> None:
    source = replaced(tables(), "marks", "Вес", "Отметка")
    fault = refused(journal, folder(tmp_path / "package", source))
    assert "дважды" in fault.message
    assert "marks.csv" in fault.where


def test_a_table_given_twice_is_told(journal: Journal, tmp_path: Path) -> None:
    source = tables()
    source["Отметки"] = source["marks"]
    assert "дважды" in refused(journal, folder(tmp_path / "package", source)).message


def test_a_package_of_another_version_is_refused(journal: Journal, tmp_path: Path) -> None:
    source = replaced(tables(), "manifest", "version;1.0", "version;2.0")
    assert "2.0" in refused(journal, folder(tmp_path / "package", source)).message


def _not_a_zip(path: Path) -> None:
    path.write_bytes(b"this is no archive" * 50)


def _truncated(path: Path) -> None:
    zipped(path, tables())
    path.write_bytes(path.read_bytes()[:-200])


def _damaged(path: Path) -> None:
    zipped(path, tables())
    data = bytearray(path.read_bytes())
    start = data.index(b"lessons.csv") + 40
    data[start : start + 60] = bytes(60)
    path.write_bytes(bytes(data))


def _member(name: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        zipped(path, tables())
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, "a;b\n1;2\n")

    return write


def _link(path: Path) -> None:
    zipped(path, tables())
    info = zipfile.ZipInfo("link.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, "/etc/hostname")


def _bomb(path: Path) -> None:
    zipped(path, tables())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders2.csv", b"0" * (20 << 20))


def _declares_little(path: Path) -> None:
    """A member that holds far more than the archive's directory says."""
    zipped(path, tables())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("calendar.csv", b"\n" * (5 << 20))
    data = path.read_bytes()
    path.write_bytes(data.replace((5 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little")))


def _encrypted(path: Path) -> None:
    zipped(path, tables())
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := data.find(signature, start)) >= 0:
            data[start + offset] |= 1
            start += 4
    path.write_bytes(bytes(data))


def _misnamed(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Уроки.csv", "a;b")
    path.write_bytes(path.read_bytes().replace("Уроки".encode(), b"\xdc" * 10))


def _empty_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w"):
        pass


def _empty(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_not_a_zip, "не архив ZIP"),
        (_truncated, "повреждён"),
        (_damaged, "повреждён"),
        (_member("../marks.csv"), "за пределы"),
        (_member("/etc/marks.csv"), "за пределы"),
        (_member("C:/marks.csv"), "за пределы"),
        (_member("a\\..\\..\\marks.csv"), "за пределы"),
        (_link, "ссылка"),
        (_bomb, "велик"),
        (_declares_little, "повреждён"),
        (_encrypted, "паролем"),
        (_misnamed, "повреждён"),
        (_empty_archive, "не распознан"),
        (_empty, "пуст"),
    ],
)
def test_a_hostile_archive_is_refused_in_one_sentence(
    journal: Journal, tmp_path: Path, make: Callable[[Path], None], said: str
) -> None:
    bring(journal, folder(tmp_path / "before", tables()))
    path = tmp_path / "school.zip"
    make(path)
    assert said in refused(journal, path).message


def test_an_archive_above_the_limit_is_refused_before_it_is_read(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "TOTAL_LIMIT", 1000)
    assert "слишком велик" in refused(journal, zipped(tmp_path / "school.zip", tables())).message


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("marks", b"", "пуст"),
        ("marks", b"\xef\xbb\xbf", "пуст"),
        ("marks", b"a;b\0;c\n1;2;3\n", "нулевые байты"),
        ("lessons", "Группа;Дата\n".encode("utf-16-le"), "нулевые байты"),
        ("lessons", b"\xff\xfe\x13\x04;\x00\x00", "не читается"),
        ("marks", b"x" * (10 << 20), "длиннее"),
        ("marks", b";" * (10 << 20), "длиннее"),
        ("marks", 'Группа;Дата;№ урока;Учащийся;Отметка\n7А;"01'.encode(), "кавычки"),
        ("marks", 'Группа;Дата;№ урока;Учащийся;Отметка\n"7А"x;1;1;1;5\n'.encode(), "кавычки"),
        ("marks", b"\x98\xff\xfe;b\n1;2\n", "не читается"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    journal: Journal, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    package = folder(tmp_path / "package", tables())
    (package / f"{name}.csv").write_bytes(data)
    fault = refused(journal, package)
    assert said in fault.message
    assert f"package/{name}.csv" in fault.where


def test_a_field_of_many_lines_that_never_ends_is_refused(journal: Journal, tmp_path: Path) -> None:
    package = folder(tmp_path / "package", tables())
    lines = ["Группа;Дата;№ урока;Учащийся;Отметка", '7А-МАТ;"01.09.2025', *["x;y;z"] * 50_000]
    (package / "marks.csv").write_text("\n".join(lines), encoding="utf-8")
    fault = refused(journal, package)
    assert "строка 2" in fault.where


def test_a_workbook_that_is_none_is_refused(journal: Journal, tmp_path: Path) -> None:
    path = tmp_path / "school.xlsx"
    path.write_bytes("<html><table>не книга</table></html>".encode())
    assert "не книга XLSX" in refused(journal, path).message


def test_a_workbook_with_a_damaged_sheet_is_refused(journal: Journal, tmp_path: Path) -> None:
    whole = io.BytesIO()
    workbook(tables()).save(whole)
    path = tmp_path / "school.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            cut = info.filename == "xl/worksheets/sheet11.xml"
            new.writestr(info.filename, data[: len(data) // 2] if cut else data)
    assert "не открывается" in refused(journal, path).message


def test_a_workbook_without_a_needed_sheet_is_refused(journal: Journal, tmp_path: Path) -> None:
    source = tables()
    del source["subjects"]
    workbook(source).save(tmp_path / "school.xlsx")
    assert "«Предметы»" in refused(journal, tmp_path / "school.xlsx").message


def test_what_is_not_there_and_what_is_nothing_known_is_told(
    journal: Journal, tmp_path: Path
) -> None:
    assert "нет" in refused(journal, tmp_path / "nothing").message
    (tmp_path / "empty").mkdir()
    assert "пуста" in refused(journal, tmp_path / "empty").message
    (tmp_path / "letter.txt").write_text("Здравствуйте!", encoding="utf-8")
    assert "не распознан" in refused(journal, tmp_path / "letter.txt").message
    single = folder(tmp_path / "package", tables()) / "marks.csv"
    assert "одна таблица" in refused(journal, single).message


def test_a_link_in_a_folder_is_refused(journal: Journal, tmp_path: Path) -> None:
    package = folder(tmp_path / "package", tables())
    (package / "orders.csv").unlink()
    (package / "orders.csv").symlink_to("/etc/hostname")
    assert "ссылка" in refused(journal, package).message


def test_other_content_under_a_familiar_name_is_not_recognised(tmp_path: Path) -> None:
    package = folder(tmp_path / "package", {"lessons": ["a;b", "1;2"], "students": ["a;b"]})
    assert not SOURCE.recognises(package)
    assert SOURCE.recognises(folder(tmp_path / "good", tables()))
    without = tables()
    del without["manifest"]
    assert SOURCE.recognises(folder(tmp_path / "plain", without))


def test_a_package_without_a_manifest_takes_the_year_from_its_periods(
    journal: Journal, tmp_path: Path
) -> None:
    source = tables()
    del source["manifest"]
    bring(journal, folder(tmp_path / "plain", source))
    school = journal.school()
    assert school is not None
    assert school.year == "2025/2026"
    assert len(journal.select(Student)) == 5
