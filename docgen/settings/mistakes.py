"""Mistakes in settings files, in Russian: the file, the line, the key and the likely right one.

The parsers say in English what they stumbled over; here it becomes what the person wrote wrong.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, catalogue, finding

# What tomllib says, what the line looks like (empty: anything), what went wrong. First match wins.
_SYNTAX = (
    (
        "Invalid value",
        r"=\s*[«»“”„‘’]",
        'текст стоит в прямых кавычках "…", а здесь стоят «ёлочки» или “лапки”',
    ),
    (
        "Invalid value",
        r"=\s*(да|нет|yes|no|true|false)\b",
        "вместо «да» и «нет» пишут true и false",
    ),
    ("Invalid value", r"=\s*(#|$)", 'после «=» нет значения; пустое пишут так: ""'),
    ("Invalid value", "", "текст надо взять в прямые кавычки"),
    ("Illegal character '.n'|Unterminated", "", "кавычка открыта и не закрыта в той же строке"),
    (
        "(Illegal|invalid) character",
        "",
        "в строке стоит невидимый знак: сотрите её и наберите заново",
    ),
    ("Unescaped|hex value", "", "обратную косую черту «\\» в тексте удваивают или заменяют на «/»"),
    ("overwrite|Duplicate", "", "этот ключ в разделе уже есть: оставьте одну строку из двух"),
    ("twice", "", "такой раздел выше уже есть: перенесите его строки туда"),
    ("newline or end", r"=\s*-?\d+,\d", "в дробном числе ставят точку, а не запятую"),
    ("newline or end", r"=\s*\d{1,2}\.\d{1,2}\.\d{4}", "дату пишут так: 2026-11-01"),
    ("newline or end", r"=\s*\d", "после числа стоит лишнее; текст с цифрами берут в кавычки"),
    ("newline or end", '(".*){3}', "внутри текста стоят прямые кавычки: замените их на «ёлочки»"),
    ("newline or end", "", "после значения стоит лишнее; пояснение начинают со знака #"),
    ("Expected '='", "", "имя от значения отделяет знак «=»"),
    ("declaration", "", "имя раздела стоит в квадратных скобках: [school]"),
    ("Unclosed", "", "скобка открыта и не закрыта"),
    ("Expected [\"']", "", "кавычки открыты и не закрыты"),
    ("recursion", "", "слишком много скобок одна в другой"),
    ("integer string", "", "слишком длинное число"),
    (
        "statement|initial",
        "",
        "имена ключей и разделов пишут латинскими буквами, пояснения – после #",
    ),
)

_BOUNDS = {
    "greater_than_equal": ("не меньше", "ge"),
    "less_than_equal": ("не больше", "le"),
    "greater_than": ("больше", "gt"),
    "less_than": ("меньше", "lt"),
}

_REASONS = {
    "bool_type": "нужно true или false, без кавычек",
    "string_type": "нужен текст в кавычках",
    "int_type": "нужно целое число без кавычек",
    "float_type": "нужно число без кавычек",
    "float_parsing": "нужно число без кавычек",
    "string_pattern_mismatch": "годятся латинские буквы, цифры, точка, косая черта и дефис",
    "string_too_short": "значение не может быть пустым",
    "tuple_type": "нужен список: значения через запятую в квадратных скобках",
    "missing": "в каждой паре должно быть два числа: [2, 5]",
    "too_long": "в каждой паре должно быть два числа: [2, 5]",
    "date_type": "нужна дата без кавычек, например 2026-11-01",
    "model_type": "нужен раздел с ключами, а стоит одно значение",
    "dict_type": "нужен раздел с ключами, а стоит одно значение",
}


def syntax_fault(path: Path, text: str, fault: Exception) -> InputFault:
    """The fault of a file that is no TOML, with the line and what is wrong in it."""
    lines = text.splitlines() or [""]
    place = re.search(r"at line (\d+)", str(fault))
    last = max((number for number, line in enumerate(lines, 1) if line.strip()), default=1)
    number = int(place[1]) if place else last
    line = lines[min(number, len(lines)) - 1]
    reason = next(
        (
            words
            for said, looks, words in _SYNTAX
            if re.search(said, str(fault)) and re.search(looks, line, re.IGNORECASE)
        ),
        "эту строку прочитать нельзя",
    )
    return InputFault(
        f"файл настроек записан с ошибкой: {reason}",
        where=f"{path}, строка {number}",
        remedy="Исправьте эту строку и повторите команду.",
    )


def value_findings(file: str, text: str, fault: ValidationError, settings: Any) -> list[Finding]:
    """A finding for every key or value that does not fit `settings`, the type of the whole file."""
    return [_finding(file, text, row, settings) for row in fault.errors()]


def _finding(file: str, text: str, row: Any, settings: Any) -> Finding:
    # Numbers are places in a list, which has a line but no keys.
    location = [part for part in row["loc"] if isinstance(part, str)]
    unknown = row["type"] == "extra_forbidden"
    known: Iterable[str] = _keys(settings, location[:-1]) if unknown else ()
    if location[-1] == "[key]":  # pydantic's way to point at the name of a key
        location.pop()
        unknown = True
        known = catalogue() if row["type"] == "value_error" else ()
    key = ".".join(location)
    line = _line_of(text, location)
    where = f"{file}, строка {line}, ключ {key}" if line else f"{file}, ключ {key}"
    if unknown:
        close = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.5)
        hint = f"; вероятно, имелся в виду «{close[0]}»" if close else ""
        return finding("PR-01", where, key=key, hint=hint)
    if row["type"] == "missing" and row["loc"][-1] == location[-1]:
        return finding("PR-03", where, key=key)
    reason = _reason(row["type"], row.get("ctx", {}))
    return finding("PR-02", where, key=key, value=_as_written(row["input"]), reason=reason)


def _reason(kind: str, context: Mapping[str, Any]) -> str:
    if kind in _BOUNDS:
        word, name = _BOUNDS[kind]
        return f"нужно число {word} {context[name]:g}"
    if kind == "literal_error":
        return "можно: " + ", ".join(re.findall(r"'([^']+)'", context["expected"]))
    return _REASONS.get(kind, "значение не подходит")


def _as_written(value: object) -> str:
    """A value as TOML has it; of a section only that it is one."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return "{…}" if isinstance(value, dict) else str(value)


def _keys(settings: Any, parents: Sequence[str]) -> Iterable[str]:
    """Keys that the section `parents` of a settings type may have."""
    for name in parents:
        fields = getattr(settings, "model_fields", None)
        # A section with names of the school's own is a dict: all its values are of one type.
        settings = fields[name].annotation if fields else get_args(settings)[-1]
    return tuple(field.alias or name for name, field in settings.model_fields.items())


_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^\s."'=\[\]]+))\s*(?:\.|$)""")


def _line_of(text: str, location: Sequence[str]) -> int | None:
    """The line of a key or, where it has none of its own, of the section nearest above it."""
    lines: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if head := re.match(r"\s*\[([^\[\]]+)\]", line):
            section = _path(head[1])
            lines.setdefault(section, number)
        elif name := re.match(r"\s*([^#=]+?)\s*=", line):
            lines.setdefault((*section, *_path(name[1])), number)
    for depth in range(len(location), 0, -1):
        place = tuple(location[:depth])
        # A section may stand only in the heads of its sections, as [media] does in [media.a].
        found = [line for path, line in lines.items() if path[:depth] == place]
        if found:
            return lines.get(place, found[0])
    return None


def _path(name: str) -> tuple[str, ...]:
    """The parts of a dotted TOML name, `"copy.certification"` being one of them."""
    return tuple("".join(parts) for parts in _PART.findall(name))
