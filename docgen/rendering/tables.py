"""Tables as data: what a report shows on paper and what a deputy opens in Excel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

Value = str | int | float | dt.date | None
"""A cell: text, a number, a day, or nothing."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in characters, and how numbers in it are shown.

    `shown` is a number format of spreadsheets («0.00», «0%»); empty for the usual one.
    """

    title: str
    width: float = 14
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart beside a table: its title and which columns are the names and the bars.

    `names` and `values` are places of columns from 0; bars of one row are stacked.
    """

    title: str
    names: int
    values: tuple[int, ...]
    stacked: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet: a title, a line above the table that says what it is, columns and rows."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Value]]
    caption: str = ""
    chart: Chart | None = None
