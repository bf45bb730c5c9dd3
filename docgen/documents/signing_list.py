"""Who signs which sheets (R2-R6): from the volumes' contents to a list people can work from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from docgen import russian


class Row(Protocol):
    """A section of a volume."""

    @property
    def title(self) -> str:
        """What stands on its line of the contents."""
        ...

    @property
    def teacher(self) -> str:
        """Who signs its sheets, several joined by commas; "" when nobody is named."""
        ...

    @property
    def first(self) -> int:
        """Its first sheet."""
        ...

    @property
    def last(self) -> int:
        """Its last sheet."""
        ...


@dataclass(frozen=True, slots=True)
class VolumeContents:
    """A volume's class, number and sections; `class_sections` are signed by the class teacher.

    `case` names a volume that is not of the journal itself: «сводная ведомость».
    """

    class_id: str
    volume: int
    volumes: int
    class_teacher: str
    rows: Sequence[Row]
    class_sections: frozenset[str]
    case: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A person and what waits for a signature: «7А, Алгебра: листы 19–21»."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SigningList:
    """The whole list; context of `signing-list`.

    school, period: the school, «1 четверть, 2025/2026 учебный год»
    teachers, class_teachers: who signs what, by name
    steps: what comes then, Russian sentences
    """

    school: str
    period: str
    teachers: tuple[Person, ...]
    class_teachers: tuple[Person, ...]
    steps: tuple[str, ...]


def signing_list(
    school: str, period: str, volumes: Sequence[VolumeContents], people: Mapping[str, str]
) -> SigningList:
    """Gather the list; `people` names deputy, director and secretary («» for a blank)."""
    teachers: dict[str, list[str]] = {}
    class_teachers: dict[str, list[str]] = {}
    for volume in volumes:
        label = volume.class_id + (f", {volume.case}" if volume.case else "")
        label += f", том {volume.volume}" if volume.volumes > 1 else ""
        class_teachers.setdefault(volume.class_teacher, []).append(
            f"{label}, титульный лист: лист 1"
        )
        for row in volume.rows:
            own = row.title in volume.class_sections
            target = class_teachers if own else teachers
            for name in row.teacher.split(", ") if row.teacher else [""]:
                target.setdefault(name, []).append(f"{label}, {row.title}: {_sheets(row)}")
    return SigningList(
        school=school,
        period=period,
        teachers=_people(teachers),
        class_teachers=_people(class_teachers),
        steps=(
            (
                f"Заместитель директора{_who(people, 'deputy')} подписывает титульные листы "
                "и ведомости и сдаёт копии секретарю под подпись в журнале сдачи документов "
                "строгой отчётности."
            ),
            (
                f"Директор{_who(people, 'director')} подписывает титульные листы и ведомости; "
                "ставится печать школы."
            ),
            (
                f"Секретарь{_who(people, 'secretary')} нумерует и прошивает листы, подписывает "
                "внутреннюю опись и лист-заверитель, убирает тома в архив."
            ),
        ),
    )


def _sheets(row: Row) -> str:
    if row.first == row.last:
        return f"лист {row.first}"
    return f"листы {row.first}–{row.last}"


def _people(found: Mapping[str, Sequence[str]]) -> tuple[Person, ...]:
    return tuple(
        Person(name or "(учитель не указан)", tuple(lines))
        for name, lines in sorted(found.items(), key=lambda item: russian.sort_key(item[0]))
    )


def _who(people: Mapping[str, str], role: str) -> str:
    return f" {people[role]}" if people.get(role) else ""
