"""Whether two folders lie on two physical devices, as Росархив's order № 77 asks of two copies.

A bare comparison of `st_dev` passes wrongly: two loop files on one disk have two numbers. So the
walk goes from the folder to its mount, from the mount to the block device, from a partition to
its disk, from loop, dm and md devices to what lies beneath, down to the leaves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MEMORY = frozenset(["tmpfs", "ramfs", "devtmpfs", "rootfs"])
_LAYERED = frozenset(["overlay", "aufs", "ecryptfs", "unionfs"])
_NETWORK = re.compile(r"nfs|cifs|smb|ceph|9p|afs|gluster|virtiofs|sshfs|fuse\.")
# Buses and makers behind which the real disk cannot be seen.
_VIRTUAL_PATH = re.compile(r"/virtual/|/virtio\d|/vmbus|/vbd-|/xen")
_VIRTUAL_MAKERS = frozenset(["QEMU", "VMware", "VBOX", "Msft", "Xen"])
_WORLD_WIDE = ("naa.", "eui.", "uuid.", "nvme.")
_NO_SERIAL = frozenset(["null", "none", "unknown", "n/a", "default string", "not specified"])
_COUNTED = "0123456789abcdef0123456789"
_LEAST_SIGNS = 2  # different ones: 000000000000 is no number
_DEPTH = 16  # stacked devices; more is a loop in the description of the system


class Verdict(StrEnum):
    """What is known of two folders."""

    PROVEN_DIFFERENT = "proven-different"
    SAME = "same"
    UNPROVABLE = "unprovable"
    TO_BE_BURNT = "to-be-burnt"

    @property
    def suffices(self) -> bool:
        """Whether two copies may go there without a person's word for it."""
        return self in {Verdict.PROVEN_DIFFERENT, Verdict.TO_BE_BURNT}


@dataclass(frozen=True, slots=True)
class System:
    """Where the kernel describes mounts and devices."""

    mountinfo: Path = Path("/proc/self/mountinfo")
    sysfs: Path = Path("/sys")


LIVE = System()


@dataclass(frozen=True, slots=True)
class Disk:
    """One leaf of the walk: kernel name, world-wide name, serial number, model; empty if none."""

    name: str
    number: str
    wwn: str = ""
    serial: str = ""
    model: str = ""
    virtual: bool = False

    @property
    def label(self) -> str:
        """Russian words for acts: «sda (KINGSTON, серийный № 0019E06B)»."""
        known = [self.model, f"серийный № {self.serial}" if self.serial else ""]
        detail = ", ".join(filter(None, known))
        return f"{self.name} ({detail})" if detail else self.name


@dataclass(frozen=True, slots=True)
class Placement:
    """The disks a folder lies on, or in `obstacle` why they cannot be named (Russian).

    `file_system` is the kernel's number of it, "" where it is not known.
    """

    folder: Path
    disks: tuple[Disk, ...]
    obstacle: str = ""
    file_system: str = ""


@dataclass(frozen=True, slots=True)
class DeviceComparison:
    """The verdict on two folders, with a Russian explanation that goes into the act."""

    verdict: Verdict
    explanation: str
    first: Placement
    second: Placement


class _ObstacleError(Exception):
    """The walk ends before a physical disk; the text is Russian."""


@dataclass(frozen=True, slots=True)
class _Mount:
    number: str
    point: Path
    kind: str
    source: str


def compare_devices(first: Path, second: Path, *, system: System = LIVE) -> DeviceComparison:
    """Compare the physical devices under two existing folders.

    SAME wins over UNPROVABLE, and a medium on the disk of the running system is UNPROVABLE: it is
    no medium of its own. Raises OSError only when `system` itself cannot be read.
    """
    mounts = _mounts(system)
    one, other, root = (_placement(folder, mounts, system) for folder in (first, second, Path("/")))
    shared = _shared(one.disks, other.disks)
    if shared:
        verdict = Verdict.SAME
        explanation = f"Обе папки лежат на одном устройстве: {shared.label}."
    elif one.file_system and one.file_system == other.file_system:
        verdict = Verdict.SAME
        explanation = f"Обе папки лежат в одной файловой системе; {one.obstacle}."
    elif doubt := _doubt(one, other, root):
        verdict, explanation = Verdict.UNPROVABLE, doubt
    else:
        verdict = Verdict.PROVEN_DIFFERENT
        explanation = f"Устройства разные: {_labels(one)} и {_labels(other)}."
    return DeviceComparison(verdict, explanation, one, other)


def compare_with_disc(folder: Path, image: Path, *, system: System = LIVE) -> DeviceComparison:
    """Tell what is known of a folder and of a disc that is an image still.

    A disc is a device of its own once it is burnt and read back; until then only the folder is
    looked at. Raises OSError only when `system` itself cannot be read.
    """
    mounts = _mounts(system)
    one, root = (_placement(place, mounts, system) for place in (folder, Path("/")))
    disc = Placement(image, ())
    if doubt := _own_doubt(one, root):
        return DeviceComparison(Verdict.UNPROVABLE, doubt, one, disc)
    explanation = (
        f"Один экземпляр – на устройстве {_labels(one)}, другой – образ диска {image.name}:"
        " отдельным носителем он станет, когда диск записан и прочитан обратно."
    )
    return DeviceComparison(Verdict.TO_BE_BURNT, explanation, one, disc)


def _own_doubt(place: Placement, root: Placement) -> str:
    """Say in Russian why a placement is no medium of its own; "" when it may be."""
    if place.obstacle:
        return f"{place.folder}: {place.obstacle}."
    if _shared(place.disks, root.disks):
        return f"{place.folder}: это диск самого компьютера, а не отдельный носитель."
    return ""


def _doubt(one: Placement, other: Placement, root: Placement) -> str:
    """Say in Russian why two placements without a common disk are still not proven different."""
    if one.obstacle and one.obstacle == other.obstacle:
        return f"Обе папки: {one.obstacle}."
    for place in (one, other):
        if doubt := _own_doubt(place, root):
            return doubt
    for disk in one.disks:
        for rival in other.disks:
            if not _told_apart(disk, rival):
                return f"Устройства {disk.label} и {rival.label} {_why_unclear(disk, rival)}."
    return ""


def _why_unclear(disk: Disk, rival: Disk) -> str:
    if disk.serial and disk.serial == rival.serial and not (disk.virtual or rival.virtual):
        return "называют один и тот же серийный номер: так бывает у дешёвых флешек и у одного диска"
    return "не сообщают номеров, по которым их можно надёжно различить"


def _labels(place: Placement) -> str:
    return ", ".join(disk.label for disk in place.disks)


def _placement(folder: Path, mounts: Sequence[_Mount], system: System) -> Placement:
    path = folder.resolve()
    file_system = ""
    try:
        mount = _mount_of(path, mounts)
        file_system = mount.number
        unique = {disk.number: disk for disk in _disks_of_mount(mount, mounts, system, _DEPTH)}
    except _ObstacleError as obstacle:
        return Placement(folder, (), str(obstacle), file_system)
    return Placement(folder, tuple(unique[key] for key in sorted(unique)), "", file_system)


def _mounts(system: System) -> list[_Mount]:
    """Read mountinfo (proc(5)): `id parent major:minor root point options … - type source …`."""
    rows: list[_Mount] = []
    for line in system.mountinfo.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        left, _, right = line.partition(" - ")
        fields, kinds = left.split(" "), right.split(" ")
        rows.append(_Mount(fields[2], Path(_unescape(fields[4])), kinds[0], _unescape(kinds[1])))
    return rows


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _mount_of(path: Path, mounts: Sequence[_Mount]) -> _Mount:
    """Find the mount a path lies in; of mounts over one another the last one counts."""
    holders = [mount for mount in mounts if path.is_relative_to(mount.point)]
    if not holders:
        raise _ObstacleError("не видно, на какой файловой системе лежит папка")
    longest = max(len(mount.point.parts) for mount in holders)
    return [mount for mount in holders if len(mount.point.parts) == longest][-1]


def _disks_of_mount(
    mount: _Mount, mounts: Sequence[_Mount], system: System, depth: int
) -> Iterator[Disk]:
    """Walk from a mount to disks."""
    if mount.kind in _MEMORY:
        raise _ObstacleError(f"файлы лежат в памяти компьютера ({mount.kind}), а не на диске")
    if mount.kind in _LAYERED:
        raise _ObstacleError(f"слоёная файловая система ({mount.kind}) не показывает своего диска")
    if _NETWORK.match(mount.kind):
        raise _ObstacleError(f"сетевая папка ({mount.kind}): устройство находится не здесь")
    for number in _numbers(mount, system):
        yield from _disks_of_device(system.sysfs / "dev" / "block" / number, mounts, system, depth)


def _numbers(mount: _Mount, system: System) -> list[str]:
    """Give the block devices of a mount; btrfs hides them behind a number of its own."""
    if not mount.number.startswith("0:"):
        return [mount.number]
    if mount.kind == "btrfs":
        name = Path(mount.source).name
        for devices in sorted((system.sysfs / "fs" / "btrfs").glob("*/devices")):
            members = sorted(devices.iterdir())
            if name in {member.name for member in members}:
                return [_text(member / "dev") for member in members]
    raise _ObstacleError(f"файловая система {mount.kind} не показывает своего диска")


def _disks_of_device(
    device: Path, mounts: Sequence[_Mount], system: System, depth: int
) -> Iterator[Disk]:
    if not depth:
        raise _ObstacleError("устройства вложены друг в друга слишком глубоко")
    folder = device.resolve()
    if not folder.is_dir():
        raise _ObstacleError(f"система не описывает устройства {device.name}")
    if (folder / "partition").exists():
        folder = folder.parent
    backing = _text(folder / "loop" / "backing_file")
    if backing:
        if not Path(backing).exists():
            raise _ObstacleError(f"не найден файл {backing}, из которого сделано устройство")
        mount = _mount_of(Path(backing).resolve(), mounts)
        yield from _disks_of_mount(mount, mounts, system, depth - 1)
        return
    slaves = sorted((folder / "slaves").iterdir()) if (folder / "slaves").is_dir() else []
    if not slaves:
        yield _disk(folder)
    for slave in slaves:
        yield from _disks_of_device(slave, mounts, system, depth - 1)


def _disk(folder: Path) -> Disk:
    wwn = _text(folder / "wwid") or _text(folder / "device" / "wwid")
    maker = _text(folder / "device" / "vendor")
    serial = _text(folder / "serial") or _text(folder / "device" / "serial") or _page_80(folder)
    return Disk(
        name=folder.name,
        number=_text(folder / "dev"),
        wwn=wwn if wwn.startswith(_WORLD_WIDE) else "",
        serial=_true_serial(serial or _usb_serial(folder)),
        model=_text(folder / "device" / "model"),
        virtual=bool(_VIRTUAL_PATH.search(folder.as_posix())) or maker in _VIRTUAL_MAKERS,
    )


def _page_80(folder: Path) -> str:
    """Read the serial number of a SCSI or SATA disk: vital product data page 0x80."""
    page = folder / "device" / "vpd_pg80"
    try:
        return page.read_bytes()[4:].decode("ascii", errors="replace").strip(" \0\n")
    except OSError:
        return ""


def _usb_serial(folder: Path) -> str:
    """Read the serial number of the USB device a disk hangs on: an ancestor with `idVendor`."""
    for parent in folder.parents:
        if (parent / "idVendor").exists():
            return _text(parent / "serial")
    return ""


def _true_serial(text: str) -> str:
    """Leave out what makers and drivers put in the place of a number they do not have."""
    plain = text.casefold().strip("(). ")
    filler = len(set(plain)) < _LEAST_SIGNS or plain in _COUNTED or plain in _NO_SERIAL
    return "" if filler else text


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip(" \0\n")
    except OSError:
        return ""


def _shared(some: Sequence[Disk], others: Sequence[Disk]) -> Disk | None:
    for disk in some:
        for other in others:
            if disk.number == other.number or _same_identity(disk, other):
                return disk
    return None


def _same_identity(disk: Disk, other: Disk) -> bool:
    """Whether both say they are the same disk: by the world-wide name, which no maker doubles.

    Serial numbers are doubled: cheap sticks of one batch have the same, and so have all cards in a
    reader; virtual disks may all report one.
    """
    return bool(disk.wwn) and disk.wwn == other.wwn and not (disk.virtual or other.virtual)


def _told_apart(disk: Disk, other: Disk) -> bool:
    if disk.virtual or other.virtual:
        return False
    if disk.wwn and other.wwn:
        return True
    return bool(disk.serial and other.serial and disk.serial != other.serial)
