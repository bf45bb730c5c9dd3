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


def breaches(path: Path) -> list[str]:
    """Every breach found by us and, where they are installed, by qpdf and veraPDF."""
    return [*_own(path), *_qpdf(path), *_verapdf(path)]


def _own(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", data):
        yield "header or binary line"
    if data.count(b"%%EOF") != 1 or data.rstrip()[-5:] != b"%%EOF":
        yield "data behind the end of file"
    reader = PdfReader(io.BytesIO(data))
    root = reader.root_object
    if "/Encrypt" in reader.trailer:
        yield "encrypted"
    if len(reader.trailer.get("/ID", [])) != 2:
        yield "no file identifier"
    for key in ("/OpenAction", "/AA", "/AcroForm", "/Names"):
        if key in root:
            yield f"catalog holds {key}"
    yield from _intents(root)
    yield from _xmp(root, reader)
    yield from _pages(reader)


def _pages(reader: PdfReader) -> Iterator[str]:
    fonts: dict[int, dict] = {}
    for number, page in enumerate(reader.pages, start=1):
        if "/AA" in page or "/Annots" in page:
            yield f"page {number}: annotations or actions"
        for resources in _resources(page):
            for font in resources.get("/Font", DictionaryObject()).get_object().values():
                fonts[font.idnum] = font.get_object()
            for state in resources.get("/ExtGState", DictionaryObject()).values():
                if state.get_object().get("/SMask", "/None") != "/None":
                    yield f"page {number}: soft mask"
    if not fonts:
        yield "no fonts at all"
    for font in fonts.values():
        yield from _font(font)


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


def _xmp(root: dict, reader: PdfReader) -> Iterator[str]:
    packet = root["/Metadata"].get_object().get_data()
    if re.search(rb"<\?xpacket[^>]*(bytes|encoding)=", packet):
        yield "xpacket with bytes or encoding"
    tree = ET.fromstring(packet)  # noqa: S314 - our own file
    if _property(tree, PDFAID, "part") != "2" or _property(tree, PDFAID, "conformance") != "B":
        yield "XMP does not say PDF/A-2b"
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


def _verapdf(path: Path) -> Iterator[str]:
    if shutil.which("verapdf"):
        done = subprocess.run(
            ["verapdf", "--flavour", "2b", "--format", "text", path],
            capture_output=True,
            check=False,
        )
        if not done.stdout.startswith(b"PASS"):
            yield done.stdout.decode(errors="replace")
