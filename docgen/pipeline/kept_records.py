"""Small records a school keeps as readable JSON: words on warnings, numbers of orders."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from docgen.core.errors import InputFault, MediumFault, UsageFault
from docgen.core.files import write_atomic

Book = TypeVar("Book", bound=BaseModel)

_LEAST = 3
"""Letters a reason has at least."""


def stated_reason(reason: str, *, told: str, remedy: str) -> str:
    """Tidy the reason a person gives; raises UsageFault with these words when it says nothing."""
    if sum(letter.isalpha() for letter in reason) < _LEAST:
        raise UsageFault(told, remedy=remedy)
    return " ".join(reason.split())


def read_book(path: Path, book: type[Book], *, fault: str, remedy: str) -> Book:
    """Read a record, an empty one where there is none yet; raises InputFault when damaged."""
    if not path.is_file():
        return book()
    try:
        return book.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as damage:
        raise InputFault(fault, where=str(path), remedy=remedy) from damage


@contextmanager
def locked(path: Path, *, busy: str = "") -> Iterator[None]:
    """Keep a second program off a record; it waits, or with `busy` it is told so at once.

    Raises MediumFault with the words of `busy`.
    """
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError as fault:
            raise MediumFault(
                busy, where=str(path.parent), remedy="Дождитесь её конца и повторите команду."
            ) from fault
        yield


def write_book(path: Path, book: BaseModel) -> None:
    """Write a record whole."""
    rows = book.model_dump(mode="json")
    write_atomic(path, json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
