"""The figures of classes together on both levels, absences, their tables for a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence

from docgen.documents.attendance import summary_counts
from docgen.documents.report_notes import Notes
from docgen.documents.report_parts import (
    ClassView,
    Figure,
    ResultRow,
    attendance_share,
    mean,
    percent,
)
from docgen.journal.statistics import Formulas, Movement, PupilCounts, added, movement
from docgen.rendering.tables import Chart, Column, Table, Value

_FIGURES = (
    ("pupils", "Учащихся с отметками", "pupils"),
    ("excellent", "Все отметки «5»", ""),
    ("good", "На «4» и «5»", ""),
    ("one_four", "С одной «4»", "lone"),
    ("one_three", "С одной «3»", "lone"),
    ("failing", "Не успевают", "pupil_success"),
    ("pupil_success", "Успеваемость (по учащимся)", "pupil_success"),
    ("pupil_quality", "Качество знаний (по учащимся)", "pupil_quality"),
    ("mark_success", "Успеваемость (по отметкам)", "mark_success"),
    ("mark_quality", "Качество знаний (по отметкам)", "mark_quality"),
    ("mastery", "СОУ (по отметкам)", "mastery"),
    ("average", "Средний балл (по отметкам)", "average"),
)


MISSED = (
    ("Пропущено дней", "days"),
    ("в том числе по болезни", ""),
    ("по уважительной причине", ""),
    ("без уважительной причины", "days"),
    ("Пропущено уроков", ""),
    ("в том числе по болезни", ""),
    ("по уважительной причине", ""),
    ("без уважительной причины", "days"),
    ("Опозданий", ""),
    ("Посещаемость", "attendance"),
)
"""What is told of absences, with the notes, in the order of `summary_counts`."""


def moved_figures(found: Sequence[ClassView], notes: Notes) -> tuple[Figure, ...]:
    """How many pupils classes had at the start, who came and went, how many at the end."""
    moved = sum((movement(view.journal) for view in found), Movement(0, 0, 0, 0))
    note = notes.number("movement")
    return (
        Figure("Учащихся на начало периода", str(moved.start)),
        Figure("прибыло", str(moved.arrived), note=note),
        Figure("выбыло", str(moved.left), note=note),
        Figure("на конец периода", str(moved.end)),
    )


def result_figures(
    marked: Sequence[ClassView], formulas: Formulas, notes: Notes
) -> tuple[Figure, ...]:
    """Results of classes together, with those of the same classes in the period before."""
    now = _values(marked, formulas)
    earlier = all_before(marked)
    before = _values(earlier, formulas) if earlier else {}
    return tuple(
        Figure(title, now[name], before.get(name, ""), notes.number(note) if note else "")
        for name, title, note in _FIGURES
    )


def _values(found: Sequence[ClassView], formulas: Formulas) -> dict[str, str]:
    marks = added(view.results.marks for view in found)
    counts = [view.results.counts(formulas) for view in found]
    total = sum(counts, PupilCounts())
    return {
        "pupils": str(total.pupils),
        "excellent": str(total.excellent),
        "good": str(total.good),
        "one_four": str(total.one_four),
        "one_three": str(total.one_three),
        "failing": str(total.failing),
        "pupil_success": percent(total.success),
        "pupil_quality": percent(total.quality),
        "mark_success": percent(marks.success(formulas)),
        "mark_quality": percent(marks.quality(formulas)),
        "mastery": percent(marks.mastery(formulas)),
        "average": mean(marks.average),
    }


def all_before(found: Sequence[ClassView]) -> list[ClassView]:
    """The classes in the period before; nothing when one of them has none: like goes with like."""
    earlier = [view.previous for view in found if view.previous]
    return earlier if len(earlier) == len(found) else []


def missed_figures(found: Sequence[ClassView], notes: Notes) -> tuple[Figure, ...]:
    """Days and lessons missed by reason, late comings, attendance; with the period before."""
    earlier = all_before(found)
    now = [*map(str, missed_sums(found)), percent(attendance_share(found))]
    before = [*map(str, missed_sums(earlier)), percent(attendance_share(earlier))]
    return tuple(
        Figure(title, value, old if earlier else "", notes.number(note) if note else "")
        for (title, note), value, old in zip(MISSED, now, before, strict=True)
    )


def missed_sums(found: Sequence[ClassView]) -> list[int]:
    """Days and lessons missed by all pupils of classes, in the order of `summary_counts`."""
    rows = [summary_counts(row) for view in found for row in view.missed.values()]
    return [sum(column) for column in zip(*rows, strict=True)] or [0] * (len(MISSED) - 1)


def figure_table(figures: Sequence[Figure], caption: str) -> Table:
    """Figures for a spreadsheet, with those of the period before."""
    return Table(
        "Показатели",
        (Column("Показатель", 34), Column("За период", 14), Column("Период до него", 16)),
        [(row.name, cell(row.now), cell(row.before)) for row in figures],
        caption=caption,
    )


def note_table(notes: Sequence[str], caption: str) -> Table:
    """The definitions of the figures for a spreadsheet."""
    return Table(
        "Примечания",
        (Column("№", 5), Column("Что означает показатель", 100)),
        list(enumerate(notes, start=1)),
        caption=caption,
    )


def result_table(
    title: str, name: str, rows: Sequence[ResultRow], caption: str, *, chart: bool = True
) -> Table:
    """A table of marks for a spreadsheet, with a chart of качество unless it is too long."""
    return Table(
        title,
        (
            Column(name, 30),
            Column("Учитель", 24),
            Column("«5»", 7),
            Column("«4»", 7),
            Column("«3»", 7),
            Column("«2»", 7),
            Column("н/а", 7),
            Column("Успеваемость, %", 14, "0.0"),
            Column("Качество, %", 12, "0.0"),
            Column("СОУ, %", 10, "0.0"),
            Column("Средний балл", 12, "0.00"),
        ),
        [
            (
                row.name, row.teacher, row.fives, row.fours, row.threes, row.twos,
                row.not_attested, cell(row.success), cell(row.quality), cell(row.mastery),
                cell(row.average),
            )
            for row in rows
        ],
        caption=caption,
        chart=Chart("Качество знаний по отметкам, %", names=0, values=(8,), stacked=False)
        if chart
        else None,
    )  # fmt: skip


def cell(text: str) -> Value:
    """The number a printed figure shows; other text as it is, nothing for no figure."""
    bare = text.removesuffix("%").strip().replace(",", ".")
    if bare in {"", "–"}:
        return None
    try:
        return int(bare) if bare.isdecimal() else float(bare)
    except ValueError:
        return text
