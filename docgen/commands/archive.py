"""Commands around the archive's media: audit, register."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.archive_travel import decrypt_command, encrypt_command, travel_key_command
from docgen.commands.shell import (
    FOLDER,
    Group,
    answer,
    json_option,
    progress_bars,
    workspace_option,
)
from docgen.core.clock import now
from docgen.core.findings import blocks
from docgen.pipeline.audit import audit_folders, rebuild_register


@click.group("archive", cls=Group)
def archive_commands() -> None:
    """Носители архива: проверка, реестр."""


@archive_commands.command("audit")
@click.argument("folders", nargs=-1, required=True, type=FOLDER, metavar="НОСИТЕЛЬ…")
@click.option("--quick", "level", flag_value="quick", help="Наличие и размеры файлов.")
@click.option(
    "--full",
    "level",
    flag_value="full",
    default="full",
    help="Каждая контрольная сумма, мимо кэша (так по умолчанию).",
)
@json_option
@workspace_option
def audit_command(
    folder: Path, folders: tuple[Path, ...], level: str | None, as_json: bool
) -> None:
    """Проверить носители и сравнить экземпляры; ничего на них не менять."""
    media, report = audit_folders(
        folders,
        folder,
        full=level != "quick",
        now=now(),
        progress=progress_bars(as_json=as_json),
    )
    if as_json:
        answer(ok=report.passed, findings=report.all_findings, result=report.as_json())
    else:
        terminal.print_findings(report.all_findings)
        for medium in media:
            terminal.say(f"{medium.label}: дел {len(medium.bag_names())}")
        terminal.say("Расхождений нет." if report.passed else "Найдены расхождения.")
        terminal.next_step(
            "уберите носители на место"
            if report.passed
            else "ничего не пишите на повреждённый носитель, возьмите второй экземпляр"
        )
    sys.exit(0 if report.passed else 1)


@archive_commands.group("register")
def register_group() -> None:
    """Реестр архива."""


@register_group.command("rebuild")
@click.argument("folders", nargs=-1, required=True, type=FOLDER, metavar="НОСИТЕЛЬ…")
@json_option
@workspace_option
def rebuild_command(folder: Path, folders: tuple[Path, ...], as_json: bool) -> None:
    """Восстановить реестр по одним носителям; журнал проверок остаётся."""
    register, findings = rebuild_register(folders, folder)
    if as_json:
        answer(ok=not blocks(findings), findings=findings, result={"bags": len(register.bags())})
    else:
        terminal.print_findings(findings)
        terminal.say(
            f"Реестр восстановлен: носителей {len(register.volumes())}, "
            f"записей о делах {len(register.bags())}."
        )
        terminal.next_step("docgen archive audit НОСИТЕЛЬ… --full: проверить сами файлы")
    sys.exit(1 if blocks(findings) else 0)


archive_commands.add_command(travel_key_command)
archive_commands.add_command(encrypt_command)
archive_commands.add_command(decrypt_command)
