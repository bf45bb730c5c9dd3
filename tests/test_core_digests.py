from __future__ import annotations

import hashlib
import random
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docgen.core import streebog
from docgen.core.digests import BLOCK_BYTES, MultiDigest, digest_file
from docgen.core.streebog import GcryptStreebog, PythonStreebog

if TYPE_CHECKING:
    import ctypes
    from pathlib import Path

# RFC 6986, 10; the digests there are written from the last byte to the first.
MESSAGE_1 = b"012345678901234567890123456789012345678901234567890123456789012"
MESSAGE_2 = "Се ветри, Стрибожи внуци, веютъ с моря стрелами на храбрыя плъкы Игоревы".encode(
    "cp1251"
)
KNOWN_ANSWERS = [
    (MESSAGE_1, 32, "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"),
    (
        MESSAGE_1,
        64,
        (
            "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa"
            "00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48"
        ),
    ),
    (MESSAGE_2, 32, "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50"),
    (
        MESSAGE_2,
        64,
        (
            "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376"
            "035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28"
        ),
    ),
]
needs_libgcrypt = pytest.mark.skipif(
    streebog.backend() != "libgcrypt", reason="libgcrypt is not installed"
)
BACKENDS = [pytest.param(GcryptStreebog, marks=needs_libgcrypt), PythonStreebog]


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@needs_libgcrypt
def test_no_compiler_is_asked_for_a_library_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.util.find_library", lambda name: pytest.fail(f"asked for {name}"))
    streebog._load.cache_clear()
    assert streebog.backend() == "libgcrypt"


@needs_libgcrypt
def test_of_many_threads_one_loads_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Met half initialised, it was taken for broken: another was searched, digests were slow."""
    initialise = streebog._initialise
    loads = []

    def slowly(library: ctypes.CDLL) -> bool:
        loads.append(library)
        time.sleep(0.05)
        return initialise(library)

    monkeypatch.setattr(streebog, "_initialise", slowly)
    streebog._load.cache_clear()
    with ThreadPoolExecutor(4) as threads:
        backends = list(threads.map(lambda _: streebog.backend(), range(4)))
    assert backends == ["libgcrypt"] * 4
    assert len(loads) == 1


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("message", "size", "expected"), KNOWN_ANSWERS)
def test_streebog_gives_the_answers_of_rfc_6986(
    backend: type[GcryptStreebog | PythonStreebog], message: bytes, size: int, expected: str
) -> None:
    running = backend(size)
    running.update(message)
    assert running.hexdigest() == expected
    assert len(running.digest()) == size


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_digest_can_be_taken_midway_and_a_copy_goes_its_own_way(
    backend: type[GcryptStreebog | PythonStreebog],
) -> None:
    running = backend(32)
    running.update(MESSAGE_1[:20])
    running.digest()
    twin = running.copy()
    twin.update(b"something else")
    running.update(MESSAGE_1[20:])
    assert running.hexdigest() == KNOWN_ANSWERS[0][2]
    assert twin.hexdigest() != running.hexdigest()


@needs_libgcrypt
@settings(max_examples=60, deadline=None)
@given(
    # Blocks of all ones make the carries in which other implementations have failed.
    words=st.lists(
        st.sampled_from([b"\xff" * 8, b"\x00" * 8, b"\x01" + b"\x00" * 7]) | st.binary(max_size=9),
        max_size=40,
    ),
    cuts=st.lists(st.integers(0, 320), max_size=6),
    size=st.sampled_from([32, 64]),
)
def test_both_backends_agree_however_the_input_is_cut(
    words: list[bytes], cuts: list[int], size: int
) -> None:
    data = b"".join(words)
    ours, theirs = PythonStreebog(size), GcryptStreebog(size)
    ours.update(data)
    places = [0, *sorted(cuts), len(data)]
    for begin, end in pairwise(places):
        theirs.update(data[begin:end])
    assert ours.digest() == theirs.digest()

    chunked = PythonStreebog(size)
    for begin, end in pairwise(places):
        chunked.update(data[begin:end])
    assert chunked.digest() == ours.digest()


def test_streebog_has_no_other_lengths() -> None:
    with pytest.raises(ValueError, match="not 48"):
        PythonStreebog(48)


def test_without_libgcrypt_our_own_code_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streebog, "_libgcrypt", lambda: None)
    assert streebog.backend() == "python"
    running = streebog.streebog512()
    assert isinstance(running, PythonStreebog)
    running.update(MESSAGE_2)
    assert running.hexdigest() == KNOWN_ANSWERS[3][2]


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, BLOCK_BYTES, BLOCK_BYTES + 1, 2_500_000])
def test_a_file_gets_all_digests_from_one_reading(tmp_path: Path, size: int) -> None:
    data = content(size)
    path = tmp_path / "том.pdf"
    path.write_bytes(data)
    digests = digest_file(path)
    assert digests.size == size
    assert digests.sha256 == hashlib.sha256(data).hexdigest()
    assert digests.sha512 == hashlib.sha512(data).hexdigest()
    whole = streebog.streebog256()
    whole.update(data)
    assert digests.streebog256 == whole.hexdigest()


def test_piecewise_digests_equal_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "том.pdf"
    path.write_bytes(b"abc" * 1000)
    pieces = MultiDigest()
    for _ in range(1000):
        pieces.update(b"abc")
    assert pieces.result() == digest_file(path)


@pytest.mark.skipif(shutil.which("rhash") is None, reason="rhash is not installed")
def test_rhash_accepts_our_streebog_digests(tmp_path: Path) -> None:
    lines = []
    for size in (0, 100, 200_000):
        path = tmp_path / f"{size}.bin"
        path.write_bytes(content(size))
        lines.append(f"{digest_file(path).streebog256}  {path.name}\n")
    (tmp_path / "list.txt").write_text("".join(lines))
    command = ["rhash", "--gost12-256", "-c", "list.txt"]
    judge = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert judge.returncode == 0, judge.stdout

    (tmp_path / "100.bin").write_bytes(b"changed")
    judge = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert judge.returncode != 0


def test_a_missing_file_raises_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        digest_file(tmp_path / "нет.pdf")
