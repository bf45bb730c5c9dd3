"""The numbers and exceptions by which a journal is checked: a school's own, with usual defaults.

Every parameter that `journal.md` 6 marks with `p.` stands here; the school profile fills it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docgen.journal.codes import PeriodKind, Scheme

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from docgen.core.findings import Severity
    from docgen.journal.model import Subject


def usual_schemes(half_year_grades: Iterable[int] = (10, 11)) -> Mapping[int, frozenset[Scheme]]:
    """R1: half-years in grades 10 and 11, quarters (some schools: trimesters) in the others."""
    parts = frozenset({Scheme.QUARTERS, Scheme.TRIMESTERS})
    halves = frozenset({Scheme.HALF_YEARS})
    return dict.fromkeys(range(1, 12), parts) | dict.fromkeys(half_year_grades, halves)


@dataclass(frozen=True, slots=True)
class CheckNorms:
    """Parameters of the rules, named by what they govern; subjects go by id or by name.

    `marks_wanted` lists (from hours a week, marks a quarter) in rising order (MK-04, R27);
    `period_factors` multiplies it for longer periods. `rounding_threshold` is the fraction from
    which an average is rounded up (FM-03). `exam_subjects` names the exams every pupil of a grade
    takes (FM-01).

    A lesson on one of `lesson_days_allowed` is no mistake (LS-01); `plan_tolerance` lessons a
    period may differ from the plan, of which `plan_share` must be given (LS-05). More than
    `same_topic_lessons` of one topic (LS-04) or `silent_lessons` without a mark or an absence
    (LS-08) in a row are told. `gap_weeks` is the longest time without a mark (MK-05),
    `missed_lessons` an absence after which no «2» is due (MK-06), `lessons_to_correct` the time
    for correcting one (MK-07), in lessons attended. `work_days` goes for kinds of work that name
    no days themselves (MK-09, BD-01), `lock_days` counts from the end of the period (BD-01).
    `marks_per_lesson` is asked of a full class (MK-10), `fives_share` is the most a lesson may
    give (MK-11). «н/а» needs more than `missed_share` of the lessons missed (FM-02). With
    `year_by_last_period` the last period makes the year's mark, not the mean (FM-05).

    `severities` weighs a code otherwise than the catalogue does, `switched_off`
    leaves codes out; the report says so.
    """

    scale: tuple[int, int] = (2, 5)
    first_marked_grade: int = 2
    schemes: Mapping[int, frozenset[Scheme]] = field(default_factory=usual_schemes)
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
    lesson_days_allowed: frozenset[dt.date] = frozenset()
    plan_tolerance: int = 2
    plan_share: float = 0.95
    same_topic_lessons: int = 3
    silent_lessons: int = 3
    gap_weeks: int = 3
    missed_lessons: int = 3
    lessons_to_correct: int = 3
    work_days: int = 7
    lock_days: int = 3
    marks_per_lesson: float = 3
    fives_share: float = 0.8
    missed_share: float = 0.5
    year_by_last_period: bool = False
    severities: Mapping[str, Severity] = field(default_factory=dict)
    switched_off: frozenset[str] = frozenset()

    def marks_for(self, hours_week: float, kind: PeriodKind) -> int:
        """How many marks a pupil needs in a period of that kind at so many hours a week."""
        quarter = max(
            (marks for hours, marks in self.marks_wanted if hours <= hours_week), default=0
        )
        return round(quarter * self.period_factors.get(kind, 1.0))

    def disputed(self, average: float, within: float) -> bool:
        """Whether an average lies so near the limit of two marks that either may be given."""
        fraction = average - int(average)
        return abs(fraction - self.rounding_threshold) <= within + 1e-9

    def round_up(self, average: float) -> int:
        """Round an average as the school does: 4.5 is 5 at the threshold 0.5."""
        # Neither weights nor thresholds are exact in binary; a billionth never decides a mark.
        return int(average + 1 - self.rounding_threshold + 1e-9)


def listed(subject: Subject, among: frozenset[str]) -> bool:
    """Whether a setting names the subject, by id or by name."""
    return subject.subject_id in among or subject.name in among
