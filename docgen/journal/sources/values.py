"""How the values of a table are read: dates, numbers, yes and no, names of classes and periods.

Every reader takes the text of a cell that is not empty and raises `Unreadable` for what it is not.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from docgen.journal.codes import DayKind, Grading, PeriodKind, Scheme, cyrillic, grade_numbers, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from enum import StrEnum

T = TypeVar("T")


class Unreadable(ValueError):
    """A value that is not what its column holds; `code` and `expected` go into the finding."""

    def __init__(self, code: str, expected: str) -> None:
        super().__init__(code)
        self.code = code
        self.expected = expected


_RUSSIAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?")
_YEARS = range(1900, 2101)


@lru_cache(maxsize=8192)
def day(text: str) -> dt.date:
    """Read ДД.ММ.ГГГГ or an ISO date; a time of day after it does not matter."""
    return _moment(text)[0]


@lru_cache(maxsize=8192)
def moment(text: str) -> str:
    """Read a date with or without a time of day as ISO text, e.g. "2025-09-01T09:58:00"."""
    date, time = _moment(text)
    return f"{date.isoformat()}T{time.isoformat()}" if time else date.isoformat()


def _moment(text: str) -> tuple[dt.date, dt.time | None]:
    date_text, _, time_text = tidy(text).replace("T", " ", 1).partition(" ")
    russian, iso = _RUSSIAN_DATE.fullmatch(date_text), _ISO_DATE.fullmatch(date_text)
    time = _TIME.fullmatch(time_text)
    if not (russian or iso) or (time_text and not time):
        raise Unreadable("IM-01", "")
    year, month, day_ = iso.groups() if iso else reversed(russian.groups() if russian else ())
    try:
        date = dt.date(int(year), int(month), int(day_))
        clock = dt.time(int(time[1]), int(time[2]), int(time[3] or 0)) if time else None
    except ValueError:
        raise Unreadable("IM-01", "такого дня или часа нет; ") from None
    if date.year not in _YEARS:
        raise Unreadable("IM-01", "такого года быть не может; ")
    return date, clock


@lru_cache(maxsize=1024)
def whole(text: str) -> int:
    """Read a whole number that is not negative."""
    value = number(text)
    if value != int(value) or value < 0:
        raise Unreadable("IM-02", "целое число")
    return int(value)


@lru_cache(maxsize=1024)
def number(text: str) -> float:
    """Read a number with a decimal comma or point."""
    digits = tidy(text).replace(" ", "").replace(",", ".")
    if not re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", digits):
        raise Unreadable("IM-02", "число")
    return float(digits)


def one_of(words: Mapping[str, T]) -> Callable[[str], T]:
    """Make a reader of an enumeration: Russian labels and English codes, any case, ё as е."""
    table = {_word(word): value for word, value in words.items()}
    expected = ", ".join(word for word in words if not word.isascii()) or ", ".join(words)

    def read(text: str) -> T:
        try:
            return table[_word(text)]
        except KeyError:
            raise Unreadable("IM-03", expected) from None

    return read


def _word(text: str) -> str:
    return tidy(text).casefold().replace("ё", "е").rstrip(".")


def _codes(kind: type[StrEnum], labels: Mapping[str, StrEnum]) -> Mapping[str, StrEnum]:
    return {**labels, **{item.value: item for item in kind}}


yes_no = one_of(
    {"да": True, "нет": False, "yes": True, "no": False, "true": True, "false": False}
    | {"1": True, "0": False, "+": True, "-": False, "истина": True, "ложь": False}
)
gender = one_of(
    {"м": "м", "ж": "ж", "мужской": "м", "женский": "ж", "муж": "м", "жен": "ж"}
    | {"m": "м", "f": "ж", "male": "м", "female": "ж"}
)
period_kind = one_of(_codes(PeriodKind, {item.label: item for item in PeriodKind}))
scheme = one_of(
    _codes(
        Scheme, {item.label: item for item in Scheme} | {item.kind.label: item for item in Scheme}
    )
)
grading = one_of(
    _codes(
        Grading,
        {item.label: item for item in Grading} | {"зачёт/незачёт": Grading.PASS_FAIL},
    )
)
day_kind = one_of(
    _codes(
        DayKind,
        {item.label: item for item in DayKind}
        | {
            "учебный день": DayKind.WORKDAY,
            "рабочий": DayKind.WORKDAY,
            "учебный": DayKind.WORKDAY,
            "праздничный": DayKind.HOLIDAY,
            "перенесённый": DayKind.MOVED,
        },
    )
)

_RELATIONS = {
    "mother": "мать",
    "father": "отец",
    "guardian": "опекун",
    "trustee": "попечитель",
    "adoptive": "усыновитель",
    "foster": "приёмный родитель",
    "other": "иной",
}
_RESULTS = {
    "promoted": "переведён",
    "conditional": "переведён условно",
    "retained": "оставлен на повторное обучение",
    "graduated": "выпущен",
    "expelled": "отчислен",
}


def relation(text: str) -> str:
    """Read a relation: codes become words, other words stay as the school writes them."""
    return _RELATIONS.get(_word(text), tidy(text).lower())


def result(text: str) -> str:
    """Read a decision of the pedagogical council: codes become words."""
    return _RESULTS.get(_word(text), tidy(text))


_PERIOD_CODES = {"Y", "EXAM", "FINAL", *(f"Q{n}" for n in "1234"), *(f"T{n}" for n in "123")} | {
    "H1",
    "H2",
}
_PERIOD_WORDS = {
    "год": "Y",
    "годовая": "Y",
    "экзамен": "EXAM",
    "экзаменационная": "EXAM",
    "итог": "FINAL",
    "итоговая": "FINAL",
}
_NUMBERED = re.compile(r"([1-4]|i{1,3}|iv) ?(?:-?[йяе] )?(четверть|триместр|полугодие)")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_LATIN = str.maketrans("НТУ", "HTY")


@lru_cache(maxsize=256)
def period_code(text: str) -> str:
    """Read Q1…Q4, T1…T3, H1, H2, Y, EXAM, FINAL, or the Russian name of the period."""
    word = _word(text)
    code = word.upper().translate(_LATIN)
    if code not in _PERIOD_CODES:
        numbered = _NUMBERED.fullmatch(word)
        if numbered:
            letter = {"четверть": "Q", "триместр": "T", "полугодие": "H"}[numbered[2]]
            code = letter + _ROMAN.get(numbered[1], numbered[1])
        else:
            code = _PERIOD_WORDS.get(word, "")
    if code not in _PERIOD_CODES:
        raise Unreadable("IM-03", "Q1…Q4, T1…T3, H1, H2, Y, EXAM, FINAL")
    return code


_SCHOOL_YEAR = re.compile(r"(\d{4})\s*[/–—-]\s*(\d{4})")


def school_year(text: str) -> str:
    """Read a school year, "2025/2026"."""
    found = _SCHOOL_YEAR.fullmatch(tidy(text))
    if not found or int(found[2]) != int(found[1]) + 1:
        raise Unreadable("IM-03", "учебный год вида 2025/2026")
    return f"{found[1]}/{found[2]}"


def grades(text: str) -> str:
    """Read a list of grades, "2-9" or "1-4,9"."""
    try:
        grade_numbers(tidy(text))
    except ValueError:
        raise Unreadable("IM-03", "параллели вида 2-9 или 1-4,9") from None
    return tidy(text).replace(" ", "")


_CYRILLIC = re.compile(r"[А-яЁё]")
_LATIN_LETTER = re.compile(r"[A-Za-z]")


@lru_cache(maxsize=65536)
def identifier(text: str) -> str:
    """Read an id: trimmed; Latin look-alikes among Cyrillic letters become Cyrillic.

    An id all in Latin letters ("T033") stays what it is.
    """
    clean = tidy(text)
    if _CYRILLIC.search(clean) and _LATIN_LETTER.search(clean):
        return cyrillic(clean)
    return clean


_CLASS_NAME = re.compile(r"(\d{1,2})[\s\-–«\"]*([^\W\d_])[»\"]?")


@lru_cache(maxsize=1024)
def class_name(text: str) -> str:
    """Read the name of a class: «7 а», «7-А» and a Latin «7A» are all «7А»."""
    clean = tidy(text)
    found = _CLASS_NAME.fullmatch(clean)
    return found[1] + cyrillic(found[2].upper()) if found else identifier(clean)


@lru_cache(maxsize=1024)
def class_names(text: str) -> str:
    """Read one or several classes, separated by commas."""
    return ",".join(class_name(part) for part in text.split(",") if part.strip())


@lru_cache(maxsize=4096)
def identifiers(text: str) -> str:
    """Read one or several ids, separated by commas."""
    return ",".join(identifier(part) for part in text.split(",") if part.strip())


UNKNOWN = "нет данных"
"""What a cell says that has to be filled when the source could not know the value."""

_UNKNOWN_NUMBER = re.compile(rf"{UNKNOWN}(?: (\d{{1,2}}))?")


@lru_cache(maxsize=1024)
def lesson_number(text: str) -> int:
    """Read the number of a lesson, or one below 1 as `number_text` writes it."""
    unknown = _UNKNOWN_NUMBER.fullmatch(tidy(text).casefold())
    return 1 - int(unknown[1] or 1) if unknown else whole(text)


def number_text(number: int) -> int | str:
    """Write the number of a lesson; one below 1 as «нет данных», the second last «нет данных 2»."""
    if number > 0:
        return number
    return UNKNOWN if number == 0 else f"{UNKNOWN} {1 - number}"


def unknown_numbers(count: int) -> range:
    """Number the lessons one group had on one day when the source does not tell their numbers.

    A number below 1 says that the place in the timetable is not known: 0 for the only lesson of
    the day, -1 and 0 for two in their order.
    """
    return range(1 - count, 1)
