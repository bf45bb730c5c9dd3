from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from saved_answers_samples import (
    SAMPLES,
    both,
    claimed_by,
    counted,
    last_day,
    numbers_as_text,
    read_facts,
    refuses,
    reversed_keys,
    rewritten,
    survives_mutations,
    survives_truncation,
    text_as_numbers,
    told,
    totals_agree,
    truth_of,
    whole_class,
)

from docgen.core.findings import Finding
from docgen.journal.codes import mark_value
from docgen.journal.model import ClassUnit, Mark, Period, Student
from docgen.journal.sources.sgo import SOURCE

SAMPLE = SAMPLES / "sgo"
ZVYAGINTSEVA = SAMPLE / "StudentTotal" / "pupil-05.xls"


def report(title: str, table: str, **params: str) -> str:
    """A report by its table rows."""
    told = {"Учебный год": "2025/2026", "Класс": "7а", "Ученик": "Ольхов Пётр Ильич"} | params
    lines = "".join(
        f'<span class="select">{key}: <b>{text}</b></span>' for key, text in told.items()
    )
    return (f'<h5 class="report-title-school">МОУ «Школа»</h5><h2 class="main-report-title">{title}'
            f'</h2>{lines}<table class="table-print">{table}</table>')  # fmt: skip


def days(head: str, *rows: str) -> str:
    """A table of subjects by days: days of September, then rows «subject|cell|cell»."""
    names = head.split()
    top = f'<th rowspan="2">Предмет</th><th colspan="{len(names)}">Сентябрь</th>'
    second = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(f"<tr><td>{'</td><td>'.join(row.split('|'))}</td></tr>" for row in rows)
    return f"<tr>{top}</tr><tr>{second}</tr>{body}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "answers"
    path.mkdir()
    return path


# Against the truth


@pytest.mark.parametrize("path", both("sgo"))
def test_everything_together_tells_marks_at_their_lessons(path: Path) -> None:
    found = read_facts(path, "sgo")

    def view(row: Any) -> Any:
        return row._replace(set_at="")

    expected = truth_of(found, last_day(path))
    shown = [row for row in found.marks if row.date <= last_day(path)]
    assert counted(shown, view) == counted(expected.marks, view)


@pytest.mark.parametrize("path", both("sgo"))
def test_everything_together_tells_absences_at_their_lessons(path: Path) -> None:
    found = read_facts(path, "sgo")
    expected = truth_of(found, last_day(path)).missing
    assert counted(row for row in found.missing if row.date <= last_day(path)) == counted(expected)


@pytest.mark.parametrize("path", both("sgo"))
def test_everything_together_tells_lessons_with_homework_and_topics_of_works(path: Path) -> None:
    found = read_facts(path, "sgo")
    expected = truth_of(found, last_day(path)).lessons
    shown = [row for row in found.lessons if row.date <= last_day(path)]

    def view(row: Any) -> Any:
        return row.subject, row.date, row.number, row.homework

    assert counted(shown, view) == counted(expected, view)
    topics = {(row.subject, row.date, row.number, row.topic) for row in expected}
    assert {(row.subject, row.date, row.number, row.topic) for row in shown if row.topic} <= topics


@pytest.mark.parametrize("path", [whole_class("sgo")])
def test_totals_agree_with_the_truth_file(path: Path) -> None:
    totals_agree(read_facts(path, "sgo"))


@pytest.mark.parametrize("path", both("sgo/StudentTotal"))
def test_reports_alone_tell_values_and_absences_by_days(path: Path) -> None:
    found = read_facts(path, "sgo")
    expected = truth_of(found)

    def values(rows: Any) -> Any:  # neither pairs nor signs nor kinds
        return Counter(
            (row.pupil, row.subject, row.date, value)
            for row in rows
            for value in mark_value(row.raw).values
        )

    def view(row: Any) -> Any:
        return row._replace(number=0)

    assert values(found.marks) == values(expected.marks)
    assert counted(found.missing, view) == counted(expected.missing, view)
    assert found.finals == expected.finals
    assert {(row.topic, row.homework, row.kind) for row in found.lessons} == {("", "", "")}
    assert all(row.number <= 0 for row in found.lessons)


@pytest.mark.parametrize("path", both("sgo/StudentTotalMarks"))
def test_the_report_of_final_marks_alone_tells_them(path: Path) -> None:
    found = read_facts(path, "sgo")
    assert found.finals == truth_of(found).finals
    assert found.marks == ()


@pytest.mark.parametrize("path", both("sgo/diary"))
def test_diaries_alone_tell_marks_and_say_that_kinds_are_missing(path: Path) -> None:
    found = read_facts(path, "sgo")

    def view(row: Any) -> Any:
        return row.pupil, row.subject, row.date, row.number, row.raw, row.weight

    expected = truth_of(found, last_day(path))
    assert counted(found.marks, view) == counted(expected.marks, view)
    assert {(row.topic, row.homework) for row in found.lessons} == {("", "")}
    assert "assignment types" in told(SOURCE, path)


def test_the_lists_tell_the_class_its_teacher_and_its_periods() -> None:
    rows = list(SOURCE.read(SAMPLE))
    assert [(row.class_id, bool(row.class_teacher_id)) for row in rows
            if isinstance(row, ClassUnit)] == [("7А", True)]  # fmt: skip
    assert [row.code for row in rows if isinstance(row, Period)] == ["Q1", "Q2", "Q3", "Q4"]
    assert len([row for row in rows if isinstance(row, Student)]) == 4


# Codes, encodings, shapes


@pytest.mark.parametrize(
    ("cell", "marks", "codes"),
    [
        ("5 4", ["5", "4"], []),
        ("5<br>4", ["5", "4"], []),
        ("<b>4</b>&nbsp;<i>УП</i>", ["4"], ["ABSENT_EXCUSED"]),
        ("ОТ", [], ["ABSENT_UNSPECIFIED"]),
        ("OT", [], ["ABSENT_UNSPECIFIED"]),
        ("нп", [], ["ABSENT_UNEXCUSED"]),
        ("5 ОП", ["5"], ["LATE"]),
        (".", ["."], []),
        ("Н", ["Н"], []),
        ("О", ["О"], []),
        ("5/4", ["5/4"], []),
        ("-", [], []),
        ("&nbsp;", [], []),
    ],
)
def test_cells_are_read_by_this_system_s_letters(
    cell: str, marks: list[str], codes: list[str], folder: Path
) -> None:
    text = report("Отчёт", days("1 2", f"Физика|{cell}|"))
    (folder / "a.html").write_text(text, encoding="utf-8")
    found = read_facts(folder, "sgo")
    assert [row.raw for row in found.marks] == marks
    assert [row.code for row in found.missing] == codes


@pytest.mark.parametrize(
    ("encoding", "meta"),
    [("utf-8", ""), ("utf-8-sig", ""), ("cp1251", ""), ("cp1251", "<meta charset=windows-1251>"),
     ("koi8-r", '<META content="text/html; charset=koi8-r">'), ("utf-8", "<meta charset=utf-8>"),
     ("utf-8", "<meta charset='no-such-charset'>")],
)  # fmt: skip
def test_reports_are_read_in_the_encoding_they_have(encoding: str, meta: str, folder: Path) -> None:
    text = meta + report("Отчёт", days("1", "Физика|5"))
    (folder / "a.xls").write_bytes(text.replace("«", "").replace("»", "").encode(encoding))
    assert claimed_by(folder) == ["sgo"]
    found = read_facts(folder, "sgo")
    assert [(row.pupil, row.subject, row.date) for row in found.marks] == [
        ("Ольхов Пётр Ильич", "Физика", "2025-09-01")
    ]


def test_tables_nobody_closed_and_attributes_in_any_order_are_read(folder: Path) -> None:
    text = ZVYAGINTSEVA.read_bytes().decode("utf-8")
    loose = re.sub(r"</t[dr]>", "", text).replace('class="cell-text"', 'id=1 CLASS=x title="a>b"')
    assert loose != text
    (folder / "a.xls").write_text(loose, encoding="utf-8")
    assert read_facts(folder, "sgo") == read_facts(ZVYAGINTSEVA, "sgo")


def test_months_of_the_new_year_belong_to_its_second_half(folder: Path) -> None:
    text = report("Отчёт", days("31", "Физика|5").replace("Сентябрь", "Январь"))
    (folder / "a.html").write_text(text, encoding="utf-8")
    assert [row.date for row in read_facts(folder, "sgo").marks] == ["2026-01-31"]


@pytest.mark.parametrize(
    ("text", "words", "where"),
    [
        (report("О", days("31", "Физика|5")), "не день этого месяца", "ячейка B2"),
        (report("О", days("1", "Физика|5"), **{"Учебный год": "?"}), "Учебный год", "ячейка A1"),
        (report("О", days("1", "Физика|5"), Ученик=""), "чей он", "ячейка A1"),
        (report("О", days("1", "Физика|5"), Класс=""), "какого класса", "ячейка A1"),
        (report("О", days("1", "Физика|5"), Класс="Ромашка"), "параллели", "ячейка A1"),
    ],
)
def test_a_report_that_cannot_be_placed_is_refused_with_the_cell(
    text: str, words: str, where: str, folder: Path, tmp_path: Path
) -> None:
    (folder / "a.html").write_text(text, encoding="utf-8")
    fault = refuses(folder, "sgo", tmp_path)
    assert words in fault.message
    assert fault.where == f"answers/a.html, таблица 1, {where}"


def test_two_absences_of_a_day_are_two_lessons(folder: Path) -> None:
    text = report("Отчёт", days("1 2", "Физика|Б Б|4"))
    (folder / "a.html").write_text(text, encoding="utf-8")
    found = read_facts(folder, "sgo")
    assert [row.number for row in found.missing] == [-1, 0]
    assert [(row.date, row.number) for row in found.lessons] == [
        ("2025-09-01", -1), ("2025-09-01", 0), ("2025-09-02", 0)
    ]  # fmt: skip


def test_a_day_that_stands_in_two_columns_is_two_lessons(folder: Path) -> None:
    text = report("Отчёт", days("1 1", "Физика|4|Б", "Химия||3"))
    (folder / "a.html").write_text(text, encoding="utf-8")
    found = read_facts(folder, "sgo")
    assert [(row.subject, row.number) for row in found.marks] == [("Физика", -1), ("Химия", 0)]
    assert [(row.subject, row.number) for row in found.missing] == [("Физика", 0)]


def test_the_report_of_grades_tells_when_marks_were_set(folder: Path) -> None:
    table = (
        "<tr><th>Предмет</th><th>Тип задания</th><th>Тема задания</th><th>Дата урока</th>"
        "<th>Дата выставления оценки</th><th>Отметка</th></tr>"
        "<tr><td>Физика<td>Контрольная работа<td>Сила<td>01.09.2025<td>05.09.2025<td>4"
        "<tr><td>Физика<td>Ответ на уроке<td>Сила<td>01.09.2025<td>01.09.2025<td>5"
    )
    (folder / "a.html").write_text(report("Успеваемость ученика", table), encoding="utf-8")
    (folder / "b.html").write_text(report("О", days("1 2", "Физика|5 4|Б")), encoding="utf-8")
    found = read_facts(folder, "sgo")
    assert [(row.raw, row.kind, row.set_at) for row in found.marks] == [
        ("4", "КР", "2025-09-05"), ("5", "ОТ", "2025-09-01")
    ]  # fmt: skip
    assert [(row.date, row.topic, row.kind) for row in found.lessons] == [
        ("2025-09-01", "Сила", "КР"), ("2025-09-02", "", "")
    ]  # fmt: skip
    assert [row.date for row in found.missing] == ["2025-09-02"]


def test_the_report_of_a_class_s_attendance_tells_its_pupils_only(folder: Path) -> None:
    table = ("<tr><th rowspan=2>№<th rowspan=2>Ученик<th colspan=2>Сентябрь<tr><th>1<th>2"
             "<tr><td>1<td>Ольхов Пётр<td>6Б<td><tr><td>2<td>Ивова Анна<td><td>2"
             "<tr><td><td>Итого по классу<td>6<td>2")  # fmt: skip
    (folder / "a.html").write_text(report("Отчёт о посещаемости", table), encoding="utf-8")
    rows = list(SOURCE.read(folder))
    assert [row.last for row in rows if isinstance(row, Student)] == ["Ольхов", "Ивова"]
    assert "SV-09" in {row.code for row in rows if isinstance(row, Finding)}
    assert read_facts(folder, "sgo").missing == ()


def test_a_diary_and_a_report_that_differ_are_told_of(tmp_path: Path) -> None:
    path = shutil.copytree(SAMPLE, tmp_path / "sgo")
    file = path / "StudentTotal" / ZVYAGINTSEVA.name
    text = file.read_text(encoding="utf-8")
    changed = re.sub(r"<td>5</td>", "<td>2</td>", text, count=1)
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    assert "не совпадают (дней: 1" in told(SOURCE, path)
    assert read_facts(path, "sgo").marks == read_facts(SAMPLE, "sgo").marks


def test_a_comment_is_a_sign_only_when_it_says_the_same_mark(folder: Path) -> None:
    tasks: list[dict[str, Any]] = [
        {"typeId": 1, "assignmentName": "а", "mark": {"mark": 4}, "markComment": {"name": note}}
        for note in ("4-", "5-", "молодец", "4/5", "")
    ]
    tasks.append({"id": 9, "typeId": 1, "mark": {"mark": None, "dutyMark": True}})
    lesson = {"number": 1, "subjectName": "Химия", "assignments": tasks}
    week = {"weekStart": "2025-09-01", "className": "7а",
            "weekDays": [{"date": "2025-09-01T00:00:00", "lessons": [lesson]}]}  # fmt: skip
    (folder / "a.json").write_text(json.dumps(week), encoding="utf-8")
    (folder / "index.csv").write_text("файл;ученик\na;Ольхов Пётр\n", encoding="utf-8")
    marks = [row.raw for row in SOURCE.read(folder) if isinstance(row, Mark)]
    assert marks == ["4-", "4", "4", "4", "4", "."]


@pytest.mark.parametrize(
    ("edit", "encoding"),
    [(numbers_as_text, "utf-8"), (text_as_numbers, "utf-16"), (reversed_keys, "utf-8-sig")],
)
def test_servers_may_write_the_same_otherwise(edit: Any, encoding: str, tmp_path: Path) -> None:
    path = rewritten(SAMPLE, tmp_path / "sgo", edit, encoding=encoding)
    assert read_facts(path, "sgo") == read_facts(SAMPLE, "sgo")


def test_only_this_source_claims_folders_reports_and_diaries() -> None:
    paths = [SAMPLE, SAMPLE / "diary", SAMPLE / "StudentTotal", *SAMPLE.glob("Student*/*"),
             *SAMPLE.glob("diary/*/*.json")]  # fmt: skip
    assert Counter(tuple(claimed_by(path)) for path in paths) == {("sgo",): len(paths)}


def test_the_other_formats_and_a_mixture_are_not_claimed(tmp_path: Path) -> None:
    for name in ("package", "oneroster-1.1.zip", "layout-a.xlsx", "layout-b.zip", "layout-e.xlsx"):
        if (SAMPLES / name).exists():
            assert not SOURCE.recognises(SAMPLES / name)
    shutil.copytree(SAMPLE / "diary", tmp_path / "diary")
    shutil.copytree(SAMPLES / "fgis", tmp_path / "fgis")
    assert claimed_by(tmp_path) == []


# Hostile files


def test_damage_never_ends_in_a_traceback(tmp_path: Path) -> None:
    small = tmp_path / "small"
    shutil.copytree(SAMPLE / "webapi", small / "webapi")
    shutil.copytree(SAMPLE / "diary" / "pupil-10", small / "diary" / "pupil-10")
    shutil.copy(SAMPLE / "diary" / "index.csv", small / "diary" / "index.csv")
    names = [str(file.relative_to(small)) for file in sorted(small.rglob("*.json"))]
    survives_mutations(SOURCE, small, names, tmp_path)
    survives_truncation(SOURCE, small, "webapi/terms.json", tmp_path)
    survives_truncation(SOURCE, ZVYAGINTSEVA.parent, ZVYAGINTSEVA.name, tmp_path / "html")


@settings(max_examples=150, deadline=None, derandomize=True,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(st.data())
def test_torn_reports_never_end_in_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    text = report("О", days("1 2 3", "Физика|5|4 Б|", "Химия|УП|.|5/4") + "<tr><td>Итого")
    pieces = re.findall(r"<[^>]*>|[^<]+", text)
    place = data.draw(st.integers(0, len(pieces) - 1))
    junk = data.draw(
        st.sampled_from(["", "<table>", "</table>", "<td rowspan=99999999>", "<td colspan=-1>",
                         "<th colspan=99999999 rowspan=9999>Май", "<tr>", "</span>", "<!--", "&#0;",
                         "<![CDATA[", "Октябрь", "&#xD800;", "<span class=select>", "9" * 50])
    )  # fmt: skip
    pieces[place] = junk + data.draw(st.sampled_from(["", pieces[place]]))
    file = tmp_path / "a.html"
    file.write_text("".join(pieces), encoding="utf-8")
    told(SOURCE, file)


@pytest.mark.parametrize(
    "text",
    ["<table>" * 100_000, "<td colspan=400 rowspan=400>" * 50_000, "<!--" * 500_000,
     "<span class=select>" * 100_000, "<a " * 600_000, "&" * 2_000_000, "<![" * 500_000,
     "<h2 class=main-report-title>" * 100_000, "<table>" + "<tr><td>" * 300_000, "<" * 2_000_000],
)  # fmt: skip
def test_hostile_html_is_refused_or_told_of(text: str, folder: Path) -> None:
    (folder / "a.html").write_text(text, encoding="utf-8")
    words = told(SOURCE, folder)
    assert words == "" or "не загружен" in words
