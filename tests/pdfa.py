"""A structural check of what our own steps could break in a PDF/A-2b (ISO 19005-2).

veraPDF judges where it is installed; this one runs everywhere. It returns every breach as a
sentence, so that a test can say `assert not breaches(path)`.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

from fontTools.ttLib import TTFont
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

if TYPE_CHECKING:
    from collections.abc import Iterator

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
DC = "{http://purl.org/dc/elements/1.1/}"
PDF = "{http://ns.adobe.com/pdf/1.3/}"


def breaches(path: Path, *, part: int = 2, signatures: int = 0) -> list[str]:
    """Every breach found by us and, where they are installed, by qpdf and veraPDF.

    `part` of ISO 19005; `signatures` is how many were added to the file, each with its mark.
    """
    return [*_own(path, part, signatures), *_qpdf(path), *_verapdf(path, part)]


def _own(path: Path, part: int, signatures: int) -> Iterator[str]:
    data = path.read_bytes()
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", data):
        yield "header or binary line"
    if data.count(b"%%EOF") != 1 + signatures or data.rstrip()[-5:] != b"%%EOF":
        yield "data behind the end of file"
    reader = PdfReader(io.BytesIO(data))
    root = reader.root_object
    if "/Encrypt" in reader.trailer:
        yield "encrypted"
    if len(reader.trailer.get("/ID", [])) != 2:
        yield "no file identifier"
    for key in ("/OpenAction", "/AA", "/Names", *(() if signatures else ("/AcroForm",))):
        if key in root:
            yield f"catalog holds {key}"
    if "/NeedAppearances" in root.get("/AcroForm", {}):
        yield "the form is left to the viewer to draw"
    yield from _intents(root)
    yield from _xmp(root, reader, part)
    yield from _pages(reader, signatures)


def _pages(reader: PdfReader, signatures: int) -> Iterator[str]:
    fonts: dict[int, dict] = {}
    marks = 0
    for number, page in enumerate(reader.pages, start=1):
        notes = [note.get_object() for note in page.get("/Annots", ())]
        marks += len(notes)
        if "/AA" in page or not all(map(_is_mark, notes)):
            yield f"page {number}: annotations or actions"
        drawn = [page, *(note["/AP"]["/N"] for note in notes)]
        for resources in (found for item in drawn for found in _resources(item)):
            for font in resources.get("/Font", DictionaryObject()).get_object().values():
                fonts[font.idnum] = font.get_object()
            for state in resources.get("/ExtGState", DictionaryObject()).values():
                if state.get_object().get("/SMask", "/None") != "/None":
                    yield f"page {number}: soft mask"
    if marks != signatures:
        yield f"{marks} marks for {signatures} signatures"
    if not fonts:
        yield "no fonts at all"
    for font in fonts.values():
        yield from _font(font)


def _is_mark(note: dict) -> bool:
    """A widget of a signature that is printed, never hidden, and has one appearance (6.3)."""
    printed, hidden = note["/F"] & 4, note["/F"] & (1 | 2 | 32 | 256)
    plain = note["/Subtype"] == "/Widget" and note["/FT"] == "/Sig" and list(note["/AP"]) == ["/N"]
    return bool(printed and not hidden and plain and not {"/A", "/AA"} & set(note))


def _resources(page: object) -> Iterator[dict]:
    seen = [page["/Resources"].get_object()]
    while seen:
        resources = seen.pop()
        yield resources
        for item in resources.get("/XObject", DictionaryObject()).get_object().values():
            form = item.get_object()
            if form.get("/Subtype") == "/Form" and "/Resources" in form:
                seen.append(form["/Resources"].get_object())


def _intents(root: dict) -> Iterator[str]:
    intents = root.get("/OutputIntents", [])
    if len(intents) != 1:
        yield f"{len(intents)} output intents"
        return
    profile = intents[0].get_object()["/DestOutputProfile"].get_object()
    icc = profile.get_data()
    if icc[36:40] != b"acsp" or int.from_bytes(icc[:4], "big") != len(icc):
        yield "output profile is no ICC profile"


def _xmp(root: dict, reader: PdfReader, part: int) -> Iterator[str]:
    packet = root["/Metadata"].get_object().get_data()
    if re.search(rb"<\?xpacket[^>]*(bytes|encoding)=", packet):
        yield "xpacket with bytes or encoding"
    tree = ET.fromstring(packet)  # noqa: S314 - our own file
    if _property(tree, PDFAID, "part") != str(part):
        yield f"XMP does not say PDF/A-{part}"
    if _property(tree, PDFAID, "conformance") != "B":
        yield "XMP does not say conformance B"
    title = tree.findtext(f".//{DC}title/{RDF}Alt/{RDF}li")
    producer = _property(tree, PDF, "Producer")
    info = reader.metadata or {}
    if (info.get("/Title"), info.get("/Producer")) != (title, producer):
        yield "XMP and Info differ"


def _property(tree: ET.Element, namespace: str, name: str) -> str | None:
    """A simple property, written as an element or as an attribute."""
    element = tree.findtext(f".//{namespace}{name}")
    if element is not None:
        return element
    rows = (row.get(f"{namespace}{name}") for row in tree.iter(f"{RDF}Description"))
    return next((value for value in rows if value is not None), None)


def _font(font: dict) -> Iterator[str]:
    name = font["/BaseFont"]
    if "/ToUnicode" not in font:
        yield f"{name}: no ToUnicode"
    descendant = font["/DescendantFonts"][0].get_object()
    descriptor = descendant["/FontDescriptor"].get_object()
    if "/FontFile2" not in descriptor:
        yield f"{name}: not embedded"
        return
    program = TTFont(io.BytesIO(descriptor["/FontFile2"].get_object().get_data()))
    order = program.getGlyphOrder()
    scale = 1000 / program["head"].unitsPerEm
    widths = list(descendant["/W"])
    while widths:
        first, row = int(widths.pop(0)), widths.pop(0)
        for offset, width in enumerate(row):
            actual = program["hmtx"][order[first + offset]][0] * scale
            if abs(float(width) - actual) > 1:
                yield f"{name}: glyph {first + offset} is {actual}, /W says {width}"


def _qpdf(path: Path) -> Iterator[str]:
    if shutil.which("qpdf"):
        done = subprocess.run(["qpdf", "--check", path], capture_output=True, check=False)
        if done.returncode:
            yield done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")


def _verapdf(path: Path, part: int) -> Iterator[str]:
    if shutil.which("verapdf"):
        done = subprocess.run(
            ["verapdf", "--flavour", f"{part}b", "--format", "text", path],
            capture_output=True,
            check=False,
        )
        if not done.stdout.startswith(b"PASS"):
            yield done.stdout.decode(errors="replace")
