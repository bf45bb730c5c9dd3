"""Commands around documents outside volumes: print."""

from __future__ import annotations

import datetime as dt
import sys
from operator import itemgetter
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    DAY,
    Command,
    answer,
    class_option,
    json_option,
    progress_bars,
    workspace_option,
)
from docgen.core.clock import now
from docgen.core.errors import UsageFault
from docgen.pipeline.print_documents import (
    Printed,
    Wish,
    chosen_kind,
    kinds_by_audience,
    print_documents,
    read_formats,
)
from docgen.pipeline.runs import RunLog
from docgen.pipeline.workspace import open_workspace


@click.command("print", cls=Command)
@click.argument("name", required=False, metavar="[ДОКУМЕНТ]")
@click.option("--list", "listed", is_flag=True, help="Показать, что можно напечатать.")
@click.option("--period", "period", default="", metavar="ПЕРИОД", help="Q1…Q4, H1, H2, Y.")
@class_option
@click.option(
    "--person", "pupil", default="", metavar="ФАМИЛИЯ", help="Только для этого учащегося."
)
@click.option(
    "--format", "formats", default="", metavar="ВИДЫ", help="pdf, docx, xlsx через запятую."
)
@click.option("--from", "since", type=DAY, metavar="ДД.ММ.ГГГГ", help="С какого дня.")
@click.option("--to", "until", type=DAY, metavar="ДД.ММ.ГГГГ", help="По какой день.")
@click.option(
    "--details",
    type=click.Path(path_type=Path),
    metavar="ФАЙЛ",
    help="Таблица с логинами и паролями: читается и нигде не хранится.",
)
@click.option("--number", default="", metavar="НОМЕР", help="Номер приказа; иначе – следующий.")
@click.option("--date", "signed", type=DAY, metavar="ДД.ММ.ГГГГ", help="Дата приказа.")
@click.option("--new", is_flag=True, help="Ещё один приказ того же вида, с новым номером.")
@click.option("--blank", is_flag=True, help="Пустые бланки для заполнения от руки.")
@json_option
@workspace_option
def print_command(
    folder: Path,
    name: str | None,
    listed: bool,
    period: str,
    classes: tuple[str, ...],
    pupil: str,
    formats: str,
    since: dt.datetime | None,
    until: dt.datetime | None,
    details: Path | None,
    number: str,
    signed: dt.datetime | None,
    new: bool,
    blank: bool,
    as_json: bool,
) -> None:
    """Напечатать заявления, согласия, приказы, отчёты и другие документы.

    Каждый документ – отдельный файл, и ещё один – чтобы напечатать весь класс сразу.
    """
    if listed:
        _list(as_json=as_json)
        return
    if name is None:
        raise UsageFault("не сказано, что печатать", remedy="Список: docgen print --list.")
    kind = chosen_kind(name)
    wish = Wish(
        classes,
        period,
        pupil,
        read_formats(formats),
        blank=blank,
        since=since.date() if since else None,
        until=until.date() if until else None,
        details=details,
        number=number,
        signed=signed.date() if signed else None,
        new=new,
    )
    workspace = open_workspace(folder)
    with RunLog(workspace, "print") as log:
        printed = print_documents(
            workspace, kind, wish, now=now(), progress=progress_bars(as_json=as_json)
        )
        log.note(kind=kind.name, documents=printed.documents, findings=len(printed.findings))
    if as_json:
        result = {
            "kind": kind.name,
            "documents": printed.documents,
            "files": [str(path) for path in printed.files],
            "booklets": [str(path) for path in printed.booklets],
        }
        answer(ok=not printed.blocked, findings=printed.findings, result=result)
    else:
        _tell(printed)
    sys.exit(1 if printed.blocked else 0)


def _list(*, as_json: bool) -> None:
    groups = kinds_by_audience()
    if as_json:
        rows = [
            {
                "name": kind.name,
                "title": kind.title,
                "audience": audience,
                "ground": kind.ground,
                "formats": list(kind.formats),
                "needs": sorted(kind.needs),
            }
            for audience, kinds in groups.items()
            for kind in kinds
        ]
        answer(ok=True, result=sorted(rows, key=itemgetter("name")))
        return
    for audience, kinds in groups.items():
        terminal.say(f"{audience[:1].upper()}{audience[1:]}")
        for kind in kinds:
            terminal.say(f"  {kind.name}: {kind.title} – {', '.join(kind.formats)}")
    terminal.next_step("docgen print ДОКУМЕНТ --class 7А")


def _tell(printed: Printed) -> None:
    terminal.print_findings(printed.findings)
    terminal.say(f"{printed.kind.title}: документов {printed.documents}")
    if printed.booklets:
        for path in printed.booklets:
            terminal.say(f"  весь класс сразу: {path}")
        terminal.say(f"  по одному: {printed.files[0].parent}")
    else:
        for path in printed.files:
            terminal.say(f"  {path}")
    terminal.next_step(
        "заполните названные поля и напечатайте снова"
        if printed.blocked
        else "напечатайте файл и отдайте на подпись"
    )
