"""The command that files signed papers: archive papers."""

from __future__ import annotations

from pathlib import Path

import click

from docgen import russian
from docgen.commands import terminal
from docgen.commands.shell import (
    FOLDER,
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
from docgen.pipeline.runs import RunLog
from docgen.pipeline.workspace import open_workspace


@click.command("papers", cls=Command)
@click.argument("kind", metavar="ВИД")
@click.argument("places", nargs=-1, type=FOLDER, metavar="[ФАЙЛ|ПАПКА…]")
@class_option
@click.option("--year", default="", metavar="ГОД", help="Учебный год; иначе – год журнала.")
@click.option(
    "--without",
    multiple=True,
    metavar="ИМЯ",
    help="Исключить сложенное по ошибке: имя файла из описи дела; можно повторить.",
)
@click.option("--reason", default="", metavar="ТЕКСТ", help="Почему исключить.")
@who_option("Кто исключает")
@json_option
@workspace_option
def papers_command(
    folder: Path,
    kind: str,
    places: tuple[Path, ...],
    classes: tuple[str, ...],
    year: str,
    without: tuple[str, ...],
    reason: str,
    who: str,
    as_json: bool,
) -> None:
    """Сложить подписанные бумаги в дела: приказы, согласия, заявления.

    ВИД: orders – приказы, consents – согласия на обработку персональных данных, applications –
    заявления о доступе и отказы. У каждого вида свой срок хранения (retention.toml), с журналами
    они в одно дело не попадают.

    В дело идут документы, которые напечатала программа и подписали ключом (.p7s рядом), и сканы
    подписанного на бумаге: PDF, JPEG, PNG, TIFF. Скан с именем напечатанного файла и есть этот
    документ. Неподписанные бланки в дело не идут. Что сложено раньше, остаётся и в новом деле,
    если его не исключить (--without). Файлы не меняются и не удаляются.
    """
    workspace, moment = open_workspace(folder), now()
    with RunLog(workspace, "archive-papers", alone=True) as log:
        filed = later("archive_papers").archive_papers(
            workspace,
            kind,
            places,
            class_names=classes,
            year=year,
            without=later("withdrawn").wish(without, reason=reason, who=who, day=moment.date()),
            now=moment,
            progress=progress_bars(as_json=as_json),
        )
        log.note(
            cases=len(filed.cases),
            made=sum(case.bag.created for case in filed.cases),
            documents=sum(case.documents for case in filed.cases),
            unsigned=filed.unsigned,
        )
    if as_json:
        rows = [
            {
                "case": case.bag.path.name,
                "path": str(case.bag.path),
                "title": case.title,
                "documents": case.documents,
                "sheets": case.sheets,
                "tagmanifest_sha512": case.bag.tagmanifest_sha512,
                "made": case.bag.created,
            }
            for case in filed.cases
        ]
        answer(ok=True, findings=filed.findings, result={"cases": rows, "unsigned": filed.unsigned})
        return
    terminal.print_findings(filed.findings)
    for case in filed.cases:
        terminal.say(f"{case.title}")
        standing = "" if case.bag.created else " (без изменений)"
        documents = russian.plural(case.documents, "документ", "документа", "документов")
        terminal.say(f"  {case.documents}\u00a0{documents}, {terminal.sheets(case.sheets)}")
        terminal.say(f"  {case.bag.path}{standing}")
    if filed.unsigned:
        terminal.say(f"Напечатано, но подписанного в деле нет: {filed.unsigned}.")
    terminal.next_step("docgen archive copy Y --media ПЕРВЫЙ --media ВТОРОЙ")
