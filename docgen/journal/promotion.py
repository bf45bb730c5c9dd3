"""The next school year out of the council's decisions: who goes where, who teaches on (R13)."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from docgen.core.findings import Finding, finding
from docgen.journal.codes import Scheme
from docgen.journal.export import Sheet, package
from docgen.journal.model import (
    ClassUnit,
    Decision,
    Enrollment,
    Guardian,
    School,
    Staff,
    Student,
    Subject,
    WorkKind,
)
from docgen.journal.store import Journal


class Outcome(StrEnum):
    """What the council decided on a pupil."""

    MOVED = "moved"
    CONDITIONAL = "conditional"
    KEPT = "kept"
    FINISHED = "finished"


_WORDS = (
    ("перевед", "услов", Outcome.MOVED),
    ("услов", "", Outcome.CONDITIONAL),
    ("оставл", "", Outcome.KEPT),
    ("выпущ", "", Outcome.FINISHED),
    ("отчисл", "", Outcome.FINISHED),
)
"""How the council's words are told apart: what stands in them, what does not."""

_LAST_PRIMARY_GRADE = 4


def outcome(result: str) -> Outcome | None:
    """Understand the council's words; None when they say nothing known."""
    words = result.casefold()
    return next(
        (
            told
            for stands, not_stands, told in _WORDS
            if stands in words and not (not_stands and not_stands in words)
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class NextYear:
    """The school as it begins the next year, «2026/2027»: tables of the default package.

    `moved`, `kept` and `finished` count pupils (moved on condition too); `findings` are pupils of
    whom nobody can say where they go (YR-01): as long as there are any, the year is not opened.
    """

    year: str
    sheets: tuple[Sheet, ...]
    classes: tuple[str, ...]
    moved: int
    kept: int
    finished: int
    findings: tuple[Finding, ...]


def next_year(journal: Journal) -> NextYear:
    """Move the pupils of the journal's year up by the council's decisions (R13).

    Pupils keep their keys. A class keeps its teacher except after grade 4, where subject teachers
    take over. Groups, timetable, periods and calendar are the next year's own and stay empty; so
    do the first classes. Raises LookupError when the journal has no year.
    """
    school = journal.school()
    ended = next(period for period in journal.periods() if period.code == "Y")
    first, last = (int(part) for part in ended.year.split("/"))
    year, begins = f"{first + 1}/{last + 1}", dt.date(last, 9, 1)
    units = {unit.class_id: unit for unit in journal.classes()}
    here = {
        stay.student_id: stay.class_id
        for stay in journal.select(Enrollment)
        if stay.class_id in units and (stay.end is None or stay.end >= ended.end)
    }
    decisions = {row.student_id: row for row in journal.select(Decision)}
    people = {row.student_id: row for row in journal.select(Student)}
    counts: dict[Outcome, int] = defaultdict(int)
    targets: dict[str, set[str]] = defaultdict(set)
    stays, findings = [], []
    for student_id, class_id in sorted(here.items()):
        decision = decisions.get(student_id)
        told = outcome(decision.result) if decision else None
        target = _target(units[class_id], told, decision)
        if decision is None or told is None or target is None:
            findings.append(_unclear(people.get(student_id), class_id, decision))
            continue
        counts[told] += 1
        if target:
            targets[target].add(class_id)
            stays.append(
                Enrollment(student_id, target, begins, _order(decision), source=0, cell="")
            )
    rows: Mapping[type[Any], Sequence[Any]] = {
        School: [replace(school, year=year, exported_at="")] if school else [],
        Staff: [row for row in journal.select(Staff) if row.end is None or row.end >= begins],
        ClassUnit: list(_classes(targets, units)),
        Student: [people[stay.student_id] for stay in stays],
        Enrollment: stays,
        Guardian: _of(journal.select(Guardian), stays),
        Subject: journal.select(Subject),
        WorkKind: journal.select(WorkKind),
    }
    return NextYear(
        year=year,
        sheets=tuple(package(next(iter(rows[School]), None), lambda entity: rows.get(entity, ()))),
        classes=tuple(unit.class_id for unit in rows[ClassUnit]),
        moved=counts[Outcome.MOVED] + counts[Outcome.CONDITIONAL],
        kept=counts[Outcome.KEPT],
        finished=counts[Outcome.FINISHED],
        findings=tuple(findings),
    )


def _target(unit: ClassUnit, told: Outcome | None, decision: Decision | None) -> str | None:
    """The next class, "" for who leaves the school, None when nobody can say."""
    if told is None or decision is None:
        return None
    if told is Outcome.FINISHED:
        return ""
    if decision.target_class:
        return decision.target_class
    grade = unit.grade if told is Outcome.KEPT else unit.grade + 1
    return f"{grade}{unit.letter}" if unit.letter else None


def _unclear(pupil: Student | None, class_id: str, decision: Decision | None) -> Finding:
    name = f"{pupil.last} {pupil.first}" if pupil else "?"
    why = "решения педсовета нет"
    if decision is not None:
        why = f"в решении стоит «{decision.result}», класс назначения не назван"
    return finding(
        "YR-01", f"{class_id} / {name}", refs={"class": class_id, "student": name}, why=why
    )


def _order(decision: Decision) -> str:
    if not decision.order_no:
        return ""
    day = f" от {decision.order_date:%d.%m.%Y}" if decision.order_date else ""
    return f"№ {decision.order_no}{day}"


def _classes(
    targets: Mapping[str, Iterable[str]], units: Mapping[str, ClassUnit]
) -> Iterator[ClassUnit]:
    """Classes of the next year: teacher, profile and scheme of the class most similar to it."""
    for class_id in sorted(targets, key=_grade_first):
        grade, letter = _grade_first(class_id)
        before = [units[name] for name in sorted(targets[class_id]) if units[name].grade < grade]
        same = next((unit for unit in before if unit.letter == letter), None)
        old = same or next(iter(before), None)
        pattern = next((unit for unit in units.values() if unit.grade == grade), old)
        teacher = old.class_teacher_id if old and old.grade != _LAST_PRIMARY_GRADE else ""
        yield ClassUnit(
            class_id=class_id,
            grade=grade,
            letter=letter,
            class_teacher_id=teacher,
            profile=old.profile if old else "",
            scheme=pattern.scheme if pattern else Scheme.QUARTERS,
            six_day=pattern.six_day if pattern else False,
        )


def _grade_first(class_id: str) -> tuple[int, str]:
    found = re.match(r"(\d+)(.*)", class_id)
    return (int(found[1]), found[2].strip()) if found else (0, class_id)


def _of(guardians: Iterable[Guardian], stays: Iterable[Enrollment]) -> list[Guardian]:
    known = {stay.student_id for stay in stays}
    return [row for row in guardians if row.student_id in known]
