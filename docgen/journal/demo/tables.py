"""The invented school as the tables of a «Школьный пакет» v1 (`journal.md` 2)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from docgen.journal.demo.year import FIRST_DAY, HOLIDAYS, PERIODS, VACATIONS, YEAR, school_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docgen.journal.demo.lessons import DemoGroup, DemoLesson, DemoMark
    from docgen.journal.demo.people import Child
    from docgen.journal.demo.school import DemoClass, DemoSchool, Row


_MANIFEST: list[Row] = [
    ("format", "school-package"),
    ("version", "1.0"),
    ("school_id", "DEMO-3"),
    ("year", YEAR),
    ("system", "Вымышленная школа"),
    ("exported_at", "2025-10-24T18:00:00"),
    ("encoding", "UTF-8"),
]


def tables(demo: DemoSchool) -> dict[str, tuple[str, list[Row]]]:
    """Write down every file of the package: its header and its rows."""
    school = demo.data["school"]
    return {
        "manifest": ("key;value", _MANIFEST),
        "school": (";".join(school), [tuple(school.values())]),
        "periods": (
            "Год;Код;Вид;Название;Начало;Конец;Классы",
            [(YEAR, *period, "1-9") for period in PERIODS],
        ),
        "calendar": ("Дата;Вид;Примечание;Классы", _calendar()),
        "staff": (
            "Табельный/ID;Фамилия;Имя;Отчество;Пол;Должность;Роли;С;По",
            [(*row, "") for row in demo.data["staff"]["rows"]],
        ),
        "subjects": (
            "ID;Название;Сокращение;Область;Порядок;Система",
            [
                (*row, place, "MARKS")
                for place, row in enumerate(demo.data["subjects"]["rows"], start=1)
            ],
        ),
        "classes": (
            "Класс;Параллель;Литера;Классный руководитель;Профиль;Схема периодов",
            [
                (
                    item.class_id,
                    item.grade,
                    item.class_id[-1],
                    demo.data["heads"][item.class_id],
                    "",
                    "четверти",
                )
                for item in demo.classes
            ],
        ),
        **_people_tables(demo),
        **_journal_tables(demo),
    }


def _people_tables(demo: DemoSchool) -> dict[str, tuple[str, list[Row]]]:
    children = [child for item in demo.classes for child in item.children]
    registry = "№;Дата;Вид;Субъект;Статус;Файл"
    return {
        "students": (
            (
                "ID;Фамилия;Имя;Отчество;Пол;Дата рождения;№ личного дела;Класс;Зачислен с;"
                "Приказ о зачислении;Выбыл;Приказ о выбытии;№ по списку"
            ),
            [_student(child) for child in children],
        ),
        "guardians": (
            (
                "ID;Учащийся;Фамилия;Имя;Отчество;Степень родства;Документ;Серия;Номер;Выдан;"
                "Дата выдачи;Адрес;Телефон;E-mail;Бумажное информирование;Периодичность"
            ),
            _guardians(children),
        ),
        "orders": (registry, demo.orders),
        "consents": (
            registry,
            _registry(children, "С", "согласие на обработку персональных данных", "действует"),
        ),
        "applications": (
            registry,
            _registry(children, "З", "доступ к электронному журналу", "принято"),
        ),
    }


def _journal_tables(demo: DemoSchool) -> dict[str, tuple[str, list[Row]]]:
    groups = [(item, group) for item in demo.classes for group in item.groups]
    lessons = [lesson for item, group in groups for lesson in item.lessons[group.group_id]]
    return {
        "groups": (
            (
                "ID;Класс;Предмет;Подгруппа;Учитель;Часов в неделю;"
                "План часов Q1;План часов Q2;План часов Q3;План часов Q4"
            ),
            [_group(item, group) for item, group in groups],
        ),
        "group_members": (
            "Группа;Учащийся;С;По",
            [
                (group.group_id, child.student_id, child.start, child.end)
                for _item, group in groups
                if not group.whole_class
                for child in group.children
            ],
        ),
        "lessons": (
            ("Группа;Дата;№ урока;Тема;Домашнее задание;Вид работы;Учитель;Замена;Приказ;Внесено"),
            [_lesson(lesson) for lesson in lessons],
        ),
        "marks": (
            "Группа;Дата;№ урока;Учащийся;Отметка;Вид работы;Вес;Выставлена;Кем",
            [_mark(mark) for item in demo.classes for mark in item.marks],
        ),
        "attendance": (
            "Группа;Дата;№ урока;Учащийся;Код;Причина",
            [row for item, group in groups for row in _attendance(item, group)],
        ),
        "final_marks": (
            "Учащийся;Предмет;Период;Отметка;Выставлена;Обоснование",
            [
                (student, subject, "Q1", raw, date, "")
                for item in demo.classes
                for student, subject, raw, date in item.finals
            ],
        ),
    }


def _calendar() -> list[Row]:
    rows: list[Row] = [(day, "holiday", note, "") for day, note in HOLIDAYS]
    for first, last, note, grades in VACATIONS:
        days = (first + dt.timedelta(days=offset) for offset in range((last - first).days + 1))
        rows.extend((day, "vacation", note, grades) for day in days)
    return rows


def _student(child: Child) -> Row:
    return (
        child.student_id,
        child.last,
        child.first,
        child.middle,
        child.gender,
        child.born,
        child.file_no,
        child.class_id,
        child.start,
        child.start_order,
        child.end,
        child.end_order,
        child.list_no,
    )


def _guardians(children: Sequence[Child]) -> list[Row]:
    rows: list[Row] = []
    for child in children:
        for person in child.guardians:
            paper = len(rows) % 9 == 0
            rows.append(
                (
                    f"Р{len(rows) + 1:03}",
                    child.student_id,
                    person.last,
                    person.first,
                    person.middle,
                    person.relation,
                    "паспорт гражданина РФ",
                    *person.document,
                    child.address,
                    person.phone,
                    person.email,
                    "да" if paper else "нет",
                    "раз в две недели" if paper else "",
                )
            )
    return rows


def _registry(children: Sequence[Child], letter: str, kind: str, status: str) -> list[Row]:
    """Register every family's paper, signed in the first days of September or on arrival."""
    return [
        (
            f"{letter}-{place}",
            max(child.start, FIRST_DAY) + dt.timedelta(days=place % 9),
            kind,
            child.student_id,
            status,
            "",
        )
        for place, child in enumerate(children, start=1)
    ]


def _group(item: DemoClass, group: DemoGroup) -> Row:
    plan = [
        sum(item.timetable[day.weekday()].count(group.subject_id) for day in days)
        for days in (school_days(start, end, item.grade) for *_, start, end in PERIODS[:4])
    ]
    return (
        group.group_id,
        group.class_id,
        group.subject_id,
        group.subgroup,
        group.teacher_id,
        group.hours,
        *plan,
    )


def _lesson(lesson: DemoLesson) -> Row:
    substitute = lesson.taught if lesson.taught != lesson.planned else ""
    return (
        lesson.group_id,
        lesson.date,
        lesson.number,
        lesson.topic,
        lesson.homework,
        lesson.kind,
        lesson.planned,
        substitute,
        lesson.order,
        lesson.entered_at,
    )


def _mark(mark: DemoMark) -> Row:
    lesson = mark.lesson
    place = (lesson.group_id, lesson.date, lesson.number, mark.child.student_id)
    return (*place, mark.raw, mark.kind, "", mark.set_at, lesson.taught)


def _attendance(item: DemoClass, group: DemoGroup) -> list[Row]:
    rows: list[Row] = []
    for lesson in item.lessons[group.group_id]:
        for child in group.children:
            if not child.attends(lesson.date):
                continue
            record = item.missed.get((child.student_id, lesson.date, lesson.number))
            if group.subject_id in child.exempt and (record is None or record[0] == "О"):
                record = ("ОСВ", "освобождение на год")
            if record:
                place = (lesson.group_id, lesson.date, lesson.number, child.student_id)
                rows.append((*place, *record))
    return rows
