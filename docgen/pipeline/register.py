"""The register as a person needs it: its journal checked, its rows handed out as tables."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

from archive.register import Register
from archive.repair import REPAIR
from archive.volume import Role
from docgen.core.errors import UsageFault
from docgen.core.files import write_atomic
from docgen.core.findings import Finding
from docgen.journal.export import csv_bytes
from docgen.pipeline.audit import COMPARISON
from docgen.pipeline.disposal import DISPOSAL, still_lying
from docgen.pipeline.images import BURN, IMAGE
from docgen.pipeline.restore_drill import DRILL
from docgen.pipeline.workspace import Workspace
from docgen.rendering.tables import Column, Table
from docgen.rendering.workbook import workbook

_LEVELS = {
    "full": "полная проверка",
    "quick": "быстрая проверка",
    COMPARISON: "сравнение экземпляров",
    REPAIR: "восстановление",
    DISPOSAL: "уничтожение дел",
    DRILL: "учебное восстановление",
    IMAGE: "образ диска сделан",
    BURN: "диск записан и прочитан",
}
_FILES = ("volumes", "cases", "disposed", "checks")


def verify_register(workspace: Workspace) -> tuple[Finding, ...]:
    """Check the journal's chain and name what was left half disposed of.

    Raises UsageFault without a register.
    """
    register = _standing(workspace)
    return (*register.verify_checks(), *still_lying(register))


def export_register(workspace: Workspace, out: Path) -> list[Path]:
    """Write the register as one workbook (`.xlsx`) or as CSV files in a folder.

    Raises UsageFault without a register, or for a file of another kind.
    """
    tables = register_tables(_standing(workspace))
    if out.suffix.casefold() == ".xlsx":
        write_atomic(out, workbook(tables))
        return [out]
    if out.suffix or out.is_file():
        raise UsageFault(
            f"так реестр не выгружается: {out.name}",
            remedy="Назовите книгу (реестр.xlsx) или папку для таблиц CSV.",
        )
    paths = [out / f"{name}.csv" for name in _FILES]
    for path, table in zip(paths, tables, strict=True):
        titles = [column.title for column in table.columns]
        write_atomic(path, csv_bytes(titles, table.rows))
    return paths


def register_tables(register: Register) -> tuple[Table, ...]:
    """Media, cases, disposed cases and checks, in Russian."""
    numbers = {row.volume: row.inventory_number for row in register.volumes()}
    return (
        _table(
            "Носители",
            ("Инв. №", "Экземпляр", "Организация", "Подготовлен", "Обозначение тома", "Пара"),
            [
                (
                    row.inventory_number,
                    Role(row.role).label,
                    row.organisation,
                    _day(row.prepared),
                    row.volume,
                    row.pair,
                )
                for row in register.volumes()
            ],
        ),
        _table(
            "Дела",
            (
                "Имя",
                "Заголовок",
                "Носитель",
                "Хранить до",
                "Статья",
                "Байт",
                "Файлов",
                "Записано",
                "Заменяет",
                "Обозначение",
                "SHA-512 описи файлов",
            ),
            [
                (
                    row.name,
                    row.title,
                    numbers[row.volume],
                    _until(row.retention_until),
                    row.retention_article,
                    row.payload_bytes,
                    row.payload_files,
                    _day(row.verified),
                    row.replaces,
                    row.identifier,
                    row.tagmanifest_sha512,
                )
                for row in register.bags()
            ],
        ),
        _table(
            "Уничтожено",
            (
                "Имя",
                "Заголовок",
                "Носитель",
                "Хранить до",
                "Статья",
                "Акт",
                "Акт подписан",
                "Уничтожено",
                "Обозначение",
                "SHA-512 описи файлов",
            ),
            [
                (
                    row.name,
                    row.title,
                    numbers[row.volume],
                    _until(row.retention_until),
                    row.retention_article,
                    row.act,
                    _day(row.signed),
                    _day(row.disposed),
                    row.identifier,
                    row.tagmanifest_sha512,
                )
                for row in register.disposed()
            ],
        ),
        _table(
            "Проверки",
            ("№", "Когда", "Что", "Кто", "Носители", "Итог", "Замечаний", "Сумма записи (SHA-256)"),
            [
                (
                    row.number,
                    _moment(row.at),
                    _LEVELS.get(row.level, row.level),
                    row.who or "нет данных",
                    ", ".join(numbers.get(volume, volume) for volume in json.loads(row.volumes)),
                    "без расхождений" if row.passed else "есть расхождения",
                    len(json.loads(row.findings)),
                    row.digest,
                )
                for row in register.checks()
            ],
        ),
    )


def _standing(workspace: Workspace) -> Register:
    if not workspace.register_file.is_file():
        raise UsageFault(
            "реестра архива ещё нет",
            where=str(workspace.register_file),
            remedy="Соберите его по носителям: docgen archive register rebuild НОСИТЕЛЬ…",
        )
    return Register(workspace.register_file)


def _table(
    title: str, titles: Sequence[str], rows: Sequence[Sequence[str | int | dt.date]]
) -> Table:
    return Table(title, tuple(Column(name, 18) for name in titles), rows)


def _day(text: str) -> dt.date:
    return dt.datetime.fromisoformat(text).date()


def _moment(text: str) -> str:
    return f"{dt.datetime.fromisoformat(text):%d.%m.%Y %H:%M}"


def _until(text: str) -> str:
    if text == "permanent":
        return "постоянно"
    try:
        return f"{dt.date.fromisoformat(text):%d.%m.%Y}"
    except ValueError:
        return "нет данных"
