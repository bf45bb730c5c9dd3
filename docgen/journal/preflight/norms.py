"""The numbers and exceptions by which a journal is checked: a school's own, with usual defaults.

Every parameter that `journal.md` 6 marks with `p.` stands here; the school profile fills it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docgen.journal.codes import PeriodKind, Scheme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docgen.core.findings import Severity
    from docgen.journal.model import Subject


def _usual_schemes() -> dict[int, frozenset[Scheme]]:
    """R1: quarters (some schools: trimesters) up to grade 9, half-years in grades 10 and 11."""
    younger = frozenset({Scheme.QUARTERS, Scheme.TRIMESTERS})
    older = frozenset({Scheme.HALF_YEARS})
    return dict.fromkeys(range(1, 10), younger) | dict.fromkeys((10, 11), older)


@dataclass(frozen=True, slots=True)
class CheckNorms:
    """Parameters of the rules, named by what they govern; subjects go by id or by name.

    `marks_wanted` lists (from hours a week, marks a quarter) in rising order (MK-04, R27);
    `period_factors` multiplies it for longer periods. `rounding_threshold` is the fraction from
    which an average is rounded up (FM-03). `exam_subjects` names the exams every pupil of a grade
    takes (FM-01). `severities` weighs a code otherwise than the catalogue does, `switched_off`
    leaves codes out; the report says so.
    """

    scale: tuple[int, int] = (2, 5)
    first_marked_grade: int = 2
    schemes: Mapping[int, frozenset[Scheme]] = field(default_factory=_usual_schemes)
    topic_length: int = 3
    marks_wanted: tuple[tuple[float, int], ...] = ((0, 3), (2, 5))
    period_factors: Mapping[PeriodKind, float] = field(
        default_factory=lambda: {PeriodKind.HALF_YEAR: 2.0}
    )
    marks_wanted_exempt: frozenset[str] = frozenset()
    rounding_threshold: float = 0.5
    weighted: bool = False
    homework_exempt: frozenset[str] = frozenset()
    exam_subjects: Mapping[int, frozenset[str]] = field(default_factory=dict)
    final_mark_grades: frozenset[int] = frozenset({9, 11})
    severities: Mapping[str, Severity] = field(default_factory=dict)
    switched_off: frozenset[str] = frozenset()

    def marks_for(self, hours_week: float, kind: PeriodKind) -> int:
        """How many marks a pupil needs in a period of that kind at so many hours a week."""
        quarter = max(
            (marks for hours, marks in self.marks_wanted if hours <= hours_week), default=0
        )
        return round(quarter * self.period_factors.get(kind, 1.0))

    def round_up(self, average: float) -> int:
        """Round an average as the school does: 4.5 is 5 at the threshold 0.5."""
        # Sums of weights are not exact in binary; half a thousandth never decides a mark.
        return int(average + 1 - self.rounding_threshold + 1e-9)


def listed(subject: Subject, among: frozenset[str]) -> bool:
    """Whether a setting names the subject, by id or by name."""
    return subject.subject_id in among or subject.name in among
