"""DC: documents, their orders and the people who sign them.

What a document says is known when it is made: the rules that look at a finished page or at the
text of a consent say here that the journal does not hold it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docgen.core.findings import finding
from docgen.journal.codes import tidy
from docgen.journal.preflight.places import Skipped, report, source_refs
from docgen.russian import date_numeric, sort_key

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from docgen.journal.model import ClassJournal, Staff
    from docgen.journal.preflight.norms import CheckNorms
    from docgen.journal.preflight.places import Outcome

_ORDER = re.compile(r"(?:№\s*)?(?P<number>\S+?)[,;]?(?:\s+от\s+(?P<date>\S+?)(?:\s*г\.)?)?")


def empty_fields(_journal: ClassJournal, _norms: CheckNorms) -> Iterator[Skipped]:
    """DC-01: required fields of a template; some are filled from the settings, not the journal."""
    yield Skipped("DC-01", "обязательные поля видны, когда документ заполняется по шаблону")


def incomplete_consents(_journal: ClassJournal, _norms: CheckNorms) -> Iterator[Skipped]:
    """DC-02: what a consent must say; the registry holds numbers and dates, no text."""
    yield Skipped("DC-02", "в реестре согласий нет их текста")


def signatories(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Outcome]:
    """DC-03: the director or the class teacher is not on the staff on the period's last day."""
    if not any(person.start or person.end for person in journal.staff.values()):
        yield Skipped("DC-03", "у сотрудников не указаны сроки работы")
        return
    day = journal.period.end
    director = tidy(journal.school.director)
    named = [person for person in journal.staff.values() if _is(person, director)]
    if not named:
        reason = "директора нет в списке сотрудников" if director else "директор не указан"
        yield Skipped("DC-03", reason)
    elif all(_away(person, day) for person in named):
        # The director is the school's: the finding is the same whichever class shows it.
        yield finding(
            "DC-03",
            f"Школа / {journal.period.name}",
            refs={"period": journal.period.code, **source_refs(journal.sources, named[0])},
            who=f"Директор ({_full_name(named[0])})",
            what=_away(named[0], day),
        )
    head = journal.staff.get(journal.unit.class_teacher_id)
    if head and (what := _away(head, day)):
        yield report(
            journal,
            "DC-03",
            journal.unit,
            period=journal.period,
            who=f"Классный руководитель ({_full_name(head)})",
            what=what,
        )


def _is(person: Staff, name: str) -> bool:
    """Whether a full name or an id means the person."""
    return name == person.staff_id or sort_key(name) == sort_key(_full_name(person))


def _full_name(person: Staff) -> str:
    return " ".join(filter(None, (person.last, person.first, person.middle)))


def _away(person: Staff, day: dt.date) -> str:
    """Say why the person cannot sign on the day; "" when nothing speaks against it."""
    if person.start and day < person.start:
        return f"работает только с {date_numeric(person.start)}"
    if person.end and person.end < day:
        return f"работает только по {date_numeric(person.end)}"
    return ""


def unregistered_orders(journal: ClassJournal, _norms: CheckNorms) -> Iterator[Outcome]:
    """DC-04: an order of a substitution or of a pupil's move that the registry does not hold."""
    if not journal.orders:
        yield Skipped("DC-04", "в журнале нет реестра приказов")
        return
    known = {_number(order.number) for order in journal.orders}
    stays = {stay for pupil in journal.pupils for stay in pupil.stays or (pupil.enrollment,)}
    references: list[tuple[object, str]] = [
        (lesson, lesson.substitution_order)
        for lessons in journal.lessons.values()
        for lesson in lessons
    ]
    references += [(stay, order) for stay in stays for order in (stay.start_order, stay.end_order)]
    for row, text in references:
        if tidy(text) and _number(text) not in known:
            yield report(journal, "DC-04", row, order=tidy(text))


def _number(order: str) -> str:
    """Cut «№ 12-к от 24.09.2025» down to the number."""
    text = tidy(order)
    parts = _ORDER.fullmatch(text)
    return (parts["number"] if parts else text).casefold()


def layout(_journal: ClassJournal, _norms: CheckNorms) -> Iterator[Skipped]:
    """DC-05: overflow, fonts, page counts; they are known when the volume is laid out."""
    yield Skipped("DC-05", "вёрстка видна, когда том собран")
