"""The report of the check as task lists: by class, subject and teacher, and a sheet a teacher."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from docgen.core.findings import Finding, Severity, catalogue
from docgen.journal.preflight import Task
from docgen.rendering.tables import Chart, Column, Table

SCHOOL = "Школа в целом"
NOBODY = "учитель не указан"

_SHOWN = {Severity.BLOCKING: 1_000_000, Severity.WARNING: 20, Severity.NOTE: 3}
"""How many findings of one rule and subject are written out; the workbook holds all of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One task: place within the subject, what is wrong, where it stands, what was said to it."""

    place: str
    message: str
    address: str
    accepted: str


@dataclass(frozen=True, slots=True)
class Rule:
    """The tasks of one rule in one subject: `count` of them, of which `more` are not written out.

    `severity` is the word of programs, `weight` that of people, «блокирует».
    """

    code: str
    title: str
    severity: Severity
    weight: str
    remedy: str
    lines: tuple[Line, ...]
    more: int
    count: int


@dataclass(frozen=True, slots=True)
class Section:
    """What concerns one subject (or class) and one teacher; `title` may be empty."""

    title: str
    teacher: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """A row of the chart: how many findings of each severity a class or a teacher has."""

    name: str
    blocking: int
    warning: int
    note: int
    total: int


@dataclass(frozen=True, slots=True)
class TaskSheet:
    """The sheet of a class or of a teacher, to be handed over."""

    name: str
    count: Count
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything the report says; context of `check-report`.

    school, period, year, made: the school, «1 четверть», «2025/2026», the day in words
    classes: which were checked
    blocked: whether printing is stopped
    verdict: that as a Russian sentence
    count: findings of the whole school
    by_class, by_teacher: the sheets to be handed over
    by_rule: the rules, the gravest first
    most: findings of the class that has most, the longest bar of the chart
    accepted: how many were let stand with a word
    skipped: pairs of rule and reason why it was not looked at
    settings: lines «ключ = значение (обычно …)»
    """

    school: str
    period: str
    year: str
    made: str
    classes: tuple[str, ...]
    blocked: bool
    verdict: str
    count: Count
    by_class: tuple[TaskSheet, ...]
    by_teacher: tuple[TaskSheet, ...]
    by_rule: tuple[Rule, ...]
    most: int
    accepted: int
    skipped: tuple[tuple[str, str], ...]
    settings: tuple[str, ...]


def check_report(
    tasks: Sequence[Task],
    *,
    school: str,
    period: str,
    year: str,
    made: str,
    classes: Sequence[str],
    blocked: bool,
    skipped: Iterable[tuple[str, str]],
    settings: Iterable[str],
) -> CheckReport:
    """Put the tasks of a period on sheets; their order within a class is kept."""
    order = {name: place for place, name in enumerate(classes)}
    by_class = _sheets(
        sorted(tasks, key=lambda task: order.get(task.class_id, -1)),
        name=lambda task: task.class_id or SCHOOL,
        title=lambda task: task.subject,
    )
    by_teacher = _sheets(
        sorted(
            (task for task in tasks if task.finding.severity is not Severity.NOTE),
            key=lambda task: (not task.teacher, task.teacher),
        ),
        name=lambda task: task.teacher or NOBODY,
        title=lambda task: " ".join(filter(None, (task.class_id or SCHOOL, task.subject))),
    )
    return CheckReport(
        school=school,
        period=period,
        year=year,
        made=made,
        classes=tuple(classes),
        blocked=blocked,
        verdict=_verdict(tasks, blocked=blocked),
        count=_count("всего", tasks),
        by_class=by_class,
        by_teacher=by_teacher,
        by_rule=_rules(sorted(tasks, key=_weight)),
        most=max((sheet.count.total for sheet in by_class), default=1),
        accepted=sum(task.accepted is not None for task in tasks),
        skipped=tuple(skipped),
        settings=tuple(settings),
    )


def _verdict(tasks: Sequence[Task], *, blocked: bool) -> str:
    if not blocked:
        return "Можно печатать: ничто не мешает."
    if any(task.finding.severity is Severity.BLOCKING for task in tasks):
        return "Печатать нельзя: исправьте то, что отмечено «блокирует»."
    return "Печатать нельзя: на каждое предупреждение нужно пояснение (так решила школа)."


def _sheets(
    tasks: Iterable[Task], *, name: Callable[[Task], str], title: Callable[[Task], str]
) -> tuple[TaskSheet, ...]:
    sheets = []
    for owner, grouped in groupby(tasks, key=name):
        own = list(grouped)
        sections: dict[tuple[str, str], list[Task]] = {}
        for task in own:
            sections.setdefault((title(task), task.teacher), []).append(task)
        sheets.append(
            TaskSheet(
                owner,
                _count(owner, own),
                tuple(
                    Section(heading, teacher, _rules(sorted(found, key=_weight)))
                    for (heading, teacher), found in sorted(sections.items())
                ),
            )
        )
    return tuple(sheets)


def _weight(task: Task) -> tuple[int, str]:
    return list(Severity).index(task.finding.severity), task.finding.code


def _rules(tasks: Iterable[Task]) -> tuple[Rule, ...]:
    rules = []
    for (severity, code), grouped in groupby(
        tasks, key=lambda task: (task.finding.severity, task.finding.code)
    ):
        found = list(grouped)
        shown = found[: _SHOWN[severity]]
        remedies = {task.finding.remedy for task in found}
        rules.append(
            Rule(
                code=code,
                title=catalogue()[code].title,
                severity=severity,
                weight=severity.label,
                remedy=remedies.pop() if len(remedies) == 1 else "",
                lines=tuple(_line(task) for task in shown),
                more=len(found) - len(shown),
                count=len(found),
            )
        )
    return tuple(rules)


def _line(task: Task) -> Line:
    item = task.finding
    parts = [
        part for part in item.where.split(" / ") if part not in {task.class_id, task.subject, ""}
    ]
    word = task.accepted
    return Line(
        place=", ".join(parts),
        message=item.message,
        address=_address(item),
        accepted=f"{word.reason} ({word.who}, {_day(word.day):%d.%m.%Y})" if word else "",
    )


def _address(item: Finding) -> str:
    refs = item.refs
    sheet = f"лист «{refs['sheet']}»" if refs.get("sheet") else ""
    return ", ".join(filter(None, (refs.get("file", ""), sheet, refs.get("cell", ""))))


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _count(name: str, tasks: Iterable[Task]) -> Count:
    weights = Counter(task.finding.severity for task in tasks)
    return Count(
        name=name,
        blocking=weights[Severity.BLOCKING],
        warning=weights[Severity.WARNING],
        note=weights[Severity.NOTE],
        total=weights.total(),
    )


def report_tables(report: CheckReport, tasks: Sequence[Task]) -> tuple[Table, ...]:
    """The same for a spreadsheet: a row a finding, counts with a chart, what was not checked."""
    caption = f"{report.school}. {report.period}, {report.year} учебный год".removeprefix(". ")
    found = Table(
        "Замечания",
        (
            Column("Код", 8),
            Column("Вес", 15),
            Column("Класс", 8),
            Column("Предмет", 22),
            Column("Учитель", 22),
            Column("Дата", 12),
            Column("Урок", 7),
            Column("Где", 34),
            Column("Что не так", 50),
            Column("Что сделать", 50),
            Column("Файл", 24),
            Column("Лист", 14),
            Column("Ячейка", 12),
            Column("Принято: причина", 30),
        ),
        [_row(task) for task in tasks],
        caption=caption,
    )
    counts = Table(
        "Сводка",
        (
            Column("Класс", 16),
            Column("блокирует", 12),
            Column("предупреждений", 16),
            Column("к сведению", 12),
        ),
        [
            (sheet.name, sheet.count.blocking, sheet.count.warning, sheet.count.note)
            for sheet in report.by_class
        ],
        caption=caption,
        chart=Chart("Замечания по классам", names=0, values=(1, 2, 3)),
    )
    rules = Table(
        "По правилам",
        (Column("Код", 8), Column("Правило", 50), Column("Вес", 16), Column("Число", 10)),
        [(rule.code, rule.title, rule.weight, rule.count) for rule in report.by_rule],
        caption=caption,
    )
    skipped = Table(
        "Не проверялось",
        (Column("Код", 8), Column("Почему не проверялось", 90)),
        [list(pair) for pair in report.skipped],
        caption=caption,
    )
    return found, counts, rules, skipped


def _row(task: Task) -> tuple[str | int | dt.date | None, ...]:
    item, refs = task.finding, task.finding.refs
    number = refs.get("number", "")
    return (
        item.code,
        item.severity.label,
        task.class_id,
        task.subject,
        task.teacher,
        _day(refs["date"]) if refs.get("date") else None,
        int(number) if number.isdecimal() and number != "0" else None,
        item.where,
        item.message,
        item.remedy,
        refs.get("file", ""),
        refs.get("sheet", ""),
        refs.get("cell", ""),
        task.accepted.reason if task.accepted else "",
    )
