"""The docs name what there is: every command, option, fact, field, check word and environment variable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import click
import pytest

from hege.engine.rulebook import model
from hege.engine.rulebook.checks import CheckReader
from hege.engine.vocabulary import load_vocabulary
from hege.engine.yamlnodes import Reading
from hege.outputs import indicators_page, scoring_guide
from hege.outputs.vocabulary_page import render
from hege.service.cli import cli

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
COMMANDS = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
LANGUAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, by what one types."""
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, f"{path} {name}")


def section(path: str) -> str:
    """What docs/cli.md says of a command: from its heading to the next."""
    found = re.search(rf"^## `{path}( [^`]*)?`$(.*?)(?=^## |\Z)", COMMANDS, re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no section for {path}"
    return found[0]


@pytest.mark.parametrize(("path", "command"), [pytest.param(p, c, id=p) for p, c in commands(cli, "hege")])
def test_commands_and_options_are_documented(path: str, command: click.Command) -> None:
    """Each command has its section, which names its arguments and options with their choices, and no others."""
    text = section(path)
    parameters = [p for p in command.params if path == "hege" or p.name != "lang"]
    asked = {name for p in parameters if isinstance(p, click.Option) for name in p.opts}
    asked |= {"--help"} if path == "hege" else set()
    assert set(re.findall(r"^\| `(-[-a-z]+)", text, re.MULTILINE)) == asked
    for parameter in parameters:
        if isinstance(parameter, click.Argument):
            assert f"`{(parameter.name or '').upper()}`" in text
        if isinstance(parameter.type, click.Choice):
            assert "\\|".join(parameter.type.choices) in text


def test_the_page_of_facts_follows_the_vocabulary() -> None:
    """docs/vocabulary.md is what `python -m hege.outputs.vocabulary_page` prints."""
    assert (ROOT / "docs" / "vocabulary.md").read_text(encoding="utf-8") == render(load_vocabulary())


def test_the_page_of_indicators_follows_the_packs() -> None:
    """docs/indicators.md is what `python -m hege.outputs.indicators_page` prints."""
    assert (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8") == indicators_page.page()


def test_every_check_block_is_documented() -> None:
    """The table of blocks in docs/language.md has each block the reader knows."""
    blocks = CheckReader(Reading(), load_vocabulary(), None).blocks
    assert [b for b in blocks if f"`{b}:" not in LANGUAGE] == []


@pytest.mark.parametrize(
    "vocabulary",
    [
        model.Relation,
        model.Every,
        model.Span,
        model.Status,
        model.Verified,
        model.Ignore,
        model.UnknownPeriod,
        model.Effect,
    ],
)
def test_every_word_of_the_language_is_documented(vocabulary: type[Enum]) -> None:
    """docs/language.md has each word of the closed vocabularies."""
    words = [str(member.value) for member in vocabulary]
    assert [w for w in words if not re.search(rf"(?<![a-z_-]){re.escape(w)}(?![a-z_-])", LANGUAGE)] == []


def test_every_environment_variable_is_documented() -> None:
    """Whatever name in capitals the code reads from the environment has its row in docs/cli.md."""
    used: set[str] = set()
    for folder in ("engine", "collectors", "outputs", "service", "tests"):
        for file in (ROOT / folder).rglob("*.py"):
            source = file.read_text(encoding="utf-8")
            used |= set(re.findall(r"environ(?:\.get\(|\[)\"([A-Z_]+)\"", source))
            used |= set(re.findall(r"envvar=\"([A-Z_]+)\"", source))
            used |= set(re.findall(r"\b(HEGE_[A-Z_]+)\b", source))
    assert used >= {"HEGE_LANG", "HEGE_REQUIRE_ALL", "NO_COLOR"}
    assert sorted(name for name in used if f"`{name}`" not in COMMANDS) == []


def test_the_page_of_the_national_tables_follows_the_packs() -> None:
    """docs/scoring.zh.md is what `python -m hege.outputs.scoring_guide` prints."""
    assert (ROOT / "docs" / "scoring.zh.md").read_text(encoding="utf-8") == scoring_guide.render()


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link of the README files and docs names an existing file."""
    pages = [*PAGES, ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CHANGELOG.md"]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    ]
    assert links
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_every_page_is_reached_from_the_readme() -> None:
    """A page nobody links to is not found."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if f"docs/{page.name}" not in readme] == []
