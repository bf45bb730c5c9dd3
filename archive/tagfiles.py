"""Tag files of bags by others: declaration, bag-info.txt, manifests, fetch.txt (RFC 8493 2).

Readers never open anything themselves: they get bytes. What a file breaks is told as `Slip`s; the
caller knows which bag and file they belong to.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from archive.manifest import decode_path, is_inside, is_possible, lines_of

VERSIONS = {
    f"{major}.{minor}": (major, minor)
    for major, minor in ((0, 93), (0, 94), (0, 95), (0, 96), (0, 97), (1, 0))
}
"""Versions a bag may declare, in the one writing each has: the RFC and the drafts before it."""

RFC = (1, 0)

DECLARATION_LIMIT = 1 << 16
INFO_LIMIT = 1 << 24
"""Bytes of bagit.txt and of bag-info.txt that are read; lists have a limit of their own."""

_DECLARATION = re.compile(r"BagIt-Version: ([0-9]+\.[0-9]+)\nTag-File-Character-Encoding: (\S+)\n?")
_ENCODINGS = re.compile(
    r"utf-8|utf-16(-[lb]e)?|utf-32(-[lb]e)?|ascii|iso8859-[0-9]+|cp[0-9]+|koi8-[ru]|mac-\w+"
    r"|gb\w+|big5\w*|euc_\w+|shift_jis\w*|hz|iso2022_\w+"
)
_LINE_END = re.compile(r"\r\n|\r")
_ENTRY = re.compile(r"([0-9A-Fa-f]+)[ \t]+(.+)", re.DOTALL)
_FETCH = re.compile(r"(\S+)[ \t]+([0-9]+|-)[ \t]+(.+)", re.DOTALL)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")
_BREAKS = re.compile(r"%(0[AaDd])")
_PERCENT = re.compile(r"%(?!25|0[AaDd])")


@dataclass(frozen=True, slots=True)
class Slip:
    """One breach of the format: the finding's code, the path or line it is about, the reason."""

    code: str
    path: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What bagit.txt says; `encoding` is Python's name of it."""

    version: tuple[int, int]
    encoding: str

    @property
    def strict(self) -> bool:
        """Whether RFC 8493 itself binds this bag, not one of the drafts before it."""
        return self.version >= RFC

    @property
    def info_name(self) -> str:
        """Where the metadata stand: drafts up to 0.95 called the file otherwise."""
        return "bag-info.txt" if self.version >= (0, 96) else "package-info.txt"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a manifest: the lower-case hex digest and the path as it is to be looked for."""

    digest: str
    path: str


def read_declaration(data: bytes) -> Declaration | Slip:
    """Read bagit.txt: two exact lines in UTF-8 without a byte-order mark (RFC 8493 2.1.1)."""
    if data.startswith(codecs.BOM_UTF8):
        return Slip("AR-71", reason="в начале файла стоит метка порядка байтов (BOM)")
    try:
        text = _LINE_END.sub("\n", data.decode("utf-8"))
    except UnicodeDecodeError:
        return Slip("AR-71", reason="текст не в кодировке UTF-8")
    match = _DECLARATION.fullmatch(text)
    if match is None:
        return Slip("AR-71", reason="нужны ровно две строки: версия и кодировка")
    if match[1] not in VERSIONS:
        return Slip("AR-71", reason=f"версия {match[1]} незнакома")
    encoding = _known_encoding(match[2])
    if not encoding:
        return Slip("AR-71", reason=f"кодировка {match[2]} незнакома")
    return Declaration(VERSIONS[match[1]], encoding)


def _known_encoding(name: str) -> str:
    """Python's name of a character encoding; empty for what is none (hex, rot13) or unknown."""
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return known if _ENCODINGS.fullmatch(known) else ""


def read_text(data: bytes, encoding: str) -> tuple[str, list[Slip]]:
    """Decode a tag file. Raises UnicodeDecodeError.

    A byte-order mark belongs to UTF-16 and UTF-32; in UTF-8 it is a slip that hides nothing.
    UTF-16 without one is told by its first sign, which is ASCII in every tag file.
    """
    slips: list[Slip] = []
    if encoding == "utf-16" and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    text = data.decode(encoding)
    if text.startswith("\ufeff"):
        text = text[1:]
        if encoding == "utf-8":
            slips.append(Slip("AR-72", reason="в начале файла стоит метка порядка байтов (BOM)"))
    return text, slips


def read_elements(text: str, *, strict: bool) -> tuple[list[tuple[str, str]], list[Slip]]:
    """Read labels and values of bag-info.txt in their order, folded lines joined (2.2.2).

    Before 1.0 white space around the colon is no part of label or value; in 1.0 a label neither
    starts nor ends with it, and one white space follows the colon.
    """
    elements: list[tuple[str, list[str]]] = []
    slips: list[Slip] = []
    for number, line in lines_of(text):
        if not line.strip(" \t"):
            continue
        if line[0] in " \t" and elements:
            elements[-1][1].append(line.strip(" \t"))
            continue
        label, colon, value = line.partition(":")
        bad = not colon or not label.strip()
        if strict:
            bad = bad or label != label.strip(" \t") or value[:1] not in {"", " ", "\t"}
        if bad:
            slips.append(Slip("AR-73", reason=f"строка {number} записана не как «Имя: значение»"))
        if colon:
            elements.append((label.strip(" \t"), [value.strip(" \t")]))
    return [(label, " ".join(filter(None, parts))) for label, parts in elements], slips


def read_entries(text: str, *, digits: int, strict: bool) -> tuple[list[Entry], list[Slip]]:
    """Read a manifest; `digits` is the length of its digests in hex, 0 for any length.

    Lines that are broken or lead out of the bag are slips and are left out.
    """
    entries: list[Entry] = []
    slips: list[Slip] = []
    for number, line in lines_of(text):
        if not line.strip(" \t"):
            continue
        match = _ENTRY.fullmatch(line)
        if match is None or (digits and len(match[1]) != digits):
            slips.append(Slip("AR-15", reason=f"строка {number} не читается"))
            continue
        path, found = _path(match[2], "AR-15", number, strict=strict)
        slips += found
        if path:
            entries.append(Entry(match[1].lower(), path))
    return entries, slips


def read_fetch(text: str, *, strict: bool) -> tuple[list[str], list[Slip]]:
    """Read the paths of fetch.txt: `url length filepath`, payload only (2.2.3)."""
    paths: list[str] = []
    slips: list[Slip] = []
    for number, line in lines_of(text):
        if not line.strip(" \t"):
            continue
        match = _FETCH.fullmatch(line)
        if match is None or not _URL.fullmatch(match[1]):
            slips.append(Slip("AR-74", reason=f"строка {number} записана не как «URL размер путь»"))
            continue
        path, found = _path(match[3], "AR-74", number, strict=strict)
        slips += found
        if path and not path.startswith("data/"):
            slips.append(Slip("AR-17", path))
        elif path:
            paths.append(path)
    return paths, slips


def _path(written: str, bad: str, number: int, *, strict: bool) -> tuple[str, list[Slip]]:
    """Undo what stands around a path in a list; empty when it may not be looked for at all.

    `bad` is the code of a line that is no line of this list.
    """
    slips: list[Slip] = []
    if written.startswith("*"):
        written = written[1:]
        slips.append(Slip("AR-75", written, "знак «*» перед путём"))
    if strict and _PERCENT.search(written):
        return "", [*slips, Slip("AR-18", written)]
    # The drafts encode line ends only, so there a percent sign stands for itself.
    path = decode_path(written) if strict else _BREAKS.sub(lambda m: chr(int(m[1], 16)), written)
    if not is_possible(path):
        told = f"строка {number}: такого длинного пути у файла быть не может"
        return "", [*slips, Slip(bad, reason=told)]
    if not is_inside(path):
        return "", [*slips, Slip("AR-17", path)]
    if path.endswith("/"):
        told = f"строка {number}: дробная черта в конце пути, а папок списки не называют"
        return "", [*slips, Slip(bad, reason=told)]
    plain = "/".join(part for part in path.split("/") if part not in {"", "."})
    if not plain:
        return "", [*slips, Slip("AR-17", path)]
    if plain != path:
        slips.append(Slip("AR-75", path, "лишние точки или дробные черты"))
    if "\\" in path:
        slips.append(Slip("AR-75", path, "обратная дробная черта в имени"))
    return plain, slips
