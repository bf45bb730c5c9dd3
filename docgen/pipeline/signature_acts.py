"""The act of checking signatures, for a case and for `docgen verify --report`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from docgen.documents.house import Official
from docgen.documents.signature_act import CheckedDocument, SignatureAct, SignatureLine
from docgen.pipeline.workspace import Workspace
from docgen.rendering.blank import lay_out_document
from signing.checks import state_tool
from signing.report import CheckName, SignatureReport, Status, VerificationReport


def act_pdf(workspace: Workspace | None, act: SignatureAct) -> bytes:
    """Lay the act out as PDF/A."""
    own = workspace.own_templates if workspace else None
    return lay_out_document("signature-act", {"act": act}, own)


def signature_act(
    checked: Iterable[tuple[str, VerificationReport]],
    at: dt.datetime,
    title: str,
    school: str,
    keeper: Official,
) -> SignatureAct:
    """Put reports into the words of the act; each comes with the SHA-512 of its document."""
    return SignatureAct(
        school=school,
        moment=f"{at:%d.%m.%Y %H:%M} ({at.tzname()})",
        case=title,
        documents=tuple(
            CheckedDocument(
                file=report.source.name,
                digest=digest,
                verdict=f"{report.conclusion.value}, {report.conclusion.label}",
                signatures=tuple(map(_signature_line, report.signatures)),
            )
            for digest, report in checked
        ),
        certification=state_tool().sentence,
        keeper_position=keeper.position,
        keeper=keeper.signature,
    )


def _signature_line(item: SignatureReport) -> SignatureLine:
    details = item.certificate
    when = item.proven_at or item.claimed_at
    how = "штамп времени" if item.proven_at else "указано подписавшим"
    doubts = (Status.FAILED, Status.INDETERMINATE)
    notes = [check.sentence for check in item.checks if check.status in doubts]
    if any(
        check.name is CheckName.REVOCATION and check.status is Status.STATED
        for check in item.checks
    ):
        notes.append("отзыв сертификата не проверялся")
    return SignatureLine(
        signer=details.subject if details else "неизвестно кто",
        certificate=f"сертификат {details.serial}, выдан: {details.issuer}" if details else "",
        valid=f"{details.valid_from:%d.%m.%Y} – {details.valid_until:%d.%m.%Y}" if details else "",
        algorithm=item.algorithm,
        time=f"{when:%d.%m.%Y %H:%M} – {how}" if when else "нет",
        verdict=item.conclusion.label,
        notes=tuple(notes),
    )
