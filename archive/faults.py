"""What a refusal of a file system means to the person in front of it."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from docgen.core.errors import MediumFault
from docgen.core.reasons import reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docgen.core.findings import Finding

_CHECKED = (
    " Если носитель вынули во время записи, сначала проверьте его средствами системы"
    " (Windows: «Свойства – Сервис – Проверить», Linux: fsck)."
)
NO_ROOM = frozenset([errno.ENOSPC, errno.EDQUOT])
_DENIED = frozenset([errno.EROFS, errno.EACCES, errno.EPERM])
_GONE = frozenset([errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR, errno.ESTALE])


@contextmanager
def told_as_medium_fault(label: str) -> Iterator[None]:
    """Turn an OSError of the wrapped step into a MediumFault that names the medium `label`."""
    try:
        yield
    except OSError as fault:
        raise medium_fault(fault, label) from fault


def medium_fault(fault: OSError, label: str) -> MediumFault:
    """Put an OSError into Russian: what happened to which medium, and what to do."""
    where = f"{label}, файл {fault.filename}" if fault.filename else label
    if fault.errno in NO_ROOM:
        return MediumFault(
            "На носителе кончилось место.",
            where=where,
            remedy="Освободите место или возьмите носитель больше и повторите команду:"
            " готовые дела второй раз не записываются.",
        )
    if fault.errno == errno.EFBIG:
        return MediumFault(
            "Файл больше, чем принимает файловая система носителя.",
            where=where,
            remedy="FAT32 хранит файлы до 4 ГБ: возьмите носитель с exFAT, NTFS или ext4.",
        )
    if fault.errno in _DENIED:
        return MediumFault(
            "Носитель не разрешает запись.",
            where=where,
            remedy="Снимите защиту от записи (переключатель на корпусе, режим «только чтение»)"
            f" или проверьте права на папку и повторите команду.{_CHECKED}",
        )
    if fault.errno in _GONE:
        return MediumFault(
            "Носитель пропал во время работы.",
            where=where,
            remedy="Проверьте, что он подключён и открывается, и повторите команду:"
            " работа продолжится с того же места.",
        )
    return MediumFault(
        f"Носитель не справился с записью или чтением ({reason(fault)}).",
        where=where,
        remedy=f"Подключите носитель к другому разъёму и повторите команду.{_CHECKED} Если ошибка"
        " повторится, замените носитель: доверять ему архив нельзя.",
    )


def not_what_was_written(label: str, findings: Sequence[Finding] = ()) -> MediumFault:
    """Make the fault of a medium that reads back other bytes than were written."""
    return MediumFault(
        "Носитель вернул не то, что на него записали.",
        where=label,
        remedy="Замените носитель: доверять ему архив нельзя.",
        findings=findings,
    )
