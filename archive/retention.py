"""When a case may go: the term it was stored with, never one day early (archive.md, Norms)."""

from __future__ import annotations

import datetime as dt

PERMANENT = "permanent"
"""Retention-Until of a case that is never disposed of."""


def disposable_from(until: str) -> dt.date | None:
    """The first day a case may be disposed of: 1 January after the year its term ends in.

    `until` is Retention-Until of bag-info.txt; None for a case that is kept for ever. Raises
    ValueError for what is no ISO date, and a case like that is not disposed of.
    """
    if until == PERMANENT:
        return None
    return dt.date(dt.date.fromisoformat(until).year + 1, 1, 1)


def has_ended(until: str, on: dt.date) -> bool:
    """Whether a term is over on a day; a term nobody can read never is."""
    try:
        first = disposable_from(until)
    except ValueError:
        return False
    return first is not None and on >= first
