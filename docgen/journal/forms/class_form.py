"""The journal of a class as teachers keep it: a sheet per subject, marks left, topics right.

The wide journal sheet of `journal.md` 2. In the form the names of the pupils come from the list of
the class, and the dates over the marks from the table of topics: nothing is written twice. The
sample holds values in their places: it is read before any program has computed it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from docgen.journal.forms import dress, rules
from docgen.journal.view import DEFAULT_WORK_KINDS
from docgen.workbooks import workbook_bytes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

ROSTER = "Список класса"
PUPILS = 40
LESSONS = 50
"""Columns of lessons of a sheet: a quarter of the fullest subject."""

PERIODS = (
    *(f"{number} четверть" for number in range(1, 5)),
    *(f"{number} полугодие" for number in range(1, 3)),
    *(f"{number} триместр" for number in range(1, 4)),
)
HEAD, NUMBERS, KINDS, FIRST = 4, 5, 6, 7
"""Rows of a subject's sheet: headings with dates, numbers of lessons, kinds, the first pupil."""
LIST_HEAD, LIST_FIRST = 5, 6
"""Rows of the list of the class: headings, the first pupil."""
NUMBER, NAME, FIRST_LESSON = 1, 2, 3
PERIOD = FIRST_LESSON + LESSONS
YEAR = PERIOD + 1
TOPICS = YEAR + 2
"""The column of the dates of topics; number, topic, homework and kind stand behind it."""
_TOPIC_HEADS = ("Дата", "№ урока", "Тема", "Домашнее задание", "Вид работы")
_TOPIC_WIDTHS = (12, 9, 52, 36, 11)
_TOPIC_STYLES = ("дата", "число", "клетка", "клетка", "клетка")
_PAPER_SCALE = 40
_TITLE = 31
"""Letters of the title of a sheet at most."""
_LIST = f"'{ROSTER}'"


@dataclass(frozen=True, slots=True)
class Taught:
    """A lesson as it stands in the table of topics."""

    date: dt.date
    number: int
    topic: str
    homework: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A sheet: a subject of the class, or a subgroup of it.

    `cells` hold what stands by pupil and lesson, both counted from zero, `finals` the mark of the
    period by pupil.
    """

    name: str
    subgroup: str = ""
    teacher: str = ""
    pupils: Sequence[str] = ()
    lessons: Sequence[Taught] = ()
    cells: Mapping[tuple[int, int], str] = field(default_factory=dict)
    finals: Mapping[int, str] = field(default_factory=dict)

    def title(self, class_id: str) -> str:
        """Name its sheet; a long name is cut, the subgroup is not."""
        part = f" ({self.subgroup})" if self.subgroup else ""
        return f"{class_id} {self.name}".strip()[: _TITLE - len(part)] + part


@dataclass(frozen=True, slots=True)
class ClassBook:
    """A book: the class, its list and its subjects in one period; a form has no class yet."""

    year: str
    subjects: Sequence[Subject]
    class_id: str = ""
    period: str = ""
    pupils: Sequence[str] = ()


def class_book(book: ClassBook, words: Mapping[str, Any]) -> bytes:
    """Write the journal of a class; `words` are the texts of the guide and the messages.

    Raises ValueError for a list or a table that is longer than the form.
    """
    made = Workbook()
    dress.add_styles(made)
    dress.write_guide(made, words["title"], words["guide"])
    _write_list(made.create_sheet(ROSTER), book, words)
    for subject in book.subjects:
        if len(subject.lessons) > LESSONS or len(subject.pupils) > PUPILS:
            raise ValueError(subject.name)
        _write_subject(made.create_sheet(subject.title(book.class_id)), book, subject, words)
    return workbook_bytes(made)


def _write_list(sheet: Any, book: ClassBook, words: Mapping[str, Any]) -> None:
    for column, width in (("A", 5), ("B", 42), ("C", 16), ("D", 60)):
        sheet.column_dimensions[column].width = width
    told = (("Класс", book.class_id), ("Учебный год", book.year), ("Период", book.period))
    for row, (label, value) in enumerate(told, start=1):
        dress.put(sheet, row, 2, label).font = dress.BOLD
        _field(sheet, row, 3, value)
        dress.put(sheet, row, 4, words["list"][row - 1]).alignment = dress.WRAPPED
    dress.set_rule(sheet, dress.choice(PERIODS), "C3", "Период")
    dress.highlight(sheet, "C1:C3", "LEN(TRIM(C1))=0")
    for place, text in enumerate(("№", "Фамилия, имя, отчество"), start=1):
        _heading(sheet, LIST_HEAD, place, text)
    for line in range(PUPILS):
        _cell(sheet, LIST_FIRST + line, 1, line + 1, "число")
        _cell(sheet, LIST_FIRST + line, 2, book.pupils[line] if line < len(book.pupils) else "")
    last = LIST_FIRST + PUPILS - 1
    same = f"COUNTIF($B${LIST_FIRST}:$B${last},B{LIST_FIRST})>1"
    twins = f"AND(LEN(B{LIST_FIRST})>0,{same})"
    dress.highlight(sheet, f"B{LIST_FIRST}:B{last}", twins, dress.WRONG)
    sheet.freeze_panes = f"A{LIST_FIRST}"
    dress.fit_pages(sheet, landscape=False)


def _write_subject(sheet: Any, book: ClassBook, subject: Subject, words: Mapping[str, Any]) -> None:
    form = not book.class_id
    _write_header(sheet, book, subject, form=form)
    _write_grid(sheet, book, subject, form=form)
    _write_topics(sheet, subject)
    _set_rules(sheet, book.year, words)
    sheet.freeze_panes = sheet.cell(FIRST, FIRST_LESSON)
    dress.spread(sheet, TOPICS - 1, _PAPER_SCALE)


def _write_header(sheet: Any, book: ClassBook, subject: Subject, *, form: bool) -> None:
    """Write the block over the table: label and value, twice in a row."""
    told = (
        (1, 2, "Класс", book.class_id),
        (1, 8, "Предмет", subject.name),
        (2, 2, "Группа", subject.subgroup),
        (2, 8, "Учитель", subject.teacher),
        (3, 2, "Учебный год", book.year),
    )
    listed = {"Класс": f"{_LIST}!$C$1", "Учебный год": f"{_LIST}!$C$2"} if form else {}
    for row, column, label, value in told:
        cell = dress.put(sheet, row, column, label)
        cell.font, cell.alignment = dress.BOLD, dress.AT_RIGHT
        wide = column > NAME
        if wide:
            sheet.merge_cells(start_row=row, end_row=row, start_column=8, end_column=10)
        start, end = (11, 28) if wide else (3, 6)
        sheet.merge_cells(start_row=row, end_row=row, start_column=start, end_column=end)
        if label in listed:
            _copied(sheet, row, start, listed[label], "число")
        else:
            _field(sheet, row, start, value)


def _write_grid(sheet: Any, book: ClassBook, subject: Subject, *, form: bool) -> None:
    """Write the list of pupils, the lessons over their marks, the marks."""
    sheet.column_dimensions["A"].width = 4.5
    sheet.column_dimensions["B"].width = 34
    sheet.row_dimensions[HEAD].height = 64
    _heading(sheet, HEAD, NUMBER, "№")
    _heading(sheet, HEAD, NAME, "Фамилия, имя, отчество")
    _heading(sheet, NUMBERS, NAME, "№ урока")
    _heading(sheet, KINDS, NAME, "Вид работы")
    for place in range(LESSONS):
        _write_lesson_head(sheet, subject, place, form=form)
    _cell(sheet, HEAD, YEAR, "Год", "отвесно")
    if form:
        _copied(sheet, HEAD, PERIOD, f"{_LIST}!$C$3", "отвесно")
    else:
        _cell(sheet, HEAD, PERIOD, book.period, "отвесно")
    for column in (PERIOD, YEAR):
        sheet.column_dimensions[get_column_letter(column)].width = 6
    for line in range(PUPILS):
        row = FIRST + line
        _cell(sheet, row, NUMBER, line + 1, "число")
        name = subject.pupils[line] if line < len(subject.pupils) else ""
        if form:
            _copied(sheet, row, NAME, f"{_LIST}!$B${LIST_FIRST + line}", "число")
        else:
            _cell(sheet, row, NAME, name)
        for place in range(LESSONS):
            text = subject.cells.get((line, place), "")
            _cell(sheet, row, FIRST_LESSON + place, text, "отметка")
        _cell(sheet, row, PERIOD, subject.finals.get(line, ""), "отметка")
        _cell(sheet, row, YEAR, "", "отметка")


def _write_lesson_head(sheet: Any, subject: Subject, place: int, *, form: bool) -> None:
    """Write the date, the number and the kind of a lesson, in the form out of the topics."""
    column, line = FIRST_LESSON + place, HEAD + 1 + place
    sheet.column_dimensions[get_column_letter(column)].width = 4.4
    lesson = subject.lessons[place] if place < len(subject.lessons) else None
    values = (lesson.date, lesson.number, lesson.kind) if lesson else ("", "", "")
    for row, value, source in zip((HEAD, NUMBERS, KINDS), values, (0, 1, 4), strict=True):
        style = "день" if row == HEAD else "заголовок"
        if form:
            told = f"${get_column_letter(TOPICS + source)}${line}"
            _copied(sheet, row, column, told, style)
        else:
            _cell(sheet, row, column, value, style)


def _write_topics(sheet: Any, subject: Subject) -> None:
    sheet.column_dimensions[get_column_letter(TOPICS - 1)].width = 3
    for place, (text, width) in enumerate(zip(_TOPIC_HEADS, _TOPIC_WIDTHS, strict=True)):
        _heading(sheet, HEAD, TOPICS + place, text)
        sheet.column_dimensions[get_column_letter(TOPICS + place)].width = width
    for place in range(LESSONS):
        lesson = subject.lessons[place] if place < len(subject.lessons) else None
        told = (
            (lesson.date, lesson.number, lesson.topic, lesson.homework, lesson.kind)
            if lesson
            else ("",) * 5
        )
        for at, (value, style) in enumerate(zip(told, _TOPIC_STYLES, strict=True)):
            _cell(sheet, HEAD + 1 + place, TOPICS + at, value, style)


def _set_rules(sheet: Any, year: str, words: Mapping[str, Any]) -> None:
    """Say what cells take and colour what is missing."""
    letters = [get_column_letter(TOPICS + place) for place in range(5)]
    date, number, topic, _homework, kind = letters
    first, last = HEAD + 1, HEAD + LESSONS
    dress.set_rule(sheet, rules.dates_of(year), f"{date}{first}:{date}{last}", "Дата урока")
    dress.set_rule(
        sheet, rules.whole(1, rules.MOST_LESSONS), f"{number}{first}:{number}{last}", "№ урока"
    )
    dress.set_rule(
        sheet,
        dress.choice(DEFAULT_WORK_KINDS, strict=False),
        f"{kind}{first}:{kind}{last}",
        "Вид работы",
    )
    bottom = FIRST + PUPILS - 1
    lessons = f"{get_column_letter(FIRST_LESSON)}{FIRST}:{get_column_letter(PERIOD - 1)}{bottom}"
    finals = f"{get_column_letter(PERIOD)}{FIRST}:{get_column_letter(YEAR)}{bottom}"
    marks = dress.choice((*rules.MARKS, *rules.LETTERS[:4]), strict=False)
    dress.set_rule(sheet, dress.with_error(marks, words["mark"]), lessons, "Отметка")
    final = dress.choice(rules.FINALS, strict=False)
    dress.set_rule(sheet, dress.with_error(final, words["final"]), finals, "Итоговая отметка")
    for cell in ("C1", "C3"):
        dress.highlight(sheet, cell, f"LEN(TRIM({cell}))=0")
    dress.highlight(sheet, "K1:AB2", "AND(COLUMN(K1)=11,LEN(TRIM(K1))=0)")
    for column in (number, topic):
        missing = f"AND(LEN(${date}{first})>0,LEN(TRIM({column}{first}))=0)"
        dress.highlight(sheet, f"{column}{first}:{column}{last}", missing)
    start = get_column_letter(FIRST_LESSON)
    lost = f"AND(LEN({start}{FIRST})>0,OR(LEN({start}${HEAD})=0,LEN($B{FIRST})=0))"
    dress.highlight(sheet, lessons, lost, dress.WRONG)


def _cell(sheet: Any, row: int, column: int, value: object, style: str = "клетка") -> Any:
    cell = dress.put(sheet, row, column, value)
    cell.style = style
    return cell


def _heading(sheet: Any, row: int, column: int, value: object) -> Any:
    return _cell(sheet, row, column, value, "заголовок")


def _copied(sheet: Any, row: int, column: int, source: str, style: str) -> None:
    """Let a cell show what stands in another one."""
    cell = sheet.cell(row, column)
    cell.value = f'=IF({source}="","",{source})'
    cell.style = style


def _field(sheet: Any, row: int, column: int, value: str) -> None:
    cell = dress.put(sheet, row, column, value)
    cell.number_format, cell.border, cell.alignment = dress.TEXT, dress.GRID, dress.AT_LEFT
