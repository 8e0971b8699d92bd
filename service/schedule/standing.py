"""Whose turn a slot is, and what became of it: claims in the service's table, the record of it in the ledger.

A claim has to be renewed; when it lapses, as after a power cut, the slot is anybody's again. Taking, ending and the
ledger's record of it are one transaction under the ledger's one writer, so that of two services one gets a slot.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from hege.engine.calendar import WorkingDays
from hege.engine.canonical import dumps, moment
from hege.engine.ledger import database, schema
from hege.engine.ledger.records import record
from hege.engine.ledger.store import Ledger, Writing
from hege.service.schedule.plan import Schedule, Task
from hege.service.schedule.slots import LATE, due, slots
from hege.service.web import tables

LEASE = timedelta(minutes=5)  # longer than anybody holds the ledger, for which renewing has to wait
BY = "schedule"
Row = Mapping[str, Any]


class State(Enum):
    """What became of a slot."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"  # with the service; it is taken up again
    INTERRUPTED = "interrupted"  # whoever was at it is gone; it is taken up again where that makes sense
    MISSED = "missed"  # nobody was there, and it is not made up for
    SKIPPED = "skipped"  # nobody knows whether it was a working day


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A slot that is ours to do; `is_late` when it is caught up."""

    task: Task
    slot: datetime
    claim: str
    is_late: bool


_a = schema.administration.c
_NEWEST_PLAN = sa.select(_a.content).where(_a.subject == "schedule").order_by(_a.seq.desc()).limit(1)


# ---- the plan ------------------------------------------------------------------------------------------------------


def begin(ledger: Ledger, schedule: Schedule, at: datetime) -> None:
    """Records the plan in the ledger where it is another than before; jobs never seen begin now."""
    plan = dumps([task.plain() for task in schedule.tasks])
    s = tables.slots
    with ledger.writing(entered_by=BY, action="schedule", at=at) as batch:
        if batch.connection.execute(_NEWEST_PLAN).scalar() != plan:
            values = {"subject": "schedule", "name": "schedule", "action": "planned", "content": plan, "why": ""}
            batch.add([record(schema.administration, **values)])
    with database.writing(ledger.engine, ledger.where) as connection:
        known = set(connection.execute(sa.select(s.c.job)).scalars())
        for task in schedule.tasks:
            if task.name not in known:
                empty = dict.fromkeys([c.name for c in s.columns], "")
                connection.execute(sa.insert(s).values(**empty | {"job": task.name, "seen_until": moment(at)}))


# ---- taking and ending ---------------------------------------------------------------------------------------------


def take(ledger: Ledger, task: Task, now: datetime, working_days: WorkingDays) -> Taken | None:
    """The newest slot of a job that is due, claimed; older ones, and what cannot be caught up, are recorded as missed."""
    with ledger.reading() as connection:  # so that looking disturbs no writer
        row = find(connection, task.name)
    if row is None or _is_held(row, now) or not (row["claim"] or _is_due(row, task, now, working_days)):
        return None
    with ledger.writing(entered_by=BY, action="schedule", at=now) as batch:
        row = find(batch.connection, task.name)
        if row is None or _is_held(row, now):
            return None
        return _taken(batch, row, task, now, working_days)


def _is_held(row: Row, now: datetime) -> bool:
    return bool(row["claim"]) and row["lease_until"] >= moment(now)


def _is_due(row: Row, task: Task, now: datetime, working_days: WorkingDays) -> bool:
    first = next(slots(task, datetime.fromisoformat(row["seen_until"]), working_days), None)
    return first is not None and first.at <= now


def _taken(batch: Writing, row: Row, task: Task, now: datetime, working_days: WorkingDays) -> Taken | None:
    if row["claim"]:
        _note(batch, task, State.INTERRUPTED, {"slot": row["slot"]}, "whoever was at it is gone")
    found = due(task, datetime.fromisoformat(row["seen_until"]), now, working_days)
    changed: dict[str, str] = {"claim": "", "lease_until": "", "slot": row["slot"]}
    unpublished = [s for s in found if s.unpublished]
    if unpublished:
        _note(batch, task, State.SKIPPED, _span([s.at for s in unpublished]), unpublished[-1].unpublished)
        changed["missed"] = dumps(_span([s.at for s in unpublished]) | {"why": unpublished[-1].unpublished})
    known = [s.at for s in found if not s.unpublished]
    newest = known[-1] if known else None
    wanted = newest is not None and (now - newest <= LATE or task.do.can_be_caught_up)
    missed = known[:-1] if wanted else known
    if missed:
        why = (
            "a later slot is done in its place" if wanted else "nobody was there; what was then cannot be seen any more"
        )
        _note(batch, task, State.MISSED, _span(missed), why)
        changed["missed"] = dumps(_span(missed) | {"why": why})
    settled = [s for s in found if not (wanted and s.at == newest)]
    if settled:
        changed["seen_until"] = moment(max(s.at for s in settled))
    taken = None
    if wanted and newest is not None:
        taken = Taken(task=task, slot=newest, claim=secrets.token_hex(8), is_late=now - newest > LATE)
        changed |= {
            "claim": taken.claim,
            "lease_until": moment(now + LEASE),
            "slot": moment(newest),
            "state": State.BEGUN.value,
        }
        _note(batch, task, State.BEGUN, {"slot": moment(newest), "late": taken.is_late}, "")
        if settled and max(s.at for s in settled) > newest:  # it must not be passed over before it is done
            changed["seen_until"] = max((moment(s.at) for s in settled if s.at < newest), default=row["seen_until"])
    s = tables.slots
    batch.connection.execute(sa.update(s).where(s.c.job == task.name).values(**changed))
    return taken


def _span(moments: Collection[datetime]) -> dict[str, object]:
    return {"first": moment(min(moments)), "last": moment(max(moments)), "count": len(moments)}


def _note(batch: Writing, task: Task, state: State, content: Mapping[str, object], why: str) -> None:
    values = {"subject": "slot", "name": task.name, "action": state.value, "content": dumps(dict(content)), "why": why}
    batch.add([record(schema.administration, **values)])


def end(ledger: Ledger, taken: Taken, state: State, told: Mapping[str, object], at: datetime, why: str = "") -> bool:
    """Ends a slot (done or failed), or lets go of it (stopped); false when it was not ours any more."""
    s = tables.slots
    over = state in (State.DONE, State.FAILED)
    values: dict[str, str] = {"claim": "", "lease_until": "", "state": state.value}
    if over:
        values |= {"ended_at": moment(at), "seen_until": moment(taken.slot), "error": why}
    if state is State.DONE:
        values |= {"succeeded_at": moment(at), "told": dumps(dict(told))}
    content = {"slot": moment(taken.slot), "late": taken.is_late, "told": dict(told)}
    with ledger.writing(entered_by=BY, action="schedule", at=at) as batch:
        mine = (s.c.job == taken.task.name) & (s.c.claim == taken.claim)
        if batch.connection.execute(sa.update(s).where(mine).values(**values)).rowcount != 1:
            return False
        _note(batch, taken.task, state, content, why)
    return True


def renew(ledger: Ledger, claims: Collection[str], now: datetime) -> None:
    """Keeps claims for another while."""
    s = tables.slots
    with database.writing(ledger.engine, ledger.where) as connection:
        connection.execute(sa.update(s).where(s.c.claim.in_(claims)).values(lease_until=moment(now + LEASE)))


# ---- looking at ----------------------------------------------------------------------------------------------------


def find(connection: Connection, job: str) -> Row | None:
    """How a job stands."""
    found = connection.execute(sa.select(tables.slots).where(tables.slots.c.job == job)).mappings().one_or_none()
    return dict(found) if found else None


def standings(connection: Connection) -> dict[str, Row]:
    """How every job stands that was ever planned, by name."""
    return {row["job"]: dict(row) for row in connection.execute(sa.select(tables.slots)).mappings()}


def planned(connection: Connection) -> frozenset[str]:
    """The names of the jobs of the plan that holds now."""
    content = connection.execute(_NEWEST_PLAN).scalar()
    return frozenset(job["name"] for job in json.loads(content)) if content else frozenset()


def history(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """What became of the newest slots, newest first, as the ledger has it."""
    a, b = schema.administration.c, schema.batches.c
    query = sa.select(a.seq, a.name, a.action, a.content, a.why, b.recorded_at).join(
        schema.batches, b.number == a.batch
    )
    rows = connection.execute(query.where(a.subject == "slot").order_by(a.seq.desc()).limit(limit)).mappings()
    return [{**row, "content": json.loads(row["content"])} for row in rows]
