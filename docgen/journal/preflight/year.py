"""FM-05, FM-06: the year's mark against the periods', the final mark against the exam."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docgen.journal.codes import Grading
from docgen.journal.preflight.places import report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.core.findings import Finding
    from docgen.journal.model import ClassJournal, FinalMark
    from docgen.journal.preflight.norms import CheckNorms


def year_against_periods(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """FM-05: a year's mark other than the mean of the periods', rounded half up.

    Periods without a number («н/а», before the pupil came) are left out; a school may take the
    last period's mark instead. Silent where the teacher has written down the motive.
    """
    codes = [
        item.code
        for item in journal.periods
        if item.kind is journal.unit.scheme.kind and item.includes(journal.unit.grade)
    ]
    for final in _of_the_year(journal, journal.period.code):
        mark = _number(final)
        marks = [
            number
            for code in codes
            if (number := _number(journal.finals.get((final.student_id, final.subject_id, code))))
        ]
        if not mark or not marks or final.motive.strip():
            continue
        rule = marks[-1] if norms.year_by_last_period else _half_up(sum(marks), len(marks))
        if mark != rule:
            shown = ", ".join(map(str, marks))
            yield report(journal, "FM-05", final, mark=mark, marks=shown, rule=rule)


def final_against_exam(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """FM-06: after an exam the final mark is the mean of the year's and the exam's, half up."""
    if journal.unit.grade not in norms.final_mark_grades:
        return
    for final in _of_the_year(journal, "FINAL"):
        year, exam = (
            _number(journal.finals.get((final.student_id, final.subject_id, code)))
            for code in (journal.period.code, "EXAM")
        )
        mark = _number(final)
        if mark and year and exam and mark != (rule := _half_up(year + exam, 2)):
            yield report(journal, "FM-06", final, mark=mark, year=year, exam=exam, rule=rule)


def _of_the_year(journal: ClassJournal, code: str) -> Iterator[FinalMark]:
    """Walk the final marks of a code in subjects with marks."""
    for final in journal.finals.values():
        subject = journal.subjects[final.subject_id]
        if final.period == code and subject.grading is Grading.MARKS:
            yield final


def _number(final: FinalMark | None) -> int:
    """Read the number of a final mark; 0 when there is none or it is no single number."""
    value = final.value if final else None
    return value.values[0] if value and len(value.values) == 1 else 0


def _half_up(total: int, count: int) -> int:
    """Round a mean half up, exactly: 7 of 2 is 4."""
    return (2 * total + count) // (2 * count)
