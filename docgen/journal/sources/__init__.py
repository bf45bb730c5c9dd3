"""Input formats and the import. One module per format: a module with `SOURCE` is a source."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections import defaultdict
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from docgen.core.errors import InputFault, UsageFault
from docgen.core.findings import Finding, Severity
from docgen.journal.sources import containers, xlsx
from docgen.journal.sources.holdings import Layer, Layers
from docgen.journal.sources.merging import merge_holdings
from docgen.journal.sources.rows import Part, Row, Source, Varied
from docgen.journal.sources.snapshot import (
    CHANGED,
    NEW,
    UNCHANGED,
    Snapshot,
    last_import,
    note_import,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from docgen.core.progress import Progress
    from docgen.journal.store import Journal

__all__ = [
    "Choice",
    "FileReport",
    "ImportRefused",
    "ImportReport",
    "Part",
    "Row",
    "Source",
    "choose",
    "import_files",
    "sources",
]

_KEPT = 1000
"""Rejections that are kept with their addresses; all are counted."""

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Choice:
    """Which source reads a path, and why (a Russian phrase); whose holding it becomes."""

    path: Path
    source: Source
    reason: str

    @property
    def system(self) -> str:
        """The system whose rows the path holds: the source, and its kind if it has several."""
        if isinstance(self.source, Varied):
            return f"{self.source.name}:{self.source.kind(self.path)}"
        return self.source.name


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file or sheet, in rows of the file.

    `accepted` are new rows, `changed` differ from what the journal held, `unchanged` do not,
    `removed` were in the journal and are not in the file any more.
    """

    file: str
    sheet: str
    accepted: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: int = 0
    notes: tuple[Finding, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows of the file stand in the journal now."""
        return self.accepted + self.changed + self.unchanged


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; `repeated` when the same bytes were imported last time already.

    `merged` tells what the meeting of several systems in one journal has shown.
    """

    choices: tuple[Choice, ...]
    files: tuple[FileReport, ...]
    sha256: str
    repeated: bool
    merged: tuple[Finding, ...] = ()

    @property
    def changes(self) -> int:
        """How many rows of the journal are new, different or gone."""
        return sum(item.accepted + item.changed + item.removed for item in self.files)

    @property
    def notes(self) -> tuple[Finding, ...]:
        """All that is to be known of, file by file."""
        return (*(note for item in self.files for note in item.notes), *self.merged)


class ImportRefused(InputFault):
    """Rows were rejected, so nothing was imported; `files` counts them file by file."""

    def __init__(
        self, where: str, findings: Sequence[Finding], files: Sequence[FileReport]
    ) -> None:
        parts = ", ".join(
            f"{item.file}{f' (лист «{item.sheet}»)' if item.sheet else ''} – {item.rejected}"
            for item in files
        )
        super().__init__(
            f"Загрузка отменена, журнал не изменён. Строк с ошибками: {parts}.",
            where=where,
            remedy="Исправьте указанные ячейки в исходных файлах и загрузите их ещё раз.",
            findings=findings,
        )
        self.files = tuple(files)


@cache
def sources() -> tuple[Source, ...]:
    """List the sources: `SOURCE` of every module of this package, the default package first."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        source = getattr(importlib.import_module(f"{__name__}.{module.name}"), "SOURCE", None)
        if source is not None:
            found.append(source)
    return tuple(sorted(found, key=lambda item: (item.name != "package", item.name)))


def _source(name: str) -> Source:
    name = name.partition(":")[0]
    for source in sources():
        if source.name == name:
            return source
    raise UsageFault(
        f"Источника «{name}» нет.",
        remedy="Укажите один из: " + ", ".join(source.name for source in sources()) + ".",
    )


def for_pupil(source: Source, pupil: str) -> Source:
    """The source reading the answers about one pupil, «ФИО; класс»; raises UsageFault."""
    if not any(item.name == "student" for item in fields(source)):  # type: ignore[arg-type]
        raise UsageFault(
            f"Ключ --student не для этого формата: в нём имена учащихся есть ({source.title}).",
            remedy="Уберите --student.",
        )
    return replace(source, student=pupil)  # type: ignore[type-var]


def choose(path: Path, source_name: str | None = None) -> Choice:
    """Choose the source of a path by its content, or the one that was named.

    Raises UsageFault for a name no source has, InputFault for a path nobody can read.
    """
    containers.check(path)
    if source_name is not None:
        return Choice(path, _source(source_name), "указан при загрузке")
    fitting = next((source for source in sources() if source.recognises(path)), None)
    if fitting is None:
        raise _unknown(path)
    return Choice(path, fitting, fitting.signs)


def _unknown(path: Path) -> InputFault:
    """Say why nobody reads a path; raises the fault of a workbook that is damaged or hostile."""
    kind = path.suffix.lower()
    if containers.is_zip(path):
        with containers.opened(path) as members:
            if xlsx.is_workbook(members):
                xlsx.examine(path)
    if path.is_file() and kind in {".zip", ".xlsx"} and not containers.is_zip(path):
        return InputFault(
            f"Файл назван {kind}, но внутри у него другое: это не "
            f"{'архив ZIP' if kind == '.zip' else 'книга XLSX'}.",
            where=str(path),
            remedy="Выгрузите файл из журнала ещё раз; не меняйте расширение вручную.",
        )
    if kind == ".csv":
        return InputFault(
            "Это одна таблица, а журнал состоит из нескольких.",
            where=str(path),
            remedy="Укажите папку, в которой лежат все таблицы, или ZIP с ними.",
        )
    return InputFault(
        "Формат не распознан: это не похоже ни на одну известную выгрузку журнала.",
        where=str(path),
        remedy="Список форматов: docgen sources. Если формат верный, назовите его: --source ИМЯ.",
    )


def import_files(
    journal: Journal,
    paths: Sequence[Path],
    *,
    source_name: str | None,
    imported_at: dt.datetime,
    progress: Progress,
    prefer: str | None = None,
    pupil: str = "",
) -> ImportReport:
    """Make what the paths hold the state of the journal, as a whole or not at all.

    The paths are one set: a row that cannot be read, or contradicts another, stops all of it.
    The same set imported again changes nothing. Rows of several systems are merged; `prefer` names
    the system whose word counts where they differ, from now on. `pupil`, «ФИО; класс», says whose
    the answers are that carry no name. Raises InputFault (ImportRefused when rows are
    rejected), MediumFault, UsageFault; the journal is then what it was.
    """
    choices = tuple(choose(path, source_name) for path in paths)
    if not choices:
        raise UsageFault("Не указано, что загружать.", remedy="Укажите файл или папку выгрузки.")
    if pupil:
        choices = tuple(replace(item, source=for_pupil(item.source, pupil)) for item in choices)
    if prefer is not None:
        _source(prefer)
    sha256 = _digest(choices, pupil)
    known, files = last_import(journal)
    if known == sha256 and prefer is None:
        reports = tuple(FileReport(file, sheet, unchanged=rows) for file, sheet, rows in files)
        return ImportReport(choices, reports, sha256, repeated=True)
    moment = imported_at.isoformat(timespec="seconds")
    with journal.transaction():
        reports, merged = _take_in(journal, choices, moment, progress, prefer)
        note_import(
            journal, sha256, moment, [(item.file, item.sheet, item.rows) for item in reports]
        )
    return ImportReport(choices, reports, sha256, repeated=False, merged=merged)


def _take_in(
    journal: Journal,
    choices: Sequence[Choice],
    moment: str,
    progress: Progress,
    prefer: str | None,
) -> tuple[tuple[FileReport, ...], tuple[Finding, ...]]:
    """Bring every system's snapshot up to date, then merge them when there are several."""
    layers = Layers(journal)
    coming: dict[str, list[Choice]] = defaultdict(list)
    for choice in choices:
        coming[choice.system].append(choice)
    systems = list(dict.fromkeys([*layers.systems(), *coming]))
    if len(systems) == 1:
        return _read(journal, Layer(0, systems[0]), choices, moment, progress), ()
    layers.divide(systems)
    if prefer is not None and not layers.prefer(prefer):
        raise UsageFault(
            f"Данных системы «{prefer}» в журнале нет, предпочитать нечего.",
            remedy="Есть: " + ", ".join(systems) + ".",
        )
    reports: list[FileReport] = []
    for layer in layers.all():
        if own := coming.get(layer.system):
            reports += _read(journal, layer, own, moment, progress)
    return tuple(reports), _merge(journal, layers)


def _read(
    journal: Journal, layer: Layer, choices: Sequence[Choice], moment: str, progress: Progress
) -> tuple[FileReport, ...]:
    """Read what one system's files hold into its tables."""
    intake = _Intake(Snapshot(journal, moment, layer.prefix), layer.system)
    for origin, choice in enumerate(choices):
        intake.read(choice, origin, progress)
    return intake.finish([choice.path for choice in choices])


def _merge(journal: Journal, layers: Layers) -> tuple[Finding, ...]:
    """Make the journal anew from all layers; raises ImportRefused when they contradict."""
    references = journal.source_files()
    standing = layers.all()
    merged = merge_holdings(
        [layers.read(layer, _source(layer.system).guesses) for layer in standing],
        [layer.system for layer in standing if layer.preferred],
        lambda row: references[row.source].system,
        lambda row: references[row.source].address(row.cell),
    )
    if merged.conflicts:
        raise ImportRefused(
            ", ".join(layer.system for layer in standing),
            merged.conflicts,
            [FileReport("данные нескольких систем", "", rejected=len(merged.conflicts))],
        )
    layers.write(merged.holding)
    return tuple(merged.notes)


def _digest(choices: Sequence[Choice], pupil: str) -> str:
    """SHA-256 of the names of the sources, the pupil named and all the bytes they read."""
    total = hashlib.sha256(containers.digest([item.path for item in choices]).encode())
    total.update(" ".join([*sorted(item.source.name for item in choices), pupil]).encode())
    return total.hexdigest()


class _Intake:
    """Carries what sources yield to the snapshot and keeps count of it."""

    def __init__(self, snapshot: Snapshot, system: str) -> None:
        self.snapshot = snapshot
        self.system = system
        self.parts: dict[int, Part] = {}
        self.notes: dict[int, list[Finding]] = defaultdict(list)
        self.rejections: list[Finding] = []
        self.rejected: dict[int, set[str]] = defaultdict(set)

    def read(self, choice: Choice, origin: int, progress: Progress) -> None:
        """Stage everything one path holds."""
        number = 0
        stage = self.snapshot.add
        items = choice.source.read(choice.path)
        for chunk in progress.track(_chunks(items), title=choice.path.name):
            for item in chunk:
                if isinstance(item, Part):
                    number = self.snapshot.begin_part(item, self.system, origin)
                    self.parts[number] = item
                elif isinstance(item, Finding):
                    self._take_finding(item, number)
                else:
                    stage(item, number)

    def _take_finding(self, item: Finding, number: int) -> None:
        if item.severity is not Severity.BLOCKING:
            self.notes[number].append(item)
            return
        self.rejected[number].add(item.refs.get("row", item.where))
        if len(self.rejections) < _KEPT:
            self.rejections.append(item)

    def finish(self, paths: Sequence[Path]) -> tuple[FileReport, ...]:
        """Merge the snapshot and report.

        Raises ImportRefused when a row was rejected, InputFault when there was none at all: an
        empty form is no state of a journal.
        """
        self.snapshot.settle()
        contradicted = self.snapshot.conflict_counts
        refused = [
            FileReport(part.file, part.sheet, rejected=count)
            for number, part in self.parts.items()
            if (count := len(self.rejected[number]) + contradicted[number])
        ]
        if refused:
            raise ImportRefused(
                ", ".join(path.name for path in paths),
                (*self.rejections, *self.snapshot.conflicts),
                refused,
            )
        counts = self.snapshot.merge()
        reports = tuple(
            FileReport(
                file=part.file,
                sheet=part.sheet,
                accepted=counts[number][NEW],
                changed=counts[number][CHANGED],
                unchanged=counts[number][UNCHANGED],
                removed=self.snapshot.removed[number],
                notes=tuple(self.notes[number] + self.snapshot.notes[number]),
            )
            for number, part in self.parts.items()
        )
        if not any(item.rows for item in reports):
            raise _empty(paths)
        return reports


def _empty(paths: Sequence[Path]) -> InputFault:
    return InputFault(
        "Загружать нечего: таблицы пусты, в них одни заголовки.",
        where=", ".join(path.name for path in paths),
        remedy="Заполните их, сохраните файл и загрузите его ещё раз. Журнал не изменён.",
    )


def _chunks(items: Iterator[Part | Row | Finding]) -> Iterator[list[Part | Row | Finding]]:
    while chunk := list(islice(items, _CHUNK)):
        yield chunk
