"""What a stranger reads first on a medium: ОПИСАНИЕ.txt and index.html of the whole medium."""

from __future__ import annotations

import re
from contextlib import contextmanager
from html import escape, unescape
from itertools import groupby
from typing import TYPE_CHECKING

from archive import pages
from archive.durable import files_below
from archive.medium import BAGS, Medium
from archive.names import DESCRIPTION_NAME
from archive.retention import PERMANENT
from archive.span import set_in_words
from archive.validation import payload_oxum, read_bag_info
from docgen.core.errors import MediumFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archive.volume import BagRecord, Volume

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_YEAR = re.compile(r"(\d{4})-(\d{4})_")  # how names of cases begin (archive.md, Layout)

_PAPERS = (
    (re.compile(r"handover-0*(\d+)\.pdf"), "Акт передачи № {}"),
    (re.compile(r"handover-0*(\d+)\.json"), "Запись акта № {} для программ"),
    (re.compile(r"disposal-0*(\d+)\.pdf"), "Акт о выделении к уничтожению № {}"),
    (re.compile(r"disposed\.csv"), "Список уничтоженных дел таблицей"),
    (re.compile(r"label\.pdf"), "Наклейка на носитель"),
    (re.compile(r"opis\.pdf"), "Опись дел"),
    (re.compile(r"opis\.csv"), "Опись дел таблицей, с контрольными суммами дел"),
    (re.compile(r"passport\.pdf"), "Паспорт носителя"),
)
_LINK = re.compile(r'<a href="([^"]+)">([^<]+)</a>')


def description(medium: Medium, volume: Volume) -> bytes:
    """Write ОПИСАНИЕ.txt: what lies where, how to find a document, how to check it all.

    Raises MediumFault for a case whose description is gone or damaged.
    """
    facts = _facts(medium, volume)
    return f"""\
ЭЛЕКТРОННЫЙ АРХИВ

{pages.facts_as_text(facts)}
{_discs_as_text(volume)}
ЧТО ЗДЕСЬ ЛЕЖИТ
  bags/                   дела: каждая папка — одно дело с одним сроком хранения
  docs/                   опись дел, паспорт и наклейка носителя, акты передачи
  tools/                  программы проверки
  index.html              перечень дел, открывается в любом браузере
  volume.json             карточка носителя для программ
  volume-sha512.txt       контрольные суммы (SHA-512) всего, что лежит вне дел
  volume-sha512.txt.p7s   печать: электронная подпись этого списка

КАК НАЙТИ ДОКУМЕНТ
Откройте index.html: дела стоят там по годам, рядом с каждым — его документы (PDF) и таблицы (CSV),
из которых документы сделаны. Таблицы открываются в Excel, LibreOffice и в любом редакторе текста.
Что есть что, написано на странице дела. Программы, которой архив сделан, для этого не нужно.

КАК ПРОВЕРИТЬ, ЧТО НИЧЕГО НЕ ИЗМЕНИЛОСЬ
Команды запускаются в этой папке, где лежит ОПИСАНИЕ.txt:
  Windows:        откройте папку tools и запустите verify.cmd
  Linux, macOS:   sh tools/verify.sh
  Python:         python3 tools/verify.py
Проверка ничего не меняет и называет каждый испорченный файл. Если она нашла ошибку, не пишите на
носитель: позовите того, кто отвечает за архив. Второй такой же экземпляр хранится отдельно.

{pages.AUTHENTICITY}
Бумага. Эта команда печатает SHA-512 файла docs/opis.csv:
  Linux:      sha512sum docs/opis.csv
  macOS:      shasum -a 512 docs/opis.csv
  Windows:    certutil -hashfile docs\\opis.csv SHA512
Та же сумма напечатана на наклейке и в паспорте носителя. В самом docs/opis.csv стоит сумма каждого
дела: это SHA-512 файла tagmanifest-sha512.txt в папке дела. Она же напечатана в акте передачи этого
дела, под подписями (номера актов — в именах docs/handover-001.pdf и далее). Бумага решает, какой
экземпляр верен.

Печать списка носителя (если рядом лежит volume-sha512.txt.p7s), ИМЯ — любое дело:
  openssl cms -verify -binary -inform DER -in volume-sha512.txt.p7s \\
    -content volume-sha512.txt -CAfile bags/ИМЯ/evidence/trust-1.pem \\
    -no_check_time -purpose any -out /dev/null
{pages.SEAL_ANSWER}
Печать самого дела проверяется так же: команда стоит в его ОПИСАНИЕ.txt.

IN ENGLISH
{pages.wrapped(f"An archive of school records of {volume.organisation}.")}
{pages.wrapped(f"School years: {facts.get('Годы', '-')}. Contact: {volume.contact}.")}
Each folder in bags/ is a BagIt 1.0 bag (RFC 8493): one case with one retention term. Open
index.html to find a document. To check the medium, run one of the scripts in tools/; they change
nothing. Sums that match do not prove authenticity: compare the SHA-512 of docs/opis.csv with the
paper label, and that of the tagmanifest-sha512.txt of a bag with the signed act. A second copy of
this medium is kept elsewhere.
""".encode()


def index(medium: Medium, volume: Volume, hint: str = "") -> bytes:
    """Write index.html: cases by year with links to documents and tables, long terms first.

    `hint` is a sentence of the owner on where to look. Raises MediumFault for a case whose
    description is gone or damaged.
    """
    cases = [(record, _info(medium, record)) for record in volume.bags]
    cases.sort(key=lambda case: _until(case[1]), reverse=True)
    cases.sort(key=lambda case: _heading(case[0]))
    tables = [
        pages.table(
            heading,
            ("Дело", "Документы", "Таблицы", "Хранить до", "Объём"),
            [_case(medium, record, info) for record, info in group],
        )
        for heading, group in groupby(cases, key=lambda case: _heading(case[0]))
    ]
    papers = [
        (f"docs/{path}", _paper(path), pages.russian_size(status.st_size))
        for path, status in files_below(medium.folder / "docs")
    ]
    tables += [pages.file_table("Бумаги носителя", papers)] if papers else []
    tables += [_disc_table(volume)] if set_in_words(volume) else []
    about = f"Как проверить архив: {pages.link(DESCRIPTION_NAME, DESCRIPTION_NAME)}."
    find = "Чтобы найти класс или период, нажмите Ctrl+F."
    title = f"Электронный архив, носитель № {volume.inventory_number}"
    words = " ".join(filter(None, (escape(hint), find, about)))
    return pages.page(
        title, volume.organisation, _facts(medium, volume), [f"<p>{words}</p>", *tables]
    )


def _facts(medium: Medium, volume: Volume) -> dict[str, str]:
    years = sorted({f"{found[1]}/{found[2]}" for row in volume.bags if (found := _years(row))})
    terms = [_until(_info(medium, record)) for record in volume.bags]
    facts = {
        "Организация": volume.organisation,
        "Инвентарный номер": volume.inventory_number,
        "Экземпляр": volume.role.label,
        "Подготовлен": pages.russian_date(volume.prepared.date()),
        "Годы": ", ".join(years),
        "Дел на носителе": str(len(volume.bags)),
        "Последнее хранить до": _in_words(max(terms, default="")),
        "Кого спросить": volume.contact,
        "Обозначение тома": volume.identifier.urn,
    }
    if words := set_in_words(volume):
        facts["Набор дисков"] = words
    if volume.confirmation is not None:
        facts["Об устройствах"] = volume.confirmation.explanation
        facts["Подтверждено"] = volume.confirmation.text
    return {name: text for name, text in facts.items() if text}


def _years(record: BagRecord) -> re.Match[str] | None:
    return _YEAR.match(record.name)


def _until(info: Mapping[str, str]) -> str:
    """The last day of the term as text that sorts by time: 2051-12-31, «permanent» after all."""
    return info.get("Retention-Until", "")


def _in_words(until: str) -> str:
    return "постоянно" if until == PERMANENT else _DATE.sub(r"\3.\2.\1", until)


def _heading(record: BagRecord) -> str:
    years = _years(record)
    return f"Дела {years[1]}/{years[2]} учебного года" if years else "Дела"


def _info(medium: Medium, record: BagRecord) -> Mapping[str, str]:
    with _told(medium, record):
        return read_bag_info(medium.bags / record.name)


@contextmanager
def _told(medium: Medium, record: BagRecord) -> Iterator[None]:
    """Tell of a case that cannot be described."""
    try:
        yield
    except (OSError, KeyError, ValueError) as fault:
        raise MediumFault(
            f"Описание дела «{record.name}» пропало или испорчено.",
            where=medium.label,
            remedy="Проверьте носитель: docgen archive audit --full. Пока дело не"
            " восстановлено, список носителя подписывать нельзя.",
        ) from fault


def _case(medium: Medium, record: BagRecord, info: Mapping[str, str]) -> list[str]:
    """One row of the list of cases, finished HTML."""
    bag = medium.bags / record.name
    with _told(medium, record):
        size, _ = payload_oxum(bag)
        files = [path for path, _ in files_below(bag / "data")]
        page = (bag / "index.html").read_text(encoding="utf-8")
    captions = {unescape(target): unescape(name) for target, name in _LINK.findall(page)}
    place = f"{BAGS}/{record.name}"
    return [
        pages.link(f"{place}/index.html", info.get("External-Description", record.name)),
        "<br>".join(_links(place, files, ".pdf", {})),
        "<br>".join(_links(place, files, ".csv", captions)),
        escape(_in_words(_until(info))),
        escape(pages.russian_size(size)).replace(" ", "&nbsp;"),
    ]


def _links(
    place: str, files: Sequence[str], suffix: str, captions: Mapping[str, str]
) -> Iterator[str]:
    for path in files:
        if path.endswith(suffix):
            name = captions.get(f"data/{path}", path.rpartition("/")[2])
            yield pages.link(f"{place}/data/{path}", name)


def _paper(path: str) -> str:
    """Name a paper of the medium: «Акт передачи № 1 (handover-001.pdf)»."""
    for pattern, words in _PAPERS:
        if found := pattern.fullmatch(path):
            return f"{words.format(*found.groups())} ({path})"
    return path


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
