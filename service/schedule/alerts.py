"""What people have to be told, each thing once until it changes, and again when it is over.

Found from how the jobs stand and from the ledger; what was told is kept, so that neither a restart nor a second
service tells it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection

from hege.engine.canonical import moment
from hege.engine.errors import HegeError
from hege.engine.ledger import database, schema
from hege.engine.ledger.store import Ledger
from hege.engine.text import Text
from hege.service.schedule import standing
from hege.service.schedule.plan import Do, Schedule
from hege.service.schedule.sending import Message, Send
from hege.service.web import tables

LEASE = timedelta(minutes=10)
_TELLING = "telling"  # the row that says who is at telling, and until when
log = structlog.get_logger("hege.schedule")


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """One thing to be told. It is told again when `state` is another."""

    name: str
    state: str
    text: Text


def found(connection: Connection, schedule: Schedule, now: datetime) -> list[Alert]:
    """All that is wrong now."""
    rows = standing.standings(connection)
    made: list[Alert] = []
    for task in schedule.tasks:
        row = rows.get(task.name)
        if row is not None:
            made += _of_job(task.name, row)
            if task.do is Do.EARLY_WARNING and row["told"]:
                made += _warnings(json.loads(row["told"]))
    return made + _of_checkpoint(connection, schedule.alerts.checkpoint_days, now)


def _of_job(name: str, row: Mapping[str, Any]) -> Iterator[Alert]:
    if row["error"]:
        slot, first = row["slot"][:16], row["error"].splitlines()[0]
        yield Alert(
            name=f"job-failed {name}", state="failed",
            text=Text(zh=f"任务“{name}”失败（{slot}）：{first}", en=f"the job “{name}” failed ({slot}): {first}"),
        )  # fmt: skip
    if row["missed"]:
        missed = json.loads(row["missed"])
        if not row["succeeded_at"] or row["succeeded_at"] <= missed["last"]:
            span = f"{missed['first'][:16]}–{missed['last'][:16]}"
            yield Alert(
                name=f"job-missed {name}", state=missed["last"],
                text=Text(zh=f"任务“{name}”有{missed['count']}个时点没有执行（{span}）：{missed['why']}",
                          en=f"{missed['count']} slots of the job “{name}” were not done ({span}): {missed['why']}"),
            )  # fmt: skip


def _warnings(told: Mapping[str, Any]) -> Iterator[Alert]:
    for w in told.get("warned", ()):
        who = f"{w['name'] or w['asset']}（{told['register']} {w['asset']}）"
        yield Alert(
            name=f"early-warning {told['register']} {w['asset']} {w['indicator']}", state=str(w["after_days"]),
            text=Text(
                zh=f"预警：{who}已{w['after_days']}天以上未更新，满{w['window_days']}天将触发“{w['title']}”（{told['day']}）",
                en=f"early warning: {who} has not been updated for {w['after_days']} days; at {w['window_days']} days the veto “{w['title']}” strikes ({told['day']})",
            ),
        )  # fmt: skip


def _of_checkpoint(connection: Connection, days: int, now: datetime) -> list[Alert]:
    since = unsigned_since(connection)
    if since is None or now - since <= timedelta(days=days):
        return []
    age = (now - since).days
    text = Text(
        zh=f"台账自{since:%Y-%m-%d %H:%M}起的记录还没有签署检查点，已{age}天",
        en=f"what the ledger recorded since {since:%Y-%m-%d %H:%M} is not signed: {age} days",
    )
    return [Alert(name="checkpoint-old", state=moment(since), text=text)]


def unsigned_since(connection: Connection) -> datetime | None:
    """When the oldest batch was recorded that no checkpoint covers, but for the schedule's own notes; None when all are."""
    b, c = schema.batches.c, schema.checkpoints.c
    signed = connection.execute(sa.select(sa.func.max(c.size))).scalar() or 0
    query = sa.select(sa.func.min(b.recorded_at)).where(b.number >= signed, b.action != "schedule")
    first = connection.execute(query).scalar()
    return datetime.fromisoformat(first) if first else None


# ---- telling -------------------------------------------------------------------------------------------------------


def tell(ledger: Ledger, schedule: Schedule, now: datetime, ways: Mapping[str, Send]) -> list[str]:
    """Sends by each way what is new, changed or over there, in one message; the names of what was sent.

    What could not be sent is tried again next time, by that way alone.
    """
    told: set[str] = set()
    with ledger.reading() as connection:
        alerts = {a.name: a for a in found(connection, schedule, now)}
        waiting = [way for way in ways if _changes(_known(connection, way), alerts)]
    for way in waiting:
        if not _may_tell(ledger, way, now):
            continue
        with ledger.reading() as connection:
            known = _known(connection, way)
        changes = _changes(known, alerts)
        try:
            if changes:
                ways[way](_message(changes, alerts, known, now))
        except (HegeError, OSError) as error:
            log.error("alerts", way=way, unsent=changes, error=str(error))
            changes = []
        _keep(ledger, way, changes, alerts, now)
        told.update(changes)
    return sorted(told)


def _message(
    changes: Sequence[str], alerts: Mapping[str, Alert], known: Mapping[str, tuple[str, str]], now: datetime
) -> Message:
    over = [known[name][1] for name in changes if name not in alerts]
    return Message(
        new=tuple(alerts[n].text for n in changes if n in alerts), over=tuple(over), at=now,
    )  # fmt: skip


def _known(connection: Connection, way: str) -> dict[str, tuple[str, str]]:
    a = tables.alerts
    rows = connection.execute(sa.select(a.c.alert, a.c.state, a.c.text).where(a.c.way == way, a.c.alert != _TELLING))
    return {row.alert: (row.state, row.text) for row in rows}


def _changes(known: Mapping[str, tuple[str, str]], alerts: Mapping[str, Alert]) -> list[str]:
    new = [n for n, a in alerts.items() if n not in known or known[n][0] != a.state]
    return sorted([*new, *(n for n in known if n not in alerts)])


def _may_tell(ledger: Ledger, way: str, now: datetime) -> bool:
    """One of several services tells; if it breaks off, another may after a while."""
    a = tables.alerts
    mine = (a.c.way == way) & (a.c.alert == _TELLING)
    with database.writing(ledger.engine, ledger.where) as connection:
        held = connection.execute(sa.select(a.c.told_at).where(mine)).scalar()
        if held is not None and held >= moment(now):
            return False
        connection.execute(sa.delete(a).where(mine))
        connection.execute(sa.insert(a).values(way=way, alert=_TELLING, state="", told_at=moment(now + LEASE), text=""))
    return True


def _keep(ledger: Ledger, way: str, changes: Sequence[str], alerts: Mapping[str, Alert], now: datetime) -> None:
    """Notes what was told, and lets others tell."""
    a = tables.alerts
    with database.writing(ledger.engine, ledger.where) as connection:
        connection.execute(sa.delete(a).where(a.c.way == way, a.c.alert.in_([*changes, _TELLING])))
        for name in changes:
            if name in alerts:
                values = {"state": alerts[name].state, "told_at": moment(now), "text": alerts[name].text.zh}
                connection.execute(sa.insert(a).values(way=way, alert=name, **values))
