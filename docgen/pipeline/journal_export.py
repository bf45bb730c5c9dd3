"""Give the journal out as a «Школьный пакет»: a folder, a ZIP or a workbook, whole or absent."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docgen.core.errors import UsageFault
from docgen.core.files import move_durably, stable_zip, write_atomic
from docgen.journal.export import Sheet, package
from docgen.journal.export_files import csv_files, workbook_bytes
from docgen.journal.export_scope import classes_only, whole
from docgen.journal.store import Journal
from docgen.journal.view import find_class
from docgen.pipeline.workspace import Workspace

_MODE = 0o600
"""Names, marks and addresses of children: for nobody but the owner."""


@dataclass(frozen=True, slots=True)
class Exported:
    """Where the package lies, its classes (none named: all), rows by table, and if it was new."""

    path: Path
    classes: tuple[str, ...]
    tables: tuple[tuple[str, int], ...]
    made: bool


def export_journal(workspace: Workspace, target: Path, class_names: Sequence[str]) -> Exported:
    """Write the package; a target that holds something else is never overwritten.

    Raises UsageFault for such a target or an unknown class, InputFault for what a workbook cannot
    hold, OSError when the file system refuses.
    """
    with workspace.open_journal() as journal:
        classes = tuple(dict.fromkeys(find_class(journal, name).class_id for name in class_names))
        sheets = _sheets(journal, classes)
    tables = tuple((sheet.title, len(sheet.rows)) for sheet in sheets)
    suffix = target.suffix.casefold()
    if suffix == ".zip":
        made = _write_file(target, stable_zip(csv_files(sheets)))
    elif suffix == ".xlsx":
        made = _write_file(target, workbook_bytes(sheets))
    elif suffix and not target.is_dir():
        raise UsageFault(
            f"пакет не бывает файлом «{suffix}»",
            where=str(target),
            remedy="Назовите папку, ФАЙЛ.zip или ФАЙЛ.xlsx.",
        )
    else:
        made = _write_folder(target, csv_files(sheets))
    return Exported(target, classes, tables, made)


def write_package(target: Path, sheets: Sequence[Sheet], *, replace: bool) -> bool:
    """Write tables as a folder of CSV; with `replace` what stands there goes. False: it stood."""
    files = csv_files(sheets)
    if replace and target.is_dir() and not _holds(target, files):
        shutil.rmtree(target)
    return _write_folder(target, files)


def _sheets(journal: Journal, classes: Sequence[str]) -> list[Sheet]:
    select = classes_only(journal, classes) if classes else whole(journal)
    return list(package(journal.school(), select))


def _write_file(target: Path, data: bytes) -> bool:
    """Write a file that is not there; the very same one is left alone."""
    if target.is_file() and target.read_bytes() == data:
        return False
    if target.exists():
        raise _occupied(target, "здесь уже лежит другой файл")
    write_atomic(target, data, mode=_MODE)
    return True


def _write_folder(target: Path, files: Mapping[str, bytes]) -> bool:
    """Write a folder that is empty or not there; it appears with all its files at once."""
    if target.exists() and not target.is_dir():
        raise _occupied(target, "здесь уже лежит файл")
    if _holds(target, files):
        return False
    if target.is_dir() and any(target.iterdir()):
        raise _occupied(target, "папка не пуста")
    target.parent.mkdir(parents=True, exist_ok=True)
    growing = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name, data in files.items():
            write_atomic(growing / name, data, mode=_MODE)
        move_durably(growing, target)
    except BaseException:
        shutil.rmtree(growing, ignore_errors=True)
        raise
    return True


def _holds(target: Path, files: Mapping[str, bytes]) -> bool:
    """Whether the folder holds these files and no others."""
    standing = sorted(path.name for path in target.iterdir()) if target.is_dir() else []
    return standing == sorted(files) and all(
        (target / name).read_bytes() == data for name, data in files.items()
    )


def _occupied(target: Path, what: str) -> UsageFault:
    return UsageFault(
        f"{what}, выгрузка его не заменяет",
        where=str(target),
        remedy="Назовите другое место или уберите то, что там лежит, и повторите команду.",
    )
