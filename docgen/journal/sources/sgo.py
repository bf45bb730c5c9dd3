"""«Сетевой город. Образование»: saved reports, diaries and answers of its web interface.

A folder or ZIP with any of them, or one report (`journal.md` 4.1). All are read together: the
diary tells lessons, marks, topics and homework, the reports absences, final marks and
(StudentGrades) when marks were set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from docgen.core.findings import Finding
from docgen.journal.sources import saved_answers, sgo_reports
from docgen.journal.sources.rows import Part, Row
from docgen.journal.sources.saved_answers_book import Book
from docgen.journal.sources.saved_answers_html import report
from docgen.journal.sources.saved_answers_json import answer
from docgen.journal.sources.saved_answers_lessons import Evidence
from docgen.journal.sources.sgo_diary import Diaries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sgo:
    """Reads reports (HTML, also named .xls), diaries and web interface answers (JSON).

    Pupils are known by class and full name: reports tell it, for diaries `index.csv` does, or
    `student` for one pupil. Reports know no lessons: what they tell of a day is put to the
    diary's lessons of that day, without a diary to one lesson of unknown number, or to as many
    as a pupil has absence codes.
    """

    name: str = "sgo"
    title: str = "Сетевой город. Образование (отчёты HTML и .xls, дневники JSON)"
    confirmed: bool = False
    signs: str = "отчёт с таблицей table-print или ответы JSON с ключами weekDays, termName, chiefs"
    guesses: frozenset[str] = frozenset({"periods"})
    student: str = ""

    def recognises(self, path: Path) -> bool:
        """Tell by the marks of its reports and the keys of its JSON."""
        return saved_answers.is_of(path, self.name)

    def read(self, path: Path) -> Iterator[Part | Row | Finding]:
        """Yield the school, classes, pupils, periods, lessons, marks, absences and final marks.

        Raises InputFault for a file that cannot be read or whose pupil is not known.
        """
        book = Book()
        evidence = Evidence(book)
        diaries = Diaries(evidence)
        with saved_answers.opened(path) as members:
            diaries.index = saved_answers.index(members, self.student)
            files = saved_answers.answers(members)
            starts = {item.name: _first_sign(saved_answers.head(item)) for item in files}
            # Lists come first: they tell the kinds of work and the periods.
            files.sort(key=lambda item: b"[{<".find(starts[item.name]))
            for member in files:
                if starts[member.name] == b"<":
                    sgo_reports.read(report(member), book, evidence)
                elif starts[member.name] in {b"[", b"{"}:
                    part, root = answer(member)
                    diaries.file(member.name, root, book.begin(part))
                else:
                    _, sha256 = saved_answers.content(member)
                    book.note("SV-01", book.begin(Part(member.address, "", sha256)))
        diaries.finish()
        evidence.settle()
        what = "составы подгрупп, замены, учителей"
        if not diaries.seen:
            what = f"номера уроков, темы, домашние задания, {what}"
        book.lacks("«Сетевой город»", what)
        yield from book.rows()


SOURCE = Sgo()


def _first_sign(start: bytes) -> bytes:
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] or b"?"
