"""The school's profile: school.toml, norms.toml and retention.toml, checked and merged with ours.

A wrong key or value is a finding with the file, the line, the key and the likely right one.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from docgen.core.errors import InputFault, UsageFault
from docgen.core.files import write_atomic
from docgen.core.findings import Finding, finding

FILES = ("school.toml", "norms.toml", "retention.toml")
Confidence = Literal["high", "medium", "low"]


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


class ArchiveSettings(_Section):
    """Indexes of cases by the school's nomenclature."""

    case_index_journal: str = Field("02-15", pattern=r"^[0-9A-Za-z][0-9A-Za-z./-]*$")
    case_index_summary: str = Field("02-16", pattern=r"^[0-9A-Za-z][0-9A-Za-z./-]*$")


class PrintSettings(_Section):
    """How volumes are printed; millimetres and sheets."""

    duplex: bool = False
    columns_per_sheet: int = Field(25, ge=11, le=30)
    max_sheets_per_volume: int = Field(250, ge=20, le=250)
    binding_margin_mm: float = Field(25, ge=20, le=35, strict=False)


class CheckSettings(_Section):
    """Parameters of the checks that schools set for themselves."""

    scale_min: int = Field(2, ge=1, le=2)
    final_threshold: float = Field(0.5, gt=0, lt=1, strict=False)
    weighted: bool = False
    severity: dict[str, Literal["blocking", "warning", "note", "off"]] = Field(default_factory=dict)


class SigningSettings(_Section):
    """The workplace key and what is trusted; paths are relative to the workspace."""

    backend: Literal["software"] = "software"
    key: str = "keys/workplace.p12"
    passphrase_file: str = "keys/workplace.pass"  # noqa: S105 - a file name
    trust: tuple[str, ...] = Field(("keys/ca.pem",), strict=False)


class MediumSettings(_Section):
    """A medium's inventory number and where it is kept."""

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


class Retention(_Section):
    """A retention term in years, with article and basis."""

    title: str
    years: int = Field(ge=1, le=100)
    article: str = Field("номенклатура дел школы", min_length=1)
    basis: str = ""
    confidence: Confidence = "low"
    checked: dt.date | None = None


class _SchoolFile(_Section):
    school: SchoolSettings = SchoolSettings()
    people: PeopleSettings = PeopleSettings()
    archive: ArchiveSettings = ArchiveSettings()
    print: PrintSettings = PrintSettings()
    check: CheckSettings = CheckSettings()
    signing: SigningSettings = SigningSettings()
    media: MediaSettings = MediaSettings()


class _NormsFile(BaseModel):
    model_config = ConfigDict(frozen=True)
    norms: dict[str, Norm]


class _RetentionFile(BaseModel):
    model_config = ConfigDict(frozen=True)
    retention: dict[str, Retention]


class Profile(_SchoolFile):
    """Everything a school set, over what we ship."""

    norms: Mapping[str, Norm]
    retention: Mapping[str, Retention]

    def norm(self, name: str) -> Norm:
        """A legal wording by its name in norms.toml."""
        return self.norms[name]


def retention_until(closed: dt.date, years: int) -> dt.date:
    """The last day of a term: it runs from 1 January after the case was closed (archive.md).

    Closed in June 2026 with 5 years: 31.12.2031.
    """
    return dt.date(closed.year + years, 12, 31)


def write_workspace(folder: Path) -> list[Path]:
    """Write the commented settings of a new workspace; raises UsageFault where one stands."""
    paths = [folder / name for name in FILES]
    standing = next((path for path in paths if path.exists()), None)
    if standing is not None:
        raise UsageFault(
            "здесь уже есть рабочая папка: настройки не перезаписываются",
            where=str(standing),
            remedy="Выберите другую папку или правьте имеющиеся настройки.",
        )
    for path in paths:
        write_atomic(path, _shipped(path.name))
    return paths


def load_profile(workspace: Path) -> Profile:
    """Read the settings of a workspace; raises InputFault naming every wrong key."""
    school = _read(workspace / "school.toml", _SchoolFile, "")
    norms = _read(workspace / "norms.toml", _NormsFile, "norms")
    retention = _read(workspace / "retention.toml", _RetentionFile, "retention")
    return Profile(
        **{name: getattr(school, name) for name in _SchoolFile.model_fields},
        norms=norms.norms,
        retention=retention.retention,
    )


def _shipped(name: str) -> str:
    return (resources.files("docgen.settings") / name).read_text(encoding="utf-8")


def _read(path: Path, model: Any, below: str) -> Any:
    """One settings file over the shipped one; a file that is absent is the shipped one."""
    values = tomllib.loads(_shipped(path.name))
    text = ""
    if path.is_file():
        text = _text(path)
        try:
            values = _merged(values, tomllib.loads(text))
        except tomllib.TOMLDecodeError as fault:
            raise _syntax(path, fault) from fault
    elif path.exists():
        raise InputFault("вместо файла настроек стоит папка", where=str(path))
    try:
        return model.model_validate({below: values} if below else values)
    except ValidationError as fault:
        raise InputFault(
            "в настройках есть ошибки",
            where=str(path),
            remedy="Исправьте названные строки и повторите команду.",
            findings=[_wrong(path.name, text, row, below) for row in fault.errors()],
        ) from fault


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise InputFault(
            "файл настроек сохранён не в кодировке UTF-8",
            where=str(path),
            remedy="Откройте его в Блокноте и сохраните, выбрав кодировку UTF-8.",
        ) from fault


def _merged(shipped: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(shipped)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _syntax(path: Path, fault: tomllib.TOMLDecodeError) -> InputFault:
    place = re.search(r"line (\d+)", str(fault))
    where = f"{path}, строка {place[1]}" if place else f"{path}, конец файла"
    return InputFault(
        "файл настроек записан с ошибкой",
        where=where,
        remedy="Проверьте эту строку: текст стоит в прямых кавычках, "
        "имя от значения отделяет знак «=».",
    )


_REASONS = {
    "bool_type": "нужно true или false",
    "string_type": "нужен текст в кавычках",
    "int_type": "нужно целое число без кавычек",
    "float_type": "нужно число без кавычек",
    "float_parsing": "нужно число без кавычек",
    "string_pattern_mismatch": "годятся латинские буквы, цифры, точка, косая черта и дефис",
    "tuple_type": 'нужен список в квадратных скобках, например ["keys/ca.pem"]',
    "model_type": "нужен раздел с ключами, а стоит одно значение",
    "dict_type": "нужен раздел с ключами, а стоит одно значение",
    "date_type": "нужна дата без кавычек, например 2026-11-01",
    "missing": "значение не указано",
    "string_too_short": "значение не может быть пустым",
}


def _wrong(file: str, text: str, row: Any, below: str) -> Finding:
    location = [str(part) for part in row["loc"] if part != below]
    key = ".".join(location)
    where = f"{file}, {_line_of(text, location)}ключ {key}"
    if row["type"] == "extra_forbidden":
        close = difflib.get_close_matches(location[-1], _known(location[:-1]), n=1, cutoff=0.5)
        hint = f"; вероятно, имелся в виду «{close[0]}»" if close else ""
        return finding("PR-01", where, key=key, hint=hint)
    context = row.get("ctx", {})
    bounds = {
        "greater_than_equal": ("не меньше", "ge"),
        "less_than_equal": ("не больше", "le"),
        "greater_than": ("больше", "gt"),
        "less_than": ("меньше", "lt"),
    }
    if row["type"] in bounds:
        word, name = bounds[row["type"]]
        reason = f"нужно число {word} {context[name]}"
    elif row["type"] == "literal_error":
        expected = str(context["expected"]).replace(" or ", ", ").replace("'", "")
        reason = f"можно: {expected}"
    else:
        reason = _REASONS.get(row["type"], "значение не подходит")
    return finding("PR-02", where, key=key, value=row["input"], reason=reason)


def _known(parents: list[str]) -> list[str]:
    """Keys a section may have."""
    model: Any = _SchoolFile
    for name in parents:
        field = getattr(model, "model_fields", {}).get(name)
        model = field.annotation if field is not None else None
    return list(getattr(model, "model_fields", {}))


def _line_of(text: str, location: list[str]) -> str:
    """«строка 12, » for a key of a TOML text, "" when it stands nowhere."""
    section: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        head = re.match(r"\s*\[([^\[\]]+)\]", line)
        if head:
            section = [part.strip().strip('"') for part in re.findall(r'"[^"]*"|[^.]+', head[1])]
            if section == location:
                return f"строка {number}, "
            continue
        name = re.match(r'\s*"?([^"=\s]+)"?\s*=', line)
        if name and [*section, name[1]] == location:
            return f"строка {number}, "
    return ""
