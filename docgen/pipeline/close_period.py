"""Close a period: check, bind, sign, bundle, copy, audit (R1-R6, R10).

Stopped anywhere, it goes on: every step leaves whole files or none and finds again what stands,
so the state is the files.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from archive.audit import AuditReport, audit_media
from archive.medium import Medium
from archive.parity import require_parity
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
from docgen.pipeline.routes import CLASS_SECTIONS
from docgen.pipeline.sign import (
    Seal,
    SignedFile,
    broken_seal,
    open_seal,
    sign_files,
    trust_store,
)
from docgen.pipeline.store import People, Stored, store_cases
from docgen.pipeline.volume_cards import Series
from docgen.pipeline.workspace import Workspace
from docgen.rendering.blank import lay_out_document


@dataclass(frozen=True, slots=True)
class Kept:
    """All that storing a period left."""

    check: PeriodCheck
    volumes: tuple[BoundVolume, ...]
    signed: tuple[SignedFile, ...]
    cases: tuple[Case, ...]
    stored: Stored
    signing: SigningList
    signing_file: Path


@dataclass(frozen=True, slots=True)
class Closed(Kept):
    """A closed period: what was stored, and that both media hold it."""

    audit: AuditReport


def close_period(
    workspace: Workspace,
    period: Period,
    units: Sequence[ClassUnit],
    media_folders: Sequence[Path],
    *,
    confirmation: str | None,
    parity: int = 0,
    now: dt.datetime,
    who: str,
    progress: Progress,
) -> Closed:
    """Run the whole chain for the classes; raises Blocked when the check or the audit does.

    `parity` is the percentage of recovery data to lay beside the cases, 0 for none.
    """
    if parity:
        require_parity(parity)
    seal = open_seal(workspace, now)
    require_two_places(media_folders, confirmation)
    check = clean_check(workspace, period, units, progress)
    kept = store_period(
        workspace,
        check,
        units,
        media_folders,
        seal,
        confirmation=confirmation,
        parity=parity,
        progress=progress,
    )
    audit = sound_audit(workspace, kept.stored.media, now, who, progress)
    return Closed(**{item.name: getattr(kept, item.name) for item in fields(kept)}, audit=audit)


def clean_check(
    workspace: Workspace, period: Period, units: Sequence[ClassUnit], progress: Progress
) -> PeriodCheck:
    """Check a period; raises Blocked with what it must not be printed with."""
    check = check_period(workspace, period, units, progress)
    if check.blocked:
        raise Blocked(
            "проверка нашла то, с чем печатать нельзя",
            where=f"{period.name}, классы: {', '.join(check.classes)}",
            remedy="Исправьте в электронном журнале, выгрузите и загрузите снова: docgen import. "
            "Предупреждение можно принять: docgen check --acknowledge КОД --reason «…».",
            findings=check.blocking,
        )
    return check


def store_period(
    workspace: Workspace,
    check: PeriodCheck,
    units: Sequence[ClassUnit],
    media_folders: Sequence[Path],
    seal: Seal,
    *,
    confirmation: str | None,
    parity: int,
    progress: Progress,
) -> Kept:
    """Bind, sign, bundle and copy what the check let pass; the media are not audited here."""
    period = check.period
    people, signing_people = people_of(workspace, period, units)
    media = open_pair(media_folders, workspace, people.school, seal.at)
    volumes = bind_period(workspace, period, units, progress)
    signed = sign_files([volume.path for volume in volumes], seal, progress)
    signing, signing_file = _signing_list(workspace, period, volumes, people, signing_people)
    cases = bundle_cases(workspace, period, units, volumes, seal, progress)
    stored = store_cases(
        workspace,
        period,
        [case.bag.path for case in cases],
        media,
        seal,
        people,
        check.tasks,
        confirmation=confirmation,
        parity=parity,
        progress=progress,
    )
    return Kept(check, volumes, signed, cases, stored, signing, signing_file)


def sound_audit(
    workspace: Workspace, media: Sequence[Medium], now: dt.datetime, who: str, progress: Progress
) -> AuditReport:
    """Read both media whole; raises Blocked when they are not what was written."""
    trust = trust_store(workspace)
    audit = audit_media(
        media,
        level=Level.FULL,
        register=Register(workspace.register_file),
        broken=lambda path: broken_seal(path, trust, now),
        progress=progress,
        now=now,
        who=who,
    )
    if not audit.passed:
        raise Blocked(
            "копии записаны, но проверка носителей нашла расхождения",
            remedy="Не отдавайте носители. Проверьте каждый: docgen archive audit НОСИТЕЛЬ --full.",
            findings=audit.all_findings,
        )
    return audit


def people_of(
    workspace: Workspace, period: Period, units: Sequence[ClassUnit]
) -> tuple[People, dict[str, Signatories]]:
    """Who stands in the papers of the archive, and who signs for each class."""
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
