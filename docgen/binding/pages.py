"""Sheets as pages: flows of wrapped rows broken into lines and over as many pages as they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from docgen.core.errors import TemplateFault
from docgen.rendering.blank import Blank, Slot
from docgen.rendering.fonts import Face
from docgen.rendering.sheet import BlankReference, BrokenRow, Entry, Flow, Rows, Section, Sheet
from docgen.rendering.text import break_lines

ROW_PADDING = 1.6
"""Points between a flow row's rule and its text, above and below."""


class Blanks(Protocol):
    """Where laid out blanks come from."""

    def get(self, reference: BlankReference) -> Blank:
        """The blank a sheet is written on; raises TemplateFault."""
        ...


@dataclass(frozen=True, slots=True)
class Paginated:
    """A section broken into pages: (blank, entries, bookmark) each."""

    section: Section
    pages: tuple[tuple[Blank, tuple[Entry, ...], str], ...]


def paginate(section: Section, blanks: Blanks, faces: Mapping[str, Face]) -> Paginated:
    """Break a section into pages: its sheets as they are, its flows over as many as they need."""
    pages: list[tuple[Blank, tuple[Entry, ...], str]] = []
    for sheet in section.sheets:
        blank = blanks.get(sheet.blank)
        pages.extend((blank, entries, sheet.bookmark) for entries in _pages_of(sheet, blank, faces))
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
            where=f"{blank.template}/template.html",
            remedy="Верните это место в шаблон или удалите свою копию шаблона.",
        )
    return slot
