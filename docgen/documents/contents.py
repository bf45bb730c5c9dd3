"""The contents of a volume: number, subject and group, teacher, sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docgen.documents.copy import CopyContext, blank
from docgen.rendering.sheet import Flow, Line, Section, Sheet


@dataclass(frozen=True, slots=True)
class ContentsRow:
    """A section of a volume as its contents and inventory name it: sheets `first` to `last`."""

    title: str
    note: str
    first: int
    last: int

    @property
    def sheets(self) -> str:
        """«5–8» or «5»."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


def contents_section(copy: CopyContext, rows: Sequence[ContentsRow]) -> Section:
    """The contents over all sections of the volume, on as many sheets as they need."""
    sheet = Sheet(
        blank=blank("contents"),
        entries=(Line("unit", copy.unit),),
        flow=Flow(
            slots=("number", "title", "teacher", "pages"),
            rows=tuple(
                (str(number), row.title, row.note, row.sheets)
                for number, row in enumerate(rows, start=1)
            ),
        ),
    )
    return Section(title="Оглавление", sheets=(sheet,))
