"""The school's own templates: what there is, a copy to change, the check of what was changed."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docgen.core.errors import TemplateFault, UsageFault
from docgen.core.files import write_atomic
from docgen.core.findings import Finding, finding
from docgen.rendering import templates, word_templates
from docgen.rendering.blank import lay_out_blank, lay_out_document
from docgen.rendering.docx import docx_bytes
from docgen.rendering.shelf import CHANGEABLE, PAGE, STYLE, WORD, Make, Shelved, shelf

_ORIGIN = ".origin"
_SHARED = "_shared"
_TOLD_LINES = 12
_SAMPLE_DATE = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """A template as a school has it: ours, or with files of its own."""

    shelved: Shelved
    own_files: tuple[str, ...]


def standing_templates(own: Path) -> tuple[Standing, ...]:
    """All templates in the order of their names, with what the school has changed of each."""
    return tuple(
        Standing(item, tuple(name for name in CHANGEABLE if (own / item.name / name).is_file()))
        for item in shelf().values()
    )


def chosen_template(name: str) -> Shelved:
    """The shipped template of that name; raises UsageFault that names the likely one."""
    known = shelf()
    if name not in known:
        raise UsageFault(
            f"шаблона «{name}» нет{templates.likely(name, known)}",
            remedy="Список шаблонов: docgen templates list.",
        )
    return known[name]


def copy_template(shelved: Shelved, own: Path, *, seen: bool) -> tuple[Path, ...]:
    """Put a copy to be changed into the school's folder, and the original beside it.

    With `seen` only the original is brought up to date: its changes are in the copy now. Raises
    UsageFault where the school already has a copy.
    """
    folder = own / shelved.name
    files = [name for name in (PAGE, STYLE) if (shelved.folder / name).is_file()]
    standing = [name for name in files if (folder / name).is_file()]
    if standing and not seen:
        raise UsageFault(
            "своя копия этого шаблона уже есть, она не перезаписывается",
            where=str(folder / standing[0]),
            remedy="Правьте её или уберите и скопируйте снова.",
        )
    made = []
    for name in files:
        text = (shelved.folder / name).read_text(encoding="utf-8")
        write_atomic(folder / _ORIGIN / name, text)
        if not seen:
            write_atomic(folder / name, text)
            made.append(folder / name)
    return tuple(made)


def preview(shelved: Shelved, own: Path) -> bytes:
    """The sample of a template as PDF, the school's own files counted; raises TemplateFault."""
    if shelved.make is Make.SHEET:
        return lay_out_blank(shelved.name, shelved.sample(), own).pdf
    return lay_out_document(shelved.name, shelved.sample(), own)


def check_templates(own: Path) -> tuple[Finding, ...]:
    """What is wrong with the school's own templates: each is filled with the shipped sample."""
    found = list(_strangers(own))
    for item in standing_templates(own):
        if item.own_files:
            found += _faults(item, own)
            found += _differences(item.shelved, own)
    return tuple(found)


def _strangers(own: Path) -> Iterator[Finding]:
    """Files that take the place of nothing: a mistyped folder is as good as none."""
    known = {(name, file) for name in shelf() for file in CHANGEABLE}
    folders = sorted({name for name, _file in known})
    for path in sorted(own.rglob("*")) if own.is_dir() else ():
        parts = path.relative_to(own).parts
        if not path.is_file() or _ORIGIN in parts or parts[0] == _SHARED:
            continue
        if parts not in known and path.suffix in {".html", ".css", ".docx"}:
            hint = templates.likely(parts[0], folders) if len(parts) > 1 else ""
            yield finding("TP-05", str(path), file="/".join(parts), hint=hint)


def _faults(item: Standing, own: Path) -> Iterator[Finding]:
    shelved, sample = item.shelved, item.shelved.sample()
    try:
        if shelved.make is Make.SHEET:
            yield from _missing_slots(shelved, own, sample)
        else:
            preview(shelved, own)
        if shelved.make is Make.LETTER:
            _as_word(item, own, sample)
        yield from _unknown_names(item, own, sample)
    except TemplateFault as fault:
        yield finding(
            "TP-01",
            fault.where or str(own / shelved.name),
            template=shelved.name,
            what=fault.message,
            remedy=fault.remedy,
        )


def _missing_slots(shelved: Shelved, own: Path, sample: Mapping[str, Any]) -> Iterator[Finding]:
    slots = lay_out_blank(shelved.name, sample, own).slots
    for name in lay_out_blank(shelved.name, sample).slots:
        if name not in slots:
            yield finding("TP-03", str(own / shelved.name / PAGE), template=shelved.name, name=name)


def _as_word(item: Standing, own: Path, sample: Mapping[str, Any]) -> None:
    """Make the DOCX as printing would; raises TemplateFault."""
    shelved = item.shelved
    if WORD in item.own_files:
        word_templates.fill(own / shelved.name / WORD, sample)
    else:
        docx_bytes([templates.render(f"{shelved.name}/{PAGE}", sample, own)], _SAMPLE_DATE)


def _unknown_names(item: Standing, own: Path, sample: Mapping[str, Any]) -> Iterator[Finding]:
    """Names in branches that the sample does not walk: they would fail on the day of printing."""
    shelved = item.shelved
    asked: list[tuple[str, str]] = []
    if PAGE in item.own_files:
        asked += templates.undeclared(f"{shelved.name}/{PAGE}", own)
    if WORD in item.own_files:
        path = own / shelved.name / WORD
        asked += [
            (word_templates.place_of(path, name), name) for name in word_templates.undeclared(path)
        ]
    for where, name in asked:
        if name not in sample:
            hint = templates.likely(name, sample)
            yield finding("TP-02", where, template=shelved.name, name=name, hint=hint)


def _differences(shelved: Shelved, own: Path) -> Iterator[Finding]:
    """What has changed in ours since the school took its copy."""
    folder = own / shelved.name
    for name in (PAGE, STYLE):
        origin = folder / _ORIGIN / name
        shipped = shelved.folder / name
        if not origin.is_file() or not shipped.is_file():
            continue
        then = origin.read_text(encoding="utf-8").splitlines()
        now = shipped.read_text(encoding="utf-8").splitlines()
        if then != now:
            yield finding(
                "TP-04",
                str(folder / name),
                file=f"{shelved.name}/{name}",
                template=shelved.name,
                difference=_difference(then, now),
            )


def _difference(then: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    """Lines that were taken away (–) and added (+), the first of them."""
    lines = [
        f"{'+' if line[0] == '+' else '–'} {line[1:].strip()}"
        for line in difflib.unified_diff(then, now, n=0, lineterm="")
        if line[0] in "+-" and not line.startswith(("+++", "---"))
    ]
    more = len(lines) - _TOLD_LINES
    tail = [f"… и ещё строк: {more}"] if more > 0 else []
    return ("", *lines[:_TOLD_LINES], *tail)
