"""Repair a medium from its other copy, and make the recovery data a repair may need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from archive.card import restore_card
from archive.finish import finish_medium
from archive.medium import VOLUME_LIST, Medium, open_medium
from archive.paper import read_paper
from archive.parity import drop_damaged, make_parity
from archive.register import Register
from archive.repair import Relist, RepairReport, repair_medium
from archive.tombstones import DISPOSED
from archive.validation import Level, Profile, validate
from docgen.core.errors import Blocked, DocgenError
from docgen.core.findings import Finding, finding
from docgen.core.progress import Progress
from docgen.pipeline.audit import register_of
from docgen.pipeline.media_papers import ACT, list_judge, own_papers, standing_acts
from docgen.pipeline.medium_papers import SEARCH_HINT
from docgen.pipeline.sign import open_seal, signature_of, trust_store
from docgen.pipeline.workspace import Workspace, known_workspace
from signing.report import Conclusion
from signing.trust import TrustStore
from signing.verify import verify_file


def repair_folder(
    folder: Path,
    other: Path,
    workspace: Path,
    *,
    paper: Sequence[str],
    trusted: Sequence[Path],
    now: dt.datetime,
    who: str,
    progress: Progress,
) -> RepairReport:
    """Bring back damaged files of the medium in `folder` from the one in `other`; first its card.

    What speaks for a case are the digests of `paper` and signatures that pass by the certificates
    of the workspace and of `trusted`. Raises MediumFault for media that are no pair or fail,
    UsageFault and InputFault for what is no digest, SigningFault for no certificate.
    """
    told = read_paper(paper)
    known = known_workspace(workspace)
    trust = trust_store(known, *trusted)
    register = register_of(workspace)
    partner = open_medium(other)
    card = restore_card(folder, partner, register)
    medium = open_medium(folder)
    own = register or Register(folder / "no-register")
    return repair_medium(
        medium,
        partner,
        paper=told,
        passes=lambda path: _passes(path, trust, now),
        register=register,
        mended=card,
        broken=list_judge(own, (medium,), trust, now),
        relist=_relist(known, partner, now) if known else None,
        progress=progress,
        now=now,
        who=who,
    )


def _relist(workspace: Workspace, partner: Medium, now: dt.datetime) -> Relist:
    """How the papers and the list of a medium are made anew with the key of the workplace."""

    def make(medium: Medium) -> list[Finding]:
        try:
            seal = open_seal(workspace, now)
            acts = standing_acts((medium, partner), (ACT, "disposal-", DISPOSED))
            papers = {**acts, **own_papers(workspace, medium, now, anew=True)}
            finish_medium(
                medium,
                papers,
                seal=seal.apply,
                anew=True,
                hint=SEARCH_HINT,
            )
        except DocgenError as fault:
            reason = f"список не составлен заново: {fault.message.rstrip('.')}"
            lost = finding("AR-93", VOLUME_LIST, path=VOLUME_LIST, reason=reason)
            return [lost, *fault.findings]
        Register(workspace.register_file).take_in(medium)
        reason = "бумаги и список носителя составлены и подписаны заново"
        return [finding("AR-94", VOLUME_LIST, path=VOLUME_LIST, reason=reason)]

    return make


def _passes(path: Path, trust: TrustStore, at: dt.datetime) -> bool:
    signature = signature_of(path)
    if not signature.is_file():
        return False
    return verify_file(path, signature, trust=trust, at=at).conclusion is Conclusion.TOTAL_PASSED


def add_parity(folders: Sequence[Path], *, percent: int, progress: Progress) -> int:
    """Make recovery data for every case of the media that has none; returns for how many.

    Raises Blocked for a damaged case: its damage would be kept for ever; UsageFault without par2
    or for a percentage that is none, MediumFault for a medium that fails.
    """
    media = [open_medium(folder) for folder in folders]
    work = [(medium, name) for medium in media for name in medium.bag_names()]
    made = 0
    for medium, name in progress.track(work, title="Данные восстановления", total=len(work)):
        bag = medium.bags / name
        found = validate(bag, level=Level.FULL, profile=Profile.OURS)
        if found:
            raise Blocked(
                "дело повреждено, данные восстановления для него не сделаны",
                where=f"{medium.label} / {name}",
                remedy="Сначала восстановите его: docgen archive repair НОСИТЕЛЬ --from ДРУГОЙ.",
                findings=found,
            )
        with medium.lock():
            drop_damaged(medium, name)
            made += len(make_parity(bag, [medium], percent))
    return made
