"""Names in the cases: pytrovich's answer where our own rules bear it out, else a doubt.

A name on six hundred forms must not be a guess. A form is certain when the school's table holds
it, or when a rule of ours for a closed class of names gives it and the library agrees. Source of
the rules: documents.md 4.1; names whose vowel may fall out (Заяц, Соловей) are never certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol

from pytrovich.enums import Case as LibraryCase
from pytrovich.enums import Gender as LibraryGender
from pytrovich.enums import NamePart
from pytrovich.maker import PetrovichDeclinationMaker

from docgen.russian import initials_after, initials_before
from docgen.russian.name_rules import PARTICLES, Forms, Part, by_rule

if TYPE_CHECKING:
    from docgen.russian import Case

CASES: tuple[Literal["g", "d", "a", "i", "p"], ...] = ("g", "d", "a", "i", "p")
"""The cases besides the nominative, in the order of the tables."""

UNCHANGED = "не склоняется"


class Named(Protocol):
    """Whoever has a name: a pupil, a parent, one of the staff."""

    @property
    def last(self) -> str:
        """Surname."""

    @property
    def first(self) -> str:
        """First name."""

    @property
    def middle(self) -> str:
        """Patronymic, or nothing."""


@dataclass(frozen=True, slots=True)
class Declined:
    """A name in a case; where it is not certain, `why` is a Russian clause."""

    text: str
    certain: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class NameTable:
    """Forms a person has written down, each as five cases; keys are small letters, е for ё.

    `parts` is keyed by (part, sex, name), `people` by the full name, `positions` by the words a
    position begins with.
    """

    parts: Mapping[tuple[Part, str, str], Forms] = field(default_factory=dict)
    people: Mapping[str, Forms] = field(default_factory=dict)
    positions: Mapping[str, Forms] = field(default_factory=dict)


NO_TABLE = NameTable()


def plain(text: str) -> str:
    """A name as tables are keyed by it."""
    return " ".join(text.casefold().replace("ё", "е").split())


def forms_of(name: str, told: str) -> Forms | None:
    """Five forms out of a line of a table: «Зайца, Зайцу, Зайца, Зайцем, Зайце».

    «не склоняется» stands for the name five times; None when it is neither.
    """
    if plain(told) == UNCHANGED:
        return (name,) * 5
    forms = tuple(form.strip() for form in told.split(","))
    return forms if len(forms) == len(CASES) and all(forms) else None


def sex_of(person: Named, told: str = "") -> str:
    """«м» or «ж»: as told, else by the patronymic; empty when nothing tells it."""
    by_middle = _sex_of_patronymic(person.middle)
    told = told.strip().casefold()[:1]
    return told if told in {"м", "ж"} else by_middle


def _sex_of_patronymic(middle: str) -> str:
    text = plain(middle)
    if re.search(r"(ич|оглы|оглу|огли|улы|уулу)$", text):
        return "м"
    return "ж" if re.search(r"(вна|чна|шна|кызы|кизи|гызы|гизи)$", text) else ""


def decline(person: Named, case: Case, *, sex: str = "", table: NameTable = NO_TABLE) -> Declined:
    """Put «Фамилия Имя Отчество» into a case; `sex` is «м», «ж» or unknown."""
    full = _full_name(person)
    if case == "n":
        return Declined(full)
    if forms := table.people.get(plain(full)):
        return Declined(forms[CASES.index(case)])
    known = sex_of(person, sex)
    parts = [
        _part(part, text, known, case, table)
        for part, text in (
            ("surname", person.last),
            ("first", person.first),
            ("middle", person.middle),
        )
        if _is_name(text)
    ]
    doubts = [part.why for part in parts if not part.certain]
    if _contradicted(person, known):
        doubts.insert(0, _CONTRADICTION)
    return Declined(" ".join(part.text for part in parts), not doubts, "; ".join(doubts))


def decline_short(
    person: Named,
    case: Case,
    *,
    sex: str = "",
    table: NameTable = NO_TABLE,
    initials_first: bool = False,
) -> Declined:
    """Write «Иванову И.И.» or «И.И. Иванову»: of initials only the surname declines."""
    last = _surname(person, case, sex_of(person, sex), table)
    write = initials_before if initials_first else initials_after
    return replace(last, text=write(last.text, person.first, person.middle))


def _surname(person: Named, case: Case, sex: str, table: NameTable) -> Declined:
    if case == "n":
        return Declined(person.last)
    if forms := table.people.get(plain(_full_name(person))):
        # Forms of a whole person begin with as many words as the surname has.
        words = forms[CASES.index(case)].split()
        return Declined(" ".join(words[: len(person.last.split())]))
    found = _part("surname", person.last, sex, case, table)
    if found.certain and _contradicted(person, sex):
        return replace(found, certain=False, why=_CONTRADICTION)
    return found


_CONTRADICTION = "пол и отчество расходятся"


def _contradicted(person: Named, sex: str) -> bool:
    by_middle = _sex_of_patronymic(person.middle)
    return bool(sex and by_middle and sex != by_middle)


def _full_name(person: Named) -> str:
    return " ".join(filter(_is_name, (person.last, person.first, person.middle)))


def _is_name(text: str) -> bool:
    """Whether something is written there; a dash stands for a patronymic there is none."""
    return any(letter.isalnum() for letter in text)


def _part(part: str, text: str, sex: str, case: Case, table: NameTable) -> Declined:
    kind = Part(part)
    text = " ".join(text.split())
    if sex:
        return _of_sex(kind, text, sex, case, table)
    both = [_of_sex(kind, text, one, case, table) for one in ("м", "ж")]
    if both[0].text == both[1].text:
        return both[0]
    return Declined(both[0].text, False, f"не указан пол, а «{text}» склоняется по-разному")


def _of_sex(kind: Part, text: str, sex: str, case: Case, table: NameTable) -> Declined:
    if forms := table.parts.get((kind, sex, plain(text))):
        return Declined(forms[CASES.index(case)])
    if not re.fullmatch(r"[А-Яа-яЁё'’ -]+", text) or len(text) == 1:
        return Declined(text, False, f"в «{text}» не только русские буквы")
    *before, last = re.split("[ -]", text)
    if before and last.casefold() in PARTICLES:
        # «Гасан оглы» stays as it is; «Алиевич оглы» has a Russian ending, too.
        mixed = any(re.search(r"(вич|вна)$", word.casefold()) for word in before)
        return Declined(text, not mixed, f"«{text}» можно просклонять по-разному" if mixed else "")
    return _two_opinions(kind, text, sex, case)


def _two_opinions(kind: Part, text: str, sex: str, case: Case) -> Declined:
    """Our rule's form, certain when the library says the same."""
    rule = by_rule(kind, text, sex)
    guess = _library(kind, text, sex, case)
    if rule is None:
        return Declined(guess, False, f"«{text}» можно просклонять по-разному")
    ours = rule.forms[CASES.index(case)]
    if case in rule.doubted:
        return Declined(ours, False, f"окончание в «{ours}» зависит от ударения")
    if not rule.sure and ours.casefold() != guess.casefold():
        return Declined(
            ours, False, f"«{text}» можно просклонять по-разному: «{ours}» или «{guess}»"
        )
    return Declined(ours)


_PARTS = {
    Part.SURNAME: NamePart.LASTNAME,
    Part.FIRST: NamePart.FIRSTNAME,
    Part.MIDDLE: NamePart.MIDDLENAME,
}
_LIBRARY_CASES = {
    "g": LibraryCase.GENITIVE,
    "d": LibraryCase.DATIVE,
    "a": LibraryCase.ACCUSATIVE,
    "i": LibraryCase.INSTRUMENTAL,
    "p": LibraryCase.PREPOSITIONAL,
}


@cache
def _library(kind: Part, text: str, sex: str, case: Case) -> str:
    gender = LibraryGender.FEMALE if sex == "ж" else LibraryGender.MALE
    form: str = _maker().make(_PARTS[kind], gender, _LIBRARY_CASES[case], text)
    return form


@cache
def _maker() -> PetrovichDeclinationMaker:
    return PetrovichDeclinationMaker()


_BETWEEN_POSITIONS = re.compile(r"(\s*[,;/]\s*)")
# An adjective after the noun would decline, too: «учитель старший».
_AGREES = re.compile(r"\w+(ый|ий|ая|яя)")
# What goes on after a comma and is no position of its own: «по учебной, воспитательной работе».
_GOES_ON = re.compile(r"\w+(ой|ей|ого|его|ому|ему|ых|их)")


def decline_position(title: str, case: Case, table: NameTable) -> Declined:
    """Put a position into a case: its first words by the table, the rest stays as it is.

    Of several positions in one title («директор, учитель физики») each declines.
    """
    if case == "n":
        return Declined(title)
    pieces = [
        Declined(piece) if place % 2 else _one_position(piece, case, table, first=place == 0)
        for place, piece in enumerate(_BETWEEN_POSITIONS.split(" ".join(title.split())))
    ]
    doubts = [piece.why for piece in pieces if not piece.certain]
    return Declined("".join(piece.text for piece in pieces), not doubts, "; ".join(doubts))


def _one_position(title: str, case: Case, table: NameTable, *, first: bool) -> Declined:
    words = title.split()
    for count in range(len(words), 0, -1):
        forms = table.positions.get(plain(" ".join(words[:count])))
        if forms is None:
            continue
        rest = words[count:]
        if rest and _AGREES.fullmatch(rest[0].casefold()):
            return Declined(title, False, f"неясно, склоняется ли «{rest[0]}» в «{title}»")
        head = forms[CASES.index(case)]
        if title[0].isupper():
            head = head[0].upper() + head[1:]
        return Declined(" ".join((head, *rest)))
    if not first and words and _GOES_ON.fullmatch(words[0].casefold()):
        return Declined(title)
    return Declined(title, False, f"должности «{title}» нет в таблице")


@dataclass(frozen=True, slots=True)
class Review:
    """A person's name in all cases, for a look before mass printing; `doubt` is "" when certain."""

    name: str
    forms: Forms
    doubt: str


def review(people: Iterable[tuple[Named, str]], table: NameTable) -> list[Review]:
    """All declined forms of people, each with the sex as told: data of the review page."""
    rows = []
    for person, sex in people:
        forms = [decline(person, case, sex=sex, table=table) for case in CASES]
        doubts = dict.fromkeys(form.why for form in forms if not form.certain)
        rows.append(
            Review(_full_name(person), tuple(form.text for form in forms), "; ".join(doubts))
        )
    return rows
