"""The list of assets of a case: assets.csv as a table."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from hege.collectors.columns import Piece, column, misread, pieces
from hege.collectors.faults import Faults, Suspects, Told
from hege.collectors.files import is_file, is_there
from hege.collectors.headers import read_header
from hege.collectors.sheets import Sheet, read_sheet
from hege.engine.errors import Place
from hege.engine.facts import ASSET_COLUMNS, asset_table
from hege.engine.text import Text
from hege.engine.vocabulary import Field, FieldType
from hege.engine.wordnames import ASSET_KIND_NAMES
from hege.engine.yamlnodes import Reading

_ZH = {
    "id": "编号", "kind": "种类", "name": "名称", "platform": "平台", "owner": "开设主体", "district": "辖区",
    "category": "类别", "parent": "上级", "url": "网址", "synthetic": "虚拟",
}  # fmt: skip
_SYNTHETIC = Field(name="synthetic", zh=_ZH["synthetic"], type=FieldType.TRUTH)


def read_assets(reading: Reading, file: Path) -> pl.DataFrame | None:
    """The asset table by id; None when there is no telling which assets there are."""
    if not is_there(file):
        reading.problem("no-assets", Place(file=str(file)), "缺少assets.csv", "assets.csv is missing")
        return None
    sheet = read_sheet(reading, file) if is_file(reading, file) else None
    if sheet is None:
        return None
    return assets_of(reading, sheet, str(file))


def assets_of(reading: Reading, sheet: Sheet, file: str) -> pl.DataFrame | None:
    """The same of a sheet from anywhere, under the name it has in messages."""
    faults = Faults(reading, file)
    names = read_header(faults, sheet.header, {c: _ZH[c] for c in ASSET_COLUMNS}, required=("id", "kind"))
    found = [_typed(piece, names) for piece in pieces(faults, sheet)]
    rows = pl.concat(found) if found else None
    if rows is not None and "id" in names:
        _once(faults, rows, names.index("id"))
    faults.close()
    if rows is None or not {"id", "kind"} <= set(names):
        return asset_table(()) if {"id", "kind"} <= set(names) else None
    return rows.select(
        *(pl.col(c) if c in names else pl.lit("").alias(c) for c in ASSET_COLUMNS[:-1]),
        pl.col("synthetic") if "synthetic" in names else pl.lit(False).alias("synthetic"),
    ).sort("id")


def _typed(piece: Piece, names: list[str]) -> pl.DataFrame:
    """The columns of a piece that are known, and `line`."""
    made = {"line": piece.lines}
    for number, name in enumerate(names):
        cells = piece.cells[number]
        if name == "id":
            piece.suspect(
                "missing-value", number, cells == "", lambda _: ("缺少资产编号id", "the asset id is missing", None)
            )
        elif name == "kind":
            cells = cells.replace(ASSET_KIND_NAMES)
            piece.suspect("unknown-word", number, ~cells.is_in(["site", "account"]), _no_kind)
        elif name == "synthetic":
            given = column(_SYNTHETIC, cells)
            piece.suspect("bad-value", number, given.wrong, misread(_SYNTHETIC))
            cells = given.values.fill_null(False)
        if name in _ZH:
            made[name] = cells
    return pl.DataFrame(made)


def _no_kind(cell: str) -> Told:
    return f"种类“{cell}”应为site（政府网站）或account（政务新媒体）", f"kind “{cell}” must be site or account", None


def _once(faults: Faults, rows: pl.DataFrame, number: int) -> None:
    """One row an asset."""
    given = rows.filter(pl.col("id") != "")
    again = given.filter(~pl.col("id").is_first_distinct())
    first = dict(
        given.filter(pl.col("id").is_in(again["id"].implode()))
        .unique("id", keep="first", maintain_order=True)
        .select("id", "line")
        .iter_rows()
    )

    def told(id: str) -> Told:
        zh = f"资产编号“{id}”重复，前一个在第{first[id]}行"
        return (
            zh,
            f"the asset id “{id}” is given twice, first in row {first[id]}",
            Text(zh="每个资产一行", en="one row an asset"),
        )

    cells = again.select("line", pl.col("id").alias("cell"))
    faults.add_cells(
        [Suspects(code="duplicate-asset", column=number + 1, cells=cells, told=told)] if again.height else []
    )
