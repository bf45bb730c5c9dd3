"""The pupils and parents of the invented school: random families out of lists of names."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

from docgen.russian import date_numeric, sort_key

if TYPE_CHECKING:
    import random

STREETS = ("Садовая", "Школьная", "Речная", "Кабардинская", "Мира", "Полевая", "Лесная")


@dataclass(slots=True)
class Guardian:
    """A parent of an invented pupil."""

    last: str
    first: str
    middle: str
    relation: str
    document: tuple[str, str, str, str]
    phone: str
    email: str


@dataclass(slots=True)
class Child:
    """An invented pupil with the family; `arrived` and `left` are set for those who moved."""

    student_id: str
    class_id: str
    last: str
    first: str
    middle: str
    gender: str
    born: dt.date
    file_no: str
    address: str
    guardians: list[Guardian]
    list_no: int = 0
    start: dt.date = dt.date.min
    start_order: str = ""
    end: dt.date | None = None
    end_order: str = ""
    exempt: frozenset[str] = field(default=frozenset())

    def attends(self, day: dt.date) -> bool:
        """Whether the pupil is in the class on that day."""
        return self.start <= day and (self.end is None or day <= self.end)


def read_data(name: str) -> dict[str, Any]:
    """Read a TOML file of the invented school's data."""
    folder = resources.files("docgen.journal.demo") / "data"
    return tomllib.loads((folder / name).read_text(encoding="utf-8"))


def invent_classes(random_source: random.Random) -> dict[str, list[Child]]:
    """Invent the pupils of every class, each list in the order of the Russian alphabet."""
    data = read_data("people.toml")
    families = _Families(random_source, data["tradition"])
    classes = {}
    for class_id, wanted in data["classes"].items():
        children = [
            families.child(class_id, tradition, wanted["birth_year"])
            for tradition, count in wanted["families"].items()
            for _ in range(count)
        ]
        children.sort(key=lambda child: sort_key(child.last, child.first, child.middle))
        for number, child in enumerate(children, start=1):
            child.list_no = number
        classes[class_id] = children
    return classes


class _Families:
    """Deals out names so that no surname comes twice in a tradition before all have come."""

    def __init__(self, random_source: random.Random, traditions: list[dict[str, Any]]) -> None:
        self.random = random_source
        self.traditions = {tradition["name"]: tradition for tradition in traditions}
        self.decks: dict[tuple[str, str], list[Any]] = {}
        self.students = 0
        self.phones = 0

    def deal(self, tradition: str, kind: str) -> Any:
        """Take the next card of a shuffled deck, shuffling it again when it is out."""
        deck = self.decks.setdefault((tradition, kind), [])
        if not deck:
            deck.extend(self.traditions[tradition][kind])
            self.random.shuffle(deck)
        return deck.pop()

    def child(self, class_id: str, tradition: str, birth_year: int) -> Child:
        """Invent a pupil and one or two parents."""
        self.students += 1
        surnames = self.deal(tradition, "surnames")
        father, sons, daughters = self.deal(tradition, "fathers")
        boy = self.students % 2 == 0
        last = surnames[0 if boy else 1]
        born = dt.date(birth_year, 1, 1) + dt.timedelta(days=self.random.randrange(365))
        house, flat = self.random.randint(1, 90), self.random.randint(1, 60)
        return Child(
            student_id=f"У{self.students:03}",
            class_id=class_id,
            last=last,
            first=self.deal(tradition, "boys" if boy else "girls"),
            middle=sons if boy else daughters,
            gender="м" if boy else "ж",
            born=born,
            file_no=f"{last[0]}-{100 + self.students}/{birth_year + 7}",
            address="399000, г. Родниковск, ул. "
            f"{self.random.choice(STREETS)}, д. {house}, кв. {flat}",
            guardians=self._parents(tradition, surnames, father, birth_year),
        )

    def _parents(
        self, tradition: str, surnames: list[str], father: str, birth_year: int
    ) -> list[Guardian]:
        first, middle = self.deal(tradition, "mothers")
        mother = self._guardian((surnames[1], first, middle), "мать", birth_year)
        if self.random.random() < 0.3:  # noqa: PLR2004 - the share of families with one parent
            return [mother]
        _name, patronymic, _daughters = self.random.choice(self.traditions[tradition]["fathers"])
        return [mother, self._guardian((surnames[0], father, patronymic), "отец", birth_year)]

    def _guardian(self, names: tuple[str, str, str], relation: str, birth_year: int) -> Guardian:
        self.phones += 1
        issued = dt.date(birth_year - 5, 1, 1) + dt.timedelta(days=self.random.randrange(5000))
        document = (
            f"99 {self.random.randint(0, 24):02}",
            f"{self.random.randrange(1000000):06}",
            "МВД по г. Родниковску",
            date_numeric(issued),
        )
        phone = f"+7 (900) 000-{self.phones // 100 + 10:02}-{self.phones % 100:02}"
        return Guardian(*names, relation, document, phone, f"parent{self.phones}@example.com")
