"""The shelf of templates, whole for every folder there is; and a school's own in place of ours."""

from __future__ import annotations

import importlib
import io
import struct
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import docx
import pytest
from journal_samples import MOMENT
from pypdf import PdfReader

from bench import shelf as keeper
from docgen.core.errors import UsageFault
from docgen.core.findings import Finding
from docgen.documents.kinds import Format, kinds
from docgen.pipeline import template_care
from docgen.rendering import templates, word_templates
from docgen.rendering.blank import lay_out_blank, lay_out_document
from docgen.rendering.docx import docx_bytes
from docgen.rendering.locations import shipped_templates
from docgen.rendering.shelf import Make, Shelved, shelf

FOLDERS = sorted(
    path.parent.name
    for path in shipped_templates().glob("*/template.html")
    if not path.parent.name.startswith("_")
)
MANIFEST = {"title", "make", "audience", "ground", "context", "version", "retention"}


@pytest.fixture(params=FOLDERS)
def item(request: pytest.FixtureRequest) -> Shelved:
    """Every template in turn; one without a manifest is told of by the test of whole folders."""
    found = shelf().get(request.param)
    if found is None:
        pytest.skip("no manifest yet")
    return found


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_holds_all_that_a_template_needs(name: str) -> None:
    wanted = ("manifest.toml", "sample.json", "README.md", "thumbnail.png")
    folder = shipped_templates() / name
    assert [file for file in wanted if not (folder / file).is_file()] == []


def test_a_manifest_is_complete_and_agrees_with_the_kind_of_document(item: Shelved) -> None:
    told = tomllib.loads((item.folder / "manifest.toml").read_text(encoding="utf-8"))
    assert told.keys() - {"variable"} == MANIFEST
    assert all((item.title, item.audience, item.version >= 1))
    assert bool(item.context) == (item.make is not Make.SHEET)
    terms = tomllib.loads(
        (resources.files("docgen.settings") / "retention.toml").read_text("utf-8")
    )
    assert item.retention in {"", *terms}
    if kind := kinds().get(item.name):
        assert (item.make is Make.LETTER) == (Format.DOCX in kind.formats)


def test_a_sample_has_the_fields_of_the_context_and_no_others(item: Shelved) -> None:
    sample: Any = item.sample()
    if item.variable:
        assert sample.keys() == {item.variable}
        sample = sample[item.variable]
    if item.context:
        assert list(strays(sample, context_of(item), item.name)) == []


def test_a_sample_fills_the_template(item: Shelved) -> None:
    sample, page = item.sample(), f"{item.name}/template.html"
    if item.make is Make.SHEET:
        assert lay_out_blank(item.name, sample).slots
        return
    assert lay_out_document(item.name, sample).startswith(b"%PDF")
    if item.make is Make.LETTER:
        assert docx_bytes([templates.render(page, sample)], MOMENT).startswith(b"PK")
    if (item.folder / "screen.html").is_file():
        assert "</html>" in templates.render(f"{item.name}/screen.html", sample)


def test_a_template_asks_for_nothing_its_sample_does_not_hold(item: Shelved) -> None:
    asked = templates.undeclared(f"{item.name}/template.html")
    assert [place for place, name in asked if name not in item.sample()] == []


def test_a_readme_is_russian_and_tells_of_every_variable(item: Shelved) -> None:
    text = (item.folder / "README.md").read_text(encoding="utf-8")
    names = keeper.variables(item)
    assert [name for name in names if not keeper.is_told(name, text)] == []
    assert [name for name in keeper.told(text) if name not in names] == []
    assert keeper.unwritten(text) == []
    prose = [letter for letter in text.split("\n|", 1)[0] if letter.isalpha()]
    assert sum("а" <= letter.lower() <= "я" or letter in "ёЁ" for letter in prose) > 0.7 * len(
        prose
    )


def test_a_thumbnail_is_a_small_grey_picture(item: Shelved) -> None:
    data = (item.folder / "thumbnail.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(data) < 15_000
    width, _height, _bits, colour = struct.unpack(">IIBB", data[16:26])
    assert 200 <= width <= 310
    assert colour == 0


def context_of(item: Shelved) -> type:
    module, name = item.context.split(":")
    found: type = getattr(importlib.import_module(module), name)
    return found


def strays(value: Any, hint: Any, place: str) -> Iterator[str]:
    """Where a value of JSON is not what a type says, fields of dataclasses by name."""
    if get_origin(hint) is tuple:
        yield from strays_of_tuple(value, get_args(hint), place)
    elif is_dataclass(hint) and isinstance(hint, type):
        named = {item.name for item in fields(hint)}
        found = value.keys() if isinstance(value, Mapping) else set()
        yield from (f"{place}.{name}" for name in sorted(named ^ found))
        hints = get_type_hints(hint)
        for name in sorted(named & found):
            yield from strays(value[name], hints[name], f"{place}.{name}")
    elif issubclass(hint, Enum):
        if value not in set(hint):
            yield place
    elif type(value) is not hint:
        yield place


def strays_of_tuple(value: Any, hints: tuple[Any, ...], place: str) -> Iterator[str]:
    many = hints[-1] is ...
    if not isinstance(value, list) or not (many or len(value) == len(hints)):
        yield place
        return
    for number, one in enumerate(value):
        yield from strays(one, hints[0 if many else number], f"{place}[{number}]")


@dataclass(frozen=True)
class _Inner:
    name: str
    count: int


@dataclass(frozen=True)
class _Outer:
    title: str
    done: bool
    rows: tuple[_Inner, ...]
    pairs: tuple[tuple[str, str], ...]


GOOD: dict[str, Any] = {
    "title": "а",
    "done": True,
    "rows": [{"name": "б", "count": 1}],
    "pairs": [["в", "г"]],
}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({}, []),
        ({"more": "д"}, ["x.more"]),
        ({"title": None}, ["x.title"]),
        ({"done": 1}, ["x.done"]),
        ({"rows": [{"name": "б"}]}, ["x.rows[0].count"]),
        ({"rows": [{"name": "б", "count": True}]}, ["x.rows[0].count"]),
        ({"rows": "б"}, ["x.rows"]),
        ({"pairs": [["в"]]}, ["x.pairs[0]"]),
    ],
)
def test_a_stray_field_of_a_sample_is_seen(change: dict[str, Any], place: list[str]) -> None:
    assert list(strays({**GOOD, **change}, _Outer, "x")) == place


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    """A school's folder of templates; templates that were read are forgotten."""
    templates.environment.cache_clear()
    yield tmp_path / "templates"
    templates.environment.cache_clear()


def copied(own: Path, name: str) -> Path:
    """The school's copy of a template."""
    (page,) = template_care.copy_template(shelf()[name], own, seen=False)
    return page


def written(own: Path, name: str, text: str, file: str = "template.html") -> Path:
    path = own / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def word(own: Path, name: str, *paragraphs: str) -> Path:
    path = own / name / "template.docx"
    path.parent.mkdir(parents=True, exist_ok=True)
    book = docx.Document()
    for text in paragraphs:
        book.add_paragraph(text)
    book.save(str(path))
    return path


def only(found: tuple[Finding, ...], code: str) -> Finding:
    (one,) = found
    assert one.code == code
    return one


def page_text(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_copy_is_the_shipped_template_and_nothing_is_wrong_with_it(own: Path) -> None:
    for name in ("access", "check-report", "contents"):
        copied(own, name)
    assert template_care.check_templates(own) == ()
    changed = {item.shelved.name: item.own_files for item in template_care.standing_templates(own)}
    assert {name for name, files in changed.items() if files} == {
        "access",
        "check-report",
        "contents",
    }


def test_the_schools_own_template_takes_the_place_of_ours(own: Path) -> None:
    page = copied(own, "access")
    page.write_text(page.read_text("utf-8").replace("ЗАЯВЛЕНИЕ", "ПРОШЕНИЕ"), "utf-8")
    text = page_text(template_care.preview(shelf()["access"], own))
    assert "ПРОШЕНИЕ" in text
    assert "ЗАЯВЛЕНИЕ" not in text
    page.unlink()
    templates.environment.cache_clear()
    assert "ЗАЯВЛЕНИЕ" in page_text(template_care.preview(shelf()["access"], own))


def test_an_own_template_may_change_one_block_of_the_shipped_one(own: Path) -> None:
    written(
        own,
        "title-sheet",
        '{% extends "shipped:title-sheet/template.html" %}\n'
        '{% block name %}<div class="at" style="left:0;top:29mm">ЖУРНАЛ ШКОЛЫ</div>{% endblock %}',
    )
    text = page_text(template_care.preview(shelf()["title-sheet"], own))
    assert "ЖУРНАЛ ШКОЛЫ" in text
    assert "КЛАССНЫЙ ЖУРНАЛ" not in text
    assert "Классный руководитель" in text
    assert template_care.check_templates(own) == ()


def test_a_copy_is_never_written_over(own: Path) -> None:
    page = copied(own, "access")
    page.write_text("своё", encoding="utf-8")
    with pytest.raises(UsageFault, match="не перезаписывается"):
        copied(own, "access")
    assert page.read_text("utf-8") == "своё"


def test_a_template_nobody_knows_is_answered_with_the_likely_one() -> None:
    with pytest.raises(UsageFault, match="«consent»"):
        template_care.chosen_template("consnet")


def test_a_wrong_name_in_html_is_told_with_file_line_and_the_likely_name(own: Path) -> None:
    page = copied(own, "notice")
    lines = page.read_text("utf-8").splitlines()
    place = next(number for number, line in enumerate(lines, start=1) if "{{ start }}" in line)
    page.write_text("\n".join(lines).replace("{{ start }}", "{{ strat }}", 1), "utf-8")
    found = only(template_care.check_templates(own), "TP-01")
    assert found.where == f"{page}, строка {place}"
    assert "«strat»; вероятно, имелось в виду «start»" in found.message


def test_a_wrong_name_in_a_branch_the_sample_does_not_walk_is_found_too(own: Path) -> None:
    page = copied(own, "notice")
    text = page.read_text("utf-8")
    page.write_text(f"{text.rstrip()}\n{{% if not school %}}{{{{ scool }}}}{{% endif %}}", "utf-8")
    found = only(template_care.check_templates(own), "TP-02")
    assert found.where == f"{page}, строка {len(text.splitlines()) + 1}"
    assert "«scool»; вероятно, имелось в виду «school»" in found.message


def test_a_wrong_name_in_word_is_told_with_its_paragraph_and_the_likely_name(own: Path) -> None:
    path = word(own, "notice", "{{ school }}", "Уведомление", "с {{ strat }}")
    found = only(template_care.check_templates(own), "TP-01")
    assert found.where == f"{path}, абзац 3: «с {{{{ strat }}}}»"
    assert "«strat»; вероятно, имелось в виду «start»" in found.message


def test_a_whole_word_template_is_accepted_and_a_broken_one_is_told(own: Path) -> None:
    path = word(own, "notice", "{{ school }}", "с {{ start }}, {{ system }}")
    assert template_care.check_templates(own) == ()
    path.write_bytes(b"not a document")
    found = only(template_care.check_templates(own), "TP-01")
    assert "не документ Word" in found.message


def test_a_slot_that_was_lost_is_named(own: Path) -> None:
    page = copied(own, "contents")
    page.write_text(page.read_text("utf-8").replace('{{ slot("unit"', '{{ slot("uint"'), "utf-8")
    assert "«unit»" in only(template_care.check_templates(own), "TP-03").message


def test_a_table_grown_over_the_edge_of_the_sheet_is_told(own: Path) -> None:
    page = copied(own, "contents")
    page.write_text(page.read_text("utf-8").replace("body = 158", "body = 258"), "utf-8")
    assert "выходит за край листа" in only(template_care.check_templates(own), "TP-01").message


def test_what_changed_in_ours_since_the_copy_is_shown_until_it_is_seen(own: Path) -> None:
    page = copied(own, "access")
    origin = own / "access" / ".origin" / "template.html"
    shipped = origin.read_text("utf-8")
    origin.write_text(shipped.replace("<h1>ЗАЯВЛЕНИЕ</h1>", "<h1>Заявление</h1>"), "utf-8")
    found = only(template_care.check_templates(own), "TP-04")
    assert found.where == str(page)
    assert "– <h1>Заявление</h1>\n+ <h1>ЗАЯВЛЕНИЕ</h1>" in found.message
    template_care.copy_template(shelf()["access"], own, seen=True)
    assert template_care.check_templates(own) == ()


@pytest.mark.parametrize(
    ("name", "file", "said"),
    [
        ("consnet", "template.html", "вероятно, имелось в виду «consent»"),
        ("consent", "page.html", "«consent/page.html»"),
    ],
)
def test_a_file_that_takes_the_place_of_nothing_is_told(
    own: Path, name: str, file: str, said: str
) -> None:
    written(own, name, "<p>", file)
    assert said in only(template_care.check_templates(own), "TP-05").message


def test_a_word_template_keeps_every_letter_and_gives_the_same_bytes_twice(own: Path) -> None:
    path = word(own, "notice", "{{ school }}", "{% for row in rows %}{{ row }};{% endfor %}")
    values = {"school": "Школа <№ 1> & «лицей»", "rows": ["а&б", "<в"]}
    made = word_templates.fill(path, values)
    assert made == word_templates.fill(path, values)
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    paragraphs = [item.text for item in docx.Document(io.BytesIO(made)).paragraphs]
    assert paragraphs == ["Школа <№ 1> & «лицей»", "а&б;<в;"]
