"""Checking a ledger against itself and against what others hold: every stored value, every batch, every checkpoint.

Says what is wrong and where, and goes on; it repairs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from hege.engine.ledger import database, records, schema, tree
from hege.engine.ledger.notes import Checkpoint, MalformedNote, Verifier, read_checkpoint, read_note
from hege.engine.ledger.store import Ledger
from hege.engine.text import Text

CHUNK = 50_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One thing that is not as it was recorded: a stable code, where, what."""

    code: str
    where: str
    what: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What verification found."""

    batches: int
    records: int
    checkpoints: int
    root: bytes
    faults: tuple[Fault, ...]
    newest: Checkpoint | None = None  # the newest checkpoint that holds


@dataclass(slots=True)
class _Check:
    """Collects faults."""

    faults: list[Fault] = field(default_factory=list)

    def fault(self, code: str, where: str, zh: str, en: str) -> None:
        self.faults.append(Fault(code=code, where=where, what=Text(zh=zh, en=en)))


def verify(ledger: Ledger, trusted: Sequence[Verifier] = (), held: Sequence[str] = ()) -> Verified:
    """Checks everything. `trusted` are public keys one has from elsewhere, `held` signed checkpoints one has kept."""
    check = _Check()
    with ledger.reading() as connection:
        database.as_it_stands(connection)
        for said in database.damage(connection):
            check.fault("file", ledger.where, f"数据库文件损坏：{said}", f"the database file is damaged: {said}")
        tables = [t.name for t in (schema.batches, schema.checkpoints, *schema.RECORDS)]
        try:
            for name in database.unguarded(connection, tables):
                check.fault("guard", name, "禁止改删的触发器不在了", "the trigger that refuses changes is missing")
            return _verified(connection, check, trusted, held)
        except (DBAPIError, TypeError, ValueError, OverflowError) as error:
            check.fault("unreadable", ledger.where, f"读不下去：{error}", f"cannot be read further: {error}")
    return Verified(batches=0, records=0, checkpoints=0, root=tree.EMPTY, faults=tuple(check.faults))


def _verified(connection: Connection, check: _Check, trusted: Sequence[Verifier], held: Sequence[str]) -> Verified:
    digests = _Digests(connection, check)
    leaves: list[bytes] = []
    grown = tree.Growing()
    roots: list[bytes] = []
    expected = 0
    seq = 0
    for found in connection.execute(sa.select(schema.batches).order_by(schema.batches.c.number)).mappings():
        header: dict[str, Any] = dict(found)
        number, where = header["number"], f"batches {header['number']}"
        while expected < number and expected < len(leaves) + 1000:
            check.fault("batch-missing", f"batches {expected}", f"缺第{expected}批", f"batch {expected} is missing")
            expected += 1
        expected = number + 1
        if header["first_seq"] != seq:
            check.fault("batch-order", where, f"这批应从第{seq}条起", f"the batch should begin with record {seq}")
        own = digests.of(number, header["first_seq"], header["records"])
        seq = header["first_seq"] + header["records"]
        if records.records_root(own) != header["records_root"]:
            check.fault("batch-records", where, "批内记录与其根不符", "its records do not give its root")
        if tree.leaf_hash(records.leaf_content(header)) != header["leaf"]:
            check.fault("batch-header", where, "批次信息被改动", "the header of the batch was changed")
        leaves.append(header["leaf"])
        grown.append(header["leaf"])
        roots.append(grown.root)
        if grown.root != header["root"]:
            check.fault("batch-root", where, "批次与其后的树根不符", "the tree up to it does not give its root")
    if not leaves:
        check.fault("empty", "batches", "没有任何批次", "there is no batch at all")
    digests.rest()
    _check_texts(connection, check)
    _check_references(connection, check)
    newest, count = _check_checkpoints(connection, check, roots, leaves, trusted, held)
    return Verified(
        batches=len(leaves), records=digests.count, checkpoints=count, root=grown.root,
        faults=tuple(check.faults), newest=newest,
    )  # fmt: skip


# ---- records -------------------------------------------------------------------------------------------------------


class _Digests:
    """The records of all tables in order of their numbers, each checked against its digest."""

    def __init__(self, connection: Connection, check: _Check) -> None:
        self.check = check
        self.count = 0
        self._rows = heapq.merge(*[_rows(connection, t) for t in schema.RECORDS], key=_seq)
        self._next = next(self._rows, None)

    def of(self, batch: int, first: int, count: int) -> list[bytes]:
        """The digests of a batch's records; what is missing, changed or out of place is a fault."""
        found: list[bytes] = []
        seq, end = first, first + count
        while seq < end:
            there = None if self._next is None else self._next[0]
            if there is None or there > seq:
                until = end if there is None else min(there, end)
                which = f"{seq}" if until == seq + 1 else f"{seq}–{until - 1}"
                self.check.fault(
                    "record-missing",
                    f"record {which}",
                    f"第{batch}批缺第{which}条记录",
                    f"record {which} of batch {batch} is missing",
                )
                seq = until
            elif there < seq:
                self._strange()
            else:
                found.append(self._checked(batch))
                seq += 1
        return found

    def rest(self) -> None:
        """Whatever no batch claims."""
        while self._next is not None:
            self._strange()

    def _take(self) -> tuple[sa.Table, dict[str, Any]]:
        assert self._next is not None
        _, table, names, row = self._next
        self._next = next(self._rows, None)
        return table, dict(zip(names, row, strict=True))

    def _checked(self, batch: int) -> bytes:
        table, row = self._take()
        where = f"{table.name} {row['seq']}"
        self.count += 1
        if row["batch"] != batch:
            self.check.fault(
                "record-batch",
                where,
                f"记在第{row['batch']}批，应在第{batch}批",
                f"is marked batch {row['batch']}, but belongs to {batch}",
            )
        if table is schema.facts and records.fact_digest(row) != row["fact"]:
            self.check.fault(
                "fact-changed",
                where,
                f"事实内容被改动（{_about(row)}）",
                f"the content of the fact was changed ({_about(row)})",
            )
        if hashlib.sha256(records.committed(table, row)).digest() != row["digest"]:
            self.check.fault(
                "record-changed", where, f"记录被改动（{_about(row)}）", f"the record was changed ({_about(row)})"
            )
        digest = row["digest"]
        return digest if isinstance(digest, bytes) else b""

    def _strange(self) -> None:
        table, row = self._take()
        self.check.fault(
            "record-strange",
            f"{table.name} {row['seq']}",
            f"不属于任何批次的记录（{_about(row)}）",
            f"a record that no batch claims ({_about(row)})",
        )


_Numbered = tuple[int, sa.Table, tuple[str, ...], Sequence[Any]]


def _seq(row: _Numbered) -> int:
    return row[0]


def _rows(connection: Connection, table: sa.Table) -> Iterator[_Numbered]:
    """The rows of a table in order, so many at a time, each behind its number."""
    names = tuple(c.name for c in table.columns)
    last = -(2**62)
    while True:
        query = sa.select(table).where(table.c.seq > last).order_by(table.c.seq).limit(CHUNK)
        chunk = connection.execute(query).all()
        for row in chunk:
            yield row[0], table, names, row
        if len(chunk) < CHUNK:
            return
        last = chunk[-1][0]


def _about(row: records.Row) -> str:
    """A record in a few words."""
    names = ("register", "inspection", "kind", "asset", "id", "part", "observed_at", "indicator", "sha256", "rulebook")
    return " ".join(str(row[n])[:40] for n in names if n in row and row[n] != "")


# ---- what records say of each other --------------------------------------------------------------------------------


def _check_texts(connection: Connection, check: _Check) -> None:
    for row in connection.execute(sa.select(schema.texts)).mappings():
        if hashlib.sha256(row["text"].encode("utf-8", "surrogatepass")).hexdigest() != row["sha256"]:
            check.fault("text", f"texts {row['seq']}", "文本与其摘要不符", "the text does not have its digest")


def _check_references(connection: Connection, check: _Check) -> None:
    """Rulebooks name texts, inspections rulebooks, and each of them must be there."""
    texts = set(connection.execute(sa.select(schema.texts.c.sha256)).scalars())
    for row in connection.execute(sa.select(schema.rulebooks.c.seq, schema.rulebooks.c.files)):
        try:
            missing = sorted(set(json.loads(row.files).values()) - texts)
        except (ValueError, AttributeError):
            missing = ["?"]
        if missing:
            check.fault("reference", f"rulebooks {row.seq}", f"缺指标文本{missing[0]}", f"lacks the text {missing[0]}")
    books = set(connection.execute(sa.select(schema.rulebooks.c.rulebook)).scalars())
    for row in connection.execute(sa.select(schema.inspections.c.seq, schema.inspections.c.rulebook)):
        if row.rulebook not in books:
            check.fault(
                "reference", f"inspections {row.seq}", "所依据的指标不在台账里", "its rulebook is not in the ledger"
            )


# ---- checkpoints ---------------------------------------------------------------------------------------------------


def key_chain(rows: Iterable[tuple[int, str, str]]) -> list[tuple[int, Verifier]]:
    """The keys of a ledger, each with the batch from which it counts; a key not endorsed by the one before it ends it."""
    chain: list[tuple[int, Verifier]] = []
    for batch, key, endorsement in rows:
        verifier = Verifier.parse(key)
        if chain and not chain[-1][1].signed(rotation_text(chain[-1][1], verifier), base64.b64decode(endorsement)):
            break
        chain.append((batch, verifier))
    return chain


def rotation_text(old: Verifier, new: Verifier) -> str:
    """What the old key signs when a new one takes its place."""
    return f"hege key rotation\n{old}\n{new}\n"


def keys_of(connection: Connection) -> list[tuple[int, Verifier]]:
    """The keys recorded in a ledger, in the order in which they counted."""
    k = schema.keys.c
    rows = connection.execute(sa.select(k.batch, k.key, k.endorsement).order_by(k.seq))
    return key_chain((row.batch, row.key, row.endorsement) for row in rows)


def key_at(chain: Sequence[tuple[int, Verifier]], size: int) -> Verifier | None:
    """The key that counts for a tree of that size."""
    return next((key for batch, key in reversed(chain) if batch < size), None)


def _check_checkpoints(
    connection: Connection, check: _Check, roots: Sequence[bytes], leaves: Sequence[bytes],
    trusted: Sequence[Verifier], held: Sequence[str],
) -> tuple[Checkpoint | None, int]:  # fmt: skip
    try:
        chain = keys_of(connection)
    except (MalformedNote, ValueError):
        check.fault("keys", "keys", "公钥读不出来", "the public keys cannot be read")
        chain = []
    count_of_keys = connection.execute(sa.select(sa.func.count()).select_from(schema.keys)).scalar()
    if chain and len(chain) != count_of_keys:
        check.fault("keys", "keys", "有未经前一把钥匙认可的公钥", "a public key is not endorsed by the one before it")
    for key in trusted:
        if key not in [k for _, k in chain]:
            check.fault(
                "foreign-key",
                "keys",
                f"台账用的不是公钥{key}，而是{'、'.join(str(k) for _, k in chain) or '不明的'}",
                f"the ledger does not use the public key {key} but {', '.join(str(k) for _, k in chain) or 'none that is known'}",
            )
    newest, count = None, 0
    rows = connection.execute(sa.select(schema.checkpoints).order_by(schema.checkpoints.c.size)).mappings().all()
    for row in rows:
        count += 1
        found = _check_one(check, f"checkpoints {row['size']}", row["note"], chain, roots)
        if found is not None and found.size != row["size"]:
            check.fault(
                "checkpoint",
                f"checkpoints {row['size']}",
                "检查点记在别的大小下",
                "the checkpoint is filed under another size",
            )
        newest = found or newest
    for n, note in enumerate(held):
        _check_one(check, f"held checkpoint {n + 1}", note, chain, roots)
    return newest, count


def _check_one(
    check: _Check, where: str, text: str, chain: Sequence[tuple[int, Verifier]], roots: Sequence[bytes]
) -> Checkpoint | None:
    try:
        note = read_note(text)
        found = read_checkpoint(note.text)
    except MalformedNote as error:
        check.fault("checkpoint", where, f"不是检查点：{error}", f"is no checkpoint: {error}")
        return None
    key = key_at(chain, found.size)
    if key is None or note.signer([key]) is None:
        check.fault("checkpoint-signature", where, "签名不是台账的钥匙所作", "is not signed by the ledger's key")
        return None
    if key.name != found.origin:
        check.fault(
            "checkpoint-origin", where, f"属于别的台账（{found.origin}）", f"belongs to another ledger ({found.origin})"
        )
        return None
    if found.size > len(roots):
        check.fault(
            "checkpoint-ahead", where,
            f"记载{found.size}批，台账只有{len(roots)}批：末尾的批次丢失", f"tells of {found.size} batches, the ledger has {len(roots)}: batches at its end are lost",
        )  # fmt: skip
        return None
    if found.size and roots[found.size - 1] != found.root:
        check.fault(
            "checkpoint-root",
            where,
            f"与台账前{found.size}批的树根不同：历史被改写",
            f"has another root than the first {found.size} batches: history was rewritten",
        )
        return None
    return found
