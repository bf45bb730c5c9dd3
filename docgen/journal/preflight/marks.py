"""MK: the marks of lessons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docgen.journal.codes import Grading, MarkValue, SpecialMark
from docgen.journal.model import FinalMark
from docgen.journal.preflight.norms import listed
from docgen.journal.preflight.places import Skipped, report, subject_name
from docgen.journal.preflight.results import NOTHING, period_finals, tallies
from docgen.journal.preflight.roster import weekly_hours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.core.findings import Finding
    from docgen.journal.model import ClassJournal, Mark
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Outcome

# These may stand in the cell of an absent pupil: they say that the work is still owed.
_OWED = {SpecialMark.DEBT, SpecialMark.NO_SHOW, SpecialMark.NOT_ATTESTED, SpecialMark.EXEMPT}


def unreadable_mark(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """MK-01: a mark that is none of the known ones, or lies outside the school's scale."""
    low, high = norms.scale
    readable: dict[str, bool] = {}
    for row in _all_marks(journal):
        if row.raw not in readable:
            value = row.value
            readable[row.raw] = value is not None and all(
                low <= number <= high for number in value.values
            )
        if not readable[row.raw]:
            yield report(journal, "MK-01", row, mark=row.raw, scale=f"{low}–{high}")


def mark_without_marking(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """MK-02: a number in grade 1 or in a subject taught without marks."""
    first = journal.unit.grade < norms.first_marked_grade
    unmarked = {
        subject.subject_id
        for subject in journal.subjects.values()
        if first or subject.grading is Grading.NONE
    }
    if not unmarked:
        return
    taught = {group.group_id: group.subject.subject_id for group in journal.groups}
    for row in _all_marks(journal):
        subject = row.subject_id if isinstance(row, FinalMark) else taught[row.group_id]
        if subject in unmarked and (value := row.value) is not None and value.values:
            yield report(journal, "MK-02", row, mark=value.raw)


def mark_of_an_absent_pupil(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Finding]:
    """MK-03: a mark in the cell of a missed lesson; a pupil who came late may have one."""
    for cell, absence in journal.attendance.items():
        kind = absence.kind
        if kind is None or not kind.missed:
            continue
        for mark in journal.marks.get(cell, ()):
            if _is_given(mark.value):
                yield report(journal, "MK-03", mark, letter=kind.letter, mark=mark.raw.strip())


def _is_given(value: MarkValue | None) -> bool:
    return value is not None and not value.empty and value.special not in _OWED


def too_few_marks(journal: ClassJournal, norms: CheckNorms) -> Iterator[Outcome]:
    """MK-04: a period mark set from fewer marks than the norm of the hours a week (R27)."""
    period = journal.period
    if journal.unit.grade < norms.first_marked_grade:
        return
    hours = weekly_hours(journal)
    results = tallies(journal)
    without_hours = set()
    for final in period_finals(journal):
        subject = journal.subjects[final.subject_id]
        if (
            subject.grading is not Grading.MARKS
            or final.value is None
            or not final.value.values
            or final.subject_id not in hours
            or listed(subject, norms.marks_wanted_exempt)
        ):
            continue
        weekly = hours[final.subject_id]
        if weekly is None:
            without_hours.add(final.subject_id)
            continue
        wanted = norms.marks_for(weekly, period.kind)
        count = results.get((final.student_id, final.subject_id), NOTHING).marks
        if count < wanted:
            yield report(journal, "MK-04", final, count=count, wanted=wanted)
    for missing in sorted(without_hours):
        name = subject_name(journal, missing)
        yield Skipped("MK-04", f"{journal.unit.class_id}, {name}: не указаны часы в неделю")


def _all_marks(journal: ClassJournal) -> Iterator[Mark | FinalMark]:
    """Walk the marks of the period's lessons, then those that close the period."""
    for marks in journal.marks.values():
        yield from marks
    yield from period_finals(journal)
