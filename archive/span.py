"""A copy spread over several discs: whole cases only, and every disc knows the whole set."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.durable import files_below
from archive.image import space_on_disc
from archive.pages import russian_size
from archive.volume import DiscOfSet, Volume
from docgen.core.errors import MediumFault, UsageFault
from docgen.core.findings import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

CAPACITIES = {"cd": 737_280_000, "dvd": 4_700_372_992, "bd": 25_025_314_816}
"""Bytes of an empty disc: 80 minutes of CD-R, DVD-R, single-layer BD-R."""

PAPERS = 16_000_000
"""Bytes kept free on every disc for papers, tools, lists and signatures."""


@dataclass(frozen=True, slots=True)
class Disc:
    """What goes on one disc, in the order of names."""

    number: int
    bags: tuple[Path, ...]


def capacity_of(text: str) -> int:
    """Bytes of a disc: cd, dvd, bd or a number of bytes. Raises UsageFault."""
    size = CAPACITIES.get(text.lower()) or (int(text) if text.isdecimal() else 0)
    if size <= PAPERS:
        raise UsageFault(
            f"размер диска «{text}» не понят",
            remedy=f"Можно: {', '.join(CAPACITIES)} или число байтов, больше {PAPERS}.",
        )
    return size


def bag_space(bag: Path) -> int:
    """Bytes a bag takes on a disc, estimated from above. Raises OSError."""
    return space_on_disc(status.st_size for _, status in files_below(bag))


def spread(bags: Mapping[Path, int], capacity: int) -> list[Disc]:
    """Spread whole bags of known size (bytes) over as few discs as first-fit decreasing finds.

    The same bags give the same discs; discs are numbered by their first bag. Raises MediumFault for
    a bag that no disc of this capacity holds.
    """
    room = capacity - PAPERS
    discs: list[list[Path]] = []
    free: list[int] = []
    for bag, size in sorted(bags.items(), key=lambda item: (-item[1], item[0].name)):
        if size > room:
            raise MediumFault(
                f"Дело не помещается на один диск: в нём {russian_size(size)},"
                f" на диске для дел есть {russian_size(room)}.",
                where=bag.name,
                remedy="Возьмите диск больше (--disc dvd, --disc bd): дело на части не делят.",
            )
        place = next((number for number, left in enumerate(free) if size <= left), None)
        if place is None:
            place = len(discs)
            discs.append([])
            free.append(room)
        discs[place].append(bag)
        free[place] -= size
    ordered = sorted(sorted(disc, key=lambda bag: bag.name) for disc in discs)
    return [Disc(number, tuple(disc)) for number, disc in enumerate(ordered, start=1)]


def disc_set(
    discs: Sequence[Disc], inventory_number: str, pair: uuid.UUID
) -> tuple[DiscOfSet, ...]:
    """Number the discs of a set: «Э-2/1», «Э-2/2»; a single disc keeps the number as it is.

    Their UUIDs follow from pair, number and bags, so that a stopped run goes on with the same set.
    """
    rows = []
    for disc in discs:
        number = f"{inventory_number}/{disc.number}" if len(discs) > 1 else inventory_number
        names = tuple(bag.name for bag in disc.bags)
        identity = uuid.uuid5(pair, "\n".join((number, *names)))
        rows.append(DiscOfSet(disc.number, number, identity, names))
    return tuple(rows)


def set_in_words(volume: Volume) -> str:
    """«диск 2 из 3»; empty for a medium that is no disc of several."""
    disc = volume.disc
    several = disc is not None and len(volume.discs) > 1
    return f"диск {disc.number} из {len(volume.discs)}" if disc and several else ""


def only_of_its_disc(volume: Volume, names: Iterable[str]) -> set[str]:
    """Leave those names of bags that the medium is to hold: a disc holds its part only."""
    disc = volume.disc
    return set(names) if disc is None else set(names) & {*disc.bags}


def missing_discs(volumes: Sequence[Volume]) -> list[Finding]:
    """Say which discs of a set were not shown (AR-46), once a set."""
    shown = {volume.identifier for volume in volumes}
    found: dict[str, Finding] = {}
    for volume in volumes:
        missing = [disc.inventory_number for disc in volume.discs if disc.volume not in shown]
        if missing and volume.disc is not None:
            row = finding(
                "AR-46",
                f"носитель № {volume.inventory_number}",
                number=volume.disc.number,
                count=len(volume.discs),
                missing=", ".join(missing),
            )
            found.setdefault(str(volume.discs), row)
    return list(found.values())
