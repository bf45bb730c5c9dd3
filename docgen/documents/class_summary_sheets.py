"""The class's summary sheet on paper: a band of rows for each pupil, or one row (R8).

Which of the two, the school chooses (`print.summary_layout`); documents.md, 3 e.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from docgen.documents.class_summary import YEAR, ClassYear, PupilYear, Term, class_year
from docgen.documents.copy import CopyContext, blank, list_parts, parts, rows_for
from docgen.journal.model import ClassJournal
from docgen.rendering.sheet import Cross, Entry, Grid, Line, Section, Sheet, Span

TITLE = "Сводная ведомость учёта успеваемости"

_ROWS_PER_SHEET = 30
_SUBJECTS_PER_SHEET = 24
_FLAT_COLUMNS = 45
_LEGEND = (
    "н/а – не аттестован(а), осв – освобождён(а), зач – зачёт, незач – незачёт, "
    "усв – программа усвоена, прочерк – отметка не предусмотрена."
)
_WITHOUT_MARKS = "Обучение безотметочное (1 класс), прочерк – отметка не предусмотрена."
_LETTERS = " Г – годовая отметка, Э – экзаменационная, И – итоговая."
_MISSED_HEADS = ("всего", "по болезни")
_MISSED_OF = {YEAR: "Год"}
_FLAT_MISSED_HEADS = ("дней", "из них по болезни", "уроков", "из них по болезни")


class SummaryLayout(StrEnum):
    """How the summary sheet is laid out: bands of rows (the paper classic), or a row a pupil."""

    BANDS = "bands"
    FLAT = "flat"


def summary_sections(
    journal: ClassJournal, copy: CopyContext, layout: SummaryLayout
) -> tuple[Section, ...]:
    """The sections of the volume that is the summary sheet; `journal` is that of the year."""
    year = class_year(journal)
    lay_out = _bands if layout is SummaryLayout.BANDS else _flat
    return (Section(TITLE, tuple(lay_out(year, copy)), note=copy.class_teacher),)


def _common(year: ClassYear, copy: CopyContext, letters: str = "") -> tuple[Entry, ...]:
    """Head, signatures and legend of every sheet: each is signed as it is."""
    return (
        *copy.heading(TITLE, f"Классный руководитель: {copy.class_teacher_full}"),
        Line("signed_class_teacher", copy.class_teacher),
        Line("signed_deputy", copy.deputy),
        Line("signed_director", copy.director),
        Line("legend", (_WITHOUT_MARKS if year.without_marks else _LEGEND) + letters),
    )


def _bands(year: ClassYear, copy: CopyContext) -> Iterator[Sheet]:
    """The paper classic: a band of rows for each pupil, a column for each subject."""
    bands = _ROWS_PER_SHEET // len(year.terms)
    for columns in parts(tuple(enumerate(year.subjects)), _SUBJECTS_PER_SHEET):
        places = tuple(place for place, _subject in columns)
        for first, pupils in list_parts(year.pupils, bands):
            yield Sheet(
                blank=blank(
                    "class-summary",
                    bands=bands,
                    terms=len(year.terms),
                    columns=max(len(columns), 1),
                ),
                entries=(
                    *_common(year, copy),
                    Grid("subjects", (tuple(subject.name for _place, subject in columns),)),
                    Grid("missed_heads", (_MISSED_HEADS * 2,)),
                    Grid("order", tuple((str(first + row),) for row in range(len(pupils)))),
                    Grid("names", tuple((item.pupil.full_name,) for item in pupils)),
                    Grid("terms", tuple((term.head,) for _item in pupils for term in year.terms)),
                    Grid("decisions", tuple((",\n".join(item.decision),) for item in pupils)),
                    *_marks(year.terms, places, pupils),
                    Grid("missed", tuple(row.missed for item in pupils for row in item.results)),
                ),
            )


def _marks(
    terms: tuple[Term, ...], places: tuple[int, ...], pupils: tuple[PupilYear, ...]
) -> Iterator[Entry]:
    """Marks of the bands; rows of terms that a pupil spent elsewhere are crossed, once with why."""
    rows: list[tuple[str, ...]] = []
    last = max(len(places) - 1, 0)
    for item in pupils:
        told = False
        for term, result in zip(terms, item.results, strict=True):
            row = len(rows)
            marks = tuple(result.marks[place] for place in places)
            if term.code == YEAR and item.mastered:
                yield Span("marks", row, 0, last, item.mastered)
                marks = ()
            elif result.closed and result.note and not told:
                yield Span("marks", row, 0, last, result.note)
                told = True
            elif result.closed:
                yield Cross("marks", row, 0, last)
            rows.append(marks)
    yield Grid("marks", tuple(rows))


def _flat(year: ClassYear, copy: CopyContext) -> Iterator[Sheet]:
    """A row for each pupil, the terms of each subject side by side; then misses and decisions."""
    rows = rows_for(len(year.pupils))
    lists = list_parts(year.pupils, rows)
    for columns in parts(tuple(enumerate(year.subjects)), _FLAT_COLUMNS // len(year.terms)):
        for first, pupils in lists:
            yield Sheet(
                blank=blank(
                    "class-summary-flat",
                    rows=rows,
                    subjects=max(len(columns), 1),
                    terms=len(year.terms),
                    decisions=False,
                ),
                entries=(
                    *_common(year, copy, _LETTERS),
                    *_list(first, pupils),
                    Grid("subjects", (tuple(subject.name for _place, subject in columns),)),
                    Grid(
                        "terms",
                        (tuple(term.short for _column in columns for term in year.terms),),
                    ),
                    *_flat_marks(year.terms, [place for place, _subject in columns], pupils),
                ),
            )
    counted = [place for place, term in enumerate(year.terms) if term.period is not None]
    for first, pupils in lists:
        yield Sheet(
            blank=blank(
                "class-summary-flat",
                rows=rows,
                subjects=len(counted),
                terms=len(_FLAT_MISSED_HEADS),
                decisions=True,
            ),
            entries=(
                *_common(year, copy),
                *_list(first, pupils),
                Grid(
                    "subjects",
                    (
                        tuple(
                            _MISSED_OF.get(year.terms[place].code, year.terms[place].head)
                            for place in counted
                        ),
                    ),
                ),
                Grid("terms", (_FLAT_MISSED_HEADS * len(counted),)),
                Grid(
                    "marks",
                    tuple(
                        tuple(count for place in counted for count in item.results[place].missed)
                        for item in pupils
                    ),
                ),
                Grid("decisions", tuple((", ".join(item.decision),) for item in pupils)),
            ),
        )


def _list(first: int, pupils: tuple[PupilYear, ...]) -> tuple[Entry, ...]:
    """Numbers and names; who is gone has that behind the name."""
    return (
        Grid("order", tuple((str(first + row),) for row in range(len(pupils)))),
        Grid(
            "names",
            tuple(
                (", ".join(filter(None, (item.pupil.full_name, item.results[-1].note))),)
                for item in pupils
            ),
        ),
    )


def _flat_marks(
    terms: tuple[Term, ...], places: list[int], pupils: tuple[PupilYear, ...]
) -> Iterator[Entry]:
    """Marks of the rows; terms that a pupil spent elsewhere are crossed under each subject."""
    rows: list[tuple[str, ...]] = []
    for row, item in enumerate(pupils):
        if item.mastered:
            yield Span("marks", row, 0, max(len(places) * len(terms) - 1, 0), item.mastered)
            rows.append(())
            continue
        for column in range(0, len(places) * len(terms), len(terms)):
            for number, result in enumerate(item.results):
                if result.closed:
                    yield Cross("marks", row, column + number, column + number)
        rows.append(tuple(result.marks[place] for place in places for result in item.results))
    yield Grid("marks", tuple(rows))
