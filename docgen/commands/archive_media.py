"""Commands that make media: prepare, copy, images of discs, burning."""

from __future__ import annotations

from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    FOLDER,
    Command,
    answer,
    json_option,
    parity_option,
    progress_bars,
    user_name,
    who_option,
    workspace_option,
)
from docgen.core.clock import now
from docgen.core.errors import UsageFault
from docgen.pipeline.copies import DiscTarget, capacity_of, copy_cases
from docgen.pipeline.images import BURN, Image, burn_image, make_image, note_image, verify_disc
from docgen.pipeline.media import ROLES, prepare_folder, try_folder
from docgen.pipeline.runs import RunLog
from docgen.pipeline.workspace import known_workspace, open_workspace

disc_option = click.option(
    "--disc",
    "size",
    metavar="РАЗМЕР",
    help="Какие диски: cd (700 МБ), dvd (4,7 ГБ), bd (25 ГБ) или число байтов.",
)


@click.command("prepare", cls=Command)
@click.argument("target", type=FOLDER, metavar="ПАПКА")
@click.option(
    "--role",
    type=click.Choice(list(ROLES)),
    required=True,
    help="primary – основной экземпляр, working – рабочий.",
)
@click.option("--inventory", required=True, metavar="НОМЕР", help="Инвентарный номер носителя.")
@click.option(
    "--pair",
    "partner",
    type=FOLDER,
    metavar="НОСИТЕЛЬ",
    help="Носитель с другим экземпляром того же архива.",
)
@json_option
@workspace_option
def prepare_command(
    folder: Path, target: Path, role: str, inventory: str, partner: Path | None, as_json: bool
) -> None:
    """Подготовить пустую папку (диск, флешку) как носитель архива.

    Ничего не стирает: папка с чужими файлами носителем не станет.
    """
    medium = prepare_folder(
        target,
        open_workspace(folder),
        inventory=inventory,
        role=ROLES[role],
        partner=partner,
        now=now(),
    )
    if as_json:
        result = {"volume": str(medium.identifier), "folder": str(target), "role": role}
        answer(ok=True, result=result)
        return
    terminal.say(f"Подготовлен {medium.label}")
    terminal.next_step(
        f"docgen archive copy ПЕРИОД --media {partner} --media {target}"
        if partner
        else f"подготовьте второй носитель с ключом --pair {target}"
    )


@click.command("try", cls=Command)
@click.argument("target", type=FOLDER, metavar="ПАПКА")
@json_option
def try_command(target: Path, as_json: bool) -> None:
    """Испытать новый носитель: заполнить его целиком и прочитать обратно.

    Поддельная флешка называет объём больше настоящего и теряет записанное; узнать это можно только
    так. Носитель должен быть пустым и останется пустым. На 16 ГБ уходит от получаса до двух часов.
    """
    trial = try_folder(target, progress=progress_bars(as_json=as_json))
    if as_json:
        answer(ok=True, result=trial.as_json())
        return
    terminal.say(f"Носитель хранит всё, что на него записали: {trial.told}.")
    terminal.next_step(f"docgen archive prepare {target} --role РОЛЬ --inventory НОМЕР")


@click.command("copy", cls=Command)
@click.argument("codes", nargs=-1, metavar="[ПЕРИОД…]")
@click.option(
    "--media", "media", multiple=True, type=FOLDER, metavar="ПАПКА", help="Носитель: один или два."
)
@click.option(
    "--image", "out", type=FOLDER, metavar="ФАЙЛ.iso", help="Второй экземпляр – образ диска."
)
@disc_option
@click.option("--inventory", default="", metavar="НОМЕР", help="Инвентарный номер диска.")
@click.option(
    "--confirm-same-device",
    "confirmation",
    metavar="СЛОВА",
    help="Почему одно устройство допустимо и кто отвечает: печатается в акте.",
)
@parity_option
@json_option
@workspace_option
def copy_command(
    folder: Path,
    codes: tuple[str, ...],
    media: tuple[Path, ...],
    out: Path | None,
    size: str | None,
    inventory: str,
    confirmation: str | None,
    parity: int,
    as_json: bool,
) -> None:
    """Записать собранные дела на два носителя: две папки или папку и диск.

    Без периода – дела всех периодов. Если дела не помещаются на один диск (--disc), они
    раскладываются целиком на несколько. Можно остановить и запустить снова.
    """
    workspace = open_workspace(folder)
    target = None
    if out is not None:
        if not inventory:
            raise UsageFault(
                "не указан инвентарный номер диска",
                remedy="Добавьте --inventory НОМЕР: он пишется на диск и печатается в акте.",
            )
        target = DiscTarget(out, inventory, capacity_of(size) if size else None)
    elif size or inventory:
        raise UsageFault(
            "ключи --disc и --inventory нужны только вместе с --image",
            remedy="Добавьте --image ФАЙЛ.iso или уберите их.",
        )
    with RunLog(workspace, "archive-copy", alone=True) as log:
        copied = copy_cases(
            workspace,
            codes,
            media or workspace.media_folders[: 1 if target else 2],
            target,
            confirmation=confirmation,
            parity=parity or workspace.profile.archive.parity,
            now=now(),
            who=user_name(),
            progress=progress_bars(as_json=as_json),
        )
        log.note(cases=copied.cases, images=len(copied.images))
    if as_json:
        acts = [str(act) for act in copied.acts]
        images = [_image_json(image) for image in copied.images]
        answer(ok=True, result={"cases": copied.cases, "acts": acts, "images": images})
        return
    terminal.say(f"Дел на носителях: {copied.cases}")
    for act in copied.acts:
        terminal.say(f"Акт передачи: {act}")
    for image in copied.images:
        _say_image(image)
    terminal.next_step(
        f"docgen archive burn {copied.images[0].path} --drive /dev/sr0"
        if copied.images
        else "docgen archive audit НОСИТЕЛЬ НОСИТЕЛЬ"
    )


@click.command("image", cls=Command)
@click.argument("medium", type=FOLDER, metavar="НОСИТЕЛЬ")
@click.option("--out", type=FOLDER, required=True, metavar="ФАЙЛ.iso", help="Куда записать образ.")
@disc_option
@json_option
def image_command(medium: Path, out: Path, size: str | None, as_json: bool) -> None:
    """Сделать образ оптического диска из готового носителя.

    Образ повторяет носитель вместе с его номером: это тот же экземпляр, а не второй.
    Второй экземпляр на диске делает docgen archive copy --image.
    """
    image = make_image(
        medium,
        out,
        capacity=capacity_of(size) if size else None,
        now=now(),
        progress=progress_bars(as_json=as_json),
    )
    if as_json:
        answer(ok=True, result=_image_json(image))
        return
    _say_image(image)
    terminal.next_step(f"docgen archive burn {out} --drive /dev/sr0")


@click.command("burn", cls=Command)
@click.argument("image", type=FOLDER, metavar="ФАЙЛ.iso")
@click.option("--drive", type=FOLDER, required=True, metavar="ПРИВОД", help="Например /dev/sr0.")
@click.option("--check", "check_only", is_flag=True, help="Не записывать, только сверить диск.")
@who_option("Кто записывает")
@json_option
@workspace_option
def burn_command(
    folder: Path, image: Path, drive: Path, check_only: bool, who: str, as_json: bool
) -> None:
    """Записать образ на пустой диск и сверить диск с образом.

    Записанные диски не стираются, на жёсткие диски и флешки образ не пишется.
    """
    done = verify_disc(image, drive) if check_only else burn_image(image, drive)
    if workspace := known_workspace(folder):
        note_image(workspace, done, BURN, at=now(), who=who)
    if as_json:
        answer(ok=True, result=_image_json(done))
        return
    terminal.say("Диск прочитан и совпадает с образом.")
    terminal.next_step("подпишите диск: на коробку – label.pdf из папки docs на этом диске")


def _image_json(image: Image) -> dict[str, object]:
    return {"file": str(image.path), "bytes": image.size, "sha512": image.sha512}


def _say_image(image: Image) -> None:
    terminal.say(f"Образ диска: {image.path}")
    terminal.say(f"  SHA-512 записана рядом: {image.path.name}.sha512")
