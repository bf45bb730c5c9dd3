from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
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

from docgen.journal.model import Attendance, ClassUnit, FinalMark, Mark, School, Staff, Student
from docgen.journal.sources.bars import SOURCE, _clean

SAMPLE = SAMPLES / "bars"


def only(target: Path, *names: str) -> Path:
    """The sample with some of its answers only, and the lists."""
    for file in SAMPLE.rglob("*"):
        if file.name in {*names, "index.csv", "getClassYearInfo.json"}:
            (target / file.relative_to(SAMPLE)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target / file.relative_to(SAMPLE))
    return target


@pytest.mark.parametrize(
    ("text", "clean"),
    [("<span>Физика</span>\u200b", "Физика"), ("x < 2; 2x > 4", "x < 2; 2x > 4"),
     ('<SPAN class="a">а</span>&nbsp;<br/>б', "а б"), ("a <b и c> d", "a <b и c> d"),
     ("&laquo;Вий&raquo; & Co", "«Вий» & Co"), ("x &lt; 3", "x < 3")],
)  # fmt: skip
def test_tags_of_the_page_are_taken_off_and_signs_of_mathematics_stay(
    text: str, clean: str
) -> None:
    assert _clean(text) == clean


@pytest.mark.parametrize("path", both("bars"))
def test_marks_stand_at_their_lessons_with_kinds_signs_and_pairs(path: Path) -> None:
    found = read_facts(path, "bars")

    def view(row: Any) -> Any:  # weights and days of marking are not told
        return row.pupil, row.subject, row.date, row.number, row.raw, row.kind

    expected = truth_of(found, last_day(path))
    assert counted(found.marks, view) == counted(expected.marks, view)


@pytest.mark.parametrize("path", both("bars"))
def test_absences_stand_at_their_lessons(path: Path) -> None:
    found = read_facts(path, "bars")
    expected = counted(
        row._replace(code=row.code.replace("UNEXCUSED", "UNSPECIFIED"))
        for row in truth_of(found, last_day(path)).missing
    )
    assert counted(found.missing) == expected


@pytest.mark.parametrize("path", both("bars"))
def test_lessons_have_topics_homework_and_who_taught(path: Path) -> None:
    found = read_facts(path, "bars")

    def view(row: Any) -> Any:
        return row.subject, row.date, row.number, row.topic, row.homework, row.teacher

    expected = truth_of(found, last_day(path))
    assert counted(found.lessons, view) == counted(expected.lessons, view)


@pytest.mark.parametrize("path", [whole_class("bars")])
def test_totals_agree_with_the_truth_file(path: Path) -> None:
    totals_agree(read_facts(path, "bars"))


def test_final_marks_are_there_and_a_nought_is_none() -> None:
    found = read_facts(SAMPLE, "bars")
    assert found.finals == truth_of(found).finals


@pytest.mark.parametrize("name", ["GetTotalMarks.json", "rest_totals.json"])
def test_either_answer_tells_the_final_marks(name: str, tmp_path: Path) -> None:
    found = read_facts(only(tmp_path / "bars", name), "bars")
    assert found.finals == truth_of(found).finals
    assert found.marks == ()


def test_the_summary_alone_tells_days_and_kinds_but_no_lessons(tmp_path: Path) -> None:
    path = only(tmp_path / "bars", "GetSummaryMarks.json")
    found = read_facts(path, "bars")

    def view(row: Any) -> Any:
        return row.pupil, row.subject, row.date, row.raw, row.kind

    assert counted(found.marks, view) == counted(truth_of(found, last_day(SAMPLE)).marks, view)
    assert {row.number for row in found.lessons} == {0}
    assert {(row.topic, row.homework, row.teacher) for row in found.lessons} == {("", "", "")}
    assert found.missing == ()


def test_subgroups_come_out_as_in_the_class() -> None:
    found = read_facts(SAMPLE, "bars")
    split = {row.subject for row in found.lessons if row.subgroup}
    assert split == {"Иностранный язык (английский)", "Информатика", "Труд (технология)"}


def test_a_pupil_in_two_subgroups_at_once_keeps_the_lessons_of_both(tmp_path: Path) -> None:
    path = shutil.copytree(SAMPLE, tmp_path / "bars")
    first, second = (path / f"pupil-{number}" / "rest_diary.json" for number in ("05", "12"))
    mixed = json.loads(first.read_text(encoding="utf-8"))
    for day, other in zip(
        mixed["days"], json.loads(second.read_text(encoding="utf-8"))["days"], strict=True
    ):
        day[1]["lessons"] += [
            lesson for lesson in other[1]["lessons"] if lesson["discipline"] == "Информатика"
        ]
    first.write_text(json.dumps(mixed), encoding="utf-8")

    def view(row: Any) -> Any:  # the kind of a lesson is told from marks, and those were copied
        return row._replace(kind="")

    expected = read_facts(SAMPLE, "bars").lessons
    assert counted(read_facts(path, "bars").lessons, view) == counted(expected, view)


def test_the_lists_tell_school_class_people_and_their_gender() -> None:
    rows = list(SOURCE.read(SAMPLE))
    school = next(row for row in rows if isinstance(row, School))
    assert (school.director, school.phone) == ("Орден Александра Ильинична", "+7 (900) 000-24-18")
    unit = next(row for row in rows if isinstance(row, ClassUnit))
    heads = {row.staff_id: row.last for row in rows if isinstance(row, Staff)}
    assert (unit.class_id, unit.grade, heads[unit.class_teacher_id]) == ("7А", 7, "Бекирова")
    genders = {row.last: row.gender for row in rows if isinstance(row, Student)}
    assert genders == {"Звягинцева": "ж", "Мещерякова": "ж", "Полищук": "ж", "Поляков": "м"}


def test_answers_that_differ_are_told_and_the_diary_counts(tmp_path: Path) -> None:
    path = shutil.copytree(SAMPLE, tmp_path / "bars")
    file = path / "pupil-12" / "GetSummaryMarks.json"
    value = json.loads(file.read_text(encoding="utf-8"))
    value = value.get("summary_marks_data", [value])[0]
    mark = value["discipline_marks"][0]["marks"][0]
    mark["mark"] = "2" if mark["mark"][0] != "2" else "5"
    file.write_text(json.dumps(value), encoding="utf-8")
    assert told(SOURCE, path).count("не совпадают (дней: 1") == 1
    assert read_facts(path, "bars") == read_facts(SAMPLE, "bars")


def test_final_marks_that_contradict_each_other_stop_the_import(tmp_path: Path) -> None:
    path = shutil.copytree(SAMPLE, tmp_path / "bars")
    file = path / "pupil-12" / "rest_totals.json"
    value = json.loads(file.read_text(encoding="utf-8"))
    value["subjects"]["Русский язык"][0] = "2"
    file.write_text(json.dumps(value), encoding="utf-8")
    fault = refuses(path, "bars", tmp_path)
    assert [item.code for item in fault.findings] == ["IM-05"]
    assert "rest_totals.json: /subjects/Русский язык/0" in fault.findings[0].message


@pytest.mark.parametrize(
    ("cell", "code"),
    [(["Н", ""], "ABSENT_UNSPECIFIED"), (["H", ""], "ABSENT_UNSPECIFIED"), (["о", ""], "LATE"),
     (["", "Был"], None), (["", ""], None), ([], None), (["ЪЪ", ""], "ЪЪ"),
     (["", "Гулял"], "Гулял")],
)  # fmt: skip
def test_letters_mean_what_this_system_means(
    cell: list[str], code: str | None, tmp_path: Path
) -> None:
    path = only(tmp_path / "bars")
    lesson = {"discipline": "Физика", "subject": "Т", "attendance": cell, "lesson": [1, "2 урок"]}
    (path / "pupil-05").mkdir()
    (path / "pupil-05" / "d.json").write_text(
        json.dumps({"days": [["01.09.2025", {"lessons": [lesson]}]]}), encoding="utf-8"
    )
    found = [row.code for row in SOURCE.read(path) if isinstance(row, Attendance)]
    assert found == ([code] if code else [])


@pytest.mark.parametrize(
    ("change", "encoding"),
    [(numbers_as_text, "utf-16"), (text_as_numbers, "utf-8"), (reversed_keys, "utf-8-sig")],
)
def test_servers_may_write_the_same_otherwise(change: Any, encoding: str, tmp_path: Path) -> None:
    path = rewritten(SAMPLE, tmp_path / "bars", change, encoding=encoding)
    assert read_facts(path, "bars") == read_facts(SAMPLE, "bars")


def test_answers_in_windows_1251_are_read(tmp_path: Path) -> None:
    file = only(tmp_path / "bars") / "pupil-10"
    file.mkdir()
    total = {"period_types": ["1 Полугодие", "Годовая"], "subjects": {"Химия": ["4", "0"]}}
    (file / "t.json").write_bytes(json.dumps(total, ensure_ascii=False).encode("cp1251"))
    rows = [row for row in SOURCE.read(tmp_path / "bars") if isinstance(row, FinalMark)]
    assert [(row.subject_id, row.period, row.raw) for row in rows] == [("Химия", "H1", "4")]


def test_a_pupil_whose_class_is_not_known_is_refused(tmp_path: Path) -> None:
    path = shutil.copytree(SAMPLE, tmp_path / "bars")
    (path / "getClassYearInfo.json").unlink()
    assert "класс" in refuses(path, "bars", tmp_path).message
    index = path / "index.csv"
    lines = index.read_text(encoding="utf-8").splitlines()
    index.write_text("\n".join([f"{lines[0]};класс", *(f"{line};7-а" for line in lines[1:])]),
                     encoding="utf-8")  # fmt: skip
    found = read_facts(path, "bars")
    assert found.finals == truth_of(found).finals


def test_only_this_source_claims_the_folder_and_a_file() -> None:
    paths = [SAMPLE, *SAMPLE.rglob("*.json")]
    claims = Counter(tuple(claimed_by(path)) for path in paths)
    assert claims == {("bars",): len(paths)}


def test_damage_never_ends_in_a_traceback(tmp_path: Path) -> None:
    names = ["getClassYearInfo.json", "getSchoolInfo.json"] + [
        f"pupil-10/{name}.json"
        for name in ("GetSummaryMarks", "GetTotalMarks", "rest_diary", "rest_totals")
    ]
    survives_mutations(SOURCE, SAMPLE, names, tmp_path)
    survives_truncation(SOURCE, SAMPLE, "pupil-10/rest_diary.json", tmp_path)


def test_weights_and_days_of_marking_stay_empty() -> None:
    marks = [row for row in SOURCE.read(SAMPLE) if isinstance(row, Mark)]
    assert {(row.weight, row.set_at, row.set_by) for row in marks} == {(None, "", "")}
