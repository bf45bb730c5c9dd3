"""How the cells of a journal sheet are read: texts, dates without a year, periods, tokens.

Source of the grammar: `journal.md` 4.6.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from docgen.journal.codes import cyrillic, mark_value, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = str | dt.date
"""What a cell holds: text as a person would have typed it, or a date."""

_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_FULL_MONTHS = re.compile(
    "(январ[ья]|феврал[ья]|март[а]?|апрел[ья]|ма[йя]|июн[ья]|июл[ья]|август[а]?"
    "|сентябр[ья]|октябр[ья]|ноябр[ья]|декабр[ья])"
)
_NUMERIC = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{4}|\d{2}))?\.?(?: ?г\.?)?")
_WORDED = re.compile(r"(\d{1,2})[. -]?([а-я]{2,8})\.?[. -]?(\d{4})?(?: ?г\.?)?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T].*)?")
_DAY = re.compile(r"[12]?\d|3[01]|0[1-9]")
_FIRST_MONTH = 8
"""A school year begins in August at the earliest: months from it belong to the first year."""


@lru_cache(maxsize=8192)
def norm(text: str) -> str:
    """Reduce a text to what counts when texts are compared (`journal.md` 4.6).

    Lower case, е for ё, Cyrillic for Latin look-alikes, single spaces, no punctuation: «№  п/п:»
    is "№ п п".
    """
    plain = cyrillic(tidy(text)).casefold().replace("ё", "е")
    return " ".join(re.sub(r"[^\w№]|_", " ", plain).split())


def anchor(text: str) -> str:
    """Reduce the text of an anchor further, to its letters: «Ф. И. О.» and «ФИО» are one."""
    return norm(text).replace(" ", "")


def text_of(value: Value) -> str:
    """Write a cell as text, a date as ISO."""
    return value.isoformat() if isinstance(value, dt.date) else value


@lru_cache(maxsize=1024)
def month_of(text: str) -> int | None:
    """Read the name of a month that stands alone, «Сентябрь» or «сентябрь 2025»."""
    found = _FULL_MONTHS.match(norm(text))
    if not found or not re.fullmatch(r"(?: ?\d{4})?(?: ?г(?:ода?)?)?", norm(text)[found.end() :]):
        return None
    return _month(found[0])


def _month(word: str) -> int | None:
    for number, start in enumerate(_MONTHS, start=1):
        if word.startswith(start):
            return number
    return None


@lru_cache(maxsize=8192)
def day_month(value: Value) -> tuple[int, int, int | None] | None:
    """Read «01.09», «01.сен», «1 сентября 2025», an ISO date or a date: day, month, year or None.

    Returns None for what is no date; whether the day exists is judged by `in_year`.
    """
    if isinstance(value, dt.date):
        return value.day, value.month, value.year
    text = tidy(value).casefold()
    if iso := _ISO.fullmatch(text):
        return int(iso[3]), int(iso[2]), int(iso[1])
    if numeric := _NUMERIC.fullmatch(text):
        year = int(numeric[3]) if numeric[3] else None
        month = int(numeric[2])
        if month > 12:  # noqa: PLR2004 - no such month: not a date
            return None
        return int(numeric[1]), month, year + 2000 if year and year < 100 else year  # noqa: PLR2004
    if worded := _WORDED.fullmatch(text):
        named = _month(worded[2])
        return (int(worded[1]), named, int(worded[3]) if worded[3] else None) if named else None
    return None


def day_number(value: Value) -> int | None:
    """Read the number of a day, 1 to 31, None for anything else."""
    text = tidy(text_of(value))
    return int(text) if _DAY.fullmatch(text) and int(text) else None


def in_year(day: int, month: int, year: int | None, school_year: str) -> dt.date | None:
    """Place a day in a school year "2025/2026": autumn in its first year.

    Returns None for a day that does not exist or lies in another school year.
    """
    first = int(school_year[:4])
    expected = first if month >= _FIRST_MONTH else first + 1
    # Lessons end in June; a date of July belongs to no lesson, but to the year that ended.
    if year is not None and year != expected:
        return None
    try:
        return dt.date(expected, month, day)
    except ValueError:
        return None


def school_year_of(date: dt.date) -> str:
    """Tell the school year a date belongs to, "2025/2026"."""
    first = date.year if date.month >= _FIRST_MONTH else date.year - 1
    return f"{first}/{first + 1}"


_YEAR = re.compile(r"(20\d\d)\s*[/–—_ -]\s*(?:20)?(\d\d)(?!\d)")


def find_school_year(text: str) -> str:
    """Find a school year in a text, «2025/2026 учебный год» or "7А 2025-26"; "" without one."""
    for found in _YEAR.finditer(text):
        if (int(found[1]) + 1) % 100 == int(found[2]):
            return f"{found[1]}/{int(found[1]) + 1}"
    return ""


_PERIODS = {
    "четв": "Q",
    "трим": "T",
    "полуг": "H",
    "семестр": "H",
    "тр(?![а-я])": "T",
    "сем(?![а-я])": "H",
}
"""Words of periods; «ТР» and «СЕМ» are those of layout B."""
_ROMAN = {"iv": "4", "iii": "3", "ii": "2", "i": "1"}
_LAST = {"Q": 4, "T": 3, "H": 2}


@lru_cache(maxsize=1024)
def period_of(text: str) -> str:
    """Read the heading of a column of final marks, «Итог. 1 четв.»; "" when it is none."""
    plain = " ".join(re.sub(r"[^\w]|_", " ", tidy(text).casefold()).split()).replace("ё", "е")
    for word, letter in _PERIODS.items():
        before = re.search(rf"(?:^| )([1-4]|i{{1,3}}|iv)(?: ?[йяе])? ?{word}", plain)
        found = before or re.search(rf"(?:^| ){word}[а-я]* ?([1-4]|i{{1,3}}|iv)(?!\w)", plain)
        if found:
            number = _ROMAN.get(found[1], found[1])
            return letter + number if int(number) <= _LAST[letter] else ""
    if re.search(r"(?:^| )экзам", plain):
        return "EXAM"
    if re.search(r"(?:^| )год", plain):
        return "Y"
    return "FINAL" if re.match("итог", plain) else ""


_CLASS = re.compile(r"(?<![\w.])(\d{1,2})[ -]?[«\"]?([А-ЯЁа-яёA-Za-z])[»\"]?(?![\w])")
_LAST_GRADE = 12


def find_class(text: str) -> str:
    """Find the name of a class in a text, «9А Алгебра» or «Класс: 9-А»; "" without one."""
    for found in _CLASS.finditer(tidy(text)):
        letter = cyrillic(found[2].upper())
        if 1 <= int(found[1]) <= _LAST_GRADE and not letter.isascii():
            return f"{int(found[1])}{letter}"
    return ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The contents of one cell of a journal page: marks as written, codes of the default package.

    What the grammar does not know stays a mark as written and is judged by the check (MK-01).
    """

    marks: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


def tokens(text: str, letters: Mapping[str, str], *, separators: str, pairs: bool) -> Tokens:
    """Split a cell into marks and attendance codes.

    `letters` maps the letters of the layout (reduced by `norm`) to codes; `separators` are the
    signs between values beside white space, commas and semicolons. With `pairs`, two numbers
    around a slash are one mark of two values even where a slash separates: «5/4».
    """
    marks: list[str] = []
    codes: list[str] = []
    for chunk in re.split(r"[\s,;]+", tidy(text)):
        whole = not separators or _is_one_mark(chunk, pairs=pairs)
        pieces = [chunk] if whole else _pieces(chunk, separators)
        own = [code for piece in pieces if (code := letters.get(norm(piece))) is not None]
        found = [piece for piece in pieces if piece and norm(piece) not in letters]
        if own and _is_one_mark("/".join(found), pairs=pairs):
            found = ["/".join(found)]  # a pair is one beside a letter too, «4/5/О»
        codes += own
        marks += [piece for piece in found if not ((value := mark_value(piece)) and value.empty)]
    return Tokens(tuple(marks), tuple(codes))


def _is_one_mark(text: str, *, pairs: bool) -> bool:
    value = mark_value(text)
    return value is not None and (pairs or len(value.values) < 2)  # noqa: PLR2004 - a pair has two


def _pieces(text: str, separators: str) -> list[str]:
    """Split a text by separators, but for special marks that hold one: «н/а/О» is «н/а» and «О»."""
    pieces: list[str] = []
    for piece in re.split(f"([{re.escape(separators)}])", text):
        joined = "".join([*pieces[-2:], piece])
        value = mark_value(joined) if len(pieces) > 1 and pieces[-1] in separators else None
        if value and value.special:
            pieces[-2:] = [joined]
        else:
            pieces.append(piece)
    return pieces[::2]
