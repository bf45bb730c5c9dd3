"""A tiny invented school as the tables of a OneRoster export, to be changed by tests."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from docgen.core.findings import Finding
from docgen.journal.sources.oneroster import SOURCE

if TYPE_CHECKING:
    from pathlib import Path

Tables = dict[str, list[str]]

_TABLES: Tables = {
    "manifest": ["propertyName,value", "oneroster.version,1.2", "file.users,bulk"],
    "orgs": ["sourcedId,status,dateLastModified,name,type", "o1,active,,Ольховская школа,school"],
    "academicSessions": [
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
        "ay,active,,2025/2026,schoolYear,2025-09-01,2026-05-26,,2026",
        "s1,active,,Первая четверть,gradingPeriod,2025-09-01,2025-10-24,ay,2026",
        "s2,active,,Вторая четверть,gradingPeriod,2025-11-05,2025-12-30,ay,2026",
        "s3,active,,Третья четверть,gradingPeriod,2026-01-12,2026-03-27,ay,2026",
        "s4,active,,Четвёртая четверть,gradingPeriod,2026-04-06,2026-05-26,ay,2026",
    ],
    "courses": [
        "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades",
        "c7,active,,ay,Алгебра,АЛГ,7",
        "c8,active,,ay,Алгебра,АЛГ,8",
        "c9,active,,ay,Физика,Ф,7",
        "c10,active,,ay,Французский язык,Ф,7",
    ],
    "classes": [
        (
            "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,"
            "location,schoolSourcedId,termSourcedIds,subjects"
        ),
        'h1,active,,7А класс,"07",,7-а,Homeroom,,o1,ay,',
        'g1,active,,Алгебра,7,c7,,scheduled,,o1,"s1, s2,s3 , s4",',
        'g2,active,,Французский (подгруппа 2),7,c10,,scheduled,,o1,"s1,s2",',
    ],
    "users": [
        (
            "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,middleName,"
            "email,sms,phone,agentSourcedIds,password"
        ),
        'u1,active,,TRUE,a,Пётр,Ежов,,,,,"p1, p2",s3cr3t',
        "u2,active,,true,b,Иван,Ёлкин,Ильич,,,,,s3cr3t",
        "p1,active,,true,c,Анна,Ежова,Ивановна,e@example.com,,+7 900,,s3cr3t",
        "p2,active,,false,d,Олег,Ежов,Петрович,,+7 901,,,s3cr3t",
        "p3,active,,true,e,Яна,Ёлкина,,,,,u2,s3cr3t",
        "t1,active,,true,f,Вера,Ивова,Олеговна,,,,,s3cr3t",
        "t2,active,,true,g,Лев,Кленов,,,,,,s3cr3t",
    ],
    "roles": [
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role",
        "r1,active,,u1,primary,student",
        "r2,active,,u2,primary,student",
        "r3,active,,p1,primary,parent",
        "r4,active,,p2,primary,relative",
        "r5,active,,p3,primary,guardian",
        "r6,active,,t1,primary,teacher",
        "r7,active,,t2,primary,principal",
        "r8,active,,t2,secondary,teacher",
    ],
    "enrollments": [
        (
            "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,"
            "primary,beginDate,endDate"
        ),
        "e1,active,,h1,o1,u1,student,,2025-09-01,",
        "e2,active,,h1,o1,u2,student,,2025-09-01,2025-12-30",
        "e3,active,,h1,o1,t1,teacher,TRUE,,",
        "e4,active,,g1,o1,u1,student,,,",
        "e5,active,,g1,o1,u2,student,,,",
        "e6,active,,g1,o1,t2,teacher,false,,",
        "e7,active,,g1,o1,t1,teacher,True,,",
        "e8,active,,g2,o1,u1,student,,2025-09-02,",
        "e9,tobedeleted,,g2,o1,u2,student,,,",
    ],
    "demographics": [
        "sourcedId,status,dateLastModified,birthDate,sex,asian,white,hispanicOrLatinoEthnicity",
        "u1,active,,2012-02-01,male,secretrace,secretrace,secretrace",
        "u2,active,,2012-04-03,Male,,,",
    ],
    "categories": [
        "sourcedId,status,dateLastModified,title,weight",
        "k1,active,,Контрольная работа,1.5",
        "k2,active,,Ответ на уроке,1",
        "k3,active,,Проект,1",
        "k4,active,,Итоговая,0",
    ],
    "lineItems": [
        (
            "sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,"
            "categorySourcedId,academicSessionSourcedId"
        ),
        "l1,active,,КР 1,[Дроби],2025-09-08,2025-09-09,g1,k1,s1",
        "l2,active,,Ответ,,2025-09-09,,g1,k2,s1",
        "l3,active,,Проект,[Париж],,2025-09-10,g2,k3,s1",
        "l4,active,,За четверть,,,,g1,k4,s1",
        "l5,tobedeleted,,Ответ,,2025-09-11,,g1,k2,s1",
    ],
    "results": [
        (
            "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,"
            "scoreDate,comment,textScore,missing"
        ),
        "x1,active,,l1,u1,fully graded,5.0,2025-09-10,,,false",
        "x2,active,,l1,u2,fully graded,,2025-09-10,,5/4,FALSE",
        "x3,active,,l2,u1,exempt,,,,,false",
        "x4,active,,l2,u2,not submitted,,,,,TRUE",
        "x5,active,,l3,u1,fully graded,4,2025-09-10,,,",
        "x6,active,,l4,u1,fully graded,4,2025-10-24,,,",
        "x7,active,,l4,u2,fully graded,0,2025-10-24,,,",
    ],
}


def tables(**changed: list[str]) -> Tables:
    """A small invented export, some of its tables exchanged."""
    return {**copy.deepcopy(_TABLES), **changed}


def written(path: Path, source: Tables, *, encoding: str = "utf-8") -> Path:
    """Write an export as a folder of CSV files."""
    path.mkdir(parents=True, exist_ok=True)
    for name, lines in source.items():
        (path / f"{name}.csv").write_bytes("\r\n".join(lines).encode(encoding))
    return path


def read(path: Path) -> tuple[dict[type, list[Any]], list[Finding]]:
    """What a source yields: rows by their kind, and findings."""
    rows: dict[type, list[Any]] = defaultdict(list)
    findings = []
    for item in SOURCE.read(path):
        if isinstance(item, Finding):
            findings.append(item)
        else:
            rows[type(item)].append(item)
    return rows, findings
