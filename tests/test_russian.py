from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docgen import russian
from docgen.russian import NBSP
from docgen.russian.counting import (
    CASE_FILE,
    DOCUMENT,
    PAGE,
    SHEET,
    VOLUME,
    Noun,
    counted_in_words,
)


def shown(text: str) -> str:
    """The text with its no-break spaces made visible."""
    return text.replace(NBSP, "~")


@pytest.mark.parametrize(
    ("last", "first", "middle", "after", "before"),
    [
        ("Иванов", "Пётр", "Сергеевич", "Иванов~П.С.", "П.С.~Иванов"),
        ("Ким", "Евгений", "", "Ким~Е.", "Е.~Ким"),
        ("Ким", "Евгений", "-", "Ким~Е.", "Е.~Ким"),
        ("Ли", "Анна-Мария", "", "Ли~А.-М.", "А.-М.~Ли"),
        ("Ли", "Анна–Мария", "Юрьевна", "Ли~А.-М.Ю.", "А.-М.Ю.~Ли"),
        ("Римская-Корсакова", "Ия", "Львовна", "Римская-Корсакова~И.Л.", "И.Л.~Римская-Корсакова"),
        ("Ахмедова", "Лейла", "Вагиф кызы", "Ахмедова~Л.В.~кызы", "Л.В.~кызы~Ахмедова"),
        ("Алиев", "Гасан", "Алиевич оглы", "Алиев~Г.А.~оглы", "Г.А.~оглы~Алиев"),
        ("Алиева", "Лала", "Расим-кызы", "Алиева~Л.Р.-кызы", "Л.Р.-кызы~Алиева"),
        (" Фёдорова ", "ёлка", " ильинична", "Фёдорова~Ё.И.", "Ё.И.~Фёдорова"),
        ("Иванов", "", "", "Иванов", "Иванов"),
    ],
)
def test_initials_follow_or_precede_the_surname(
    last: str, first: str, middle: str, after: str, before: str
) -> None:
    assert shown(russian.initials_after(last, first, middle)) == after
    assert shown(russian.initials_before(last, first, middle)) == before


def test_a_list_goes_by_the_alphabet_with_yo_as_ye() -> None:
    names = ["Ёлкина", "Жиляева", "Егоров", "Ёжиков", "Ежов", "Елисеев"]
    assert sorted(names, key=russian.sort_key) == [
        "Егоров",
        "Ёжиков",
        "Ежов",
        "Елисеев",
        "Ёлкина",
        "Жиляева",
    ]


def test_a_hyphen_sorts_as_a_space_and_first_names_decide_between_namesakes() -> None:
    people = [
        ("Петрова", "Анна", ""),
        ("Петров-Водкин", "Борис", ""),
        ("петров", "Яков", ""),
        ("Петров", "Артём", "Юрьевич"),
        ("Петров", "Артём", "Ильич"),
    ]
    ordered = sorted(people, key=lambda person: russian.sort_key(*person))
    assert [(last, first, middle) for last, first, middle in ordered] == [
        ("Петров", "Артём", "Ильич"),
        ("Петров", "Артём", "Юрьевич"),
        ("петров", "Яков", ""),
        ("Петров-Водкин", "Борис", ""),
        ("Петрова", "Анна", ""),
    ]
    assert russian.sort_key("Петров\u2011Водкин") == russian.sort_key("Петров-Водкин ")


def test_names_that_differ_in_yo_alone_have_a_settled_order() -> None:
    assert sorted(["Семёнов", "Семенов"], key=russian.sort_key) == ["Семенов", "Семёнов"]


@pytest.mark.parametrize(
    ("count", "noun"),
    [
        (0, "листов"),
        (1, "лист"),
        (2, "листа"),
        (4, "листа"),
        (5, "листов"),
        (11, "листов"),
        (12, "листов"),
        (14, "листов"),
        (21, "лист"),
        (22, "листа"),
        (101, "лист"),
        (111, "листов"),
        (1001, "лист"),
    ],
)
def test_a_noun_agrees_with_its_number(count: int, noun: str) -> None:
    assert russian.plural(count, "лист", "листа", "листов") == noun


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1~(один) лист"),
        (2, "2~(два) листа"),
        (11, "11~(одиннадцать) листов"),
        (21, "21~(двадцать один) лист"),
        (101, "101~(сто один) лист"),
        (147, "147~(сто сорок семь) листов"),
        (250, "250~(двести пятьдесят) листов"),
    ],
)
def test_sheets_are_told_in_figures_and_words(count: int, text: str) -> None:
    assert shown(russian.sheets_in_words(count)) == text


def test_numbers_in_words_have_gender_and_case() -> None:
    assert russian.number_in_words(25) == "двадцать пять"
    assert russian.number_in_words(1, "f") == "одна"
    assert russian.number_in_words(1, "n") == "одно"
    assert russian.number_in_words(2, "f") == "две"
    assert russian.number_in_words(2, "f", "g") == "двух"
    assert russian.year_in_words(2021) == "две тысячи двадцать первого"
    assert russian.year_in_words(2000) == "двухтысячного"


@pytest.mark.parametrize(
    ("count", "noun", "case", "text"),
    [
        (21, SHEET, "n", "двадцать один лист"),
        (21, SHEET, "g", "двадцати одного листа"),
        (2, PAGE, "i", "двумя страницами"),
        (2, PAGE, "a", "две страницы"),
        (1, PAGE, "a", "одну страницу"),
        (12, PAGE, "g", "двенадцати страниц"),
        (5, VOLUME, "d", "пяти томам"),
        (11, CASE_FILE, "p", "одиннадцати делах"),
        (103, DOCUMENT, "g", "ста трёх документов"),
        (1002, SHEET, "a", "одну тысячу два листа"),
        (2000, SHEET, "d", "двум тысячам листов"),
        (0, SHEET, "n", "ноль листов"),
    ],
)
def test_what_is_counted_stands_in_the_case_of_its_number(
    count: int, noun: Noun, case: russian.Case, text: str
) -> None:
    assert counted_in_words(count, noun, case) == text


@pytest.mark.parametrize("noun", [SHEET, PAGE, VOLUME, CASE_FILE, DOCUMENT])
def test_a_counted_noun_agrees_with_the_usual_plural(noun: Noun) -> None:
    forms = [noun.beside(count) for count in range(120)]
    assert forms == [
        russian.plural(count, noun.one[0], noun.one[1], noun.many[1]) for count in range(120)
    ]


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (dt.date(2025, 9, 1), "первого сентября две тысячи двадцать пятого года"),
        (dt.date(2000, 3, 3), "третьего марта двухтысячного года"),
        (
            dt.date(1999, 12, 31),
            "тридцать первого декабря тысяча девятьсот девяносто девятого года",
        ),
    ],
)
def test_a_date_is_written_out_in_words(day: dt.date, text: str) -> None:
    assert russian.date_in_words(day) == text


def test_dates_keep_the_day_with_its_month_and_the_year_with_its_letter() -> None:
    day = dt.date(2025, 11, 5)
    assert shown(russian.date_long(day)) == "5~ноября 2025~г."
    assert shown(russian.date_quoted(day)) == "«05»~ноября 2025~г."
    assert russian.date_numeric(day) == "05.11.2025"
    assert shown(russian.date_long(dt.date(2026, 5, 31))) == "31~мая 2026~г."


@pytest.mark.parametrize(
    ("name", "text"),
    [("9А", "9~«А»"), ("10б", "10~«Б»"), ("9 «А»", "9~«А»"), ("1", "1"), ("ГПД-2", "ГПД-2")],
)
def test_a_class_is_quoted_in_texts(name: str, text: str) -> None:
    assert shown(russian.class_in_text(name)) == text


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ('Журнал "9А" класса', "Журнал «9А» класса"),
        ('МОУ "Школа "Лира""', "МОУ «Школа „Лира“»"),
        ('"Лес" и "поле"', "«Лес» и «поле»"),
        ('(«Урок "Мира"»)', "(«Урок „Мира“»)"),
        ('экран 5"', 'экран 5"'),
        ('без "пары', 'без "пары'),
        ("без кавычек", "без кавычек"),
    ],
)
def test_straight_quotes_become_russian_ones_when_they_pair(text: str, shape: str) -> None:
    assert russian.with_quotes(text) == shape


def test_quotes_inside_quotes_change_their_shape() -> None:
    assert russian.quoted("Журнал 9 «А» класса") == "«Журнал 9 „А“ класса»"


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Упр. 5, п. 12, с. 10–15, § 4 и № 7", "Упр.~5, п.~12, с.~10–15, §~4 и №~7"),
        ("ст. 29 ч. 2", "ст.~29 ч.~2"),
        ("А. С. Пушкин. «Капитанская дочка»", "А.~С.~Пушкин. «Капитанская дочка»"),
        ("Лирика А.С. Пушкина", "Лирика~А.С.~Пушкина"),
        ("Иванов И.И.", "Иванов~И.И."),
        ("реформа 1861 г. в 9 кл.", "реформа 1861~г. в 9~кл."),
        ("г. Нальчик", "г.~Нальчик"),
        ("20 % и 5 мм", "20~% и 5~мм"),
        ("т. е. и т. д.", "т.~е. и т.~д."),
        ("Волга – река", "Волга~– река"),
        ("15 ноября", "15~ноября"),
        ("Вам. Стих", "Вам. Стих"),
        ("первая\nвторая", "первая\nвторая"),
    ],
)
def test_lines_do_not_break_where_russian_forbids_it(text: str, shape: str) -> None:
    assert shown(russian.nbsp_text(text)) == shape


@given(st.text(alphabet="АБвг .,-–№§123«»%стпч\u00a0\n", max_size=60))
def test_no_break_spaces_change_spaces_only_and_settle_at_once(text: str) -> None:
    once = russian.nbsp_text(text)
    assert russian.nbsp_text(once) == once
    assert "".join(once.split()) == "".join(text.split())
