"""What the school's papers rest on, told with its source and with what nobody has checked."""

from __future__ import annotations

import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cli import cli
from docgen.documents.kinds import kinds
from docgen.rendering.shelf import shelf


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "school.toml").write_text("", "utf-8")
    return tmp_path


def said(*arguments: str) -> str:
    """What a command says; the terminal's line breaks are no part of it."""
    done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0
    return " ".join(click.unstyle(done.output).replace("\u00a0", " ").split())


def answered(*arguments: str) -> Any:
    done = CliRunner().invoke(cli, [*arguments, "--json"], catch_exceptions=False)
    return json.loads(done.output)["result"]


def shipped(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((resources.files("docgen.settings") / name).read_text("utf-8"))


def test_every_norm_and_term_is_told_with_its_source_and_the_day_it_was_checked(
    workspace: Path,
) -> None:
    told = answered("-w", str(workspace), "norms")
    norms = {row["name"]: row for row in told["norms"]}
    assert norms.keys() == shipped("norms.toml").keys()
    separate = norms["consent.separate"]
    assert separate["act"] == "Федеральный закон от 27.07.2006 № 152-ФЗ"
    assert (separate["clause"], separate["confidence"]) == ("ст. 9", "medium")
    assert separate["checked"] == "2026-11-01"
    terms = {row["name"]: row for row in told["retention"]}
    assert terms.keys() == shipped("retention.toml").keys()
    assert terms["consent"]["clause"] == "ст. 441"


def test_what_nobody_has_checked_is_marked_so(workspace: Path) -> None:
    (workspace / "norms.toml").write_text(
        '["copy.certification"]\ntext = "Верно."\nact = "устав"\n'
        'confidence = "high"\nchecked = 2026-11-20\n'
        '["ours"]\ntext = "По слухам."\n',
        encoding="utf-8",
    )
    text = said("-w", str(workspace), "norms")
    assert "copy.certification: Верно. устав; по тексту акта, 20.11.2026" in text
    assert "ours: По слухам. по памяти, не проверено" in text


def test_the_nomenclature_has_the_indexes_the_school_has_set(workspace: Path) -> None:
    (workspace / "school.toml").write_text('[archive]\ncase_index_journal = "05-01"\n', "utf-8")
    (workspace / "retention.toml").write_text('[consent]\nindex = "05-07"\n', "utf-8")
    rows = {row["title"]: row for row in answered("-w", str(workspace), "norms")["cases"]}
    assert rows["Классные журналы"]["index"] == "05-01"
    assert rows["Сводные ведомости успеваемости"]["index"] == "02-16"
    consent = rows["Согласия на обработку персональных данных"]
    assert (consent["index"], consent["term"]) == ("05-07", "3\u00a0года")
    assert not consent["confirmed"]
    assert "05-07: Согласия на обработку персональных данных, 3 года, ст. 441 – не проверено" in (
        said("-w", str(workspace), "norms")
    )


@pytest.mark.parametrize("name", sorted(kinds()))
def test_the_list_of_documents_names_each_below_its_audience(name: str) -> None:
    row = next(row for row in answered("print", "--list") if row["name"] == name)
    assert row["audience"] == shelf()[name].audience
    heading = row["audience"][:1].upper() + row["audience"][1:]
    text = said("print", "--list")
    assert heading in text
    assert text.index(heading) < text.index(f"{name}: ")
