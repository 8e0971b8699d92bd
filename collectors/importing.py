"""Sheets that people or other systems export, read by a map: rows become facts, and assets where the map says so.

Every fault of every row is told at once; nothing is half-imported. The sheet itself and the screenshots it names are kept
as evidence, and each fact points to its row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hege.collectors.accounts.maps import SheetMap
from hege.collectors.cells import CellFault, parsed
from hege.collectors.faults import Faults
from hege.collectors.observation import Observation, quoted
from hege.collectors.sheets import Sheet, read_csv_sheet, read_xlsx_sheets
from hege.engine.errors import nearest
from hege.engine.facts import ASSET_COLUMNS
from hege.engine.text import Text
from hege.engine.vocabulary import Field, FieldType, Kind, Vocabulary
from hege.engine.yamlnodes import Reading

_ID = re.compile(r"[\w.@-]{1,80}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedRow:
    """One row: the asset, what it says, a screenshot it names."""

    asset: str
    observation: Observation
    observed_at: datetime | None
    screenshot: Path | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """A sheet as facts, and assets that the case does not have yet (by their columns)."""

    rows: tuple[ImportedRow, ...]
    new_assets: tuple[Mapping[str, str], ...]


def read_import(
    file: Path, map: SheetMap, assets: Mapping[str, Mapping[str, object]], vocabulary: Vocabulary
) -> Imported:
    """The facts of a sheet; raises InputError with every fault. `assets` are the case's, by id."""
    reading = Reading()
    faults = Faults(reading, str(file))
    rows: list[ImportedRow] = []
    new: dict[str, dict[str, str]] = {}
    try:
        sheet = _sheet(file)
        kind = vocabulary.kinds[map.kind]
        needed = [c for c in (map.asset, map.part, map.screenshot, map.observed_at, *map.fields.values()) if c]
        for column in dict.fromkeys(needed):
            if column not in sheet.header:
                faults.add("missing-header", 1, 1, f"缺少“{column}”列，映射{Path(map.file).name}这样写", f"the column “{column}” of the map {Path(map.file).name} is missing",
                           _other_header(column, sheet.header, map))  # fmt: skip
        if not reading.problems:
            for line, cells in sheet.rows:
                row = {name: cell.strip() for name, cell in zip(sheet.header, cells, strict=False)}
                found = _row(faults, line, row, sheet.header, map, kind, file.parent)
                if found is None:
                    continue
                rows.append(found)
                if found.asset not in assets and found.asset not in new:
                    if map.new_assets:
                        new[found.asset] = _asset(found.asset, row, map)
                    else:
                        _unknown(faults, line, sheet.header.index(map.asset) + 1, found.asset, assets)
    except CellFault as fault:
        faults.add(fault.code, fault.line, 1, fault.text.zh, fault.text.en, fault.hint)
    faults.close()
    reading.done()
    return Imported(rows=tuple(rows), new_assets=tuple(new.values()))


def _other_header(column: str, header: list[str], map: SheetMap) -> Text:
    """Which column it may be, and where the map is changed."""
    near = nearest(column, header)
    zh = f"表里有“{near}”，是否是它？" if near else f"表里有：{'、'.join(header)}。"
    en = f"is it “{near}”? " if near else f"the sheet has {', '.join(header)}. "
    if map.is_shipped:
        zh += f"列名不同的，把{map.file}复制到案例文件夹并改名，改好列名，--map写这个文件名"
        en += f"If it is named otherwise, copy {map.file} into the case folder under another name, change the column, and give that name to --map"
    else:
        zh += f"列名不同的，在{map.file}里改"
        en += f"If it is named otherwise, change it in {map.file}"
    return Text(zh=zh, en=en)


def _sheet(file: Path) -> Sheet:
    if file.suffix.lower() == ".xlsx":
        _, sheet = next(iter(read_xlsx_sheets(file)))
        return sheet
    return read_csv_sheet(file)


def _row(
    faults: Faults, line: int, row: Mapping[str, str], header: list[str], map: SheetMap, kind: Kind, folder: Path
) -> ImportedRow | None:
    def at(column: str) -> int:
        return header.index(column) + 1

    asset = row.get(map.asset, "")
    if not _ID.fullmatch(asset):
        faults.add(
            "missing-value",
            line,
            at(map.asset),
            f"“{map.asset}”应为编号，这里是“{asset}”",
            f"“{map.asset}” must be an id; this is “{asset}”",
        )
        return None
    values: dict[str, object] = {}
    for name, column in map.fields.items():
        field = kind.field(name)
        assert field is not None
        cell = map.words.get(name, {}).get(row.get(column, ""), row.get(column, ""))
        value = _value(faults, line, at(column), field, cell)
        if value is not None:
            values[name] = value
    observed = None
    if map.observed_at:
        moment = Field(name="observed_at", zh="观测时间", type=FieldType.TIME)
        value = _value(faults, line, at(map.observed_at), moment, row.get(map.observed_at, ""))
        observed = value if isinstance(value, datetime) else None
    part = row.get(map.part, "") if map.part else ""
    if map.part and not part:
        faults.add("part", line, at(map.part), f"缺少“{map.part}”", f"“{map.part}” is missing")
    screenshot = _screenshot(faults, line, row, header, map, folder)
    observation = Observation(
        kind=kind.name, part=part, fields=values, locator=f"第{line}行", quote=quoted(" ".join(c for c in row.values() if c))
    )  # fmt: skip
    return ImportedRow(asset=asset, observation=observation, observed_at=observed, screenshot=screenshot)


def _value(faults: Faults, line: int, column: int, field: Field, cell: str) -> object:
    try:
        return parsed(field, cell)
    except CellFault as fault:
        faults.add(fault.code, line, column, fault.text.zh, fault.text.en, fault.hint)
        return None


def _screenshot(
    faults: Faults, line: int, row: Mapping[str, str], header: list[str], map: SheetMap, folder: Path
) -> Path | None:
    name = row.get(map.screenshot, "") if map.screenshot else ""
    if not name:
        return None
    file = folder / name
    if not file.is_file():
        faults.add("no-file", line, header.index(map.screenshot) + 1, f"没有截图文件“{name}”", f"there is no screenshot “{name}”",
                   Text(zh="路径相对于表格所在文件夹", en="paths are relative to the folder of the sheet"))  # fmt: skip
        return None
    return file


def _unknown(faults: Faults, line: int, column: int, asset: str, assets: Mapping[str, object]) -> None:
    near = nearest(asset, assets)
    hint = Text(zh=f"是否想写“{near}”？", en=f"did you mean “{near}”?") if near else None
    faults.add(
        "unknown-asset", line, column, f"assets.csv里没有资产“{asset}”", f"assets.csv has no asset “{asset}”", hint
    )


def _asset(id: str, row: Mapping[str, str], map: SheetMap) -> dict[str, str]:
    columns = {name: row.get(column, "") for name, column in map.assets.items() if name in ASSET_COLUMNS}
    return {"id": id, "kind": map.new_assets} | columns


def with_assets(text: str, new: tuple[Mapping[str, str], ...]) -> str:
    """assets.csv with rows added, in the columns it has."""
    lines = list(csv.reader(io.StringIO(text, newline="")))
    header = [h.strip() for h in lines[0]]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([row.get(_english(name), "") for name in header] for row in new)
    return text + ("" if text.endswith("\n") else "\n") + out.getvalue()


_ZH = {
    "编号": "id", "种类": "kind", "名称": "name", "平台": "platform", "开设主体": "owner", "辖区": "district", "类别": "category",
    "上级": "parent", "网址": "url", "虚拟": "synthetic",
}  # fmt: skip


def _english(name: str) -> str:
    return _ZH.get(name, name)


def renamed(before: Mapping[str, str], rows: tuple[ImportedRow, ...]) -> Iterator[tuple[str, str, str]]:
    """Assets whose name in a register differs from the one it had: id, old name, new name."""
    for row in rows:
        old, now = before.get(row.asset, ""), str(row.observation.fields.get("name") or "")
        if old and now and old != now:
            yield row.asset, old, now
