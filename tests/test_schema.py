"""The JSON Schema for editors: it takes what the readers take, refuses what a shape can refuse, and follows the code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from hege.engine.errors import InputError
from hege.engine.rulebook.checks import CheckReader
from hege.engine.rulebook.formatting import rule_files
from hege.engine.rulebook.library import pack_folders, shipped_rules
from hege.engine.rulebook.migration import schema_of
from hege.engine.rulebook.reading import read_pack
from hege.engine.rulebook.schema import json_schema
from hege.engine.rulebook.schema_words import BLOCKS, KEYS, RELATIONS
from hege.engine.text import Language, Text
from hege.engine.vocabulary import load_vocabulary
from hege.engine.yamlnodes import ListNode, MapNode, Node, Reading, ScalarNode, read_yaml

from .test_broken_rules import BROKEN
from .test_cli import run

SCHEMA = json_schema()
DEFINITIONS: dict[str, Any] = SCHEMA["definitions"]
VALIDATOR = Draft7Validator(SCHEMA)
SHIPPED = [f for folder in pack_folders(shipped_rules()).values() for f in rule_files(folder)]

# What a schema cannot see, since one part of the file says it of another; lint says all of these.
UNSEEN = {
    "25-parameter-misspelt": "which parameters a version has stands elsewhere in it",
    "28-bound-against-quote": "a quote is text",
    "29-versions-overlap": "two dates are compared",
    "30-id-used-twice": "two indicators are compared",
    "35-loosening-called-tightening": "the value below is compared",
}


def plain(node: Node) -> object:
    """A document as an editor's YAML parser gives it."""
    if isinstance(node, ScalarNode):
        return float(node.value) if isinstance(node.value, Decimal) else node.value
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {key.raw: plain(value) for key, value in node.entries}


def accepts(text: str) -> bool:
    """Whether the schema accepts a file; what is no YAML an editor refuses by itself."""
    try:
        return VALIDATOR.is_valid(plain(read_yaml(text, "f.yaml")))
    except InputError:
        return False


def test_it_is_a_schema() -> None:
    """Of draft 7, which editors know; every reference leads somewhere."""
    Draft7Validator.check_schema(SCHEMA)
    text = json.dumps(SCHEMA)
    assert [name for name in text.split('"#/definitions/')[1:] if name.split('"')[0] not in DEFINITIONS] == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f.relative_to(shipped_rules()).as_posix())
def test_every_shipped_file_is_accepted(file: Path) -> None:
    """Rules and tests alike."""
    errors = VALIDATOR.iter_errors(plain(read_yaml(file.read_text(encoding="utf-8"), file.name)))
    assert [e.message for e in errors] == []


@pytest.mark.parametrize("file", BROKEN, ids=lambda f: f.stem)
def test_broken_files_are_refused_where_a_shape_can_tell(file: Path) -> None:
    """Exactly those listed need lint."""
    assert accepts(file.read_text(encoding="utf-8")) is (file.stem in UNSEEN)


@pytest.mark.parametrize("name", UNSEEN)
def test_what_is_listed_as_unseen_exists(name: str) -> None:
    """The list does not outlive its files."""
    assert name in {file.stem for file in BROKEN}


HEAD = "schema: indicators/1\npack: p\ntitle: t\nindicators:\n- {id: a, title: t, applies_to: {kind: site}, effect: veto, versions: [{from: 2024-01-01, law: {document: d}, fail_when: %s}]}\n"  # fmt: skip


@pytest.mark.parametrize(
    ("check", "accepted"),
    [
        ("{compare: {what: footer.emblem, is: true}}", True),
        ("{compare: {what: footer.emblem, is: yes}}", False),
        ("{compare: {what: footer.emblem, at_least: 1}}", False),
        ("{compare: {what: home.items, at_least: 1, at_most: 2}}", False),
        ("{compare: {what: 'survey[甲].answer', is: problem}}", True),
        ("{compare: {what: 'survey[甲].answer', is: bad}}", False),
        ("{compare: {what: survey.answer, is: problem}}", False),
        ("{not_updated: {what: home.items, within: 14d}}", False),
        ("{not_updated: {what: home.newest, within: 5h}}", False),
        ("{not_updated: {what: home.newest, within: $w}}", True),
        ("{count: {of: [], at_least: 1}}", False),
        ("{count: {of: {each: column, that: {absent: items}}, at_least: 1}}", True),
        ("{count: {of: {each: column, that: {absent: home.items}}, at_least: 1}}", False),
        ("{count: {of: {each: column, that: {indicator: b}}, at_least: 1}}", False),
        ("{count: {of: {each: feed}, at_least: 1}}", False),
        ("{count: {of: {each: column, within: 14d, during: week}, at_least: 1}}", False),
        ("{count: {of: {each: column, by: newest}, at_least: 1}}", False),
        ("{ratio: {of: {each: probe}, at_least: 5%}}", False),
        ("{ratio: {of: {each: probe, that: {compare: {what: seconds, at_least: 2.5}}}, at_least: 5%}}", True),
        ("{ratio: {of: {each: probe, that: {compare: {what: seconds, at_least: 2.5}}}, at_least: 105%}}", False),
        ("{present: {each: column, where: {class: {none_of: [其他]}, newest: absent}}}", True),
        ("{present: {each: column, where: {class: {at_least: 3}}}}", False),
        ("{periods: {every: week, within: month, that: {switch: true}, at_least: 1, in_a_row: 2}}", False),
        ("{any: []}", False),
    ],
)
def test_checks(check: str, accepted: bool) -> None:
    """The schema and the reader are of one mind."""
    reading = Reading()
    read = read_pack(reading, read_yaml(HEAD % check, "f.yaml"), load_vocabulary())
    assert (accepts(HEAD % check), read is not None and not reading.refused) == (accepted, accepted)


class Recorder(Reading):
    """Notes the keys that readers ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, set[str], set[str]]] = []

    def mapping(
        self, node: Node | None, what: Text, required: Iterable[str], optional: Iterable[str] = ()
    ) -> dict[str, Node] | None:
        required, optional = set(required), set(optional)
        self.asked.append((what.en, required, required | optional))
        return super().mapping(node, what, required, optional)


@pytest.mark.parametrize("name", CheckReader(Reading(), load_vocabulary(), None).blocks)
def test_each_block_has_the_keys_that_its_reader_asks_for(name: str) -> None:
    """A block or a key that is new to the reader is new to the schema."""
    recorder = Recorder()
    CheckReader(recorder, load_vocabulary(), None).blocks[name](MapNode((), read_yaml("a: 1", "f").place), None)
    shape = DEFINITIONS["check.any"]["properties"][name]
    for what, required, known in recorder.asked:
        if what == "a selection":
            assert {frozenset(DEFINITIONS[f"each.{kind}"]["properties"]) for kind in load_vocabulary().kinds} == {
                frozenset(known)
            }
        else:
            assert (set(shape["required"]), set(shape["properties"])) == (required, known)


def test_each_part_of_a_file_has_the_keys_that_its_reader_asks_for() -> None:
    """Indicators, versions, changes, laws, lines and sheets."""
    recorder = Recorder()
    for file in SHIPPED:
        node = read_yaml(file.read_text(encoding="utf-8"), file.name)
        if schema_of(node) != "tests/1":
            read_pack(recorder, node, load_vocabulary())
    overlay = DEFINITIONS["overlay"]["properties"]
    shapes: dict[str, set[frozenset[str]]] = {
        "rule file": {frozenset(DEFINITIONS[d]["properties"]) for d in ("indicators", "overlay")},
        "indicator": {frozenset(DEFINITIONS["indicator"]["properties"])},
        "version": {frozenset(DEFINITIONS["version.site"]["properties"])},
        "change": {frozenset(overlay["changes"]["items"]["properties"])},
        "switched_off": {frozenset(overlay["switched_off"]["items"]["properties"])},
        "a line": {frozenset(DEFINITIONS["lines.site"]["items"]["properties"])},
        "`sheet`": {frozenset(DEFINITIONS["sheet.site"]["properties"])},
        "`succeeds`": {frozenset(DEFINITIONS["indicators"]["properties"]["succeeds"]["properties"])},
        "`law`": {frozenset(DEFINITIONS["law"]["properties"])},
        "`conventions`": {frozenset(overlay["conventions"]["properties"])},
        "`presentation`": {frozenset(overlay["presentation"]["properties"])},
        "`applies_to`": {frozenset(DEFINITIONS["indicator"]["properties"]["applies_to"]["properties"])},
    }
    asked: dict[str, set[str]] = {}
    for what, _, known in recorder.asked:
        if what in shapes:
            asked.setdefault(what, set()).update(known)
    assert asked == {what: set().union(*shape) for what, shape in shapes.items()}


def test_every_block_and_key_is_explained_in_chinese_and_english() -> None:
    """What an editor shows when one points at a word."""
    blocks = CheckReader(Reading(), load_vocabulary(), None).blocks
    assert set(blocks) == set(BLOCKS)
    for texts in (BLOCKS, KEYS, RELATIONS):
        assert all(t.zh and t.en and t.zh != t.en for t in texts.values())
    described = {
        name for d in DEFINITIONS.values() for name, s in d.get("properties", {}).items() if "description" in s
    }
    assert {"fail_when", "within", "not_updated", "newest"} <= described


def test_an_overlay_on_a_shipped_pack_knows_its_indicators_and_parameters() -> None:
    """Completion in `changes`; a value of another sort is refused."""
    text = "schema: overlay/2\npack: p\ntitle: t\non: cn/2019-19\nchanges: [{indicator: account.stale, from: 2024-01-01, direction: same, law: {document: d}, params: {window: %s}}]"  # fmt: skip
    assert [accepts(text % given) for given in ("7d", "两周", "5%", "7")] == [True, False, False, False]


def test_the_command_prints_it() -> None:
    """In the chosen language."""
    assert json.loads(run("--lang", "en", "rules", "schema").stdout) == json_schema(Language.EN)
