"""A log of every run that changes something: one JSON file, counts and times, no personal data."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from docgen.core.clock import now
from docgen.core.errors import DocgenError
from docgen.core.files import sweep_unfinished, write_atomic
from docgen.pipeline.kept_records import locked
from docgen.pipeline.workspace import Workspace


class RunLog:
    """Writes `runs/<moment>-<command>.json` when the run ends, however it ends.

    A run that is to be `alone` keeps every other such run off the workspace (MediumFault), and
    first removes what stopped runs have left half written.
    """

    def __init__(self, workspace: Workspace, command: str, *, alone: bool = False) -> None:
        self._stack = ExitStack()
        self._alone = alone
        self._workspace = workspace
        self._command = command
        self._notes: dict[str, int | bool | str] = {}

    def note(self, **counts: int | bool | str) -> None:
        """Add counts; never names."""
        self._notes.update(counts)

    def __enter__(self) -> Self:
        if self._alone:
            self._workspace.runs.mkdir(exist_ok=True)
            self._stack.enter_context(
                locked(
                    self._workspace.runs / "work.lock",
                    busy="С этой рабочей папкой уже работает другая команда docgen.",
                )
            )
            sweep_unfinished(self._workspace.folder)
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
        self._stack.close()
        name = f"{self._started:%Y-%m-%dT%H%M%S}-{self._command}.json"
        write_atomic(self._workspace.runs / name, json.dumps(row, ensure_ascii=False, indent=1))
