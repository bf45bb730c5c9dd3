"""Invented cases, media and a fixed clock that the other archive tests share."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import subprocess
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from test_signing_authority import signer_of, teacher

from archive.bag import BagSpec, write_bag
from archive.copy import CopyReport, copy_bags
from archive.finish import finish_medium
from archive.medium import Medium, prepare_medium
from archive.validation import Level, validate
from archive.volume import Role
from docgen.core.progress import Silent
from signing.authority import KeyKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

NOW = dt.datetime(2026, 6, 20, 12, 0, tzinfo=dt.UTC)
PAIR = uuid.UUID("00000000-0000-4000-8000-0000000000aa")
CONFIRMED = "Второго диска нет, решил завуч Орлова"

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")


def sample_spec(name: str = "2025-2026_02-15_09a_q1_t5", *, seed: int = 1) -> BagSpec:
    """A small case with every section, an empty file and one file of several chunks."""
    noise = random.Random(seed)
    return BagSpec(
        name=name,
        title="Классный журнал 9А, I четверть",
        organisation="МБОУ «СОШ № 1»",
        bagging_date=dt.date(2026, 6, 20),
        retention_until=dt.date(2031, 12, 31),
        retention_article="Перечень, ст. 605",
        files={
            "data/tom-1.pdf": noise.randbytes(1_300_000),
            "data/tom-1.pdf.p7s": noise.randbytes(2_000),
            "data/source/marks.csv": b"",
            "metadata/delo.json": b"{}\n",
            "evidence/signer.cer": noise.randbytes(900),
        },
        captions={"data/tom-1.pdf": "Том 1 & последний"},
    )


def sign(path: Path) -> None:
    """Sign a list as the signing room does; the same list gets the same signature."""
    signature = path.with_name(path.name + ".p7s")
    signer_of(teacher(KeyKind.RSA)).sign_file(path, signature, signed_at=NOW, timestamper=None)


def sample_bags(folder: Path, count: int = 2) -> list[Path]:
    """Build sealed cases."""
    return [
        write_bag(sample_spec(f"2025-2026_02-15_09a_q{n}_t5", seed=n), folder, seal=sign).path
        for n in range(1, count + 1)
    ]


def sample_media(folder: Path) -> tuple[Medium, Medium]:
    """Prepare a pair of media in two folders."""
    media = []
    for number, (name, role) in enumerate(zip("ab", Role, strict=True), start=1):
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        media.append(sample_medium(place, number, role))
    return media[0], media[1]


def sample_medium(place: Path, number: int, role: Role) -> Medium:
    return prepare_medium(
        place,
        inventory_number=f"Э-{number}",
        role=role,
        pair=PAIR,
        organisation="МБОУ «СОШ № 1»",
        contact="Архив школы, тел. 00-00",
        now=NOW,
        identifier=uuid.UUID(int=number),
    )


def copy(bags: Sequence[Path], media: tuple[Medium, Medium]) -> CopyReport:
    return copy_bags(bags, media, confirm_same_device=CONFIRMED, progress=Silent(), now=NOW)


def finish(media: tuple[Medium, Medium]) -> None:
    for medium in media:
        finish_medium(medium, {"act.pdf": b"act"}, seal=sign)


def finished_media(folder: Path, count: int = 2) -> tuple[Medium, Medium]:
    """Two finished media with the same cases."""
    media = sample_media(folder)
    copy(sample_bags(folder / "bundles", count), media)
    finish(media)
    return media


def flip(path: Path, place: int = 0) -> None:
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@contextmanager
def mounted(place: Path, *arguments: str) -> Iterator[Path]:
    """Mount something on a folder for the length of a test."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *arguments, str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def need(program: str) -> str:
    """Find a foreign judge, or skip by its name."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def test_the_sample_case_is_whole(tmp_path: Path) -> None:
    for bag in sample_bags(tmp_path):
        assert validate(bag, level=Level.FULL) == []
