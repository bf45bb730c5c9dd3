"""Orders of the year's end and of substitution, out of the journal (R13, R33)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import finding
from docgen.documents.families import doubt, full_name
from docgen.documents.house import sex_told
from docgen.documents.kinds import Ask, Need
from docgen.documents.orders import (
    Acquainted,
    Charged,
    Doubts,
    Requisites,
    acquainted,
    charged,
    order,
    requisites,
    working,
)
from docgen.journal.model import (
    Decision,
    Enrollment,
    Lesson,
    Staff,
    Student,
    Subject,
    TeachingGroup,
)
from docgen.journal.promotion import Outcome, outcome
from docgen.russian.names import decline_short


@dataclass(frozen=True, slots=True)
class MovedPupil:
    """A line of the table: the pupil in the accusative, both classes, the protocol."""

    pupil: str
    from_class: str
    to_class: str
    ground: str


@dataclass(frozen=True, slots=True)
class PromotionOrder:
    """The order moving pupils to their next class; context of `order-promotion`.

    head: requisites of the order
    year: «2025/2026»
    moved: pupils moved to the next class
    conditional: pupils moved on condition
    kept: pupils kept for another year
    finished: pupils who finished
    conditional_until: by when debts are to be made good
    administrator: who moves them in the journal
    deputy: who tells the parents
    acquainted: class teachers and those charged
    """

    head: Requisites
    year: str
    moved: tuple[MovedPupil, ...]
    conditional: tuple[MovedPupil, ...]
    kept: tuple[MovedPupil, ...]
    finished: tuple[MovedPupil, ...]
    conditional_until: str
    administrator: Charged
    deputy: Charged
    acquainted: tuple[Acquainted, ...]


def _promotion(ask: Ask, title: str, doubts: Doubts) -> PromotionOrder:
    units = {unit.class_id: unit for unit in ask.units}
    people = {one.student_id: one for one in ask.journal.select(Student)}
    classes = {
        stay.student_id: stay.class_id
        for stay in ask.journal.select(Enrollment)
        if stay.class_id in units and stay.end is None
    }
    groups: dict[Outcome, list[tuple[tuple[object, ...], MovedPupil]]] = defaultdict(list)
    for decision in ask.journal.select(Decision):
        class_id = classes.get(decision.student_id)
        if class_id is None or decision.student_id not in people:
            continue
        pupil = people[decision.student_id]
        group = outcome(decision.result)
        if group is None:
            where = f"{class_id} / {full_name(pupil)}"
            what = f"понятное решение педсовета (стоит «{decision.result}»)"
            doubts.append(finding("DC-01", where, what=what))
            continue
        unit = units[class_id]
        key = (unit.grade, unit.letter, russian.sort_key(pupil.last, pupil.first, pupil.middle))
        groups[group].append((key, _moved(ask, decision, pupil, class_id, title, doubts)))
    if not groups and not doubts:
        doubts.append(finding("DC-01", title, what="решения педсовета (в журнале их нет)"))
    rows = {name: tuple(row for _key, row in sorted(found)) for name, found in groups.items()}
    teachers = [ask.house.staff.get(unit.class_teacher_id) for unit in ask.units]
    return PromotionOrder(
        head=requisites(ask, title, doubts),
        year=ask.house.year,
        moved=rows.get(Outcome.MOVED, ()),
        conditional=rows.get(Outcome.CONDITIONAL, ()),
        kept=rows.get(Outcome.KEPT, ()),
        finished=rows.get(Outcome.FINISHED, ()),
        conditional_until=ask.house.details["order-promotion"]["conditional_until"],
        administrator=charged(ask, "administrator", title, doubts),
        deputy=charged(ask, "deputy", title, doubts),
        acquainted=acquainted(_once(teachers)),
    )


def _moved(
    ask: Ask, decision: Decision, pupil: Student, class_id: str, title: str, doubts: Doubts
) -> MovedPupil:
    form = ask.house.declined(pupil, "a")
    if not form.certain:
        doubts.append(doubt(form, pupil, title, where=f"{class_id} / {full_name(pupil)}"))
    day = russian.date_numeric(decision.protocol_date) if decision.protocol_date else ""
    ground = f"протокол № {decision.protocol_no} от {day}" if decision.protocol_no and day else ""
    return MovedPupil(
        pupil=form.text,
        from_class=russian.class_in_text(class_id),
        to_class=russian.class_in_text(decision.target_class) if decision.target_class else "",
        ground=russian.nbsp_text(ground),
    )


def _once(people: Iterable[Staff | None]) -> list[Staff]:
    return list(dict.fromkeys(person for person in people if person is not None))


@dataclass(frozen=True, slots=True)
class YearEndOrder:
    """The order closing the year and its journals; context of `order-year-end`.

    head: requisites of the order
    year: «2025/2026»
    end: the last day of the year, «26 мая 2026 г.»
    deputy, secretary, administrator: who is charged
    marks_until, print_until, media_until: by when marks, copies and media are ready
    acquainted: the list of acquaintance
    """

    head: Requisites
    year: str
    end: str
    deputy: Charged
    secretary: Charged
    administrator: Charged
    marks_until: str
    print_until: str
    media_until: str
    acquainted: tuple[Acquainted, ...]


def _year_end(ask: Ask, title: str, doubts: Doubts) -> YearEndOrder:
    details = ask.house.details["order-year-end"]
    year = next(period for period in ask.journal.periods() if period.code == "Y")
    return YearEndOrder(
        head=requisites(ask, title, doubts),
        year=ask.house.year,
        end=russian.date_long(year.end),
        deputy=charged(ask, "deputy", title, doubts),
        secretary=charged(ask, "secretary", title, doubts),
        administrator=charged(ask, "administrator", title, doubts),
        marks_until=details["marks_until"],
        print_until=details["print_until"],
        media_until=ask.house.details["order-printing"]["media_until"],
        acquainted=acquainted(working(ask)),
    )


@dataclass(frozen=True, slots=True)
class Substituted:
    """A line of the table: absent and substitute in the accusative, what, when, how many."""

    absent: str
    substitute: str
    subject: str
    classes: str
    days: str
    lessons: int


@dataclass(frozen=True, slots=True)
class SubstitutionOrder:
    """The order on substituted lessons of a period; context of `order-substitution`.

    head: requisites of the order
    period: «1 четверть»
    year: «2025/2026»
    rows: absent teachers and substitutes
    deputy: who keeps the register of substitutions
    acquainted: absent teachers and substitutes
    """

    head: Requisites
    period: str
    year: str
    rows: tuple[Substituted, ...]
    deputy: Charged
    acquainted: tuple[Acquainted, ...]


def _substitution(ask: Ask, title: str, doubts: Doubts) -> SubstitutionOrder:
    if ask.period is None:
        raise RuntimeError("a period is asked for by the kind")
    staff = ask.house.staff
    units = {unit.class_id for unit in ask.units}
    groups = {one.group_id: one for one in ask.journal.select(TeachingGroup)}
    subjects = {item.subject_id: item.name for item in ask.journal.select(Subject)}
    found: dict[tuple[str, str, str], list[Lesson]] = defaultdict(list)
    bounds = (ask.period.start.isoformat(), ask.period.end.isoformat())
    for lesson in ask.journal.select(Lesson, "date BETWEEN ? AND ?", bounds):
        group = groups.get(lesson.group_id)
        if lesson.substituted and group and units & set(group.class_ids.split(",")):
            key = (lesson.planned_teacher_id, lesson.teacher_id, group.subject_id)
            found[key].append(lesson)
    if not found:
        what = f"замещённые уроки: в журнале за {ask.period.name} их нет"
        doubts.append(finding("DC-01", title, what=what))
    rows = []
    people: list[Staff | None] = []
    for (absent, substitute, subject), lessons in found.items():
        pair = [staff.get(absent), staff.get(substitute)]
        people += pair
        classes = {
            name for lesson in lessons for name in groups[lesson.group_id].class_ids.split(",")
        }
        rows.append(
            Substituted(
                absent=_whom(ask, pair[0], title, doubts),
                substitute=_whom(ask, pair[1], title, doubts),
                subject=subjects.get(subject, subject),
                classes=", ".join(sorted(classes)),
                days=", ".join(f"{day:%d.%m}" for day in sorted({one.date for one in lessons})),
                lessons=len(lessons),
            )
        )
    return SubstitutionOrder(
        head=requisites(ask, title, doubts),
        period=ask.period.name,
        year=ask.period.year,
        rows=tuple(sorted(rows, key=lambda row: (russian.sort_key(row.absent), row.days))),
        deputy=charged(ask, "deputy", title, doubts),
        acquainted=acquainted(
            sorted(_once(people), key=lambda one: russian.sort_key(one.last, one.first, one.middle))
        ),
    )


def _whom(ask: Ask, person: Staff | None, title: str, doubts: Doubts) -> str:
    """«Иванову И.И.»; a person nobody lists goes to the doubts."""
    if person is None:
        doubts.append(finding("DC-01", title, what="учитель замещённого урока"))
        return ""
    form = decline_short(person, "a", sex=sex_told(person), table=ask.house.names)
    if not form.certain:
        doubts.append(doubt(form, person, title, where=title))
    return form.text


KINDS = (
    order("order-promotion", "Приказ о переводе учащихся", "R13, R22", _promotion),
    order("order-year-end", "Приказ об окончании учебного года", "R8, R11, R13, R22", _year_end),
    order(
        "order-substitution", "Приказ о замещении уроков", "R33, R22", _substitution, Need.PERIOD
    ),
)
