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
    from collections.abc import Iterable, Iterator, Mapping

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
_QUARTERS_OF_HALF = 2


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
    for record, code in _codes(by_year[year]):
        if not _take(result, record, code):
            result.findings.append(
                finding(
                    "OR-03",
                    sheet.where(record.line),
                    title=record["title"] or record["sourcedId"],
                    kind=record["type"],
                )
            )
    return result


def _take(result: Calendar, record: Record, code: str) -> bool:
    """Add a session as a period, or as another name of one; False when it can be neither."""
    period = Period(
        year=result.year,
        code=code,
        kind=_KINDS.get(code[:1], PeriodKind.YEAR),
        name=record["title"] if code != "Y" else "Год",
        start=record["startDate"],
        end=record["endDate"],
        cell=str(record.line),
    )
    known = next((other for other in result.periods if other.code == code), period)
    if not code or (known.start, known.end) != (period.start, period.end):
        return False
    if known is period:
        result.periods.append(period)
    result.codes[record["sourcedId"]] = code
    return True


def _codes(sessions: list[Record]) -> Iterator[tuple[Record, str]]:
    """Tell the codes of the sessions of one year, "" for those nobody understands.

    Sessions of one type are ranked by their days; within half-years, two and two are quarters.
    """
    same_type: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(sessions, key=lambda row: (row["startDate"], row.line)):
        same_type[heading(record["type"])].append(record)
    halves = [record["sourcedId"] for record in same_type["semester"]]
    for kind, records in same_type.items():
        siblings: Counter[str] = Counter()
        for rank, record in enumerate(records, start=1):
            parent = record["parentSourcedId"]
            siblings[parent] += 1
            if kind == "schoolyear":
                yield record, "Y"
            elif parent in halves and len(halves) == _LAST["H"]:
                within = siblings[parent]
                place = halves.index(parent) * _QUARTERS_OF_HALF + within
                yield record, _code(record, place, 4) if within <= _QUARTERS_OF_HALF else ""
            else:
                yield record, _code(record, rank, len(records))


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
    family = _FAMILIES.get(count, "")
    days = (record["endDate"] - record["startDate"]).days
    return f"{family}{rank}" if family and days in _LENGTHS[family] else ""


_LAST = {"Q": 4, "T": 3, "H": 2}
_LENGTHS = {"Q": range(30, 100), "T": range(45, 130), "H": range(90, 200)}
"""Days from the first to the last of a period, holidays within included."""
