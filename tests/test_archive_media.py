"""Media as they are in life: file systems with habits of their own, and sticks that fail."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import stat
import subprocess
import sys
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_archive_samples import (
    CONFIRMED,
    NOW,
    copy,
    finish,
    finished_media,
    flip,
    mounted,
    need,
    root_only,
    sample_bags,
    sample_media,
    tree,
)

from archive.audit import audit_media
from archive.copy import copy_bags
from archive.devices import Verdict, compare_devices
from archive.faults import medium_fault
from archive.image import write_image
from archive.medium import Medium, open_medium
from archive.paper import Paper
from archive.repair import repair_medium
from archive.validation import Level, Profile, bag_digest, validate
from docgen.core.errors import MediumFault
from docgen.core.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAKERS = {
    "ext4": ("mkfs.ext4", "-q"),
    "xfs": ("mkfs.xfs", "-q"),
    "btrfs": ("mkfs.btrfs", "-q"),
    "vfat": ("mkfs.vfat",),
    "exfat": ("mkfs.exfat",),
    "ntfs3": ("mkfs.ntfs", "-F", "-q"),
    "fuse.ntfs-3g": ("mkfs.ntfs", "-F", "-q"),
    "fuse.exfat-fuse": ("mkfs.exfat",),
}
"""By the kernel's name of a file system; `fuse.` stands before a program that serves it."""


@contextmanager
def stick(folder: Path, kind: str, *options: str) -> Iterator[Path]:
    """A small disk of a kind, or a skip that names what this computer lacks."""
    need(MAKERS[kind][0])
    server = kind.partition("fuse.")[2]
    if server:
        need(f"mount.{server}")
        if not Path("/dev/fuse").exists():
            pytest.skip("there is no /dev/fuse")
    elif kind not in Path("/proc/filesystems").read_text(encoding="ascii").split():
        pytest.skip(f"the kernel knows no {kind}")
    image = folder.with_suffix(f".{kind}")
    with image.open("wb") as stream:
        stream.truncate(320 << 20)
    subprocess.run([*MAKERS[kind], image], check=True, capture_output=True)
    with plugged_in(folder, image, kind, *options):
        yield folder


def plugged_in(folder: Path, image: Path, kind: str, *options: str) -> AbstractContextManager[Path]:
    """Mount the image of a small disk."""
    server = kind.partition("fuse.")[2]
    return mounted(folder, "-o", ",".join(("loop", *options)), "-t", server or kind, str(image))


@root_only
@pytest.mark.parametrize("kind", MAKERS)
def test_a_medium_of_any_file_system_takes_the_archive(tmp_path: Path, kind: str) -> None:
    options = ("utf8",) if kind == "vfat" else ()
    bags = sample_bags(tmp_path / "bundles", 1)
    with stick(tmp_path / "b", kind, *options):
        media = sample_media(tmp_path)
        copy(bags, media)
        finish(media)
        report = audit_media(media, level=Level.FULL, progress=Silent(), now=NOW)
        assert report.all_findings == ()
        assert tree(media[0].bags) == tree(media[1].bags)


def written(media: tuple[Medium, Medium], bags: list[Path]) -> None:
    copy(bags, media)


def written_and_finished(media: tuple[Medium, Medium], bags: list[Path]) -> None:
    copy(bags, media)
    finish(media)


def repaired(media: tuple[Medium, Medium], bags: list[Path]) -> None:
    """One file of one case and the whole of another come back from the other copy."""
    written_and_finished(media, bags)
    paper = Paper({bag.name: bag_digest(bag) for bag in bags})
    flip(media[1].bags / bags[0].name / "data/tom-1.pdf")
    shutil.rmtree(media[1].bags / bags[1].name)
    os.sync()
    report = repair_medium(
        *(media[1], media[0]),
        paper=paper,
        passes=lambda _: False,
        progress=Silent(),
        now=NOW,
    )
    assert report.passed


STEPS = [written, written_and_finished, repaired]


@root_only
@pytest.mark.parametrize(
    ("kind", "step"),
    [*(("vfat", step) for step in STEPS), *((kind, repaired) for kind in MAKERS if kind != "vfat")],
)
def test_a_stick_pulled_out_at_once_has_what_was_acknowledged(
    tmp_path: Path, kind: str, step: Callable[[tuple[Medium, Medium], list[Path]], None]
) -> None:
    """What was moved lay on FAT without its content until somebody ejected the stick."""
    options = ("utf8",) if kind == "vfat" else ()
    pulled = tmp_path / f"pulled.{kind}"
    with stick(tmp_path / "b", kind, *options):
        media = sample_media(tmp_path)
        step(media, sample_bags(tmp_path / "bundles"))
        names = media[1].bag_names()
        subprocess.run(["cp", "--sparse=always", tmp_path / f"b.{kind}", pulled], check=True)
    with plugged_in(tmp_path / "pulled", pulled, kind, *options) as place:
        medium = open_medium(place)
        assert medium.bag_names() == names
        for name in names:
            assert validate(medium.bags / name, level=Level.FULL, profile=Profile.OURS) == []
        if step is not written:
            report = audit_media([medium], level=Level.FULL, progress=Silent(), now=NOW)
            assert report.all_findings == ()


@pytest.mark.parametrize("step", STEPS)
def test_what_was_moved_is_synced_under_its_new_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: Callable[[tuple[Medium, Medium], list[Path]], None],
) -> None:
    """The same where no FAT is at hand: who is renamed is due until an fsync of the very file."""
    due: dict[int, str] = {}
    moved: list[str] = []

    def moving(real: Callable[[object, object], None]) -> Callable[[object, object], None]:
        def move(source: object, target: object) -> None:
            real(source, target)
            due[Path(str(target)).stat().st_ino] = str(target)
            moved.append(str(target))

        return move

    def fsync(handle: int, real: Callable[[int], None] = os.fsync) -> None:
        real(handle)
        due.pop(os.fstat(handle).st_ino, None)

    for name in ("rename", "replace"):
        monkeypatch.setattr(os, name, moving(getattr(os, name)))
    monkeypatch.setattr(os, "fsync", fsync)
    step(sample_media(tmp_path), sample_bags(tmp_path / "bundles"))
    assert len(moved) > 4
    assert due == {}


@root_only
@pytest.mark.parametrize("view", ["rock", "norock"])
def test_a_disc_in_the_drive_is_the_medium_in_both_views(tmp_path: Path, view: str) -> None:
    """As Linux shows it and, `norock`, as Windows does; nothing of a disc can be synced."""
    need("xorriso")
    if "iso9660" not in Path("/proc/filesystems").read_text(encoding="ascii").split():
        pytest.skip("the kernel knows no iso9660")
    media = finished_media(tmp_path)
    disc = write_image(media[0], tmp_path / "disc.iso").path
    options = "loop,ro,utf8" + (",norock" if view == "norock" else "")
    with mounted(tmp_path / "drive", "-o", options, "-t", "iso9660", str(disc)) as drive:
        assert tree(drive) == tree(media[0].folder)
        pair = [open_medium(drive), media[1]]
        report = audit_media(pair, level=Level.FULL, progress=Silent(), now=NOW)
        assert report.all_findings == ()
        tool = subprocess.run([sys.executable, drive / "tools/verify.py"], check=False)
        assert tool.returncode == 0


def test_what_cannot_be_synced_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where no disc can be mounted: isofs answers EINVAL to an fsync."""
    media = finished_media(tmp_path, 1)

    def refused(code: int) -> None:
        def fsync(_: int) -> None:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(os, "fsync", fsync)

    refused(errno.EINVAL)
    report = audit_media(media, level=Level.FULL, progress=Silent(), now=NOW)
    assert report.all_findings == ()
    refused(errno.EIO)
    report = audit_media(media, level=Level.FULL, progress=Silent(), now=NOW)
    assert not report.passed


def test_a_share_that_cannot_sync_folders_takes_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shared folders of virtual machines answer EINVAL to an fsync of a folder."""
    real = os.fsync
    refused: list[int] = []

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            refused.append(handle)
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    media = finished_media(tmp_path, 1)
    report = audit_media(media, level=Level.FULL, progress=Silent(), now=NOW)
    assert report.all_findings == ()
    assert refused


@pytest.mark.long
@root_only
def test_fat_and_discs_hold_in_a_kernel_of_its_own(tmp_path: Path) -> None:
    """The tests of FAT and mounted discs that this kernel skips, in one that has both."""
    kernel = need("linux.uml")
    (modules,) = Path("/usr/lib/uml/modules").glob("*/kernel")
    wanted = [
        modules / path
        for path in (
            *("drivers/block/loop.ko", "fs/fat/fat.ko", "fs/fat/vfat.ko"),
            *("drivers/cdrom/cdrom.ko", "fs/isofs/isofs.ko"),
            *("fs/nls/nls_cp437.ko", "fs/nls/nls_ascii.ko", "fs/nls/nls_iso8859-1.ko"),
        )
    ]
    said = tmp_path / "said"
    start = tmp_path / "start"
    tests = [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider"]
    tests += ["tests/test_archive_media.py", "-k", "vfat or fat_ or drive", "-m", "not long"]
    start.write_text(
        "#!/bin/sh\n"
        "mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev\n"
        "mkdir /dev/shm; mount -t tmpfs tmpfs /dev/shm\n"
        f"export PATH={shlex.quote(os.environ['PATH'])} LANG=C.UTF-8 HOME=/root\n"
        + "".join(f"insmod {path}\n" for path in wanted if path.exists())
        + f"cd {shlex.quote(str(Path(__file__).parent.parent))}\n"
        + f"{shlex.join(tests)} --basetemp {shlex.quote(str(tmp_path / 'inside'))} >{said} 2>&1\n"
        "halt -f\n"
    )
    start.chmod(0o755)
    subprocess.run(
        [
            *(kernel, "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw", "mem=2G"),
            *(f"init={start}", "con=null", "con0=fd:0,fd:1"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=600,
    )
    answer = said.read_text(encoding="utf-8")
    assert "passed" in answer, answer
    assert "failed" not in answer, answer
    assert "no vfat" not in answer, answer
    assert "no iso9660" not in answer, answer


@root_only
def test_fat_without_russian_names_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    bags = sample_bags(tmp_path / "bundles", 1)
    with stick(tmp_path / "b", "vfat", "iocharset=ascii"):
        media = sample_media(tmp_path)
        with pytest.raises(MediumFault, match="русских имён"):
            copy(bags, media)
        assert media[0].bag_names() == media[1].bag_names() == []


@pytest.mark.parametrize("seen", [b"????????.txt", "ОПИСАНИЕ.txt".encode("cp866")])
def test_russian_names_seen_wrong_are_told_before_anything_is_mended(
    tmp_path: Path, seen: bytes
) -> None:
    """FAT mounted with other names: everything is whole, and a repair would spoil it."""
    media = finished_media(tmp_path, 1)
    guide = media[1].folder / "ОПИСАНИЕ.txt"
    guide.rename(os.fsdecode(os.fsencode(guide.parent) + b"/" + seen))
    with pytest.raises(MediumFault, match="видны неверно") as caught:
        open_medium(media[1].folder)
    assert "utf8" in caught.value.remedy


@pytest.mark.parametrize("refusal", [errno.EINVAL, errno.EILSEQ])
def test_a_refused_russian_name_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    """No FAT here: the kernel's answer to the name is given by hand."""
    media = sample_media(tmp_path)
    real = os.fsync

    def fsync(handle: int) -> None:
        if ".проба.part" in str(Path(f"/proc/self/fd/{handle}").readlink()):
            raise OSError(refusal, os.strerror(refusal))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(MediumFault, match="русских имён") as caught:
        media[1].probe()
    assert "Э-2" in caught.value.where
    assert media[1].leftovers() == []


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "кончилось место"),
        (errno.EFBIG, "больше, чем принимает"),
        (errno.EROFS, "не разрешает запись"),
        (errno.ENODEV, "пропал"),
        (errno.EIO, "диск не отвечает"),
    ],
)
def test_every_refusal_is_a_russian_sentence_with_a_way_out(number: int, told: str) -> None:
    fault = medium_fault(OSError(number, os.strerror(number), "/b/x"), "носитель № 2")
    assert told in fault.message
    assert "носитель № 2" in fault.where
    assert fault.remedy


@root_only
def test_a_large_file_on_a_small_file_system_is_told_and_cleaned_up(tmp_path: Path) -> None:
    """The limit of FAT is tried with that of the process: the kernel answers the same, EFBIG."""
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "sys.path[:0] = ['tests']\n"
        "from test_archive_samples import copy, sample_bags, sample_media\n"
        "from docgen.core.errors import MediumFault\n"
        "place = Path(sys.argv[1]); bags = sample_bags(place / 'bundles', 1)\n"
        "media = sample_media(place)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "try:\n    copy(bags, media)\n"
        "except MediumFault as fault:\n    sys.exit(fault.message)\n"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "больше, чем принимает" in done.stderr
    for name in ("a", "b"):
        medium = open_medium(tmp_path / name)
        assert medium.bag_names() == medium.leftovers() == []


@root_only
@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_one_disk_mounted_twice_is_one_device(tmp_path: Path, kind: str) -> None:
    with stick(tmp_path / "a", kind) as first:
        media = (first / "x", tmp_path / "b")
        media[0].mkdir()
        with mounted(media[1], "--bind", str(media[0])):
            assert compare_devices(*media).verdict is Verdict.SAME


@root_only
def test_a_medium_pulled_out_between_two_bags_is_told_and_the_rest_follows(
    tmp_path: Path,
) -> None:
    bags = sample_bags(tmp_path / "bundles")
    with stick(tmp_path / "b", "ext4") as place:
        media = sample_media(tmp_path)

        class Hand:
            """Pulls the second medium out after the first bag."""

            def track(self, items: object, *, title: str, total: int | None = None) -> object:
                assert (title, total) == ("Запись дел на носители", 2)
                first, second = items
                yield first
                subprocess.run(["umount", "--lazy", str(place)], check=True)
                yield second

        with pytest.raises(MediumFault, match=r"не носитель архива|пропал") as caught:
            copy_bags(bags, media, confirm_same_device=CONFIRMED, progress=Hand(), now=NOW)
        assert "Э-2" in caught.value.where
        image = place.with_suffix(".ext4")
        subprocess.run(["mount", "-o", "loop", image, place], check=True)
        copy(bags, media)
        assert tree(media[0].bags) == tree(media[1].bags)


def test_a_medium_shown_twice_or_cloned_is_no_second_copy(tmp_path: Path) -> None:
    medium = finished_media(tmp_path, 1)[0]
    shutil.copytree(medium.folder, tmp_path / "clone")
    for other in (medium, open_medium(tmp_path / "clone")):
        report = audit_media([medium, other], level=Level.QUICK, progress=Silent(), now=NOW)
        assert [row.code for row in report.all_findings] == ["AR-47"]


def test_a_true_pair_is_not_taken_for_one_medium(tmp_path: Path) -> None:
    media: tuple[Medium, Medium] = finished_media(tmp_path, 1)
    assert audit_media(media, level=Level.QUICK, progress=Silent(), now=NOW).all_findings == ()


def test_a_stranger_gets_from_the_first_page_to_documents_and_tables(tmp_path: Path) -> None:
    medium = finished_media(tmp_path)[0]
    page = (medium.folder / "index.html").read_text(encoding="utf-8")
    assert "Дела 2025/2026 учебного года" in page
    assert "31.12.2031" in page
    for name in medium.bag_names():
        for path in ("index.html", "data/tom-1.pdf", "data/source/marks.csv"):
            assert f'href="bags/{name}/{path}"' in page
            assert (medium.bags / name / path).is_file()
    assert "КАК НАЙТИ ДОКУМЕНТ" in (medium.folder / "ОПИСАНИЕ.txt").read_text(encoding="utf-8")
