"""What one system holds of the journal, apart from what other systems hold.

While a journal comes from one system, its tables are that system's. With a second one every
system gets a layer of its own, a copy of all tables, in which its exports are snapshots as ever;
the journal's tables are then merged from the layers anew after every import. So no order of
imports matters, nothing flips back, and what one system removes is nobody else's row.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from docgen.journal.store import Journal, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

Entity = TypeVar("Entity")


@dataclass(slots=True)
class Holding:
    """All rows of one system, by entity; `guesses` names the tables it works out, not reads."""

    system: str
    guesses: frozenset[str] = frozenset()
    rows: dict[type[Any], list[Any]] = field(default_factory=lambda: defaultdict(list))

    def of(self, entity: type[Entity]) -> list[Entity]:
        """The rows of an entity."""
        return self.rows[entity]


@dataclass(frozen=True, slots=True)
class Layer:
    """A system's copy of the tables; number 0 is the journal's own tables."""

    number: int
    system: str
    preferred: bool = False

    @property
    def prefix(self) -> str:
        """What the names of its tables begin with."""
        return f"layer{self.number}_" if self.number else ""


class Layers:
    """The layers of a journal; used within a transaction."""

    def __init__(self, journal: Journal) -> None:
        self._db = journal.connection
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS layers (number INTEGER PRIMARY KEY,"
            " system TEXT NOT NULL UNIQUE, preferred INTEGER NOT NULL DEFAULT 0)"
        )

    def all(self) -> list[Layer]:
        """The layers in the order in which the systems came."""
        rows = self._db.execute("SELECT number, system, preferred FROM layers ORDER BY number")
        return [Layer(number, system, bool(preferred)) for number, system, preferred in rows]

    def systems(self) -> list[str]:
        """The systems the journal's rows come from."""
        if layers := self.all():
            return [layer.system for layer in layers]
        return [
            system
            for (system,) in self._db.execute(
                "SELECT system FROM source_files GROUP BY system ORDER BY min(number)"
            )
        ]

    def divide(self, systems: Iterable[str]) -> None:
        """Give each of the systems a layer; the first takes over what the journal holds."""
        known = {layer.system for layer in self.all()}
        for system in systems:
            if system in known:
                continue
            self._db.execute("INSERT INTO layers (system) VALUES (?)", (system,))
            layer = self.all()[-1]
            for shape in tables().values():
                self._db.execute(shape.create(layer.prefix))
                if not known:
                    self._db.execute(
                        f"INSERT INTO {layer.prefix}{shape.name} SELECT * FROM {shape.name}"  # noqa: S608 - own names
                    )
            known.add(system)

    def prefer(self, name: str) -> bool:
        """Remember whose values win from now on: a system's, or all kinds of a source's."""
        self._db.execute(
            "UPDATE layers SET preferred = (system = ?1 OR substr(system, 1, length(?1) + 1) = ?2)",
            (name, f"{name}:"),
        )
        return any(layer.preferred for layer in self.all())

    def read(self, layer: Layer, guesses: frozenset[str]) -> Holding:
        """All rows of a layer."""
        holding = Holding(layer.system, guesses)
        for entity, shape in tables().items():
            columns = ", ".join(shape.columns)
            found = self._db.execute(f"SELECT {columns} FROM {layer.prefix}{shape.name}")  # noqa: S608 - own names
            holding.rows[entity] = shape.unpack(found)
        return holding

    def write(self, holding: Holding) -> None:
        """Make a holding the journal."""
        for entity, shape in tables().items():
            self._db.execute(f"DELETE FROM {shape.name}")  # noqa: S608 - own names
            places = ", ".join("?" * len(shape.columns))
            self._db.executemany(
                f"INSERT INTO {shape.name} VALUES ({places})",  # noqa: S608 - own names
                (shape.pack(row, row.source) for row in holding.rows[entity]),
            )
