"""Gather what free documents say of the school: settings over what the journal tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from docgen.documents.house import Ground, House, Organisation
from docgen.journal.model import Staff
from docgen.journal.store import Journal
from docgen.pipeline.check_norms import norms_of
from docgen.pipeline.people import officials
from docgen.profile import NamesSettings, Profile
from docgen.russian.name_rules import Forms, Part
from docgen.russian.names import NameTable, forms_of, plain


def house(profile: Profile, journal: Journal, today: dt.date) -> House:
    """The school on that day."""
    school, own = journal.school(), profile.school
    staff = {person.staff_id: person for person in journal.listed(Staff)}
    return House(
        organisation=Organisation(
            full_name=own.full_name or (school.full_name if school else ""),
            short_name=own.short_name or (school.short_name if school else ""),
            founder=own.founder or (school.founder if school else ""),
            city=own.city or (school.city if school else ""),
            address=own.address or (school.address if school else ""),
            phone=school.phone if school else "",
            email=school.email if school else "",
            inn=school.inn if school else "",
            ogrn=school.ogrn if school else "",
        ),
        year=school.year if school else "",
        today=today,
        officials=officials(profile, school.director if school else "", staff),
        details=profile.documents,
        names=name_table(profile.names),
        staff=staff,
        norms=norms_of(profile),
        grounds={
            name: Ground(norm.text, norm.act, norm.clause, norm.edition, norm.checked is not None)
            for name, norm in profile.norms.items()
        },
    )


def name_table(names: NamesSettings) -> NameTable:
    """The forms a school has written down, as declension reads them."""
    parts = {
        (part, sex, plain(name)): forms
        for part, sex, told in (
            (Part.SURNAME, "м", names.surname_m),
            (Part.SURNAME, "ж", names.surname_f),
            (Part.FIRST, "м", names.first_m),
            (Part.FIRST, "ж", names.first_f),
        )
        for name, text in told.items()
        if (forms := forms_of(name, text))
    }
    return NameTable(parts, _forms(names.people), _forms(names.positions))


def _forms(told: Mapping[str, str]) -> dict[str, Forms]:
    return {plain(name): forms for name, text in told.items() if (forms := forms_of(name, text))}
