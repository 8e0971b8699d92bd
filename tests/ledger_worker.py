"""A process of its own for the tests of the ledger: does one thing again and again, and says each time it is done.

`python -m tests.ledger_worker DOING PLACE NAME KEY [TIMES]`; KEY is the file of the key that signs checkpoints.
"""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from pathlib import Path

from hege.engine.dates import SHANGHAI
from hege.engine.facts import Facts, asset_table, facts, table
from hege.engine.ledger import signing
from hege.engine.ledger.importing import import_facts
from hege.engine.ledger.inspections import inspect_recorded
from hege.engine.ledger.reading import read_history
from hege.engine.ledger.store import Ledger, leaves, size_of
from hege.engine.ledger.tree import root
from hege.engine.rulebook.sources import sources_of
from hege.engine.vocabulary import load_vocabulary
from tests.ledgers import PLAN

AT = datetime(2026, 1, 1, tzinfo=SHANGHAI)
EACH = 50


def given(name: str, number: int) -> Facts:
    """The facts of one import: so many accounts of a worker, on a day of their own."""
    vocabulary = load_vocabulary()
    ids = [f"{name}-{number:04}-{n}" for n in range(EACH)]
    day = date(2024, 1, 1) + timedelta(days=number % 300)
    rows = [{"asset": i, "observed_at": day, "newest": day, "source": name} for i in ids]
    assets = asset_table({"id": i, "kind": "account", "name": i} for i in ids)
    return facts(assets, {"feed": table(vocabulary.kinds["feed"], rows)}, vocabulary)


def bring(ledger: Ledger, name: str, number: int, register: str = "某市") -> None:
    """An import, acknowledged by a line once it is durable."""
    done = import_facts(ledger, register, given(name, number), load_vocabulary(), entered_by=name, at=AT)
    assert done.receipt is not None
    print(f"batch {done.receipt.batch} {done.receipt.root.hex()} {name} {number}", flush=True)


def look(ledger: Ledger, name: str, number: int) -> None:
    """An inspection of a register of its own."""
    register = f"{name}-{number}"
    bring(ledger, name, number, register)
    done = inspect_recorded(ledger, PLAN, register, None, sources_of(["cn/2019-19"]), entered_by=name, at=AT)
    assert done.receipt is not None
    print(f"batch {done.receipt.batch} {done.receipt.root.hex()} {done.stored.id}", flush=True)


def sign(ledger: Ledger, name: str, number: int) -> None:
    """An import and a checkpoint."""
    bring(ledger, name, number)
    key = Path(sys.argv[4])
    note = signing.checkpoint(ledger, signing.read_key(key), signing.last_of(key))
    print(f"checkpoint {note.splitlines()[1]} {note.splitlines()[2]}", flush=True)


def read(ledger: Ledger, name: str, number: int) -> None:
    """One snapshot, which must be whole: every batch with all its records, and a root that is that of the leaves."""
    with ledger.reading() as connection:
        size = size_of(connection)
        top = root(leaves(connection, size)).hex()
        history = read_history(connection, ledger.where, "某市", load_vocabulary())
        count = history.at(size).tables["feed"].height
        stored = connection.exec_driver_sql("SELECT count(*) FROM facts").scalar()
        headers = connection.exec_driver_sql("SELECT sum(records) FROM batches WHERE action = 'import'").scalar()
        last = connection.exec_driver_sql("SELECT root FROM batches ORDER BY number DESC LIMIT 1").scalar()
    assert last is not None and bytes(last).hex() == top
    assert count == stored and int(headers or 0) == 2 * count and count % EACH == 0
    print(f"read {size} {count}", flush=True)


DOINGS = {"import": bring, "inspect": look, "checkpoint": sign, "read": read}

if __name__ == "__main__":
    doing, place, name, times = *sys.argv[1:4], int(sys.argv[5]) if len(sys.argv) > 5 else 10**9
    opened = Ledger.open(place)
    print("open", flush=True)
    for n in range(times):
        DOINGS[doing](opened, name, n)
