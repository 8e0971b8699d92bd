"""Reading a case folder: case.yaml, assets.csv, facts/KIND.csv or facts.xlsx, strictly and completely.

Every fault of every file is collected with file, row and column; nothing is half-imported. How a cell becomes a value
is `cells`; what the facts mean is for the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from hege.collectors.cells import CellFault, Sheet, header_names, parsed, read_csv_sheet, read_xlsx_sheets
from hege.engine.case import Case, PlannedBatch
from hege.engine.errors import InputError, Place, nearest
from hege.engine.facts import ASSET_COLUMNS, Facts, asset_table, facts, table
from hege.engine.result import Previous
from hege.engine.rulebook.model import AssetKind
from hege.engine.text import Text
from hege.engine.vocabulary import STATES, Field, FieldType, Keep, Kind, Vocabulary
from hege.engine.yamlnodes import ListNode, MapNode, Node, Reading, ScalarNode, read_yaml

SHOWN_OF_ONE_FAULT = 20

_ASSET_ZH = {
    "id": "编号", "kind": "种类", "name": "名称", "platform": "平台", "owner": "开设主体", "district": "辖区",
    "category": "类别", "parent": "上级", "url": "网址", "synthetic": "虚拟",
}  # fmt: skip
_COMMON_ZH = {"asset": "资产", "part": "部分", "observed_at": "观测时间", "state": "状态", "reason": "原因"}


@dataclass(slots=True)
class _Faults:
    """Records faults of one sheet; the same fault is shown a limited number of times."""

    reading: Reading
    file: str
    counts: dict[str, int]

    def add(self, code: str, row: int, column: int, zh: str, en: str, hint: Text | None = None) -> None:
        self.counts[code] = self.counts.get(code, 0) + 1
        if self.counts[code] <= SHOWN_OF_ONE_FAULT:
            self.reading.problem(code, Place(file=self.file, line=row, column=column), zh, en, hint)

    def close(self) -> None:
        for code, count in self.counts.items():
            if count > SHOWN_OF_ONE_FAULT:
                more = count - SHOWN_OF_ONE_FAULT
                self.reading.problem(
                    code, Place(file=self.file), f"另有{more}处同类错误未列出", f"{more} more faults of this sort are not listed"
                )  # fmt: skip


def read_case(folder: Path, vocabulary: Vocabulary) -> Case:
    """The case of a folder; raises InputError with every fault found."""
    reading = Reading()
    if not folder.is_dir():
        reading.problem("no-folder", Place(file=str(folder)), "没有这个文件夹", "there is no such folder",
                        Text(zh="给出含有case.yaml的文件夹", en="name a folder that holds case.yaml"))  # fmt: skip
        reading.done()
    plan = _plan(reading, folder)
    assets = _assets(reading, folder / "assets.csv")
    tables = _tables(reading, folder, vocabulary, {str(a["id"]): str(a["kind"]) for a in assets})
    reading.done()
    assert plan is not None
    known: Facts = facts(asset_table(assets), tables, vocabulary)
    return Case(facts=known, **plan)  # type: ignore[arg-type]


# ---- case.yaml -----------------------------------------------------------------------------------------------------


def _plan(reading: Reading, folder: Path) -> dict[str, object] | None:
    file = folder / "case.yaml"
    if not file.is_file():
        reading.problem("no-case", Place(file=str(file)), "缺少case.yaml", "case.yaml is missing",
                        Text(zh="补上case.yaml，写明title、rules、as_of", en="add case.yaml with title, rules and as_of"))  # fmt: skip
        return None
    try:
        node = read_yaml(file.read_text(encoding="utf-8-sig"), str(file))
    except InputError as error:
        reading.problems.extend(error.problems)
        return None
    except UnicodeDecodeError:
        reading.problem("encoding", Place(file=str(file)), "文件不是UTF-8编码", "the file is not UTF-8")
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


# ---- assets.csv ----------------------------------------------------------------------------------------------------


def _assets(reading: Reading, file: Path) -> list[dict[str, object]]:
    if not file.is_file():
        reading.problem("no-assets", Place(file=str(file)), "缺少assets.csv", "assets.csv is missing")
        return []
    faults = _Faults(reading, str(file), {})
    sheet = _sheet(reading, file)
    if sheet is None:
        return []
    names = _header(faults, sheet, {c: _ASSET_ZH[c] for c in ASSET_COLUMNS}, required=("id", "kind"))
    found: list[dict[str, object]] = []
    rows: dict[str, int] = {}
    for line, cells in _rows(faults, sheet):
        row: dict[str, object] = dict(zip(names, cells, strict=False))
        id = str(row.get("id", ""))
        if not id:
            faults.add("missing-value", line, 1, "缺少资产编号id", "the asset id is missing")
        if id in rows:
            faults.add("duplicate-asset", line, 1, f"资产编号“{id}”重复，前一个在第{rows[id]}行", f"the asset id “{id}” is given twice, first in row {rows[id]}",
                       Text(zh="每个资产一行", en="one row an asset"))  # fmt: skip
        rows.setdefault(id, line)
        if row.get("kind") not in ("site", "account"):
            faults.add("unknown-word", line, names.index("kind") + 1 if "kind" in names else 1,
                       f"种类“{row.get('kind')}”应为site或account", f"kind “{row.get('kind')}” must be site or account")  # fmt: skip
        row["synthetic"] = str(row.get("synthetic", "")).strip().lower() in ("true", "yes", "1", "是")
        found.append(row)
    faults.close()
    return found


# ---- facts ---------------------------------------------------------------------------------------------------------


def _tables(
    reading: Reading, folder: Path, vocabulary: Vocabulary, assets: Mapping[str, str]
) -> dict[str, pl.DataFrame]:
    rows: dict[str, list[dict[str, object]]] = {}
    for kind, sheet, file in _fact_sheets(reading, folder, vocabulary):
        faults = _Faults(reading, file, {})
        rows.setdefault(kind.name, []).extend(_facts(faults, sheet, kind, assets))
        faults.close()
    made = {}
    for name, found in rows.items():
        kind = vocabulary.kinds[name]
        _one_truth(reading, kind, found)
        if not reading.problems:
            made[name] = table(kind, found)
    return made


def _fact_sheets(reading: Reading, folder: Path, vocabulary: Vocabulary) -> Iterator[tuple[Kind, Sheet, str]]:
    for file in sorted((folder / "facts").glob("*")):
        name = file.stem.partition("-")[0]
        kind = _kind(reading, vocabulary, name if file.suffix == ".csv" else file.name, str(file))
        sheet = _sheet(reading, file) if kind else None
        if kind and sheet is not None:
            yield kind, sheet, str(file)
    workbook = folder / "facts.xlsx"
    if workbook.is_file():
        try:
            sheets = list(read_xlsx_sheets(workbook))
        except CellFault as fault:
            reading.problem(fault.code, Place(file=str(workbook)), fault.text.zh, fault.text.en, fault.hint)
            return
        for title, sheet in sheets:
            kind = _kind(reading, vocabulary, title, f"{workbook}[{title}]")
            if kind:
                yield kind, sheet, f"{workbook}[{title}]"


def _kind(reading: Reading, vocabulary: Vocabulary, name: str, file: str) -> Kind | None:
    by_zh = {k.zh: k for k in vocabulary.kinds.values()}
    kind = vocabulary.kinds.get(name) or by_zh.get(name)
    if kind is None:
        reading.unknown_word(Place(file=file), Text(zh="事实种类", en="kind of fact"), name, vocabulary.kinds)
    return kind


def _sheet(reading: Reading, file: Path) -> Sheet | None:
    try:
        return read_csv_sheet(file)
    except CellFault as fault:
        reading.problem(fault.code, Place(file=str(file), line=fault.line), fault.text.zh, fault.text.en, fault.hint)
        return None


def _rows(faults: _Faults, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet; a file that stops being one is a fault of its last row."""
    try:
        yield from sheet.rows
    except CellFault as fault:
        faults.add(fault.code, fault.line, 1, fault.text.zh, fault.text.en, fault.hint)


def _header(faults: _Faults, sheet: Sheet, known: Mapping[str, str], required: tuple[str, ...]) -> list[str]:
    names = header_names(sheet.header, known)
    for column, (written, name) in enumerate(zip(sheet.header, names, strict=True), 1):
        if name not in known:
            near = nearest(written, [*known, *known.values()])
            hint = Text(zh=f"是否想写“{near}”？" if near else f"可用：{'、'.join(known)}",
                        en=f"did you mean “{near}”?" if near else f"known: {', '.join(known)}")  # fmt: skip
            faults.add("unknown-header", 1, column, f"没有“{written}”这一列", f"unknown column “{written}”", hint)
        elif names.index(name) != column - 1:
            faults.add("duplicate-header", 1, column, f"“{written}”列重复", f"the column “{written}” is given twice")
    for name in required:
        if name not in names:
            faults.add("missing-header", 1, 1, f"缺少“{name}”（{known[name]}）列", f"the column “{name}” is missing")
    return names


def _facts(faults: _Faults, sheet: Sheet, kind: Kind, assets: Mapping[str, str]) -> Iterator[dict[str, object]]:
    known = _COMMON_ZH | {f.name: f.zh for f in kind.fields}
    names = _header(faults, sheet, known, required=("asset", "observed_at"))
    fields: dict[str, Field] = {f.name: f for f in kind.fields}
    observed = Field(name="observed_at", zh="观测时间", type=FieldType.TIME)
    for line, cells in _rows(faults, sheet):
        if len(cells) != len(names):
            faults.add(
                "ragged-row",
                line,
                1,
                f"这一行有{len(cells)}格，表头有{len(names)}列",
                f"the row has {len(cells)} cells, the header {len(names)}",
            )
            continue
        row: dict[str, object] = {"source": f"{faults.file}:{line}"}
        for column, (name, cell) in enumerate(zip(names, cells, strict=True), 1):
            if name in fields or name == "observed_at":
                field = fields.get(name, observed)
                try:
                    row[name] = parsed(field, cell)
                except CellFault as fault:
                    faults.add(fault.code, line, column, fault.text.zh, fault.text.en, fault.hint)
            elif name in _COMMON_ZH:
                row[name] = cell
        _check(faults, line, names, row, kind, assets)
        yield row


def _check(
    faults: _Faults, line: int, names: list[str], row: dict[str, object], kind: Kind, assets: Mapping[str, str]
) -> None:
    def at(name: str) -> int:
        return names.index(name) + 1 if name in names else 1

    asset = str(row.get("asset", ""))
    if asset not in assets:
        near = nearest(asset, assets)
        hint = Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None
        faults.add(
            "unknown-asset",
            line,
            at("asset"),
            f"assets.csv里没有资产“{asset}”",
            f"assets.csv has no asset “{asset}”",
            hint,
        )
    elif kind.about not in ("both", assets[asset]):
        faults.add("wrong-kind", line, at("asset"), f"“{kind.name}”（{kind.zh}）不能记在{'网站' if assets[asset] == 'site' else '账号'}“{asset}”上",
                   f"“{kind.name}” is no fact about the {assets[asset]} “{asset}”")  # fmt: skip
    if row.get("observed_at") is None and "observed_at" in row:
        faults.add("missing-value", line, at("observed_at"), "缺少观测时间observed_at", "observed_at is missing")
    if row.get("part") and not kind.part:
        faults.add(
            "part",
            line,
            at("part"),
            f"“{kind.name}”（{kind.zh}）每个资产只有一项，part应为空",
            f"“{kind.name}” has no parts; leave part empty",
        )
    if not row.get("part") and kind.part and kind.keep is Keep.LATEST:
        faults.add(
            "part", line, at("part"), f"缺少part：是哪个{kind.part}", f"part is missing: which one of {kind.name}?"
        )
    state = row.get("state") or "known"
    if state not in STATES:
        near = nearest(str(state), STATES)
        faults.add("unknown-word", line, at("state"), f"没有状态“{state}”", f"unknown state “{state}”",
                   Text(zh=f"是否想写“{near}”？可用：{'、'.join(STATES)}", en=f"did you mean “{near}”? Known: {', '.join(STATES)}"))  # fmt: skip


def _one_truth(reading: Reading, kind: Kind, rows: list[dict[str, object]]) -> None:
    """One asset, part and time can have one observation only, for kinds that keep the latest."""
    if kind.keep is not Keep.LATEST:
        return
    seen: dict[tuple[object, ...], dict[str, object]] = {}
    content = [*(c for c in _COMMON_ZH if c not in ("asset", "part", "observed_at")), *(f.name for f in kind.fields)]
    for row in rows:
        key = (row.get("asset"), row.get("part") or "", row.get("observed_at"))
        first = seen.setdefault(key, row)
        if [first.get(c) or None for c in content] != [row.get(c) or None for c in content]:
            file, _, line = str(row["source"]).rpartition(":")
            reading.problem(
                "two-observations", Place(file=file, line=int(line)),
                f"与{first['source']}是同一资产、同一部分、同一时间的观测，内容却不同", f"differs from {first['source']}, an observation of the same asset, part and time",
                Text(zh="保留正确的一条，或写明不同的observed_at", en="keep the right one, or give different observed_at"),
            )  # fmt: skip


def _w(word: str) -> Text:
    return Text(zh=f"“{word}”", en=f"`{word}`")
