"""Print documents outside volumes: of every class asked for, in every format asked for.

What cannot be printed for one person is a finding and leaves the others alone (DC-01).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from docgen.core.errors import UsageFault
from docgen.core.files import write_atomic
from docgen.core.findings import Finding, blocks, finding
from docgen.core.progress import Progress
from docgen.documents.kinds import Ask, Document, Format, Kind, Need, kinds
from docgen.journal.model import ClassUnit, Period, RegistryRecord
from docgen.journal.sources.details import read_details
from docgen.journal.store import Journal
from docgen.pipeline.bound_cases import bound_cases
from docgen.pipeline.house import house
from docgen.pipeline.order_register import register
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.workspace import Workspace, class_slug
from docgen.rendering import templates, word_templates
from docgen.rendering.blank import lay_out_booklet
from docgen.rendering.docx import docx_bytes
from docgen.rendering.shelf import WORD, shelf
from docgen.rendering.workbook import workbook

_ALL = "all"
_SCHOOL = "school"
_MODE = 0o600
"""Documents about families are nobody's business but the office's."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for on the command line."""

    classes: tuple[str, ...] = ()
    period: str = ""
    pupil: str = ""
    formats: tuple[Format, ...] = ()
    blank: bool = False
    since: dt.date | None = None
    until: dt.date | None = None
    details: Path | None = None
    number: str = ""
    signed: dt.date | None = None
    new: bool = False


@dataclass(frozen=True, slots=True)
class Printed:
    """What was made: files of single documents, files that hold a class's documents, findings."""

    kind: Kind
    files: tuple[Path, ...]
    booklets: tuple[Path, ...]
    documents: int
    findings: tuple[Finding, ...]

    @property
    def blocked(self) -> bool:
        """Whether something could not be printed."""
        return blocks(self.findings)


def known_kinds() -> tuple[Kind, ...]:
    """What can be printed."""
    return tuple(kinds().values())


def kinds_by_audience() -> Mapping[str, tuple[Kind, ...]]:
    """What can be printed, by whom it is for as the manifests of the templates say."""
    manifests = shelf()
    groups: dict[str, tuple[Kind, ...]] = {}
    for kind in known_kinds():
        audience = manifests[kind.template].audience
        groups[audience] = (*groups.get(audience, ()), kind)
    return dict(sorted(groups.items()))


def chosen_kind(name: str) -> Kind:
    """The kind of that name; raises UsageFault that names the likely one."""
    kind = kinds().get(name)
    if kind is None:
        raise UsageFault(
            f"документа «{name}» нет",
            remedy="Список документов: docgen print --list.",
        )
    return kind


def read_formats(text: str) -> tuple[Format, ...]:
    """Read «pdf,docx»; raises UsageFault for a format nobody knows."""
    names = [name.strip().casefold() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Format)]
    if unknown:
        raise UsageFault(f"формата «{unknown[0]}» нет", remedy="Есть: " + ", ".join(Format) + ".")
    return tuple(Format(name) for name in names)


def print_documents(
    workspace: Workspace, kind: Kind, wish: Wish, *, now: dt.datetime, progress: Progress
) -> Printed:
    """Make the documents of a kind under `out/`; raises UsageFault, TemplateFault, OSError."""
    formats = _formats(kind, wish)
    with workspace.open_journal() as journal:
        ask = _ask(workspace, journal, kind, wish, now.date())
        made = list(kind.make(ask))
        if Need.NUMBER in kind.needs and not wish.blank and not _stopped(made):
            # Only what is printed takes a number.
            made = list(kind.make(_numbered(workspace, journal, kind, wish, ask)))
    findings = [item for item in made if isinstance(item, Finding)]
    if (word := own_word_template(workspace, kind)) and Format.PDF in formats:
        findings.append(finding("TP-06", str(word), title=kind.title))
    documents = [item for item in made if isinstance(item, Document)]
    folder = workspace.out(ask.house.year, ask.period.code if ask.period else "Y")
    printer = _Printer(workspace, kind, formats, now)
    files: list[Path] = []
    booklets: list[Path] = []
    by_class = groupby(documents, key=lambda item: item.class_id)
    classes = [(class_id, list(rows)) for class_id, rows in by_class]
    for class_id, rows in progress.track(classes, title=kind.title, total=len(classes)):
        place = folder / (class_slug(class_id) if class_id else _SCHOOL) / kind.name
        for path, data, whole in printer.print(rows):
            write_atomic(place / path, data, mode=_MODE)
            (booklets if whole else files).append(place / path)
    return Printed(kind, tuple(files), tuple(booklets), len(documents), tuple(findings))


def _stopped(made: Sequence[Document | Finding]) -> bool:
    return blocks(item for item in made if isinstance(item, Finding))


def _numbered(workspace: Workspace, journal: Journal, kind: Kind, wish: Wish, ask: Ask) -> Ask:
    """The same with number and date of the register of orders."""
    period = ask.period.code if ask.period else ""
    given = register(
        workspace,
        kind.name,
        " ".join(filter(None, (ask.house.year, period, *sorted(wish.classes)))),
        kind.title,
        foreign=journal.select(RegistryRecord, "registry = ?", ("orders",)),
        today=ask.house.today,
        number=wish.number,
        date=wish.signed,
        new=wish.new,
    )
    return replace(ask, number=given.number, signed=given.date)


def own_word_template(workspace: Workspace, kind: Kind) -> Path | None:
    """The school's own Word template of a kind; where it stands, only DOCX is made."""
    path = workspace.templates / kind.template / WORD
    return path if path.is_file() else None


def _formats(kind: Kind, wish: Wish) -> tuple[Format, ...]:
    wrong = [item for item in wish.formats if item not in kind.formats]
    if wrong:
        raise UsageFault(
            f"«{kind.title}» не бывает в формате {wrong[0]}",
            remedy="Есть: " + ", ".join(kind.formats) + ".",
        )
    return wish.formats or kind.formats


def _ask(workspace: Workspace, journal: Journal, kind: Kind, wish: Wish, today: dt.date) -> Ask:
    period: Period | None = None
    if wish.period:
        period = chosen_period(journal, wish.period)
    elif Need.PERIOD in kind.needs:
        raise UsageFault(
            f"для документа «{kind.title}» нужен период",
            remedy="Добавьте --period, например: --period Q1.",
        )
    units: Sequence[ClassUnit]
    if period:
        units = chosen_classes(journal, period, wish.classes)
    else:
        units = chosen_classes(journal, _year(journal), wish.classes)
    return Ask(
        journal=journal,
        house=house(workspace.profile, journal, today),
        units=units,
        period=period,
        pupil=wish.pupil,
        blank=wish.blank,
        since=wish.since,
        until=wish.until,
        details=read_details(wish.details, kind.columns) if wish.details else (),
        volumes=(
            bound_cases(workspace, period, units) if period and Need.VOLUMES in kind.needs else ()
        ),
    )


def _year(journal: Journal) -> Period:
    return chosen_period(journal, "Y")


@dataclass(frozen=True, slots=True)
class _Printer:
    """Turns the documents of one class into files."""

    workspace: Workspace
    kind: Kind
    formats: tuple[Format, ...]
    moment: dt.datetime

    def print(self, documents: Sequence[Document]) -> Iterator[tuple[str, bytes, bool]]:
        """Yield name, bytes, and whether the file holds all documents of the class."""
        own = self.workspace.own_templates
        contexts = [document.variables for document in documents]
        if Format.XLSX in self.formats:
            for document in documents:
                yield f"{document.stem}.{Format.XLSX}", workbook(document.tables), False
        if word := own_word_template(self.workspace, self.kind):
            for document, context in zip(documents, contexts, strict=True):
                yield f"{document.stem}.{Format.DOCX}", word_templates.fill(word, context), False
            return
        if Format.PDF in self.formats:
            parts, whole = lay_out_booklet(self.kind.template, contexts, own)
            yield from self._named(documents, parts, whole, Format.PDF)
        if Format.DOCX in self.formats:
            name = f"{self.kind.template}/template.html"
            pages = [templates.render(name, context, own) for context in contexts]
            parts = [docx_bytes([page], self.moment) for page in pages]
            yield from self._named(documents, parts, docx_bytes(pages, self.moment), Format.DOCX)

    @staticmethod
    def _named(
        documents: Sequence[Document], parts: Sequence[bytes], whole: bytes, form: Format
    ) -> Iterator[tuple[str, bytes, bool]]:
        for document, data in zip(documents, parts, strict=True):
            yield f"{document.stem}.{form}", data, False
        if len(documents) > 1:
            yield f"{_ALL}.{form}", whole, True
