"""Commands around volumes: bind, close, demo."""

from __future__ import annotations

from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.archive_terms import print_due
from docgen.commands.shell import (
    FOLDER,
    Command,
    answer,
    class_option,
    json_option,
    parity_option,
    progress_bars,
    user_name,
    workspace_option,
)
from docgen.core.clock import now
from docgen.pipeline.bind import bind_period
from docgen.pipeline.close_period import Closed, close_period
from docgen.pipeline.demo import run_demo
from docgen.pipeline.runs import RunLog
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.workspace import Workspace, open_workspace


@click.command("bind", cls=Command)
@click.argument("code", metavar="ПЕРИОД")
@class_option
@json_option
@workspace_option
def bind_command(folder: Path, code: str, classes: tuple[str, ...], as_json: bool) -> None:
    """Собрать тома периода (PDF/A), не проверяя и не подписывая их."""
    workspace = open_workspace(folder)
    with workspace.open_journal() as journal:
        period = chosen_period(journal, code)
        units = chosen_classes(journal, period, classes)
    with RunLog(workspace, "bind", alone=True) as log:
        volumes = bind_period(workspace, period, units, progress_bars(as_json=as_json))
        log.note(volumes=len(volumes), made=sum(volume.made for volume in volumes))
    if as_json:
        answer(
            ok=True,
            result=[
                {
                    "file": str(volume.path),
                    "class": volume.card.class_id,
                    "sheets": volume.card.sheets,
                    "sha512": volume.card.sha512,
                    "made": volume.made,
                }
                for volume in volumes
            ],
        )
        return
    for volume in volumes:
        note = "" if volume.made else " (без изменений)"
        terminal.say(
            f"{volume.card.class_id}: {terminal.sheets(volume.card.sheets)}: {volume.path}{note}"
        )
    terminal.next_step(f"docgen sign {period.code}")


@click.command("close", cls=Command)
@click.argument("code", metavar="ПЕРИОД")
@class_option
@click.option(
    "--media",
    "media",
    multiple=True,
    type=FOLDER,
    metavar="ПАПКА",
    help="Носитель; ключ указывают дважды. Без него – папки из school.toml.",
)
@click.option(
    "--confirm-same-device",
    "confirmation",
    metavar="СЛОВА",
    help="Почему одно устройство допустимо и кто отвечает: печатается в акте.",
)
@parity_option
@json_option
@workspace_option
def close_command(
    folder: Path,
    code: str,
    classes: tuple[str, ...],
    media: tuple[Path, ...],
    confirmation: str | None,
    parity: int,
    as_json: bool,
) -> None:
    """Закрыть период: проверка, тома, подпись, дела, две копии, сверка.

    Можно остановить (Ctrl-C) и запустить снова: сделанное не повторяется и не теряется.
    """
    workspace = open_workspace(folder)
    with workspace.open_journal() as journal:
        period = chosen_period(journal, code)
        units = chosen_classes(journal, period, classes)
    with RunLog(workspace, f"close-{period.code}", alone=True) as log:
        closed = close_period(
            workspace,
            period,
            units,
            media or workspace.media_folders,
            confirmation=confirmation,
            parity=parity or workspace.profile.archive.parity,
            now=now(),
            who=user_name(),
            progress=progress_bars(as_json=as_json),
        )
        log.note(classes=len(units), volumes=len(closed.volumes), cases=len(closed.cases))
    if as_json:
        answer(ok=True, findings=closed.check.findings, result=_closed_json(closed))
    else:
        _print_closed(closed, workspace)


@click.command("demo", cls=Command)
@click.argument("folder", type=FOLDER, default=Path("demo"), metavar="[ПАПКА]")
@json_option
def demo_command(folder: Path, as_json: bool) -> None:
    """Показать всю дорогу на вымышленной школе: от журнала до двух носителей."""
    demo = run_demo(folder, now=now(), progress=progress_bars(as_json=as_json))
    if as_json:
        answer(ok=True, findings=demo.closed.check.findings, result=_closed_json(demo.closed))
        return
    terminal.say("Вымышленная школа прошла всю дорогу; людей и событий таких нет.")
    terminal.say(f"Файлы журнала: {folder / 'journal'}")
    _print_closed(demo.closed, demo.workspace)


def _closed_json(closed: Closed) -> dict[str, object]:
    return {
        "volumes": [str(volume.path) for volume in closed.volumes],
        "sheets": sum(volume.card.sheets for volume in closed.volumes),
        "cases": [case.bag.path.name for case in closed.cases],
        "copies": closed.stored.copies.as_json(),
        "audit": closed.audit.as_json(),
        "act": str(closed.stored.act) if closed.stored.act else None,
        "signing_list": str(closed.signing_file),
    }


def _print_closed(closed: Closed, workspace: Workspace) -> None:
    """What was made, where it lies, what people must do now."""
    sheets = sum(volume.card.sheets for volume in closed.volumes)
    made = sum(volume.made for volume in closed.volumes)
    terminal.print_findings(closed.check.findings)
    terminal.say("")
    terminal.say(
        f"{closed.check.period.name}: классов {len(closed.check.classes)}, томов "
        f"{len(closed.volumes)} (новых {made}), {terminal.sheets(sheets)}, дел {len(closed.cases)}."
    )
    terminal.say("Где лежит:")
    terminal.say(f"  тома и подписи:   {closed.volumes[0].path.parent}")
    terminal.say(f"  дела (BagIt):     {workspace.bundles}")
    for medium in closed.stored.media:
        terminal.say(f"  {medium.role.label}: {medium.folder}")
    terminal.say("  наклейки, паспорта: label.pdf и passport.pdf в папке docs каждого носителя")
    terminal.say(f"  лист подписания:  {closed.signing_file}")
    if closed.stored.act:
        terminal.say(f"  акт передачи:     {closed.stored.act}")
    terminal.say("Копии сверены с исходными и между собой: расхождений нет.")
    terminal.say("Что сделать людям:")
    steps = [
        "распечатать тома и лист подписания",
        f"учителя ({len(closed.signing.teachers)}) подписывают свои листы: подпись, фамилия, дата",
        f"классные руководители ({len(closed.signing.class_teachers)}) – титулы и ведомости",
        *(step[0].lower() + step[1:].rstrip(".") for step in closed.signing.steps),
        "подписать акт передачи и убрать носители в разные места",
    ]
    for number, step in enumerate(steps, start=1):
        terminal.say(f"  {number}. {step};" if number < len(steps) else f"  {number}. {step}.")
    print_due(workspace)
    terminal.next_step(f"откройте {closed.signing_file}")
