"""Bound volumes as papers of the archive name them."""

from __future__ import annotations

from collections.abc import Sequence

from docgen.documents.class_summary_sheets import TITLE as SUMMARY_TITLE
from docgen.documents.kinds import BoundCase
from docgen.journal.codes import PeriodKind
from docgen.journal.model import ClassUnit, Period
from docgen.pipeline.bind import bound_volumes
from docgen.pipeline.volume_cards import Series, VolumeCard
from docgen.pipeline.volume_texts import case_index, retention_years
from docgen.pipeline.workspace import Workspace


def bound_cases(
    workspace: Workspace, period: Period, units: Sequence[ClassUnit]
) -> tuple[BoundCase, ...]:
    """The volumes of the classes that stand, in the order of the classes, journals first."""
    folder = workspace.volumes(period.year, period.code)
    names = [unit.class_id for unit in units]
    return tuple(bound_case(workspace, period, row.card) for row in bound_volumes(folder, names))


def bound_case(workspace: Workspace, period: Period, card: VolumeCard) -> BoundCase:
    """One volume by its card."""
    of_year = period.kind is PeriodKind.YEAR
    return BoundCase(
        class_id=card.class_id,
        title=SUMMARY_TITLE if card.series is Series.SUMMARY else "Классный журнал",
        index=case_index(workspace.profile, card.series),
        period="" if of_year else period.name,
        start=period.start,
        end=period.end,
        volume=card.volume,
        volumes=card.volumes,
        sheets=card.sheets,
        inventory_sheets=card.inventory_sheets,
        retention=retention_years(workspace.profile, card.series),
        article=workspace.profile.retention[card.series].article,
    )
