"""A new medium is filled and read back: what a counterfeit stick loses is told in time."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_archive_samples import mounted, root_only
from test_whole_way import docgen

from archive import trial
from archive.durable import CHUNK
from archive.trial import try_medium
from docgen.core.errors import MediumFault, UsageFault
from docgen.core.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

pytestmark = root_only


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """A medium of 12 MB."""
    with mounted(tmp_path / "stick", "-t", "tmpfs", "-o", "size=12m", "stick") as place:
        yield place


class Counterfeit(Silent):
    """Lays what was written to one place over another, between the writing and the reading."""

    def __init__(self, stick: Path) -> None:
        self.stick = stick

    def track(self, items: Iterable[int], *, title: str, total: int | None = None) -> Iterator[int]:
        if title.endswith("чтение"):
            (file,) = self.stick.iterdir()
            data = bytearray(file.read_bytes())
            data[7 * CHUNK : 8 * CHUNK] = data[2 * CHUNK : 3 * CHUNK]
            file.write_bytes(data)
        yield from super().track(items, title=title, total=total)


def test_an_honest_medium_passes_and_is_empty_again(
    stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_CHUNKS", 5)  # so that there are several files
    (stick / ".trial-0007.part").write_bytes(b"left by a killed trial")
    (stick / "System Volume Information").mkdir()
    done = try_medium(stick, progress=Silent())
    assert 10 * CHUNK <= done.size <= 12 * CHUNK
    assert [path.name for path in stick.iterdir()] == ["System Volume Information"]


def test_what_lands_on_another_place_is_told_with_the_true_size(stick: Path) -> None:
    with pytest.raises(MediumFault, match="уцелело 11,5 МБ из 12,6 МБ") as caught:
        try_medium(stick, progress=Counterfeit(stick))
    assert "поддельных" in caught.value.remedy
    assert list(stick.iterdir()) == []


def test_only_an_empty_medium_of_its_own_is_tried(stick: Path, tmp_path: Path) -> None:
    (stick / "отчёт.docx").write_bytes(b"somebody's")
    with pytest.raises(UsageFault, match=r"отчёт\.docx"):
        try_medium(stick, progress=Silent())
    assert (stick / "отчёт.docx").read_bytes() == b"somebody's"
    with (
        tempfile.TemporaryDirectory(dir="/") as own,
        pytest.raises(UsageFault, match="самого компьютера"),
    ):
        try_medium(Path(own), progress=Silent())
    with pytest.raises(MediumFault):
        try_medium(tmp_path / "none", progress=Silent())


def test_the_command_tells_people_and_programs(stick: Path) -> None:
    done = docgen("archive", "try", stick, "--json")
    assert json.loads(done.stdout)["result"]["bytes"] >= 10 * CHUNK
    done = docgen("archive", "try", stick)
    assert "хранит всё, что на него записали: 12,6 МБ." in done.stdout
    assert "archive prepare" in done.stdout
