"""Two copies against each other: which files differ, and with which of them the lists agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive import manifest
from archive.durable import digest_or_none, files_below, is_regular
from archive.parallel import each
from archive.span import only_of_its_disc
from docgen.core.findings import Finding, blocks, finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.medium import Medium
    from docgen.core.progress import Progress

_UNLISTED = frozenset([manifest.TAG_MANIFEST, *manifest.SEALS])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two copies read whole; `files` and `size` (bytes) count what both of them hold."""

    media: tuple[str, str]
    bags: int
    files: int
    size: int
    findings: tuple[Finding, ...]

    @property
    def same(self) -> bool:
        """Whether the copies do not differ in anything."""
        return not blocks(self.findings)

    def as_json(self) -> dict[str, object]:
        """Plain values for `--json` answers; sizes are bytes."""
        return {
            "media": list(self.media),
            "same": self.same,
            "bags": self.bags,
            "files": self.files,
            "bytes": self.size,
            "findings": [row.as_json() for row in self.findings],
        }


def compare_media(first: Medium, second: Medium, *, progress: Progress) -> Comparison:
    """Read all bags of two copies past the cache and compare them file by file.

    Lists are asked only where files differ, in order to say which copy they speak for. Raises
    MediumFault for a medium that is gone or swapped.
    """
    for medium in (first, second):
        medium.read()
    names = sorted(_to_compare(first, second, {*first.bag_names(), *second.bag_names()}))
    found: list[Finding] = []
    files = size = 0
    for name in progress.track(names, title="Сверка экземпляров", total=len(names)):
        rows, count, total = _compare_whole(first, second, name)
        found += rows
        files += count
        size += total
    return Comparison((first.label, second.label), len(names), files, size, tuple(found))


def compare_lists(first: Medium, second: Medium) -> Iterator[Finding]:
    """Compare what no list in a bag holds, and sizes: enough where every bag was validated too."""
    here, there = set(first.bag_names()), set(second.bag_names())
    for name in sorted(_to_compare(first, second, here ^ there)):
        yield _alone(first if name in here else second, name)
    for name in sorted(here & there):
        some, others = _contents(first, name), _contents(second, name)
        for path in sorted(some.keys() | others.keys()):
            if some.get(path) != others.get(path):
                yield _different(name, path)


def _to_compare(first: Medium, second: Medium, names: set[str]) -> set[str]:
    """A disc of a set holds a part of the cases; the others are no matter of its."""
    return only_of_its_disc(second.read(), only_of_its_disc(first.read(), names))


def _alone(holder: Medium, name: str) -> Finding:
    return finding("AR-40", name, bag=name, medium=holder.label)


def _different(name: str, path: str) -> Finding:
    full = f"{name}/{path}"
    return finding("AR-41", full, refs={"file": full}, path=full)


def _contents(medium: Medium, name: str) -> dict[str, tuple[int, str | None]]:
    bag = medium.bags / name
    with medium.faults():
        return {
            path: (status.st_size, digest_or_none(bag / path) if path in _UNLISTED else None)
            for path, status in files_below(bag)
        }


def _compare_whole(first: Medium, second: Medium, name: str) -> tuple[list[Finding], int, int]:
    here, there = _sizes(first, name), _sizes(second, name)
    if here is None or there is None:
        return [_alone(second if here is None else first, name)], 0, 0
    common = sorted(here.keys() & there.keys())
    found = [_different(name, path) for path in sorted(here.keys() ^ there.keys())]

    def digests(path: str) -> tuple[str | None, str | None]:
        return (
            digest_or_none(first.bags / name / path),
            digest_or_none(second.bags / name / path),
        )

    for path, (some, other) in zip(common, each(digests, common), strict=True):
        if some is None or some != other:
            found.append(_judged(first, second, name, path, (some, other)))
    return found, len(common), sum(here[path] for path in common)


def _sizes(medium: Medium, name: str) -> dict[str, int] | None:
    bag = medium.bags / name
    with medium.faults():
        if not bag.is_dir():
            return None
        return {path: row.st_size for path, row in files_below(bag) if is_regular(row)}


def _judged(
    first: Medium, second: Medium, name: str, path: str, digests: tuple[str | None, str | None]
) -> Finding:
    """Say with which copy its own list agrees; two lists that differ speak for nobody."""
    listed = {_listed(medium, name, path) for medium in (first, second)}
    if path in _UNLISTED or len(listed) != 1 or listed == {None}:
        return _different(name, path)
    (right,) = listed
    holders = [
        medium.label
        for medium, digest in zip((first, second), digests, strict=True)
        if digest == right
    ]
    full = f"{name}/{path}"
    return finding(
        "AR-84", full, refs={"file": full}, path=full, right="".join(holders) or "ни один"
    )


def _listed(medium: Medium, name: str, path: str) -> str | None:
    source = manifest.MANIFEST if path.startswith("data/") else manifest.TAG_MANIFEST
    read = manifest.read_list(
        medium.bags / name / source, digits=manifest.SHA512_DIGITS, where=name
    )
    return read.digests.get(path)
