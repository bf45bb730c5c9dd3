"""Blanks: a page laid out once from HTML and CSS, with named slots for what is written into it.

The only room of WeasyPrint. A slot is an `<a href="slot:NAME?rows=30&columns=25&size=9">` box of
the template: its rectangle is where entries go, its parameters say how. The links never reach
paper: a volume takes the page's content without its annotations (speed.md, lead 3).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import weasyprint
from weasyprint.text.fonts import FontConfiguration

from docgen.core.errors import TemplateFault
from docgen.rendering import templates
from docgen.rendering.locations import shipped_templates
from docgen.rendering.sheet import BlankReference

POINTS_PER_PIXEL = 0.75
"""CSS pixels are 1/96 inch, PDF points 1/72 inch."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A rectangle of a blank and how to write into it.

    `x`, `y` (of the **top** edge), `width`, `height` are points from the page's lower left corner.
    `rows` × `columns` cells of equal size; `size` is the font size in points; `style` regular, bold
    or italic; `align` left, center or right; `valign` top, middle or bottom; `rotate` 0 or 90
    degrees; `leading` line distance as a multiple of the size; `pad` inner distance in points;
    `wrap` whether long text goes over several lines instead of being narrowed.
    """

    name: str
    x: float
    y: float
    width: float
    height: float
    rows: int = 1
    columns: int = 1
    size: float = 10.0
    style: str = "regular"
    align: str = "left"
    valign: str = "middle"
    rotate: int = 0
    leading: float = 1.15
    pad: float = 1.5
    wrap: bool = False

    @property
    def row_height(self) -> float:
        """Height of one row of cells, points."""
        return self.height / self.rows

    @property
    def column_width(self) -> float:
        """Width of one column of cells, points."""
        return self.width / self.columns


@dataclass(frozen=True, slots=True)
class Blank:
    """A laid out page: size in points, slots by name, and a one-page PDF/A-2b with the drawing."""

    template: str
    width: float
    height: float
    slots: Mapping[str, Slot]
    pdf: bytes


@dataclass(slots=True)
class BlankBook:
    """All blanks of a run, each laid out once when it is first asked for.

    `own` is the school's folder of templates; `context` what every template may use besides the
    geometry (margins, font family).
    """

    context: Mapping[str, object]
    own: Path | None = None
    _laid_out: dict[BlankReference, Blank] = field(default_factory=dict)

    def get(self, reference: BlankReference) -> Blank:
        """The blank, from the book or laid out now; raises TemplateFault."""
        blank = self._laid_out.get(reference)
        if blank is None:
            blank = lay_out_blank(
                reference.template, {**self.context, **dict(reference.parameters)}, self.own
            )
            self._laid_out[reference] = blank
        return blank


def lay_out_blank(template: str, context: Mapping[str, object], own: Path | None = None) -> Blank:
    """Lay a template out as a blank of exactly one page with its slots.

    Raises TemplateFault when it takes more than one page, when a slot stands twice or beyond the
    edge of the sheet, or when a slot's parameter is not known.
    """
    name = f"{template}/template.html"
    document = _document(template, context, own)
    if len(document.pages) != 1:
        raise TemplateFault(
            f"бланк не помещается на одну страницу: вышло {len(document.pages)}",
            where=name,
            remedy="Уменьшите высоту полей или размер шрифта в шаблоне.",
        )
    page = document.pages[0]
    slots: dict[str, Slot] = {}
    height = page.height * POINTS_PER_PIXEL
    for _kind, target, box, *_ in page.links:
        if not str(target).startswith("slot:"):
            continue
        slot = _slot(name, str(target), box, height)
        if not _within(slot, page.width * POINTS_PER_PIXEL, height):
            raise TemplateFault(
                f"место «{slot.name}» выходит за край листа",
                where=name,
                remedy="Уменьшите его или сдвиньте: лист имеет 297 на 210 мм.",
            )
        if slot.name in slots:
            raise TemplateFault(
                f"место «{slot.name}» стоит в бланке дважды",
                where=name,
                remedy="Дайте местам разные имена.",
            )
        slots[slot.name] = slot
    return Blank(
        template=template,
        width=page.width * POINTS_PER_PIXEL,
        height=height,
        slots=slots,
        pdf=_archival(document),
    )


def _within(slot: Slot, width: float, height: float) -> bool:
    """Whether a slot lies on its page; half a point is the rounding of the layout."""
    right, bottom = slot.x + slot.width, slot.y - slot.height
    return min(slot.x, bottom, width - right, height - slot.y) > -0.5  # noqa: PLR2004


def lay_out_document(
    template: str, context: Mapping[str, object], own: Path | None = None
) -> bytes:
    """Lay a free text document (order, act, report) out as a PDF/A-2b; raises TemplateFault."""
    return _archival(_document(template, context, own))


def lay_out_booklet(
    template: str, contexts: Sequence[Mapping[str, object]], own: Path | None = None
) -> tuple[list[bytes], bytes]:
    """Lay one free text document out for many contexts: each as PDF/A-2b, and all in one file.

    Page numbers begin anew in every document. Raises TemplateFault.
    """
    documents = [_document(template, context, own) for context in contexts]
    whole = documents[0].copy([page for document in documents for page in document.pages])
    return [_archival(document) for document in documents], _archival(whole)


def _archival(document: weasyprint.Document) -> bytes:
    """The file as PDF/A-2b."""
    with warnings.catch_warnings():
        # WeasyPrint 70 leaves its colour profile open for the collector to close.
        warnings.simplefilter("ignore", ResourceWarning)
        pdf: bytes = document.write_pdf(pdf_variant="pdf/a-2b")
    return pdf


def _document(
    template: str, context: Mapping[str, object], own: Path | None
) -> weasyprint.Document:
    html = templates.render(f"{template}/template.html", context, own)
    styles = [_stylesheet(shipped_templates() / "_shared" / "base.css")]
    for folder in filter(None, (own, shipped_templates())):
        style = folder / template / "style.css"
        if style.is_file():
            styles.append(_stylesheet(style))
            break
    return weasyprint.HTML(string=html, base_url=str(shipped_templates())).render(
        stylesheets=styles, font_config=_fonts()
    )


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _stylesheet(path: Path) -> weasyprint.CSS:
    return weasyprint.CSS(filename=str(path), font_config=_fonts())


_WORDS = {
    "style": ("regular", "bold", "italic"),
    "align": ("left", "center", "right"),
    "valign": ("top", "middle", "bottom"),
    "rotate": ("0", "90"),
    "wrap": ("0", "1"),
}


def _slot(
    template: str, target: str, box: tuple[float, float, float, float], page_height: float
) -> Slot:
    parts = urlsplit(target)
    left, top, right, bottom = (edge * POINTS_PER_PIXEL for edge in box)
    options: dict[str, Any] = {}
    for key, text in parse_qsl(parts.query, keep_blank_values=True):
        value = _option(key, text)
        if value is None:
            raise TemplateFault(
                f"место «{parts.path}»: неизвестное указание «{key}={text}»",
                where=template,
                remedy="Можно: rows, columns, size, style, align, valign, rotate, leading, pad, "
                "wrap; числа больше нуля.",
            )
        options[key] = value
    return Slot(
        name=parts.path,
        x=left,
        y=page_height - top,
        width=right - left,
        height=bottom - top,
        **options,
    )


def _option(key: str, text: str) -> object:
    """The value of a slot's parameter, None when it is not one."""
    if key in _WORDS:
        if text not in _WORDS[key]:
            return None
        return int(text) if key == "rotate" else text == "1" if key == "wrap" else text
    if key in {"rows", "columns"}:
        return int(text) if text.isdecimal() and int(text) else None
    if key in {"size", "leading", "pad"}:
        number = float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else -1.0
        return number if number > 0 or (number == 0 and key == "pad") else None
    return None
