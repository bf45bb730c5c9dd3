"""The inner inventory of a case's volume (documents.md, 3 i); its sheets are numbered apart."""

from __future__ import annotations

from collections.abc import Sequence

from docgen import russian
from docgen.documents.contents import ContentsRow
from docgen.documents.copy import CopyContext, blank
from docgen.rendering.sheet import Flow, Line, Section, Sheet


def inventory_section(copy: CopyContext, rows: Sequence[ContentsRow], *, sheets: int) -> Section:
    """The inventory of all documents of the volume; `sheets` is how many sheets itself takes."""
    count = len(rows)
    documents = russian.plural(count, "документ", "документа", "документов")
    own = russian.plural(sheets, "лист", "листа", "листов")
    sheet = Sheet(
        blank=blank("inner-inventory"),
        entries=(Line("unit", copy.unit),),
        flow=Flow(
            slots=("number", "document_index", "date", "title", "pages", "note"),
            rows=tuple(
                (
                    str(number),
                    copy.case_index,
                    copy.exported_date,
                    row.title,
                    row.sheets,
                    "",
                )
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
                Line("signatory", copy.secretary),
            ),
        ),
    )
    return Section(title="Внутренняя опись", sheets=(sheet,))
