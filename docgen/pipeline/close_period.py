"""Close a period: check, bind, sign, bundle, copy, audit (R1-R6, R10).

Stopped anywhere, it goes on: every step leaves whole files or none and finds again what stands,
so the state is the files.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.audit import AuditReport, audit_media
from archive.register import Register
from archive.validation import Level
from docgen.core.errors import Blocked
from docgen.core.files import write_atomic
from docgen.core.progress import Progress
from docgen.documents.signing_list import SigningList, VolumeContents, signing_list
from docgen.journal.model import ClassUnit, Period
from docgen.pipeline.bind import BoundVolume, bind_period
from docgen.pipeline.bundle import Case, bundle_cases
from docgen.pipeline.check import PeriodCheck, check_period
from docgen.pipeline.media import open_pair, require_two_places
from docgen.pipeline.people import Signatories, signatories
from docgen.pipeline.sign import SignedFile, open_seal, sign_files
from docgen.pipeline.store import People, Stored, store_cases
from docgen.pipeline.volume_cards import Series
from docgen.pipeline.workspace import Workspace
from docgen.rendering.blank import lay_out_document

CLASS_SECTIONS = frozenset(
    {
        "Сведения о пропущенных уроках",
        "Сводная ведомость учёта посещаемости",
        "Сводная ведомость учёта успеваемости",
    }
)


@dataclass(frozen=True, slots=True)
class Closed:
    """All a closed period left, for the summary."""

    check: PeriodCheck
    volumes: tuple[BoundVolume, ...]
    signed: tuple[SignedFile, ...]
    cases: tuple[Case, ...]
    stored: Stored
    audit: AuditReport
    signing: SigningList
    signing_file: Path


def close_period(
    workspace: Workspace,
    period: Period,
    units: Sequence[ClassUnit],
    media_folders: Sequence[Path],
    *,
    confirmation: str | None,
    now: dt.datetime,
    progress: Progress,
) -> Closed:
    """Run the whole chain for the classes; raises Blocked when the check or the audit does."""
    seal = open_seal(workspace, now)
    require_two_places(media_folders, confirmation)
    check = check_period(workspace, period, units, progress)
    if check.blocked:
        raise Blocked(
            "проверка нашла то, с чем печатать нельзя",
            where=f"{period.name}, классы: {', '.join(check.classes)}",
            remedy="Исправьте в электронном журнале, выгрузите и загрузите снова: docgen import. "
            "Предупреждение можно принять: docgen check --acknowledge КОД --reason «…».",
            findings=check.blocking,
        )
    people, signing_people = _people(workspace, period, units)
    media = open_pair(media_folders, workspace, people.school, now)
    volumes = bind_period(workspace, period, units, progress)
    signed = sign_files([volume.path for volume in volumes], seal, progress)
    signing, signing_file = _signing_list(workspace, period, volumes, people, signing_people)
    cases = bundle_cases(workspace, period, units, volumes, seal, progress)
    stored = store_cases(
        workspace,
        period,
        cases,
        media,
        seal,
        people,
        check.tasks,
        confirmation=confirmation,
        progress=progress,
    )
    audit = audit_media(
        stored.media,
        level=Level.FULL,
        register=Register(workspace.register_file),
        progress=progress,
        now=now,
    )
    if not audit.passed:
        raise Blocked(
            "копии записаны, но проверка носителей нашла расхождения",
            remedy="Не отдавайте носители. Проверьте каждый: docgen archive audit НОСИТЕЛЬ --full.",
            findings=audit.all_findings,
        )
    return Closed(check, volumes, signed, cases, stored, audit, signing, signing_file)


def _people(
    workspace: Workspace, period: Period, units: Sequence[ClassUnit]
) -> tuple[People, dict[str, Signatories]]:
    with workspace.open_journal() as journal:
        views = {
            unit.class_id: signatories(
                workspace.profile, journal.class_journal(unit.class_id, period.code)
            )
            for unit in units
        }
        school = journal.school()
    first = next(iter(views.values()))
    settings = workspace.profile.school
    return (
        People(
            school=settings.full_name or (school.full_name if school else ""),
            city=settings.city or (school.city if school else ""),
            deputy=first.deputy,
            secretary=first.secretary,
            director=first.director,
        ),
        views,
    )


def _signing_list(
    workspace: Workspace,
    period: Period,
    volumes: Sequence[BoundVolume],
    people: People,
    signing_people: dict[str, Signatories],
) -> tuple[SigningList, Path]:
    """Who signs which sheets, as data and as a PDF to print."""
    contents = [
        VolumeContents(
            class_id=volume.card.class_id,
            volume=volume.card.volume,
            volumes=volume.card.volumes,
            class_teacher=signing_people[volume.card.class_id].class_teacher,
            rows=volume.card.rows,
            class_sections=CLASS_SECTIONS,
            case="" if volume.card.series is Series.JOURNAL else "сводная ведомость за год",
        )
        for volume in volumes
    ]
    paper = signing_list(
        people.school,
        f"{period.name}, {period.year} учебный год",
        contents,
        {"deputy": people.deputy, "director": people.director, "secretary": people.secretary},
    )
    path = workspace.out(period.year, period.code) / "signing-list.pdf"
    write_atomic(path, lay_out_document("signing-list", {"signing": paper}, workspace.templates))
    return paper, path
