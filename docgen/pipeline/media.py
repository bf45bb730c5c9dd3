"""The two media of a run: looked at before any work, opened when there is something to write.

A check that blocks leaves no trace on them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from archive.devices import DeviceComparison, compare_devices, compare_with_disc
from archive.faults import told_as_medium_fault
from archive.image import check_sum
from archive.medium import VOLUME_FILE, Medium, open_medium, prepare_medium
from archive.trial import Trial, try_medium
from archive.unpacked import is_disc, unpacked
from archive.volume import Role
from docgen.core.errors import MediumFault, UsageFault
from docgen.core.findings import Finding
from docgen.core.progress import Progress
from docgen.pipeline.contact import contact_of
from docgen.pipeline.workspace import Workspace

_ROLES = (Role.PRIMARY, Role.WORKING)

ROLES = {role.value: role for role in _ROLES}
"""Roles by the words a person types."""


def require_two_places(folders: Sequence[Path], confirmation: str | None) -> None:
    """Refuse before any long work what the copying would refuse at its end; nothing is written.

    Raises UsageFault when there are not two folders; MediumFault for one folder given twice, for
    a folder whose parent is not there (R11), and for one device without words of confirmation.
    """
    if len(folders) != 2:  # noqa: PLR2004 - two copies, R11
        raise UsageFault(
            f"нужны два носителя, а указано: {len(folders)}",
            remedy="Повторите команду с двумя папками: --media ПЕРВАЯ --media ВТОРАЯ.",
        )
    first, second = (folder.resolve() for folder in folders)
    if first == second or first in second.parents or second in first.parents:
        raise MediumFault(
            "одна и та же папка указана двумя носителями",
            where=f"{folders[0]} и {folders[1]}",
            remedy="Два экземпляра хранятся на разных носителях: укажите вторую папку.",
        )
    # A new medium's folder is made later; its device is that of the folder above.
    _require_devices(compare_devices(*(_standing(folder) for folder in folders)), confirmation)


def require_place_and_disc(folder: Path, image: Path, confirmation: str | None) -> None:
    """Refuse before any long work what the copying to a folder and a disc would refuse.

    Raises MediumFault as `require_two_places`: the folder is to be a medium of its own.
    """
    place = folder.resolve()
    if place in image.resolve().parents:
        raise MediumFault(
            "образ диска и другой экземпляр – в одной и той же папке",
            where=f"{folder} и {image}",
            remedy="Образ кладут вне носителя: укажите для него другую папку.",
        )
    _folder_above(image)
    _require_devices(compare_with_disc(_standing(folder), image), confirmation)


def _require_devices(devices: DeviceComparison, confirmation: str | None) -> None:
    if devices.verdict.suffices or (confirmation or "").strip():
        return
    raise MediumFault(
        f"не доказано, что носители – разные устройства: {devices.explanation}",
        where=f"{devices.first.folder} и {devices.second.folder}",
        remedy="Подключите второй носитель. Если уверены, повторите команду с ключом "
        '--confirm-same-device "причина и фамилия": эти слова напечатаются в акте.',
    )


def _standing(folder: Path) -> Path:
    """The folder, or the one above it when it is to be made; further up it is a slip."""
    return folder if folder.is_dir() else _folder_above(folder)


def _folder_above(path: Path) -> Path:
    place = path.absolute().parent
    if not place.is_dir():
        raise MediumFault(
            "папки носителя нет, и папки над ней тоже",
            where=str(path),
            remedy="Проверьте, что носитель подключён, и исправьте путь.",
        )
    return place


def open_pair(
    folders: Sequence[Path], workspace: Workspace, school: str, now: dt.datetime
) -> tuple[Medium, Medium]:
    """Open the two media, or prepare empty folders as a pair; raises MediumFault."""
    known = [_known(folder) for folder in folders]
    volumes = [medium.read() if medium else None for medium in known]
    pair = next((volume.pair for volume in volumes if volume), None) or uuid.uuid4()
    taken = {volume.role for volume in volumes if volume}
    free = [role for role in _ROLES if role not in taken]
    settings = workspace.profile.media
    media = [
        medium or _prepare(folder, workspace, school, place.inventory, free.pop(0), pair, now)
        for medium, folder, place in zip(known, folders, (settings.a, settings.b), strict=True)
    ]
    return media[0], media[1]


def open_one(folder: Path, workspace: Workspace, school: str, now: dt.datetime) -> Medium:
    """Open a medium whose partner is a disc, or prepare an empty folder; raises MediumFault."""
    number = workspace.profile.media.a.inventory
    return _known(folder) or _prepare(
        folder, workspace, school, number, Role.PRIMARY, uuid.uuid4(), now
    )


def try_folder(folder: Path, *, progress: Progress) -> Trial:
    """Find out whether a new medium holds what it says. Raises UsageFault, MediumFault."""
    return try_medium(folder, progress=progress)


def prepare_folder(
    folder: Path,
    workspace: Workspace,
    *,
    inventory: str,
    role: Role,
    partner: Path | None,
    now: dt.datetime,
) -> Medium:
    """Make an empty folder a medium; `partner` is the medium that holds the other copy.

    Raises MediumFault for a folder or partner that does not suit.
    """
    pair = uuid.uuid4()
    if partner is not None:
        with opened_media((partner,)) as (media, _):
            other = media[0].read()
        if other.role is role:
            raise MediumFault(
                f"у второго носителя та же роль: {role.label}",
                where=str(partner),
                remedy="Один носитель пары – основной экземпляр, другой – рабочий: --role.",
            )
        pair = other.pair
    if standing := _known(folder):
        raise MediumFault(
            f"носитель уже подготовлен: № {standing.inventory_number}",
            where=str(folder),
            remedy="Пользуйтесь им как есть или возьмите другой, пустой.",
        )
    return _prepare(folder, workspace, _school(workspace), inventory, role, pair, now)


def _school(workspace: Workspace) -> str:
    name = workspace.profile.school.full_name
    if not name and workspace.journal_file.is_file():
        with workspace.open_journal() as journal:
            school = journal.school()
        name = school.full_name if school else ""
    if not name:
        raise UsageFault(
            "название школы неизвестно, а оно пишется на носитель",
            where=str(workspace.folder / "school.toml"),
            remedy="Впишите его в school.toml: full_name в разделе [school].",
        )
    return name


def _known(folder: Path) -> Medium | None:
    _make(folder)
    return open_medium(folder) if (folder / VOLUME_FILE).is_file() else None


def _prepare(
    folder: Path,
    workspace: Workspace,
    school: str,
    inventory: str,
    role: Role,
    pair: uuid.UUID,
    now: dt.datetime,
) -> Medium:
    return prepare_medium(
        folder,
        inventory_number=inventory,
        role=role,
        pair=pair,
        organisation=school,
        contact=contact_of(workspace, school, now.date()),
        now=now,
    )


@contextmanager
def opened_media(places: Sequence[Path]) -> Iterator[tuple[tuple[Medium, ...], list[Finding]]]:
    """Open folders, images of discs and drives to be read for the length of a block.

    Beside the media stands what was found of the images themselves. Raises MediumFault.
    """
    found: list[Finding] = []
    with ExitStack() as stack:
        media = []
        for place in places:
            if not is_disc(place):
                media.append(open_medium(place))
                continue
            if place.is_file():
                with told_as_medium_fault(f"образ диска {place}"):
                    found += check_sum(place)
            disc = stack.enter_context(unpacked(place))
            media.append(disc.medium)
            found += [
                replace(row, where=f"{disc.medium.label} / {row.where}") for row in disc.findings
            ]
        yield tuple(media), found


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as fault:
        raise MediumFault(
            "папку носителя нельзя создать",
            where=str(folder),
            remedy="Проверьте, что носитель подключён и открыт для записи.",
        ) from fault
