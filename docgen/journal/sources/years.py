"""A journal is of one school year; files of another year are another journal."""

from __future__ import annotations

from collections.abc import Iterable

from docgen.core.errors import InputFault


class OtherYear(InputFault):
    """The files and the journal are of different school years, `years` («2025/2026»), sorted."""

    def __init__(self, years: Iterable[str], *, where: str = "") -> None:
        self.years = tuple(sorted(years))
        super().__init__(
            f"Файлы и журнал – разных учебных лет: {', '.join(self.years)}.",
            where=where,
            remedy="Сначала закройте прежний год: docgen close-year. После этого файлы нового года "
            "начнут новый журнал, а прежний останется в папке years.",
        )
