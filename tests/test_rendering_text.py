"""Letters and lines: what a face lacks, where a line may break, nothing lost."""

from __future__ import annotations

import pytest
from copies import faces
from hypothesis import given
from hypothesis import strategies as st

from docgen.rendering.fonts import Face
from docgen.rendering.text import break_lines


def face() -> Face:
    return faces()["regular"]


def shown(text: str) -> str:
    return "".join(face().text_of(glyph) for glyph in face().measure(text).glyphs)


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("Ёжиков", "Ёжиков"),
        ("и\u0306", "й"),
        ("漢字", "??"),
        ("👩\u200d👧\ufe0f", "??"),
        ("сло\u00adво", "слово"),
        ("a\u200bb", "ab"),
        ("а\tб\nв", "а б в"),
        ("5\u202f%", "5\u202f%"),
        ("Нью\u2011Йорк", "Нью\u2010Йорк"),
        ("20 ℃", "20 °C"),
        ("№\u00a05", "№\u00a05"),
    ],
)
def test_what_a_face_lacks_is_shown_in_plain_form_or_as_a_question(text: str, paper: str) -> None:
    assert shown(text) == paper


def test_russian_words_are_hyphenated_and_names_are_not() -> None:
    assert break_lines("повторение", face(), 10, 30)[0].endswith("-")
    assert "-" not in "".join(break_lines("Константинопольский", face(), 10, 30))


def test_no_break_spaces_hold() -> None:
    lines = break_lines("смотри упр.\u00a05 на доске", face(), 10, 62)
    assert any("упр.\u00a05" in line for line in lines)


def test_a_word_breaks_behind_its_own_hyphen_without_another() -> None:
    lines = break_lines("Римская-Корсакова", face(), 10, 50)
    assert lines == ["Римская-", "Корсакова"]


def test_an_address_on_the_net_gets_no_hyphen() -> None:
    address = "https://пример.рф/повторениеизученногоматериала"
    assert "".join(break_lines(address, face(), 10, 60)) == address


@given(
    st.text(alphabet="абвгдежзийклмн ABC0123456789-/.,№\u00a0\n", max_size=300),
    st.floats(min_value=12, max_value=300),
)
def test_no_letter_is_lost_and_no_line_is_too_wide(text: str, width: float) -> None:
    lines = break_lines(text, face(), 10, width)
    assert "".join(lines).replace("-", "").replace(" ", "") == text.replace("-", "").replace(
        " ", ""
    ).replace("\n", "")
    assert all(face().width(line, 10) <= width + 0.01 for line in lines)
