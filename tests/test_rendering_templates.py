"""Templates and blanks: the school's own folder, and faults that name file, line and word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from copies import SHARED, blanks, bound, class_journal

from docgen.core.errors import TemplateFault
from docgen.documents.check_report import check_report
from docgen.rendering import templates
from docgen.rendering.blank import lay_out_blank, lay_out_document

SHEET = '{% extends "_shared/sheet.html" %}{% from "_shared/macros.html" import slot %}'


def own(folder: Path, name: str, text: str) -> Path:
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "template.html").write_text(text, encoding="utf-8")
    templates.environment.cache_clear()
    return folder


def fault_of(folder: Path, text: str, **context: object) -> TemplateFault:
    with pytest.raises(TemplateFault) as caught:
        lay_out_blank("test", {**SHARED, **context}, own(folder, "test", text))
    assert caught.value.exit_code == 6
    assert not re.search(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", caught.value.message)
    return caught.value


def test_an_unknown_variable_is_named_with_its_line_and_the_likely_word(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, "<p>\n<p>{{ deputy_positon }}")
    assert "«deputy_positon»" in fault.message
    assert "вероятно, имелось в виду «deputy_position»" in fault.message
    assert fault.where == f"{tmp_path / 'test' / 'template.html'}, строка 2"


def test_an_unknown_field_of_a_document_is_named_with_the_likely_one(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, "{{ path.sufix }}", path=Path("a.b"))
    assert "«sufix»" in fault.message
    assert "«suffix»" in fault.message


def test_a_name_misspelt_in_the_call_of_a_macro_is_found_where_it_was_written(
    tmp_path: Path,
) -> None:
    text = SHEET + '{% block sheet %}\n{{ slot("a", 0, 0, widht, 5) }}{% endblock %}'
    fault = fault_of(tmp_path, text)
    assert "вероятно, имелось в виду «width»" in fault.message
    assert fault.where == f"{tmp_path / 'test' / 'template.html'}, строка 2"


def test_a_misspelt_macro_is_named_with_the_likely_one(tmp_path: Path) -> None:
    text = '{% from "_shared/macros.html" import slto %}\n{{ slto("a", 0, 0, 5, 5) }}'
    assert "вероятно, имелось в виду «slot»" in fault_of(tmp_path, text).message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n{% fro x in y %}", "неизвестная команда «fro»"),
        ("\n{{ 1 | rond }}", "неизвестный фильтр «rond»; вероятно, имелось в виду «round»"),
        ("\n{% for x in y %}", "шаблон обрывается"),
        ("\n{{ a }", "лишний знак «}»"),
        ("\n{{ a b }}", "в выражении лишнее слово"),
        ("\n{% if a = 1 %}{% endif %}", "команда записана не до конца"),
        ("\n{% block a %}{% endblock %}{% block a %}{% endblock %}", "блок «a» записан дважды"),
        ("\n{{ 1 + 'a' }}", "выражение в шаблоне не вычисляется"),
    ],
)
def test_a_broken_line_is_told_in_russian_with_its_number(
    tmp_path: Path, text: str, said: str
) -> None:
    fault = fault_of(tmp_path, text)
    assert said in fault.message
    assert fault.where == f"{tmp_path / 'test' / 'template.html'}, строка 2"


def test_a_template_that_extends_itself_is_told_the_name_of_the_original(tmp_path: Path) -> None:
    own(tmp_path, "contents", '{% extends "contents/template.html" %}')
    with pytest.raises(TemplateFault) as caught:
        lay_out_blank("contents", SHARED, tmp_path)
    assert "shipped:contents/template.html" in caught.value.remedy


def test_a_template_saved_in_another_encoding_is_named(tmp_path: Path) -> None:
    folder = own(tmp_path, "test", "")
    (folder / "test" / "template.html").write_bytes("Оглавление".encode("cp1251"))
    with pytest.raises(TemplateFault, match="UTF-8"):
        lay_out_blank("test", SHARED, folder)


def test_a_template_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateFault, match=r"no-such/template\.html"):
        lay_out_blank("no-such", SHARED, tmp_path)


@pytest.mark.parametrize(
    ("slots", "said"),
    [
        ('{{ slot("a", 0, 0, 5, 5) }}{{ slot("a", 9, 0, 5, 5) }}', "«a» стоит в бланке дважды"),
        ('{{ slot("a", 0, 0, 5, 5, "colour=red") }}', "неизвестное указание «colour=red»"),
        ('{{ slot("a", 0, 0, 5, 5, "rows=0") }}', "неизвестное указание «rows=0»"),
        ('{{ slot("a", 0, 0, 5, 5, "size=-3") }}', "неизвестное указание «size=-3»"),
        ('{{ slot("a", 0, 0, 5, 5, "rotate=45") }}', "неизвестное указание «rotate=45»"),
        ('{{ slot("a", 200, 0, 90, 5) }}', "«a» выходит за край листа"),
        ('<div style="break-before:page">x</div><div style="break-before:page">y</div>', "вышло 2"),
    ],
)
def test_a_blank_that_cannot_be_filled_in_is_refused(tmp_path: Path, slots: str, said: str) -> None:
    text = slots if "break" in slots else SHEET + "{% block sheet %}" + slots + "{% endblock %}"
    fault = fault_of(tmp_path, text)
    assert said in fault.message
    assert fault.where == "test/template.html"


def test_a_slot_that_the_document_needs_and_the_blank_lacks_is_named(tmp_path: Path) -> None:
    folder = own(tmp_path, "contents", SHEET + "{% block sheet %}x{% endblock %}")
    with pytest.raises(TemplateFault) as caught:
        bound(class_journal(), own=folder)
    blanks.cache_clear()
    assert "нет места «number»" in caught.value.message
    assert caught.value.where == "contents/template.html"


def test_an_own_template_may_extend_the_shipped_one(tmp_path: Path) -> None:
    folder = own(
        tmp_path,
        "certifying-sheet",
        '{% extends "shipped:certifying-sheet/template.html" %}'
        '{% block sheet %}{{ super() }}<div class="at" style="top:100mm">Свой текст</div>'
        "{% endblock %}",
    )
    (volume,) = bound(class_journal(), own=folder)
    blanks.cache_clear()
    last = volume.text(-1)
    assert "Свой текст" in last
    assert "ЛИСТ-ЗАВЕРИТЕЛЬ" in last


@pytest.mark.parametrize("page", ["template.html", "screen.html"])
def test_text_from_the_data_is_never_read_as_markup(page: str) -> None:
    report = check_report(
        [],
        school="<script>",
        period="1 четверть",
        year="2025/2026",
        made="",
        classes=("<script>",),
        blocked=False,
        skipped=[("<script>", "<script>")],
        settings=["<script>"],
    )
    html = templates.render(f"check-report/{page}", {"report": report})
    assert html.count("&lt;script&gt;") == 5
    assert "<script>" not in html


def test_a_free_document_is_laid_out_as_a_file_of_its_own(tmp_path: Path) -> None:
    text = '{% extends "_shared/paper.html" %}{% block body %}<p>{{ certification }}{% endblock %}'
    pdf = lay_out_document("test", SHARED, own(tmp_path, "test", text))
    assert pdf.startswith(b"%PDF-")
