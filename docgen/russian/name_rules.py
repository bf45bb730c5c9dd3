"""Closed classes of names and how each is declined: what can be said without knowing the person.

What stands in no class here is not said: vowels that may fall out (Заяц, Клубок), nouns and
adjectives that look alike (Калина), foreign stress (Дюма), German -их (Дитрих).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

Forms = tuple[str, ...]
"""Genitive, dative, accusative, instrumental, prepositional."""

PARTICLES = frozenset(
    {"оглы", "оглу", "огли", "углы", "улы", "уулу", "кызы", "кизи", "гызы", "гизи", "заде"}
)


class Part(StrEnum):
    """A part of a name."""

    SURNAME = "surname"
    FIRST = "first"
    MIDDLE = "middle"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a class of names gives: five forms, cases left in doubt, whether no other voice counts.

    `doubted` are letters of cases: the ending there depends on the stress.
    """

    forms: Forms
    doubted: str = ""
    sure: bool = False


@dataclass(frozen=True, slots=True)
class _Class:
    """Names that match a pattern: how many letters are cut, which endings follow."""

    pattern: str
    cut: int
    endings: str
    doubted: str = ""
    sure: bool = False
    syllables: int = 1

    def rule(self, name: str) -> Rule | None:
        plain = name.casefold()
        if not re.search(self.pattern, plain) or _syllables(plain) < self.syllables:
            return None
        stem = name[: len(name) - self.cut]
        endings = self.endings.split() if self.endings else [""] * 5
        if name.isupper() and len(name) > 1:
            endings = [ending.upper() for ending in endings]
        return Rule(tuple(stem + ending for ending in endings), self.doubted, self.sure)


_VOWELS = "аеёиоуыэюя"


def _syllables(text: str) -> int:
    return sum(letter in _VOWELS for letter in text)


# Nouns in -а, -я of either sex.
_NOUNS = (
    _Class(r"[^аеёиоуыэюяь]ия$|[аоуеэ]ия$", 1, "и и ю ей и", sure=True),
    _Class(r"[гкх]а$", 1, "и е у ой е"),
    _Class(r"[жшчщ]а$", 1, "и е у ей е", doubted="i"),
    _Class(r"ца$", 1, "ы е у ей е", doubted="i"),
    _Class(r"[бвдзлмнпрстф]а$", 1, "ы е у ой е"),
    _Class(r"[бвдзлмнпрстф]я$", 1, "и е ю ей е", doubted="i"),
)


def _any_of(words: str) -> str:
    """A pattern for any of the words and nothing else."""
    return rf"^({'|'.join(words.split())})$"


# The vowel falls out in some families and stays in others, or the word is a noun of one syllable.
_FLEETING = r"([еёо]к|[еёя]ц|[еёо]л|ень|ель|оть|ось|ей|[тб]ер|[тдб]ёр|гор)$|" + _any_of(
    "лев лоб лёд лед мох рот пес пёс ров сон шов день пень лен лён огонь хорь уголь вихор "
    "хребет овес овёс угол свекор свёкор наем наём заем заём церковь"
)
_FOREIGN = _any_of("дюма петипа фома золя бенуа люка тома гюа")
# Masculine endings on feminine nouns, «Соля» for Соль, are not what every family wants.
_FEMININE_NOUNS = r"[жшчщц]ь$|" + _any_of(
    "боль бровь вязь грусть дверь даль дробь ель жизнь кость кровь лань любовь медь мель морковь "
    "нить осень печаль площадь постель пыль радость рысь сирень скатерть соль сталь степь тень "
    "ткань цепь чехонь шерсть"
)
# Nouns after a vowel: Гулиа, Бенуа, Гамалея, Скамья.
_VAGUE = r"[иуео]а$|[аеоуь]я$"
# A woman of that name may be «Калиной» as a noun or as an adjective.
_AMBIGUOUS_WOMEN = _any_of(
    "батина бузина былина вершина ветчина глубина година горбина детина долина дружина дубина "
    "жемчужина калина картина кожушина конина конюшина корзина крушина кручина купина лещина "
    "ложбина лозина лощина лучина малина машина морщина осина паутина перина первина плотина "
    "половина причина пружина пучина равнина рванина рубина ружина рябина середина скотина "
    "смородина солонина старшина судьбина трещина тростина трясина холстина хворостина щербина "
    "щетина ялина ярина булава голова дева дубрава дуброва канава корова корчева обнова основа "
    "подкова слива слова сова"
)
# Feminine endings that are none: Georgian and Abkhaz families, the Czech «-на», the Polish «-ска».
_LIKE_ADJECTIVES = r"([сц]ка|тна)$|" + _any_of("гурцкая цхакая какая чужая большая")
# A man's ending on a woman or a woman's on a man is more often a slip than a family's custom.
_OF_THE_OTHER_SEX = {
    "ж": re.compile(r"[аеёиоуыэюя].*([оеё]в|[иы]н)$|[сц]к[ио]й$|ый$"),
    "м": re.compile(r"([оеё]ва|[сц]кая|[сц]ка|ая|яя)$"),
}
# Names of men abroad that became surnames: Мартином, but Никитиным.
_FOREIGN_IN = _any_of(
    "августин бенджамин болдуин бюлов валентин вирхов гершвин гуцков дарвин кальвин константин "
    "кронин мартин северин флотов франклин чаплин эдвин юстин"
)
_ADJECTIVES_IN_IY = _any_of(
    "верхний вечерний горячий давний дальний древний задний зимний крайний летний меньший младший "
    "нижний осенний передний поздний ранний рыжий синий соседний средний старший тощий хороший"
)
_INDECLINABLE = _Class(r"[еёиоуэыю]$", 0, "")
_MANY = _Class(r"[ыи]х$", 0, "")

_MEN = (
    _Class(_FOREIGN_IN, 0, "а у а ом е", doubted="i"),
    _Class(r"([оеё]в|[иы]н)$", 0, "а у а ым е", syllables=2),
    _Class(r"[гкх](ий|ой)$", 2, "ого ому ого им ом", syllables=2),
    _Class(r"ый$", 2, "ого ому ого ым ом", syllables=2),
    _Class(r"([вн]|ст)ой$", 2, "ого ому ого ым ом", syllables=2),
    _Class(_ADJECTIVES_IN_IY, 2, "его ему его им ем"),
    _Class(r"(ай|яй|уй|юй|^[^аеёиоуыэюя]*ой)$", 1, "я ю я ем е"),
    _INDECLINABLE,
    _Class(r"(ых|[гкхжшчщ]их)$", 0, "", syllables=2),
    _Class(r"[бвгдзклмнпрстф]$|[^иы]х$", 0, "а у а ом е"),
    _Class(r"[жшчщ]$", 0, "а у а ем е", doubted="i"),
    _Class(r"[лнрь]ц$", 0, "а у а ем е"),
    _Class(r"ь$", 1, "я ю я ем е", doubted="i"),
    *_NOUNS,
)
_WOMEN = (
    _Class(r"([оеё]в|[иы]н)а$", 1, "ой ой у ой ой", syllables=3),
    _Class(r"([оеё]в|[иы]н)а$", 1, "ой ой у ой ой", doubted="gdip"),
    _Class(r"[жшчщ]ая$", 2, "ей ей ую ей ей", syllables=3),
    _Class(r"[бвгдзклмнпрстфхц]ая$", 2, "ой ой ую ой ой", syllables=3),
    _Class(r"яя$", 2, "ей ей юю ей ей"),
    _INDECLINABLE,
    _Class(r"[бвгджзйклмнпрстфхцчшщь]$", 0, ""),
    *_NOUNS,
)
_FIRST_MEN = (
    _Class(r"^павел$", 2, "ла лу ла лом ле", sure=True),
    _Class(r"^п[её]тр$", 3, "етра етру етра етром етре", sure=True),
    _Class(r"^лев$", 2, "ьва ьву ьва ьвом ьве", sure=True),
    _Class(r"^илья$", 1, "и е ю ёй е", sure=True),
    _Class(r"ий$", 1, "я ю я ем и"),
    _Class(r"[аеёоуэюя]й$", 1, "я ю я ем е"),
    _Class(r"ь$", 1, "я ю я ем е"),
    _Class(r"[жшчщц]$", 0, "а у а ем е"),
    _Class(r"([бвгдзлмнпрстф]|[^еёо]к|[^иы]х)$", 0, "а у а ом е"),
    _Class(r"[её]к$", 0, "а у а ом е", doubted="gdaip"),
    _Class(r"[еёиуэыю]$|[^кл]о$", 0, ""),
    *_NOUNS,
)
_UNSTRESSED_IYA = _any_of(
    "агния аделия аксения амалия анастасия антония аполлинария асия валерия виктория "
    "евгения евдокия евлалия евлампия евфимия евфросиния ефросиния зиновия "
    "калерия капитолия клавдия корнелия ксения лидия лилия лукерия мария мелания милания наталия "
    "оливия олимпия офелия розалия сесилия сильвия софия стефания таисия феврония феодосия цецилия "
    "эмилия юлия"
)
_FIRST_WOMEN = (
    _Class(r"^любовь$", 1, "и и ь ью и", sure=True),
    _Class(_UNSTRESSED_IYA, 1, "и и ю ей и", sure=True),
    # Мария gives Марии, Зульфия with the stress at its end Зульфие.
    _Class(r"ия$", 1, "и и ю ей и", doubted="dp"),
    _Class(r"[аоуеэый]я$|ья$", 1, "и е ю ей е"),
    _INDECLINABLE,
    _Class(r"[бвгджзйклмнпрстфхцчшщ]$", 0, ""),
)
_MIDDLE = (
    _Class(r"[оеё]вич$|^(никит|савв)ич$", 0, "а у а ем е"),
    _Class(r"^(иль|кузьм|лук|фом)ич$", 0, "а у а ом е"),
    _Class(r"ич$", 0, "а у а ем е", doubted="i"),
    _Class(r"(вна|чна|шна)$", 1, "ы е у ой е"),
)

# What stands before a hyphen and never changes.
_PREFIXES = frozenset(
    {"бонч", "грум", "дон", "кара", "тер", "сан", "сен", "аль", "эль", "ибн", "бен", "нур", "мак"}
)


def by_rule(part: Part, name: str, sex: str) -> Rule | None:
    """The forms of a part of a name by its class; None when it is in no class."""
    if " " in name:
        return None
    pieces = re.split(r"-", name)
    if len(pieces) == 1:
        return _single(part, name, sex)
    rules: list[Rule] = []
    for number, piece in enumerate(pieces):
        if number < len(pieces) - 1 and piece.casefold() in _PREFIXES:
            rules.append(Rule((piece,) * 5, sure=True))
            continue
        rule = _single(part, piece, sex)
        if rule is None or (number < len(pieces) - 1 and _loose(part, piece, sex)):
            return None
        rules.append(rule)
    return _joined(rules)


def _loose(part: Part, piece: str, sex: str) -> bool:
    """Whether a man's first half may as well stay as it is: «Жан-Поля», «Шолом-Алейхема»."""
    typical = re.search(r"([оеё]в|[иы]н|[гкх]ий|[вн]ой|ый|о|[аиуеы])$", piece.casefold())
    return sex == "м" and (part is Part.FIRST or not typical)


def _joined(rules: Sequence[Rule]) -> Rule:
    return Rule(
        forms=tuple("-".join(forms) for forms in zip(*(rule.forms for rule in rules), strict=True)),
        doubted="".join(rule.doubted for rule in rules),
        sure=any(rule.sure for rule in rules),
    )


def _single(part: Part, name: str, sex: str) -> Rule | None:
    plain = name.casefold()
    if part is Part.MIDDLE:
        classes: Sequence[_Class] = _MIDDLE
    elif part is Part.FIRST:
        classes = _FIRST_MEN if sex == "м" else (*_FIRST_WOMEN[:3], *_NOUNS_OF_WOMEN)
    else:
        if _doubtful(plain, sex):
            return None
        classes = _MEN if sex == "м" else _WOMEN
    return next((rule for item in classes if (rule := item.rule(name))), None)


# In women's names the stress of -ша, -ця does not matter: «Машей», «Олей».
_NOUNS_OF_WOMEN = (
    *_FIRST_WOMEN[3:],
    _Class(r"[жшчщ]а$", 1, "и е у ей е"),
    _Class(r"ца$", 1, "ы е у ей е"),
    _Class(r"[бвдзлмнпрстф]я$", 1, "и е ю ей е"),
    _NOUNS[1],
    _NOUNS[4],
)


def _doubtful(plain: str, sex: str) -> bool:
    """Whether a surname is one of those families decline in different ways."""
    if re.search(_FOREIGN, plain) or re.search(_OF_THE_OTHER_SEX[sex], plain):
        return True
    if sex == "ж":
        adjective = re.search(r"[бвгджзклмнпрстфхцчшщ]ая$", plain)
        vague = not adjective and re.search(_VAGUE, plain)
        return bool(vague or re.search(f"{_AMBIGUOUS_WOMEN}|{_LIKE_ADJECTIVES}", plain))
    return bool(re.search(f"{_VAGUE}|{_FLEETING}|{_FEMININE_NOUNS}", plain))
