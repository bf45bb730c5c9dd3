from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal_samples import DATA, bring, contents
from oneroster_samples import Tables, read, tables, written

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, Severity
from docgen.journal.codes import PeriodKind, Scheme
from docgen.journal.model import (
    Attendance,
    ClassUnit,
    Enrollment,
    FinalMark,
    GroupMember,
    Guardian,
    Lesson,
    Mark,
    Period,
    School,
    Staff,
    Student,
    Subject,
    TeachingGroup,
    WorkKind,
)
from docgen.journal.sources import ImportRefused, choose, package, sources
from docgen.journal.sources.oneroster import SOURCE
from docgen.journal.sources.rows import Part
from docgen.journal.store import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FORMATS = DATA / "formats"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite") as opened:
        yield opened


# Fidelity: the same class as «Школьный пакет» and as OneRoster


@pytest.fixture(scope="module")
def truth() -> dict[type, list[Any]]:
    rows: dict[type, list[Any]] = defaultdict(list)
    for item in package.SOURCE.read(FORMATS / "package"):
        rows[type(item)].append(item)
    return rows


def fields(rows: list[Any], *names: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(getattr(row, name) for name in names) for row in rows)


_CELL = ("group_id", "date", "number", "student_id")


def test_version_1_2_with_the_extension_files_carries_the_whole_class(
    truth: dict[type, list[Any]],
) -> None:
    rows, findings = read(FORMATS / "oneroster-1.2.zip")
    assert findings == []
    for entity, names in {
        Mark: (*_CELL, "raw", "work_kind", "weight", "set_at"),
        Attendance: (*_CELL, "code", "reason"),
        Lesson: (
            *_CELL[:3],
            *("topic", "homework", "work_kind", "planned_teacher_id", "teacher_id"),
        ),
        FinalMark: ("student_id", "subject_id", "period", "raw"),
        Period: ("year", "code", "kind", "start", "end"),
        ClassUnit: ("class_id", "grade", "letter", "class_teacher_id", "scheme"),
        Student: ("student_id", "last", "first", "middle", "gender", "birth_date"),
        TeachingGroup: ("group_id", "class_ids", "subject_id", "subgroup", "teacher_ids"),
        GroupMember: ("group_id", "student_id"),
        Subject: ("subject_id", "name"),
        Guardian: ("guardian_id", "student_id", "last", "first", "middle", "phone", "email"),
        Enrollment: ("student_id", "class_id"),
    }.items():
        assert fields(rows[entity], *names) == fields(truth[entity], *names), entity.__name__
    assert {row.staff_id for row in rows[Staff]} < {row.staff_id for row in truth[Staff]}
    assert rows[School][0].full_name == truth[School][0].full_name


def test_version_1_1_carries_marks_and_says_what_it_cannot_know(
    truth: dict[type, list[Any]],
) -> None:
    rows, findings = read(FORMATS / "oneroster-1.1.zip")
    assert [item.code for item in findings] == ["OR-07"]
    names = ("group_id", "date", "student_id", "raw", "work_kind", "set_at")
    assert fields(rows[Mark], *names) == fields(truth[Mark], *names)
    names = ("student_id", "subject_id", "period", "raw")
    assert fields(rows[FinalMark], *names) == fields(truth[FinalMark], *names)
    assert rows[Attendance] == []
    marked = {(mark.group_id, mark.date, mark.number) for mark in truth[Mark]}
    told = {  # two lessons of one day and topic cannot be told apart
        (row.group_id, row.date, row.topic)
        for row in truth[Lesson]
        if (row.group_id, row.date, row.number) in marked
    }
    assert (len(marked), len(told)) == (295, 294)
    assert {(row.group_id, row.date, row.topic) for row in rows[Lesson]} == told
    assert len(rows[Lesson]) == len(told)
    for lesson in rows[Lesson]:
        assert lesson.number < 1  # below one: not known
        assert lesson.homework == ""


@pytest.mark.parametrize("name", ["oneroster-1.1.zip", "oneroster-1.2.zip"])
def test_an_import_leaves_no_reference_open_and_is_idempotent(
    journal: Journal, name: str, tmp_path: Path
) -> None:
    assert choose(FORMATS / name).source is SOURCE
    bring(journal, FORMATS / name)
    assert list(journal.strays()) == []
    with zipfile.ZipFile(FORMATS / name) as archive:
        archive.extractall(tmp_path / "folder")
    assert bring(journal, tmp_path / "folder").changes == 0
    seen = journal.class_journal("7А", "Q1")
    assert sum(map(len, seen.marks.values())) == 2583
    assert seen.strays == ()


@pytest.mark.parametrize(
    "name", ["oneroster-1.1.zip", "oneroster-1.2.zip", "package", "layout-a.xlsx"]
)
def test_no_two_sources_claim_a_file(name: str) -> None:
    assert len([source for source in sources() if source.recognises(FORMATS / name)]) == 1


# The small export, row by row


def test_classes_are_named_as_people_do(tmp_path: Path) -> None:
    rows, findings = read(written(tmp_path / "x", tables()))
    (unit,) = rows[ClassUnit]
    assert (unit.class_id, unit.grade, unit.class_teacher_id) == ("7А", 7, "t1")
    assert unit.scheme is Scheme.QUARTERS
    assert {item.code for item in findings} == {"OR-02", "OR-07"}


def test_courses_of_one_code_and_title_are_one_subject(tmp_path: Path) -> None:
    rows, _ = read(written(tmp_path / "x", tables()))
    assert [row.subject_id for row in rows[Subject]] == ["АЛГ", "c9", "c10"]
    assert [(row.group_id, row.subject_id) for row in rows[TeachingGroup]] == [
        ("g1", "АЛГ"),
        ("g2", "c10"),
    ]


def test_groups_know_their_class_teachers_and_part(tmp_path: Path) -> None:
    rows, _ = read(written(tmp_path / "x", tables()))
    whole, part = rows[TeachingGroup]
    assert (whole.class_ids, whole.subgroup, whole.teacher_ids) == ("7А", "", "t1,t2")
    assert (part.class_ids, part.subgroup, part.teacher_ids) == ("7А", "2", "")
    assert [(row.group_id, row.student_id) for row in rows[GroupMember]] == [("g2", "u1")]
    assert [row.end for row in rows[Enrollment]] == [None, dt.date(2025, 12, 30)]


def test_guardians_are_linked_from_either_side(tmp_path: Path) -> None:
    rows, _ = read(written(tmp_path / "x", tables()))
    assert [(row.guardian_id, row.student_id, row.relation) for row in rows[Guardian]] == [
        ("p1", "u1", "родитель"),
        ("p2", "u1", "родственник"),
        ("p3", "u2", "законный представитель"),
    ]
    assert rows[Guardian][1].phone == "+7 901"


def test_staff_and_the_only_principal_are_told(tmp_path: Path) -> None:
    rows, _ = read(written(tmp_path / "x", tables()))
    assert [(row.staff_id, row.position) for row in rows[Staff]] == [
        ("t1", "учитель"),
        ("t2", "директор"),
    ]
    assert rows[School][0].director == "t2"


def test_results_become_what_stands_in_the_cell(tmp_path: Path) -> None:
    rows, _ = read(written(tmp_path / "x", tables()))
    told = [(row.group_id, row.date.day, row.student_id, row.raw) for row in rows[Mark]]
    assert told == [
        ("g1", 9, "u1", "5"),
        ("g1", 9, "u2", "5/4"),
        ("g1", 9, "u1", "осв"),
        ("g1", 9, "u2", "\u2022"),
        ("g2", 10, "u1", "4"),
    ]
    assert [row.seq for row in rows[Mark]] == [1, 1, 2, 2, 1]
    assert next((row.work_kind, row.weight) for row in rows[Mark]) == ("КР", 1.5)
    assert [(row.student_id, row.period, row.raw) for row in rows[FinalMark]] == [("u1", "Q1", "4")]


def test_categories_become_kinds_of_work(tmp_path: Path) -> None:
    rows, _ = read(written(tmp_path / "x", tables()))
    assert [(row.code, row.is_control) for row in rows[WorkKind]] == [
        ("КР", True),
        ("ОТ", False),
        ("Проект", False),
    ]


def test_works_without_lessons_make_one_lesson_a_day(tmp_path: Path) -> None:
    rows, _ = read(written(tmp_path / "x", tables()))
    assert [(row.date.day, row.number, row.topic, row.work_kind) for row in rows[Lesson]] == [
        (9, 0, "Дроби", "КР"),
        (10, 0, "Париж", "Проект"),
    ]


def test_works_of_different_topics_are_different_lessons(tmp_path: Path) -> None:
    source = tables()
    source["lineItems"][2] = source["lineItems"][2].replace("Ответ,", "Ответ,[Доли]")
    rows, _ = read(written(tmp_path / "x", source))
    day = [(row.number, row.topic) for row in rows[Lesson] if row.date.day == 9]
    assert day == [(-1, "Дроби"), (0, "Доли")]
    assert [row.number for row in rows[Mark]][:4] == [-1, -1, 0, 0]


LESSONS = [
    (
        "SourcedId,CLASSSOURCEDID,date,Number,topic,homework,workkind,teacherSourcedId,"
        "substituteSourcedId,order"
    ),
    "les-2,g1,2025-09-09,2,Дроби,№ 5,КР,t1,,",
    "les-5,g1,2025-09-09,5,Доли,№ 6,,t1,t2,12-к",
]


def test_a_work_finds_its_lesson_by_topic_or_kind(tmp_path: Path) -> None:
    rows, findings = read(written(tmp_path / "x", tables(ext_lessons=LESSONS)))
    assert [row.number for row in rows[Mark]] == [2, 2, 2, 2, 0]
    assert {item.code: item.params.get("count") for item in findings} == {
        "OR-02": "1",
        "OR-07": None,
        "OR-08": "1",
        "OR-09": "1",  # an answer may belong to either lesson
    }
    lesson = rows[Lesson][1]
    assert (lesson.planned_teacher_id, lesson.teacher_id) == ("t1", "t2")
    assert lesson.substitution_order == "12-к"


def test_absences_find_their_lesson_by_its_id_or_by_its_day(tmp_path: Path) -> None:
    absences = [
        "lessonSourcedId,classSourcedId,date,number,userSourcedId,code,reason",
        "les-5,,,,u1,Б,по болезни",
        ",g1,2025-09-09,2,u2,Н,",
        "les-7,,,,u2,Н,",
    ]
    path = written(tmp_path / "x", tables(ext_lessons=LESSONS, ext_attendance=absences))
    rows, findings = read(path)
    assert [(row.number, row.student_id, row.code) for row in rows[Attendance]] == [
        (5, "u1", "Б"),
        (2, "u2", "Н"),
    ]
    (refused,) = [item for item in findings if item.severity is Severity.BLOCKING]
    assert (refused.code, refused.refs["row"]) == ("OR-01", "4")
    assert "les-7" in refused.message


def test_a_result_without_its_work_stops_the_import(journal: Journal, tmp_path: Path) -> None:
    source = tables()
    source["results"].append("x8,active,,l9,u1,fully graded,5,,,,")
    before = contents(journal)
    with pytest.raises(ImportRefused) as caught:
        bring(journal, written(tmp_path / "x", source))
    assert [item.code for item in caught.value.findings] == ["OR-01"]
    assert contents(journal) == before


# Years and periods


def periods(tmp_path: Path, lines: list[str]) -> tuple[list[tuple[str, PeriodKind]], list[str]]:
    source = tables()
    source["academicSessions"] = [source["academicSessions"][0], *lines]
    rows, findings = read(written(tmp_path / "x", source))
    codes = [item.code for item in findings if item.code in {"OR-03", "OR-04"}]
    return [(row.code, row.kind) for row in rows[Period]], codes


def test_periods_are_known_by_their_titles(tmp_path: Path) -> None:
    lines = [
        "a,active,,2 четверть,gradingPeriod,2025-11-05,2025-12-30,,2026",
        "b,active,,Trimester 3,term,2026-03-01,2026-05-26,,2026",
        "c,active,,2-е полугодие,gradingPeriod,2026-01-12,2026-05-26,,2026",
    ]
    told, codes = periods(tmp_path, lines)
    assert {code for code, _ in told} == {"Q2", "T3", "H2"}
    assert codes == []


def test_periods_without_speaking_titles_are_known_by_their_number(tmp_path: Path) -> None:
    lines = [
        f"{start},active,,MP,term,{start},{end},,2026"
        for start, end in (
            ("2025-09-01", "2025-11-22"),
            ("2026-03-02", "2026-05-26"),
            ("2025-11-24", "2026-02-28"),
        )
    ] + ["s,active,,Fall,semester,2025-09-01,2025-12-31,,2026"]
    told, codes = periods(tmp_path, lines)
    assert sorted(code for code, _ in told) == ["H1", "T1", "T2", "T3"]
    assert codes == []


def test_a_period_nobody_understands_is_told_and_left_out(tmp_path: Path) -> None:
    told, codes = periods(tmp_path, ["a,active,,Лагерь,term,2025-11-05,2025-12-30,,2026"])
    assert (told, codes) == ([], ["OR-03"])


def test_of_several_years_the_one_that_works_name_is_taken(tmp_path: Path) -> None:
    source = tables()
    source["academicSessions"].append(
        "old,active,,1 четверть,gradingPeriod,2024-09-02,2024-10-25,,2025"
    )
    source["academicSessions"].append(
        "new,active,,2026/2027,schoolYear,2026-09-01,2027-05-25,,2027"
    )
    source["lineItems"].append("l6,active,,Ответ,,2024-09-05,,g1,k2,old")
    source["results"].append("x9,active,,l6,u1,fully graded,2,,,,")
    rows, findings = read(written(tmp_path / "x", source))
    assert {row.year for row in rows[Period]} == {"2025/2026"}
    assert "OR-04" in {item.code for item in findings}
    assert all(mark.date.year == 2025 for mark in rows[Mark])


# Files as others write them


def test_headers_and_names_of_files_may_have_any_case_and_spaces(tmp_path: Path) -> None:
    plain, _ = read(written(tmp_path / "plain", tables()))
    odd = {
        name.upper(): [lines[0].replace(",", " , ").upper(), *lines[1:]]
        for name, lines in tables().items()
    }
    rows, findings = read(written(tmp_path / "odd", odd))
    assert rows[Mark] == plain[Mark]
    assert rows[Student] == plain[Student]
    assert "OR-13" not in {item.code for item in findings}


@pytest.mark.parametrize(
    ("first", "second", "order", "month"),
    [
        ("1/09/2025", "15/06/2012", "день/месяц/год", 9),
        ("9/1/2025", "6/15/2012", "месяц/день/год", 9),
        ("1/9/2025 10:00", "1/6/2012", "день/месяц/год", 9),
    ],
)
def test_dates_with_slashes_are_read_in_the_order_the_export_shows(
    tmp_path: Path, first: str, second: str, order: str, month: int
) -> None:
    source = tables()
    source["enrollments"][1] = source["enrollments"][1].replace("2025-09-01", first)
    source["demographics"][1] = source["demographics"][1].replace("2012-02-01", second)
    rows, findings = read(written(tmp_path / "x", source))
    assert rows[Enrollment][0].start == dt.date(2025, month, 1)
    (told,) = [item for item in findings if item.code == "OR-10"]
    assert order in told.message


def test_passwords_and_race_never_leave_the_table(tmp_path: Path) -> None:
    source = tables()
    source["users"][0] += ",ext_studentPassword,metadata.x"
    source["users"][1:] = [line + ",s3cr3t,1" for line in source["users"][1:]]
    source["users"].append("u9,active,,true,z,Я,,,,,,,s3cr3t,s3cr3t,1")
    items = list(SOURCE.read(written(tmp_path / "x", source)))
    assert "s3cr3t" not in repr(items)
    assert "secretrace" not in repr(items)
    (strange,) = [item for item in items if getattr(item, "code", "") == "OR-13"]
    assert "metadata.x" in strange.message
    assert "assword" not in strange.message


def test_optional_tables_may_be_missing(tmp_path: Path) -> None:
    needed = {name: tables()[name] for name in ("users", "classes", "enrollments", "roles")}
    rows, findings = read(written(tmp_path / "x", needed))
    assert len(rows[Student]) == 2
    assert len(rows[TeachingGroup]) == 2
    assert rows[Mark] == rows[Lesson] == []
    assert {item.code for item in findings} == {"OR-02"}


def test_version_1_1_names_roles_in_users_and_periods_otherwise(tmp_path: Path) -> None:
    source = tables()
    del source["roles"]
    roles = ["student", "student", "parent", "relative", "guardian", "teacher", "administrator"]
    source["users"] = [
        f"{line},{role}" for line, role in zip(source["users"], ["role", *roles], strict=True)
    ]
    source["lineItems"][0] = source["lineItems"][0].replace(
        "academicSessionSourcedId", "gradingPeriodSourcedId"
    )
    rows, _ = read(written(tmp_path / "x", source))
    assert len(rows[Guardian]) == 3
    assert [row.period for row in rows[FinalMark]] == ["Q1"]


def test_people_without_a_role_and_groups_without_classes_are_told(tmp_path: Path) -> None:
    source = tables()
    source["users"].append("u7,active,,true,h,Некто,Никто,,,,,,")
    del source["classes"][1]
    rows, findings = read(written(tmp_path / "x", source))
    assert {"OR-05", "OR-06"} <= {item.code for item in findings}
    assert rows[ClassUnit] == []


def test_a_class_without_a_grade_is_refused(tmp_path: Path) -> None:
    source = tables()
    source["classes"][1] = "h1,active,,Комната 14,UG,,Лес,homeroom,,o1,ay,"
    _, findings = read(written(tmp_path / "x", source))
    (refused,) = [item for item in findings if item.severity is Severity.BLOCKING]
    assert refused.code == "OR-11"
    assert "classes.csv, строка 2" in refused.where


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("manifest", "file.users,bulk", "file.users,delta", "delta"),
        (
            "classes",
            "g2,active,,Французский (подгруппа 2),7,c10,,scheduled,,o1",
            "g2,active,,Ф,7,,,s,,o2",
            "нескольких школ",
        ),
        ("users", "familyName", "lastName", "familyName"),
        ("users", "givenName,familyName", "familyName,familyName", "дважды"),
    ],
)
def test_what_cannot_be_a_journal_is_refused_in_words(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    source = tables()
    assert any(old in line for line in source[name])
    source[name] = [line.replace(old, new) for line in source[name]]
    with pytest.raises(InputFault, match=said) as caught:
        read(written(tmp_path / "x", source))
    assert caught.value.remedy
    assert caught.value.where


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("enrollments", "2025-12-30", "2025-13-30", "IM-01"),
        ("results", "x1,active,,l1", "x1,active,,", "IM-04"),
        ("categories", "1.5", "полтора", "IM-02"),
        ("enrollments", "TRUE", "может быть", "IM-03"),
        ("lineItems", "2025-09-09,,g1", ",,g1", "IM-04"),
        ("orgs", "o1,active,,Ольховская", "o1,active,,Ольховская,school,,лишнее,", "IM-06"),
    ],
)
def test_a_wrong_cell_is_told_with_its_place(
    tmp_path: Path, name: str, old: str, new: str, code: str
) -> None:
    source = tables()
    source[name] = [line.replace(old, new, 1) for line in source[name]]
    assert source != tables()
    _, findings = read(written(tmp_path / "x", source))
    (refused,) = [item for item in findings if item.severity is Severity.BLOCKING]
    assert refused.code == code
    assert f"{name}.csv, строка" in refused.where
    assert refused.remedy


# Hostile input


@pytest.mark.parametrize(
    "spoil",
    [
        lambda source: {name: lines[:1] for name, lines in source.items()},
        lambda source: {**source, "results": [""]},
        lambda source: {**source, "users": ["\0"]},
        lambda source: {**source, "users": ['"sourcedId,familyName']},
        lambda source: {**source, "classes": ["sourcedId", "x" * (1 << 21)]},
    ],
)
def test_a_spoilt_export_is_a_fault_or_findings(
    tmp_path: Path, spoil: Callable[[Tables], Tables]
) -> None:
    path = written(tmp_path / "x", spoil(tables()))
    SOURCE.recognises(path)
    try:
        items = list(SOURCE.read(path))
    except InputFault as fault:
        assert fault.remedy  # noqa: PT017 - either outcome is right
    else:
        assert any(isinstance(item, Part) for item in items)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(sorted(tables())),
    line=st.integers(0, 9),
    column=st.integers(0, 12),
    value=st.one_of(
        st.text(max_size=20),
        st.sampled_from(["", "-1", "99999999999", "1/13/2025", "31.02.2025", "u1", "TRUE", "[x]"]),
    ),
)
def test_any_cell_may_hold_anything(
    tmp_path: Path, name: str, line: int, column: int, value: str
) -> None:
    source = tables()
    rows = list(csv.reader(source[name]))
    row = rows[line % len(rows)]
    row[column % len(row)] = value
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path = written(tmp_path / "x", source)
    (path / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8", errors="replace")
    SOURCE.recognises(path)
    try:
        items = list(SOURCE.read(path))
    except InputFault as fault:
        assert fault.remedy  # noqa: PT017 - either outcome is right
    else:
        assert all(item.message and item.remedy for item in items if isinstance(item, Finding))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, 50_000), junk=st.binary(max_size=40), cut=st.booleans())
def test_any_byte_of_an_archive_may_be_wrong(
    tmp_path: Path, place: int, junk: bytes, *, cut: bool
) -> None:
    content = (FORMATS / "oneroster-1.1.zip").read_bytes()
    spoilt = content[:place] + junk + (b"" if cut else content[place + len(junk) :])
    path = tmp_path / "spoilt.zip"
    path.write_bytes(spoilt)
    SOURCE.recognises(path)
    try:
        assert any(isinstance(item, Part) for item in SOURCE.read(path))
    except InputFault as fault:
        assert fault.remedy  # noqa: PT017 - either outcome is right
