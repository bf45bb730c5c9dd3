"""Sign files with the workspace's key, once: a signature that holds is not made again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from docgen.core.progress import Progress
from docgen.pipeline.workspace import Workspace
from signing.holder import read_passphrase
from signing.report import Conclusion
from signing.software import SoftwareSigner, load_signer
from signing.trust import TrustStore
from signing.verify import verify_file

SUFFIX = ".p7s"


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A file with its detached signature; `made` tells whether this run made it."""

    path: Path
    signature: Path
    made: bool


@dataclass(frozen=True, slots=True)
class Seal:
    """The workspace's key and what it is checked against, at the moment of the run."""

    signer: SoftwareSigner
    trust: TrustStore
    at: dt.datetime

    def sign(self, path: Path) -> SignedFile:
        """Sign a file beside it, unless a signature that passes stands there.

        Raises SigningFault; a signature of other bytes is replaced, since nothing here is signed
        by anybody else's key.
        """
        signature = signature_of(path)
        if signature.is_file():
            report = verify_file(path, signature, trust=self.trust, at=self.at)
            if report.conclusion is Conclusion.TOTAL_PASSED:
                return SignedFile(path, signature, made=False)
        self.signer.sign_file(path, signature, signed_at=self.at)
        return SignedFile(path, signature, made=True)


def signature_of(path: Path) -> Path:
    """Where the detached signature of a file stands: beside it, `.p7s` added."""
    return path.with_name(path.name + SUFFIX)


def open_seal(workspace: Workspace, at: dt.datetime, ask: Callable[[], str] | None = None) -> Seal:
    """Open the workspace's key; `ask` gives the pass phrase where no file of it is named.

    Raises SigningFault when key, pass phrase or certificate do not do.
    """
    settings = workspace.profile.signing
    key = workspace.folder / settings.key
    if settings.passphrase_file or ask is None:
        passphrase = read_passphrase(workspace.folder / settings.passphrase_file)
    else:
        passphrase = ask()
    return Seal(load_signer(key, passphrase, at), trust_store(workspace), at)


def trust_store(workspace: Workspace | None, *more: Path) -> TrustStore:
    """Certificates the workspace trusts and those named; raises SigningFault for no certificate."""
    own = workspace.profile.signing.trust if workspace else ()
    paths = [workspace.folder / name for name in own] if workspace else []
    return TrustStore.from_paths(*paths, *more)


def sign_files(paths: Sequence[Path], seal: Seal, progress: Progress) -> tuple[SignedFile, ...]:
    """Sign many files; what is signed already is left as it is."""
    return tuple(map(seal.sign, progress.track(paths, title="Подпись", total=len(paths))))
