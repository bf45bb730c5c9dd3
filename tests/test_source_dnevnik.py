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

from docgen.journal.model import Enrollment, GroupMember, Guardian, Period, TeachingGroup, WorkKind
from docgen.journal.sources.dnevnik import SOURCE

SAMPLE = SAMPLES / "dnevnik"
CLASS = "edu-groups/1900000000000000000"
SPAN = "2025-09-01_2025-10-24.json"


def change(path: Path, name: str, edit: Any) -> None:
    """Change one file of a folder."""
    value = json.loads((path / name).read_text(encoding="utf-8"))
    edit(value)
    (path / name).write_text(json.dumps(value), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "dnevnik"))


@pytest.mark.parametrize("path", both("dnevnik"))
def test_marks_are_the_truth_with_kinds_weights_days_of_marking_and_pairs(path: Path) -> None:
    found = read_facts(path, "dnevnik")
    assert counted(found.marks) == counted(truth_of(found, last_day(path)).marks)


@pytest.mark.parametrize("path", both("dnevnik"))
def test_absences_stand_at_their_lessons(path: Path) -> None:
    found = read_facts(path, "dnevnik")
    expected = counted(
        row._replace(code=row.code.replace("UNEXCUSED", "UNSPECIFIED"))
        for row in truth_of(found, last_day(path)).missing
        if row.code != "EXEMPT"
    )
    assert counted(found.missing) == expected


@pytest.mark.parametrize("path", both("dnevnik"))
def test_lessons_are_the_truth_with_subgroups_kinds_and_who_taught(path: Path) -> None:
    found = read_facts(path, "dnevnik")
    assert counted(found.lessons) == counted(truth_of(found, last_day(path)).lessons)


@pytest.mark.parametrize("path", [whole_class("dnevnik")])
def test_totals_agree_with_the_truth_file(path: Path) -> None:
    totals_agree(read_facts(path, "dnevnik"))


def test_final_marks_periods_kinds_and_relatives_are_told() -> None:
    found = read_facts(SAMPLE, "dnevnik")
    assert found.finals == truth_of(found).finals
    rows = list(SOURCE.read(SAMPLE))
    assert [row.code for row in rows if isinstance(row, Period)] == ["Q1", "Q2", "Q3", "Q4"]
    control = {row.code for row in rows if isinstance(row, WorkKind) and row.is_control}
    assert control == {"КР", "Д", "СОЧ", "ИЗЛ"}
    relations = {(row.last, row.relation) for row in rows if isinstance(row, Guardian)}
    assert ("Егорова", "мать") in relations


def test_subgroups_have_members_and_pupils_belong_to_the_class() -> None:
    rows = list(SOURCE.read(SAMPLE))
    assert {row.class_id for row in rows if isinstance(row, Enrollment)} == {"7А"}
    groups = {row.group_id: row for row in rows if isinstance(row, TeachingGroup)}
    members = Counter(groups[row.group_id].subgroup for row in rows if isinstance(row, GroupMember))
    assert members == {"1": 4, "2": 4, "мальчики": 1, "девочки": 3}
    assert {row.class_ids for row in groups.values()} == {"7А"}


def test_ids_are_the_text_twins_where_numbers_lost_their_last_digits(folder: Path) -> None:
    def blunt(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: value[key] if f"{key}_str" not in value else float(value[key]) // 1000 * 1000
                if isinstance(value[key], int) and value[key] > 2**53 else blunt(value[key])
                for key in value
            }  # fmt: skip
        return [blunt(item) for item in value] if isinstance(value, list) else value

    rewritten(SAMPLE, folder, blunt)
    assert read_facts(folder, "dnevnik") == read_facts(SAMPLE, "dnevnik")


@pytest.mark.parametrize(
    ("status", "code"),
    [("Attend", None), ("absent", "ABSENT_UNSPECIFIED"), ("Ill", "ABSENT_ILL"), ("Late", "LATE"),
     ("Pass", "ABSENT_EXCUSED"), ("Прогул", "Прогул")],
)  # fmt: skip
def test_statuses_mean_what_this_system_means(folder: Path, status: str, code: str | None) -> None:
    name = f"lesson-log-entries/group/1900000000000000000/{SPAN}"

    def edit(entries: Any) -> None:
        del entries[1:]
        entries[0].update(status=status, comment="болел дома")

    for file in (folder / "lesson-log-entries" / "group").rglob("*.json"):
        file.write_text("[]", encoding="utf-8")
    shutil.copy(SAMPLE / name, folder / name)
    change(folder, name, edit)
    assert [row.code for row in read_facts(folder, "dnevnik").missing] == ([code] if code else [])


def test_marks_of_one_work_that_are_not_numbered_as_a_pair_are_two(folder: Path) -> None:
    def edit(marks: Any) -> None:
        for mark in marks:
            mark["number"] = 1

    for file in (folder / "edu-groups").rglob(f"marks/{SPAN}"):
        change(folder, str(file.relative_to(folder)), edit)
    found = read_facts(folder, "dnevnik")
    assert not any("/" in row.raw for row in found.marks)
    halves = sum(1 + ("/" in row.raw) for row in truth_of(found, last_day(SAMPLE)).marks)
    assert len(found.marks) == halves


def test_a_mark_whose_lesson_was_not_saved_is_rejected(folder: Path) -> None:
    change(folder, f"{CLASS}/marks/{SPAN}", lambda marks: marks[0].update(lesson_str="17"))
    fault = refuses(folder, "dnevnik", folder.parent)
    assert [item.code for item in fault.findings] == ["SV-11"]
    assert fault.findings[0].where == f"dnevnik/{CLASS}/marks/{SPAN}: /0"


def test_one_mark_in_two_answers_counts_once_and_contradictions_do_not_pass(folder: Path) -> None:
    more = f"{CLASS}/marks/subject.json"
    shutil.copy(folder / CLASS / "marks" / SPAN, folder / more)
    assert read_facts(folder, "dnevnik") == read_facts(SAMPLE, "dnevnik")
    change(folder, more, lambda marks: marks[0].update(value="1", textValue="1"))
    fault = refuses(folder, "dnevnik", folder.parent)
    assert [item.code for item in fault.findings] == ["IM-05"]


@pytest.mark.parametrize(
    ("edit", "encoding"),
    [(numbers_as_text, "utf-8"), (text_as_numbers, "utf-16"), (reversed_keys, "utf-8-sig")],
)
def test_servers_may_write_the_same_otherwise(edit: Any, encoding: str, tmp_path: Path) -> None:
    path = rewritten(SAMPLE, tmp_path / "dnevnik", edit, encoding=encoding)
    assert read_facts(path, "dnevnik") == read_facts(SAMPLE, "dnevnik")


def test_a_zip_of_the_folder_is_the_same(tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "answers"), "zip", SAMPLE))
    assert claimed_by(archive) == ["dnevnik"]
    assert read_facts(archive, "dnevnik") == read_facts(SAMPLE, "dnevnik")


def test_only_this_source_claims_the_folder() -> None:
    assert claimed_by(SAMPLE) == ["dnevnik"]


def test_damage_never_ends_in_a_traceback(tmp_path: Path) -> None:
    names = [str(file.relative_to(SAMPLE)) for file in sorted(SAMPLE.rglob("*.json"))]
    survives_mutations(SOURCE, SAMPLE, names, tmp_path)
    survives_truncation(SOURCE, SAMPLE, f"{CLASS}/marks/{SPAN}", tmp_path)


def test_a_foreign_answer_is_told_of(folder: Path) -> None:
    (folder / "other.json").write_text('[{"rings": []}]', encoding="utf-8")
    assert "other.json" in told(SOURCE, folder)
