"""Counted things in words, in any case: «двадцать один лист», «двадцати одного листа»."""

from __future__ import annotations

from dataclasses import dataclass

from docgen.russian import Case, Gender, number_in_words, plural

CASES: tuple[Case, ...] = ("n", "g", "d", "a", "i", "p")


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun for things that are counted, no living ones: its forms in the order of `CASES`."""

    gender: Gender
    one: tuple[str, str, str, str, str, str]
    many: tuple[str, str, str, str, str, str]

    def beside(self, count: int, case: Case = "n") -> str:
        """The form beside a number: 21 лист, (до) 21 листа, (к) 5 листам."""
        at = CASES.index(case)
        if count and count % 1000 == 0:  # a thousand is a noun itself: (к) тысяче листов
            return self.many[1]
        if case in {"n", "a"}:
            return plural(count, self.one[at], self.one[1], self.many[1])
        return plural(count, self.one[at], self.many[at], self.many[at])


SHEET = Noun(
    "m",
    ("лист", "листа", "листу", "лист", "листом", "листе"),
    ("листы", "листов", "листам", "листы", "листами", "листах"),
)
PAGE = Noun(
    "f",
    ("страница", "страницы", "странице", "страницу", "страницей", "странице"),
    ("страницы", "страниц", "страницам", "страницы", "страницами", "страницах"),
)
VOLUME = Noun(
    "m",
    ("том", "тома", "тому", "том", "томом", "томе"),
    ("тома", "томов", "томам", "тома", "томами", "томах"),
)
CASE_FILE = Noun(
    "n",
    ("дело", "дела", "делу", "дело", "делом", "деле"),
    ("дела", "дел", "делам", "дела", "делами", "делах"),
)
DOCUMENT = Noun(
    "m",
    ("документ", "документа", "документу", "документ", "документом", "документе"),
    ("документы", "документов", "документам", "документы", "документами", "документах"),
)


def counted_in_words(count: int, noun: Noun, case: Case = "n") -> str:
    """Write «двадцать один лист», «двадцати одного листа», «двумя страницами»."""
    return f"{number_in_words(count, noun.gender, case)} {noun.beside(count, case)}"
