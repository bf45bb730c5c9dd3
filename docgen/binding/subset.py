"""One font subset per face and volume: the glyphs used, their ids kept."""

from __future__ import annotations

import io
from collections.abc import Iterable

from fontTools import subset
from fontTools.ttLib import TTFont

from docgen.rendering.fonts import Face

_NEEDED = {"head", "hhea", "hmtx", "maxp", "glyf", "loca", "cvt ", "fpgm", "prep"}


def subset_program(face: Face, glyphs: Iterable[int]) -> bytes:
    """The TrueType program with just these glyphs, same ids, no tables a PDF does not need."""
    font = TTFont(face.path, lazy=True, recalcTimestamp=False)
    for tag in set(font.keys()) - _NEEDED - {"GlyphOrder"}:
        # The character map goes too: the volume addresses glyphs by id.
        if tag not in {"cmap", "OS/2", "post", "name"}:
            del font[tag]
    options = subset.Options()
    options.retain_gids = True
    options.hinting = False
    options.notdef_outline = True
    options.layout_features = []
    options.name_IDs = []
    subsetter = subset.Subsetter(options)
    subsetter.populate(gids=sorted(glyphs))
    subsetter.subset(font)
    for tag in ("cmap", "OS/2", "post", "name"):
        if tag in font:
            del font[tag]
    out = io.BytesIO()
    font.save(out, reorderTables=False)
    return out.getvalue()


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
