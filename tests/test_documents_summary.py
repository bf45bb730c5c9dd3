"""The class's summary sheet of a year: what stands on it, and that it is a case of its own."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from copies import (
    Volume,
    blanks,
    class_journal,
    code,
    copy_context,
    faces,
    group,
    lessons,
    pupil,
    staying,
)
from journal_samples import MOMENT, bring, folder, tables

from archive.validation import read_bag_info
from docgen.binding.plan import Printing, plan_volumes
from docgen.binding.writer import volume_bytes
from docgen.core.progress import Silent
from docgen.documents.class_summary import class_year, decision_lines
from docgen.documents.class_summary_sheets import SummaryLayout, summary_sections
from docgen.journal.codes import Grading, PeriodKind, Scheme
from docgen.journal.model import (
    Attendance,
    ClassJournal,
    Decision,
    FinalMark,
    Group,
    Period,
    Pupil,
)
from docgen.journal.store import Journal
from docgen.pipeline.bind import BoundVolume, bind_period, bound_volumes
from docgen.pipeline.bundle import bundle_cases
from docgen.pipeline.initialise import initialise
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.sign import open_seal, sign_files
from docgen.pipeline.volume_cards import Series, card_path, read_cards
from docgen.pipeline.workspace import Workspace, open_workspace
from docgen.rendering.sheet import Cross, Grid, Line, Sheet, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

YEAR = Period("2025/2026", "Y", PeriodKind.YEAR, "Год", dt.date(2025, 9, 1), dt.date(2026, 5, 26))
QUARTERS = tuple(
    Period("2025/2026", f"Q{number}", PeriodKind.QUARTER, f"{number} четверть", start, end, "1-9")
    for number, (start, end) in enumerate(
        (
            (dt.date(2025, 9, 1), dt.date(2025, 10, 24)),
            (dt.date(2025, 11, 5), dt.date(2025, 12, 30)),
            (dt.date(2026, 1, 12), dt.date(2026, 3, 27)),
            (dt.date(2026, 4, 6), dt.date(2026, 5, 26)),
        ),
        start=1,
    )
)
HALVES = tuple(
    Period("2025/2026", f"H{number}", PeriodKind.HALF_YEAR, f"{number} полугодие", start, end)
    for number, (start, end) in enumerate(
        (
            (dt.date(2025, 9, 1), dt.date(2025, 12, 30)),
            (dt.date(2026, 1, 12), dt.date(2026, 5, 26)),
        ),
        start=1,
    )
)
LONG = "Основы духовно-нравственной культуры народов России"


def year(
    pupils: Sequence[Pupil] = (),
    groups: Sequence[Group] = (),
    finals: Sequence[FinalMark] = (),
    *,
    grade: int = 7,
    attendance: Sequence[Attendance] = (),
    decisions: Sequence[Decision] = (),
) -> ClassJournal:
    """The journal of a class for the whole year; by default three pupils and algebra."""
    journal = class_journal(
        pupils,
        [(of, lessons(of)) for of in groups or [group()]],
        finals=finals,
        period=YEAR,
        grade=grade,
        attendance=attendance,
    )
    return replace(
        journal,
        periods=(*QUARTERS, *HALVES, YEAR),
        decisions={row.student_id: row for row in decisions},
    )


def sheets(journal: ClassJournal, layout: SummaryLayout = SummaryLayout.BANDS) -> list[Sheet]:
    (section,) = summary_sections(journal, copy_context(journal), layout)
    return list(section.sheets)


def grid(sheet: Sheet, slot: str) -> tuple[tuple[str, ...], ...]:
    return next(item.rows for item in sheet.entries if isinstance(item, Grid) and item.slot == slot)


def line(sheet: Sheet, slot: str) -> str:
    return next(item.text for item in sheet.entries if isinstance(item, Line) and item.slot == slot)


def marks_of(*values: str, student: str = "S01", subject: str = "Алгебра") -> list[FinalMark]:
    """Marks of the four quarters and the year."""
    codes = ("Q1", "Q2", "Q3", "Q4", "Y", "EXAM", "FINAL")
    return [FinalMark(student, subject, *pair) for pair in zip(codes, values, strict=False)]


def bound(journal: ClassJournal, layout: SummaryLayout) -> Volume:
    copy = copy_context(journal)
    (plan,) = plan_volumes(
        summary_sections(journal, copy, layout), copy, blanks(), faces(), Printing(), code
    )
    return Volume(plan, volume_bytes(plan, faces(), mirror_shift=42.52))


def test_a_band_holds_every_quarter_and_the_year() -> None:
    (sheet,) = sheets(year(finals=marks_of("4", "5", "н/а", "4", "4")))
    assert [row[0] for row in grid(sheet, "terms")[:5]] == [
        "I четверть", "II четверть", "III четверть", "IV четверть", "Годовая",
    ]  # fmt: skip
    assert grid(sheet, "marks")[:5] == (("4",), ("5",), ("н/а",), ("4",), ("4",))
    assert grid(sheet, "order") == (("1",), ("2",), ("3",))


def test_exam_and_final_rows_stand_where_anybody_has_such_a_mark() -> None:
    terms = class_year(year(finals=marks_of("4", "5", "4", "4", "4", "3", "4"))).terms
    assert [term.head for term in terms[4:]] == ["Годовая", "Экзаменационная", "Итоговая"]


def test_a_class_with_half_years_has_no_quarters() -> None:
    journal = year(grade=10)
    halved = replace(journal, unit=replace(journal.unit, scheme=Scheme.HALF_YEARS))
    heads = [term.head for term in class_year(halved).terms]
    assert heads == ["1 полугодие", "2 полугодие", "Годовая"]


def test_misses_are_counted_in_the_period_they_fell_in_and_in_the_year() -> None:
    day = dt.date(2025, 9, 1)
    algebra = group()
    (sheet,) = sheets(year(attendance=[Attendance(algebra.group_id, day, 2, "S01", "Б")]))
    assert grid(sheet, "missed")[:5] == (("1", "1", "1", "1"), *(("",) * 4,) * 3, ("1",) * 4)


def test_who_left_is_told_once_and_crossed_after_that() -> None:
    gone = staying(pupil(1), (dt.date(2025, 9, 1), dt.date(2025, 12, 1), "№ 8-у от 01.12.2025"))
    (sheet,) = sheets(year([gone], finals=marks_of("4")))
    assert grid(sheet, "marks")[0] == ("4",)
    note = "выбыл, пр.\u00a0№\u00a08-у от 01.12.2025"
    assert [item for item in sheet.entries if isinstance(item, Span)] == [
        Span("marks", 1, 0, 0, note)
    ]
    assert [item.row for item in sheet.entries if isinstance(item, Cross)] == [2, 3, 4]


def test_quarters_before_an_arrival_are_crossed_unless_a_mark_was_brought_along() -> None:
    came = staying(pupil(1), (dt.date(2026, 1, 20), None, ""))
    (sheet,) = sheets(year([came], finals=marks_of("", "5", "4", "4", "4")[1:]))
    assert [item.row for item in sheet.entries if isinstance(item, Cross)] == [0]
    assert grid(sheet, "marks")[1] == ("5",)


def test_a_subject_without_marks_has_dashes_and_its_year() -> None:
    free = group("Разговоры о важном", order=2)
    free = replace(free, subject=replace(free.subject, grading=Grading.NONE))
    told = FinalMark("S01", "Разговоры о важном", "Y", "усв")
    (sheet,) = sheets(year(groups=[group(), free], finals=[told]))
    assert grid(sheet, "marks")[:5] == (*(("", "–"),) * 4, ("", "усв"))


def test_the_first_grade_has_mastered_the_programme_only_when_every_subject_says_so() -> None:
    groups = [group(), group("Музыка", order=2)]
    girl = replace(pupil(1), student=replace(pupil(1).student, gender="ж"))
    mastered = [FinalMark("S01", name, "Y", "усвоил") for name in ("Алгебра", "Музыка")]
    half = [FinalMark("S02", "Алгебра", "Y", "усв"), FinalMark("S02", "Музыка", "Y", "н/усв")]
    (sheet,) = sheets(year([girl, pupil(2)], groups, [*mastered, *half], grade=1))
    spans = [item for item in sheet.entries if isinstance(item, Span)]
    assert spans == [Span("marks", 4, 0, 1, "программу усвоила")]
    assert grid(sheet, "marks")[9] == ("усв", "н/усв")
    assert "безотметочное" in line(sheet, "legend")


@pytest.mark.parametrize(
    ("decision", "female", "lines"),
    [
        (None, False, ()),
        (Decision("S01", "переведён", target_class="8А"), True, ("переведена в 8 «А» класс",)),
        (
            Decision("S01", "переведён условно", "№ 8", dt.date(2026, 5, 28), target_class="8А"),
            False,
            ("переведён условно в 8 «А» класс", "протокол от 28.05.2026 № 8"),
        ),
        (
            Decision("S01", "выпущен", "9", None, "58-у", dt.date(2026, 6, 25)),
            False,
            ("выпущен", "протокол № 9", "приказ от 25.06.2026 № 58-у"),
        ),
        (
            Decision("S01", "оставлен на повторное обучение"),
            True,
            ("оставлена на повторное обучение",),
        ),
    ],
)
def test_the_decision_names_what_is_known(
    decision: Decision | None, female: bool, lines: tuple[str, ...]
) -> None:
    told = decision_lines(decision, female=female)
    assert tuple(text.replace("\u00a0", " ") for text in told) == lines


def big_class() -> ClassJournal:
    pupils = [pupil(number) for number in range(1, 46)]
    pupils[1] = pupil(2, "Константинопольская-Заблоцкая", "Александра-Виктория", "Серафимовна")
    groups = [
        group(LONG if number == 3 else f"Предмет {number}", order=number) for number in range(20)
    ]
    finals = [
        mark
        for who in pupils
        for of in groups
        for mark in marks_of(*"4354555", student=who.student_id, subject=of.subject.name)
    ]
    decisions = [
        Decision(who.student_id, "переведён", "8", dt.date(2026, 5, 28), "56-у", target_class="8А")
        for who in pupils
    ]
    return year(pupils, groups, finals, decisions=decisions)


@pytest.mark.parametrize("layout", SummaryLayout)
def test_45_pupils_and_20_subjects_lose_neither_name_nor_mark(layout: SummaryLayout) -> None:
    volume = bound(big_class(), layout)
    text = " ".join(volume.pages_of("Сводная ведомость учёта успеваемости"))
    sheets_with_lists = text.count("№ п/п")
    assert sheets_with_lists == {SummaryLayout.BANDS: 12, SummaryLayout.FLAT: 10}[layout]
    for number in (1, 3, 45):
        assert f"Берёзов{number:02}" in text
    for part in ("Константинопольская-", "Заблоцкая", "Александра-", "Серафимовна"):
        assert part in text
    assert text.count("М.П.") == sheets_with_lists
    assert "Берёзова А.И." in text


@pytest.mark.parametrize("layout", SummaryLayout)
def test_both_layouts_show_the_same_marks(layout: SummaryLayout) -> None:
    journal = big_class()
    shown = [
        mark
        for sheet in sheets(journal, layout)
        if grid(sheet, "subjects")[0][0] != "I четверть"
        for row in grid(sheet, "marks")
        for mark in row
    ]
    assert len(shown) == 45 * 20 * 7
    assert sorted(shown) == sorted(mark.raw for mark in journal.finals.values())


def test_a_class_of_one_takes_one_sheet() -> None:
    assert len(sheets(year([pupil(1)]))) == 1
    assert len(sheets(year([pupil(1)]), SummaryLayout.FLAT)) == 2


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The tiny school with its year imported."""
    place = tmp_path_factory.mktemp("summary") / "school"
    initialise(place, MOMENT)
    with Journal.open(place / "journal.sqlite") as journal:
        bring(journal, folder(place.parent / "package", tables()))
    return open_workspace(place)


def bind_year(workspace: Workspace) -> tuple[BoundVolume, ...]:
    with workspace.open_journal() as journal:
        period = chosen_period(journal, "Y")
        units = chosen_classes(journal, period, ())[:1]
    return bind_period(workspace, period, units, Silent())


def test_the_year_binds_the_summary_beside_the_journal_and_finds_it_again(
    school: Workspace,
) -> None:
    journal, summary = bind_year(school)
    assert (journal.card.series, summary.card.series) == (Series.JOURNAL, Series.SUMMARY)
    assert summary.path.name == journal.path.name.replace("_v1", "_summary_v1")
    assert summary.card.identity != journal.card.identity
    assert [volume.made for volume in bind_year(school)] == [False, False]
    folder = school.volumes("2025/2026", "Y")
    assert len(bound_volumes(folder, [journal.card.class_id])) == 2


def test_a_card_of_an_earlier_version_is_one_of_the_journal(school: Workspace) -> None:
    journal, _summary = bind_year(school)
    row = json.loads(card_path(journal.path).read_bytes())
    del row["series"]
    card_path(journal.path).write_text(json.dumps(row), encoding="utf-8")
    (card,) = read_cards(journal.path.parent, journal.card.class_id)
    assert card.series is Series.JOURNAL


def test_another_layout_makes_the_summary_anew_and_leaves_the_journal(school: Workspace) -> None:
    bind_year(school)
    profile = school.profile
    flat = replace(
        school,
        profile=profile.model_copy(
            update={"print": profile.print.model_copy(update={"summary_layout": "flat"})}
        ),
    )
    assert [volume.made for volume in bind_year(flat)] == [False, True]


def test_a_quarter_has_no_summary_of_the_year(school: Workspace) -> None:
    with school.open_journal() as journal:
        period = chosen_period(journal, "Q1")
        units = chosen_classes(journal, period, ())[:1]
    volumes = bind_period(school, period, units, Silent())
    assert {volume.card.series for volume in volumes} == {Series.JOURNAL}


def test_the_summary_is_a_case_of_its_own_with_its_own_term(school: Workspace) -> None:
    volumes = bind_year(school)
    seal = open_seal(school, MOMENT)
    sign_files([volume.path for volume in volumes], seal, Silent())
    with school.open_journal() as journal:
        period = chosen_period(journal, "Y")
        units = chosen_classes(journal, period, ())[:1]
    journal_case, summary_case = bundle_cases(school, period, units, volumes, seal, Silent())
    names = [case.bag.path.name for case in (journal_case, summary_case)]
    assert [name.split("_")[1] for name in names] == ["02-15", "02-16"]
    assert [name.rsplit("_", 1)[1] for name in names] == ["t5", "t25"]
    delo = json.loads((summary_case.bag.path / "metadata" / "delo.json").read_bytes())
    assert delo["index"] == "02-16"
    assert delo["title"].startswith("Сводная ведомость учёта успеваемости")
    assert [row["file"] for row in delo["volumes"]] == [volumes[1].path.name]
    ends = [
        int(read_bag_info(case.bag.path)["Retention-Until"][:4])
        for case in (journal_case, summary_case)
    ]
    assert ends[1] - ends[0] == 20
    source = summary_case.bag.path / "data" / "source"
    names = {"students", "final_marks", "decisions", "results"}
    assert {path.stem for path in source.iterdir()} == names
