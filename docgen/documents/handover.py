"""Papers of the archive: act of handing over, inventory of cases (R10, R11; documents.md, 3 i)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docgen import russian
from docgen.journal.preflight import Task


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as acts and inventories name it; `digest` is that of the bag's tag manifest."""

    name: str
    index: str
    title: str
    dates: str
    volumes: int
    sheets: int
    until: str
    digest: str


@dataclass(frozen=True, slots=True)
class MediumLine:
    """A medium as the act names it."""

    inventory: str
    role: str
    identifier: str
    place: str


@dataclass(frozen=True, slots=True)
class AcceptedLine:
    """Findings of one rule that were let stand for one reason, as the act names them."""

    code: str
    title: str
    count: int
    reason: str
    who: str
    day: str


def accepted_lines(tasks: Iterable[Task]) -> tuple[AcceptedLine, ...]:
    """Count the accepted warnings by rule and reason (`journal.md` 6)."""
    counts = Counter(
        (task.finding.code, task.finding.title, task.accepted) for task in tasks if task.accepted
    )
    return tuple(
        AcceptedLine(
            code=code,
            title=title,
            count=count,
            reason=word.reason,
            who=word.who,
            day=russian.date_numeric(dt.date.fromisoformat(word.day)),
        )
        for (code, title, word), count in sorted(
            counts.items(), key=lambda item: (item[0][0], item[0][2].day, item[0][2].reason)
        )
    )


@dataclass(frozen=True, slots=True)
class HandoverAct:
    """The act of handing two copies over to the archive; context of `handover-act`.

    `devices` says how the two devices were told apart, `confirmation` what a person typed where
    that could not be proven; `accepted` are the warnings of the check that were let stand,
    `unexplained` how many were left without a word.
    """

    number: str
    school: str
    place: str
    date: str
    basis: str
    period: str
    media: tuple[MediumLine, ...]
    devices: str
    confirmation: str
    cases: tuple[CaseLine, ...]
    accepted: tuple[AcceptedLine, ...]
    unexplained: int
    signatures: tuple[tuple[str, str], ...]

    @property
    def cases_in_words(self) -> str:
        """«19 (девятнадцать) дел»."""
        return cases_in_words(len(self.cases))

    @property
    def sheets_in_words(self) -> str:
        """«1053 (одна тысяча пятьдесят три) листа»."""
        return russian.sheets_in_words(sum(case.sheets for case in self.cases))


@dataclass(frozen=True, slots=True)
class CaseInventory:
    """The inventory of all cases of a medium; context of `case-inventory`."""

    school: str
    number: str
    role: str
    date: str
    cases: tuple[CaseLine, ...]
    secretary: str

    @property
    def cases_in_words(self) -> str:
        """«19 (девятнадцать) дел»."""
        return cases_in_words(len(self.cases))


def cases_in_words(count: int) -> str:
    """A number of cases with its noun: «1 (одно) дело», «2 (два) дела», «5 (пять) дел»."""
    noun = russian.plural(count, "дело", "дела", "дел")
    return f"{count}\u00a0({russian.number_in_words(count, gender='n')}) {noun}"


def inventory_csv(cases: Sequence[CaseLine]) -> str:
    """The inventory as CSV for other programs: `;`, header in Russian, one case a line."""
    rows = [
        ("Имя", "Индекс", "Заголовок", "Крайние даты", "Томов", "Листов", "Хранить до", "SHA-512")
    ]
    rows += [
        (
            case.name,
            case.index,
            case.title,
            case.dates,
            str(case.volumes),
            str(case.sheets),
            case.until,
            case.digest,
        )
        for case in cases
    ]
    return "".join(";".join(_quoted(cell) for cell in row) + "\r\n" for row in rows)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(';"\r\n') else cell
