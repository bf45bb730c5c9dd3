"""Files put in their place on a medium: written aside, read back, moved; never by way of a link."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from archive.durable import CHUNK, digest_or_none, open_plain, sha512_of, sync_tree
from archive.faults import not_what_was_written
from docgen.core.files import fsync_folder, move_durably

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.medium import Medium


def digest_below(root: Path, path: str) -> str | None:
    """Digest a file below a folder, never by way of a link; None when it cannot be read."""
    return None if _through_a_link(root, path) else digest_or_none(root / path)


def _through_a_link(root: Path, path: str) -> bool:
    return any((root / parent).is_symlink() for parent in Path(path).parents if parent.name)


def stage(
    medium: Medium, name: str, sources: Mapping[str, Path | None], wanted: Mapping[str, str]
) -> Path:
    """Write files aside on the medium, durable and read back past the cache; returns the folder."""
    staged = medium.incoming / name
    with medium.faults():
        staged.mkdir(parents=True)
        for path, source in sources.items():
            (staged / path).parent.mkdir(parents=True, exist_ok=True)
            with (staged / path).open("xb") as target:
                if source is not None:
                    with open_plain(source) as stream:
                        shutil.copyfileobj(stream, target, CHUNK)
        sync_tree(staged)
        if any(sha512_of(staged / path) != wanted[path] for path in sources):
            raise not_what_was_written(medium.label)
    return staged


def clear(staged: Path) -> None:
    """Remove what is left aside; what the medium does not let go of, the next run sweeps."""
    with suppress(OSError):
        shutil.rmtree(staged)
        fsync_folder(staged.parent)


def put(medium: Medium, staged: Path, root: Path, path: str) -> str:
    """Move a file to its place; the Russian reason when something else stands in the way."""
    if _through_a_link(root, path) or (root / path).is_dir():
        return "на его месте стоит папка или ссылка: уберите её и повторите команду"
    parents = [root / parent for parent in Path(path).parents]
    if any(parent.exists() and not parent.is_dir() for parent in parents):
        return "на месте его папки лежит файл: уберите его и повторите команду"
    with medium.faults():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        move_durably(staged, root / path)
        for parent in Path(path).parents[1:]:  # the move has synced the first
            fsync_folder(root / parent)
    return ""
