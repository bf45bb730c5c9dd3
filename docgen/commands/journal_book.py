"""Commands that look at the journal: show, diff, export."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from docgen import russian
from docgen.commands import terminal
from docgen.commands.journal_grid import bands, lesson_rows
from docgen.commands.shell import (
    FOLDER,
    Group,
    answer,
    class_option,
    json_option,
    progress_bars,
    workspace_option,
)
from docgen.pipeline.journal_diff import ClassDiff, State, again, diff_printed
from docgen.pipeline.journal_export import export_journal
from docgen.pipeline.journal_show import ClassShown, Page, show_class, show_classes
from docgen.pipeline.runs import RunLog
from docgen.pipeline.workspace import open_workspace

_CHANGES_SHOWN = 30
"""Changes of one class that are listed; the rest are counted, `--json` has them all."""


@click.group("journal", cls=Group)
def journal_commands() -> None:
    """Посмотреть журнал, сравнить с напечатанным, выгрузить."""


@journal_commands.command("show")
@click.option("--class", "class_name", metavar="КЛАСС", help="Класс, например 7А.")
@click.option("--subject", metavar="ПРЕДМЕТ", help="Предмет; можно начало названия.")
@click.option(
    "--period", "code", metavar="ПЕРИОД", help="Q1…Q4, T1…T3, H1, H2; иначе последний с уроками."
)
@click.option("--student", metavar="УЧЕНИК", help="Только этот ученик; можно начало фамилии.")
@json_option
@workspace_option
def show_command(
    folder: Path,
    class_name: str | None,
    subject: str | None,
    code: str | None,
    student: str | None,
    as_json: bool,
) -> None:
    """Показать журнал: классы, предметы класса, страницу предмета.

    Ничего не меняет. Страница предмета такая же, как в бумажном журнале: отметки и пропуски по
    датам, средний балл, отметка за период, ниже темы уроков и домашние задания.
    """
    workspace = open_workspace(folder)
    if class_name is None:
        classes = show_classes(workspace)
        if as_json:
            answer(ok=True, result=[asdict(line) for line in classes])
            return
        rows = [(line.class_id, line.teacher or "нет данных", str(line.pupils)) for line in classes]
        terminal.print_table(("Класс", "Классный руководитель", "Учеников"), rows, numbers={2})
        terminal.next_step("docgen journal show --class КЛАСС")
        return
    shown = show_class(workspace, class_name, period_code=code, subject=subject, student=student)
    if as_json:
        answer(ok=True, result=_as_json(shown))
    elif shown.pages:
        for page in shown.pages:
            _print_page(shown, page)
        terminal.next_step(f"docgen check --period {shown.period.code}: проверка перед печатью")
    else:
        _print_subjects(shown)


def _as_json(shown: ClassShown) -> dict[str, object]:
    pages = []
    for page in shown.pages:
        row = asdict(page)
        for lesson in row["lessons"]:
            lesson["date"] = lesson["date"].isoformat()
        pages.append(row)
    return {
        "class": shown.unit.class_id,
        "period": shown.period.code,
        "weighted": shown.weighted,
        "subjects": [asdict(line) for line in shown.subjects],
        "pages": pages,
    }


def _print_subjects(shown: ClassShown) -> None:
    terminal.say(f"{shown.unit.class_id}, {shown.period.name}")
    terminal.print_table(
        ("Предмет", "Учитель", "Уроков", "без темы", "Отметок", "Пропусков"),
        [
            (
                line.title,
                line.teacher or "нет данных",
                *map(str, (line.lessons, line.without_topic, line.marks, line.missed)),
            )
            for line in shown.subjects
        ],
        numbers={2, 3, 4, 5},
    )
    terminal.next_step(
        f"docgen journal show --class {shown.unit.class_id} --period {shown.period.code} "
        "--subject ПРЕДМЕТ"
    )


def _print_page(shown: ClassShown, page: Page) -> None:
    teacher = page.teacher or "нет данных"
    terminal.say(f"{shown.unit.class_id}, {page.title}, {shown.period.name}. Учитель: {teacher}")
    results = ("Ср.\nвзв." if shown.weighted else "Ср.\nбалл", shown.period.name.replace(" ", "\n"))
    for band in bands(page, results, terminal.out.width):
        terminal.print_table(band.titles, band.rows, numbers=band.numbers)
        terminal.say("")
    if any(lesson.number is None for lesson in page.lessons):
        terminal.say("№ урока: нет данных. Уроки одного дня стоят в порядке выгрузки.")
    terminal.print_table(("Дата", "№", "Тема", "Задание на дом", "Вид работы"), lesson_rows(page))
    terminal.say("")


@journal_commands.command("diff")
@click.argument("code", metavar="[ПЕРИОД]", required=False)
@class_option
@json_option
@workspace_option
def diff_command(folder: Path, code: str | None, classes: tuple[str, ...], as_json: bool) -> None:
    """Сравнить журнал с тем, что напечатано, и назвать тома, которые надо печатать заново.

    Ничего не меняет. Без периода сравниваются все напечатанные. Код завершения 1, если хоть один
    том надо печатать заново.
    """
    workspace = open_workspace(folder)
    diffs = diff_printed(workspace, code, classes, progress_bars(as_json=as_json))
    commands = again(diffs)
    if as_json:
        result = {"classes": [item.as_json() for item in diffs], "print_again": list(commands)}
        answer(ok=not commands, result=result)
    else:
        for item in diffs:
            _print_diff(item)
        _print_outcome(diffs, commands)
    sys.exit(1 if commands else 0)


def _print_diff(item: ClassDiff) -> None:
    terminal.say(f"{item.class_id}, {item.period.name}: {item.state.label}")
    for change in item.changes[:_CHANGES_SHOWN]:
        terminal.say(f"  {change}")
    if len(item.changes) > _CHANGES_SHOWN:
        rest = len(item.changes) - _CHANGES_SHOWN
        word = russian.plural(rest, "изменение", "изменения", "изменений")
        terminal.say(f"  … и ещё {rest} {word}; все: docgen journal diff --json")
    if item.state.again and item.signed:
        terminal.say("  Том подписан: прежний останется в папке earlier, новый надо подписать.")


def _print_outcome(diffs: tuple[ClassDiff, ...], commands: tuple[str, ...]) -> None:
    if not any(item.volumes for item in diffs):
        terminal.say("Напечатанных томов нет: сравнивать не с чем.")
        terminal.next_step("docgen bind ПЕРИОД")
    elif commands:
        terminal.next_step("; ".join(commands))
    elif any(item.state is State.LAYOUT for item in diffs):
        terminal.next_step(
            "перепечатывать не обязательно; docgen bind сделает такие тома заново по новым "
            "настройкам"
        )
    else:
        terminal.next_step("печатать заново ничего не нужно")


@journal_commands.command("export")
@click.argument("target", type=FOLDER, metavar="ПАПКА|ФАЙЛ.zip|ФАЙЛ.xlsx")
@class_option
@json_option
@workspace_option
def export_command(folder: Path, target: Path, classes: tuple[str, ...], as_json: bool) -> None:
    """Выгрузить журнал в «Школьный пакет»: папку с CSV, ZIP или книгу XLSX.

    Пакет загружается обратно командой import без потерь. Чужие файлы не перезаписываются. В
    пакете личные данные: храните его как сам журнал.
    """
    workspace = open_workspace(folder)
    with RunLog(workspace, "journal-export") as log:
        exported = export_journal(workspace, target, classes)
        rows = sum(count for _title, count in exported.tables)
        log.note(tables=len(exported.tables), rows=rows, made=exported.made)
    if as_json:
        result = {
            "path": str(exported.path),
            "classes": list(exported.classes),
            "tables": dict(exported.tables),
            "made": exported.made,
        }
        answer(ok=True, result=result)
        return
    terminal.print_table(
        ("Таблица", "Строк"),
        [(title, str(count)) for title, count in exported.tables],
        numbers={1},
    )
    note = "" if exported.made else " (уже выгружено, без изменений)"
    terminal.say(f"Пакет: {exported.path}{note}")
    terminal.next_step(f"docgen -w ДРУГАЯ_ПАПКА import {exported.path}: загрузить его обратно")
