"""The HTML of a letter as DOCX: text, styles, tables, numbering, stable bytes."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn

from docgen.rendering import templates
from docgen.rendering.docx import docx_bytes

MOMENT = dt.datetime(2026, 9, 1, 10, 30, tzinfo=dt.UTC)

LETTER = """{% extends "_shared/letter.html" %}
{% import "_shared/letter_macros.html" as m %}
{% block title %}Заявление{% endblock %}
{% block body %}
<div class="addressee"><p>Директору</p><p>{{ name }}</p></div>
<h1>ЗАЯВЛЕНИЕ</h1>
<p class="indent">Прошу <b>дать</b> доступ <i>к журналу</i>
 {{ m.fill(60, "Ким Вера") }} и {{ m.fill(40) }}.</p>
<ol><li>Первый<ol><li>Подпункт</li></ol></li><li>Второй</li></ol>
<ol><li>Снова первый</li></ol>
<table><thead><tr><th style="width:10mm">№</th><th>Имя</th><th>Класс</th></tr></thead>
<tr><td rowspan="2">1</td><td>Ким</td><td>7А</td></tr><tr><td colspan="2">вместе</td></tr></table>
<hr>
{{ m.signature("Директор", "М.П. Иванова") }}
{% endblock %}
"""


@pytest.fixture
def page(tmp_path: Path) -> str:
    folder = tmp_path / "letter"
    folder.mkdir()
    (folder / "template.html").write_text(LETTER, encoding="utf-8")
    return templates.render("letter/template.html", {"name": "Иванова <&> «М.»"}, tmp_path)


def opened(*pages: str) -> Document:
    return docx.Document(io.BytesIO(docx_bytes(pages, MOMENT)))


def texts(book: Document) -> list[str]:
    return [paragraph.text for paragraph in book.paragraphs if paragraph.text]


def test_no_text_is_lost_and_signs_of_markup_stay_letters(page: str) -> None:
    book = opened(page)
    assert texts(book) == [
        "Директору",
        "Иванова <&> «М.»",
        "ЗАЯВЛЕНИЕ",
        "Прошу дать доступ к журналу __________Ким Вера__________ и ___________________.",
        "Первый",
        "Подпункт",
        "Второй",
        "Снова первый",
    ]
    grid, signature = book.tables
    assert [cell.text for cell in grid.rows[0].cells] == ["№", "Имя", "Класс"]
    assert [cell.text for cell in grid.rows[2].cells] == ["1", "вместе", "вместе"]
    assert signature.rows[0].cells[0].text == "Директор"


def test_headings_and_emphasis_are_styles_a_person_can_edit(page: str) -> None:
    book = opened(page)
    heading = next(item for item in book.paragraphs if item.text == "ЗАЯВЛЕНИЕ")
    assert heading.style is not None
    assert heading.style.name == "Heading 1"
    runs = {run.text: run for paragraph in book.paragraphs for run in paragraph.runs}
    assert runs["дать"].bold
    assert runs["к журналу"].italic
    assert runs["Ким Вера"].underline
    assert book.tables[0].style is not None
    assert book.tables[0].style.name == "Table Grid"


def test_every_list_is_numbered_anew_and_points_have_levels(page: str) -> None:
    book = opened(page)
    numbers = {}
    for paragraph in book.paragraphs:
        properties = paragraph._p.pPr.numPr if paragraph._p.pPr is not None else None
        if properties is not None:
            numbers[paragraph.text] = (properties.numId.val, properties.ilvl.val)
    assert numbers["Первый"][1] == 0
    assert numbers["Подпункт"] == (numbers["Первый"][0], 1)
    assert numbers["Второй"] == numbers["Первый"]
    assert numbers["Снова первый"][0] != numbers["Первый"][0]


def test_dashes_within_a_numbered_list_stay_dashes() -> None:
    lists = "<ol><li>один<ul><li>раз</li></ul></li><li>два</li></ol>"
    book = opened(f'<html><body data-margins="20 10 20 20">{lists}</body></html>')
    numbers = {
        text.text: text._p.pPr.numPr.numId.val
        for text in book.paragraphs
        if text._p.pPr is not None and text._p.pPr.numPr is not None
    }
    kinds = {
        row.get(qn("w:numId")): row.find(qn("w:abstractNumId")).get(qn("w:val"))
        for row in book.part.numbering_part.element.iterchildren(qn("w:num"))
    }
    assert kinds[str(numbers["один"])] != kinds[str(numbers["раз"])]


def test_the_head_of_a_table_stands_on_every_page_and_rows_are_not_torn(page: str) -> None:
    rows = opened(page).tables[0].rows
    heads = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in rows]
    assert heads == [True, False, False]
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in rows)


def test_a_booklet_begins_every_letter_on_a_page_numbered_from_one(page: str) -> None:
    book = opened(page, page, page)
    assert texts(book).count("ЗАЯВЛЕНИЕ") == 3
    starts = [section._sectPr.findall(qn("w:pgNumType")) for section in book.sections]
    assert [[row.get(qn("w:start")) for row in rows] for rows in starts] == [["1"]] * 3
    assert all(section.different_first_page_header_footer for section in book.sections)


def test_page_and_margins_are_those_of_the_template(page: str) -> None:
    (section,) = opened(page).sections
    size = (section.page_width, section.page_height, section.left_margin, section.right_margin)
    assert [round(part.mm) for part in size if part is not None] == [210, 297, 20, 10]


def test_equal_letters_give_equal_bytes_with_the_given_date_alone(page: str) -> None:
    first = docx_bytes([page], MOMENT)
    assert first == docx_bytes([page], MOMENT)
    with zipfile.ZipFile(io.BytesIO(first)) as book:
        assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = book.read("docProps/core.xml").decode()
    assert core.count("2026-09-01T10:30:00Z") == 2
    assert "Заявление" in core


# Where the schema of WordprocessingML wants what is put in by hand (ISO/IEC 29500-1, A.1).
ORDER = {
    "tblPr": ("tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblCellMar", "tblLook"),
    "tcPr": ("tcW", "gridSpan", "vMerge", "tcBorders", "shd", "vAlign"),
    "pPr": ("pStyle", "keepNext", "pageBreakBefore", "numPr", "pBdr", "spacing", "ind", "jc"),
    "sectPr": ("headerReference", "type", "pgSz", "pgMar", "pgNumType", "cols", "titlePg"),
    "lvl": ("start", "numFmt", "lvlText", "lvlJc", "pPr"),
}


def test_elements_stand_in_the_order_of_the_schema(page: str) -> None:
    book = opened(page, page)
    trees = (book.element, book.part.numbering_part.element)
    for name, order in ORDER.items():
        found = [node for tree in trees for node in tree.iter(qn(f"w:{name}"))]
        assert found
        for node in found:
            tags = [child.tag.rpartition("}")[2] for child in node]
            places = [order.index(tag) for tag in tags if tag in order]
            assert places == sorted(places), (name, tags)
