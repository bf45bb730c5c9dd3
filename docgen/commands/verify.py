"""The command that judges whatever it is shown; it loads no page engine unless it prints."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    FOLDER,
    Command,
    answer,
    json_option,
    progress_bars,
    workspace_option,
)
from docgen.core.clock import now
from docgen.pipeline.sign import kept_evidence, trust_store
from docgen.pipeline.verify import Judge, prove_file, verify_path, write_report
from docgen.pipeline.workspace import known_workspace


@click.command("verify", cls=Command)
@click.argument("paths", nargs=-1, required=True, type=FOLDER, metavar="ПУТЬ…")
@click.option(
    "--trust",
    "trusted",
    multiple=True,
    type=FOLDER,
    metavar="ФАЙЛ",
    help="Корневой сертификат, которому доверять; можно повторить.",
)
@click.option(
    "--evidence",
    "evidence",
    type=FOLDER,
    metavar="ПУТЬ",
    help="Чем доказать один файл: свидетельство .ers, список сумм с подписью, папка дела.",
)
@click.option("--report", type=FOLDER, metavar="ФАЙЛ.pdf", help="Отчёт, чтобы напечатать.")
@json_option
@workspace_option
def verify_command(
    folder: Path,
    paths: tuple[Path, ...],
    trusted: tuple[Path, ...],
    evidence: Path | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Проверить файл с подписью рядом, PDF с подписью внутри, дело или носитель.

    Ничего не меняет. Код завершения 0 только при TOTAL_PASSED у всего; у чужого дела без подписи
    (UNSIGNED) – если оно цело.
    """
    workspace = known_workspace(folder)
    judge = Judge(trust_store(workspace, *trusted), kept_evidence(workspace), now())
    verdicts = [
        prove_file(path, evidence, judge)
        if evidence
        else verify_path(path, judge, progress=progress_bars(as_json=as_json))
        for path in paths
    ]
    if report is not None:
        write_report(workspace, verdicts, report, judge.at)
    passed = all(verdict.passed for verdict in verdicts)
    if as_json:
        answer(
            ok=passed,
            findings=[row for verdict in verdicts for row in verdict.findings],
            result=[verdict.details for verdict in verdicts],
        )
    else:
        for verdict in verdicts:
            terminal.say(f"{verdict.conclusion.value}: {verdict.path}")
            for line in verdict.lines:
                terminal.say(f"  {line}")
            terminal.print_findings(verdict.findings)
        terminal.next_step(
            "всё в порядке, делать ничего не нужно"
            if passed
            else "не используйте документ, пока причина не выяснена"
        )
    sys.exit(0 if passed else 1)
