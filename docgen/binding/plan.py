"""The plan of a case's volumes: pages, numbers, contents, bookmarks. Pure: no PDF is touched.

A case is cut into volumes of at most 250 sheets (R5) between sections; every volume has its own
title sheet, contents, inner inventory and certifying sheet, and numbers its sheets from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from docgen.core.errors import TemplateFault
from docgen.documents.certifying import certifying_section
from docgen.documents.contents import ContentsRow, contents_section
from docgen.documents.copy import CopyContext
from docgen.documents.inventory import inventory_section
from docgen.documents.title import title_section
from docgen.rendering.blank import Blank, Slot
from docgen.rendering.fonts import Face
from docgen.rendering.sheet import (
    BlankReference,
    BrokenRow,
    Entry,
    Flow,
    Line,
    Rows,
    Section,
    Sheet,
)
from docgen.rendering.text import break_lines

ROW_PADDING = 1.6
"""Points between a flow row's rule and its text, above and below."""


class Blanks(Protocol):
    """Where laid out blanks come from."""

    def get(self, reference: BlankReference) -> Blank: ...


@dataclass(frozen=True, slots=True)
class Page:
    """A page ready to be written: its blank (None: left white), entries, label, side of the fold."""

    blank: Blank | None
    entries: tuple[Entry, ...]
    label: str
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A line of the PDF outline: `page` counts from 0, `children` go below it."""

    title: str
    page: int
    children: tuple[Bookmark, ...] = ()


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """A whole volume: `sheets` is the number of numbered sheets, `inventory_sheets` those apart."""

    number: int
    volumes: int
    title: str
    sheets: int
    inventory_sheets: int
    pages: tuple[Page, ...]
    bookmarks: tuple[Bookmark, ...]
    rows: tuple[ContentsRow, ...]


@dataclass(frozen=True, slots=True)
class Paginated:
    """A section broken into pages: (blank, entries, bookmark) each."""

    section: Section
    pages: tuple[tuple[Blank, tuple[Entry, ...], str], ...]


@dataclass(frozen=True, slots=True)
class Printing:
    """How the school prints: one- or two-sided, and how many sheets a volume may have."""

    duplex: bool = False
    max_sheets: int = 250

    def sheets(self, pages: int) -> int:
        """Sheets of paper under so many pages."""
        return -(-pages // 2) if self.duplex else pages


def plan_volumes(
    sections: Sequence[Section],
    copy: CopyContext,
    blanks: Blanks,
    faces: Mapping[str, Face],
    printing: Printing,
    code: Callable[[int, int, int], str],
) -> tuple[VolumePlan, ...]:
    """Lay the sections out as volumes; `code(volume, volumes, sheets)` is the QR code's text.

    Raises TemplateFault when a blank lacks a slot that an entry needs.
    """
    paginated = [paginate(section, blanks, faces) for section in sections]
    contents_pages = len(_contents(copy, paginated, (), blanks, faces).pages)
    room = (printing.max_sheets - 1) * (2 if printing.duplex else 1) - contents_pages
    shares = tuple(_shares(paginated, room))
    return tuple(
        _volume(number, len(shares), share, copy, blanks, faces, printing, code)
        for number, share in enumerate(shares, start=1)
    )


def _shares(sections: Sequence[Paginated], room: int) -> Iterator[tuple[Paginated, ...]]:
    """Sections for each volume; one longer than a whole volume is cut between its pages."""
    share: list[Paginated] = []
    free = room
    for section in sections:
        rest = section
        if len(rest.pages) > free and share:
            yield tuple(share)
            share, free = [], room
        while len(rest.pages) > room:
            yield (replace(rest, pages=rest.pages[:room]),)
            rest = replace(rest, pages=rest.pages[room:])
        share.append(rest)
        free -= len(rest.pages)
    yield tuple(share)


def _volume(
    number: int,
    volumes: int,
    share: tuple[Paginated, ...],
    copy: CopyContext,
    blanks: Blanks,
    faces: Mapping[str, Face],
    printing: Printing,
    code: Callable[[int, int, int], str],
) -> VolumePlan:
    rows: tuple[ContentsRow, ...] = ()
    # Two rounds: the contents' own length moves the numbers that stand in it.
    for _round in range(2):
        contents = _contents(copy, share, rows, blanks, faces)
        rows = tuple(_contents_rows(share, 1 + len(contents.pages), printing))
    body_pages = 1 + len(contents.pages) + sum(len(item.pages) for item in share)
    sheets = printing.sheets(body_pages)
    title = paginate(
        title_section(
            copy, volume=number, volumes=volumes, sheets=sheets, code=code(number, volumes, sheets)
        ),
        blanks,
        faces,
    )
    documents = _contents_rows((title, contents, *share), 0, printing)
    inventory_rows = tuple(documents)
    inventory = paginate(inventory_section(copy, inventory_rows, sheets=1), blanks, faces)
    inventory_sheets = printing.sheets(len(inventory.pages))
    inventory = paginate(
        inventory_section(copy, inventory_rows, sheets=inventory_sheets), blanks, faces
    )
    certifying = paginate(
        certifying_section(
            copy,
            volume=number,
            volumes=volumes,
            sheets=sheets,
            inventory_sheets=inventory_sheets,
        ),
        blanks,
        faces,
    )
    writer = _PageList(copy, printing)
    writer.add(title, numbered=True)
    writer.add(contents, numbered=True)
    for item in share:
        writer.add(item, numbered=True)
    writer.new_sheet()
    writer.add(inventory, numbered=False, prefix="опись-")
    writer.new_sheet()
    writer.add(certifying, numbered=False, prefix="заверитель")
    return VolumePlan(
        number=number,
        volumes=volumes,
        title=f"Классный журнал: {copy.unit}"
        + (f", том {number} из {volumes}" if volumes > 1 else ""),
        sheets=sheets,
        inventory_sheets=inventory_sheets,
        pages=tuple(writer.pages),
        bookmarks=tuple(writer.bookmarks),
        rows=rows,
    )


class _PageList:
    """Collects pages with their sheet numbers, labels and bookmarks."""

    def __init__(self, copy: CopyContext, printing: Printing) -> None:
        self._copy = copy
        self._printing = printing
        self.pages: list[Page] = []
        self.bookmarks: list[Bookmark] = []

    def add(self, item: Paginated, *, numbered: bool, prefix: str = "") -> None:
        first = len(self.pages)
        children: list[Bookmark] = []
        total = len(item.pages)
        for place, (blank, entries, bookmark) in enumerate(item.pages, start=1):
            index = len(self.pages)
            own = [*entries, Line("origin", self._origin()), Line("identity", self._copy.identity)]
            if numbered:
                sheet = self._printing.sheets(index + 1)
                back = self._printing.duplex and index % 2 == 1
                label = f"{sheet}об" if back else str(sheet)
                if not back:
                    own.append(Line("sheet_number", str(sheet)))
            else:
                label = prefix if total == 1 and not prefix.endswith("-") else f"{prefix}{place}"
                if prefix.endswith("-"):
                    own.append(Line("sheet_number", f"оп. {place}"))
            if "part" in blank.slots and total > 1:
                own.append(Line("part", f"страница {place} из {total}"))
            if bookmark and (not children or children[-1].title != bookmark):
                children.append(Bookmark(bookmark, index))
            self.pages.append(
                Page(
                    blank=blank,
                    entries=tuple(entry for entry in own if not _optional_missing(entry, blank)),
                    label=label,
                    mirrored=self._printing.duplex and index % 2 == 1,
                )
            )
        self.bookmarks.append(
            Bookmark(item.section.title, first, tuple(children) if len(children) > 1 else ())
        )

    def new_sheet(self) -> None:
        """Turn to a fresh sheet: what follows must not stand on the back of what precedes."""
        if self._printing.duplex and len(self.pages) % 2:
            self.pages.append(Page(None, (), label="–", mirrored=True))

    def _origin(self) -> str:
        return f"Источник: {self._copy.system}, выгрузка {self._copy.exported}"


_OPTIONAL = frozenset({"origin", "identity", "sheet_number"})


def _optional_missing(entry: Entry, blank: Blank) -> bool:
    return isinstance(entry, Line) and entry.slot in _OPTIONAL and entry.slot not in blank.slots


def _contents(
    copy: CopyContext,
    share: Sequence[Paginated],
    rows: tuple[ContentsRow, ...],
    blanks: Blanks,
    faces: Mapping[str, Face],
) -> Paginated:
    known = rows or tuple(
        ContentsRow(item.section.title, item.section.note, 888, 889) for item in share
    )
    return paginate(contents_section(copy, known), blanks, faces)


def _contents_rows(
    items: Sequence[Paginated], pages_before: int, printing: Printing
) -> Iterator[ContentsRow]:
    page = pages_before
    for item in items:
        last = page + len(item.pages)
        yield ContentsRow(
            item.section.title,
            item.section.note,
            printing.sheets(page + 1),
            printing.sheets(last),
        )
        page = last


def paginate(section: Section, blanks: Blanks, faces: Mapping[str, Face]) -> Paginated:
    """Break a section into pages: its sheets as they are, its flows over as many as they need."""
    pages: list[tuple[Blank, tuple[Entry, ...], str]] = []
    for sheet in section.sheets:
        blank = blanks.get(sheet.blank)
        for entries in _pages_of(sheet, blank, faces):
            pages.append((blank, entries, sheet.bookmark))
    return Paginated(section, tuple(pages))


def _pages_of(sheet: Sheet, blank: Blank, faces: Mapping[str, Face]) -> Iterator[tuple[Entry, ...]]:
    if sheet.flow is None:
        yield sheet.entries
        return
    pages = list(break_flow(sheet.flow, blank, faces))
    for number, rows in enumerate(pages, start=1):
        last = sheet.flow.last if number == len(pages) else ()
        yield (*sheet.entries, Rows(sheet.flow.slots, rows), *last)


def break_flow(
    flow: Flow, blank: Blank, faces: Mapping[str, Face]
) -> Iterator[tuple[BrokenRow, ...]]:
    """Break the texts of a flow into lines and its rows into pages.

    A row stays whole unless it is taller than an empty page; then it goes on over the next one.
    """
    slots = [slot_of(blank, name) for name in flow.slots]
    capacity = min(slot.height for slot in slots)
    page: list[BrokenRow] = []
    free = capacity
    for row in flow.rows:
        rest = _broken(row, slots, faces)
        if rest.height > free and page:
            yield tuple(page)
            page, free = [], capacity
        while rest.height > capacity:
            head, rest = _cut_row(rest, slots, capacity)
            yield (head,)
        page.append(rest)
        free -= rest.height
    yield tuple(page)


def _broken(row: tuple[str, ...], slots: Sequence[Slot], faces: Mapping[str, Face]) -> BrokenRow:
    columns = tuple(
        tuple(break_lines(text, faces[slot.style], slot.size, slot.width - 2 * slot.pad))
        for text, slot in zip(row, slots, strict=True)
    )
    return BrokenRow(_height(columns, slots), columns)


def _height(columns: Sequence[Sequence[str]], slots: Sequence[Slot]) -> float:
    tallest = max(
        len(lines) * slot.size * slot.leading for lines, slot in zip(columns, slots, strict=True)
    )
    return tallest + 2 * ROW_PADDING


def _cut_row(row: BrokenRow, slots: Sequence[Slot], capacity: float) -> tuple[BrokenRow, BrokenRow]:
    room = capacity - 2 * ROW_PADDING
    counts = [int(room / (slot.size * slot.leading)) for slot in slots]
    head = tuple(lines[:count] for lines, count in zip(row.columns, counts, strict=True))
    tail = tuple(lines[count:] for lines, count in zip(row.columns, counts, strict=True))
    return BrokenRow(_height(head, slots), head), BrokenRow(_height(tail, slots), tail)


def slot_of(blank: Blank, name: str) -> Slot:
    """A blank's slot by name; raises TemplateFault naming the blank and the slot."""
    slot = blank.slots.get(name)
    if slot is None:
        raise TemplateFault(
            f"в бланке нет места «{name}», а документ должен его заполнить",
            where=blank.template,
            remedy="Верните это место в шаблон или удалите свою копию шаблона.",
        )
    return slot
