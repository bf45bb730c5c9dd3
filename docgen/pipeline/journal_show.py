"""Look into the journal: classes, the subjects of a class, the pages of a subject as on paper."""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from docgen.core.errors import UsageFault
from docgen.documents.marks import cell_text, final_text, subject_title
from docgen.documents.roster import RosterRow, class_roster, group_roster
from docgen.documents.topics import staff_name
from docgen.journal.model import ClassJournal, ClassUnit, Enrollment, Group, Lesson, Period, Staff
from docgen.journal.preflight.results import NOTHING, Tally, tallies
from docgen.journal.store import Journal
from docgen.journal.view import find_class
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.workspace import Workspace

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class of the school; `teacher` is "" where the journal does not tell the class teacher."""

    class_id: str
    teacher: str
    pupils: int


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """A subject (or a group of it) of a class in a period, counted."""

    title: str
    teacher: str
    lessons: int
    without_topic: int
    marks: int
    missed: int


@dataclass(frozen=True, slots=True)
class LessonLine:
    """A lesson; `number` is None where the source could not know it, texts are "" then."""

    date: dt.date
    number: int | None
    topic: str
    homework: str
    kind: str
    teacher: str


@dataclass(frozen=True, slots=True)
class PupilLine:
    """A pupil's row: a cell for every lesson, the average (None without marks), the final mark."""

    name: str
    cells: tuple[str, ...]
    average: float | None
    final: str


@dataclass(frozen=True, slots=True)
class Page:
    """The two pages of a group in the journal: marks of the pupils, topics of the lessons."""

    title: str
    teacher: str
    lessons: tuple[LessonLine, ...]
    pupils: tuple[PupilLine, ...]


@dataclass(frozen=True, slots=True)
class ClassShown:
    """One class and period: its subjects, and the pages of the subject that was asked for."""

    unit: ClassUnit
    period: Period
    weighted: bool
    subjects: tuple[SubjectLine, ...]
    pages: tuple[Page, ...] = ()


def show_classes(workspace: Workspace) -> tuple[ClassLine, ...]:
    """List the classes; pupils are those who have not left."""
    with workspace.open_journal() as journal:
        staff = {person.staff_id: person for person in journal.listed(Staff)}
        stays = journal.select(Enrollment)
        pupils = Counter(stay.class_id for stay in stays if stay.end is None)
        return tuple(
            ClassLine(
                unit.class_id, staff_name(staff.get(unit.class_teacher_id)), pupils[unit.class_id]
            )
            for unit in journal.classes()
        )


def show_class(
    workspace: Workspace,
    class_name: str,
    *,
    period_code: str | None,
    subject: str | None,
    student: str | None,
) -> ClassShown:
    """Show a class: its subjects, or the pages of one subject, for one pupil or for all.

    Without a period it is the last one with lessons. Raises UsageFault for a name nobody has;
    the remedy offers the nearest.
    """
    weighted = workspace.profile.check.weighted
    with workspace.open_journal() as journal:
        unit = find_class(journal, class_name)
        view = _view(journal, unit, period_code)
    pages: tuple[Page, ...] = ()
    if subject is not None:
        groups = nearest(subject, view.groups, lambda group: group.subject.name, "предмета")
        pages = _pages(view, groups, student, weighted=weighted)
    elif student is not None:
        raise UsageFault("ученик показывается по предмету", remedy="Добавьте --subject ПРЕДМЕТ.")
    lines = tuple(_counted(view, group) for group in view.groups)
    return ClassShown(unit, view.period, weighted, lines, pages)


def _view(journal: Journal, unit: ClassUnit, code: str | None) -> ClassJournal:
    if code is not None:
        period = chosen_period(journal, code)
        chosen_classes(journal, period, [unit.class_id])
        return journal.class_journal(unit.class_id, period.code)
    periods = [
        period
        for period in journal.periods()
        if period.kind is unit.scheme.kind and period.includes(unit.grade)
    ]
    if not periods:
        raise UsageFault(
            f"у класса {unit.class_id} в журнале нет ни одного периода",
            remedy="Загрузите файл с периодами: docgen import ФАЙЛ.",
        )
    views = (journal.class_journal(unit.class_id, period.code) for period in reversed(periods))
    return next(
        (view for view in views if any(view.lessons.values())),
        journal.class_journal(unit.class_id, periods[0].code),
    )


def _counted(view: ClassJournal, group: Group) -> SubjectLine:
    lessons = view.lessons.get(group.group_id, ())
    return SubjectLine(
        title=subject_title(group),
        teacher=_teachers(view, group),
        lessons=len(lessons),
        without_topic=sum(not lesson.topic for lesson in lessons),
        marks=sum(len(row) for cell, row in view.marks.items() if cell[0] == group.group_id),
        missed=sum(
            1
            for cell, absence in view.attendance.items()
            if cell[0] == group.group_id and absence.kind is not None and absence.kind.missed
        ),
    )


def _teachers(view: ClassJournal, group: Group) -> str:
    names = (staff_name(view.staff.get(name)) or name for name in group.teacher_ids)
    return ", ".join(filter(None, names))


def _pages(
    view: ClassJournal, groups: Sequence[Group], student: str | None, *, weighted: bool
) -> tuple[Page, ...]:
    """The pages of the groups; for one pupil those of the pupil's own groups."""
    sums = tallies(view, weighted=weighted)
    if student is None:
        return tuple(_page(view, group, group_roster(view, group), sums) for group in groups)
    wanted = nearest(student, class_roster(view), lambda row: row.full_name, "ученика")
    names = {row.student.student_id for row in wanted}
    pages = []
    for group in groups:
        roster = [row for row in group_roster(view, group) if row.student.student_id in names]
        if roster:
            pages.append(_page(view, group, roster, sums))
    if not pages:
        raise UsageFault(
            f"{wanted[0].short_name} не входит в группы этого предмета",
            remedy=f"Предметы класса: docgen journal show --class {view.unit.class_id}.",
        )
    return tuple(pages)


def _page(
    view: ClassJournal,
    group: Group,
    roster: Sequence[RosterRow],
    sums: Mapping[tuple[str, str], Tally],
) -> Page:
    lessons = view.lessons.get(group.group_id, ())
    subject = group.subject.subject_id
    return Page(
        title=subject_title(group),
        teacher=_teachers(view, group),
        lessons=tuple(_lesson(view, lesson) for lesson in lessons),
        pupils=tuple(
            PupilLine(
                name=row.short_name,
                cells=tuple(cell_text(view, lesson, row.student.student_id) for lesson in lessons),
                average=sums.get((row.student.student_id, subject), NOTHING).average,
                final=final_text(
                    view.finals.get((row.student.student_id, subject, view.period.code))
                ),
            )
            for row in roster
        ),
    )


def _lesson(view: ClassJournal, lesson: Lesson) -> LessonLine:
    return LessonLine(
        date=lesson.date,
        number=lesson.number if lesson.number > 0 else None,
        topic=lesson.topic,
        homework=lesson.homework,
        kind=lesson.work_kind,
        teacher=staff_name(view.staff.get(lesson.teacher_id)) or lesson.teacher_id,
    )


def nearest(
    wanted: str, items: Sequence[Item], name_of: Callable[[Item], str], what: str
) -> list[Item]:
    """Choose the items of a name, or those it is the beginning or a part of, whatever the case.

    Raises UsageFault that offers the nearest names; `what` is the thing in the genitive.
    """
    key = _plain(wanted)
    for fits in (str.__eq__, str.startswith, str.__contains__):
        found = [item for item in items if key and fits(_plain(name_of(item)), key)]
        if found:
            return found
    names = list(dict.fromkeys(map(name_of, items)))
    close = set(_close(key, map(_plain, names)))
    offered = [name for name in names if _plain(name) in close] or names
    raise UsageFault(
        f"{what} «{wanted}» здесь нет",
        remedy=f"{'Возможно' if close else 'Есть'}: {', '.join(offered)}." if names else "",
    )


def _close(key: str, names: Iterable[str]) -> Iterator[str]:
    """Names that look alike, as a whole or in one of their words."""
    for name in names:
        if difflib.get_close_matches(key, [name, *name.split()], n=1, cutoff=0.7):
            yield name


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").strip('«»" ').split())
