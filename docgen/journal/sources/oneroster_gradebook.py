"""Lessons, marks and absences out of OneRoster's gradebook and our extension files.

OneRoster knows works (lineItems) and results, no lessons. With `ext_lessons.csv` a work is put to
the lesson of its group and day; without it the works themselves tell that a lesson was given:
date and group, the topic if the description carries it in square brackets, and a number below 1,
which says that the number is not known. Homework and attendance are never made up.
Source of the rules: `journal.md` 2.1 and 3.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docgen.core.findings import Finding, finding
from docgen.journal.codes import SpecialMark, mark_value, tidy
from docgen.journal.model import Attendance, FinalMark, Lesson, Mark, WorkKind
from docgen.journal.sources.rows import Part, Row
from docgen.journal.sources.tabular import heading
from docgen.journal.sources.values import identifier, unknown_numbers
from docgen.journal.view import DEFAULT_WORK_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.journal.sources.oneroster_roster import Roster
    from docgen.journal.sources.oneroster_tables import Export, Record, Sheet

_OTHER_NAMES = {
    "тестирование": "Т",
    "ответ": "ОТ",
    "устный ответ": "ОТ",
    "домашняя работа": "ДЗ",
    "контрольный диктант": "Д",
    "практикум": "ПР",
}
_KINDS = {
    heading(name): code for code, kind in DEFAULT_WORK_KINDS.items() for name in (code, kind.name)
} | {heading(name): code for name, code in _OTHER_NAMES.items()}
_EVERYDAY = {"ОТ", "ДЗ"}
"""Kinds of work that do not make a lesson a special one."""

_FINAL = re.compile("итогов|^итог|^final|четвертная|полугодовая|триместровая|годовая")
_EXAM = re.compile("экзамен|^exam")
_TOPIC = re.compile(r"\[([^\[\]]+)\]")

Day = tuple[str, dt.date]
"""A group and a day."""


@dataclass(frozen=True, slots=True)
class _Work:
    """A lineItem: where its results go."""

    group_id: str
    kind: str
    date: dt.date | None = None
    number: int = 0
    period: str = ""


@dataclass(slots=True)
class _Book:
    """What the tables of the gradebook have to know of each other."""

    roster: Roster
    categories: dict[str, Record] = field(default_factory=dict)
    lessons: dict[Day, list[Lesson]] = field(default_factory=lambda: defaultdict(list))
    lesson_ids: dict[str, Lesson] = field(default_factory=dict)
    ids: dict[Lesson, str] = field(default_factory=dict)
    works: dict[str, _Work | None] = field(default_factory=dict)
    has_lessons: bool = False


def mentions(export: Export) -> Counter[str]:
    """Count how many works name each session, to tell which year is meant."""
    sheet = export.read("lineItems")
    return Counter(row["academicSessionSourcedId"] for row in sheet.records) if sheet else Counter()


def rows(export: Export, roster: Roster) -> Iterator[Part | Row | Finding]:
    """Yield categories, lessons, works, results and absences as parts with rows and findings.

    Raises InputFault for a table that cannot be read.
    """
    book = _Book(roster, has_lessons="ext_lessons" in export)
    if sheet := export.read("categories"):
        yield from _begin(sheet)
        yield from _categories(book, sheet)
    if sheet := export.read("ext_lessons"):
        yield from _begin(sheet, "lessons")
        yield from _lessons(book, sheet)
    if sheet := export.read("lineItems"):
        yield from _begin(sheet)
        yield from _missing_tables(export, sheet)
        yield from _works(book, sheet)
    if "results" in export:
        with export.opened("results") as (sheet, records):
            yield Part(sheet.part.file, "", sheet.part.sha256, ("marks", "final_marks"))
            yield from _results(book, sheet, records)
            yield from sheet.findings
    if sheet := export.read("ext_attendance"):
        yield from _begin(sheet, "attendance")
        yield from _attendance(book, sheet)


def _begin(sheet: Sheet, *whole: str) -> Iterator[Part | Finding]:
    yield Part(sheet.part.file, "", sheet.part.sha256, whole)
    yield from sheet.findings


def _missing_tables(export: Export, sheet: Sheet) -> Iterator[Finding]:
    missing = (
        []
        if "ext_lessons" in export
        else ["темы уроков (кроме тем в описаниях работ), домашние задания"]
    )
    missing += [] if "ext_attendance" in export else ["пропуски"]
    if missing:
        yield finding("OR-07", sheet.part.file, what=", ".join(missing))


def kind_code(title: str) -> str:
    """Tell the code of a kind of work, «КР»; a kind nobody knows is its own name."""
    return _KINDS.get(heading(title), identifier(title))


def _categories(book: _Book, sheet: Sheet) -> Iterator[Row]:
    told = set()
    for row in sheet.records:
        book.categories[row["sourcedId"]] = row
        code = kind_code(row["title"])
        if code in told or _FINAL.search(heading(row["title"])):
            continue
        told.add(code)
        usual = DEFAULT_WORK_KINDS.get(code)
        yield WorkKind(
            code=code,
            name=row["title"],
            weight=row["weight"],
            is_control=usual.is_control if usual else False,
            days=usual.days if usual else None,
            cell=str(row.line),
        )


def _lessons(book: _Book, sheet: Sheet) -> Iterator[Row]:
    for row in sheet.records:
        planned = row["teacherSourcedId"]  # an empty one is the business of the check (LS-06)
        lesson = Lesson(
            group_id=row["classSourcedId"],
            date=row["date"],
            number=row["number"],
            topic=row["topic"],
            homework=row["homework"],
            work_kind=kind_code(row["workKind"]),
            planned_teacher_id=planned,
            teacher_id=row["substituteSourcedId"] or planned,
            substitution_order=row["order"],
            cell=str(row.line),
        )
        book.lessons[lesson.group_id, lesson.date].append(lesson)
        if row["sourcedId"]:
            book.lesson_ids[row["sourcedId"]] = lesson
            book.ids[lesson] = row["sourcedId"]
        yield lesson


# Works


def _works(book: _Book, sheet: Sheet) -> Iterator[Row | Finding]:
    """Put every work to its lesson; works of days without a lesson make one."""
    homeless: dict[Day, list[Record]] = defaultdict(list)
    unsure = outside = 0
    for row in sheet.records:
        book.works[row["sourcedId"]] = None  # of another year or class, or refused right here
        if row["academicSessionSourcedId"] in book.roster.calendar.foreign:
            continue
        if book.roster.left_out(row["classSourcedId"]):
            outside += 1
            continue
        title, day = _category(book, row), row["dueDate"] or row["assignDate"]
        if _FINAL.search(heading(title)) or _EXAM.search(heading(title)):
            period = _final_period(book, row, title)
            book.works[row["sourcedId"]] = _Work(row["classSourcedId"], "", period=period)
            continue
        if day is None:
            yield sheet.refuse("IM-04", row, column="dueDate")
            continue
        lessons = book.lessons.get((row["classSourcedId"], day), [])
        if not lessons:
            homeless[row["classSourcedId"], day].append(row)
            continue
        fitting = _fitting(book, row, lessons, kind_code(title))
        unsure += len(fitting) > 1
        book.works[row["sourcedId"]] = _Work(
            row["classSourcedId"], kind_code(title), day, fitting[0].number
        )
    for (group_id, day), records in homeless.items():
        yield from _made_lessons(book, group_id, day, records)
    book.works.update(dict.fromkeys(sheet.deleted))
    strayed = sum(map(len, homeless.values())) if book.has_lessons else 0
    for code, count in (("OR-08", strayed), ("OR-09", unsure), ("OR-16", outside)):
        if count:
            yield finding(code, sheet.part.file, count=count)


def _category(book: _Book, row: Record) -> str:
    """Tell the title of a work's category, "" without one."""
    category = book.categories.get(row["categorySourcedId"])
    return category["title"] if category else ""


def _fitting(book: _Book, row: Record, lessons: list[Lesson], kind: str) -> list[Lesson]:
    """Narrow the lessons of one group and day down to those a work can belong to.

    A work tells its lesson by an id that holds the lesson's id between colons, by the topic, by
    the kind of work.
    """
    own, topic = f":{row['sourcedId']}:", heading(_topic(row))
    for narrowed in (
        [lesson for lesson in lessons if f":{book.ids.get(lesson)}:" in own],
        [lesson for lesson in lessons if topic and heading(lesson.topic) == topic],
        [lesson for lesson in lessons if kind and lesson.work_kind == kind],
    ):
        if len(narrowed) == 1:
            return narrowed
        lessons = narrowed or lessons
    return lessons


def _topic(row: Record) -> str:
    """Take the topic out of a description, where it stands in square brackets."""
    found = _TOPIC.search(row["description"])
    return tidy(found[1]) if found else ""


def _final_period(book: _Book, row: Record, title: str) -> str:
    """Tell the period of a final mark; "" when its session is not known."""
    told = heading(f"{title} {row['title']}")
    code = book.roster.calendar.codes.get(row["academicSessionSourcedId"], "")
    if _EXAM.search(told) or "экзамен" in told:
        return "EXAM"
    return "FINAL" if code == "Y" and "аттестат" in told else code


def _made_lessons(book: _Book, group_id: str, day: dt.date, records: list[Record]) -> Iterator[Row]:
    """Make the lessons of a day out of its works: as many as there are different topics."""
    by_topic: dict[str, list[Record]] = {}
    for row in records:
        by_topic.setdefault(_topic(row), []).append(row)
    plain = by_topic.pop("", [])
    topics = list(by_topic) or [""]
    by_topic.setdefault(topics[0], []).extend(plain)
    teacher = book.roster.teacher(group_id)
    for number, topic in zip(unknown_numbers(len(topics)), topics, strict=True):
        kinds = []
        for row in by_topic[topic]:
            kinds.append(kind_code(_category(book, row)))
            book.works[row["sourcedId"]] = _Work(group_id, kinds[-1], day, number)
        yield Lesson(
            group_id=group_id,
            date=day,
            number=number,
            topic=topic,
            work_kind=next((kind for kind in kinds if kind not in _EVERYDAY), ""),
            planned_teacher_id=teacher,
            teacher_id=teacher,
            cell=str(by_topic[topic][0].line),
        )


# Results and absences


def _results(book: _Book, sheet: Sheet, records: Iterator[Record]) -> Iterator[Row | Finding]:
    counts: Counter[tuple[str, dt.date, int, str]] = Counter()
    weights = {kind_code(row["title"]): row["weight"] for row in book.categories.values()}
    timeless = 0
    for row in records:
        if row["lineItemSourcedId"] not in book.works:
            yield sheet.refuse(
                "OR-01", row, what="Работы", value=row["lineItemSourcedId"], table="lineItems"
            )
            continue
        work, raw = book.works[row["lineItemSourcedId"]], _raw(row)
        if work is None or not raw:
            continue
        student, cell = row["studentSourcedId"], str(row.line)
        if work.date is None:
            subject = book.roster.group_subjects.get(work.group_id, work.group_id)
            if work.period:
                yield FinalMark(
                    student, subject, work.period, raw, set_at=row["scoreDate"], cell=cell
                )
            else:
                timeless += 1
            continue
        place = (work.group_id, work.date, work.number, student)
        counts[place] += 1
        yield Mark(
            *place,
            seq=counts[place],
            raw=raw,
            work_kind=work.kind,
            weight=weights.get(work.kind),
            set_at=row["scoreDate"],
            cell=cell,
        )
    if timeless:
        yield finding("OR-15", sheet.part.file, count=timeless)


def _raw(row: Record) -> str:
    """Tell what stands in the cell: the text of a pair first, then the score, then its absence.

    A text that is no mark («отлично», "A") gives way to a score that is one.
    """
    text, score = row["textScore"], _score(row)
    if text and (mark_value(text) or not (score and mark_value(score))):
        value = mark_value(text)
        return "" if value and value.empty else str(text)
    if heading(row["scoreStatus"]) == "exempt":
        return SpecialMark.EXEMPT.label
    return score or (SpecialMark.DEBT.label if row["missing"] and not row["score"] else "")


def _score(row: Record) -> str:
    """Write a score as a mark: 5.0 is "5", 0 is none."""
    score = str(row["score"]).replace(",", ".")
    whole = score.rstrip("0").rstrip(".") if "." in score else score
    return "" if whole in {"", "0", "-"} else whole


def _attendance(book: _Book, sheet: Sheet) -> Iterator[Row | Finding]:
    for row in sheet.records:
        lesson = book.lesson_ids.get(row["lessonSourcedId"])
        group = row["classSourcedId"] or (lesson.group_id if lesson else "")
        day = row["date"] or (lesson.date if lesson else None)
        number = row["number"] if row["number"] is not None else lesson.number if lesson else None
        if not group or day is None or number is None:
            yield sheet.refuse(
                "OR-01", row, what="Урока", value=row["lessonSourcedId"], table="ext_lessons"
            )
            continue
        yield Attendance(
            group_id=group,
            date=day,
            number=number,
            student_id=row["userSourcedId"],
            code=row["code"],
            reason=row["reason"],
            cell=str(row.line),
        )
