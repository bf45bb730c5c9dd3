"""Bound volumes: numbers, contents, duplex, splitting, PDF/A, equal bytes, page edges."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import segno
from copies import (
    Volume,
    blanks,
    bound,
    class_journal,
    code,
    copy_context,
    faces,
    group,
    lessons,
    pupil,
    staying,
)
from pdfa import breaches
from PIL import Image

from docgen.binding.entries import Drawing
from docgen.binding.pages import break_flow
from docgen.binding.plan import Printing
from docgen.core.errors import TemplateFault
from docgen.journal.model import ClassJournal, Mark
from docgen.rendering.blank import Blank, Slot
from docgen.rendering.sheet import BlankReference, Code, Cross, Flow, Grid, Line, Rows, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = "Повторение изученного: решение уравнений и неравенств, подготовка к работе; "
SUMMARIES = (
    "Сведения о пропущенных уроках",
    "Сводная ведомость учёта посещаемости",
    "Сводная ведомость учёта успеваемости",
)


def journal_of(subjects: int, given: int = 6) -> ClassJournal:
    groups = [group(f"Предмет {number:03}", order=number) for number in range(1, subjects + 1)]
    return class_journal([], [(of, lessons(of, given)) for of in groups])


@cache
def one_volume() -> Volume:
    (volume,) = bound(class_journal())
    return volume


def numbers(volume: Volume) -> list[str]:
    """The sheet numbers as they are written, "" for a page without one."""
    found = []
    for page in volume.plan.pages:
        texts = [e.text for e in page.entries if isinstance(e, Line) and e.slot == "sheet_number"]
        found.append(texts[0] if texts else "")
    return found


def test_a_volume_holds_its_sheets_in_the_order_of_a_paper_journal() -> None:
    assert [bookmark.title for bookmark in one_volume().plan.bookmarks] == [
        "Титульный лист",
        "Оглавление",
        "Алгебра",
        *SUMMARIES,
        "Внутренняя опись",
        "Лист-заверитель",
    ]


def test_every_sheet_has_its_number_once_and_in_order() -> None:
    assert numbers(one_volume()) == ["1", "2", "3", "4", "5", "6", "7", "оп. 1", ""]
    for number, text in zip(numbers(one_volume()), one_volume().texts, strict=True):
        assert number in text


def test_contents_and_inventory_name_the_true_sheets() -> None:
    (volume,) = bound(journal_of(32))
    contents = " ".join(volume.pages_of("Оглавление"))
    inventory = " ".join(volume.pages_of("Внутренняя опись"))
    assert len(volume.pages_of("Оглавление")) == 2
    assert len(volume.pages_of("Внутренняя опись")) == 2
    for number, row in enumerate(volume.plan.rows, start=1):
        assert f"{number} {row.title} Кленова О.П. {row.sheets}" in contents
        assert f"{number + 2} 02-15 25.10.2025 {row.title} {row.sheets}" in inventory
        for sheet in range(row.first, row.last + 1):
            assert row.title in volume.text(sheet - 1)
    assert "Итого: 37 (тридцать семь) документов." in inventory
    assert "внутренней описи: 2 (два) листа" in inventory


def test_the_certifying_sheet_says_how_many_sheets_are_numbered() -> None:
    plan = one_volume().plan
    last = one_volume().text(-1)
    assert plan.sheets == 7
    assert "7 (семь) листов" in last
    assert "с № 1 по № 7" in last
    assert "листов внутренней описи: 1 (один)" in last
    assert "Листов в томе" in one_volume().text(0)


def test_bookmarks_and_page_labels_are_read_as_they_were_written() -> None:
    reader = one_volume().reader
    outline = [item for item in reader.outline if not isinstance(item, list)]
    assert [item["/Title"] for item in outline][:3] == ["Титульный лист", "Оглавление", "Алгебра"]
    assert [reader.get_destination_page_number(item) for item in outline][:4] == [0, 1, 2, 4]
    labels = ["1", "2", "3", "4", "5", "6", "7", "опись-1", "заверитель"]
    assert reader.page_labels == labels
    assert [page.label for page in one_volume().plan.pages] == labels


def test_a_case_of_more_than_250_sheets_is_split_between_subjects() -> None:
    first, second = bound(journal_of(130))
    for number, volume in enumerate((first, second), start=1):
        plan = volume.plan
        assert plan.sheets <= 250
        assert numbers(volume)[: plan.sheets] == [str(n) for n in range(1, plan.sheets + 1)]
        assert plan.title.endswith(f"том {number} из 2")
        assert f"{number} из 2" in volume.text(0)
        assert f"том {number} из 2" in volume.text(-1)
        assert f"{plan.sheets} (" in volume.text(-1)
    titles = [row.title for volume in (first, second) for row in volume.plan.rows]
    assert titles == [f"Предмет {number:03}" for number in range(1, 131)] + [*SUMMARIES]


def test_a_subject_longer_than_a_volume_goes_on_in_the_next_one() -> None:
    algebra = group()
    volumes = bound(
        class_journal([], [(algebra, lessons(algebra, 10, LONG * 60))]), Printing(max_sheets=8)
    )
    assert all(volume.plan.sheets <= 8 for volume in volumes)
    assert len(volumes) > 1
    parts = [row for volume in volumes for row in volume.plan.rows if row.title == "Алгебра"]
    pages = sum(row.last - row.first + 1 for row in parts)
    (whole,) = bound(class_journal([], [(algebra, lessons(algebra, 10, LONG * 60))]))
    assert pages == len(whole.pages_of("Алгебра"))


def test_two_sided_printing_counts_sheets_of_paper_and_numbers_the_fronts() -> None:
    (volume,) = bound(journal_of(3), Printing(duplex=True))
    plan = volume.plan
    # Title and contents on one sheet, then nine pages of subjects and summaries.
    assert plan.sheets == 6
    fronts = ["1", "2", "3", "4", "5", "6", "оп. 1", ""]
    assert numbers(volume)[::2] == fronts
    assert set(numbers(volume)[1::2]) == {""}


def test_on_two_sides_inventory_and_certifying_sheet_begin_fresh_sheets() -> None:
    for subjects in (1, 2, 3, 40):
        (volume,) = bound(journal_of(subjects), Printing(duplex=True))
        starts = {mark.title: mark.page for mark in volume.plan.bookmarks}
        assert starts["Внутренняя опись"] % 2 == 0
        assert starts["Лист-заверитель"] % 2 == 0
        assert starts["Внутренняя опись"] // 2 == volume.plan.sheets
        assert starts["Лист-заверитель"] // 2 == volume.plan.sheets + volume.plan.inventory_sheets
        assert volume.reader.page_labels == [page.label for page in volume.plan.pages]
        assert len(set(volume.reader.page_labels)) == len(volume.plan.pages)


def test_on_two_sides_the_binding_margin_lies_inside() -> None:
    (volume,) = bound(class_journal(), Printing(duplex=True))
    front, back = volume.reader.pages[0], volume.reader.pages[1]
    assert b" cm " not in front.get_contents().get_data()[:40]
    assert back.get_contents().get_data().startswith(b"q 1 0 0 1 -42.52 0 cm ")


def test_the_teacher_signs_every_sheet_of_the_subject_and_none_is_empty() -> None:
    algebra = group()
    rows = list(lessons(algebra, 30, LONG))
    rows[3] = replace(rows[3], topic=LONG * 70)
    (volume,) = bound(class_journal([], [(algebra, tuple(rows))]))
    pages = volume.pages_of("Алгебра")
    assert len(pages) > 3
    for page in pages:
        assert "Кленова О.П." in page.replace("Учитель: Кленова О.П.", "")
        assert "(подпись)" in page
        assert "уравнений" in page or "Берёзов01" in page


@pytest.mark.parametrize("length", [900, 5000])
def test_a_long_topic_is_printed_whole_over_as_many_pages_as_it_needs(length: int) -> None:
    words = " ".join(f"слово{number}" for number in range(length // 8))
    algebra = group()
    (volume,) = bound(class_journal([], [(algebra, lessons(algebra, 3, words))]))
    text = " ".join(volume.pages_of("Алгебра")[1:]).replace("- ", "").replace(" ", "")
    for number in range(length // 8):
        assert text.count(f"слово{number}") >= 3


def test_a_word_without_a_break_stays_in_its_column() -> None:
    blank = blanks().get(BlankReference.of("topics-sheet"))
    flow = Flow(("topic",), (("Ж" * 200,),))
    ((row,),) = break_flow(flow, blank, faces())
    width = blank.slots["topic"].width
    assert "".join(row.columns[0]) == "Ж" * 200
    assert all(faces()["regular"].width(line, 9) <= width for line in row.columns[0])


def test_a_page_that_is_just_full_gets_no_empty_one_behind_it() -> None:
    blank = blanks().get(BlankReference.of("topics-sheet"))
    slot = blank.slots["topic"]
    height = slot.size * slot.leading + 3.2
    fitting = int(slot.height / height)
    for count in (fitting, fitting + 1, 2 * fitting):
        pages = list(break_flow(Flow(("topic",), (("Тема",),) * count), blank, faces()))
        assert len(pages) == -(-count // fitting)
        assert all(pages)


def test_a_row_taller_than_a_page_begins_at_once_and_leaves_no_page_empty() -> None:
    blank = blanks().get(BlankReference.of("topics-sheet"))
    pages = list(break_flow(Flow(("topic",), ((LONG * 70,), ("Тема",))), blank, faces()))
    assert all(pages)
    whole = " ".join(line for page in pages for row in page for line in row.columns[0])
    assert whole.replace("- ", "").count("уравнений") == 70


def test_a_name_of_80_letters_takes_two_lines_of_letters_that_can_be_read() -> None:
    blank = blanks().get(BlankReference.of("marks-sheet", rows=25, columns=25, results=0))
    name = "Римская-Корсакова-Мусина-Пушкина-Воронцова-Дашкова-Голенищева-Кутузова-Тянь Анна"
    used: dict[str, set[int]] = {style: set() for style in faces()}
    drawn = Drawing(faces(), used).draw(blank, [Grid("names", ((name,),))]).decode()
    assert drawn.count("Tj") == 2
    assert "Tz" not in drawn
    assert float(re.search(r"([\d.]+) Tf", drawn)[1]) > 6


def hard_journal() -> ClassJournal:
    """Long and odd names, comers and leavers, crowded cells, texts of all sorts."""
    algebra = group()
    literature = group('Литература <и> «речь» & "стиль"', order=2, teachers=("T1", "T2"))
    rows = list(lessons(literature, 30, LONG * 3))
    rows[1] = replace(rows[1], topic="Ж" * 200, homework="https://пример.рф/" + "а" * 200)
    rows[2] = replace(rows[2], topic="漢字 👩\u200d👧 и\u0306 \u00ad", homework="строка\nвторая")
    people = [
        pupil(1, "Римская-Корсакова-Мусина-Пушкина-Воронцова-Дашкова-Голенищева", "Анна-Мария"),
        pupil(2, "О'Ко\"ннор <и> & Ко", "", ""),
        staying(pupil(3), (dt.date(2025, 9, 1), dt.date(2025, 9, 5), "№ 8-у от 05.09.2025")),
        staying(pupil(4), (dt.date(2025, 9, 10), None, "")),
        *(pupil(number) for number in range(5, 46)),
    ]
    where = (algebra.group_id, dt.date(2025, 9, 1), 2)
    marks = [Mark(*where, "S02", number, "4/3") for number in range(1, 6)]
    return class_journal(
        people, [(algebra, lessons(algebra, 52)), (literature, tuple(rows))], marks=marks
    )


def test_a_hard_volume_keeps_to_pdf_a(tmp_path: Path) -> None:
    (volume,) = bound(hard_journal(), Printing(duplex=True))
    path = tmp_path / "том.pdf"
    path.write_bytes(volume.data)
    assert breaches(path) == []


def test_nothing_is_written_outside_its_page() -> None:
    (volume,) = bound(hard_journal())
    for page in volume.plan.pages:
        used: dict[str, set[int]] = {style: set() for style in faces()}
        content = Drawing(faces(), used).draw(page.blank, page.entries).decode()
        boxes = list(_text_boxes(content))
        assert boxes
        for left, bottom, right, top in boxes:
            assert left >= 0
            assert bottom >= 0
            assert right <= page.blank.width
            assert top <= page.blank.height


def _text_boxes(content: str) -> Iterator[tuple[float, float, float, float]]:
    """Boxes of all texts of a page's operators, points; a rotated text grows upwards."""
    style, size, scale = "", 0.0, 100.0
    for words in map(str.split, content.splitlines()):
        if words[-1] == "Tf":
            style, size = words[0][1:], float(words[1])
        elif words[-1] == "Tz":
            scale = float(words[0])
        elif words[-1] == "Tj":
            a, _b, _c, _d, x, y = map(float, words[:6])
            glyphs = re.findall("....", words[7].strip("<>"))
            width = sum(faces()[style].advance(int(glyph, 16)) for glyph in glyphs)
            length = width * size * scale / 100_000
            yield (x, y, x + length, y + size) if a else (x - size, y, x, y + length)


def test_every_cell_of_a_crowded_volume_keeps_its_text_within_its_walls() -> None:
    slot = Slot("cells", 100, 500, 80, 60, rows=4, columns=4, size=10, align="center", pad=0.6)
    blank = Blank("t", 842, 595, {"cells": slot}, b"")
    for text in ("5", "5 4/3 2 О", "незач", "5/4 4/3 3/2 О", "осв"):
        used: dict[str, set[int]] = {style: set() for style in faces()}
        drawn = Drawing(faces(), used).draw(blank, [Grid("cells", (("", text),))]).decode()
        for left, bottom, right, top in _text_boxes(drawn):
            assert left >= 120
            assert right <= 140.1
            assert bottom >= 485 - 1
            assert top <= 502


def test_the_text_of_a_page_is_in_reading_order() -> None:
    algebra = group()
    journal = class_journal(
        [],
        [(algebra, lessons(algebra))],
        marks=[Mark(algebra.group_id, lessons(algebra)[0].date, 2, "S01", 1, "5")],
    )
    page = bound(journal)[0].pages_of("Алгебра")[0]
    assert "1 Берёзов01 Мир 5 2 Берёзов02 Мир 3 Берёзов03 Мир Дано уроков" in page
    assert page.index("Учитель: Кленова") < page.index("сентябрь") < page.index("Берёзов01")
    assert page.rindex("Кленова О.П.") > page.index("Дано уроков")


def test_a_topic_is_read_cell_by_cell() -> None:
    algebra = group()
    topic = "Решение уравнений и неравенств второй степени с одним неизвестным и параметром"
    page = bound(class_journal([], [(algebra, lessons(algebra, 2, topic))]))[0].pages_of("Алгебра")[
        1
    ]
    assert f"1 01.09.2025 {topic} § 1, упр. 5 1 2 02.09.2025 {topic}" in page.replace("- ", "")


def test_the_qr_code_on_the_title_sheet_is_the_one_of_its_text(tmp_path: Path) -> None:
    path = tmp_path / "v.pdf"
    path.write_bytes(one_volume().data)
    subprocess.run(
        [
            "pdftoppm",
            "-r",
            "300",
            "-gray",
            "-f",
            "1",
            "-l",
            "1",
            "-singlefile",
            path,
            tmp_path / "p",
        ],
        check=True,
    )
    picture = Image.open(tmp_path / "p.pgm")
    slot = one_volume().plan.pages[0].blank.slots["code"]
    matrix = segno.make(code(1, 1, 7), error="m", micro=False).matrix
    module = slot.width / (len(matrix) + 8)
    dots = 300 / 72
    height = one_volume().plan.pages[0].blank.height
    for row, bits in enumerate(matrix):
        for column, bit in enumerate(bits):
            x = (slot.x + (column + 4.5) * module) * dots
            y = (height - slot.y + (row + 4.5) * module) * dots
            assert (picture.getpixel((int(x), int(y))) < 128) == bool(bit), (row, column)


def test_the_same_journal_gives_the_same_bytes() -> None:
    again = bound(class_journal())
    assert again[0].data == one_volume().data


def test_a_fresh_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    program = (
        "import sys, hashlib; sys.path[:0] = sys.argv[1:]\n"
        "from copies import bound, class_journal\n"
        "print(hashlib.sha256(bound(class_journal())[0].data).hexdigest())"
    )
    root = Path(__file__).parent
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program, str(root), str(root.parent)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        )
        assert done.stdout.strip() == hashlib.sha256(one_volume().data).hexdigest()


def test_another_mark_gives_other_bytes_and_another_identifier() -> None:
    changed = bound(
        class_journal(marks=[Mark("Алгебра-", lessons(group())[0].date, 2, "S01", 1, "5")])
    )
    one, other = one_volume().reader, changed[0].reader
    assert one.trailer["/ID"] != other.trailer["/ID"]


def test_a_cross_and_a_note_leave_the_ruling_of_their_row_alone() -> None:
    slot = Slot("cells", 100, 500, 200, 100, rows=10, columns=10)
    blank = Blank("t", 842, 595, {"cells": slot}, b"")
    used: dict[str, set[int]] = {style: set() for style in faces()}
    drawn = Drawing(faces(), used).draw(
        blank, [Cross("cells", 1, 2, 4), Span("cells", 3, 0, 9, "выбыл")]
    )
    assert b"140.00 485.00 m 200.00 485.00 l S" in drawn
    cover = re.search(rb"1 g ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f 0 g", drawn)
    x, y, width, height = map(float, cover.groups())
    assert y > 460
    assert y + height < 470
    assert x > 100
    assert x + width < 300


def test_entries_of_a_missing_slot_are_a_fault_of_the_template() -> None:
    blank = Blank("t", 842, 595, {}, b"")
    used: dict[str, set[int]] = {style: set() for style in faces()}
    for entry in (Line("a", "x"), Code("a", "x"), Rows(("a",), ()), Grid("a", (("x",),))):
        with pytest.raises(TemplateFault, match="нет места «a»"):
            Drawing(faces(), used).draw(blank, [entry])


def test_the_copy_names_its_origin_on_every_sheet() -> None:
    context = copy_context(class_journal())
    for text in one_volume().texts:
        assert f"Источник: {context.system}, выгрузка {context.exported}" in text
