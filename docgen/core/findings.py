"""Findings: the one type for everything a person should look at.

Russian text and remedy of every code live in the catalogue, `docgen/core/catalogue/*.toml`,
keyed by code; a finding carries only the code, the place and the parameters of the text.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources

from docgen.core.shown import shortened, shown


class Severity(StrEnum):
    """How much a finding weighs: it stops the chain, wants a word, or only informs."""

    BLOCKING = "blocking"
    WARNING = "warning"
    NOTE = "note"

    @property
    def label(self) -> str:
        """Russian word for reports."""
        return {"blocking": "блокирует", "warning": "предупреждение", "note": "к сведению"}[self]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What the catalogue says of one code: title, text with `{placeholders}`, remedy, source."""

    code: str
    severity: Severity
    title: str
    message: str
    remedy: str
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should look at: a code, a place and the parameters of its text.

    `where` reads "9А / Алгебра / 12.10.2025 / Иванов И."; `refs` holds the same machine-readable
    (keys: class, subject, group, date, student, period, number, file, sheet, cell).
    """

    code: str
    severity: Severity
    where: str
    params: Mapping[str, str] = field(default_factory=dict)
    refs: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The Russian sentence."""
        return catalogue()[self.code].message.format_map(self.params)

    @property
    def remedy(self) -> str:
        """What to do about it, in Russian."""
        return catalogue()[self.code].remedy.format_map(self.params)

    @property
    def title(self) -> str:
        """What the code is about, in a few Russian words."""
        return catalogue()[self.code].title

    @property
    def identity(self) -> str:
        """The same for the same matter in a later export: 16 hex digits that tell no name.

        SHA-256 of code, place and text, without the file and the cell it was read from.
        """
        place = sorted((key, self.refs[key]) for key in self.refs.keys() - _ADDRESS)
        told = repr((self.code, place, sorted(self.params.items())))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def as_json(self) -> dict[str, object]:
        """The shape of one finding in every `--json` answer (cli.md)."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "where": self.where,
            "message": self.message,
            "remedy": self.remedy,
            "refs": dict(self.refs),
        }


_ADDRESS = {"file", "sheet", "cell"}


@cache
def catalogue() -> Mapping[str, CatalogueEntry]:
    """All codes the program knows, read once from the catalogue folder."""
    entries: dict[str, CatalogueEntry] = {}
    folder = resources.files("docgen.core") / "catalogue"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".toml"):
            continue
        for code, row in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if code in entries:
                raise ValueError(f"{file.name}: the code {code} stands twice in the catalogue")
            entries[code] = CatalogueEntry(
                code=code,
                severity=Severity(row["severity"]),
                title=row["title"],
                message=row["message"],
                remedy=row["remedy"],
                source=row.get("source", ""),
            )
    return entries


def finding(
    code: str,
    where: str,
    *,
    severity: Severity | None = None,
    refs: Mapping[str, str] | None = None,
    **params: object,
) -> Finding:
    """Make a finding with the catalogue's severity unless another one is given.

    Names from outside stand in place and parameters: here all of them become safe to show; a tuple
    is lines, each of its own. `refs` keep them as they are.
    Raises KeyError for a code that is not in the catalogue: a fault of the program.
    """
    entry = catalogue()[code]
    return Finding(
        code=code,
        severity=severity or entry.severity,
        where=shown(shortened(where)),
        params={name: _safe(value) for name, value in params.items()},
        refs=refs or {},
    )


def _safe(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(map(_safe, value))
    return shown(shortened(str(value)))


def blocks(findings: Iterable[Finding]) -> bool:
    """Whether any of the findings stops the chain."""
    return any(item.severity is Severity.BLOCKING for item in findings)
