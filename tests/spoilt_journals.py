"""Ways to plant one defect at a random place of a good journal, one way or more a rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from docgen.journal.codes import AttendanceCode
from docgen.journal.model import Attendance, FinalMark, Mark

if TYPE_CHECKING:
    import random

    from docgen.journal.model import ClassJournal, Group, Lesson

WORKS = {"КР", "Д", "СОЧ", "ИЗЛ"}
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Planted:
    """A spoilt journal, the references of the defect, harmless codes that may come with it."""

    journal: ClassJournal
    place: dict[str, str]
    also: frozenset[str] = frozenset()


Spoiler = Callable[["ClassJournal", "random.Random"], Planted]


# Choosing


def a_group(journal: ClassJournal, dice: random.Random, hours: int = 1) -> Group:
    """A group of the whole class with so many hours; physical education has an exempt pupil."""
    return dice.choice(
        [
            group
            for group in journal.groups
            if not group.members
            and (group.hours_week or 0) >= hours
            and "ФЗК" not in group.group_id
        ]
    )


def a_lesson(journal: ClassJournal, dice: random.Random) -> Lesson:
    """An ordinary lesson, neither of the first nor of the last week."""
    lessons = journal.lessons[a_group(journal, dice).group_id]
    return dice.choice([row for row in lessons[1:-2] if row.work_kind not in WORKS])


def a_pupil(journal: ClassJournal, dice: random.Random) -> str:
    """A pupil who is in the class for the whole period."""
    period = journal.period
    return dice.choice(
        [
            row.student_id
            for row in journal.pupils
            if row.covers(period.start) and row.covers(period.end)
        ]
    )


def a_mark(journal: ClassJournal, dice: random.Random, kinds: set[str]) -> Mark:
    return dice.choice(
        [row for cell in journal.marks.values() for row in cell if row.work_kind in kinds]
    )


def subject_of(journal: ClassJournal, group_id: str) -> str:
    return next(row.subject.subject_id for row in journal.groups if row.group_id == group_id)


def place_of(journal: ClassJournal, row: Any, student: str = "") -> dict[str, str]:
    place = {
        "class": journal.unit.class_id,
        "subject": subject_of(journal, row.group_id),
        "date": row.date.isoformat(),
        "number": str(row.number),
        "student": student or getattr(row, "student_id", ""),
    }
    return {key: value for key, value in place.items() if value}


def cell_of(row: Any, student: str) -> tuple[str, dt.date, int, str]:
    return (row.group_id, row.date, row.number, student)


# Changing


def with_lesson(journal: ClassJournal, old: Lesson, **changes: Any) -> ClassJournal:
    rows = [replace(row, **changes) if row == old else row for row in journal.lessons[old.group_id]]
    return replace(journal, lessons={**journal.lessons, old.group_id: tuple(rows)})


def with_marks(journal: ClassJournal, *marks: Mark) -> ClassJournal:
    """Add marks, each with a number of its own in the cell."""
    table = dict(journal.marks)
    for mark in marks:
        cell = cell_of(mark, mark.student_id)
        row = table.get(cell, ())
        table[cell] = (*row, replace(mark, seq=len(row) + 1))
    return replace(journal, marks=table)


def with_mark(journal: ClassJournal, old: Mark, **changes: Any) -> ClassJournal:
    cell = cell_of(old, old.student_id)
    row = tuple(replace(mark, **changes) if mark == old else mark for mark in journal.marks[cell])
    return replace(journal, marks={**journal.marks, cell: row})


def with_absence(journal: ClassJournal, row: Attendance, **changes: Any) -> ClassJournal:
    new = replace(row, **changes)
    return replace(journal, attendance={**journal.attendance, cell_of(row, row.student_id): new})


def with_final(journal: ClassJournal, student: str, subject: str, **changes: Any) -> ClassJournal:
    key = (student, subject, journal.period.code)
    new = replace(journal.finals[key], **changes)
    return replace(journal, finals={**journal.finals, key: new})


def motivated(journal: ClassJournal, subject: str) -> ClassJournal:
    """The quarter's marks of the subject have their motives, whatever the averages."""
    for student, of, code in journal.finals:
        if of == subject and code == journal.period.code:
            journal = with_final(journal, student, subject, motive="решение комиссии")
    return journal


def without_works(journal: ClassJournal, group_id: str) -> ClassJournal:
    rows = tuple(
        replace(row, work_kind="", homework="не задано") for row in journal.lessons[group_id]
    )
    return replace(journal, lessons={**journal.lessons, group_id: rows})


def moved_marks(
    journal: ClassJournal, student: str, lessons: list[Lesson], to: Lesson
) -> ClassJournal:
    """Move a pupil's marks of some lessons to another one, where the pupil then was."""
    table, taken = dict(journal.marks), []
    for lesson in lessons:
        taken += table.pop(cell_of(lesson, student), ())
    absences = dict(journal.attendance)
    absences.pop(cell_of(to, student), None)
    day = to.date.isoformat()
    return with_marks(
        replace(journal, marks=table, attendance=absences),
        *(replace(row, date=to.date, number=to.number, set_at=day) for row in taken),
    )


def more_lessons(journal: ClassJournal, group: Group, count: int) -> tuple[ClassJournal, Lesson]:
    """Add lessons nobody has a mark or an absence at, as planned; the first of them."""
    rows = journal.lessons[group.group_id]
    new = [
        replace(
            rows[-1],
            number=8 + place,
            topic=f"Повторение, часть {place}",
            homework="§ 1",
            work_kind="",
        )
        for place in range(count)
    ]
    plan = {**group.plan, journal.period.code: group.plan[journal.period.code] + count}
    return (
        replace(
            journal,
            lessons={**journal.lessons, group.group_id: (*rows, *new)},
            groups=tuple(
                replace(row, plan=plan) if row == group else row for row in journal.groups
            ),
        ),
        new[0],
    )


def with_pupil(journal: ClassJournal, student: str, **changes: Any) -> ClassJournal:
    pupils = tuple(
        replace(row, student=replace(row.student, **changes)) if row.student_id == student else row
        for row in journal.pupils
    )
    return replace(journal, pupils=pupils)


def with_stay(journal: ClassJournal, student: str, **changes: Any) -> ClassJournal:
    pupils = []
    for row in journal.pupils:
        stay = replace(row.enrollment, **changes)
        new = replace(row, enrollment=stay, stays=(stay,))
        pupils.append(new if row.student_id == student else row)
    return replace(journal, pupils=tuple(pupils))


# Spoiling


def unknown_person(journal: ClassJournal, dice: random.Random) -> Planted:
    mark = a_mark(journal, dice, {"ОТ", "ДЗ"})
    return Planted(with_mark(journal, mark, set_by="X9"), place_of(journal, mark))


def twin(journal: ClassJournal, dice: random.Random) -> Planted:
    one, other = dice.sample(journal.pupils, 2)
    same = one.student
    spoilt = with_pupil(
        journal,
        other.student_id,
        last=same.last.upper(),
        first=same.first,
        middle=same.middle,
        birth_date=same.birth_date,
    )
    return Planted(spoilt, {"student": max(one.student_id, other.student_id)})


def incomplete_pupil(journal: ClassJournal, dice: random.Random) -> Planted:
    student = a_pupil(journal, dice)
    lack: dict[str, Any] = dice.choice([{"birth_date": None}, {"personal_file_no": ""}])
    return Planted(with_pupil(journal, student, **lack), {"student": student})


def mark_before_arrival(journal: ClassJournal, dice: random.Random) -> Planted:
    came = next(row for row in journal.pupils if not row.covers(journal.period.start))
    group = a_group(journal, dice, hours=2)
    lesson = dice.choice([r for r in journal.lessons[group.group_id] if not came.covers(r.date)])
    mark = Mark(*cell_of(lesson, came.student_id), seq=1, raw=".", set_at=lesson.date.isoformat())
    return Planted(with_marks(journal, mark), place_of(journal, mark))


def wrong_subgroup(journal: ClassJournal, dice: random.Random) -> Planted:
    """A pupil is taken out of a subgroup, or put into the other one too."""
    group, other = dice.choice(
        [
            (one, two)
            for one in journal.groups
            for two in journal.groups
            if one.members and one.subject == two.subject and one != two
        ]
    )
    student = a_pupil(journal, dice)
    rows = [row for row in group.members if row.student_id == student]
    rows = rows or [row for row in other.members if row.student_id == student]
    both = [replace(rows[0], group_id=row.group_id) for row in (group, other)]
    extra = dice.random() < 0.5
    groups = []
    for row in journal.groups:
        rest = tuple(item for item in row.members if item.student_id != student)
        if row in (group, other):
            added = [item for item in both if extra and item.group_id == row.group_id]
            groups.append(replace(row, members=(*rest, *added)))
        else:
            groups.append(row)
    return Planted(
        replace(journal, groups=tuple(groups)),
        {"student": student, "subject": group.subject.subject_id},
        frozenset({"MK-05"}),
    )


def number_twice(journal: ClassJournal, dice: random.Random) -> Planted:
    one, other = dice.sample(journal.pupils, 2)
    spoilt = with_stay(journal, other.student_id, list_no=one.enrollment.list_no)
    return Planted(spoilt, {"student": max(one.student_id, other.student_id)})


def overlapping_periods(journal: ClassJournal, dice: random.Random) -> Planted:
    parts = sorted((row.end, row.code) for row in journal.periods if row.code.startswith("Q"))
    place = dice.randrange(1, len(parts))
    start, code = parts[place - 1][0] - dice.randrange(3) * DAY, parts[place][1]
    periods = tuple(
        replace(row, start=start) if row.code == code else row for row in journal.periods
    )
    return Planted(replace(journal, periods=periods), {"period": code})


def lesson_on_sunday(journal: ClassJournal, dice: random.Random) -> Planted:
    """A lesson with all its marks and absences; nobody came or left before that Sunday."""
    while True:
        old = a_lesson(journal, dice)
        sunday = old.date + (7 - old.date.isoweekday()) * DAY
        if all(row.covers(old.date) == row.covers(sunday) for row in journal.pupils):
            break
    new = replace(old, date=sunday, entered_at=f"{sunday}T09:00:00")
    spoilt = with_lesson(journal, old, date=new.date, entered_at=new.entered_at)
    absences = {
        cell_of(new, key[3]) if key[:3] == cell_of(old, "")[:3] else key: row
        for key, row in journal.attendance.items()
    }
    spoilt = replace(spoilt, attendance=absences)
    for student in {key[3] for key in journal.marks if key[:3] == cell_of(old, "")[:3]}:
        spoilt = moved_marks(spoilt, student, [old], new)
    return Planted(spoilt, place_of(journal, new))


def no_topic(journal: ClassJournal, dice: random.Random) -> Planted:
    lesson = a_lesson(journal, dice)
    topic = dice.choice(["", "-", "ур", " \u00a0", "…"])
    return Planted(with_lesson(journal, lesson, topic=topic), place_of(journal, lesson))


def no_homework(journal: ClassJournal, dice: random.Random) -> Planted:
    lesson = a_lesson(journal, dice)
    return Planted(with_lesson(journal, lesson, homework=" "), place_of(journal, lesson))


def repeated_topic(journal: ClassJournal, dice: random.Random) -> Planted:
    rows = journal.lessons[a_group(journal, dice).group_id]
    first = dice.randrange(len(rows) - 3)
    for row in rows[first : first + 4]:
        journal = with_lesson(journal, row, topic="Одно и то же")
    return Planted(journal, place_of(journal, rows[first]))


def far_from_plan(journal: ClassJournal, dice: random.Random) -> Planted:
    group = dice.choice(journal.groups)
    code = journal.period.code
    plan = {**group.plan, code: group.plan[code] + dice.choice([3, -3, 5])}
    groups = tuple(replace(row, plan=plan) if row == group else row for row in journal.groups)
    place = {"subject": group.subject.subject_id, "period": code}
    return Planted(replace(journal, groups=groups), place)


def nobody_taught(journal: ClassJournal, dice: random.Random) -> Planted:
    lesson = a_lesson(journal, dice)
    nobody = {"planned_teacher_id": "", "teacher_id": ""}
    substitute = {"teacher_id": "С02", "substitution_order": ""}
    spoilt = with_lesson(journal, lesson, **dice.choice([nobody, substitute]))
    return Planted(spoilt, place_of(journal, lesson))


def silent_lessons(journal: ClassJournal, dice: random.Random) -> Planted:
    spoilt, first = more_lessons(journal, a_group(journal, dice), 4)
    return Planted(spoilt, place_of(journal, first))


def unreadable_mark(journal: ClassJournal, dice: random.Random) -> Planted:
    old = a_mark(journal, dice, {"ОТ", "ДЗ"})
    raw = dice.choice(["4б", "6", "5/6", "!", "55"])
    place = place_of(journal, old)
    return Planted(with_marks(journal, replace(old, raw=raw)), place)


def marked_while_absent(journal: ClassJournal, dice: random.Random) -> Planted:
    row = dice.choice([r for r in journal.attendance.values() if r.kind and r.kind.missed])
    raw, day = dice.choice(["5", "4/3", "зач"]), row.date.isoformat()
    mark = Mark(*cell_of(row, row.student_id), seq=1, raw=raw, set_at=day)
    spoilt = motivated(journal, subject_of(journal, row.group_id))
    return Planted(with_marks(spoilt, mark), place_of(journal, row))


def too_few_marks(journal: ClassJournal, dice: random.Random) -> Planted:
    group, student = a_group(journal, dice), a_pupil(journal, dice)
    subject = group.subject.subject_id
    wanted = 3 if group.hours_week == 1 else 5
    mine = [key for key in journal.marks if key[0] == group.group_id and key[3] == student]
    table = {key: row for key, row in journal.marks.items() if key not in mine}
    for key in dice.sample(mine, min(wanted - 1, len(mine))):
        table[key] = journal.marks[key][:1]
    spoilt = without_works(motivated(journal, subject), group.group_id)
    place = {"student": student, "subject": subject, "period": journal.period.code}
    return Planted(replace(spoilt, marks=table), place, frozenset({"MK-05", "MK-07"}))


def long_gap(journal: ClassJournal, dice: random.Random) -> Planted:
    """All marks of a pupil stand at the first and the last lesson, no lesson was missed."""
    group, student = a_group(journal, dice), a_pupil(journal, dice)
    first, *middle, last = journal.lessons[group.group_id]
    spoilt = without_works(motivated(journal, group.subject.subject_id), group.group_id)
    half = len(middle) // 2
    spoilt = moved_marks(spoilt, student, middle[:half], first)
    spoilt = moved_marks(spoilt, student, middle[half:], last)
    ends = [
        Mark(*cell_of(row, student), seq=1, raw="4", set_at=row.date.isoformat())
        for row in (first, last)
    ]
    mine = (group.group_id, student)
    absences = {key: row for key, row in spoilt.attendance.items() if (key[0], key[3]) != mine}
    spoilt = with_marks(replace(spoilt, attendance=absences), *ends)
    place = {"student": student, "subject": group.subject.subject_id}
    return Planted(spoilt, place, frozenset({"AT-03"}))


def bad_mark_on_return(journal: ClassJournal, dice: random.Random) -> Planted:
    group, student = a_group(journal, dice), a_pupil(journal, dice)
    rows = journal.lessons[group.group_id]
    first = dice.randrange(len(rows) - 4)
    missed, back = list(rows[first : first + 3]), rows[first + 3]
    spoilt = without_works(motivated(journal, group.subject.subject_id), group.group_id)
    spoilt = moved_marks(spoilt, student, missed, back)
    absences = {
        cell_of(row, student): Attendance(*cell_of(row, student), code="Б") for row in missed
    }
    spoilt = replace(spoilt, attendance={**spoilt.attendance, **absences})
    two = Mark(*cell_of(back, student), seq=1, raw="2", set_at=back.date.isoformat())
    also = frozenset({"AT-03", "MK-05", "MK-07"})
    return Planted(with_marks(spoilt, two), place_of(journal, two), also)


def bad_mark_not_corrected(journal: ClassJournal, dice: random.Random) -> Planted:
    group, student = a_group(journal, dice, hours=2), a_pupil(journal, dice)
    rows = journal.lessons[group.group_id]
    bad = rows[dice.randrange(1, 4)]
    spoilt = without_works(motivated(journal, group.subject.subject_id), group.group_id)
    spoilt = moved_marks(spoilt, student, list(rows), rows[0])
    two = Mark(*cell_of(bad, student), seq=1, raw="2", set_at=bad.date.isoformat())
    absences = dict(spoilt.attendance)
    absences.pop(cell_of(bad, student), None)
    spoilt = with_marks(replace(spoilt, attendance=absences), two)
    return Planted(spoilt, place_of(journal, two), frozenset({"AT-03", "MK-05", "MK-06"}))


def work_without_mark(journal: ClassJournal, dice: random.Random) -> Planted:
    mark = a_mark(journal, dice, WORKS)
    rows = journal.lessons[mark.group_id]
    lesson = next(row for row in rows if (row.date, row.number) == (mark.date, mark.number))
    home = next(row for row in rows if cell_of(row, mark.student_id) in journal.marks)
    if home == lesson:
        home = next(row for row in rows[::-1] if cell_of(row, mark.student_id) in journal.marks)
    spoilt = moved_marks(journal, mark.student_id, [lesson], home)
    return Planted(spoilt, place_of(journal, mark), frozenset({"MK-05"}))


def work_marked_late(journal: ClassJournal, dice: random.Random) -> Planted:
    mark = a_mark(journal, dice, WORKS)
    late = mark.date + ((journal.work_kinds[mark.work_kind].days or 0) + dice.randrange(1, 9)) * DAY
    spoilt = with_mark(journal, mark, set_at=late.isoformat())
    return Planted(spoilt, place_of(journal, mark), frozenset({"BD-01"}))


def sparse_marks(journal: ClassJournal, dice: random.Random) -> Planted:
    group = a_group(journal, dice)
    count = sum(len(row) for key, row in journal.marks.items() if key[0] == group.group_id)
    spoilt, _first = more_lessons(journal, group, count)
    place = {"subject": group.subject.subject_id, "period": journal.period.code}
    return Planted(spoilt, place, frozenset({"LS-08"}))


def all_fives(journal: ClassJournal, dice: random.Random) -> Planted:
    lesson = a_lesson(journal, dice)
    spoilt = motivated(journal, subject_of(journal, lesson.group_id))
    table = dict(spoilt.marks)
    for pupil in journal.pupils:
        cell = cell_of(lesson, pupil.student_id)
        row = spoilt.attendance.get(cell)
        if pupil.covers(lesson.date) and not (row and row.kind and row.kind.missed):
            old = table.get(cell) or (Mark(*cell, seq=1, raw="5", set_at=lesson.date.isoformat()),)
            table[cell] = tuple(replace(mark, raw="5") for mark in old)
    return Planted(replace(spoilt, marks=table), place_of(journal, lesson))


def unknown_code(journal: ClassJournal, dice: random.Random) -> Planted:
    row = dice.choice(list(journal.attendance.values()))
    spoilt = with_absence(journal, row, code=dice.choice(["Х", "?", "НБ"]))
    return Planted(spoilt, place_of(journal, row), frozenset({"MK-08"}))


def no_reason(journal: ClassJournal, dice: random.Random) -> Planted:
    row = dice.choice([r for r in journal.attendance.values() if r.kind and r.kind.missed])
    spoilt = with_absence(journal, row, code="Н", reason="")
    return Planted(spoilt, place_of(journal, row), frozenset({"AT-04"}))


def forgotten_absence(journal: ClassJournal, dice: random.Random) -> Planted:
    """The absence in the middle of a missed day was not entered."""
    missed = {
        (key[3], row.date, row.number): row
        for key, row in journal.attendance.items()
        if row.kind and row.kind.missed
    }
    row = dice.choice(
        [
            row
            for (student, day, number), row in missed.items()
            if (student, day, number - 1) in missed and (student, day, number + 1) in missed
        ]
    )
    table = {key: item for key, item in journal.attendance.items() if item != row}
    spoilt = replace(journal, attendance=table)
    return Planted(spoilt, place_of(journal, row), frozenset({"MK-08"}))


def exempt_yet_marked(journal: ClassJournal, dice: random.Random) -> Planted:
    rows = [row for row in journal.attendance.values() if row.kind is AttendanceCode.EXEMPT]
    row = dice.choice(rows)
    if dice.random() < 0.5:
        spoilt = with_absence(journal, row, code="Н", reason="прогул")
    else:
        mark = Mark(*cell_of(row, row.student_id), seq=1, raw="4", set_at=row.date.isoformat())
        spoilt = with_marks(journal, mark)
    return Planted(spoilt, place_of(journal, row))


def a_final(journal: ClassJournal, dice: random.Random) -> FinalMark:
    """A quarter's mark that is a number."""
    return dice.choice([row for row in journal.finals.values() if row.raw.isdigit()])


def final_place(final: FinalMark) -> dict[str, str]:
    return {"student": final.student_id, "subject": final.subject_id, "period": final.period}


def no_final(journal: ClassJournal, dice: random.Random) -> Planted:
    here = {row.student_id for row in journal.pupils if row.covers(journal.period.end)}
    final = dice.choice([row for row in journal.finals.values() if row.student_id in here])
    table = {key: row for key, row in journal.finals.items() if row != final}
    return Planted(replace(journal, finals=table), final_place(final))


def not_attested(journal: ClassJournal, dice: random.Random) -> Planted:
    final = a_final(journal, dice)
    spoilt = with_final(journal, final.student_id, final.subject_id, raw="н/а")
    return Planted(spoilt, final_place(final))


def word_for_a_number(journal: ClassJournal, dice: random.Random) -> Planted:
    final = a_final(journal, dice)
    lawful = any(order.subject == final.student_id for order in journal.orders)
    raw = dice.choice(["зач", "незач", "усв"] if lawful else ["зач", "незач", "усв", "осв"])
    spoilt = with_final(journal, final.student_id, final.subject_id, raw=raw)
    return Planted(spoilt, final_place(final))


def rounded_wrong(journal: ClassJournal, dice: random.Random) -> Planted:
    final = a_final(journal, dice)
    raw = str(int(final.raw) + (1 if final.raw in "23" else -1))
    spoilt = with_final(journal, final.student_id, final.subject_id, raw=raw)
    return Planted(spoilt, final_place(final), frozenset({"FM-04"}))


def far_from_average(journal: ClassJournal, dice: random.Random) -> Planted:
    final = a_final(journal, dice)
    raw = str(int(final.raw) + (2 if final.raw in "23" else -2))
    spoilt = with_final(journal, final.student_id, final.subject_id, raw=raw)
    return Planted(spoilt, final_place(final), frozenset({"FM-03"}))


def backdated(journal: ClassJournal, dice: random.Random) -> Planted:
    """A lesson, an oral answer, a written work or a quarter's mark is entered late."""
    if (way := dice.randrange(4)) == 0:
        lesson = a_lesson(journal, dice)
        moment = f"{lesson.date + dice.randrange(1, 5) * DAY}T08:00:00"
        return Planted(with_lesson(journal, lesson, entered_at=moment), place_of(journal, lesson))
    if way == 1:
        final = a_final(journal, dice)
        late = (journal.period.end + dice.randrange(4, 9) * DAY).isoformat()
        spoilt = with_final(journal, final.student_id, final.subject_id, set_at=late)
        return Planted(spoilt, final_place(final))
    kinds, days = ({"ОТ", "ДЗ"}, 0) if way == 2 else ({"СР", "ПР", "Т", "ЛР"}, 7)
    mark = a_mark(journal, dice, kinds)
    late = (mark.date + (days + dice.randrange(1, 5)) * DAY).isoformat()
    return Planted(with_mark(journal, mark, set_at=late), place_of(journal, mark))


def signatory_away(journal: ClassJournal, dice: random.Random) -> Planted:
    director = next(row for row in journal.staff.values() if row.position == "директор")
    head = journal.staff[journal.unit.class_teacher_id]
    away: dict[str, Any] = dice.choice(
        [{"end": journal.period.end - DAY}, {"start": journal.period.end + DAY}]
    )
    person = dice.choice([director, head])
    staff = {**journal.staff, person.staff_id: replace(person, **away)}
    return Planted(replace(journal, staff=staff), {"period": journal.period.code})


def unknown_order(journal: ClassJournal, dice: random.Random) -> Planted:
    if dice.random() < 0.5:
        student = a_pupil(journal, dice)
        return Planted(with_stay(journal, student, start_order="№ 998-у"), {"student": student})
    lesson = a_lesson(journal, dice)
    spoilt = with_lesson(journal, lesson, teacher_id="С02", substitution_order="№ 999-к")
    return Planted(spoilt, place_of(journal, lesson))


SPOILERS: dict[str, Spoiler] = {
    "ST-01": unknown_person,
    "ST-02": twin,
    "ST-03": incomplete_pupil,
    "ST-04": mark_before_arrival,
    "ST-05": wrong_subgroup,
    "ST-06": number_twice,
    "PD-01": overlapping_periods,
    "LS-01": lesson_on_sunday,
    "LS-02": no_topic,
    "LS-03": no_homework,
    "LS-04": repeated_topic,
    "LS-05": far_from_plan,
    "LS-06": nobody_taught,
    "LS-08": silent_lessons,
    "MK-01": unreadable_mark,
    "MK-03": marked_while_absent,
    "MK-04": too_few_marks,
    "MK-05": long_gap,
    "MK-06": bad_mark_on_return,
    "MK-07": bad_mark_not_corrected,
    "MK-08": work_without_mark,
    "MK-09": work_marked_late,
    "MK-10": sparse_marks,
    "MK-11": all_fives,
    "AT-01": unknown_code,
    "AT-02": no_reason,
    "AT-03": forgotten_absence,
    "AT-04": exempt_yet_marked,
    "FM-01": no_final,
    "FM-02": not_attested,
    "FM-03": rounded_wrong,
    "FM-04": far_from_average,
    "FM-07": word_for_a_number,
    "BD-01": backdated,
    "DC-03": signatory_away,
    "DC-04": unknown_order,
}
"""What can be planted in one class's journal of a quarter."""
