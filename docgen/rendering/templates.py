"""Templates: the school's own first, then the shipped ones, `shipped:` reaches the original.

Undefined names and broken syntax are faults with file, line and name; autoescape is always on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2

from docgen.core.errors import TemplateFault
from docgen.rendering.locations import shipped_templates

SHIPPED = "shipped:"


@cache
def environment(own: Path | None = None) -> jinja2.Environment:
    """The Jinja environment over a school's folder (None: shipped templates alone)."""
    shipped = jinja2.FileSystemLoader(shipped_templates())
    chain: list[jinja2.BaseLoader] = [shipped]
    if own is not None and own.is_dir():
        chain.insert(0, jinja2.FileSystemLoader(own))
    loader = jinja2.ChoiceLoader([jinja2.PrefixLoader({"shipped": shipped}, delimiter=":"), *chain])
    return jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, context: Mapping[str, object], own: Path | None = None) -> str:
    """Fill a template; raises TemplateFault with its file, line and the wrong name."""
    try:
        return environment(own).get_template(template).render(context)
    except jinja2.TemplateNotFound as fault:
        raise TemplateFault(
            f"шаблон «{fault.name}» не найден",
            where=template,
            remedy="Верните файл в папку templates или удалите свою копию шаблона.",
        ) from fault
    except jinja2.TemplateSyntaxError as fault:
        raise TemplateFault(
            f"ошибка в записи шаблона: {fault.message}",
            where=f"{fault.filename or template}, строка {fault.lineno}",
            remedy="Исправьте эту строку или удалите свою копию: тогда возьмётся исходный шаблон.",
        ) from fault
    except jinja2.UndefinedError as fault:
        raise TemplateFault(
            f"шаблон просит то, чего в документе нет: {fault.message}",
            where=f"{template}, строка {_line_of(fault, template)}",
            remedy="Проверьте имя по README.md рядом с шаблоном.",
        ) from fault


def _line_of(fault: BaseException, template: str) -> str:
    """The template line a fault was raised on, from the traceback Jinja rewrites."""
    line = "?"
    trace = fault.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.endswith(template) or name == "<template>":
            line = str(trace.tb_lineno)
        trace = trace.tb_next
    return line
