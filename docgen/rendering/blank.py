"""Blanks: a page laid out once from HTML and CSS, with named slots for what is written into it.

The only room of WeasyPrint. A slot is an `<a href="slot:NAME?rows=30&columns=25&size=9">` box of
the template: its rectangle is where entries go, its parameters say how. The links never reach
paper: a volume takes the page's content without its annotations (speed.md, lead 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
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

    Raises TemplateFault when it takes more than one page, when a slot stands twice or when a
    slot's parameter is not known.
    """
    document = _document(template, context, own)
    if len(document.pages) != 1:
        raise TemplateFault(
            f"бланк не помещается на одну страницу: вышло {len(document.pages)}",
            where=template,
            remedy="Уменьшите высоту полей или размер шрифта в шаблоне.",
        )
    page = document.pages[0]
    slots: dict[str, Slot] = {}
    height = page.height * POINTS_PER_PIXEL
    for _kind, target, box, *_ in page.links:
        if not str(target).startswith("slot:"):
            continue
        slot = _slot(template, str(target), box, height)
        if slot.name in slots:
            raise TemplateFault(
                f"место «{slot.name}» стоит в бланке дважды",
                where=template,
                remedy="Дайте местам разные имена.",
            )
        slots[slot.name] = slot
    return Blank(
        template=template,
        width=page.width * POINTS_PER_PIXEL,
        height=height,
        slots=slots,
        pdf=document.write_pdf(pdf_variant="pdf/a-2b"),
    )


def lay_out_document(
    template: str, context: Mapping[str, object], own: Path | None = None
) -> bytes:
    """Lay a free text document (order, act, report) out as a PDF/A-2b; raises TemplateFault."""
    pdf: bytes = _document(template, context, own).write_pdf(pdf_variant="pdf/a-2b")
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


_NUMBERS = {"size", "leading", "pad"}
_COUNTS = {"rows", "columns", "rotate"}
_WORDS = {
    "style": {"regular", "bold", "italic"},
    "align": {"left", "center", "right"},
    "valign": {"top", "middle", "bottom"},
}


def _slot(
    template: str, target: str, box: tuple[float, float, float, float], page_height: float
) -> Slot:
    parts = urlsplit(target)
    left, top, right, bottom = (edge * POINTS_PER_PIXEL for edge in box)
    options: dict[str, object] = {}
    for key, value in parse_qsl(parts.query):
        try:
            if key in _NUMBERS:
                options[key] = float(value)
            elif key in _COUNTS:
                options[key] = int(value)
            elif key == "wrap":
                options[key] = value == "1"
            elif value in _WORDS.get(key, set()):
                options[key] = value
            else:
                raise ValueError(key)
        except ValueError as fault:
            raise TemplateFault(
                f"место «{parts.path}»: неизвестное указание «{key}={value}»",
                where=template,
                remedy="Можно: rows, columns, size, style, align, valign, rotate, leading, pad, wrap.",
            ) from fault
    return Slot(
        name=parts.path,
        x=left,
        y=page_height - top,
        width=right - left,
        height=bottom - top,
        **options,  # type: ignore[arg-type]  # the keys and types were sorted out above
    )
