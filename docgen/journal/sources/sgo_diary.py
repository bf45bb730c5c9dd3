"""Diaries of pupils and answers of the teacher's interface of «Сетевой город» (JSON)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from docgen.journal.codes import mark_value
from docgen.journal.model import WorkKind
from docgen.journal.sources.saved_answers import Index
from docgen.journal.sources.saved_answers_book import plain, work_kind
from docgen.journal.sources.saved_answers_cells import Cell, Grade
from docgen.journal.view import DEFAULT_WORK_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.journal.sources.saved_answers_book import Place
    from docgen.journal.sources.saved_answers_json import Node
    from docgen.journal.sources.saved_answers_lessons import Evidence

_DIARY = 0
"""Rank of the answer: nothing knows lessons better."""


@dataclass(slots=True)
class Diaries:
    """Reads the JSON files of one folder; `seen` counts diaries.

    `kinds` are the codes of work kinds by the ids of assignment types. Ids differ from one
    installation to the next, so without the list nothing tells homework from a lesson's topic.
    """

    evidence: Evidence
    index: Index = field(default_factory=Index)
    seen: int = 0
    kinds: dict[str, str] = field(default_factory=dict)
    _list: list[tuple[Place, str]] = field(default_factory=list)

    def file(self, name: str, root: Node, part: int) -> None:
        """Read an answer by what stands in it."""
        if "weekDays" in root:
            self._diary(name, root, part)
            return
        entries = list(root.each()) if isinstance(root.value, list) else []
        readers = {
            "termName": self._term,
            "classType": self._unit,
            "fullName": self._pupil,
            "abbr": self._kind,
        }
        for entry in entries:
            reader = next((reader for key, reader in readers.items() if key in entry), None)
            if reader:
                reader(entry, part)
        if not any(key in entry for entry in entries for key in readers):
            self.evidence.book.note("SV-01", part)

    def _term(self, term: Node, part: int) -> None:
        start, end = term["startDate"].day(), term["endDate"].day()
        self.evidence.book.period(term["termName"].need(), start, end, (part, term.pointer))

    def _unit(self, unit: Node, part: int) -> None:
        book, place = self.evidence.book, (part, unit.pointer)
        heads = [book.staff(chief["name"].text(), place) for chief in unit["chiefs"].each()]
        book.unit(unit["name"].need(), place, unit["grade"]["name"].whole(), next(iter(heads), ""))

    def _pupil(self, pupil: Node, part: int) -> None:
        self._list.append(((part, pupil.pointer), pupil["fullName"].need()))

    def _kind(self, kind: Node, part: int) -> None:
        code = work_kind(kind["abbr"].text() or kind["name"].need())
        self.kinds[kind["id"].need()] = code
        usual = DEFAULT_WORK_KINDS.get(code)
        row = WorkKind(
            code,
            kind["name"].text() or code,
            is_control=usual.is_control if usual else False,
            days=usual.days if usual else None,
            cell=kind.pointer,
        )
        place = part, kind.pointer
        if self.evidence.book.once(("вид работы", code), row.name, place):
            self.evidence.book.put(row, place)

    def finish(self) -> None:
        """Add the pupils of the list that nothing else names.

        The list has given names first and no patronymics, and does not tell the class: its
        pupils are known ones, or of the only class there is.
        """
        book = self.evidence.book
        known = {(plain(item.first), plain(item.last)) for item in book.people.values()}
        homeless = 0
        for place, name in self._list:
            first, _, last = name.partition(" ")
            if (plain(first), plain(last)) in known:
                continue
            if len(book.classes) == 1:
                book.pupil(f"{last} {first}", book.classes[0], place)
            else:
                homeless += 1
        if homeless:
            book.note("SV-10", self._list[0][0][0], count=homeless)
        if self.seen and not self.kinds:
            book.note("SV-08")

    # A pupil's week

    def _diary(self, name: str, root: Node, part: int) -> None:
        self.seen += 1
        book = self.evidence.book
        found = self.index.pupil(name, root.file)
        unit = root["className"].text() or found.class_id or root["className"].need()
        class_id = book.unit(unit, (part, root["className"].pointer))
        student_id = book.pupil(found.name, class_id, (part, root.pointer))
        for day in root["weekDays"].each():
            cells: dict[str, list[Cell]] = defaultdict(list)
            for lesson in day["lessons"].each():
                subject = book.subject(lesson["subjectName"].need(), (part, lesson.pointer))
                cells[subject].append(self._cell(lesson, part))
            term = root["termName"]
            for subject, shown in cells.items():
                date = day["date"].day()
                if term:
                    book.seen_in(term.text(), date, (part, term.pointer))
                self.evidence.add((class_id, subject), student_id, date, shown, rank=_DIARY)

    def _cell(self, lesson: Node, part: int) -> Cell:
        tasks = [self._task(task, part) for task in lesson["assignments"].each()]
        homework = [task.name for task in tasks if task.kind == "ДЗ" and not task.grade]
        # A marked homework is named by its own text, unless that stands beside it unmarked.
        topics = [
            task.name
            for task in tasks
            if self.kinds and (task.kind != "ДЗ" or (homework and task.name not in homework))
        ]
        given = "; ".join(dict.fromkeys(filter(None, homework)))
        return Cell(
            (part, lesson.pointer),
            number=lesson["number"].whole(),
            order=lesson["startTime"].text() or lesson["classmeetingId"].text(),
            identity=(given,),
            topic="; ".join(dict.fromkeys(filter(None, topics))),
            homework=given,
            grades=tuple(_as_commented([task for task in tasks if task.grade])),
        )

    def _task(self, task: Node, part: int) -> _Task:
        kind = self.kinds.get(task["typeId"].text(), "")
        raw, weight = _mark(task["mark"]), task["weight"].number()
        grade = Grade(raw, (part, task["mark"].pointer), kind, weight) if raw else None
        name, comment = task["assignmentName"].text(), task["markComment"]["name"].text()
        return _Task(kind, name, comment, grade)


@dataclass(frozen=True, slots=True)
class _Task:
    """An assignment of a lesson: homework, or a work with or without a mark."""

    kind: str
    name: str
    comment: str
    grade: Grade | None


def _mark(mark: Node) -> str:
    """Read a mark: a number, or the dot of a duty not done."""
    return mark["mark"].text() or ("." if mark["dutyMark"].flag() else "")


def _as_commented(tasks: list[_Task]) -> Iterator[Grade]:
    """Read signs and pairs out of comments that are themselves the same marks.

    A mark is a whole number here. «4-» beside a 4 is that 4; «4/5» beside a 4 and a 5 of one
    work is the pair. A comment that says anything else stays a comment.
    """
    place = 0
    while place < len(tasks):
        task = tasks[place]
        told = mark_value(task.comment)
        numbers = [str(value) for value in told.values] if told else []
        shown = [
            other.grade.raw
            for other in tasks[place : place + max(1, len(numbers))]
            if other.grade and (other.kind, other.name) == (task.kind, task.name)
        ]
        if task.grade:
            same = told is not None and numbers == shown
            yield replace(task.grade, raw=told.raw) if told and same else task.grade
            place += len(shown) if same else 1
