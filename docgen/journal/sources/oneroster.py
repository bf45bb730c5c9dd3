"""OneRoster 1.1 and 1.2 CSV, a bulk export as a folder or a ZIP (`journal.md` 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.journal.sources import (
    oneroster_gradebook,
    oneroster_manifest,
    oneroster_people,
    oneroster_roster,
    oneroster_tables,
)
from docgen.journal.sources.oneroster_tables import Export
from docgen.journal.sources.rows import Part, Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REQUIRED = ("users", "classes", "enrollments")


@dataclass(frozen=True, slots=True)
class OneRoster:
    """Reads OneRoster; ids are the export's sourcedIds, classes and subjects their codes.

    Not confirmed: the columns are those of the published standard and of its open
    implementations, but no export of a journal used in a Russian school was seen.
    """

    name: str = "oneroster"
    title: str = "OneRoster 1.1 и 1.2 (папка или ZIP с таблицами CSV)"
    confirmed: bool = False
    signs: str = "таблицы users, classes и enrollments со столбцом sourcedId"
    guesses: frozenset[str] = frozenset()

    def recognises(self, path: Path) -> bool:
        """Tell by the tables of people, classes and enrolments and their ids."""
        try:
            with oneroster_tables.opened(path) as export:
                return all(name in export for name in _REQUIRED) and _has_ids(export)
        except InputFault:
            return False

    def kind(self, path: Path) -> str:
        """The version of the standard: roles are a table of their own since 1.2."""
        with oneroster_tables.opened(path) as export:
            return "1.2" if "roles" in export else "1.1"

    def read(self, path: Path) -> Iterator[Part | Row | Finding]:
        """Yield the roster, then the gradebook, table by table.

        Raises InputFault for a delta, a required table or column that is missing, classes of
        several schools and a file that cannot be read.
        """
        with oneroster_tables.opened(path) as export:
            _check(export, path)
            oneroster_tables.settle_dates(export)
            roster = oneroster_roster.roster(export, oneroster_gradebook.mentions(export))
            first = True
            for item in oneroster_people.rows(roster):
                yield item
                if first:
                    yield from _remarks(export, path)
                    first = False
            yield from oneroster_gradebook.rows(export, roster)


SOURCE = OneRoster()


def _has_ids(export: Export) -> bool:
    try:
        return all("sourcedid" in export.headers(name) for name in _REQUIRED)
    except InputFault:  # the names fit: reading will tell what is wrong
        return True


def _check(export: Export, path: Path) -> None:
    missing = [name for name in _REQUIRED if name not in export]
    if missing:
        raise InputFault(
            f"В выгрузке OneRoster нет таблиц: {', '.join(missing)}.",
            where=str(path),
            remedy="Выгрузите её целиком; без этих таблиц журнала не собрать.",
        )
    oneroster_manifest.check_bulk(export)


def _remarks(export: Export, path: Path) -> Iterator[Finding]:
    """Tell what concerns the export as a whole."""
    for address in export.unknown:
        yield finding("OR-12", address)
    yield from oneroster_manifest.missing_tables(export)
    if export.slashes:
        order = "месяц/день/год" if export.month_first else "день/месяц/год"
        yield finding("OR-10", path.name, order=order)
