"""What a document says of its sheets: which blank, and what is entered into its slots.

Pure data: `documents/` makes it, `binding/` writes it. An entry names its slot; a text that does
not fit a single line is narrowed, or broken into lines where the slot wraps.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BlankReference:
    """Which blank a sheet is written on: template folder and the geometry it is laid out for."""

    template: str
    parameters: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of(cls, template: str, **parameters: object) -> BlankReference:
        """Name a blank by its template and keyword parameters, in any order."""
        return cls(template, tuple(sorted(parameters.items())))


@dataclass(frozen=True, slots=True)
class Line:
    """A text in a slot of one cell."""

    slot: str
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Texts of a region of cells, row by row; "" leaves a cell empty; short rows are allowed."""

    slot: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A text over several cells of one row, from column `first` to `last` inclusive."""

    slot: str
    row: int
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Cross:
    """A line through cells of one row that must not be filled in, `first` to `last` inclusive."""

    slot: str
    row: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code filling a square slot; `payload` is UTF-8 text."""

    slot: str
    payload: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Rows of wrapped text over side-by-side column slots, running on over as many pages as needed.

    `slots` name one region per column, all of one height; each row has a text per column.
    `last` are entries for the last page only, such as totals.
    """

    slots: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    last: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row of a flow as it stands on one page: its height in points, lines of each column."""

    height: float
    columns: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The part of a flow that stands on one page."""

    slots: tuple[str, ...]
    rows: tuple[BrokenRow, ...]


Entry = Line | Grid | Span | Cross | Code | Rows


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page, or several when its flow runs on; `bookmark` is its line of the outline."""

    blank: BlankReference
    entries: tuple[Entry, ...]
    flow: Flow | None = None
    bookmark: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Sheets that stand together in a volume and are one line of its contents.

    `title` is the line of contents and the bookmark, `note` its second column (the teacher).
    """

    title: str
    sheets: tuple[Sheet, ...]
    note: str = ""
