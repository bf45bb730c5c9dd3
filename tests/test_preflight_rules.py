"""Each rule by itself: a clean journal, one thing spoilt, the codes that must come of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from spoilt_journals import without_works

from docgen.core.findings import Severity, catalogue
from docgen.core.progress import Silent
from docgen.journal import references
from docgen.journal.codes import Grading, PeriodKind, Scheme
from docgen.journal.demo import write_demo_package
from docgen.journal.model import Attendance, FinalMark, Mark, RegistryRecord
from docgen.journal.preflight import (
    CODES,
    CheckNorms,
    CheckResult,
    check_class,
    check_school,
    merge,
)
from docgen.journal.preflight.structure import dangling
from docgen.journal.sources import import_files
from docgen.journal.store import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from docgen.journal.model import ClassJournal, Lesson

NORMS = CheckNorms()


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    folder = tmp_path_factory.mktemp("rules")
    write_demo_package(folder / "package")
    with Journal.open(folder / "journal.sqlite") as journal:
        import_files(
            journal,
            [folder / "package"],
            source_name=None,
            imported_at=dt.datetime(2025, 10, 27, 9, tzinfo=dt.UTC),
            progress=Silent(),
        )
        yield journal


@pytest.fixture(scope="module")
def clean(school: Journal) -> ClassJournal:
    return school.class_journal("7А", "Q1")


@pytest.fixture(scope="module")
def first_grade(school: Journal) -> ClassJournal:
    return school.class_journal("1А", "Q1")


def codes(result: CheckResult) -> list[str]:
    return sorted({item.code for item in result.findings})


def reasons(result: CheckResult, code: str) -> list[str]:
    return [item.reason for item in result.skipped if item.code == code]


# Ways to spoil a journal


def pupil(index: int, **changes: Any) -> Callable[[ClassJournal], ClassJournal]:
    def spoil(journal: ClassJournal) -> ClassJournal:
        old = journal.pupils[index]
        new = replace(old, student=replace(old.student, **changes))
        return replace(journal, pupils=(*journal.pupils[:index], new, *journal.pupils[index + 1 :]))

    return spoil


def lesson(subject: str, **changes: Any) -> Callable[[ClassJournal], ClassJournal]:
    """Change the last lesson of a subject that nobody has a mark for and is no control work."""

    def spoil(journal: ClassJournal) -> ClassJournal:
        group = next(item for item in journal.groups if item.subject.subject_id == subject)
        lessons = journal.lessons[group.group_id]
        place = max(n for n, item in enumerate(lessons) if item.work_kind == "")
        changed = (*lessons[:place], replace(lessons[place], **changes), *lessons[place + 1 :])
        return replace(journal, lessons={**journal.lessons, group.group_id: changed})

    return spoil


def a_lesson(journal: ClassJournal, subject: str) -> Lesson:
    group = next(item for item in journal.groups if item.subject.subject_id == subject)
    return journal.lessons[group.group_id][1]


def cell_of(journal: ClassJournal, subject: str, student: str) -> tuple[str, dt.date, int, str]:
    row = a_lesson(journal, subject)
    return (row.group_id, row.date, row.number, student)


def mark(raw: str, subject: str = "РУС", student: str = "", **changes: Any) -> Any:
    """Put one more mark into a cell where the pupil has no absence."""

    def spoil(journal: ClassJournal) -> ClassJournal:
        who = student or steady(journal)
        cell = cell_of(journal, subject, who)
        new = replace(Mark(*cell, seq=9, raw=raw), **changes)
        rest = {key: row for key, row in journal.attendance.items() if key != cell}
        marks = {**journal.marks, cell: (*journal.marks.get(cell, ()), new)}
        return replace(journal, marks=marks, attendance=rest)

    return spoil


def steady(journal: ClassJournal) -> str:
    """A pupil who is in the class for the whole period."""
    return next(
        item.student_id
        for item in journal.pupils
        if item.covers(journal.period.start) and item.covers(journal.period.end)
    )


def absence(code: str, raw: str, reason: str = "причина") -> Any:
    def spoil(journal: ClassJournal) -> ClassJournal:
        cell = cell_of(journal, "РУС", steady(journal))
        row = Attendance(*cell, code=code, reason=reason)
        marks = {key: row for key, row in journal.marks.items() if key != cell}
        if raw:
            marks[cell] = (Mark(*cell, seq=1, raw=raw),)
        return replace(journal, marks=marks, attendance={**journal.attendance, cell: row})

    return spoil


def final(raw: str | None, subject: str = "РУС", motive: str = "", **changes: Any) -> Any:
    """Set the quarter's mark of a steady pupil, or take it away."""

    def spoil(journal: ClassJournal) -> ClassJournal:
        key = (steady(journal), subject, "Q1")
        finals = {**journal.finals}
        if raw is None:
            del finals[key]
        else:
            finals[key] = replace(FinalMark(*key, raw=raw, motive=motive), **changes)
        return replace(journal, finals=finals)

    return spoil


def marks_left(count: int, subject: str = "РУС") -> Any:
    """Keep only so many cells with marks of one pupil in a subject; the average stays whole."""

    def spoil(journal: ClassJournal) -> ClassJournal:
        student = steady(journal)
        mine = [key for key in journal.marks if key[3] == student and f"-{subject}" in key[0]]
        marks = {key: row for key, row in journal.marks.items() if key not in mine}
        for key in mine[:count]:
            marks[key] = (Mark(*key, seq=1, raw="4", set_at=key[1].isoformat()),)
        spoilt = without_works(replace(journal, marks=marks), mine[0][0])
        return final("4", subject)(spoilt)

    return spoil


def subject(subject_id: str, grading: Grading) -> Any:
    def spoil(journal: ClassJournal) -> ClassJournal:
        new = replace(journal.subjects[subject_id], grading=grading)
        groups = tuple(
            replace(item, subject=new) if item.subject.subject_id == subject_id else item
            for item in journal.groups
        )
        return replace(journal, subjects={**journal.subjects, subject_id: new}, groups=groups)

    return spoil


def enrolment(index: int, **changes: Any) -> Any:
    def spoil(journal: ClassJournal) -> ClassJournal:
        old = journal.pupils[index]
        stay = replace(old.enrollment, **changes)
        new = replace(old, enrollment=stay, stays=(stay,))
        return replace(journal, pupils=(*journal.pupils[:index], new, *journal.pupils[index + 1 :]))

    return spoil


def period(code: str, **changes: Any) -> Any:
    def spoil(journal: ClassJournal) -> ClassJournal:
        periods = tuple(
            replace(item, **changes) if item.code == code else item for item in journal.periods
        )
        return replace(journal, periods=periods)

    return spoil


def both(*spoils: Any) -> Any:
    def spoil(journal: ClassJournal) -> ClassJournal:
        for item in spoils:
            journal = item(journal)
        return journal

    return spoil


def twin(journal: ClassJournal) -> ClassJournal:
    same = journal.pupils[0].student
    return pupil(
        1,
        last=same.last.upper(),
        first=same.first,
        middle=same.middle,
        birth_date=same.birth_date,
    )(journal)


def stray(journal: ClassJournal) -> ClassJournal:
    row = replace(next(iter(journal.marks.values()))[0], student_id="нет-такого")
    return replace(journal, strays=(row,))


DAY = dt.date(2025, 9, 3)

SPOILT: list[tuple[str, Any, list[str]]] = [
    ("nothing", lambda journal: journal, []),
    ("a mark of a stranger", stray, ["ST-01"]),
    ("an unknown teacher", lesson("РУС", planned_teacher_id="X", teacher_id="X"), ["ST-01"]),
    ("an unknown substitute", lesson("РУС", teacher_id="X"), ["LS-06", "ST-01"]),
    ("a mark set by nobody we know", mark("4", set_by="X"), ["ST-01"]),
    ("a twin in capitals", twin, ["ST-02"]),
    ("no date of birth", pupil(2, birth_date=None), ["ST-03"]),
    ("no personal file", pupil(2, personal_file_no=""), ["ST-03"]),
    ("no parents", lambda j: replace(j, guardians=dict(list(j.guardians.items())[1:])), ["ST-03"]),
    ("marks before the pupil came", enrolment(3, start=dt.date(2025, 10, 1)), ["ST-04"]),
    ("a number twice", enrolment(3, list_no=1), ["ST-06"]),
    ("overlapping quarters", period("Q3", start=dt.date(2025, 12, 27)), ["PD-01"]),
    ("a quarter that ends before it begins", period("Q4", end=dt.date(2026, 4, 1)), ["PD-01"]),
    ("a quarter after the year", period("Q4", end=dt.date(2026, 6, 30)), ["PD-01"]),
    (
        "half-years in grade 7",
        lambda j: replace(j, unit=replace(j.unit, scheme=Scheme.HALF_YEARS)),
        ["PD-01"],
    ),
    ("an empty topic", lesson("РУС", topic=" \u00a0"), ["LS-02"]),
    ("a dash for a topic", lesson("РУС", topic="---"), ["LS-02"]),
    ("two letters for a topic", lesson("РУС", topic="ур"), ["LS-02"]),
    ("a short topic", lesson("РУС", topic="Имя"), []),
    ("no homework", lesson("АЛГ", homework=""), ["LS-03"]),
    ("homework not set", lesson("АЛГ", homework="не задано"), []),
    ("no homework at a control work", lesson("АЛГ", homework="", work_kind="КР"), ["MK-08"]),
    ("no teacher", lesson("РУС", planned_teacher_id="", teacher_id=""), ["LS-06"]),
    ("a substitution without an order", lesson("РУС", teacher_id="С02"), ["LS-06"]),
    (
        "a substitution by an unknown order",
        lesson("РУС", teacher_id="С02", substitution_order="№ 999-к от 03.09.2025"),
        ["DC-04"],
    ),
    (
        "a substitution by a known order, otherwise written",
        lesson("РУС", teacher_id="С02", substitution_order="71-К от 18.09.2025 г."),
        [],
    ),
    ("a pupil enrolled by an unknown order", enrolment(3, start_order="№ 5"), ["DC-04"]),
    ("a mark beyond the scale", mark("1"), ["MK-01"]),
    ("a mark nobody can read", mark("4б"), ["MK-01"]),
    ("a pair beyond the scale", mark("5/1"), ["MK-01"]),
    ("a final mark nobody can read", final("четыре"), ["MK-01"]),
    ("a mark with a sign", mark("4-", student=""), []),
    ("an empty mark", mark("-"), []),
    ("ill and marked", absence("Б", "5"), ["MK-03"]),
    ("absent and marked by a pair", absence("н", "5/4"), ["MK-03"]),
    ("absent and passed", absence("У", "зач"), ["MK-03"]),
    ("absent and owing a work", absence("У", "."), []),
    ("late and marked", absence("О", "4"), []),
    ("absent with a dash", absence("Н", "-"), []),
    ("an unknown code", absence("Х", ""), ["AT-01"]),
    ("a Latin letter for a code", absence("H", ""), []),
    ("absent for no known reason", absence("Н", "", reason=""), ["AT-02"]),
    ("four marks at four hours", marks_left(4), ["MK-04"]),
    ("five marks at four hours", marks_left(5), []),
    ("two marks at one hour", marks_left(2, "МУЗ"), ["MK-04"]),
    ("three marks at one hour", marks_left(3, "МУЗ"), []),
    ("not attested with few marks, nothing missed", both(marks_left(1), final("н/а")), ["FM-02"]),
    ("no mark of the quarter", final(None), ["FM-01"]),
    ("a dash for a mark of the quarter", final("-"), ["FM-01"]),
    ("not attested with marks enough", final("н/а"), ["FM-02"]),
    ("exempt without an order", final("осв"), ["FM-07"]),
    ("passed where numbers belong", final("зач"), ["FM-07"]),
    ("two marks above the average", final("2"), ["FM-03", "FM-04"]),
    ("two marks above the average, with a motive", final("2", motive="пересдача"), []),
    ("numbers where a pass belongs", subject("МУЗ", Grading.PASS_FAIL), ["FM-07"]),
    ("marks in a subject without marks", subject("МУЗ", Grading.NONE), ["MK-02"]),
]


@pytest.mark.parametrize(
    ("spoil", "expected"), [row[1:] for row in SPOILT], ids=[row[0] for row in SPOILT]
)
def test_one_spoilt_thing_raises_its_codes_and_no_others(
    clean: ClassJournal, spoil: Any, expected: list[str]
) -> None:
    assert codes(check_class(spoil(clean), NORMS)) == expected


def test_the_catalogue_tells_of_every_code_with_its_source() -> None:
    for code in CODES:
        entry = catalogue()[code]
        assert entry.source
        assert entry.title


def test_a_number_in_grade_one_is_refused_and_nothing_is_wanted(first_grade: ClassJournal) -> None:
    assert codes(check_class(first_grade, NORMS)) == []
    assert codes(check_class(mark("5")(first_grade), NORMS)) == ["MK-02"]


def test_a_pair_is_one_mark_of_the_norm(clean: ClassJournal) -> None:
    spoilt = marks_left(4)(clean)
    student = steady(spoilt)
    pairs = {
        key: (replace(row[0], raw="4/4"),) if key[3] == student and "-РУС" in key[0] else row
        for key, row in spoilt.marks.items()
    }
    (item,) = check_class(replace(spoilt, marks=pairs), NORMS).findings
    assert (item.code, item.params["count"], item.params["wanted"]) == ("MK-04", "4", "5")


def test_a_field_nobody_has_is_told_once_and_not_as_findings(clean: ClassJournal) -> None:
    bare = replace(
        clean,
        guardians={},
        pupils=tuple(
            replace(item, student=replace(item.student, personal_file_no=""))
            for item in clean.pupils
        ),
    )
    result = check_class(bare, NORMS)
    assert result.findings == ()
    assert reasons(result, "ST-03") == [
        "в классе 7А ни у кого нет номера личного дела",
        "в классе 7А ни у кого нет законного представителя",
    ]


def test_totals_of_another_system_are_said_to_be_unchecked(clean: ClassJournal) -> None:
    (skipped,) = (item for item in check_class(clean, NORMS).skipped if item.code == "AT-05")
    assert skipped.message == (
        "AT-05: не проверялось: в журнале нет итогов посещаемости из другой системы."
    )


def test_without_a_registry_orders_are_not_checked(clean: ClassJournal) -> None:
    result = check_class(replace(clean, orders=()), NORMS)
    assert reasons(result, "DC-04") == ["в журнале нет реестра приказов"]
    assert "DC-04" not in codes(result)


def test_without_hours_the_norm_of_marks_is_not_checked(clean: ClassJournal) -> None:
    groups = tuple(
        replace(item, hours_week=None) if item.subject.subject_id == "МУЗ" else item
        for item in clean.groups
    )
    result = check_class(marks_left(1, "МУЗ")(replace(clean, groups=groups)), NORMS)
    assert reasons(result, "MK-04") == ["7А, Музыка: не указаны часы в неделю"]
    assert codes(result) == []


def test_an_order_of_exemption_makes_the_word_lawful(clean: ClassJournal) -> None:
    student = steady(clean)
    order = RegistryRecord("orders", "80-у", DAY, "об освобождении от занятий", student)
    spoilt = replace(final("осв")(clean), orders=(*clean.orders, order))
    assert codes(check_class(spoilt, NORMS)) == []


def test_the_school_sets_scale_norms_rounding_and_weights_of_codes(clean: ClassJournal) -> None:
    assert "MK-01" in codes(check_class(mark("1")(clean), NORMS))
    assert "MK-01" not in codes(check_class(mark("1")(clean), CheckNorms(scale=(1, 5))))
    strict = CheckNorms(marks_wanted=((0, 3), (2, 5), (4, 100)))
    assert codes(check_class(clean, strict)) == ["MK-04"]
    exempt = replace(strict, marks_wanted_exempt=frozenset({"Русский язык"}))
    assert codes(check_class(clean, exempt)) == []
    assert codes(check_class(clean, CheckNorms(rounding_threshold=0.95))) == ["FM-03"]
    soft = CheckNorms(severities={"LS-02": Severity.NOTE})
    result = check_class(lesson("РУС", topic="")(clean), soft)
    assert [item.severity for item in result.findings] == [Severity.NOTE]
    assert not result.blocked


def test_a_rule_that_is_switched_off_says_so(clean: ClassJournal) -> None:
    off = CheckNorms(switched_off=frozenset({"FM-03"}))
    result = check_class(final("2")(clean), off)
    assert codes(result) == ["FM-04"]
    assert reasons(result, "FM-03") == ["правило отключено в настройках школы"]


@pytest.mark.parametrize(
    ("average", "threshold", "rounded"),
    [(4.5, 0.5, 5), (4.49, 0.5, 4), (4.6, 0.6, 5), (4.59, 0.6, 4), (4.65, 0.65, 5), (3.0, 0.6, 3)],
)
def test_averages_are_rounded_at_the_threshold(
    average: float, threshold: float, rounded: int
) -> None:
    assert CheckNorms(rounding_threshold=threshold).round_up(average) == rounded


@pytest.mark.parametrize(
    ("hours", "kind", "wanted"),
    [
        (0.5, PeriodKind.QUARTER, 3),
        (1, PeriodKind.QUARTER, 3),
        (1, PeriodKind.HALF_YEAR, 6),
        (2, PeriodKind.QUARTER, 5),
        (5, PeriodKind.HALF_YEAR, 10),
    ],
)
def test_more_hours_and_longer_periods_want_more_marks(
    hours: float, kind: PeriodKind, wanted: int
) -> None:
    assert NORMS.marks_for(hours, kind) == wanted


def test_marks_of_the_year_are_wanted_of_every_subject(school: Journal) -> None:
    year = school.class_journal("1А", "Y")
    year = replace(year, groups=tuple(replace(row, plan={}) for row in year.groups))
    missing = check_class(year, NORMS).findings
    assert {item.code for item in missing} == {"FM-01"}
    assert len(missing) == 8 * len(year.pupils)
    assert missing[0].message == "Нет годовой отметки."
    assert missing[0].remedy == "Выставьте «усв» или «н/усв»."
    done = {
        (item.refs["student"], item.refs["subject"], "Y"): FinalMark(
            item.refs["student"], item.refs["subject"], "Y", "усв"
        )
        for item in missing
    }
    assert codes(check_class(replace(year, finals=done), NORMS)) == []


def test_a_quarter_wants_no_marks_of_a_class_of_half_years(clean: ClassJournal) -> None:
    unit = replace(clean.unit, grade=10, scheme=Scheme.HALF_YEARS)
    assert codes(check_class(replace(final(None)(clean), unit=unit), NORMS)) == []


def test_leaving_grades_want_a_final_mark_and_the_exams_the_school_names(school: Journal) -> None:
    seventh = school.class_journal("7А", "Y")
    ninth = replace(seventh, unit=replace(seventh.unit, grade=9))
    plain = check_class(ninth, NORMS)
    assert reasons(plain, "FM-01") == [
        "экзамены, обязательные для 9 класса, не названы в настройках"
    ]
    named = CheckNorms(exam_subjects={9: frozenset({"РУС", "Алгебра"})})
    more = check_class(ninth, named)
    exams = {item.refs["subject"] for item in more.findings if "экзамен" in item.message}
    assert exams == {"РУС", "АЛГ"}
    assert reasons(more, "FM-01") == []


def test_lessons_outside_every_period_are_the_schools_finding(
    school: Journal, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert check_school(school, NORMS).findings == ()
    folder = tmp_path_factory.mktemp("gap")
    write_demo_package(folder / "package")
    periods = folder / "package" / "periods.csv"
    text = periods.read_text(encoding="utf-8-sig").replace("24.10.2025;1-9", "22.10.2025;1-9")
    periods.write_text(text, encoding="utf-8")
    with Journal.open(folder / "journal.sqlite") as journal:
        import_files(
            journal,
            [folder / "package"],
            source_name=None,
            imported_at=dt.datetime(2025, 10, 27, 9, tzinfo=dt.UTC),
            progress=Silent(),
        )
        result = merge([check_school(journal, NORMS)])
    assert [(item.code, item.where) for item in result.findings] == [
        ("PD-01", "1А / Периоды"),
        ("PD-01", "7А / Периоды"),
    ]
    assert result.findings[0].params["what"] == (
        "9 уроков класса вне учебных периодов, первый 23.10.2025"
    )


def test_every_reference_of_the_journal_has_words() -> None:
    for entity, column, _target, _key in references._REFERENCES:
        row = object.__new__(entity)
        assert "X1" in dangling(row, column, "X1")
    assert "урок" in dangling(object.__new__(Mark), "lesson", "03.09.2025, урок 2")
