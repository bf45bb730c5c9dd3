"""What the manifest of a OneRoster export promises of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.journal.codes import tidy
from docgen.journal.sources.oneroster_tables import MANIFEST, TABLES, Export
from docgen.journal.sources.tabular import csv_table, heading

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_bulk(export: Export) -> None:
    """Refuse a delta: changes alone are no journal. Raises InputFault."""
    for name, kind, where in _promises(export):
        if kind == "delta":
            raise InputFault(
                f"Таблица {name} – выгрузка одних изменений (delta), журнала по ней не собрать.",
                where=where,
                remedy="Выгрузите OneRoster целиком (bulk).",
            )


def missing_tables(export: Export) -> Iterator[Finding]:
    """Tell of tables the manifest promises and the export does not hold."""
    for name, kind, where in _promises(export):
        table = TABLES.get(heading(name), "")
        if kind == "bulk" and table and table not in export:
            yield finding("OR-14", where, table=table)


def _promises(export: Export) -> Iterator[tuple[str, str, str]]:
    """Read what the manifest says of tables: name, "bulk", "delta" or "absent", and where."""
    if MANIFEST not in export:
        return
    with csv_table(export.members[MANIFEST]) as table:
        for line, cells in table.rows:
            name, value = [*map(tidy, cells), "", ""][:2]
            if name.casefold().startswith("file."):
                yield name[len("file.") :], value.casefold(), table.where(line)
