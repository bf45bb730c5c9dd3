"""A log of every run that changes something: one JSON file, counts and times, no personal data."""

from __future__ import annotations

import json
import time
from types import TracebackType
from typing import Self

from docgen.core.clock import now
from docgen.core.errors import DocgenError
from docgen.core.files import write_atomic
from docgen.pipeline.workspace import Workspace


class RunLog:
    """Writes `runs/<moment>-<command>.json` when the run ends, however it ends."""

    def __init__(self, workspace: Workspace, command: str) -> None:
        self._workspace = workspace
        self._command = command
        self._notes: dict[str, int | bool | str] = {}

    def note(self, **counts: int | bool | str) -> None:
        """Add counts; never names."""
        self._notes.update(counts)

    def __enter__(self) -> Self:
        self._started = now()
        self._clock = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        outcome = "done"
        if isinstance(fault, DocgenError):
            outcome = f"stopped: exit code {fault.exit_code}"
        elif kind is not None:
            outcome = f"stopped: {kind.__name__}"
        row = {
            "command": self._command,
            "started": self._started.isoformat(),
            "seconds": round(time.monotonic() - self._clock, 1),
            "outcome": outcome,
            **self._notes,
        }
        name = f"{self._started:%Y-%m-%dT%H%M%S}-{self._command}.json"
        write_atomic(self._workspace.runs / name, json.dumps(row, ensure_ascii=False, indent=1))
