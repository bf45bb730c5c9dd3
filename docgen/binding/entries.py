"""Entries as PDF drawing operators: texts in slots, crosses, QR codes, broken rows.

The operators are plain bytes; every distinct string is measured once (fonts.Face caches it).
Coordinates are points from the lower left corner of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from docgen.binding.pages import ROW_PADDING, slot_of
from docgen.rendering.blank import Blank, Slot
from docgen.rendering.fonts import Face
from docgen.rendering.qr import QUIET, qr_code
from docgen.rendering.sheet import Code, Cross, Entry, Grid, Line, Rows, Span
from docgen.rendering.text import break_lines

_NARROWEST = 70
"""Per cent: a text is narrowed down to this before its letters become smaller."""


class _Text(NamedTuple):
    """A measured text at a place: the cell it stands in tells its turn, the matrix its place."""

    turn: tuple[float, float]
    style: str
    size: float
    scale: float
    matrix: str
    hex: str


class Drawing:
    """The operators of one page. `used` collects glyph ids per style for the font subsets."""

    def __init__(self, faces: Mapping[str, Face], used: Mapping[str, set[int]]) -> None:
        self._faces = faces
        self._used = used
        self._texts: list[_Text] = []
        self._lines: list[str] = []

    def draw(self, blank: Blank, entries: Sequence[Entry]) -> bytes:
        """Operators for all entries of a page on its blank."""
        for entry in entries:
            if isinstance(entry, Line):
                self._fill(slot_of(blank, entry.slot), 0, 0, 1, entry.text)
            elif isinstance(entry, Grid):
                self._grid(slot_of(blank, entry.slot), entry.rows)
            elif isinstance(entry, Span):
                self._span(slot_of(blank, entry.slot), entry)
            elif isinstance(entry, Cross):
                self._cross(slot_of(blank, entry.slot), entry)
            elif isinstance(entry, Code):
                self._code(slot_of(blank, entry.slot), entry.payload)
            else:
                self._rows(blank, entry)
        parts = []
        if self._lines:
            parts.append("q 0.4 w " + " ".join(self._lines) + " Q")
        if self._texts:
            parts.append("BT\n" + "\n".join(self._operators()) + "\nET")
        return "\n".join(parts).encode("ascii")

    def _operators(self) -> Iterator[str]:
        """Text operators in reading order: cells from the top, in a row from the left."""
        font, scale = ("", 0.0), 100.0
        for text in sorted(self._texts, key=itemgetter(0)):
            if (text.style, text.size) != font:
                font = (text.style, text.size)
                yield f"/{text.style} {text.size:.2f} Tf"
            if text.scale != scale:
                scale = text.scale
                yield f"{scale:.1f} Tz"
            yield f"{text.matrix} <{text.hex}> Tj"

    def _grid(self, slot: Slot, rows: Sequence[Sequence[str]]) -> None:
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                if text:
                    self._fill(slot, number, column, 1, text)

    def _span(self, slot: Slot, entry: Span) -> None:
        """A text over several cells: framed in a heading, else the ruling below it covered."""
        columns = entry.last - entry.first + 1
        left = slot.x + entry.first * slot.column_width
        if slot.rows > 1:
            size, scale = self._fitted(slot, entry.text, columns * slot.column_width - 2 * slot.pad)
            width = self._faces[slot.style].width(entry.text, size) * scale / 100
            x = self._aligned(slot, left, columns * slot.column_width, width)
            y = slot.y - (entry.row + 1) * slot.row_height
            self._lines.append(
                f"1 g {x:.2f} {y + 0.4:.2f} {width:.2f} {slot.row_height - 0.8:.2f} re f 0 g"
            )
        else:
            bottom = slot.y - slot.height
            for edge in (left, left + columns * slot.column_width):
                self._lines.append(f"{edge:.2f} {bottom:.2f} m {edge:.2f} {slot.y:.2f} l S")
        self._fill(slot, entry.row, entry.first, columns, entry.text)

    def _fill(self, slot: Slot, row: int, column: int, columns: int, text: str) -> None:
        """Write a text into one cell or several: narrowed or wrapped until it fits, never cut."""
        left = slot.x + column * slot.column_width
        width = columns * slot.column_width
        top = slot.y - row * slot.row_height
        height = slot.row_height
        if slot.rotate:
            self._rotated(slot, left, top, width, height, text)
            return
        size, scale = self._fitted(slot, text, width - 2 * slot.pad)
        if slot.wrap or (size < slot.size and columns == 1 and " " in text):
            # Two lines of small letters are read more easily than one of smaller narrow ones.
            size, lines = self._wrapped(slot, text, width - 2 * slot.pad, height)
            self._block(slot, left, top, width, height, size, lines)
        else:
            self._block(slot, left, top, width, height, size, [text], scale)

    def _fitted(self, slot: Slot, text: str, width: float) -> tuple[float, float]:
        """Font size and horizontal scale (per cent) under which a line fits the width."""
        natural = self._faces[slot.style].width(text, slot.size)
        if natural <= width:
            return slot.size, 100.0
        scale = 100 * width / natural
        if scale >= _NARROWEST:
            return slot.size, scale
        return slot.size * scale / _NARROWEST, float(_NARROWEST)

    def _wrapped(
        self, slot: Slot, text: str, width: float, height: float
    ) -> tuple[float, list[str]]:
        """Font size and lines under which a text fits a box; letters shrink in small steps."""
        face = self._faces[slot.style]
        size = slot.size
        while True:
            lines = break_lines(text, face, size, width)
            if len(lines) * size * slot.leading <= height or size < 3:  # noqa: PLR2004 - points
                return size, self._balanced(slot, text, size, width, lines)
            size *= 0.94

    def _balanced(
        self, slot: Slot, text: str, size: float, width: float, lines: list[str]
    ) -> list[str]:
        """Centred lines of like length: the narrowest breaking that takes no more lines."""
        if slot.align != "center" or len(lines) < 2:  # noqa: PLR2004 - one line has no balance
            return lines
        best, low, high = lines, width / len(lines), width
        while high - low > 1:
            middle = (low + high) / 2
            candidate = break_lines(text, self._faces[slot.style], size, middle)
            if len(candidate) <= len(lines):
                best, high = candidate, middle
            else:
                low = middle
        return best

    def _block(
        self,
        slot: Slot,
        left: float,
        top: float,
        width: float,
        height: float,
        size: float,
        lines: Sequence[str],
        scale: float = 100.0,
    ) -> None:
        face = self._faces[slot.style]
        leading = size * slot.leading
        block = leading * (len(lines) - 1) + face.cap_height * size / 1000
        if slot.valign == "top":
            baseline = top - face.ascent * size / 1000
        elif slot.valign == "bottom":
            baseline = top - height + (len(lines) - 1) * leading - face.descent * size / 1000
        else:
            baseline = top - (height - block) / 2 - face.cap_height * size / 1000
        turn = (-round(top, 1), left)
        for line in lines:
            run = face.measure(line)
            if run.glyphs:
                x = self._aligned(slot, left, width, run.width * size * scale / 100_000)
                matrix = f"1 0 0 1 {x:.2f} {baseline:.2f} Tm"
                self._texts.append(_Text(turn, slot.style, size, scale, matrix, run.hex))
                self._used[slot.style].update(run.glyphs)
            baseline -= leading

    def _aligned(self, slot: Slot, left: float, width: float, text_width: float) -> float:
        if slot.align == "center":
            return left + (width - text_width) / 2
        if slot.align == "right":
            return left + width - slot.pad - text_width
        return left + slot.pad

    def _rotated(
        self, slot: Slot, left: float, top: float, width: float, height: float, text: str
    ) -> None:
        """A text standing on its side, read from below; wrapped over the cell's width if it may."""
        face = self._faces[slot.style]
        room = height - 2 * slot.pad
        size, scale = slot.size, 100.0
        if slot.wrap:
            size, lines = self._wrapped(slot, text, room, width)
        else:
            size, scale = self._fitted(slot, text, room)
            lines = [text]
        leading = size * slot.leading
        block = leading * (len(lines) - 1) + face.cap_height * size / 1000
        x = left + (width - block) / 2 + face.cap_height * size / 1000
        turn = (-round(top, 1), left)
        for line in lines:
            run = face.measure(line)
            matrix = f"0 1 -1 0 {x:.2f} {top - height + slot.pad:.2f} Tm"
            self._texts.append(_Text(turn, slot.style, size, scale, matrix, run.hex))
            self._used[slot.style].update(run.glyphs)
            x += leading

    def _cross(self, slot: Slot, entry: Cross) -> None:
        y = slot.y - (entry.row + 0.5) * slot.row_height
        start = slot.x + entry.first * slot.column_width
        end = slot.x + (entry.last + 1) * slot.column_width
        # Heavier than the ruling, to be told from it.
        self._lines.append(f"0.9 w {start:.2f} {y:.2f} m {end:.2f} {y:.2f} l S 0.4 w")

    def _code(self, slot: Slot, payload: str) -> None:
        code = qr_code(payload)
        module = min(slot.width, slot.height) / (code.size + 2 * QUIET)
        for row, start, end in code.runs:
            x, y = slot.x + (start + QUIET) * module, slot.y - (row + QUIET + 1) * module
            # A hair more than the module, so that neighbours leave no white seam.
            self._lines.append(
                f"{x:.3f} {y:.3f} {(end - start) * module + 0.02:.3f} {module + 0.02:.3f} re"
            )
        self._lines.append("f")

    def _rows(self, blank: Blank, entry: Rows) -> None:
        slots = [slot_of(blank, name) for name in entry.slots]
        top = slots[0].y
        left = min(slot.x for slot in slots)
        right = max(slot.x + slot.width for slot in slots)
        for row in entry.rows:
            for slot, lines in zip(slots, row.columns, strict=True):
                self._block(
                    slot, slot.x, top - ROW_PADDING, slot.width, row.height, slot.size, lines
                )
            top -= row.height
            self._lines.append(f"{left:.2f} {top:.2f} m {right:.2f} {top:.2f} l S")
