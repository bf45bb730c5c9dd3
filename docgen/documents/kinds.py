"""Kinds of documents outside volumes: what can be printed, for whom, and what is needed for it.

A module of this package with `KINDS` offers kinds of documents; they are found by themselves.
"""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache
from typing import Any

import docgen.documents
from docgen.core.findings import Finding
from docgen.documents.house import House
from docgen.journal.model import ClassUnit, Period
from docgen.journal.sources.details import Detail
from docgen.journal.store import Journal
from docgen.rendering.tables import Table


class Format(StrEnum):
    """A file a document can be made as."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"


class Need(StrEnum):
    """What a kind must be told: a period, bound volumes, details that only a person knows."""

    PERIOD = "period"
    VOLUMES = "volumes"
    NUMBER = "number"
    DETAILS = "details"


@dataclass(frozen=True, slots=True)
class BoundCase:
    """A bound volume as the papers of the archive name it.

    `title` is what it is («Классный журнал»), `period` «1 четверть» or "" for the year;
    `retention` reads «5 лет», `article` is the ground of the term.
    """

    class_id: str
    title: str
    index: str
    period: str
    start: dt.date
    end: dt.date
    volume: int
    volumes: int
    sheets: int
    inventory_sheets: int
    retention: str
    article: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person asked for: which classes, which period, one pupil or all of them.

    `pupil` is a part of a name or an id, "" for everybody; `number` and `signed` are number and
    day of an order, given by the register; `blank` asks for forms to be filled in by hand;
    `since` and `until` bound the days within the period; `details` are the rows of a file handed
    over; `volumes` are the bound ones of the period, for kinds that need them.
    """

    journal: Journal
    house: House
    units: Sequence[ClassUnit]
    period: Period | None = None
    pupil: str = ""
    number: str = ""
    signed: dt.date | None = None
    blank: bool = False
    since: dt.date | None = None
    until: dt.date | None = None
    details: tuple[Detail, ...] = ()
    volumes: tuple[BoundCase, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One document to make: `stem` names its file, `context` is the dataclass its template reads.

    `class_id` is "" for a document of the whole school; `tables` are the sheets of its workbook,
    for kinds that come as one.
    """

    stem: str
    title: str
    context: Any
    class_id: str = ""
    tables: tuple[Table, ...] = ()

    @property
    def variables(self) -> Mapping[str, Any]:
        """The context as its template names it: every field of the dataclass by its name."""
        return {item.name: getattr(self.context, item.name) for item in fields(self.context)}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of documents: the name people type, the title they read, and how it is made.

    `make` yields documents, and findings for those that cannot be made (DC-01): a blocking
    finding is about one person, the others are printed. `ground` is the rule it follows (R15);
    `columns` are those of the file it is made from, by the headings they may have.
    """

    name: str
    title: str
    ground: str
    make: Callable[[Ask], Iterator[Document | Finding]]
    formats: tuple[Format, ...] = (Format.PDF, Format.DOCX)
    needs: frozenset[Need] = frozenset()
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def template(self) -> str:
        """The folder of its template, its name."""
        return self.name


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds by name, in the order of their names."""
    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(docgen.documents.__path__):
        loaded = importlib.import_module(f"docgen.documents.{module.name}")
        for kind in getattr(loaded, "KINDS", ()):
            found[kind.name] = kind
    return dict(sorted(found.items()))
