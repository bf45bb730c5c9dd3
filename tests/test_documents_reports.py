"""Reports on progress, attendance and filling in: right figures, on paper, in Word, in Excel."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
import openpyxl
import pytest
from journal_samples import MOMENT
from pdfa import breaches

from docgen.core.errors import UsageFault
from docgen.core.progress import Silent
from docgen.documents.kinds import Ask, Document, Format, kinds
from docgen.journal.model import ClassUnit, Enrollment, FinalMark, Student
from docgen.journal.statistics import class_results
from docgen.journal.store import Journal
from docgen.pipeline.house import house
from docgen.pipeline.imports import import_paths
from docgen.pipeline.initialise import initialise
from docgen.pipeline.print_documents import Wish, chosen_kind, print_documents
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parent / "data" / "defects-q1.zip"
DAY = dt.date(2025, 10, 24)
BY_CLASS = ("report-final", "report-class-teacher", "report-preliminary", "report-accumulation")
BY_SCHOOL = (
    "report-deputy", "report-filling", "report-council", "report-public", "register-substitutions",
)  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = tmp_path_factory.mktemp("reports") / "school"
    initialise(place, MOMENT)
    made = open_workspace(place)
    import_paths(made, [PACKAGE], source_name=None, now=MOMENT, progress=Silent())
    return made


@pytest.fixture
def journal(workspace: Workspace) -> Iterator[Journal]:
    with workspace.open_journal() as opened:
        yield opened


def asked(
    workspace: Workspace,
    journal: Journal,
    *classes: str,
    period: str = "Q1",
    day: dt.date = DAY,
    **settings: Any,
) -> Ask:
    told = house(workspace.profile, journal, day)
    reports = {**told.details["reports"], **settings}
    found = chosen_period(journal, period)
    return Ask(
        journal=journal,
        house=replace(told, details={**told.details, "reports": reports}),
        units=chosen_classes(journal, found, classes),
        period=found,
    )


def made(kind: str, ask: Ask) -> list[Document]:
    found = list(kinds()[kind].make(ask))
    assert all(isinstance(item, Document) for item in found)
    return [item for item in found if isinstance(item, Document)]


def report(kind: str, ask: Ask) -> Any:
    (document,) = made(kind, ask)
    return document.context


def figure(figures: Any, name: str) -> tuple[str, str]:
    return next((row.now, row.before) for row in figures if row.name == name)


def pdf_text(path: Path) -> str:
    told = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    return re.sub(r"[ \u00a0\n]+", " ", told.stdout.decode())


@pytest.mark.parametrize("kind", [*BY_CLASS, *BY_SCHOOL])
def test_every_report_comes_as_archival_pdf_and_word_and_excel_twice_the_same(
    tmp_path: Path, workspace: Workspace, kind: str
) -> None:
    place = open_workspace(shutil.copytree(workspace.folder, tmp_path / "school"))
    found = chosen_kind(kind)
    wish = Wish(("9А",) if kind in BY_CLASS else (), "Q1")
    printed = print_documents(place, found, wish, now=MOMENT, progress=Silent())
    files = {path.suffix[1:]: path for path in printed.files}
    assert set(files) == {str(item) for item in found.formats}
    assert breaches(files["pdf"]) == []
    first = {name: files[name].read_bytes() for name in files if name != "pdf"}
    print_documents(place, found, wish, now=MOMENT, progress=Silent())
    assert {name: files[name].read_bytes() for name in first} == first
    paper, word = pdf_text(files["pdf"]), docx.Document(io.BytesIO(first["docx"]))
    title = next(item.text for item in word.paragraphs if item.style.name == "Heading 1")
    assert re.sub(r"\s+", " ", title) in paper
    if Format.XLSX in found.formats:
        book = openpyxl.load_workbook(io.BytesIO(first["xlsx"]))
        assert all(page.max_row > 1 for page in book.worksheets[:1])


def test_the_final_report_tells_both_levels_and_names_them(
    workspace: Workspace, journal: Journal
) -> None:
    found = report("report-final", asked(workspace, journal, "9А"))
    results = class_results(journal.class_journal("9А", "Q1"))
    now, _before = figure(found.figures, "Качество знаний (по учащимся)")
    assert now == f"{results.counts().quality:.1f}\u00a0%".replace(".", ",")
    now, _before = figure(found.figures, "Качество знаний (по отметкам)")
    assert now == f"{results.marks.quality():.1f}\u00a0%".replace(".", ",")
    whole = found.subjects[-1]
    assert (whole.name, whole.fives) == ("Всего", results.marks[5])
    assert sum(row.fives for row in found.subjects[:-1]) == whole.fives
    assert sum(row.fives for row in found.rows) == whole.fives


def test_every_figure_with_a_note_finds_its_definition(
    workspace: Workspace, journal: Journal
) -> None:
    found = report("report-final", asked(workspace, journal, "9А"))
    rows = (*found.pupils, *found.figures, *found.missed)
    noted = {int(row.note) for row in rows if row.note}
    assert noted == set(range(1, len(found.notes) + 1))
    mastery = next(row for row in found.figures if row.name.startswith("СОУ"))
    assert "«2»\u00a0– 16" in found.notes[int(mastery.note) - 1]


def test_a_school_counts_as_its_settings_say_and_the_note_tells_it(
    workspace: Workspace, journal: Journal
) -> None:
    ask = asked(workspace, journal, "9А", sou_2=14, not_attested_counts=True)
    found = report("report-final", ask)
    assert any("«2»\u00a0– 14" in note and "вес «н/а»\u00a0– 7" in note for note in found.notes)


def test_grade_1_has_attendance_and_no_marks(workspace: Workspace, journal: Journal) -> None:
    for kind in ("report-final", "report-class-teacher", "report-preliminary"):
        found = report(kind, asked(workspace, journal, "1А"))
        assert not found.marked
        assert not found.lists
        assert figure(found.missed, "Посещаемость")[0].endswith("%")
    assert report("report-accumulation", asked(workspace, journal, "1А")).rows == ()


def test_a_lonely_pupil_in_a_class_makes_a_report(workspace: Workspace, journal: Journal) -> None:
    journal.connection.execute("BEGIN")
    try:
        keep = "SELECT min(student_id) FROM enrollments WHERE class_id = '9А'"
        journal.connection.execute(
            f"DELETE FROM enrollments WHERE class_id = '9А' AND student_id <> ({keep})"  # noqa: S608
        )
        for kind in BY_CLASS:
            found = report(kind, asked(workspace, journal, "9А"))
            assert kind == "report-accumulation" or len(found.rows) == 1
        public = report("report-public", asked(workspace, journal))
        assert next(row for row in public.grades if row.name.startswith("9")).quality == "*"
    finally:
        journal.connection.execute("ROLLBACK")


def test_strange_names_are_printed_as_they_are(tmp_path: Path, workspace: Workspace) -> None:
    place = open_workspace(shutil.copytree(workspace.folder, tmp_path / "school"))
    strange = "О’Нил & «Сын» <младший>"
    with place.open_journal() as opened, opened.transaction():
        opened.connection.execute(
            "UPDATE students SET last = ?, first = 'Я' WHERE student_id = (SELECT min(student_id) "
            "FROM enrollments WHERE class_id = '9А')",
            (strange,),
        )
    kind = chosen_kind("report-class-teacher")
    printed = print_documents(place, kind, Wish(("9А",), "Q1"), now=MOMENT, progress=Silent())
    files = {path.suffix: path for path in printed.files}
    assert strange in pdf_text(files[".pdf"])
    word = docx.Document(str(files[".docx"]))
    assert any(
        strange in cell.text.replace("\u00a0", " ")
        for table in word.tables for row in table.rows for cell in row.cells
    )  # fmt: skip
    book = openpyxl.load_workbook(files[".xlsx"])
    names = [str(cell.value).replace("\u00a0", " ") for cell in book["Учащиеся"]["B"]]
    assert f"{strange} Я" in names


def test_the_school_adds_up_to_its_classes_teachers_and_subjects(
    workspace: Workspace, journal: Journal
) -> None:
    found = report("report-deputy", asked(workspace, journal))
    counted = [int(row.excellent) + int(row.good) for row in found.classes if row.good != "–"]
    excellent, good = (
        figure(found.figures, name)[0] for name in ("Все отметки «5»", "На «4» и «5»")
    )
    assert sum(counted) == int(excellent) + int(good)
    assert found.subjects[-1].fives == sum(row.fives for row in found.subjects[:-1])
    assert found.subjects[-1].fives == sum(row.fives for row in found.teachers)


def test_a_quarter_is_compared_with_the_same_classes_in_the_quarter_before(
    workspace: Workspace, journal: Journal
) -> None:
    students = journal.select(Enrollment, "class_id = '5А'")
    journal.connection.execute("BEGIN")
    try:
        for stay in students[:10]:
            row = FinalMark(stay.student_id, "РУС", "Q2", "5")
            journal.connection.execute(
                "INSERT INTO final_marks (student_id, subject_id, period, raw, set_at, motive, "
                "source, cell) VALUES (?, ?, ?, ?, '', '', 0, '')",
                (row.student_id, row.subject_id, row.period, row.raw),
            )
        ask = asked(workspace, journal, "5А", period="Q2", day=dt.date(2025, 12, 30))
        found = report("report-final", ask)
        first = report("report-final", asked(workspace, journal, "5А"))
        for name in ("Средний балл (по отметкам)", "Не успевают"):
            assert figure(found.figures, name)[1] == figure(first.figures, name)[0]
        assert figure(found.figures, "Средний балл (по отметкам)")[0] == "5,00"
        assert found.before == "1 четверть"
        assert first.before == ""
    finally:
        journal.connection.execute("ROLLBACK")


def test_the_outlook_of_a_period_names_who_may_fail_and_what_is_disputed(
    workspace: Workspace, journal: Journal
) -> None:
    found = report("report-preliminary", asked(workspace, journal, "5А", day=dt.date(2025, 10, 10)))
    assert (found.due, found.ended) == ("10\u00a0октября 2025\u00a0г.", False)
    cells = [item for row in found.rows for item in row.outlooks]
    for item in cells:
        if item.average:
            average = float(item.average.replace(",", "."))
            assert abs(int(item.mark) - average) <= 0.51
            disputed = abs(average % 1 - 0.5) <= 0.1
            assert ("?" in item.signs) == disputed or abs(abs(average % 1 - 0.5) - 0.1) < 0.006
    failing = sum(any(item.mark in {"2", "н/а"} for item in row.outlooks) for row in found.rows)
    named = [item for item in found.lists if item.title.startswith("Не успевают")]
    assert sum(len(item.lines) for item in named) == failing
    assert failing


def test_reports_of_filling_say_so_when_the_journal_holds_no_moments(
    workspace: Workspace, journal: Journal
) -> None:
    journal.connection.execute("BEGIN")
    try:
        journal.connection.execute("UPDATE lessons SET entered_at = '', homework = ''")
        journal.connection.execute("UPDATE marks SET set_at = ''")
        found = report("report-filling", asked(workspace, journal))
    finally:
        journal.connection.execute("ROLLBACK")
    assert figure(found.figures, "Уроков, внесённых в срок")[0] == "нет данных"
    assert {row.late_lessons for row in found.teachers} == {"не проверялось"}
    assert {row.without_homework for row in found.teachers} == {"нет данных"}
    assert figure(found.figures, "Доля активных пользователей")[0] == "нет данных"


def test_substituted_lessons_stand_in_the_register_once_with_their_order(
    workspace: Workspace, journal: Journal
) -> None:
    found = report("register-substitutions", asked(workspace, journal))
    lessons = {
        (lesson.group_id, lesson.date, lesson.number)
        for unit in journal.classes_of("Q1")
        for given in journal.class_journal(unit.class_id, "Q1").lessons.values()
        for lesson in given
        if lesson.substituted
    }
    assert len(found.rows) == len(lessons) > 0
    without = sum(row.order == "приказа нет" for row in found.rows)
    assert found.total.endswith(f"из них без приказа: {without}.")
    assert all(row.planned != row.taught for row in found.rows)


def test_the_public_report_names_nobody_and_refuses_a_part_of_the_school(
    tmp_path: Path, workspace: Workspace, journal: Journal
) -> None:
    place = open_workspace(shutil.copytree(workspace.folder, tmp_path / "school"))
    kind = chosen_kind("report-public")
    printed = print_documents(place, kind, Wish((), "Q1"), now=MOMENT, progress=Silent())
    text = pdf_text(next(path for path in printed.files if path.suffix == ".pdf"))
    surnames = {person.last for person in journal.select(Student)}
    assert not {word for word in re.findall(r"\w+", text) if word in surnames}
    with pytest.raises(UsageFault, match="по всей школе"):
        made("report-public", asked(workspace, journal, "9А"))


def test_no_public_group_is_smaller_than_the_school_allows(
    workspace: Workspace, journal: Journal
) -> None:
    found = report("report-public", asked(workspace, journal, smallest_group=1000))
    assert {row.quality for row in (*found.grades, *found.subjects)} == {"*"}
    shown = report("report-public", asked(workspace, journal, smallest_group=1))
    assert not shown.hidden


def test_the_year_of_a_school_is_one_report_with_upper_grades(
    workspace: Workspace, journal: Journal
) -> None:
    found = report("report-council", asked(workspace, journal, period="Y"))
    units = journal.select(ClassUnit)
    assert f"в школе {len(units)} класса" in found.opening[0].replace("\u00a0", " ")
    assert figure(found.filling, "Уроков")[0] == str(
        len({(row[0], row[1], row[2]) for row in journal.connection.execute(
            "SELECT group_id, date, number FROM lessons JOIN groups USING (group_id)"
        )})
    )  # fmt: skip
