"""Inspections: asked for (a job does them), looked at, explained, told as a notice, run again, bundled; reviews of them."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import Query, Request, Response
from sqlalchemy import Connection

from hege.engine.dates import BETWEEN, is_meant
from hege.engine.errors import InputError
from hege.engine.ledger import inspections, schema
from hege.engine.ledger.deciding import review
from hege.engine.ledger.inspections import Stored
from hege.engine.result import Verdict
from hege.engine.text import Text
from hege.service.web import jobs, work
from hege.service.web.admission import Asking, Serving, new_router
from hege.service.web.api.assets import check_register
from hege.service.web.api.facts import Once, download, once_id
from hege.service.web.api.shapes import NewInspection, NewReview, binary, faults
from hege.service.web.paging import Page, Paged, page
from hege.service.web.problems import Refused, language_of, not_found
from hege.service.web.rights import API, Visitor
from hege.service.web.state import Service

router = new_router(API, tags=["inspections"])
NOTICES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf", "html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8",
}  # fmt: skip


@router.get("/inspections", responses=faults())
def list_inspections(
    visitor: Asking, service: Serving, asked: Paged, register: Annotated[str | None, Query(max_length=100)] = None
) -> Page[dict[str, Any]]:
    """Recorded inspections, newest first."""
    with service.ledger.reading() as connection:
        return page(
            recorded(connection, visitor, register, asked.after, asked.limit + 1), asked, lambda row: row["seq"]
        )


def recorded(
    connection: Connection, visitor: Visitor, register: str | None, before: Any, limit: int
) -> list[dict[str, Any]]:
    """The newest inspections that the visitor sees, with the counts of their verdicts."""
    i, b = schema.inspections.c, schema.batches.c
    columns = (
        i.seq,
        i.inspection,
        i.register,
        i.head,
        i.rulebook,
        i.known_at,
        i.engine,
        i.result,
        b.recorded_at,
        b.entered_by,
    )
    query = sa.select(*columns).join(schema.batches, b.number == i.batch).order_by(i.seq.desc()).limit(limit)
    if register:
        query = query.where(i.register == register)
    if visitor.registers is not None:
        query = query.where(i.register.in_(visitor.registers))
    if isinstance(before, int):
        query = query.where(i.seq < before)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    for row in rows:
        head, counts = json.loads(row.pop("head")), _counts(connection, row["inspection"])
        row["title"] = head["title"]
        row["batches"] = [
            {"name": p["name"], "kind": p["kind"], "as_of": p["as_of"], **_group(counts, n)}
            for n, p in enumerate(head["batches"])
        ]
    return rows


Counts = dict[tuple[int, str], int]
_COUNTED: dict[str, Counts] = {}  # an inspection's id stands for all that it said, so its counts never change


def _counts(connection: Connection, id: str) -> Counts:
    """How many assets of which batch got which verdict."""
    if id not in _COUNTED:
        if len(_COUNTED) >= 1000:
            _COUNTED.clear()
        v = schema.verdicts.c
        query = sa.select(v.part, v.verdict, sa.func.count()).where(said_by(connection, schema.verdicts, id))
        _COUNTED[id] = {(r[0], r[1]): r[2] for r in connection.execute(query.group_by(v.part, v.verdict))}
    return _COUNTED[id]


def _group(counts: Counts, part: int) -> dict[str, int]:
    by = {v.value: counts.get((part, v.value), 0) for v in Verdict}
    return {"total": sum(by.values()), **by}


def said_by(connection: Connection, table: sa.Table, id: str) -> sa.ColumnElement[bool]:
    """The rows of an inspection: it was recorded in one batch, so they stand together and need not be searched for."""
    i, b = schema.inspections.c, schema.batches.c
    query = sa.select(b.first_seq, b.records).join(schema.inspections, i.batch == b.number).where(i.inspection == id)
    first, records = connection.execute(query).one()
    return table.c.seq.between(first, first + records - 1) & (table.c.inspection == id)


def seen(connection: Connection, service: Service, visitor: Visitor, given: str) -> Stored:
    """The inspection of an id, or the newest (`last`), among those that the visitor sees."""
    if given == "last":
        newest = recorded(connection, visitor, None, None, 1)
        given = newest[0]["inspection"] if newest else ""
    if not given:
        raise not_found()
    try:
        found = inspections.find(connection, service.ledger.where, given)
    except InputError:  # its hint names the newest inspections, whosever they are
        raise not_found() from None
    if not visitor.sees(found.register):
        raise not_found()
    return found


@router.post("/inspections", status_code=202, responses=faults(404))
def start_inspection(visitor: Asking, service: Serving, body: NewInspection, once: Once = None) -> dict[str, Any]:
    """Asks for an inspection of a register; gives the job that does it. With the same Idempotency-Key it is one job."""
    import secrets

    if not is_meant(body.as_of):
        raise Refused(422, "bad-date", Text(zh=f"{body.as_of}应{BETWEEN.zh}", en=f"{body.as_of} must be {BETWEEN.en}"))
    check_register(service, visitor, body.register_)
    work.named_sources(service.ledger, body.rules)  # refused here rather than by the job
    id = once_id(visitor, once)[:12] if once else secrets.token_hex(6)
    asked = {"as_of": body.as_of.isoformat(), "rules": body.rules}
    job = jobs.ask(service.ledger, id, "inspect", body.register_, visitor.name, asked, service.clock())
    found = jobs.plain(job)
    if (found["register"], found["asked"]) != (body.register_, asked):
        raise Refused(
            409,
            "key-reused",
            Text(zh="这个Idempotency-Key用在了另一请求上", en="this Idempotency-Key was used for another request"),
        )
    return found


@router.get("/inspections/{inspection}", responses=faults(404))
def show_inspection(visitor: Asking, service: Serving, inspection: str) -> dict[str, Any]:
    """One inspection (`last`: the newest): what it was run on, and the counts of its verdicts."""
    with service.ledger.reading() as connection:
        stored = seen(connection, service, visitor, inspection)
        i = schema.inspections.c
        seq = connection.execute(sa.select(i.seq).where(i.inspection == stored.id)).scalar_one()
        return recorded(connection, visitor, stored.register, seq + 1, 1)[0]


@router.get("/inspections/{inspection}/verdicts", responses=faults(404))
def list_verdicts(
    visitor: Asking, service: Serving, asked: Paged, inspection: str,
    verdict: Annotated[Literal["pass", "fail", "undetermined", "exempt"] | None, Query()] = None,
) -> Page[dict[str, Any]]:  # fmt: skip
    """The verdict of every asset, batch by batch."""
    v, a = schema.verdicts.c, schema.assets
    with service.ledger.reading() as connection:
        stored = seen(connection, service, visitor, inspection)
        query = sa.select(v.seq, v.part, v.asset, v.verdict, v.problem, v.remark, v.steps).where(
            said_by(connection, schema.verdicts, stored.id)
        )
        query = query.where(v.verdict == verdict) if verdict else query
        query = query.where(v.seq > asked.after) if isinstance(asked.after, int) else query
        rows = [dict(r) for r in connection.execute(query.order_by(v.seq).limit(asked.limit + 1)).mappings()]
        named = sa.select(a.c.id, a.c.name).where(a.c.register == stored.register, a.c.batch < stored.known_at)
        named = named.where(a.c.id.in_({row["asset"] for row in rows})).order_by(a.c.seq)
        names = {row.id: row.name for row in connection.execute(named)}
    told = [{**r, "name": names.get(r["asset"], ""), "steps": json.loads(r["steps"])} for r in rows]
    return page(told, asked, lambda row: row["seq"])


@router.get("/inspections/{inspection}/findings", responses=faults(404))
def list_findings(
    visitor: Asking, service: Serving, asked: Paged, inspection: str,
    asset: Annotated[str | None, Query(max_length=200)] = None, indicator: Annotated[str | None, Query(max_length=200)] = None,
    outcome: Annotated[Literal["pass", "fail", "unknown", "exempt", "not_applicable", "not_in_force"] | None, Query()] = None,
) -> Page[dict[str, Any]]:  # fmt: skip
    """What each indicator said of each asset; the arithmetic and the facts are in the explanation."""
    f = schema.findings.c
    columns = (f.seq, f.part, f.asset, f.indicator, f.outcome, f.would_be, f.text)
    with service.ledger.reading() as connection:
        stored = seen(connection, service, visitor, inspection)
        query = sa.select(*columns).where(said_by(connection, schema.findings, stored.id)).order_by(f.seq)
        for column, value in ((f.asset, asset), (f.indicator, indicator), (f.outcome, outcome)):
            query = query.where(column == value) if value else query
        query = query.where(f.seq > asked.after) if isinstance(asked.after, int) else query
        rows = [dict(r) for r in connection.execute(query.limit(asked.limit + 1)).mappings()]
    return page(rows, asked, lambda row: row["seq"])


@router.get("/inspections/{inspection}/explanation/{asset}", responses=faults(404))
async def explain(
    request: Request, visitor: Asking, service: Serving, inspection: str, asset: str,
    format: Annotated[Literal["json", "text"], Query()] = "json",
) -> Response:  # fmt: skip
    """Why an asset got its verdict: clause, arithmetic, facts; run again on what was known then."""
    id = _id(service, visitor, inspection)
    if format == "text":
        told = await service.heavy.run(work.explanation_text, service.settings.ledger, id, asset, language_of(request))
        return Response(told, media_type="text/plain; charset=utf-8")
    found = await service.heavy.run(work.explanation, service.settings.ledger, id, asset)
    return Response(json.dumps(found, ensure_ascii=False), media_type="application/json")


@router.get(
    "/inspections/{inspection}/notice",
    responses=faults(404) | binary("application/octet-stream"),
    response_class=Response,
)
async def write_notice(
    visitor: Asking, service: Serving, inspection: str, format: Annotated[Literal["docx", "html", "md", "pdf", "xlsx"], Query()] = "docx",
    day: Annotated[date | None, Query(alias="date", description="Day of the notice; else left open.")] = None,
) -> Response:  # fmt: skip
    """The notice (通报) of an inspection, an official document in Chinese."""
    id = _id(service, visitor, inspection)
    data = await service.heavy.run(work.notice, service.settings.ledger, id, format, day)
    return download(data, NOTICES[format], f"notice-{id}.{format}")


@router.get("/inspections/{inspection}/replay", responses=faults(404))
async def run_again(
    visitor: Asking, service: Serving, inspection: str, as_of: Annotated[date | None, Query()] = None,
    known_at: Annotated[int | None, Query(ge=1, le=2**62, description="A number of batches.")] = None,
    rules: Annotated[list[str] | None, Query(max_length=10)] = None, format: Annotated[Literal["json", "bytes"], Query()] = "json",
) -> Response:  # fmt: skip
    """Runs an inspection again, as it was or with one input changed, and says what differs. Nothing is recorded."""
    id = _id(service, visitor, inspection)
    found, raw = await service.heavy.run(work.replayed, service.settings.ledger, id, as_of, known_at, rules or [])
    if format == "bytes":
        return download(raw, "application/json", f"replay-{id}.json")
    return Response(json.dumps(found, ensure_ascii=False), media_type="application/json")


@router.get(
    "/inspections/{inspection}/bundle", responses=faults(404, 409) | binary("application/zip"), response_class=Response
)
async def pack(visitor: Asking, service: Serving, inspection: str) -> Response:
    """Everything to check the inspection and run it again without the ledger, for `hege audit verify`."""
    id = _id(service, visitor, inspection)
    return download(await service.heavy.run(work.bundle, service.settings.ledger, id), "application/zip", f"{id}.hege")


def _id(service: Service, visitor: Visitor, inspection: str) -> str:
    with service.ledger.reading() as connection:
        return seen(connection, service, visitor, inspection).id


# ---- reviews -------------------------------------------------------------------------------------------------------


@router.get("/inspections/{inspection}/reviews", responses=faults(404))
def list_reviews(visitor: Asking, service: Serving, inspection: str) -> list[dict[str, Any]]:
    """What people decided of assets that the inspection left undetermined."""
    r, b = schema.reviews.c, schema.batches.c
    columns = (r.asset, r.decision, r.reviewer, r.reason, r.attachment, r.attachment_name, b.recorded_at)
    with service.ledger.reading() as connection:
        stored = seen(connection, service, visitor, inspection)
        query = sa.select(*columns).join(schema.batches, b.number == r.batch).where(r.inspection == stored.id)
        return [dict(row) for row in connection.execute(query.order_by(r.seq)).mappings()]


@router.post("/inspections/{inspection}/reviews", status_code=201, responses=faults(404, 409))
def decide(visitor: Asking, service: Serving, inspection: str, body: NewReview) -> dict[str, Any]:
    """Records a decision on an asset that was left undetermined, in the name of the account; the inspection stays."""
    done = review(
        service.ledger, _id(service, visitor, inspection), body.asset, Verdict(body.decision), reviewer=visitor.name,
        reason=body.reason, at=service.clock(), attachment=body.attachment, attachment_name=body.attachment_name,
    )  # fmt: skip
    return {"inspection": done.inspection, "asset": done.asset, "decision": body.decision, "batch": done.receipt.batch}
