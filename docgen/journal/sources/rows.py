"""What a source hands to the import: parts, rows of the model, findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from docgen.journal.model import (
    Attendance,
    CalendarDay,
    ClassUnit,
    Decision,
    Enrollment,
    FinalMark,
    GroupMember,
    Guardian,
    Lesson,
    Mark,
    Period,
    RegistryRecord,
    School,
    Staff,
    Student,
    Subject,
    TeachingGroup,
    WorkKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docgen.core.findings import Finding

Row = (
    School
    | Period
    | CalendarDay
    | Staff
    | ClassUnit
    | Student
    | Enrollment
    | Guardian
    | Subject
    | TeachingGroup
    | GroupMember
    | WorkKind
    | Lesson
    | Mark
    | Attendance
    | FinalMark
    | Decision
    | RegistryRecord
)
"""An entity as read; `cell` is its address within the part, `source` is filled in by the import."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or a sheet of a workbook: the rows and findings that follow come from it.

    `sha256` is that of the file, hex. `whole` names the tables (`model.TABLE`) of which this part
    is the full state within its scope, so that what it does not hold was removed; a source
    that sees only one pupil or some lessons leaves it empty and nothing is ever removed.
    """

    file: str
    sheet: str
    sha256: str
    whole: tuple[str, ...] = ()


class Source(Protocol):
    """One input format. A module of this package with a `SOURCE` of this shape is a source.

    `name` is what people type, `title` what they read, `confirmed` whether a real file of the
    system was seen; `signs` is a Russian phrase that says by what the format is recognised.
    `guesses` names the tables (`model.TABLE`) it works out from others instead of reading them.
    """

    name: str
    title: str
    confirmed: bool
    signs: str
    guesses: frozenset[str]

    def recognises(self, path: Path) -> bool:
        """Tell by content whether the path holds this format; never raises for foreign content."""
        ...

    def read(self, path: Path) -> Iterator[Part | Row | Finding]:
        """Yield a part, then its rows and findings, then the next part.

        A finding of severity BLOCKING is a rejected row; its `refs["row"]` tells rows apart.
        Raises InputFault for what cannot be read at all.
        """
        ...


@runtime_checkable
class Varied(Protocol):
    """A source whose files come in kinds that hold different things.

    What one kind does not hold (a sheet without topics) must not be taken for removed when
    another kind did hold it, so each kind counts as a system of its own.
    """

    def kind(self, path: Path) -> str:
        """The short name of the kind a path holds; raises InputFault when it cannot be read."""
        ...
