"""In what encoding a table was saved: UTF-8, UTF-16, or what older Windows programs write."""

from __future__ import annotations

import codecs

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DOS_LETTERS = bytes(range(0x80, 0xB0))
"""А…Я and а…п of code page 866, where windows-1251 has signs that texts seldom hold."""
_WINDOWS_LETTERS = bytes([*range(0xC0, 0xE0), *range(0xF0, 0x100)])
"""А…Я and р…я of windows-1251, where code page 866 has frames; 0xE0…0xEF are letters of both."""
_NOT_WINDOWS = b"\x98"
"""The one byte windows-1251 has no letter for."""

NAMES = {"cp1251": "windows-1251", "cp866": "DOS (cp866)"}
"""Encodings that are guessed, as people know them."""


class Charset:
    """Tells the encoding of a text that is fed to it piece by piece.

    UTF-16 is known by the mark it begins with, UTF-8 by its grammar. Anything else is code page
    866 («CSV (MS-DOS)» of Excel) where its letters prevail, windows-1251 otherwise.
    """

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = None
        self._encoding = ""
        self._dos = self._windows = 0
        self._foreign = False
        self.nul = False
        """Whether the text holds a zero character, which no table does."""

    def feed(self, chunk: bytes) -> None:
        """Take the next piece. Raises UnicodeError for a UTF-16 that is none."""
        if not self._encoding:
            self._encoding = "utf-16" if chunk.startswith(_UTF_16) else "utf-8-sig"
            self._decoder = codecs.getincrementaldecoder(self._encoding)()
        if not chunk.isascii():
            self._dos += len(chunk) - len(chunk.translate(None, _DOS_LETTERS))
            self._windows += len(chunk) - len(chunk.translate(None, _WINDOWS_LETTERS))
            self._foreign = self._foreign or _NOT_WINDOWS in chunk
        text = self._decode(chunk, final=False)
        self.nul = self.nul or ("\0" in text if self._encoding == "utf-16" else b"\0" in chunk)

    def settle(self) -> str:
        """Tell the encoding by Python's name, when all is fed. Raises UnicodeError for none."""
        self._decode(b"", final=True)
        if self._decoder:
            return self._encoding
        if self._dos > self._windows:
            return "cp866"
        if self._foreign:
            raise UnicodeError
        return "cp1251"

    def _decode(self, chunk: bytes, *, final: bool) -> str:
        if not self._decoder:
            return ""
        try:
            return self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            if self._encoding == "utf-16":
                raise
            self._decoder = None
            return ""
