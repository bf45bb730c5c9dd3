"""The workspace: one folder per school, and where everything lies in it (cli.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from archive.names import safe_name
from docgen.core.errors import UsageFault
from docgen.journal.store import Journal, StoreFault
from docgen.profile import Profile, load_profile

STORE_FAULT = StoreFault
"""What the reading of a journal may raise when the disk or the file fails."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A school's folder with its profile; paths below it are made by the steps that fill them."""

    folder: Path
    profile: Profile

    @property
    def journal_file(self) -> Path:
        """The journal's data."""
        return self.folder / "journal.sqlite"

    @property
    def register_file(self) -> Path:
        """The register of the archive, rebuildable from the media."""
        return self.folder / "register.sqlite"

    @property
    def templates(self) -> Path:
        """The school's own templates; may be absent."""
        return self.folder / "templates"

    @property
    def own_templates(self) -> Path | None:
        """The school's own templates, None without any."""
        return self.templates if self.templates.is_dir() else None

    @property
    def bundles(self) -> Path:
        """Bundles ready to be copied."""
        return self.folder / "bundles"

    @property
    def disposals(self) -> Path:
        """Acts of disposal, with what was done by them."""
        return self.folder / "disposals"

    @property
    def media_folders(self) -> tuple[Path, ...]:
        """Folders of the two media as the profile names them; fewer where it does not."""
        media = self.profile.media
        return tuple(Path(medium.path) for medium in (media.a, media.b) if medium.path)

    @property
    def runs(self) -> Path:
        """Logs of runs, one JSON each, without personal data."""
        return self.folder / "runs"

    def year(self, year: str) -> Path:
        """What belongs to a school year as a whole: its journal once it is over, its start."""
        return self.folder / "years" / year_folder(year)

    def volumes(self, year: str, period: str) -> Path:
        """Volumes of a period with their signatures."""
        return self.folder / "volumes" / year_folder(year) / period

    def out(self, year: str, period: str) -> Path:
        """Documents of a period that are no volumes."""
        return self.folder / "out" / year_folder(year) / period

    def open_journal(self) -> Journal:
        """The journal; raises UsageFault when nothing was imported yet."""
        if not self.journal_file.is_file():
            raise UsageFault(
                "в рабочей папке ещё нет данных журнала",
                where=str(self.folder),
                remedy="Сначала загрузите файлы: docgen import ФАЙЛ.",
            )
        return Journal.open(self.journal_file)


def open_workspace(folder: Path) -> Workspace:
    """Open a workspace made by `docgen init`; raises UsageFault when the folder is none."""
    if not (folder / "school.toml").is_file():
        raise UsageFault(
            "это не рабочая папка docgen: в ней нет school.toml",
            where=str(folder),
            remedy="Создайте рабочую папку: docgen init ПАПКА, или укажите её: docgen -w ПАПКА …",
        )
    return Workspace(folder, load_profile(folder))


def known_workspace(folder: Path) -> Workspace | None:
    """Open a workspace; None for any other folder: an archive outlives its school."""
    return open_workspace(folder) if (folder / "school.toml").is_file() else None


def year_folder(year: str) -> str:
    """«2025/2026» as a folder name: 2025-2026."""
    return re.sub(r"[^0-9]+", "-", year).strip("-")


def index_slug(index: str) -> str:
    """«02/15-А» of the nomenclature as a part of a bag's name: 02-15-a."""
    return index.replace("/", "-").lower()


def class_slug(class_id: str) -> str:
    """«9А» as a file name that sorts: 09a."""
    match = re.fullmatch(r"(\d+)(.*)", class_id.strip())
    if match is None:
        return safe_name(class_id)
    return f"{int(match[1]):02d}{safe_name(match[2]) if match[2].strip() else ''}"
