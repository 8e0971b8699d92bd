"""Templates of notices (`notice/1`): YAML whose texts are Jinja2, read with every fault placed by line and column.

Owns the file's keys and what its texts may name; what the names hold is `fields`, how a notice is made of them `writing`.
"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hege.engine.errors import InputError, Place, nearest
from hege.engine.rulebook.model import AssetKind
from hege.engine.text import Text
from hege.engine.yamlnodes import ListNode, Node, Reading, ScalarNode, read_yaml
from hege.outputs.notice.fields import Fields
from hege.outputs.words import numeral

SCHEMA = "notice/1"
FILTERS = ("length", "join", "first", "last", "numeral")
"""What a text may do with a value; numeral writes 3 as 三."""


class Rows(Enum):
    """What the rows of an annex are."""

    FAILED = "failed"
    UNDETERMINED = "undetermined"
    EXEMPT = "exempt"
    REMARKS = "remarks"
    STEPS = "steps"
    OPEN_STEPS = "open_steps"
    DISTRICT = "district"
    CATEGORY = "category"
    PLATFORM = "platform"


BREAKDOWNS = (Rows.DISTRICT, Rows.CATEGORY, Rows.PLATFORM)


class Column(Enum):
    """A column of an annex that lists assets."""

    DISTRICT = "district"
    CATEGORY = "category"
    PLATFORM = "platform"
    NAME = "name"
    CODE = "code"
    OWNER = "owner"
    URL = "url"
    VERDICT = "verdict"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A text of the template, where it stands, and the lines of its file."""

    source: str
    place: Place
    lines: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def at(self, line: int, word: str = "") -> Place:
        """The place of a word in a line of the text."""
        start = self.place
        is_block = start.text[start.column - 1 : start.column] in ("|", ">")
        number = start.line + line - (0 if is_block else 1)
        text = self.lines[number - 1] if 0 < number <= len(self.lines) else ""
        begin = 0 if is_block or line > 1 else start.column - 1
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text[begin:]) if word else None
        column = begin + found.start() if found else begin or len(text) - len(text.lstrip())
        return Place(file=start.file, line=number, column=column + 1, text=text)


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionTemplate:
    """A section: heading and text; it is left out where the text comes out empty."""

    heading: Written
    text: Written


@dataclass(frozen=True, kw_only=True, slots=True)
class AnnexTemplate:
    """An annex: whose rows of which batches; it is left out where there are none."""

    title: Written
    note: Written | None
    kind: AssetKind
    rows: tuple[Rows, ...]
    columns: tuple[Column, ...]
    batch: str | None  # only the batch of that name
    indicators: tuple[str, ...]  # only what these indicators say


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """A whole template."""

    title: Written
    addressees: Written
    opening: Written
    sections: tuple[SectionTemplate, ...]
    closing: Written | None
    annexes: tuple[AnnexTemplate, ...]
    signature: Written
    order: tuple[str, ...] = ()  # the words of breakdowns that come first, such as 市直部门 before the counties


def environment() -> ImmutableSandboxedEnvironment:
    """Jinja2 with nothing but the fields, a few filters and no way to files or Python."""
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, loader=None, undefined=StrictUndefined)
    made.filters = {name: JINJA_FILTERS[name] for name in FILTERS if name in JINJA_FILTERS} | {"numeral": numeral}
    made.globals = {}
    return made


def shipped_template() -> Template:
    """The template that serves where a case has none of its own."""
    source = importlib.resources.files("hege") / "outputs" / "notice" / "templates" / "default.yaml"
    return read_template(source.read_text(encoding="utf-8"), "default.yaml")


def load_template(file: Path) -> Template:
    """The template of a file; raises InputError."""
    reading = Reading()
    try:
        return read_template(file.read_text(encoding="utf-8-sig"), str(file))
    except UnicodeDecodeError:
        reading.problem("encoding", Place(file=str(file)), "文件不是UTF-8编码", "the file is not UTF-8")
    except OSError as error:
        why = error.strerror or str(error)
        reading.problem(
            "cannot-read", Place(file=str(file)), f"模板读不出来：{why}", f"the template cannot be read: {why}"
        )
    raise InputError(reading.problems)


def read_template(text: str, file: str) -> Template:
    """A template from its YAML; raises InputError with every fault of keys, words and texts."""
    reading = Reading()
    reader = _Reader(reading, tuple(text.splitlines()))
    template = reader.template(read_yaml(text, file))
    reading.done()
    assert template is not None
    return template


class _Reader:
    """Takes a template apart; faults go to `reading`."""

    def __init__(self, reading: Reading, lines: tuple[str, ...]) -> None:
        self.reading, self.lines = reading, lines
        self.environment = environment()

    def template(self, node: Node) -> Template | None:
        entry = self.reading.mapping(
            node, Text(zh="通报模板", en="notice template"), ["schema", "title", "addressees", "opening", "sections", "signature"],
            ["closing", "annexes", "order"],
        )  # fmt: skip
        if entry is None:
            return None
        schema = self.reading.text(entry.get("schema"), _w("schema"))
        if schema not in (SCHEMA, None):
            self.reading.unknown_word(entry["schema"].place, Text(zh="文件格式schema", en="schema"), schema, [SCHEMA])
        return Template(
            title=self.written(entry.get("title"), "title"),
            addressees=self.written(entry.get("addressees"), "addressees"),
            opening=self.written(entry.get("opening"), "opening"),
            sections=tuple(map(self.section, self.reading.items(entry.get("sections"), _w("sections")))),
            closing=self.written(entry["closing"], "closing") if "closing" in entry else None,
            annexes=tuple(map(self.annex, self.reading.items(entry.get("annexes"), _w("annexes")))),
            signature=self.written(entry.get("signature"), "signature"),
            order=tuple(self.reading.text(n, _w("order")) or "" for n in self.listed(entry.get("order"), "order")),
        )

    def section(self, node: Node) -> SectionTemplate:
        entry = self.reading.mapping(node, _w("sections"), ["heading", "text"]) or {}
        return SectionTemplate(
            heading=self.written(entry.get("heading"), "heading"), text=self.written(entry.get("text"), "text")
        )

    def annex(self, node: Node) -> AnnexTemplate:
        entry = (
            self.reading.mapping(
                node, _w("annexes"), ["title", "kind", "rows"], ["note", "columns", "batch", "indicators"]
            )
            or {}
        )
        rows = tuple(r for n in self.listed(entry.get("rows"), "rows") if (r := self.reading.word(n, _w("rows"), Rows)))
        if len(rows) > 1 and any(r in BREAKDOWNS for r in rows):
            self.reading.problem(
                "one-breakdown", entry["rows"].place, "汇总表不能与名单放在同一张表里",
                "a breakdown cannot share a table with lists", Text(zh="分成两个附件", en="make two annexes of them"),
            )  # fmt: skip
        columns = tuple(
            c
            for n in self.listed(entry.get("columns"), "columns")
            if (c := self.reading.word(n, _w("columns"), Column))
        )
        return AnnexTemplate(
            title=self.written(entry.get("title"), "title"),
            note=self.written(entry["note"], "note") if "note" in entry else None,
            kind=self.reading.word(entry.get("kind"), _w("kind"), AssetKind) or AssetKind.SITE,
            rows=rows,
            columns=columns or (Column.NAME, Column.TEXT),
            batch=self.reading.text(entry["batch"], _w("batch")) if "batch" in entry else None,
            indicators=tuple(
                self.reading.text(n, _w("indicators")) or "" for n in self.listed(entry.get("indicators"), "indicators")
            ),
        )

    def listed(self, node: Node | None, key: str) -> tuple[Node, ...]:
        """One word or a list of them."""
        return self.reading.items(node, _w(key)) if isinstance(node, ListNode) else (node,) if node is not None else ()

    def written(self, node: Node | None, key: str) -> Written:
        """A text whose Jinja2 is checked at once."""
        source = self.reading.text(node, _w(key))
        if source is None or not isinstance(node, ScalarNode):
            return Written(source="", place=Place(file=""))
        text = Written(source=source, place=node.place, lines=self.lines)
        try:
            _Names(text, self.reading).check(self.environment.parse(source))
            self.environment.from_string(source)
        except TemplateSyntaxError as error:
            said = error.message or ""
            word = next(iter(re.findall(r"'([^']+)'", said)), "")
            self.reading.problem(
                "template", text.at(error.lineno, word), f"模板写法有误：{_syntax(said)}", f"the template cannot be read: {said}",
                Text(zh="对照docs/notices.md中的写法", en="see docs/notices.md for how texts are written"),
            )  # fmt: skip
        return text


def _w(key: str) -> Text:
    return Text(zh=f"模板的{key}", en=f"{key} of the template")


def _syntax(said: str) -> str:
    """Jinja2's commonest complaints in Chinese, others as they are."""
    if "No filter named" in said:
        return f"没有{said.removeprefix('No filter named ').rstrip('.')}这种处理，可用：{'、'.join(FILTERS)}"
    if "end of template" in said or "Unexpected end" in said:
        return "标记没有配对，如{% for %}缺{% endfor %}，{{缺}}"
    return said


# ---- what a text may name ------------------------------------------------------------------------------------------

_LOOP = {"index": int, "first": bool, "last": bool, "length": int}
_OPEN = object()  # of a type that is not followed further


class _Names:
    """Follows every name of a text through the fields, so that a wrong one is found before any notice is written."""

    def __init__(self, text: Written, reading: Reading) -> None:
        self.text, self.reading = text, reading

    def check(self, template: nodes.Template) -> None:
        """Records every name that does not exist."""
        self._block(template.body, get_type_hints(Fields))

    def _block(self, body: list[nodes.Node], scope: Mapping[str, Any]) -> None:
        known = dict(scope)
        for node in body:
            if isinstance(node, nodes.For):
                inner = known | {"loop": _LOOP}
                of = self._type(node.iter, known)
                if isinstance(node.target, nodes.Name):
                    inner[node.target.name] = _element(of)
                if node.test is not None:
                    self._type(node.test, inner)
                self._block(node.body, inner)
                self._block(node.else_, known)
            elif isinstance(node, nodes.If):
                self._type(node.test, known)
                for part in (node.body, *(e.body for e in node.elif_), node.else_):
                    self._block(part, known)
                for other in node.elif_:
                    self._type(other.test, known)
            elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
                known[node.target.name] = self._type(node.node, known)
            elif isinstance(node, nodes.Output):
                for part_ in node.nodes:
                    self._type(part_, known)
            else:
                self._refuse(node)

    def _refuse(self, node: nodes.Node) -> None:
        self.reading.problem(
            "template", self.text.at(node.lineno), "模板中只能用if、for、set和{{ }}", "a template has only if, for, set and {{ }}"
        )  # fmt: skip

    def _type(self, node: nodes.Node, scope: Mapping[str, Any]) -> Any:
        match node:
            case nodes.Name(name=name):
                if name not in scope:
                    self._unknown(node, name, scope)
                return scope.get(name, _OPEN)
            case nodes.Getattr(node=of, attr=name):
                return self._field(node, self._type(of, scope), name)
            case nodes.Getitem(node=of, arg=nodes.Const(value=key)):
                kind = self._type(of, scope)
                return self._field(node, kind, key) if isinstance(key, str) else _element(kind)
        for child in node.iter_child_nodes():
            self._type(child, scope)
        return _OPEN

    def _field(self, node: nodes.Node, kind: Any, name: str) -> Any:
        if kind is _OPEN:
            return _OPEN
        known = kind if isinstance(kind, dict) else get_type_hints(kind) if is_dataclass(kind) else {}
        if name not in known:
            self._unknown(node, name, known)
        return known.get(name, _OPEN)

    def _unknown(self, node: nodes.Node, name: str, known: Mapping[str, Any]) -> None:
        near = nearest(name, known)
        listed = "、".join(known)
        self.reading.problem(
            "unknown-field", self.text.at(node.lineno, name), f"没有“{name}”这个字段", f"there is no field “{name}”",
            Text(zh=f"是否想写“{near}”？可用：{listed}", en=f"did you mean “{near}”? Known: {', '.join(known)}") if near
            else Text(zh=f"可用：{listed}" if known else "它没有下级字段", en=f"known: {', '.join(known)}" if known else "it has no fields of its own"),
        )  # fmt: skip


def _element(kind: Any) -> Any:
    """What a list of fields holds."""
    return get_args(kind)[0] if get_origin(kind) is tuple else _OPEN


def documented() -> dict[type[Any], dict[str, str]]:
    """Every class of fields a template can reach, each field with what it holds."""
    found: dict[type[Any], dict[str, str]] = {}
    waiting: list[Any] = [Fields]
    while waiting:
        kind = waiting.pop(0)
        if kind in found or not is_dataclass(kind):
            continue
        assert isinstance(kind, type)
        found[kind] = {f.name: str(f.metadata["about"]) for f in fields(kind)}
        waiting += [_element(hint) for hint in get_type_hints(kind).values()]
    return found
