"""Papers of the archive: act of handing over, inventory of cases (R10, R11; documents.md, 3 i)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docgen import russian
from docgen.journal.preflight import Task

_ANCHOR = "SHA-512 файла tagmanifest-sha512.txt"


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

    number: number of the act
    school, place, date: the school, its town or "", the day in words
    basis: the wording of the norm it rests on
    period: «1 четверть, 2025/2026 учебный год»
    media: the two media
    devices: how the two devices were told apart
    confirmation: what a person typed where that could not be proven, or ""
    cases: what is handed over
    cases_in_words, sheets_in_words: «19 (девятнадцать) дел», «1053 (…) листа»
    checked: whether the cases are of the journal, so that its check is told of
    accepted: the warnings of the check that were let stand
    unexplained: how many were left without a word
    chairman, members: the commission, «Фамилия И.О., должность»; "" and none without one
    signatures: pairs of role and name
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
    cases_in_words: str
    sheets_in_words: str
    checked: bool
    accepted: tuple[AcceptedLine, ...]
    unexplained: int
    chairman: str
    members: tuple[str, ...]
    signatures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseInventory:
    """The inventory of all cases of a medium; context of `case-inventory`.

    school: the school
    number, role: the medium's inventory number, «основной экземпляр»
    date: the day in words
    cases: all cases of the medium
    cases_in_words: «19 (девятнадцать) дел»
    secretary: who made it
    """

    school: str
    number: str
    role: str
    date: str
    cases: tuple[CaseLine, ...]
    cases_in_words: str
    secretary: str


def commission_signatures(chairman: str, members: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The lines a commission signs on: role and name, without the position that follows it."""
    roles = [("Председатель комиссии", chairman)] if chairman else []
    roles += [("Член комиссии", member) for member in members]
    return tuple((role, person.partition(",")[0].strip()) for role, person in roles)


def cases_in_words(count: int) -> str:
    """A number of cases with its noun: «1 (одно) дело», «2 (два) дела», «5 (пять) дел»."""
    noun = russian.plural(count, "дело", "дела", "дел")
    return f"{count}\u00a0({russian.number_in_words(count, gender='n')}) {noun}"


def inventory_csv(cases: Sequence[CaseLine]) -> str:
    """The inventory as CSV for other programs: `;`, header in Russian, one case a line."""
    rows = [
        ("Имя", "Индекс", "Заголовок", "Крайние даты", "Томов", "Листов", "Хранить до", _ANCHOR)
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
