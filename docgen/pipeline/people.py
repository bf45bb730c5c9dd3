"""Who signs what: people named in the profile, else found in the staff list by their position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from docgen import russian
from docgen.documents.house import Official
from docgen.journal.model import ClassJournal, Staff
from docgen.pipeline.workspace import Workspace
from docgen.profile import Profile

_POSITIONS = {
    "deputy": ("заместитель директора по учебно", "заместитель директора по увр", "завуч"),
    "director": ("директор",),
    "secretary": ("секретарь", "делопроизводитель"),
}


@dataclass(frozen=True, slots=True)
class Signatories:
    """People of one class's copy as «Фамилия И.О.»; "" leaves a line for the hand (R2-R6)."""

    class_teacher: str
    deputy: str
    director: str
    secretary: str
    print_responsible: str


def officials(
    profile: Profile, director: str, staff: Mapping[str, Staff]
) -> Mapping[str, Official]:
    """Who holds the offices of the school; `director` is the name the journal gives."""
    named = profile.people
    responsible = _named(named.print_responsible or named.administrator, staff) or _with_role(
        "администратор", staff.values()
    )
    return {
        "director": Official(
            "Директор", _named(named.director or director, staff) or _holding("director", staff)
        ),
        "deputy": Official(
            named.deputy_position, _named(named.deputy, staff) or _holding("deputy", staff)
        ),
        "secretary": Official(
            "Секретарь", _named(named.secretary, staff) or _holding("secretary", staff)
        ),
        "administrator": Official(
            "Администратор электронного журнала",
            _named(named.administrator, staff) or _with_role("администратор", staff.values()),
        ),
        "print_responsible": Official("Ответственный за печать", responsible),
    }


def offices_of(workspace: Workspace) -> Mapping[str, Official]:
    """Who holds the offices, by the journal where there is one; an archive is kept longer."""
    staff, director = {}, ""
    if workspace.journal_file.is_file():
        with workspace.open_journal() as journal:
            staff = {person.staff_id: person for person in journal.select(Staff)}
            school = journal.school()
            director = school.director if school else ""
    return officials(workspace.profile, director, staff)


def signatories(profile: Profile, view: ClassJournal) -> Signatories:
    """The people of the school and the class teacher of this class."""
    teacher = view.staff.get(view.unit.class_teacher_id)
    offices = officials(profile, view.school.director, view.staff)
    return Signatories(
        class_teacher=Official("Классный руководитель", teacher).short,
        deputy=offices["deputy"].short,
        director=offices["director"].short,
        secretary=offices["secretary"].short,
        print_responsible=offices["print_responsible"].short,
    )


def _named(name: str, staff: Mapping[str, Staff]) -> Staff | None:
    """The person of a staff id or a full name; who is not in the list is known by name alone."""
    if not name:
        return None
    if name in staff:
        return staff[name]
    wanted = russian.sort_key(name)[0]
    for person in staff.values():
        if russian.sort_key(f"{person.last} {person.first} {person.middle}")[0] == wanted:
            return person
    last, first, middle = (*name.split(maxsplit=2), "", "")[:3]
    return Staff("", last, first, middle)


def _holding(role: str, staff: Mapping[str, Staff]) -> Staff | None:
    for beginning in _POSITIONS[role]:
        for person in staff.values():
            if person.position.casefold().startswith(beginning) and person.end is None:
                return person
    return None


def _with_role(role: str, staff: Iterable[Staff]) -> Staff | None:
    return next(
        (person for person in staff if role in person.roles.casefold() and person.end is None), None
    )
