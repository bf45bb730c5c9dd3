"""Breaking text into lines of a given width, with Russian hyphenation.

No-break spaces hold, explicit line breaks hold, words longer than the line are hyphenated by
the `ru_RU` patterns and, when no pattern fits (a link, a formula), cut where the line ends.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import pyphen

from docgen.rendering.fonts import Face

_HYPHENATED = re.compile(r"[А-Яа-яЁё]{6,}")


@cache
def _patterns() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="ru_RU", left=3, right=3)


@lru_cache(maxsize=20_000)
def _syllables(word: str) -> tuple[int, ...]:
    """Places where a word may be broken: Russian words in lower case only, never names."""
    return tuple(
        match.start() + place
        for match in _HYPHENATED.finditer(word)
        if not match.group()[0].isupper()
        for place in _patterns().positions(match.group())
    )


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
    lines: list[str] = []
    line = ""
    # Only the plain space separates: U+00A0 must not break.
    for word in paragraph.split(" "):
        rest = word
        while rest:
            candidate = f"{line} {rest}" if line else rest
            if face.measure(candidate).width <= limit:
                line, rest = candidate, ""
                continue
            head, tail = _split_word(rest, face, limit, f"{line} " if line else "")
            if head:
                lines.append(f"{line} {head}" if line else head)
                line, rest = "", tail
            elif line:
                lines.append(line)
                line = ""
            else:
                cut = _cut(rest, face, limit)
                lines.append(rest[:cut])
                rest = rest[cut:]
    if line or not lines:
        lines.append(line)
    return lines


def _split_word(word: str, face: Face, limit: float, lead: str) -> tuple[str, str]:
    """The longest hyphenated head that fits behind `lead`, and the tail; ("", word) if none."""
    for place in reversed(_syllables(word)):
        head = word[:place] + "-"
        if face.measure(lead + head).width <= limit:
            return head, word[place:]
    return "", word


def _cut(word: str, face: Face, limit: float) -> int:
    """How many characters of a word without break places fit on a line: one at least."""
    width = 0.0
    for count, character in enumerate(word):
        width += face.measure(character).width
        if width > limit and count:
            return count
    return max(len(word), 1)


def shorten(text: str, face: Face, size: float, width: float) -> str:
    """Cut a single line to the width with an ellipsis; the text itself when it fits."""
    if face.width(text, size) <= width:
        return text
    while text and face.width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"
