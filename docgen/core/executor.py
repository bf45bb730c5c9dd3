"""Parallel work through one interface: `concurrent.futures.Executor`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

R = TypeVar("R")


class Inline(Executor):
    """Runs every job at once in the calling process; the same calling code serves processes."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """Run `fn` now and hand back a finished future."""
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as fault:  # the future hands it to whoever asks for the result
            future.set_exception(fault)
        return future
