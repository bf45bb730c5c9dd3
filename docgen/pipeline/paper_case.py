"""A case of papers as a bag: the documents as they are, and the papers that every case has."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import accumulate
from pathlib import Path

from archive.bag import BagSpec
from archive.names import safe_names
from docgen import russian
from docgen.binding.plan import plan_certifying, plan_inventory
from docgen.binding.writer import volume_bytes
from docgen.core.digests import digest_file
from docgen.documents.archive_papers import blank_cover, cover_dates
from docgen.documents.certifying import certifying_section
from docgen.documents.house import House
from docgen.documents.inventory import InventoryRow
from docgen.journal.export import csv_bytes
from docgen.pipeline.case_files import CaseFacts, CaseObject, case_card, evidence, premis
from docgen.pipeline.paper_files import form_of
from docgen.pipeline.papers import Paper
from docgen.pipeline.sign import SUFFIX, Seal, signature_of
from docgen.pipeline.terms import kept_text
from docgen.pipeline.volume_texts import blank_texts
from docgen.pipeline.withdrawn import Withdrawal
from docgen.pipeline.workspace import Workspace
from docgen.profile import Retention
from docgen.rendering.blank import BlankBook, lay_out_document
from docgen.rendering.fonts import open_face, shipped_faces
from signing.report import VerificationReport

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:docgen:paper")
_COPY = "документы с электронной подписью и электронные образы документов на бумаге"


@dataclass(frozen=True, slots=True)
class PaperCase:
    """A case of papers to be written: what it is, its term, its papers in their order.

    `kind` is the word people type for its papers.
    """

    kind: str
    facts: CaseFacts
    term: Retention
    papers: tuple[Paper, ...]
    withdrawn: tuple[Withdrawal, ...] = ()

    @property
    def objects(self) -> tuple[CaseObject, ...]:
        """Its documents as the description of a case names them."""
        names = safe_names((paper.original for paper in self.papers), spare=len(SUFFIX))
        return tuple(
            CaseObject(
                path=paper.path,
                name=name,
                identity=uuid.uuid5(_NAMESPACE, paper.digests.sha512).urn,
                sha512=paper.digests.sha512,
                streebog256=paper.digests.streebog256,
                size=paper.digests.size,
                form=form_of(paper.path),
            )
            for paper, name in zip(self.papers, names, strict=True)
        )

    @property
    def sheets(self) -> int:
        """Sheets of all documents."""
        return sum(paper.sheets for paper in self.papers)

    @property
    def documents(self) -> list[dict[str, object]]:
        """The rows of its documents, as its card keeps them."""
        lasts = accumulate(paper.sheets for paper in self.papers)
        return [
            {
                "title": paper.told.title,
                "number": paper.told.number,
                "date": paper.told.date.isoformat() if paper.told.date else "",
                "file": one.name,
                "original": paper.original,
                "origin": paper.origin,
                "known": paper.told.known,
                "sha512": one.sha512,
                "pages": paper.sheets,
                "sheets": _range(last - paper.sheets + 1, last),
                "signature": digest_file(signature_of(one.path)).sha512 if paper.signed else "",
            }
            for paper, one, last in zip(self.papers, self.objects, lasts, strict=True)
        ]

    @property
    def card(self) -> bytes:
        """Its card, `metadata/delo.json`."""
        more: dict[str, object] = {"kind": self.kind, "documents": self.documents}
        if self.withdrawn:
            more["withdrawn"] = [asdict(row) for row in self.withdrawn]
        return case_card(self.facts, (), **more)

    def is_held_by(self, bag: Path) -> bool:
        """Whether a bag holds just this case."""
        return bool((bag / "metadata" / "delo.json").read_bytes() == self.card)


def describe(
    workspace: Workspace,
    case: PaperCase,
    checked: Sequence[tuple[CaseObject, VerificationReport]],
    house: House,
    seal: Seal,
    name: str,
) -> BagSpec:
    """Describe the bag of a case; `checked` are its signatures. Raises TemplateFault."""
    facts = case.facts
    files: dict[str, Path | bytes] = {}
    captions: dict[str, str] = {}
    for paper, one in zip(case.papers, case.objects, strict=True):
        files[f"data/{one.name}"] = one.path
        captions[f"data/{one.name}"] = paper.told.title
        if paper.signed:
            files[f"data/{one.name}{SUFFIX}"] = signature_of(one.path)
            captions[f"data/{one.name}{SUFFIX}"] = "Подпись к документу"
    for path, (content, caption) in _metadata(workspace, case, house, seal).items():
        files[f"metadata/{path}"] = content
        captions[f"metadata/{path}"] = caption
    school = house.organisation.full_name
    keeper = house.officials["secretary"]
    for path, content, caption in evidence(
        workspace, checked, seal, title=facts.title, school=school, keeper=keeper
    ):
        files[f"evidence/{path}"] = content
        captions[f"evidence/{path}"] = caption
    return BagSpec(
        name=name,
        title=facts.title,
        organisation=school,
        bagging_date=seal.at.date(),
        retention_until=facts.until,
        retention_article=case.term.article,
        files=files,
        captions=captions,
    )


def _metadata(
    workspace: Workspace, case: PaperCase, house: House, seal: Seal
) -> Mapping[str, tuple[bytes, str]]:
    facts, keeper = case.facts, house.officials["secretary"].short
    identity = f"{facts.year} · {facts.index}" + (f" · {facts.class_id}" if facts.class_id else "")
    blanks = BlankBook(blank_texts(workspace.profile), workspace.own_templates)
    faces = {style: open_face(path) for style, path in shipped_faces().items()}
    rows = [_inventory_row(case, row) for row in case.documents]
    inventory = plan_inventory(facts.title, rows, keeper, identity, blanks, faces)
    own = len(inventory.pages)
    certifying = plan_certifying(
        certifying_section(
            facts.title,
            f"Индекс дела {facts.index}",
            keeper,
            sheets=case.sheets,
            inventory_sheets=own,
        ),
        identity,
        blanks,
        faces,
    )
    return {
        "delo.json": (case.card, "Карточка дела"),
        "cover.pdf": (_cover(workspace, case, house, own), "Обложка дела"),
        "inventory.csv": (_inventory_csv(case), "Внутренняя опись"),
        "inventory.pdf": (volume_bytes(inventory, faces), "Внутренняя опись"),
        "certifying.pdf": (volume_bytes(certifying, faces), "Лист-заверитель"),
        "premis.xml": (_premis(case, seal), "Происхождение и события (PREMIS)"),
    }


def _inventory_row(case: PaperCase, row: Mapping[str, object]) -> InventoryRow:
    paper = next(one for one in case.papers if one.digests.sha512 == row["sha512"])
    day = paper.told.date
    return InventoryRow(
        index=paper.told.number or case.facts.index,
        date=russian.date_numeric(day) if day else "",
        title=paper.told.title,
        sheets=str(row["sheets"]),
        note=paper.note,
    )


def _inventory_csv(case: PaperCase) -> bytes:
    header = ("№ п/п", "Индекс документа", "Дата", "Заголовок", "Листы", "Примечание")
    rows = [
        (
            number,
            row["number"],
            row["date"],
            row["title"],
            row["sheets"],
            paper.note,
            row["file"],
            row["original"],
        )
        for number, (paper, row) in enumerate(
            zip(case.papers, case.documents, strict=True), start=1
        )
    ]
    return csv_bytes((*header, "Файл", "Исходное имя файла"), rows)


def _premis(case: PaperCase, seal: Seal) -> bytes:
    moment = seal.at.isoformat()
    events = [("ingestion", moment, "Документы приняты в дело как есть (docgen)")]
    if any(paper.signed for paper in case.papers):
        events.append(("digital signature validation", moment, "Подписи документов проверены"))
    events += [
        (
            "deaccession",
            row.date,
            f"Документ исключён (SHA-512 {row.sha512}): {row.reason}; {row.who}",
        )
        for row in case.withdrawn
    ]
    return premis(case.objects, events)


def _cover(workspace: Workspace, case: PaperCase, house: House, inventory_sheets: int) -> bytes:
    facts = case.facts
    cover = replace(
        blank_cover(house),
        index=facts.index,
        volume="1",
        title=facts.title,
        copy=_COPY,
        dates=cover_dates(facts.start, facts.end),
        sheets=russian.sheets_in_words(case.sheets),
        inventory_sheets=str(inventory_sheets),
        retention=kept_text(case.term),
        article=case.term.article,
    )
    context = {item.name: getattr(cover, item.name) for item in fields(cover)}
    return lay_out_document("case-cover", context, workspace.own_templates)


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"
