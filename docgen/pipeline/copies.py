"""Copy finished cases to two targets: two folders, or a folder and discs as images (R10, R11)."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.faults import told_as_medium_fault
from archive.image import Image, check_sum, standing_image, write_image
from archive.medium import VOLUME_FILE, Medium, open_medium, prepare_medium
from archive.parity import require_parity
from archive.span import Disc, bag_space, capacity_of, disc_set, spread
from archive.unpacked import unpacked
from archive.volume import DiscOfSet, Role
from docgen.core.errors import MediumFault, UsageFault
from docgen.core.files import fsync_folder
from docgen.core.progress import Progress
from docgen.journal.model import Period
from docgen.journal.preflight import Task
from docgen.pipeline.archived import ArchivedCase, archived_cases, current
from docgen.pipeline.check import check_period
from docgen.pipeline.close_period import people_of
from docgen.pipeline.house import house
from docgen.pipeline.images import IMAGE, note_image
from docgen.pipeline.media import (
    open_one,
    open_pair,
    require_place_and_disc,
    require_two_places,
)
from docgen.pipeline.school_years import whole_year
from docgen.pipeline.scope import chosen_period
from docgen.pipeline.sign import Seal, open_seal
from docgen.pipeline.store import People, store_cases
from docgen.pipeline.workspace import Workspace

__all__ = ["Copied", "DiscTarget", "capacity_of", "copy_cases"]


@dataclass(frozen=True, slots=True)
class DiscTarget:
    """An image as one of the two targets; `capacity` in bytes, None for one image of any size."""

    out: Path
    inventory: str
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Copied:
    """What the copying left: acts that were written, and the images, in the order of discs."""

    cases: int
    acts: tuple[Path, ...]
    images: tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Cases that one act hands over, with what it has to say; `tasks` is None for papers."""

    period: Period
    bags: tuple[Path, ...]
    people: People
    tasks: tuple[Task, ...] | None


@dataclass(frozen=True, slots=True)
class _Run:
    """One copying: what all its steps need."""

    workspace: Workspace
    batches: tuple[_Batch, ...]
    seal: Seal
    confirmation: str | None
    parity: int
    progress: Progress

    def store(
        self, bags: Sequence[Path], media: tuple[Medium, Medium], image: Path | None = None
    ) -> list[Path]:
        """Bring bags to both media, period by period; returns the acts that were written."""
        acts = []
        for batch in self.batches:
            own = [bag for bag in batch.bags if bag in bags]
            if own:
                stored = store_cases(
                    self.workspace,
                    batch.period,
                    own,
                    media,
                    self.seal,
                    batch.people,
                    batch.tasks,
                    confirmation=self.confirmation,
                    parity=self.parity,
                    image=image,
                    progress=self.progress,
                )
                acts += [stored.act] if stored.act else []
        return acts


def copy_cases(
    workspace: Workspace,
    codes: Sequence[str],
    folders: Sequence[Path],
    disc: DiscTarget | None,
    *,
    confirmation: str | None,
    parity: int = 0,
    now: dt.datetime,
    who: str,
    progress: Progress,
) -> Copied:
    """Copy the cases of the named periods, or of all, to two folders or to a folder and discs.

    A stopped run goes on when it is called again. Raises UsageFault when no case stands, and what
    `store_cases` and `write_image` raise.
    """
    if parity:
        require_parity(parity)
    _require_places(folders, disc, confirmation)
    seal = open_seal(workspace, now)
    batches = _batches(workspace, codes, now, progress)
    run = _Run(workspace, batches, seal, confirmation, parity, progress)
    bags = [bag for batch in batches for bag in batch.bags]
    school = batches[0].people.school
    if disc is None:
        acts = run.store(bags, open_pair(folders, workspace, school, now))
        return Copied(len(bags), tuple(acts), ())
    folder = open_one(folders[0], workspace, school, now)
    discs = _discs(bags, disc)
    names = disc_set(discs, disc.inventory, folder.read().pair)
    acts = []
    images = []
    for part, name in zip(discs, names, strict=True):
        out = disc.out if len(discs) == 1 else _numbered(disc.out, part.number)
        image = _standing(out, name)
        if image is None:
            medium = _stage(out, name, names, folder, now)
            acts += run.store(part.bags, (folder, medium), out)
            image = write_image(medium, out, capacity=disc.capacity)
            note_image(workspace, image, IMAGE, at=now, who=who)
        _clear(_stage_of(out))  # of a stopped run, too
        images.append(image)
    return Copied(len(bags), tuple(acts), tuple(images))


def _require_places(
    folders: Sequence[Path], disc: DiscTarget | None, confirmation: str | None
) -> None:
    if disc is None:
        require_two_places(folders, confirmation)
    elif len(folders) != 1:
        raise UsageFault(
            f"рядом с образом диска нужен один носитель, а указано: {len(folders)}",
            remedy="Повторите команду: --media ПАПКА --image ФАЙЛ.iso.",
        )
    else:
        require_place_and_disc(folders[0], disc.out, confirmation)


def _batches(
    workspace: Workspace, codes: Sequence[str], now: dt.datetime, progress: Progress
) -> tuple[_Batch, ...]:
    """The newest editions of the cases by period; raises UsageFault when there is nothing."""
    cases = current(archived_cases(workspace, ()))
    with workspace.open_journal() as journal:
        periods = [chosen_period(journal, code) for code in codes] or list(journal.periods())
        units = {period.code: journal.classes_of(period.code) for period in periods}
        office = People.of(house(workspace.profile, journal, now.date()))
    batches = []
    for period in periods:
        bags = tuple(
            case.bag
            for case in cases
            if not case.documents
            and (case.card["year"], case.card["period"]) == (period.year, period.code)
        )
        if bags:
            check = check_period(workspace, period, units[period.code], progress)
            people, _ = people_of(workspace, period, units[period.code])
            batches.append(_Batch(period, bags, people, check.tasks))
    wanted = {(period.year, period.code) for period in periods} if codes else None
    batches += _papers(cases, wanted, office)
    if not batches:
        raise UsageFault(
            "собранных дел нет, копировать нечего",
            where=str(workspace.bundles),
            remedy="Сначала соберите и подпишите их: docgen close ПЕРИОД.",
        )
    return tuple(batches)


def _papers(
    cases: Sequence[ArchivedCase], wanted: Container[tuple[str, str]] | None, office: People
) -> list[_Batch]:
    """The cases of papers, year by year; those of years whose journal is put aside are not lost."""
    years: dict[tuple[str, str], list[ArchivedCase]] = defaultdict(list)
    for case in cases:
        if case.documents:
            years[case.card["year"], case.card["period"]].append(case)
    return [
        _Batch(whole_year(of[0]), tuple(case.bag for case in own), office, None)
        for of, own in sorted(years.items())
        if wanted is None or of in wanted
    ]


def _discs(bags: Sequence[Path], disc: DiscTarget) -> list[Disc]:
    if disc.capacity is None:
        return [Disc(1, tuple(sorted(bags, key=lambda bag: bag.name)))]
    return spread({bag: bag_space(bag) for bag in bags}, disc.capacity)


def _numbered(out: Path, number: int) -> Path:
    """«archive.iso» of disc 2: archive-2.iso."""
    return out.with_name(f"{out.stem}-{number}{out.suffix}")


def _standing(out: Path, name: DiscOfSet) -> Image | None:
    """Find the image a stopped run has finished; another one of that name stays untouched."""
    if not out.exists():
        return None
    with unpacked(out) as disc:
        identifier, sound = disc.medium.read().identifier, not disc.findings
    if identifier != name.volume or not sound or check_sum(out):
        raise MediumFault(
            "Под этим именем уже лежит другой или испорченный образ.",
            where=str(out),
            remedy="Дайте новому образу другое имя: --image ДРУГОЕ.iso.",
        )
    return standing_image(out)


def _stage(
    out: Path, name: DiscOfSet, names: tuple[DiscOfSet, ...], folder: Medium, now: dt.datetime
) -> Medium:
    """Prepare the medium in a folder beside its image, or find that of a stopped run."""
    stage = _stage_of(out)
    with told_as_medium_fault(f"папка для образа {stage}"):
        stage.mkdir(exist_ok=True)
    if (stage / VOLUME_FILE).is_file():
        medium = open_medium(stage)
        if medium.identifier != name.volume:
            raise MediumFault(
                "От прежнего запуска осталась папка другого диска.",
                where=str(stage),
                remedy="Уберите её и повторите команду: готовые образы и дела не пострадают.",
            )
        return medium
    card = folder.read()
    return prepare_medium(
        stage,
        inventory_number=name.inventory_number,
        role=Role.WORKING if card.role is Role.PRIMARY else Role.PRIMARY,
        pair=card.pair,
        organisation=card.organisation,
        contact=card.contact,
        now=now,
        identifier=name.volume,
        discs=names,
    )


def _stage_of(out: Path) -> Path:
    """Name the folder a disc is put together in, on the same disk as its image."""
    return out.with_name(f".{out.name}.medium")


def _clear(stage: Path) -> None:
    """Remove the folder once its image stands: cases hold personal data."""
    if stage.is_dir():
        with told_as_medium_fault(f"папка для образа {stage}"):
            shutil.rmtree(stage)
            fsync_folder(stage.parent)
