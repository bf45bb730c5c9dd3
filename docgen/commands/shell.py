"""What all commands share: Russian help, common options, JSON answers, faults as sentences."""

from __future__ import annotations

import functools
import getpass
import importlib
import io
import json
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from docgen.commands import terminal
from docgen.commands.miscalled import miscalled, russian_notes
from docgen.core.errors import DocgenError, MediumFault
from docgen.core.findings import Finding
from docgen.core.progress import Progress, Silent
from docgen.core.reasons import reason
from docgen.pipeline.workspace import STORE_FAULT

REPORTS = ("html", "pdf", "xlsx")
"""Formats a report can be written in."""

STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""

FOLDER = click.Path(path_type=Path)

DAY = click.DateTime(["%d.%m.%Y", "%Y-%m-%d"])
"""A day as people write it; `--json` answers have it the other way round."""

_NO_TEXT = re.compile("[\ud800-\udfff]")


class _Russian:
    """Help in Russian: headings and the help option of click's commands."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first line: how to call."""
        pieces = [
            {"[OPTIONS]": "[КЛЮЧИ]", "COMMAND [ARGS]...": "КОМАНДА …"}.get(piece, piece)
            for piece in self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        ]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="Вызов: ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then the commands of a group."""
        rows = [
            record
            for param in self.get_params(ctx)  # type: ignore[attr-defined]
            if isinstance(param, click.Option)
            and (record := param.get_help_record(ctx)) is not None
        ]
        with formatter.section("Ключи"):
            formatter.write_dl([(keys, russian_notes(text)) for keys, text in rows])
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The help option, told in Russian."""
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
        """The commands with their first lines."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                rows.append((name, command.get_short_help_str(70)))
        with formatter.section("Команды"):
            formatter.write_dl(rows)


Group.group_class = Group


def workspace_option(command: Callable[..., Any]) -> Callable[..., Any]:
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


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command answer in JSON."""
    return click.option("--json", "as_json", is_flag=True, help="Ответ для программ, в JSON.")(
        command
    )


def class_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take one class or several."""
    return click.option(
        "--class",
        "classes",
        multiple=True,
        metavar="КЛАСС",
        help="Только этот класс; можно повторить.",
    )(command)


def who_option(told: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a command be told who answers for it; else the user of this computer does."""
    return click.option(
        "--who",
        metavar="ФИО",
        default="",
        callback=lambda _context, _option, value: value.strip() or user_name(),
        help=f"{told}; иначе – имя пользователя.",
    )


def user_name() -> str:
    """The user of this computer, "" where the system does not know one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def parity_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command lay recovery data beside the cases; 0 means what the settings say."""
    return click.option(
        "--parity",
        type=click.IntRange(0, 100),
        default=0,
        metavar="ПРОЦЕНТ",
        help="Положить рядом с делами данные восстановления par2, обычно 10; иначе – school.toml.",
    )(command)


def later(module: str) -> Any:
    """A module of the pipeline, loaded when it is needed: the page engine takes half a second."""
    return importlib.import_module(f"docgen.pipeline.{module}")


def progress_bars(*, as_json: bool) -> Progress:
    """Bars for people, silence for programs."""
    return Silent() if as_json else terminal.Bars()


def answer(*, ok: bool, findings: Sequence[Finding] = (), result: object = None) -> None:
    """The JSON answer of cli.md: nothing else goes to stdout.

    It is UTF-8 whatever the names of files are; what is none in them is written as in findings.
    """
    body = {"ok": ok, "findings": [item.as_json() for item in findings], "result": result}
    text = json.dumps(body, ensure_ascii=False, indent=1)
    click.echo(_NO_TEXT.sub(lambda match: f"\\\\u{ord(match[0]):x}", text))


def run(group: click.Group, arguments: Sequence[str]) -> int:
    """Run a command line; every fault becomes a sentence and an exit code (cli.md)."""
    as_json = not {"--json", "--format=json", "json"}.isdisjoint(arguments)
    try:
        code = group.main(args=list(arguments), prog_name="docgen", standalone_mode=False)
    except SystemExit as end:
        code = end.code
    except (click.Abort, KeyboardInterrupt):
        terminal.err.print(
            "\nОстановлено. Сделанное сохранено: запустите ту же команду, и работа продолжится."
        )
        code = STOPPED
    except click.exceptions.NoArgsIsHelpError as fault:
        click.echo(fault.ctx.get_help() if fault.ctx else "")
        code = 2
    except Exception as fault:  # noqa: BLE001 - the last net: people never see a traceback
        code = _told(_as_fault(fault), as_json=as_json)
    return code if isinstance(code, int) else 0


def _as_fault(fault: Exception) -> DocgenError:
    if isinstance(fault, DocgenError):
        return fault
    if isinstance(fault, click.ClickException):
        return miscalled(fault)
    if isinstance(fault, OSError):
        return _refused(fault)
    if isinstance(fault, STORE_FAULT):
        return MediumFault(
            f"данные журнала не читаются или не записываются ({fault})",
            where="journal.sqlite в рабочей папке",
            remedy="Проверьте диск и место на нём и повторите команду. Если файл испорчен, уберите"
            " его и загрузите журнал снова: docgen import.",
        )
    return _own_fault(fault)


def _told(fault: DocgenError, *, as_json: bool) -> int:
    if as_json:
        result = {"error": fault.message, "where": fault.where, "remedy": fault.remedy}
        answer(ok=False, findings=fault.findings, result=result)
    else:
        try:
            terminal.print_fault(fault)
        except OSError:  # where nobody can be told, the exit code still tells
            sys.stderr = io.StringIO()
    return fault.exit_code


def _own_fault(fault: Exception) -> DocgenError:
    """A fault of the program: the place in the code, no data."""
    place = traceback.extract_tb(fault.__traceback__)[-1]
    return DocgenError(
        "ошибка программы; данные не испорчены: каждый шаг пишет файл целиком или не пишет вовсе",
        where=f"{type(fault).__name__}, {Path(place.filename).name}:{place.lineno}",
        remedy="Повторите команду. Если не помогло, сообщите разработчикам эту строку.",
    )


def _refused(fault: OSError) -> DocgenError:
    """A refusal of the file system that no step has told better."""
    return MediumFault(
        f"файловая система отказала: {reason(fault)}",
        where=str(fault.filename or ""),
        remedy="Проверьте место на диске и права на папку, затем повторите команду.",
    )
