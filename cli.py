"""The commands of docgen: parse, call one pipeline function, print its report."""

from __future__ import annotations

import functools
import json
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

import docgen
from archive.audit import audit_media
from archive.medium import open_medium
from archive.register import Register
from archive.validation import Level
from docgen import terminal
from docgen.core.clock import now
from docgen.core.errors import DocgenError, MediumFault, UsageFault
from docgen.core.files import write_atomic
from docgen.core.findings import Finding, blocks
from docgen.core.progress import Progress, Silent
from docgen.journal.sources import sources as known_sources
from docgen.pipeline.bind import bind_period, bound_volumes, chosen_classes, chosen_period
from docgen.pipeline.check import check_period, report_html
from docgen.pipeline.close_period import Closed, close_period
from docgen.pipeline.demo import run_demo
from docgen.pipeline.imports import import_paths
from docgen.pipeline.initialise import initialise
from docgen.pipeline.runs import RunLog
from docgen.pipeline.sign import open_seal, sign_files, trust_store
from docgen.pipeline.verify import verify_path
from docgen.pipeline.workspace import Workspace, open_workspace
from signing.report import Conclusion
from signing.trust import TrustStore

STOPPED = 130


class _Russian:
    """Help in Russian: headings and the help option of click's commands."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = [
            {"[OPTIONS]": "[КЛЮЧИ]", "COMMAND [ARGS]...": "КОМАНДА …"}.get(piece, piece)
            for piece in self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        ]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="Вызов: ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [
            record
            for param in self.get_params(ctx)  # type: ignore[attr-defined]
            if (record := param.get_help_record(ctx)) is not None
        ]
        if rows:
            with formatter.section("Ключи"):
                formatter.write_dl(rows)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option: click.Option | None = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = "Показать эту справку."
        return option


class Command(_Russian, click.Command):
    """A command with Russian help."""


class Group(_Russian, click.Group):
    """A group of commands with Russian help."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                rows.append((name, command.get_short_help_str(70)))
        with formatter.section("Команды"):
            formatter.write_dl(rows)


Group.group_class = Group

FOLDER = click.Path(path_type=Path)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-w",
    "--workspace",
    type=FOLDER,
    default=Path(),
    metavar="ПАПКА",
    help="Рабочая папка школы (по умолчанию – текущая).",
)
@click.version_option(
    docgen.__version__, "--version", message="docgen %(version)s", help="Показать версию."
)
@click.pass_context
def cli(context: click.Context, workspace: Path) -> None:
    """Школьные документы из электронного журнала: печать, тома, подпись, архив на двух носителях."""
    context.obj = workspace


def _workspace_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take `-w` itself, besides the one before it."""

    @click.option(
        "-w",
        "--workspace",
        "own_workspace",
        type=FOLDER,
        metavar="ПАПКА",
        help="Рабочая папка школы.",
    )
    @click.pass_context
    @functools.wraps(command)
    def wrapped(
        context: click.Context, own_workspace: Path | None, *args: Any, **kwargs: Any
    ) -> Any:
        return command(own_workspace or context.obj, *args, **kwargs)

    return wrapped


def _json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Ответ для программ, в JSON.")(
        command
    )


def _class_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--class",
        "classes",
        multiple=True,
        metavar="КЛАСС",
        help="Только этот класс; можно повторить.",
    )(command)


def _progress(*, as_json: bool) -> Progress:
    return Silent() if as_json else terminal.Bars()


def _answer(*, ok: bool, findings: Sequence[Finding] = (), result: object = None) -> None:
    """The JSON answer of cli.md: nothing else goes to stdout."""
    body = {"ok": ok, "findings": [item.as_json() for item in findings], "result": result}
    click.echo(json.dumps(body, ensure_ascii=False, indent=1))


@cli.command("init")
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


@cli.command("sources")
@_json_option
def sources_command(as_json: bool) -> None:
    """Показать, какие форматы журнала читаются."""
    rows = [
        {"name": row.name, "title": row.title, "confirmed": row.confirmed}
        for row in known_sources()
    ]
    if as_json:
        _answer(ok=True, result=rows)
        return
    for row in rows:
        note = "" if row["confirmed"] else " – формат не подтверждён реальным файлом"
        terminal.say(f"{row['name']}: {row['title']}{note}")
    terminal.next_step("docgen import ФАЙЛ: формат определяется по содержимому")


@cli.command("import")
@click.argument("paths", nargs=-1, required=True, type=FOLDER, metavar="ФАЙЛ…")
@click.option("--source", "source_name", metavar="ИМЯ", help="Считать файлы этим форматом.")
@_json_option
@_workspace_option
def import_command(
    folder: Path, paths: tuple[Path, ...], source_name: str | None, as_json: bool
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
            progress=_progress(as_json=as_json),
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
        _answer(
            ok=True, findings=report.notes, result={"files": files, "repeated": report.repeated}
        )
        return
    terminal.print_import(report)
    terminal.next_step("docgen check --period Q1: проверка перед печатью")


@cli.command("check")
@click.option("--period", "code", required=True, metavar="ПЕРИОД", help="Q1…Q4, T1…T3, H1, H2.")
@_class_option
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    help="Как показать: text, json или html.",
)
@_json_option
@_workspace_option
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
    check = check_period(workspace, period, units, _progress(as_json=style != "text"))
    if style == "json":
        _answer(ok=not check.blocked, findings=check.findings, result=check.as_json())
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
            "исправьте замечания в электронном журнале, выгрузите его и загрузите снова: docgen import"
            if check.blocked
            else f"docgen close {period.code} --media ПЕРВЫЙ --media ВТОРОЙ"
        )
    sys.exit(1 if check.blocked else 0)


@cli.command("bind")
@click.argument("code", metavar="ПЕРИОД")
@_class_option
@_json_option
@_workspace_option
def bind_command(folder: Path, code: str, classes: tuple[str, ...], as_json: bool) -> None:
    """Собрать тома периода (PDF/A), не проверяя и не подписывая их."""
    workspace = open_workspace(folder)
    with workspace.open_journal() as journal:
        period = chosen_period(journal, code)
        units = chosen_classes(journal, period, classes)
    with RunLog(workspace, "bind") as log:
        volumes = bind_period(workspace, period, units, _progress(as_json=as_json))
        log.note(volumes=len(volumes), made=sum(volume.made for volume in volumes))
    if as_json:
        _answer(
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


@cli.command("sign")
@click.argument("targets", nargs=-1, required=True, metavar="ПЕРИОД|ФАЙЛ…")
@_json_option
@_workspace_option
def sign_command(folder: Path, targets: tuple[str, ...], as_json: bool) -> None:
    """Подписать тома периода или названные файлы ключом рабочего места.

    Файлы не меняются: подпись ложится рядом, с окончанием .p7s.
    """
    workspace = open_workspace(folder)
    seal = open_seal(workspace, now(), _ask_passphrase if sys.stdin.isatty() else None)
    paths: list[Path] = []
    for target in targets:
        if Path(target).is_file():
            paths.append(Path(target))
            continue
        with workspace.open_journal() as journal:
            period = chosen_period(journal, target)
            names = [unit.class_id for unit in journal.classes_of(period.code)]
        paths += [
            row.path for row in bound_volumes(workspace.volumes(period.year, period.code), names)
        ]
    if not paths:
        raise click.UsageError("подписывать нечего: сначала соберите тома, docgen bind ПЕРИОД")
    with RunLog(workspace, "sign") as log:
        signed = sign_files(paths, seal, _progress(as_json=as_json))
        log.note(files=len(signed), made=sum(row.made for row in signed))
    warnings = seal.signer.warnings(seal.at)
    if as_json:
        _answer(
            ok=True,
            findings=warnings,
            result=[
                {"file": str(row.path), "signature": str(row.signature), "made": row.made}
                for row in signed
            ],
        )
        return
    for row in signed:
        terminal.say(f"{row.signature}" + ("" if row.made else " (уже подписан)"))
    terminal.print_findings(warnings)
    terminal.next_step("docgen verify ФАЙЛ: проверить подпись")


def _ask_passphrase() -> str:
    answer: str = click.prompt("Парольная фраза ключа", hide_input=True)
    return answer


@cli.command("verify")
@click.argument("paths", nargs=-1, required=True, type=FOLDER, metavar="ПУТЬ…")
@click.option(
    "--trust",
    "trusted",
    multiple=True,
    type=FOLDER,
    metavar="ФАЙЛ",
    help="Корневой сертификат, которому доверять; можно повторить.",
)
@_json_option
@_workspace_option
def verify_command(
    folder: Path, paths: tuple[Path, ...], trusted: tuple[Path, ...], as_json: bool
) -> None:
    """Проверить файл с подписью рядом, дело или носитель.

    Ничего не меняет. Код завершения 0 только при TOTAL_PASSED у всего.
    """
    if trusted or not (folder / "school.toml").is_file():
        trust = TrustStore.from_paths(*trusted)
    else:
        trust = trust_store(open_workspace(folder))
    verdicts = [
        verify_path(path, trust=trust, at=now(), progress=_progress(as_json=as_json))
        for path in paths
    ]
    passed = all(verdict.conclusion is Conclusion.TOTAL_PASSED for verdict in verdicts)
    if as_json:
        _answer(
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


@cli.group("archive")
def archive_group() -> None:
    """Носители архива: проверка, реестр."""


@archive_group.command("audit")
@click.argument("folders", nargs=-1, required=True, type=FOLDER, metavar="НОСИТЕЛЬ…")
@click.option("--quick", "level", flag_value="quick", help="Наличие и размеры файлов.")
@click.option(
    "--full",
    "level",
    flag_value="full",
    default="full",
    help="Каждая контрольная сумма, мимо кэша (так по умолчанию).",
)
@_json_option
@_workspace_option
def audit_command(
    folder: Path, folders: tuple[Path, ...], level: str | None, as_json: bool
) -> None:
    """Проверить носители и сравнить экземпляры; ничего на них не менять."""
    media = [open_medium(item) for item in folders]
    register = None
    if (folder / "school.toml").is_file():
        register = Register(open_workspace(folder).register_file)
    report = audit_media(
        media,
        level=Level(level or "full"),
        register=register,
        progress=_progress(as_json=as_json),
        now=now(),
    )
    if as_json:
        _answer(ok=report.passed, findings=report.all_findings, result=report.as_json())
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


@archive_group.group("register")
def register_group() -> None:
    """Реестр архива."""


@register_group.command("rebuild")
@click.argument("folders", nargs=-1, required=True, type=FOLDER, metavar="НОСИТЕЛЬ…")
@_json_option
@_workspace_option
def rebuild_command(folder: Path, folders: tuple[Path, ...], as_json: bool) -> None:
    """Восстановить реестр по одним носителям; журнал проверок остаётся."""
    workspace = open_workspace(folder)
    register = Register(workspace.register_file)
    findings = register.rebuild([open_medium(item) for item in folders])
    if as_json:
        _answer(ok=not blocks(findings), findings=findings, result={"bags": len(register.bags())})
    else:
        terminal.print_findings(findings)
        terminal.say(
            f"Реестр восстановлен: носителей {len(register.volumes())}, записей о делах {len(register.bags())}."
        )
        terminal.next_step("docgen archive audit НОСИТЕЛЬ… --full: проверить сами файлы")
    sys.exit(1 if blocks(findings) else 0)


@cli.command("close")
@click.argument("code", metavar="ПЕРИОД")
@_class_option
@click.option(
    "--media",
    "media",
    multiple=True,
    type=FOLDER,
    metavar="ПАПКА",
    required=True,
    help="Носитель; ключ указывают дважды.",
)
@click.option(
    "--confirm-same-device",
    "confirmation",
    metavar="СЛОВА",
    help="Почему одно устройство допустимо и кто отвечает: печатается в акте.",
)
@_json_option
@_workspace_option
def close_command(
    folder: Path,
    code: str,
    classes: tuple[str, ...],
    media: tuple[Path, ...],
    confirmation: str | None,
    as_json: bool,
) -> None:
    """Закрыть период: проверка, тома, подпись, дела, две копии, сверка.

    Можно остановить (Ctrl-C) и запустить снова: сделанное не повторяется и не теряется.
    """
    workspace = open_workspace(folder)
    with workspace.open_journal() as journal:
        period = chosen_period(journal, code)
        units = chosen_classes(journal, period, classes)
    with RunLog(workspace, f"close-{period.code}") as log:
        closed = close_period(
            workspace,
            period,
            units,
            media,
            confirmation=confirmation,
            now=now(),
            progress=_progress(as_json=as_json),
        )
        log.note(classes=len(units), volumes=len(closed.volumes), cases=len(closed.cases))
    if as_json:
        _answer(ok=True, findings=closed.check.findings, result=_closed_json(closed))
    else:
        _print_closed(closed, workspace)


@cli.command("demo")
@click.argument("folder", type=FOLDER, default=Path("demo"), metavar="[ПАПКА]")
@_json_option
def demo_command(folder: Path, as_json: bool) -> None:
    """Показать всю дорогу на вымышленной школе: от журнала до двух носителей."""
    demo = run_demo(folder, now=now(), progress=_progress(as_json=as_json))
    if as_json:
        _answer(ok=True, findings=demo.closed.check.findings, result=_closed_json(demo.closed))
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
    terminal.say(f"  лист подписания:  {closed.signing_file}")
    if closed.stored.act:
        terminal.say(f"  акт передачи:     {closed.stored.act}")
    terminal.say("Копии сверены с исходными и между собой: расхождений нет.")
    terminal.say("Что сделать людям:")
    steps = [
        f"распечатать тома и лист подписания; учителя ({len(closed.signing.teachers)}) подписывают свои "
        "листы, на каждом – подпись, фамилия, дата",
        f"классные руководители ({len(closed.signing.class_teachers)}) подписывают титульные листы и ведомости",
        *(step[0].lower() + step[1:].rstrip(".") for step in closed.signing.steps),
        "подписать акт передачи и убрать носители в разные места",
    ]
    for number, step in enumerate(steps, start=1):
        terminal.say(f"  {number}. {step};" if number < len(steps) else f"  {number}. {step}.")
    terminal.next_step(f"откройте {closed.signing_file}")


def _usage(fault: click.ClickException) -> DocgenError:
    """What click says in English, in Russian and with a way out."""
    if isinstance(fault, click.NoSuchOption):
        near = ", ".join(fault.possibilities or ())
        return UsageFault(
            f"ключа {fault.option_name} нет",
            remedy=f"Возможно: {near}." if near else "Посмотрите справку: --help.",
        )
    if isinstance(fault, click.MissingParameter) and fault.param is not None:
        name = (
            fault.param.opts[0]
            if fault.param.param_type_name == "option"
            else (fault.param.metavar or "")
        )
        return UsageFault(f"не указано: {name}", remedy="Посмотрите справку: --help.")
    if isinstance(fault, click.BadParameter) and isinstance(
        getattr(fault.param, "type", None), click.Choice
    ):
        choices = ", ".join(fault.param.type.choices)  # type: ignore[union-attr]
        return UsageFault(
            f"такого значения у ключа {fault.param.opts[0]} нет",  # type: ignore[union-attr]
            remedy=f"Можно: {choices}.",
        )
    message = fault.format_message()
    if message.startswith("No such command"):
        return UsageFault(
            f"команды {message.split()[-1].strip('.')} нет".replace("'", "«", 1).replace("'", "»"),
            remedy="Список команд: docgen --help.",
        )
    if re.search("[а-яё]", message):
        return UsageFault(message)
    return UsageFault(
        "команда записана неверно", where=message, remedy="Посмотрите справку: --help."
    )


def _system(fault: OSError) -> DocgenError:
    """A refusal of the file system that no step has told better."""
    return MediumFault(
        f"файловая система отказала: {fault.strerror}",
        where=str(fault.filename or ""),
        remedy="Проверьте место на диске и права на папку, затем повторите команду.",
    )


def main() -> None:
    """Run the command line: every fault becomes a sentence and an exit code (cli.md)."""
    arguments = sys.argv[1:]
    as_json = "--json" in arguments
    try:
        code = cli.main(args=arguments, prog_name="docgen", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except DocgenError as fault:
        if as_json:
            _answer(
                ok=False,
                findings=fault.findings,
                result={"error": fault.message, "where": fault.where, "remedy": fault.remedy},
            )
        else:
            terminal.print_fault(fault)
        sys.exit(fault.exit_code)
    except (click.Abort, KeyboardInterrupt):
        terminal.err.print(
            "\nОстановлено. Сделанное сохранено: запустите ту же команду, и работа продолжится."
        )
        sys.exit(STOPPED)
    except click.ClickException as fault:
        terminal.print_fault(_usage(fault))
        sys.exit(2)
    except OSError as fault:
        terminal.print_fault(_system(fault))
        sys.exit(4)
    except Exception as fault:  # noqa: BLE001 - the last net: people never see a traceback
        place = traceback.extract_tb(fault.__traceback__)[-1]
        terminal.err.print(
            f"[bold red]Ошибка программы[/] ({type(fault).__name__}, {Path(place.filename).name}:{place.lineno}). "
            "Данные не испорчены: каждый шаг пишет файл целиком или не пишет вовсе.\n"
            "  Что сделать: повторите команду; если не помогло, сообщите разработчикам эту строку."
        )
        sys.exit(70)


if __name__ == "__main__":
    main()
