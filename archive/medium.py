"""A medium: a folder that knows who it is, so that a swapped disk is noticed before every step."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
import uuid
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archive import manifest
from archive.durable import SYSTEM_FOLDERS, read_plain, sha512_of, write_durable
from archive.faults import medium_fault, told_as_medium_fault
from archive.names import DESCRIPTION_NAME
from archive.volume import BagRecord, Confirmation, DiscOfSet, Role, Volume, parse_volume
from docgen.core.errors import MediumFault
from docgen.core.files import fsync_folder

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping, Sequence

VOLUME_FILE = "volume.json"
VOLUME_LIST = "volume-sha512.txt"
VOLUME_SEALS = (f"{VOLUME_LIST}.p7s", f"{VOLUME_LIST}.tst", f"{VOLUME_LIST}.p7s.tst")
BAGS = "bags"
INCOMING = ".incoming"
_CARD_LIMIT = 1 << 26  # bytes; a hundred thousand cases

_PROBE = b"docgen" * 700  # bytes; more than one page
_PROBE_NAME = ".проба.part"
_NAME_REFUSED = frozenset([errno.EINVAL, errno.EILSEQ])
# The guide on FAT that was mounted with other names: question marks, or bytes that are no UTF-8.
_GARBLED = re.compile(rf"[?\udc80-\udcff]{{{len(Path(DESCRIPTION_NAME).stem)}}}\.txt")
_NAMES_REMEDY = "Подключите его с кодировкой имён UTF-8 (для FAT – параметр utf8)."


@dataclass(frozen=True, slots=True)
class Medium:
    """A prepared medium in `folder`; every method notices when another one lies there.

    `image` is the image or drive it was unpacked from: people know it by that, not by the folder.
    """

    folder: Path
    identifier: uuid.UUID
    inventory_number: str
    role: Role
    image: Path | None = None

    @property
    def place(self) -> Path:
        """What a person named: the folder, or the image or drive."""
        return self.image or self.folder

    @property
    def label(self) -> str:
        """Russian words that tell a person which medium is meant."""
        kind = "папка" if self.image is None else "диск"
        return f"носитель № {self.inventory_number} ({self.role.label}), {kind} {self.place}"

    @property
    def bags(self) -> Path:
        """Where the bags lie."""
        return self.folder / BAGS

    @property
    def incoming(self) -> Path:
        """Where unfinished bags lie until they are verified."""
        return self.bags / INCOMING

    def faults(self) -> AbstractContextManager[None]:
        """Turn every OSError of a step on this medium into a MediumFault that names it."""
        return told_as_medium_fault(self.label)

    def read(self) -> Volume:
        """Read volume.json again. Raises MediumFault when the medium is gone or another one."""
        volume = _read_volume(self.folder, self.label)
        if volume.identifier != self.identifier:
            raise MediumFault(
                "В этой папке теперь другой носитель:"
                f" № {volume.inventory_number} ({volume.role.label}).",
                where=self.label,
                remedy="Верните прежний носитель и повторите команду.",
            )
        return volume

    def record(self, bag: BagRecord) -> None:
        """Note a verified bag in volume.json."""
        self._write(self.read().with_bag(bag))

    def strike(self, names: Collection[str]) -> None:
        """Forget bags that leave the medium, in volume.json."""
        self._write(self.read().without_bags(names))

    def confirm(self, confirmation: Confirmation) -> None:
        """Note who answers for copies that are not provably on two devices."""
        self._write(replace(self.read(), confirmation=confirmation))

    def bag_names(self) -> list[str]:
        """Names of the bags that lie here, sorted; unfinished ones are not bags."""
        with self.faults():
            return sorted(
                entry.name
                for entry in self.bags.iterdir()
                if entry.is_dir() and not entry.name.startswith(".")
            )

    def free_bytes(self) -> int:
        """Space an ordinary user may still fill."""
        with self.faults():
            return shutil.disk_usage(self.folder).free

    def probe(self) -> None:
        """Write a small file, read it back past the cache, remove it. Raises MediumFault.

        Its name is Russian: FAT that was mounted without UTF-8 refuses or spoils such names.
        """
        self.read()
        path = self.folder / _PROBE_NAME
        with self.faults():
            try:
                write_durable(path, _PROBE)
                named = _PROBE_NAME in {entry.name for entry in self.folder.iterdir()}
                intact = sha512_of(path) == hashlib.sha512(_PROBE).hexdigest()
            except OSError as fault:
                if fault.errno not in _NAME_REFUSED:
                    raise
                named = intact = False
            finally:
                with suppress(OSError):  # the reason of the failure is worth more than this one
                    path.unlink(missing_ok=True)
        if not named:
            raise MediumFault(
                "Носитель не хранит русских имён файлов.",
                where=self.label,
                remedy=f"{_NAMES_REMEDY} Или возьмите носитель с exFAT, NTFS или ext4.",
            )
        if not intact:
            raise MediumFault(
                "Пробная запись прочитана с носителя не такой, как была записана.",
                where=self.label,
                remedy="Замените носитель: доверять ему архив нельзя.",
            )

    def leftovers(self) -> list[Path]:
        """Traces of an interrupted run: unfinished bags, and files not yet in their place."""
        with self.faults():
            found = sorted(self.incoming.iterdir()) if self.incoming.is_dir() else []
            for folder in (self.folder, self.folder / "docs", self.folder / "tools"):
                if folder.is_dir():
                    found += sorted(path for path in folder.iterdir() if _is_leftover(path))
            return found

    def sweep(self) -> None:
        """Remove the traces of an interrupted run."""
        self.read()
        leftovers = self.leftovers()
        with self.faults():
            for path in leftovers:
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    def lock(self) -> AbstractContextManager[None]:
        """Keep a second run off this medium. Raises MediumFault when one is at work."""
        return _locked(self.folder, self.label)

    def _write(self, volume: Volume) -> None:
        with self.faults():
            write_durable(self.folder / VOLUME_FILE, volume.to_bytes())


def prepare_medium(
    folder: Path,
    *,
    inventory_number: str,
    role: Role,
    pair: uuid.UUID,
    organisation: str,
    contact: str,
    now: dt.datetime,
    identifier: uuid.UUID | None = None,
    discs: tuple[DiscOfSet, ...] = (),
) -> Medium:
    """Make an empty folder a medium; without `identifier` it gets a random UUID.

    `discs` is the set it will be a disc of.

    Raises MediumFault when the folder is missing, not empty, a medium already, or not writable.
    """
    label = f"носитель № {inventory_number} ({role.label}), папка {folder}"
    volume = Volume(
        identifier=identifier or uuid.uuid4(),
        pair=pair,
        inventory_number=inventory_number,
        role=role,
        organisation=organisation,
        contact=contact,
        prepared=now,
        discs=discs,
    )
    with _locked(folder, label):
        _require_empty(folder, label)
        with told_as_medium_fault(label):
            (folder / BAGS / INCOMING).mkdir(parents=True, exist_ok=True)
            fsync_folder(folder / BAGS)
            # Last: a folder is a medium from this moment on.
            write_durable(folder / VOLUME_FILE, volume.to_bytes())
    return open_medium(folder)


def _require_empty(folder: Path, label: str) -> None:
    with told_as_medium_fault(label):
        present = [path.name for path in folder.iterdir() if not _may_be_there(path)]
    if VOLUME_FILE in present:
        raise MediumFault(
            "Носитель уже подготовлен.",
            where=label,
            remedy="Пользуйтесь им как есть или возьмите другой, пустой.",
        )
    if present:
        raise MediumFault(
            f"Папка не пуста: в ней лежит «{min(present)}».",
            where=label,
            remedy="Дайте пустой носитель или пустую папку: чужие файлы в архив не входят.",
        )


@contextmanager
def _locked(folder: Path, label: str) -> Iterator[None]:
    with told_as_medium_fault(label):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise MediumFault(
                "Носитель занят: на него уже пишет другой запуск программы.",
                where=label,
                remedy="Дождитесь конца той записи и повторите команду.",
            ) from fault
        yield
    finally:
        os.close(handle)


def open_medium(folder: Path, *, image: Path | None = None) -> Medium:
    """Open a prepared medium; `image` is what it was unpacked from.

    Raises MediumFault when the folder is none, its card is bad, or Russian names are garbled.
    """
    label = f"папка {folder}" if image is None else f"диск {image}"
    volume = _read_volume(folder, label)
    with told_as_medium_fault(label):
        names = [entry.name for entry in folder.iterdir()]
    if DESCRIPTION_NAME not in names and any(map(_GARBLED.fullmatch, names)):
        raise MediumFault(
            "Русские имена файлов на этом носителе видны неверно.",
            where=label,
            remedy=_NAMES_REMEDY,
        )
    return Medium(folder, volume.identifier, volume.inventory_number, volume.role, image)


def check_pair(media: Sequence[Medium]) -> None:
    """Refuse two media that are one folder, one volume, or no pair. Raises MediumFault."""
    first, second = media
    here, there = first.read(), second.read()
    remedy = "Дайте две папки на двух разных носителях одной пары."
    where = f"{first.folder} и {second.folder}"
    with first.faults():
        for inner, outer in ((first, second), (second, first)):
            path = inner.folder.resolve()
            if any(parent.samefile(outer.folder) for parent in (path, *path.parents)):
                raise MediumFault(
                    "Обе папки — одна и та же, или одна лежит внутри другой.",
                    where=where,
                    remedy=remedy,
                )
    if here.identifier == there.identifier:
        raise MediumFault(
            "Один носитель — точная копия другого: номера томов совпадают.",
            where=where,
            remedy="Подготовьте второй носитель командой, а не копированием первого.",
        )
    if here.pair != there.pair or here.role is there.role:
        raise MediumFault(
            "Носители не составляют пары: нужны основной и рабочий экземпляры одного архива.",
            where=where,
            remedy=remedy,
        )


def read_volume(folder: Path) -> Volume:
    """Read the card of a medium. Raises OSError, and ValueError when it is none of ours."""
    return parse_volume(read_plain(folder / VOLUME_FILE, limit=_CARD_LIMIT))


def _read_volume(folder: Path, label: str) -> Volume:
    try:
        return read_volume(folder)
    except (FileNotFoundError, NotADirectoryError) as fault:
        raise MediumFault(
            "Это не носитель архива: в папке нет файла volume.json.",
            where=label,
            remedy="Проверьте, что носитель подключён и папка указана верно."
            " Новый носитель сначала подготовьте.",
        ) from fault
    except ValueError as fault:
        raise MediumFault(
            f"Карточка носителя volume.json испорчена ({fault}).",
            where=label,
            remedy="Ничего на него не пишите. Карточку и всё остальное вернёт второй экземпляр:"
            " docgen archive repair НОСИТЕЛЬ --from ДРУГОЙ.",
        ) from fault
    except OSError as fault:
        raise medium_fault(fault, label) from fault


def listed_outside(folder: Path) -> Mapping[str, str]:
    """Digests the list of a medium holds, by path; a list that cannot be read holds none."""
    return manifest.read_list(
        folder / VOLUME_LIST, digits=manifest.SHA512_DIGITS, where=VOLUME_LIST
    ).digests


def _may_be_there(path: Path) -> bool:
    """Whether a new medium may hold it: the system's own folders, or our interrupted start."""
    if path.name == BAGS and path.is_dir():
        return all(entry.name == INCOMING for entry in path.iterdir())
    return is_foreign(path) or _is_leftover(path)


def is_foreign(path: Path) -> bool:
    """Whether an operating system put it into the root of the medium by itself."""
    return path.name in SYSTEM_FOLDERS or path.name.startswith(".Trash-")


def _is_leftover(path: Path) -> bool:
    """Whether it is an unfinished file of ours, or of the signing of the list."""
    ours = path.name.endswith(".part") or path.name.startswith(f".{VOLUME_LIST}.")
    return path.name.startswith(".") and ours
