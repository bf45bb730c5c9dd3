"""The invented school's year: periods, vacations, holidays, and what orders say of pupils."""

from __future__ import annotations

import datetime as dt

from docgen.russian import date_numeric

YEAR = "2025/2026"
PERIODS = (
    ("Q1", "четверть", "1 четверть", dt.date(2025, 9, 1), dt.date(2025, 10, 24)),
    ("Q2", "четверть", "2 четверть", dt.date(2025, 11, 5), dt.date(2025, 12, 30)),
    ("Q3", "четверть", "3 четверть", dt.date(2026, 1, 12), dt.date(2026, 3, 27)),
    ("Q4", "четверть", "4 четверть", dt.date(2026, 4, 6), dt.date(2026, 5, 26)),
    ("Y", "год", "Год", dt.date(2025, 9, 1), dt.date(2026, 5, 26)),
)
VACATIONS = (
    (dt.date(2025, 10, 25), dt.date(2025, 11, 4), "осенние каникулы", ""),
    (dt.date(2025, 12, 31), dt.date(2026, 1, 11), "зимние каникулы", ""),
    (dt.date(2026, 2, 14), dt.date(2026, 2, 22), "дополнительные каникулы", "1"),
    (dt.date(2026, 3, 28), dt.date(2026, 4, 5), "весенние каникулы", ""),
)
HOLIDAYS = (
    (dt.date(2026, 2, 23), "День защитника Отечества"),
    (dt.date(2026, 3, 9), "перенос с 8 марта"),
    (dt.date(2026, 5, 1), "Праздник Весны и Труда"),
    (dt.date(2026, 5, 11), "перенос с 9 мая"),
)
ARRIVED = (dt.date(2025, 9, 15), "47-у", dt.date(2025, 9, 12))
LEFT = (dt.date(2025, 10, 10), "63-у", dt.date(2025, 10, 10))
EXEMPT = ("ФЗК", "44-у", dt.date(2025, 9, 1))
ADMISSION = {"1А": ("31-у", dt.date(2025, 8, 28)), "7А": ("29-у", dt.date(2019, 8, 28))}
LOCAL_ACTS = (
    ("101-о", "о переходе на электронный журнал"),
    ("102-о", "об утверждении локальных актов"),
    ("103-о", "о назначении ответственных за ведение электронного журнала"),
)
FIRST_DAY, LAST_DAY = PERIODS[0][3:]
MARKED = "7А"


def school_days(start: dt.date, end: dt.date, grade: int) -> list[dt.date]:
    """List the school days of a grade between two dates, in a five-day week."""
    closed = {day for day, _note in HOLIDAYS}
    for first, last, _note, grades in VACATIONS:
        if not grades or grades == str(grade):
            closed.update(first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    span = (start + dt.timedelta(days=n) for n in range((end - start).days + 1))
    return [day for day in span if day.isoweekday() <= 5 and day not in closed]  # noqa: PLR2004


def order_text(number: str, date: dt.date) -> str:
    """Name an order as the package does: «№ 12-к от 24.09.2025»."""
    return f"№ {number} от {date_numeric(date)}"
