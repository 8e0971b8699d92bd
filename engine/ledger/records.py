"""What a record commits to: its canonical bytes and digest, and the leaf of a batch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring as _quoted

import polars as pl
from sqlalchemy import Table

from hege.engine.canonical import dumps
from hege.engine.facts import canonical_facts, canonical_text
from hege.engine.ledger import schema, tree
from hege.engine.vocabulary import Kind

Values = tuple[object, ...]
Row = Mapping[str, object]
_sha = hashlib.sha256


@dataclass(frozen=True, slots=True)
class Record:
    """A record to be written: its table, its values in the order of `schema.content`, its digest."""

    table: Table
    values: Values
    digest: bytes


def record(table: Table, **values: object) -> Record:
    """A record of named values."""
    names = schema.content(table)
    assert sorted(names) == sorted(values), (table.name, names, values)
    return Record(table, tuple(values[n] for n in names), _sha(committed(table, values)).digest())


def committed(table: Table, row: Row) -> bytes:
    """The bytes whose SHA-256 is the digest of a record."""
    hidden = schema.NOT_COMMITTED.get(table.name, frozenset())
    data: dict[str, object] = {"record": table.name}
    for name in schema.content(table):
        if name not in hidden:
            value = row[name]
            data[name] = value.hex() if isinstance(value, bytes) else value
    return dumps(data).encode("utf-8", "surrogatepass")


def fact_records(
    register: str, kind: Kind, rows: pl.DataFrame, supersedes: str = "", why: str = ""
) -> Iterator[Record]:
    """The records of a table of facts; the fast way to what `record` would make of each."""
    source = rows["source"].to_list()
    head = f'","record":"facts","register":{_quoted(register)},"source":'
    tail = f',"supersedes":"{supersedes}","why":{_quoted(why)}}}'
    table = schema.facts
    for (asset, part, at, state, reason, fields, nones, text), origin in zip(
        canonical_facts(kind, rows), source, strict=True
    ):
        fact = _sha(text.encode()).digest()
        digest = _sha(f'{{"fact":"{fact.hex()}{head}{_quoted(origin)}{tail}'.encode()).digest()
        yield Record(
            table,
            (register, kind.name, asset, part, at, state, reason, fields, nones, origin, fact, supersedes, why),
            digest,
        )


def corrected(fact: Record, supersedes: str, why: str) -> Record:
    """The same fact, said to correct another."""
    values = dict(zip(schema.content(fact.table), fact.values, strict=True))
    return record(fact.table, **values | {"supersedes": supersedes, "why": why})


def fact_digest(row: Row) -> bytes:
    """The digest that the content of a stored fact has."""
    pieces = [str(row[c]) for c in ("kind", "asset", "part", "observed_at", "state", "reason", "fields", "nones")]
    return _sha(canonical_text(*pieces).encode("utf-8", "surrogatepass")).digest()


def leaf_content(header: Row) -> bytes:
    """What a batch puts into the tree: who recorded what and when, and the root over its records."""
    names = ("number", "first_seq", "records", "recorded_at", "entered_by", "action", "note")
    root = header["records_root"]
    assert isinstance(root, bytes)
    return dumps({n: header[n] for n in names} | {"records_root": root.hex()}).encode("utf-8", "surrogatepass")


def records_root(digests: Sequence[bytes]) -> bytes:
    """The root over the records of a batch, each by its digest."""
    return tree.root([tree.leaf_hash(d) for d in digests])
