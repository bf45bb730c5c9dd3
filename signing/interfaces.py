"""What a signing backend and a verifier look like; every backend speaks these protocols."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from docgen.core.findings import Finding
    from signing.report import VerificationReport
    from signing.trust import TrustStore


class Certification(StrEnum):
    """Whether a signing tool is certified by the state (63-ФЗ): only such tools sign qualified."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """Russian word for reports."""
        return {"yes": "сертифицировано", "no": "не сертифицировано", "unknown": "неизвестно"}[self]


class Hash(Protocol):
    """A running digest, as in hashlib."""

    def update(self, data: bytes, /) -> None:
        """Feed bytes in."""
        ...

    def digest(self) -> bytes:
        """Give the digest of all bytes so far."""
        ...


class RawSigner(Protocol):
    """A key that signs bytes, with its certificate: software, engine or token.

    `certificate` and `chain` are DER, the chain from the issuer upwards; OIDs are dotted.
    """

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        ...

    @property
    def chain(self) -> Sequence[bytes]:
        """The certificates above it, DER, the nearest first."""
        ...

    @property
    def digest_oid(self) -> str:
        """The digest algorithm of content and attributes."""
        ...

    @property
    def signature_oid(self) -> str:
        """The algorithm of the signature value."""
        ...

    def new_hash(self) -> Hash:
        """Start a running digest of `digest_oid`."""
        ...

    def sign_raw(self, signed_attributes: bytes) -> bytes:
        """Sign the bytes (not their digest)."""
        ...


@dataclass(frozen=True, slots=True)
class SignResult:
    """What one act of signing left: the files, who signed with what, and when by their clock.

    `thumbprint` is the SHA-256 of the certificate, lower-case hexadecimal.
    """

    source: Path
    signature: Path
    signer: str
    thumbprint: str
    signed_at: dt.datetime
    tool: str
    certified: Certification


class Timestamper(Protocol):
    """A time stamping authority, in the house or on the network (RFC 3161)."""

    def stamp(self, digest: bytes, digest_oid: str) -> bytes:
        """Give a token over the digest: a TimeStampToken in DER.

        Raises SigningFault when the authority is silent, refuses or answers another question.
        """
        ...


class DetachedSigner(Protocol):
    """Signs a file and leaves the signature beside it."""

    def sign_file(
        self,
        source: Path,
        out: Path,
        *,
        signed_at: dt.datetime,
        timestamper: Timestamper | None = None,
    ) -> SignResult:
        """Write the signature of `source` to `out`, whole or not at all; stamped if asked."""
        ...


class Signer(DetachedSigner, Protocol):
    """An opened key of a backend: who signs, and the signing itself."""

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER."""
        ...

    @property
    def chain(self) -> Sequence[bytes]:
        """The certificates above it, DER, the nearest first."""
        ...

    @property
    def thumbprint(self) -> str:
        """SHA-256 of the certificate, lower-case hexadecimal: the key of the role map."""
        ...

    def warnings(self, at: dt.datetime) -> list[Finding]:
        """Findings a person should see before signing: a certificate about to end."""
        ...


class Verifier(Protocol):
    """Checks detached signatures; the module `signing.verify` is one."""

    def verify_file(
        self, source: Path, signature: Path, *, trust: TrustStore, at: dt.datetime
    ) -> VerificationReport:
        """Check `signature` against `source` as of `at`; a report, never a bare bool."""
        ...
