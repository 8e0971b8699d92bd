"""What is shipped: the wheel's contents, the same from the source archive, usable away from the checkout."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def build(source: Path, into: Path, target: str) -> Path:
    """Builds an archive with the project's own build backend, without network."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = into.iterdir()
    return built


def contents(wheel: Path) -> dict[str, bytes]:
    """Name and bytes of every file of a wheel but the record of the build."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}


def name_of(requirement: str) -> str:
    """The distribution a requirement or a pin is about, in normal form."""
    return re.split(r"[<>=~!; \[]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the checkout."""
    pytest.importorskip("hatchling")
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


def test_the_wheel_holds_the_code_the_rules_and_the_licence(wheel: Path) -> None:
    """Every module and rule file of the checkout is in it under `hege/`, with the type marker; nothing else is."""
    folders = ("engine", "rules", "collectors", "outputs", "service")
    checkout = {
        f"hege/{file.relative_to(ROOT).as_posix()}"
        for folder in folders
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    shipped = {name for name in contents(wheel) if name.startswith("hege/")}
    assert shipped == checkout | {"hege/__init__.py", "hege/py.typed"}
    assert {"hege/rules/vocabulary.yaml", "hege/rules/cn/2019-19/indicators.yaml"} <= shipped


def test_the_wheel_brings_nothing_generic_and_no_python_tests(wheel: Path) -> None:
    """Only `hege` and its metadata land in site-packages."""
    names = contents(wheel)
    assert {name.split("/")[0] for name in names} == {"hege", "hege-0.1.0.dist-info"}
    assert [name for name in names if re.search(r"(^|/)(test_\w+|conftest)\.py$", name)] == []


def test_the_wheel_says_what_it_needs_and_its_licence(wheel: Path) -> None:
    """Version, Python, licence text and entry point are in the metadata."""
    files = contents(wheel)
    metadata = email.message_from_bytes(files["hege-0.1.0.dist-info/METADATA"])
    assert (metadata["Version"], metadata["Requires-Python"], metadata["License-Expression"]) == (
        "0.1.0",
        ">=3.11",
        "Apache-2.0",
    )
    assert files["hege-0.1.0.dist-info/licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert b"hege = hege.service.cli:main" in files["hege-0.1.0.dist-info/entry_points.txt"]


def test_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """Going through the source archive changes no byte."""
    (tmp_path / "sdist").mkdir()
    with tarfile.open(build(ROOT, tmp_path / "sdist", "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("hege-*")
    (tmp_path / "wheel").mkdir()
    assert contents(build(unpacked, tmp_path / "wheel", "wheel")) == contents(wheel)


def test_the_wheel_works_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """The shipped rules are found and a case elsewhere on the disk is inspected by the installed files."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = (
        "import pathlib, hege; assert pathlib.Path(hege.__file__).parent.parent.name == 'site';"
        "from hege.service.cli import main; main()"
    )

    def hege(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path / "site"), "HEGE_LANG": "en"},
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout

    assert hege("--help").startswith("Usage: hege")
    assert hege("rules", "lint").startswith("0 errors")
    assert "pass rate 92.2%" in hege("inspect", str(ROOT / "examples" / "weinan-2024-1"))


def test_every_requirement_is_pinned() -> None:
    """Whatever the project, its tests or its build ask for by name has one version in constraints.txt."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
        "pip",
    ]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []
    assert sorted({name_of(a) for a in asked} - {name_of(p) for p in pins}) == []
