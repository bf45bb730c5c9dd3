"""The tables of the «Школьный пакет» v1 (`journal.md` 2) and their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docgen.journal.codes import Grading, Scheme, tidy
from docgen.journal.model import (
    Attendance,
    CalendarDay,
    ClassUnit,
    Decision,
    FinalMark,
    GroupMember,
    Guardian,
    Period,
    Staff,
    Subject,
    WorkKind,
)
from docgen.journal.sources import package_rows, values

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key, its other headers, how a cell is read and what an empty one means.

    A `required` column has to be there; its cells have to be filled unless `blank` says that an
    empty one is the business of the checks (a topic: LS-02, a date of birth: ST-03), or its cell
    says «нет данных» where `unknown` allows that: many systems do not tell the value. `after`
    names the column a twin header stands behind («Дата» of decisions).
    """

    key: str
    names: tuple[str, ...]
    read: Callable[[str], Any] = tidy
    required: bool = False
    blank: bool = False
    empty: Any = ""
    after: str = ""
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table of the package: file and sheet names, columns, and how a row becomes entities.

    `anchor` is the column whose address stands for the row; `silent` the column that makes an
    empty row of no matter (no mark, no absence); `whole` the tables it is the full state of.
    """

    name: str
    sheet: str
    columns: tuple[Column, ...]
    build: package_rows.Build
    required: bool = False
    anchor: str = ""
    silent: str = ""
    whole: tuple[str, ...] = ()


def _must(key: str, *names: str, read: Callable[[str], Any] = tidy) -> Column:
    return Column(key, names, read, required=True)


def _told(key: str, *names: str, read: Callable[[str], Any] = tidy, empty: Any = "") -> Column:
    return Column(key, names, read, required=True, empty=empty, unknown=True)


def _checked(key: str, *names: str, read: Callable[[str], Any] = tidy, empty: Any = "") -> Column:
    return Column(key, names, read, required=True, blank=True, empty=empty)


def _may(key: str, *names: str, read: Callable[[str], Any] = tidy, empty: Any = "") -> Column:
    return Column(key, names, read, empty=empty)


_ID = values.identifier
_GROUP = _must("group_id", "Группа", read=_ID)
_DATE = _must("date", "Дата", read=values.day)
_NUMBER = _must("number", "№ урока", "Номер урока", "Урок", read=values.lesson_number)
_PUPIL = _must("student_id", "Учащийся", "Ученик", read=_ID)
_KIND = _may("work_kind", "Вид работы", read=_ID)
_SET_AT = _may("set_at", "Выставлена", read=values.moment)
_LAST = _told("last", "Фамилия")
_FIRST = _told("first", "Имя")
_MIDDLE = _may("middle", "Отчество")
_START = _may("start", "С", "from", read=values.day, empty=None)
_END = _may("end", "По", "to", read=values.day, empty=None)

_REGISTRY = (
    _told("number", "№", "Номер"),
    _may("date", "Дата", read=values.day, empty=None),
    _may("kind", "Вид"),
    _may("subject", "Субъект", "student_id", read=_ID),
    _may("status", "Статус"),
    _may("file", "Файл"),
)

TABLES: tuple[TableSpec, ...] = (
    TableSpec(
        "school",
        "Школа",
        (
            _must("full_name", "Наименование", "Полное наименование"),
            _may("short_name", "Краткое", "Краткое наименование"),
            _may("inn", "ИНН"),
            _may("ogrn", "ОГРН"),
            _told("address", "Адрес"),
            _told("city", "Населённый пункт"),
            _may("phone", "Телефон"),
            _may("email", "E-mail", "Почта"),
            _told("director", "Директор", "director_id"),
            _may("founder", "Учредитель"),
        ),
        package_rows.school,
        required=True,
        whole=("school",),
    ),
    TableSpec(
        "periods",
        "Периоды",
        (
            _must("year", "Год", read=values.school_year),
            _must("code", "Код", read=values.period_code),
            _must("kind", "Вид", read=values.period_kind),
            _must("name", "Название", "name_ru"),
            _must("start", "Начало", read=values.day),
            _must("end", "Конец", read=values.day),
            _may("grades", "Классы", "Параллели", read=values.grades),
        ),
        package_rows.entity(Period),
        required=True,
    ),
    TableSpec(
        "calendar",
        "Календарь",
        (
            _DATE,
            _must("kind", "Вид", read=values.day_kind),
            _may("note", "Примечание"),
            _may("grades", "Классы", "Параллели", read=values.grades),
        ),
        package_rows.entity(CalendarDay),
    ),
    TableSpec(
        "staff",
        "Сотрудники",
        (
            _must("staff_id", "Табельный/ID", "Табельный", "ID", read=_ID),
            _LAST,
            _FIRST,
            _MIDDLE,
            _may("gender", "Пол", read=values.gender),
            _told("position", "Должность"),
            _may("roles", "Роли"),
            _START,
            _END,
        ),
        package_rows.entity(Staff),
    ),
    TableSpec(
        "classes",
        "Классы",
        (
            _must("class_id", "Класс", "name", read=values.class_name),
            _must("grade", "Параллель", read=values.whole),
            _may("letter", "Литера"),
            _checked("class_teacher_id", "Классный руководитель", "class_teacher", read=_ID),
            _may("profile", "Профиль"),
            _may(
                "scheme",
                "Схема периодов",
                "period_scheme",
                read=values.scheme,
                empty=Scheme.QUARTERS,
            ),
            _may("six_day", "Шестидневка", read=values.yes_no, empty=False),
        ),
        package_rows.entity(ClassUnit),
        required=True,
    ),
    TableSpec(
        "students",
        "Учащиеся",
        (
            _must("student_id", "ID", read=_ID),
            _LAST,
            _FIRST,
            _MIDDLE,
            _told("gender", "Пол", read=values.gender),
            _checked("birth_date", "Дата рождения", read=values.day, empty=None),
            _may("personal_file_no", "№ личного дела", "Номер личного дела"),
            _told("class_id", "Класс", read=values.class_name),
            _may("start", "Зачислен с", "Зачислен", read=values.day, empty=None),
            _may("start_order", "Приказ о зачислении"),
            _may("end", "Выбыл", read=values.day, empty=None),
            _may("end_order", "Приказ о выбытии"),
            _may("list_no", "№ по списку", "Номер по списку", read=values.whole, empty=None),
        ),
        package_rows.student,
        required=True,
        whole=("enrollments",),
    ),
    TableSpec(
        "guardians",
        "Родители",
        (
            _must("guardian_id", "ID", read=_ID),
            _PUPIL,
            _LAST,
            _FIRST,
            _MIDDLE,
            _told("relation", "Степень родства", read=values.relation),
            _may("document", "Документ", "doc", "doc_type", "type"),
            _may("series", "Серия", "doc_series"),
            _may("number", "Номер", "doc_no", "no", "doc_number"),
            _may("issued_by", "Выдан", "by", "doc_issued_by"),
            _may("issued_on", "Дата выдачи", "issued", "doc_issued", read=values.day, empty=None),
            _may("address", "Адрес"),
            _may("phone", "Телефон"),
            _may("email", "E-mail", "Почта"),
            _may("paper_delivery", "Бумажное информирование", read=values.yes_no, empty=False),
            _may("interval", "Периодичность"),
        ),
        package_rows.entity(Guardian),
    ),
    TableSpec(
        "subjects",
        "Предметы",
        (
            _must("subject_id", "ID", read=_ID),
            _must("name", "Название"),
            _may("short", "Сокращение"),
            _may("area", "Область"),
            _may("order", "Порядок", read=values.whole, empty=0),
            _may("grading", "Система", read=values.grading, empty=Grading.MARKS),
        ),
        package_rows.entity(Subject),
        required=True,
    ),
    TableSpec(
        "groups",
        "Группы",
        (
            _must("group_id", "ID", read=_ID),
            _must("class_ids", "Класс", "class_id", "Классы", read=values.class_names),
            _must("subject_id", "Предмет", read=_ID),
            _may("subgroup", "Подгруппа"),
            _checked("teacher_ids", "Учитель", "teacher_id", "Учителя", read=values.identifiers),
            _told("hours_week", "Часов в неделю", read=values.number, empty=None),
            *(
                _may(f"plan_{code.lower()}", f"План часов {code}", read=values.number, empty=None)
                for code in package_rows.PLAN_PERIODS
            ),
        ),
        package_rows.group,
        required=True,
    ),
    TableSpec(
        "group_members",
        "СоставГрупп",
        (_GROUP, _PUPIL, _START, _END),
        package_rows.entity(GroupMember),
        whole=("group_members",),
    ),
    TableSpec(
        "work_kinds",
        "ВидыРабот",
        (
            _must("code", "Код", read=_ID),
            _must("name", "Название"),
            _may("weight", "Вес", read=values.number, empty=None),
            _may("is_control", "Контрольная", read=values.yes_no, empty=False),
            _may("days", "Срок проверки, дней", "Срок проверки", read=values.whole, empty=None),
        ),
        package_rows.entity(WorkKind),
    ),
    TableSpec(
        "lessons",
        "Уроки",
        (
            _GROUP,
            _DATE,
            _NUMBER,
            _checked("topic", "Тема"),
            _may("homework", "Домашнее задание", "ДЗ"),
            _KIND,
            _may("teacher_id", "Учитель", "teacher", read=_ID),
            _may("substitute", "Замена", "substitute_id", read=_ID),
            _may("substitution_order", "Приказ", "order"),
            _may("entered_at", "Внесено", read=values.moment),
        ),
        package_rows.lesson,
        required=True,
        anchor="topic",
        whole=("lessons",),
    ),
    TableSpec(
        "marks",
        "Отметки",
        (
            _GROUP,
            _DATE,
            _NUMBER,
            _PUPIL,
            _checked("raw", "Отметка"),
            _KIND,
            _may("weight", "Вес", read=values.number, empty=None),
            _SET_AT,
            _may("set_by", "Кем", read=_ID),
        ),
        package_rows.mark,
        anchor="raw",
        silent="raw",
        whole=("marks",),
    ),
    TableSpec(
        "attendance",
        "Посещаемость",
        (_GROUP, _DATE, _NUMBER, _PUPIL, _checked("code", "Код"), _may("reason", "Причина")),
        package_rows.entity(Attendance),
        anchor="code",
        silent="code",
        whole=("attendance",),
    ),
    TableSpec(
        "final_marks",
        "Итоговые",
        (
            _PUPIL,
            _must("subject_id", "Предмет", read=_ID),
            _must("period", "Период", read=values.period_code),
            _checked("raw", "Отметка"),
            _SET_AT,
            _may("motive", "Обоснование"),
        ),
        package_rows.entity(FinalMark),
        anchor="raw",
        silent="raw",
        whole=("final_marks",),
    ),
    TableSpec(
        "decisions",
        "Решения",
        (
            _PUPIL,
            _must("result", "Результат", read=values.result),
            _may("protocol_no", "Протокол №", "Протокол"),
            Column(
                "protocol_date",
                ("Дата протокола", "Дата", "date"),
                values.day,
                empty=None,
                after="protocol_no",
            ),
            _may("order_no", "Приказ №", "Приказ"),
            Column(
                "order_date",
                ("Дата приказа", "Дата", "date"),
                values.day,
                empty=None,
                after="order_no",
            ),
            _may("target_class", "Класс назначения", read=values.class_name),
        ),
        package_rows.entity(Decision),
    ),
    TableSpec("consents", "Согласия", _REGISTRY, package_rows.record("consents"), anchor="number"),
    TableSpec(
        "applications", "Заявления", _REGISTRY, package_rows.record("applications"), anchor="number"
    ),
    TableSpec("orders", "Приказы", _REGISTRY, package_rows.record("orders"), anchor="number"),
)
