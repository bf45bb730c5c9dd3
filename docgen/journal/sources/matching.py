"""Who is who in two systems: classes, subjects, staff and pupils meet by key, else by name.

Names meet without regard to case, ё and е, spaces, hyphens, punctuation and Latin look-alikes. Who
cannot be told apart for certain is a finding with both addresses, never a guess: no pupil stands
twice, no two pupils become one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from docgen.core.findings import Finding, finding
from docgen.journal.codes import cyrillic, tidy
from docgen.journal.model import (
    Attendance,
    ClassUnit,
    Decision,
    Enrollment,
    FinalMark,
    GroupMember,
    Guardian,
    Lesson,
    Mark,
    RegistryRecord,
    Staff,
    Student,
    Subject,
    TeachingGroup,
)
from docgen.journal.sources.holdings import Holding

Address = Callable[[Any], str]
Person = Student | Staff | Guardian

CLASS = ((ClassUnit, "class_id"), (Enrollment, "class_id"), (TeachingGroup, "class_ids"))
SUBJECT = ((Subject, "subject_id"), (TeachingGroup, "subject_id"), (FinalMark, "subject_id"))
STAFF = (
    (Staff, "staff_id"),
    (ClassUnit, "class_teacher_id"),
    (TeachingGroup, "teacher_ids"),
    (Lesson, "planned_teacher_id"),
    (Lesson, "teacher_id"),
    (Mark, "set_by"),
)
STUDENT = (
    (Student, "student_id"),
    (Enrollment, "student_id"),
    (Guardian, "student_id"),
    (GroupMember, "student_id"),
    (Mark, "student_id"),
    (Attendance, "student_id"),
    (FinalMark, "student_id"),
    (Decision, "student_id"),
    (RegistryRecord, "subject"),
)
GUARDIAN = ((Guardian, "guardian_id"),)
GROUP = (
    (TeachingGroup, "group_id"),
    (GroupMember, "group_id"),
    (Lesson, "group_id"),
    (Mark, "group_id"),
    (Attendance, "group_id"),
)
"""Where keys of each kind stand; lists of them are divided by commas."""


def plain(text: str) -> str:
    """A name as it is compared: small Cyrillic letters and digits, one space between words."""
    words = cyrillic(tidy(text)).casefold().replace("ё", "е")
    return " ".join(re.sub(r"[^\w]+|_", " ", words).split())


def rename(holding: Holding, places: Iterable[tuple[type, str]], keys: Mapping[str, str]) -> None:
    """Put other keys in the place of a system's own wherever they stand."""
    changed = {old: new for old, new in keys.items() if old != new}
    if not changed:
        return
    for entity, name in places:
        rows = holding.rows[entity]
        for place, row in enumerate(rows):
            value = getattr(row, name)
            if value in changed:
                rows[place] = replace(row, **{name: changed[value]})
            elif "," in value:
                parts = ",".join(changed.get(part, part) for part in value.split(","))
                rows[place] = replace(row, **{name: parts})


def match_keys(base: Holding, other: Holding, address: Address) -> list[Finding]:
    """Give `other` the keys of `base` for all they share; what is uncertain is told."""
    rename(other, CLASS, _classes(base, other))
    rename(other, SUBJECT, _subjects(base, other))
    rename(other, STAFF, _staff(base, other))
    pupils = _Pupils(base, other, address)
    rename(other, STUDENT, pupils.keys())
    rename(other, GUARDIAN, _guardians(base, other))
    return pupils.findings


def _classes(base: Holding, other: Holding) -> dict[str, str]:
    known = {_class_name(unit.class_id): unit.class_id for unit in base.of(ClassUnit)}
    return {
        unit.class_id: known.get(_class_name(unit.class_id), unit.class_id)
        for unit in other.of(ClassUnit)
    }


def _class_name(name: str) -> str:
    return plain(name).replace(" ", "")


def _subjects(base: Holding, other: Holding) -> dict[str, str]:
    known: dict[str, str] = {}
    for subject in base.of(Subject):
        known.setdefault(plain(subject.short), subject.subject_id)
    for subject in base.of(Subject):
        known[plain(subject.name)] = subject.subject_id
    known.pop("", None)
    taken = {subject.subject_id for subject in base.of(Subject)}
    keys = {}
    for subject in other.of(Subject):
        found = known.get(plain(subject.name)) or known.get(plain(subject.short))
        keys[subject.subject_id] = found or free_key(subject.subject_id, taken, other.system)
    return keys


def free_key(key: str, taken: set[str], system: str) -> str:
    """A key nobody in the base has: two systems may number different people alike."""
    return f"{key}@{system}" if key in taken else key


def _staff(base: Holding, other: Holding) -> dict[str, str]:
    taken = {person.staff_id for person in base.of(Staff)}
    keys = {}
    for person in other.of(Staff):
        same = [one for one in base.of(Staff) if _same_person(one, person)] or [
            one for one in base.of(Staff) if _same_initials(one, person)
        ]
        alone = len(same) == 1
        keys[person.staff_id] = (
            same[0].staff_id if alone else free_key(person.staff_id, taken, other.system)
        )
    return keys


def _guardians(base: Holding, other: Holding) -> dict[str, str]:
    families = defaultdict(list)
    for one in base.of(Guardian):
        families[one.student_id].append(one)
    taken = {one.guardian_id for one in base.of(Guardian)}
    keys: dict[str, str] = {}
    for person in other.of(Guardian):
        same = [one for one in families[person.student_id] if _same_person(one, person)]
        if len(same) == 1:
            keys[person.guardian_id] = same[0].guardian_id
        else:
            keys.setdefault(person.guardian_id, free_key(person.guardian_id, taken, other.system))
    return keys


def _same_person(one: Person, other: Person) -> bool:
    """Whether two full names are one; a patronymic may be missing on either side."""
    middles = {plain(one.middle), plain(other.middle)} - {""}
    return (
        plain(one.last) == plain(other.last)
        and plain(one.first) == plain(other.first)
        and len(middles) < 2  # noqa: PLR2004 - one patronymic, or none
    )


def _same_initials(one: Person, other: Person) -> bool:
    """Whether one has initials only, and they fit the other's names."""
    if plain(one.last) != plain(other.last):
        return False
    pairs = [(plain(one.first), plain(other.first)), (plain(one.middle), plain(other.middle))]
    short = any(len(name) == 1 for pair in pairs for name in pair)
    return short and all(not a or not b or a[0] == b[0] for a, b in pairs)


def _nearly(one: Student, other: Student) -> bool:
    """Whether the names differ by one letter, as a slip of the hand does."""
    a, b = (plain(f"{item.last} {item.first} {item.middle}") for item in (one, other))
    if not one.middle or not other.middle:
        a, b = (plain(f"{item.last} {item.first}") for item in (one, other))
    return _one_slip(a, b)


def _one_slip(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1 or a == b:
        return a == b
    start = next(
        (at for at, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), None
    )
    if start is None:
        return True
    rest = {
        (a[start + 1 :], b[start + 1 :]),
        (a[start + 1 :], b[start:]),
        (a[start:], b[start + 1 :]),
    }
    return any(one == other for one, other in rest)


class _Pupils:
    """Matches the pupils of two systems class by class."""

    def __init__(self, base: Holding, other: Holding, address: Address) -> None:
        self.findings: list[Finding] = []
        self._base, self._other, self._address = base, other, address
        self._classes = _by_class(base)
        self._taken = {pupil.student_id for pupil in base.of(Student)}

    def keys(self) -> dict[str, str]:
        """Keys of the base for the pupils of the other; those it does not have keep their own."""
        classes = defaultdict(list)
        for stay in self._other.of(Enrollment):
            classes[stay.student_id].append(stay.class_id)
        keys: dict[str, str] = {}
        claims: Counter[str] = Counter()
        found: list[tuple[Student, Student]] = []
        for pupil in self._other.of(Student):
            names = classes[pupil.student_id] or list(self._classes)
            mates = {one.student_id: one for name in names for one in self._classes.get(name, ())}
            one = self._find(pupil, list(mates.values()))
            if one is not None:
                found.append((pupil, one))
                claims[one.student_id] += 1
            else:
                keys[pupil.student_id] = free_key(pupil.student_id, self._taken, self._other.system)
        for pupil, one in found:
            keys[pupil.student_id] = one.student_id
            if claims[one.student_id] > 1:
                self._tell("IM-21", pupil, one, "в одной из систем это два человека")
        return keys

    def _find(self, pupil: Student, mates: Sequence[Student]) -> Student | None:
        """The pupil in the base; None when there is none. What is uncertain is told."""
        mates = [one for one in mates if _same_birth(one, pupil)]
        same = [one for one in mates if _same_person(one, pupil)]
        if len(same) > 1:
            same = [one for one in same if one.student_id == pupil.student_id] or same
        if len(same) == 1:
            if _spelling(same[0]) != _spelling(pupil) and _differs(same[0], pupil):
                self._tell("IM-23", pupil, same[0], "")
            return same[0]
        if same:
            self._tell("IM-21", pupil, same[0], "таких учащихся в классе несколько")
            return same[0]
        short = [one for one in mates if _same_initials(one, pupil)]
        if len(short) == 1:
            self._tell("IM-22", pupil, short[0], "")
            return short[0]
        if short:
            self._tell("IM-21", pupil, short[0], "инициалам отвечают несколько учащихся")
            return short[0]
        near = [one for one in mates if _nearly(one, pupil)]
        if near:
            self._tell("IM-21", pupil, near[0], "имена отличаются одной буквой")
            return near[0]
        if mates:
            self._tell("IM-24", pupil, None, "")
        return None

    def _tell(self, code: str, pupil: Student, one: Student | None, why: str) -> None:
        first = self._address(one) if one else ""
        self.findings.append(
            finding(
                code,
                self._address(pupil),
                refs={"student": pupil.student_id},
                name=_spelling(pupil),
                other=_spelling(one) if one else "",
                first=first,
                why=why,
                system=self._base.system,
            )
        )


def _by_class(holding: Holding) -> dict[str, list[Student]]:
    people = {pupil.student_id: pupil for pupil in holding.of(Student)}
    classes: dict[str, list[Student]] = defaultdict(list)
    for stay in holding.of(Enrollment):
        if stay.student_id in people:
            classes[stay.class_id].append(people[stay.student_id])
    return classes


def _same_birth(one: Student, other: Student) -> bool:
    return not (one.birth_date and other.birth_date) or one.birth_date == other.birth_date


def _spelling(pupil: Student) -> str:
    return tidy(f"{pupil.last} {pupil.first} {pupil.middle}")


def _differs(one: Student, other: Student) -> bool:
    """Whether a name that both have is written otherwise, not merely left out."""
    pairs = ((one.last, other.last), (one.first, other.first), (one.middle, other.middle))
    return any(a and b and tidy(a) != tidy(b) for a, b in pairs)
