"""ST and PD: the lists everything else refers to, and the periods of the year."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from docgen.core.findings import Finding, Severity, finding
from docgen.journal.codes import PeriodKind
from docgen.journal.model import FinalMark
from docgen.journal.preflight.places import Skipped, report, source_refs
from docgen.russian import date_numeric, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from docgen.journal.model import (
        Attendance,
        ClassJournal,
        Enrollment,
        Group,
        Mark,
        Period,
        Pupil,
        Student,
    )
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Outcome


def unknown_keys(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Finding]:
    """ST-01: a pupil, a group, a lesson, a subject or a teacher nobody has listed."""
    for row, column, value in _dangling(journal):
        what = dangling(row, column, value)
        yield report(journal, "ST-01", row, value=value, what=what)


def dangling(row: object, column: str, value: str) -> str:
    """Say that `value`, which the row names in its field `column`, is nowhere listed."""
    return f"{_ROWS[type(row).__name__]}: {_KEYS[column].format(value)}"


_ROWS = {
    "Enrollment": "Список учащихся",
    "Guardian": "Законный представитель",
    "ClassUnit": "Класс",
    "TeachingGroup": "Учебная группа",
    "Group": "Учебная группа",
    "GroupMember": "Состав группы",
    "Lesson": "Урок",
    "Mark": "Отметка",
    "Attendance": "Пропуск",
    "FinalMark": "Итоговая отметка",
    "Decision": "Решение педагогического совета",
}
_STAFF = "сотрудника с кодом {} нет в списке"
_KEYS = {
    "student_id": "учащегося с кодом {} нет в списке",
    "pupil": "учащегося с кодом {} нет в списке класса за этот период",
    "class_id": "класса {} нет в списке",
    "class_ids": "класса {} нет в списке",
    "subject_id": "предмета с кодом {} нет в списке",
    "group_id": "группы с кодом {} нет в списке",
    "lesson": "урока с такой датой и номером в журнале нет ({})",
    "class_teacher_id": _STAFF,
    "teacher_ids": _STAFF,
    "planned_teacher_id": _STAFF,
    "teacher_id": _STAFF,
    "set_by": _STAFF,
}


def _dangling(journal: ClassJournal) -> Iterator[tuple[object, str, str]]:
    """Rows of the class with the field that names something unknown, and the unknown name."""
    yield from _of_strays(journal)
    staff = journal.staff.keys() | {""}
    if journal.unit.class_teacher_id not in staff:
        yield journal.unit, "class_teacher_id", journal.unit.class_teacher_id
    for group in journal.groups:
        if group.subject.subject_id not in journal.subjects:
            yield group, "subject_id", group.subject.subject_id
        yield from ((group, "teacher_ids", name) for name in group.teacher_ids if name not in staff)
    for lessons in journal.lessons.values():
        for lesson in lessons:
            if lesson.planned_teacher_id not in staff:
                yield lesson, "planned_teacher_id", lesson.planned_teacher_id
            if lesson.teacher_id not in staff and lesson.substituted:
                yield lesson, "teacher_id", lesson.teacher_id
    for marks in journal.marks.values():
        yield from ((mark, "set_by", mark.set_by) for mark in marks if mark.set_by not in staff)


def _of_strays(journal: ClassJournal) -> Iterator[tuple[object, str, str]]:
    pupils = {pupil.student_id for pupil in journal.pupils}
    groups = {group.group_id for group in journal.groups}
    for row in journal.strays:
        student = getattr(row, "student_id", "")
        if isinstance(row, FinalMark):
            yield row, "subject_id", row.subject_id
        elif row.group_id not in groups:
            yield row, "group_id", row.group_id
        elif student and student not in pupils:
            yield row, "pupil", student
        else:
            yield row, "lesson", f"{date_numeric(row.date)}, урок {row.number}"


def twins(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Finding]:
    """ST-02: one person twice in the class's list: the same names and date of birth."""
    people: defaultdict[tuple[object, ...], list[Student]] = defaultdict(list)
    for pupil in journal.pupils:
        student = pupil.student
        if student.birth_date:
            names = sort_key(student.last, student.first, student.middle)[:3]
            people[*names, student.birth_date].append(student)
    for same in people.values():
        first, *others = sorted(same, key=lambda student: student.student_id)
        for other in others:
            yield report(
                journal,
                "ST-02",
                other,
                born=date_numeric(other.birth_date or dt.date.min),
                this=other.student_id,
                other=first.student_id,
            )


def incomplete_pupils(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Outcome]:
    """ST-03: a pupil without date of birth or number of the personal file, or without a parent.

    A field that nobody in the class has was not exported: it is told of once.
    """
    students = [pupil.student for pupil in journal.pupils]
    parents = journal.guardians
    for name, lacking, severity in (
        ("даты рождения", [s for s in students if not s.birth_date], Severity.BLOCKING),
        ("номера личного дела", [s for s in students if not s.personal_file_no], Severity.BLOCKING),
        (
            "законного представителя",
            [s for s in students if not parents.get(s.student_id)],
            Severity.WARNING,
        ),
    ):
        if students and len(lacking) == len(students):
            yield Skipped("ST-03", f"в классе {journal.unit.class_id} ни у кого нет {name}")
            continue
        for student in lacking:
            yield report(journal, "ST-03", student, severity=severity, what=name)


def outside_enrolment(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Finding]:
    """ST-04: a mark or an absence on a day when the pupil was not in the class."""
    pupils = {pupil.student_id: pupil for pupil in journal.pupils if _came_or_left(pupil, journal)}
    if not pupils:
        return
    rows: Iterable[Mark | Attendance] = [
        *(mark for marks in journal.marks.values() for mark in marks),
        *journal.attendance.values(),
    ]
    for row in rows:
        pupil = pupils.get(row.student_id)
        if pupil and not pupil.covers(row.date):
            what = "отметка" if hasattr(row, "raw") else "пропуск"
            yield report(journal, "ST-04", row, what=what, stays=_stays(pupil))


def _came_or_left(pupil: Pupil, journal: ClassJournal) -> bool:
    period = journal.period
    return not any(
        (stay.start is None or stay.start <= period.start)
        and (stay.end is None or stay.end >= period.end)
        for stay in pupil.stays or (pupil.enrollment,)
    )


def _stays(pupil: Pupil) -> str:
    """«с 02.09.2025 по 10.10.2025», for every stay in the class."""
    return ", ".join(_stay(stay) for stay in pupil.stays or (pupil.enrollment,))


def _stay(stay: Enrollment) -> str:
    start = f"с {date_numeric(stay.start)}" if stay.start else ""
    end = f"по {date_numeric(stay.end)}" if stay.end else ""
    return " ".join(filter(None, (start, end)))


def list_numbers(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Finding]:
    """ST-06: one number of the class's list given to two pupils: sheets would differ in order."""
    holders: defaultdict[int, list[Pupil]] = defaultdict(list)
    for pupil in journal.pupils:
        if pupil.enrollment.list_no is not None:
            holders[pupil.enrollment.list_no].append(pupil)
    for number, pupils in holders.items():
        first, *others = sorted(pupils, key=lambda pupil: pupil.student_id)
        for other in others:
            yield report(
                journal,
                "ST-06",
                other.enrollment,
                list_no=number,
                other=f"{first.student.last} {first.student.first}",
            )


def subgroups(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Outcome]:
    """ST-05: at a lesson of a split subject a pupil is in none of its groups, or in two."""
    parts: defaultdict[str, list[Group]] = defaultdict(list)
    for group in journal.groups:
        if journal.lessons.get(group.group_id):
            parts[group.subject.subject_id].append(group)
    for subject, groups in parts.items():
        if len(groups) == 1:
            continue  # a single group may be for those who chose it
        if not all(group.members for group in groups):
            name = groups[0].subject.name
            yield Skipped("ST-05", f"{journal.unit.class_id}, {name}: нет состава подгрупп")
            continue
        days = sorted({item.date for group in groups for item in journal.lessons[group.group_id]})
        for pupil in journal.pupils:
            stays = [
                (group, member)
                for group in groups
                for member in group.members
                if member.student_id == pupil.student_id
            ]
            if len(stays) == 1 and stays[0][1].covers(days[0]) and stays[0][1].covers(days[-1]):
                continue
            for day in filter(pupil.covers, days):
                names = {
                    group.group_id: group.subgroup for group, stay in stays if stay.covers(day)
                }
                if len(names) != 1:
                    among = " и ".join(names.values())
                    what = f"в нескольких подгруппах ({among})" if names else "ни в одной подгруппе"
                    yield report(
                        journal,
                        "ST-05",
                        subject=subject,
                        student=pupil.student_id,
                        day=date_numeric(day),
                        what=what,
                    )
                    break


def second_list(_journal: ClassJournal, _norms: CheckNorms) -> Iterator[Skipped]:
    """FM-08: the list of the summary against that of the subject's page; the journal has one."""
    yield Skipped("FM-08", "список класса в журнале один, сравнивать не с чем")


def periods_of_the_class(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """PD-01: the class's periods overlap, overrun the year, or are of the wrong kind (R1).

    Days left out between periods show by their lessons, see `school.py`.
    """
    unit = journal.unit
    allowed = norms.schemes.get(unit.grade)
    if allowed and unit.scheme not in allowed:
        usual = " или ".join(sorted(scheme.label for scheme in allowed))
        yield report(
            journal,
            "PD-01",
            unit,
            what=f"класс учится по схеме «{unit.scheme.label}», "
            f"а для {unit.grade} класса положены {usual}",
        )
    mine = [item for item in journal.periods if item.includes(unit.grade)]
    year = next((item for item in mine if item.kind is PeriodKind.YEAR), None)
    parts = sorted(
        (item for item in mine if item.kind is unit.scheme.kind), key=lambda item: item.start
    )
    for period in parts:
        if period.end < period.start:
            yield _period_finding(journal, period, "период кончается раньше, чем начинается")
        if year and not (year.start <= period.start and period.end <= year.end):
            yield _period_finding(journal, period, f"период выходит за пределы года «{year.name}»")
    for before, after in pairwise(parts):
        if after.start <= before.end:
            what = f"период начинается до конца предыдущего («{before.name}», "
            what += f"по {date_numeric(before.end)})"
            yield _period_finding(journal, after, what)


def _period_finding(journal: ClassJournal, period: Period, what: str) -> Finding:
    """Make a finding that is the same whichever class shows it: the calendar is the school's."""
    refs = {"date": period.start.isoformat(), "period": period.code}
    return finding(
        "PD-01",
        f"Периоды / {period.name}",
        refs=refs | source_refs(journal.sources, period),
        what=what,
    )
