"""Strict YAML with a place on every node.

YAML 1.2 core scalars; no duplicate keys, anchors, aliases, tags, tabs or second documents; bounded depth and size.
Owns the syntax only: what keys a document may have is for its reader, with `Reading` to collect the faults.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, NoReturn, TypeVar

import yaml

from hege.engine.dates import BETWEEN, is_meant
from hege.engine.errors import InputError, Place, Problem, Severity
from hege.engine.hints import EXAMPLES, closest, meant
from hege.engine.text import Text
from hege.engine.yamlfaults import Mark, explained

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
MOST_SHOWN = 40  # known words listed beside an unknown one; of more, only the closest

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

# The scanner written in C is some twenty times as fast; both give the same events and places.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TABBED = re.compile(r"^[ ]*\t", re.MULTILINE)
# Longer digits are codes rather than quantities and stay text (a table of facts holds 64-bit numbers).
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_BASED = {"0x": (16, re.compile(r"0x[0-9a-fA-F]{1,15}")), "0o": (8, re.compile(r"0o[0-7]{1,20}"))}
_DECIMAL = re.compile(
    r"[-+]?((\.[0-9]{1,30}|[0-9]{1,30}\.[0-9]{0,30})([eE][-+]?[0-9]{1,2})?|[0-9]{1,30}[eE][-+]?[0-9]{1,2})"
)


def read_yaml(text: str, file: str) -> Node:
    """The document of a text; raises InputError with every fault found."""
    return _Composer(text, file).document()


class _Composer:
    """Turns parser events into nodes as they come, so that a refused document costs no more than the way to its fault.

    Duplicate keys are collected; what makes the rest unreadable ends the document.
    """

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.lines = text.splitlines()
        self.problems: list[Problem] = []

    def document(self) -> Node:
        self._check_text()
        try:
            node = self._single(self._events())
        except yaml.YAMLError as error:
            self._refuse_syntax(error)
        if self.problems:
            raise InputError(self.problems)
        return node

    # ---- places and faults -----------------------------------------------------------------------------------------

    def _place(self, line: int, column: int) -> Place:
        source = self.lines[line] if line < len(self.lines) else ""
        return Place(file=self.file, line=line + 1, column=column + 1, text=source)

    def _at(self, mark: Any) -> Place:
        return self._place(mark.line, mark.column)

    def _at_offset(self, offset: int) -> Place:
        before = self.text[:offset].splitlines(keepends=True) or [""]
        opened = bool(before[-1].splitlines()) and before[-1].splitlines()[0] == before[-1]
        return self._place(len(before) - 1, len(before[-1])) if opened or offset == 0 else self._place(len(before), 0)

    def _problem(self, code: str, place: Place, message: Text, hint: Text) -> None:
        self.problems.append(Problem(code=code, place=place, message=message, hint=hint))

    def _refuse(self, code: str, place: Place, message: Text, hint: Text) -> NoReturn:
        self._problem(code, place, message, hint)
        raise InputError(self.problems) from None

    def _check_text(self) -> None:
        """What is refused before any parsing: size, characters that are no text, tabs as indentation."""
        if len(self.text.encode(errors="surrogatepass")) > MAX_BYTES:
            self._refuse(
                "too-large", Place(file=self.file),
                Text(zh="文件超过1 MiB，不予读取", en="the file is over 1 MiB and is not read"),
                Text(zh="请拆分为多个文件", en="split it into several files"),
            )  # fmt: skip
        if found := _NOT_TEXT.search(self.text):
            name = f"U+{ord(found[0]):04X}"
            self._refuse(
                "control-character", self._at_offset(found.start()),
                Text(zh=f"有不可见的控制字符{name}", en=f"an invisible control character, {name}"),
                Text(zh="删去该字符", en="remove the character"),
            )  # fmt: skip
        if found := _TABBED.search(self.text):
            self._refuse(
                "tab", self._at_offset(found.end() - 1),
                Text(zh="缩进中有制表符（Tab），YAML只用空格缩进", en="a tab in the indentation; YAML indents with blanks"),
                Text(zh="把制表符换成空格", en="replace the tab by blanks"),
            )  # fmt: skip

    def _refuse_syntax(self, error: yaml.YAMLError) -> NoReturn:
        said = f"{getattr(error, 'context', None) or ''} {getattr(error, 'problem', None) or error}"
        at, opened = (_mark(getattr(error, name, None)) for name in ("problem_mark", "context_mark"))
        fault = explained(said, self.lines, at, opened)
        place = self._place(*fault.at) if fault.at else Place(file=self.file)
        self._refuse(fault.code, place, fault.message, fault.hint)

    # ---- events to nodes -------------------------------------------------------------------------------------------

    def _events(self) -> Iterator[yaml.Event]:
        """The parser's events; the first anchor, alias or tag ends the document, so that nothing is ever expanded."""
        for event in yaml.parse(self.text, Loader=LOADER):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                self._refuse(
                    "anchor", self._at(event.start_mark),
                    Text(zh="不允许使用锚点（&）和别名（*）", en="anchors (&) and aliases (*) are not allowed"),
                    Text(zh="把内容完整写出来；以&或*开头的文字要加引号", en="write the content out; quote a text that begins with & or *"),
                )  # fmt: skip
            if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
                tag = event.tag.replace("tag:yaml.org,2002:", "!!")
                self._refuse(
                    "tag", self._at(event.start_mark),
                    Text(zh=f"不允许使用标签“{tag}”", en=f"tags are not allowed: {tag}"),
                    Text(zh="去掉以“!”开头的标签", en="remove the tag that begins with !"),
                )  # fmt: skip
            yield event

    def _single(self, events: Iterator[yaml.Event]) -> Node:
        next(events)  # the start of the stream
        start = next(events)
        if not isinstance(start, yaml.DocumentStartEvent):
            self._refuse(
                "documents", Place(file=self.file),
                Text(zh="文件没有内容", en="the file has no content"),
                Text(zh="文件第一行写schema，如schema: indicators/1", en="begin with the schema, such as schema: indicators/1"),
            )  # fmt: skip
        node = self._node(events, next(events), 0)
        next(events)  # the end of the document
        after = next(events)
        if isinstance(after, yaml.DocumentStartEvent):
            self._refuse(
                "documents", self._at(after.start_mark),
                Text(zh="一个文件只能有一份YAML文档，这里开始了第二份", en="a file holds one YAML document; a second begins here"),
                Text(zh="去掉“---”，或另存为一个文件", en="remove the `---`, or make it a file of its own"),
            )  # fmt: skip
        return node

    def _node(self, events: Iterator[yaml.Event], event: yaml.Event, depth: int) -> Node:
        place = self._at(event.start_mark)
        if depth > MAX_DEPTH:
            self._refuse(
                "depth", place,
                Text(zh=f"嵌套超过{MAX_DEPTH}层", en=f"nested deeper than {MAX_DEPTH} levels"),
                Text(zh="简化结构", en="make the structure flatter"),
            )  # fmt: skip
        if isinstance(event, yaml.ScalarEvent):
            plain = not event.style
            return ScalarNode(_plain(event.value) if plain else event.value, event.value, place)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                items.append(self._node(events, event, depth + 1))
            return ListNode(tuple(items), place)
        return self._map(events, depth, place)

    def _map(self, events: Iterator[yaml.Event], depth: int, place: Place) -> MapNode:
        entries: list[tuple[ScalarNode, Node]] = []
        seen: dict[str, Place] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(events, event, depth + 1)
            value = self._node(events, next(events), depth + 1)
            if not isinstance(key, ScalarNode):
                self._problem(
                    "key", key.place,
                    Text(zh="键应为一个词", en="a key must be a single word"),
                    Text(zh="检查括号；含括号的文字要加引号", en="check the brackets; quote a text that has some"),
                )  # fmt: skip
            elif key.raw in seen:
                line = seen[key.raw].line
                self._problem(
                    "duplicate-key", key.place,
                    Text(zh=f"键“{key.raw}”重复，前一个在第{line}行", en=f"the key “{key.raw}” is given twice, first in line {line}"),
                    Text(zh="保留一个", en="keep one of them"),
                )  # fmt: skip
            else:
                seen[key.raw] = key.place
                entries.append((key, value))
        return MapNode(tuple(entries), place)


def _mark(mark: Any) -> Mark | None:
    return (mark.line, mark.column) if mark is not None else None


def _plain(raw: str) -> Plain:
    """A plain scalar by the YAML 1.2 core schema; dates, yes, no and 1_000 stay text, and so do .inf and .nan."""
    if raw in ("", "~", "null", "Null", "NULL"):
        return None
    if raw in ("true", "True", "TRUE"):
        return True
    if raw in ("false", "False", "FALSE"):
        return False
    if _INT.fullmatch(raw):
        return int(raw)
    if raw[:2] in _BASED and _BASED[raw[:2]][1].fullmatch(raw):
        return int(raw[2:], _BASED[raw[:2]][0])
    if _DECIMAL.fullmatch(raw):
        return Decimal(raw)
    return raw


def _apart(word: str) -> tuple[str, str]:
    """A key and what a colon glues to it: kind：account, kind:account."""
    name, _, rest = word.replace("：", ":").partition(":")
    return name, rest.strip()


def _meant_day(raw: str) -> Text:
    """How the day is written that a writer may mean: 2024.1.1 is 2024-01-01."""
    if found := re.fullmatch(r"(\d{4})\D{0,2}(\d{1,2})\D{0,2}(\d{1,2})\D?", raw):
        year, month, day = map(int, found.groups())
        if 1 <= month <= 12 and year:
            last = calendar.monthrange(year, month)[1]
            if 1 <= day <= last:
                written = date(year, month, day).isoformat()
                return Text(zh=f"写成{written}", en=f"write {written}")
            return Text(
                zh=f"{year}年{month}月只有{last}天，请改正", en=f"month {month} of {year} has {last} days; correct it"
            )
    return Text(zh="写成2024-02-23", en="write it as 2024-02-23")


E = TypeVar("E", bound=Enum)


class Reading:
    """Collects the faults of one or more documents while a reader takes nodes apart.

    Each taker gives the value, or records a Problem and gives None. A fault met again on another way is one fault.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._known: set[Problem] = set()

    def problem(
        self, code: str, place: Place, zh: str, en: str, hint: Text | None = None, severity: Severity = Severity.ERROR
    ) -> None:
        """Records a fault, once."""
        found = Problem(code=code, place=place, message=Text(zh=zh, en=en), hint=hint, severity=severity)
        if found not in self._known:
            self._known.add(found)
            self.problems.append(found)

    def unknown_word(self, place: Place, what: Text, word: str, words: Iterable[str]) -> None:
        """Records a word that is not of a closed vocabulary, with the nearest valid one."""
        known = list(dict.fromkeys(words))
        name, rest = _apart(word)
        shown = closest(word, known, MOST_SHOWN)
        more = len(known) - len(shown)
        listed = Text(
            zh="、".join(shown) + (f"……共{len(known)}个" if more else ""),
            en=", ".join(shown) + (f" … {len(known)} in all" if more else ""),
        )
        if rest and name in known:
            hint = Text(
                zh=f"写成“{name}: {rest}”：半角冒号，后面一个空格",
                en=f"write `{name}: {rest}`: a half-width colon and a blank after it",
            )
        elif near := meant(word, known):
            hint = Text(zh=f"是否想写“{near}”？可用：{listed.zh}", en=f"did you mean “{near}”? Known: {listed.en}")
        elif known:
            hint = Text(zh=f"可用：{listed.zh}", en=f"known: {listed.en}")
        else:
            hint = Text(zh="这里没有可用的词", en="there are no words to use here")
        self.problem("unknown-word", place, f"{what.zh}中没有“{word}”", f"unknown {what.en} “{word}”", hint)

    @property
    def refused(self) -> bool:
        """Whether any fault was recorded that is not merely a warning."""
        return any(p.severity is Severity.ERROR for p in self.problems)

    def done(self) -> None:
        """Raises InputError with every fault recorded, if one of them is more than a warning."""
        if self.refused:
            raise InputError(self.problems)

    def mapping(
        self, node: Node | None, what: Text, required: Iterable[str], optional: Iterable[str] = ()
    ) -> dict[str, Node] | None:
        """The entries of a map with known keys; unknown and missing ones are recorded."""
        required = list(required)
        known = list(dict.fromkeys([*required, *optional]))
        if not isinstance(node, MapNode):
            if node is not None:
                self.problem("expected-map", node.place, f"{what.zh}应为键值对", f"{what.en} must be a map of keys",
                             Text(zh=f"可用的键：{'、'.join(known)}", en=f"keys: {', '.join(known)}"))  # fmt: skip
            return None
        found: dict[str, Node] = {}
        for key, value in node.entries:
            if key.raw in known:
                found[key.raw] = value
        for key, value in node.entries:
            if key.raw not in known:
                self.unknown_word(key.place, Text(zh=f"{what.zh}的键", en=f"key of {what.en}"), key.raw, known)
                name, rest = _apart(key.raw)
                intended = name if rest and name in known else meant(key.raw, [k for k in known if k not in found])
                if intended:  # read on as if it were written right: its absence is not one fault more
                    found[intended] = ScalarNode(_plain(rest), rest, key.place) if intended == name else value
        for name in required:
            if name not in found:
                example = EXAMPLES.get(name, f"{name}: …")
                self.problem("missing-key", node.place, f"{what.zh}缺少“{name}”", f"{what.en} lacks “{name}”",
                             Text(zh=f"补上“{example}”", en=f"add `{example}`"))  # fmt: skip
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
        if isinstance(node, ScalarNode) and node.value is None:
            self.problem("expected-text", node.place, f"{what.zh}没有填写", f"{what.en} is left empty",
                         Text(zh="在冒号后写上内容", en="write something after the colon"))  # fmt: skip
            return None
        if not isinstance(node, ScalarNode):
            self.problem("expected-text", node.place, f"{what.zh}应为文字", f"{what.en} must be a text",
                         Text(zh="写成一段文字；含冒号、括号的加引号", en="write one text; quote it if it has colons or brackets"))  # fmt: skip
            return None
        return node.raw

    def truth(self, node: Node | None, what: Text) -> bool | None:
        """true or false."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            return node.value
        self.problem("expected-truth", node.place, f"{what.zh}应为true或false", f"{what.en} must be true or false",
                     Text(zh="是写true，否写false，不加引号", en="write true or false, without quotes"))  # fmt: skip
        return None

    def whole(self, node: Node | None, what: Text) -> int | None:
        """A whole number."""
        if node is None:
            return None
        if isinstance(node, ScalarNode) and isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
        self.problem("expected-number", node.place, f"{what.zh}应为整数", f"{what.en} must be a whole number",
                     Text(zh="写成5，不带单位，不加引号", en="write it as 5, without unit or quotes"))  # fmt: skip
        return None

    def day(self, node: Node | None, what: Text) -> date | None:
        """A day that can be meant, written 2024-02-23."""
        raw = self.text(node, what)
        if raw is None or node is None:
            return None
        try:
            day = date.fromisoformat(raw) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw) else None
        except ValueError:
            day = None
        if day is None:
            self.problem(
                "bad-date",
                node.place,
                f"{what.zh}的值“{raw}”不是日期",
                f"{what.en} “{raw}” is no date",
                _meant_day(raw),
            )
        elif not is_meant(day):
            self.problem("bad-date", node.place, f"{what.zh}的值{raw}应{BETWEEN.zh}", f"{what.en} {raw} must be {BETWEEN.en}",
                         Text(zh="检查年份", en="check the year"))  # fmt: skip
            return None
        return day

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
