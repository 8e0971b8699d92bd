"""case.yaml: what is inspected, by which rules, in which batches and as of when, held against the list of assets.

Every asset is in a batch or said to be left out. The list itself is `assetlist`; the case as a whole is `casefolder`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from hege.collectors.files import is_file, is_there
from hege.engine.case import PlannedBatch
from hege.engine.errors import Place
from hege.engine.result import Previous
from hege.engine.rulebook.library import read_file
from hege.engine.rulebook.model import AssetKind
from hege.engine.text import Text
from hege.engine.yamlnodes import ListNode, Node, Reading, ScalarNode

_KINDS = [k.value for k in AssetKind]
_SORT = {AssetKind.SITE: Text(zh="网站", en="sites"), AssetKind.ACCOUNT: Text(zh="账号", en="accounts")}
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)%", re.ASCII)


def read_plan(reading: Reading, folder: Path, assets: pl.DataFrame | None) -> dict[str, object] | None:
    """What a Case has beside its facts; None without case.yaml. `assets` is None when there is nothing to hold it against."""
    file = folder / "case.yaml"
    if not is_there(file):
        reading.problem("no-case", Place(file=str(file)), "缺少case.yaml", "case.yaml is missing",
                        Text(zh="补上case.yaml，写明title、rules、as_of", en="add case.yaml with title, rules and as_of"))  # fmt: skip
        return None
    node = read_file(reading, file) if is_file(reading, file) else None
    entry = reading.mapping(
        node, Text(zh="案例", en="case"), ["schema", "title", "rules"],
        ["jurisdiction", "issuer", "as_of", "batches", "left_out", "printed", "previous", "frames", "rectify_by"],
    )  # fmt: skip
    if node is None or entry is None:
        return None
    schema = reading.text(entry.get("schema"), _w("schema"))
    if schema is not None and schema != "case/1":
        reading.unknown_word(entry["schema"].place, Text(zh="文件格式schema", en="schema"), schema, ["case/1"])
    if "as_of" in entry and "batches" in entry:
        reading.problem("one-plan", entry["batches"].place, "as_of与batches只能写一个", "only one of as_of and batches")
    if "as_of" not in entry and "batches" not in entry:
        reading.problem("no-date", node.place, "缺少监测时间点as_of", "the monitoring day `as_of` is missing",
                        Text(zh="例如as_of: 2024-02-23", en="such as as_of: 2024-02-23"))  # fmt: skip
    plan = _Batches(reading, entry, _categories(assets))
    return {
        "title": reading.text(entry.get("title"), _w("title")) or "",
        "jurisdiction": reading.text(entry.get("jurisdiction"), _w("jurisdiction")) or "",
        "issuer": reading.text(entry.get("issuer"), _w("issuer")) or "",
        "rules": _rules(reading, entry.get("rules"), folder),
        "batches": plan.batches,
        "previous": _previous(reading, entry.get("previous")),
        "frames": _frames(reading, entry.get("frames"), plan),
        "rectify_by": reading.day(entry.get("rectify_by"), _w("rectify_by")),
    }


Categories = Mapping[AssetKind, Mapping[str, int]]
"""How many assets there are of each kind and category."""


def _categories(assets: pl.DataFrame | None) -> Categories | None:
    if assets is None:
        return None
    counted = assets.group_by("kind", "category").len().sort("category")
    return {k: dict(counted.filter(pl.col("kind") == k.value).select("category", "len").iter_rows()) for k in AssetKind}


class _Batches:
    """The batches of a case and what is left out, read and held against each other and against the assets."""

    def __init__(self, reading: Reading, entry: Mapping[str, Node], there: Categories | None) -> None:
        before = len(reading.problems)
        self.reading, self.entry = reading, entry
        self.there: Categories = there or {k: {} for k in AssetKind}
        self.checked = there is not None
        self.left_out = self._left_out(entry.get("left_out"))
        found = self._by_kind(entry["as_of"]) if "as_of" in entry else self._written(entry.get("batches"))
        self.batches = tuple(self._without_left_out(b) for b in found)
        if self.checked and len(reading.problems) == before:
            self._every_asset()

    def size(self, batch: PlannedBatch) -> int:
        """How many assets a batch has."""
        return sum(n for word, n in self.there[batch.kind].items() if not batch.category or word in batch.category)

    def _left_out(self, node: Node | None) -> frozenset[str]:
        words = _words(self.reading, node, _w("left_out"))
        known = [*_KINDS, *(word for of in self.there.values() for word in of)]
        for item, word in words if self.checked else ():
            if word not in known:
                self.reading.unknown_word(item.place, _w("left_out"), word, filter(None, known))
        return frozenset(word for _, word in words)

    def _remaining(self, kind: AssetKind) -> list[str]:
        """The categories of a kind that are not left out."""
        return [word for word in self.there[kind] if not {kind.value, word} & self.left_out]

    def _by_kind(self, node: Node) -> list[PlannedBatch]:
        """A day for all assets, or one for each kind, with the rates that a notice prints."""
        days: dict[AssetKind, date | None] = {}
        if isinstance(node, ScalarNode):
            day = self.reading.day(node, _w("as_of"))
            days = {k: day for k in AssetKind if self._remaining(k) or not (self.there[k] or k.value in self.left_out)}
        else:
            given = self.reading.mapping(node, _w("as_of"), [], _KINDS) or {}
            for kind in AssetKind:
                if kind.value in given:
                    days[kind] = self.reading.day(given[kind.value], _w("as_of"))
                    self._is_not_left_out(given[kind.value], kind, kind.value)
        rates = self.reading.mapping(self.entry.get("printed"), _w("printed"), [], _KINDS) or {}
        printed = {k: _percent(self.reading, n, _w("printed")) for k, n in rates.items()}
        return [PlannedBatch(name="", kind=k, as_of=d, printed=printed.get(k.value, "")) for k, d in days.items() if d]

    def _written(self, node: Node | None) -> list[PlannedBatch]:
        """The batches one by one."""
        if "printed" in self.entry:
            self.reading.problem(
                "printed",
                self.entry["printed"].place,
                "分批的案例，printed写在批次里",
                "with batches, `printed` belongs in a batch",
            )
        found = []
        for item in self.reading.items(node, _w("batches")):
            batch = (
                self.reading.mapping(item, _w("batches"), ["name", "kind", "as_of"], ["printed", "category", "rated"])
                or {}
            )
            kind = self.reading.word(batch.get("kind"), _w("kind"), AssetKind)
            day = self.reading.day(batch.get("as_of"), _w("as_of"))
            name = self.reading.text(batch.get("name"), _w("name")) or ""
            printed = _percent(self.reading, batch.get("printed"), _w("printed"))
            category = _words(self.reading, batch.get("category"), _w("category"))
            rated = "rated" not in batch or self.reading.truth(batch["rated"], _w("rated")) is not False
            if kind is None or day is None:
                continue
            self._is_not_left_out(batch["kind"], kind, kind.value)
            for of, word in category:
                self._is_not_left_out(of, kind, word)
                if self.checked and word not in self.there[kind]:
                    what = Text(zh=f"{_SORT[kind].zh}的类别", en=f"category of {_SORT[kind].en}")
                    self.reading.unknown_word(of.place, what, word, filter(None, self.there[kind]))
            found.append(PlannedBatch(
                name=name, kind=kind, as_of=day, printed=printed, rated=rated, category=tuple(word for _, word in category),
            ))  # fmt: skip
        return found

    def _is_not_left_out(self, node: Node, kind: AssetKind, word: str) -> None:
        nothing = word == kind.value and self.there[kind] and not self._remaining(kind)
        if word in self.left_out or nothing:
            self.reading.problem(
                "left-out", node.place, f"“{word}”要检查，又写在left_out里", f"“{word}” is to be inspected, and left out as well",
                Text(zh="两处只留一处", en="keep one of the two"),
            )  # fmt: skip

    def _without_left_out(self, batch: PlannedBatch) -> PlannedBatch:
        """A batch of all assets of its kind has those that are not left out."""
        some = set(self.there[batch.kind]) & self.left_out
        return replace(batch, category=tuple(self._remaining(batch.kind))) if some and not batch.category else batch

    def _every_asset(self) -> None:
        """Assets in no batch are a fault: nobody would miss them in the result."""
        key = "as_of" if "as_of" in self.entry else "batches"
        if key not in self.entry:
            return
        for kind in AssetKind:
            batches = [b for b in self.batches if b.kind is kind]
            if not batches and self._remaining(kind):
                number, sort = sum(self.there[kind][w] for w in self._remaining(kind)), _SORT[kind]
                self.reading.problem(
                    "not-inspected", self.entry[key].place,
                    f"assets.csv有{number}个{sort.zh}，{key}里没有{kind.value}", f"{key} says nothing of `{kind.value}`, of which assets.csv has {number}",
                    Text(zh=f"写上{kind.value}的日期；不检查的，写left_out: [{kind.value}]，或从assets.csv删去",
                         en=f"give `{kind.value}` a day; if they are not inspected, say left_out: [{kind.value}] or remove them from assets.csv"),
                )  # fmt: skip
                continue
            for word in self._remaining(kind):
                if all(b.category and word not in b.category for b in batches):
                    number, sort, said = self.there[kind][word], _SORT[kind], word or '""'
                    self.reading.problem(
                        "not-inspected", self.entry[key].place,
                        f"类别为“{word}”的{number}个{sort.zh}不在任何批次里", f"no batch has the {sort.en} of the category “{word}”, of which there are {number}",
                        Text(zh=f"加上这一类别的批次；不检查的，写left_out: [{said}]，或从assets.csv删去",
                             en=f"add a batch of that category; if they are not inspected, say left_out: [{said}] or remove them from assets.csv"),
                    )  # fmt: skip


def _rules(reading: Reading, node: Node | None, folder: Path) -> tuple[str, ...]:
    found = []
    for item, name in _words(reading, node, _w("rules")):
        if name.startswith("."):
            path = (folder / name).resolve()
            if not path.is_dir():
                reading.problem("no-folder", item.place, f"没有规则文件夹“{name}”", f"there is no rule folder “{name}”")
            name = str(path)
        found.append(name)
    return tuple(found)


def _previous(reading: Reading, node: Node | None) -> tuple[Previous, ...]:
    kinds = reading.mapping(node, _w("previous"), [], _KINDS) or {}
    found = []
    for kind, body in kinds.items():
        entry = reading.mapping(body, _w(kind), ["pass_rate"], ["label", "derived"]) or {}
        rate = _percent(reading, entry.get("pass_rate"), _w("pass_rate"))
        label = reading.text(entry.get("label"), _w("label")) or ""
        derived = "derived" in entry and bool(reading.truth(entry["derived"], _w("derived")))
        found.append(Previous(kind=AssetKind(kind), pass_rate=rate, label=label, derived=derived))
    return tuple(found)


def _frames(reading: Reading, node: Node | None, plan: _Batches) -> dict[str, int]:
    """How many there are of a kind, of which those of a batch were inspected."""
    kinds = reading.mapping(node, _w("frames"), [], _KINDS) or {}
    found: dict[str, int] = {}
    for word, body in kinds.items():
        number = reading.whole(body, _w(word))
        inspected = max((plan.size(b) for b in plan.batches if b.kind.value == word), default=0)
        if number is None:
            continue
        found[word] = number
        if number < 1:
            reading.problem(
                "wrong-value", body.place, f"“{word}”的总数应大于0", f"the number of `{word}` must be above 0"
            )
        elif number < inspected:
            reading.problem("wrong-value", body.place, f"“{word}”共{number}个，检查的却有{inspected}个", f"of `{word}` there are {number} in all, but {inspected} are inspected",
                            Text(zh="frames写全部的数量，不小于检查的数量", en="frames says how many there are in all, no fewer than are inspected"))  # fmt: skip
    return found


def _percent(reading: Reading, node: Node | None, what: Text) -> str:
    """A percentage as written, such as 88.2%."""
    raw = reading.text(node, what)
    if raw is None or node is None:
        return ""
    if (found := _PERCENT.fullmatch(raw)) and Decimal(found[1]) <= 100:
        return raw
    reading.problem(
        "wrong-value", node.place, f"{what.zh}应为0%至100%的百分比，最多四位小数；这里写的是“{raw}”",
        f"{what.en} must be a percentage between 0% and 100%, with at most four decimals; this is “{raw}”",
        Text(zh="写成88.2%", en="write it as 88.2%"),
    )  # fmt: skip
    return ""


def _words(reading: Reading, node: Node | None, what: Text) -> list[tuple[Node, str]]:
    """One word or a list of them, each with its place."""
    items = node.items if isinstance(node, ListNode) else (node,) if node is not None else ()
    return [(item, word) for item in items if (word := reading.text(item, what)) is not None]


def _w(word: str) -> Text:
    return Text(zh=f"“{word}”", en=f"`{word}`")
