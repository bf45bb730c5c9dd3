"""Names in the cases (documents.md 4.1): right, or told to be in doubt; never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docgen.core.errors import InputFault
from docgen.documents.house import sex_told
from docgen.journal.model import Guardian, Student
from docgen.pipeline.house import name_table
from docgen.profile import NamesSettings, load_profile
from docgen.russian import Case
from docgen.russian.name_rules import Part
from docgen.russian.names import (
    CASES,
    NO_TABLE,
    NameTable,
    decline,
    decline_position,
    decline_short,
    forms_of,
    plain,
    review,
)

DATA = Path(__file__).parent / "data"
ORDINARY, HARD = DATA / "names.txt", DATA / "names-hard.txt"


@dataclass(frozen=True)
class Person:
    last: str = ""
    first: str = ""
    middle: str = ""


def checked_by_hand(*files: Path) -> list[tuple[str, str, str, tuple[str, ...]]]:
    rows = []
    for line in "".join(file.read_text("utf-8") for file in files).splitlines():
        if not line.startswith("#"):
            head, forms = line.split(": ")
            part, sex, name = head.split(" ", 2)
            rows.append((part, sex, name, tuple(form.replace("_", " ") for form in forms.split())))
    return rows


def one(part: str, name: str) -> Person:
    return Person(**{{"surname": "last"}.get(part, part): name})


def shipped(tmp_path: Path) -> NameTable:
    return name_table(load_profile(tmp_path).names)


def test_every_form_that_is_not_doubted_is_right() -> None:
    rows = checked_by_hand(ORDINARY, HARD)
    assert len(rows) > 300
    wrong = [
        (name, form.text, right)
        for part, sex, name, forms in rows
        for case, right in zip(CASES, forms, strict=True)
        if (form := decline(one(part, name), case, sex=sex)).certain and form.text != right
    ]
    assert wrong == []


def test_doubts_are_few_enough_to_be_looked_at(tmp_path: Path) -> None:
    table = shipped(tmp_path)
    rows = checked_by_hand(ORDINARY)
    doubted = [
        name
        for part, sex, name, _forms in rows
        if not decline(one(part, name), "g", sex=sex, table=table).certain
    ]
    assert len(doubted) < len(rows) / 12, doubted


def test_what_a_school_wrote_down_is_printed_as_written(tmp_path: Path) -> None:
    (tmp_path / "names.toml").write_text(
        '[surname_m]\n"Стрелец" = "Стрелеца, Стрелецу, Стрелеца, Стрелецем, Стрелеце"\n'
        '[people]\n"Дворянчук Лев Ильич" = "не склоняется"\n',
        "utf-8",
    )
    table = shipped(tmp_path)
    assert decline(Person("Стрелец", "Иван"), "g", sex="м", table=table).text == "Стрелеца Ивана"
    assert decline(Person("Заяц", "Иван"), "g", sex="м", table=table).text == "Зайца Ивана"
    whole = decline(Person("Дворянчук", "Лев", "Ильич"), "d", table=table)
    assert (whole.text, whole.certain) == ("Дворянчук Лев Ильич", True)


@pytest.mark.parametrize("forms", ["Зайца", "Зайца, Зайцу", "", "а, б, в, г, д, е"])
def test_a_line_of_the_table_that_is_not_five_forms_is_refused(tmp_path: Path, forms: str) -> None:
    (tmp_path / "names.toml").write_text(f'[surname_m]\n"Заяц" = "{forms}"\n', "utf-8")
    with pytest.raises(InputFault):
        load_profile(tmp_path)


def test_without_a_sex_only_what_is_the_same_for_both_is_certain() -> None:
    assert decline(Person("Лысенко", "Женя"), "g").text == "Лысенко Жени"
    assert decline(Person("Лысенко", "Женя"), "g").certain
    doubt = decline(Person("Ким", "Саша"), "g")
    assert not doubt.certain
    assert "пол" in doubt.why


def test_a_patronymic_that_contradicts_the_sex_is_told() -> None:
    doubt = decline(Person("Иванов", "Иван", "Ивановна"), "g", sex="м")
    assert "расходятся" in doubt.why


@pytest.mark.parametrize(
    "person",
    [
        Person("Ivanov", "Иван"),
        Person("Иванов", "И."),
        Person("Иванов", "И"),
        Person("О7", "Иван"),
        Person("Иванов <b>", "Иван"),
        Person("Аль Хасан", "Иван"),
        Person("Иванова", "Иван"),
        Person("Ковальская", "Иван"),
        Person("Евгений", "Иван"),
        Person("Мышь", "Иван"),
        Person("Хребет", "Иван"),
        Person("Петров", "Жан-Поль"),
    ],
)
def test_what_cannot_be_declined_for_certain_is_doubted(person: Person) -> None:
    assert not decline(person, "g", sex="м").certain


@pytest.mark.parametrize("name", ["Иванов", "Ковальский", "Бая", "Чужая", "Цхакая", "Новотна"])
def test_an_ending_that_tells_no_woman_is_doubted(name: str) -> None:
    assert not decline(Person(name, "Анна"), "g", sex="ж").certain


def test_the_instrumental_alone_is_doubted_where_the_stress_decides() -> None:
    forms = {case: decline(Person("Ткач"), case, sex="м") for case in CASES}
    assert [case for case, form in forms.items() if not form.certain] == ["i"]
    assert forms["i"].why == "окончание в «Ткачем» зависит от ударения"
    assert decline(Person("Лукич"), "i", sex="м").certain is False
    assert decline(Person("", "", "Лукич"), "i", sex="м").text == "Лукичом"


def test_sons_and_daughters_of_fathers_stay_as_they_are() -> None:
    assert decline(Person("Чобан-заде", "Али"), "g", sex="м").text == "Чобан-заде Али"
    assert decline(Person("Чобан-заде", "Али"), "g", sex="м").certain
    assert decline(Person("Алиева", "Лала", "Расим-кызы"), "g").text == "Алиевой Лалы Расим-кызы"
    assert not decline(Person("Алиев", "Али", "Алиевич оглы"), "g").certain


def test_a_dash_instead_of_a_patronymic_is_none() -> None:
    form = decline(Person("Ким", "Лев", "-"), "d", sex="м")
    assert (form.text, form.certain) == ("Киму Льву", True)


@given(st.text(alphabet="Аабёеийкмцчшья-' .xX1", max_size=8), st.sampled_from(["м", "ж", ""]))
def test_whatever_is_written_is_declined_or_doubted(name: str, sex: str) -> None:
    for case in CASES:
        form = decline(Person(name, name, name), case, sex=sex)
        assert form.certain or form.why


def test_capital_letters_stay_capital() -> None:
    form = decline(Person("ИВАНОВ", "ПЁТР", "ИЛЬИЧ"), "d", sex="м")
    assert (form.text, form.certain) == ("ИВАНОВУ ПЕТРУ ИЛЬИЧУ", True)


def test_the_sex_is_read_off_the_journal() -> None:
    assert sex_told(Student("1", "Ким", "Саша", gender="ж")) == "ж"
    assert sex_told(Guardian("1", "2", "Ким", "Саша", relation="Мать")) == "ж"
    assert sex_told(Guardian("1", "2", "Ким", "Саша", relation="опекун")) == ""


def test_positions_change_in_their_first_words_only(tmp_path: Path) -> None:
    table = shipped(tmp_path)
    told = decline_position("заместитель директора по УВР", "d", table)
    assert told.text == "заместителю директора по УВР"
    assert decline_position("классный руководитель", "g", table).text == "классного руководителя"
    assert not decline_position("звездочёт", "d", table).certain


@pytest.mark.parametrize(
    ("title", "case", "text"),
    [
        ("Директор", "d", "Директору"),
        ("директор, учитель физики", "g", "директора, учителя физики"),
        (
            "заместитель директора по учебной, воспитательной работе",
            "i",
            "заместителем директора по учебной, воспитательной работе",
        ),
        ("Учитель-логопед / методист", "a", "Учителя-логопеда / методиста"),
        ("директор", "n", "директор"),
    ],
)
def test_each_position_of_a_title_declines_and_keeps_its_capital(
    tmp_path: Path, title: str, case: Case, text: str
) -> None:
    told = decline_position(title, case, shipped(tmp_path))
    assert (told.text, told.certain) == (text, True)


@pytest.mark.parametrize(
    "title", ["учитель старший", "директор, звездочёт", "звездочёт, директор", ""]
)
def test_a_position_that_is_half_known_is_doubted(tmp_path: Path, title: str) -> None:
    assert not decline_position(title, "d", shipped(tmp_path)).certain


def test_with_initials_the_surname_alone_has_to_be_certain(tmp_path: Path) -> None:
    person = Person("Иванов", "Жан-Поль", "Ильич")
    assert decline_short(person, "d").text == "Иванову\u00a0Ж.-П.И."
    assert decline_short(person, "d").certain
    assert decline_short(person, "i", initials_first=True).text == "Ж.-П.И.\u00a0Ивановым"
    assert not decline_short(Person("Заяц", "Иван"), "d", sex="м").certain
    assert not decline_short(person, "d", sex="ж").certain
    (tmp_path / "names.toml").write_text(
        '[people]\n"Ван Дейк Ян" = "Ван Дейка Яна, Ван Дейку Яну, Ван Дейка Яна, Ван Дейком Яном, '
        'Ван Дейке Яне"\n',
        "utf-8",
    )
    written = decline_short(Person("Ван Дейк", "Ян"), "d", table=shipped(tmp_path))
    assert (written.text, written.certain) == ("Ван Дейку\u00a0Я.", True)


def test_the_review_shows_every_case_and_every_doubt() -> None:
    rows = review([(Person("Ким", "Анна"), "ж"), (Person("Заяц", "Лев"), "м")], NO_TABLE)
    assert len(rows[0].forms) == len(CASES)
    assert rows[0].doubt == ""
    assert "Заяц" in rows[1].doubt


def test_the_shipped_table_is_whole(tmp_path: Path) -> None:
    names: NamesSettings = load_profile(tmp_path).names
    for section in (names.surname_m, names.first_f, names.positions):
        assert all(forms_of(name, told) for name, told in section.items())
    assert (Part.SURNAME, "м", plain("Орёл")) in shipped(tmp_path).parts
