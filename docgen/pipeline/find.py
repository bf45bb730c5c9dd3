"""Find in which cases a pupil, a teacher or a subject stands, and which copies hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docgen.core.errors import UsageFault
from docgen.pipeline.archived import ArchivedCase, archived_cases, current, readable
from docgen.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Hit:
    """A case something was found in; `found` are the names or titles that fit, with sheets."""

    case: str
    title: str
    class_id: str
    year: str
    period: str
    found: tuple[str, ...]
    documents: tuple[str, ...]
    copies: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Plain values for `--json` answers."""
        return {
            "case": self.case,
            "title": self.title,
            "class": self.class_id,
            "year": self.year,
            "period": self.period,
            "found": list(self.found),
            "documents": list(self.documents),
            "copies": list(self.copies),
        }


def find(
    workspace: Workspace | None,
    query: str,
    *,
    class_id: str = "",
    year: str = "",
    media: Sequence[Path] = (),
) -> tuple[Hit, ...]:
    """Search the cases; a case on several media is one hit with several copies.

    Words may be beginnings and stand in any order; case and ё do not matter. Raises UsageFault for
    a search for nothing, InputFault for a folder without cases.
    """
    if not (query.strip() or class_id or year):
        raise UsageFault(
            "не сказано, что искать", remedy="Назовите фамилию, учителя или предмет, класс или год."
        )
    with readable(media) as folders:
        return _search(workspace, query, class_id, year, folders)


def _search(
    workspace: Workspace | None,
    query: str,
    class_id: str,
    year: str,
    folders: Mapping[Path, Path],
) -> tuple[Hit, ...]:
    hits: dict[str, Hit] = {}
    for case in current(archived_cases(workspace, list(folders))):
        if class_id and plain(class_id) != plain(str(case.card["class"])):
            continue
        if year and year.replace("-", "/") != case.card["year"]:
            continue
        found = tuple(_found(case, query)) if query.strip() else ()
        if query.strip() and not found:
            continue
        known = hits.get(case.name)
        place = next(
            (
                str(of)
                for folder, of in folders.items()
                if of != folder and folder in case.bag.parents
            ),
            str(case.bag),
        )
        copies = (*(known.copies if known else ()), place)
        hits[case.name] = Hit(
            case.name,
            str(case.card["title"]),
            str(case.card["class"]),
            str(case.card["year"]),
            str(case.card["period"]),
            found,
            case.files,
            copies,
        )
    return tuple(hits[name] for name in sorted(hits))


def _found(case: ArchivedCase, query: str) -> list[str]:
    if case.documents:
        return [
            f"{row['title']}: листы {row['sheets']}, data/{row['file']}"
            for row in case.documents
            if fits(query, row["title"])
        ]
    pupils = [name for name in map(full_name, case.students) if fits(query, name)]
    rows = [
        f"{row['Заголовок']} ({row['Учитель']}): том {row['Том']}, "
        f"листы {row['Лист с']}–{row['Лист по']}"
        for row in case.inventory
        if fits(query, f"{row['Заголовок']} {row['Учитель']}")
    ]
    return [*dict.fromkeys(pupils), *rows]


def full_name(row: Mapping[str, str]) -> str:
    """«Фамилия Имя Отчество» of a row of pupils."""
    return " ".join(filter(None, (row["Фамилия"], row["Имя"], row["Отчество"])))


def fits(query: str, text: str) -> bool:
    """Whether every word of the query begins a word of the text."""
    words = plain(text).replace("\u00a0", " ").split()
    return all(any(word.startswith(part) for word in words) for part in plain(query).split())


def plain(text: str) -> str:
    """Small letters, е for ё."""
    return text.casefold().replace("ё", "е").strip()
