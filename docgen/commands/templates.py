"""Commands around templates and norms: what there is, what is ours, what was changed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import FOLDER, Group, answer, json_option, workspace_option
from docgen.core.files import write_atomic
from docgen.core.findings import blocks
from docgen.pipeline import template_care
from docgen.pipeline.workspace import open_workspace


@click.group("templates", cls=Group)
def templates_commands() -> None:
    """Шаблоны документов: посмотреть, скопировать и изменить, проверить."""


@templates_commands.command("list")
@json_option
@workspace_option
def list_command(folder: Path, as_json: bool) -> None:
    """Показать все шаблоны и то, что в них изменила школа."""
    standing = template_care.standing_templates(open_workspace(folder).templates)
    if as_json:
        answer(
            ok=True,
            result=[
                {
                    "name": item.shelved.name,
                    "title": item.shelved.title,
                    "audience": item.shelved.audience,
                    "ground": item.shelved.ground,
                    "make": item.shelved.make,
                    "own_files": list(item.own_files),
                }
                for item in standing
            ],
        )
        return
    for item in standing:
        own = f" – своё: {', '.join(item.own_files)}" if item.own_files else ""
        shelved = item.shelved
        terminal.say(f"{shelved.name}: {shelved.title} ({shelved.ground}){own}")
    terminal.next_step("docgen templates copy ШАБЛОН: взять копию и изменить её")


@templates_commands.command("copy")
@click.argument("name", metavar="ШАБЛОН")
@click.option("--seen", is_flag=True, help="Изменения исходного шаблона перенесены в свою копию.")
@workspace_option
def copy_command(folder: Path, name: str, seen: bool) -> None:
    """Взять копию шаблона, чтобы изменить её.

    Копия ложится в templates/ШАБЛОН рабочей папки и заменяет исходный шаблон. Уберите её – и снова
    возьмётся исходный.
    """
    workspace = open_workspace(folder)
    shelved = template_care.chosen_template(name)
    for path in template_care.copy_template(shelved, workspace.templates, seen=seen):
        terminal.say(f"Копия: {path}")
    terminal.say(f"Имена, которые можно ставить в шаблон: {shelved.folder / 'README.md'}")
    terminal.next_step(f"измените копию, затем docgen templates preview {name}")


@templates_commands.command("check")
@json_option
@workspace_option
def check_command(folder: Path, as_json: bool) -> None:
    """Проверить свои шаблоны: каждый заполняется образцом, без данных школы."""
    findings = template_care.check_templates(open_workspace(folder).templates)
    blocked = blocks(findings)
    if as_json:
        answer(ok=not blocked, findings=findings)
    else:
        terminal.print_findings(findings)
        terminal.say(terminal.count_line(findings))
        terminal.next_step(
            "исправьте шаблоны и проверьте снова" if blocked else "docgen print --list"
        )
    sys.exit(1 if blocked else 0)


@templates_commands.command("preview")
@click.argument("name", metavar="ШАБЛОН")
@click.option("--out", type=FOLDER, metavar="ФАЙЛ", help="Куда записать PDF.")
@workspace_option
def preview_command(folder: Path, name: str, out: Path | None) -> None:
    """Сделать PDF шаблона, заполненного образцом."""
    workspace = open_workspace(folder)
    shelved = template_care.chosen_template(name)
    path = out or workspace.folder / "out" / "templates" / f"{name}.pdf"
    write_atomic(path, template_care.preview(shelved, workspace.templates))
    terminal.say(f"Образец: {path}")
    terminal.next_step("docgen templates check: проверка всех своих шаблонов")
