"""Editions of a case: one that changed gets a new bag that `Replaces` the old one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from archive.bag import BagResult, BagSpec, write_bag
from archive.manifest import TAG_MANIFEST
from archive.validation import Level, bag_digest, payload_oxum, read_bag_info, validate
from docgen.core.errors import InputFault
from docgen.pipeline.sign import Seal
from docgen.pipeline.terms import term_code
from docgen.pipeline.workspace import index_slug, year_folder


def case_name(year: str, index: str, unit: str, period: str, years: int | None) -> str:
    """2025-2026_02-15_09a_q1_t5: year, index, class, period, term (archive.md, Layout)."""
    return "_".join((year_folder(year), index_slug(index), unit, period.lower(), term_code(years)))


def editions(bundles: Path, base: str) -> list[Path]:
    """Bags of a case that stand, the first edition first."""
    found = [bundles / base, *(bundles / f"{base}_r{number}" for number in range(2, 100))]
    return [path for path in found if (path / TAG_MANIFEST).is_file()]


def write_edition(
    bundles: Path,
    base: str,
    last: Path | None,
    holds: Callable[[Path], bool],
    make: Callable[[str], BagSpec],
    seal: Seal,
) -> BagResult:
    """Write a case under its next free name, or find that its last edition holds just the same.

    `holds` tells whether a bag has the content wanted, `make` describes a bag of a name. Raises
    what `archive.bag.write_bag` does.
    """
    if last is not None:
        _require_sound(last)
        if holds(last):
            return _standing(last)
    earlier = editions(bundles, base)
    spec = make(f"{base}_r{len(earlier) + 1}" if earlier else base)
    if last is not None:
        spec = replace(spec, replaces=read_bag_info(last)["External-Identifier"])
    return write_bag(spec, bundles, seal=seal.apply)


def _require_sound(bag: Path) -> None:
    """A damaged bag is not one of another content: no edition is made for it."""
    found = validate(bag, level=Level.QUICK)
    if found:
        raise InputFault(
            "собранное дело повреждено или не читается",
            where=str(bag),
            remedy="Верните его с носителя: скопируйте туда папку bags/"
            f"{bag.name} целиком. Если на носителях его ещё нет, удалите папку и повторите"
            " команду.",
            findings=found,
        )


def _standing(bag: Path) -> BagResult:
    size, count = payload_oxum(bag)
    identifier = read_bag_info(bag)["External-Identifier"]
    return BagResult(bag, identifier, bag_digest(bag), size, count, created=False)
