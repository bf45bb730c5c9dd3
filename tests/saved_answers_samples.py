"""What the tests of saved answers share: facts of a journal to compare, and ways to damage files.

`tests/data/formats` holds four pupils of class 7А in every format, three weeks of their lessons
(reports: the whole quarter); beside the project lies the whole class. The package is the truth.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal_samples import DATA, bring, contents

from docgen.core.errors import InputFault
from docgen.core.findings import Finding, Severity
from docgen.journal.model import (
    Attendance,
    FinalMark,
    Lesson,
    Mark,
    Staff,
    Student,
    Subject,
    TeachingGroup,
)
from docgen.journal.sources import Part, Source, sources
from docgen.journal.store import Journal

SAMPLES = DATA / "formats"
WHOLE = Path(__file__).parents[2] / "shared" / "data" / "formats"
LAST_SAMPLE_DAY = "2025-09-20"

MISSED = {"ABSENT_UNSPECIFIED", "ABSENT_UNEXCUSED", "ABSENT_EXCUSED", "ABSENT_ILL"}


class Given(NamedTuple):
    """A mark as a fact: who, what, when, and how it is written."""

    pupil: str
    subject: str
    date: str
    number: int
    raw: str
    kind: str
    weight: float | None
    set_at: str


class Missing(NamedTuple):
    """An absence as a fact; `code` is canonical."""

    pupil: str
    subject: str
    date: str
    number: int
    code: str


class Taught(NamedTuple):
    """A lesson as a fact; `subgroup` is whatever the source calls it."""

    subject: str
    subgroup: str
    date: str
    number: int
    topic: str
    homework: str
    kind: str
    teacher: str


class Facts(NamedTuple):
    """All facts of a journal, by names instead of ids."""

    pupils: frozenset[str]
    marks: tuple[Given, ...]
    missing: tuple[Missing, ...]
    lessons: tuple[Taught, ...]
    finals: dict[tuple[str, str, str], str]


def _name(person: Student | Staff) -> str:
    return " ".join(filter(None, (person.last, person.first, person.middle)))


def facts(journal: Journal) -> Facts:
    """Tell what a journal holds."""
    people = {item.student_id: _name(item) for item in journal.select(Student)}
    staff = {item.staff_id: _name(item) for item in journal.select(Staff)} | {"": ""}
    subjects = {item.subject_id: item.name for item in journal.select(Subject)}
    groups = {item.group_id: item for item in journal.select(TeachingGroup)}

    def subject(group_id: str) -> str:
        return subjects[groups[group_id].subject_id]

    return Facts(
        frozenset(people.values()),
        tuple(
            Given(people[row.student_id], subject(row.group_id), row.date.isoformat(),
                  row.number, row.raw, row.work_kind, row.weight, row.set_at)
            for row in journal.select(Mark)
        ),
        tuple(
            Missing(people[row.student_id], subject(row.group_id), row.date.isoformat(),
                    row.number, row.kind.value if row.kind else row.code)
            for row in journal.select(Attendance)
        ),
        tuple(
            Taught(subject(row.group_id), groups[row.group_id].subgroup, row.date.isoformat(),
                   row.number, row.topic, row.homework, row.work_kind, staff[row.teacher_id])
            for row in journal.select(Lesson)
        ),
        {
            (people[row.student_id], subjects[row.subject_id], row.period): row.raw
            for row in journal.select(FinalMark)
        },
    )  # fmt: skip


def read_facts(path: Path, source: str) -> Facts:
    """Import a path into a journal of its own and tell what it holds."""
    with TemporaryDirectory() as folder, Journal.open(Path(folder) / "j.sqlite") as journal:
        bring(journal, path, source_name=source)
        return facts(journal)


@cache
def truth() -> Facts:
    """The facts of the class as its package tells them."""
    return read_facts(SAMPLES / "package", "package")


def truth_of(found: Facts, last_day: str = "9999") -> Facts:
    """The truth on the pupils that were found, up to a day."""
    whole = truth()
    return Facts(
        found.pupils,
        tuple(row for row in whole.marks if row.pupil in found.pupils and row.date <= last_day),
        tuple(row for row in whole.missing if row.pupil in found.pupils and row.date <= last_day),
        tuple(row for row in whole.lessons if row.date <= last_day),
        {key: raw for key, raw in whole.finals.items() if key[0] in found.pupils},
    )


def counted(rows: Iterable[Any], view: Callable[[Any], Any] = lambda row: row) -> Counter[Any]:
    """Count rows as a format can show them: `view` drops what it cannot."""
    return Counter(view(row) for row in rows)


def whole_class(system: str) -> pytest.ParameterSet:
    """The whole class in a format, where it lies beside the project."""
    path = WHOLE / system
    absent = pytest.mark.skipif(not path.exists(), reason="the whole class is not here")
    return pytest.param(path, id="whole class", marks=absent)


def both(system: str) -> list[Any]:
    """The sample and the whole class of a format."""
    return [pytest.param(SAMPLES / system, id="sample"), whole_class(system)]


def last_day(path: Path) -> str:
    """The last day of the lessons a path holds."""
    return LAST_SAMPLE_DAY if path.is_relative_to(SAMPLES) else "9999"


def totals_agree(found: Facts) -> None:
    """Compare marks and missed lessons per pupil, subject and period with the truth file."""
    told = json.loads((WHOLE / "truth.json").read_text(encoding="utf-8"))
    names = {row["student"]: row["fio"] for row in told["pupil_files"].values()}
    subjects = dict(
        line.split(";")[:2]
        for line in (WHOLE / "package/subjects.csv").read_text("utf-8-sig").splitlines()
    )
    expected = {
        (names[pupil], subjects[subject]): periods["Q1"]["n"]
        for pupil, by_subject in told["marks"].items()
        for subject, periods in by_subject.items()
    }
    assert counted(found.marks, lambda row: (row.pupil, row.subject)) == expected
    missed = {
        names[pupil]: periods["Q1"]["lessons"]["total"]
        for pupil, periods in told["missed"].items()
        if periods["Q1"]["lessons"]["total"]
    }
    assert missed == counted(
        (row for row in found.missing if row.code in MISSED), lambda row: row.pupil
    )
    finals = {
        (names[pupil], subjects[subject], period): raw
        for pupil, by_subject in told["finals"].items()
        for subject, periods in by_subject.items()
        for period, raw in periods.items()
    }
    assert found.finals in ({}, finals)


# Recognition


def claimed_by(path: Path) -> list[str]:
    """The sources that recognise a path."""
    return [source.name for source in sources() if source.recognises(path)]


# Damage


def rewritten(source: Path, target: Path, change: Callable[[Any], Any], *, files: str = "*.json",
              encoding: str = "utf-8") -> Path:  # fmt: skip
    """Copy a folder with every JSON file changed and written in an encoding."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    for file in target.rglob(files):
        value = change(json.loads(file.read_text(encoding="utf-8")))
        file.write_bytes(json.dumps(value, ensure_ascii=False).encode(encoding))
    return target


def numbers_as_text(value: Any) -> Any:
    """Write every number as text."""
    if isinstance(value, dict):
        return {key: numbers_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [numbers_as_text(item) for item in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def text_as_numbers(value: Any) -> Any:
    """Write every text that is a whole number as one."""
    if isinstance(value, dict):
        return {key: text_as_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [text_as_numbers(item) for item in value]
    plain = isinstance(value, str) and value.isascii() and value.isdigit() and value[0] != "0"
    return int(value) if plain else value


def reversed_keys(value: Any) -> Any:
    """Turn the order of all members round."""
    if isinstance(value, dict):
        return {key: reversed_keys(item) for key, item in reversed(value.items())}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


_JUNK = st.sampled_from(
    [None, True, False, 0, -1, 2.5, 10**30, "", " ", "слово", "5", "2025-13-45", "\u200b", "\ud800",
     "9" * 400, [], {}, [[]], [None], [1, "a"], {"a": {"b": 1}}, {"0": 1}]
)  # fmt: skip


def _mutated(text: str, draw: st.DrawFn) -> Any:
    """Walk down into a value to any depth, and put junk there, drop a member or double an item."""
    root = {"": json.loads(text)}
    parent: Any = root
    key: Any = ""
    while isinstance(parent[key], dict | list) and parent[key]:
        inner = parent[key]
        if draw(st.integers(0, 4)) == 0:
            break
        keys = list(inner) if isinstance(inner, dict) else range(len(inner))
        parent, key = inner, draw(st.sampled_from(keys[:60]))
    change = draw(st.sampled_from(["replace", "replace", "drop", "double"]))
    if change == "drop" and parent is not root:
        del parent[key]
    elif change == "double" and isinstance(parent, list):
        parent.insert(0, parent[key])
    else:
        parent[key] = draw(_JUNK)
    return root[""]


def survives_mutations(source: Source, folder: Path, files: list[str], tmp_path: Path) -> None:
    """Change one value of one file at a time: rows, findings or an InputFault, never a traceback.

    What a fault says has to name the file.
    """
    work = Path(shutil.copytree(folder, tmp_path / "work"))
    originals = {name: (work / name).read_bytes() for name in files}

    @settings(max_examples=100, deadline=None, derandomize=True,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.data())
    def run(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(files))

        @st.composite
        def damage(draw: st.DrawFn) -> Any:
            return _mutated(originals[name].decode("utf-8"), draw)

        value = data.draw(damage())
        (work / name).write_text(json.dumps(value), encoding="utf-8")
        try:
            told(source, work)
        finally:
            (work / name).write_bytes(originals[name])

    run()


def told(source: Source, path: Path) -> str:
    """Read a path to its end and put its findings into words; "" when it was refused.

    A refusal has to say what is wrong, where, and what to do.
    """
    try:
        items = list(source.read(path))
    except InputFault as fault:
        refusal = fault
        assert all((refusal.message, refusal.where, refusal.remedy))
        return ""
    for item in items:
        if not isinstance(item, Part | Finding):
            repr(item).encode()  # what cannot be written as UTF-8 the store would choke on
    findings = [item for item in items if isinstance(item, Finding)]
    return "\n".join(f"{item.where}: {item.message} {item.remedy}" for item in findings) or "-"


def refuses(path: Path, source: str, tmp_path: Path) -> InputFault:
    """Import what must be refused; nothing may be imported."""
    with Journal.open(tmp_path / "refusing.sqlite") as journal:
        before = contents(journal)
        with pytest.raises(InputFault) as caught:
            bring(journal, path, source_name=source)
        assert contents(journal) == before
    assert all(item.severity is Severity.BLOCKING for item in caught.value.findings)
    return caught.value


def survives_truncation(source: Source, folder: Path, name: str, tmp_path: Path) -> None:
    """Cut a file at many places, and tear single bytes of it."""
    work = Path(shutil.copytree(folder, tmp_path / "cut"))
    whole = (work / name).read_bytes()
    chance = random.Random(7)
    for cut in [0, 1, 2, *(chance.randrange(len(whole)) for _ in range(12))]:
        (work / name).write_bytes(whole[:cut])
        told(source, work)
    for _ in range(12):
        torn = bytearray(whole)
        torn[chance.randrange(len(torn))] = chance.randrange(256)
        (work / name).write_bytes(torn)
        told(source, work)
