"""An invented school of two classes, written as a «Школьный пакет»: for `docgen demo` and tests.

The same seed gives the same bytes. Nobody in it exists; it passes every blocking check.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from typing import TYPE_CHECKING

from docgen.core.files import write_atomic
from docgen.journal.demo.school import DemoSchool
from docgen.journal.demo.tables import tables
from docgen.russian import date_numeric

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_demo_package"]


def write_demo_package(folder: Path, *, seed: int = 1) -> None:
    """Write the invented school into `folder` as CSV files of the package's version 1.

    Files of the same names are replaced, others stay. Raises OSError when the folder does not
    take them.
    """
    demo = DemoSchool(random.Random(seed))  # noqa: S311 - invented marks are no secret
    for name, (header, rows) in tables(demo).items():
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\n")
        writer.writerow(header.split(";"))
        writer.writerows([_text(cell) for cell in row] for row in rows)
        write_atomic(folder / f"{name}.csv", "\ufeff" + text.getvalue())


def _text(cell: object) -> str:
    if isinstance(cell, dt.date):
        return date_numeric(cell)
    return "" if cell is None else str(cell)
