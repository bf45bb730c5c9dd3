"""Where on a page the mark of a signature can stand without covering anything.

Pages are looked at as pictures, by poppler: text, ruled lines, stamps and the marks of earlier
signatures are all ink, whatever they are made of.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from docgen.core.errors import SigningFault

if TYPE_CHECKING:
    from pathlib import Path

_POINTS_PER_INCH = 72
_MILLIMETRES_PER_INCH = 25.4
_DOTS_PER_MILLIMETRE = 2
_PAPER = 250  # of 255: all that is darker is ink
_MARGIN_MM = 10  # an edge that printers leave white
_GAP_MM = 2  # between the mark and what stands beside it
_PGM = re.compile(rb"P5\s+(?P<width>\d+)\s+(?P<height>\d+)\s+255\s")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mark stands: `page` from 1; lower left corner and width in mm of the page as seen."""

    page: int
    x: float
    y: float
    width: float


def points(millimetres: float) -> float:
    """Turn mm into points."""
    return millimetres * _POINTS_PER_INCH / _MILLIMETRES_PER_INCH


def free_place(pdf: Path, page: int, size: tuple[float, float]) -> Place | None:
    """Find room for a mark of `size` (width and height, mm), the lowest and there the rightmost.

    None when the page has no such room. Raises SigningFault when the page cannot be looked at.
    """
    width, height = (round(side * _DOTS_PER_MILLIMETRE) for side in size)
    picture = _look_at(pdf, page)
    margin, gap = (side * _DOTS_PER_MILLIMETRE for side in (_MARGIN_MM, _GAP_MM))
    ink = _ink_up_to(picture)
    for bottom in range(len(picture) - margin, margin + height - 1, -1):
        for left in range(len(picture[0]) - margin - width, margin - 1, -1):
            top, right = bottom - height - gap, left + width + gap
            if not _ink_between(ink, top, left - gap, bottom + gap, right):
                return Place(
                    page,
                    left / _DOTS_PER_MILLIMETRE,
                    (len(picture) - bottom) / _DOTS_PER_MILLIMETRE,
                    size[0],
                )
    return None


def _look_at(pdf: Path, page: int) -> list[bytes]:
    """Rows of a page from the top, one byte of grey a dot."""
    program = shutil.which("pdftoppm")
    if program is None:
        raise SigningFault(
            "Свободное место на странице искать нечем: программы pdftoppm нет.",
            where=str(pdf),
            remedy="Установите её: apt install poppler-utils. Или назовите место отметки сами.",
        )
    resolution = str(_DOTS_PER_MILLIMETRE * _MILLIMETRES_PER_INCH)
    chosen = ["-f", str(page), "-l", str(page), "-singlefile"]
    done = subprocess.run(  # noqa: S603 - found on the path, no shell
        [program, "-gray", "-cropbox", "-r", resolution, *chosen, pdf.absolute()],
        capture_output=True,
        check=False,
    )
    head = _PGM.match(done.stdout)
    if page < 1 or done.returncode or head is None:
        raise SigningFault(
            f"Страница {page} не открывается.",
            where=str(pdf),
            remedy="Проверьте номер страницы и что файл открывается в программе просмотра.",
        )
    width, body = int(head["width"]), done.stdout[head.end() :]
    return [body[at : at + width] for at in range(0, len(body), width)]


def _ink_up_to(picture: list[bytes]) -> list[list[int]]:
    """Dots of ink above and left of each dot, so that any rectangle is four look-ups."""
    ink = [[0] * (len(picture[0]) + 1)]
    for row in picture:
        along = accumulate((dot < _PAPER for dot in row), initial=0)
        ink.append([above + here for above, here in zip(ink[-1], along, strict=True)])
    return ink


def _ink_between(ink: list[list[int]], top: int, left: int, bottom: int, right: int) -> int:
    return ink[bottom][right] - ink[top][right] - ink[bottom][left] + ink[top][left]
