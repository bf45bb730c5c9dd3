"""Hash trees: many documents under one time stamp, each provable without the others.

RFC 4998 4.2, 4.3: a node is the digest of its children, sorted as bytes and put together. The
reduced tree of a document is what stands beside its way to the root, list by list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Digest = bytes
ReducedTree = tuple[tuple[Digest, ...], ...]
"""Lists of digests from the document upwards; empty when the root is the document's own digest."""


def node(children: Sequence[Digest], hasher: Callable[[bytes], Digest]) -> Digest:
    """Put digests together; a single one stands for itself (RFC 4998 4.2)."""
    return children[0] if len(children) == 1 else hasher(b"".join(sorted(children)))


def reduced_trees(
    groups: Sequence[Sequence[Digest]], hasher: Callable[[bytes], Digest]
) -> tuple[Digest, tuple[ReducedTree, ...]]:
    """Build a binary tree over groups of digests; the root, and every group's reduced tree.

    The digests of one group are proven together: a document with its signatures. Raises ValueError
    for no groups, an empty group, or equal digests in one group.
    """
    if not groups or any(not group or len(set(group)) != len(group) for group in groups):
        raise ValueError("every group holds different digests, at least one")
    # A node knows the groups below it, so that its sibling can be told to each of them.
    level = [(node(group, hasher), [place]) for place, group in enumerate(groups)]
    lists: list[list[tuple[Digest, ...]]] = [
        [tuple(sorted(group))] if len(group) > 1 else [] for group in groups
    ]
    while len(level) > 1:
        above = []
        for at in range(0, len(level) - 1, 2):
            (left, below_left), (right, below_right) = level[at], level[at + 1]
            if left == right:
                # The same document twice: one leaf of the tree serves both.
                above.append((left, below_left + below_right))
                continue
            for own, sibling, below in ((left, right, below_left), (right, left, below_right)):
                for place in below:
                    _beside(lists[place], own, sibling)
            above.append((node((left, right), hasher), below_left + below_right))
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0][0], tuple(tuple(rows) for rows in lists)


def _beside(rows: list[tuple[Digest, ...]], own: Digest, sibling: Digest) -> None:
    """Note a sibling; the first list of a single document holds its own digest too."""
    rows.append((sibling,) if rows else tuple(sorted((own, sibling))))


def root_of(
    group: Sequence[Digest], reduced: ReducedTree, hasher: Callable[[bytes], Digest]
) -> Digest | None:
    """Walk from a group's digests to the root; None when the tree is not of this group (4.3).

    A group of several has to be the first list, no more and no less; a single document may share
    it with its sibling.
    """
    if not reduced:
        return group[0] if len(group) == 1 else None
    first = reduced[0]
    if len(set(first)) != len(first) or not set(group) <= set(first):
        return None
    if len(group) > 1 and len(group) != len(first):
        return None
    own = node(first, hasher)
    for siblings in reduced[1:]:
        if not siblings:
            return None
        own = node((*siblings, own), hasher)
    return own
