"""Terms of keeping in words and as days, and the indexes of cases by the school's nomenclature."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from docgen import russian
from docgen.pipeline.volume_cards import Series
from docgen.profile import Profile, Retention, retention_until

LAST_GRADE = 11
"""The grade in which pupils finish school."""
_START = {"year": "", "graduation": " после окончания школы"}


def term_text(years: int | None) -> str:
    """«5 лет», «постоянно»."""
    if years is None:
        return "постоянно"
    return f"{years}\u00a0{russian.plural(years, 'год', 'года', 'лет')}"


def kept_text(term: Retention) -> str:
    """«5 лет», «3 года после окончания школы»."""
    return term_text(term.years) + _START[term.counted_from]


def term_code(years: int | None) -> str:
    """The term as the name of a bag ends with it: t5, tperm."""
    return "tperm" if years is None else f"t{years}"


def case_indexes(profile: Profile) -> Mapping[str, str]:
    """The index of every kind of cases by its section of retention.toml; "" where none is set."""
    own: dict[str, str] = {
        Series.JOURNAL: profile.archive.case_index_journal,
        Series.SUMMARY: profile.archive.case_index_summary,
    }
    return {name: own.get(name) or term.index for name, term in profile.retention.items()}


def last_day_of(term: Retention, year_end: int, grade: int | None) -> dt.date | None:
    """The last day of a case of the school year that ends in `year_end`; None without an end.

    `grade` is that of its class, None for a case of the whole school.
    """
    return retention_until(dt.date(closed_in(term, year_end, grade), 12, 31), term.years)


def closed_in(term: Retention, year_end: int, grade: int | None) -> int:
    """The calendar year in which a case is over: of its school year, or the class's last."""
    if term.counted_from == "year" or grade is None:
        return year_end
    return year_end + max(LAST_GRADE - grade, 0)
