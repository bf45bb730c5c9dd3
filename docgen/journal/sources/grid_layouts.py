"""Layouts: what a kind of journal page calls its parts and what its letters mean.

A layout is a TOML file (`layouts/*.toml`). A school's own one lies beside the books, in their
folder or ZIP, and is tried before those that come with the program.
"""

from __future__ import annotations

import tomllib
import types
import typing
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from importlib import resources
from typing import Any

from docgen.core.errors import InputFault
from docgen.journal.codes import attendance_code
from docgen.journal.sources.grid_values import find_class, find_school_year, norm


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of journal page; names are anchors, compared by `grid_values.anchor`.

    `signs` all have to begin some cell of a sheet for the layout to fit. `number` and `pupil` head
    the list of pupils. `subject`, `group`, `teacher`, `class_name`, `year` are labels: the value
    stands behind the label in its cell or in the next one; with `subject_place` "above" or "sheet"
    the subject is the row above the table or the title of the sheet, with `teacher_below` the
    teacher stands under the list. `topic_date`, `topic`, `homework`, `work_kind` head the table of
    topics. `letters` maps attendance letters to the codes of the default package; `separators`
    stand between values of a cell beside white space. `roster_sheet` and `roster` describe a sheet
    with the list of the class. `lacks` is told to people. `fixed_class` and `fixed_year` are what
    the books do not tell themselves.
    """

    name: str
    title: str
    signs: tuple[str, ...]
    number: tuple[str, ...] = ("№", "№ п/п", "п/п", "номер")
    pupil: tuple[str, ...] = ("ФИО",)
    subject: tuple[str, ...] = ()
    subject_place: str = "label"
    group: tuple[str, ...] = ("Группа", "Подгруппа")
    teacher: tuple[str, ...] = ("Учитель", "Фамилия, имя, отчество учителя")
    teacher_below: bool = False
    teacher_order: str = "last-first"
    class_name: tuple[str, ...] = ("Класс",)
    year: tuple[str, ...] = ("Учебный год", "Год")
    ignored: tuple[str, ...] = ()
    skipped_sheets: tuple[str, ...] = ()
    letters: dict[str, str] = field(default_factory=dict)
    separators: str = ""
    pairs: bool = True
    topic_date: tuple[str, ...] = ("Дата", "Число и месяц")
    topic: tuple[str, ...] = ("Тема", "Тема урока", "Содержание")
    homework: tuple[str, ...] = ("ДЗ", "Домашнее задание")
    work_kind: tuple[str, ...] = ("Вид работы",)
    roster_sheet: str = ""
    roster: dict[str, str] = field(default_factory=dict)
    lacks: str = ""
    fixed_class: str = ""
    fixed_year: str = ""


_PLACES = ("label", "above", "sheet")
_ORDERS = ("last-first", "first-last")
_ROSTER = {
    "number",
    "name",
    "gender",
    "birth_date",
    "personal_file_no",
    "guardians",
    "address",
    "phone",
}


@cache
def shipped() -> tuple[Layout, ...]:
    """Read the layouts that come with the program, in the order of their files' names."""
    folder = resources.files("docgen.journal.sources") / "layouts"
    files = sorted(folder.iterdir(), key=lambda item: item.name)
    return tuple(
        read_layout(file.read_text(encoding="utf-8"), file.name)
        for file in files
        if file.name.endswith(".toml")
    )


def read_layout(text: str, where: str) -> Layout:
    """Read a layout. Raises InputFault for what is no TOML, unknown keys and wrong values."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InputFault(
            f"Разметку нельзя прочитать: в ней ошибка записи TOML ({fault}).",
            where=where,
            remedy="Исправьте указанную строку; образцы лежат в папке layouts программы.",
        ) from fault
    known = {item.name: item for item in fields(Layout)}
    unknown = sorted(set(told) - set(known))
    if unknown:
        raise _wrong(where, f"незнакомые ключи {', '.join(unknown)}")
    missing = [
        name
        for name, item in known.items()
        if item.default is MISSING and item.default_factory is MISSING and name not in told
    ]
    if missing:
        raise _wrong(where, f"нет ключей {', '.join(missing)}")
    hints = typing.get_type_hints(Layout)
    values = {name: _typed(hints[name], value, name, where) for name, value in told.items()}
    values["letters"] = {norm(key): code for key, code in values.get("letters", {}).items()}
    layout = Layout(**values)
    _check(layout, where)
    return layout


def _typed(hint: Any, value: Any, name: str, where: str) -> Any:
    if isinstance(hint, types.GenericAlias) and typing.get_origin(hint) is tuple:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise _wrong(where, f"«{name}» – не список строк")
    if isinstance(hint, types.GenericAlias):
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return value
        raise _wrong(where, f"«{name}» – не таблица строк")
    if not isinstance(value, hint):
        raise _wrong(where, f"«{name}» – не {'да или нет' if hint is bool else 'строка'}")
    return value


def _check(layout: Layout, where: str) -> None:
    if not layout.signs:
        raise _wrong(where, "«signs» пуст: разметка подошла бы к любой книге")
    if layout.subject_place not in _PLACES:
        raise _wrong(where, f"«subject_place» – одно из {', '.join(_PLACES)}")
    if layout.teacher_order not in _ORDERS:
        raise _wrong(where, f"«teacher_order» – одно из {', '.join(_ORDERS)}")
    if strange := sorted(set(layout.roster) - _ROSTER):
        raise _wrong(where, f"«roster» не знает {', '.join(strange)}")
    for letter, code in layout.letters.items():
        if attendance_code(code) is None and norm(code) != letter:
            raise _wrong(where, f"«letters»: кода «{code}» нет, есть Н, Б, У, О, ОСВ")
    if layout.fixed_class and not find_class(layout.fixed_class):
        raise _wrong(where, "«fixed_class» – класс вида 7А")
    if layout.fixed_year and not find_school_year(layout.fixed_year):
        raise _wrong(where, "«fixed_year» – учебный год вида 2025/2026")


def _wrong(where: str, what: str) -> InputFault:
    return InputFault(
        f"Разметка неверна: {what}.",
        where=where,
        remedy="Исправьте файл разметки; образцы лежат в папке layouts программы.",
    )
