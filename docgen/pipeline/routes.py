"""The way of a volume from hand to hand: who signs it as what, on paper or not (R2-R6).

The state is the files: signatures stand in the `.p7s` beside the volume, and what was signed on
paper in `signed-on-paper.json`. A person is known by the certificate: the name in it, or its
thumbprint in `[signing.roles]` of school.toml.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from docgen import russian
from docgen.core.digests import digest_file
from docgen.core.errors import Blocked, SigningFault, UsageFault
from docgen.core.findings import Finding, finding
from docgen.core.progress import Progress
from docgen.journal.model import Period
from docgen.pipeline.bind import BoundVolume, bound_volumes
from docgen.pipeline.paper_signatures import PaperSignature, add_signatures, paper_signatures
from docgen.pipeline.people import signatories
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.sign import Seal, SignedFile, kept_evidence, signature_of, trust_store
from docgen.pipeline.volume_cards import VolumeCard
from docgen.pipeline.workspace import Workspace
from signing.report import CertificateDetails, CheckName, Conclusion, Status
from signing.revocation import Evidence
from signing.trust import TrustStore, holder_name, load_certificate
from signing.verify import verify_file

NBSP = "\u00a0"
CLASS_SECTIONS = frozenset(
    {
        "Сведения о пропущенных уроках",
        "Сводная ведомость учёта посещаемости",
        "Сводная ведомость учёта успеваемости",
    }
)
"""Sections of a volume that the class teacher signs."""


class Role(StrEnum):
    """Who signs a volume, in the order they do."""

    TEACHER = "teacher"
    CLASS_TEACHER = "class-teacher"
    DEPUTY = "deputy"
    DIRECTOR = "director"

    @property
    def label(self) -> str:
        """Russian word for people."""
        return {
            "teacher": "учитель-предметник",
            "class-teacher": "классный руководитель",
            "deputy": "заместитель директора",
            "director": "директор",
        }[self]


@dataclass(frozen=True, slots=True)
class Step:
    """One signature a volume needs: as what, by whom («Фамилия И.О.», "" where unknown)."""

    role: Role
    person: str
    sheets: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A step and how it stands: «электронная», «на бумаге» or "" while it waits.

    `when` is a day; `certificate` the electronic signer's; `sound` is False when the electronic
    signature is not confirmed.
    """

    step: Step
    how: str = ""
    when: str = ""
    certificate: CertificateDetails | None = None
    sound: bool = True


@dataclass(frozen=True, slots=True)
class VolumeRoute:
    """Where a volume stands: its steps, others who signed, findings (SG-60: it was changed)."""

    volume: BoundVolume
    marks: tuple[Mark, ...]
    others: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def waiting(self) -> tuple[Step, ...]:
        """Steps nobody has taken yet, or whose signature is not confirmed, in their order."""
        return tuple(mark.step for mark in self.marks if not (mark.how and mark.sound))


def period_routes(
    workspace: Workspace, code: str, names: Sequence[str], at: dt.datetime
) -> tuple[VolumeRoute, ...]:
    """Tell of every volume of a period who has signed it and who is next.

    Raises UsageFault for an unknown period or class, or when nothing is bound yet.
    """
    with workspace.open_journal() as journal:
        period = chosen_period(journal, code)
        classes = [unit.class_id for unit in chosen_classes(journal, period, names)]
    trust, evidence = trust_store(workspace), kept_evidence(workspace)
    folder = workspace.volumes(period.year, period.code)
    volumes = bound_volumes(folder, classes)
    if not volumes:
        raise UsageFault(
            "томов этого периода ещё нет", remedy=f"Соберите их: docgen bind {period.code}."
        )
    people = _people(workspace, period, {volume.card.class_id for volume in volumes})
    papers = paper_signatures(folder)
    mapped = _mapped(workspace)
    return tuple(
        _route(volume, people[volume.card.class_id], papers, mapped, trust, evidence, at)
        for volume in volumes
    )


def _people(
    workspace: Workspace, period: Period, classes: set[str]
) -> Mapping[str, Mapping[Role, str]]:
    """Class teacher, deputy and director of each class."""
    found = {}
    with workspace.open_journal() as journal:
        for class_id in classes:
            people = signatories(workspace.profile, journal.class_journal(class_id, period.code))
            found[class_id] = {
                Role.CLASS_TEACHER: people.class_teacher,
                Role.DEPUTY: people.deputy,
                Role.DIRECTOR: people.director,
            }
    return found


def _steps(card: VolumeCard, people: Mapping[Role, str]) -> list[Step]:
    teachers: dict[str, list[str]] = {}
    for row in card.rows:
        if row.title not in CLASS_SECTIONS:
            for name in row.teacher.split(", ") if row.teacher else [""]:
                sheets = str(row.first) if row.first == row.last else f"{row.first}–{row.last}"
                teachers.setdefault(name, []).append(sheets)
    return [
        *(
            Step(Role.TEACHER, name, ", ".join(teachers[name]))
            for name in sorted(teachers, key=russian.sort_key)
        ),
        *(Step(role, people[role]) for role in people),
    ]


def _route(
    volume: BoundVolume,
    people: Mapping[Role, str],
    papers: Sequence[PaperSignature],
    mapped: Mapping[str, Role],
    trust: TrustStore,
    evidence: Evidence,
    at: dt.datetime,
) -> VolumeRoute:
    steps = _steps(volume.card, people)
    found = _Found({}, [], [])
    _electronic(volume, steps, mapped, trust, evidence, at, found)
    _on_paper(volume, steps, papers, found)
    return VolumeRoute(
        volume,
        tuple(found.marks.get(step, Mark(step)) for step in steps),
        tuple(found.others),
        tuple(found.findings),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    marks: dict[Step, Mark]
    others: list[str]
    findings: list[Finding]


def _electronic(
    volume: BoundVolume,
    steps: Sequence[Step],
    mapped: Mapping[str, Role],
    trust: TrustStore,
    evidence: Evidence,
    at: dt.datetime,
    found: _Found,
) -> None:
    """Who signed the file beside the volume, and as what."""
    signature = signature_of(volume.path)
    if not signature.is_file():
        return
    report = verify_file(volume.path, signature, trust=trust, at=at, evidence=evidence)
    for item in report.signatures:
        content = next(check for check in item.checks if check.name is CheckName.CONTENT)
        if content.status is Status.FAILED:
            found.findings.append(finding("SG-60", volume.path.name, how="электронной подписи"))
            return
        details = item.certificate
        if details is None:
            continue
        when = item.proven_at or item.claimed_at
        day = f"{when.astimezone(at.tzinfo):%d.%m.%Y}" if when else ""
        own = [step for step in steps if _is(step, details, mapped)]
        for step in own:
            sound = item.conclusion is Conclusion.TOTAL_PASSED
            found.marks[step] = Mark(step, "электронная", day, details, sound)
        if not own:
            found.others.append(details.subject)


def _on_paper(
    volume: BoundVolume, steps: Sequence[Step], papers: Sequence[PaperSignature], found: _Found
) -> None:
    """Who signed the printed volume, as it was noted."""
    own = [paper for paper in papers if paper.file == volume.path.name]
    if not own:
        return
    digest = digest_file(volume.path).sha512
    if any(paper.sha512 != digest for paper in own):
        found.findings.append(finding("SG-60", volume.path.name, how="подписи на бумаге"))
    for paper in own:
        for step in steps:
            same = (str(step.role), step.person) == (paper.role, paper.person)
            if same and paper.sha512 == digest:
                found.marks.setdefault(step, Mark(step, "на бумаге", f"{paper.day:%d.%m.%Y}"))


def _is(step: Step, details: CertificateDetails, mapped: Mapping[str, Role]) -> bool:
    """Whether this certificate takes this step."""
    role = mapped.get(details.thumbprint)
    if role is not None:
        return role is step.role
    return bool(step.person) and _short(details.holder) == russian.sort_key(step.person)


def _short(name: str) -> tuple[str, ...]:
    last, first, middle = (*name.split(maxsplit=2), "", "", "")[:3]
    return russian.sort_key(russian.initials_after(last, first, middle))


def _mapped(workspace: Workspace) -> Mapping[str, Role]:
    return {
        thumbprint: Role(role)
        for role, thumbprints in workspace.profile.signing.roles.items()
        for thumbprint in thumbprints
    }


# --- signing -----------------------------------------------------------------------------------


def sign_as(
    workspace: Workspace, found: Sequence[VolumeRoute], role: Role, seal: Seal, progress: Progress
) -> tuple[SignedFile, ...]:
    """Sign, in a role, the volumes that wait for this person; others are left alone.

    Raises Blocked when a volume was changed after a signature; SigningFault when the owner of the
    certificate has nothing to sign in this role.
    """
    changed = [item for row in found for item in row.findings]
    if changed:
        raise Blocked(
            "том изменён после подписи, поэтому не подписывается",
            remedy="Соберите том заново: docgen bind. Прежний с подписями останется в earlier.",
            findings=changed,
        )
    details = _details(seal)
    mapped = _mapped(workspace)
    own = [
        row.volume.path
        for row in found
        if any(mark.step.role is role and _is(mark.step, details, mapped) for mark in row.marks)
    ]
    if not own:
        expected = sorted(
            {mark.step.person for row in found for mark in row.marks if mark.step.role is role}
            - {""}
        )
        raise SigningFault(
            f"Сертификат выдан на имя «{details.holder}», а подписывает тома {role.label}: "
            f"{', '.join(expected).replace(NBSP, ' ') or 'никто не назван'}",
            where=details.thumbprint,
            remedy="Возьмите свой ключ или свою роль. Если в сертификате названа организация, "
            f'впишите его отпечаток в school.toml: [signing.roles] {role} = ["…"].',
        )
    return tuple(map(seal.sign, progress.track(own, title="Подпись", total=len(own))))


def _details(seal: Seal) -> CertificateDetails:
    certificate = load_certificate(seal.signer.certificate)
    return CertificateDetails(
        subject="",
        issuer="",
        serial="",
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        thumbprint=seal.signer.thumbprint,
        holder=holder_name(certificate),
    )


def note_paper(
    found: Sequence[VolumeRoute],
    role: Role,
    day: dt.date,
    *,
    person: str,
    now: dt.datetime,
) -> int:
    """Note that a role signed the printed volumes on a day; how many signatures were noted.

    Without `person` everybody of the role did. Raises UsageFault for a day to come or a person who
    has nothing to sign.
    """
    if day > now.date():
        raise UsageFault(f"день подписи {day:%d.%m.%Y} ещё не наступил")
    folder = found[0].volume.path.parent
    wanted = russian.sort_key(person)[:1] if person else ()

    def choose(standing: Sequence[PaperSignature]) -> list[PaperSignature]:
        known = {(row.file, row.sha512, row.role, row.person) for row in standing}
        rows = []
        for row in found:
            digest = _whole_volume(row.volume)
            for step in row.waiting:
                own = russian.sort_key(" ".join(step.person.split()[:1]))[:1]
                if step.role is not role or (wanted and own != wanted):
                    continue
                if (row.volume.path.name, digest, str(role), step.person) not in known:
                    rows.append(
                        PaperSignature(
                            file=row.volume.path.name,
                            sha512=digest,
                            role=str(role),
                            person=step.person,
                            day=day,
                            noted=now,
                        )
                    )
        return rows

    if not any(mark.step.role is role for item in found for mark in item.marks):
        raise UsageFault(f"{role.label} в этих томах ничего не подписывает")
    return add_signatures(folder, choose)


def _whole_volume(volume: BoundVolume) -> str:
    """SHA-512 of a volume that is still what was bound; raises Blocked for another file."""
    digest = digest_file(volume.path).sha512
    if digest != volume.card.sha512:
        raise Blocked(
            "том на диске не тот, что был собран",
            where=str(volume.path),
            remedy="Соберите его заново: docgen bind.",
        )
    return digest
