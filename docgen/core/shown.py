"""Text from outside made safe to show: a name may hold signs that a terminal obeys or hides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 1000
"""Signs of a text that one finding shows; paths of any length are known by both of their ends."""

# Controls, line separators, signs of no width or that turn the direction of writing, and the halves
# that stand for bytes which are no UTF-8.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def shown(text: str) -> str:
    """Write each sign that is obeyed or not seen as Python does, so a line end is two signs."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def shortened(text: str, longest: int = LONGEST) -> str:
    """Cut the middle out of a text of more than `longest` signs and say how much."""
    if len(text) <= longest:
        return text
    end = longest // 3
    return f"{text[: longest - end]}…[ещё знаков: {len(text) - longest}]…{text[-end:]}"


def some_of(words: Sequence[str], most: int) -> str:
    """Enumerate words, the first `most` of them, and say how many more there are."""
    rest = len(words) - most
    return ", ".join(words[:most]) + (f" и ещё {rest}" if rest > 0 else "")
