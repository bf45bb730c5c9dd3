"""The entry point `docgen`: all commands under one group, each loaded when it is called.

The page engine takes most of a second to load; `docgen check` need not wait for it.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

import docgen
from docgen.commands.shell import FOLDER, Group, run

COMMANDS = {
    "demo": "volumes:demo_command",
    "init": "journal:init_command",
    "sources": "journal:sources_command",
    "import": "journal:import_command",
    "journal": "journal_book:journal_commands",
    "check": "check:check_command",
    "print": "documents:print_command",
    "bind": "volumes:bind_command",
    "sign": "signing:sign_command",
    "verify": "verify:verify_command",
    "signing": "signing:signing_commands",
    "signatures": "signing:signatures_commands",
    "trust": "signing:trust_commands",
    "close": "volumes:close_command",
    "close-year": "year:close_year_command",
    "archive": "archive:archive_commands",
    "templates": "templates:templates_commands",
    "norms": "templates:norms_command",
}


class Commands(Group):
    """The group of all commands, in the order of the work."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name, loaded now; None when there is none."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(f"docgen.commands.{module}"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-w",
    "--workspace",
    type=FOLDER,
    default=Path(),
    metavar="ПАПКА",
    help="Рабочая папка школы (по умолчанию – текущая).",
)
@click.version_option(
    docgen.__version__,
    "--version",
    message="docgen %(version)s",
    help="Показать версию.",
)
@click.pass_context
def cli(context: click.Context, workspace: Path) -> None:
    """Школьные документы из электронного журнала: печать, тома, подпись, архив."""
    context.obj = workspace


def main() -> None:
    """Run `docgen` with the arguments of the process."""
    sys.exit(run(cli, sys.argv[1:]))


if __name__ == "__main__":
    main()
