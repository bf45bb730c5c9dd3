"""The rows of one sheet of an XLSX workbook, cell by cell."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from openpyxl.utils import column_index_from_string

from docgen.journal.sources.xlsx_parts import Reader, Styles, TooLarge, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

LINES_LIMIT = 1 << 20
COLUMNS_LIMIT = 1 << 14
"""Rows and columns a sheet of Excel has."""
AREA_LIMIT = 20_000_000
"""Places of one sheet up to the last filled cell of each row."""


class Lost(Enum):
    """What stands in a cell instead of a value."""

    RESULT = "a formula whose result was not saved"


Value = str | int | float | bool | dt.date | dt.time | dt.timedelta | Lost | None
Row = tuple[int, list[Value]]


class Cells(Reader):
    """Takes in a sheet; what has come together so far is handed on by `take`."""

    def __init__(self, texts: Sequence[str], styles: Styles) -> None:
        super().__init__()
        self._texts = texts
        self._styles = styles
        self._rows: list[Row] = []
        self._values: list[Value] = []
        self._line = self._place = self._area = 0
        self._cell: dict[str, str] = {}
        self._formula = self._told = self._sounding = False

    def take(self) -> list[Row]:
        """Hand on the rows that have ended."""
        rows, self._rows = self._rows, []
        return rows

    # Called for each of many millions of tags, so no further call stands between.

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if name == "c":
            self._cell = attributes
            self._formula = self._told = False
            self._text.clear()
        elif name in {"v", "t"}:
            if not self._sounding:
                self._parser.CharacterDataHandler = self._text.append
            self._told = True
        elif name == "row":
            self._begin_row(attributes.get("r"))
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._sounding = True

    def _end(self, name: str) -> None:
        self.depth -= 1
        if name in {"v", "t"}:
            self._parser.CharacterDataHandler = None
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._sounding = False

    def _begin_row(self, told: str | None) -> None:
        line = self._line + 1 if told is None else int(told)
        if not self._line < line <= LINES_LIMIT:
            raise ValueError(told)
        self._line, self._place = line, 0

    def _end_row(self) -> None:
        if self._values:
            self._rows.append((self._line, self._values))
            self._area += len(self._values)
            self._values = []
            if self._area > AREA_LIMIT:
                raise TooLarge

    def _end_cell(self) -> None:
        """Put a value in its place; a cell without an address follows the one before."""
        place = self._place
        if reference := self._cell.get("r"):
            letters = reference.rstrip("0123456789")
            place = _column(letters)
            if place < self._place or int(reference[len(letters) :]) != self._line:
                raise ValueError(reference)
        elif place >= COLUMNS_LIMIT:
            raise ValueError(place)
        self._place = place + 1
        value = self._value()
        if value is not None:
            values = self._values
            if gap := place - len(values):
                values.extend([None] * gap)
            values.append(value)

    def _value(self) -> Value:
        """Tell the value of a cell by its kind (18.18.11)."""
        text = "".join(self._text)
        kind = self._cell.get("t", "n")
        if not text:
            unsaved = self._formula and not (kind == "str" and self._told)
            return Lost.RESULT if unsaved else None
        if kind == "n":
            return self._number(text)
        if kind == "s":
            return self._texts[_whole(text)] or None
        return _OTHERS[kind](text)

    def _number(self, text: str) -> Value:
        number = float(text)
        if not math.isfinite(number):
            raise ValueError(text)
        if style := self._cell.get("s"):
            moment = self._styles.moment(style, number)
            if moment is not None:
                return moment
        return int(text) if text.isdecimal() else number


@cache
def _column(letters: str) -> int:
    """Place of a column, from zero. Raises ValueError for one no sheet has."""
    place = column_index_from_string(letters) - 1
    if place >= COLUMNS_LIMIT:
        raise ValueError(letters)
    return place


def _whole(text: str) -> int:
    """Read a number. Raises ValueError for a negative one, which would count from the end."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


_OTHERS: dict[str, Callable[[str], Value]] = {
    "str": plain,
    "inlineStr": plain,
    "b": lambda text: text.strip() in {"1", "true"},
    "e": str,  # what is shown, «#N/A», is no value of anything and will be told by its reader
    "d": lambda text: dt.datetime.fromisoformat(text).replace(tzinfo=None),
}
"""How the text of a cell becomes its value, by the kind of the cell."""
