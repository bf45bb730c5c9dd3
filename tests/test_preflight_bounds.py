"""Where each rule begins to speak, and what it says when the data for it are absent."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from spoilt_journals import cell_of, more_lessons, with_final, with_lesson, with_mark

from docgen.core.findings import Finding, Severity
from docgen.core.progress import Silent
from docgen.journal.codes import DayKind, PeriodKind, Scheme
from docgen.journal.demo import write_demo_package
from docgen.journal.model import Attendance, CalendarDay, FinalMark, Lesson, Mark, WorkKind
from docgen.journal.preflight import (
    CheckNorms,
    check_class,
    check_school,
    deadlines,
    finals,
    lessons,
    rhythm,
    works,
    year,
)
from docgen.journal.sources import import_files
from docgen.journal.store import Journal
from docgen.pipeline.check_norms import norms_of
from docgen.profile import load_profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from docgen.journal.model import ClassJournal

NORMS = CheckNorms()
MONDAY = dt.date(2025, 9, 1)
WHO = "У001"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    folder = tmp_path_factory.mktemp("bounds")
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
def bare(clean: ClassJournal) -> ClassJournal:
    """One subject, one hour a week, one pupil, no lesson yet."""
    group = next(row for row in clean.groups if row.subject.name == "Музыка")
    pupil = next(row for row in clean.pupils if row.covers(MONDAY) and not row.enrollment.end)
    pupil = replace(pupil, student=replace(pupil.student, student_id=WHO))
    return replace(
        clean, pupils=(pupil,), groups=(group,), lessons={}, marks={}, attendance={}, finals={}
    )


def taught(
    journal: ClassJournal, marks: Sequence[str], step: int = 1, kind: str = "", **changes: Any
) -> ClassJournal:
    """Lessons every `step` days with the pupil's marks: "5", "" for none, "Б" for an absence."""
    group = journal.groups[0].group_id
    days = [MONDAY + dt.timedelta(days=step * place) for place in range(len(marks))]
    rows = [
        Lesson(group, day, 1, topic=f"Тема {day}", work_kind=kind, entered_at=day.isoformat())
        for day in days
    ]
    cells = [(cell_of(row, WHO), raw) for row, raw in zip(rows, marks, strict=True)]
    return replace(
        journal,
        lessons={group: tuple(rows)},
        marks={
            cell: tuple(
                Mark(*cell, seq=seq, raw=one, set_at=cell[1].isoformat(), **changes)
                for seq, one in enumerate(raw.split(), start=1)
            )
            for cell, raw in cells
            if raw and raw != "Б"
        },
        attendance={cell: Attendance(*cell, code="Б") for cell, raw in cells if raw == "Б"},
    )


def closed(journal: ClassJournal, raw: str, code: str = "Q1", **changes: Any) -> ClassJournal:
    key = (WHO, journal.groups[0].subject.subject_id, code)
    return replace(journal, finals={**journal.finals, key: FinalMark(*key, raw=raw, **changes)})


def told(outcomes: Iterable[Any]) -> int:
    return sum(isinstance(item, Finding) for item in outcomes)


def reasons(journal: ClassJournal, code: str, norms: CheckNorms = NORMS) -> list[str]:
    return [item.reason for item in check_class(journal, norms).skipped if item.code == code]


# Lessons


@pytest.mark.parametrize(("count", "findings"), [(3, 0), (4, 1)])
def test_three_lessons_of_one_topic_are_usual_four_are_not(
    clean: ClassJournal, count: int, findings: int
) -> None:
    for row in clean.lessons[clean.groups[0].group_id][:count]:
        clean = with_lesson(clean, row, topic="Одно и то же")
    assert told(lessons.repeated_topic(clean, NORMS)) == findings
    assert told(lessons.repeated_topic(clean, CheckNorms(same_topic_lessons=count))) == 0


@pytest.mark.parametrize(("count", "findings"), [(3, 0), (4, 1)])
def test_three_lessons_without_a_mark_are_usual_four_are_not(
    clean: ClassJournal, count: int, findings: int
) -> None:
    journal, _first = more_lessons(clean, clean.groups[0], count)
    assert told(lessons.unmarked_lessons(journal, NORMS)) == findings


@pytest.mark.parametrize(
    ("fact", "plan", "findings"),
    [(40, 42, 0), (40, 43, 1), (42, 40, 0), (43, 40, 1), (19, 20, 0), (18, 19, 1), (8, 8, 0)],
)
def test_two_lessons_off_the_plan_and_a_twentieth_less_are_allowed(
    bare: ClassJournal, fact: int, plan: float, findings: int
) -> None:
    journal = taught(bare, [""] * fact)
    journal = replace(journal, groups=(replace(bare.groups[0], plan={"Q1": plan}),))
    assert told(lessons.lessons_against_plan(journal, NORMS)) == findings


def test_a_calendar_row_for_the_grade_beats_the_row_for_all(bare: ClassJournal) -> None:
    journal = taught(bare, [""])
    holiday = CalendarDay(MONDAY, DayKind.HOLIDAY, "День города")
    working = CalendarDay(MONDAY, DayKind.WORKDAY, grades="5-9")
    (item,) = lessons.on_a_day_off(replace(journal, calendar=(holiday,)), NORMS)
    assert isinstance(item, Finding)
    assert item.message == "Урок стоит в неучебный день: праздник (День города)."
    assert told(lessons.on_a_day_off(replace(journal, calendar=(working, holiday)), NORMS)) == 0
    allowed = CheckNorms(lesson_days_allowed=frozenset({MONDAY}))
    assert told(lessons.on_a_day_off(replace(journal, calendar=(holiday,)), allowed)) == 0


@pytest.mark.parametrize(("six_day", "findings"), [(False, 1), (True, 0)])
def test_saturday_is_a_school_day_of_six_day_classes(
    bare: ClassJournal, six_day: bool, findings: int
) -> None:
    journal = taught(bare, [""] * 6)
    journal = replace(journal, unit=replace(bare.unit, six_day=six_day))
    assert told(lessons.on_a_day_off(journal, NORMS)) == findings


def test_topics_a_system_does_not_give_are_told_of_once_and_block(bare: ClassJournal) -> None:
    journal = taught(bare, [""] * 5)
    for row in journal.lessons[bare.groups[0].group_id]:
        journal = with_lesson(journal, row, topic="")
    (item,) = lessons.missing_topic(journal, NORMS)
    assert item.severity is Severity.BLOCKING
    assert item.message == "Не записана тема ни одного урока (всего уроков: 5)."


# Marks


@pytest.mark.parametrize(("step", "findings"), [(21, 0), (22, 1)])
def test_three_weeks_without_a_mark_are_allowed_a_day_more_is_not(
    bare: ClassJournal, step: int, findings: int
) -> None:
    journal = taught(bare, ["4", "", "", "", "4"])
    rows = journal.lessons[bare.groups[0].group_id]
    end = MONDAY + dt.timedelta(days=step)
    (mark,) = journal.marks.pop(cell_of(rows[-1], WHO))
    last, moved = replace(rows[-1], date=end), replace(mark, date=end)
    journal = replace(
        journal,
        lessons={rows[0].group_id: (*rows[:-1], last)},
        marks={**journal.marks, cell_of(moved, WHO): (moved,)},
    )
    assert told(rhythm.long_gaps(journal, NORMS)) == findings


@pytest.mark.parametrize(
    ("between", "findings"), [(["", ""], 0), (["", "Б", ""], 0), ([""] * 3, 1)]
)
def test_a_gap_needs_lessons_that_were_attended(
    bare: ClassJournal, between: list[str], findings: int
) -> None:
    journal = taught(bare, ["4", *between, "4"], step=12)
    assert told(rhythm.long_gaps(journal, NORMS)) == findings


@pytest.mark.parametrize(("missed", "findings"), [(2, 0), (3, 1)])
def test_a_bad_mark_after_three_missed_lessons_is_told(
    bare: ClassJournal, missed: int, findings: int
) -> None:
    journal = taught(bare, ["4", *["Б"] * missed, "2"])
    assert told(rhythm.bad_mark_on_return(journal, NORMS)) == findings


def test_a_bad_mark_right_after_a_vacation_is_told(bare: ClassJournal) -> None:
    journal = taught(bare, ["4", "2"], step=7)
    assert told(rhythm.bad_mark_on_return(journal, NORMS)) == 0
    rest = CalendarDay(MONDAY + dt.timedelta(days=2), DayKind.VACATION)
    (item,) = rhythm.bad_mark_on_return(replace(journal, calendar=(rest,)), NORMS)
    assert item.message == "Стоит «2» на первом уроке после каникул."


@pytest.mark.parametrize(
    ("marks", "findings"),
    [
        (["2", "", "", "3"], 0),
        (["2", "", "", "", "3"], 1),
        (["2", "", "Б", "", "3"], 0),
        (["2", "", ""], 0),
        (["2 4", "", "", ""], 0),
        (["2", "2", "", "", "5"], 1),
    ],
)
def test_a_bad_mark_is_corrected_within_three_attended_lessons(
    bare: ClassJournal, marks: list[str], findings: int
) -> None:
    assert told(rhythm.bad_mark_not_corrected(taught(bare, marks), NORMS)) == findings


@pytest.mark.parametrize(
    ("kind", "days", "findings"),
    [("КР", 7, 0), ("КР", 8, 1), ("СОЧ", 14, 0), ("СОЧ", 15, 1), ("СР", 30, 0)],
)
def test_control_works_are_marked_within_their_days(
    bare: ClassJournal, kind: str, days: int, findings: int
) -> None:
    journal = taught(bare, ["4"], kind=kind)
    ((mark,),) = journal.marks.values()
    late = (MONDAY + dt.timedelta(days=days)).isoformat()
    journal = with_mark(journal, mark, set_at=late)
    assert told(deadlines.late_control_marks(journal, NORMS)) == findings


def test_a_kind_of_work_without_days_has_those_of_the_school(bare: ClassJournal) -> None:
    journal = taught(bare, ["4"], kind="КДР")
    ((mark,),) = journal.marks.values()
    kinds = {"КДР": WorkKind("КДР", "диагностическая работа", is_control=True)}
    journal = replace(with_mark(journal, mark, set_at="2025-09-06"), work_kinds=kinds)
    assert told(deadlines.late_control_marks(journal, CheckNorms(work_days=5))) == 0
    assert told(deadlines.late_control_marks(journal, CheckNorms(work_days=4))) == 1


@pytest.mark.parametrize(
    ("marks", "wanted", "findings"), [("5 5", 50, 0), ("5 5", 50.1, 1), ("5", 25, 0), ("5", 26, 1)]
)
def test_the_norm_of_marks_a_lesson_goes_by_the_size_of_the_group(
    bare: ClassJournal, marks: str, wanted: float, findings: int
) -> None:
    journal = taught(bare, [marks, marks])
    assert told(rhythm.sparse_marks(journal, CheckNorms(marks_per_lesson=wanted))) == findings


@pytest.mark.parametrize(
    ("marks", "findings"),
    [("5 5 5 5 4", 0), ("5 5 5 5 5 4", 1), ("4 4 4 4 4", 1), ("4 4 4 4", 0), ("5 5 5 5 3 3", 0)],
)
def test_four_fives_of_five_are_allowed_more_are_not(
    bare: ClassJournal, marks: str, findings: int
) -> None:
    assert told(works.all_the_same(taught(bare, [marks]), NORMS)) == findings


# Final marks


@pytest.mark.parametrize(
    ("rows", "findings"),
    [
        (["Б", "4"], 1),
        (["Б", "Б", "4"], 0),
        (["Б"] * 4 + ["4 4 4"], 1),
        (["Б"] * 4 + ["4 4"], 0),
    ],
)
def test_not_attested_needs_over_half_missed_and_too_few_marks(
    bare: ClassJournal, rows: list[str], findings: int
) -> None:
    assert told(finals.not_attested(closed(taught(bare, rows), "н/а"), NORMS)) == findings


@pytest.mark.parametrize(
    ("marks", "threshold", "right"),
    [
        ("4 5", 0.5, "5"),
        ("4 5", 0.6, "4"),
        ("4 4 5 5 5", 0.6, "5"),
        ("4 4 5 5 5", 0.65, "4"),
        ("5/4 4", 0.5, "4"),
    ],
)
def test_the_final_mark_is_the_average_rounded_at_the_threshold(
    bare: ClassJournal, marks: str, threshold: float, right: str
) -> None:
    norms = CheckNorms(rounding_threshold=threshold)
    for raw in ("4", "5"):
        journal = closed(taught(bare, [marks]), raw)
        codes = {item.code for item in finals.final_against_average(journal, norms)}
        assert ("FM-03" not in codes) == (raw == right)


def test_weights_of_marks_or_of_their_kinds_count_when_the_school_says_so(
    bare: ClassJournal,
) -> None:
    journal = taught(bare, ["3", "5"])
    ordinary, heavy = (row[0] for row in journal.marks.values())
    own = closed(with_mark(journal, heavy, weight=3.0), "5")
    kinds = {"КР": WorkKind("КР", "контрольная работа", weight=3.0)}
    of_the_kind = replace(closed(with_mark(journal, heavy, work_kind="КР"), "5"), work_kinds=kinds)
    lighter = closed(with_mark(journal, ordinary, weight=0.2), "5")
    for weighty in (own, of_the_kind, lighter):
        assert told(finals.final_against_average(weighty, CheckNorms(weighted=True))) == 0
        assert told(finals.final_against_average(weighty, NORMS)) == 2


@pytest.mark.parametrize(("marks", "codes"), [("3 4 4", {"FM-03"}), ("4 4", {"FM-03", "FM-04"})])
def test_a_whole_mark_above_the_average_is_far(
    bare: ClassJournal, marks: str, codes: set[str]
) -> None:
    journal = closed(taught(bare, [marks]), "5" if marks == "4 4" else "3")
    assert {item.code for item in finals.final_against_average(journal, NORMS)} == codes


@pytest.mark.parametrize(
    ("marks", "last", "right"),
    [("4455", False, 5), ("4445", False, 4), ("4445", True, 5), ("34", False, 4)],
)
def test_the_year_is_the_mean_half_up_or_the_last_period(
    bare: ClassJournal, marks: str, last: bool, right: int
) -> None:
    annual = next(row for row in bare.periods if row.kind is PeriodKind.YEAR)
    journal = closed(replace(bare, period=annual), "н/а", "Q4")
    for number, raw in enumerate(marks, start=1):
        journal = closed(journal, raw, f"Q{number}")
    norms = CheckNorms(year_by_last_period=last)
    for mark in (3, 4, 5):
        findings = told(year.year_against_periods(closed(journal, str(mark), "Y"), norms))
        assert findings == (mark != right)
    motivated = closed(journal, "2", "Y", motive="пересдача")
    assert told(year.year_against_periods(motivated, norms)) == 0


# Deadlines


@pytest.mark.parametrize(("set_at", "findings"), [("2025-10-27", 0), ("2025-10-28", 1)])
def test_final_marks_are_set_till_the_journal_is_locked(
    clean: ClassJournal, set_at: str, findings: int
) -> None:
    student, subject, _code = next(iter(clean.finals))
    journal = with_final(clean, student, subject, set_at=set_at)
    assert told(deadlines.backdated(journal, NORMS)) == findings
    assert told(deadlines.backdated(journal, CheckNorms(lock_days=4))) == 0


def test_a_work_within_its_days_is_late_all_the_same_after_the_lock(bare: ClassJournal) -> None:
    journal = taught(bare, [""] * 53 + ["4"], kind="КР")
    ((mark,),) = journal.marks.values()
    assert mark.date == bare.period.end
    for day, findings in (("2025-10-27", 0), ("2025-10-28", 1)):
        late = with_mark(journal, mark, set_at=day)
        assert told(deadlines.backdated(late, NORMS)) == findings


# What is not checked


def undated(journal: ClassJournal, count: int) -> ClassJournal:
    table = {
        cell: tuple(replace(mark, set_at="") for mark in row) if place < count else row
        for place, (cell, row) in enumerate(journal.marks.items())
    }
    return replace(journal, marks=table)


def test_marks_without_a_date_of_setting_are_counted(bare: ClassJournal) -> None:
    journal = closed(taught(bare, ["4", "5", "4"], kind="КР"), "4", set_at="2025-10-24")
    for code in ("BD-01", "MK-09"):
        assert reasons(journal, code) == []
        assert reasons(undated(journal, 3), code) == ["нет даты выставления"]
        assert reasons(undated(journal, 1), code) == ["7А: нет даты выставления у 1 отметки из 3"]
        assert reasons(undated(journal, 2), code) == ["7А: нет даты выставления у 2 отметок из 3"]


def test_lessons_and_final_marks_without_dates_are_said_to_be_unchecked(
    bare: ClassJournal,
) -> None:
    journal = closed(taught(bare, ["4", "5"]), "4")
    first = journal.lessons[bare.groups[0].group_id][0]
    assert reasons(with_lesson(journal, first, entered_at=""), "BD-01") == [
        "7А: нет даты внесения уроков",
        "нет даты выставления итоговых отметок",
    ]


def test_unknown_lesson_numbers_tell_nothing_of_the_day(bare: ClassJournal) -> None:
    journal = taught(bare, ["4", "4"])
    first, second = journal.lessons[bare.groups[0].group_id]
    assert reasons(journal, "AT-03") == []
    one = with_lesson(journal, first, number=0)
    assert reasons(one, "AT-03") == ["не у всех уроков указан номер"]
    assert reasons(with_lesson(one, second, number=-1), "AT-03") == ["номера уроков не указаны"]


def test_clashes_of_lessons_without_numbers_are_not_invented(tmp_path: Path) -> None:
    write_demo_package(tmp_path / "package")
    with Journal.open(tmp_path / "journal.sqlite") as journal:
        import_files(
            journal,
            [tmp_path / "package"],
            source_name=None,
            imported_at=dt.datetime(2025, 10, 27, 9, tzinfo=dt.UTC),
            progress=Silent(),
        )
        journal.connection.execute("DELETE FROM lessons WHERE number <> 1")
        journal.connection.execute("UPDATE lessons SET number = 0, teacher_id = 'С02'")
        result = check_school(journal, NORMS)
    assert [(item.code, item.reason) for item in result.skipped] == [
        ("LS-07", "номера уроков не указаны")
    ]
    assert not any(item.code == "LS-07" for item in result.findings)


def test_rules_without_their_data_say_what_is_lacking(clean: ClassJournal) -> None:
    music = next(row for row in clean.groups if row.subject.name == "Музыка")
    groups = tuple(
        replace(
            row,
            members=(),
            plan={} if row == music else row.plan,
            hours_week=None if row == music else row.hours_week,
        )
        for row in clean.groups
    )
    staff = {key: replace(row, start=None, end=None) for key, row in clean.staff.items()}
    poor = replace(clean, groups=groups, calendar=(), orders=(), staff=staff)
    result = check_class(poor, NORMS)
    said = {(item.code, item.reason) for item in result.skipped}
    registry = "в журнале нет реестра приказов"
    assert said >= {
        ("ST-05", "7А, Иностранный язык (английский): нет состава подгрупп"),
        ("MK-08", "7А, Иностранный язык (английский): нет состава подгруппы «1»"),
        ("LS-01", "в журнале нет учебного календаря, видны только воскресенья"),
        ("LS-05", "7А, Музыка: нет плана часов"),
        ("MK-04", "7А, Музыка: не указаны часы в неделю"),
        ("AT-04", f"{registry}: основания для «осв» не видны"),
        ("FM-07", f"{registry}: основания для «осв» не видны"),
        ("DC-03", "у сотрудников не указаны сроки работы"),
        ("DC-04", registry),
    }
    assert {item.code for item in result.findings} <= {"MK-05"}


def test_rules_of_a_quarter_are_silent_of_the_year_and_the_other_way_round(
    bare: ClassJournal,
) -> None:
    annual = next(row for row in bare.periods if row.kind is PeriodKind.YEAR)
    groups = (replace(bare.groups[0], plan={}),)
    journal = closed(closed(taught(bare, ["2", "", "", "", ""]), "5"), "3", "Y")
    journal = replace(journal, groups=groups)
    of_a_part = {item.code for item in check_class(journal, NORMS).findings}
    of_the_year = {
        item.code for item in check_class(replace(journal, period=annual), NORMS).findings
    }
    assert of_a_part >= {"MK-04", "MK-07", "FM-03", "FM-04"}
    assert "FM-05" not in of_a_part
    assert "FM-05" in of_the_year
    assert not of_the_year & {"MK-04", "MK-07", "FM-03", "FM-04"}


# The school's own parameters


def test_every_parameter_reaches_the_rules_from_the_settings(tmp_path: Path) -> None:
    (tmp_path / "school.toml").write_text(
        """
        [check]
        scale_min = 1
        final_threshold = 0.6
        weighted = true
        marks_norm = [[0, 2]]
        half_year_factor = 1.5
        marks_exempt = ["Музыка"]
        homework_exempt = ["Музыка"]
        lock_days = 5
        work_days = 6
        first_marked_grade = 3
        half_year_grades = [9]
        final_mark_grades = [9]
        lesson_days_allowed = [2025-11-01]
        plan_tolerance = 1
        plan_share = 0.9
        same_topic_lessons = 4
        silent_lessons = 5
        gap_weeks = 4
        missed_lessons = 2
        lessons_to_correct = 5
        marks_per_lesson = 2
        fives_share = 0.9
        missed_share = 0.66
        year_by_last_period = true
        [check.exam_subjects]
        9 = ["Физика"]
        [check.severity]
        MK-04 = "warning"
        MK-07 = "off"
        """,
        encoding="utf-8",
    )
    norms = norms_of(load_profile(tmp_path))
    quarters = frozenset({Scheme.QUARTERS, Scheme.TRIMESTERS})
    assert norms == CheckNorms(
        scale=(1, 5),
        first_marked_grade=3,
        schemes=dict.fromkeys(range(1, 12), quarters) | {9: frozenset({Scheme.HALF_YEARS})},
        marks_wanted=((0, 2),),
        period_factors={PeriodKind.HALF_YEAR: 1.5},
        marks_wanted_exempt=frozenset({"Музыка"}),
        rounding_threshold=0.6,
        weighted=True,
        homework_exempt=frozenset({"Музыка"}),
        exam_subjects={9: frozenset({"Физика"})},
        final_mark_grades=frozenset({9}),
        lesson_days_allowed=frozenset({dt.date(2025, 11, 1)}),
        plan_tolerance=1,
        plan_share=0.9,
        same_topic_lessons=4,
        silent_lessons=5,
        gap_weeks=4,
        missed_lessons=2,
        lessons_to_correct=5,
        work_days=6,
        lock_days=5,
        marks_per_lesson=2,
        fives_share=0.9,
        missed_share=0.66,
        year_by_last_period=True,
        severities={"MK-04": Severity.WARNING},
        switched_off=frozenset({"MK-07"}),
    )


def test_the_settings_we_ship_are_the_usual_parameters(tmp_path: Path) -> None:
    assert norms_of(load_profile(tmp_path)) == NORMS
