"""Workbooks for schools whose journal has no export: forms to be filled, and filled samples."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING

from docgen.journal.demo.year import YEAR
from docgen.journal.forms.class_form import ClassBook, Subject, class_book
from docgen.journal.forms.package_form import package_book
from docgen.journal.forms.sample import package_tables, sample_book, sample_school

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

_NEXT_FROM = 6
"""June: lessons have ended, the next year is prepared."""


def form_books(year: str) -> Mapping[str, bytes]:
    """Write the forms of a school year "2025/2026" and their samples: bytes by file name.

    The school and its journal as tables, and the journal of a class as sheets of subjects. The
    samples show the first quarter of one class of the invented school, in its own year.
    """
    folder = resources.files("docgen.journal.forms")
    words = tomllib.loads((folder / "words.toml").read_text(encoding="utf-8"))
    of_package, of_class = words["package"], words["class"]
    empty = ClassBook(year, [Subject(name) for name in of_class["subjects"]])
    school = sample_school()
    return {
        "журнал-пустой.xlsx": package_book(year, of_package, {}),
        "журнал-образец.xlsx": package_book(YEAR, of_package, package_tables(school)),
        "классный-журнал-пустой.xlsx": class_book(empty, of_class),
        "классный-журнал-образец.xlsx": class_book(sample_book(school), of_class),
    }


def school_year_at(today: dt.date) -> str:
    """Tell the school year forms are made for: from June on the next one, "2026/2027"."""
    first = today.year if today.month >= _NEXT_FROM else today.year - 1
    return f"{first}/{first + 1}"
