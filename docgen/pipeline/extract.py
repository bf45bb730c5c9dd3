"""Give out of the archive: an extract about a pupil, or a document with the proof of its origin.

Everything comes from a bag that was checked against its manifests, never from the journal.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.manifest import MANIFEST, TAG_MANIFEST
from archive.names import safe_name
from docgen import russian
from docgen.core.digests import digest_file
from docgen.core.errors import InputFault, UsageFault
from docgen.core.files import write_atomic
from docgen.documents.archive_extract import ArchiveExtract, ExtractRow
from docgen.journal.store import Journal
from docgen.pipeline.archived import ArchivedCase, archived_cases, current
from docgen.pipeline.find import fits, full_name, plain
from docgen.pipeline.house import house
from docgen.pipeline.people import officials
from docgen.pipeline.sign import Seal
from docgen.pipeline.volume_cards import Series
from docgen.pipeline.workspace import Workspace, class_slug, year_folder
from docgen.rendering.blank import lay_out_document

_YEAR = "Y"


@dataclass(frozen=True, slots=True)
class Extract:
    """What was given out: its files, the case it is from, the pupil's name or the document's."""

    files: tuple[Path, ...]
    case: str
    subject: str


def extract_pupil(
    workspace: Workspace,
    person: str,
    year: str,
    *,
    class_id: str = "",
    folders: Sequence[Path] = (),
    out: Path | None = None,
    seal: Seal | None = None,
) -> Extract:
    """Write the archival extract about a pupil's year as PDF/A, signed when there is a `seal`.

    Raises UsageFault when nobody or more than one pupil fits, Blocked for a damaged case.
    """
    case, row = _pupil(workspace, person, year.replace("-", "/"), class_id, folders)
    names = ["students.csv", "results.csv", "decisions.csv"]
    standing = [name for name in names if (case.bag / "data" / "source" / name).is_file()]
    case.require_true(*(f"data/source/{name}" for name in standing), "data/source/results.csv")
    context = _context(workspace, case, row)
    name = full_name(row)
    folder = out or workspace.folder / "out" / "extracts"
    file = folder / f"{safe_name(name)}_{year_folder(str(case.card['year']))}.pdf"
    write_atomic(
        file, lay_out_document("archive-extract", vars_of(context), workspace.own_templates)
    )
    files = [file]
    if seal is not None:
        files.append(seal.sign(file).signature)
    return Extract(tuple(files), case.name, name)


def vars_of(context: ArchiveExtract) -> Mapping[str, object]:
    """The context by the names a template uses."""
    return {name: getattr(context, name) for name in context.__slots__}


def _pupil(
    workspace: Workspace, person: str, year: str, class_id: str, folders: Sequence[Path]
) -> tuple[ArchivedCase, Mapping[str, str]]:
    found = [
        (case, row)
        for case in current(archived_cases(workspace, folders))
        if case.card["year"] == year and case.card["period"] == _YEAR and case.results
        if not class_id or plain(class_id) == plain(str(case.card["class"]))
        for row in case.students
        if fits(person, full_name(row)) or row["ID"] == person
    ]
    # The summary sheet holds the whole year; the journal's volume of the year is the next best.
    found.sort(key=lambda pair: _summary(pair[0]), reverse=True)
    people = {row["ID"]: (case, row) for case, row in reversed(found)}
    if not people:
        raise UsageFault(
            f"в делах за {year} учебный год такого учащегося нет: {person}",
            remedy="Проверьте имя и год. Поиск по всем делам: docgen archive find ФАМИЛИЯ.",
        )
    if len(people) > 1:
        told = "; ".join(
            f"{full_name(row)}, {case.card['class']}, ID {identifier}"
            for identifier, (case, row) in people.items()
        )
        raise UsageFault(
            f"таких учащихся несколько: {told}",
            remedy="Добавьте --class КЛАСС или назовите ID.",
        )
    return next(iter(people.values()))


def _summary(case: ArchivedCase) -> bool:
    return any(f"_{Series.SUMMARY}_" in row["file"] for row in case.card["volumes"])


def _context(workspace: Workspace, case: ArchivedCase, row: Mapping[str, str]) -> ArchiveExtract:
    profile = workspace.profile
    if workspace.journal_file.is_file():
        with Journal.open(workspace.journal_file) as journal:
            school = house(profile, journal, dt.date.min)
        people, full, address = (
            school.officials,
            school.organisation.full_name,
            school.organisation.address,
        )
    else:
        people = officials(profile, "", {})
        full, address = profile.school.full_name, profile.school.address
    own = [mark for mark in case.results if mark["ID"] == row["ID"]]
    terms = list(dict.fromkeys(mark["Период"] for mark in case.results))
    subjects = list(dict.fromkeys(mark["Предмет"] for mark in case.results))
    marks = {(mark["Предмет"], mark["Период"]): mark["Отметка"] for mark in own}
    class_name = russian.class_in_text(str(case.card["class"]))
    year = str(case.card["year"])
    titles = [line for line in case.inventory if line["Заголовок"].startswith("Сводная ведомость")]
    sheets = ", ".join(f"{line['Лист с']}–{line['Лист по']}" for line in titles)
    name = full_name(row)
    return ArchiveExtract(
        school=full,
        address=address,
        text=f"{name} в {year} учебном году обучался(ась) в {class_name}\u00a0классе.",
        terms=tuple(terms),
        rows=tuple(
            ExtractRow(subject, tuple(marks.get((subject, term), "") for term in terms))
            for subject in subjects
            if any((subject, term) in marks for term in terms)
        ),
        mastered="",
        missed="",
        decision=_decision(case, row["ID"]),
        left=f"выбыл(а), {row['Приказ о выбытии']}" if row.get("Выбыл") else "",
        basis=str(case.card["title"]),
        source=f"{case.card.get('system') or 'электронный журнал'}, выгрузка от "
        f"{_day(str(case.card.get('exported_at', '')))}",
        place=str(profile.documents["archive-extract"]["place"]),
        position=people["director"].position,
        signatory=people["director"].signature,
        keeper_position=people["secretary"].position,
        keeper=people["secretary"].signature,
        case_index=str(case.card["index"]),
        sheets=sheets,
        proof=f"{case.name}; SHA-512 описи дела {case.digest[:32]}…",
    )


def _decision(case: ArchivedCase, identifier: str) -> str:
    for row in case.table("decisions.csv"):
        if row["Учащийся"] == identifier:
            parts = [row["Результат"]]
            if row["Протокол №"]:
                parts.append(f"протокол № {row['Протокол №']} от {row['Дата протокола']}")
            if row["Приказ №"]:
                parts.append(f"приказ № {row['Приказ №']} от {row['Дата приказа']}")
            return ", ".join(parts)
    return ""


def _day(moment: str) -> str:
    return ".".join(reversed(moment[:10].split("-"))) if moment else "неизвестного дня"


# --- a document with its proof -----------------------------------------------------------------

_STATEMENT = "proiskhozhdenie.txt"


def extract_document(
    workspace: Workspace | None,
    name: str,
    *,
    folders: Sequence[Path] = (),
    out: Path,
    now: dt.datetime,
) -> Extract:
    """Copy one document of a case with all that proves where it is from, into a new folder.

    `name` is CASE/FILE, the path of the file within the bag. Beside the document lie its signature,
    both manifests with the seal, and a statement; `sha512sum -c` and any tool for CMS check them.
    Raises UsageFault for what there is none of, Blocked for a damaged case.
    """
    wanted, _, path = name.partition("/")
    path = path if path.startswith("data/") else f"data/{path}"
    case = next((one for one in archived_cases(workspace, folders) if one.name == wanted), None)
    if case is None or not (case.bag / path).is_file() or ".." in Path(path).parts:
        raise UsageFault(
            f"такого документа в делах нет: {name}",
            remedy="Назовите его как ДЕЛО/ФАЙЛ: их показывает docgen archive find.",
        )
    case.require_true(path)
    if out.exists() and any(out.iterdir()):
        raise UsageFault("папка не пуста", where=str(out), remedy="Назовите новую папку: --out.")
    made = []
    for part in (path, f"{path}.p7s", MANIFEST, TAG_MANIFEST, f"{TAG_MANIFEST}.p7s"):
        source = case.bag / part
        if source.is_file():
            target = out / part
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            made.append(target)
    digest = digest_file(out / path).sha512
    if f"{digest}  {path}" not in (out / MANIFEST).read_text("utf-8").splitlines():
        raise InputFault(
            "копия документа не сошлась с делом",
            where=str(out / path),
            remedy="Проверьте диск и повторите.",
        )
    write_atomic(out / _STATEMENT, _statement(case, path, digest, now))
    record = {"case": case.name, "file": path, "sha512": digest, "bag_digest": case.digest}
    write_atomic(
        out / "proiskhozhdenie.json", json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    )
    return Extract((*made, out / _STATEMENT), case.name, path)


def _class_of(case: ArchivedCase) -> str:
    class_id = str(case.card["class"])
    return f", класс {class_slug(class_id)}" if class_id else ""


def _statement(case: ArchivedCase, path: str, digest: str, now: dt.datetime) -> str:
    return f"""\
КОПИЯ ДОКУМЕНТА ИЗ АРХИВА

Дело:      {case.card["title"]}
           {case.name}, индекс {case.card["index"]}{_class_of(case)}
Документ:  {path}
SHA-512:   {digest}
Выдано:    {now:%d.%m.%Y %H:%M}

КАК ПРОВЕРИТЬ
1. Сумма документа стоит в списке дела:      sha512sum -c --ignore-missing {MANIFEST}
2. Сумма списка стоит в описи дела:          sha512sum -c --ignore-missing {TAG_MANIFEST}
3. Опись подписана архивом школы:            {TAG_MANIFEST}.p7s (CMS, отсоединённая подпись)
4. SHA-512 самой описи напечатан в акте передачи и на наклейке носителя:
   {case.digest}
"""
