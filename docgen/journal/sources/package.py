"""The default package, «Школьный пакет» v1: a folder, a ZIP of CSV files or one workbook.

Source of the rules: `journal.md` 2 and 2.1.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.journal.codes import tidy
from docgen.journal.sources import containers, values, xlsx
from docgen.journal.sources.package_rows import Reading
from docgen.journal.sources.package_tables import TABLES, Column, TableSpec
from docgen.journal.sources.rows import Part, Row
from docgen.journal.sources.tabular import Table, csv_table, find_column, heading, workbook
from docgen.journal.sources.values import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_MANIFEST = "manifest"
_MANIFEST_LIMIT = 100
"""Lines of a manifest that are looked at; it has ten."""
_NAMES = {heading(_MANIFEST): _MANIFEST, heading("Манифест"): _MANIFEST} | {
    heading(name): spec.name for spec in TABLES for name in (spec.name, spec.sheet)
}
GUIDE = "Как заполнять"
"""A sheet of the empty workbook that holds no data."""
_SPECS = {spec.name: spec for spec in TABLES}
_SIGNATURE = ("lessons", "students")
"""A package without a manifest is known by the columns of these tables."""


@dataclass(frozen=True, slots=True)
class Package:
    """Reads the default package (`journal.md` 2)."""

    name: str = "package"
    title: str = "Школьный пакет (папка или ZIP с таблицами CSV, книга XLSX)"
    confirmed: bool = True
    signs: str = "манифест «format=school-package» или таблицы «Уроки» и «Учащиеся» с их столбцами"
    guesses: frozenset[str] = frozenset()

    def recognises(self, path: Path) -> bool:
        """Tell by the manifest or by the columns of the tables of lessons and pupils."""
        try:
            with _contents(path) as contents:
                return _is_package(contents)
        except InputFault:
            return False

    def read(self, path: Path) -> Iterator[Part | Row | Finding]:
        """Yield the tables of the package in the order of `TABLES`.

        Raises InputFault for a required table or column that is missing, a column that stands
        twice, a file that cannot be read.
        """
        with _contents(path) as contents:
            if contents.doubled:
                raise InputFault(
                    f"Одна и та же таблица дана дважды: {contents.doubled[0]}.",
                    where=str(path),
                    remedy="Оставьте одну из них.",
                )
            manifest = _manifest(contents)
            _check_manifest(manifest, path)
            _check_required(contents, path)
            reading = Reading(manifest)
            notes = [finding("IM-15", name) for name in contents.unknown]
            for spec in TABLES:
                if spec.name in contents.tables:
                    with contents.tables[spec.name]() as table:
                        yield from _read_table(spec, table, reading)
                        yield from notes
                        notes = []


SOURCE = Package()


@dataclass(frozen=True, slots=True)
class _Contents:
    """What stands in a package: its tables by their names, and what has no place in it."""

    tables: dict[str, Callable[[], AbstractContextManager[Table]]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def add(
        self, title: str, address: str, opener: Callable[[], AbstractContextManager[Table]]
    ) -> None:
        """Give a file or sheet its place among the tables of the package."""
        name = _NAMES.get(heading(title), "")
        if heading(title) == heading(GUIDE):
            return
        if not name:
            self.unknown.append(address)
        elif name in self.tables:
            self.doubled.append(f"{self.addresses[name]} и {address}")
        else:
            self.tables[name] = opener
            self.addresses[name] = address


@contextmanager
def _contents(path: Path) -> Iterator[_Contents]:
    """Open a package of either kind. Raises InputFault for what cannot be opened."""
    contents = _Contents()
    if path.is_dir() or containers.is_zip(path):
        with containers.opened(path) as members:
            if xlsx.is_workbook(members):
                with workbook(path) as sheets:
                    for title, table in sheets.items():
                        contents.add(title, table.where(), lambda table=table: nullcontext(table))  # type: ignore[misc]
                    yield contents
                return
            for name, member in members.items():
                inner = PurePosixPath(name)
                if inner.suffix.lower() == ".csv" and len(inner.parts) == 1:
                    contents.add(
                        inner.stem,
                        member.address,
                        lambda member=member: csv_table(member),  # type: ignore[misc]
                    )
                else:
                    contents.unknown.append(member.address)
            yield contents
    else:
        yield contents


def _is_package(contents: _Contents) -> bool:
    try:
        if _manifest(contents).get("format") == "school-package":
            return True
        return all(_has_columns(contents, name) for name in _SIGNATURE)
    except InputFault:  # the names fit: reading will tell what is wrong
        return all(name in contents.tables for name in _SIGNATURE)


def _manifest(contents: _Contents) -> dict[str, str]:
    """Read the manifest, empty when there is none: keys to values."""
    if _MANIFEST not in contents.tables:
        return {}
    with contents.tables[_MANIFEST]() as table:
        pairs = [table.header, *(cells for _, cells in islice(table.rows, _MANIFEST_LIMIT))]
    return {tidy(pair[0]).casefold(): tidy(pair[1]) for pair in pairs if len(pair) > 1}


def _has_columns(contents: _Contents, name: str) -> bool:
    if name not in contents.tables:
        return False
    with contents.tables[name]() as table:
        return all(
            find_column(table.header, (column.key, *column.names))
            for column in _SPECS[name].columns
            if column.required
        )


def _check_manifest(manifest: Mapping[str, str], path: Path) -> None:
    version = manifest.get("version", "1.0")
    if version.split(".")[0] != "1":
        raise InputFault(
            f"Пакет версии {version}, программа понимает версию 1.",
            where=f"{path}: manifest",
            remedy="Выгрузите пакет версии 1.0 или обновите программу.",
        )
    if manifest.get("year"):
        try:
            values.school_year(manifest["year"])
        except Unreadable:
            raise InputFault(
                f"Учебный год в манифесте записан непонятно: «{manifest['year']}».",
                where=f"{path}: manifest",
                remedy="Запишите его так: 2025/2026.",
            ) from None


def _check_required(contents: _Contents, path: Path) -> None:
    missing = [spec for spec in TABLES if spec.required and spec.name not in contents.tables]
    if missing:
        names = ", ".join(f"«{spec.sheet}» ({spec.name})" for spec in missing)
        raise InputFault(
            f"В пакете нет обязательных таблиц: {names}.",
            where=str(path),
            remedy="Добавьте их: файл CSV или лист книги с таким именем. Пустую книгу со всеми "
            "листами создаёт команда docgen init --xlsx.",
        )


def _read_table(spec: TableSpec, table: Table, reading: Reading) -> Iterator[Part | Row | Finding]:
    """Yield the part of a table, its notes and its rows; a bad row is yielded as its findings."""
    placed, unknown = _place(spec, table)
    yield Part(table.file, table.sheet, table.sha256, spec.whole)
    yield from table.notes
    if unknown:
        names = ", ".join(f"«{name}»" for name in unknown)
        yield finding("IM-12", table.where(), columns=names)
    anchor = next((place for column, place in placed if column.key == spec.anchor), 0)
    width, silent, first_silent = len(table.header), 0, 0
    for line, cells in table.rows:
        faults: list[Finding] = []
        if _is_header(table, cells):
            yield _fault("IM-07", table, line, 0)
            continue
        row = _read_row(table, placed, line, cells, faults)
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            faults.append(_fault("IM-06", table, line, width - 1, cells=len(cells), columns=width))
        if faults:
            yield from faults
        elif spec.silent and not row[spec.silent]:
            silent += 1
            first_silent = first_silent or line
        else:
            yield from spec.build(row, table.cell(line, max(anchor, 0)), reading)
    if silent:
        yield finding("IM-17", table.where(first_silent), count=silent)
    if table.unsaved:
        yield finding("WS-08", table.where(), count=len(table.unsaved), cell=table.unsaved[0])


def _is_header(table: Table, cells: list[str]) -> bool:
    """Whether a row repeats the header, as it does when a table was pasted below another."""
    texts = [(tidy(cell), head) for cell, head in zip(cells, table.header, strict=False) if cell]
    return len(texts) > 1 and all(heading(text) == heading(head) for text, head in texts)


def _read_row(
    table: Table,
    placed: list[tuple[Column, int]],
    line: int,
    cells: list[str],
    faults: list[Finding],
) -> dict[str, Any]:
    """Read the cells of one row by their columns; what cannot be read goes to `faults`."""
    row: dict[str, Any] = {}
    filled = len(cells)
    for column, place in placed:
        text = cells[place] if 0 <= place < filled else ""
        if not text or text.isspace():
            row[column.key] = column.empty
            if column.required and not column.blank:
                faults.append(_fault("IM-04", table, line, place))
            continue
        if column.unknown and tidy(text).casefold() == values.UNKNOWN:
            row[column.key] = column.empty
            continue
        try:
            row[column.key] = column.read(text)
        except Unreadable as fault:
            shown = tidy(text)[:60]
            faults.append(
                _fault(fault.code, table, line, place, value=shown, expected=fault.expected)
            )
    return row


def _fault(code: str, table: Table, line: int, place: int, **params: str | int) -> Finding:
    refs = {"file": table.file, "cell": table.cell(line, place), "row": str(line)}
    if table.sheet:
        refs["sheet"] = table.sheet
    texts: dict[str, Any] = dict(params)
    return finding(code, table.where(line, place), refs=refs, **texts)


def _place(spec: TableSpec, table: Table) -> tuple[list[tuple[Column, int]], list[str]]:
    """Find the columns of a table in its header; -1 stands for an optional one that is not there.

    Returns the places and the headers nobody knows. Raises InputFault for missing and for
    doubled columns.
    """
    placed: list[tuple[Column, int]] = []
    missing: list[str] = []
    taken: dict[int, Column] = {}
    for column in spec.columns:
        names = (column.key, *column.names)
        found = [place for place in find_column(table.header, names) if place not in taken]
        if column.after:
            found = _behind(column, placed, table, found)
        if len(found) > 1:
            raise InputFault(
                f"Столбец «{table.header[found[0]]}» стоит в таблице дважды.",
                where=table.where(table.header_line),
                remedy="Оставьте один из двух или переименуйте лишний.",
            )
        if found:
            taken[found[0]] = column
        elif column.required:
            missing.append(f"«{column.names[0] if column.names else column.key}»")
        placed.append((column, found[0] if found else -1))
    if missing:
        raise InputFault(
            f"В таблице «{spec.sheet}» ({spec.name}) нет обязательных столбцов: "
            f"{', '.join(missing)}.",
            where=table.where(table.header_line),
            remedy="Добавьте столбцы с такими заголовками; порядок столбцов не важен.",
        )
    return placed, [text for place, text in enumerate(table.header) if place not in taken and text]


def _behind(
    column: Column, placed: list[tuple[Column, int]], table: Table, found: list[int]
) -> list[int]:
    """Choose among columns of one name the one that stands right behind its neighbour."""
    own_name = find_column(table.header, column.names[:1])
    if own_name:
        return own_name
    neighbour = next(place for other, place in placed if other.key == column.after)
    return [place for place in found if place == neighbour + 1 and neighbour >= 0]
