"""Bytes that are really on the disk: durable writing and reading past the page cache.

Files on media are made with their final mode at once: FAT and exFAT refuse a later chmod.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from archive.parallel import do_each
from docgen.core.files import fsync_file, fsync_folder, move_durably

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator, Mapping

    from docgen.core.streebog import Hash

CHUNK = 1 << 20  # bytes; large enough for optical discs and USB sticks

# What operating systems leave in the root of a medium by themselves.
SYSTEM_FOLDERS = frozenset(
    {"lost+found", "System Volume Information", "$RECYCLE.BIN"}
    | {".Trashes", ".Spotlight-V100", ".fseventsd"}
)


def write_durable(path: Path, data: bytes) -> None:
    """Write a small file so that after a power loss the old or the whole new one is there.

    Raises OSError; the temporary sibling `.NAME.part` is removed then if the medium allows.
    """
    temporary = part_of(path)
    temporary.unlink(missing_ok=True)
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        move_durably(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def part_of(path: Path) -> Path:
    """Name the unfinished sibling of a file or folder; one a file, so leftovers are found."""
    return path.with_name(f".{path.name}.part")


def sync_tree(folder: Path) -> None:
    """Make every file of a folder durable, then the names in it."""
    do_each(lambda path: fsync_file(folder / path), [path for path, _ in files_below(folder)])
    sync_folders(folder)


def sync_folders(folder: Path) -> None:
    """Make the names in a folder durable, from the leaves to the root."""

    def refuse(fault: OSError) -> None:
        raise fault

    for parent, _, _ in os.walk(folder, topdown=False, onerror=refuse):
        fsync_folder(Path(parent))


def start_writing(handle: int) -> None:
    """Let the disk begin with what was written to an open file, without waiting for it.

    Dirty pages cannot be forgotten, so Linux starts writing them out instead: the disk works while
    the next file is digested, and the fsync that follows finds little left to do.
    """
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def forget(handle: int) -> None:
    """Forget what memory holds of an open file, so that the next read comes from the medium.

    Without it a bit flipped on the disk is invisible (archive.md, Writing, step 5). A mounted disc
    is not written to and refuses to be synced; nothing of it is dirty.
    """
    try:
        os.fsync(handle)
    except OSError as fault:
        if fault.errno not in {errno.EINVAL, errno.EROFS}:
            raise
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def open_plain(path: Path, *, limit: int | None = None) -> io.FileIO:
    """Open a plain file for reading and nothing else: no link is followed, no pipe waited for.

    Raises OSError (ELOOP for a link, EINVAL for what else is no plain file, EFBIG for one of more
    than `limit` bytes).
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    status = os.fstat(handle)
    refused = 0 if is_regular(status) else errno.EINVAL
    if not refused and limit is not None and status.st_size > limit:
        refused = errno.EFBIG
    if refused:
        os.close(handle)
        raise OSError(refused, os.strerror(refused), str(path))
    return os.fdopen(handle, "rb", buffering=0)


def read_plain(path: Path, *, limit: int | None = None) -> bytes:
    """Read a plain file whole. Raises OSError as `open_plain`."""
    with open_plain(path, limit=limit) as stream:
        return stream.read()


def sha512_of(path: Path) -> str:
    """SHA-512 of a file as the medium gives it, past the cache; lower-case hex. Raises OSError."""
    return digests_of(path, {"sha512": hashlib.sha512})["sha512"]


def digest_or_none(path: Path) -> str | None:
    """Digest a file that may be damaged or gone; what is wrong with it is reported elsewhere."""
    try:
        return sha512_of(path)
    except OSError:
        return None


def digests_of(path: Path, makers: Mapping[str, Callable[[], Hash]]) -> dict[str, str]:
    """Digest a plain file as the medium gives it, past the cache, by each of `makers` at once.

    Lower-case hex by the names of `makers`. Raises OSError.
    """
    with open_plain(path) as stream:
        forget(stream.fileno())
        return digests_of_stream(stream, makers)


def digests_of_stream(
    stream: io.FileIO, makers: Mapping[str, Callable[[], Hash]]
) -> dict[str, str]:
    """Digest what is left of a stream by each of `makers`."""
    digests = {name: make() for name, make in makers.items()}
    while chunk := stream.read(CHUNK):
        for digest in digests.values():
            digest.update(chunk)
    return {name: digest.hexdigest() for name, digest in digests.items()}


def files_below(
    folder: Path, *, refused: Callable[[str, OSError], object] | None = None
) -> Iterator[tuple[str, os.stat_result]]:
    """Walk everything below a folder that is not itself a folder, sorted, links not followed.

    Yields relative POSIX paths with their `lstat`. Raises OSError when the folder cannot be read,
    and for what cannot be read below it unless `refused` takes its path and the fault.
    """
    pending = _listed(folder, "")
    while pending:
        path, entry = pending.pop()
        try:
            if entry.is_dir(follow_symlinks=False):
                pending += _listed(entry.path, f"{path}/")
                continue
            status = entry.stat(follow_symlinks=False)
        except OSError as fault:
            if refused is None:
                raise
            refused(path, fault)
            continue
        yield path, status


def _listed(folder: Path | str, prefix: str) -> list[tuple[str, os.DirEntry[str]]]:
    """What lies in one folder, the last name first."""
    with os.scandir(folder) as rows:
        entries = sorted(rows, key=lambda row: row.name, reverse=True)
    return [(f"{prefix}{entry.name}", entry) for entry in entries]


def is_regular(status: os.stat_result) -> bool:
    """Whether it is a plain file: no link, pipe, socket or device."""
    return stat.S_ISREG(status.st_mode)
