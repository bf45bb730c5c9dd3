"""The report of the check, words on warnings, the report of an import (`journal.md` 6, cli.md)."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from journal_samples import MOMENT, bring, folder, replaced, tables
from pdfa import breaches

from docgen.core.errors import InputFault, UsageFault
from docgen.core.findings import Finding, Severity, finding
from docgen.core.progress import Silent
from docgen.documents.handover import accepted_lines
from docgen.journal.preflight import Desk, Task
from docgen.journal.store import Journal
from docgen.pipeline.acknowledgements import accept
from docgen.pipeline.bind import bind_period
from docgen.pipeline.check import PeriodCheck, check_period
from docgen.pipeline.check_report import write_report
from docgen.pipeline.imports import import_paths
from docgen.pipeline.initialise import initialise
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.workspace import Workspace, open_workspace
from docgen.rendering.tables import Chart, Column, Table
from docgen.rendering.workbook import workbook

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(__file__).parent / "data"
DAY = dt.date(2025, 11, 3)
REASON = "учитель болел, уроки вела замена"


def made(place: Path) -> Workspace:
    initialise(place, MOMENT)
    return open_workspace(place)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The school with a defect planted for every rule."""
    workspace = made(tmp_path_factory.mktemp("spoilt") / "school")
    take_in(workspace)
    return workspace


def take_in(workspace: Workspace) -> None:
    import_paths(
        workspace, [DATA / "defects-q1.zip"], source_name=None, now=MOMENT, progress=Silent()
    )


def checked(
    workspace: Workspace, code: str = "Q1", *classes: str, with_print: bool = False
) -> PeriodCheck:
    with workspace.open_journal() as journal:
        period = chosen_period(journal, code)
        units = chosen_classes(journal, period, classes)
    return check_period(workspace, period, units, Silent(), with_print=with_print)


def text_of(pdf: Path) -> list[str]:
    """The pages of a PDF as text."""
    done = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True)
    return done.stdout.decode().split("\f")[:-1]


def docgen(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "cli.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
    )


# Who is to do it


def desk() -> Desk:
    return Desk(
        class_id="7А",
        class_teacher="Классная А.А.",
        subjects={"АНГ": "Английский язык"},
        teachers={"1": "Первая П.П.", "2": "Вторая В.В."},
        groups={"АНГ": ("1", "2")},
        pupils={"1": frozenset({"ёлкин"}), "2": frozenset({"орлова"})},
    )


@pytest.mark.parametrize(
    ("refs", "teacher"),
    [
        ({"subject": "АНГ", "group": "2"}, "Вторая В.В."),
        ({"subject": "АНГ", "student": "ёлкин"}, "Первая П.П."),
        ({"subject": "АНГ", "group": "2", "student": "ёлкин"}, "Вторая В.В."),
        ({"subject": "АНГ"}, "Первая П.П., Вторая В.В."),
        ({"subject": "АНГ", "student": "чужой"}, "Первая П.П., Вторая В.В."),
        ({"student": "ёлкин"}, "Классная А.А."),
        ({}, "Классная А.А."),
    ],
)
def test_a_task_goes_to_the_teacher_of_the_subgroup_it_is_about(
    refs: dict[str, str], teacher: str
) -> None:
    item = finding("LS-02", "7А", refs=refs, what="пусто")
    assert desk().task(item).teacher == teacher


def test_every_finding_of_a_class_has_a_teacher_and_a_class(spoilt: Workspace) -> None:
    tasks = [task for task in checked(spoilt).tasks if task.class_id]
    assert len(tasks) > 50
    assert [task.finding.where for task in tasks if not task.teacher] == []


def test_one_class_is_told_of_that_class_alone(spoilt: Workspace) -> None:
    found = {item.refs.get("class", "") for item in checked(spoilt, "Q1", "5А").findings}
    assert "5А" in found
    assert not found & {"1А", "9А"}


# The report as a file


def test_the_workbook_holds_every_finding_with_its_address(
    spoilt: Workspace, tmp_path: Path
) -> None:
    check = checked(spoilt)
    book = openpyxl.load_workbook(write_report(spoilt, check, "xlsx", DAY, tmp_path / "r.xlsx"))
    rows = list(book["Замечания"].iter_rows(min_row=4, values_only=True))
    assert [row[0] for row in rows] == [item.code for item in check.findings]
    assert [row[8] for row in rows] == [item.message for item in check.findings]
    assert [row[12] or "" for row in rows] == [item.refs.get("cell", "") for item in check.findings]
    assert {type(row[5]) for row in rows} == {dt.datetime, type(None)}
    totals = [sum(row[1:]) for row in book["Сводка"].iter_rows(min_row=4, values_only=True)]
    assert sum(totals) == len(check.findings)
    assert len(book["Сводка"]._charts) == 1
    assert book["Не проверялось"].max_row == 3 + len(check.skipped)


def test_a_cell_is_never_a_formula_and_control_characters_are_left_out() -> None:
    table = Table("Лист", (Column("А"), Column("Б")), [("=1+1", "x\x07y"), ("@SUM(A1)", "+7 900")])
    rows = list(opened(workbook([table])).active.iter_rows(min_row=2))
    assert [[cell.value for cell in row] for row in rows] == [
        ["=1+1", "xy"],
        ["@SUM(A1)", "+7 900"],
    ]
    assert {cell.data_type for row in rows for cell in row} == {"s"}


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_the_same_tables_give_the_same_bytes() -> None:
    columns = (Column("Класс"), Column("всего", shown="0.00"))
    table = Table("Лист", columns, [("7А", 1.5)], chart=Chart("Всего", names=0, values=(1,)))
    assert workbook([table]) == workbook([table])


def test_the_paper_gives_every_class_and_every_teacher_a_sheet(
    spoilt: Workspace, tmp_path: Path
) -> None:
    check = checked(spoilt)
    path = write_report(spoilt, check, "pdf", DAY, tmp_path / "r.pdf")
    pages = text_of(path)
    heads = [next(line.strip() for line in page.splitlines()[1:] if line.strip()) for page in pages]
    assert [name for name in ("1А класс", "5А класс", "9А класс") if name not in heads] == []
    heavy = {task.teacher for task in check.tasks if task.finding.severity is not Severity.NOTE}
    told = " ".join(heads).replace("\u00a0", " ")
    assert [one for one in heavy if one and one.replace("\u00a0", " ") not in told] == []
    assert breaches(path) == []


def test_what_blocks_is_written_out_whole_and_notes_are_counted(
    spoilt: Workspace, tmp_path: Path
) -> None:
    check = checked(spoilt)
    html = write_report(spoilt, check, "html", DAY, tmp_path / "r.html").read_text("utf-8")
    blocking = [item.message for item in check.findings if item.severity is Severity.BLOCKING]
    plain = re.sub(r"&#34;", '"', html)
    assert [message for message in blocking if message not in plain] == []
    assert re.search(r"и ещё \d+: все записаны в книге XLSX", html)
    assert "http" not in html


def test_own_norms_are_named_in_the_report(tmp_path: Path) -> None:
    workspace = made(tmp_path / "school")
    settings = workspace.folder / "school.toml"
    text = settings.read_text("utf-8").replace("gap_weeks = 3 ", "gap_weeks = 5 ")
    settings.write_text(text, "utf-8")
    workspace = open_workspace(workspace.folder)
    take_in(workspace)
    html = write_report(workspace, checked(workspace), "html", DAY, tmp_path / "r.html")
    assert "gap_weeks = 5 (обычно 3)" in html.read_text("utf-8")


def test_without_a_period_the_last_one_with_lessons_is_checked(spoilt: Workspace) -> None:
    with spoilt.open_journal() as journal:
        assert chosen_period(journal).code == "Q1"


# Words on warnings


@pytest.fixture
def workspace(tmp_path: Path, spoilt: Workspace) -> Workspace:
    return open_workspace(shutil.copytree(spoilt.folder, tmp_path / "school"))


def accepted(workspace: Workspace, *codes: str, classes: Sequence[str] = ()) -> int:
    check = checked(workspace, "Q1", *classes)
    return accept(
        workspace, check.period, check.tasks, codes, reason=REASON, who="Заботина М.П.", day=DAY
    )


def test_an_accepted_warning_keeps_its_reason_even_when_the_journal_is_made_anew(
    workspace: Workspace,
) -> None:
    count = accepted(workspace, "LS-07", "AT-02")
    workspace.journal_file.unlink()
    take_in(workspace)
    tasks = [task for task in checked(workspace).tasks if task.accepted]
    assert len(tasks) == count > 5
    assert {task.finding.code for task in tasks} == {"LS-07", "AT-02"}
    assert {task.accepted.reason for task in tasks if task.accepted} == {REASON}
    assert accepted(workspace, "LS-07", "AT-02") == 0


def test_a_new_finding_of_the_same_rule_wants_a_new_word(workspace: Workspace) -> None:
    accepted(workspace, "BD-01", classes=["5А"])
    tasks = [task for task in checked(workspace).tasks if task.finding.code == "BD-01"]
    assert {task.class_id for task in tasks if task.accepted} == {"5А"}
    assert {task.class_id for task in tasks if task.unexplained} == {"9А"}


@pytest.mark.parametrize(
    ("code", "reason", "why"),
    [
        ("FM-01", REASON, "принять это нельзя"),
        ("ZZ-99", REASON, "Правила «ZZ-99» нет"),
        ("MK-07", REASON, "Предупреждений MK-07"),
        ("LS-07", " ", "без причины"),
        ("LS-07", "1.", "без причины"),
    ],
)
def test_what_cannot_be_accepted_is_refused(
    workspace: Workspace, code: str, reason: str, why: str
) -> None:
    check = checked(workspace)
    with pytest.raises(UsageFault, match=why):
        accept(
            workspace, check.period, check.tasks, ["AT-02", code], reason=reason, who="З", day=DAY
        )
    assert not [task for task in checked(workspace).tasks if task.accepted]


@pytest.mark.parametrize("text", ["", "{", '{"version": 2}', '{"accepted": [{"code": 1}]}'])
def test_a_damaged_file_of_accepted_warnings_is_told(workspace: Workspace, text: str) -> None:
    (workspace.folder / "acknowledged.json").write_text(text, "utf-8")
    with pytest.raises(InputFault, match="принятых замечаний"):
        checked(workspace)


def test_a_school_may_want_a_word_on_every_warning(tmp_path: Path) -> None:
    workspace = made(tmp_path / "school")
    settings = workspace.folder / "school.toml"
    text = settings.read_text("utf-8").replace("acknowledge = false", "acknowledge = true")
    settings.write_text(text, "utf-8")
    workspace = open_workspace(workspace.folder)
    with Journal.open(workspace.journal_file) as journal:
        bring(journal, folder(tmp_path / "package", tables()))
    check = checked(workspace)
    warnings = {item.code for item in check.findings if item.severity is Severity.WARNING}
    clean = not any(item.severity is Severity.BLOCKING for item in check.findings)
    assert warnings
    assert check.blocked
    accept(workspace, check.period, check.tasks, sorted(warnings), reason=REASON, who="З", day=DAY)
    assert checked(workspace).blocked is not clean


def test_the_act_names_what_was_accepted_with_reason_name_and_day(workspace: Workspace) -> None:
    count = accepted(workspace, "LS-07")
    (line,) = accepted_lines(checked(workspace).tasks)
    assert (line.code, line.count, line.reason) == ("LS-07", count, REASON)
    assert (line.who, line.day) == ("Заботина М.П.", "03.11.2025")


def test_the_file_of_accepted_warnings_tells_no_name_of_a_pupil(workspace: Workspace) -> None:
    accepted(workspace, "FM-07", "AT-04")
    text = (workspace.folder / "acknowledged.json").read_text("utf-8")
    with workspace.open_journal() as journal:
        names = [row[0] for row in journal.connection.execute("SELECT last FROM students")]
    assert [name for name in names if name in text] == []


def test_the_command_accepts_and_tells_programs(workspace: Workspace) -> None:
    place = workspace.folder
    words = ("--acknowledge", "LS-07", "--reason", REASON, "--who", "Заботина М.П.")
    told = docgen("-w", place, "check", "--period", "Q1", *words)
    assert "Принято замечаний: 6." in told.stdout
    assert f"LS-07: принято замечаний 6, причина: {REASON}" in told.stdout
    answer = json.loads(docgen("-w", place, "check", "--period", "Q1", "--json").stdout)
    assert {row["reason"] for row in answer["result"]["acknowledged"]} == {REASON}
    assert docgen("-w", place, "check", "--reason", REASON).returncode == 2
    assert docgen("-w", place, "check", "--out", "r.txt").returncode == 2


# Changed since the print


def test_the_check_tells_what_changed_since_the_print_and_printing_does_not_ask(
    tmp_path: Path,
) -> None:
    workspace = made(tmp_path / "school")
    with Journal.open(workspace.journal_file) as journal:
        bring(journal, folder(tmp_path / "package", tables()))
    with workspace.open_journal() as journal:
        period = chosen_period(journal, "Q1")
        units = chosen_classes(journal, period, ())
    bind_period(workspace, period, units, Silent())
    assert "BD-02" not in codes(checked(workspace, with_print=True).findings)
    with Journal.open(workspace.journal_file) as journal:
        changed = replaced(tables(), "marks", "1;3;3;ОТ", "1;3;4;ОТ")
        bring(journal, folder(tmp_path / "package", changed))
    assert "BD-02" in codes(checked(workspace, with_print=True).findings)
    assert "BD-02" not in codes(checked(workspace).findings)


def codes(findings: Sequence[Finding]) -> set[str]:
    return {item.code for item in findings}


# The report of an import


@pytest.mark.parametrize("style", ["html", "pdf", "xlsx"])
def test_a_refused_import_is_reported_with_every_address(tmp_path: Path, style: str) -> None:
    workspace = made(tmp_path / "school")
    spoilt = replaced(tables(), "marks", "1;3;3;ОТ", "1;31.02.2025;3;ОТ")
    source = folder(tmp_path / "package", replaced(spoilt, "lessons", "01.09.2025", "сентябрь"))
    target = tmp_path / f"report.{style}"
    done = docgen("-w", workspace.folder, "import", source, "--format", style, "--out", target)
    assert done.returncode == 3
    if style == "xlsx":
        rows = openpyxl.load_workbook(target)["Замечания"].iter_rows(min_row=2, values_only=True)
        told = " ".join(str(cell) for row in rows for cell in row)
    else:
        told = target.read_text("utf-8") if style == "html" else " ".join(text_of(target))
    assert "lessons.csv, строка 2" in re.sub(r"\s+", " ", told)


def test_an_import_is_reported_with_format_and_counts(tmp_path: Path) -> None:
    workspace = made(tmp_path / "school")
    source, target = DATA / "formats" / "bars", tmp_path / "report.html"
    docgen("-w", workspace.folder, "import", source, "--format", "html", "--out", target)
    html = target.read_text("utf-8")
    assert "Формат выбран так" in html
    assert "разработчики не видели" in html
    assert "GetSummaryMarks.json" in html


def test_a_task_without_a_word_is_not_accepted() -> None:
    assert Task(finding("LS-07", "7А", what="х"), "7А", "", "").accepted is None
