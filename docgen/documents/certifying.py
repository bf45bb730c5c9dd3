"""The certifying sheet: how many sheets are numbered and stitched (R5; documents.md, 3 i)."""

from __future__ import annotations

from docgen import russian
from docgen.documents.copy import blank
from docgen.rendering.sheet import Line, Section, Sheet


def certifying_section(
    title: str, place: str, keeper: str, *, sheets: int, inventory_sheets: int
) -> Section:
    """The last sheet of a case, not numbered itself; `sheets` are, from 1 without gaps.

    `title` says what is certified, `place` reads «Индекс дела 02-15, том 1 из 2».
    """
    entries = {
        "unit": title,
        "case_index": place,
        "total": russian.sheets_in_words(sheets),
        "range": f"с № 1 по № {sheets}",
        "special": "в том числе: литерные листы – нет, пропущенные номера – нет,",
        "inventory_sheets": f"+ листов внутренней описи: {inventory_sheets} "
        f"({russian.number_in_words(inventory_sheets)})",
        "position": "Секретарь",
        "signatory": keeper,
    }
    sheet = Sheet(
        blank=blank("certifying-sheet"),
        entries=tuple(
            Line(slot, russian.nbsp_text(text)) for slot, text in entries.items() if text
        ),
    )
    return Section(title="Лист-заверитель", sheets=(sheet,))
