"""Make a new workspace: settings with comments, a key of the workplace, forms to be filled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docgen.core.files import write_atomic
from docgen.journal.forms import form_books, school_year_at
from docgen.profile import FILES, MARK, require_no_workspace, write_workspace
from signing.authority import create_workplace_key, has_workplace_key

KEYS = "keys"
_KEY_YEARS = 3


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """What `docgen init` left: the folder, its settings files, how long the key holds.

    `forms` are the workbooks to be filled. Of a workspace that stood there already only they
    are new: `key_until` is None, as it is for the key a stopped run made.
    """

    folder: Path
    files: tuple[Path, ...]
    key_until: dt.datetime | None
    forms: tuple[Path, ...] = ()


def initialise(
    folder: Path, now: dt.datetime, *, organisation: str = "", forms: bool = False
) -> NewWorkspace:
    """Write settings and the workplace key; raises UsageFault when a workspace stands there.

    With `forms` the workbooks for a school whose journal has no export are written, too, empty
    ones for the school year of `now` and filled samples; a workspace that stands there gets them
    alone, and a file of such a name stays as it is.

    The key proves that files have not changed since they left this workplace; it is no qualified
    signature of a person (63-ФЗ), and its certificate says so.
    """
    if forms and (folder / "school.toml").is_file():
        return NewWorkspace(folder, (), None, tuple(_write_forms(folder, now.date())))
    require_no_workspace(folder)
    # The settings last: a folder is a workspace only once it has its key.
    key_until = None if has_workplace_key(folder / KEYS) else _new_key(folder, organisation, now)
    return NewWorkspace(
        folder,
        tuple(write_workspace(folder)),
        key_until,
        tuple(_write_forms(folder, now.date())) if forms else (),
    )


def is_unfinished(folder: Path) -> bool:
    """Whether a folder holds nothing but what a stopped `initialise` has left."""
    return all(
        path.name in {KEYS, *FILES} - {MARK} or path.name.startswith(".")
        for path in folder.iterdir()
    )


def _new_key(folder: Path, organisation: str, now: dt.datetime) -> dt.datetime:
    key = create_workplace_key(
        folder / KEYS,
        organisation=organisation or "Школа",
        common_name="Ключ рабочего места docgen (неквалифицированный)",
        now=now,
        years=_KEY_YEARS,
    )
    return key.valid_until


def _write_forms(folder: Path, today: dt.date) -> Iterator[Path]:
    for name, content in form_books(school_year_at(today)).items():
        path = folder / name
        if not path.exists():
            write_atomic(path, content)
            yield path
