"""Private folders for what must not outlive a run: cases hold personal data.

What a stopped run left there is removed by the next one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from archive.faults import told_as_medium_fault
from docgen.core.errors import MediumFault

if TYPE_CHECKING:
    from collections.abc import Iterator

_PRIVATE = 0o700


@contextmanager
def private_folder(scratch: Path | None = None) -> Iterator[Path]:
    """Make a folder nobody else may read, removed at the end; first remove those of stopped runs.

    It lies below `scratch`, by default the system's folder for temporary files. A folder in use is
    locked; a lock ends with its process, however that ends. Raises MediumFault.
    """
    home = (scratch or Path(tempfile.gettempdir())) / f"docgen-{os.getuid()}"
    with told_as_medium_fault(f"временная папка {home}"):
        home.mkdir(mode=_PRIVATE, exist_ok=True)
        status = home.lstat()
        if home.is_symlink() or status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise MediumFault(
                "Временная папка чужая: класть в неё личные данные нельзя.",
                where=str(home),
                remedy="Уберите её или задайте другую папку временных файлов: переменная TMPDIR.",
            )
        gate = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(gate, fcntl.LOCK_EX)
            _sweep(home)
            folder = Path(tempfile.mkdtemp(dir=home))
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(held, fcntl.LOCK_EX)
        finally:
            os.close(gate)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _sweep(home: Path) -> None:
    for folder in home.iterdir():
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        except BlockingIOError:
            continue  # another run works there
        finally:
            os.close(handle)
