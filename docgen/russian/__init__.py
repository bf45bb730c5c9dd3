"""Russian as documents want it: initials, numbers and dates in words, sorting, no-break spaces.

The rules are those of `documents.md` 4.2-4.4. Every gap that must not break is U+00A0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from num2words import num2words

from docgen.russian.name_rules import PARTICLES

if TYPE_CHECKING:
    import datetime as dt

NBSP = "\u00a0"

MONTHS = (
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
)
MONTHS_GENITIVE = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)
MONTHS_SHORT = tuple(month[:3] for month in MONTHS)

Gender = Literal["m", "f", "n"]
Case = Literal["n", "g", "d", "a", "i", "p"]
"""The first letters of the six cases, prepositional last, as num2words names them."""


def initials_after(last: str, first: str, middle: str = "") -> str:
    """Write «Фамилия И.О.», for lists, addressees and tables (documents.md 4.2).

    «Анна-Мария» gives «А.-М.», «Вагиф кызы» gives «В. кызы»; a name that is absent is left out.
    """
    return NBSP.join(filter(None, (_tidy(last), _initials(first, middle))))


def initials_before(last: str, first: str, middle: str = "") -> str:
    """Write «И.О. Фамилия», for signatures and approvals (documents.md 4.2)."""
    return NBSP.join(filter(None, (_initials(first, middle), _tidy(last))))


def sort_key(last: str, first: str = "", middle: str = "") -> tuple[str, ...]:
    """Give the place of a person in a Russian list: ё as е, a hyphen as a space, any case.

    Names that differ only in these respects go by their raw letters (documents.md 4.4).
    """
    raw = tuple(_tidy(name).casefold() for name in (last, first, middle))
    return (*(name.replace("ё", "е").replace("-", " ") for name in raw), *raw)


def plural(count: int, one: str, few: str, many: str) -> str:
    """Choose the form of a noun that agrees with a whole number: 1 лист, 2 листа, 5 листов."""
    last_two = abs(count) % 100
    last = last_two % 10
    if 11 <= last_two <= 14:  # noqa: PLR2004 - the teens of Russian grammar
        return many
    if last == 1:
        return one
    return few if 2 <= last <= 4 else many  # noqa: PLR2004 - 2, 3, 4 take the genitive singular


def number_in_words(number: int, gender: Gender = "m", case: Case = "n") -> str:
    """Write a whole number of things in words: 21 is «двадцать один», feminine «двадцать одна»."""
    return str(num2words(number, lang="ru", gender=gender, case=case, animate=False))


def year_in_words(year: int) -> str:
    """Write a year as a date names it, «две тысячи двадцать пятого» (года)."""
    # num2words' own to="year" gives the cardinal number, which is wrong in Russian.
    return str(num2words(year, lang="ru", to="ordinal", case="g", gender="m"))


def day_in_words(day: int) -> str:
    """Write a day of the month as a date names it, «первого» (сентября)."""
    return str(num2words(day, lang="ru", to="ordinal", case="g", gender="n"))


def sheets_in_words(count: int) -> str:
    """Write «147 (сто сорок семь) листов», as certifying sheets do."""
    noun = plural(count, "лист", "листа", "листов")
    return f"{count}{NBSP}({number_in_words(count)}) {noun}"


def date_long(day: dt.date) -> str:
    """Write «15 ноября 2025 г.»."""
    return f"{day.day}{NBSP}{MONTHS_GENITIVE[day.month - 1]} {day.year}{NBSP}г."


def date_quoted(day: dt.date) -> str:
    """Write ««15» ноября 2025 г.», as orders and signatures do; the day has two digits."""
    return f"«{day.day:02}»{NBSP}{MONTHS_GENITIVE[day.month - 1]} {day.year}{NBSP}г."


def date_in_words(day: dt.date) -> str:
    """Write «первого сентября две тысячи двадцать пятого года»."""
    month = MONTHS_GENITIVE[day.month - 1]
    return f"{day_in_words(day.day)} {month} {year_in_words(day.year)} года"


def date_numeric(day: dt.date) -> str:
    """Write «15.11.2025»."""
    return f"{day.day:02}.{day.month:02}.{day.year:04}"


def class_in_text(name: str) -> str:
    """Write the class «9А» as texts do: 9 «А»; a name of another shape stays as it is."""
    parts = re.fullmatch(r"(\d{1,2})[\s«\"-]*([^\W\d_])[»\"]?", _tidy(name))
    return f"{parts[1]}{NBSP}«{parts[2].upper()}»" if parts else _tidy(name)


def quoted(text: str) -> str:
    """Put a text into «…»; quotes inside become „…“."""
    return f"«{text.replace('«', '„').replace('»', '“')}»"


def with_quotes(text: str) -> str:
    """Turn the straight quotes of a typist into «…», inside of others into „…“.

    A text whose quotes do not pair stays as it is: nobody can tell which one is wrong.
    """
    depth = 0
    letters = []
    for place, letter in enumerate(text):
        opens = letter == "«" or (letter == '"' and _OPENING.match(text, place) is not None)
        closes = letter == "»" or (letter == '"' and not opens)
        depth += opens
        pair = "„“" if depth > 1 else "«»"
        depth -= closes
        letters.append(pair[0] if opens else pair[1] if closes else letter)
        if depth < 0:
            return text
    return text if depth else "".join(letters)


def nbsp_text(text: str) -> str:
    """Put no-break spaces where a Russian line must not break (documents.md 4.4).

    After №, §, п., ст., с., упр. before their number; before г., кл., ч. and % after a number;
    between initials and the surname; in «т. е.»; before a dash. Words and breaks between
    paragraphs stay as they are, and a text done once does not change when done again.
    """
    for pattern, replacement in _NO_BREAK:
        text = pattern.sub(replacement, text)
    return text


_OPENING = re.compile(r"""(?<![^\s(\["«„–—-])"(?=\S)""")
_CAPITAL = "[А-ЯЁA-Z]"
_INITIALS = rf"{_CAPITAL}\.(?:-{_CAPITAL}\.)?(?:[ {NBSP}]?{_CAPITAL}\.(?:-{_CAPITAL}\.)?)?"
_BEFORE_NUMBERS = "п|пп|подп|ст|ч|гл|разд|с|стр|рис|табл|упр|зад|кл|вып|прил"
_UNITS = r"кл|класс\w*|ч|мм|см|м|км|кг|мин|лет|год\w*"
_NO_BREAK = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"([№§]) +(?=\w)", rf"\1{NBSP}"),
        (rf"(?i)(?<!\w)((?:{_BEFORE_NUMBERS})\.) +(?=[\d«IVXLC])", rf"\1{NBSP}"),
        (r"(?<=\d) +(?=(?:г|гг|в|вв|кл|н|руб|коп)\.(?!\w))", NBSP),
        (rf"(?<=\d) +(?=(?:{_UNITS})(?!\w|\.[ {NBSP}]?\d))", NBSP),
        (r"(?<=\d) +(?=%)", NBSP),
        (r"(?<!\w)(г|с|пос|ул|д|кв)\. +(?=[А-ЯЁ\d])", rf"\1.{NBSP}"),
        (r"(?<!\w)([тТ]\.|[иИ] [тТ]\.) +(?=[едпк]\.)", rf"\1{NBSP}"),
        (rf"(?<=\d) +(?={'|'.join(MONTHS_GENITIVE)})", NBSP),
        (rf"(?<!\w)({_CAPITAL}\.) +(?={_CAPITAL}\. ?{_CAPITAL}\w)", rf"\1{NBSP}"),
        (rf"(?<!\w)({_INITIALS}) +(?={_CAPITAL}\w)", rf"\1{NBSP}"),
        (rf"(?<=[а-яё]) +(?={_CAPITAL}\.{_CAPITAL}\.(?!\w))", NBSP),
        (r" +(?=[–—] )", NBSP),
    )
)


def _tidy(name: str) -> str:
    """Collapse white space and turn the hyphens and dashes of typists into "-"."""
    return " ".join(re.sub("[\u2010-\u2015]", "-", name).split())


def _initials(first: str, middle: str) -> str:
    names = (_initials_of_name(_tidy(first)), _initials_of_name(_tidy(middle)))
    return "".join(filter(None, names))


def _initials_of_name(name: str) -> str:
    """Shorten one name: «Анна-Мария» to «А.-М.», «Алиевич оглы» to «А. оглы», «-» to nothing."""
    words = name.split()
    if not words:
        return ""
    pieces = [piece for piece in words[0].split("-") if piece]
    short = "-".join(
        piece if piece.casefold() in PARTICLES else f"{piece[0].upper()}." for piece in pieces
    )
    particles = [word for word in words[1:] if word.casefold() in PARTICLES]
    return NBSP.join(filter(None, (short, *particles)))
