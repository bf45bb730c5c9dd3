"""Whom a stranger with a medium in his hands is to ask, and who comes after the school."""

from __future__ import annotations

import datetime as dt

from docgen.documents.house import Official, Organisation
from docgen.pipeline.house import house
from docgen.pipeline.people import officials
from docgen.pipeline.workspace import Workspace


def contact_of(workspace: Workspace, school: str, today: dt.date) -> str:
    """One line: the keeper acts and passport name, where the school is, its founder.

    Without a journal the settings alone speak; `school` stands in where nobody is known.
    """
    profile = workspace.profile
    if workspace.journal_file.is_file():
        with workspace.open_journal() as journal:
            told = house(profile, journal, today)
        organisation, offices = told.organisation, told.officials
    else:
        own = profile.school
        organisation = Organisation(own.full_name, founder=own.founder, address=own.address)
        offices = officials(profile, "", {})
    parts = (
        _named(offices["secretary"]) or _named(offices["director"]),
        organisation.address,
        organisation.phone and f"тел. {organisation.phone}",
        organisation.email,
    )
    line = ", ".join(filter(None, parts)) or school
    if organisation.founder:
        line = f"{line}. Если школы уже нет: учредитель – {organisation.founder}"
    return line


def _named(keeper: Official) -> str:
    person = keeper.person
    if person is None:
        return ""
    name = " ".join(filter(None, (person.last, person.first, person.middle)))
    return f"{keeper.office} {name}"
