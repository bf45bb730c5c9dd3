"""A tiny invented school as the tables of the default package, to be changed by tests."""

from __future__ import annotations

import copy
import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from docgen.core.progress import Silent
from docgen.journal.sources import ImportReport, import_files

if TYPE_CHECKING:
    from docgen.journal.store import Journal

DATA = Path(__file__).parent / "data"
MOMENT = dt.datetime(2026, 6, 28, 12, 0, tzinfo=dt.UTC)

Tables = dict[str, list[str]]

_TABLES: Tables = {
    "manifest": [
        "key;value",
        "format;school-package",
        "version;1.0",
        "school_id;SCH1",
        "year;2025/2026",
        "exported_at;2025-10-25T10:00:00",
    ],
    "school": [
        "Наименование;Краткое;Адрес;Населённый пункт;Директор",
        "МОУ «Ольховская школа»;МОУ ОШ;ул. Лесная, д. 1;с. Ольховка;T1",
    ],
    "periods": [
        "Год;Код;Вид;Название;Начало;Конец;Классы",
        "2025/2026;Q1;четверть;1 четверть;01.09.2025;24.10.2025;1-9",
        "2025/2026;H1;полугодие;1 полугодие;01.09.2025;30.12.2025;10-11",
        "2025/2026;Y;год;Год;01.09.2025;26.05.2026;",
    ],
    "staff": [
        "Табельный/ID;Фамилия;Имя;Отчество;Должность",
        "T1;Берёзова;Анна;Ильинична;директор",
        "T2;Кленов;Олег;Петрович;учитель",
        "T3;Ивова;Вера;Олеговна;учитель",
        "T4;Ивова;Вера;Олеговна;учитель",
    ],
    "classes": [
        "Класс;Параллель;Литера;Классный руководитель;Схема периодов",
        "7А;7;А;T2;четверти",
        "10А;10;А;T2;полугодия",
        "10Б;10;Б;T3;полугодия",
    ],
    "students": [
        "ID;Фамилия;Имя;Отчество;Пол;Дата рождения;Класс;Зачислен с;Выбыл;№ по списку",
        "1;Ежов;Пётр;;м;01.02.2012;7А;01.09.2025;;",
        "2;Ёлкин;Иван;;м;03.04.2012;7А;01.09.2025;;",
        "3;Жуков;Лев;;м;05.06.2012;7А;01.09.2025;;",
        "4;Зимина;Ада;;ж;07.08.2009;10А;01.09.2025;;",
        "5;Юрина;Яна;;ж;09.10.2009;10Б;01.09.2025;;",
    ],
    "subjects": [
        "ID;Название;Порядок;Система",
        "МАТ;Математика;2;MARKS",
        "РУС;Русский язык;1;отметки",
        "ОРК;Основы культур;3;NONE",
    ],
    "groups": [
        "ID;Класс;Предмет;Подгруппа;Учитель;Часов в неделю;План часов Q1",
        "7А-МАТ;7А;МАТ;;T2;5;40",
        "7А-РУС;7А;РУС;;T3;4;32",
        "10-МАТ;10А,10Б;МАТ;;T2;3;",
    ],
    "group_members": ["Группа;Учащийся;С;По", "7А-РУС;1;01.09.2025;", "7А-РУС;2;01.09.2025;"],
    "lessons": [
        "Группа;Дата;№ урока;Тема;Домашнее задание;Вид работы;Учитель;Замена;Приказ;Внесено",
        "7А-МАТ;01.09.2025;1;Дроби;№ 5;;T2;;;2025-09-01T10:00:00",
        "7А-МАТ;08.09.2025;1;Доли;№ 6;КР;T2;T3;12-к;",
        "7А-МАТ;15.09.2025;1;Проценты;№ 7;;T2;;;",
        "7А-РУС;02.09.2025;2;Глагол;упр. 8;;T3;;;",
        "10-МАТ;03.09.2025;3;Синус;№ 9;;T2;;;",
    ],
    "marks": [
        "Группа;Дата;№ урока;Учащийся;Отметка;Вид работы;Вес;Выставлена;Кем",
        "7А-МАТ;01.09.2025;1;1;5;ОТ;1;01.09.2025;T2",
        "7А-МАТ;01.09.2025;1;1;4;ДЗ;0,5;01.09.2025;T2",
        "7А-МАТ;08.09.2025;1;2;5/4;КР;1,5;09.09.2025;T2",
        "7А-МАТ;15.09.2025;1;3;3;ОТ;1;15.09.2025;T2",
        "10-МАТ;03.09.2025;3;4;4;ОТ;1;03.09.2025;T2",
        "10-МАТ;03.09.2025;3;5;5;ОТ;1;03.09.2025;T2",
    ],
    "attendance": [
        "Группа;Дата;№ урока;Учащийся;Код;Причина",
        "7А-МАТ;08.09.2025;1;1;Б;по болезни",
    ],
    "final_marks": [
        "Учащийся;Предмет;Период;Отметка;Выставлена",
        "1;МАТ;Q1;5;24.10.2025",
        "2;МАТ;Q1;4;24.10.2025",
    ],
    "orders": ["№;Дата;Вид;Субъект;Статус;Файл", "12-к;05.09.2025;о замене уроков;;подписан;"],
}


def tables() -> Tables:
    """The tables of the invented school, a fresh copy: a header and rows each."""
    return copy.deepcopy(_TABLES)


def replaced(source: Tables, name: str, old: str, new: str) -> Tables:
    """The tables with a text replaced in one of them; the text must be there."""
    assert any(old in line for line in source[name]), old
    return {**source, name: [line.replace(old, new) for line in source[name]]}


def folder(path: Path, source: Tables, *, encoding: str = "utf-8", separator: str = ";") -> Path:
    """Write a package as a folder of CSV files."""
    path.mkdir(parents=True, exist_ok=True)
    for old in path.glob("*.csv"):
        old.unlink()
    for name, lines in source.items():
        text = "\r\n".join(line.replace(";", separator) for line in lines) + "\r\n"
        (path / f"{name}.csv").write_bytes(text.encode(encoding))
    return path


def zipped(path: Path, source: Tables, *, inside: str = "") -> Path:
    """Write a package as a ZIP, within a folder when `inside` names one."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in source.items():
            archive.writestr(f"{inside}{name}.csv", "\n".join(lines))
    return path


def bring(journal: Journal, *paths: Path, source_name: str | None = None) -> ImportReport:
    """Import paths at a fixed moment, silently."""
    return import_files(
        journal, paths, source_name=source_name, imported_at=MOMENT, progress=Silent()
    )


def contents(journal: Journal) -> list[str]:
    """All a journal holds, bookkeeping included, as text to compare."""
    return list(journal.connection.iterdump())


def truth(name: str) -> dict[str, dict[str, object]]:
    """The truths of one of the sample packages."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))
