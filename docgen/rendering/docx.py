"""Free text documents as DOCX a person can go on editing: real styles, tables, numbering.

The only room of python-docx. The same HTML that WeasyPrint lays out is walked here, so a document
has one template; the markup a template may use is listed at the top of `_shared/letter.html`.
The same HTML and moment give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Emu, Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from lxml import html

from docgen.rendering.qr import qr_png

FONT = "Times New Roman"
"""The metrics of Liberation Serif, and every office has it."""

_ALIGNMENTS = {
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
_BLOCKS = frozenset({"p", "h1", "h2", "table", "ol", "ul", "div", "hr", "figure"})
_A4 = (210, 297)
_FILL_MM = 30
_UNDERSCORE_MM = 0.1764
"""Width of an underscore of the font, mm for each point of its size."""
_SPACE_MM = 0.0882
"""Width of a space of the font, mm for each point of its size."""
_BAR = {False: "8C8C8C", True: "FFFFFF"}
"""Fill of a bar and of a light one."""
_CELL_PADDING = {"top": 40, "bottom": 40, "left": 108, "right": 108}
"""Space in a cell, twentieths of a point, as `_shared/letter.html` has it."""
_TIGHT_PADDING = {"top": 11, "bottom": 11, "left": 23, "right": 23}
_SIGNATURE_SPACE = Pt(18)
_TABLE_SPACE = Pt(8)
"""Space below a table; Word knows none, so the next paragraph keeps it."""


@dataclass(frozen=True, slots=True)
class _Look:
    """How a run of text looks."""

    bold: bool = False
    italic: bool = False
    underline: bool = False
    raised: bool = False
    size: float | None = None


def docx_bytes(pages: Sequence[str], moment: dt.datetime) -> bytes:
    """Write documents, each an HTML text of the letter's markup, into one DOCX file.

    Every document begins on a page of its own, numbered from 1. `moment` is the file's date.
    """
    book = docx.Document(io.BytesIO(_base()))
    properties = book.core_properties
    properties.created = properties.modified = moment.replace(tzinfo=None, microsecond=0)
    for number, page in enumerate(pages):
        tree = html.document_fromstring(page)
        if number == 0:
            section = book.sections[0]
            properties.title = (tree.findtext(".//title") or "").strip()
        else:
            section = book.add_section(WD_SECTION.NEW_PAGE)
        body = tree.body
        text_width = _page_setup(section, body)
        _Writer(book, body, text_width).blocks(body, book)
    return _stable(book)


@cache
def _base() -> bytes:
    """The empty book every document starts from: our styles, and none that nothing uses."""
    book = docx.Document()
    known = {"Normal", "Heading 1", "Heading 2", "Header", "Table Grid"}
    known |= {"Normal Table", "Default Paragraph Font", "No List"}
    styles = book.styles.element
    for style in list(book.styles):
        if style.name not in known:
            styles.remove(style.element)
    for name, size in (("Normal", 12), ("Heading 1", 14), ("Heading 2", 12)):
        _style(book.styles[name], size)
    book.styles["Heading 1"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "ru-RU")
    _insert(book.styles["Normal"].element.rPr, language, "eastAsianLayout", "specVanish")
    numbering = book.part.numbering_part.element
    for row in list(numbering):
        numbering.remove(row)
    if (latent := styles.find(qn("w:latentStyles"))) is not None:
        styles.remove(latent)
    for relations in (book.part.package.rels, book.part.rels):
        for identity, row in list(relations.items()):
            if row.reltype.endswith(("/thumbnail", "/stylesWithEffects", "/customXml")):
                del relations[identity]
    properties = book.core_properties
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.language = "ru-RU"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _style(style: Any, size: float) -> None:
    """Face, size and distances of a style, in place of those of python-docx's own template."""
    plain = style.name == "Normal"
    font = style.font
    font.name, font.size, font.bold, font.italic = FONT, Pt(size), not plain, False
    font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[attribute]
    for attribute in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(attribute), FONT)
    form = style.paragraph_format
    form.space_before, form.space_after = Pt(0 if plain else 8), Pt(4)
    form.line_spacing_rule = WD_LINE_SPACING.SINGLE
    form.keep_with_next = not plain


def _page_setup(section: Section, body: Any) -> int:
    """Size and margins as the template gives them to its own `@page`; numbers from page 2.

    Returns the width between the margins, EMU.
    """
    top, right, bottom, left = (float(part) for part in body.get("data-margins").split())
    width, height = _A4
    landscape = body.get("data-orientation") == "landscape"
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (
        (Mm(height), Mm(width)) if landscape else (Mm(width), Mm(height))
    )
    section.top_margin, section.right_margin = Mm(top), Mm(right)
    section.bottom_margin, section.left_margin = Mm(bottom), Mm(left)
    section.header_distance = Mm(min(10.0, top / 2))
    section.different_first_page_header_footer = True
    for copied in section._sectPr.findall(qn("w:pgNumType")):  # noqa: SLF001
        section._sectPr.remove(copied)  # noqa: SLF001
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    successors = ("cols", "formProt", "vAlign", "noEndnote", "titlePg", "textDirection", "bidi")
    _insert(section._sectPr, numbering, *successors, "rtlGutter", "docGrid")  # noqa: SLF001
    section.header.is_linked_to_previous = False
    paragraph = section.header.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001
    return Mm((height if landscape else width) - left - right)


class _Writer:
    """Walks the blocks of one document and writes them into the book or a cell of it."""

    def __init__(self, book: Document, body: Any, text_width: int) -> None:
        self._book = book
        self._size = float(body.get("data-size", "12"))
        self._width = text_width
        self._below_table = False

    def blocks(self, parent: Any, into: Any, indent: int = 0, *, keep: bool = False) -> None:
        """Write what stands in a block; text between blocks is a paragraph of its own."""
        inline: list[Any] = []
        for child in _content(parent):
            if not isinstance(child, str) and child.tag in _BLOCKS:
                self._flush(inline, parent, into, indent, keep=keep)
                self._block(child, into, indent, keep=keep)
            else:
                inline.append(child)
        self._flush(inline, parent, into, indent, keep=keep)

    def _flush(self, inline: list[Any], parent: Any, into: Any, indent: int, *, keep: bool) -> None:
        if any(not isinstance(item, str) or item.strip() for item in inline):
            self._paragraph(parent, inline, into, indent, keep=keep)
        inline.clear()

    def _block(self, node: Any, into: Any, indent: int, *, keep: bool) -> None:
        classes = _classes(node)
        if node.tag in {"h1", "h2", "p"}:
            self._paragraph(node, list(_content(node)), into, indent, keep=keep)
        elif node.tag == "table":
            self._table(node, into, keep=keep)
        elif node.tag in {"ol", "ul"}:
            self._list(node, into, indent, keep=keep)
        elif node.tag == "hr":
            self._cut(into)
        else:
            if "break" in classes:
                into.add_paragraph().paragraph_format.page_break_before = True
            half = self._width // 2 if "addressee" in classes else 0
            self.blocks(node, into, indent + half, keep=keep or "keep" in classes)

    def _paragraph(
        self, node: Any, content: Sequence[Any], into: Any, indent: int, *, keep: bool
    ) -> Paragraph:
        styles = {"h1": "Heading 1", "h2": "Heading 2"}
        paragraph: Paragraph = into.add_paragraph(style=styles.get(node.tag))
        classes = _classes(node)
        form = paragraph.paragraph_format
        if self._below_table and isinstance(into, Document):
            form.space_before = _TABLE_SPACE
            self._below_table = False
        if align := next((name for name in _ALIGNMENTS if name in classes), ""):
            form.alignment = _ALIGNMENTS[align]
        elif node.tag == "p" and not indent:
            form.alignment = _ALIGNMENTS["justify"]
        if indent:
            form.left_indent = Emu(indent)
        if "indent" in classes:
            form.first_line_indent = Mm(12.5)
        if keep:
            form.keep_with_next = True
        size = self._size * 0.75 if "small" in classes else self._size
        look = _Look() if node.tag in styles else _Look(size=size)
        self._runs(content, paragraph, look)
        return paragraph

    def _runs(self, content: Sequence[Any], paragraph: Paragraph, look: _Look) -> None:
        for item in content:
            if isinstance(item, str):
                self._text(item, paragraph, look)
            elif item.tag == "br":
                paragraph.add_run().add_break()
            elif "fill" in _classes(item):
                self._fill(item, paragraph, look)
            elif "bar" in _classes(item):
                self._bar(item, paragraph, look)
            elif "code" in _classes(item):
                picture = io.BytesIO(qr_png(item.get("data-code", "")))
                paragraph.add_run().add_picture(picture, width=Mm(_millimetres(item)))
            elif isinstance(item.tag, str) and item.tag not in {"svg", "style", "script"}:
                self._runs(list(_content(item)), paragraph, _look(item, look, self._size))

    def _text(self, text: str, paragraph: Paragraph, look: _Look) -> None:
        text = re.sub(r"[ \t\n\r\f]+", " ", text)
        runs = paragraph.runs
        if not runs or runs[-1].text.endswith((" ", "\n")):
            text = text.lstrip(" ")
        if not text:
            return
        run = paragraph.add_run(text)
        run.bold, run.italic, run.underline = (
            look.bold or None,
            look.italic or None,
            look.underline or None,
        )
        if look.raised:
            run.font.superscript = True
        if look.size:
            run.font.size = Pt(look.size)

    def _fill(self, node: Any, paragraph: Paragraph, look: _Look) -> None:
        """A line to write on, as people type it: underscores; a text on it is underlined."""
        text = "".join(node.itertext()).strip()
        width = (_millimetres(node) or _FILL_MM) / ((look.size or self._size) * _UNDERSCORE_MM)
        empty = max(0, round(width) - len(text))
        if text:
            self._text("_" * (empty // 2), paragraph, look)
            self._text(text, paragraph, replace(look, underline=True))
        self._text("_" * (empty - empty // 2 if text else empty), paragraph, look)

    def _bar(self, node: Any, paragraph: Paragraph, look: _Look) -> None:
        """A bar of a chart: framed and shaded no-break spaces, so it stays text to be edited."""
        size = look.size or self._size
        spaces = round(_millimetres(node) / (size * _SPACE_MM))
        if not spaces:
            return
        run = paragraph.add_run("\u00a0" * spaces)
        run.font.size = Pt(size)
        properties = run._r.get_or_add_rPr()  # noqa: SLF001
        for tag, values in (
            ("w:bdr", {"val": "single", "sz": "4", "space": "0", "color": "000000"}),
            (
                "w:shd",
                {"val": "clear", "color": "auto", "fill": _BAR[bool(_classes(node) & {"light"})]},
            ),
        ):
            part = OxmlElement(tag)
            for name, value in values.items():
                part.set(qn(f"w:{name}"), value)
            properties.append(part)

    def _cut(self, into: Any) -> None:
        """The line a slip is torn off along."""
        paragraph = into.add_paragraph()
        borders = OxmlElement("w:pBdr")
        bottom = OxmlElement("w:bottom")
        for name, value in (("val", "dashed"), ("sz", "6"), ("space", "1"), ("color", "auto")):
            bottom.set(qn(f"w:{name}"), value)
        borders.append(bottom)
        properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
        _insert(properties, borders, "shd", "tabs", "spacing", "ind", "jc", "rPr", "sectPr")

    # Lists

    def _list(self, node: Any, into: Any, indent: int, *, keep: bool) -> None:
        number = self._numbering(ordered=node.tag == "ol")
        self._items(node, into, number, 0, indent, keep=keep)

    def _items(
        self, node: Any, into: Any, number: int, level: int, indent: int, *, keep: bool
    ) -> None:
        for item in node.iterchildren("li"):
            inner = [child for child in _content(item) if _tag(child) not in {"ol", "ul", "table"}]
            # A paragraph in an item is the item's own text.
            flat = [
                part
                for child in inner
                for part in (_content(child) if _tag(child) == "p" else (child,))
            ]
            paragraph = self._paragraph(item, flat, into, 0, keep=keep)
            paragraph.paragraph_format.alignment = _ALIGNMENTS["justify"]
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()  # noqa: SLF001
            properties.get_or_add_ilvl().val = level
            properties.get_or_add_numId().val = number
            for child in item.iterchildren("ol", "ul"):
                same = child.tag == node.tag
                below = number if same else self._numbering(ordered=child.tag == "ol")
                self._items(child, into, below, level + 1, indent, keep=keep)
            for child in item.iterchildren("table"):
                self._table(child, into, keep=keep)

    def _numbering(self, *, ordered: bool) -> int:
        """A numbering of its own for a list, so that every list begins at 1: 1., 1.1., 1.1.1."""
        numbering = self._book.part.numbering_part.element
        known = (
            int(row.get(qn("w:abstractNumId")))
            for row in numbering.iterchildren(qn("w:abstractNum"))
        )
        identity = max(known, default=0) + 1
        abstract = OxmlElement("w:abstractNum")
        abstract.set(qn("w:abstractNumId"), str(identity))
        for level in range(3):
            row = OxmlElement("w:lvl")
            row.set(qn("w:ilvl"), str(level))
            text = "".join(f"%{place + 1}." for place in range(level + 1)) if ordered else "–"
            for tag, value in (
                ("w:start", "1"),
                ("w:numFmt", "decimal" if ordered else "bullet"),
                ("w:lvlText", text),
                ("w:lvlJc", "left"),
            ):
                part = OxmlElement(tag)
                part.set(qn("w:val"), value)
                row.append(part)
            form = OxmlElement("w:pPr")
            place = OxmlElement("w:ind")
            place.set(qn("w:left"), str(567 * (level + 1)))
            place.set(qn("w:hanging"), "567")
            form.append(place)
            row.append(form)
            abstract.append(row)
        first = numbering.find(qn("w:num"))
        if first is None:
            numbering.append(abstract)
        else:
            first.addprevious(abstract)
        number: int = numbering.add_num(identity).numId
        return number

    # Tables

    def _table(self, node: Any, into: Any, *, keep: bool) -> None:
        rows = list(_rows(node))
        places = list(_places(rows))
        columns = max((place.column + place.columns for place in places), default=0)
        if not columns:
            return
        if "signatures" in _classes(node):
            space = into.add_paragraph().paragraph_format
            space.space_after, space.line_spacing = Pt(0), _SIGNATURE_SPACE
            space.keep_with_next = True
        plain = "plain" in _classes(node) or "signatures" in _classes(node)
        table: Table = into.add_table(len(rows), columns)
        table.style = None if plain else "Table Grid"
        _pad(table)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        widths = self._widths(node, places, columns)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Emu(width)
        grid = [list(line.cells) for line in table.rows]
        for line in grid:
            for cell, width in zip(line, widths, strict=True):
                cell.width = Emu(width)
        for place in places:
            cell = grid[place.row][place.column]
            if place.columns > 1 or place.rows > 1:
                last = grid[place.row + place.rows - 1][place.column + place.columns - 1]
                cell = cell.merge(last)
            self._cell(place.node, cell, keep=keep or "signatures" in _classes(node))
        for row, line in zip(rows, table.rows, strict=True):
            _row_properties(line, heading=row.getparent().tag == "thead")
        self._below_table = True

    def _cell(self, node: Any, cell: _Cell, *, keep: bool) -> None:
        classes = _classes(node)
        first = cell.paragraphs[0]
        self.blocks(node, cell, keep=keep)
        if len(cell.paragraphs) > 1:
            first._p.getparent().remove(first._p)  # noqa: SLF001
        for paragraph in cell.paragraphs:
            form = paragraph.paragraph_format
            form.space_after = Pt(0)
            named = next((name for name in _ALIGNMENTS if name in classes), "")
            centred = node.tag == "th" or classes & {"number", "small"}
            form.alignment = _ALIGNMENTS[named or ("center" if centred else "left")]
            for run in paragraph.runs:
                run.bold = True if node.tag == "th" else run.bold
        if "tight" in classes:
            _insert(
                cell._tc.get_or_add_tcPr(),  # noqa: SLF001
                _margins("w:tcMar", _TIGHT_PADDING),
                "textDirection",
                "tcFitText",
                "vAlign",
            )
        if node.tag == "th":
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        if "line" in classes:
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.BOTTOM
            borders = OxmlElement("w:tcBorders")
            bottom = OxmlElement("w:bottom")
            for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "auto")):
                bottom.set(qn(f"w:{name}"), value)
            borders.append(bottom)
            _insert(cell._tc.get_or_add_tcPr(), borders, "shd", "tcMar", "vAlign")  # noqa: SLF001

    def _widths(self, node: Any, places: Sequence[_Place], columns: int) -> list[int]:
        """Widths of the columns, EMU: those that are given, the rest shared equally."""
        given: dict[int, int] = {}
        for number, column in enumerate(node.iter("col")):
            if width := _millimetres(column):
                given[number] = Mm(width)
        for place in places:
            if place.columns == 1 and (width := _millimetres(place.node)):
                given.setdefault(place.column, Mm(width))
        rest = self._width - sum(given.values())
        share = max(rest // max(1, columns - len(given)), Mm(8))
        return [given.get(number, share) for number in range(columns)]


@dataclass(frozen=True, slots=True)
class _Place:
    """A cell of an HTML table: where it begins and how far it goes."""

    node: Any
    row: int
    column: int
    rows: int
    columns: int


def _rows(table: Any) -> Iterator[Any]:
    for child in table.iterchildren():
        if child.tag == "tr":
            yield child
        elif child.tag in {"thead", "tbody", "tfoot"}:
            yield from child.iterchildren("tr")


def _places(rows: Sequence[Any]) -> Iterator[_Place]:
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(rows):
        column = 0
        for node in row.iterchildren("td", "th"):
            while (number, column) in taken:
                column += 1
            tall = min(int(node.get("rowspan", "1")), len(rows) - number)
            wide = int(node.get("colspan", "1"))
            taken |= {
                (number + down, column + right) for down in range(tall) for right in range(wide)
            }
            yield _Place(node, number, column, tall, wide)
            column += wide


def _insert(parent: Any, child: Any, *successors: str) -> None:
    """Put an element where the schema wants it: before the first of its successors."""
    parent.insert_element_before(child, *(f"w:{name}" for name in successors))


def _pad(table: Table) -> None:
    margins = _margins("w:tblCellMar", _CELL_PADDING)
    _insert(table._tbl.tblPr, margins, "tblLook", "tblCaption")  # noqa: SLF001


def _margins(tag: str, padding: Mapping[str, int]) -> Any:
    margins = OxmlElement(tag)
    for side in ("top", "left", "bottom", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(padding[side]))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    return margins


def _row_properties(row: Any, *, heading: bool) -> None:
    """A row is not torn between pages; the head of a table stands on each."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001
    for tag in ("w:cantSplit", *(("w:tblHeader",) if heading else ())):
        properties.append(OxmlElement(tag))


def _content(node: Any) -> Iterator[Any]:
    """Texts and elements of a node, in order; comments are left out."""
    if node.text:
        yield node.text
    for child in node.iterchildren():
        if isinstance(child.tag, str):
            yield child
        if child.tail:
            yield child.tail


def _tag(item: Any) -> str:
    return "" if isinstance(item, str) else str(item.tag)


def _classes(node: Any) -> set[str]:
    return set((node.get("class") or "").split())


def _look(node: Any, look: _Look, size: float) -> _Look:
    if node.tag in {"b", "strong"}:
        look = replace(look, bold=True)
    elif node.tag in {"i", "em"}:
        look = replace(look, italic=True)
    elif node.tag == "u":
        look = replace(look, underline=True)
    elif node.tag == "sup":
        look = replace(look, raised=True)
    return replace(look, size=size * 0.75) if "small" in _classes(node) else look


def _millimetres(node: Any) -> float:
    match = re.search(r"width:\s*([\d.]+)mm", node.get("style") or "")
    return float(match[1]) if match else 0.0


def _stable(book: Document) -> bytes:
    made = io.BytesIO()
    book.save(made)
    return stable_package(made.getvalue())


def stable_package(data: bytes) -> bytes:
    """The same DOCX with one date in all its parts, in a fixed order."""
    stable = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(stable, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(old.namelist(), key=lambda item: (item != "[Content_Types].xml", item)):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return stable.getvalue()
