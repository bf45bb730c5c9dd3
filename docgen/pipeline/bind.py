"""Bind a period: every class's volumes as PDF/A, each with a card that says what it was made from.

A volume whose card still fits the journal, the profile and the templates is not made again, so a
stopped run goes on where it was (R1, R5, R7).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from docgen.binding.plan import Printing, VolumePlan, plan_volumes
from docgen.binding.writer import volume_bytes
from docgen.core.digests import Digests, digest_file
from docgen.core.files import write_atomic
from docgen.core.progress import Progress
from docgen.documents.copy import CopyContext
from docgen.documents.period_copy import sections
from docgen.journal.content import content, digest
from docgen.journal.model import ClassJournal, ClassUnit, Period
from docgen.journal.store import Journal
from docgen.pipeline.printed import keep_printed
from docgen.pipeline.volume_cards import (
    VolumeCard,
    VolumeRow,
    card_path,
    read_cards,
    volume_name,
    write_card,
)
from docgen.pipeline.volume_texts import (
    blank_texts,
    copy_context,
    layout_digest,
    making_digest,
    own_templates,
)
from docgen.pipeline.workspace import Workspace
from docgen.rendering.blank import BlankBook
from docgen.rendering.fonts import open_face, shipped_faces

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:docgen:volume")
_OUTER_MARGIN_MM = 10
_POINTS_PER_MM = 72 / 25.4


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
        self._blanks = BlankBook(blank_texts(profile), own_templates(workspace))
        self._faces = {style: open_face(path) for style, path in shipped_faces().items()}
        self._layout = layout_digest(workspace)

    def bind(self, unit: ClassUnit) -> Iterator[BoundVolume]:
        view = self._journal.class_journal(unit.class_id, self._period.code)
        printed = content(view)
        copy = copy_context(self._workspace.profile, view, digest(printed))
        made_from = making_digest(self._layout, copy)
        folder = self._workspace.volumes(view.period.year, view.period.code)
        standing = _standing(folder, unit.class_id, made_from)
        if standing:
            yield from standing
            return
        for old in read_cards(folder, unit.class_id):
            _withdraw(folder, old)
        keep_printed(folder, unit.class_id, self._period.code, printed)
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
            content=copy.digest,
            made_from=made_from,
            size=digests.size,
            sha256=digests.sha256,
            sha512=digests.sha512,
            streebog256=digests.streebog256,
        )
        # The card is written last: a volume without one is made again.
        write_card(path, card)
        return BoundVolume(path, card, made=True)

    def _shared_margin(self) -> float:
        return self._workspace.profile.print.binding_margin_mm


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
    card_path(path).unlink(missing_ok=True)
    files = sorted(folder.glob(f"{path.name}*"))
    if len(files) == 1:
        files[0].unlink()
        return
    earlier = folder / "earlier" / card.made_from[:12]
    earlier.mkdir(parents=True, exist_ok=True)
    for file in files:
        file.replace(earlier / file.name)


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
