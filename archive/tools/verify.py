"""Проверяет носитель архива: python3 tools/verify.py. Одно дело: verify.py bags/ИМЯ.

Ничего не меняет. Needs nothing but Python 3.6; GOST digests are checked where hashlib or the
program rhash knows them. Exit code 0 when every file is whole, 1 when not.
"""
# ruff: noqa: INP001, T201 - it stands alone on a medium and speaks to a person

import hashlib
import io
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

VOLUME_LIST = "volume-sha512.txt"
TAG_MANIFEST = "tagmanifest-sha512.txt"
BAG_LISTS = [TAG_MANIFEST, "manifest-sha512.txt"]
GOST_LIST = "gost/streebog256.txt"
PARITY = "parity"
SYSTEM = {"lost+found", "System Volume Information", "$RECYCLE.BIN", ".Trashes"}
SYSTEM |= {".Spotlight-V100", ".fseventsd"}


def main(arguments: "list[str]") -> int:
    """Check the medium this file lies on, or the bags named; return the exit code."""
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="replace")
    root = Path(__file__).resolve().parent.parent
    faults = 0
    if arguments:
        bags = [Path(name) if Path(name).is_dir() else root / name for name in arguments]
    else:
        folder = root / "bags"
        found = folder.iterdir() if folder.is_dir() else []
        bags = sorted(path for path in found if not path.name.startswith("."))
        faults += check(root, [VOLUME_LIST], outside_bags(root, bags))
    for bag in bags:
        print(f"Дело {bag.name}")
        if not (bag / "bagit.txt").is_file():
            faults += complain("ЭТО НЕ ДЕЛО", str(bag))
            continue
        faults += check(bag, BAG_LISTS, [name for name in below(bag) if not is_seal(name)])
        faults += check_gost(bag)
    if not arguments and (root / PARITY).is_dir():
        for folder in sorted((root / PARITY).iterdir()):
            faults += check(folder, ["sha512.txt"], [])
    if faults:
        print("НАЙДЕНЫ ПОВРЕЖДЕНИЯ. Не пишите на носитель, позовите того, кто отвечает за архив.")
    else:
        print("Все файлы целы.")
    sys.stdout.flush()
    return 1 if faults else 0


def check(folder: Path, lists: "list[str]", found: "list[str]") -> int:
    """Compare the files of a folder with its lists; return the number of faults."""
    listed = {}
    faults = 0
    for name in lists:
        digests, wrong = read_list(folder, name, 128)
        listed.update(digests)
        faults += wrong
    for name in sorted(listed):
        faults += compare(folder, name, "sha512", listed[name])
    for name in sorted(set(found) - set(listed)):
        faults += complain("ЛИШНИЙ ФАЙЛ", name)
    return faults


def check_gost(bag: Path) -> int:
    """Compare the documents with their GOST digests, where this computer can compute them."""
    if not (bag / GOST_LIST).is_file():
        return 0
    for kind in ("streebog256", "md_gost12_256"):
        try:
            hashlib.new(kind)
        except ValueError:
            continue
        listed, faults = read_list(bag, GOST_LIST, 64)
        return faults + sum(compare(bag, name, kind, listed[name]) for name in sorted(listed))
    rhash = shutil.which("rhash")
    if rhash is None or not (bag / GOST_LIST).stat().st_size:
        return 0
    command = [rhash, "--gost12-256", "--skip-ok", "-c", GOST_LIST]
    done = subprocess.run(  # noqa: S603 - the command is ours
        command, cwd=str(bag), check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode == 0:
        return 0
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        print("  " + line)
    return complain("СУММЫ ПО ГОСТ НЕ СХОДЯТСЯ", GOST_LIST)


def read_list(folder: Path, name: str, digits: int) -> "tuple[dict[str, str], int]":
    """Read a list of digests: digests by path, and the number of lines that are no good."""
    listed = {}
    faults = 0
    try:
        with open_plain(folder / name) as stream:
            lines = stream.read().decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}, complain("СПИСОК НЕ ЧИТАЕТСЯ", name)
    for line in lines:
        match = re.match(r"([0-9a-fA-F]+)[ \t]+\*?(\S.*)$", line)
        if match is None or len(match.group(1)) != digits or leads_out(match.group(2)):
            faults += complain("НЕГОДНАЯ СТРОКА В " + name, line)
        else:
            listed[match.group(2)] = match.group(1).lower()
    return listed, faults


def compare(folder: Path, name: str, kind: str, expected: str) -> int:
    """Digest one file; return 1 when it is not what the list says."""
    digest = hashlib.new(kind)
    try:
        with open_plain(folder / name) as stream:
            for chunk in iter(lambda: stream.read(1 << 20), b""):
                digest.update(chunk)
    except FileNotFoundError:
        return complain("НЕТ ФАЙЛА", name)
    except OSError as fault:
        return complain(f"НЕ ЧИТАЕТСЯ ({fault.strerror})", name)
    return 0 if digest.hexdigest() == expected else complain("ИЗМЕНЁН", name)


def open_plain(path: Path) -> "io.BufferedReader":
    """Open a plain file; a link, a pipe or a device holds no document and is an OSError."""
    if not stat.S_ISREG(os.lstat(str(path)).st_mode):
        raise OSError(22, "ссылка или другой не обычный файл")
    return path.open("rb")


def complain(what: str, name: str) -> int:
    """Name one bad file; return 1."""
    print(what + ": " + name)
    return 1


def leads_out(name: str) -> bool:
    """Whether a listed path could lead out of the folder."""
    return name.startswith("/") or ".." in name.split("/") or "\\" in name or name[1:2] == ":"


def is_seal(name: str) -> bool:
    """Whether it is the tag manifest or a signature of it, which no list of the bag holds."""
    return name.startswith(TAG_MANIFEST)


def below(folder: Path) -> "list[str]":
    """List everything below a folder that is not itself a folder, as paths with slashes."""
    found = []
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            found += [path.name + "/" + name for name in below(path)]
        else:
            found.append(path.name)
    return found


def outside_bags(root: Path, bags: "list[Path]") -> "list[str]":
    """List what the list of the medium must hold: files outside bags, tag manifests, seals."""
    found = []
    for path in root.iterdir():
        own = path.name in {"bags", PARITY} or path.name.startswith(VOLUME_LIST)
        if own or path.name in SYSTEM or path.name.startswith(".Trash-"):
            continue
        inner = below(path) if path.is_dir() and not path.is_symlink() else None
        found += [path.name] if inner is None else [path.name + "/" + name for name in inner]
    for bag in bags:
        if bag.is_dir():
            names = [path.name for path in bag.iterdir() if is_seal(path.name)]
            found += ["bags/" + bag.name + "/" + name for name in names]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
