"""What families get on paper: results of a week or two, the forecast, the register (R17, R18)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.families import Family, classes, full_name
from docgen.documents.kinds import Ask, Document, Kind, Need
from docgen.journal.accumulation import exempt, wanted
from docgen.journal.codes import AttendanceCode, Grading
from docgen.journal.model import ClassJournal, Group, Lesson, Mark
from docgen.journal.preflight.norms import CheckNorms
from docgen.journal.preflight.results import NOTHING, Tally, tallies
from docgen.journal.preflight.roster import weekly_hours

_RESULTS = "Сведения об успеваемости и посещаемости"
_REGISTER = "Реестр выдачи сведений на бумаге"
_FORECAST = "Прогноз итоговых отметок"
_DATED_DAYS = 31
"""In a longer time the marks of a subject stand without their days."""


@dataclass(frozen=True, slots=True)
class SubjectResult:
    """A subject: marks with days, their mean, lessons missed; "" for what there is none of."""

    subject: str
    marks: str
    average: str
    missed: str


@dataclass(frozen=True, slots=True)
class FamilyResults:
    """What a family gets on paper; context of `results`.

    school: the school's name
    child: the pupil's full name
    class_name: «7 «А»»
    since, until: the days, «1 сентября 2025 г.»
    rows: subjects in the order of the curriculum
    missed: «пропущено уроков: 12, из них по болезни: 8; опозданий: 1»
    class_teacher: «И.О. Фамилия»
    parent_short: «Фамилия И.О.» of the parent, or ""
    """

    school: str
    child: str
    class_name: str
    since: str
    until: str
    rows: tuple[SubjectResult, ...]
    missed: str
    class_teacher: str
    parent_short: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """A subject: how many marks, their mean, the mark they lead to, what is to be known."""

    subject: str
    count: int
    average: str
    mark: str
    note: str


@dataclass(frozen=True, slots=True)
class FamilyForecast:
    """The forecast of a pupil's marks of a period; context of `forecast`.

    school: the school's name
    child: the pupil's full name
    class_name: «7 «А»»
    period: «1 четверть»
    year: «2025/2026»
    day: the day of the forecast, «10 октября 2025 г.»
    rule: how a mean becomes a mark, a Russian sentence
    rows: subjects in the order of the curriculum
    class_teacher: «И.О. Фамилия»
    parent_short: «Фамилия И.О.» of the parent, or ""
    """

    school: str
    child: str
    class_name: str
    period: str
    year: str
    day: str
    rule: str
    rows: tuple[Forecast, ...]
    class_teacher: str
    parent_short: str


@dataclass(frozen=True, slots=True)
class Handed:
    """A line of the register: pupil, parent, how often."""

    child: str
    parent: str
    interval: str


@dataclass(frozen=True, slots=True)
class ResultsRegister:
    """Who got results on paper; context of `results-register`.

    school: the school's name
    class_name: «7 «А»»
    since, until: the days the results are of
    rows: families that want paper
    class_teacher: «И.О. Фамилия»
    """

    school: str
    class_name: str
    since: str
    until: str
    rows: tuple[Handed, ...]
    class_teacher: str


def _bounds(ask: Ask) -> tuple[dt.date, dt.date]:
    """From which day to which: as asked for, else the period's, never beyond today."""
    if ask.period is None:
        raise RuntimeError("a period is asked for by the kind")
    since = ask.since or ask.period.start
    return since, min(ask.until or ask.period.end, max(ask.house.today, since))


def _results(ask: Ask) -> Iterator[Document | Finding]:
    since, until = _bounds(ask)
    for group in classes(ask):
        chosen = [one for one in group.families if ask.pupil or wants_paper(one)]
        if not chosen:
            continue
        journal = ask.journal.class_journal(group.unit.class_id, _period(ask))
        cells = _marks_by_pupil(journal, since, until)
        for family in chosen:
            context = FamilyResults(
                school=ask.house.organisation.name,
                child=full_name(family.pupil),
                class_name=russian.class_in_text(group.unit.class_id),
                since=russian.date_long(since),
                until=russian.date_long(until),
                rows=_rows(journal, family, cells, since, until),
                missed=_missed(journal, family, since, until),
                class_teacher=ask.house.signature(group.unit.class_teacher_id),
                parent_short=family.signer_short,
            )
            yield Document(family.stem, _RESULTS, context, group.unit.class_id)


def wants_paper(family: Family) -> bool:
    """Whether a parent asked for results on paper (R17)."""
    return any(guardian.paper_delivery for guardian in family.guardians)


Cells = dict[tuple[str, str], list[Mark]]


def _marks_by_pupil(journal: ClassJournal, since: dt.date, until: dt.date) -> Cells:
    cells: Cells = defaultdict(list)
    for (group, day, _number, student), marks in sorted(journal.marks.items()):
        if since <= day <= until:
            cells[student, group].extend(marks)
    return cells


def _rows(
    journal: ClassJournal, family: Family, cells: Cells, since: dt.date, until: dt.date
) -> tuple[SubjectResult, ...]:
    student = family.pupil.student_id
    dated = (until - since).days <= _DATED_DAYS
    rows = []
    for group in journal.groups:
        lessons = [
            one for one in journal.lessons.get(group.group_id, ()) if since <= one.date <= until
        ]
        if not lessons or not _learns(group, student):
            continue
        marks = cells.get((student, group.group_id), [])
        values = [value for mark in marks if mark.value for value in mark.value.values]
        missed = sum(_absent(journal, group, lesson, student) for lesson in lessons)
        rows.append(
            SubjectResult(
                subject=group.subject.name,
                marks=", ".join(
                    f"{mark.raw}\u00a0({mark.date:%d.%m})" if dated else mark.raw for mark in marks
                ),
                average=_number(sum(values) / len(values)) if values else "",
                missed=str(missed) if missed else "",
            )
        )
    return tuple(rows)


def _learns(group: Group, student: str) -> bool:
    return not group.members or any(member.student_id == student for member in group.members)


def _absent(journal: ClassJournal, group: Group, lesson: Lesson, student: str) -> bool:
    row = journal.attendance.get((group.group_id, lesson.date, lesson.number, student))
    return bool(row and row.kind and row.kind.missed)


def _missed(journal: ClassJournal, family: Family, since: dt.date, until: dt.date) -> str:
    kinds = [
        row.kind
        for (_group, day, _number, student), row in journal.attendance.items()
        if student == family.pupil.student_id and since <= day <= until and row.kind
    ]
    missed = [kind for kind in kinds if kind.missed]
    ill = missed.count(AttendanceCode.ABSENT_ILL)
    late = kinds.count(AttendanceCode.LATE)
    return f"пропущено уроков: {len(missed)}, из них по болезни: {ill}; опозданий: {late}"


def _number(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def _period(ask: Ask) -> str:
    return ask.period.code if ask.period else "Y"


def _register(ask: Ask) -> Iterator[Document | Finding]:
    since, until = _bounds(ask)
    for group in classes(ask):
        rows = tuple(
            Handed(
                full_name(family.pupil),
                family.signer_name,
                family.signer.interval if family.guardians else "",
            )
            for family in group.families
            if ask.pupil or wants_paper(family)
        )
        if rows:
            context = ResultsRegister(
                school=ask.house.organisation.name,
                class_name=russian.class_in_text(group.unit.class_id),
                since=russian.date_long(since),
                until=russian.date_long(until),
                rows=rows,
                class_teacher=ask.house.signature(group.unit.class_teacher_id),
            )
            yield Document("register", _REGISTER, context, group.unit.class_id)


def _forecasts(ask: Ask) -> Iterator[Document | Finding]:
    norms, dispute = ask.house.norms, float(ask.house.details["reports"]["dispute"])
    for group in classes(ask):
        if group.unit.grade < norms.first_marked_grade:
            continue
        journal = ask.journal.class_journal(group.unit.class_id, _period(ask))
        table = tallies(journal, weighted=norms.weighted)
        hours = weekly_hours(journal)
        for family in group.families:
            context = FamilyForecast(
                school=ask.house.organisation.name,
                child=full_name(family.pupil),
                class_name=russian.class_in_text(group.unit.class_id),
                period=journal.period.name,
                year=journal.period.year,
                day=russian.date_long(min(ask.house.today, journal.period.end)),
                rule=_rule(norms),
                rows=tuple(_forecast_rows(journal, family, table, hours, norms, dispute)),
                class_teacher=ask.house.signature(group.unit.class_teacher_id),
                parent_short=family.signer_short,
            )
            yield Document(family.stem, _FORECAST, context, group.unit.class_id)


def _rule(norms: CheckNorms) -> str:
    threshold = _number(norms.rounding_threshold)
    weighted = "средневзвешенный балл" if norms.weighted else "средний балл"
    return (
        f"Прогноз – {weighted}, округлённый вверх, если дробная часть не меньше {threshold}. "
        "Итоговую отметку выставляет учитель."
    )


def _forecast_rows(
    journal: ClassJournal,
    family: Family,
    table: Mapping[tuple[str, str], Tally],
    hours: Mapping[str, float | None],
    norms: CheckNorms,
    dispute: float,
) -> Iterator[Forecast]:
    student = family.pupil.student_id
    pupil = next((item for item in journal.pupils if item.student_id == student), None)
    seen = set()
    for group in journal.groups:
        subject = group.subject
        if (
            subject.subject_id in seen
            or subject.grading is not Grading.MARKS
            or not journal.lessons.get(group.group_id)
            or not _learns(group, student)
        ):
            continue
        seen.add(subject.subject_id)
        if pupil is not None and exempt(journal, group, pupil):
            yield Forecast(subject.name, count=0, average="", mark="осв", note="")
            continue
        tally = table.get((student, subject.subject_id), NOTHING)
        norm = wanted(subject, hours.get(subject.subject_id), journal.period, norms) or 0
        average = tally.average
        yield Forecast(
            subject=subject.name,
            count=tally.marks,
            average=_number(average) if average is not None else "",
            mark=str(norms.round_up(average)) if average is not None else "н/а",
            note=_note(average, tally.marks, norm, norms, dispute),
        )


def _note(average: float | None, count: int, wanted: int, norms: CheckNorms, dispute: float) -> str:
    notes = []
    if average is not None:
        if norms.disputed(average, dispute):
            notes.append("спорная")
        if norms.round_up(average) <= 2:  # noqa: PLR2004 - the mark of failure
            notes.append("неудовлетворительно")
    if count < wanted:
        notes.append(f"отметок мало: нужно {wanted}")
    return "; ".join(notes)


KINDS = (
    Kind(
        name="results",
        title=_RESULTS,
        ground="R17",
        make=_results,
        needs=frozenset({Need.PERIOD}),
    ),
    Kind(
        name="results-register",
        title=_REGISTER,
        ground="R17",
        make=_register,
        needs=frozenset({Need.PERIOD}),
    ),
    Kind(
        name="forecast",
        title=_FORECAST,
        ground="R18",
        make=_forecasts,
        needs=frozenset({Need.PERIOD}),
    ),
)
