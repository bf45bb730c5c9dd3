"""The papers that lie in `docs/` of media: acts that both hold, and those each has of its own."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from archive.durable import read_plain
from archive.finish import Broken
from archive.medium import VOLUME_FILE, VOLUME_LIST, Medium, listed_outside
from archive.names import DESCRIPTION_NAME
from archive.register import Register
from docgen import russian
from docgen.core.errors import Blocked
from docgen.core.findings import finding
from docgen.documents.handover import (
    CaseInventory,
    CaseLine,
    MediumLine,
    cases_in_words,
    inventory_csv,
)
from docgen.pipeline.bundle import read_case
from docgen.pipeline.medium_papers import medium_papers
from docgen.pipeline.people import offices_of
from docgen.pipeline.sign import broken_seal
from docgen.pipeline.workspace import Workspace
from docgen.rendering.blank import lay_out_document
from signing.trust import TrustStore

ACT = "handover-"
_OF_A_MEDIUM = ("opis.csv", "opis.pdf", "label.pdf", "passport.pdf")


def standing_acts(media: Sequence[Medium], kinds: Sequence[str] = (ACT,)) -> dict[str, bytes]:
    """The papers of these kinds: a stopped run may have reached one of the media only.

    Where the lists of the media name a paper, it is taken as they say, from whichever medium still
    has it so. Raises Blocked for a paper that none has.
    """
    listed: dict[str, set[str]] = {}
    found: dict[str, list[bytes]] = {}
    for medium in media:
        for path, digest in listed_outside(medium.folder).items():
            if path.startswith(tuple(f"docs/{kind}" for kind in kinds)):
                listed.setdefault(path, set()).add(digest)
                found.setdefault(path, [])
        with medium.faults():
            for kind in kinds:
                for path_of in sorted((medium.folder / "docs").glob(f"{kind}*")):
                    found.setdefault(f"docs/{path_of.name}", []).append(read_plain(path_of))
    acts = {path: _right_one(found[path], listed.get(path, set())) for path in found}
    if damaged := sorted(path for path, content in acts.items() if content is None):
        raise Blocked(
            "Акты на носителях испорчены.",
            where="; ".join(medium.label for medium in media),
            remedy="Верните их на носитель из рабочей папки (out/ГОД/ПЕРИОД, disposals) и повторите"
            " команду.",
            findings=[
                finding("AR-34", path, path=path, reason="содержание изменилось")
                for path in damaged
            ],
        )
    return {path.removeprefix("docs/"): content for path, content in acts.items() if content}


def _right_one(contents: Sequence[bytes], listed: Collection[str]) -> bytes | None:
    """The one content the lists speak for; without any list, the one there is."""
    known = {
        content
        for content in contents
        if not listed or hashlib.sha512(content).hexdigest() in listed
    }
    return known.pop() if len(known) == 1 else None


def list_judge(
    register: Register, media: Sequence[Medium], trust: TrustStore, at: dt.datetime
) -> Broken:
    """Tell of seals that are surely wrong, by themselves or by what the register knows of them."""
    lists = {medium.folder / VOLUME_LIST: medium for medium in media}

    def broken(path: Path) -> str:
        known = register.lost_seal(lists[path]) if path in lists else ""
        return known or broken_seal(path, trust, at)

    return broken


def remade(path: str) -> bool:
    """Whether a path of a medium is one that storing cases looks at, or makes anew, by itself."""
    folder, _, name = path.rpartition("/")
    if folder == "docs":
        return name.startswith(ACT) or name in _OF_A_MEDIUM
    return folder == "tools" or path in {VOLUME_FILE, DESCRIPTION_NAME, "index.html"}


def told_acts(papers: Mapping[str, bytes]) -> list[str]:
    """Records of acts whose paper stands beside them: a record alone is a stopped run's."""
    return [name for name in papers if name.endswith(".json") and f"{name[:-5]}.pdf" in papers]


def told_digests(papers: Mapping[str, bytes]) -> set[str]:
    """Digests of all cases that were handed over by an act; raises Blocked for a bad record."""
    digests = set()
    for name in told_acts(papers):
        try:
            digests |= {row["tagmanifest_sha512"] for row in json.loads(papers[name])["cases"]}
        except (ValueError, KeyError, TypeError) as fault:
            raise Blocked(
                "Запись об акте передачи на носителях испорчена.",
                where=f"docs/{name}",
                remedy="Уберите этот файл с обоих носителей: дела будут переданы новым актом.",
            ) from fault
    return digests


def medium_line(medium: Medium, workspace: Workspace) -> MediumLine:
    """A medium as acts name it."""
    settings = workspace.profile.media
    places = {settings.a.inventory: settings.a.place, settings.b.inventory: settings.b.place}
    return MediumLine(
        inventory=medium.inventory_number,
        role=medium.role.label,
        identifier=str(medium.identifier),
        place=places.get(medium.inventory_number, ""),
    )


def own_papers(
    workspace: Workspace, medium: Medium, now: dt.datetime, *, anew: bool = False
) -> dict[str, bytes]:
    """The inventory of all cases of the medium, with label and passport; kept while all is true.

    `anew` makes them in any case.
    """
    lines = tuple(_case(medium, name) for name in medium.bag_names())
    table = b"\xef\xbb\xbf" + inventory_csv(lines).encode()
    if not anew and _finished_with(medium, table):
        return {}
    secretary = offices_of(workspace)["secretary"].short
    paper = CaseInventory(
        school=medium.read().organisation,
        number=medium.inventory_number,
        role=medium.role.label,
        date=russian.date_long(now.date()),
        cases=lines,
        cases_in_words=cases_in_words(len(lines)),
        secretary=secretary,
    )
    pdf = lay_out_document("case-inventory", {"inventory": paper}, workspace.templates)
    papers = medium_papers(
        workspace,
        medium,
        lines,
        table,
        place=medium_line(medium, workspace).place,
        secretary=secretary,
        now=now,
    )
    return {"opis.csv": table, "opis.pdf": pdf, **papers}


def _case(medium: Medium, name: str) -> CaseLine:
    try:
        return read_case(medium.bags / name)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise Blocked(
            "Описание дела на носителе испорчено, бумаг носителя с ним не сделать.",
            where=f"{medium.label} / {name}",
            remedy="Восстановите дело: docgen archive repair НОСИТЕЛЬ --from ДРУГОЙ.",
        ) from fault


def _finished_with(medium: Medium, table: bytes) -> bool:
    """Whether the list of the medium names this inventory and all papers made with it, unchanged.

    A run that was stopped among them left the new inventory beside the old label.
    """
    listed = listed_outside(medium.folder)
    if listed.get("docs/opis.csv") != hashlib.sha512(table).hexdigest():
        return False
    try:
        return all(
            hashlib.sha512(read_plain(medium.folder / "docs" / name)).hexdigest()
            == listed.get(f"docs/{name}")
            for name in _OF_A_MEDIUM
        )
    except OSError:
        return False
