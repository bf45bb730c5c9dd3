"""Signed PDF files of all kinds for the tests: honest ones, and the makings of attacks."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import warnings
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import weasyprint
from pypdf import PdfReader, PdfWriter
from test_signing_authority import NOW, signer_of, teacher, trust

from signing import pdf_sign
from signing.cms import build_over
from signing.interfaces import Certification
from signing.pdf_mark import Faces
from signing.pdf_place import Place
from signing.pdf_sign import Mark, sign_pdf
from signing.pdf_verify import verify_pdf_bytes
from signing.report import Check, CheckName, VerificationReport

if TYPE_CHECKING:
    from signing.authority import Issued
    from signing.interfaces import Timestamper

FONTS = Path(__file__).parent.parent / "templates" / "_shared" / "fonts"
FACES = Faces(FONTS / "LiberationSerif-Regular.ttf", FONTS / "LiberationSerif-Bold.ttf")
PLACE = Place(page=1, x=110, y=20, width=75)
PAGE = """
<html lang="ru"><title>Справка</title><style>
@font-face {{ font-family: Own; src: url("{font}") }}
@page {{ size: {size}; margin: 20mm }} body {{ font: 12pt Own }}
</style><body>{body}</body></html>
"""
BODY = "<h1>Справка</h1><p>Дана Петровой Анне в том, что она учится в 7 «А» классе.</p>"


@cache
def paper(variant: str = "pdf/a-2b", body: str = BODY, size: str = "A4") -> bytes:
    """One page of Russian text as PDF/A."""
    text = PAGE.format(font=(FONTS / "LiberationSerif-Regular.ttf").as_uri(), body=body, size=size)
    with warnings.catch_warnings():
        # WeasyPrint 70 leaves its colour profile open for the collector to close.
        warnings.simplefilter("ignore", ResourceWarning)
        made: bytes = weasyprint.HTML(string=text).write_pdf(pdf_variant=variant)
    return made


@cache
def turned(rotation: int) -> bytes:
    """The page of `paper`, to be shown turned clockwise."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(paper())))
    writer.pages[0].rotate(rotation)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted() -> bytes:
    """The page of `paper`, to be opened with a word only."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(paper())))
    writer.encrypt("слово", algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def signed_copy(
    folder: Path,
    data: bytes,
    issued: Issued | None = None,
    place: Place = PLACE,
    at: dt.datetime = NOW,
    timestamper: Timestamper | None = None,
) -> bytes:
    """Sign a PDF by our own program."""
    (folder / "plain.pdf").write_bytes(data)
    out = folder / "signed.pdf"
    signer = signer_of(issued or teacher())
    sign_pdf(
        folder / "plain.pdf",
        out,
        signer,
        Mark(place, FACES),
        signed_at=at,
        tool="проверка",
        certified=Certification.NO,
        timestamper=timestamper,
    )
    return out.read_bytes()


def prepared(data: bytes, issued: Issued | None = None) -> pdf_sign._Prepared:
    """A copy with an empty place for the signature, for a signer who cheats."""
    return pdf_sign._prepare(
        data, signer_of(issued or teacher()), Mark(PLACE, FACES), NOW, Path("plain.pdf")
    )


def cms_over(*parts: bytes, issued: Issued | None = None) -> bytes:
    """A signature that is right, over whatever bytes."""
    signer = signer_of(issued or teacher())
    running = signer.new_hash()
    for part in parts:
        running.update(part)
    return build_over(running.digest(), signer, signed_at=None)


def with_range(data: bytes, *numbers: int) -> bytes:
    """The same file with another /ByteRange in the last signature; no byte moves."""
    *_, place = re.finditer(rb"/ByteRange \[[^]]*\] *", data)
    written = b"/ByteRange [%s]" % b" ".join(b"%d" % number for number in numbers)
    assert len(written) <= len(place[0])
    return data[: place.start()] + written.ljust(len(place[0])) + data[place.end() :]


def verified(data: bytes, **options: object) -> VerificationReport:
    """The report on a file in memory, with the authority of the tests trusted."""
    options = {"trust": trust(), "at": NOW + dt.timedelta(hours=1), **options}
    return verify_pdf_bytes(data, name=Path("signed.pdf"), **options)


def check_of(report: VerificationReport, number: int, name: CheckName) -> Check:
    """One check of the signature with this number, from 1."""
    return next(check for check in report.signatures[number - 1].checks if check.name is name)


def page_picture(path: Path, page: int = 1, resolution: int = 72) -> list[bytes]:
    """Rows of grey dots, drawn by poppler."""
    shown = ["-gray", "-r", str(resolution), "-f", str(page), "-l", str(page), "-singlefile"]
    done = subprocess.run(["pdftoppm", *shown, path], capture_output=True, check=True)
    _, size, _, body = done.stdout.split(b"\n", 3)
    width = int(size.split()[0])
    return [body[at : at + width] for at in range(0, len(body), width)]
