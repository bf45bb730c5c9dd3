"""The walk to physical devices, over described machines and over this one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from test_archive_samples import mounted, need, root_only

from archive.devices import System, Verdict, compare_devices, compare_with_disc


class Machine:
    """Describes a computer the way the kernel does: mountinfo and sysfs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sysfs = root / "sys"
        self.mounts: list[str] = []
        (self.sysfs / "dev/block").mkdir(parents=True)
        self.disk("pci0/nvme/nvme0/nvme0n1", "259:0", wwn="eui.0001")
        self.mount("259:0", Path("/"))

    def device(self, path: str, number: str) -> Path:
        folder = self.sysfs / "devices" / path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "dev").write_text(f"{number}\n")
        (self.sysfs / "dev/block" / number).symlink_to(folder)
        return folder

    def disk(
        self, path: str, number: str, *, wwn: str = "", serial: str = "", model: str = ""
    ) -> Path:
        folder = self.device(path, number)
        (folder / "device").mkdir()
        for name, text in (("wwid", wwn), ("model", model)):
            if text:
                (folder / "device" / name).write_text(f"{text}\n")
        if serial:
            (folder / "device/vpd_pg80").write_bytes(b"\0\x80\0\x08" + serial.encode())
        return folder

    def partition(self, disk: Path, number: str) -> Path:
        folder = self.device(str(disk.relative_to(self.sysfs / "devices") / "part1"), number)
        (folder / "partition").write_text("1\n")
        return folder

    def stack(self, name: str, number: str, *slaves: Path) -> Path:
        folder = self.device(f"virtual/block/{name}", number)
        (folder / "slaves").mkdir()
        for slave in slaves:
            (folder / "slaves" / slave.name).symlink_to(slave)
        return folder

    def mount(self, number: str, point: Path, kind: str = "ext4", source: str = "/dev/x") -> None:
        shown = str(point).replace(" ", "\\040")
        self.mounts.append(f"1 0 {number} / {shown} rw,relatime shared:1 - {kind} {source} rw")

    def folder(self, name: str, number: str, kind: str = "ext4", source: str = "/dev/x") -> Path:
        point = self.root / name
        point.mkdir()
        self.mount(number, point, kind, source)
        return point

    def compare(self, first: Path, second: Path) -> tuple[Verdict, str]:
        mountinfo = self.root / "mountinfo"
        mountinfo.write_text("\n".join(self.mounts) + "\n")
        system = System(mountinfo, self.sysfs)
        found = compare_devices(first, second, system=system)
        turned = compare_devices(second, first, system=system)
        assert found.verdict is turned.verdict
        return found.verdict, found.explanation


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path.resolve())


def test_two_disks_with_two_world_wide_names_are_different(machine: Machine) -> None:
    machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001", model="WD Red")
    machine.disk("pci0/ata2/sdb", "8:16", wwn="naa.5002", serial="S2")
    verdict, text = machine.compare(machine.folder("a", "8:0"), machine.folder("b b", "8:16"))
    assert verdict is Verdict.PROVEN_DIFFERENT
    assert "sda (WD Red)" in text
    assert "sdb (серийный № S2)" in text


def test_two_sticks_are_told_apart_by_the_serial_numbers_of_their_usb_devices(
    machine: Machine,
) -> None:
    for name, number, serial in (("sdc", "8:32", "AA11"), ("sdd", "8:48", "BB22")):
        machine.disk(f"pci0/usb1/{name}/host/block/{name}", number)
        usb = machine.sysfs / f"devices/pci0/usb1/{name}"
        (usb / "idVendor").write_text("0951\n")
        (usb / "serial").write_text(f"{serial}\n")
    verdict, text = machine.compare(machine.folder("a", "8:32"), machine.folder("b", "8:48"))
    assert verdict is Verdict.PROVEN_DIFFERENT
    assert "AA11" in text


@pytest.mark.parametrize(
    ("serials", "word"),
    [
        (("4C530001", "4C530001"), "один и тот же серийный номер"),
        (("(null)", "(null)"), "не сообщают номеров"),
        (("0000000000", "1111111"), "не сообщают номеров"),
        (("0123456789ABCDEF", "4C530001"), "не сообщают номеров"),
    ],
)
def test_serial_numbers_that_are_none_prove_nothing(
    machine: Machine, serials: tuple[str, str], word: str
) -> None:
    """Sticks of one batch share a number, cards in a reader that of the reader."""
    for name, number, serial in zip(("sdc", "sdd"), ("8:32", "8:48"), serials, strict=True):
        machine.disk(f"pci0/usb1/{name}/block/{name}", number, serial=serial, model="Flash Disk")
    verdict, text = machine.compare(machine.folder("a", "8:32"), machine.folder("b", "8:48"))
    assert (verdict, word in text) == (Verdict.UNPROVABLE, True)


def test_two_partitions_of_one_disk_are_the_same_device(machine: Machine) -> None:
    disk = machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001")
    machine.partition(disk, "8:1")
    other = machine.device("pci0/ata1/sda/part2", "8:2")
    (other / "partition").write_text("2\n")
    verdict, text = machine.compare(machine.folder("a", "8:1"), machine.folder("b", "8:2"))
    assert (verdict, "sda" in text) == (Verdict.SAME, True)


def test_one_disk_seen_twice_is_the_same_device(machine: Machine) -> None:
    machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001")
    machine.disk("pci0/ata2/sdb", "8:16", wwn="naa.5001")
    assert (
        machine.compare(machine.folder("a", "8:0"), machine.folder("b", "8:16"))[0] is Verdict.SAME
    )


def test_two_loop_files_on_one_disk_are_the_same_device(machine: Machine) -> None:
    machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001")
    store = machine.folder("store", "8:0")
    for n in (0, 1):
        (store / f"{n}.img").touch()
        loop = machine.device(f"virtual/block/loop{n}", f"7:{n}")
        (loop / "loop").mkdir()
        (loop / "loop/backing_file").write_text(f"{store / f'{n}.img'}\n")
    verdict, text = machine.compare(machine.folder("a", "7:0"), machine.folder("b", "7:1"))
    assert (verdict, "sda" in text) == (Verdict.SAME, True)


def test_a_loop_whose_file_is_gone_proves_nothing(machine: Machine) -> None:
    machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001")
    loop = machine.device("virtual/block/loop0", "7:0")
    (loop / "loop").mkdir()
    (loop / "loop/backing_file").write_text("/gone.img (deleted)\n")
    verdict, text = machine.compare(machine.folder("a", "8:0"), machine.folder("b", "7:0"))
    assert (verdict, "/gone.img" in text) == (Verdict.UNPROVABLE, True)


def test_an_encrypted_volume_and_a_raid_are_followed_to_their_disks(machine: Machine) -> None:
    one = machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001")
    two = machine.disk("pci0/ata2/sdb", "8:16", wwn="naa.5002")
    machine.disk("pci0/ata3/sdc", "8:32", wwn="naa.5003")
    raid = machine.stack("md0", "9:0", machine.partition(one, "8:1"), two)
    machine.stack("dm-0", "253:0", raid)
    crypt, plain = machine.folder("crypt", "253:0"), machine.folder("plain", "8:16")
    assert machine.compare(crypt, plain)[0] is Verdict.SAME
    assert machine.compare(crypt, machine.folder("c", "8:32"))[0] is Verdict.PROVEN_DIFFERENT


def test_all_disks_of_a_btrfs_count(machine: Machine) -> None:
    one = machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001")
    two = machine.disk("pci0/ata2/sdb", "8:16", wwn="naa.5002")
    devices = machine.sysfs / "fs/btrfs/uuid/devices"
    devices.mkdir(parents=True)
    (devices / "sda").symlink_to(one)
    (devices / "sdb").symlink_to(two)
    pool = machine.folder("pool", "0:51", "btrfs", "/dev/sda")
    assert machine.compare(pool, machine.folder("b", "8:16"))[0] is Verdict.SAME


def test_a_device_that_stands_on_itself_ends_the_walk(machine: Machine) -> None:
    machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001")
    knot = machine.stack("dm-0", "253:0")
    (knot / "slaves/dm-0").symlink_to(knot)
    verdict, text = machine.compare(machine.folder("a", "8:0"), machine.folder("b", "253:0"))
    assert (verdict, "глубоко" in text) == (Verdict.UNPROVABLE, True)


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("tmpfs", "памяти"),
        ("overlay", "слоёная"),
        ("nfs4", "сетевая"),
        ("cifs", "сетевая"),
        ("fuse.sshfs", "сетевая"),
        ("zfs", "не показывает"),
    ],
)
def test_file_systems_without_a_disk_of_their_own_prove_nothing(
    machine: Machine, kind: str, word: str
) -> None:
    machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001")
    verdict, text = machine.compare(machine.folder("a", "8:0"), machine.folder("b", "0:77", kind))
    assert (verdict, word in text) == (Verdict.UNPROVABLE, True)


@pytest.mark.parametrize("kind", ["nfs4", "overlay", "zfs"])
def test_two_folders_of_one_file_system_are_one_device_whatever_lies_beneath(
    machine: Machine, kind: str
) -> None:
    share = machine.folder("share", "0:77", kind)
    places = [share / "a", share / "b"]
    for place in places:
        place.mkdir()
    verdict, text = machine.compare(places[0], places[1])
    assert (verdict, "в одной файловой системе" in text) == (Verdict.SAME, True)
    verdict, text = machine.compare(share, machine.folder("other", "0:78", kind))
    assert (verdict, "Обе папки" in text) == (Verdict.UNPROVABLE, True)


def test_the_disk_of_the_running_system_is_no_medium(machine: Machine) -> None:
    machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001")
    home = machine.root / "home"
    home.mkdir()
    verdict, text = machine.compare(machine.folder("a", "8:0"), home)
    assert (verdict, "самого компьютера" in text) == (Verdict.UNPROVABLE, True)


@pytest.mark.parametrize(
    "paths", [("pci0/ata1/sda", "pci0/ata2/sdb"), ("pci0/virtio1/vda", "pci0/virtio2/vdb")]
)
def test_disks_without_numbers_and_virtual_disks_prove_nothing(
    machine: Machine, paths: tuple[str, str]
) -> None:
    virtual = "virtio" in paths[0]
    machine.disk(paths[0], "8:0", serial="S1" if virtual else "")
    machine.disk(paths[1], "8:16", serial="S2")
    assert (
        machine.compare(machine.folder("a", "8:0"), machine.folder("b", "8:16"))[0]
        is Verdict.UNPROVABLE
    )


def test_of_two_mounts_over_one_another_the_last_counts(machine: Machine) -> None:
    machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001")
    machine.disk("pci0/ata2/sdb", "8:16", wwn="naa.5002")
    place = machine.folder("a", "8:0")
    machine.mount("8:16", place)
    assert machine.compare(place, machine.folder("b", "8:0"))[0] is Verdict.PROVEN_DIFFERENT


def test_on_this_machine_one_folder_is_never_two_devices(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert compare_devices(tmp_path, other).verdict is not Verdict.PROVEN_DIFFERENT


@root_only
def test_on_this_machine_two_loop_file_systems_on_one_disk_are_seen_through(
    tmp_path: Path,
) -> None:
    need("mkfs.ext4")
    places = [tmp_path / "a", tmp_path / "b"]
    for place in places:
        image = place.with_suffix(".img")
        with image.open("wb") as stream:
            os.truncate(stream.fileno(), 8 << 20)
        subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    with (
        mounted(places[0], "-o", "loop", str(tmp_path / "a.img")),
        mounted(places[1], "-o", "loop", str(tmp_path / "b.img")),
    ):
        assert places[0].stat().st_dev != places[1].stat().st_dev
        found = compare_devices(*places)
        assert found.verdict is not Verdict.PROVEN_DIFFERENT
        assert [disk.name for disk in found.first.disks] == [
            disk.name for disk in found.second.disks
        ]


def with_disc(machine: Machine, folder: Path) -> tuple[Verdict, str]:
    (machine.root / "mountinfo").write_text("\n".join(machine.mounts) + "\n")
    found = compare_with_disc(
        folder, Path("disc.iso"), system=System(machine.root / "mountinfo", machine.sysfs)
    )
    return found.verdict, found.explanation


def test_beside_a_disc_the_folder_alone_has_to_be_a_medium(machine: Machine) -> None:
    machine.disk("pci0/ata1/sda", "8:0", wwn="naa.5001", model="WD Red")
    machine.disk("pci0/ata2/sdb", "8:16")
    machine.mount("8:16", Path("/"), "ext4", "/dev/sdb")
    verdict, text = with_disc(machine, machine.folder("a", "8:0"))
    assert (verdict, verdict.suffices) == (Verdict.TO_BE_BURNT, True)
    assert "sda (WD Red)" in text
    assert "когда диск записан и прочитан обратно" in text
    verdict, text = with_disc(machine, machine.folder("own", "8:16"))
    assert (verdict, "самого компьютера" in text) == (Verdict.UNPROVABLE, True)
    verdict, text = with_disc(machine, machine.folder("memory", "0:44", "tmpfs", "tmpfs"))
    assert (verdict, "в памяти" in text) == (Verdict.UNPROVABLE, True)
