"""What `volume.json` says of a medium: who it is, and which bags it holds."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from archive.devices import Verdict

FORMAT = "docgen-volume/1"


class Role(StrEnum):
    """Which of the two copies a medium carries (Росархив, order № 77 of 31.07.2023)."""

    PRIMARY = "primary"
    WORKING = "working"

    @property
    def label(self) -> str:
        """Russian words for documents and messages."""
        return {"primary": "основной экземпляр", "working": "рабочий экземпляр"}[self]


@dataclass(frozen=True, slots=True)
class BagRecord:
    """One bag of a medium; `verified` is when it was read back past the cache."""

    name: str
    identifier: str
    tagmanifest_sha512: str
    verified: dt.datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who answers for two copies whose devices are the same or cannot be told apart."""

    text: str
    given: dt.datetime
    verdict: Verdict
    explanation: str

    def as_json(self) -> dict[str, object]:
        """Plain values for volume.json and reports."""
        return {
            "text": self.text,
            "given": self.given.isoformat(),
            "verdict": self.verdict.value,
            "explanation": self.explanation,
        }


@dataclass(frozen=True, slots=True)
class DiscOfSet:
    """One disc of a set as every disc of it names it: its number from 1, and the bags it holds."""

    number: int
    inventory_number: str
    volume: uuid.UUID
    bags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """The identity of a medium and its bags; `pair` is the UUID both media of a pair share.

    `discs` lists the whole set when the copy does not fit one disc, and is empty otherwise.
    """

    identifier: uuid.UUID
    pair: uuid.UUID
    inventory_number: str
    role: Role
    organisation: str
    contact: str
    prepared: dt.datetime
    bags: tuple[BagRecord, ...] = ()
    confirmation: Confirmation | None = None
    discs: tuple[DiscOfSet, ...] = ()

    @property
    def disc(self) -> DiscOfSet | None:
        """Which disc of its set it is; None outside a set."""
        return next((disc for disc in self.discs if disc.volume == self.identifier), None)

    def bag(self, name: str) -> BagRecord | None:
        """Find the record of one bag."""
        return next((record for record in self.bags if record.name == name), None)

    def with_bag(self, record: BagRecord) -> Volume:
        """Add a record, or renew the one of the same name; records stay sorted."""
        others = (old for old in self.bags if old.name != record.name)
        return replace(self, bags=tuple(sorted([*others, record], key=lambda row: row.name)))

    def without_bags(self, names: Collection[str]) -> Volume:
        """Take out the records of some bags."""
        return replace(self, bags=tuple(row for row in self.bags if row.name not in names))

    def to_bytes(self) -> bytes:
        """Write the content of volume.json: UTF-8, fixed order of keys."""
        data: dict[str, object] = {
            "format": FORMAT,
            "volume": str(self.identifier),
            "pair": str(self.pair),
            "inventory_number": self.inventory_number,
            "role": self.role.value,
            "organisation": self.organisation,
            "contact": self.contact,
            "prepared": self.prepared.isoformat(),
            "same_device": self.confirmation.as_json() if self.confirmation else None,
            "bags": [
                {
                    "name": record.name,
                    "identifier": record.identifier,
                    "tagmanifest_sha512": record.tagmanifest_sha512,
                    "verified": record.verified.isoformat(),
                }
                for record in self.bags
            ],
        }
        if self.discs:
            data["discs"] = [
                {
                    "number": disc.number,
                    "inventory_number": disc.inventory_number,
                    "volume": str(disc.volume),
                    "bags": list(disc.bags),
                }
                for disc in self.discs
            ]
        return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def parse_volume(content: bytes) -> Volume:
    """Read the content of volume.json. Raises ValueError when it is no volume of this format."""
    try:
        data = json.loads(content)
    except RecursionError as fault:
        raise ValueError("формат файла незнаком") from fault
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError("формат файла незнаком")
    try:
        return Volume(
            identifier=uuid.UUID(data["volume"]),
            pair=uuid.UUID(data["pair"]),
            inventory_number=str(data["inventory_number"]),
            role=Role(data["role"]),
            organisation=str(data["organisation"]),
            contact=str(data["contact"]),
            prepared=dt.datetime.fromisoformat(data["prepared"]),
            bags=tuple(_bag(row) for row in data["bags"]),
            confirmation=_confirmation(data["same_device"]) if data["same_device"] else None,
            discs=tuple(_disc(row) for row in data.get("discs", ())),
        )
    except (KeyError, TypeError, AttributeError) as fault:
        raise ValueError("в файле не хватает сведений") from fault


def _bag(row: dict[str, Any]) -> BagRecord:
    name = str(row["name"])
    if name in {"", ".", ".."} or "/" in name or "\\" in name:
        raise ValueError(f"негодное имя дела «{name}»")
    return BagRecord(
        name=name,
        identifier=str(row["identifier"]),
        tagmanifest_sha512=str(row["tagmanifest_sha512"]),
        verified=dt.datetime.fromisoformat(row["verified"]),
    )


def _disc(row: dict[str, Any]) -> DiscOfSet:
    return DiscOfSet(
        number=int(row["number"]),
        inventory_number=str(row["inventory_number"]),
        volume=uuid.UUID(row["volume"]),
        bags=tuple(map(str, row["bags"])),
    )


def _confirmation(row: dict[str, Any]) -> Confirmation:
    return Confirmation(
        text=str(row["text"]),
        given=dt.datetime.fromisoformat(row["given"]),
        verdict=Verdict(row["verdict"]),
        explanation=str(row["explanation"]),
    )
