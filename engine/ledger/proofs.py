"""Single facts shown with when and by whom they were recorded, and the proof that one is in the ledger.

A proof file is a tlog-proof of the batch, whose extra data holds the record and its way up to the batch.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hege.engine.canonical import dumps
from hege.engine.ledger import database, records, schema, tree
from hege.engine.ledger.notes import MalformedNote, Proof, Verifier, read_checkpoint, read_note, read_proof
from hege.engine.ledger.store import leaves
from hege.engine.text import Language, Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A stored fact with the batch it came in, and the fact that corrects it, if any."""

    seq: int
    row: Mapping[str, Any]
    batch: Mapping[str, Any]
    corrected_by: str

    @property
    def id(self) -> str:
        """As explanations print it."""
        return bytes(self.row["fact"]).hex()[:16]

    def line(self, language: Language) -> str:
        """The fact in one line."""
        row = self.row
        part = f"[{row['part']}]" if row["part"] else ""
        said = _fields(row) if row["state"] == "known" else f"{row['state']} {row['reason']}".strip()
        marks = []
        if row["supersedes"]:
            marks.append(
                Text(
                    zh=f"更正#{row['supersedes'][:16]}：{row['why']}",
                    en=f"corrects #{row['supersedes'][:16]}: {row['why']}",
                )
            )
        if self.corrected_by:
            marks.append(Text(zh=f"已被#{self.corrected_by[:16]}更正", en=f"corrected by #{self.corrected_by[:16]}"))
        tail = "".join(f"  〔{m.shown(language)}〕" for m in marks)
        return (
            f"{row['observed_at'][:16]}  {row['kind']}{part}  {said}  #{self.id}  "
            f"{self.batch['recorded_at'][:16]} {self.batch['entered_by']}{tail}"
        )

    def lines(self) -> list[Text]:
        """The fact in full."""
        row, batch = self.row, self.batch
        pairs = [
            ("事实", "fact", f"#{bytes(row['fact']).hex()}"),
            ("资产", "asset", f"{row['register']} {row['asset']}"),
            ("种类", "kind", row["kind"] + (f"[{row['part']}]" if row["part"] else "")),
            ("观测", "observed", row["observed_at"]),
            ("状态", "state", f"{row['state']} {row['reason']}".strip()),
            ("内容", "content", _fields(row)),
            ("来源", "source", row["source"]),
            (
                "记录",
                "recorded",
                f"{batch['recorded_at']} {batch['entered_by']} ({batch['action']}, {batch['number']}/{self.seq})",
            ),
        ]
        if row["supersedes"]:
            pairs.append(("更正", "corrects", f"#{row['supersedes']} {row['why']}"))
        if self.corrected_by:
            pairs.append(("已被更正", "corrected", f"#{self.corrected_by}"))
        return [Text(zh=f"{zh}\u3000{value}", en=f"{en:<10}{value}") for zh, en, value in pairs]


def _fields(row: Mapping[str, Any]) -> str:
    given = {**json.loads(row["fields"]), **dict.fromkeys(row["nones"].split(",") if row["nones"] else [], "none")}
    return " ".join(f"{k}={v}" for k, v in sorted(given.items()))


def find_facts(connection: Connection, where: str, given: str) -> list[Found]:
    """The facts whose id begins so; refused when there is none."""
    f = schema.facts.c
    wanted = given.removeprefix("#").lower()
    rows: list[dict[str, Any]] = []
    if wanted and len(wanted) <= 64 and set(wanted) <= set("0123456789abcdef"):
        low, high = bytes.fromhex(wanted.ljust(64, "0")), bytes.fromhex(wanted.ljust(64, "f"))
        query = sa.select(schema.facts).where(f.fact >= low, f.fact <= high).order_by(f.seq).limit(20)
        rows = [dict(r) for r in connection.execute(query).mappings()]
    if not rows:
        raise database.refusal(where, "no-fact", f"台账里没有事实“{given}”", f"the ledger has no fact “{given}”",
                               Text(zh="编号见hege explain或hege facts history", en="see hege explain or hege facts history for ids"))  # fmt: skip
    return list(_found(connection, rows))


def facts_of_asset(connection: Connection, where: str, register: str, asset: str, kind: str | None) -> list[Found]:
    """All facts of an asset, oldest record first; refused when there is none."""
    f = schema.facts.c
    query = sa.select(schema.facts).where(f.register == register, f.asset == asset).order_by(f.seq)
    rows = [dict(r) for r in connection.execute(query.where(f.kind == kind) if kind else query).mappings()]
    if not rows:
        raise database.refusal(
            where,
            "unknown-asset",
            f"名册“{register}”里没有“{asset}”的这类事实",
            f"the register “{register}” has no such facts of “{asset}”",
        )
    return list(_found(connection, rows))


def _found(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
    f, b = schema.facts.c, schema.batches.c
    numbers = {row["batch"] for row in rows}
    headers = {
        h["number"]: dict(h)
        for h in connection.execute(sa.select(schema.batches).where(b.number.in_(numbers))).mappings()
    }  # fmt: skip
    ids = {bytes(row["fact"]).hex() for row in rows}
    registers = {row["register"] for row in rows}
    near = (f.register.in_(registers), f.kind.in_({r["kind"] for r in rows}), f.asset.in_({r["asset"] for r in rows}))
    query = sa.select(f.register, f.supersedes, f.fact, f.seq).where(*near, f.supersedes.in_(ids))
    later = {
        (r.register, r.supersedes): (r.seq, bytes(r.fact).hex()) for r in connection.execute(query.order_by(f.seq))
    }
    for row in rows:
        seq, by = later.get((row["register"], bytes(row["fact"]).hex()), (-1, ""))
        yield Found(seq=row["seq"], row=row, batch=headers[row["batch"]], corrected_by=by if seq > row["seq"] else "")


# ---- proofs --------------------------------------------------------------------------------------------------------


def proof_of(connection: Connection, where: str, seq: int) -> Proof:
    """The proof that a fact is in the ledger, as of the first checkpoint that covers it."""
    row = dict(connection.execute(sa.select(schema.facts).where(schema.facts.c.seq == seq)).mappings().one())
    b, c = schema.batches.c, schema.checkpoints
    header = dict(connection.execute(sa.select(schema.batches).where(b.number == row["batch"])).mappings().one())
    note = connection.execute(
        sa.select(c.c.note).where(c.c.size > row["batch"]).order_by(c.c.size).limit(1)
    ).scalar()  # fmt: skip
    if note is None:
        raise database.refusal(where, "not-signed", "还没有覆盖这条事实的检查点", "no checkpoint covers the fact yet",
                               Text(zh="先运行hege ledger checkpoint", en="run hege ledger checkpoint first"))  # fmt: skip
    size = read_checkpoint(read_note(note).text).size
    digests = batch_digests(connection, header)
    hashes = [tree.leaf_hash(d) for d in digests]
    index = seq - header["first_seq"]
    extra = {
        "schema": "hege/fact-proof/1",
        "fact": {k: _json(v) for k, v in row.items() if k not in schema.COMMON},
        "batch": {k: _json(v) for k, v in header.items() if k not in ("leaf", "root")},
        "index": index,
        "path": [base64.b64encode(h).decode() for h in tree.inclusion_proof(hashes, index)],
    }
    path = tree.inclusion_proof(leaves(connection, size), header["number"])
    return Proof(index=header["number"], path=tuple(path), checkpoint=note, extra=dumps(extra).encode())


def batch_digests(connection: Connection, header: Mapping[str, Any]) -> list[bytes]:
    """The digests of all records of a batch, in order."""
    found: list[tuple[int, bytes]] = []
    first, end = header["first_seq"], header["first_seq"] + header["records"]
    for table in schema.RECORDS:
        c = table.c  # by number, which is the key of every table
        query = sa.select(c.seq, c.digest).where(c.seq >= first, c.seq < end)
        found += [(row.seq, bytes(row.digest)) for row in connection.execute(query)]
    return [digest for _, digest in sorted(found)]


def check_proof(text: str, trusted: Sequence[Verifier]) -> dict[str, Any]:
    """The fact that a proof file shows to be in a ledger signed with one of the keys; raises MalformedNote when not."""
    proof = read_proof(text)
    note = read_note(proof.checkpoint)
    if note.signer(trusted) is None:
        raise MalformedNote("the checkpoint is not signed with the given key")
    checkpoint = read_checkpoint(note.text)
    try:
        extra = json.loads(proof.extra)
        fact: dict[str, Any] = {k: _bytes(v) for k, v in extra["fact"].items()}
        header: dict[str, Any] = {k: _bytes(v) for k, v in extra["batch"].items()}
        path = [base64.b64decode(h) for h in extra["path"]]
        if records.fact_digest(fact) != fact["fact"]:
            raise MalformedNote("the fact does not have the digest that the ledger holds")
        digest = hashlib.sha256(records.committed(schema.facts, fact)).digest()
        root = tree.root_from_inclusion(tree.leaf_hash(digest), extra["index"], header["records"], path)
        leaf = tree.leaf_hash(records.leaf_content(header))
    except (KeyError, TypeError, ValueError, AssertionError) as error:
        if isinstance(error, MalformedNote):
            raise
        raise MalformedNote("the proof file is not complete") from error
    if root != header["records_root"] or header["number"] != proof.index:
        raise MalformedNote("the fact is not in the batch")
    if tree.root_from_inclusion(leaf, proof.index, checkpoint.size, proof.path) != checkpoint.root:
        raise MalformedNote("the batch is not in the signed tree")
    return {
        **fact,
        "recorded_at": header["recorded_at"],
        "entered_by": header["entered_by"],
        "origin": checkpoint.origin,
    }


def _json(value: object) -> object:
    return {"hex": value.hex()} if isinstance(value, bytes) else value


def _bytes(value: object) -> object:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value
