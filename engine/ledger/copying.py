"""A ledger copied row by row into another database: backup, restore, and the move from SQLite to PostgreSQL.

A copy has the same records, batches and root, so whatever was proven of the one holds of the other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from hege.engine.ledger import database, schema
from hege.engine.ledger.making import create_tables
from hege.engine.ledger.store import Ledger
from hege.engine.ledger.verify import Verified, verify

CHUNK = 20_000


def backup(ledger: Ledger, file: Path) -> Verified:
    """Copies a ledger as it stands to a new SQLite file, verified before it gets its name; writers may go on."""
    if file.exists():
        raise database.refusal(
            str(file), "file-exists", "已有同名文件，不覆盖", "there is such a file; it is not overwritten"
        )
    waiting = file.with_name(f".{file.name}.writing")
    _gone(waiting)
    try:
        copy = _empty(str(waiting))
        copied(ledger, copy)
        checked = verify(copy)
        if checked.faults:
            raise faulty(ledger.where, checked)
        database.settle(copy.engine, copy.where)
        copy.close()
        _to_disk(waiting)
        waiting.replace(file)
        _to_disk(file.parent)
    except OSError as error:
        _gone(waiting)
        raise database.refusal(
            str(file),
            "cannot-write",
            f"备份写不进去：{error.strerror}",
            f"the backup cannot be written: {error.strerror}",
        ) from error
    except BaseException:
        _gone(waiting)
        raise
    return checked


def restore(file: Path, given: str) -> Verified:
    """Makes the ledger at a new place out of a backup; refused when the backup does not verify or the place is taken."""
    source = Ledger.open(str(file))
    checked = verify(source)
    if checked.faults:
        raise faulty(str(file), checked)
    url = database.url_of(given)
    target_file = database.file_of(url)
    if target_file is None:
        copied(source, _empty(given))
        return checked
    checked = backup(source, target_file)
    with database.writing(database.connect(url), given):
        pass  # the first writer sets the log up
    return checked


def copied(source: Ledger, target: Ledger) -> None:
    """Puts every row of one ledger into another, empty one: all of them or none."""
    with source.reading() as old, database.writing(target.engine, target.where) as new:
        for table in (schema.batches, *schema.RECORDS, schema.checkpoints):
            for rows in _chunks(old, table):
                database.insert(new, table, rows)


def _chunks(connection: Connection, table: Table) -> Iterator[Sequence[Sequence[Any]]]:
    (key,) = table.primary_key.columns
    last = -1
    while rows := connection.execute(sa.select(table).where(key > last).order_by(key).limit(CHUNK)).all():
        yield rows
        last = rows[-1][0]


def _empty(given: str) -> Ledger:
    url = database.url_of(given)
    ledger = Ledger(database.connect(url, exists=False), database.shown(url))
    create_tables(ledger)
    return ledger


def _gone(file: Path) -> None:
    for name in ("", "-wal", "-shm", "-journal"):
        Path(f"{file}{name}").unlink(missing_ok=True)


def _to_disk(place: Path) -> None:
    opened = os.open(place, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def faulty(where: str, checked: Verified) -> database.LedgerRefused:
    """The error for a ledger that does not verify, with what is wrong."""
    from hege.engine.errors import Place, Problem

    return database.LedgerRefused(
        [Problem(code=f.code, place=Place(file=f"{where} {f.where}"), message=f.what) for f in checked.faults[:20]]
    )
