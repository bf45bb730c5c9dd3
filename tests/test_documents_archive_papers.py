"""Papers of the archive: covers, the register of handing over, extracts, labels and passports."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import re
import subprocess
import uuid
from typing import TYPE_CHECKING

import docx
import pytest
import segno
from journal_samples import MOMENT, Tables, bring, folder, replaced, tables
from pdfa import breaches

from archive.medium import prepare_medium
from archive.volume import Role
from docgen.core.errors import UsageFault
from docgen.core.progress import Silent
from docgen.documents.handover import (
    CaseLine,
    HandoverAct,
    MediumLine,
    commission_signatures,
    inventory_csv,
)
from docgen.documents.kinds import Format
from docgen.documents.medium_papers import MediumFacts, medium_label, medium_passport, size_text
from docgen.journal.codes import AttendanceCode, SpecialMark
from docgen.journal.legend import LEGEND
from docgen.journal.model import Staff
from docgen.journal.store import Journal
from docgen.pipeline.bind import BoundVolume, bind_period
from docgen.pipeline.contact import contact_of
from docgen.pipeline.initialise import initialise
from docgen.pipeline.medium_papers import medium_papers
from docgen.pipeline.print_documents import Printed, Wish, chosen_kind, print_documents
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.workspace import Workspace, open_workspace
from docgen.rendering.blank import lay_out_document
from docgen.rendering.qr import qr_code, qr_svg

if TYPE_CHECKING:
    from pathlib import Path

ODD = "O'Генри-Младший <b> & Ко"


def school_tables() -> Tables:
    """The tiny school with results of the year, a leaver and a name that is hard on markup."""
    told = replaced(tables(), "students", "3;Жуков;Лев;;м", f"3;{ODD};Лев;Ильич;м")
    told = replaced(told, "students", "2;Ёлкин;Иван;;м;03.04.2012;7А;01.09.2025;;",
                    "2;Ёлкин;Иван;;м;03.04.2012;7А;01.09.2025;30.10.2025;")  # fmt: skip
    told["final_marks"] += ["1;МАТ;Y;4;26.05.2026", "1;РУС;Q1;3;24.10.2025", "1;РУС;Y;3;26.05.2026"]
    told["decisions"] = [
        "Учащийся;Результат;Протокол №;Дата;Приказ №;Дата;Класс назначения",
        "1;переведён;8;28.05.2026;56-у;29.05.2026;8А",
    ]
    return told


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = tmp_path_factory.mktemp("papers") / "school"
    initialise(place, MOMENT)
    with Journal.open(place / "journal.sqlite") as journal:
        bring(journal, folder(place.parent / "package", school_tables()))
    return open_workspace(place)


@pytest.fixture(scope="module")
def volumes(school: Workspace) -> tuple[BoundVolume, ...]:
    """Volumes of the year of class 7А alone."""
    with school.open_journal() as journal:
        period = chosen_period(journal, "Y")
        units = chosen_classes(journal, period, ("7А",))
    return bind_period(school, period, units, Silent())


def printed(workspace: Workspace, kind: str, **wish: object) -> Printed:
    return print_documents(
        workspace, chosen_kind(kind), Wish(**wish), now=MOMENT, progress=Silent()
    )


def text_of(path: Path) -> str:
    """The text of a PDF or DOCX, spaces of any kind as single plain ones."""
    if path.suffix == ".docx":
        nodes = docx.Document(path).element.iter()
        texts = (node.text or "" for node in nodes if node.tag.endswith("}t"))
        return " ".join(" ".join(texts).split())
    done = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True)
    return " ".join(done.stdout.decode().split())


def one(found: Printed, name: str, suffix: str = ".pdf") -> Path:
    (path,) = (path for path in found.files if name in path.name and path.suffix == suffix)
    return path


def test_every_bound_volume_has_a_cover_with_its_own_sheets_and_term(
    school: Workspace, volumes: tuple[BoundVolume, ...]
) -> None:
    found = printed(school, "case-cover", period="Y", classes=("7А",))
    journal, summary = volumes
    assert not found.findings
    first, second = text_of(one(found, "02-15")), text_of(one(found, "02-16"))
    assert "Классный журнал 7 «А» класса за 2025/2026 учебный год" in first
    assert "ДЕЛО № 02-15" in first
    assert re.search(rf"\b{journal.card.sheets} \(", first)
    assert "Хранить 5 лет" in first
    assert "Сводная ведомость учёта успеваемости 7 «А» класса" in second
    assert re.search(rf"\b{summary.card.sheets} \(", second)
    assert "Хранить 25 лет" in second
    assert breaches(one(found, "02-16")) == []


def test_a_class_nobody_has_bound_is_named_and_the_others_are_printed(
    school: Workspace, volumes: tuple[BoundVolume, ...]
) -> None:
    found = printed(school, "case-cover", period="Y")
    assert found.documents == len(volumes)
    assert {item.code for item in found.findings} == {"DC-01"}
    assert [item.where.split(" / ")[0] for item in found.findings] == ["10А", "10Б"]
    assert "docgen bind Y" in found.findings[0].message


def test_a_cover_of_a_quarter_names_the_quarter(school: Workspace) -> None:
    with school.open_journal() as journal:
        period = chosen_period(journal, "Q1")
        units = chosen_classes(journal, period, ())
    bind_period(school, period, units, Silent())
    text = text_of(one(printed(school, "case-cover", period="Q1"), "02-15"))
    assert "7 «А» класса за 1 четверть 2025/2026 учебного года" in text
    assert "1 сентября 2025 г. – 24 октября 2025 г." in text


def test_an_empty_cover_is_left_to_the_hand(school: Workspace) -> None:
    text = text_of(one(printed(school, "case-cover", period="Y", blank=True), "blank"))
    assert "ДЕЛО №" in text
    assert "02-15" not in text


def test_the_register_has_a_line_a_volume_and_counts_them_in_words(
    school: Workspace, volumes: tuple[BoundVolume, ...]
) -> None:
    found = printed(school, "register-handover", period="Y", classes=("7А",))
    total = sum(volume.card.sheets for volume in volumes)
    for suffix in (".pdf", ".docx"):
        text = text_of(one(found, "register", suffix))
        assert "Всего сдано: 2 (два) тома" in text
        assert f"{total} (" in text
        assert "02-15" in text
        assert "02-16" in text
    first = one(found, "register", ".docx").read_bytes()
    again = printed(school, "register-handover", period="Y", classes=("7А",))
    assert one(again, "register", ".docx").read_bytes() == first


def test_nothing_bound_leaves_no_register(school: Workspace) -> None:
    found = printed(school, "register-handover", period="Y", classes=("10А",))
    assert (found.documents, found.blocked) == (0, True)


@pytest.mark.parametrize("suffix", [".pdf", ".docx"])
def test_an_extract_tells_marks_misses_and_the_decision(school: Workspace, suffix: str) -> None:
    text = text_of(one(printed(school, "archive-extract", classes=("7А",)), "Ежов", suffix))
    assert "Ежов Пётр, 1 февраля 2012 г. рождения, в 2025/2026 учебном году обучался" in text
    assert re.search(r"Русский язык 3 3\b", text)
    assert re.search(r"Математика 5 4\b", text)
    assert "дней – 1 (по болезни – 1), уроков – 1 (по болезни – 1)" in text
    assert "переведён в 8 «А» класс, протокол от 28.05.2026 № 8" in text
    assert "Верно" in text
    assert "Подлинник хранится:" in text


def test_who_left_gets_an_extract_too(school: Workspace) -> None:
    found = printed(school, "archive-extract", classes=("7А",), pupil="Елкин")
    assert found.documents == 1
    assert "В течение года выбыл 30.10.2025" in text_of(one(found, "Ёлкин"))


def test_a_name_is_printed_as_it_is_written(school: Workspace) -> None:
    found = printed(school, "archive-extract", classes=("7А",), pupil="O'Генри")
    for path in found.files:
        assert f"{ODD} Лев Ильич" in text_of(path)
        assert "Итоговых отметок за год в журнале нет" in text_of(path)


def test_an_extract_of_nobody_is_refused(school: Workspace) -> None:
    with pytest.raises(UsageFault, match="Пушкин"):
        printed(school, "archive-extract", pupil="Пушкин")


def test_a_cover_is_no_word_document(school: Workspace) -> None:
    with pytest.raises(UsageFault, match="docx"):
        printed(school, "case-cover", period="Y", formats=(Format.DOCX,))


def facts(*cases: CaseLine) -> MediumFacts:
    return MediumFacts(
        school="МОУ «Ольховская школа»",
        number="7",
        role="рабочий экземпляр",
        identifier="5d7d7510-ccef-475b-8a52-371971ddf4aa",
        pair="0f8598b7-738b-4f2f-9e1e-bd8f6873f133",
        place="сейф",
        prepared=dt.date(2025, 10, 25),
        written=dt.date(2026, 6, 28),
        cases=cases,
        size=1_234_567_890,
        digest="ab" * 64,
    )


def case(name: str, until: str) -> CaseLine:
    return CaseLine(name, "02-15", "Дело", "01.09.2025 – 26.05.2026", 1, 50, until, "cd" * 64)


def test_a_label_tells_years_and_the_term_of_the_case_kept_longest() -> None:
    label = medium_label(
        facts(
            case("2026-2027_02-15_07a_q1_t5", "31.12.2032"),
            case("2025-2026_02-16_07a_y_t25", "31.12.2051"),
            case("2025-2026_02-15_07a_y_t5", "31.12.2031"),
        )
    )
    assert (label.years, label.until) == ("2025/2026, 2026/2027", "31.12.2051")
    assert label.cases == "3\u00a0(три) дела"
    assert "urn:uuid:5d7d7510-ccef-475b-8a52-371971ddf4aa" in label.code
    assert "ab" * 64 in label.code


def test_an_empty_medium_has_a_label() -> None:
    label = medium_label(facts())
    assert (label.years, label.until, label.cases) == ("", "", "0\u00a0(ноль) дел")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 байт"),
        (999, "999 байт"),
        (1500, "1,5 КБ"),
        (2_200_000, "2,2 МБ"),
        (10**15, "1000,0 ТБ"),
    ],
)
def test_sizes_are_told_as_on_discs(size: int, text: str) -> None:
    assert size_text(size).replace("\u00a0", " ") == text


def test_the_passport_names_the_rule_and_every_case() -> None:
    cases = [case(f"2025-2026_02-15_{number:02}a_q1_t5", "31.12.2031") for number in range(1, 25)]
    paper = medium_passport(facts(*cases), "не реже одного раза в пять лет", "Сычёва М.Ф.")
    assert paper.size == "1,2\u00a0ГБ"
    assert len(paper.cases) == 24
    assert paper.cases_in_words == "24\u00a0(двадцать четыре) дела"


def test_label_and_passport_carry_the_digest_of_the_inventory(
    tmp_path: Path, school: Workspace
) -> None:
    (tmp_path / "disk").mkdir()
    medium = prepare_medium(
        tmp_path / "disk",
        inventory_number="7",
        role=Role.PRIMARY,
        pair=uuid.uuid4(),
        organisation="МОУ «Ольховская школа» " * 8,
        contact="Сычёва",
        now=MOMENT,
    )
    lines = tuple(case(f"2025-2026_02-15_{n:02}a_q1_t5", "31.12.2031") for n in range(1, 40))
    made = medium_papers(
        school, medium, lines, b"inventory", place="сейф", secretary="Сычёва М.Ф.", now=MOMENT
    )
    digest = hashlib.sha512(b"inventory").hexdigest()
    for name, data in made.items():
        path = tmp_path / name
        path.write_bytes(data)
        # Another cell stands between the two lines of a digest.
        text = re.sub(r"\s", "", text_of(path))
        assert "SHA-512файлаdocs/opis.csv" in text
        assert digest[:40] in text
        assert digest[-40:] in text
        assert breaches(path) == []
    pages = subprocess.run(["pdfinfo", tmp_path / "label.pdf"], check=True, capture_output=True)
    assert b"Pages:           1\n" in pages.stdout
    again = medium_papers(
        school, medium, lines, b"inventory", place="сейф", secretary="Сычёва М.Ф.", now=MOMENT
    )
    assert again == made


def act(cases: int) -> HandoverAct:
    return HandoverAct(
        number="1",
        school="МОУ «Ольховская школа»",
        place="Ольховка",
        date="28 июня 2026 г.",
        basis="Основание: приказ.",
        period="2025/2026 учебный год",
        media=(MediumLine("7", "рабочий экземпляр", "5d7d7510", "сейф"),) * 2,
        devices="Разные.",
        confirmation="",
        cases=tuple(case(f"{number}", "31.12.2031") for number in range(cases)),
        cases_in_words="дел много",
        sheets_in_words="листов много",
        accepted=(),
        unexplained=0,
        checked=True,
        chairman="",
        members=(),
        signatures=(("Сдал(а)", "Сычёва М.Ф."), ("Принял(а)", "Орлова Н.Н.")),
    )


@pytest.mark.parametrize("cases", range(8, 22, 2))
def test_nobody_signs_an_act_on_a_page_of_its_own(tmp_path: Path, cases: int) -> None:
    """Whatever the length of the table, the totals stand on the page that is signed."""
    path = tmp_path / "act.pdf"
    path.write_bytes(lay_out_document("handover-act", {"act": act(cases)}, None))
    done = subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True)
    last = done.stdout.decode().rstrip("\f").rpartition("\f")[2]
    assert "Орлова" in last
    assert "Итого" in last


def test_act_label_passport_and_inventory_name_the_file_whose_sum_they_print(
    tmp_path: Path,
) -> None:
    path = tmp_path / "act.pdf"
    path.write_bytes(lay_out_document("handover-act", {"act": act(1)}, None))
    text = text_of(path)
    for word in ("Заголовок дела, SHA-512 файла", "tagmanifest-sha512.txt"):
        assert word in text
    assert text.count(" ".join(["cdcdcdcd"] * 4)) == 4
    assert "мимо кэша" not in text
    header = inventory_csv([case("x", "31.12.2031")]).splitlines()[0]
    assert header.endswith(";SHA-512 файла tagmanifest-sha512.txt")
    assert "SHA-512 файла docs/opis.csv abab" in medium_label(facts()).code


def test_whom_to_ask_is_who_signs_the_papers(school: Workspace, tmp_path: Path) -> None:
    with school.open_journal() as journal:
        keeper = next(row for row in journal.select(Staff) if row.end is None)
    own = school.profile
    profile = own.model_copy(
        update={
            "people": own.people.model_copy(update={"secretary": keeper.staff_id}),
            "school": own.school.model_copy(update={"founder": "Управа", "address": "Садовая, 1"}),
        }
    )
    told = contact_of(dataclasses.replace(school, profile=profile), "МОУ", MOMENT.date())
    assert told.startswith(f"секретарь {keeper.last} {keeper.first}")
    assert "Садовая, 1" in told
    assert told.endswith(". Если школы уже нет: учредитель – Управа")
    initialise(tmp_path / "w", MOMENT)
    assert contact_of(open_workspace(tmp_path / "w"), "МОУ", MOMENT.date()) == "МОУ"


def test_every_sign_a_table_may_hold_is_explained() -> None:
    told = {sign for signs in LEGEND.values() for sign in signs}
    assert {mark.label for mark in SpecialMark} <= told
    assert {code.letter for code in AttendanceCode} - {""} <= told
    assert {"5", "4", "3"} <= told


def test_a_code_is_the_one_of_its_text_as_runs_and_as_a_drawing() -> None:
    payload = "носитель № 7\n" + "ab" * 64
    matrix = [list(bits) for bits in segno.make(payload, error="m", micro=False).matrix]
    found = qr_code(payload)
    drawn = [[0] * found.size for _row in range(found.size)]
    for row, start, end in found.runs:
        drawn[row][start:end] = [1] * (end - start)
    assert drawn == matrix
    runs = {
        (int(row) - 4, int(start) - 4, int(start) - 4 + int(width))
        for start, row, width in re.findall(r"M(\d+) (\d+)h(\d+)", qr_svg(payload))
    }
    assert runs == set(found.runs)


def test_a_commission_signs_by_name_and_there_may_be_none() -> None:
    members = ["Падина С.Ю., секретарь", "Ким В.А."]
    assert commission_signatures("Дервиш Э.Р., заместитель директора", members) == (
        ("Председатель комиссии", "Дервиш Э.Р."),
        ("Член комиссии", "Падина С.Ю."),
        ("Член комиссии", "Ким В.А."),
    )
    assert commission_signatures("", ()) == ()
