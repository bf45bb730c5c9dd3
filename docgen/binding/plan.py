"""The plan of a case's volumes: pages, numbers, contents, bookmarks. Pure: no PDF is touched.

A case is cut into volumes of at most 250 sheets (R5) between sections; every volume has its own
title sheet, contents, inner inventory and certifying sheet, and numbers its sheets from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from docgen.binding.pages import Blanks, Paginated, paginate
from docgen.documents.certifying import certifying_section
from docgen.documents.contents import ContentsRow, contents_section
from docgen.documents.copy import CopyContext
from docgen.documents.inventory import InventoryRow, inventory_section
from docgen.documents.title import title_section
from docgen.rendering.blank import Blank
from docgen.rendering.fonts import Face
from docgen.rendering.sheet import Entry, Line, Section


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be written: its blank (None: left white), entries, label, side of the fold."""

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
    """A volume: `sheets` counts its numbered sheets, `inventory_sheets` those of the inventory."""

    number: int
    volumes: int
    title: str
    sheets: int
    inventory_sheets: int
    pages: tuple[Page, ...]
    bookmarks: tuple[Bookmark, ...]
    rows: tuple[ContentsRow, ...]


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
    documents = tuple(
        InventoryRow(copy.case_index, copy.exported_date, row.title, row.sheets)
        for row in _contents_rows((title, contents, *share), 0, printing)
    )
    inventory, inventory_sheets = _inventory(
        copy.unit, documents, copy.secretary, blanks, faces, printing
    )
    certifying = paginate(
        certifying_section(
            f"{copy.case_title} (твёрдая копия): {copy.unit}",
            f"Индекс дела {copy.case_index}, том {number} из {volumes}",
            copy.secretary,
            sheets=sheets,
            inventory_sheets=inventory_sheets,
        ),
        blanks,
        faces,
    )
    exported = f", выгрузка {copy.exported}" if copy.exported else ""
    writer = _PageList(f"Источник: {copy.system}{exported}", copy.identity, printing)
    for item in (title, contents, *share):
        writer.add(item)
    writer.new_sheet()
    writer.add(inventory, label="опись-", number="оп. ")
    writer.new_sheet()
    writer.add(certifying, label="заверитель", number=None)
    return VolumePlan(
        number=number,
        volumes=volumes,
        title=f"{copy.case_title}: {copy.unit}"
        + (f", том {number} из {volumes}" if volumes > 1 else ""),
        sheets=sheets,
        inventory_sheets=inventory_sheets,
        pages=tuple(writer.pages),
        bookmarks=tuple(writer.bookmarks),
        rows=rows,
    )


def plan_inventory(
    case: str,
    rows: Sequence[InventoryRow],
    keeper: str,
    identity: str,
    blanks: Blanks,
    faces: Mapping[str, Face],
) -> VolumePlan:
    """Lay out the inner inventory of a case of documents, which is a file of its own.

    `case` is the title of the case, `identity` stands at the foot. Raises TemplateFault.
    """
    printing = Printing()
    inventory, _ = _inventory(case, rows, keeper, blanks, faces, printing)
    return _own_file(inventory, identity, printing, "оп. ")


def plan_certifying(
    section: Section, identity: str, blanks: Blanks, faces: Mapping[str, Face]
) -> VolumePlan:
    """Lay out the certifying sheet of a case of documents; raises TemplateFault."""
    return _own_file(paginate(section, blanks, faces), identity, Printing(), None)


def _inventory(
    case: str,
    rows: Sequence[InventoryRow],
    keeper: str,
    blanks: Blanks,
    faces: Mapping[str, Face],
    printing: Printing,
) -> tuple[Paginated, int]:
    """The inventory, which tells how many sheets it takes itself, and that number."""
    inventory = paginate(inventory_section(case, rows, keeper, sheets=1), blanks, faces)
    sheets = printing.sheets(len(inventory.pages))
    if sheets > 1:
        again = inventory_section(case, rows, keeper, sheets=sheets)
        inventory = paginate(again, blanks, faces)
    return inventory, sheets


def _own_file(item: Paginated, identity: str, printing: Printing, number: str | None) -> VolumePlan:
    writer = _PageList("", identity, printing)
    writer.add(item, number=number)
    return VolumePlan(
        number=1,
        volumes=1,
        title=f"{item.section.title}: {identity}",
        sheets=printing.sheets(len(item.pages)),
        inventory_sheets=0,
        pages=tuple(writer.pages),
        bookmarks=tuple(writer.bookmarks),
        rows=(),
    )


class _PageList:
    """Collects pages with their sheet numbers, labels and bookmarks."""

    def __init__(self, origin: str, identity: str, printing: Printing) -> None:
        self._foot = [Line("origin", origin), Line("identity", identity)]
        self._printing = printing
        self._first = 0  # where the sheets now being numbered began
        self.pages: list[Page] = []
        self.bookmarks: list[Bookmark] = []

    def add(self, item: Paginated, *, label: str = "", number: str | None = "") -> None:
        """Add a section; `label` and `number` stand before its sheets' numbers, None: no number."""
        start = len(self.pages)
        children: list[Bookmark] = []
        for place, (blank, entries, bookmark) in enumerate(item.pages, start=1):
            index = len(self.pages)
            sheet = self._printing.sheets(index - self._first + 1)
            own = [*entries, *self._foot]
            if number is not None and not self._back(index):
                own.append(Line("sheet_number", f"{number}{sheet}"))
            if "part" in blank.slots and len(item.pages) > 1:
                own.append(Line("part", f"страница {place} из {len(item.pages)}"))
            if bookmark and (not children or children[-1].title != bookmark):
                children.append(Bookmark(bookmark, index))
            self.pages.append(
                Page(
                    blank=blank,
                    entries=tuple(entry for entry in own if not _optional_missing(entry, blank)),
                    label=label
                    + (str(sheet) if number is not None else "")
                    + ("об" if self._back(index) else ""),
                    mirrored=self._back(index),
                )
            )
        self.bookmarks.append(
            Bookmark(item.section.title, start, tuple(children) if len(children) > 1 else ())
        )

    def new_sheet(self) -> None:
        """Turn to a fresh sheet, counted anew: what follows never stands on a back of these."""
        if self._back(len(self.pages)):
            self.pages.append(Page(None, (), label=f"{self.pages[-1].label}об", mirrored=True))
        self._first = len(self.pages)

    def _back(self, index: int) -> bool:
        """Whether a page is the back of its sheet; every count of sheets begins on a front."""
        return self._printing.duplex and index % 2 == 1


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
