"""Проверяет носитель архива: python3 tools/verify.py. Ничего не меняет.

Needs nothing but Python 3.7; exit code 0 when every file is whole, 1 when not.
"""
# ruff: noqa: INP001, T201 - it stands alone on a medium and speaks to a person

from __future__ import annotations

import hashlib
import io
import re
import sys
from pathlib import Path

VOLUME_LIST = "volume-sha512.txt"
TAG_MANIFEST = "tagmanifest-sha512.txt"
BAG_LISTS = [TAG_MANIFEST, "manifest-sha512.txt"]
SYSTEM = {"lost+found", "System Volume Information", "$RECYCLE.BIN", ".Trashes"}
SYSTEM |= {".Spotlight-V100", ".fseventsd"}


def main() -> int:
    """Check the medium this file lies on, print every bad file, return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    root = Path(__file__).resolve().parent.parent
    bags = sorted(path for path in (root / "bags").iterdir() if not path.name.startswith("."))
    faults = check(root, [VOLUME_LIST], outside_bags(root, bags))
    for bag in bags:
        print(f"Дело {bag.name}")
        faults += check(bag, BAG_LISTS, [name for name in below(bag) if not is_seal(name)])
    if faults:
        print("НАЙДЕНЫ ПОВРЕЖДЕНИЯ. Не пишите на носитель, позовите того, кто отвечает за архив.")
    else:
        print("Все файлы целы.")
    return 1 if faults else 0


def check(folder: Path, lists: list[str], found: list[str]) -> int:
    """Compare the files of a folder with its lists; return the number of faults."""
    listed: dict[str, str] = {}
    faults = 0
    for name in lists:
        try:
            lines = (folder / name).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            faults += complain("СПИСОК НЕ ЧИТАЕТСЯ", name)
            continue
        for line in lines:
            match = re.match(r"([0-9a-fA-F]{128})[ \t]+\*?(\S.*)$", line)
            if match is None or leads_out(match.group(2)):
                faults += complain(f"НЕГОДНАЯ СТРОКА В {name}", line)
            else:
                listed[match.group(2)] = match.group(1).lower()
    for name in sorted(listed):
        try:
            if sha512(folder / name) != listed[name]:
                faults += complain("ИЗМЕНЁН", name)
        except FileNotFoundError:
            faults += complain("НЕТ ФАЙЛА", name)
        except OSError as fault:
            faults += complain(f"НЕ ЧИТАЕТСЯ ({fault.strerror})", name)
    for name in sorted(set(found) - set(listed)):
        faults += complain("ЛИШНИЙ ФАЙЛ", name)
    return faults


def complain(what: str, name: str) -> int:
    """Name one bad file; return 1."""
    print(f"{what}: {name}")
    return 1


def leads_out(name: str) -> bool:
    """Whether a listed path could lead out of the folder."""
    return name.startswith("/") or ".." in name.split("/") or "\\" in name or name[1:2] == ":"


def is_seal(name: str) -> bool:
    """Whether it is the tag manifest or a signature of it, which no list of the bag holds."""
    return name.startswith(TAG_MANIFEST)


def below(folder: Path) -> list[str]:
    """List everything below a folder that is not itself a folder, as paths with slashes."""
    found = []
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            found += [f"{path.name}/{name}" for name in below(path)]
        else:
            found.append(path.name)
    return found


def outside_bags(root: Path, bags: list[Path]) -> list[str]:
    """List what the list of the medium must hold: files outside bags, tag manifests, seals."""
    found = []
    for path in root.iterdir():
        own = path.name == "bags" or path.name.startswith(VOLUME_LIST)
        if own or path.name in SYSTEM or path.name.startswith(".Trash-"):
            continue
        found += [f"{path.name}/{name}" for name in below(path)] if path.is_dir() else [path.name]
    for bag in bags:
        found += [f"bags/{bag.name}/{path.name}" for path in bag.iterdir() if is_seal(path.name)]
    return found


def sha512(path: Path) -> str:
    """Digest a file in pieces; lower-case hex."""
    digest = hashlib.sha512()
    with path.open("rb") as stream:
        for chunk in iter(lambda: stream.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
