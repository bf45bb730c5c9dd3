"""Writes a planned volume as one PDF/A-2b file; the only room of pypdf.

A blank becomes one form object per volume; a page is that form plus the operators of its entries.
There is one subset per face, shared by blanks and entries. Same plan, same bytes.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast
from xml.sax.saxutils import escape

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

import docgen
from docgen.binding.entries import Drawing
from docgen.binding.plan import Bookmark, Page, VolumePlan
from docgen.binding.subset import subset_program, to_unicode, working_glyphs
from docgen.core.files import write_atomic
from docgen.rendering.blank import Blank
from docgen.rendering.fonts import Face

PRODUCER = f"docgen {docgen.__version__}"


def write_volume(
    plan: VolumePlan, out: Path, faces: Mapping[str, Face], *, mirror_shift: float = 0.0
) -> None:
    """Write the volume atomically to `out`.

    `mirror_shift` points the drawing of mirrored pages is moved left by, so that the binding
    margin lies on the inner side of both pages of a sheet. Raises OSError.
    """
    write_atomic(out, volume_bytes(plan, faces, mirror_shift=mirror_shift))


def volume_bytes(
    plan: VolumePlan, faces: Mapping[str, Face], *, mirror_shift: float = 0.0
) -> bytes:
    """The PDF/A-2b file of a volume."""
    return _Volume(plan, faces, mirror_shift).build()


def page_count(path: Path) -> int | None:
    """Count the pages of a PDF; None when it does not open."""
    try:
        return len(PdfReader(path).pages)
    except (PyPdfError, OSError, ValueError, KeyError, RecursionError):
        return None


def is_encrypted(path: Path) -> bool:
    """Whether a PDF is encrypted, be it with an empty pass word; False for what is no PDF."""
    try:
        return PdfReader(path).is_encrypted
    except (PyPdfError, OSError, ValueError, KeyError, RecursionError):
        return False


class _Volume:
    def __init__(self, plan: VolumePlan, faces: Mapping[str, Face], mirror_shift: float) -> None:
        self._plan = plan
        self._faces = faces
        self._mirror_shift = mirror_shift
        self._writer = PdfWriter()
        self._used: dict[str, set[int]] = {style: {0} for style in faces}
        self._fonts = {style: self._writer._add_object(DictionaryObject()) for style in faces}  # noqa: SLF001 - pypdf has no public name for it
        self._forms: dict[int, tuple[str, IndirectObject]] = {}
        self._resources = DictionaryObject()
        self._digest = hashlib.sha256()

    def build(self) -> bytes:
        self._writer.pdf_header = "%PDF-1.7"
        resources = self._add(self._resources)
        contents = [self._content(page) for page in self._plan.pages]
        for page, content in zip(self._plan.pages, contents, strict=True):
            self._page(page, content, resources)
        written = {style: face for style, face in self._faces.items() if self._used[style] != {0}}
        self._resources[NameObject("/Font")] = DictionaryObject(
            {NameObject(f"/{style}"): self._fonts[style] for style in written}
        )
        self._resources[NameObject("/XObject")] = DictionaryObject(
            {NameObject(f"/{name}"): form for name, form in self._forms.values()}
        )
        for style, face in written.items():
            self._embed(style, face)
        self._outline(self._plan.bookmarks, None)
        self._labels()
        self._describe()
        self._writer.compress_identical_objects()
        out = io.BytesIO()
        self._writer.write(out)
        return out.getvalue()

    def _add(self, item: DictionaryObject | StreamObject) -> IndirectObject:
        reference: IndirectObject = self._writer._add_object(item)  # noqa: SLF001 - as above
        return reference

    def _content(self, page: Page) -> bytes:
        if page.blank is None:
            return b""
        name, _form = self._form(page.blank)
        entries = Drawing(self._faces, self._used).draw(page.blank, page.entries)
        shift = f"1 0 0 1 {-self._mirror_shift:.2f} 0 cm " if page.mirrored else ""
        return f"q {shift}q /{name} Do Q\n".encode("ascii") + entries + b"\nQ"

    def _page(self, page: Page, content: bytes, resources: IndirectObject) -> None:
        width, height = (page.blank.width, page.blank.height) if page.blank else self._size()
        self._digest.update(content)
        stream = StreamObject()
        stream.set_data(content)
        target = self._writer.add_blank_page(width, height)
        target[NameObject("/Contents")] = self._add(stream.flate_encode())
        target[NameObject("/Resources")] = resources

    def _size(self) -> tuple[float, float]:
        blank = next(page.blank for page in self._plan.pages if page.blank)
        return blank.width, blank.height

    def _form(self, blank: Blank) -> tuple[str, IndirectObject]:
        """The blank as a form object, its fonts exchanged for the volume's own subsets."""
        known = self._forms.get(id(blank))
        if known is not None:
            return known
        source = _opened(blank.pdf)
        if "/OutputIntents" not in self._writer.root_object:
            intents = source.root_object["/OutputIntents"].clone(self._writer)
            self._writer.root_object[NameObject("/OutputIntents")] = intents
        page = source.pages[0]
        resources = DictionaryObject()
        for key, value in cast("DictionaryObject", page["/Resources"]).items():
            if key == "/Font":
                resources[NameObject(key)] = self._blank_fonts(value.get_object())
            elif value.get_object():
                resources[NameObject(key)] = value.get_object().clone(self._writer)
        contents = page.get_contents()
        data = contents.get_data() if contents is not None else b""
        self._digest.update(data)
        form = StreamObject()
        form.set_data(data)
        form.update(
            {
                NameObject("/Type"): NameObject("/XObject"),
                NameObject("/Subtype"): NameObject("/Form"),
                NameObject("/BBox"): ArrayObject(
                    [
                        NumberObject(0),
                        NumberObject(0),
                        FloatObject(blank.width),
                        FloatObject(blank.height),
                    ]
                ),
                NameObject("/Resources"): resources,
            }
        )
        entry = (f"B{len(self._forms)}", self._add(form.flate_encode()))
        self._forms[id(blank)] = entry
        return entry

    def _blank_fonts(self, fonts: DictionaryObject) -> DictionaryObject:
        exchanged = DictionaryObject()
        styles = {_plain(face.name): style for style, face in self._faces.items()}
        for name, reference in fonts.items():
            font = reference.get_object()
            style = styles.get(_plain(str(font["/BaseFont"]).partition("+")[2]))
            if style is None:
                # A face of the school's own template: it stays as its blank embedded it.
                exchanged[NameObject(name)] = font.clone(self._writer)
                continue
            mapping = font["/ToUnicode"].get_object().get_data().decode("ascii")
            self._used[style].update(
                int(glyph, 16) for glyph in re.findall(r"^<([0-9a-f]{4})> <", mapping, re.MULTILINE)
            )
            exchanged[NameObject(name)] = self._fonts[style]
        return exchanged

    def _embed(self, style: str, face: Face) -> None:
        used = self._used[style] | working_glyphs(face)
        program = StreamObject()
        data = subset_program(face, used)
        program.set_data(data)
        program[NameObject("/Length1")] = NumberObject(len(data))
        # Six letters that depend on the glyphs alone name the subset (ISO 32000-1 9.6.4).
        tag = hashlib.sha256(bytes(str(sorted(used)), "ascii")).digest()[:6]
        name = "".join(chr(65 + byte % 26) for byte in tag) + "+" + face.name
        text = StreamObject()
        text.set_data(to_unicode(face, used - {0}))
        descriptor = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/FontDescriptor"),
                NameObject("/FontName"): NameObject(f"/{name}"),
                NameObject("/Flags"): NumberObject(4),
                NameObject("/FontBBox"): ArrayObject(
                    [NumberObject(edge) for edge in (-200, -300, 2000, 1000)]
                ),
                NameObject("/ItalicAngle"): NumberObject(-12 if style == "italic" else 0),
                NameObject("/Ascent"): NumberObject(round(face.ascent)),
                NameObject("/Descent"): NumberObject(round(face.descent)),
                NameObject("/CapHeight"): NumberObject(round(face.cap_height)),
                NameObject("/StemV"): NumberObject(120 if style == "bold" else 80),
                NameObject("/FontFile2"): self._add(program.flate_encode()),
            }
        )
        widths = ArrayObject()
        for glyph in sorted(used):
            widths.append(NumberObject(glyph))
            widths.append(ArrayObject([FloatObject(f"{face.advance(glyph):.4f}")]))
        descendant = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/CIDFontType2"),
                NameObject("/BaseFont"): NameObject(f"/{name}"),
                NameObject("/CIDSystemInfo"): DictionaryObject(
                    {
                        NameObject("/Registry"): TextStringObject("Adobe"),
                        NameObject("/Ordering"): TextStringObject("Identity"),
                        NameObject("/Supplement"): NumberObject(0),
                    }
                ),
                NameObject("/CIDToGIDMap"): NameObject("/Identity"),
                NameObject("/W"): widths,
                NameObject("/FontDescriptor"): self._add(descriptor),
            }
        )
        font = cast("DictionaryObject", self._fonts[style].get_object())
        font.update(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type0"),
                NameObject("/BaseFont"): NameObject(f"/{name}"),
                NameObject("/Encoding"): NameObject("/Identity-H"),
                NameObject("/DescendantFonts"): ArrayObject([self._add(descendant)]),
                NameObject("/ToUnicode"): self._add(text.flate_encode()),
            }
        )

    def _outline(self, bookmarks: tuple[Bookmark, ...], parent: IndirectObject | None) -> None:
        for bookmark in bookmarks:
            item = self._writer.add_outline_item(
                title=bookmark.title, page_number=bookmark.page, parent=parent
            )
            self._outline(bookmark.children, item)

    def _labels(self) -> None:
        """Page labels by ranges: a number where it counts on, else the label as a prefix."""
        numbers = ArrayObject()
        previous = None
        for index, page in enumerate(self._plan.pages):
            value = int(page.label) if page.label.isdigit() else None
            if value is None or previous is None or value != previous + 1:
                label = DictionaryObject()
                if value is None:
                    label[NameObject("/P")] = TextStringObject(page.label)
                else:
                    label[NameObject("/S")] = NameObject("/D")
                    label[NameObject("/St")] = NumberObject(value)
                numbers.extend([NumberObject(index), label])
            previous = value
        self._writer.root_object[NameObject("/PageLabels")] = DictionaryObject(
            {NameObject("/Nums"): numbers}
        )

    def _describe(self) -> None:
        """Info, XMP and file identifier that say the same (ISO 19005-2 6.6.2)."""
        title = self._plan.title
        self._writer.metadata = None
        self._writer.add_metadata({"/Title": title, "/Producer": PRODUCER})
        self._writer.root_object[NameObject("/Lang")] = TextStringObject("ru-RU")
        xmp = StreamObject()
        xmp.set_data(_xmp(title))
        xmp.update(
            {
                NameObject("/Type"): NameObject("/Metadata"),
                NameObject("/Subtype"): NameObject("/XML"),
            }
        )
        self._writer.root_object[NameObject("/Metadata")] = self._add(xmp)
        self._digest.update(title.encode())
        identifier = ByteStringObject(self._digest.digest()[:16])
        self._writer._ID = ArrayObject([identifier, identifier])  # noqa: SLF001 - as above


@lru_cache(maxsize=256)
def _opened(pdf: bytes) -> PdfReader:
    """A blank's file, read once for all the volumes of a run."""
    return PdfReader(io.BytesIO(pdf))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold()).removesuffix("regular")


def _xmp(title: str) -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
        "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
        "</rdf:Description>"
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">'
        f"{escape(title)}</rdf:li></rdf:Alt></dc:title></rdf:Description>"
        '<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">'
        f"<pdf:Producer>{escape(PRODUCER)}</pdf:Producer></rdf:Description>"
        '</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()
