"""The archive's extract: one pupil's marks of a year, certified (documents.md, 3 i).

What stands in it is taken from a `ClassYear`, wherever its rows came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from docgen import russian
from docgen.core.findings import Finding
from docgen.documents.class_summary import ClassYear, PupilYear, class_year
from docgen.documents.families import Family, full_name, named, nobody
from docgen.documents.house import House
from docgen.documents.kinds import Ask, Document, Kind
from docgen.journal.model import School

_TITLE = "Архивная выписка"
_YEAR = "Y"
_STUDIED = {True: "обучалась", False: "обучался"}


@dataclass(frozen=True, slots=True)
class ExtractRow:
    """A subject with its marks, one for each term."""

    subject: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArchiveExtract:
    """A pupil's marks of a year; context of `archive-extract`.

    school: the school's full name
    address: the school's address, or ""
    text: «Арутюнян Нелли Левоновна, 17 января 2013 г. рождения, в 2025/2026 учебном году …»
    terms: heads of the columns, «I четв.» … «Год»
    rows: subjects with their marks
    mastered: «программу усвоила» of a year without marks, or ""
    missed: «Пропущено за год: дней – 5, уроков – 31, из них по болезни …»
    decision: the council's decision with protocol and order, or ""
    left: «выбыла, пр. № …», or ""
    basis: which case it is taken from
    source: system and moment of the export
    place: where the original is kept, or ""
    position, signatory: who signs, «Директор», «И.О. Фамилия»
    keeper_position, keeper: who certifies it, «Секретарь», «И.О. Фамилия»
    case_index: index of the case, «02-16», or ""
    sheets: sheets of the case, «3–10», or ""
    proof: the bag it was taken from, with its digest, or ""
    """

    school: str
    address: str
    text: str
    terms: tuple[str, ...]
    rows: tuple[ExtractRow, ...]
    mastered: str
    missed: str
    decision: str
    left: str
    basis: str
    source: str
    place: str
    position: str
    signatory: str
    keeper_position: str
    keeper: str
    case_index: str = ""
    sheets: str = ""
    proof: str = ""


def archive_extract(
    house: House, school: School, class_id: str, year: ClassYear, pupil: PupilYear
) -> ArchiveExtract:
    """The extract about one pupil of a class."""
    director, keeper = house.officials["director"], house.officials["secretary"]
    class_name = russian.class_in_text(class_id)
    return ArchiveExtract(
        school=house.organisation.full_name,
        address=house.organisation.address,
        text=_text(pupil, class_name, house.year),
        terms=tuple(term.brief for term in year.terms),
        rows=() if pupil.mastered else tuple(_rows(year, pupil)),
        mastered=pupil.mastered,
        missed=_missed(year, pupil),
        decision=", ".join(pupil.decision),
        left=pupil.results[-1].note,
        basis=f"сводная ведомость учёта успеваемости {class_name}\u00a0класса "
        f"за {house.year} учебный год",
        source=_source(school),
        place=house.details["archive-extract"]["place"],
        position=director.position,
        signatory=director.signature,
        keeper_position=keeper.position,
        keeper=keeper.signature,
    )


def _text(pupil: PupilYear, class_name: str, year: str) -> str:
    student = pupil.pupil.student
    born = f", {russian.date_long(student.birth_date)}\u00a0рождения," if student.birth_date else ""
    studied = _STUDIED[pupil.pupil.female] if student.gender else "обучался(ась)"
    return f"{full_name(student)}{born} в {year} учебном году {studied} в {class_name}\u00a0классе."


def _rows(year: ClassYear, pupil: PupilYear) -> Iterator[ExtractRow]:
    for place, subject in enumerate(year.subjects):
        marks = tuple(result.marks[place] for result in pupil.results)
        if any(marks):
            yield ExtractRow(subject.name, marks)


def _missed(year: ClassYear, pupil: PupilYear) -> str:
    place = next(place for place, term in enumerate(year.terms) if term.code == _YEAR)
    days, days_ill, lessons, lessons_ill = (count or "0" for count in pupil.results[place].missed)
    dash = "\u00a0– "
    return (
        f"Пропущено за год: дней{dash}{days} (по болезни{dash}{days_ill}), "
        f"уроков{dash}{lessons} (по болезни{dash}{lessons_ill})."
    )


def _source(school: School) -> str:
    day, _, _time = school.exported_at.replace(" ", "T").partition("T")
    exported = f", выгрузка от {'.'.join(reversed(day.split('-')))}" if day else ""
    return f"{school.system or 'электронный журнал'}{exported}"


def _make(ask: Ask) -> Iterator[Document | Finding]:
    found = False
    for unit in ask.units:
        journal = ask.journal.class_journal(unit.class_id, _YEAR)
        year = class_year(journal)
        for number, pupil in enumerate(year.pupils, start=1):
            student = pupil.pupil.student
            if ask.pupil and not named(student, ask.pupil):
                continue
            found = True
            context = archive_extract(ask.house, journal.school, unit.class_id, year, pupil)
            yield Document(Family(number, student, unit, ()).stem, _TITLE, context, unit.class_id)
    if ask.pupil and not found:
        raise nobody(ask.pupil)


KINDS = (
    Kind(
        name="archive-extract",
        title=_TITLE,
        ground="приказ Росархива от 31.07.2023 № 77",
        make=_make,
    ),
)
