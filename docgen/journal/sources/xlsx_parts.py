"""The parts of an XLSX workbook besides its sheets: what leads where, texts, formats of cells."""

from __future__ import annotations

import datetime as dt
import re
from sys import getsizeof
from typing import TYPE_CHECKING

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

TEXTS_LIMIT = 48 << 20
"""Bytes of memory for the different texts of a workbook; those of a school year take 2 MB."""
TEXTS_COUNT = 3_000_000
"""Texts of a workbook whose program keeps equal ones apart: a school year has 2,400,000 cells."""


class TooLarge(Exception):
    """A part holds more than any journal."""


class Reader:
    """Takes in one part, element by element; a prefix of its namespace is taken off.

    `held` is how many characters of the text under way are kept, `depth` how many elements are
    open.
    """

    def __init__(self) -> None:
        self.depth = 0
        self._text: list[str] = []

    @property
    def held(self) -> int:
        """Count the characters of the text that has not ended yet."""
        return sum(map(len, self._text))

    def attach(self, parser: XMLParserType) -> None:
        """Listen to a parser that is at the beginning of the part."""
        self._parser = parser
        parser.StartElementHandler = self._first

    def _first(self, name: str, attributes: dict[str, str]) -> None:
        prefix, colon, _ = name.rpartition(":")
        skip = len(prefix + colon)
        start, end = self._start, self._end
        if skip:
            self._parser.StartElementHandler = lambda name, told: start(name[skip:], told)
            self._parser.EndElementHandler = lambda name: end(name[skip:])
        else:
            self._parser.StartElementHandler = start
            self._parser.EndElementHandler = end
        start(name[skip:], attributes)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.start(name, attributes)

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.end(name)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""

    def _listen(self, *, to_text: bool) -> None:
        self._parser.CharacterDataHandler = self._text.append if to_text else None


class Relations(Reader):
    """Where a part leads to: the kinds and the targets by their ids, places outside left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take a relationship; its kind is the last word of a long address."""
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes["Type"].rpartition("/")[2]
            self.found[attributes["Id"]] = kind, attributes["Target"].replace("\\", "/")


class WorkbookPart(Reader):
    """The titles of the sheets with the ids of their parts; from which day dates are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str]] = []
        self.since_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take a sheet or the settings of the workbook."""
        if name == "sheet":
            link = next(text for key, text in attributes.items() if key.endswith(":id"))
            self.sheets.append((attributes["name"], link))
        elif name == "workbookPr":
            self.since_1904 = attributes.get("date1904") in {"1", "true"}


class Texts(Reader):
    """The texts cells refer to by their number; equal ones are kept once."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._known: dict[str, str] = {}
        self._size = 0
        self._sounding = False

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        """Begin a text or one of its pieces."""
        if name == "t":
            self._listen(to_text=not self._sounding)
        elif name == "si":
            self._text.clear()
        elif name == "rPh":
            self._sounding = True

    def end(self, name: str) -> None:
        """End a text or one of its pieces. Raises TooLarge."""
        if name == "t":
            self._listen(to_text=False)
        elif name == "si":
            self._take("".join(self._text))
        elif name == "rPh":
            self._sounding = False
        elif name == "sst":
            self._known.clear()

    def _take(self, text: str) -> None:
        if text not in self._known:
            self._known[text] = plain(text)
            self._size += getsizeof(text)
        self.found.append(self._known[text])
        if self._size > TEXTS_LIMIT or len(self.found) > TEXTS_COUNT:
            raise TooLarge
        self._text.clear()


_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def plain(text: str) -> str:
    """Write out characters that XML cannot hold: «_x000D_» is a carriage return (22.9.2.19)."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


class Styles(Reader):
    """Formats of cells, to tell dates from numbers."""

    def __init__(self, *, since_1904: bool) -> None:
        super().__init__()
        self._epoch = MAC_EPOCH if since_1904 else WINDOWS_EPOCH
        self._within = ""
        self._formats: dict[int, str] = {}
        self._cells: list[int] = []
        self._dated: dict[str, tuple[bool, bool]] = {"": (False, False)}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take a format, or the number of the one a style of cells has."""
        if name in {"numFmts", "cellXfs"}:
            self._within = name
        elif name == "numFmt" and self._within == "numFmts":
            self._formats[int(attributes["numFmtId"])] = attributes["formatCode"]
        elif name == "xf" and self._within == "cellXfs":
            self._cells.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        """End a list of formats or of styles."""
        if name == self._within:
            self._within = ""

    def moment(self, style: str, number: float) -> dt.datetime | dt.time | dt.timedelta | None:
        """Tell the date or time a number of a style stands for, None when it is but a number.

        Raises LookupError and ValueError for a style that is not there.
        """
        known = self._dated.get(style)
        if known is None:
            number_format = self._cells[int(style)]
            code = self._formats.get(number_format) or BUILTIN_FORMATS.get(number_format, "")
            known = self._dated[style] = is_date_format(code), is_timedelta_format(code)
        dated, lasting = known
        if not dated:
            return None
        try:
            moment: dt.datetime | dt.time | dt.timedelta | None = from_excel(
                number, self._epoch, timedelta=lasting
            )
        except (OverflowError, ValueError):  # beyond the calendar: Excel shows it as «#####»
            return None
        return moment
