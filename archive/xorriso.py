"""The program xorriso, which makes images of optical discs and burns them."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from docgen.core.errors import MediumFault, UsageFault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SHOWN = 3  # last complaints of the program that are told


def run_xorriso(
    arguments: Sequence[str],
    *,
    label: str,
    folder: Path | None = None,
    stdin: str = "",
    epoch: int | None = None,
) -> str:
    """Run xorriso in `folder`; `epoch` is the moment (Unix seconds) all its dates are set to.

    Returns what it answered. Raises UsageFault without the program, MediumFault when it fails:
    `label` tells what it worked on.
    """
    program = shutil.which("xorriso")
    if program is None:
        raise UsageFault(
            "программы xorriso на этом компьютере нет: без неё диск не сделать",
            remedy="Установите пакет xorriso.",
        )
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    if epoch is not None:
        environment["SOURCE_DATE_EPOCH"] = str(epoch)
    done = subprocess.run(  # noqa: S603
        [program, "-no_rc", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd=folder,
        env=environment,
    )
    if done.returncode:
        raise MediumFault(
            f"Программа xorriso не справилась ({_complaint(done.stderr)}).",
            where=label,
            remedy="Проверьте место на диске, привод и сам диск и повторите команду.",
        )
    return done.stdout


def _complaint(told: str) -> str:
    lines = [
        line.partition(" : ")[2].strip()
        for line in told.splitlines()
        if " : FAILURE : " in line or " : FATAL : " in line or " : SORRY : " in line
    ]
    return "; ".join(lines[-_SHOWN:]) or "причины не назвала"
