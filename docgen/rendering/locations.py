"""Where the shipped templates lie: beside the packages in a checkout, inside docgen in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def shipped_templates() -> Path:
    """The folder of shipped templates; raises FileNotFoundError in a broken installation."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / "_shared").is_dir():
            return folder
    raise FileNotFoundError("the installation holds no templates")
