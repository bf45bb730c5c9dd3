"""Bind a period: every class's volumes as PDF/A, each with a card that says what it was made from.

A volume whose card still fits the journal, the profile and the templates is not made again, so a
stopped run goes on where it was (R1, R5, R7).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import docgen
from docgen import russian
from docgen.binding.plan import Printing, VolumePlan, plan_volumes
from docgen.binding.writer import volume_bytes
from docgen.core.digests import Digests, digest_file
from docgen.core.files import write_atomic
from docgen.core.progress import Progress
from docgen.documents.copy import CopyContext
from docgen.documents.period_copy import sections
from docgen.journal.model import ClassJournal, ClassUnit, Period, Staff
from docgen.journal.store import Journal
from docgen.journal.view import digest as content_digest
from docgen.pipeline.people import signatories
from docgen.pipeline.workspace import Workspace, class_slug, year_folder
from docgen.profile import Profile
from docgen.rendering.blank import BlankBook
from docgen.rendering.fonts import open_face, shipped_faces
from docgen.rendering.locations import shipped_templates

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:docgen:volume")
_OUTER_MARGIN_MM = 10
_POINTS_PER_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """A section of a volume: title, teacher, first and last sheet."""

    title: str
    teacher: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class VolumeCard:
    """What is known of a bound volume; kept beside it as JSON.

    `made_from` is the digest of journal, profile and templates together; sizes are bytes, digests
    hexadecimal.
    """

    file: str
    identity: str
    title: str
    class_id: str
    period: str
    year: str
    volume: int
    volumes: int
    sheets: int
    inventory_sheets: int
    pages: int
    rows: tuple[VolumeRow, ...]
    made_from: str
    size: int
    sha256: str
    sha512: str
    streebog256: str


@dataclass(frozen=True, slots=True)
class BoundVolume:
    """A volume that stands: its file, its card, and whether this run made it."""

    path: Path
    card: VolumeCard
    made: bool


def bind_period(
    workspace: Workspace, period: Period, units: Sequence[ClassUnit], progress: Progress
) -> tuple[BoundVolume, ...]:
    """Make the volumes of the classes, or find them made; raises TemplateFault, OSError."""
    journal = workspace.open_journal()
    binder = _Binder(workspace, journal, period)
    return tuple(
        volume
        for unit in progress.track(units, title="Печать и переплёт", total=len(units))
        for volume in binder.bind(unit)
    )


class _Binder:
    """What the binding of all classes shares: blanks, faces, printing, digests of templates."""

    def __init__(self, workspace: Workspace, journal: Journal, period: Period) -> None:
        profile = workspace.profile
        self._workspace = workspace
        self._journal = journal
        self._period = period
        self._printing = Printing(
            duplex=profile.print.duplex, max_sheets=profile.print.max_sheets_per_volume
        )
        self._shared = {
            "binding": profile.print.binding_margin_mm,
            "deputy_position": profile.people.deputy_position,
            "certification": profile.norm("copy.certification").text,
            "certifying": profile.norm("copy.certifying").text,
        }
        own = workspace.templates if workspace.templates.is_dir() else None
        self._blanks = BlankBook(self._shared, own)
        self._faces = {style: open_face(path) for style, path in shipped_faces().items()}
        self._layout = _digest(
            docgen.__version__, self._printing, self._shared, _templates_digest(own)
        )

    def bind(self, unit: ClassUnit) -> Iterator[BoundVolume]:
        view = self._journal.class_journal(unit.class_id, self._period.code)
        content = content_digest(view)
        copy = copy_context(self._workspace.profile, view, content)
        # A later export of equal data makes no new volume: its moment is left out (BD-02).
        made_from = _digest(self._layout, replace(copy, exported="", exported_date=""))
        folder = self._workspace.volumes(view.period.year, view.period.code)
        standing = _standing(folder, unit.class_id, made_from)
        if standing:
            yield from standing
            return
        for old in read_cards(folder, unit.class_id):
            _withdraw(folder, old)
        plans = plan_volumes(
            sections(view, copy),
            copy,
            self._blanks,
            self._faces,
            self._printing,
            lambda volume, volumes, sheets: _code(view, copy, volume, volumes, sheets),
        )
        for plan in plans:
            yield self._write(folder, plan, view, copy, made_from)

    def _write(
        self, folder: Path, plan: VolumePlan, view: ClassJournal, copy: CopyContext, made_from: str
    ) -> BoundVolume:
        shift = (self._shared_margin() - _OUTER_MARGIN_MM) * _POINTS_PER_MM
        path = folder / volume_name(view.unit.class_id, view.period.code, plan.number)
        write_atomic(path, volume_bytes(plan, self._faces, mirror_shift=shift))
        digests: Digests = digest_file(path)
        card = VolumeCard(
            file=path.name,
            identity=_identity(view, copy, plan.number).urn,
            title=plan.title,
            class_id=view.unit.class_id,
            period=view.period.code,
            year=view.period.year,
            volume=plan.number,
            volumes=plan.volumes,
            sheets=plan.sheets,
            inventory_sheets=plan.inventory_sheets,
            pages=len(plan.pages),
            rows=tuple(VolumeRow(row.title, row.note, row.first, row.last) for row in plan.rows),
            made_from=made_from,
            size=digests.size,
            sha256=digests.sha256,
            sha512=digests.sha512,
            streebog256=digests.streebog256,
        )
        # The card is written last: a volume without one is made again.
        write_atomic(_card_path(path), json.dumps(asdict(card), ensure_ascii=False, indent=1))
        return BoundVolume(path, card, made=True)

    def _shared_margin(self) -> float:
        return self._workspace.profile.print.binding_margin_mm


def copy_context(profile: Profile, view: ClassJournal, content: str) -> CopyContext:
    """Texts of one class's copy, from the profile where it says, else from the journal."""
    people = signatories(profile, view)
    retention = profile.retention["journal"]
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
        case_index=profile.archive.case_index_journal,
        retention=f"{retention.years} {russian.plural(retention.years, 'год', 'года', 'лет')}"
        + (f", {retention.article}" if retention.article else ""),
        system=view.school.system or "электронный журнал",
        exported=exported_text(view.school.exported_at),
        exported_date=exported_text(view.school.exported_at).partition(" ")[0],
        digest=content,
        identity=f"{year_folder(view.period.year)} · {view.period.name} · {view.unit.class_id}",
        columns=profile.print.columns_per_sheet,
    )


def exported_text(moment: str) -> str:
    """An ISO moment as people read it: «27.06.2026 10:15»; "" stays empty."""
    day, _, time = moment.replace(" ", "T").partition("T")
    parts = day.split("-")
    if len(parts) != 3:  # noqa: PLR2004 - year, month, day
        return moment
    return ".".join(reversed(parts)) + (f" {time[:5]}" if time else "")


def _full_name(person: Staff | None) -> str:
    return " ".join(filter(None, (person.last, person.first, person.middle))) if person else ""


def volume_name(class_id: str, period: str, number: int) -> str:
    """File name of a volume, fit for a medium: 09a_q1_v1.pdf."""
    return f"{class_slug(class_id)}_{period.lower()}_v{number}.pdf"


def read_cards(folder: Path, class_id: str | None = None) -> tuple[VolumeCard, ...]:
    """Cards of the volumes in a folder, of one class or of all; unreadable ones count as absent."""
    cards = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            row = json.loads(path.read_bytes())
            rows = tuple(VolumeRow(**item) for item in row.pop("rows"))
            card = VolumeCard(**row, rows=rows)
        except (ValueError, TypeError, KeyError):
            continue
        if class_id is None or card.class_id == class_id:
            cards.append(card)
    return tuple(sorted(cards, key=lambda card: (card.file, card.volume)))


def bound_volumes(folder: Path, class_ids: Sequence[str]) -> tuple[BoundVolume, ...]:
    """Volumes that stand in a folder for these classes."""
    return tuple(
        BoundVolume(folder / card.file, card, made=False)
        for class_id in class_ids
        for card in read_cards(folder, class_id)
    )


def _standing(folder: Path, class_id: str, made_from: str) -> tuple[BoundVolume, ...]:
    """The class's volumes if all stand, whole, made from just this; else nothing."""
    cards = read_cards(folder, class_id)
    if not cards or {card.volume for card in cards} != set(range(1, cards[0].volumes + 1)):
        return ()
    for card in cards:
        path = folder / card.file
        if card.made_from != made_from or not path.is_file():
            return ()
        if digest_file(path).sha512 != card.sha512:
            return ()
    return tuple(BoundVolume(folder / card.file, card, made=False) for card in cards)


def _withdraw(folder: Path, card: VolumeCard) -> None:
    """Put a volume that no longer fits the journal aside with its signatures (BD-02).

    An unsigned one is nobody's document and goes; a signed one stays in `earlier/`, under the
    digest of what it was made from.
    """
    path = folder / card.file
    _card_path(path).unlink(missing_ok=True)
    files = sorted(folder.glob(f"{path.name}*"))
    if len(files) == 1:
        files[0].unlink()
        return
    earlier = folder / "earlier" / card.made_from[:12]
    earlier.mkdir(parents=True, exist_ok=True)
    for file in files:
        file.replace(earlier / file.name)


def _card_path(volume: Path) -> Path:
    return volume.with_suffix(".json")


def _identity(view: ClassJournal, copy: CopyContext, volume: int) -> uuid.UUID:
    name = "|".join(
        (
            view.school.school_id,
            view.period.year,
            view.period.code,
            view.unit.class_id,
            str(volume),
            copy.digest,
        )
    )
    return uuid.uuid5(_NAMESPACE, name)


def _code(view: ClassJournal, copy: CopyContext, volume: int, volumes: int, sheets: int) -> str:
    """The QR code: what a volume on the shelf is, readable by any telephone."""
    return "\n".join(
        (
            _identity(view, copy, volume).urn,
            copy.unit,
            f"том {volume} из {volumes}, листов {sheets}",
            f"данные {copy.digest[:16]}",
        )
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256("\x00".join(repr(part) for part in parts).encode()).hexdigest()


@cache
def _templates_digest(own: Path | None) -> str:
    """Digest over all template files, shipped and own: a changed template makes new volumes."""
    running = hashlib.sha256()
    for folder in filter(None, (shipped_templates(), own)):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in {".html", ".css", ".ttf"}:
                running.update(str(path.relative_to(folder)).encode())
                running.update(hashlib.sha256(path.read_bytes()).digest())
    return running.hexdigest()
