"""The act of checking media, or of repairing one: what was read, what is wrong (R12)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckedMedium:
    """A medium as it was checked; `size` reads «35,1 МБ»."""

    number: str
    role: str
    identifier: str
    cases: int
    files: int
    size: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing found: where, what, and what to do about it ("" when nothing is)."""

    where: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class MediaCheck:
    """The act; context of `media-check`, reached as `act`.

    title: «проверки наличия и состояния электронных дел», in the genitive after «Акт»
    school: the school's name, as the medium tells it
    moment: when it was done, «20.05.2026 10:00 (UTC)»
    basis: the wording of the norm it rests on, "" without one
    method: how the media were read, one sentence
    media: the media, first the one that was repaired
    lines: everything found, in the order of the media
    mended: files brought back by a repair
    conclusion: what it comes to, one sentence
    journal: number and digest of the row in the journal of checks, "" without a register
    who: the person who did it, as typed
    keeper_position, keeper: who answers for the archive, «Секретарь», «И.О. Фамилия»
    """

    title: str
    school: str
    moment: str
    basis: str
    method: str
    media: tuple[CheckedMedium, ...]
    lines: tuple[CheckLine, ...]
    mended: tuple[CheckLine, ...]
    conclusion: str
    journal: str
    who: str
    keeper_position: str
    keeper: str
