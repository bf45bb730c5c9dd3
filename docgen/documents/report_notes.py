"""What the figures of reports mean, as this school counts them: numbered notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from docgen import russian
from docgen.documents.house import House
from docgen.journal.statistics import Formulas


@dataclass(slots=True)
class Notes:
    """The notes a report needs, numbered in the order in which they are asked for."""

    texts: Mapping[str, str]
    used: list[str] = field(default_factory=list)

    def number(self, name: str) -> str:
        """The number of a note."""
        if name not in self.used:
            self.used.append(name)
        return str(self.used.index(name) + 1)

    @property
    def lines(self) -> tuple[str, ...]:
        """The notes to be printed, in the order of their numbers."""
        return tuple(self.texts[name] for name in self.used)


def notes_of(formulas: Formulas) -> Notes:
    """The definitions of every figure as this school counts it (documents.md, 3 h2)."""
    weights = ", ".join(f"«{mark}» – {_plain(weight)}" for mark, weight in formulas.weights.items())
    fails = " и «н/а»" if formulas.not_attested_fails else ""
    if formulas.not_attested_counts:
        counted = (
            f"отметок за период вместе с «н/а» (вес «н/а» – {_plain(formulas.not_attested_weight)})"
        )
    else:
        counted = "отметок за период, выраженных числом («н/а» не входит)"
    texts = {
        "pupils": "Учащиеся, у которых за период есть хотя бы одна отметка или «н/а» по предмету "
        "с отметками.",
        "pupil_success": "По учащимся: доля учащихся, у которых за период нет отметок ниже "
        f"«3»{fails}.",
        "pupil_quality": "По учащимся: доля учащихся, у которых за период нет отметок ниже «4» "
        "и нет «н/а».",
        "mark_success": f"По отметкам: доля отметок «5», «4» и «3» среди всех {counted}.",
        "mark_quality": f"По отметкам: доля отметок «5» и «4» среди всех {counted}.",
        "mastery": "СОУ – степень обученности учащихся: сумма весов отметок, делённая на число "
        f"{counted}; веса: {weights}.",
        "average": "Среднее всех отметок за период, выраженных числом.",
        "lone": "Одна отметка «4» (или «3») за период, остальные выше, «н/а» нет.",
        "days": "День пропущен, если учащийся не был ни на одном уроке этого дня; у дня есть "
        "причина, если она одна у всех его уроков. «Н» без причины считается пропуском без "
        "уважительной причины.",
        "attendance": "100 % минус доля пропущенных уроков среди всех уроков, на которых учащиеся "
        "должны были быть.",
        "movement": "Прибывший в течение периода – зачисленный после его первого дня, выбывший – "
        "отчисленный или переведённый в другой класс до его последнего дня.",
        "topic": "Тема не записана, если поле пусто, в нём прочерк или меньше трёх букв.",
        "homework": "Запись «не задано» – тоже запись; контрольные работы, 1 класс и предметы, "
        "освобождённые настройками школы, задания не требуют.",
        "late": "Срок урока – его день, срок отметки – время проверки этого вида работ. "
        "Считаются записи, у которых журнал хранит время внесения; если таких нет – "
        "«нет данных» или «не проверялось».",
        "teacher": "Учитель – тот, кто провёл урок (при замене – заменивший). Урок нескольких "
        "классов считается один раз.",
        "unexplained": "Пропуск без причины: «Н», у которой причина не указана.",
        "visits": "Журнал, загруженный в программу, не хранит входов пользователей.",
    }
    return Notes({name: russian.nbsp_text(text) for name, text in texts.items()})


def _plain(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def formulas_of(house: House) -> Formulas:
    """How the school counts, as section [reports] of documents.toml says."""
    told = house.details["reports"]
    return Formulas(
        weights={mark: float(told[f"sou_{mark}"]) for mark in (5, 4, 3, 2, 1)},
        not_attested_weight=float(told["sou_not_attested"]),
        not_attested_counts=told["not_attested_counts"],
        not_attested_fails=told["not_attested_fails"],
    )
