"""Signed papers that are no volumes: which of them make up a case of their own.

A case holds what docgen printed and somebody signed with a key, the scans a person names, and all
that its last edition holds: nothing once filed is left out of the next one.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from archive.validation import read_bag_info
from docgen.core.digests import Digests, digest_file
from docgen.pipeline.archived import ArchivedCase, archived_cases
from docgen.pipeline.paper_files import sheet_count
from docgen.pipeline.paper_kinds import PaperKind
from docgen.pipeline.paper_names import Names, Told
from docgen.pipeline.school_years import school_year_of
from docgen.pipeline.sign import signature_of
from docgen.pipeline.workspace import Workspace, class_slug, year_folder

SCHOOL = "school"
"""The folder below `out/` for documents of the whole school."""
_BOOKLET = "all.pdf"
"""All documents of a class in one file, for the printer."""


class Origin(StrEnum):
    """Where a paper is from: printed here and signed with a key, or handed over as a file."""

    PRINTED = "printed"
    SCAN = "scan"

    @property
    def note(self) -> str:
        """What the inventory says of such a paper."""
        return {"printed": "электронный документ", "scan": "образ документа на бумаге"}[self]


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of a case: where it lies now, the name it came with, what is known of it."""

    path: Path
    original: str
    origin: Origin
    told: Told
    sheets: int
    digests: Digests

    @property
    def signed(self) -> bool:
        """Whether a signature lies beside it."""
        return signature_of(self.path).is_file()

    @property
    def note(self) -> str:
        """What the inventory says of it."""
        return f"{self.origin.note}, подпись .p7s" if self.signed else self.origin.note


@dataclass(frozen=True, slots=True)
class Printed:
    """Printed documents of a kind: those with a signature beside them, and those without."""

    signed: tuple[Path, ...]
    unsigned: tuple[Path, ...]


def printed_papers(
    workspace: Workspace, kind: PaperKind, names: Names, year: str, class_id: str
) -> Printed:
    """Find what docgen printed of a kind for a class, or for the school, in a school year.

    An order belongs to the year of its date, wherever it was printed.
    """
    unit = class_slug(class_id) if class_id else SCHOOL
    signed, unsigned = [], []
    for path in sorted((workspace.folder / "out").glob(f"*/*/{unit}/*/*.pdf")):
        if not any(fnmatchcase(path.parent.name, pattern) for pattern in kind.folders):
            continue
        date = names(path.stem, "").date
        own = school_year_of(date) == year if date else path.parents[3].name == year_folder(year)
        if own and signature_of(path).is_file():
            signed.append(path)
        elif own and path.name != _BOOKLET:
            unsigned.append(path)
    return Printed(tuple(signed), tuple(unsigned))


def left_out(unsigned: Iterable[Path], papers: Iterable[Paper]) -> int:
    """How many of the unsigned printed forms have no signed paper of their name in the case."""
    filed = {Path(paper.original).stem for paper in papers}
    return sum(unicodedata.normalize("NFC", path.stem) not in filed for path in unsigned)


def gathered(
    kind: PaperKind,
    names: Names,
    printed: Iterable[Path],
    scans: Iterable[Path],
    standing: ArchivedCase | None,
) -> tuple[Paper, ...]:
    """The papers of a case in their order, each content once.

    A file of the same name and origin takes the place of the one that was filed. Raises Blocked
    when the last edition is damaged: what it holds would be lost.
    """
    fresh = [
        *(_paper(kind, names, path, Origin.PRINTED) for path in printed),
        *(_paper(kind, names, path, Origin.SCAN) for path in scans),
    ]
    named = {(paper.origin, paper.original) for paper in fresh}
    kept = [
        paper
        for paper in (_filed(kind, names, standing) if standing else ())
        if (paper.origin, paper.original) not in named
    ]
    once: dict[str, Paper] = {}
    # Of the same content the one that tells more stands for all.
    for paper in sorted((*fresh, *kept), key=lambda one: (one.told.known, one.signed)):
        once[paper.digests.sha512] = paper
    return tuple(
        sorted(
            once.values(),
            key=lambda one: (not one.told.known, one.told.place, one.original, one.digests.sha512),
        )
    )


def standing_case(
    workspace: Workspace, kind: PaperKind, year: str, class_id: str
) -> ArchivedCase | None:
    """The newest edition of a case of papers among the bundles, whatever its index and term."""
    own = [
        case
        for case in archived_cases(workspace, ())
        if (case.card.get("kind"), case.card["year"], case.card["class"])
        == (kind.name, year, class_id)
    ]
    replaced = {read_bag_info(case.bag).get("Replaces") for case in own}
    return next(
        (case for case in own if read_bag_info(case.bag)["External-Identifier"] not in replaced),
        None,
    )


def _paper(kind: PaperKind, names: Names, path: Path, origin: Origin) -> Paper:
    return Paper(
        path=path,
        original=unicodedata.normalize("NFC", path.name),
        origin=origin,
        told=names(path.stem, _word(kind, path.parent.name)),
        sheets=sheet_count(path) or 1,
        digests=digest_file(path),
    )


def _word(kind: PaperKind, folder: str) -> str:
    """What a paper is called by the folder it lies in."""
    words = (word for pattern, word in kind.folders.items() if fnmatchcase(folder, pattern))
    return next(words, kind.word)


def _filed(kind: PaperKind, names: Names, case: ArchivedCase) -> Iterator[Paper]:
    """The papers of the last edition, called as they were; a stranger may be known by now."""
    for row in case.documents:
        name = f"data/{row['file']}"
        signature = (f"{name}.p7s",) if row["signature"] else ()
        case.require_true(name, *signature)
        path = case.bag / name
        told = names(Path(row["original"]).stem, kind.word)
        if row["known"]:
            date = dt.date.fromisoformat(row["date"]) if row["date"] else None
            place = told.place if told.known else (row["date"], row["title"])
            told = Told(row["title"], row["number"], date, pupil=told.pupil, place=place)
        yield Paper(
            path=path,
            original=row["original"],
            origin=Origin(row["origin"]),
            told=told,
            sheets=row["pages"],
            digests=digest_file(path),
        )
