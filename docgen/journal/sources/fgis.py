"""ФГИС «Моя школа»: the Schedule of a pupil as JSON, a file per pupil (`journal.md` 4.5)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docgen.core.findings import Finding
from docgen.journal.codes import AttendanceCode, cyrillic
from docgen.journal.sources import saved_answers
from docgen.journal.sources.rows import Part, Row
from docgen.journal.sources.saved_answers_book import Book, work_kind
from docgen.journal.sources.saved_answers_cells import Absence, Cell, Grade
from docgen.journal.sources.saved_answers_json import Node, answer
from docgen.journal.sources.saved_answers_lessons import Evidence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

_CODES = {"Н": AttendanceCode.ABSENT_UNSPECIFIED, "О": AttendanceCode.LATE}
"""Every absence is «н» here: reasons are not told (`journal.md` 5)."""


@dataclass(frozen=True, slots=True)
class Fgis:
    """Reads schedules of pupils; whose a file is tells `index.csv`, or `student` for one pupil.

    Lessons have no numbers: those of a subject on one day are ordered by their times and
    numbered below 1. `insteadOf` is who should have taught; who did is not told. There are no
    final marks, and no bounds of the period: it spans the days with lessons.
    """

    name: str = "fgis"
    title: str = "ФГИС «Моя школа» (расписания учащихся в JSON и index.csv)"
    confirmed: bool = False
    signs: str = "ответы JSON с ключами school и academYear"
    guesses: frozenset[str] = frozenset({"periods"})
    student: str = ""

    def recognises(self, path: Path) -> bool:
        """Tell by the keys of its JSON."""
        return saved_answers.is_of(path, self.name)

    def read(self, path: Path) -> Iterator[Part | Row | Finding]:
        """Yield the school, classes, pupils, lessons and marks of all files.

        Raises InputFault for a file that cannot be read or whose pupil is not known.
        """
        book = Book()
        evidence = Evidence(book)
        with saved_answers.opened(path) as members:
            index = saved_answers.index(members, self.student)
            for member in saved_answers.answers(members):
                part, root = answer(member)
                number = book.begin(part)
                if "school" not in root:
                    book.note("SV-01", number)
                    continue
                pupil = index.pupil(member.name, member.address)
                for school in root["school"].each():
                    _school(book, evidence, school, pupil, number)
        evidence.settle()
        book.lacks("ФГИС", "номера уроков, причины пропусков, освобождения, итоговые отметки")
        yield from book.rows()


SOURCE = Fgis()


def _school(
    book: Book, evidence: Evidence, school: Node, pupil: saved_answers.Named, part: int
) -> None:
    place = (part, school.pointer)
    book.school(school["name"].text(), place, school["id"].text())
    for unit in school["class"].each():
        here = (part, unit.pointer)
        class_id = book.unit(unit["class"].need(), here, unit["grade"].whole())
        student_id = book.pupil(pupil.name, class_id, here)
        days: dict[tuple[str, dt.date], list[Cell]] = defaultdict(list)
        for lesson in unit["lesson"].each():
            subject = book.subject(lesson["subject"].need(), (part, lesson.pointer))
            day = lesson["period"]["start"].day()
            days[subject, day].append(_cell(book, lesson, part))
            if school["period"]:
                book.seen_in(school["period"].text(), day, (part, school["period"].pointer))
        for (subject, day), cells in days.items():
            evidence.add((class_id, subject), student_id, day, cells)


def _cell(book: Book, lesson: Node, part: int) -> Cell:
    place = (part, lesson.pointer)
    topic, homework = lesson["topic"].text(), lesson["homework"].text()
    code = lesson["attendance"]["code"].text()
    known = _CODES.get(cyrillic(code.upper()))
    absence = (Absence(known or code, (part, lesson["attendance"].pointer)),) if code else ()
    return Cell(
        place,
        order=lesson["period"]["start"].moment(),
        identity=(topic, homework),
        topic=topic,
        homework=homework,
        planned=book.staff(lesson["insteadOf"].text(), place),
        grades=tuple(_grade(score, part) for score in lesson["score"].each() if score["score"]),
        absences=absence,
    )


def _grade(score: Node, part: int) -> Grade:
    """Read a mark; `score2` is the second of a pair."""
    raw = "/".join(filter(None, (score["score"].text(), score["score2"].text())))
    return Grade(raw, (part, score.pointer), work_kind(score["code"].text()),
                 score["weight"].number())  # fmt: skip
