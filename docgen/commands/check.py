"""The check before printing: findings, reports to hand over, words on warnings."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    FOLDER,
    REPORTS,
    Command,
    answer,
    class_option,
    json_option,
    later,
    progress_bars,
    who_option,
    workspace_option,
)
from docgen.core.clock import now
from docgen.core.errors import UsageFault
from docgen.pipeline.acknowledgements import accept
from docgen.pipeline.check import PeriodCheck, check_period, with_words
from docgen.pipeline.runs import RunLog
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.workspace import open_workspace


@click.command("check", cls=Command)
@click.option(
    "--period",
    "code",
    default="",
    metavar="ПЕРИОД",
    help="Q1…Q4, T1…T3, H1, H2, Y; без ключа – период последнего урока.",
)
@class_option
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", *REPORTS]),
    default="text",
    help="Как показать: text, json, html, pdf или xlsx.",
)
@click.option("--out", "target", type=FOLDER, metavar="ФАЙЛ", help="Куда записать отчёт.")
@click.option(
    "--acknowledge",
    "accepted",
    multiple=True,
    metavar="КОД",
    help="Принять предупреждения этого правила; можно повторить.",
)
@click.option("--reason", default="", metavar="ПРИЧИНА", help="Почему их можно принять.")
@who_option("Кто принимает")
@json_option
@workspace_option
def check_command(
    folder: Path,
    code: str,
    classes: tuple[str, ...],
    style: str,
    target: Path | None,
    accepted: tuple[str, ...],
    reason: str,
    who: str,
    as_json: bool,
) -> None:
    """Проверить журнал перед печатью.

    Замечания «блокирует» останавливают печать и дают код завершения 1. Предупреждения можно
    принять с причиной: --acknowledge КОД --reason «…»; причина печатается в акте.
    """
    style = "json" if as_json else style
    if target and style not in REPORTS:
        raise UsageFault(
            "Ключ --out пишет отчёт в файл, а формат отчёта не назван.",
            remedy="Добавьте --format html, pdf или xlsx.",
        )
    if reason and not accepted:
        raise UsageFault(
            "Причина есть, а что принять – не сказано.", remedy="Добавьте --acknowledge КОД."
        )
    workspace = open_workspace(folder)
    with workspace.open_journal() as journal:
        period = chosen_period(journal, code)
        units = chosen_classes(journal, period, classes)
    progress = progress_bars(as_json=style != "text")
    check = check_period(workspace, period, units, progress, with_print=True)
    if accepted:
        with RunLog(workspace, "acknowledge") as log:
            count = accept(
                workspace,
                period,
                check.tasks,
                accepted,
                reason=reason,
                who=who,
                day=now().date(),
            )
            log.note(period=period.code, codes=",".join(accepted), accepted=count)
        check = with_words(workspace, check)
        if style != "json":
            terminal.say(f"Принято замечаний: {count}.")
    if style == "json":
        answer(ok=not check.blocked, findings=check.findings, result=check.as_json())
    elif style in REPORTS:
        path = later("check_report").write_report(workspace, check, style, now().date(), target)
        terminal.say(f"Отчёт: {path}")
        _say_verdict(check)
    else:
        _print(check)
    sys.exit(1 if check.blocked else 0)


def _print(check: PeriodCheck) -> None:
    """Findings without a word on them, then what was accepted, then what was not checked."""
    terminal.print_findings([task.finding for task in check.tasks if task.accepted is None])
    words = Counter(
        (task.finding.code, task.accepted.reason) for task in check.tasks if task.accepted
    )
    for (code, reason), count in sorted(words.items()):
        terminal.say(f"{code}: принято замечаний {count}, причина: {reason}")
    for rule, why in check.skipped:
        terminal.say(f"{rule}: {why}")
    _say_verdict(check)


def _say_verdict(check: PeriodCheck) -> None:
    terminal.say(
        f"{check.period.name}, классов: {len(check.classes)}; {terminal.count_line(check.findings)}"
    )
    terminal.next_step(
        "исправьте замечания в электронном журнале, выгрузите его и загрузите снова"
        if check.blocked
        else f"docgen close {check.period.code} --media ПЕРВЫЙ --media ВТОРОЙ"
    )
