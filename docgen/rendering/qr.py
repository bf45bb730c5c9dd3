"""QR codes as runs of dark modules, for volumes and for papers; the only room of segno."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import segno

QUIET = 4
"""Light modules on every side (ISO/IEC 18004)."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code of `size` × `size` modules; `runs` are row, first and end of dark modules."""

    size: int
    runs: tuple[tuple[int, int, int], ...]


def _made(payload: str) -> segno.QRCode:
    """A code that stands a tenth of it being unreadable."""
    return segno.make(payload, error="m", micro=False)


def qr_code(payload: str) -> QrCode:
    """Lay a text out as a code."""
    matrix = _made(payload).matrix
    runs = tuple(
        (row, start, end) for row, bits in enumerate(matrix) for start, end in _dark_runs(bits)
    )
    return QrCode(len(matrix), runs)


def qr_png(payload: str) -> bytes:
    """The code as a picture for Word, eight dots a module."""
    out = io.BytesIO()
    _made(payload).save(out, kind="png", scale=8, border=QUIET)
    return out.getvalue()


def qr_svg(payload: str) -> str:
    """The code as a drawing that fills its box; the template filter `qr`, numbers alone."""
    code = qr_code(payload)
    side = code.size + 2 * QUIET
    path = "".join(
        f"M{start + QUIET} {row + QUIET}h{end - start}v1h-{end - start}z"
        for row, start, end in code.runs
    )
    box = f'viewBox="0 0 {side} {side}" width="100%" height="100%"'
    return f'<svg {box}><path d="{path}"/></svg>'


def _dark_runs(bits: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    start = None
    for place, bit in enumerate([*bits, 0]):
        if bit and start is None:
            start = place
        elif not bit and start is not None:
            runs.append((start, place))
            start = None
    return runs
