"""Facts as tables: one Polars frame per kind, in one normal form whatever order the facts arrived in.

Null in a field is open (nobody says); bit i of `nones` says that field i is known to be none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from hege.engine.dates import SHANGHAI
from hege.engine.vocabulary import Empty, Kind, Vocabulary

NONE = "none"
ASSET_COLUMNS = ("id", "kind", "name", "platform", "owner", "district", "category", "parent", "url", "synthetic")


@dataclass(frozen=True, slots=True)
class Facts:
    """Assets (sorted by id) and one table per kind of the vocabulary."""

    assets: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]


def asset_table(rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """The asset table of Python rows; missing text columns are empty."""
    schema: dict[str, pl.DataType] = {c: pl.String() for c in ASSET_COLUMNS[:-1]} | {"synthetic": pl.Boolean()}
    data = [{c: r.get(c) or ("" if c != "synthetic" else False) for c in ASSET_COLUMNS} for r in rows]
    return pl.DataFrame(data, schema=schema).sort("id")


def facts(assets: pl.DataFrame, tables: Mapping[str, pl.DataFrame], vocabulary: Vocabulary) -> Facts:
    """Facts with a table for every kind, each in normal form."""
    return Facts(
        assets.sort("id"),
        {name: normal(tables[name]) if name in tables else table(kind, ()) for name, kind in vocabulary.kinds.items()},
    )


def normal(rows: pl.DataFrame) -> pl.DataFrame:
    """The one order of a table: by asset, part and time; equal rows once (wherever they came from)."""
    content = [c for c in rows.columns if c != "source"]
    return rows.unique(subset=content, keep="any").sort(
        ["asset", "part", "observed_at", *content[3:]], nulls_last=True
    ) if rows.height else rows  # fmt: skip


def table(kind: Kind, rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """A table of Python rows: typed values, `none` for known nothing, None or left out for open."""
    schema = kind.schema()
    columns: dict[str, list[object]] = {c: [] for c in schema}
    for row in rows:
        nones = 0
        for f in kind.fields:
            value = row.get(f.name)
            nothing = value == NONE if isinstance(value, str) else value is None and f.empty is Empty.NONE
            if nothing and row.get("state", "known") == "known":
                nones |= 1 << kind.bit(f.name)
            columns[f.name].append(None if nothing else value)
        observed = row["observed_at"]
        columns["observed_at"].append(_moment(observed))
        columns["asset"].append(row["asset"])
        columns["part"].append(row.get("part") or "")
        columns["state"].append(row.get("state") or "known")
        columns["reason"].append(row.get("reason") or "")
        columns["source"].append(row.get("source") or "")
        columns["nones"].append(nones)
    return normal(pl.DataFrame(columns, schema=schema, strict=False))


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI) if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    assert isinstance(value, date)
    return datetime(value.year, value.month, value.day, tzinfo=SHANGHAI)


def fact_id(kind: Kind, row: Mapping[str, object]) -> str:
    """First 16 hex digits of the SHA-256 of the fact's content; its source and file do not count."""
    content = {c: row[c] for c in kind.schema() if c != "source"}
    text = json.dumps({"kind": kind.name} | content, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
