# -*- coding: utf-8 -*-
"""Проверяет носитель архива: python3 tools/verify.py. Одно дело: verify.py bags/ИМЯ.

Ничего не меняет. Needs nothing but Python 3.6; GOST digests are checked where hashlib or the
program rhash knows them, seals where openssl is. Exit code 0 when every file is whole, 1 when not.
"""
# ruff: noqa: INP001, T201, UP009, F541, S603 - it stands alone on a medium and speaks to a person

# Python 2 reads no further and shows this line:
NEEDS = f"Нужен Python 3.6 или новее, запустите так: python3 tools/verify.py"

import hashlib  # noqa: E402 - after the line above
import io  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import shutil  # noqa: E402
import stat  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections import Counter  # noqa: E402
from functools import lru_cache  # noqa: E402
from pathlib import Path  # noqa: E402

VOLUME_LIST = "volume-sha512.txt"
TAG_MANIFEST = "tagmanifest-sha512.txt"
MANIFEST = "manifest-sha512.txt"
GOST_LIST = "gost/streebog256.txt"
INVENTORY = "docs/opis.csv"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
SEALS = ("", ".p7s", ".tst", ".p7s.tst")
PARITY = "parity"
INCOMING = ".incoming"
SYSTEM = {"lost+found", "System Volume Information", "$RECYCLE.BIN", ".Trashes"}
SYSTEM |= {".Spotlight-V100", ".fseventsd"}
GOST_OID = b"\x2a\x85\x03"
NO_OPENSSL = "нет программы openssl 1.1 или новее"
NO_ROOTS = "в делах нет корневых сертификатов"
GOST_SEAL = "это ГОСТ, openssl без модуля gost его не понимает"

unproved = Counter()  # type: Counter[str]
"""How many seals could not be checked, by reason."""


def main(arguments: "list[str]") -> int:
    """Check the medium this file lies on, a medium named, or bags; return the exit code."""
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="replace")
    root = Path(__file__).resolve().parent.parent
    if len(arguments) == 1 and (Path(arguments[0]) / VOLUME_LIST).is_file():
        root, arguments = Path(arguments[0]).resolve(), []
    if arguments:
        bags = [Path(name) if Path(name).is_dir() else root / name for name in arguments]
        faults = sum(check_bag(bag) for bag in bags)
        for bag in bags:
            show_digest(bag, TAG_MANIFEST, "сравните с актом")
    else:
        faults = check_medium(root)
    print()
    for reason, count in sorted(unproved.items()):
        print(f"Печати не проверены ({count}): {reason}.")
    if faults:
        print("НАЙДЕНЫ ПОВРЕЖДЕНИЯ. Не пишите на носитель, позовите того, кто отвечает за архив.")
    else:
        print("Все файлы целы.")
    if not arguments:
        show_digest(root, INVENTORY, "сравните с наклейкой или паспортом носителя")
    print("Подлинность этим не доказана: см. ОПИСАНИЕ.txt")
    sys.stdout.flush()
    return 1 if faults else 0


def check_medium(root: Path) -> int:
    """Check everything on a medium; return the number of faults."""
    faults, bags = folders_in(root / "bags")
    more, parities = folders_in(root / PARITY)
    faults += more + check(root, [VOLUME_LIST], outside_bags(root, bags))
    faults += sum(check_bag(bag) for bag in bags)
    for folder in parities:
        print(f"Данные восстановления {shown(folder.name)}")
        found = [name for name in below(folder) if name != "sha512.txt"]
        faults += check(folder, ["sha512.txt"], found)
    if not (root / (VOLUME_LIST + ".p7s")).exists():
        if any((bag / (TAG_MANIFEST + ".p7s")).exists() for bag in bags):
            faults += complain("НЕТ ПЕЧАТИ", VOLUME_LIST + ".p7s")
        return faults
    return faults + check_seal(
        root, VOLUME_LIST, [root_file for bag in bags for root_file in roots(bag)]
    )


def check_bag(bag: Path) -> int:
    """Check one case; return the number of faults."""
    print(f"Дело {shown(bag.name)}")
    if not (bag / "bagit.txt").is_file():
        return complain("ЭТО НЕ ДЕЛО", str(bag))
    found = list(below(bag))
    seals = {TAG_MANIFEST + end for end in SEALS}
    faults = check(bag, [TAG_MANIFEST, MANIFEST], [name for name in found if name not in seals])
    if content(bag / "bagit.txt") != DECLARATION:
        faults += complain("НЕГОДНЫЙ ФАЙЛ", "bagit.txt")
    sizes = [size_of(bag / name) for name in found if name.startswith("data/")]
    oxum = f"{sum(sizes)}.{len(sizes)}".encode()
    if re.findall(rb"(?m)^Payload-Oxum: *(.*?)\r?$", content(bag / "bag-info.txt")) != [oxum]:
        faults += complain("ОБЪЁМ ДОКУМЕНТОВ НЕ ТОТ (Payload-Oxum)", "bag-info.txt")
    faults += check_gost(bag)
    if (bag / (TAG_MANIFEST + ".p7s")).exists():
        faults += check_seal(bag, TAG_MANIFEST, roots(bag))
    return faults


def check(folder: Path, lists: "list[str]", found: "list[str]") -> int:
    """Compare the files of a folder with its lists; return the number of faults."""
    listed = {}  # type: dict[str, str]
    faults = 0
    for name in lists:
        digests, wrong = read_list(folder, name, 128)
        faults += wrong
        for twice in sorted(listed.keys() & digests.keys()):
            faults += complain("ДВАЖДЫ В СПИСКАХ", twice)
        listed.update(digests)
    for name in sorted(listed):
        faults += compare(folder, name, "sha512", listed[name])
    for name in sorted(set(found) - set(listed)):
        faults += complain("ЛИШНИЙ ФАЙЛ", name)
    return faults


def check_gost(bag: Path) -> int:
    """Compare the documents with their GOST digests, where this computer can compute them."""
    if not (bag / GOST_LIST).exists():
        return 0  # where it should be there, the tag manifest names it
    listed, faults = read_list(bag, GOST_LIST, 64)
    if faults:
        return faults  # rhash would open whatever such a line names
    if listed.keys() != names_in(bag / MANIFEST):
        return complain("СПИСОК ПО ГОСТ НАЗЫВАЕТ НЕ ТЕ ДОКУМЕНТЫ", GOST_LIST)
    for kind in ("streebog256", "md_gost12_256"):
        try:
            hashlib.new(kind)
        except ValueError:
            continue
        return sum(compare(bag, name, kind, listed[name]) for name in sorted(listed))
    safe = listed and all(is_plain(bag / name) for name in listed)
    return check_by_rhash(bag) if safe and shutil.which("rhash") else 0


def check_by_rhash(bag: Path) -> int:
    """Let rhash compare the documents with their GOST digests."""
    command = ["rhash", "--gost12-256", "--skip-ok", "-c", GOST_LIST]
    done = subprocess.run(
        command, cwd=str(bag), check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode == 0:
        return 0
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        if line.endswith(" ERR"):
            print("  " + shown(line[: -len("ERR")].strip()))
    return complain("СУММЫ ПО ГОСТ НЕ СХОДЯТСЯ", GOST_LIST)


def check_seal(folder: Path, name: str, trusted: "list[Path]") -> int:
    """Check the seal of a list against root certificates, where openssl can; 1 for a broken one."""
    seal = name + ".p7s"
    if not is_plain(folder / seal):
        return complain("ПЕЧАТЬ НЕ СХОДИТСЯ", seal)
    if not openssl_serves():
        unproved[NO_OPENSSL] += 1
    elif not trusted:
        unproved[NO_ROOTS] += 1
    elif seal_holds(folder, name, trusted):
        pass
    elif GOST_OID in content(folder / seal):
        unproved[GOST_SEAL] += 1
    elif seal_holds(folder, name, None):
        print("ЧЬЯ ПЕЧАТЬ, НЕ ДОКАЗАНО (нет её корневого сертификата): " + seal)
    else:
        return complain("ПЕЧАТЬ НЕ СХОДИТСЯ", seal)
    return 0


@lru_cache(maxsize=1)
def openssl_serves() -> bool:
    """Whether openssl is there and knows how to look away from the term of a certificate."""
    if shutil.which("openssl") is None:
        return False
    done = subprocess.run(
        ["openssl", "cms", "-help"],  # noqa: S607 - whichever this computer has
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return b"no_check_time" in done.stdout


def seal_holds(folder: Path, name: str, trusted: "list[Path] | None") -> bool:
    """Whether a signature is one of the list; `trusted` are roots, None asks nothing of them."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "roots.pem"
        path.write_bytes(b"\n".join(map(content, trusted or [])))
        command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER"]
        command += ["-in", str(folder / (name + ".p7s")), "-content", str(folder / name)]
        command += ["-no_check_time", "-purpose", "any", "-out", os.devnull]
        command += ["-noverify"] if trusted is None else ["-CAfile", str(path)]
        done = subprocess.run(
            command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    return done.returncode == 0


def roots(bag: Path) -> "list[Path]":
    """Root certificates a case brings along."""
    return sorted(path for path in (bag / "evidence").glob("trust-*.pem") if is_plain(path))


def read_list(folder: Path, name: str, digits: int) -> "tuple[dict[str, str], int]":
    """Read a list of digests: digests by path, and the number of lines that are no good."""
    listed = {}  # type: dict[str, str]
    faults = 0
    try:
        with open_plain(folder / name) as stream:
            lines = stream.read().decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return {}, complain("СПИСОК НЕ ЧИТАЕТСЯ", name)
    for line in filter(None, lines):
        match = re.match(r"([0-9a-fA-F]+)[ \t]+\*?(\S.*)$", line)
        if match is None or len(match.group(1)) != digits or leads_out(match.group(2)):
            faults += complain("НЕГОДНАЯ СТРОКА В " + name, line)
            continue
        path = as_on_disk(match.group(2))
        if path in listed:
            faults += complain("ДВАЖДЫ В СПИСКЕ " + name, path)
        listed[path] = match.group(1).lower()
    return listed, faults


def names_in(path: Path) -> "set[str]":
    """Paths a list names, whatever else is wrong with it."""
    lines = content(path).decode("utf-8", "replace").split("\n")
    return {as_on_disk(line.split(None, 1)[1].lstrip("*")) for line in lines if " " in line.strip()}


def compare(folder: Path, name: str, kind: str, expected: str) -> int:
    """Digest one file; return 1 when it is not what the list says."""
    try:
        digest = digest_of(folder / name, kind)
    except FileNotFoundError:
        return complain("НЕТ ФАЙЛА", name)
    except (OSError, ValueError) as fault:
        return complain("НЕ ЧИТАЕТСЯ ({})".format(getattr(fault, "strerror", fault)), name)
    return 0 if digest == expected else complain("ИЗМЕНЁН", name)


def digest_of(path: Path, kind: str) -> str:
    """Digest a plain file; raises OSError."""
    digest = hashlib.new(kind)
    with open_plain(path) as stream:
        for chunk in iter(lambda: stream.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def show_digest(folder: Path, name: str, advice: str) -> None:
    """Print the SHA-512 of a file as it stands on paper: groups of eight digits."""
    try:
        digest = digest_of(folder / name, "sha512")
    except OSError:
        return
    print(f"SHA-512 файла {name} ({advice}):")
    for start in range(0, len(digest), 32):
        print("  " + " ".join(digest[place : place + 8] for place in range(start, start + 32, 8)))


def open_plain(path: Path) -> "io.BufferedReader":
    """Open a plain file; a link, a pipe or a device holds no document and is an OSError."""
    if not stat.S_ISREG(os.lstat(str(path)).st_mode):
        raise OSError(22, "ссылка или другой не обычный файл")
    return path.open("rb")


def is_plain(path: Path) -> bool:
    """Whether a file is there and is neither a link nor a pipe nor a device."""
    try:
        return stat.S_ISREG(os.lstat(str(path)).st_mode)
    except (OSError, ValueError):
        return False


def content(path: Path) -> bytes:
    """Read a plain file; what cannot be read is empty, its digest tells."""
    try:
        with open_plain(path) as stream:
            return stream.read()
    except OSError:
        return b""


def size_of(path: Path) -> int:
    """Bytes of a file; 0 for one that cannot be looked at."""
    try:
        return os.lstat(str(path)).st_size
    except OSError:
        return 0


def complain(what: str, name: str) -> int:
    """Name one bad file; return 1."""
    print(what + ": " + shown(name))
    return 1


def shown(name: str) -> str:
    """Make a name fit for the screen: signs that steer a terminal are written out."""
    name = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in name)


def as_on_disk(name: str) -> str:
    """Spell a listed path, which is UTF-8, as this system spells the names of files."""
    return os.fsdecode(name.encode("utf-8"))


def leads_out(name: str) -> bool:
    """Whether a listed path could lead out of the folder."""
    return name.startswith("/") or ".." in name.split("/") or "\\" in name or name[1:2] == ":"


def below(folder: Path) -> "list[str]":
    """List everything below a folder that is not itself a folder, as paths with slashes."""
    found = []
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        try:
            with os.scandir(str(folder / prefix)) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(prefix + entry.name + "/")
                    else:
                        found.append(prefix + entry.name)
        except OSError:
            found.append(prefix)  # nobody can look inside; no list names a folder
    return sorted(found)


def folders_in(folder: Path) -> "tuple[int, list[Path]]":
    """Find the folders of cases that are not empty; anything else there is a fault."""
    faults = 0
    found = []
    if folder.is_symlink():
        return complain("ССЫЛКА ВМЕСТО ПАПКИ", folder.name), []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        place = folder.name + "/" + path.name
        if path.is_symlink() or not path.is_dir():
            faults += complain("ЛИШНИЙ ФАЙЛ", place)
        elif place != "bags/" + INCOMING and below(path):
            found.append(path)
    return faults, found


def outside_bags(root: Path, bags: "list[Path]") -> "list[str]":
    """List what the list of the medium must hold: files outside bags, tag manifests, seals."""
    found = []
    own = {VOLUME_LIST + end for end in SEALS}
    for path in root.iterdir():
        if path.name in SYSTEM | own | {"bags", PARITY} or path.name.startswith(".Trash-"):
            continue
        inner = below(path) if path.is_dir() and not path.is_symlink() else None
        found += [path.name] if inner is None else [path.name + "/" + name for name in inner]
    for bag in bags:
        names = [TAG_MANIFEST + end for end in SEALS]
        found += [
            "bags/" + bag.name + "/" + name for name in names if os.path.lexists(str(bag / name))
        ]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
