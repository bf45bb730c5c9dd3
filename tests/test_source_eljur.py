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

from docgen.journal.model import ClassUnit, Period, Student
from docgen.journal.sources.eljur import SOURCE

SAMPLE = SAMPLES / "eljur"


def without(target: Path, *beginnings: str) -> Path:
    """The sample without some of its answers."""
    shutil.copytree(SAMPLE, target)
    for file in target.iterdir():
        if file.name.startswith(beginnings):
            file.unlink()
    return target


@pytest.mark.parametrize("path", both("eljur"))
def test_marks_stand_at_their_lessons_with_kinds_weights_and_pairs(path: Path) -> None:
    found = read_facts(path, "eljur")

    def view(row: Any) -> Any:  # days of marking are not told
        return row._replace(set_at="")

    expected = truth_of(found, last_day(path))
    assert counted(found.marks, view) == counted(expected.marks, view)


@pytest.mark.parametrize("path", both("eljur"))
def test_absences_stand_at_their_lessons(path: Path) -> None:
    found = read_facts(path, "eljur")
    expected = counted(
        row._replace(code=row.code.replace("UNEXCUSED", "UNSPECIFIED"))
        for row in truth_of(found, last_day(path)).missing
    )
    assert counted(found.missing) == expected


@pytest.mark.parametrize("path", both("eljur"))
def test_lessons_have_topics_homework_and_who_taught(path: Path) -> None:
    found = read_facts(path, "eljur")

    def view(row: Any) -> Any:
        return row.subject, row.date, row.number, row.topic, row.homework, row.teacher

    expected = truth_of(found, last_day(path))
    assert counted(found.lessons, view) == counted(expected.lessons, view)


@pytest.mark.parametrize("path", [whole_class("eljur")])
def test_totals_agree_with_the_truth_file(path: Path) -> None:
    totals_agree(read_facts(path, "eljur"))


def test_final_marks_periods_and_the_class_are_told() -> None:
    found = read_facts(SAMPLE, "eljur")
    assert found.finals == truth_of(found).finals
    rows = list(SOURCE.read(SAMPLE))
    periods = [row for row in rows if isinstance(row, Period)]
    assert [(row.code, row.start.isoformat(), row.end.isoformat()) for row in periods][:2] == [
        ("Q1", "2025-09-01", "2025-10-24"),
        ("Q2", "2025-11-05", "2025-12-30"),
    ]
    assert [(row.class_id, row.grade) for row in rows if isinstance(row, ClassUnit)] == [("7А", 7)]
    assert {row.student_id for row in rows if isinstance(row, Student)} == {
        "st005", "st010", "st012", "st013"
    }  # fmt: skip


def test_without_diaries_the_list_of_marks_tells_days_and_topics(tmp_path: Path) -> None:
    found = read_facts(without(tmp_path / "eljur", "getdiary"), "eljur")
    expected = truth_of(found, last_day(SAMPLE))

    def view(row: Any) -> Any:
        return row.pupil, row.subject, row.date, row.raw, row.kind

    assert counted(found.marks, view) == counted(expected.marks, view)
    assert all(row.number <= 0 for row in found.lessons)
    topics = {(row.subject, row.date, row.topic) for row in expected.lessons}
    assert {(row.subject, row.date, row.topic) for row in found.lessons} <= topics


def test_homework_is_taken_from_its_own_answer_where_the_diary_has_none(tmp_path: Path) -> None:
    def bare(value: Any) -> Any:
        for pupil in value["response"]["result"].get("students", {}).values():
            for day in pupil.get("days", {}).values():
                for item in day["items"].values():
                    item["homework"] = []
        return value

    path = rewritten(SAMPLE, tmp_path / "eljur", bare, files="getdiary*.json")
    lessons = read_facts(path, "eljur").lessons
    full = {
        row[:4]: row.homework for row in read_facts(SAMPLE, "eljur").lessons if not row.subgroup
    }
    taken = {row[:4]: row.homework for row in lessons if not row.subgroup and row.homework}
    assert len(taken) > 80
    assert {key: full[key] for key in taken} == taken


@pytest.mark.parametrize("raw", ["НП", "нп", "HП"])
def test_letters_among_the_marks_are_absences(raw: str, tmp_path: Path) -> None:
    path = without(tmp_path / "eljur", "getdiary", "gethomework")
    file = path / "getmarks.json"
    value = json.loads(file.read_text(encoding="utf-8"))
    first = value["response"]["result"]["students"]["st010"]["lessons"][0]
    first["marks"] = [{"value": raw, "date": "2025-09-04"}]
    file.write_text(json.dumps(value), encoding="utf-8")
    codes = [row.code for row in read_facts(path, "eljur").missing if row.date == "2025-09-04"
             and row.pupil.startswith("Мещерякова") and row.subject == first["name"]]  # fmt: skip
    assert codes == ["ABSENT_UNEXCUSED"]


def test_an_answer_that_is_an_error_is_refused(tmp_path: Path) -> None:
    path = without(tmp_path / "eljur")
    answer = {"response": {"state": 403, "error": "Доступ запрещён", "result": None}}
    (path / "getmarks.json").write_text(json.dumps(answer), encoding="utf-8")
    fault = refuses(path, "eljur", tmp_path)
    assert fault.where == "eljur/getmarks.json: /response/error"


def test_pupils_without_a_class_are_refused(tmp_path: Path) -> None:
    path = without(tmp_path / "eljur", "getrules")
    fault = refuses(path, "eljur", tmp_path)
    assert "getrules" in fault.message
    assert "getdiary" in fault.where


def test_empty_objects_may_come_as_empty_lists(tmp_path: Path) -> None:
    path = without(tmp_path / "eljur")
    empty = {"response": {"state": 200, "error": None, "result": {"students": []}}}
    (path / "getdiary_more.json").write_text(json.dumps(empty), encoding="utf-8")
    assert read_facts(path, "eljur") == read_facts(SAMPLE, "eljur")


@pytest.mark.parametrize(
    ("change", "encoding"),
    [(numbers_as_text, "utf-8-sig"), (text_as_numbers, "utf-8"), (reversed_keys, "utf-16")],
)
def test_servers_may_write_the_same_otherwise(change: Any, encoding: str, tmp_path: Path) -> None:
    path = rewritten(SAMPLE, tmp_path / "eljur", change, encoding=encoding)
    assert read_facts(path, "eljur") == read_facts(SAMPLE, "eljur")


def test_only_this_source_claims_the_folder_and_a_file() -> None:
    paths = [SAMPLE, *SAMPLE.glob("*.json")]
    assert Counter(tuple(claimed_by(path)) for path in paths) == {("eljur",): len(paths)}


def test_damage_never_ends_in_a_traceback(tmp_path: Path) -> None:
    names = [file.name for file in sorted(SAMPLE.glob("*.json"))]
    survives_mutations(SOURCE, SAMPLE, names, tmp_path)
    survives_truncation(SOURCE, SAMPLE, "getmarks.json", tmp_path)


def test_a_foreign_answer_is_told_of(tmp_path: Path) -> None:
    path = without(tmp_path / "eljur")
    (path / "other.json").write_text('{"response": {"result": {"rings": []}}}', encoding="utf-8")
    assert "other.json" in told(SOURCE, path)
