"""The CSV tables of a OneRoster bulk export, read into typed records with addresses.

Tolerant of case, spaces and order of headers, of unknown columns and of dates written with
slashes. Columns of passwords and of race are dropped here, before anything else sees them.
Source of the rules: `journal.md` 3.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, finding
from docgen.journal.codes import tidy
from docgen.journal.sources import containers, values
from docgen.journal.sources.rows import Part
from docgen.journal.sources.tabular import Table, csv_table, heading
from docgen.journal.sources.values import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_BASE = "sourcedId! status dateLastModified"
_READ = {
    "orgs": f"{_BASE} name! type",
    "academicSessions": f"{_BASE} title type! startDate:day! endDate:day! parentSourcedId"
    " schoolYear:year",
    "courses": f"{_BASE} title! courseCode",
    "classes": f"{_BASE} title grades:list courseSourcedId classCode classType schoolSourcedId"
    " termSourcedIds:list subjects:list",
    "users": f"{_BASE} role:list givenName familyName! middleName email sms phone"
    " agentSourcedIds:list",
    "roles": f"{_BASE} userSourcedId! role!",
    "enrollments": f"{_BASE} classSourcedId! userSourcedId! role! primary:yes beginDate:day"
    " endDate:day",
    "demographics": f"{_BASE} birthDate:day sex",
    "categories": f"{_BASE} title! weight:number",
    "lineItems": f"{_BASE} title description assignDate:day dueDate:day classSourcedId!"
    " categorySourcedId academicSessionSourcedId",
    "results": f"{_BASE} lineItemSourcedId! studentSourcedId! scoreStatus score scoreDate:moment"
    " textScore missing:yes",
    "ext_lessons": "sourcedId classSourcedId! date:day! number:whole! topic homework workKind"
    " teacherSourcedId substituteSourcedId order",
    "ext_attendance": "lessonSourcedId classSourcedId date:day number:whole userSourcedId! code!"
    " reason",
}
"""Columns that are read: `!` has to be filled, `:day` and so on say how."""

_KNOWN = {
    "orgs": "identifier parentSourcedId",
    "courses": "schoolYearSourcedId grades orgSourcedId subjects subjectCodes",
    "classes": "location subjectCodes periods",
    "users": "enabledUser orgSourcedIds username userIds identifier grades userMasterIdentifier"
    " preferredGivenName preferredMiddleName preferredFamilyName primaryOrgSourcedId pronouns",
    "roles": "roleType beginDate endDate orgSourcedId userProfileSourcedId",
    "enrollments": "schoolSourcedId",
    "demographics": "countryOfBirthCode stateOfBirthAbbreviation cityOfBirth"
    " publicSchoolResidenceStatus",
    "lineItems": "resultValueMin resultValueMax schoolSourcedId",
    "results": "comment classSourcedId inProgress incomplete late",
}
"""Further columns of the standard, which a journal has no use for."""

_OLDER_NAMES = {
    "demographics": {"userSourcedId": "sourcedId"},
    "lineItems": {"gradingPeriodSourcedId": "academicSessionSourcedId"},
    "classes": {"grade": "grades", "termSourcedId": "termSourcedIds", "terms": "termSourcedIds"},
    "users": {"agents": "agentSourcedIds"},
}
"""Columns that other versions of the standard call otherwise."""

_IGNORED_TABLES = {
    "userprofiles",
    "scorescales",
    "lineitemscorescales",
    "resultscorescales",
    "lineitemlearningobjectiveids",
    "resultlearningobjectiveids",
    "resources",
    "classresources",
    "courseresources",
    "userresources",
}
"""Tables of the standard, which a journal has no use for."""

_DROPPED = re.compile(
    "password|credential|race|ethnicity|indian|asian|african|hawaiian|pacific|^white$"
)
"""Headers of columns that are never read: passwords, and the race columns of demographics."""

TABLES = {heading(name): name for name in _READ}
MANIFEST = "manifest"
_SLASHED = re.compile(rb'[,;\t"\n ](\d{1,2})/(\d{1,2})/\d{4}(?=[,;\t"\r\n ])')
_SLASH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T].*)?")
_MONTHS = 12
_GONE = {"tobedeleted", "inactive"}


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a table: its line and its values by the standard's names of columns."""

    line: int
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Take a value: "" or None, (), False where the cell is empty or the column missing."""
        return self.values[name]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that was read: as a part of the import, its records, and what is to be told.

    `deleted` are the sourcedIds of the rows that the export marks as deleted.
    """

    part: Part
    records: list[Record] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def where(self, line: int) -> str:
        """Address a row for people."""
        return f"{self.part.file}, строка {line}"

    def refuse(self, code: str, record: Record, *, column: str = "", **params: Any) -> Finding:
        """Make the finding that rejects a row, for the sake of a column if one is named."""
        refs = {"file": self.part.file, "cell": str(record.line), "row": str(record.line)}
        where = self.where(record.line) + (f", столбец «{column}»" if column else "")
        return finding(code, where, refs=refs, **params)


@dataclass(slots=True)
class Export:
    """An export that lies open: its tables by the standard's names, whatever case they have."""

    members: Mapping[str, containers.Member]
    unknown: tuple[str, ...]
    month_first: bool = False
    slashes: bool = False

    def __contains__(self, name: str) -> bool:
        """Whether the table is there."""
        return name in self.members

    def headers(self, name: str) -> tuple[str, ...]:
        """Read the header of a table, reduced; () when the table is not there.

        Raises InputFault for what is no CSV.
        """
        if name not in self.members:
            return ()
        with csv_table(self.members[name]) as table:
            return tuple(heading(text) for text in table.header)

    def read(self, name: str) -> Sheet | None:
        """Read a table whole, None when it is not there. Raises InputFault for what is no CSV."""
        if name not in self.members:
            return None
        with self.opened(name) as (sheet, records):
            sheet.records.extend(records)
        return sheet

    @contextmanager
    def opened(self, name: str) -> Iterator[tuple[Sheet, Iterator[Record]]]:
        """Open a table that is there, to be read row by row; findings gather in the sheet.

        Raises InputFault for a column that is missing or stands twice and for what is no CSV.
        """
        with csv_table(self.members[name]) as table:
            notes = [note for note in table.notes if note.code != "IM-14"]  # commas are the rule
            sheet = Sheet(Part(table.file, "", table.sha256), findings=notes)
            yield sheet, self._records(name, table, sheet)

    def _records(self, name: str, table: Table, sheet: Sheet) -> Iterator[Record]:
        columns = _place(name, table, sheet)
        width, gone = len(table.header), 0
        for line, cells in table.rows:
            row, faults = self._read_row(columns, table, line, cells)
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                faults.append(_fault("IM-06", table, line, cells=len(cells), columns=width))
            if heading(row.get("status") or "") in _GONE:
                gone += 1
                sheet.deleted.add(row["sourcedId"])
            elif faults:
                sheet.findings.extend(faults)
            else:
                yield Record(line, row)
        if gone:
            sheet.findings.append(finding("OR-02", table.file, count=gone))

    def _read_row(
        self, columns: list[_Column], table: Table, line: int, cells: list[str]
    ) -> tuple[dict[str, Any], list[Finding]]:
        row: dict[str, Any] = {}
        faults = []
        for column in columns:
            text = tidy(cells[column.place]) if 0 <= column.place < len(cells) else ""
            row[column.name] = _EMPTY[column.kind]
            if not text:
                if column.required:
                    faults.append(_fault("IM-04", table, line, column.place))
                continue
            try:
                row[column.name] = self._value(column.kind, text)
            except Unreadable as fault:
                params = {"value": text[:60], "expected": fault.expected}
                faults.append(_fault(fault.code, table, line, column.place, **params))
        return row, faults

    def _value(self, kind: str, text: str) -> Any:
        slashed = _SLASH_DATE.fullmatch(text) if kind in {"day", "moment"} else None
        if slashed:
            first, second, year = (int(part) for part in slashed.groups())
            month, day = (first, second) if self.month_first else (second, first)
            text = f"{year:04}-{month:02}-{day:02}"
        return _READERS[kind](text)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for item in text.split(",") if (part := item.strip(" []\"'")))


def _ending_year(text: str) -> int:
    """Read a school year as the standard writes it, by its ending year, or as people do."""
    return values.whole(text) if text.isdecimal() else int(values.school_year(text)[-4:])


_READERS: dict[str, Callable[[str], Any]] = {
    "text": tidy,
    "day": values.day,
    "moment": values.moment,
    "whole": values.whole,
    "number": values.number,
    "yes": values.yes_no,
    "list": _listed,
    "year": _ending_year,
}
_EMPTY: dict[str, Any] = {
    "text": "",
    "day": None,
    "moment": "",
    "whole": None,
    "number": None,
    "yes": False,
    "list": (),
    "year": None,
}


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    kind: str
    required: bool
    place: int


def _place(name: str, table: Table, sheet: Sheet) -> list[_Column]:
    """Find the columns of a table in its header; -1 stands for one that is not there."""
    older = {heading(old): heading(new) for old, new in _OLDER_NAMES.get(name, {}).items()}
    places: dict[str, int] = {}
    known = {heading(word.split(":")[0]) for word in _KNOWN.get(name, "").split()}
    strange = []
    wanted = {heading(_COLUMN.sub("", word)): word for word in _READ[name].split()}
    for place, text in enumerate(table.header):
        key = heading(text)
        key = older.get(key, key)
        if not key or _DROPPED.search(key) or key in known:
            continue
        if key not in wanted:
            strange.append(f"«{text}»")
        elif key in places:
            raise InputFault(
                f"Столбец «{text}» стоит в таблице дважды.",
                where=table.where(table.header_line),
                remedy="Оставьте один из двух.",
            )
        else:
            places[key] = place
    columns = []
    for key, word in wanted.items():
        column = word.rstrip("!")
        label, _, kind = column.partition(":")
        columns.append(_Column(label, kind or "text", word.endswith("!"), places.get(key, -1)))
    missing = [item.name for item in columns if item.required and item.place < 0]
    if missing:
        raise InputFault(
            f"В таблице {name} нет обязательных столбцов: {', '.join(missing)}.",
            where=table.where(table.header_line),
            remedy="Выгрузите OneRoster ещё раз; порядок и регистр столбцов не важны.",
        )
    if strange:
        sheet.findings.append(finding("OR-13", table.where(), columns=", ".join(strange)))
    return columns


_COLUMN = re.compile(r":\w+|!")


def _fault(code: str, table: Table, line: int, place: int | None = None, **params: Any) -> Finding:
    refs = {"file": table.file, "cell": str(line), "row": str(line)}
    shown = place if place is not None and place >= 0 else None
    return finding(code, table.where(line, shown), refs=refs, **params)


@contextmanager
def opened(path: Path) -> Iterator[Export]:
    """Open a folder or a ZIP as an export.

    Raises InputFault for a container that cannot be opened and for a table that is there twice.
    """
    if not (path.is_dir() or containers.is_zip(path)):
        yield Export({}, ())
        return
    with containers.opened(path) as members:
        tables: dict[str, containers.Member] = {}
        unknown = []
        for member in members.values():
            inner = PurePosixPath(member.name)
            key = heading(inner.stem)
            name = MANIFEST if key == MANIFEST else TABLES.get(key, "")
            if inner.suffix.lower() != ".csv" or (not name and key not in _IGNORED_TABLES):
                unknown.append(member.address)
            elif name in tables:
                raise InputFault(
                    f"Таблица {name} дана дважды: {tables[name].address} и {member.address}.",
                    where=str(path),
                    remedy="Оставьте одну из них.",
                )
            elif name:
                tables[name] = member
        yield Export(tables, tuple(unknown))


def settle_dates(export: Export) -> None:
    """Find out whether dates with slashes put the month first: only if one cannot be otherwise.

    Raises InputFault when a table cannot be read.
    """
    first = second = 0
    for name, member in export.members.items():
        if name in TABLES.values():
            for chunk in containers.chunks(member):
                # Without its zeros UTF-16 shows the digits of its dates as other encodings do.
                for found in _SLASHED.finditer(chunk.replace(b"\0", b"")):
                    export.slashes = True
                    first, second = max(first, int(found[1])), max(second, int(found[2]))
    export.month_first = second > _MONTHS >= first
