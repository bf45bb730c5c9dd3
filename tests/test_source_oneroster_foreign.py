"""OneRoster as other programs write it: shapes seen in public samples and exporters.

A file that is consistent is imported; what it lacks stays unknown.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from journal_samples import DATA, bring
from oneroster_samples import Tables, read, tables, written

from docgen.core.errors import InputFault
from docgen.journal.codes import Scheme
from docgen.journal.model import (
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
)
from docgen.journal.store import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def american() -> Tables:
    """An invented American 1.1 export: district and school, kindergarten, terms, empty statuses."""
    return {
        "manifest": [
            "propertyName,value",
            "source.systemName,Manual",
            "manifest.version,1.0",
            "oneroster.version,1.1",
            "file.academicSessions,bulk",
            "file.users,bulk",
            "file.resources,absent",
            "file.results,absent",
        ],
        "orgs": [
            "sourcedId,status,dateLastModified,name,type,identifier,metadata.boarding,parentSourcedId",
            '12345,active,"2017-05-06 08:01:05",Lincoln Middle School,school,LMS,FALSE,d1',
            "d1,,,Springfield USD,district,,,",
        ],
        "academicSessions": [
            "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
            "sy,,,2025-2026,schoolYear,2025-08-15,2026-06-05,,2026",
            "fa,,,Fall 2025,semester,2025-08-15,2025-12-20,sy,2026",
            "sp,,,Spring 2026,semester,2026-01-05,2026-06-05,sy,2026",
            "m1,,,MP1,gradingPeriod,2025-08-15,2025-10-17,fa,2026",
            "m2,,,MP2,gradingPeriod,2025-10-20,2025-12-20,fa,2026",
            "m3,,,MP3,gradingPeriod,2026-01-05,2026-03-20,sp,2026",
        ],
        "courses": [
            "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades",
            'c1,,,sy,Math 7,MATH7,"07"',
        ],
        "classes": [
            (
                "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,"
                "location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods"
            ),
            'k1,,,Math 7 - Period 3,"07,08",c1,MATH7-3,Scheduled,Room 12,12345,"fa, sp",Math,,"3"',
            "k2,,,Kindergarten A,KG,,KA,homeroom,,12345,sy,,,",
            'k3,,,Grade 7 HR,"07",,HR7,Homeroom,,12345,sy,,,',
        ],
        "users": [
            (
                "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,"
                "givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,"
                "password"
            ),
            "t1,,2023-05-01T18:25:43.511Z,true,12345,teacher,jl,,Jordan,Lee,,T1,,,,,,",
            's1,,,1,"12345, d1",student,as,"{LDAP:1},{LTI:2}",Avery,Smith,,S1,,,,p1,"07",',
            's2,,,TRUE,12345,student,br,,"Rob, Jr.",Roy,,S2,,,,,KG,',
            'p1,,,true,12345,parent,cs,,Casey,Smith,,,c@example.com,,,"s1,s2",,',
            "x1,,,true,12345,districtAdministrator,pp,,Pat,Proctor,,,,,,,,",
            'a1,,,true,12345,"teacher,parent",qq,,Quinn,Quick,,,,,,s1,,',
        ],
        "enrollments": [
            (
                "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,"
                "primary,beginDate,endDate"
            ),
            "e1,,,k1,12345,t1,teacher,true,,",
            "e2,,,k1,12345,s1,student,,,",
            "e3,,,k2,12345,s2,student,,,",
            "e4,,,k3,12345,s1,student,,,",
            "e5,,,k2,12345,t1,teacher,,,",
        ],
    }


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite") as opened:
        yield opened


def told(rows: dict[type, list[Any]]) -> dict[type, list[str]]:
    """Everything that was read, as text that does not depend on the order of rows and columns."""
    return {
        kind: sorted(map(str, found)) for kind, found in rows.items() if kind.__name__ != "Part"
    }


def test_an_american_export_is_read_and_nothing_is_made_up(
    journal: Journal, tmp_path: Path
) -> None:
    path = written(tmp_path / "x", american())
    rows, findings = read(path)
    assert {item.code for item in findings} == {"OR-13", "OR-16", "OR-17"}
    assert rows[School][0].full_name == "Lincoln Middle School"
    assert [(row.class_id, row.grade) for row in rows[ClassUnit]] == [("HR7", 7)]
    assert [(row.student_id, row.middle, row.birth_date) for row in rows[Student]] == [
        ("s1", "", None)
    ]
    assert [(row.guardian_id, row.student_id) for row in rows[Guardian]] == [
        ("p1", "s1"),
        ("a1", "s1"),
    ]
    assert [(row.staff_id, row.position) for row in rows[Staff]] == [
        ("t1", "учитель"),
        ("x1", "администратор"),
        ("a1", "учитель"),
    ]
    assert [row.code for row in rows[Period]] == ["Y", "H1", "H2", "Q1", "Q2", "Q3"]
    assert [(row.class_ids, row.subject_id) for row in rows[TeachingGroup]] == [("HR7", "MATH7")]
    assert rows[Lesson] == rows[Mark] == []
    bring(journal, path)
    assert list(journal.strays()) == []


def test_classes_before_the_first_grade_are_told_by_name(tmp_path: Path) -> None:
    _, findings = read(written(tmp_path / "x", american()))
    (note,) = [item for item in findings if item.code == "OR-17"]
    assert note.params == {"titles": "KA", "classes": "1", "pupils": "1"}


def test_roles_of_pupils_left_out_make_nobody_a_pupil(tmp_path: Path) -> None:
    source = american()
    source["roles"] = [
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role",
        "r,,,s2,primary,student",
    ]
    rows, _ = read(written(tmp_path / "x", source))
    assert [row.student_id for row in rows[Student]] == ["s1"]
    assert {row.student_id for row in rows[Guardian]} == {"s1"}


# The same export in other clothes


def _upper(source: Tables) -> Tables:
    return {k: [v[0].upper().replace(",", " , "), *v[1:]] for k, v in source.items()}


def _shuffled(source: Tables) -> Tables:
    """Columns and rows in another order."""
    dice = random.Random(5)
    result = {}
    for name, lines in source.items():
        table = list(csv.reader(lines))
        places = list(range(len(table[0])))
        if name != "manifest":
            dice.shuffle(places)
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for line in table:
            filled = [*line, *[""] * (len(places) - len(line))]
            writer.writerow([filled[place] for place in places])
        result[name] = text.getvalue().splitlines()
    return result


def _extra(source: Tables) -> Tables:
    return {
        name: lines
        if name == "manifest"
        else [lines[0] + ",metadata.jp.x,ext_vendor_id", *(line + ",1,{}" for line in lines[1:])]
        for name, lines in source.items()
        if name != "enrollments"
    } | {"enrollments": source["enrollments"]}


def _plain(source: Tables) -> Tables:
    return source


def _no_manifest(source: Tables) -> Tables:
    return {name: lines for name, lines in source.items() if name != "manifest"}


def _with_times(source: Tables) -> Tables:
    return {
        name: [line.replace("2025-10-24", "2025-10-24T00:00:00.000Z") for line in lines]
        if name == "academicSessions"
        else lines
        for name, lines in source.items()
    }


def _slashes(source: Tables) -> Tables:
    return {
        name: [
            line.replace("2025-09-01", "9/1/2025").replace("2025-10-24", "10/24/2025")
            for line in lines
        ]
        for name, lines in source.items()
    }


def _other_booleans(source: Tables) -> Tables:
    return {
        name: [
            line.replace(",TRUE,", ",1,").replace(",True,", ",yes,").replace(",false", ",0")
            for line in lines
        ]
        for name, lines in source.items()
    }


def _old_headers(source: Tables) -> Tables:
    classes = source["classes"]
    classes = [classes[0].replace("termSourcedIds", "termSourcedId"), *classes[1:]]
    works = source["lineItems"]
    works = [works[0].replace("academicSessionSourcedId", "gradingPeriodSourcedId"), *works[1:]]
    people = source["demographics"]
    people = [people[0].replace("sourcedId", "userSourcedId"), *people[1:]]
    return {**source, "classes": classes, "lineItems": works, "demographics": people}


def _ending_year_in_words(source: Tables) -> Tables:
    head, *rows = source["academicSessions"]
    return {**source, "academicSessions": [head, *(row[:-4] + "2025-2026" for row in rows)]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "cp866"])
@pytest.mark.parametrize("dress", [_plain, _upper, _slashes])
def test_the_encoding_does_not_matter(tmp_path: Path, encoding: str, dress: Any) -> None:
    expected, _ = read(written(tmp_path / "x", tables()))
    rows, findings = read(written(tmp_path / "x", dress(tables()), encoding=encoding))
    assert told(rows) == told(expected)
    assert ("IM-13" in {item.code for item in findings}) == (encoding[:2] == "cp")


@pytest.mark.parametrize(
    ("dress", "codes"),
    [
        (_extra, {"OR-13"}),
        (_no_manifest, set()),
        (_with_times, set()),
        (_slashes, {"OR-10"}),
        (_other_booleans, set()),
        (_old_headers, set()),
        (_ending_year_in_words, set()),
    ],
)
def test_the_same_export_in_other_clothes_says_the_same(
    tmp_path: Path, dress: Any, codes: set[str]
) -> None:
    expected, usual = read(written(tmp_path / "x", tables()))
    rows, findings = read(written(tmp_path / "y", dress(tables())))
    assert told(rows) == told(expected)
    assert {item.code for item in findings} == {item.code for item in usual} | codes


def test_the_order_of_columns_and_quotes_around_everything_do_not_matter(tmp_path: Path) -> None:
    expected, _ = read(written(tmp_path / "x", tables()))
    rows, _ = read(written(tmp_path / "x", _shuffled(tables())))
    assert told(rows) == told(expected)


@pytest.mark.parametrize("inside", ["", "Export/OneRoster/", "OneRoster\\"])
def test_a_zip_of_any_make_is_read(tmp_path: Path, inside: str) -> None:
    expected, _ = read(written(tmp_path / "x", tables()))
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, lines in tables().items():
            archive.writestr(f"{inside}{name}.csv", "\n".join(lines))
            archive.writestr(f"__MACOSX/{inside}._{name}.csv", b"\0\1\2")
        archive.writestr(f"{inside}.DS_Store", b"\0")
    rows, findings = read(path)
    assert told(rows) == told(expected)
    assert "OR-12" not in {item.code for item in findings}


def test_a_value_of_several_lines_is_one_value(tmp_path: Path) -> None:
    source = tables()
    source["users"] = [line.replace("Пётр,", '"Пётр\r\n ""Лев""",') for line in source["users"]]
    rows, _ = read(written(tmp_path / "x", source))
    assert rows[Student][0].first == 'Пётр "Лев"'
    assert [row.cell for row in rows[Student]] == ["2", "4"]


# What is missing


def test_a_delta_of_any_table_is_refused_by_name(tmp_path: Path) -> None:
    source = tables()
    source["manifest"].append("file.enrollments,Delta")
    with pytest.raises(InputFault, match=r"enrollments.*delta") as caught:
        read(written(tmp_path / "x", source))
    assert "manifest.csv, строка 4" in caught.value.where


def test_a_table_the_manifest_promises_and_nobody_sent_is_told(tmp_path: Path) -> None:
    source = tables()
    source["manifest"] += ["file.results,bulk", "file.categories,absent", "file.resources,bulk"]
    del source["results"]
    rows, findings = read(written(tmp_path / "x", source))
    assert rows[Mark] == []
    assert [item.params["table"] for item in findings if item.code == "OR-14"] == ["results"]


def test_final_marks_of_an_unknown_period_are_not_lost_in_silence(tmp_path: Path) -> None:
    source = tables()
    del source["academicSessions"]
    rows, findings = read(written(tmp_path / "x", source))
    assert rows[FinalMark] == []
    assert [item.params["count"] for item in findings if item.code == "OR-15"] == ["1"]


def test_without_courses_the_groups_name_their_subjects(journal: Journal, tmp_path: Path) -> None:
    source = tables()
    del source["courses"]
    path = written(tmp_path / "x", source)
    rows, _ = read(path)
    assert [(row.subject_id, row.name) for row in rows[Subject]] == [
        ("c7", "Алгебра"),
        ("c10", "Французский (подгруппа 2)"),
    ]
    bring(journal, path)
    assert list(journal.strays()) == []


def test_a_work_without_a_date_is_named_with_its_column(tmp_path: Path) -> None:
    source = tables()
    del source["categories"]
    _, findings = read(written(tmp_path / "x", source))
    (refused,) = [item for item in findings if item.code == "IM-04"]
    assert refused.where.endswith("lineItems.csv, строка 5, столбец «dueDate»")


def test_what_belongs_to_deleted_classes_and_works_is_skipped_and_counted(
    journal: Journal, tmp_path: Path
) -> None:
    source = tables()
    source["classes"][2] = source["classes"][2].replace("g1,active", "g1,tobedeleted")
    source["lineItems"][3] = source["lineItems"][3].replace("l3,active", "l3,tobedeleted")
    path = written(tmp_path / "x", source)
    rows, findings = read(path)
    assert (rows[Mark], rows[Lesson], rows[FinalMark]) == ([], [], [])
    assert [(row.group_id, row.student_id) for row in rows[GroupMember]] == [("g2", "u1")]
    assert len(rows[Enrollment]) == 2
    counts = [item.params["count"] for item in findings if item.code == "OR-16"]
    assert counts == ["4", "3"]
    bring(journal, path)
    assert list(journal.strays()) == []


def test_groups_without_classes_are_read_and_told(journal: Journal, tmp_path: Path) -> None:
    source = tables()
    del source["classes"][1]
    source["enrollments"] = [line for line in source["enrollments"] if ",h1," not in line]
    report = bring(journal, written(tmp_path / "x", source))
    assert "OR-06" in {note.code for note in report.notes}
    assert len(journal.select(Mark)) == 5
    assert journal.select(ClassUnit) == []


def test_a_class_alone_is_read(journal: Journal, tmp_path: Path) -> None:
    source = tables()
    for name in ("lineItems", "results", "categories", "courses"):
        del source[name]
    source["classes"] = source["classes"][:2]
    source["enrollments"] = [line for line in source["enrollments"] if ",g" not in line]
    bring(journal, written(tmp_path / "x", source))
    assert [row.class_id for row in journal.select(ClassUnit)] == ["7А"]
    assert len(journal.select(Enrollment)) == 2


# Results


@pytest.mark.parametrize(
    ("status", "score", "text", "missing", "raw"),
    [
        ("fully graded", "5", "", "false", "5"),
        ("fully graded", "4.00", "", "", "4"),
        ("fully graded", "4,0", "", "", "4"),
        ("partially graded", "3", "", "", "3"),
        ("fully graded", "5", "отлично", "", "5"),
        ("fully graded", "95", "A", "", "A"),
        ("fully graded", "95", "", "", "95"),
        ("fully graded", "4.5", "5/4", "", "5/4"),
        ("fully graded", "", "н/а", "", "н/а"),
        ("fully graded", "5", "-", "", None),
        ("exempt", "", "", "", "осв"),
        ("Exempt", "0", "", "", "осв"),
        ("not submitted", "", "", "TRUE", "\u2022"),
        ("not submitted", "", "", "false", None),
        ("not submitted", "0", "", "true", None),
        ("submitted", "", "", "", None),
        ("", "", "", "", None),
    ],
)
def test_a_result_becomes_what_stands_in_the_cell(
    tmp_path: Path, status: str, score: str, text: str, missing: str, raw: str | None
) -> None:
    source = tables()
    source["results"] = [
        (
            "lineItemSourcedId,studentSourcedId,sourcedId,scoreStatus,score,textScore,missing,late,"
            "incomplete,inProgress"
        ),
        f'l1,u1,x1,{status},"{score}",{text},{missing},TRUE,,False',
    ]
    rows, _ = read(written(tmp_path / "x", source))
    assert [row.raw for row in rows[Mark]] == ([raw] if raw else [])


# Sessions


def sessions(tmp_path: Path, *lines: str) -> tuple[list[str], list[str], dict[type, list[Any]]]:
    source = tables()
    source["academicSessions"] = [source["academicSessions"][0], *lines]
    rows, findings = read(written(tmp_path / "x", source))
    codes = [item.code for item in findings if item.code == "OR-03"]
    return [row.code for row in rows[Period]], codes, rows


HALVES = (
    "fa,active,,Fall,semester,2025-09-01,2025-12-30,ay,2026",
    "sp,active,,Spring,semester,2026-01-12,2026-05-26,ay,2026",
)


def test_periods_within_half_years_are_quarters(tmp_path: Path) -> None:
    codes, unknown, rows = sessions(
        tmp_path,
        *HALVES,
        "s3,active,,MP3,gradingPeriod,2026-01-12,2026-03-20,sp,2026",
        "s1,active,,MP1,gradingPeriod,2025-09-01,2025-10-24,fa,2026",
    )
    assert (codes, unknown) == (["H1", "H2", "Q1", "Q3"], [])
    assert rows[ClassUnit][0].scheme is Scheme.QUARTERS
    assert [row.period for row in rows[FinalMark]] == ["Q1"]


def test_two_names_of_one_period_are_one_period(tmp_path: Path) -> None:
    terms = [line.replace(",semester,", ",term,").replace("fa,", "s1,", 1) for line in HALVES]
    codes, unknown, rows = sessions(tmp_path, *HALVES, *terms)
    assert (codes, unknown) == (["H1", "H2"], [])
    assert [row.period for row in rows[FinalMark]] == ["H1"]


def test_a_second_period_of_one_name_and_other_days_is_told(tmp_path: Path) -> None:
    odd = "s9,active,,1 полугодие,term,2025-10-01,2025-12-30,ay,2026"
    codes, unknown, _ = sessions(tmp_path, *HALVES, odd)
    assert (codes, unknown) == (["H1", "H2"], ["OR-03"])


def test_two_short_periods_are_no_half_years(tmp_path: Path) -> None:
    codes, unknown, _ = sessions(
        tmp_path,
        "s1,active,,MP1,gradingPeriod,2025-09-01,2025-10-24,,2026",
        "s2,active,,MP2,gradingPeriod,2025-11-05,2025-12-30,,2026",
    )
    assert (codes, unknown) == ([], ["OR-03", "OR-03"])


def test_an_unreadable_export_is_still_known_by_its_names(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="нулевые байты") as caught:
        read(written(tmp_path / "x", tables(), encoding="utf-16-le"))
    assert ".csv" in caught.value.where


def test_a_table_of_several_megabytes_still_tells_the_order_of_its_dates(tmp_path: Path) -> None:
    source = tables()
    source["enrollments"] += [
        *(f"z{number},tobedeleted,,g2,o1,{'x' * 900},student,,," for number in range(1300)),
        "e10,active,,g2,o1,u2,student,,10/13/2025,",
    ]
    rows, _ = read(written(tmp_path / "x", source))
    assert rows[GroupMember][-1].start == dt.date(2025, 10, 13)


@pytest.mark.parametrize("name", ["oneroster-1.1.zip", "oneroster-1.2.zip"])
def test_the_sample_in_utf_16_and_another_order_says_the_same(tmp_path: Path, name: str) -> None:
    expected, _ = read(DATA / "formats" / name)
    source = {}
    with zipfile.ZipFile(DATA / "formats" / name) as archive:
        for member in archive.namelist():
            source[member.removesuffix(".csv")] = (
                archive.read(member).decode("utf-8-sig").splitlines()
            )
    assert all(
        '"' not in line or line.count('"') % 2 == 0 for lines in source.values() for line in lines
    )
    rows, _ = read(written(tmp_path / "x", _shuffled(source), encoding="utf-16"))
    assert told(rows) == told(expected)
