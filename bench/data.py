"""The test unit of speed.md: class × subject × quarter on six pages, invented and seeded.

Pages: title, two grids (30 pupils × 25 lessons), two of topics (15 lessons each), final marks.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

PUPILS = 30
LESSONS = 25
TOPICS = 15
SUBJECTS = 14
PAGES = 6

_LAST = "Аветисян Белоусова Вяземский Гатажокова Дервиш Ёлкина Жиляева Заяц Ильина Карданов".split()
_FIRST = "Анна Борис Вера Глеб Дина Егор Зоя Инал Камила Лев".split()
_WORDS = (
    "повторение изученного материала решение задач по теме обобщение и систематизация знаний "
    "самостоятельная работа анализ ошибок применение формул при преобразовании выражений"
).split()


@dataclass(frozen=True)
class Unit:
    """One unit's texts, ready to be placed."""

    title: str
    names: tuple[str, ...]
    days: tuple[str, ...]
    marks: tuple[tuple[tuple[str, ...], ...], ...]  # two grids of rows of cells
    topics: tuple[tuple[tuple[str, str, str, str], ...], ...]  # two pages of rows
    finals: tuple[tuple[str, ...], ...]


def units(count: int, seed: int = 1) -> list[Unit]:
    """Make `count` different units."""
    rng = random.Random(seed)
    return [_unit(rng, number) for number in range(1, count + 1)]


def _unit(rng: random.Random, number: int) -> Unit:
    names = tuple(sorted(f"{rng.choice(_LAST)} {rng.choice(_FIRST)}" for _ in range(PUPILS)))

    def cell() -> str:
        return rng.choices(("", "5", "4", "3", "Н", "5/4"), (60, 12, 14, 8, 4, 2))[0]

    def text(words: int) -> str:
        return " ".join(rng.choice(_WORDS) for _ in range(words)).capitalize()

    return Unit(
        title=f"Алгебра, {number}",
        names=names,
        days=tuple(str(1 + day) for day in range(LESSONS)),
        marks=tuple(
            tuple(tuple(cell() for _ in range(LESSONS)) for _ in range(PUPILS)) for _ in range(2)
        ),
        topics=tuple(
            tuple(
                (str(row + 1), f"{row + 1:02d}.09.2025", text(8), text(5)) for row in range(TOPICS)
            )
            for _ in range(2)
        ),
        finals=tuple(tuple(rng.choice("345") for _ in range(SUBJECTS)) for _ in range(PUPILS)),
    )
