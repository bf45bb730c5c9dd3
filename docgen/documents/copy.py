"""What all sheets of a class's copy say alike: school, class, period, people, origin."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from docgen.rendering.sheet import BlankReference, Entry, Line

ROW_COUNTS = (20, 25, 30, 35, 40)
"""How many pupils a sheet may be ruled for: few geometries, so few blanks, in bands of five."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CopyContext:
    """Texts of one class's copy for one period, ready to be printed.

    `class_title` reads «9 «А» класс», `period_title` «1 четверть» ("" for a year's own case),
    `year_title` «2025/2026 учебный год»; people are «Фамилия И.О.», "" where a hand must write;
    `exported` is when the journal was exported; `digest` the content digest of what is printed
    (hex); `case_title` is what is printed, `title_blank` the template of its title sheet;
    `identity` the case's short identity for the footer, «2025-2026 · 1 четверть · 9А».
    """

    school: str
    founder: str
    class_title: str
    profile: str
    period_title: str
    year_title: str
    class_teacher: str
    class_teacher_full: str
    deputy: str
    director: str
    secretary: str
    responsible: str
    case_index: str
    retention: str
    system: str
    exported: str
    exported_date: str
    digest: str
    identity: str
    columns: int
    case_title: str = "Классный журнал"
    title_blank: str = "title-sheet"

    @property
    def unit(self) -> str:
        """Class and period in one line: «9 «А» класс, 1 четверть, 2025/2026 учебный год»."""
        return f"{self.class_title}, {self.when}"

    @property
    def when(self) -> str:
        """Period and year: «1 четверть, 2025/2026 учебный год»."""
        return ", ".join(filter(None, (self.period_title, self.year_title)))

    def heading(self, title: str, person: str, signatory: str = "") -> tuple[Entry, ...]:
        """The head of a sheet, and the name under its signature line where it has one (R2)."""
        head = (Line("heading", title), Line("unit", self.unit), Line("teacher", person))
        return (*head, Line("signatory", signatory)) if signatory else head


def rows_for(pupils: int) -> int:
    """The ruling for a class of so many pupils: the least count that holds each part of its list.

    A subgroup is ruled as its class is: one blank serves both.
    """
    longest = -(-pupils // max(1, -(-pupils // ROW_COUNTS[-1])))
    return next(rows for rows in ROW_COUNTS if rows >= longest)


def list_parts(roster: Sequence[T], rows: int) -> tuple[tuple[int, tuple[T, ...]], ...]:
    """A list of pupils cut for sheets of `rows` rows, each part with its first pupil's number."""
    cuts = parts(roster, rows)
    firsts = itertools.accumulate((len(cut) for cut in cuts), initial=1)
    return tuple(zip(firsts, cuts, strict=False))


def parts(items: Sequence[T], limit: int) -> tuple[tuple[T, ...], ...]:
    """Cut a sequence into equal parts of at most `limit`; an empty one gives one empty part."""
    count = max(1, -(-len(items) // limit))
    size, larger = divmod(len(items), count)
    cuts: list[tuple[T, ...]] = []
    start = 0
    for number in range(count):
        end = start + size + (number < larger)
        cuts.append(tuple(items[start:end]))
        start = end
    return tuple(cuts)


def blank(template: str, **parameters: object) -> BlankReference:
    """The blank of a document; a shorthand that reads well where sheets are made."""
    return BlankReference.of(template, **parameters)


def hours(value: float) -> str:
    """Hours as people write them: «40», «1,5»."""
    return f"{value:g}".replace(".", ",")


def order_text(order: str) -> str:
    """An order as a cell names it, «пр. № 5-к от 03.10.2025», its sign written or not."""
    number = order.removeprefix("№").lstrip()
    return f"пр.\u00a0№\u00a0{number}"
