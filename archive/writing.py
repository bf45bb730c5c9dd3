"""The writing protocol of one bag: two verified copies from one reading (archive.md, Writing).

Files arrive in `bags/.incoming/NAME`, are made durable, read back past the cache and compared,
and only then renamed into place. A failed fsync is never tried again on the same file, because the
kernel may have dropped the pages by then: the unfinished bag is removed and written anew.
"""

from __future__ import annotations

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from archive import manifest
from archive.durable import CHUNK, files_below, sha512_of, sync_file, sync_folders
from docgen.core.errors import InputFault, MediumFault
from docgen.core.files import fsync_folder
from docgen.core.findings import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from archive.medium import Medium

_WRITTEN_LAST = (manifest.MANIFEST, manifest.TAG_MANIFEST, *manifest.SEALS)


def write_verified(bag: Path, media: Sequence[Medium]) -> None:
    """Write a bag to media that lack it; when this returns, all of them hold it durably.

    Raises MediumFault that names the medium, or InputFault when the source does not match its own
    manifests: damage is not copied. Nothing unfinished stays behind unless the medium is gone.
    """
    try:
        _write(bag, media)
    except BaseException:
        for medium in media:
            with suppress(OSError):  # the medium may be gone; the next run sweeps it
                shutil.rmtree(medium.incoming / bag.name)
        raise
    for medium in media:
        medium.read()
        with medium.faults():
            (medium.incoming / bag.name).rename(medium.bags / bag.name)
            fsync_folder(medium.bags)
            fsync_folder(medium.incoming)


def damaged_source(bag: Path, found: Sequence[Finding]) -> InputFault:
    """Make the fault of a built bag that is not whole."""
    return InputFault(
        "Собранное дело повреждено, на носители оно не записано.",
        where=str(bag),
        remedy="Удалите эту папку и соберите дело заново.",
        findings=found,
    )


def _write(bag: Path, media: Sequence[Medium]) -> None:
    paths = [path for path, _ in files_below(bag)]
    early = [path for path in paths if path not in _WRITTEN_LAST]
    late = [path for path in _WRITTEN_LAST if path in paths]
    digests: dict[str, str] = {}
    with ThreadPoolExecutor(max_workers=len(media)) as pool:

        def everywhere(step: Callable[[Medium], None]) -> None:
            for _ in pool.map(step, media):  # raises the first fault
                pass

        everywhere(partial(_make_room, bag.name))
        for group in (early, late):
            digests |= {path: _feed(bag, path, media) for path in group}
            everywhere(partial(_make_durable, bag.name, group))
        _check_source(bag, digests)
        everywhere(partial(_read_back, bag.name, digests))


def _make_room(name: str, medium: Medium) -> None:
    with medium.faults():
        (medium.incoming / name).mkdir(parents=True)


def _feed(bag: Path, path: str, media: Sequence[Medium]) -> str:
    """Write one file to all media from one reading; returns its SHA-512."""
    digest = hashlib.sha512()
    with ExitStack() as stack:
        writers = [
            stack.enter_context(_new_file(medium, medium.incoming / bag.name / path))
            for medium in media
        ]
        for chunk in _chunks(bag / path):
            digest.update(chunk)
            for write in writers:
                write(chunk)
    return digest.hexdigest()


@contextmanager
def _new_file(medium: Medium, path: Path) -> Iterator[Callable[[bytes], None]]:
    """Open a new file so that each refusal, of opening, writing or closing, names its medium."""
    with medium.faults():
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("xb", buffering=0)

    def write(chunk: bytes) -> None:
        rest = memoryview(chunk)
        with medium.faults():
            while rest:
                rest = rest[stream.write(rest) :]

    try:
        yield write
    finally:
        with medium.faults():
            stream.close()


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except OSError as fault:
        raise InputFault(
            f"Файл собранного дела не читается ({fault.strerror}).",
            where=str(path),
            remedy="Проверьте диск компьютера и соберите дело заново.",
        ) from fault


def _make_durable(name: str, paths: Sequence[str], medium: Medium) -> None:
    folder = medium.incoming / name
    with medium.faults():
        for path in paths:
            sync_file(folder / path)
        sync_folders(folder)


def _check_source(bag: Path, digests: Mapping[str, str]) -> None:
    found: list[Finding] = []
    for name in (manifest.MANIFEST, manifest.TAG_MANIFEST):
        read = manifest.read_list(bag / name, digits=manifest.SHA512_DIGITS, where=bag.name)
        found += read.findings
        for path, digest in read.digests.items():
            if digests.get(path) != digest:
                where = f"{bag.name}/{path}"
                found.append(finding("AR-23", where, path=path, kind="SHA-512"))
    if found:
        raise damaged_source(bag, found)


def _read_back(name: str, digests: Mapping[str, str], medium: Medium) -> None:
    folder = medium.incoming / name
    with medium.faults():
        wrong = [path for path, digest in digests.items() if sha512_of(folder / path) != digest]
    if wrong:
        raise MediumFault(
            "Носитель вернул не то, что на него записали.",
            where=medium.label,
            remedy="Замените носитель: доверять ему архив нельзя.",
            findings=[
                finding("AR-23", f"{name}/{path}", path=path, kind="SHA-512") for path in wrong
            ],
        )
