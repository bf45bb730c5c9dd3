"""Templates: the school's own first, then the shipped ones, `shipped:` reaches the original.

Undefined names and broken syntax are faults with file, line, the wrong name and the likely right
one; autoescape is always on.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

import jinja2
from jinja2 import meta, nodes
from jinja2.utils import missing

from docgen.core.errors import TemplateFault
from docgen.rendering.locations import shipped_templates
from docgen.rendering.qr import qr_svg

SHIPPED = "shipped:"

_RETURN = "Исправьте эту строку или удалите свою копию: тогда возьмётся исходный шаблон."


class UnknownName(jinja2.UndefinedError):
    """A template asked for a name that does not exist; `owner` is what it should have been in."""

    def __init__(self, name: str, owner: object, message: str | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.owner = owner


class Unknown(jinja2.StrictUndefined):
    """An undefined name that remembers itself: Jinja's own keeps it in an English sentence."""

    def __init__(
        self, hint: str | None = None, obj: Any = missing, name: str | None = None, *_: object
    ) -> None:
        exception = cast("type[jinja2.UndefinedError]", partial(UnknownName, name or "", obj))
        super().__init__(hint, obj, name, exception)


@cache
def environment(own: Path | None = None) -> jinja2.Environment:
    """The Jinja environment over a school's folder (None: shipped templates alone)."""
    shipped = jinja2.FileSystemLoader(shipped_templates())
    chain: list[jinja2.BaseLoader] = [shipped]
    if own is not None and own.is_dir():
        chain.insert(0, jinja2.FileSystemLoader(own))
    loader = jinja2.ChoiceLoader([jinja2.PrefixLoader({"shipped": shipped}, delimiter=":"), *chain])
    made = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=Unknown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["qr"] = qr_svg
    return made


def render(template: str, context: Mapping[str, object], own: Path | None = None) -> str:
    """Fill a template; raises TemplateFault with its file, line and the wrong name."""
    known = environment(own)
    try:
        return known.get_template(template).render(context)
    except jinja2.TemplateNotFound as fault:
        raise TemplateFault(
            f"шаблон «{fault.name}» не найден",
            where=template,
            remedy="Верните файл в папку templates или удалите свою копию шаблона.",
        ) from fault
    except jinja2.TemplateSyntaxError as fault:
        raise TemplateFault(
            f"ошибка в записи шаблона: {syntax_in_russian(fault, known)}",
            where=f"{fault.filename or template}, строка {fault.lineno}",
            remedy=_RETURN,
        ) from fault
    except UnknownName as fault:
        names = names_of(fault.owner, [*context, *_set_in(template, known, set())])
        raise TemplateFault(
            f"шаблон просит то, чего в документе нет: «{fault.name}»{likely(fault.name, names)}",
            where=_where(fault, template, own, fault.name),
            remedy="Исправьте имя или удалите свою копию: тогда возьмётся исходный шаблон.",
        ) from fault
    except RecursionError as fault:
        raise TemplateFault(
            "шаблон ссылается сам на себя",
            where=template,
            remedy=f"Исходный шаблон называется «{SHIPPED}{template}».",
        ) from fault
    except UnicodeDecodeError as fault:
        raise TemplateFault(
            "файл шаблона сохранён не в кодировке UTF-8",
            where=template,
            remedy="Откройте его в Блокноте и сохраните, выбрав кодировку UTF-8.",
        ) from fault
    except (jinja2.TemplateRuntimeError, TypeError, ValueError, ArithmeticError) as fault:
        raise TemplateFault(
            "выражение в шаблоне не вычисляется",
            where=_where(fault, template, own),
            remedy=_RETURN,
        ) from fault


def undeclared(template: str, own: Path | None = None) -> list[tuple[str, str]]:
    """Place and name of all that a template, but not those it builds on, asks from outside.

    Branches that are not walked count as well; the template has been rendered before, so it parses.
    """
    known = environment(own)
    if known.loader is None:
        return []
    source, file, _ = known.loader.get_source(known, template)
    tree = known.parse(source)
    given = {*_set_in(template, known, set()), *known.globals}
    names = sorted(meta.find_undeclared_variables(tree) - given)
    lines = {node.name: node.lineno for node in reversed(list(tree.find_all(nodes.Name)))}
    return [(f"{file or template}, строка {lines.get(name, 1)}", name) for name in names]


def likely(name: str, names: Iterable[str]) -> str:
    """The nearest of the names, as the end of a sentence; "" when none is near."""
    close = difflib.get_close_matches(name, sorted(set(names) - {name}), n=1, cutoff=0.5)
    return f"; вероятно, имелось в виду «{close[0]}»" if close else ""


def names_of(owner: object, known: Iterable[str]) -> list[str]:
    """What a wrong name could have been: fields of the object, else the names of the template."""
    if isinstance(owner, Mapping):
        return [str(key) for key in owner]
    if owner is not missing:
        return [name for name in dir(owner) if not name.startswith("_")]
    return list(known)


def _set_in(template: str, known: jinja2.Environment, seen: set[str]) -> list[str]:
    """Names that a template, or one it extends or imports, sets, imports or defines as a macro."""
    if template in seen or known.loader is None:
        return []
    seen.add(template)
    tree = known.parse(known.loader.get_source(known, template)[0])
    names = [node.name for node in tree.find_all(nodes.Name) if node.ctx in {"store", "param"}]
    names += [macro.name for macro in tree.find_all(nodes.Macro)]
    names += [imported.target for imported in tree.find_all(nodes.Import)]
    for other in meta.find_referenced_templates(tree):
        if other is not None:
            names += _set_in(other, known, seen)
    return names


def _where(fault: BaseException, template: str, own: Path | None, name: str = "") -> str:
    """File and line of a fault, from the traceback Jinja rewrites.

    The innermost template whose line holds the wrong name: a macro fails on a name that was
    misspelt where it was called.
    """
    folders = [folder for folder in (own, shipped_templates()) if folder is not None]
    places: list[tuple[Path, int]] = []
    trace = fault.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.suffix == ".html" and any(path.is_relative_to(folder) for folder in folders):
            places.insert(0, (path, trace.tb_lineno))
        trace = trace.tb_next
    if not places:
        return template
    path, line = next((place for place in places if name in _line(*place)), places[0])
    return f"{path}, строка {line}"


def _line(path: Path, number: int) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return lines[number - 1] if number <= len(lines) else ""


_SYNTAX = (
    ("unknown tag", "неизвестная команда {name}"),
    ("No filter named", "неизвестный фильтр {name}"),
    ("No test named", "неизвестная проверка {name}"),
    ("defined twice", "блок {name} записан дважды"),
    ("end of template", "шаблон обрывается: не закрыта команда или выражение, начатые раньше"),
    ("end of statement", "команда записана не до конца или в ней лишнее"),
    ("end of print", "в выражении лишнее слово или не хватает знака между словами"),
    ("unexpected", "лишний знак {name}"),
)
"""Pieces of Jinja's messages and what they mean; the name is what stands first in quotes."""


def syntax_in_russian(fault: jinja2.TemplateSyntaxError, known: jinja2.Environment) -> str:
    """Jinja's message in Russian."""
    message = fault.message or ""
    name = [*message.split("'"), "", ""][1]
    for sign, russian in _SYNTAX:
        if sign in message:
            lists = {"No filter named": known.filters, "No test named": known.tests}
            return russian.format(name=f"«{name}»") + likely(name, lists.get(sign, ()))
    return "команда или выражение записаны с ошибкой"
