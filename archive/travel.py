"""A copy that travels: one file, encrypted by age for those who may open it.

The copies of the archive itself are never encrypted: an archive must be able to read them. age
(https://age-encryption.org/v1) is extra protection on the way, not a certified tool (152-ФЗ).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyrage
from pyrage import x25519

from archive.durable import CHUNK, files_below, part_of, sync_tree, write_durable
from archive.faults import told_as_medium_fault
from archive.manifest import is_safe
from archive.medium import VOLUME_FILE
from docgen.core.errors import InputFault, MediumFault, SigningFault, UsageFault
from docgen.core.files import fsync_file, fsync_folder, move_durably
from docgen.core.reasons import reason

if TYPE_CHECKING:
    import datetime as dt

SUFFIX = ".tar.age"
NOTE_SUFFIX = ".ОПИСАНИЕ.txt"
LEAST_RECIPIENTS = 2

_IDENTITY = "AGE-SECRET-KEY-"
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class TravelCopy:
    """An encrypted copy: the file, the plain note beside it, size in bytes, SHA-512 of the file."""

    path: Path
    note: Path
    size: int
    sha512: str
    files: int


def encrypt_copy(
    folder: Path, out: Path, recipients: Sequence[str], *, title: str, now: dt.datetime
) -> TravelCopy:
    """Encrypt a bag or a medium for at least two recipients (`age1…`) into one new file.

    Raises UsageFault for recipients that do not do, InputFault for a folder that is neither, or
    holds what no archive holds; MediumFault for a file that stands there already or cannot be
    written. Whole or absent.
    """
    keys = _recipients(recipients)
    if not ((folder / "bagit.txt").is_file() or (folder / VOLUME_FILE).is_file()):
        raise InputFault(
            "В папке нет ни дела, ни носителя архива.",
            where=str(folder),
            remedy="Укажите папку дела (в ней bagit.txt) или носителя (в ней volume.json).",
        )
    note = out.with_name(out.name.removesuffix(SUFFIX) + NOTE_SUFFIX)
    with told_as_medium_fault(f"папка {out.parent}"):
        for path in (out, note):
            if path.exists():
                raise MediumFault(
                    "Такой файл уже есть, и он не переписывается.",
                    where=str(path),
                    remedy="Назовите другой файл или уберите этот.",
                )
        part = part_of(out)
        part.unlink(missing_ok=True)
        try:
            with part.open("xb") as target:
                count = _encrypt(folder, target, keys)
            fsync_file(part)
            move_durably(part, out)
        finally:
            part.unlink(missing_ok=True)
        size, digest = out.stat().st_size, _sha512(out)
        write_durable(note, _note(out, title, len(keys), size, digest, now))
    return TravelCopy(out, note, size, digest, count)


def decrypt_copy(source: Path, identity: Path, folder: Path) -> int:
    """Open an encrypted copy with a private key into a new folder; returns the number of files.

    Raises SigningFault for a key that does not do, InputFault for a file that is no such copy, is
    damaged or would write outside of the folder, MediumFault for the disk. Whole or absent.
    """
    key = _identity(identity)
    with told_as_medium_fault(f"папка {folder.parent}"):
        if folder.exists():
            raise MediumFault(
                "Такая папка уже есть, и в неё ничего не пишется.",
                where=str(folder),
                remedy="Назовите новую папку.",
            )
        part = part_of(folder)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        try:
            count = _decrypt(source, key, part)
            sync_tree(part)
            move_durably(part, folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return count


def new_identity(path: Path) -> str:
    """Make a key pair: the private key goes to a new file of the owner's (0600); the public one.

    Raises MediumFault when the file stands there already or cannot be written.
    """
    key = x25519.Identity.generate()
    public = str(key.to_public())
    text = f"# Открытый ключ: {public}\n{key}\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as fault:
        raise MediumFault(
            "Файл ключа уже есть, и он не переписывается.",
            where=str(path),
            remedy="Назовите другой файл: прежним ключом, может быть, что-то зашифровано.",
        ) from fault
    except OSError as fault:
        raise MediumFault(
            f"Файл ключа не записывается ({reason(fault)}).",
            where=str(path),
            remedy="Проверьте, что папка есть и в неё можно писать.",
        ) from fault
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fsync_folder(path.parent)
    return public


# --- keys --------------------------------------------------------------------------------------


def _recipients(texts: Sequence[str]) -> list[x25519.Recipient]:
    different = list(dict.fromkeys(text.strip() for text in texts))
    if len(different) < LEAST_RECIPIENTS:
        raise UsageFault(
            f"нужны хотя бы два разных получателя, а назван {len(different)}",
            remedy="Назовите ключ школы и ключ того, у кого он хранится про запас: если один "
            "ключ потерян, копию откроет другой.",
        )
    keys = []
    for text in different:
        try:
            keys.append(x25519.Recipient.from_str(text))
        except pyrage.RecipientError as fault:
            secret = text.upper().startswith(_IDENTITY)
            raise UsageFault(
                "получателем назван закрытый ключ"
                if secret
                else "такого открытого ключа не бывает",
                where="" if secret else text,
                remedy="Нужна строка, которая начинается с age1: её печатает "
                "docgen archive travel-key.",
            ) from fault
    return keys


def _identity(path: Path) -> x25519.Identity:
    try:
        with path.open("rb") as stream:
            if os.name == "posix" and os.fstat(stream.fileno()).st_mode & _OTHERS:
                raise SigningFault(
                    "Файл ключа открыт для других пользователей компьютера.",
                    where=str(path),
                    remedy=f"Закройте его: chmod 600 '{path}'.",
                )
            text = stream.read(CHUNK).decode("utf-8", errors="replace")
    except OSError as fault:
        raise SigningFault(
            f"Файл ключа не читается ({reason(fault)}).",
            where=str(path),
            remedy="Проверьте путь и права на файл.",
        ) from fault
    line = next((row.strip() for row in text.splitlines() if row.startswith(_IDENTITY)), "")
    try:
        return x25519.Identity.from_str(line)
    except pyrage.IdentityError as fault:
        raise SigningFault(
            "В файле нет закрытого ключа age.",
            where=str(path),
            remedy="Нужен файл со строкой AGE-SECRET-KEY-…: его делает docgen archive travel-key.",
        ) from fault


# --- one stream --------------------------------------------------------------------------------


def _encrypt(folder: Path, target: BinaryIO, keys: Sequence[x25519.Recipient]) -> int:
    count = 0

    def pack(stream: BinaryIO) -> None:
        nonlocal count
        with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for path, status in files_below(folder):
                row = tarfile.TarInfo(f"{folder.name}/{path}")
                row.size, row.mtime, row.mode = status.st_size, int(status.st_mtime), 0o644
                with (folder / path).open("rb") as source:
                    tar.addfile(row, source)
                count += 1

    with _piped(pack) as reader:
        pyrage.encrypt_io(reader, target, keys)
    return count


def _decrypt(source: Path, key: x25519.Identity, folder: Path) -> int:
    """Unpack as the bytes come; age proves each piece before it is given out, the end last."""

    def open_up(stream: BinaryIO) -> None:
        with source.open("rb") as sealed:
            try:
                pyrage.decrypt_io(sealed, stream, [key])
            except OSError as fault:
                if fault.errno is not None:
                    raise
                # The library's word for a piece that is damaged or missing.
                raise pyrage.DecryptError(str(fault)) from fault

    try:
        with _piped(open_up) as reader, tarfile.open(fileobj=reader, mode="r|") as tar:
            count = sum(_unpack(tar, row, folder) for row in tar)
            while reader.read(CHUNK):
                pass
    except pyrage.DecryptError as fault:
        raise InputFault(
            "Копия не открывается: ключ не тот, или файл повреждён.",
            where=str(source),
            remedy="Проверьте ключ. Если он верен, сверьте SHA-512 файла с описанием рядом с ним.",
        ) from fault
    except tarfile.TarError as fault:
        raise InputFault(
            "Внутри зашифрованного файла не копия архива.",
            where=str(source),
            remedy="Проверьте, тот ли это файл.",
        ) from fault
    return count


def _unpack(tar: tarfile.TarFile, row: tarfile.TarInfo, folder: Path) -> bool:
    """Write one file; nothing but plain files inside the folder is ever written."""
    name = row.name.partition("/")[2]
    content = tar.extractfile(row) if row.isreg() and is_safe(row.name) and name else None
    if content is None:
        raise InputFault(
            "Внутри копии лежит то, чего в архиве не бывает; ничего не распаковано.",
            where=row.name,
            remedy="Такую копию программа не делает: выясните, откуда она.",
        )
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as target:
        shutil.copyfileobj(content, target, CHUNK)
    os.utime(path, (row.mtime, row.mtime))
    return True


@contextmanager
def _piped(write: Callable[[BinaryIO], None]) -> Iterator[BinaryIO]:
    """Run `write` in a thread of its own and hand out the end to read; its fault comes last."""
    out, into = os.pipe()
    faults: list[BaseException] = []

    def work() -> None:
        try:
            with os.fdopen(into, "wb", CHUNK) as stream:
                write(stream)
        except BrokenPipeError:
            pass  # the reader gave up and has told why
        except BaseException as fault:  # noqa: BLE001 - raised again in the reader's thread
            faults.append(fault)

    thread = threading.Thread(target=work)
    thread.start()
    reader = os.fdopen(out, "rb", CHUNK)
    try:
        yield reader
    except BaseException:
        with suppress(OSError):
            reader.close()
        thread.join()
        if faults:
            raise faults[0] from None
        raise
    reader.close()
    thread.join()
    if faults:
        raise faults[0]


def _sha512(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()


def _note(
    out: Path, title: str, recipients: int, size: int, digest: str, now: dt.datetime
) -> bytes:
    """The plain label of an encrypted copy: what it is, how to check and to open it."""
    return f"""\
ЗАШИФРОВАННАЯ КОПИЯ АРХИВА

Файл:        {out.name}
Содержание:  {title}
Сделана:     {now:%d.%m.%Y %H:%M}
Размер:      {size} байт
SHA-512:     {digest}
Получателей: {recipients}; открыть может любой из них своим закрытым ключом.

Это не экземпляр архива, а копия для перевозки. Экземпляры архива не шифруются.
Шифрование age не является сертифицированным средством защиты информации (СКЗИ).

КАК ОТКРЫТЬ
  docgen archive decrypt {out.name} --identity ФАЙЛ-КЛЮЧА --out ПАПКА
или без этой программы (https://age-encryption.org):
  age --decrypt --identity ФАЙЛ-КЛЮЧА {out.name} | tar -x

An encrypted copy of an archive (age v1, tar inside). Check: sha512sum; open: age -d | tar -x.
""".encode()
