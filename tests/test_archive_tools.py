"""The programs on a medium, in the hands of a stranger who has nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from test_archive_samples import copy, finished_media, flip, need, sample_media, sample_spec

import archive
from archive import manifest
from archive.bag import write_bag
from archive.durable import sha512_of
from archive.finish import finish_medium

SOURCES = Path(archive.__file__).parent / "tools"
TOOLS = {"sh": ["sh", "tools/verify.sh"], "py": [sys.executable, "-I", "tools/verify.py"]}
BAG = "bags/2025-2026_02-15_09a_q1_t5"
GOST = Path(__file__).parent / "data/gost"
DATA = Path(__file__).parent / "data"

both = pytest.mark.parametrize("tool", TOOLS)


def run(folder: Path, tool: str, *arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [*TOOLS[tool], *arguments],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout.decode()


class Authority:
    """A root and a sealer whose certificates ran out long ago, as on an old disc."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        root, key = self._made("root", None)
        self._made("sealer", (root, key))

    def _made(
        self, name: str, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer[0].subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(dt.datetime(2001, 1, 1, tzinfo=dt.UTC))
            .not_valid_after(dt.datetime(2002, 1, 1, tzinfo=dt.UTC))
            .add_extension(
                x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True
            )
            .sign(issuer[1] if issuer else key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
        (self.folder / f"{name}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return certificate, key

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def seal(self, path: Path) -> None:
        subprocess.run(
            [
                *("openssl", "cms", "-sign", "-binary", "-outform", "DER", "-md", "sha512"),
                *("-signer", self.folder / "sealer.pem", "-inkey", self.folder / "sealer.key"),
                *("-in", path, "-out", f"{path}.p7s"),
            ],
            check=True,
            capture_output=True,
        )


def sealed_medium(folder: Path) -> Path:
    need("openssl")
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority(folder)
    spec = sample_spec()
    files = {**spec.files, "evidence/trust-1.pem": authority.root}
    bag = write_bag(dataclasses.replace(spec, files=files), folder / "bundles", seal=authority.seal)
    media = sample_media(folder)
    copy([bag.path], media)
    for medium in media:
        finish_medium(medium, {"opis.csv": b"opis"}, seal=authority.seal)
    return media[0].folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A medium with real seals, not to be changed."""
    return sealed_medium(tmp_path_factory.mktemp("sealed"))


@pytest.fixture
def disc(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    shutil.copytree(whole, tmp_path / "disc")
    return tmp_path / "disc"


def relist(folder: Path, lists: str, *paths: str) -> None:
    """Bring a list in step with changed files, as a forger would."""
    read = manifest.read_list(folder / lists, digits=128, where="").digests
    new = {path: sha512_of(folder / path) for path in paths}
    (folder / lists).write_bytes(manifest.write_list({**read, **new}))


# --- what a whole medium is told --------------------------------------------------------------


@both
def test_a_whole_medium_passes_and_its_anchor_is_shown_as_on_paper(whole: Path, tool: str) -> None:
    code, said = run(whole, tool)
    assert (code, "Все файлы целы." in said) == (0, True), said
    digest = hashlib.sha512(b"opis").hexdigest()
    groups = re.findall("........", digest)
    assert "SHA-512 файла docs/opis.csv (сравните с наклейкой или паспортом носителя):" in said
    assert "\n  " + " ".join(groups[:4]) + "\n  " + " ".join(groups[4:8]) + "\n" in said
    assert "Подлинность этим не доказана: см. ОПИСАНИЕ.txt" in said
    assert "не проверен" not in said


@both
def test_the_medium_may_be_named(whole: Path, disc: Path, tool: str) -> None:
    (disc / BAG / "data/tom-1.pdf").write_bytes(b"changed")
    command = [part.replace("tools/", f"{whole}/tools/") for part in TOOLS[tool]]
    for cwd, name in ((disc, "."), (disc.parent, disc.name), (whole, str(disc))):
        done = subprocess.run([*command, name], cwd=cwd, capture_output=True, check=False)
        assert (done.returncode, "ИЗМЕНЁН: data/tom-1.pdf" in done.stdout.decode()) == (1, True)


@both
def test_one_case_shows_the_sum_the_act_prints(whole: Path, tool: str) -> None:
    code, said = run(whole, tool, BAG)
    digest = sha512_of(whole / BAG / "tagmanifest-sha512.txt")
    assert code == 0
    assert " ".join(re.findall("........", digest)[:4]) in said


def test_the_command_of_the_guide_holds_after_the_certificates_ran_out(whole: Path) -> None:
    """The line of ОПИСАНИЕ.txt itself, as a stranger would type it."""
    guide = (whole / BAG / "ОПИСАНИЕ.txt").read_text(encoding="utf-8")
    start = guide.index("openssl cms -verify")
    command = guide[start : guide.index("/dev/null", start)].replace("\\\n", " ") + "/dev/null"
    assert subprocess.run(["sh", "-c", command], cwd=whole / BAG, check=False).returncode == 0
    guide = (whole / "ОПИСАНИЕ.txt").read_text(encoding="utf-8")
    start = guide.index("openssl cms -verify")
    outer = guide[start : guide.index("/dev/null", start)].replace("\\\n", " ") + "/dev/null"
    outer = outer.replace("ИМЯ", Path(BAG).name)
    assert subprocess.run(["sh", "-c", outer], cwd=whole, check=False).returncode == 0
    strict = command.replace("-no_check_time", "")
    assert subprocess.run(["sh", "-c", strict], cwd=whole / BAG, check=False).returncode != 0


@both
def test_a_case_is_named_from_the_folder_one_stands_in(whole: Path, tool: str) -> None:
    command = [part.replace("tools/", f"{whole}/tools/") for part in TOOLS[tool]]
    for cwd, name in ((whole / "bags", Path(BAG).name), (whole.parent, BAG), (whole, BAG)):
        done = subprocess.run([*command, name], cwd=cwd, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode()


@both
def test_a_seal_by_gost_is_not_checked_and_no_damage(disc: Path, tool: str) -> None:
    for name in (f"{BAG}/tagmanifest-sha512.txt", "volume-sha512.txt"):
        shutil.copyfile(GOST / "a.p7s", disc / f"{name}.p7s")
        relist(disc, "volume-sha512.txt", f"{BAG}/tagmanifest-sha512.txt.p7s")
    code, said = run(disc, tool)
    assert (code, "Все файлы целы." in said) == (0, True)
    assert "ГОСТ" in said
    assert re.search(r"не проверены.*\(2\)", said)


@both
def test_without_openssl_the_seals_are_said_to_be_unchecked(
    disc: Path, tmp_path: Path, tool: str
) -> None:
    code, said = run(disc, tool, PATH=str(tools_without(tmp_path / "bin", "openssl")))
    assert (code, "нет программы openssl" in said) == (0, True), said


def tools_without(folder: Path, *left_out: str) -> Path:
    """A folder of links to the programs of this computer, but for some."""
    folder.mkdir()
    for place in ("/usr/bin", "/bin"):
        for path in Path(place).iterdir():
            if path.name not in left_out and not (folder / path.name).is_symlink():
                (folder / path.name).symlink_to(path)
    return folder


# --- what a spoilt one is told ----------------------------------------------------------------


def write(path: str, data: bytes = b"x") -> object:
    def spoil(disc: Path) -> None:
        (disc / path).parent.mkdir(parents=True, exist_ok=True)
        (disc / path).write_bytes(data)

    return spoil


def remove(path: str) -> object:
    return lambda disc: (disc / path).unlink()


def linked(path: str) -> object:
    def spoil(disc: Path) -> None:
        away = disc.parent / "away"
        (disc / path).rename(away)
        (disc / path).symlink_to(away)

    return spoil


def append(path: str, data: bytes) -> object:
    def spoil(disc: Path) -> None:
        (disc / path).write_bytes((disc / path).read_bytes() + data)

    return spoil


def fifo(path: str) -> object:
    def spoil(disc: Path) -> None:
        (disc / path).unlink()
        os.mkfifo(disc / path)

    return spoil


def in_bag(spoil: object, *paths: str) -> object:
    """Spoil a case and bring all of its lists in step again."""

    def spoilt(disc: Path) -> None:
        spoil(disc)
        relist(disc / BAG, "tagmanifest-sha512.txt", *paths)
        relist(disc, "volume-sha512.txt", f"{BAG}/tagmanifest-sha512.txt")

    return spoilt


def emptied_gost(disc: Path) -> None:
    (disc / BAG / manifest.GOST_LIST).write_bytes(b"")


def leading_gost(disc: Path) -> None:
    path = disc / BAG / manifest.GOST_LIST
    path.write_bytes(path.read_bytes() + b"0" * 64 + b" ../../etc/hostname\n")


def twice(disc: Path) -> None:
    path = disc / BAG / "manifest-sha512.txt"
    path.write_bytes(path.read_bytes() + b"0" * 128 + b"  data/tom-1.pdf\n")


def copied(target: str) -> object:
    return lambda disc: shutil.copytree(disc / BAG, disc / target)


SPOILT = {
    "volume seal flipped": (lambda disc: flip(disc / "volume-sha512.txt.p7s", -5), "volume-sha512"),
    "volume seal removed": (remove("volume-sha512.txt.p7s"), "volume-sha512.txt.p7s"),
    "lists forged": (in_bag(append(f"{BAG}/bag-info.txt", b"X: y\n"), "bag-info.txt"), "ПЕЧАТЬ"),
    "file beside bags": (write("bags/x.txt"), "bags/x.txt"),
    "hidden folder": (write("bags/.hid/f"), ".hid"),
    "hidden copy of a bag": (copied("bags/.2025"), ".2025"),
    "bag no list names": (copied(f"{BAG}_r2"), f"{BAG}_r2"),
    "root name like the list": (write("volume-sha512.txt.bak"), "volume-sha512.txt.bak"),
    "bag name like the list": (
        write(f"{BAG}/tagmanifest-sha512.txt.evil.exe"),
        "tagmanifest-sha512.txt.evil.exe",
    ),
    "bag is a link": (linked(BAG), BAG),
    "bags is a link": (linked("bags"), "bags"),
    "paper is a link": (linked("docs/opis.csv"), "docs/opis.csv"),
    "document is a pipe": (fifo(f"{BAG}/data/tom-1.pdf"), "data/tom-1.pdf"),
    "paper is a pipe": (fifo("docs/opis.csv"), "docs/opis.csv"),
    "gost list emptied": (in_bag(emptied_gost, manifest.GOST_LIST), "СПИСОК ПО ГОСТ"),
    "gost list leads out": (in_bag(leading_gost, manifest.GOST_LIST), manifest.GOST_LIST),
    "gost list removed": (remove(f"{BAG}/{manifest.GOST_LIST}"), manifest.GOST_LIST),
    "named twice": (in_bag(twice, "manifest-sha512.txt"), "ДВАЖДЫ"),
    "junk in bagit.txt": (in_bag(append(f"{BAG}/bagit.txt", b"X: y\n"), "bagit.txt"), "НЕГОДНЫЙ"),
    "wrong oxum": (
        in_bag(write(f"{BAG}/bag-info.txt", b"Payload-Oxum: 1.1\n"), "bag-info.txt"),
        "Payload-Oxum",
    ),
    "stranger in recovery data": (write("parity/x/f"), "f"),
}


@both
@pytest.mark.parametrize("case", SPOILT)
def test_every_such_damage_is_named(disc: Path, tool: str, case: str) -> None:
    spoil, named = SPOILT[case]
    spoil(disc)
    code, said = run(disc, tool)
    assert (code, named in said) == (1, True), said


@both
def test_what_an_operating_system_leaves_and_empty_folders_pass(disc: Path, tool: str) -> None:
    for name in ("lost+found", "System Volume Information", ".Trash-1000", "bags/.incoming"):
        (disc / name).mkdir(exist_ok=True)
        (disc / name / "x").touch()
    (disc / "bags/empty").mkdir()
    (disc / BAG / "data/empty").mkdir()
    assert run(disc, tool)[0] == 0


@both
def test_a_name_cannot_steer_the_terminal(disc: Path, tool: str) -> None:
    (disc / "x\x1b[2Jy\nz").touch()
    code, said = run(disc, tool)
    assert (code, "\x1b" in said) == (1, False)


@both
def test_a_newline_in_a_name_hides_nothing(disc: Path, tool: str) -> None:
    """`find` would print it as two files that stand in the list."""
    folder = disc / BAG / "data/tom-1.pdf\ndata"
    folder.mkdir()
    (folder / "tom-1.pdf").touch()
    assert run(disc, tool)[0] == 1


@both
def test_folders_within_folders_do_not_stop_the_check(disc: Path, tool: str) -> None:
    here = os.open(disc / BAG / "data", os.O_RDONLY)
    try:
        for _ in range(1500):
            os.mkdir("deep", dir_fd=here)
            inner = os.open("deep", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    finally:
        os.close(here)
    try:
        assert run(disc, tool)[0] == 1
    finally:
        subprocess.run(["rm", "-rf", str(disc)], check=True)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_python_names_files_in_any_locale(disc: Path, locale: str) -> None:
    flip(disc / "ОПИСАНИЕ.txt")
    (disc / "лишний").touch()
    code, said = run(disc, "py", LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (code, "ИЗМЕНЁН: ОПИСАНИЕ.txt" in said, "лишний" in said) == (1, True, True)


# --- the shell tool and other people's programs -----------------------------------------------


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_the_shell_tool_runs_in_every_shell(disc: Path, tmp_path: Path, shell: str) -> None:
    """With nothing but the applets where it is busybox: its sha512sum knows few options."""
    program = Path(need(shell))
    folder = tmp_path / "bin"
    folder.mkdir()
    if shell == "busybox":
        applets = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
        for name in applets.stdout.split():
            (folder / name).symlink_to(program)
    command = [program, "sh"] if shell == "busybox" else [program]
    path = str(folder) if shell == "busybox" else os.environ["PATH"]
    for spoilt, words in ((False, "Все файлы целы."), (True, "ИЗМЕНЁН: data/tom-1.pdf")):
        if spoilt:
            flip(disc / BAG / "data/tom-1.pdf")
        done = subprocess.run(
            [*command, "tools/verify.sh"],
            cwd=disc,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": path},
        )
        assert (done.returncode, words in done.stdout) == (int(spoilt), True), done.stdout


def test_the_shell_tool_makes_do_with_shasum(disc: Path, tmp_path: Path) -> None:
    need("shasum")
    path = str(tools_without(tmp_path / "bin", "sha512sum", "busybox"))
    assert run(disc, "sh", PATH=path)[0] == 0
    flip(disc / BAG / "data/tom-1.pdf")
    (disc / "docs/opis.csv").unlink()
    code, said = run(disc, "sh", PATH=path)
    assert (code, "ИЗМЕНЁН: data/tom-1.pdf" in said, "НЕТ ФАЙЛА: docs/opis.csv" in said) == (
        *(1, True),
        True,
    )


def test_an_old_python_prints_a_sentence() -> None:
    """Python 2 shows the first line it cannot read; that line must be for people."""
    lines = (SOURCES / "verify.py").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# -*- coding: utf-8 -*-"
    first = next(line for line in lines if 'f"' in line)
    assert "Нужен Python 3.6" in first


# --- the tool for Windows ---------------------------------------------------------------------


@functools.cache
def batch() -> str:
    return (SOURCES / "verify.cmd").read_text(encoding="utf-8")


def test_every_label_the_windows_tool_calls_is_there() -> None:
    labels = re.findall(r"^:(\w+)$", batch(), re.MULTILINE)
    assert len(labels) == len(set(labels)) > 10
    called = re.findall(r"(?:call :|goto |\"(?:files|folders)=:)(\w+)", batch())
    assert set(called) <= set(labels)
    assert set(labels) <= set(called)
    reached = re.split(r"^:\w+$", batch(), flags=re.MULTILINE)
    for text in reached[1:-1]:
        last = [line for line in text.splitlines() if line and not line.startswith("rem ")][-1]
        assert last.startswith(("exit /b", "goto ", "if %bad%", 'if "%name:~0,7%"', "if defined"))


def test_the_windows_tool_needs_certutil_alone_and_no_name_becomes_a_command() -> None:
    assert "findstr" not in batch()
    assert "EnableDelayedExpansion" not in batch()
    programs = {"if", "for", "set", "call", "exit", "echo", "goto", "rem", "pushd", "popd", "title"}
    programs |= {"setlocal", "endlocal", "pause", "chcp"}
    for line in batch().splitlines():
        word = re.match(r"\s*@?([\w:]*)", line)
        assert word is not None
        known = word[1] == "" or word[1].startswith(":") or word[1].lower() in programs
        assert known, line
        assert not re.search(r"call :\w+ .", line), "an argument of call is read twice"
    start = batch().index("chcp 65001")
    assert batch()[:start].isascii()
    assert "chcp %codepage%" in batch()
    assert not batch().startswith("\ufeff")


WINE = 10  # older ones stumble over nested loops of a batch file


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a wine with a stand-in for certutil.

    The cmd of wine reads batch files in the code page of the locale and not in that of `chcp`, so
    it gets a locale whose code page is UTF-8.
    """
    wine, compiler = need("wine"), need("x86_64-w64-mingw32-gcc")
    folder = tmp_path_factory.mktemp("wine")
    locale = [need("localedef"), "-i", "hi_IN", "-f", "UTF-8", folder / "hi_IN.UTF-8"]
    subprocess.run(locale, check=False, capture_output=True)
    environment = {
        **os.environ,
        "WINEPREFIX": str(folder / "prefix"),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "certutil.exe=n;mscoree=;mshtml=",
        "LOCPATH": str(folder),
        "LC_ALL": "hi_IN.UTF-8",
    }
    told = subprocess.run(
        [wine, "--version"], capture_output=True, text=True, check=False, env=environment
    )
    version = re.search(r"wine-(\d+)", told.stdout)
    if version is None or int(version[1]) < WINE:
        pytest.skip(f"wine is older than {WINE}: {told.stdout.strip()}")
    if not (folder / "hi_IN.UTF-8").is_dir():
        pytest.skip("the locale hi_IN is not installed")
    subprocess.run([wine, "cmd", "/c", "exit"], check=True, capture_output=True, env=environment)
    subprocess.run(
        [
            *(compiler, "-municode", "-o", folder / "prefix/drive_c/windows/system32/certutil.exe"),
            *(DATA / "certutil.c", "-ladvapi32"),
        ],
        check=True,
    )
    return environment


def verify_cmd(folder: Path, windows: dict[str, str], **more: str) -> tuple[int, str]:
    done = subprocess.run(
        ["wine", "cmd", "/c", r"tools\verify.cmd"],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=300,
        stdin=subprocess.DEVNULL,
        env={**windows, **more},
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")


@pytest.mark.parametrize("old", ["", "1"], ids=["windows 10", "windows 7"])
@pytest.mark.parametrize("name", ["disc", "Архив !a!=b & (c)"])
def test_windows_finds_an_intact_medium_intact(
    tmp_path: Path, windows: dict[str, str], old: str, name: str
) -> None:
    medium = finished_media(tmp_path)[0].folder
    (medium / "bags/.incoming").mkdir(exist_ok=True)
    medium = medium.rename(tmp_path / name)
    code, said = verify_cmd(medium, windows, OLDFMT=old)
    assert (code, "Все файлы целы." in said, "ЛИШНИЙ" in said) == (0, True, False), said
    assert "Файлов в списках: 33." in said
    assert "Проверено файлов: 33" in said


CMD_SPOILT = {
    "document": (lambda disc: flip(disc / BAG / "data/tom-1.pdf"), "data/tom-1.pdf"),
    "guide": (lambda disc: flip(disc / "ОПИСАНИЕ.txt"), 'ИЗМЕНЁН: "ОПИСАНИЕ.txt"'),
    "guide of a bag": (lambda disc: flip(disc / BAG / "ОПИСАНИЕ.txt"), f"{BAG}/ОПИСАНИЕ.txt"),
    "lost": (remove(f"{BAG}/data/source/marks.csv"), "НЕТ ФАЙЛА"),
    "lost guide": (remove("ОПИСАНИЕ.txt"), "НЕТ ФАЙЛА"),
    "lost list": (remove("volume-sha512.txt"), "НЕТ СПИСКА"),
    "odd name": (write(f"{BAG}/data/a & echo b!.txt"), "a & echo b!.txt"),
    **{
        name: SPOILT[name]
        for name in (
            *("volume seal removed", "file beside bags", "hidden folder", "hidden copy of a bag"),
            *("bag no list names", "root name like the list", "bag name like the list"),
            *("named twice", "stranger in recovery data"),
        )
    },
    "stranger in docs": (write("docs/sub/x.pdf"), "docs/sub/x.pdf"),
    "stranger at the top": (write("лишний.txt"), "лишний.txt"),
}


@pytest.mark.long
@pytest.mark.parametrize("case", CMD_SPOILT)
def test_windows_names_every_damage(disc: Path, windows: dict[str, str], case: str) -> None:
    spoil, named = CMD_SPOILT[case]
    spoil(disc)
    code, said = verify_cmd(disc, windows)
    assert (code, named in said) == (1, True), said


def test_windows_shows_the_anchor_as_on_paper(disc: Path, windows: dict[str, str]) -> None:
    code, said = verify_cmd(disc, windows)
    groups = re.findall("........", hashlib.sha512(b"opis").hexdigest())
    assert code == 0, said
    assert " ".join(groups[:4]) in said
    assert " ".join(groups[12:]) in said
