"""Runs the rules over a class or the school and puts what they found in order."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from docgen.core.findings import blocks
from docgen.journal.preflight import attendance, finals, lessons, marks, school, structure
from docgen.journal.preflight.places import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from docgen.core.findings import Finding
    from docgen.journal.model import ClassJournal, Period
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Rule
    from docgen.journal.store import Journal

RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("ST-01",), structure.unknown_keys),
    (("ST-02",), structure.twins),
    (("ST-03",), structure.incomplete_pupils),
    (("ST-04",), structure.outside_enrolment),
    (("ST-06",), structure.list_numbers),
    (("PD-01",), structure.periods_of_the_class),
    (("LS-02",), lessons.missing_topic),
    (("LS-03",), lessons.missing_homework),
    (("LS-06",), lessons.missing_teacher),
    (("DC-04",), lessons.unregistered_orders),
    (("MK-01",), marks.unreadable_mark),
    (("MK-02",), marks.mark_without_marking),
    (("MK-03",), marks.mark_of_an_absent_pupil),
    (("MK-04",), marks.too_few_marks),
    (("AT-01",), attendance.unknown_code),
    (("AT-02",), attendance.absence_without_reason),
    (("AT-05",), attendance.foreign_totals),
    (("FM-01",), finals.missing_final),
    (("FM-03", "FM-04"), finals.final_against_average),
    (("FM-07",), finals.wrong_kind_of_final),
)
"""Every rule with the codes it may report."""

CODES = tuple(sorted(code for codes, _rule in RULES for code in codes))
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


def check_class(journal: ClassJournal, norms: CheckNorms) -> CheckResult:
    """Check one class's journal of one period by all rules.

    Findings go by subject in the order of the curriculum, by date, by pupil in the class's list.
    """
    found: list[Finding] = []
    skipped: list[Skipped] = []
    for codes, rule in RULES:
        if norms.switched_off.issuperset(codes):
            continue
        for outcome in rule(journal, norms):
            if isinstance(outcome, Skipped):
                skipped.append(outcome)
            elif outcome.code not in norms.switched_off:
                found.append(_weighed(outcome, norms))
    skipped += [Skipped(code, _OFF) for code in sorted(norms.switched_off.intersection(CODES))]
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

    return CheckResult(tuple(sorted(found, key=place)), tuple(skipped))


_OFF = "правило отключено в настройках школы"


def check_school(
    journal: Journal, norms: CheckNorms, *, periods: Sequence[Period] = ()
) -> CheckResult:
    """Check what no class shows: references that lead nowhere (ST-01), lost lessons (PD-01).

    References from rows with a date outside `periods` are left out; without periods all count.
    What a class shows as well is told once by `merge`.
    """
    outcomes = (*school.unknown_keys(journal, periods), *school.lessons_outside_periods(journal))
    found = [_weighed(item, norms) for item in outcomes if item.code not in norms.switched_off]
    return CheckResult(tuple(sorted(found, key=lambda item: (item.where, item.message))))


def merge(results: Iterable[CheckResult]) -> CheckResult:
    """Join results of several classes and of the school; what was told once is not told again.

    Classes go by grade and letter; what concerns no class stands first.
    """
    findings: dict[tuple[object, ...], Finding] = {}
    skipped: dict[Skipped, None] = {}
    for result in results:
        for item in result.findings:
            findings.setdefault(_identity(item), item)
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
