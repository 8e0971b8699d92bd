"""Facts: looked up, taken in with the checks of the command line, exported, proven."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from hege.engine.canonical import dumps, moment
from hege.engine.ledger import database, proofs
from hege.engine.text import Text
from hege.service.web import work
from hege.service.web.admission import Asking, Serving, new_router
from hege.service.web.api.assets import check_register
from hege.service.web.api.shapes import Delivered, TakenIn, binary, faults
from hege.service.web.paging import Page, Paged, page
from hege.service.web.problems import Refused, not_found
from hege.service.web.rights import API, Visitor
from hege.service.web.state import Service
from hege.service.web.tables import answers

router = new_router(API, tags=["facts"])
KEPT = timedelta(days=2)
Once = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="The same answer for the same key for two days."),
]


@router.get("/facts", responses=faults(404))
def list_facts(
    visitor: Asking, service: Serving, asked: Paged, register: Annotated[str, Query(max_length=100)],
    asset: Annotated[str, Query(max_length=200)], kind: Annotated[str | None, Query(max_length=100)] = None,
) -> Page[dict[str, Any]]:  # fmt: skip
    """All facts of an asset in the order they were recorded, with what corrects what."""
    if not visitor.sees(register):
        raise not_found()
    with service.ledger.reading() as connection:
        found = proofs.facts_of_asset(connection, service.ledger.where, register, asset, kind)
    after = asked.after if isinstance(asked.after, int) else -1
    return page([plain(f) for f in found if f.seq > after][: asked.limit + 1], asked, lambda row: row["seq"])


@router.get("/facts/export", responses=faults(404) | binary("application/zip"), response_class=Response)
async def export_facts(
    visitor: Asking, service: Serving, register: Annotated[str, Query(max_length=100)],
    known_at: Annotated[int | None, Query(ge=1, le=2**62, description="A number of batches.")] = None,
    month: Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}$")] = None, format: Literal["parquet", "csv"] = "parquet",
) -> Response:  # fmt: skip
    """What is known of a register as files, one for each kind of fact, in a ZIP."""
    await run_in_threadpool(check_register, service, visitor, register)
    data = await service.heavy.run(work.export, service.settings.ledger, register, known_at, month, format)
    return download(data, "application/zip", "facts.zip")


@router.get("/facts/{fact}", responses=faults(404))
def show_fact(visitor: Asking, service: Serving, fact: str) -> list[dict[str, Any]]:
    """The facts whose id begins so."""
    return [plain(f) for f in _seen(service, visitor, fact)]


@router.get("/facts/{fact}/proof", responses=faults(404, 409) | binary("text/plain"), response_class=Response)
def prove_fact(visitor: Asking, service: Serving, fact: str) -> Response:
    """The proof that a fact is in the signed ledger (C2SP tlog-proof), to be checked with `hege audit verify`."""
    found = _seen(service, visitor, fact)[0]
    with service.ledger.reading() as connection:
        text = proofs.proof_of(connection, service.ledger.where, found.seq).text()
    return download(text.encode(), "text/plain; charset=utf-8", f"{found.id}.tlog-proof")


def _seen(service: Service, visitor: Visitor, fact: str) -> Sequence[proofs.Found]:
    with service.ledger.reading() as connection:
        found = [
            f for f in proofs.find_facts(connection, service.ledger.where, fact) if visitor.sees(f.row["register"])
        ]
    if not found:
        raise not_found()
    return found


def plain(found: proofs.Found) -> dict[str, Any]:
    """A fact as JSON data."""
    row, names = found.row, ("register", "asset", "kind", "part", "observed_at", "state", "reason", "source", "why")
    return {
        "id": bytes(row["fact"]).hex(), "seq": found.seq, **{n: row[n] for n in names},
        "fields": json.loads(row["fields"]), "none": row["nones"].split(",") if row["nones"] else [],
        "supersedes": row["supersedes"] or None, "superseded_by": found.corrected_by or None,
        "recorded_at": found.batch["recorded_at"], "recorded_by": found.batch["entered_by"], "batch": found.batch["number"],
    }  # fmt: skip


@router.post("/facts", responses=faults(409, 413), response_model=TakenIn)
async def take_in(visitor: Asking, service: Serving, body: Delivered, once: Once = None) -> dict[str, Any]:
    """Records assets and facts, all of them or none; what is known already is not recorded again."""
    how = _how(service, visitor, body.register_, body.correct, body.complete, body.note)
    asked = hashlib.sha256(dumps(body.model_dump(mode="json")).encode()).hexdigest()
    before = await run_in_threadpool(_before, service, visitor, once, asked)
    if before is not None:
        return before
    done = await service.heavy.run(work.take_in, service.settings.ledger, how, body.assets, body.facts)
    await run_in_threadpool(_keep, service, visitor, once, asked, done)
    return done


_BODY = {"requestBody": {"required": True, "content": {
    "application/x-ndjson": {"schema": {"type": "string"}, "example": '{"fact":"feed","asset":"a1","observed_at":"2024-02-23","newest":"2024-02-20"}\n'},
    "text/csv": {"schema": {"type": "string"}, "example": "asset,observed_at,newest\na1,2024-02-23,2024-02-20\n"},
}}}  # fmt: skip


@router.post("/facts/stream", responses=faults(409, 413), response_model=TakenIn, openapi_extra=_BODY)
async def take_in_stream(
    request: Request, visitor: Asking, service: Serving, register: Annotated[str, Query(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")],
    kind: Annotated[str | None, Query(max_length=100, description="For a CSV: the kind of its facts.")] = None,
    correct: Annotated[str, Query(max_length=2000)] = "", once: Once = None,
) -> dict[str, Any]:  # fmt: skip
    """The same of lines of JSON as they come (NDJSON), or of a CSV of one kind; held on disk until it is whole."""
    how, sha = _how(service, visitor, register, correct, False, ""), hashlib.sha256()
    is_csv = request.headers.get("content-type", "").startswith("text/csv")
    if is_csv and kind is None:
        raise Refused(
            422, "no-kind", Text(zh="CSV要用kind写明是哪种事实", en="say with `kind` which facts the CSV holds")
        )
    with tempfile.NamedTemporaryFile(prefix="hege-facts-") as waiting:
        async for piece in request.stream():
            sha.update(piece)
            await run_in_threadpool(waiting.write, piece)
        await run_in_threadpool(waiting.flush)
        asked = hashlib.sha256(dumps([sha.hexdigest(), register, kind, correct]).encode()).hexdigest()
        before = await run_in_threadpool(_before, service, visitor, once, asked)
        if before is not None:
            return before
        done = await service.heavy.run(
            work.take_in_file, service.settings.ledger, how, str(Path(waiting.name)), kind if is_csv else None
        )
    await run_in_threadpool(_keep, service, visitor, once, asked, done)
    return done


def _how(service: Service, visitor: Visitor, register: str, correct: str, complete: bool, note: str) -> work.Delivery:
    if not visitor.sees(register):
        raise not_found()
    return work.Delivery(
        register=register, by=visitor.name, at=service.clock(), correct=correct, complete=complete, note=note
    )


# ---- the same request again ----------------------------------------------------------------------------------------


def _before(service: Service, visitor: Visitor, once: str | None, asked: str) -> dict[str, Any] | None:
    """What was answered to the same request before. Should that be lost, importing again records nothing twice."""
    if once is None:
        return None
    query = sa.select(answers.c.asked, answers.c.answer).where(answers.c.id == once_id(visitor, once))
    with service.ledger.reading() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.asked != asked:
        raise Refused(
            409,
            "key-reused",
            Text(zh="这个Idempotency-Key用在了另一请求上", en="this Idempotency-Key was used for another request"),
        )
    found: dict[str, Any] = json.loads(row.answer)
    return found


def _keep(service: Service, visitor: Visitor, once: str | None, asked: str, answer: dict[str, Any]) -> None:
    if once is None:
        return
    id, now = once_id(visitor, once), service.clock()
    with database.writing(service.ledger.engine, service.ledger.where) as connection:
        connection.execute(sa.delete(answers).where((answers.c.created_at < moment(now - KEPT)) | (answers.c.id == id)))
        connection.execute(sa.insert(answers).values(id=id, asked=asked, answer=dumps(answer), created_at=moment(now)))


def once_id(visitor: Visitor, once: str) -> str:
    """A key of one account's own."""
    return hashlib.sha256(dumps([visitor.name, once]).encode()).hexdigest()


def download(data: bytes, media_type: str, name: str) -> Response:
    """A file to be kept; its name holds nothing that a header must not."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    headers = {"content-disposition": f'attachment; filename="{safe}"', "x-content-type-options": "nosniff"}
    return Response(data, media_type=media_type, headers=headers)
