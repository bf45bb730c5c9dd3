"""A school's own Word template filled by docxtpl: `{{ names }}` of the variables, in plain Word.

The only room of docxtpl. Undefined names are faults, `<` and `&` stay letters: without that
docxtpl cuts a text at them silently.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2
from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate

from docgen.core.errors import TemplateFault
from docgen.rendering import templates
from docgen.rendering.docx import stable_package

_REMEDY = "Исправьте это место в Word или удалите свой файл: тогда возьмётся исходный шаблон."


def fill(path: Path, context: Mapping[str, Any]) -> bytes:
    """Fill a Word template; raises TemplateFault with the paragraph of the wrong name."""
    book = _open(path)
    try:
        book.render(dict(context), jinja_env=_environment(), autoescape=True)
    except jinja2.TemplateSyntaxError as fault:
        raise TemplateFault(
            f"ошибка в записи шаблона: {templates.syntax_in_russian(fault, _environment())}",
            where=_place(path, fault.message or ""),
            remedy=_REMEDY,
        ) from fault
    except templates.UnknownName as fault:
        names = templates.names_of(fault.owner, context)
        raise TemplateFault(
            f"шаблон просит то, чего в документе нет: «{fault.name}»"
            f"{templates.likely(fault.name, names)}",
            where=_place(path, fault.name),
            remedy=_REMEDY,
        ) from fault
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as fault:
        raise TemplateFault(
            "выражение в шаблоне не вычисляется", where=str(path), remedy=_REMEDY
        ) from fault
    made = io.BytesIO()
    book.save(made)
    return stable_package(made.getvalue())


def undeclared(path: Path) -> set[str]:
    """The names a Word template asks for; raises TemplateFault when it cannot be read."""
    try:
        names: set[str] = _open(path).get_undeclared_template_variables(jinja_env=_environment())
    except jinja2.TemplateSyntaxError as fault:
        raise TemplateFault(
            f"ошибка в записи шаблона: {templates.syntax_in_russian(fault, _environment())}",
            where=_place(path, fault.message or ""),
            remedy=_REMEDY,
        ) from fault
    return names


def place_of(path: Path, name: str) -> str:
    """File and paragraph in which a name stands."""
    return _place(path, name)


def _environment() -> jinja2.Environment:
    return jinja2.Environment(autoescape=True, undefined=templates.Unknown)


def _open(path: Path) -> DocxTemplate:
    try:
        book = DocxTemplate(path)
        book.init_docx()
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as fault:
        raise TemplateFault(
            "это не документ Word (.docx) или он повреждён",
            where=str(path),
            remedy="Сохраните шаблон в Word как «Документ Word (*.docx)» ещё раз.",
        ) from fault
    return book


def _place(path: Path, name: str) -> str:
    """The paragraph that holds a name, by its number and beginning."""
    wanted = name.split("'")[1] if "'" in name else name
    for number, text in enumerate(_paragraphs(path), start=1):
        if wanted and wanted in text:
            return f"{path}, абзац {number}: «{text.strip()[:40]}»"
    return str(path)


def _paragraphs(path: Path) -> Iterator[str]:
    """Texts of all paragraphs of the body, those of tables in their places."""
    body = _open(path).get_docx().element.body
    for paragraph in body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p"):
        yield "".join(
            part.text or ""
            for part in paragraph.iter(
                "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"
            )
        )
