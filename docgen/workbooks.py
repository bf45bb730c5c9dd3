"""XLSX workbooks whose bytes depend on nothing but what is in them."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.xml.constants import ARC_CORE
from openpyxl.xml.functions import tostring

from docgen.core.files import stable_zip

ROWS_LIMIT = 1_048_576
"""Rows a sheet can have, the header included."""

TEXT_LIMIT = 32_767
"""Characters a cell can hold."""

_MADE = dt.datetime.fromisoformat("1980-01-01")


def workbook_bytes(book: Workbook) -> bytes:
    """Save a workbook; the same content gives the same bytes."""
    packed = io.BytesIO()
    book.save(packed)
    with zipfile.ZipFile(packed) as made:
        members = {name: made.read(name) for name in made.namelist()}
    book.properties.created = book.properties.modified = _MADE
    # openpyxl writes the moment of saving whatever the properties say.
    members[ARC_CORE] = tostring(book.properties.to_tree())
    return stable_zip(members)


def cannot_hold(text: str) -> str:
    """Why a cell cannot hold a text, a Russian phrase; empty when it can."""
    if len(text) > TEXT_LIMIT:
        return f"текст длиннее {TEXT_LIMIT} знаков"
    return "служебные знаки в тексте" if ILLEGAL_CHARACTERS_RE.search(text) else ""


def holdable(text: str) -> str:
    """A text as a cell of a report can hold it: control characters left out, the end cut."""
    text = re.sub(ILLEGAL_CHARACTERS_RE, "", text)
    return text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 1]}…"
