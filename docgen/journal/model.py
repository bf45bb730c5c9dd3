"""The journal's entities (`journal.md` 1): plain frozen rows, keyed as people key them.

`TABLE` names the table of the store, `KEY` the fields that identify a row. Every row ends with its
address: `source` (row number in `source_files`) and `cell` ("15" for line 15 of a CSV, "C15" for a
worksheet cell). Dates are `datetime.date`; optional text is "" when absent.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from docgen.journal.codes import (
    AttendanceCode,
    DayKind,
    Grading,
    MarkValue,
    PeriodKind,
    Scheme,
    attendance_code,
    grade_numbers,
    mark_value,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class School:
    """The organisation the journal belongs to; `director` is a full name."""

    TABLE: ClassVar = "school"
    KEY: ClassVar = ("school_id",)

    school_id: str
    full_name: str
    short_name: str = ""
    inn: str = ""
    ogrn: str = ""
    address: str = ""
    city: str = ""
    phone: str = ""
    email: str = ""
    director: str = ""
    founder: str = ""
    year: str = ""
    system: str = ""
    exported_at: str = ""
    source: int = 0
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A quarter, trimester, half-year or the year; `grades` is text such as "2-9" or "1-4,9"."""

    TABLE: ClassVar = "periods"
    KEY: ClassVar = ("year", "code")

    year: str
    code: str
    kind: PeriodKind
    name: str
    start: dt.date
    end: dt.date
    grades: str = ""
    source: int = 0
    cell: str = ""

    @property
    def in_year(self) -> str:
        """The period with its year: «1 четверть, 2025/2026 учебный год»; the year stands alone."""
        year = f"{self.year} учебный год"
        return year if self.kind is PeriodKind.YEAR else f"{self.name}, {year}"

    def covers(self, day: dt.date) -> bool:
        """Whether the day lies in the period."""
        return self.start <= day <= self.end

    def includes(self, grade: int) -> bool:
        """Whether classes of the grade have this period; without `grades` every class does."""
        return not self.grades or grade in grade_numbers(self.grades)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day that differs from the ordinary week, or is named as usual."""

    TABLE: ClassVar = "calendar"
    KEY: ClassVar = ("date", "grades")

    date: dt.date
    kind: DayKind
    note: str = ""
    grades: str = ""
    source: int = 0
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who works at the school."""

    TABLE: ClassVar = "staff"
    KEY: ClassVar = ("staff_id",)

    staff_id: str
    last: str
    first: str
    middle: str = ""
    gender: str = ""
    position: str = ""
    roles: str = ""
    start: dt.date | None = None
    end: dt.date | None = None
    source: int = 0
    cell: str = ""


@dataclass(frozen=True, slots=True)
class ClassUnit:
    """A class, «9А»."""

    TABLE: ClassVar = "classes"
    KEY: ClassVar = ("class_id",)

    class_id: str
    grade: int
    letter: str = ""
    class_teacher_id: str = ""
    profile: str = ""
    scheme: Scheme = Scheme.QUARTERS
    six_day: bool = False
    source: int = 0
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Student:
    """A pupil; where and when the pupil learned is in `Enrollment`."""

    TABLE: ClassVar = "students"
    KEY: ClassVar = ("student_id",)

    student_id: str
    last: str
    first: str
    middle: str = ""
    gender: str = ""
    birth_date: dt.date | None = None
    personal_file_no: str = ""
    source: int = 0
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One stay of a pupil in one class; `end` is the last day there."""

    TABLE: ClassVar = "enrollments"
    KEY: ClassVar = ("student_id", "class_id", "start")

    student_id: str
    class_id: str
    start: dt.date | None = None
    start_order: str = ""
    end: dt.date | None = None
    end_order: str = ""
    list_no: int | None = None
    source: int = 0
    cell: str = ""

    def covers(self, day: dt.date) -> bool:
        """Whether the pupil is in the class on that day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Guardian:
    """A parent or other legal representative of one pupil (one row per pupil)."""

    TABLE: ClassVar = "guardians"
    KEY: ClassVar = ("guardian_id", "student_id")

    guardian_id: str
    student_id: str
    last: str
    first: str
    middle: str = ""
    relation: str = ""
    document: str = ""
    series: str = ""
    number: str = ""
    issued_by: str = ""
    issued_on: dt.date | None = None
    address: str = ""
    phone: str = ""
    email: str = ""
    paper_delivery: bool = False
    interval: str = ""
    source: int = 0
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of the curriculum; `order` is its place there."""

    TABLE: ClassVar = "subjects"
    KEY: ClassVar = ("subject_id",)

    subject_id: str
    name: str
    short: str = ""
    area: str = ""
    order: int = 0
    grading: Grading = Grading.MARKS
    source: int = 0
    cell: str = ""


@dataclass(frozen=True, slots=True)
class TeachingGroup:
    """A class or a part of it (or of several classes) learning one subject.

    `class_ids` and `teacher_ids` are comma-separated ids; `plan` is a JSON object of hours by
    period code, e.g. {"Q1": 40}.
    """

    TABLE: ClassVar = "groups"
    KEY: ClassVar = ("group_id",)

    group_id: str
    class_ids: str
    subject_id: str
    subgroup: str = ""
    teacher_ids: str = ""
    hours_week: float | None = None
    plan: str = "{}"
    source: int = 0
    cell: str = ""


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A pupil's stay in a group; a group without members is the whole class."""

    TABLE: ClassVar = "group_members"
    KEY: ClassVar = ("group_id", "student_id", "start")

    group_id: str
    student_id: str
    start: dt.date | None = None
    end: dt.date | None = None
    source: int = 0
    cell: str = ""

    def covers(self, day: dt.date) -> bool:
        """Whether the pupil is in the group on that day."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class WorkKind:
    """A kind of work: КР, Д, ДЗ …; `days` is the time allowed for marking it."""

    TABLE: ClassVar = "work_kinds"
    KEY: ClassVar = ("code",)

    code: str
    name: str
    weight: float | None = None
    is_control: bool = False
    days: int | None = None
    source: int = 0
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson given. `planned_teacher_id` should have taught, `teacher_id` did (R33)."""

    TABLE: ClassVar = "lessons"
    KEY: ClassVar = ("group_id", "date", "number")

    group_id: str
    date: dt.date
    number: int
    topic: str = ""
    homework: str = ""
    work_kind: str = ""
    planned_teacher_id: str = ""
    teacher_id: str = ""
    substitution_order: str = ""
    entered_at: str = ""
    source: int = 0
    cell: str = ""

    @property
    def substituted(self) -> bool:
        """Whether somebody else taught than planned."""
        return bool(self.teacher_id) and self.teacher_id != self.planned_teacher_id


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark at a lesson; `seq` counts several marks of one pupil at one lesson from 1."""

    TABLE: ClassVar = "marks"
    KEY: ClassVar = ("group_id", "date", "number", "student_id", "seq")

    group_id: str
    date: dt.date
    number: int
    student_id: str
    seq: int
    raw: str
    work_kind: str = ""
    weight: float | None = None
    set_at: str = ""
    set_by: str = ""
    source: int = 0
    cell: str = ""

    @property
    def value(self) -> MarkValue | None:
        """The mark read by the grammar, None when it cannot be (MK-01)."""
        return mark_value(self.raw)


@dataclass(frozen=True, slots=True)
class Attendance:
    """An absence, a late coming or an exemption at a lesson; the code is kept as written."""

    TABLE: ClassVar = "attendance"
    KEY: ClassVar = ("group_id", "date", "number", "student_id")

    group_id: str
    date: dt.date
    number: int
    student_id: str
    code: str
    reason: str = ""
    source: int = 0
    cell: str = ""

    @property
    def kind(self) -> AttendanceCode | None:
        """The canonical code, None when the written one is not in the list (AT-01)."""
        return attendance_code(self.code, self.reason)


@dataclass(frozen=True, slots=True)
class FinalMark:
    """A mark of a period, the year, the exam or the final one.

    `period` is Q1…Q4, T1…T3, H1, H2, Y, EXAM, FINAL.
    """

    TABLE: ClassVar = "final_marks"
    KEY: ClassVar = ("student_id", "subject_id", "period")

    student_id: str
    subject_id: str
    period: str
    raw: str
    set_at: str = ""
    motive: str = ""
    source: int = 0
    cell: str = ""

    @property
    def value(self) -> MarkValue | None:
        """The mark read by the grammar, None when it cannot be (MK-01)."""
        return mark_value(self.raw)


@dataclass(frozen=True, slots=True)
class Decision:
    """The pedagogical council's decision on a pupil at the year's end."""

    TABLE: ClassVar = "decisions"
    KEY: ClassVar = ("student_id",)

    student_id: str
    result: str
    protocol_no: str = ""
    protocol_date: dt.date | None = None
    order_no: str = ""
    order_date: dt.date | None = None
    target_class: str = ""
    source: int = 0
    cell: str = ""


@dataclass(frozen=True, slots=True)
class RegistryRecord:
    """A row of the registries of orders, consents and applications (`registry` tells which)."""

    TABLE: ClassVar = "registry"
    KEY: ClassVar = ("registry", "number", "date", "subject")

    registry: str
    number: str
    date: dt.date | None = None
    kind: str = ""
    subject: str = ""
    status: str = ""
    file: str = ""
    source: int = 0
    cell: str = ""


ENTITIES: tuple[type, ...] = (
    School,
    Period,
    CalendarDay,
    Staff,
    ClassUnit,
    Student,
    Enrollment,
    Guardian,
    Subject,
    TeachingGroup,
    GroupMember,
    WorkKind,
    Lesson,
    Mark,
    Attendance,
    FinalMark,
    Decision,
    RegistryRecord,
)


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where rows came from: system, file, sheet, digest of the file, moment of the import."""

    system: str
    file: str
    sheet: str
    sha256: str
    imported_at: str

    def address(self, cell: str) -> str:
        """Tell the address people read: «lessons.csv, строка 15», «diary.json, место /days/0»."""
        if self.sheet:
            return f"{self.file}, лист «{self.sheet}», ячейка {cell}"
        if not cell:
            return self.file
        return f"{self.file}, {'место' if cell.startswith('/') else 'строка'} {cell}"


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil as one class's list shows them: who, since when, till when, under which number.

    `enrollment` is the latest stay in the class within the period; `stays` are all stays in this
    class, by date: a pupil who left and came back has two and still stands in the list once.
    """

    student: Student
    enrollment: Enrollment
    stays: tuple[Enrollment, ...] = ()

    @property
    def student_id(self) -> str:
        """The key of the pupil."""
        return self.student.student_id

    def covers(self, day: dt.date) -> bool:
        """Whether the pupil was in the class on that day."""
        return any(stay.covers(day) for stay in self.stays or (self.enrollment,))


@dataclass(frozen=True, slots=True)
class Group:
    """A teaching group with its lists unfolded."""

    group_id: str
    class_ids: tuple[str, ...]
    subject: Subject
    subgroup: str
    teacher_ids: tuple[str, ...]
    hours_week: float | None
    plan: Mapping[str, float]
    members: tuple[GroupMember, ...]
    source: int
    cell: str


Cell = tuple[str, dt.date, int, str]
"""A cell of the journal: group id, date, lesson number, student id."""


@dataclass(frozen=True, slots=True)
class ClassJournal:
    """Everything one class's journal holds for one period: what checks and documents read.

    `pupils` are all who belonged to the class on any day of the period, in list order;
    `lessons` are those of the period by group, by date and number; `marks` and `attendance` are
    keyed by cell; `finals` by (student, subject, period code) hold every period of the year.
    Rows whose pupil, lesson or subject does not exist, rows of pupils who were in no class of the
    group in the period, and the pupils' rows of groups that do not exist are in `strays` and
    nowhere else.
    """

    school: School
    period: Period
    periods: tuple[Period, ...]
    unit: ClassUnit
    staff: Mapping[str, Staff]
    subjects: Mapping[str, Subject]
    pupils: tuple[Pupil, ...]
    groups: tuple[Group, ...]
    lessons: Mapping[str, tuple[Lesson, ...]]
    marks: Mapping[Cell, tuple[Mark, ...]]
    attendance: Mapping[Cell, Attendance]
    finals: Mapping[tuple[str, str, str], FinalMark]
    work_kinds: Mapping[str, WorkKind]
    decisions: Mapping[str, Decision]
    guardians: Mapping[str, tuple[Guardian, ...]]
    orders: tuple[RegistryRecord, ...]
    calendar: tuple[CalendarDay, ...]
    sources: Mapping[int, SourceRef]
    strays: Sequence[Lesson | Mark | Attendance | FinalMark] = field(default=())

    def address(self, row: object) -> str:
        """Tell the source address of a row.

        «lessons.csv, строка 15» or «7А.xlsx, лист «Уроки», ячейка C15».
        """
        reference = self.sources.get(getattr(row, "source", 0))
        return reference.address(getattr(row, "cell", "")) if reference else ""
