"""What Prometheus reads: counted here while requests are answered, and looked up in the ledger when it is asked for.

`NAMES` is the closed list of the families; deploy/ and docs/runbook.md name no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import Connection

from hege import __version__
from hege.engine.errors import InputError
from hege.engine.ledger import database, schema
from hege.engine.ledger.reading import registers
from hege.engine.ledger.store import size_of
from hege.engine.result import Verdict
from hege.service.schedule import standing
from hege.service.schedule.alerts import unsigned_since
from hege.service.web import jobs, tables
from hege.service.web.rights import Visitor

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 10.0)


class Requests:
    """How many requests of which route were answered with which status, and how long they took."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # when a counter began is of no use to anybody here
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "hege_request_seconds", "Time to answer, by method, route and status", ["method", "route", "status"],
            registry=self.registry, buckets=SECONDS,
        )  # fmt: skip

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one; `route` is the pattern, so that there are as many as the application has."""
        known = method if method in ("GET", "POST", "PATCH", "DELETE", "HEAD", "PUT", "OPTIONS") else "other"
        self._seconds.labels(known, route, str(status)).observe(seconds)


def measured(requests: Requests, service: Any, visitor: Visitor) -> bytes:
    """Everything as text; of registers only those that the visitor sees."""
    looked = CollectorRegistry()
    looked.register(_Looked(service, visitor))
    return bytes(generate_latest(requests.registry)) + bytes(generate_latest(looked))


class _Looked:
    """What is looked up when asked for."""

    def __init__(self, service: Any, visitor: Visitor) -> None:
        self._service, self._visitor = service, visitor

    def describe(self) -> list[Metric]:
        """Nothing beforehand: registering would look everything up."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All families; without a database only that it is away."""
        info = GaugeMetricFamily("hege_build_info", "Always 1", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        try:
            with self._service.ledger.reading() as connection:
                found = list(_of_ledger(connection, self._service.clock(), self._visitor))
        except InputError:
            yield GaugeMetricFamily("hege_database_up", "Whether the ledger's database answers", value=0)
            return
        yield GaugeMetricFamily("hege_database_up", "Whether the ledger's database answers", value=1)
        yield from found


def _of_ledger(connection: Connection, now: datetime, visitor: Visitor) -> Iterator[Metric]:
    yield GaugeMetricFamily("hege_ledger_batches", "Batches of the ledger", value=size_of(connection))
    b, c = schema.batches.c, schema.checkpoints.c
    last = connection.execute(sa.select(b.first_seq, b.records).order_by(b.number.desc()).limit(1)).one()
    yield GaugeMetricFamily("hege_ledger_records", "Records of the ledger", value=last.first_seq + last.records)
    yield GaugeMetricFamily("hege_ledger_bytes", "Size of the ledger's database", value=database.bytes_of(connection))
    signed = connection.execute(sa.select(sa.func.max(c.size))).scalar() or 0
    yield GaugeMetricFamily("hege_ledger_signed_batches", "Batches that the newest checkpoint covers", value=signed)
    since = unsigned_since(connection)
    age = (now - since).total_seconds() if since else 0.0
    yield GaugeMetricFamily(
        "hege_checkpoint_age_seconds", "Age of the oldest batch that no checkpoint covers; 0: all are", value=age
    )
    yield _jobs(connection)
    yield from _slots(connection)
    yield from _inspections(connection, visitor)


def _jobs(connection: Connection) -> Metric:
    j = tables.jobs.c
    asked = connection.execute(sa.select(j.state, sa.func.count()).group_by(j.state))
    counts = {str(state): count for state, count in asked}
    found = GaugeMetricFamily("hege_jobs", "Inspections asked for, by state", labels=["state"])
    for state in jobs.State:
        found.add_metric([state.value], counts.get(state.value, 0))
    return found


def _slots(connection: Connection) -> Iterator[Metric]:
    success = GaugeMetricFamily(
        "hege_schedule_last_success_timestamp_seconds", "When a job of the schedule last succeeded", labels=["job"]
    )
    failing = GaugeMetricFamily("hege_schedule_failing", "Whether the newest run of a job failed", labels=["job"])
    running = GaugeMetricFamily("hege_schedule_running", "Whether somebody is at a job", labels=["job"])
    planned = standing.planned(connection)
    for name, row in sorted((n, r) for n, r in standing.standings(connection).items() if n in planned):
        if row["succeeded_at"]:
            success.add_metric([name], datetime.fromisoformat(row["succeeded_at"]).timestamp())
        failing.add_metric([name], int(bool(row["error"])))
        running.add_metric([name], int(bool(row["claim"])))
    ended = CounterMetricFamily("hege_schedule_slots", "What became of slots", labels=["job", "state"])
    a = schema.administration.c
    query = sa.select(a.name, a.action, sa.func.count()).where(a.subject == "slot").group_by(a.name, a.action)
    for name, action, count in connection.execute(query.order_by(a.name, a.action)):
        ended.add_metric([name, action], count)
    alerts = GaugeMetricFamily(
        "hege_alerts", "What was told to people and is not over, by the way it was told", labels=["way"]
    )
    w = tables.alerts.c
    for way, count in connection.execute(
        sa.select(w.way, sa.func.count()).where(w.text != "").group_by(w.way).order_by(w.way)
    ):
        alerts.add_metric([way], count)
    yield from (success, failing, running, ended, alerts)


def _inspections(connection: Connection, visitor: Visitor) -> Iterator[Metric]:
    verdicts = GaugeMetricFamily(
        "hege_verdicts", "Verdicts of the newest inspection of a register", labels=["register", "verdict"]
    )
    when = GaugeMetricFamily(
        "hege_inspection_timestamp_seconds", "When a register was last inspected", labels=["register"]
    )
    i, b = schema.inspections.c, schema.batches.c
    for register in filter(visitor.sees, registers(connection)):
        query = sa.select(i.inspection, b.recorded_at, b.first_seq, b.records).join(schema.batches, b.number == i.batch)
        newest = connection.execute(query.where(i.register == register).order_by(i.seq.desc()).limit(1)).one_or_none()
        if newest is not None:
            counts = _verdicts(connection, newest.inspection, newest.first_seq, newest.first_seq + newest.records)
            for verdict in Verdict:
                verdicts.add_metric([register, verdict.value], counts.get(verdict.value, 0))
            when.add_metric([register], datetime.fromisoformat(newest.recorded_at).timestamp())
    yield from (verdicts, when)


def _verdicts(connection: Connection, id: str, first: int, end: int) -> dict[str, int]:
    """How many assets got which verdict; they stand together in the inspection's batch."""
    v = schema.verdicts.c
    query = sa.select(v.verdict, sa.func.count()).where(v.seq >= first, v.seq < end, v.inspection == id)
    return {str(verdict): count for verdict, count in connection.execute(query.group_by(v.verdict))}


NAMES = frozenset({
    "hege_request_seconds", "hege_build_info", "hege_database_up", "hege_ledger_batches", "hege_ledger_records",
    "hege_ledger_bytes", "hege_ledger_signed_batches", "hege_checkpoint_age_seconds", "hege_jobs",
    "hege_schedule_last_success_timestamp_seconds", "hege_schedule_failing", "hege_schedule_running", "hege_schedule_slots",
    "hege_alerts", "hege_verdicts", "hege_inspection_timestamp_seconds",
})  # fmt: skip
