"""The writing protocol of one bag: two verified copies from one reading (archive.md, Writing).

Files arrive in `bags/.incoming/NAME`, each is made durable, read back past the cache and compared
with the lists of the bag, several side by side, so that one waits for the disk while another is
digested; only when all are right the bag is renamed into place. A failed fsync is never tried again
on the same file, because the kernel may have dropped the pages by then: the unfinished bag is
removed and written anew.
"""

from __future__ import annotations

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from archive import manifest
from archive.durable import (
    CHUNK,
    digests_of_stream,
    files_below,
    forget,
    open_plain,
    sha512_of,
    start_writing,
    sync_folders,
)
from archive.faults import not_what_was_written
from archive.parallel import each
from docgen.core.errors import InputFault
from docgen.core.files import move_durably
from docgen.core.findings import Finding, finding
from docgen.core.reasons import reason

if TYPE_CHECKING:
    import io
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
            move_durably(medium.incoming / bag.name, medium.bags / bag.name)


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
    wanted = _wanted(bag, paths)
    with ThreadPoolExecutor(max_workers=len(media)) as pool:

        def everywhere(step: Callable[[Medium], None]) -> None:
            for _ in pool.map(step, media):  # raises the first fault
                pass

        everywhere(partial(_make_room, bag.name, paths))
        for group in (early, late):
            found = each(lambda path: _carry(bag, media, path, wanted[path]), group)
            wrong = [
                (medium, path) for path, told in zip(group, found, strict=True) for medium in told
            ]
            _must_be_right(bag, wrong, wanted)
            everywhere(partial(_sync_names, bag.name))


def _wanted(bag: Path, paths: Sequence[str]) -> dict[str, str]:
    """Digest of every file: as its lists say, and of the lists and seals as they are.

    Files are not digested before they are copied: what comes back from the media is compared with
    the lists, and that proves both the reading of the source and the writing.
    """
    found: list[Finding] = []
    wanted: dict[str, str] = {}
    for name in (manifest.MANIFEST, manifest.TAG_MANIFEST):
        read = manifest.read_list(bag / name, digits=manifest.SHA512_DIGITS, where=bag.name)
        found += read.findings
        wanted |= read.digests
    found += [_changed(bag.name, path) for path in sorted(wanted.keys() - set(paths))]
    if found:
        raise damaged_source(bag, found)
    with _source_faults(bag):
        return wanted | {path: sha512_of(bag / path) for path in paths if path not in wanted}


def _make_room(name: str, paths: Sequence[str], medium: Medium) -> None:
    folder = medium.incoming / name
    with medium.faults():
        folder.mkdir(parents=True)
        for parent in dict.fromkeys((folder / path).parent for path in paths):
            parent.mkdir(parents=True, exist_ok=True)


def _carry(bag: Path, media: Sequence[Medium], path: str, digest: str) -> list[Medium]:
    """Write one file to all media from one reading; returns the media that give back another.

    Every refusal, of opening, writing, syncing, reading or closing, names its medium.
    """
    with ExitStack() as stack:
        streams: list[io.FileIO] = []
        for medium in media:
            stack.enter_context(medium.faults())
            place = medium.incoming / bag.name / path
            streams.append(stack.enter_context(place.open("x+b", buffering=0)))
        for chunk in _chunks(bag / path):
            for medium, stream in zip(media, streams, strict=True):
                with medium.faults():
                    _write_all(stream, chunk)
        for medium, stream in zip(media, streams, strict=True):
            with medium.faults():
                start_writing(stream.fileno())
        return _read_back(media, streams, digest)


def _chunks(path: Path) -> Iterator[bytes]:
    with _source_faults(path), open_plain(path) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


@contextmanager
def _source_faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise InputFault(
            f"Файл собранного дела не читается ({reason(fault)}).",
            where=fault.filename or str(path),
            remedy="Проверьте диск компьютера и соберите дело заново.",
        ) from fault


def _write_all(stream: io.FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[stream.write(rest) :]


def _read_back(media: Sequence[Medium], streams: Sequence[io.FileIO], digest: str) -> list[Medium]:
    """Make one file durable everywhere and compare what the media give back, past the cache.

    The first medium's bytes are digested; bytes equal to them need no second digest.
    """
    for medium, stream in zip(media, streams, strict=True):
        with medium.faults():
            forget(stream.fileno())
            stream.seek(0)
    running = hashlib.sha512()
    differ: set[Medium] = set()
    while chunk := _next_chunk(media[0], streams[0]):
        running.update(chunk)
        for medium, stream in zip(media[1:], streams[1:], strict=True):
            if _next_chunk(medium, stream) != chunk:
                differ.add(medium)
    differ |= {
        medium
        for medium, stream in zip(media[1:], streams[1:], strict=True)
        if _next_chunk(medium, stream)
    }
    right = running.hexdigest() == digest
    return [
        medium
        for medium, stream in zip(media, streams, strict=True)
        if (_digest(medium, stream) != digest if medium in differ else not right)
    ]


def _next_chunk(medium: Medium, stream: io.FileIO) -> bytes:
    """Read a whole chunk, or what is left: a file system may give less at a time."""
    with medium.faults():
        chunk = stream.read(CHUNK)
        while chunk and len(chunk) < CHUNK and (more := stream.read(CHUNK - len(chunk))):
            chunk += more
    return chunk


def _digest(medium: Medium, stream: io.FileIO) -> str:
    """Digest one file by itself: it is not what another medium gave back."""
    with medium.faults():
        forget(stream.fileno())
        stream.seek(0)
        return digests_of_stream(stream, {"sha512": hashlib.sha512})["sha512"]


def _sync_names(name: str, medium: Medium) -> None:
    with medium.faults():
        sync_folders(medium.incoming / name)


def _must_be_right(
    bag: Path, wrong: Sequence[tuple[Medium, str]], wanted: Mapping[str, str]
) -> None:
    """Tell a damaged source from a medium that lies, by reading the source again."""
    if not wrong:
        return
    paths = sorted({path for _, path in wrong})
    with _source_faults(bag):
        damaged = [path for path in paths if sha512_of(bag / path) != wanted[path]]
    if damaged:
        raise damaged_source(bag, [_changed(bag.name, path) for path in damaged])
    raise not_what_was_written(
        "; ".join(dict.fromkeys(medium.label for medium, _ in wrong)),
        [_changed(bag.name, path) for path in paths],
    )


def _changed(name: str, path: str) -> Finding:
    return finding("AR-23", f"{name}/{path}", path=path, kind="SHA-512")
