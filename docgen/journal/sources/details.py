"""A small table a person hands over for one printing: read, used, kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docgen.core.errors import InputFault
from docgen.journal.codes import tidy
from docgen.journal.sources import containers
from docgen.journal.sources.containers import Member
from docgen.journal.sources.tabular import Table, csv_table, find_column, workbook

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Detail:
    """A row: its cells by the names asked for, and its address for messages."""

    cells: Mapping[str, str]
    where: str


def read_details(path: Path, columns: Mapping[str, Sequence[str]]) -> tuple[Detail, ...]:
    """Read the columns asked for, each by any of its headings, from CSV or the first sheet of XLSX.

    Empty rows are left out. Raises InputFault for what cannot be read, and when a column is
    missing.
    """
    if not path.is_file():
        raise containers.unreadable(path)
    if containers.is_zip(path):
        with workbook(path) as sheets:
            if not sheets:
                raise _nothing(path)
            return _rows(next(iter(sheets.values())), columns)
    with csv_table(Member(path.name, path.name, lambda: path.open("rb"))) as table:
        return _rows(table, columns)


def _rows(table: Table, columns: Mapping[str, Sequence[str]]) -> tuple[Detail, ...]:
    places = {}
    for name, headings in columns.items():
        found = find_column(table.header, headings)
        if not found:
            raise InputFault(
                f"В таблице нет столбца «{headings[0]}».",
                where=table.where(table.header_line),
                remedy="Нужны столбцы: " + ", ".join(names[0] for names in columns.values()) + ".",
            )
        places[name] = found[0]
    rows = []
    for line, cells in table.rows:
        told = {
            name: tidy(cells[place]) if place < len(cells) else "" for name, place in places.items()
        }
        if any(told.values()):
            rows.append(Detail(told, table.where(line)))
    return tuple(rows)


def _nothing(path: Path) -> InputFault:
    return InputFault("В книге нет ни одной таблицы.", where=str(path), remedy="Заполните её.")
