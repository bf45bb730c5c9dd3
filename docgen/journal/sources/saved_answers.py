"""Saved answers of journal systems: which system a path is of, its files, whose answers they are.

A person saves what the journal's site answers: a folder, a ZIP of it, or one file. Files are told
apart by what stands in them. Answers about one pupil often carry no name; then `index.csv` beside
them tells it: folder or file; full name; class if the answers do not tell it (`journal.md` 2.1).
"""

from __future__ import annotations

import hashlib
import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from docgen.core.errors import InputFault
from docgen.journal.codes import tidy
from docgen.journal.sources import containers
from docgen.journal.sources.containers import Member
from docgen.journal.sources.tabular import csv_table, find_column
from docgen.journal.sources.values import class_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_SIGNS: Mapping[str, tuple[str, ...]] = {
    "sgo": (
        "weekDays weekStart",
        "classmeetingId subjectName",
        "termName termTypeId",
        "chiefs classType",
        "name abbr isActive",
    ),
    "bars": (
        "discipline_marks",
        "total_marks_data",
        "summary_marks_data",
        "form_master pupils",
        "employees employer_jobs",
        "period_types subjects",
        "days discipline attendance",
    ),
    "dnevnik": (
        "id_str shortName",
        "id_str parentIds",
        "id_str textValue",
        "id_str works",
        "id_str finish",
        "id_str abbr",
        "person_str status",
        "per-subject-final-marks",
    ),
    "eljur": ("response result",),
    "fgis": ("school academYear", "academYear lesson"),
}
"""Keys of JSON that stand together in answers of one system and of no other."""

_SGO_REPORT = re.compile(rb"table-print|report-title-school|main-report-title", re.IGNORECASE)
_HEAD = 64 << 10
"""Bytes of a file that are looked at to recognise it."""
_LOOKED_AT = 500
"""Files of a folder that are looked at to recognise it."""

_ENCODINGS = {
    "windows-1251": "cp1251",
    "cp1251": "cp1251",
    "koi8-r": "koi8-r",
    "cp866": "cp866",
    "ibm866": "cp866",
}
"""Encodings a page may declare besides UTF-8, which is tried anyway."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

ANSWER_LIMIT = 32 << 20
"""Bytes one saved answer may take; a class's quarter takes 2 MB."""


def opened(path: Path) -> AbstractContextManager[Mapping[str, Member]]:
    """Open a folder, a ZIP, or one file as a folder of one. Raises InputFault as `containers`."""
    if path.is_dir() or containers.is_zip(path):
        return containers.opened(path)
    if not path.is_file():
        raise containers.unreadable(path)
    return nullcontext({path.name: Member(path.name, path.name, lambda: path.open("rb"))})


def is_of(path: Path, system: str) -> bool:
    """Tell by content whether a path holds answers of this system and of no other.

    One judgement for all systems, so that no two sources claim one path. Never raises.
    """
    found: set[str] = set()
    try:
        with opened(path) as members:
            for member in islice(members.values(), _LOOKED_AT):
                found |= _systems(head(member))
    except InputFault:
        return False
    return found == {system}


def head(member: Member) -> bytes:
    """Read the beginning of a file, as UTF-8 where it is UTF-16.

    Raises InputFault when it cannot be read.
    """
    start = next(containers.chunks(member), b"")[:_HEAD]
    if start.startswith(_UTF16):
        return start.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return start


def _systems(start: bytes) -> set[str]:
    bare = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if bare.startswith(b"<"):
        return {"sgo"} if _SGO_REPORT.search(start) else set()
    if not bare.startswith((b"{", b"[")):
        return set()
    keys = {key.decode("ascii") for key in re.findall(rb'"([\w-]{2,40})"\s*:', start)}
    return {
        system for system, signs in _SIGNS.items() if any(keys.issuperset(s.split()) for s in signs)
    }


def answers(members: Mapping[str, Member]) -> list[Member]:
    """List the files that may be answers: all but `index.csv`."""
    return [
        member for name, member in members.items()
        if PurePosixPath(name).name.casefold() != "index.csv"
    ]  # fmt: skip


def content(member: Member) -> tuple[bytes, str]:
    """Read a whole answer: its bytes and its SHA-256, hex.

    Raises InputFault for an empty or damaged file and for one above `ANSWER_LIMIT`.
    """
    pieces, size = [], 0
    for piece in containers.chunks(member):
        size += len(piece)
        if size > ANSWER_LIMIT:
            raise InputFault(
                f"Файл больше {ANSWER_LIMIT >> 20} МБ: ответы журнала такими не бывают.",
                where=member.address,
                remedy="Сохраните ответ за меньший срок или по одному классу.",
            )
        pieces.append(piece)
    data = b"".join(pieces)
    if not data.strip():
        raise InputFault(
            "Файл пуст.",
            where=member.address,
            remedy="Сохраните ответ журнала ещё раз или уберите файл, если данных нет.",
        )
    if b"\0" in data and not data.startswith(_UTF16):
        raise InputFault(
            "В файле есть нулевые байты: это не текст.",
            where=member.address,
            remedy="Сохраните ответ журнала ещё раз.",
        )
    return data, hashlib.sha256(data).hexdigest()


def decoded(data: bytes, declared: str = "") -> str | None:
    """Decode text: as it declares itself, else as UTF-8 (UTF-16 by its mark), else windows-1251."""
    marked = data.startswith(_UTF16)
    named = _ENCODINGS.get(declared.lower(), "utf-8-sig")
    for encoding in ("utf-16" if marked else named, "utf-8-sig", "cp1251"):
        try:
            return data.decode(encoding)
        except UnicodeError:
            continue
    return None


# Whose answers they are


@dataclass(frozen=True, slots=True)
class Named:
    """A pupil as a person named one: full name, surname first, and the class, "" if not told."""

    name: str
    class_id: str = ""


def named(text: str) -> Named | None:
    """Read «Фамилия Имя Отчество» or «Фамилия Имя Отчество; 7А»; None for an empty text."""
    name, _, unit = text.partition(";")
    return Named(tidy(name), class_name(unit) if unit.strip() else "") if tidy(name) else None


@dataclass(slots=True)
class Index:
    """The pupils behind folders and files, out of every `index.csv`, or the one pupil given."""

    given: Named | None = None
    pupils: dict[str, Named] = field(default_factory=dict)

    def pupil(self, name: str, address: str) -> Named:
        """Tell whose answer a file is. Raises InputFault when nothing tells it."""
        path = PurePosixPath(name)
        for place in (path, path.with_suffix(""), *path.parents):
            if found := self.pupils.get(str(place)):
                return found
        if self.given:
            return self.given
        raise InputFault(
            "В этом ответе нет имени учащегося, и index.csv о нём не говорит.",
            where=address,
            remedy="Положите рядом index.csv (файл или папка; ФИО; класс) и укажите всю папку; "
            "для ответов об одном учащемся назовите его при загрузке.",
        )


def index(members: Mapping[str, Member], student: str = "") -> Index:
    """Read every `index.csv` of a folder.

    Several rows may name one pupil. Raises InputFault for a table without its columns and for
    two names of one file.
    """
    result = Index(given=named(student))
    for name, member in members.items():
        path = PurePosixPath(name)
        if path.name.casefold() == "index.csv":
            for line, entry, pupil in _index_rows(member):
                place = str(path.parent / entry)
                other = result.pupils.setdefault(place, pupil)
                if other != pupil:
                    raise InputFault(
                        f"В списке учащихся «{entry}» стоит дважды, с разными именами.",
                        where=f"{member.address}, строка {line}",
                        remedy="Оставьте одну из двух строк.",
                    )
    return result


def _index_rows(member: Member) -> Iterator[tuple[int, str, Named]]:
    with csv_table(member) as table:
        places = [
            find_column(table.header, names)
            for names in (
                ("file", "файл", "папка", "folder"),
                ("ФИО", "учащийся", "ученик", "pupil", "student", "name"),
                ("класс", "class"),
            )
        ]
        if not (places[0] and places[1]):
            raise InputFault(
                "В списке учащихся нет столбцов «файл» и «ФИО».",
                where=table.where(table.header_line),
                remedy="Дайте столбцам заголовки file;ФИО;класс (класс не обязателен).",
            )
        for line, cells in table.rows:
            entry, name, unit = (
                tidy(cells[place[0]]) if place and place[0] < len(cells) else "" for place in places
            )
            if not entry or not name:
                raise InputFault(
                    "В строке списка учащихся не заполнены файл или имя.",
                    where=table.where(line),
                    remedy="Заполните их или уберите строку.",
                )
            yield line, entry.replace("\\", "/").strip("/"), Named(name, class_name(unit))
