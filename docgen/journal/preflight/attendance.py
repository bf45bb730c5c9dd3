"""AT: absences, late comings, exemptions."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

from docgen.journal.codes import AttendanceCode
from docgen.journal.preflight.places import Skipped, report
from docgen.journal.preflight.roster import learns, unnumbered

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from docgen.core.findings import Finding
    from docgen.journal.model import Attendance, ClassJournal, Group, Lesson
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Outcome


def unknown_code(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Finding]:
    """AT-01: an attendance code that is not in the list (R30)."""
    for row in journal.attendance.values():
        if row.kind is None:
            yield report(journal, "AT-01", row, value=row.code.strip())


def absence_without_reason(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Finding]:
    """AT-02: «Н» whose reason nobody has found out by the end of the period (R30)."""
    for row in journal.attendance.values():
        if row.kind is AttendanceCode.ABSENT_UNSPECIFIED:
            yield report(journal, "AT-02", row)


def present_between_absences(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Outcome]:
    """AT-03: absent at the lessons before and after, present without a mark at this one."""
    if reason := unnumbered(lesson for row in journal.lessons.values() for lesson in row):
        yield Skipped("AT-03", reason)
    missed: defaultdict[tuple[str, dt.date], set[int]] = defaultdict(set)
    for row in journal.attendance.values():
        if row.kind is not None and row.kind.missed:
            missed[row.student_id, row.date].add(row.number)
    slots: defaultdict[tuple[dt.date, int], list[tuple[Group, Lesson]]] = defaultdict(list)
    for group in journal.groups:
        for lesson in journal.lessons.get(group.group_id, ()):
            slots[lesson.date, lesson.number].append((group, lesson))
    pupils = {pupil.student_id: pupil for pupil in journal.pupils}
    for (student, day), numbers in missed.items():
        for number in sorted(one + 1 for one in numbers if one >= 1 and one + 2 in numbers):
            own = [
                lesson
                for group, lesson in slots.get((day, number), ())
                if learns(group, pupils[student], day)
            ]
            cells = [(lesson.group_id, day, number, student) for lesson in own]
            if own and not any(
                cell in journal.attendance or cell in journal.marks for cell in cells
            ):
                yield report(journal, "AT-03", own[0], student=student)


def exempt_yet_absent_or_marked(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Outcome]:
    """AT-04: an exempt pupil is marked or noted absent, or is exempt without an order."""
    exempt: defaultdict[tuple[str, str], list[Attendance]] = defaultdict(list)
    for row in journal.attendance.values():
        if row.kind is AttendanceCode.EXEMPT:
            exempt[row.student_id, row.group_id].append(row)
    for rows in exempt.values():
        yield from _marks_of_the_exempt(journal, rows)
    yield from _absences_of_the_exempt(journal, exempt)
    if exempt and not journal.orders:
        yield Skipped("AT-04", "в журнале нет реестра приказов: основания для «осв» не видны")
        return
    for (student, _group), rows in exempt.items():
        if not exemption_ordered(journal, student):
            yield report(journal, "AT-04", min(rows, key=_when), what="нет приказа об освобождении")


def _marks_of_the_exempt(journal: ClassJournal, rows: list[Attendance]) -> Iterator[Finding]:
    for row in rows:
        for mark in journal.marks.get((row.group_id, row.date, row.number, row.student_id), ()):
            if mark.value and mark.value.values:
                yield report(journal, "AT-04", mark, what=f"стоит отметка «{mark.raw}»")


def _absences_of_the_exempt(
    journal: ClassJournal, exempt: Iterable[tuple[str, str]]
) -> Iterator[Finding]:
    """Doubt an absence amid exempt lessons that no other lesson of the day repeats.

    Who really was away carries the absence code at an exempt lesson too (`journal.md` 2.1).
    """
    days = Counter((row.student_id, row.date, row.kind) for row in journal.attendance.values())
    for student, group_id in exempt:
        for row in _absences_amid_exemption(journal, student, group_id):
            if row.kind and days[student, row.date, row.kind] == 1:
                yield report(journal, "AT-04", row, what=f"стоит «{row.kind.letter}»")


def _absences_amid_exemption(
    journal: ClassJournal, student: str, group_id: str
) -> Iterator[Attendance]:
    """Walk the absences whose neighbours among the group's lessons are exempt."""
    row: list[Attendance | None] = [
        journal.attendance.get((group_id, lesson.date, lesson.number, student))
        for lesson in journal.lessons.get(group_id, ())
    ]
    stretches = groupby(row, lambda item: bool(item and item.kind and item.kind.missed))
    pieces = [(missed, list(items)) for missed, items in stretches]
    for place, (missed, items) in enumerate(pieces):
        around = [other[-1] for _, other in pieces[max(0, place - 1) : place]]
        around += [other[0] for _, other in pieces[place + 1 : place + 2]]
        if missed and all(item and item.kind is AttendanceCode.EXEMPT for item in around):
            yield from filter(None, items)


def exemption_ordered(journal: ClassJournal, student: str) -> bool:
    """Whether the registry has an order of exemption whose subject is the pupil."""
    return any(
        order.subject == student and "освобожд" in order.kind.casefold() for order in journal.orders
    )


def _when(row: Attendance) -> tuple[dt.date, int]:
    return row.date, row.number


def foreign_totals(_journal: ClassJournal, _norms: CheckNorms) -> Iterator[Skipped]:
    """AT-05: totals printed by another system against our own; no journal row holds such totals."""
    yield Skipped("AT-05", "в журнале нет итогов посещаемости из другой системы")
