"""Small bags as other programs write them, sound or broken in one thing."""

from __future__ import annotations

import hashlib
import os
import subprocess
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PAYLOAD = {"data/one.txt": b"one\n", "data/folder/two.txt": b"two\n"}
ZERO = "0" * 128


def sum_of(algorithm: str, data: bytes) -> str:
    return hashlib.new(algorithm, data).hexdigest()


@dataclass
class Spec:
    """How a bag is written; `after` does to the finished folder what no writer would do."""

    version: str = "1.0"
    encoding: str = "UTF-8"
    declaration: bytes | None = None
    payload: Mapping[str, bytes] = field(default_factory=lambda: PAYLOAD)
    manifests: tuple[str, ...] = ("sha512",)
    tag_manifests: tuple[str, ...] = ("sha512",)
    info: str | None = "Source-Organization: Чужая школа\nPayload-Oxum: 8.2\n"
    line: Callable[[str, str], str] = "{}  {}\n".format
    extra: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, bytes] = field(default_factory=dict)
    after: Callable[[Path], object] = lambda _: None


def write(folder: Path, spec: Spec) -> Path:
    """Write a bag whose tag manifests are made last, so that only what is meant is broken."""
    (folder / "data").mkdir(parents=True)
    for path, data in {**spec.payload, **spec.tags}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    version = f"BagIt-Version: {spec.version}\nTag-File-Character-Encoding: {spec.encoding}\n"
    tags = {"bagit.txt": version.encode() if spec.declaration is None else spec.declaration}
    if spec.info is not None:
        name = "package-info.txt" if spec.version in {"0.93", "0.94", "0.95"} else "bag-info.txt"
        tags[name] = spec.info.encode(spec.encoding)
    for name in spec.manifests:
        rows = [spec.line(sum_of(name, data), path) for path, data in spec.payload.items()]
        rows.append(spec.extra.get(f"manifest-{name}.txt", ""))
        tags[f"manifest-{name}.txt"] = "".join(rows).encode(spec.encoding)
    for path, data in tags.items():
        (folder / path).write_bytes(data)
    for name in spec.tag_manifests:
        rows = [
            spec.line(sum_of(name, data), path)
            for path, data in sorted({**tags, **spec.tags}.items())
        ]
        rows.append(spec.extra.get(f"tagmanifest-{name}.txt", ""))
        (folder / f"tagmanifest-{name}.txt").write_bytes("".join(rows).encode(spec.encoding))
    spec.after(folder)
    return folder


def again(name: str) -> Callable[[str, str], str]:
    """Write lines in one of the ways programs do."""
    ways: dict[str, Callable[[str, str], str]] = {
        "one space": "{} {}\n".format,
        "tabs": "{}\t\t{}\n".format,
        "CRLF": "{}  {}\r\n".format,
        "CR": "{}  {}\r".format,
        "md5sum binary": "{} *{}\n".format,
        "dot slash": "{}  ./{}\n".format,
        "double slash": lambda digest, path: f"{digest}  {path.replace('/', '//')}\n",
        "upper case": lambda digest, path: f"{digest.upper()}  {path}\n",
        "decomposed": lambda digest, path: f"{digest}  {unicodedata.normalize('NFD', path)}\n",
        "no path": lambda digest, _: f"{digest}\n",
        "path first": lambda digest, path: f"{path}  {digest}\n",
        "backslashes": lambda digest, path: f"{digest}  {path.replace('/', chr(92))}\n",
        "percent": lambda digest, path: f"{digest}  {path.replace('%', '%25')}\n",
        "line ends": lambda digest, path: (
            f"{digest}  {path.replace(chr(10), '%0A').replace(chr(13), '%0d')}\n"
        ),
    }
    return ways[name]


def replace_by_link(path: str, target: str) -> Callable[[Path], object]:
    """Put a link in the place of a file of the bag."""

    def after(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        (folder / path).symlink_to(target)

    return after


def write_file(path: str, data: bytes) -> Callable[[Path], object]:
    """Write a file after the bag was finished."""
    return lambda folder: (folder / path).write_bytes(data)


def append(path: str, data: bytes) -> Callable[[Path], object]:
    """Add bytes to a file after the bag was finished."""

    def after(folder: Path) -> None:
        with (folder / path).open("ab") as stream:
            stream.write(data)

    return after


def remove(path: str) -> Callable[[Path], object]:
    """Take a file away after the bag was finished."""
    return lambda folder: (folder / path).unlink()


@contextmanager
def deep(folder: Path, depth: int) -> Iterator[None]:
    """Keep a file below so many folders that neither a path nor pytest's own cleaning can do it."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("q", dir_fd=here)
        below = os.open("q", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    try:
        yield
    finally:
        subprocess.run(["rm", "-rf", folder / "q"], check=True)


def huge(path: str) -> Callable[[Path], object]:
    """Make a file of 60 GB out of nothing but a hole."""

    def after(folder: Path) -> None:
        with (folder / path).open("ab") as stream:
            stream.truncate(60 << 30)

    return after


def pipe(path: str) -> Callable[[Path], object]:
    """Put a pipe into the bag; a reader that opens it waits for ever."""

    def after(folder: Path) -> None:
        (folder / path).unlink(missing_ok=True)
        os.mkfifo(folder / path)

    return after
