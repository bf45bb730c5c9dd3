"""What the school's papers rest on: legal wordings, terms of keeping, the nomenclature of cases."""

from __future__ import annotations

from dataclasses import dataclass

from docgen.pipeline.terms import case_indexes, kept_text, term_text
from docgen.profile import Norm, Profile, Retention

NOT_CHECKED = "не проверено"
_CONFIDENCE = {"high": "по тексту акта", "medium": "по нескольким источникам", "low": "по памяти"}


@dataclass(frozen=True, slots=True)
class Basis:
    """A wording or a term with its source; `text` is the wording, or what is kept and how long.

    `name` is its key in `file`; `confidence` says how it was checked and `checked` when, ISO;
    "" when nobody has, and then it is not confirmed.
    """

    file: str
    name: str
    text: str
    act: str
    clause: str
    edition: str
    confidence: str
    checked: str

    @property
    def source(self) -> str:
        """Act, clause and edition in one line."""
        return ", ".join(filter(None, (self.act, self.clause, self.edition)))

    @property
    def standing(self) -> str:
        """«по нескольким источникам, 01.11.2026», or that it is not confirmed."""
        if not self.checked:
            return f"{_CONFIDENCE[self.confidence]}, {NOT_CHECKED}"
        return f"{_CONFIDENCE[self.confidence]}, {'.'.join(reversed(self.checked.split('-')))}"


@dataclass(frozen=True, slots=True)
class NomenclatureCase:
    """A case as the school's nomenclature names it; `index` is "" where the school set none."""

    index: str
    title: str
    term: str
    article: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Foundations:
    """All of them, in the order of the settings."""

    norms: tuple[Basis, ...]
    retention: tuple[Basis, ...]
    cases: tuple[NomenclatureCase, ...]

    @property
    def unconfirmed(self) -> int:
        """How many wordings and terms nobody has checked."""
        return sum(not basis.checked for basis in (*self.norms, *self.retention))


def foundations(profile: Profile) -> Foundations:
    """Gather them from norms.toml, retention.toml and the indexes of school.toml."""
    indexes = case_indexes(profile)
    return Foundations(
        norms=tuple(_norm(name, norm) for name, norm in profile.norms.items()),
        retention=tuple(_term(name, term) for name, term in profile.retention.items()),
        cases=tuple(
            NomenclatureCase(
                index=indexes[name],
                title=term.title,
                term=term_text(term.years),
                article=term.article,
                confirmed=term.checked is not None,
            )
            for name, term in profile.retention.items()
        ),
    )


def _norm(name: str, norm: Norm) -> Basis:
    return Basis(
        file="norms.toml",
        name=name,
        text=norm.text,
        act=norm.act,
        clause=norm.clause,
        edition=norm.edition,
        confidence=norm.confidence,
        checked=norm.checked.isoformat() if norm.checked else "",
    )


def _term(name: str, term: Retention) -> Basis:
    return Basis(
        file="retention.toml",
        name=name,
        text=f"{term.title}: {kept_text(term)}",
        act=term.basis,
        clause=term.article,
        edition="",
        confidence=term.confidence,
        checked=term.checked.isoformat() if term.checked else "",
    )
