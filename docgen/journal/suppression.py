"""Which sums may be published so that no small group shows, not even by subtraction (R35).

Groups form a tree: a school, its levels, their grades. Whoever reads a sum and the sums of some of
its parts knows the sum of the rest, so the rest has to be as large as what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Node:
    """A group with its parts, or a leaf with its counts: how many of each sort it has.

    The counts of all leaves have the same sorts in the same order; the sum of a group is that of
    its leaves.
    """

    name: str
    parts: tuple[Node, ...] = ()
    own: tuple[int, ...] = ()

    @property
    def counts(self) -> tuple[int, ...]:
        """How many of each sort there are."""
        if not self.parts:
            return self.own
        return _sum(part.counts for part in self.parts)

    @property
    def size(self) -> int:
        """How many there are in all."""
        return sum(self.counts)

    def walk(self) -> Iterator[Node]:
        """The group and everything below it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def merged(self) -> Node:
        """The same tree with all sorts but the first as one."""
        if self.parts:
            return Node(self.name, tuple(part.merged() for part in self.parts))
        return Node(self.name, own=(self.own[0], sum(self.own[1:])))


def publishable(root: Node, smallest: int, among: frozenset[str] | None = None) -> frozenset[str]:
    """Choose the names of groups whose counts may be shown; names are unique in the tree.

    Every set of pupils that follows from the shown sums has of each sort nobody or at least
    `smallest`. As much as possible is shown of the larger groups; a group that must be hidden
    takes the smallest of its neighbours with it where it would follow from the others. `among`
    are the groups there is to choose from, all of them by default.
    """
    names = {node.name for node in root.walk()}
    shown = names if among is None else names & among
    while (unsafe := _unsafe(root, shown, smallest)) is not None:
        shown.discard(unsafe)
    return frozenset(shown)


def _unsafe(root: Node, shown: set[str], smallest: int) -> str | None:
    """The name to hide next: of the deepest group with too small a rest; None when all is safe."""
    for node in sorted(root.walk(), key=lambda item: len(list(item.walk()))):
        if node.name not in shown:
            continue
        below = list(_nearest_shown(node, shown))
        rest = _difference(node.counts, _sum((item.counts for item in below), len(node.counts)))
        if all(not count or count >= smallest for count in rest):
            continue
        return min(below, key=lambda item: (item.size, item.name)).name if below else node.name
    return None


def _nearest_shown(node: Node, shown: set[str]) -> Iterator[Node]:
    for part in node.parts:
        if part.name in shown:
            yield part
        else:
            yield from _nearest_shown(part, shown)


def _sum(rows: Iterable[Sequence[int]], width: int = 0) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True))) or (0,) * width


def _difference(first: Sequence[int], second: Sequence[int]) -> tuple[int, ...]:
    return tuple(one - other for one, other in zip(first, second, strict=True))
