"""Commands for a copy that travels: keys, encrypting, opening."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    FOLDER,
    Command,
    answer,
    json_option,
    progress_bars,
)
from docgen.core.clock import now
from docgen.pipeline.travel import new_identity, open_copy, seal_copy


@click.command("travel-key", cls=Command)
@click.argument("file", type=FOLDER, metavar="ФАЙЛ")
@json_option
def travel_key_command(file: Path, as_json: bool) -> None:
    """Сделать пару ключей для перевозимых копий.

    Закрытый ключ ложится в файл, открытый печатается: им шифруют.
    """
    public = new_identity(file)
    if as_json:
        answer(ok=True, result={"public": public, "file": str(file)})
        return
    terminal.say(f"Открытый ключ: {public}")
    terminal.say(f"Закрытый ключ: {file}. Храните его отдельно от копий: без него их не открыть.")
    terminal.next_step(
        "docgen archive encrypt НОСИТЕЛЬ --recipient КЛЮЧ --recipient КЛЮЧ --out ФАЙЛ"
    )


@click.command("encrypt", cls=Command)
@click.argument("folder", type=FOLDER, metavar="ПАПКА")
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    required=True,
    metavar="КЛЮЧ",
    help="Открытый ключ получателя (age1…); нужны хотя бы два.",
)
@click.option("--out", type=FOLDER, required=True, metavar="ФАЙЛ", help="Куда: ИМЯ.tar.age")
@json_option
def encrypt_command(folder: Path, recipients: tuple[str, ...], out: Path, as_json: bool) -> None:
    """Зашифровать копию дела или носителя для перевозки.

    Экземпляры архива остаются открытыми: шифруется только эта копия. Это дополнительная защита,
    не сертифицированное СКЗИ.
    """
    copy = seal_copy(folder, out, recipients, now=now(), progress=progress_bars(as_json=as_json))
    if as_json:
        answer(
            ok=True,
            result={
                "file": str(copy.path),
                "note": str(copy.note),
                "bytes": copy.size,
                "sha512": copy.sha512,
                "files": copy.files,
            },
        )
        return
    terminal.say(f"Зашифровано файлов: {copy.files}: {copy.path}")
    terminal.say(f"Как открыть и проверить, написано рядом: {copy.note}")
    terminal.next_step(f"откройте копию для пробы: docgen archive decrypt {copy.path}")


@click.command("decrypt", cls=Command)
@click.argument("file", type=FOLDER, metavar="ФАЙЛ")
@click.option(
    "--identity", type=FOLDER, required=True, metavar="КЛЮЧ", help="Файл закрытого ключа."
)
@click.option("--out", type=FOLDER, required=True, metavar="ПАПКА", help="Новая папка.")
@json_option
def decrypt_command(file: Path, identity: Path, out: Path, as_json: bool) -> None:
    """Открыть зашифрованную копию в новую папку и проверить в ней каждый файл."""
    opened = open_copy(file, identity, out, now=now(), progress=progress_bars(as_json=as_json))
    if as_json:
        answer(
            ok=not opened.findings,
            findings=opened.findings,
            result={"folder": str(opened.folder), "files": opened.files},
        )
    else:
        terminal.print_findings(opened.findings)
        terminal.say(f"Открыто файлов: {opened.files}: {opened.folder}")
        terminal.next_step(
            "эта копия повреждена: попросите прислать её снова"
            if opened.findings
            else "все контрольные суммы совпали, копией можно пользоваться"
        )
    sys.exit(1 if opened.findings else 0)
