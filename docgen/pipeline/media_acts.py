"""Audits and repairs as acts: text for the screen, a page to print and sign, JSON for programs."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable
from pathlib import Path

from archive.audit import AuditReport, MediumAudit
from archive.repair import RepairReport
from archive.validation import Level
from archive.volume import Role
from docgen.core.errors import UsageFault
from docgen.core.files import write_atomic
from docgen.core.findings import Finding
from docgen.documents.media_check import CheckedMedium, CheckLine, MediaCheck
from docgen.documents.medium_papers import size_text
from docgen.pipeline.people import offices_of
from docgen.pipeline.workspace import Workspace

_FULL = (
    "Каждый файл прочитан с самого носителя, его контрольные суммы по SHA-512 и ГОСТ Р"
    " 34.11-2012 сверены со списками дела"
)
_QUICK = "Проверены наличие и размеры файлов и контрольные суммы описаний дел"
_MENDED = "Файлы носителя прочитаны и сверены со списками, за которые говорит подпись или бумага"


def audit_act(report: AuditReport, workspace: Workspace | None) -> MediaCheck:
    """Put an audit into the words of the act."""
    method = _FULL if report.level is Level.FULL else _QUICK
    if len(report.media) > 1:
        method += "; экземпляры сверены между собой"
    return _act(
        report,
        workspace,
        title="проверки наличия и состояния электронных дел",
        basis=workspace.profile.norm("media.audit").text if workspace else "",
        method=f"{method}.",
        lines=report.all_findings,
        conclusion="Расхождений нет: все дела на месте и не изменились."
        if report.passed
        else "Найдены расхождения, они перечислены выше.",
    )


def repair_act(report: RepairReport, workspace: Workspace | None) -> MediaCheck:
    """Put a repair into the words of the act; what is lost makes it one of damage."""
    title = "о неисправимом повреждении электронных дел" if report.lost else "о восстановлении дел"
    conclusion = "Все дела носителя теперь целы."
    if report.lost:
        conclusion = f"Восстановить не удалось, файлов: {len(report.lost)}; они названы выше."
    elif not report.passed:
        conclusion = "Носитель ещё не в порядке: причины названы выше."
    return _act(
        report,
        workspace,
        title=title,
        method=f"{_MENDED}. Второй экземпляр только читался.",
        lines=[row for row in report.findings if row not in report.mended],
        mended=report.mended,
        conclusion=conclusion,
    )


def act_lines(act: MediaCheck) -> list[str]:
    """The act as lines of text."""
    lines = [
        f"Акт {act.title}, {act.moment}",
        *(
            f"Носитель № {medium.number} ({medium.role}): дел {medium.cases}, "
            f"файлов {medium.files}, {medium.size}"
            for medium in act.media
        ),
        *(f"Восстановлен {line.where}: {line.what}" for line in act.mended),
        *(f"{line.where}: {line.what}" for line in act.lines),
        act.conclusion,
    ]
    if act.journal:
        number, _, digest = act.journal.partition(" ")
        lines.append(f"Запись в журнале проверок № {number}: {digest}")
    return lines


def write_act(report: AuditReport | RepairReport, workspace: Workspace | None, out: Path) -> None:
    """Write the act: a page to print for `.pdf`, `.json`, else text; raises UsageFault, OSError."""
    act = (
        audit_act(report, workspace)
        if isinstance(report, AuditReport)
        else repair_act(report, workspace)
    )
    content: bytes | str
    match out.suffix.casefold():
        case ".pdf":
            # Loaded here: the page engine takes half a second, and few checks are printed.
            blank = importlib.import_module("docgen.rendering.blank")
            own = workspace.own_templates if workspace else None
            content = blank.lay_out_document("media-check", {"act": act}, own)
        case ".json":
            content = json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n"
        case ".txt":
            content = "\n".join(act_lines(act)) + "\n"
        case _:
            raise UsageFault(
                f"так отчёт не пишется: {out.name}",
                remedy="Назовите файл с окончанием .pdf, .txt или .json.",
            )
    write_atomic(out, content)


def _act(
    report: AuditReport | RepairReport,
    workspace: Workspace | None,
    *,
    title: str,
    method: str,
    lines: Iterable[Finding],
    conclusion: str,
    basis: str = "",
    mended: Iterable[Finding] = (),
) -> MediaCheck:
    keeper = offices_of(workspace)["secretary"] if workspace else None
    number = report.check_number
    return MediaCheck(
        title=title,
        school=report.media[0].organisation,
        moment=f"{report.at:%d.%m.%Y %H:%M} ({report.at.tzname()})",
        basis=basis,
        method=method,
        media=tuple(map(_medium, report.media)),
        lines=tuple(CheckLine(row.where, row.message, row.remedy) for row in lines),
        mended=tuple(CheckLine(row.where, row.params["reason"], "") for row in mended),
        conclusion=conclusion,
        journal=f"{number} {report.check_digest}" if number else "",
        who=report.who,
        keeper_position=keeper.position if keeper else "Хранитель архива",
        keeper=keeper.signature if keeper else "",
    )


def _medium(row: MediumAudit) -> CheckedMedium:
    return CheckedMedium(
        number=row.inventory_number,
        role=Role(row.role).label,
        identifier=row.volume,
        cases=len(row.bags),
        files=row.files,
        size=size_text(row.size),
    )
