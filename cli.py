"""The entry point `docgen`: all commands under one group."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import docgen
from docgen.commands.archive import archive_commands
from docgen.commands.journal import check_command, import_command, init_command, sources_command
from docgen.commands.shell import FOLDER, Group, run
from docgen.commands.volumes import (
    bind_command,
    close_command,
    demo_command,
    sign_command,
    verify_command,
)


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
    docgen.__version__,
    "--version",
    message="docgen %(version)s",
    help="Показать версию.",
)
@click.pass_context
def cli(context: click.Context, workspace: Path) -> None:
    """Школьные документы из электронного журнала: печать, тома, подпись, архив."""
    context.obj = workspace


for command in (
    demo_command,
    init_command,
    sources_command,
    import_command,
    check_command,
    bind_command,
    sign_command,
    verify_command,
    close_command,
    archive_commands,
):
    cli.add_command(command)


def main() -> None:
    """Run `docgen` with the arguments of the process."""
    sys.exit(run(cli, sys.argv[1:]))


if __name__ == "__main__":
    main()
