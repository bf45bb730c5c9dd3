"""What lies in cases, read from the bags alone: cards, people, marks. No index is kept outside.

A case is looked for in the workspace's bundles, or on a medium without any register.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from archive.manifest import MANIFEST, TAG_MANIFEST
from archive.medium import BAGS, VOLUME_FILE
from archive.unpacked import is_disc, unpacked
from archive.validation import bag_digest
from docgen.core.digests import digest_file
from docgen.core.errors import Blocked, InputFault
from docgen.journal.export import RESULTS
from docgen.pipeline.workspace import Workspace

_CARD = "metadata/delo.json"
_SOURCE = "data/source"


@dataclass(frozen=True)
class ArchivedCase:
    """A bag with its card; tables are read when they are asked for."""

    bag: Path
    card: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The bag's name: 2025-2026_02-15_09a_q1_t5."""
        return self.bag.name

    @property
    def documents(self) -> Sequence[Mapping[str, Any]]:
        """Rows of the documents of a case of papers; empty for a case of volumes."""
        rows: Sequence[Mapping[str, Any]] = self.card.get("documents", ())
        return rows

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of its volumes or documents within the bag."""
        return tuple(
            f"data/{row['file']}" for row in (*self.card.get("volumes", ()), *self.documents)
        )

    @cached_property
    def students(self) -> list[Mapping[str, str]]:
        """Rows of the pupils' table; empty when the case has none."""
        return self.table("students.csv")

    @cached_property
    def results(self) -> list[Mapping[str, str]]:
        """Rows of the table of results."""
        return self.table(RESULTS)

    @cached_property
    def inventory(self) -> list[Mapping[str, str]]:
        """Rows of the inner inventory: volume, title, teacher, sheets."""
        return _rows(self.bag / "metadata" / "inventory.csv")

    def table(self, name: str) -> list[Mapping[str, str]]:
        """Rows of a table behind the sheets; empty when the case has none of that name."""
        return _rows(self.bag / _SOURCE / name)

    def require_true(self, *names: str) -> None:
        """Make sure that files are what the manifest says, and the manifest what it was.

        Raises Blocked: from a damaged case nothing is certified.
        """
        for name, listed in (*((name, MANIFEST) for name in names), (MANIFEST, TAG_MANIFEST)):
            try:
                lines = (self.bag / listed).read_text("utf-8").splitlines()
                digest = digest_file(self.bag / name).sha512
            except (OSError, UnicodeDecodeError) as fault:
                raise _damaged(self.bag, name) from fault
            if f"{digest}  {name}" not in lines:
                raise _damaged(self.bag, name)

    @property
    def digest(self) -> str:
        """SHA-512 of the tag manifest: what the act and the label print."""
        return bag_digest(self.bag)


def archived_cases(
    workspace: Workspace | None, folders: Sequence[Path]
) -> tuple[ArchivedCase, ...]:
    """Cases of the named media or folders of bags; without any, of the workspace's bundles.

    Raises InputFault for a folder that holds no case.
    """
    places = list(folders) or ([workspace.bundles] if workspace else [])
    found: list[ArchivedCase] = []
    for place in places:
        bags = place / BAGS if (place / VOLUME_FILE).is_file() else place
        own = list(_cases(bags))
        if folders and not own:
            raise InputFault(
                "в папке нет ни одного дела",
                where=str(place),
                remedy="Укажите носитель архива (в нём volume.json) или папку с делами.",
            )
        found += own
    return tuple(found)


@contextmanager
def readable(places: Sequence[Path]) -> Iterator[Mapping[Path, Path]]:
    """Open images of discs and drives for the length of a block: folders to what they are of.

    Raises MediumFault; what was unpacked is removed at the end.
    """
    with ExitStack() as stack:
        yield {
            stack.enter_context(unpacked(place)).medium.folder if is_disc(place) else place: place
            for place in places
        }


def _cases(folder: Path) -> Iterator[ArchivedCase]:
    if not folder.is_dir():
        return
    for bag in sorted(folder.iterdir()):
        try:
            card = json.loads((bag / _CARD).read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(card, dict) and {"class", "year", "period", "title"} <= card.keys():
            yield ArchivedCase(bag, card)


def current(cases: Sequence[ArchivedCase]) -> tuple[ArchivedCase, ...]:
    """The last edition of each case: `…_r2` stands for the one it replaces."""
    last: dict[str, ArchivedCase] = {}
    for case in cases:
        base, _, number = re.match(r"(.*?)(_r(\d+))?$", case.name).groups()  # type: ignore[union-attr]
        key = f"{case.bag.parent}/{base}"
        known = last.get(key)
        if known is None or int(number or 1) > _edition(known):
            last[key] = case
    return tuple(last.values())


def _edition(case: ArchivedCase) -> int:
    found = re.search(r"_r(\d+)$", case.name)
    return int(found[1]) if found else 1


def _rows(path: Path) -> list[Mapping[str, str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError:
        return []
    except UnicodeDecodeError as fault:
        raise _damaged(path.parent, path.name) from fault
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def _damaged(bag: Path, name: str) -> Blocked:
    return Blocked(
        "дело повреждено, по нему ничего не выдаётся",
        where=f"{bag}: {name}",
        remedy="Возьмите второй экземпляр или исправьте этот: docgen archive repair.",
    )
