"""Commands that look after media: audit, comparison, repair, recovery data."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    FOLDER,
    Command,
    answer,
    json_option,
    progress_bars,
    who_option,
    workspace_option,
)
from docgen.core.clock import now
from docgen.pipeline.audit import audit_folders, compare_folders
from docgen.pipeline.media_acts import act_lines, repair_act, write_act
from docgen.pipeline.repair import add_parity, repair_folder
from docgen.pipeline.workspace import known_workspace


def paper_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take what a person reads from the act or the label."""
    return click.option(
        "--paper",
        "paper",
        multiple=True,
        metavar="СУММА|ФАЙЛ",
        help="Сумма SHA-512 с акта или этикетки, ДЕЛО=СУММА или файл акта; можно повторить.",
    )(command)


report_option = click.option(
    "--report",
    "report_file",
    type=FOLDER,
    metavar="ФАЙЛ",
    help="Куда записать акт: .pdf – напечатать и подписать, .txt, .json.",
)


@click.command("audit", cls=Command)
@click.argument("folders", nargs=-1, required=True, type=FOLDER, metavar="НОСИТЕЛЬ…")
@click.option("--quick", "level", flag_value="quick", help="Наличие и размеры файлов.")
@click.option(
    "--full",
    "level",
    flag_value="full",
    default="full",
    help="Каждая контрольная сумма, мимо кэша (так по умолчанию).",
)
@paper_option
@report_option
@who_option("Кто проверяет")
@json_option
@workspace_option
def audit_command(
    folder: Path,
    folders: tuple[Path, ...],
    level: str | None,
    paper: tuple[str, ...],
    report_file: Path | None,
    who: str,
    as_json: bool,
) -> None:
    """Проверить носители и сравнить экземпляры; ничего на них не менять.

    Носитель – папка, образ диска (.iso) или привод с диском (/dev/sr0).
    """
    report = audit_folders(
        folders,
        folder,
        full=level != "quick",
        paper=paper,
        now=now(),
        who=who,
        progress=progress_bars(as_json=as_json),
    )
    if report_file is not None:
        write_act(report, known_workspace(folder), report_file)
    if as_json:
        answer(ok=report.passed, findings=report.all_findings, result=report.as_json())
    else:
        terminal.print_findings(report.all_findings)
        for medium in report.media:
            terminal.say(
                f"носитель № {medium.inventory_number}, {medium.folder}: дел {len(medium.bags)}"
            )
        terminal.say("Расхождений нет." if report.passed else "Найдены расхождения.")
        terminal.next_step(
            "уберите носители на место"
            if report.passed
            else "восстановите с верного экземпляра: docgen archive repair НОСИТЕЛЬ --from ДРУГОЙ"
        )
    sys.exit(0 if report.passed else 1)


@click.command("compare", cls=Command)
@click.argument("first", type=FOLDER, metavar="НОСИТЕЛЬ")
@click.argument("second", type=FOLDER, metavar="ДРУГОЙ")
@who_option("Кто сравнивает")
@json_option
@workspace_option
def compare_command(folder: Path, first: Path, second: Path, who: str, as_json: bool) -> None:
    """Сравнить два экземпляра файл за файлом; ничего на них не менять."""
    result = compare_folders(
        first, second, folder, now=now(), who=who, progress=progress_bars(as_json=as_json)
    )
    if as_json:
        answer(ok=result.same, findings=result.findings, result=result.as_json())
    else:
        terminal.print_findings(result.findings)
        terminal.say(f"Дел: {result.bags}, сравнено файлов: {result.files}")
        terminal.say("Экземпляры одинаковы." if result.same else "Экземпляры различаются.")
        terminal.next_step(
            "уберите носители на место"
            if result.same
            else "проверьте оба: docgen archive audit НОСИТЕЛЬ ДРУГОЙ --full"
        )
    sys.exit(0 if result.same else 1)


@click.command("repair", cls=Command)
@click.argument("medium", type=FOLDER, metavar="НОСИТЕЛЬ")
@click.option(
    "--from", "other", type=FOLDER, required=True, metavar="ДРУГОЙ", help="Второй экземпляр."
)
@paper_option
@click.option(
    "--trust",
    "trusted",
    multiple=True,
    type=FOLDER,
    metavar="ФАЙЛ",
    help="Корневой сертификат, которому доверять; можно повторить.",
)
@report_option
@who_option("Кто восстанавливает")
@json_option
@workspace_option
def repair_command(
    folder: Path,
    medium: Path,
    other: Path,
    paper: tuple[str, ...],
    trusted: tuple[Path, ...],
    report_file: Path | None,
    who: str,
    as_json: bool,
) -> None:
    """Восстановить испорченные файлы носителя со второго экземпляра.

    Верно то, что подтверждено подписью или суммой на бумаге, а не то, чего больше. Второй экземпляр
    только читается; лишние файлы не удаляются.
    """
    report = repair_folder(
        medium,
        other,
        folder,
        paper=paper,
        trusted=trusted,
        now=now(),
        who=who,
        progress=progress_bars(as_json=as_json),
    )
    if report_file is not None:
        write_act(report, known_workspace(folder), report_file)
    if as_json:
        answer(ok=report.passed, findings=report.findings, result=report.as_json())
    else:
        terminal.print_findings(report.findings)
        for line in act_lines(repair_act(report, known_workspace(folder))):
            terminal.say(line)
        terminal.next_step(
            f"docgen archive audit {medium} {other} --full"
            if report.passed
            else "составьте акт о неисправимом повреждении: что не восстановлено, названо выше"
        )
    sys.exit(0 if report.passed else 1)


@click.command("parity", cls=Command)
@click.argument("folders", nargs=-1, required=True, type=FOLDER, metavar="НОСИТЕЛЬ…")
@click.option(
    "--percent",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    metavar="ЧИСЛО",
    help="Какую долю дела можно будет вычислить заново.",
)
@json_option
def parity_command(folders: tuple[Path, ...], percent: int, as_json: bool) -> None:
    """Добавить на носители данные восстановления (par2) в папку parity.

    Сами дела не меняются. Дела, у которых эти данные уже есть, пропускаются.
    """
    made = add_parity(folders, percent=percent, progress=progress_bars(as_json=as_json))
    if as_json:
        answer(ok=True, result={"made": made})
        return
    terminal.say(f"Данные восстановления сделаны для дел: {made}")
    terminal.next_step("docgen archive audit НОСИТЕЛЬ… --full")
