"""The school year and its periods out of OneRoster's academicSessions (`journal.md` 3)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docgen.core.findings import Finding, finding
from docgen.journal.codes import PeriodKind, Scheme
from docgen.journal.model import Period
from docgen.journal.sources.tabular import heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from docgen.journal.sources.oneroster_tables import Record, Sheet

_WORDS = {
    "Q": re.compile("четверт|четв|quarter|^q[1-4]$"),
    "T": re.compile("триместр|trimester"),
    "H": re.compile("полугод|semester|halfyear"),
}
_FAMILIES = {4: "Q", 3: "T", 2: "H"}
"""How many parts a year has tells what they are, when their titles do not."""

_KINDS = {"Q": PeriodKind.QUARTER, "T": PeriodKind.TRIMESTER, "H": PeriodKind.HALF_YEAR}
_SCHEMES = {"Q": Scheme.QUARTERS, "T": Scheme.TRIMESTERS, "H": Scheme.HALF_YEARS}
_AUGUST = 8


@dataclass(slots=True)
class Calendar:
    """The sessions of the year that is imported: codes of periods by sourcedId.

    `foreign` are the sessions of other years; `year` is "2025/2026", "" when nothing tells it.
    """

    year: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    periods: list[Period] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def scheme(self, sessions: Iterable[str], grade: int) -> Scheme:
        """Tell how the year of a class is cut, by the sessions its groups name.

        Where both quarters and half-years are named, or nothing is, what the year has decides,
        and grades 10 and 11 take half-years (PD-01).
        """
        named = {self.codes[name][0] for name in sessions if name in self.codes} - {"Y"}
        families = named or {period.code[0] for period in self.periods} - {"Y"}
        if len(families) > 1 and "H" in families:
            families = {"H"} if grade >= 10 else families - {"H"}  # noqa: PLR2004 - PD-01
        return _SCHEMES[min(families)] if families else Scheme.QUARTERS


def calendar(sheet: Sheet | None, mentions: Mapping[str, int]) -> Calendar:
    """Read the sessions of one school year.

    Of several years the one that classes and works mention most is taken, the latest of equals.
    """
    if sheet is None:
        return Calendar()
    by_year: dict[int, list[Record]] = defaultdict(list)
    for record in sheet.records:
        by_year[_ending_year(record)].append(record)
    if not by_year:
        return Calendar()
    weight = Counter(
        {year: sum(mentions.get(row["sourcedId"], 0) for row in by_year[year]) for year in by_year}
    )
    year = max(by_year, key=lambda item: (weight[item], item))
    result = Calendar(year=f"{year - 1}/{year}")
    others = [record for item, records in by_year.items() if item != year for record in records]
    result.foreign = {record["sourcedId"] for record in others}
    if others:
        result.findings.append(
            finding("OR-04", sheet.part.file, count=len(others), year=result.year)
        )
    same_type: dict[str, list[Record]] = defaultdict(list)
    for record in by_year[year]:
        same_type[heading(record["type"])].append(record)
    for kind, records in same_type.items():
        for rank, record in enumerate(sorted(records, key=lambda row: row["startDate"]), start=1):
            code = "Y" if kind == "schoolyear" else _code(record, rank, len(records))
            if not code:
                result.findings.append(
                    finding(
                        "OR-03",
                        sheet.where(record.line),
                        title=record["title"] or record["sourcedId"],
                        kind=record["type"],
                    )
                )
                continue
            result.codes[record["sourcedId"]] = code
            result.periods.append(
                Period(
                    year=result.year,
                    code=code,
                    kind=_KINDS.get(code[0], PeriodKind.YEAR),
                    name=record["title"] if code != "Y" else "Год",
                    start=record["startDate"],
                    end=record["endDate"],
                    cell=str(record.line),
                )
            )
    return result


def _ending_year(record: Record) -> int:
    if record["schoolYear"]:
        return int(record["schoolYear"])
    start = record["startDate"]
    return int(start.year + 1 if start.month >= _AUGUST else start.year)


def _code(record: Record, rank: int, count: int) -> str:
    """Tell the code of a part of the year: by its title, else by its place among its like."""
    title = heading(record["title"])
    digit = re.search("[1-4]", title)
    for letter, words in _WORDS.items():
        if words.search(title) and digit:
            return f"{letter}{digit[0]}" if int(digit[0]) <= _LAST[letter] else ""
    if heading(record["type"]) == "semester":
        return f"H{rank}" if count <= _LAST["H"] else ""
    return f"{_FAMILIES[count]}{rank}" if count in _FAMILIES else ""


_LAST = {"Q": 4, "T": 3, "H": 2}
