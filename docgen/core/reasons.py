"""Why the file system refused, in Russian words."""

from __future__ import annotations

import errno

NO_SHARES = (
    "Если рабочая папка лежит в сетевой папке, перенесите её на диск этого компьютера: базы данных"
    " в сетевых папках не работают."
)
"""Where SQLite finds no locks; the archive itself may lie on a share."""

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
    errno.ENAMETOOLONG: "путь или имя файла слишком длинные",
    errno.EINVAL: "это не обычный файл",
    errno.ELOOP: "это ссылка, а не файл",
    errno.EFBIG: "файл слишком большой",
    errno.ETIMEDOUT: "диск не отвечает",
    errno.ENODEV: "диск пропал",
    errno.ENXIO: "диск пропал",
    errno.ESTALE: "диск пропал",
}


def reason(fault: OSError) -> str:
    """Name the reason for people; an unforeseen one by its number."""
    if fault.errno is None:
        return str(fault)
    return _WORDS.get(fault.errno, f"ошибка {fault.errno} файловой системы")
