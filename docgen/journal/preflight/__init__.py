"""Checks before printing: every rule of `journal.md` 6 a small function, one module per family.

`check_class` looks at one class's journal of one period, `check_school` at what no class shows.
"""

from __future__ import annotations

from docgen.journal.preflight.checks import CODES, CheckResult, check_class, check_school, merge
from docgen.journal.preflight.norms import CheckNorms
from docgen.journal.preflight.places import Skipped
from docgen.journal.preflight.tasks import OF_THE_SCHOOL, Acceptance, Desk, Task, desk_of

__all__ = [
    "CODES",
    "OF_THE_SCHOOL",
    "Acceptance",
    "CheckNorms",
    "CheckResult",
    "Desk",
    "Skipped",
    "Task",
    "check_class",
    "check_school",
    "desk_of",
    "merge",
]
