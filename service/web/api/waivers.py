"""Waivers (报备): who is exempt from what, for how long."""

from __future__ import annotations

import functools
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Query

from hege.engine.ledger import schema
from hege.engine.ledger.deciding import waive
from hege.engine.rulebook.library import list_packs, load_rulebook
from hege.service.web.admission import Asking, Serving, new_router
from hege.service.web.api.assets import check_register
from hege.service.web.api.shapes import NewWaiver, faults
from hege.service.web.paging import Page, Paged, page
from hege.service.web.rights import API

router = new_router(API, tags=["waivers"])


@functools.cache
def known_indicators() -> frozenset[str]:
    """The ids of the indicators of all packs that come with hege."""
    return frozenset(i.id for pack in list_packs() for i in load_rulebook([pack]).indicators)


@router.get("/waivers", responses=faults())
def list_waivers(
    visitor: Asking, service: Serving, asked: Paged, register: Annotated[str | None, Query(max_length=100)] = None
) -> Page[dict[str, Any]]:
    """The waivers of the registers that the account sees, newest first."""
    w, b = schema.waivers.c, schema.batches.c
    names = (w.seq, w.register, w.waiver, w.asset, w.indicator, w.start, w.until, w.reason, w.approved_by)
    query = sa.select(*names, b.recorded_at, b.entered_by).join(schema.batches, b.number == w.batch)
    if register:
        query = query.where(w.register == register)
    if visitor.registers is not None:
        query = query.where(w.register.in_(visitor.registers))
    if isinstance(asked.after, int):
        query = query.where(w.seq < asked.after)
    with service.ledger.reading() as connection:
        rows = connection.execute(query.order_by(w.seq.desc()).limit(asked.limit + 1)).mappings()
        return page([dict(r) for r in rows], asked, lambda row: row["seq"])


@router.post("/waivers", status_code=201, responses=faults(404, 409))
def record_waiver(visitor: Asking, service: Serving, body: NewWaiver) -> dict[str, Any]:
    """Records an exemption; it counts for inspections made from then on."""
    check_register(service, visitor, body.register_)
    done = waive(
        service.ledger, body.register_, body.asset, body.indicator, start=body.start, until=body.until,
        reason=body.reason, approved_by=body.approved_by, entered_by=visitor.name, at=service.clock(), id=body.id,
        indicators=known_indicators(),
    )  # fmt: skip
    return {"register": body.register_, "asset": body.asset, "indicator": body.indicator, "batch": done.batch}
