"""Kinds of papers that make cases of their own, each with its own term (issue 6, point 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from docgen.core.errors import UsageFault
from docgen.pipeline.terms import case_indexes
from docgen.profile import Profile, Retention


@dataclass(frozen=True, slots=True)
class PaperKind:
    """A kind of papers: the word people type and its section of retention.toml.

    `folders` are the documents of `docgen print` that belong to it, as patterns, each with what
    such a paper is called; `word` calls one of which only that much is known. `by_class`: a case
    a class, else one for the school; `owed` of every pupil of the class.
    """

    name: str
    section: str
    word: str
    folders: Mapping[str, str]
    by_class: bool = True
    owed: bool = False

    def term(self, profile: Profile) -> Retention:
        """How long its cases are kept; raises UsageFault while the school has set no index.

        An index of its own keeps its cases apart from all others: a bag has one term.
        """
        indexes = case_indexes(profile)
        own = indexes[self.section]
        if not own:
            raise UsageFault(
                f"для дел «{profile.retention[self.section].title}» не задан индекс",
                where=f"retention.toml, [{self.section}] index",
                remedy="Впишите индекс по номенклатуре дел школы.",
            )
        rivals = [name for name, index in indexes.items() if index == own and name != self.section]
        if rivals:
            raise UsageFault(
                f"индекс {own} уже занят: {profile.retention[rivals[0]].title}",
                where=f"retention.toml, [{self.section}] index",
                remedy="У каждого вида дел свой срок и свой индекс: впишите другой.",
            )
        return profile.retention[self.section]


_KINDS = (
    PaperKind("orders", "order", "приказ", {"order-*": "приказ"}, by_class=False),
    PaperKind(
        "consents",
        "consent",
        "согласие на обработку персональных данных",
        {"consent": "согласие на обработку персональных данных"},
        owed=True,
    ),
    PaperKind(
        "applications",
        "application",
        "заявление",
        {
            "access": "заявление о доступе к электронному журналу",
            "refusal": "заявление об отказе от электронной формы",
        },
    ),
)
PAPER_KINDS = {kind.name: kind for kind in _KINDS}
ORDERS = PAPER_KINDS["orders"]


def chosen_paper_kind(name: str) -> PaperKind:
    """The kind of that name; raises UsageFault that names the likely one."""
    kind = PAPER_KINDS.get(name.strip().casefold())
    if kind is None:
        near = get_close_matches(name.casefold(), PAPER_KINDS, n=1) or list(PAPER_KINDS)
        raise UsageFault(f"вида бумаг «{name}» нет", remedy=f"Есть: {', '.join(near)}.")
    return kind
