"""Breaking text into lines of a given width, with Russian hyphenation.

No-break spaces hold, explicit line breaks hold, long words are hyphenated by the `ru_RU` patterns
or broken behind a hyphen or slash of their own and, when nothing fits (a formula), cut where the
line ends.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import pyphen

from docgen.rendering.fonts import Face

_HYPHENATED = re.compile(r"[А-Яа-яЁё]{6,}")
_OWN_BREAK = re.compile(r"(?<=[^\W\d_]{2})[-/](?=[^\W\d_]{2})")
"""A hyphen or slash between words, never one in «5-7», «10-й» or «и/о»."""
_ADDRESS = re.compile(r"://|@|^www\.")
"""An address on the net: a hyphen added to it would be read as a part of it."""


@cache
def _patterns() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="ru_RU", left=3, right=3)


@lru_cache(maxsize=20_000)
def _places(word: str) -> tuple[tuple[int, str], ...]:
    """Places where a word may be broken, in order, and the hyphen to add there.

    Patterns are for Russian words in lower case only: names are not hyphenated.
    """
    hyphenated = (
        (match.start() + place, "-")
        for match in _HYPHENATED.finditer(word)
        if not match.group()[0].isupper() and not _ADDRESS.search(word)
        for place in _patterns().positions(match.group())
    )
    return tuple(sorted([*hyphenated, *((own.end(), "") for own in _OWN_BREAK.finditer(word))]))


def break_lines(text: str, face: Face, size: float, width: float) -> list[str]:
    """Break `text` into lines no wider than `width` points at `size` points.

    An empty text gives one empty line, so that a row keeps its height.
    """
    limit = width * 1000 / size
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_break_paragraph(paragraph, face, limit))
    return lines or [""]


def _break_paragraph(paragraph: str, face: Face, limit: float) -> list[str]:
    if face.measure(paragraph).width <= limit:
        return [paragraph]
    space = face.measure(" ").width
    lines: list[str] = []
    line, filled = "", 0.0
    # Only the plain space separates: U+00A0 must not break.
    for word in paragraph.split(" "):
        start = 0
        while start < len(word):
            used = filled + space if line else 0.0
            rest = word[start:]
            width = face.measure(rest).width
            if used + width <= limit:
                line, filled = f"{line} {rest}" if line else rest, used + width
                break
            head, start = _head(word, start, face, limit - used)
            if not head and not line:
                end = start + _cut(rest, face, limit)
                head, start = word[start:end], end
            lines.append(f"{line} {head}" if line and head else line or head)
            line, filled = "", 0.0
    if line or not lines:
        lines.append(line)
    return lines


def _head(word: str, start: int, face: Face, room: float) -> tuple[str, int]:
    """The longest piece of a word from `start` that fits, and where the rest begins; "" if none."""
    for place, hyphen in reversed(_places(word)):
        head = word[start:place] + hyphen
        if place > start and face.measure(head).width <= room:
            return head, place
    return "", start


def _cut(word: str, face: Face, limit: float) -> int:
    """How many characters of a word without break places fit on a line: one at least."""
    width = 0.0
    for count, character in enumerate(word):
        width += face.measure(character).width
        if width > limit and count:
            return count
    return max(len(word), 1)
