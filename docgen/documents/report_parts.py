"""What all reports share: classes with their figures, words for numbers, notes that define them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from docgen import russian
from docgen.documents.attendance import Absences, absences
from docgen.documents.kinds import Ask
from docgen.journal.codes import AttendanceCode, PeriodKind
from docgen.journal.model import ClassJournal, ClassUnit, Group, Period, Staff, Student
from docgen.journal.statistics import (
    ClassResults,
    Formulas,
    MarkCounts,
    class_results,
    previous_period,
)
from docgen.journal.store import Journal

NO_DATA = "нет данных"
NOBODY = "учитель не указан"
NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: name, value, value of the period before ("" for none), number of its note."""

    name: str
    now: str
    before: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart: name, length 0–100, label; `share_before` is -1 without a second bar."""

    name: str
    share: int
    value: str
    share_before: int = -1
    value_before: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A list of people: its title and the lines, «Ежов Пётр (алгебра)»."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A line of a table of marks: what and whose it is, marks by value, shares, mean."""

    name: str
    teacher: str
    fives: int
    fours: int
    threes: int
    twos: int
    not_attested: int
    success: str
    quality: str
    mastery: str
    average: str


@dataclass(frozen=True)
class ClassView:
    """A class in the period asked for: its journal, results, absences, the period before."""

    journal: ClassJournal
    source: Journal

    @property
    def unit(self) -> ClassUnit:
        """The class."""
        return self.journal.unit

    @property
    def title(self) -> str:
        """«7 «А»»."""
        return russian.class_in_text(self.unit.class_id)

    @cached_property
    def results(self) -> ClassResults:
        """The final marks of the period."""
        return class_results(self.journal)

    @cached_property
    def missed(self) -> Mapping[str, Absences]:
        """Absences by student id."""
        return absences(self.journal)

    @cached_property
    def previous(self) -> ClassView | None:
        """The same class in the period before, None where there is none."""
        period = previous_period(self.journal)
        if period is None:
            return None
        return ClassView(self.source.class_journal(self.unit.class_id, period.code), self.source)

    @property
    def attendance(self) -> float | None:
        """Lessons attended of those to be attended, per cent; None without lessons."""
        return attendance_share([self])

    def teachers(self, group: Group) -> str:
        """«Ивина А.П., Кленов О.П.»; "" where the journal names nobody."""
        people = [self.journal.staff.get(name) for name in group.teacher_ids]
        return ", ".join(short(person) for person in people if person)


def attendance_share(views: Sequence[ClassView]) -> float | None:
    """Lessons attended of those to be attended by all pupils of classes, per cent."""
    rows = [row for view in views for row in view.missed.values()]
    scheduled = sum(sum(row.scheduled.values()) for row in rows)
    return 100 * (1 - sum(row.lessons() for row in rows) / scheduled) if scheduled else None


def views(ask: Ask) -> Iterator[ClassView]:
    """The classes asked for in the period asked for."""
    for unit in ask.units:
        yield ClassView(ask.journal.class_journal(unit.class_id, period_of(ask).code), ask.journal)


def school_views(ask: Ask) -> tuple[ClassView, ...]:
    """The same; the whole school also with classes whose own period ends on the same day.

    Half-years end with the second and the fourth quarter, and a report on the school in that
    quarter is one on the upper grades too.
    """
    period = period_of(ask)
    found = list(views(ask))
    if len(found) == len(ask.journal.classes_of(period.code)):
        for other in _together(ask.journal, period):
            found += [
                ClassView(ask.journal.class_journal(unit.class_id, other.code), ask.journal)
                for unit in ask.journal.classes_of(other.code)
            ]
    return tuple(found)


def _together(journal: Journal, period: Period) -> list[Period]:
    if period.kind is PeriodKind.YEAR:
        return []
    return [
        item
        for item in journal.periods()
        if item.end == period.end and item.kind not in {period.kind, PeriodKind.YEAR}
    ]


def period_of(ask: Ask) -> Period:
    """The period; the kinds of reports ask for one."""
    if ask.period is None:
        raise RuntimeError("a period is asked for by the kind")
    return ask.period


def periods_title(found: Sequence[ClassView]) -> str:
    """«2 четверть; 10–11 классы: 1 полугодие»."""
    by_name: dict[str, list[ClassView]] = {}
    for view in found:
        by_name.setdefault(view.journal.period.name, []).append(view)
    first, *others = by_name
    return "; ".join([first, *(f"{grades_title(by_name[name])}: {name}" for name in others)])


def grades_title(found: Sequence[ClassView]) -> str:
    """«10–11 классы»."""
    grades = sorted({view.unit.grade for view in found})
    span = str(grades[0]) if len(grades) == 1 else f"{grades[0]}–{grades[-1]}"
    return f"{span}{NBSP}классы"


def school_stem(ask: Ask, found: Sequence[ClassView]) -> str:
    """What files about the school are named by; a part of it names its classes."""
    names = {view.unit.class_id for view in found}
    whole = len(names) >= len(ask.journal.classes_of(found[0].journal.period.code))
    return "report" if whole else "report-" + "-".join(sorted(names))


def percent(value: float | None) -> str:
    """«85,4 %», «нет данных»."""
    return f"{value:.1f}{NBSP}%".replace(".", ",") if value is not None else NO_DATA


def share(value: float | None) -> str:
    """«85,4» under a heading that says «%»; a dash for no figure."""
    return f"{value:.1f}".replace(".", ",") if value is not None else "–"


def mean(value: float | None) -> str:
    """«4,26», «нет данных»."""
    return f"{value:.2f}".replace(".", ",") if value is not None else NO_DATA


def length(value: float | None) -> int:
    """The length of a bar for a share."""
    return round(value) if value is not None else 0


def short(person: Staff | Student) -> str:
    """«Фамилия И.О.»."""
    return russian.initials_after(person.last, person.first, person.middle)


def staff_name(ask: Ask, staff_id: str) -> str:
    """«Фамилия И.О.»; who is not in the list of staff goes by the id."""
    person = ask.house.staff.get(staff_id)
    return short(person) if person else staff_id or NOBODY


def name_in_list(person: Student) -> str:
    """«Фамилия Имя»."""
    return f"{person.last}{NBSP}{person.first}".strip()


def result_row(name: str, marks: MarkCounts, formulas: Formulas, *, teacher: str = "") -> ResultRow:
    """A line of a table of marks; 2 and 1 stand together."""
    return ResultRow(
        name=name,
        teacher=teacher,
        fives=marks[5],
        fours=marks[4],
        threes=marks[3],
        twos=marks[2] + marks[1],
        not_attested=marks[0],
        success=share(marks.success(formulas)),
        quality=share(marks.quality(formulas)),
        mastery=share(marks.mastery(formulas)),
        average=mean(marks.average) if marks.numbers else "–",
    )


REASONS = (
    AttendanceCode.ABSENT_ILL,
    AttendanceCode.ABSENT_EXCUSED,
    AttendanceCode.ABSENT_UNEXCUSED,
)
"""Reasons of absences in the order of every table."""
