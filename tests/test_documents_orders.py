"""Orders: people in their cases, no number given twice, tables of the journal (R13, R19-R23)."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import subprocess
from pathlib import Path

import docx
import pytest
from journal_samples import MOMENT
from pdfa import breaches

from docgen.core.errors import InputFault, UsageFault
from docgen.core.progress import Silent
from docgen.journal.demo import write_demo_package
from docgen.journal.model import RegistryRecord
from docgen.journal.promotion import outcome
from docgen.pipeline.imports import import_paths
from docgen.pipeline.initialise import initialise
from docgen.pipeline.order_register import register
from docgen.pipeline.print_documents import Printed, Wish, chosen_kind, print_documents
from docgen.pipeline.workspace import Workspace, open_workspace

TOLD = {
    'name = ""': 'name = "Сетевой город"',
    'site = ""': 'site = "https://journal.example.ru"',
    'start = ""': 'start = "1 сентября 2026 г."',
}
DAY = dt.date(2026, 6, 28)
ORDERS = (
    "order-transition",
    "order-acts",
    "order-responsible",
    "order-printing",
    "order-year-end",
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("orders") / "package"
    write_demo_package(folder, seed=3)
    return folder


@pytest.fixture
def workspace(tmp_path: Path, package: Path) -> Workspace:
    place = tmp_path / "school"
    initialise(place, MOMENT)
    settings = place / "documents.toml"
    text = settings.read_text("utf-8")
    for empty, told in TOLD.items():
        text = text.replace(empty, told, 1)
    settings.write_text(text, "utf-8")
    workspace = open_workspace(place)
    import_paths(workspace, [package], source_name=None, now=MOMENT, progress=Silent())
    return workspace


def printed(workspace: Workspace, kind: str, **wish: object) -> Printed:
    return print_documents(
        workspace, chosen_kind(kind), Wish(**wish), now=MOMENT, progress=Silent()
    )


def text_of(path: Path) -> str:
    if path.suffix == ".docx":
        words = " ".join(node.text or "" for node in docx.Document(path).element.iter())
    else:
        done = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True)
        words = done.stdout.decode()
    return " ".join(words.replace("\u00a0", " ").split())


# The papers


@pytest.mark.parametrize("kind", ORDERS)
def test_an_order_charges_people_and_is_acquainted_with(workspace: Workspace, kind: str) -> None:
    found = printed(workspace, kind)
    assert found.findings == ()
    pdf, word = (text_of(path) for path in found.files)
    for text in (pdf, word):
        assert "ПРИКАЗЫВАЮ:" in text
        assert "№ 1-од" in text
        assert "Контроль за исполнением приказа оставляю за собой." in text
        assert "ЛИСТ ОЗНАКОМЛЕНИЯ" in text
        assert "<br>" not in text
    assert breaches(found.files[0]) == []


def test_the_move_has_its_appendices_with_terms_of_the_school(workspace: Workspace) -> None:
    file = workspace.folder / "documents.toml"
    text = file.read_text("utf-8").replace("homework_hours = 2 ", "homework_hours = 1 ")
    file.write_text(text, "utf-8")
    told = text_of(printed(open_workspace(workspace.folder), "order-transition").files[0])
    for number in range(1, 6):
        assert f"Приложение № {number} к приказу от 28.06.2026 № 1-од" in told
    assert "не позднее 1 часа после" in told
    assert "понедельник" in told


def test_whoever_controls_stands_in_the_accusative(workspace: Workspace) -> None:
    file = workspace.folder / "documents.toml"
    file.write_text(file.read_text("utf-8").replace('control = ""', 'control = "deputy"'), "utf-8")
    told = text_of(printed(open_workspace(workspace.folder), "order-responsible").files[0])
    assert "возложить на заместителя директора" in told


@pytest.mark.parametrize(
    ("standard", "day", "codes"),
    [("", dt.date(2026, 6, 28), 1), ("", dt.date(2025, 8, 17), 0), ("2016", DAY, 0)],
)
def test_orders_carry_a_code_since_the_edition_of_2025(
    workspace: Workspace, standard: str, day: dt.date, codes: int
) -> None:
    file = workspace.folder / "documents.toml"
    told = file.read_text("utf-8").replace('standard = ""', f'standard = "{standard}"')
    file.write_text(told, "utf-8")
    found = printed(open_workspace(workspace.folder), "order-acts", signed=day)
    word = docx.Document(str(found.files[1]))
    assert len(word.inline_shapes) == codes
    assert breaches(found.files[0]) == []


def test_an_edition_nobody_knows_keeps_the_order_from_print(workspace: Workspace) -> None:
    file = workspace.folder / "documents.toml"
    told = file.read_text("utf-8").replace('standard = ""', 'standard = "2012"')
    file.write_text(told, "utf-8")
    found = printed(open_workspace(workspace.folder), "order-acts")
    assert (found.documents, [item.code for item in found.findings]) == (0, ["DC-01"])


def test_an_order_without_its_people_is_not_printed_and_takes_no_number(
    workspace: Workspace,
) -> None:
    file = workspace.folder / "documents.toml"
    text = file.read_text("utf-8").replace('start = "1 сентября 2026 г."', 'start = ""')
    file.write_text(text, "utf-8")
    found = printed(open_workspace(workspace.folder), "order-transition")
    assert (found.documents, {item.code for item in found.findings}) == (0, {"DC-01"})
    assert not (workspace.folder / "orders.json").exists()


def test_pupils_are_moved_as_the_council_decided(workspace: Workspace) -> None:
    with workspace.open_journal() as journal, journal.transaction():
        pupils = [
            row[0]
            for row in journal.connection.execute(
                "SELECT student_id FROM enrollments WHERE class_id = '7А' AND end IS NULL"
                " OR class_id = '7А' AND end = '' ORDER BY list_no LIMIT 3"
            )
        ]
        results = ("переведён", "переведён условно", "оставлен на повторное обучение")
        for pupil, result in zip(pupils, results, strict=True):
            journal.connection.execute(
                "INSERT INTO decisions (student_id, result, protocol_no, protocol_date, order_no,"
                " order_date, target_class, source, cell)"
                " VALUES (?, ?, '5', '2026-05-27', '', '', ?, 1, '')",
                (pupil, result, "" if "оставлен" in result else "8А"),
            )
    found = printed(workspace, "order-promotion", classes=("7А",))
    assert [item.message for item in found.findings] == []
    told = text_of(found.files[0])
    for words in ("Перевести в следующий класс", "Перевести условно", "Оставить на повторное"):
        assert words in told
    assert told.count("протокол № 5 от") == 3


def test_without_decisions_there_is_nothing_to_move(workspace: Workspace) -> None:
    found = printed(workspace, "order-promotion", classes=("7А",))
    assert [item.code for item in found.findings] == ["DC-01"]
    assert "решения педсовета" in found.findings[0].message


@pytest.mark.parametrize(
    ("result", "group"),
    [
        ("переведён", "moved"),
        ("Переведена в 8А", "moved"),
        ("переведён условно", "conditional"),
        ("условно переведена", "conditional"),
        ("оставлен на повторный год", "kept"),
        ("выпущена", "finished"),
        ("непонятно", ""),
    ],
)
def test_the_councils_words_are_told_apart(result: str, group: str) -> None:
    assert (outcome(result) or "") == group


def test_substituted_lessons_of_a_period_stand_in_their_order(workspace: Workspace) -> None:
    found = printed(workspace, "order-substitution", period="Q1")
    with workspace.open_journal() as journal:
        view = journal.class_journal("7А", "Q1")
        count = sum(one.substituted for rows in view.lessons.values() for one in rows)
    told = text_of(found.files[0]) if found.files else ""
    assert bool(count) == ("Считать замещёнными уроки" in told)


# The register


def numbers(workspace: Workspace) -> list[str]:
    rows = json.loads((workspace.folder / "orders.json").read_text("utf-8"))["orders"]
    return [row["number"] for row in rows]


def given(workspace: Workspace, key: str = "2025/2026", **told: object) -> tuple[str, dt.date]:
    told = {"foreign": (), "today": DAY, **told}
    found = register(workspace, "order-acts", key, "Приказ", **told)
    return found.number, found.date


def test_the_same_order_keeps_number_date_and_bytes(workspace: Workspace) -> None:
    first = {path: path.read_bytes() for path in printed(workspace, "order-acts").files}
    later = MOMENT + dt.timedelta(days=30)
    again = print_documents(
        workspace, chosen_kind("order-acts"), Wish(), now=later, progress=Silent()
    )
    pdfs = [path for path in again.files if path.suffix == ".pdf"]
    assert {path: path.read_bytes() for path in pdfs} == {path: first[path] for path in pdfs}
    assert numbers(workspace) == ["1-од"]


def test_numbers_go_on_and_none_is_given_twice(workspace: Workspace) -> None:
    assert given(workspace) == ("1-од", DAY)
    assert given(workspace, "2026/2027") == ("2-од", DAY)
    assert given(workspace, new=True) == ("3-од", DAY)
    assert given(workspace, number="7-од") == ("7-од", DAY)
    assert given(workspace, "next") == ("8-од", DAY)
    with pytest.raises(UsageFault, match="уже есть"):
        given(workspace, "other", number="№ 2-ОД")


def test_numbers_of_the_journals_own_orders_are_taken_too(workspace: Workspace) -> None:
    foreign = (RegistryRecord("orders", "№ 41-од", dt.date(2026, 1, 12)),)
    assert given(workspace, foreign=foreign)[0] == "42-од"


def test_every_year_begins_anew(workspace: Workspace) -> None:
    given(workspace)
    assert given(workspace, "next", today=dt.date(2027, 1, 11))[0] == "1-од"


def test_a_format_without_a_number_is_refused(workspace: Workspace) -> None:
    (workspace.folder / "documents.toml").write_text('[orders]\nnumber = "од"\n', "utf-8")
    with pytest.raises(UsageFault, match="нет места для числа"):
        given(open_workspace(workspace.folder))


@pytest.mark.parametrize("text", ["", "{", '{"orders": [{"number": 1}]}'])
def test_a_damaged_register_gives_no_number(workspace: Workspace, text: str) -> None:
    (workspace.folder / "orders.json").write_text(text, "utf-8")
    with pytest.raises(InputFault, match="Реестр приказов"):
        given(workspace)


def take(folder: Path, key: str) -> None:
    given(open_workspace(folder), key)


def test_programs_at_the_same_time_get_different_numbers(workspace: Workspace) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=take, args=(workspace.folder, f"key {at}")) for at in range(6)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert sorted(numbers(workspace)) == [f"{at}-од" for at in range(1, 7)]
