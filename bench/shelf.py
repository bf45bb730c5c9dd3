"""Keep the shelf of templates whole: samples of the invented school, tables of variables, pictures.

python bench/shelf.py [--samples] [NAME …]: for every template with a manifest, or for those named.
What a person has written stays: meanings in README.md, a standing sample.json (`--samples` makes
those anew that the invented school can give). A new variable gets a row whose meaning is to be
written by hand; until then the exit code is 1.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import io
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from docgen.core.progress import Silent  # noqa: E402 - the path is set above
from docgen.documents.kinds import Ask, Document, Need, kinds  # noqa: E402
from docgen.journal.demo import write_demo_package  # noqa: E402
from docgen.pipeline.house import house  # noqa: E402
from docgen.pipeline.imports import import_paths  # noqa: E402
from docgen.pipeline.initialise import initialise  # noqa: E402
from docgen.pipeline.scope import chosen_classes, chosen_period  # noqa: E402
from docgen.pipeline.template_care import preview  # noqa: E402
from docgen.pipeline.workspace import open_workspace  # noqa: E402
from docgen.rendering.blank import lay_out_blank  # noqa: E402
from docgen.rendering.shelf import SAMPLE, Make, Shelved, shelf  # noqa: E402

README = "README.md"
THUMBNAIL = "thumbnail.png"
WIDTH = 212
"""Pixels a thumbnail is wide."""

_MOMENT = dt.datetime(2025, 10, 20, 12, tzinfo=dt.timezone(dt.timedelta(hours=3)))
_NO_SCHOOL = Path("no-such-folder")
_UNWRITTEN = "…"
_GREY_STEP = 17
"""Between neighbouring greys, of 256: it keeps a picture under 15 KB."""
_ROW = re.compile(r"^\| *`([\w.]+)` *\|(.*)\|\s*$", re.MULTILINE)
_TOLD: Mapping[str, Mapping[str, str]] = {
    "system": {
        "name": "Сетевой город. Образование",
        "site": "https://journal.example.ru",
        "operator": "ООО «Пример»",
        "operator_address": "г. Москва, ул. Примерная, д. 1",
        "help": "кабинет 12, по средам с 15 до 17 часов",
    },
    "notice": {
        "start": "1 сентября 2025 г.",
        "basis": "приказ от 28.08.2025 № 112-од",
        "answer_until": "10 сентября 2025 г.",
    },
}
"""What a school writes into documents.toml."""


def main() -> None:
    """Mend the shelf and say what is left to a person."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--samples", action="store_true", help="make samples anew")
    chosen = parser.parse_args()
    items = [item for item in shelf().values() if not chosen.names or item.name in chosen.names]
    wanted = [item for item in items if chosen.samples or not (item.folder / SAMPLE).is_file()]
    write_samples(wanted)
    left = []
    for item in items:
        if not (item.folder / SAMPLE).is_file():
            left.append(f"{item.name}: {SAMPLE} is to be written by hand")
            continue
        left += write_table(item)
        write_thumbnail(item)
    print("\n".join(left) or "The shelf is whole.")
    sys.exit(bool(left))


def variables(item: Shelved) -> tuple[str, ...]:
    """Everything a template may name, `rows.subject` for a field of a row; a sheet's slots too."""
    if item.make is Make.SHEET:
        sample = item.sample()
        return (*sample, *lay_out_blank(item.name, sample).slots)
    module, name = item.context.split(":")
    return tuple(_names(getattr(importlib.import_module(module), name), item.variable))


def _names(context: type, prefix: str) -> Iterator[str]:
    hints = get_type_hints(context)
    for field in fields(context):
        name = f"{prefix}.{field.name}" if prefix else field.name
        yield name
        for inner in _inner(hints[field.name]):
            yield from _names(inner, name)


def _inner(hint: Any) -> Iterator[type]:
    """Dataclasses within a type: of a field, of the items of a tuple."""
    if is_dataclass(hint) and isinstance(hint, type):
        yield hint
    for argument in get_args(hint):
        yield from _inner(argument)


def told(readme: str) -> Mapping[str, str]:
    """What a README says of each variable in its table."""
    return {name: meaning.strip() for name, meaning in _ROW.findall(readme)}


def write_table(item: Shelved) -> list[str]:
    """Take rows of variables that are no more out of a README, append new ones; tell of gaps."""
    path = item.folder / README
    if not path.is_file():
        return [f"{item.name}: {README} is to be written by hand"]
    text, names = path.read_text(encoding="utf-8"), variables(item)
    kept = "".join(
        line
        for line in text.splitlines(keepends=True)
        if not (row := _ROW.match(line)) or row[1] in names
    )
    for name in names:
        if not is_told(name, kept):
            kept = f"{kept.rstrip()}\n| `{name}` | {_UNWRITTEN} |\n"
    if kept != text:
        path.write_text(kept, encoding="utf-8")
    return [f"{item.name}: {README}: what is {name}?" for name in unwritten(kept)]


def is_told(name: str, readme: str) -> bool:
    """Whether a README names a variable: in a row of its own, or a field in the words of another.

    «figures – показатели: name, now» tells of `figures.name` and of the like `filling.name`.
    """
    rows = told(readme)
    parent, _, field = name.rpartition(".")
    fields = {word for row in rows for word in row.split(".")[1:]}
    fields.update(re.findall(r"\w+", " ".join(rows.values())))
    return name in rows or bool(parent and field in fields)


def unwritten(readme: str) -> list[str]:
    """Variables of a table whose meaning nobody has written."""
    return [name for name, meaning in told(readme).items() if meaning in {"", _UNWRITTEN}]


def write_thumbnail(item: Shelved) -> None:
    """Make the picture of the first page of the sample: drawn large, made small, in few greys."""
    page = subprocess.run(
        ["pdftoppm", "-gray", "-singlefile", "-r", "100", "-"],
        input=preview(item, _NO_SCHOOL),
        check=True,
        capture_output=True,
    ).stdout
    large = Image.open(io.BytesIO(page)).convert("L")
    small = large.resize((WIDTH, round(large.height * WIDTH / large.width)))
    few = small.point(lambda grey: round(grey / _GREY_STEP) * _GREY_STEP)
    few.save(item.folder / THUMBNAIL, optimize=True)


def write_samples(items: list[Shelved]) -> None:
    """Write the samples that the kind's own `make` gives for the invented school."""
    known = kinds()
    able = [item for item in items if item.name in known and not _asks_more(item.name)]
    if not able:
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "school"
        initialise(folder, _MOMENT)
        write_demo_package(folder / "journal")
        workspace = open_workspace(folder)
        import_paths(
            workspace, [folder / "journal"], source_name=None, now=_MOMENT, progress=Silent()
        )
        with workspace.open_journal() as journal:
            period = chosen_period(journal, "Q1")
            school = house(workspace.profile, journal, _MOMENT.date())
            details = {key: {**rows, **_TOLD.get(key, {})} for key, rows in school.details.items()}
            ask = Ask(
                journal=journal,
                house=replace(school, details=details),
                units=chosen_classes(journal, period, ("7А",)),
                period=period,
                number="12-од",
                signed=_MOMENT.date(),
            )
            for item in able:
                document = next(
                    (made for made in known[item.name].make(ask) if isinstance(made, Document)),
                    None,
                )
                if document is not None:
                    text = json.dumps(asdict(document.context), ensure_ascii=False, indent=1)
                    (item.folder / SAMPLE).write_text(f"{text}\n", encoding="utf-8")


def _asks_more(name: str) -> bool:
    return bool(kinds()[name].needs - {Need.PERIOD, Need.NUMBER})


if __name__ == "__main__":
    main()
