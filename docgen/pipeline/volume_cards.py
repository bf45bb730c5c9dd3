"""Cards of bound volumes: what stands, made from what; JSON beside each volume."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from docgen.core.files import write_atomic
from docgen.pipeline.workspace import class_slug


class Series(StrEnum):
    """What a volume is of: each series is a case of its own, with a term in retention.toml."""

    JOURNAL = "journal"
    SUMMARY = "summary"


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

    `made_from` is the digest of journal, profile and templates together, `content` that of the
    journal alone (BD-02; "" in cards of earlier versions, which knew no `series` either); sizes
    are bytes, digests hexadecimal.
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
    content: str = ""
    series: Series = Series.JOURNAL


def volume_name(class_id: str, period: str, number: int, series: Series = Series.JOURNAL) -> str:
    """File name of a volume, fit for a medium: 09a_q1_v1.pdf, 09a_y_summary_v1.pdf."""
    of = "" if series is Series.JOURNAL else f"_{series}"
    return f"{class_slug(class_id)}_{period.lower()}{of}_v{number}.pdf"


def card_path(volume: Path) -> Path:
    """Where the card of a volume lies."""
    return volume.with_suffix(".json")


def write_card(volume: Path, card: VolumeCard) -> None:
    """Write the card of a volume beside it."""
    write_atomic(card_path(volume), json.dumps(asdict(card), ensure_ascii=False, indent=1))


def read_cards(
    folder: Path, class_id: str | None = None, series: Series = Series.JOURNAL
) -> tuple[VolumeCard, ...]:
    """Cards of a series in a folder, of one class or of all; unreadable ones count as absent."""
    cards = []
    names = "*.json" if class_id is None else f"{class_slug(class_id)}_*.json"
    for path in sorted(folder.glob(names)) if folder.is_dir() else ():
        try:
            row = json.loads(path.read_bytes())
            rows = tuple(VolumeRow(**item) for item in row.pop("rows"))
            own = Series(row.pop("series", Series.JOURNAL))
            card = VolumeCard(**row, rows=rows, series=own)
        except (ValueError, TypeError, KeyError):
            continue
        if card.series is series and class_id in {None, card.class_id}:
            cards.append(card)
    return tuple(sorted(cards, key=lambda card: (card.file, card.volume)))
