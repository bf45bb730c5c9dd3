"""What a stranger reads first on a medium: ОПИСАНИЕ.txt and index.html of the whole medium."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from archive import pages
from archive.durable import files_below
from archive.medium import BAGS, Medium
from archive.names import DESCRIPTION_NAME
from archive.span import set_in_words
from archive.validation import payload_oxum, read_bag_info
from docgen.core.errors import MediumFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.volume import BagRecord, Volume

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_YEAR = re.compile(r"(\d{4})-(\d{4})_")  # how names of cases begin (archive.md, Layout)

_PAPERS = {
    "handover-": "Акт передачи",
    "label": "Наклейка на носитель",
    "opis": "Опись дел",
    "passport": "Паспорт носителя",
}


def description(volume: Volume) -> bytes:
    """Write ОПИСАНИЕ.txt: what lies where, how to find a document, how to check it all."""
    return f"""\
ЭЛЕКТРОННЫЙ АРХИВ

{pages.facts_as_text(_facts(volume))}
{_discs_as_text(volume)}
ЧТО ЗДЕСЬ ЛЕЖИТ
  bags/               дела: каждая папка — одно дело с одним сроком хранения
  docs/               опись, паспорт носителя, акты
  tools/              проверка целостности
  index.html          перечень дел, открывается в любом браузере
  volume.json         карточка носителя
  volume-sha512.txt   контрольные суммы (SHA-512) всего, что лежит вне дел

КАК НАЙТИ ДОКУМЕНТ
Откройте index.html: дела стоят там по годам, рядом с каждым — его документы (PDF) и таблицы (CSV),
из которых документы сделаны. Таблицы открываются в Excel, LibreOffice и в любом редакторе текста.
Что есть что, написано на странице дела. Программы, которой архив сделан, для этого не нужно.

КАК ПРОВЕРИТЬ, ЧТО НИЧЕГО НЕ ИЗМЕНИЛОСЬ
  Windows:        откройте папку tools и запустите verify.cmd
  Linux, macOS:   sh tools/verify.sh
  Python:         python3 tools/verify.py
Проверка ничего не меняет и называет каждый испорченный файл. Если она нашла ошибку, не пишите на
носитель: позовите того, кто отвечает за архив. Второй такой же экземпляр хранится отдельно.

IN ENGLISH
An archive of school records. Each folder in bags/ is a BagIt 1.0 bag (RFC 8493): one case with one
retention term. Open index.html to find a document. To check the medium, run one of the scripts in
tools/; they change nothing. A second copy of this medium is kept elsewhere.
""".encode()


def index(medium: Medium, volume: Volume) -> bytes:
    """Write index.html: cases by year with links to documents and tables.

    Raises MediumFault for a case whose description is gone or damaged.
    """
    tables = [
        pages.table(
            heading,
            ("Дело", "Документы", "Таблицы", "Хранить до", "Объём"),
            [_case(medium, record) for record in records],
        )
        for heading, records in groupby(volume.bags, key=_heading)
    ]
    papers = [
        (f"docs/{path}", _paper(path), pages.russian_size(status.st_size))
        for path, status in files_below(medium.folder / "docs")
    ]
    tables += [pages.file_table("Бумаги носителя", papers)] if papers else []
    tables += [_disc_table(volume)] if set_in_words(volume) else []
    about = f"Как проверить архив: {pages.link(DESCRIPTION_NAME, DESCRIPTION_NAME)}."
    hint = "Чтобы найти класс или период, нажмите Ctrl+F."
    title = f"Электронный архив, носитель № {volume.inventory_number}"
    return pages.page(
        title, volume.organisation, _facts(volume), [f"<p>{about} {hint}</p>", *tables]
    )


def _facts(volume: Volume) -> dict[str, str]:
    facts = {
        "Организация": volume.organisation,
        "Инвентарный номер": volume.inventory_number,
        "Экземпляр": volume.role.label,
        "Подготовлен": pages.russian_date(volume.prepared.date()),
        "Дел на носителе": str(len(volume.bags)),
        "Кого спросить": volume.contact,
        "Обозначение тома": volume.identifier.urn,
    }
    if words := set_in_words(volume):
        facts["Набор дисков"] = words
    if volume.confirmation is not None:
        facts["Об устройствах"] = volume.confirmation.explanation
        facts["Подтверждено"] = volume.confirmation.text
    return facts


def _heading(record: BagRecord) -> str:
    years = _YEAR.match(record.name)
    return f"Дела {years[1]}/{years[2]} учебного года" if years else "Дела"


def _case(medium: Medium, record: BagRecord) -> list[str]:
    """One row of the list of cases, finished HTML."""
    bag = medium.bags / record.name
    try:
        info = read_bag_info(bag)
        size, _ = payload_oxum(bag)
        files = [path for path, _ in files_below(bag / "data")]
    except (OSError, KeyError, ValueError) as fault:
        raise MediumFault(
            f"Описание дела «{record.name}» пропало или испорчено.",
            where=medium.label,
            remedy="Проверьте носитель: docgen archive audit --full. Пока дело не"
            " восстановлено, список носителя подписывать нельзя.",
        ) from fault
    place = f"{BAGS}/{record.name}"
    until = _DATE.sub(r"\3.\2.\1", info.get("Retention-Until", ""))
    return [
        pages.link(f"{place}/index.html", info.get("External-Description", record.name)),
        "<br>".join(_links(place, files, ".pdf")),
        ", ".join(_links(place, files, ".csv")),
        escape("постоянно" if until == "permanent" else until),
        escape(pages.russian_size(size)).replace(" ", "&nbsp;"),
    ]


def _links(place: str, files: Sequence[str], suffix: str) -> Iterator[str]:
    for path in files:
        if path.endswith(suffix):
            yield pages.link(f"{place}/data/{path}", path.rpartition("/")[2])


def _paper(path: str) -> str:
    """Name a paper of the medium: «Акт передачи (handover-001.pdf)»."""
    kind = next((words for start, words in _PAPERS.items() if path.startswith(start)), "")
    return f"{kind} ({path})" if kind else path


def _disc_table(volume: Volume) -> str:
    rows = [
        [
            escape(str(disc.number)),
            escape(disc.inventory_number)
            + (" (этот диск)" if disc.volume == volume.identifier else ""),
            "<br>".join(map(escape, disc.bags)),
        ]
        for disc in volume.discs
    ]
    return pages.table("Все диски набора", ("Диск", "Инвентарный номер", "Дела"), rows)


def _discs_as_text(volume: Volume) -> str:
    if not set_in_words(volume):
        return ""
    lines = [
        f"  диск {disc.number}, № {disc.inventory_number}: {', '.join(disc.bags)}"
        for disc in volume.discs
    ]
    return "\n".join(["", "ВСЕ ДИСКИ НАБОРА", *lines, ""])
