"""Whether a bag is what its lists say; every bad file is named (RFC 8493 3)."""

from __future__ import annotations

import hashlib
import os
import re
from enum import StrEnum
from typing import TYPE_CHECKING

from archive import manifest
from archive.durable import digests_of, files_below, is_regular, read_plain, sha512_of
from archive.foreign import validate_foreign
from archive.parallel import each
from archive.tagfiles import DECLARATION_LIMIT, INFO_LIMIT, read_elements
from docgen.core.findings import Finding, finding
from docgen.core.reasons import reason
from docgen.core.streebog import streebog256

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from pathlib import Path

    from docgen.core.streebog import Hash

_VERSIONS = ("BagIt-Version: 1.0", "BagIt-Version: 0.97")
_ENCODING = "Tag-File-Character-Encoding: UTF-8"
TAG_DIGESTS: Mapping[str, Callable[[], Hash]] = {"sha512": hashlib.sha512}
PAYLOAD_DIGESTS: Mapping[str, Callable[[], Hash]] = {**TAG_DIGESTS, "streebog256": streebog256}
_CARD = "metadata/delo.json"
_TERM = frozenset(["Retention-Until", "Retention-Article"])
_OXUM = re.compile(r"[0-9]+\.[0-9]+")
_NOT_LISTED = frozenset([manifest.TAG_MANIFEST, *manifest.SEALS])


class Level(StrEnum):
    """How deep a check goes.

    QUICK: presence, sizes, digests of the tag files. FULL: every digest, GOST ones too, past the
    cache.
    """

    QUICK = "quick"
    FULL = "full"


class Profile(StrEnum):
    """Whose rules a bag is judged by.

    OURS: what this program writes, stricter than the RFC: one manifest, every tag file listed, GOST
    digests, no fetch.txt. ANY: RFC 8493 and the drafts before it, for bags by others.
    """

    OURS = "ours"
    ANY = "any"


def validate(bag: Path, *, level: Level, profile: Profile | None = None) -> list[Finding]:
    """Check one bag; an empty list means nothing is wrong at this level.

    Without a profile the bag itself tells whose it is; what lies on our media is given as OURS, so
    that no change of a bag makes its judge milder. A bag by others is valid when nothing found
    blocks. Raises OSError only when the folder itself cannot be listed.
    """
    if (profile or profile_of(bag)) is Profile.ANY:
        return validate_foreign(bag, payload_digests=level is Level.FULL)
    return _validate_ours(bag, level)


def profile_of(bag: Path) -> Profile:
    """Tell our bags by two of three signs: the GOST list, the card, the term in bag-info.txt.

    What lies in the bag and what its tag manifest names count alike, so that neither a lost file
    nor a lost list makes the judge milder. One sign is no proof: tag files of others may have any
    name (RFC 8493 2.2.4). Who takes two away from a bag of ours has made another bag, which no
    signature of ours speaks for; on our media it is judged as OURS all the same.
    """
    try:
        named = read_plain(bag / manifest.TAG_MANIFEST, limit=manifest.LIST_LIMIT)
    except OSError:
        named = b""
    try:
        info = read_bag_info(bag)
    except (OSError, UnicodeDecodeError):
        info = {}
    signs = [
        os.path.lexists(bag / path) or f" {path}".encode() in named
        for path in (manifest.GOST_LIST, _CARD)
    ]
    signs.append(info.keys() >= _TERM)
    return Profile.OURS if sum(signs) > 1 else Profile.ANY


def _validate_ours(bag: Path, level: Level) -> list[Finding]:
    """Check a bag by our own rules.

    Manifests hold no sizes, so when QUICK finds another total than Payload-Oxum it computes the
    payload's digests after all, in order to name the file. What a bag may not hold at all
    (fetch.txt, links, unsafe paths) is found at both levels.
    """
    present, found = _present(bag)
    found += _declaration(bag)
    if "fetch.txt" in present:
        found.append(_bad("AR-16", bag, "fetch.txt"))
    tags, payload, gost = (
        _list(bag, name, digits, present, found)
        for name, digits in (
            (manifest.TAG_MANIFEST, manifest.SHA512_DIGITS),
            (manifest.MANIFEST, manifest.SHA512_DIGITS),
            (manifest.GOST_LIST, manifest.STREEBOG256_DIGITS),
        )
    )
    found += [_bad("AR-17", bag, path) for path in payload if not path.startswith("data/")]
    listed = tags | payload
    found += [_bad("AR-10", bag, path) for path in sorted(listed.keys() - present.keys())]
    strangers = sorted(present.keys() - listed.keys() - _NOT_LISTED - {"fetch.txt"})
    found += [_bad("AR-11", bag, path) for path in strangers]
    unlisted = {manifest.MANIFEST, manifest.GOST_LIST, "bagit.txt"} - tags.keys()
    found += [_bad("AR-19", bag, path) for path in sorted(unlisted)]
    if gost:
        found += [_bad("AR-12", bag, path) for path in sorted(gost.keys() ^ payload.keys())]

    def check_tag(path: str) -> list[Finding]:
        return list(_compare(bag, path, "SHA-512", sha512_of(bag / path), tags[path]))

    def check_payload(path: str) -> list[Finding]:
        digests = digests_of(bag / path, PAYLOAD_DIGESTS)
        return [
            *_compare(bag, path, "SHA-512", digests["sha512"], payload[path]),
            *_compare(bag, path, "ГОСТ Р 34.11-2012", digests["streebog256"], gost.get(path, "")),
        ]

    found += _each(bag, check_tag, tags.keys() & present.keys())
    total = (
        sum(size for path, size in present.items() if path.startswith("data/")),
        sum(path.startswith("data/") for path in present),
    )
    oxum = _oxum_or_none(bag)
    if oxum != total:
        stated = "не указано" if oxum is None else f"{oxum[0]} байт, файлов: {oxum[1]}"
        actual = f"{total[0]} байт, файлов: {total[1]}"
        found.append(
            finding("AR-13", bag.name, refs={"file": bag.name}, stated=stated, actual=actual)
        )
    if level is Level.FULL or oxum != total:
        found += _each(bag, check_payload, payload.keys() & present.keys())
    return found


def bag_digest(bag: Path) -> str:
    """SHA-512 of the tag manifest: the one number that stands for the whole bag. Raises OSError."""
    return sha512_of(bag / manifest.TAG_MANIFEST)


def read_bag_info(bag: Path) -> dict[str, str]:
    """Read the fields of bag-info.txt, folded lines joined (RFC 8493 2.2.2).

    Raises OSError and UnicodeDecodeError. Of a repeated field the last value counts.
    """
    data = read_plain(bag / "bag-info.txt", limit=INFO_LIMIT)
    return dict(read_elements(data.decode("utf-8"), strict=False)[0])


def payload_oxum(bag: Path) -> tuple[int, int]:
    """Stated bytes and number of payload files. Raises OSError, KeyError and ValueError."""
    stated = read_bag_info(bag)["Payload-Oxum"]
    if not _OXUM.fullmatch(stated):
        raise ValueError(f"{stated} is no Payload-Oxum")
    size, _, count = stated.partition(".")
    return int(size), int(count)


def _oxum_or_none(bag: Path) -> tuple[int, int] | None:
    try:
        return payload_oxum(bag)
    except (OSError, KeyError, ValueError):
        return None


def _present(bag: Path) -> tuple[dict[str, int], list[Finding]]:
    """Sizes of all plain files by path; anything else is a finding."""
    sizes: dict[str, int] = {}
    found: list[Finding] = []

    def refused(path: str, fault: OSError) -> None:
        found.append(_bad("AR-14", bag, path, reason=reason(fault)))

    for path, status in files_below(bag, refused=refused):
        if is_regular(status):
            sizes[path] = status.st_size
        else:
            found.append(_bad("AR-21", bag, path))
    return sizes, found


def _declaration(bag: Path) -> Iterator[Finding]:
    try:
        lines = read_plain(bag / "bagit.txt", limit=DECLARATION_LIMIT).decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    if len(lines) != len((_VERSIONS[0], _ENCODING)) or (
        lines[0] not in _VERSIONS or lines[1] != _ENCODING
    ):
        yield _bad("AR-22", bag, "bagit.txt")


def _list(
    bag: Path, name: str, digits: int, present: Container[str], found: list[Finding]
) -> dict[str, str]:
    """Read a list that the walk has seen: a folder on the way may be a link out of the bag."""
    if name not in present:
        found.append(_bad("AR-15", bag, name, reason="списка нет"))
        return {}
    read = manifest.read_list(bag / name, digits=digits, where=f"{bag.name}/{name}")
    found += read.findings
    return dict(read.digests)


def _each(
    bag: Path, check: Callable[[str], list[Finding]], paths: Iterable[str]
) -> Iterator[Finding]:
    def check_one(path: str) -> list[Finding]:
        try:
            return check(path)
        except OSError as fault:
            return [_bad("AR-14", bag, path, reason=reason(fault))]

    for findings in each(check_one, sorted(paths)):
        yield from findings


def _compare(bag: Path, path: str, kind: str, actual: str, expected: str) -> Iterator[Finding]:
    if expected and actual != expected:
        yield _bad("AR-23", bag, path, kind=kind)


def _bad(code: str, bag: Path, path: str, *, reason: str = "", kind: str = "") -> Finding:
    full = f"{bag.name}/{path}"
    return finding(code, full, refs={"file": full}, path=path, reason=reason, kind=kind)
