"""The schemas of rule files, and how a file of an older one is brought to the newest.

Every schema there ever was is read for ever (a ledger keeps the texts of its day), so a migration is about words: one is
spelled otherwise, and means what it meant. Where the words stand in the text they are replaced; comments, layout and
everything else stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hege.engine.errors import InputError, Place
from hege.engine.text import Text
from hege.engine.yamlnodes import ListNode, MapNode, Node, Reading, ScalarNode, read_yaml


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """From one schema to the next: the keys below the entries of a list (`lists`) that are spelled otherwise."""

    old: str
    new: str
    lists: str
    renamed: dict[str, str]
    why: Text


STEPS = (
    Step(
        old="overlay/1",
        new="overlay/2",
        lists="changes",
        renamed={"set": "params"},
        why=Text(
            zh="变更里参数的新值也叫params，与指标里一样",
            en="new values of parameters are called params in a change as they are in an indicator",
        ),
    ),
)
RULES = ("indicators/1", "overlay/2")
TESTS = "tests/1"
OLDER = tuple(step.old for step in STEPS)
_NAME = re.compile(r"(indicators|overlay|tests)/([0-9]{1,9})", re.ASCII)


def is_newer(schema: str) -> bool:
    """Whether a schema is of a kind that is known, and of a later number than any that is."""
    return any(
        (written := _NAME.fullmatch(schema)) is not None
        and (known := _NAME.fullmatch(newest)) is not None
        and written[1] == known[1]
        and int(written[2]) > int(known[2])
        for newest in (*RULES, TESTS)
    )


def refuse_schema(reading: Reading, node: Node, known: tuple[str, ...]) -> None:
    """Records that a document has no schema that can be read here."""
    place, name = schema_place(node), schema_of(node)
    if is_newer(name):
        reading.problem(
            "newer-schema", place, f"“{name}”由更新版本的hege写成，这里读不了", f"“{name}” was written for a newer hege and cannot be read here",
            Text(zh=f"升级hege；本版本可读：{'、'.join((*known, *_older(known)))}", en=f"upgrade hege; this one reads {', '.join((*known, *_older(known)))}"),
        )  # fmt: skip
    else:
        reading.unknown_word(place, Text(zh="文件格式schema", en="schema"), name, known)


def _older(known: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(step.old for step in STEPS if step.new in known)


def schema_of(node: Node) -> str:
    """The `schema` of a document, or nothing."""
    found = node.get("schema") if isinstance(node, MapNode) else None
    return found.raw if isinstance(found, ScalarNode) else ""


def schema_place(node: Node) -> Place:
    """Where it stands; the document where it has none."""
    found = node.get("schema") if isinstance(node, MapNode) else None
    return found.place if found else node.place


@dataclass(frozen=True, kw_only=True, slots=True)
class Migrated:
    """A text in its newest schema, and the steps that brought it there; none where it was there already."""

    text: str
    steps: tuple[Step, ...]


def migrated(text: str, file: str) -> Migrated:
    """The text of a rule or test file in the newest schema; raises InputError where it cannot be read or is newer still."""
    steps: list[Step] = []
    while (step := _next(text, file)) is not None:
        text = _applied(step, text, file)
        steps.append(step)
    return Migrated(text=text, steps=tuple(steps))


def _next(text: str, file: str) -> Step | None:
    node = read_yaml(text.removeprefix("\ufeff"), file)
    schema = schema_of(node)
    if schema in (*RULES, TESTS):
        return None
    for step in STEPS:
        if step.old == schema:
            return step
    reading = Reading()
    refuse_schema(reading, node, (*RULES, TESTS))
    raise InputError(reading.problems)


def _applied(step: Step, text: str, file: str) -> str:
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    words = [(word.place, word.raw, new) for word, new in _words(step, read_yaml("".join(lines), file))]
    for place, old, new in sorted(words, key=lambda w: (w[0].line, w[0].column), reverse=True):
        line, at = lines[place.line - 1], place.column - 1
        lines[place.line - 1] = line[:at] + line[at:].replace(old, new, 1)  # the word may stand in quotation marks
    return mark + "".join(lines)


def _words(step: Step, node: Node) -> Iterator[tuple[ScalarNode, str]]:
    """The words of a document that are to be replaced, each with what by."""
    assert isinstance(node, MapNode)
    schema = node.get("schema")
    assert isinstance(schema, ScalarNode)
    yield schema, step.new
    entries = node.get(step.lists)
    for entry in entries.items if isinstance(entries, ListNode) else ():
        for key, _ in entry.entries if isinstance(entry, MapNode) else ():
            if key.raw in step.renamed:
                yield key, step.renamed[key.raw]
