"""Registers and their assets as the ledger knows them now."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Query
from sqlalchemy import Connection

from hege.engine.ledger import schema
from hege.engine.ledger.reading import registers
from hege.engine.text import Text
from hege.service.web.admission import Asking, Serving, new_router
from hege.service.web.api.shapes import faults
from hege.service.web.paging import Page, Paged, Wanted, page
from hege.service.web.problems import not_found
from hege.service.web.rights import API, Visitor
from hege.service.web.state import Service

router = new_router(API, tags=["assets"])
COLUMNS = ("register", "id", "kind", "name", "platform", "owner", "district", "category", "parent", "url", "standing")
Filter = Annotated[str | None, Query(max_length=200)]


@router.get("/registers", responses=faults())
def list_registers(visitor: Asking, service: Serving) -> list[str]:
    """The registers that the account sees."""
    with service.ledger.reading() as connection:
        return [r for r in registers(connection) if visitor.sees(r)]


def check_register(service: Service, visitor: Visitor, register: str) -> None:
    """Refuses a register that is not there as it does one that is not the visitor's, without naming others."""
    with service.ledger.reading() as connection:
        if not visitor.sees(register) or register not in registers(connection):
            raise not_found(Text(zh="没有这个名册", en="there is no such register"))


@router.get("/assets", responses=faults())
def list_assets(
    visitor: Asking, service: Serving, asked: Paged, register: Filter = None, kind: Filter = None, district: Filter = None,
    category: Filter = None, name: Annotated[str | None, Query(max_length=200, description="A part of the name.")] = None,
) -> Page[dict[str, Any]]:  # fmt: skip
    """The assets listed now, in the order in which they were last recorded."""
    filters = {"register": register, "kind": kind, "district": district, "category": category}
    with service.ledger.reading() as connection:
        return assets_page(connection, visitor, asked, {k: v for k, v in filters.items() if v}, name)


def assets_page(
    connection: Connection, visitor: Visitor, asked: Wanted, filters: dict[str, str], name: str | None
) -> Page[dict[str, Any]]:
    """A page of the newest record of each asset that the visitor sees."""
    a = schema.assets.c
    newest = a.seq.in_(sa.select(sa.func.max(a.seq)).group_by(a.register, a.id))
    query = sa.select(a.seq, *(a[c] for c in COLUMNS)).where(newest, a.standing == "listed").order_by(a.seq)
    for column, value in filters.items():
        query = query.where(a[column] == value)
    if name:
        query = query.where(a.name.contains(name, autoescape=True))
    if visitor.registers is not None:
        query = query.where(a.register.in_(visitor.registers))
    if isinstance(asked.after, int):
        query = query.where(a.seq > asked.after)
    rows = [dict(row) for row in connection.execute(query.limit(asked.limit + 1)).mappings()]
    return page(rows, asked, lambda row: row["seq"])


@router.get("/assets/{register}/{asset}", responses=faults(404))
def show_asset(visitor: Asking, service: Serving, register: str, asset: str) -> dict[str, Any]:
    """An asset: as it is, as it was, and what inspections said of it."""
    with service.ledger.reading() as connection:
        return life_of(connection, visitor, register, asset)


def life_of(connection: Connection, visitor: Visitor, register: str, asset: str) -> dict[str, Any]:
    """What the ledger has of an asset, newest first."""
    a, v, i, b, w = (t.c for t in (schema.assets, schema.verdicts, schema.inspections, schema.batches, schema.waivers))
    mine = (a.register == register) & (a.id == asset)
    query = sa.select(*(a[c] for c in COLUMNS), b.recorded_at, b.entered_by).join(schema.batches, b.number == a.batch)
    versions = (
        [dict(r) for r in connection.execute(query.where(mine).order_by(a.seq.desc())).mappings()]
        if visitor.sees(register)
        else []
    )
    if not versions:
        raise not_found()
    said = (
        sa.select(v.inspection, v.part, v.verdict, v.problem, v.remark, b.recorded_at)
        .join(schema.inspections, i.inspection == v.inspection)
        .join(schema.batches, b.number == i.batch)
        .where(v.asset == asset, i.register == register)
        .order_by(v.seq.desc())
        .limit(200)
    )
    exempt = sa.select(w.waiver, w.indicator, w.start, w.until, w.reason, w.approved_by)
    return {
        "asset": versions[0],
        "versions": versions,
        "verdicts": [dict(r) for r in connection.execute(said).mappings()],
        "waivers": [
            dict(r)
            for r in connection.execute(
                exempt.where(w.register == register, w.asset == asset).order_by(w.seq.desc())
            ).mappings()
        ],
    }
