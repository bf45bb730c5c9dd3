"""The page a mark stands on: from millimetres of the page as seen to its own coordinates.

Pages may be cropped and turned, and inherit both from their parents (ISO 32000-2 7.7.3.4).
"""

# The library has types for a part of its functions only.
# mypy: allow-untyped-calls

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docgen.core.errors import SigningFault
from signing.pdf_place import points

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject
    from pyhanko.pdf_utils.writer import BasePdfFileWriter

    from signing.pdf_place import Place

_WHOLE_TURN = 360


@dataclass(frozen=True, slots=True)
class Page:
    """What is seen of a page, in points of its own coordinates; `rotation` is clockwise."""

    number: int
    rotation: int
    left: float
    low: float
    width: float
    height: float

    def rectangle(
        self, place: Place, width: float, height: float, *, where: str
    ) -> tuple[float, float, float, float]:
        """Turn a place on the page as seen, and a size in points, into two corners.

        Raises SigningFault when they reach over the edge; `where` names the file.
        """
        x, y = points(place.x), points(place.y)
        across, along = self.width, self.height
        if self.rotation in {90, 270}:
            across, along = along, across
        if x < 0 or y < 0 or x + width > across or y + height > along:
            raise SigningFault(
                f"Отметка о подписи не помещается на странице {self.number}.",
                where=where,
                remedy="Назовите другое место или меньшую ширину отметки.",
            )
        one, other = self._unturned(x, y), self._unturned(x + width, y + height)
        return (
            self.left + min(one[0], other[0]),
            self.low + min(one[1], other[1]),
            self.left + max(one[0], other[0]),
            self.low + max(one[1], other[1]),
        )

    def _unturned(self, x: float, y: float) -> tuple[float, float]:
        """Turn a point of the page as seen into one of the page as written."""
        return {
            0: (x, y),
            90: (self.width - y, x),
            180: (self.width - x, self.height - y),
            270: (y, self.height - x),
        }[self.rotation]


def page_of(writer: BasePdfFileWriter, number: int, *, where: str) -> Page:
    """Look at the page with this number, from 1; raises SigningFault when there is none."""
    count = int(writer.root["/Pages"]["/Count"])
    if not 1 <= number <= count:
        raise SigningFault(
            f"Страницы {number} в документе нет, страниц в нём {count}.",
            where=where,
            remedy="Назовите страницу от 1 до последней.",
        )
    page = writer.find_page_for_modification(number - 1)[0].get_object()
    box = _inherited(page, "/CropBox") or _inherited(page, "/MediaBox")
    x, y, other_x, other_y = map(float, box)
    return Page(
        number=number,
        rotation=int(_inherited(page, "/Rotate") or 0) % _WHOLE_TURN,
        left=min(x, other_x),
        low=min(y, other_y),
        width=abs(x - other_x),
        height=abs(y - other_y),
    )


def _inherited(page: DictionaryObject, key: str) -> Any:
    """Look a page attribute up along its parents; None when none of them has it."""
    node = page
    while key not in node:
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    return node[key]
