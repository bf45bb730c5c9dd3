"""Make a new workspace: settings with comments, and a key of the workplace."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from docgen.profile import write_workspace
from signing.authority import create_workplace_key

_KEY_YEARS = 3


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """What `docgen init` left: the folder, its settings files, how long the key holds."""

    folder: Path
    files: tuple[Path, ...]
    key_until: dt.datetime


def initialise(folder: Path, now: dt.datetime, *, organisation: str = "") -> NewWorkspace:
    """Write settings and the workplace key; raises UsageFault when a workspace stands there.

    The key proves that files have not changed since they left this workplace; it is no qualified
    signature of a person (63-ФЗ), and its certificate says so.
    """
    files = write_workspace(folder)
    key = create_workplace_key(
        folder / "keys",
        organisation=organisation or "Школа",
        common_name="Ключ рабочего места docgen (неквалифицированный)",
        now=now,
        years=_KEY_YEARS,
    )
    return NewWorkspace(folder, tuple(files), key.valid_until)
