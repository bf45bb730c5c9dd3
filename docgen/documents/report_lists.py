"""Lists of pupils by what their final marks are, or would be (documents.md, 3 h1, h2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docgen.documents.report_parts import ClassView, Named, name_in_list
from docgen.journal.statistics import Formulas, PupilResult, Standing


def attestation_lists(
    view: ClassView, rows: Sequence[PupilResult], formulas: Formulas
) -> Iterator[Named]:
    """Who has which marks, by name: fives only, one four, one three, failing, «н/а»."""
    judged = [row for row in rows if row.judged]

    def of(standing: Standing) -> tuple[str, ...]:
        found = [row for row in judged if row.standing(formulas) is standing]
        return tuple(name_in_list(row.pupil.student) for row in found)

    yield Named("Все отметки «5»", of(Standing.EXCELLENT))
    yield Named("На «4» и «5»", of(Standing.GOOD))
    for value in (4, 3):
        yield Named(f"С одной «{value}»", tuple(_lone(view, judged, value)))
    yield from failing_lists(view, judged, formulas)
    yield Named(
        "Не аттестованы («н/а»)",
        tuple(
            f"{name_in_list(row.pupil.student)} ({_subjects(view, row.not_attested)})"
            for row in judged
            if row.not_attested
        ),
    )


def failing_lists(
    view: ClassView, rows: Sequence[PupilResult], formulas: Formulas
) -> Iterator[Named]:
    """Who fails, by the number of subjects with a 2, a 1 or «н/а»."""
    by_number: dict[int, list[str]] = {1: [], 2: [], 3: []}
    for row in rows:
        failed = row.failed + (row.not_attested if formulas.not_attested_fails else ())
        if failed:
            line = f"{name_in_list(row.pupil.student)} ({_subjects(view, failed)})"
            by_number[min(len(failed), 3)].append(line)
    for number, title in ((1, "одному предмету"), (2, "двум предметам"), (3, "трём и более")):
        yield Named(f"Не успевают по {title}", tuple(by_number[number]))


def _lone(view: ClassView, rows: Sequence[PupilResult], value: int) -> Iterator[str]:
    for row in rows:
        if subject := row.lone(value):
            yield f"{name_in_list(row.pupil.student)} ({_subjects(view, [subject])})"


def _subjects(view: ClassView, subjects: Sequence[str]) -> str:
    return ", ".join(view.journal.subjects[subject].name for subject in subjects)
