"""Names on media."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.names import NAME_LIMIT, check_paths, name_fault, safe_name


@pytest.mark.parametrize(
    "name", ["tom-1.pdf", "9a", "_x", "a" * 60, "ОПИСАНИЕ.txt", "con1", "2025-2026_02-15_09a_q1_t5"]
)
def test_plain_names_are_taken(name: str) -> None:
    assert name_fault(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".hidden",
        "-x",
        "Tom.pdf",
        "том.pdf",
        "a b",
        "a" * 61,
        "con",
        "lpt1.pdf",
        "a.",
        "описание.txt",
        "a\n",
        "a%0a",
        "ОПИСАНИЕ.txt ",
    ],
)
def test_names_that_some_system_spoils_are_refused(name: str) -> None:
    assert name_fault(name) != ""


def test_every_bad_path_is_named_with_its_reason() -> None:
    found = check_paths(["data/Том.pdf", "data/ok.pdf", "data/aux.csv"], below="bags/x")
    assert [row.where for row in found] == ["bags/x/data/aux.csv", "bags/x/data/Том.pdf"]
    assert "устройством" in found[0].message
    assert "латинские" in found[1].message


def test_a_path_longer_than_the_limit_counts_from_the_root_of_the_medium() -> None:
    path = "/".join(["a" * 58] * 3)
    assert check_paths([path]) == []
    assert [row.code for row in check_paths([path], below="bags")] == ["AR-01"]


def test_names_that_differ_in_case_only_collide() -> None:
    codes = [row.code for row in check_paths(["data/a.txt", "data/A.txt"])]
    assert "AR-02" in codes


def test_a_file_in_the_place_of_a_folder_collides() -> None:
    assert [row.code for row in check_paths(["data/a", "data/a/b"])] == ["AR-02"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("9А", "9a"),
        ("Справка о 9А.PDF", "spravka-o-9a.pdf"),
        ("Алгебра и начала", "algebra-i-nachala"),
        ("Щёкин Й. ", "shhekin-j"),
        ("CON.txt", "_con.txt"),
        ("???", "bez-imeni"),
        ("й", "j"),
    ],
)
def test_cyrillic_is_written_in_latin_letters(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.text(max_size=200))
def test_a_safe_name_is_always_safe(text: str) -> None:
    name = safe_name(text)
    assert name_fault(name) == ""
    assert len(name) <= NAME_LIMIT
    assert safe_name(name) == name
