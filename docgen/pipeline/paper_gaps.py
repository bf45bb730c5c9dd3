"""What a case of papers lacks: orders nobody has signed, pupils of whom there is no consent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from docgen.core.findings import Finding, finding
from docgen.documents.families import Family, full_name, refs
from docgen.pipeline.archived import archived_cases
from docgen.pipeline.order_register import Registered
from docgen.pipeline.paper_kinds import PaperKind
from docgen.pipeline.paper_names import Names, told_order
from docgen.pipeline.papers import Paper
from docgen.pipeline.workspace import Workspace


def strangers(papers: Iterable[Paper]) -> Iterator[Finding]:
    """Papers of which nobody can say what they are (AR-68)."""
    for paper in papers:
        if not paper.told.known:
            told = {"file": str(paper.path)}
            yield finding("AR-68", paper.original, refs=told, file=paper.original)


def missing_orders(orders: Iterable[Registered], papers: Sequence[Paper]) -> Iterator[Finding]:
    """Orders of the register whose signed document is not among the papers (AR-67)."""
    filed = {(paper.told.number, paper.told.date) for paper in papers}
    for order in orders:
        if (order.number, order.date) not in filed:
            yield finding(
                "AR-67",
                f"приказ № {order.number}",
                refs={"date": order.date.isoformat()},
                order=told_order(order).title,
            )


def missing_pupils(
    workspace: Workspace,
    kind: PaperKind,
    names: Names,
    families: Iterable[Family],
    papers: Sequence[Paper],
) -> Iterator[Finding]:
    """Pupils of whom neither these papers nor a case of another year hold one (AR-69)."""
    filed = {paper.told.pupil for paper in papers}
    earlier = {
        row["title"]
        for case in archived_cases(workspace, ())
        if case.card.get("kind") == kind.name
        for row in case.documents
    }
    for family in families:
        title = names(family.stem, kind.word).title
        if family.pupil.student_id not in filed and title not in earlier:
            yield finding("AR-69", family.where, refs=refs(family), name=full_name(family.pupil))
