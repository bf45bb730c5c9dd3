"""Many files side by side: hashing and waiting for a disk let go of the interpreter's lock."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKERS = min(8, 2 * (os.cpu_count() or 1))
"""Twice the processors: while half of the threads wait for a disk the others compute."""


def each(step: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Take a step for every item on a few threads; results come in the order of the items.

    The first step that raises ends it: what has not begun by then is left undone.
    """
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        try:
            yield from pool.map(step, items)
        finally:
            pool.shutdown(cancel_futures=True)


def do_each(step: Callable[[Item], object], items: Iterable[Item]) -> None:
    """Take a step for every item as `each` does, for what it does and not for what it returns."""
    for _ in each(step, items):
        pass
