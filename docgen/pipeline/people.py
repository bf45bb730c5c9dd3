"""Who signs what: people named in the profile, else found in the staff list by their position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docgen import russian
from docgen.journal.model import ClassJournal, Staff
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


def signatories(profile: Profile, view: ClassJournal) -> Signatories:
    """The people of the school and the class teacher of this class."""
    teacher = view.staff.get(view.unit.class_teacher_id)
    people = profile.people
    return Signatories(
        class_teacher=_short(teacher) if teacher else "",
        deputy=_named(people.deputy, view.staff) or _holding("deputy", view.staff),
        director=_named(people.director or view.school.director, view.staff)
        or _holding("director", view.staff),
        secretary=_named(people.secretary, view.staff) or _holding("secretary", view.staff),
        print_responsible=_named(people.print_responsible or people.administrator, view.staff)
        or _with_role("администратор", view.staff),
    )


def _named(name: str, staff: Mapping[str, Staff]) -> str:
    """A staff id or a full name as «Фамилия И.О.»."""
    if not name:
        return ""
    if name in staff:
        return _short(staff[name])
    last, _, rest = name.partition(" ")
    first, _, middle = rest.partition(" ")
    return russian.initials_after(last, first, middle)


def _holding(role: str, staff: Mapping[str, Staff]) -> str:
    for beginning in _POSITIONS[role]:
        for person in staff.values():
            if person.position.casefold().startswith(beginning) and person.end is None:
                return _short(person)
    return ""


def _with_role(role: str, staff: Mapping[str, Staff]) -> str:
    for person in staff.values():
        if role in person.roles.casefold() and person.end is None:
            return _short(person)
    return ""


def _short(person: Staff) -> str:
    return russian.initials_after(person.last, person.first, person.middle)
