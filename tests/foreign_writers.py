"""A class's journal as other systems would give it out (`journal.md` 4.1-4.5): tests read it back.

Written from the published shapes, not from our readers, so that a misreading shows.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docgen.journal.codes import AttendanceCode, PeriodKind
from docgen.journal.model import ClassJournal, Group, Lesson, Student

KINDS = {
    PeriodKind.QUARTER: ("четверть", "Четверть", "Quarter"),
    PeriodKind.TRIMESTER: ("триместр", "Триместр", "Trimester"),
    PeriodKind.HALF_YEAR: ("полугодие", "Полугодие", "Semester"),
}
MONTHS = {
    1: "Январь", 2: "Февраль", 3: "Март", 4: "Апрель", 5: "Май", 6: "Июнь",
    9: "Сентябрь", 10: "Октябрь", 11: "Ноябрь", 12: "Декабрь",
}  # fmt: skip
SGO = {"ABSENT_UNSPECIFIED": "ОТ", "ABSENT_UNEXCUSED": "НП", "ABSENT_ILL": "Б",
       "ABSENT_EXCUSED": "УП",
       "LATE": "ОП", "EXEMPT": "ОСВ"}  # fmt: skip
LETTERS = SGO | {
    "ABSENT_UNSPECIFIED": "Н",
    "ABSENT_UNEXCUSED": "Н",
    "ABSENT_EXCUSED": "У",
    "LATE": "О",
}
WORDS = {"Н": "Отсутствовал", "Б": "Болел", "У": "Уважительная причина", "О": "Опоздал",
         "ОСВ": "Освобождён"}  # fmt: skip
DNEVNIK = {"ABSENT_ILL": "Ill", "ABSENT_EXCUSED": "Pass", "LATE": "Late",
           "ABSENT_UNSPECIFIED": "Absent",
           "ABSENT_UNEXCUSED": "Absent"}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """A class's journal with what writers ask of it."""

    view: ClassJournal

    @property
    def pupils(self) -> list[Student]:
        return [pupil.student for pupil in self.view.pupils]

    @property
    def days(self) -> list[dt.date]:
        return sorted({lesson.date for rows in self.view.lessons.values() for lesson in rows})

    def learns(self, group: Group, student: str) -> bool:
        return not group.members or any(one.student_id == student for one in group.members)

    def lessons(self, student: str) -> Iterator[tuple[Group, Lesson]]:
        """The lessons of a pupil's groups in the order of the days."""
        own = [group for group in self.view.groups if self.learns(group, student)]
        found = [(group, one) for group in own for one in self.view.lessons[group.group_id]]
        return iter(sorted(found, key=lambda pair: (pair[1].date, pair[1].number)))

    def marks(self, lesson: Lesson, student: str) -> list[Any]:
        return list(self.view.marks.get((lesson.group_id, lesson.date, lesson.number, student), ()))

    def code(self, lesson: Lesson, student: str) -> AttendanceCode | None:
        row = self.view.attendance.get((lesson.group_id, lesson.date, lesson.number, student))
        return row.kind if row else None

    def teacher(self, lesson: Lesson) -> str:
        return name_of(self.view.staff[lesson.teacher_id]) if lesson.teacher_id else ""

    def final(self, student: str, subject: str) -> str:
        row = self.view.finals.get((student, subject, self.view.period.code))
        return row.raw if row else ""


def name_of(person: Any) -> str:
    return " ".join(filter(None, (person.last, person.first, person.middle)))


def write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    path.write_text(text, "utf-8")


def index(folder: Path, page: Page) -> None:
    rows = [f"pupil-{at:02d};{name_of(one)}" for at, one in enumerate(page.pupils, 1)]
    write(folder / "index.csv", "\n".join(["file;ФИО", *rows]))


def weeks(page: Page) -> dict[dt.date, list[dt.date]]:
    found: dict[dt.date, list[dt.date]] = defaultdict(list)
    for day in page.days:
        found[day - dt.timedelta(days=day.weekday())].append(day)
    return found


def sgo_diary(page: Page, folder: Path) -> None:
    """Diaries of all pupils, a file a week, and the class's list and periods beside them."""
    unit, period = page.view.unit, page.view.period
    index(folder / "diary", page)
    for at, pupil in enumerate(page.pupils, 1):
        lessons = list(page.lessons(pupil.student_id))
        for monday, days in weeks(page).items():
            answer = {
                "weekStart": f"{monday}T00:00:00",
                "weekEnd": f"{monday + dt.timedelta(days=6)}T00:00:00",
                "className": unit.class_id.lower(),
                "termName": period.name,
                "weekDays": [
                    {
                        "date": f"{day}T00:00:00",
                        "lessons": [
                            sgo_lesson(page, group, lesson, pupil.student_id)
                            for group, lesson in lessons
                            if lesson.date == day
                        ],
                    }
                    for day in days
                ],
            }
            write(folder / "diary" / f"pupil-{at:02d}" / f"{monday}.json", answer)
    write(folder / "webapi" / "terms.json", [
        {"id": 1, "termName": period.name, "termTypeId": 1, "schoolYearId": 7,
         "startDate": f"{period.start}T00:00:00", "endDate": f"{period.end}T00:00:00"},
    ])  # fmt: skip


def sgo_lesson(page: Page, group: Group, lesson: Lesson, student: str) -> dict[str, Any]:
    number = abs(hash((group.group_id, lesson.date, lesson.number))) % 10**8
    tasks = [
        {"id": number, "typeId": 2, "assignmentName": lesson.homework, "weight": 0,
         "dueDate": f"{lesson.date}T00:00:00", "mark": None, "markComment": None,
         "attachments": []}
    ] if lesson.homework else []  # fmt: skip
    for at, mark in enumerate(page.marks(lesson, student)):
        for part, value in enumerate(mark.value.values):
            key = number * 100 + at * 10 + part
            tasks.append(
                {"id": key, "typeId": 3, "assignmentName": "Ответ на уроке", "weight": 1.0,
                 "dueDate": f"{lesson.date}T00:00:00",
                 "mark": {"mark": value, "dutyMark": False, "assignmentId": key},
                 "markComment": None, "attachments": []}
            )  # fmt: skip
    return {
        "classmeetingId": number,
        "day": f"{lesson.date}T00:00:00",
        "number": lesson.number,
        "relay": 1,
        "startTime": "08:30",
        "endTime": "09:15",
        "room": None,
        "subjectName": group.subject.name,
        "isDistanceLesson": False,
        "extraActivity": False,
        "addEducation": False,
        "assignments": tasks,
    }


def sgo_reports(page: Page, folder: Path) -> None:
    """StudentTotal of all pupils: HTML of windows-1251 named .xls."""
    period, days = page.view.period, page.days
    months: dict[int, int] = defaultdict(int)
    for day in days:
        months[day.month] += 1
    head = "".join(f'<th colspan="{n}">{MONTHS[month]}</th>' for month, n in months.items())
    numbers = "".join(f"<th>{day.day}</th>" for day in days)
    for at, pupil in enumerate(page.pupils, 1):
        cells: dict[tuple[str, dt.date], list[str]] = defaultdict(list)
        for group, lesson in page.lessons(pupil.student_id):
            code = page.code(lesson, pupil.student_id)
            values = [
                str(value) for mark in page.marks(lesson, pupil.student_id)
                for value in mark.value.values
            ]  # fmt: skip
            cells[group.subject.name, lesson.date] += values
            cells[group.subject.name, lesson.date] += [SGO[code.name]] if code else []
        subjects = dict.fromkeys(
            (group.subject.name, group.subject.subject_id)
            for group, _lesson in page.lessons(pupil.student_id)
        )
        body = "".join(
            f'<tr><td class="cell-text">{name}</td>'
            + "".join(f"<td>{' '.join(cells[name, day]) or '&nbsp;'}</td>" for day in days)
            + f'<td class="cell-num-2"></td><td class="cell-num-2">'
            f"{page.final(pupil.student_id, subject)}</td></tr>\n"
            for name, subject in subjects
        )
        text = (
            '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'
            f'</head><body>\n<h5 class="report-title-school">{page.view.school.short_name}</h5>\n'
            '<h2 class="main-report-title">Отчёт об успеваемости и посещаемости ученика</h2>\n'
            f'<div class="params"><span class="select">Учебный год: <b>{period.year}</b></span><br>'
            f'<span class="select">Класс: <b>{page.view.unit.class_id.lower()}</b></span><br>'
            f'<span class="select">Период: <b>с {period.start:%d.%m.%Y} по {period.end:%d.%m.%Y}'
            f'</b></span><br><span class="select" data-sheet-name="x">Ученик: '
            f"<b>{name_of(pupil)}</b></span></div>\n"
            f'<table class="table-print"><tr><th rowspan="2">Предмет</th>{head}'
            f'<th rowspan="2">Средн.оценка {period.name}</th>'
            f'<th rowspan="2">Итог.оценка {period.name}</th></tr>\n<tr>{numbers}</tr>\n'
            f'{body}</table>\n<div class="footer">Состояние на{period.end:%d.%m.%Y} 17:40:20</div>'
            "</body></html>"
        )
        path = folder / "StudentTotal" / f"pupil-{at:02d}.xls"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("cp1251"))


def bars(page: Page, folder: Path) -> None:
    """Diaries of the old API and marks of the new one, pupil by pupil."""
    unit, period, school = page.view.unit, page.view.period, page.view.school
    title = f"{period.code[-1]} {KINDS[period.kind][1]}"
    index(folder, page)
    write(folder / "getClassYearInfo.json", {
        "study_level": unit.grade,
        "letter": unit.letter,
        "form_master": name_of(page.view.staff[unit.class_teacher_id]),
        "pupils": [{"fullname": name_of(one), "male": one.gender == "м"} for one in page.pupils],
    })  # fmt: skip
    write(folder / "getSchoolInfo.json", {
        "name": school.full_name, "address": school.address, "phone": "", "email": "",
        "employees": [],
    })  # fmt: skip
    for at, pupil in enumerate(page.pupils, 1):
        place = folder / f"pupil-{at:02d}"
        lessons = list(page.lessons(pupil.student_id))
        by_subject: dict[str, list[dict[str, str]]] = defaultdict(list)
        for group, lesson in lessons:
            for mark in page.marks(lesson, pupil.student_id):
                by_subject[group.subject.name].append(
                    {"date": f"{lesson.date}", "mark": mark.raw, "description": "Работа на уроке"}
                )
        summary = {
            "subperiod": {"code": f"{KINDS[period.kind][1]}_{period.code[-1]}", "name": title},
            "dates": [f"{day}" for day in page.days],
            "discipline_marks": [
                {"discipline": name, "average_mark": "4.25", "marks": marks}
                for name, marks in by_subject.items()
            ],
        }
        wrapped = at % 2 == 0
        write(
            place / "GetSummaryMarks.json",
            {"summary_marks_data": [summary]} if wrapped else summary,
        )
        write(place / "rest_diary.json", {
            "days": [
                [f"{day:%d.%m.%Y}", {"kind": "Учебный день", "lessons": [
                    bars_lesson(page, group, lesson, pupil.student_id)
                    for group, lesson in lessons if lesson.date == day
                ]}]
                for day in page.days
            ]
        })  # fmt: skip
        subjects = {group.subject.name: group.subject.subject_id for group, _lesson in lessons}
        write(place / "rest_totals.json", {
            "period_types": [title, "Годовая"],
            "subjects": {
                name: [page.final(pupil.student_id, subject) or "0", "0"]
                for name, subject in subjects.items()
            },
        })  # fmt: skip


def bars_lesson(page: Page, group: Group, lesson: Lesson, student: str) -> dict[str, Any]:
    marks, code = page.marks(lesson, student), page.code(lesson, student)
    letter = LETTERS[code.name] if code else ""
    return {
        "discipline": group.subject.name,
        "subject": f"<span>{lesson.topic}</span>\u200b" if lesson.number == 1 else lesson.topic,
        "teacher": page.teacher(lesson),
        "room": "",
        "comment": "",
        "remark": "",
        "attendance": [letter, WORDS.get(letter, "Был")],
        "homework": [lesson.homework] if lesson.homework else [],
        "marks": [["Работа на уроке"] * len(marks), [mark.raw for mark in marks]],
        "lesson": [lesson.number, f"{lesson.number} урок", "08:30", "09:15"],
    }


def dnevnik(page: Page, folder: Path) -> None:
    """Answers of API v2; ids above 2^53 that a careless program has rounded, with their twins."""
    unit, period, view = page.view.unit, page.view.period, page.view
    base = 10**18
    school, main = 1000007777, base * 2
    subgroups = [group for group in view.groups if group.subgroup]
    ids = {group.group_id: main for group in view.groups}
    ids |= {group.group_id: main + at for at, group in enumerate(subgroups, 1)}
    subjects = {
        one: 3000 + at
        for at, one in enumerate(dict.fromkeys(g.subject.subject_id for g in view.groups))
    }
    people = {one.student_id: base + at for at, one in enumerate(page.pupils, 1)}

    def key(number: int) -> dict[str, Any]:
        return {"id": float(number) if number > 2**53 else number, "id_str": str(number)}

    def named(name: str, number: int) -> dict[str, Any]:
        return {name: float(number), f"{name}_str": str(number)}

    def persons(members: list[Student]) -> list[dict[str, Any]]:
        return [
            key(people[one.student_id])
            | {"userId": 5, "userId_str": "5", "firstName": one.first, "lastName": one.last,
               "middleName": one.middle or None, "shortName": one.last,
               "sex": "Male" if one.gender == "м" else "Female"}
            for one in members
        ]  # fmt: skip

    listed = [
        key(number) | {"name": next(
            group.subject.name for group in view.groups if group.subject.subject_id == subject
        )}
        for subject, number in subjects.items()
    ]  # fmt: skip
    write(folder / "schools" / f"{school}.json", key(school) | {
        "name": view.school.short_name, "fullName": view.school.full_name, "city": ""})  # fmt: skip
    write(folder / "schools" / str(school) / "edu-groups.json", [
        key(main) | {"parentIds": [], "parentIds_str": [], "type": "Group",
                     "name": unit.class_id, "fullName": unit.class_id, "parallel": unit.grade,
                     "timetable": 1, "status": "Active",
                     "studyyear": int(period.year[:4]), "subjects": listed},
        *(
            key(ids[group.group_id]) | {
                "parentIds": [float(main)], "parentIds_str": [str(main)], "type": "Subgroup",
                "name": group.subgroup, "fullName": f"{unit.class_id}/{group.subgroup}",
                "parallel": unit.grade, "timetable": 1, "status": "Active",
                "studyyear": int(period.year[:4]),
                "subjects": [one for one in listed if one["name"] == group.subject.name],
            }
            for group in subgroups
        ),
    ])  # fmt: skip
    span = f"{period.start}_{period.end}.json"
    for number in sorted(set(ids.values())):
        groups = [group for group in view.groups if ids[group.group_id] == number]
        place = folder / "edu-groups" / str(number)
        members = [
            one for one in page.pupils
            if number == main or page.learns(groups[0], one.student_id)
        ]  # fmt: skip
        write(place / "persons.json", persons(members))
        lessons, marks, log = [], [], []
        for group in groups:
            for lesson in view.lessons[group.group_id]:
                own = base * 3 + len(lessons) + number % 1000 * 100_000
                work = base * 4 + len(lessons) + number % 1000 * 100_000
                subject = subjects[group.subject.subject_id]
                lessons.append(key(own) | {
                    "title": lesson.topic, "date": f"{lesson.date}T00:00:00",
                    "number": lesson.number, **named("group", number), "teachers": [],
                    "subject": key(subject) | {"name": group.subject.name},
                    "works": [key(work) | {
                        "type": "LessonWork", "workType": 100, "markType": "Mark5",
                        "markCount": 1, **named("lesson", own), "displayInJournal": True,
                        "status": "New", **named("eduGroup", number), "tasks": [],
                        "text": lesson.homework, "periodNumber": 0, "periodType": "Quarter",
                        "subjectId": subject, "isImportant": False,
                        "targetDate": f"{lesson.date}T00:00:00"}],
                    "status": "Active"})  # fmt: skip
                for one in members:
                    for mark in page.marks(lesson, one.student_id):
                        marks.append(key(base * 5 + len(marks) + number % 1000 * 100_000) | {
                            "type": "Mark", "value": mark.raw, "textValue": mark.raw,
                            **named("person", people[one.student_id]), **named("work", work),
                            **named("lesson", own), "number": lesson.number,
                            "date": f"{lesson.date}T00:00:00", "workType": 100,
                            "mood": "Good", "use_avg_calc": True})  # fmt: skip
                    code = page.code(lesson, one.student_id)
                    if code and code.name in DNEVNIK:
                        log.append(named("person", people[one.student_id]) | {
                            **named("lesson", own), "comment": "", "status": DNEVNIK[code.name],
                            "createdDate": f"{lesson.date}T12:00:00"})  # fmt: skip
        write(place / "lessons" / span, lessons)
        write(place / "marks" / span, marks)
        write(folder / "lesson-log-entries" / "group" / str(number) / span, log)
    place = folder / "edu-groups" / str(main)
    write(place / "subjects.json", listed)
    write(place / "reporting-periods.json", [key(base * 6) | {
        "start": f"{period.start}T00:00:00", "finish": f"{period.end}T00:00:00",
        "number": int(period.code[-1]) - 1, "type": KINDS[period.kind][2], "name": period.name,
        "year": int(period.year[:4])}])  # fmt: skip
    write(place / "final-marks.json", [
        named("person", people[one.student_id]) | named("group", main) | {
            **named("reportingPeriod", base * 6),
            "per-subject-final-marks": [
                {"subject": number, "final-mark": key(base * 7 + number) | {
                    "type": "FinalMark", "value": final, "textValue": final}}
                for subject, number in subjects.items()
                if (final := page.final(one.student_id, subject))
            ]}
        for one in page.pupils
    ])  # fmt: skip
    write(folder / "work-types" / f"{school}.json", [
        {"id": 100, "id_str": "100", "title": "Ответ на уроке", "abbr": "ОТ", "weight": 1}
    ])  # fmt: skip


def eljur(page: Page, folder: Path) -> None:
    """Answers of ЭлЖур's API: diaries, homework, marks, finals, periods, roles."""
    unit, period = page.view.unit, page.view.period
    keys = {one.student_id: f"st{at:03d}" for at, one in enumerate(page.pupils, 1)}

    def answer(name: str, result: object) -> None:
        body = {"response": {"state": 200, "error": None, "result": result}}
        write(folder / f"{name}.json", body)

    who = {keys[one.student_id]: {"name": keys[one.student_id], "title": name_of(one)}
           for one in page.pupils}  # fmt: skip
    answer("getrules", {
        "user": "t001",
        "roles": ["teacher"],
        "relations": {
            "students": {
                keys[one.student_id]: who[keys[one.student_id]]
                | {"gender": "male" if one.gender == "м" else "female", "class": unit.class_id}
                for one in page.pupils
            },
            "groups": {unit.class_id: {"name": unit.class_id, "parallel": unit.grade}},
            "schools": [{"number": "1", "title": page.view.school.short_name}],
        },
    })  # fmt: skip
    answer("getperiods", {"students": [
        head | {"periods": [{
            "name": period.code, "fullname": period.name, "start": f"{period.start:%Y%m%d}",
            "end": f"{period.end:%Y%m%d}", "weeks": []}]}
        for head in who.values()
    ]})  # fmt: skip
    for monday, days in weeks(page).items():
        sunday = monday + dt.timedelta(days=6)
        answer(f"getdiary_{monday:%Y%m%d}-{sunday:%Y%m%d}", {"students": {
            keys[one.student_id]: who[keys[one.student_id]] | {"days": {
                f"{day:%Y%m%d}": {
                    "name": f"{day:%Y%m%d}", "title": "День", "alert": None, "holiday_name": None,
                    "items": {
                        str(lesson.number): eljur_item(page, group, lesson, one.student_id)
                        for group, lesson in page.lessons(one.student_id) if lesson.date == day
                    },
                    "items_extday": [],
                }
                for day in days
            }}
            for one in page.pupils
        }})  # fmt: skip
    answer("getfinalassessments", {"students": {
        keys[one.student_id]: {"items": [
            {"name": group.subject.name, "assessments": [
                {"period": period.code,
                 "value": page.final(one.student_id, group.subject.subject_id)}]}
            for group in page.view.groups
            if page.learns(group, one.student_id)
            and page.final(one.student_id, group.subject.subject_id)
        ]}
        for one in page.pupils
    }})  # fmt: skip


def eljur_item(page: Page, group: Group, lesson: Lesson, student: str) -> dict[str, Any]:
    values = [mark.raw for mark in page.marks(lesson, student)]
    if code := page.code(lesson, student):
        values.append(LETTERS[code.name])
    return {
        "name": group.subject.name,
        "num": str(lesson.number),
        "room": "",
        "teacher": page.teacher(lesson),
        "topic": lesson.topic,
        "homework": {"1": {"id": 1, "value": lesson.homework}} if lesson.homework else [],
        "assessments": [
            {"value": value, "date": f"{lesson.date}",
             "mtype": {"short": "ОТ", "type": "Ответ на уроке"}, "lesson_comment": lesson.topic,
             "comment": "", "weight": "1", "count": True, "convert": value}
            for value in values
        ],
    }  # fmt: skip


def fgis(page: Page, folder: Path) -> None:
    """Schedules of all pupils."""
    unit, period = page.view.unit, page.view.period
    index(folder, page)
    for at, pupil in enumerate(page.pupils, 1):
        lessons = []
        for group, lesson in page.lessons(pupil.student_id):
            hour = 7 + lesson.number
            row: dict[str, Any] = {
                "id": f"{at}-{len(lessons)}",
                "subject": group.subject.name,
                "period": {
                    "start": f"{lesson.date}T{hour:02d}:30:00+03:00",
                    "end": f"{lesson.date}T{hour + 1:02d}:15:00+03:00",
                },
                "classroom": "",
                "topic": lesson.topic,
                "homework": lesson.homework,
            }
            code = page.code(lesson, pupil.student_id)
            if code and code.name != "EXEMPT":
                row["attendance"] = {"code": "о" if code.name == "LATE" else "н"}
            scores = [fgis_score(mark.raw) for mark in page.marks(lesson, pupil.student_id)]
            if scores:
                row["score"] = scores
            lessons.append(row)
        write(folder / f"pupil-{at:02d}.json", {"school": [{
            "id": "SCH1", "name": page.view.school.short_name, "period": period.name,
            "academYear": f"{period.year[:5]}{period.year[-2:]}",
            "class": [{"class": unit.class_id.lower(), "grade": unit.grade, "lesson": lessons}],
        }]})  # fmt: skip


def fgis_score(raw: str) -> dict[str, Any]:
    first, _, second = raw.partition("/")
    score = {"code": "ОТ", "weight": 1.0, "score": first, "scoreSystem": "5"}
    return score | ({"score2": second} if second else {})


WRITERS: dict[str, Callable[[Page, Path], None]] = {
    "sgo-diary": sgo_diary,
    "sgo-reports": sgo_reports,
    "bars": bars,
    "dnevnik": dnevnik,
    "eljur": eljur,
    "fgis": fgis,
}
