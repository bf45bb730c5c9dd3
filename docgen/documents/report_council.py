"""The director's report to the governing council on how the electronic journal works (R34)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.kinds import Ask, Document, Format, Kind, Need
from docgen.documents.register_substitutions import substituted
from docgen.documents.report_figures import all_before, missed_figures, result_figures
from docgen.documents.report_filling import filling_figures
from docgen.documents.report_notes import formulas_of, notes_of
from docgen.documents.report_parts import (
    Bar,
    ClassView,
    Figure,
    grades_title,
    length,
    percent,
    periods_title,
    school_stem,
    school_views,
)
from docgen.journal.filling import filling
from docgen.journal.statistics import Formulas, Movement, PupilCounts, movement

_TITLE = "Отчёт директора управляющему совету о работе электронного журнала"


@dataclass(frozen=True, slots=True)
class CouncilReport:
    """How the journal works, in words and figures; context of `report-council`.

    school: the school's name
    period: «2 четверть; 10–11 классы: 1 полугодие»
    year: «2025/2026 учебный год»
    made: the day of the report
    system: «Сетевой город. Образование», "" where nobody has told
    before: «период до этого» where every class has one, else ""
    opening: sentences on the school and its journal
    filling: how the journal is filled in
    figures: results with their value in the period before
    bars: качество знаний by grade
    missed: absences
    notes: definitions of the figures, in the order of their numbers
    director_position, director: who signs, «И.О. Фамилия»
    """

    school: str
    period: str
    year: str
    made: str
    system: str
    before: str
    opening: tuple[str, ...]
    filling: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...]
    missed: tuple[Figure, ...]
    notes: tuple[str, ...]
    director_position: str
    director: str


def council_report(ask: Ask, found: Sequence[ClassView]) -> CouncilReport:
    """Put together how the journal worked in the period."""
    formulas = formulas_of(ask.house)
    notes = notes_of(formulas)
    first = ask.house.norms.first_marked_grade
    marked = [view for view in found if view.unit.grade >= first]
    director = ask.house.officials["director"]
    # The order of these lines is the order of the notes on paper.
    filled = filling_figures(filling([view.journal for view in found], ask.house.norms), notes)
    figures = result_figures(marked, formulas, notes) if marked else ()
    missed = missed_figures(found, notes)
    return CouncilReport(
        school=ask.house.organisation.name,
        period=periods_title(found),
        year=ask.house.year_title,
        made=russian.date_long(ask.house.today),
        system=ask.house.details["system"]["name"],
        before="период до этого" if all_before(found) else "",
        opening=tuple(_opening(found)),
        filling=filled,
        figures=figures,
        bars=tuple(_bars(marked, formulas)),
        missed=missed,
        notes=notes.lines,
        director_position=director.position,
        director=director.signature,
    )


def _opening(found: Sequence[ClassView]) -> Iterator[str]:
    moved = sum((movement(view.journal) for view in found), Movement(0, 0, 0, 0))
    classes = russian.plural(len(found), "класс", "класса", "классов")
    pupils = russian.plural(moved.end, "учащийся", "учащихся", "учащихся")
    yield russian.nbsp_text(
        f"На конец периода в школе {len(found)} {classes} и {moved.end} {pupils}; "
        f"на начало периода учащихся было {moved.start}, прибыло {moved.arrived}, "
        f"выбыло {moved.left}."
    )
    count = len(substituted(found))
    lessons = russian.plural(count, "урок", "урока", "уроков")
    replaced = russian.plural(count, "замещён", "замещены", "замещено")
    yield russian.nbsp_text(
        f"За период {replaced} {count} {lessons}; сведения о них – в журнале учёта замещённых "
        "уроков."
        if count
        else "Замещённых уроков за период не было."
    )


def _bars(marked: Sequence[ClassView], formulas: Formulas) -> Iterator[Bar]:
    for grade in sorted({view.unit.grade for view in marked}):
        views = [view for view in marked if view.unit.grade == grade]
        now = _quality(views, formulas)
        earlier = all_before(views)
        before = _quality(earlier, formulas) if earlier else None
        yield Bar(
            grades_title(views),
            length(now),
            percent(now),
            length(before) if before is not None else -1,
            percent(before) if before is not None else "",
        )


def _quality(views: Sequence[ClassView], formulas: Formulas) -> float | None:
    return sum((view.results.counts(formulas) for view in views), PupilCounts()).quality


def _make(ask: Ask) -> Iterator[Document | Finding]:
    found = school_views(ask)
    yield Document(school_stem(ask, found), _TITLE, council_report(ask, found))


KINDS = (
    Kind(
        name="report-council",
        title=_TITLE,
        ground="R34",
        make=_make,
        formats=(Format.PDF, Format.DOCX),
        needs=frozenset({Need.PERIOD}),
    ),
)
