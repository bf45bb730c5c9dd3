"""The journal's store: one SQLite file, its tables derived from the entities of `model.py`.

The only user of SQLite in the journal room. Dates are ISO text, an absent date is "", so that keys
never hold NULL; tables are clustered by key, so that a class's quarter lies together.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import types
import typing
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache, lru_cache
from itertools import starmap
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self, TypeVar

from docgen.core.errors import InputFault, MediumFault
from docgen.core.reasons import NO_SHARES
from docgen.journal import references, view
from docgen.journal.codes import PeriodKind
from docgen.journal.model import (
    ENTITIES,
    ClassJournal,
    ClassUnit,
    Period,
    School,
    SourceRef,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

Entity = TypeVar("Entity")

VERSION = 1
"""Version of the schema, kept in `PRAGMA user_version`."""

_MEDIUM_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
}

_BOOKKEEPING = """
CREATE TABLE source_files (
    number INTEGER PRIMARY KEY, system TEXT NOT NULL, file TEXT NOT NULL, sheet TEXT NOT NULL,
    sha256 TEXT NOT NULL, imported_at TEXT NOT NULL
);
CREATE TABLE imports (
    number INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, imported_at TEXT NOT NULL,
    files TEXT NOT NULL
);
"""


@lru_cache(maxsize=8192)
def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


@lru_cache(maxsize=8192)
def _date_text(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


@dataclass(frozen=True, slots=True)
class Table:
    """How one entity is stored: its columns, its key, and the way there and back.

    Names of columns are quoted: «order» is a word of SQL.
    """

    entity: type[Any]
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    declarations: tuple[str, ...]
    writers: tuple[tuple[int, Callable[[Any], Any]], ...]
    readers: tuple[tuple[int, Callable[[Any], Any]], ...]
    values: Callable[[Any], tuple[Any, ...]]

    @property
    def content(self) -> tuple[str, ...]:
        """Name the columns that are neither key nor address."""
        return tuple(name for name in self.columns if name not in {*self.key, '"source"', '"cell"'})

    def create(self, prefix: str = "") -> str:
        """Write the statement that makes the table, clustered by its key."""
        return (
            f"CREATE TABLE {prefix}{self.name} ({', '.join(self.declarations)}, "
            f"PRIMARY KEY ({', '.join(self.key)})) WITHOUT ROWID"
        )

    def pack(self, row: object, source: int) -> list[Any]:
        """Turn a row into what SQLite holds, coming from source file number `source`."""
        values = list(self.values(row))
        for place, write in self.writers:
            values[place] = write(values[place])
        values[-2] = source
        return values

    def unpack(self, rows: Iterable[Sequence[Any]]) -> list[Any]:
        """Turn the rows SQLite holds into entities."""
        if not self.readers:
            return list(starmap(self.entity, rows))
        entity, readers, unpacked = self.entity, self.readers, []
        for values in rows:
            row = list(values)
            for place, read in readers:
                row[place] = read(row[place])
            unpacked.append(entity(*row))
        return unpacked


@cache
def tables() -> Mapping[type[Any], Table]:
    """Derive the tables of all entities from their fields."""
    return {entity: _derive(entity) for entity in ENTITIES}


def _derive(entity: type[Any]) -> Table:
    hints = typing.get_type_hints(entity)
    names = tuple(field.name for field in fields(entity))
    if names[-2:] != ("source", "cell"):
        raise TypeError(f"{entity.__name__} does not end with its address")
    declarations, writers, readers = [], [], []
    for place, name in enumerate(names):
        declaration, write, read = _storage(hints[name])
        declarations.append(f'"{name}" {declaration}')
        if write:
            writers.append((place, write))
        if read:
            readers.append((place, read))
    return Table(
        entity=entity,
        name=entity.TABLE,
        columns=tuple(f'"{name}"' for name in names),
        key=tuple(f'"{name}"' for name in entity.KEY),
        declarations=tuple(declarations),
        writers=tuple(writers),
        readers=tuple(readers),
        values=attrgetter(*names),
    )


def _storage(
    hint: Any,
) -> tuple[str, Callable[[Any], Any] | None, Callable[[Any], Any] | None]:
    """Choose SQLite's declaration of a field's type, the way in and the way out."""
    optional = isinstance(hint, types.UnionType)
    kind = next(part for part in typing.get_args(hint) or (hint,) if part is not type(None))
    null = "" if optional else " NOT NULL"
    if kind is dt.date:
        return "TEXT NOT NULL", _date_text, _date
    if kind is bool:
        return "INTEGER NOT NULL", int, bool
    if issubclass(kind, StrEnum):
        return "TEXT NOT NULL", str, {str(item): item for item in kind}.__getitem__
    return {str: "TEXT", int: "INTEGER", float: "REAL"}[kind] + null, None, None


StoreFault = sqlite3.Error
"""What every reading and writing of a journal may raise when the disk or the file fails."""


class Journal:
    """A school's journal of one year: what was imported, to be read class by class.

    Opened by `Journal.open`; a context manager that closes the file.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self._lists: dict[type[Any], list[Any]] = {}

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open `journal.sqlite`, or begin an empty one.

        The file holds personal data, so nobody but its owner may read a new one.
        Raises InputFault when the file is no journal or comes from another version.
        """
        try:
            if not path.exists():
                path.touch(mode=0o600)
            connection = sqlite3.connect(path, isolation_level=None)
            connection.execute("PRAGMA temp_store = MEMORY")  # no personal data in /tmp
            _prepare(connection, path)
        except sqlite3.OperationalError as fault:
            raise InputFault(
                "Файл журнала занят другой программой или не открывается.",
                where=str(path),
                remedy=f"Закройте другие окна программы и повторите команду. {NO_SHARES}",
            ) from fault
        except sqlite3.Error as fault:
            raise InputFault(
                "Файл журнала не открывается: это не база SQLite, или она повреждена.",
                where=str(path),
                remedy="Восстановите файл из резервной копии или уберите его и загрузите журнал "
                "заново: docgen import.",
            ) from fault
        except OSError as fault:
            raise InputFault(
                "Файл журнала нельзя открыть или создать.",
                where=str(path),
                remedy="Проверьте, что папка существует и в неё разрешена запись.",
            ) from fault
        return cls(connection, path)

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything within as a whole, or not at all.

        Raises MediumFault when the file is locked, cannot be written or the disk is full.
        """
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield
            self.connection.execute("COMMIT")
        except sqlite3.OperationalError as fault:
            self._roll_back()
            if fault.sqlite_errorcode & 0xFF not in _MEDIUM_CODES:
                raise
            raise MediumFault(
                "Журнал не записывается: файл занят другой программой, защищён от записи или "
                "на диске нет места. Журнал остался прежним.",
                where=str(self.path),
                remedy="Закройте другие окна программы, проверьте место на диске и право записи "
                "и повторите.",
            ) from fault
        except BaseException:
            self._roll_back()
            raise
        finally:
            # Lists read before or during the change may be stale now.
            self._lists.clear()

    def _roll_back(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def select(
        self, entity: type[Entity], where: str = "", parameters: Sequence[object] = ()
    ) -> list[Entity]:
        """Read rows of an entity in the order of their keys; `where` is a condition in SQL."""
        shape = tables()[entity]
        query = (
            f"SELECT {', '.join(shape.columns)} FROM {shape.name} "  # noqa: S608 - own names
            f"{'WHERE ' + where if where else ''} ORDER BY {', '.join(shape.key)}"
        )
        return shape.unpack(self.connection.execute(query, parameters))

    def listed(self, entity: type[Entity]) -> list[Entity]:
        """Read all rows of a small entity, once until the next import."""
        rows = self._lists.get(entity)
        if rows is None:
            rows = self._lists[entity] = self.select(entity)
        return rows

    def school(self) -> School | None:
        """Read the school, None while nothing is imported."""
        return next(iter(self.listed(School)), None)

    def periods(self) -> tuple[Period, ...]:
        """Read quarters, trimesters, half-years and the year, each kind by its dates."""
        kinds = list(PeriodKind)
        return tuple(
            sorted(self.listed(Period), key=lambda item: (kinds.index(item.kind), item.start))
        )

    def classes(self) -> tuple[ClassUnit, ...]:
        """Read all classes by grade and letter."""
        return tuple(
            sorted(
                self.listed(ClassUnit), key=lambda item: (item.grade, item.letter, item.class_id)
            )
        )

    def classes_of(self, period_code: str) -> tuple[ClassUnit, ...]:
        """Read the classes whose year has this period; all of them for the year itself.

        Raises UsageFault when there is no such period.
        """
        period = view.find_period(self, period_code)
        if period.kind is PeriodKind.YEAR:
            return self.classes()
        return tuple(
            unit
            for unit in self.classes()
            if unit.scheme.kind is period.kind and period.includes(unit.grade)
        )

    def class_journal(self, class_id: str, period_code: str) -> ClassJournal:
        """Read everything one class's journal holds for one period.

        Raises UsageFault when the class or the period does not exist.
        """
        return view.assemble(self, class_id, period_code)

    def digest(self, class_id: str, period_code: str) -> str:
        """Compute SHA-256, hex, of what the class's volume of the period is made from (BD-02).

        Addresses and moments of export are left out: importing equal data again keeps it.
        Raises UsageFault when the class or the period does not exist.
        """
        return view.digest(self.class_journal(class_id, period_code))

    def strays(self) -> Iterator[references.Stray]:
        """Find references of the whole journal that lead nowhere (ST-01)."""
        return references.strays(self)

    def source_files(self) -> Mapping[int, SourceRef]:
        """Read every file or sheet rows came from, by its number."""
        rows = self.connection.execute(
            "SELECT number, system, file, sheet, sha256, imported_at FROM source_files"
        )
        return {number: SourceRef(*values) for number, *values in rows}

    def address(self, row: object) -> str:
        """Tell the source address of a row, e.g. «lessons.csv, строка 15»."""
        found = self.connection.execute(
            "SELECT system, file, sheet, sha256, imported_at FROM source_files WHERE number = ?",
            (getattr(row, "source", 0),),
        ).fetchone()
        return SourceRef(*found).address(getattr(row, "cell", "")) if found else ""


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new file; refuse a file of another version."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == VERSION:
        return
    strangers = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version or strangers:
        connection.close()
        raise InputFault(
            "Это не журнал этой версии программы.",
            where=str(path),
            remedy="Уберите файл из рабочей папки и загрузите журнал заново: docgen import.",
        )
    connection.execute("BEGIN IMMEDIATE")
    for shape in tables().values():
        connection.execute(shape.create())
    for statement in _BOOKKEEPING.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
