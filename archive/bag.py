"""Bags: one case as one BagIt 1.0 folder (RFC 8493), whole or absent, the same bytes every time.

Journals and summary sheets have different retention terms, so they never share a bag: disposal
removes whole bags (archive.md, Layout).
"""

from __future__ import annotations

import hashlib
import io
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from archive import manifest, pages
from archive.durable import CHUNK, files_below, part_of, start_writing, sync_tree
from archive.faults import told_as_medium_fault
from archive.names import DESCRIPTION_NAME, check_paths
from archive.parallel import each
from archive.retention import PERMANENT
from archive.validation import (
    PAYLOAD_DIGESTS,
    TAG_DIGESTS,
    Level,
    Profile,
    bag_digest,
    payload_oxum,
    validate,
)
from docgen.core.errors import Blocked, DocgenError, InputFault
from docgen.core.files import move_durably
from docgen.core.findings import finding
from docgen.core.reasons import reason

if TYPE_CHECKING:
    import datetime as dt

Seal = Callable[[Path], None]

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

SECTIONS = ("data", "metadata", "evidence")

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:docgen:bag")
_RESERVED = frozenset(
    {"Source-Organization", "External-Description", "External-Identifier", "Bagging-Date"}
    | {"Retention-Until", "Retention-Article", "Replaces", "Payload-Oxum"}
)
_HEADINGS = {
    "data": "Документы",
    "metadata": "Описание дела",
    "evidence": "Свидетельства подлинности подписей",
}


@dataclass(frozen=True, slots=True)
class BagSpec:
    """What goes into one bag.

    `files` maps POSIX paths that begin with `data/`, `metadata/` or `evidence/` to a file to copy
    or to the bytes themselves; `captions` gives some of the paths a Russian name for index.html.
    `retention_until` is the last day of the term, None for a case kept permanently. `legend` tells
    a stranger what signs in the tables mean: heading, then sign and meaning.
    `replaces` is the External-Identifier of the bag this one corrects. `info` adds lines to
    bag-info.txt. Without `identifier` the bag's UUID follows from `organisation` and `name`.
    """

    name: str
    title: str
    organisation: str
    bagging_date: dt.date
    retention_until: dt.date | None
    retention_article: str
    files: Mapping[str, Path | bytes]
    captions: Mapping[str, str] = field(default_factory=dict)
    replaces: str = ""
    info: Mapping[str, str] = field(default_factory=dict)
    legend: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    identifier: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class BagResult:
    """A bag that stands: its digest is the trust anchor printed in the act and on the label.

    `payload_bytes` and `payload_files` count `data/` alone; `created` is False when the same bag
    stood there already.
    """

    path: Path
    identifier: str
    tagmanifest_sha512: str
    payload_bytes: int
    payload_files: int
    created: bool


def write_bag(spec: BagSpec, target_folder: Path, *, seal: Seal | None = None) -> BagResult:
    """Write the bag `target_folder/spec.name`; `seal` signs the finished tag manifest.

    `seal` gets the path of `tagmanifest-sha512.txt` and leaves its signature beside it, under one
    of the names of `manifest.SEALS`. A bag of the same name and content is left as it is, one of
    another content is never touched. Raises InputFault for names, descriptions or sources that
    cannot be used, Blocked when another bag holds the name.
    """
    _check(spec)
    identifier = spec.identifier or uuid.uuid5(_NAMESPACE, f"{spec.organisation}\n{spec.name}")
    target = target_folder / spec.name
    part = part_of(target)
    with told_as_medium_fault(f"папка дел {target_folder}"):
        target_folder.mkdir(parents=True, exist_ok=True)
        _remove(part)
        try:
            _build(spec, identifier.urn, part)
            digest = bag_digest(part)
            created = not target.exists()
            if created:
                if seal is not None:
                    _apply(seal, part)
                sync_tree(part)
                move_durably(part, target)
            else:
                _must_be_the_same(target, digest)
        finally:
            _remove(part)
        if not created and seal is not None and not (target / manifest.SEALS[0]).exists():
            _apply(seal, target)
            sync_tree(target)
        size, count = payload_oxum(target)
    return BagResult(target, identifier.urn, digest, size, count, created)


def _check(spec: BagSpec) -> None:
    found = check_paths([spec.name], below="bags")
    found += check_paths(spec.files, below=f"bags/{spec.name}")
    if "/" in spec.name:
        found.append(finding("AR-01", spec.name, path=spec.name, reason="это путь, а не имя дела"))
    for path in spec.files:
        if path.split("/")[0] not in SECTIONS or "/" not in path:
            reason = "файл должен лежать в data/, metadata/ или evidence/"
            found.append(finding("AR-01", path, path=path, reason=reason))
    if found:
        raise InputFault(
            "Дело нельзя собрать: имена файлов не годятся для носителя.",
            where=spec.name,
            remedy="Переименуйте файлы, названные ниже, и соберите дело снова.",
            findings=found,
        )
    if not any(path.startswith("data/") for path in spec.files):
        raise InputFault(
            "Дело пустое: в нём нет ни одного документа.",
            where=spec.name,
            remedy="Сначала сделайте тома периода, затем собирайте дело.",
        )
    info = _info(spec, "urn:uuid:") | {name: "" for name in spec.info if name in _RESERVED}
    for name, value in info.items():
        if not value.strip() or len(f"{name}{value}.".splitlines()) > 1 or ":" in name:
            raise InputFault(
                f"Поле «{name}» описания дела пустое, многострочное или занято самой программой.",
                where=spec.name,
                remedy="Исправьте описание дела: одна непустая строка на поле.",
            )


def _build(spec: BagSpec, urn: str, folder: Path) -> None:
    """Write everything but the seal; payload is read once for both of its digests."""
    folder.mkdir()
    paths = sorted(spec.files)
    for parent in dict.fromkeys((folder / path).parent for path in paths):
        parent.mkdir(parents=True, exist_ok=True)
    copied = each(lambda path: _copy(spec, path, folder / path), paths)
    results = dict(zip(paths, copied, strict=True))
    sizes = {path: size for path, (_, size) in results.items()}
    payload = {path: row for path, (row, _) in results.items() if path.startswith("data/")}
    tags = {path: row["sha512"] for path, (row, _) in results.items() if path not in payload}
    info = _info(spec, urn) | {
        "Payload-Oxum": f"{sum(sizes[path] for path in payload)}.{len(payload)}"
    }
    made = {
        "bagit.txt": DECLARATION,
        "bag-info.txt": "".join(f"{name}: {info[name]}\n" for name in info).encode(),
        manifest.MANIFEST: manifest.write_list(
            {path: row["sha512"] for path, row in payload.items()}
        ),
        manifest.GOST_LIST: manifest.write_list(
            {path: row["streebog256"] for path, row in payload.items()}, spaces=1
        ),
        DESCRIPTION_NAME: _description(spec, urn),
        "index.html": _index(spec, urn, sizes),
    }
    for path, data in made.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(data)
        tags[path] = hashlib.sha512(data).hexdigest()
    (folder / manifest.TAG_MANIFEST).write_bytes(manifest.write_list(tags))


def _copy(spec: BagSpec, path: str, target: Path) -> tuple[dict[str, str], int]:
    """Copy one file; its digests and its size in bytes."""
    makers = PAYLOAD_DIGESTS if path.startswith("data/") else TAG_DIGESTS
    digests = {name: make() for name, make in makers.items()}
    with target.open("xb") as stream:
        for chunk in _chunks(spec, path):
            stream.write(chunk)
            for digest in digests.values():
                digest.update(chunk)
        size = stream.tell()
        stream.flush()
        start_writing(stream.fileno())
    return {name: digest.hexdigest() for name, digest in digests.items()}, size


def _chunks(spec: BagSpec, path: str) -> Iterator[bytes]:
    source = spec.files[path]
    try:
        stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        with stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except OSError as fault:
        raise InputFault(
            f"Файл для дела не читается ({reason(fault)}).",
            where=f"{spec.name}: {source!s}",
            remedy="Проверьте, что файл на месте и открывается, и соберите дело снова.",
        ) from fault


def _info(spec: BagSpec, urn: str) -> dict[str, str]:
    """Lines of bag-info.txt in their order (RFC 8493 2.2.2); empty optional ones are left out."""
    until = spec.retention_until.isoformat() if spec.retention_until else PERMANENT
    info = {
        "Source-Organization": spec.organisation,
        "External-Description": spec.title,
        "External-Identifier": urn,
        "Bagging-Date": spec.bagging_date.isoformat(),
        "Retention-Until": until,
        "Retention-Article": spec.retention_article,
    }
    if spec.replaces:
        info["Replaces"] = spec.replaces
    return info | {name: spec.info[name] for name in sorted(spec.info)}


def _facts(spec: BagSpec, urn: str) -> dict[str, str]:
    until = spec.retention_until
    facts = {
        "Дело": spec.title,
        "Организация": spec.organisation,
        "Собрано": pages.russian_date(spec.bagging_date),
        "Срок хранения": f"до {pages.russian_date(until)}" if until else "постоянно",
        "Основание срока": spec.retention_article,
        "Обозначение": urn,
    }
    return facts | ({"Заменяет дело": spec.replaces} if spec.replaces else {})


def _description(spec: BagSpec, urn: str) -> bytes:
    return f"""\
{pages.facts_as_text(_facts(spec, urn))}

ЧТО ЗДЕСЬ ЛЕЖИТ
{_contents(spec)}  evidence/   сертификаты и другие свидетельства подлинности подписей
  index.html  перечень файлов с названиями, открывается в любом браузере
{pages.legend_as_text(spec.legend)}
КАК ПРОВЕРИТЬ, ЧТО НИЧЕГО НЕ ИЗМЕНИЛОСЬ
Контрольные суммы записаны в обычных текстовых файлах. Все команды запускаются в этой папке, где
лежит ОПИСАНИЕ.txt:
  sha512sum -c tagmanifest-sha512.txt       описание дела
  sha512sum -c manifest-sha512.txt          документы
  rhash -c gost/streebog256.txt             документы по ГОСТ Р 34.11-2012
Если дело лежит на носителе, проще запустить программу из папки tools носителя.

{pages.AUTHENTICITY}
Бумага. Эта команда печатает SHA-512 файла tagmanifest-sha512.txt:
  Linux:      sha512sum tagmanifest-sha512.txt
  macOS:      shasum -a 512 tagmanifest-sha512.txt
  Windows:    certutil -hashfile tagmanifest-sha512.txt SHA512
Та же сумма напечатана в акте передачи этого дела на хранение, под подписями, и стоит в файле
docs/opis.csv носителя. Бумага решает, какой экземпляр верен.

Печать (электронная подпись файла tagmanifest-sha512.txt, если рядом лежит файл .p7s):
  openssl cms -verify -binary -inform DER -in tagmanifest-sha512.txt.p7s \\
    -content tagmanifest-sha512.txt -CAfile evidence/trust-1.pem \\
    -no_check_time -purpose any -out /dev/null
{pages.SEAL_ANSWER}

{pages.wrapped(f"This folder is a BagIt 1.0 bag (RFC 8493), kept by {spec.organisation}.")}
Check it with the commands above, in this folder. Matching sums do not prove that it is authentic:
compare the SHA-512 of tagmanifest-sha512.txt with the signed paper act, and verify the seal.
""".encode()


def _contents(spec: BagSpec) -> str:
    """The lines on data and metadata: which tables, where the certifying sheet stands."""
    data = "  data/       документы дела и их электронные подписи"
    metadata = "  metadata/   обложка, опись, лист-заверитель, сведения о деле для программ"
    if "metadata/certifying.pdf" not in spec.files:
        data += "; внутренняя опись и лист-заверитель\n              стоят в конце самого тома"
        metadata = "  metadata/   обложка, перечень разделов таблицей, сведения о деле для программ"
    tables = "  data/source таблицы CSV: те же сведения, открываются в любой программе таблиц"
    with_tables = any(path.startswith("data/source/") for path in spec.files)
    return "".join(f"{line}\n" for line in (data, *([tables] if with_tables else []), metadata))


def _index(spec: BagSpec, urn: str, sizes: Mapping[str, int]) -> bytes:
    tables = [
        pages.file_table(
            _HEADINGS[section],
            [
                (path, spec.captions.get(path, path.partition("/")[2]), pages.russian_size(size))
                for path, size in sorted(sizes.items())
                if path.startswith(f"{section}/")
            ],
        )
        for section in SECTIONS
        if any(path.startswith(f"{section}/") for path in sizes)
    ]
    if spec.legend:
        tables.append(pages.legend(spec.legend))
    about = f"<p>{pages.CHECKING}</p>"
    return pages.page(spec.title, spec.organisation, _facts(spec, urn), [*tables, about])


def _apply(seal: Seal, folder: Path) -> None:
    """Let the caller sign the tag manifest; nothing but the signature may have changed."""
    before = {path for path, _ in files_below(folder)}
    digest = bag_digest(folder)
    seal(folder / manifest.TAG_MANIFEST)
    strangers = {path for path, _ in files_below(folder)} - before - set(manifest.SEALS)
    if strangers or bag_digest(folder) != digest:
        raise DocgenError(
            "Подпись дела изменила само дело.",
            where=", ".join(sorted(strangers)) or manifest.TAG_MANIFEST,
            remedy="Это ошибка программы: сообщите о ней разработчикам.",
        )


def _must_be_the_same(target: Path, digest: str) -> None:
    try:
        same = bag_digest(target) == digest
    except OSError:
        same = False
    if not same:
        found = [finding("AR-20", target.name, bag=target.name)]
        raise Blocked(
            "Дело с таким именем уже собрано, и содержание у него другое.",
            where=str(target),
            remedy="Готовое дело не переписывается. Соберите новое под другим именем"
            " с указанием, какое дело оно заменяет.",
            findings=found,
        )
    found = validate(target, level=Level.QUICK, profile=Profile.OURS)
    if found:
        raise Blocked(
            "Готовое дело повреждено.",
            where=str(target),
            remedy="Уберите эту папку и соберите дело снова.",
            findings=found,
        )


def _remove(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)
