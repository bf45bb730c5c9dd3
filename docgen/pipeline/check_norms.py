"""The parameters of the checks as a school set them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docgen.core.findings import Severity
from docgen.journal.codes import PeriodKind
from docgen.journal.preflight import CheckNorms
from docgen.journal.preflight.norms import usual_schemes

if TYPE_CHECKING:
    from docgen.profile import Profile


def norms_of(profile: Profile) -> CheckNorms:
    """Parameters of the rules as the school set them."""
    settings = profile.check
    return CheckNorms(
        scale=(settings.scale_min, 5),
        first_marked_grade=settings.first_marked_grade,
        schemes=usual_schemes(settings.half_year_grades),
        marks_wanted=settings.marks_norm,
        period_factors={PeriodKind.HALF_YEAR: settings.half_year_factor},
        marks_wanted_exempt=frozenset(settings.marks_exempt),
        rounding_threshold=settings.final_threshold,
        weighted=settings.weighted,
        homework_exempt=frozenset(settings.homework_exempt),
        exam_subjects={
            grade: frozenset(subjects) for grade, subjects in settings.exam_subjects.items()
        },
        final_mark_grades=frozenset(settings.final_mark_grades),
        lesson_days_allowed=frozenset(settings.lesson_days_allowed),
        plan_tolerance=settings.plan_tolerance,
        plan_share=settings.plan_share,
        same_topic_lessons=settings.same_topic_lessons,
        silent_lessons=settings.silent_lessons,
        gap_weeks=settings.gap_weeks,
        missed_lessons=settings.missed_lessons,
        lessons_to_correct=settings.lessons_to_correct,
        work_days=settings.work_days,
        lock_days=settings.lock_days,
        marks_per_lesson=settings.marks_per_lesson,
        fives_share=settings.fives_share,
        missed_share=settings.missed_share,
        year_by_last_period=settings.year_by_last_period,
        severities={
            code: Severity(weight) for code, weight in settings.severity.items() if weight != "off"
        },
        switched_off=frozenset(
            code for code, weight in settings.severity.items() if weight == "off"
        ),
    )
