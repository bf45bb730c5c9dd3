"""A snapshot becomes the state of a system: staged in memory, compared, merged by sets, or refused.

The rows of all parts of one import are staged first; only a snapshot without contradictions is
merged. What a part is the whole state of (`Part.whole`), and does not hold any more, is removed
within the scope of its origin and nowhere else.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.journal.model import School, SourceRef, Staff
from docgen.journal.sources.years import OtherYear
from docgen.journal.store import Journal, Table, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docgen.journal.sources.rows import Part, Row

_FLUSH = 2000
_TOLD = 1000
"""Contradictions that are told with their addresses; all are counted."""

_SPAN = (
    "EXISTS (SELECT 1 FROM spans WHERE spans.group_id = main.group_id"
    " AND main.date BETWEEN spans.first AND spans.last)"
)
_SCOPES = {
    "school": "TRUE",
    "lessons": _SPAN,
    "marks": _SPAN,
    "attendance": _SPAN,
    "final_marks": "main.student_id IN (SELECT student_id FROM staged_students WHERE {own})"
    " AND main.period IN (SELECT period FROM staged_final_marks WHERE {own})",
    "enrollments": "main.student_id IN (SELECT student_id FROM staged_students WHERE {own})",
    "group_members": "main.group_id IN (SELECT group_id FROM staged_groups WHERE {own})",
}
"""Where a whole part may remove rows: conditions on `main`, the stored table."""

_UNCOMPARED = {'"exported_at"'}
"""What differs between two exports of equal data."""

UNCHANGED, NEW, CHANGED = range(3)


class Snapshot:
    """The rows of one import on their way into the journal; lives within one transaction.

    `prefix` begins the names of the tables it goes to: the journal's own, or a system's layer.
    """

    def __init__(self, journal: Journal, imported_at: str, prefix: str = "") -> None:
        self.notes: dict[int, list[Finding]] = defaultdict(list)
        self.conflicts: list[Finding] = []
        self.conflict_counts: dict[int, int] = defaultdict(int)
        self.removed: dict[int, int] = defaultdict(int)
        self._db = journal.connection
        self._prefix = prefix
        self._imported_at = imported_at
        self._tables = tables()
        self._waiting: dict[type, list[list[Any]]] = {entity: [] for entity in self._tables}
        self._references: dict[int, SourceRef] = {}
        self._whole: dict[str, int] = {}
        self._origins: dict[int, int] = {}
        self._whole_origins: set[int] = set()
        self._first = 1 + (
            self._db.execute("SELECT max(number) FROM source_files").fetchone()[0] or 0
        )
        for shape in self._tables.values():
            columns = ", ".join(shape.columns)
            self._db.execute(f"CREATE TEMP TABLE staged_{shape.name} ({columns})")

    # Staging

    def begin_part(self, part: Part, system: str, origin: int) -> int:
        """Take a part in, once however often it is named; return its number in `source_files`.

        `origin` numbers the path it came from: the parts of one path speak for each other.
        """
        reference = SourceRef(system, part.file, part.sheet, part.sha256, self._imported_at)
        for number, known in self._references.items():
            if known == reference and self._origins[number] == origin:
                return number
        number = self._first + len(self._references)
        self._references[number] = reference
        self._origins[number] = origin
        for name in part.whole:
            self._whole.setdefault(name, number)
            self._whole_origins.add(origin)
        return number

    def add(self, row: Row, part: int) -> None:
        """Stage a row of the part."""
        entity = type(row)
        waiting = self._waiting[entity]
        waiting.append(self._tables[entity].pack(row, part))
        if len(waiting) >= _FLUSH:
            self._flush(entity)

    def _flush(self, entity: type) -> None:
        waiting = self._waiting[entity]
        if waiting:
            shape = self._tables[entity]
            places = ", ".join("?" * len(shape.columns))
            self._db.executemany(f"INSERT INTO staged_{shape.name} VALUES ({places})", waiting)  # noqa: S608 - own names
            waiting.clear()

    # Judging

    def settle(self) -> None:
        """Finish staging: repeats are taken once, contradictions told, names of staff resolved.

        Contradictions are left in `conflicts` and `conflict_counts`. Raises InputFault when the
        files are of another school or another school year than the journal.
        """
        for entity, shape in self._tables.items():
            self._flush(entity)
            keys = ", ".join(shape.key)
            self._db.execute(
                f"CREATE INDEX temp.by_key_{shape.name} ON staged_{shape.name} ({keys})"
            )
            self._settle_repeats(shape)
        self._check_school()
        self._check_year()
        self._resolve_staff()

    def _settle_repeats(self, shape: Table) -> None:
        """Find rows of one key: equal ones are taken once, different ones contradict each other."""
        same_key = " AND ".join(f"a.{name} = b.{name}" for name in shape.key)
        same = " AND ".join(f"a.{name} IS b.{name}" for name in _compared(shape)) or "TRUE"
        keys = ", ".join(f"b.{name}" for name in shape.key)
        query = (
            f"WITH twins AS (SELECT min(rowid) AS first FROM staged_{shape.name}"  # noqa: S608 - own names
            f" GROUP BY {', '.join(shape.key)} HAVING count(*) > 1)"
            f" SELECT b.rowid, a.source, a.cell, b.source, b.cell, {same}, {keys}"
            f" FROM twins JOIN staged_{shape.name} a ON a.rowid = twins.first"
            f" JOIN staged_{shape.name} b ON {same_key} AND b.rowid > a.rowid ORDER BY b.rowid"
        )
        repeated: list[int] = []
        examples: dict[int, tuple[str, str]] = {}
        counts: dict[int, int] = defaultdict(int)
        for rowid, first, first_cell, second, second_cell, equal, *key in self._db.execute(query):
            places = (self._address(first, first_cell), self._address(second, second_cell))
            if not equal:
                self.conflict_counts[second] += 1
                if len(self.conflicts) < _TOLD:
                    self.conflicts.append(self._conflict(key, places, second, second_cell))
            else:
                repeated.append(rowid)
                examples.setdefault(second, places)
                counts[second] += 1
        self._db.executemany(
            f"DELETE FROM staged_{shape.name} WHERE rowid = ?",  # noqa: S608 - own names
            ((rowid,) for rowid in repeated),
        )
        if shape.entity is School:
            return  # the parts of one school each name it
        for part, (one, other) in examples.items():
            reference = self._references[part]
            self.notes[part].append(
                finding("IM-11", reference.file, count=counts[part], first=one, second=other)
            )

    def _conflict(
        self, key: Sequence[Any], places: tuple[str, str], part: int, cell: str
    ) -> Finding:
        return finding(
            "IM-05",
            places[1],
            refs={"file": self._references[part].file, "cell": cell, "row": cell},
            key=" / ".join(str(value) for value in key if value != ""),
            first=places[0],
            second=places[1],
        )

    def _address(self, part: int, cell: str) -> str:
        return self._references[part].address(cell)

    def _check_school(self) -> None:
        staged = self._db.execute("SELECT school_id, full_name FROM staged_school").fetchall()
        staged += self._db.execute(f"SELECT school_id, full_name FROM {self._prefix}school")  # noqa: S608 - own names
        if len({key for key, _ in staged}) > 1 and len({name for _, name in staged}) > 1:
            names = " и ".join(sorted({f"«{name}»" for _, name in staged}))
            raise InputFault(
                f"Файлы и журнал – разных школ: {names}.",
                remedy="Для каждой школы заведите свою рабочую папку: docgen init.",
            )

    def _check_year(self) -> None:
        years = {year for (year,) in self._db.execute("SELECT DISTINCT year FROM staged_periods")}
        for table in ("staged_school", f"{self._prefix}school", f"{self._prefix}periods"):
            found = self._db.execute(f"SELECT DISTINCT year FROM {table}")  # noqa: S608 - own names
            years |= {year for (year,) in found if year}
        if len(years) > 1:
            raise OtherYear(years)
        self._db.execute(
            "UPDATE staged_school SET year = ? WHERE year = ''", (max(years, default=""),)
        )

    # Staff named by full names (journal.md 2.1)

    def _resolve_staff(self) -> None:
        """Put ids where a full name fits exactly one person; the director gets a full name."""
        people = {
            staff.staff_id: staff
            for source in (f"{self._prefix}staff", "staged_staff")
            for staff in self._staff(source)
        }
        by_name: dict[str, list[str]] = defaultdict(list)
        for staff in people.values():
            by_name[_plain(_full_name(staff))].append(staff.staff_id)
        for name, column in (
            ("classes", "class_teacher_id"),
            ("groups", "teacher_ids"),
            ("lessons", "planned_teacher_id"),
            ("lessons", "teacher_id"),
            ("marks", "set_by"),
        ):
            self._resolve_column(f"staged_{name}", column, people, by_name)
        directors = self._db.execute("SELECT rowid, director FROM staged_school").fetchall()
        for rowid, director in directors:
            if director in people:
                self._db.execute(
                    "UPDATE staged_school SET director = ? WHERE rowid = ?",
                    (_full_name(people[director]), rowid),
                )

    def _staff(self, source: str) -> list[Staff]:
        shape = self._tables[Staff]
        columns = ", ".join(shape.columns)
        return shape.unpack(self._db.execute(f"SELECT {columns} FROM {source}"))  # noqa: S608 - own names

    def _resolve_column(
        self,
        staged: str,
        column: str,
        people: dict[str, Staff],
        by_name: dict[str, list[str]],
    ) -> None:
        written = self._db.execute(
            f"SELECT {column}, count(*), source, min(cell) FROM {staged}"  # noqa: S608 - own names
            f" WHERE {column} LIKE '% %' GROUP BY {column}"
        ).fetchall()
        for text, count, part, cell in written:
            resolved = []
            for name in text.split(","):
                found = by_name.get(_plain(name), [])
                alone = name not in people and len(found) == 1
                resolved.append(found[0] if alone else name)
            if ",".join(resolved) != text:
                self._db.execute(
                    f"UPDATE {staged} SET {column} = ? WHERE {column} = ?",  # noqa: S608 - own names
                    (",".join(resolved), text),
                )
                self.notes[part].append(
                    finding("IM-16", self._address(part, cell), staff=text, count=count)
                )

    # Merging

    def merge(self) -> dict[int, tuple[int, int, int]]:
        """Make the snapshot the state of the journal and clear the stage.

        Returns for every part the numbers of its rows that are unchanged, new and changed;
        `removed` holds how many rows the part took away.
        """
        counts = self._compare()
        self._db.execute(
            "CREATE TEMP TABLE spans (group_id PRIMARY KEY, first, last) WITHOUT ROWID"
        )
        own = self._own()
        self._db.execute(
            "INSERT INTO spans SELECT group_id, min(date), max(date) FROM staged_lessons"  # noqa: S608 - own names
            f" WHERE {own} GROUP BY group_id"
        )
        for shape in self._tables.values():
            self._remove(shape, own)
            columns, keys = ", ".join(shape.columns), ", ".join(shape.key)
            self._db.execute(
                f"INSERT OR REPLACE INTO {self._prefix}{shape.name} ({columns})"  # noqa: S608 - own names
                f" SELECT {columns} FROM staged_{shape.name} ORDER BY {keys}"
            )
        for shape in self._tables.values():
            self._db.execute(f"DROP TABLE staged_{shape.name}")
        self._db.execute("DROP TABLE spans")
        self._db.executemany(
            "INSERT INTO source_files VALUES (?, ?, ?, ?, ?, ?)",
            (
                (number, item.system, item.file, item.sheet, item.sha256, item.imported_at)
                for number, item in self._references.items()
            ),
        )
        return counts

    def _own(self) -> str:
        """Write the condition that a staged row comes from an origin with whole parts."""
        numbers = [
            str(number) for number, origin in self._origins.items() if origin in self._whole_origins
        ]
        return f"source IN ({', '.join(numbers)})"

    def _compare(self) -> dict[int, tuple[int, int, int]]:
        """Count the rows of every part by what they mean for the journal.

        A row of a file may make several entities; it counts once, as the most that befell it.
        """
        states = []
        for shape in self._tables.values():
            key = " AND ".join(f"m.{name} = t.{name}" for name in shape.key)
            differs = (
                " OR ".join(f"t.{name} IS NOT m.{name}" for name in _compared(shape)) or "FALSE"
            )
            states.append(
                f"SELECT t.source AS source, t.cell AS cell, CASE WHEN m.{shape.key[0]} IS NULL"  # noqa: S608 - own names
                f" THEN {NEW} WHEN {differs} THEN {CHANGED} ELSE {UNCHANGED} END AS state"
                f" FROM staged_{shape.name} t LEFT JOIN {self._prefix}{shape.name} m ON {key}"
            )
        counts: dict[int, list[int]] = {number: [0, 0, 0] for number in self._references}
        for part, state, count in self._db.execute(
            "SELECT source, state, count(*) FROM (SELECT source, cell, max(state) AS state"  # noqa: S608 - own names
            f" FROM ({' UNION ALL '.join(states)}) GROUP BY source, cell) GROUP BY source, state"
        ):
            counts[part][state] = count
        return {number: (row[0], row[1], row[2]) for number, row in counts.items()}

    def _remove(self, shape: Table, own: str) -> None:
        part = self._whole.get(shape.name)
        if part is None:
            return
        key = " AND ".join(f"t.{name} = main.{name}" for name in shape.key)
        scope = _SCOPES[shape.name].format(own=own)
        self.removed[part] += self._db.execute(
            f"DELETE FROM {self._prefix}{shape.name} AS main WHERE {scope}"  # noqa: S608 - own names
            f" AND NOT EXISTS (SELECT 1 FROM staged_{shape.name} t WHERE {key})"
        ).rowcount


def _compared(shape: Table) -> tuple[str, ...]:
    return tuple(name for name in shape.content if name not in _UNCOMPARED)


def _full_name(staff: Staff) -> str:
    return " ".join(part for part in (staff.last, staff.first, staff.middle) if part)


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").split())


# What was imported last


def last_import(journal: Journal) -> tuple[str, list[tuple[str, str, int]]]:
    """Tell the digest of the last import and its parts: file, sheet, number of rows."""
    found = journal.connection.execute(
        "SELECT sha256, files FROM imports ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if not found:
        return "", []
    return found[0], [(file, sheet, rows) for file, sheet, rows in json.loads(found[1])]


def note_import(
    journal: Journal, sha256: str, imported_at: str, files: Sequence[tuple[str, str, int]]
) -> None:
    """Remember an import, so that the same bytes are known when they come again."""
    journal.connection.execute(
        "INSERT INTO imports (sha256, imported_at, files) VALUES (?, ?, ?)",
        (sha256, imported_at, json.dumps(files, ensure_ascii=False)),
    )
