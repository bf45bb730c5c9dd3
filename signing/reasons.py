"""Why the file system refused, in Russian words."""

from __future__ import annotations

import errno

_WORDS = {
    errno.ENOENT: "файла нет",
    errno.EACCES: "нет прав",
    errno.EPERM: "нет прав",
    errno.EISDIR: "это папка, а не файл",
    errno.ENOTDIR: "на месте папки лежит файл",
    errno.EEXIST: "на месте папки лежит файл",
    errno.ENOSPC: "нет места на диске",
    errno.EDQUOT: "исчерпана квота на диске",
    errno.EROFS: "диск открыт только для чтения",
    errno.EIO: "диск не отвечает или повреждён",
    errno.ENAMETOOLONG: "имя файла слишком длинное",
}


def reason(fault: OSError) -> str:
    """Name the reason for people; an unforeseen one by its number."""
    return _WORDS.get(fault.errno or 0, f"ошибка {fault.errno} файловой системы")
