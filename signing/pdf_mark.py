"""The visible mark of a signature on a page (ГОСТ Р 7.0.97-2016, 5.23), black on the paper.

It says that the document is signed electronically, names the certificate and its owner, and from
when to when it is valid. Words are drawn as glyphs of embedded faces, so PDF/A stays PDF/A.
"""

# The library has types for a part of its functions only.
# mypy: allow-untyped-calls

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from fontTools import subset
from fontTools.ttLib import TTFont, TTLibError
from fontTools.ttLib.scaleUpem import scale_upem
from pyhanko.pdf_utils.font.opentype import GlyphAccumulator
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    StreamObject,
)
from pyhanko.pdf_utils.writer import PdfFileWriter

from docgen.core.errors import SigningFault
from docgen.core.reasons import reason
from signing.pdf_place import points
from signing.trust import holder_name, subject_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography import x509
    from pyhanko.pdf_utils.writer import BasePdfFileWriter

# The subsetter tells of every table of a font that it leaves out.
logging.getLogger("fontTools").addHandler(logging.NullHandler())

MINIMAL_WIDTH_MM = 45

_HEADING = ("ДОКУМЕНТ ПОДПИСАН", "ЭЛЕКТРОННОЙ ПОДПИСЬЮ")
_SIZE_TO_WIDTH = 0.04  # the size of letters follows the width of the mark
_SMALLEST, _LARGEST = 6.5, 10.0  # pt
_LEADING = 1.25
_GAP = 0.3  # under the heading, in letters
_UNITS_PER_EM = 1000
_PADDING = 0.8  # in letters
_FRAME = 0.75  # pt
_ROUND = 4 * (math.sqrt(2) - 1) / 3  # of a quarter circle by a Bézier curve
_RADIUS = 4.0  # pt


@dataclass(frozen=True, slots=True)
class Faces:
    """Font files of the mark, TrueType or OpenType, with Cyrillic letters."""

    regular: Path
    bold: Path


def mark_lines(certificate: x509.Certificate, zone: dt.tzinfo | None) -> tuple[str, ...]:
    """Compose what stands under the heading; days are those of the zone."""
    since, until = (
        f"{moment.astimezone(zone):%d.%m.%Y}"
        for moment in (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    )
    return (
        f"Сертификат {certificate.serial_number:x}",
        f"Владелец {owner(certificate)}",
        f"Действителен с {since} по {until}",
    )


def owner(certificate: x509.Certificate) -> str:
    """Name whose certificate it is: the person, or all that it says of its holder."""
    return holder_name(certificate) or subject_text(certificate)


def mark_height(lines: tuple[str, ...], width: float, faces: Faces) -> float:
    """Height in mm of a mark that is `width` mm wide, for `pdf_place.free_place`.

    Raises SigningFault when a font cannot be used or the mark would be too narrow to read.
    """
    set_out = _Setting(PdfFileWriter(), faces, lines, points(width))
    return set_out.height / points(1)


def draw_mark(
    writer: BasePdfFileWriter,
    lines: tuple[str, ...],
    faces: Faces,
    width: float,
    *,
    rotation: int = 0,
) -> tuple[StreamObject, float, float]:
    """Make the appearance of the mark: the form object, width and height in points.

    `width` is in mm; `rotation` is that of the page, against which the mark stands upright.
    Raises SigningFault as `mark_height` does.
    """
    setting = _Setting(writer, faces, lines, points(width))
    fonts = {NameObject(f"/{name}"): face.as_resource() for name, face in setting.faces.items()}
    form = StreamObject(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): _numbers(0, 0, setting.width, setting.height),
            NameObject("/Resources"): DictionaryObject(
                {NameObject("/Font"): DictionaryObject(fonts)}
            ),
        },
        stream_data=b"\n".join(setting.operators()),
    )
    form.compress()
    if rotation:
        turn = math.radians(rotation)
        cos, sin = round(math.cos(turn)), round(math.sin(turn))
        form[NameObject("/Matrix")] = _numbers(cos, sin, -sin, cos, 0, 0)
    return form, setting.width, setting.height


def _numbers(*numbers: float) -> ArrayObject:
    return ArrayObject(map(FloatObject, numbers))


class _Setting:
    """The mark set in lines of its width; all lengths in points."""

    def __init__(
        self, writer: BasePdfFileWriter, faces: Faces, lines: tuple[str, ...], width: float
    ) -> None:
        if width < points(MINIMAL_WIDTH_MM):
            raise SigningFault(
                f"Отметка о подписи уже {MINIMAL_WIDTH_MM} мм не читается.",
                remedy="Укажите ширину отметки больше, например 70 мм.",
            )
        self.width = width
        self.size = min(max(width * _SIZE_TO_WIDTH, _SMALLEST), _LARGEST)
        self.faces = {
            name: _face(writer, path, self.size, "".join((*_HEADING, *lines)))
            for name, path in (("Bold", faces.bold), ("Regular", faces.regular))
        }
        room = width - 2 * _PADDING * self.size
        self.heading, self.text = (
            [(name, row) for line in block for row in self._broken(line, room, name)]
            for name, block in (("Bold", _HEADING), ("Regular", lines))
        )
        rows = len(self.heading) + len(self.text)
        self.height = self.size * (2 * _PADDING + _GAP + _LEADING * rows)

    def operators(self) -> Iterator[bytes]:
        """Draw the frame, then row by row from the top; the heading stands in the middle."""
        yield b"q 0 G 0 g"
        yield from _frame(self.width, self.height)
        yield b"BT"
        base = self.height - _PADDING * self.size - self.size
        for number, (name, row) in enumerate((*self.heading, *self.text), 1):
            drawn = self.faces[name].shape(row, with_actual_text=False)
            left = _PADDING * self.size
            if name == "Bold":
                left = (self.width - drawn.x_advance * self.size) / 2
            yield b"/%s %.2f Tf 1 0 0 1 %.2f %.2f Tm" % (name.encode(), self.size, left, base)
            yield drawn.graphics_ops
            base -= _LEADING * self.size
            if number == len(self.heading):
                base -= _GAP * self.size
        yield b"ET Q"

    def _broken(self, line: str, room: float, face: str) -> Iterator[str]:
        """Break a line at spaces, and a number that is too long anywhere."""
        row = ""
        for word in line.split():
            if row and self._length(f"{row} {word}", face) > room:
                yield row
                row = ""
            row = f"{row} {word}".lstrip()
            while self._length(row, face) > room:
                fit = next(n for n in range(len(row), 0, -1) if self._fits(row[:n], face, room))
                yield row[:fit]
                row = row[fit:]
        yield row

    def _fits(self, text: str, face: str, room: float) -> bool:
        return len(text) == 1 or self._length(text, face) <= room

    def _length(self, text: str, face: str) -> float:
        length: float = self.faces[face].shape(text, with_actual_text=False).x_advance * self.size
        return length


def _face(writer: BasePdfFileWriter, path: Path, size: float, text: str) -> GlyphAccumulator:
    """Open a font for the letters of the text.

    The library writes widths as they stand in the font, and PDF wants thousandths of an em
    (ISO 32000-2 9.7.4.3), so the font is brought to 1000 units an em first.
    """
    try:
        font = TTFont(BytesIO(path.read_bytes()))
    except OSError as fault:
        raise SigningFault(
            f"Не удалось прочитать шрифт отметки о подписи: {reason(fault)}.",
            where=str(path),
            remedy="Проверьте путь и права на файл шрифта.",
        ) from fault
    except TTLibError as fault:
        raise SigningFault(
            "Файл шрифта отметки о подписи повреждён или это не шрифт.",
            where=str(path),
            remedy="Укажите другой файл шрифта: TrueType или OpenType.",
        ) from fault
    # Hints are made for the old units, and other tables serve no letters of ours.
    subsetter = subset.Subsetter(subset.Options(hinting=False, layout_features=["kern"]))
    subsetter.populate(text=text)
    subsetter.subset(font)
    scale_upem(font, _UNITS_PER_EM)
    scaled = BytesIO()
    font.save(scaled)
    return GlyphAccumulator(writer, scaled, size)


def _frame(width: float, height: float) -> Iterator[bytes]:
    """A rounded rectangle whose stroke lies wholly inside of the mark."""
    low, right, top = _FRAME / 2, width - _FRAME / 2, height - _FRAME / 2
    bend = _RADIUS * (1 - _ROUND)
    yield b"%.2f w" % _FRAME
    yield b"%.2f %.2f m" % (low + _RADIUS, low)
    corners = (
        # where the side ends, two handles, where the next side begins
        ((right - _RADIUS, low), (right - bend, low), (right, low + bend), (right, low + _RADIUS)),
        ((right, top - _RADIUS), (right, top - bend), (right - bend, top), (right - _RADIUS, top)),
        ((low + _RADIUS, top), (low + bend, top), (low, top - bend), (low, top - _RADIUS)),
        ((low, low + _RADIUS), (low, low + bend), (low + bend, low), (low + _RADIUS, low)),
    )
    for end, first, second, start in corners:
        yield b"%.2f %.2f l" % end
        yield b"%.2f %.2f %.2f %.2f %.2f %.2f c" % (*first, *second, *start)
    yield b"s"
