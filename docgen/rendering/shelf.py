"""The shelf of templates: what each folder holds, and what a school has put in place of ours.

A template's folder has `template.html`, its `manifest.toml`, a `sample.json` that fills it with no
journal at hand, a `README.md` for those who change it, a `thumbnail.png`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from docgen.rendering.locations import shipped_templates

MANIFEST = "manifest.toml"
SAMPLE = "sample.json"
PAGE = "template.html"
STYLE = "style.css"
WORD = "template.docx"
CHANGEABLE = (PAGE, STYLE, WORD)
"""Files a school may have of its own."""


class Make(StrEnum):
    """What becomes of a template: a ruled sheet of the journal, a paper, a page for a browser.

    A letter comes as PDF and as DOCX, a paper as PDF alone.
    """

    SHEET = "sheet"
    PAPER = "paper"
    LETTER = "letter"
    SCREEN = "screen"


@dataclass(frozen=True, slots=True)
class Shelved:
    """A shipped template: its folder's name and what its manifest says.

    `context` names the dataclass of its variables, "" for a sheet, whose variables are sizes;
    `variable` is the one name under which they are reached, «act.number», "" where each is a name
    of its own; `retention` is a key of retention.toml or "".
    """

    name: str
    title: str
    make: Make
    audience: str
    ground: str
    context: str
    version: int
    retention: str
    variable: str = ""

    @property
    def folder(self) -> Path:
        """Where the shipped one lies."""
        return shipped_templates() / self.name

    def sample(self) -> Mapping[str, Any]:
        """Values for every variable, of invented people."""
        values: Mapping[str, Any] = json.loads((self.folder / SAMPLE).read_text(encoding="utf-8"))
        return values


def shelf() -> Mapping[str, Shelved]:
    """All shipped templates by name."""
    found = {}
    for path in sorted(shipped_templates().glob(f"*/{MANIFEST}")):
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        found[path.parent.name] = Shelved(path.parent.name, make=Make(values.pop("make")), **values)
    return found
