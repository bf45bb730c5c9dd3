"""The last step on a medium: papers, tools, the pages for a stranger, and the signed list."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import TYPE_CHECKING

from archive import manifest, pages
from archive.durable import files_below, sha512_of, write_durable
from archive.medium import BAGS, VOLUME_LIST, VOLUME_SEALS, Medium, is_foreign
from archive.names import DESCRIPTION_NAME, check_paths
from archive.validation import payload_oxum, read_bag_info
from docgen.core.errors import InputFault, MediumFault
from docgen.core.files import fsync_folder
from docgen.core.findings import finding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from archive.bag import Seal
    from archive.volume import Volume

TOOLS = ("verify.sh", "verify.cmd", "verify.py")


def finish_medium(
    medium: Medium, docs: Mapping[str, Path | bytes], *, seal: Seal | None = None
) -> str:
    """Write docs/, tools/, ОПИСАНИЕ.txt, index.html and volume-sha512.txt; returns its SHA-512.

    `docs` maps file names to files or bytes; documents of earlier runs stay. `seal` signs the list
    and leaves the signature beside it; a list that did not change keeps the signature it has.
    Raises InputFault for names or sources that cannot be used, MediumFault for the medium.
    """
    contents = _read(docs)
    with medium.lock():
        volume = medium.read()
        medium.sweep()
        with medium.faults():
            for folder in ("docs", "tools"):
                (medium.folder / folder).mkdir(exist_ok=True)
            fsync_folder(medium.folder)
            for name, content in contents.items():
                _place(medium.folder / "docs" / name, content)
            for name in TOOLS:
                _place(medium.folder / "tools" / name, _tool(name))
            _place(medium.folder / DESCRIPTION_NAME, _description(volume))
            _place(medium.folder / "index.html", _index(medium, volume))
            listed = manifest.write_list(
                {path: sha512_of(medium.folder / path) for path in listed_files(medium)}
            )
            if _place(medium.folder / VOLUME_LIST, listed, withdraw=VOLUME_SEALS):
                fsync_folder(medium.folder)
            if seal is not None and not (medium.folder / VOLUME_SEALS[0]).exists():
                seal(medium.folder / VOLUME_LIST)
                fsync_folder(medium.folder)
            digest = sha512_of(medium.folder / VOLUME_LIST)
        medium.read()
    if digest != hashlib.sha512(listed).hexdigest():
        raise MediumFault(
            "Носитель вернул не тот список, который на него записали.",
            where=medium.label,
            remedy="Замените носитель: доверять ему архив нельзя.",
        )
    return digest


def listed_files(medium: Medium) -> list[str]:
    """Name what volume-sha512.txt must hold: files outside bags, tag manifests and their seals.

    Seals of bags stand here because no list inside a bag can hold them. Raises OSError.
    """
    found: list[str] = []
    for entry in sorted(medium.folder.iterdir()):
        if entry.name == BAGS or is_foreign(entry):
            continue
        if entry.is_dir():
            found += [f"{entry.name}/{path}" for path, _ in files_below(entry)]
        elif entry.name not in {VOLUME_LIST, *VOLUME_SEALS}:
            found.append(entry.name)
    for bag in medium.bag_names():
        for name in (manifest.TAG_MANIFEST, *manifest.SEALS):
            if (medium.bags / bag / name).exists():
                found.append(f"{BAGS}/{bag}/{name}")
    return found


def _read(docs: Mapping[str, Path | bytes]) -> dict[str, bytes]:
    found = check_paths(docs, below="docs")
    found += [
        finding("AR-01", name, path=name, reason="это путь, а не имя файла")
        for name in docs
        if "/" in name
    ]
    if found:
        raise InputFault(
            "Документы носителя названы так, что записать их нельзя.",
            where="docs",
            remedy="Переименуйте файлы, названные ниже.",
            findings=found,
        )
    contents: dict[str, bytes] = {}
    for name, source in sorted(docs.items()):
        try:
            contents[name] = source if isinstance(source, bytes) else source.read_bytes()
        except OSError as fault:
            raise InputFault(
                f"Документ носителя не читается ({fault.strerror}).",
                where=str(source),
                remedy="Проверьте, что файл на месте и открывается, и повторите команду.",
            ) from fault
    return contents


def _place(path: Path, content: bytes, *, withdraw: tuple[str, ...] = ()) -> bool:
    """Write a file unless it is there as wanted; `withdraw` names seals of the old content."""
    if path.exists() and path.read_bytes() == content:
        return False
    for name in withdraw:
        path.with_name(name).unlink(missing_ok=True)
    write_durable(path, content)
    return True


def _tool(name: str) -> bytes:
    content = (resources.files("archive") / "tools" / name).read_bytes()
    return content.replace(b"\n", b"\r\n") if name.endswith(".cmd") else content


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
    if volume.confirmation is not None:
        facts["Об устройствах"] = volume.confirmation.explanation
        facts["Подтверждено"] = volume.confirmation.text
    return facts


def _description(volume: Volume) -> bytes:
    return f"""\
ЭЛЕКТРОННЫЙ АРХИВ

{pages.facts_as_text(_facts(volume))}

ЧТО ЗДЕСЬ ЛЕЖИТ
  bags/               дела: каждая папка — одно дело с одним сроком хранения
  docs/               опись, паспорт носителя, акты
  tools/              проверка целостности
  index.html          перечень дел, открывается в любом браузере
  volume.json         карточка носителя
  volume-sha512.txt   контрольные суммы (SHA-512) всего, что лежит вне дел

КАК ПРОВЕРИТЬ, ЧТО НИЧЕГО НЕ ИЗМЕНИЛОСЬ
  Windows:        откройте папку tools и запустите verify.cmd
  Linux, macOS:   sh tools/verify.sh
  Python:         python3 tools/verify.py
Проверка ничего не меняет и называет каждый испорченный файл. Если она нашла ошибку, не пишите на
носитель: позовите того, кто отвечает за архив. Второй такой же экземпляр хранится отдельно.

IN ENGLISH
An archive of school records. Each folder in bags/ is a BagIt 1.0 bag (RFC 8493): one case with one
retention term. To check it, run one of the scripts in tools/; they change nothing. A second copy
of this medium is kept elsewhere.
""".encode()


def _index(medium: Medium, volume: Volume) -> bytes:
    rows: list[tuple[str, str, str]] = []
    for record in volume.bags:
        bag = medium.bags / record.name
        try:
            title = read_bag_info(bag).get("External-Description", record.name)
            size, _ = payload_oxum(bag)
        except (OSError, KeyError, ValueError) as fault:
            raise MediumFault(
                f"Описание дела «{record.name}» пропало или испорчено.",
                where=medium.label,
                remedy="Проверьте носитель: docgen archive audit --full. Пока дело не"
                " восстановлено, список носителя подписывать нельзя.",
            ) from fault
        rows.append((f"{BAGS}/{record.name}/index.html", title, pages.russian_size(size)))
    papers = [
        (f"docs/{path}", path, pages.russian_size(status.st_size))
        for path, status in files_below(medium.folder / "docs")
    ]
    tables = [pages.file_table("Дела", rows, column="Дело")] if rows else []
    tables += [pages.file_table("Бумаги носителя", papers)] if papers else []
    title = f"Электронный архив, носитель № {volume.inventory_number}"
    return pages.page(title, volume.organisation, _facts(volume), tables)
