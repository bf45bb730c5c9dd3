"""What click says in English of a wrong call, in Russian and with a way out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from docgen.core.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Sequence

_HELP = "Посмотрите справку: --help."

# What click has no exception of its own for; groups of the first are for the places of the second.
_SAID = [
    (r"Got unexpected extra arguments? \((.+)\)", "лишнее в команде: {0}"),
    (r"Option '(.+)' requires an argument", "у ключа {0} не указано значение"),
    (r"Option '(.+)' requires (\d+) arguments", "у ключа {0} должно быть значений: {1}"),
    (r"Option '(.+)' does not take a value", "у ключа {0} значения не бывает"),
    (r"Argument '(.+)' takes (\d+) values", "слов «{0}» должно быть: {1}"),
    (
        r"Invalid value for '(.+?)'.*: '?(.+?)'? is not a valid (?:integer|float)(?: range)?",
        "у ключа {0} должно стоять число, а стоит «{1}»",
    ),
    (
        r"Invalid value for '(.+?)'.*: (.+) is not in the range (.+)<=x<=(\d+)",
        "у ключа {0} число от {2} до {3}, а стоит {1}",
    ),
    (
        r"Invalid value for '(.+?)'.*: '(.+)' does not match the formats? .*",
        "у ключа {0} должна стоять дата, например 25.05.2026, а стоит «{1}»",
    ),
    (
        r"Invalid value for '(.+?)'.*: \w+ '(.+)' does not exist",
        "файла или папки «{1}» нет (ключ {0})",
    ),
    (r"Missing command", "не указано, что делать"),
]


def miscalled(fault: click.ClickException) -> UsageFault:
    """Put a fault of the call into Russian; what is Russian already stays as it is."""
    message = fault.format_message()
    if isinstance(fault, click.NoSuchOption):
        return _unknown(f"ключа {fault.option_name} нет", fault.possibilities or (), _HELP)
    if message.startswith("No such command"):
        names = re.findall("'([^']+)'", message)
        return _unknown(f"команды «{names[0]}» нет", names[1:], "Список команд: docgen --help.")
    if isinstance(fault, click.BadParameter) and fault.param is not None:
        option = fault.param.param_type_name == "option"
        name = fault.param.opts[0] if option else (fault.param.metavar or "")
        if isinstance(fault, click.MissingParameter):
            return UsageFault(f"не указано: {name}", remedy=_HELP)
        if isinstance(fault.param.type, click.Choice):
            choices = ", ".join(fault.param.type.choices)
            return UsageFault(f"такого значения у ключа {name} нет", remedy=f"Можно: {choices}.")
    return _said(message)


def _said(message: str) -> UsageFault:
    for pattern, told in _SAID:
        if said := re.fullmatch(rf"{pattern}\.?", message, re.DOTALL):
            return UsageFault(told.format(*said.groups()), remedy=_HELP)
    if re.search("[а-яё]", message):
        return UsageFault(message)
    return UsageFault("команда записана неверно", where=message, remedy=_HELP)


def _unknown(told: str, near: Sequence[str], otherwise: str) -> UsageFault:
    return UsageFault(told, remedy=f"Возможно: {', '.join(near)}." if near else otherwise)


def russian_notes(text: str) -> str:
    """What click adds to the help of an option: whether it is required, its default, its range."""
    text = text.replace("[required]", "[обязательно]")
    text = re.sub(r"(\d+)<=x<=(\d+)", r"от \1 до \2", text)
    return re.sub(r"\[default: ([^;\]]+)", r"[обычно \1", text)
