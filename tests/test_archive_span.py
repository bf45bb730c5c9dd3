"""Cases spread over discs: whole, the same way every time, and every disc knows the others."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_archive_samples import CONFIRMED, NOW, PAIR, need, sample_bags, sign, tree

from archive.audit import AuditReport, audit_media
from archive.copy import copy_bags
from archive.finish import finish_medium
from archive.image import write_image
from archive.medium import Medium, open_medium, prepare_medium
from archive.span import (
    CAPACITIES,
    PAPERS,
    Disc,
    bag_space,
    capacity_of,
    disc_set,
    missing_discs,
    set_in_words,
    spread,
)
from archive.validation import Level
from archive.volume import DiscOfSet, Role, parse_volume
from docgen.core.errors import MediumFault, UsageFault
from docgen.core.progress import Silent


def case(number: int) -> Path:
    return Path(f"2025-2026_02-15_{number:02d}a_q1_t5")


sizes = st.dictionaries(st.integers(0, 99).map(case), st.integers(1, 1000), min_size=1)


@given(sizes)
def test_every_case_lies_on_one_disc_and_no_disc_is_overfull(bags: dict[Path, int]) -> None:
    discs = spread(bags, PAPERS + 1000)
    assert sorted(bag for disc in discs for bag in disc.bags) == sorted(bags)
    assert [disc.number for disc in discs] == list(range(1, len(discs) + 1))
    loads = [sum(bags[bag] for bag in disc.bags) for disc in discs]
    assert max(loads) <= 1000
    assert len([load for load in loads if load <= 500]) <= 1


@given(sizes, st.randoms())
def test_the_order_in_which_cases_are_told_changes_nothing(
    bags: dict[Path, int], chance: object
) -> None:
    mixed = list(bags.items())
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert spread(dict(mixed), PAPERS + 1000) == spread(bags, PAPERS + 1000)


def test_large_cases_go_first_and_discs_follow_the_names() -> None:
    bags = {case(1): 300, case(2): 800, case(3): 700, case(4): 200}
    assert spread(bags, PAPERS + 1000) == [
        Disc(1, (case(1), case(3))),
        Disc(2, (case(2), case(4))),
    ]


def test_a_case_larger_than_a_disc_is_named() -> None:
    with pytest.raises(MediumFault, match="не помещается") as caught:
        spread({case(1): 10, case(2): 1001}, PAPERS + 1000)
    assert caught.value.where == case(2).name


@pytest.mark.parametrize(("text", "size"), [("dvd", 4_700_372_992), ("CD", 737_280_000)])
def test_discs_go_by_their_names(text: str, size: int) -> None:
    assert capacity_of(text) == CAPACITIES[text.lower()] == size
    assert capacity_of(str(size)) == size


@pytest.mark.parametrize("text", ["", "floppy", "-5", "1.5", "1000", str(PAPERS)])
def test_a_disc_of_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageFault, match="размер диска"):
        capacity_of(text)


def test_a_set_numbers_its_discs_and_one_disc_keeps_its_number() -> None:
    two = [Disc(1, (case(1),)), Disc(2, (case(2),))]
    assert [disc.inventory_number for disc in disc_set(two, "Д-1", PAIR)] == ["Д-1/1", "Д-1/2"]
    assert [disc.inventory_number for disc in disc_set(two[:1], "Д-1", PAIR)] == ["Д-1"]
    volumes = {disc.volume for disc in disc_set(two, "Д-1", PAIR)}
    assert volumes == {disc.volume for disc in disc_set(two, "Д-1", PAIR)}
    assert not volumes & {disc.volume for disc in disc_set(two, "Д-2", PAIR)}
    assert not volumes & {disc.volume for disc in disc_set(two, "Д-1", uuid.uuid4())}


# --- a set as media -----------------------------------------------------------------------------


def medium(folder: Path, number: str, role: Role, discs: tuple[DiscOfSet, ...] = ()) -> Medium:
    folder.mkdir()
    volume = next((disc.volume for disc in discs if disc.inventory_number == number), None)
    return prepare_medium(
        folder,
        inventory_number=number,
        role=role,
        pair=PAIR,
        organisation="МБОУ «СОШ № 1»",
        contact="Архив школы",
        now=NOW,
        identifier=volume,
        discs=discs,
    )


@pytest.fixture
def disc_media(tmp_path: Path) -> list[Medium]:
    """A folder with three cases, and two discs that hold them together."""
    bags = sample_bags(tmp_path / "bundles", 3)
    room = 2 * max(map(bag_space, bags)) + 1
    parts = spread({bag: bag_space(bag) for bag in bags}, PAPERS + room)
    names = disc_set(parts, "Д-1", PAIR)
    first = medium(tmp_path / "a", "Э-1", Role.PRIMARY)
    media = [first]
    for part, name in zip(parts, names, strict=True):
        folder = tmp_path / f"disc{part.number}"
        disc = medium(folder, name.inventory_number, Role.WORKING, names)
        copy_bags(
            part.bags, (first, disc), confirm_same_device=CONFIRMED, progress=Silent(), now=NOW
        )
        finish_medium(disc, {}, seal=sign)
        media.append(disc)
    finish_medium(first, {}, seal=sign)
    return media


def audit(media: list[Medium]) -> AuditReport:
    return audit_media(media, level=Level.FULL, progress=Silent(), now=NOW)


def test_every_disc_knows_its_number_and_the_whole_set(disc_media: list[Medium]) -> None:
    _, one, two = disc_media
    assert [set_in_words(disc.read()) for disc in (one, two)] == ["диск 1 из 2", "диск 2 из 2"]
    assert one.read().discs == two.read().discs
    for disc in (one, two):
        card = disc.read()
        assert parse_volume(card.to_bytes()) == card
        assert list(card.disc.bags) == disc.bag_names() if card.disc else False
        page = (disc.folder / "index.html").read_text("utf-8")
        told = (disc.folder / "ОПИСАНИЕ.txt").read_text("utf-8")
        for name in ("Д-1/1", "Д-1/2", *one.bag_names(), *two.bag_names()):
            assert name in page
            assert name in told


def test_a_set_together_is_a_whole_copy(disc_media: list[Medium]) -> None:
    assert audit(disc_media).all_findings == ()


def test_one_disc_of_a_set_is_sound_and_the_others_are_asked_for(
    disc_media: list[Medium],
) -> None:
    folder, one, two = disc_media
    report = audit([folder, two])
    assert report.passed
    assert [row.code for row in report.all_findings] == ["AR-46"]
    assert "Д-1/1" in report.all_findings[0].message
    assert len(missing_discs([one.read()])) == 1


def test_a_case_a_disc_lost_is_still_a_fault(disc_media: list[Medium]) -> None:
    folder, one, two = disc_media
    lost = folder.bags / two.bag_names()[0]
    lost.rename(folder.folder.parent / "lost")
    assert "AR-40" in {row.code for row in audit([folder, one, two]).all_findings}


def test_discs_of_a_set_become_images(disc_media: list[Medium], tmp_path: Path) -> None:
    need("xorriso")
    for disc in disc_media[1:]:
        image = write_image(disc, tmp_path / f"{disc.folder.name}.iso", capacity=CAPACITIES["cd"])
        content = sum(map(len, tree(disc.folder).values()))
        assert content < image.size < content + bag_space(disc.bags) // 10 + 1_500_000


def test_media_outside_a_set_say_nothing_of_discs(tmp_path: Path) -> None:
    alone = medium(tmp_path / "a", "Э-1", Role.PRIMARY)
    assert b"discs" not in (alone.folder / "volume.json").read_bytes()
    assert set_in_words(open_medium(alone.folder).read()) == ""
