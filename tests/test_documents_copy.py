"""What stands on the sheets of a paper copy, in easy cases and in hard ones."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from copies import (
    LAST_QUARTER,
    bound,
    class_journal,
    copy_context,
    group,
    lessons,
    pupil,
    staying,
)

from docgen.documents.attendance import absences
from docgen.documents.copy import parts, rows_for
from docgen.documents.period_copy import sections
from docgen.documents.signing_list import VolumeContents, signing_list
from docgen.documents.topics import topics_sheet
from docgen.journal.model import Attendance, ClassJournal, FinalMark, GroupMember, Mark
from docgen.rendering.sheet import Cross, Grid, Line, Sheet, Span


def day(number: int, month: int = 9) -> dt.date:
    return dt.date(2025, month, number)


def sheets(journal: ClassJournal, title: str) -> tuple[Sheet, ...]:
    found = {item.title: item for item in sections(journal, copy_context(journal))}
    return found[title].sheets


def grid(sheet: Sheet, slot: str) -> tuple[tuple[str, ...], ...]:
    return next(item.rows for item in sheet.entries if isinstance(item, Grid) and item.slot == slot)


def line(sheet: Sheet, slot: str) -> str:
    return next(item.text for item in sheet.entries if isinstance(item, Line) and item.slot == slot)


def closed(sheet: Sheet, row: int) -> list[Cross | Span]:
    return [
        item
        for item in sheet.entries
        if isinstance(item, Cross | Span) and item.slot != "months" and item.row == row
    ]


@pytest.mark.parametrize("pupils", [0, 1, 20, 21, 40, 41, 45, 80, 81, 121])
def test_every_part_of_a_list_fits_the_ruling_of_its_class(pupils: int) -> None:
    rows = rows_for(pupils)
    cut = parts(range(pupils), rows)
    assert [number for part in cut for number in part] == list(range(pupils))
    assert max(len(part) for part in cut) <= rows


def test_a_list_of_45_pupils_goes_over_two_sheets_each_signed() -> None:
    journal = class_journal([pupil(number) for number in range(1, 46)])
    first, second, _topics = sheets(journal, "Алгебра")
    assert [row[0] for row in grid(first, "order")] == [str(number) for number in range(1, 24)]
    assert [row[0] for row in grid(second, "order")] == [str(number) for number in range(24, 46)]
    assert grid(second, "names")[-1] == ("Берёзов45 Мир",)
    for sheet in sheets(journal, "Алгебра"):
        assert line(sheet, "signatory") == "Кленова\u00a0О.П."


def test_a_subgroup_longer_than_half_of_a_split_class_loses_nobody() -> None:
    everybody = [pupil(number) for number in range(1, 46)]
    big = group("Музыка", "хор", members=tuple(GroupMember("", f"S{n:02}") for n in range(1, 43)))
    journal = class_journal(everybody, [(big, lessons(big))])
    names = [
        row for sheet in sheets(journal, "Музыка, группа хор")[:-1] for row in grid(sheet, "names")
    ]
    assert len(names) == 42
    for sheet in sheets(journal, "Музыка, группа хор")[:-1]:
        assert len(grid(sheet, "names")) <= dict(sheet.blank.parameters)["rows"]


def test_sixty_lessons_stand_on_three_sheets_and_the_result_on_the_last_alone() -> None:
    algebra = group()
    journal = class_journal([], [(algebra, lessons(algebra, 60))])
    marks = sheets(journal, "Алгебра")[:-1]
    assert [len(grid(sheet, "days")[0]) for sheet in marks] == [20, 20, 20]
    assert [dict(sheet.blank.parameters)["results"] for sheet in marks] == [0, 0, 1]


def test_two_lessons_of_a_day_have_columns_of_their_own() -> None:
    algebra = group()
    rows = lessons(algebra, 2)
    second = replace(rows[0], number=3)
    journal = class_journal(
        [],
        [(algebra, (rows[0], second, rows[1]))],
        marks=[
            Mark(algebra.group_id, day(1), 2, "S01", 1, "5"),
            Mark(algebra.group_id, day(1), 3, "S01", 1, "2"),
        ],
    )
    sheet = sheets(journal, "Алгебра")[0]
    assert grid(sheet, "days") == (("1", "1", "2"),)
    assert grid(sheet, "numbers") == (("2 ур.", "3 ур.", "2 ур."),)
    assert grid(sheet, "marks")[0] == ("5", "2", "")


def test_several_marks_and_a_late_coming_share_a_cell() -> None:
    where = (group().group_id, day(1), 2, "S01")
    journal = class_journal(
        marks=[Mark(*where, 1, "5"), Mark(*where, 2, "4/3")], attendance=[Attendance(*where, "О")]
    )
    assert grid(sheets(journal, "Алгебра")[0], "marks")[0][0] == "5 4/3 О"


def test_cells_before_an_arrival_are_crossed() -> None:
    arrived = staying(pupil(1), (day(4), None, ""))
    sheet = sheets(class_journal([arrived]), "Алгебра")[0]
    assert closed(sheet, 0) == [Cross("marks", 0, 0, 2)]


def test_a_pupil_who_left_early_has_the_order_across_the_cells() -> None:
    left = staying(pupil(1), (day(1), day(3), "№ 8-у от 03.09.2025"))
    algebra = group()
    sheet = sheets(class_journal([left], [(algebra, lessons(algebra, 12))]), "Алгебра")[0]
    note = "выбыл, пр.\u00a0№\u00a08-у от 03.09.2025"
    assert closed(sheet, 0) == [Span("marks", 0, 3, 11, note)]
    assert grid(sheet, "names") == (("Берёзов01 Мир",),)


def test_the_order_stands_behind_the_name_when_too_few_cells_are_left() -> None:
    left = staying(pupil(1), (day(1), day(4), "8-у от 04.09.2025"))
    sheet = sheets(class_journal([left]), "Алгебра")[0]
    assert closed(sheet, 0) == [Cross("marks", 0, 4, 5)]
    assert grid(sheet, "names") == (("Берёзов01 Мир, выбыл, пр.\u00a0№\u00a08-у от 04.09.2025",),)


def test_a_pupil_who_came_back_has_only_the_gap_crossed() -> None:
    back = staying(pupil(1), (day(1), day(2), "№ 8-у от 02.09.2025"), (day(5), None, ""))
    sheet = sheets(class_journal([back]), "Алгебра")[0]
    assert closed(sheet, 0) == [Cross("marks", 0, 2, 3)]
    assert grid(sheet, "names") == (("Берёзов01 Мир",),)


def test_a_return_in_a_later_period_does_not_hide_that_the_pupil_left() -> None:
    back = staying(pupil(1), (day(1), day(2), "№ 8-у от 02.09.2025"), (day(10, 11), None, ""))
    algebra = group()
    sheet = sheets(class_journal([back], [(algebra, lessons(algebra, 12))]), "Алгебра")[0]
    assert closed(sheet, 0) == [Span("marks", 0, 2, 11, "выбыл, пр.\u00a0№\u00a08-у от 02.09.2025")]


def test_a_girl_has_left_in_the_feminine() -> None:
    left = staying(pupil(1), (day(1), day(2), "№ 8-у от 02.09.2025"))
    girl = replace(left, student=replace(left.student, gender="ж"))
    summary = sheets(class_journal([girl]), "Сводная ведомость учёта успеваемости")[0]
    assert closed(summary, 0)[0].text.startswith("выбыла, пр.")


def test_a_mark_on_a_day_of_absence_from_the_class_stays_readable() -> None:
    arrived = staying(pupil(1), (day(4), None, ""))
    stray = Mark(group().group_id, day(2), 2, "S01", 1, "5")
    sheet = sheets(class_journal([arrived], marks=[stray]), "Алгебра")[0]
    assert closed(sheet, 0) == [Cross("marks", 0, 0, 0), Cross("marks", 0, 2, 2)]
    assert grid(sheet, "marks")[0][1] == "5"


def test_a_change_of_subgroup_crosses_the_days_in_the_other_one() -> None:
    first = group("Физика", "1", members=(GroupMember("", "S01", end=day(3)),))
    second = group("Физика", "2", members=(GroupMember("", "S01", start=day(4)),))
    journal = class_journal([], [(first, lessons(first)), (second, lessons(second))])
    assert closed(sheets(journal, "Физика, группа 1")[0], 0) == [Cross("marks", 0, 3, 5)]
    assert closed(sheets(journal, "Физика, группа 2")[0], 0) == [Cross("marks", 0, 0, 2)]
    assert len(grid(sheets(journal, "Физика, группа 1")[0], "names")) == 1


def test_a_group_of_several_classes_lists_the_pupils_of_this_class_only() -> None:
    joint = group(
        "Физика", classes=("7А", "7Б"), members=(GroupMember("", "S02"), GroupMember("", "B77"))
    )
    journal = class_journal([], [(joint, lessons(joint))])
    assert grid(sheets(journal, "Физика")[0], "names") == (("Берёзов02 Мир",),)


def test_a_group_without_lessons_has_no_sheets() -> None:
    empty = group("Музыка")
    algebra = group()
    journal = class_journal([], [(algebra, lessons(algebra)), (empty, ())])
    titles = [item.title for item in sections(journal, copy_context(journal))]
    assert "Алгебра" in titles
    assert "Музыка" not in titles


def test_the_years_end_adds_year_exam_and_final_columns() -> None:
    finals = [
        FinalMark("S01", "Алгебра", code, raw)
        for code, raw in (("Q4", "5"), ("Y", "4"), ("EXAM", "3"), ("FINAL", "4"))
    ]
    journal = class_journal(finals=finals, period=LAST_QUARTER)
    sheet = sheets(journal, "Алгебра")[0]
    assert grid(sheet, "result_heads") == (("4 четверть", "Год", "Экзамен", "Итог"),)
    assert grid(sheet, "results")[0] == ("5", "4", "3", "4")


def test_the_first_quarter_has_its_own_column_only() -> None:
    journal = class_journal(finals=[FinalMark("S01", "Алгебра", "Y", "4")])
    assert grid(sheets(journal, "Алгебра")[0], "result_heads") == (("1 четверть",),)


def test_thirty_subjects_stand_on_two_summary_sheets_with_one_total() -> None:
    many = [group(f"Предмет {number}", order=number) for number in range(30)]
    finals = [FinalMark("S01", of.subject.subject_id, "Q1", "5") for of in many]
    journal = class_journal([], [(of, lessons(of, 1)) for of in many], finals=finals)
    first, second = sheets(journal, "Сводная ведомость учёта успеваемости")
    shown = [*grid(first, "subjects")[0], *grid(second, "subjects")[0]]
    assert shown == [f"Предмет {number}" for number in range(30)]
    assert line(first, "totals") == line(second, "totals")
    assert "«5»\u00a0–\u00a030" in line(first, "totals")


def test_a_first_grade_has_no_marks_and_says_so() -> None:
    summary = sheets(class_journal(grade=1), "Сводная ведомость учёта успеваемости")[0]
    assert line(summary, "totals").startswith("Обучение безотметочное")


def test_a_day_is_missed_when_all_lessons_of_the_pupil_are() -> None:
    algebra, physics = group(), group("Физика")
    journal = class_journal(
        [],
        [(algebra, lessons(algebra, 2)), (physics, lessons(physics, 1))],
        attendance=[
            Attendance(algebra.group_id, day(1), 2, "S01", "Б"),
            Attendance(physics.group_id, day(1), 2, "S01", "Б"),
            Attendance(algebra.group_id, day(2), 2, "S01", "Н"),
            Attendance(algebra.group_id, day(1), 2, "S02", "У"),
        ],
    )
    first, second = absences(journal)["S01"], absences(journal)["S02"]
    assert (first.days(), first.lessons(), second.days(), second.lessons()) == (2, 3, 0, 1)
    daily = sheets(journal, "Сведения о пропущенных уроках")[0]
    assert grid(daily, "missed")[:2] == (("2Б", "1Н"), ("1У", ""))
    assert grid(daily, "sums")[0] == ("3", "2", "", "1")
    summary = sheets(journal, "Сводная ведомость учёта посещаемости")[0]
    assert "55,6" in line(summary, "totals")  # 4 of 9 lessons of three pupils are missed


def test_a_substitution_names_the_teacher_and_the_order() -> None:
    algebra = group()
    given = replace(lessons(algebra, 1)[0], teacher_id="T2", substitution_order="5-к от 01.09.2025")
    journal = class_journal([], [(algebra, (given,))])
    flow = topics_sheet(journal, algebra, copy_context(journal), "Кленова О.П.").flow
    assert flow.rows[0][-1] == "Вагифов\u00a0Э.В.\u00a0оглы, пр.\u00a0№\u00a05-к от 01.09.2025"


def test_the_topics_tell_how_far_the_programme_is_behind() -> None:
    last = sheets(class_journal(), "Алгебра")[-1].flow.last[0]
    assert last.text == "Дано уроков: по плану 24, фактически 6, отставание 18 часов."


NAMES = {
    "80 letters": (
        "Римская-Корсакова-Мусина-Пушкина-Воронцова-Дашкова-Голенищева-Кутузова",
        "Анна",
    ),
    "signs": ("О'Ко\"ннор <и> & Ко", "Ян"),
    "no first name": ("Тянь", ""),
}


@pytest.mark.parametrize(("last", "first"), NAMES.values(), ids=NAMES.keys())
def test_any_name_is_printed_whole_on_every_list(last: str, first: str) -> None:
    (volume,) = bound(class_journal([pupil(1, last, first, "")]))
    for title in ("Алгебра", "Сведения о пропущенных уроках"):
        text = volume.pages_of(title)[0].replace(" ", "")
        assert f"{last}{first}".replace(" ", "") in text


def test_a_patronymic_with_a_particle_is_kept_whole() -> None:
    (volume,) = bound(class_journal([pupil(1, "Алиев", "Вагиф", "Гасан оглы")]))
    summary = volume.pages_of("Сводная ведомость учёта посещаемости")[0]
    assert "Алиев Вагиф Гасан оглы" in summary


def test_the_signing_list_gathers_sheets_by_teacher() -> None:
    (volume,) = bound(class_journal())

    class Row:
        def __init__(self, title: str, teacher: str, first: int, last: int) -> None:
            self.title, self.teacher, self.first, self.last = title, teacher, first, last

    rows = [Row(row.title, row.note, row.first, row.last) for row in volume.plan.rows]
    summaries = frozenset(row.title for row in rows[1:])
    contents = VolumeContents("7А", 1, 1, "Кленова\u00a0О.П.", rows, summaries)
    made = signing_list("Школа", "1 четверть", [contents], {"deputy": "Юдина Ю.И."})
    assert made.teachers[0].lines == ("7А, Алгебра: листы 3–4",)
    assert made.class_teachers[0].lines[0] == "7А, титульный лист: лист 1"
    assert "Юдина Ю.И." in made.steps[0]
