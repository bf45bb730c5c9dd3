"""Progress belongs to the caller: a rich bar, a web job, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Wraps the items a long step walks over, so that somebody can watch it."""

    def track(self, items: Iterable[T], *, title: str, total: int | None = None) -> Iterable[T]:
        """Hand the items through while they are watched; `total` where it is known."""
        ...


class Silent:
    """Shows nothing: for tests, JSON output and library use."""

    def track(
        self,
        items: Iterable[T],
        *,
        title: str,  # noqa: ARG002 - the protocol's
        total: int | None = None,  # noqa: ARG002 - the protocol's
    ) -> Iterator[T]:
        """Hand the items through unchanged."""
        yield from items
