"""Дневник.ру: a folder of saved answers of its API v2 (`journal.md` 4.3).

Answers lie in folders called as their API paths (`edu-groups/{id}/persons.json`): a list of
persons does not say of which group it is. Ids exceed 2^53, so the text twins (`id_str`) are read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from docgen.core.findings import Finding
from docgen.journal.sources import dnevnik_lessons, saved_answers
from docgen.journal.sources.dnevnik_lessons import Answers
from docgen.journal.sources.rows import Part, Row
from docgen.journal.sources.saved_answers_book import Book
from docgen.journal.sources.saved_answers_json import Node, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Dnevnik:
    """Reads groups, persons, periods, lessons, marks, absences and final marks of classes.

    Groups, lessons, their numbers and who taught are told. Subgroups are edu-groups with
    `parentIds`. Two marks of one person and work with the numbers 1 and 2 are a pair («4/5»).
    `Mark.date` is when the mark was set. Of reasons of absence only illness is told; `Pass` is
    read as excused (`journal.md` 5, note 1), `Absent` as an absence whose reason is not told.
    """

    name: str = "dnevnik"
    title: str = "Дневник.ру (папка ответов API v2 в JSON)"
    confirmed: bool = False
    signs: str = "ответы JSON с ключами id_str, person_str, parentIds"
    guesses: frozenset[str] = frozenset()

    def recognises(self, path: Path) -> bool:
        """Tell by the keys of its JSON."""
        return saved_answers.is_of(path, self.name)

    def read(self, path: Path) -> Iterator[Part | Row | Finding]:
        """Yield the school, people, classes, groups, lessons, marks and final marks.

        Raises InputFault for a file that cannot be read; a mark or an absence whose lesson was
        not saved is rejected.
        """
        book = Book()
        answers = Answers(book)
        with saved_answers.opened(path) as members:
            for member in saved_answers.answers(members):
                part, root = answer(member)
                _sort(answers, PurePosixPath(member.name), root, book.begin(part))
        dnevnik_lessons.settle(answers)
        book.lacks("Дневник.ру", "причины пропусков, кроме болезни, и замены")
        yield from book.rows()


SOURCE = Dnevnik()


def _sort(answers: Answers, path: PurePosixPath, root: Node, part: int) -> None:
    """Put the entries of an answer to their like, by what stands in them."""
    entries = [root] if isinstance(root.value, dict) else list(root.each())
    if all(isinstance(entry.value, str) for entry in entries):
        return  # the list of attendance statuses, which are known
    for entry in entries:
        kind = next((kind for kind, fits in _ENTRIES.items() if fits(entry)), "")
        if not kind:
            answers.book.note("SV-01", part, entry.where)
            return
        if kind == "person":
            kind, group = _whose(path)
            answers.persons[kind, group].append((part, entry))
        else:
            answers.entries[kind].append((part, entry))


def _whose(path: PurePosixPath) -> tuple[str, str]:
    """Tell whether persons are teachers or the pupils of a group, by the API path."""
    if path.stem == "teachers":
        return "teachers", ""
    return "group", path.parent.name if path.parent.parent.name == "edu-groups" else ""


_ENTRIES: dict[str, Callable[[Node], bool]] = {
    "final": lambda entry: "per-subject-final-marks" in entry,
    "log": lambda entry: "status" in entry and "lesson" in entry and "person" in entry,
    "mark": lambda entry: "textValue" in entry and "work" in entry,
    "lesson": lambda entry: "works" in entry and "subject" in entry,
    "group": lambda entry: "parentIds" in entry or "parentIds_str" in entry,
    "period": lambda entry: "finish" in entry and "start" in entry,
    "person": lambda entry: "lastName" in entry,
    "work type": lambda entry: "abbr" in entry,
    "school": lambda entry: "fullName" in entry and "city" in entry,
    "subject": lambda entry: "name" in entry and ("id" in entry or "id_str" in entry),
    "relatives": lambda entry: "relatives" in entry,
}
"""How entries are told apart; the first that fits counts."""
