"""Workbooks as a stream: values and places of cells, whatever program has written the parts."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from journal_samples import DATA, bring, folder, tables
from openpyxl import Workbook, load_workbook

from docgen.core.errors import InputFault
from docgen.journal.sources import xlsx, xlsx_parts
from docgen.journal.sources.xlsx_cells import Lost, Value
from docgen.journal.store import Journal

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SAVED = sorted(path for path in DATA.rglob("*.xlsx") if path.name != "locked.xlsx")

STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts count="3">
<numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy"/><numFmt numFmtId="165" formatCode="[Red]0.0"/>
<numFmt numFmtId="166" formatCode="&quot;день &quot;0"/></numFmts>
<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/>
<xf numFmtId="166"/><xf numFmtId="20"/><xf numFmtId="46"/></cellXfs>
<dxfs><dxf><numFmt numFmtId="165" formatCode="dd/mm"/></dxf></dxfs></styleSheet>"""
DECLARED = b'<?xml version="1.0"?>'
TEXTS = f"""{DECLARED.decode()}<sst xmlns="{MAIN}"><si><t>раз</t></si>
<si><r><t>Ива</t></r><r><t xml:space="preserve">нов </t></r><rPh><t>фон</t></rPh></si>
<si/><si><t>а_x000D_б</t></si></sst>"""


def parts(sheet: str, *, settings: str = "") -> dict[str, bytes]:
    """A workbook by hand, with one sheet."""

    def relations(*links: tuple[str, str]) -> str:
        inner = "".join(
            f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(links)
        )
        return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'

    made = {
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{settings}<sheets>'
        '<sheet name="Л" sheetId="1" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("worksheet", "worksheets/sheet1.xml"),
            ("styles", "styles.xml"),
            ("sharedStrings", "/xl/sharedStrings.xml"),
        ),
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": TEXTS,
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>',
    }
    return {name: text.encode() for name, text in made.items()}


def read(made: dict[str, bytes]) -> list[tuple[int, list[Value]]]:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in made.items():
            archive.writestr(name, part)
    with xlsx.worksheets(content, "к.xlsx") as sheets:
        (sheet,) = sheets
        assert sheet.title == "Л"
        return list(sheet.rows())


def rows(data: str, *, settings: str = "") -> list[tuple[int, list[Value]]]:
    return read(parts(f"<sheetData>{data}</sheetData>", settings=settings))


def cells(data: str) -> list[Value]:
    ((line, values),) = rows(f'<row r="1">{data}</row>')
    assert line == 1
    return values


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
def test_a_saved_workbook_reads_as_openpyxl_reads_it(path: Path) -> None:
    known = load_workbook(path, read_only=True, data_only=True)
    with path.open("rb") as stream, xlsx.worksheets(stream, path.name) as sheets:
        assert [sheet.title for sheet in sheets] == known.sheetnames
        for sheet in sheets:
            theirs = {
                (cell.row, cell.column): cell.value
                for row in known[sheet.title].iter_rows()
                for cell in row
                if cell.value not in {None, ""}
            }
            ours = {
                (line, place): value
                for line, values in sheet.rows()
                for place, value in enumerate(values, start=1)
                if value not in {None, ""}
            }
            assert ours == theirs
    known.close()


# Places


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('<row r="3"><c r="C3"><v>5</v></c></row>', [(3, [None, None, 5])]),
        ("<row><c><v>1</v></c><c/><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>",
         [(1, [1, None, 2]), (3, [3])]),
        ('<row r="1"><c r="AB1"><v>1</v></c><c><v>2</v></c></row>', [(1, [None] * 27 + [1, 2])]),
        ('<row r="2" hidden="1"><c r="A2"><v>1</v></c><c r="B2"/></row>', [(2, [1])]),
        ('<row r="1048576"><c r="C1048576"><v>1</v></c></row>', [(1048576, [None, None, 1])]),
        ("", []),
    ],
)  # fmt: skip
def test_every_value_has_the_place_it_has_in_excel(data: str, expected: list[object]) -> None:
    assert rows(data) == expected


@pytest.mark.parametrize(
    "data",
    [
        '<row r="3"/><row r="1"/>',
        '<row r="0"/>',
        '<row r="1048577"/>',
        '<row r="x"/>',
        '<row r="1"><c r="B1"/><c r="A1"/></row>',
        '<row r="1"><c r="A1"/><c r="A1"/></row>',
        '<row r="1"><c r="A2"/></row>',
        '<row r="1"><c r="XFE1"/></row>',
        '<row r="1"><c r="ZZZZ99999999999"/></row>',
        '<row r="1"><c r="??"/></row>',
        '<row r="1"><c r="XFD1"/><c/></row>',
    ],
)
def test_a_place_no_sheet_has_is_a_damage(data: str) -> None:
    with pytest.raises(InputFault, match="не открывается"):
        rows(data)


@pytest.mark.parametrize("dimension", ["A1", "A1:XFD1048576", "чепуха"])
def test_what_a_sheet_says_of_its_size_does_not_count(dimension: str) -> None:
    data = '<sheetData><row r="1"><c r="D1"><v>2</v></c></row></sheetData>'
    made = parts(
        f'<dimension ref="{dimension}"/>{data}<mergeCells><mergeCell ref="D1:Z9"/></mergeCells>'
    )
    assert read(made) == [(1, [None, None, None, 2])]


# Values


def test_numbers_keep_their_value_and_texts_their_look() -> None:
    assert cells(
        "<c><v>5</v></c><c><v>5.0</v></c><c><v>4.4999999999999996</v></c><c><v>12345678901234567</v></c>"
        '<c><v>1E2</v></c><c t="str"><v>05</v></c><c t="str"><v> x&#10;y </v></c><c><v> 5 </v></c>'
    ) == [5, 5.0, 4.5, 12345678901234567, 100.0, "05", " x\ny ", 5.0]


def test_texts_are_found_by_their_number_or_in_the_cell() -> None:
    assert cells(
        '<c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c><c t="s"><v>3</v></c>'
        '<c t="inlineStr"><is><r><t>а</t></r><r><t xml:space="preserve"> б</t></r>'
        '<rPh sb="0"><t>фон</t></rPh></is></c>'
        '<c t="inlineStr"/><c t="inlineStr"><is><t>в</t></is></c>'
    ) == ["раз", "Иванов ", None, "а\rб", "а б", None, "в"]


def test_dates_are_told_from_numbers_by_the_format_of_their_cell() -> None:
    day = dt.datetime(2025, 9, 1)  # noqa: DTZ001 - a worksheet knows no zones
    assert cells(
        '<c s="1"><v>45901</v></c><c s="2"><v>45901</v></c><c s="2"><v>45901.5</v></c>'
        '<c s="3"><v>45901</v></c><c s="4"><v>3</v></c><c s="5"><v>0.5</v></c>'
        '<c s="6"><v>1.5</v></c>'
        '<c t="d"><v>2025-09-01</v></c><c s="1" t="s"><v>0</v></c><c s="1"><v>29584650</v></c>'
    ) == [
        day, day, day.replace(hour=12), 45901, 3, dt.time(12), dt.timedelta(days=1.5), day, "раз",
        29584650,
    ]  # fmt: skip


def test_days_may_be_counted_from_1904() -> None:
    data = '<row><c s="1"><v>44439</v></c></row>'
    day = dt.datetime(2025, 9, 1)  # noqa: DTZ001 - a worksheet knows no zones
    assert rows(data, settings='<workbookPr date1904="1"/>') == [(1, [day])]


def test_errors_and_truths_are_values_too() -> None:
    assert cells(
        '<c t="b"><v>1</v></c><c t="b"><v>0</v></c>'
        '<c t="e"><v>#N/A</v></c><c t="e"><v>#NEW!</v></c>'
    ) == [True, False, "#N/A", "#NEW!"]


def test_a_formula_whose_result_was_not_saved_is_not_an_empty_cell() -> None:
    assert cells(
        "<c><f>1+1</f><v>2</v></c><c><f>1+1</f></c><c><f>1+1</f><v/></c><c t='str'><f>A1</f></c>"
        "<c t='str'><f>A1</f><v></v></c><c><v>1</v></c>"
    ) == [2, Lost.RESULT, Lost.RESULT, Lost.RESULT, None, 1]


@pytest.mark.parametrize(
    "cell",
    [
        '<c t="s"><v>9</v></c>',
        '<c t="s"><v>-1</v></c>',
        '<c s="99"><v>1</v></c>',
        '<c t="x"><v>1</v></c>',
        "<c><v>пять</v></c>",
        "<c><v>NaN</v></c>",
        "<c><v>1e999</v></c>",
    ],
)
def test_a_cell_that_means_nothing_is_a_damage(cell: str) -> None:
    with pytest.raises(InputFault, match="не открывается") as caught:
        cells(cell)
    assert caught.value.where == "к.xlsx, лист «Л»"


# Parts


PLAIN = "<worksheet><sheetData>\n<row>\n<c>\n<v>7</v>\n</c></row>\n</sheetData></worksheet>"
DRESSES = {
    "strict": PLAIN.replace("sheet>", 'sheet xmlns="http://purl.oclc.org/ooxml/main">', 1),
    "prefix": PLAIN.replace("<", "<x:").replace("<x:/", "</x:").replace("t>", 't xmlns:x="x">', 1),
    "UTF-16": f'<?xml version="1.0" encoding="UTF-16"?>{PLAIN}',
}


@pytest.mark.parametrize("name", DRESSES)
def test_a_sheet_in_another_dress_is_the_same_sheet(name: str) -> None:
    made = parts("")
    made["xl/worksheets/sheet1.xml"] = DRESSES[name].encode(
        "utf-16" if name == "UTF-16" else "utf-8"
    )
    assert read(made) == [(1, [7])]


def test_names_of_parts_may_differ_in_case_and_slashes() -> None:
    made = parts('<sheetData><row><c t="s"><v>0</v></c></row></sheetData>')
    made["xl/SharedStrings.xml"] = made.pop("xl/sharedStrings.xml")
    made["xl\\worksheets\\sheet1.xml"] = made.pop("xl/worksheets/sheet1.xml")
    assert read(made) == [(1, ["раз"])]


@pytest.mark.parametrize("name", [name for name in parts("") if "styles" not in name])
def test_a_part_that_is_missing_or_cut_is_a_damage(name: str) -> None:
    for change in ("missing", "cut", "DOCTYPE"):
        made = parts('<sheetData><row><c t="s"><v>0</v></c></row></sheetData>')
        whole = made.pop(name)
        if change == "cut":
            made[name] = whole[: len(whole) // 2]
        if change == "DOCTYPE":
            made[name] = b'<!DOCTYPE x [<!ENTITY a "a">]>' + whole.removeprefix(DECLARED)
        with pytest.raises(InputFault, match="не открывается"):
            read(made)


def test_a_sheet_wide_and_empty_is_too_large() -> None:
    far = "".join(f'<row r="{line}"><c r="XFD{line}"><v>1</v></c></row>' for line in range(1, 1300))
    with pytest.raises(InputFault, match="слишком велика"):
        rows(far)


@pytest.mark.parametrize(
    "data",
    ["<x>" * 30_000 + "</x>" * 30_000, f'<row a="{"x" * (3 << 19)}"/>'],
    ids=["deep", "long"],
)
def test_tags_that_are_deep_or_long_are_too_large(data: str) -> None:
    with pytest.raises(InputFault, match="слишком велика"):
        rows(data)


@pytest.mark.parametrize(
    ("module", "limit"),
    [
        (xlsx, "UNPACKED_LIMIT"),
        (xlsx, "TAGS_LIMIT"),
        (xlsx_parts, "TEXTS_LIMIT"),
        (xlsx_parts, "TEXTS_COUNT"),
    ],
)
def test_a_workbook_above_a_limit_is_too_large(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, limit: str
) -> None:
    monkeypatch.setattr(xlsx, "UNPACKED_RATIO", 0)
    monkeypatch.setattr(xlsx, "TAGS_RATIO", 0)
    made = parts('<sheetData><row><c t="s"><v>0</v></c></row></sheetData>')
    assert read(made) == [(1, ["раз"])]
    monkeypatch.setattr(module, limit, 3)
    with pytest.raises(InputFault, match="слишком велика"):
        read(made)


def test_a_text_in_many_pieces_is_too_large() -> None:
    with pytest.raises(InputFault, match="слишком велика"):
        rows('<row><c t="str"><v>' + "<![CDATA[много]]>" * 300_000 + "</v></c></row>")


def test_a_sheet_of_charts_has_no_rows() -> None:
    made = parts("<sheetData><row><c><v>7</v></c></row></sheetData>")
    charts = made["xl/workbook.xml"].replace(
        b"<sheets>", '<sheets><sheet name="Д" sheetId="2" r:id="r1"/>'.encode()
    )
    assert read(made | {"xl/workbook.xml": charts}) == [(1, [7])]


# What people are told


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite") as opened:
        yield opened


def _package(target: Path, formula: str) -> Path:
    """A package as a workbook, in the first mark of which stands a formula without a result."""
    book = Workbook()
    book.remove(book.active)
    for name, lines in tables().items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append([cell or None for cell in line.split(";")])
    book["marks"]["G2"] = formula
    book.save(target)
    return target


def test_a_table_with_formulas_without_results_is_told_of(journal: Journal, tmp_path: Path) -> None:
    notes = bring(journal, _package(tmp_path / "school.xlsx", "=1/2")).notes
    (note,) = [item for item in notes if item.code == "WS-08"]
    assert (note.params["count"], note.params["cell"]) == ("1", "G2")
    assert note.where == "school.xlsx, лист «marks»"


def test_a_workbook_nobody_knows_is_refused_for_what_is_wrong_with_it(
    journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "x.xlsx"
    made = parts("<sheetData><row><c><v>пять</v></c></row></sheetData>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in made.items():
            archive.writestr(name, part)
    with pytest.raises(InputFault, match="не открывается") as caught:
        bring(journal, path)
    assert "x.xlsx, лист «Л»" in caught.value.where


def _old_and_locked(target: Path) -> Path:
    """An old XLS, a record of which becomes the one that tells of a password."""
    with zipfile.ZipFile(DATA / "formats" / "layout-b.zip") as archive:
        content = archive.read("7А.xls")
    start = content.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    target.write_bytes(content[:start] + b"\x2f\x00" + content[start + 2 :])
    return target


def test_a_workbook_with_a_password_is_told(journal: Journal, tmp_path: Path) -> None:
    within = folder(tmp_path / "folder", {})
    shutil.copy(DATA / "locked.xlsx", within / "7А.xlsx")
    with pytest.raises(InputFault, match="закрыта паролем"):
        bring(journal, within, source_name="worksheets")
    new = shutil.copy(DATA / "locked.xlsx", tmp_path / "7А.xlsx")
    for path in (new, _old_and_locked(tmp_path / "7А.xls")):
        with pytest.raises(InputFault, match="закрыта паролем"):
            bring(journal, path)
