"""Whom the workspace trusts: certificates of authorities, added by a person who has looked."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from docgen.core.files import write_atomic
from docgen.pipeline.sign import trust_folder
from docgen.pipeline.workspace import Workspace
from signing.authorities import Authority, read_authorities

__all__ = ["Authority", "add_trusted", "offered", "trusted"]


def offered(path: Path, at: dt.datetime) -> tuple[Authority, ...]:
    """What a file would add; raises SigningFault for what may not be trusted."""
    return read_authorities(path, at)


def add_trusted(workspace: Workspace, authorities: tuple[Authority, ...]) -> list[Path]:
    """Keep certificates in the workspace's folder `trust`, one file each."""
    folder = trust_folder(workspace)
    folder.mkdir(exist_ok=True)
    paths = []
    for authority in authorities:
        path = folder / f"{authority.thumbprint[:16]}.pem"
        write_atomic(path, authority.pem)
        paths.append(path)
    return paths


def trusted(workspace: Workspace, at: dt.datetime) -> list[tuple[Path, Authority]]:
    """Everything the workspace trusts: school.toml's files, then those of the folder `trust`."""
    paths = [workspace.folder / name for name in workspace.profile.signing.trust]
    folder = trust_folder(workspace)
    if folder.is_dir():
        paths += sorted(
            path for path in folder.iterdir() if path.suffix in {".pem", ".cer", ".crt"}
        )
    return [(path, item) for path in paths for item in read_authorities(path, at)]
