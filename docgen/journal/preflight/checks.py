"""Runs the rules over a class or the school and puts what they found in order."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from docgen.core.findings import blocks
from docgen.journal.codes import PeriodKind
from docgen.journal.preflight import (
    attendance,
    deadlines,
    finals,
    lessons,
    marks,
    papers,
    rhythm,
    school,
    structure,
    timetable,
    works,
    year,
)
from docgen.journal.preflight.places import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from docgen.core.findings import Finding
    from docgen.journal.model import ClassJournal, Period
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Outcome, Rule
    from docgen.journal.store import Journal

RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("ST-01",), structure.unknown_keys),
    (("ST-02",), structure.twins),
    (("ST-03",), structure.incomplete_pupils),
    (("ST-04",), structure.outside_enrolment),
    (("ST-05",), structure.subgroups),
    (("ST-06",), structure.list_numbers),
    (("PD-01",), structure.periods_of_the_class),
    (("LS-01",), lessons.on_a_day_off),
    (("LS-02",), lessons.missing_topic),
    (("LS-03",), lessons.missing_homework),
    (("LS-05",), lessons.lessons_against_plan),
    (("LS-06",), lessons.missing_teacher),
    (("MK-01",), marks.unreadable_mark),
    (("MK-02",), marks.mark_without_marking),
    (("MK-03",), marks.mark_of_an_absent_pupil),
    (("MK-08",), works.control_work_without_mark),
    (("MK-09",), deadlines.late_control_marks),
    (("AT-01",), attendance.unknown_code),
    (("AT-02",), attendance.absence_without_reason),
    (("AT-04",), attendance.exempt_yet_absent_or_marked),
    (("AT-05",), attendance.foreign_totals),
    (("FM-01",), finals.missing_final),
    (("FM-07",), finals.wrong_kind_of_final),
    (("FM-08",), structure.second_list),
    (("BD-01",), deadlines.backdated),
    (("DC-01",), papers.empty_fields),
    (("DC-02",), papers.incomplete_consents),
    (("DC-03",), papers.signatories),
    (("DC-04",), papers.unregistered_orders),
    (("DC-05",), papers.layout),
)
"""The rules of one class's journal with the codes they may report."""

RULES_OF_A_PART: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("LS-04",), lessons.repeated_topic),
    (("LS-08",), lessons.unmarked_lessons),
    (("MK-04",), marks.too_few_marks),
    (("MK-05",), rhythm.long_gaps),
    (("MK-06",), rhythm.bad_mark_on_return),
    (("MK-07",), rhythm.bad_mark_not_corrected),
    (("MK-10",), rhythm.sparse_marks),
    (("MK-11",), works.all_the_same),
    (("AT-03",), attendance.present_between_absences),
    (("FM-02",), finals.not_attested),
    (("FM-03", "FM-04"), finals.final_against_average),
)
"""Rules of a quarter, trimester or half-year: of the whole year they would say it all again, or
find gaps where there were vacations."""

RULES_OF_THE_YEAR: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("FM-05",), year.year_against_periods),
    (("FM-06",), year.final_against_exam),
)
"""Rules of marks that close the year."""

CODES = tuple(
    sorted(
        [
            *(
                code
                for codes, _rule in RULES + RULES_OF_A_PART + RULES_OF_THE_YEAR
                for code in codes
            ),
            "BD-02",
            "LS-07",
        ]
    )
)
"""The codes of all rules that are checked."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What the checks found, in the order of reading, and what they could not check."""

    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether a finding stops the printing."""
        return blocks(self.findings)


def check_class(journal: ClassJournal, norms: CheckNorms, *, printed: str = "") -> CheckResult:
    """Check one class's journal of one period by all rules.

    `printed` is the digest the class's volume was last printed from, hex (`Journal.digest`), or
    "". Findings go by subject in the order of the curriculum, by date, by pupil in the list.
    """
    changed: Rule = partial(deadlines.changed_after_print, printed=printed)
    closing = journal.period.kind is PeriodKind.YEAR
    own = RULES_OF_THE_YEAR if closing else RULES_OF_A_PART
    outcomes = (
        outcome
        for codes, rule in (*RULES, *own, (("BD-02",), changed))
        if not norms.switched_off.issuperset(codes)
        for outcome in rule(journal, norms)
    )
    result = _collected(outcomes, norms)
    off = [Skipped(code, _OFF) for code in sorted(norms.switched_off.intersection(CODES))]
    subjects = {
        subject.subject_id: (subject.order, subject.name) for subject in journal.subjects.values()
    }
    pupils = {pupil.student_id: place for place, pupil in enumerate(journal.pupils)}

    def place(item: Finding) -> tuple[object, ...]:
        refs = item.refs
        return (
            subjects.get(refs.get("subject", ""), (0, "")),
            refs.get("date", ""),
            pupils.get(refs.get("student", ""), -1),
            item.code,
            refs.get("number", ""),
            refs.get("cell", ""),
        )

    return CheckResult(tuple(sorted(result.findings, key=place)), (*result.skipped, *off))


_OFF = "правило отключено в настройках школы"


def check_school(
    journal: Journal, norms: CheckNorms, *, periods: Sequence[Period] = ()
) -> CheckResult:
    """Check what no class shows: unknown keys (ST-01), lost lessons (PD-01), clashes (LS-07).

    Rows with a date outside `periods` are left out; without periods all count.
    What a class shows as well is told once by `merge`.
    """
    outcomes = (
        *school.unknown_keys(journal, periods),
        *school.lessons_outside_periods(journal),
        *timetable.double_bookings(journal, periods),
    )
    result = _collected(outcomes, norms)
    ordered = sorted(result.findings, key=lambda item: (item.where, item.message))
    return CheckResult(tuple(ordered), result.skipped)


def _collected(outcomes: Iterable[Outcome], norms: CheckNorms) -> CheckResult:
    """Sort outcomes into findings, weighed as the school does, and what could not be checked."""
    found: list[Finding] = []
    skipped: list[Skipped] = []
    for outcome in outcomes:
        if outcome.code in norms.switched_off:
            continue
        if isinstance(outcome, Skipped):
            skipped.append(outcome)
        else:
            found.append(_weighed(outcome, norms))
    return CheckResult(tuple(found), tuple(skipped))


def merge(results: Iterable[CheckResult]) -> CheckResult:
    """Join results of several classes and of the school; what was told once is not told again.

    Of two findings about one row that of the class is kept: it names the place better.
    Classes go by grade and letter; what concerns no class stands first.
    """
    findings: dict[tuple[object, ...], Finding] = {}
    skipped: dict[Skipped, None] = {}
    for result in results:
        for item in result.findings:
            key = _identity(item)
            if key not in findings or "class" not in findings[key].refs:
                findings[key] = item
        skipped |= dict.fromkeys(result.skipped)
    ordered = sorted(findings.values(), key=lambda item: _class_order(item.refs.get("class", "")))
    return CheckResult(tuple(ordered), tuple(skipped))


def _identity(item: Finding) -> tuple[object, ...]:
    """Tell whether two findings are one: by the row they are about, else by the place."""
    refs = item.refs
    if item.code == "ST-01" and "cell" in refs:
        return (item.code, refs["file"], refs.get("sheet", ""), refs["cell"], item.params["value"])
    return (item.code, item.where, tuple(sorted(refs.items())), tuple(item.params.items()))


def _class_order(name: str) -> tuple[int, str]:
    number = re.match(r"\d+", name)
    return (int(number[0]) if number else 0, name)


def _weighed(item: Finding, norms: CheckNorms) -> Finding:
    severity = norms.severities.get(item.code)
    return replace(item, severity=severity) if severity else item
