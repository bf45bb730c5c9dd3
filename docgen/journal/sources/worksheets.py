"""Journals that teachers keep or print as Excel sheets: several layouts, one reader.

Ids are made from names (see `worksheets_people`): a pupil's and a teacher's are digests, a subject
is its name, a group is class, subject and subgroup. The sheets do not tell the school, the dates
of periods and the numbers of lessons; nothing of that is made up. A lesson whose number is not
known has a number below 1. Source of the rules: `journal.md` 2 (the wide sheet) and 4.6.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.journal.sources import grid, grid_books, grid_layouts, worksheets_people
from docgen.journal.sources.grid_books import Book, Sheet, Shelf
from docgen.journal.sources.grid_layouts import Layout
from docgen.journal.sources.grid_page import Page
from docgen.journal.sources.grid_values import find_class, find_school_year, norm
from docgen.journal.sources.rows import Part, Row
from docgen.journal.sources.worksheets_rows import Bound, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_GLANCE = 150
"""Rows of a sheet that are looked at to tell its layout."""


@dataclass(frozen=True, slots=True)
class Worksheets:
    """Reads Excel pages of a journal: one book, or a folder or ZIP of books.

    Not confirmed: the layouts are told of in public tools, no real file of a school was seen.
    """

    name: str = "worksheets"
    title: str = "Страницы журнала в Excel (книга .xlsx или .xls, папка или ZIP с книгами)"
    confirmed: bool = False
    signs: str = "листы со списком учащихся и датами уроков в одной из известных раскладок"
    guesses: frozenset[str] = frozenset()

    def recognises(self, path: Path) -> bool:
        """Tell by the headings of a sheet: some layout has to fit it."""
        try:
            with grid_books.shelf(path) as shelf:
                layouts = _layouts(shelf)
                return any(
                    grid.fits(sheet, layout)
                    for book in shelf.books
                    for sheet in grid_books.sheets(book, rows=_GLANCE)
                    for layout in layouts
                )
        except InputFault:
            return False

    def kind(self, path: Path) -> str:
        """The names of the layouts of the books: what one holds another may leave out."""
        with grid_books.shelf(path) as shelf:
            layouts = _layouts(shelf)
            found = {
                layout.name: None
                for book in shelf.books
                for layout in (_layout(list(grid_books.sheets(book, rows=_GLANCE)), layouts),)
                if layout is not None
            }
        return "+".join(sorted(found))

    def read(self, path: Path) -> Iterator[Part | Row | Finding]:
        """Yield the sheets of the books, one part each.

        Raises InputFault for a book or a layout that cannot be read, and for pages whose class or
        school year nothing tells.
        """
        with grid_books.shelf(path) as shelf:
            layouts = _layouts(shelf)
            reading = _Reading()
            for book in shelf.books:
                _read_book(book, layouts, reading)
        if not reading.bound and reading.untouched:
            raise InputFault(
                "Книга пуста: ни на одном листе нет ни уроков, ни отметок.",
                where=str(path),
                remedy="Заполните список класса и листы предметов, сохраните книгу и загрузите её "
                "ещё раз; как заполнять, сказано на её первом листе.",
            )
        if not reading.bound:
            raise InputFault(
                "В книге нет ни одной страницы журнала в известной раскладке.",
                where=str(path),
                remedy="Проверьте заголовки (№, ФИО, даты, предмет) или положите рядом с книгой "
                "свою разметку; образцы лежат в папке layouts программы.",
            )
        notes = [finding("WS-11", address) for address in shelf.others]
        yield from Rows(reading.bound, reading.rosters).parts(notes + reading.notes)


SOURCE = Worksheets()


@dataclass(slots=True)
class _Reading:
    """What was read of all books: pages with their classes, lists of classes, remarks.

    `untouched` counts the sheets that are forms nobody has begun.
    """

    bound: list[Bound] = field(default_factory=list)
    rosters: list[tuple[str, Sheet, Layout]] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    untouched: int = 0


def _layouts(shelf: Shelf) -> tuple[Layout, ...]:
    """List the layouts, those that lie beside the books first."""
    own = tuple(grid_layouts.read_layout(text, where) for where, text in shelf.layouts)
    return own + grid_layouts.shipped()


def _layout(sheets: Sequence[Sheet], layouts: tuple[Layout, ...]) -> Layout | None:
    """The first layout that fits any of a book's sheets."""
    return next(
        (layout for layout in layouts if any(grid.fits(sheet, layout) for sheet in sheets)), None
    )


def _read_book(book: Book, layouts: tuple[Layout, ...], reading: _Reading) -> None:
    """Read the pages of one book in the first layout that fits any of its sheets."""
    sheets = list(grid_books.sheets(book))
    layout = _layout(sheets, layouts)
    if layout is None:
        reading.notes.append(finding("WS-07", book.address))
        return
    begun, empty, home = len(reading.bound), [], ""
    for sheet in sheets:
        if any(norm(sheet.title).startswith(norm(name)) for name in layout.skipped_sheets):
            continue
        if layout.roster_sheet and worksheets_people.roster_entries(sheet, layout):
            home = find_class(grid.labelled(sheet, layout.class_name, range(len(sheet.rows))))
            continue
        if grid.untouched(sheet, layout):
            empty.append(f"«{sheet.title}»")
            continue
        pages = _pages(book, sheet, layout)
        if not pages:
            reading.notes.append(finding("WS-07", f"{book.address}, лист «{sheet.title}»"))
        reading.bound.extend(Bound(page, _class_id(book, page)) for page in pages)
    reading.untouched += len(empty)
    if bound := reading.bound[begun:]:
        usual = Counter(item.class_id for item in bound).most_common(1)[0][0]
        reading.rosters.extend((usual, sheet, layout) for sheet in sheets)
        reading.notes.extend(_remarks(book, layout, bound, empty))
        for item in bound:
            if home and item.class_id != home:
                _refuse_class(item, home)


def _remarks(
    book: Book, layout: Layout, bound: Sequence[Bound], empty: Sequence[str]
) -> Iterator[Finding]:
    """Tell what a book does not hold: sheets nobody has begun, numbers of lessons."""
    if empty:
        yield finding("WS-13", book.address, count=len(empty), sheets=", ".join(empty))
    if layout.lacks or not all(_numbered(item.page) for item in bound):
        also = f"; нет и {layout.lacks}" if layout.lacks else ""
        yield finding("WS-10", book.address, layout=layout.title, also=also)


def _refuse_class(item: Bound, home: str) -> None:
    """Refuse a page of another class than the one whose list the book holds."""
    page = item.page
    row, place = grid.label_place(page.sheet, page.layout.class_name, range(page.row + 1))
    page.refuse("WS-14", row, place, unit=item.class_id, home=home)


def _numbered(page: Page) -> bool:
    """Whether a page tells the number of every lesson it has."""
    columns = [column for column in page.columns if column.date]
    alone = Counter(topic.date for topic in page.topics) - Counter(
        column.date for column in columns if column.date
    )
    return not alone and all(column.number is not None for column in columns)


def _pages(book: Book, sheet: Sheet, layout: Layout) -> list[Page]:
    if not grid.has_list(sheet, layout):
        return []
    year = grid.school_year(sheet, layout) or find_school_year(PurePosixPath(book.name).stem)
    if not year:
        raise _untold("Учебный год", f"{book.address}, лист «{sheet.title}»", "fixed_year")
    return grid.pages(sheet, layout, year)


def _class_id(book: Book, page: Page) -> str:
    """Tell the class of a page: its label, the layout, the title of the sheet, the file's name."""
    sheet = page.sheet
    told = (page.class_name, page.layout.fixed_class, sheet.title, PurePosixPath(book.name).stem)
    class_id = next(filter(None, map(find_class, told)), "")
    if not class_id:
        raise _untold("Класс", f"{book.address}, лист «{sheet.title}»", "fixed_class")
    return class_id


def _untold(what: str, where: str, key: str) -> InputFault:
    return InputFault(
        f"{what} не указан ни на листе, ни в имени файла.",
        where=where,
        remedy="Назовите файл классом и учебным годом, например «7А 2025-2026.xlsx», или положите "
        f"рядом с ним разметку с ключом {key}.",
    )
