"""«БАРС. Образование – Электронная школа» and «07.Образование»: saved answers (`journal.md` 4.2).

A folder of answers of the web cabinet (`GetSummaryMarks`, `GetTotalMarks`, `getClassYearInfo`,
`getSchoolInfo`) and of the old mobile interface (`rest/diary`, `rest/totals`).
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docgen.core.findings import Finding
from docgen.journal.codes import AttendanceCode, cyrillic, tidy
from docgen.journal.sources import saved_answers
from docgen.journal.sources.rows import Part, Row
from docgen.journal.sources.saved_answers_book import Book, plain, work_kind
from docgen.journal.sources.saved_answers_cells import Absence, Cell, Grade
from docgen.journal.sources.saved_answers_json import Node, answer, date_of
from docgen.journal.sources.saved_answers_lessons import Evidence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

_CODES = {
    "Н": AttendanceCode.ABSENT_UNSPECIFIED,
    "У": AttendanceCode.ABSENT_EXCUSED,
    "Б": AttendanceCode.ABSENT_ILL,
    "О": AttendanceCode.LATE,
    "ОСВ": AttendanceCode.EXEMPT,
}
_PRESENT = {"", "был", "была"}
_TAG = re.compile(
    r"</?(?:span|div|p|br|b|i|u|a|font|strong|em|sub|sup|ul|ol|li|small)"
    r"(?:\s+[\w-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s<>\"']+))*\s*/?>",
    re.IGNORECASE,
)
"""Tags of the web page; «x < 2; 2x > 4» is none."""
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6});")
_LESSON = re.compile(r"\s*(\d{1,2})(?!\d)")
_CLASS_FIRST = re.compile(rb'"form_master"\s*:')
_NONE = {"", "0", "-"}
"""What stands for a mark that is not set."""

_DIARY, _SUMMARY = 0, 1
"""Ranks of answers: the diary knows lessons, the summary only days."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Reads answers about pupils; whose they are tells `index.csv`, or `student` for one pupil.

    The diary tells the numbers of lessons (`lesson`: «2 урок»). The summary of marks does not:
    all marks of a subject on one day are put to one lesson, or to the lessons of the diary.
    The bounds of a period are not told: it spans the dates the summary lists.
    """

    name: str = "bars"
    title: str = "БАРС. Образование и «07.Образование» (папка ответов JSON и index.csv)"
    confirmed: bool = False
    signs: str = "ответы JSON с ключами discipline_marks, total_marks_data, days, period_types"
    guesses: frozenset[str] = frozenset({"periods"})
    student: str = ""

    def recognises(self, path: Path) -> bool:
        """Tell by the keys of its JSON."""
        return saved_answers.is_of(path, self.name)

    def read(self, path: Path) -> Iterator[Part | Row | Finding]:
        """Yield the school, classes, pupils, lessons, marks and final marks of all files.

        Raises InputFault for a file that cannot be read or whose pupil or class is not known.
        """
        reading = _Reading(Book())
        with saved_answers.opened(path) as members:
            reading.index = saved_answers.index(members, self.student)
            files = saved_answers.answers(members)
            # Lists of classes come first: they tell the classes of the pupils.
            files.sort(key=lambda item: not _CLASS_FIRST.search(saved_answers.head(item)))
            for member in files:
                part, root = answer(member)
                reading.file(member.name, root, reading.book.begin(part))
        reading.evidence.settle()
        reading.book.lacks("БАРС", "веса отметок, даты выставления, составы подгрупп")
        yield from reading.book.rows()


SOURCE = Bars()


class _Reading:
    """What the files of one folder have to know of each other."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.evidence = Evidence(book)
        self.index = saved_answers.Index()
        self.units: dict[str, set[str]] = defaultdict(set)

    def file(self, name: str, root: Node, part: int) -> None:
        """Read an answer by what stands in it."""
        if "form_master" in root or "study_level" in root:
            self._class(root, part)
        elif "employees" in root:
            self._school(root, part)
        else:
            readers = [reader for key, reader in _PUPIL_ANSWERS.items() if key in root]
            for reader in readers[:1]:
                class_id, student_id = self._pupil(name, root, part)
                reader(self, root, class_id, student_id, part)
            if not readers:
                self.book.note("SV-01", part)

    def _class(self, root: Node, part: int) -> None:
        place = (part, root.pointer)
        head = self.book.staff(_text(root["form_master"]), (part, "/form_master"))
        name = _text(root["study_level"]) + _text(root["letter"])
        class_id = self.book.unit(name, place, root["study_level"].whole(), head)
        for pupil in root["pupils"].each():
            fullname = _clean(pupil["fullname"].need())
            gender = "" if pupil["male"].value is None else "м" if pupil["male"].flag() else "ж"
            self.units[plain(fullname)].add(class_id)
            self.book.pupil(fullname, class_id, (part, pupil.pointer), gender=gender)

    def _school(self, root: Node, part: int) -> None:
        jobs: dict[str, str] = {}
        for person in root["employees"].each():
            position = ", ".join(_text(job) for job in person["employer_jobs"].each())
            name = _text(person["fullname"])
            self.book.staff(name, (part, person.pointer), position)
            jobs.setdefault(position.casefold(), name)
        self.book.school(
            _text(root["name"]),
            (part, root.pointer),
            address=_text(root["address"]),
            phone=_text(root["phone"]),
            email=_text(root["email"]),
            director=jobs.get("директор", ""),
        )

    def _pupil(self, name: str, root: Node, part: int) -> tuple[str, str]:
        """Tell class and id of the pupil an answer is about."""
        found = self.index.pupil(name, root.file)
        units = self.units.get(plain(found.name), set()) or set(self.book.classes)
        class_id = found.class_id or (min(units) if len(units) == 1 else "")
        if not class_id:
            root.fault("Класс учащегося неизвестен: добавьте в index.csv столбец «класс» или "
                       "сохраните в папку ответ getClassYearInfo.")  # fmt: skip
        place = (part, root.pointer)
        return self.book.unit(class_id, place), self.book.pupil(found.name, class_id, place)

    def diary(self, root: Node, class_id: str, student_id: str, part: int) -> None:
        """Read `rest/diary`: lessons with topics, homework, attendance and marks."""
        for entry in root["days"].each():
            date, *rest = list(entry.each()) or [entry]
            cells: dict[str, list[Cell]] = defaultdict(list)
            day = date_of(date.need(), date)
            for lesson in rest[0]["lessons"].each() if rest else ():
                name = _clean(lesson["discipline"].need())
                subject = self.book.subject(name, (part, lesson.pointer))
                cells[subject].append(self._cell(lesson, part))
            for subject, shown in cells.items():
                self.evidence.add((class_id, subject), student_id, day, shown, rank=_DIARY)

    def _cell(self, lesson: Node, part: int) -> Cell:
        place = (part, lesson.pointer)
        hours = [_text(item) for item in lesson["lesson"].each()]
        number = _LESSON.match(hours[1]) if len(hours) > 1 else None
        start = hours[2] if len(hours) > 2 else ""  # noqa: PLR2004 - id, name, start, end
        topic, teacher = _text(lesson["subject"]), _text(lesson["teacher"])
        return Cell(
            place,
            number=int(number[1]) if number else None,
            order=start or (hours[0] if hours else ""),
            identity=(teacher, topic),
            topic=topic,
            homework="; ".join(filter(None, map(_text, lesson["homework"].each()))),
            teacher=self.book.staff(teacher, place),
            grades=tuple(_diary_grades(lesson["marks"], part)),
            absences=tuple(_absence(lesson["attendance"], part)),
        )

    def summary(self, root: Node, class_id: str, student_id: str, part: int) -> None:
        """Read `GetSummaryMarks`: marks by subject and date, in an envelope or without."""
        envelope = root["summary_marks_data"]
        for period in envelope.each() if "summary_marks_data" in root else (root,):
            name = _text(period["subperiod"]["name"]) or _text(period["subperiod"]["code"])
            for date in period["dates"].each() if name else ():
                self.book.seen_in(name, date.day(), (part, period["subperiod"].pointer))
            for discipline in period["discipline_marks"].each():
                place = (part, discipline.pointer)
                subject = self.book.subject(_clean(discipline["discipline"].need()), place)
                grades: dict[dt.date, list[Grade]] = defaultdict(list)
                for mark in discipline["marks"].each():
                    raw, kind = _text(mark["mark"]), work_kind(_text(mark["description"]))
                    if raw not in _NONE:
                        grades[mark["date"].day()].append(Grade(raw, (part, mark.pointer), kind))
                for day, found in grades.items():
                    cell = Cell(found[0].place, grades=tuple(found))
                    course = class_id, subject
                    self.evidence.add(course, student_id, day, [cell], rank=_SUMMARY)

    def totals(self, root: Node, class_id: str, student_id: str, part: int) -> None:
        """Read `GetTotalMarks`: final marks by the codes of periods."""
        for total in root["total_marks_data"].each():
            names = {
                _text(item["code"]): _text(item["name"]) for item in total["subperiods"].each()
            }
            for discipline in total["discipline_marks"].each():
                place = (part, discipline.pointer)
                subject = self.book.subject(_clean(discipline["discipline"].need()), place)
                for mark in discipline["period_marks"].each():
                    code = _text(mark["subperiod_code"])
                    self._final(
                        (class_id, student_id, subject), names.get(code, code), mark["mark"], part
                    )

    def rest_totals(self, root: Node, class_id: str, student_id: str, part: int) -> None:
        """Read `rest/totals`: a list of marks per subject, "0" for one that is not set."""
        names = [_text(item) for item in root["period_types"].each()]
        for discipline, marks in root["subjects"].items():
            subject = self.book.subject(_clean(discipline), (part, marks.pointer))
            found = list(marks.each())
            if len(found) > len(names):
                marks.fault("Отметок больше, чем периодов в period_types.")
            for name, mark in zip(names, found, strict=False):
                self._final((class_id, student_id, subject), name, mark, part)

    def _final(self, whose: tuple[str, str, str], period: str, mark: Node, part: int) -> None:
        place = (part, mark.pointer)
        code = self.book.period_code(_period_name(period), place)
        class_id, student_id, subject = whose
        raw = _text(mark)
        if code:
            self.book.final(student_id, class_id, subject, code, "" if raw in _NONE else raw, place)


_PUPIL_ANSWERS: dict[str, Callable[[_Reading, Node, str, str, int], None]] = {
    "days": _Reading.diary,
    "summary_marks_data": _Reading.summary,
    "total_marks_data": _Reading.totals,
    "discipline_marks": _Reading.summary,
    "period_types": _Reading.rest_totals,
}


def _clean(text: str) -> str:
    """Take the tags of the web page off a text, and read its entities."""
    bare = _TAG.sub(" ", text)
    return tidy(_ENTITY.sub(lambda found: html.unescape(found[0]), bare))


def _text(node: Node) -> str:
    return _clean(node.text())


def _period_name(name: str) -> str:
    """Read the code «Четверть_1» as the name it stands for."""
    word, _, number = name.partition("_")
    return f"{number} {word}" if number else name


def _diary_grades(marks: Node, part: int) -> Iterator[Grade]:
    """Read two lists that belong together: kinds of work, marks."""
    lists = [list(item.each()) for item in marks.each()]
    names, found = [*lists, [], []][:2]
    for place, mark in enumerate(found):
        kind = _text(names[place]) if place < len(names) else ""
        if _text(mark) not in _NONE:
            yield Grade(_text(mark), (part, mark.pointer), work_kind(kind))


def _absence(attendance: Node, part: int) -> Iterator[Absence]:
    """Read a code and its name; a name without a code that is not «Был» stays as it is."""
    code, *name = [_text(item) for item in attendance.each()] or [""]
    told = code or (name[0] if name and name[0].casefold() not in _PRESENT else "")
    if told.casefold() not in _PRESENT:
        yield Absence(_CODES.get(cyrillic(told.upper()), told), (part, attendance.pointer))
