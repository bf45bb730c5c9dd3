"""Names that survive every medium: ISO 9660 with Joliet, FAT, NTFS, ext4 and a stranger's hands.

Joliet cuts long names, FAT and NTFS ignore case and reserve device names, and «й» has two
encodings; so names on media are lower-case ASCII, short, and plain (archive.md, Layout).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import count
from typing import TYPE_CHECKING

from docgen.core.findings import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME_LIMIT = 60
PATH_LIMIT = 180
DESCRIPTION_NAME = "ОПИСАНИЕ.txt"

_PLAIN = re.compile(r"[a-z0-9_][a-z0-9._-]*")
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)
_LATIN = (
    {"а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z"}
    | {"и": "i", "й": "j", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r"}
    | {"с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "ch", "ш": "sh"}
    | {"щ": "shh", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya"}
)


def name_fault(name: str) -> str:
    """Say in Russian why one file or folder name does not suit a medium; empty when it does."""
    if name == DESCRIPTION_NAME:
        return ""
    if not _PLAIN.fullmatch(name):
        return (
            "разрешены строчные латинские буквы, цифры, точка, дефис и подчёркивание,"
            " первый знак — буква, цифра или подчёркивание"
        )
    if name.endswith("."):
        return "точка в конце имени пропадает в Windows"
    if len(name) > NAME_LIMIT:
        return f"имя длиннее {NAME_LIMIT} знаков"
    if is_device(name):
        return "в Windows это имя занято устройством"
    return ""


def is_device(name: str) -> bool:
    """Whether Windows takes a file name for a device, whatever follows the first point."""
    return name.split(".", maxsplit=1)[0].casefold() in _DEVICES


def check_paths(paths: Iterable[str], *, below: str = "") -> list[Finding]:
    """Check relative POSIX paths that are to lie under the folder `below` of a medium.

    Reports AR-01 for a name or path that does not suit and AR-02 for two paths that one of the
    file systems could not tell apart, or where a file stands in the place of a folder.
    """
    found: list[Finding] = []
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in sorted(paths):
        full = f"{below}/{path}" if below else path
        reasons = dict.fromkeys(filter(None, map(name_fault, path.split("/"))))
        if len(full) > PATH_LIMIT:
            reasons[f"путь длиннее {PATH_LIMIT} знаков"] = None
        if reasons:
            found.append(finding("AR-01", full, path=full, reason="; ".join(reasons)))
        folded = path.casefold()
        parents = [folded[:index] for index, sign in enumerate(folded) if sign == "/"]
        rival = next(
            filter(None, [files.get(folded), folders.get(folded), *map(files.get, parents)]), None
        )
        if rival is not None:
            found.append(finding("AR-02", full, path=path, other=rival))
        files[folded] = path
        folders |= dict.fromkeys(parents, path)
    return found


def safe_name(text: str) -> str:
    """Make a name for a medium out of any text: «Справка о 9А.PDF» becomes `spravka-o-9a.pdf`.

    The same text always gives the same name; two texts may give one, so the caller numbers them.
    """
    plain = unicodedata.normalize("NFC", text).lower()
    plain = "".join(_LATIN.get(sign, sign) for sign in plain)
    plain = re.sub(r"[^a-z0-9._]+", "-", plain)
    plain = re.sub(r"-?\.-?", ".", plain).strip("-.")
    stem, dot, suffix = plain.rpartition(".")
    if dot and len(suffix) <= 10:  # noqa: PLR2004 - a longer tail is no file extension
        plain = stem[: NAME_LIMIT - len(suffix) - 1].rstrip("-.") + dot + suffix
    else:
        plain = plain[:NAME_LIMIT].rstrip("-.")
    if not plain:
        return "bez-imeni"
    if is_device(plain):
        return f"_{plain}"[:NAME_LIMIT]
    return plain


def safe_names(texts: Iterable[str], *, spare: int = 0) -> list[str]:
    """Make a name for a medium out of every text, no two alike: «Приказ.PDF» twice is numbered.

    `spare` letters are left free for what another file adds to the name, «.p7s».
    """
    names: list[str] = []
    for text in texts:
        stem, dot, suffix = safe_name(text).rpartition(".")
        stem, end = (stem, dot + suffix) if dot else (suffix, "")
        for number in count(1):
            tail = f"-{number}{end}" if number > 1 else end
            name = stem[: NAME_LIMIT - spare - len(tail)].rstrip("-.") + tail
            if name not in names:
                names.append(name)
                break
    return names
