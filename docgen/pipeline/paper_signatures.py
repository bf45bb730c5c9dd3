"""Signatures that stand on paper: who signed which printed volume on which day (R2-R6).

`signed-on-paper.json` lies beside the volumes and binds every signature to the very file by its
digest. A volume that is made anew takes its signatures along into `earlier/`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from docgen.pipeline.kept_records import locked, read_book, write_book

NAME = "signed-on-paper.json"


class PaperSignature(BaseModel):
    """One signature: file and its SHA-512, role, person, the day, and when it was noted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    sha512: str
    role: str
    person: str
    day: dt.date
    noted: dt.datetime


class _Book(BaseModel):
    """The file as it lies on disk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(default=1, ge=1, le=1)
    signatures: tuple[PaperSignature, ...] = ()


def paper_signatures(folder: Path) -> tuple[PaperSignature, ...]:
    """Read what was noted in a folder of volumes; raises InputFault when the file is damaged."""
    return read_book(
        folder / NAME,
        _Book,
        fault="Запись о подписях на бумаге повреждена.",
        remedy="Восстановите файл из копии или уберите его и запишите подписи снова.",
    ).signatures


def add_signatures(
    folder: Path, choose: Callable[[Sequence[PaperSignature]], Sequence[PaperSignature]]
) -> int:
    """Note more signatures, chosen in view of those that stand; how many were added."""
    with _locked(folder):
        standing = paper_signatures(folder)
        added = tuple(choose(standing))
        if added:
            write_book(folder / NAME, _Book(signatures=(*standing, *added)))
    return len(added)


def take_along(folder: Path, file: str, earlier: Path) -> None:
    """Move the signatures of a volume into the folder it is put aside to."""
    with _locked(folder):
        standing = paper_signatures(folder)
        own = [row for row in standing if row.file == file]
        if not own:
            return
        kept = paper_signatures(earlier)
        write_book(earlier / NAME, _Book(signatures=(*kept, *own)))
        rest = tuple(row for row in standing if row.file != file)
        write_book(folder / NAME, _Book(signatures=rest))


def _locked(folder: Path) -> AbstractContextManager[None]:
    """Keep a second program from writing at the same time."""
    return locked(folder / ".signed-on-paper.lock")
