from __future__ import annotations

import gzip
import hashlib
import json
import stat
from typing import TYPE_CHECKING

import pytest
from journal_samples import MOMENT, Tables, bring, folder, replaced, tables

from docgen.core.errors import UsageFault
from docgen.core.progress import Silent
from docgen.journal.store import Journal
from docgen.pipeline.bind import bind_period
from docgen.pipeline.initialise import initialise
from docgen.pipeline.journal_diff import ClassDiff, State, again, diff_printed
from docgen.pipeline.printed import printed_digest
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The tiny school with its first quarter printed."""
    place = tmp_path / "school"
    initialise(place, MOMENT)
    made = open_workspace(place)
    load(made, tables())
    bind(made, "Q1")
    return made


def load(workspace: Workspace, source: Tables) -> None:
    with Journal.open(workspace.journal_file) as journal:
        bring(journal, folder(workspace.folder.parent / "package", source))


def bind(workspace: Workspace, code: str) -> None:
    with workspace.open_journal() as journal:
        period = chosen_period(journal, code)
        units = chosen_classes(journal, period, ())
    bind_period(workspace, period, units, Silent())


def compared(workspace: Workspace, code: str | None = "Q1", *classes: str) -> ClassDiff:
    """The only class that was compared."""
    (found,) = diff_printed(workspace, code, classes, Silent())
    return found


def volumes(workspace: Workspace) -> Path:
    return workspace.volumes("2025/2026", "Q1")


def test_what_was_just_printed_is_unchanged(workspace: Workspace) -> None:
    found = compared(workspace)
    assert (found.class_id, found.state, found.changes) == ("7А", State.UNCHANGED, ())
    assert again([found]) == ()


def test_a_later_export_of_equal_data_changes_nothing(workspace: Workspace) -> None:
    load(workspace, replaced(tables(), "manifest", "2025-10-25", "2025-11-01"))
    assert compared(workspace).state is State.UNCHANGED


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (
            "marks",
            "1;3;3;ОТ",
            "1;3;4;ОТ",
            "Математика / 15.09.2025, урок 1 / Жуков Лев: отметка: было 3, стало 4",
        ),
        (
            "marks",
            "1;1;4;ДЗ",
            "1;1;3;ДЗ",
            "Математика / 01.09.2025, урок 1 / Ежов Пётр: отметка: было 5, 4, стало 5, 3",
        ),
        (
            "marks",
            "1;3;3;ОТ",
            "1;3;;ОТ",
            "Математика / 15.09.2025, урок 1 / Жуков Лев: отметка: было 3, стало пусто",
        ),
        (
            "lessons",
            "Проценты",
            "Части",
            "Математика / 15.09.2025, урок 1: тема: было Проценты, стало Части",
        ),
        (
            "lessons",
            "№ 7",
            "№ 8",
            "Математика / 15.09.2025, урок 1: домашнее задание: было № 7, стало № 8",
        ),
        (
            "attendance",
            ";Б;",
            ";У;",
            "Математика / 08.09.2025, урок 1 / Ежов Пётр: пропуск: было Б, стало У",
        ),
        (
            "final_marks",
            "2;МАТ;Q1;4",
            "2;МАТ;Q1;3",
            "Математика / Ёлкин Иван: итоговая отметка (1 четверть): было 4, стало 3",
        ),
        (
            "students",
            "3;Жуков;Лев;;м;05.06.2012;7А;01.09.2025;;",
            "3;Жуков;Лев;;м;05.06.2012;7А;01.09.2025;20.10.2025;",
            "Жуков Лев: ученик выбыл: было пусто, стало 20.10.2025",
        ),
        (
            "staff",
            "T3;Ивова;Вера;Олеговна",
            "T3;Ивова;Вера;Львовна",
            "Сотрудники: отчество (Ивова\u00a0В.Л.): было Олеговна, стало Львовна",
        ),
        (
            "school",
            "с. Ольховка",
            "с. Новое",
            "Школа: населённый пункт: было с. Ольховка, стало с. Новое",
        ),
        ("groups", ";5;40", ";6;40", "Математика: Группы: часов в неделю: было 5, стало 6"),
    ],
)
def test_a_change_after_the_print_is_told_with_its_place(
    workspace: Workspace, name: str, old: str, new: str, told: str
) -> None:
    load(workspace, replaced(tables(), name, old, new))
    found = compared(workspace)
    assert [str(change) for change in found.changes] == [told]
    assert found.state is State.CHANGED
    assert again([found]) == ("docgen bind Q1 --class 7А",)


def test_a_lesson_that_came_and_a_pupil_who_came_are_told(workspace: Workspace) -> None:
    source = tables()
    source["lessons"].append("7А-МАТ;22.09.2025;2;Масштаб;;;T2;;;")
    source["students"].append("9;Юдин;Ян;;м;01.02.2012;7А;15.09.2025;;")
    load(workspace, source)
    assert [str(change) for change in compared(workspace).changes] == [
        "Юдин Ян: ученик появился в списке: было пусто, стало 15.09.2025",
        "Математика / 22.09.2025, урок 2: урок добавлен: было пусто, стало Масштаб",
    ]


def test_every_change_of_the_digest_is_told(workspace: Workspace) -> None:
    """Each column of what is printed, changed alone, is seen by the comparison."""
    path = volumes(workspace) / "07a_q1.printed.csv.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    card_path = volumes(workspace) / "07a_q1_v1.json"
    card = json.loads(card_path.read_bytes())
    spoiled = 0
    for place, line in enumerate(lines):
        if not line.startswith("lessons;7А-МАТ;2025-09-08"):
            continue
        for column in (4, 5, 6, 7, 8, 9):
            cells = line.split(";")
            cells[column] += "~"
            text = "\n".join([*lines[:place], ";".join(cells), *lines[place + 1 :], ""]).encode()
            path.write_bytes(gzip.compress(text))
            other = card | {"content": hashlib.sha256(text).hexdigest(), "made_from": ""}
            card_path.write_text(json.dumps(other), encoding="utf-8")
            assert len(compared(workspace).changes) == 1
            spoiled += 1
    assert spoiled == 6


# What else may be the matter


def test_changed_settings_are_told_apart_from_a_changed_journal(workspace: Workspace) -> None:
    settings = workspace.folder / "school.toml"
    text = settings.read_text(encoding="utf-8")
    assert 'deputy = ""' in text
    text = text.replace('deputy = ""', 'deputy = "Ольхова Ирина Петровна"')
    settings.write_text(text, encoding="utf-8")
    found = compared(open_workspace(workspace.folder))
    assert (found.state, found.changes) == (State.LAYOUT, ())
    assert again([found]) == ()


def test_a_volume_of_an_earlier_version_says_that_the_change_is_unknown(
    workspace: Workspace,
) -> None:
    (volumes(workspace) / "07a_q1.printed.csv.gz").unlink()
    card_path = volumes(workspace) / "07a_q1_v1.json"
    card = json.loads(card_path.read_bytes())
    del card["content"]
    card_path.write_text(json.dumps(card), encoding="utf-8")
    assert compared(workspace).state is State.UNCHANGED
    assert printed_digest(workspace, "2025/2026", "Q1", "7А") == ""
    load(workspace, replaced(tables(), "marks", "1;3;3;ОТ", "1;3;4;ОТ"))
    found = compared(workspace)
    assert (found.state, found.changes) == (State.UNKNOWN, ())
    assert again([found]) == ("docgen bind Q1 --class 7А",)


@pytest.mark.parametrize(
    "damage",
    [b"", b"\x1f\x8b", gzip.compress(b"lessons;group_id\n", mtime=0)],
    ids=["empty", "cut", "other tables"],
)
def test_a_damaged_record_of_the_print_is_not_believed(workspace: Workspace, damage: bytes) -> None:
    (volumes(workspace) / "07a_q1.printed.csv.gz").write_bytes(damage)
    load(workspace, replaced(tables(), "marks", "1;3;3;ОТ", "1;3;4;ОТ"))
    assert compared(workspace).state is State.UNKNOWN


def test_a_lost_volume_must_be_printed_again(workspace: Workspace) -> None:
    (volumes(workspace) / "07a_q1_v1.pdf").unlink()
    found = compared(workspace)
    assert found.state is State.INCOMPLETE
    assert again([found]) == ("docgen bind Q1 --class 7А",)


def test_without_a_period_only_what_was_printed_is_compared(workspace: Workspace) -> None:
    assert compared(workspace, None).class_id == "7А"
    states = {item.class_id: item.state for item in diff_printed(workspace, "H1", (), Silent())}
    assert states == {"10А": State.UNPRINTED, "10Б": State.UNPRINTED}
    assert diff_printed(workspace, None, ("10А",), Silent()) == ()
    with pytest.raises(UsageFault):
        diff_printed(workspace, "Q1", ("8Ж",), Silent())


def test_binding_again_makes_the_journal_unchanged(workspace: Workspace) -> None:
    load(workspace, replaced(tables(), "marks", "1;3;3;ОТ", "1;3;4;ОТ"))
    bind(workspace, "Q1")
    assert compared(workspace).state is State.UNCHANGED


# What is kept


def test_what_was_printed_is_kept_for_the_owner_and_answers_to_its_digest(
    workspace: Workspace,
) -> None:
    path = volumes(workspace) / "07a_q1.printed.csv.gz"
    digest = hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()
    with workspace.open_journal() as journal:
        assert digest == journal.digest("7А", "Q1")
    assert digest == printed_digest(workspace, "2025/2026", "Q1", "7А")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    for file in volumes(workspace).iterdir():
        file.unlink()
    bind(workspace, "Q1")
    assert path.read_bytes() == before


def test_what_was_never_printed_has_no_digest(workspace: Workspace) -> None:
    assert printed_digest(workspace, "2025/2026", "H1", "10А") == ""
