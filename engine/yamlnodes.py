"""Strict YAML with a place on every node.

YAML 1.2 core scalars; no duplicate keys, anchors, aliases, tags, tabs or second documents; bounded depth and size.
Owns the syntax only: what keys a document may have is for its reader, with `Reading` to collect the faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TypeVar

import yaml

from hege.engine.errors import InputError, Place, Problem, Severity, nearest
from hege.engine.text import Text

MAX_BYTES = 1 << 20
MAX_DEPTH = 40

Plain = str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A single value; `raw` is the text as written, without quotes."""

    value: Plain
    raw: str
    place: Place


@dataclass(frozen=True, slots=True)
class ListNode:
    """A sequence."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping with text keys, in the order written."""

    entries: tuple[tuple[ScalarNode, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        """The value of a key, or None."""
        return next((value for name, value in self.entries if name.raw == key), None)


Node = ScalarNode | ListNode | MapNode

_INT = re.compile(r"[-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")


def read_yaml(text: str, file: str) -> Node:
    """The document of a text; raises InputError with every fault found."""
    lines = text.splitlines()

    def place(mark: yaml.Mark | None) -> Place:
        if mark is None:
            return Place(file=file)
        source = lines[mark.line] if mark.line < len(lines) else ""
        return Place(file=file, line=mark.line + 1, column=mark.column + 1, text=source)

    def refuse(code: str, where: Place, message: Text, hint: Text) -> InputError:
        return InputError([Problem(code=code, place=where, message=message, hint=hint)])

    if len(text.encode()) > MAX_BYTES:
        raise refuse(
            "too-large", Place(file=file),
            Text(zh="文件超过1 MiB，不予读取", en="the file is over 1 MiB and is not read"),
            Text(zh="请拆分为多个文件", en="split it into several files"),
        )  # fmt: skip
    for number, line in enumerate(lines, 1):
        indentation = line[: len(line) - len(line.lstrip())]
        if "\t" in indentation:
            raise refuse(
                "tab", Place(file=file, line=number, column=indentation.index("\t") + 1, text=line),
                Text(zh="缩进中有制表符（Tab），YAML只用空格缩进", en="a tab in the indentation; YAML indents with blanks"),
                Text(zh="把制表符换成空格", en="replace the tab by blanks"),
            )  # fmt: skip
    return _Composer(place, refuse).compose(text)


class _Composer:
    """Turns parser events into nodes; refuses anchors at the first, so that no alias is ever expanded."""

    def __init__(self, place, refuse) -> None:  # type: ignore[no-untyped-def]
        self.place, self.refuse = place, refuse
        self.problems: list[Problem] = []

    def compose(self, text: str) -> Node:
        try:
            events = [e for e in yaml.parse(text, Loader=yaml.SafeLoader) if self._allowed(e)]
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self.refuse(
                "yaml", self.place(mark),
                Text(zh=f"不是有效的YAML：{error.problem}", en=f"not valid YAML: {error.problem}"),
                Text(zh="检查此处的引号、冒号后的空格和缩进", en="check quotes, the blank after colons, and indentation here"),
            ) from None  # fmt: skip
        except yaml.YAMLError as error:
            raise self.refuse(
                "yaml", self.place(None),
                Text(zh=f"不是有效的YAML：{error}", en=f"not valid YAML: {error}"),
                Text(zh="检查文件中的特殊字符", en="look for special characters in the file"),
            ) from None  # fmt: skip
        documents = sum(isinstance(e, yaml.DocumentStartEvent) for e in events)
        content = [e for e in events if not isinstance(e, _FRAMES)]
        if documents != 1 or not content:
            raise self.refuse(
                "documents", self.place(None),
                Text(zh="一个文件应恰有一份YAML文档", en="a file must hold exactly one YAML document"),
                Text(zh="去掉“---”后的部分，或补上内容", en="remove what follows `---`, or add content"),
            )  # fmt: skip
        node = self._node(iter(content), next_depth=0)
        if self.problems:
            raise InputError(self.problems)
        return node

    def _allowed(self, event: yaml.Event) -> bool:
        """Refuses anchors, aliases and tags while parsing, before anything is built."""
        anchor = getattr(event, "anchor", None)
        if anchor or isinstance(event, yaml.AliasEvent):
            raise self.refuse(
                "anchor", self.place(event.start_mark),
                Text(zh="不允许使用锚点（&）和别名（*）", en="anchors (&) and aliases (*) are not allowed"),
                Text(zh="把内容完整写出来", en="write the content out"),
            )  # fmt: skip
        tag = getattr(event, "tag", None)
        if tag is not None and not isinstance(event, yaml.DocumentStartEvent):
            raise self.refuse(
                "tag", self.place(event.start_mark),
                Text(zh=f"不允许使用标签“{tag}”", en=f"tags are not allowed: {tag}"),
                Text(zh="去掉以“!”开头的标签", en="remove the tag that begins with !"),
            )  # fmt: skip
        return True

    def _node(self, events: Iterator[yaml.Event], next_depth: int, event: yaml.Event | None = None) -> Node:
        event = event or next(events)
        place = self.place(event.start_mark)
        if next_depth > MAX_DEPTH:
            raise self.refuse(
                "depth", place,
                Text(zh=f"嵌套超过{MAX_DEPTH}层", en=f"nested deeper than {MAX_DEPTH} levels"),
                Text(zh="简化结构", en="make the structure flatter"),
            )  # fmt: skip
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style is None
            return ScalarNode(_plain(event.value) if plain else event.value, event.value, place)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                items.append(self._node(events, next_depth + 1, event))
            return ListNode(tuple(items), place)
        return self._map(events, next_depth, place)

    def _map(self, events: Iterator[yaml.Event], depth: int, place: Place) -> MapNode:
        entries: list[tuple[ScalarNode, Node]] = []
        seen: dict[str, Place] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(events, depth + 1, event)
            value = self._node(events, depth + 1)
            if not isinstance(key, ScalarNode):
                self.problems.append(
                    Problem(
                        code="key",
                        place=key.place,
                        message=Text(zh="键应为一个词", en="a key must be a single word"),
                        hint=Text(zh="检查括号", en="check the brackets"),
                    )
                )
                continue
            if key.raw in seen:
                first = seen[key.raw]
                self.problems.append(
                    Problem(
                        code="duplicate-key",
                        place=key.place,
                        message=Text(
                            zh=f"键“{key.raw}”重复，前一个在第{first.line}行",
                            en=f"the key “{key.raw}” is given twice, first in line {first.line}",
                        ),
                        hint=Text(zh="保留一个", en="keep one of them"),
                    )
                )
                continue
            seen[key.raw] = key.place
            entries.append((key, value))
        return MapNode(tuple(entries), place)


_FRAMES = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)


def _plain(raw: str) -> Plain:
    """A plain scalar by the YAML 1.2 core schema; dates, yes, no and octals stay text or decimal numbers."""
    if raw in ("", "~", "null", "Null", "NULL"):
        return None
    if raw in ("true", "True", "TRUE"):
        return True
    if raw in ("false", "False", "FALSE"):
        return False
    if _INT.fullmatch(raw):
        return int(raw)
    if _DECIMAL.fullmatch(raw):
        return Decimal(raw)
    return raw


E = TypeVar("E", bound=Enum)


class Reading:
    """Collects the faults of one or more documents while a reader takes nodes apart.

    Each taker gives the value, or records a Problem and gives None.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(
        self, code: str, place: Place, zh: str, en: str, hint: Text | None = None, severity: Severity = Severity.ERROR
    ) -> None:
        """Records a fault."""
        self.problems.append(Problem(code=code, place=place, message=Text(zh=zh, en=en), hint=hint, severity=severity))

    def unknown_word(self, place: Place, what: Text, word: str, words: Iterable[str]) -> None:
        """Records a word that is not of a closed vocabulary, with the nearest valid one."""
        known = list(words)
        near = nearest(word, known)
        listed = "、".join(known)
        hint = (
            Text(zh=f"是否想写“{near}”？可用：{listed}", en=f"did you mean “{near}”? Known: {', '.join(known)}")
            if near
            else Text(zh=f"可用：{listed}", en=f"known: {', '.join(known)}")
        )
        self.problem("unknown-word", place, f"{what.zh}没有“{word}”", f"unknown {what.en} “{word}”", hint)

    def done(self) -> None:
        """Raises InputError if any fault was recorded that is not merely a warning."""
        if any(p.severity is Severity.ERROR for p in self.problems):
            raise InputError(self.problems)

    def mapping(
        self, node: Node | None, what: Text, required: Iterable[str], optional: Iterable[str] = ()
    ) -> dict[str, Node] | None:
        """The entries of a map with known keys; unknown and missing ones are recorded."""
        required = list(required)
        known = [*required, *optional]
        if not isinstance(node, MapNode):
            if node is not None:
                self.problem("expected-map", node.place, f"{what.zh}应为键值对", f"{what.en} must be a map of keys",
                             Text(zh=f"可用的键：{'、'.join(known)}", en=f"keys: {', '.join(known)}"))  # fmt: skip
            return None
        found: dict[str, Node] = {}
        for key, value in node.entries:
            if key.raw in known:
                found[key.raw] = value
            else:
                self.unknown_word(key.place, Text(zh=f"{what.zh}的键", en=f"key of {what.en}"), key.raw, known)
        for key in required:
            if key not in found:
                self.problem("missing-key", node.place, f"{what.zh}缺少“{key}”", f"{what.en} lacks “{key}”",
                             Text(zh=f"补上“{key}: …”", en=f"add `{key}: …`"))  # fmt: skip
        return found

    def items(self, node: Node | None, what: Text) -> tuple[Node, ...]:
        """The items of a list."""
        if node is None:
            return ()
        if not isinstance(node, ListNode):
            self.problem("expected-list", node.place, f"{what.zh}应为列表", f"{what.en} must be a list",
                         Text(zh="每项一行，以“- ”开头", en="one item a line, each after `- `"))  # fmt: skip
            return ()
        return node.items

    def text(self, node: Node | None, what: Text) -> str | None:
        """A text; numbers and dates as written."""
        if node is None:
            return None
        if not isinstance(node, ScalarNode) or node.value is None:
            self.problem("expected-text", node.place, f"{what.zh}应为文字", f"{what.en} must be a text")
            return None
        return node.raw

    def truth(self, node: Node | None, what: Text) -> bool | None:
        """true or false."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            return node.value
        self.problem("expected-truth", node.place, f"{what.zh}应为true或false", f"{what.en} must be true or false")
        return None

    def whole(self, node: Node | None, what: Text) -> int | None:
        """A whole number."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
        self.problem("expected-number", node.place, f"{what.zh}应为整数", f"{what.en} must be a whole number")
        return None

    def day(self, node: Node | None, what: Text) -> date | None:
        """A day, written 2024-02-23."""
        raw = self.text(node, what)
        if raw is None or node is None:
            return None
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
                return date.fromisoformat(raw)
        except ValueError:
            pass
        self.problem("bad-date", node.place, f"{what.zh}“{raw}”不是日期", f"{what.en} “{raw}” is no date",
                     Text(zh="写成2024-02-23", en="write it as 2024-02-23"))  # fmt: skip
        return None

    def word(self, node: Node | None, what: Text, words: type[E]) -> E | None:
        """A word of a closed vocabulary."""
        raw = self.text(node, what)
        if raw is None or node is None:
            return None
        try:
            return words(raw)
        except ValueError:
            self.unknown_word(node.place, what, raw, [w.value for w in words])
            return None
