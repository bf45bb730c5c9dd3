"""The school's profile: its settings files, checked and laid over ours.

A wrong key or value is a finding with the file, the line, the key and the likely right one.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    create_model,
)

from docgen.core.errors import InputFault, UsageFault
from docgen.core.files import write_atomic
from docgen.core.findings import catalogue
from docgen.russian.names import forms_of
from docgen.settings.mistakes import syntax_fault, value_findings

MARK = "school.toml"
"""What makes a folder a workspace; it is written last."""

FILES = ("documents.toml", "names.toml", "norms.toml", "retention.toml", MARK)
Confidence = Literal["high", "medium", "low"]
Settings = TypeVar("Settings")


def _rule(code: str) -> str:
    if code not in catalogue():
        raise ValueError(code)
    return code


# A mistyped code would otherwise be a weight that nobody ever looks at.
RuleCode = Annotated[str, AfterValidator(_rule)]
# Names of keys are text in TOML, so a grade is read from text.
Grade = Annotated[int, Field(strict=False, ge=1, le=11)]
# TOML has lists where the profile has tuples.
Subjects = Annotated[tuple[str, ...], Field(strict=False)]
Grades = Annotated[tuple[Grade, ...], Field(strict=False)]
Share = Annotated[float, Field(strict=False, ge=0, le=1)]
Lessons = Annotated[float, Field(strict=False, ge=0, le=40)]
Marks = Annotated[int, Field(ge=0, le=100)]
LessonsAndMarks = Annotated[tuple[Lessons, Marks], Field(strict=False)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SchoolSettings(_Section):
    """The organisation; empty values come from the journal."""

    full_name: str = ""
    short_name: str = ""
    founder: str = ""
    city: str = ""
    address: str = ""


class PeopleSettings(_Section):
    """Who signs and keeps; full names or staff ids, empty ones are found by position."""

    director: str = ""
    deputy: str = ""
    deputy_position: str = "Заместитель директора по УВР"
    secretary: str = ""
    administrator: str = ""
    print_responsible: str = ""


class CalendarSettings(_Section):
    """When the archive wants care (R10, R11); `year_end` is month and day, «06-30»."""

    period_copy_days: int = Field(default=10, ge=0, le=120)
    year_end: str = Field(
        default="06-30",
        pattern=r"^((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30))$",
    )
    audit_months: int = Field(default=12, ge=1, le=60)
    migration_years: int = Field(default=5, ge=1, le=30)
    warn_days: int = Field(default=30, ge=0, le=365)


class ArchiveSettings(_Section):
    """Indexes of cases by the nomenclature, recovery data in percent, when care is wanted."""

    case_index_journal: str = Field(default="02-15", pattern=r"^[0-9A-Za-z][0-9A-Za-z./-]*$")
    case_index_summary: str = Field(default="02-16", pattern=r"^[0-9A-Za-z][0-9A-Za-z./-]*$")
    parity: int = Field(default=0, ge=0, le=100)
    calendar: CalendarSettings = CalendarSettings()


class PrintSettings(_Section):
    """How volumes are printed; millimetres and sheets."""

    duplex: bool = False
    columns_per_sheet: int = Field(default=25, ge=11, le=30)
    max_sheets_per_volume: int = Field(default=250, ge=20, le=250)
    binding_margin_mm: float = Field(default=25, ge=20, le=35, strict=False)
    summary_layout: Literal["bands", "flat"] = "bands"


class CheckSettings(_Section):
    """Parameters of the checks that schools set for themselves (journal.md 6; R1, R27, R29).

    `marks_norm` holds pairs: from so many lessons a week, so many marks a quarter; a half-year
    wants `half_year_factor` times as many. Subjects go by id or by name. `lock_days` is the time
    after the end of a period in which marks may still be entered, in days. `acknowledge` wants a
    word on every warning before printing. The others are named and told as in `CheckNorms`.
    """

    scale_min: int = Field(default=2, ge=1, le=2)
    final_threshold: float = Field(default=0.5, gt=0, lt=1, strict=False)
    weighted: bool = False
    marks_norm: tuple[LessonsAndMarks, ...] = Field(default=((0, 3), (2, 5)), strict=False)
    half_year_factor: float = Field(default=2, ge=1, le=3, strict=False)
    marks_exempt: Subjects = ()
    homework_exempt: Subjects = ()
    exam_subjects: dict[Grade, Subjects] = Field(default_factory=dict)
    lock_days: int = Field(default=3, ge=0, le=60)
    work_days: int = Field(default=7, ge=0, le=60)
    first_marked_grade: int = Field(default=2, ge=1, le=11)
    half_year_grades: Grades = (10, 11)
    final_mark_grades: Grades = (9, 11)
    lesson_days_allowed: tuple[dt.date, ...] = Field(default=(), strict=False)
    plan_tolerance: int = Field(default=2, ge=0, le=40)
    plan_share: Share = 0.95
    same_topic_lessons: int = Field(default=3, ge=1, le=40)
    silent_lessons: int = Field(default=3, ge=1, le=40)
    gap_weeks: int = Field(default=3, ge=1, le=20)
    missed_lessons: int = Field(default=3, ge=1, le=40)
    lessons_to_correct: int = Field(default=3, ge=1, le=40)
    marks_per_lesson: float = Field(default=3, ge=0, le=40, strict=False)
    fives_share: Share = 0.8
    missed_share: Share = 0.5
    year_by_last_period: bool = False
    acknowledge: bool = False
    severity: dict[RuleCode, Literal["blocking", "warning", "note", "off"]] = Field(
        default_factory=dict
    )


Thumbprint = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Thumbprints = Annotated[tuple[Thumbprint, ...], Field(strict=False)]


class SigningSettings(_Section):
    """The workplace key and what is trusted; paths are relative to the workspace."""

    backend: Literal["software", "gost", "cryptopro", "pkcs11"] = "software"
    key: str = "keys/workplace.p12"
    certificate: str = ""
    token: str = ""
    module: str = ""
    passphrase_file: str = "keys/workplace.pass"  # noqa: S105 - a file name
    trust: tuple[str, ...] = Field(default=("keys/ca.pem",), strict=False)
    stamps: str = Field(default="", pattern=r"^(https?://.+)?$")
    renew_days: int = Field(default=90, ge=1, le=1000)
    roles: dict[Literal["deputy", "director"], Thumbprints] = Field(default_factory=dict)


class MediumSettings(_Section):
    """A medium's folder (empty: named in the command), inventory number and place of keeping."""

    path: str = ""
    inventory: str = ""
    place: str = ""


class MediaSettings(_Section):
    """The two media of the archive (R11)."""

    a: MediumSettings = MediumSettings(inventory="1")
    b: MediumSettings = MediumSettings(inventory="2")


class Norm(_Section):
    """A legal wording with its source; `confidence` says how far it was checked."""

    text: str
    act: str = ""
    clause: str = ""
    edition: str = ""
    confidence: Confidence = "low"
    checked: dt.date | None = None


PERMANENT_WORDS = ("permanent", "постоянно")
"""What a school writes in place of years when a case is kept for ever."""


def _term(value: object) -> object:
    return None if value in PERMANENT_WORDS else value


Years = Annotated[Annotated[int, Field(ge=1, le=100)] | None, BeforeValidator(_term)]


class Retention(_Section):
    """A retention term, with article and basis; `index` of the case by the nomenclature.

    `years` is None for a case kept permanently. `counted_from` says when the term begins: with the
    end of the year, or with the end of the year in which the class finishes school. The indexes of
    journals and summary sheets stand in `[archive]` of school.toml.
    """

    title: str
    index: str = Field(default="", pattern=r"^([0-9A-Za-z][0-9A-Za-z./-]*)?$")
    years: Years
    counted_from: Literal["year", "graduation"] = Field(default="year", alias="from")
    article: str = Field(default="номенклатура дел школы", min_length=1)
    basis: str = ""
    confidence: Confidence = "low"
    checked: dt.date | None = None


def _five_forms(value: str) -> str:
    if forms_of("", value) is None:
        raise ValueError("нужно пять форм через запятую или «не склоняется»")
    return value


FiveForms = Annotated[str, AfterValidator(_five_forms)]


class NamesSettings(_Section):
    """Forms of names and positions a person has written down (documents.md 4.1).

    Keys are names as they stand in the journal, values five cases divided by commas, or
    «не склоняется».
    """

    surname_m: Mapping[str, FiveForms] = Field(default_factory=dict)
    surname_f: Mapping[str, FiveForms] = Field(default_factory=dict)
    first_m: Mapping[str, FiveForms] = Field(default_factory=dict)
    first_f: Mapping[str, FiveForms] = Field(default_factory=dict)
    people: Mapping[str, FiveForms] = Field(default_factory=dict)
    positions: Mapping[str, FiveForms] = Field(default_factory=dict)


class _SchoolFile(_Section):
    school: SchoolSettings = SchoolSettings()
    people: PeopleSettings = PeopleSettings()
    archive: ArchiveSettings = ArchiveSettings()
    print: PrintSettings = PrintSettings()
    check: CheckSettings = CheckSettings()
    signing: SigningSettings = SigningSettings()
    media: MediaSettings = MediaSettings()


class Profile(_SchoolFile):
    """Everything a school set, over what we ship; `documents` holds a section a document kind."""

    documents: Mapping[str, Mapping[str, Any]]
    names: NamesSettings
    norms: Mapping[str, Norm]
    retention: Mapping[str, Retention]

    def norm(self, name: str) -> Norm:
        """A legal wording by its name in norms.toml."""
        return self.norms[name]


def retention_until(closed: dt.date, years: int | None) -> dt.date | None:
    """The last day of a term: it runs from 1 January after the case was closed (archive.md).

    Closed in June 2026 with 5 years: 31.12.2031. None for a case kept permanently.
    """
    return None if years is None else dt.date(closed.year + years, 12, 31)


def require_no_workspace(folder: Path) -> None:
    """Refuse a folder with settings; what a stopped `write_workspace` left is no obstacle.

    Raises UsageFault.
    """
    for name in (MARK, *FILES):
        path = folder / name
        if path.exists() and (name == MARK or not _is_shipped(path)):
            raise UsageFault(
                "здесь уже есть рабочая папка: настройки не перезаписываются",
                where=str(path),
                remedy="Выберите другую папку или правьте имеющиеся настройки.",
            )


def write_workspace(folder: Path) -> list[Path]:
    """Write the commented settings of a new workspace; raises UsageFault where one stands."""
    require_no_workspace(folder)
    paths = [folder / name for name in FILES]
    for path in paths:
        write_atomic(path, _shipped(path.name))
    return paths


def _is_shipped(path: Path) -> bool:
    return path.is_file() and path.read_bytes() == _shipped(path.name).encode()


def load_profile(workspace: Path) -> Profile:
    """Read the settings of a workspace; a file that is absent is the shipped one.

    Raises InputFault that names every wrong key of the first file with mistakes.
    """
    school = _read(workspace / "school.toml", _SchoolFile)
    documents = _read(
        workspace / "documents.toml", _shape("documents", _shipped_values("documents.toml"))
    )
    names = _read(workspace / "names.toml", NamesSettings)
    norms = _read(workspace / "norms.toml", dict[str, Norm])
    retention = _read(workspace / "retention.toml", dict[str, Retention])
    return Profile(
        **dict(school),
        documents=documents.model_dump(),
        names=names,
        norms=norms,
        retention=retention,
    )


def _shape(name: str, values: Mapping[str, Any]) -> type[_Section]:
    """The type of a section whose keys and values are those of the shipped file.

    Details of documents are known to their templates alone, so the file that names them all
    with their values is also what says which keys there are.
    """
    fields: dict[str, Any] = {key: _field(key, value) for key, value in values.items()}
    return create_model(name, __base__=_Section, **fields)


def _field(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return (_shape(key, value), ...)
    if isinstance(value, list):
        item = _shape(key, value[0]) if value and isinstance(value[0], dict) else str
        return (list[item], value)  # type: ignore[valid-type]
    return (type(value), value)


def _read(path: Path, settings: type[Settings]) -> Settings:
    """One settings file over the shipped one, so that a school writes only what it changes."""
    values = _shipped_values(path.name)
    text = _text(path) if path.exists() else ""
    try:
        own = tomllib.loads(text)
    except (ValueError, RecursionError) as fault:  # besides bad TOML, thousands of digits, brackets
        raise syntax_fault(path, text, fault) from fault
    try:
        return TypeAdapter(settings).validate_python(_merged(values, own))
    except ValidationError as fault:
        raise InputFault(
            "в настройках есть ошибки",
            where=str(path),
            remedy="Исправьте названные строки и повторите команду.",
            findings=value_findings(path.name, text, fault, settings),
        ) from fault


def _shipped_values(name: str) -> dict[str, Any]:
    return tomllib.loads(_shipped(name))


def _shipped(name: str) -> str:
    return (resources.files("docgen.settings") / name).read_text(encoding="utf-8")


def _text(path: Path) -> str:
    """The text of a file; Notepad's byte order mark is no part of it."""
    if path.is_dir():
        raise InputFault(
            "вместо файла настроек стоит папка",
            where=str(path),
            remedy="Переименуйте или уберите эту папку: без файла возьмутся исходные настройки.",
        )
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise InputFault(
            "файл настроек сохранён не в кодировке UTF-8",
            where=str(path),
            remedy="Откройте его в Блокноте и сохраните, выбрав кодировку UTF-8.",
        ) from fault


def _merged(shipped: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Sections key by key, everything else as the school has it."""
    merged = dict(shipped)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged
