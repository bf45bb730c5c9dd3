"""Journal rows as CSV of the default package (`journal.md` 2): `;`, UTF-8 with BOM, ДД.ММ.ГГГГ."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence

from docgen.journal.model import ClassJournal


def period_rows(view: ClassJournal) -> Iterator[tuple[str, bytes, str]]:
    """File name, content and Russian caption of the rows behind one class's sheets of a period."""
    yield (
        "students.csv",
        csv_bytes(
            (
                "ID",
                "Фамилия",
                "Имя",
                "Отчество",
                "Класс",
                "Зачислен с",
                "Выбыл",
                "Приказ о выбытии",
            ),
            [
                (
                    pupil.student_id,
                    pupil.student.last,
                    pupil.student.first,
                    pupil.student.middle,
                    view.unit.class_id,
                    _day(pupil.enrollment.start),
                    _day(pupil.enrollment.end),
                    pupil.enrollment.end_order,
                )
                for pupil in view.pupils
            ],
        ),
        "Учащиеся",
    )
    lessons = [lesson for rows in view.lessons.values() for lesson in rows]
    yield (
        "lessons.csv",
        csv_bytes(
            (
                "Группа",
                "Дата",
                "№ урока",
                "Тема",
                "Домашнее задание",
                "Вид работы",
                "Учитель",
                "Замена",
                "Приказ",
            ),
            [
                (
                    lesson.group_id,
                    _day(lesson.date),
                    lesson.number,
                    lesson.topic,
                    lesson.homework,
                    lesson.work_kind,
                    lesson.planned_teacher_id,
                    lesson.teacher_id if lesson.substituted else "",
                    lesson.substitution_order,
                )
                for lesson in lessons
            ],
        ),
        "Уроки",
    )
    yield (
        "marks.csv",
        csv_bytes(
            ("Группа", "Дата", "№ урока", "Учащийся", "Отметка", "Вид работы", "Выставлена"),
            [
                (
                    mark.group_id,
                    _day(mark.date),
                    mark.number,
                    mark.student_id,
                    mark.raw,
                    mark.work_kind,
                    mark.set_at,
                )
                for marks in view.marks.values()
                for mark in marks
            ],
        ),
        "Отметки",
    )
    yield (
        "attendance.csv",
        csv_bytes(
            ("Группа", "Дата", "№ урока", "Учащийся", "Код", "Причина"),
            [
                (row.group_id, _day(row.date), row.number, row.student_id, row.code, row.reason)
                for row in view.attendance.values()
            ],
        ),
        "Посещаемость",
    )
    yield (
        "final_marks.csv",
        csv_bytes(
            ("Учащийся", "Предмет", "Период", "Отметка", "Выставлена", "Обоснование"),
            [
                (row.student_id, row.subject_id, row.period, row.raw, row.set_at, row.motive)
                for row in view.finals.values()
                if row.period == view.period.code
            ],
        ),
        "Итоговые отметки периода",
    )


def _day(day: dt.date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


def csv_bytes(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    """A CSV file with a header, as every table of ours is written."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()
