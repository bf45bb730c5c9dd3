"""Bags by others, judged as RFC 8493 and the drafts before it say; every fault is named.

A sender may make a list of a million faults: of those the first are named and the rest are counted.
Nothing outside the bag is ever read: links that lead out are findings, paths that lead out are
refused before they are looked for, and only what the walk below the bag has seen is opened.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from archive import tagfiles
from archive.durable import digests_of, files_below, is_regular, read_plain
from archive.found import Found
from archive.manifest import LIST_LIMIT
from archive.names import is_device
from archive.parallel import each
from docgen.core.reasons import reason
from docgen.core.streebog import streebog256, streebog512

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from docgen.core.findings import Finding
    from docgen.core.streebog import Hash

ALGORITHMS: Mapping[str, Callable[[], Hash]] = {
    "md5": hashlib.md5,
    "sha1": hashlib.sha1,
    "sha224": hashlib.sha224,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
    "sha3224": hashlib.sha3_224,
    "sha3256": hashlib.sha3_256,
    "sha3384": hashlib.sha3_384,
    "sha3512": hashlib.sha3_512,
    "blake2b512": hashlib.blake2b,
    "blake2s256": hashlib.blake2s,
    "streebog256": streebog256,
    "streebog512": streebog512,
}
_WEAK = frozenset(["md5", "sha1"])
_MANIFEST = re.compile(r"(tag)?manifest-([^/]+)\.txt")
_OXUM = re.compile(r"[0-9]+\.[0-9]+")
_RESERVED = re.compile(r"bagit\.txt|(bag|package)-info\.txt|fetch\.txt|(tag)?manifest-.+\.txt")
"""Names that the RFC gives to files: a folder in the place of one hides what it should say."""


@dataclass(slots=True)
class _List:
    """One manifest: its file, its algorithm in the RFC's writing, digests by path."""

    name: str
    algorithm: str
    digests: dict[str, str]

    @property
    def tags(self) -> bool:
        return self.name.startswith("tag")


@dataclass(slots=True)
class _Bag:
    """What a walk saw: `files` holds sizes of what may be opened, by path, and where to open it."""

    folder: Path
    files: dict[str, int] = field(default_factory=dict)
    places: dict[str, Path] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)
    found: Found = field(default_factory=Found)

    def bad(self, code: str, at: str, /, **params: str) -> None:
        """Note one finding at a file or in a tag file that was read."""
        where = f"{self.folder.name}/{at}"
        place = where if at in self.lists else self.folder.name
        self.found.add(code, where, place=place, refs={"file": where}, **{"path": at, **params})

    def slips(self, name: str, slips: Iterable[tagfiles.Slip]) -> None:
        """Note what the reading of one tag file found."""
        for slip in slips:
            self.bad(slip.code, name, path=slip.path or name, reason=slip.reason)

    def unread(self, path: str, fault: OSError) -> None:
        """Note what the system does not let us read."""
        self.bad("AR-14", path, reason=reason(fault))

    def read(self, name: str, limit: int = LIST_LIMIT) -> bytes | None:
        """Read a tag file; None when it is not there or cannot be read, which is a finding."""
        if name not in self.files:
            return None
        self.lists.add(name)
        try:
            return read_plain(self.places[name], limit=limit)
        except OSError as fault:
            self.unread(name, fault)
            return None


def validate_foreign(folder: Path, *, payload_digests: bool) -> list[Finding]:
    """Check a bag made by somebody else; no blocking finding means it is valid.

    Without `payload_digests` only the digests of tag files are computed, unless sizes differ from
    Payload-Oxum. Raises OSError only when the folder itself cannot be listed.
    """
    bag = _walk(folder)
    declaration = _declaration(bag)
    lists = [
        made for made in (_manifest(bag, name, declaration) for name in sorted(bag.files)) if made
    ]
    payload = {path for path in bag.files if path.startswith("data/")}
    _hard_names(bag)
    _match_names(bag, lists)
    awaited = _fetched(bag, declaration, lists)
    _complete(bag, lists, payload, awaited, strict=declaration.strict)
    right = _oxum(bag, declaration)
    _digests(bag, [row for row in lists if row.tags or payload_digests or not right])
    return bag.found.all()


def _walk(folder: Path) -> _Bag:
    bag = _Bag(folder)
    root = folder.resolve()
    with os.scandir(folder) as rows:
        tops = [row.name for row in rows if row.is_dir(follow_symlinks=False)]
    if "data" not in tops:
        bag.bad("AR-70", "data")
    for name in sorted(filter(_RESERVED.fullmatch, tops)):
        bag.bad("AR-21", name)
    for path, status in files_below(folder, refused=bag.unread):
        place = folder / path
        if is_regular(status):
            bag.files[path], bag.places[path] = status.st_size, place
            continue
        target = Path(os.path.realpath(place))
        size = _size_within(root, target)
        if size is None:
            bag.bad("AR-21", path)
        else:
            bag.files[path], bag.places[path] = size, target
            bag.bad("AR-81", path)
    return bag


def _size_within(root: Path, target: Path) -> int | None:
    """The size of the plain file that a link leads to; None out of the bag or for all else."""
    if not target.is_relative_to(root):
        return None
    try:
        status = target.lstat()
    except OSError:
        return None
    return status.st_size if is_regular(status) else None


def _declaration(bag: _Bag) -> tagfiles.Declaration:
    """Read bagit.txt; a bag without a sound one is judged on by the RFC's own rules."""
    data = bag.read("bagit.txt", tagfiles.DECLARATION_LIMIT)
    if data is None:
        bag.bad("AR-22", "bagit.txt")
        return tagfiles.Declaration(tagfiles.RFC, "utf-8")
    read = tagfiles.read_declaration(data)
    if isinstance(read, tagfiles.Slip):
        bag.slips("bagit.txt", [read])
        return tagfiles.Declaration(tagfiles.RFC, "utf-8")
    return read


def _text(bag: _Bag, name: str, encoding: str, limit: int = LIST_LIMIT) -> str | None:
    data = bag.read(name, limit)
    if data is None:
        return None
    try:
        text, slips = tagfiles.read_text(data, encoding)
    except UnicodeDecodeError:
        bag.bad("AR-15", name, reason=f"текст не в объявленной кодировке {encoding}")
        return None
    bag.slips(name, slips)
    return text


def _manifest(bag: _Bag, name: str, declaration: tagfiles.Declaration) -> _List | None:
    match = _MANIFEST.fullmatch(name)
    if match is None:
        return None
    algorithm = re.sub(r"[^a-z0-9]", "", match[2].lower())
    if algorithm != match[2]:
        bag.bad("AR-75", name, reason="способ пишется строчными буквами без знаков")
    text = _text(bag, name, declaration.encoding)
    made = _List(name, algorithm, {})
    if text is None:
        return made
    digits = 0
    if algorithm in ALGORITHMS:
        digits = 2 * len(ALGORITHMS[algorithm]().digest())
    else:
        bag.bad("AR-80", name)
    entries, slips = tagfiles.read_entries(text, digits=digits, strict=declaration.strict)
    bag.slips(name, slips)
    for entry in entries:
        known = made.digests.get(entry.path)
        if known is not None:
            _twice(bag, name, entry, known, strict=declaration.strict)
        made.digests.setdefault(entry.path, entry.digest)
        if entry.path.startswith("data/") is made.tags:
            bag.bad("AR-17", name, path=entry.path)
            del made.digests[entry.path]
        elif made.tags and declaration.strict and entry.path.startswith("tagmanifest-"):
            bag.bad("AR-17", name, path=entry.path)
    return made


def _twice(bag: _Bag, name: str, entry: tagfiles.Entry, known: str, *, strict: bool) -> None:
    """A path named twice: the drafts let it pass when both lines say the same."""
    if known != entry.digest:
        bag.bad("AR-15", name, reason=f"файл «{entry.path}» назван дважды с разными суммами")
    elif strict:
        bag.bad("AR-15", name, reason=f"файл «{entry.path}» назван дважды")
    else:
        bag.bad("AR-76", name, path=entry.path)


def _hard_names(bag: _Bag) -> None:
    """Names that some systems cannot tell apart or do not give to files."""
    seen: dict[str, str] = {}
    for path in sorted(bag.files):
        rival = seen.setdefault(unicodedata.normalize("NFC", path).casefold(), path)
        if rival != path:
            bag.bad("AR-77", path, other=rival)
        if any(map(is_device, path.split("/"))):
            bag.bad("AR-89", path)


def _match_names(bag: _Bag, lists: Iterable[_List]) -> None:
    """Give listed names the writing the disk has: a copy by way of a Mac changes й and ё."""
    by_form: dict[str, list[str]] = defaultdict(list)
    for path in bag.files:
        by_form[unicodedata.normalize("NFC", path)].append(path)
    told: set[str] = set()
    for row in lists:
        for path in [path for path in row.digests if path not in bag.files]:
            twins = by_form.get(unicodedata.normalize("NFC", path), [])
            if len(twins) != 1:
                continue
            digest = row.digests.pop(path)
            known = row.digests.setdefault(twins[0], digest)
            if known != digest:
                bag.bad("AR-15", row.name, reason=f"файл «{path}» назван дважды с разными суммами")
            if twins[0] not in told:
                told.add(twins[0])
                bag.bad("AR-82", twins[0])


def _fetched(
    bag: _Bag, declaration: tagfiles.Declaration, lists: Iterable[_List]
) -> frozenset[str]:
    """Paths of fetch.txt, checked; a bag that still has to fetch something is refused."""
    text = _text(bag, "fetch.txt", declaration.encoding)
    if text is None:
        return frozenset()
    paths, slips = tagfiles.read_fetch(text, strict=declaration.strict)
    bag.slips("fetch.txt", slips)
    missing = [path for path in paths if path not in bag.files]
    bag.bad("AR-16" if missing else "AR-78", "fetch.txt")
    payload = [row for row in lists if not row.tags]
    for path in paths:
        listed = [path in row.digests for row in payload]
        if not (all(listed) if declaration.strict else any(listed)):
            bag.bad("AR-74", "fetch.txt", reason=f"файла «{path}» нет в списках документов")
    return frozenset(missing)


def _complete(
    bag: _Bag, lists: list[_List], payload: set[str], awaited: frozenset[str], *, strict: bool
) -> None:
    """Every listed file is there, every payload file is listed (RFC 8493 3)."""
    for path in sorted({path for row in lists for path in row.digests} - bag.files.keys()):
        bag.bad("AR-10", path)
    manifests = [row for row in lists if not row.tags]
    if not any(row.algorithm in ALGORITHMS for row in manifests):
        bag.bad("AR-15", "manifest-sha512.txt", reason="списка документов со знакомой суммой нет")
    if manifests and all(row.algorithm in _WEAK for row in manifests):
        bag.bad("AR-79", manifests[0].name, kind=manifests[0].algorithm.upper())
    for path in sorted(payload | awaited):
        listed = [path in row.digests for row in manifests]
        if path in payload and not any(listed):
            bag.bad("AR-11", path)
        elif strict and any(listed) and not all(listed):
            bag.bad("AR-12", path)
    _complete_tags(
        bag, [row for row in lists if row.tags], {row.name for row in manifests if strict}
    )


def _complete_tags(bag: _Bag, tags: list[_List], must: set[str]) -> None:
    """Every tag manifest names the manifests it must, and the same tag files (RFC 8493 2.2.1)."""
    for row in tags:
        for name in sorted(must - row.digests.keys()):
            bag.bad("AR-86", row.name, path=name)
    for path in sorted({path for row in tags for path in row.digests} - must):
        if not all(path in row.digests for row in tags):
            bag.bad("AR-83", path)


def _oxum(bag: _Bag, declaration: tagfiles.Declaration) -> bool:
    """Check bag-info.txt; whether Payload-Oxum, where there is one, is what lies in data/."""
    text = _text(bag, declaration.info_name, declaration.encoding, tagfiles.INFO_LIMIT)
    if text is None:
        return True
    elements, slips = tagfiles.read_elements(text, strict=declaration.strict)
    bag.slips(declaration.info_name, slips)
    stated = [value for label, value in elements if label.casefold() == "payload-oxum"]
    if len(stated) > 1 and declaration.strict:
        bag.bad("AR-73", declaration.info_name, reason="Payload-Oxum указан дважды")
    sizes = [size for path, size in bag.files.items() if path.startswith("data/")]
    actual = f"{sum(sizes)}.{len(sizes)}"
    right = True
    for value in stated:
        if not _OXUM.fullmatch(value):
            bag.bad("AR-73", declaration.info_name, reason=f"Payload-Oxum «{value}» не читается")
        elif ".".join(part.lstrip("0") or "0" for part in value.split(".")) != actual:
            bag.bad("AR-13", declaration.info_name, stated=value, actual=actual)
        else:
            continue
        right = False
    return right


def _digests(bag: _Bag, lists: Iterable[_List]) -> None:
    """Read each file once, past the cache, for all of its digests."""
    wanted: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in lists:
        for path, digest in row.digests.items():
            if path in bag.files and row.algorithm in ALGORITHMS:
                wanted[path].append((row.algorithm, digest))

    def check(path: str) -> dict[str, str] | OSError:
        try:
            makers = {name: ALGORITHMS[name] for name, _ in wanted[path]}
            return digests_of(bag.places[path], makers)
        except OSError as fault:
            return fault

    paths = sorted(wanted)
    for path, result in zip(paths, each(check, paths), strict=True):
        if isinstance(result, OSError):
            bag.unread(path, result)
            continue
        for name, digest in wanted[path]:
            if result[name] != digest:
                bag.bad("AR-23", path, kind=name.upper())
