"""Files that are whole or absent."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_UNFINISHED = ".part"

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment a ZIP can name."""


def write_atomic(path: Path, data: bytes | str, *, mode: int = 0o644) -> None:
    """Write `data` to `path` so that a reader sees the old file or the whole new one.

    The bytes are fsynced before the rename and the folder after it. Text is UTF-8.
    Raises OSError when the file system refuses; the temporary file is removed then.
    """
    payload = data.encode("utf-8") if isinstance(data, str) else data
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_UNFINISHED, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            fcntl.flock(handle, fcntl.LOCK_EX)  # so that nobody takes it for a stopped run's
            stream.write(payload)
            stream.flush()
            os.fsync(handle)
            # FAT media know no modes and refuse; a key there is refused when it is read.
            with suppress(PermissionError):
                temporary.chmod(mode)
            move_durably(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sweep_unfinished(folder: Path) -> None:
    """Remove what killed runs of `write_atomic` left below a folder; what is written now stays.

    Raises OSError.
    """
    for place, _, names in os.walk(folder):
        for name in names:
            if name.startswith(".") and name.endswith(_UNFINISHED):
                _remove_abandoned(Path(place, name))


def _remove_abandoned(path: Path) -> None:
    with suppress(FileNotFoundError), path.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        path.unlink()


def move_durably(source: Path, target: Path) -> None:
    """Give a synced file or folder another name, durably when this returns.

    What was moved is synced once more under the new name: FAT notes there neither where its bytes
    lie nor how many they are until then. Raises OSError.
    """
    source.replace(target)
    if target.is_dir():
        fsync_folder(target)
    else:
        fsync_file(target)
    for folder in dict.fromkeys([target.parent, source.parent]):
        fsync_folder(folder)


def fsync_file(path: Path) -> None:
    """Make the content of one file durable. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fsync_folder(folder: Path) -> None:
    """Make the names of a folder durable, as far as its file system knows how.

    A file system that has no such step says EINVAL (fsync(2)), as folders do that a virtual machine
    shares; there nothing more can be asked for. Raises OSError.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as fault:
        if fault.errno != errno.EINVAL:
            raise
    finally:
        os.close(handle)


def stable_zip(members: Mapping[str, bytes]) -> bytes:
    """Pack members into a ZIP: the same names and bytes in the same order give the same ZIP."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return packed.getvalue()
