"""What the signs in the journal's tables mean, for a stranger who has nothing but the tables."""

from __future__ import annotations

from docgen.journal.codes import AttendanceCode, SpecialMark

LEGEND = {
    "Отметки": {
        "5": "отлично",
        "4": "хорошо",
        "3": "удовлетворительно",
        "2, 1": "неудовлетворительно",
        "5/4": "две отметки за один урок",
        **{mark.label: mark.meaning for mark in SpecialMark},
    },
    "Посещаемость": {
        "Н": "отсутствие; с причиной – неуважительной, без неё – причина не указана",
        **{
            code.letter: code.label
            for code in AttendanceCode
            if code.letter not in {"", AttendanceCode.ABSENT_UNSPECIFIED.letter}
        },
    },
    "Периоды": {
        "Q1 – Q4": "1 – 4 четверть",
        "T1 – T3": "1 – 3 триместр",
        "H1, H2": "1 и 2 полугодие",
        "Y": "год",
        "EXAM": "экзамен",
        "FINAL": "итоговая отметка",
    },
    "Номера в таблицах": {
        "Учащийся": "его ID; имя к нему – в таблицах students.csv и results.csv",
        "Группа": "класс и предмет; учащиеся и учителя названы на листах документа (PDF)",
    },
}
"""Heading, then sign and meaning."""
