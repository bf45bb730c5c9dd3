"""Commands around signatures: sign, sign status, signing backends, trust, signatures renew."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from docgen.commands import terminal
from docgen.commands.shell import (
    DAY,
    FOLDER,
    Command,
    Group,
    answer,
    class_option,
    json_option,
    later,
    progress_bars,
    workspace_option,
)
from docgen.core.clock import now
from docgen.core.errors import UsageFault
from docgen.core.progress import Progress
from docgen.pipeline.renewal import DIGESTS, Kept, kept_records, renew
from docgen.pipeline.routes import Mark, Role, VolumeRoute, note_paper, period_routes, sign_as
from docgen.pipeline.runs import RunLog
from docgen.pipeline.sign import Key, Seal, SignedFile, open_seal, sign_files
from docgen.pipeline.signing_tools import tools
from docgen.pipeline.trust import add_trusted, offered, trusted
from docgen.pipeline.workspace import Workspace, open_workspace

STATUS = "status"


@click.command("sign", cls=Command)
@click.argument("targets", nargs=-1, required=True, metavar="ПЕРИОД|ФАЙЛ…")
@click.option(
    "--as",
    "role",
    type=click.Choice([str(role) for role in Role]),
    help="Кем: teacher, class-teacher, deputy, director. Без ключа – ключом рабочего места.",
)
@click.option(
    "--on-paper",
    "day",
    type=DAY,
    metavar="ДД.ММ.ГГГГ",
    help="Записать, что подписали на бумаге в этот день.",
)
@click.option("--person", default="", metavar="ФАМИЛИЯ", help="Кто подписал на бумаге.")
@click.option(
    "--backend", default="", metavar="СРЕДСТВО", help="Средство: docgen signing backends."
)
@click.option("--key", "key_file", type=FOLDER, metavar="ФАЙЛ", help="Файл ключа.")
@click.option("--certificate", type=FOLDER, metavar="ФАЙЛ", help="Файл сертификата.")
@click.option("--token", default="", metavar="МЕТКА", help="Токен или контейнер с ключом.")
@click.option(
    "--passphrase-file", type=FOLDER, metavar="ФАЙЛ", help="Файл с парольной фразой или ПИН-кодом."
)
@click.option(
    "--stamp", is_flag=True, help="Копия PDF с подписью внутри и отметкой об ЭП: ИМЯ_ep.pdf."
)
@click.option("--page", type=int, default=1, metavar="НОМЕР", help="На какой странице отметка.")
@class_option
@json_option
@workspace_option
def sign_command(
    folder: Path,
    targets: tuple[str, ...],
    role: str | None,
    day: dt.datetime | None,
    person: str,
    backend: str,
    key_file: Path | None,
    certificate: Path | None,
    token: str,
    passphrase_file: Path | None,
    stamp: bool,
    page: int,
    classes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Подписать тома периода или названные файлы.

    Файлы не меняются: подпись ложится рядом, с окончанием .p7s; подписи разных людей стоят в одном
    файле. docgen sign status ПЕРИОД показывает, кто подписал и чья очередь.
    """
    workspace = open_workspace(folder)
    if targets[0] == STATUS:
        if len(targets) != 2:  # noqa: PLR2004 - the word and the period
            raise UsageFault("не указано: ПЕРИОД", remedy="Например: docgen sign status Q1.")
        _status(workspace, targets[1], classes, as_json=as_json)
        return
    if day is not None:
        if role is None or len(targets) != 1:
            raise UsageFault(
                "не указано, кто подписал на бумаге",
                remedy="Например: docgen sign Q1 --as director --on-paper 30.10.2025.",
            )
        _paper(workspace, targets[0], Role(role), day.date(), person, classes, as_json=as_json)
        return
    key = Key(backend, key_file, certificate, passphrase_file, token)
    seal = open_seal(workspace, now(), _ask_passphrase if sys.stdin.isatty() else None, key)
    progress = progress_bars(as_json=as_json)
    files = [Path(target) for target in targets if Path(target).is_file()]
    periods = [target for target in targets if not Path(target).is_file()]
    _require_fitting(files, periods, role, stamp=stamp)
    if stamp:
        _stamp(files, seal, page, as_json=as_json)
        return
    with RunLog(workspace, "sign", alone=True) as log:
        signed = list(sign_files(files, seal, progress))
        for code in periods:
            signed += _sign_period(workspace, code, classes, role, seal, progress)
        log.note(files=len(signed), made=sum(row.made for row in signed))
    warnings = seal.signer.warnings(seal.at)
    if as_json:
        answer(
            ok=True,
            findings=warnings,
            result=[
                {"file": str(row.path), "signature": str(row.signature), "made": row.made}
                for row in signed
            ],
        )
        return
    for row in signed:
        terminal.say(f"{row.signature}" + ("" if row.made else " (уже подписан)"))
    terminal.print_findings(warnings)
    terminal.next_step(
        f"docgen sign status {periods[0]}" if periods else "docgen verify ФАЙЛ: проверить подпись"
    )


def _require_fitting(
    files: Sequence[Path], periods: Sequence[str], role: str | None, *, stamp: bool
) -> None:
    if stamp and (periods or not files):
        raise UsageFault("отметку ставят на названные файлы PDF", remedy="Назовите файл.")
    if role is not None and files:
        raise UsageFault(
            "роль бывает у томов периода, а не у отдельного файла",
            remedy="Подпишите период: docgen sign Q1 --as РОЛЬ, или файл без --as.",
        )


def _sign_period(
    workspace: Workspace,
    code: str,
    classes: Sequence[str],
    role: str | None,
    seal: Seal,
    progress: Progress,
) -> tuple[SignedFile, ...]:
    found = period_routes(workspace, code, classes, now())
    if role is None:
        return sign_files([row.volume.path for row in found], seal, progress)
    return sign_as(workspace, found, Role(role), seal, progress)


def _stamp(files: Sequence[Path], seal: Seal, page: int, *, as_json: bool) -> None:
    made = [later("stamp").stamp_copy(path, seal, page=page).signature for path in files]
    if as_json:
        answer(ok=True, result=[{"file": str(path)} for path in made])
        return
    for path in made:
        terminal.say(f"{path}")
    terminal.next_step("docgen verify ФАЙЛ: проверить подписи внутри PDF")


def _ask_passphrase() -> str:
    answer: str = click.prompt("Парольная фраза или ПИН-код ключа", hide_input=True)
    return answer


def _paper(
    workspace: Workspace,
    code: str,
    role: Role,
    day: dt.date,
    person: str,
    classes: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    found = period_routes(workspace, code, classes, now())
    count = note_paper(found, role, day, person=person, now=now())
    if as_json:
        answer(ok=True, result={"noted": count})
        return
    terminal.say(f"Записано подписей на бумаге: {count} ({role.label}, {day:%d.%m.%Y}).")
    terminal.next_step(f"docgen sign status {code}")


def _status(workspace: Workspace, code: str, classes: tuple[str, ...], *, as_json: bool) -> None:
    found = period_routes(workspace, code, classes, now())
    findings = [item for row in found for item in row.findings]
    waiting = sum(len(row.waiting) for row in found)
    if as_json:
        answer(ok=not findings, findings=findings, result=[_route_json(row) for row in found])
        sys.exit(1 if findings else 0)
    for row in found:
        terminal.say(f"{row.volume.card.class_id}: {row.volume.path.name}")
        for mark in row.marks:
            terminal.say(f"  {_mark_line(mark)}")
        for other in row.others:
            terminal.say(f"  сверх того подписано ключом: {other}")
        if row.waiting:
            step = row.waiting[0]
            terminal.say(f"  чья очередь: {step.role.label} {step.person}".rstrip())
    terminal.print_findings(findings)
    terminal.say(f"Томов: {len(found)}; подписей ещё нет: {waiting}.")
    terminal.next_step(
        f"docgen sign {code} --as РОЛЬ, на бумаге – с ключом --on-paper ДАТА"
        if waiting
        else f"docgen close {code}"
    )
    sys.exit(1 if findings else 0)


def _mark_line(mark: Mark) -> str:
    who = f"{mark.step.role.label}: {mark.step.person or 'не назван'}"
    if mark.step.sheets:
        who += f" (листы {mark.step.sheets})"
    if not mark.how:
        return f"{who} – ещё не подписано"
    told = f"{who} – {mark.how}, {mark.when}"
    if mark.certificate is not None:
        told += f", сертификат {mark.certificate.serial}"
    return told + ("" if mark.sound else ", НЕ ПОДТВЕРЖДЕНА")


def _route_json(row: VolumeRoute) -> dict[str, object]:
    return {
        "file": str(row.volume.path),
        "class": row.volume.card.class_id,
        "steps": [
            {
                "role": str(mark.step.role),
                "person": mark.step.person,
                "sheets": mark.step.sheets,
                "how": {"электронная": "electronic", "на бумаге": "paper"}.get(mark.how, ""),
                "day": mark.when,
                "certificate": mark.certificate.thumbprint if mark.certificate else None,
                "confirmed": mark.sound,
            }
            for mark in row.marks
        ],
        "others": list(row.others),
        "next": str(row.waiting[0].role) if row.waiting else None,
    }


@click.group("signing", cls=Group)
def signing_commands() -> None:
    """Средства подписи."""


@signing_commands.command("backends")
@json_option
def backends_command(as_json: bool) -> None:
    """Показать, чем можно подписывать на этом компьютере, и проверить каждое средство."""
    found = tools()
    if as_json:
        answer(
            ok=True,
            result=[
                {
                    "name": item.name,
                    "title": item.title,
                    "certified": item.certified,
                    "available": item.found.ok,
                    "why": item.found.why,
                    "remedy": item.found.remedy,
                    "self_test": item.trial.ok if item.trial else None,
                    "self_test_said": item.trial.sentence if item.trial else "",
                }
                for item in found
            ],
        )
        return
    for item in found:
        state = item.trial.sentence if item.trial else f"нет: {item.found.why}"
        terminal.say(f"{item.name}: {item.title}; {item.certified}")
        terminal.say(f"  {state}")
        if item.found.remedy:
            terminal.say(f"  {item.found.remedy}")
    terminal.say("Квалифицированную подпись делают только сертифицированные средства (63-ФЗ).")
    terminal.next_step("впишите средство в school.toml: [signing] backend")


@click.group("trust", cls=Group)
def trust_commands() -> None:
    """Удостоверяющие центры, которым доверяет школа."""


@trust_commands.command("add")
@click.argument("file", type=FOLDER, metavar="ФАЙЛ")
@click.option("--yes", is_flag=True, help="Не переспрашивать: отпечаток сверен.")
@json_option
@workspace_option
def trust_add_command(folder: Path, file: Path, yes: bool, as_json: bool) -> None:
    """Доверять сертификату удостоверяющего центра или службы штампов времени."""
    workspace = open_workspace(folder)
    found = offered(file, now())
    if not as_json:
        for item in found:
            terminal.say(f"{item.name}, до {item.until:%d.%m.%Y}")
            terminal.say(f"  отпечаток SHA-256: {item.thumbprint}")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageFault(
                "доверие подтверждает человек, а программа запущена не с клавиатуры",
                remedy="Сверьте отпечаток с тем, что назвал центр, и добавьте --yes.",
            )
        click.confirm("Отпечаток сверен с тем, что назвал центр?", abort=True)
    paths = add_trusted(workspace, found)
    if as_json:
        answer(ok=True, result=[str(path) for path in paths])
        return
    terminal.say(f"Добавлено: {', '.join(map(str, paths))}")
    terminal.next_step("docgen trust list")


@trust_commands.command("list")
@json_option
@workspace_option
def trust_list_command(folder: Path, as_json: bool) -> None:
    """Показать, кому школа доверяет."""
    rows = trusted(open_workspace(folder), now())
    if as_json:
        answer(
            ok=True,
            result=[
                {
                    "file": str(path),
                    "name": item.name,
                    "thumbprint": item.thumbprint,
                    "until": item.until.isoformat(),
                }
                for path, item in rows
            ],
        )
        return
    for path, item in rows:
        terminal.say(f"{item.name}, до {item.until:%d.%m.%Y}: {path}")
        terminal.say(f"  отпечаток SHA-256: {item.thumbprint}")
    terminal.next_step("docgen trust add ФАЙЛ: доверять ещё одному центру")


@click.group("signatures", cls=Group)
def signatures_commands() -> None:
    """Долгий срок подписей: штампы времени дел и их продление."""


@signatures_commands.command("renew")
@click.option("--due", "only_due", is_flag=True, help="Только те, срок которых подходит.")
@click.option(
    "--digest",
    type=click.Choice(list(DIGESTS)),
    default="sha512",
    help="Алгоритм хеша; другой, чем прежде, начинает новую цепочку.",
)
@json_option
@workspace_option
def renew_command(folder: Path, only_due: bool, digest: str, as_json: bool) -> None:
    """Поставить на дела штампы времени и продлить те, сертификат которых кончается (RFC 4998).

    Свидетельства лежат в папке evidence; проверить: docgen verify ФАЙЛ --evidence ДЕЛО.ers.
    """
    workspace = open_workspace(folder)
    with RunLog(workspace, "signatures-renew", alone=True) as log:
        done = renew(workspace, digest=digest, only_due=only_due, now=now())
        log.note(made=len(done.made), renewed=len(done.renewed))
    if as_json:
        answer(
            ok=True,
            result={
                "made": list(done.made),
                "renewed": list(done.renewed),
                "records": [_kept_json(item) for item in done.standing],
            },
        )
        return
    terminal.say(f"Новых свидетельств: {len(done.made)}, продлено: {len(done.renewed)}.")
    ends = [item.until for item in done.standing if item.until]
    if ends:
        terminal.say(f"Ближайшее продление – до {min(ends):%d.%m.%Y}.")
    terminal.next_step("docgen signatures renew --due: раз в месяц или по напоминанию")


@signatures_commands.command("list")
@json_option
@workspace_option
def records_command(folder: Path, as_json: bool) -> None:
    """Показать, до какого дня действуют штампы времени дел."""
    workspace = open_workspace(folder)
    found = kept_records(workspace)
    days = workspace.profile.signing.renew_days
    if as_json:
        answer(ok=True, result=[_kept_json(item) for item in found])
        return
    for item in found:
        until = f"до {item.until:%d.%m.%Y}" if item.until else "штампа нет"
        note = " – пора" if item.due(now(), days) else ""
        terminal.say(f"{item.name}: {until}{note}")
    terminal.next_step("docgen signatures renew --due")


def _kept_json(item: Kept) -> dict[str, object]:
    return {
        "case": item.name,
        "record": str(item.record),
        "until": item.until.isoformat() if item.until else None,
    }
