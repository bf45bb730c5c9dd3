"""Findings as tasks: who is to do something about it, and what was said to it (`journal.md` 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docgen import russian
from docgen.core.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from docgen.core.findings import Finding
    from docgen.journal.model import ClassJournal, Group, Staff

OF_THE_SCHOOL = ""
"""The class of a finding that concerns no class."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Why a warning may stand: the reason, who gave it and when (ISO date)."""

    code: str
    reason: str
    who: str
    day: str


@dataclass(frozen=True, slots=True)
class Task:
    """A finding with the desk it goes to; `teacher` is «Иванова И. И.», "" when nobody is known."""

    finding: Finding
    class_id: str
    subject: str
    teacher: str
    accepted: Acceptance | None = None

    @property
    def unexplained(self) -> bool:
        """Whether it is a warning nobody has said anything to."""
        return self.finding.severity is Severity.WARNING and self.accepted is None


@dataclass(frozen=True, slots=True)
class Desk:
    """Who teaches what in a class: enough of its journal to tell whose a finding is."""

    class_id: str
    class_teacher: str
    subjects: Mapping[str, str] = field(default_factory=dict)
    teachers: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pupils: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def task(self, finding: Finding) -> Task:
        """The task of a finding about this class.

        Of subgroups the one named answers, else those the pupil learns in, else all of them; what
        concerns no subject is the class teacher's.
        """
        refs = finding.refs
        subject = refs.get("subject", "")
        groups = self.groups.get(subject, ())
        if refs.get("group", "") in groups:
            groups = (refs["group"],)
        elif refs.get("student"):
            own = tuple(name for name in groups if refs["student"] in self.pupils[name])
            groups = own or groups
        names = dict.fromkeys(self.teachers[name] for name in groups if self.teachers[name])
        return Task(
            finding,
            self.class_id,
            self.subjects.get(subject, subject),
            ", ".join(names) or self.class_teacher,
        )


def desk_of(journal: ClassJournal) -> Desk:
    """Tell who teaches what in a class."""
    groups: dict[str, tuple[str, ...]] = {}
    for group in journal.groups:
        groups[group.subject.subject_id] = (
            *groups.get(group.subject.subject_id, ()),
            group.group_id,
        )
    return Desk(
        class_id=journal.unit.class_id,
        class_teacher=_names([journal.unit.class_teacher_id], journal.staff),
        subjects={subject.subject_id: subject.name for subject in journal.subjects.values()},
        teachers={group.group_id: _teachers(group, journal) for group in journal.groups},
        groups=groups,
        pupils={
            group.group_id: frozenset(member.student_id for member in group.members)
            for group in journal.groups
        },
    )


def _teachers(group: Group, journal: ClassJournal) -> str:
    return _names(group.teacher_ids, journal.staff)


def _names(ids: Iterable[str], staff: Mapping[str, Staff]) -> str:
    people = [staff[name] for name in ids if name in staff]
    return ", ".join(
        russian.initials_after(person.last, person.first, person.middle) for person in people
    )
