"""Two copies of many bags: what is looked at before, skipped, written and noted afterwards.

A bag that stands in `bags/` is complete, whatever happened before (`archive.writing`); so a run
that was stopped is simply called again and goes on.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive import manifest
from archive.devices import LIVE, DeviceComparison, System, compare_devices, compare_with_disc
from archive.durable import files_below, sha512_of
from archive.medium import Medium, check_pair
from archive.validation import Level, Profile, bag_digest, read_bag_info, validate
from archive.volume import BagRecord, Confirmation
from archive.writing import damaged_source, write_verified
from docgen.core.errors import Blocked, InputFault, MediumFault
from docgen.core.findings import Finding, finding
from docgen.core.reasons import reason

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from docgen.core.progress import Progress

_BLOCK = 4096  # bytes a file system gives out at once
_RESERVE = 4 << 20  # bytes for folders, lists, documents and tools


@dataclass(frozen=True, slots=True)
class CopiedBag:
    """One bag that now stands on both media; `written_to` names those it was missing on."""

    name: str
    identifier: str
    tagmanifest_sha512: str
    files: int
    size: int
    written_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What the act of handing over prints: devices, confirmation, bags with their digests."""

    devices: DeviceComparison
    confirmation: Confirmation | None
    bags: tuple[CopiedBag, ...]

    def as_json(self) -> dict[str, object]:
        """Plain values for `--json` answers; sizes are bytes."""
        return {
            "devices": {
                "verdict": self.devices.verdict.value,
                "explanation": self.devices.explanation,
            },
            "confirmation": self.confirmation.as_json() if self.confirmation else None,
            "bags": [
                {
                    "name": bag.name,
                    "identifier": bag.identifier,
                    "tagmanifest_sha512": bag.tagmanifest_sha512,
                    "files": bag.files,
                    "bytes": bag.size,
                    "written_to": list(bag.written_to),
                }
                for bag in self.bags
            ],
        }


@dataclass(frozen=True, slots=True)
class _Plan:
    """One built bag: sizes of its files, digests of its signatures, and the media that lack it."""

    source: Path
    digest: str
    identifier: str
    sizes: dict[str, int]
    seals: dict[str, str]
    missing: tuple[Medium, ...]

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def space(self) -> int:
        """Bytes the bag takes on a medium, counted in whole blocks."""
        return sum(-(-size // _BLOCK) * _BLOCK for size in self.sizes.values())


def copy_bags(
    bags: Sequence[Path],
    media: tuple[Medium, Medium],
    *,
    confirm_same_device: str | None = None,
    image: Path | None = None,
    progress: Progress,
    now: dt.datetime,
    system: System = LIVE,
) -> CopyReport:
    """Write whole bags to both media, verified; bags that stand there already are skipped.

    `image` is the image of a disc the second medium is to become, where it is one.

    Raises MediumFault for a medium that is no partner, gone, swapped, read-only, full or lying, and
    for devices not proven different while `confirm_same_device` is empty; InputFault for a damaged
    source bag; Blocked when a medium holds another bag of the same name. After any of them the
    media hold only whole bags, and the same call goes on where this one stopped.
    """
    check_pair(media)
    with ExitStack() as locks:
        for medium in media:
            locks.enter_context(medium.lock())
        devices = (
            compare_devices(media[0].folder, media[1].folder, system=system)
            if image is None
            else compare_with_disc(media[0].folder, image, system=system)
        )
        confirmation = _settle(devices, confirm_same_device, now)
        for medium in media:
            medium.probe()
            medium.sweep()
        plans = _plans(bags, media)
        _check_space(plans, media)
        if confirmation is not None:
            for medium in media:
                known = medium.read().confirmation
                if known is None or replace(known, given=now) != confirmation:
                    medium.confirm(confirmation)
        titled = progress.track(plans, title="Запись дел на носители", total=len(plans))
        copied = tuple(_copy_one(plan, media, now) for plan in titled)
    return CopyReport(devices, confirmation, copied)


def _settle(devices: DeviceComparison, text: str | None, now: dt.datetime) -> Confirmation | None:
    """Let two copies pass only when they are on two devices, or a person answers for it."""
    if devices.verdict.suffices:
        return None
    if text is None or not text.strip():
        raise MediumFault(
            "Два экземпляра должны лежать на разных устройствах, а это не подтверждается. "
            + devices.explanation,
            where=f"{devices.first.folder} и {devices.second.folder}",
            remedy="Подключите второй носитель. Если устройства всё-таки разные или другого выхода"
            ' нет, добавьте --confirm-same-device "кто и почему так решил":'
            " эти слова будут напечатаны в акте.",
        )
    return Confirmation(text.strip(), now, devices.verdict, devices.explanation)


def _plans(bags: Sequence[Path], media: Sequence[Medium]) -> list[_Plan]:
    """Look at every bag on every side before anything is written."""
    plans: list[_Plan] = []
    conflicts: list[Finding] = []
    for bag in bags:
        if bag.name in {plan.name for plan in plans}:
            conflicts.append(finding("AR-20", str(bag), bag=bag.name))
            continue
        plan = _source(bag)
        missing: list[Medium] = []
        for medium in media:
            with medium.faults():
                standing = (medium.bags / bag.name).exists()
            if standing:
                conflicts += _conflicts(plan, medium)
            else:
                missing.append(medium)
        plans.append(replace(plan, missing=tuple(missing)))
    if conflicts:
        raise Blocked(
            "Под теми же именами уже есть другие дела, или записанные дела повреждены.",
            where="; ".join(dict.fromkeys(row.where for row in conflicts)),
            remedy="Записанное не переписывается. Что делать с каждым делом, сказано ниже.",
            findings=conflicts,
        )
    return plans


def _source(bag: Path) -> _Plan:
    """Look at one built bag. Raises InputFault when it is damaged or cannot be read."""
    try:
        found = validate(bag, level=Level.QUICK, profile=Profile.OURS)
        if found:
            raise damaged_source(bag, found)
        return _Plan(
            source=bag,
            digest=bag_digest(bag),
            identifier=read_bag_info(bag).get("External-Identifier", ""),
            sizes={path: status.st_size for path, status in files_below(bag)},
            seals=_seals(bag),
            missing=(),
        )
    except OSError as fault:
        raise InputFault(
            f"Собранное дело не читается ({reason(fault)}).",
            where=str(bag),
            remedy="Проверьте путь или соберите дело заново.",
        ) from fault


def _conflicts(plan: _Plan, medium: Medium) -> list[Finding]:
    """Compare a bag that stands on a medium; one not yet on record is read whole."""
    standing = medium.bags / plan.name
    where = f"{medium.label} / {plan.name}"
    with medium.faults():
        try:
            same = bag_digest(standing) == plan.digest
        except FileNotFoundError:
            same = False
        if not same:
            return [finding("AR-20", where, bag=plan.name)]
        record = medium.read().bag(plan.name)
        known = record is not None and record.tagmanifest_sha512 == plan.digest
        found = validate(standing, level=Level.QUICK if known else Level.FULL, profile=Profile.OURS)
        for name, digest in _seals(standing).items():
            if digest != plan.seals[name]:
                found.append(finding("AR-24", where, path=name))
    return found


def _seals(bag: Path) -> dict[str, str]:
    """Digests of the signatures no list of the bag can hold; empty for one that is not there."""
    return {name: sha512_of(bag / name) if (bag / name).exists() else "" for name in manifest.SEALS}


def _check_space(plans: Sequence[_Plan], media: Sequence[Medium]) -> None:
    for medium in media:
        needed = sum(plan.space for plan in plans if medium in plan.missing)
        free = medium.free_bytes()
        if needed and needed + _RESERVE > free:
            raise MediumFault(
                f"На носителе не хватит места: нужно {_megabytes(needed + _RESERVE)},"
                f" свободно {_megabytes(free)}.",
                where=medium.label,
                remedy="Освободите место или возьмите носитель больше. Ничего не записано.",
            )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} МБ".replace(".", ",")


def _copy_one(plan: _Plan, media: Sequence[Medium], now: dt.datetime) -> CopiedBag:
    """Bring one bag to the media that lack it, then note it on both."""
    for medium in media:
        medium.read()
    if plan.missing:
        write_verified(plan.source, plan.missing)
    record = BagRecord(plan.name, plan.identifier, plan.digest, now)
    for medium in media:
        standing = medium.read().bag(plan.name)
        if standing is None or medium in plan.missing:
            medium.record(record)
    return CopiedBag(
        name=plan.name,
        identifier=plan.identifier,
        tagmanifest_sha512=plan.digest,
        files=len(plan.sizes),
        size=sum(plan.sizes.values()),
        written_to=tuple(medium.inventory_number for medium in plan.missing),
    )
