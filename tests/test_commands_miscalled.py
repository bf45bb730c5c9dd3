"""A wrong call is answered in Russian, whichever way it is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

import cli
from docgen.commands.shell import run

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("archive find Иванова ещё", "лишнее в команде: ещё"),
        ("archive find Иванова ещё слово", "лишнее в команде: ещё слово"),
        ("archive find --year", "у ключа --year не указано значение"),
        ("check --json=5", "у ключа --json значения не бывает"),
        ("archive parity --percent x a", "у ключа --percent должно стоять число, а стоит «x»"),
        ("archive parity --percent 900 a", "у ключа --percent число от 1 до 100, а стоит 900"),
        ("archive restore-drill a --seed 1.5", "у ключа --seed должно стоять число"),
        ("archive due --on вчера", "у ключа --on должна стоять дата, например 25.05.2026"),
        ("check --format doc", "такого значения у ключа --format нет"),
        ("archive audit", "не указано: НОСИТЕЛЬ"),
        ("archive audit a --fast", "ключа --fast нет"),
        ("archvie", "команды «archvie» нет"),
        ("-w", "у ключа -w не указано значение"),
    ],
)
def test_a_wrong_call_is_told_in_russian(
    capsys: pytest.CaptureFixture[str], call: str, told: str
) -> None:
    assert run(cli.cli, call.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert told in said.err
    assert "Что сделать:" in said.err


def commands(group: click.Group, *names: str) -> Iterator[tuple[str, ...]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        yield (*names, name)
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)


@pytest.mark.parametrize("names", [(), *commands(cli.cli)], ids=" ".join)
def test_no_word_of_the_help_is_clicks_own(
    capsys: pytest.CaptureFixture[str], names: tuple[str, ...]
) -> None:
    assert run(cli.cli, [*names, "--help"]) == 0
    said = capsys.readouterr().out
    assert re.findall(r"(?i)\b(usage|options|commands|default|required|range)\b|<=", said) == []
