"""Lists of digests: BagIt manifests (RFC 8493 2.1.3), the GOST list, and what is wrong in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.durable import read_plain
from archive.found import Found
from docgen.core.findings import Finding, finding
from docgen.core.reasons import reason

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from pathlib import Path

MANIFEST = "manifest-sha512.txt"
TAG_MANIFEST = "tagmanifest-sha512.txt"
GOST_LIST = "gost/streebog256.txt"
SHA512_DIGITS = 128
STREEBOG256_DIGITS = 64
LIST_LIMIT = 1 << 28
"""Bytes of the longest list that is read: one and a half million files."""

# Made over the finished tag manifest, so no list can hold them (archive.md, Layout).
SEALS = (f"{TAG_MANIFEST}.p7s", f"{TAG_MANIFEST}.tst", f"{TAG_MANIFEST}.p7s.tst")

PATH_LIMIT = 4096
NAME_LIMIT = 255
"""Bytes a file system of ours takes in a path and in one name of it (Linux, UTF-8)."""

_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(\S.*)")
_LINES = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_ESCAPE = re.compile(r"%(25|0[AaDd])")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Digests by path (lower-case hex), and findings for every line that cannot be trusted."""

    digests: Mapping[str, str]
    findings: tuple[Finding, ...]


def write_list(digests: Mapping[str, str], *, spaces: int = 2) -> bytes:
    """Lines `HEX  path` sorted by path; one space makes the list readable by gost12sum too."""
    gap = " " * spaces
    rows = (f"{digests[path]}{gap}{encode_path(path)}\n" for path in sorted(digests))
    return "".join(rows).encode("utf-8")


def read_list(file: Path, *, digits: int, where: str) -> Manifest:
    """Read one list whose digests have `digits` hex digits; `where` names it in findings.

    A missing, unreadable or broken list is a finding (AR-15), an unsafe path too (AR-17, AR-18);
    such lines are left out, so nothing outside the bag is ever opened.
    """
    try:
        text = read_plain(file, limit=LIST_LIMIT).decode("utf-8")
    except FileNotFoundError:
        return Manifest({}, (finding("AR-15", where, reason="списка нет"),))
    except UnicodeDecodeError:
        return Manifest({}, (finding("AR-15", where, reason="текст не в кодировке UTF-8"),))
    except OSError as fault:
        return Manifest({}, (finding("AR-14", where, reason=reason(fault)),))
    digests: dict[str, str] = {}
    found = Found()
    for number, line in lines_of(text):
        match = _LINE.fullmatch(line)
        if match is not None and len(match[1]) == digits:
            code, told = _fault(match[2], number, digests)
            if not code:
                digests[decode_path(match[2])] = match[1].lower()
        elif line:
            code, told = "AR-15", f"строка {number} не читается"
        else:
            continue
        if code:
            found.add(code, where, place=where, path=told, reason=told)
    return Manifest(digests, tuple(found.all()))


def _fault(name: str, number: int, known: Container[str]) -> tuple[str, str]:
    """Code and text of what is wrong with a name in a list; both empty when nothing is."""
    path = decode_path(name)
    if not is_possible(path):
        return "AR-15", f"строка {number}: такого длинного пути у файла быть не может"
    if "%" in _ESCAPE.sub("", name):
        return "AR-18", name
    if not is_safe(path):
        return "AR-17", name
    if path in known:
        return "AR-15", f"строка {number}: файл «{name}» назван дважды"
    return "", ""


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Number the lines of a tag file, however they end (RFC 8493 2.1.3), one at a time."""
    for number, match in enumerate(_LINES.finditer(text), start=1):
        yield number, match[1]


def is_safe(path: str) -> bool:
    """Whether a listed path is one of ours: inside the bag, and written in one way only."""
    return is_inside(path) and not {"", "."} & {*path.split("/")} and "\\" not in path


def is_possible(path: str) -> bool:
    """Whether a file can be called so here: longer paths are never normalised or looked for."""
    data = path.encode("utf-8", "surrogatepass")
    return len(data) < PATH_LIMIT and all(len(name) <= NAME_LIMIT for name in data.split(b"/"))


def is_inside(path: str) -> bool:
    """Whether a listed path stays inside the bag on every system (RFC 8493 5.2).

    A tilde before a slash is somebody's home folder to a shell; `~notes.txt` is a file.
    """
    rooted = path.startswith(("/", "\\")) or path[1:2] == ":"  # the latter is a drive of Windows
    home = path.startswith("~") and ("/" in path or path == "~")
    return not (rooted or home or "\0" in path or ".." in path.replace("\\", "/").split("/"))


def encode_path(path: str) -> str:
    """Percent-encode CR, LF and % and nothing else (RFC 8493 2.1.3)."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def decode_path(path: str) -> str:
    """Undo `encode_path` in one pass, so that %250A stays a percent sign and two letters."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), path)
