"""Dispose of cases by a signed act: everything is asked before anything is removed (R12)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from archive.disposal import SignedAct, dispose_from_folder, dispose_from_medium, refusals
from archive.finish import finish_medium, refuse_damage
from archive.medium import Medium, open_medium
from archive.register import Register
from archive.tombstones import DISPOSED, lines_damaged, read_tombstones
from docgen.core.errors import Blocked, InputFault, UsageFault
from docgen.core.files import write_atomic
from docgen.core.findings import Finding, finding
from docgen.core.progress import Progress
from docgen.pipeline.case_files import json_bytes
from docgen.pipeline.holds import hold_on, holds, holds_kept
from docgen.pipeline.media_papers import list_judge, own_papers, remade
from docgen.pipeline.medium_papers import SEARCH_HINT
from docgen.pipeline.retention import Act, act_paper, last_day, read_act
from docgen.pipeline.sign import Seal
from docgen.pipeline.workspace import Workspace

DISPOSAL = "disposal"
"""The level of a disposal in the journal of checks."""


class Signature(BaseModel):
    """When an act was signed; it stands from the first removal on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signed: dt.date
    who: str


@dataclass(frozen=True, slots=True)
class Disposed:
    """What a run removed: names by medium label, built bags, and where cases still lie (AR-55)."""

    act: Act
    removed: dict[str, tuple[str, ...]]
    bundles: tuple[str, ...]
    left: tuple[Finding, ...]


def carry_out(
    workspace: Workspace,
    number: str,
    *,
    signed: dt.date,
    who: str,
    folders: Sequence[Path],
    seal: Seal,
    progress: Progress,
) -> Disposed:
    """Remove the cases of a signed act from media and from `bundles/`; stopped, it goes on.

    Media that are not given keep the cases, and that is told until their turn comes. Raises
    UsageFault for a wrong act or day, Blocked when a case may not go (AR-58), MediumFault.
    """
    with holds_kept(workspace):
        return _carried_out(workspace, number, signed, who, folders, seal, progress)


def _carried_out(
    workspace: Workspace,
    number: str,
    signed: dt.date,
    who: str,
    folders: Sequence[Path],
    seal: Seal,
    progress: Progress,
) -> Disposed:
    """Do it while nobody can place or lift a hold."""
    act = read_act(workspace, number)
    _check_signing(workspace, act, signed, seal.at.date())
    media = [open_medium(folder) for folder in folders]
    order = SignedAct(act.number, signed, act.disposable)
    _check_cases(workspace, order, media, seal.at.date())
    register = Register(workspace.register_file)
    broken = list_judge(register, media, seal.trust, seal.at)
    for medium in media:
        with medium.faults():
            refuse_damage(medium, _remade, broken)
        if lines_damaged(medium):
            raise Blocked(
                "Список уничтоженных дел на носителе изменён или испорчен.",
                where=f"{medium.label}, файл docs/{DISPOSED}",
                remedy="Восстановите его: docgen archive repair НОСИТЕЛЬ --from ДРУГОЙ.",
            )
    _note_signing(workspace, act, Signature(signed=signed, who=who))
    papers = {path.name: path for path in (act_paper(workspace, number),)}
    removed = {}
    for medium in progress.track(media, title="Уничтожение дел", total=len(media)):
        removed[medium.label] = dispose_from_medium(order, medium, seal.at.date())
        finish_medium(
            medium,
            {**papers, **own_papers(workspace, medium, seal.at)},
            seal=seal.apply,
            broken=broken,
            touched=[f"docs/{DISPOSED}"],
            hint=SEARCH_HINT,
        )
        register.take_in(medium)
        _note_removed(register, medium, act, at=seal.at, who=who)
    bundles = dispose_from_folder(order, workspace.bundles) if workspace.bundles.is_dir() else ()
    return Disposed(act, removed, bundles, still_lying(register))


def _remade(path: str) -> bool:
    """What a disposal makes anew: what storing does, its lines, and its act."""
    return remade(path) or path == f"docs/{DISPOSED}" or path.startswith("docs/disposal-")


def _note_removed(
    register: Register, medium: Medium, act: Act, *, at: dt.datetime, who: str
) -> None:
    """Write into the journal of checks what has gone, by a run that was stopped too."""
    told = {
        row["where"].rpartition(" / ")[2]
        for check in register.checks()
        if check.level == DISPOSAL and str(medium.identifier) in json.loads(check.volumes)
        for row in json.loads(check.findings)
    }
    buried = {(row.name, row.identifier) for row in read_tombstones(medium)}
    gone = [
        case.name
        for case in act.cases
        if (case.name, case.identifier) in buried and case.name not in told
    ]
    if gone:
        register.record_check(
            at=at,
            level=DISPOSAL,
            volumes=[str(medium.identifier)],
            passed=True,
            findings=[_gone(medium, name, act.number) for name in gone],
            who=who,
        )


def still_lying(register: Register) -> tuple[Finding, ...]:
    """Cases that went from one medium by an act and still lie on another (AR-55)."""
    labels = {row.volume: f"носитель № {row.inventory_number}" for row in register.volumes()}
    return tuple(
        finding("AR-55", f"{labels[row.volume]} / {row.name}", bag=row.name, act=act)
        for row, act in register.still_to_dispose()
    )


def signing_of(workspace: Workspace, number: str) -> Signature | None:
    """When an act was signed; None while nothing was removed by it. Raises InputFault."""
    path = _signing_path(workspace, number)
    if not path.is_file():
        return None
    try:
        return Signature.model_validate_json(path.read_bytes())
    except ValueError as fault:
        raise InputFault(
            "запись о подписании акта повреждена",
            where=str(path),
            remedy="Верните файл из резервной копии.",
        ) from fault


def _check_signing(workspace: Workspace, act: Act, signed: dt.date, today: dt.date) -> None:
    if not act.date <= signed <= today:
        raise UsageFault(
            f"акт № {act.number} составлен {act.date:%d.%m.%Y}, а подписанным"
            f" {signed:%d.%m.%Y} он быть не может",
            remedy="Укажите день, который стоит на подписанном акте: --signed ГГГГ-ММ-ДД.",
        )
    told = signing_of(workspace, act.number)
    if told is not None and told.signed != signed:
        raise UsageFault(
            f"акт № {act.number} подписан {told.signed:%d.%m.%Y}, а не {signed:%d.%m.%Y}",
            remedy=f"Уничтожение по нему уже начато: повторите с --signed {told.signed}.",
        )


def _check_cases(
    workspace: Workspace, order: SignedAct, media: Sequence[Medium], on: dt.date
) -> None:
    """Ask holds, the terms of today's nomenclature, and every bag that stands anywhere."""
    held, found = holds(workspace), []
    for case in order.cases:
        hold = hold_on(held, case.name)
        if hold is not None:
            reason = f"оно удержано с {hold.placed:%d.%m.%Y} ({hold.reason})"
            found.append(finding("AR-58", case.name, bag=case.name, reason=reason))
        until = last_day(case, workspace.profile)
        if until is None or on <= until:
            reason = "его срок хранения не истёк"
            found.append(finding("AR-58", case.name, bag=case.name, reason=reason))
    for medium in media:
        with medium.faults():
            found += refusals(order, medium.bags, on)
    found += refusals(order, workspace.bundles, on)
    if found:
        raise Blocked(
            f"по акту № {order.number} уничтожать нельзя; ничего не удалено",
            remedy="Снимите то, что мешает, или составьте новый акт: docgen archive dispose.",
            findings=found,
        )


def _note_signing(workspace: Workspace, act: Act, signature: Signature) -> None:
    if signing_of(workspace, act.number) is None:
        write_atomic(
            _signing_path(workspace, act.number), json_bytes(signature.model_dump(mode="json"))
        )


def _signing_path(workspace: Workspace, number: str) -> Path:
    return act_paper(workspace, number).with_suffix(".signed.json")


def _gone(medium: Medium, name: str, number: str) -> Finding:
    return finding("AR-59", f"{medium.label} / {name}", bag=name, act=number)
