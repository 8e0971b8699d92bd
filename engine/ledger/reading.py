"""What was known: the assets, facts and waivers of a register as of a size of the ledger, as the engine's own tables.

A register's history is read once (`History`) and can then be asked for any earlier state.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection

from hege.engine.errors import Place
from hege.engine.facts import Facts, asset_table, facts
from hege.engine.ledger import database, schema
from hege.engine.rulebook.model import Waiver
from hege.engine.text import Text
from hege.engine.vocabulary import Field, FieldType, Kind, Vocabulary

Row = Mapping[str, Any]
_COLUMNS = (
    "kind",
    "asset",
    "part",
    "observed_at",
    "state",
    "reason",
    "fields",
    "nones",
    "source",
    "fact",
    "supersedes",
)


@dataclass(frozen=True, slots=True)
class History:
    """All that a register holds, with the batch in which each came (`batch`) and stopped counting (`until`)."""

    register: str
    assets: Sequence[Row]
    tables: dict[str, pl.DataFrame]
    waivers: Sequence[Row]
    vocabulary: Vocabulary

    def at(self, size: int, assets: Collection[str] | None = None) -> Facts:
        """What was known when the ledger had so many batches; of all assets listed then, or of the named ones."""
        listed: dict[str, Row] = {}
        for row in self.assets:
            if _number(row["batch"]) < size:
                listed[str(row["id"])] = row
        chosen = [
            r for i, r in listed.items() if (r["standing"] == "listed" if assets is None else i in assets)
        ]  # fmt: skip
        known = (pl.col("batch") < size) & (pl.col("until").is_null() | (pl.col("until") >= size))
        ids = pl.Series([r["id"] for r in chosen], dtype=pl.String)
        tables = {
            name: rows.filter(known & pl.col("asset").is_in(ids.implode())).drop("batch", "until")
            for name, rows in self.tables.items()
        }
        return facts(asset_table(chosen), tables, self.vocabulary)

    def waivers_at(self, size: int) -> tuple[Waiver, ...]:
        """The waivers recorded by then, by id."""
        return tuple(
            Waiver(
                id=str(w["waiver"]), asset=str(w["asset"]), indicator=str(w["indicator"]),
                start=date.fromisoformat(str(w["start"])), until=date.fromisoformat(str(w["until"])),
                reason=str(w["reason"]), approved_by=str(w["approved_by"]), place=Place(file=f"{self.register}"),
            )
            for w in sorted(self.waivers, key=lambda w: (str(w["waiver"]), _number(w["seq"])))
            if _number(w["batch"]) < size
        )  # fmt: skip


def registers(connection: Connection) -> list[str]:
    """The registers that have assets."""
    found = connection.execute(sa.select(schema.assets.c.register).distinct()).scalars()
    return sorted(found)


def read_history(
    connection: Connection, where: str, register: str, vocabulary: Vocabulary, asset: str | None = None
) -> History:
    """The history of a register, or of one asset of it; raises LedgerRefused when there is no register of that name."""
    rows = history_rows(connection, register, asset)
    if not rows.assets and (asset is None or register not in registers(connection)):
        known = registers(connection)
        raise database.refusal(
            where, "no-register", f"台账里没有名册“{register}”", f"the ledger has no register “{register}”",
            Text(zh=f"现有：{'、'.join(known) or '无'}", en=f"it has: {', '.join(known) or 'none'}"),
        )  # fmt: skip
    return history_of(register, rows, vocabulary)


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryRows:
    """The stored rows of a register, each list in the order of recording."""

    assets: Sequence[Row]
    facts: Sequence[Row]
    waivers: Sequence[Row]


def history_rows(connection: Connection, register: str, asset: str | None = None) -> HistoryRows:
    """Reads them; of one asset alone if it is named."""
    a, f, w = schema.assets.c, schema.facts.c, schema.waivers.c

    def found(query: sa.Select[Any], whose: sa.Column[str]) -> list[Row]:
        mine = query if asset is None else query.where(whose == asset)
        return [row._mapping for row in connection.execute(mine)]  # type: ignore[misc]

    facts_query = sa.select(f.seq, f.batch, *[f[c] for c in _COLUMNS]).where(f.register == register).order_by(f.seq)
    return HistoryRows(
        assets=found(sa.select(schema.assets).where(a.register == register).order_by(a.seq), a.id),
        facts=found(facts_query, f.asset),
        waivers=found(sa.select(schema.waivers).where(w.register == register).order_by(w.seq), w.asset),
    )


def history_of(register: str, rows: HistoryRows, vocabulary: Vocabulary) -> History:
    """The history that stored rows tell, wherever they were stored."""
    by_kind: dict[str, list[tuple[object, ...]]] = {}
    superseded: dict[str, tuple[int, int]] = {}  # fact -> the newest record that corrects it, and its batch
    pick = operator.itemgetter("seq", "batch", *_COLUMNS)
    for seq, batch, kind, *rest, fact, supersedes in map(pick, rows.facts):
        by_kind.setdefault(kind, []).append((seq, batch, *rest, bytes(fact).hex()))
        if supersedes:
            superseded[supersedes] = (seq, batch)
    tables = {
        name: _typed(vocabulary.kinds[name], found, superseded)
        for name, found in by_kind.items()
        if name in vocabulary.kinds
    }
    return History(register, rows.assets, tables, rows.waivers, vocabulary)


def _typed(kind: Kind, rows: list[tuple[object, ...]], superseded: dict[str, tuple[int, int]]) -> pl.DataFrame:
    """The stored rows of a kind as its table, with the batches from and until which each counts."""
    names = ("seq", "batch", *_COLUMNS[1:9], "fact")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    until = [
        end[1] if (end := superseded.get(str(fact))) and end[0] > _number(seq) else None
        for seq, fact in zip(columns["seq"], columns["fact"], strict=True)
    ]
    raw = pl.DataFrame(
        {n: columns[n] for n in names if n not in ("seq", "fact")},
        schema={"batch": pl.Int64, **dict.fromkeys(names[2:-1], pl.String)},
    )
    stored = pl.Struct({f.name: _stored(f) for f in kind.fields})
    opened = raw.with_columns(pl.col("fields").str.json_decode(stored), pl.Series("until", until, dtype=pl.Int64))
    schema_ = kind.schema()
    missing = pl.col("nones").str.split(",")
    bits = [pl.when(missing.list.contains(f.name)).then(1 << kind.bit(f.name)).otherwise(0) for f in kind.fields]
    return opened.select(
        "asset",
        "part",
        _moment(pl.col("observed_at")),
        pl.col("state").cast(schema_["state"]),
        "reason",
        "source",
        (pl.sum_horizontal(bits) if bits else pl.lit(0)).cast(pl.UInt64).alias("nones"),
        *[_value(f).alias(f.name) for f in kind.fields],
        "batch",
        "until",
    )


def _stored(field: Field) -> pl.DataType:
    """How the value of a field stands in JSON."""
    if field.type in (FieldType.INTEGER, FieldType.NUMBER, FieldType.TRUTH, FieldType.LIST):
        return field.dtype()
    return pl.String()


def _value(field: Field) -> pl.Expr:
    value = pl.col("fields").struct.field(field.name)
    match field.type:
        case FieldType.DAY:
            return value.str.to_date("%Y-%m-%d")
        case FieldType.TIME:
            return _moment(value)
        case FieldType.WORD:
            return value.cast(field.dtype(), strict=False)  # a word that came later than this vocabulary is open
    return value


def _moment(text: pl.Expr) -> pl.Expr:
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us").dt.convert_time_zone("Asia/Shanghai")


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
