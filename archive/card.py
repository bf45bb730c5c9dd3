"""The card of a medium, `volume.json`, made again from what else tells of it.

No copy of it lies on the other medium, since each medium has a number of its own. What the other
card, the register and ОПИСАНИЕ.txt say gives the very bytes, or does not: the list of the medium
holds their digest.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from archive.durable import read_plain, write_durable
from archive.faults import told_as_medium_fault
from archive.medium import VOLUME_FILE, listed_outside
from archive.names import DESCRIPTION_NAME
from archive.volume import BagRecord, Role, Volume, parse_volume
from docgen.core.errors import Blocked, MediumFault
from docgen.core.findings import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.medium import Medium
    from archive.register import Register
    from archive.register_rows import VolumeRow

_URN = re.compile(r"urn:uuid:([0-9a-f-]{36})")
_NUMBER = re.compile(r"^Инвентарный номер: *(.+)$", re.MULTILINE)


def restore_card(folder: Path, other: Medium, register: Register | None) -> list[Finding]:
    """Put a damaged or lost card of the medium in `folder` back; nothing to tell of a sound one.

    A card that knows more bags than the list of the medium is an interrupted run's, and sound.
    Raises MediumFault for a card that nothing gives back.
    """
    listed = listed_outside(folder).get(VOLUME_FILE)
    standing, content = _standing(folder)
    if standing is not None and (listed is None or _digest(content) == listed):
        return []
    for candidate in _candidates(folder, other.read(), register):
        if _digest(candidate.to_bytes()) == listed:
            if standing is not None and _goes_on(standing, candidate):
                return []
            with told_as_medium_fault(f"папка {folder}"):
                write_durable(folder / VOLUME_FILE, candidate.to_bytes())
            reason = "карточка носителя составлена заново и совпала с его списком"
            refs = {"file": VOLUME_FILE}
            return [finding("AR-94", VOLUME_FILE, refs=refs, path=VOLUME_FILE, reason=reason)]
    if standing is not None:
        return []  # the audit tells of a card that is not what the list says
    raise MediumFault(
        "Карточку носителя volume.json не восстановить: по второму экземпляру и реестру её"
        " содержание не сходится со списком носителя.",
        where=f"папка {folder}",
        remedy="Подготовьте новый носитель (docgen archive prepare ПАПКА --pair ДРУГОЙ) и запишите"
        " на него дела: docgen archive copy.",
    )


def _of_row(row: VolumeRow, other: Volume, register: Register) -> Volume:
    return replace(
        other,
        identifier=uuid.UUID(row.volume),
        inventory_number=row.inventory_number,
        role=Role(row.role),
        organisation=row.organisation,
        prepared=dt.datetime.fromisoformat(row.prepared),
        bags=tuple(
            BagRecord(
                bag.name,
                bag.identifier,
                bag.tagmanifest_sha512,
                dt.datetime.fromisoformat(bag.verified),
            )
            for bag in register.bags()
            if bag.volume == row.volume
        ),
    )


def require_true_card(medium: Medium, other: Medium, register: Register, words: str) -> None:
    """Refuse to list a card that is not what the list says, nor what a stopped run made of it.

    A stopped run adds bags, and a confirmation of these `words`. Raises Blocked (AR-34).
    """
    listed = listed_outside(medium.folder).get(VOLUME_FILE)
    standing, content = _standing(medium.folder)
    if listed is None or standing is None or _digest(content) == listed:
        return
    told = standing.confirmation.text if standing.confirmation else ""
    partner = other.read()
    candidates = [
        row
        for known in (partner, replace(partner, confirmation=None))
        for row in _candidates(medium.folder, known, register)
    ]
    for candidate in candidates:
        if _digest(candidate.to_bytes()) == listed:
            explained = told == words and _goes_on(
                replace(standing, confirmation=candidate.confirmation), candidate
            )
            if explained or _goes_on(standing, candidate):
                return
            break
    else:
        row = register.volume(medium)
        if row is None or _is_of_row(standing, row):
            return
    refs = {"file": VOLUME_FILE}
    told = "содержание изменилось"
    raise Blocked(
        "Карточка носителя изменилась с тех пор, как он был закончен.",
        where=medium.label,
        remedy="Восстановите её: docgen archive repair НОСИТЕЛЬ --from ДРУГОЙ.",
        findings=[finding("AR-34", VOLUME_FILE, refs=refs, path=VOLUME_FILE, reason=told)],
    )


def _is_of_row(card: Volume, row: VolumeRow) -> bool:
    """Whether a card names the medium as the register does."""
    return (str(card.pair), card.inventory_number, card.role.value, card.organisation) == (
        row.pair,
        row.inventory_number,
        row.role,
        row.organisation,
    ) and card.prepared.isoformat() == row.prepared


def _standing(folder: Path) -> tuple[Volume | None, bytes]:
    try:
        content = read_plain(folder / VOLUME_FILE)
        return parse_volume(content), content
    except (OSError, ValueError):
        return None, b""


def _digest(content: bytes) -> str:
    return hashlib.sha512(content).hexdigest()


def _goes_on(standing: Volume, listed: Volume) -> bool:
    """Whether a card is the listed one with bags that came later."""
    same = replace(standing, bags=()) == replace(listed, bags=())
    return same and set(listed.bags) <= set(standing.bags)


def _candidates(folder: Path, other: Volume, register: Register | None) -> Iterator[Volume]:
    """What the card may have said, the surest first."""
    if register is not None and register.path.is_file():
        for row in register.volumes():
            if row.pair == str(other.pair) and row.volume != str(other.identifier):
                with suppress(ValueError):  # a damaged row: the others still speak
                    yield _of_row(row, other, register)
    try:
        told = read_plain(folder / DESCRIPTION_NAME).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return
    identifier, number = _URN.search(told), _NUMBER.search(told)
    if identifier and number:
        (role,) = set(Role) - {other.role}
        yield replace(
            other,
            identifier=uuid.UUID(identifier[1]),
            inventory_number=number[1].strip(),
            role=role,
        )
