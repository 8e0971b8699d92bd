"""Jobs: long work that is asked for, looked after and taken up again. What a job does is `worker`; who starts it, `runner`.

A job is waiting, running, cancelling, then done, failed or cancelled. Whoever runs one holds a claim that has to be
renewed: when it lapses, as after a power cut, the job waits again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hege.engine.canonical import dumps, moment
from hege.engine.ledger import database
from hege.engine.ledger.store import Ledger
from hege.service.web.tables import jobs

LEASE = timedelta(seconds=20)
Row = Mapping[str, Any]


class State(Enum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self in (State.DONE, State.FAILED, State.CANCELLED)


def ask(ledger: Ledger, id: str, kind: str, register: str, by: str, asked: Mapping[str, object], at: datetime) -> Row:
    """Puts a job in line; the one of that id if it was asked for before."""
    j = jobs.c
    with database.writing(ledger.engine, ledger.where) as connection:
        if find(connection, id) is None:
            values = {"id": id, "kind": kind, "register": register, "asked_by": by, "asked": dumps(dict(asked))}
            progress = {"state": State.WAITING.value, "done": 0, "total": 0, "outcome": "", "created_at": moment(at)}
            connection.execute(sa.insert(jobs).values(**values, **progress, ended_at="", claim="", lease_until=""))
        return dict(connection.execute(sa.select(jobs).where(j.id == id)).mappings().one())


def find(connection: Connection, id: str) -> Row | None:
    """The job of an id."""
    found = connection.execute(sa.select(jobs).where(jobs.c.id == id)).mappings().one_or_none()
    return dict(found) if found else None


def listed(connection: Connection, registers: Collection[str] | None, limit: int) -> list[Row]:
    """The newest jobs of some registers (None: all)."""
    query = sa.select(jobs).order_by(jobs.c.created_at.desc(), jobs.c.id).limit(limit)
    if registers is not None:
        query = query.where(jobs.c.register.in_(registers))
    return [dict(row) for row in connection.execute(query).mappings()]


def plain(row: Row) -> dict[str, Any]:
    """A job as JSON data."""
    names = ("id", "kind", "register", "asked_by", "state", "done", "total", "created_at")
    return {
        **{n: row[n] for n in names}, "asked": json.loads(row["asked"]), "ended_at": row["ended_at"] or None,
        "outcome": json.loads(row["outcome"]) if row["outcome"] else None,
    }  # fmt: skip


def claim(ledger: Ledger, at: datetime) -> Row | None:
    """Takes the oldest job that waits, or whose claim has lapsed; None when there is none."""
    j = jobs.c
    lapsed = j.state.in_((State.RUNNING.value, State.CANCELLING.value)) & (j.lease_until < moment(at))
    free = (j.state == State.WAITING.value) | lapsed
    with ledger.reading() as connection:  # so that looking disturbs no writer
        if connection.execute(sa.select(j.id).where(free).limit(1)).first() is None:
            return None
    with database.writing(ledger.engine, ledger.where) as connection:
        gone = (j.state == State.CANCELLING.value) & (j.lease_until < moment(at))
        over = {"state": State.CANCELLED.value, "ended_at": moment(at), "claim": ""}
        connection.execute(sa.update(jobs).where(gone).values(**over))
        row = connection.execute(sa.select(jobs).where(free).order_by(j.created_at).limit(1)).mappings().one_or_none()
        if row is None:
            return None
        own = {"claim": secrets.token_hex(8), "lease_until": moment(at + LEASE), "state": State.RUNNING.value}
        connection.execute(sa.update(jobs).where(j.id == row["id"]).values(**own, done=0, total=0))
        return {**row, **own}


def renew(ledger: Ledger, claims: Collection[str], at: datetime) -> None:
    """Keeps claims for another while."""
    with database.writing(ledger.engine, ledger.where) as connection:
        connection.execute(sa.update(jobs).where(jobs.c.claim.in_(claims)).values(lease_until=moment(at + LEASE)))


def progress(ledger: Ledger, claim: str, done: int, total: int) -> bool:
    """Notes how far a job is; whether it is still whose claim that is, and wanted."""
    mine = (jobs.c.claim == claim) & (jobs.c.state == State.RUNNING.value)
    with database.writing(ledger.engine, ledger.where) as connection:
        return connection.execute(sa.update(jobs).where(mine).values(done=done, total=total)).rowcount == 1


def end(ledger: Ledger, claim: str, state: State, outcome: Mapping[str, object] | None, at: datetime) -> None:
    """Ends a job that runs under a claim."""
    mine = (jobs.c.claim == claim) & jobs.c.state.in_((State.RUNNING.value, State.CANCELLING.value))
    values = {
        "state": state.value,
        "outcome": dumps(dict(outcome)) if outcome else "",
        "ended_at": moment(at),
        "claim": "",
    }
    with database.writing(ledger.engine, ledger.where) as connection:
        connection.execute(sa.update(jobs).where(mine).values(**values))


def put_back(ledger: Ledger, claim: str) -> None:
    """Lets a job wait again, as when the service stops."""
    mine = (jobs.c.claim == claim) & (jobs.c.state == State.RUNNING.value)
    with database.writing(ledger.engine, ledger.where) as connection:
        connection.execute(sa.update(jobs).where(mine).values(state=State.WAITING.value, claim="", lease_until=""))


def cancel(ledger: Ledger, id: str, at: datetime) -> None:
    """A waiting job is cancelled at once; a running one by who runs it."""
    j = jobs.c
    waiting, running = ((j.id == id) & (j.state == s.value) for s in (State.WAITING, State.RUNNING))
    with database.writing(ledger.engine, ledger.where) as connection:
        over = {"state": State.CANCELLED.value, "ended_at": moment(at)}
        connection.execute(sa.update(jobs).where(waiting).values(**over))
        connection.execute(sa.update(jobs).where(running).values(state=State.CANCELLING.value))
