"""Repair brings back what paper or signature speak for, from the other copy or by par2."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from test_archive_samples import (
    NOW,
    copy,
    finish,
    finished_media,
    flip,
    mounted,
    need,
    root_only,
    sample_bags,
    sample_media,
    tree,
)
from test_whole_way import docgen

from archive.audit import AuditReport, audit_media
from archive.card import restore_card
from archive.durable import sha512_of
from archive.manifest import TAG_MANIFEST
from archive.paper import INVENTORY, Paper, match_paper, read_paper
from archive.parity import check, make_parity
from archive.register import Register
from archive.repair import REPAIR, RepairReport, repair_medium
from archive.tombstones import Tombstone, add_tombstones
from archive.validation import Level, bag_digest
from docgen.core.errors import InputFault, MediumFault, UsageFault
from docgen.core.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from archive.medium import Medium

Pair = tuple["Medium", "Medium"]


@pytest.fixture
def media(tmp_path: Path) -> Pair:
    return finished_media(tmp_path)


@pytest.fixture
def paper(media: Pair) -> Paper:
    return Paper({name: bag_digest(media[0].bags / name) for name in media[0].bag_names()})


def repair(media: Pair, paper: Paper, *, signed: Sequence[str] = ()) -> RepairReport:
    return repair_medium(
        media[0],
        media[1],
        paper=paper,
        passes=lambda path: sha512_of(path) in signed,
        progress=Silent(),
        now=NOW,
    )


def audit(media: Sequence[Medium]) -> AuditReport:
    return audit_media(media, level=Level.FULL, progress=Silent(), now=NOW)


def sound(media: Sequence[Medium]) -> bool:
    return audit(media).all_findings == ()


def bag(medium: Medium, number: int = 0) -> Path:
    return medium.bags / medium.bag_names()[number]


def codes(report: RepairReport) -> set[str]:
    return {row.code for row in report.findings}


def test_sound_media_need_no_repair_and_are_not_touched(media: Pair, paper: Paper) -> None:
    before = tree(media[0].folder)
    report = repair(media, paper)
    assert (report.findings, report.passed) == ((), True)
    assert tree(media[0].folder) == before


def test_any_damaged_file_of_a_case_comes_back_from_the_other_copy(
    tmp_path: Path,
) -> None:
    media = finished_media(tmp_path, 1)
    paper = Paper({bag(media[0]).name: bag_digest(bag(media[0]))})
    whole = tree(media[0].folder)
    for path in sorted(tree(bag(media[0]))):
        if (bag(media[0]) / path).stat().st_size == 0:
            continue
        flip(bag(media[0]) / path)
        report = repair(media, paper)
        assert [row.where for row in report.mended] == [f"{bag(media[0]).name}/{path}"]
        assert tree(media[0].folder) == whole
    assert sound(media)


def test_everything_at_once_comes_back(media: Pair, paper: Paper) -> None:
    whole = tree(media[0].folder)
    shutil.rmtree(bag(media[0], 1))
    shutil.rmtree(bag(media[0]) / "data")
    flip(bag(media[0]) / TAG_MANIFEST)
    flip(bag(media[0]) / "manifest-sha512.txt")
    (bag(media[0]) / "tagmanifest-sha512.txt.p7s").unlink()
    (media[0].folder / "tools/verify.sh").write_text("echo fine")
    report = repair(media, paper)
    assert report.passed
    assert report.lost == ()
    assert tree(media[0].folder) == whole
    assert sound(media)


def test_two_copies_damaged_in_different_files_give_one_whole_case(
    media: Pair, paper: Paper
) -> None:
    flip(bag(media[0]) / "data/tom-1.pdf")
    flip(bag(media[1]) / "data/tom-1.pdf.p7s")
    flip(bag(media[1]) / TAG_MANIFEST)
    assert repair(media, paper).passed
    assert repair((media[1], media[0]), paper).passed
    assert sound(media)


def test_damage_of_both_copies_is_told_file_by_file_and_the_rest_is_repaired(
    media: Pair, paper: Paper
) -> None:
    for medium in media:
        flip(bag(medium) / "data/tom-1.pdf")
    flip(bag(media[0]) / "evidence/signer.cer")
    report = repair(media, paper)
    assert not report.passed
    assert [row.where for row in report.lost] == [f"{bag(media[0]).name}/data/tom-1.pdf"]
    assert [row.where for row in report.mended] == [f"{bag(media[0]).name}/evidence/signer.cer"]
    assert json.loads(json.dumps(report.as_json()))["lost"] == [report.lost[0].where]


def test_without_paper_or_signature_nothing_is_changed(media: Pair) -> None:
    flip(bag(media[0]) / "data/tom-1.pdf")
    before = tree(media[0].folder)
    report = repair(media, Paper())
    assert codes(report) == {"AR-92"}
    assert tree(media[0].folder) == before


def test_a_passing_signature_speaks_as_paper_does(media: Pair) -> None:
    signed = [bag_digest(bag(media[0]))]
    flip(bag(media[0]) / "data/tom-1.pdf")
    flip(bag(media[0]) / TAG_MANIFEST)
    assert repair(media, Paper(), signed=signed).passed
    assert sound(media)


def test_two_forged_copies_do_not_outvote_the_paper(
    tmp_path: Path, media: Pair, paper: Paper
) -> None:
    name = media[0].bag_names()[0]
    other = sample_bags(tmp_path / "forged", 2)[1]
    for medium in media:
        shutil.rmtree(medium.bags / name)
        shutil.copytree(other, medium.bags / name)
    before = tree(media[0].folder)
    report = repair(media, paper, signed=[bag_digest(other)])
    assert "AR-93" in codes(report)
    assert tree(media[0].folder) == before


def test_a_signed_case_under_another_name_speaks_for_nothing(tmp_path: Path, media: Pair) -> None:
    """Both lists pass their signatures, so the signatures alone cannot say which case is meant."""
    name = media[0].bag_names()[0]
    right, wrong = bag_digest(bag(media[0])), sample_bags(tmp_path / "forged", 3)[2]
    shutil.rmtree(media[1].bags / name)
    shutil.copytree(wrong, media[1].bags / name)
    flip(bag(media[0]) / "data/tom-1.pdf")
    report = repair(media, Paper(), signed=[right, bag_digest(wrong)])
    assert codes(report) == {"AR-92"}


def test_a_file_too_many_is_named_and_left(media: Pair, paper: Paper) -> None:
    (bag(media[0]) / "data/more.txt").write_bytes(b"x")
    flip(bag(media[0]) / "data/tom-1.pdf")
    report = repair(media, paper)
    assert codes(report) == {"AR-13", "AR-94", "AR-95"}
    assert (bag(media[0]) / "data/more.txt").exists()


def test_nothing_is_written_by_way_of_a_link(tmp_path: Path, media: Pair, paper: Paper) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(bag(media[0]) / "data", outside)
    flip(outside / "tom-1.pdf")
    before = tree(outside)
    shutil.rmtree(bag(media[0]) / "data")
    (bag(media[0]) / "data").symlink_to(outside)
    report = repair(media, paper)
    assert "AR-93" in codes(report)
    assert tree(outside) == before


def test_a_repair_leaves_the_other_copy_alone_and_is_written_down(
    tmp_path: Path, media: Pair, paper: Paper
) -> None:
    register = Register(tmp_path / "register.sqlite")
    flip(bag(media[0]) / "data/tom-1.pdf")
    flip(bag(media[1]) / "data/tom-1.pdf.p7s")
    before = tree(media[1].folder)
    report = repair_medium(
        media[0],
        media[1],
        paper=paper,
        passes=lambda _: False,
        register=register,
        progress=Silent(),
        now=NOW,
    )
    assert tree(media[1].folder) == before
    (row,) = register.checks()
    assert (row.level, row.passed, row.digest) == (REPAIR, 1, report.check_digest)
    assert register.verify_checks() == []


def test_a_case_disposed_of_by_an_act_stays_gone(media: Pair, paper: Paper) -> None:
    name, digest = bag(media[0]).name, bag_digest(bag(media[0]))
    record = media[0].read().bag(name)
    assert record is not None
    day = NOW.date().isoformat()
    grave = Tombstone(name, record.identifier, digest, "Журнал", day, "ст. 605", "7", day, day)
    add_tombstones(media[0], [grave])
    shutil.rmtree(media[0].bags / name)
    report = repair(media, paper)
    assert "AR-97" in codes(report)
    assert not (media[0].bags / name).exists()


def test_media_that_are_no_pair_are_refused(media: Pair) -> None:
    with pytest.raises(MediumFault):
        repair((media[0], media[0]), Paper())


def test_leftovers_of_a_stopped_repair_do_not_stop_the_next(media: Pair, paper: Paper) -> None:
    flip(bag(media[0]) / "data/tom-1.pdf")
    (media[0].incoming / bag(media[0]).name / "data").mkdir(parents=True)
    assert repair(media, paper).passed
    assert sound(media)


@root_only
def test_a_full_medium_stops_the_repair_in_russian_and_changes_nothing(tmp_path: Path) -> None:
    with mounted(tmp_path / "a", "-t", "tmpfs", "-o", "size=8m", "none"):
        media = finished_media(tmp_path, 1)
        paper = Paper({bag(media[0]).name: bag_digest(bag(media[0]))})
        flip(bag(media[0]) / "data/tom-1.pdf")
        (media[0].folder / "lost+found").write_bytes(bytes(media[0].free_bytes() - 500_000))
        before = tree(bag(media[0]))
        with pytest.raises(MediumFault, match="место"):
            repair(media, paper)
        assert tree(bag(media[0])) == before
        (media[0].folder / "lost+found").unlink()
        assert repair(media, paper).passed


# --- recovery data ----------------------------------------------------------------------------


def test_damage_of_both_copies_is_computed_again(media: Pair, paper: Paper) -> None:
    need("par2")
    for number in (0, 1):
        assert make_parity(bag(media[0], number), media, 10) == list(media)
    assert sound(media)
    whole = tree(media[0].folder)
    for medium in media:
        flip(bag(medium) / "data/tom-1.pdf", 700_000)
        flip(bag(medium) / "manifest-sha512.txt")
    report = repair(media, paper)
    assert report.passed
    assert {row.params["reason"] for row in report.mended} == {"вычислен по данным восстановления"}
    assert tree(media[0].folder) == whole


def test_more_damage_than_the_recovery_data_hold_is_told(media: Pair, paper: Paper) -> None:
    need("par2")
    make_parity(bag(media[0]), media, 5)
    for medium in media:
        (bag(medium) / "data/tom-1.pdf").write_bytes(b"gone")
    assert [row.params["path"] for row in repair(media, paper).lost] == ["data/tom-1.pdf"]


def test_recovery_data_change_neither_bag_nor_lists_and_are_not_made_twice(media: Pair) -> None:
    need("par2")
    before = tree(media[0].folder)
    make_parity(bag(media[0]), media, 10)
    after = tree(media[0].folder)
    assert before.items() <= after.items()
    assert {path.split("/")[0] for path in after.keys() - before.keys()} == {"parity"}
    assert make_parity(bag(media[0]), media, 10) == []
    for percent in (0, 101):
        with pytest.raises(UsageFault):
            make_parity(bag(media[0], 1), media, percent)


def test_recovery_data_that_are_gone_are_told_of_while_others_stand(media: Pair) -> None:
    need("par2")
    assert sound(media)  # none were ever made
    for number in (0, 1):
        make_parity(bag(media[0], number), media, 10)
    shutil.rmtree(media[1].folder / "parity")  # as a clumsy hand does
    (gone,) = audit(media).all_findings
    assert (gone.code, gone.where) == ("AR-98", media[1].label)
    assert all(name in gone.message for name in media[1].bag_names())
    shutil.rmtree(media[0].folder / "parity" / bag(media[0]).name)
    (gone,) = audit(media[:1]).all_findings
    assert (gone.code, gone.params["bags"]) == ("AR-98", f"«{bag(media[0]).name}»")


def test_damaged_recovery_data_are_found_by_a_full_audit(media: Pair) -> None:
    need("par2")
    make_parity(bag(media[0]), media[:1], 10)
    assert check(media[0], bag(media[0]).name) == []
    flip(media[0].folder / "parity" / bag(media[0]).name / "recovery.par2", 100)
    assert {row.code for row in audit(media[:1]).all_findings} == {"AR-96", "AR-98"}


# --- paper ------------------------------------------------------------------------------------


def test_a_digest_from_paper_is_read_however_it_is_typed(tmp_path: Path, media: Pair) -> None:
    name, digest = bag(media[0]).name, bag_digest(bag(media[0]))
    spaced = " ".join(digest[at : at + 8].upper() for at in range(0, 128, 8))
    act = tmp_path / "handover-001.json"
    act.write_text(json.dumps({"cases": [{"name": name, "tagmanifest_sha512": digest}]}))
    for value in (digest, spaced, f"{name}={digest}", str(act)):
        assert match_paper(read_paper([value]), media) == ({name: digest}, [])


def test_the_label_speaks_for_every_case_of_its_medium(tmp_path: Path) -> None:
    media = sample_media(tmp_path)
    copy(sample_bags(tmp_path / "bundles"), media)
    right = {name: bag_digest(media[0].bags / name) for name in media[0].bag_names()}
    rows = "".join(f"{name};Заголовок;{digest}\r\n" for name, digest in right.items())
    for medium in media:
        (medium.folder / "docs").mkdir()
        (medium.folder / INVENTORY).write_bytes(b"\xef\xbb\xbf" + rows.encode())
    finish(media)
    label = read_paper([sha512_of(media[0].folder / INVENTORY)])
    assert match_paper(label, media) == (right, [])
    flip(bag(media[0]) / "data/tom-1.pdf")
    assert repair(media, label).passed


def test_a_digest_that_fits_nothing_and_one_that_differs_are_told(media: Pair) -> None:
    name = bag(media[0]).name
    strange = audit_media(
        media, level=Level.QUICK, paper=read_paper(["0" * 128]), progress=Silent(), now=NOW
    )
    assert {row.code for row in strange.all_findings} == {"AR-90"}
    wrong = audit_media(
        media,
        level=Level.QUICK,
        paper=read_paper([f"{name}={'0' * 128}"]),
        progress=Silent(),
        now=NOW,
    )
    assert [row.code for row in wrong.all_findings] == ["AR-91", "AR-91"]


@pytest.mark.parametrize("value", ["", "abc", "0" * 127, "g" * 128])
def test_what_is_no_digest_is_refused(value: str) -> None:
    with pytest.raises(UsageFault):
        read_paper([value])


@pytest.mark.parametrize("content", [b"{}", b"{", b"\xff", b"a;b"])
def test_a_file_without_digests_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "act.json").write_bytes(content)
    with pytest.raises(InputFault):
        read_paper([str(tmp_path / "act.json")])


def pdf_text(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True)
    return " ".join(done.stdout.decode().split())


def spoil_card(medium: Medium, how: str) -> bytes:
    """Lose or damage volume.json; what it was."""
    card = medium.folder / "volume.json"
    right = card.read_bytes()
    match how:
        case "gone":
            card.unlink()
        case "cut":
            card.write_bytes(right[: len(right) // 2])
        case "empty":
            card.write_bytes(b"")
        case "other number":
            card.write_bytes(right.replace(b'"inventory_number": "', b'"inventory_number": "9'))
        case "other pair":
            pair = json.loads(right)["pair"].encode()
            card.write_bytes(right.replace(pair, b"f" * 8 + pair[8:]))
    return right


@pytest.mark.parametrize("how", ["gone", "cut", "empty", "other number", "other pair"])
@pytest.mark.parametrize("registered", [True, False])
def test_a_damaged_card_of_a_medium_is_made_again_byte_by_byte(
    tmp_path: Path, media: Pair, how: str, registered: bool
) -> None:
    register = Register(tmp_path / "register.sqlite")
    if registered:
        for medium in media:
            register.take_in(medium)
    right = spoil_card(media[0], how)
    (told,) = restore_card(media[0].folder, media[1], register)
    assert (told.code, told.where) == ("AR-94", "volume.json")
    assert (media[0].folder / "volume.json").read_bytes() == right
    assert restore_card(media[0].folder, media[1], register) == []
    assert sound(media)


def test_a_card_nothing_speaks_for_is_not_guessed(media: Pair) -> None:
    spoil_card(media[0], "gone")
    (media[0].folder / "ОПИСАНИЕ.txt").write_text("?")
    with pytest.raises(MediumFault, match="не восстановить"):
        restore_card(media[0].folder, media[1], None)
    assert not (media[0].folder / "volume.json").exists()


def test_a_card_that_knows_more_cases_than_the_list_is_an_interrupted_run_s(
    media: Pair,
) -> None:
    medium = media[0]
    known = medium.read().bags[0]
    medium.record(replace(known, name="2025-2026_02-15_11a_q1_t5"))
    before = (medium.folder / "volume.json").read_bytes()
    assert restore_card(medium.folder, media[1], None) == []
    assert (medium.folder / "volume.json").read_bytes() == before


def test_the_command_repairs_a_medium_without_a_card_and_writes_an_act(
    tmp_path: Path, media: Pair, paper: Paper
) -> None:
    right = spoil_card(media[0], "cut")
    digests = [f"--paper={name}={digest}" for name, digest in paper.cases.items()]
    places = [str(media[0].folder), "--from", str(media[1].folder)]
    act = tmp_path / "act.pdf"
    done = docgen("archive", "repair", *places, *digests, "--report", act, "--who", "Ива")
    assert done.returncode == 0, done.stderr
    assert (media[0].folder / "volume.json").read_bytes() == right
    assert "Восстановлен volume.json" in done.stdout
    text = pdf_text(act)
    assert "АКТ о восстановлении дел" in text
    assert "карточка носителя составлена заново" in text
    assert "Ива" in text


def test_an_audit_leaves_an_act_and_says_who_looked(tmp_path: Path, media: Pair) -> None:
    flip(bag(media[1]) / "data/tom-1.pdf")
    act = tmp_path / "act.pdf"
    places = [str(medium.folder) for medium in media]
    audit = ("archive", "audit", *places, "--who", "Ким А.А.", "--report")
    assert docgen(*audit, act).returncode == 1
    text = pdf_text(act)
    assert "проверки наличия и состояния электронных дел" in text
    assert "data/tom-1.pdf" in text
    assert "Ким А.А." in text
    lines = tmp_path / "act.txt"
    assert docgen(*audit, lines).returncode == 1
    assert "Найдены расхождения" in lines.read_text()
    assert docgen(*audit, tmp_path / "act.doc").returncode == 2
