"""The codes of a journal: marks, attendance, periods, kinds; and how people write them.

The grammar is that of `journal.md` 4.6 and 5. What cannot be read stays raw and becomes a
finding of the checks (MK-01, AT-01); nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

# Latin letters that look like Cyrillic ones and get typed for them.
_LOOKALIKES = str.maketrans("ABCEHKMOPTXYaceopxy", "АВСЕНКМОРТХУасеорху")


def cyrillic(text: str) -> str:
    """Replace Latin look-alikes by the Cyrillic letters they stand for."""
    return text.translate(_LOOKALIKES)


def tidy(text: str) -> str:
    """Collapse all white space (no-break spaces, line breaks, U+200B) to single spaces."""
    return " ".join(text.replace("\u200b", "").split())


_GRADES = re.compile(r"(\d{1,2})(?:\s*[-–—]\s*(\d{1,2}))?")


@lru_cache(maxsize=256)
def grade_numbers(text: str) -> frozenset[int]:
    """Read a list of grades, "2-9" or "1-4, 9". Raises ValueError for anything else."""
    grades: set[int] = set()
    for part in text.split(","):
        found = _GRADES.fullmatch(part.strip())
        if not found:
            raise ValueError(text)
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= 12:  # noqa: PLR2004 - evening schools have a twelfth grade
            raise ValueError(text)
        grades.update(range(first, last + 1))
    return frozenset(grades)


class PeriodKind(StrEnum):
    """What a period is in the school's calendar."""

    QUARTER = "QUARTER"
    TRIMESTER = "TRIMESTER"
    HALF_YEAR = "HALF_YEAR"
    YEAR = "YEAR"

    @property
    def label(self) -> str:
        """Russian name."""
        return _PERIOD_LABELS[self]


_PERIOD_LABELS = {
    PeriodKind.QUARTER: "четверть",
    PeriodKind.TRIMESTER: "триместр",
    PeriodKind.HALF_YEAR: "полугодие",
    PeriodKind.YEAR: "год",
}


class Scheme(StrEnum):
    """How a class's year is cut: quarters, trimesters or half-years."""

    QUARTERS = "QUARTERS"
    TRIMESTERS = "TRIMESTERS"
    HALF_YEARS = "HALF_YEARS"

    @property
    def kind(self) -> PeriodKind:
        """The kind of period this scheme is made of."""
        return {
            "QUARTERS": PeriodKind.QUARTER,
            "TRIMESTERS": PeriodKind.TRIMESTER,
            "HALF_YEARS": PeriodKind.HALF_YEAR,
        }[self]

    @property
    def label(self) -> str:
        """Russian name as the package writes it."""
        return {"QUARTERS": "четверти", "TRIMESTERS": "триместры", "HALF_YEARS": "полугодия"}[self]


class DayKind(StrEnum):
    """What the calendar says of a day."""

    WORKDAY = "workday"
    HOLIDAY = "holiday"
    VACATION = "vacation"
    WEEKEND = "weekend"
    MOVED = "moved"

    @property
    def label(self) -> str:
        """Russian name as the package writes it."""
        return _DAY_LABELS[self]


_DAY_LABELS = {
    DayKind.WORKDAY: "рабочий день",
    DayKind.HOLIDAY: "праздник",
    DayKind.VACATION: "каникулы",
    DayKind.WEEKEND: "выходной",
    DayKind.MOVED: "перенос",
}


class Grading(StrEnum):
    """How a subject is judged."""

    MARKS = "MARKS"
    PASS_FAIL = "PASS_FAIL"  # noqa: S105 - «зачёт», not a password
    NONE = "NONE"

    @property
    def label(self) -> str:
        """Russian name as the package writes it."""
        return {"MARKS": "отметки", "PASS_FAIL": "зачёт", "NONE": "без отметок"}[self]


class AttendanceCode(StrEnum):
    """The canonical attendance codes of `journal.md` 5; no row means present."""

    ABSENT_UNSPECIFIED = "ABSENT_UNSPECIFIED"
    ABSENT_UNEXCUSED = "ABSENT_UNEXCUSED"
    ABSENT_EXCUSED = "ABSENT_EXCUSED"
    ABSENT_ILL = "ABSENT_ILL"
    LATE = "LATE"
    EXEMPT = "EXEMPT"
    PRESENT = "PRESENT"

    @property
    def label(self) -> str:
        """Russian meaning."""
        return _ATTENDANCE[self][0]

    @property
    def letter(self) -> str:
        """What is printed in a cell of the paper copy (R30)."""
        return _ATTENDANCE[self][1]

    @property
    def missed(self) -> bool:
        """Whether the lesson counts as missed."""
        return self.value.startswith("ABSENT")


_ATTENDANCE = {
    AttendanceCode.ABSENT_UNSPECIFIED: ("отсутствовал, причина не указана", "Н"),
    AttendanceCode.ABSENT_UNEXCUSED: ("без уважительной причины", "Н"),
    AttendanceCode.ABSENT_EXCUSED: ("по уважительной причине", "У"),
    AttendanceCode.ABSENT_ILL: ("по болезни", "Б"),
    AttendanceCode.LATE: ("опоздал", "О"),
    AttendanceCode.EXEMPT: ("освобождён", "ОСВ"),
    AttendanceCode.PRESENT: ("присутствовал", ""),
}

_ATTENDANCE_WORDS = {
    "Н": AttendanceCode.ABSENT_UNSPECIFIED,
    "Б": AttendanceCode.ABSENT_ILL,
    "У": AttendanceCode.ABSENT_EXCUSED,
    "О": AttendanceCode.LATE,
    "ОСВ": AttendanceCode.EXEMPT,
} | {code.value: code for code in AttendanceCode}


@lru_cache(maxsize=4096)
def attendance_code(raw: str, reason: str = "") -> AttendanceCode | None:
    """Read a code of the default package: Н Б У О ОСВ or a canonical English code, any case.

    `Н` with a reason is an unexcused absence, without one the reason is not known (AT-02).
    Returns None for a code that is not in the list (AT-01). Other systems map their own letters
    in their source module: «О» and «П» mean different things in different systems.
    """
    word = tidy(raw).upper()
    code = _ATTENDANCE_WORDS.get(word) or _ATTENDANCE_WORDS.get(cyrillic(word))
    if code is AttendanceCode.ABSENT_UNSPECIFIED and tidy(reason):
        return AttendanceCode.ABSENT_UNEXCUSED
    return code


class SpecialMark(StrEnum):
    """What may stand in place of a number."""

    NOT_ATTESTED = "NOT_ATTESTED"
    EXEMPT = "EXEMPT"
    PASS = "PASS"  # noqa: S105 - «зачёт», not a password
    FAIL = "FAIL"
    MASTERED = "MASTERED"
    NOT_MASTERED = "NOT_MASTERED"
    NO_SHOW = "NO_SHOW"
    DEBT = "DEBT"

    @property
    def label(self) -> str:
        """What is printed in a cell."""
        return _SPECIAL_LABELS[self]

    @property
    def meaning(self) -> str:
        """Russian meaning, for those who do not know the sign."""
        return _SPECIAL_MEANINGS[self]


_SPECIAL_LABELS = {
    SpecialMark.NOT_ATTESTED: "н/а",
    SpecialMark.EXEMPT: "осв",
    SpecialMark.PASS: "зач",
    SpecialMark.FAIL: "незач",
    SpecialMark.MASTERED: "усв",
    SpecialMark.NOT_MASTERED: "н/усв",
    SpecialMark.NO_SHOW: "неяв",
    SpecialMark.DEBT: "\u2022",
}

_SPECIAL_MEANINGS = {
    SpecialMark.NOT_ATTESTED: "не аттестован(а)",
    SpecialMark.EXEMPT: "освобождён(а)",
    SpecialMark.PASS: "зачёт",
    SpecialMark.FAIL: "незачёт",
    SpecialMark.MASTERED: "программа усвоена (обучение без отметок)",
    SpecialMark.NOT_MASTERED: "программа не усвоена (обучение без отметок)",
    SpecialMark.NO_SHOW: "не явился (не явилась)",
    SpecialMark.DEBT: "работа не сдана, отметка будет позже",
}

_SPECIAL_WORDS = {
    "н/а": SpecialMark.NOT_ATTESTED,
    "н.а.": SpecialMark.NOT_ATTESTED,
    "на": SpecialMark.NOT_ATTESTED,
    "осв": SpecialMark.EXEMPT,
    "осв.": SpecialMark.EXEMPT,
    "зач": SpecialMark.PASS,
    "зач.": SpecialMark.PASS,
    "зачёт": SpecialMark.PASS,
    "зачет": SpecialMark.PASS,
    "зч": SpecialMark.PASS,
    "незач": SpecialMark.FAIL,
    "незач.": SpecialMark.FAIL,
    "незачёт": SpecialMark.FAIL,
    "незачет": SpecialMark.FAIL,
    "нз": SpecialMark.FAIL,
    "усв": SpecialMark.MASTERED,
    "усв.": SpecialMark.MASTERED,
    "усвоил": SpecialMark.MASTERED,
    "н/усв": SpecialMark.NOT_MASTERED,
    "не усвоил": SpecialMark.NOT_MASTERED,
    "неяв": SpecialMark.NO_SHOW,
    "неявка": SpecialMark.NO_SHOW,
    ".": SpecialMark.DEBT,
    "\u2022": SpecialMark.DEBT,
}

_NUMERIC = re.compile(r"([1-5])[+-]?(?:/([1-5])[+-]?)?")


@dataclass(frozen=True, slots=True)
class MarkValue:
    """A mark as read: numbers (two for a pair «5/4»), or a special mark, or neither (empty).

    `values` feed averages; a pair is still one mark in накопляемость (`journal.md` 2.1).
    """

    raw: str
    values: tuple[int, ...] = ()
    special: SpecialMark | None = None

    @property
    def empty(self) -> bool:
        """Whether there is no mark at all («-» or an empty cell)."""
        return not self.values and self.special is None


@lru_cache(maxsize=4096)
def mark_value(raw: str) -> MarkValue | None:
    """Read one mark token; None when it is not in the grammar (MK-01).

    The scale (2-5 or 1-5) is a setting of the school and is judged by the check, not here.
    """
    text = tidy(raw).replace("−", "-").replace("–", "-").replace(" ", "")
    if text in {"", "-"}:
        return MarkValue(raw="")
    numeric = _NUMERIC.fullmatch(text)
    if numeric:
        return MarkValue(raw=text, values=tuple(int(part) for part in numeric.groups() if part))
    special = _SPECIAL_WORDS.get(cyrillic(tidy(raw)).casefold())
    return MarkValue(raw=special.label, special=special) if special else None
