"""Reading PDF files that carry signatures: which there are, and what bytes each one covers.

What is read comes from anybody: a broken file raises BrokenPdf with a Russian sentence.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import struct
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

# The library logs every oddity of a file with a traceback; ours are told in the report.
logging.getLogger("pyhanko").addHandler(logging.NullHandler())

_HOLE = re.compile(rb"<(?:(?:[0-9A-F]{2})+|(?:[0-9a-f]{2})+)>")
_NUMBERS_OF_A_RANGE = 4
# What the library raises on files that are not as the standard wants them.
_BREAKAGES = (
    PdfError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    AssertionError,
    NotImplementedError,
    EOFError,
    zlib.error,
    struct.error,
)


class BrokenPdf(ValueError):
    """The bytes are not a PDF that can be read; the message is a Russian sentence."""


class UncheckablePdf(BrokenPdf):
    """The PDF may be sound, but it is of a kind we do not check."""


@contextmanager
def telling(sentence: str) -> Iterator[None]:
    """Turn whatever the library raises on a broken file into BrokenPdf with the sentence."""
    try:
        yield
    except BrokenPdf:
        raise
    except _BREAKAGES as fault:
        raise BrokenPdf(sentence) from fault


@dataclass(frozen=True, slots=True)
class Field:
    """A signature field that is filled; `reference` is that of the signature dictionary."""

    name: str
    dictionary: generic.DictionaryObject
    reference: generic.Reference
    signature: generic.DictionaryObject

    @property
    def form(self) -> str:
        """The /SubFilter without its slash: how /Contents is to be read."""
        if "/SubFilter" not in self.signature:
            return ""
        return str(self.signature["/SubFilter"]).removeprefix("/")

    @property
    def claimed_at(self) -> dt.datetime | None:
        """The signer's own clock, /M; None when it is missing, unreadable or without a zone."""
        try:
            moment: dt.datetime = generic.parse_pdf_date(self.signature["/M"], strict=False)
        except _BREAKAGES:
            return None
        return moment if moment.tzinfo else None


def open_pdf(data: bytes) -> PdfFileReader:
    """Open a PDF strictly. Raises BrokenPdf, UncheckablePdf for an encrypted file."""
    with telling("Файл повреждён или это не PDF."):
        reader = PdfFileReader(BytesIO(data))
        encrypted, hybrid = reader.encrypted, reader.xrefs.hybrid_xrefs_present
    if encrypted:
        raise UncheckablePdf(
            "Файл PDF зашифрован: подписи в нём программа не проверяет и не ставит."
        )
    if hybrid:
        raise UncheckablePdf(
            "В файле PDF две разные таблицы объектов: разные программы видят в нём разное."
        )
    return reader


def filled_fields(reader: PdfFileReader) -> list[Field]:
    """List the signatures of a file as its form names them. Raises BrokenPdf."""
    fields = []
    with telling("Поля подписей в файле PDF повреждены."):
        for name, _, reference in enumerate_sig_fields(reader, filled_status=True):
            field = reference.get_object()
            pointer = field.raw_get("/V")
            signature = pointer.get_object()
            if not isinstance(pointer, generic.IndirectObject) or not isinstance(
                signature, generic.DictionaryObject
            ):
                raise BrokenPdf("Поле подписи в файле PDF указывает не на подпись.")
            fields.append(Field(name, field, pointer.reference, signature))
    return fields


@dataclass(frozen=True, slots=True)
class Coverage:
    """The bytes a signature covers: up to `hole`, where it stands itself, and then up to `end`.

    `contents` is what stands in the hole, decoded. `fault` is a Russian sentence, empty when the
    hole is exactly the value of /Contents.
    """

    hole: tuple[int, int]
    end: int
    contents: bytes
    fault: str = ""


def coverage(data: bytes, field: Field) -> Coverage:
    """Read /ByteRange and the hole that it leaves (ISO 32000-2 12.8.1).

    Nobody can put a signature into the bytes it covers itself, so what stands in the hole and was
    read as /Contents is the signature. Raises BrokenPdf when the dictionary cannot be read.
    """
    with telling("Словарь подписи в файле PDF повреждён."):
        numbers = [int(number) for number in field.signature["/ByteRange"]]
        value = field.signature.raw_get("/Contents", decrypt=generic.EncryptedObjAccess.RAW)
        contents: bytes = value.original_bytes
    if len(numbers) != _NUMBERS_OF_A_RANGE or min(numbers) < 0:
        return Coverage((0, 0), 0, contents, "Охват подписи (/ByteRange) задан неверно.")
    first, to, back, rest = numbers
    end = back + rest
    fault = ""
    if first != 0 or not 0 < to < back <= end <= len(data):
        fault = "Подпись охватывает не весь файл: охваченное начинается или кончается не там."
    elif (
        not _HOLE.fullmatch(data, to, back)
        or bytes.fromhex(data[to + 1 : back - 1].decode()) != contents
    ):
        fault = "Между охваченными подписью частями файла стоит не только сама подпись."
    return Coverage((to, back), end, contents, fault)
