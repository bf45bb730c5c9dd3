"""The year's end: close-year."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.archive_terms import print_due
from docgen.commands.shell import (
    FOLDER,
    Command,
    answer,
    json_option,
    parity_option,
    progress_bars,
    user_name,
    workspace_option,
)
from docgen.core.clock import now
from docgen.pipeline.close_year import ClosedYear, close_year
from docgen.pipeline.runs import RunLog
from docgen.pipeline.workspace import Workspace, open_workspace


@click.command("close-year", cls=Command)
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
def close_year_command(
    folder: Path,
    media: tuple[Path, ...],
    confirmation: str | None,
    parity: int,
    as_json: bool,
) -> None:
    """Закрыть учебный год: все периоды, сводные ведомости, две копии, следующий год.

    Можно остановить (Ctrl-C) и запустить снова: сделанное не повторяется и не теряется.
    """
    workspace = open_workspace(folder)
    with RunLog(workspace, "close-year", alone=True) as log:
        closed = close_year(
            workspace,
            media or workspace.media_folders,
            confirmation=confirmation,
            parity=parity or workspace.profile.archive.parity,
            now=now(),
            who=user_name(),
            progress=progress_bars(as_json=as_json),
        )
        log.note(
            periods=len(closed.periods),
            cases=sum(len(kept.cases) for kept in closed.periods),
            next_year_open=closed.start is not None,
        )
    if as_json:
        answer(ok=closed.start is not None, findings=closed.findings, result=_json(closed))
    else:
        _print(closed, workspace)
    sys.exit(0 if closed.start else 1)


def _json(closed: ClosedYear) -> dict[str, object]:
    following = closed.following
    return {
        "year": closed.year,
        "periods": [
            {
                "period": kept.check.period.code,
                "classes": len(kept.check.classes),
                "volumes": [str(volume.path) for volume in kept.volumes],
                "cases": [case.bag.path.name for case in kept.cases],
                "act": str(kept.stored.act) if kept.stored.act else None,
                "signing_list": str(kept.signing_file),
            }
            for kept in closed.periods
        ],
        "audit": closed.audit.as_json(),
        "orders_not_in_a_case": [order.number for order in closed.unfiled],
        "next_year": {
            "year": following.year,
            "classes": list(following.classes),
            "moved": following.moved,
            "kept": following.kept,
            "finished": following.finished,
            "start": str(closed.start) if closed.start else None,
        },
    }


def _print(closed: ClosedYear, workspace: Workspace) -> None:
    """What was made, what the next year begins with, what people must do till the deadline."""
    terminal.print_findings(closed.findings)
    terminal.say("")
    terminal.say(f"{closed.year} учебный год закрыт.")
    for kept in closed.periods:
        sheets = sum(volume.card.sheets for volume in kept.volumes)
        made = sum(volume.made for volume in kept.volumes)
        terminal.say(
            f"  {kept.check.period.name}: классов {len(kept.check.classes)}, томов "
            f"{len(kept.volumes)} (новых {made}), {terminal.sheets(sheets)}, дел {len(kept.cases)}"
        )
    terminal.say("Где лежит:")
    terminal.say(f"  тома и подписи:   {closed.periods[-1].volumes[0].path.parent.parent}")
    terminal.say(f"  дела (BagIt):     {workspace.bundles}")
    for medium in closed.periods[-1].stored.media:
        terminal.say(f"  {medium.role.label}: {medium.folder}")
    for kept in closed.periods:
        terminal.say(f"  лист подписания ({kept.check.period.code}): {kept.signing_file}")
        if kept.stored.act:
            terminal.say(f"  акт передачи ({kept.check.period.code}):    {kept.stored.act}")
    terminal.say("Копии сверены с исходными и между собой: расхождений нет.")
    _print_following(closed)
    terminal.say(f"Что сделать людям ({workspace.profile.norm('media.year_end').text}):")
    steps = [
        "распечатать тома и листы подписания, которых ещё нет на бумаге",
        "учителя и классные руководители подписывают листы и титулы, заместитель и директор – тома",
        "приказы: docgen print order-year-end и docgen print order-promotion",
        "подписать акты передачи и убрать носители в разные места",
    ]
    if closed.unfiled:
        numbers = ", ".join(f"№ {order.number}" for order in closed.unfiled)
        steps.append(f"приказы, которых нет в деле ({numbers}): docgen archive papers orders СКАНЫ")
    for number, step in enumerate(steps, start=1):
        terminal.say(f"  {number}. {step};" if number < len(steps) else f"  {number}. {step}.")
    print_due(workspace)
    terminal.next_step(
        f"когда начнётся {closed.following.year} учебный год: docgen import ФАЙЛ"
        if closed.start
        else "внесите решения педсовета, загрузите журнал и повторите docgen close-year"
    )


def _print_following(closed: ClosedYear) -> None:
    following = closed.following
    if closed.start is None:
        terminal.say(
            f"{following.year} учебный год не открыт: неизвестно, куда переходят "
            f"учащиеся ({len(following.findings)}), они названы выше."
        )
        return
    terminal.say(
        f"{following.year} учебный год: классов {len(following.classes)} без первых; переведено "
        f"{following.moved}, оставлено {following.kept}, выпущено {following.finished}."
    )
    terminal.say(f"  списки нового года: {closed.start}")
