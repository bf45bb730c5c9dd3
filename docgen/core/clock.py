"""The time of day, asked for once at the edge and handed down.

`SOURCE_DATE_EPOCH` (reproducible-builds.org) fixes it, so that runs repeat to the byte.
"""

from __future__ import annotations

import datetime as dt
import os


def now() -> dt.datetime:
    """The current local time with its zone, or the fixed time of `SOURCE_DATE_EPOCH` in UTC."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if fixed:
        return dt.datetime.fromtimestamp(int(fixed), dt.UTC)
    return dt.datetime.now().astimezone().replace(microsecond=0)
