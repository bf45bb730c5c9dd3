"""The report of an import: which format was taken and why, what became of every file and row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from docgen.core.findings import Finding, Severity, catalogue
from docgen.journal.sources import Choice, FileReport
from docgen.rendering.tables import Column, Table

_SHOWN = 200
"""Findings of one code that are written out on paper; the workbook holds all that were kept."""


@dataclass(frozen=True, slots=True)
class FileLine:
    """What became of the rows of one file or sheet: how many were new, changed and so on."""

    file: str
    sheet: str
    accepted: int
    changed: int
    unchanged: int
    removed: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Told:
    """The findings of one code: the remedy once, the places one by one; `more` are left out.

    `weight` is their severity as people say it, «блокирует».
    """

    code: str
    title: str
    weight: str
    remedy: str
    lines: tuple[tuple[str, str], ...]
    more: int


@dataclass(frozen=True, slots=True)
class ImportPaper:
    """Everything the report says; context of `import-report`.

    made: the day in words
    refused: whether nothing was taken
    verdict: that as a Russian sentence
    choices: title, reason and path of each source, and whether a real file of that system was seen
    files: what became of every file
    told: the findings by their codes
    """

    made: str
    refused: bool
    verdict: str
    choices: tuple[tuple[str, str, str, bool], ...]
    files: tuple[FileLine, ...]
    told: tuple[Told, ...]


def import_paper(
    choices: Sequence[Choice],
    files: Sequence[FileReport],
    findings: Sequence[Finding],
    *,
    made: str,
    refused: bool,
    repeated: bool,
) -> ImportPaper:
    """Put an import on paper, accepted or refused."""
    return ImportPaper(
        made=made,
        refused=refused,
        verdict=_verdict(refused=refused, repeated=repeated),
        choices=tuple(
            (item.source.title, item.reason, item.path.name, item.source.confirmed)
            for item in choices
        ),
        files=tuple(
            FileLine(
                file=item.file,
                sheet=item.sheet,
                accepted=item.accepted,
                changed=item.changed,
                unchanged=item.unchanged,
                removed=item.removed,
                rejected=item.rejected,
            )
            for item in files
        ),
        told=_told(findings),
    )


def _verdict(*, refused: bool, repeated: bool) -> str:
    if refused:
        return "Загрузка отменена, журнал не изменён: исправьте указанное и загрузите снова."
    return "Эти файлы уже были загружены, журнал не изменился." if repeated else "Загружено."


def _told(findings: Sequence[Finding]) -> tuple[Told, ...]:
    told = []
    for code, grouped in groupby(sorted(findings, key=_weight), key=lambda item: item.code):
        same = list(grouped)
        told.append(
            Told(
                code=code,
                title=catalogue()[code].title,
                weight=same[0].severity.label,
                remedy=same[0].remedy,
                lines=tuple((item.where, item.message) for item in same[:_SHOWN]),
                more=max(len(same) - _SHOWN, 0),
            )
        )
    return tuple(told)


def _weight(item: Finding) -> tuple[int, str]:
    return list(Severity).index(item.severity), item.code


def import_tables(paper: ImportPaper, findings: Sequence[Finding]) -> tuple[Table, ...]:
    """The same for a spreadsheet: files, then every remark a row."""
    files = Table(
        "Файлы",
        (
            Column("Файл", 40),
            Column("Лист", 20),
            Column("новых", 10),
            Column("изменено", 10),
            Column("без изменений", 14),
            Column("удалено", 10),
            Column("отклонено", 10),
        ),
        [
            (
                item.file,
                item.sheet,
                item.accepted,
                item.changed,
                item.unchanged,
                item.removed,
                item.rejected,
            )
            for item in paper.files
        ],
        caption=paper.verdict,
    )
    remarks = Table(
        "Замечания",
        (
            Column("Код", 8),
            Column("Вес", 15),
            Column("Где", 50),
            Column("Что не так", 60),
            Column("Что сделать", 60),
        ),
        [
            (item.code, item.severity.label, item.where, item.message, item.remedy)
            for item in sorted(findings, key=_weight)
        ],
    )
    formats = Table(
        "Форматы",
        (Column("Файл", 30), Column("Формат", 60), Column("Почему", 60), Column("Подтверждён", 20)),
        [
            (path, title, why, "да" if confirmed else "нет: настоящий файл не встречался")
            for title, why, path, confirmed in paper.choices
        ],
    )
    return files, remarks, formats
