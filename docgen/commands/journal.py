"""Commands around the journal: init, sources, import."""

from __future__ import annotations

from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    FOLDER,
    REPORTS,
    Command,
    answer,
    json_option,
    later,
    progress_bars,
    workspace_option,
)
from docgen.core.clock import now
from docgen.pipeline.imports import ImportRefused, ImportReport, import_paths, known_sources
from docgen.pipeline.initialise import initialise
from docgen.pipeline.runs import RunLog
from docgen.pipeline.workspace import open_workspace


@click.command("init", cls=Command)
@click.argument("folder", type=FOLDER, metavar="ПАПКА")
@click.option(
    "--xlsx",
    "forms",
    is_flag=True,
    help="Добавить пустые книги Excel для школы без выгрузки и заполненные образцы.",
)
def init_command(folder: Path, *, forms: bool) -> None:
    """Создать рабочую папку школы с настройками и ключом рабочего места.

    Ничего чужого не перезаписывает; в готовую папку --xlsx только добавляет книги. Ключ –
    неквалифицированный: он доказывает, что файлы не изменились, и не заменяет подписи людей.
    """
    made = initialise(folder, now(), forms=forms)
    if made.key_until:
        terminal.say(f"Рабочая папка создана: {made.folder}")
        for file in made.files:
            terminal.say(f"  {file.name}")
        terminal.say(f"  keys/ – ключ рабочего места, действует до {made.key_until:%d.%m.%Y}")
    elif made.forms:
        terminal.say(f"Рабочая папка уже есть, добавлены книги: {made.folder}")
    else:
        terminal.say(f"Рабочая папка уже есть, книги в ней тоже, ничего не изменено: {made.folder}")
    for file in made.forms:
        terminal.say(f"  {file.name}")
    books = "заполните пустые книги (как – на их первом листе), " if forms else ""
    terminal.next_step(
        f"впишите людей школы в {folder / 'school.toml'}, {books}"
        f"затем docgen -w {folder} import ФАЙЛ"
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
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", *REPORTS]),
    default="text",
    help="Как рассказать о загрузке: text, json, html, pdf или xlsx.",
)
@click.option("--out", "target", type=FOLDER, metavar="ФАЙЛ", help="Куда записать отчёт.")
@json_option
@workspace_option
def import_command(
    folder: Path,
    paths: tuple[Path, ...],
    source_name: str | None,
    prefer: str | None,
    pupil: str,
    style: str,
    target: Path | None,
    as_json: bool,
) -> None:
    """Загрузить файлы журнала: всё или ничего.

    Повторная загрузка тех же файлов ничего не меняет. Если хоть одна строка не читается, не
    загружается ни одна: исправьте её и повторите.
    """
    as_json = as_json or style == "json"
    workspace = open_workspace(folder)

    def tell(outcome: ImportReport | ImportRefused) -> None:
        """Write the report asked for, of an import that was refused too."""
        if style in REPORTS:
            write = later("import_report").write_report
            path = write(workspace, outcome, paths, source_name, style, now().date(), target)
            terminal.say(f"Отчёт: {path}")

    with RunLog(workspace, "import", alone=True) as log:
        try:
            report = import_paths(
                workspace,
                paths,
                source_name=source_name,
                now=now(),
                progress=progress_bars(as_json=as_json),
                prefer=prefer,
                pupil=pupil,
            )
        except ImportRefused as refused:
            tell(refused)
            raise
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
    tell(report)
    terminal.print_import(report)
    terminal.next_step("docgen check --period Q1: проверка перед печатью")
