"""What the sheets of a volume say besides the journal's rows; the digest of all it is made from.

The texts come from the profile where it says, else from the journal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import docgen
from docgen import russian
from docgen.documents.class_summary_sheets import TITLE as SUMMARY_TITLE
from docgen.documents.copy import CopyContext
from docgen.journal.model import ClassJournal, Staff
from docgen.pipeline.people import signatories
from docgen.pipeline.terms import term_text
from docgen.pipeline.volume_cards import Series
from docgen.pipeline.workspace import Workspace, year_folder
from docgen.profile import Profile
from docgen.rendering.locations import shipped_templates


def blank_texts(profile: Profile) -> Mapping[str, object]:
    """What the blanks of all classes share; the margin in mm."""
    return {
        "binding": profile.print.binding_margin_mm,
        "deputy_position": profile.people.deputy_position,
        "certification": profile.norm("copy.certification").text,
        "certifying": profile.norm("copy.certifying").text,
    }


def layout_digest(workspace: Workspace) -> str:
    """Digest of all that shapes every volume alike: program, print settings, blanks."""
    profile = workspace.profile
    return _digest(
        docgen.__version__,
        (profile.print.duplex, profile.print.max_sheets_per_volume),
        blank_texts(profile),
        _templates_digest(workspace.own_templates),
    )


def making_digest(layout: str, copy: CopyContext, *more: str) -> str:
    """Digest of all one class's volume is made from: layout, texts and the journal's content."""
    # A later export of equal data makes no new volume: its moment is left out (BD-02).
    return _digest(layout, replace(copy, exported="", exported_date=""), *more)


def copy_context(profile: Profile, view: ClassJournal, content: str) -> CopyContext:
    """Texts of one class's copy, from the profile where it says, else from the journal."""
    people = signatories(profile, view)
    teacher = view.staff.get(view.unit.class_teacher_id)
    return CopyContext(
        school=profile.school.full_name or view.school.full_name,
        founder=profile.school.founder or view.school.founder,
        class_title=f"{russian.class_in_text(view.unit.class_id)} класс",
        profile=view.unit.profile,
        period_title=view.period.name,
        year_title=f"{view.period.year} учебный год",
        class_teacher=people.class_teacher,
        class_teacher_full=_full_name(teacher),
        deputy=people.deputy,
        director=people.director,
        secretary=people.secretary,
        responsible=people.print_responsible,
        case_index=case_index(profile, Series.JOURNAL),
        retention=retention_text(profile, Series.JOURNAL),
        system=view.school.system or "электронный журнал",
        exported=exported_text(view.school.exported_at),
        exported_date=exported_text(view.school.exported_at).partition(" ")[0],
        digest=content,
        identity=f"{year_folder(view.period.year)} · {view.period.name} · {view.unit.class_id}",
        columns=profile.print.columns_per_sheet,
    )


def summary_copy(profile: Profile, copy: CopyContext) -> CopyContext:
    """The texts of a class's summary sheet, a case of its own, from those of its year's copy."""
    year, _, unit = copy.identity.split(" · ")
    return replace(
        copy,
        period_title="",
        case_index=case_index(profile, Series.SUMMARY),
        retention=retention_text(profile, Series.SUMMARY),
        identity=f"{year} · сводная ведомость · {unit}",
        case_title=SUMMARY_TITLE,
        title_blank="summary-title",
    )


def case_index(profile: Profile, series: Series) -> str:
    """The index of a series' cases by the school's nomenclature."""
    archive = profile.archive
    return archive.case_index_summary if series is Series.SUMMARY else archive.case_index_journal


def retention_years(profile: Profile, series: Series) -> str:
    """«5 лет»."""
    return term_text(profile.retention[series].years)


def retention_text(profile: Profile, series: Series) -> str:
    """«5 лет, номенклатура дел школы»."""
    return f"{retention_years(profile, series)}, {profile.retention[series].article}"


def exported_text(moment: str) -> str:
    """An ISO moment as people read it: «27.06.2026 10:15»; "" stays empty."""
    day, _, time = moment.replace(" ", "T").partition("T")
    parts = day.split("-")
    if len(parts) != 3:  # noqa: PLR2004 - year, month, day
        return moment
    return ".".join(reversed(parts)) + (f" {time[:5]}" if time else "")


def _full_name(person: Staff | None) -> str:
    return " ".join(filter(None, (person.last, person.first, person.middle))) if person else ""


def _digest(*parts: object) -> str:
    return hashlib.sha256("\x00".join(repr(part) for part in parts).encode()).hexdigest()


def _templates_digest(own: Path | None) -> str:
    """Digest over all template files, shipped and own: a changed template makes new volumes."""
    running = hashlib.sha256()
    for folder in filter(None, (shipped_templates(), own)):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in {".html", ".css", ".ttf"}:
                running.update(str(path.relative_to(folder)).encode())
                running.update(hashlib.sha256(path.read_bytes()).digest())
    return running.hexdigest()
