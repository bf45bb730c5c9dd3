"""What was found, kept short: a list of a million bad lines is no report of a million lines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from docgen.core.findings import Finding, catalogue, finding

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 500
"""Findings of one code in one place that are told; the rest are counted."""


class Found:
    """Collects findings in the order they come, at most `MOST` of a code in one place."""

    def __init__(self) -> None:
        self._rows: list[Finding] = []
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(
        self,
        code: str,
        where: str,
        /,
        *,
        place: str,
        refs: Mapping[str, str] | None = None,
        **params: Any,
    ) -> None:
        """Note one thing; `place` is the list whose lines it is about, or the bag for its files."""
        self._counts[code, place] += 1
        if self._counts[code, place] <= MOST:
            self._rows.append(finding(code, where, refs=refs, **params))

    def all(self) -> list[Finding]:
        """Give what was noted; for what there was too much of, how much more (AR-85)."""
        entries = catalogue()
        return self._rows + [
            finding(
                "AR-85",
                place,
                severity=entries[code].severity,
                kind=f"{code}, {entries[code].title.lower()}",
                count=count - MOST,
            )
            for (code, place), count in self._counts.items()
            if count > MOST
        ]
