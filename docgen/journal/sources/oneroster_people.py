"""The school, its people, classes and groups out of OneRoster's roster tables (`journal.md` 3)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from docgen.core.findings import Finding, finding
from docgen.journal.codes import Grading, tidy
from docgen.journal.model import (
    ClassUnit,
    Enrollment,
    GroupMember,
    Guardian,
    School,
    Staff,
    Student,
    Subject,
    TeachingGroup,
)
from docgen.journal.sources.oneroster_roster import CLASS_NAME, is_homeroom
from docgen.journal.sources.rows import Part, Row
from docgen.journal.sources.tabular import heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from docgen.journal.sources.oneroster_roster import Roster, Stay
    from docgen.journal.sources.oneroster_tables import Record, Sheet

_GUARDIANS = {"guardian": "законный представитель", "parent": "родитель", "relative": "родственник"}
_POSITIONS = {
    "teacher": "учитель",
    "principal": "директор",
    "administrator": "администратор",
    "siteadministrator": "администратор",
    "districtadministrator": "администратор",
    "systemadministrator": "администратор",
}
_SUBGROUP = re.compile(r"\(?(?:под)?группа ([^)]+)\)?", re.IGNORECASE)
_GENDERS = {"male": "м", "female": "ж", "m": "м", "f": "ж", "м": "м", "ж": "ж"}
_LAST_GRADE = 12


def rows(result: Roster) -> Iterator[Part | Row | Finding]:
    """Yield the tables of the roster as parts with their rows and findings."""
    for name, build in _BUILDERS.items():
        if name in result.sheets:
            sheet = result.sheets[name]
            whole = ("enrollments", "group_members") if name == "enrollments" else ()
            yield Part(sheet.part.file, "", sheet.part.sha256, whole)
            yield from sheet.findings
            yield from build(result, sheet)


def _orgs(result: Roster, sheet: Sheet) -> Iterator[Row | Finding]:
    """The school of the classes; without any, the only organisation that is a school."""
    used = {row["schoolSourcedId"] for row in result.records("classes")} - {""}
    schools = [row for row in sheet.records if row["sourcedId"] in used] or [
        row for row in sheet.records if heading(row["type"]) == "school"
    ]
    principals = [user for user, roles in result.roles.items() if "principal" in roles]
    if len(schools) == 1:
        yield School(
            school_id=schools[0]["sourcedId"],
            full_name=schools[0]["name"],
            director=principals[0] if len(principals) == 1 else "",
            year=result.calendar.year,
            system="OneRoster",
            cell=str(schools[0].line),
        )


def _sessions(result: Roster, _: Sheet) -> Iterator[Row | Finding]:
    yield from result.calendar.findings
    yield from result.calendar.periods


def _courses(result: Roster, sheet: Sheet) -> Iterator[Row | Finding]:
    told = set()
    for row in sheet.records:
        subject_id = result.subjects[row["sourcedId"]]
        if subject_id not in told:
            told.add(subject_id)
            yield Subject(subject_id, row["title"], grading=Grading.MARKS, cell=str(row.line))


def _classes(result: Roster, sheet: Sheet) -> Iterator[Row | Finding]:
    named = set(result.subjects.values())
    siblings: Counter[tuple[str, str]] = Counter()
    groups = [row for row in sheet.records if not is_homeroom(row)]
    for row in groups:
        key = (result.classes[row["sourcedId"]], result.group_subjects[row["sourcedId"]])
        siblings[key] += 1
    for row in sheet.records:
        if is_homeroom(row):
            yield _class_unit(result, sheet, row)
    if groups and not result.homerooms:
        yield finding("OR-06", sheet.part.file)
    for row in groups:
        subject = result.group_subjects[row["sourcedId"]]
        if subject not in named:  # no course, or one that the export does not hold
            named.add(subject)
            yield Subject(subject, (row["subjects"] or (row["title"],))[0], cell=str(row.line))
        class_ids = result.classes[row["sourcedId"]]
        part = _SUBGROUP.search(row["title"])
        code = row["classCode"] or row["title"]
        alone = siblings[class_ids, subject] == 1
        yield TeachingGroup(
            group_id=row["sourcedId"],
            class_ids=class_ids,
            subject_id=subject,
            subgroup=tidy(part[1]) if part else "" if alone else code,
            teacher_ids=",".join(dict.fromkeys(result.teachers.get(row["sourcedId"], ()))),
            cell=str(row.line),
        )


def _class_unit(result: Roster, sheet: Sheet, row: Record) -> ClassUnit | Finding:
    class_id = result.homerooms[row["sourcedId"]]
    told = re.match(r"\d+", row["grades"][0] if row["grades"] else class_id)
    grade = int(told[0]) if told else 0
    if not 1 <= grade <= _LAST_GRADE:
        return sheet.refuse("OR-11", row, name=class_id)
    named = CLASS_NAME.match(class_id)
    sessions = set(row["termSourcedIds"])
    for group in result.records("classes"):
        if class_id in result.classes[group["sourcedId"]].split(","):
            sessions.update(group["termSourcedIds"])
    return ClassUnit(
        class_id=class_id,
        grade=grade,
        letter=named[2] if named else "",
        class_teacher_id=result.teacher(row["sourcedId"]),
        scheme=result.calendar.scheme(sessions, grade),
        cell=str(row.line),
    )


def _users(result: Roster, sheet: Sheet) -> Iterator[Row | Finding]:
    born = {row["sourcedId"]: row for row in result.records("demographics")}
    wards = _wards(result, sheet.records)
    unknown = 0
    for row in sheet.records:
        user, cell = row["sourcedId"], str(row.line)
        name = {"last": row["familyName"], "first": row["givenName"], "middle": row["middleName"]}
        roles = result.roles[user] - {""}
        told = born.get(user)
        gender = _GENDERS.get(heading(told["sex"]), "") if told else ""
        if "student" in roles:
            birth = told["birthDate"] if told else None
            yield Student(user, **name, gender=gender, birth_date=birth, cell=cell)
        relation = next((label for role, label in _GUARDIANS.items() if role in roles), "")
        for student in sorted(wards[user]) if relation else ():
            contact = {"phone": row["phone"] or row["sms"], "email": row["email"]}
            yield Guardian(user, student, **name, relation=relation, **contact, cell=cell)
        staff = sorted(roles - {"student"} - set(_GUARDIANS))
        if staff:
            position = next((_POSITIONS[role] for role in staff if role in _POSITIONS), staff[0])
            yield Staff(
                user, **name, gender=gender, position=position, roles=",".join(staff), cell=cell
            )
        unknown += not roles
    if unknown:
        yield finding("OR-05", sheet.part.file, count=unknown)


def _wards(result: Roster, users: Iterable[Record]) -> dict[str, set[str]]:
    """Tell the pupils of every guardian; either side of the pair may name the other."""
    wards: dict[str, set[str]] = defaultdict(set)
    for row in users:
        user = row["sourcedId"]
        for agent in row["agentSourcedIds"]:
            if "student" in result.roles[user]:
                wards[agent].add(user)
            if "student" in result.roles[agent]:
                wards[user].add(agent)
    return wards


def _enrollments(result: Roster, sheet: Sheet) -> Iterator[Row | Finding]:
    """Stays in classes and groups; a group of all pupils of its classes needs no list (2.1)."""
    full = set()
    for group_id, stays in result.stays.items():
        names = result.classes.get(group_id, "").split(",")
        homerooms = [room for room, name in result.homerooms.items() if name in names]
        everybody = {stay for room in homerooms for stay in result.stays[room]}
        if stays == everybody or (_pupils(stays) == _pupils(everybody) and _open(stays)):
            full.add(group_id)
    outside = 0
    for row in sheet.records:
        group, user = row["classSourcedId"], row["userSourcedId"]
        outside += result.left_out(group)
        if heading(row["role"]) != "student" or result.left_out(group):
            continue
        stay = {"start": row["beginDate"], "end": row["endDate"], "cell": str(row.line)}
        if group in result.homerooms:
            yield Enrollment(user, result.homerooms[group], **stay)
        elif group not in full:
            yield GroupMember(group, user, **stay)
    if outside:
        yield finding("OR-16", sheet.part.file, count=outside)


def _pupils(stays: set[Stay]) -> set[str]:
    return {user for user, _, _ in stays}


def _open(stays: set[Stay]) -> bool:
    return all(start is None and end is None for _, start, end in stays)


def _nothing(_: Roster, __: Sheet) -> Iterator[Row | Finding]:
    """Roles and demographics are told with the people."""
    return iter(())


_BUILDERS = {
    "orgs": _orgs,
    "academicSessions": _sessions,
    "users": _users,
    "courses": _courses,
    "classes": _classes,
    "roles": _nothing,
    "enrollments": _enrollments,
    "demographics": _nothing,
}
