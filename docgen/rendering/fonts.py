"""Font faces: widths and glyphs of strings, measured once per distinct string.

The shipped faces are Liberation Serif 2.1.5 (OFL 1.1), with the metrics of Times New Roman.
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

_REMEMBERED = 50_000
"""How many measured strings a face keeps, some tens of megabytes; then it begins anew."""


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
    _signs: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def measure(self, text: str) -> Run:
        """Glyphs and width of a string, cached.

        A character the face lacks is replaced by its plain form (NFKD without marks) or by "?",
        so that nothing on paper is an empty box; what has no form of its own (a soft hyphen, a
        joiner, a variation selector) leaves nothing, a tab or a line break leaves a space.
        """
        run = self._runs.get(text)
        if run is None:
            glyphs = tuple(
                glyph
                for character in unicodedata.normalize("NFC", text)
                for glyph in self._sign(character)
            )
            run = Run(
                glyphs,
                sum(self._advances[glyph] for glyph in glyphs),
                "".join(f"{glyph:04x}" for glyph in glyphs),
            )
            if len(self._runs) >= _REMEMBERED:
                self._runs.clear()
            self._runs[text] = run
        return run

    def width(self, text: str, size: float) -> float:
        """Width of a string in points at a font size in points."""
        return self.measure(text).width * size / 1000

    def advance(self, glyph: int) -> float:
        """Advance of a glyph in thousandths of the font size."""
        return self._advances[glyph]

    def _sign(self, character: str) -> tuple[int, ...]:
        glyphs = self._signs.get(character)
        if glyphs is None:
            glyphs = self._signs[character] = self._glyphs(character)
        return glyphs

    def _glyphs(self, character: str) -> tuple[int, ...]:
        if character.isspace():
            # Any space the face lacks is an ordinary one, control characters too.
            return (self._characters.get(ord(character), self._characters[ord(" ")]),)
        if unicodedata.category(character) in {"Cc", "Cf"}:
            return ()
        found = self._characters.get(ord(character))
        if found is not None:
            return (found,)
        if unicodedata.combining(character) or _is_selector(character):
            return ()
        plain = (self._characters.get(ord(p)) for p in unicodedata.normalize("NFKD", character))
        return tuple(glyph for glyph in plain if glyph is not None) or (self._missing,)

    def text_of(self, glyph: int) -> str:
        """The character a glyph stands for (ToUnicode)."""
        return _reverse(self.path)[glyph]


def _is_selector(character: str) -> bool:
    """Whether a character only chooses the look of the one before it (U+FE00 to U+FE0F)."""
    return "\ufe00" <= character <= "\ufe0f"


@cache
def _reverse(path: Path) -> Mapping[int, str]:
    face = open_face(path)
    reverse: dict[int, str] = {}
    for code, glyph in sorted(face._characters.items()):  # noqa: SLF001 - same module
        # Ligatures also stand under private codes, which mean nothing outside their font.
        if unicodedata.category(chr(code)) != "Co":
            reverse.setdefault(glyph, chr(code))
    return reverse


@cache
def open_face(path: Path) -> Face:
    """Open a TrueType file for measuring; raises TemplateFault when it is not one."""
    try:
        with TTFont(path, lazy=True) as font:
            scale = 1000 / font["head"].unitsPerEm
            order = {name: number for number, name in enumerate(font.getGlyphOrder())}
            characters = {code: order[name] for code, name in font.getBestCmap().items()}
            advances = {order[name]: row[0] * scale for name, row in font["hmtx"].metrics.items()}
            name = str(font["name"].getDebugName(6))
            hhea, os2 = font["hhea"], font["OS/2"]
    except Exception as fault:  # fontTools raises a dozen unrelated classes on a broken file
        raise TemplateFault(
            "файл шрифта не читается",
            where=str(path),
            remedy="Положите на это место шрифт TrueType (.ttf) или верните прежний файл.",
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
