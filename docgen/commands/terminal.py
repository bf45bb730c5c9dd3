"""What people see in the terminal: progress bars, findings, verdicts, last lines.

Answers go to stdout, progress and faults to stderr.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from rich import markup
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from docgen import russian
from docgen.core.errors import DocgenError
from docgen.core.findings import Finding, Severity
from docgen.core.shown import shortened, shown
from docgen.pipeline.imports import ImportReport

T = TypeVar("T")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_COLOURS = {Severity.BLOCKING: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_SHOWN = 40
"""Findings shown in full; the rest are counted."""


class Bars:
    """Progress as bars on stderr; where it is no terminal, a line at each step's end."""

    def track(self, items: Iterable[T], *, title: str, total: int | None = None) -> Iterator[T]:
        """Hand the items through, a bar moving with them."""
        if not err.is_terminal:
            yield from items
            err.print(f"{title}: готово")
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=err) as progress:
            task = progress.add_task(title, total=total)
            for item in items:
                yield item
                progress.advance(task)


def print_fault(fault: DocgenError) -> None:
    """What is wrong, where, why, what to do."""
    err.print(f"[bold red]Ошибка:[/] {_plain(_sentence(fault.message))}")
    if fault.where:
        err.print(f"  Где: {_plain(fault.where)}")
    print_findings(fault.findings, console=err)
    if fault.remedy:
        err.print(f"  Что сделать: {_plain(fault.remedy)}")


def print_findings(findings: Sequence[Finding], *, console: Console = out) -> None:
    """Findings by code: the address and the sentence of each, the remedy once a code."""
    ordered = sorted(findings, key=lambda item: (list(Severity).index(item.severity), item.code))
    shown = 0
    for (_severity, _code), same in groupby(ordered, key=lambda item: (item.severity, item.code)):
        rows = list(same)
        first = rows[0]
        colour = _COLOURS[first.severity]
        head = f"{first.code} · {first.severity.label} · {len(rows)}"
        console.print(f"[{colour}]{head}[/]")
        for row in rows[: max(_SHOWN - shown, 3)]:
            address = _address(row)
            where = f"{row.where}: " if row.where else ""
            console.print(
                f"  {_plain(where + row.message)}"
                + (f" [dim]({_plain(address)})[/]" if address else "")
            )
            shown += 1
        if len(rows) > max(_SHOWN - shown + len(rows), 3):
            console.print("  …")
        if first.remedy:
            console.print(f"  [dim]Что сделать: {_plain(first.remedy)}[/]")


def _address(row: Finding) -> str:
    file, sheet = shown(shortened(row.refs.get("file", ""))), row.refs.get("sheet", "")
    if not file or file in row.where:
        return ""
    return ", ".join(filter(None, (file, sheet and f"лист «{sheet}»", row.refs.get("cell", ""))))


def count_line(findings: Sequence[Finding]) -> str:
    """«блокирует: 3, предупреждений: 12, к сведению: 1»."""
    counts = Counter(item.severity for item in findings)
    return (
        f"блокирует: {counts[Severity.BLOCKING]}, предупреждений: {counts[Severity.WARNING]}, "
        f"к сведению: {counts[Severity.NOTE]}"
    )


def print_import(report: ImportReport) -> None:
    """What became of every file, and which format it was taken for."""
    for choice in report.choices:
        out.print(f"Формат: {choice.source.title} ({choice.reason}): {_plain(str(choice.path))}")
    table = Table(box=None, pad_edge=False)
    for title in ("Файл", "новых", "изменено", "без изменений", "удалено", "отклонено"):
        table.add_column(title, justify="left" if title == "Файл" else "right")
    for file in report.files:
        name = f"{file.file} · {file.sheet}" if file.sheet else file.file
        table.add_row(
            _plain(name),
            *(
                str(count) if count else "–"
                for count in (
                    file.accepted,
                    file.changed,
                    file.unchanged,
                    file.removed,
                    file.rejected,
                )
            ),
        )
    out.print(table)
    print_findings(report.notes)
    if report.repeated:
        out.print("Эти файлы уже загружены, без изменений.")


def print_table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Container[int] = ()
) -> None:
    """A plain table as wide as the terminal at most; the columns `numbers` stand to the right."""
    table = Table(box=None, pad_edge=False)
    for place, title in enumerate(titles):
        table.add_column(
            _plain(title),
            justify="right" if place in numbers else "left",
            overflow="fold",
            vertical="top",
        )
    for row in rows:
        table.add_row(*map(_plain, row))
    out.print(table, soft_wrap=False)


def sheets(count: int) -> str:
    """«53 листа»."""
    return f"{count}\u00a0{russian.plural(count, 'лист', 'листа', 'листов')}"


def say(text: str) -> None:
    """A plain line of the answer."""
    out.print(_plain(text))


def next_step(text: str) -> None:
    """The last line: what to do now."""
    out.print(f"[bold]Дальше:[/] {_plain(text)}")


def _plain(text: str) -> str:
    """Text as it is: no markup of ours, nothing a terminal obeys."""
    return markup.escape(shown(text))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
