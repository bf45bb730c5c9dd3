"""Out of the archive: found, given out with proof, restored for a drill (R12)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from pdfa import breaches
from test_signing_authority import NOW

from archive.register import Register
from docgen.core.errors import Blocked, InputFault, UsageFault
from docgen.core.progress import Silent
from docgen.journal.demo import write_demo_package
from docgen.pipeline.archived import archived_cases, current
from docgen.pipeline.bind import bind_period
from docgen.pipeline.bundle import bundle_cases
from docgen.pipeline.extract import extract_document, extract_pupil
from docgen.pipeline.find import find, fits
from docgen.pipeline.imports import import_paths
from docgen.pipeline.initialise import initialise
from docgen.pipeline.restore_drill import DRILL, Drill, note_drill, restore_drill
from docgen.pipeline.scope import chosen_classes, chosen_period
from docgen.pipeline.sign import kept_evidence, open_seal, sign_files, trust_store
from docgen.pipeline.workspace import Workspace, open_workspace


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("find") / "school"
    initialise(place, NOW)
    write_demo_package(place / "journal", seed=4)
    workspace = open_workspace(place)
    import_paths(workspace, [place / "journal"], source_name=None, now=NOW, progress=Silent())
    seal = open_seal(workspace, NOW)
    for code in ("Q1", "Y"):
        with workspace.open_journal() as journal:
            period = chosen_period(journal, code)
            units = chosen_classes(journal, period, ("7А",))
        volumes = bind_period(workspace, period, units, Silent())
        sign_files([volume.path for volume in volumes], seal, Silent())
        bundle_cases(workspace, period, units, volumes, seal, Silent())
    return place


@pytest.fixture
def workspace(archived: Path, tmp_path: Path) -> Workspace:
    place = tmp_path / "school"
    shutil.copytree(archived, place)
    return open_workspace(place)


def somebody(workspace: Workspace) -> str:
    """A pupil with marks, as «Фамилия Имя»."""
    case = next(one for one in archived_cases(workspace, ()) if "_y_" in one.name and one.results)
    row = case.results[0]
    return f"{row['Фамилия']} {row['Имя']}"


def text_of(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True)
    return " ".join(done.stdout.decode().replace("\u00a0", " ").split())


# Finding


@pytest.mark.parametrize(
    ("query", "text", "fit"),
    [
        ("семен", "Семёнова Нина Фёдоровна", True),
        ("нина сем", "Семёнова Нина Фёдоровна", True),
        ("ЁЛКИН", "Елкин Иван", True),
        ("кин", "Ёлкин Иван", False),
        ("семёнов пётр", "Семёнова Нина", False),
    ],
)
def test_words_may_be_beginnings_in_any_order(query: str, text: str, fit: bool) -> None:
    assert fits(query, text) is fit


def test_a_pupil_is_found_in_every_case_of_the_class_and_on_every_copy(
    workspace: Workspace, tmp_path: Path
) -> None:
    name = somebody(workspace)
    hits = find(workspace, name)
    assert {hit.period for hit in hits} == {"Q1", "Y"}
    assert all(name in " ".join(hit.found) for hit in hits)
    other = tmp_path / "other"
    shutil.copytree(workspace.bundles, other)
    both = find(None, name, media=[workspace.bundles, other])
    assert [len(hit.copies) for hit in both] == [2] * len(hits)
    assert find(workspace, name, class_id="9Я") == ()
    assert find(workspace, name, year="2024/2025") == ()
    assert len(find(workspace, "", class_id="7а", year="2025-2026")) == 3


def test_subjects_and_teachers_are_found_with_their_sheets(workspace: Workspace) -> None:
    hits = find(workspace, "алгебра")
    assert any("листы" in line for hit in hits for line in hit.found)
    with pytest.raises(UsageFault, match="что искать"):
        find(workspace, " ")
    with pytest.raises(InputFault, match="ни одного дела"):
        find(None, "x", media=[workspace.folder / "journal"])


def test_the_last_edition_of_a_case_stands_for_it(workspace: Workspace) -> None:
    first = archived_cases(workspace, ())[0]
    shutil.copytree(first.bag, first.bag.with_name(f"{first.name}_r2"))
    names = {case.name for case in current(archived_cases(workspace, ()))}
    assert f"{first.name}_r2" in names
    assert first.name not in names


# Giving out


def test_an_extract_is_made_of_the_bag_alone(workspace: Workspace) -> None:
    name = somebody(workspace)
    workspace.journal_file.unlink()
    made = extract_pupil(workspace, name, "2025/2026", seal=open_seal(workspace, NOW))
    pdf, signature = made.files
    told = text_of(pdf)
    assert "АРХИВНАЯ ВЫПИСКА" in told
    assert name in told
    assert "Верно" in told
    assert made.case in told
    assert "Русский язык" in told
    assert breaches(pdf) == []
    assert signature.is_file()


def test_nobody_and_namesakes_are_told(workspace: Workspace) -> None:
    with pytest.raises(UsageFault, match="такого учащегося нет"):
        extract_pupil(workspace, "Пушкин", "2025/2026")
    with pytest.raises(UsageFault, match="такого учащегося нет"):
        extract_pupil(workspace, somebody(workspace), "2001/2002")
    with pytest.raises(UsageFault, match="несколько") as caught:
        extract_pupil(workspace, "А", "2025/2026")
    assert "ID" in caught.value.remedy


def test_nothing_is_certified_out_of_a_damaged_case(workspace: Workspace) -> None:
    name = somebody(workspace)
    for case in archived_cases(workspace, ()):
        table = case.bag / "data" / "source" / "results.csv"
        table.write_bytes(table.read_bytes().replace(b";4;", b";5;"))
    with pytest.raises(Blocked, match="повреждено"):
        extract_pupil(workspace, name, "2025/2026")


def test_a_document_comes_with_the_proof_of_its_origin(
    workspace: Workspace, tmp_path: Path
) -> None:
    hit = find(workspace, "алгебра")[0]
    out = tmp_path / "copy"
    made = extract_document(
        workspace, f"{hit.case}/{hit.documents[0]}", folders=(), out=out, now=NOW
    )
    assert made.case == hit.case
    for listed in ("manifest-sha512.txt", "tagmanifest-sha512.txt"):
        judge = subprocess.run(
            ["sha512sum", "-c", "--strict", "--ignore-missing", listed], cwd=out, check=False
        )
        assert judge.returncode == 0
    seal = out / "tagmanifest-sha512.txt.p7s"
    judge = subprocess.run(
        [
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", seal),
            *("-content", out / "tagmanifest-sha512.txt", "-noverify", "-out", "/dev/null"),
        ],
        check=False,
        capture_output=True,
    )
    assert judge.returncode == 0, judge.stderr
    with pytest.raises(UsageFault, match="папка не пуста"):
        extract_document(workspace, f"{hit.case}/{hit.documents[0]}", out=out, now=NOW)
    for wrong in ("x/y", f"{hit.case}/../../../school.toml", hit.case):
        with pytest.raises(UsageFault, match="нет"):
            extract_document(workspace, wrong, out=tmp_path / "none", now=NOW)


# The drill


def drill(workspace: Workspace, *media: Path, seed: int = 1) -> Drill:
    return restore_drill(
        media or (workspace.bundles,),
        seed=seed,
        trust=trust_store(workspace),
        evidence=kept_evidence(workspace),
        at=NOW,
        progress=Silent(),
    )


def test_a_whole_case_comes_back(workspace: Workspace, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(workspace.bundles, other)
    found = drill(workspace, workspace.bundles, other)
    assert found.passed
    assert found.documents == 1
    assert len(found.compared_with) == 1
    assert {drill(workspace, seed=seed).case for seed in range(12)} == {
        case.name for case in archived_cases(workspace, ())
    }


def test_a_damaged_case_is_named(workspace: Workspace, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(workspace.bundles, other)
    for pdf in other.rglob("*.pdf"):
        pdf.write_bytes(pdf.read_bytes()[:-100])
    codes = {item.code for item in drill(workspace, workspace.bundles, other).findings}
    assert codes == {"AR-60"}
    codes = {item.code for item in drill(workspace, other).findings}
    assert {"AR-12", "SG-02"} & codes


def test_a_drill_stands_in_the_journal_of_checks(workspace: Workspace) -> None:
    note_drill(workspace, drill(workspace), [workspace.bundles], at=NOW, who="Ким А.А.")
    (row,) = Register(workspace.register_file).checks()
    assert (row.level, row.passed, row.who, row.volumes) == (DRILL, 1, "Ким А.А.", "[]")
