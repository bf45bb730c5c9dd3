"""What a person hands over: a folder, a ZIP or one file, opened with distrust.

A ZIP is checked whole before anything of it is read: names that lead outside, links, passwords,
sizes that no journal has. Every fault is one `InputFault` (exit code 3).
"""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from docgen.core.errors import InputFault
from docgen.journal.sources.charset import Charset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

TOTAL_LIMIT = 1 << 30
"""Bytes a ZIP may hold unpacked, all members together; a school year takes 20 MB."""
MEMBER_LIMIT = 256 << 20
"""Bytes one file may hold unpacked."""
LINE_LIMIT = 1 << 20
"""Bytes one line of a table may take."""
RATIO_LIMIT = 500
"""How many times a member above 10 MB may be larger than what is packed."""
FILES_LIMIT = 10_000
"""Files in one folder or ZIP."""

_RATIO_FROM = 10 << 20
_CHUNK = 1 << 20
_JUNK = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini", "~$", "._")

_OLE = b"\xd0\xcf\x11\xe0"
_LOCKED = re.compile(
    re.escape("EncryptedPackage".encode("utf-16-le"))
    + rb"|\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00",
    re.DOTALL,
)
_WRAPPED_LIMIT = 32 << 20

_NO_LETTERS = re.compile("[\u2500-\u25ff\u00a4\u00b7\u207f\u221a-\u2265]")
"""Frames and signs, as which Russian letters of code page 1251 show when they are read as 866."""

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    UnicodeError,  # a name that says it is UTF-8 and is not
)
"""What `zipfile` raises for an archive that is damaged or packed in an unknown way."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a container: its name inside, its full name for people, a way to open it."""

    name: str
    address: str
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What one pass over a text file tells: digest, hex, and encoding."""

    sha256: str
    encoding: str


def digest(paths: Sequence[Path]) -> str:
    """SHA-256, hex, of a set of files and folders: names within folders and all bytes.

    Raises InputFault for a path that is not there or cannot be read.
    """
    total = hashlib.sha256()
    for path in sorted(paths):
        for file in _files(path):
            inner = file.relative_to(path).as_posix() if file != path else ""
            total.update(f"{inner}\0{file_digest(file)}\0".encode())
    return total.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256, hex, of one file. Raises InputFault when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as fault:
        raise unreadable(path) from fault


def unreadable(path: Path) -> InputFault:
    """Make the fault of a path that is not there or not allowed."""
    if not path.exists():
        return InputFault(
            "Такого файла или папки нет.",
            where=str(path),
            remedy="Проверьте имя и путь.",
        )
    return InputFault(
        "Файл не читается.", where=str(path), remedy="Проверьте, что у вас есть право его читать."
    )


def _files(path: Path) -> list[Path]:
    """List the files of a folder in a stable order, or the file itself."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise unreadable(path)
    files = sorted(item for item in path.rglob("*") if item.is_file() and not _junk(item.name))
    if len(files) > FILES_LIMIT:
        raise InputFault(
            f"В папке больше {FILES_LIMIT} файлов: это не выгрузка журнала.",
            where=str(path),
            remedy="Укажите папку, в которой лежат только файлы выгрузки.",
        )
    for file in files:
        if file.is_symlink():
            raise InputFault(
                "В папке лежит ссылка вместо файла.",
                where=str(file),
                remedy="Положите в папку сам файл.",
            )
    return files


def _junk(name: str) -> bool:
    return name.casefold().startswith(_JUNK)


def is_zip(path: Path) -> bool:
    """Whether the file begins as a ZIP (or XLSX) does."""
    try:
        with path.open("rb") as stream:
            return stream.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}
    except OSError:
        return False


def beginning(path: Path, size: int) -> bytes:
    """Read the first bytes of a file, `size` at most. Raises InputFault when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as fault:
        raise unreadable(path) from fault


def is_locked(content: bytes) -> bool:
    """Whether a workbook has a password: an XLSX is then wrapped as an XLS is.

    An XLS tells it by a record FILEPASS behind its beginning ([MS-XLS] 2.4.117).
    """
    return content.startswith(_OLE) and bool(_LOCKED.search(content))


def locked(where: str) -> InputFault:
    """Make the fault of a workbook with a password."""
    return InputFault(
        "Книга Excel закрыта паролем.",
        where=where,
        remedy="Откройте её в Excel, сотрите пароль (Файл – Сведения – Защита книги – "
        "Зашифровать с использованием пароля) и сохраните.",
    )


def check(path: Path) -> None:
    """Refuse what no source could read: nothing there, an empty file, a damaged or hostile ZIP.

    Raises InputFault, for a workbook with a password too.
    """
    if path.is_dir():
        if not _files(path):
            raise InputFault(
                "Папка пуста.", where=str(path), remedy="Укажите папку с файлами выгрузки."
            )
        return
    if not path.is_file():
        raise unreadable(path)
    try:
        size = path.stat().st_size
    except OSError as fault:
        raise unreadable(path) from fault
    if not size:
        raise InputFault("Файл пуст.", where=str(path), remedy="Выгрузите его из журнала ещё раз.")
    if is_zip(path):
        with _open_zip(path):
            pass
    elif is_locked(beginning(path, _WRAPPED_LIMIT)):
        raise locked(str(path))


@contextmanager
def opened(path: Path) -> Iterator[Mapping[str, Member]]:
    """Open a folder or a ZIP: its files by name; one folder around them all does not count.

    Raises InputFault for a ZIP that is damaged or hostile.
    """
    if path.is_dir():
        files = _files(path)
        yield _unwrap(
            {
                file.relative_to(path).as_posix(): Member(
                    file.relative_to(path).as_posix(),
                    f"{path.resolve().name}/{file.relative_to(path).as_posix()}",
                    lambda file=file: file.open("rb"),  # type: ignore[misc]
                )
                for file in files
            }
        )
        return
    with _open_zip(path) as archive:
        members: dict[str, Member] = {}
        for info in archive.infolist():
            name = member_name(info)
            if name in members:
                raise InputFault(
                    "В архиве два файла с одним именем.",
                    where=f"{path}: {name}",
                    remedy="Соберите архив заново, оставив один из них.",
                )
            if not info.is_dir() and not any(
                _junk(part) for part in (name, *PurePosixPath(name).parts)
            ):
                members[name] = Member(
                    name,
                    f"{path.name}/{name}",
                    lambda info=info: archive.open(info),  # type: ignore[misc]
                )
        yield _unwrap(members)


def _unwrap(members: Mapping[str, Member]) -> Mapping[str, Member]:
    """Take off folders that hold everything."""
    parents = {PurePosixPath(name).parent for name in members}
    if len(parents) != 1:
        return members
    return {PurePosixPath(name).name: member for name, member in members.items()}


def member_name(info: zipfile.ZipInfo) -> str:
    """Read a member's name; old Windows programs write Russian names in code pages 866 and 1251.

    Some of them also part folders by a backslash.
    """
    name = info.filename
    if not info.flag_bits & 0x800:
        with suppress(UnicodeError):
            raw = name.encode("cp437")
            name = raw.decode("cp866")
            if _NO_LETTERS.search(name):
                name = raw.decode("cp1251")
    return name.replace("\\", "/")


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except BROKEN as fault:
        raise _damaged(str(path)) from fault
    with archive:
        _check_members(path, archive.infolist())
        yield archive


def _damaged(where: str) -> InputFault:
    return InputFault(
        "Архив ZIP повреждён или скачан не до конца.",
        where=where,
        remedy="Выгрузите или скопируйте его ещё раз.",
    )


def _check_members(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in members)
    if total > TOTAL_LIMIT or len(members) > FILES_LIMIT:
        raise InputFault(
            f"Архив слишком велик: {len(members)} файлов, в распакованном виде "
            f"{total >> 20} МБ (допускается {FILES_LIMIT} файлов и {TOTAL_LIMIT >> 20} МБ).",
            where=str(path),
            remedy=_NOT_A_JOURNAL,
        )
    for info in members:
        name = member_name(info)
        where = f"{path}: {name}"
        if _leads_outside(name):
            raise InputFault(
                "Имя файла в архиве ведёт за пределы папки.", where=where, remedy=_NOT_A_JOURNAL
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise InputFault(
                "В архиве лежит ссылка вместо файла.", where=where, remedy=_NOT_A_JOURNAL
            )
        if info.flag_bits & 0x1:
            raise InputFault(
                "Архив закрыт паролем.",
                where=where,
                remedy="Распакуйте его с паролем и укажите папку.",
            )
        packed = max(info.compress_size, 1)
        inflated = info.file_size > _RATIO_FROM and info.file_size / packed > RATIO_LIMIT
        if info.file_size > MEMBER_LIMIT or inflated:
            raise InputFault(
                f"Файл в архиве слишком велик: {info.file_size >> 20} МБ, упакованных в "
                f"{info.compress_size >> 10} КБ. Похоже на «ZIP-бомбу».",
                where=where,
                remedy=_NOT_A_JOURNAL,
            )


_NOT_A_JOURNAL = "Журналы так не выгружают: возьмите файл из самого журнала, а этот не открывайте."


def _leads_outside(name: str) -> bool:
    parts = name.split("/")
    return name.startswith("/") or ".." in parts or ":" in parts[0]


def inspect(member: Member) -> Inspection:
    """Pass over a text file once: digest and encoding, and no faults that would stop a reader.

    Raises InputFault for NUL bytes, a line or a file that is too long, a damaged archive, a text
    that is in no encoding we know.
    """
    sha256, charset = hashlib.sha256(), Charset()
    size = line = 0
    try:
        for chunk in chunks(member):
            sha256.update(chunk)
            size += len(chunk)
            line = _longest_tail(chunk, line, member)
            charset.feed(chunk)
            if charset.nul:
                raise _not_text(member)
        encoding = charset.settle() if size else ""
    except UnicodeError as fault:
        raise InputFault(
            "Текст таблицы не читается ни как UTF-8, ни как windows-1251, ни как UTF-16.",
            where=member.address,
            remedy="Сохраните таблицу как CSV в кодировке UTF-8.",
        ) from fault
    if not size:
        raise InputFault(
            "Файл пуст: в нём нет даже заголовков.",
            where=member.address,
            remedy="Выгрузите его ещё раз или уберите из папки, если данных нет.",
        )
    return Inspection(sha256.hexdigest(), encoding)


def _not_text(member: Member) -> InputFault:
    return InputFault(
        "В таблице встретились нулевые байты: это не текст CSV.",
        where=member.address,
        remedy="Сохраните таблицу как CSV (UTF-8, разделитель «;») и повторите загрузку.",
    )


def _longest_tail(chunk: bytes, line: int, member: Member) -> int:
    """Length of the line the chunk leaves open, given the one it found open."""
    for piece in chunk.split(b"\n"):
        line += len(piece)
        if line > LINE_LIMIT:
            raise InputFault(
                f"В таблице есть строка длиннее {LINE_LIMIT >> 20} МБ: это не журнал.",
                where=member.address,
                remedy="Проверьте, тот ли это файл, и выгрузите его ещё раз.",
            )
        last, line = line, 0
    return last


def chunks(member: Member) -> Iterator[bytes]:
    """Read a member piece by piece. Raises InputFault when it is damaged or too long."""
    size = 0
    try:
        with member.open() as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > MEMBER_LIMIT:
                    raise InputFault(
                        f"Файл больше {MEMBER_LIMIT >> 20} МБ: это не журнал.",
                        where=member.address,
                        remedy=_NOT_A_JOURNAL,
                    )
                yield chunk
    except BROKEN as fault:
        raise _damaged(member.address) from fault
