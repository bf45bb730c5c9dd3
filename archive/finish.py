"""The last step on a medium: papers, tools, the pages for a stranger, and the signed list."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from archive import manifest, medium_pages
from archive.durable import files_below, sha512_of, write_durable
from archive.faults import medium_fault
from archive.medium import (
    BAGS,
    VOLUME_FILE,
    VOLUME_LIST,
    VOLUME_SEALS,
    Medium,
    is_foreign,
    listed_outside,
)
from archive.names import DESCRIPTION_NAME, check_paths
from archive.parity import PARITY
from docgen.core.errors import Blocked, DocgenError, InputFault, MediumFault
from docgen.core.files import fsync_folder
from docgen.core.findings import finding
from docgen.core.reasons import reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archive.bag import Seal
    from docgen.core.findings import Finding

Broken = Callable[[Path], str]
"""Why the seal beside a file is surely not its own, "" where there is none or nothing is known."""

TOOLS = ("verify.sh", "verify.cmd", "verify.py")


def never_broken(path: Path) -> str:
    """Stand in where nobody can look at seals."""
    del path
    return ""


def finish_medium(
    medium: Medium,
    docs: Mapping[str, Path | bytes],
    *,
    seal: Seal | None = None,
    broken: Broken = never_broken,
    touched: Collection[str] = (),
    anew: bool = False,
    hint: str = "",
) -> str:
    """Write docs/, tools/, ОПИСАНИЕ.txt, index.html and volume-sha512.txt; returns its SHA-512.

    `docs` maps file names to files or bytes; documents of earlier runs stay. `seal` signs the list
    and leaves the signature beside it; a list that did not change keeps the signature it has.
    `hint` is a sentence for index.html on where to look for what.
    Nothing is signed that the list before it does not vouch for: what neither `docs` nor `touched`
    (paths the caller has changed itself) explains has to be as that list says, and its seal not
    `broken`. `anew` is for a list that is lost: then nothing but `docs` may lie in docs/. Raises
    Blocked for damage, InputFault for names or sources that cannot be used, MediumFault for the
    medium.
    """
    contents = _read(docs)
    with medium.lock():
        volume = medium.read()
        medium.sweep()
        with medium.faults():
            own = {f"docs/{name}" for name in contents} | {f"tools/{name}" for name in TOOLS}
            own |= {DESCRIPTION_NAME, "index.html", VOLUME_FILE, *touched}
            refuse_damage(medium, lambda path: path in own, broken, right={} if anew else None)
            if anew:
                for name in VOLUME_SEALS:
                    (medium.folder / name).unlink(missing_ok=True)
            for folder in ("docs", "tools"):
                (medium.folder / folder).mkdir(exist_ok=True)
            fsync_folder(medium.folder)
            for name, content in contents.items():
                _place(medium.folder / "docs" / name, content)
            for name in TOOLS:
                _place(medium.folder / "tools" / name, _tool(name))
            _place(medium.folder / DESCRIPTION_NAME, medium_pages.description(medium, volume))
            _place(medium.folder / "index.html", medium_pages.index(medium, volume, hint))
            listed = manifest.write_list(
                {path: sha512_of(medium.folder / path) for path in listed_files(medium)}
            )
            if _place(medium.folder / VOLUME_LIST, listed, withdraw=VOLUME_SEALS):
                fsync_folder(medium.folder)
            if seal is not None and not (medium.folder / VOLUME_SEALS[0]).exists():
                _sign(medium, seal)
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


def _sign(medium: Medium, seal: Seal) -> None:
    """Let the caller sign the list; what the medium refused meanwhile is the medium's fault."""
    try:
        seal(medium.folder / VOLUME_LIST)
    except DocgenError as fault:
        if isinstance(fault.__cause__, OSError):
            raise medium_fault(fault.__cause__, medium.label) from fault
        raise


def refuse_damage(
    medium: Medium,
    own: Callable[[str], bool],
    broken: Broken,
    *,
    right: Mapping[str, str] | None = None,
) -> None:
    """Refuse to go on from what the standing list does not say, the caller's `own` paths aside.

    `right` stands in for that list. A medium without a list was never finished. Raises Blocked
    with every bad path (AR-34, AR-36), OSError.
    """
    standing = medium.folder / VOLUME_LIST
    if right is None:
        why = broken(standing)
        if not why and not standing.exists():
            if not any((medium.folder / name).exists() for name in VOLUME_SEALS):
                return
            why = "списка больше нет"
        if why:
            raise _damaged(medium, [finding("AR-36", VOLUME_LIST, path=VOLUME_LIST, reason=why)])
        right = listed_outside(medium.folder)
    bags = {record.name for record in medium.read().bags}
    present = set(listed_files(medium))
    found = []
    for path in sorted(present | right.keys()):
        name = path.split("/")[1] if path.startswith(f"{BAGS}/") else ""
        if own(path) or (name and (path not in right or name not in bags)):
            continue  # a bag may have come just now, or gone by an act
        if reason := list_fault(medium.folder, path, right.get(path), present=path in present):
            found.append(finding("AR-34", path, refs={"file": path}, path=path, reason=reason))
    if found:
        raise _damaged(medium, found)


def _damaged(medium: Medium, found: list[Finding]) -> Blocked:
    return Blocked(
        "Носитель изменился с тех пор, как был закончен: новый список за это не поручится.",
        where=medium.label,
        remedy="Восстановите его: docgen archive repair НОСИТЕЛЬ --from ДРУГОЙ. Если перед этим"
        " было остановлено уничтожение дел, повторите его: docgen archive dispose.",
        findings=found,
    )


def list_fault(folder: Path, path: str, digest: str | None, *, present: bool) -> str:
    """Say in Russian how a file differs from what the list of its medium says; "" if it does not.

    `digest` is what the list says, None for a file it does not name.
    """
    if digest is None:
        return "в списке его нет"
    if not present:
        return "его нет на носителе"
    try:
        return "" if sha512_of(folder / path) == digest else "содержание изменилось"
    except OSError as fault:
        return f"он не читается ({reason(fault)})"


def listed_files(medium: Medium) -> list[str]:
    """Name what volume-sha512.txt must hold: files outside bags, tag manifests and their seals.

    Seals of bags stand here because no list inside a bag can hold them; recovery data do not, since
    they may be added to a finished medium and are checked by their own list. Raises OSError.
    """
    found: list[str] = []
    for entry in sorted(medium.folder.iterdir()):
        if entry.name in {BAGS, PARITY} or is_foreign(entry):
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
                f"Документ носителя не читается ({reason(fault)}).",
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
