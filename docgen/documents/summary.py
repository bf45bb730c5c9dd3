"""The class's summary of period marks, with missed days and lessons (R8; documents.md, 3 e)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from docgen.documents.attendance import Absences, absences
from docgen.documents.copy import CopyContext, blank, list_parts, parts, rows_for
from docgen.documents.marks import final_text
from docgen.documents.roster import RosterRow, class_roster
from docgen.journal.codes import AttendanceCode, Grading, SpecialMark
from docgen.journal.model import ClassJournal, Subject
from docgen.rendering.sheet import Entry, Grid, Line, Sheet, Span

_SUBJECTS_PER_SHEET = 24


def summary_sheets(journal: ClassJournal, copy: CopyContext) -> Iterator[Sheet]:
    """One sheet per 24 subjects and 40 pupils; subjects in the order of the curriculum."""
    subjects = tuple(dict.fromkeys(group.subject for group in journal.groups))
    roster = class_roster(journal)
    missed = absences(journal)
    totals = _totals(journal, roster, subjects)
    rows = rows_for(len(roster))
    for columns in parts(subjects, _SUBJECTS_PER_SHEET):
        for first, pupils in list_parts(roster, rows):
            yield _sheet(journal, copy, columns, first, pupils, missed, totals)


def _sheet(
    journal: ClassJournal,
    copy: CopyContext,
    subjects: tuple[Subject, ...],
    first: int,
    pupils: tuple[RosterRow, ...],
    missed: Mapping[str, Absences],
    totals: str,
) -> Sheet:
    marks = tuple(tuple(_mark(journal, pupil, item) for item in subjects) for pupil in pupils)
    entries: list[Entry] = [
        *copy.heading(
            f"Сводная ведомость учёта успеваемости, {copy.period_title}",
            f"Классный руководитель: {copy.class_teacher_full}",
        ),
        Grid("subjects", (tuple(subject.name for subject in subjects),)),
        Grid("missed_heads", (("всего", "по болезни") * 2,)),
        Grid("order", tuple((str(first + row),) for row in range(len(pupils)))),
        Grid("names", tuple((pupil.full_name,) for pupil in pupils)),
        Grid("marks", marks),
        Grid("missed", tuple(_missed(missed[pupil.student.student_id]) for pupil in pupils)),
        Line("signed_class_teacher", copy.class_teacher),
        Line("signed_deputy", copy.deputy),
        Line("signed_director", copy.director),
        Line("totals", totals),
    ]
    for number, pupil in enumerate(pupils):
        note = pupil.left_by(journal.period.end)
        if note and not any(marks[number]):
            entries.append(Span("marks", number, 0, len(subjects) - 1, note))
    return Sheet(
        blank=blank(
            "period-summary",
            rows=rows_for(len(journal.pupils)),
            columns=max(len(subjects), 1),
        ),
        entries=tuple(entries),
    )


def _mark(journal: ClassJournal, pupil: RosterRow, subject: Subject) -> str:
    key = (pupil.student.student_id, subject.subject_id, journal.period.code)
    return final_text(journal.finals.get(key))


def _missed(row: Absences) -> tuple[str, ...]:
    ill = AttendanceCode.ABSENT_ILL
    counts = (row.days(), row.days(ill), row.lessons(), row.lessons(ill))
    return tuple(str(count) if count else "" for count in counts)


def _totals(
    journal: ClassJournal, roster: tuple[RosterRow, ...], subjects: tuple[Subject, ...]
) -> str:
    """Counts of marks, успеваемость and качество on the level of marks (documents.md, 3 h2)."""
    if journal.unit.grade == 1:
        return "Обучение безотметочное (1 класс): отметки за период не выставляются."
    counts: Counter[int] = Counter()
    not_attested = 0
    for pupil in roster:
        for subject in subjects:
            key = (pupil.student.student_id, subject.subject_id, journal.period.code)
            mark = journal.finals.get(key)
            value = mark.value if mark is not None else None
            if value is None or subject.grading is not Grading.MARKS:
                continue
            if value.values:
                counts[value.values[0]] += 1
            elif value.special is SpecialMark.NOT_ATTESTED:
                not_attested += 1
    total = counts.total()
    if not total:
        return "Отметок за период нет."
    success = 100 * (counts[5] + counts[4] + counts[3]) / total
    quality = 100 * (counts[5] + counts[4]) / total
    numbers = ", ".join(f"«{mark}»\u00a0–\u00a0{counts[mark]}" for mark in (5, 4, 3, 2))
    return (
        f"Отметок: {numbers}, н/а\u00a0–\u00a0{not_attested}. "
        f"По отметкам: успеваемость {_percent(success)}, качество {_percent(quality)}."
    )


def _percent(value: float) -> str:
    return f"{value:.1f}\u00a0%".replace(".", ",")
