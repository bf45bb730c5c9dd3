"""ЭлЖур, the Crimean one included: a folder of saved answers (`journal.md` 4.4)."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docgen.core.findings import Finding
from docgen.journal.codes import AttendanceCode, cyrillic, tidy
from docgen.journal.sources import saved_answers
from docgen.journal.sources.rows import Part, Row
from docgen.journal.sources.saved_answers_book import Book, work_kind
from docgen.journal.sources.saved_answers_cells import Absence, Cell, Grade
from docgen.journal.sources.saved_answers_json import Node, answer, date_of
from docgen.journal.sources.saved_answers_lessons import Evidence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

_CODES = {
    "Н": AttendanceCode.ABSENT_UNSPECIFIED,
    "НП": AttendanceCode.ABSENT_UNEXCUSED,
    "У": AttendanceCode.ABSENT_EXCUSED,
    "УП": AttendanceCode.ABSENT_EXCUSED,
    "Б": AttendanceCode.ABSENT_ILL,
    "О": AttendanceCode.LATE,
    "ОП": AttendanceCode.LATE,
    "ОСВ": AttendanceCode.EXEMPT,
}
"""The letters of the paper journal (`journal.md` 5); they come among the marks."""

_GENDERS = {"male": "м", "female": "ж"}
_RULES_FIRST = re.compile(rb'"(?:relations|roles)"\s*:')
_DIARY, _MARKS = 0, 1
"""Ranks of answers: the diary knows lessons, the list of marks only days and comments."""


@dataclass(frozen=True, slots=True)
class Eljur:
    """Reads getrules, getperiods, getdiary, gethomework, getmarks and getfinalassessments.

    Ids of pupils are the system's. The diary tells the numbers of lessons; where there is only
    the list of marks, those of a subject on one day are told apart by `lesson_comment`.
    """

    name: str = "eljur"
    title: str = "ЭлЖур (папка ответов JSON)"
    confirmed: bool = False
    signs: str = "ответы JSON с ключами response и result"
    guesses: frozenset[str] = frozenset()

    def recognises(self, path: Path) -> bool:
        """Tell by the keys of its JSON."""
        return saved_answers.is_of(path, self.name)

    def read(self, path: Path) -> Iterator[Part | Row | Finding]:
        """Yield the school, classes, pupils, periods, lessons, marks and final marks.

        Raises InputFault for a file that cannot be read, an answer that is an error, and a pupil
        whose class no getrules tells.
        """
        reading = _Reading(Book())
        with saved_answers.opened(path) as members:
            files = saved_answers.answers(members)
            # getrules comes first: it tells the classes of the pupils.
            files.sort(key=lambda item: not _RULES_FIRST.search(saved_answers.head(item)))
            for member in files:
                part, root = answer(member)
                reading.file(root, reading.book.begin(part))
        reading.finish()
        reading.book.lacks("ЭлЖур", "составы подгрупп, даты выставления отметок, замены")
        yield from reading.book.rows()


SOURCE = Eljur()


class _Reading:
    """What the files of one folder have to know of each other."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.evidence = Evidence(book)
        self.units: dict[str, str] = {}
        self.period_names: dict[str, str] = {}
        self.finals: list[tuple[str, Node, int]] = []
        self.homework: list[tuple[dt.date, str, set[str]]] = []

    def file(self, root: Node, part: int) -> None:
        """Read an answer by what stands in it."""
        response = root["response"]
        result = response["result"]
        if "response" not in root:
            self.book.note("SV-01", part)
        elif response["error"]:
            response["error"].fault("Система ответила не данными, а ошибкой.")
        elif "relations" in result:
            self._rules(result["relations"], part)
        elif "days" in result:
            self._homework(result["days"], part)
        elif "students" in result:
            self._students(result["students"], part)
        else:
            self.book.note("SV-01", part)

    def _rules(self, relations: Node, part: int) -> None:
        for school in relations["schools"].each():
            self.book.school(school["title"].text(), (part, school.pointer))
        for key, group in relations["groups"].items():
            name = group["name"].text() or key
            self.book.unit(name, (part, group.pointer), group["parallel"].whole())
        for key, pupil in relations["students"].items():
            place = (part, pupil.pointer)
            student_id, unit = pupil["name"].text() or key, pupil["class"].text()
            self.units[student_id] = (
                self.book.unit(unit, place) if unit else self._only_class(pupil)
            )
            self.book.pupil(
                pupil["title"].need(),
                self.units[student_id],
                place,
                gender=_GENDERS.get(pupil["gender"].text(), ""),
                student_id=student_id,
            )

    def _only_class(self, node: Node) -> str:
        """Tell the class of a pupil nothing else tells it of: the only one there is."""
        classes = self.book.classes
        if len(classes) != 1:
            node.fault("Класс учащегося неизвестен: сохраните в ту же папку ответ getrules.")
        return classes[0]

    def _students(self, students: Node, part: int) -> None:
        """Read an answer about pupils; they come by their ids, or as a list."""
        by_id = isinstance(students.value, dict)
        pairs = students.items() if by_id else ((item["name"].need(), item)
                                                for item in students.each())  # fmt: skip
        for student_id, pupil in pairs:
            if "periods" in pupil:
                self._periods(pupil["periods"], part)
                continue
            if student_id not in self.units:
                self.units[student_id] = self._only_class(pupil)
                self.book.pupil(pupil["title"].need(), self.units[student_id],
                                (part, pupil.pointer), student_id=student_id)  # fmt: skip
            if "days" in pupil:
                self._diary(student_id, pupil["days"], part)
            if "lessons" in pupil:
                self._marks(student_id, pupil["lessons"], part)
            if "items" in pupil:
                self.finals.append((student_id, pupil["items"], part))

    def _periods(self, periods: Node, part: int) -> None:
        for period in periods.each():
            name = period["fullname"].text() or period["name"].need()
            place = (part, period.pointer)
            self.period_names[period["name"].text()] = name
            self.book.period(name, period["start"].day(), period["end"].day(), place)

    def _diary(self, student_id: str, days: Node, part: int) -> None:
        for key, shown in days.items():
            day = date_of(key, shown)
            cells: dict[str, list[Cell]] = defaultdict(list)
            for number, item in _numbered(shown["items"]):
                place = (part, item.pointer)
                subject = self.book.subject(item["name"].need(), place)
                topic, teacher = item["topic"].text(), item["teacher"].text()
                grades, absences = _marks(item["assessments"], part)
                cells[subject].append(
                    Cell(
                        place,
                        number=item["num"].whole() if item["num"] else number,
                        identity=(teacher, topic),
                        topic=topic,
                        homework="; ".join(_homework_texts(item["homework"])),
                        teacher=self.book.staff(teacher, place),
                        grades=grades,
                        absences=absences,
                    )
                )
            course = self.units[student_id]
            for subject, found in cells.items():
                self.evidence.add((course, subject), student_id, day, found, rank=_DIARY)

    def _marks(self, student_id: str, lessons: Node, part: int) -> None:
        for lesson in lessons.each():
            place = (part, lesson.pointer)
            subject = self.book.subject(lesson["name"].need(), place)
            days: dict[dt.date, dict[str, list[Node]]] = defaultdict(lambda: defaultdict(list))
            for mark in lesson["marks"].each():
                days[mark["date"].day()][mark["lesson_comment"].text()].append(mark)
            for day, by_comment in days.items():
                cells = []
                for comment, marks in by_comment.items():
                    grades, absences = _marks_of(marks, part)
                    cells.append(Cell((part, marks[0].pointer), order=comment, topic=comment,
                                      grades=grades, absences=absences))  # fmt: skip
                course = self.units[student_id], subject
                self.evidence.add(course, student_id, day, cells, rank=_MARKS)

    def _homework(self, days: Node, part: int) -> None:
        for key, shown in days.items():
            for name, item in shown["items"].items():
                texts = set(_homework_texts(item["homework"]))
                if texts and tidy(name):
                    subject = self.book.subject(name, (part, item.pointer))
                    self.homework.append((date_of(key, shown), subject, texts))

    def finish(self) -> None:
        """Read what waits for other answers: final marks for periods, homework for classes."""
        for student_id, items, part in self.finals:
            for item in items.each():
                subject = self.book.subject(item["name"].need(), (part, item.pointer))
                for mark in item["assessments"].each():
                    place, period = (part, mark.pointer), mark["period"].need()
                    code = self.book.period_code(self.period_names.get(period, period), place)
                    if code:
                        self.book.final(student_id, self.units[student_id], subject, code,
                                        mark["value"].text(), place)  # fmt: skip
        # An answer about homework does not say of which class it is.
        if len(self.book.classes) == 1:
            for day, subject, texts in self.homework:
                self.evidence.homework[self.book.classes[0], subject, day] |= texts
        self.evidence.settle()


def _numbered(items: Node) -> Iterator[tuple[int | None, Node]]:
    """Walk the lessons of a day: by their numbers, or as a list."""
    if isinstance(items.value, dict):
        for key, item in items.items():
            yield int(key) if key.isascii() and key.isdigit() and len(key) < 3 else None, item  # noqa: PLR2004
    else:
        for item in items.each():
            yield None, item


def _homework_texts(homework: Node) -> list[str]:
    entries = homework.each() if isinstance(homework.value, list) else (
        entry for _, entry in homework.items()
    )  # fmt: skip
    return [text for entry in entries if (text := entry["value"].text())]


def _marks(marks: Node, part: int) -> tuple[tuple[Grade, ...], tuple[Absence, ...]]:
    return _marks_of(list(marks.each()), part)


def _marks_of(marks: list[Node], part: int) -> tuple[tuple[Grade, ...], tuple[Absence, ...]]:
    """Tell marks and attendance letters apart; they come in one list."""
    grades, absences = [], []
    for mark in marks:
        raw, place = mark["value"].text(), (part, mark.pointer)
        code = _CODES.get(cyrillic(raw.upper()))
        if code:
            absences.append(Absence(code, place))
        elif raw:
            kind = mark["mtype"]["short"].text() or mark["mtype"]["type"].text()
            grades.append(Grade(raw, place, work_kind(kind), mark["weight"].number()))
    return tuple(grades), tuple(absences)
