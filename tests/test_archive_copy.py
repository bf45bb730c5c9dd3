"""Two verified copies, and what happens when a medium lets us down."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from test_archive_samples import (
    CONFIRMED,
    NOW,
    PAIR,
    copy,
    finish,
    finished_media,
    flip,
    mounted,
    need,
    root_only,
    sample_bags,
    sample_media,
    sample_medium,
    sample_spec,
    sign,
    tree,
)

from archive.bag import write_bag
from archive.copy import copy_bags
from archive.devices import Verdict
from archive.durable import write_durable
from archive.finish import finish_medium
from archive.medium import Medium, check_pair, open_medium, prepare_medium
from archive.validation import Level, validate
from archive.volume import Role
from docgen.core.errors import Blocked, InputFault, MediumFault
from docgen.core.progress import Silent


@pytest.fixture
def media(tmp_path: Path) -> tuple[Medium, Medium]:
    return sample_media(tmp_path)


def test_both_copies_are_the_bag_byte_for_byte(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    bags = sample_bags(tmp_path / "bundles")
    report = copy(bags, media)
    for medium in media:
        for bag in bags:
            assert tree(medium.bags / bag.name) == tree(bag)
        assert list(medium.incoming.iterdir()) == []
        assert [row.name for row in medium.read().bags] == [bag.name for bag in bags]
    assert [row.written_to for row in report.bags] == [("Э-1", "Э-2")] * 2
    assert report.bags[0].files == len(tree(bags[0]))


def test_verified_bags_are_not_written_again(tmp_path: Path, media: tuple[Medium, Medium]) -> None:
    bags = sample_bags(tmp_path / "bundles")
    copy(bags[:1], media)
    stamps = [(media[0].bags / bags[0].name / "bagit.txt").stat().st_mtime_ns]
    report = copy(bags, media)
    assert [row.written_to for row in report.bags] == [(), ("Э-1", "Э-2")]
    assert stamps == [(media[0].bags / bags[0].name / "bagit.txt").stat().st_mtime_ns]


def test_a_bag_lost_on_one_medium_is_written_to_that_one(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    bags = sample_bags(tmp_path / "bundles")
    copy(bags, media)
    shutil.rmtree(media[1].bags / bags[0].name)
    assert [row.written_to for row in copy(bags, media).bags] == [("Э-2",), ()]
    assert tree(media[1].bags / bags[0].name) == tree(bags[0])


def test_copies_on_one_device_need_a_word_and_the_word_is_kept(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    bags = sample_bags(tmp_path / "bundles", 1)
    for text in (None, "  "):
        with pytest.raises(MediumFault) as caught:
            copy_bags(bags, media, confirm_same_device=text, progress=Silent(), now=NOW)
        assert '--confirm-same-device "' in caught.value.remedy
        assert caught.value.exit_code == 4
    assert media[0].bag_names() == []
    report = copy(bags, media)
    assert report.confirmation is not None
    assert report.confirmation.text == CONFIRMED
    assert report.confirmation.verdict is not Verdict.PROVEN_DIFFERENT
    for medium in media:
        assert medium.read().confirmation == report.confirmation
    finish(media)
    assert CONFIRMED in (media[0].folder / "ОПИСАНИЕ.txt").read_text(encoding="utf-8")


def test_another_bag_of_the_same_name_is_never_overwritten(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    bags = sample_bags(tmp_path / "bundles")
    copy(bags, media)
    other = write_bag(sample_spec(bags[0].name, seed=50), tmp_path / "other", seal=sign)
    before = [tree(medium.folder) for medium in media]
    with pytest.raises(Blocked) as caught:
        copy([other.path], media)
    assert {row.code for row in caught.value.findings} == {"AR-20"}
    assert [tree(medium.folder) for medium in media] == before


def test_a_folder_without_lists_in_the_place_of_a_bag_is_no_bag(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    bags = sample_bags(tmp_path / "bundles", 1)
    (media[0].bags / bags[0].name).mkdir()
    with pytest.raises(Blocked):
        copy(bags, media)


def test_a_standing_bag_that_is_not_on_record_is_read_whole(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    bags = sample_bags(tmp_path / "bundles", 1)
    shutil.copytree(bags[0], media[0].bags / bags[0].name)
    flip(media[0].bags / bags[0].name / "data/tom-1.pdf")
    with pytest.raises(Blocked) as caught:
        copy(bags, media)
    assert {row.code for row in caught.value.findings} == {"AR-23"}


def test_copies_never_get_two_different_signatures(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    bags = sample_bags(tmp_path / "bundles", 1)
    copy(bags, media)
    (bags[0] / "tagmanifest-sha512.txt.p7s").write_bytes(b"another")
    with pytest.raises(Blocked) as caught:
        copy(bags, media)
    assert {row.code for row in caught.value.findings} == {"AR-24"}


@pytest.mark.parametrize("path", ["data/tom-1.pdf", "evidence/signer.cer"])
def test_damage_of_the_source_is_not_copied(
    tmp_path: Path, media: tuple[Medium, Medium], path: str
) -> None:
    bags = sample_bags(tmp_path / "bundles", 1)
    flip(bags[0] / path)
    with pytest.raises(InputFault) as caught:
        copy(bags, media)
    assert [row.where for row in caught.value.findings] == [f"{bags[0].name}/{path}"]
    for medium in media:
        assert medium.bag_names() == []
        assert list(medium.incoming.iterdir()) == []


def test_two_built_bags_of_one_name_are_refused(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    first = sample_bags(tmp_path / "one", 1) + sample_bags(tmp_path / "two", 1)
    with pytest.raises(Blocked):
        copy(first, media)
    assert media[0].bag_names() == []


def test_a_repeated_copy_leaves_the_cards_of_the_media_alone(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    bags = sample_bags(tmp_path / "bundles", 1)
    copy(bags, media)
    before = tree(media[0].folder)
    later = NOW + dt.timedelta(days=1)
    copy_bags(bags, media, confirm_same_device=CONFIRMED, progress=Silent(), now=later)
    assert tree(media[0].folder) == before


def test_leftovers_of_an_interrupted_run_are_removed(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    bags = sample_bags(tmp_path / "bundles", 1)
    (media[0].incoming / bags[0].name / "data").mkdir(parents=True)
    (media[0].incoming / bags[0].name / "data/half").write_bytes(b"half")
    (media[0].folder / ".volume.json.part").write_bytes(b"{")
    copy(bags, media)
    assert media[0].leftovers() == []
    assert tree(media[0].bags) == tree(media[1].bags)


def test_a_second_run_on_the_same_medium_has_to_wait(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    bags = sample_bags(tmp_path / "bundles", 1)
    with media[1].lock(), pytest.raises(MediumFault, match="занят"):
        copy(bags, media)


# --- identity ---------------------------------------------------------------------------------


def test_one_folder_in_any_disguise_is_not_two_media(
    tmp_path: Path, media: tuple[Medium, Medium], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(media[0].folder)
    for disguise in (media[0].folder, tmp_path / "link", Path("a"), tmp_path / "b/../a"):
        with pytest.raises(MediumFault, match="одна и та же"):
            check_pair((media[0], open_medium(disguise)))


def test_a_medium_inside_the_other_is_refused(media: tuple[Medium, Medium]) -> None:
    inner = media[0].folder / "docs"
    inner.mkdir()
    nested = sample_medium(inner, 9, Role.WORKING)
    for pair in ((media[0], nested), (nested, media[0])):
        with pytest.raises(MediumFault, match="внутри другой"):
            check_pair(pair)


def test_a_cloned_medium_is_refused(tmp_path: Path, media: tuple[Medium, Medium]) -> None:
    shutil.copytree(media[0].folder, tmp_path / "clone")
    with pytest.raises(MediumFault, match="точная копия"):
        check_pair((media[0], open_medium(tmp_path / "clone")))


def test_media_of_two_pairs_are_refused(tmp_path: Path, media: tuple[Medium, Medium]) -> None:
    (tmp_path / "c").mkdir()
    stranger = prepare_medium(
        tmp_path / "c",
        inventory_number="Э-3",
        role=Role.WORKING,
        pair=uuid.uuid4(),
        organisation="x",
        contact="y",
        now=NOW,
    )
    with pytest.raises(MediumFault, match="не составляют пары"):
        check_pair((media[0], stranger))
    (tmp_path / "d").mkdir()
    second_primary = sample_medium(tmp_path / "d", 4, Role.PRIMARY)
    with pytest.raises(MediumFault, match="не составляют пары"):
        check_pair((media[0], second_primary))


def test_a_medium_swapped_or_pulled_out_between_two_bags_is_noticed(
    tmp_path: Path, media: tuple[Medium, Medium]
) -> None:
    bags = sample_bags(tmp_path / "bundles")
    (tmp_path / "c").mkdir()
    sample_medium(tmp_path / "c", 3, Role.WORKING)
    away = tmp_path / "away"

    class Hand:
        """Swaps the second medium after the first bag."""

        def track(self, items: object, *, title: str, total: int | None = None) -> object:
            assert (title, total) == ("Запись дел на носители", 2)
            first, second = items
            yield first
            media[1].folder.rename(away)
            (tmp_path / "c").rename(media[1].folder)
            yield second

    with pytest.raises(MediumFault, match="другой носитель: № Э-3") as caught:
        copy_bags(bags, media, confirm_same_device=CONFIRMED, progress=Hand(), now=NOW)
    assert "Э-2" in caught.value.where
    assert open_medium(media[1].folder).bag_names() == []
    shutil.rmtree(media[1].folder)
    with pytest.raises(MediumFault, match="Это не носитель"):
        media[1].read()
    away.rename(media[1].folder)
    copy(bags, media)
    assert tree(media[0].bags) == tree(media[1].bags)


def test_a_folder_with_strange_files_is_not_made_a_medium(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(MediumFault, match=r"photo\.jpg"):
        sample_medium(tmp_path, 1, Role.PRIMARY)
    (tmp_path / "photo.jpg").unlink()
    medium = sample_medium(tmp_path, 1, Role.PRIMARY)
    assert medium.read().pair == PAIR
    with pytest.raises(MediumFault, match="уже подготовлен"):
        sample_medium(tmp_path, 1, Role.PRIMARY)


def test_an_interrupted_preparation_can_be_repeated(tmp_path: Path) -> None:
    (tmp_path / "bags/.incoming").mkdir(parents=True)
    (tmp_path / ".volume.json.part").write_bytes(b"{")
    assert sample_medium(tmp_path, 1, Role.PRIMARY).bag_names() == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"format": "docgen-volume/1"}'])
def test_a_broken_card_is_told_in_russian(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "volume.json").write_bytes(content)
    with pytest.raises(MediumFault, match="испорчена"):
        open_medium(tmp_path)


def test_a_card_with_a_path_for_a_name_is_refused(media: tuple[Medium, Medium]) -> None:
    card = media[0].folder / "volume.json"
    row = '{"name": "../x", "identifier": "", "tagmanifest_sha512": "", "verified": "2026-06-20"}'
    card.write_text(card.read_text(encoding="utf-8").replace('"bags": []', f'"bags": [{row}]'))
    with pytest.raises(MediumFault, match="негодное имя"):
        open_medium(media[0].folder)


def test_a_medium_that_is_not_there_is_told_in_russian(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(MediumFault) as caught:
            open_medium(folder)
        assert str(folder) in caught.value.where
    with pytest.raises(MediumFault):
        sample_medium(tmp_path / "none", 1, Role.PRIMARY)


# --- media that refuse ------------------------------------------------------------------------


@root_only
def test_a_full_medium_is_named_and_nothing_half_done_stays(tmp_path: Path) -> None:
    bags = sample_bags(tmp_path / "bundles")
    (tmp_path / "b").mkdir()
    with mounted(tmp_path / "b", "-t", "tmpfs", "-o", "size=7m", "none"):
        media = sample_media(tmp_path)
        filler = tmp_path / "b/lost+found"
        filler.mkdir()
        copy(bags[:1], media)
        before = tree(media[1].folder)
        write_durable(filler / "fill", bytes(1 << 20))
        with pytest.raises(MediumFault, match="не хватит места") as caught:
            copy(bags, media)
        assert "Э-2" in caught.value.where
        (filler / "fill").unlink()
        assert tree(media[1].folder) == before


@root_only
def test_space_that_runs_out_while_writing_is_told_and_cleaned_up(tmp_path: Path) -> None:
    bags = sample_bags(tmp_path / "bundles")
    with mounted(tmp_path / "b", "-t", "tmpfs", "-o", "size=20m", "none"):
        media = sample_media(tmp_path)
        filler = tmp_path / "b/lost+found"
        filler.mkdir()

        class Neighbour:
            """Fills the medium up after the space was checked."""

            def track(self, items: object, *, title: str, total: int | None = None) -> object:
                assert (title, total) == ("Запись дел на носители", 2)
                for number, item in enumerate(items):
                    if number:
                        free = media[1].free_bytes()
                        (filler / "fill").write_bytes(bytes(free - 300_000))
                    yield item

        with pytest.raises(MediumFault, match="кончилось место") as caught:
            copy_bags(bags, media, confirm_same_device=CONFIRMED, progress=Neighbour(), now=NOW)
        assert "Э-2" in caught.value.where
        for medium in media:
            assert medium.bag_names() == [bags[0].name]
            assert medium.leftovers() == []
        (filler / "fill").unlink()
        assert [row.written_to for row in copy(bags, media).bags] == [(), ("Э-1", "Э-2")]


@root_only
def test_a_medium_protected_from_writing_is_told_in_russian(tmp_path: Path) -> None:
    bags = sample_bags(tmp_path / "bundles", 1)
    with mounted(tmp_path / "b", "-t", "tmpfs", "-o", "size=20m", "none"):
        media = sample_media(tmp_path)
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "b")], check=True)
        for step in (lambda: copy(bags, media), lambda: finish_medium(media[1], {})):
            with pytest.raises(MediumFault, match="не разрешает запись") as caught:
                step()
            assert "Э-2" in caught.value.where
    assert media[0].bag_names() == []


# --- finished media ---------------------------------------------------------------------------


def run_tool(medium: Medium, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command], cwd=medium.folder / "tools", capture_output=True, text=True, check=False
    )


TOOLS = {"verify.sh": ["sh", "verify.sh"], "verify.py": [sys.executable, "-I", "verify.py"]}


@pytest.mark.parametrize("tool", TOOLS)
def test_the_tools_on_the_medium_accept_it_and_name_every_damage(tmp_path: Path, tool: str) -> None:
    need("sha512sum")
    medium = finished_media(tmp_path)[0]
    good = run_tool(medium, *TOOLS[tool])
    assert (good.returncode, "Все файлы целы." in good.stdout) == (0, True)
    bag, other = (medium.bags / name for name in medium.bag_names())
    flip(bag / "data/tom-1.pdf", 99)
    flip(bag / "tagmanifest-sha512.txt.p7s")
    (bag / "metadata/delo.json").unlink()
    (other / "data/stranger.bin").touch()
    (medium.folder / "stranger.txt").touch()
    flip(medium.folder / "docs/act.pdf")
    bad = run_tool(medium, *TOOLS[tool])
    assert bad.returncode == 1
    assert "НАЙДЕНЫ ПОВРЕЖДЕНИЯ" in bad.stdout
    for name in ("data/tom-1.pdf", "tagmanifest-sha512.txt.p7s", "metadata/delo.json"):
        assert name in bad.stdout + bad.stderr
    for name in ("data/stranger.bin", "stranger.txt", "docs/act.pdf"):
        assert name in bad.stdout + bad.stderr
    assert "data/source/marks.csv" not in bad.stdout + bad.stderr


@pytest.mark.parametrize("tool", TOOLS)
def test_the_tools_on_the_medium_miss_a_lost_bag_and_a_lost_list(tmp_path: Path, tool: str) -> None:
    medium = finished_media(tmp_path)[0]
    shutil.rmtree(medium.bags / medium.bag_names()[0])
    assert run_tool(medium, *TOOLS[tool]).returncode == 1
    other = finished_media(tmp_path / "other")[0]
    (other.folder / "volume-sha512.txt").unlink()
    assert run_tool(other, *TOOLS[tool]).returncode == 1


def test_the_windows_tool_has_line_ends_of_windows(tmp_path: Path) -> None:
    content = (finished_media(tmp_path, 1)[0].folder / "tools/verify.cmd").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") > 50


def test_finishing_twice_changes_nothing_and_new_papers_renew_the_signature(
    tmp_path: Path,
) -> None:
    media = finished_media(tmp_path)
    before = tree(media[0].folder)
    finish(media)
    assert tree(media[0].folder) == before

    def sign_anew(path: Path) -> None:
        path.with_name(path.name + ".p7s").write_bytes(b"second")

    finish_medium(media[0], {"label.pdf": b"label"}, seal=sign_anew)
    assert (media[0].folder / "volume-sha512.txt.p7s").read_bytes() == b"second"
    assert (media[0].folder / "docs/act.pdf").exists()


def test_a_medium_with_a_damaged_bag_is_not_signed(tmp_path: Path) -> None:
    media = sample_media(tmp_path)
    copy(sample_bags(tmp_path / "bundles", 1), media)
    (media[0].bags / media[0].bag_names()[0] / "bag-info.txt").write_bytes(b"\xff")
    with pytest.raises(MediumFault, match="испорчено"):
        finish_medium(media[0], {}, seal=sign)
    assert not (media[0].folder / "volume-sha512.txt.p7s").exists()


def test_papers_with_names_that_do_not_suit_are_refused(tmp_path: Path) -> None:
    media = sample_media(tmp_path)
    for name in ("Акт.pdf", "../act.pdf", "a/b.pdf"):
        with pytest.raises(InputFault):
            finish_medium(media[0], {name: b""})
    with pytest.raises(InputFault, match="не читается"):
        finish_medium(media[0], {"act.pdf": tmp_path / "нет.pdf"})
    assert not (media[0].folder / "docs").exists()


def test_pages_of_the_medium_lead_to_every_bag(tmp_path: Path) -> None:
    medium = finished_media(tmp_path)[0]
    page = (medium.folder / "index.html").read_text(encoding="utf-8")
    for name in medium.bag_names():
        assert f'href="bags/{name}/index.html"' in page
        assert validate(medium.bags / name, level=Level.FULL) == []
    assert "Классный журнал 9А, I четверть" in page


def test_a_stranger_reads_what_it_is_whose_and_until_when(tmp_path: Path) -> None:
    media = sample_media(tmp_path)
    specs = [
        sample_spec("2025-2026_02-15_09a_q1_t5"),
        dataclasses.replace(
            sample_spec("2026-2027_02-16_09a_y_t25", seed=2),
            title="Сводная ведомость",
            retention_until=dt.date(2052, 12, 31),
            captions={"data/source/marks.csv": "Кто что получил & когда"},
        ),
        dataclasses.replace(sample_spec("2026-2027_02-15_09a_q1_t5", seed=3), title="Журнал"),
    ]
    copy([write_bag(spec, tmp_path / "bundles", seal=sign).path for spec in specs], media)
    for name in ("handover-002.pdf", "handover-002.json"):
        finish_medium(media[0], {name: b"act"}, seal=sign, hint="Ищите в <сводной>.")
    guide = (media[0].folder / "ОПИСАНИЕ.txt").read_text(encoding="utf-8")
    for words in ("2025/2026, 2026/2027", "31.12.2052", "volume-sha512.txt.p7s", "Архив школы"):
        assert words in guide
    assert "КАК ПРОВЕРИТЬ ПОДЛИННОСТЬ" in guide
    assert max(map(len, guide.splitlines())) <= 100
    english = guide[guide.index("IN ENGLISH") :]
    assert "МБОУ «СОШ № 1»" in english
    assert "Архив школы" in english
    page = (media[0].folder / "index.html").read_text(encoding="utf-8")
    assert ">Кто что получил &amp; когда</a>" in page
    assert page.index("Сводная ведомость") < page.index(">Журнал<")
    assert "Ищите в &lt;сводной&gt;." in page
    assert "Акт передачи № 2 (handover-002.pdf)" in page
    assert "Запись акта № 2 для программ (handover-002.json)" in page
