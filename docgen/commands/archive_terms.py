"""Commands of the archive's terms: what is due, holds, disposal, the register."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    DAY,
    FOLDER,
    Command,
    Group,
    answer,
    json_option,
    later,
    progress_bars,
    who_option,
    workspace_option,
)
from docgen.core.clock import now
from docgen.core.errors import UsageFault
from docgen.core.files import write_atomic
from docgen.core.findings import blocks
from docgen.pipeline.audit import rebuild_register
from docgen.pipeline.holds import holds, lift_hold, place_hold
from docgen.pipeline.runs import RunLog
from docgen.pipeline.workspace import Workspace, open_workspace

_reason_option = click.option("--reason", required=True, metavar="ПРИЧИНА", help="Почему, словами.")
_who_option = who_option("Кто решил")


def print_due(workspace: Workspace) -> None:
    """The next three things to do, for the last lines of other commands."""
    pipeline, moment = later("due"), now()
    ends, _unknown = pipeline.ending_proofs(workspace, moment)
    items = pipeline.next_due(workspace, moment.date(), ends)
    if items:
        terminal.say("Ближайшие сроки архива (все: docgen archive due):")
    for item in items:
        terminal.say(f"  {item.day:%d.%m.%Y}: {item.what}")


@click.command("due", cls=Command)
@click.option("--on", "day", type=DAY, metavar="ДАТА", help="На какой день; иначе – сегодня.")
@click.option("--ics", type=FOLDER, metavar="ФАЙЛ", help="Записать сроки для календаря.")
@json_option
@workspace_option
def due_command(folder: Path, day: dt.datetime | None, ics: Path | None, as_json: bool) -> None:
    """Показать, что и когда пора сделать с архивом; код 1 – что-то просрочено или скоро."""
    workspace, moment = open_workspace(folder), now()
    on = day.date() if day else moment.date()
    pipeline = later("due")
    ends, unknown = pipeline.ending_proofs(workspace, moment)
    items = pipeline.due_items(workspace, on, ends)
    warn = workspace.profile.archive.calendar.warn_days
    if ics is not None:
        write_atomic(ics, pipeline.due_calendar(items, moment, warn))
    pressing = pipeline.is_pressing(items, on, warn)
    if as_json:
        rows = [
            {
                "key": item.key,
                "day": item.day.isoformat(),
                "state": item.state(on, warn).value,
                "what": item.what,
                "remedy": item.remedy,
                "basis": item.basis,
            }
            for item in items
        ]
        answer(ok=not pressing, result={"on": on.isoformat(), "items": rows, "unknown": unknown})
    else:
        terminal.print_table(
            ("Срок", "", "Что", "Что сделать"),
            [
                (f"{item.day:%d.%m.%Y}", item.state(on, warn).label, item.what, item.remedy)
                for item in items
            ],
        )
        if not items:
            terminal.say("Сроков нет: реестр пуст и журнал не загружен.")
        if unknown:
            terminal.say(f"Срок сертификата рабочего места – нет данных: {unknown}")
        if ics is not None:
            terminal.say(f"Календарь: {ics}")
        terminal.next_step(
            "начните с верхней строки" if pressing else "сейчас делать ничего не надо"
        )
    sys.exit(1 if pressing else 0)


@click.command("dispose", cls=Command)
@click.option("--act", "number", metavar="НОМЕР", help="Номер подписанного акта.")
@click.option("--signed", type=DAY, metavar="ДАТА", help="День, когда акт подписан.")
@click.option(
    "--media", "folders", multiple=True, type=FOLDER, metavar="НОСИТЕЛЬ", help="Папка носителя."
)
@click.option("--confirm", "confirmed", is_flag=True, help="Удалить дела, названные в акте.")
@_who_option
@json_option
@workspace_option
def dispose_command(
    folder: Path,
    number: str | None,
    signed: dt.datetime | None,
    folders: tuple[Path, ...],
    confirmed: bool,
    who: str,
    as_json: bool,
) -> None:
    """Составить акт о выделении к уничтожению; с номером подписанного акта – удалить дела.

    Без ключей ничего не удаляется: названы дела, сроки которых истекли, и акт готов к подписи.
    """
    if number is None:
        _propose(folder, as_json=as_json)
        return
    if signed is None or not folders or not confirmed:
        raise UsageFault(
            "чтобы удалить дела, нужны день подписания, носители и подтверждение",
            remedy=f"docgen archive dispose --act {number} --signed ДАТА"
            " --media ПЕРВЫЙ --media ВТОРОЙ --confirm",
        )
    workspace = open_workspace(folder)
    act = later("retention").read_act(workspace, number)
    if sys.stdin.isatty():
        _ask(number, len(act.cases))
    with RunLog(workspace, "archive-dispose", alone=True) as log:
        done = later("disposal").carry_out(
            workspace,
            number,
            signed=signed.date(),
            who=who,
            folders=folders,
            seal=later("sign").open_seal(workspace, now()),
            progress=progress_bars(as_json=as_json),
        )
        log.note(cases=sum(map(len, done.removed.values())), left=len(done.left))
    if as_json:
        result = {"act": number, "removed": done.removed, "bundles": done.bundles}
        answer(ok=True, findings=done.left, result=result)
        return
    for label, names in done.removed.items():
        terminal.say(f"{label}: удалено дел {len(names)}")
    terminal.say(f"Собранных дел в рабочей папке удалено: {len(done.bundles)}")
    terminal.print_findings(done.left)
    terminal.say("Тома этих дел в папке volumes рабочей папки не тронуты: удалите их сами.")
    terminal.next_step(
        "подключите второй носитель и повторите команду с ним"
        if done.left
        else "приложите к акту распечатку docs/disposed.csv с носителя"
    )


def _propose(folder: Path, *, as_json: bool) -> None:
    workspace, retention = open_workspace(folder), later("retention")
    proposal = retention.propose(workspace, now().date())
    written = retention.write_act(workspace, proposal) if proposal.cases else None
    if as_json:
        cases = [
            {"name": case.row.name, "until": case.until.isoformat()} for case in proposal.cases
        ]
        act = {"number": written.act.number, "paper": str(written.paper)} if written else None
        answer(ok=True, findings=proposal.findings, result={"cases": cases, "act": act})
        return
    terminal.print_findings(proposal.findings)
    if written is None:
        terminal.say("Дел, которые можно уничтожить, нет.")
        terminal.next_step("docgen archive due: когда истекает ближайший срок")
        return
    terminal.print_table(
        ("Дело", "Заголовок", "Срок истёк"),
        [(case.row.name, case.row.title, f"{case.until:%d.%m.%Y}") for case in proposal.cases],
    )
    terminal.say(f"Акт № {written.act.number}: {written.paper}")
    terminal.next_step(
        f"подпишите акт, затем: docgen archive dispose --act {written.act.number}"
        " --signed ДАТА --media ПЕРВЫЙ --media ВТОРОЙ --confirm"
    )


def _ask(number: str, count: int) -> None:
    terminal.say(f"По акту № {number} будет безвозвратно удалено дел: {count}.")
    typed = click.prompt("Наберите номер акта, чтобы удалить", default="", show_default=False)
    if typed.strip() != number:
        raise UsageFault("удаление не подтверждено; ничего не удалено")


@click.group("hold", cls=Group)
def hold_group() -> None:
    """Удержать дела от уничтожения: суд, проверка, спор."""


@hold_group.command("add")
@click.argument("case", metavar="ДЕЛО")
@_reason_option
@_who_option
@json_option
@workspace_option
def hold_add_command(folder: Path, case: str, reason: str, who: str, as_json: bool) -> None:
    """Удержать дело во всех его редакциях."""
    hold = place_hold(
        open_workspace(folder),
        case,
        reason=reason,
        who=who,
        today=now().date(),
    )
    if as_json:
        answer(ok=True, result=hold.model_dump(mode="json"))
        return
    terminal.say(f"Дело {hold.case} удержано: {hold.reason}")
    terminal.next_step(f"когда причина отпадёт: docgen archive hold lift {hold.case} --reason …")


@hold_group.command("lift")
@click.argument("case", metavar="ДЕЛО")
@_reason_option
@_who_option
@json_option
@workspace_option
def hold_lift_command(folder: Path, case: str, reason: str, who: str, as_json: bool) -> None:
    """Снять удержание; запись о нём останется."""
    hold = lift_hold(
        open_workspace(folder),
        case,
        reason=reason,
        who=who,
        today=now().date(),
    )
    if as_json:
        answer(ok=True, result=hold.model_dump(mode="json"))
        return
    terminal.say(f"Удержание дела {hold.case} снято: {hold.lifted_reason}")
    terminal.next_step("docgen archive dispose: какие дела можно уничтожить")


@hold_group.command("list")
@json_option
@workspace_option
def hold_list_command(folder: Path, as_json: bool) -> None:
    """Показать удержанные дела и снятые удержания."""
    found = holds(open_workspace(folder))
    if as_json:
        answer(ok=True, result=[hold.model_dump(mode="json") for hold in found])
        return
    terminal.print_table(
        ("Дело", "С какого дня", "Причина", "Кто", "Снято"),
        [
            (
                hold.case,
                f"{hold.placed:%d.%m.%Y}",
                hold.reason,
                hold.who,
                f"{hold.lifted:%d.%m.%Y}, {hold.lifted_reason}" if hold.lifted else "",
            )
            for hold in found
        ],
    )
    standing = sum(hold.lifted is None for hold in found)
    terminal.say(f"Удержано дел: {standing}")
    terminal.next_step("docgen archive due: сроки архива")


@click.group("register", cls=Group)
def register_group() -> None:
    """Реестр архива: собрать заново, проверить, выгрузить."""


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


@register_group.command("verify")
@json_option
@workspace_option
def verify_command(folder: Path, as_json: bool) -> None:
    """Проверить, не изменена и не пропала ли запись в журнале проверок."""
    findings = later("register").verify_register(open_workspace(folder))
    if as_json:
        answer(ok=not blocks(findings), findings=findings)
    else:
        terminal.print_findings(findings)
        terminal.say("Журнал проверок нарушен." if blocks(findings) else "Журнал проверок цел.")
        terminal.next_step(
            "верните реестр из резервной копии"
            if blocks(findings)
            else "docgen archive audit НОСИТЕЛЬ… --full: проверить сами носители"
        )
    sys.exit(1 if blocks(findings) else 0)


@register_group.command("export")
@click.argument("out", type=FOLDER, metavar="КУДА")
@json_option
@workspace_option
def export_command(folder: Path, out: Path, as_json: bool) -> None:
    """Выгрузить реестр в книгу (КУДА.xlsx) или в папку таблиц CSV."""
    paths = later("register").export_register(open_workspace(folder), out)
    if as_json:
        answer(ok=True, result=[str(path) for path in paths])
        return
    for path in paths:
        terminal.say(str(path))
    terminal.next_step("docgen archive register verify: проверить журнал проверок")
