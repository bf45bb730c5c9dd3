"""What is left of a case whose term ended: a line in `docs/disposed.csv` of its medium.

The line is written before the case goes, so that a run that was stopped tells where it was: a case
that has a line and still lies there is to be removed.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from archive.durable import write_durable
from archive.medium import listed_outside
from docgen.core.errors import MediumFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.medium import Medium

DISPOSED = "disposed.csv"

_BOM = "\ufeff"  # Excel takes UTF-8 for it alone
_TITLES = (
    "Имя", "Обозначение", "SHA-512", "Заголовок", "Хранить до", "Статья", "Акт", "Акт подписан",
    "Уничтожено",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One case that was removed from a medium; days are ISO 8601.

    `act` is the number of the signed act, `signed` its day, `disposed` the day of the removal.
    """

    name: str
    identifier: str
    tagmanifest_sha512: str
    title: str
    retention_until: str
    retention_article: str
    act: str
    signed: str
    disposed: str


def read_tombstones(medium: Medium) -> tuple[Tombstone, ...]:
    """Read the lines of a medium, none where nothing was disposed of.

    Raises MediumFault for a file that is not one of ours or cannot be read.
    """
    with medium.faults():
        path = medium.folder / "docs" / DISPOSED
        if not path.is_file():
            return ()
        content = path.read_bytes()
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    except (ValueError, csv.Error):
        rows = []
    if not rows or tuple(rows[0]) != _TITLES or any(len(row) != len(_TITLES) for row in rows):
        raise MediumFault(
            "Список уничтоженных дел на носителе испорчен.",
            where=f"{medium.label}, файл docs/{DISPOSED}",
            remedy="Возьмите этот файл со второго экземпляра и повторите команду.",
        )
    return tuple(Tombstone(*row) for row in rows[1:])


def add_tombstones(medium: Medium, new: Iterable[Tombstone]) -> None:
    """Add lines to the list of a medium; a line that stands for the same case stays as it is."""
    rows = {(row.name, row.identifier): row for row in read_tombstones(medium)}
    before = len(rows)
    for row in new:
        rows.setdefault((row.name, row.identifier), row)
    if len(rows) == before:
        return
    with medium.faults():
        (medium.folder / "docs").mkdir(exist_ok=True)
        write_durable(medium.folder / "docs" / DISPOSED, _to_bytes(rows.values()))


def lines_damaged(medium: Medium) -> bool:
    """Whether the lines of a medium are neither as its list says nor that and one act's more.

    A disposal that was stopped has written its lines before the list. Raises MediumFault for a
    file that cannot be read.
    """
    listed = listed_outside(medium.folder).get(f"docs/{DISPOSED}")
    rows = read_tombstones(medium)
    if listed is None:
        return False
    acts = {row.act for row in rows}
    earlier = [rows, *([row for row in rows if row.act != act] for act in acts)]
    return all(hashlib.sha512(_to_bytes(known)).hexdigest() != listed for known in earlier)


def _to_bytes(rows: Iterable[Tombstone]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(_TITLES)
    ordered = sorted(rows, key=lambda row: (row.name, row.identifier))
    writer.writerows(astuple(row) for row in ordered)
    return (_BOM + text.getvalue()).encode()
