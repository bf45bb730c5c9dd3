"""The school's settings: what is taken, and what a person hears about a mistake."""

from __future__ import annotations

import ast
import datetime as dt
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from docgen.core.errors import InputFault, UsageFault
from docgen.pipeline import initialise as initialising
from docgen.pipeline.initialise import initialise, is_unfinished
from docgen.profile import FILES, load_profile, retention_until, write_workspace

ROOT = Path(__file__).parent.parent
SHIPPED = load_profile(Path("no such folder"))

# Settings that wait for the use case they are for. The list only ever gets shorter.
NOT_READ_YET = {
    "archive.case_index_summary",
}


def school(folder: Path, text: str | bytes, *, name: str = "school.toml") -> Path:
    """A workspace with one settings file."""
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def refusal(workspace: Path) -> InputFault:
    with pytest.raises(InputFault) as caught:
        load_profile(workspace)
    return caught.value


def only(workspace: Path) -> tuple[str, str, str]:
    """Code, place and sentence of the one finding."""
    (found,) = refusal(workspace).findings
    return found.code, found.where, found.message


def test_what_a_school_wrote_stands_over_what_is_shipped(tmp_path: Path) -> None:
    school(
        tmp_path,
        '[school]\ncity = "Ольховка"\n[print]\nbinding_margin_mm = 30\n'
        '[check]\nmarks_norm = [[0, 2], [2.5, 6]]\n[check.exam_subjects]\n9 = ["Физика"]\n'
        '[check.severity]\nMK-04 = "off"\n[media.b]\nplace = "сейф"\n',
    )
    school(tmp_path, '[portfolio]\ntitle = "Портфолио"\nyears = 3\n', name="retention.toml")
    school(tmp_path, '["copy.certification"]\ntext = "Верно."\n', name="norms.toml")
    profile = load_profile(tmp_path)
    assert profile.school.city == "Ольховка"
    assert profile.print.binding_margin_mm == 30
    assert profile.print.columns_per_sheet == SHIPPED.print.columns_per_sheet
    assert profile.check.severity == {"MK-04": "off"}
    assert profile.check.marks_norm == ((0, 2), (2.5, 6))
    assert profile.check.exam_subjects == {9: ("Физика",)}
    assert profile.media.b.place == "сейф"
    assert profile.media.b.inventory == "2"
    assert profile.retention["portfolio"].years == 3
    assert profile.retention["journal"] == SHIPPED.retention["journal"]
    assert profile.norm("copy.certification").text == "Верно."
    assert profile.norm("copy.certification").act == SHIPPED.norm("copy.certification").act


def test_without_files_everything_is_as_shipped(tmp_path: Path) -> None:
    assert load_profile(tmp_path) == SHIPPED
    assert SHIPPED.print.max_sheets_per_volume == 250
    assert SHIPPED.retention["journal"].years == 5
    assert SHIPPED.norms["copy.certification"].text


def test_an_empty_file_is_the_shipped_one(tmp_path: Path) -> None:
    assert load_profile(school(tmp_path, "")) == SHIPPED


def test_a_new_workspace_says_what_the_program_does_without_it(tmp_path: Path) -> None:
    write_workspace(tmp_path)
    assert load_profile(tmp_path) == SHIPPED


def test_every_shipped_settings_file_loads_and_is_one_of_a_workspace() -> None:
    shipped = [
        file for file in resources.files("docgen.settings").iterdir() if file.name.endswith(".toml")
    ]
    assert sorted(file.name for file in shipped) == sorted(FILES)
    for file in shipped:
        assert tomllib.loads(file.read_text(encoding="utf-8"))


def test_the_shipped_file_names_every_key_a_school_may_set() -> None:
    text = (resources.files("docgen.settings") / "school.toml").read_text(encoding="utf-8")
    written = tomllib.loads(text)
    expected = SHIPPED.model_dump(exclude={"documents", "names", "norms", "retention"})
    assert {name: sorted(section) for name, section in written.items()} == {
        name: sorted(section) for name, section in expected.items()
    }


def test_every_norm_and_term_we_ship_names_its_ground() -> None:
    assert all(norm.act for norm in SHIPPED.norms.values())
    assert all(term.basis for term in SHIPPED.retention.values())


def test_what_is_shipped_from_memory_claims_no_day_of_checking() -> None:
    shipped = [*SHIPPED.norms.values(), *SHIPPED.retention.values()]
    assert {row.confidence for row in shipped} == {"medium", "low"}
    assert all((row.checked is None) == (row.confidence == "low") for row in shipped)


def sections(profile: BaseModel, above: str = "") -> Iterator[str]:
    """Dotted names of all settings of a school: "media.a.path"."""
    for name, value in profile:
        if isinstance(value, BaseModel):
            yield from sections(value, f"{above}{name}.")
        elif name not in {"norms", "retention"}:
            yield f"{above}{name}"


def read_settings() -> set[str]:
    """Every attribute that the pipeline and the commands look at."""
    rooms = (ROOT / "docgen" / "pipeline", ROOT / "docgen" / "commands")
    return {
        node.attr
        for room in rooms
        for file in room.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }


def test_a_setting_that_nothing_reads_yet_stands_on_the_list() -> None:
    read = read_settings()
    unread = {name for name in sections(SHIPPED) if name.rpartition(".")[2] not in read}
    assert unread <= NOT_READ_YET


@pytest.mark.parametrize(
    ("closed", "years", "until"),
    [
        (dt.date(2026, 6, 30), 5, dt.date(2031, 12, 31)),
        (dt.date(2026, 1, 1), 1, dt.date(2027, 12, 31)),
        (dt.date(2026, 12, 31), 25, dt.date(2051, 12, 31)),
    ],
)
def test_a_term_runs_from_the_first_of_january_after_closing(
    closed: dt.date, years: int, until: dt.date
) -> None:
    assert retention_until(closed, years) == until


def test_a_workspace_is_written_with_all_its_files(tmp_path: Path) -> None:
    paths = write_workspace(tmp_path / "школа")
    assert [path.name for path in paths] == list(FILES)
    assert "# " in paths[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("standing", FILES)
def test_a_workspace_is_never_written_over(tmp_path: Path, standing: str) -> None:
    school(tmp_path, "# моё", name=standing)
    with pytest.raises(UsageFault) as caught:
        write_workspace(tmp_path)
    assert caught.value.where.endswith(standing)
    assert [path.name for path in tmp_path.iterdir()] == [standing]
    assert (tmp_path / standing).read_text(encoding="utf-8") == "# моё"


@pytest.mark.parametrize(
    ("name", "text", "where", "message"),
    [
        (
            "school.toml",
            '[school]\ncyti = "Ольховка"',
            "school.toml, строка 2, ключ school.cyti",
            "такого ключа нет: «school.cyti»; вероятно, имелся в виду «city»",
        ),
        (
            "school.toml",
            "\n[prnt]\nduplex = true",
            "school.toml, строка 2, ключ prnt",
            "такого ключа нет: «prnt»; вероятно, имелся в виду «print»",
        ),
        (
            "school.toml",
            'media.a.inventori = "1"',
            "school.toml, строка 1, ключ media.a.inventori",
            "такого ключа нет: «media.a.inventori»; вероятно, имелся в виду «inventory»",
        ),
        (
            "school.toml",
            '[check.severity]\nMK-004 = "off"',
            "school.toml, строка 2, ключ check.severity.MK-004",
            "такого ключа нет: «check.severity.MK-004»; вероятно, имелся в виду «MK-04»",
        ),
        (
            "school.toml",
            "[school]\nqqqq = 1",
            "school.toml, строка 2, ключ school.qqqq",
            "такого ключа нет: «school.qqqq»",
        ),
        (
            "retention.toml",
            "[journal]\nyaers = 5",
            "retention.toml, строка 2, ключ journal.yaers",
            "такого ключа нет: «journal.yaers»; вероятно, имелся в виду «years»",
        ),
        (
            "school.toml",
            '[check.exam_subjects]\n12 = ["Физика"]',
            "school.toml, строка 2, ключ check.exam_subjects.12",
            "такого ключа нет: «check.exam_subjects.12»",
        ),
        (
            "school.toml",
            '# \n[midea.a]\nplace = "сейф"',
            "school.toml, строка 2, ключ midea",
            "такого ключа нет: «midea»; вероятно, имелся в виду «media»",
        ),
        (
            "norms.toml",
            '["copy.certification"]\n"txet" = "Верно"',
            "norms.toml, строка 2, ключ copy.certification.txet",
            "такого ключа нет: «copy.certification.txet»; вероятно, имелся в виду «text»",
        ),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_the_likely_right_one(
    tmp_path: Path, name: str, text: str, where: str, message: str
) -> None:
    assert only(school(tmp_path, text, name=name)) == ("PR-01", where, message)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('print.duplex = "да"', "нужно true или false, без кавычек"),
        ("school.city = 5", "нужен текст в кавычках"),
        ('print.columns_per_sheet = "25"', "нужно целое число без кавычек"),
        ("print.columns_per_sheet = 25.5", "нужно целое число без кавычек"),
        ('check.final_threshold = "половина"', "нужно число без кавычек"),
        ("print.columns_per_sheet = 10", "нужно число не меньше 11"),
        ("print.max_sheets_per_volume = 251", "нужно число не больше 250"),
        ("print.binding_margin_mm = 19.9", "нужно число не меньше 20"),
        ("check.final_threshold = 0", "нужно число больше 0"),
        ("check.final_threshold = 1.0", "нужно число меньше 1"),
        (
            'archive.case_index_journal = "02 15"',
            "годятся латинские буквы, цифры, точка, косая черта и дефис",
        ),
        ('signing.backend = "token"', "можно: software, gost, cryptopro, pkcs11"),
        ('check.severity.MK-04 = "нет"', "можно: blocking, warning, note, off"),
        (
            'signing.trust = "keys/ca.pem"',
            "нужен список: значения через запятую в квадратных скобках",
        ),
        ("print = 5", "нужен раздел с ключами, а стоит одно значение"),
        ("check.severity = 5", "нужен раздел с ключами, а стоит одно значение"),
    ],
)
def test_a_value_that_does_not_fit_is_shown_with_what_would(
    tmp_path: Path, text: str, reason: str
) -> None:
    key = text.partition(" = ")[0]
    assert only(school(tmp_path, f"# настройки\n{text}\n")) == (
        "PR-02",
        f"school.toml, строка 2, ключ {key}",
        f"«{text}»: {reason}",
    )


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("[journal]\nyears = 0", "journal.years", "нужно число не меньше 1"),
        ('[journal]\narticle = ""', "journal.article", "значение не может быть пустым"),
        ('[order]\nyears = "всегда"', "order.years", "нужно целое число без кавычек"),
        (
            '[order]\nindex = "01 03"',
            "order.index",
            "годятся латинские буквы, цифры, точка, косая черта и дефис",
        ),
        ('[consent]\nfrom = "сразу"', "consent.from", "можно: year, graduation"),
        (
            '[journal]\nchecked = "01.11.2026"',
            "journal.checked",
            "нужна дата без кавычек, например 2026-11-01",
        ),
        ('[journal]\nconfidence = "точно"', "journal.confidence", "можно: high, medium, low"),
        ("journal = 5", "journal", "нужен раздел с ключами, а стоит одно значение"),
    ],
)
def test_a_wrong_retention_term_is_refused(
    tmp_path: Path, text: str, key: str, reason: str
) -> None:
    code, where, message = only(school(tmp_path, text, name="retention.toml"))
    assert code == "PR-02"
    assert where == f"retention.toml, строка {len(text.splitlines())}, ключ {key}"
    assert message.endswith(f"»: {reason}")


@pytest.mark.parametrize("word", ["permanent", "постоянно"])
def test_a_case_may_be_kept_for_ever(tmp_path: Path, word: str) -> None:
    (tmp_path / "retention.toml").write_text(f'[summary]\nyears = "{word}"\n', "utf-8")
    term = load_profile(tmp_path).retention["summary"]
    assert term.years is None
    assert retention_until(dt.date(2026, 5, 31), term.years) is None


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("[[2]]", "«check.marks_norm = [2]»: в каждой паре должно быть два числа: [2, 5]"),
        (
            "[[2, 5, 7]]",
            "«check.marks_norm = [2, 5, 7]»: в каждой паре должно быть два числа: [2, 5]",
        ),
        ("[[2, 5.5]]", "«check.marks_norm = 5.5»: нужно целое число без кавычек"),
        ("[[-1, 5]]", "«check.marks_norm = -1»: нужно число не меньше 0"),
        ("[[nan, 5]]", "«check.marks_norm = nan»: нужно число не больше 40"),
    ],
)
def test_a_wrong_pair_in_a_list_is_shown_on_the_line_of_its_key(
    tmp_path: Path, written: str, told: str
) -> None:
    school(tmp_path, f"[check]\n\nmarks_norm = {written}\n")
    assert only(tmp_path) == ("PR-02", "school.toml, строка 3, ключ check.marks_norm", told)


def test_a_section_without_what_it_must_have_is_named(tmp_path: Path) -> None:
    school(tmp_path, '\n[portfolio]\ntitle = "Портфолио"', name="retention.toml")
    assert only(tmp_path) == (
        "PR-03",
        "retention.toml, строка 2, ключ portfolio.years",
        "ключа «portfolio.years» нет, а он нужен",
    )


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    fault = refusal(school(tmp_path, "[print]\nduplex = 1\nduplx = true\n[shcool]\n"))
    assert fault.exit_code == 3
    assert fault.where == str(tmp_path / "school.toml")
    assert sorted(found.where for found in fault.findings) == [
        "school.toml, строка 2, ключ print.duplex",
        "school.toml, строка 3, ключ print.duplx",
        "school.toml, строка 4, ключ shcool",
    ]


SYNTAX = {
    "city = «Ольховка»": "здесь стоят «ёлочки» или “лапки”",
    "city = “Ольховка”": "здесь стоят «ёлочки» или “лапки”",
    "city = Ольховка": "текст надо взять в прямые кавычки",
    "city = # пусто": "после «=» нет значения",
    "city = ": "после «=» нет значения",
    "duplex = да": "пишут true и false",
    "duplex = True": "пишут true и false",
    'city = "Ольховка': "кавычка открыта и не закрыта",
    'city = "Ольховка\u0007"': "невидимый знак",
    'key = "C:\\keys"': "обратную косую черту",
    'key = "C:\\users"': "обратную косую черту",
    "city = '''Ольховка": "кавычки открыты и не закрыты",
    'city = "\x00"': "невидимый знак",
    'name = "МОУ "Школа № 5""': "замените их на «ёлочки»",
    "threshold = 0,5": "точку, а не запятую",
    "checked = 01.11.2026": "дату пишут так: 2026-11-01",
    "index = 02-15": "текст с цифрами берут в кавычки",
    'city = "Ольховка" село': "после значения стоит лишнее",
    'city: "Ольховка"': "знак «=»",
    'город = "Ольховка"': "латинскими буквами",
    "[школа]": "латинскими буквами",
    "[school": "в квадратных скобках",
    'trust = ["a", "b"': "скобка открыта и не закрыта",
    'city = ""\ncity = ""': "этот ключ в разделе уже есть",
    "[a]\n[a]": "такой раздел выше уже есть",
}


@pytest.mark.parametrize("text", SYNTAX)
@pytest.mark.parametrize("after", ["", "\n\n"], ids=["at the end", "before empty lines"])
def test_what_is_no_toml_is_told_with_its_line_and_in_words(
    tmp_path: Path, text: str, after: str
) -> None:
    fault = refusal(school(tmp_path, f"# наша школа\n\n{text}{after}"))
    assert SYNTAX[text] in fault.message
    assert fault.where == f"{tmp_path / 'school.toml'}, строка {len(text.splitlines()) + 2}"
    assert fault.remedy


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"a = {'9' * 5000}", "слишком длинное число"),
        (f"a = {'[' * 9999}", "слишком много скобок одна в другой"),
    ],
)
def test_what_the_parser_chokes_on_is_told_in_words_too(
    tmp_path: Path, text: str, reason: str
) -> None:
    assert refusal(school(tmp_path, text)).message == f"файл настроек записан с ошибкой: {reason}"


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    name=st.sampled_from(FILES),
    place=st.floats(0, 1),
    removed=st.integers(0, 9),
    put=st.sampled_from([*"\"'[]{}=.,#\n\r\x00-9", "nan", "да", "[[a]]", "2026-13-01", '"" = 1\n']),
)
def test_any_slip_of_the_hand_ends_in_words_or_in_a_profile(
    tmp_path_factory: pytest.TempPathFactory, name: str, place: float, removed: int, put: str
) -> None:
    shipped = (resources.files("docgen.settings") / name).read_text(encoding="utf-8")
    at = int(place * len(shipped))
    folder = school(
        tmp_path_factory.mktemp("slip"), shipped[:at] + put + shipped[at + removed :], name=name
    )
    fault = None
    try:
        load_profile(folder)
    except InputFault as caught:
        fault = caught
    if fault is not None:
        assert name in fault.where
        assert fault.remedy
        assert "прочитать нельзя" not in fault.message
        assert all("не подходит" not in found.message for found in fault.findings)


def test_line_ends_of_windows_change_no_line_number(tmp_path: Path) -> None:
    assert refusal(school(tmp_path, "a = 1\r\n\r\nb = да\r\n")).where.endswith("строка 3")


def test_a_file_in_the_old_windows_encoding_is_told_how_to_be_saved(tmp_path: Path) -> None:
    fault = refusal(school(tmp_path, '[school]\ncity = "Ольховка"'.encode("cp1251")))
    assert fault.message == "файл настроек сохранён не в кодировке UTF-8"
    assert fault.where == str(tmp_path / "school.toml")
    assert "Блокноте" in fault.remedy


def test_a_byte_order_mark_of_notepad_is_no_mistake(tmp_path: Path) -> None:
    text = '[school]\r\ncity = "Ольховка"\r\n'
    assert load_profile(school(tmp_path, text.encode("utf-8-sig"))).school.city == "Ольховка"


def test_a_folder_in_place_of_a_file_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "norms.toml").mkdir()
    assert refusal(tmp_path).message == "вместо файла настроек стоит папка"


MOMENT = dt.datetime(2025, 9, 1, 12, tzinfo=dt.UTC)


def test_a_stopped_init_is_finished_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(initialising, "write_workspace", stop)
        with pytest.raises(KeyboardInterrupt):
            initialise(tmp_path, MOMENT)
    key = (tmp_path / "keys/workplace.p12").read_bytes()
    (tmp_path / "norms.toml").write_bytes(
        (resources.files("docgen.settings") / "norms.toml").read_bytes()
    )
    assert is_unfinished(tmp_path)
    initialise(tmp_path, MOMENT)
    assert (tmp_path / "keys/workplace.p12").read_bytes() == key
    assert (tmp_path / "school.toml").is_file()
    with pytest.raises(UsageFault, match="уже есть"):
        initialise(tmp_path, MOMENT)
