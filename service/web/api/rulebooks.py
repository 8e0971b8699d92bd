"""Rulebooks: those of the ledger and those that come with hege; their texts, faults, differences and impact."""

from __future__ import annotations

import json
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Query, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from hege.engine.ledger import inspections, schema
from hege.engine.rulebook.library import list_packs
from hege.service.web import problems, work
from hege.service.web.admission import Asking, Serving, new_router
from hege.service.web.api.assets import check_register
from hege.service.web.api.shapes import Comparison, Texts, faults
from hege.service.web.problems import not_found
from hege.service.web.rights import API

router = new_router(API, tags=["rules"])
Name = Annotated[
    str, Query(min_length=1, max_length=100, description="A pack that comes with hege, or the digest of a rulebook.")
]


@router.get("/rulebooks", responses=faults())
def list_rulebooks(service: Serving) -> dict[str, Any]:
    """The packs that come with hege, and every rulebook of the ledger with its publications."""
    with service.ledger.reading() as connection:
        return {"packs": list(list_packs()), "rulebooks": rulebooks(connection)}


def rulebooks(connection: Connection) -> list[dict[str, Any]]:
    """The rulebooks of the ledger, newest first."""
    r, p, b = schema.rulebooks.c, schema.publications.c, schema.batches.c
    told = sa.select(p.rulebook, p.published_by, p.why, p.forced, b.recorded_at).join(
        schema.batches, b.number == p.batch
    )
    published: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(told.order_by(p.seq)).mappings():
        published.setdefault(row["rulebook"], []).append({k: v for k, v in row.items() if k != "rulebook"})
    query = sa.select(r.rulebook, r.asked, r.packs, r.engine).order_by(r.seq.desc())
    return [
        {
            "rulebook": row.rulebook, "asked": json.loads(row.asked), "packs": json.loads(row.packs), "engine": row.engine,
            "published": published.get(row.rulebook, []),
        }
        for row in connection.execute(query)
    ]  # fmt: skip


@router.get("/rulebooks/diff", responses=faults(404))
async def diff_rulebooks(service: Serving, old: Name, new: Name) -> list[dict[str, Any]]:
    """What differs between two rulebooks, in sentences of both languages."""
    return await service.heavy.run(work.difference, service.settings.ledger, old, new)


@router.get("/rulebooks/{rulebook}", responses=faults(404))
def show_rulebook(service: Serving, rulebook: str) -> dict[str, Any]:
    """One rulebook of the ledger, with the names and digests of its texts."""
    with service.ledger.reading() as connection:
        found = [r for r in rulebooks(connection) if r["rulebook"].startswith(rulebook)]
        if len(found) != 1:
            raise not_found()
        r = schema.rulebooks.c
        files = connection.execute(sa.select(r.files).where(r.rulebook == found[0]["rulebook"])).scalar_one()
    return {**found[0], "files": json.loads(files)}


@router.get("/rulebooks/{rulebook}/text", responses=faults(404), response_class=Response)
def show_text(service: Serving, rulebook: str, file: Annotated[str, Query(max_length=300)]) -> Response:
    """One of the texts that a rulebook of the ledger is made of, as it was."""
    with service.ledger.reading() as connection:
        sources = inspections.stored_sources(connection, service.ledger.where, rulebook)
    if file not in sources.files:
        raise not_found()
    return Response(sources.files[file], media_type="text/plain; charset=utf-8")


@router.post("/rulebooks/lint", responses=faults(413))
async def lint_texts(service: Serving, body: Texts, visitor: Asking) -> dict[str, Any]:
    """Everything wrong or doubtful in the texts of a pack, as `hege rules lint` finds it. Nothing is kept."""
    found = await service.heavy.run(work.linted, body.pack, body.files)
    return {"problems": [problems.plain(p) for p in found], "errors": sum(p.severity.value == "error" for p in found)}


@router.post("/impact", responses=faults(404, 413))
async def compare(service: Serving, visitor: Asking, body: Comparison) -> dict[str, Any]:
    """Which assets of a register would come out otherwise by other rules, and by which finding. Nothing is recorded."""
    await run_in_threadpool(check_register, service, visitor, body.register_)
    return await service.heavy.run(
        work.impact, service.settings.ledger, body.register_, body.rules, body.against, body.days
    )
