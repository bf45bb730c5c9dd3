"""One class's journal for one period, put together from the store, and its digest.

Written against `Journal.select`: conditions are SQL, rows are entities.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from docgen.core.errors import UsageFault
from docgen.journal import content
from docgen.journal.codes import cyrillic
from docgen.journal.model import (
    Attendance,
    CalendarDay,
    Cell,
    ClassJournal,
    ClassUnit,
    Decision,
    Enrollment,
    FinalMark,
    Group,
    GroupMember,
    Guardian,
    Lesson,
    Mark,
    Period,
    Pupil,
    RegistryRecord,
    Staff,
    Student,
    Subject,
    TeachingGroup,
    WorkKind,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from docgen.journal.store import Journal

DEFAULT_WORK_KINDS: Mapping[str, WorkKind] = {
    kind.code: kind
    for kind in (
        WorkKind("КР", "контрольная работа", is_control=True, days=7),
        WorkKind("Д", "диктант", is_control=True, days=7),
        WorkKind("СОЧ", "сочинение", is_control=True, days=14),
        WorkKind("ИЗЛ", "изложение", is_control=True, days=14),
        WorkKind("ЛР", "лабораторная работа", days=7),
        WorkKind("СР", "самостоятельная работа", days=7),
        WorkKind("ПР", "практическая работа", days=7),
        WorkKind("Т", "тест", days=7),
        WorkKind("ДЗ", "домашнее задание", days=0),
        WorkKind("ОТ", "ответ на уроке", days=0),
    )
}
"""The kinds of work of a journal that lists none (`journal.md` 2.1); days allowed for marking."""


def find_period(journal: Journal, code: str) -> Period:
    """Find the period of a code. Raises UsageFault when there is none."""
    periods = journal.periods()
    for period in periods:
        if period.code == code:
            return period
    known = ", ".join(f"{period.code} ({period.name})" for period in periods)
    raise UsageFault(
        f"Периода «{code}» нет в журнале.",
        remedy=f"Укажите один из периодов: {known}." if known else _EMPTY,
    )


def find_class(journal: Journal, class_id: str) -> ClassUnit:
    """Find the class of a name, «7а» and a Latin «7A» too. Raises UsageFault when there is none."""
    classes = journal.classes()
    wanted = {class_id, cyrillic(class_id.strip().upper())}
    for unit in classes:
        if unit.class_id in wanted:
            return unit
    known = ", ".join(unit.class_id for unit in classes)
    raise UsageFault(
        f"Класса «{class_id}» нет в журнале.",
        remedy=f"Укажите один из классов: {known}." if known else _EMPTY,
    )


_EMPTY = "Журнал пуст: загрузите его командой docgen import."


def assemble(journal: Journal, class_id: str, period_code: str) -> ClassJournal:
    """Read what one class's journal holds for one period.

    Raises UsageFault when the class, the period or the school is not there.
    """
    unit = find_class(journal, class_id)
    period = find_period(journal, period_code)
    school = journal.school()
    if school is None:
        raise UsageFault("В журнале нет сведений о школе.", remedy=_EMPTY)
    subjects = {item.subject_id: item for item in journal.listed(Subject)}
    pupils = _pupils(journal, unit, period)
    mine = {pupil.student_id for pupil in pupils}
    groups = _groups(journal, unit, subjects)
    known = [group.group_id for group in groups]
    lessons: dict[str, list[Lesson]] = {group_id: [] for group_id in known}
    for lesson in journal.select(Lesson, *_during(period, group_id=known)):
        lessons[lesson.group_id].append(lesson)
    sorting = _Sorting(
        pupils=mine,
        strangers=_strangers(journal, unit, groups, period),
        lessons={_lesson_key(lesson) for row in lessons.values() for lesson in row},
    )
    marks: dict[Cell, list[Mark]] = defaultdict(list)
    for mark in sorting.placed(journal.select(Mark, *_during(period, group_id=known))):
        marks[*_lesson_key(mark), mark.student_id].append(mark)
    absences = sorting.placed(journal.select(Attendance, *_during(period, group_id=known)))
    attendance = {(*_lesson_key(absence), absence.student_id): absence for absence in absences}
    for entity in (Mark, Attendance):
        if lost := _unknown_groups(journal, entity):
            where = _during(period, group_id=lost, student_id=mine)
            sorting.strays.extend(journal.select(entity, *where))
    finals: dict[tuple[str, str, str], FinalMark] = {}
    for final in journal.select(FinalMark, _among("student_id", mine)):
        if final.subject_id in subjects:
            finals[final.student_id, final.subject_id, final.period] = final
        else:
            sorting.strays.append(final)

    guardians: dict[str, list[Guardian]] = defaultdict(list)
    for guardian in journal.select(Guardian, _among("student_id", mine)):
        guardians[guardian.student_id].append(guardian)
    kinds = {item.code: item for item in journal.listed(WorkKind)}
    return ClassJournal(
        school=school,
        period=period,
        periods=journal.periods(),
        unit=unit,
        staff={item.staff_id: item for item in journal.listed(Staff)},
        subjects=subjects,
        pupils=pupils,
        groups=groups,
        lessons={group_id: tuple(row) for group_id, row in lessons.items()},
        marks={cell: tuple(row) for cell, row in marks.items()},
        attendance=attendance,
        finals=finals,
        work_kinds=kinds or DEFAULT_WORK_KINDS,
        decisions={
            item.student_id: item for item in journal.select(Decision, _among("student_id", mine))
        },
        guardians={student: tuple(row) for student, row in guardians.items()},
        orders=tuple(journal.select(RegistryRecord, "registry = 'orders'")),
        calendar=tuple(journal.listed(CalendarDay)),
        sources=journal.source_files(),
        strays=tuple(sorting.strays),
    )


def _among(column: str, values: Iterable[str]) -> str:
    """Write the condition that a column holds one of the values."""
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(values))
    return f"{column} IN ({quoted})"


def _during(period: Period, **columns: Iterable[str]) -> tuple[str, tuple[str, str]]:
    """Write the condition that columns hold one of their values, on a day of the period."""
    conditions = [_among(column, values) for column, values in columns.items()]
    dates = (period.start.isoformat(), period.end.isoformat())
    return " AND ".join([*conditions, "date BETWEEN ? AND ?"]), dates


def _lesson_key(row: Lesson | Mark | Attendance) -> tuple[str, dt.date, int]:
    return row.group_id, row.date, row.number


Placed = TypeVar("Placed", Mark, Attendance)


@dataclass(slots=True)
class _Sorting:
    """Tells the marks and absences of a class's pupils from those that belong nowhere.

    `strangers` are the pupils of other classes in the same groups: their rows stand in the
    journals of their own classes.
    """

    pupils: set[str]
    strangers: set[str]
    lessons: set[tuple[str, dt.date, int]]
    strays: list[Lesson | Mark | Attendance | FinalMark] = field(default_factory=list)

    def placed(self, rows: Iterable[Placed]) -> Iterator[Placed]:
        """Yield the rows of the class's pupils at lessons that were given."""
        for row in rows:
            if row.student_id in self.pupils and _lesson_key(row) in self.lessons:
                yield row
            elif row.student_id not in self.strangers:
                self.strays.append(row)


def _pupils(journal: Journal, unit: ClassUnit, period: Period) -> tuple[Pupil, ...]:
    """Find who belonged to the class on any day of the period, in the order of the class's list."""
    stays: dict[str, list[Enrollment]] = defaultdict(list)
    for stay in journal.select(Enrollment, "class_id = ?", (unit.class_id,)):
        stays[stay.student_id].append(stay)
    pupils = []
    for student in journal.select(Student, _among("student_id", stays)):
        own = stays[student.student_id]
        current = [stay for stay in own if _overlaps(stay, period)]
        if current:
            pupils.append(Pupil(student, current[-1], tuple(own)))
    numbers = {pupil.enrollment.list_no for pupil in pupils}
    if None not in numbers and len(numbers) == len(pupils):
        return tuple(sorted(pupils, key=lambda pupil: pupil.enrollment.list_no or 0))
    return tuple(sorted(pupils, key=_by_name))


def _overlaps(stay: Enrollment, period: Period) -> bool:
    return (stay.start is None or stay.start <= period.end) and (
        stay.end is None or stay.end >= period.start
    )


def _by_name(pupil: Pupil) -> tuple[str, ...]:
    student = pupil.student
    names = (student.last, student.first, student.middle, student.student_id)
    return tuple(name.casefold().replace("ё", "е") for name in names)


def _groups(
    journal: Journal, unit: ClassUnit, subjects: Mapping[str, Subject]
) -> tuple[Group, ...]:
    """Read the groups of the class in the order of the curriculum, their lists unfolded."""
    rows = [row for row in journal.listed(TeachingGroup) if unit.class_id in _listed(row.class_ids)]
    members: dict[str, list[GroupMember]] = defaultdict(list)
    names = [row.group_id for row in rows]
    for member in journal.select(GroupMember, _among("group_id", names)):
        members[member.group_id].append(member)
    groups = [
        Group(
            group_id=row.group_id,
            class_ids=_listed(row.class_ids),
            # A subject that is missing from the list (ST-01) still has a page: its id is its name.
            subject=subjects.get(row.subject_id) or Subject(row.subject_id, row.subject_id),
            subgroup=row.subgroup,
            teacher_ids=_listed(row.teacher_ids),
            hours_week=row.hours_week,
            plan=json.loads(row.plan),
            members=tuple(members.get(row.group_id, ())),
            source=row.source,
            cell=row.cell,
        )
        for row in rows
    ]
    return tuple(
        sorted(
            groups,
            key=lambda group: (
                group.subject.order,
                group.subject.name,
                group.subgroup,
                group.group_id,
            ),
        )
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _strangers(
    journal: Journal, unit: ClassUnit, groups: Sequence[Group], period: Period
) -> set[str]:
    """Find pupils of the other classes that learn in this class's groups."""
    others = {name for group in groups for name in group.class_ids} - {unit.class_id}
    if not others:
        return set()
    return {
        stay.student_id
        for stay in journal.select(Enrollment, _among("class_id", others))
        if _overlaps(stay, period)
    }


def _unknown_groups(journal: Journal, entity: type[Mark | Attendance]) -> list[str]:
    """Name the groups that occur in a table and nowhere else.

    Walks from one group to the next along the key instead of reading all rows.
    """
    query = f"""
        WITH RECURSIVE present(group_id) AS (
            SELECT min(group_id) FROM {entity.TABLE}
            UNION ALL
            SELECT (SELECT min(group_id) FROM {entity.TABLE} WHERE group_id > present.group_id)
            FROM present WHERE group_id IS NOT NULL
        )
        SELECT group_id FROM present
        WHERE group_id IS NOT NULL AND group_id NOT IN (SELECT group_id FROM groups)
    """  # noqa: S608 - own names
    return [name for (name,) in journal.connection.execute(query)]


def digest(journal: ClassJournal) -> str:
    """SHA-256, hex, of what a class's volume is made from, whatever file it came from (BD-02)."""
    return content.digest(content.content(journal))
