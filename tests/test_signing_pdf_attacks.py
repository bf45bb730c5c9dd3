"""Attacks on signed PDF files: none may pass, none may raise, and each has its sentence."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import NameObject as Name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import (
    DocumentTimestamp,
    PdfSignedData,
    SignatureObject,
)
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pypdf import PdfReader
from signed_pdf_samples import (
    check_of,
    cms_over,
    encrypted,
    paper,
    prepared,
    signed_copy,
    verified,
    with_range,
)
from stamp_authority import stamp_authority
from test_signing_authority import NOW, SCHOOL, UNTIL, authority, signer_of, teacher

from docgen.core.errors import InputFault, SigningFault
from signing.authority import create_authority, issue
from signing.pdf_place import Place
from signing.pdf_sign import _Prepared as Prepared
from signing.pdf_verify import verify_pdf
from signing.report import (
    CheckName,
    Conclusion,
    Status,
    VerificationReport,
    as_json,
    report_findings,
    report_lines,
)
from signing.trust import TrustStore, thumbprint

if TYPE_CHECKING:
    from collections.abc import Callable

HIGHER = Place(page=1, x=110, y=80, width=75)
LINE = b"BT /F1 40 Tf 60 400 Td (7B) Tj ET"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signed")


@pytest.fixture(scope="module")
def once(folder: Path) -> bytes:
    """Signed by the class teacher."""
    return signed_copy(folder, paper())


@pytest.fixture(scope="module")
def twice(folder: Path, once: bytes) -> bytes:
    """Signed by the class teacher, then by the director."""
    return signed_copy(folder, once, director(), HIGHER, NOW + dt.timedelta(minutes=1))


@cache
def director() -> object:
    return teacher(name="Берёзова Алла Ильинична")


def conclusion(data: bytes, **options: object) -> Conclusion:
    """The verdict; every report must also be fit to be shown."""
    report = verified(data, **options)
    report_lines(report)
    as_json(report)
    passed = report.conclusion is Conclusion.TOTAL_PASSED
    assert bool(report_findings(report)) != passed
    return report.conclusion


def fails(data: bytes, sentence: str) -> None:
    report = verified(data)
    said = " ".join(report_lines(report))
    assert report.conclusion is Conclusion.TOTAL_FAILED
    assert sentence in said


def updated(data: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """An addition to the file by a foreign program."""
    writer = IncrementalPdfFileWriter(BytesIO(data))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def resigned(data: bytes, issued: object = None) -> bytes:
    """The director signs what was changed after the teacher: our own tool would refuse."""
    ready = prepared(data, issued or director())
    return ready.filled(cms_over(*ready.covered(), issued=issued or director()), Path())


# --- honest files ------------------------------------------------------------------------------


def test_two_honest_signatures_pass_each_apart(twice: bytes) -> None:
    report = verified(twice)
    assert report.conclusion is Conclusion.TOTAL_PASSED
    assert check_of(report, 1, CheckName.CHANGES).status is Status.PASSED
    assert CheckName.CHANGES not in {check.name for check in report.signatures[1].checks}
    assert "дополнен" in check_of(report, 1, CheckName.COVERAGE).sentence


def test_without_a_trusted_root_nothing_is_established(once: bytes) -> None:
    assert conclusion(once, trust=TrustStore(())) is Conclusion.INDETERMINATE
    stranger = create_authority("Чужой центр", SCHOOL, valid_from=NOW, valid_until=UNTIL)
    store = TrustStore((stranger.certificate,))
    assert conclusion(once, trust=store) is Conclusion.INDETERMINATE


def test_an_expired_certificate_is_no_pass(once: bytes) -> None:
    assert conclusion(once, at=UNTIL + dt.timedelta(days=1)) is Conclusion.INDETERMINATE


def test_only_the_signature_of_a_stranger_is_in_doubt(once: bytes) -> None:
    stranger = create_authority("Чужой центр", SCHOOL, valid_from=NOW, valid_until=UNTIL)
    other = issue(stranger, "Некто", SCHOOL, valid_from=NOW, valid_until=UNTIL)
    report = verified(resigned(once, other))
    assert [item.conclusion for item in report.signatures] == [
        Conclusion.TOTAL_PASSED,
        Conclusion.INDETERMINATE,
    ]
    assert report.conclusion is Conclusion.INDETERMINATE


def test_the_file_is_read_from_its_place(tmp_path: Path, once: bytes) -> None:
    (tmp_path / "signed.pdf").write_bytes(once)
    store, at = TrustStore((authority().certificate,)), NOW
    report = verify_pdf(tmp_path / "signed.pdf", trust=store, at=at)
    assert report.conclusion is Conclusion.TOTAL_PASSED
    assert report.source == report.signature == tmp_path / "signed.pdf"
    with pytest.raises(InputFault, match="файла нет"):
        verify_pdf(tmp_path / "нет.pdf", trust=store, at=at)
    with pytest.raises(ValueError, match="zone"):
        verified(once, at=dt.datetime(2026, 5, 20))  # noqa: DTZ001 - on purpose


# --- what the caller knows ---------------------------------------------------------------------


def test_a_file_cut_back_to_an_earlier_signature_is_told(once: bytes, twice: bytes) -> None:
    both = [thumbprint(item.certificate) for item in (teacher(), director())]
    assert conclusion(twice, expected=both) is Conclusion.TOTAL_PASSED
    assert conclusion(twice, expected=[item.upper() for item in both]) is Conclusion.TOTAL_PASSED
    # The earlier file is sound in itself: the one who checks has to know.
    assert conclusion(once) is Conclusion.TOTAL_PASSED
    report = verified(once, expected=both)
    assert report.conclusion is Conclusion.TOTAL_FAILED
    assert "Не хватает подписей: 1 из 2" in report.structure.sentence


def test_the_digest_of_the_file_as_it_was_filed_is_compared(once: bytes, twice: bytes) -> None:
    filed = hashlib.sha512(twice).hexdigest()
    assert conclusion(twice, expected_sha512=filed.upper()) is Conclusion.TOTAL_PASSED
    assert conclusion(once, expected_sha512=filed) is Conclusion.TOTAL_FAILED


def test_a_signature_nobody_expected_is_told(twice: bytes) -> None:
    only = [thumbprint(teacher().certificate)]
    report = verified(twice, expected=only)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert "которой в нём быть не должно" in report.structure.sentence


def test_one_person_cannot_sign_for_two(folder: Path, once: bytes) -> None:
    same = signed_copy(folder, once, teacher(), HIGHER)
    both = [thumbprint(item.certificate) for item in (teacher(), director())]
    assert conclusion(same, expected=both) is Conclusion.TOTAL_FAILED


# --- additions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", [b"\n", b" ", b"\0", b"%", b"junk after the end", b"\r\n%%EOF\n"])
def test_nothing_may_follow_the_last_signature(twice: bytes, tail: bytes) -> None:
    report = verified(twice + tail)
    assert report.conclusion is Conclusion.TOTAL_FAILED


def test_what_was_written_after_the_last_signature_is_counted(twice: bytes) -> None:
    fails(twice + b"\n%junk\n", "дописано байтов: 7")


def with_a_line(writer: IncrementalPdfFileWriter) -> None:
    """Write one more line on the page."""
    stream = writer.add_object(generic.StreamObject(stream_data=LINE))
    writer.add_stream_to_page(0, stream)


def with_a_note(writer: IncrementalPdfFileWriter) -> None:
    """Stick a note on the page that covers the text."""
    note = generic.DictionaryObject(
        {
            Name("/Type"): Name("/Annot"),
            Name("/Subtype"): Name("/FreeText"),
            Name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (50, 600, 400, 700))),
            Name("/Contents"): generic.pdf_string("7B"),
            Name("/F"): generic.NumberObject(4),
        }
    )
    writer.register_annotation(writer.find_page_for_modification(0)[0], writer.add_object(note))


def with_another_catalog(writer: IncrementalPdfFileWriter) -> None:
    """Let the viewer run something when the file is opened."""
    writer.root[Name("/OpenAction")] = generic.DictionaryObject(
        {Name("/S"): Name("/Named"), Name("/N"): Name("/Print")}
    )
    writer.update_root()


def without_its_first_field(writer: IncrementalPdfFileWriter) -> None:
    """Take the signature out of the form and off the page."""
    writer.root["/AcroForm"]["/Fields"].pop(0)
    writer.update_container(writer.root["/AcroForm"]["/Fields"])
    writer.update_container(writer.root["/AcroForm"])
    writer.update_root()


def with_other_words_on_the_mark(writer: IncrementalPdfFileWriter) -> None:
    """Draw another owner over the mark."""
    pointer = writer.root["/AcroForm"]["/Fields"][0]["/AP"].raw_get("/N")
    form = pointer.get_object()
    drawn = {key: form.raw_get(key) for key in form if key not in {"/Filter", "/Length"}}
    writer.objects[0, pointer.idnum] = generic.StreamObject(drawn, stream_data=LINE)


def with_a_moved_mark(writer: IncrementalPdfFileWriter) -> None:
    """Move the mark over the text."""
    field = writer.root["/AcroForm"]["/Fields"][0]
    field[Name("/Rect")] = generic.ArrayObject(map(generic.NumberObject, (50, 600, 400, 800)))
    writer.update_container(field)


def with_a_text_field(writer: IncrementalPdfFileWriter) -> None:
    """Add a field to be filled in."""
    field = generic.DictionaryObject(
        {
            Name("/Type"): Name("/Annot"),
            Name("/Subtype"): Name("/Widget"),
            Name("/FT"): Name("/Tx"),
            Name("/T"): generic.pdf_string("Класс"),
            Name("/V"): generic.pdf_string("7B"),
            Name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (50, 600, 400, 700))),
        }
    )
    pointer = writer.add_object(field)
    writer.root["/AcroForm"]["/Fields"].append(pointer)
    writer.update_container(writer.root["/AcroForm"]["/Fields"])
    writer.register_annotation(writer.find_page_for_modification(0)[0], pointer)


CHANGES = [
    with_a_line,
    with_a_note,
    with_another_catalog,
    with_other_words_on_the_mark,
    with_a_moved_mark,
    with_a_text_field,
]


@pytest.mark.parametrize("change", [*CHANGES, without_its_first_field])
def test_a_file_changed_after_signing_fails(
    once: bytes, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    changed = updated(once, change)
    assert changed.startswith(once)
    assert conclusion(changed) is Conclusion.TOTAL_FAILED


@pytest.mark.parametrize("change", CHANGES)
def test_a_later_honest_signature_does_not_cover_up_a_change(
    once: bytes, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    report = verified(resigned(updated(once, change)))
    assert check_of(report, 1, CheckName.CHANGES).status is Status.FAILED
    assert report.signatures[1].conclusion is Conclusion.TOTAL_PASSED
    assert report.conclusion is Conclusion.TOTAL_FAILED


def test_a_signature_taken_out_is_missed(once: bytes) -> None:
    report = verified(
        resigned(updated(once, without_its_first_field)),
        expected=[thumbprint(teacher().certificate), thumbprint(director().certificate)],
    )
    assert report.conclusion is Conclusion.TOTAL_FAILED


# --- shadows: prepared before signing, shown after it -----------------------------------------


def hide(writer: IncrementalPdfFileWriter) -> None:
    """Lay another content of the page into the file; nothing points to it yet."""
    writer.add_object(generic.StreamObject({Name("/Shadow"): Name("/Yes")}, stream_data=LINE))


def content_number() -> int:
    number: int = PdfReader(BytesIO(paper())).pages[0].raw_get("/Contents").idnum
    return number


def table_to(data: bytes, offset: int) -> bytes:
    """An addition without any object: only that the page's content is now elsewhere."""
    *_, old = re.finditer(rb"startxref\n(\d+)\n", data)
    trailer = PdfReader(BytesIO(data)).trailer
    return data + (
        b"xref\n%d 1\n%010d 00000 n \n"
        b"trailer\n<</Size %d /Root %d 0 R /Prev %s>>\nstartxref\n%d\n%%%%EOF\n"
    ) % (
        *(content_number(), offset),
        *(trailer["/Size"], trailer.raw_get("/Root").idnum, old[1], len(data)),
    )


def test_hidden_content_shown_after_signing_by_a_table_alone_fails(tmp_path: Path) -> None:
    shadow = b"%d 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n"
    hidden = paper() + shadow % (content_number(), len(LINE), LINE)
    signed = signed_copy(tmp_path, updated(hidden, hide))
    assert conclusion(signed) is Conclusion.TOTAL_PASSED
    changed = table_to(signed, len(paper()))
    shown = PdfReader(BytesIO(changed)).pages[0].get_contents()
    assert shown.get_data().strip() == LINE  # what viewers show now
    assert conclusion(changed) is Conclusion.TOTAL_FAILED
    report = verified(resigned(changed))
    assert check_of(report, 1, CheckName.CHANGES).status is Status.FAILED
    assert report.signatures[1].conclusion is Conclusion.TOTAL_PASSED


def test_hidden_content_shown_after_signing_by_a_new_page_object_fails(tmp_path: Path) -> None:
    signed = signed_copy(tmp_path, updated(paper(), hide))

    def show(writer: IncrementalPdfFileWriter) -> None:
        number = int(re.findall(rb"(\d+) 0 obj\s*<<\s*/Shadow", signed)[0])
        page = writer.find_page_for_modification(0)[0].get_object()
        page[Name("/Contents")] = generic.IndirectObject(number, 0, writer)
        writer.update_container(page)

    changed = updated(signed, show)
    assert conclusion(changed) is Conclusion.TOTAL_FAILED
    report = verified(resigned(changed))
    assert check_of(report, 1, CheckName.CHANGES).status is Status.FAILED


# --- the range that is covered -----------------------------------------------------------------


def ranged(numbers_of: Callable[[Prepared], tuple[int, ...]]) -> bytes:
    """Signed by a signer who covers what he likes; his signature itself is right."""
    ready = prepared(paper())
    numbers = numbers_of(ready)
    data = with_range(ready.data, *numbers)
    parts = [
        data[max(start, 0) : max(start, 0) + max(length, 0)]
        for start, length in zip(numbers[::2], numbers[1::2], strict=False)
    ]
    return Prepared(data, ready.begin, ready.end).filled(cms_over(*parts), Path())


@pytest.mark.parametrize(
    "numbers_of",
    [
        lambda it: (1, it.begin - 1, it.end, len(it.data) - it.end),
        lambda it: (100, it.begin - 100, it.end, len(it.data) - it.end),
        lambda it: (100, it.begin, it.end, len(it.data) - it.end),
        lambda it: (0, it.begin - 40, it.end, len(it.data) - it.end),
        lambda it: (0, it.begin, it.end + 40, len(it.data) - it.end - 40),
        lambda it: (0, it.begin, it.end, len(it.data) - it.end - 10),
        lambda it: (0, it.begin, it.end, len(it.data) - it.end + 10),
        lambda it: (0, it.begin, it.end, 0),
        lambda it: (0, it.begin + 1, it.end - 1, len(it.data) - it.end + 1),
        lambda it: (0, it.begin, it.begin, len(it.data) - it.begin),
        lambda it: (0, len(it.data), 0, 0),
        lambda it: (0, 0, it.end, len(it.data) - it.end),
        lambda it: (it.end, len(it.data) - it.end, 0, it.begin),
        lambda it: (0, it.begin),
        lambda it: (0, it.begin, it.end, len(it.data) - it.end, 0, 0),
        lambda it: (0, it.begin, it.end, -1),
        lambda _: (),
    ],
)
def test_a_signature_over_a_part_of_the_file_fails(
    numbers_of: Callable[[Prepared], tuple[int, ...]],
) -> None:
    report = verified(ranged(numbers_of))
    assert report.conclusion is Conclusion.TOTAL_FAILED
    assert check_of(report, 1, CheckName.COVERAGE).status is Status.FAILED


def test_a_whole_range_made_the_same_way_passes() -> None:
    honest = ranged(lambda it: (0, it.begin, it.end, len(it.data) - it.end))
    assert conclusion(honest) is Conclusion.TOTAL_PASSED


# --- what stands in the place of the signature ------------------------------------------------


def refilled(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Other digits in the place of the last signature; as many as there were."""
    *_, place = re.finditer(rb"/Contents <([0-9A-Fa-f]+)>", data)
    digits = change(place[1])
    assert len(digits) == len(place[1])
    return data[: place.start(1)] + digits + data[place.end(1) :]


def signature_in(digits: bytes) -> bytes:
    der = bytes.fromhex(digits.decode())
    return der[: 4 + int.from_bytes(der[2:4], "big")]


def test_after_the_signature_its_place_holds_zeros_only(once: bytes) -> None:
    for at in (-1, -2, -100):
        changed = refilled(once, lambda digits, at=at: digits[:at] + b"1" + digits[at:][1:])
        fails(changed, "стоит что-то ещё")

    def second(digits: bytes) -> bytes:
        der = signature_in(digits)
        return (der + der).hex().encode().ljust(len(digits), b"0")

    fails(refilled(once, second), "стоит что-то ещё")


@pytest.mark.parametrize("drawn_in", [1, 2, 4, 100])
def test_the_zeros_after_a_signature_cannot_be_drawn_into_it(once: bytes, drawn_in: int) -> None:
    """Two zeros are a value by themselves in BER, so a longer length could hide them."""

    def longer(digits: bytes) -> bytes:
        der = bytearray.fromhex(digits.decode())
        der[2:4] = (int.from_bytes(der[2:4], "big") + drawn_in).to_bytes(2, "big")
        return der.hex().encode()

    assert conclusion(refilled(once, longer)) is Conclusion.TOTAL_FAILED


def test_an_empty_place_is_told(once: bytes) -> None:
    fails(refilled(once, lambda digits: b"0" * len(digits)), "самой подписи нет")


def test_two_signers_in_one_place_do_not_pass(folder: Path) -> None:
    ready = prepared(paper())
    one, other = (
        asn1_cms.ContentInfo.load(cms_over(*ready.covered(), issued=person))
        for person in (teacher(), director())
    )
    for field in ("signer_infos", "certificates"):
        for item in other["content"][field]:
            if item.dump() not in {present.dump() for present in one["content"][field]}:
                one["content"][field].append(item)
    fails(ready.filled(one.dump(force=True), folder), "не одна подпись")


@pytest.mark.parametrize(
    "change",
    [
        lambda digits: b" " + digits[:-1],
        lambda digits: digits[:-2] + b"\n\n",
        lambda digits: digits[:-1] + b">",
        lambda digits: digits.upper()[:40] + digits.lower()[40:],
        lambda digits: digits.replace(b"3", b"g", 1),
        lambda digits: b"3080" + digits[4:],
        lambda digits: digits[2:] + b"00",
    ],
)
def test_another_filling_of_the_place_does_not_pass(
    once: bytes, change: Callable[[bytes], bytes]
) -> None:
    assert conclusion(refilled(once, change)) is not Conclusion.TOTAL_PASSED


def test_digits_may_be_of_either_kind_but_of_one(once: bytes) -> None:
    assert conclusion(refilled(once, bytes.upper)) is Conclusion.TOTAL_PASSED


def test_the_signature_of_another_file_fails(folder: Path, once: bytes) -> None:
    other = signed_copy(folder, paper(body="<p>Другая справка.</p>"))
    taken = re.search(rb"/Contents <([0-9a-f]+)>", other)
    assert taken
    der = signature_in(taken[1]).hex().encode()
    moved = refilled(once, lambda digits: der.ljust(len(digits), b"0"))
    assert verified(moved).conclusion is Conclusion.TOTAL_FAILED
    assert check_of(verified(moved), 1, CheckName.CONTENT).status is Status.FAILED


def test_a_swapped_certificate_does_not_pass(once: bytes) -> None:
    signer, other = (signer_of(item).certificate for item in (teacher(), teacher(name="Иванова А")))

    def swap(digits: bytes) -> bytes:
        der = signature_in(digits)
        assert signer in der
        return der.replace(signer, other).hex().encode().ljust(len(digits), b"0")

    assert conclusion(refilled(once, swap)) is not Conclusion.TOTAL_PASSED


@pytest.mark.parametrize("key", [b"/Contents", b"/#43ontents", b"/ByteRange", b"/ByteR#61nge"])
def test_a_key_that_stands_twice_does_not_pass(key: bytes) -> None:
    """Programs differ in which of two equal keys they read."""
    ready = prepared(paper())
    value = b"<00>" if b"tents" in key else b"[0 1 2 3]"
    # The name of the signer makes room: no byte may move.
    *_, name = re.finditer(rb"/Name (<[^>]*>|\([^)]*\))", ready.data)
    doubled = b"%s %s" % (key, value)
    assert len(doubled) <= len(name[0])
    data = ready.data[: name.start()] + doubled.ljust(len(name[0])) + ready.data[name.end() :]
    place = Prepared(data, ready.begin, ready.end)
    signed = place.filled(cms_over(*place.covered()), Path())
    assert conclusion(signed) is not Conclusion.TOTAL_PASSED


def signed_by_foreign_program(data: bytes, name: str = "Signature1", **options: object) -> bytes:
    """Signed by pyHanko on its own, at the time of the clock."""
    person = signer_of(teacher())
    signer = SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(person.certificate),
        signing_key=asn1_keys.PrivateKeyInfo.load(
            person.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        ),
        cert_registry=SimpleCertificateStore.from_certs(
            map(asn1_x509.Certificate.load, person.chain)
        ),
    )
    metadata = PdfSignatureMetadata(field_name=name, md_algorithm="sha256", **options)
    writer = IncrementalPdfFileWriter(BytesIO(data))
    made: bytes = PdfSigner(metadata, signer).sign_pdf(writer).getvalue()
    return made


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_a_signature_by_a_foreign_program_passes_beside_ours(once: bytes) -> None:
    signed = signed_by_foreign_program(once, subfilter=SigSeedSubFilter.PADES)
    report = verified(signed, at=now())
    assert [item.conclusion for item in report.signatures] == [Conclusion.TOTAL_PASSED] * 2


def test_the_older_form_of_signature_passes_too() -> None:
    signed = signed_by_foreign_program(paper(), subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    assert conclusion(signed, at=now()) is Conclusion.TOTAL_PASSED


def unseen(
    data: bytes,
    *names: str,
    kind: type[PdfSignedData] = SignatureObject,
    sealed: Callable[..., bytes] = cms_over,
) -> bytes:
    """Signed without a mark; the one signature stands in fields of these names."""
    writer = IncrementalPdfFileWriter(BytesIO(data))
    embedding = PdfCMSEmbedder().write_cms(names[0], writer)
    field = next(embedding).get_object()
    signature = embedding.send(SigObjSetup(kind(bytes_reserved=20000)))
    for name in names[1:]:
        twin = generic.DictionaryObject({key: field.raw_get(key) for key in field})
        twin[Name("/T")], twin[Name("/V")] = generic.pdf_string(name), signature
        writer.root["/AcroForm"]["/Fields"].append(writer.add_object(twin))
    place, out = embedding.send(SigIOSetup("sha256", output=BytesIO()))
    ready = Prepared(out.getvalue(), place.reserved_region_start, place.reserved_region_end)
    return ready.filled(sealed(*ready.covered()), Path())


def test_what_a_signer_forbade_is_not_done_after_him() -> None:
    first = signed_by_foreign_program(paper(), certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    assert conclusion(first, at=now()) is Conclusion.TOTAL_PASSED
    assert conclusion(resigned(first), at=now()) is Conclusion.TOTAL_FAILED
    report = verified(unseen(first, "Подпись 2"), at=now())
    assert check_of(report, 1, CheckName.CHANGES).status is Status.FAILED
    assert "запретил менять" in check_of(report, 1, CheckName.CHANGES).sentence


def token_over(*parts: bytes) -> bytes:
    return stamp_authority().token(hashlib.sha256(b"".join(parts)).digest())


def test_a_time_stamp_on_the_whole_file_is_checked_apart(once: bytes) -> None:
    stamped = unseen(once, "Штамп", kind=DocumentTimestamp, sealed=token_over)
    both = TrustStore((authority().certificate, stamp_authority().root))
    only = [thumbprint(teacher().certificate)]
    report = verified(stamped, trust=both, expected=only)
    assert report.conclusion is Conclusion.TOTAL_PASSED
    assert report.signatures[1].proven_at == NOW
    assert report.signatures[1].certificate is None
    assert conclusion(stamped) is Conclusion.INDETERMINATE

    def other(*_: bytes) -> bytes:
        return token_over(b"other")

    wrong = unseen(once, "Штамп", kind=DocumentTimestamp, sealed=other)
    assert conclusion(wrong, trust=both) is Conclusion.TOTAL_FAILED


def test_a_stamped_signature_outlives_its_certificate(tmp_path: Path) -> None:
    stamped = signed_copy(tmp_path, paper(), timestamper=stamp_authority())
    both = TrustStore((authority().certificate, stamp_authority().root))
    later = UNTIL + dt.timedelta(days=100)
    report = verified(stamped, trust=both, at=later)
    assert report.signatures[0].proven_at == NOW
    # Whether the certificate was revoked by then is asked too, and nobody has frozen an answer.
    name = CheckName.CERTIFICATE
    assert check_of(report, 1, name).status is Status.PASSED
    assert check_of(verified(stamped, at=later), 1, name).status is Status.INDETERMINATE
    assert conclusion(stamped, trust=both) is Conclusion.TOTAL_PASSED


def test_without_a_stamp_nothing_is_written(tmp_path: Path) -> None:
    class Silent:
        def stamp(self, *_: object) -> bytes:
            raise SigningFault("Служба штампов времени молчит.")

    with pytest.raises(SigningFault, match="молчит"):
        signed_copy(tmp_path, paper(), timestamper=Silent())
    assert not (tmp_path / "signed.pdf").exists()


def test_a_signature_named_twice_does_not_pass() -> None:
    """Two fields with one signature, so that it seems two people have signed."""
    fails(unseen(paper(), "Подпись 1", "Подпись 2"), "названа в файле PDF дважды")


def test_a_file_with_two_tables_of_objects_is_not_judged() -> None:
    """Old programs read the one and new programs the other (ISO 32000-2 7.5.8.4)."""
    *_, old = re.finditer(rb"startxref\n(\d+)\n", paper())
    root = PdfReader(BytesIO(paper())).trailer.raw_get("/Root").idnum
    both = paper() + (
        b"xref\n0 1\n0000000000 65535 f \n"
        b"trailer\n<</Size 99 /Root %d 0 R /XRefStm %s>>\nstartxref\n%d\n%%%%EOF\n"
    ) % (root, old[1], len(paper()))
    assert len(PdfReader(BytesIO(both)).pages) == 1
    report = verified(both)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert "две разные таблицы объектов" in report.structure.sentence


def test_an_encrypted_file_is_not_judged() -> None:
    report = verified(encrypted())
    assert report.conclusion is Conclusion.INDETERMINATE
    assert "зашифрован" in report.structure.sentence


def test_a_form_of_signature_we_do_not_know_is_in_doubt() -> None:
    ready = prepared(paper())
    data = ready.data.replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 ")
    place = Prepared(data, ready.begin, ready.end)
    signed = place.filled(cms_over(*place.covered()), Path())
    assert conclusion(signed) is Conclusion.INDETERMINATE


# --- damage ------------------------------------------------------------------------------------


def test_a_file_without_signatures_is_no_pass() -> None:
    fails(paper(), "нет ни одной подписи")


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_no_flipped_bit_passes(once: bytes, twice: bytes, data: st.DataObject) -> None:
    signed = data.draw(st.sampled_from([once, twice]))
    at = data.draw(st.integers(0, len(signed) - 1))
    changed = bytearray(signed)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    assert conclusion(bytes(changed)) is not Conclusion.TOTAL_PASSED


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_no_missing_or_added_bytes_pass(twice: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(twice)))
    cut = data.draw(st.integers(0, 300))
    added = data.draw(st.binary(max_size=50))
    changed = twice[:at] + added + twice[at + cut :]
    assert (conclusion(changed) is Conclusion.TOTAL_PASSED) == (changed == twice)


@given(st.binary(max_size=300))
@example(b"")
@example(b"%PDF-1.7\nstartxref\n0\n%%EOF")
@example(b"%PDF-1.7\nxref\n0 1\ntrailer\n<</Root 1 0 R/Size 9/Prev 9>>\nstartxref\n9\n%%EOF")
@settings(deadline=None)
def test_bytes_that_are_no_pdf_have_a_verdict(data: bytes) -> None:
    for spoilt in (data, b"%PDF-1.7\n" + data, paper()[:400] + data + paper()[-400:]):
        report: VerificationReport = verified(spoilt)
        assert report.conclusion is Conclusion.TOTAL_FAILED
        assert report.structure.sentence


@pytest.mark.long
@given(st.data())
@settings(max_examples=2000, deadline=None)
def test_no_flipped_bit_passes_in_many_tries(twice: bytes, data: st.DataObject) -> None:
    changed = bytearray(twice)
    changed[data.draw(st.integers(0, len(twice) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert conclusion(bytes(changed)) is not Conclusion.TOTAL_PASSED


@pytest.mark.long
def test_no_digit_in_the_place_of_the_signature_can_change(once: bytes) -> None:
    place = re.search(rb"<[0-9a-f]{1000,}>", once)
    assert place
    filled = place.start() + 2 * len(signature_in(place[0][1:-1]))
    survivors = []
    for at in (*range(place.start(), filled), *range(filled, place.end(), 16), place.end() - 1):
        changed = bytearray(once)
        changed[at] ^= 1 << at % 8
        if conclusion(bytes(changed)) is Conclusion.TOTAL_PASSED:
            survivors.append(at)
    assert survivors == []
