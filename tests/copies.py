"""Invented classes made by hand, and their paper copies bound in memory."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from pypdf import PdfReader

from docgen.binding.plan import Printing, VolumePlan, plan_volumes
from docgen.binding.writer import volume_bytes
from docgen.documents.copy import CopyContext
from docgen.documents.period_copy import sections
from docgen.journal.codes import PeriodKind
from docgen.journal.model import (
    Attendance,
    ClassJournal,
    ClassUnit,
    Enrollment,
    FinalMark,
    Group,
    GroupMember,
    Lesson,
    Mark,
    Period,
    Pupil,
    School,
    Staff,
    Student,
    Subject,
)
from docgen.rendering.blank import BlankBook
from docgen.rendering.fonts import open_face, shipped_faces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

START, END = dt.date(2025, 9, 1), dt.date(2025, 10, 24)
QUARTER = Period("2025/2026", "Q1", PeriodKind.QUARTER, "1 четверть", START, END, "1-9")
LAST_QUARTER = Period(
    "2025/2026",
    "Q4",
    PeriodKind.QUARTER,
    "4 четверть",
    dt.date(2026, 4, 6),
    dt.date(2026, 5, 26),
    "1-9",
)
TEACHERS = {
    "T1": Staff("T1", "Кленова", "Ольга", "Петровна"),
    "T2": Staff("T2", "Вагифов", "Эльдар", "Вагиф оглы"),
    "T3": Staff("T3", "Ивин", "Лев"),
}
SHARED = {
    "binding": 25.0,
    "deputy_position": "Заместитель директора по УВР",
    "certification": "Твёрдая копия соответствует данным электронного журнала.",
    "certifying": "В деле подшито, прошнуровано и пронумеровано:",
}


def pupil(number: int, last: str = "", first: str = "Мир", middle: str = "Олегович") -> Pupil:
    """A pupil who is in the class all year; «Берёзов01» when no name is given."""
    student = Student(f"S{number:02}", last or f"Берёзов{number:02}", first, middle, "м")
    return Pupil(student, Enrollment(student.student_id, "7А", dt.date(2025, 9, 1)))


def staying(who: Pupil, *stays: tuple[dt.date, dt.date | None, str]) -> Pupil:
    """The pupil with these stays: first day, last day, order of leaving."""
    rows = tuple(
        Enrollment(who.student_id, "7А", start, end=end, end_order=order)
        for start, end, order in stays
    )
    return Pupil(who.student, rows[-1], rows)


def group(
    name: str = "Алгебра",
    subgroup: str = "",
    *,
    classes: tuple[str, ...] = ("7А",),
    teachers: tuple[str, ...] = ("T1",),
    members: tuple[GroupMember, ...] = (),
    order: int = 1,
) -> Group:
    """A teaching group, its id made of its names."""
    return Group(
        group_id=f"{name}-{subgroup}",
        class_ids=classes,
        subject=Subject(name, name, order=order),
        subgroup=subgroup,
        teacher_ids=teachers,
        hours_week=3,
        plan={"Q1": 24.0},
        members=members,
        source=1,
        cell="1",
    )


def lessons(
    of: Group, count: int = 6, topic: str = "Дроби и проценты", start: dt.date = START
) -> tuple[Lesson, ...]:
    """A lesson a day from the start."""
    return tuple(
        Lesson(
            of.group_id,
            start + dt.timedelta(days=day),
            2,
            topic=topic,
            homework=f"§ {day + 1}, упр. 5",
            teacher_id="T1",
            planned_teacher_id="T1",
        )
        for day in range(count)
    )


def class_journal(
    pupils: Sequence[Pupil] = (),
    given: Sequence[tuple[Group, tuple[Lesson, ...]]] = (),
    *,
    marks: Sequence[Mark] = (),
    attendance: Sequence[Attendance] = (),
    finals: Sequence[FinalMark] = (),
    period: Period = QUARTER,
    grade: int = 7,
) -> ClassJournal:
    """One class's journal: by default three pupils and six lessons of algebra."""
    algebra = group()
    given = given or [(algebra, lessons(algebra, start=period.start))]
    cells: dict[tuple[str, dt.date, int, str], list[Mark]] = {}
    for mark in marks:
        cells.setdefault((mark.group_id, mark.date, mark.number, mark.student_id), []).append(mark)
    return ClassJournal(
        school=School("SCH", "МОУ «Ольховская школа»", system="учебный генератор"),
        period=period,
        periods=(QUARTER, LAST_QUARTER),
        unit=ClassUnit(f"{grade}А", grade, "А", "T1"),
        staff=TEACHERS,
        subjects={of.subject.subject_id: of.subject for of, _ in given},
        pupils=tuple(pupils) or tuple(pupil(number) for number in (1, 2, 3)),
        groups=tuple(of for of, _ in given),
        lessons={of.group_id: rows for of, rows in given},
        marks={cell: tuple(row) for cell, row in cells.items()},
        attendance={
            (row.group_id, row.date, row.number, row.student_id): row for row in attendance
        },
        finals={(row.student_id, row.subject_id, row.period): row for row in finals},
        work_kinds={},
        decisions={},
        guardians={},
        orders=(),
        calendar=(),
        sources={},
    )


def copy_context(journal: ClassJournal) -> CopyContext:
    """Texts of the invented school's copy."""
    return CopyContext(
        school="Муниципальное общеобразовательное учреждение «Ольховская школа»",
        founder="Управление образования Ольховского района",
        class_title=f"{journal.unit.grade}\u00a0«А» класс",
        profile="",
        period_title=journal.period.name,
        year_title="2025/2026 учебный год",
        class_teacher="Кленова\u00a0О.П.",
        class_teacher_full="Кленова Ольга Петровна",
        deputy="Юдина\u00a0Ю.И.",
        director="Берёзова\u00a0А.И.",
        secretary="Сычёва\u00a0М.Ф.",
        responsible="Ивин\u00a0Л.",
        case_index="02-15",
        retention="5 лет, номенклатура дел школы",
        system="учебный генератор",
        exported="25.10.2025 10:00",
        exported_date="25.10.2025",
        digest="0123456789abcdef" * 4,
        identity=f"2025-2026 · {journal.period.name} · 7А",
        columns=25,
    )


@cache
def faces() -> dict:
    """The shipped faces by style."""
    return {style: open_face(path) for style, path in shipped_faces().items()}


@cache
def blanks(own: Path | None = None) -> BlankBook:
    """The blanks of all tests, each laid out once."""
    return BlankBook(SHARED, own)


def code(volume: int, volumes: int, sheets: int) -> str:
    """The text of the QR code."""
    return f"urn:uuid:00000000\n7 «А» класс\nтом {volume} из {volumes}, листов {sheets}"


@dataclass(frozen=True)
class Volume:
    """A bound volume and what can be read from it."""

    plan: VolumePlan
    data: bytes

    @cached_property
    def reader(self) -> PdfReader:
        """The file, opened."""
        return PdfReader(io.BytesIO(self.data))

    @cached_property
    def texts(self) -> list[str]:
        """The text of every page."""
        return [self.text(number) for number in range(len(self.plan.pages))]

    def text(self, page: int) -> str:
        """The text of a page, counted from 0; spaces of any kind as single plain ones."""
        return " ".join(self.reader.pages[page].extract_text().split())

    def pages_of(self, title: str) -> list[str]:
        """The texts of the pages of a section."""
        places = [bookmark.page for bookmark in self.plan.bookmarks] + [len(self.plan.pages)]
        titles = [bookmark.title for bookmark in self.plan.bookmarks]
        place = titles.index(title)
        return [self.text(page) for page in range(places[place], places[place + 1])]


def bound(
    journal: ClassJournal, printing: Printing | None = None, *, own: Path | None = None
) -> list[Volume]:
    """The volumes of a journal's paper copy."""
    copy = copy_context(journal)
    plans = plan_volumes(
        sections(journal, copy), copy, blanks(own), faces(), printing or Printing(), code
    )
    return [Volume(plan, volume_bytes(plan, faces(), mirror_shift=42.52)) for plan in plans]
