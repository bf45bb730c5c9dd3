"""Documents for families: whole, in the right case, a file each and one for all (R14-R18)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import shutil
import subprocess
from pathlib import Path

import docx
import pytest
from journal_samples import MOMENT
from pdfa import breaches
from pypdf import PdfReader

from docgen.core.errors import InputFault, UsageFault
from docgen.core.progress import Silent
from docgen.documents.kinds import Format
from docgen.pipeline.imports import import_paths
from docgen.pipeline.initialise import initialise
from docgen.pipeline.print_documents import Printed, Wish, chosen_kind, print_documents
from docgen.pipeline.workspace import Workspace, open_workspace

PACKAGE = Path(__file__).parent / "data" / "formats" / "package"
TOLD = {
    'name = ""': 'name = "Сетевой город"',
    'site = ""': 'site = "https://journal.example.ru"',
    'operator = ""': 'operator = "ООО «Пример»"',
    'operator_address = ""': 'operator_address = "г. Москва, ул. Примерная, д. 1"',
    'start = ""': 'start = "1 сентября 2026 г."',
    'basis = ""': 'basis = "приказ от 28.08.2026 № 112-од"',
}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return made(tmp_path_factory.mktemp("parents") / "school", PACKAGE)


@pytest.fixture
def workspace(tmp_path: Path, school: Workspace) -> Workspace:
    return open_workspace(shutil.copytree(school.folder, tmp_path / "school"))


def made(place: Path, package: Path) -> Workspace:
    initialise(place, MOMENT)
    settings = place / "documents.toml"
    text = settings.read_text("utf-8")
    for empty, told in TOLD.items():
        assert empty in text
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
        return " ".join(" ".join(node.text or "" for node in docx.Document(path).element.iter())
                        .replace("\u00a0", " ").split())  # fmt: skip
    done = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True)
    return " ".join(done.stdout.decode().replace("\u00a0", " ").split())


def one(found: Printed, name: str, suffix: str = ".pdf") -> Path:
    (path,) = (path for path in found.files if name in path.name and path.suffix == suffix)
    return path


def with_cells(tmp_path: Path, table: str, row: str, **cells: str) -> Path:
    """The package with some cells of the row that begins so changed."""
    target = shutil.copytree(PACKAGE, tmp_path / "package")
    file = target / f"{table}.csv"
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig")), delimiter=";"))
    line = next(line for line in rows if ";".join(line).startswith(row))
    for key, value in cells.items():
        line[rows[0].index(key)] = value
    output = io.StringIO()
    csv.writer(output, delimiter=";", lineterminator="\n").writerows(rows)
    file.write_text(output.getvalue(), "utf-8-sig")
    return target


def test_a_class_gets_a_file_a_family_and_one_to_print_at_once(workspace: Workspace) -> None:
    found = printed(workspace, "access")
    assert found.documents == 22
    assert len(found.files) == 44
    assert [path.name for path in found.booklets] == ["all.pdf", "all.docx"]
    assert len(PdfReader(found.booklets[0]).pages) == 22
    assert found.findings == ()
    assert {path.stat().st_mode & 0o777 for path in (*found.files, *found.booklets)} == {0o600}


@pytest.mark.parametrize("suffix", [".pdf", ".docx"])
def test_names_stand_in_the_case_the_sentence_wants(workspace: Workspace, suffix: str) -> None:
    found = printed(workspace, "access", pupil="Звягинцева")
    text = text_of(one(found, "Звягинцева", suffix))
    assert "Орден Александре Ильиничне" in text
    assert "от Егоровой Светланы Анатольевны" in text
    assert "моей дочери Звягинцевой Алёны Николаевны" in text
    assert "обучающейся 7 «А» класса" in text


@pytest.mark.parametrize("kind", ["access", "consent", "refusal", "notice"])
def test_a_blank_form_names_nobody_and_has_lines(workspace: Workspace, kind: str) -> None:
    found = printed(workspace, kind, blank=True)
    text = text_of(one(found, "blank", ".docx"))
    assert "Звягинцев" not in text
    assert text.count("___") > 3


@pytest.mark.parametrize(
    ("kind", "period"),
    [
        ("access", ""),
        ("consent", ""),
        ("refusal", ""),
        ("notice", ""),
        ("parents-acquaintance", ""),
        ("results", "Q1"),
        ("results-register", "Q1"),
        ("forecast", "Q1"),
    ],
)
def test_every_file_is_pdfa_and_the_same_every_time(
    workspace: Workspace, kind: str, period: str
) -> None:
    first = printed(workspace, kind, period=period, pupil="Звягинцева")
    bytes_of = {path: path.read_bytes() for path in first.files}
    assert bytes_of
    assert not {path.name: found for path in first.files if path.suffix == ".pdf"
                and (found := breaches(path))}  # fmt: skip
    printed(workspace, kind, period=period, pupil="Звягинцева")
    assert {path: path.read_bytes() for path in first.files} == bytes_of


# The consent


def test_a_consent_has_all_that_the_law_wants_and_stands_alone(workspace: Workspace) -> None:
    found = printed(workspace, "consent", pupil="Звягинцева")
    text = text_of(one(found, "Звягинцева"))
    for part in (
        "Егорова Светлана Анатольевна, мать, проживающая по адресу",
        "паспорт гражданина РФ, серия",
        "документ ребёнка",
        "документ о полномочиях",
        "Оператор, получающий согласие",
        "Цель обработки",
        "Персональные данные ребёнка",
        "По поручению оператора данные обрабатывает: ООО «Пример»",
        "Действия с персональными данными",
        "Способы обработки",
        "Согласие действует",
        "Порядок отзыва",
        "(подпись)",
    ):
        assert part in text
    assert len(PdfReader(one(found, "Звягинцева")).pages) == 1


@pytest.mark.parametrize(
    ("key", "empty"),
    [
        ("purposes", "[]"),
        ("child_data", "[]"),
        ("actions", '""'),
        ("methods", '""'),
        ("term", '""'),
        ("withdrawal", '""'),
    ],
)
def test_a_consent_without_an_item_of_the_law_is_not_printed(
    workspace: Workspace, key: str, empty: str
) -> None:
    file = workspace.folder / "documents.toml"
    file.write_text(f"[consent]\n{key} = {empty}\nno_operator = true\n", "utf-8")
    found = printed(open_workspace(workspace.folder), "consent")
    assert (found.documents, [item.code for item in found.findings]) == (0, ["DC-02"])
    assert key in found.findings[0].message


def test_whoever_has_no_document_in_the_journal_gets_no_consent_and_the_others_do(
    tmp_path: Path,
) -> None:
    package = with_cells(tmp_path, "guardians", "P0031;250001", Номер="")
    found = printed(made(tmp_path / "school", package), "consent", formats=(Format.PDF,))
    assert found.documents == 21
    (item,) = found.findings
    assert (item.code, item.refs["student"]) == ("DC-02", "250001")
    assert "документ представителя" in item.message


# Names as people have them


AWKWARD = [
    {"Фамилия": "О'Коннор", "Имя": "Мэри", "Отчество": ""},
    {"Фамилия": "Константинопольская-Александровская-Преображенская", "Имя": "Анна-Мария"},
    {"Фамилия": "Гусейнова", "Имя": "Нигяр", "Отчество": "Ильхам кызы"},
    {"Фамилия": "Ким", "Имя": "Ника", "Отчество": ""},
]


@pytest.mark.parametrize("cells", AWKWARD, ids=lambda cells: cells["Фамилия"][:8])
def test_awkward_names_are_printed_whole(tmp_path: Path, cells: dict[str, str]) -> None:
    package = with_cells(tmp_path, "students", "250001", **cells)
    workspace = made(tmp_path / "school", package)
    found = printed(workspace, "results", period="Q1", pupil="250001")
    full = " ".join(filter(None, (cells["Фамилия"], cells["Имя"], cells.get("Отчество", "x"))))
    for path in found.files:
        assert full.removesuffix(" x") in text_of(path).replace("- ", "-")


def test_signs_of_markup_in_a_name_are_text(tmp_path: Path) -> None:
    package = with_cells(tmp_path, "students", "250001", Фамилия='Иванова<b>&"')
    workspace = made(tmp_path / "school", package)
    found = printed(workspace, "results", period="Q1", pupil="250001")
    for path in found.files:
        assert 'Иванова<b>&"' in text_of(path)


def test_a_name_nobody_can_decline_is_told_and_not_guessed(tmp_path: Path) -> None:
    package = with_cells(tmp_path, "students", "250003", Фамилия="Клубок", Пол="м")
    workspace = made(tmp_path / "school", package)
    found = printed(workspace, "access", formats=(Format.PDF,))
    (item,) = found.findings
    assert (item.code, found.documents) == ("RU-01", 21)
    assert "Клубок" in item.message
    names = workspace.folder / "names.toml"
    names.write_text('[surname_m]\n"Клубок" = "Клубка, Клубку, Клубка, Клубком, Клубке"\n', "utf-8")
    again = printed(open_workspace(workspace.folder), "access", formats=(Format.PDF,))
    assert again.documents == 22
    assert "Клубка Сергея" in text_of(one(again, "Клубок"))


def test_a_family_without_a_parent_in_the_journal_is_told_by_name(tmp_path: Path) -> None:
    package = with_cells(tmp_path, "guardians", "P0031;250001", Учащийся="250002")
    found = printed(made(tmp_path / "school", package), "access", formats=(Format.PDF,))
    assert found.documents == 21
    assert [(item.code, item.where) for item in found.findings] == [
        ("DC-01", "7А / Арутюнян Нелли")
    ]


def test_a_pupil_nobody_knows_is_a_fault(workspace: Workspace) -> None:
    with pytest.raises(UsageFault, match="Неизвестнов"):
        printed(workspace, "access", pupil="Неизвестнов")


# Results and forecast


def test_results_hold_the_marks_of_the_days_asked_for(workspace: Workspace) -> None:
    found = printed(
        workspace,
        "results",
        period="Q1",
        pupil="Звягинцева",
        since=dt.date(2025, 9, 8),
        until=dt.date(2025, 9, 21),
    )
    text = text_of(one(found, "Звягинцева"))
    assert "с 8 сентября 2025 г. по 21 сентября 2025 г." in text
    assert "5 (11.09), 3/4 (12.09), 4 (18.09)" in text
    assert "(06.10)" not in text


def test_results_count_lessons_missed_for_illness(workspace: Workspace) -> None:
    found = printed(workspace, "results", period="Q1", pupil="Звягинцева", formats=(Format.PDF,))
    assert re.search(r"по болезни: [1-9]", text_of(found.files[0]))


def test_results_go_to_those_who_asked_for_paper(workspace: Workspace) -> None:
    found = printed(workspace, "results", period="Q1", formats=(Format.PDF,))
    assert [path.name for path in found.files] == ["08-Лаврентьев-Савелий.pdf"]
    register = printed(workspace, "results-register", period="Q1", formats=(Format.PDF,))
    assert "Лаврентьев Савелий" in text_of(register.files[0])


def test_the_forecast_counts_as_the_checks_do(workspace: Workspace) -> None:
    found = printed(workspace, "forecast", period="Q1", pupil="Звягинцева")
    text = text_of(one(found, "Звягинцева"))
    with workspace.open_journal() as journal:
        view = journal.class_journal("7А", "Q1")
    marks = [
        mark
        for (group, _day, _number, student), cell in sorted(view.marks.items())
        if (student, group) == ("250005", "7А-РУС")
        for mark in cell
    ]
    values = [value for mark in marks if mark.value for value in mark.value.values]
    average = f"{sum(values) / len(values):.2f}".replace(".", ",")
    row = re.search(r"Русский язык (\d+) ([\d,]+) (\d)", text)
    assert row
    assert row.groups() == (str(len(marks)), average, "4")


def test_the_forecast_asks_no_marks_of_who_is_exempt(workspace: Workspace) -> None:
    with workspace.open_journal() as journal, journal.transaction():
        journal.connection.execute("DELETE FROM attendance WHERE student_id = '250005'")
        journal.connection.execute(
            "INSERT INTO attendance"
            " (group_id, date, number, student_id, code, reason, source, cell)"
            " SELECT group_id, date, number, '250005', 'ОСВ', '', 1, '' FROM lessons"
            " WHERE group_id = '7А-МУЗ'"
        )
    text = text_of(
        one(printed(workspace, "forecast", period="Q1", pupil="Звягинцева"), "Звягинцева")
    )
    assert re.search(r"Музыка 0 осв", text)


def test_the_review_shows_doubtful_names_first(tmp_path: Path) -> None:
    package = with_cells(tmp_path, "students", "250003", Фамилия="Клубок", Пол="м")
    found = printed(made(tmp_path / "school", package), "names-review", formats=(Format.PDF,))
    text = text_of(found.files[0])
    assert "Неясно: 1." in text
    assert text.index("Клубок") < text.index("Арутюнян")
    assert "Звягинцевой Алёны Николаевны" in text


# Access details


@pytest.fixture
def access(tmp_path: Path) -> Path:
    file = tmp_path / "access.csv"
    file.write_text(
        "Ученик;Логин;Пароль\nЗвягинцева Алёна;zvyag;Qw3-rt\n"
        "арутюнян нелли левоновна;=arut;<b>&\nНекто Никто;x;y\nИльин Никита;;z\n",
        "utf-8",
    )
    return file


def test_access_details_stand_on_the_slip_and_nowhere_else(
    workspace: Workspace, access: Path
) -> None:
    found = printed(workspace, "credentials", details=access)
    assert found.documents == 2
    assert "zvyag" in text_of(one(found, "Звягинцева"))
    assert "<b>&" in text_of(one(found, "Арутюнян"))
    assert [(item.code, item.where) for item in found.findings] == [
        ("DT-01", "access.csv, строка 4"),
        ("DC-01", "access.csv, строка 5"),
    ]
    outside = [
        path
        for path in workspace.folder.rglob("*")
        if path.is_file() and "credentials" not in str(path) and b"Qw3-rt" in path.read_bytes()
    ]
    assert outside == []


def test_the_list_of_receipt_holds_no_password(workspace: Workspace, access: Path) -> None:
    found = printed(workspace, "credentials-receipt", details=access, formats=(Format.DOCX,))
    text = text_of(found.files[0])
    assert "zvyag" in text
    assert "Qw3-rt" not in text


def test_without_the_file_or_a_column_of_it_nothing_is_printed(
    workspace: Workspace, tmp_path: Path
) -> None:
    with pytest.raises(UsageFault, match="логинами"):
        printed(workspace, "credentials")
    file = tmp_path / "short.csv"
    file.write_text("ФИО;Логин\nЗвягинцева Алёна;zvyag\n", "utf-8")
    with pytest.raises(InputFault, match="Пароль"):
        printed(workspace, "credentials", details=file)
