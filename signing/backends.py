"""The ways to sign, each with what it needs here and a test of itself (signing.md, Shape).

A backend is a module with a `BACKEND`; it is loaded when it is asked for, since each brings a
library or a program of its own.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from docgen.core.errors import SigningFault

if TYPE_CHECKING:
    import datetime as dt

    from signing.interfaces import Certification, Signer

NAMES = ("software", "gost", "cryptopro", "pkcs11")


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a backend can sign on this computer; if not, why, and what to do about it."""

    ok: bool
    why: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What a backend found when it tried itself out, in a Russian sentence."""

    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the key lies: a file, or a token or container by `label`.

    `certificate` is the file of a certificate that does not lie with its key; `module` is the
    library of a token (PKCS#11). `passphrase` is also the PIN of a token.
    """

    path: Path | None = None
    passphrase: str = field(default="", repr=False)
    certificate: Path | None = None
    label: str = ""
    module: Path | None = None


class Backend(Protocol):
    """One way to sign; `certified` says whether the state certified the tool (63-ФЗ, ст. 5)."""

    @property
    def name(self) -> str:
        """The word for `--backend` and school.toml."""
        ...

    @property
    def title(self) -> str:
        """What it is, in Russian."""
        ...

    @property
    def certified(self) -> Certification:
        """Whether its signatures can be qualified."""
        ...

    def availability(self) -> Availability:
        """Look whether all it needs is here; nothing is signed."""
        ...

    def self_test(self) -> SelfTest:
        """Sign with a throwaway key and verify, where that can be done."""
        ...

    def open(self, source: KeySource, at: dt.datetime) -> Signer:
        """Open a key for signing at `at`; raises SigningFault with a remedy when it does not do."""
        ...


def backend(name: str) -> Backend:
    """Load a backend by its name. Raises SigningFault for a name there is none of."""
    if name not in NAMES:
        raise SigningFault(
            f"Средства подписи «{name}» программа не знает.",
            remedy=f"Можно: {', '.join(NAMES)}. Что работает на этом компьютере: "
            "docgen signing backends.",
        )
    loaded: Backend = importlib.import_module(f"signing.{name}").BACKEND
    return loaded
