"""The inner inventory of a case's volume (documents.md, 3 i); its sheets are numbered apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docgen import russian
from docgen.documents.copy import blank
from docgen.rendering.sheet import Flow, Line, Section, Sheet


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """A document as the inventory names it; `sheets` reads «3–4»."""

    index: str
    date: str
    title: str
    sheets: str
    note: str = ""


def inventory_section(
    unit: str, rows: Sequence[InventoryRow], keeper: str, *, sheets: int
) -> Section:
    """The inventory of all documents; `unit` tells of what, `sheets` how many sheets it takes."""
    count = len(rows)
    documents = russian.plural(count, "документ", "документа", "документов")
    own = russian.plural(sheets, "лист", "листа", "листов")
    sheet = Sheet(
        blank=blank("inner-inventory"),
        entries=(Line("unit", unit),),
        flow=Flow(
            slots=("number", "document_index", "date", "title", "pages", "note"),
            rows=tuple(
                (str(number), row.index, row.date, row.title, row.sheets, row.note)
                for number, row in enumerate(rows, start=1)
            ),
            last=(
                Line(
                    "documents_total",
                    f"Итого: {count} ({russian.number_in_words(count)}) {documents}.",
                ),
                Line(
                    "sheets_total",
                    f"Количество листов внутренней описи: {sheets} "
                    f"({russian.number_in_words(sheets)}) {own}.",
                ),
                Line("position", "Секретарь"),
                Line("signatory", keeper),
            ),
        ),
    )
    return Section(title="Внутренняя опись", sheets=(sheet,))
