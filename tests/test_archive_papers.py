"""Signed papers as cases of their own: orders, consents, applications, each with its term."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import struct
import subprocess
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bagit
import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pdfa import breaches
from test_signing_authority import NOW, signer_of, teacher

from archive.audit import audit_media
from archive.disposal import DisposableCase
from archive.medium import open_medium
from archive.names import NAME_LIMIT, name_fault, safe_names
from archive.register import Register
from archive.validation import Level, Profile, read_bag_info, validate
from cli import cli
from docgen.core.errors import Blocked, DocgenError, InputFault, UsageFault
from docgen.core.progress import Silent
from docgen.documents.families import Family
from docgen.journal.demo import write_demo_package
from docgen.journal.model import ClassUnit, Student
from docgen.pipeline.archive_papers import Filed, archive_papers
from docgen.pipeline.archived import ArchivedCase, archived_cases
from docgen.pipeline.bundle import read_case
from docgen.pipeline.copies import copy_cases
from docgen.pipeline.due import due_items
from docgen.pipeline.extract import extract_document
from docgen.pipeline.filed_orders import unfiled_orders
from docgen.pipeline.find import find
from docgen.pipeline.holds import place_hold
from docgen.pipeline.imports import import_paths
from docgen.pipeline.initialise import initialise
from docgen.pipeline.order_register import natural
from docgen.pipeline.paper_files import found_papers, sheet_count
from docgen.pipeline.paper_names import pupil_names
from docgen.pipeline.print_documents import Printed, Wish, chosen_kind, print_documents
from docgen.pipeline.restore_drill import restore_drill
from docgen.pipeline.retention import last_day, propose
from docgen.pipeline.sign import kept_evidence, open_seal, sign_files, signature_of, trust_store
from docgen.pipeline.withdrawn import wish
from docgen.pipeline.workspace import Workspace, open_workspace

ORDERS = "2025-2026_01-03_orders_y_tperm"
CONSENTS = "2025-2026_02-17_07a_y_t3"
PUPIL = "Белоусова"
TOLD = {
    'name = ""': 'name = "Сетевой город. Образование"',
    'operator = ""': 'operator = "ООО «Пример»"',
    'operator_address = ""': 'operator_address = "г. Москва, ул. Примерная, д. 1"',
}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9"


def tiff(pages: int) -> bytes:
    """A TIFF of so many empty directories, one after the other."""
    data = b"II*\0" + struct.pack("<I", 8)
    for page in range(1, pages + 1):
        following = 8 + 6 * page if page < pages else 0
        data += struct.pack("<HI", 0, following)
    return data


def printed(workspace: Workspace, kind: str, **wish: Any) -> Printed:
    return print_documents(workspace, chosen_kind(kind), Wish(**wish), now=NOW, progress=Silent())


def pdf_of(made: Printed) -> Path:
    return next(path for path in made.files if path.suffix == ".pdf")


def filed(workspace: Workspace, kind: str, *places: Path, **more: Any) -> Filed:
    return archive_papers(workspace, kind, places, now=NOW, progress=Silent(), **more)


def codes(done: Filed) -> list[str]:
    return [row.code for row in done.findings]


def case_of(workspace: Workspace, name: str) -> ArchivedCase:
    return next(case for case in archived_cases(workspace, ()) if case.name == name)


def text_of(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True)
    return " ".join(done.stdout.decode().replace("\u00a0", " ").split())


@dataclass(frozen=True)
class Place:
    """A workspace with two printed orders, the first of them signed, and a printed consent."""

    workspace: Workspace
    signed: Path
    unsigned: Path
    consent: Path
    scans: Path

    def scan(self, printed_file: Path, suffix: str = "", content: bytes = b"") -> Path:
        """A scan named like a printed document."""
        self.scans.mkdir(exist_ok=True)
        path = self.scans / (printed_file.stem + (suffix or printed_file.suffix))
        path.write_bytes(content or printed_file.read_bytes())
        return path


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("papers") / "school"
    initialise(place, NOW)
    write_demo_package(place / "journal", seed=4)
    settings = place / "documents.toml"
    text = settings.read_text("utf-8")
    for empty, told in TOLD.items():
        text = text.replace(empty, told, 1)
    settings.write_text(text, "utf-8")
    workspace = open_workspace(place)
    import_paths(workspace, [place / "journal"], source_name=None, now=NOW, progress=Silent())
    day = dt.date(2025, 9, 5)
    order = pdf_of(printed(workspace, "order-responsible", number="12-од", signed=day))
    sign_files([order], open_seal(workspace, NOW), Silent())
    printed(workspace, "order-year-end", number="2-од", signed=dt.date(2026, 5, 18))
    printed(workspace, "consent", classes=("7А",), pupil=PUPIL)
    return place


@pytest.fixture
def place(prepared: Path, tmp_path: Path) -> Place:
    target = tmp_path / "school"
    shutil.copytree(prepared, target)
    out = target / "out" / "2025-2026" / "Y"
    return Place(
        open_workspace(target),
        next(out.glob("school/order-responsible/*.pdf")),
        next(out.glob("school/order-year-end/*.pdf")),
        next(out.glob("07a/consent/*.pdf")),
        tmp_path / "scans",
    )


# What goes into a case


def test_a_signed_order_is_filed_and_the_unsigned_one_is_told(place: Place) -> None:
    done = filed(place.workspace, "orders")
    assert [case.bag.path.name for case in done.cases] == [ORDERS]
    assert (done.cases[0].documents, done.unsigned) == (1, 1)
    assert codes(done) == ["AR-67"]
    assert "от 18.05.2026 №\u00a02-од «Об окончании учебного года»" in done.findings[0].message
    (row,) = case_of(place.workspace, ORDERS).documents
    assert row["title"] == "Приказ от 05.09.2025 №\u00a012-од «О назначении ответственных»"
    assert (row["number"], row["date"]) == ("12-од", "2025-09-05")
    bag = done.cases[0].bag.path
    assert (bag / "data" / row["file"]).read_bytes() == place.signed.read_bytes()
    assert (bag / "data" / f"{row['file']}.p7s").read_bytes() == signature_of(
        place.signed
    ).read_bytes()
    for name in ("signatures.pdf", "signatures.json", "signer.cer", "certificate-1.cer"):
        assert (bag / "evidence" / name).is_file()
    assert row["file"] in (bag / "evidence" / "signatures.txt").read_text("utf-8")


def test_foreign_programs_find_a_case_of_papers_whole(place: Place) -> None:
    bag = filed(place.workspace, "orders", place.scan(place.unsigned)).cases[0].bag.path
    assert validate(bag, level=Level.FULL, profile=Profile.OURS) == []
    bagit.Bag(str(bag)).validate()
    for listed in ("manifest-sha512.txt", "tagmanifest-sha512.txt"):
        judge = subprocess.run(["sha512sum", "-c", "--strict", listed], cwd=bag, check=False)
        assert judge.returncode == 0
    for name in ("cover", "inventory", "certifying"):
        pdf = bag / "metadata" / f"{name}.pdf"
        assert subprocess.run(["qpdf", "--check", pdf], check=False).returncode == 0
        assert breaches(pdf) == []
    assert "data/source" not in (bag / "ОПИСАНИЕ.txt").read_text("utf-8")


def test_the_papers_of_the_case_tell_of_its_documents(place: Place) -> None:
    bag = filed(place.workspace, "orders", place.scan(place.unsigned)).cases[0].bag.path
    sheets = [sheet_count(path) or 0 for path in (place.signed, place.unsigned)]
    inventory = text_of(bag / "metadata" / "inventory.pdf")
    assert "Итого: 2 (два) документа." in inventory
    assert "Приказ от 18.05.2026 № 2-од «Об окончании учебного года»" in inventory
    assert f"{sheets[0] + 1}–{sum(sheets)}" in inventory
    assert "образ документа на бумаге" in inventory
    certifying = text_of(bag / "metadata" / "certifying.pdf")
    assert f"{sum(sheets)} (" in certifying
    assert "Индекс дела 01-03" in certifying
    cover = text_of(bag / "metadata" / "cover.pdf")
    assert "постоянно" in cover
    assert "5 сентября 2025 г. – 18 мая 2026 г." in cover
    table = (bag / "metadata" / "inventory.csv").read_text("utf-8-sig")
    assert place.unsigned.name in table
    line = read_case(bag)
    assert (line.volumes, line.sheets, line.until) == (1, sum(sheets), "постоянно")
    assert read_bag_info(bag)["Retention-Until"] == "permanent"


def test_a_scan_named_like_the_printed_order_is_that_order(place: Place) -> None:
    done = filed(place.workspace, "orders", place.scan(place.unsigned, ".png", PNG))
    assert (codes(done), done.unsigned) == ([], 0)
    rows = case_of(place.workspace, ORDERS).documents
    assert [row["number"] for row in rows] == ["12-од", "2-од"]
    assert [row["origin"] for row in rows] == ["printed", "scan"]
    assert rows[1]["pages"] == 1


def test_a_scan_nobody_knows_stands_last_under_its_own_name(place: Place) -> None:
    place.scans.mkdir()
    for number in (1, 2):
        (place.scans / f"Скан {number}").mkdir()
        (place.scans / f"Скан {number}" / "Приказ по школе.PNG").write_bytes(PNG + bytes([number]))
    done = filed(place.workspace, "orders", place.scans)
    assert sorted(codes(done)) == ["AR-67", "AR-68", "AR-68"]
    rows = case_of(place.workspace, ORDERS).documents
    assert [row["title"] for row in rows[1:]] == ["Приказ по школе"] * 2
    assert [row["file"] for row in rows[1:]] == ["prikaz-po-shkole.png", "prikaz-po-shkole-2.png"]


def test_an_order_of_another_year_is_not_filed_among_these(place: Place) -> None:
    day = dt.date(2025, 8, 28)
    august = pdf_of(printed(place.workspace, "order-printing", number="7-од", signed=day))
    with pytest.raises(UsageFault, match=r"28\.08\.2025.*другого учебного года") as caught:
        filed(place.workspace, "orders", place.scan(august))
    assert "--year 2024/2025" in caught.value.remedy
    (case,) = filed(place.workspace, "orders", place.scan(august), year="2024-2025").cases
    assert case.bag.path.name == "2024-2025_01-03_orders_y_tperm"
    assert case.documents == 1


def test_a_consent_is_a_pupils_and_those_without_one_are_named(place: Place) -> None:
    done = filed(
        place.workspace, "consents", place.scan(place.consent, ".jpg", JPEG), class_names=("7а",)
    )
    (case,) = done.cases
    assert case.bag.path.name == CONSENTS
    assert set(codes(done)) == {"AR-69"}
    (row,) = case_of(place.workspace, CONSENTS).documents
    assert row["title"].startswith(PUPIL)
    assert row["title"].endswith(", согласие на обработку персональных данных")
    assert not any(PUPIL in finding.message for finding in done.findings)
    # Grade 7 in 2026 finishes grade 11 in 2030, and three years more.
    assert read_bag_info(case.bag.path)["Retention-Until"] == "2033-12-31"
    assert "3 года после окончания школы" in text_of(case.bag.path / "metadata" / "cover.pdf")


def test_a_consent_of_an_earlier_year_still_holds(place: Place) -> None:
    scan = place.scan(place.consent)
    filed(place.workspace, "consents", scan, class_names=("7А",))
    bag = place.workspace.bundles / CONSENTS
    earlier = bag.rename(bag.with_name("2024-2025_02-17_06a_y_t3"))
    card = json.loads((earlier / "metadata" / "delo.json").read_bytes())
    card |= {"year": "2024/2025", "class": "6А"}
    (earlier / "metadata" / "delo.json").write_text(json.dumps(card), "utf-8")
    other = scan.with_name("03-Никто-Неизвестный.png")
    other.write_bytes(PNG)
    done = filed(place.workspace, "consents", other, class_names=("7А",))
    assert done.cases[0].documents == 1
    missing = [row.message for row in done.findings if row.code == "AR-69"]
    assert missing
    assert not any(PUPIL in message for message in missing)


def test_consents_signed_by_a_key_come_without_naming_a_class(place: Place) -> None:
    sign_files([place.consent], open_seal(place.workspace, NOW), Silent())
    done = filed(place.workspace, "consents")
    assert [case.bag.path.name for case in done.cases] == [CONSENTS]
    assert done.unsigned == 0


def test_scans_of_consents_want_one_class(place: Place) -> None:
    scan = place.scan(place.consent)
    for classes in ((), ("7А", "1А")):
        with pytest.raises(UsageFault, match="какого класса"):
            filed(place.workspace, "consents", scan, class_names=classes)
    with pytest.raises(UsageFault, match="на всю школу"):
        filed(place.workspace, "orders", class_names=("7А",))


def test_applications_are_called_by_the_folder_they_lie_in(place: Place) -> None:
    access = pdf_of(printed(place.workspace, "access", classes=("7А",), pupil=PUPIL))
    folder = place.scans / "access"
    folder.mkdir(parents=True)
    shutil.copy(access, folder)
    done = filed(place.workspace, "applications", place.scans, class_names=("7А",))
    assert codes(done) == []
    (row,) = case_of(place.workspace, done.cases[0].bag.path.name).documents
    assert row["title"].endswith(", заявление о доступе к электронному журналу")


def test_there_is_nothing_to_file_without_a_signed_paper(place: Place) -> None:
    signature_of(place.signed).unlink()
    with pytest.raises(UsageFault, match="складывать нечего"):
        filed(place.workspace, "orders")
    with pytest.raises(UsageFault, match="вида бумаг «order» нет") as caught:
        filed(place.workspace, "order")
    assert "orders" in caught.value.remedy
    with pytest.raises(UsageFault, match="не учебный год"):
        filed(place.workspace, "orders", year="2025/2027")


# Signatures


def test_a_document_changed_after_signing_stops_all(place: Place) -> None:
    place.signed.write_bytes(place.signed.read_bytes() + b"\n")
    with pytest.raises(Blocked, match="недействительна") as caught:
        filed(place.workspace, "orders", place.scan(place.unsigned))
    assert {row.code for row in caught.value.findings} >= {"SG-02"}
    assert not place.workspace.bundles.exists()


def test_a_signature_that_cannot_be_proven_is_taken_and_told(place: Place) -> None:
    signer_of(teacher()).sign_file(place.unsigned, signature_of(place.unsigned), signed_at=NOW)
    done = filed(place.workspace, "orders")
    assert {row.severity.value for row in done.findings} == {"warning"}
    assert "SG-06" in codes(done)
    assert done.cases[0].documents == 2


# Files that will not do


def broken(kind: str) -> bytes:
    whole = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n"
    return {"empty": b"", "cut": whole, "text": b"hello", "png": PNG, "jpeg": JPEG}[kind]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("письмо.docx", "text", "AR-62"),
        ("без-конца", "text", "AR-62"),
        ("пусто.pdf", "empty", "AR-63"),
        ("пусто.jpg", "empty", "AR-63"),
        ("обрезано.pdf", "cut", "AR-64"),
        ("текст.pdf", "text", "AR-64"),
        ("картинка.pdf", "png", "AR-64"),
        ("картинка.png", "jpeg", "AR-64"),
        ("одна.pdf.p7s", "text", "AR-66"),
    ],
)
def test_a_file_that_will_not_do_is_named_and_nothing_is_made(
    place: Place, name: str, content: str, code: str
) -> None:
    good = place.scan(place.unsigned)
    bad = place.scans / name
    bad.write_bytes(broken(content))
    for places in ((good, bad), (place.scans,)):
        with pytest.raises(InputFault) as caught:
            filed(place.workspace, "orders", *places)
        assert [row.code for row in caught.value.findings] == [code]
        assert caught.value.findings[0].where == str(bad)
        assert caught.value.findings[0].remedy
    assert not place.workspace.bundles.exists()


@pytest.mark.parametrize("password", ["", "secret"])
def test_an_encrypted_pdf_is_refused_even_if_it_opens(place: Place, password: str) -> None:
    place.scans.mkdir()
    target = place.scans / "зашифрован.pdf"
    words = ["--encrypt", password, "owner", "256", "--", place.unsigned, target]
    subprocess.run(["qpdf", *words], check=True)
    with pytest.raises(InputFault) as caught:
        filed(place.workspace, "orders", target)
    assert [row.code for row in caught.value.findings] == ["AR-65"]


def test_a_file_that_is_not_there_is_told(place: Place) -> None:
    with pytest.raises(InputFault, match="нет") as caught:
        filed(place.workspace, "orders", place.scans / "нет.pdf")
    assert "нет.pdf" in caught.value.where


def test_what_systems_leave_in_folders_is_passed_over(tmp_path: Path) -> None:
    for name in ("Thumbs.db", ".DS_Store", "desktop.ini"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.txt").write_bytes(b"x")
    scan = tmp_path / "a.png"
    scan.write_bytes(PNG)
    assert found_papers([tmp_path, scan]) == (scan,)


@pytest.mark.parametrize(
    ("name", "content", "sheets"),
    [
        ("a.tif", tiff(1), 1),
        ("a.TIFF", tiff(3), 3),
        ("a.tif", tiff(2)[:-3], None),
        ("a.tif", b"II*\0" + struct.pack("<IHI", 8, 0, 8), None),
        ("a.jpeg", JPEG, 1),
        ("a.jpg", JPEG[:-2], None),
        ("a.png", PNG[:-20], None),
    ],
)
def test_sheets_of_pictures_are_counted(
    tmp_path: Path, name: str, content: bytes, sheets: int | None
) -> None:
    (tmp_path / name).write_bytes(content)
    assert sheet_count(tmp_path / name) == sheets


# Editions


def test_the_same_papers_make_nothing_new(place: Place) -> None:
    first = filed(place.workspace, "orders", place.scan(place.unsigned)).cases[0]
    shutil.rmtree(place.scans)
    again = filed(place.workspace, "orders").cases[0]
    assert (first.bag.created, again.bag.created) == (True, False)
    assert again.bag.path == first.bag.path
    assert again.documents == 2


def test_a_later_edition_keeps_what_was_filed_and_replaces_the_earlier(place: Place) -> None:
    scan = place.scan(place.unsigned, ".png", PNG)
    first = filed(place.workspace, "orders", scan).cases[0].bag
    scan.unlink()
    third = pdf_of(printed(place.workspace, "order-printing", number="30-од"))
    done = filed(place.workspace, "orders", place.scan(third))
    assert done.cases[0].bag.path.name == f"{ORDERS}_r2"
    assert read_bag_info(done.cases[0].bag.path)["Replaces"] == first.identifier
    rows = case_of(place.workspace, f"{ORDERS}_r2").documents
    assert [row["number"] for row in rows] == ["12-од", "2-од", "30-од"]
    assert codes(done) == []


def test_a_better_scan_of_the_same_name_takes_the_place_of_the_first(place: Place) -> None:
    scan = place.scan(place.unsigned, ".png", PNG)
    filed(place.workspace, "orders", scan)
    scan.write_bytes(PNG + b"sharper")
    filed(place.workspace, "orders", scan)
    rows = case_of(place.workspace, f"{ORDERS}_r2").documents
    assert [row["number"] for row in rows] == ["12-од", "2-од"]
    bag = place.workspace.bundles / f"{ORDERS}_r2"
    assert (bag / "data" / rows[1]["file"]).read_bytes() == PNG + b"sharper"


def left_out(*names: str, reason: str = "скан согласия другого ученика") -> Any:
    return wish(names, reason=reason, who="Падина С. Ю.", day=NOW.date())


def test_what_was_filed_by_mistake_is_left_out_of_the_next_edition(place: Place) -> None:
    scan = place.scan(place.consent)
    alien = place.scan(place.unsigned, ".png", PNG)
    filed(place.workspace, "consents", place.scans, class_names=("7А",))
    done = filed(place.workspace, "consents", class_names=("7А",), without=left_out(alien.name))
    bag = done.cases[0].bag
    assert (bag.path.name, bag.created) == (f"{CONSENTS}_r2", True)
    case = case_of(place.workspace, bag.path.name)
    assert [row["original"] for row in case.documents] == [scan.name]
    (gone,) = case.card["withdrawn"]
    assert gone["reason"] == "скан согласия другого ученика"
    card = (bag.path / "metadata/delo.json").read_text("utf-8")
    premis = (bag.path / "metadata/premis.xml").read_text("utf-8")
    assert alien.stem not in card + premis
    assert gone["sha512"] in premis
    # The folder of scans still has it: it does not come back by itself, and nothing new is made.
    again = filed(place.workspace, "consents", place.scans, class_names=("7А",))
    assert not again.cases[0].bag.created
    (told,) = [row for row in again.findings if row.code == "AR-99"]
    assert "другого ученика" in told.message
    # Who names the very file wants it.
    back = filed(place.workspace, "consents", alien, class_names=("7А",))
    case = case_of(place.workspace, back.cases[0].bag.path.name)
    assert (len(case.documents), "withdrawn" in case.card) == (2, False)


def test_a_document_is_left_out_by_its_name_with_a_reason_and_never_the_last(
    place: Place,
) -> None:
    scan = place.scan(place.consent)
    filed(place.workspace, "consents", scan, class_names=("7А",))
    before = sorted(place.workspace.bundles.iterdir())
    with pytest.raises(UsageFault, match="без причины"):
        left_out(scan.name, reason="-")
    with pytest.raises(UsageFault, match="какого класса"):
        filed(place.workspace, "consents", without=left_out(scan.name))
    with pytest.raises(UsageFault, match="нет документа") as caught:
        filed(place.workspace, "consents", class_names=("7А",), without=left_out("нет.pdf"))
    assert caught.value.remedy
    with pytest.raises(UsageFault, match="ни одного документа"):
        filed(place.workspace, "consents", class_names=("7А",), without=left_out(scan.name))
    assert sorted(place.workspace.bundles.iterdir()) == before


def test_a_renamed_scan_is_the_same_paper_with_its_title(place: Place) -> None:
    place.scans.mkdir()
    unknown = place.scans / "scan0001.png"
    unknown.write_bytes(PNG)
    assert "AR-68" in codes(filed(place.workspace, "orders", unknown))
    known = unknown.rename(place.scans / f"{place.unsigned.stem}.png")
    assert codes(filed(place.workspace, "orders", known)) == []
    assert len(case_of(place.workspace, f"{ORDERS}_r2").documents) == 2


def test_a_new_term_goes_on_with_the_same_papers(place: Place) -> None:
    scan = place.scan(place.consent)
    first = filed(place.workspace, "consents", scan, class_names=("7А",)).cases[0].bag
    shutil.rmtree(place.scans)
    setting(place.workspace, "[consent]\nyears = 5\n")
    workspace = open_workspace(place.workspace.folder)
    second = filed(workspace, "consents").cases[0].bag
    assert second.path.name == "2025-2026_02-17_07a_y_t5"
    assert read_bag_info(second.path)["Replaces"] == first.identifier
    assert len(case_of(workspace, second.path.name).documents) == 1
    assert not filed(workspace, "consents").cases[0].bag.created


def test_a_damaged_edition_is_not_carried_on(place: Place) -> None:
    bag = filed(place.workspace, "orders", place.scan(place.unsigned)).cases[0].bag.path
    row = case_of(place.workspace, ORDERS).documents[1]
    (bag / "data" / row["file"]).write_bytes(b"%PDF-")
    with pytest.raises(Blocked, match="повреждено"):
        filed(place.workspace, "orders")


# Terms


def setting(workspace: Workspace, text: str) -> None:
    (workspace.folder / "retention.toml").write_text(text, "utf-8")


def stored(name: str, until: str) -> DisposableCase:
    return DisposableCase(name, "urn:uuid:x", "ab", "Дело", until, "ст. 1")


@pytest.mark.parametrize(
    ("toml", "name", "until", "expected"),
    [
        ("", ORDERS, "permanent", None),
        ("[order]\nyears = 5\n", ORDERS, "permanent", None),
        ("", "2025-2026_01-03_orders_y_t5", "2031-12-31", None),
        ('[order]\nyears = "постоянно"\n', "2025-2026_01-03_orders_y_t5", "2031-12-31", None),
        ("", CONSENTS, "2033-12-31", dt.date(2033, 12, 31)),
        ("[consent]\nyears = 10\n", CONSENTS, "2033-12-31", dt.date(2040, 12, 31)),
        ("[consent]\nyears = 1\n", CONSENTS, "2033-12-31", dt.date(2033, 12, 31)),
        ('[consent]\nfrom = "year"\n', CONSENTS, "2033-12-31", dt.date(2033, 12, 31)),
        ("", CONSENTS, "2029-12-31", dt.date(2033, 12, 31)),
        ("", "2025-2026_02-17_11b_y_t3", "2029-12-31", dt.date(2029, 12, 31)),
        ("", "2025-2026_02-17_01_y_t3_r2", "2029-12-31", dt.date(2039, 12, 31)),
    ],
)
def test_the_longer_of_the_stored_and_the_present_term_holds(
    place: Place, toml: str, name: str, until: str, expected: dt.date | None
) -> None:
    setting(place.workspace, toml)
    profile = open_workspace(place.workspace.folder).profile
    assert last_day(stored(name, until), profile) == expected


def test_a_permanent_case_is_never_proposed(place: Place) -> None:
    filed(place.workspace, "orders")
    consents = filed(
        place.workspace, "consents", place.scan(place.consent), class_names=("7А",)
    ).cases[0]
    copied(place.workspace)
    found = propose(place.workspace, dt.date(2120, 1, 1))
    assert [case.row.name for case in found.cases] == [consents.bag.path.name]
    assert found.findings == ()
    assert propose(place.workspace, dt.date(2033, 12, 31)).cases == ()
    place_hold(place.workspace, CONSENTS, reason="запрос суда", who="Я", today=NOW.date())
    assert propose(place.workspace, dt.date(2120, 1, 1)).cases == ()


def test_no_case_is_made_under_an_index_that_is_missing_or_taken(place: Place) -> None:
    for toml, told in (
        ('[order]\nindex = ""\n', "не задан индекс"),
        ('[order]\nindex = "02-15"\n', "уже занят: Классные журналы"),
    ):
        setting(place.workspace, toml)
        with pytest.raises(UsageFault, match=told):
            filed(open_workspace(place.workspace.folder), "orders")
    assert not place.workspace.bundles.exists()


# On the media and out of them


def copied(workspace: Workspace, *codes: str) -> list[Path]:
    media = [workspace.folder.parent / name for name in ("a", "b")]
    done = copy_cases(
        workspace, codes, media, None, confirmation="проба", now=NOW, who="", progress=Silent()
    )
    return list(done.acts)


def test_papers_go_to_two_media_with_an_act_that_tells_of_no_journal(
    place: Place, tmp_path: Path
) -> None:
    workspace = place.workspace
    filed(workspace, "orders")
    filed(workspace, "consents", place.scan(place.consent), class_names=("7А",))
    (act,) = copied(workspace, "Y")
    told = text_of(act)
    assert "2 (два) дела за период: 2025/2026 учебный год" in told
    assert "Приказы по основной деятельности" in told
    assert "проверки журнала" not in told
    assert copied(workspace) == []
    media = [open_medium(tmp_path / name) for name in ("a", "b")]
    register = Register(workspace.register_file)
    assert audit_media(
        media, level=Level.FULL, register=register, progress=Silent(), now=NOW
    ).passed
    table = (tmp_path / "a" / "docs" / "opis.csv").read_text("utf-8-sig")
    assert ";постоянно;" in table
    for seed in range(3):
        drill = restore_drill(
            [tmp_path / "a", tmp_path / "b"],
            seed=seed,
            trust=trust_store(workspace),
            evidence=kept_evidence(workspace),
            at=NOW,
            progress=Silent(),
        )
        assert (drill.passed, drill.documents) == (True, 1)


def test_papers_of_a_year_whose_journal_is_gone_are_copied_too(place: Place) -> None:
    day = dt.date(2025, 8, 28)
    august = pdf_of(printed(place.workspace, "order-printing", number="7-од", signed=day))
    filed(place.workspace, "orders", place.scan(august), year="2024/2025")
    (act,) = copied(place.workspace)
    assert "2024/2025 учебный год" in text_of(act)


def test_papers_are_found_by_pupil_and_by_order_and_given_out(place: Place, tmp_path: Path) -> None:
    workspace = place.workspace
    filed(workspace, "orders")
    filed(workspace, "consents", place.scan(place.consent), class_names=("7А",))
    (hit,) = find(workspace, PUPIL)
    assert hit.case == CONSENTS
    (hit,) = find(workspace, "приказ 12")
    assert hit.case == ORDERS
    assert "листы" in hit.found[0]
    out = tmp_path / "copy"
    extract_document(workspace, f"{hit.case}/{hit.documents[0]}", out=out, now=NOW)
    judge = subprocess.run(
        ["sha512sum", "-c", "--strict", "--ignore-missing", "manifest-sha512.txt"],
        cwd=out,
        check=False,
    )
    assert judge.returncode == 0
    assert (out / f"{hit.documents[0]}.p7s").is_file()
    assert "bez-imeni" not in (out / "proiskhozhdenie.txt").read_text("utf-8")


def test_a_case_that_is_on_the_media_alone_is_not_begun_anew(place: Place) -> None:
    filed(place.workspace, "orders")
    copied(place.workspace)
    shutil.rmtree(place.workspace.bundles / ORDERS)
    with pytest.raises(Blocked, match="уже есть на носителях") as caught:
        filed(place.workspace, "orders")
    assert ORDERS in caught.value.where


def test_orders_of_an_ended_year_are_due_until_they_lie_on_two_media(place: Place) -> None:
    def due(on: dt.date) -> dict[str, dt.date]:
        return {
            item.key: item.day
            for item in due_items(place.workspace, on)
            if item.key.startswith("orders")
        }

    september = dt.date(2026, 9, 1)
    numbers = [order.number for order in unfiled_orders(place.workspace, "2025/2026")]
    assert numbers == ["12-од", "2-од"]
    assert due(dt.date(2026, 8, 31)) == {}
    assert due(september) == {"orders 2025/2026": dt.date(2026, 9, 10)}
    filed(place.workspace, "orders", place.scan(place.unsigned))
    assert unfiled_orders(place.workspace, "2025/2026") == ()
    assert "orders 2025/2026" in due(september)
    copied(place.workspace)
    assert due(september) == {}
    shutil.rmtree(place.workspace.bundles)
    assert due(september) == {}


# The command


def said(workspace: Workspace, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["-w", str(workspace.folder), "archive", "papers", *arguments])
    fault = done.exception
    code = fault.exit_code if isinstance(fault, DocgenError) else done.exit_code
    return code, click.unstyle(done.stdout)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))


@pytest.mark.usefixtures("clock")
def test_the_command_tells_people_and_programs_and_logs_no_names(place: Place) -> None:
    scan = place.scan(place.consent)
    code, text = said(place.workspace, "consents", str(scan), "--class", "7А")
    assert code == 0
    assert "AR-69 · предупреждение" in text
    assert "1 документ, " in text.replace("\u00a0", " ")
    assert "Дальше: docgen archive copy Y" in text
    code, text = said(place.workspace, "consents", "--class", "7А", "--json")
    told = json.loads(text)
    assert told["ok"]
    assert told["result"]["cases"][0]["case"] == CONSENTS
    assert told["result"]["cases"][0]["made"] is False
    for log in place.workspace.runs.glob("*papers*.json"):
        assert PUPIL not in log.read_text("utf-8")


@pytest.mark.usefixtures("clock")
def test_every_refusal_has_its_exit_code(place: Place) -> None:
    assert said(place.workspace, "journals")[0] == 2
    place.scans.mkdir()
    (place.scans / "a.txt").write_text("x")
    assert said(place.workspace, "orders", str(place.scans))[0] == 3
    place.signed.write_bytes(b"%PDF-1.4")
    assert said(place.workspace, "orders")[0] == 1


# Names


def test_namesakes_are_told_apart_by_their_place_in_the_list() -> None:
    unit = ClassUnit("7А", 7)
    twins = [Student(key, "Ёлкин", "Андрей", middle) for key, middle in (("1", "А"), ("2", "Б"))]
    families = [Family(number, one, unit, ()) for number, one in enumerate(twins, start=3)]
    other = Student("3", "Зайцев", "Пётр")
    told = pupil_names(families, [*twins, other])
    assert told("04-Ёлкин-Андрей", "согласие").pupil == "2"
    assert told(unicodedata.normalize("NFD", "03-елкин-андрей"), "согласие").pupil == "1"
    assert not told("05-Ёлкин-Андрей", "согласие").known
    assert told("Зайцев-Петр", "согласие").title == "Зайцев Пётр, согласие"
    assert told("17-Зайцев-Пётр", "согласие").pupil == "3"
    assert not told("scan", "согласие").known


def test_numbers_sort_as_people_sort_them() -> None:
    assert sorted(["12-од", "2-од", "2/1-од"], key=natural) == ["2-од", "2/1-од", "12-од"]


@given(st.lists(st.text(max_size=80), max_size=20))
def test_names_on_a_medium_are_fit_and_no_two_alike(texts: list[str]) -> None:
    names = safe_names((f"{text}.pdf" for text in texts), spare=4)
    assert len(set(names)) == len(texts)
    for name in names:
        assert name_fault(f"{name}.p7s") == ""
        assert len(name) <= NAME_LIMIT - 4


def test_a_card_without_documents_is_a_case_of_volumes(tmp_path: Path) -> None:
    case = ArchivedCase(tmp_path, {"volumes": [{"file": "a.pdf"}]})
    assert (case.documents, case.files) == ((), ("data/a.pdf",))
    assert replace(case, card={"volumes": [], "documents": [{"file": "b.png"}]}).files == (
        "data/b.png",
    )
