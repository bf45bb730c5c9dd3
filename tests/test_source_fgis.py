from __future__ import annotations

import json
import shutil
from dataclasses import replace
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

from docgen.core.errors import InputFault
from docgen.journal.model import Lesson, Staff, Student
from docgen.journal.sources.fgis import SOURCE

SAMPLE = SAMPLES / "fgis"


@pytest.mark.parametrize("path", both("fgis"))
def test_every_mark_is_there_with_its_kind_and_weight(path: Path) -> None:
    found = read_facts(path, "fgis")
    expected = truth_of(found, last_day(path))

    def view(row: Any) -> Any:  # numbers and days of marking are not told
        return row.pupil, row.subject, row.date, row.raw, row.kind, row.weight

    assert counted(found.marks, view) == counted(expected.marks, view)


@pytest.mark.parametrize("path", both("fgis"))
def test_every_absence_is_there_without_a_reason(path: Path) -> None:
    found = read_facts(path, "fgis")
    codes = {"LATE": "LATE", "EXEMPT": ""}
    expected = counted(
        (row._replace(code=codes.get(row.code, "ABSENT_UNSPECIFIED"), number=0)
         for row in truth_of(found, last_day(path)).missing if row.code != "EXEMPT"),
    )  # fmt: skip
    assert counted(row._replace(number=0) for row in found.missing) == expected


@pytest.mark.parametrize("path", both("fgis"))
def test_every_lesson_is_there_with_topic_and_homework(path: Path) -> None:
    found = read_facts(path, "fgis")

    def view(row: Any) -> Any:
        return row.subject, row.date, row.topic, row.homework

    expected = truth_of(found, last_day(path))
    assert counted(found.lessons, view) == counted(expected.lessons, view)
    assert all(row.number <= 0 for row in found.lessons)


@pytest.mark.parametrize("path", [whole_class("fgis")])
def test_totals_agree_with_the_truth_file(path: Path) -> None:
    found = read_facts(path, "fgis")
    assert found.finals == {}
    totals_agree(found)


def test_two_lessons_of_one_day_are_told_apart_by_their_times(tmp_path: Path) -> None:
    path = shutil.copytree(SAMPLE, tmp_path / "fgis")
    for file in path.glob("pupil-*.json"):
        value = json.loads(file.read_text(encoding="utf-8"))
        lessons = value["school"][0]["class"][0]["lesson"]
        first = lessons[0]
        second = {**first, "topic": "Второй урок", "score": [{"code": "КР", "score": 4}],
                  "period": {"start": "2025-09-01T15:30:00+03:00"}}  # fmt: skip
        lessons.insert(0, second)
        file.write_text(json.dumps(value), encoding="utf-8")
    day = [row for row in read_facts(path, "fgis").lessons
           if row.date == "2025-09-01" and row.subject == "Изобразительное искусство"]  # fmt: skip
    assert [(row.number, row.topic == "Второй урок") for row in day] == [(-1, False), (0, True)]


def test_who_should_have_taught_is_told_and_who_did_is_not(tmp_path: Path) -> None:
    def instead(value: Any) -> Any:
        value["school"][0]["class"][0]["lesson"][0]["insteadOf"] = "Ольхова Анна Ильинична"
        return value

    rows = list(SOURCE.read(rewritten(SAMPLE, tmp_path / "fgis", instead)))
    replaced = [row for row in rows if isinstance(row, Lesson) and row.planned_teacher_id]
    staff = [row for row in rows if isinstance(row, Staff)]
    assert [(row.date.isoformat(), row.teacher_id) for row in replaced] == [("2025-09-01", "")]
    assert [row.staff_id for row in staff if row.last == "Ольхова"] == [
        replaced[0].planned_teacher_id
    ]


def test_one_file_needs_the_name_of_its_pupil(tmp_path: Path) -> None:
    file = SAMPLE / "pupil-05.json"
    assert "index.csv" in refuses(file, "fgis", tmp_path).remedy
    named = replace(SOURCE, student="Звягинцева Алёна Николаевна")
    one = [row for row in named.read(file) if isinstance(row, Student)]
    listed = [row for row in SOURCE.read(SAMPLE) if isinstance(row, Student)]
    assert [row.student_id for row in one] == [
        row.student_id for row in listed if row.last == "Звягинцева"
    ]


@pytest.mark.parametrize(
    ("change", "encoding"),
    [(numbers_as_text, "utf-8"), (text_as_numbers, "utf-8-sig"), (reversed_keys, "utf-16")],
)
def test_servers_may_write_the_same_otherwise(change: Any, encoding: str, tmp_path: Path) -> None:
    path = rewritten(SAMPLE, tmp_path / "fgis", change, encoding=encoding)
    assert read_facts(path, "fgis") == read_facts(SAMPLE, "fgis")


def test_only_this_source_claims_the_folder_and_a_file() -> None:
    assert claimed_by(SAMPLE) == ["fgis"]
    assert claimed_by(SAMPLE / "pupil-05.json") == ["fgis"]


def test_a_wrong_value_is_told_with_its_pointer(tmp_path: Path) -> None:
    path = shutil.copytree(SAMPLE, tmp_path / "fgis")
    file = path / "pupil-10.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("2025-09-01T08:30", "2025-19-01T08:30", 1), encoding="utf-8")
    fault = refuses(path, "fgis", tmp_path)
    assert fault.where == "fgis/pupil-10.json: /school/0/class/0/lesson/0/period/start"


def test_damage_never_ends_in_a_traceback(tmp_path: Path) -> None:
    survives_mutations(SOURCE, SAMPLE, ["pupil-05.json", "pupil-12.json"], tmp_path)
    survives_truncation(SOURCE, SAMPLE, "pupil-05.json", tmp_path)
    survives_truncation(SOURCE, SAMPLE, "index.csv", tmp_path / "index")


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"school":' * 50_000, '{"school": NaN}', '{"a": ' + "1" * 5000 + "}",
     '{"school": "\\ud800"}', '{"school": "\\u0000"}', "\0" * 100, '{"school": [], "school": [1]}',
     "", " ", "<html>"],
)  # fmt: skip
def test_hostile_json_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert told(SOURCE, tmp_path) == ""


@pytest.mark.parametrize("text", ["{}", "[]", "null", "5", '{"response": {}}'])
def test_a_foreign_answer_is_told_of(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert "не загружен" in told(SOURCE, tmp_path)


def test_a_key_that_stands_twice_is_told_with_its_pointer(tmp_path: Path) -> None:
    text = '{"school": [{"name": "а", "class": [{"grade": 7, "grade": 8}]}]}'
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert refuses(tmp_path / "a.json", "fgis", tmp_path).where == "a.json: /school/0/class/0/grade"


def test_no_names_of_pupils_are_told_in_findings(tmp_path: Path) -> None:
    names = {row.last for row in SOURCE.read(SAMPLE) if isinstance(row, Student)}
    assert len(names) == 4
    words = told(SOURCE, SAMPLE)
    assert not any(name in words for name in names)
    (tmp_path / "index.csv").write_text("file;ФИО\n;Звягинцева Алёна\n", encoding="utf-8")
    with pytest.raises(InputFault) as caught:
        list(SOURCE.read(tmp_path))
    assert "Звягинцева" not in caught.value.message
