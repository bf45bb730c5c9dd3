"""Bundles: one case per class, period and series as a BagIt bag, with all that explains it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from archive.bag import BagResult, BagSpec
from archive.retention import PERMANENT
from archive.validation import bag_digest
from docgen.core.errors import UsageFault
from docgen.core.progress import Progress
from docgen.documents.archive_papers import case_cover
from docgen.documents.class_summary_sheets import TITLE as SUMMARY_TITLE
from docgen.documents.handover import CaseLine
from docgen.journal.codes import PeriodKind
from docgen.journal.export import period_rows, summary_rows
from docgen.journal.legend import LEGEND
from docgen.journal.model import ClassJournal, ClassUnit, Period
from docgen.journal.store import Journal
from docgen.pipeline.bind import BoundVolume, bound_volumes
from docgen.pipeline.bound_cases import bound_case
from docgen.pipeline.case_files import (
    CaseFacts,
    CaseObject,
    case_card,
    check_signatures,
    evidence,
    inventory_rows,
    premis,
)
from docgen.pipeline.editions import case_name, editions, write_edition
from docgen.pipeline.house import house
from docgen.pipeline.people import officials
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.sign import Seal, open_seal, sign_files, signature_of
from docgen.pipeline.terms import term_text
from docgen.pipeline.volume_cards import Series
from docgen.pipeline.volume_texts import case_index
from docgen.pipeline.workspace import Workspace, class_slug
from docgen.profile import retention_until
from docgen.rendering.blank import lay_out_document


@dataclass(frozen=True, slots=True)
class Case:
    """A case: its class, its volumes with signatures, and its bag once it stands."""

    unit: ClassUnit
    volumes: tuple[BoundVolume, ...]
    bag: BagResult


def bundle_cases(
    workspace: Workspace,
    period: Period,
    units: Sequence[ClassUnit],
    volumes: Sequence[BoundVolume],
    seal: Seal,
    progress: Progress,
) -> tuple[Case, ...]:
    """Write the bags of every class, one a series, or find them written with the same volumes.

    A case whose volumes changed after it was bundled gets a new bag that `Replaces` the old one.
    Raises InputFault, Blocked or MediumFault as `archive.bag.write_bag` does.
    """
    journal = workspace.open_journal()
    cases = []
    for unit in progress.track(units, title="Сборка дел", total=len(units)):
        for series in Series:
            own = tuple(
                volume
                for volume in volumes
                if volume.card.class_id == unit.class_id and volume.card.series is series
            )
            if own:
                bag = _bundle(workspace, journal, period, unit, series, own, seal)
                cases.append(Case(unit, own, bag))
    return tuple(cases)


def bundle_period(
    workspace: Workspace,
    code: str,
    classes: Sequence[str],
    at: dt.datetime,
    progress: Progress,
) -> tuple[Case, ...]:
    """Bundle the bound volumes of a period; what nobody signed yet gets the workplace's seal.

    Raises UsageFault when no volume is bound, else what `bundle_cases` raises.
    """
    with workspace.open_journal() as journal:
        period = chosen_period(journal, code)
        units = chosen_classes(journal, period, classes)
    volumes = bound_volumes(
        workspace.volumes(period.year, period.code), [unit.class_id for unit in units]
    )
    if not volumes:
        raise UsageFault(
            "томов этого периода ещё нет", remedy=f"Соберите их: docgen bind {period.code}."
        )
    seal = open_seal(workspace, at)
    sign_files([volume.path for volume in volumes], seal, progress)
    return bundle_cases(workspace, period, units, volumes, seal, progress)


def _bundle(
    workspace: Workspace,
    journal: Journal,
    period: Period,
    unit: ClassUnit,
    series: Series,
    volumes: tuple[BoundVolume, ...],
    seal: Seal,
) -> BagResult:
    years = workspace.profile.retention[series].years
    index = case_index(workspace.profile, series)
    base = case_name(period.year, index, class_slug(unit.class_id), period.code, years)

    def described(name: str) -> BagSpec:
        view = journal.class_journal(unit.class_id, period.code)
        return _spec(workspace, journal, view, series, volumes, seal, name)

    return write_edition(
        workspace.bundles,
        base,
        next(reversed(editions(workspace.bundles, base)), None),
        lambda bag: _holds(bag, volumes),
        described,
        seal,
    )


def _holds(bag: Path, volumes: tuple[BoundVolume, ...]) -> bool:
    """Whether the bag holds just these volumes."""
    names = {path.name for path in (bag / "data").glob("*.pdf")}
    if names != {volume.path.name for volume in volumes}:
        return False
    delo = json.loads((bag / "metadata" / "delo.json").read_bytes())
    recorded = {row["file"]: row["sha512"] for row in delo["volumes"]}
    return recorded == {volume.card.file: volume.card.sha512 for volume in volumes} and all(
        (bag / "data" / signature.name).read_bytes() == signature.read_bytes()
        for signature in (signature_of(volume.path) for volume in volumes)
        if signature.is_file()
    )


def _spec(
    workspace: Workspace,
    journal: Journal,
    view: ClassJournal,
    series: Series,
    volumes: tuple[BoundVolume, ...],
    seal: Seal,
    name: str,
) -> BagSpec:
    profile = workspace.profile
    retention = profile.retention[series]
    closed = max(item.end for item in view.periods if item.year == view.period.year)
    until = retention_until(closed, retention.years)
    title = _title(view, series)
    school = profile.school.full_name or view.school.full_name
    files: dict[str, Path | bytes] = {}
    captions: dict[str, str] = {}
    for volume in volumes:
        signature = signature_of(volume.path)
        files[f"data/{volume.path.name}"] = volume.path
        files[f"data/{signature.name}"] = signature
        part = f"том {volume.card.volume}" if len(volumes) > 1 else "документ (PDF)"
        captions[f"data/{volume.path.name}"] = f"{title}: {part}"
        captions[f"data/{signature.name}"] = f"Электронная подпись файла {volume.path.name}"
    rows = summary_rows(view) if series is Series.SUMMARY else period_rows(view)
    for path, content, caption in rows:
        files[f"data/source/{path}"] = content
        captions[f"data/source/{path}"] = caption
    facts = CaseFacts(
        index=case_index(profile, series),
        title=title,
        class_id=view.unit.class_id,
        year=view.period.year,
        period=view.period.code,
        start=view.period.start,
        end=view.period.end,
        until=until,
        system=view.school.system,
        exported_at=view.school.exported_at,
    )
    objects = tuple(_object(volume) for volume in volumes)
    files["metadata/delo.json"] = case_card(facts, volumes)
    files["metadata/inventory.csv"] = inventory_rows(volumes)
    files["metadata/premis.xml"] = premis(
        objects,
        (
            ("export", view.school.exported_at, f"Выгрузка: {view.school.system}"),
            ("creation", seal.at.isoformat(), "Твёрдая копия собрана в тома (docgen)"),
            ("digital signature generation", seal.at.isoformat(), "Тома подписаны"),
        ),
    )
    school_house = house(profile, journal, seal.at.date())
    for volume in volumes:
        case = bound_case(workspace, view.period, volume.card)
        context = case_cover(school_house, case)
        cover = {item.name: getattr(context, item.name) for item in fields(context)}
        path = f"metadata/cover-v{volume.card.volume}.pdf"
        files[path] = lay_out_document("case-cover", cover, workspace.own_templates)
        captions[path] = f"Обложка дела, том {volume.card.volume}"
    captions["metadata/delo.json"] = "Карточка дела для программ"
    captions["metadata/inventory.csv"] = "Внутренняя опись таблицей: разделы, учителя, листы"
    captions["metadata/premis.xml"] = "Происхождение и события дела для программ (PREMIS)"
    keeper = officials(profile, view.school.director, view.staff)["secretary"]
    for path, content, caption in evidence(
        workspace, check_signatures(objects, seal), seal, title=title, school=school, keeper=keeper
    ):
        files[f"evidence/{path}"] = content
        captions[f"evidence/{path}"] = caption
    return BagSpec(
        name=name,
        title=title,
        organisation=school,
        bagging_date=seal.at.date(),
        retention_until=until,
        retention_article=retention.article,
        files=files,
        captions=captions,
        legend=LEGEND,
    )


def _object(volume: BoundVolume) -> CaseObject:
    card = volume.card
    return CaseObject(
        path=volume.path,
        name=card.file,
        identity=card.identity,
        sha512=card.sha512,
        streebog256=card.streebog256,
        size=card.size,
        form="PDF/A-2b",
    )


def _title(view: ClassJournal, series: Series) -> str:
    kind = SUMMARY_TITLE if series is Series.SUMMARY else "Классный журнал"
    name = f"{kind} {view.unit.class_id} класса (твёрдая копия)"
    if view.period.kind is PeriodKind.YEAR:
        return f"{name} за {view.period.in_year}"
    return f"{name}, {view.period.in_year}"


def read_case(bag: Path) -> CaseLine:
    """A case of any bag of ours, by its card and its tag manifest."""
    delo = json.loads((bag / "metadata" / "delo.json").read_bytes())
    documents = delo.get("documents", ())
    return CaseLine(
        name=bag.name,
        index=delo["index"],
        title=delo["title"],
        dates=f"{_russian(delo['start'])} – {_russian(delo['end'])}",
        volumes=len(delo["volumes"]) or 1,
        sheets=sum(row["sheets"] for row in delo["volumes"])
        + sum(row["pages"] for row in documents),
        until=_until(delo["retention_until"]),
        digest=bag_digest(bag),
    )


def _until(told: str) -> str:
    return term_text(None) if told == PERMANENT else _russian(told)


def _russian(iso: str) -> str:
    return f"{dt.date.fromisoformat(iso):%d.%m.%Y}"
