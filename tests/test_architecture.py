"""The house rules over the source text: who may import whom, and what has one room only."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("docgen", "archive", "signing", "cli")

# A room and the rooms it may import besides itself and the bare package `docgen` (its version).
ALLOWED: dict[str, set[str]] = {
    "cli": {"docgen.commands"},
    "docgen.commands": {"docgen.pipeline", "docgen.russian", "docgen.core"},
    "docgen.pipeline": {
        "archive",
        "docgen.binding",
        "docgen.core",
        "docgen.documents",
        "docgen.journal",
        "docgen.profile",
        "docgen.rendering",
        "docgen.russian",
        "signing",
    },
    "docgen.binding": {"docgen.documents", "docgen.rendering", "docgen.core"},
    "docgen.documents": {"docgen.core", "docgen.journal", "docgen.rendering", "docgen.russian"},
    "docgen.rendering": {"docgen.core", "docgen.workbooks"},
    "docgen.journal": {"docgen.core", "docgen.russian", "docgen.workbooks"},
    "docgen.profile": {"docgen.core", "docgen.russian", "docgen.settings"},
    "docgen.settings": {"docgen.core"},
    "docgen.russian": set(),
    "docgen.workbooks": {"docgen.core"},
    "docgen.core": set(),
    "docgen": set(),
    "archive": {"docgen.core"},
    "signing": {"docgen.core"},
}

# Documents say what stands where and know nothing of paper: of rendering only the vocabulary.
ONLY_MODULES = {
    ("docgen.documents", "docgen.rendering"): ("docgen.rendering.sheet", "docgen.rendering.tables")
}

# A library and the only files or folders (ending with a slash) that know it.
HOMES: dict[str, tuple[str, ...]] = {
    "asn1crypto": ("signing/",),
    "click": ("cli.py", "docgen/commands/"),
    "cryptography": ("signing/",),
    "docx": ("docgen/rendering/docx.py", "docgen/rendering/word_templates.py"),
    "docxtpl": ("docgen/rendering/word_templates.py",),
    "fontTools": (
        "docgen/binding/subset.py",
        "docgen/rendering/fonts.py",
        "signing/pdf_mark.py",
    ),
    "jinja2": ("docgen/rendering/templates.py", "docgen/rendering/word_templates.py"),
    "lxml": ("docgen/rendering/docx.py",),
    "num2words": ("docgen/russian/__init__.py",),
    "openpyxl": (
        "docgen/journal/export_files.py",
        "docgen/journal/forms/",
        "docgen/journal/forms/",
        "docgen/journal/sources/",
        "docgen/rendering/workbook.py",
        "docgen/workbooks.py",
    ),
    "pydantic": (
        "docgen/pipeline/acknowledgements.py",
        "docgen/pipeline/disposal.py",
        "docgen/pipeline/holds.py",
        "docgen/pipeline/kept_records.py",
        "docgen/pipeline/order_register.py",
        "docgen/pipeline/paper_signatures.py",
        "docgen/pipeline/retention.py",
        "docgen/profile.py",
        "docgen/settings/",
    ),
    "pkcs11": ("signing/pkcs11.py",),
    "pyhanko": ("signing/pdf_*",),
    "pypdf": ("docgen/binding/writer.py",),
    "pytrovich": ("docgen/russian/names.py",),
    "pyrage": ("archive/travel.py",),
    "pyphen": ("docgen/rendering/text.py",),
    "rich": ("docgen/commands/terminal.py",),
    "segno": ("docgen/rendering/qr.py",),
    "sqlite3": ("docgen/journal/store.py", "archive/register.py"),
    "weasyprint": ("docgen/rendering/blank.py",),
    "xlrd": ("docgen/journal/sources/",),
}

# The clock is asked, and people are spoken to, at the edge only.
CLOCK = {
    "date.today", "datetime.now", "datetime.today", "datetime.utcnow",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.strftime",
}  # fmt: skip
SPEECH = {"print", "input", "breakpoint", "getpass.getpass", "sys.stdout.write", "sys.stderr.write"}
MAY_ASK_THE_CLOCK = ("docgen/core/clock.py",)
MAY_SPEAK = ("cli.py", "docgen/commands/", "archive/tools/")
"""`archive/tools/` are programs of their own: they lie on the media and run without docgen."""


def sources() -> list[str]:
    """All shipped modules, relative to the root."""
    found = [ROOT / "cli.py"]
    for package in OURS[:3]:
        found += sorted((ROOT / package).rglob("*.py"))
    return [path.relative_to(ROOT).as_posix() for path in found]


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def imports(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, also inside functions and TYPE_CHECKING."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)


def room(dotted: str) -> str:
    """The room of a module: "docgen.journal" of docgen.journal.sources.values."""
    parts = dotted.split(".")
    if parts[0] != "docgen":
        return parts[0]
    inner = ".".join(parts[:2])
    return inner if inner in ALLOWED else "docgen"


def room_of(file: str) -> str:
    return room(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))


def at_home(file: str, homes: tuple[str, ...]) -> bool:
    """Whether a file is one of its homes; one ending with / or * is all that begins so."""
    return any(
        file.startswith(home.rstrip("*")) if home.endswith(("/", "*")) else file == home
        for home in homes
    )


def wrong_ways(file: str, module: ast.Module) -> Iterator[str]:
    """Imports against the order of rooms."""
    own = room_of(file)
    for line, name in imports(module):
        if name.startswith("."):
            yield f"{file}:{line}: {name} is relative: the room does not show"
            continue
        other = room(name)
        if name.split(".")[0] not in OURS or other in {own, "docgen"}:
            continue
        if other not in ALLOWED[own]:
            yield f"{file}:{line}: {own} must not import {other}"
        only = ONLY_MODULES.get((own, other))
        if only and not f"{name}.".startswith(tuple(f"{module}." for module in only)):
            yield f"{file}:{line}: {own} may import {' and '.join(only)}, not {name}"


def strayed(file: str, module: ast.Module) -> Iterator[str]:
    """Libraries outside their rooms."""
    for line, name in imports(module):
        library = name.split(".")[0]
        if library in HOMES:
            if not at_home(file, HOMES[library]):
                yield f"{file}:{line}: {library} lives in {', '.join(HOMES[library])}"
        elif library not in OURS and library not in sys.stdlib_module_names:
            yield f"{file}:{line}: {library} has no room yet: name one in HOMES"


def dotted_name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted_name(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else "?"


def calls(node: ast.Call, names: set[str]) -> bool:
    """Whether a call is one of the names; "dt.datetime.now" is "datetime.now"."""
    called = dotted_name(node.func)
    return any(called == name or ("." in name and called.endswith(f".{name}")) for name in names)


def loud(file: str, module: ast.Module) -> Iterator[str]:
    """Calls that ask for the time or speak to a person, and imports that hide them."""
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        if calls(node, CLOCK) and not at_home(file, MAY_ASK_THE_CLOCK):
            yield f"{file}:{node.lineno}: asks for the time; take `now` from the caller"
        if calls(node, SPEECH) and not at_home(file, MAY_SPEAK):
            yield f"{file}:{node.lineno}: speaks to a person; return it to the caller"
    for line, name in imports(module):
        if name in CLOCK and not at_home(file, MAY_ASK_THE_CLOCK):
            yield f"{file}:{line}: asks for the time; take `now` from the caller"


def test_every_module_stands_in_a_room_of_the_table() -> None:
    rooms = {room_of(file) for file in sources()}
    assert rooms == set(ALLOWED)
    assert [file for file in sources() if room_of(file) == "docgen"] == ["docgen/__init__.py"]


def test_imports_go_one_way() -> None:
    assert [found for file in sources() for found in wrong_ways(file, tree(file))] == []


def test_the_table_has_no_way_round_in_a_circle() -> None:
    below = {name: set(others) for name, others in ALLOWED.items()}
    while free := [name for name, others in below.items() if not others & below.keys()]:
        for name in free:
            del below[name]
    assert below == {}


def test_every_way_of_the_table_is_walked() -> None:
    walked = {(room_of(file), room(name)) for file in sources() for _, name in imports(tree(file))}
    allowed = {(own, other) for own, others in ALLOWED.items() for other in others}
    assert allowed - walked == set()


def test_signing_and_archive_know_nothing_of_each_other_or_of_schools() -> None:
    assert ALLOWED["signing"] == ALLOWED["archive"] == {"docgen.core"}


def test_the_core_needs_the_standard_library_only() -> None:
    outside = {
        name
        for file in sources()
        if room_of(file) == "docgen.core"
        for _, name in imports(tree(file))
        if name.split(".")[0] not in sys.stdlib_module_names and room(name) != "docgen.core"
    }
    assert outside == set()


def test_each_library_keeps_to_its_room() -> None:
    assert [found for file in sources() for found in strayed(file, tree(file))] == []


def test_nothing_below_the_edge_asks_for_the_time_or_speaks() -> None:
    assert [found for file in sources() for found in loud(file, tree(file))] == []


def test_what_is_imported_is_what_the_project_depends_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    depended = {line.split(">=")[0].split("[")[0].strip() for line in project["dependencies"]}
    libraries = {
        name.split(".")[0]
        for file in sources()
        for _, name in imports(tree(file))
        if name.split(".")[0] not in {*OURS, *sys.stdlib_module_names}
    }
    known = packages_distributions()
    assert {known[name][0].lower() for name in libraries} == depended


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("signing/report.py", "from archive.bag import write_bag"),
        ("archive/bag.py", "import signing.verify"),
        ("archive/bag.py", "from docgen.journal.store import Journal"),
        ("docgen/core/files.py", "from docgen import russian"),
        ("docgen/core/files.py", "import archive"),
        ("docgen/russian.py", "from docgen.core.clock import now"),
        ("docgen/journal/store.py", "from docgen.documents import copy"),
        ("docgen/rendering/sheet.py", "from docgen.journal.model import Staff"),
        ("docgen/documents/title.py", "from docgen.rendering.blank import lay_out_blank"),
        ("docgen/documents/title.py", "from docgen.rendering import fonts"),
        ("docgen/binding/plan.py", "from docgen.journal.store import Journal"),
        ("docgen/profile.py", "from docgen.pipeline.workspace import Workspace"),
        ("docgen/pipeline/bind.py", "from docgen.commands import terminal"),
        ("docgen/commands/shell.py", "from docgen.binding import writer"),
        ("docgen/commands/shell.py", "def f():\n    import signing"),
        ("cli.py", "from docgen.pipeline.bind import bind_period"),
        ("docgen/journal/store.py", "from . import view"),
        ("docgen/journal/store.py", "from ..core import files"),
    ],
)
def test_an_import_the_wrong_way_is_seen(file: str, line: str) -> None:
    assert len(list(wrong_ways(file, ast.parse(line)))) == 1


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("docgen/rendering/text.py", "import weasyprint"),
        ("docgen/rendering/blank.py", "from pypdf import PdfReader"),
        ("docgen/binding/plan.py", "from pypdf.generic import NameObject"),
        ("archive/bag.py", "from cryptography import x509"),
        ("docgen/pipeline/sign.py", "import asn1crypto.cms"),
        ("docgen/pipeline/check.py", "import click"),
        ("docgen/commands/shell.py", "from rich.console import Console"),
        ("docgen/journal/view.py", "import sqlite3"),
        ("archive/audit.py", "def f():\n    from sqlite3 import connect"),
        ("docgen/pipeline/check.py", "import openpyxl"),
        ("docgen/core/files.py", "import pydantic"),
        ("docgen/core/files.py", "import requests"),
    ],
)
def test_a_library_outside_its_room_is_seen(file: str, line: str) -> None:
    assert len(list(strayed(file, ast.parse(line)))) == 1


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("docgen/pipeline/runs.py", "dt.datetime.now()"),
        ("docgen/pipeline/runs.py", "datetime.now(dt.UTC)"),
        ("docgen/commands/shell.py", "dt.date.today()"),
        ("archive/bag.py", "time.time()"),
        ("archive/bag.py", "from time import time"),
        ("signing/cms.py", "def f():\n    return dt.datetime.utcnow()"),
        ("docgen/pipeline/runs.py", "print('готово')"),
        ("docgen/core/progress.py", "input()"),
        ("docgen/core/progress.py", "sys.stderr.write('…')"),
        ("signing/software.py", "getpass.getpass()"),
    ],
)
def test_asking_for_the_time_or_speaking_is_seen(file: str, line: str) -> None:
    assert len(list(loud(file, ast.parse(line)))) == 1


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("docgen/core/clock.py", "dt.datetime.now()"),
        ("docgen/pipeline/runs.py", "time.monotonic()"),
        ("docgen/commands/terminal.py", "print('готово')"),
        ("docgen/pipeline/runs.py", "clock.now()"),
        ("docgen/pipeline/runs.py", "console.print('готово')"),
    ],
)
def test_what_is_allowed_passes(file: str, line: str) -> None:
    assert list(loud(file, ast.parse(line))) == []
