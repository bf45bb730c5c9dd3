"""Lists of digests: BagIt manifests (RFC 8493 2.1.3), the GOST list, and what is wrong in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from archive.durable import read_plain
from docgen.core.findings import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST = "manifest-sha512.txt"
TAG_MANIFEST = "tagmanifest-sha512.txt"
GOST_LIST = "gost/streebog256.txt"
SHA512_DIGITS = 128
STREEBOG256_DIGITS = 64

# Made over the finished tag manifest, so no list can hold them (archive.md, Layout).
SEALS = (f"{TAG_MANIFEST}.p7s", f"{TAG_MANIFEST}.tst", f"{TAG_MANIFEST}.p7s.tst")

_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(\S.*)")
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


def read_list(path: Path, *, digits: int, where: str) -> Manifest:
    """Read one list whose digests have `digits` hex digits; `where` names it in findings.

    A missing, unreadable or broken list is a finding (AR-15), an unsafe path too (AR-17, AR-18);
    such lines are left out, so nothing outside the bag is ever opened.
    """
    try:
        text = read_plain(path).decode("utf-8")
    except FileNotFoundError:
        return Manifest({}, (finding("AR-15", where, reason="списка нет"),))
    except UnicodeDecodeError:
        return Manifest({}, (finding("AR-15", where, reason="текст не в кодировке UTF-8"),))
    except OSError as fault:
        return Manifest({}, (finding("AR-14", where, reason=fault.strerror or str(fault)),))
    digests: dict[str, str] = {}
    found: list[Finding] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if not line:
            continue
        match = _LINE.fullmatch(line)
        if match is None or len(match[1]) != digits:
            found.append(finding("AR-15", where, reason=f"строка {number} не читается"))
            continue
        name = match[2]
        if _ESCAPE.sub("", name).count("%"):
            found.append(finding("AR-18", where, path=name))
        elif not is_safe(decode_path(name)):
            found.append(finding("AR-17", where, path=name))
        elif decode_path(name) in digests:
            found.append(
                finding("AR-15", where, reason=f"строка {number}: файл «{name}» назван дважды")
            )
        else:
            digests[decode_path(name)] = match[1].lower()
    return Manifest(digests, tuple(found))


def is_safe(path: str) -> bool:
    """Whether a listed path is one of ours: inside the bag, and written in one way only."""
    return is_inside(path) and not {"", "."} & {*path.split("/")} and "\\" not in path


def is_inside(path: str) -> bool:
    """Whether a listed path stays inside the bag on every system (RFC 8493 5.2)."""
    windows = PureWindowsPath(path)
    return not (windows.anchor or ".." in windows.parts or path.startswith("~") or "\0" in path)


def encode_path(path: str) -> str:
    """Percent-encode CR, LF and % and nothing else (RFC 8493 2.1.3)."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def decode_path(path: str) -> str:
    """Undo `encode_path` in one pass, so that %250A stays a percent sign and two letters."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), path)
