"""What docgen knows of a paper by the name of its file: title, number, date, pupil.

Scans are named like the printed documents they are scans of.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from docgen import russian
from docgen.documents.families import Family, full_name, pupil_slug
from docgen.documents.orders import order_stem
from docgen.journal.model import Student
from docgen.pipeline.order_register import Registered, natural


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a paper; one nobody knows is called by its file's name and stands last.

    `date` is None and `number` "" where the paper has none, `pupil` the id of the one it is about;
    papers stand in a case in the order of their `place`.
    """

    title: str
    number: str = ""
    date: dt.date | None = None
    known: bool = True
    pupil: str = ""
    place: tuple[str, ...] = ()


Names = Callable[[str, str], Told]
"""Tells of a paper by the stem of its file and what such a paper is called."""


def order_names(orders: Iterable[Registered]) -> Names:
    """Orders by the stems `docgen print` gives them."""
    known = {_key(order_stem(item.number, item.date)): told_order(item) for item in orders}

    def told(stem: str, _word: str) -> Told:
        return known.get(_key(stem)) or _stranger(stem)

    return told


def told_order(order: Registered) -> Told:
    """«Приказ от 05.09.2025 № 12-од „О переходе на …“»."""
    heading = order.title.removeprefix("Приказ ")
    heading = russian.quoted(heading[:1].upper() + heading[1:])
    return Told(
        title=f"Приказ от {russian.date_numeric(order.date)} №\u00a0{order.number} {heading}",
        number=order.number,
        date=order.date,
        place=(order.date.isoformat(), natural(order.number)),
    )


def pupil_names(families: Sequence[Family], pupils: Sequence[Student]) -> Names:
    """Papers of a class's pupils, also of those who have left.

    `families` are those of today's list: by the numbers of the printed files it tells namesakes
    apart.
    """
    printed = {_key(family.stem): family.pupil for family in families}
    plain: dict[str, list[Student]] = {}
    for pupil in pupils:
        plain.setdefault(_key(pupil_slug(pupil)), []).append(pupil)

    def told(stem: str, word: str) -> Told:
        pupil = printed.get(_key(stem))
        alike = plain.get(re.sub(r"^\d+-", "", _key(stem)), ())
        if pupil is None and len(alike) == 1:
            pupil = alike[0]
        if pupil is None:
            return _stranger(stem)
        return Told(
            title=f"{full_name(pupil)}, {word}",
            pupil=pupil.student_id,
            place=(*russian.sort_key(pupil.last, pupil.first, pupil.middle), pupil.student_id),
        )

    return told


def _stranger(stem: str) -> Told:
    return Told(
        title=" ".join(unicodedata.normalize("NFC", stem).split()) or "без имени",
        known=False,
        place=(_key(stem),),
    )


def _key(stem: str) -> str:
    """Stems compare without regard to case, ё and the two encodings of й."""
    return unicodedata.normalize("NFC", stem).casefold().replace("ё", "е").strip()
