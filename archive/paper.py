"""Digests on paper: the act and the label say which copy of a case is right (archive.md, Layout).

The act prints the digest of a case's tag manifest; the label prints that of `docs/opis.csv`, which
holds the digests of all cases of the medium.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from archive import manifest
from archive.durable import read_plain, sha512_of
from docgen.core.errors import InputFault, UsageFault
from docgen.core.findings import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archive.medium import Medium

INVENTORY = "docs/opis.csv"

_DIGEST = re.compile(r"[0-9a-f]{128}")
_SHOWN = 12  # digits of a digest that a person compares by eye


@dataclass(frozen=True, slots=True)
class Paper:
    """What was read from paper: digests of named cases, and digests without a name."""

    cases: Mapping[str, str] = field(default_factory=dict)
    digests: tuple[str, ...] = ()


def read_paper(values: Sequence[str]) -> Paper:
    """Read what a person typed or handed over, each value in one of these shapes.

    A digest of 128 digits, spaces in it ignored; `CASE=DIGEST`; a file: the act's JSON or the
    inventory (CSV). Raises UsageFault for anything else, InputFault for a file that names no case.
    """
    cases: dict[str, str] = {}
    digests: list[str] = []
    for value in values:
        path = Path(value)
        if len(value) < 128 and path.is_file():  # noqa: PLR2004 - a digest is longer than a name
            cases |= _from_file(path)
            continue
        name, _, digest = value.rpartition("=")
        digest = re.sub(r"[\s-]", "", digest).lower()
        if not _DIGEST.fullmatch(digest):
            raise UsageFault(
                "ключ --paper не понят: это ни сумма SHA-512 (128 знаков 0-9, a-f), ни файл",
                remedy="Перепишите сумму с акта или с этикетки целиком, или укажите файл акта"
                " handover-….json.",
            )
        if name:
            cases[name] = digest
        else:
            digests.append(digest)
    return Paper(cases, tuple(digests))


def match_paper(paper: Paper, media: Iterable[Medium]) -> tuple[dict[str, str], list[Finding]]:
    """Find out which cases the digests are of: right digests by name of case.

    A digest that fits no case and no inventory of these media is a finding (AR-90): nothing on
    them is then what was printed.
    """
    known = dict(paper.cases)
    left = set(paper.digests)
    for medium in media:
        inventory = medium.folder / INVENTORY
        digest = _digest(inventory)
        if digest in left:
            left.discard(digest)
            known |= _from_rows(read_plain(inventory))
        for name in medium.bag_names():
            digest = _digest(medium.bags / name / manifest.TAG_MANIFEST)
            if digest in paper.digests:
                left.discard(digest)
                known[name] = digest
    return known, [finding("AR-90", "бумага", digest=digest[:_SHOWN]) for digest in sorted(left)]


def _digest(path: Path) -> str:
    try:
        return sha512_of(path)
    except OSError:
        return ""


def _from_file(path: Path) -> dict[str, str]:
    try:
        data = read_plain(path)
        cases = dict(_from_json(json.loads(data))) if data[:1] in b"{[" else _from_rows(data)
    except (OSError, ValueError) as fault:
        raise InputFault(
            f"файл с суммами не читается ({fault})",
            where=str(path),
            remedy="Укажите файл акта handover-….json или опись opis.csv.",
        ) from fault
    if not cases:
        raise InputFault(
            "в файле нет сумм дел",
            where=str(path),
            remedy="Укажите файл акта handover-….json или опись opis.csv.",
        )
    return cases


def _from_json(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        name, digest = value.get("name"), str(value.get("tagmanifest_sha512", "")).lower()
        if isinstance(name, str) and _DIGEST.fullmatch(digest):
            yield name, digest
        for inner in value.values():
            yield from _from_json(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _from_json(inner)


def _from_rows(data: bytes) -> dict[str, str]:
    """Cases of an inventory: the first column is the name, the last the digest."""
    rows = csv.reader(data.decode("utf-8-sig").splitlines(), delimiter=";")
    return {row[0]: row[-1].lower() for row in rows if row and _DIGEST.fullmatch(row[-1].lower())}
