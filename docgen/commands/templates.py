"""Commands around templates and norms: what there is, what is ours, what was changed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import FOLDER, Command, Group, answer, json_option, workspace_option
from docgen.core.files import write_atomic
from docgen.core.findings import blocks
from docgen.pipeline import template_care
from docgen.pipeline.norms import NOT_CHECKED, Basis, foundations
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


@click.command("norms", cls=Command)
@json_option
@workspace_option
def norms_command(folder: Path, as_json: bool) -> None:
    """Показать правовые нормы, сроки хранения и номенклатуру дел.

    Что никто не сверял с текстом акта, то отмечено словами «не проверено».
    """
    told = foundations(open_workspace(folder).profile)
    if as_json:
        answer(ok=True, result=asdict(told))
        return
    terminal.say("Нормы (norms.toml)")
    _tell(told.norms)
    terminal.say("Сроки хранения (retention.toml)")
    _tell(told.retention)
    terminal.say("Номенклатура дел")
    for case in told.cases:
        doubt = "" if case.confirmed else f" – {NOT_CHECKED}"
        index = case.index or "индекс не задан"
        terminal.say(f"  {index}: {case.title}, {case.term}, {case.article}{doubt}")
    if told.unconfirmed:
        terminal.say(f"Не проверено записей: {told.unconfirmed}")
        terminal.next_step("сверьте их с текстами актов и впишите в них день сверки: checked")
    else:
        terminal.next_step("docgen templates list: документы, которые на этом основаны")


def _tell(bases: Iterable[Basis]) -> None:
    for basis in bases:
        source = f"{basis.source}; " if basis.source else ""
        terminal.say(f"  {basis.name}: {basis.text}")
        terminal.say(f"    {source}{basis.standing}")
