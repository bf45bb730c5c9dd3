"""All declined names of a class on a page, to be looked at before hundreds of forms are printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.families import Person, classes
from docgen.documents.house import sex_told
from docgen.documents.kinds import Ask, Document, Kind
from docgen.russian.names import CASES, Review, review

_TITLE = "Проверка склонения имён"


@dataclass(frozen=True, slots=True)
class ReviewedName:
    """A name with its cases; `doubt` is "" when it is certain."""

    name: str
    genitive: str
    dative: str
    accusative: str
    doubt: str


@dataclass(frozen=True, slots=True)
class NamesReview:
    """The names of a class's pupils and parents; context of `names-review`.

    class_name: «7 «А»»
    rows: pupils and the parents who sign, the doubtful ones first
    doubts: how many of them are doubtful
    """

    class_name: str
    rows: tuple[ReviewedName, ...]
    doubts: int


def _make(ask: Ask) -> Iterator[Document | Finding]:
    for group in classes(ask):
        people: list[Person] = []
        for family in group.families:
            people += [family.pupil, *family.guardians[:1]]
        found = review([(one, sex_told(one)) for one in people], ask.house.names)
        rows = sorted(map(_row, found), key=lambda row: not row.doubt)
        context = NamesReview(
            class_name=russian.class_in_text(group.unit.class_id),
            rows=tuple(rows),
            doubts=sum(bool(row.doubt) for row in rows),
        )
        yield Document("names", _TITLE, context, group.unit.class_id)


def _row(found: Review) -> ReviewedName:
    genitive, dative, accusative = (found.forms[CASES.index(case)] for case in ("g", "d", "a"))
    return ReviewedName(found.name, genitive, dative, accusative, found.doubt)


KINDS = (Kind(name="names-review", title=_TITLE, ground="documents.md 4.1", make=_make),)
