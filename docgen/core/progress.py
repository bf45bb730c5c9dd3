"""Progress belongs to the caller: a rich bar, a web job, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Wraps the items a long step walks over, so that somebody can watch it."""

    def track(self, items: Iterable[T], *, title: str, total: int | None = None) -> Iterable[T]: ...


class Silent:
    """Shows nothing: for tests, JSON output and library use."""

    def track(self, items: Iterable[T], *, title: str, total: int | None = None) -> Iterator[T]:
        """Hand the items through unchanged."""
        yield from items
