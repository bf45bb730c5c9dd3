"""Label and passport of a medium, from what stands on it; they lie in its `docs/`."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import fields

from archive.medium import Medium
from archive.validation import payload_oxum
from docgen.documents.handover import CaseLine
from docgen.documents.medium_papers import (
    MediumFacts,
    MediumLabel,
    MediumPassport,
    medium_label,
    medium_passport,
)
from docgen.pipeline.workspace import Workspace
from docgen.rendering.blank import lay_out_document

SEARCH_HINT = (
    "Отметки за год и итоговые – в сводной ведомости класса, таблица results.csv"
    " «Кто какие отметки получил»."
)
"""What the page of a medium says of where to look."""


def medium_papers(
    workspace: Workspace,
    medium: Medium,
    cases: Sequence[CaseLine],
    inventory: bytes,
    *,
    place: str,
    secretary: str,
    now: dt.datetime,
) -> dict[str, bytes]:
    """The files of label and passport; `inventory` is the CSV the label's digest is of."""
    volume = medium.read()
    facts = MediumFacts(
        school=volume.organisation,
        number=medium.inventory_number,
        role=medium.role.label,
        identifier=str(medium.identifier),
        pair=str(volume.pair),
        place=place,
        prepared=volume.prepared.date(),
        written=now.date(),
        cases=cases,
        size=sum(payload_oxum(medium.bags / name)[0] for name in medium.bag_names()),
        digest=hashlib.sha512(inventory).hexdigest(),
    )
    rule = workspace.profile.norm("media.readability").text
    return {
        "label.pdf": _pdf(workspace, "medium-label", medium_label(facts)),
        "passport.pdf": _pdf(workspace, "medium-passport", medium_passport(facts, rule, secretary)),
    }


def _pdf(workspace: Workspace, template: str, paper: MediumLabel | MediumPassport) -> bytes:
    context = {item.name: getattr(paper, item.name) for item in fields(paper)}
    return lay_out_document(template, context, workspace.templates)
