"""Invented classes written down as journal pages, layout by layout, the way `journal.md` 4.6 tells.

A `Dress` says how clean a book is: how its dates, numbers and letters are written, what stands
between the rows. None of it changes what the pages mean.
"""

from __future__ import annotations

import datetime as dt
import random
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook

from docgen.journal.model import (
    Attendance,
    Enrollment,
    FinalMark,
    GroupMember,
    Lesson,
    Mark,
    Period,
    School,
    Staff,
    Student,
    Subject,
    TeachingGroup,
)
from docgen.journal.sources import package
from docgen.journal.sources.grid_values import norm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Rows = list[list[Any]]
Cell = tuple[tuple[str, ...], str]
"""The marks of a cell and its code of the default package, "" without one."""

_MONTHS = (
    *("Январь", "Февраль", "Март", "Апрель", "Май", "Июнь"),
    *("Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"),
)
_SHORT = ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_OF = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
_PEOPLE = (
    *("Ёжиков Пётр Ильич", "Алёшина Софья-Мария Олеговна", "Петров-Водкин Лев", "Ким Ян"),
    *("Мамедов Али Вагиф оглы", "Гусейнова Нигяр Ильхам кызы", "Иванова Анна Петровна"),
    *("Иванова Анна Сергеевна", "де Сант Хосе", "Нечай Хосров Хамидович", "О'Нил Оскар Оттович"),
)
_FIRST = ("Олег Ильич", "Тихон", "Семён Петрович", "Ян Олегович", "Кот-Иван")
_SURNAMES = ("Соколов", "Орехов", "Сосновский", "Котов", "Хромов", "Морозов", "Тёркин", "Ухов")


@dataclass(frozen=True, slots=True)
class Slot:
    """A lesson: its day, what was taught, and the cells by pupil."""

    date: dt.date
    topic: str
    homework: str
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Group:
    """A page of the paper journal: a subject, or a subgroup of it, with its pupils and lessons."""

    subject: str
    subgroup: str
    teacher: tuple[str, str, str]
    pupils: tuple[str, ...]
    slots: tuple[Slot, ...]
    finals: dict[str, dict[str, str]]

    @property
    def title(self) -> str:
        """How pages without a line for the subgroup call it."""
        return f"{self.subject} (подгруппа {self.subgroup})" if self.subgroup else self.subject


@dataclass(frozen=True, slots=True)
class ClassBook:
    """A class with its pages; `periods` are codes with their last days."""

    name: str
    year: str
    periods: tuple[tuple[str, dt.date], ...]
    pupils: tuple[str, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Dress:
    """How the same pages are written; the plain one is what an export looks like."""

    dates: str = "dd.mm"
    numbers_as_text: bool = False
    lookalikes: bool = False
    spaces: bool = False
    gaps: bool = False
    junk_above: int = 0
    period: str = "{number} {word}"
    seed: int = 0
    dice: random.Random = field(default_factory=lambda: random.Random(7), compare=False)

    def day(self, date: dt.date) -> object:
        """Write a day of a heading."""
        month = date.month - 1
        return {
            "dd.mm": f"{date:%d.%m}",
            "date": date,
            "short": f"{date:%d}.{_SHORT[month]}",
            "words": f"{date.day} {_OF[month]}",
            "full": f"{date:%d.%m.%Y}",
        }[self.dates]

    def cell(self, text: str) -> object:
        """Write an entry of the grid."""
        if self.lookalikes:
            text = text.translate(str.maketrans("НОВБ", "HOBБ"))
        if text.isdecimal() and not self.numbers_as_text:
            return int(text)
        return f"\xa0{text} " if self.spaces and text else text or None

    def number(self, number: int) -> object:
        """Write a pupil's number."""
        return f"{number}." if self.numbers_as_text else number

    def name(self, text: str) -> str:
        """Write a pupil's name; e for ё and Latin letters on some of the pages."""
        if self.lookalikes and self.dice.random() < 0.5:
            text = text.replace("ё", "е").translate(str.maketrans("АСХоа", "ACXoa"))
        return text.replace(" ", "  ", 1) if self.spaces else text

    def head(self, code: str) -> str:
        """Write the heading of a period."""
        word = {"Q": "четверть", "T": "триместр", "H": "полугодие"}.get(code[0], "")
        other = {"Y": "Год", "EXAM": "Экзамен", "FINAL": "Итоговая"}
        return self.period.format(number=code[1:], word=word) if word else other[code]

    def rows(self, rows: Rows) -> Rows:
        """Put what does not matter around and between the rows of a list."""
        above: Rows = [["Журнал школы"], *([None] for _ in range(self.junk_above - 1))]
        return (above if self.junk_above else []) + rows


def invent(
    seed: int,
    *,
    name: str = "7А",
    pupils: int = 9,
    scheme: str = "Q",
    subjects: Sequence[str] = ("Алгебра", "Русский язык"),
    split: bool = False,
    marks: bool = True,
    start: dt.date = dt.date(2025, 9, 1),
    days: int = 60,
) -> ClassBook:
    """Invent a class: pupils with names of all sorts, lessons, marks and absences of every kind."""
    dice = random.Random(seed)
    people = list(_PEOPLE[:pupils])
    names = [f"{last} {first}" for first in _FIRST for last in _SURNAMES]
    people += dice.sample(names, pupils - len(people))
    dice.shuffle(people)
    last = start + dt.timedelta(days=days)
    periods = {"Q": ["Q1", "Q2"], "T": ["T1", "T2"], "H": ["H1"]}[scheme]
    ends = tuple(
        (code, start + dt.timedelta(days=days * (place + 1) // len(periods)))
        for place, code in enumerate(periods)
    )
    groups = []
    for number, subject in enumerate(subjects):
        halves = [("1", people[::2]), ("2", people[1::2])] if split and number else [("", people)]
        for subgroup, members in halves:
            slots = tuple(_slots(dice, members, start, last, number, marks=marks))
            finals = {
                code: {pupil: dice.choice(["5", "4", "3", "н/а", "осв"]) for pupil in members}
                for code, _ in ends
                if marks
            }
            teacher = (f"Ивов{'а' * (number % 2)}", "Вера", f"Олеговна{number}{subgroup}")
            groups.append(Group(subject, subgroup, teacher, tuple(members), slots, finals))
    first = start.year if start.month > 7 else start.year - 1
    return ClassBook(name, f"{first}/{first + 1}", ends, tuple(people), tuple(groups))


def _slots(
    dice: random.Random,
    members: list[str],
    start: dt.date,
    last: dt.date,
    number: int,
    *,
    marks: bool,
) -> Iterator[Slot]:
    entries = ["5", "4", "3", "2", "5/4", "4+", "5-", "5 4", "н/а", "зач", "."] if marks else []
    for offset in range((last - start).days + 1):
        day = start + dt.timedelta(days=offset)
        if (day.weekday() + number) % 3 or day.weekday() > 5:
            continue
        for twin in range(2 if dice.random() < 0.15 else 1):
            cells: dict[str, Cell] = {}
            for pupil in members:
                luck = dice.random()
                if luck < 0.3 and entries:
                    late = "О" if luck < 0.03 else ""
                    cells[pupil] = (tuple(dice.choice(entries).split()), late)
                elif luck > 0.9:
                    cells[pupil] = ((), dice.choice(["Н", "Б", "У", "О", "ОСВ"]))
            topic = f"Тема {day:%d.%m}, урок {twin + 1}: «дроби; доли»"
            yield Slot(day, topic, f"№ {offset}, п. {number}.{twin}", cells)


def from_package(path: Path, class_id: str) -> ClassBook:
    """Take one class of a «Школьный пакет» whole, the year with all its marks."""
    rows: dict[type, list[Any]] = defaultdict(list)
    for item in package.SOURCE.read(path):
        rows[type(item)].append(item)
    names = {
        row.student_id: f"{row.last} {row.first} {row.middle}".strip() for row in rows[Student]
    }
    stays = [row for row in rows[Enrollment] if row.class_id == class_id]
    people = list(dict.fromkeys(names[row.student_id] for row in stays))
    staff = {row.staff_id: (row.last, row.first, row.middle) for row in rows[Staff]}
    subjects = {row.subject_id: row.name for row in rows[Subject]}
    cells: dict[tuple[str, dt.date, int], dict[str, Cell]] = defaultdict(dict)
    for row in rows[Attendance]:
        cells[row.group_id, row.date, row.number][names[row.student_id]] = ((), row.code)
    for row in rows[Mark]:
        place = cells[row.group_id, row.date, row.number]
        marks, code = place.get(names[row.student_id], ((), ""))
        place[names[row.student_id]] = ((*marks, row.raw), code)
    members: dict[str, list[str]] = defaultdict(list)
    for row in rows[GroupMember]:
        members[row.group_id].append(names[row.student_id])
    finals: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows[FinalMark]:
        finals[row.subject_id][row.period][names[row.student_id]] = row.raw
    groups = []
    for row in rows[TeachingGroup]:
        if row.class_ids != class_id:
            continue
        pupils = tuple(members.get(row.group_id, people))
        lessons = sorted(
            (x for x in rows[Lesson] if x.group_id == row.group_id),
            key=lambda x: (x.date, x.number),
        )
        slots = tuple(
            Slot(x.date, x.topic, x.homework, dict(cells[x.group_id, x.date, x.number]))
            for x in lessons
        )
        own = {
            code: {pupil: raw for pupil, raw in marks.items() if pupil in pupils}
            for code, marks in finals[row.subject_id].items()
        }
        told = {code: marks for code, marks in own.items() if marks}
        teacher = staff[row.teacher_ids.split(",")[0]]
        groups.append(Group(subjects[row.subject_id], row.subgroup, teacher, pupils, slots, told))
    ends = {row.code: row.end for row in rows[Period]}
    last = max(ends.values())
    codes = dict.fromkeys(code for group in groups for code in group.finals)
    periods = tuple(sorted(((code, ends.get(code, last)) for code in codes), key=lambda x: x[1]))
    return ClassBook(class_id, rows[School][0].year, periods, tuple(people), tuple(groups))


# What pages tell


def expected(book: ClassBook, letters: dict[str, str]) -> dict[str, Counter[tuple[Any, ...]]]:
    """What a reader has to find; `letters` are the codes a layout has only one letter for."""
    told: dict[str, Counter[tuple[Any, ...]]] = {
        name: Counter() for name in ("marks", "absences", "topics", "homework", "finals")
    }
    for group in book.groups:
        place: Counter[dt.date] = Counter()
        key = (norm(group.subject), group.subgroup)
        for slot in group.slots:
            place[slot.date] += 1
            lesson = (*key, slot.date, place[slot.date])
            told["topics"][*lesson, slot.topic] += 1
            told["homework"][*lesson, slot.homework] += 1
            for pupil, (marks, code) in slot.cells.items():
                for mark in marks:
                    told["marks"][*lesson, norm(pupil), mark] += 1
                if code:
                    told["absences"][*lesson, norm(pupil), letters.get(code, code)] += 1
        for period, marks_of in group.finals.items():
            for pupil, raw in marks_of.items():
                told["finals"][norm(group.subject), norm(pupil), period, raw] += 1
    return told


# Writers


def _joined(cell: Cell, separator: str, letters: dict[str, str]) -> str:
    marks, code = cell
    return separator.join([*marks, letters.get(code, code)] if code else marks)


Column = tuple[Slot | None, str]
"""A lesson, or the code of a period."""


def _columns(book: ClassBook, group: Group) -> list[Column]:
    """Lessons by their days, and the column of each period behind its last lesson."""
    ends = {code: end for code, end in book.periods if code in group.finals}
    columns: list[Column] = []
    for slot in group.slots:
        for code, end in list(ends.items()):
            if slot.date > end:
                columns.append((None, code))
                del ends[code]
        columns.append((slot, ""))
    return columns + [(None, code) for code in ends]


def _months(columns: Sequence[Column]) -> list[object]:
    """Names of months over their first columns, as merged cells hold them."""
    cells: list[object] = []
    month = 0
    for slot, _ in columns:
        cells.append(_MONTHS[slot.date.month - 1] if slot and slot.date.month != month else None)
        month = slot.date.month if slot else month
    return cells


def _list(
    group: Group,
    columns: Sequence[Column],
    dress: Dress,
    separator: str,
    letters: dict[str, str],
) -> Rows:
    """The pupils' rows of a page, an empty row among them where the dress wants it."""
    rows: Rows = []
    for number, pupil in enumerate(group.pupils, start=1):
        entries = [
            _joined(slot.cells.get(pupil, ((), "")), separator, letters)
            if slot
            else group.finals[code].get(pupil, "")
            for slot, code in columns
        ]
        cells = [dress.cell(text) for text in entries]
        rows.append([dress.number(number), dress.name(pupil), *cells])
        if dress.gaps and number == 2:
            rows.append([])
    return rows


def _save(path: Path, sheets: dict[str, Rows]) -> Path:
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def write_a(book: ClassBook, folder: Path, dress: Dress) -> Path:
    """Layout A: a sheet of the class, subjects below each other, topics below each list."""
    rows: Rows = dress.rows([])
    for group in book.groups:
        columns = _columns(book, group)
        heads = [
            dress.day(slot.date) if slot else f"Итог. {dress.head(code)}" for slot, code in columns
        ]
        rows += [[group.title], ["№", "ФИО", *heads]]
        rows += _list(group, columns, dress, " ", {"Б": "Н", "У": "Н"})
        rows += [[], [" ".join(group.teacher)], [], ["Дата", "Тема урока", "Домашнее задание"]]
        for slot in group.slots:
            rows += [[dress.day(slot.date), slot.topic], [None, None, slot.homework]]
        rows.append([])
    return _save(folder / f"{book.name} {book.year.replace('/', '-')}.xlsx", {book.name: rows})


def write_b(book: ClassBook, folder: Path, dress: Dress) -> Path:
    """Layout B: a ZIP with a book per class, a sheet per subject, months over days, no topics."""
    sheets: dict[str, Rows] = {}
    for number, group in enumerate(book.groups, start=1):
        columns = _columns(book, group)
        last, first, middle = group.teacher
        heads = [
            month if slot else dress.head(code)
            for month, (slot, code) in zip(_months(columns), columns, strict=True)
        ]
        days = [slot.date.day if slot else None for slot, _ in columns]
        sheets[f"Предмет {number}"] = dress.rows(
            [
                [f"Класс: {book.name} (МОУ «Ольховская школа»)"],
                [f"Учебный год: {book.year}"],
                [f"Предмет: {group.title}"],
                [f"Фамилия, имя, отчество учителя: {first} {middle} {last}"],
                [],
                ["№", "Фамилия, имя", *heads],
                [],
                [None, None, *days],
                *_list(group, columns, dress, "/", {"У": "П"}),
            ]
        )
    inner = _save(folder / "book.xls", sheets)
    path = folder / "Журналы.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(inner, f"{book.name}.xls")
    inner.unlink()
    return path


_E_COLUMNS = 25
_E_RIGHT = 28


def write_e(book: ClassBook, folder: Path, dress: Dress) -> Path:
    """Layout E: pages of 25 columns like those of a paper journal, topics on the right page."""
    sheets: dict[str, Rows] = {
        "Общие сведения об обучающихся": [
            ["Общие сведения об обучающихся"],
            ["№", "Фамилия, имя, отчество", "Пол", "Дата рождения"],
            *(
                [number, pupil, "ж", dt.date(2012, 1, number % 28 + 1)]
                for number, pupil in enumerate(book.pupils, 1)
            ),
        ],
        "Сведения о пропусках": [["№", "Список обучающихся", "01.09"], [1, "Итого", 5]],
    }
    for number, group in enumerate(book.groups, start=1):
        columns = _columns(book, group)
        for start in range(0, len(columns), _E_COLUMNS):
            title = f"Стр. {number}.{start // _E_COLUMNS + 1}"
            sheets[title] = dress.rows(_page_e(group, columns, start, dress))
    sheets["Табель сентябрь"] = [["№", "Список обучающихся", 1, 2], [1, "Итого", "н", "н"]]
    return _save(folder / f"{book.name} {book.year.replace('/', '-')}.xlsx", sheets)


def _page_e(group: Group, all_columns: list[Column], start: int, dress: Dress) -> Rows:
    columns = all_columns[start : start + _E_COLUMNS]
    before = sum(1 for slot, _ in all_columns[:start] if slot)
    days = [slot.date.day if slot else dress.head(code) for slot, code in columns]
    left: Rows = [
        ["Наименование предмета", group.title],
        [],
        ["№", "Список обучающихся", *_months(columns)],
        [None, None, *days],
        *_list(group, columns, dress, " ", {"Н": "н", "Б": "б", "У": "у", "О": "о", "ОСВ": "осв"}),
    ]
    right: Rows = [
        ["Фамилия, имя, отчество учителя", " ".join(group.teacher)],
        [],
        ["№", "Число и месяц", "Тема", "Часы"],
        [],
    ]
    slots = [slot for slot, _ in columns if slot]
    right += [
        [before + place, dress.day(slot.date), slot.topic, 1]
        for place, slot in enumerate(slots, start=1)
    ]
    return [
        [*_at(left, row), *[None] * (_E_RIGHT - len(_at(left, row))), *_at(right, row)]
        for row in range(max(len(left), len(right)))
    ]


def _at(rows: Rows, row: int) -> list[Any]:
    return rows[row] if row < len(rows) else []


def write_wide(book: ClassBook, folder: Path, dress: Dress) -> Path:
    """The wide sheet: «9А Алгебра», header block, grid on the left, topics on the right."""
    sheets: dict[str, Rows] = {}
    for number, group in enumerate(book.groups, start=1):
        columns = _columns(book, group)
        head: Rows = [
            ["Класс", book.name],
            ["Предмет", group.subject],
            ["Группа", group.subgroup],
            ["Учитель", " ".join(group.teacher)],
            ["Год", book.year],
            [],
        ]
        heads = [dress.day(slot.date) if slot else dress.head(code) for slot, code in columns]
        left = [["№", "ФИО", *heads], *_list(group, columns, dress, "/", {"ОСВ": "осв"})]
        right: Rows = [["Дата", "Тема", "ДЗ", "Вид работы"]]
        right += [[dress.day(slot.date), slot.topic, slot.homework, ""] for slot in group.slots]
        width = len(columns) + 3
        sheets[f"{book.name} {group.subject[:12]} {number}"] = dress.rows(head) + [
            [*_at(left, row), *[None] * (width - len(_at(left, row))), *_at(right, row)]
            for row in range(max(len(left), len(right)))
        ]
    return _save(folder / "журнал.xlsx", sheets)


def write_bars(book: ClassBook, folder: Path, dress: Dress) -> Path:
    """«Классный журнал» as БАРС may write it: labels, grid, average, no topics."""
    sheets: dict[str, Rows] = {}
    for number, group in enumerate(book.groups, start=1):
        columns = _columns(book, group)
        heads = [dress.day(slot.date) if slot else dress.head(code) for slot, code in columns]
        listed = [
            [*row, "4,5"] if row else row
            for row in _list(group, columns, dress, "/", {"ОСВ": "осв"})
        ]
        sheets[f"Лист{number}"] = dress.rows(
            [
                ["Классный журнал"],
                ["Класс:", book.name, "Учебный год:", book.year],
                ["Предмет:", group.title],
                ["Учитель:", " ".join(group.teacher)],
                [],
                ["№ п/п", "ФИО", *heads, "Средний балл"],
                *listed,
            ]
        )
    return _save(folder / "классный журнал.xlsx", sheets)


@dataclass(frozen=True, slots=True)
class Kind:
    """A layout as tests see it: its writer, letters that mean less, what it cannot carry."""

    write: Callable[[ClassBook, Path, Dress], Path]
    letters: dict[str, str] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()


KINDS = {
    "A": Kind(write_a, {"Б": "Н", "У": "Н"}),
    "B": Kind(write_b, lacks=("topics", "homework")),
    "E": Kind(write_e, lacks=("homework",)),
    "wide": Kind(write_wide),
    "bars-excel": Kind(write_bars, lacks=("topics", "homework")),
}
