"""The wheel: what is in it, that it works without the checkout, that the sdist is enough for it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import docgen

ROOT = Path(__file__).parent.parent
INFO = f"docgen-{docgen.__version__}.dist-info"


def run(*command: str, cwd: Path, **environment: str) -> str:
    """Run a Python program; what it said on stderr is shown when it fails."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def build(source: Path, target: Path, kind: str) -> Path:
    """Build a wheel or sdist without the network and without a build environment of its own."""
    command = ["-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
    run(*command, cwd=source, SOURCE_DATE_EPOCH="1767225600")
    (made,) = target.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel alone in a folder; its dependencies come from the environment of the tests."""
    target = tmp_path_factory.mktemp("installed")
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-compile"]
    run("-m", "pip", "install", *options, "--target", str(target), str(wheel), cwd=target)
    return target


def test_the_wheel_brings_these_top_level_names_and_no_others(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names} == {
        "archive",
        "cli.py",
        "docgen",
        "signing",
        INFO,
    }


def test_every_template_stands_inside_docgen(names: set[str]) -> None:
    shipped = {
        f"docgen/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    }
    faces = {
        "LiberationSerif": ("Regular", "Bold", "Italic", "BoldItalic"),
        "LiberationMono": ("Regular", "Bold"),
    }
    assert {
        f"docgen/templates/_shared/fonts/{family}-{style}.ttf"
        for family, styles in faces.items()
        for style in styles
    } <= shipped
    assert {name for name in names if name.startswith("docgen/templates/")} == shipped


def test_the_catalogue_the_settings_and_the_checking_tools_are_there(names: set[str]) -> None:
    assert {
        "docgen/core/catalogue/profile.toml",
        "docgen/settings/school.toml",
        "docgen/journal/demo/data/people.toml",
        "archive/tools/verify.py",
        "archive/tools/verify.sh",
        "archive/tools/verify.cmd",
    } <= names


def test_both_licences_go_with_the_wheel(names: set[str]) -> None:
    assert f"{INFO}/licenses/LICENSE" in names
    assert f"{INFO}/licenses/templates/_shared/fonts/OFL.txt" in names


def test_the_wheel_runs_without_the_checkout(installed: Path) -> None:
    program = str(installed / "bin" / "docgen")
    said = run(program, "--version", cwd=installed.parent, PYTHONPATH=str(installed))
    assert said == f"docgen {docgen.__version__}"


def test_the_wheel_finds_its_own_templates_and_catalogue(installed: Path) -> None:
    found = run(
        "-c",
        "from docgen.core.findings import catalogue\n"
        "from docgen.rendering.locations import shipped_templates\n"
        "print(catalogue()['PR-01'].code, shipped_templates())",
        cwd=installed.parent,
        PYTHONPATH=str(installed),
    )
    assert found == f"PR-01 {installed / 'docgen' / 'templates'}"


def test_the_sdist_is_enough_to_build_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    sdist = build(ROOT, tmp_path / "sdist", "sdist")
    subprocess.run(["tar", "-xf", sdist, "-C", tmp_path], check=True)
    again = build(tmp_path / f"docgen-{docgen.__version__}", tmp_path / "again", "wheel")
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (wheel, again)}
    assert again.name == wheel.name
    assert len(digests) == 1
