"""Commands that take out of the archive: find, extract, restore-drill."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    FOLDER,
    Command,
    answer,
    json_option,
    later,
    progress_bars,
    who_option,
    workspace_option,
)
from docgen.core.clock import now
from docgen.core.errors import UsageFault
from docgen.pipeline.archived import readable
from docgen.pipeline.find import find
from docgen.pipeline.runs import RunLog
from docgen.pipeline.sign import kept_evidence, open_seal, trust_store
from docgen.pipeline.workspace import known_workspace, open_workspace

media_option = click.option(
    "--media",
    "media",
    multiple=True,
    type=FOLDER,
    metavar="ПАПКА",
    help="Искать на этом носителе; можно повторить. Без ключа – в делах рабочей папки.",
)


@click.command("find", cls=Command)
@click.argument("query", default="", metavar="[СЛОВА]")
@click.option("--class", "class_id", default="", metavar="КЛАСС", help="Только этот класс.")
@click.option("--year", default="", metavar="ГОД", help="Учебный год, например 2025/2026.")
@media_option
@json_option
@workspace_option
def find_command(
    folder: Path, query: str, class_id: str, year: str, media: tuple[Path, ...], as_json: bool
) -> None:
    """Найти учащегося, учителя или предмет в делах архива.

    Слова можно не дописывать. Указатель с именами нигде не хранится: ищут в самих делах.
    """
    hits = find(known_workspace(folder), query, class_id=class_id, year=year, media=media)
    if as_json:
        answer(ok=bool(hits), result=[hit.as_json() for hit in hits])
        sys.exit(0 if hits else 1)
    for hit in hits:
        terminal.say(f"{hit.case}: {hit.title}")
        for found in hit.found[:10]:
            terminal.say(f"  {found}")
        if len(hit.found) > 10:  # noqa: PLR2004 - lines shown of a case
            terminal.say(f"  … и ещё {len(hit.found) - 10}")
        for copy in hit.copies:
            terminal.say(f"  лежит: {copy}")
    terminal.say(f"Найдено дел: {len(hits)}.")
    terminal.next_step(
        "docgen archive extract --person ФАМИЛИЯ --year ГОД: архивная выписка; "
        "--document ДЕЛО/ФАЙЛ: копия документа"
        if hits
        else "проверьте написание или укажите носители: --media ПАПКА"
    )
    sys.exit(0 if hits else 1)


@click.command("extract", cls=Command)
@click.option("--person", default="", metavar="ФАМИЛИЯ", help="О ком выписка: имя или ID.")
@click.option("--year", default="", metavar="ГОД", help="Учебный год, например 2025/2026.")
@click.option("--class", "class_id", default="", metavar="КЛАСС", help="Если имён несколько.")
@click.option("--document", default="", metavar="ДЕЛО/ФАЙЛ", help="Копия документа.")
@click.option("--out", type=FOLDER, metavar="ПАПКА", help="Куда положить.")
@click.option("--sign", "signed", is_flag=True, help="Подписать выписку ключом рабочего места.")
@media_option
@json_option
@workspace_option
def extract_command(
    folder: Path,
    person: str,
    year: str,
    class_id: str,
    document: str,
    out: Path | None,
    signed: bool,
    media: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Выдать из архива: выписку об учащемся за год или копию документа с доказательством.

    Всё берётся из дела, проверенного по его суммам, а не из журнала.
    """
    if bool(document) == bool(person):
        raise UsageFault(
            "не сказано, что выдать",
            remedy="Выписка: --person ФАМИЛИЯ --year 2025/2026. Копия: --document ДЕЛО/ФАЙЛ.",
        )
    if document:
        if out is None:
            raise UsageFault("не указано, куда положить копию", remedy="Добавьте --out ПАПКА.")
        with readable(media) as folders:
            made = later("extract").extract_document(
                known_workspace(folder), document, folders=list(folders), out=out, now=now()
            )
    else:
        if not year:
            raise UsageFault("не указан учебный год", remedy="Например: --year 2025/2026.")
        workspace = open_workspace(folder)
        with readable(media) as folders:
            made = later("extract").extract_pupil(
                workspace,
                person,
                year,
                class_id=class_id,
                folders=list(folders),
                out=out,
                seal=open_seal(workspace, now()) if signed else None,
            )
    if as_json:
        answer(
            ok=True,
            result={"case": made.case, "files": [str(path) for path in made.files]},
        )
        return
    terminal.say(f"{made.subject}, дело {made.case}")
    for path in made.files:
        terminal.say(f"  {path}")
    terminal.next_step(
        "проверить копию можно по списку рядом с ней: proiskhozhdenie.txt"
        if document
        else "напечатайте выписку, подпишите и поставьте печать"
    )


@click.command("restore-drill", cls=Command)
@click.argument("media", nargs=-1, required=True, type=FOLDER, metavar="НОСИТЕЛЬ…")
@click.option("--seed", type=int, metavar="ЧИСЛО", help="Каким числом выбирать дело.")
@who_option("Кто проводит")
@json_option
@workspace_option
def restore_drill_command(
    folder: Path, media: tuple[Path, ...], seed: int | None, who: str, as_json: bool
) -> None:
    """Учебное восстановление: взять с носителя случайное дело и доказать, что оно цело."""
    workspace = known_workspace(folder)
    chosen = secrets.randbelow(10**6) if seed is None else seed
    with readable(media) as folders:
        drill = later("restore_drill").restore_drill(
            list(folders),
            seed=chosen,
            trust=trust_store(workspace),
            evidence=kept_evidence(workspace),
            at=now(),
            progress=progress_bars(as_json=as_json),
        )
        if workspace is not None:
            later("restore_drill").note_drill(workspace, drill, list(folders), at=now(), who=who)
    if workspace is not None:
        with RunLog(workspace, "restore-drill") as log:
            log.note(case=drill.case, seed=chosen, passed=drill.passed)
    if as_json:
        answer(ok=drill.passed, findings=drill.findings, result={**drill.as_json(), "seed": chosen})
    else:
        terminal.print_findings(drill.findings)
        terminal.say(f"Дело {drill.case} восстановлено с {drill.source} (число {chosen}).")
        terminal.say(
            f"Файлов: {drill.files}, документов: {drill.documents}; сверено с другими "
            f"экземплярами: {len(drill.compared_with)}."
        )
        terminal.next_step(
            "дело цело, временные файлы удалены"
            if drill.passed
            else "docgen archive audit НОСИТЕЛЬ --full, затем repair"
        )
    sys.exit(0 if drill.passed else 1)
