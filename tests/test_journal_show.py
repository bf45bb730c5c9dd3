from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from journal_samples import DATA, MOMENT, Tables, bring, folder, replaced, tables

from docgen.commands.journal_grid import bands, lesson_rows
from docgen.core.errors import UsageFault
from docgen.journal.store import Journal
from docgen.pipeline.initialise import initialise
from docgen.pipeline.journal_show import ClassShown, show_class, show_classes
from docgen.pipeline.workspace import Workspace, open_workspace

ROOT = Path(__file__).parent.parent
RESULTS = ("Ср.", "Q1")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    place = tmp_path / "school"
    initialise(place, MOMENT)
    return open_workspace(place)


def load(workspace: Workspace, source: Tables) -> Workspace:
    with Journal.open(workspace.journal_file) as journal:
        bring(journal, folder(workspace.folder.parent / "package", source))
    return workspace


def shown(
    workspace: Workspace,
    class_name: str,
    subject: str | None = None,
    *,
    period: str | None = None,
    student: str | None = None,
) -> ClassShown:
    return show_class(workspace, class_name, period_code=period, subject=subject, student=student)


def test_the_classes_are_listed_with_their_teachers_and_pupils(workspace: Workspace) -> None:
    rows = show_classes(load(workspace, tables()))
    assert [(row.class_id, row.teacher, row.pupils) for row in rows] == [
        ("7А", "Кленов\u00a0О.П.", 3),
        ("10А", "Кленов\u00a0О.П.", 1),
        ("10Б", "Ивова\u00a0В.О.", 1),
    ]


def test_the_subjects_of_a_class_are_counted(workspace: Workspace) -> None:
    source = replaced(tables(), "lessons", "Проценты", "")
    (russian, maths) = shown(load(workspace, source), "7а").subjects
    assert (russian.title, russian.lessons, russian.marks) == ("Русский язык", 1, 0)
    assert (maths.title, maths.lessons, maths.without_topic) == ("Математика", 3, 1)
    assert (maths.marks, maths.missed) == (4, 1)


def test_a_page_is_what_stands_in_the_journal(workspace: Workspace) -> None:
    (page,) = shown(load(workspace, tables()), "7А", "Математика", period="q1").pages
    assert [(row.name, row.cells, row.average, row.final) for row in page.pupils] == [
        ("Ежов Пётр", ("5 4", "Б", ""), 4.5, "5"),
        ("Ёлкин Иван", ("", "5/4", ""), 4.5, "4"),
        ("Жуков Лев", ("", "", "3"), 3.0, ""),
    ]
    assert list(lesson_rows(page))[1] == ("08.09.2025", "1", "Доли", "№ 6", "КР")


def test_the_average_is_weighted_where_the_school_weighs(workspace: Workspace) -> None:
    load(workspace, tables())
    settings = workspace.folder / "school.toml"
    text = settings.read_text(encoding="utf-8")
    assert "weighted = false" in text
    settings.write_text(text.replace("weighted = false", "weighted = true"), encoding="utf-8")
    found = shown(open_workspace(workspace.folder), "7А", "Математика")
    assert found.weighted
    assert found.pages[0].pupils[0].average == pytest.approx((5 * 1 + 4 * 0.5) / 1.5)


@pytest.mark.parametrize("name", ["математика", "МАТЕМ", "«Математика»", "тематика"])
def test_a_subject_is_found_by_what_people_type(workspace: Workspace, name: str) -> None:
    (page,) = shown(load(workspace, tables()), "7А", name).pages
    assert page.title == "Математика"


@pytest.mark.parametrize(
    ("class_name", "subject", "student", "offered"),
    [
        ("7А", "Матемитика", None, "Возможно: Математика."),
        ("7А", "Химия", None, "Русский язык"),
        ("7А", "Математика", "Ешов", "Возможно: Ежов Пётр."),
        ("7Я", None, None, "7А, 10А, 10Б"),
        ("7А", None, "Ежов", "--subject"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest_ones(
    workspace: Workspace, class_name: str, subject: str | None, student: str | None, offered: str
) -> None:
    load(workspace, tables())
    with pytest.raises(UsageFault) as caught:
        shown(workspace, class_name, subject, student=student)
    assert offered in caught.value.remedy


def test_one_pupil_is_shown_on_the_pages_of_the_own_groups(workspace: Workspace) -> None:
    load(workspace, tables())
    (page,) = shown(workspace, "7А", "Русский", student="елкин").pages
    assert [row.name for row in page.pupils] == ["Ёлкин Иван"]
    with pytest.raises(UsageFault, match="Жуков Лев не входит"):
        shown(workspace, "7А", "Русский", student="Жуков")


def test_without_a_period_the_last_one_with_lessons_is_shown(workspace: Workspace) -> None:
    source = tables()
    source["periods"].append("2025/2026;Q2;четверть;2 четверть;05.11.2025;30.12.2025;1-9")
    load(workspace, source)
    assert shown(workspace, "7А").period.code == "Q1"
    source["lessons"].append("7А-МАТ;10.11.2025;1;Масштаб;;;T2;;;")
    load(workspace, source)
    assert shown(workspace, "7А").period.code == "Q2"


def test_what_is_not_known_is_shown_as_not_known(workspace: Workspace) -> None:
    source = replaced(tables(), "lessons", "15.09.2025;1;Проценты", "15.09.2025;нет данных;")
    source = replaced(source, "marks", "15.09.2025;1", "15.09.2025;нет данных")
    (page,) = shown(load(workspace, source), "7А", "Математика").pages
    assert page.lessons[-1].number is None
    assert list(lesson_rows(page))[-1][1:3] == ("?", "нет данных")
    assert page.pupils[2].cells == ("", "", "3")


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_bands_fit_the_width_and_lose_no_column(workspace: Workspace, width: int) -> None:
    with Journal.open(workspace.journal_file) as journal:
        bring(journal, DATA / "class-7a.xlsx")
    (page,) = shown(workspace, "7А", "Алгебра").pages
    found = list(bands(page, RESULTS, width))
    columns = [column for band in found for column in list(zip(*band.rows, strict=True))[1:]]
    assert columns[:-2] == [
        tuple(row.cells[place] for row in page.pupils) for place in range(len(page.lessons))
    ]
    assert columns[-1] == tuple(row.final for row in page.pupils)
    for band in found:
        columns = list(zip(band.titles, *band.rows, strict=True))
        widths = [max(len(line) for cell in one for line in cell.split("\n")) for one in columns]
        assert sum(widths) + 2 * (len(widths) - 1) <= width


def test_the_command_prints_the_page_and_answers_programs(workspace: Workspace) -> None:
    load(workspace, tables())
    words = ["journal", "show", "--class", "7А", "--subject", "мат"]
    told = docgen(workspace, *words)
    assert "Ёлкин Иван" in told
    assert "Проценты" in told
    assert "Математика" in docgen(workspace, *words[:4])
    assert "10Б" in docgen(workspace, "journal", "show")
    answer = json.loads(docgen(workspace, *words, "--json"))
    (page,) = answer["result"]["pages"]
    assert page["pupils"][0]["cells"] == ["5 4", "Б", ""]
    assert page["lessons"][0]["date"] == "2025-09-01"


def test_the_commands_export_and_compare(workspace: Workspace, tmp_path: Path) -> None:
    load(workspace, tables())
    assert "Отметки" in docgen(workspace, "journal", "export", str(tmp_path / "out.zip"))
    assert (tmp_path / "out.zip").is_file()
    assert "Напечатанных томов нет" in docgen(workspace, "journal", "diff")
    docgen(workspace, "bind", "Q1")
    assert "без изменений" in docgen(workspace, "journal", "diff")
    load(workspace, replaced(tables(), "marks", "1;3;3;ОТ", "1;3;4;ОТ"))
    assert "docgen bind Q1 --class 7А" in docgen(workspace, "journal", "diff", code=1)
    answer = json.loads(docgen(workspace, "journal", "diff", "Q1", "--json", code=1))
    assert answer["result"]["print_again"] == ["docgen bind Q1 --class 7А"]
    assert answer["result"]["classes"][0]["changes"][0]["now"] == "4"


def docgen(workspace: Workspace, *arguments: str, code: int = 0) -> str:
    """Run the program; return what it said."""
    done = subprocess.run(
        [sys.executable, ROOT / "cli.py", "-w", workspace.folder, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == code, done.stderr
    return done.stdout
