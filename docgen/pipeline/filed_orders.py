"""Which orders of a school year no case holds yet: for the year's end and for what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from archive.register_rows import BagRow
from archive.validation import read_bag_info
from docgen.pipeline.archived import ArchivedCase
from docgen.pipeline.order_register import Registered, all_orders, orders_of_year
from docgen.pipeline.paper_kinds import ORDERS
from docgen.pipeline.papers import standing_case
from docgen.pipeline.school_years import school_year_of
from docgen.pipeline.workspace import Workspace, year_folder


def unfiled_orders(workspace: Workspace, year: str) -> tuple[Registered, ...]:
    """Orders of a school year whose signed document no case holds; the earliest first."""
    return _left(workspace, year, standing_case(workspace, ORDERS, year, ""))


def unkept_orders(
    workspace: Workspace, year: str, kept: Iterable[str], bags: Sequence[BagRow]
) -> tuple[Registered, ...]:
    """Orders of a school year that do not lie in a case on two media.

    `kept` are identifiers of the bags that do, `bags` the register's rows: where the workspace has
    no bundle of the case any more, one that lies on two media is taken to be whole.
    """
    kept = set(kept)
    case = standing_case(workspace, ORDERS, year, "")
    if case is not None and read_bag_info(case.bag)["External-Identifier"] in kept:
        return _left(workspace, year, case)
    stored = any(
        row.name.startswith(f"{year_folder(year)}_") and row.name.split("_")[2] == ORDERS.name
        for row in bags
        if row.identifier in kept
    )
    return () if stored and case is None else _left(workspace, year, None)


def ended_years(workspace: Workspace, on: dt.date) -> tuple[str, ...]:
    """School years with orders that are over on a day, the earliest first."""
    years = {school_year_of(order.date) for order in all_orders(workspace)}
    return tuple(sorted(year for year in years if year < school_year_of(on)))


def _left(workspace: Workspace, year: str, case: ArchivedCase | None) -> tuple[Registered, ...]:
    rows = case.documents if case else ()
    filed = {(row["number"], row["date"]) for row in rows}
    return tuple(
        order
        for order in orders_of_year(workspace, year)
        if (order.number, order.date.isoformat()) not in filed
    )
