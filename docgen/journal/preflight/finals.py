"""FM-01 to FM-04, FM-07: the marks that close a period; what they follow from is in `year.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docgen.journal.codes import Grading, PeriodKind, SpecialMark
from docgen.journal.preflight.attendance import exemption_ordered
from docgen.journal.preflight.norms import listed
from docgen.journal.preflight.places import Skipped, report, taught
from docgen.journal.preflight.results import NOTHING, period_finals, tallies
from docgen.journal.preflight.roster import learns, weekly_hours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.core.findings import Finding
    from docgen.journal.model import ClassJournal, Pupil, Subject
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Outcome

_JUMP = 1


def missing_final(journal: ClassJournal, norms: CheckNorms) -> Iterator[Outcome]:
    """FM-01: no mark of the period in a subject the pupil learns (`journal.md` 2.1).

    A quarter, trimester or half-year wants one in every subject with marks, from the first marked
    grade; the year wants one in every subject, the leaving grades an exam and a final mark.
    Asked of the pupils who are in the class on the last day of the period.
    """
    year = journal.period.kind is PeriodKind.YEAR
    if not year and journal.period.kind is not journal.unit.scheme.kind:
        return  # a quarter closes nothing in a class of half-years
    for subject in taught(journal).values():
        if not year and not _has_period_mark(journal, subject, norms):
            continue
        codes = _year_codes(journal, subject, norms) if year else (journal.period.code,)
        for pupil in _learners(journal, subject):
            for code in codes:
                final = journal.finals.get((pupil.student_id, subject.subject_id, code))
                # A mark that cannot be read is MK-01's business.
                if final is None or (final.value is not None and final.value.empty):
                    yield report(
                        journal,
                        "FM-01",
                        subject=subject.subject_id,
                        student=pupil.student_id,
                        period=journal.period,
                        what=_NAMES.get(code, "отметки за период"),
                        wanted=_wanted(journal, subject, norms),
                    )
    grade = journal.unit.grade
    if year and grade in norms.final_mark_grades and not norms.exam_subjects.get(grade):
        yield Skipped(
            "FM-01", f"экзамены, обязательные для {grade} класса, не названы в настройках"
        )


_NAMES = {"Y": "годовой отметки", "EXAM": "экзаменационной отметки", "FINAL": "итоговой отметки"}


def _has_period_mark(journal: ClassJournal, subject: Subject, norms: CheckNorms) -> bool:
    marked = journal.unit.grade >= norms.first_marked_grade
    return marked and subject.grading is Grading.MARKS


def _year_codes(journal: ClassJournal, subject: Subject, norms: CheckNorms) -> tuple[str, ...]:
    grade = journal.unit.grade
    codes = [journal.period.code]
    if subject.grading is Grading.MARKS and grade in norms.final_mark_grades:
        if listed(subject, norms.exam_subjects.get(grade, frozenset())):
            codes.append("EXAM")
        codes.append("FINAL")
    return tuple(codes)


def _wanted(journal: ClassJournal, subject: Subject, norms: CheckNorms) -> str:
    if _has_period_mark(journal, subject, norms):
        return "отметку; неаттестованному – «н/а», освобождённому приказом – «осв»"
    if subject.grading is Grading.PASS_FAIL and journal.unit.grade >= norms.first_marked_grade:
        return "«зач» или «незач»"
    return "«усв» или «н/усв»"


def _learners(journal: ClassJournal, subject: Subject) -> Iterator[Pupil]:
    """Walk the pupils of the class who learn the subject on the last day of the period."""
    groups = [
        group
        for group in journal.groups
        if group.subject.subject_id == subject.subject_id and journal.lessons.get(group.group_id)
    ]
    for pupil in journal.pupils:
        if any(learns(group, pupil, journal.period.end) for group in groups):
            yield pupil


def not_attested(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """FM-02: «н/а» of a pupil who missed too little or has marks enough (`journal.md` 2.1)."""
    pupils = {pupil.student_id: pupil for pupil in journal.pupils}
    hours, results = weekly_hours(journal), tallies(journal)
    for final in period_finals(journal):
        value, subject = final.value, journal.subjects[final.subject_id]
        if (
            value is None
            or value.special is not SpecialMark.NOT_ATTESTED
            or subject.grading is not Grading.MARKS
        ):
            continue
        given, missed = _lessons_of(journal, final.subject_id, pupils[final.student_id])
        count = results.get((final.student_id, final.subject_id), NOTHING).marks
        weekly = hours.get(final.subject_id)
        enough = weekly is not None and count >= norms.marks_for(weekly, journal.period.kind)
        if enough or missed <= norms.missed_share * given:
            yield report(journal, "FM-02", final, given=given, missed=missed, count=count)


def _lessons_of(journal: ClassJournal, subject_id: str, pupil: Pupil) -> tuple[int, int]:
    """Count the lessons of the subject held for the pupil, and those the pupil missed."""
    cells = [
        (group.group_id, lesson.date, lesson.number, pupil.student_id)
        for group in journal.groups
        if group.subject.subject_id == subject_id
        for lesson in journal.lessons.get(group.group_id, ())
        if learns(group, pupil, lesson.date)
    ]
    kinds = [row.kind for row in map(journal.attendance.get, cells) if row]
    return len(cells), sum(kind is not None and kind.missed for kind in kinds)


def final_against_average(journal: ClassJournal, norms: CheckNorms) -> Iterator[Finding]:
    """FM-03: a period mark other than the rounded average; FM-04: one or more away from it.

    Silent where the teacher has written down the motive.
    """
    results = tallies(journal, weighted=norms.weighted)
    for final in period_finals(journal):
        value = final.value
        average = results.get((final.student_id, final.subject_id), NOTHING).average
        if value is None or len(value.values) != 1 or average is None or final.motive.strip():
            continue
        (mark,) = value.values
        shown = f"{average:.2f}".replace(".", ",")
        rule = norms.round_up(average)
        if mark != rule:
            yield report(journal, "FM-03", final, mark=mark, average=shown, rule=rule)
        if abs(mark - average) >= _JUMP:
            yield report(journal, "FM-04", final, mark=mark, average=shown)


def wrong_kind_of_final(journal: ClassJournal, norms: CheckNorms) -> Iterator[Outcome]:
    """FM-07: «зач» where numbers belong, a number where «зач» belongs, «осв» without an order."""
    if journal.unit.grade < norms.first_marked_grade:
        return
    unfounded = False
    for final in period_finals(journal):
        value = final.value
        if value is None or value.empty:
            continue
        grading = journal.subjects[final.subject_id].grading
        what = ""
        if grading is Grading.MARKS and value.special in _WORDS:
            what = "по предмету с отметками"
        elif grading is Grading.PASS_FAIL and value.values:
            what = "по предмету с зачётом"
        elif value.special is SpecialMark.EXEMPT and not journal.orders:
            unfounded = True
        elif value.special is SpecialMark.EXEMPT and not exemption_ordered(
            journal, final.student_id
        ):
            what = "без приказа об освобождении"
        if what:
            yield report(journal, "FM-07", final, mark=value.raw, what=what)
    if unfounded:
        yield Skipped("FM-07", "в журнале нет реестра приказов: основания для «осв» не видны")


_WORDS = {
    SpecialMark.PASS,
    SpecialMark.FAIL,
    SpecialMark.MASTERED,
    SpecialMark.NOT_MASTERED,
}
