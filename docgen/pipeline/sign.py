"""Sign files: with the workplace's key or a person's, beside signatures that stand already."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from docgen.core.errors import SigningFault
from docgen.core.files import write_atomic
from docgen.core.progress import Progress
from docgen.pipeline.workspace import Workspace
from signing.algorithms import file_digest
from signing.backends import KeySource, backend
from signing.cms import Malformed
from signing.extend import OtherContent, with_signer
from signing.holder import read_passphrase
from signing.interfaces import Certification, Signer, Timestamper
from signing.report import CheckName, Conclusion, Status, VerificationReport
from signing.revocation import NO_EVIDENCE, Evidence
from signing.timestampers import HttpTimestamper
from signing.trust import TrustStore
from signing.verify import verify_file

SUFFIX = ".p7s"
OWN_WINDOW = "cryptopro"
"""The tool that asks for the PIN itself."""


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A file with its detached signature; `made` tells whether this run made it."""

    path: Path
    signature: Path
    made: bool


@dataclass(frozen=True, slots=True)
class Seal:
    """A key and what signatures are checked against, at the moment of the run."""

    signer: Signer
    trust: TrustStore
    at: dt.datetime
    timestamper: Timestamper | None = None
    evidence: Evidence = NO_EVIDENCE
    tool: str = ""
    certified: Certification = Certification.UNKNOWN

    def sign(self, path: Path) -> SignedFile:
        """Sign a file beside it, next to those who signed it already; once.

        Raises SigningFault, also when what stands there is no signature of these bytes: nobody's
        signature is ever lost, nor the trace of a change.
        """
        signature = signature_of(path)
        report = self._report(path, signature)
        if report is None:
            self._write(path, signature)
            return SignedFile(path, signature, made=True)
        if not _is_of(report):
            raise SigningFault(
                "Рядом лежит подпись, которая к этому файлу не подходит: файл изменён после "
                "подписания или подпись повреждена. Ничего не переписано.",
                where=str(signature),
                remedy="Верните подписанный файл. Если он не нужен, уберите подпись сами.",
            )
        own = [
            item
            for item in report.signatures
            if item.certificate and item.certificate.thumbprint == self.signer.thumbprint
        ]
        if own:
            return SignedFile(path, signature, made=False)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".signing.") as folder:
            fresh = Path(folder) / signature.name
            self._write(path, fresh)
            try:
                both = with_signer(
                    signature.read_bytes(), fresh.read_bytes(), lambda oid: file_digest(path, oid)
                )
            except (Malformed, OtherContent) as fault:
                raise SigningFault(
                    "К подписи, которая уже стоит, вторую добавить нельзя.",
                    where=str(signature),
                    remedy="Проверьте её: docgen verify. Если она повреждена, уберите файл.",
                ) from fault
            write_atomic(signature, both)
        return SignedFile(path, signature, made=True)

    def apply(self, path: Path) -> None:
        """Sign a file as `sign` does, for those who are called back for the signature alone."""
        self.sign(path)

    def _write(self, path: Path, signature: Path) -> None:
        self.signer.sign_file(path, signature, signed_at=self.at, timestamper=self.timestamper)

    def _report(self, path: Path, signature: Path) -> VerificationReport | None:
        if not signature.is_file():
            return None
        return verify_file(path, signature, trust=self.trust, at=self.at)


def _is_of(report: VerificationReport) -> bool:
    """Whether every signature of the file is over these bytes and made by its certificate's key."""
    wanted = {CheckName.CONTENT, CheckName.SIGNATURE}
    return bool(report.signatures) and all(
        check.status is Status.PASSED
        for item in report.signatures
        for check in item.checks
        if check.name in wanted
    )


def broken_seal(path: Path, trust: TrustStore, at: dt.datetime) -> str:
    """Why the signature beside a file is surely wrong, in Russian; "" where it may be right."""
    signature = signature_of(path)
    if not path.is_file() or not signature.exists():
        return ""
    if signature.is_symlink() or not signature.is_file():
        return "на её месте лежит не файл"
    report = verify_file(path, signature, trust=trust, at=at)
    if report.conclusion is not Conclusion.TOTAL_FAILED:
        return ""
    failed = [
        check.sentence
        for item in report.signatures
        for check in item.checks
        if check.status is Status.FAILED
    ]
    return "; ".join(dict.fromkeys(failed)).rstrip(".") or "она не читается"


def signature_of(path: Path) -> Path:
    """Where the detached signature of a file stands: beside it, `.p7s` added."""
    return path.with_name(path.name + SUFFIX)


@dataclass(frozen=True, slots=True)
class Key:
    """A key named on the command line; what is empty is taken from school.toml."""

    backend: str = ""
    path: Path | None = None
    certificate: Path | None = None
    passphrase_file: Path | None = None
    token: str = ""

    @property
    def named(self) -> bool:
        """Whether a person named a key of their own, so that the workplace's is not meant."""
        return bool(self.backend or self.path or self.token or self.certificate)


def open_seal(
    workspace: Workspace,
    at: dt.datetime,
    ask: Callable[[], str] | None = None,
    key: Key = Key(),
) -> Seal:
    """Open the workplace's key, or the one named; `ask` gives the pass phrase no file holds.

    Raises SigningFault when key, pass phrase or certificate do not do.
    """
    settings = workspace.profile.signing
    if key.named:
        name = key.backend or "software"
        path, certificate, token = key.path, key.certificate, key.token
        phrase = key.passphrase_file
    else:
        name, token = settings.backend, settings.token
        path = workspace.folder / settings.key
        certificate = workspace.folder / settings.certificate if settings.certificate else None
        phrase = key.passphrase_file
        if phrase is None and settings.passphrase_file:
            phrase = workspace.folder / settings.passphrase_file
    source = KeySource(
        path=path,
        passphrase="" if name == OWN_WINDOW else _passphrase(phrase, ask),
        certificate=certificate,
        label=token,
        module=Path(settings.module) if settings.module else None,
    )
    tool = backend(name)
    signer = tool.open(source, at)
    timestamper = HttpTimestamper(settings.stamps) if settings.stamps else None
    return Seal(
        signer,
        trust_store(workspace),
        at,
        timestamper,
        kept_evidence(workspace),
        tool.title,
        tool.certified,
    )


def _passphrase(file: Path | None, ask: Callable[[], str] | None) -> str:
    if file is not None:
        return read_passphrase(file)
    if ask is None:
        raise SigningFault(
            "Парольную фразу ключа спросить не у кого: программа запущена не с клавиатуры.",
            remedy="Назовите файл с ней: --passphrase-file ФАЙЛ.",
        )
    return ask()


def trust_folder(workspace: Workspace) -> Path:
    """Certificates added by `docgen trust add`, and lists of revoked ones (*.crl, *.ocsp)."""
    return workspace.folder / "trust"


def trust_store(workspace: Workspace | None, *more: Path) -> TrustStore:
    """Certificates the workspace trusts and those named; raises SigningFault for no certificate."""
    paths: list[Path] = []
    if workspace is not None:
        paths += [workspace.folder / name for name in workspace.profile.signing.trust]
        if trust_folder(workspace).is_dir():
            paths.append(trust_folder(workspace))
    return TrustStore.from_paths(*paths, *more)


def kept_evidence(workspace: Workspace | None) -> Evidence:
    """Lists and answers on revocation that lie beside the trusted certificates."""
    if workspace is None or not trust_folder(workspace).is_dir():
        return NO_EVIDENCE
    return Evidence.from_folder(trust_folder(workspace))


def revocation_files(workspace: Workspace) -> list[Path]:
    """Lists of revoked certificates and answers that lie in the folder `trust`."""
    folder = trust_folder(workspace)
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in {".crl", ".ocsp", ".ors"})


def sign_files(paths: Sequence[Path], seal: Seal, progress: Progress) -> tuple[SignedFile, ...]:
    """Sign many files; what is signed already is left as it is."""
    return tuple(map(seal.sign, progress.track(paths, title="Подпись", total=len(paths))))
