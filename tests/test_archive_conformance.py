"""Bags by others are judged as RFC 8493 says, and bagit-python is heard as a second judge.

Every row: the bag, the codes that must be found and no others, and what bagit-python says. Where
it differs from the RFC the row says why.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import bagit
import pytest
from foreign_bags import (
    ZERO,
    Spec,
    again,
    append,
    deep,
    huge,
    pipe,
    remove,
    replace_by_link,
    sum_of,
    write,
    write_file,
)
from test_archive_samples import sample_bags

from archive.found import MOST
from archive.validation import Level, Profile, profile_of, validate
from docgen.core.findings import Severity, blocks

if TYPE_CHECKING:
    from pathlib import Path

VALID, INVALID = True, False

ONE = {"data/one.txt": b"one\n"}
OXUM_ONE = "Payload-Oxum: 4.1\n"
SUM_ONE = sum_of("sha512", b"one\n")
FETCH = "https://example.org/one.txt 4 data/one.txt\n"
LONG_NAME = "\u0301\u0323" * 1000
BOM = b"\xef\xbb\xbf"
A_FILE_OF_THIS_NAME = "the RFC gives the name to a file; bagit-python looks for files only"
LINKS_ARE_FILES = "a link is to be replaced by the file it names; bagit-python follows it"


def extra(line: str, name: str = "manifest-sha512.txt") -> dict[str, str]:
    return {name: line}


def fetched(line: str = FETCH, **other: object) -> Spec:
    return Spec(tags={"fetch.txt": line.encode()}, **other)  # type: ignore[arg-type]


def listed_tags(*left_out: str, version: str = "1.0", also: tuple[str, ...] = ()) -> Spec:
    """A bag whose SHA-512 tag manifest leaves lines out."""

    def after(folder: Path) -> None:
        file = folder / "tagmanifest-sha512.txt"
        rows = file.read_text("utf-8").splitlines(keepends=True)
        file.write_text("".join(row for row in rows if row.split()[1] not in left_out))

    return Spec(version=version, manifests=("sha512", *also), after=after)


def declared(text: bytes) -> Spec:
    return Spec(declaration=text)


def info(text: str, version: str = "1.0") -> Spec:
    return Spec(version=version, info=text)


# name: (bag, codes found, what bagit-python says, why it says otherwise)
BAGS: dict[str, tuple[Spec, set[str], bool, str]] = {
    # --- valid, nothing to say ---------------------------------------------------------------
    "1.0 with SHA-512": (Spec(), set(), VALID, ""),
    "1.0 with SHA-256": (
        Spec(manifests=("sha256",), tag_manifests=("sha256",)),
        set(),
        VALID,
        "",
    ),
    "1.0 with SHA-224 and SHA-384": (
        Spec(manifests=("sha224", "sha384"), tag_manifests=("sha224", "sha384")),
        set(),
        VALID,
        "",
    ),
    "1.0 with three manifests of the same files": (
        Spec(manifests=("md5", "sha1", "sha512")),
        set(),
        VALID,
        "",
    ),
    "no tag manifest": (Spec(tag_manifests=()), set(), VALID, ""),
    "no bag-info": (Spec(info=None), set(), VALID, ""),
    "empty payload": (Spec(payload={}, info="Payload-Oxum: 0.0\n"), set(), VALID, ""),
    "an empty file": (Spec(payload={"data/e": b""}, info="Payload-Oxum: 0.1\n"), set(), VALID, ""),
    "a bag in a bag": (
        Spec(payload={"data/bagit.txt": b"not ours", "data/manifest-md5.txt": b"x"}, info=None),
        set(),
        VALID,
        "",
    ),
    "spaces in names": (Spec(payload={"data/a  b c.txt": b"x"}, info=None), set(), VALID, ""),
    "Cyrillic names": (Spec(payload={"data/Журнал.txt": b"x"}, info=None), set(), VALID, ""),
    "a tilde and dots within a name": (
        Spec(payload={"data/~a..b/...c~": b"x"}, info=None),
        set(),
        VALID,
        "",
    ),
    "digests in capitals": (Spec(line=again("upper case")), set(), VALID, ""),
    "one space": (Spec(line=again("one space")), set(), VALID, ""),
    "tabs": (Spec(line=again("tabs")), set(), VALID, ""),
    "CRLF in lists": (Spec(line=again("CRLF")), set(), VALID, ""),
    "CR in lists": (Spec(line=again("CR")), set(), VALID, ""),
    "CRLF in bagit.txt": (
        declared(b"BagIt-Version: 1.0\r\nTag-File-Character-Encoding: UTF-8\r\n"),
        set(),
        VALID,
        "",
    ),
    "the last line without an end": (
        declared(b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8"),
        set(),
        VALID,
        "",
    ),
    "an encoded percent sign": (
        Spec(payload={"data/100%.txt": b"x"}, info=None, line=again("percent")),
        set(),
        INVALID,
        "bagit-python decodes CR and LF but not the percent sign (RFC 8493 2.1.3)",
    ),
    "encoded line ends": (
        Spec(payload={"data/a\nb\rc.txt": b"x"}, info=None, line=again("line ends")),
        set(),
        INVALID,
        "bagit-python decodes %0D and not %0d (RFC 3986 2.1: both are one)",
    ),
    "a percent sign of a draft stands for itself": (
        Spec(version="0.97", payload={"data/50%25.txt": b"x"}, info=None),
        set(),
        VALID,
        "",
    ),
    "repeated labels": (
        info("Contact-Name: А\nContact-Name: Б\nPayload-Oxum: 8.2\n"),
        set(),
        VALID,
        "",
    ),
    "folded lines": (
        info("External-Description: начало\n  и конец\n\tи ещё\nPayload-Oxum: 8.2\n"),
        set(),
        VALID,
        "",
    ),
    "a label in other letters": (info("payload-oxum: 8.2\n"), set(), VALID, ""),
    "spaces around the colon in a draft": (
        info("Contact-Name :   А\nPayload-Oxum:8.2\n", "0.97"),
        set(),
        VALID,
        "",
    ),
    "a tag file no list names": (
        Spec(after=write_file("note.txt", b"x")),
        set(),
        VALID,
        "",
    ),
    "a folder of tag files": (Spec(tags={"metadata/mods.xml": b"<x/>"}), set(), VALID, ""),
    "0.97": (Spec(version="0.97"), set(), VALID, ""),
    "0.96": (Spec(version="0.96"), set(), VALID, ""),
    "0.95 with package-info": (Spec(version="0.95"), set(), VALID, ""),
    "0.94": (Spec(version="0.94"), set(), VALID, ""),
    "0.93": (Spec(version="0.93"), set(), VALID, ""),
    "0.97 with each file in one of two manifests": (
        Spec(
            version="0.97",
            payload=ONE,
            manifests=("sha512", "sha256"),
            tag_manifests=(),
            info=None,
            after=lambda bag: (
                (bag / "data/two.txt").write_bytes(b"two\n"),
                (bag / "manifest-sha256.txt").write_text(
                    f"{sum_of('sha256', b'two' + bytes([10]))}  data/two.txt\n"
                ),
            ),
        ),
        set(),
        VALID,
        "",
    ),
    "UTF-16 with its byte-order mark": (Spec(encoding="UTF-16"), set(), VALID, ""),
    "UTF-16BE": (Spec(encoding="UTF-16BE"), set(), VALID, ""),
    "windows-1251": (
        Spec(encoding="windows-1251", payload={"data/Журнал.txt": b"x"}, info=None),
        set(),
        VALID,
        "",
    ),
    "ISO-8859-1": (
        Spec(encoding="ISO-8859-1", payload={"data/caf\u00e9": b"x"}, info=None),
        set(),
        VALID,
        "",
    ),
    "a draft whose tag manifest names no payload manifest": (
        listed_tags("manifest-sha512.txt", version="0.97"),
        set(),
        VALID,
        "",
    ),
    "a tag file whose name begins with a tilde": (
        Spec(tags={"~notes.txt": b"x"}),
        set(),
        VALID,
        "",
    ),
    "noughts before the numbers of Payload-Oxum": (
        info("Payload-Oxum: 08.02\n"),
        set(),
        VALID,
        "",
    ),
    "tag files of others that are called as ours": (
        Spec(tags={"gost/streebog256.txt": b"a note\n", "volume.json": b"{}"}),
        set(),
        VALID,
        "",
    ),
    # --- valid, with a word to the person ----------------------------------------------------
    "MD5 only": (Spec(manifests=("md5",)), {"AR-79"}, VALID, ""),
    "SHA-1 only": (Spec(manifests=("sha1",)), {"AR-79"}, VALID, ""),
    "asterisks of md5sum": (Spec(line=again("md5sum binary")), {"AR-75"}, VALID, ""),
    "a dot and a slash before paths": (Spec(line=again("dot slash")), {"AR-75"}, VALID, ""),
    "doubled slashes": (Spec(line=again("double slash")), {"AR-75"}, VALID, ""),
    "a backslash within a name": (
        Spec(payload={"data/a\\b": b"x"}, info=None),
        {"AR-75"},
        VALID,
        "",
    ),
    "a byte-order mark in a manifest": (
        Spec(
            tag_manifests=(),
            after=lambda bag: write_file(
                "manifest-sha512.txt", BOM + (bag / "manifest-sha512.txt").read_bytes()
            )(bag),
        ),
        {"AR-72"},
        VALID,
        "",
    ),
    "an unknown algorithm beside a known one": (
        Spec(tags={"manifest-crc99.txt": b"00ff  data/one.txt\nff00  data/folder/two.txt\n"}),
        {"AR-80"},
        VALID,
        "",
    ),
    "names in the other Unicode form": (
        Spec(payload={"data/й": b"x"}, info=None, line=again("decomposed")),
        {"AR-82"},
        INVALID,
        "bagit-python forgives another form of names on the disk, not in a list",
    ),
    "twins in both Unicode forms": (
        Spec(payload={"data/\u0439": b"x", "data/\u0438\u0306": b"y"}, info=None),
        {"AR-77"},
        INVALID,
        "bagit-python keeps one name of two twins (RFC 8493 6.1 only warns of them)",
    ),
    "twins but for the case": (
        Spec(payload={"data/A": b"x", "data/a": b"y"}, info=None),
        {"AR-77"},
        VALID,
        "",
    ),
    "0.97 naming a file twice with one digest": (
        Spec(version="0.97", extra=extra(f"{SUM_ONE}  data/one.txt\n")),
        {"AR-76"},
        VALID,
        "",
    ),
    "fetch.txt with everything fetched": (fetched(), {"AR-78"}, VALID, ""),
    "fetch.txt with two places of one file": (
        fetched(FETCH + FETCH.replace("org", "net")),
        {"AR-78"},
        VALID,
        "",
    ),
    "names that Windows gives to devices": (
        Spec(payload={"data/CON": b"x", "data/aux.txt/y": b"y"}, info=None),
        {"AR-89"},
        VALID,
        "",
    ),
    "tag manifests of different files": (
        Spec(
            tag_manifests=("sha256", "sha512"),
            after=lambda bag: write_file(
                "tagmanifest-sha256.txt",
                (bag / "tagmanifest-sha256.txt").read_bytes().split(b"\n", 1)[1],
            )(bag),
        ),
        {"AR-83"},
        VALID,
        "",
    ),
    "a link to another file of the bag": (
        Spec(
            payload={"data/one.txt": b"one\n", "data/same.txt": b"one\n"},
            info=None,
            after=replace_by_link("data/same.txt", "one.txt"),
        ),
        {"AR-81"},
        VALID,
        "",
    ),
    # --- invalid: declaration ----------------------------------------------------------------
    "no bagit.txt": (
        Spec(tag_manifests=(), after=remove("bagit.txt")),
        {"AR-22"},
        INVALID,
        "",
    ),
    "a byte-order mark in bagit.txt": (
        declared(BOM + b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"),
        {"AR-71"},
        INVALID,
        "",
    ),
    "no encoding declared": (declared(b"BagIt-Version: 1.0\n"), {"AR-71"}, INVALID, ""),
    "a third line in bagit.txt": (
        declared(b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nNote: x\n"),
        {"AR-71"},
        VALID,
        "the RFC wants exactly two lines (2.1.1)",
    ),
    "the two lines the other way round": (
        declared(b"Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n"),
        {"AR-71"},
        VALID,
        "the RFC wants this order (2.1.1)",
    ),
    "a space before the colon of bagit.txt": (
        declared(b"BagIt-Version : 1.0\nTag-File-Character-Encoding : UTF-8\n"),
        {"AR-71"},
        VALID,
        "the RFC wants these very lines (2.1.1)",
    ),
    "version 2.0": (Spec(version="2.0"), {"AR-71"}, INVALID, ""),
    "version .97": (Spec(version=".97"), {"AR-71"}, INVALID, ""),
    "version 0.92": (Spec(version="0.92"), {"AR-71"}, INVALID, ""),
    "version 1.00": (
        declared(b"BagIt-Version: 1.00\nTag-File-Character-Encoding: UTF-8\n"),
        {"AR-71"},
        VALID,
        "the RFC knows 1.0 only; bagit-python compares numbers",
    ),
    "a version in other digits": (
        declared("BagIt-Version: 1.\u0660\nTag-File-Character-Encoding: UTF-8\n".encode()),
        {"AR-71"},
        VALID,
        "the RFC knows 1.0 only; bagit-python takes digits of any script",
    ),
    "a version of five thousand digits": (
        declared(b"BagIt-Version: " + b"1" * 5000 + b".0\nTag-File-Character-Encoding: UTF-8\n"),
        {"AR-71"},
        INVALID,
        "",
    ),
    "an encoding that is none": (
        declared(b"BagIt-Version: 1.0\nTag-File-Character-Encoding: hex\n"),
        {"AR-71"},
        INVALID,
        "",
    ),
    "an unknown encoding": (
        declared(b"BagIt-Version: 1.0\nTag-File-Character-Encoding: WTF-8\n"),
        {"AR-71"},
        INVALID,
        "",
    ),
    "tag files in another encoding than declared": (
        Spec(
            tag_manifests=(),
            info=None,
            payload={"data/Журнал.txt": b"x"},
            after=write_file("manifest-sha512.txt", "Журнал".encode("cp1251")),
        ),
        {"AR-11", "AR-15"},
        INVALID,
        "",
    ),
    "a tag manifest that leaves a payload manifest out": (
        listed_tags("manifest-sha512.txt"),
        {"AR-86"},
        VALID,
        "the RFC wants every payload manifest there (2.2.1)",
    ),
    "a tag manifest that leaves one of two payload manifests out": (
        listed_tags("manifest-md5.txt", also=("md5",)),
        {"AR-86"},
        VALID,
        "the RFC wants every payload manifest there (2.2.1)",
    ),
    "an empty tag manifest": (
        Spec(after=write_file("tagmanifest-sha512.txt", b"")),
        {"AR-86"},
        VALID,
        "the RFC wants every payload manifest there (2.2.1)",
    ),
    "a folder in the place of the tag manifest": (
        Spec(tag_manifests=(), after=lambda bag: (bag / "tagmanifest-sha512.txt").mkdir()),
        {"AR-21"},
        VALID,
        A_FILE_OF_THIS_NAME,
    ),
    "a folder in the place of fetch.txt": (
        Spec(after=lambda bag: (bag / "fetch.txt").mkdir()),
        {"AR-21"},
        VALID,
        A_FILE_OF_THIS_NAME,
    ),
    # --- invalid: structure ------------------------------------------------------------------
    "no data": (
        Spec(payload={}, info=None, after=lambda bag: (bag / "data").rmdir()),
        {"AR-70"},
        INVALID,
        "",
    ),
    "no payload manifest": (
        Spec(tag_manifests=(), after=remove("manifest-sha512.txt")),
        {"AR-11", "AR-15"},
        INVALID,
        "",
    ),
    "an unknown algorithm alone": (
        Spec(
            manifests=(),
            tags={"manifest-crc99.txt": b"00ff  data/one.txt\nff00  data/folder/two.txt\n"},
        ),
        {"AR-15", "AR-80"},
        INVALID,
        "",
    ),
    "a payload file is missing": (
        Spec(info=None, after=remove("data/one.txt")),
        {"AR-10"},
        INVALID,
        "",
    ),
    "a tag file is missing": (Spec(after=remove("bag-info.txt")), {"AR-10"}, INVALID, ""),
    "a payload file no manifest names": (
        Spec(info=None, after=write_file("data/more.txt", b"x")),
        {"AR-11"},
        INVALID,
        "",
    ),
    "1.0 with a file in one of two manifests": (
        Spec(
            manifests=("sha256", "sha512"),
            tag_manifests=(),
            after=lambda bag: write_file(
                "manifest-sha256.txt",
                (bag / "manifest-sha256.txt").read_bytes().split(b"\n", 1)[1],
            )(bag),
        ),
        {"AR-12"},
        VALID,
        "the RFC wants every payload file in every manifest (3), a draft did not",
    ),
    "a payload file in a tag manifest": (
        Spec(extra=extra(f"{SUM_ONE}  data/one.txt\n", "tagmanifest-sha512.txt")),
        {"AR-17"},
        INVALID,
        "",
    ),
    "a tag file in a payload manifest": (
        Spec(extra=extra(f"{ZERO}  bag-info.txt\n")),
        {"AR-17"},
        INVALID,
        "",
    ),
    # --- invalid: content --------------------------------------------------------------------
    "a changed payload file": (
        Spec(after=write_file("data/one.txt", b"onE\n")),
        {"AR-23"},
        INVALID,
        "",
    ),
    "a changed tag file": (
        Spec(after=append("bag-info.txt", b"Note: x\n")),
        {"AR-23"},
        INVALID,
        "",
    ),
    "a changed tag file of a bag of 0.95": (
        Spec(version="0.95", after=append("package-info.txt", b"Note: x\n")),
        {"AR-23"},
        VALID,
        "bagit-python looks at tag manifests from 0.97 on only",
    ),
    "a wrong digest in one of two manifests": (
        Spec(
            manifests=("md5", "sha512"),
            tag_manifests=(),
            after=lambda bag: write_file(
                "manifest-md5.txt",
                b"0" * 32 + (bag / "manifest-md5.txt").read_bytes()[32:],
            )(bag),
        ),
        {"AR-23"},
        INVALID,
        "",
    ),
    # --- invalid: lists ----------------------------------------------------------------------
    "a line without a path": (
        Spec(payload=ONE, info=None, tag_manifests=(), line=again("no path")),
        {"AR-11", "AR-15"},
        INVALID,
        "",
    ),
    "a line the wrong way round": (
        Spec(payload=ONE, info=None, tag_manifests=(), line=again("path first")),
        {"AR-11", "AR-15"},
        INVALID,
        "",
    ),
    "a digest that is too short": (
        Spec(extra=extra("abc  data/one.txt\n")),
        {"AR-15"},
        INVALID,
        "",
    ),
    "a comment in a manifest": (
        Spec(extra=extra("# made by hand\n")),
        {"AR-15"},
        VALID,
        "the RFC knows no comments (2.1.3)",
    ),
    "a slash behind the name of a file": (
        Spec(payload=ONE, info=None, tag_manifests=(), line="{}  {}/\n".format),
        {"AR-11", "AR-15"},
        VALID,
        "the RFC lists files, and this names a folder (2.1.3)",
    ),
    "a path longer than any can be": (
        Spec(extra=extra(f"{ZERO}  data/{'d/' * 3000}f\n")),
        {"AR-15"},
        INVALID,
        "",
    ),
    "a name longer than any can be": (
        Spec(extra=extra(f"{ZERO}  data/a{LONG_NAME}\n")),
        {"AR-15"},
        INVALID,
        "",
    ),
    "a bare percent sign in 1.0": (
        Spec(payload={"data/100%.txt": b"x"}, info=None),
        {"AR-11", "AR-18"},
        VALID,
        "the RFC wants it encoded (2.1.3)",
    ),
    "1.0 naming a file twice with one digest": (
        Spec(extra=extra(f"{SUM_ONE}  data/one.txt\n")),
        {"AR-15"},
        INVALID,
        "",
    ),
    "a file named twice with two digests": (
        Spec(extra=extra(f"{ZERO}  data/one.txt\n")),
        {"AR-15"},
        INVALID,
        "",
    ),
    "0.97 naming a file twice with two digests": (
        Spec(version="0.97", extra=extra(f"{ZERO}  data/one.txt\n")),
        {"AR-15"},
        INVALID,
        "",
    ),
    "a file named twice in two writings with two digests": (
        Spec(extra=extra(f"{ZERO}  ./data/one.txt\n")),
        {"AR-15", "AR-75"},
        INVALID,
        "",
    ),
    # --- invalid: metadata -------------------------------------------------------------------
    "a wrong size in Payload-Oxum": (info("Payload-Oxum: 9.2\n"), {"AR-13"}, INVALID, ""),
    "a wrong count in Payload-Oxum": (info("Payload-Oxum: 8.3\n"), {"AR-13"}, INVALID, ""),
    "a Payload-Oxum that is none": (info("Payload-Oxum: much.2\n"), {"AR-73"}, INVALID, ""),
    "a Payload-Oxum in other digits": (
        info("Payload-Oxum: \u0668.\u0662\n"),
        {"AR-73"},
        VALID,
        "the RFC writes octets; bagit-python takes digits of any script",
    ),
    "a Payload-Oxum with a space that is none": (
        info("Payload-Oxum: 8.2\u00a0\n"),
        {"AR-73"},
        VALID,
        "white space is space and tab; bagit-python strips any",
    ),
    "a Payload-Oxum of five thousand digits": (
        info(f"Payload-Oxum: {'9' * 5000}.2\n"),
        {"AR-13"},
        INVALID,
        "",
    ),
    "two values of Payload-Oxum in 1.0": (
        info("Payload-Oxum: 8.2\nPayload-Oxum: 8.2\n"),
        {"AR-73"},
        VALID,
        "the RFC lets it stand once (2.2.2)",
    ),
    "metadata without a colon": (info("just words\n"), {"AR-73"}, INVALID, ""),
    "a label ending with a space in 1.0": (
        info("Contact-Name : А\n"),
        {"AR-73"},
        VALID,
        "the RFC lets only drafts do so (2.2.2)",
    ),
    # --- invalid: out of the bag -------------------------------------------------------------
    "an absolute path": (
        Spec(extra=extra(f"{ZERO}  /etc/passwd\n")),
        {"AR-17"},
        INVALID,
        "",
    ),
    "two dots at the start": (
        Spec(extra=extra(f"{ZERO}  ../secret\n")),
        {"AR-17"},
        INVALID,
        "",
    ),
    "two dots behind data": (
        Spec(extra=extra(f"{ZERO}  data/../../secret\n")),
        {"AR-17"},
        INVALID,
        "",
    ),
    "two dots in a tag manifest": (
        Spec(extra=extra(f"{ZERO}  ../secret\n", "tagmanifest-sha512.txt")),
        {"AR-17"},
        INVALID,
        "",
    ),
    "a home folder": (Spec(extra=extra(f"{ZERO}  ~/secret\n")), {"AR-17"}, INVALID, ""),
    "somebody's home folder": (
        Spec(extra=extra(f"{ZERO}  ~root/secret\n")),
        {"AR-17"},
        INVALID,
        "",
    ),
    "a Windows drive": (
        Spec(extra=extra(f"{ZERO}  C:\\Windows\\setx.exe\n")),
        {"AR-17"},
        INVALID,
        "",
    ),
    "a Windows share": (
        Spec(extra=extra(f"{ZERO}  \\\\server\\share\\setx.exe\n")),
        {"AR-17"},
        INVALID,
        "",
    ),
    "a Windows variable": (
        Spec(version="0.97", extra=extra(f"{ZERO}  %HomeDrive%\\setx.exe\n")),
        {"AR-17", "AR-75"},
        INVALID,
        "",
    ),
    "dots between backslashes": (
        Spec(extra=extra(f"{ZERO}  data\\..\\..\\secret\n")),
        {"AR-17"},
        INVALID,
        "",
    ),
    "backslashes for slashes": (
        Spec(tag_manifests=(), info=None, line=again("backslashes")),
        {"AR-11", "AR-17", "AR-75"},
        INVALID,
        "",
    ),
    "a link out of the bag": (
        Spec(info=None, after=replace_by_link("data/one.txt", "/etc/hostname")),
        {"AR-10", "AR-21"},
        INVALID,
        "",
    ),
    "a link that leads nowhere": (
        Spec(info=None, after=replace_by_link("data/one.txt", "nowhere")),
        {"AR-10", "AR-21"},
        INVALID,
        "",
    ),
    "a folder that is a link out of the bag": (
        Spec(info=None, after=replace_by_link("data/out", "/etc")),
        {"AR-21"},
        VALID,
        LINKS_ARE_FILES,
    ),
    "a manifest that is a link out of the bag": (
        Spec(tag_manifests=(), after=replace_by_link("manifest-sha512.txt", "/etc/hostname")),
        {"AR-11", "AR-15", "AR-21"},
        INVALID,
        "",
    ),
    # --- invalid: fetch.txt ------------------------------------------------------------------
    "a holey bag": (
        fetched(info=None, after=remove("data/one.txt")),
        {"AR-10", "AR-16"},
        INVALID,
        "",
    ),
    "fetch.txt with a file no manifest names": (
        fetched("https://example.org/x 4 data/x\n"),
        {"AR-16", "AR-74"},
        VALID,
        "the RFC wants it in every manifest (2.2.3)",
    ),
    "fetch.txt with a tag file": (
        fetched("https://example.org/x 4 bag-info.txt\n"),
        {"AR-17", "AR-78"},
        VALID,
        "the RFC lets it name payload only (2.2.3)",
    ),
    "fetch.txt that leads out": (
        fetched("https://example.org/x 4 ../x\n"),
        {"AR-17", "AR-78"},
        INVALID,
        "",
    ),
    "fetch.txt without a length": (
        fetched("https://example.org/x data/one.txt\n"),
        {"AR-74", "AR-78"},
        INVALID,
        "",
    ),
    "fetch.txt with a length in other digits": (
        fetched("https://example.org/one.txt \u0664 data/one.txt\n"),
        {"AR-74", "AR-78"},
        VALID,
        "the RFC writes octets; bagit-python takes any word",
    ),
    "fetch.txt without a scheme": (
        fetched("example.org/x 4 data/one.txt\n"),
        {"AR-74", "AR-78"},
        INVALID,
        "",
    ),
}


def bagit_python(folder: Path) -> bool:
    """What `bagit.py --validate` says; whatever it dies of is no."""
    logging.getLogger("bagit").setLevel(logging.CRITICAL)
    with contextlib.suppress(Exception):
        return bool(bagit.Bag(str(folder)).is_valid())
    return False


@pytest.mark.parametrize("name", BAGS)
def test_a_bag_is_judged_as_the_rfc_says(tmp_path: Path, name: str) -> None:
    spec, codes, theirs, why = BAGS[name]
    bag = write(tmp_path / "bag", spec)
    found = validate(bag, level=Level.FULL)
    assert {row.code for row in found} == codes
    assert all(row.message and row.remedy and row.where.startswith("bag/") for row in found)
    assert bagit_python(bag) is theirs
    assert bool(why) is (theirs is blocks(found)), (
        "a difference needs its reason, and no other does"
    )


def test_most_of_the_table_is_agreed_on_by_both_judges() -> None:
    assert len(BAGS) >= 100
    assert sum(bool(why) for _, _, _, why in BAGS.values()) < len(BAGS) / 4


@pytest.mark.parametrize(
    "path", ["data/pipe", "data/one.txt", "bagit.txt", "manifest-sha512.txt", "note"]
)
def test_a_pipe_is_named_and_not_waited_for(tmp_path: Path, path: str) -> None:
    bag = write(tmp_path / "bag", Spec(tag_manifests=(), after=pipe(path)))
    for profile in Profile:
        found = validate(bag, level=Level.FULL, profile=profile)
        assert ("AR-21", f"bag/{path}") in {(row.code, row.where) for row in found}


def test_a_secret_beside_the_bag_is_never_opened(tmp_path: Path) -> None:
    """A list may know the very digest of a file outside; it stays unread and unsaid."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    digest = sum_of("sha512", b"secret")
    lines = "".join(
        f"{digest}  {path}\n" for path in ("../secret", f"{secret}", "data/../../secret")
    )
    bag = write(
        tmp_path / "bag", Spec(extra=extra(lines), after=replace_by_link("data/l", str(secret)))
    )
    secret.chmod(0)
    before = secret.stat().st_atime_ns
    for profile in Profile:
        found = validate(bag, level=Level.FULL, profile=profile)
        assert {row.code for row in found} >= {"AR-17", "AR-21"}
        assert "AR-14" not in {row.code for row in found}
    assert secret.stat().st_atime_ns == before


def test_every_bad_file_of_a_foreign_bag_is_named_at_once(tmp_path: Path) -> None:
    bag = write(tmp_path / "bag", Spec(info=None))
    (bag / "data/one.txt").write_bytes(b"x")
    (bag / "data/folder/two.txt").unlink()
    (bag / "data/three.txt").write_bytes(b"x")
    found = validate(bag, level=Level.FULL)
    assert {(row.code, row.where) for row in found} == {
        ("AR-23", "bag/data/one.txt"),
        ("AR-10", "bag/data/folder/two.txt"),
        ("AR-11", "bag/data/three.txt"),
    }


def test_the_quick_level_names_the_file_when_sizes_differ(tmp_path: Path) -> None:
    bag = write(tmp_path / "bag", Spec(after=write_file("data/one.txt", b"onE\n")))
    assert validate(bag, level=Level.QUICK) == []
    (bag / "data/one.txt").write_bytes(b"longer\n")
    found = validate(bag, level=Level.QUICK)
    assert {row.code for row in found} == {"AR-13", "AR-23"}


def test_a_name_that_is_no_text_is_told_by_its_bytes(tmp_path: Path) -> None:
    bag = write(tmp_path / "bag", Spec(info=None))
    (bag / "data" / b"\xff.txt".decode("utf-8", "surrogateescape")).write_bytes(b"x")
    (row,) = validate(bag, level=Level.FULL)
    assert (row.code, row.where) == ("AR-11", "bag/data/\\udcff.txt")
    assert row.message.encode()


def test_streebog_manifests_are_checked(tmp_path: Path) -> None:
    from docgen.core.streebog import streebog256  # noqa: PLC0415 - one test needs it

    digest = streebog256()
    digest.update(b"one\n")
    listed = {"manifest-streebog256.txt": f"{digest.hexdigest()}  data/one.txt\n".encode()}
    spec = Spec(payload=ONE, info=OXUM_ONE, tags=listed)
    assert validate(write(tmp_path / "bag", spec), level=Level.FULL) == []
    (tmp_path / "bag/data/one.txt").write_bytes(b"onE\n")
    kinds = {row.params["kind"] for row in validate(tmp_path / "bag", level=Level.FULL)}
    assert kinds == {"SHA512", "STREEBOG256"}


def test_a_million_bad_lines_are_counted_and_not_told_one_by_one(tmp_path: Path) -> None:
    lines = {
        "broken": "x\n",
        "twice": f"{SUM_ONE}  data/one.txt\n",
        "outside": f"{ZERO}  ../secret\n",
    }
    for name, line in lines.items():
        bag = write(tmp_path / name, Spec(tag_manifests=(), extra=extra(line * 20_000)))
        started = time.process_time()
        for profile in Profile:
            found = validate(bag, level=Level.FULL, profile=profile)
            more = [row for row in found if row.code == "AR-85"]
            assert [(row.where, row.severity) for row in more] == [
                (f"{name}/manifest-sha512.txt", Severity.BLOCKING)
            ]
            assert f"ещё {20_000 - MOST}:" in more[0].message
            assert len(found) < 2 * MOST
        assert time.process_time() - started < 5
    missing = "".join(f"{ZERO}  data/{number}\n" for number in range(2 * MOST))
    bag = write(tmp_path / "missing", Spec(tag_manifests=(), info=None, extra=extra(missing)))
    found = validate(bag, level=Level.FULL)
    assert Counter(row.code for row in found) == {"AR-10": MOST, "AR-85": 1}


@pytest.mark.parametrize("name", ["bagit.txt", "bag-info.txt", "manifest-sha512.txt"])
def test_a_tag_file_of_60_gigabytes_is_named_and_not_read(tmp_path: Path, name: str) -> None:
    bag = write(tmp_path / "bag", Spec(tag_manifests=(), after=huge(name)))
    for profile in Profile:
        found = validate(bag, level=Level.FULL, profile=profile)
        told = {row.where: row.message for row in found if row.code == "AR-14"}
        if profile is Profile.ANY:
            assert "слишком большой" in told[f"bag/{name}"]
        assert blocks(found)


def test_folded_lines_without_end_are_read_in_time(tmp_path: Path) -> None:
    bag = write(tmp_path / "bag", info("A: b\n" + " c\n" * 300_000 + "Payload-Oxum: 8.2\n"))
    started = time.process_time()
    assert validate(bag, level=Level.FULL) == []
    assert time.process_time() - started < 5


def test_a_finding_shows_both_ends_of_a_long_path(tmp_path: Path) -> None:
    line = f"{ZERO}  ../{'a/' * 1500}end\n"
    bag = write(tmp_path / "bag", Spec(tag_manifests=(), extra=extra(line)))
    (row,) = validate(bag, level=Level.FULL)
    assert len(row.message) < 1500
    assert "../a/a/" in row.message
    assert "a/a/end" in row.message


@pytest.mark.parametrize(("depth", "code"), [(1_500, "AR-11"), (5_000, "AR-14")])
def test_folders_deeper_than_any_path_are_a_finding(tmp_path: Path, depth: int, code: str) -> None:
    bag = write(tmp_path / "bag", Spec(info=None))
    with deep(bag / "data", depth):
        told = [validate(bag, level=Level.FULL, profile=profile) for profile in Profile]
    for found in told:
        (row,) = [row for row in found if "q/q/q" in row.where]
        assert row.code == code
        assert code == "AR-11" or "слишком длинн" in row.message


def test_a_folder_that_may_not_be_read_is_a_finding_and_the_rest_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bag = write(tmp_path / "bag", Spec(info=None, after=write_file("data/one.txt", b"onE\n")))
    scandir = os.scandir

    def refusing(path: Path) -> Any:
        if str(path).endswith("/folder"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    monkeypatch.setattr("archive.durable.os.scandir", refusing)
    found = validate(bag, level=Level.FULL)
    assert {(row.code, row.where) for row in found} == {
        ("AR-14", "bag/data/folder"),
        ("AR-10", "bag/data/folder/two.txt"),
        ("AR-23", "bag/data/one.txt"),
    }
    (told,) = [row.message for row in found if row.code == "AR-14"]
    assert "нет прав" in told


def test_signs_that_a_terminal_obeys_are_told_by_their_numbers(tmp_path: Path) -> None:
    name = "x\nTOTAL_PASSED: bag\x1b[31m\u202e"
    told = r"x\nTOTAL_PASSED: bag\x1b[31m\u202e"
    bag = write(tmp_path / name, Spec(info=None, after=write_file(f"data/{name}", b"")))
    (row,) = validate(bag, level=Level.FULL)
    assert row.where == f"{told}/data/{told}"
    assert told in row.message
    assert row.refs["file"] == f"{name}/data/{name}"


def test_a_list_of_ours_is_not_read_by_way_of_a_linked_folder(tmp_path: Path) -> None:
    bag = sample_bags(tmp_path, 1)[0]
    (bag / "gost").rename(tmp_path / "moved")
    (bag / "gost").symlink_to(tmp_path / "moved")
    found = validate(bag, level=Level.FULL, profile=Profile.OURS)
    assert ("AR-15", f"{bag.name}/gost/streebog256.txt") in {(row.code, row.where) for row in found}


@pytest.mark.parametrize(
    "taken",
    ["gost/streebog256.txt", "metadata/delo.json", "bag-info.txt", "tagmanifest-sha512.txt"],
)
def test_a_bag_of_ours_is_known_whatever_one_file_it_lost(tmp_path: Path, taken: str) -> None:
    bag = sample_bags(tmp_path, 1)[0]
    (bag / taken).unlink()
    assert profile_of(bag) is Profile.OURS


def test_our_own_bags_keep_their_stricter_rules_whatever_is_taken_from_them(tmp_path: Path) -> None:
    bag = sample_bags(tmp_path, 1)[0]
    assert profile_of(bag) is Profile.OURS
    assert validate(bag, level=Level.FULL, profile=Profile.ANY) == []
    (bag / "gost/streebog256.txt").unlink()
    assert profile_of(bag) is Profile.OURS
    (bag / "fetch.txt").write_bytes(b"")
    assert {row.code for row in validate(bag, level=Level.QUICK)} >= {"AR-10", "AR-16"}
