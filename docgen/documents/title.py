"""The title sheet of a class's copy and who certifies it (R3, R4, R6; documents.md, 3 a)."""

from __future__ import annotations

from docgen.documents.copy import CopyContext, blank
from docgen.rendering.sheet import Code, Line, Section, Sheet


def title_section(
    copy: CopyContext, *, volume: int, volumes: int, sheets: int, code: str
) -> Section:
    """The first sheet of volume `volume` of `volumes`; `code` is the QR code's text."""
    lines = {
        "founder": copy.founder,
        "school": copy.school,
        "class_name": copy.class_title,
        "period": copy.when,
        "profile": f"Профиль: {copy.profile}" if copy.profile else "",
        "class_teacher": copy.class_teacher_full,
        "volume": f"{volume} из {volumes}",
        "sheets": str(sheets),
        "case_index": copy.case_index,
        "retention": copy.retention,
        "system": copy.system,
        "exported": copy.exported,
        "responsible": copy.responsible,
        "signed_class_teacher": copy.class_teacher,
        "signed_deputy": copy.deputy,
        "signed_director": copy.director,
        "code_note": f"Контрольный код данных {copy.digest[:16]}",
    }
    sheet = Sheet(
        blank=blank(copy.title_blank),
        entries=(*(Line(slot, text) for slot, text in lines.items() if text), Code("code", code)),
    )
    return Section(title="Титульный лист", sheets=(sheet,))
