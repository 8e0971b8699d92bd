"""Facts as tables: one Polars frame per kind, in one normal form whatever order the facts arrived in.

Null in a field is open (nobody says); bit i of `nones` says that field i is known to be none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from json.encoder import encode_basestring as _quoted
from pathlib import Path
from typing import Literal

import polars as pl

from hege.engine.canonical import dumps, moment
from hege.engine.dates import SHANGHAI
from hege.engine.vocabulary import Empty, Field, FieldType, Kind, Vocabulary

NONE = "none"
MANY = 200_000  # from so many facts on, what a streaming query costs to set up is won back
ASSET_COLUMNS = ("id", "kind", "name", "platform", "owner", "district", "category", "parent", "url", "synthetic")


@dataclass(frozen=True, slots=True)
class Facts:
    """Assets (sorted by id) and one table per kind of the vocabulary, in normal form: evaluation relies on the order."""

    assets: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]

    def scan(self, kind: str) -> pl.LazyFrame:
        """The table of a kind, to be read as far as it is asked for."""
        return self.tables.scan(kind) if isinstance(self.tables, StoredTables) else self.tables[kind].lazy()

    @property
    def engine(self) -> Literal["in-memory", "streaming"]:
        """Which of Polars' engines is the quicker over so many facts; they give the same answers."""
        if isinstance(self.tables, StoredTables):
            return "streaming"
        return "streaming" if sum(t.height for t in self.tables.values()) > MANY else "in-memory"

    def of(self, assets: Sequence[str]) -> Facts:
        """What is known of some assets alone: no finding depends on the facts of another."""
        mine = self.assets.filter(pl.col("id").is_in(assets))
        if isinstance(self.tables, StoredTables):
            return Facts(mine, replace(self.tables, assets=tuple(assets)))
        return Facts(mine, {k: t.filter(pl.col("asset").is_in(assets)) for k, t in self.tables.items()})


@dataclass(frozen=True, slots=True)
class StoredTables(Mapping[str, pl.DataFrame]):
    """Tables in normal form, one Parquet file `KIND.parquet` each in a folder, read when they are asked for.

    With `assets` only the facts of these are there.
    """

    folder: Path
    kinds: tuple[str, ...]
    assets: tuple[str, ...] | None = None

    def scan(self, kind: str) -> pl.LazyFrame:
        """A table to be read as far as it is asked for."""
        if kind not in self.kinds:
            raise KeyError(kind)
        rows = pl.scan_parquet(self.folder / f"{kind}.parquet")
        return rows if self.assets is None else rows.filter(pl.col("asset").is_in(self.assets))

    def __getitem__(self, kind: str) -> pl.DataFrame:
        return self.scan(kind).collect()

    def __iter__(self) -> Iterator[str]:
        return iter(self.kinds)

    def __len__(self) -> int:
        return len(self.kinds)


def stored(folder: Path, vocabulary: Vocabulary) -> Facts:
    """Facts that `store` wrote."""
    return Facts(pl.read_parquet(folder / "assets.parquet"), StoredTables(folder, tuple(vocabulary.kinds)))


def store(facts: Facts, folder: Path) -> None:
    """Writes facts as Parquet files into a folder, one for each kind and `assets.parquet`."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in facts.tables:
        facts.tables[kind].write_parquet(folder / f"{kind}.parquet")
    facts.assets.write_parquet(folder / "assets.parquet")


def asset_table(rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """The asset table of Python rows; missing text columns are empty."""
    schema: dict[str, pl.DataType] = {c: pl.String() for c in ASSET_COLUMNS[:-1]} | {"synthetic": pl.Boolean()}
    data = [{c: r.get(c) or ("" if c != "synthetic" else False) for c in ASSET_COLUMNS} for r in rows]
    return pl.DataFrame(data, schema=schema).sort("id")


def facts(assets: pl.DataFrame, tables: Mapping[str, pl.DataFrame], vocabulary: Vocabulary) -> Facts:
    """Facts with a table for every kind, each in normal form."""
    return Facts(
        assets.sort("id"),
        {
            name: normal(tables[name]) if name in tables else pl.DataFrame(schema=kind.schema())
            for name, kind in vocabulary.kinds.items()
        },
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
    columns: dict[str, list[object]] = {c: [] for c in schema if c != "nones"}
    nothing: dict[str, list[bool]] = {f.name: [] for f in kind.fields}
    for row in rows:
        for name, said in nothing.items():
            value = row.get(name)
            said.append(isinstance(value, str) and value == NONE)
            columns[name].append(None if said[-1] else value)
        columns["observed_at"].append(_moment(row["observed_at"]))
        for name in ("asset", "part", "state", "reason", "source"):
            columns[name].append(row.get(name))
    typed = pl.DataFrame(columns, schema={c: t for c, t in schema.items() if c != "nones"}, strict=False)
    return normal(filled(kind, typed, {name: pl.Series(said, dtype=pl.Boolean) for name, said in nothing.items()}))


def filled(kind: Kind, typed: pl.DataFrame, nothing: Mapping[str, pl.Series]) -> pl.DataFrame:
    """All columns of the kind from some of them, in the order given: rows are not yet in normal form.

    `typed` has the kind's dtypes, null for open; asset and observed_at must be there, what else is left out is open.
    `nothing` says of fields where they are known to be none, which counts of known facts and of what describes the thing.
    """
    schema = kind.schema()
    given = {
        name: pl.col(name) if name in typed.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in schema.items()
        if name != "nones"
    }
    for name, default in (("part", ""), ("state", "known"), ("reason", ""), ("source", "")):
        given[name] = given[name].fill_null(pl.lit(default, dtype=schema[name]))
    nones = pl.lit(0, dtype=pl.UInt64)
    for field in kind.fields:
        none = nothing.get(field.name)
        said = pl.lit(False) if none is None else pl.lit(none)
        if field.empty is Empty.NONE:
            said = said | given[field.name].is_null()
        counts = pl.lit(True) if field.describes else given["state"] == "known"
        bit = pl.lit(1 << kind.bit(field.name), dtype=pl.UInt64)
        nones = nones + pl.when(said & counts).then(bit).otherwise(pl.lit(0, dtype=pl.UInt64))
    return typed.select(*given.values(), nones.alias("nones")).select(schema.keys())


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI) if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    assert isinstance(value, date)
    return datetime(value.year, value.month, value.day, tzinfo=SHANGHAI)


# ---- the canonical form of a fact ----------------------------------------------------------------------------------


def canonical_facts(kind: Kind, rows: pl.DataFrame) -> Iterator[tuple[str, ...]]:
    """The facts of a table, each as asset, part, observed_at, state, reason, fields, nones and its canonical text.

    Only what is said of a fact is in it: fields that are open, and its source, are not. So a field added to the
    vocabulary changes no fact that was there before.
    """
    fields = sorted(kind.fields, key=lambda f: f.name)
    bits = [(f.name, 1 << kind.bit(f.name)) for f in fields]
    told = [_told(f, rows[f.name].to_list()) for f in fields]
    cells = zip(*told, strict=True) if told else iter(() for _ in range(rows.height))
    columns = [rows[c].to_list() for c in ("asset", "part", "observed_at", "state", "reason", "nones")]
    moments: dict[datetime, str] = {}
    head = f'}},"kind":{_quoted(kind.name)},"nones":'
    for (asset, part, observed, state, reason, nones), given in zip(zip(*columns, strict=True), cells, strict=True):
        at = moments.get(observed)
        if at is None:
            at = moments[observed] = moment(observed)
        values = ",".join(filter(None, given))
        missing = [name for name, bit in bits if nones & bit] if nones else []
        text = (
            f'{{"asset":{_quoted(asset)},"fields":{{{values}{head}{dumps(missing) if missing else "[]"},"observed_at":"{at}",'
            f'"part":{_quoted(part)},"reason":{_quoted(reason) if reason else _EMPTY},"state":"{state}"}}'
        )
        yield asset, part, at, state, reason, f"{{{values}}}", ",".join(missing), text


_EMPTY = '""'


def _told(field: Field, values: list[object]) -> list[str]:
    """The values of a field as `"name":value`; empty where it is open. Equal values are written once."""
    name = f"{_quoted(field.name)}:"
    if field.type in (FieldType.LIST, FieldType.NUMBER):  # unhashable; -0.0 equals 0.0
        return ["" if v is None else name + dumps(v) for v in values]
    written: dict[object, str] = {None: ""}
    for value in values:
        if value not in written:
            written[value] = name + dumps(_plain(value))
    return [written[v] for v in values]


def canonical_text(
    kind: str, asset: str, part: str, observed_at: str, state: str, reason: str, fields: str, nones: str
) -> str:
    """The canonical text of a fact from its pieces, as `canonical_facts` gives them."""
    return (
        f'{{"asset":{_quoted(asset)},"fields":{fields},"kind":{_quoted(kind)},'
        f'"nones":{dumps(nones.split(",") if nones else [])},"observed_at":{_quoted(observed_at)},'
        f'"part":{_quoted(part)},"reason":{_quoted(reason)},"state":{_quoted(state)}}}'
    )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, date) else value


def fact_id(kind: Kind, row: Mapping[str, object]) -> str:
    """First 16 hex digits of the SHA-256 of the fact's canonical text."""
    nones = row["nones"]
    assert isinstance(nones, int) and isinstance(row["observed_at"], datetime)
    fields = {f.name: _plain(row[f.name]) for f in kind.fields if row[f.name] is not None}
    missing = sorted(f.name for bit, f in enumerate(kind.fields) if nones >> bit & 1)
    asset, part, state, reason = (str(row[c]) for c in ("asset", "part", "state", "reason"))
    at = moment(row["observed_at"])
    text = canonical_text(kind.name, asset, part, at, state, reason, dumps(fields), ",".join(missing))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
