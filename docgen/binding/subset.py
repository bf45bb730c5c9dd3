"""One font subset per face and volume: the glyphs used, their ids kept."""

from __future__ import annotations

import io
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import lru_cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from docgen.rendering.fonts import Face

_NEEDED = {"head", "hhea", "hmtx", "maxp", "glyf", "loca", "cvt ", "fpgm", "prep"}
_WANTED_BY_SUBSETTER = {"cmap", "OS/2", "post", "name"}


_WORKING = frozenset(
    [*map(chr, range(0x20, 0x7F)), *map(chr, range(0x410, 0x450)), *"\u00a0Ёё«»„“–—…№§°·×•"]
)
"""Letters, digits and signs of an ordinary Russian text."""


def working_glyphs(face: Face) -> frozenset[int]:
    """Glyphs that every volume embeds, used or not: so most volumes share one subset."""
    return frozenset(glyph for sign in _WORKING for glyph in face.measure(sign).glyphs)


def subset_program(face: Face, glyphs: Iterable[int]) -> bytes:
    """The TrueType program with just these glyphs, same ids, no tables a PDF does not need."""
    return _subset(face.path, frozenset(glyphs))


@lru_cache(maxsize=32)
def _subset(path: Path, glyphs: frozenset[int]) -> bytes:
    options = subset.Options()
    options.retain_gids = True
    options.hinting = False
    options.notdef_outline = True
    options.layout_features = []
    options.name_IDs = []
    subsetter = subset.Subsetter(options)
    subsetter.populate(gids=sorted(glyphs))
    out = io.BytesIO()
    with TTFont(path, lazy=True, recalcTimestamp=False) as font:
        _keep(font, _NEEDED | _WANTED_BY_SUBSETTER)
        subsetter.subset(font)
        # The character map goes too: the volume addresses glyphs by id.
        _keep(font, _NEEDED)
        font.save(out, reorderTables=False)
    return out.getvalue()


def _keep(font: TTFont, tables: AbstractSet[str]) -> None:
    for tag in set(font.keys()) - tables - {"GlyphOrder"}:
        del font[tag]


def to_unicode(face: Face, glyphs: Iterable[int]) -> bytes:
    """The CMap that gives the text back (ISO 32000-1 9.10.3), in blocks of at most 100 lines."""
    lines = [
        f"<{glyph:04x}> <{face.text_of(glyph).encode('utf-16-be').hex()}>"
        for glyph in sorted(glyphs)
    ]
    blocks = "".join(
        f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n"
        for block in (lines[start : start + 100] for start in range(0, len(lines), 100))
    )
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        f"{blocks}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode("ascii")
