"""Documents left out of the next edition of a case: a paper of somebody else, filed by mistake.

The earlier edition stays as it is until its term ends. The card of the next one says what was
withdrawn, by digest alone, when, why and by whom; the same file is not filed again by itself.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from docgen.core.errors import UsageFault
from docgen.core.findings import Finding, finding
from docgen.pipeline.archived import ArchivedCase
from docgen.pipeline.kept_records import stated_reason
from docgen.pipeline.papers import Paper


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A document that is no longer of a case, as the case's card keeps it."""

    sha512: str
    date: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to be left out: names of files as the inventory has them."""

    names: frozenset[str]
    reason: str
    who: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class Sifted:
    """The papers of a case without the withdrawn ones, and those that were `passed_over`."""

    papers: tuple[Paper, ...]
    withdrawn: tuple[Withdrawal, ...]
    passed_over: tuple[tuple[Paper, Withdrawal], ...]


def wish(names: Sequence[str], *, reason: str, who: str, day: dt.date) -> Wish:
    """Say what is to be left out; raises UsageFault without a reason."""
    if names:
        reason = stated_reason(
            reason,
            told="исключить документ из дела без причины нельзя: она остаётся в карточке дела",
            remedy="Напишите её: --reason «скан согласия другого ученика».",
        )
    plain = frozenset(unicodedata.normalize("NFC", Path(name).name) for name in names)
    return Wish(plain, reason, who, day)


def sift(
    papers: Sequence[Paper], standing: ArchivedCase | None, wanted: Wish, named: Collection[Path]
) -> Sifted:
    """Leave out what is wanted now and was wanted earlier.

    Of the earlier a file among the `named` ones is filed again: a person asks for this very file.
    """
    asked = {paper.digests.sha512 for paper in papers if paper.path in named}
    earlier = {row.sha512: row for row in _earlier(standing) if row.sha512 not in asked}
    now = {
        paper.digests.sha512: Withdrawal(
            paper.digests.sha512, wanted.day.isoformat(), wanted.who, wanted.reason
        )
        for paper in papers
        if paper.original in wanted.names
    }
    withdrawn: Mapping[str, Withdrawal] = {**now, **earlier}
    return Sifted(
        tuple(paper for paper in papers if paper.digests.sha512 not in withdrawn),
        tuple(withdrawn[digest] for digest in sorted(withdrawn)),
        tuple(
            (paper, earlier[paper.digests.sha512])
            for paper in papers
            if paper.digests.sha512 in earlier
        ),
    )


def passed_over(papers: Sequence[tuple[Paper, Withdrawal]]) -> Iterator[Finding]:
    """Files that were not filed because they had been withdrawn (AR-99)."""
    for paper, row in papers:
        refs = {"file": str(paper.path)}
        yield finding("AR-99", paper.original, refs=refs, file=paper.original, reason=row.reason)


def require_known(wanted: Wish, papers: Sequence[Paper]) -> None:
    """Refuse names no paper of the case has; raises UsageFault."""
    known = {paper.original for paper in papers}
    for name in sorted(wanted.names - known):
        near = get_close_matches(name, known, n=3)
        raise UsageFault(
            f"в деле нет документа из файла «{name}»",
            remedy=f"Возможно: {', '.join(near)}."
            if near
            else "Имена файлов – в последнем столбце metadata/inventory.csv дела.",
        )


def _earlier(standing: ArchivedCase | None) -> list[Withdrawal]:
    rows = standing.card.get("withdrawn", ()) if standing else ()
    return [Withdrawal(**row) for row in rows]
