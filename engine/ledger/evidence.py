"""What a ledger knows of things that lie outside it: captured bytes, and notices that were published. Only digests go in.

The bytes of a capture can be removed on order, as when they hold personal data: a removal is recorded, the capture's
record stays, and every proof holds as before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from hege.engine.canonical import moment
from hege.engine.ledger import inspections, schema
from hege.engine.ledger.database import refusal
from hege.engine.ledger.inspections import Stored
from hege.engine.ledger.records import record
from hege.engine.ledger.store import Ledger, Receipt
from hege.engine.text import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture:
    """What was fetched once. `body` is the SHA-256 of the bytes (hex), `place` where they are kept, such as a WARC file."""

    register: str
    asset: str
    url: str
    taken_at: datetime
    media_type: str
    body: str
    length: int
    place: str


def keep(ledger: Ledger, captures: Iterable[Capture], *, entered_by: str, at: datetime) -> Receipt | None:
    """Records captures in one batch, but for those that are recorded already; None when nothing is new."""
    with ledger.writing(entered_by=entered_by, action="capture", at=at) as batch:
        c = schema.captures.c
        known = {tuple(row) for row in batch.connection.execute(sa.select(c.register, c.asset, c.body, c.place))}
        batch.add(
            record(
                schema.captures, register=c.register, asset=c.asset, url=c.url, taken_at=moment(c.taken_at),
                media_type=c.media_type, body=c.body, place=c.place, length=c.length,
            )
            for c in captures
            if (c.register, c.asset, c.body, c.place) not in known
        )  # fmt: skip
    return batch.receipt


def remove(
    ledger: Ledger, body: str, *, ordered_by: str, reason: str, entered_by: str, at: datetime,
    erase: Callable[[str, str], None],
) -> Receipt | None:  # fmt: skip
    """Records that captured bytes are removed on order, then has them erased (`erase` is given digest and place).

    The record comes first: bytes without a removal may never be missing, a removal whose bytes are still there is done
    again. None when the order is recorded already.
    """
    with ledger.writing(entered_by=entered_by, action="remove", at=at) as batch:
        c, r = schema.captures.c, schema.removals.c
        places = batch.connection.execute(sa.select(c.place).where(c.body == body).order_by(c.seq)).scalars().all()
        if not places:
            raise refusal(
                ledger.where,
                "no-capture",
                f"台账里没有内容摘要为{body[:16]}的采集",
                f"the ledger has no capture with the digest {body[:16]}",
                Text(zh="先用hege evidence record记入", en="record it with hege evidence record"),
            )
        if batch.connection.execute(sa.select(r.seq).where(r.body == body)).first() is None:
            batch.add([record(schema.removals, body=body, ordered_by=ordered_by, reason=reason)])
    for place in dict.fromkeys(places):
        erase(body, place)
    return batch.receipt


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """A capture whose bytes are not as recorded: gone, or changed. `seq` is its record."""

    seq: int
    asset: str
    url: str
    body: str
    place: str
    changed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """The captures of a register held against what is kept; those removed on order need not be there."""

    captures: int
    removed: int
    missing: tuple[Missing, ...]


def check(ledger: Ledger, register: str, kept: Mapping[str, str]) -> Checked:
    """Compares the recorded captures with the digests (SHA-256, hex) of what is kept, by place."""
    c, r = schema.captures.c, schema.removals.c
    with ledger.reading() as connection:
        removed = set(connection.execute(sa.select(r.body)).scalars())
        rows = connection.execute(
            sa.select(c.seq, c.asset, c.url, c.body, c.place).where(c.register == register).order_by(c.seq)
        ).all()
    there = [row for row in rows if row.body not in removed]
    missing = tuple(
        Missing(seq=row.seq, asset=row.asset, url=row.url, body=row.body, place=row.place, changed=row.place in kept)
        for row in there
        if kept.get(row.place) != row.body
    )
    return Checked(captures=len(rows), removed=len(rows) - len(there), missing=missing)


def noted(
    ledger: Ledger, given: str, *, title: str | None, published_on: date, name: str, body: str, entered_by: str, at: datetime
) -> tuple[Stored, Receipt | None]:  # fmt: skip
    """Records that a notice of an inspection was published: title (else the inspection's), day, file name and SHA-256.

    No receipt when it is recorded already.
    """
    with ledger.writing(entered_by=entered_by, action="notice", at=at) as batch:
        stored = inspections.find(batch.connection, ledger.where, given)
        n, day = schema.notices.c, published_on.isoformat()
        known = sa.select(n.seq).where(n.inspection == stored.id, n.body == body, n.published_on == day)
        if batch.connection.execute(known).first() is None:
            words = title if title is not None else str(json.loads(stored.head)["title"])
            batch.add([
                record(schema.notices, inspection=stored.id, title=words, published_on=day, name=name, body=body)
            ])  # fmt: skip
    return stored, batch.receipt
