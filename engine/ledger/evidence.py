"""What a ledger knows of things that lie outside it: captured bytes, and notices that were published. Only digests go in.

The bytes of a capture can be removed on order, as when they hold personal data: a removal is recorded, the capture's
record stays, and every proof holds as before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from hege.engine.canonical import moment
from hege.engine.ledger import inspections, schema
from hege.engine.ledger.database import refusal
from hege.engine.ledger.records import record
from hege.engine.ledger.store import Ledger, Receipt


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
    """Records captures in one batch; None when there are none, or none that is not recorded already."""
    records = [
        record(
            schema.captures, register=c.register, asset=c.asset, url=c.url, taken_at=moment(c.taken_at),
            media_type=c.media_type, body=c.body, place=c.place, length=c.length,
        )
        for c in captures
    ]  # fmt: skip
    with ledger.writing(entered_by=entered_by, action="capture", at=at) as batch:
        known = set(batch.connection.execute(sa.select(schema.captures.c.digest)).scalars()) if records else set()
        batch.add(r for r in records if r.digest not in known)
    return batch.receipt


def remove(
    ledger: Ledger, body: str, *, ordered_by: str, reason: str, at: datetime, erase: Callable[[str, str], None]
) -> Receipt:
    """Records that captured bytes are removed on order, then has them erased (`erase` is given digest and place).

    The record comes first: bytes without a removal may never be missing, a removal whose bytes are still there is done again.
    """
    with ledger.writing(entered_by=ordered_by, action="remove", at=at) as batch:
        c = schema.captures.c
        places = batch.connection.execute(sa.select(c.place).where(c.body == body).order_by(c.seq)).scalars().all()
        if not places:
            raise refusal(
                ledger.where,
                "no-capture",
                f"台账里没有内容摘要为{body[:16]}的采集",
                f"the ledger has no capture with the digest {body[:16]}",
            )
        batch.add([record(schema.removals, body=body, ordered_by=ordered_by, reason=reason)])
    for place in places:
        erase(body, place)
    assert batch.receipt is not None
    return batch.receipt


def missing(ledger: Ledger, there: Callable[[str, str], bytes | None]) -> list[tuple[str, str]]:
    """The captures whose bytes are not as recorded, and were not removed on order: (digest, place)."""
    c, r = schema.captures.c, schema.removals.c
    with ledger.reading() as connection:
        removed = set(connection.execute(sa.select(r.body)).scalars())
        kept = [(row.body, row.place) for row in connection.execute(sa.select(c.body, c.place).order_by(c.seq))]
    found = []
    for body, place in kept:
        if body not in removed:
            held = there(body, place)
            if held is None or hashlib.sha256(held).hexdigest() != body:
                found.append((body, place))
    return found


def noted(
    ledger: Ledger,
    given: str,
    *,
    title: str,
    published_on: date,
    name: str,
    content: bytes,
    entered_by: str,
    at: datetime,
) -> Receipt:
    """Records that a notice of an inspection was published: its title, day, file name and digest."""
    with ledger.writing(entered_by=entered_by, action="notice", at=at) as batch:
        stored = inspections.find(batch.connection, ledger.where, given)
        batch.add([
            record(schema.notices, inspection=stored.id, title=title, published_on=published_on.isoformat(), name=name,
                   body=hashlib.sha256(content).hexdigest())
        ])  # fmt: skip
    assert batch.receipt is not None
    return batch.receipt
