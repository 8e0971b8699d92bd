"""The service's own tables: accounts, keys, sessions, failed logins, jobs, the schedule, alerts, proposals, answers kept for a repeated request.

They stand in the ledger's database, so that a change and its record in the ledger are one transaction; but they are no
part of the ledger: rows change, nothing in them is proven, and `hege ledger backup` leaves them out.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, Integer, Table

from hege.engine.ledger import database
from hege.engine.ledger.schema import NUMBER, TEXT
from hege.engine.ledger.store import Ledger
from hege.engine.text import Text

VERSION = 2  # 2 has the schedule's tables; what is missing is made
metadata = sa.MetaData()


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, TEXT, nullable=False) for name in names]


def _key(name: str) -> Column[str]:
    return Column(name, TEXT, primary_key=True)


service = Table("service", metadata, Column("version", Integer, nullable=False))
accounts = Table(
    "service_accounts",
    metadata,
    _key("name"),
    *_text("roles", "registers", "password", "standing", "created_at"),  # lists as JSON; standing: active | closed
    Column("failures", Integer, nullable=False),  # wrong passwords in a row
    *_text("locked_until"),
)
keys = Table("service_keys", metadata, _key("id"), *_text("account", "hash", "label", "created_at", "revoked_at"))
sessions = Table("service_sessions", metadata, _key("hash"), *_text("account", "created_at", "expires_at"))
jobs = Table(
    "service_jobs",
    metadata,
    _key("id"),
    *_text("kind", "register", "asked_by", "asked", "state"),
    Column("done", NUMBER, nullable=False),
    Column("total", NUMBER, nullable=False),
    *_text("outcome", "created_at", "ended_at", "claim", "lease_until"),  # claim: whose turn it is at it
)
proposals = Table(
    "service_proposals",
    metadata,
    _key("id"),
    *_text(
        "pack", "files", "rulebook", "why", "proposed_by", "proposed_at", "state", "decided_by", "decided_at", "reason"
    ),
)
slots = Table(
    "service_slots",  # a row for each job of the schedule
    metadata,
    _key("job"),
    *_text(
        "seen_until", "slot", "claim", "lease_until"
    ),  # every slot up to seen_until is settled; claim: whose turn it is
    *_text("state", "ended_at", "succeeded_at"),  # of the newest slot that was begun
    *_text("told", "error", "missed"),  # told by the newest success, error of a failure since, the newest missed slots
)
alerts = Table("service_alerts", metadata, _key("way"), _key("alert"), *_text("state", "told_at", "text"))
answers = Table("service_answers", metadata, _key("id"), *_text("asked", "answer", "created_at"))


def prepare(ledger: Ledger) -> None:
    """Makes the tables where they are missing; refuses those of a newer program."""
    with ledger.reading() as connection:
        there = sa.inspect(connection).has_table(service.name)
        version = connection.execute(sa.select(service.c.version)).scalar() if there else None
    if version == VERSION:
        return
    if version is not None and version > VERSION:
        raise database.refusal(
            ledger.where, "other-service", f"服务表的格式（{version}）不是本程序的（{VERSION}）", f"the tables of the service are of format {version}, not {VERSION}",
            Text(zh="用写入它的hege版本", en="use the version of hege that wrote them"),
        )  # fmt: skip
    with database.writing(ledger.engine, ledger.where) as connection:
        metadata.create_all(connection)
        there = connection.execute(sa.select(service.c.version)).first() is not None
        connection.execute((sa.update(service) if there else sa.insert(service)).values(version=VERSION))
