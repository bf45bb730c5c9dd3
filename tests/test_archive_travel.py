"""A copy that travels: encrypted by age, opened by either recipient, by age itself too."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pyrage
import pytest
from pyrage import x25519
from test_archive_samples import sample_bags

from archive.travel import decrypt_copy, encrypt_copy, new_identity
from docgen.core.errors import Blocked, InputFault, MediumFault, SigningFault, UsageFault
from docgen.core.progress import Silent
from docgen.pipeline.travel import open_copy, seal_copy

NOW = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    return sample_bags(tmp_path / "bundles", 1)[0]


@pytest.fixture
def keys(tmp_path: Path) -> dict[Path, str]:
    paths = [tmp_path / "school.key", tmp_path / "escrow.key"]
    return {path: new_identity(path) for path in paths}


def sealed(bag: Path, keys: dict[Path, str], out: Path) -> Path:
    return encrypt_copy(bag, out, list(keys.values()), title="дело", now=NOW).path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_either_recipient_opens_the_copy_and_it_is_the_bag(
    bag: Path, keys: dict[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "copy.tar.age"
    seal_copy(bag, out, list(keys.values()), now=NOW, progress=Silent())
    for number, key in enumerate(keys):
        opened = open_copy(out, key, tmp_path / f"open{number}", now=NOW, progress=Silent())
        assert opened.findings == ()
        assert contents(opened.folder) == contents(bag)


def test_nothing_of_the_content_shows_and_the_note_says_what_it_is(
    bag: Path, keys: dict[Path, str], tmp_path: Path
) -> None:
    copy = encrypt_copy(bag, tmp_path / "copy.tar.age", [*keys.values()], title="Дело", now=NOW)
    data = copy.path.read_bytes()
    assert data.startswith(b"age-encryption.org/v1\n")
    assert not any(name.encode() in data for name in ("bagit", "manifest", bag.name))
    note = copy.note.read_text("utf-8")
    assert hashlib.sha512(data).hexdigest() in note
    assert "не является сертифицированным" in note
    assert copy.sha512 in note


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
def test_age_and_tar_open_the_copy_without_this_program(
    bag: Path, keys: dict[Path, str], tmp_path: Path
) -> None:
    out = sealed(bag, keys, tmp_path / "copy.tar.age")
    key = next(iter(keys))
    plain = subprocess.run(["age", "-d", "-i", key, out], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", tmp_path / "bundles" / ".."], input=plain, check=True)
    assert contents(tmp_path / bag.name) == contents(bag)


def test_fewer_than_two_recipients_are_refused(bag: Path, tmp_path: Path) -> None:
    key = str(x25519.Identity.generate().to_public())
    for recipients in ([], [key], [key, f" {key} "]):
        with pytest.raises(UsageFault, match="два разных получателя"):
            encrypt_copy(bag, tmp_path / "copy.tar.age", recipients, title="", now=NOW)
    assert not (tmp_path / "copy.tar.age").exists()


def test_a_private_key_as_a_recipient_is_not_repeated_in_the_message(
    bag: Path, tmp_path: Path
) -> None:
    secret = x25519.Identity.generate()
    with pytest.raises(UsageFault, match="закрытый ключ") as caught:
        encrypt_copy(
            bag, tmp_path / "c.tar.age", [str(secret), str(secret.to_public())], title="", now=NOW
        )
    assert str(secret) not in repr(caught.value) + caught.value.where
    with pytest.raises(UsageFault, match="не бывает"):
        encrypt_copy(bag, tmp_path / "c.tar.age", ["age1x", "age1y"], title="", now=NOW)


def test_what_stands_is_never_overwritten(bag: Path, keys: dict[Path, str], tmp_path: Path) -> None:
    out = sealed(bag, keys, tmp_path / "copy.tar.age")
    before = out.read_bytes()
    with pytest.raises(MediumFault, match="уже есть"):
        sealed(bag, keys, out)
    assert out.read_bytes() == before
    key = next(iter(keys))
    with pytest.raises(MediumFault, match="уже есть"):
        decrypt_copy(out, key, bag)
    with pytest.raises(MediumFault, match="уже есть"):
        new_identity(key)


def test_a_damaged_bag_does_not_travel(bag: Path, keys: dict[Path, str], tmp_path: Path) -> None:
    next(path for path in (bag / "data").iterdir() if path.is_file()).write_bytes(b"other")
    with pytest.raises(Blocked, match="повреждена"):
        seal_copy(bag, tmp_path / "c.tar.age", [*keys.values()], now=NOW, progress=Silent())
    with pytest.raises(InputFault, match="ни дела, ни носителя"):
        sealed(bag / "data", keys, tmp_path / "c.tar.age")
    assert list(tmp_path.glob("*c.tar.age*")) == []


@pytest.mark.parametrize("place", [0, 30, 300, -1, -70000])
def test_a_changed_copy_leaves_nothing_behind(
    bag: Path, keys: dict[Path, str], tmp_path: Path, place: int
) -> None:
    out = sealed(bag, keys, tmp_path / "copy.tar.age")
    data = bytearray(out.read_bytes())
    data[max(place, -len(data))] ^= 1
    out.write_bytes(data)
    with pytest.raises(InputFault):
        decrypt_copy(out, next(iter(keys)), tmp_path / "open")
    assert not (tmp_path / "open").exists()
    assert not (tmp_path / ".open.part").exists()


def test_a_copy_cut_short_or_of_another_key_is_not_opened(
    bag: Path, keys: dict[Path, str], tmp_path: Path
) -> None:
    out = sealed(bag, keys, tmp_path / "copy.tar.age")
    stranger = tmp_path / "stranger.key"
    new_identity(stranger)
    with pytest.raises(InputFault, match="ключ не тот"):
        decrypt_copy(out, stranger, tmp_path / "open")
    out.write_bytes(out.read_bytes()[:-20])
    with pytest.raises(InputFault):
        decrypt_copy(out, next(iter(keys)), tmp_path / "open")
    assert not (tmp_path / "open").exists()


def test_a_key_that_others_can_read_or_that_is_none_is_refused(
    bag: Path, keys: dict[Path, str], tmp_path: Path
) -> None:
    out = sealed(bag, keys, tmp_path / "copy.tar.age")
    key, other = keys
    key.chmod(0o644)
    with pytest.raises(SigningFault, match="открыт для других"):
        decrypt_copy(out, key, tmp_path / "open")
    other.write_text("ничего\n", "utf-8")
    with pytest.raises(SigningFault, match="нет закрытого ключа"):
        decrypt_copy(out, other, tmp_path / "open")
    with pytest.raises(SigningFault, match="не читается"):
        decrypt_copy(out, tmp_path / "absent", tmp_path / "open")


@pytest.mark.parametrize(
    "row",
    [
        tarfile.TarInfo("bag/../../evil.txt"),
        tarfile.TarInfo("/evil.txt"),
        tarfile.TarInfo("evil.txt"),
        "link",
        "device",
    ],
)
def test_a_hostile_copy_writes_nothing_outside(
    keys: dict[Path, str], tmp_path: Path, row: tarfile.TarInfo | str
) -> None:
    if isinstance(row, str):
        kind = tarfile.SYMTYPE if row == "link" else tarfile.CHRTYPE
        row = tarfile.TarInfo("bag/evil.txt")
        row.type, row.linkname = kind, "/etc/passwd"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.addfile(row, io.BytesIO())
    out = tmp_path / "copy.tar.age"
    recipients = [x25519.Recipient.from_str(text) for text in keys.values()]
    out.write_bytes(pyrage.encrypt(packed.getvalue(), recipients))
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(InputFault):
        decrypt_copy(out, next(iter(keys)), tmp_path / "open")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_the_private_key_is_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "school.key"
    public = new_identity(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert public in path.read_text("utf-8")
    if os.geteuid() != 0:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o500)
        with pytest.raises(MediumFault):
            new_identity(closed / "key")
