"""A ledger open for use: its one writer, its many readers, its batches, its checkpoints.

What the records mean is for those who write them. Times come from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table

from hege.engine.canonical import moment
from hege.engine.ledger import database, schema
from hege.engine.ledger.records import Record, leaf_content, records_root
from hege.engine.ledger.tree import Growing, leaf_hash
from hege.engine.text import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What was acknowledged: on disk, and in the tree. `size` is the tree's size with it."""

    batch: int
    records: int
    size: int
    root: bytes


@dataclass(kw_only=True)
class Writing:
    """A batch being written. It is recorded when the block ends, if it holds anything."""

    connection: Connection
    size: int  # of the tree before it
    records: list[Record] = field(default_factory=list)
    receipt: Receipt | None = None

    def add(self, records: Iterable[Record]) -> None:
        """Puts records at the end of the batch."""
        self.records.extend(records)


class Ledger:
    """An open ledger."""

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine = engine
        self.where = where
        self._tree = Growing()

    @classmethod
    def open(cls, given: str) -> Ledger:
        """The ledger at a path or URL; raises LedgerRefused when there is none of this version."""
        url = database.url_of(given)
        ledger = cls(database.connect(url), database.shown(url))
        with ledger.reading() as connection:
            check_version(connection, ledger.where)
        return ledger

    def close(self) -> None:
        """Lets go of the database."""
        self.engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """A context with one snapshot of the ledger."""
        return database.reading(self.engine, self.where)

    @contextmanager
    def writing(self, *, entered_by: str, action: str, at: datetime, note: str = "") -> Iterator[Writing]:
        """A context for one batch: what is added becomes durable and enters the tree as the block ends, or not at all."""
        with database.writing(self.engine, self.where) as connection:
            tree = self._current(connection)
            batch = Writing(connection=connection, size=tree.size)
            yield batch
            if not batch.records:
                connection.rollback()
                return
            header, grown = self._header(connection, batch, tree, entered_by, action, moment(at), note)
            for table, rows in _rows(batch.records, header).items():
                database.insert(connection, table, rows)
            database.insert(connection, schema.batches, [tuple(header.values())])
        self._tree = grown
        batch.receipt = Receipt(
            batch=tree.size, records=len(batch.records), size=grown.size, root=grown.root
        )  # fmt: skip

    def _current(self, connection: Connection) -> Growing:
        """The tree as committed; what another writer added since is taken in."""
        b = schema.batches.c
        rows = connection.execute(
            sa.select(b.number, b.leaf, b.root).where(b.number >= self._tree.size).order_by(b.number)
        ).all()
        tree = self._tree
        for number, leaf, _ in rows:
            tree = tree.with_leaf(leaf) if number == tree.size else tree
        if rows and (rows[-1].number + 1 != tree.size or rows[-1].root != tree.root):
            raise damaged(self.where)
        self._tree = tree
        return tree

    def _header(
        self, connection: Connection, batch: Writing, tree: Growing, entered_by: str, action: str, at: str, note: str
    ) -> tuple[dict[str, object], Growing]:
        header: dict[str, object] = {
            "number": tree.size, "first_seq": next_seq(connection), "records": len(batch.records), "recorded_at": at,
            "entered_by": entered_by, "action": action, "note": note,
            "records_root": records_root([r.digest for r in batch.records]),
        }  # fmt: skip
        header["leaf"] = leaf = leaf_hash(leaf_content(header))
        grown = tree.with_leaf(leaf)
        header["root"] = grown.root
        return header, grown


def _rows(records: list[Record], header: dict[str, object]) -> dict[Table, list[tuple[object, ...]]]:
    """The rows of a batch by table, each with its number and batch."""
    first, number = header["first_seq"], header["number"]
    assert isinstance(first, int)
    rows: dict[Table, list[tuple[object, ...]]] = {}
    for seq, record in enumerate(records, first):
        rows.setdefault(record.table, []).append((seq, number, record.digest, *record.values))
    return rows


def next_seq(connection: Connection) -> int:
    """The number of the next record."""
    b = schema.batches.c
    last = connection.execute(sa.select(b.first_seq, b.records).order_by(b.number.desc()).limit(1)).one_or_none()
    return last.first_seq + last.records if last else 0


def size_of(connection: Connection) -> int:
    """How many batches there are."""
    return (connection.execute(sa.select(sa.func.max(schema.batches.c.number))).scalar() or 0) + 1


def leaves(connection: Connection, size: int) -> list[bytes]:
    """The leaf hashes of the first batches."""
    b = schema.batches.c
    return list(connection.execute(sa.select(b.leaf).where(b.number < size).order_by(b.number)).scalars())


def size_at(connection: Connection, at: datetime) -> int:
    """How many batches had been recorded by a moment: the longest beginning with none recorded later."""
    b = schema.batches.c
    first = connection.execute(sa.select(sa.func.min(b.number)).where(b.recorded_at > moment(at))).scalar()
    return size_of(connection) if first is None else first


def check_version(connection: Connection, where: str) -> None:
    """Refuses a database that holds no ledger, an older or a newer one."""
    tables = sa.inspect(connection).get_table_names()
    if "alembic_version" not in tables or "batches" not in tables:
        raise database.refusal(
            where, "not-a-ledger", "这个数据库里没有台账", "this database holds no ledger",
            Text(zh="先运行hege ledger init", en="make one with hege ledger init"),
        )  # fmt: skip
    version = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
    if version > schema.VERSION:
        raise database.refusal(
            where, "newer-ledger", f"台账的格式（{version}）比本程序（{schema.VERSION}）新", f"the ledger's format ({version}) is newer than this program's ({schema.VERSION})",
            Text(zh="升级hege后再用", en="upgrade hege"),
        )  # fmt: skip
    if version < schema.VERSION:
        raise database.refusal(
            where, "older-ledger", f"台账的格式（{version}）较旧，需升级到{schema.VERSION}", f"the ledger's format ({version}) is older than {schema.VERSION}",
            Text(zh="先备份，再运行hege ledger init升级", en="make a backup, then run hege ledger init on it"),
        )  # fmt: skip


def damaged(where: str) -> database.LedgerRefused:
    """The error for a ledger that does not fit its own tree."""
    return database.refusal(
        where, "damaged", "台账与其校验树不符，拒绝写入", "the ledger does not fit its own tree; nothing is written to it",
        Text(zh="用hege ledger verify查明，从备份恢复", en="see hege ledger verify, and restore a backup"),
    )  # fmt: skip
