"""Burning and reading back; a plain file stands for the disc, since a drive is not to be had."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_archive_samples import finished_media, flip, need, root_only

from archive.disc import XorrisoBurner, check_disc
from archive.image import SECTOR, write_image
from archive.joliet import read_view
from archive.unpacked import unpacked
from docgen.core.errors import MediumFault, UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("xorriso")
    folder = tmp_path_factory.mktemp("burn")
    return write_image(finished_media(folder, 1)[0], folder / "disc.iso").path


@pytest.fixture
def disc(image: Path, tmp_path: Path) -> Path:
    """A disc that was burnt well."""
    place = tmp_path / "disc"
    place.touch()
    XorrisoBurner().burn(image, place)
    return place


def place_of(image: Path, end: str) -> int:
    with image.open("rb") as stream:
        files = read_view(stream).files
    return next(file.pieces[0][0] for path, file in files.items() if path.endswith(end))


def test_a_burnt_disc_is_the_image_and_opens_as_the_medium(
    image: Path, disc: Path, tmp_path: Path
) -> None:
    assert disc.read_bytes()[: image.stat().st_size] == image.read_bytes()
    assert disc.stat().st_size > image.stat().st_size  # padded: a disc is longer
    assert check_disc(image, disc) == []
    with unpacked(disc, scratch=tmp_path) as opened:
        assert opened.findings == ()


def test_a_bit_that_differs_is_named_by_its_file_and_sector(image: Path, disc: Path) -> None:
    place = place_of(image, "tom-1.pdf")
    flip(disc, place + 3 * SECTOR + 7)
    flip(disc, place_of(image, "volume.json"))
    found = check_disc(image, disc)
    assert {row.code for row in found} == {"AR-45"}
    assert [row.where.rpartition("/")[2] for row in found] == ["tom-1.pdf", "volume.json"]
    assert f"секторы {place // SECTOR + 3}" in found[0].message


def test_a_damaged_catalogue_is_named_as_such(image: Path, disc: Path) -> None:
    flip(disc, 16 * SECTOR + 900)
    assert [row.where for row in check_disc(image, disc)] == ["оглавление диска"]


def test_a_disc_that_ends_too_early_is_not_taken_for_whole(image: Path, disc: Path) -> None:
    os.truncate(disc, place_of(image, "volume.json"))
    assert "volume.json" in {row.where for row in check_disc(image, disc)}
    os.truncate(disc, 0)
    found = check_disc(image, disc)
    assert any("и ещё" in row.message for row in found)


def test_bytes_after_the_image_do_not_matter(image: Path, disc: Path) -> None:
    with disc.open("ab") as stream:
        stream.write(b"x" * 5000)
    assert check_disc(image, disc) == []


def test_a_drive_that_is_not_there_is_told_in_russian(image: Path, tmp_path: Path) -> None:
    for step in (lambda drive: XorrisoBurner().burn(image, drive), lambda d: check_disc(image, d)):
        with pytest.raises(MediumFault) as caught:
            step(tmp_path / "sr0")
        assert "sr0" in caught.value.where


def test_what_is_no_optical_drive_is_never_burnt_over(image: Path, tmp_path: Path) -> None:
    for place in (Path("/dev/null"), tmp_path):
        with pytest.raises(MediumFault, match="не привод"):
            XorrisoBurner().burn(image, place)


def test_without_the_program_the_package_is_named(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "disc").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageFault) as caught:
        XorrisoBurner().burn(image, tmp_path / "disc")
    assert "xorriso" in caught.value.remedy


# --- block devices ------------------------------------------------------------------------------


@contextmanager
def loop(file: Path) -> Iterator[Path]:
    """A block device of a file."""
    made = subprocess.run(
        ["losetup", "--find", "--show", file], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip("no loop devices here")
    device = Path(made.stdout.strip())
    try:
        yield device
    finally:
        subprocess.run(["losetup", "-d", device], check=True)


@root_only
def test_a_block_device_is_read_back_and_opened_as_a_disc(
    image: Path, disc: Path, tmp_path: Path
) -> None:
    with loop(disc) as device:
        assert check_disc(image, device) == []
        with unpacked(device, scratch=tmp_path) as opened:
            assert opened.findings == ()
            assert opened.medium.read().inventory_number == "Э-1"


@root_only
def test_a_hard_disk_is_never_burnt_over(image: Path, disc: Path) -> None:
    before = disc.read_bytes()
    with loop(disc) as device, pytest.raises(MediumFault, match="не привод"):
        XorrisoBurner().burn(image, device)
    assert disc.read_bytes() == before


@root_only
def test_an_optical_drive_is_known_by_what_the_kernel_says(
    image: Path, disc: Path, tmp_path: Path
) -> None:
    with loop(disc) as device:
        status = device.stat()
        number = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
        kind = tmp_path / "dev/block" / number / "device/type"
        kind.parent.mkdir(parents=True)
        kind.write_text("0\n", encoding="ascii")
        with pytest.raises(MediumFault, match="не привод"):
            XorrisoBurner(tmp_path).burn(image, device)
        kind.write_text("5\n", encoding="ascii")
        with pytest.raises(MediumFault, match="xorriso не справилась"):  # it looks for a burner
            XorrisoBurner(tmp_path).burn(image, device)
