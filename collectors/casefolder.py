"""Reading a case folder: case.yaml, assets.csv, facts/KIND.csv or facts.xlsx, strictly and completely.

Every fault of every file is collected with file, row and column; nothing is half-imported. Owns case.yaml; the list of
assets is `assetlist`, the sheets of facts are `facttables`, and what the facts mean is for the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from hege.collectors.assetlist import read_assets
from hege.collectors.facttables import read_tables
from hege.engine.case import Case, PlannedBatch
from hege.engine.errors import Place
from hege.engine.facts import facts
from hege.engine.result import Previous
from hege.engine.rulebook.library import read_file
from hege.engine.rulebook.model import AssetKind
from hege.engine.text import Text
from hege.engine.vocabulary import Vocabulary
from hege.engine.yamlnodes import ListNode, MapNode, Node, Reading, ScalarNode


def read_case(folder: Path, vocabulary: Vocabulary) -> Case:
    """The case of a folder; raises InputError with every fault found."""
    reading = Reading()
    if not folder.is_dir():
        reading.problem("no-folder", Place(file=str(folder)), "没有这个文件夹", "there is no such folder",
                        Text(zh="给出含有case.yaml的文件夹", en="name a folder that holds case.yaml"))  # fmt: skip
        reading.done()
    plan = _plan(reading, folder)
    assets = read_assets(reading, folder / "assets.csv")
    kinds = None if assets is None else dict(assets.select("id", "kind").iter_rows())
    tables = read_tables(reading, folder, vocabulary, kinds)
    reading.done()
    assert plan is not None and assets is not None
    known = facts(assets, tables, vocabulary)
    return Case(facts=known, **plan)  # type: ignore[arg-type]


# ---- case.yaml -----------------------------------------------------------------------------------------------------


def _plan(reading: Reading, folder: Path) -> dict[str, object] | None:
    file = folder / "case.yaml"
    if not file.is_file():
        reading.problem("no-case", Place(file=str(file)), "缺少case.yaml", "case.yaml is missing",
                        Text(zh="补上case.yaml，写明title、rules、as_of", en="add case.yaml with title, rules and as_of"))  # fmt: skip
        return None
    node = read_file(reading, file)
    if node is None:
        return None
    entry = reading.mapping(
        node, Text(zh="案例", en="case"), ["schema", "title", "rules"],
        ["jurisdiction", "issuer", "as_of", "batches", "printed", "previous", "frames", "rectify_by"],
    )  # fmt: skip
    if entry is None:
        return None
    if "as_of" in entry and "batches" in entry:
        reading.problem("one-plan", entry["batches"].place, "as_of与batches只能写一个", "only one of as_of and batches")
    if "as_of" not in entry and "batches" not in entry:
        reading.problem("no-date", node.place, "缺少监测时间点as_of", "the monitoring day `as_of` is missing",
                        Text(zh="例如as_of: 2024-02-23", en="such as as_of: 2024-02-23"))  # fmt: skip
    return {
        "title": reading.text(entry.get("title"), _w("title")) or "",
        "jurisdiction": reading.text(entry.get("jurisdiction"), _w("jurisdiction")) or "",
        "issuer": reading.text(entry.get("issuer"), _w("issuer")) or "",
        "rules": _rules(reading, entry.get("rules"), folder),
        "batches": _batches(reading, entry),
        "previous": _previous(reading, entry.get("previous")),
        "frames": _frames(reading, entry.get("frames")),
        "rectify_by": reading.day(entry.get("rectify_by"), _w("rectify_by")),
    }


def _rules(reading: Reading, node: Node | None, folder: Path) -> tuple[str, ...]:
    items = node.items if isinstance(node, ListNode) else (node,) if node is not None else ()
    found = []
    for item in items:
        name = reading.text(item, _w("rules"))
        if name is None:
            continue
        if name.startswith("."):
            path = (folder / name).resolve()
            if not path.is_dir():
                reading.problem("no-folder", item.place, f"没有规则文件夹“{name}”", f"there is no rule folder “{name}”")
            name = str(path)
        found.append(name)
    return tuple(found)


def _batches(reading: Reading, entry: Mapping[str, Node]) -> tuple[PlannedBatch, ...]:
    node = entry.get("as_of")
    days: dict[AssetKind, date | None] = {}
    if isinstance(node, ScalarNode):
        days = dict.fromkeys(AssetKind, reading.day(node, _w("as_of")))
    elif isinstance(node, MapNode):
        given = reading.mapping(node, _w("as_of"), [], [k.value for k in AssetKind]) or {}
        days = {k: reading.day(given[k.value], _w("as_of")) for k in AssetKind if k.value in given}
    if node is not None:
        rates = (
            reading.mapping(entry["printed"], _w("printed"), [], [k.value for k in AssetKind])
            if "printed" in entry
            else {}
        )
        printed = {k: reading.text(n, _w("printed")) or "" for k, n in (rates or {}).items()}
        return tuple(
            PlannedBatch(name="", kind=k, as_of=d, printed=printed.get(k.value, "")) for k, d in days.items() if d
        )
    found = []
    for item in reading.items(entry.get("batches"), _w("batches")):
        batch = reading.mapping(item, _w("batches"), ["name", "kind", "as_of"], ["printed", "category"]) or {}
        kind = reading.word(batch.get("kind"), _w("kind"), AssetKind)
        day = reading.day(batch.get("as_of"), _w("as_of"))
        if kind and day:
            name = reading.text(batch.get("name"), _w("name")) or ""
            rate = reading.text(batch.get("printed"), _w("printed")) or ""
            words = batch.get("category")
            of = words.items if isinstance(words, ListNode) else (words,) if words is not None else ()
            category = tuple(reading.text(n, _w("category")) or "" for n in of)
            found.append(PlannedBatch(name=name, kind=kind, as_of=day, printed=rate, category=category))
    return tuple(found)


def _previous(reading: Reading, node: Node | None) -> tuple[Previous, ...]:
    kinds = reading.mapping(node, _w("previous"), [], [k.value for k in AssetKind]) if node is not None else None
    found = []
    for kind, body in (kinds or {}).items():
        entry = reading.mapping(body, _w(kind), ["pass_rate"], ["label"]) or {}
        rate = reading.text(entry.get("pass_rate"), _w("pass_rate")) or ""
        if not rate.endswith("%"):
            reading.problem(
                "wrong-value",
                body.place,
                "pass_rate应为百分比，如88.2%",
                "pass_rate must be a percentage, such as 88.2%",
            )
            continue
        label = reading.text(entry.get("label"), _w("label")) or ""
        found.append(Previous(kind=AssetKind(kind), pass_rate=rate, label=label))
    return tuple(found)


def _frames(reading: Reading, node: Node | None) -> dict[str, int]:
    kinds = reading.mapping(node, _w("frames"), [], [k.value for k in AssetKind]) if node is not None else None
    given = {k: reading.whole(n, _w(k)) for k, n in (kinds or {}).items()}
    return {k: n for k, n in given.items() if n is not None}


def _w(word: str) -> Text:
    return Text(zh=f"“{word}”", en=f"`{word}`")
