"""Reports of «Сетевой город», told apart by the columns of their tables (`journal.md` 4.1).

StudentTotal: subjects by days, averages and final marks; StudentTotalMarks: subjects by periods;
StudentGrades: a row per mark, with the date it was set; ClassAttendance: pupils by days.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from docgen.core.errors import InputFault
from docgen.journal.codes import AttendanceCode, cyrillic, tidy
from docgen.journal.sources import values
from docgen.journal.sources.saved_answers_book import Book, work_kind
from docgen.journal.sources.saved_answers_cells import Absence, Cell, Grade
from docgen.journal.sources.saved_answers_html import Grid, Report, cell_name
from docgen.journal.sources.tabular import heading
from docgen.journal.sources.values import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.journal.sources.saved_answers_lessons import Evidence

_CODES = {
    "ОТ": AttendanceCode.ABSENT_UNSPECIFIED,
    "НП": AttendanceCode.ABSENT_UNEXCUSED,
    "УП": AttendanceCode.ABSENT_EXCUSED,
    "Б": AttendanceCode.ABSENT_ILL,
    "ОП": AttendanceCode.LATE,
    "ОСВ": AttendanceCode.EXEMPT,
}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь",
         "октябрь", "ноябрь", "декабрь"), start=1,
    )
}  # fmt: skip
_AUGUST = 8
_GRADES, _TOTAL = 1, 2
"""Ranks of answers: the report with the dates marks were set is better than the grid."""

_INTERVAL = re.compile(r"с (\d{1,2}\.\d{1,2}\.\d{4}) по (\d{1,2}\.\d{1,2}\.\d{4})")
_SEPARATORS = re.compile(r"[\s,;]+")
_NO_MARK = "-"
_AVERAGE = re.compile("средн")
_FINAL = re.compile(r"итог\w*\.?\s*(?:оценка|отметка)\s*(.+)", re.IGNORECASE)


def read(report: Report, book: Book, evidence: Evidence) -> None:
    """Read the tables of a report into the book.

    Raises InputFault for a table whose pupil, class, dates or marks cannot be told.
    """
    known = False
    for grid in report.grids:
        table = _Table(report, grid, book, evidence, part=-1)
        reader = table.reader()
        if reader:
            known = True
            table.part = book.begin(report.part(grid))
            reader()
    if not known:
        empty = Grid(1)
        book.note("SV-01", book.begin(report.part(report.grids[0] if report.grids else empty)))


@dataclass(slots=True)
class _Table:
    """A table of a report, with the report's parameters."""

    report: Report
    grid: Grid
    book: Book
    evidence: Evidence
    part: int

    def fault(self, message: str, row: int = 0, column: int = 0) -> NoReturn:
        """Raise InputFault for a cell of the table."""
        raise InputFault(
            message,
            where=self.report.where(self.grid, row, column),
            remedy="Сохраните отчёт из журнала ещё раз; сам файл не правьте.",
        )

    def place(self, row: int, column: int) -> tuple[int, str]:
        """Tell the place of a cell."""
        return self.part, cell_name(row, column)

    def at(self, row: int, column: int) -> str:
        """Take the text of a cell, "" where the row is too short."""
        line = self.grid.rows[row] if row < len(self.grid.rows) else []
        return line[column] if column < len(line) else ""

    def param(self, name: str) -> str:
        """Take a parameter of the report, «Класс» or «Ученик»."""
        return self.report.params.get(name, "")

    def column(self, *names: str) -> int | None:
        """Find a column by its header."""
        wanted = {heading(name) for name in names}
        return next(
            (place for place, text in enumerate(self.grid.rows[0]) if heading(text) in wanted), None
        )

    def reader(self) -> Callable[[], None] | None:
        """Choose how the table is read, None for a table that is none of the reports."""
        first = self.grid.rows[0]
        months = any(_month(text) for text in first)
        if self.column("Дата урока") is not None:
            return self.grades
        if self.column("Предмет") is not None:
            return self.total if months else self.final_marks
        if self.column("Ученик", "ФИО", "ФИО ученика", "Фамилия, имя", "Учащийся") is not None:
            return self.attendance
        return None

    # Whose report it is

    def _pupil(self) -> tuple[str, str]:
        name, unit = self.param("Ученик") or self.param("Ученики"), self.param("Класс")
        if not name or not unit:
            self.fault(f"В отчёте не сказано, {'чей он' if not name else 'какого класса ученик'}.")
        class_id = self._unit(unit)
        return class_id, self.book.pupil(name, class_id, self.place(0, 0))

    def _unit(self, name: str) -> str:
        place = self.place(0, 0)
        school = next((text for text in self.report.titles if text), "")
        titled = [text for text in self.report.titles if "«" in text or '"' in text]
        if titled and school:
            self.book.school(titled[0], place)
        return self.book.unit(name, place)

    # StudentTotal

    def total(self) -> None:
        """Read subjects by days, with absences among the marks, and the final marks beside."""
        class_id, student_id = self._pupil()
        days, finals = self._columns()
        named = self.column("Предмет") or 0
        for row in range(self._body(), len(self.grid.rows)):
            if not self.at(row, named):
                continue
            subject = self.book.subject(self.at(row, named), self.place(row, named))
            for column, code in finals.items():
                self._final((student_id, class_id, subject), code, row, column)
            for day, columns in days.items():
                cells = [self._cell(row, column) for column in columns]
                if any(cell.grades or cell.absences for cell in cells):
                    self.evidence.add((class_id, subject), student_id, day, cells, rank=_TOTAL)

    def _body(self) -> int:
        """Find the first row below the header: it does not begin with what the header does."""
        first = self.grid.rows[0][0]
        return next(
            (row for row, line in enumerate(self.grid.rows) if line and line[0] != first),
            len(self.grid.rows),
        )

    def _columns(self) -> tuple[dict[dt.date, list[int]], dict[int, str]]:
        days: dict[dt.date, list[int]] = defaultdict(list)
        finals: dict[int, str] = {}
        for column, top in enumerate(self.grid.rows[0]):
            month, final = _month(top), _FINAL.search(top)
            if month:
                days[self._day(month, column)].append(column)
            elif final and not _AVERAGE.search(top.casefold()):
                code = self.book.period_code(final[1], self.place(0, column))
                if code:
                    finals[column] = code
        interval = _INTERVAL.search(self.param("Период"))
        if interval and len(finals) == 1:
            # The interval of a report that closes one period is that period.
            name = _FINAL.search(self.grid.rows[0][next(iter(finals))])
            self._period(name[1] if name else "", interval, days)
        return days, finals

    def _period(self, name: str, interval: re.Match[str], days: dict[dt.date, list[int]]) -> None:
        try:
            start, end = values.day(interval[1]), values.day(interval[2])
        except Unreadable:
            self.fault(f"Период отчёта не читается: «{interval[0]}».")
        for day in (start, end, *days):
            if start <= day <= end:
                self.book.seen_in(name, day, self.place(0, 0))

    def _day(self, month: int, column: int) -> dt.date:
        """Tell the date of a column; months carry no year, the school year does."""
        try:
            first = int(values.school_year(self.param("Учебный год"))[:4])
            year = first if month >= _AUGUST else first + 1
            return dt.date(year, month, int(self.at(1, column)))
        except Unreadable:
            self.fault("В отчёте нет строки «Учебный год: 2025/2026», а без неё даты неизвестны.")
        except ValueError:
            self.fault(f"«{self.at(1, column)[:20]}» – не день этого месяца.", 1, column)

    def _cell(self, row: int, column: int) -> Cell:
        place = self.place(row, column)
        tokens = [token for token in _SEPARATORS.split(self.at(row, column)) if token]
        codes = [_CODES.get(cyrillic(token).upper()) for token in tokens]
        return Cell(
            place,
            grades=tuple(
                Grade(token, place)
                for token, code in zip(tokens, codes, strict=True)
                if not code and token != _NO_MARK
            ),
            absences=tuple(Absence(code, place) for code in codes if code),
        )

    # StudentTotalMarks

    def final_marks(self) -> None:
        """Read subjects by periods."""
        class_id, student_id = self._pupil()
        named = self.column("Предмет") or 0
        codes = {
            column: code
            for column, text in enumerate(self.grid.rows[0])
            if column > named
            and not _AVERAGE.search(text.casefold())
            and (code := self.book.period_code(text, self.place(0, column)))
        }
        for code in codes.values():
            self.book.scheme(class_id, code)
        for row in range(self._body(), len(self.grid.rows)):
            if self.at(row, named):
                subject = self.book.subject(self.at(row, named), self.place(row, named))
                for column, code in codes.items():
                    self._final((student_id, class_id, subject), code, row, column)

    def _final(self, whose: tuple[str, str, str], code: str, row: int, column: int) -> None:
        self.book.final(*whose, code, self.at(row, column), self.place(row, column))

    # StudentGrades

    def grades(self) -> None:
        """Read a row per mark: type and topic of the work, dates of the lesson and of the mark."""
        class_id, student_id = self._pupil()
        found: dict[tuple[str, dt.date], list[tuple[Grade, str]]] = defaultdict(list)
        dated, marked = self.column("Дата урока"), self.column("Отметка", "Оценка")
        if dated is None or marked is None:
            self.fault("В отчёте нет столбца «Отметка».")
        own = {
            name: self.column(*names)
            for name, names in {
                "subject": ("Предмет",),
                "kind": ("Тип задания",),
                "topic": ("Тема задания",),
                "set_at": ("Дата выставления оценки", "Дата выставления отметки"),
            }.items()
        }
        for row in range(1, len(self.grid.rows)):
            text = {
                name: self.at(row, column) if column is not None else ""
                for name, column in own.items()
            }
            raw, place = self.at(row, marked), self.place(row, marked)
            name = text["subject"] or self.param("Предмет")
            if raw in {"", _NO_MARK}:
                continue
            if not name:
                self.fault("В отчёте не сказано, по какому предмету отметки.", row)
            subject = self.book.subject(name, place)
            set_at = self._date(text["set_at"], row, own["set_at"]).isoformat() \
                if text["set_at"] else ""  # fmt: skip
            grade = Grade(raw, place, work_kind(text["kind"]), set_at=set_at)
            found[subject, self._date(self.at(row, dated), row, dated)].append(
                (grade, text["topic"])
            )
        for (subject, day), grades in found.items():
            topic = "; ".join(dict.fromkeys(tidy(item) for _, item in grades if tidy(item)))
            cell = Cell(grades[0][0].place, topic=topic, grades=tuple(item for item, _ in grades))
            self.evidence.add((class_id, subject), student_id, day, [cell], rank=_GRADES)

    def _date(self, text: str, row: int, column: int | None) -> dt.date:
        try:
            return values.day(text)
        except Unreadable:
            self.fault(f"«{text[:20]}» – не дата.", row, column or 0)

    # ClassAttendance

    def attendance(self) -> None:
        """Read the class and its pupils; days without subjects have no place in a journal."""
        unit = self.param("Класс")
        if not unit:
            self.fault("В отчёте не сказано, какого он класса.")
        class_id = self._unit(unit)
        named = self.column("Ученик", "ФИО", "ФИО ученика", "Фамилия, имя", "Учащийся") or 0
        for row, name in self._names(named):
            self.book.pupil(name, class_id, self.place(row, named))
        self.book.note("SV-09", self.part)

    def _names(self, column: int) -> Iterator[tuple[int, str]]:
        """Walk the rows that name a pupil: two words at least, no total."""
        for row in range(self._body(), len(self.grid.rows)):
            text = self.at(row, column)
            if " " in text and not re.match(r"(?i)итого|всего", text):
                yield row, text


def _month(text: str) -> int | None:
    """Tell a month by its name, which a year may follow."""
    return _MONTHS.get(tidy(text).casefold().split(" ")[0])
