"""The command that builds cases: archive bundle."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    Command,
    answer,
    class_option,
    json_option,
    later,
    progress_bars,
    workspace_option,
)
from docgen.core.clock import now
from docgen.pipeline.runs import RunLog
from docgen.pipeline.workspace import open_workspace


@click.command("bundle", cls=Command)
@click.argument("code", metavar="ПЕРИОД")
@class_option
@json_option
@workspace_option
def bundle_command(folder: Path, code: str, classes: tuple[str, ...], as_json: bool) -> None:
    """Сложить собранные и подписанные тома периода в дела (BagIt), не записывая на носители."""
    workspace = open_workspace(folder)
    with RunLog(workspace, "archive-bundle", alone=True) as log:
        cases = later("bundle").bundle_period(
            workspace, code, classes, now(), progress_bars(as_json=as_json)
        )
        log.note(cases=len(cases), made=sum(case.bag.created for case in cases))
    if as_json:
        answer(
            ok=True,
            result=[
                {
                    "case": case.bag.path.name,
                    "path": str(case.bag.path),
                    "tagmanifest_sha512": case.bag.tagmanifest_sha512,
                    "made": case.bag.created,
                }
                for case in cases
            ],
        )
        sys.exit(0)
    for case in cases:
        terminal.say(f"{case.bag.path}" + ("" if case.bag.created else " (без изменений)"))
    terminal.next_step(f"docgen archive copy {code} --media ПЕРВЫЙ --media ВТОРОЙ")
