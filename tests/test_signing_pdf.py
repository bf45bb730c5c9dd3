"""Signed copies of PDF files: the signature, the visible mark, and what foreign programs say."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asn1crypto import x509 as asn1_x509
from copies import bound, class_journal
from cryptography.hazmat.primitives.serialization import Encoding
from pdfa import breaches
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader
from signed_pdf_samples import (
    FACES,
    PLACE,
    check_of,
    encrypted,
    page_picture,
    paper,
    signed_copy,
    turned,
    verified,
)
from test_signing_authority import NOW, UNTIL, authority, signer_of, teacher
from test_signing_gost import made_key, needs_engine, opened

from docgen.core.errors import InputFault, SigningFault
from signing import pdf_sign
from signing.authority import KeyKind
from signing.interfaces import Certification
from signing.pdf_mark import mark_height, mark_lines, owner
from signing.pdf_place import Place, free_place
from signing.pdf_sign import Mark, sign_pdf
from signing.report import CheckName, Conclusion
from signing.trust import TrustStore

if TYPE_CHECKING:
    from signing.interfaces import SignResult

PEOPLE = (
    "Петрова Анна Ивановна",
    "Константинопольская-Преображенская Александра Владиславовна",
    "Юдина Юлия Игоревна",
    "Берёзова Алла Ильинична",
)
DOTS = 4  # a millimetre, where pages are looked at closely


@cache
def volume() -> bytes:
    (made,) = bound(class_journal())
    return made.data


def sign(folder: Path, source: Path, mark: Mark | None = None, **options: object) -> SignResult:
    options = {"signed_at": NOW, "tool": "t", "certified": Certification.NO, **options}
    mark = mark or Mark(PLACE, FACES)
    return sign_pdf(source, folder / "signed.pdf", signer_of(teacher()), mark, **options)


def four_signatures(folder: Path, data: bytes) -> bytes:
    """Four people sign one after another, with RSA and ECDSA in turn, wherever there is room."""
    for number, name in enumerate(PEOPLE):
        person = teacher([KeyKind.EC, KeyKind.RSA][number % 2], name)
        lines = mark_lines(person.certificate, dt.UTC)
        (folder / "looked at.pdf").write_bytes(data)
        height = mark_height(lines, 60, FACES)
        place = free_place(folder / "looked at.pdf", 1, (60, height))
        assert place
        data = signed_copy(folder, data, person, place, NOW + dt.timedelta(minutes=number))
    return data


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_signed_copy_passes_and_the_original_stays(tmp_path: Path, kind: KeyKind) -> None:
    data = signed_copy(tmp_path, paper(), teacher(kind))
    assert (tmp_path / "plain.pdf").read_bytes() == paper()
    assert data.startswith(paper())
    report = verified(data)
    assert report.conclusion is Conclusion.TOTAL_PASSED
    assert report.signatures[0].claimed_at == NOW
    assert check_of(report, 1, CheckName.COVERAGE).sentence == "Подпись охватывает весь файл."
    assert b"/SubFilter /ETSI.CAdES.detached" in data


def test_the_result_names_signer_and_tool(tmp_path: Path) -> None:
    (tmp_path / "plain.pdf").write_bytes(paper())
    result = sign(tmp_path, tmp_path / "plain.pdf", tool="ключ", certified=Certification.UNKNOWN)
    assert result.source == tmp_path / "plain.pdf"
    assert result.signature == tmp_path / "signed.pdf"
    assert result.thumbprint == signer_of(teacher()).thumbprint
    assert (result.tool, result.certified) == ("ключ", Certification.UNKNOWN)
    assert result.signer.startswith("Петрова Анна Ивановна")


@pytest.mark.parametrize(
    ("data", "part"), [(paper, 2), (lambda: paper("pdf/a-3b"), 3), (volume, 2)]
)
def test_four_signatures_in_a_row_hold_and_pdf_a_is_kept(
    tmp_path: Path, data: object, part: int
) -> None:
    signed = four_signatures(tmp_path, data())
    report = verified(signed)
    assert [item.conclusion for item in report.signatures] == [Conclusion.TOTAL_PASSED] * 4
    assert [item.certificate.subject.split(",")[0] for item in report.signatures] == list(PEOPLE)
    (tmp_path / "four.pdf").write_bytes(signed)
    assert breaches(tmp_path / "four.pdf", part=part, signatures=4) == []


def test_foreign_verifiers_accept_our_signatures(tmp_path: Path) -> None:
    data = four_signatures(tmp_path, paper())
    (tmp_path / "four.pdf").write_bytes(data)
    said = subprocess.run(
        ["pdfsig", "-nocert", tmp_path / "four.pdf"], capture_output=True, text=True, check=False
    ).stdout
    assert said.count("Signature is Valid.") == 4
    assert said.count("- Total document signed") == 1
    root = asn1_x509.Certificate.load(authority().certificate.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], moment=NOW + dt.timedelta(hours=1))
    for signature in PdfFileReader(BytesIO(data)).embedded_signatures:
        status = validate_pdf_signature(signature, context)
        assert status.bottom_line, status.pretty_print_details()


class FileSigner:
    """A tool that signs files and gives no access to its key, as cryptcp does."""

    def __init__(self) -> None:
        self._inner = signer_of(teacher())
        self.certificate, self.chain = self._inner.certificate, self._inner.chain

    def sign_file(self, source: Path, out: Path, **options: object) -> SignResult:
        return self._inner.sign_file(source, out, **options)


def test_a_tool_that_only_signs_files_signs_a_pdf(tmp_path: Path) -> None:
    (tmp_path / "plain.pdf").write_bytes(paper())
    sign_pdf(
        tmp_path / "plain.pdf",
        tmp_path / "signed.pdf",
        FileSigner(),
        Mark(PLACE, FACES),
        signed_at=NOW,
        tool="t",
        certified=Certification.UNKNOWN,
    )
    assert verified((tmp_path / "signed.pdf").read_bytes()).conclusion is Conclusion.TOTAL_PASSED


@needs_engine
@pytest.mark.parametrize("parameters", ["XA", "512A"])
def test_a_signature_of_gost_stands_in_a_pdf(tmp_path: Path, parameters: str) -> None:
    key = made_key(tmp_path, parameters)
    signer = opened(key)
    at = signer.holder.not_valid_before_utc + dt.timedelta(hours=1)
    (tmp_path / "plain.pdf").write_bytes(paper())
    sign_pdf(
        tmp_path / "plain.pdf",
        tmp_path / "signed.pdf",
        signer,
        Mark(PLACE, FACES),
        signed_at=at,
        tool="t",
        certified=Certification.NO,
    )
    data = (tmp_path / "signed.pdf").read_bytes()
    report = verified(data, trust=TrustStore((signer.holder,)), at=at)
    assert report.conclusion is Conclusion.TOTAL_PASSED
    assert "ГОСТ Р 34.10-2012" in report.signatures[0].algorithm
    assert breaches(tmp_path / "signed.pdf", signatures=1) == []


def test_metadata_and_pages_stay_as_they_are(tmp_path: Path) -> None:
    before, after = PdfReader(BytesIO(paper())), PdfReader(BytesIO(signed_copy(tmp_path, paper())))
    assert after.metadata == before.metadata
    assert after.xmp_metadata.stream.get_data() == before.xmp_metadata.stream.get_data()
    assert after.pages[0].get_contents().get_data() == before.pages[0].get_contents().get_data()


# --- the mark ----------------------------------------------------------------------------------


def test_the_mark_says_who_signed_with_which_certificate(tmp_path: Path) -> None:
    person = teacher(name=PEOPLE[1])
    (tmp_path / "marked.pdf").write_bytes(signed_copy(tmp_path, paper(), person))
    told = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "marked.pdf", "-"], capture_output=True, check=True
    ).stdout.decode()
    words = re.sub(r"\s+", " ", told)
    assert "ДОКУМЕНТ ПОДПИСАН ЭЛЕКТРОННОЙ ПОДПИСЬЮ" in words
    assert f"Сертификат {person.certificate.serial_number:x} " in words
    assert f"Владелец {PEOPLE[1]} Действителен с 20.05.2026 по 23.08.2027" in words


def test_days_of_the_mark_are_those_of_the_place() -> None:
    certificate = teacher().certificate  # valid from 10:00 UTC
    far_east = dt.timezone(dt.timedelta(hours=14))
    assert mark_lines(certificate, far_east)[2] == "Действителен с 21.05.2026 по 24.08.2027"


def test_a_person_is_named_by_surname_and_given_names() -> None:
    class Certificate:
        """A certificate of an accredited authority, as far as its holder goes."""

        def public_bytes(self, _: object) -> bytes:
            loaded = asn1_x509.Certificate.load(signer_of(teacher()).certificate)
            loaded["tbs_certificate"]["subject"] = asn1_x509.Name.build(
                {
                    "common_name": "МБОУ «Школа № 5»",
                    "surname": "Берёзова",
                    "given_name": "Алла Ильинична",
                }
            )
            return loaded.dump(force=True)

    assert owner(Certificate()) == "Берёзова Алла Ильинична"
    assert owner(teacher().certificate) == "Петрова Анна Ивановна"


@pytest.mark.parametrize("width", [45, 60, 75, 120, 170])
def test_no_letter_leaves_the_frame(tmp_path: Path, width: float) -> None:
    person = teacher(name=f"{'Длиннейшая' * 5} {PEOPLE[1]}")
    place = replace(PLACE, x=15, width=width)
    (tmp_path / "blank.pdf").write_bytes(paper(body=" "))
    (tmp_path / "marked.pdf").write_bytes(signed_copy(tmp_path, paper(body=" "), person, place))
    height = mark_height(mark_lines(person.certificate, dt.UTC), width, FACES)
    seen = page_picture(tmp_path / "marked.pdf", resolution=DOTS * 25.4)
    dark = [
        (x / DOTS, (len(seen) - y) / DOTS)
        for y, row in enumerate(seen)
        for x, dot in enumerate(row)
        if dot < 250
    ]
    columns, rows = zip(*dark, strict=True)
    # The frame itself is the outermost ink, to the width of a dot or two.
    assert min(columns) == pytest.approx(place.x, abs=0.6)
    assert max(columns) == pytest.approx(place.x + width, abs=0.6)
    assert min(rows) == pytest.approx(place.y, abs=0.6)
    assert max(rows) == pytest.approx(place.y + height, abs=0.6)
    # Inside of it a strip stays white on each side: nothing touches the frame.
    left, right = round((place.x + 0.8) * DOTS), round((place.x + width - 0.8) * DOTS)
    low = len(seen) - round((place.y + 3) * DOTS)
    high = len(seen) - round((place.y + height - 3) * DOTS)
    assert all(row[left] > 250 and row[right] > 250 for row in seen[high:low])


def test_a_free_place_covers_nothing(tmp_path: Path) -> None:
    person = teacher()
    lines = mark_lines(person.certificate, dt.UTC)
    size = (60, mark_height(lines, 60, FACES))
    source = tmp_path / "volume.pdf"
    source.write_bytes(volume())
    place = free_place(source, 1, size)
    before = page_picture(source, resolution=DOTS * 25.4)
    signed = tmp_path / "signed volume.pdf"
    signed.write_bytes(signed_copy(tmp_path, volume(), person, place))
    after = page_picture(signed, resolution=DOTS * 25.4)
    left, right = int((place.x - 1) * DOTS), int((place.x + size[0] + 1) * DOTS)
    top, bottom = (
        len(before) - int(y * DOTS) for y in (place.y + size[1] + 1, place.y - 1)
    )  # a millimetre around the mark, of the two that are kept free
    assert all(set(row[left:right]) == {255} for row in before[top:bottom])
    assert any(set(row[left:right]) != {255} for row in after[top:bottom])
    assert [*before[:top], *before[bottom:]] == [*after[:top], *after[bottom:]]
    for old, new in zip(before[top:bottom], after[top:bottom], strict=True):
        assert (old[:left], old[right:]) == (new[:left], new[right:])


def test_a_place_is_sought_from_below_and_from_the_right(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").write_bytes(paper(body=" "))
    assert free_place(tmp_path / "empty.pdf", 1, (60, 25)) == Place(1, 140.5, 10, 60)


def test_a_full_page_has_no_place(tmp_path: Path) -> None:
    (tmp_path / "full.pdf").write_bytes(paper(body="Строка текста. " * 2000))
    assert free_place(tmp_path / "full.pdf", 1, (60, 25)) is None
    assert free_place(tmp_path / "full.pdf", 1, (400, 25)) is None


def test_a_page_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "one.pdf").write_bytes(paper())
    for page in (0, 2):
        with pytest.raises(SigningFault, match=f"Страница {page} не открывается"):
            free_place(tmp_path / "one.pdf", page, (60, 25))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_on_a_turned_page_the_mark_stands_upright(tmp_path: Path, rotation: int) -> None:
    place = Place(page=1, x=60, y=80, width=75)  # free on all of them
    crops = []
    for turn in (0, rotation):
        path = tmp_path / f"{turn}.pdf"
        path.write_bytes(signed_copy(tmp_path, turned(turn), place=place))
        seen = page_picture(path, resolution=50.8)
        rows = seen[len(seen) - 2 * 120 : len(seen) - 2 * 78]
        crops.append([row[2 * 58 : 2 * 137] for row in rows])
    straight, upright = crops
    differing = sum(
        abs(one - other) > 128
        for ours, theirs in zip(straight, upright, strict=True)
        for one, other in zip(ours, theirs, strict=True)
    )
    assert any(min(row) < 50 for row in straight)
    assert differing < 100  # of 13,000 dots: pages differ in height by less than a dot


# --- refusals ----------------------------------------------------------------------------------


def refused(folder: Path, data: bytes, words: str, mark: Mark | None = None) -> None:
    source = folder / "plain.pdf"
    source.write_bytes(data)
    with pytest.raises(SigningFault, match=words) as fault:
        sign(folder, source, mark)
    assert fault.value.remedy
    assert not (folder / "signed.pdf").exists()


def test_what_is_no_pdf_is_refused(tmp_path: Path) -> None:
    for data in (b"", b"\0" * 100, b"%PDF-1.7\n", paper()[:-300], b"PK\3\4" + paper()):
        refused(tmp_path, data, "повреждён")
    refused(tmp_path, encrypted(), "зашифрован")


def test_a_mark_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    for page in (0, 2):
        refused(tmp_path, paper(), "нет, страниц в нём 1", Mark(replace(PLACE, page=page), FACES))
    for place in (replace(PLACE, x=140), replace(PLACE, y=290), replace(PLACE, x=-1)):
        refused(tmp_path, paper(), "не помещается на странице 1", Mark(place, FACES))
    refused(tmp_path, paper(), "не читается", Mark(replace(PLACE, width=30), FACES))


def test_a_font_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    lost = replace(FACES, bold=tmp_path / "нет.ttf")
    refused(tmp_path, paper(), "Не удалось прочитать шрифт", Mark(PLACE, lost))
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    broken = replace(FACES, regular=tmp_path / "broken.ttf")
    refused(tmp_path, paper(), "повреждён или это не шрифт", Mark(PLACE, broken))


def test_the_document_itself_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(paper())
    with pytest.raises(SigningFault, match="на место самого документа"):
        sign(tmp_path, tmp_path / "signed.pdf")
    assert (tmp_path / "signed.pdf").read_bytes() == paper()


def test_a_document_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="файла нет"):
        sign(tmp_path, tmp_path / "нет.pdf")


def test_a_copy_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "plain.pdf").write_bytes(paper())
    with pytest.raises(SigningFault, match="Не удалось записать"):
        sign(tmp_path / "plain.pdf", tmp_path / "plain.pdf")


def test_an_expired_certificate_does_not_sign(tmp_path: Path) -> None:
    (tmp_path / "plain.pdf").write_bytes(paper())
    with pytest.raises(SigningFault, match="истёк"):
        sign(tmp_path, tmp_path / "plain.pdf", signed_at=UNTIL + dt.timedelta(days=1))
    assert not (tmp_path / "signed.pdf").exists()


def test_nobody_signs_over_a_spoiled_signature(tmp_path: Path) -> None:
    data = signed_copy(tmp_path, paper())
    spoiled = data.replace("🖤".encode(), "🖥".encode(), 1)  # in the comment of the first lines
    assert spoiled != data
    (tmp_path / "signed.pdf").unlink()
    refused(tmp_path, spoiled, "Прежняя подпись в этом файле недействительна")


def test_a_signature_too_big_for_its_place_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_sign, "_KEPT_FOR_SIGNATURE", 100)
    refused(tmp_path, paper(), "не поместилась")


def test_other_parts_of_the_program_do_not_load_the_library() -> None:
    looked = (
        "import sys, signing.verify, signing.backends, signing.software, signing.pdf_place;"
        "print([name for name in sys.modules if name.startswith('pyhanko')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", looked],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    assert done.stdout.strip() == "[]"
