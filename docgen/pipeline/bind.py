"""Bind a period: every class's volumes as PDF/A, each with a card that says what it was made from.

A volume whose card still fits the journal, the profile and the templates is not made again, so a
stopped run goes on where it was (R1, R5, R7).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from docgen.binding.plan import Printing, VolumePlan, plan_volumes
from docgen.binding.writer import volume_bytes
from docgen.core.digests import Digests, digest_file
from docgen.core.files import write_atomic
from docgen.core.progress import Progress
from docgen.documents.class_summary_sheets import SummaryLayout, summary_sections
from docgen.documents.copy import CopyContext
from docgen.documents.period_copy import sections
from docgen.journal.codes import PeriodKind
from docgen.journal.content import content, digest
from docgen.journal.model import ClassJournal, ClassUnit, Period
from docgen.journal.store import Journal
from docgen.pipeline.paper_signatures import paper_signatures, take_along
from docgen.pipeline.printed import keep_printed
from docgen.pipeline.volume_cards import (
    Series,
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
    summary_copy,
)
from docgen.pipeline.workspace import Workspace
from docgen.rendering.blank import BlankBook
from docgen.rendering.fonts import open_face, shipped_faces
from docgen.rendering.sheet import Section

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:docgen:volume")
_OUTER_MARGIN_MM = 10
_POINTS_PER_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class BoundVolume:
    """A volume that stands: its file, its card, and whether this run made it."""

    path: Path
    card: VolumeCard
    made: bool


@dataclass(frozen=True, slots=True)
class _Work:
    """A class's volumes of one series to be made: the journal, its texts, the digest of all."""

    series: Series
    view: ClassJournal
    copy: CopyContext
    made_from: str

    def identity(self, volume: int) -> uuid.UUID:
        """The identity of a volume: the same for the same data, another for each series."""
        parts = [
            self.view.school.school_id,
            self.view.period.year,
            self.view.period.code,
            self.view.unit.class_id,
            str(volume),
            self.copy.digest,
        ]
        if self.series is not Series.JOURNAL:
            parts.append(self.series)
        return uuid.uuid5(_NAMESPACE, "|".join(parts))

    def code(self, volume: int, volumes: int, sheets: int) -> str:
        """The QR code: what a volume on the shelf is, readable by any telephone."""
        of = "" if self.series is Series.JOURNAL else f"{self.copy.case_title}: "
        return "\n".join(
            (
                self.identity(volume).urn,
                of + self.copy.unit,
                f"том {volume} из {volumes}, листов {sheets}",
                f"данные {self.copy.digest[:16]}",
            )
        )


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
        self._blanks = BlankBook(blank_texts(profile), workspace.own_templates)
        self._faces = {style: open_face(path) for style, path in shipped_faces().items()}
        self._layout = layout_digest(workspace)

    def bind(self, unit: ClassUnit) -> Iterator[BoundVolume]:
        """The volumes of a class's journal, and at the year's end of its summary sheet (R8)."""
        view = self._journal.class_journal(unit.class_id, self._period.code)
        printed = content(view)
        profile = self._workspace.profile
        copy = copy_context(profile, view, digest(printed))
        made_from = making_digest(self._layout, copy)
        work = _Work(Series.JOURNAL, view, copy, made_from)
        yield from self._volumes(work, lambda: sections(view, copy), printed)
        if self._period.kind is PeriodKind.YEAR:
            layout = SummaryLayout(profile.print.summary_layout)
            own = summary_copy(profile, copy)
            work = _Work(Series.SUMMARY, view, own, making_digest(self._layout, own, layout))
            yield from self._volumes(work, lambda: summary_sections(view, own, layout))

    def _volumes(
        self, work: _Work, sections: Callable[[], Sequence[Section]], printed: bytes | None = None
    ) -> Iterator[BoundVolume]:
        """Find the volumes of a series standing, or make them; `printed` is kept beside them."""
        class_id, folder = work.view.unit.class_id, self._folder(work.view)
        standing = _standing(folder, class_id, work)
        if standing:
            yield from standing
            return
        for old in read_cards(folder, class_id, work.series):
            _withdraw(folder, old)
        if printed is not None:
            keep_printed(folder, class_id, self._period.code, printed)
        plans = plan_volumes(
            sections(), work.copy, self._blanks, self._faces, self._printing, work.code
        )
        for plan in plans:
            yield self._write(folder, plan, work)

    def _folder(self, view: ClassJournal) -> Path:
        return self._workspace.volumes(view.period.year, view.period.code)

    def _write(self, folder: Path, plan: VolumePlan, work: _Work) -> BoundVolume:
        shift = (self._shared_margin() - _OUTER_MARGIN_MM) * _POINTS_PER_MM
        period, class_id = work.view.period, work.view.unit.class_id
        path = folder / volume_name(class_id, period.code, plan.number, work.series)
        write_atomic(path, volume_bytes(plan, self._faces, mirror_shift=shift))
        digests: Digests = digest_file(path)
        card = VolumeCard(
            file=path.name,
            identity=work.identity(plan.number).urn,
            title=plan.title,
            class_id=class_id,
            period=period.code,
            year=period.year,
            volume=plan.number,
            volumes=plan.volumes,
            sheets=plan.sheets,
            inventory_sheets=plan.inventory_sheets,
            pages=len(plan.pages),
            rows=tuple(VolumeRow(row.title, row.note, row.first, row.last) for row in plan.rows),
            content=work.copy.digest,
            made_from=work.made_from,
            series=work.series,
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
    """Volumes of every series that stand in a folder for these classes."""
    return tuple(
        BoundVolume(folder / card.file, card, made=False)
        for class_id in class_ids
        for series in Series
        for card in read_cards(folder, class_id, series)
    )


def _standing(folder: Path, class_id: str, work: _Work) -> tuple[BoundVolume, ...]:
    """The class's volumes of the series if all stand, whole, made from just this; else nothing."""
    cards = read_cards(folder, class_id, work.series)
    if not cards or {card.volume for card in cards} != set(range(1, cards[0].volumes + 1)):
        return ()
    for card in cards:
        path = folder / card.file
        if card.made_from != work.made_from or not path.is_file():
            return ()
        if digest_file(path).sha512 != card.sha512:
            return ()
    return tuple(BoundVolume(folder / card.file, card, made=False) for card in cards)


def _withdraw(folder: Path, card: VolumeCard) -> None:
    """Put a volume that no longer fits the journal aside with its signatures (BD-02).

    An unsigned one is nobody's document and goes; one signed by a key or on paper stays in
    `earlier/`, under the digest of what it was made from.
    """
    path = folder / card.file
    card_path(path).unlink(missing_ok=True)
    files = sorted((*folder.glob(f"{path.name}*"), *folder.glob(f"{path.stem}_ep.pdf")))
    on_paper = any(row.file == path.name for row in paper_signatures(folder))
    if len(files) == 1 and not on_paper:
        files[0].unlink()
        return
    earlier = folder / "earlier" / card.made_from[:12]
    earlier.mkdir(parents=True, exist_ok=True)
    take_along(folder, path.name, earlier)
    for file in files:
        file.replace(earlier / file.name)
