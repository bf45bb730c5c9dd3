"""How the answers of Дневник.ру fit together: ids are followed, rows are made."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from docgen.journal.codes import AttendanceCode
from docgen.journal.model import (
    Attendance,
    GroupMember,
    Guardian,
    Lesson,
    Mark,
    Staff,
    Subject,
    TeachingGroup,
    WorkKind,
)
from docgen.journal.sources import values
from docgen.journal.sources.saved_answers_book import Book, name_id, work_kind
from docgen.journal.sources.saved_answers_json import Node
from docgen.journal.view import DEFAULT_WORK_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_STATUSES = {
    "absent": AttendanceCode.ABSENT_UNSPECIFIED,
    "ill": AttendanceCode.ABSENT_ILL,
    "pass": AttendanceCode.ABSENT_EXCUSED,
    "late": AttendanceCode.LATE,
}
_PRESENT = {"", "attend"}
_GENDERS = {"male": "м", "female": "ж"}
_HOMEWORK = "homework"
_EVERYDAY = {"ОТ", "ДЗ"}

Entry = tuple[int, Node]
"""The number of a part, and an entry of it."""


@dataclass(slots=True)
class Answers:
    """The entries of all answers by kind; persons by «teachers» or «group» and the group's id."""

    book: Book
    entries: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    persons: dict[tuple[str, str], list[Entry]] = field(default_factory=lambda: defaultdict(list))


@dataclass(slots=True)
class _World:
    """What rows need of other rows: names of subjects and kinds, classes of groups, lessons."""

    book: Book
    subjects: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, tuple[str, float | None]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    subgroups: dict[str, str] = field(default_factory=dict)
    lessons: dict[str, Lesson] = field(default_factory=dict)
    periods: dict[str, str] = field(default_factory=dict)
    teachers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    groups: dict[str, tuple[str, str, Entry]] = field(default_factory=dict)


def identity(entry: Node, key: str = "id") -> str:
    """Read an id by its text twin, else by itself; an object stands for its own id."""
    if entry[f"{key}_str"]:
        return entry[f"{key}_str"].text()
    if isinstance(entry[key].value, dict):
        return identity(entry[key])
    return entry[key].text()


def _needed(entry: Node, key: str = "id") -> str:
    return identity(entry, key) or entry[key].need()


def settle(answers: Answers) -> None:
    """Put the rows of all answers into the book, what others need first."""
    world = _World(answers.book)
    found = answers.entries
    _each(_school, world, found["school"])
    _each(_teacher, world, answers.persons["teachers", ""])
    _each(_work_type, world, found["work type"])
    _units(world, found["group"])
    _each(_period, world, found["period"])
    _each(_subject, world, found["subject"])
    for (kind, group), people in answers.persons.items():
        if kind == "group":
            _each(partial(_pupil, group), world, people)
    _each(_lesson, world, found["lesson"])
    _groups(world, answers)
    _marks(world, found["mark"])
    _each(_absence, world, found["log"])
    _each(_finals, world, found["final"])
    _each(_relatives, world, found["relatives"])


def _each(
    reader: Callable[[_World, int, Node], object], world: _World, entries: Iterable[Entry]
) -> None:
    for part, entry in entries:
        reader(world, part, entry)


def _school(world: _World, part: int, entry: Node) -> None:
    name = entry["fullName"].text() or entry["name"].need()
    world.book.school(
        name,
        (part, entry.pointer),
        identity(entry),
        short_name=entry["name"].text(),
        city=entry["city"].text(),
    )


def _teacher(world: _World, part: int, entry: Node) -> None:
    key = _needed(entry)
    row = Staff(
        key,
        entry["lastName"].need(),
        entry["firstName"].text(),
        entry["middleName"].text(),
        _GENDERS.get(entry["sex"].text().casefold(), ""),
        cell=entry.pointer,
    )
    if world.book.once(("сотрудник", key), (row.last, row.first, row.middle), (part, row.cell)):
        world.book.put(row, (part, row.cell))


def _work_type(world: _World, part: int, entry: Node) -> None:
    title = entry["title"].text()
    code = work_kind(entry["abbr"].text() or title)
    weight, place = entry["weight"].number(), (part, entry.pointer)
    world.kinds[_needed(entry)] = code, weight
    if world.book.once(("вид работы", code), (title, weight), place):
        usual = DEFAULT_WORK_KINDS.get(code)
        world.book.put(
            WorkKind(
                code,
                title or code,
                weight,
                is_control=usual.is_control if usual else False,
                days=usual.days if usual else None,
                cell=entry.pointer,
            ),
            place,
        )


def _units(world: _World, entries: list[Entry]) -> None:
    """Learn the classes first, then the subgroups, which name their classes."""
    parents = {_needed(entry): _parents(entry) for _, entry in entries}
    for part, entry in entries:
        if not parents[_needed(entry)]:
            place = part, entry.pointer
            name = entry["name"].need()
            unit = world.book.unit(name, place, entry["parallel"].whole())
            world.units[_needed(entry)] = unit
    for _, entry in entries:
        key = _needed(entry)
        if parents[key]:
            known = [world.units[item] for item in parents[key] if item in world.units]
            world.units[key] = ",".join(known)
            name = entry["name"].text()
            world.subgroups[key] = name.partition("/")[2] or name
            if not known:
                entry["parentIds"].fault("Нет ответа о классе, к которому относится подгруппа.")


def _parents(entry: Node) -> list[str]:
    twins = [item.text() for item in entry["parentIds_str"].each()]
    return twins or [item.text() for item in entry["parentIds"].each()]


def _period(world: _World, part: int, entry: Node) -> None:
    name = entry["name"].need()
    place = part, entry.pointer
    code = world.book.period_code(name, place)
    world.periods[_needed(entry)] = code
    world.book.period(name, entry["start"].day(), entry["finish"].day(), place)


def _subject(world: _World, part: int, entry: Node) -> str:
    key, name = _needed(entry), entry["name"].text()
    if name and key not in world.subjects:
        world.subjects[key] = name
        world.book.put(Subject(key, name, cell=entry.pointer), (part, entry.pointer))
    return key


def _pupil(group: str, world: _World, part: int, entry: Node) -> None:
    place = part, entry.pointer
    unit = world.units.get(group)
    if unit is None:
        world.book.note("SV-11", part, entry.where, what="класс или группа", value=group)
        return
    name = " ".join(entry[key].text() for key in ("lastName", "firstName", "middleName"))
    if not entry["lastName"]:
        entry["lastName"].need()
    own = unit if group not in world.subgroups and "," not in unit else ""
    world.book.pupil(
        name, own, place,
        gender=_GENDERS.get(entry["sex"].text().casefold(), ""), student_id=_needed(entry),
    )  # fmt: skip


# Lessons


def _lesson(world: _World, part: int, entry: Node) -> None:
    key, place = _needed(entry), (part, entry.pointer)
    group = _needed(entry, "group")
    if group not in world.units:
        world.book.note("SV-11", part, entry.where, what="группа урока", value=group)
        return
    if isinstance(entry["subject"].value, dict):
        subject = _subject(world, part, entry["subject"])
    else:
        subject = _needed(entry, "subject")
    teacher = next(_teachers(entry), "")
    group_id = f"{group}-{subject}"
    world.groups.setdefault(group_id, (group, subject, (part, entry)))
    world.teachers[group_id][teacher] += bool(teacher)
    works = list(entry["works"].each())
    homework = [work["text"].text() for work in works if _is_homework(work)]
    kinds = [world.kinds.get(identity(work, "workType"), ("", None))[0] for work in works
             if not _is_homework(work)]  # fmt: skip
    number = entry["number"].whole()
    row = Lesson(
        group_id,
        entry["date"].day(),
        0 if number is None else number,
        entry["title"].text(),
        "; ".join(filter(None, homework)),
        next((kind for kind in kinds if kind and kind not in _EVERYDAY), ""),
        teacher,
        teacher,
        cell=entry.pointer,
    )
    if world.book.once(("урок", key), _content(row), place):
        world.lessons[key] = row
        world.book.put(row, place)


def _content(row: Lesson) -> tuple[object, ...]:
    return row.group_id, row.date, row.number, row.topic, row.homework, row.teacher_id


def _is_homework(work: Node) -> bool:
    return work["type"].text().casefold() == _HOMEWORK


def _teachers(entry: Node) -> Iterator[str]:
    twins = [item.text() for item in entry["teachers_str"].each()]
    for teacher in entry["teachers"].each() if not twins else ():
        yield identity(teacher) if isinstance(teacher.value, dict) else teacher.text()
    yield from twins


def _groups(world: _World, answers: Answers) -> None:
    """Put a group for every subject somebody teaches to a class or subgroup."""
    for group_id, (group, subject, (part, entry)) in world.groups.items():
        teachers = world.teachers[group_id]
        place = part, entry.pointer
        subgroup = world.subgroups.get(group, "").replace(world.subjects.get(subject, ""), "")
        world.book.put(
            TeachingGroup(
                group_id,
                world.units[group],
                subject,
                subgroup.strip(),
                max(teachers, key=lambda key: (teachers[key], key), default=""),
                cell=entry.pointer,
            ),
            place,
        )
        for member_part, person in answers.persons["group", group]:
            if group in world.subgroups:
                row = GroupMember(group_id, _needed(person), cell=person.pointer)
                place = member_part, person.pointer
                if world.book.once(("состав", group_id, row.student_id), None, place):
                    world.book.put(row, place)


def _known_lesson(world: _World, part: int, entry: Node) -> Lesson | None:
    key = _needed(entry, "lesson")
    if key not in world.lessons:
        world.book.note("SV-11", part, entry.where, what="урок", value=key)
    return world.lessons.get(key)


# Marks and absences


def _marks(world: _World, entries: list[Entry]) -> None:
    """Put marks to their lessons; a second mark of the same work makes a pair of the first."""
    pairs: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for part, entry in entries:
        key, place = _needed(entry), (part, entry.pointer)
        if world.book.once(("отметка", key), _raw(entry), place):
            pairs[_needed(entry, "lesson"), _needed(entry, "person"), identity(entry, "work")] += [
                (part, entry)
            ]
    counts: Counter[tuple[Lesson, str]] = Counter()
    for (_, student_id, _), found in pairs.items():
        lesson = _known_lesson(world, *found[0])
        if lesson is None:
            continue
        for part, entry, raw in _joined(found):
            counts[lesson, student_id] += 1
            code, weight = world.kinds.get(identity(entry, "workType"), ("", None))
            row = Mark(
                lesson.group_id,
                lesson.date,
                lesson.number,
                student_id,
                counts[lesson, student_id],
                raw,
                code,
                weight,
                entry["date"].moment().removesuffix("T00:00:00"),
                cell=entry.pointer,
            )
            world.book.put(row, (part, entry.pointer))


def _joined(found: list[Entry]) -> Iterator[tuple[int, Node, str]]:
    """Make one token of two marks of a work that are numbered 1 and 2."""
    ordered = sorted(found, key=lambda item: item[1]["number"].whole() or 0)
    if [item[1]["number"].whole() for item in ordered] == [1, 2]:
        part, first = ordered[0]
        yield part, first, "/".join(_raw(entry) for _, entry in ordered)
    else:
        for part, entry in found:
            yield part, entry, _raw(entry)


def _raw(entry: Node) -> str:
    return entry["textValue"].text() or entry["value"].text()


def _absence(world: _World, part: int, entry: Node) -> None:
    status = entry["status"].text()
    lesson = _known_lesson(world, part, entry)
    if lesson is None or status.casefold() in _PRESENT:
        return
    student_id, place = _needed(entry, "person"), (part, entry.pointer)
    code = _STATUSES.get(status.casefold(), status)
    # A reason beside a plain «Н» would say that the absence was without a good one.
    reason = "" if code is AttendanceCode.ABSENT_UNSPECIFIED else entry["comment"].text()
    key = ("пропуск", lesson.group_id, f"{lesson.date:%d.%m.%Y}", lesson.number, student_id)
    if world.book.once(key, code, place):
        world.book.put(
            Attendance(
                lesson.group_id, lesson.date, lesson.number, student_id, code,
                reason, cell=entry.pointer,
            ), place,
        )  # fmt: skip


def _finals(world: _World, part: int, entry: Node) -> None:
    student_id = _needed(entry, "person")
    period = _needed(entry, "reportingPeriod")
    code = world.periods.get(period)
    if code is None:
        world.book.note("SV-11", part, entry.where, what="учебный период", value=period)
        return
    unit = world.units.get(identity(entry, "group"), "")
    for line in entry["per-subject-final-marks"].each():
        mark, subject = line["final-mark"], _needed(line, "subject")
        if code and mark:
            place = part, mark.pointer
            world.book.final(student_id, unit, subject, code, _raw(mark), place)


def _relatives(world: _World, part: int, entry: Node) -> None:
    student_id = _needed(entry, "person")
    for relative in entry["relatives"].each():
        place, name = (part, relative.pointer), relative["name"].need()
        last, _, rest = name.partition(" ")
        first, _, middle = rest.partition(" ")
        relation = values.relation(relative["type"].text())
        key = identity(relative) or name_id("guardian", name)
        if world.book.once(("родитель", key, student_id), (name, relation), place):
            world.book.put(
                Guardian(key, student_id, last, first, middle, relation, cell=place[1]), place
            )
