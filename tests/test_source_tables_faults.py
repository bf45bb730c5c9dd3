"""Tables and workbooks that are broken, spoilt or hostile: a clean import, or a fault in words.

The files of `data/broken` are named by the code they must raise and the table they stand for:
a table of the package, of OneRoster, or a grid, which becomes a sheet of a workbook.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import secrets
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import oneroster_samples
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal_samples import DATA, bring, contents, folder, tables, zipped
from oneroster_samples import written
from worksheets_samples import KINDS, Dress, invent

from docgen.core.errors import InputFault
from docgen.core.findings import Severity, catalogue
from docgen.journal.sources import ImportRefused
from docgen.journal.sources.package_tables import TABLES
from docgen.journal.store import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

BROKEN = sorted((DATA / "broken").glob("*.csv"))
ELSEWHERE = {"IM-21", "IM-25", "IM-26", "WS-14"}
"""What takes two systems, or two sheets, to go wrong: `test_journal_merge.py`,
`test_init_workbook.py`."""
FORMATS = DATA / "formats"
_PACKAGE = {spec.name for spec in TABLES}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite") as opened:
        yield opened


def outcome(journal: Journal, path: Path) -> InputFault | None:
    """Import a path: either it is done, or a fault tells place and remedy and nothing has changed.

    Raises whatever else the import raises: that is what these tests look for.
    """
    before = contents(journal)
    fault = None
    try:
        bring(journal, path)
    except InputFault as caught:
        fault = caught
    if fault:
        assert contents(journal) == before
        assert fault.message
        assert fault.where
        assert fault.remedy
        assert all(item.message and item.where for item in fault.findings)
    return fault


# Files named by the code they must raise


def _broken_input(file: Path, target: Path) -> Path:
    """Put a broken table among the good ones of its format."""
    table = file.stem.split("-")[2]
    if table == "grid":
        return _sheet(file, target.with_suffix(".xlsx"))
    if table in _PACKAGE and not file.stem.startswith("OR"):
        path = folder(target, tables())
    else:
        path = written(target, oneroster_samples.tables())
    shutil.copy(file, path / f"{table}.csv")
    return path


def _sheet(file: Path, target: Path) -> Path:
    """Make a sheet of a table; `=2025-05-04` is a cell with that date."""
    book = openpyxl.Workbook()
    with file.open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream, delimiter=";"):
            book.active.append(
                [dt.date.fromisoformat(x[1:]) if x.startswith("=") else x or None for x in row]
            )
    book.save(target)
    return target


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_table_raises_the_code_it_is_named_by(
    journal: Journal, tmp_path: Path, file: Path
) -> None:
    fault = outcome(journal, _broken_input(file, tmp_path / "x"))
    assert isinstance(fault, ImportRefused)
    blocking = [item for item in fault.findings if item.severity is Severity.BLOCKING]
    assert {item.code for item in blocking} == {file.stem[:5]}
    assert all(item.refs["cell"] and item.refs["file"] for item in blocking)


def test_every_code_that_rejects_a_row_of_a_table_has_its_broken_file() -> None:
    ours = {
        code
        for code, entry in catalogue().items()
        if code[:2] in {"IM", "OR", "WS"} and entry.severity is Severity.BLOCKING
    }
    assert ours - ELSEWHERE - {file.stem[:5] for file in BROKEN} == set()


# Spoilt at any place


def _small(tmp_path: Path) -> dict[str, Path]:
    """A small good input of every kind of table."""
    made = {
        "package": zipped(tmp_path / "package.zip", tables()),
        "oneroster": tmp_path / "oneroster.zip",
        "workbook": tmp_path / "school.xlsx",
    }
    with zipfile.ZipFile(made["oneroster"], "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in oneroster_samples.tables().items():
            archive.writestr(f"{name}.csv", "\n".join(lines))
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in tables().items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append([cell or None for cell in line.split(";")])
    book.save(made["workbook"])
    for name, kind in KINDS.items():
        target = tmp_path / name
        target.mkdir()
        made[name] = kind.write(invent(1, pupils=3, days=15), target, Dress())
    return made


SMALL = ("package", "oneroster", "workbook", *KINDS)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return _small(tmp_path_factory.mktemp("small"))


_SPOIL = {
    "place": st.floats(0, 1),
    "junk": st.binary(max_size=24),
    "cut": st.booleans(),
}
_FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def _spoilt(content: bytes, place: float, junk: bytes, *, cut: bool) -> bytes:
    at = int(place * len(content))
    return content[:at] + junk + (b"" if cut else content[at + len(junk) :])


@pytest.mark.parametrize("name", SMALL)
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=_FIXTURES)
@given(**_SPOIL)
def test_any_byte_of_a_container_may_be_wrong(
    small: dict[str, Path], journal: Journal, name: str, place: float, junk: bytes, *, cut: bool
) -> None:
    _any_byte(small[name], journal, place, junk, cut=cut)


@pytest.mark.long
@pytest.mark.parametrize("name", SMALL)
@settings(max_examples=250, deadline=None, suppress_health_check=_FIXTURES)
@given(**_SPOIL)
def test_any_byte_of_a_container_may_be_wrong_many_times(
    small: dict[str, Path], journal: Journal, name: str, place: float, junk: bytes, *, cut: bool
) -> None:
    _any_byte(small[name], journal, place, junk, cut=cut)


def _any_byte(good: Path, journal: Journal, place: float, junk: bytes, *, cut: bool) -> None:
    path = good.with_name(f"spoilt{good.suffix}")
    path.write_bytes(_spoilt(good.read_bytes(), place, junk, cut=cut))
    outcome(journal, path)


@pytest.mark.parametrize("name", SMALL)
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=_FIXTURES)
@given(member=st.integers(0, 99), **_SPOIL)
def test_any_byte_of_any_file_within_may_be_wrong(
    small: dict[str, Path],
    journal: Journal,
    name: str,
    member: int,
    place: float,
    junk: bytes,
    *,
    cut: bool,
) -> None:
    _any_member(small[name], journal, member, place, junk, cut=cut)


@pytest.mark.long
@pytest.mark.parametrize("name", SMALL)
@settings(max_examples=250, deadline=None, suppress_health_check=_FIXTURES)
@given(member=st.integers(0, 99), **_SPOIL)
def test_any_byte_of_any_file_within_may_be_wrong_many_times(
    small: dict[str, Path],
    journal: Journal,
    name: str,
    member: int,
    place: float,
    junk: bytes,
    *,
    cut: bool,
) -> None:
    _any_member(small[name], journal, member, place, junk, cut=cut)


def _any_member(
    good: Path, journal: Journal, member: int, place: float, junk: bytes, *, cut: bool
) -> None:
    """The archive is whole, but one file in it is not."""
    path = good.with_name(f"within{good.suffix}")
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w") as new:
        names = old.namelist()
        for name in names:
            content = old.read(name)
            chosen = name == names[member % len(names)]
            new.writestr(name, _spoilt(content, place, junk, cut=cut) if chosen else content)
    outcome(journal, path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp866", "cp1251"])
@pytest.mark.parametrize("name", ["package", "oneroster"])
def test_tables_in_an_encoding_of_the_trade_are_read(
    small: dict[str, Path], journal: Journal, tmp_path: Path, name: str, encoding: str
) -> None:
    bring(journal, _recoded(small[name], tmp_path / "good.zip", "utf-8"))
    report = bring(journal, _recoded(small[name], tmp_path / "x.zip", encoding))
    assert (report.repeated, report.changes) == (False, 0)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "utf-7"])
@pytest.mark.parametrize("name", ["package", "oneroster"])
def test_tables_in_an_encoding_of_no_trade_are_refused(
    small: dict[str, Path], journal: Journal, tmp_path: Path, name: str, encoding: str
) -> None:
    fault = outcome(journal, _recoded(small[name], tmp_path / "x.zip", encoding))
    assert fault
    assert "x.zip" in fault.where


def _recoded(good: Path, path: Path, encoding: str) -> Path:
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            text = old.read(member).decode("utf-8").translate({0xAB: None, 0xBB: None})
            new.writestr(member, text.encode(encoding))  # code page 866 has no «»
    return path


@pytest.mark.parametrize("suffix", [".zip", ".xlsx", ".xls", ".csv", ".txt", ""])
@pytest.mark.parametrize("name", ["package", "oneroster", "workbook", "A", "B"])
def test_a_file_under_another_name_is_read_or_refused(
    small: dict[str, Path], journal: Journal, tmp_path: Path, name: str, suffix: str
) -> None:
    path = tmp_path / f"7А 2025-2026{suffix}"
    shutil.copy(small[name], path)
    assert outcome(journal, path) is None


@pytest.mark.long
@pytest.mark.parametrize(
    "sample",
    sorted(path.name for path in FORMATS.iterdir()),
)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=_FIXTURES)
@given(member=st.integers(0, 999), **_SPOIL)
def test_samples_of_all_formats_may_be_spoilt_anywhere(
    tmp_path: Path,
    journal: Journal,
    sample: str,
    member: int,
    place: float,
    junk: bytes,
    *,
    cut: bool,
) -> None:
    path = tmp_path / sample
    if (FORMATS / sample).is_dir():
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(FORMATS / sample, path)
        files = sorted(item for item in path.rglob("*") if item.is_file())
        file = files[member % len(files)]
    else:
        file = shutil.copy(FORMATS / sample, path)
    file.write_bytes(_spoilt(file.read_bytes(), place, junk, cut=cut))
    outcome(journal, path)


# Hostile files, within limits of memory and time


def _archive(path: Path, *members: tuple[str, bytes]) -> Path:
    """A package with further members."""
    zipped(path, tables())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def _with_marks(path: Path, content: bytes) -> Path:
    package = folder(path, tables())
    (package / "marks.csv").write_bytes(content)
    return package


def _crowded(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(100_000):
            archive.writestr(f"{number}.csv", b"")
    return path


def _doubled(path: Path) -> Path:
    zipped(path, tables())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("markz.csv", b"a;b\n1;2\n")
    path.write_bytes(path.read_bytes().replace(b"markz.csv", b"marks.csv"))
    return path


def _nested(path: Path) -> Path:
    """Archives in archives, all in all of many gigabytes."""
    content = b"0" * (8 << 20)
    for depth in range(4):
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(8):
                archive.writestr(f"{depth}-{number}.zip", content)
        content = inner.getvalue()
    path.write_bytes(content)
    return path


def _book(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """A good workbook of the package, one of its parts exchanged."""
    whole = io.BytesIO()
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in tables().items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append([cell or None for cell in line.split(";")])
    book.save(whole)
    with (
        zipfile.ZipFile(whole) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return path


_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "'
    + b"ha" * 50
    + b'">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (98 + depth, b"&%c;" % (97 + depth) * 50) for depth in range(8)
    )
    + b"]>"
)


def _laughing(name: str, content: bytes) -> bytes:
    if name != "xl/worksheets/sheet1.xml":
        return content
    return _LAUGHS + content.split(b"?>", 1)[-1].replace(b"<t>", b"<t>&i;", 1)


def _swollen(name: str, content: bytes) -> bytes:
    if name != "xl/worksheets/sheet1.xml":
        return content
    return content.replace(b"</sheetData>", b"<row/>" * 4_000_000 + b"</sheetData>")


def _wide(name: str, content: bytes) -> bytes:
    cell = b'<c r="XFD1" t="inlineStr"><is><t>x</t></is></c>'
    return content.replace(b"</row>", cell + b"</row>", 1) if "sheet1.xml" in name else content


def _far(name: str, content: bytes) -> bytes:
    row = b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    return (
        content.replace(b"</sheetData>", row + b"</sheetData>") if "sheet1.xml" in name else content
    )


def _sheet_of(data: Iterable[bytes]) -> Callable[[str, bytes], bytes]:
    """Put rows into the sheet of marks behind what it has."""
    marks = f"xl/worksheets/sheet{list(tables()).index('marks') + 1}.xml"

    def change(name: str, content: bytes) -> bytes:
        if name != marks:
            return content
        return content.replace(b"</sheetData>", b"".join(data) + b"</sheetData>")

    return change


def _texts(path: Path, data: Iterable[bytes]) -> Path:
    """A good workbook with a list of texts, which Excel keeps apart from the cells."""
    leads = (
        b'<Relationship Id="texts" Type="/sharedStrings" Target="texts.xml"/></Relationships>',
        b"</Relationships>",
    )
    _book(
        path,
        lambda name, content: content.replace(*leads[::-1]) if "book.xml.rels" in name else content,
    )
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/texts.xml", "w") as stream,
    ):
        stream.write(b"<sst>")
        stream.writelines(data)
        stream.write(b"</sst>")
    return path


def _numbered(piece: bytes) -> Iterator[bytes]:
    return (piece % number for number in range(5_000_000))


def _rows(cells: bytes, first: int = 100, last: int = 1 << 20) -> Iterator[bytes]:
    """Rows of a sheet; `@` in the cells is the number of the row."""
    for line in range(first, last + 1):
        number = b"%d" % line
        yield b'<row r="%b">%b</row>' % (number, cells.replace(b"@", number))


HEAD = "Группа;Дата;№ урока;Учащийся;Отметка\n".encode()

HOSTILE: dict[str, Callable[[Path], Path]] = {
    "ratio": lambda path: _archive(path / "x.zip", ("consents.csv", b"0" * (64 << 20))),
    "nested": lambda path: _nested(path / "x.zip"),
    "crowd": lambda path: _crowded(path / "x.zip"),
    "outside": lambda path: _archive(path / "x.zip", ("../../marks.csv", b"a;b")),
    "double": lambda path: _doubled(path / "x.zip"),
    "nul": lambda path: _with_marks(path / "x", HEAD + b"\0;1;1;1;5\n"),
    "long field": lambda path: _with_marks(path / "x", HEAD + b"a" * (100 << 20)),
    "quoted field": lambda path: _with_marks(path / "x", HEAD + b'"' + b"a\n" * (50 << 20)),
    "open quote": lambda path: _with_marks(path / "x", HEAD + b'7;"01.09.2025;1;1;5\n' * 1001),
    "columns": lambda path: _with_marks(path / "x", HEAD[:-1] + b";x" * 10_000 + b"\n1\n"),
    "columns of a row": lambda path: _with_marks(path / "x", HEAD + b";x" * 10_000 + b"\n"),
    "laughs": lambda path: _book(path / "x.xlsx", _laughing),
    "swollen sheet": lambda path: _book(path / "x.xlsx", _swollen),
    "columns of a sheet": lambda path: _book(path / "x.xlsx", _wide),
    "far row": lambda path: _book(path / "x.xlsx", _far),
    "empty rows": lambda path: _book(path / "x.xlsx", _sheet_of(_rows(b""))),
    "far cells": lambda path: _book(path / "x.xlsx", _sheet_of(_rows(b'<c r="XFD@"><v>1</v></c>'))),
    "cells without end": lambda path: _book(
        path / "x.xlsx", _sheet_of([b"<row>", *_numbered(b'<c s="%d"/>'), b"</row>"])
    ),
    "full cells": lambda path: _book(
        path / "x.xlsx", _sheet_of(_rows(b"<c><v>1</v></c>" * 10, last=900_000))
    ),
    "one cell": lambda path: _book(
        path / "x.xlsx",
        _sheet_of([b'<row><c t="str"><v>', b"x" * (180 << 20), b"</v></c></row>"]),
    ),
    "one cell in pieces": lambda path: _book(
        path / "x.xlsx",
        _sheet_of([b'<row><c t="str"><v>', b"<![CDATA[xxxxxxxx]]>" * 5_000_000, b"</v></c></row>"]),
    ),
    "one tag": lambda path: _book(
        path / "x.xlsx",
        _sheet_of([b"<row ", *_numbered(b'a%d="" '), b"/>"]),
    ),
    "strange tags": lambda path: _book(path / "x.xlsx", _sheet_of(_numbered(b'<x a="%d"/>'))),
    "deep tags": lambda path: _book(path / "x.xlsx", _sheet_of(_numbered(b'<x a="%d">'))),
    "texts": lambda path: _texts(path / "x.xlsx", _numbered(b"<si><t>%d</t></si>")),
    "wide texts": lambda path: _texts(
        path / "x.xlsx",
        (
            b"<si><t>%d%b\xf0\x9f\x98\x80</t></si>" % (number, secrets.token_hex(5000).encode())
            for number in range(5000)
        ),
    ),
    "empty texts": lambda path: _texts(path / "x.xlsx", _numbered(b'<si a="%d"/>')),
    "laughing texts": lambda path: _texts(path / "x.xlsx", [b"<si><t>&i;</t></si>"]),
    "a text of many cells": lambda path: _book(
        path / "x.xlsx",
        _sheet_of(_rows(b'<c t="s"><v>1</v></c>' * 12, last=200_000)),
    ),
}
HARMLESS = {"columns of a sheet", "columns", "far row", "empty rows", "strange tags"}
"""These may as well be read: what is strange is told or left out."""

_CHILD = """
import json, resource, sys
from pathlib import Path
from journal_samples import bring
from docgen.core.errors import InputFault
from docgen.journal.store import Journal
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
path = Path(sys.argv[1])
told = {"fault": "", "where": ""}
with Journal.open(path / "journal.sqlite") as journal:
    try:
        bring(journal, next(item for item in path.iterdir() if item.name.startswith("x")))
    except InputFault as fault:
        told = {"fault": fault.message, "where": fault.where}
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
told["megabytes"] = int(peak.split()[1]) >> 10
print(json.dumps(told))
"""
"""An import in a process of its own, which the system ends after 20 seconds of work."""


@pytest.mark.long
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_neither_memory_nor_time(tmp_path: Path, name: str) -> None:
    HOSTILE[name](tmp_path)
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, str(tmp_path)],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-2000:]
    told = json.loads(child.stdout)
    assert told["megabytes"] < 500
    if name not in HARMLESS:
        assert told["fault"]
        assert "x" in told["where"]
