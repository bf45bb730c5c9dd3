"""Commands around the journal: init, sources, import, check."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    FOLDER,
    Command,
    answer,
    class_option,
    json_option,
    progress_bars,
    workspace_option,
)
from docgen.core.clock import now
from docgen.core.files import write_atomic
from docgen.pipeline.check import check_period, report_html
from docgen.pipeline.imports import import_paths, known_sources
from docgen.pipeline.initialise import initialise
from docgen.pipeline.runs import RunLog
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.workspace import open_workspace


@click.command("init", cls=Command)
@click.argument("folder", type=FOLDER, metavar="ПАПКА")
def init_command(folder: Path) -> None:
    """Создать рабочую папку школы с настройками и ключом рабочего места.

    Ничего чужого не перезаписывает. Ключ – неквалифицированный: он доказывает, что файлы не
    изменились, и не заменяет подписи людей.
    """
    made = initialise(folder, now())
    terminal.say(f"Рабочая папка создана: {made.folder}")
    for file in made.files:
        terminal.say(f"  {file.name}")
    terminal.say(f"  keys/ – ключ рабочего места, действует до {made.key_until:%d.%m.%Y}")
    terminal.next_step(
        f"впишите людей школы в {folder / 'school.toml'}, затем docgen -w {folder} import ФАЙЛ"
    )


@click.command("sources", cls=Command)
@json_option
def sources_command(as_json: bool) -> None:
    """Показать, какие форматы журнала читаются."""
    rows = [
        {"name": row.name, "title": row.title, "confirmed": row.confirmed}
        for row in known_sources()
    ]
    if as_json:
        answer(ok=True, result=rows)
        return
    for row in rows:
        note = "" if row["confirmed"] else " – формат не подтверждён реальным файлом"
        terminal.say(f"{row['name']}: {row['title']}{note}")
    terminal.next_step("docgen import ФАЙЛ: формат определяется по содержимому")


@click.command("import", cls=Command)
@click.argument("paths", nargs=-1, required=True, type=FOLDER, metavar="ФАЙЛ…")
@click.option("--source", "source_name", metavar="ИМЯ", help="Считать файлы этим форматом.")
@click.option(
    "--prefer", metavar="ИМЯ", help="Чьё слово решает, если данные разных систем расходятся."
)
@click.option(
    "--student",
    "pupil",
    default="",
    metavar="«ФИО; КЛАСС»",
    help="Чьи это ответы, если имени в них нет (дневник СГО, БАРС, ФГИС).",
)
@json_option
@workspace_option
def import_command(
    folder: Path,
    paths: tuple[Path, ...],
    source_name: str | None,
    prefer: str | None,
    pupil: str,
    as_json: bool,
) -> None:
    """Загрузить файлы журнала: всё или ничего.

    Повторная загрузка тех же файлов ничего не меняет. Если хоть одна строка не читается, не
    загружается ни одна: исправьте её и повторите.
    """
    workspace = open_workspace(folder)
    with RunLog(workspace, "import") as log:
        report = import_paths(
            workspace,
            paths,
            source_name=source_name,
            now=now(),
            progress=progress_bars(as_json=as_json),
            prefer=prefer,
            pupil=pupil,
        )
        log.note(files=len(report.files), changes=report.changes, repeated=report.repeated)
    if as_json:
        files = [
            {
                "file": row.file,
                "sheet": row.sheet,
                "accepted": row.accepted,
                "changed": row.changed,
                "unchanged": row.unchanged,
                "removed": row.removed,
                "rejected": row.rejected,
            }
            for row in report.files
        ]
        answer(ok=True, findings=report.notes, result={"files": files, "repeated": report.repeated})
        return
    terminal.print_import(report)
    terminal.next_step("docgen check --period Q1: проверка перед печатью")


@click.command("check", cls=Command)
@click.option("--period", "code", required=True, metavar="ПЕРИОД", help="Q1…Q4, T1…T3, H1, H2.")
@class_option
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    help="Как показать: text, json или html.",
)
@json_option
@workspace_option
def check_command(
    folder: Path, code: str, classes: tuple[str, ...], style: str, as_json: bool
) -> None:
    """Проверить журнал перед печатью.

    Замечания «блокирует» останавливают печать и дают код завершения 1.
    """
    style = "json" if as_json else style
    workspace = open_workspace(folder)
    with workspace.open_journal() as journal:
        period = chosen_period(journal, code)
        units = chosen_classes(journal, period, classes)
    check = check_period(workspace, period, units, progress_bars(as_json=style != "text"))
    if style == "json":
        answer(ok=not check.blocked, findings=check.findings, result=check.as_json())
    elif style == "html":
        path = workspace.out(period.year, period.code) / "check.html"
        write_atomic(path, report_html(check, workspace))
        terminal.say(f"Отчёт: {path}")
    else:
        terminal.print_findings(check.findings)
        for rule, reason in check.skipped:
            terminal.say(f"{rule}: {reason}")
        terminal.say(
            f"{period.name}, классов: {len(check.classes)}; {terminal.count_line(check.findings)}"
        )
        terminal.next_step(
            "исправьте замечания в электронном журнале, выгрузите его и загрузите снова"
            if check.blocked
            else f"docgen close {period.code} --media ПЕРВЫЙ --media ВТОРОЙ"
        )
    sys.exit(1 if check.blocked else 0)
