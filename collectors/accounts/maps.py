"""Maps from what others export to facts: which key or column is what. YAML, so that a new export needs no program."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from pathlib import Path

from hege.engine.errors import InputError, Place, Problem, nearest
from hege.engine.text import Text
from hege.engine.vocabulary import Vocabulary
from hege.engine.yamlnodes import MapNode, Node, Reading, read_yaml


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedMap:
    """Where a JSON document has its posts, and what is what in one. Paths are `a.b[].c`.

    `repost` is a key that a forwarded post has; `complete` says that a missing post was not posted.
    """

    title: str
    items: str
    published: str
    text: str = ""
    name: str = ""
    id: str = ""
    repost: str = ""
    complete: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetMap:
    """Which column of a sheet is what, as the map's `file` says it. `words` turns what the sheet writes into the vocabulary's."""

    title: str
    kind: str
    asset: str
    part: str = ""
    observed_at: str = ""
    screenshot: str = ""
    new_assets: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    file: str = ""
    is_shipped: bool = False


def _folder() -> Traversable:
    return importlib.resources.files("hege") / "collectors" / "accounts" / "maps"


def shipped_maps() -> dict[str, str]:
    """The text of the maps that come with hege, by name."""
    folder = _folder()
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return {f.name.removesuffix(".yaml"): f.read_text(encoding="utf-8") for f in files}


def read_map(name: str, folder: Path, vocabulary: Vocabulary) -> FeedMap | SheetMap:
    """The map of a name: one that comes with hege, else a file of the folder; raises InputError."""
    shipped = shipped_maps()
    if name in shipped:
        found = parse_map(shipped[name], str(_folder() / f"{name}.yaml"), vocabulary)
        return replace(found, is_shipped=True) if isinstance(found, SheetMap) else found
    file = folder / name
    if not file.is_file():
        near = nearest(name, shipped)
        known = "、".join(shipped)
        hint = Text(
            zh=f"是否想写“{near}”？" if near else f"可用：{known}，或案例文件夹里的文件",
            en=f"did you mean “{near}”?" if near else f"known: {known}, or a file of the case folder",
        )
        message = Text(zh=f"没有字段映射“{name}”", en=f"there is no map “{name}”")
        raise InputError([Problem(code="unknown-map", place=Place(file=str(folder)), message=message, hint=hint)])
    return parse_map(file.read_text(encoding="utf-8-sig"), str(file), vocabulary)


def parse_map(text: str, file: str, vocabulary: Vocabulary) -> FeedMap | SheetMap:
    """A map from its YAML; raises InputError with every fault."""
    reading = Reading()
    node = read_yaml(text, file)
    what = Text(zh="字段映射", en="map")
    schema = _text(reading, node.get("schema")) if isinstance(node, MapNode) else ""
    if schema == "sheet/1":
        found: FeedMap | SheetMap = _sheet_map(reading, node, what, vocabulary, file)
    else:
        found = _feed_map(reading, node, what)
    reading.done()
    return found


def _feed_map(reading: Reading, node: Node, what: Text) -> FeedMap:
    entry = (
        reading.mapping(
            node, what, ["schema", "title", "items", "published"], ["text", "name", "id", "repost", "complete"]
        )
        or {}
    )
    given = {key: _text(reading, value) for key, value in entry.items() if key not in ("schema", "complete")}
    complete = bool(reading.truth(entry["complete"], what)) if "complete" in entry else False
    return FeedMap(**{"title": "", "items": "", "published": ""} | given, complete=complete)


def _sheet_map(reading: Reading, node: Node, what: Text, vocabulary: Vocabulary, file: str) -> SheetMap:
    optional = ["part", "observed_at", "screenshot", "new_assets", "assets", "words"]
    entry = reading.mapping(node, what, ["schema", "title", "kind", "asset", "fields"], optional) or {}
    name = _text(reading, entry.get("kind"))
    kind = vocabulary.kinds.get(name)
    if kind is None and "kind" in entry:
        reading.unknown_word(entry["kind"].place, Text(zh="事实种类", en="kind of fact"), name, vocabulary.kinds)
    fields = _pairs(reading, entry.get("fields"))
    if kind is not None and isinstance(entry.get("fields"), MapNode):
        known = [f.name for f in kind.fields]
        for key, value in entry["fields"].entries:  # type: ignore[union-attr]
            if key.raw not in known:
                reading.unknown_word(value.place, Text(zh="字段", en="field"), key.raw, known)
    words = entry.get("words")
    return SheetMap(
        title=_text(reading, entry.get("title")), kind=name, asset=_text(reading, entry.get("asset")),
        part=_text(reading, entry.get("part")), observed_at=_text(reading, entry.get("observed_at")),
        screenshot=_text(reading, entry.get("screenshot")), new_assets=_text(reading, entry.get("new_assets")), fields=fields,
        assets=_pairs(reading, entry.get("assets")),
        words={k.raw: _pairs(reading, v) for k, v in words.entries} if isinstance(words, MapNode) else {}, file=file,
    )  # fmt: skip


def _pairs(reading: Reading, node: Node | None) -> dict[str, str]:
    return {key.raw: _text(reading, value) for key, value in node.entries} if isinstance(node, MapNode) else {}


def _text(reading: Reading, node: Node | None) -> str:
    return reading.text(node, Text(zh="文字", en="text")) or "" if node is not None else ""
