"""Images of discs: the same bytes every time, every file right in both views, no trace after."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_archive_samples import NOW, finished_media, flip, need, tree

from archive.audit import audit_media
from archive.image import SECTOR, check_image, check_sum, sum_file, write_image
from archive.joliet import NotAnImageError, chunks, read_view
from archive.medium import Medium, open_medium
from archive.unpacked import is_disc, unpacked
from archive.validation import Level
from docgen.core.errors import MediumFault
from docgen.core.progress import Silent

LONG = "a" * 56 + ".pdf"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished medium and its image, not to be changed."""
    need("xorriso")
    folder = tmp_path_factory.mktemp("image")
    write_image(finished_media(folder)[0], folder / "disc.iso")
    return folder


@pytest.fixture
def image(whole: Path, tmp_path: Path) -> Path:
    """A copy of the image with its sum, to be spoilt."""
    for name in ("disc.iso", "disc.iso.sha512"):
        shutil.copyfile(whole / name, tmp_path / name)
    return tmp_path / "disc.iso"


def medium_of(whole: Path) -> Medium:
    return open_medium(whole / "a")


def joliet(image: Path) -> dict[str, bytes]:
    with image.open("rb") as stream:
        files = read_view(stream).files
        return {path: b"".join(chunks(stream, file, 4096)) for path, file in files.items()}


def test_the_view_of_windows_holds_every_file_under_its_whole_name(whole: Path) -> None:
    seen = joliet(whole / "disc.iso")
    assert seen == tree(whole / "a")
    assert "ОПИСАНИЕ.txt" in seen


def test_the_guide_lies_first_on_the_disc_and_the_cases_last(whole: Path) -> None:
    with (whole / "disc.iso").open("rb") as stream:
        files = read_view(stream).files
    order = sorted((path for path in files if files[path].size), key=lambda p: files[p].pieces[0])
    assert order[:4] == ["ОПИСАНИЕ.txt", "index.html", "volume.json", "volume-sha512.txt"]
    kinds = [path.partition("/")[0] for path in order[5:]]
    assert list(dict.fromkeys(kinds)) == ["tools", "docs", "bags"]


def test_another_reader_finds_the_same_files_in_both_views(whole: Path, tmp_path: Path) -> None:
    for view in ("norock", "any"):
        target = tmp_path / view
        subprocess.run(
            [
                *("xorriso", "-read_fs", view, "-indev", whole / "disc.iso"),
                *("-osirrox", "on", "-extract", "/", target),
            ],
            check=True,
            capture_output=True,
        )
        assert tree(target) == tree(whole / "a")


def test_a_stranger_verifies_the_disc_with_what_lies_on_it(whole: Path, tmp_path: Path) -> None:
    for path, data in joliet(whole / "disc.iso").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    for tool in (["sh", "verify.sh"], [sys.executable, "-I", "verify.py"]):
        done = subprocess.run(tool, cwd=tmp_path / "tools", capture_output=True, check=False)
        assert (done.returncode, "Все файлы целы.".encode() in done.stdout) == (0, True)


def test_the_sum_beside_the_image_satisfies_sha512sum(whole: Path) -> None:
    subprocess.run(
        ["sha512sum", "--strict", "-c", "disc.iso.sha512"],
        cwd=whole,
        check=True,
        capture_output=True,
    )


def test_other_times_folders_and_rights_give_the_same_image(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole / "a", tmp_path / "else where")
    for path in (tmp_path / "else where").rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        if path.is_file():
            path.chmod(0o600)
    made = write_image(open_medium(tmp_path / "else where"), tmp_path / "other.iso")
    assert made.sha512 == hashlib.sha512((whole / "disc.iso").read_bytes()).hexdigest()
    assert made.size == (whole / "disc.iso").stat().st_size


def test_what_is_no_part_of_the_medium_stays_off_the_disc(tmp_path: Path) -> None:
    need("xorriso")
    medium = finished_media(tmp_path, 1)[0]
    before = set(tree(medium.folder))
    (medium.folder / "System Volume Information").mkdir()
    (medium.folder / "System Volume Information/x").touch()
    (medium.incoming / "half").mkdir()
    (medium.incoming / "half/y").touch()
    (medium.folder / ".volume.json.part").touch()
    write_image(medium, tmp_path / "disc.iso")
    assert set(joliet(tmp_path / "disc.iso")) == before


def test_a_name_as_long_as_is_allowed_is_not_cut(tmp_path: Path) -> None:
    need("xorriso")
    medium = finished_media(tmp_path, 1)[0]
    (medium.folder / "docs" / LONG).write_bytes(b"long")
    write_image(medium, tmp_path / "disc.iso")
    assert joliet(tmp_path / "disc.iso")[f"docs/{LONG}"] == b"long"


def test_a_standing_image_is_not_written_over(whole: Path) -> None:
    before = (whole / "disc.iso").read_bytes()
    with pytest.raises(MediumFault, match="не переписывается"):
        write_image(medium_of(whole), whole / "disc.iso")
    assert (whole / "disc.iso").read_bytes() == before


def test_an_image_too_large_for_its_disc_leaves_nothing(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(MediumFault, match="не поместится"):
        write_image(medium_of(whole), tmp_path / "disc.iso", capacity=SECTOR * 400)
    assert list(tmp_path.iterdir()) == []


def test_an_image_of_other_files_is_told_file_by_file(whole: Path) -> None:
    wanted = {path: hashlib.sha512(data).hexdigest() for path, data in tree(whole / "a").items()}
    assert check_image(whole / "disc.iso", wanted) == []
    wanted["docs/act.pdf"] = "0" * 128
    wanted["docs/lost.pdf"] = "0" * 128
    del wanted["volume.json"]
    found = check_image(whole / "disc.iso", wanted)
    assert {row.code for row in found} == {"AR-43"}
    assert {row.where for row in found} == {"docs/act.pdf", "docs/lost.pdf", "volume.json"}


def test_an_image_without_names_for_linux_is_not_believed(whole: Path, tmp_path: Path) -> None:
    subprocess.run(
        [
            *("xorriso", "-as", "mkisofs", "--norock", "-J", "-iso-level", "3"),
            *("-o", tmp_path / "windows.iso", whole / "a"),
        ],
        check=True,
        capture_output=True,
    )
    wanted = {path: hashlib.sha512(data).hexdigest() for path, data in tree(whole / "a").items()}
    assert joliet(tmp_path / "windows.iso") == tree(whole / "a")
    found = check_image(tmp_path / "windows.iso", wanted)
    assert "ОПИСАНИЕ.txt" in {row.where for row in found}
    assert all("Linux" in row.message for row in found)


LIARS = {
    "a flipped byte": "out=$(ls {folder}/.disc.iso.part) && printf X | "
    'dd of="$out" bs=1 seek={place} conv=notrunc 2>/dev/null',
    "names for Linux that lead elsewhere": "",
}


@pytest.mark.parametrize("lie", LIARS)
def test_an_image_is_read_back_before_it_is_believed(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    """A program in the place of xorriso that spoils what the true one makes or tells."""
    with (whole / "disc.iso").open("rb") as stream:
        place = read_view(stream).files["docs/act.pdf"].pieces[0][0]
    spoil = LIARS[lie].format(folder=tmp_path, place=place)
    told = f"sed 's/ {place // SECTOR} ,/ 1 ,/'" if not spoil else "cat"
    liar = tmp_path / "bin/xorriso"
    liar.parent.mkdir()
    liar.write_text(
        f'#!/bin/sh\nset -e\n{need("xorriso")} "$@" | {told}\n'
        f'case "$2" in -as) {spoil or ":"};; esac\n',
        encoding="utf-8",
    )
    liar.chmod(0o755)
    monkeypatch.setenv("PATH", f"{liar.parent}:{os.environ['PATH']}")
    with pytest.raises(MediumFault, match="не то, что на него записали") as caught:
        write_image(medium_of(whole), tmp_path / "disc.iso")
    assert [(row.code, row.where) for row in caught.value.findings] == [("AR-43", "docs/act.pdf")]
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


# --- opened as a medium -------------------------------------------------------------------------


def audit(image: Path, scratch: Path) -> list[tuple[str, str]]:
    with unpacked(image, scratch=scratch) as disc:
        report = audit_media(
            [disc.medium], level=Level.FULL, known=disc.findings, progress=Silent(), now=NOW
        )
    return [(row.code, row.where) for row in report.all_findings]


def test_an_image_opens_as_the_medium_it_is_and_leaves_nothing(whole: Path, tmp_path: Path) -> None:
    image = whole / "disc.iso"
    with unpacked(image, scratch=tmp_path) as disc:
        assert disc.findings == ()
        assert tree(disc.medium.folder) == tree(whole / "a")
        assert disc.medium.identifier == medium_of(whole).identifier
        assert str(image) in disc.medium.label
        assert str(tmp_path) not in disc.medium.label
        assert disc.medium.folder.stat().st_mode & 0o777 == 0o700
    assert tree(tmp_path) == {}
    assert audit(image, tmp_path) == []
    assert tree(tmp_path) == {}


def test_a_fault_while_it_is_open_leaves_nothing_too(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), unpacked(whole / "disc.iso", scratch=tmp_path):
        raise ZeroDivisionError
    assert tree(tmp_path) == {}


def test_what_a_killed_run_left_is_removed_by_the_next_one(whole: Path, tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from archive.unpacked import unpacked\n"
        "with unpacked(Path(sys.argv[1]), scratch=Path(sys.argv[2])):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code, whole / "disc.iso", tmp_path], cwd=root, check=False
    )
    assert done.returncode == -9
    assert tree(tmp_path) != {}
    with unpacked(whole / "disc.iso", scratch=tmp_path) as first:
        with unpacked(whole / "disc.iso", scratch=tmp_path) as second:
            assert first.medium.folder != second.medium.folder
        assert tree(first.medium.folder) == tree(whole / "a")
        assert len(list(first.medium.folder.parent.iterdir())) == 1
    assert tree(tmp_path) == {}


def test_a_scratch_folder_others_may_read_is_refused(whole: Path, tmp_path: Path) -> None:
    home = tmp_path / f"docgen-{os.getuid()}"
    home.mkdir()
    home.chmod(0o755)
    with (
        pytest.raises(MediumFault, match="чужая"),
        unpacked(whole / "disc.iso", scratch=tmp_path),
    ):
        pass


def test_one_bit_of_a_file_is_named(image: Path, tmp_path: Path) -> None:
    with image.open("rb") as stream:
        files = read_view(stream).files
    path = next(path for path in files if path.endswith("q1_t5/data/tom-1.pdf"))
    flip(image, files[path].pieces[0][0] + 5000)
    assert [row.code for row in check_sum(image)] == ["AR-42"]
    found = audit(image, tmp_path)
    assert found
    assert {code for code, _ in found} == {"AR-23"}
    assert all("tom-1.pdf" in where for _, where in found)


def test_a_cut_image_is_told_in_russian(image: Path, tmp_path: Path) -> None:
    with image.open("rb") as stream:
        files = read_view(stream).files
    path, last = max(files.items(), key=lambda item: item[1].pieces)
    os.truncate(image, last.pieces[0][0] + 100)
    found = audit(image, tmp_path)
    assert {where.rpartition(" / ")[2] for code, where in found if code == "AR-44"} == {path}
    os.truncate(image, files["volume.json"].pieces[0][0] + 10)
    with pytest.raises(MediumFault, match=r"volume\.json испорчена"):
        audit(image, tmp_path)
    os.truncate(image, 20 * SECTOR)
    with pytest.raises(MediumFault, match="не целиком"):
        audit(image, tmp_path)


@pytest.mark.parametrize("content", [b"", b"x" * 100_000, bytes(100_000)])
def test_what_is_no_image_is_told_in_russian(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "photo.iso").write_bytes(content)
    with pytest.raises(MediumFault, match="Диск не читается"):
        audit(tmp_path / "photo.iso", tmp_path)


def test_a_disc_without_our_card_is_no_medium(tmp_path: Path) -> None:
    need("xorriso")
    (tmp_path / "some").mkdir()
    (tmp_path / "some/photo.txt").touch()
    subprocess.run(
        ["xorriso", "-as", "mkisofs", "-J", "-o", tmp_path / "x.iso", tmp_path / "some"],
        check=True,
        capture_output=True,
    )
    with pytest.raises(MediumFault, match=r"нет файла volume\.json"):
        audit(tmp_path / "x.iso", tmp_path)


@pytest.mark.parametrize("name", ["..", "a/b", ""])
def test_a_name_that_leads_out_of_the_disc_is_refused(image: Path, name: str) -> None:
    data = bytearray(image.read_bytes())
    raw = "index.html".encode("utf-16-be")
    place = data.index(raw)
    wanted = name.encode("utf-16-be")
    data[place : place + len(wanted)] = wanted
    data[place - 1] = len(wanted)
    image.write_bytes(data)
    with image.open("rb") as stream, pytest.raises(NotAnImageError):
        read_view(stream)


def test_no_flipped_bit_of_the_catalogue_is_a_traceback(image: Path) -> None:
    sound = image.read_bytes()
    with image.open("rb") as stream:
        first = min(file.pieces[0][0] for file in read_view(stream).files.values() if file.size)
    for place in range(16 * SECTOR, first, 331):
        image.write_bytes(sound)
        flip(image, place)
        with image.open("rb") as stream:
            try:
                files = read_view(stream).files
            except NotAnImageError:
                continue
            assert all(".." not in path.split("/") for path in files)


def test_folders_and_files_are_told_apart(whole: Path) -> None:
    assert is_disc(whole / "disc.iso")
    assert not is_disc(whole)
    assert sum_file(whole / "disc.iso").name == "disc.iso.sha512"
