"""The class's summary sheet of a year: every mark of every pupil, missed days, decisions (R8).

What stands on it, whichever way it is laid out (documents.md, 3 e); `class_summary_sheets` lays it
out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from docgen import russian
from docgen.documents.attendance import Absences, absences
from docgen.documents.marks import final_text
from docgen.documents.roster import RosterRow, class_roster
from docgen.journal.codes import AttendanceCode, Grading, PeriodKind, SpecialMark
from docgen.journal.model import ClassJournal, Decision, Period, Subject

_ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV"}
YEAR = "Y"
"""The code of the year's marks."""

_RESULTS = {"EXAM": ("Экзаменационная", "Экз.", "Э"), "FINAL": ("Итоговая", "Итог", "И")}
_WITHOUT_MARKS = "–"
_FEMININE = {
    "переведён": "переведена",
    "переведен": "переведена",
    "оставлен": "оставлена",
    "выпущен": "выпущена",
    "отчислен": "отчислена",
    "допущен": "допущена",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A row of a pupil's band: a period, the year, the exam or the final mark.

    `head` is «I четверть», `brief` «I четв.», `short` «I»; `period` is None for what has no days of
    its own.
    """

    code: str
    head: str
    brief: str
    short: str
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class TermResult:
    """What a pupil has in one term: marks by subject, missed days and lessons.

    `closed` says that the pupil was not in the class when marks were set and has none either;
    `note` is then «выбыл, пр. № …» of a pupil who is gone, else "".
    """

    marks: tuple[str, ...]
    missed: tuple[str, ...]
    closed: bool
    note: str


@dataclass(frozen=True, slots=True)
class PupilYear:
    """A pupil's year: results by term, «программу усвоил(а)» or "", lines of the decision."""

    pupil: RosterRow
    results: tuple[TermResult, ...]
    mastered: str
    decision: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassYear:
    """A class's year as its summary sheet shows it."""

    terms: tuple[Term, ...]
    subjects: tuple[Subject, ...]
    pupils: tuple[PupilYear, ...]
    without_marks: bool


def class_year(journal: ClassJournal) -> ClassYear:
    """Gather the year of a class; `journal` is that of the whole year."""
    terms = _terms(journal)
    subjects = tuple(dict.fromkeys(group.subject for group in journal.groups))
    missed = absences(journal)
    return ClassYear(
        terms=terms,
        subjects=subjects,
        pupils=tuple(
            _pupil(journal, pupil, terms, subjects, missed) for pupil in class_roster(journal)
        ),
        without_marks=journal.unit.grade == 1,
    )


def _terms(journal: ClassJournal) -> tuple[Term, ...]:
    """The periods of the class, the year, and exam and final marks where anybody has one."""
    own = [
        period
        for period in journal.periods
        if period.kind is journal.unit.scheme.kind
        and period.year == journal.period.year
        and period.includes(journal.unit.grade)
    ]
    given = {code for _student, _subject, code in journal.finals}
    return (
        *(_term(number, period) for number, period in enumerate(_by_start(own), start=1)),
        Term(YEAR, "Годовая", "Год", "Г", journal.period),
        *(Term(code, *names) for code, names in _RESULTS.items() if code in given),
    )


def _by_start(periods: Iterable[Period]) -> list[Period]:
    return sorted(periods, key=lambda period: period.start)


def _term(number: int, period: Period) -> Term:
    if period.kind is PeriodKind.HALF_YEAR:
        return Term(period.code, f"{number} полугодие", f"{number} полуг.", str(number), period)
    noun = "триместр" if period.kind is PeriodKind.TRIMESTER else "четверть"
    roman = _ROMAN.get(number, str(number))
    return Term(period.code, f"{roman} {noun}", f"{roman} {noun[:4]}.", roman, period)


def _pupil(
    journal: ClassJournal,
    pupil: RosterRow,
    terms: tuple[Term, ...],
    subjects: tuple[Subject, ...],
    missed: Mapping[str, Absences],
) -> PupilYear:
    own = missed[pupil.student.student_id]
    results = tuple(_result(journal, pupil, term, subjects, own) for term in terms)
    return PupilYear(
        pupil=pupil,
        results=results,
        mastered=_mastered(journal, pupil, subjects),
        decision=decision_lines(
            journal.decisions.get(pupil.student.student_id), female=pupil.female
        ),
    )


def _result(
    journal: ClassJournal,
    pupil: RosterRow,
    term: Term,
    subjects: tuple[Subject, ...],
    missed: Absences,
) -> TermResult:
    finals = tuple(
        final_text(journal.finals.get((pupil.student.student_id, subject.subject_id, term.code)))
        for subject in subjects
    )
    end = (term.period or journal.period).end
    note = pupil.left_by(end)
    away = bool(note) or not pupil.arrived_by(end)
    if not away and term.period is not None:
        finals = tuple(
            mark or (_WITHOUT_MARKS if _unmarked(journal, subject, term) else "")
            for mark, subject in zip(finals, subjects, strict=True)
        )
    return TermResult(
        marks=finals,
        missed=_missed(missed, term.period) if term.period is not None else (),
        closed=away and not any(finals),
        note=note,
    )


def _unmarked(journal: ClassJournal, subject: Subject, term: Term) -> bool:
    """Whether no mark is to be expected: the subject or the grade knows none in a period."""
    if journal.unit.grade == 1 or subject.grading is Grading.NONE:
        return True
    return subject.grading is Grading.PASS_FAIL and term.code != YEAR


def _missed(row: Absences, period: Period) -> tuple[str, ...]:
    """Days and lessons missed in a period: all, ill; "" for none."""
    within = replace(
        row, by_day={day: codes for day, codes in row.by_day.items() if period.covers(day)}
    )
    ill = AttendanceCode.ABSENT_ILL
    counts = (within.days(), within.days(ill), within.lessons(), within.lessons(ill))
    return tuple(str(count) if count else "" for count in counts)


def _mastered(journal: ClassJournal, pupil: RosterRow, subjects: tuple[Subject, ...]) -> str:
    """«программу усвоил(а)» when every subject of a year without marks says so, else ""."""
    if journal.unit.grade != 1 or not subjects:
        return ""
    for subject in subjects:
        final = journal.finals.get((pupil.student.student_id, subject.subject_id, YEAR))
        value = final.value if final is not None else None
        if value is None or value.special is not SpecialMark.MASTERED:
            return ""
    return "программу усвоила" if pupil.female else "программу усвоил"


def decision_lines(decision: Decision | None, *, female: bool) -> tuple[str, ...]:
    """«переведена в 8 «А» класс», «протокол от 28.05.2026 № 8», «приказ …»; () for no decision."""
    if decision is None or not decision.result.strip():
        return ()
    papers = (
        ("протокол", decision.protocol_no, decision.protocol_date),
        ("приказ", decision.order_no, decision.order_date),
    )
    return (
        _verdict(decision, female=female),
        *(_paper(name, number, day) for name, number, day in papers if number or day),
    )


def _verdict(decision: Decision, *, female: bool) -> str:
    word, *rest = decision.result.split()
    if female:
        word = _FEMININE.get(word.casefold(), word)
    if decision.target_class:
        rest.append(f"в\u00a0{russian.class_in_text(decision.target_class)}\u00a0класс")
    return " ".join((word, *rest))


def _paper(name: str, number: str, day: dt.date | None) -> str:
    """«протокол от 28.05.2026 № 8», as much of it as is known."""
    told = [name]
    if day:
        told.append(f"от\u00a0{russian.date_numeric(day)}")
    if number:
        told.append(f"№\u00a0{number.removeprefix('№').strip()}")
    return " ".join(told)
