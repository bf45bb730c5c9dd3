"""Font faces: widths and glyphs of strings, measured once per distinct string.

The faces are files the school may replace (`[print] font_family`); the shipped ones are
Liberation Serif and Mono 2.1.5 (OFL 1.1), with the metrics of Times New Roman.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

from docgen.core.errors import TemplateFault
from docgen.rendering.locations import shipped_templates


@dataclass(frozen=True, slots=True)
class Run:
    """A measured string: glyph ids, width in thousandths of the font size, PDF hex string."""

    glyphs: tuple[int, ...]
    width: float
    hex: str


@dataclass(slots=True)
class Face:
    """One font file, opened for measuring.

    `ascent` and `descent` are thousandths of the font size; `names` maps glyph id to the text it
    stands for, for ToUnicode.
    """

    name: str
    path: Path
    ascent: float
    descent: float
    cap_height: float
    _characters: Mapping[int, int]
    _advances: Mapping[int, float]
    _missing: int
    _runs: dict[str, Run] = field(default_factory=dict)

    def measure(self, text: str) -> Run:
        """Glyphs and width of a string, cached.

        A character the face lacks is replaced by its plain form (NFKD without marks) or by "?",
        so that nothing on paper is an empty box.
        """
        run = self._runs.get(text)
        if run is None:
            glyphs = tuple(self._glyph(character) for character in text)
            run = Run(
                glyphs,
                sum(self._advances[glyph] for glyph in glyphs),
                "".join(f"{glyph:04x}" for glyph in glyphs),
            )
            self._runs[text] = run
        return run

    def width(self, text: str, size: float) -> float:
        """Width of a string in points at a font size in points."""
        return self.measure(text).width * size / 1000

    def advance(self, glyph: int) -> float:
        """Advance of a glyph in thousandths of the font size."""
        return self._advances[glyph]

    def _glyph(self, character: str) -> int:
        found = self._characters.get(ord(character))
        if found is None:
            for plain in unicodedata.normalize("NFKD", character):
                found = self._characters.get(ord(plain))
                if found is not None:
                    break
        return self._missing if found is None else found

    def text_of(self, glyph: int) -> str:
        """The character a glyph stands for (ToUnicode)."""
        return _reverse(self.path)[glyph]


@cache
def _reverse(path: Path) -> Mapping[int, str]:
    face = open_face(path)
    reverse: dict[int, str] = {}
    for code, glyph in sorted(face._characters.items()):  # noqa: SLF001 - same module
        # The no-break space shares a glyph with the space: the plainer character wins.
        reverse.setdefault(glyph, chr(code))
    return reverse


@cache
def open_face(path: Path) -> Face:
    """Open a TrueType file for measuring; raises TemplateFault when it is not one."""
    try:
        font = TTFont(path, lazy=True)
        scale = 1000 / font["head"].unitsPerEm
        order = {name: number for number, name in enumerate(font.getGlyphOrder())}
        characters = {code: order[name] for code, name in font.getBestCmap().items()}
        advances = {order[name]: row[0] * scale for name, row in font["hmtx"].metrics.items()}
        names = font["name"]
        name = str(names.getDebugName(6))
        hhea, os2 = font["hhea"], font["OS/2"]
    except Exception as fault:  # fontTools raises a dozen unrelated classes on a broken file
        raise TemplateFault(
            "файл шрифта не читается",
            where=str(path),
            remedy="Положите шрифт TrueType (.ttf) или верните прежнее значение font_family.",
        ) from fault
    return Face(
        name=name,
        path=path,
        ascent=hhea.ascent * scale,
        descent=hhea.descent * scale,
        cap_height=getattr(os2, "sCapHeight", 660 / scale) * scale,
        _characters=characters,
        _advances=advances,
        _missing=characters[ord("?")],
    )


STYLES = ("regular", "bold", "italic")


@cache
def shipped_faces() -> Mapping[str, Path]:
    """Files of the shipped family by style: regular, bold, italic."""
    folder = shipped_templates() / "_shared" / "fonts"
    return {
        "regular": folder / "LiberationSerif-Regular.ttf",
        "bold": folder / "LiberationSerif-Bold.ttf",
        "italic": folder / "LiberationSerif-Italic.ttf",
    }
