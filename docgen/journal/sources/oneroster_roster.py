"""What OneRoster's roster tables say of each other: classes, their pupils, teachers, subjects.

Source of the rules: `journal.md` 3.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from docgen.core.errors import InputFault
from docgen.core.findings import finding
from docgen.journal.sources import values
from docgen.journal.sources.oneroster_calendar import Calendar, calendar
from docgen.journal.sources.oneroster_tables import Export, Record, Sheet
from docgen.journal.sources.tabular import heading

CLASS_NAME = re.compile(r"(\d{1,2})\s*[-–]?\s*[«\"]?([^\W\d_])(?![^\W\d_])")
_PRESCHOOL = {"it", "pr", "pk", "tk", "kg", "ps"}
"""Codes of grades before the first (CEDS): nobody keeps a class journal there."""

Stay = tuple[str, Any, Any]
"""A pupil and the days from and till which the pupil belongs, None where not told."""


@dataclass(slots=True)
class Roster:
    """The roster tables read whole, and what they say of each other."""

    sheets: dict[str, Sheet]
    calendar: Calendar
    roles: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    stays: dict[str, set[Stay]] = field(default_factory=lambda: defaultdict(set))
    teachers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    homerooms: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    group_subjects: dict[str, str] = field(default_factory=dict)
    preschool: set[str] = field(default_factory=set)

    def records(self, name: str) -> list[Record]:
        """List the records of a table, none when it is not there."""
        return self.sheets[name].records if name in self.sheets else []

    def left_out(self, group_id: str) -> bool:
        """Whether a class is not loaded: the export marks it as deleted, or it is of preschool."""
        return group_id in self.preschool or group_id in self.sheets["classes"].deleted

    def teacher(self, group_id: str) -> str:
        """Tell the only or the primary teacher of a group, "" when nobody is."""
        return next(iter(self.teachers.get(group_id, ())), "")


_TABLES = (
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "roles",
    "enrollments",
    "demographics",
)


def roster(export: Export, mentions: Counter[str]) -> Roster:
    """Read the roster tables; `mentions` counts the sessions that works name.

    Raises InputFault for a table that cannot be read, and when the classes are of two schools.
    """
    sheets = {name: sheet for name in _TABLES if (sheet := export.read(name))}
    schools = {row["schoolSourcedId"] for row in sheets["classes"].records} - {""}
    if len(schools) > 1:
        raise InputFault(
            f"В выгрузке классы нескольких школ: {', '.join(sorted(schools)[:5])}.",
            where=sheets["classes"].part.file,
            remedy="Выгрузите одну школу: для каждой школы нужна своя рабочая папка.",
        )
    for row in sheets["classes"].records:
        mentions.update(row["termSourcedIds"])
    result = Roster(sheets, calendar(sheets.get("academicSessions"), mentions))
    _leave_preschool_out(result)
    _roles(result)
    for row in result.records("classes"):
        if is_homeroom(row):
            result.homerooms[row["sourcedId"]] = _class_id(row)
    for row in result.records("classes"):
        result.classes[row["sourcedId"]] = _classes_of(result, row["sourcedId"])
    _subjects(result)
    return result


def _leave_preschool_out(result: Roster) -> None:
    """Take classes before the first grade, and the pupils of such classes only, out of all."""
    records = result.sheets["classes"].records
    small = [
        row
        for row in records
        if row["grades"] and not set(map(heading, row["grades"])) - _PRESCHOOL
    ]
    if not small:
        return
    result.preschool = {row["sourcedId"] for row in small}
    records[:] = [row for row in records if row["sourcedId"] not in result.preschool]
    stays: dict[str, set[str]] = defaultdict(set)
    for row in result.records("enrollments"):
        if heading(row["role"]) == "student":
            stays[row["userSourcedId"]].add(row["classSourcedId"])
    children = {user for user, classes in stays.items() if classes <= result.preschool}
    for name, key in (("users", "sourcedId"), ("roles", "userSourcedId")):
        result.records(name)[:] = [row for row in result.records(name) if row[key] not in children]
    titles = ", ".join(row["classCode"] or row["title"] or row["sourcedId"] for row in small)
    sheet = result.sheets["classes"]
    sheet.findings.append(
        finding("OR-17", sheet.part.file, titles=titles, classes=len(small), pupils=len(children))
    )


def is_homeroom(row: Record) -> bool:
    """Whether a class is a class of pupils, and not a group that is taught."""
    return heading(row["classType"]) == "homeroom"


def _roles(result: Roster) -> None:
    """Gather who is who: from users (1.1), roles (1.2) and enrolments (both)."""
    for row in result.records("users"):
        result.roles[row["sourcedId"]].update(heading(role) for role in row["role"])
    for row in result.records("roles"):
        result.roles[row["userSourcedId"]].add(heading(row["role"]))
    primary: dict[str, list[str]] = defaultdict(list)
    for row in result.records("enrollments"):
        role, user, group = heading(row["role"]), row["userSourcedId"], row["classSourcedId"]
        if result.left_out(group):
            continue
        result.roles[user].add(role)
        if role == "student":
            result.stays[group].add((user, row["beginDate"], row["endDate"]))
        elif role == "teacher":
            (primary if row["primary"] else result.teachers)[group].append(user)
    for group, users in primary.items():
        result.teachers[group] = [*users, *result.teachers.get(group, ())]


def _class_id(row: Record) -> str:
    """Name a class as people do, «7А»: by its code, else by its title."""
    for text in (row["classCode"], row["title"]):
        found = CLASS_NAME.match(text)
        if found:
            return values.class_name(found[0])
    return values.identifier(row["classCode"] or row["title"] or row["sourcedId"])


def _subjects(result: Roster) -> None:
    """Choose the ids of subjects: the code people use, while all its courses have one title.

    Courses of one code and title for different grades are one subject; a code that means
    different things, or none, leaves the sourcedId.
    """
    titles: dict[str, set[str]] = defaultdict(set)
    for row in result.records("courses"):
        titles[values.identifier(row["courseCode"])].add(heading(row["title"]))
    for row in result.records("courses"):
        code = values.identifier(row["courseCode"])
        alone = code and len(titles[code]) == 1
        result.subjects[row["sourcedId"]] = code if alone else row["sourcedId"]
    for row in result.records("classes"):
        course, names = row["courseSourcedId"], row["subjects"]
        own = names[0] if names else row["title"]
        result.group_subjects[row["sourcedId"]] = result.subjects.get(
            course, course
        ) or values.identifier(own)


def _classes_of(result: Roster, group_id: str) -> str:
    """Tell the classes whose pupils are in a group, separated by commas."""
    pupils = {user for user, _, _ in result.stays.get(group_id, ())}
    return ",".join(
        sorted(
            name
            for homeroom, name in result.homerooms.items()
            if any(user in pupils for user, _, _ in result.stays.get(homeroom, ()))
        )
    )
